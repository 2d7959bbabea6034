"""A folder being filled: every file written once, measured and hashed on its way, flushed to the disk."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from sohoa.kernel.durable import CHUNK, Readable
from sohoa.kernel.text import nfc
from sohoa.storage.exports.errors import StoredFileDiffers
from sohoa.storage.exports.holdings import HeldFile
from sohoa.storage.objects.model import ObjectStore

LONGEST_NAME = 120  # bytes of UTF-8; file systems take 255, and others add to it


@dataclass(frozen=True, slots=True)
class Written:
    """path: within the package, with slashes. size: bytes. sha256, sha512: lower-case hex."""

    path: str
    media_type: str
    size: int
    sha256: str
    sha512: str


class Parcel:
    """Files below `root`, in the order they were written. Nothing is written twice."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.written: list[Written] = []

    def put(self, path: str, data: bytes, media_type: str) -> Written:
        with self._fresh(path) as out:
            out.write(data)
        return self._note(path, media_type, len(data), hashlib.sha256(data).hexdigest(), hashlib.sha512(data).hexdigest())

    def fetch(self, path: str, file: HeldFile, store: ObjectStore) -> Written:
        """An object of the store, in chunks. Raises StoredFileDiffers when it is not what was archived, and the store's errors."""
        stored = file.stored
        with store.open(stored.bucket, stored.key, stored.version_id) as stream:
            taken = self._stream(path, stream, file.media_type)
        if (taken.sha256, taken.size) != (stored.sha256, stored.size):
            raise StoredFileDiffers()
        return taken

    def take(self, path: str, source: Path, media_type: str) -> Written:
        """A file of this machine, copied."""
        with source.open("rb") as stream:
            return self._stream(path, stream, media_type)

    def _stream(self, path: str, stream: Readable, media_type: str) -> Written:
        short, long, size = hashlib.sha256(), hashlib.sha512(), 0
        with self._fresh(path) as out:
            while chunk := stream.read(CHUNK):
                short.update(chunk)
                long.update(chunk)
                size += len(chunk)
                out.write(chunk)
        return self._note(path, media_type, size, short.hexdigest(), long.hexdigest())

    def _note(self, path: str, media_type: str, size: int, sha256: str, sha512: str) -> Written:
        written = Written(path, media_type, size, sha256, sha512)
        self.written.append(written)
        return written

    @contextmanager
    def _fresh(self, path: str) -> Iterator[BinaryIO]:
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("xb") as out:
            yield out
            out.flush()
            os.fsync(out.fileno())


def safe_name(code: str) -> str:
    """A file name for a code: letters, digits, `.`, `-` and `_` stay; any other letter becomes `=` and its bytes in hex.

    No two codes get the same name; every file system takes it, and no manifest has to escape it.
    """
    code = nfc(code)
    name = "".join(letter if re.fullmatch(r"[\w.-]", letter) else _hex(letter) for letter in code)
    if name.startswith("."):
        name = _hex(".") + name[1:]
    name = name[:-1] + _hex(".") if name.endswith(".") else name  # Windows drops a dot at the end
    if len(name.encode()) > LONGEST_NAME or not name:
        name = name.encode()[: LONGEST_NAME - 17].decode(errors="ignore") + "=" + hashlib.sha256(code.encode()).hexdigest()[:16]
    return name


def _hex(letter: str) -> str:
    return "".join(f"={byte:02X}" for byte in letter.encode())
