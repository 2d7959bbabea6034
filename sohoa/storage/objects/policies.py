"""Who may do what in an object store, as least-privilege S3 policies: three roles, one place.

`sohoa storage policy` prints them for any S3 store and the embedded server runs under the first. What nobody may do here is
as important as what they may: no role may pass over a GOVERNANCE lock, and the one that writes every day deletes nothing
that is archived. Deny stands beside Allow because keys often carry other policies too, and a Deny wins over all of them.
"""

from __future__ import annotations

from typing import Literal

from sohoa.storage.objects.model import LOCKED, PLAIN

Role = Literal["daily", "admin", "auditor"]
ROLES: tuple[Role, ...] = ("daily", "admin", "auditor")

_READ = ("s3:GetObject", "s3:GetObjectVersion", "s3:ListBucket", "s3:ListBucketVersions", "s3:GetBucketLocation")
_WRITE = ("s3:PutObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts")
_LOOK_AT_LOCKS = (
    "s3:GetObjectRetention",
    "s3:GetObjectLegalHold",
    "s3:GetBucketObjectLockConfiguration",
    "s3:GetBucketVersioning",
)
_LOCK = ("s3:PutObjectRetention",)
_DELETE = ("s3:DeleteObject", "s3:DeleteObjectVersion")
_BYPASS = ("s3:BypassGovernanceRetention",)
_REBUILD = (  # what could take the lock off a bucket, or let its contents fade away
    "s3:DeleteBucket",
    "s3:PutBucketVersioning",
    "s3:PutBucketObjectLockConfiguration",
    "s3:PutLifecycleConfiguration",
    "s3:PutBucketPolicy",
)


def policy(role: Role) -> dict[str, object]:
    """The policy document of one role.

    daily: what digitising and archiving need; writes, reads, locks, deletes only in the plain buckets.
    admin: makes the buckets, puts and lifts legal holds, erases what is past its retention. Kept away from daily work.
    auditor: reads every version and sees every lock; changes nothing.
    """
    return {"Version": "2012-10-17", "Statement": _STATEMENTS[role]()}


def _daily() -> list[dict[str, object]]:
    allowed = [_allow(LOCKED, *_READ, *_WRITE, *_LOOK_AT_LOCKS, *_LOCK), _allow(PLAIN, *_READ, *_WRITE, "s3:DeleteObject")]
    return [*allowed, _deny(LOCKED, *_DELETE, *_BYPASS, *_REBUILD, "s3:PutObjectLegalHold")]


def _admin() -> list[dict[str, object]]:
    build = ("s3:CreateBucket", "s3:PutBucketVersioning", "s3:PutBucketObjectLockConfiguration")
    everything = (*_READ, *_WRITE, *_LOOK_AT_LOCKS, *_LOCK, *_DELETE, *build, "s3:PutObjectLegalHold")
    return [
        _allow((*LOCKED, *PLAIN), *everything),
        _deny((*LOCKED, *PLAIN), *_BYPASS),
    ]


def _auditor() -> list[dict[str, object]]:
    return [
        _allow(LOCKED, *_READ, *_LOOK_AT_LOCKS),
        _deny((*LOCKED, *PLAIN), "s3:PutObject", "s3:PutObjectLegalHold", *_LOCK, *_DELETE, *_BYPASS, *_REBUILD),
    ]


_STATEMENTS = {"daily": _daily, "admin": _admin, "auditor": _auditor}


def _allow(buckets: tuple[str, ...], *actions: str) -> dict[str, object]:
    return _statement("Allow", buckets, actions)


def _deny(buckets: tuple[str, ...], *actions: str) -> dict[str, object]:
    return _statement("Deny", buckets, actions)


def _statement(effect: str, buckets: tuple[str, ...], actions: tuple[str, ...]) -> dict[str, object]:
    resources = [f"arn:aws:s3:::{bucket}{part}" for bucket in buckets for part in ("", "/*")]
    return {"Effect": effect, "Action": list(actions), "Resource": resources}
