"""Arrays of pixels, and their names."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

Grey = NDArray[np.uint8]
"""(height, width), 0 black to 255 white."""
Colour = NDArray[np.uint8]
"""(height, width, 3), red, green, blue."""
Mask = NDArray[np.uint8]
"""(height, width), 1 where it holds, 0 elsewhere."""


def pixels_of(picture: Image.Image) -> Grey | Colour:
    """picture: mode 1, L or RGB."""
    return np.asarray(picture.convert("L") if picture.mode == "1" else picture, dtype=np.uint8)


def turned(pixels: Grey | Colour, rotation: int) -> Grey | Colour:
    """rotation: 0, 90, 180 or 270 degrees clockwise. A view, nothing is copied."""
    return np.rot90(pixels, -rotation // 90 % 4)


def darkest(pixels: Grey | Colour) -> Grey:
    """The darkest channel: red and blue ink are as good as black. (Faster by far than the minimum along an axis.)"""
    return pixels if pixels.ndim == 2 else np.minimum(np.minimum(pixels[..., 0], pixels[..., 1]), pixels[..., 2])


def shrunk(pixels: Grey | Colour, scale: float) -> Grey | Colour:
    """Averaged down; a picture is never enlarged, which was measured to read worse, and a sliver never shrunk to nothing."""
    if scale >= 1 or min(pixels.shape[:2]) * scale < 1:
        return pixels
    return np.asarray(cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def paper_of(grey: Grey) -> int:
    """The brightness of bare paper, which most of a page is; every eighth pixel tells."""
    return int(np.median(grey[::8, ::8]))


def square(size: int) -> Mask:
    return np.ones((size, size), np.uint8)


def odd(size: float) -> int:
    return max(1, int(size)) | 1
