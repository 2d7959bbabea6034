"""What archive and register know beside a paper; the register speaks only where it cannot mean another paper."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from sohoa.ocr.model import Field, TypeVerdict, Understanding
from sohoa.ocr.understanding import Known, understand
from sohoa.ocr.understanding.handwriting.weighing import Told
from sohoa.pipeline.beside import beside, told_by_register
from sohoa.storage.catalogue.register import Dossier, Result, Unit
from tests.ocr.understanding.handwriting.test_blanks import as_read, penned
from tests.ocr.understanding.written import catalogue

pytestmark = pytest.mark.django_db

FIRST, SECOND = "H99.12-260105-0001", "H99.12-260105-0002"
DECISION = TypeVerdict("QĐ", "Quyết định", 0.98, "title+notation")
NOTATION = {"code_notation": Field("QĐ-UBND", 0.99)}
SAID = (Told("register", "993", date(2026, 2, 27)),)


@pytest.fixture(autouse=True)
def register() -> None:
    unit = Unit.objects.create(pk="H99.12", name="UBND phường Đông Hải", level="commune")
    for code in (FIRST, SECOND):
        received = datetime(2026, 1, 5, tzinfo=UTC)
        Dossier.objects.create(pk=code, unit=unit, channel="direct", received_at=received, yields_result=True)
    issued = date(2026, 2, 27)
    Result.objects.create(dossier_id=FIRST, ordinal=1, document_type="QĐ", name="QĐ", code_number="993", issued_date=issued)


def test_the_register_speaks_for_the_one_paper_of_this_type_in_the_dossier() -> None:
    assert told_by_register(Understanding(DECISION, NOTATION), dossier=FIRST, procedure="") == SAID


@pytest.mark.parametrize(
    ("understood", "dossier"),
    [
        (Understanding(DECISION, NOTATION), ""),
        (Understanding(DECISION, NOTATION), SECOND),
        (Understanding(replace(DECISION, confidence=0.4), NOTATION), FIRST),
        (Understanding(replace(DECISION, code="TB"), NOTATION), FIRST),
        (Understanding(DECISION, {**NOTATION, "dossier_code": Field(SECOND, 0.99)}), FIRST),
    ],
    ids=["no dossier", "another dossier", "type not sure", "another type", "the paper names another dossier"],
)
def test_it_is_silent_where_paper_or_dossier_may_be_another(understood: Understanding, dossier: str) -> None:
    assert told_by_register(understood, dossier=dossier, procedure="") == ()


def test_a_pens_number_is_certain_where_the_register_says_the_same_and_doubted_where_it_does_not() -> None:
    page = penned()
    text = as_read(page)

    def number(dossier: str) -> Field:
        known = beside(unit="H99.12", dossier=dossier, procedure="")
        here = Known(catalogue(), numbers=known.numbers, register=known.register, familiar=known.familiar)
        return understand([text], here, lambda number: page.upright).fields["code_number"]

    assert (number("").confidence <= 0.75, number("").doubts) == (True, ("pen_alone",))
    sure = number(FIRST)
    assert (sure.value, sure.witnesses, sure.confidence >= 0.9, sure.doubts) == ("993", ("register",), True, ())
    Result.objects.update(code_number="571")
    contradicted = number(FIRST)
    assert contradicted.confidence <= 0.5 and contradicted.doubts == ("contradicted:register=571",)
