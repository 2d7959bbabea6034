from __future__ import annotations

import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sohoa.kernel.verdicts import Outcome
from sohoa.ocr.understanding.people.dossiers import dossier_codes, in_long_form, procedure_codes
from sohoa.ocr.understanding.people.identifiers import (
    day_of,
    identifier_verdict,
    personal_id,
    phone_number,
    tax_code_verdict,
    tax_code_written,
)
from sohoa.ocr.understanding.people.machine_zone import check_digit, machine_zone


@pytest.mark.parametrize(
    ("digits", "born", "sex"),
    [
        ("003099412007", 1999, "male"),
        ("003199412007", 1999, "female"),
        ("096201412007", 2001, "male"),
        ("001305412007", 2005, "female"),
    ],
)
def test_twelve_digits_say_year_of_birth_and_sex(digits, born, sex):
    known = personal_id(digits)
    assert (known.born, known.sex) == (born, sex)
    assert identifier_verdict(digits, latest=2026).ok


@pytest.mark.parametrize(
    ("digits", "outcome", "reason"),
    [
        ("00309941200", Outcome.FAILED, "identifier.length"),
        ("0030994120077", Outcome.FAILED, "identifier.length"),
        ("00309941200O", Outcome.FAILED, "identifier.length"),
        ("٠٠٣٠٩٩٤١٢٠٠٧", Outcome.FAILED, "identifier.length"),
        ("", Outcome.FAILED, "identifier.length"),
        ("000099412007", Outcome.FAILED, "identifier.place"),
        ("997099412007", Outcome.FAILED, "identifier.place"),
        ("101099412007", Outcome.UNDETERMINED, "identifier.place_abroad"),
        ("003299412007", Outcome.FAILED, "identifier.year"),
        ("201234567", Outcome.UNDETERMINED, "identifier.former"),
    ],
)
def test_a_number_that_breaks_the_rules_names_the_rule(digits, outcome, reason):
    verdict = identifier_verdict(digits, latest=2026)
    assert (verdict.outcome, verdict.reason) == (outcome, reason)


def test_a_number_that_contradicts_birth_or_sex_is_told_so():
    number = "003199412007"
    assert identifier_verdict(number, born=date(1999, 2, 20), sex="female").ok
    assert identifier_verdict(number, born=date(1998, 2, 20)).reason == "identifier.birth_differs"
    assert identifier_verdict(number, sex="male").reason == "identifier.sex_differs"


@pytest.mark.parametrize("code", ["0101248141", "0300588569", "0100109106", "0101248141-001", "0101248141001"])
def test_real_taxpayers_numbers_pass_their_check(code):
    assert tax_code_verdict(code).ok


@given(st.integers(0, 9), st.integers(0, 8))
def test_one_wrong_digit_never_passes_the_check_of_a_taxpayers_number(digit, place):
    code = "0101248141"
    other = code[:place] + str(digit) + code[place + 1 :]
    assert tax_code_verdict(other).ok == (other == code)


@pytest.mark.parametrize(
    ("code", "reason"), [("010124814", "tax_code.length"), ("0101248142", "tax_code.check"), ("O101248141", "tax_code.length")]
)
def test_a_taxpayers_number_that_cannot_be_is_refused(code, reason):
    assert tax_code_verdict(code).reason == reason


def test_a_persons_own_number_may_stand_for_a_taxpayers():
    assert tax_code_verdict("003099412007").ok
    assert tax_code_written("0101248141001") == "0101248141-001"


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0912.345.678", "0912345678"),
        ("+84 912 345 678", "0912345678"),
        ("(024) 3825 1234", "02438251234"),
        ("0912.345.67", ""),
        ("0123456789", ""),
        ("", ""),
    ],
)
def test_phones_are_written_one_way_or_not_taken(text, number):
    assert phone_number(text) == number


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("20021999", date(1999, 2, 20)),
        ("1/2/2000", date(2000, 2, 1)),
        ("2000-02-01", date(2000, 2, 1)),
        ("31/02/2000", None),
        ("01/01/1899", None),
        ("01/13/2000", None),
        ("2000", None),
        ("01/02/99", None),
    ],
)
def test_days_are_only_those_of_the_calendar(text, day):
    assert day_of(text) == day


