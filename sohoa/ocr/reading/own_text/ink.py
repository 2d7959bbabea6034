"""Own text held against the page's picture: does each word lie on ink, and is there print that no word accounts for?

The file says what its text is; the picture is what people see. Words without ink (white, clipped, below a picture) are no part of
the page, and print without words (outlines, a pasted picture of text) means that the text layer is not all of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from sohoa.ocr.imaging.preparing.pixels import Grey, darkest, pixels_of
from sohoa.ocr.model import Box, PageImage
from sohoa.ocr.reading.pictures import plain_picture

LEAST_CONTRAST = 40  # of 255, between a letter and what is around it; light grey print on white has 60
WORKING_DPI = 100  # print without words is looked for at this resolution
INK_CONTRAST = 0.24  # as in blankness: faded print is darker than this against its paper
# Letters in mm, as high and wide as they come from 6-point notes to headings; a rule or a frame is longer.
LETTER_HEIGHTS, LETTER_WIDTHS = (0.9, 8.0), (0.2, 14.0)
GAP = 2.5  # mm between letters or words of one line
LINE_HEIGHT, LINE_LENGTH, LINE_LETTERS = 9.0, 8.0, 5  # at most mm, at least mm, at least this many marks in a row
_AROUND = 0.7  # mm around a word that are its own: marks above capitals, underlines, the edge of a blur

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Held:
    """boxes: one for each word, drawn tight around its ink; None where there is none.

    unread: letter-like marks in rows outside every word and every area that was to be left out.
    stained: share of dark pixels outside every word, within the pictures.
    """

    boxes: tuple[Box | None, ...]
    unread: int
    stained: float


def held_against(image: PageImage, boxes: Sequence[Box], *, leave_out: Sequence[Box], pictures: Sequence[Box]) -> Held:
    """boxes, leave_out, pictures: pixels of the stored picture, within it. Raises DamagedImage."""
    with plain_picture(image) as picture:
        grey = darkest(pixels_of(picture))
    tight = tuple(_tightened(grey, box) for box in boxes)
    shrink = max(1, image.dpi // WORKING_DPI)
    small: Grey = cv2.resize(grey, None, fx=1 / shrink, fy=1 / shrink, interpolation=cv2.INTER_AREA).astype(np.uint8)
    mm = image.dpi / shrink / 25.4
    inked = _inked(small, mm)
    margin = max(1, round(_AROUND * mm))
    for x0, y0, x1, y1 in boxes:
        inked[
            max(0, y0 // shrink - margin) : y1 // shrink + 1 + margin, max(0, x0 // shrink - margin) : x1 // shrink + 1 + margin
        ] = 0
    stained = _share_within(inked, pictures, shrink)
    for x0, y0, x1, y1 in leave_out:
        inked[y0 // shrink : y1 // shrink + 1, x0 // shrink : x1 // shrink + 1] = 0
    return Held(tight, _letters_in_rows(inked, mm), stained)


def _tightened(grey: Grey, box: Box) -> Box | None:
    """poppler's boxes reach from the font's highest letter to its lowest; readers of pictures give what is inked."""
    x0, y0, x1, y1 = box
    crop = grey[y0:y1, x0:x1]
    if crop.size == 0:
        return None
    darkest, lightest = int(crop.min()), int(crop.max())
    if lightest - darkest < LEAST_CONTRAST:
        return None
    middle = (darkest + lightest) / 2
    # Letters cover less of their box than what is around them does.
    ink: Mask = crop < middle
    if ink.mean() > 0.5:
        ink = ~ink
    rows, columns = ink.mean(axis=1), ink.any(axis=0)
    if x1 - x0 > 2 * (y1 - y0):
        lettered = (rows > 0) & (rows < 0.95)  # an underline or a table's rule is no letter
        rows = lettered if lettered.any() else rows > 0
    else:
        rows = rows > 0
    inked_rows, inked_columns = np.flatnonzero(rows), np.flatnonzero(columns)
    return (
        x0 + int(inked_columns[0]),
        y0 + int(inked_rows[0]),
        x0 + int(inked_columns[-1]) + 1,
        y0 + int(inked_rows[-1]) + 1,
    )


def _inked(grey: Grey, mm: float) -> Grey:
    """1 where a pixel is darker than the paper, or the shaded cell, around it."""
    side = max(3, round(4 * mm))
    paper = cv2.morphologyEx(grey, cv2.MORPH_CLOSE, np.ones((side, side), np.uint8)).astype(np.int16)
    return (paper - grey > INK_CONTRAST * paper.clip(min=64)).astype(np.uint8)


def _share_within(inked: Grey, areas: Sequence[Box], shrink: int) -> float:
    """Share of inked pixels in the areas together."""
    within = np.zeros(inked.shape, dtype=np.bool_)
    for x0, y0, x1, y1 in areas:
        within[y0 // shrink : y1 // shrink + 1, x0 // shrink : x1 // shrink + 1] = True
    total = int(within.sum())
    return float(inked[within].sum()) / total if total else 0.0


def _letters_in_rows(inked: Grey, mm: float) -> int:
    """Marks the size of letters that stand beside others like them."""
    marks = _blobs(inked, 8)[1][1:]
    wide, high = marks[:, cv2.CC_STAT_WIDTH] / mm, marks[:, cv2.CC_STAT_HEIGHT] / mm
    fits = (high >= LETTER_HEIGHTS[0]) & (high <= LETTER_HEIGHTS[1]) & (wide >= LETTER_WIDTHS[0]) & (wide <= LETTER_WIDTHS[1])
    letters = marks[fits]
    if len(letters) < LINE_LETTERS:
        return 0
    rows = np.zeros(inked.shape, dtype=np.uint8)
    for x, y, w, h, _ in letters.tolist():
        rows[y : y + h, x : x + w] = 1
    bridge = np.ones((1, max(3, round(GAP * mm))), np.uint8)
    joined: Grey = cv2.morphologyEx(rows, cv2.MORPH_CLOSE, bridge).astype(np.uint8)
    labels, shape = _blobs(joined, 4)
    places = labels[letters[:, cv2.CC_STAT_TOP] + letters[:, cv2.CC_STAT_HEIGHT] // 2, letters[:, 0] + letters[:, 2] // 2]
    members = np.bincount(places, minlength=len(shape))
    in_line = (
        (shape[:, cv2.CC_STAT_HEIGHT] <= LINE_HEIGHT * mm)
        & (shape[:, cv2.CC_STAT_WIDTH] >= LINE_LENGTH * mm)
        & (members >= LINE_LETTERS)
    )
    in_line[0] = False
    return int(members[in_line].sum())


def _blobs(mask: Grey, neighbours: int) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """The blob at each pixel, and for each blob left, top, width, height and area; the first is the ground."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=neighbours)
    return np.asarray(labels, dtype=np.int32), np.asarray(stats, dtype=np.int32)
