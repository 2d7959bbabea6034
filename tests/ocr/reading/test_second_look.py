"""What was left out or doubtful is offered once more, and what is read there stands where it stood."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sohoa.ocr.imaging.preparing.pixels import Grey
from sohoa.ocr.imaging.preparing.sheet import Sheet
from sohoa.ocr.reading import second_look
from sohoa.ocr.reading.arbiter import JudgedLine
from sohoa.ocr.reading.column import Strip, column_of, joined
from sohoa.ocr.reading.recogniser import Reading, ReadLine, ReadWord
from sohoa.ocr.reading.second_look import FEWEST_WORDS, looked_again
from tests.ocr.imaging.preparing.drawn import Paper, ink
from tests.ocr.reading.judged import line

SIZES = st.lists(
    st.tuples(st.integers(10, 80), st.integers(10, 300), st.integers(0, 900), st.integers(0, 900)), min_size=1, max_size=6
)


@given(SIZES)
def test_what_is_read_in_a_strip_stands_where_the_strip_was_cut(sizes: list[tuple[int, int, int, int]]):
    strips = [Strip(np.full((high, wide), 200, np.uint8), x, y) for high, wide, x, y in sizes]
    column = column_of(strips, paper=250, between=7, around=11)
    for strip, (box, _) in zip(strips, column.places, strict=True):
        assert (column.pixels[box[1] : box[3], box[0] : box[2]] == strip.pixels).all()
    told = Reading("vie", tuple(ReadLine((ReadWord("một", box, 0.9),), box) for box, _ in column.places), 0.0)
    for strip, lines in zip(strips, column.back(told), strict=True):
        high, wide = strip.pixels.shape
        ((only,),) = (one.words for one in lines)
        assert only.bbox == lines[0].bbox == (strip.x, strip.y, strip.x + wide, strip.y + high)


def test_what_is_read_between_two_strips_is_nobodys():
    strips = [Strip(np.zeros((20, 50), np.uint8), 0, 0), Strip(np.zeros((20, 50), np.uint8), 0, 40)]
    column = column_of(strips, paper=255, between=30, around=5)
    stray = Reading("vie", (ReadLine((ReadWord("rác", (5, 35, 40, 45), 0.9),), (5, 35, 40, 45)),), 0.0)
    assert column.back(stray) == [(), ()]
    assert joined(stray, column.back(stray)).lines == ()


def page_with(*lines: JudgedLine) -> Sheet:
    """Black boxes where the lines' words are."""
    pixels = np.full((600, 900), 250, np.uint8)
    for one in lines:
        for word in one.words:
            x0, y0, x1, y1 = word.bbox
            pixels[y0:y1, x0:x1] = 10
    return Sheet(pixels, ())


def as_read(lines: Sequence[JudgedLine]) -> Reading:
    return Reading(
        "vie", tuple(ReadLine(tuple(ReadWord(w.text, w.bbox, w.confidence) for w in of.words), of.bbox) for of in lines), 0.0
    )


BELOW = 0.9
SURE = tuple(line("điều khoản thi hành", 40, 40 + 60 * row) for row in range(4))
DOUBTED = line("cấp gíây phép", 40, 340, confidence=(0.99, BELOW - 0.1, 0.99))


class Asked:
    def __init__(self, *found: str) -> None:
        self.columns: list[Grey] = []
        self.found = found

    def __call__(self, column: Grey) -> Reading:
        self.columns.append(column)
        words = tuple(ReadWord(text, (30, 30, 60, 50), 0.95) for text in self.found)
        return Reading("Vietnamese", (ReadLine(words, (30, 30, 60, 50)),) if words else (), 0.0)


def arbitrated(readings: Sequence[Reading]) -> tuple[JudgedLine, ...]:
    """Not the arbiter: it tells what it was given."""
    told = [" / ".join(f"{one.reader}: {of.text}" for one in readings for of in one.lines)]
    return tuple(line(text, 40, 500) for text in told if text)


