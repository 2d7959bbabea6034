"""The database is gone; the audit bucket gives the log back, and only what was fixed in it."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from typing import cast

import pytest

from sohoa.storage.audit import bucket, chain
from sohoa.storage.audit.checkpoint import NO_SERVICE, Checkpoint, bundle_key_of, key_of
from sohoa.storage.audit.errors import ReplayRefused
from sohoa.storage.audit.keys import known_keys
from sohoa.storage.audit.models import AuditCheckpoint, AuditEvent, AuditNode
from sohoa.storage.audit.proving import prove
from sohoa.storage.audit.restoring import Restored, restore
from sohoa.storage.objects.model import AUDIT, ObjectStore
from tests.storage.audit.logs import NOON, Beneath, Instead, Log, Without, contents

pytestmark = pytest.mark.django_db


def lose_everything() -> None:
    for table in (AuditEvent, AuditCheckpoint, AuditNode):
        table.objects.all().delete()


def state() -> list[list[tuple[object, ...]]]:
    tables = (AuditEvent.objects.order_by("sequence"), AuditCheckpoint.objects.order_by("size"))
    nodes = AuditNode.objects.order_by("level", "place").values_list("level", "place", "hash")
    return [*(list(table.values_list()) for table in tables), list(nodes)]


def again(log: Log, store: ObjectStore | None = None) -> Restored:
    return restore(store or log.store, keys=known_keys(log.keys))


def test_the_log_comes_back_letter_for_letter_from_the_bucket(log: Log) -> None:
    log.grown(1500, 3, 800)
    was, head = state(), AuditEvent.objects.get(sequence=2303).hash
    lose_everything()
    assert again(log) == Restored(events=2303, size=2303, head=head, checkpoints=3)
    assert state() == was
    assert log.found() == [] and prove("2303", log.store).checkpoint.body.size == 2303
    assert again(log).events == 0 and state() == was
    log.grown(2)
    assert log.found() == []


def test_what_a_killed_run_left_is_entered_and_fixed_by_the_next(log: Log) -> None:
    log.grown(3, 4)
    unfinished = Without(log.store, {key_of(7)})
    lose_everything()
    assert again(log, unfinished).size == 7  # pyright: ignore
    assert AuditCheckpoint.objects.get(size=7).sha256 == ""
    assert log.fix().by_another and log.found() == []


@pytest.mark.parametrize(
    ("spoilt", "reason"),
    [
        (lambda log: Without(log.store, {key_of(3)}), "previous_differs"),
        (lambda log: Without(log.store, {bundle_key_of(4, 7)}), "bundle_missing"),
        (lambda log: Instead(log.store, {bundle_key_of(4, 7): b"[]\n"}), "bundle_missing"),
        (lambda log: Instead(log.store, {key_of(7): contents(log.store, AUDIT, key_of(3))}), "signature_wrong"),
    ],
)
def test_what_was_not_fixed_is_not_brought_back(log: Log, spoilt, reason: str) -> None:
    log.grown(3, 4)
    store = spoilt(log)
    lose_everything()
    with pytest.raises(ReplayRefused) as refused:
        again(log, store)
    assert refused.value.facts["reason"] == reason
    assert AuditEvent.objects.count() in (0, 3) and not list(chain.breaks())


def test_of_two_checkpoints_over_the_same_events_the_one_that_the_next_names_is_brought_back(log: Log) -> None:
    log.grown(3, 4)
    was = state()
    body = dataclasses.replace(bucket.checkpoint_at(log.store, key_of(3)).body, at=NOON - timedelta(minutes=1))
    unheard = Checkpoint(body, log.key.sign(body.signed), None, NO_SERVICE)
    lose_everything()
    assert again(log, cast(ObjectStore, Beneath(log.store, key_of(3), unheard.written))).checkpoints == 2
    assert state() == was


def test_a_bucket_signed_by_others_is_not_brought_back(log: Log) -> None:
    log.grown(3)
    lose_everything()
    with pytest.raises(ReplayRefused):
        restore(log.store, keys=frozenset())
    assert not AuditEvent.objects.exists()


def test_a_log_that_went_another_way_is_refused(log: Log) -> None:
    log.grown(3)
    lose_everything()
    dataclasses.replace(log).write(2, action="record.other")
    with pytest.raises(ReplayRefused) as refused:
        again(log)
    assert refused.value.facts == {"sequence": 1, "reason": "another_is_there"}
