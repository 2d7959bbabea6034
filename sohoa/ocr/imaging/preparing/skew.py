"""By how much the lines of a page are turned, and whether they run across or down."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from sohoa.ocr.imaging.preparing.pixels import Grey, Mask, shrunk

LIMIT = 6.0  # degrees; a feeder that pulls worse than this tears the sheet
SHRINK = 2  # of generated pages all are then measured within 0.06 degrees; at a third of the size within 0.11
POINTS = 10_000
FEWEST = 500  # pixels of ink that can have a direction
INK = 25  # darker than its surroundings
LONGEST = 100  # pixels, 2 to 3 cm: what hangs together over more than this is no word but rules, a frame, a picture
# How much sharper the profile must be one way than the other before the page is said to lie on its side.
CLEAR = 1.5


@dataclass(frozen=True, slots=True)
class Slant:
    """degrees: clockwise positive. direction: "across", "down" (the page lies on its side) or "unsure"."""

    degrees: float
    direction: str


def slant_of(grey: Grey) -> Slant:
    """grey: the page at about 225 dpi. The slant under which rows of ink and rows of paper differ most."""
    ink = _ink(grey)
    if np.count_nonzero(ink) < FEWEST:
        return Slant(0.0, "unsure")
    degrees, _ = _sharpest(*_points(ink))
    return Slant(round(degrees, 2) + 0.0, _direction(ink, degrees))  # no -0.0


def _direction(ink: Mask, degrees: float) -> str:
    """By the words alone: a frame around a few lines and the rules of a form are longer down the page than across it."""
    labels, boxes = cv2.connectedComponentsWithStats(ink, connectivity=8)[1:3]
    short = np.maximum(boxes[:, cv2.CC_STAT_WIDTH], boxes[:, cv2.CC_STAT_HEIGHT]) <= LONGEST
    words = ink & short[np.asarray(labels, dtype=np.int64)]
    if np.count_nonzero(words) < FEWEST:
        return "unsure"
    xs, ys = _points(words)
    across = _sharpness(xs, ys, degrees)
    _, down = _sharpest(ys, xs)
    return "across" if across > CLEAR * down else "down" if down > CLEAR * across else "unsure"


def straightening(grey: Grey, degrees: float) -> NDArray[np.float64]:
    """The 2x3 matrix that takes places of the slanted page to the straight one."""
    height, width = grey.shape
    return np.asarray(cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0), dtype=np.float64)


def straightened(grey: Grey, matrix: NDArray[np.float64]) -> Grey:
    height, width = grey.shape
    turned = cv2.warpAffine(grey, matrix, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(turned, dtype=np.uint8)


def _ink(grey: Grey) -> Mask:
    """What is darker than its surroundings, shrunk, without the page's edges."""
    small = shrunk(grey, 1 / SHRINK)
    rows, columns = small.shape
    edge = min(rows, columns) // 40
    ink = cv2.subtract(cv2.blur(small, (31, 31)), small) > INK
    return ink[edge : rows - edge, edge : columns - edge].astype(np.uint8)


def _points(ink: Mask) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Places of ink, across and down; of many only some."""
    ys, xs = np.nonzero(ink)
    every = max(1, len(xs) // POINTS)
    # The ink of a pixel is anywhere in it. At whole numbers, all points of a row would move to the next one at the same moment, and
    # no slant would seem sharper than 0.
    within = np.random.default_rng(0).random((2, len(xs[::every])))
    return xs[::every] + within[0], ys[::every] + within[1]


def _sharpest(along: NDArray[np.float64], over: NDArray[np.float64]) -> tuple[float, float]:
    """The best angle and its sharpness, per point so that two directions compare."""
    best, sharpness = 0.0, 0.0
    for step, span in ((0.5, LIMIT), (0.1, 0.4), (0.02, 0.08)):
        tried = np.arange(best - span, best + span + step / 2, step)
        scores = [_sharpness(along, over, float(angle)) for angle in tried]
        best, sharpness = float(tried[int(np.argmax(scores))]), max(scores)
    return best, sharpness


def _sharpness(along: NDArray[np.float64], over: NDArray[np.float64], degrees: float) -> float:
    places = over - along * math.tan(math.radians(degrees))
    places -= places.min()
    whole = places.astype(np.int64)
    part = places - whole  # each point belongs to two rows, to each as much as it is near
    count = int(whole.max()) + 2
    rows = np.bincount(whole, 1 - part, count) + np.bincount(whole + 1, part, count)
    return float(np.square(np.diff(rows, prepend=0, append=0)).sum()) / len(along)
