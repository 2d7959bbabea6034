from __future__ import annotations

import numpy as np
import pytest
from PIL import ImageFont

from sohoa.ocr.imaging.preparing.grids import grids_of
from sohoa.ocr.imaging.preparing.inks import inks_of, print_alone
from sohoa.ocr.imaging.preparing.sheet import Sheet, laid_out
from sohoa.ocr.model import Box
from sohoa.ocr.reading.arbiter import JudgedLine, JudgedWord
from sohoa.ocr.reading.column import Strip
from sohoa.ocr.reading.leftovers import MOST, leftovers, with_leftovers
from tests.ocr.imaging.preparing.drawn import TEXT, TINOS, Paper, ink
from tests.ocr.reading.judged import line, word

DPI, POINTS = 225, 13


def printed(page: Paper, y: float, text: str, *, x: float = 15, points: float = POINTS) -> JudgedLine:
    """Print a line, and tell it as a reader does that reads everything: a box around the ink of each word."""
    page.write(x, y, text, points=points)
    font = ImageFont.truetype(TINOS, points * page.dpi / 72)
    words: list[JudgedWord] = []
    for number, part in enumerate(text.split(" ")):
        start = page.px(x) + font.getlength("".join(f"{before} " for before in text.split(" ")[:number]))
        x0, y0, x1, y1 = page.pen.textbbox((start, page.px(y)), part, font=font)
        words.append(word(part, (round(x0), round(y0), round(x1) + 1, round(y1) + 1)))
    return JudgedLine(tuple(words), around([one.bbox for one in words]))


def around(boxes: list[Box]) -> Box:
    x0, y0, x1, y1 = zip(*boxes, strict=True)
    return (min(x0), min(y0), max(x1), max(y1))


def letter(page: Paper, count: int = 5) -> list[JudgedLine]:
    return [printed(page, 20 + 7 * row, TEXT[row]) for row in range(count)]


def found_on(page: Paper, lines: list[JudgedLine]) -> tuple[Strip, ...]:
    return offered(Sheet(page.grey, ()), lines)


def offered(sheet: Sheet, lines: list[JudgedLine]) -> tuple[Strip, ...]:
    heights = [one.bbox[3] - one.bbox[1] for line in lines for one in line.words]
    return leftovers(sheet, lines, paper=int(np.median(sheet.pixels)), height=float(np.median(heights)))


def middle_mm(box: Box) -> tuple[float, float]:
    return ((box[0] + box[2]) / 2 / DPI * 25.4, (box[1] + box[3]) / 2 / DPI * 25.4)


def test_where_everything_was_read_nothing_is_left():
    page = Paper.blank()
    assert found_on(page, letter(page)) == ()


@pytest.mark.parametrize("missed", [0, 2, 4])
def test_a_line_that_was_left_out_is_offered_again(missed: int):
    page = Paper.blank()
    lines = letter(page)
    (strip,) = found_on(page, lines[:missed] + lines[missed + 1 :])
    high, wide = strip.pixels.shape
    ours = lines[missed].bbox
    assert wide >= ours[2] - ours[0] and high >= 0.9 * (ours[3] - ours[1])
    lost = ink(page.grey[ours[1] : ours[3], ours[0] : ours[2]]).sum()
    assert ink(strip.pixels).sum() > 0.97 * lost


def test_a_strip_is_cut_from_the_sheet_with_nothing_on_it_but_what_was_left():
    page = Paper.blank()
    lines = letter(page)
    printed(page, 55, "một dòng", x=40)
    (strip,) = found_on(page, lines)
    assert ink(strip.pixels).sum() == ink(page.grey).sum() - ink(found_nothing(lines)).sum()
    high, wide = strip.pixels.shape
    there = page.grey[strip.y : strip.y + high, strip.x : strip.x + wide]
    assert ink(there).sum() == ink(strip.pixels).sum()


def found_nothing(lines: list[JudgedLine]) -> np.ndarray:
    """The same page with these lines alone."""
    page = Paper.blank()
    letter(page, len(lines))
    return page.grey


