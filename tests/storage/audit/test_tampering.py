"""What a burglar with the database's password does, and what the verifier calls it. A clean log gives no finding at all."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection

from sohoa.storage.audit import chain
from sohoa.storage.audit.checkpoint import bundle_key_of, key_of, read_checkpoint
from sohoa.storage.audit.models import AuditCheckpoint, AuditEvent
from sohoa.storage.objects.folder import FolderStore
from sohoa.storage.objects.model import AUDIT
from tests.storage.audit.logs import NOON, Instead, Log, Without, contents, rehash, renumber

pytestmark = pytest.mark.django_db


def edit(sequence: int, **columns: object) -> None:
    AuditEvent.objects.filter(sequence=sequence).update(**(columns or {"actor": "ai đó"}))


def swap(one: int, other: int) -> None:
    columns = ("at", "actor", "action", "subject", "details", "origin", "why")
    rows = AuditEvent.objects.filter(sequence__in=(one, other)).order_by("sequence").values(*columns)
    first, second = rows
    edit(one, **second)
    edit(other, **first)


def insert(sequence: int) -> None:
    """A forged row at this number; the ones after it move up."""
    later = list(AuditEvent.objects.filter(sequence__gte=sequence).order_by("sequence"))
    AuditEvent.objects.filter(sequence__gte=sequence).delete()
    forged = AuditEvent(sequence=sequence, at=NOON, actor="ma", action="record.archived", subject="x", details="{}", hash="f" * 64)
    for row in later:
        row.sequence += 1
    AuditEvent.objects.bulk_create([forged, *later])


def test_a_clean_log_gives_no_finding(log: Log) -> None:
    log.grown(3, 1, 5, 8)
    log.write(4)
    report = log.verify()
    assert report.ok and report.as_dict()["verdict"] == "ok"
    assert (report.events, report.fixed, report.checkpoints) == (21, 17, 4)


def test_an_empty_log_and_one_never_fixed_give_no_finding(log: Log) -> None:
    assert log.found() == []
    log.write(3)
    assert log.found() == [] and log.verify().fixed == 0


@pytest.mark.parametrize(
    ("burglary", "expected"),
    [
        (lambda: edit(5), [("event_edited", 5, 0)]),
        (lambda: edit(5, at=NOON - timedelta(days=1)), [("event_edited", 5, 0)]),
        (lambda: edit(5, why="vì thế"), [("event_edited", 5, 0)]),
        (lambda: (edit(5), rehash(5)), [("event_edited", 5, 0)]),
        (lambda: edit(5, previous="a" * 64), [("event_edited", 5, 0)]),
        (lambda: (edit(4), edit(9)), [("event_edited", 4, 0), ("event_edited", 9, 0)]),
        (lambda: AuditEvent.objects.filter(sequence=6).delete(), [("event_deleted", 6, 0)]),
        (lambda: AuditEvent.objects.filter(sequence=1).delete(), [("event_deleted", 1, 0)]),
        (lambda: AuditEvent.objects.filter(sequence__in=(6, 7)).delete(), [("event_deleted", 6, 0), ("event_deleted", 7, 0)]),
        (lambda: (AuditEvent.objects.filter(sequence=6).delete(), renumber(6)), [("event_deleted", 6, 0)]),
        (lambda: (insert(5), rehash(1)), [("event_inserted", 5, 0)]),
        (lambda: (swap(5, 6), rehash(5)), [("event_reordered", 6, 5)]),
        (lambda: swap(5, 6), [("event_reordered", 6, 5)]),
        (lambda: (swap(2, 11), rehash(2)), [("event_reordered", 11, 2), ("event_reordered", 2, 11)]),
    ],
    ids=[
        "edited", "edited_time", "edited_reason", "edited_and_rehashed", "edited_link", "two_edited", "deleted", "first_deleted",
        "two_deleted", "deleted_and_renumbered", "inserted_and_renumbered", "swapped_and_rehashed", "swapped", "swapped_far_apart",
    ],
)  # fmt: skip
def test_a_changed_row_is_named(log: Log, burglary: Callable[[], object], expected: list[tuple[str, int, int]]) -> None:
    log.grown(4, 4, 4)
    log.write(3)  # not yet fixed
    burglary()
    assert log.found() == expected


def test_a_change_among_events_not_yet_fixed_breaks_the_chain(log: Log) -> None:
    log.grown(4)
    log.write(3)
    edit(6)
    assert log.found() == [("content_differs", 6, 0)]


def test_a_truncated_tail_is_named(log: Log) -> None:
    log.grown(4, 4)
    AuditEvent.objects.filter(sequence__gt=6).delete()
    assert log.found() == [("log_shorter", 7, 8)]


def test_a_database_set_back_a_day_is_named(log: Log) -> None:
    log.grown(4)
    log.write(2)
    log.grown(3, 3)
    AuditEvent.objects.filter(sequence__gt=5).delete()
    AuditCheckpoint.objects.filter(size__gt=4).delete()
    assert log.found() == [("log_shorter", 6, 12)]


def test_a_database_set_back_and_written_on_is_named(log: Log) -> None:
    log.grown(4, 6)
    AuditEvent.objects.filter(sequence__gt=5).delete()
    AuditCheckpoint.objects.filter(size__gt=4).delete()
    log.write(9, action="record.renamed")
    assert log.found() == [("log_rewritten", 6, 10)]


def test_a_whole_log_written_anew_is_told_in_one_line(log: Log) -> None:
    log.grown(600, 600)
    AuditEvent.objects.all().delete()
    log.write(1200, action="record.other")
    assert log.found() == [("log_rewritten", 1, 1000)]
    assert log.verify().more == 200


# -- the bucket -----------------------------------------------------------------------------------------------------------


def test_a_checkpoint_or_bundle_that_is_gone_is_named(locked_log: Log) -> None:
    locked_log.grown(3, 3, 3)
    gone = Without(locked_log.store, {key_of(6)})
    assert dataclasses.replace(locked_log, store=gone).found() == [("checkpoint_missing", 6, 0)]
    AuditCheckpoint.objects.all().delete()  # not even the catalogue remembers; the next checkpoint does
    assert dataclasses.replace(locked_log, store=gone).found() == [("checkpoint_missing", 6, 0)]
    gone = Without(locked_log.store, {bundle_key_of(4, 6)})
    assert dataclasses.replace(locked_log, store=gone).found() == [("bundle_missing", 4, 6)]


def test_the_last_checkpoint_gone_is_named_by_what_the_catalogue_remembers(locked_log: Log) -> None:
    locked_log.grown(3, 3)
    gone = Without(locked_log.store, {key_of(6), bundle_key_of(4, 6)})
    assert dataclasses.replace(locked_log, store=gone).found() == [("checkpoint_missing", 6, 0)]


def test_a_whole_bucket_replaced_by_an_empty_one_is_named(log: Log) -> None:
    log.grown(3, 3)
    gone = Without(log.store, {key_of(3), key_of(6), bundle_key_of(1, 3), bundle_key_of(4, 6)})
    assert dataclasses.replace(log, store=gone).found() == [("checkpoint_missing", 3, 0), ("checkpoint_missing", 6, 0)]


def test_objects_hidden_or_written_over_are_named_and_the_rest_still_holds(locked_log: Log) -> None:
    locked_log.grown(3, 3, 3)
    client, prefix = locked_log.store.store._admin, locked_log.store.prefix  # pyright: ignore
    client.remove_object(AUDIT, prefix + key_of(3))
    client.remove_object(AUDIT, prefix + bundle_key_of(4, 6))
    locked_log.store.put_version(AUDIT, key_of(6), b"{}", content_type="application/json")
    locked_log.store.put_version(AUDIT, bundle_key_of(7, 9), b"khac\n", content_type="application/jsonl")
    locked_log.store.put_version(
        AUDIT, key_of(9), contents(locked_log.store, AUDIT, key_of(6), ""), content_type="application/json"
    )
    assert locked_log.found() == [
        ("checkpoint_hidden", 3, 0),
        ("checkpoint_superseded", 6, 0),
        ("bundle_hidden", 4, 6),
        ("checkpoint_superseded", 9, 0),
        ("bundle_superseded", 7, 9),
    ]


def test_a_bundle_with_other_bytes_is_named_and_the_catalogue_is_not_blamed(log: Log) -> None:
    log.grown(3, 3, 3)
    spoilt = Instead(log.store, {bundle_key_of(4, 6): contents(log.store, AUDIT, bundle_key_of(4, 6), "").replace(b"5", b"6", 1)})
    assert dataclasses.replace(log, store=spoilt).found() == [("bundle_differs", 4, 6)]
    edit(5)
    assert ("range_differs", 4, 6) in dataclasses.replace(log, store=spoilt).found()


def test_every_flipped_byte_of_a_checkpoint_is_found(log: Log) -> None:
    log.grown(3, 3)
    whole = contents(log.store, AUDIT, key_of(3), "")
    for place in range(0, len(whole), 7):
        flipped = whole[:place] + bytes([whole[place] ^ 1 << place % 8]) + whole[place + 1 :]
        findings = dataclasses.replace(log, store=Instead(log.store, {key_of(3): flipped})).found()
        assert {reason for reason, *_ in findings} & {"checkpoint_unreadable", "checkpoint_differs", "signature_wrong"}


def test_a_checkpoint_signed_anew_by_somebody_with_the_key_is_named(log: Log) -> None:
    log.grown(3, 3)
    was = read_checkpoint(contents(log.store, AUDIT, key_of(3), ""))
    body = dataclasses.replace(was.body, at=NOON - timedelta(days=9))
    forged = dataclasses.replace(was, body=body, signature=log.key.sign(body.signed))
    spoilt = dataclasses.replace(log, store=Instead(log.store, {key_of(3): forged.written}))
    assert spoilt.found() == [("checkpoint_differs", 3, 0)]
    AuditCheckpoint.objects.all().delete()
    assert spoilt.found() == [("checkpoint_differs", 3, 0)]


def test_a_signature_by_nobody_we_know_is_in_doubt_and_a_wrong_one_fails(log: Log) -> None:
    log.grown(3)
    report = log.verify(keys=frozenset())
    assert [one.reason for one in report.findings] == ["key_unknown"] and report.outcome == "undetermined"
    was = read_checkpoint(contents(log.store, AUDIT, key_of(3), ""))
    forged = dataclasses.replace(was, signature=log.key.sign(b"khac"))
    AuditCheckpoint.objects.all().delete()
    assert dataclasses.replace(log, store=Instead(log.store, {key_of(3): forged.written})).found() == [("signature_wrong", 3, 0)]


def test_objects_that_belong_to_no_checkpoint_are_named(log: Log) -> None:
    log.grown(3, 3)
    for key in ("log/la.jsonl", bundle_key_of(2, 5), bundle_key_of(9, 12), "checkpoints/la.json"):
        log.store.put_new(AUDIT, key, b"[]\n", content_type="application/json")
    assert set(log.found()) == {("bundle_unexpected", 2, 5), ("bundle_unexpected", 9, 12), ("object_unexpected", 0, 0)}


# -- a witness ------------------------------------------------------------------------------------------------------------


def test_a_witness_finds_a_log_that_was_forged_with_everything_else(log: Log, tmp_path) -> None:
    log.grown(3, 3)
    kept = read_checkpoint(contents(log.store, AUDIT, key_of(6), ""))
    log.grown(4)
    assert log.found(witness=kept) == []
    AuditEvent.objects.all().delete()
    AuditCheckpoint.objects.all().delete()
    other = FolderStore(tmp_path / "other")
    other.prepare()
    forged = dataclasses.replace(log, store=other)
    forged.write(8, action="record.other")
    forged.fix()
    assert forged.found() == [] and forged.found(witness=kept) == [("witness_differs", 6, 0)]


def test_a_witness_ahead_of_the_bucket_is_told(log: Log) -> None:
    log.grown(3)
    log.write(2)
    log.fix()
    kept = read_checkpoint(contents(log.store, AUDIT, key_of(5), ""))
    AuditCheckpoint.objects.filter(size=5).delete()
    gone = dataclasses.replace(log, store=Without(log.store, {key_of(5), bundle_key_of(4, 5)}))
    assert gone.found(witness=kept) == [("witness_ahead", 5, 3)]


# -- while others work ----------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_a_log_that_grows_and_is_fixed_while_it_is_verified_gives_no_finding(log: Log) -> None:
    log.grown(50, 50)
    stop, errors = threading.Event(), list[BaseException]()

    def work() -> None:
        try:
            while not stop.is_set():
                chain.append("record.read", "x" * 20, now=NOON, actor="thử")
                if AuditEvent.objects.count() % 5 == 0:
                    log.fix()
        except BaseException as failure:
            errors.append(failure)
        finally:
            connection.close()

    worker = threading.Thread(target=work)
    worker.start()
    try:
        for _ in range(10):
            assert log.found() == []
    finally:
        stop.set()
        worker.join()
    assert not errors
    assert log.verify().fixed > 100
