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
SMALLEST_GRID = (25.0, 8.0)  # mm, width and height
SMALLEST_CELL = 3.0  # mm
SAME_PLACE = 2.5  # mm: edges of cells this near to each other are one rule


@dataclass(frozen=True, slots=True)
class Cell:
    """bbox: between the rules. row, column: from 0; rows, columns: how many it spans. inside: its own pixels within bbox."""

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
    across = _rules(ink, (1, round(ACROSS * mm)), (3, odd(BREAK * mm)), mm)
    down = _rules(ink, (round(DOWN * mm), 1), (odd(BREAK * mm), 3), mm)
    if not across.any() or not down.any():
        return ()
    _, labels, boxes, _ = cv2.connectedComponentsWithStats(cv2.bitwise_or(across, down), connectivity=8)
    grids: list[Grid] = []
    for label, (x, y, width, height, _) in enumerate(boxes.tolist()):
        if label == 0 or width < SMALLEST_GRID[0] * mm or height < SMALLEST_GRID[1] * mm:
            continue
        rules = labels[y : y + height, x : x + width] == label
        cells = _cells(rules, x, y, mm)
        if len(cells) >= 2:
            grids.append(Grid((x, y, x + width, y + height), cells, rules))
    return tuple(sorted(grids, key=lambda grid: grid.bbox[1]))


def _rules(ink: Mask, longest: tuple[int, int], over: tuple[int, int], mm: float) -> Mask:
    """Long thin strokes of one direction, made a little longer so that they meet at their crossings."""
    bridged = cv2.morphologyEx(ink, cv2.MORPH_CLOSE, np.ones(over, np.uint8))
    long = cv2.morphologyEx(bridged, cv2.MORPH_OPEN, np.ones(longest, np.uint8))
    thin = cv2.subtract(long, cv2.morphologyEx(long, cv2.MORPH_OPEN, square(round(THICK * mm))))
    grow = (3, odd(THICK * mm)) if longest[0] == 1 else (odd(THICK * mm), 3)
    return np.asarray(cv2.dilate(thin, np.ones(grow, np.uint8)), dtype=np.uint8)


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
