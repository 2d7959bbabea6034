"""What keeps an object, and what would keep it less: one answer for every store."""

from __future__ import annotations

from datetime import datetime

from sohoa.storage.objects.model import Described, Retention


def keeps_as_long(wanted: Retention, had: Retention | None) -> bool:
    """Whether `wanted` takes nothing away from `had`: not earlier, and not GOVERNANCE where it was COMPLIANCE."""
    if had is None:
        return True
    return wanted.until >= had.until and (wanted.mode == "COMPLIANCE" or had.mode == "GOVERNANCE")


def is_kept(about: Described, now: datetime) -> bool:
    """Whether a retention that is not over yet, or a legal hold, forbids taking it away."""
    return about.legal_hold or (about.retention is not None and about.retention.until > now)
