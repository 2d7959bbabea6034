"""Reporting periods: civil, or administrative (from the 15th to the 14th, NĐ 09/2019/NĐ-CP Art. 12); days are Vietnam's."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sohoa.kernel.clock import VIETNAM
from sohoa.kernel.errors import Exit, SohoaError


class PeriodNotUnderstood(SohoaError):
    code, exit_code = "storage.period_not_understood", Exit.USAGE
    vi = "Không hiểu kỳ «{given}»."
    en = "The period “{given}” is not understood."
    remedy = "Viết 2026, 2026-H1, 2026-Q3, 2026-9M, 2026-05 hoặc 2026-01-15..2026-02-14."
    remedy_en = "Write 2026, 2026-H1, 2026-Q3, 2026-9M, 2026-05 or 2026-01-15..2026-02-14."


@dataclass(frozen=True, slots=True)
class Period:
    """first and last: inclusive days in Vietnam."""

    first: date
    last: date
    calendar: str  # civil | admin

    @property
    def begins(self) -> datetime:
        return datetime.combine(self.first, time.min, VIETNAM)

    @property
    def ends(self) -> datetime:
        """The first moment after the period."""
        return datetime.combine(self.last + timedelta(days=1), time.min, VIETNAM)


_NAMED = re.compile(r"(\d{4})(?:-(?:(H[12])|(Q[1-4])|(9M)|(\d{2})))?")
_RANGE = re.compile(r"(\d{4}-\d{2}-\d{2})\.\.(\d{4}-\d{2}-\d{2})")


def period_of(given: str, calendar: str = "civil") -> Period:
    """`2026`, `2026-H1`, `2026-Q3`, `2026-9M`, `2026-05`, or two ISO days joined by `..`. Raises PeriodNotUnderstood."""
    try:
        if span := _RANGE.fullmatch(given):
            first, last = (date.fromisoformat(day) for day in span.groups())
            if last < first:
                raise ValueError
            return Period(first, last, calendar)
        if (named := _NAMED.fullmatch(given)) and calendar in ("civil", "admin"):
            return _months(int(named[1]), *_first_and_last_month(named), calendar)
    except ValueError:
        pass
    raise PeriodNotUnderstood(given=given)


def _first_and_last_month(named: re.Match[str]) -> tuple[int, int]:
    _, half, quarter, nine, month = named.groups()
    if half:
        return (1, 6) if half == "H1" else (7, 12)
    if quarter:
        last = int(quarter[1]) * 3
        return last - 2, last
    if nine:
        return 1, 9
    return (int(month), int(month)) if month else (1, 12)


def _months(year: int, first: int, last: int, calendar: str) -> Period:
    if calendar == "civil":
        return Period(date(year, first, 1), _next_month(year, last) - timedelta(days=1), calendar)
    begins = date(year, first, 1) - timedelta(days=1)
    return Period(begins.replace(day=15), date(year, last, 14), calendar)


def _next_month(year: int, month: int) -> date:
    return date(year + 1, 1, 1) if month == 12 else date(year, month + 1, 1)
