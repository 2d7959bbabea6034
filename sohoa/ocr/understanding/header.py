"""Where the head of an official paper lies: the national name and motto on the right, agency and number on the left.

Source: NĐ 30/2020/NĐ-CP, Phụ lục I, zones 1 to 5. The two columns share their lines, and readers join them as often as not.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from rapidfuzz import fuzz

from sohoa.ocr.model import PageText
from sohoa.ocr.reading.structure.pieces import letter_height
from sohoa.ocr.understanding.strips import Strip, strip_of, strips_of

_NATIONAL_NAME = ("conghoaxahoichunghia", "dangcongsanvietnam")
_MOTTO = "doclaptudohanhphuc"
_ALIKE = 80  # of 100; two slips in ten letters, for stamps and skew sit right on these lines
LEFT_PART = 0.43  # of the page's width; what is centred in the left column lies near 0.27, a title near 0.5
_BAND = 14  # letter heights below the motto within which two columns may share a line
_WIDER = 1.2  # than the widest space on either side
_GAP = 0.6  # letter heights; a space is about 0.35


@dataclass(frozen=True, slots=True)
class Layout:
    """strips: the page's lines, top to bottom, those of the head cut between its columns. unit: letter height in pixels.

    column: x where the right column begins. top, bottom: y of national name and motto. All three 0 when `found` is False.
    """

    page: PageText
    strips: tuple[Strip, ...]
    unit: float
    found: bool
    column: int
    top: int
    bottom: int

    def left(self) -> tuple[Strip, ...]:
        """Strips of the left column, from the height of the national name down to the end of the band."""
        if not self.found:
            return ()
        reach = self.bottom + _BAND * self.unit
        return tuple(s for s in self.strips if self.in_left(s) and self.top - 2 * self.unit <= s.bbox[1] < reach)

    def right(self, reach: float) -> tuple[Strip, ...]:
        """Strips of the right column, down to `reach` letter heights below the motto."""
        if not self.found:
            return ()
        lowest, edge = self.bottom + reach * self.unit, self.column - 3 * self.unit
        return tuple(s for s in self.strips if self.top <= s.bbox[1] < lowest and s.bbox[0] >= edge)

    def in_left(self, strip: Strip) -> bool:
        """Also told from a short title, which stands in the middle of the page and may end before the right column begins."""
        edge = min(self.column, LEFT_PART * self.page.width)
        return self.found and strip.centre < edge and strip.bbox[2] <= self.column + 2 * self.unit

    def body(self) -> tuple[Strip, ...]:
        """Everything below the motto that is not in the left column; the whole page where there is no head."""
        return tuple(
            s for s in self.strips if not self.found or (s.bbox[3] > self.bottom + 0.3 * self.unit and not self._beside(s))
        )

    def _beside(self, strip: Strip) -> bool:
        return self.in_left(strip) and strip.bbox[1] < self.bottom + _BAND * self.unit


def layout_of(page: PageText) -> Layout:
    strips, unit = strips_of(page), letter_height(page)
    for strip in strips:
        if strip.bbox[1] > page.height * 0.5:
            break
        start = next((at for at in (_found_at(strip, name) for name in _NATIONAL_NAME) if at is not None), None)
        if start is not None:
            return _with_head(page, strips, unit, strip, start)
    return Layout(page, strips, unit, False, 0, 0, 0)


def _with_head(page: PageText, strips: tuple[Strip, ...], unit: float, national: Strip, start: int) -> Layout:
    column, top, bottom = start, national.bbox[1], national.bbox[3]
    for strip in strips:
        if top <= strip.bbox[1] < top + 8 * unit:
            motto = _found_at(strip, _MOTTO)
            if motto is not None:
                column, bottom = min(column, motto), max(bottom, strip.bbox[3])
                break
    column -= round(0.3 * unit)
    cut = [piece for strip in strips for piece in _cut(strip, column, unit, top - 2 * unit, bottom + _BAND * unit)]
    cut.sort(key=lambda strip: (strip.bbox[1], strip.bbox[0]))
    return Layout(page, tuple(cut), unit, True, column, top, bottom)


def _found_at(strip: Strip, pattern: str) -> int | None:
    """x where the phrase begins in this strip, or None. Spaces and signs are not looked at."""
    owners = [index for index, word in enumerate(strip.folded.split(" ")) for letter in word if letter.isalnum()]
    compact = "".join(filter(str.isalnum, strip.folded))
    if len(compact) < len(pattern) * 0.8:
        return None
    found = fuzz.partial_ratio_alignment(pattern, compact, score_cutoff=_ALIKE)
    if found is None or found.dest_start >= len(owners):
        return None
    index = owners[found.dest_start]
    return strip.words[index].bbox[0] if index < len(strip.words) else None


def _cut(strip: Strip, column: int, unit: float, upper: float, lower: float) -> tuple[Strip, ...]:
    if not upper <= strip.bbox[1] < lower:
        return (strip,)
    words = sorted(strip.words, key=lambda word: word.bbox[0])
    left = [word for word in words if (word.bbox[0] + word.bbox[2]) / 2 < column]
    right = words[len(left) :]
    if not left or not right:
        return (strip,)
    gap = right[0].bbox[0] - left[-1].bbox[2]
    spaces = [after.bbox[0] - before.bbox[2] for side in (left, right) for before, after in pairwise(side)]
    # A line of one wide text is justified or centred across the column's edge; its spaces are all about as wide.
    if gap < max(_GAP * unit, _WIDER * max(spaces, default=0)):
        return (strip,)
    return strip_of(left, strip.page), strip_of(right, strip.page)
