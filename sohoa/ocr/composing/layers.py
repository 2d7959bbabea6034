"""A colour page taken apart into paper and inks: a small picture of the paper under sharp masks, each with a small picture of its ink.

Print and pen strokes keep every pixel of their outline (the mask is stored without loss); their colour and the paper's, which
change slowly, are stored coarsely. Red ink and other coloured ink (a seal, a pen) have masks of their own under the dark ink's, so
that a seal stays sharp and tints neither the signature nor the name across it. What is too pale or too small for a mask stays in the
picture of the paper, less sharp than it was: fidelity.py says whether that still passes for the page.
"""

from __future__ import annotations

import io
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from sohoa.ocr.model import Box

Pixels = NDArray[np.uint8]
Plane = NDArray[np.float32]
Mask = NDArray[np.bool_]

PAPER_DPI, COLOURED_DPI, DARK_DPI = 100, 100, 25
PAPER_QUALITY, INK_QUALITY = 60, 70
# Darker than the paper around it by this share and by this many grey levels: ink. Below it lie grain, folds, the back's print.
_DARKER, _LEVELS = 0.22, 30
_COLOURFUL = 48  # between the highest and the lowest of red, green and blue; print in black has 0 to 30 after JPEG
_NOTHING = 1e-3
_SPECK = 5  # square pixels at 300 dpi; a dot under a letter has 20


@dataclass(frozen=True, slots=True)
class Jpeg:
    """In red, green and blue."""

    width: int
    height: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Ink:
    """box: the part of the page that holds all of this ink. mask: of the box's size, true where there is ink. colour: to be
    spread over the box."""

    box: Box
    mask: Mask
    colour: Jpeg


@dataclass(frozen=True, slots=True)
class Layers:
    """paper: to be spread over the page. inks: in the order of drawing."""

    width: int
    height: int
    paper: Jpeg
    inks: tuple[Ink, ...]

    def redrawn(self) -> Pixels:
        """(height, width, 3): what a viewer shows."""
        page = _spread(self.paper, self.width, self.height)
        for ink in self.inks:
            x0, y0, x1, y1 = ink.box
            page[y0:y1, x0:x1][ink.mask] = _spread(ink.colour, x1 - x0, y1 - y0)[ink.mask]
        return page


def layers_of(page: Pixels, *, dpi: int) -> Layers:
    """page: (height, width, 3), red green blue. Needs about 20 bytes a pixel besides."""
    height, width = page.shape[:2]
    dark, red, other = _inks(page, dpi)
    around = cv2.dilate((dark | red | other).astype(np.uint8), np.ones((3, 3), np.uint8), iterations=max(1, round(dpi / 150)))
    paper = _jpeg(_coarse(page, around == 0, PAPER_DPI / dpi), PAPER_QUALITY)
    found = ((red, COLOURED_DPI), (other, COLOURED_DPI), (dark, DARK_DPI))
    return Layers(width, height, paper, tuple(_ink(page, mask, fine / dpi) for mask, fine in found if mask.any()))


def _ink(page: Pixels, mask: Mask, scale: float) -> Ink:
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    x0, y0, x1, y1 = int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1
    cut = mask[y0:y1, x0:x1]
    return Ink((x0, y0, x1, y1), cut, _jpeg(_coarse(page[y0:y1, x0:x1], cut, scale), INK_QUALITY))


def _inks(page: Pixels, dpi: int) -> tuple[Mask, Mask, Mask]:
    """Dark ink, red ink, ink of other colours; no pixel is in two of them."""
    grey = np.asarray(cv2.cvtColor(page, cv2.COLOR_RGB2GRAY), np.uint8)
    paper = _paper_level(grey, dpi)
    dark = (grey < paper * (1 - _DARKER)) & (paper.astype(np.int16) - grey > _LEVELS)
    coloured = (page.max(axis=2) - page.min(axis=2) > _COLOURFUL) & (grey < paper)
    inked = _without_specks(dark | coloured, dpi)
    red = (page[:, :, 0] > page[:, :, 1]) & (page[:, :, 0] > page[:, :, 2])
    return inked & ~coloured, inked & coloured & red, inked & coloured & ~red


def _paper_level(grey: Pixels, dpi: int) -> Pixels:
    """How light the sheet is around each pixel: the lightest of a letter's neighbourhood, smoothed."""
    step = max(1, round(dpi / 40))
    small = cv2.resize(grey, None, fx=1 / step, fy=1 / step, interpolation=cv2.INTER_AREA)
    light = cv2.medianBlur(cv2.dilate(small, np.ones((7, 7), np.uint8)), 11)
    return np.asarray(cv2.resize(light, grey.shape[::-1], interpolation=cv2.INTER_LINEAR), np.uint8)


def _without_specks(mask: Mask, dpi: int) -> Mask:
    least = max(2, round(_SPECK * (dpi / 300) ** 2))
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    kept = np.asarray(stats[:, cv2.CC_STAT_AREA] >= least, np.bool_)
    kept[0] = False  # all that is not ink
    return kept[np.asarray(labels, np.int32)]


def _coarse(page: Pixels, where: Mask, scale: float) -> Pixels:
    """The page's colour `where` it counts, averaged to `scale` of its size; what lies elsewhere is filled from the nearest."""
    scale = min(1.0, scale)
    size = (max(1, round(page.shape[1] * scale)), max(1, round(page.shape[0] * scale)))
    weight = _shrunk(where.astype(np.float32), size)
    # One channel at a time: the page in floating point would be the largest thing in memory.
    channels = (np.where(where, page[:, :, channel], np.uint8(0)).astype(np.float32) for channel in range(3))
    known = np.dstack([_shrunk(plane, size) for plane in channels])
    return np.clip(_filled(known, weight) + 0.5, 0, 255).astype(np.uint8)


def _filled(known: Plane, weight: Plane) -> Plane:
    """known: colours times weight, (height, width, 3). Where nothing weighs, the colour of the picture at half its size, and so on."""
    colour = np.asarray(known / np.maximum(weight, _NOTHING)[:, :, None], np.float32)
    missing = weight < _NOTHING
    height, width = weight.shape
    if not missing.any() or max(height, width) == 1:
        return colour
    half = ((width + 1) // 2, (height + 1) // 2)
    coarser = _filled(_shrunk(known, half), _shrunk(weight, half))
    wider = np.asarray(cv2.resize(coarser, (width, height), interpolation=cv2.INTER_LINEAR), np.float32)
    return np.where(missing[:, :, None], wider, colour)


def _shrunk(plane: Plane, size: tuple[int, int]) -> Plane:
    return np.asarray(cv2.resize(plane, size, interpolation=cv2.INTER_AREA), np.float32)


def _jpeg(picture: Pixels, quality: int) -> Jpeg:
    out = io.BytesIO()
    Image.fromarray(picture).save(out, "JPEG", quality=quality, subsampling=0, optimize=True)
    return Jpeg(picture.shape[1], picture.shape[0], out.getvalue())


def _spread(jpeg: Jpeg, width: int, height: int) -> Pixels:
    """As plain viewers draw a small picture over a large place; PDF/A forbids asking them to smooth it."""
    with Image.open(io.BytesIO(jpeg.data)) as small:
        return np.asarray(cv2.resize(np.asarray(small.convert("RGB")), (width, height), interpolation=cv2.INTER_NEAREST), np.uint8)
