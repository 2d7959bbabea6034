"""What is drawn on a page: the scanner's picture as it came or, where asked for and where it passes, the same page in layers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from PIL import Image

from sohoa.ocr.composing.bilevel import group_4
from sohoa.ocr.composing.embedding import embedded
from sohoa.ocr.composing.fidelity import compared
from sohoa.ocr.composing.layers import Ink, Jpeg, Layers, layers_of
from sohoa.ocr.composing.writer import PdfWriter
from sohoa.ocr.imaging.stored import decoding, flattened
from sohoa.ocr.model import PageImage

Profile = Literal["scan", "mixed-raster"]
"""scan: every page keeps the picture that the scanner made. mixed-raster: pages in grey or colour become layers, about a tenth of
the size, where fidelity.py finds that they pass for the scan; all others keep the scanner's picture."""

# A2 at 300 dpi. Layers need 20 bytes a pixel, and a plan larger than that is for looking at closely.
_MOST_PIXELS = 35_000_000
_LEAST_DPI = 150  # fewer, and a mask of whole pixels is coarser than the scan's own greys


@dataclass(frozen=True, slots=True)
class Drawn:
    """orders: in points, on a page of the stored picture's size. pictures: the entries of /XObject that they name."""

    orders: str
    pictures: str


def draw_page(writer: PdfWriter, image: PageImage, profile: Profile, *, width: float, height: float) -> Drawn:
    """width, height: in points. Raises PageNotEmbedded, DamagedImage."""
    whole = (0.0, 0.0, width, height)
    with embedded(image) as picture:
        packed = _layers(image, picture.length) if profile == "mixed-raster" else None
        if packed is None:
            shown = writer.add_stream(picture.entries, picture.chunks(), picture.length)
            return _drawn([(shown, whole)])
    across, up = width / packed.layers.width, height / packed.layers.height
    placed = [(_add_jpeg(writer, packed.layers.paper), whole)]
    for ink, stencil in zip(packed.layers.inks, packed.stencils, strict=True):
        x0, y0, x1, y1 = ink.box
        mask = writer.add_stream(stencil.entries, (stencil.data,), len(stencil.data))
        place = (x0 * across, height - y1 * up, (x1 - x0) * across, (y1 - y0) * up)
        placed.append((_add_jpeg(writer, ink.colour, f" /Mask {mask} 0 R"), place))
    return _drawn(placed)


def _drawn(placed: list[tuple[int, tuple[float, float, float, float]]]) -> Drawn:
    """placed: objects with the (left, bottom, width, height) that they fill."""
    orders = "".join(
        f"q {wide:.4f} 0 0 {high:.4f} {left:.4f} {bottom:.4f} cm /Im{index} Do Q\n"
        for index, (_, (left, bottom, wide, high)) in enumerate(placed)
    )
    return Drawn(orders, " ".join(f"/Im{index} {number} 0 R" for index, (number, _) in enumerate(placed)))


@dataclass(frozen=True, slots=True)
class _Stencil:
    entries: str
    data: bytes


@dataclass(frozen=True, slots=True)
class _Packed:
    """stencils: the masks of `layers.inks`."""

    layers: Layers
    stencils: tuple[_Stencil, ...]

    @property
    def length(self) -> int:
        pictures = (self.layers.paper, *(ink.colour for ink in self.layers.inks))
        return sum(len(picture.data) for picture in (*pictures, *self.stencils))


def _layers(image: PageImage, scanned: int) -> _Packed | None:
    """scanned: bytes that the picture takes as it came. None where it had better stay."""
    if image.width * image.height > _MOST_PIXELS or image.dpi < _LEAST_DPI:
        return None
    with decoding(image.number), Image.open(image.path) as opened:
        picture = flattened(opened)
        if picture.mode == "1":
            return None
        page = np.asarray(picture.convert("RGB"), np.uint8)
    layers = layers_of(page, dpi=image.dpi)
    packed = _Packed(layers, tuple(_stencil(ink) for ink in layers.inks))
    if packed.length >= scanned or not compared(page, layers.redrawn(), dpi=image.dpi).passes:
        return None
    return packed


def _stencil(ink: Ink) -> _Stencil:
    """Noughts, which a mask lets through, where there is ink."""
    height, width = ink.mask.shape
    data, parms = group_4(Image.fromarray(~ink.mask))
    size = f"/Type /XObject /Subtype /Image /ImageMask true /Width {width} /Height {height} /BitsPerComponent 1"
    return _Stencil(f"{size} /Filter /CCITTFaxDecode {parms}", data)


def _add_jpeg(writer: PdfWriter, jpeg: Jpeg, more: str = "") -> int:
    size = f"/Type /XObject /Subtype /Image /Width {jpeg.width} /Height {jpeg.height}"
    entries = f"{size} /ColorSpace /DeviceRGB /BitsPerComponent 8 /Filter /DCTDecode{more}"
    return writer.add_stream(entries, (jpeg.data,), len(jpeg.data))
