"""Versions, holds, longer keeping and destruction: one contract, kept by the folder and by the real server alike."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sohoa.storage.objects.errors import NoVersions, ObjectLockRefused, ObjectMissing, StoreRefused
from sohoa.storage.objects.model import AUDIT, LOCKED, RECORDS, WORK, ObjectStore, Retention, StoredObject
from sohoa.storage.objects.place import Place
from sohoa.storage.objects.s3 import S3Store
from sohoa.storage.objects.seaweed import Connection

TEXT = "text/plain"
TODAY = datetime.now(UTC).replace(microsecond=0)
MONTH = Retention("COMPLIANCE", TODAY + timedelta(days=30))
YEAR = Retention("COMPLIANCE", TODAY + timedelta(days=365))


def read(store: ObjectStore, one: StoredObject) -> bytes:
    with store.open(one.bucket, one.key, one.version_id) as stream:
        return b"".join(stream)


@pytest.mark.parametrize("bucket", LOCKED)
def test_a_key_written_anew_keeps_every_older_version(any_store: ObjectStore, key: str, bucket: str) -> None:
    bodies = [b"inventory v1", b"inventory v2, longer", b""]
    written = [
        any_store.put_version(bucket, key, body, content_type=TEXT, metadata={"number": str(number)})
        for number, body in enumerate(bodies)
    ]
    assert len({one.version_id for one in written}) == 3
    assert [read(any_store, one) for one in written] == bodies
    assert [any_store.head(bucket, key, one.version_id).metadata for one in written] == [{"number": str(n)} for n in range(3)]
    assert any_store.head(bucket, key).stored == written[-1]
    listed = list(any_store.list(bucket, key))
    assert {(one.version_id, one.size) for one in listed} == {(one.version_id, one.size) for one in written}
    assert [one.version_id for one in listed if one.latest] == [written[-1].version_id]


def test_writing_the_same_bytes_again_makes_no_version(any_store: ObjectStore, key: str) -> None:
    first = any_store.put_new(RECORDS, key, b"v1", content_type=TEXT)
    assert any_store.put_version(RECORDS, key, b"v1", content_type=TEXT) == first
    second = any_store.put_version(RECORDS, key, b"v2", content_type=TEXT)
    assert any_store.put_version(RECORDS, key, b"v2", content_type=TEXT) == second
    third = any_store.put_version(RECORDS, key, b"v1", content_type=TEXT)  # back to what it was is a change
    assert len({first.version_id, second.version_id, third.version_id}) == 3
    assert len(list(any_store.list(RECORDS, key))) == 3


def test_a_bucket_without_versions_takes_no_second_writing(any_store: ObjectStore, key: str) -> None:
    with pytest.raises(NoVersions):
        any_store.put_version(WORK, key, b"x", content_type=TEXT)
    assert not any_store.exists(WORK, key)


def test_versions_written_at_once_are_all_kept(any_store: ObjectStore, key: str) -> None:
    with ThreadPoolExecutor(4) as writers:
        written = list(writers.map(lambda n: any_store.put_version(AUDIT, key, b"%d" % n, content_type=TEXT), range(4)))
    assert sorted(read(any_store, one) for one in written) == [b"0", b"1", b"2", b"3"]
    assert any_store.head(AUDIT, key).stored in written


def test_a_retention_only_grows_and_the_rest_stays_as_it_was(any_store: ObjectStore, key: str) -> None:
    stored = any_store.put_new(RECORDS, key, b"kept", content_type="application/pdf", metadata={"type": "QĐ"})
    before = any_store.head(RECORDS, key)
    any_store.extend(RECORDS, key, stored.version_id, MONTH)
    any_store.extend(RECORDS, key, stored.version_id, YEAR)
    any_store.extend(RECORDS, key, stored.version_id, YEAR)
    for less in (MONTH, Retention("GOVERNANCE", YEAR.until + timedelta(days=1))):
        with pytest.raises(ObjectLockRefused):
            any_store.extend(RECORDS, key, stored.version_id, less)
    assert any_store.head(RECORDS, key, stored.version_id) == replace(before, retention=YEAR)


def test_what_is_under_retention_or_hold_is_not_erased(any_store: ObjectStore, key: str) -> None:
    locked = any_store.put_new(RECORDS, key, b"locked", content_type=TEXT, retention=MONTH)
    held = any_store.put_version(RECORDS, key, b"held", content_type=TEXT)
    any_store.hold(RECORDS, key, held.version_id, True)
    assert any_store.head(RECORDS, key, held.version_id).legal_hold
    for one in (locked, held):
        with pytest.raises(ObjectLockRefused):
            any_store.erase(RECORDS, key, one.version_id)
    assert [read(any_store, one) for one in (locked, held)] == [b"locked", b"held"]
    any_store.hold(RECORDS, key, held.version_id, False)
    assert not any_store.head(RECORDS, key, held.version_id).legal_hold
    any_store.erase(RECORDS, key, held.version_id)
    with pytest.raises(ObjectMissing):
        any_store.head(RECORDS, key, held.version_id)
    assert any_store.head(RECORDS, key).stored == locked
    assert [one.version_id for one in any_store.list(RECORDS, key)] == [locked.version_id]


def test_erasing_every_version_leaves_nothing_and_a_new_one_has_a_new_name(any_store: ObjectStore, key: str) -> None:
    first, second = (any_store.put_version(RECORDS, key, body, content_type=TEXT) for body in (b"1", b"2"))
    any_store.erase(RECORDS, key, first.version_id)
    assert read(any_store, second) == b"2"
    any_store.erase(RECORDS, key, second.version_id)
    assert not any_store.exists(RECORDS, key)
    assert not list(any_store.list(RECORDS, key))
    with pytest.raises(ObjectMissing):
        any_store.erase(RECORDS, key, second.version_id)
    third = any_store.put_version(RECORDS, key, b"1", content_type=TEXT)
    assert third.version_id not in (first.version_id, second.version_id)


def test_governance_becomes_no_shorter_either(store: S3Store, key: str) -> None:
    mild = Retention("GOVERNANCE", MONTH.until)
    stored = store.put_new(RECORDS, key, b"mild", content_type=TEXT, retention=mild)
    store.extend(RECORDS, key, stored.version_id, Retention("GOVERNANCE", YEAR.until))
    # Stricter would be welcome, but S3 counts a change of mode as passing over the lock, which none of our keys may.
    with pytest.raises(ObjectLockRefused):
        store.extend(RECORDS, key, stored.version_id, YEAR)
    with pytest.raises(ObjectLockRefused):
        store.erase(RECORDS, key, stored.version_id)
    assert store.head(RECORDS, key).retention == Retention("GOVERNANCE", YEAR.until)


def test_the_daily_keys_alone_neither_hold_nor_erase(store: S3Store, store_connection: Connection, key: str) -> None:
    stored = store.put_new(RECORDS, key, b"daily", content_type=TEXT)
    with replace(store_connection, admin=None).store() as daily:
        for attempt in (
            lambda: daily.hold(RECORDS, key, stored.version_id, True),
            lambda: daily.erase(RECORDS, key, stored.version_id),
        ):
            with pytest.raises(StoreRefused):
                attempt()
        daily.extend(RECORDS, key, stored.version_id, MONTH)
    about = store.head(RECORDS, key)
    assert (about.retention, about.legal_hold) == (MONTH, False)


@pytest.mark.parametrize("size", [40, 9 << 20])
def test_what_is_asked_to_be_encrypted_is_not_found_on_the_disk(
    store: S3Store, store_connection: Connection, key: str, size: int
) -> None:
    def body(name: str) -> bytes:
        return hashlib.shake_128(f"{key} {name}".encode()).digest(size)

    with replace(store_connection, encrypt=True).store() as encrypting:
        hidden = encrypting.put_new(RECORDS, key, body("hidden"), content_type=TEXT)
        hidden_too = encrypting.put_version(RECORDS, f"{key}/2", body("hidden too"), content_type=TEXT)
    plain = store.put_new(RECORDS, f"{key}/3", body("plain"), content_type=TEXT)
    assert [read(store, one) for one in (hidden, hidden_too, plain)] == [body("hidden"), body("hidden too"), body("plain")]
    assert store.sha256_of(RECORDS, key, hidden.version_id) == hidden.sha256
    assert store_connection.disk is not None
    on_disk = b"".join(file.read_bytes() for file in store_connection.disk.glob(f"{RECORDS}_*.dat"))
    assert [body(name)[:32] in on_disk for name in ("hidden", "hidden too", "plain")] == [False, False, True]


def test_a_home_from_before_encryption_gets_a_key_and_keeps_its_others(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.make()
    made = place.keys()
    old = place.keys_file.read_text().replace(f',\n "sse": "{made.sse}"', "")
    place.keys_file.write_text(old)
    again = place.keys()
    assert replace(again, sse="") == replace(made, sse="")
    assert again.sse not in ("", made.sse)
    assert place.keys() == again
