"""Where on a page a code is likely: a patch of black and white that changes often and has no white lines through it."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from sohoa.ocr.model import Box

Grey = NDArray[np.uint8]

# All in pixels of a picture of about 150 dpi, which is what `read_codes` brings a page to.
_JOIN = 8  # 1.4 mm: closes the widest white of a bar code; lines of print this close together are told apart by their ink
_SMALLEST = 26  # 4.4 mm: the side of the least code that office printers print
_LARGEST = 0.6  # of the picture's longer side
_FILLED = 0.62  # of its box, once closed; a code turned by five degrees still fills 0.83
_INK = (0.33, 0.78)  # share of black inside: codes have about half; print and seals have less, a photograph's shadow more
# From white to black along a line across: the least DataMatrix has 4 both ways, a QR 10 and more; bold print has 2 from top to
# bottom. Bars have none along themselves, so they must be taller than a line of print and closer set.
_CHANGES = 3.0
_BARS_CHANGES, _BARS_SHORTEST = 12.0, 30
MOST = 6


@dataclass(frozen=True, slots=True)
class Patch:
    """box: pixels of the picture that was searched. changes: how often a line across it turns from white to black, the mean."""

    box: Box
    changes: float


def likely_codes(grey: Grey) -> tuple[Patch, ...]:
    """At most MOST patches, the busiest first. grey: (height, width), about 150 dpi."""
    if min(grey.shape) < _SMALLEST:
        return ()
    black = np.asarray(cv2.adaptiveThreshold(grey, 1, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, 41, 12), np.uint8)
    closed = cv2.morphologyEx(black, cv2.MORPH_CLOSE, np.ones((_JOIN, _JOIN), np.uint8))
    _, _, stats, _ = cv2.connectedComponentsWithStats(closed, connectivity=4)
    largest = _LARGEST * max(grey.shape)
    found: list[Patch] = []
    for x, y, width, height, area in np.asarray(stats[1:], np.int64).tolist():
        if min(width, height) < _SMALLEST or max(width, height) > largest or area < _FILLED * width * height:
            continue
        patch = black[y : y + height, x : x + width]
        if not _INK[0] <= float(patch.mean()) <= _INK[1]:
            continue
        across = float((np.diff(patch.astype(np.int8), axis=1) > 0).sum(axis=1).mean())
        down = float((np.diff(patch.astype(np.int8), axis=0) > 0).sum(axis=0).mean())
        bars = max(across, down) >= _BARS_CHANGES and min(width, height) >= _BARS_SHORTEST
        if min(across, down) >= _CHANGES or bars:
            found.append(Patch((x, y, x + width, y + height), max(across, down)))
    found.sort(key=lambda patch: -patch.changes)
    return tuple(found[:MOST])
