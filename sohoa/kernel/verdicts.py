"""Verdicts are values: what can be doubtful is neither a bool nor an exception."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass, field


class Outcome(enum.StrEnum):
    OK = "ok"
    FAILED = "failed"
    UNDETERMINED = "undetermined"  # asks for evidence; never passes for a yes or a no


@dataclass(frozen=True, slots=True)
class Verdict:
    """An outcome with its reason (a stable code) and the evidence to reach it again."""

    outcome: Outcome
    reason: str = ""
    evidence: dict[str, str] = field(default_factory=dict[str, str])

    @property
    def ok(self) -> bool:
        return self.outcome is Outcome.OK


def worst(outcomes: Iterable[Outcome]) -> Outcome:
    """One failure fails all; one doubt leaves all in doubt; nothing at all is ok."""
    seen = set(outcomes)
    for outcome in (Outcome.FAILED, Outcome.UNDETERMINED):
        if outcome in seen:
            return outcome
    return Outcome.OK
