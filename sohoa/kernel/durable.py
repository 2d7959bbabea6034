"""Files that are either wholly there or not there, power cut included."""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Protocol

CHUNK = 1 << 20


class Readable(Protocol):
    """Bytes in order, at most `amount` at a time, b"" at the end: an open file, an answer of the store."""

    def read(self, amount: int, /) -> bytes: ...


@contextmanager
def durable_file(target: Path, *, mode: int = 0o644) -> Generator[BinaryIO]:
    """Write beside `target`, flush to the disk, rename over it. An exception leaves `target` as it was."""
    target.parent.mkdir(parents=True, exist_ok=True)
    beside = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(descriptor, "wb") as out:
            yield out
            out.flush()
            os.fsync(out.fileno())
        os.replace(beside, target)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
    sync_folder(target.parent)


def write_durably(target: Path, data: bytes, *, mode: int = 0o644) -> None:
    with durable_file(target, mode=mode) as out:
        out.write(data)


def copy_durably(source: Readable, target: Path) -> str:
    """Copy a stream in chunks; gives the SHA-256 (hex) of what was written."""
    digest = hashlib.sha256()
    with durable_file(target) as out:
        while chunk := source.read(CHUNK):
            digest.update(chunk)
            out.write(chunk)
    return digest.hexdigest()


def sha256_of(path: Path) -> str:
    with path.open("rb") as source:
        return hash_of(source)


def hash_of(source: Readable) -> str:
    """SHA-256 (hex) of what is left to read, in chunks."""
    digest = hashlib.sha256()
    while chunk := source.read(CHUNK):
        digest.update(chunk)
    return digest.hexdigest()


def sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
