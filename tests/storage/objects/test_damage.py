"""What `verify` stands on: one changed byte is reported for exactly the object it belongs to."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from sohoa.storage.objects.errors import ObjectMissing, ObjectUnreadable
from sohoa.storage.objects.folder import FolderStore
from sohoa.storage.objects.model import RECORDS, StoredObject
from sohoa.storage.objects.s3 import S3Store
from sohoa.storage.objects.seaweed import embedded_store
from sohoa.storage.objects.weed import Place

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


def verdicts(store: S3Store, objects: list[StoredObject]) -> list[str]:
    def verdict(one: StoredObject) -> str:
        try:
            return "ok" if store.sha256_of(one.bucket, one.key, one.version_id) == one.sha256 else "other bytes"
        except ObjectUnreadable as refusal:
            return refusal.code

    # Side by side: the server tries a damaged piece again for 13 s before it gives up.
    with ThreadPoolExecutor(len(objects)) as readers:
        return list(readers.map(verdict, objects))


@pytest.mark.timeout(120)
def test_one_changed_byte_is_reported_for_exactly_its_object_before_and_after_a_restart(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with embedded_store(home) as connection, connection.store() as store:
        written = [
            store.put_new(RECORDS, f"{name}/{size}", content(size, name), content_type="a/b") for size in SIZES for name in ("harmed", "well")
        ]
        assert verdicts(store, written) == ["ok"] * 6  # every cache on the way has now seen them whole
        for size in SIZES:
            change_one_byte(Place(home).data, content(size, "harmed"))
        assert verdicts(store, written) == ["storage.object_unreadable", "ok"] * 3
        assert [store.head(RECORDS, one.key, one.version_id).stored for one in written] == written
    with embedded_store(home) as connection, connection.store() as store:
        assert verdicts(store, written) == ["storage.object_unreadable", "ok"] * 3


def test_a_changed_byte_in_the_folder_shows_in_the_hash(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    store.prepare()
    harmed, well = (store.put_new(RECORDS, name, name.encode(), content_type="a/b") for name in ("harmed", "well"))
    (file,) = (path for path in tmp_path.rglob("content") if path.read_bytes() == b"harmed")
    file.write_bytes(b"harmEd")
    assert store.sha256_of(RECORDS, "harmed", harmed.version_id) != harmed.sha256
    assert store.sha256_of(RECORDS, "well", well.version_id) == well.sha256
    file.with_name("about.json").write_bytes(b"{")
    with pytest.raises(ObjectUnreadable):
        store.head(RECORDS, "harmed")
    file.unlink()
    with pytest.raises(ObjectUnreadable):
        store.sha256_of(RECORDS, "harmed", harmed.version_id)
    with pytest.raises(ObjectMissing):
        store.head(RECORDS, "never")
