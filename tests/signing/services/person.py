"""Who holds the telephone."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Person:
    """agrees: None is somebody who never looks. after: how often the service is polled before they do (where it can be polled)."""

    agrees: bool | None
    after: int = 0


APPROVES = Person(True)
APPROVES_LATER = Person(True, after=2)
DECLINES = Person(False)
NEVER_ANSWERS = Person(None)
