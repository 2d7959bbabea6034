"""The ink of one line, stroke by stroke, and a part of it cut out clean of its printed neighbours."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

import cv2
import numpy as np
from numpy.typing import NDArray

from sohoa.ocr.imaging.preparing.pixels import Colour, Grey, Mask
from sohoa.ocr.model import Box, Word
from sohoa.ocr.reading.structure.strokes import without_red

REACH = 1.0  # letter heights looked at above and below the middle of a line; pens write up to 1.6 times as tall as print
OFF_LINE = 0.62  # letter heights between a stroke's middle and the line's, above which it belongs to another line or is a rule
SPECK = 0.16  # letter heights; the dots of a colon are higher
ROOM = 0.5  # letter heights; a wider gap between words is not a better one
FAR = 0.7  # how much wider a gap must be for each pixel it lies away from where the word seemed to end
# Ink is darker than these shares of the paper; between them, wherever dark and bright part best. A thin pen on a grey page needs more.
DARK, BRIGHT = 0.55, 0.8
# A slash: a straight stroke of even width that leans to the right. Heights and widths in letter heights.
SLASH_HEIGHT, SLASH_WIDTH, STRAIGHT = 0.5, 0.22, 0.95


@dataclass(frozen=True, slots=True)
class Stroke:
    """A connected piece of ink. bbox: on the page. number: its label in the row's picture."""

    bbox: Box
    number: int

    @property
    def middle(self) -> float:
        return (self.bbox[0] + self.bbox[2]) / 2

    @property
    def height(self) -> int:
        return self.bbox[3] - self.bbox[1]


@dataclass(frozen=True, slots=True)
class Row:
    """Strokes from the left that stand on one line of print. grey: of the part of the page around it, without red, whose top left
    corner is `corner`. labels: which stroke each of its pixels belongs to, 0 none. unit: letter height in pixels.
    """

    strokes: tuple[Stroke, ...]
    corner: tuple[int, int]
    grey: Grey
    labels: NDArray[np.int32]
    unit: float

    def between(self, left: float, right: float) -> tuple[Stroke, ...]:
        """Strokes with their middle between two x."""
        return tuple(stroke for stroke in self.strokes if left < stroke.middle < right)

    def gap_near(self, edge: float) -> float:
        """x between two strokes where a printed word more likely ends than at `edge`: where the ink leaves more room."""
        tall = sorted((s for s in self.strokes if s.height >= SPECK * self.unit), key=lambda s: s.middle)
        lows = accumulate((stroke.bbox[2] for stroke in tall), max)
        best, found = -math.inf, edge
        for before, after, low in zip(tall, tall[1:], lows, strict=False):
            high = after.bbox[0]
            away = max(min(low, high) - edge, edge - max(low, high), 0.0)
            room = min(high - low, ROOM * self.unit) - FAR * away
            if room > best:
                best = room
                found = min(max((low + high) / 2, before.middle + 0.01), after.middle)
        return found

    def shape_of(self, stroke: Stroke) -> NDArray[np.bool_]:
        x, y = self.corner
        x0, y0, x1, y1 = stroke.bbox
        return np.asarray(self.labels[y0 - y : y1 - y, x0 - x : x1 - x] == stroke.number)

    def is_slash(self, stroke: Stroke) -> bool:
        width = stroke.bbox[2] - stroke.bbox[0]
        if stroke.height < SLASH_HEIGHT * self.unit or not 0.1 * stroke.height < width < 0.8 * stroke.height:
            return False
        shape = self.shape_of(stroke)
        rows = np.flatnonzero(shape.any(axis=1))
        middles = np.array([np.flatnonzero(shape[row]).mean() for row in rows])
        wide = float(shape.sum()) / len(rows)
        leaning = float(np.corrcoef(rows, middles)[0, 1]) if np.ptp(middles) > 0 else 0.0
        return wide < SLASH_WIDTH * self.unit and leaning < -STRAIGHT

    def cut_out(self, box: Box, own: Sequence[Stroke], *, air: int) -> Grey:
        """The part of the page in `box` and `air` pixels around, other strokes painted over with paper."""
        x, y = self.corner
        height, width = self.grey.shape
        x0, y0 = max(box[0] - x - air, 0), max(box[1] - y - air, 0)
        x1, y1 = min(box[2] - x + air, width), min(box[3] - y + air, height)
        grey = self.grey[y0:y1, x0:x1].copy()
        labels = self.labels[y0:y1, x0:x1]
        others = (labels > 0) & ~np.isin(labels, [stroke.number for stroke in own])
        # The soft edge of a letter goes with it, but not where it lies against the writing.
        near = cv2.dilate(others.astype(np.uint8), np.ones((5, 5), np.uint8)).astype(bool) & ((labels == 0) | others)
        grey[near] = int(np.median(self.grey))
        return grey


def row_of(pixels: Grey | Colour, words: Sequence[Word], unit: float, *, left: float, right: float) -> Row:
    """The line on which `words` stand, from x `left` to `right`. pixels: of the upright page; words: at least one."""
    height, width = pixels.shape[:2]
    middle, slope = _course(words)
    ends = (middle + slope * left, middle + slope * right)
    x0, x1 = max(0, round(left)), min(width, round(right))
    y0 = max(0, round(min(ends) - REACH * unit))
    y1 = min(height, round(max(ends) + REACH * unit))
    if x1 <= x0 or y1 <= y0:
        return Row((), (x0, y0), np.zeros((0, 0), np.uint8), np.zeros((0, 0), np.int32), unit)
    grey = np.ascontiguousarray(without_red(pixels[y0:y1, x0:x1]))
    _, labels, stats, _ = cv2.connectedComponentsWithStats(_ink(grey), connectivity=8)
    strokes: list[Stroke] = []
    for number, (sx, sy, sw, sh, _) in enumerate(stats.tolist()):
        here = middle + slope * (x0 + sx + sw / 2)
        on_line = abs(y0 + sy + sh / 2 - here) < OFF_LINE * unit and sh < 2 * REACH * unit
        if number and on_line and max(sw, sh) >= SPECK * unit / 2:
            strokes.append(Stroke((x0 + sx, y0 + sy, x0 + sx + sw, y0 + sy + sh), number))
    strokes.sort(key=lambda stroke: stroke.bbox)
    return Row(tuple(strokes), (x0, y0), grey, np.asarray(labels, np.int32), unit)


def _ink(grey: Grey) -> Mask:
    smooth = cv2.GaussianBlur(grey, (3, 3), 0)
    paper = float(np.median(smooth))
    parted, _ = cv2.threshold(smooth, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    return (smooth < min(max(parted, DARK * paper), BRIGHT * paper)).astype(np.uint8)


def _course(words: Sequence[Word]) -> tuple[float, float]:
    """y of the line's middle at x = 0, and how much it falls a pixel to the right: the page may lie askew."""
    x = np.array([(word.bbox[0] + word.bbox[2]) / 2 for word in words])
    y = np.array([(word.bbox[1] + word.bbox[3]) / 2 for word in words])
    if len(words) < 2 or np.ptp(x) < 100:
        return float(np.median(y)), 0.0
    # Theil and Sen's line: one box that took in a neighbour must not bend it.
    slopes = [(y[j] - y[i]) / (x[j] - x[i]) for i in range(len(x)) for j in range(i) if abs(x[j] - x[i]) > 40]
    slope = float(np.clip(np.median(slopes), -0.1, 0.1)) if slopes else 0.0
    return float(np.median(y - slope * x)), slope
