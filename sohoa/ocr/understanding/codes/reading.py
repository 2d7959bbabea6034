"""QR codes and barcodes on a page, by zxing-cpp. What its checksum does not confirm is not read.

First the whole page, small: that costs some 20 ms and reads most codes. Then the places that look like a code and gave
none, each as it was scanned, larger, smoothed and in black and white, until one of these reads.
"""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
import zxingcpp
from numpy.typing import NDArray

from sohoa.kernel.text import nfc
from sohoa.ocr.model import Box, Code
from sohoa.ocr.understanding.codes.finding import Grey, likely_codes

# Their small kin (Micro QR, rMQR, MicroPDF417, Aztec runes) are left out: they check themselves so little that one is
# soon found in the noise of a code of another kind.
_FORMATS = zxingcpp.BarcodeFormats(
    [
        zxingcpp.BarcodeFormat.QRCodeModel2,
        zxingcpp.BarcodeFormat.DataMatrix,
        zxingcpp.BarcodeFormat.PDF417,
        zxingcpp.BarcodeFormat.AztecCode,
        zxingcpp.BarcodeFormat.Code128,
        zxingcpp.BarcodeFormat.Code39,
        zxingcpp.BarcodeFormat.Code93,
        zxingcpp.BarcodeFormat.EAN13,
    ]
)
_BELIEVED = frozenset(
    {"QRCode", "QRCodeModel2", "DataMatrix", "PDF417", "Aztec", "AztecCode", "Code128", "Code39", "Code93", "EAN13"}
)
# Bars are found in ruled tables and hatchings too: those without a checksum, or with a weak one, must be of some length.
_BARS, _SHORTEST_BARS = frozenset({"Code39", "Code93", "Code128"}), 6

_SEARCHED = 1800  # pixels of the longer side: an A4 page at about 150 dpi
_LEAST = 8  # pixels of the shorter side: the least code has ten modules
_MARGIN = 0.12  # of a patch's side, around it: the quiet zone that readers want
_ENLARGED = 900  # a patch is not made larger than this
# What the second look may cost a page, in pixels shown to zxing; it reads about 25 million a second.
_MOST_PIXELS = 6_000_000


def read_codes(pixels: NDArray[np.uint8], page: int) -> tuple[Code, ...]:
    """Every code that can be read, top to bottom. pixels: (height, width) or (height, width, channels), upright or not.

    Boxes are pixels of this picture. The same code twice on a page is two codes. Never raises on any picture.
    """
    grey = _grey(pixels)
    if grey is None:
        return ()
    longer = max(grey.shape)
    scale = min(1.0, _SEARCHED / longer)
    if scale * min(grey.shape) < _LEAST:
        return ()
    small = grey if scale == 1 else np.asarray(cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)
    found = [_moved(code, 0, 0, scale) for code in _decoded(small, page, quick=scale < 1)]
    left = _MOST_PIXELS
    for patch in likely_codes(small):
        box = _widened(patch.box, scale, grey)
        if any(_overlap(box, code.bbox) for code in found):
            continue
        x0, y0, x1, y1 = box
        for zoom, tried in _attempts(grey[y0:y1, x0:x1]):
            left -= tried.size
            if left < 0:
                break
            read = _decoded(tried, page)
            if read:
                found += [_moved(code, x0, y0, zoom) for code in read]
                break
    return tuple(sorted(_once(found), key=lambda code: (code.bbox[1], code.bbox[0])))


def _grey(pixels: NDArray[np.uint8]) -> Grey | None:
    if pixels.ndim not in (2, 3) or 0 in pixels.shape:
        return None
    if pixels.ndim == 2:
        return np.ascontiguousarray(pixels, np.uint8)
    # The green of three channels, whichever way round red and blue are: print is black, and a seal's red must not join in.
    return np.ascontiguousarray(pixels[:, :, 1 if pixels.shape[2] >= 3 else 0], np.uint8)


def _decoded(grey: Grey, page: int, *, quick: bool = False) -> list[Code]:
    """quick: a whole page; bars that stand on end, small codes and light ones on dark ground are left to the second look."""
    found = zxingcpp.read_barcodes(
        np.ascontiguousarray(grey),
        _FORMATS,
        try_rotate=not quick,
        try_downscale=not quick,
        try_invert=not quick,
        text_mode=zxingcpp.TextMode.Plain,
    )
    height, width = grey.shape
    codes: list[Code] = []
    for barcode in found:
        text, name = nfc(barcode.text).strip(), barcode.format.name
        if not barcode.valid or not text or name not in _BELIEVED or (name in _BARS and len(text) < _SHORTEST_BARS):
            continue
        place = barcode.position
        corners = (place.top_left, place.top_right, place.bottom_left, place.bottom_right)
        xs, ys = [corner.x for corner in corners], [corner.y for corner in corners]
        box = (max(0, min(xs)), max(0, min(ys)), min(width, max(xs) + 1), min(height, max(ys) + 1))
        codes.append(Code(text, name, page, box))
    return codes


def _attempts(crop: Grey) -> Iterator[tuple[float, Grey]]:
    """The ways a patch is shown, with how much larger each is; cheapest first."""
    yield 1.0, crop
    zoom = min(3.0, max(1.0, _ENLARGED / max(crop.shape)))
    large = np.asarray(cv2.resize(crop, None, fx=zoom, fy=zoom, interpolation=cv2.INTER_CUBIC), np.uint8)
    yield zoom, large
    smooth = np.asarray(cv2.GaussianBlur(large, (0, 0), 0.5 * zoom), np.uint8)
    yield zoom, smooth
    _, black = cv2.threshold(smooth, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    yield zoom, np.asarray(black, np.uint8)
    # Specks of dust, and JPEG's ringing around small modules.
    quiet = np.asarray(cv2.resize(cv2.medianBlur(crop, 3), None, fx=zoom, fy=zoom, interpolation=cv2.INTER_CUBIC), np.uint8)
    yield zoom, quiet
    yield zoom, np.asarray(cv2.addWeighted(large, 2.0, cv2.GaussianBlur(large, (0, 0), 1.5 * zoom), -1.0, 0), np.uint8)


def _widened(box: Box, scale: float, grey: Grey) -> Box:
    x0, y0, x1, y1 = (side / scale for side in box)
    margin = _MARGIN * max(x1 - x0, y1 - y0)
    height, width = grey.shape
    return (
        max(0, int(x0 - margin)),
        max(0, int(y0 - margin)),
        min(width, int(x1 + margin) + 1),
        min(height, int(y1 + margin) + 1),
    )


def _moved(code: Code, x: int, y: int, scale: float) -> Code:
    x0, y0, x1, y1 = (side / scale for side in code.bbox)
    return Code(code.text, code.format, code.page, (x + int(x0), y + int(y0), x + int(x1 + 0.5), y + int(y1 + 0.5)))


def _overlap(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _once(codes: list[Code]) -> list[Code]:
    """Without what was read a second time at the same place."""
    kept: list[Code] = []
    for code in codes:
        if not any(code.text == had.text and code.format == had.format and _overlap(code.bbox, had.bbox) for had in kept):
            kept.append(code)
    return kept
