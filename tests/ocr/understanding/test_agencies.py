from __future__ import annotations

import pytest

from sohoa.ocr.model import Line, PageText
from sohoa.ocr.understanding.agencies import Agencies, agencies_of
from sohoa.ocr.understanding.header import layout_of
from tests.ocr.understanding.lexica import lexicon
from tests.ocr.understanding.written import MOTTO, NATIONAL, line, official, page

LEXICON = lexicon()


def head(*column: str, number: str = "Số: 05/QĐ-UBND", confidence: float = 0.95, together: bool = True) -> PageText:
    """Any number of lines in the left column; the number under the last of them."""
    right = [NATIONAL, MOTTO, *[""] * len(column)]
    lines: list[Line] = []
    for row, text in enumerate((*column, number)):
        left = line(text, 250 + 70 * row, 640, confidence)
        beside = line(right[row], 250 + 70 * row, 1700) if right[row] else None
        lines += [Line(left.words + beside.words, left.bbox)] if beside and together else [left, *([beside] if beside else [])]
    return page(*lines)


def found(paper: PageText) -> tuple[str | None, str | None]:
    said: Agencies = agencies_of(layout_of(paper), None, LEXICON)
    return (said.issuing.value if said.issuing else None, said.parent.value if said.parent else None)


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize(
    ("column", "issuing", "parent"),
    [
        (("ỦY BAN NHÂN DÂN", "TỈNH QUẢNG NGÃI"), "ỦY BAN NHÂN DÂN TỈNH QUẢNG NGÃI", None),
        (("UBND TỈNH QUẢNG NINH", "SỞ TÀI CHÍNH"), "SỞ TÀI CHÍNH", "UBND TỈNH QUẢNG NINH"),
        (("UBND TỈNH QUẢNG NGÃI", "BAN CHỈ ĐẠO 138"), "BAN CHỈ ĐẠO 138", "UBND TỈNH QUẢNG NGÃI"),
        (("SỞ NÔNG NGHIỆP VÀ MÔI", "TRƯỜNG"), "SỞ NÔNG NGHIỆP VÀ MÔI TRƯỜNG", None),
        (
            ("UBND PHƯỜNG THANH BÌNH", "PHÒNG KINH TẾ, HẠ TẦNG", "VÀ ĐÔ THỊ"),
            "PHÒNG KINH TẾ, HẠ TẦNG VÀ ĐÔ THỊ",
            "UBND PHƯỜNG THANH BÌNH",
        ),
        (("UBND TỈNH QUẢNG NINH", "SỞ Y TẾ", "TRUNG TÂM Y TẾ"), "TRUNG TÂM Y TẾ", "SỞ Y TẾ"),
        (("ỦY BAN NHÂN DÂN", "TỈNH QUẢNG NGÃI", "VĂN PHÒNG"), "VĂN PHÒNG", "ỦY BAN NHÂN DÂN TỈNH QUẢNG NGÃI"),
    ],
)
def test_the_lowest_body_issues_and_the_one_above_is_its_parent(
    column: tuple[str, ...], issuing: str, parent: str | None, together: bool
):
    assert found(head(*column, together=together)) == (issuing, parent)


def test_a_stamp_in_the_column_is_no_part_of_the_body():
    assert found(head("ỦY BAN NHÂN DÂN", "TỈNH QUẢNG NGÃI", "CÔNG VĂN ĐẾN")) == ("ỦY BAN NHÂN DÂN TỈNH QUẢNG NGÃI", None)


def test_words_that_the_reader_gave_to_a_stamp_are_left_out():
    paper = head("UBND TỈNH QUẢNG NINH", "SỞ TÀI CHÍNH", together=False)
    stamp = Line(line("TRUNG TÂM CÔNG BÁO", 260, 640).words, (0, 0, 0, 0), zone="stamp_text")
    assert found(page(stamp, *paper.lines)) == ("SỞ TÀI CHÍNH", "UBND TỈNH QUẢNG NINH")


def test_an_english_line_under_the_name_is_left_out():
    paper = head("BỘ KHOA HỌC VÀ CÔNG NGHỆ", "MINISTRY OF SCIENCE AND TECHNOLOGY", together=False)
    assert found(paper) == ("BỘ KHOA HỌC VÀ CÔNG NGHỆ", None)


def test_a_head_of_one_column_is_read_too():
    paper = page(
        line(NATIONAL, 250), line(MOTTO, 320), line("SỞ TÀI CHÍNH", 430), line("Số: 12/TB-STC", 500), line("THÔNG BÁO", 620)
    )
    said = agencies_of(layout_of(paper), None, LEXICON)
    assert said.issuing is not None
    assert said.issuing.value == "SỞ TÀI CHÍNH"


def test_a_citizens_paper_has_no_issuer():
    paper = page(line(NATIONAL, 250), line(MOTTO, 320), line("TỜ KHAI ĐĂNG KÝ KHAI SINH", 430), line("Kính gửi: Sở Tài chính", 560))
    assert found(paper) == (None, None)


def test_a_mended_name_tells_what_was_read_and_is_doubted():
    plain = agencies_of(layout_of(head("SỞ TÀI CHÍNH")), None, LEXICON).issuing
    mended = agencies_of(layout_of(head("SỞ TÀI CHINH")), None, LEXICON).issuing
    assert plain is not None
    assert mended is not None
    assert (mended.value, mended.raw) == ("SỞ TÀI CHÍNH", "SỞ TÀI CHINH")
    assert mended.confidence < plain.confidence


def test_a_name_read_with_certainty_is_not_mended_into_another():
    said = agencies_of(layout_of(head("UBND PHƯỜNG THANH BINH", confidence=0.995)), None, LEXICON).issuing
    assert said is not None
    assert said.value == "UBND PHƯỜNG THANH BINH"


def test_a_body_that_the_page_names_again_has_the_text_as_witness():
    again = official("QUYẾT ĐỊNH", "CHỦ TỊCH UBND TỈNH QUẢNG NINH")
    alone = official("QUYẾT ĐỊNH", "Về việc giao đất")
    known, other = (agencies_of(layout_of(paper), None, LEXICON).issuing for paper in (again, alone))
    assert known is not None
    assert other is not None
    assert known.witnesses == ("text",)
    assert other.witnesses == ()
    assert known.confidence > other.confidence
