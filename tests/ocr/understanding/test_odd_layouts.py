"""Papers that do not keep to the layout of NĐ 30/2020: their fields are found all the same."""

from __future__ import annotations

from datetime import date

import pytest

from sohoa.ocr.understanding import Known, understand
from sohoa.ocr.understanding.initials import explains
from tests.ocr.understanding.lexica import lexicon
from tests.ocr.understanding.written import catalogue, joined, line, official, page

TYPES = catalogue()
TODAY = date(2026, 12, 31)
KNOWN = Known(TYPES, lexicon(), today=TODAY)


def test_a_letterhead_without_a_national_head_still_gives_the_date_beside_the_number() -> None:
    head = joined(line("Số: 998/TB-CNVH", 400, 600), line("Vạn Hải, ngày 20 tháng 01 năm 2026", 400, 1800))
    read = understand([page(line("CÔNG TY CỔ PHẦN CẤP NƯỚC", 250), head, line("THÔNG BÁO", 560))], KNOWN)
    assert read.fields["issued_date"].value == "2026-01-20"
    assert read.fields["place"].value == "Vạn Hải"
    assert read.fields["code_number"].value == "998"


def test_a_notation_broken_after_its_dash_goes_on_in_the_next_line() -> None:
    first = official("TỜ TRÌNH", number="Số: 12/TTr-")
    rest = line("TTPTQĐ", 250 + 70 * 3, 640)
    read = understand([page(*first.lines, rest)], KNOWN)
    assert read.fields["code_notation"].value == "TTr-TTPTQĐ"
    assert read.fields["code_number"].value == "12"


def test_the_subject_of_a_letter_may_stand_under_its_addressee() -> None:
    below = ("Kính gửi: Sở Tài chính", "V/v đôn đốc báo cáo số liệu")
    read = understand([official(*below, number="Số: 31/UBND-TH")], KNOWN)
    assert read.fields["subject"].value == "đôn đốc báo cáo số liệu"
    assert read.type.code == "CV"


def test_a_label_of_the_subject_that_was_misread_neither_hides_the_subject_nor_lowers_its_certainty() -> None:
    lines = official(number="Số: 31/UBND-TH").lines
    label = line("VW trả lời kiến nghị", 250 + 70 * 3, 640)
    weak = label.words[0].__class__("VW", label.words[0].bbox, 0.05)
    about = label.__class__((weak, *label.words[1:]), label.bbox)
    read = understand([page(*lines, about, line("Kính gửi: Sở Tài chính", 700))], KNOWN)
    assert read.fields["subject"].value == "trả lời kiến nghị"
    assert read.fields["subject"].confidence > 0.9


def test_an_english_title_below_the_vietnamese_one_is_no_subject() -> None:
    read = understand([official("THÔNG BÁO", "NOTICE", "Kết quả xét thăng hạng viên chức")], KNOWN)
    assert read.fields["subject"].value == "Kết quả xét thăng hạng viên chức"


@pytest.mark.parametrize(
    ("day", "read_as"), [("0ð", "2026-01-05"), ("I1", "2026-01-11"), ("l7", "2026-01-17")], ids=["eth", "capital i", "small l"]
)
def test_a_digit_read_as_a_letter_like_it_is_mended_and_doubted(day: str, read_as: str) -> None:
    read = understand([official("BÁO CÁO", dated=f"Hạ Long, ngày {day} tháng 01 năm 2026")], KNOWN)
    assert read.fields["issued_date"].value == read_as
    assert read.fields["issued_date"].raw.startswith(day)
    assert "issued_date" in read.needs_review


@pytest.mark.parametrize(
    ("agency", "group"),
    [
        ("SỞ TƯ PHÁP", "STP"),
        ("ỦY BAN NHÂN DÂN TỈNH HÒA AN", "UBND"),
        ("UBND HUYỆN LONG KHÊ", "UBND"),
        ("BAN CHỈ ĐẠO 138", "BCĐ138"),
        ("BỘ KHOA HỌC VÀ CÔNG NGHỆ", "BKHCN"),
        ("BAN QUẢN LÝ DỰ ÁN ĐẦU TƯ XÂY DỰNG", "BQLDA"),
    ],
)
def test_the_letters_of_a_notation_are_explained_by_the_name_above_it(agency: str, group: str) -> None:
    assert explains(agency, group)


@pytest.mark.parametrize(
    ("agency", "group"),
    [("SỞ TÀI CHÍNH", "STP"), ("SỞ TƯ PHÁP", "S"), ("BAN CHỈ ĐẠO 138", "BCĐ389"), ("BAN DÂN TỘC", "BĐT"), ("", "UBND")],
)
def test_other_letters_are_not(agency: str, group: str) -> None:
    assert not explains(agency, group)
