"""What an event says of who, from where and why; events of old; many at once; and a log entered again from its own words."""

from __future__ import annotations

import hashlib
import json
import threading
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from sohoa.storage.audit import chain
from sohoa.storage.audit.acting import acting, this_process_is
from sohoa.storage.audit.canonical import Event, NotAnEvent, event_of, line_of
from sohoa.storage.audit.errors import ReplayRefused
from sohoa.storage.audit.models import AuditEvent

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 1, 5, 5, tzinfo=UTC)


def lines() -> list[bytes]:
    return [line_of(event) for event in chain.events()]


def test_an_event_says_who_from_where_and_why() -> None:
    told = chain.append("record.read", "x", now=NOON, actor="nv.lan", origin="web@10.1.2.3", why="kiểm tra đơn 12")
    assert (told.actor, told.origin, told.why) == ("nv.lan", "web@10.1.2.3", "kiểm tra đơn 12")
    untold = chain.append("record.read", "x", now=NOON)
    assert untold.actor == chain.account() and untold.origin.startswith("cli@") and untold.why == ""
    assert not list(chain.breaks())


def test_what_is_set_around_a_call_is_what_its_events_say() -> None:
    with acting(actor="nv.lan", origin="web@10.1.2.3"), acting(why="theo đơn"):
        event = chain.append("record.read", "x", now=NOON)
        given = chain.append("record.read", "x", now=NOON, actor="mau")
    assert (event.actor, event.origin, event.why) == ("nv.lan", "web@10.1.2.3", "theo đơn")
    assert (given.actor, given.origin) == ("mau", "web@10.1.2.3")
    assert chain.append("record.read", "x", now=NOON).origin.startswith("cli@")


def test_a_process_says_what_it_is() -> None:
    this_process_is("worker")
    try:
        assert chain.append("record.read", "x", now=NOON).origin.startswith("worker@")
    finally:
        this_process_is("cli")


@pytest.mark.parametrize("column", ["origin", "why"])
def test_who_changes_from_where_or_why_is_found(column: str) -> None:
    for _ in range(3):
        chain.append("record.read", "x", now=NOON, why="vì")
    AuditEvent.objects.filter(sequence=2).update(**{column: "khác"})
    assert [(one.sequence, one.reason) for one in chain.breaks()] == [(2, "content_differs")]


