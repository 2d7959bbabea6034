"""On pages of the sample office, whose words are given as a reader of print might have read them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray

from sohoa.ocr.model import Box, Field, Line, PageText, Word
from sohoa.ocr.understanding import Known, understand
from sohoa.ocr.understanding.handwriting.blanks import Blank, Blanks, find_blanks
from sohoa.ocr.understanding.handwriting.weighing import Evidence, Told
from sohoa.ocr.understanding.handwriting.written import NOTHING, Pictures, looked_at, written_fields
from sohoa.ocr.understanding.header import Layout, layout_of
from sohoa.pipeline.sources.sampleoffice.model import SamplePage
from sohoa.pipeline.sources.sampleoffice.papers import make_paper
from tests.ocr.understanding.written import catalogue

SURE, UNSURE = 0.97, 0.4
Change = Callable[[list[Word]], list[Word]]


@cache
def paper(kind: str, seed: int) -> SamplePage:
    return make_paper(kind, seed, dpi=200).pages[0]


def penned() -> SamplePage:
    """`Số: 993/QĐ-UBND` and `ngày 09 tháng 02 năm 2026`, the number and the day by pen."""
    return paper("QĐ", 1077)


def printed() -> SamplePage:
    return paper("QĐ", 77)


def as_read(page: SamplePage, *, number: Change | None = None, dated: Change | None = None) -> PageText:
    """The page's words where they stand; the lines of number and date as changed, with a pen's words read unsurely."""
    lines: list[Line] = []
    for line in page.lines:
        sure = UNSURE if line.handwritten else SURE
        words = [Word(word.text, word.bbox, sure if any(map(str.isdigit, word.text)) else SURE) for word in line.words]
        change = {"code_number": number, "place_date": dated}.get(line.region)
        words = change(words) if change else words
        if words:
            lines.append(Line(tuple(words), line.bbox))
    return PageText(1, page.width, page.height, page.dpi, 0, 0.0, False, tuple(lines))


def found(page: SamplePage, text: PageText | None = None, pixels: NDArray[np.uint8] | None = None) -> Blanks:
    return find_blanks(layout_of(text or as_read(page)), page.upright if pixels is None else pixels)


def stands(blank: Blank | None, box: Box, *, end: int | None = None) -> bool:
    """Whether it lies in the truth's box, which is wider than the ink, and misses none of what is written there."""
    if blank is None:
        return False
    x0, y0, x1, y1 = blank.bbox
    return abs(x0 - box[0]) < 14 and abs(x1 - (box[2] if end is None else end)) < 14 and y0 > box[1] - 8 and y1 < box[3] + 8


def truth(page: SamplePage, region: str, word: int) -> Box:
    return next(line for line in page.lines if line.region == region).words[word].bbox


def slash_of(page: SamplePage) -> int:
    """x where the number ends; measured on the page once, by eye."""
    assert page is penned()
    return 438


def joined(words: list[Word], first: int, text: str) -> list[Word]:
    """Two words read as one."""
    one, two = words[first], words[first + 1]
    box = (one.bbox[0], min(one.bbox[1], two.bbox[1]), two.bbox[2], max(one.bbox[3], two.bbox[3]))
    return [*words[:first], Word(text, box, UNSURE), *words[first + 2 :]]


def test_a_pens_number_and_day_are_found_and_told_from_print():
    page = penned()
    blanks = found(page)
    assert stands(blanks.number, truth(page, "code_number", 1), end=slash_of(page))
    assert stands(blanks.day, truth(page, "place_date", 3))
    assert stands(blanks.month, truth(page, "place_date", 5))
    states = [blank.state for blank in (blanks.number, blanks.day, blanks.month) if blank]
    assert (states, blanks.year) == (["written", "written", "printed"], "2026")


def test_what_a_printer_set_is_not_taken_for_a_pens():
    blanks = found(printed())
    assert [blank.state for blank in (blanks.number, blanks.day, blanks.month) if blank] == ["printed"] * 3


