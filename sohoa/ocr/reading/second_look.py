"""What a page's readers left out or were not sure of, offered once more in a column of its own.

A line cut out and set alone is read better than among rules, seals and other lines, and another reader errs elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from sohoa.ocr.imaging.preparing.pixels import Grey, paper_of
from sohoa.ocr.imaging.preparing.sheet import Sheet
from sohoa.ocr.reading.arbiter import JudgedLine, JudgedWord
from sohoa.ocr.reading.column import Column, Strip, column_of, joined
from sohoa.ocr.reading.leftovers import leftovers, with_leftovers
from sohoa.ocr.reading.recogniser import Reading

# The white around a line, in heights of its words, and between two lines.
AROUND, BETWEEN = 0.25, 0.5
# Fewer sure words than this do not tell which ink has a letter's size.
FEWEST_WORDS = 8
# Tesseract refuses pictures that are higher than 32,767 pixels.
HIGHEST = 30_000

Read = Callable[[Grey], Reading]
Arbitrate = Callable[[Sequence[Reading]], tuple[JudgedLine, ...]]


def looked_again(
    sheet: Sheet, first: Reading, lines: tuple[JudgedLine, ...], *, below: float, read: Read, arbitrate: Arbitrate
) -> tuple[JudgedLine, ...]:
    """first, lines: a reading of the sheet, and what the arbiter made of it. below: lines with a word less sure than this are read
    again, and judged by both readings. read: a column's reading. What was left out is judged by that alone.
    """
    if not lines:
        return lines
    height, paper = _height(lines), paper_of(sheet.pixels)
    left = leftovers(sheet, lines, paper=paper, height=height) if len(_sure_words(lines)) >= FEWEST_WORDS else ()
    doubts = _doubtful(sheet.pixels, lines, paper, height, below)
    if not left and not doubts:
        return lines
    columns = _columns([*left, *doubts], paper, height)
    readings = [read(column.pixels) for column in columns]
    placed = [of for column, reading in zip(columns, readings, strict=True) for of in column.back(reading)]
    if doubts:
        lines = arbitrate([first, joined(readings[0], placed[len(left) :])])
    return with_leftovers(lines, arbitrate([joined(readings[0], placed[: len(left)])]))


def column_of_doubts(pixels: Grey, lines: Sequence[JudgedLine], *, below: float) -> Column | None:
    """The doubtful lines of an ordinary page alone; None where there are none."""
    height, paper = _height(lines), paper_of(pixels)
    columns = _columns(_doubtful(pixels, lines, paper, height, below), paper, height)
    return columns[0] if columns else None


def _columns(strips: Sequence[Strip], paper: int, height: float) -> list[Column]:
    """One, but for a sheet with so many lines that readers would refuse their column."""
    between, around = round(BETWEEN * height), round(height)
    parts: list[list[Strip]] = []
    room = 0
    for strip in strips:
        needed = strip.pixels.shape[0] + between
        if needed > room:
            parts.append([])
            room = HIGHEST - 2 * around
        parts[-1].append(strip)
        room -= needed
    return [column_of(part, paper=paper, between=between, around=around) for part in parts]


def _doubtful(pixels: Grey, lines: Sequence[JudgedLine], paper: int, height: float, below: float) -> tuple[Strip, ...]:
    """Whole lines: their sure words tell where the unsure ones stand, and whether the other reader speaks of the same line."""
    near = round(AROUND * height)
    strips: list[Strip] = []
    for line in lines:
        if min(word.confidence for word in line.words) < below:
            x0, y0, x1, y1 = line.bbox
            top, left = max(y0 - near, 0), max(x0 - 2 * near, 0)
            cut = pixels[top : y1 + near, left : x1 + 2 * near]
            # What lies between words is rules and marks in the margin, which alone on a line look like letters.
            own = np.full_like(cut, paper)
            for wx0, wy0, wx1, wy1 in (word.bbox for word in line.words):
                rows, columns = (
                    slice(max(wy0 - top - near, 0), wy1 - top + near),
                    slice(max(wx0 - left - near, 0), wx1 - left + near),
                )
                own[rows, columns] = cut[rows, columns]
            strips.append(Strip(own, left, top))
    return tuple(strips)


def _height(lines: Sequence[JudgedLine]) -> float:
    """Of the words; of sure ones, if there are any."""
    words = _sure_words(lines) or [word for line in lines for word in line.words]
    return float(np.median([word.bbox[3] - word.bbox[1] for word in words]))


def _sure_words(lines: Sequence[JudgedLine]) -> list[JudgedWord]:
    return [word for line in lines for word in line.words if word.confidence > 0.9 and len(word.text) > 1]
