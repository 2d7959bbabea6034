"""Frames of a TIFF into another TIFF, every strip and every tag's bytes as they were; only what says where they lie is written anew.

Source: TIFF 6.0, sections 2 and 8; the BigTIFF layout of libtiff.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO

from sohoa.ocr.imaging.tiff_structure import tiff_pages
from sohoa.pipeline.stacks.errors import StackNotSplittable

_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
_STRIPS, _TILES = 273, 324
# Directories within directories (sub-images, Exif, GPS, interoperability) and lists of free space: places in the old file.
_POINTERS = frozenset({288, 289, 330, 34665, 34853, 40965})
_COMPRESSION, _OLD_JPEG = 259, 6  # its tables lie anywhere in the file, by offsets of their own
_LONG, _LONG8 = 4, 16


@dataclass(frozen=True, slots=True)
class _Entry:
    tag: int
    kind: int
    count: int
    value: bytes


class TiffCopier:
    """One TIFF's bytes, from which frames are copied. Raises DamagedImage."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.frames = tiff_pages(data)
        self.order = "<" if data[:2] == b"II" else ">"
        self.big = data[2:4] in (b"+\0", b"\0+")
        self._directories = self._walked()

    def _walked(self) -> list[list[_Entry]]:
        found: list[list[_Entry]] = []
        (at,) = struct.unpack_from(self.order + ("Q" if self.big else "I"), self.data, 8 if self.big else 4)
        while at and len(found) <= self.frames[-1].index:  # tiff_pages has checked the chain up to its end
            (count,) = struct.unpack_from(self.order + ("Q" if self.big else "H"), self.data, at)
            size, room, start = (20, 8, at + 8) if self.big else (12, 4, at + 2)
            found.append([entry for n in range(count) if (entry := self._entry(start + n * size, room)) is not None])
            (at,) = struct.unpack_from(self.order + ("Q" if self.big else "I"), self.data, start + count * size)
        return found

    def _entry(self, at: int, room: int) -> _Entry | None:
        tag, kind, count = struct.unpack_from(self.order + ("HHQ" if self.big else "HHI"), self.data, at)
        length = _SIZES.get(kind, 0) * count
        if not length or tag in _POINTERS:
            return None
        place = at + (12 if self.big else 8)
        if length > room:
            (place,) = struct.unpack_from(self.order + ("Q" if self.big else "I"), self.data, place)
        value = self.data[place : place + length]
        return _Entry(tag, kind, count, value) if len(value) == length else None

    def entries(self, page: int) -> list[_Entry]:
        return self._directories[self.frames[page - 1].index]


def copy_frames(pages: Sequence[tuple[TiffCopier, int]], out: BinaryIO) -> None:
    """Write pages (numbers from 1) as a TIFF of the same byte order and kind. Raises StackNotSplittable."""
    first = pages[0][0]
    if any((one.order, one.big) != (first.order, first.big) for one, _ in pages):
        raise StackNotSplittable(detail="TIFFs of two byte orders")
    order, big = first.order, first.big
    head = (b"II" if order == "<" else b"MM") + (struct.pack(order + "HHH", 43, 8, 0) if big else struct.pack(order + "H", 42))
    out.write(head)
    link = out.tell()
    out.write(bytes(8 if big else 4))
    for copier, page in pages:
        at = _write_frame(copier, page, out)
        end = out.tell()
        out.seek(link)
        out.write(struct.pack(order + ("Q" if big else "I"), at))
        link = end - (8 if big else 4)
        out.seek(end)


def _write_frame(copier: TiffCopier, page: int, out: BinaryIO) -> int:
    order, big, frame = copier.order, copier.big, copier.frames[page - 1]
    if frame.compression == _OLD_JPEG:
        raise StackNotSplittable(detail="TIFF with old-style JPEG")
    places: list[int] = []
    for offset, size in frame.strips:
        _align(out)
        places.append(out.tell())
        out.write(copier.data[offset : offset + size])
    entries: list[_Entry] = []
    for entry in copier.entries(page):
        if entry.tag in (_STRIPS, _TILES):
            value = struct.pack(f"{order}{len(places)}{'Q' if big else 'I'}", *places)
            entry = _Entry(entry.tag, _LONG8 if big else _LONG, len(places), value)
        entries.append(entry)
    room, rows = 8 if big else 4, list[bytes]()
    for entry in sorted(entries, key=lambda entry: entry.tag):
        value = entry.value
        if len(value) > room:
            _align(out)
            value = struct.pack(order + ("Q" if big else "I"), out.tell())
            out.write(entry.value)
        rows.append(struct.pack(order + ("HHQ" if big else "HHI"), entry.tag, entry.kind, entry.count) + value.ljust(room, b"\0"))
    _align(out)
    at = out.tell()
    out.write(struct.pack(order + ("Q" if big else "H"), len(rows)) + b"".join(rows) + bytes(room))
    return at


def _align(out: BinaryIO) -> None:
    out.write(bytes(-out.tell() % 8))
