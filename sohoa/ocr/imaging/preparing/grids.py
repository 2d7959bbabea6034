"""Ruled tables: where their rules cross, and the cells between them."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from sohoa.ocr.imaging.preparing.pixels import Grey, Mask, odd, square
from sohoa.ocr.model import Box

DARK = 170  # of an evenly lit page: rules are thin, so shrinking greys them
# In millimetres: breaks that a rule is carried over, the shortest rules, the thickest ones.
BREAK, ACROSS, DOWN, THICK = 1.2, 9.0, 5.0, 1.5
# The share of a rule that is ink, however many breaks it has. Lines of print in 6 to 9 points have up to 0.55 of it.
SOLID = 0.6
# mm, width and height. Stamps of arrival have rules and cells, too, lie across the text, and are narrower.
SMALLEST_GRID = (60.0, 8.0)
# The share of a grid that its closed cells fill; less is a seal, a drawing, a frame.
FILLED = 0.5
SMALLEST_CELL = 3.0  # mm
SAME_PLACE = 2.5  # mm: edges of cells this near to each other are one rule


@dataclass(frozen=True, slots=True)
class Cell:
    """bbox: between the rules. row, column: from 0; rows, columns: how many it spans. inside: its own pixels within bbox,
    without those of a table in it.
    """

    bbox: Box
    row: int
    column: int
    rows: int
    columns: int
    inside: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Grid:
    """cells: row by row, from the left. rules: its own rules within bbox. Between them there may be places that no rule closes:
    a table that goes on over the page's end, a line of text between two halves. What stands there stays on the page.
    """

    bbox: Box
    cells: tuple[Cell, ...]
    rules: NDArray[np.bool_]


def grids_of(grey: Grey, dpi: int) -> tuple[Grid, ...]:
    """From the top. grey: straight and evenly lit. A frame around a text is no grid: at least two cells."""
    mm = dpi / 25.4
    ink = (grey < DARK).astype(np.uint8)
    down = _strokes(ink, (round(DOWN * mm), 1), (odd(BREAK * mm), 3), mm)
    rows, columns = np.nonzero(down.any(axis=1))[0], np.nonzero(down.any(axis=0))[0]
    # As on most pages: no letter is that high, and a rule or two do not make a table.
    if not len(rows) or columns[-1] - columns[0] < SMALLEST_GRID[0] * mm - odd(THICK * mm):
        return ()
    # Rules across are looked for only as high as rules down reach.
    first, last = max(int(rows[0]) - round(2 * THICK * mm), 0), int(rows[-1]) + round(2 * THICK * mm)
    ink, down = ink[first:last], down[first:last]
    across = _strokes(ink, (1, round(ACROSS * mm)), (3, odd(BREAK * mm)), mm)
    if not across.any():
        return ()
    across = _solid(across, ink, (3, odd(THICK * mm)))
    down = _solid(down.T, ink.T, (3, odd(THICK * mm))).T
    _, labels, boxes, _ = cv2.connectedComponentsWithStats(cv2.bitwise_or(across, down), connectivity=8)
    grids: list[Grid] = []
    for label, (x, y, width, height, _) in enumerate(boxes.tolist()):
        if label == 0 or width < SMALLEST_GRID[0] * mm or height < SMALLEST_GRID[1] * mm:
            continue
        rules = labels[y : y + height, x : x + width] == label
        y += first
        cells = _cells(rules, x, y, mm)
        if len(cells) >= 2 and _area(cells) >= FILLED * width * height:
            grids.append(Grid((x, y, x + width, y + height), cells, rules))
    for grid in grids:
        _leave_to(grid, grids)
    return tuple(sorted(grids, key=lambda grid: grid.bbox[1]))


def _leave_to(inner: Grid, grids: list[Grid]) -> None:
    """What stands in a table within a cell belongs to that table's cells alone."""
    left, top, right, bottom = inner.bbox
    for cell in (cell for grid in grids if grid is not inner for cell in grid.cells):
        x0, y0, x1, y1 = cell.bbox
        if x0 <= left and y0 <= top and right <= x1 and bottom <= y1:
            cell.inside[top - y0 : bottom - y0, left - x0 : right - x0] = False


