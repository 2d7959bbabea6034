"""The numbers a unit has given to its papers, as far as they are known for certain: a pen's number is held against its neighbours."""

from __future__ import annotations

from datetime import date

from sohoa.storage.catalogue.records import Record


def given_numbers(notation: str, year: int, *, unit: str) -> tuple[tuple[int, date], ...]:
    """Number and date of the archived papers of this notation and year, of which nothing waits for a person; oldest first."""
    settled = Record.objects.filter(unit=unit, code_notation=notation, issued_date__year=year, waits=False)
    rows = settled.order_by("issued_date", "pk").values_list("code_number", "issued_date")
    return tuple((int(number), issued) for number, issued in rows if number.isdecimal())
