"""Ink that looks like letters and that no reader read: cut out, set in one column, and offered once more.

Readers take a lone digit for dirt, a name under a seal for a picture, and leave out whole lines of a crooked page, all without a
word. Whatever they left can be seen: it is ink of the letters' size under no word's box.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from sohoa.ocr.imaging.preparing.pixels import Grey, Mask
from sohoa.ocr.imaging.preparing.sheet import Sheet
from sohoa.ocr.model import Box, mean_confidence
from sohoa.ocr.reading.arbiter import JudgedLine, JudgedWord

# As dark as this below the paper is ink; the ghost of a seal or of the other side is lighter.
DARKER = 90
# A letter's height and width as shares of the words' median height (which includes marks and tails).
LOW, HIGH, WIDE = 0.33, 1.5, 2.5
# Letters this near to each other, in the same measure, are one line.
JOINED = 1.0
# The white around a line and between two, in the same measure; marks stand in it.
ABOVE, BELOW, BESIDE, BETWEEN = 0.35, 0.3, 0.5, 0.5
# More places than this are no forgotten lines but a picture, a map, noise: then the reading stays as it is.
MOST, MOST_LETTERS = 80, 4000
# Fewer words than this tell no height.
FEWEST_WORDS = 8
# A line that was left out and is read now must be this sure to count: what readers leave out is mostly not text.
SURE = 0.5


@dataclass(frozen=True, slots=True)
class Leftovers:
    """column: the picture to be read. strips: for each line its box in the column, and what leads from there to the sheet."""

    column: Grey
    strips: tuple[tuple[Box, tuple[int, int]], ...]

    def back(self, lines: Iterable[JudgedLine]) -> tuple[JudgedLine, ...]:
        """What was read in the column, where it stands on the sheet; only what is sure, and has a letter or digit."""
        found = (self._placed(line) for line in lines if _sure(line))
        return tuple(line for line in found if line is not None)

    def _placed(self, line: JudgedLine) -> JudgedLine | None:
        middle = (line.bbox[1] + line.bbox[3]) / 2
        for (_, top, _, bottom), by in self.strips:
            if top <= middle < bottom:
                return JudgedLine(tuple(replace(word, bbox=_moved(word.bbox, by)) for word in line.words), _moved(line.bbox, by))
        return None


def leftovers(sheet: Sheet, lines: Sequence[JudgedLine]) -> Leftovers | None:
    """None where nothing was left. lines: all that was read on the sheet, dirt included."""
    words = [word for line in lines for word in line.words]
    height = _letter_height(words)
    if height is None:
        return None
    paper = int(np.median(sheet.pixels[::8, ::8]))
    ink = _unread(sheet.pixels, paper, words)
    letters = _of_letter_size(ink, height)
    if not letters or len(letters) > MOST_LETTERS:
        return None
    places = _places(letters, sheet, height)
    if not places or len(places) > MOST:
        return None
    return _column(sheet.pixels, paper, ink, places, height)


def with_leftovers(lines: Sequence[JudgedLine], found: Iterable[JudgedLine]) -> tuple[JudgedLine, ...]:
    """The found lines where they belong: before the first line that begins below their middle and shares columns with them."""
    whole = list(lines)
    for line in found:
        middle = (line.bbox[1] + line.bbox[3]) / 2
        after = (
            number
            for number, other in enumerate(whole)
            if other.bbox[1] > middle and other.bbox[0] < line.bbox[2] and line.bbox[0] < other.bbox[2]
        )
        whole.insert(next(after, len(whole)), line)
    return tuple(whole)


def _letter_height(words: Sequence[JudgedWord]) -> float | None:
    heights = [word.bbox[3] - word.bbox[1] for word in words if word.confidence > 0.9 and len(word.text) > 1]
    return float(np.median(heights)) if len(heights) >= FEWEST_WORDS else None


def _unread(pixels: Grey, paper: int, words: Sequence[JudgedWord]) -> Mask:
    ink = (pixels < paper - DARKER).astype(np.uint8)
    for x0, y0, x1, y1 in (word.bbox for word in words):
        ink[max(y0 - 3, 0) : y1 + 3, max(x0 - 3, 0) : x1 + 3] = 0
    return ink


def _of_letter_size(ink: Mask, height: float) -> list[Box]:
    boxes = cv2.connectedComponentsWithStats(ink, connectivity=8)[2][1:]
    high, wide = boxes[:, cv2.CC_STAT_HEIGHT], boxes[:, cv2.CC_STAT_WIDTH]
    fits = (high >= LOW * height) & (high <= HIGH * height) & (wide <= WIDE * height) & (wide * 12 >= high)
    return [(x, y, x + width, y + tall) for x, y, width, tall, _ in boxes[fits].tolist()]


def _places(letters: list[Box], sheet: Sheet, height: float) -> list[Box]:
    """Boxes of lines of letters, from the top. On the page a line has two letters at least; in a cell one digit is enough."""
    rows, columns = sheet.pixels.shape
    joined = np.zeros((rows, columns), np.uint8)
    reach, edge = round(JOINED * height / 2), round(height / 2)
    for x0, y0, x1, y1 in letters:
        joined[y0:y1, max(x0 - reach, 0) : x1 + reach] = 1
    found: list[Box] = []
    for x, y, wide, high, _ in cv2.connectedComponentsWithStats(joined, connectivity=8)[2][1:].tolist():
        inside = [box for box in letters if x <= (box[0] + box[2]) / 2 < x + wide and y <= (box[1] + box[3]) / 2 < y + high]
        x0, x1 = min(box[0] for box in inside), max(box[2] for box in inside)
        if high > 2 * HIGH * height or x0 < edge or y < edge or x1 > columns - edge or y + high > rows - edge:
            continue
        if len(inside) >= (1 if _in_cell((x0 + x1) / 2, y + high / 2, sheet) else 2):
            found.append((x0, y, x1, y + high))
    return sorted(found, key=lambda box: (box[1], box[0]))


def _in_cell(x: float, y: float, sheet: Sheet) -> bool:
    return any(cell.to[0] <= x <= cell.to[2] and cell.to[1] <= y <= cell.to[3] for cell in sheet.moved)


def _column(pixels: Grey, paper: int, ink: Mask, places: list[Box], height: float) -> Leftovers:
    rows, columns = pixels.shape
    around = cv2.dilate(ink, np.ones((5, 5), np.uint8))
    own = np.where(around > 0, pixels, paper).astype(np.uint8)
    left = y = round(height)
    strips: list[tuple[Box, tuple[int, int]]] = []
    cuts: list[Grey] = []
    for x0, y0, x1, y1 in places:
        top, bottom = max(y0 - round(ABOVE * height), 0), min(y1 + round(BELOW * height), rows)
        begin, end = max(x0 - round(BESIDE * height), 0), min(x1 + round(BESIDE * height), columns)
        cut = own[top:bottom, begin:end]
        strips.append(((left, y, left + cut.shape[1], y + cut.shape[0]), (begin - left, top - y)))
        cuts.append(cut)
        y += cut.shape[0] + round(BETWEEN * height)
    column = np.full((y + round(height), max(box[2] for box, _ in strips) + left), paper, np.uint8)
    for cut, ((x0, y0, x1, y1), _) in zip(cuts, strips, strict=True):
        column[y0:y1, x0:x1] = cut
    return Leftovers(column, tuple(strips))


def _sure(line: JudgedLine) -> bool:
    return mean_confidence(line.words) >= SURE and any(letter.isalnum() for word in line.words for letter in word.text)


def _moved(box: Box, by: tuple[int, int]) -> Box:
    return (box[0] + by[0], box[1] + by[1], box[2] + by[0], box[3] + by[1])
