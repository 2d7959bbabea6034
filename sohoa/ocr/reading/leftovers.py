"""Ink that looks like letters and that no reader read: cut out, set in one column, and offered once more.

Readers take a lone digit for dirt, a name under a seal for a picture, and leave out whole lines of a crooked page, all without a
word. Whatever they left can be seen: it is ink of the letters' size under no word's box.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import cv2
import numpy as np

from sohoa.ocr.imaging.preparing.pixels import Grey, Mask
from sohoa.ocr.imaging.preparing.sheet import Sheet
from sohoa.ocr.model import Box, around, mean_confidence
from sohoa.ocr.reading.arbiter import JudgedLine, JudgedWord
from sohoa.ocr.reading.column import Strip

# As dark as this below the paper is ink; the ghost of a seal or of the other side is lighter.
DARKER = 90
# A letter's height and width as shares of the words' median height (which includes marks and tails).
LOW, HIGH, WIDE = 0.33, 1.5, 2.5
# Letters this near to each other, in the same measure, are one line.
JOINED = 1.0
# The white around a line, in the same measure; marks stand in it.
ABOVE, BELOW, BESIDE = 0.35, 0.3, 0.5
# More places than this are no forgotten lines but a picture, a map, noise: then the reading stays as it is.
MOST, MOST_LETTERS = 80, 4000
# A line that was left out and is read now must be this sure to count: what readers leave out is mostly not text.
SURE = 0.5


def leftovers(sheet: Sheet, lines: Sequence[JudgedLine], *, paper: int, height: float) -> tuple[Strip, ...]:
    """lines: all that was read on the sheet, dirt included. paper: its brightness. height: of the words, in pixels."""
    words = [word for line in lines for word in line.words]
    ink = _unread(sheet.pixels, paper, words)
    letters = _of_letter_size(ink, height)
    if not letters or len(letters) > MOST_LETTERS:
        return ()
    places = _places(letters, sheet, height)
    if not places or len(places) > MOST:
        return ()
    return tuple(_strips(sheet.pixels, paper, ink, places, height))


def with_leftovers(lines: Sequence[JudgedLine], found: Iterable[JudgedLine]) -> tuple[JudgedLine, ...]:
    """The found lines where they belong: before the first line that begins below their middle and shares columns with them. Only what
    is sure is taken, and has a letter or digit.
    """
    whole = list(lines)
    for line in filter(_sure, found):
        middle = (line.bbox[1] + line.bbox[3]) / 2
        after = (
            number
            for number, other in enumerate(whole)
            if other.bbox[1] > middle and other.bbox[0] < line.bbox[2] and line.bbox[0] < other.bbox[2]
        )
        whole.insert(next(after, len(whole)), line)
    return tuple(whole)


def _unread(pixels: Grey, paper: int, words: Sequence[JudgedWord]) -> Mask:
    ink = (pixels < paper - DARKER).astype(np.uint8)
    for x0, y0, x1, y1 in (word.bbox for word in words):
        ink[max(y0 - 3, 0) : y1 + 3, max(x0 - 3, 0) : x1 + 3] = 0
    return ink


def _of_letter_size(ink: Mask, height: float) -> list[Box]:
    """Looked for at half the size, which is a quarter of the work: a letter is ten pixels high and more. One dark pixel of four is
    ink there, so averaging must not round it away.
    """
    half = np.asarray(cv2.resize(ink * np.uint8(4), None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA) > 0, dtype=np.uint8)
    boxes = 2 * cv2.connectedComponentsWithStats(half, connectivity=8)[2][1:]
    high, wide = boxes[:, cv2.CC_STAT_HEIGHT], boxes[:, cv2.CC_STAT_WIDTH]
    fits = (high >= LOW * height) & (high <= HIGH * height) & (wide <= WIDE * height) & (wide * 12 >= high)
    return [(x, y, x + width, y + tall) for x, y, width, tall, _ in boxes[fits].tolist()]


def _places(letters: list[Box], sheet: Sheet, height: float) -> list[Box]:
    """Boxes of lines of letters, from the top. On the page a line has two letters at least; in a cell one digit is enough."""
    rows, columns = sheet.pixels.shape
    reach, edge = round(JOINED * height / 2), round(height / 2)
    found: list[Box] = []
    for inside in _rows_of(letters, reach):
        x0, y0, x1, y1 = around(inside)
        if y1 - y0 > 2 * HIGH * height or x0 < edge or y0 < edge or x1 > columns - edge or y1 > rows - edge:
            continue
        if len(inside) >= (1 if _in_cell((x0 + x1) / 2, (y0 + y1) / 2, sheet) else 2):
            found.append((x0, y0, x1, y1))
    return sorted(found, key=lambda box: (box[1], box[0]))


def _rows_of(letters: list[Box], reach: int) -> Iterable[list[Box]]:
    """Letters that touch when each one reaches so far to both sides, directly or through others."""
    boxes = np.array(letters, np.int32)
    boxes[:, 0] -= reach
    boxes[:, 2] += reach
    free = np.ones(len(letters), np.bool_)
    for first in range(len(letters)):
        row: list[int] = []
        new = [first] if free[first] else []
        free[first] = False
        while new:
            row.append(new.pop())
            x0, y0, x1, y1 = boxes[row[-1]]
            across = (boxes[:, 0] <= x1) & (x0 <= boxes[:, 2])
            touching = np.flatnonzero(free & across & (boxes[:, 1] <= y1) & (y0 <= boxes[:, 3]))
            free[touching] = False
            new += touching.tolist()
        if row:
            yield [letters[at] for at in row]


def _in_cell(x: float, y: float, sheet: Sheet) -> bool:
    return any(cell.to[0] <= x <= cell.to[2] and cell.to[1] <= y <= cell.to[3] for cell in sheet.moved)


def _strips(pixels: Grey, paper: int, ink: Mask, places: list[Box], height: float) -> Iterable[Strip]:
    """Cut out with nothing on them but the unread ink."""
    rows, columns = pixels.shape
    near = cv2.dilate(ink, np.ones((5, 5), np.uint8))
    own = np.where(near > 0, pixels, paper).astype(np.uint8)
    for x0, y0, x1, y1 in places:
        top, bottom = max(y0 - round(ABOVE * height), 0), min(y1 + round(BELOW * height), rows)
        begin, end = max(x0 - round(BESIDE * height), 0), min(x1 + round(BESIDE * height), columns)
        yield Strip(own[top:bottom, begin:end], begin, top)


def _sure(line: JudgedLine) -> bool:
    return mean_confidence(line.words) >= SURE and any(letter.isalnum() for word in line.words for letter in word.text)
