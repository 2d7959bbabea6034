"""JPEG, PNG, WebP and HEIC walked from mark to mark to their ends: size and completeness, no pixel decoded.

A moving PNG or WebP is one page, its first picture: frames of a film are not pages. A HEIC gives one page for each of its
top-level pictures; thumbnails are not pages.
"""

from __future__ import annotations

import mmap
import re
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path

import pillow_heif

from sohoa.ocr.imaging.errors import DamagedImage, TooManyPixels
from sohoa.ocr.imaging.measures import refuse_too_large

# In compressed data a 0xFF byte is followed by 0x00, by a restart mark or by fill; anything else begins the next segment.
_NEXT_MARK = re.compile(rb"\xff+[^\x00\xd0-\xd7\xff]")
_START_OF_FRAME = frozenset({0xC0, 0xC1, 0xC2, 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF})
_WITHOUT_LENGTH = frozenset({0x01, 0xD8, *range(0xD0, 0xD8)})


@dataclass(frozen=True, slots=True)
class JpegFrame:
    """mode: the start-of-frame byte (0xC0 baseline, 0xC2 progressive…). end: offset just past the end-of-image mark."""

    width: int
    height: int
    bits: int
    components: int
    mode: int
    end: int


def jpeg_frame(data: bytes | mmap.mmap) -> JpegFrame:
    """Raises DamagedImage unless the marks lead from start to end of image."""
    at, frame = 2, None
    while True:
        mark = _NEXT_MARK.match(data, at) or _NEXT_MARK.search(data, at)
        if mark is None:
            raise DamagedImage(page=1, detail="JPEG without an end")
        code, at = data[mark.end() - 1], mark.end()
        if code == 0xD9:
            if frame is None:
                raise DamagedImage(page=1, detail="JPEG without a picture")
            return JpegFrame(*frame, end=at)
        if code in _WITHOUT_LENGTH:
            continue
        head = data[at : at + 8]
        if len(head) < 8:
            raise DamagedImage(page=1, detail="JPEG cut within a segment")
        if code in _START_OF_FRAME and frame is None:
            height, width = struct.unpack(">HH", head[3:7])
            frame = (width, height, head[2], head[7], code)
            if 0 in (width, height):
                raise DamagedImage(page=1, detail="JPEG of no size")
        at += struct.unpack(">H", head[:2])[0]


def count_jpeg(data: mmap.mmap) -> int:
    frame = jpeg_frame(data)
    refuse_too_large(1, frame.width, frame.height)
    return 1


def count_png(data: mmap.mmap) -> int:
    at, has_pixels = 8, False
    while True:
        head = data[at : at + 8]
        if len(head) < 8:
            raise DamagedImage(page=1, detail="PNG without an end")
        length, kind = struct.unpack(">I4s", head)
        if at + 12 + length > len(data):
            raise DamagedImage(page=1, detail="PNG cut within a chunk")
        if kind == b"IHDR":
            if length != 13:
                raise DamagedImage(page=1, detail="PNG with a wrong header")
            refuse_too_large(1, *struct.unpack(">II", data[at + 8 : at + 16]))
        elif at == 8:
            raise DamagedImage(page=1, detail="PNG without a header")
        if zlib.crc32(data[at + 4 : at + 8 + length]) != struct.unpack(">I", data[at + 8 + length : at + 12 + length])[0]:
            raise DamagedImage(page=1, detail="PNG with a wrong checksum")
        has_pixels |= kind == b"IDAT"
        at += 12 + length
        if kind == b"IEND":
            if not has_pixels:
                raise DamagedImage(page=1, detail="PNG without a picture")
            return 1


def count_webp(data: mmap.mmap) -> int:
    declared = struct.unpack("<I", data[4:8])[0] + 8
    if declared > len(data):
        raise DamagedImage(page=1, detail="WebP cut")
    kind, body = data[12:16], data[20:30]
    if len(body) < 10:
        raise DamagedImage(page=1, detail="WebP cut")
    if kind == b"VP8X":
        width, height = int.from_bytes(body[4:7], "little") + 1, int.from_bytes(body[7:10], "little") + 1
    elif kind == b"VP8L":
        bits = int.from_bytes(body[1:5], "little")
        width, height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    elif kind == b"VP8 ":
        width, height = (int.from_bytes(body[start : start + 2], "little") & 0x3FFF for start in (6, 8))
    else:
        raise DamagedImage(page=1, detail="WebP of an unknown kind")
    refuse_too_large(1, width, height)
    return 1


def count_heic(path: Path, data: mmap.mmap) -> int:
    at = 0
    while at < len(data):
        head = data[at : at + 16]
        size = int.from_bytes(head[:4], "big")
        if size == 1:
            size = int.from_bytes(head[8:16], "big")
        elif size == 0:  # "to the end of the file"
            size = len(data) - at
        if size < 8 or at + size > len(data):
            raise DamagedImage(page=1, detail="HEIC cut within a box")
        at += size
    try:
        pictures = pillow_heif.open_heif(path, convert_hdr_to_8bit=True)  # pyright: ignore[reportUnknownMemberType]
        for number, picture in enumerate(pictures, 1):
            refuse_too_large(number, *picture.size)
        count = len(pictures)
    except TooManyPixels:
        raise
    except (ValueError, OSError, RuntimeError, EOFError, SyntaxError) as damage:
        raise DamagedImage(page=1, detail=type(damage).__name__) from damage
    if count == 0:
        raise DamagedImage(page=1, detail="HEIC without a picture")
    return count
