"""The contract over the `minio` client, for any S3: ours on loopback, Ceph, a cluster.

Three things can be wrong and are kept apart: the store does not answer, the store says no, one object is damaged. The last
is told from the first by asking the store, after a failed read, to take and give back a few bytes of its own.
"""

from __future__ import annotations

import base64
import hashlib
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from secrets import token_hex
from typing import NoReturn
from urllib.parse import urlsplit

import urllib3
from minio import Minio
from minio.commonconfig import ENABLED
from minio.error import InvalidResponseError, MinioException, S3Error, ServerError
from minio.versioningconfig import VersioningConfig
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError

from sohoa.kernel.durable import copy_durably, hash_of
from sohoa.storage.objects import conditional
from sohoa.storage.objects.errors import (
    BucketMissing,
    DiskFull,
    NoVersions,
    ObjectAlreadyThere,
    ObjectLockRefused,
    ObjectMissing,
    ObjectUnreadable,
    SourceChanged,
    StoreRefused,
    StoreUnreachable,
)
from sohoa.storage.objects.headers import SHA256, TYPE, described, for_minio, lock_headers, metadata_headers, version_of
from sohoa.storage.objects.locks import is_kept, keeps_as_long
from sohoa.storage.objects.model import LOCKED, PLAIN, PROBE, ByteStream, Described, Listed, Retention, StoredObject
from sohoa.storage.objects.streams import AnswerStream, measured, opened, released

PART = 8 << 20  # bytes; above it an object goes up in parts of this size, one in memory at a time
TIMES_OUT = urllib3.Timeout(
    connect=5, read=60
)  # seconds; a PUT waits for the server's fsync, 0.1 s on a good disk, many on a bad one
TIMES_OUT_SOON = urllib3.Timeout(connect=2, read=10)
# 0.25 s, doubled: a server that is being restarted (3 to 4 s measured) is waited for, a dead one is reported in about 8 s.
# Reads and create-only writes may be sent twice: a write that meets its own first copy recognises it by its hash.
RETRIES = urllib3.Retry(
    total=6,
    connect=6,
    read=2,
    status=0,
    other=0,
    redirect=0,
    backoff_factor=0.25,
    allowed_methods=frozenset({"GET", "HEAD", "PUT"}),
)
ENCRYPTED = {"x-amz-server-side-encryption": "AES256"}
NEEDED_FREE = 512 << 20  # bytes that must stay free on the disk of an embedded store, which stops taking writes below it

_GONE = {"NoSuchKey", "NoSuchVersion", "MethodNotAllowed", "NoSuchObject"}  # the third: this version is only a delete marker
_REFUSED = {"AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch", "AuthorizationHeaderMalformed", "AllAccessDisabled"}
_TAKEN = {"PreconditionFailed", "ConditionalRequestConflict"}
_LOCKED = {"InvalidRetentionPeriod", "ObjectLockConfigurationNotFoundError", "InvalidRequest", "InvalidRetentionDate"}


