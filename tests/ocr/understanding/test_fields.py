from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sohoa.ocr.model import Line, PageText, Word
from sohoa.ocr.understanding import Known, understand
from tests.ocr.understanding.lexica import lexicon
from tests.ocr.understanding.written import HEIGHT, MOTTO, NATIONAL, WIDTH, catalogue, line, official, page

TYPES = catalogue()
TODAY = date(2024, 6, 1)
KNOWN = Known(TYPES, lexicon(), today=TODAY)


def fields_of(*lines: str, **head: object) -> dict[str, str]:
    read = understand([official(*(lines or ("QUYẾT ĐỊNH",)), **head)], KNOWN)  # type: ignore[arg-type]
    return {name: field.value for name, field in read.fields.items()}


def test_an_ordinary_decision_gives_its_fields():
    read = understand([official("QUYẾT ĐỊNH", "Về việc giao đất cho Ban Quản lý", "dự án đầu tư xây dựng")], KNOWN)
    assert {name: field.value for name, field in read.fields.items()} == {
        "code_number": "05",
        "code_notation": "QĐ-UBND",
        "issued_date": "2024-01-05",
        "place": "Hạ Long",
        "issuing_agency": "Ủy ban nhân dân tỉnh Quảng Ninh",
        "subject": "Về việc giao đất cho Ban Quản lý dự án đầu tư xây dựng",
    }
    assert read.needs_review == ()


def test_a_field_knows_where_on_the_page_it_was_read():
    paper = official("QUYẾT ĐỊNH", "Về việc giao đất")
    number = understand([paper], KNOWN).fields["code_number"]
    token = next(word for word in paper.words if word.text == "05/QĐ-UBND")
    assert (number.page, number.bbox, number.raw) == (1, token.bbox, token.text)


@pytest.mark.parametrize(
    ("written", "number", "notation"),
    [
        ("Số: 05/QĐ-UBND", "05", "QĐ-UBND"),
        ("Số 05/QĐ-UBND", "05", "QĐ-UBND"),
        ("So: 05/QĐ-UBND", "05", "QĐ-UBND"),
        ("SỐ: 05/QĐ-UBND", "05", "QĐ-UBND"),
        ("Số: 05/QĐ – UBND", "05", "QĐ-UBND"),
        ("Số: 1234/QĐ-BCĐ138", "1234", "QĐ-BCĐ138"),
        ("Số: 12a/QĐ-UBND", "12a", "QĐ-UBND"),
        ("Số: 05QĐ-UBND", "05", "QĐ-UBND"),
        ("Số: 57-NQ/TW", "57", "NQ/TW"),
        ("Số: 30/2020/NĐ-CP", "30", "2020/NĐ-CP"),
    ],
)
def test_number_and_notation_are_parted(written: str, number: str, notation: str):
    found = fields_of("Nội dung như sau.", number=written)
    assert (found.get("code_number"), found.get("code_notation")) == (number, notation)


@pytest.mark.parametrize("written", ["Số: O{_ /QĐ-UBND", "Số: 6§0_/QĐ-UBND", "Số: /QĐ-UBND", "Số: II /QĐ-UBND", "Số: 0l/QĐ-UBND"])
def test_an_unreadable_number_is_left_to_a_person(written: str):
    read = understand([official("QUYẾT ĐỊNH", "Về việc giao đất", number=written)], KNOWN)
    assert "code_number" not in read.fields
    assert "code_number" in read.needs_review
    assert read.fields["code_notation"].value == "QĐ-UBND"


def test_a_number_set_apart_from_its_slash_was_written_by_hand_and_is_never_certain_however_surely_it_was_read() -> None:
    read = understand([official("QUYẾT ĐỊNH", number="Số: 23 /QĐ-UBND", confidence=0.99)], KNOWN)
    assert read.fields["code_number"].value == "23"
    assert read.fields["code_number"].confidence < 0.5
    assert "code_number" in read.needs_review


def test_a_weakly_read_field_is_given_and_doubted():
    read = understand([official("QUYẾT ĐỊNH", "Về việc giao đất", confidence=0.65)], KNOWN)
    assert read.fields["code_number"].value == "05"
    assert {"code_number", "issued_date"} <= set(read.needs_review)


