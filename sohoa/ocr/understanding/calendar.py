"""Days inside running text: `29/7/2024`, `ngày 08 tháng 4 năm 2020`. A day that no calendar has is no day."""

from __future__ import annotations

import re
from datetime import date

FIRST_YEAR, LAST_YEAR = 1945, 2100
# Readers part two figures of one number now and then: `14/1 1/2024`.
DAY = (
    r"(?P<day>\d\s?\d?)\s*(?:[/.\-]\s*(?P<month>\d\s?\d?)\s*[/.\-]\s*(?P<year>\d{4})"
    r"|thang\s+(?P<month_>\d\s?\d?)\s*nam\s+(?P<year_>\d{4}))(?!\d)"
)
"""For text that was folded. One DAY a pattern, since its groups have names."""


def day_of(found: re.Match[str]) -> date | None:
    """The day that a match of DAY says; None where there is none such or it lies outside 1945 to 2100."""
    parts = (found["day"], found["month"] or found["month_"], found["year"] or found["year_"])
    if not all(parts):
        return None
    day, month, year = (int(part.replace(" ", "")) for part in parts)
    try:
        return date(year, month, day) if FIRST_YEAR <= year <= LAST_YEAR else None
    except ValueError:
        return None


def months_after(start: date, months: int) -> date | None:
    """The same day so many months on, or the month's last (Bộ luật Dân sự 2015, Điều 148)."""
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    if year > LAST_YEAR:
        return None
    for day in range(start.day, 27, -1):
        try:
            return date(year, month + 1, day)
        except ValueError:
            continue
    return date(year, month + 1, start.day)
