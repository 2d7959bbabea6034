"""What is read ahead of a rebuild is what the store has, asked for once; what cannot be read ahead fails where it is wanted."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sohoa.storage.objects.errors import ObjectMissing
from sohoa.storage.objects.folder import FolderStore
from sohoa.storage.objects.model import RECORDS
from sohoa.storage.packages import ocfl
from sohoa.storage.packages.model import Addition
from sohoa.storage.reading_ahead import LARGEST, ReadingAhead

NOON = datetime(2026, 3, 2, 5, 0, tzinfo=UTC)
PACKAGE = "urn:sohoa:dossier:H99-1"
FILES = {"a/metadata.json": b"{}", "a/text.xml": b"<alto/>", "a/large.bin": b"x" * (LARGEST + 1)}


class Asked(FolderStore):
    """Remembers which keys it was asked for."""

    opened: list[str]

    def open(self, bucket: str, key: str, version_id: str):
        self.opened.append(key)
        return super().open(bucket, key, version_id)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Asked]:
    store = Asked(tmp_path / "store")
    store.opened = []
    store.prepare()
    additions = [Addition(path, content, "application/octet-stream") for path, content in FILES.items()]
    ocfl.add(store, PACKAGE, additions, message="test", by="test", now=NOON, retention=None)
    store.opened.clear()
    yield store


def test_what_was_expected_is_at_hand_and_asked_of_the_store_once(store: Asked) -> None:
    with ReadingAhead(store) as ahead:
        ahead.expect({PACKAGE: FILES}, {})
        package = ahead.package(PACKAGE)
        assert package == ocfl.opened(store, PACKAGE)
        store.opened.clear()
        assert {path: ocfl.read(ahead, package.files[path]) for path in FILES} == FILES
    assert [Path(key).suffix for key in store.opened] == [".bin"], "only what is too large waits until it is wanted"


def test_a_package_that_is_open_already_is_not_opened_again(store: Asked) -> None:
    package = ocfl.opened(store, PACKAGE)
    store.opened.clear()
    with ReadingAhead(store) as ahead:
        ahead.expect({PACKAGE: ["a/text.xml"]}, {PACKAGE: package})
        assert ahead.package(PACKAGE, package) is package
    assert [Path(key).suffix for key in store.opened] == [".xml"]


def test_what_is_gone_is_told_to_whoever_wants_it(store: Asked, tmp_path: Path) -> None:
    package = ocfl.opened(store, PACKAGE)
    lost = package.files["a/text.xml"]
    (tmp_path / "store" / RECORDS / lost.key).unlink()
    with ReadingAhead(store) as ahead:
        ahead.expect({PACKAGE: FILES, "urn:sohoa:record:none": ["b/metadata.json"]}, {PACKAGE: package})
        assert ahead.package("urn:sohoa:record:none") is None
        assert ahead.package(PACKAGE, package) is package
        with pytest.raises(ObjectMissing):
            ocfl.read(ahead, lost)
        assert ocfl.read(ahead, package.files["a/metadata.json"]) == b"{}"
