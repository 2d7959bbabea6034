"""Who may do what: the lock, the least privilege of the daily keys, and the doors beside S3."""

from __future__ import annotations

import hashlib
import io
import os
import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

import pytest
import urllib3
from minio import Minio
from minio.commonconfig import COMPLIANCE, GOVERNANCE
from minio.error import S3Error
from minio.retention import Retention as MinioRetention

from sohoa.storage.objects.errors import DiskFull, ObjectLockRefused, StoreRefused, StoreUnreachable
from sohoa.storage.objects.model import RECORDS, WORK, Retention, StoredObject
from sohoa.storage.objects.s3 import S3Store
from sohoa.storage.objects.seaweed import Connection
from tests.storage.objects.users import server_of

SOON = datetime.now(UTC).replace(microsecond=0) + timedelta(days=30)
LOCKED = Retention("COMPLIANCE", SOON)


@pytest.fixture
def locked(store: S3Store, key: str) -> StoredObject:
    return store.put_new(RECORDS, key, b"archived", content_type="text/plain", retention=LOCKED)


def client(connection: Connection, *, admin: bool) -> Minio:
    assert connection.admin is not None
    access, secret = connection.admin if admin else (connection.access_key, connection.secret_key)
    return Minio(connection.url.removeprefix("http://"), access, secret, secure=False, region="us-east-1")


@pytest.mark.parametrize("admin", [True, False], ids=["admin", "daily"])
def test_a_locked_version_can_be_neither_deleted_nor_shortened(
    store: S3Store, store_connection: Connection, locked: StoredObject, admin: bool
) -> None:
    s3, where, version = client(store_connection, admin=admin), (RECORDS, locked.key), {"versionId": locked.version_id}
    sooner = SOON - timedelta(days=20)
    store.put_new(WORK, f"{locked.version_id}/{admin}", b"kept", content_type="text/plain")  # an empty plain bucket may go
    attempts = [
        lambda: s3.remove_object(*where, version_id=locked.version_id),
        lambda: s3._execute("DELETE", *where, headers={"x-amz-bypass-governance-retention": "true"}, query_params={**version}),
        lambda: s3.set_object_retention(*where, MinioRetention(COMPLIANCE, sooner), version_id=locked.version_id),
        lambda: s3.set_object_retention(*where, MinioRetention(GOVERNANCE, SOON), version_id=locked.version_id),
        lambda: s3.remove_bucket(RECORDS),
        lambda: s3.remove_bucket(WORK),
    ]
    for attempt in attempts:
        with pytest.raises(S3Error):
            attempt()
    described = store.head(RECORDS, locked.key, locked.version_id)
    assert (described.stored, described.retention) == (locked, LOCKED)
    assert store.sha256_of(RECORDS, locked.key, locked.version_id) == locked.sha256


def test_the_daily_keys_cannot_even_hide_an_archived_object_and_make_no_buckets(
    store_connection: Connection, store: S3Store, locked: StoredObject
) -> None:
    daily = client(store_connection, admin=False)
    for attempt in (
        lambda: daily.remove_object(RECORDS, locked.key),
        lambda: daily.make_bucket("mine"),
        lambda: daily.set_bucket_policy(RECORDS, "{}"),
    ):
        with pytest.raises(S3Error):
            attempt()
    assert store.head(RECORDS, locked.key).stored == locked
    assert not client(store_connection, admin=True).bucket_exists("mine")


def test_a_mistyped_bucket_is_not_created_even_for_the_admin(store_connection: Connection) -> None:
    admin = client(store_connection, admin=True)
    with pytest.raises(S3Error, match="NoSuchBucket"):
        admin._put_object("recrods", "x", b"x")
    assert not admin.bucket_exists("recrods")


def test_a_lock_in_the_past_or_on_the_plain_bucket_is_refused(store: S3Store, key: str) -> None:
    yesterday = Retention("COMPLIANCE", datetime.now(UTC) - timedelta(days=1))
    for bucket, retention in ((RECORDS, yesterday), (WORK, LOCKED)):
        with pytest.raises(ObjectLockRefused):
            store.put_new(bucket, key, b"x", content_type="text/plain", retention=retention)
        assert not store.exists(bucket, key)


def test_the_hash_of_an_object_that_another_tool_put_there_is_reckoned_from_its_bytes(
    store: S3Store, store_connection: Connection, key: str
) -> None:
    client(store_connection, admin=True).put_object(RECORDS, key, io.BytesIO(b"foreign"), 7)
    assert store.head(RECORDS, key).stored.sha256 == hashlib.sha256(b"foreign").hexdigest()
    assert store.put_new(RECORDS, key, b"foreign", content_type="text/plain") == store.head(RECORDS, key).stored


