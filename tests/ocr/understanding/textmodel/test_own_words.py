from __future__ import annotations

import pytest

from sohoa.ocr.understanding.textmodel import own_words
from tests.ocr.understanding.written import MOTTO, NATIONAL, catalogue

TYPES = catalogue()


def left(*lines: str) -> list[str]:
    return own_words("\n".join(lines), TYPES).splitlines()


@pytest.mark.parametrize("kind", TYPES, ids=[kind.code for kind in TYPES])
def test_no_title_of_the_catalogue_stays_in_the_text(kind) -> None:
    for title in kind.titles:
        assert left(title.upper(), "nội dung") == ["nội dung"]


@pytest.mark.parametrize(
    "lines",
    [
        ("QUYÉT ĐINH",),
        ("Q U Y Ế T  Đ Ị N H",),
        ("QUYẾT ĐỊNH:",),
        ("ĐƠN ĐỀ NGHỊ", "CẤP GIẤY PHÉP XÂY DỰNG"),
        ("GIẤY CHỨNG NHẬN", "ĐĂNG KÝ HỘ KINH DOANH"),
        ("TỜ KHAI ĐĂNG KÝ LẠI KHAI SINH",),
    ],
)
def test_a_title_misread_or_over_several_lines_is_taken_out(lines: tuple[str, ...]) -> None:
    assert left(*lines, "Về việc giao đất") == ["Về việc giao đất"]


def test_the_name_of_a_type_in_running_text_stays() -> None:
    said = "Quyết định này có hiệu lực kể từ ngày ký."
    assert left("QUYẾT ĐỊNH", said) == [said]


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        ("Số: 05/QĐ-UBND Hạ Long, ngày 05 tháng 01 năm 2024", "Hạ Long, ngày 05 tháng 01 năm 2024"),
        ("SỐ : 299/UBND-TTHC", ""),
        ("Căn cứ Nghị định số 30/2020/NĐ-CP ngày 05", "Căn cứ Nghị định số ngày 05"),
        ("V/v công bố danh mục", "công bố danh mục"),
        (f"ỦY BAN NHÂN DÂN {NATIONAL}", "ỦY BAN NHÂN DÂN"),
        (MOTTO, ""),
    ],
)
def test_notations_the_number_line_and_the_national_head_are_taken_out(line: str, kept: str) -> None:
    assert own_words(line, TYPES).split() == kept.split()


def test_nothing_gives_nothing() -> None:
    assert own_words("", TYPES) == ""
