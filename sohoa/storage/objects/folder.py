"""The contract over a plain folder: for platforms without the embedded server, and for fast tests.

One object is one folder with `content` and `about.json`, made aside and renamed into place; a rename never replaces a folder
that holds something, which makes it create-only on every system. Nothing is locked here: whoever may write to the folder may
change what is in it, and `locks` says so.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from secrets import token_hex
from typing import BinaryIO

from sohoa.kernel.durable import CHUNK, copy_durably, hash_of, sync_folder, write_durably
from sohoa.storage.objects.errors import BucketMissing, ObjectAlreadyThere, ObjectMissing, ObjectUnreadable, SourceChanged
from sohoa.storage.objects.model import PROBE, RECORDS, WORK, ByteStream, Described, Listed, Retention, StoredObject

ONLY_VERSION = "1"


class FolderStore:
    """See model.ObjectStore. Every object has one version, "1". A retention is written down, not enforced."""

    locks = False

    def __init__(self, root: Path) -> None:
        self._root = root

    def prepare(self) -> None:
        for bucket in (RECORDS, WORK, PROBE):
            (self._root / bucket).mkdir(mode=0o700, parents=True, exist_ok=True)
        self.put_new(PROBE, token_hex(8), b"", content_type="application/octet-stream")
        shutil.rmtree(self._root / PROBE)
        (self._root / PROBE).mkdir()

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
        place = self._place(bucket, key)
        aside = place.with_name(f".{token_hex(8)}.part")
        aside.mkdir(parents=True)
        try:
            sha256, size = _copy(source, aside / "content")
            stored = StoredObject(bucket, key, ONLY_VERSION, sha256, size)
            write_durably(aside / "about.json", _written(Described(stored, content_type, metadata or {}, retention)))
            if not _moved(aside, place):
                return self._recognise(bucket, key, sha256)
        finally:
            shutil.rmtree(aside, ignore_errors=True)
        sync_folder(place.parent)
        return stored

    def _recognise(self, bucket: str, key: str, sha256: str) -> StoredObject:
        there = self.head(bucket, key).stored
        if there.sha256 != sha256:
            raise ObjectAlreadyThere
        return there

    @contextmanager
    def open(self, bucket: str, key: str, version_id: str) -> Iterator[ByteStream]:
        place = self._found(bucket, key, version_id)
        try:
            content = (place / "content").open("rb")
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
        return _read(self._found(bucket, key, version_id))

    def exists(self, bucket: str, key: str, version_id: str = "") -> bool:
        with suppress(ObjectMissing):
            self._found(bucket, key, version_id)
            return True
        return False

    def list(self, bucket: str, prefix: str = "") -> Iterator[Listed]:
        found = (
            _read(about.parent).stored
            for about in self._bucket(bucket).glob("*/*/about.json")
            if not about.parent.name.startswith(".")
        )
        for stored in sorted((one for one in found if one.key.startswith(prefix)), key=lambda one: one.key.encode()):
            yield Listed(bucket, stored.key, stored.version_id, stored.size, latest=True)

    def close(self) -> None:
        pass

    def _bucket(self, bucket: str) -> Path:
        folder = self._root / bucket
        if "/" in bucket or bucket.startswith(".") or not folder.is_dir():
            raise BucketMissing(bucket=bucket, why="it does not exist")
        return folder

    def _place(self, bucket: str, key: str) -> Path:
        # A key may be long, hold any letter, or try to climb out of the folder; its hash does none of that.
        name = hashlib.sha256(key.encode()).hexdigest()
        return self._bucket(bucket) / name[:2] / name

    def _found(self, bucket: str, key: str, version_id: str) -> Path:
        place = self._place(bucket, key)
        if version_id not in ("", ONLY_VERSION) or not place.is_dir():
            raise ObjectMissing
        return place


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


def _moved(aside: Path, place: Path) -> bool:
    """False when somebody was there first."""
    try:
        aside.rename(place)
    except OSError:
        if not place.is_dir():
            raise
        return False
    return True


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


def _written(about: Described) -> bytes:
    stored, retention = about.stored, about.retention
    told = {
        "key": stored.key,
        "sha256": stored.sha256,
        "size": stored.size,
        "content_type": about.content_type,
        "metadata": about.metadata,
        "retention": {"mode": retention.mode, "until": retention.until.isoformat(timespec="seconds")} if retention else None,
    }
    return json.dumps(told, ensure_ascii=False, indent=1).encode()


def _read(place: Path) -> Described:
    try:
        told = json.loads((place / "about.json").read_bytes())
        kept = told["retention"]
        retention = Retention(kept["mode"], datetime.fromisoformat(kept["until"])) if kept else None
        stored = StoredObject(place.parent.parent.name, told["key"], ONLY_VERSION, told["sha256"], told["size"])
        return Described(stored, told["content_type"], told["metadata"], retention)
    except (OSError, ValueError, KeyError, TypeError) as failure:
        raise ObjectUnreadable(why=type(failure).__name__) from failure
