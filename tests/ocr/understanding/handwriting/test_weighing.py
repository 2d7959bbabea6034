from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sohoa.ocr.model import Alternative
from sohoa.ocr.understanding.handwriting.weighing import ALONE, DISPUTED, Evidence, Told, pooled, weigh_date, weigh_number, within

PLAIN = 0.9
YEAR = Alternative("2025", 0.99)
FEBRUARY = (Alternative("02", 0.99),)


def readings(**chances: float) -> tuple[Alternative, ...]:
    """readings(_05=0.8, _06=0.1)"""
    return tuple(Alternative(value[1:], chance) for value, chance in chances.items())


NUMBERS = st.lists(
    st.tuples(st.text("0123456789", min_size=1, max_size=5), st.floats(0.001, 1.0)),
    min_size=1,
    max_size=6,
    unique_by=lambda one: one[0],
).map(lambda pairs: tuple(Alternative(value, chance / sum(c for _, c in pairs)) for value, chance in pairs))
DAYS = st.dates(date(2020, 1, 1), date(2026, 12, 31))


@given(NUMBERS, st.booleans())
def test_a_pen_alone_is_never_certain(read: tuple[Alternative, ...], placed: bool):
    weighed = weigh_number(read, Evidence(), issued=date(2025, 2, 5) if placed else None)
    assert weighed is not None
    assert (weighed.witnesses, weighed.confidence <= ALONE) == ((), True)


@given(NUMBERS, st.lists(DAYS, max_size=3), st.lists(st.tuples(st.integers(1, 999), DAYS), max_size=8), DAYS, st.integers(0, 999))
def test_nothing_is_certain_without_a_witness(
    read: tuple[Alternative, ...], signed: list[date], known: list[tuple[int, date]], issued: date, told: int
):
    evidence = Evidence(tuple(signed), tuple(known), (Told("register", str(told), issued),), date(2026, 11, 1))
    number = weigh_number(read, evidence, issued=issued)
    dated = weigh_date(within(read, range(1, 32)), FEBRUARY, YEAR, evidence, number=told)
    for weighed in (number, dated):
        assert weighed is not None
        assert weighed.witnesses or weighed.confidence <= ALONE
        assert weighed.best[0].confidence == weighed.confidence
        assert 1 <= len(weighed.best) <= 3


@given(st.lists(st.tuples(st.text("0123456789", min_size=1, max_size=3), st.floats(0.01, 1)), max_size=6), DAYS)
def test_a_day_that_no_calendar_has_is_never_given(pairs: list[tuple[str, float]], today: date):
    read = tuple(Alternative(value, chance) for value, chance in pairs)
    weighed = weigh_date(read, FEBRUARY, YEAR, Evidence(today=today))
    given_ = [date.fromisoformat(one.value) for one in weighed.best] if weighed else []
    assert all(day <= today and day.month == 2 and day.year == 2025 for day in given_)


def test_a_signature_of_the_next_day_makes_a_well_written_day_certain():
    weighed = weigh_date(readings(_05=0.95, _15=0.04), FEBRUARY, YEAR, Evidence(signature_dates=(date(2025, 2, 6),)))
    assert weighed is not None
    assert (weighed.value, weighed.witnesses, weighed.confidence >= PLAIN) == ("2025-02-05", ("signature_date",), True)


def test_a_signature_chooses_between_two_readings():
    weighed = weigh_date(readings(_25=0.5, _05=0.4), FEBRUARY, YEAR, Evidence(signature_dates=(date(2025, 2, 5),)))
    assert weighed is not None
    assert (weighed.value, weighed.witnesses) == ("2025-02-05", ("signature_date",))


def test_a_signature_weeks_later_makes_no_day_certain():
    weighed = weigh_date(readings(_05=0.95), FEBRUARY, YEAR, Evidence(signature_dates=(date(2025, 2, 24),)))
    assert weighed is not None
    assert (weighed.value, weighed.witnesses) == ("2025-02-05", ())
    assert weighed.confidence <= ALONE


def test_a_signature_before_the_date_does_not_prove_it():
    weighed = weigh_date(readings(_05=0.95), FEBRUARY, YEAR, Evidence(signature_dates=(date(2025, 2, 3),)))
    assert weighed is not None and weighed.confidence <= ALONE


def test_the_register_makes_a_number_certain_that_the_ink_shows():
    weighed = weigh_number(readings(_299=0.6, _899=0.3), Evidence(told=(Told("register", "299"),)))
    assert weighed is not None
    assert (weighed.value, weighed.witnesses, weighed.confidence >= PLAIN) == ("299", ("register",), True)


def test_the_register_knows_a_number_without_its_leading_zero():
    weighed = weigh_number(readings(_05=0.7, _06=0.2), Evidence(told=(Told("register", "5"),)))
    assert weighed is not None
    assert (weighed.value, weighed.witnesses) == ("05", ("register",))


