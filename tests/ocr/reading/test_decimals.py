"""A number's comma is in the ink, whatever a reader made of it; and nothing but commas and points is ever changed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import ImageFont

from sohoa.ocr.model import Box
from sohoa.ocr.reading.arbiter import JudgedLine
from sohoa.ocr.reading.decimals import with_decimals
from tests.ocr.imaging.preparing.drawn import TINOS, Paper
from tests.ocr.reading.judged import word

FONTS = (TINOS, TINOS.replace("Tinos", "Arimo"))


def printed(text: str, *, points: float = 13, font: str = TINOS, mess: bool = False) -> tuple[Paper, Box]:
    page = Paper.blank()
    face = ImageFont.truetype(font, points * page.dpi / 72)
    page.pen.text((200, 200), text, font=face, fill=(30, 30, 30))
    x0, y0, x1, y1 = page.pen.textbbox((200, 200), text, font=face)
    if mess:
        page.pen.line((x0 - 5, (y0 + y1) // 2, x1 + 5, (y0 + y1) // 2), fill=(30, 30, 30), width=2)
    return page, (round(x0), round(y0), round(x1), round(y1))


def checked(page: Paper, box: Box, read: str) -> tuple[str, str]:
    (line,) = with_decimals([JudgedLine((word(read, box),), box)], page.grey)
    return line.words[0].text, line.words[0].reason


@pytest.mark.parametrize("font", FONTS)
@pytest.mark.parametrize("points", [11, 13, 16])
@pytest.mark.parametrize(
    ("stands", "read"),
    [
        ("114,3", "1143"),
        ("28,5", "285"),
        ("3,90", "390"),
        ("83,4", "83/4"),
        ("3,60", "3;60"),
        ("1.250.000", "1250000"),
        ("3,60", "3.60"),
    ],
)
def test_a_mark_that_a_reader_lost_or_took_for_another_is_put_back(stands: str, read: str, points: float, font: str):
    page, box = printed(stands, points=points, font=font)
    assert checked(page, box, read) == (stands, "ink")


@pytest.mark.parametrize("text", ["114,3", "2026", "1.250.000", "27/01/2026", "08:30", "003091752211"])
def test_a_number_that_was_read_as_it_stands_is_left_alone(text: str):
    assert checked(*printed(text), text) == (text, "")


@pytest.mark.parametrize(("stands", "read"), [("12.5.2026", "1252026"), ("7.9", "79"), ("1.25,3,4", "12534")])
def test_what_no_number_looks_like_is_not_made(stands: str, read: str):
    assert checked(*printed(stands), read) == (read, "")


@pytest.mark.parametrize("read", ["114", "11437", "114.3a", "Tầng", "1"])
def test_where_the_digits_cannot_be_counted_one_by_one_nothing_changes(read: str):
    assert checked(*printed("114,3"), read) == (read, "")


def test_a_number_that_is_struck_out_is_left_alone():
    assert checked(*printed("114,3", mess=True), "1143") == ("1143", "")


@given(st.text("0123456789,./", min_size=1, max_size=9), st.text("0123456789,./;:", min_size=1, max_size=9))
def test_digits_are_never_changed(stands: str, read: str):
    after, _ = checked(*printed(stands), read)
    assert [one for one in after if one.isdigit()] == [one for one in read if one.isdigit()]


def test_the_strokes_of_a_date_are_not_taken_out_where_the_ink_shows_none():
    page, box = printed("18101992")
    assert checked(page, box, "18/10/1992") == ("18/10/1992", "")
