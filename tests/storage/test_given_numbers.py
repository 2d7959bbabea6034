"""What the archive knows for certain of the numbers a unit has given."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from sohoa.storage.catalogue.numbers import given_numbers
from sohoa.storage.catalogue.records import Record

pytestmark = pytest.mark.django_db


def keep(number: str, day: date, *, notation: str = "QĐ-UBND", unit: str = "H99.12", waits: bool = False) -> None:
    ordinal = Record.objects.count()
    Record.objects.create(
        id=f"{ordinal:020}",
        source_sha256=f"{ordinal:064}",
        type_code="QĐ",
        code_number=number,
        code_notation=notation,
        issued_date=day,
        unit=unit,
        waits=waits,
        pages=1,
        confidence=1.0,
        signed_on_arrival=False,
        archived_at=datetime(2026, 3, 1, tzinfo=UTC),
    )


def test_the_row_holds_only_settled_papers_of_this_notation_year_and_unit() -> None:
    keep("12", date(2026, 2, 3))
    keep("09", date(2026, 2, 1))
    keep("13", date(2026, 2, 4), waits=True)
    keep("14", date(2026, 2, 5), notation="QĐ-STP")
    keep("15", date(2026, 2, 6), unit="H99.13")
    keep("16", date(2025, 2, 6))
    keep("41X8001234", date(2026, 2, 7))
    assert given_numbers("QĐ-UBND", 2026, unit="H99.12") == ((9, date(2026, 2, 1)), (12, date(2026, 2, 3)))