def test_nobody_gets_in_without_keys_or_with_wrong_ones(store_connection: Connection, locked: StoredObject) -> None:
    with S3Store(store_connection.url, "nobody", "wrong", patient=False) as stranger, pytest.raises(StoreRefused):
        stranger.head(RECORDS, locked.key)
    with (
        S3Store(store_connection.url, store_connection.access_key, "wrong", patient=False) as stranger,
        pytest.raises(StoreRefused),
    ):
        stranger.put_new(RECORDS, locked.key + "2", b"x", content_type="text/plain")
    assert urllib3.request("GET", f"{store_connection.url}/{RECORDS}").status == 403


def test_the_doors_beside_s3_change_nothing_and_tell_nothing(store: S3Store, store_home: Path, locked: StoredObject) -> None:
    ports = server_of(store_home).ports
    path = f"/buckets/{RECORDS}/" + quote(locked.key)
    for target in (path, f"{path}.versions/v_{locked.version_id}", f"/buckets/{RECORDS}/"):
        for method in ("GET", "PUT", "POST", "DELETE"):
            answer = urllib3.request(method, f"http://127.0.0.1:{ports.filer}{target}?recursive=true", body=b"tampered")
            assert answer.status in (401, 403, 404, 405), (method, target, answer.status)
            assert b"archived" not in answer.data
    for target in ("/dir/assign", f"/col/delete?collection={RECORDS}", "/dir/lookup?volumeId=1"):
        assert urllib3.request("GET", f"http://127.0.0.1:{ports.master}{target}").status in (401, 403, 404)
    for volume in range(1, 9):
        for method in ("GET", "DELETE", "PUT"):
            answer = urllib3.request(method, f"http://127.0.0.1:{ports.volume}/{volume},01637037d6", body=b"tampered")
            assert answer.status in (401, 403, 404), (method, volume, answer.status)
    assert store.head(RECORDS, locked.key).stored == locked
    assert store.sha256_of(RECORDS, locked.key, locked.version_id) == locked.sha256


def test_the_server_listens_on_loopback_alone(store_home: Path) -> None:
    server = server_of(store_home)
    listening = _listening(server.pid)
    assert {port for _, port in listening} == set(server.ports.all())
    assert {address for address, _ in listening} == {"127.0.0.1"}


def _listening(pid: int) -> set[tuple[str, int]]:
    inodes = set[str]()
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        try:
            inodes.add(descriptor.readlink().name)
        except FileNotFoundError:
            continue  # closed meanwhile
    found = set[tuple[str, int]]()
    for table, family in (("tcp", socket.AF_INET), ("tcp6", socket.AF_INET6)):
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            words = line.split()
            if words[3] == "0A" and f"socket:[{words[9]}]" in inodes:
                address, port = words[1].split(":")
                raw = b"".join(bytes.fromhex(address[i : i + 8])[::-1] for i in range(0, len(address), 8))
                found.add((socket.inet_ntop(family, raw), int(port, 16)))
    return found


def test_a_store_that_is_not_there_is_unreachable_not_empty(key: str) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
    with S3Store(url, "a", "b", patient=False) as nowhere:
        for call in (
            lambda: nowhere.prepare(),
            lambda: nowhere.put_new(RECORDS, key, b"x", content_type="text/plain"),
            lambda: nowhere.sha256_of(RECORDS, key, ""),
            lambda: nowhere.exists(RECORDS, key),
            lambda: list(nowhere.list(RECORDS)),
        ):
            with pytest.raises(StoreUnreachable) as refusal:
                call()
            assert refusal.value.exit_code == 3
            assert key not in str(refusal.value)


class WellAgain(S3Store):
    """Of a server that was killed and is up again by the time that somebody asks how it is."""

    def _is_well(self) -> bool:
        return True


def test_an_object_is_not_called_damaged_by_who_was_not_let_in(key: str) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
    with WellAgain(url, "a", "b", patient=False) as killed, pytest.raises(StoreUnreachable):
        killed.sha256_of(RECORDS, key, "")


def test_a_paper_larger_than_the_disk_is_refused_before_a_byte_is_sent(store: S3Store, key: str, tmp_path: Path) -> None:
    huge = tmp_path / "huge"
    huge.touch()
    os.truncate(huge, 10 << 40)  # 10 TiB on paper, nothing on the disk
    with pytest.raises(DiskFull) as refusal:
        store.put_new(RECORDS, key, huge, content_type="application/pdf")
    assert refusal.value.exit_code == 3
    assert not store.exists(RECORDS, key)
