"""Uneven light: how much of it there is, and a page as if it were lit evenly."""

from __future__ import annotations

import cv2
import numpy as np

from sohoa.ocr.imaging.preparing.pixels import Grey, square

# The paper's brightness is looked for in a quarter of the resolution; at 225 dpi one step there is 0.45 mm.
STEP = 4
# Wider than the thickest stroke of a title, 7 mm.
REACH = 15
# Paper and anything that shows through it from the other side become white; the rest keeps its distance to the ink.
WHITE = 235
# Even in black type the strokes are grey at this resolution; one pixel in a hundred is as dark as the ink is.
INK_PERCENTILE = 1


def paper_brightness(grey: Grey) -> Grey:
    """The paper's own brightness at each place, at a quarter of the size. Ink is closed over, specks are outvoted."""
    height, width = grey.shape
    small = cv2.resize(grey, (max(1, width // STEP), max(1, height // STEP)), interpolation=cv2.INTER_AREA)
    closed = cv2.morphologyEx(cv2.medianBlur(small, 5), cv2.MORPH_CLOSE, square(REACH))
    return np.asarray(cv2.blur(closed, (2 * REACH + 1, 2 * REACH + 1)), dtype=np.uint8)


def unevenness(paper: Grey) -> float:
    """0 for even light; 0.3 where the darkest twentieth of the paper is 30 % darker than the brightest."""
    dark, bright = np.percentile(paper, (5, 95))
    return float(1 - dark / max(bright, 1.0))


def evened(grey: Grey, paper: Grey) -> Grey:
    """As if the paper were white everywhere."""
    height, width = grey.shape
    full = cv2.resize(paper, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(cv2.divide(grey, full, scale=255), dtype=np.uint8)


def stretched(grey: Grey) -> Grey:
    """Ink black, paper white. grey: evenly lit."""
    ink = min(float(np.percentile(grey[::4, ::4], INK_PERCENTILE)), WHITE - 60.0)
    levels = np.clip((np.arange(256, dtype=np.float32) - ink) * (255 / (WHITE - ink)), 0, 255).astype(np.uint8)
    return np.asarray(cv2.LUT(grey, levels), dtype=np.uint8)
