"""How an event is written down, letter for letter: what its hash is over, a line of a bundle, a leaf of the Merkle tree.

A line is a JSON list without spaces, in UTF-8:

    [sequence, "at", "actor", "action", "subject", "details", "previous", "origin", "why"]

`at` is UTC with microseconds, `details` is itself JSON as a string. Events of releases before there was an origin have neither of the
last two. SHA-256 of a line is the event's hash, and the next line carries it as `previous`; so a bundle needs no more than its lines.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sohoa.storage.audit.models import AuditEvent


NAMES = ("sequence", "at", "actor", "action", "subject", "details", "previous", "origin", "why")


@dataclass(frozen=True, slots=True)
class Event:
    """One event as it was written. details: canonical JSON, kept as text. previous: hash of the event before, hex."""

    sequence: int
    at: datetime
    actor: str
    action: str
    subject: str
    details: str
    previous: str
    origin: str = ""
    why: str = ""

    @property
    def line(self) -> bytes:
        return line_of(self)

    @property
    def hash(self) -> str:
        return hashlib.sha256(self.line).hexdigest()

    def as_dict(self) -> dict[str, object]:
        """By name, as receipts carry it; `[told[name] for name in NAMES if name in told]` is the line again."""
        return dict(zip(NAMES, _told(self), strict=False))


class NotAnEvent(ValueError):
    """A line that is not one of ours, or not written as we write."""


def line_of(event: Event | AuditEvent) -> bytes:
    return _dumped(_told(event)).encode()


def event_of(line: bytes) -> Event:
    """Raises NotAnEvent, also for a line that says the same in other bytes."""
    try:
        told: Any = json.loads(line)
        sequence, at, *texts = told
        event = Event(sequence, datetime.fromisoformat(at), *texts)
        if type(sequence) is int and len(told) in (7, 9) and all(type(one) is str for one in texts) and event.line == line:
            return event
    except (ValueError, TypeError, RecursionError, OverflowError) as broken:
        raise NotAnEvent from broken
    raise NotAnEvent


def canonical(value: object) -> bytes:
    """JSON with sorted names, without spaces, in UTF-8: two programs that mean the same write the same bytes."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def written(value: object) -> str:
    """Details as they are kept. Letters that UTF-8 cannot carry are replaced: the deed must not fail over its log."""
    return _dumped(value, sort_keys=True).encode(errors="replace").decode()


def _told(event: Event | AuditEvent) -> list[object]:
    moment = event.at.astimezone(UTC).isoformat(timespec="microseconds")
    told: list[object] = [event.sequence, moment, event.actor, event.action, event.subject, event.details, event.previous]
    # `why` is asked too: else somebody could write one into an event of old without its hash noticing.
    return [*told, event.origin, event.why] if event.origin or event.why else told


def _dumped(value: object, **more: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), **more)
