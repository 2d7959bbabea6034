"""What `verify` stands on: one changed byte is reported for exactly the object it belongs to."""

from __future__ import annotations

import hashlib
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from sohoa.storage.objects.errors import ObjectMissing, ObjectUnreadable
from sohoa.storage.objects.folder import FolderStore
from sohoa.storage.objects.model import RECORDS, StoredObject
from sohoa.storage.objects.place import Place
from sohoa.storage.objects.s3 import S3Store
from sohoa.storage.objects.seaweed import embedded_store

SIZES = (10, 40_000, 20 << 20)  # bytes: one needle; one piece; several parts and pieces


def content(size: int, name: str) -> bytes:
    return hashlib.shake_128(f"{name} {size}".encode()).digest(size)


def change_one_byte(folder: Path, data: bytes) -> None:
    """Behind the store's back, in the middle of where these bytes lie on the disk."""
    middle = data[len(data) // 2 :][:16]
    changed = 0
    for path in folder.glob("*.dat"):
        position = path.read_bytes().find(middle)
        if position >= 0:
            with path.open("r+b") as volume:
                volume.seek(position)
                volume.write(bytes([middle[0] ^ 1]))
            changed += 1
    assert changed == 1


def verdicts(*asked: tuple[S3Store, list[StoredObject]]) -> list[str]:
    def verdict(store: S3Store, one: StoredObject) -> str:
        try:
            return "ok" if store.sha256_of(one.bucket, one.key, one.version_id) == one.sha256 else "other bytes"
        except ObjectUnreadable as refusal:
            return refusal.code

    # Side by side: the server tries a damaged piece again for 13 s before it gives up.
    pairs = [(store, one) for store, objects in asked for one in objects]
    with ThreadPoolExecutor(len(pairs)) as readers:
        return list(readers.map(verdict, *zip(*pairs, strict=True)))


def test_one_changed_byte_is_reported_for_exactly_its_object_by_a_warm_server_and_by_a_fresh_one(tmp_path: Path) -> None:
    warm_home, fresh_home = tmp_path / "warm", tmp_path / "fresh"
    with embedded_store(warm_home) as connection, connection.store() as warm:
        written = [
            warm.put_new(RECORDS, f"{name}/{size}", content(size, name), content_type="a/b")
            for size in SIZES
            for name in ("harmed", "well")
        ]
        assert verdicts((warm, written)) == ["ok"] * 6  # every cache on the way has now seen them whole
        for size in SIZES:
            change_one_byte(Place(warm_home).data, content(size, "harmed"))
        # The fresh server starts on the same bytes; two servers share one wait instead of each having its own.
        for folder in ("objects/data", "keys"):
            shutil.copytree(warm_home / folder, fresh_home / folder)
        with embedded_store(fresh_home) as other, other.store() as fresh:
            assert other.url != connection.url
            assert verdicts((warm, written), (fresh, written)) == ["storage.object_unreadable", "ok"] * 6
            assert [fresh.head(RECORDS, one.key, one.version_id).stored for one in written] == written


def test_a_changed_byte_in_the_folder_shows_in_the_hash(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    store.prepare()
    harmed, well = (store.put_new(RECORDS, name, name.encode(), content_type="a/b") for name in ("harmed", "well"))
    file = tmp_path / RECORDS / "harmed"
    file.write_bytes(b"harmEd")
    assert store.sha256_of(RECORDS, "harmed", harmed.version_id) != harmed.sha256
    assert store.sha256_of(RECORDS, "well", well.version_id) == well.sha256
    file.unlink()
    file.write_bytes(b"harmEd")  # another file in its place, as an editor leaves it
    assert store.sha256_of(RECORDS, "harmed", harmed.version_id) != harmed.sha256
    (described,) = (path for path in tmp_path.rglob("1.json") if b'"harmed"' in path.read_bytes())
    described.write_bytes(b"{")
    with pytest.raises(ObjectUnreadable):
        store.head(RECORDS, "harmed")
    file.unlink()
    for key in ("harmed", "never"):
        with pytest.raises(ObjectMissing):
            store.head(RECORDS, key)
        assert not store.exists(RECORDS, key)
    assert [one.key for one in store.list(RECORDS)] == ["well"]