@pytest.mark.parametrize(
    "text",
    [
        "Mã hồ sơ: H48.31-240105-0012",
        "Mã hồ sơ: H48.31 - 240105 – 0012.",
        "(H48.31-240105-0012-KQ1)",
    ],
)
def test_a_dossiers_code_is_found_however_its_dashes_were_read(text):
    assert [(code.code, code.mended) for code in dossier_codes(text)] == [("H48.31-240105-0012", False)]


def test_the_older_form_with_the_agency_turned_round_is_found_too():
    (code,) = dossier_codes("số 000.00.12.H40-240105-0012 ngày")
    assert code.code == "000.00.12.H40-240105-0012"
    assert "số 000.00.12.H40-240105-0012 ngày"[code.start : code.end] == code.code


def test_letters_read_for_digits_are_put_right_and_said_to_be():
    text = "Mã hồ sơ: OOO.OO.12.H40-24O1O5-OO12"
    (code,) = dossier_codes(text)
    assert (code.code, code.mended, text[code.start]) == ("000.00.12.H40-240105-0012", True, "O")


@pytest.mark.parametrize(
    "text", ["H48.31-241305-0012", "H48.31-240231-0012", "H48-24010-0012", "xH48.31-240105-0012", "05/QĐ-UBND"]
)
def test_what_has_no_day_of_the_calendar_or_another_form_is_no_dossiers_code(text):
    assert dossier_codes(text) == ()


def test_a_unit_may_bring_its_own_form_of_code():

    (code,) = dossier_codes("Số hồ sơ HS2026/000123", (re.compile(r"HS\d{4}/\d{6}"),))
    assert code.code == "HS2026/000123"


def test_codes_of_procedures_are_given_in_their_short_form():
    text = "Mã TTHC: 1.004194.000.00.00.H40 và 2.000815"
    codes = procedure_codes(text)
    assert [(code.code, in_long_form(text, code)) for code in codes] == [("1.004194", True), ("2.000815", False)]
    assert procedure_codes("lệ phí 1.004.194 đồng; 11.004194; 1.0041945") == ()


NUMBER = "199412007"
ZONE = (
    f"IDUTO{NUMBER}{check_digit(NUMBER)}003{NUMBER}<<<",
    f"990220{check_digit('990220')}F390220{check_digit('390220')}UTO<<<<<<<<<<<0",
    "LE<<THI<BICH<NGAN<<<<<<<<<<<<<",
)
TODAY = date(2026, 7, 1)


def test_the_machine_zone_of_a_card_is_read_where_its_check_digits_hold():
    zone = machine_zone(["BỘ CÔNG AN", *ZONE], today=TODAY)
    assert (zone.identifier, zone.born, zone.sex, zone.expires) == ("003199412007", date(1999, 2, 20), "female", date(2039, 2, 20))
    assert zone.name == "LE THI BICH NGAN"


def test_letters_that_readers_take_for_others_do_not_spoil_the_machine_zone():
    read = (ZONE[0].replace("IDUTO", "TDUT0"), ZONE[1].replace("UTO", "UT0").replace("990220", "99O22O"), ZONE[2])
    assert machine_zone(read, today=TODAY).identifier == "003199412007"
    assert machine_zone(read, today=TODAY).born == date(1999, 2, 20)


def test_a_digit_of_the_machine_zone_misread_leaves_its_field_out():
    assert machine_zone([ZONE[0], ZONE[1].replace("990220", "990210"), ZONE[2]], today=TODAY).born is None
    assert machine_zone([ZONE[0].replace(NUMBER, "199412001", 1), *ZONE[1:]], today=TODAY).identifier == ""


@given(st.lists(st.text(max_size=40), max_size=5))
def test_no_lines_whatever_stop_the_reading_of_a_machine_zone(lines):
    zone = machine_zone(lines, today=TODAY)
    assert zone is None or zone.identifier == "" or len(zone.identifier) == 12