NUMBERS: dict[str, Change] = {
    "letters": lambda words: [words[0], replace(words[1], text="ĐO)/QĐ-UBND")],
    "apart from its slash": lambda words: [
        words[0],
        Word("39", (words[1].bbox[0], words[1].bbox[1], words[1].bbox[0] + 60, words[1].bbox[3]), UNSURE),
        Word("/QĐ-UBND", (438, *words[1].bbox[1:]), SURE),
    ],
    "without its slash": lambda words: [words[0], replace(words[1], text="993QĐ-UBND")],
    "capitals before its slash": lambda words: [
        words[0],
        Word("ĐO", (words[1].bbox[0], words[1].bbox[1], words[1].bbox[0] + 60, words[1].bbox[3]), UNSURE),
        Word("/QĐ-UBND", (438, *words[1].bbox[1:]), SURE),
    ],
    "notation misread": lambda words: [words[0], replace(words[1], text="\\7Ì/nc-srp")],
    "label misread": lambda words: [replace(words[0], text="So-"), words[1]],
    "label glued": lambda words: joined(words, 0, "Số:99/QĐ-UBND"),
    "label unread": lambda words: [words[1]],
    "notation unread": lambda words: [words[0]],
    "line unread": lambda words: [],
}


@pytest.mark.parametrize("how", NUMBERS)
def test_the_number_is_found_however_badly_its_line_was_read(how: str):
    page = penned()
    blanks = found(page, as_read(page, number=NUMBERS[how]))
    assert stands(blanks.number, truth(page, "code_number", 1), end=slash_of(page))
    assert blanks.number is not None and blanks.number.written


DATES: dict[str, Change] = {
    "letters": lambda words: [replace(word, text="Ø?") if at == 3 else word for at, word in enumerate(words)],
    "with a slash": lambda words: [replace(word, text="2/2") if at == 3 else word for at, word in enumerate(words)],
    "glued to `ngày`": lambda words: joined(words, 2, "ngày0Ð"),
    "swallowed by `ngày`": lambda words: joined(words, 2, "ngày"),
    "unread": lambda words: words[:3] + words[4:],
    "`ngày` misread": lambda words: [replace(word, text="ngảv") if at == 2 else word for at, word in enumerate(words)],
    "`ngày` unread": lambda words: words[:2] + words[4:],
    "`tháng` unread": lambda words: words[:4] + words[5:],
}


@pytest.mark.parametrize("how", DATES)
def test_the_day_is_found_however_badly_its_line_was_read(how: str):
    page = penned()
    blanks = found(page, as_read(page, dated=DATES[how]))
    assert stands(blanks.day, truth(page, "place_date", 3))
    assert blanks.day is not None and blanks.day.written


def test_strokes_that_stand_apart_are_counted_as_digits():
    blanks = found(penned())
    assert [blank.digits for blank in (blanks.number, blanks.day) if blank] == [3, 2]


def test_a_date_line_read_as_two_is_one():
    page = penned()
    text = as_read(page)
    lines: list[Line] = []
    for line in text.lines:
        cut = next((at for at, word in enumerate(line.words) if word.text == "tháng" and line.words[at - 2].text == "ngày"), None)
        pieces = [line.words] if cut is None else [line.words[:cut], line.words[cut:]]
        lines += [Line(piece, line.bbox) for piece in pieces]
    assert stands(found(page, replace(text, lines=tuple(lines))).day, truth(page, "place_date", 3))


def test_a_department_is_not_a_number():
    page = paper("KH", 1077)
    assert "SỞ TÀI CHÍNH" in page.text
    assert stands(found(page).number, truth(page, "code_number", 1), end=442)


def test_a_blank_that_nobody_filled_in_is_empty():
    page = penned()
    pixels = page.upright.copy()
    x0, y0, x1, y1 = truth(page, "place_date", 3)
    pixels[y0 - 4 : y1 + 4, x0:x1] = 255
    day = found(page, as_read(page, dated=DATES["unread"]), pixels).day
    assert day is not None
    assert (day.state, day.ink.size) == ("empty", 0)


