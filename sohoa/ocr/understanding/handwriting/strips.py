"""From a crop of paper to the small strip the network reads: ink on nothing, always as high, whatever the scan."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

HEIGHT, WIDTH = 32, 128
# Writing fills this much of a strip's height, and its left edge stands this far in: strokes that lean out keep their ends.
WRITING, MARGIN = 24, 4
# What lies outside the crop is neither ink nor paper: a letter cut in two at the edge is known by it.
OUTSIDE = -0.3
# Paper and pen differ by at least this many grey levels; a pencil on yellowed paper has about 60.
FAINTEST = 28
# Larger crops are made smaller first: a number 4 mm high has 95 pixels at 600 dpi, and nothing is gained by more.
_TALLEST = 160
_LARGEST_SIDE = 4000


def strip_of(ink: NDArray[np.uint8], *, scale: float = 1.0, lean: float = 0.0) -> NDArray[np.float32] | None:
    """(HEIGHT, WIDTH), 0 is paper, 1 the darkest ink, OUTSIDE what the crop does not show; None where the crop holds nothing written.

    ink: grey, 0 black to 255 white. scale: writing drawn larger or smaller than WRITING. lean: shear, columns per row, to the right.
    Raises ValueError for anything but a two-dimensional array of bytes.
    """
    if ink.ndim != 2 or ink.dtype != np.uint8:
        raise ValueError("a crop is a two-dimensional array of bytes")
    if min(ink.shape) < 6 or max(ink.shape) > _LARGEST_SIDE:
        return None
    if ink.shape[0] > _TALLEST:
        shrunk = (max(6, round(ink.shape[1] * _TALLEST / ink.shape[0])), _TALLEST)
        ink = _grey(cv2.resize(ink, shrunk, interpolation=cv2.INTER_AREA))
    dark = _darkness(ink)
    if dark is None:
        return None
    box = _writing(dark)
    if box is None:
        return None
    x0, y0, x1, y1 = box
    zoom = WRITING * scale / (y1 - y0)
    # A long string is pressed together rather than cut off.
    across = min(zoom, (WIDTH - 2 * MARGIN) / (x1 - x0))
    middle = (y0 + y1) / 2
    if zoom < 0.9:
        # Sampling at a step of several pixels would lose thin strokes.
        dark = np.asarray(cv2.blur(dark, (max(1, round(0.8 / across)), max(1, round(0.8 / zoom)))), np.float32)
    place = np.array([[across, -lean * zoom, MARGIN - across * x0 + lean * zoom * middle], [0, zoom, HEIGHT / 2 - zoom * middle]])
    return np.asarray(cv2.warpAffine(dark, place, (WIDTH, HEIGHT), flags=cv2.INTER_LINEAR, borderValue=OUTSIDE), np.float32)


def strips_of(ink: NDArray[np.uint8], ways: Sequence[tuple[float, float]]) -> NDArray[np.float32] | None:
    """The crop seen in several ways, (ways, HEIGHT, as wide as needed); ways: scale and lean of each. None: nothing is written."""
    seen = [strip_of(ink, scale=scale, lean=lean) for scale, lean in ways]
    found = [strip for strip in seen if strip is not None]
    return narrowed(np.stack(found)) if found else None


def narrowed(strips: NDArray[np.float32]) -> NDArray[np.float32]:
    """Without the columns at the right that are paper in all of them; an even width."""
    inked = np.flatnonzero(strips.max(axis=(0, 1)) > 0.05)
    width = int(inked[-1]) + 1 + MARGIN if len(inked) else 2 * MARGIN
    return strips[:, :, : min(width + width % 2, WIDTH)]


def _darkness(ink: NDArray[np.uint8]) -> NDArray[np.float32] | None:
    """0 paper to 1 ink, the paper's own shade taken out; None where nothing is darker than the paper."""
    side = max(15, ink.shape[0] // 2) | 1
    # The lightest grey near a place is its paper, however the lamp or a fold shades it.
    paper = cv2.blur(cv2.dilate(cv2.blur(ink, (3, 3)), np.ones((side, side), np.uint8)), (side, side))
    depth = cv2.subtract(_grey(paper), ink).astype(np.float32)
    deepest = float(np.percentile(depth, 99.0))
    if deepest < FAINTEST:
        return None
    return np.clip((depth / deepest - 0.15) / 0.7, 0.0, 1.0).astype(np.float32)


def _writing(dark: NDArray[np.float32]) -> tuple[int, int, int, int] | None:
    """The box of what may be writing: specks, rules and dots set aside."""
    count, _, stats, _ = cv2.connectedComponentsWithStats((dark > 0.4).astype(np.uint8), connectivity=8)
    if count < 2:
        return None
    parts = np.asarray(stats[1:], np.int64)
    wide, high = parts[:, cv2.CC_STAT_WIDTH], parts[:, cv2.CC_STAT_HEIGHT]
    strokes = wide < 8 * high
    if not strokes.any():
        return None
    tallest = int(high[strokes].max())
    if tallest < 5:
        return None
    kept = parts[strokes & (high >= 0.3 * tallest)]
    left, top = kept[:, cv2.CC_STAT_LEFT], kept[:, cv2.CC_STAT_TOP]
    right, bottom = left + kept[:, cv2.CC_STAT_WIDTH], top + kept[:, cv2.CC_STAT_HEIGHT]
    return int(left.min()), int(top.min()), int(right.max()), int(bottom.max())


def _grey(picture: object) -> NDArray[np.uint8]:
    return np.asarray(picture, np.uint8)
