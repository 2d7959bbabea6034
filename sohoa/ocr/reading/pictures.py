"""A page's pixels in one of three plain modes, whatever the file keeps them in."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

import numpy as np
from PIL import Image

from sohoa.ocr.imaging.errors import DamagedImage
from sohoa.ocr.model import PageImage


@contextmanager
def plain_picture(image: PageImage) -> Generator[Image.Image]:
    """The stored picture, not turned, in mode 1, L or RGB. Raises DamagedImage, from the body of the `with` as well:
    Pillow decodes at the first use."""
    try:
        with Image.open(image.path) as picture:
            yield _plain(picture)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as damaged:
        raise DamagedImage(page=image.number, detail=type(damaged).__name__) from damaged


def _plain(picture: Image.Image) -> Image.Image:
    if picture.mode in ("1", "L", "RGB") and not picture.has_transparency_data:
        return picture
    if picture.mode.startswith(("I", "F")):  # 16 bits and more; Pillow's own conversion would cut everything above 255 off
        deep = np.asarray(picture, dtype=np.float32)
        return Image.fromarray((deep * (255.0 / max(float(deep.max(initial=0.0)), 1.0))).astype(np.uint8))
    if picture.has_transparency_data:
        paper = Image.new("RGBA", picture.size, "white")
        return Image.alpha_composite(paper, picture.convert("RGBA")).convert("RGB")
    return picture.convert("RGB")
