"""Pages of picture files. A JPEG's and a plain PNG's own bytes stay; what no PDF may hold is decoded and written again."""

from __future__ import annotations

import io
import mmap
from pathlib import Path

import pillow_heif
from PIL import Image, ImageOps

from sohoa.ocr.imaging.measures import believable_dpi, refuse_too_large
from sohoa.ocr.imaging.picture_structure import JpegFrame, jpeg_frame
from sohoa.ocr.imaging.stored import decoding, flattened, in_srgb, place, store_lossless, store_rendered
from sohoa.ocr.imaging.tiff_structure import Frame, tiff_pages
from sohoa.ocr.model import PageImage

ORIENTATION = 0x0112  # Exif and TIFF tag
# Tag value to degrees clockwise. 2, 4, 5 and 7 are mirrored, which no turning mends.
_TURNS = {1: 0, 3: 180, 6: 90, 8: 270}
_SQUARE = 0.05  # a fax has 204 x 98 dots an inch; up to this much the pixels pass for square
_TIFF_JPEG = 7
_GREY, _YCBCR = (0, 1), 6


def jpeg_page(path: Path, stem: Path) -> PageImage:
    data = path.read_bytes()
    frame = jpeg_frame(data)
    refuse_too_large(1, frame.width, frame.height)
    return _jpeg(data, frame, 1, stem)


def _jpeg(data: bytes, frame: JpegFrame, number: int, stem: Path, *, claimed: float = 0, turn: int | None = None) -> PageImage:
    """claimed: dots an inch, and turn: an orientation tag, both from the file around the JPEG where there is one."""
    with decoding(number), Image.open(io.BytesIO(data)) as image:
        orientation = turn if turn is not None else int(image.getexif().get(ORIENTATION, 1))
        dpi = believable_dpi(claimed or _claimed_dpi(image), *image.size)
        plain = frame.components in (1, 3) and frame.bits == 8 and frame.mode in (0xC0, 0xC1, 0xC2)
        if plain and (orientation in _TURNS or not 1 <= orientation <= 8):
            image.draft("L", (max(1, image.width // 8), max(1, image.height // 8)))
            image.load()  # a picture cut short is found here rather than by a reader
            kept = place(stem.with_suffix(".jpg"), data)
            return PageImage(number, kept, frame.width, frame.height, dpi, _TURNS.get(orientation, 0), lifted=True)
        upright = flattened(in_srgb(ImageOps.exif_transpose(image)))
        stored = store_rendered(upright, stem, dpi=dpi)
    return PageImage(number, stored, *upright.size, dpi)


def png_page(path: Path, stem: Path) -> PageImage:
    with decoding(1), Image.open(path) as image:
        refuse_too_large(1, *image.size)
        image.load()
        dpi = believable_dpi(_claimed_dpi(image), *image.size)
        interlaced = bool(image.info.get("interlace"))
        if image.mode in ("1", "L", "RGB", "P") and "transparency" not in image.info and not interlaced:
            kept = place(stem.with_suffix(".png"), path.read_bytes())
            return PageImage(1, kept, *image.size, dpi, lifted=True)
        stored = store_lossless(flattened(image), stem, dpi=dpi)
    return PageImage(1, stored, *image.size, dpi)


def webp_page(path: Path, stem: Path) -> PageImage:
    with decoding(1), Image.open(path) as image:
        refuse_too_large(1, *image.size)
        image.load()
        dpi = believable_dpi(_claimed_dpi(image), *image.size)
        upright = flattened(in_srgb(ImageOps.exif_transpose(image)))
        stored = store_rendered(upright, stem, dpi=dpi)
    return PageImage(1, stored, *upright.size, dpi)


def heic_page(path: Path, number: int, stem: Path) -> PageImage:
    """The decoder turns the picture as its file says, so it is upright already."""
    with decoding(number):
        picture = pillow_heif.open_heif(path, convert_hdr_to_8bit=True)[number - 1]  # pyright: ignore[reportUnknownMemberType]
        refuse_too_large(number, *picture.size)
        image = flattened(in_srgb(picture.to_pillow()))
        dpi = believable_dpi(_claimed_dpi(image), *image.size)
        stored = store_rendered(image, stem, dpi=dpi)
    return PageImage(number, stored, *image.size, dpi)


def tiff_page(path: Path, number: int, stem: Path) -> PageImage:
    with path.open("rb") as source, mmap.mmap(source.fileno(), 0, access=mmap.ACCESS_READ) as data:
        frame = tiff_pages(data)[number - 1]
        jpeg = _jpeg_of(frame, data)
    # Given a path, Pillow (13.0) maps an uncompressed TIFF into memory with its sides already swapped by the orientation tag, and
    # the picture comes out as noise; given an open file it does not.
    with path.open("rb") as source, decoding(number), Image.open(source) as image:
        image.seek(frame.index)
        across, down = _claimed_sides(image)
        if jpeg is not None and _is_square(across, down):
            whole = jpeg_frame(jpeg)
            if (whole.width, whole.height) == (frame.width, frame.height):
                return _jpeg(jpeg, whole, number, stem, claimed=across, turn=frame.orientation)
        image.load()  # Pillow turns a TIFF upright by its tag while loading
        if frame.orientation in (5, 6, 7, 8):
            across, down = down, across
        page = flattened(image)
        if not _is_square(across, down):
            page, across = _squared(page, across, down)
        dpi = believable_dpi(across, *page.size)
        stored = store_lossless(page, stem, dpi=dpi)
        as_it_came = page.size == (frame.width, frame.height)
    return PageImage(number, stored, *page.size, dpi, lifted=as_it_came)


def _jpeg_of(frame: Frame, data: mmap.mmap) -> bytes | None:
    """The frame as one JPEG file: the common tables put before its only strip. None where it is anything else."""
    if frame.compression != _TIFF_JPEG or len(frame.strips) != 1 or frame.photometric not in (*_GREY, _YCBCR):
        return None
    if frame.samples not in (1, 3) or frame.photometric == 0:
        return None
    offset, size = frame.strips[0]
    strip, tables = data[offset : offset + size], frame.jpeg_tables
    if not tables:
        return strip
    if tables[:2] != b"\xff\xd8" or tables[-2:] != b"\xff\xd9" or strip[:2] != b"\xff\xd8":
        return None
    return tables[:-2] + strip[2:]


def _claimed_sides(image: Image.Image) -> tuple[float, float]:
    claimed = image.info.get("dpi")
    try:
        return (float(claimed[0]), float(claimed[1])) if claimed else (0.0, 0.0)
    except (ValueError, ZeroDivisionError, OverflowError):
        return 0.0, 0.0


def _claimed_dpi(image: Image.Image) -> float:
    return _claimed_sides(image)[0]


def _is_square(across: float, down: float) -> bool:
    return across <= 0 or down <= 0 or abs(across / down - 1) <= _SQUARE or across / down > 4 or down / across > 4


def _squared(page: Image.Image, across: float, down: float) -> tuple[Image.Image, float]:
    """A fax with its rows (or columns) repeated until its pixels are square; nothing is blurred."""
    most = max(across, down)
    size = (round(page.width * most / across), round(page.height * most / down))
    refuse_too_large(1, *size)
    return page.resize(size, Image.Resampling.NEAREST), most