def test_a_page_of_sure_lines_is_not_looked_at_again():
    ask = Asked()
    assert looked_again(page_with(*SURE), as_read(SURE), SURE, below=BELOW, read=ask, arbitrate=arbitrated) == SURE
    assert ask.columns == []


def test_a_doubtful_line_alone_is_offered_to_another_reader_and_weighed_beside_the_first_reading():
    ask, lines = Asked("giấy"), (*SURE, DOUBTED)
    again = looked_again(page_with(*lines), as_read(lines), lines, below=BELOW, read=ask, arbitrate=arbitrated)
    (column,) = ask.columns
    assert ink(column).sum() == sum((w.bbox[2] - w.bbox[0]) * (w.bbox[3] - w.bbox[1]) for w in DOUBTED.words)
    assert "vie: cấp gíây phép" in again[0].text and "Vietnamese: giấy" in again[0].text


def test_every_line_is_offered_where_all_are_wanted():
    ask, lines = Asked("giấy"), (*SURE, DOUBTED)
    looked_again(page_with(*lines), as_read(lines), lines, below=2, read=ask, arbitrate=arbitrated)
    assert ink(ask.columns[0]).sum() == ink(page_with(*lines).pixels).sum()


def test_no_line_is_doubtful_where_nobody_else_can_be_asked():
    ask, lines = Asked(), (*SURE, DOUBTED)
    assert looked_again(page_with(*lines), as_read(lines), lines, below=0, read=ask, arbitrate=arbitrated) == lines
    assert ask.columns == []


def test_rules_and_marks_between_the_words_of_a_doubtful_line_are_not_offered():
    left, right = line("cấp gíây", 40, 340, confidence=BELOW - 0.1), line("phép", 400, 340)
    doubted = JudgedLine((*left.words, *right.words), (40, 340, right.bbox[2], right.bbox[3]))
    lines = (*SURE, doubted)
    sheet = page_with(*lines)
    sheet.pixels[300:420, 300:302] = sheet.pixels[300:420, 700:704] = 0
    ask = Asked("giấy")
    looked_again(sheet, as_read(lines), lines, below=BELOW, read=ask, arbitrate=arbitrated)
    assert ink(ask.columns[0]).sum() == sum((w.bbox[2] - w.bbox[0]) * (w.bbox[3] - w.bbox[1]) for w in doubted.words)


def test_a_page_with_too_few_words_tells_no_size_of_letters_so_nothing_counts_as_left_out():
    few = SURE[:1]
    assert sum(len(one.words) for one in few) < FEWEST_WORDS
    page = Paper.blank().write(60, 60, "một dòng bị bỏ sót")
    ask = Asked()
    assert looked_again(Sheet(page.grey, ()), as_read(few), few, below=0, read=ask, arbitrate=arbitrated) == few
    assert ask.columns == []


def test_the_few_words_of_a_card_are_read_twice_too():
    few = SURE[:1]
    ask = Asked("điều")
    (again,) = looked_again(page_with(*few), as_read(few), few, below=2, read=ask, arbitrate=arbitrated)
    assert "Vietnamese: điều" in again.text


def test_more_lines_than_a_picture_can_hold_are_read_in_several():
    many = tuple(line("điều khoản", 40, 40 + 60 * row) for row in range(9))
    ask = Asked()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(second_look, "HIGHEST", 200)
        looked_again(page_with(*many), as_read(many), many, below=2, read=ask, arbitrate=arbitrated)
    assert len(ask.columns) > 2
    assert all(column.shape[0] <= 200 for column in ask.columns)
    assert sum(ink(column).sum() for column in ask.columns) == ink(page_with(*many).pixels).sum()


def test_an_empty_reading_stays_empty():
    assert looked_again(page_with(), as_read(()), (), below=2, read=Asked("rác"), arbitrate=arbitrated) == ()
