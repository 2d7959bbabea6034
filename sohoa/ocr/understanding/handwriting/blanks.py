"""What stands where a typist leaves blanks for a clerk's pen: a paper's own number, day and month, written or printed.

    find_blanks(layout, pixels) -> Blanks(number, day, month, year), each a Blank or None

`places` tells by the words around them where they must be; here the ink says where those words really end, and cuts the
writing out clean, ready for read_digits().
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np

from sohoa.ocr.imaging.preparing.pixels import Colour, Grey
from sohoa.ocr.model import Box, around
from sohoa.ocr.reading.structure.strokes import Glyphs, glyphs
from sohoa.ocr.understanding.handwriting.places import NUMBER_LONGEST, Place, date_places, number_place
from sohoa.ocr.understanding.handwriting.rows import Row, Stroke, row_of
from sohoa.ocr.understanding.header import Layout

State = Literal["written", "printed", "empty"]

AIR = 4  # pixels around the writing in what the reader gets
DIGIT = 0.45  # letter heights; a lower stroke is a dot, a dash or a rule
OVER = 0.6  # letter heights a stroke may reach over a neighbouring word, as the flag of a 5 does
DOT = 0.3  # letter heights
WHOLE = 0.42  # of the tallest digit's height; lower is a part of one
NEXT = 1.2  # letter heights from a leaning stroke to a slash
# A pen's digits are taller and thicker than the print beside them. Measured on 10 real first pages: 32 printed ones 0.95 to 1.12 times
# as tall and 0.8 to 1.25 as thick, 21 written ones 1.1 to 1.6 and 0.9 to 2.2. The odds that it is a pen, in natural logarithms:
TALLER, THICKER, EVEN = 12.0, 3.0, 1.18
BLUE = 0.2  # share of the ink; print has none
SAID, SEEN_BLUE = 0.95, 0.98  # how surely it is written where the page reader took it for a pen's, and where it is blue


@dataclass(frozen=True, slots=True)
class Blank:
    """bbox: of what stands in it, on the page; of the gap where it is empty. raw, read: what the page reader saw there, how surely.

    sure: 0.5 to 1, how surely it is `state`. digits: at least so many, by strokes that stand apart. ink: the writing alone, grey, its
    printed neighbours painted over; no pixels where the blank is empty.
    """

    page: int
    bbox: Box
    raw: str
    read: float
    state: State
    sure: float
    digits: int
    ink: Grey = field(repr=False, compare=False)

    @property
    def written(self) -> bool:
        return self.state == "written"


@dataclass(frozen=True, slots=True)
class Blanks:
    """year: the printed year as read, with its confidence; "" where none was read."""

    number: Blank | None = None
    day: Blank | None = None
    month: Blank | None = None
    year: str = ""
    year_read: float = 0.0


def find_blanks(layout: Layout, pixels: Grey | Colour) -> Blanks:
    """The places on this page. pixels: of the upright page, in the system of the layout's boxes: (height, width), or RGB."""
    dates = date_places(layout)
    number = number_place(layout) or (_beside(dates.day, layout, pixels) if dates.day else None)
    return Blanks(
        _blank(layout, pixels, number) if number else None,
        _blank(layout, pixels, dates.day) if dates.day else None,
        _blank(layout, pixels, dates.month) if dates.month else None,
        dates.year,
        dates.year_read,
    )


def _beside(day: Place, layout: Layout, pixels: Grey | Colour) -> Place | None:
    """The number's place where none of its line was read: on the line of the date, between a colon and a slash."""
    if not layout.found:
        return None
    unit = layout.unit
    row = row_of(pixels, day.words, unit, left=0.05 * layout.page.width, right=layout.column - unit)
    colon = _colon_end(row)
    if colon is None:
        return None
    slashes = [stroke for stroke in row.between(colon + 0.3 * unit, colon + NUMBER_LONGEST * unit) if row.is_slash(stroke)]
    if not slashes:
        return None
    slash = slashes[-1]  # those before are a pen's
    behind = [stroke for stroke in row.between(slash.bbox[2], slash.bbox[2] + 3 * unit) if stroke.height >= DIGIT * unit]
    printed = (around(stroke.bbox for stroke in behind),) if behind else ()
    return Place(day.words, colon, slash.bbox[0], "slash", printed, (), ()) if printed else None


