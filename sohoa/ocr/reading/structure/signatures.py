"""Where a pen signed: the strokes between the signer's position and his name.

Red seals vanish in the red channel, so that strokes of a blue or black pen stay alone there. On a grey scan the seal is as dark as
the pen, and the place is that of both.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import cv2

from sohoa.ocr.imaging.preparing.pixels import Colour, Grey, square
from sohoa.ocr.model import Box, Line, PageText, around
from sohoa.ocr.reading.structure import zones
from sohoa.ocr.reading.structure.phrases import in_capitals
from sohoa.ocr.reading.structure.pieces import letter_height
from sohoa.ocr.reading.structure.strokes import ink_of, without_red

# In letter heights: the least white between position and name that a signature was left; how far strokes run beyond the block's
# sides, above the name's foot and over the position; what is looked at where only position or name was read.
ROOM, SIDES, OVER, BELOW, ALONE = 2.0, 7.0, 1.0, 0.3, 7.0
# A stroke as wide or as high as this belongs to a signature; smaller ones do if they lie near; and the least size of it all.
STROKE, NEAR, LEAST_WIDTH, LEAST_HEIGHT = 1.3, 0.8, 1.5, 0.7
# Words read so surely, or of so many letters, are print and no strokes; lines read less surely than the last are strokes.
PRINTED, LETTERS, UNSURE = 0.8, 3, 0.55


def signatures(page: PageText, pixels: Grey | Colour) -> tuple[Box, ...]:
    """At most one for each signer's block, in their order. page: its zones named. pixels: of the upright page."""
    unit = letter_height(page)
    found = (_signature(room, page, pixels, unit) for block in _blocks(page, unit) for room in _rooms(block, page, unit))
    return tuple(box for box in found if box is not None)


def _blocks(page: PageText, unit: float) -> list[list[Line]]:
    """Lines of one signer, from the top: they share their middle."""
    blocks: list[list[Line]] = []
    for line in page.lines:
        if line.zone != zones.SIGNATURE or _is_scrap(line, unit):
            continue
        middle = (line.bbox[0] + line.bbox[2]) / 2
        mine = next((block for block in blocks if block[0].bbox[0] - 3 * unit < middle < block[0].bbox[2] + 3 * unit), None)
        if mine is None:
            blocks.append([line])
        else:
            mine.append(line)
    return blocks


def _is_scrap(line: Line, unit: float) -> bool:
    """Strokes of the pen read as letters."""
    return len(line.text) < 3 or line.confidence < UNSURE or line.bbox[3] - line.bbox[1] > 2 * unit


def _rooms(block: Sequence[Line], page: PageText, unit: float) -> list[Box]:
    x0, _, x1, _ = around(line.bbox for line in block)
    left, right = max(0, round(x0 - SIDES * unit)), min(page.width, round(x1 + SIDES * unit))
    whites = [(below.bbox[1] - above.bbox[3], above.bbox[3], below.bbox[3]) for above, below in pairwise(block)]
    widest = max(whites, default=(0, 0, 0))
    if widest[0] >= ROOM * unit:
        return [(left, round(widest[1] - OVER * unit), right, round(widest[2] + BELOW * unit))]
    first, foot = block[0], block[-1].bbox[3]
    if not in_capitals(first.text):  # the name alone was read
        return [(left, max(0, round(first.bbox[1] - ALONE * unit)), right, round(first.bbox[3] + BELOW * unit))]
    return [(left, round(foot - OVER * unit), right, min(page.height, round(foot + ALONE * unit)))]


def _signature(room: Box, page: PageText, pixels: Grey | Colour, unit: float) -> Box | None:
    x0, y0, x1, y1 = room
    if y1 - y0 < unit or x1 - x0 < unit:
        return None
    ink = ink_of(without_red(pixels[y0:y1, x0:x1]))
    for line in page.lines:
        for word in line.words:
            a, b, c, d = word.bbox
            sure = len(word.text) > 1 and (word.confidence >= PRINTED or len(word.text) >= LETTERS)
            if sure and d - b <= 2 * unit:
                ink[max(b - 2 - y0, 0) : max(d + 2 - y0, 0), max(a - 2 - x0, 0) : max(c + 2 - x0, 0)] = 0
    joined = cv2.morphologyEx(ink, cv2.MORPH_CLOSE, square(5))
    boxes = [tuple(int(v) for v in stat[:4]) for stat in cv2.connectedComponentsWithStats(joined, connectivity=8)[2][1:]]
    large = [(x, y, x + w, y + h) for x, y, w, h in boxes if max(w, h) > STROKE * unit]
    if not large:
        return None
    box = around(large)
    near = [
        (x, y, x + w, y + h)
        for x, y, w, h in boxes
        if w * h > unit
        and box[0] - NEAR * unit < x + w / 2 < box[2] + NEAR * unit
        and box[1] - NEAR * unit < y + h / 2 < box[3] + NEAR * unit
    ]
    a, b, c, d = around([box, *near])
    if c - a < LEAST_WIDTH * unit or d - b < LEAST_HEIGHT * unit:
        return None
    return (a + x0, b + y0, c + x0, d + y0)
