"""What the rest of the house knows about the object store: the values, the buckets and the contract."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal, Protocol

RECORDS = "records"  # Object Lock and versioning: what is archived
WORK = "work"  # plain: what a crash may cost us and a run can make again
PROBE = "probe"  # plain: proves that the store really takes and gives back bytes

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
    """All that the store says about one object. metadata: as given to put_new, Vietnamese letters and all."""

    stored: StoredObject
    content_type: str
    metadata: dict[str, str] = field(default_factory=dict[str, str])
    retention: Retention | None = None


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
    """Create, read, list; nothing here changes or deletes.

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
