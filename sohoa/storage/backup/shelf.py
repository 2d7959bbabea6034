"""Where backups lie: a folder, or a prefix in a bucket of another store. Names are paths; nothing is written over."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from sohoa.kernel.durable import CHUNK, sync_folder
from sohoa.storage.backup.model import BackupDamaged
from sohoa.storage.objects.errors import ObjectMissing, ObjectUnreadable
from sohoa.storage.objects.model import ByteStream, ObjectStore


class Shelf(Protocol):
    def has(self, name: str) -> bool: ...

    @contextmanager
    def part(self) -> Iterator[Path]:
        """A file to be filled and then kept; gone afterwards if it was not."""
        ...

    def keep(self, part: Path, name: str) -> None:
        """Under this name, durably and whole or not at all. What is there already stays."""
        ...

    @contextmanager
    def open(self, name: str) -> Iterator[ByteStream]:
        """Raises BackupDamaged where it is not there or cannot be read."""
        ...

    def runs(self) -> list[str]:
        """Names of the runs that ended, oldest first."""
        ...


class FolderShelf:
    def __init__(self, root: Path) -> None:
        self._root = root

    def has(self, name: str) -> bool:
        return (self._root / name).is_file()

    @contextmanager
    def part(self) -> Iterator[Path]:
        aside = self._root / "parts"
        aside.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor, path = tempfile.mkstemp(dir=aside)
        os.close(descriptor)
        try:
            yield Path(path)
        finally:
            Path(path).unlink(missing_ok=True)

    def keep(self, part: Path, name: str) -> None:
        target = self._root / name
        if target.exists():
            return
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with part.open("rb") as written:
            os.fsync(written.fileno())
        part.replace(target)
        sync_folder(target.parent)

    @contextmanager
    def open(self, name: str) -> Iterator[ByteStream]:
        try:
            with (self._root / name).open("rb") as stream:
                yield _Chunks(stream)
        except OSError as failure:
            raise _gone() from failure

    def runs(self) -> list[str]:
        return sorted(place.parent.name for place in (self._root / "backups").glob("*/backup.json"))


class StoreShelf:
    """prefix: "" or one that ends with a slash. The bucket must be there already: whoever backs up makes no buckets."""

    def __init__(self, store: ObjectStore, bucket: str, prefix: str) -> None:
        self._store, self._bucket, self._prefix = store, bucket, prefix

    def has(self, name: str) -> bool:
        return self._store.exists(self._bucket, self._prefix + name)

    @contextmanager
    def part(self) -> Iterator[Path]:
        with tempfile.TemporaryDirectory(prefix="sohoa-backup-") as folder:
            yield Path(folder) / "part"

    def keep(self, part: Path, name: str) -> None:
        self._store.put_new(self._bucket, self._prefix + name, part, content_type="application/octet-stream")

    @contextmanager
    def open(self, name: str) -> Iterator[ByteStream]:
        try:
            with self._store.open(self._bucket, self._prefix + name, "") as stream:
                yield stream
        except (ObjectMissing, ObjectUnreadable) as failure:
            raise _gone() from failure

    def runs(self) -> list[str]:
        keys = (one.key.removeprefix(self._prefix) for one in self._store.list(self._bucket, f"{self._prefix}backups/"))
        return sorted({key.split("/")[1] for key in keys if key.endswith("/backup.json")})


class _Chunks:
    """An open file, read in chunks."""

    def __init__(self, stream) -> None:
        self._stream = stream

    def read(self, amount: int = CHUNK, /) -> bytes:
        return self._stream.read(amount)

    def __iter__(self) -> Iterator[bytes]:
        while chunk := self.read(CHUNK):
            yield chunk


def fetch(shelf: Shelf, name: str, into: Path) -> str:
    """Copy it; gives the SHA-256 of what was copied. Raises BackupDamaged where it is not there."""
    digest = hashlib.sha256()
    with shelf.open(name) as stream, into.open("wb") as out:
        for chunk in stream:
            digest.update(chunk)
            out.write(chunk)
    return digest.hexdigest()


def whole(shelf: Shelf, name: str, most: int = 64 << 20) -> bytes:
    """A small file. Raises BackupDamaged."""
    taken = bytearray()
    with shelf.open(name) as stream:
        for chunk in stream:
            taken += chunk
            if len(taken) > most:
                raise _gone()
    return bytes(taken)


def lines(shelf: Shelf, name: str) -> Iterator[bytes]:
    """Memory: one chunk and one line."""
    rest = b""
    with shelf.open(name) as stream:
        for chunk in stream:
            *whole_lines, rest = (rest + chunk).split(b"\n")
            yield from whole_lines
    if rest:
        yield rest


def _gone() -> BackupDamaged:
    return BackupDamaged(why="a file of it is missing or cannot be read", why_vi="thiếu tệp hoặc tệp không đọc được")
