"""Tables of any shape that fits on a sheet, with something written in their cells."""

from __future__ import annotations

import math
from dataclasses import dataclass

from hypothesis import strategies as st
from PIL import ImageFont

from tests.ocr.imaging.preparing.drawn import PRINT, TINOS, Paper

WORDS = ("7", "15", "12/03", "Thửa", "Lê Thị Nga", "1.250.000 đồng", "Đất ở tại đô thị", "Nguyễn Quốc Đạt, thôn Đông", "")
POINTS = 11
SIDE, OVER = 1.5, 2.0  # mm, what is left white left and above the words


@st.composite
def rules_of_tables(draw: st.DrawFn) -> tuple[list[float], list[float]]:
    wide = draw(st.lists(st.floats(9, 40), min_size=2, max_size=6).filter(lambda widths: 62 < sum(widths) < 130))
    high = draw(st.lists(st.floats(9, 25), min_size=2, max_size=7).filter(lambda heights: sum(heights) < 180))
    return [8 + sum(wide[:n]) for n in range(len(wide) + 1)], [12 + sum(high[:n]) for n in range(len(high) + 1)]


@dataclass(frozen=True, slots=True)
class Written:
    """A cell's words. box: of their ink, in pixels of the straight page."""

    row: int
    column: int
    box: tuple[int, int, int, int]

    def middle(self, page: Paper, degrees: float) -> tuple[float, float]:
        """Where the middle of the ink is once the page is turned."""
        x, y = (self.box[0] + self.box[2]) / 2, (self.box[1] + self.box[3]) / 2
        cx, cy = page.picture.width / 2, page.picture.height / 2
        cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
        return (cx + (x - cx) * cos - (y - cy) * sin, cy + (x - cx) * sin + (y - cy) * cos)


@dataclass(frozen=True, slots=True)
class DrawnTable:
    page: Paper
    cells: tuple[Written, ...]  # those that hold something


@st.composite
def tables(draw: st.DrawFn, dpi: int = 225) -> DrawnTable:
    lefts, tops = draw(rules_of_tables())
    page = Paper.blank(dpi).table(lefts, tops)
    font = ImageFont.truetype(TINOS, POINTS * dpi / 72)
    cells: list[Written] = []
    for row in range(len(tops) - 1):
        for column in range(len(lefts) - 1):
            room = page.px(lefts[column + 1] - lefts[column] - 2 * SIDE)
            words = draw(st.sampled_from([words for words in WORDS if font.getlength(words) <= room]))
            if words:
                corner = (page.px(lefts[column] + SIDE), page.px(tops[row] + OVER))
                page.pen.text(corner, words, font=font, fill=PRINT)
                x0, y0, x1, y1 = page.pen.textbbox(corner, words, font=font)
                cells.append(Written(row, column, (round(x0), round(y0), round(x1), round(y1))))
    return DrawnTable(page, tuple(cells))
