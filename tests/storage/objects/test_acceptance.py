"""`sohoa storage check` finds what a store does not keep, and says nothing against one that keeps it all."""

from __future__ import annotations

import time
from pathlib import Path
from secrets import token_hex

import pytest
from minio.commonconfig import ENABLED
from minio.versioningconfig import VersioningConfig

from sohoa.kernel.clock import now
from sohoa.storage.objects.acceptance import PREFIX, examine, sweep
from sohoa.storage.objects.errors import LockNotKept, StoreUnreachable
from sohoa.storage.objects.findings import Acceptance
from sohoa.storage.objects.lock_check import HOLDS_FOR, check_store, refuse_unless_locked
from sohoa.storage.objects.model import AUDIT, RECORDS
from sohoa.storage.objects.raw import Keys
from sohoa.storage.objects.s3 import S3Store
from sohoa.storage.objects.seaweed import Connection
from tests.faults.lockless_proxy import Fault, lockless_proxy

LONG = 300  # seconds: no lock of a test runs out while it is tried


def keys_of(connection: Connection) -> tuple[Keys, Keys]:
    assert connection.admin is not None
    return Keys(connection.access_key, connection.secret_key), Keys(*connection.admin)


def tried(url: str, daily: Keys, admin: Keys | None, *, bucket: str = AUDIT, seconds: int = LONG, token: str = "") -> Acceptance:
    return examine(url, daily=daily, admin=admin, bucket=bucket, token=token or token_hex(6), seconds=seconds, clock=now)


def against(looked: Acceptance) -> set[tuple[str, str, str]]:
    return {(one.who, one.code, one.verdict.reason) for one in looked.against}


def test_the_embedded_store_is_worm_and_nothing_of_the_tries_stays(store: S3Store, store_connection: Connection) -> None:
    daily, admin = keys_of(store_connection)
    token, seconds = token_hex(6), 3
    looked = tried(store_connection.url, daily, admin, bucket=RECORDS, seconds=seconds, token=token)
    assert (looked.conclusion, looked.against) == ("WORM", ())
    assert looked.worm
    assert not [one.code for one in looked.findings if not one.verdict.ok and (one.code, one.who) != ("control", "daily")]
    time.sleep(looked.locked_for)  # the locks themselves run out; there is nothing to ask whether they have
    assert sweep(store_connection.url, keys=admin, bucket=RECORDS, token=token) == 0
    assert not list(store.list(RECORDS, f"{PREFIX}{token}/"))  # another test may be trying beside this one
    if store._admin.bucket_exists("sohoa-check"):  # other tests' tries may keep it
        assert not list(store._admin.list_objects("sohoa-check", f"{PREFIX}{token}/", recursive=True, include_version=True))


def test_the_same_store_behind_an_honest_proxy_is_still_worm(store: S3Store, store_connection: Connection) -> None:
    keys = keys_of(store_connection)
    with lockless_proxy(store_connection.url, keys, "none") as proxy:
        assert tried(proxy.url, *keys).conclusion == "WORM"


@pytest.mark.parametrize(
    ("fault", "conclusion", "named"),
    [
        (
            "no_lock",
            "versions only",
            {
                ("admin", "delete_version", "altered"),
                ("admin", "delete_bypass", "altered"),
                ("admin", "delete_many", "altered"),
                ("admin", "shorten", "succeeded"),
                ("admin", "governance", "altered"),
                ("admin", "hold_delete", "altered"),
                ("daily", "shorten", "succeeded"),
                ("daily", "soften", "succeeded"),
            },
        ),
        ("no_versions", "unfit", {("daily", "versions", "no_versions")}),
        ("no_condition", "unfit", {("daily", "create_twice", "succeeded"), ("daily", "create_race", "succeeded")}),
        ("says_yes", "versions only", {("admin", "delete_version", "succeeded"), ("daily", "delete_version", "succeeded")}),
        ("open", "unfit", {("anyone", "anonymous", "succeeded")}),
    ],
)
def test_a_store_without_its_lock_is_found_out_and_what_succeeded_is_named(
    store: S3Store, store_connection: Connection, fault: Fault, conclusion: str, named: set[tuple[str, str, str]]
) -> None:
    keys = keys_of(store_connection)
    with lockless_proxy(store_connection.url, keys, fault) as proxy:
        looked = tried(proxy.url, *keys)
    assert looked.conclusion == conclusion
    assert not looked.worm
    assert named <= against(looked)


def test_a_bucket_that_was_made_without_a_lock_is_versions_only(store: S3Store, store_connection: Connection) -> None:
    _, admin = keys_of(store_connection)
    bucket = f"plain-{token_hex(4)}"
    store._admin.make_bucket(bucket)
    store._admin.set_bucket_versioning(bucket, VersioningConfig(ENABLED))
    looked = tried(store_connection.url, admin, None, bucket=bucket)
    assert looked.conclusion == "versions only"
    assert ("daily", "lock", "lock_refused") in against(looked)


def test_keys_that_may_not_delete_prove_no_lock(store: S3Store, store_connection: Connection) -> None:
    daily, _ = keys_of(store_connection)
    looked = tried(store_connection.url, daily, None)
    assert (looked.conclusion, looked.against) == ("unproven", ())


def test_one_pair_of_keys_that_may_delete_proves_the_lock_alone(store: S3Store, store_connection: Connection) -> None:
    _, admin = keys_of(store_connection)
    assert tried(store_connection.url, admin, None).conclusion == "WORM"


def test_a_store_that_is_away_is_unreachable_not_unfit() -> None:
    with pytest.raises(StoreUnreachable):
        tried("http://127.0.0.1:9", Keys("a", "b"), None)


def test_a_folder_is_never_called_worm(tmp_path: Path) -> None:
    folder = Connection(tmp_path.as_uri(), "", "")
    folder.store().prepare()
    looked = check_store(folder, token=token_hex(6), seconds=LONG, clock=now)
    assert (looked.conclusion, [one.code for one in looked.against]) == ("versions only", ["folder"])


def test_work_does_not_begin_on_a_store_that_lost_its_lock_and_does_when_it_has_it_again(
    store: S3Store, store_connection: Connection, tmp_path: Path
) -> None:
    keys = keys_of(store_connection)
    with lockless_proxy(store_connection.url, keys, "says_yes") as proxy:
        through = Connection(proxy.url, keys[0].access, keys[0].secret, admin=(keys[1].access, keys[1].secret))
        refuse_unless_locked(tmp_path, through, mode="NONE", clock=now)
        with pytest.raises(LockNotKept) as refusal:
            refuse_unless_locked(tmp_path, through, mode="COMPLIANCE", clock=now)
        assert "delete_version" in str(refusal.value)
        assert refusal.value.exit_code == 2
        proxy.fault = "none"
        refuse_unless_locked(tmp_path, through, mode="COMPLIANCE", clock=now)
    refuse_unless_locked(tmp_path, through, mode="COMPLIANCE", clock=now)  # noted: it is not asked again, it is not even there
    with pytest.raises(StoreUnreachable):
        refuse_unless_locked(tmp_path, through, mode="COMPLIANCE", clock=lambda: now() + HOLDS_FOR)
