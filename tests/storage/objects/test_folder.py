"""The folder that serves as a store: what other tools see in it, what strange keys do to it, what a kill leaves in it."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sohoa.config.settings import S3
from sohoa.storage.objects.connect import mend, open_store
from sohoa.storage.objects.errors import BucketMissing, ObjectLockRefused, ObjectMissing
from sohoa.storage.objects.folder import FolderStore
from sohoa.storage.objects.model import RECORDS, Retention, StoredObject
from sohoa.storage.objects.seaweed import Connection

TEXT = "text/plain"
MOST_STEPS = 200  # no call has so many; the loops below end long before


@pytest.fixture
def root(tmp_path: Path) -> Path:
    FolderStore(tmp_path / "store").prepare()
    return tmp_path / "store"


def seen(root: Path) -> dict[str, bytes]:
    """What a tool that knows nothing of us finds in the bucket."""
    top = root / RECORDS
    return {path.relative_to(top).as_posix(): path.read_bytes() for path in top.rglob("*") if path.is_file()}


def test_the_latest_version_lies_under_its_own_name_and_nothing_else_does(root: Path) -> None:
    store = FolderStore(root)
    store.put_new(RECORDS, "0=ocfl_1.1", b"ocfl_1.1\n", content_type=TEXT)
    for body in (b"one", b"two"):
        store.put_version(RECORDS, "ab/cd/hồ sơ/inventory.json", body, content_type=TEXT)
    last = store.put_new(RECORDS, "ab/cd/hồ sơ/v1/content/tờ 1.pdf", b"pdf", content_type=TEXT)
    assert seen(root) == {"0=ocfl_1.1": b"ocfl_1.1\n", "ab/cd/hồ sơ/inventory.json": b"two", last.key: b"pdf"}
    store.erase(RECORDS, last.key, last.version_id)
    store.erase(RECORDS, "ab/cd/hồ sơ/inventory.json", "2")
    assert seen(root) == {"0=ocfl_1.1": b"ocfl_1.1\n", "ab/cd/hồ sơ/inventory.json": b"one"}
    store.erase(RECORDS, "ab/cd/hồ sơ/inventory.json", "1")
    assert [path.name for path in (root / RECORDS).iterdir()] == ["0=ocfl_1.1"]  # OCFL allows no empty folders


STRANGE = [
    "../outside",
    "a/../../outside",
    "/absolute",
    "a//b",
    "ends/",
    ".",
    "tab\there",
    "line\nbreak",
    "nul\0",
    "x" * 300,
    "đ" * 200,
    "a/" * 700 + "deep",
    "\ud800",
    "",
]


@pytest.mark.parametrize("key", STRANGE, ids=range(len(STRANGE)))
def test_a_strange_key_is_kept_like_any_other_and_leaves_its_bucket_alone(root: Path, key: str) -> None:
    store = FolderStore(root)
    outside = sorted(root.parent.iterdir())
    first, second = (store.put_version(RECORDS, key, body, content_type=TEXT) for body in (b"1", b"2"))
    assert [store.sha256_of(RECORDS, key, one.version_id) for one in (first, second)] == [first.sha256, second.sha256]
    assert [(one.key, one.version_id) for one in store.list(RECORDS)] == [(key, "2"), (key, "1")]
    assert sorted(root.parent.iterdir()) == outside
    assert not seen(root)
    for number in ("1", "2"):
        store.erase(RECORDS, key, number)
    assert not list(store.list(RECORDS))


def test_a_key_below_another_key_and_a_link_out_of_the_bucket_stand_in_nobodys_way(root: Path, tmp_path: Path) -> None:
    store = FolderStore(root)
    (root / RECORDS / "away").symlink_to(tmp_path)
    keys = ["a", "a/b", "c/d", "c", "away/x"]
    stored = [store.put_new(RECORDS, key, key.encode(), content_type=TEXT) for key in keys]
    assert [store.sha256_of(RECORDS, one.key, "") for one in stored] == [one.sha256 for one in stored]
    assert [one.key for one in store.list(RECORDS)] == sorted(keys)
    assert [one.key for one in store.list(RECORDS, "a/")] == ["a/b"]
    assert seen(root) == {"a": b"a", "c/d": b"c/d"}
    assert not (tmp_path / "x").exists()


def test_a_file_that_others_put_there_is_neither_listed_nor_written_over(root: Path) -> None:
    store = FolderStore(root)
    (root / RECORDS / "theirs").write_bytes(b"theirs")
    assert not store.exists(RECORDS, "theirs")
    assert not list(store.list(RECORDS))
    ours = store.put_new(RECORDS, "theirs", b"ours", content_type=TEXT)
    assert store.sha256_of(RECORDS, "theirs", "") == ours.sha256
    assert (root / RECORDS / "theirs").read_bytes() == b"theirs"


def test_the_rooms_own_folder_is_no_bucket(root: Path) -> None:
    for bucket in (".sohoa", "../store/records", "records/x"):
        with pytest.raises(BucketMissing):
            FolderStore(root).put_new(bucket, "x", b"", content_type=TEXT)


def test_a_retention_ends_by_the_clock_that_the_store_was_given(root: Path) -> None:
    end = datetime(2035, 1, 1, tzinfo=UTC)
    stored = FolderStore(root).put_new(RECORDS, "k", b"k", content_type=TEXT, retention=Retention("COMPLIANCE", end))
    with pytest.raises(ObjectLockRefused):
        FolderStore(root, clock=lambda: end - timedelta(seconds=1)).erase(RECORDS, "k", stored.version_id)
    FolderStore(root, clock=lambda: end).erase(RECORDS, "k", stored.version_id)
    with pytest.raises(ObjectMissing):
        FolderStore(root).head(RECORDS, "k")


def test_a_file_taken_away_is_missing_and_comes_back_with_the_same_put(root: Path) -> None:
    store = FolderStore(root)
    first = store.put_new(RECORDS, "a/k", b"k", content_type=TEXT)
    (root / RECORDS / "a" / "k").unlink()
    assert not store.exists(RECORDS, "a/k")
    again = store.put_new(RECORDS, "a/k", b"k", content_type=TEXT)
    assert (again.version_id, again.sha256) == ("2", first.sha256)
    assert store.sha256_of(RECORDS, "a/k", "1") == first.sha256


def killed_at(step: int, work: Callable[[], object]) -> bool:
    """Run `work` in a child that is killed at its n-th change to the disk; False when it had fewer."""
    child = os.fork()
    if child == 0:
        left = [step]

        def count(event: str, _: object) -> None:
            if event in ("os.rename", "os.link", "os.remove", "os.mkdir", "os.rmdir", "os.listdir", "open"):
                left[0] -= 1
                if left[0] == 0:
                    os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(count)
        try:
            work()
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def test_a_kill_at_any_moment_of_a_new_version_leaves_the_old_one_or_the_new_one_and_never_half(root: Path) -> None:
    for step in range(1, MOST_STEPS):
        key = f"d{step}/inventory.json"
        store = FolderStore(root)
        old = store.put_version(RECORDS, key, b"old", content_type=TEXT)
        killed = killed_at(step, lambda key=key: FolderStore(root).put_version(RECORDS, key, b"new", content_type=TEXT))
        latest = store.head(RECORDS, key).stored
        assert latest.sha256 == store.sha256_of(RECORDS, key, "") == store.sha256_of(RECORDS, key, latest.version_id)
        assert seen(root)[key] in (b"old", b"new")
        assert store.sha256_of(RECORDS, key, "1") == old.sha256
        new = store.put_version(RECORDS, key, b"new", content_type=TEXT)
        assert [one.version_id for one in store.list(RECORDS, key)] == [new.version_id, "1"]
        assert seen(root)[key] == b"new"
        if not killed:
            break
    else:
        pytest.fail("it never ended")
    assert step > 10
    store.prepare()
    assert not list((root / ".sohoa" / "parts").iterdir())


def test_a_kill_at_any_moment_of_the_first_writing_leaves_nothing_or_all(root: Path) -> None:
    for step in range(1, MOST_STEPS):
        key, store = f"e{step}/first", FolderStore(root)
        killed = killed_at(step, lambda key=key: FolderStore(root).put_new(RECORDS, key, b"first", content_type=TEXT))
        if store.exists(RECORDS, key):
            assert store.sha256_of(RECORDS, key, "1") == store.head(RECORDS, key).stored.sha256
        else:
            assert not list(store.list(RECORDS, key))
            assert key not in seen(root)
        stored = store.put_new(RECORDS, key, b"first", content_type=TEXT)
        assert stored == StoredObject(RECORDS, key, "1", stored.sha256, 5)
        assert seen(root)[key] == b"first"
        if not killed:
            return
    pytest.fail("it never ended")


def test_a_kill_at_any_moment_of_a_destruction_is_finished_by_doing_it_again(root: Path) -> None:
    for step in range(1, MOST_STEPS):
        key, store = f"f{step}/k", FolderStore(root)
        for body in (b"1", b"2"):
            store.put_version(RECORDS, key, body, content_type=TEXT)
        killed = killed_at(step, lambda key=key: FolderStore(root).erase(RECORDS, key, "2"))
        if store.exists(RECORDS, key, "2"):
            assert store.sha256_of(RECORDS, key, "2") == store.head(RECORDS, key).stored.sha256
            store.erase(RECORDS, key, "2")
        assert [one.version_id for one in store.list(RECORDS, key)] == ["1"]
        assert seen(root)[key] == b"1"
        assert not [path for path in (root / ".sohoa").rglob("*") if path.is_file() and path.read_bytes() == b"2"]
        if not killed:
            return
    pytest.fail("it never ended")


def test_a_folder_serves_wherever_a_connection_is_asked_for(tmp_path: Path) -> None:
    connection = Connection((tmp_path / "kho lưu").as_uri(), "", "")
    with open_store(connection) as store:
        store.prepare()
        stored = store.put_new(RECORDS, "k", b"k", content_type=TEXT)
        assert not store.locks
    assert (tmp_path / "kho lưu" / RECORDS / "k").read_bytes() == b"k"
    with connection.store() as again:
        assert again.head(RECORDS, "k").stored == stored
    (tmp_path / "kho lưu" / "probe").rmdir()
    assert not mend(tmp_path, S3(connection.url, "", ""), connection)
