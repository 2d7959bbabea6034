"""Fixing the log: once, whoever else is at it, whatever was cut short; and never over a log that does not hold."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection

from sohoa.kernel.errors import Exit, SohoaError
from sohoa.storage.audit import chain
from sohoa.storage.audit.bucket import bundles, checkpoints
from sohoa.storage.audit.canonical import canonical
from sohoa.storage.audit.checkpoint import TimeStamp, bundle_key_of, key_of, read_checkpoint
from sohoa.storage.audit.errors import CheckpointLost, CheckpointUnreadable, KeyUnreadable, LogBehind, LogBroken
from sohoa.storage.audit.keys import known_keys, open_key, public_key
from sohoa.storage.audit.making import MOST_EVENTS, due
from sohoa.storage.audit.models import AuditCheckpoint, AuditEvent, AuditNode
from sohoa.storage.audit.nodes import LEVEL
from sohoa.storage.objects.errors import StoreUnreachable
from sohoa.storage.objects.model import AUDIT, Retention, StoredObject
from tests.storage.audit.logs import NOON, Instead, Log, contents

pytestmark = pytest.mark.django_db


def body_of(log: Log, size: int) -> dict[str, object]:
    return json.loads(contents(log.store, AUDIT, key_of(size)))["body"]


def test_the_bucket_alone_gives_the_log_back(log: Log) -> None:
    log.grown(3, 2)
    kept = contents(log.store, AUDIT, bundle_key_of(1, 3)) + contents(log.store, AUDIT, bundle_key_of(4, 5))
    assert kept.splitlines() == [chain.line_of(event) for event in chain.events()]


def test_each_checkpoint_says_what_the_log_came_to_and_which_one_was_before(log: Log) -> None:
    log.grown(3, 2)
    first, second = body_of(log, 3), body_of(log, 5)
    assert first["previous"] == {"size": 0, "sha256": ""} and second["bundle"]["first"] == 4
    assert second["previous"] == {"size": 3, "sha256": log.store.head(AUDIT, key_of(3)).stored.sha256}
    assert first["origin"] == second["origin"] == f"urn:sohoa:log:{AuditEvent.objects.get(sequence=1).hash[:32]}"


def test_openssl_verifies_the_signature_of_a_checkpoint(log: Log, tmp_path: Path) -> None:
    log.grown(3)
    made = read_checkpoint(contents(log.store, AUDIT, key_of(3)))
    (tmp_path / "key.pem").write_text(log.key.public_pem)
    (tmp_path / "body").write_bytes(canonical(body_of(log, 3)))
    (tmp_path / "signature").write_bytes(made.signature)
    asked = ["openssl", "dgst", "-sha256", "-verify", "key.pem", "-signature", "signature", "body"]
    assert subprocess.run(asked, cwd=tmp_path, capture_output=True).returncode == 0
    (tmp_path / "body").write_bytes(canonical(body_of(log, 3)) + b" ")
    assert subprocess.run(asked, cwd=tmp_path, capture_output=True).returncode == 1


def test_nothing_new_makes_no_new_checkpoint(log: Log) -> None:
    log.grown(3)
    again = log.fix(at=NOON + timedelta(days=1))
    assert again.new == 0 and again.checkpoint.body.at == NOON
    assert [kept.last for kept in checkpoints(log.store)] == [3]


def test_a_checkpoint_is_due_for_new_events_once_the_last_one_is_old_enough(log: Log) -> None:
    assert not due(NOON)
    log.write()
    assert due(NOON)
    log.fix()
    assert not due(NOON + timedelta(days=1))
    log.write()
    assert not due(NOON + timedelta(minutes=59)) and due(NOON + timedelta(hours=1))


def test_objects_are_locked_for_as_long_as_asked(locked_log: Log) -> None:
    from sohoa.storage.audit.making import checkpoint

    locked_log.write(2)
    until = Retention("GOVERNANCE", (NOON + timedelta(days=36500)).replace(microsecond=0))
    checkpoint(locked_log.store, now=NOON, sign=locked_log.key, stamp=None, retention=until)
    for key in (key_of(2), bundle_key_of(1, 2)):
        assert locked_log.store.head(AUDIT, key).retention == until


def test_a_long_log_is_fixed_in_bundles_that_fit_on_a_disk(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    assert MOST_EVENTS == 50_000
    monkeypatch.setattr("sohoa.storage.audit.making.MOST_EVENTS", 4)
    log.write(10)
    assert log.fix().new == 10
    assert [kept.last for kept in checkpoints(log.store)] == [4, 8, 10] and log.found() == []


def test_what_is_remembered_of_the_tree_is_its_full_parts(log: Log) -> None:
    log.grown(1500, 700)
    full = {(level, place) for level in range(LEVEL, 12) for place in range(2200 >> level)}
    assert set(AuditNode.objects.values_list("level", "place")) == full and len(full) == 15


class Killed(BaseException):
    """As SIGKILL: nothing catches it."""


class KilledAt:
    """A store under which the process dies before or after it writes a key."""

    def __init__(self, store: object, key: str, after: bool) -> None:
        self._store, self._key, self._after = store, key, after

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)

    def put_new(self, bucket: str, key: str, *rest: object, **more: object) -> StoredObject:
        if key == self._key and not self._after:
            raise Killed
        stored = self._store.put_new(bucket, key, *rest, **more)  # pyright: ignore
        if key == self._key:
            raise Killed
        return stored


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("key", [bundle_key_of(4, 6), key_of(6)], ids=["bundle", "checkpoint"])
def test_a_run_killed_anywhere_is_completed_by_the_next(log: Log, key: str, after: bool) -> None:
    log.grown(3)
    log.write(3)
    with pytest.raises(Killed):
        dataclasses.replace(log, store=KilledAt(log.store, key, after)).fix()  # pyright: ignore
    log.write(2)
    assert log.found() == [] and due(NOON)
    assert log.fix(at=NOON + timedelta(hours=2)).checkpoint.body.size == 8
    assert [(kept.first, kept.last) for kept in bundles(log.store)] == [(1, 3), (4, 6), (7, 8)]
    assert log.found() == []


@pytest.mark.django_db(transaction=True)
def test_of_two_processes_one_makes_it_and_the_other_is_content(log: Log) -> None:
    log.write(30)
    barrier, made, errors = threading.Barrier(4), list[int](), list[BaseException]()

    def work() -> None:
        try:
            barrier.wait()
            made.append(log.fix().checkpoint.body.size)
        except BaseException as failure:
            errors.append(failure)
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert not errors and made == [30] * 4
    assert [kept.versions for kept in checkpoints(log.store)] == [(log.store.head(AUDIT, key_of(30)).stored.version_id,)]
    assert log.found() == []


def test_a_log_that_does_not_hold_is_not_fixed(log: Log) -> None:
    log.grown(3)
    log.write(3)
    AuditEvent.objects.filter(sequence=5).update(actor="ai đó")
    with pytest.raises(LogBroken) as told:
        log.fix()
    assert told.value.facts == {"sequence": 5, "reason": "content_differs"}
    assert [kept.last for kept in bundles(log.store)] == [3]
    AuditEvent.objects.filter(sequence=5).delete()
    with pytest.raises(LogBroken):
        log.fix()


def test_a_database_older_than_the_bucket_writes_no_second_history(log: Log) -> None:
    log.grown(3, 3)
    AuditEvent.objects.filter(sequence__gt=4).delete()
    AuditCheckpoint.objects.filter(size__gt=3).delete()
    log.write(1)
    with pytest.raises(LogBehind):
        log.fix()
    assert [kept.last for kept in bundles(log.store)] == [3, 6]
    assert not AuditCheckpoint.objects.filter(sha256="").exists()


def test_a_checkpoint_that_is_gone_or_changed_is_not_built_upon(log: Log) -> None:
    log.grown(3)
    log.write()
    whole = contents(log.store, AUDIT, key_of(3))
    for other in (whole[:-9], whole + b" ", b"", contents(log.store, AUDIT, bundle_key_of(1, 3))):
        with pytest.raises(CheckpointLost):
            dataclasses.replace(log, store=Instead(log.store, {key_of(3): other})).fix()
    assert log.fix().new == 1


def test_a_time_stamp_that_is_not_to_be_had_leaves_a_checkpoint_that_says_so(log: Log) -> None:
    log.write()
    assert log.fix().checkpoint.unstamped == "no_service"

    def unreachable(body: bytes) -> TimeStamp:
        raise StoreUnreachable(why="thử")

    log.write()
    made = log.fix(stamp=unreachable).checkpoint
    assert made.stamp is None and made.unstamped == "storage.unreachable"
    log.write()
    assert log.fix(stamp=lambda body: TimeStamp(body[:9])).checkpoint.stamp is not None
    assert list(AuditCheckpoint.objects.order_by("size").values_list("stamped", flat=True)) == [False, False, True]


@pytest.mark.parametrize(
    "data",
    [b"", b"{}", b"null", b"[1]", b'{"body":null}', b"[" * 100_000, b"\xff", b"1" * 5000, b'{"body":{"format":"sohoa-checkpoint/1"}}', b" " * 2_000_000],
    ids=range(10),
)  # fmt: skip
def test_what_is_no_checkpoint_is_refused_with_a_sentence(data: bytes) -> None:
    with pytest.raises(CheckpointUnreadable):
        read_checkpoint(data)


def test_a_checkpoint_with_any_part_missing_or_of_another_kind_is_refused(log: Log) -> None:
    log.grown(3)
    whole = json.loads(contents(log.store, AUDIT, key_of(3)))
    for part in (whole, whole["body"], whole["body"]["bundle"], whole["body"]["previous"]):
        for name, was in list(part.items()):
            for wrong in (None, 7, "x", [], {}, [["x"]], -1, True):
                part[name] = wrong
                if wrong == "x" and name in ("origin", "unstamped"):
                    continue  # any words will do there; that others signed them is for the signature to tell
                with pytest.raises(CheckpointUnreadable):
                    read_checkpoint(canonical(whole))
            del part[name]
            with pytest.raises(CheckpointUnreadable):
                read_checkpoint(canonical(whole))
            part[name] = was


def test_the_key_is_made_once_and_kept_to_its_owner(tmp_path: Path) -> None:
    made = {open_key(tmp_path / "keys").fingerprint for _ in range(3)}
    assert len(made) == 1 and (tmp_path / "keys" / "audit-log.pem").stat().st_mode & 0o777 == 0o600
    assert known_keys(tmp_path / "none") == frozenset()


def test_keys_of_before_count_once_they_are_put_beside(log: Log, tmp_path: Path) -> None:
    log.grown(3)
    moved = dataclasses.replace(log, keys=tmp_path / "new-machine")
    moved.grown(2)
    assert [reason for reason, *_ in moved.found()] == ["key_unknown"]
    former = moved.keys / "audit-log-former"
    former.mkdir()
    (former / "2026.pem").write_text(log.key.public_pem)
    assert moved.found() == []


@pytest.mark.parametrize("content", [b"", b"khac", b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"])
def test_a_key_that_cannot_be_read_is_told(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "audit-log.pem").write_bytes(content)
    for ask in (lambda: open_key(tmp_path), lambda: public_key(tmp_path / "audit-log.pem"), lambda: public_key(tmp_path)):
        with pytest.raises(KeyUnreadable) as told:
            ask()
        assert told.value.exit_code is Exit.USAGE and isinstance(told.value, SohoaError)
