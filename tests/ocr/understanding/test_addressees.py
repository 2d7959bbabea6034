from __future__ import annotations

import pytest

from sohoa.ocr.model import Line
from sohoa.ocr.understanding.addressees import addressee
from sohoa.ocr.understanding.header import layout_of
from tests.ocr.understanding.written import line, page

BODY = "Thực hiện Kế hoạch năm 2024, Ủy ban nhân dân phường báo cáo như sau:"


def at(text: str, y: int, x: int) -> Line:
    """A line that begins at x."""
    return line(text, y, x + 12 * len(text))


def read(*lines: Line) -> str | None:
    field = addressee(layout_of(page(*lines, at(BODY, 1300, 400))))
    return field.value if field else None


def test_one_addressee_stands_on_the_line():
    assert read(at("Kính gửi: Sở Tài chính", 1000, 800)) == "Sở Tài chính"


def test_a_long_addressee_runs_on_below_its_own_beginning():
    lines = at("Kính gửi: Ủy ban Mặt trận Tổ quốc Việt Nam", 1000, 700), at("phường Thanh Bình", 1060, 950)
    assert read(*lines) == "Ủy ban Mặt trận Tổ quốc Việt Nam phường Thanh Bình"


@pytest.mark.parametrize("end", [";", ":", ""])
def test_several_addressees_stand_one_a_line(end: str):
    lines = [at("Kính gửi:", 900, 700), at(f"- Văn phòng Chính phủ{end}", 960, 900), at("- Bộ trưởng Bộ Nội vụ, Tổ phó", 1020, 900)]
    assert read(*lines, at("Tổ công tác.", 1080, 940)) == "Văn phòng Chính phủ\nBộ trưởng Bộ Nội vụ, Tổ phó Tổ công tác"


def test_a_line_that_the_reader_took_apart_is_one_again():
    assert read(at("Kính", 1004, 700), at("gửi: Sở Xây dựng", 1000, 840)) == "Sở Xây dựng"


def test_lost_tones_do_not_hide_it():
    assert read(at("Kinh gui: Sở Tài chính", 1000, 800)) == "Sở Tài chính"


def test_words_to_somebody_in_the_body_are_no_addressee():
    assert read(at("Đề nghị các đơn vị kính gửi báo cáo về Sở Tài chính", 1000, 500)) is None


def test_nothing_is_read_where_the_heading_stands_alone():
    assert addressee(layout_of(page(at("Kính gửi:", 1000, 800)))) is None
