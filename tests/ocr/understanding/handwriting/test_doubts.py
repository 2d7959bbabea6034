"""Why a pen's number or day is not certain, told as a code that the review can say in words."""

from __future__ import annotations

from datetime import date, timedelta

from sohoa.ocr.model import Alternative
from sohoa.ocr.understanding.handwriting.weighing import Evidence, Told, Weighed, weigh_date, weigh_number

DAY = date(2025, 2, 5)
YEAR, FEBRUARY = Alternative("2025", 0.99), (Alternative("02", 0.99),)


def readings(**chances: float) -> tuple[Alternative, ...]:
    """readings(_05=0.8, _06=0.1)"""
    return tuple(Alternative(value[1:], chance) for value, chance in chances.items())


def doubts(weighed: Weighed | None) -> tuple[str, ...]:
    assert weighed is not None
    return weighed.doubts


def test_a_number_that_nobody_else_says_stands_alone() -> None:
    assert doubts(weigh_number(readings(_88=0.95), Evidence())) == ("pen_alone",)
    assert doubts(weigh_date(readings(_05=0.95), FEBRUARY, YEAR, Evidence())) == ("pen_alone",)


def test_a_register_that_says_something_else_is_quoted() -> None:
    assert doubts(weigh_number(readings(_299=0.9), Evidence(told=(Told("register", "571"),)))) == ("contradicted:register=571",)
    other = Evidence(told=(Told("register", issued=date(2025, 2, 17)),))
    assert doubts(weigh_date(readings(_05=0.9), FEBRUARY, YEAR, other)) == ("contradicted:register=2025-02-17",)


def test_a_number_outside_its_row_is_told_with_the_row() -> None:
    known = ((40, DAY - timedelta(days=1)), (50, DAY + timedelta(days=1)))
    assert doubts(weigh_number(readings(_88=0.95), Evidence(known=known), issued=DAY)) == ("outside_row:41-49",)
    assert doubts(weigh_number(readings(_38=0.95), Evidence(known=known[:1]), issued=DAY)) == ("outside_row:41-",)


def test_a_number_that_another_paper_has_is_told() -> None:
    known = ((87, DAY - timedelta(days=1)), (88, DAY), (90, DAY + timedelta(days=1)))
    assert doubts(weigh_number(readings(_88=0.85, _89=0.12), Evidence(known=known), issued=DAY)) == ("number_taken:88",)


def test_a_day_that_does_not_go_with_the_signature_is_told_with_the_signatures_day() -> None:
    signed = Evidence(signature_dates=(date(2025, 2, 24),))
    assert doubts(weigh_date(readings(_05=0.95), FEBRUARY, YEAR, signed)) == ("signed_apart:2025-02-24",)


def test_a_poorly_written_number_is_told_as_such_even_where_somebody_says_the_same() -> None:
    known = ((80, DAY - timedelta(days=1)), (90, DAY + timedelta(days=1)))
    weighed = weigh_number(readings(_88=0.45, _83=0.4), Evidence(known=known), issued=DAY)
    assert doubts(weighed) == ("pen_unclear",)


def test_what_is_certain_has_no_doubt() -> None:
    assert doubts(weigh_number(readings(_299=0.6, _899=0.3), Evidence(told=(Told("register", "299"),)))) == ()
