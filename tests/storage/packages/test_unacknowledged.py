"""What a killed server brings to light late does not stand before what was acknowledged."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from sohoa.storage.objects.folder import FolderStore
from sohoa.storage.objects.model import RECORDS
from sohoa.storage.packages import ocfl
from sohoa.storage.packages.layout import INVENTORY, SIDECAR, root_of
from sohoa.storage.packages.model import Addition

NOON = datetime(2026, 3, 2, 5, 0, tzinfo=UTC)
PACKAGE = "urn:sohoa:dossier:H99-1"
ROOT = root_of(PACKAGE)


def add(store: FolderStore, path: str) -> None:
    addition = Addition(path, path.encode(), "text/plain")
    ocfl.add(store, PACKAGE, [addition], message="test", by="test", now=NOON, retention=None)


def folder(path: Path) -> FolderStore:
    store = FolderStore(path)
    store.prepare()
    add(store, "first")
    return store


def inventory(store: FolderStore) -> bytes:
    with store.open(RECORDS, f"{ROOT}/v2/{INVENTORY}", "") as stream:
        return b"".join(stream)


def test_of_two_inventories_of_a_version_the_one_that_was_acknowledged_counts(tmp_path: Path) -> None:
    lost, kept = folder(tmp_path / "lost"), folder(tmp_path / "kept")
    add(lost, "of a write that was killed")
    add(kept, "acknowledged")
    store = folder(tmp_path / "both")
    store.put_new(RECORDS, f"{ROOT}/v2/{INVENTORY}", inventory(lost), content_type="application/json")
    store.put_version(RECORDS, f"{ROOT}/v2/{INVENTORY}", inventory(kept), content_type="application/json")
    with kept.open(RECORDS, f"{ROOT}/v2/{SIDECAR}", "") as stream:
        store.put_new(RECORDS, f"{ROOT}/v2/{SIDECAR}", b"".join(stream), content_type="text/plain")
    assert sorted(ocfl.opened(store, PACKAGE).files) == ["acknowledged", "first"]
