"""How a page's picture is written when it cannot stay as it came: without loss where that is small, else a careful JPEG."""

from __future__ import annotations

import contextlib
import io
import os
import struct
import warnings
import zlib
from collections.abc import Generator
from pathlib import Path
from typing import Any, cast

import numpy as np
from PIL import Image, ImageCms

from sohoa.ocr.imaging.errors import DamagedImage
from sohoa.ocr.imaging.measures import PIXEL_CAP

# Sizes are checked by us on what the headers declare, before opening; Pillow's own warning at 89 million would fire on A0 plans.
Image.MAX_IMAGE_PIXELS = PIXEL_CAP

# 4:4:4 keeps the red of seals on their own pixels; at 92 a scan differs from its source by less than its own noise.
JPEG_QUALITY = 92
# A rendered page of text takes 0.2 to 0.6 bits a pixel as PNG, a photographed one 12; JPEG takes 1 to 3 of either.
LOSSLESS_BITS = 1.0

_DAMAGE = (OSError, SyntaxError, ValueError, TypeError, KeyError, IndexError, AttributeError, EOFError, OverflowError, RuntimeError)


@contextlib.contextmanager
def decoding(page: int) -> Generator[None]:
    """Whatever a decoder throws at damaged data becomes DamagedImage; what it merely warns of is not for the clerk's screen."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except (PermissionError, FileNotFoundError, InterruptedError):
        raise
    except OSError as damage:
        if damage.errno is not None:  # the disk's complaint, not the decoder's
            raise
        raise DamagedImage(page=page, detail="decoder error") from damage
    except (*_DAMAGE, struct.error, zlib.error, Image.DecompressionBombError) as damage:
        raise DamagedImage(page=page, detail=type(damage).__name__) from damage


def place(target: Path, data: bytes | memoryview) -> Path:
    """Write in one step, so that whoever finds the file finds all of it. Not flushed to the disk: a page can be made again."""
    beside = target.with_name(f".{target.name}.part")
    beside.write_bytes(data)
    os.replace(beside, target)
    return target


def in_srgb(image: Image.Image) -> Image.Image:
    """The same colours in the one space that our PDFs declare. Phones photograph in a wider one, print shops in inks."""
    profile = image.info.get("icc_profile")
    if not profile or image.mode not in ("RGB", "CMYK"):
        return image
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        target = ImageCms.ImageCmsProfile(cast(Any, ImageCms).createProfile("sRGB"))
        turned = ImageCms.profileToProfile(image, source, target, outputMode="RGB")
    except (ImageCms.PyCMSError, OSError):
        return image  # a broken profile: the numbers are taken for sRGB, as viewers do
    return image if turned is None else turned


def flattened(image: Image.Image) -> Image.Image:
    """On white paper, in grey, colour or black and white; 16-bit grey becomes 8-bit."""
    if image.mode.startswith("I;16"):
        return Image.fromarray((np.asarray(image).astype(np.uint16) >> 8).astype(np.uint8))
    if image.mode in ("LA", "PA", "RGBA", "RGBa", "La") or "transparency" in image.info:
        clear = image.convert("RGBA")
        paper = Image.new("RGBA", clear.size, "white")
        paper.alpha_composite(clear)
        grey = image.mode in ("LA", "La", "L", "1")
        return paper.convert("L" if grey else "RGB")
    if image.mode in ("1", "L", "RGB"):
        return image
    if image.mode == "P":
        return image.convert("RGB")
    return image.convert("L" if image.mode in ("I", "F") else "RGB")


def store_lossless(image: Image.Image, stem: Path, *, dpi: int) -> Path:
    """Black and white as TIFF (Group 4), all else as PNG. `image` as flattened() gives it."""
    out = io.BytesIO()
    if image.mode == "1":
        image.save(out, "TIFF", compression="group4", dpi=(dpi, dpi), strip_size=1 << 30)
        return place(stem.with_suffix(".tif"), out.getbuffer())
    image.save(out, "PNG", compress_level=4, dpi=(dpi, dpi))
    return place(stem.with_suffix(".png"), out.getbuffer())


def store_rendered(image: Image.Image, stem: Path, *, dpi: int) -> Path:
    """A picture that was rendered or lossily compressed before: black and white, then PNG, then JPEG, whichever keeps it well."""
    lean = _lean(image)
    if lean.mode == "1":
        return store_lossless(lean, stem, dpi=dpi)
    out = io.BytesIO()
    if _looks_drawn(lean):
        lean.save(out, "PNG", compress_level=4, dpi=(dpi, dpi))
        if out.tell() * 8 <= LOSSLESS_BITS * lean.width * lean.height:
            return place(stem.with_suffix(".png"), out.getbuffer())
        out = io.BytesIO()
    lean.save(out, "JPEG", quality=JPEG_QUALITY, subsampling=0, dpi=(dpi, dpi))
    return place(stem.with_suffix(".jpg"), out.getbuffer())


def _lean(image: Image.Image) -> Image.Image:
    """The same picture in the fewest channels that hold it exactly."""
    if image.mode == "RGB":
        red, green, blue = (np.asarray(channel) for channel in image.split())
        if np.array_equal(red, green) and np.array_equal(red, blue):
            image = image.getchannel(0)
    if image.mode == "L":
        used = image.histogram()
        if sum(used[1:255]) == 0:
            return image.convert("1", dither=Image.Dither.NONE)
    return image


def _looks_drawn(image: Image.Image) -> bool:
    """Whether trying PNG is worth its time: a few rows deflated quickly tell drawings from photographs."""
    pixels = np.asarray(image)
    rows = np.ascontiguousarray(pixels[:: max(1, image.height // 64)])
    return len(zlib.compress(rows.tobytes(), 1)) * 8 <= 3 * LOSSLESS_BITS * rows.shape[0] * image.width