def ruled(page: Paper) -> None:
    page.rule(15, 100, 130, 100).rule(20, 70, 20, 190).rule(10, 195, 138, 195, thick=1)


def bordered(page: Paper) -> None:
    page.table((8, 140), (10, 200))


def sealed(page: Paper) -> None:
    page.seal(100, 130)


def dusty(page: Paper) -> None:
    chance = np.random.default_rng(3)
    for x, y in chance.uniform((10, 70), (138, 200), (300, 2)):
        page.pen.point((page.px(x), page.px(y)), fill=(0, 0, 0))


def shadowed(page: Paper) -> None:
    page.pen.rectangle((0, 0, page.px(3), page.picture.height), fill=(20, 20, 20))


def pictured(page: Paper) -> None:
    page.pen.ellipse((page.px(40), page.px(80), page.px(90), page.px(130)), fill=(90, 90, 90))


def underscored(page: Paper) -> None:
    page.rule(15, 90, 60, 90).rule(70, 90, 76, 90, thick=0.5)


@pytest.mark.parametrize("drawn", [ruled, bordered, sealed, dusty, shadowed, pictured, underscored])
def test_what_is_no_print_is_not_offered(drawn):
    page = Paper.blank()
    lines = letter(page)
    drawn(page)
    assert offered(Sheet(print_alone(page.pixels, inks_of(page.pixels, DPI)), ()), lines) == ()


def test_a_lone_letter_on_the_page_is_dirt_and_two_are_not():
    for text, count in (("7", 0), ("47", 1)):
        page = Paper.blank()
        lines = letter(page)
        printed(page, 150, text, x=70)
        assert len(found_on(page, lines)) == count


def test_a_lone_digit_in_a_cell_is_offered_again():
    page = Paper.blank()
    lines = letter(page)
    page.table((20, 60, 130), (80, 90, 100)).write(22, 82, "7").write(62, 92, "Lê Thị Nga")
    sheet = laid_out(page.grey, grids_of(page.grey, DPI), DPI)
    (name,) = [moved.to for moved in sheet.moved if moved.cell == 3]
    (digit,) = [moved.to for moved in sheet.moved if moved.cell == 0]
    (strip,) = offered(sheet, [*lines, JudgedLine((word("Lê Thị Nga", name),), name)])
    high, wide = strip.pixels.shape
    assert digit[0] - 15 <= strip.x < strip.x + wide <= digit[2] + 15
    assert sheet.cell_at(strip.x + wide / 2, strip.y + high / 2).cell == 0


def test_more_places_than_a_page_can_have_forgotten_are_a_picture():
    page = Paper.blank()
    lines = letter(page)
    for row in range(12):
        for column in range(8):
            page.write(15 + 15 * column, 70 + 8 * row, "ab")
    assert MOST < 12 * 8
    assert found_on(page, lines) == ()


def test_unsure_readings_and_marks_alone_of_what_was_left_do_not_count():
    first, third = line("một", 100, 100), line("ba", 100, 300)
    for text, confidence in (("hai", 0.4), (". — '", 0.98)):
        assert with_leftovers([first, third], [line(text, 100, 200, confidence=confidence)]) == (first, third)


def test_found_lines_are_put_back_before_the_first_line_below_them():
    first, second, third = line("một", 100, 100), line("hai", 100, 200), line("ba", 100, 300)
    again = with_leftovers([first, third], [second])
    assert [one.text for one in again] == ["một", "hai", "ba"]
    assert [one.text for one in with_leftovers([second, third], [first])] == ["một", "hai", "ba"]
    assert [one.text for one in with_leftovers([first, second], [third])] == ["một", "hai", "ba"]
    assert with_leftovers([first], []) == (first,)
    assert with_leftovers([], [third, first]) == (first, third)


def test_a_found_line_goes_into_its_own_column():
    left = [line("trái một", 100, 100), line("trái ba", 100, 300)]
    right = [line("phải một", 800, 100), line("phải ba", 800, 300)]
    again = with_leftovers([*left, *right], [line("phải hai", 800, 200)])
    assert [one.text for one in again] == ["trái một", "trái ba", "phải một", "phải hai", "phải ba"]