def test_a_notation_that_title_and_agency_both_explain_is_sure_where_its_letters_alone_are_not() -> None:
    explained = understand([official("QUYẾT ĐỊNH", "Về việc giao đất", confidence=0.65)], KNOWN).fields["code_notation"]
    unexplained = understand([official("QUYẾT ĐỊNH", "Về việc giao đất", number="Số: 05/QĐ-STP", confidence=0.65)], KNOWN)
    assert explained.witnesses == ("title", "issuing_agency")
    assert explained.confidence > 0.95
    assert {"code_notation", "issuing_agency"} <= set(unexplained.needs_review)


@pytest.mark.parametrize(
    ("written", "issued"),
    [
        ("Hạ Long, ngày 05 tháng 01 năm 2024", "2024-01-05"),
        ("Hạ Long, ngày 05 thang 01 nam 2024", "2024-01-05"),
        ("Hạ Long. ngày 05 tháng 01 năm 2024.", "2024-01-05"),
        ("Hạ Long, ngày 29 tháng 02 năm 2024", "2024-02-29"),
        ("Hạ Long, ngày 04tháng 02 năm 2024", "2024-02-04"),
        ("Hạ Long, ngày05 tháng 01 năm 2024", "2024-01-05"),
    ],
)
def test_the_date_under_the_motto_is_read(written: str, issued: str):
    assert fields_of(dated=written).get("issued_date") == issued


@pytest.mark.parametrize(
    "written",
    [
        "Hạ Long, ngày 31 tháng 02 năm 2024",
        "Hạ Long, ngày 29 tháng 02 năm 2023",
        "Hạ Long, ngày 05 tháng 13 năm 2024",
        "Hạ Long, ngày 05 tháng 01 năm 2991",
        "Hạ Long, ngày 05 tháng 01 năm 1944",
        "Hạ Long, ngày 05 tháng 01 năm 2026",
        "Hạ Long, ngày     tháng 01 năm 2024",
        "Hạ Long, ngày {5 tháng 01 năm 2024",
    ],
)
def test_a_day_that_cannot_be_is_not_given_but_asked_for(written: str):
    read = understand([official("QUYẾT ĐỊNH", "Về việc giao đất", dated=written)], KNOWN)
    assert "issued_date" not in read.fields
    assert "issued_date" in read.needs_review


def test_a_date_quoted_in_the_body_is_not_the_papers_own():
    quoted = "Căn cứ Bộ luật Dân sự ngày 24 tháng 11 năm 2015;"
    found = fields_of("HỢP ĐỒNG", quoted, "Hôm nay, ngày 02 tháng 6 năm 2024, chúng tôi gồm:", number="Số:", dated="")
    assert found["issued_date"] == "2024-06-02"


@pytest.mark.parametrize(
    ("column", "agency"),
    [
        (("ỦY BAN NHÂN DÂN", "TỈNH QUẢNG NGÃI"), "Ủy ban nhân dân tỉnh Quảng Ngãi"),
        (("ỦY BAN NHÂN DÂN", "TĨNH QUẢNG NGÃI"), "Ủy ban nhân dân tỉnh Quảng Ngãi"),
        (("UBND TỈNH QUẢNG NGÃI", "BAN CHỈ ĐẠO 138"), "Ban Chỉ đạo 138"),
        (("UBND TỈNH QUẢNG NINH", "SỞ TÀI CHÍNH"), "Sở Tài chính"),
        (("BỘ KHOA HỌC VÀ", "CÔNG NGHỆ"), "Bộ Khoa học và Công nghệ"),
        (("SỞ NÔNG NGHIỆP VÀ MÔI", "TRƯỜNG"), "Sở Nông nghiệp và Môi trường"),
    ],
)
def test_the_agency_is_told_from_its_parent(column: tuple[str, str], agency: str):
    assert fields_of(agency=column)["issuing_agency"] == agency


