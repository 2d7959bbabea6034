"""The contract over a plain folder: for platforms without the embedded server, and for fast tests.

`<root>/<bucket>/<key>` is the latest version of each object as a plain file, so the folder `records` is an OCFL storage root
that any OCFL tool reads as it lies. Older versions and what is known of each are beside it, in `<root>/.sohoa` (see shelf.py).
Nothing is locked here: whoever may write to the folder may change what is in it, and `locks` says so. Through this class
a noted retention or hold is kept all the same.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import shutil
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from secrets import token_hex
from typing import BinaryIO

from sohoa.kernel.clock import now
from sohoa.kernel.durable import CHUNK, copy_durably, hash_of, write_durably
from sohoa.storage.objects.errors import (
    BucketMissing,
    DiskFull,
    NoVersions,
    ObjectAlreadyThere,
    ObjectLockRefused,
    ObjectMissing,
    ObjectUnreadable,
    SourceChanged,
    StoreUnreachable,
)
from sohoa.storage.objects.locks import is_kept, keeps_as_long
from sohoa.storage.objects.model import LOCKED, PLAIN, PROBE, ByteStream, Described, Listed, Retention, StoredObject
from sohoa.storage.objects.shelf import Shelf, make_folder, shelves


class FolderStore:
    """See model.ObjectStore. Versions are "1", "2", …. clock: what erase() holds a retention against."""

    locks = False

    def __init__(self, root: Path, *, clock: Callable[[], datetime] = now) -> None:
        self._root = root
        self._clock = clock

    def prepare(self) -> None:
        for bucket in (*LOCKED, *PLAIN):
            make_folder(self._root / bucket)
        make_folder(self._parts)
        self._tidy()
        self.probe()

    def probe(self) -> None:
        """Put, get and take away a few bytes."""
        key, said = token_hex(8), token_hex(8).encode()
        there = self.put_new(PROBE, key, said, content_type="application/octet-stream")
        heard = self.sha256_of(PROBE, key, there.version_id)
        self.erase(PROBE, key, there.version_id)
        if heard != there.sha256:
            raise StoreUnreachable(why="it gave back other bytes than it took")
        shutil.rmtree(Shelf(self._root, PROBE, key).folder, ignore_errors=True)

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
        shelf = self._shelf(bucket, key)
        with self._taken_in(source) as (part, sha256, size), self._made(shelf):
            there = _latest(shelf)
            if there is not None:
                if there.sha256 != sha256:
                    raise ObjectAlreadyThere
                return there
            stored = StoredObject(bucket, key, "", sha256, size)
            number = shelf.add(part, Described(stored, content_type, metadata or {}, retention))
        return replace(stored, version_id=str(number))

    def put_version(
        self,
        bucket: str,
        key: str,
        source: bytes,
        *,
        content_type: str,
        metadata: dict[str, str] | None = None,
        retention: Retention | None = None,
        anew: bool = False,  # looking costs nothing here
    ) -> StoredObject:
        shelf = self._shelf(bucket, key)
        if bucket not in LOCKED:
            raise NoVersions(bucket=bucket)
        with self._taken_in(source) as (part, sha256, size), self._made(shelf):
            there = _latest(shelf)
            if there is not None and there.sha256 == sha256:
                return there
            stored = StoredObject(bucket, key, "", sha256, size)
            number = shelf.add(part, Described(stored, content_type, metadata or {}, retention))
        return replace(stored, version_id=str(number))

    # -- keeping and taking away --------------------------------------------------------------------------------------

    def hold(self, bucket: str, key: str, version_id: str, on: bool) -> None:
        shelf = self._shelf(bucket, key)
        with shelf.changing():
            number = _number(shelf, version_id)
            shelf.tell(number, replace(shelf.describe(number), legal_hold=on))

    def extend(self, bucket: str, key: str, version_id: str, retention: Retention) -> None:
        shelf = self._shelf(bucket, key)
        with shelf.changing():
            number = _number(shelf, version_id)
            about = shelf.describe(number)
            if not keeps_as_long(retention, about.retention):
                raise ObjectLockRefused(why="earlier or milder than what it has")
            shelf.tell(number, replace(about, retention=retention))

    def erase(self, bucket: str, key: str, version_id: str) -> None:
        shelf = self._shelf(bucket, key)
        with shelf.changing():
            number = _number(shelf, version_id)
            if is_kept(shelf.describe(number), self._clock()):
                raise ObjectLockRefused(why="retention or legal hold")
            shelf.take_away(number)

    # -- reading ------------------------------------------------------------------------------------------------------

    @contextmanager
    def open(self, bucket: str, key: str, version_id: str) -> Iterator[ByteStream]:
        shelf = self._shelf(bucket, key)
        try:
            with shelf.reading():
                content = shelf.file(_number(shelf, version_id)).open("rb")
        except OSError as failure:
            raise ObjectUnreadable(why=type(failure).__name__) from failure
        with content:
            yield _Stream(content)

    def sha256_of(self, bucket: str, key: str, version_id: str) -> str:
        with self.open(bucket, key, version_id) as stream:
            return hash_of(stream)

    def download(self, bucket: str, key: str, version_id: str, target: Path) -> str:
        with self.open(bucket, key, version_id) as stream:
            return copy_durably(stream, target)

    def head(self, bucket: str, key: str, version_id: str = "") -> Described:
        shelf = self._shelf(bucket, key)
        with shelf.reading():
            number = _number(shelf, version_id)
            shelf.file(number)
            return shelf.describe(number)

    def exists(self, bucket: str, key: str, version_id: str = "") -> bool:
        shelf = self._shelf(bucket, key)
        with suppress(ObjectMissing), shelf.reading():
            shelf.file(_number(shelf, version_id))
            return True
        return False

    def list(self, bucket: str, prefix: str = "") -> Iterator[Listed]:
        self._bucket(bucket)
        for shelf in sorted(shelves(self._root, bucket, prefix), key=lambda one: one.key.encode("utf-8", "surrogatepass")):
            with shelf.reading():
                found = [_listed(shelf, number) for number in reversed(shelf.numbers())]
            yield from (one for one in found if one is not None)  # the shelf is free again: the caller may change it

    def close(self) -> None:
        pass

    def __enter__(self) -> FolderStore:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    # -- places -------------------------------------------------------------------------------------------------------

    @property
    def _parts(self) -> Path:
        return self._root / ".sohoa" / "parts"

    def _bucket(self, bucket: str) -> Path:
        folder = self._root / bucket
        if "/" in bucket or bucket.startswith(".") or not folder.is_dir():
            raise BucketMissing(bucket=bucket, why="it does not exist")
        return folder

    def _shelf(self, bucket: str, key: str) -> Shelf:
        self._bucket(bucket)
        return Shelf(self._root, bucket, key)

    @contextmanager
    def _made(self, shelf: Shelf) -> Generator[None]:
        make_folder(shelf.folder)
        with shelf.changing():
            yield

    @contextmanager
    def _taken_in(self, source: Path | bytes) -> Generator[tuple[Path, str, int]]:
        """The bytes in a file of their own on the store's disk, with SHA-256 and size; gone afterwards unless moved away."""
        part = self._parts / token_hex(8)
        with self._at_work(fcntl.LOCK_SH):
            try:
                sha256, size = _copy(source, part)
                yield part, sha256, size
            except OSError as failure:
                if failure.errno not in (errno.ENOSPC, errno.EDQUOT):
                    raise
                free = shutil.disk_usage(self._root).free >> 20
                raise DiskFull(free_mib=free, needed_mib=free + 1) from failure
            finally:
                part.unlink(missing_ok=True)

    @contextmanager
    def _at_work(self, how: int) -> Generator[None]:
        descriptor = os.open(self._parts, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(descriptor, how)
            yield
        finally:
            os.close(descriptor)

    def _tidy(self) -> None:
        """Take away what killed writers left, unless somebody is writing now."""
        with suppress(BlockingIOError), self._at_work(fcntl.LOCK_EX | fcntl.LOCK_NB):
            for part in self._parts.iterdir():
                part.unlink(missing_ok=True)


class _Stream:
    def __init__(self, content: BinaryIO) -> None:
        self._content = content

    def read(self, amount: int = CHUNK, /) -> bytes:
        try:
            return self._content.read(amount)
        except OSError as failure:
            raise ObjectUnreadable(why=type(failure).__name__) from failure

    def __iter__(self) -> Iterator[bytes]:
        while chunk := self.read(CHUNK):
            yield chunk


def _number(shelf: Shelf, version_id: str) -> int:
    numbers = shelf.numbers()
    wanted = [number for number in numbers if str(number) == version_id] if version_id else numbers
    if not wanted:
        raise ObjectMissing
    return wanted[-1]


def _latest(shelf: Shelf) -> StoredObject | None:
    """None also when somebody took the visible file away: what was archived before is then put back as a new version."""
    numbers = shelf.numbers()
    with suppress(ObjectMissing):
        if numbers and shelf.file(numbers[-1]):
            return shelf.describe(numbers[-1]).stored
    return None


def _listed(shelf: Shelf, number: int) -> Listed | None:
    try:
        size = shelf.content(number).stat().st_size
    except FileNotFoundError:
        return None  # its bytes were taken away behind our back
    return Listed(shelf.bucket, shelf.key, str(number), size, latest=number == shelf.numbers()[-1])


def _copy(source: Path | bytes, target: Path) -> tuple[str, int]:
    if isinstance(source, bytes):
        write_durably(target, source)
        return hashlib.sha256(source).hexdigest(), len(source)
    with source.open("rb") as stream:
        before = os.fstat(stream.fileno())
        sha256 = copy_durably(stream, target)
        after = os.fstat(stream.fileno())
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise SourceChanged
    return sha256, target.stat().st_size