def test_a_grey_page_and_a_red_seal_change_nothing():
    page = penned()
    grey = np.asarray(page.upright.mean(axis=2), np.uint8)
    assert stands(found(page, pixels=grey).day, truth(page, "place_date", 3))
    sealed = page.upright.copy()
    x0, y0, x1, y1 = truth(page, "place_date", 3)
    sealed[(y0 + y1) // 2 : (y0 + y1) // 2 + 5, x0 - 60 : x1 + 60] = np.minimum(
        sealed[(y0 + y1) // 2 : (y0 + y1) // 2 + 5, x0 - 60 : x1 + 60], (225, 40, 40)
    )
    assert stands(found(page, pixels=sealed).day, truth(page, "place_date", 3))


def test_the_print_beside_it_is_painted_over_in_the_writing_that_is_cut_out():
    page = penned()
    number = found(page).number
    assert number is not None
    dark = number.ink < 140
    assert dark.any()
    assert not dark[:, -3:].any() and not dark[:, :3].any()


def test_a_page_without_such_places_has_none():
    page = penned()
    text = as_read(page, number=lambda words: [], dated=lambda words: [])
    assert found(page, text) == Blanks()
    nothing = PageText(1, page.width, page.height, 200, 0, 0.0, False, ())
    assert found(page, nothing) == Blanks()


def seen_by(layouts: list[Layout], pictures: Pictures, evidence: Evidence = NOTHING) -> dict[str, Field]:
    return written_fields(layouts, looked_at(layouts, pictures), pictures, evidence)


def not_asked(number: int) -> NDArray[np.uint8]:
    raise AssertionError(f"page {number} was decoded")


def test_a_plainly_printed_paper_gives_nothing_and_is_not_even_looked_at():
    assert seen_by([layout_of(as_read(printed()))], not_asked) == {}


def test_a_page_whose_own_file_says_what_stands_on_it_is_not_looked_at():
    text = replace(as_read(penned()), steps=("own_text",))
    assert seen_by([layout_of(text)], not_asked) == {}
    assert seen_by([], not_asked) == {}


def test_a_pens_fields_are_certain_only_with_a_witness():
    page = penned()
    layouts = [layout_of(as_read(page))]
    alone = seen_by(layouts, lambda number: page.upright)
    assert set(alone) == {"code_number", "issued_date"}
    assert all(field.confidence <= 0.75 and not field.witnesses and field.page == 1 for field in alone.values())
    told = Evidence(told=(Told("register", "993", None),))
    confirmed = seen_by(layouts, lambda number: page.upright, told)["code_number"]
    assert (confirmed.value, confirmed.witnesses, confirmed.confidence >= 0.9) == ("993", ("register",), True)


def test_the_row_of_a_units_numbers_is_asked_once_notation_and_year_are_sure_and_makes_a_pens_number_certain():
    page = penned()
    text = as_read(page)
    surely = [
        replace(line, words=tuple(replace(word, confidence=0.999, handwritten=False) for word in line.words))
        if "tháng" in line.text
        else line
        for line in text.lines
    ]
    dated = replace(text, lines=tuple(surely))
    asked: list[tuple[str, int]] = []

    def row(notation: str, year: int) -> tuple[tuple[int, date], ...]:
        asked.append((notation, year))
        return ((992, issued - timedelta(days=1)), (994, issued + timedelta(days=1)))

    alone = understand([dated], Known(catalogue()), lambda number: page.upright)
    issued = date.fromisoformat(alone.fields["issued_date"].value)
    known = Known(catalogue(), evidence=Evidence(signature_dates=(issued,)), numbers=row)
    number = understand([dated], known, lambda number: page.upright).fields["code_number"]
    assert asked == [(alone.fields["code_notation"].value, issued.year)]
    assert (alone.fields["code_number"].confidence <= 0.75, number.value) == (True, "993")
    assert "sequence" in number.witnesses and number.confidence >= 0.9


def unsurely(old: str, new: str) -> Change:
    """The word that begins with `old` read with 0.6, as `new`."""
    return lambda words: [
        replace(word, text=word.text.replace(old, new, 1), confidence=0.6) if word.text.startswith(old) else word for word in words
    ]


def test_a_printed_number_that_was_read_unsurely_is_confirmed_in_its_ink():
    page = printed()
    field = understand([as_read(page, number=unsurely("308", "308"))], Known(catalogue()), lambda number: page.upright).fields[
        "code_number"
    ]
    assert (field.value, field.witnesses) == ("308", ("ink",))
    assert field.confidence >= 0.95


def test_a_printed_number_that_its_ink_contradicts_is_doubted_and_offers_what_the_ink_says():
    page = printed()
    text = as_read(page, number=unsurely("308", "306"))
    read = understand([text], Known(catalogue()), lambda number: page.upright)
    assert "code_number" in read.needs_review
    assert "308" in [other.value for other in read.fields["code_number"].alternatives]


def test_a_date_is_confirmed_only_where_day_and_month_are():
    page = printed()
    sure = understand([as_read(page, dated=unsurely("23", "23"))], Known(catalogue()), lambda number: page.upright)
    other = understand([as_read(page, dated=unsurely("23", "28"))], Known(catalogue()), lambda number: page.upright)
    assert (sure.fields["issued_date"].value, sure.fields["issued_date"].witnesses) == ("2026-02-23", ("ink",))
    assert "ink" not in other.fields["issued_date"].witnesses and "issued_date" in other.needs_review