def of_old(sequence: int, previous: str) -> AuditEvent:
    """As the first release wrote it, its hash computed as that release did."""
    told = [sequence, NOON.isoformat(timespec="microseconds"), "thử", "record.read", "x", "{}", previous]
    digest = hashlib.sha256(json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()
    return AuditEvent.objects.create(
        sequence=sequence, at=NOON, actor="thử", action="record.read", subject="x", details="{}", previous=previous, hash=digest
    )


def test_events_of_an_old_release_hold_and_new_ones_follow_them() -> None:
    first = of_old(1, chain.BEFORE_THE_FIRST)
    of_old(2, first.hash)
    chain.append("record.read", "x", now=NOON)
    assert not list(chain.breaks())
    AuditEvent.objects.filter(sequence=1).update(why="thêm vào sau")
    assert [(one.sequence, one.reason) for one in chain.breaks()] == [(1, "content_differs")]


def test_an_append_is_one_look_and_one_insert() -> None:
    chain.append("record.read", "x", now=NOON)
    with transaction.atomic(), CaptureQueriesContext(connection) as asked:
        chain.append("record.read", "x", now=NOON)
    about = [query["sql"] for query in asked.captured_queries if '"audit_auditevent"' in query["sql"]]
    assert [words.split()[0] for words in about] == ["SELECT", "INSERT"]


def test_many_events_are_entered_as_if_one_by_one() -> None:
    chain.append("record.read", "trước", now=NOON)
    made = chain.append_all([chain.Entry("record.read", str(number), {"n": number}) for number in range(2500)], now=NOON)
    assert [event.sequence for event in made] == list(range(2, 2502)) and AuditEvent.objects.count() == 2501
    assert not list(chain.breaks())
    assert chain.append_all([], now=NOON) == []


def test_what_is_entered_again_is_not_written_down_while_muted() -> None:
    with chain.muted():
        chain.append("record.archived", "x", now=NOON)
        chain.append_all([chain.Entry("record.read", "x")], now=NOON)
    assert not AuditEvent.objects.exists()
    assert chain.append("record.archived", "x", now=NOON).sequence == 1


def test_a_log_is_entered_again_letter_for_letter() -> None:
    of_old(1, chain.BEFORE_THE_FIRST)
    for number in range(5):
        chain.append("record.read", str(number), now=NOON + timedelta(microseconds=number), why="vì «sao»\n")
    was, hashes = lines(), list(AuditEvent.objects.values_list("hash", flat=True))
    AuditEvent.objects.all().delete()
    assert chain.replay(was) == 6 and chain.replay(was) == 0
    assert lines() == was and list(AuditEvent.objects.values_list("hash", flat=True)) == hashes
    assert not list(chain.breaks())


def test_a_replay_refuses_what_is_not_the_log() -> None:
    for number in range(4):
        chain.append("record.read", str(number), now=NOON)
    was = lines()
    other = was[1].replace(b'"1"', b'"9"')
    for spoilt, reason in (
        ([was[0], b"{}"], "not_an_event"),
        ([was[0], other, was[2]], "previous_differs"),
        ([was[0], was[2]], "sequence_gap"),
        ([was[1]], "sequence_gap"),
    ):
        AuditEvent.objects.all().delete()
        with pytest.raises(ReplayRefused) as refused:
            chain.replay(spoilt)
        assert refused.value.facts["reason"] == reason
    AuditEvent.objects.all().delete()
    chain.replay(was)
    with pytest.raises(ReplayRefused) as refused:
        chain.replay([was[0], other])
    assert refused.value.facts["reason"] == "another_is_there"


def test_words_that_a_database_cannot_keep_do_not_stop_the_deed() -> None:
    event = chain.append(
        "record.read", "x", now=NOON, actor="\udcff\x00a" * 90, origin="b" * 999, why="\ud800", details={"a": "\udcff"}
    )
    event.refresh_from_db()
    assert len(event.actor) == 100 and len(event.origin) == 200 and "\x00" not in event.actor
    assert not list(chain.breaks())


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
EVENTS = st.builds(
    Event,
    sequence=st.integers(1, 10**12),
    at=st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=7))])),
    **dict.fromkeys(("actor", "action", "subject", "details", "previous", "origin", "why"), TEXT),
)


@given(EVENTS)
def test_a_line_says_all_of_an_event_and_is_read_back(event: Event) -> None:
    again = event_of(event.line)
    assert again.line == event.line and b"\n" not in event.line
    assert (again.at, again.origin, again.why, again.details) == (event.at, event.origin, event.why, event.details)


@given(EVENTS, EVENTS)
def test_no_two_events_have_the_same_line(one: Event, other: Event) -> None:
    assert (one.line == other.line) == (one == other)


@given(EVENTS, st.data())
def test_a_line_in_other_bytes_is_none(event: Event, data: st.DataObject) -> None:
    line = event.line
    place = data.draw(st.integers(0, len(line) - 1))
    flipped = line[:place] + bytes([line[place] ^ 1 << data.draw(st.integers(0, 7))]) + line[place + 1 :]
    with suppress(NotAnEvent):
        assert event_of(flipped) != event
    for spoilt in (line + b" ", line[:-1], b" " + line, b"[" * 5000):
        with pytest.raises(NotAnEvent):
            event_of(spoilt)


@pytest.mark.django_db(transaction=True)
def test_many_writers_at_once_leave_one_chain() -> None:
    errors: list[BaseException] = []

    def work(name: int) -> None:
        try:
            for number in range(20):
                with transaction.atomic():
                    chain.append("record.read", f"{name}-{number}", now=NOON)
        except BaseException as failure:
            errors.append(failure)
        finally:
            connection.close()

    writers = [threading.Thread(target=work, args=(name,)) for name in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert not errors
    assert AuditEvent.objects.count() == 80 and not list(chain.breaks())
