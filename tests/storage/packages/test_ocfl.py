"""Packages in the bucket: any OCFL tool can read them, two writers never lose a paper, and a crash leaves nothing unaccounted for."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sohoa.kernel.clock import now
from sohoa.storage.objects.folder import FolderStore
from sohoa.storage.objects.model import RECORDS, ObjectStore, Retention
from sohoa.storage.objects.s3 import S3Store
from sohoa.storage.packages import ocfl
from sohoa.storage.packages.layout import root_of
from sohoa.storage.packages.model import Addition, Package, PackageBroken, PathTaken, package_of
from tests.ocfl_judge import judged_valid, lay_out

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 3, 2, 5, 0, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path) -> FolderStore:
    store = FolderStore(tmp_path / "store")
    store.prepare()
    return store


def put(
    store: ObjectStore,
    package_id: str,
    files: dict[str, bytes],
    *,
    by: str = "mau",
    retention: Retention | None = None,
    **more: str,
):
    additions = [Addition(path, content, "application/octet-stream") for path, content in files.items()]
    return ocfl.add(store, package_id, additions, message="put", by=by, now=NOON, retention=retention, **more)


def held(store: ObjectStore, package: Package | None) -> dict[str, bytes]:
    return {path: ocfl.read(store, one) for path, one in package.files.items()} if package else {}


def test_each_addition_is_a_version_and_an_independent_validator_finds_nothing_wrong(store: S3Store, tmp_path: Path) -> None:
    mine = package_of("", f"H99.1-{uuid4().hex}")
    kept = Retention("GOVERNANCE", now() + timedelta(days=1))
    first = put(store, mine, {"a/original.pdf": b"one", "a/metadata.json": b"{}"}, retention=kept)
    second = put(store, mine, {"b/original.pdf": b"two", "b/giấy tờ.json": b"{}"}, retention=kept)
    assert (first.head, second.head) == (1, 2)
    assert held(store, ocfl.opened(store, mine)) == {
        "a/original.pdf": b"one",
        "a/metadata.json": b"{}",
        "b/original.pdf": b"two",
        "b/giấy tờ.json": b"{}",
    }
    assert len({one.key for one in second.files.values()}) == 3, "the same bytes are kept once"
    root = lay_out(store, tmp_path, root_of(mine))
    assert judged_valid(root) == []
    for listed in store.list(RECORDS, root_of(mine)):
        assert store.head(RECORDS, listed.key, listed.version_id).retention is not None


def test_the_root_says_where_a_package_lies(folder: FolderStore, tmp_path: Path) -> None:
    """The worked example of extension 0003 with our tuples: hash of the id in threes, then the id itself."""
    assert root_of("..hor/rib:le-$id").endswith("/%2e%2ehor%2frib%3ale-%24id")
    assert root_of("..hor/rib:le-$id").startswith("487/326/d8c/")
    long = root_of("abcdefghij" * 10 + "a")
    assert long == f"5cc/73e/648/{'abcdefghij' * 10}-5cc73e648fbcff136510e330871180922ddacf193b68fdeff855683a01464220"
    put(folder, "urn:sohoa:record:a", {"a/b": b"c"})
    assert judged_valid(lay_out(folder, tmp_path / "out"), whole_root=True) == []


def test_adding_the_same_again_changes_nothing_and_other_bytes_are_refused(folder: FolderStore) -> None:
    files = {"a/original.pdf": b"one", "a/metadata.json": b"{}"}
    put(folder, "urn:x", files)
    before = sorted((one.key, one.version_id) for one in folder.list(RECORDS))
    assert put(folder, "urn:x", files).head == 1
    with pytest.raises(PathTaken):
        put(folder, "urn:x", {"a/original.pdf": b"other", "c/new.pdf": b"three"})
    assert put(folder, "urn:x", {"a/metadata.json": b"made later"}, unless="a/metadata.json").head == 1
    assert sorted((one.key, one.version_id) for one in folder.list(RECORDS)) == before


def test_writers_to_one_package_at_once_each_get_a_version_of_their_own(store: S3Store, tmp_path: Path) -> None:
    mine, heads = package_of("", f"H99.1-{uuid4().hex}"), list[int]()

    def write(number: int) -> None:
        heads.append(put(store, mine, {f"{number}/original.pdf": f"paper {number}".encode()}).head)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert sorted(heads) == [1, 2, 3, 4, 5, 6]
    assert len(held(store, ocfl.opened(store, mine))) == 6
    assert judged_valid(lay_out(store, tmp_path, root_of(mine))) == []


def test_writers_whose_locks_are_gone_still_lose_nothing(store: S3Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that slept through its lock: only the store is left to say who was first."""

    @contextmanager
    def no_turn(_: str) -> Iterator[None]:
        yield

    monkeypatch.setattr(ocfl, "turn", no_turn)
    mine = package_of("", f"H99.1-{uuid4().hex}")
    threads = [
        threading.Thread(target=put, args=(store, mine, {f"{number}/original.pdf": f"paper {number}".encode()}))
        for number in range(5)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    put(store, mine, {"last/original.pdf": b"last"})
    papers = {content for path, content in held(store, ocfl.opened(store, mine)).items() if not path.startswith("leftover/")}
    assert papers == {b"last", *(f"paper {number}".encode() for number in range(5))}
    assert judged_valid(lay_out(store, tmp_path, root_of(mine))) == []


class Stopped(Exception):
    pass


class Dying:
    """A store that fails at the n-th write, before or after it was done: what a kill leaves at that line."""

    def __init__(self, store: ObjectStore, at: int, *, after: bool) -> None:
        self._store, self._left, self._after = store, at, after
        self._lock = threading.Lock()

    def __getattr__(self, name: str):
        real = getattr(self._store, name)
        if name not in ("put_new", "put_version"):
            return real

        def write(*given: object, **more: object) -> object:
            with self._lock:
                self._left -= 1
                last = self._left == 0
            if last and not self._after:
                raise Stopped
            done = real(*given, **more)
            if last:
                raise Stopped
            return done

        return write


@settings(max_examples=40, deadline=None)
@given(at=st.integers(1, 12), after=st.booleans(), again=st.booleans(), earlier=st.booleans())
def test_whatever_line_a_writer_dies_at_the_next_one_leaves_a_valid_package(
    tmp_path_factory: pytest.TempPathFactory, at: int, after: bool, again: bool, earlier: bool
) -> None:
    place = tmp_path_factory.mktemp("dying")
    store = FolderStore(place / "store")
    store.prepare()
    if earlier:
        put(store, "urn:x", {"z/original.pdf": b"earlier"})
    mine, theirs = {"a/original.pdf": b"one", "a/metadata.json": b"{}"}, {"b/original.pdf": b"two"}
    died = False
    try:
        put(Dying(store, at, after=after), "urn:x", mine)
    except Stopped:
        died = True
    assert died == (at <= (6 if earlier else 10))
    put(store, "urn:x", mine if again else theirs)
    if not again:
        put(store, "urn:x", mine)
    found = held(store, ocfl.opened(store, "urn:x"))
    assert {path: content for path, content in found.items() if path[0] in "abz"} == mine | ({} if again else theirs) | (
        {"z/original.pdf": b"earlier"} if earlier else {}
    )
    assert judged_valid(lay_out(store, place / "out"), whole_root=True) == []


@pytest.mark.parametrize(
    "damage",
    [b"", b"{", b"[]", b'{"id": "urn:other"}', b"\xff\xfe"],
    ids=["empty", "cut", "another shape", "another object's", "not text"],
)
def test_an_inventory_that_is_not_one_is_named_and_nothing_is_added(folder: FolderStore, damage: bytes) -> None:
    put(folder, "urn:x", {"a/original.pdf": b"one"})
    folder.put_new(RECORDS, f"{root_of('urn:x')}/v2/inventory.json", damage, content_type="application/json")
    for attempt in (lambda: ocfl.opened(folder, "urn:x"), lambda: put(folder, "urn:x", {"b": b"two"})):
        with pytest.raises(PackageBroken):
            attempt()


def test_what_is_not_there_is_no_package(folder: FolderStore) -> None:
    assert ocfl.opened(folder, "urn:nobody") is None
