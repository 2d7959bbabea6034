"""TIFF directories (classic and BigTIFF) walked to the last, with every strip checked to lie in the file; no pixel decoded."""

from __future__ import annotations

import mmap
import struct
from dataclasses import dataclass

from sohoa.ocr.imaging.errors import DamagedImage
from sohoa.ocr.imaging.measures import refuse_too_large

_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
_WHOLE = {1: "B", 3: "H", 4: "I", 13: "I", 16: "Q", 18: "Q"}
_FRAMES_CAP = 100_000  # the chain of directories may be made as long as one likes; no stack of paper is so high

_SUBFILE, _WIDTH, _HEIGHT, _COMPRESSION, _PHOTOMETRIC, _FILL_ORDER = 254, 256, 257, 259, 262, 266
_ORIENTATION, _SAMPLES = 274, 277
_STRIPS, _STRIP_SIZES, _TILES, _TILE_SIZES, _JPEG_TABLES = 273, 279, 324, 325, 347
_NEEDED = frozenset(
    {
        *(_SUBFILE, _WIDTH, _HEIGHT, _COMPRESSION, _PHOTOMETRIC, _FILL_ORDER, _ORIENTATION, _SAMPLES),
        *(_STRIPS, _STRIP_SIZES, _TILES, _TILE_SIZES, _JPEG_TABLES),
    }
)


@dataclass(frozen=True, slots=True)
class Frame:
    """One page of a TIFF. index: its place in the chain of directories, from 0. strips: (offset, size) pairs, tiles included."""

    index: int
    width: int
    height: int
    compression: int
    photometric: int
    fill_order: int
    samples: int
    orientation: int
    strips: tuple[tuple[int, int], ...]
    jpeg_tables: bytes


@dataclass(frozen=True, slots=True)
class _Layout:
    order: str
    big: bool

    def unpack(self, codes: str, data: bytes | mmap.mmap, at: int) -> tuple[int, ...]:
        size = struct.calcsize(self.order + codes)
        if at < 0 or at + size > len(data):
            raise DamagedImage(page=1, detail="TIFF cut within a directory")
        return struct.unpack(self.order + codes, data[at : at + size])


def count_tiff(data: mmap.mmap) -> int:
    return len(tiff_pages(data))


def tiff_pages(data: bytes | mmap.mmap) -> tuple[Frame, ...]:
    """The frames that are pages, in order: thumbnails and masks are left out unless there is nothing else.

    Raises DamagedImage, TooManyPixels.
    """
    layout = _Layout("<" if data[:2] == b"II" else ">", data[2:4] in (b"+\0", b"\0+"))
    if layout.big:
        (at,) = layout.unpack("Q", data, 8)
    else:
        (at,) = layout.unpack("I", data, 4)
    frames: list[Frame] = []
    small: list[Frame] = []
    seen: set[int] = set()
    while at:
        if at in seen or len(seen) >= _FRAMES_CAP:
            raise DamagedImage(page=len(frames) + 1, detail="TIFF directories without an end")
        seen.add(at)
        tags, at = _directory(layout, data, at)
        frame = _frame(len(seen) - 1, tags, data, page=len(frames) + 1)
        (small if tags.get(_SUBFILE, (0,))[0] & 0b101 else frames).append(frame)
    pages = tuple(frames or small)
    if not pages:
        raise DamagedImage(page=1, detail="TIFF without a page")
    for number, frame in enumerate(pages, 1):
        refuse_too_large(number, frame.width, frame.height)
    return pages


def _directory(layout: _Layout, data: bytes | mmap.mmap, at: int) -> tuple[dict[int, tuple[int, ...]], int]:
    (count,) = layout.unpack("Q" if layout.big else "H", data, at)
    entry, room, start = (20, 8, at + 8) if layout.big else (12, 4, at + 2)
    if start + count * entry > len(data):
        raise DamagedImage(page=1, detail="TIFF cut within a directory")
    tags: dict[int, tuple[int, ...]] = {}
    for place in range(start, start + count * entry, entry):
        tag, kind, length = layout.unpack("HHQ" if layout.big else "HHI", data, place)
        if tag not in _NEEDED or kind not in _SIZES:
            continue
        value = place + entry - room
        if _SIZES[kind] * length > room:
            (value,) = layout.unpack("Q" if layout.big else "I", data, value)
        if value + _SIZES[kind] * length > len(data):
            raise DamagedImage(page=1, detail="TIFF cut within a tag")
        if tag == _JPEG_TABLES:
            tags[tag] = tuple(data[value : value + length])
        elif kind in _WHOLE and length:
            tags[tag] = layout.unpack(f"{length}{_WHOLE[kind]}", data, value)
    (following,) = layout.unpack("Q" if layout.big else "I", data, start + count * entry)
    return tags, following


def _frame(index: int, tags: dict[int, tuple[int, ...]], data: bytes | mmap.mmap, *, page: int) -> Frame:
    width, height = tags.get(_WIDTH, (0,))[0], tags.get(_HEIGHT, (0,))[0]
    offsets = tags.get(_STRIPS) or tags.get(_TILES) or ()
    sizes = tags.get(_STRIP_SIZES) or tags.get(_TILE_SIZES) or ()
    if not width or not height or not offsets or len(offsets) != len(sizes):
        raise DamagedImage(page=page, detail="TIFF directory without a picture")
    strips = tuple(zip(offsets, sizes, strict=True))
    if any(offset + size > len(data) for offset, size in strips):
        raise DamagedImage(page=page, detail="TIFF cut within a picture")
    return Frame(
        index,
        width,
        height,
        compression=tags.get(_COMPRESSION, (1,))[0],
        photometric=tags.get(_PHOTOMETRIC, (0,))[0],
        fill_order=tags.get(_FILL_ORDER, (1,))[0],
        samples=tags.get(_SAMPLES, (1,))[0],
        orientation=tags.get(_ORIENTATION, (1,))[0],
        strips=strips,
        jpeg_tables=bytes(tags.get(_JPEG_TABLES, ())),
    )
