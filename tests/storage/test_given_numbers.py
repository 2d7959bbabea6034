"""Numbers known without the ink: those a unit has given for certain, and what the register says of a dossier's one paper."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from sohoa.storage.catalogue.numbers import Registered, given_numbers, registered_paper
from sohoa.storage.catalogue.records import Record
from sohoa.storage.catalogue.register import Component, Dossier, Result, Unit

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


DOSSIER = "H99.12-260105-0001"
SAID = {"code_number": "308", "code_notation": "QĐ-UBND", "issued_date": date(2026, 2, 27)}


@pytest.fixture
def dossier() -> Dossier:
    unit = Unit.objects.create(pk="H99.12", name="UBND phường Đông Hải", level="commune")
    received = datetime(2026, 1, 5, tzinfo=UTC)
    return Dossier.objects.create(pk=DOSSIER, unit=unit, channel="direct", received_at=received, yields_result=True)


def test_the_register_tells_number_and_day_of_the_one_result_of_that_type(dossier: Dossier) -> None:
    Component.objects.create(dossier=dossier, ordinal=1, document_type="DON", name="Đơn", decision="required_by_rule")
    Result.objects.create(dossier=dossier, ordinal=1, document_type="QĐ", name="Quyết định", **SAID)
    said = Registered("308", date(2026, 2, 27))
    assert registered_paper(DOSSIER, "QĐ") == registered_paper(DOSSIER, "QĐ", "QĐ-UBND") == said
    assert registered_paper(DOSSIER, "QĐ", "QĐ-STP") is None, "another office's decision"
    assert registered_paper(DOSSIER, "DON") is registered_paper(DOSSIER, "TB") is registered_paper("H99-1", "QĐ") is None


def test_of_two_results_of_a_type_only_the_notation_tells_which_one_a_paper_is(dossier: Dossier) -> None:
    Result.objects.create(dossier=dossier, ordinal=1, document_type="QĐ", name="Quyết định", **SAID)
    Result.objects.create(dossier=dossier, ordinal=2, document_type="QĐ", name="Quyết định của Sở")
    assert registered_paper(DOSSIER, "QĐ") is None
    assert registered_paper(DOSSIER, "QĐ", "QĐ-UBND") == Registered("308", date(2026, 2, 27))


def test_a_number_that_is_not_digits_alone_is_no_witness_of_a_pen(dossier: Dossier) -> None:
    Result.objects.create(dossier=dossier, ordinal=1, document_type="GCNHKD", name="Giấy", code_number="41X8001234")
    assert registered_paper(DOSSIER, "GCNHKD") is None
