"""One signature on its way, as it is kept between steps.

PREPARED → SUBMITTED → SIGNATURE_RECEIVED → FINISHED → VALIDATED → ARCHIVED

Once PREPARED, the bytes to be signed never change: a resumed job asks for the same signature again, never for another one.
"""

from __future__ import annotations

import base64
import enum
import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sohoa.kernel.verdicts import Outcome
from sohoa.signing.pades.held import Level
from sohoa.signing.pades.prepare import Prepared
from sohoa.signing.signers.holder import HashJob, Identity, Mechanism


class State(enum.StrEnum):
    PREPARED = "prepared"  # the document with its hole, and the bytes to sign, are kept
    SUBMITTED = "submitted"  # the holder is being asked, under a transaction that is kept too
    SIGNATURE_RECEIVED = "signature_received"
    FINISHED = "finished"  # the signature is in the file, with whatever time stamps and evidence could be had
    VALIDATED = "validated"  # our own validator believes it
    ARCHIVED = "archived"  # where it was to go, it is


@dataclass(frozen=True, slots=True)
class Job:
    """id: idempotency key. source: SHA-256 of the file that was to be signed; title: shown to who has to agree. destination: where
    the signed file goes, a word that the caller understands. level: reached, None until finished; below `wanted`, the rest is
    owed, and lacking says why (a code). sha256, length: of the signed file. delivered: SHA-256 of the
    file that went out last. asked: how often the holder was asked anew."""

    id: str
    state: State
    source: str
    title: str
    profile: str
    field: str
    destination: str
    wanted: Level
    identity: Identity
    when: datetime
    prepared: Prepared
    transaction: str = ""
    asked: int = 0
    signature: bytes = b""
    level: Level | None = None
    lacking: str = ""
    sha256: str = ""
    length: int = 0
    delivered: str = ""
    verdict: Outcome | None = None
    reason: str = ""

    @property
    def owes(self) -> bool:
        """Whether a higher level was wanted than could be reached."""
        return self.level is not None and self.level < self.wanted

    @property
    def hash_job(self) -> HashJob:
        return HashJob(self.id, self.title, self.prepared.attributes, self.prepared.digest.hex())


def key_of(source: str, *, profile: str, fingerprint: str, field: str) -> str:
    """The idempotency key: the same paper, signed for the same purpose by the same certificate in the same field, is one signature.

    source: SHA-256 of the file (hex). fingerprint: of the certificate.
    """
    return hashlib.sha256("\n".join((source, profile, fingerprint, field)).encode()).hexdigest()


def to_json(job: Job) -> dict[str, Any]:
    identity, prepared = job.identity, job.prepared
    return {
        "format": "sohoa-signing/1",
        "id": job.id,
        "state": job.state.value,
        "source": job.source,
        "title": job.title,
        "profile": job.profile,
        "field": job.field,
        "destination": job.destination,
        "wanted": job.wanted.name,
        "certificate": _text(identity.certificate),
        "chain": [_text(one) for one in identity.chain],
        "mechanism": identity.mechanism.value,
        "when": job.when.isoformat(),
        "attributes": _text(prepared.attributes),
        "digest": prepared.digest.hex(),
        "hole": list(prepared.hole),
        "size": prepared.size,
        "transaction": job.transaction,
        "asked": job.asked,
        "signature": _text(job.signature),
        "level": job.level.name if job.level else None,
        "lacking": job.lacking,
        "sha256": job.sha256,
        "length": job.length,
        "delivered": job.delivered,
        "verdict": job.verdict.value if job.verdict else None,
        "reason": job.reason,
    }


def from_json(told: dict[str, Any]) -> Job:
    """Raises KeyError, ValueError or TypeError for what to_json did not write."""
    if told["format"] != "sohoa-signing/1":
        raise ValueError(told["format"])
    start, end = told["hole"]
    return Job(
        id=told["id"],
        state=State(told["state"]),
        source=told["source"],
        title=told["title"],
        profile=told["profile"],
        field=told["field"],
        destination=told["destination"],
        wanted=Level[told["wanted"]],
        identity=Identity(_bytes(told["certificate"]), tuple(_bytes(one) for one in told["chain"]), Mechanism(told["mechanism"])),
        when=datetime.fromisoformat(told["when"]),
        prepared=Prepared(_bytes(told["attributes"]), bytes.fromhex(told["digest"]), (start, end), told["size"]),
        transaction=told["transaction"],
        asked=told["asked"],
        signature=_bytes(told["signature"]),
        level=Level[told["level"]] if told["level"] else None,
        lacking=told["lacking"],
        sha256=told["sha256"],
        length=told["length"],
        delivered=told["delivered"],
        verdict=Outcome(told["verdict"]) if told["verdict"] else None,
        reason=told["reason"],
    )


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _bytes(text: str) -> bytes:
    return base64.b64decode(text, validate=True)