def test_scraps_of_a_number_never_become_part_of_the_body_that_issued_it() -> None:
    column = ("ỦY BAN NHÂN DÂN", "PHƯỜNG THANH BÌNH")
    assert fields_of(agency=column, number="l7 /GPXD")["issuing_agency"] == "Ủy ban nhân dân phường Thanh Bình"


def test_the_subject_ends_where_the_authority_begins():
    found = fields_of("QUYẾT ĐỊNH", "Về việc giao đất", "ỦY BAN NHÂN DÂN TỈNH QUẢNG NINH", "Căn cứ Luật Đất đai;")
    assert found["subject"] == "Về việc giao đất"


def test_the_signer_stands_under_the_capacity_beside_the_recipients():
    last = page(
        line("Quyết định này có hiệu lực kể từ ngày ký.", 300),
        Line(line("Nơi nhận:", 500, 500).words + line("KT. CHỦ TỊCH", 500, 1780).words, (390, 500, 1930, 544)),
        line("PHÓ CHỦ TỊCH", 560, 1780),
        line("Trần Văn Minh", 900, 1780),
        number=2,
    )
    read = understand([official("QUYẾT ĐỊNH"), last], KNOWN)
    assert (read.fields["signer_name"].value, read.fields["signer_name"].page) == ("Trần Văn Minh", 2)
    assert read.fields["signer_position"].value == "Phó Chủ tịch"


def test_a_deputy_whose_line_lost_its_pho_is_not_made_chairman():
    last = page(line("KT. CHỦ TỊCH", 500, 1780), line("CHỦ TỊCH", 560, 1780), line("Trần Văn Minh", 900, 1780), number=2)
    assert "signer_position" not in understand([official("QUYẾT ĐỊNH"), last], KNOWN).fields


# Words that our grammar reacts to, and letters that change length when they are folded.
TELLING = st.sampled_from(
    [
        *(
            "Số:",
            "số",
            "/",
            "05/QĐ-UBND",
            "0Đ",
            "Ð-",
            "V/v",
            "Kính",
            "gửi:",
            "ngày",
            "ngày05",
            "tháng",
            "năm",
            "31",
            "02",
            "2991",
            "2024",
        ),
        *("QUYẾT", "ĐỊNH", "ĐỊNH:", NATIONAL, MOTTO, "KT.", "TM.", "CHỦ", "TỊCH", "Nguyễn", "\x00", "İ", "e\u0301", "ﬁ", "½", "👍"),
    ]
)


@st.composite
def pages(draw: st.DrawFn) -> PageText:
    lines: list[Line] = []
    for _ in range(draw(st.integers(0, 8))):
        words: list[Word] = []
        for text in draw(st.lists(TELLING | st.text(max_size=8), min_size=1, max_size=8)):
            x, y = draw(st.integers(0, WIDTH)), draw(st.integers(0, HEIGHT))
            words.append(Word(text, (x, y, x + draw(st.integers(0, 400)), y + draw(st.integers(0, 80))), draw(st.floats(0, 1))))
        lines.append(Line(tuple(words), words[0].bbox))
    return page(*lines)


@given(st.lists(pages(), max_size=3))
@settings(max_examples=150, deadline=None)
def test_no_text_makes_understanding_fail_or_state_an_impossible_date(paper: list[PageText]):
    read = understand(paper, KNOWN)
    assert 0 <= read.type.confidence <= 1
    assert all(0 <= field.confidence <= 1 for field in read.fields.values())
    if "issued_date" in read.fields:
        assert 1945 <= date.fromisoformat(read.fields["issued_date"].value).year <= TODAY.year + 1


@given(st.integers(0, 99), st.integers(0, 99), st.integers(1000, 9999))
@settings(max_examples=200, deadline=None)
def test_only_days_of_the_calendar_come_out(day: int, month: int, year: int):
    issued = fields_of(dated=f"Hạ Long, ngày {day:02} tháng {month:02} năm {year}").get("issued_date")
    try:
        expected = date(year, month, day).isoformat()
    except ValueError:
        expected = None
    assert issued == (expected if 1945 <= year <= TODAY.year + 1 else None)
