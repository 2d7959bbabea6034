from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sohoa.ocr.imaging.preparing.grids import grids_of
from sohoa.ocr.imaging.preparing.prepare import prepared
from sohoa.ocr.imaging.preparing.sheet import Sheet, laid_out
from sohoa.ocr.model import Box
from tests.ocr.imaging.preparing.drawn import A5, Paper, ink
from tests.ocr.imaging.preparing.tables import DrawnTable, tables


def laid(page: Paper) -> tuple[Sheet, np.ndarray]:
    """The sheet, and the page's ink without the rules of its tables."""
    grids = grids_of(page.grey, page.dpi)
    own = ink(page.grey)
    for grid in grids:
        x0, y0, x1, y1 = grid.bbox
        own[y0:y1, x0:x1] &= ~grid.rules
    return laid_out(page.grey, grids, page.dpi), own


def ink_box(sheet: Sheet, within: Box) -> Box:
    x0, y0, x1, y1 = within
    rows, columns = np.nonzero(ink(sheet.pixels[y0:y1, x0:x1]))
    return (x0 + int(columns.min()), y0 + int(rows.min()), x0 + int(columns.max()) + 1, y0 + int(rows.max()) + 1)


@settings(max_examples=10, deadline=None)
@given(tables())
def test_every_cell_is_on_the_sheet_exactly_once(table: DrawnTable):
    sheet, own = laid(table.page)
    height = table.page.picture.height
    assert len(sheet.moved) == len(table.cells)
    assert not ink(sheet.pixels[:height]).any()
    assert ink(sheet.pixels).sum() == own.sum()
    for moved in sheet.moved:
        (x0, y0, x1, y1), (dx, dy) = moved.to, moved.by
        there = own[y0 + dy : y1 + dy, x0 + dx : x1 + dx]
        assert there.any() and np.array_equal(ink(sheet.pixels[y0:y1, x0:x1]), there)


@settings(max_examples=10, deadline=None)
@given(st.data(), st.sampled_from([150, 225, 300]), st.floats(-3, 3).filter(lambda degrees: abs(degrees) > 0.5))
def test_what_is_read_in_a_cell_is_told_where_it_is_on_the_page(data: st.DataObject, dpi: int, degrees: float):
    table = data.draw(tables(dpi))
    ready = prepared(table.page.turned(degrees).grey, dpi)
    assert len(ready.sheet.moved) == len(table.cells)
    for moved in ready.sheet.moved:
        box, found = ready.place(ink_box(ready.sheet, moved.to))
        assert found is moved
        cell = ready.grids[moved.grid].cells[moved.cell]
        (written,) = [one for one in table.cells if (one.row, one.column) == (cell.row, cell.column)]
        x, y = written.middle(table.page, degrees)
        assert ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2) == pytest.approx((x, y), abs=3)
        wide, high = written.box[2] - written.box[0], written.box[3] - written.box[1]
        assert (box[2] - box[0], box[3] - box[1]) == pytest.approx((wide, high), abs=8)  # Pillow adds some white


def test_what_is_read_on_the_page_itself_is_told_where_it_is():
    page = Paper.blank(300).write(20, 20, "Ủy ban nhân dân").table((20, 60, 130), (60, 75, 90)).write(22, 64, "Thửa số 7")
    ready = prepared(page.grey, 300)
    assert ready.steps == ("tables",)
    box, moved = ready.place((150, 170, 390, 215))
    assert (box, moved) == ((200, 227, 520, 287), None)


def test_boxes_never_leave_the_page():
    ready = prepared(Paper.blank(300).paragraphs().turned(3).grey, 300)
    width, height = ready.size
    for x in (-40, 0, ready.sheet.pixels.shape[1]):
        for y in (-40, 0, ready.sheet.pixels.shape[0]):
            (x0, y0, x1, y1), _ = ready.place((x, y, x + 30, y + 20))
            assert 0 <= x0 < x1 <= width and 0 <= y0 < y1 <= height


def kept(page: Paper) -> None:
    """All ink but that of the rules is still there."""
    sheet, own = laid(page)
    assert ink(sheet.pixels).sum() == own.sum()


def test_text_between_two_tables_stays_where_it_is():
    page = Paper.blank().table((20, 60, 130), (30, 40, 50)).write(22, 33, "ô một").write(20, 55, "chữ ở giữa hai bảng")
    page.table((20, 60, 130), (66, 76, 86)).write(62, 78, "ô hai")
    sheet, _ = laid(page)
    between = slice(page.px(53), page.px(63))
    assert np.array_equal(sheet.pixels[between], page.grey[between])
    assert len(sheet.moved) == 2
    kept(page)


