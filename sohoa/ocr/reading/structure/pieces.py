"""Lines, and parts of lines, on a page whose slant is taken out, so that what stands side by side has one height."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from sohoa.kernel.text import fold
from sohoa.ocr.model import Box, Line, PageText, Word, around

# White (letter heights) at which a reader breaks a line; a larger one is meant.
BROKEN = 1.25
MOST_BROKEN = 0.25  # of the lines: more broken ones than this are columns


@dataclass(frozen=True, slots=True)
class Piece:
    """A line or a part of one. boxes: of its words, straightened; box: around them. fixed: in a table, stays where it is.

    whole: the line's own box where it was not cut. number: of the line it comes from.
    """

    words: tuple[Word, ...]
    boxes: tuple[Box, ...]
    zone: str = ""
    fixed: bool = False
    whole: Box | None = None
    number: int = -1

    @property
    def x0(self) -> int:
        return min(box[0] for box in self.boxes)

    @property
    def x1(self) -> int:
        return max(box[2] for box in self.boxes)

    @property
    def centre(self) -> float:
        return (self.x0 + self.x1) / 2

    @property
    def middle(self) -> float:
        """Its height on the page. The median, so that one word read together with a stroke of the pen does not move it."""
        return median((box[1] + box[3]) / 2 for box in self.boxes)

    @property
    def text(self) -> str:
        return " ".join(word.text for word in self.words)

    @property
    def folded(self) -> str:
        return fold(self.text)

    def line(self) -> Line:
        return Line(self.words, self.whole or around(word.bbox for word in self.words), self.zone)


@dataclass(frozen=True, slots=True)
class Sheet:
    """width, height: of the page. unit: the height of its letters. All in pixels. left: where its text begins."""

    width: int
    height: int
    unit: float
    left: float


def pieces_of(page: PageText) -> tuple[list[Piece], Sheet]:
    """Every line with words as a piece, in the page's order."""
    within = {number for table in page.tables for cell in table.cells for number in cell.lines}
    slope = math.tan(math.radians(page.skew))
    pieces = [
        Piece(
            line.words,
            tuple(_straight(word.bbox, slope, page) for word in line.words),
            line.zone,
            number in within,
            line.bbox,
            number,
        )
        for number, line in enumerate(page.lines)
        if line.words
    ]
    return pieces, _sheet(page, pieces)


def _straight(box: Box, slope: float, page: PageText) -> Box:
    """Moved as a whole to where it would be on a straight page; its size stays."""
    dx = round(slope * ((box[1] + box[3]) / 2 - page.height / 2))
    dy = round(-slope * ((box[0] + box[2]) / 2 - page.width / 2))
    return (box[0] + dx, box[1] + dy, box[2] + dx, box[3] + dy)


def letter_height(page: PageText) -> float:
    """The page's own measure: median height in pixels of words with at least two letters. Never below 1."""
    heights = [word.bbox[3] - word.bbox[1] for word in page.words if sum(map(str.isalnum, word.text)) > 1]
    return max(1.0, float(median(heights))) if heights else 1.0


def _sheet(page: PageText, pieces: Sequence[Piece]) -> Sheet:
    unit = letter_height(page)
    # A paragraph's first line is indented and most are longer than that: a quarter of the long lines begin at the margin.
    starts = sorted(piece.x0 for piece in pieces if not piece.fixed and piece.x1 - piece.x0 > page.width / 2)
    left = starts[len(starts) // 4] if starts else min((piece.x0 for piece in pieces), default=0)
    return Sheet(page.width, page.height, unit, float(left))


def part(piece: Piece, start: int, end: int) -> Piece | None:
    """Its words [start, end); None for none of them."""
    if start >= end:
        return None
    if start == 0 and end == len(piece.words):
        return piece
    return Piece(piece.words[start:end], piece.boxes[start:end], piece.zone, piece.fixed, None, piece.number)


def gaps(piece: Piece) -> list[tuple[int, int, int]]:
    """White between neighbouring words: its width, where it begins, and the number of the word after it."""
    return [
        (two[0] - one[2], one[2], number) for number, (one, two) in enumerate(zip(piece.boxes, piece.boxes[1:], strict=False), 1)
    ]


def cut_at(piece: Piece, number: int) -> tuple[Piece, Piece]:
    """Before and from word `number`, which is neither the first nor past the last."""
    left, right = part(piece, 0, number), part(piece, number, len(piece.words))
    assert left is not None
    assert right is not None
    return left, right


def joined(pieces: Sequence[Piece]) -> list[Piece]:
    """Those that share a row and a zone as one, from the left; a reader often cuts a line at a number written by hand."""
    rows: list[list[Piece]] = []
    for piece in sorted(pieces, key=lambda piece: piece.middle):
        row = next((row for row in rows if row[0].zone == piece.zone and _beside(row, piece)), None)
        if row is None:
            rows.append([piece])
        else:
            row.append(piece)
    return [_one(row) for row in rows]


def mended(pieces: Sequence[Piece], sheet: Sheet) -> list[Piece]:
    """Lines of the text that a reader broke at a wide blank put together again, where the first part stood.

    Where many lines break it is a text in columns, and stays.
    """
    rows: list[list[Piece]] = []
    for piece in pieces:
        row = next((row for row in reversed(rows) if any(_continues(one, piece, sheet) for one in row)), None)
        if row is None:
            rows.append([piece])
        else:
            row.append(piece)
    if len(pieces) - len(rows) > MOST_BROKEN * len(pieces):
        return list(pieces)
    return [_one(row) for row in rows]


def _continues(one: Piece, two: Piece, sheet: Sheet) -> bool:
    if one.zone or two.zone or one.fixed or two.fixed or abs(one.middle - two.middle) > sheet.unit / 2:
        return False
    return any(-sheet.unit / 2 < white < BROKEN * sheet.unit for white in (two.x0 - one.x1, one.x0 - two.x1))


def _beside(row: Sequence[Piece], piece: Piece) -> bool:
    tall = max(_height(piece), *(_height(other) for other in row))
    return abs(row[0].middle - piece.middle) < tall / 2 and all(
        piece.x0 >= other.x1 - tall or piece.x1 <= other.x0 + tall for other in row
    )


def _height(piece: Piece) -> float:
    return median(box[3] - box[1] for box in piece.boxes)


def _one(row: Sequence[Piece]) -> Piece:
    if len(row) == 1:
        return row[0]
    ordered = sorted(row, key=lambda piece: piece.x0)
    return Piece(
        tuple(word for piece in ordered for word in piece.words),
        tuple(box for piece in ordered for box in piece.boxes),
        row[0].zone,
        number=ordered[0].number,
    )