@pytest.mark.parametrize("told", ["571", "300"])
def test_a_register_that_contradicts_the_ink_makes_doubt(told: str):
    weighed = weigh_number(readings(_299=0.9, _899=0.05), Evidence(told=(Told("register", told),)))
    assert weighed is not None
    assert weighed.confidence <= DISPUTED
    assert {"299", told} <= {one.value for one in weighed.best}


def test_two_witnesses_who_contradict_each_other_make_doubt():
    told = (Told("register", "299"), Told("qr", "899"))
    weighed = weigh_number(readings(_299=0.6, _899=0.3), Evidence(told=told))
    assert weighed is not None
    assert (weighed.witnesses, weighed.confidence <= DISPUTED) == ((), True)


def test_a_date_from_a_code_on_the_paper_is_believed_where_the_ink_shows_it():
    agreed = weigh_date(readings(_05=0.6, _06=0.3), FEBRUARY, YEAR, Evidence(told=(Told("qr", issued=date(2025, 2, 6)),)))
    other = weigh_date(readings(_05=0.9), FEBRUARY, YEAR, Evidence(told=(Told("qr", issued=date(2025, 2, 17)),)))
    assert agreed is not None and other is not None
    assert (agreed.value, agreed.witnesses, agreed.confidence >= PLAIN) == ("2025-02-06", ("qr",), True)
    assert (other.witnesses, other.confidence <= DISPUTED) == ((), True)


def around(number: int, day: date, *, by: int) -> tuple[tuple[int, date], ...]:
    """What a unit's numbers are like: three a day, `number` not yet known."""
    return tuple((number + step, day + timedelta(days=round(step / 3))) for step in range(-30, 31, by) if step)


def test_the_numbers_before_and_after_make_a_number_certain():
    day = date(2025, 2, 5)
    known = ((86, day - timedelta(days=1)), (87, day - timedelta(days=1)), (90, day + timedelta(days=1)))
    weighed = weigh_number(readings(_88=0.9, _38=0.06), Evidence(known=known), issued=day)
    assert weighed is not None
    assert (weighed.value, weighed.witnesses, weighed.confidence >= PLAIN) == ("88", ("sequence",), True)


def test_a_wide_gap_in_the_row_does_not_confirm_the_last_digit():
    day = date(2025, 2, 5)
    known = ((70, day - timedelta(days=5)), (100, day + timedelta(days=5)))
    weighed = weigh_number(readings(_88=0.8, _83=0.15), Evidence(known=known), issued=day)
    assert weighed is not None
    assert (weighed.value, weighed.confidence <= ALONE) == ("88", True)


def test_a_number_out_of_its_row_gives_way_to_one_that_fits():
    day = date(2025, 2, 5)
    weighed = weigh_number(readings(_888=0.6, _188=0.3), Evidence(known=around(188, day, by=15)), issued=day)
    assert weighed is not None and weighed.value == "188"


def test_a_number_that_another_paper_has_is_never_certain():
    day = date(2025, 2, 5)
    known = ((87, day - timedelta(days=1)), (88, day), (90, day + timedelta(days=1)))
    weighed = weigh_number(readings(_88=0.85, _89=0.12), Evidence(known=known), issued=day)
    assert weighed is not None
    assert (weighed.witnesses, weighed.confidence <= DISPUTED) == ((), True)


def test_a_certain_number_places_the_day_among_those_of_its_neighbours():
    day = date(2025, 2, 5)
    known = ((87, day), (90, day + timedelta(days=1)))
    weighed = weigh_date(readings(_05=0.9, _25=0.08), FEBRUARY, YEAR, Evidence(known=known), number=88)
    assert weighed is not None
    assert (weighed.value, weighed.witnesses) == ("2025-02-05", ("sequence",))


def test_readings_that_cannot_be_leave_their_chances_to_those_that_can():
    assert within(readings(_75=0.5, _15=0.3, _05=0.1), range(1, 32)) == readings(_15=0.6, _05=0.2)


def test_without_a_pens_reading_the_page_readers_stays_a_doubt():
    weighed = weigh_number(pooled((), "11", 0.99), Evidence())
    assert weighed is not None
    assert (weighed.value, weighed.confidence <= ALONE) == ("11", True)


def test_the_page_reader_breaks_a_tie():
    assert pooled(readings(_23=0.45, _25=0.45), "25", 0.8)[0].value == "25"
    assert pooled(readings(_23=0.9, _25=0.05), "25", 0.8)[0].value == "23"


def test_a_hand_so_neat_that_the_page_reader_is_sure_of_it_is_read_by_it():
    assert pooled(readings(_20=0.7, _26=0.1), "207", 0.98)[0].value == "207"
    assert pooled(readings(_20=0.7, _26=0.1), "207", 0.5)[0].value == "20"


def test_where_nothing_is_known_nothing_is_given():
    assert weigh_number((), Evidence()) is None
    assert weigh_date((), FEBRUARY, YEAR, Evidence()) is None
