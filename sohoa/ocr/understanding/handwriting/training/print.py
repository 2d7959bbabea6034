"""Printed letters around a number, as Vietnamese offices print them: a face of the metrics of Times New Roman.

The faces are Tinos (package fonts-croscore), found by the system's own font folders.
"""

from __future__ import annotations

import functools

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

Picture = NDArray[np.uint8]

_FACES = ("Tinos-Regular.ttf", "Tinos-Italic.ttf", "Tinos-Bold.ttf")
_EM = 80


@functools.lru_cache(maxsize=512)
def glyphs(text: str, face: str) -> tuple[Picture, int]:
    """The letters cropped to their ink, 255 on 0, at 80 pixels an em, and the row of their baseline. Raises OSError without the face."""
    font = ImageFont.truetype(face, _EM, layout_engine=ImageFont.Layout.BASIC)
    left, top, right, bottom = (round(side) for side in font.getbbox(text, anchor="ls"))
    picture = Image.new("L", (right - left + 2, bottom - top + 2), 0)
    ImageDraw.Draw(picture).text((1 - left, 1 - top), text, font=font, fill=255, anchor="ls")
    return np.asarray(picture, np.uint8), 1 - top


def printed(chance: Generator, text: str, *, em: float) -> tuple[Picture, int]:
    """The letters in one of the faces, `em` pixels large, and the row of their baseline."""
    picture, base = glyphs(text, _FACES[chance.integers(len(_FACES))])
    zoom = em / _EM
    size = (max(1, round(picture.shape[1] * zoom)), max(1, round(picture.shape[0] * zoom)))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8), round(base * zoom)


def put(layer: Picture, picture: Picture, *, left: int, top: int) -> None:
    """Onto the layer, the darker of both; what falls outside is cut off."""
    x0, y0 = max(left, 0), max(top, 0)
    x1, y1 = min(left + picture.shape[1], layer.shape[1]), min(top + picture.shape[0], layer.shape[0])
    if x0 < x1 and y0 < y1:
        place = layer[y0:y1, x0:x1]
        np.maximum(place, picture[y0 - top : y1 - top, x0 - left : x1 - left], out=place)
