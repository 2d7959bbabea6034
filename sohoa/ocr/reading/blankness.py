"""Is there anything on this side of the sheet? Asked of the pixels, before any reader is started."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from sohoa.ocr.imaging.preparing.pixels import Colour, Grey, darkest, shrunk

# At 100 dpi an i-dot of 12-point type is still one dark pixel, and A4 is one megapixel.
WORKING_DPI = 100
# Ink is this much darker than the paper around it. Faded 10-point print measures 0.35 and more after averaging, a seal that shows
# through from the other side 0.06 to 0.16.
INK_CONTRAST = 0.24
# A mark is a blob of ink at least this long (mm): smaller ones are dust. A full stop is 0.5 mm, an x in 8-point type 1.3 mm.
MARK_LENGTH = 1.0
# Shadows, staple corners and the neighbouring page come in from the edge: blobs that reach into this margin (mm) do not count.
EDGE = 4.0
# One stray mark or punch hole makes no text; the least that is worth reading, a page number in two digits, makes two marks.
FEWEST_MARKS = 2
# A picture or a black page has no strokes to count. Away from the edges, this share of pixels darker than DARK of the paper tells.
DARK, DARK_SHARE = 0.6, 0.005


def is_blank(pixels: Grey | Colour, *, dpi: int) -> bool:
    """True only where nothing looks like print, pen, seal or picture; any doubt gives False, and the page is read.

    pixels: the page, turned any way. dpi: of `pixels`.
    """
    shrink = max(1, dpi // WORKING_DPI)
    grey = darkest(shrunk(pixels, 1 / shrink))
    return not _has_dark_areas(grey) and _count_marks(grey, dpi / shrink) < FEWEST_MARKS


def _has_dark_areas(grey: Grey) -> bool:
    rows, columns = grey.shape
    middle = grey[rows // 12 : rows - rows // 12, columns // 12 : columns - columns // 12]
    if not middle.size:
        return True
    paper = float(np.percentile(middle, 95))
    return paper < 64 or float(np.mean(middle < DARK * paper)) > DARK_SHARE


def _count_marks(grey: Grey, dpi: float) -> int:
    """Blobs of ink that are larger than dust and do not come in from the edge."""
    ink = (_darkness(grey) > INK_CONTRAST).astype(np.uint8)
    boxes = cv2.connectedComponentsWithStats(ink, connectivity=8)[2][1:]
    left, top, width, height = (
        boxes[:, column] for column in (cv2.CC_STAT_LEFT, cv2.CC_STAT_TOP, cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT)
    )
    rows, columns = ink.shape
    edge = round(EDGE / 25.4 * dpi)
    inside = (left > edge) & (top > edge) & (left + width < columns - edge) & (top + height < rows - edge)
    large = np.maximum(width, height) >= MARK_LENGTH / 25.4 * dpi
    return int(np.count_nonzero(inside & large))


def _darkness(grey: Grey) -> NDArray[np.float32]:
    """0 for paper, 1 for black, against the brightness of the paper nearby, so that uneven light does not look like ink."""
    reach = cv2.getStructuringElement(cv2.MORPH_RECT, (25, 25))  # 6 mm: wider than any stroke
    paper = cv2.blur(cv2.morphologyEx(grey, cv2.MORPH_CLOSE, reach), (25, 25))
    lit = np.maximum(paper.astype(np.float32), 1.0)
    return np.clip(np.float32(1.0) - grey.astype(np.float32) / lit, 0.0, 1.0).astype(np.float32)
