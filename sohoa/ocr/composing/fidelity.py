"""Does a page drawn from layers still pass for the page that was scanned?

Both are brought to the resolution that a reader sees on a screen, where the paper's grain has averaged out; there, every block of
1.4 mm is compared in two ways:
- structure: SSIM of the luminance (Wang and others, 2004; Gaussian window of 1.5 pixels) in the blocks with ink. The mean counts,
  and the worst, for one letter that went missing is one block. On a page that passes it is 0.7 to 0.9; a dash wiped out gives 0.3 to
  0.4, a dot under a letter 0.2 to 0.6, a word 0.
- colour: the distance in CIELAB between the blocks' mean colours; the worst counts.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
Plane = NDArray[np.float32]

SCREEN_DPI = 150
BLOCK = 8  # pixels at SCREEN_DPI: 1.4 mm
LEAST_STRUCTURE, LEAST_OF_WORST = 0.90, 0.65
MOST_COLOUR = 16.0  # 2.3 is what an eye can just tell of large areas side by side; a block lies on a letter's edge
_C1, _C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
_WRITTEN = 12.0  # grey levels of standard deviation in a block; paper alone has 1 to 8 at SCREEN_DPI


@dataclass(frozen=True, slots=True)
class Fidelity:
    """structure, worst: mean and least SSIM of the blocks with ink, 1 when there are none. colour: of the worst block."""

    structure: float
    worst: float
    colour: float

    @property
    def passes(self) -> bool:
        return self.structure >= LEAST_STRUCTURE and self.worst >= LEAST_OF_WORST and self.colour <= MOST_COLOUR


def compared(scan: Pixels, redrawn: Pixels, *, dpi: int) -> Fidelity:
    """Both (height, width, 3), red green blue, of the same size."""
    scan, redrawn = _on_screen(scan, dpi), _on_screen(redrawn, dpi)
    grey, again = _luminance(scan), _luminance(redrawn)
    blocks = _means(_ssim(grey, again))
    uneven = np.sqrt(np.maximum(0, _means(grey * grey) - _means(grey) ** 2))
    uneven_again = np.sqrt(np.maximum(0, _means(again * again) - _means(again) ** 2))
    written = blocks[np.maximum(uneven, uneven_again) > _WRITTEN]
    distance = np.linalg.norm(_means(_lab(scan)) - _means(_lab(redrawn)), axis=-1)
    if not written.size:
        return Fidelity(1.0, 1.0, float(distance.max()))
    return Fidelity(float(written.mean()), float(written.min()), float(distance.max()))


def _on_screen(page: Pixels, dpi: int) -> Pixels:
    scale = min(1.0, SCREEN_DPI / dpi)
    size = tuple(max(BLOCK, round(side * scale)) for side in page.shape[1::-1])
    return np.asarray(cv2.resize(page, size, interpolation=cv2.INTER_AREA), np.uint8)


def _luminance(page: Pixels) -> Plane:
    return np.asarray(cv2.cvtColor(page, cv2.COLOR_RGB2GRAY), np.float32)


def _lab(page: Pixels) -> Plane:
    return np.asarray(cv2.cvtColor(page.astype(np.float32) / 255, cv2.COLOR_RGB2LAB), np.float32)


def _ssim(one: Plane, other: Plane) -> Plane:
    def smooth(plane: Plane) -> Plane:
        return np.asarray(cv2.GaussianBlur(plane, (11, 11), 1.5), np.float32)

    mean, mean_other = smooth(one), smooth(other)
    spread, spread_other = smooth(one * one) - mean**2, smooth(other * other) - mean_other**2
    shared = smooth(one * other) - mean * mean_other
    alike = (2 * mean * mean_other + _C1) * (2 * shared + _C2)
    return np.asarray(alike / ((mean**2 + mean_other**2 + _C1) * (spread + spread_other + _C2)), np.float32)


def _means(plane: Plane) -> Plane:
    """Of each whole block: (rows, columns) or (rows, columns, channels)."""
    rows, columns = plane.shape[0] // BLOCK, plane.shape[1] // BLOCK
    cut = plane[: rows * BLOCK, : columns * BLOCK]
    return cut.reshape(rows, BLOCK, columns, BLOCK, *plane.shape[2:]).mean(axis=(1, 3), dtype=np.float32)
