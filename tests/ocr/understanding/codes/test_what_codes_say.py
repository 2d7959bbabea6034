from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sohoa.kernel.text import nfc
from sohoa.ocr.model import Code
from sohoa.ocr.understanding.codes.paper import PaperSays, paper_says, payload_of
from sohoa.ocr.understanding.codes.saying import CardSays, TaxCodeSays, UnknownSays, what_it_says

CARD = "003199412007|201234567|Lê Thị Bích Ngần|20021999|Nữ|số 278 đường Tô Hiến Thành, phường Ngọc Sơn, tỉnh Hòa An|03012025"


def said(text: str):
    return what_it_says(Code(text, "QRCode", 1, (0, 0, 9, 9)))


def test_a_card_says_all_it_holds():
    assert said(CARD) == CardSays(
        identifier="003199412007",
        former="201234567",
        name="Lê Thị Bích Ngần",
        born=date(1999, 2, 20),
        sex="female",
        address="số 278 đường Tô Hiến Thành, phường Ngọc Sơn, tỉnh Hòa An",
        issued=date(2025, 1, 3),
    )


@pytest.mark.parametrize("more", ["|", "|Lê Văn Cha|Trần Thị Mẹ", "|MẪU|x|y|z"])
def test_cards_with_more_fields_than_seven_are_read_and_the_rest_is_kept(more):
    card = said(CARD + more)
    assert isinstance(card, CardSays)
    assert card.issued == date(2025, 1, 3)
    assert len(card.rest) == more.count("|")


def test_a_card_without_a_former_number_and_without_a_day_of_issue_is_still_a_card():
    card = said("003199412007||Lê Thị Bích Ngần|20021999|Nữ|xã Tân Lộc, tỉnh Hòa An")
    assert isinstance(card, CardSays)
    assert (card.former, card.issued) == ("", None)


def test_a_day_that_no_calendar_has_is_left_out_of_what_a_card_says():
    card = said(CARD.replace("20021999", "31021999"))
    assert isinstance(card, CardSays)
    assert card.born is None


@pytest.mark.parametrize(
    "text",
    [
        CARD.replace("003199412007", "00319941200"),  # eleven digits
        CARD.replace("003199412007", "000199412007"),  # no such place
        CARD.replace("Lê Thị Bích Ngần", "12345"),
        CARD.replace("Lê Thị Bích Ngần", ""),
        "a|b|c|d|e|f|g",
        "",
    ],
)
def test_what_breaks_the_rules_of_a_card_is_no_card(text):
    assert said(text) == UnknownSays(text)


def test_a_bar_code_of_the_number_alone_says_whose_card_it_is():
    assert said("003199412007") == CardSays("003199412007")


def test_a_taxpayers_number_is_told_by_its_check_digit():
    assert said("0101248141") == TaxCodeSays("0101248141")
    assert said("0101248141-001") == TaxCodeSays("0101248141-001")
    assert said("0101248142") == UnknownSays("0101248142")


WHOLE = PaperSays(
    dossier_code="H40.12-260105-0012",
    procedure_code="1.004194",
    applicant="003199412007",
    document_name="Giấy phép | 100 %",
    system="Hệ thống thông tin giải quyết TTHC",
    issued="2026-01-09T08:30:00+07:00",
    due=date(2026, 1, 20),
    valid_from=date(2026, 1, 9),
    valid_to=date(2031, 1, 9),
    scope="tỉnh Hòa An",
)


def test_our_own_code_gives_back_what_was_put_in():
    assert said(payload_of(WHOLE)) == WHOLE
    assert said(payload_of(PaperSays("H40.12-260105-0012"))) == PaperSays("H40.12-260105-0012")


@given(st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=60))
def test_any_name_of_a_paper_survives_our_own_code(name):
    written = payload_of(PaperSays("H40.12-260105-0012", document_name=name))
    assert paper_says(written) == PaperSays("H40.12-260105-0012", document_name=nfc(name))


@pytest.mark.parametrize(
    "text",
    [
        '{"maHoSo": "H40.12-260105-0012", "maTTHC": "1.004194.000.00.00.H40", "cccd": "003199412007"}',
        "Mã hồ sơ: H40.12-260105-0012; Mã TTHC: 1.004194; Số CCCD: 003199412007",
        "mahs=H40.12-260105-0012&matthc=1.004194&cccd=003199412007",
        "H40.12-260105-0012|1.004194|003199412007",
        "https://dichvucong.example.vn/tra-cuu?mahoso=H40.12-260105-0012&ma_thu_tuc=1.004194&cccd=003199412007",
    ],
)
def test_receipts_of_other_systems_are_understood_in_whatever_form(text):
    assert said(text) == PaperSays("H40.12-260105-0012", "1.004194", "003199412007")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("000.00.12.H40-240105-0012", "000.00.12.H40-240105-0012"),
        ("H48.31-240105-0012", "H48.31-240105-0012"),
        ("https://dichvucong.example.vn/ho-so/H48.31-240105-0012", "H48.31-240105-0012"),
        ("Giấy tiếp nhận hồ sơ H48.31-240105-0012 ngày 05/01/2024", "H48.31-240105-0012"),
    ],
)
def test_a_dossiers_code_alone_or_in_an_address_is_found(text, code):
    assert said(text) == PaperSays(code)


def test_of_two_dossiers_none_is_chosen():
    text = "H48.31-240105-0012 H48.31-240105-0013"
    assert said(text) == UnknownSays(text)


def test_a_separator_sheet_of_ours_is_no_paper():
    text = "SOHOA1*C*A7K3*1*12*LO-01*H48.31-240105-0012*1"
    assert said(text) == UnknownSays(text)


def test_parts_of_a_receipt_that_break_their_rules_are_left_out():
    assert said("Mã hồ sơ: H40.12-260105-0012; Số CCCD: 00319941200; Ngày hẹn trả: 31/02/2026") == PaperSays("H40.12-260105-0012")


@given(st.text(max_size=200))
def test_no_text_whatever_stops_the_understanding(text):
    assert said(text) is not None


def test_deeply_nested_json_is_just_unknown():
    text = "{" + '"a":[' * 50_000
    assert said(text) == UnknownSays(text)
