"""From a page's pixels to the picture a reader gets; each step only where measuring the page asks for it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from sohoa.ocr.imaging.preparing.grids import Grid, grids_of
from sohoa.ocr.imaging.preparing.inks import LEAST, Inks, inks_of, print_alone
from sohoa.ocr.imaging.preparing.light import evened, paper_brightness, stretched, unevenness
from sohoa.ocr.imaging.preparing.pixels import Colour, Grey, shrunk, square
from sohoa.ocr.imaging.preparing.sheet import Moved, Sheet, laid_out
from sohoa.ocr.imaging.preparing.skew import Slant, slant_of, straightened, straightening
from sohoa.ocr.model import Box

# Readers are best and quickest at this resolution; coarser pages are read as they are.
READING_DPI = 225
# Thresholds of the measures below; ocr.md gives the gains and the harm they keep away.
SKEWED, UNEVEN, DULL, SPECKLED = 0.3, 0.06, 225, 0.00001
PATCH = 768  # pixels; specks are counted in a patch from the middle of the page
FAR = 40  # of 255
BESIDE_PRINT = 15  # pixels across; what is so near to ink may be a dot, or the eye of an e
AROUND = np.array([[1, 1, 1], [1, 0, 1], [1, 1, 1]], np.uint8)


@dataclass(frozen=True, slots=True)
class Measures:
    """What was found. unevenness: 0 to 1. paper: its brightness, 0 to 255. specks: share of lone dark or bright pixels."""

    dpi: int
    slant: Slant
    unevenness: float
    paper: int
    specks: float
    inks: Inks


@dataclass(frozen=True, slots=True)
class Prepared:
    """sheet: what the reader gets, at `dpi`. steps: names of what was done, in order; shrinking alone is none.

    grids: in pixels of the straightened page, which is the sheet without its moved cells; `back` leads from there to the page as it
    came, upright, in whose pixels the seals are. size: (width, height) of that page.
    """

    sheet: Sheet
    dpi: int
    steps: tuple[str, ...]
    measures: Measures
    grids: tuple[Grid, ...]
    seals: tuple[Box, ...]
    back: NDArray[np.float64]
    size: tuple[int, int]

    def place(self, box: Box) -> tuple[Box, Moved | None]:
        """A box of the sheet as a box of the page, and the cell it lay in."""
        moved = self.sheet.cell_at((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
        dx, dy = moved.by if moved else (0, 0)
        return self.on_page((box[0] + dx, box[1] + dy, box[2] + dx, box[3] + dy)), moved

    def on_page(self, box: Box) -> Box:
        """A box of the straightened page where it is on the page as it came; a turned box keeps its size about its middle."""
        (a, b, tx), (c, d, ty) = self.back
        x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
        scale = float(np.hypot(a, c))
        wide, high = (box[2] - box[0]) * scale / 2, (box[3] - box[1]) * scale / 2
        middle = (a * x + b * y + tx, c * x + d * y + ty)
        width, height = self.size
        x0, y0 = min(max(round(middle[0] - wide), 0), width - 1), min(max(round(middle[1] - high), 0), height - 1)
        return (x0, y0, max(min(round(middle[0] + wide), width), x0 + 1), max(min(round(middle[1] + high), height), y0 + 1))


def prepared(pixels: Grey | Colour, dpi: int) -> Prepared:
    """pixels: the upright page. dpi: of `pixels`."""
    steps: list[str] = []
    grey, inks = _without_coloured_ink(pixels, dpi, steps)
    specks = _specks(grey)
    if specks > SPECKLED:
        # Only the specks: a median over the whole page eats marks of letters, and all the more the coarser the scan is.
        grey = np.where(_lone(grey), cv2.medianBlur(grey, 3), grey)
        steps.append("specks")
    scale = min(1.0, READING_DPI / dpi)
    grey = shrunk(grey, scale)
    paper = paper_brightness(grey)
    measures = Measures(dpi, Slant(0.0, "unsure"), unevenness(paper), int(np.median(paper)), specks, inks)
    if measures.unevenness > UNEVEN or measures.paper < DULL:
        grey = stretched(evened(grey, paper))
        steps.append("light")
    slant = slant_of(grey)
    there = np.array([[1.0, 0, 0], [0, 1, 0]])
    if abs(slant.degrees) > SKEWED and slant.direction != "down":
        there = straightening(grey, slant.degrees)
        grey = straightened(grey, there)
        steps.append("deskew")
    back = np.asarray(cv2.invertAffineTransform(there), dtype=np.float64) / scale
    reading_dpi = round(dpi * scale)
    grids = grids_of(grey, reading_dpi)
    if grids:
        steps.append("tables")
    return Prepared(
        sheet=laid_out(grey, grids, reading_dpi),
        dpi=reading_dpi,
        steps=tuple(steps),
        measures=replace(measures, slant=slant),
        grids=grids,
        seals=inks.seals,
        back=back,
        size=(pixels.shape[1], pixels.shape[0]),
    )


def plain(pixels: Grey | Colour, dpi: int) -> Prepared:
    """The page as it came, only grey and not finer than readers want it: what every preparation is measured against."""
    grey = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), dtype=np.uint8) if pixels.ndim == 3 else pixels
    scale = min(1.0, READING_DPI / dpi)
    small = shrunk(grey, scale)
    measures = Measures(dpi, Slant(0.0, "unsure"), 0.0, 255, 0.0, Inks(0.0, 0.0, ()))
    back = np.array([[1.0, 0, 0], [0, 1, 0]]) / scale
    return Prepared(Sheet(small, ()), round(dpi * scale), (), measures, (), (), back, (pixels.shape[1], pixels.shape[0]))


def _without_coloured_ink(pixels: Grey | Colour, dpi: int, steps: list[str]) -> tuple[Grey, Inks]:
    if pixels.ndim == 2:
        return pixels, Inks(0.0, 0.0, ())
    inks = inks_of(pixels, dpi)
    if inks.red >= LEAST or inks.blue >= LEAST:
        steps.append("inks")
    return print_alone(pixels, inks), inks


def _specks(grey: Grey) -> float:
    """Salt and pepper: the share of bare paper that is pixels far from every one of their eight neighbours.

    Counted away from print only: at 150 dpi and less, the dots and the eyes of letters are such pixels, too.
    """
    height, width = grey.shape
    top, left = max(0, (height - PATCH) // 2), max(0, (width - PATCH) // 2)
    patch = grey[top : top + PATCH, left : left + PATCH]
    lone = _lone(patch)
    ink = ((patch < np.median(patch) - FAR) & ~lone).astype(np.uint8)
    bare = cv2.dilate(ink, square(BESIDE_PRINT)) == 0
    return float(lone[bare].mean()) if bare.any() else 0.0


def _lone(grey: Grey) -> NDArray[np.bool_]:
    above, below = cv2.subtract(grey, cv2.dilate(grey, AROUND)), cv2.subtract(cv2.erode(grey, AROUND), grey)
    return np.asarray(cv2.max(above, below) > FAR)
