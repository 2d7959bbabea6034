"""Numbers as pens leave them on paper, in a hand the reader has never learned from."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from sohoa.pipeline.sources.sampleoffice.fonts import font

Grey = NDArray[np.uint8]


def in_hand(text: str, *, high: int = 48, air: int = 16) -> Grey:
    """`text` on white paper, digits about `high` pixels high, `air` around them."""
    face = font("hand-dkg", high * 1.35)
    left, top, right, bottom = face.getbbox(text)
    paper = Image.new("L", (round(right - left) + 2 * air, round(bottom - top) + 2 * air), 250)
    ImageDraw.Draw(paper).text((air - left, air - top), text, font=face, fill=20)
    return np.asarray(paper, np.uint8)


def with_notation(ink: Grey, *, gap: int = 14) -> Grey:
    """The printed `/QĐ-UBND` after what is written, cut off in its first letter."""
    face = font("tinos-regular", 54)
    right = int(np.flatnonzero((ink < 128).any(axis=0))[-1])
    wide = Image.fromarray(np.pad(ink, ((0, 0), (0, gap + 20)), constant_values=250))
    foot = int(np.flatnonzero((ink < 128).any(axis=1))[-1])
    ImageDraw.Draw(wide).text((right + gap, foot), "/QĐ-UBND", font=face, fill=30, anchor="ls")
    return np.asarray(wide, np.uint8)


def after_a_word(ink: Grey, *, gap: int = 8) -> Grey:
    """After the printed `ngày`, of which the crop shows the last letter's half."""
    face = font("tinos-italic", 54)
    left = int(np.flatnonzero((ink < 128).any(axis=0))[0])
    foot = int(np.flatnonzero((ink < 128).any(axis=1))[-1])
    wide = Image.fromarray(np.pad(ink, ((0, 12), (0, 0)), constant_values=250))
    ImageDraw.Draw(wide).text((left - gap, foot), "ngày", font=face, fill=30, anchor="rs")
    return np.asarray(wide, np.uint8)


def on_dots(ink: Grey) -> Grey:
    """On the dotted line of a form."""
    drawn = ink.copy()
    row = int(np.flatnonzero((ink < 128).any(axis=1))[-1]) + 3
    for x in range(2, drawn.shape[1], 8):
        cv2.circle(drawn, (x, row), 1, 60, -1)
    return drawn
