"""What every object store promises, kept by the folder and by the real server alike."""

from __future__ import annotations

import hashlib
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sohoa.storage.objects.errors import BucketMissing, ObjectAlreadyThere, ObjectMissing, SourceChanged, StoreRefused
from sohoa.storage.objects.model import RECORDS, WORK, ObjectStore, Retention
from sohoa.storage.objects.s3 import PART

PDF = "application/pdf"
NEXT_YEAR = Retention("COMPLIANCE", datetime.now(UTC).replace(microsecond=0) + timedelta(days=365))


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def pattern(size: int) -> bytes:
    return hashlib.shake_128(b"paper").digest(size)


@pytest.mark.parametrize("bucket", [RECORDS, WORK])
@pytest.mark.parametrize("size", [0, 1, 4 << 20, PART])
def test_what_was_put_comes_back_the_same(any_store: ObjectStore, key: str, bucket: str, size: int, tmp_path: Path) -> None:
    data = pattern(size)
    stored = any_store.put_new(bucket, key, data, content_type=PDF)
    assert (stored.bucket, stored.key, stored.sha256, stored.size) == (bucket, key, sha256(data), size)
    assert any_store.sha256_of(bucket, key, stored.version_id) == sha256(data)
    assert any_store.download(bucket, key, stored.version_id, tmp_path / "back") == sha256(data)
    assert (tmp_path / "back").read_bytes() == data
    with any_store.open(bucket, key, stored.version_id) as stream:
        assert b"".join(stream) == data


def test_vietnamese_metadata_and_keys_survive(any_store: ObjectStore, key: str) -> None:
    metadata = {"subject": "Về việc cấp giấy phép xây dựng\nđợt 2 — 100 %", "signer": "Nguyễn Thị Ẩn", "empty": ""}
    stored = any_store.put_new(
        RECORDS, key, b"text", content_type="text/plain; charset=utf-8", metadata=metadata, retention=NEXT_YEAR
    )
    described = any_store.head(RECORDS, key, stored.version_id)
    assert described.stored == stored
    assert described.metadata == metadata
    assert described.content_type == "text/plain; charset=utf-8"
    assert described.retention == NEXT_YEAR
    assert [one.key for one in any_store.list(RECORDS, key.rsplit("/", 1)[0] + "/")] == [key]


def test_putting_the_same_again_after_a_crash_gives_the_first_write_back(any_store: ObjectStore, key: str, tmp_path: Path) -> None:
    first = any_store.put_new(RECORDS, key, b"record", content_type=PDF, metadata={"try": "1"})
    (tmp_path / "again").write_bytes(b"record")
    assert any_store.put_new(RECORDS, key, tmp_path / "again", content_type=PDF, metadata={"try": "2"}) == first
    assert any_store.head(RECORDS, key).metadata == {"try": "1"}
    assert [one.version_id for one in any_store.list(RECORDS, key)] == [first.version_id]


@pytest.mark.parametrize("size", [10, PART + 1])
def test_other_bytes_under_a_taken_key_are_refused_and_the_first_stay(any_store: ObjectStore, key: str, size: int) -> None:
    first = any_store.put_new(WORK, key, pattern(size), content_type=PDF)
    with pytest.raises(ObjectAlreadyThere):
        any_store.put_new(WORK, key, b"x" * size, content_type=PDF)
    assert any_store.sha256_of(WORK, key, first.version_id) == first.sha256
    assert len(list(any_store.list(WORK, key))) == 1


@pytest.mark.parametrize("bucket", [RECORDS, WORK])
def test_sixteen_writers_of_one_key_have_exactly_one_winner(any_store: ObjectStore, key: str, bucket: str) -> None:
    def write(number: int) -> str:
        try:
            return any_store.put_new(bucket, key, b"writer %d" % number, content_type=PDF).sha256
        except ObjectAlreadyThere:
            return ""

    with ThreadPoolExecutor(16) as writers:
        won = [answer for answer in writers.map(write, range(16)) if answer]
    assert len(won) == 1
    assert any_store.head(bucket, key).stored.sha256 == won[0]
    assert len(list(any_store.list(bucket, key))) == 1


