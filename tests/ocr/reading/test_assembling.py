from __future__ import annotations

from collections.abc import Sequence

import pytest

from sohoa.ocr.imaging.preparing.prepare import Prepared, prepared
from sohoa.ocr.model import Box
from sohoa.ocr.reading.arbiter import JudgedLine
from sohoa.ocr.reading.assembling import DOUBTFUL, assembled
from tests.ocr.imaging.preparing.drawn import Paper
from tests.ocr.reading.judged import line, word

TABLE = ((20, 60, 130), (60, 75, 90))


def with_a_table(dpi: int = 225) -> Prepared:
    """A page with a table of four cells: `Thửa` and `15` above, nothing and `Lê` below."""
    page = Paper.blank(dpi).table(*TABLE).write(22, 64, "Thửa").write(62, 64, "15").write(62, 79, "Lê Thị Nga")
    return prepared(page.grey, dpi)


def in_cell(page: Prepared, cell: int, *texts: str) -> list[JudgedLine]:
    """These lines, one below the other in that cell's place on the sheet."""
    (moved,) = [moved for moved in page.sheet.moved if moved.cell == cell]
    x0, y0, x1, y1 = moved.to
    high = (y1 - y0) // len(texts)
    boxes: list[Box] = [(x0 + 8, y0 + high * row, x1 - 8, y0 + high * (row + 1)) for row in range(len(texts))]
    return [JudgedLine((word(text, box),), box) for text, box in zip(texts, boxes, strict=True)]


def px(mm: float, dpi: int = 225) -> int:
    return round(mm / 25.4 * dpi)


def read(page: Prepared, *parts: Sequence[JudgedLine]):
    return assembled(page, [one for part in parts for one in part])


def test_a_tables_lines_stand_where_the_table_stands():
    page = with_a_table()
    above, below = line("Trên bảng", px(20), px(40)), line("Dưới bảng", px(20), px(100))
    lines, (table,) = read(page, [above, below], in_cell(page, 3, "Lê"), in_cell(page, 0, "Thửa"), in_cell(page, 1, "15"))
    assert [one.text for one in lines] == ["Trên bảng", "Thửa", "15", "Lê", "Dưới bảng"]
    assert [(cell.row, cell.column, cell.lines) for cell in table.cells] == [(0, 0, (1,)), (0, 1, (2,)), (1, 0, ()), (1, 1, (3,))]


def test_a_cell_keeps_its_lines_in_order():
    page = with_a_table()
    lines, (table,) = read(page, in_cell(page, 3, "Lê Thị", "Nga"), in_cell(page, 0, "Thửa"))
    assert [one.text for one in lines] == ["Thửa", "Lê Thị", "Nga"]
    assert [cell.lines for cell in table.cells] == [(0,), (), (), (1, 2)]


@pytest.mark.parametrize("dpi", [150, 225, 300])
def test_words_and_cells_lie_on_the_page_and_not_on_the_sheet(dpi: int):
    page = with_a_table(dpi)
    lines, (table,) = read(page, in_cell(page, 1, "15"))
    (x0, y0, x1, y1) = lines[0].words[0].bbox
    cell = table.cells[1].bbox
    assert px(60, dpi) < x0 < x1 < px(75, dpi)
    assert px(62, dpi) < y0 < y1 < px(73, dpi)
    assert cell[0] < x0 and cell[1] < y0 and x1 < cell[2] and y1 < cell[3]
    assert [edge / dpi * 25.4 for edge in cell] == pytest.approx((60, 60, 130, 75), abs=1)
    assert [edge / dpi * 25.4 for edge in table.bbox] == pytest.approx((20, 60, 130, 90), abs=1.3)


def test_words_of_two_cells_that_were_read_as_one_line_are_two_lines():
    page = with_a_table()
    (left,), (right,) = in_cell(page, 0, "Thửa"), in_cell(page, 1, "15")
    both = JudgedLine((*left.words, *right.words), left.bbox)
    lines, (table,) = read(page, [both])
    assert [one.text for one in lines] == ["Thửa", "15"]
    assert [cell.lines for cell in table.cells] == [(0,), (1,), (), ()]


def test_two_tables_and_the_text_between_them_stand_in_order():
    page = Paper.blank().table((20, 60, 130), (30, 45, 60)).write(22, 34, "một")
    page.table((20, 60, 130), (120, 135, 150)).write(22, 124, "hai")
    ready = prepared(page.grey, 225)
    (first,), (second,) = ([moved for moved in ready.sheet.moved if moved.grid == number] for number in (0, 1))
    own = [line("đầu", px(20), px(15)), line("giữa", px(20), px(80)), line("cuối", px(20), px(180))]
    cells = [JudgedLine((word(text, moved.to),), moved.to) for text, moved in (("hai", second), ("một", first))]
    lines, tables = assembled(ready, own + cells)
    assert [one.text for one in lines] == ["đầu", "một", "giữa", "hai", "cuối"]
    assert [table.cells[0].lines for table in tables] == [(1,), (3,)]


def test_a_page_number_beside_a_table_does_not_draw_the_table_up_or_down():
    page = with_a_table()
    margin = line("12", px(135), px(30))
    above, below = line("Trên bảng", px(20), px(40)), line("Dưới bảng", px(20), px(100))
    lines, _ = read(page, [above, below, margin], in_cell(page, 0, "Thửa"))
    assert [one.text for one in lines] == ["Trên bảng", "Thửa", "Dưới bảng", "12"]


def test_a_table_of_empty_cells_is_a_table_without_lines():
    ready = prepared(Paper.blank().paragraphs(count=3).table(*TABLE).grey, 225)
    lines, (table,) = assembled(ready, [line("Căn cứ", px(20), px(20))])
    assert [one.text for one in lines] == ["Căn cứ"]
    assert [cell.lines for cell in table.cells] == [()] * 4


def test_what_the_arbiter_changed_keeps_its_first_reading_and_reason():
    page = prepared(Paper.blank().paragraphs().grey, 225)
    changed = word("Quyết", (300, 300, 380, 330), 0.9, first="Quyêt", reason="model")
    kept = word("định", (390, 300, 440, 330))
    (made,), _ = assembled(page, [JudgedLine((changed, kept), (300, 300, 440, 330))])
    assert [(one.text, one.first_reading, one.reason) for one in made.words] == [("Quyết", "Quyêt", "model"), ("định", "", "")]
    assert made.bbox == (300, 300, 440, 330)


def test_words_that_may_be_wrong_are_flagged_for_a_person():
    page = prepared(Paper.blank().paragraphs().grey, 225)
    (made,), _ = assembled(page, [line("ngày tháng", 300, 300, confidence=(DOUBTFUL - 0.01, DOUBTFUL))])
    assert [one.doubtful for one in made.words] == [True, False]


def test_dirt_does_not_come_onto_the_page():
    page = prepared(Paper.blank().paragraphs().grey, 225)
    lines, _ = assembled(page, [line(". Kính gửi", 300, 300, confidence=(0.1, 0.98, 0.98)), line("'", 10, 10, confidence=0.1)])
    assert [one.text for one in lines] == ["Kính gửi"]
    assert lines[0].bbox[0] > 300
