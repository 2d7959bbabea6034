from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from PIL import ImageFont

from sohoa.ocr.imaging.preparing.grids import Grid, grids_of
from sohoa.ocr.imaging.preparing.inks import inks_of, print_alone
from tests.ocr.imaging.preparing.drawn import A5, PRINT, TINOS, Paper
from tests.ocr.imaging.preparing.tables import rules_of_tables

DPI = 225
LEFTS, TOPS = (15, 40, 70, 130), (30, 40, 52, 70)


def found(page: Paper) -> tuple[Grid, ...]:
    return grids_of(page.grey, page.dpi)


def spans(grid: Grid) -> list[tuple[int, int, int, int]]:
    return [(cell.row, cell.column, cell.rows, cell.columns) for cell in grid.cells]


def places(grid: Grid, page: Paper) -> list[tuple[float, ...]]:
    return [tuple(edge / page.dpi * 25.4 for edge in cell.bbox) for cell in grid.cells]


@pytest.mark.parametrize("dpi", [150, 200, 225])
def test_cells_lie_between_their_rules_row_by_row(dpi: int):
    page = Paper.blank(dpi).table(LEFTS, TOPS)
    (grid,) = found(page)
    assert spans(grid) == [(row, column, 1, 1) for row in range(3) for column in range(3)]
    for (x0, y0, x1, y1), cell in zip(places(grid, page), grid.cells, strict=True):
        expected = (LEFTS[cell.column], TOPS[cell.row], LEFTS[cell.column + 1], TOPS[cell.row + 1])
        assert (x0, y0, x1, y1) == pytest.approx(expected, abs=0.6)
    assert [edge / dpi * 25.4 for edge in grid.bbox] == pytest.approx((15, 30, 130, 70), abs=1.3)


def test_merged_cells_span_the_rows_and_columns_they_cover():
    # | A   | B      |
    # |     | C | D  |
    # | E       | F  |
    page = Paper.blank()
    for rule in ((15, 30, 130, 30), (50, 42, 130, 42), (15, 54, 130, 54), (15, 66, 130, 66)):
        page.rule(*rule)
    for rule in ((15, 30, 15, 66), (50, 30, 50, 54), (90, 42, 90, 66), (130, 30, 130, 66)):
        page.rule(*rule)
    (grid,) = found(page)
    assert spans(grid) == [(0, 0, 2, 1), (0, 1, 1, 2), (1, 1, 1, 1), (1, 2, 1, 1), (2, 0, 1, 2), (2, 2, 1, 1)]


@settings(max_examples=10, deadline=None)
@given(rules_of_tables())
def test_every_cell_of_any_table_is_found_once(rules: tuple[list[float], list[float]]):
    lefts, tops = rules
    (grid,) = found(Paper.blank().table(lefts, tops))
    assert spans(grid) == [(row, column, 1, 1) for row in range(len(tops) - 1) for column in range(len(lefts) - 1)]


@pytest.mark.parametrize("thick", [0.15, 0.3, 0.7, 1.2])
def test_rules_may_be_fine_or_bold(thick: float):
    page = Paper.blank()
    for x in LEFTS:
        page.rule(x, TOPS[0], x, TOPS[-1], thick=thick)
    for y in TOPS:
        page.rule(LEFTS[0], y, LEFTS[-1], y, thick=thick)
    (grid,) = found(page)
    assert len(grid.cells) == 9


def test_rules_with_breaks_still_close_their_cells():
    page = Paper.blank().table(LEFTS, TOPS)
    for x in range(18, 130, 7):
        page.pen.rectangle((page.px(x), 0, page.px(x + 0.7), page.picture.height), fill="white")
    for y in range(33, 70, 9):
        page.pen.rectangle((0, page.px(y), page.picture.width, page.px(y + 0.7)), fill="white")
    (grid,) = found(page)
    assert len(grid.cells) == 9


def test_a_page_of_text_has_no_grid():
    assert found(Paper.blank().paragraphs(count=25)) == ()


def test_underlines_headlines_and_a_rule_across_the_page_are_no_grid():
    page = Paper.blank().paragraphs()
    for y in (26.5, 40.5, 61.5, 150):
        page.rule(15, y, 120, y)
    assert found(page) == ()