def test_sixteen_writers_of_the_same_bytes_all_get_the_same_object(any_store: ObjectStore, key: str) -> None:
    with ThreadPoolExecutor(16) as writers:
        stored = set(writers.map(lambda _: any_store.put_new(RECORDS, key, b"one paper", content_type=PDF), range(16)))
    assert len(stored) == 1


def test_a_large_file_goes_through_in_bounded_memory(any_store: ObjectStore, key: str, tmp_path: Path) -> None:
    source, size = tmp_path / "scan.pdf", 20 * (1 << 20) + 17
    source.write_bytes(pattern(size))
    expected = sha256(source.read_bytes())
    tracemalloc.start()
    try:
        stored = any_store.put_new(RECORDS, key, source, content_type=PDF, retention=NEXT_YEAR)
        back = any_store.download(RECORDS, key, stored.version_id, tmp_path / "back.pdf")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (stored.sha256, stored.size, back) == (expected, size, expected)
    assert peak < 2.5 * PART
    described = any_store.head(RECORDS, key)
    assert (described.stored, described.retention) == (stored, NEXT_YEAR)
    assert any_store.put_new(RECORDS, key, source, content_type=PDF) == stored


def test_what_is_not_there_is_missing_and_nothing_else(any_store: ObjectStore, key: str) -> None:
    assert not any_store.exists(RECORDS, key)
    for call in (any_store.head, any_store.sha256_of):
        with pytest.raises(ObjectMissing):
            call(RECORDS, key, "")
    with pytest.raises(ObjectMissing), any_store.open(RECORDS, key, ""):
        pass
    any_store.put_new(RECORDS, key, b"", content_type=PDF)
    assert any_store.exists(RECORDS, key)
    with pytest.raises(ObjectMissing):
        any_store.sha256_of(RECORDS, key, "6715bcdf6d59b2ad27c88eceaa758823")


def test_a_bucket_that_nobody_made_is_not_made_by_a_typing_mistake(any_store: ObjectStore, key: str) -> None:
    with pytest.raises((BucketMissing, StoreRefused)):
        any_store.put_new("recrods", key, b"x", content_type=PDF)


def test_a_listing_shows_each_key_below_its_prefix_once_in_order(any_store: ObjectStore, key: str) -> None:
    names = [f"{key}/{name}" for name in ("a", "b/1", "b/2", "c đ", "ă")]
    for name in reversed(names):
        any_store.put_new(WORK, name, name.encode(), content_type=PDF)
    listed = list(any_store.list(WORK, key + "/"))
    assert [one.key for one in listed] == sorted(names, key=str.encode)
    assert [one.size for one in listed] == [len(name.encode()) for name in sorted(names, key=str.encode)]
    assert [one.key for one in any_store.list(WORK, key + "/b/")] == names[1:3]


def test_half_read_objects_do_not_use_up_the_connections(any_store: ObjectStore, key: str) -> None:
    stored = any_store.put_new(WORK, key, pattern(PART), content_type=PDF)
    for _ in range(20):
        with any_store.open(WORK, key, stored.version_id) as stream:
            assert len(stream.read(1000)) == 1000
    assert any_store.sha256_of(WORK, key, stored.version_id) == stored.sha256


def test_a_file_that_vanishes_or_is_no_file_is_told_apart_from_a_dead_store(
    any_store: ObjectStore, key: str, tmp_path: Path
) -> None:
    with pytest.raises(FileNotFoundError):
        any_store.put_new(WORK, key, tmp_path / "gone", content_type=PDF)
    assert not any_store.exists(WORK, key)


class _Growing(type(Path())):
    """A scan that is still being written: each time it is opened it has another page."""

    def open(self, *arguments: object, **named: object):
        Path(self).write_bytes(Path(self).read_bytes() + b"one more page")
        return super().open(*arguments, **named)  # pyright: ignore


@pytest.mark.parametrize("size", [100, PART])
def test_a_file_that_grows_while_it_is_stored_is_refused(store: ObjectStore, key: str, size: int, tmp_path: Path) -> None:
    source = _Growing(tmp_path / "growing")
    Path(source).write_bytes(pattern(size))
    with pytest.raises(SourceChanged):
        store.put_new(WORK, key, source, content_type=PDF)
    assert not store.exists(WORK, key)