def _area(cells: tuple[Cell, ...]) -> int:
    return sum((x1 - x0) * (y1 - y0) for x0, y0, x1, y1 in (cell.bbox for cell in cells))


def _strokes(ink: Mask, longest: tuple[int, int], over: tuple[int, int], mm: float) -> Mask:
    """Long thin strokes of one direction."""
    bridged = cv2.morphologyEx(ink, cv2.MORPH_CLOSE, np.ones(over, np.uint8))
    long = cv2.morphologyEx(bridged, cv2.MORPH_OPEN, np.ones(longest, np.uint8))
    thin = cv2.subtract(long, cv2.morphologyEx(long, cv2.MORPH_OPEN, square(round(THICK * mm))))
    return np.asarray(thin, dtype=np.uint8)


def _solid(strokes: Mask, ink: Mask, grow: tuple[int, int]) -> Mask:
    """The strokes that are ink and not bridged gaps, made a little longer so that they meet at their crossings.

    With its gaps bridged, a line of small print is as long and thin as a rule. strokes: across; most rows hold none, and are not
    looked at, but for one that keeps strokes apart.
    """
    any_ = strokes.any(axis=1)
    rows = np.flatnonzero(any_ | np.roll(any_, 1))
    _, labels, boxes, _ = cv2.connectedComponentsWithStats(np.ascontiguousarray(strokes[rows]), connectivity=8)
    inked = np.bincount(np.asarray(labels[ink[rows] > 0], dtype=np.int64), minlength=len(boxes))
    rules = inked >= SOLID * boxes[:, cv2.CC_STAT_AREA]
    rules[0] = False
    kept = np.zeros_like(strokes, order="C")
    kept[rows] = rules[np.asarray(labels, dtype=np.int64)]
    return np.asarray(cv2.dilate(kept, np.ones(grow, np.uint8)), dtype=np.uint8)


def _cells(rules: NDArray[np.bool_], left: int, top: int, mm: float) -> tuple[Cell, ...]:
    height, width = rules.shape
    _, labels, boxes, _ = cv2.connectedComponentsWithStats((~rules).astype(np.uint8), connectivity=4)
    found: list[tuple[Box, NDArray[np.bool_]]] = []
    for label, (x, y, wide, high, _) in enumerate(boxes.tolist()):
        open_ = x == 0 or y == 0 or x + wide == width or y + high == height
        if label == 0 or open_ or min(wide, high) < SMALLEST_CELL * mm:
            continue
        box = (left + x, top + y, left + x + wide, top + y + high)
        found.append((box, labels[y : y + high, x : x + wide] == label))
    lefts, tops = _places([box[0] for box, _ in found], mm), _places([box[1] for box, _ in found], mm)
    cells = [_placed(box, inside, lefts, tops, mm) for box, inside in found]
    return tuple(sorted(cells, key=lambda cell: (cell.row, cell.column)))


def _places(edges: list[int], mm: float) -> list[int]:
    """The rules' places: edges that lie close together are one."""
    places: list[int] = []
    for edge in sorted(edges):
        if not places or edge - places[-1] > SAME_PLACE * mm:
            places.append(edge)
    return places


def _placed(box: Box, inside: NDArray[np.bool_], lefts: list[int], tops: list[int], mm: float) -> Cell:
    slack = SAME_PLACE * mm
    columns = [number for number, place in enumerate(lefts) if box[0] - slack <= place < box[2] - slack]
    rows = [number for number, place in enumerate(tops) if box[1] - slack <= place < box[3] - slack]
    return Cell(box, rows[0], columns[0], len(rows), len(columns), inside)