@pytest.mark.parametrize("thick", [0.3, 1.0])
def test_a_frame_around_the_text_is_no_grid(thick: float):
    page = Paper.blank().paragraphs()
    for x0, y0, x1, y1 in ((10, 15, 140, 15), (140, 15, 140, 130), (140, 130, 10, 130), (10, 130, 10, 15)):
        page.rule(x0, y0, x1, y1, thick=thick)
    assert found(page) == ()


def test_a_double_frame_is_no_grid_either():
    page = Paper.blank().paragraphs()
    for inset in (0.0, 1.5):
        page.table((10 + inset, 138 - inset), (15 + inset, 130 - inset))
    assert found(page) == ()


def test_a_drawing_and_a_seal_are_no_grids():
    page = Paper.blank().paragraphs(count=5).seal(100, 100)
    page.pen.polygon([(page.px(20), page.px(90)), (page.px(70), page.px(180)), (page.px(20), page.px(180))], outline=PRINT, width=3)
    page.rule(20, 120, 60, 160)
    assert found(page) == ()


@pytest.mark.parametrize("points", [7, 8])
@pytest.mark.parametrize("face", ["Tinos-Regular", "Arimo-Regular", "Arimo-Bold"])
def test_small_print_that_fills_its_cell_is_no_rule(face: str, points: int):
    text = "giải quyết thủ tục hành chính cho người dân"
    font = ImageFont.truetype(TINOS.replace("Tinos-Regular", face), points * DPI / 72)
    for padding in (0.3, 0.5):
        page = Paper.blank()
        right = 15 + font.getlength(text) / DPI * 25.4 + 2 * padding
        page.table((15, right, right + 30), (30, 40, 50, 60))
        for row in range(3):
            page.pen.text((page.px(15 + padding), page.px(32 + 10 * row)), text, font=font, fill=PRINT)
        (grid,) = found(page)
        assert spans(grid) == [(row, column, 1, 1) for row in range(3) for column in range(2)]


def test_two_tables_are_two_grids_from_the_top():
    page = (
        Paper.blank().table((20, 60, 130), (110, 120, 130)).write(20, 90, "Chữ ở giữa hai bảng").table((20, 80, 130), (60, 70, 80))
    )
    upper, lower = found(page)
    assert upper.bbox[1] < lower.bbox[1]
    assert (len(upper.cells), len(lower.cells)) == (4, 4)


def test_a_part_that_no_rule_closes_is_no_cell():
    page = Paper.blank().table((20, 60, 130), (180, 190, 200))
    for x in (20, 60, 130):
        page.rule(x, 200, x, A5[1] + 1)  # the table goes on over the page's end
    (grid,) = found(page)
    assert spans(grid) == [(0, 0, 1, 1), (0, 1, 1, 1), (1, 0, 1, 1), (1, 1, 1, 1)]


@pytest.mark.parametrize("dpi", [150, 225])
def test_a_seal_across_a_table_changes_no_cell(dpi: int):
    page = Paper.blank(dpi).table(LEFTS, TOPS)
    stamped = page.over(Paper.blank(dpi).seal(75, 55))
    alone = print_alone(stamped.pixels, inks_of(stamped.pixels, dpi))
    (before,), (after,) = found(page), grids_of(alone, dpi)
    assert spans(after) == spans(before)
    for cell, same in zip(after.cells, before.cells, strict=True):
        assert cell.bbox == pytest.approx(same.bbox, abs=2)


def test_a_table_in_a_cell_keeps_its_place_to_itself():
    page = Paper.blank().table((10, 138), (30, 120, 130)).table((20, 60, 90), (50, 60, 70))
    outer, inner = found(page)
    assert (len(outer.cells), len(inner.cells)) == (2, 4)
    around = outer.cells[0]
    x0, y0 = around.bbox[:2]
    left, top, right, bottom = inner.bbox
    assert not around.inside[top - y0 : bottom - y0, left - x0 : right - x0].any()
    assert around.inside.mean() > 0.5


def test_cells_share_no_pixel_with_each_other_or_the_rules():
    page = Paper.blank().table(LEFTS, TOPS).table((20, 60, 130), (90, 100, 110))
    claimed = np.zeros(page.grey.shape, np.uint8)
    for grid in found(page):
        x0, y0, x1, y1 = grid.bbox
        claimed[y0:y1, x0:x1] += grid.rules
        for cell in grid.cells:
            x0, y0, x1, y1 = cell.bbox
            claimed[y0:y1, x0:x1] += cell.inside
    assert claimed.max() == 1
    assert cv2.countNonZero(claimed) > 0.15 * claimed.size