def _blank(layout: Layout, pixels: Grey | Colour, place: Place) -> Blank | None:
    unit = layout.unit
    right = place.right if place.right is not None else layout.page.width
    reach = NUMBER_LONGEST * unit if place.left is None else 0.0
    row = row_of(pixels, place.words, unit, left=(place.left or right) - reach - 1.5 * unit, right=right + 1.5 * unit)
    left = row.gap_near(place.left) if place.left is not None else _colon_end(row, before=right)
    if left is None or not row.grey.size:
        return None
    right = row.gap_near(right) if place.ends == "word" else _printed_slash(row, left, right, place)
    own = [stroke for stroke in row.between(left, right) if stroke.height >= DOT * unit or stroke.middle > left + 0.5 * unit]
    digits = [stroke for stroke in own if stroke.height >= DIGIT * unit]
    blank = Blank(
        layout.page.number, _gap_box(place, left, right), place.raw, place.read, "empty", 0.9, 0, np.zeros((0, 0), np.uint8)
    )
    if not digits:
        return replace(blank, sure=0.6) if place.raw else blank
    x0, y0, x1, y1 = around(stroke.bbox for stroke in digits)
    bbox = (max(x0, round(left - OVER * unit)), y0, min(x1, round(right + OVER * unit)), y1)
    # Where a pen wrote wide, the notation seems to begin inside its digits.
    behind = right + DOT * unit if place.ends != "word" else 0
    printed = [(max(box[0], round(behind)), *box[1:]) for box in place.print if box[2] > behind + unit]
    odds = SAID if any(word.handwritten for word in place.inside) else _by_pen(pixels, bbox, digits, printed)
    ink = row.cut_out(bbox, own, air=AIR)
    return replace(
        blank,
        bbox=bbox,
        state="written" if odds >= 0.5 else "printed",
        sure=round(max(odds, 1 - odds), 3),
        digits=_apart(digits),
        ink=ink,
    )


def _apart(digits: Sequence[Stroke]) -> int:
    """How many groups of strokes there are with paper between them, but for the scraps of a broken one."""
    tallest = max(stroke.height for stroke in digits)
    groups, end = 0, 0
    for stroke in sorted((stroke for stroke in digits if stroke.height > WHOLE * tallest), key=lambda stroke: stroke.bbox):
        groups += stroke.bbox[0] > end
        end = max(end, stroke.bbox[2])
    return groups


def _gap_box(place: Place, left: float, right: float) -> Box:
    nearest = min(place.words, key=lambda word: abs(word.bbox[2] - left))
    return (round(left), nearest.bbox[1], max(round(left) + 1, round(right)), nearest.bbox[3])


def _colon_end(row: Row, *, before: float | None = None) -> float | None:
    """x where the last colon of the row ends: two dots, one above the other."""
    least, most = 0.06 * row.unit, DOT * row.unit
    dots = [
        s for s in row.strokes if least < s.height < most and s.bbox[2] - s.bbox[0] < most and (before is None or s.middle < before)
    ]
    pairs = [
        max(low.bbox[2], high.bbox[2])
        for low in dots
        for high in dots
        if abs(low.middle - high.middle) < 0.15 * row.unit and 0.2 * row.unit < low.bbox[1] - high.bbox[1] < 0.6 * row.unit
    ]
    return float(max(pairs)) if pairs else None


def _printed_slash(row: Row, left: float, estimate: float, place: Place) -> float:
    """Where the slash of the notation stands, or `estimate` where none is seen. A pen's 1 may look like one, and comes before it."""
    doubt = {"slash": 1.0, "inside": 2.5}.get(place.ends, NUMBER_LONGEST) * row.unit
    until = estimate if place.ends == "limit" else estimate + doubt
    slashes = [stroke for stroke in row.between(max(left, estimate - doubt), until) if row.is_slash(stroke)]
    if not slashes:
        return estimate
    chosen = 0
    if place.ends != "limit":
        chosen = min(range(len(slashes)), key=lambda at: abs(slashes[at].bbox[0] - estimate))
    # None of the letters behind a slash looks like one, and a year between two slashes is wider.
    while chosen + 1 < len(slashes) and slashes[chosen + 1].middle - slashes[chosen].middle < NEXT * row.unit:
        chosen += 1
    return slashes[chosen].middle


def _by_pen(pixels: Grey | Colour, bbox: Box, digits: Sequence[Stroke], printed: Sequence[Box]) -> float:
    """The probability that a pen wrote it; one half where there is no print to compare it with."""
    here = glyphs(pixels, bbox)
    if here is None:
        return 0.5
    if here.blue > BLUE:
        return SEEN_BLUE
    there = next((seen for box in printed if (seen := _seen(pixels, box)) is not None and seen.width > 0), None)
    if there is None:
        return 0.5
    heights = sorted(height for *_, height in there.boxes)
    tall = [height for height in heights if height >= 0.8 * heights[-1]]  # a Q has a tail, an n is low
    taller = max(stroke.height for stroke in digits) / tall[len(tall) // 2]
    odds = TALLER * (taller - EVEN) + THICKER * (here.width / there.width - EVEN)
    return float(1 / (1 + np.exp(-odds)))


def _seen(pixels: Grey | Colour, box: Box) -> Glyphs | None:
    over = round(0.12 * (box[3] - box[1]))
    return glyphs(pixels, (box[0] - 1, box[1] - over, box[2] + 1, box[3] + over))
