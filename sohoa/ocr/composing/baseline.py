"""Where a line of print stands: its baseline, slope and size, from boxes that only know where ink was.

A word without g or y ends at the baseline, one with them below it; "an" is half as tall as "Hà". Knowing the letters we know
how far each word reaches above and below, so its box tells size and baseline; the median over the line forgives a bad box.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from sohoa.ocr.model import Line, Word

# Reach of Times-like letters above and below the baseline, in parts of the size.
_LOW, _TALL, _MARKS_LOW, _MARKS_TALL, _SECOND_MARK = 0.45, 0.67, 0.68, 0.88, 0.14
_BELOW, _DOT_BELOW, _COMMA = 0.215, 0.2, 0.14
_ASCENDERS = frozenset("bdđfhklijt0123456789()[]{}/\\|!?&%§\"'“”‘’")
_DESCENDERS = frozenset("gjpqyQ()[]{}/\\|")
_ABOVE = frozenset("\u0300\u0301\u0302\u0303\u0306\u0309\u0308")
_UNDER = "\u0323"
_LEAST_SIZE = 3.0  # pixels; below this no letter was printed


@dataclass(frozen=True, slots=True)
class Standing:
    """x, y: where the baseline meets the line's left edge, pixels from the top left. slope: down per right. size: pixels."""

    x: float
    y: float
    slope: float
    size: float

    def at(self, x: float) -> float:
        return self.y + self.slope * (x - self.x)


def standing_of(line: Line, *, skew: float, usual_size: float | None = None) -> Standing:
    """skew: degrees, clockwise positive. usual_size: of the page's other lines, for a line of dots and dashes alone."""
    slope = math.tan(math.radians(skew)) if abs(skew) < 45 else 0.0
    left, top, _, bottom = line.bbox
    height = max(1.0, float(bottom - top))
    samples = [sample for word in line.words if (sample := _sample(word, slope))]
    if not samples:
        return Standing(left, bottom - 0.2 * height, slope, usual_size or max(_LEAST_SIZE, height))
    size = _median((weight, high / (above + below)) for weight, _, _, high, above, below in samples)
    size = min(max(size, _LEAST_SIZE), 2 * height)
    stands = _median((weight, low - below * size - slope * (middle - left)) for weight, middle, low, _, _, below in samples)
    return Standing(left, stands, slope, size)


def _sample(word: Word, slope: float) -> tuple[int, float, float, float, float, float] | None:
    """(letters, middle x, bottom y, height, reach above, reach below), the tilt of the word taken out of its box."""
    above, below, letters = reach_of(word.text)
    x0, y0, x1, y1 = word.bbox
    # A slanted word's box is taller by its width times the slope when its tall and low letters stand at its ends, and by nothing
    # when they stand in its middle; half of it is the fair guess.
    tilt = abs(slope) * (x1 - x0) / 2
    high = y1 - y0 - tilt
    if not letters or high < 2:
        return None
    return letters, (x0 + x1) / 2, y1 - tilt / 2, high, above, below


def reach_of(text: str) -> tuple[float, float, int]:
    """How far letters reach above and below the baseline, in parts of the size, and how many letters and digits there are."""
    above = below = 0.0
    letters = 0
    for letter in text:
        base, *marks = unicodedata.normalize("NFD", letter)
        if base.isalnum():
            letters += 1
        tall = base.isupper() or base in _ASCENDERS
        high = _TALL if tall else (_LOW if base.isalpha() else 0.0)
        over = sum(mark in _ABOVE for mark in marks)
        if over:
            high = (_MARKS_TALL if base.isupper() else _MARKS_LOW) + _SECOND_MARK * (over - 1)
        low = _BELOW if base in _DESCENDERS else (_COMMA if base in ",;" else 0.0)
        above = max(above, high)
        below = max(below, low, _DOT_BELOW if _UNDER in marks else 0.0)
    return above, below, letters


def _median(weighed: Iterable[tuple[int, float]]) -> float:
    ordered = sorted(weighed, key=lambda pair: pair[1])
    half, passed = sum(weight for weight, _ in ordered) / 2, 0
    for weight, value in ordered:
        passed += weight
        if passed >= half:
            return value
    return ordered[-1][1]
