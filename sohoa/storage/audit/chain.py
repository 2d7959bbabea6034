"""Append to the log, and walk it.

    chain.append("record.read", document_id, now=now)                   # inside the transaction that does the deed
    chain.append_all([Entry("record.read", id) for id in ids], now=now)  # many at once: one look, one insert per thousand
    with chain.muted(): ...                                             # rebuild: what is entered again is not done again
    chain.replay(lines)                                                 # rebuild: events as the audit bucket has them

Who acts, from where and why comes from `acting(...)` around the call where it is not told here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from django.db import connection, transaction

from sohoa.kernel.text import nfc
from sohoa.storage.audit.acting import account, acting, circumstances
from sohoa.storage.audit.canonical import NotAnEvent, event_of, line_of, written
from sohoa.storage.audit.errors import ReplayRefused
from sohoa.storage.audit.models import AuditEvent

__all__ = [
    "BEFORE_THE_FIRST",
    "Break",
    "Entry",
    "account",
    "acting",
    "alone",
    "append",
    "append_all",
    "breaks",
    "events",
    "muted",
    "replay",
]

BEFORE_THE_FIRST = "0" * 64
BATCH = 1000  # events
_LOCK = 0x736F686F61  # any number that nobody else in the database uses

_muted: ContextVar[bool] = ContextVar("audit_muted", default=False)


@dataclass(frozen=True, slots=True)
class Break:
    """Where the chain does not hold. reason: sequence_gap | previous_differs | content_differs."""

    sequence: int
    reason: str


@dataclass(frozen=True, slots=True)
class Entry:
    action: str
    subject: str
    details: dict[str, object] | None = None
    why: str = ""


def append(
    action: str,
    subject: str,
    *,
    now: datetime,
    details: dict[str, object] | None = None,
    actor: str | None = None,
    why: str = "",
    origin: str | None = None,
) -> AuditEvent:
    """Add one event. Call it inside the transaction that does the deed: both happen or neither does.

    actor, origin, why: else what `acting` says, else the account, this process, nothing. While muted, the event is not kept.
    """
    return append_all([Entry(action, subject, details, why)], now=now, actor=actor, origin=origin)[0]


def append_all(entries: Iterable[Entry], *, now: datetime, actor: str | None = None, origin: str | None = None) -> list[AuditEvent]:
    """Add many in one transaction; gives them in their order."""
    around = circumstances()
    made = [
        AuditEvent(
            at=now,
            actor=_text(actor or around.actor, 100),
            action=entry.action,
            subject=entry.subject,
            details=written(entry.details or {}),
            origin=_text(origin or around.origin, 200),
            why=_text(entry.why or around.why),
        )
        for entry in entries
    ]
    if _muted.get() or not made:
        return made
    with transaction.atomic():
        alone()
        last = AuditEvent.objects.order_by("-sequence").values_list("sequence", "hash").first()
        sequence, previous = last or (0, BEFORE_THE_FIRST)
        for event in made:
            event.sequence, event.previous = sequence + 1, previous
            event.hash = _hash_of(event)
            sequence, previous = event.sequence, event.hash
        if len(made) == 1:
            made[0].save(force_insert=True)
        else:
            AuditEvent.objects.bulk_create(made, batch_size=BATCH)
    return made


def alone() -> None:
    """Nobody else takes a place in the chain until this transaction ends."""
    # SQLite needs nothing: its IMMEDIATE transactions let one writer in at a time.
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


@contextmanager
def muted() -> Iterator[None]:
    """What happens here is not written down: it was, when it was done."""
    token = _muted.set(True)
    try:
        yield
    finally:
        _muted.reset(token)


def replay(lines: Iterable[bytes]) -> int:
    """Enter events as they were written (see canonical.py), after those that are there; gives how many were new.

    Events that are there already and are the same are passed over, so that a restore that was killed can be run again.
    Raises ReplayRefused; what came before it stays.
    """
    left, entered = iter(lines), 0  # the first event's previous says "before the first", so a log can only begin at its beginning
    while batch := list(islice(left, BATCH)):
        with transaction.atomic():
            alone()
            last = AuditEvent.objects.order_by("-sequence").values_list("sequence", "hash").first()
            sequence, previous = last or (0, BEFORE_THE_FIRST)
            read = [_read(line, sequence + 1) for line in batch]
            known = dict(AuditEvent.objects.filter(sequence__in=[one.sequence for one in read]).values_list("sequence", "hash"))
            fresh: list[AuditEvent] = []
            for event in read:
                if event.sequence <= sequence and not fresh:
                    if known.get(event.sequence) != event.hash:
                        raise ReplayRefused(sequence=event.sequence, reason="another_is_there")
                    continue
                if (event.sequence, event.previous) != (sequence + 1, previous):
                    gap = event.sequence != sequence + 1
                    raise ReplayRefused(sequence=sequence + 1, reason="sequence_gap" if gap else "previous_differs")
                fresh.append(event)
                sequence, previous = event.sequence, event.hash
            AuditEvent.objects.bulk_create(fresh, batch_size=BATCH)
            entered += len(fresh)
    return entered


def _read(line: bytes, expected: int) -> AuditEvent:
    try:
        event = event_of(line)
    except NotAnEvent as broken:
        raise ReplayRefused(sequence=expected, reason="not_an_event") from broken
    return AuditEvent(
        sequence=event.sequence,
        at=event.at,
        actor=event.actor,
        action=event.action,
        subject=event.subject,
        details=event.details,
        previous=event.previous,
        origin=event.origin,
        why=event.why,
        hash=event.hash,
    )


def events(after: int = 0, *, up_to: int | None = None) -> Iterator[AuditEvent]:
    """By sequence, a thousand in memory at a time, with no transaction held open; events that come meanwhile are among them."""
    while True:
        page = AuditEvent.objects.filter(sequence__gt=after).order_by("sequence")
        if up_to is not None:
            page = page.filter(sequence__lte=up_to)
        found = list(page[:BATCH])
        yield from found
        if len(found) < BATCH:
            return
        after = found[-1].sequence


class Walk:
    """Looks whether each event follows from the one before: `breaks = walk.step(event)`, in the order of the log."""

    def __init__(self, sequence: int = 0, last: str = BEFORE_THE_FIRST) -> None:
        self._expected, self._previous = sequence + 1, last

    def step(self, event: AuditEvent, line: bytes | None = None) -> list[Break]:
        """line: line_of(event), where it is at hand already."""
        found: list[Break] = []
        if event.sequence != self._expected:
            found.append(Break(self._expected, "sequence_gap"))
        if event.previous != self._previous:
            found.append(Break(event.sequence, "previous_differs"))
        if event.hash != hashlib.sha256(line or line_of(event)).hexdigest():
            found.append(Break(event.sequence, "content_differs"))
        self._expected, self._previous = event.sequence + 1, event.hash
        return found


def breaks() -> Iterator[Break]:
    """Every place where the stored log contradicts itself, first to last; nothing when it holds."""
    walk = Walk()
    for event in events():
        yield from walk.step(event)


def _hash_of(event: AuditEvent) -> str:
    return hashlib.sha256(line_of(event)).hexdigest()


def _text(value: str, most: int | None = None) -> str:
    # A column that refuses a letter or a length would undo the deed for the sake of its log.
    return nfc(value).encode(errors="replace").decode()[:most]
