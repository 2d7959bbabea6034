"""A log with checkpoints in a store of its own, and what a burglar does to it."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sohoa.storage.audit import chain
from sohoa.storage.audit.canonical import line_of
from sohoa.storage.audit.checkpoint import Stamp
from sohoa.storage.audit.keys import LogKey, known_keys, open_key
from sohoa.storage.audit.making import Made, checkpoint
from sohoa.storage.audit.models import AuditEvent
from sohoa.storage.audit.verifying import LogReport, verify
from sohoa.storage.objects.model import ByteStream, Described, Listed, ObjectStore, StoredObject

NOON = datetime(2026, 1, 5, 5, tzinfo=UTC)


@dataclass(frozen=True)
class Log:
    """keys: folder of the log's key."""

    store: ObjectStore
    keys: Path

    @property
    def key(self) -> LogKey:
        return open_key(self.keys)

    def write(self, count: int = 1, *, action: str = "record.read", **more: Any) -> None:
        start = AuditEvent.objects.count()
        entries = [chain.Entry(action, f"{number:020}", {"số": number}) for number in range(start + 1, start + count + 1)]
        chain.append_all(entries, now=NOON + timedelta(seconds=start), actor="thử", **more)

    def fix(self, *, stamp: Stamp | None = None, at: datetime = NOON) -> Made:
        made = checkpoint(self.store, now=at, sign=self.key, stamp=stamp, retention=None)
        assert made is not None
        return made

    def grown(self, *sizes: int) -> None:
        """One checkpoint for each number of events."""
        for size in sizes:
            self.write(size)
            self.fix()

    def verify(self, **more: Any) -> LogReport:
        return verify(self.store, keys=more.pop("keys", known_keys(self.keys)), **more)

    def found(self, **more: Any) -> list[tuple[str, int, int]]:
        return [(one.reason, one.sequence, one.last) for one in self.verify(**more).findings]


def rehash(start: int) -> None:
    """Make the chain hold again from an event on, as a burglar does who knows how it is made."""
    before = AuditEvent.objects.filter(sequence=start - 1).first()
    previous = before.hash if before else chain.BEFORE_THE_FIRST
    rows = list(AuditEvent.objects.filter(sequence__gte=start).order_by("sequence"))
    AuditEvent.objects.filter(sequence__gte=start).delete()
    for row in rows:
        row.previous = previous
        row.hash = previous = hashlib.sha256(line_of(row)).hexdigest()
    AuditEvent.objects.bulk_create(rows)


def renumber(start: int) -> None:
    """Close or open no gap: the rows get the numbers from `start` on, in their present order, and a chain that holds."""
    rows = list(AuditEvent.objects.filter(sequence__gte=start).order_by("sequence", "pk"))
    AuditEvent.objects.filter(sequence__gte=start).delete()
    for number, row in enumerate(rows, start):
        row.sequence, row.hash = number, f"{number:064}"
    AuditEvent.objects.bulk_create(rows)
    rehash(start)


def contents(store: ObjectStore, bucket: str, key: str, version: str = "") -> bytes:
    with store.open(bucket, key, version) as stream:
        return b"".join(stream)


@dataclass(frozen=True)
class Apart:
    """The shared store, with this test's keys under a prefix: the log has the same keys everywhere."""

    store: Any
    prefix: str

    locks = True

    def put_new(self, bucket: str, key: str, source: Path | bytes, **more: Any) -> StoredObject:
        return self._ours(self.store.put_new(bucket, self.prefix + key, source, **more))

    def put_version(self, bucket: str, key: str, source: bytes, **more: Any) -> StoredObject:
        return self._ours(self.store.put_version(bucket, self.prefix + key, source, **more))

    def open(self, bucket: str, key: str, version_id: str) -> AbstractContextManager[ByteStream]:
        return self.store.open(bucket, self.prefix + key, version_id)

    def sha256_of(self, bucket: str, key: str, version_id: str) -> str:
        return self.store.sha256_of(bucket, self.prefix + key, version_id)

    def download(self, bucket: str, key: str, version_id: str, target: Path) -> str:
        return self.store.download(bucket, self.prefix + key, version_id, target)

    def head(self, bucket: str, key: str, version_id: str = "") -> Described:
        return self.store.head(bucket, self.prefix + key, version_id)

    def exists(self, bucket: str, key: str, version_id: str = "") -> bool:
        return self.store.exists(bucket, self.prefix + key, version_id)

    def list(self, bucket: str, prefix: str = "") -> Iterator[Listed]:
        for one in self.store.list(bucket, self.prefix + prefix):
            yield Listed(bucket, one.key.removeprefix(self.prefix), one.version_id, one.size, one.latest)

    def _ours(self, stored: StoredObject) -> StoredObject:
        return StoredObject(stored.bucket, stored.key.removeprefix(self.prefix), stored.version_id, stored.sha256, stored.size)


class _Around:
    """A store seen through a burglar's work; everything else is the store's own."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


class Without(_Around):
    """These keys are gone, and no lock kept them: the disk was edited below the store."""

    def __init__(self, store: ObjectStore, gone: set[str]) -> None:
        super().__init__(store)
        self._gone = gone

    def list(self, bucket: str, prefix: str = "") -> Iterator[Listed]:
        return (one for one in self._store.list(bucket, prefix) if one.key not in self._gone)


class Instead(_Around):
    """These keys give other bytes under the same version: the disk was edited below the store."""

    def __init__(self, store: ObjectStore, instead: dict[str, bytes]) -> None:
        super().__init__(store)
        self._instead = instead

    @contextmanager
    def open(self, bucket: str, key: str, version_id: str) -> Iterator[Any]:
        if key in self._instead:
            yield io.BytesIO(self._instead[key])
            return
        with self._store.open(bucket, key, version_id) as stream:
            yield stream

    def download(self, bucket: str, key: str, version_id: str, target: Path) -> str:
        if key not in self._instead:
            return self._store.download(bucket, key, version_id, target)
        target.write_bytes(self._instead[key])
        return hashlib.sha256(self._instead[key]).hexdigest()


class Beneath(_Around):
    """Below the only version of this key lies an older one: the server was killed while it wrote it, and nobody heard of it."""

    def __init__(self, store: ObjectStore, key: str, older: bytes) -> None:
        super().__init__(store)
        self._key, self._older = key, older

    def list(self, bucket: str, prefix: str = "") -> Iterator[Listed]:
        for one in self._store.list(bucket, prefix):
            yield one
            if one.key == self._key:
                yield Listed(bucket, one.key, "unheard", len(self._older), latest=False)

    @contextmanager
    def open(self, bucket: str, key: str, version_id: str) -> Iterator[Any]:
        if version_id == "unheard":
            yield io.BytesIO(self._older)
            return
        with self._store.open(bucket, key, version_id) as stream:
            yield stream
