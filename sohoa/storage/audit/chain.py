"""Append to the log, and walk it."""

from __future__ import annotations

import getpass
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import transaction

from sohoa.storage.audit.models import AuditEvent

BEFORE_THE_FIRST = "0" * 64


@dataclass(frozen=True, slots=True)
class Break:
    """Where the chain does not hold. reason: sequence_gap | previous_differs | content_differs."""

    sequence: int
    reason: str


def append(
    action: str, subject: str, *, now: datetime, details: dict[str, object] | None = None, actor: str | None = None
) -> AuditEvent:
    """Add one event. Call it inside the transaction that does the deed: both happen or neither does."""
    with transaction.atomic():
        # SQLite's IMMEDIATE transactions let one writer in at a time, so nobody can take the same place in the chain.
        last = AuditEvent.objects.order_by("-sequence").first()
        event = AuditEvent(
            sequence=last.sequence + 1 if last else 1,
            at=now,
            actor=actor or account(),
            action=action,
            subject=subject,
            details=json.dumps(details or {}, ensure_ascii=False, sort_keys=True, separators=(",", ":")),
            previous=last.hash if last else BEFORE_THE_FIRST,
        )
        event.hash = _hash_of(event)
        event.save(force_insert=True)
    return event


def breaks() -> Iterator[Break]:
    """Every place where the stored log contradicts itself, first to last; nothing when it holds."""
    expected, previous = 1, BEFORE_THE_FIRST
    for event in AuditEvent.objects.order_by("sequence").iterator(chunk_size=1000):
        if event.sequence != expected:
            yield Break(expected, "sequence_gap")
        if event.previous != previous:
            yield Break(event.sequence, "previous_differs")
        if event.hash != _hash_of(event):
            yield Break(event.sequence, "content_differs")
        expected, previous = event.sequence + 1, event.hash


def _hash_of(event: AuditEvent) -> str:
    moment = event.at.astimezone(UTC).isoformat(timespec="microseconds")
    told = [event.sequence, moment, event.actor, event.action, event.subject, event.details, event.previous]
    return hashlib.sha256(json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()


def account() -> str:
    """Whose account this process runs under: who the log says did it."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"  # a container may run as a number that has no name
