"""Is this page a separator sheet? By its QR codes, else by its two bars, which no paper has; cheap enough for every page of a stack."""

from __future__ import annotations

import cv2
import numpy as np
import zxingcpp

from sohoa.kernel.text import nfc
from sohoa.ocr.imaging.preparing.pixels import Colour, Grey, darkest, shrunk
from sohoa.ocr.model import Code

# The sheets' modules are about 1 mm: six pixels at 150 dpi. More pixels cost time and find nothing more.
CODE_DPI = 150
# At 50 dpi a bar is ten pixels high and 354 wide, and a page of letters is grey.
BAR_DPI = 50
_QR = zxingcpp.barcode_formats_from_str("QRCode")
DARK = 0.5  # of the paper's brightness; toner measures 0.1 to 0.3
# Millimetres. What stands within a bar at any slant up to five degrees, and in no letter: it takes print and pencil away.
_CORE = (15.0, 2.0)
_BAR_HEIGHT = (2.5, 8.0)
_BAR_LENGTH = 110.0  # of 180: a torn corner or a fold may take a part
_APART = 180.0  # of the 268 between the bars: papers are shrunk by copiers


def sheet_codes(pixels: Grey | Colour, *, dpi: int, page: int) -> tuple[Code, ...]:
    """The QR codes of a page, turned any way; boxes in pixels of `pixels` as given. A code whose own check fails is not there."""
    scale = min(1.0, CODE_DPI / dpi)
    grey = np.ascontiguousarray(darkest(shrunk(pixels, scale)))
    found = _read(grey) or (_read(np.ascontiguousarray(darkest(pixels))) if scale < 1 and has_bars(pixels, dpi=dpi) else [])
    within = scale if found and found[0][1] is grey else 1.0
    return tuple(Code(nfc(code.text), str(code.format), page, _box(code.position, within)) for code, _ in found)


def _read(grey: Grey) -> list[tuple[zxingcpp.Barcode, Grey]]:
    return [(code, grey) for code in zxingcpp.read_barcodes(grey, formats=_QR, try_invert=False) if code.valid]


def _box(position: zxingcpp.Position, scale: float) -> tuple[int, int, int, int]:
    corners = (position.top_left, position.top_right, position.bottom_right, position.bottom_left)
    across, down = [corner.x / scale for corner in corners], [corner.y / scale for corner in corners]
    return (round(min(across)), round(min(down)), round(max(across)) + 1, round(max(down)) + 1)


def has_bars(pixels: Grey | Colour, *, dpi: int) -> bool:
    """Whether the page has a sheet's two bars, upright, upside down or on its side, slanted by five degrees at most."""
    scale = min(1.0, BAR_DPI / dpi)
    grey = darkest(shrunk(pixels, scale))
    mm = dpi * scale / 25.4
    paper = float(np.percentile(grey, 90))
    dark = (grey < DARK * paper).astype(np.uint8)
    return any(_two_bars(turned, mm) for turned in (dark, np.ascontiguousarray(dark.T)))


def _two_bars(dark: np.ndarray, mm: float) -> bool:
    core = np.ones((max(2, round(_CORE[1] * mm)), round(_CORE[0] * mm)), np.uint8)
    kept = cv2.morphologyEx(dark, cv2.MORPH_OPEN, core)
    contours, _ = cv2.findContours(kept, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    heights = [place for contour in contours if (place := _bar(contour, mm)) is not None]
    return len(heights) >= 2 and max(heights) - min(heights) >= _APART * mm


def _bar(contour: np.ndarray, mm: float) -> float | None:
    """The height on the page of a bar's middle, or None for any other shape."""
    (_, y), sides, _ = cv2.minAreaRect(contour)
    length, height = max(sides) + 1, min(sides) + 1
    return y if length >= _BAR_LENGTH * mm and _BAR_HEIGHT[0] * mm <= height <= _BAR_HEIGHT[1] * mm else None
