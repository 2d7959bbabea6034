"""A page's picture as a PDF stream: the file's own compressed bytes wherever PDF knows the compression."""

from __future__ import annotations

import mmap
import struct
import zlib
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO

from PIL import Image

from sohoa.ocr.composing.bilevel import fax_parms, group_4
from sohoa.ocr.composing.errors import PageNotEmbedded
from sohoa.ocr.imaging.errors import DamagedImage
from sohoa.ocr.imaging.picture_structure import jpeg_frame
from sohoa.ocr.imaging.stored import decoding, flattened
from sohoa.ocr.imaging.tiff_structure import Frame, tiff_pages
from sohoa.ocr.model import PageImage

CHUNK = 1 << 20
_GROUP_4 = 4
_WORTH_DEFLATING = 0.99  # for less, a reader need not inflate
_CHANNELS = {0: 1, 2: 3, 3: 1}  # PNG colour types: grey, colour, palette


@dataclass(frozen=True, slots=True)
class Embedded:
    """entries: of the image dictionary, without /Length. spans: (offset, size) within `source`, to be copied in order."""

    entries: str
    source: BinaryIO | bytes
    spans: tuple[tuple[int, int], ...]

    @property
    def length(self) -> int:
        return sum(size for _, size in self.spans)

    def chunks(self) -> Iterator[bytes]:
        if isinstance(self.source, bytes):
            yield self.source
            return
        for offset, size in self.spans:
            self.source.seek(offset)
            left = size
            while left > 0 and (chunk := self.source.read(min(CHUNK, left))):
                left -= len(chunk)
                yield chunk


@contextmanager
def embedded(page: PageImage) -> Generator[Embedded]:
    """Raises PageNotEmbedded. The picture's file is open while the block runs."""
    with page.path.open("rb") as source:
        try:
            with mmap.mmap(source.fileno(), 0, access=mmap.ACCESS_READ) as data:
                found = _found(page, source, data)
        except (DamagedImage, ValueError, struct.error, zlib.error) as damage:
            raise PageNotEmbedded(page=page.number, detail=type(damage).__name__) from damage
        yield found


def _found(page: PageImage, source: BinaryIO, data: mmap.mmap) -> Embedded:
    head = data[:8]
    made = None
    if head.startswith(b"\xff\xd8\xff"):
        made = _jpeg(source, data)
    elif head == b"\x89PNG\r\n\x1a\n":
        made = _png(source, data)
    elif head[:4] in (b"II*\0", b"MM\0*"):
        made = _fax(source, tiff_pages(data))
    return made or _decoded(page)


def _entries(width: int, height: int, space: str, bits: int, coding: str) -> str:
    size = f"/Type /XObject /Subtype /Image /Width {width} /Height {height}"
    return f"{size} /ColorSpace {space} /BitsPerComponent {bits} /Filter {coding}"


def _jpeg(source: BinaryIO, data: mmap.mmap) -> Embedded | None:
    frame = jpeg_frame(data)
    space = {1: "/DeviceGray", 3: "/DeviceRGB"}.get(frame.components)
    if space is None or frame.bits != 8:
        return None
    packed = _deflated(data)
    if len(packed) <= _WORTH_DEFLATING * len(data):
        return Embedded(_entries(frame.width, frame.height, space, 8, "[/FlateDecode /DCTDecode]"), packed, ((0, len(packed)),))
    return Embedded(_entries(frame.width, frame.height, space, 8, "/DCTDecode"), source, ((0, len(data)),))


def _deflated(data: mmap.mmap) -> bytes:
    """Many scanners write JPEG with the standard's sample codes, which leave up to a tenth to be had; inside, not a byte is changed.
    The quickest level packs such data best."""
    packer = zlib.compressobj(1, memLevel=9)
    return packer.compress(data) + packer.flush()


def _png(source: BinaryIO, data: mmap.mmap) -> Embedded | None:
    """PNG's deflated rows with their predictors are what /FlateDecode with predictor 15 reads."""
    width, height, bits, kind, _, _, interlaced = struct.unpack(">IIBBBBB", data[16:29])
    if kind not in _CHANNELS or interlaced or (kind == 0 and bits == 1):
        return None  # black and white is smaller as Group 4
    spans: list[tuple[int, int]] = []
    palette = b""
    at = 8
    while at + 12 <= len(data):
        length, name = struct.unpack(">I4s", data[at : at + 8])
        if name == b"tRNS":
            return None
        if name == b"PLTE":
            palette = data[at + 8 : at + 8 + length]
        if name == b"IDAT":
            spans.append((at + 8, length))
        at += 12 + length
    channels = _CHANNELS[kind]
    space = "/DeviceRGB" if kind == 2 else "/DeviceGray"
    if kind == 3:
        space = f"[/Indexed /DeviceRGB {len(palette) // 3 - 1} <{palette.hex().upper()}>]"
    parms = f"/DecodeParms << /Predictor 15 /Colors {channels} /BitsPerComponent {bits} /Columns {width} >>"
    return Embedded(f"{_entries(width, height, space, bits, '/FlateDecode')} {parms}", source, tuple(spans))


def _fax(source: BinaryIO, pages: tuple[Frame, ...]) -> Embedded | None:
    frame = pages[0]
    if frame.compression != _GROUP_4 or len(frame.strips) != 1 or frame.photometric not in (0, 1) or frame.fill_order != 1:
        return None
    parms = fax_parms(frame.width, frame.height, photometric=frame.photometric)
    entries = _entries(frame.width, frame.height, "/DeviceGray", 1, "/CCITTFaxDecode")
    return Embedded(f"{entries} {parms}", source, frame.strips)


def _decoded(page: PageImage) -> Embedded:
    """Any other picture, without loss: black and white as Group 4, all else deflated."""
    with decoding(page.number), Image.open(page.path) as opened:
        image = flattened(opened)
        if image.mode == "1":
            strip, parms = group_4(image)
            return Embedded(f"{_entries(*image.size, '/DeviceGray', 1, '/CCITTFaxDecode')} {parms}", strip, ((0, len(strip)),))
        packed = zlib.compress(image.tobytes(), 6)
    space = "/DeviceRGB" if image.mode == "RGB" else "/DeviceGray"
    return Embedded(_entries(*image.size, space, 8, "/FlateDecode"), packed, ((0, len(packed)),))
