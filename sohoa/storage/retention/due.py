"""What is to be handed over to which archive, and by when: by 31/12 of (year in which the work ended + years of the row) [derived]."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from sohoa.config.retention import Handover, RetentionPlan
from sohoa.storage.retention.terms import END_ASSUMED, Term, terms, year_end


@dataclass(frozen=True, slots=True)
class Due:
    """due: the last day. end_assumed: the end of the work is not known; the year of archiving stands in for it."""

    term: Term
    handover: Handover
    due: date

    @property
    def end_assumed(self) -> bool:
        return END_ASSUMED in self.term.flags

    def overdue(self, today: date) -> bool:
        return self.due < today


def handover_due(plan: RetentionPlan, *, by: date) -> Iterator[Due]:
    """Everything due until then, package by package; a package whose work has not ended is not due anywhere."""
    for term in terms(plan):
        if term.ended is None:
            continue
        sector = term.sectors[0] if len(term.sectors) == 1 else ""
        for row in plan.handovers_of(term.code, sector, term.ended):
            due = year_end(term.ended, row.years)
            if due <= by:
                yield Due(term, row, due)