@pytest.mark.parametrize("end", [172, A5[1] + 1], ids=["on the page", "over the page's end"])
def test_text_in_a_part_that_no_rule_closes_stays_where_it_is(end: float):
    last = end - 12  # the last rule that closes anything
    page = Paper.blank().table((20, 60, 130), (last - 20, last - 10, last)).write(22, last - 17, "đóng")
    for x in (20, 60, 130):
        page.rule(x, last, x, end)
    page.write(22, last + 3, "chưa đóng").write(62, last + 3, "còn tiếp trang sau")
    sheet, _ = laid(page)
    assert len(sheet.moved) == 1
    open_part = slice(page.px(last + 2), page.px(last + 10))
    assert ink(sheet.pixels[open_part]).sum() > 1000
    kept(page)


def test_text_in_the_notch_of_a_cell_that_is_no_rectangle_stays():
    page = Paper.blank().table((20, 60, 130), (30, 40, 50)).write(22, 33, "trên")
    corners = ((20, 50), (20, 80), (100, 80), (100, 65), (130, 65), (130, 50))
    for (x0, y0), (x1, y1) in pairwise(corners):
        page.rule(x0, y0, x1, y1)
    page.write(22, 70, "trong ô").write(104, 71, "ngoài bảng")
    sheet, _ = laid(page)
    assert len(sheet.moved) == 2
    assert ink(sheet.pixels[page.px(69) : page.px(79), page.px(102) : page.px(130)]).any()
    kept(page)


def test_a_cell_as_wide_as_the_page_is_not_cut_off():
    page = Paper.blank().table((4, 70, 144), (30, 40, 50)).rule(4, 50, 4, 62).rule(144, 50, 144, 62).rule(4, 62, 144, 62)
    page.write(6, 53, "giải quyết thủ tục hành chính cho người dân và doanh nghiệp tại xã")
    kept(page)


def test_a_table_in_a_cell_is_not_set_twice():
    page = Paper.blank().table((10, 138), (30, 120, 130)).table((20, 60, 90), (50, 60, 70))
    page.write(12, 35, "ngoài").write(22, 53, "trong").write(65, 63, "bảng")
    sheet, _ = laid(page)
    assert sorted((moved.grid, moved.cell) for moved in sheet.moved) == [(0, 0), (1, 0), (1, 3)]
    kept(page)


def test_short_cells_share_a_strip_on_one_base_line_and_long_ones_stand_alone():
    page = Paper.blank().table((20, 40, 60, 130), (30, 40, 50))
    page.write(22, 32, "7").write(42, 34, "15").write(62, 32, "Nguyễn Thị Mẫu Đơn").write(22, 43, "8").write(62, 42, "Lê Văn Bảng")
    sheet, _ = laid(page)
    boxes = {moved.cell: ink_box(sheet, moved.to) for moved in sheet.moved}
    assert set(boxes) == {0, 1, 2, 3, 5}
    assert len({boxes[number][3] for number in (0, 1, 3)}) == 1
    assert len({boxes[number][1] for number in (0, 2, 5)}) == 3


def test_empty_cells_leave_nothing_on_the_sheet():
    page = Paper.blank().paragraphs(count=3).table((20, 60, 130), (60, 70, 80))
    sheet, _ = laid(page)
    assert sheet.moved == ()
    kept(page)


def test_a_place_between_two_cells_of_a_strip_belongs_to_the_nearer_one():
    page = Paper.blank().table((20, 40, 60, 130), (30, 40, 50)).write(22, 32, "7").write(42, 32, "15")
    sheet, _ = laid(page)
    first, second = sheet.moved
    y = (first.to[1] + first.to[3]) / 2
    assert sheet.cell_at(first.to[2] + 5, y) is first
    assert sheet.cell_at(second.to[0] - 5, y) is second
    assert sheet.cell_at(first.to[2] + 5, page.px(35)) is None


def test_a_page_without_tables_is_its_own_sheet():
    page = Paper.blank().paragraphs()
    assert np.array_equal(laid_out(page.grey, (), 225).pixels, page.grey)
    ready = prepared(page.turned(2).grey, 225)
    assert ready.sheet.moved == ()
    assert math.hypot(*ready.back[0, :2]) == pytest.approx(1)