class S3Store:
    """See model.ObjectStore. May be shared by threads; each process makes its own.

    endpoint: `http://127.0.0.1:8333`. admin: (access key, secret key) that may create buckets, used by prepare() alone.
    disk: where an embedded store keeps its bytes, so that a full disk is called one. patient: False tries each call once.
    locks: False for a store that has versions and no Object Lock: retentions are not asked for.
    encrypt: ask the store to encrypt what it writes with its own key (SSE-S3). A bucket that does so by default needs no asking.
    """

    def __init__(
        self,
        endpoint: str,
        access: str,
        secret: str,
        *,
        threads: int = 8,
        admin: tuple[str, str] | None = None,
        disk: Path | None = None,
        patient: bool = True,
        encrypt: bool = False,
        locks: bool = True,
    ) -> None:
        self.locks = locks
        self._pool = urllib3.PoolManager(
            num_pools=2,
            maxsize=threads,
            block=True,
            timeout=TIMES_OUT if patient else TIMES_OUT_SOON,
            retries=RETRIES if patient else False,
            cert_reqs="CERT_REQUIRED",
        )
        self._client = _client(endpoint, access, secret, self._pool)
        self._admin = _client(endpoint, *admin, self._pool) if admin else self._client
        self._disk = disk
        self._encrypt = encrypt
        self._versioned: dict[str, bool] = {}

    def close(self) -> None:
        self._pool.clear()

    def __enter__(self) -> S3Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # -- buckets ------------------------------------------------------------------------------------------------------

    def prepare(self) -> None:
        for bucket in (*LOCKED, *PLAIN):
            with self._telling(bucket):
                if not self._admin.bucket_exists(bucket):
                    self._create(bucket, kept=bucket in LOCKED)
        for bucket in LOCKED:
            self._check_lock(bucket)
        self.probe()

    def probe(self) -> None:
        """Put, get and delete a few bytes: the store is well only when all three work. Raises StoreUnreachable or what it says."""
        key, said = f"{datetime.now(UTC):%Y%m%d}-{token_hex(8)}", token_hex(8).encode()
        with self._telling(PROBE):
            conditional.put_if_absent(self._client, PROBE, key, said, {})
            with released(self._client.get_object(PROBE, key)) as response:
                heard = response.read()
            self._client.remove_object(PROBE, key)
        if heard != said:
            raise StoreUnreachable(why="it gave back other bytes than it took")

    def _create(self, bucket: str, *, kept: bool) -> None:
        try:
            self._admin.make_bucket(bucket, object_lock=kept and self.locks)  # versions come with the lock
            if kept and not self.locks:
                self._admin.set_bucket_versioning(bucket, VersioningConfig(ENABLED))
        except S3Error as refusal:
            if refusal.code in _REFUSED:  # the keys are well, they make no buckets: that is for the store's administrator
                raise BucketMissing(bucket=bucket, why="it does not exist") from refusal
            if refusal.code not in ("BucketAlreadyOwnedByYou", "BucketAlreadyExists"):  # another process was faster
                raise

    def _check_lock(self, bucket: str) -> None:
        with self._telling(bucket):
            try:
                if self.locks:
                    self._admin.get_object_lock_config(bucket)
                versions = self._admin.get_bucket_versioning(bucket).status
            except S3Error as refusal:
                if refusal.code in _REFUSED:
                    return  # keys that may only store cannot look; the first locked PUT will tell
                raise BucketMissing(bucket=bucket, why="no Object Lock") from refusal
        if versions != ENABLED:
            raise BucketMissing(bucket=bucket, why="no versioning")

    # -- writing ------------------------------------------------------------------------------------------------------

    def put_new(
        self,
        bucket: str,
        key: str,
        source: Path | bytes,
        *,
        content_type: str,
        metadata: dict[str, str] | None = None,
        retention: Retention | None = None,
    ) -> StoredObject:
        self._room_for(len(source) if isinstance(source, bytes) else source.stat().st_size)
        sha256, size = measured(source)
        headers = self._headers(sha256, content_type, metadata, retention)
        try:
            with self._telling(bucket):
                if size <= PART:
                    version = self._put_whole(bucket, key, source, sha256, headers)
                else:
                    version = self._put_parts(bucket, key, source, sha256, headers)
        except _Taken:
            return self._recognise(bucket, key, sha256)
        return StoredObject(bucket, key, version, sha256, size)

    def put_version(
        self,
        bucket: str,
        key: str,
        source: bytes,
        *,
        content_type: str,
        metadata: dict[str, str] | None = None,
        retention: Retention | None = None,
        anew: bool = False,
    ) -> StoredObject:
        self._room_for(len(source))
        if not self._keeps_versions(bucket):
            raise NoVersions(bucket=bucket)
        sha256 = hashlib.sha256(source).hexdigest()
        if not anew:
            with suppress(ObjectMissing):
                latest = self.head(bucket, key).stored
                if latest.sha256 == sha256:
                    return latest
        headers = self._headers(sha256, content_type, metadata, retention) | _checksum(sha256)
        with self._telling(bucket):
            version = conditional.put_anew(self._client, bucket, key, source, headers)
        return StoredObject(bucket, key, version, sha256, len(source))

    def _keeps_versions(self, bucket: str) -> bool:
        """Asked once for each bucket. Keys that may not look are taken at their word for LOCKED, which prepare() has seen."""
        if bucket not in self._versioned:
            with self._telling(bucket):
                try:
                    self._versioned[bucket] = self._client.get_bucket_versioning(bucket).status == ENABLED
                except S3Error as refusal:
                    if refusal.code not in _REFUSED:
                        raise
                    self._versioned[bucket] = bucket in LOCKED
        return self._versioned[bucket]

    def _headers(
        self, sha256: str, content_type: str, metadata: dict[str, str] | None, retention: Retention | None
    ) -> dict[str, str]:
        told = metadata_headers({**(metadata or {}), SHA256: sha256, TYPE: content_type})
        return {
            "Content-Type": content_type,
            **told,
            **(lock_headers(retention) if self.locks else {}),
            **(ENCRYPTED if self._encrypt else {}),
        }

    def _put_whole(self, bucket: str, key: str, source: Path | bytes, sha256: str, headers: dict[str, str]) -> str:
        data = source if isinstance(source, bytes) else source.read_bytes()
        if hashlib.sha256(data).hexdigest() != sha256:
            raise SourceChanged
        return conditional.put_if_absent(self._client, bucket, key, data, headers | _checksum(sha256))

    def _put_parts(self, bucket: str, key: str, source: Path | bytes, sha256: str, headers: dict[str, str]) -> str:
        if self.exists(bucket, key):  # spares sending hundreds of megabytes to hear the same at the end
            raise _Taken
        upload = conditional.begin_parts(self._client, bucket, key, headers)
        try:
            digest, etags = hashlib.sha256(), list[str]()
            with opened(source) as parts:
                while part := parts.read(PART):
                    digest.update(part)
                    etags.append(conditional.put_part(self._client, bucket, key, upload, len(etags) + 1, part))
            if digest.hexdigest() != sha256:
                raise SourceChanged
            return conditional.complete_if_absent(self._client, bucket, key, upload, etags)
        except BaseException:
            with suppress(MinioException, HTTPError):
                conditional.abandon_parts(self._client, bucket, key, upload)
            raise

    def _recognise(self, bucket: str, key: str, sha256: str) -> StoredObject:
        there = self.head(bucket, key).stored
        if there.sha256 != sha256:
            raise ObjectAlreadyThere
        return there

    def _room_for(self, size: int) -> None:
        if self._disk is not None:
            free = shutil.disk_usage(self._disk).free
            if free < NEEDED_FREE + size:
                raise DiskFull(free_mib=free >> 20, needed_mib=(NEEDED_FREE + size) >> 20)

    # -- keeping and taking away --------------------------------------------------------------------------------------

    def hold(self, bucket: str, key: str, version_id: str, on: bool) -> None:
        change = self._admin.enable_object_legal_hold if on else self._admin.disable_object_legal_hold
        with self._telling(bucket):
            change(bucket, key, version_id=version_id or None)

    def extend(self, bucket: str, key: str, version_id: str, retention: Retention) -> None:
        had = self.head(bucket, key, version_id).retention
        if had == retention:
            return
        if not keeps_as_long(retention, had):
            raise ObjectLockRefused(why="earlier or milder than what it has")
        with self._telling(bucket):
            try:
                self._client.set_object_retention(bucket, key, for_minio(retention), version_id=version_id or None)
            except S3Error as refusal:
                if had is not None and had.mode != retention.mode and refusal.code in _REFUSED:
                    # S3 counts GOVERNANCE to COMPLIANCE as a bypass, stricter or not, and none of our keys may bypass.
                    raise ObjectLockRefused(why="the mode of a lock stays") from refusal
                raise

    def erase(self, bucket: str, key: str, version_id: str) -> None:
        about = self.head(bucket, key, version_id)  # a store says yes to the deletion of what is not there
        if about.legal_hold:
            raise ObjectLockRefused(why="legal hold")
        with self._telling(bucket):
            try:
                self._admin.remove_object(bucket, key, version_id=about.stored.version_id or None)
            except S3Error as refusal:
                if refusal.code in _REFUSED and is_kept(about, datetime.now(UTC)):
                    raise ObjectLockRefused(why=refusal.code) from refusal
                raise

    # -- reading ------------------------------------------------------------------------------------------------------

    @contextmanager
    def open(self, bucket: str, key: str, version_id: str) -> Iterator[ByteStream]:
        with self._telling(bucket, reading=True):
            response = self._client.get_object(bucket, key, version_id=version_id or None)
        with released(response):
            yield AnswerStream(response, lambda failure: self._blame(failure, bucket, reading=True))

    def sha256_of(self, bucket: str, key: str, version_id: str) -> str:
        with self.open(bucket, key, version_id) as stream:
            return hash_of(stream)

    def download(self, bucket: str, key: str, version_id: str, target: Path) -> str:
        with self.open(bucket, key, version_id) as stream:
            return copy_durably(stream, target)

    def head(self, bucket: str, key: str, version_id: str = "") -> Described:
        with self._telling(bucket, reading=True):
            told = self._client.stat_object(bucket, key, version_id=version_id or None)
        about = described(told)
        if not about.stored.sha256:  # not written by us: its hash is nowhere but in its bytes
            sha256 = self.sha256_of(bucket, key, about.stored.version_id)
            about = replace(about, stored=replace(about.stored, sha256=sha256))
        return about

    def exists(self, bucket: str, key: str, version_id: str = "") -> bool:
        try:
            with self._telling(bucket, reading=True):
                self._client.stat_object(bucket, key, version_id=version_id or None)
        except ObjectMissing:
            return False
        return True

    def list(self, bucket: str, prefix: str = "") -> Iterator[Listed]:
        for _, versions in groupby(self._listed(bucket, prefix), key=lambda one: one.key):
            together = list(versions)
            yield from together if any(one.latest for one in together) else self._with_latest(together)

    def _listed(self, bucket: str, prefix: str) -> Iterator[Listed]:
        with self._telling(bucket):
            for found in self._client.list_objects(bucket, prefix, recursive=True, include_version=True):
                if not found.is_delete_marker and not found.is_dir:
                    latest = str(found.is_latest).lower() != "false"
                    yield Listed(bucket, found.object_name or "", version_of(found.version_id), found.size or 0, latest)

    def _with_latest(self, versions: Sequence[Listed]) -> Iterator[Listed]:
        """A server killed between writing a version and noting that it is the newest calls none so, yet gives it to whoever reads
        the key, and then notes it. So we read; where a delete marker hides them all, there is indeed none."""
        try:
            newest = self.head(versions[0].bucket, versions[0].key).stored.version_id
        except (ObjectMissing, ObjectUnreadable):
            newest = None
        for one in versions:
            yield replace(one, latest=one.version_id == newest)

    # -- who is to blame ----------------------------------------------------------------------------------------------

    @contextmanager
    def _telling(self, bucket: str, *, reading: bool = False) -> Iterator[None]:
        try:
            yield
        except (MinioException, HTTPError, OSError) as failure:
            self._blame(failure, bucket, reading=reading)

    def _blame(self, failure: Exception, bucket: str, *, reading: bool) -> NoReturn:
        code = failure.code if isinstance(failure, S3Error) else None
        if code in _TAKEN:
            raise _Taken from failure
        if code in _GONE:
            raise ObjectMissing from failure
        if code == "NoSuchBucket":
            raise BucketMissing(bucket=bucket, why="it does not exist") from failure
        if code in _REFUSED:
            raise StoreRefused(why=code) from failure
        if code in _LOCKED:
            raise ObjectLockRefused(why=code) from failure
        if isinstance(failure, OSError) and not isinstance(failure, HTTPError | ConnectionError | TimeoutError):
            raise failure  # our own disk: the caller's file could not be read or written
        why = _in_short(failure)
        # Who was not let in has seen nothing of the object, even if the store, killed a moment ago, is well again when asked.
        if reading and bucket != PROBE and not _never_connected(failure) and self._is_well():
            raise ObjectUnreadable(why=why) from failure
        raise StoreUnreachable(why=why) from failure

    def _is_well(self) -> bool:
        try:
            self.probe()
        except (StoreUnreachable, StoreRefused, BucketMissing):
            return False
        return True


class _Taken(Exception):
    """The key has an owner already; put_new finds out which."""


def _client(endpoint: str, access: str, secret: str, pool: urllib3.PoolManager) -> Minio:
    where = urlsplit(endpoint)
    # A fixed region spares a request for every bucket, which keys that may only store are not allowed to send.
    return Minio(where.netloc, access, secret, secure=where.scheme == "https", region="us-east-1", http_client=pool)


def _checksum(sha256: str) -> dict[str, str]:
    return {"x-amz-checksum-sha256": base64.b64encode(bytes.fromhex(sha256)).decode()}


def _never_connected(failure: Exception) -> bool:
    reason = getattr(failure, "reason", None)
    return isinstance(reason if isinstance(reason, Exception) else failure, NewConnectionError | ConnectTimeoutError)


def _in_short(failure: Exception) -> str:
    """What happened, without the address line of the request: keys do not belong in logs."""
    if isinstance(failure, S3Error):
        return f"S3 {failure.code}"
    if isinstance(failure, ServerError):
        return f"HTTP {failure.status_code}"
    if isinstance(failure, InvalidResponseError):
        return "not an S3 answer"
    reason = getattr(failure, "reason", None)
    return type(reason if isinstance(reason, Exception) else failure).__name__
