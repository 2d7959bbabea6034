"""What is already on a part of a page: drawn by poppler at a dot a point, and told apart from the paper."""

from __future__ import annotations

import io
import tempfile
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from sohoa.kernel.children import GIB, MIB, Limits, run_limited
from sohoa.kernel.errors import SohoaError
from sohoa.signing.profiles.sheet import Box, Sheet

LIMITS = Limits(seconds=30, memory=2 * GIB, written=64 * MIB)  # A3 at 600 dpi takes 2 s
DPI = 72
_MOST_DOTS = 4_000_000  # of a part; a poster is looked at more coarsely
_INK, _FAINT = 28, 12  # of 255, darker than the paper around; guilloche and what shines through lie between
_SMOOTH, _GRAIN = 0.7, 3.5  # dots of blur against the grain of a scan; so many times the grain itself is ink
_SOLID = 70  # darker than the page's paper by this: photographs and filled areas, which have no paper within
_DARK_PAPER = 110  # where even the lightest is darker, black letters cannot be read
_NEIGHBOURHOOD = 17  # dots; wider than any stroke of a letter
_SPECK, _ALONE = 10, 9  # fewer dots of ink than that, blur included, with nothing so near: dust on the scanner's glass


class PageNotDrawn(SohoaError):
    code = "signing.page_not_drawn"
    vi = "Không vẽ được trang để tìm chỗ trống cho chữ ký."
    en = "The page could not be drawn to find a free place for the signature ({status})."
    remedy = "Kiểm tra tệp PDF có mở được không; nếu cần, ký không hiển thị."
    remedy_en = "See whether the PDF opens; sign invisibly if need be."


@dataclass(frozen=True, slots=True)
class Ink:
    """taken: covered with print, handwriting or a seal. faint: a pattern or a stain, better left free, no harm if covered.

    part: the box that was looked at, points as seen; the arrays are (rows, columns) of it, `dots` of them to a point.
    """

    part: Box
    dots: float
    taken: NDArray[np.bool_]
    faint: NDArray[np.bool_]


def ink_on(paper: Path, page: int, sheet: Sheet, part: Box) -> Ink:
    """paper: a PDF on the disk. page: from 0. part: clipped to the page. Raises PageNotDrawn, ProgramMissing."""
    dots, cut = _dots(sheet, part)
    return _ink(_drawn(paper, page, DPI * dots * sheet.unit, cut), dots, cut)


def ink_of(grey: NDArray[np.uint8], sheet: Sheet, part: Box) -> Ink:
    """The same from a picture of the whole page as it is seen, for whoever has one: (height, width), 0 is black, any resolution."""
    dots, cut = _dots(sheet, part)
    across, down = (length / (side * dots) for length, side in zip(grey.shape[::-1], sheet.size, strict=True))
    piece = grey[round(cut[1] * down) : round(cut[3] * down), round(cut[0] * across) : round(cut[2] * across)]
    if piece.size == 0:
        raise PageNotDrawn(status="no picture")
    small = cv2.resize(piece, (cut[2] - cut[0], cut[3] - cut[1]), interpolation=cv2.INTER_AREA)
    return _ink(np.asarray(small, np.uint8), dots, cut)


def _dots(sheet: Sheet, part: Box) -> tuple[float, tuple[int, int, int, int]]:
    """Dots to a point, and the part in dots."""
    width, height = sheet.size
    part = max(0.0, part[0]), max(0.0, part[1]), min(width, part[2]), min(height, part[3])
    area = max(1.0, (part[2] - part[0]) * (part[3] - part[1]))
    dots = min(1.0, (_MOST_DOTS / area) ** 0.5)
    x0, y0 = int(part[0] * dots), int(part[1] * dots)
    return dots, (x0, y0, max(x0 + 1, round(part[2] * dots)), max(y0 + 1, round(part[3] * dots)))


def _ink(grey: NDArray[np.uint8], dots: float, cut: tuple[int, int, int, int]) -> Ink:
    taken, faint = inked(grey)
    rows, columns = taken.shape
    x0, y0 = cut[:2]
    return Ink((x0 / dots, y0 / dots, (x0 + columns) / dots, (y0 + rows) / dots), dots, taken, faint)


def _drawn(paper: Path, page: int, dpi: float, part: tuple[int, int, int, int]) -> NDArray[np.uint8]:
    """dpi: as poppler counts, which knows nothing of UserUnit: a page in units of an inch has 72 times as many dots a "point"."""
    x0, y0, x1, y1 = part
    paper = paper.absolute()  # poppler works in a folder of its own
    with tempfile.TemporaryDirectory(prefix="sohoa-ink-") as box:
        ran = run_limited(
            *("pdftoppm", "-gray", "-cropbox", "-singlefile", "-r", f"{dpi:.4f}", "-f", page + 1, "-l", page + 1),
            *("-x", x0, "-y", y0, "-W", x1 - x0, "-H", y1 - y0, paper, "page"),
            limits=LIMITS,
            folder=Path(box),
            reads=(paper,),
        ).or_raise(PageNotDrawn)
        try:
            with Image.open(io.BytesIO((Path(box) / "page.pgm").read_bytes())) as drawn:
                return np.asarray(drawn.convert("L"), np.uint8)
        except (OSError, ValueError) as nothing:
            raise PageNotDrawn(status="a broken picture" if ran.stderr else "no picture") from nothing


def inked(grey: NDArray[np.uint8]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Ink and faint marks of a picture of 72 dpi, 0 is black. On paper too dark to write on, all is ink."""
    lightest = int(np.percentile(grey, 95))
    if lightest < _DARK_PAPER:
        return np.ones(grey.shape, np.bool_), np.ones(grey.shape, np.bool_)
    smooth = cv2.GaussianBlur(grey, (0, 0), _SMOOTH)
    kernel = np.ones((_NEIGHBOURHOOD, _NEIGHBOURHOOD), np.uint8)
    around = np.asarray(cv2.morphologyEx(smooth, cv2.MORPH_CLOSE, kernel), np.int16)
    darker = around - smooth
    # Most of a page is paper, so the middle value tells how far its own grain lies below the lightest around.
    grain = float(np.median(darker))
    taken = (darker > max(_INK, _GRAIN * grain)) | (smooth < lightest - _SOLID - grain)
    return _without_dust(taken), darker > max(_FAINT, 2 * grain)


def _without_dust(taken: NDArray[np.bool_]) -> NDArray[np.bool_]:
    near = cv2.dilate(taken.astype(np.uint8), np.ones((_ALONE, _ALONE), np.uint8))
    count, found = cv2.connectedComponents(near, connectivity=8)
    labels = np.asarray(found, np.int32)
    dots = np.bincount(labels[taken], minlength=count)
    return taken & (dots[labels] >= _SPECK)
