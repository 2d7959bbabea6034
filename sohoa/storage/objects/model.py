"""What the rest of the house knows about the object store: the values, the buckets and the contract."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal, Protocol

RECORDS = "records"  # Object Lock and versioning: what is archived
AUDIT = "audit"  # Object Lock and versioning: bundles of the audit log and its signed checkpoints
WORK = "work"  # plain: what a crash may cost us and a run can make again
PROBE = "probe"  # plain: proves that the store really takes and gives back bytes
LOCKED = (RECORDS, AUDIT)  # buckets that keep every version, and keep it locked where the store can
PLAIN = (WORK, PROBE)

CHUNK = 1 << 20  # bytes


@dataclass(frozen=True, slots=True)
class StoredObject:
    """version_id: "" in a bucket without versions. sha256: lower-case hex of the content. size: bytes."""

    bucket: str
    key: str
    version_id: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Retention:
    """COMPLIANCE: nobody may delete or shorten. GOVERNANCE: an administrator may, knowingly. until: aware, kept to the second."""

    mode: Literal["COMPLIANCE", "GOVERNANCE"]
    until: datetime


@dataclass(frozen=True, slots=True)
class Described:
    """All that the store says about one version. metadata: as given to put_new, Vietnamese letters and all.

    legal_hold: it stays until somebody lifts the hold, whatever its retention says.
    """

    stored: StoredObject
    content_type: str
    metadata: dict[str, str] = field(default_factory=dict[str, str])
    retention: Retention | None = None
    legal_hold: bool = False


@dataclass(frozen=True, slots=True)
class Listed:
    """One line of a listing. It knows no hash; head() does. latest: what a reader without a version id would get."""

    bucket: str
    key: str
    version_id: str
    size: int
    latest: bool


class ByteStream(Protocol):
    """Bytes in order. read() gives at most `amount` bytes and b"" at the end."""

    def read(self, amount: int = CHUNK, /) -> bytes: ...
    def __iter__(self) -> Iterator[bytes]: ...


class ObjectStore(Protocol):
    """Create, read, list. A version once written never changes, and nothing but erase() takes one away.

    Every call may raise StoreUnreachable (nothing is known about the object) and StoreRefused. A call about one object
    may raise ObjectMissing or ObjectUnreadable: then the store is well and only this object is not.
    """

    @property
    def locks(self) -> bool:
        """Whether a retention given to put_new is really enforced."""
        ...

    def prepare(self) -> None:
        """See that the buckets are there and as they must be, and prove it with a real write. Harmless to repeat."""
        ...

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
        """Create `key`, never overwrite. The same bytes already there are our own earlier write: it is given back as it is.

        metadata: names are lower-case ASCII letters, digits and hyphens; values any text, about 2 KB in all (an S3 limit).
        Raises ObjectAlreadyThere for other bytes, ObjectLockRefused, SourceChanged, DiskFull, BucketMissing; OSError when
        `source` cannot be read.
        """
        ...

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
        """Write `key` anew; every older version stays. Only in a bucket that keeps versions (LOCKED).

        The same bytes as the latest version has are our own earlier write: that version is given back and none is made.
        anew: the caller made these bytes a moment ago, so that the store need not be asked whether it has them.
        Two writers of one key both succeed, one after the other: who must not lose the other's words takes turns first.
        Raises NoVersions, ObjectLockRefused, DiskFull, BucketMissing.
        """
        ...

    def hold(self, bucket: str, key: str, version_id: str, on: bool) -> None:
        """Put a legal hold on one version or lift it. With the administrator's keys: who may put a hold on may lift it."""
        ...

    def extend(self, bucket: str, key: str, version_id: str, retention: Retention) -> None:
        """Keep one version longer, or more strictly where the store lets us. What it has already is not asked for again.

        Raises ObjectLockRefused for an earlier end or a milder mode, whatever the store itself would allow.
        """
        ...

    def erase(self, bucket: str, key: str, version_id: str) -> None:
        """Take one version away for good: the end of an approved destruction, and nothing else calls it.

        With the administrator's keys, and never past a lock. Raises ObjectLockRefused while retention or a legal hold keeps it.
        """
        ...

    def open(self, bucket: str, key: str, version_id: str) -> AbstractContextManager[ByteStream]: ...

    def sha256_of(self, bucket: str, key: str, version_id: str) -> str:
        """Hash of the bytes as they come back from the store now."""
        ...

    def download(self, bucket: str, key: str, version_id: str, target: Path) -> str:
        """The whole object into `target`, durably or not at all; gives the SHA-256 of what was written."""
        ...

    def head(self, bucket: str, key: str, version_id: str = "") -> Described: ...

    def exists(self, bucket: str, key: str, version_id: str = "") -> bool: ...

    def list(self, bucket: str, prefix: str = "") -> Iterator[Listed]:
        """Every version of every key that starts with `prefix`, by key."""
        ...

    def close(self) -> None: ...
