"""Red ink of seals and blue ink of pens: where it is, and the print beneath it without it.

Ink that is red hides nothing in the red channel, where it is nearly as bright as paper while black print stays dark. The same holds
for blue ink in the blue channel.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from sohoa.ocr.imaging.preparing.pixels import Colour, Grey, Mask, shrunk, square
from sohoa.ocr.model import Box

# Differences of the channels, of 255. JPEG's colour fringes at black letters stay under 20.
RED, BLUE = 25, 25
# Looked for at this fraction of the resolution first: most pages have no colour, and then the full page is never searched.
GLANCE = 4
# The least share of the page that is worth separating: a seal 3 cm wide drawn in thin lines covers ten times this.
LEAST = 0.0003
# A pen's stroke as tall as this (mm) is a signature; numbers and days written by hand are lower, and must stay to be read.
SIGNATURE = 9.0
# The ink's own brightness in its channel: most of it is brighter, crossings with print are darker.
OWN_BRIGHTNESS = 25
# Round seals of agencies are 34 to 42 mm wide; stamps with dates and numbers are smaller and angular.
SEAL = (12.0, 60.0)


@dataclass(frozen=True, slots=True)
class Inks:
    """red, blue: share of the page under red ink, and under signatures in blue ink. seals: places of red stamps, in pixels of the picture.
    signed: where those signatures are, at a glance; None on a page without colour.
    """

    red: float
    blue: float
    seals: tuple[Box, ...]
    signed: Mask | None = None


def inks_of(colour: Colour, dpi: int) -> Inks:
    # Averaged: of every fourth pixel as it is, a fine pen's stroke would be lost in pieces.
    small = shrunk(colour, 1 / GLANCE)
    red, signed = _red(small, RED), _signatures(small, dpi)
    return Inks(float(red.mean()), float(signed.mean()), _seals(red, dpi / GLANCE), signed)


def print_alone(colour: Colour, inks: Inks) -> Grey:
    """Grey, without red ink and without signatures in blue ink."""
    grey = np.asarray(cv2.cvtColor(colour, cv2.COLOR_RGB2GRAY), dtype=np.uint8)
    if inks.red >= LEAST:
        grey = _lifted(grey, colour[:, :, 0], _red(colour, RED))
    if inks.blue >= LEAST and inks.signed is not None:
        near = cv2.dilate(inks.signed, square(3))
        near = cv2.resize(near, grey.shape[::-1], interpolation=cv2.INTER_NEAREST)
        grey = _lifted(grey, colour[:, :, 2], _blue(colour, BLUE) & (near > 0))
    return grey


def _lifted(grey: Grey, channel: Grey, ink: Mask) -> Grey:
    """grey, with `channel` in its place where the ink is, brightened until the ink itself is white: what stays dark is print.

    The channel of an ink is never quite as bright as paper, and readers take the ghost of a seal for a picture.
    """
    if not ink.any():
        return grey
    own = max(float(np.percentile(channel[ink > 0], OWN_BRIGHTNESS)), 64.0)
    bright = cv2.LUT(channel, np.clip(np.arange(256) * (255 / own), 0, 255).astype(np.uint8))
    around = np.where(cv2.dilate(ink, square(5)) > 0, cv2.max(grey, channel), grey)
    return np.where(ink > 0, cv2.max(grey, bright), around)


def _signatures(small: Colour, dpi: int) -> Mask:
    """small: at a glance; dpi: of the page."""
    return _tall(_blue(small, BLUE), SIGNATURE / 25.4 * dpi / GLANCE)


def _red(colour: Colour, least: int) -> Mask:
    red, green, blue = cv2.split(colour)
    return (cv2.subtract(red, cv2.max(green, blue)) > least).astype(np.uint8)


def _blue(colour: Colour, least: int) -> Mask:
    red, green, blue = cv2.split(colour)
    return (cv2.subtract(blue, cv2.max(red, green)) > least).astype(np.uint8)


def _tall(mask: Mask, least: float) -> Mask:
    """The connected strokes that are at least so high."""
    joined = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, square(3))
    _, labels, boxes, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    keep = boxes[:, cv2.CC_STAT_HEIGHT] >= least
    keep[0] = False
    return keep[np.asarray(labels, dtype=np.int64)].astype(np.uint8)


def _seals(red: Mask, dpi: float) -> tuple[Box, ...]:
    if red.mean() < LEAST:
        return ()
    mm = dpi / 25.4
    joined = cv2.dilate(red, square(max(3, round(1.5 * mm))))
    boxes = cv2.connectedComponentsWithStats(joined, connectivity=8)[2][1:]
    found = [
        (int(x) * GLANCE, int(y) * GLANCE, int(x + width) * GLANCE, int(y + height) * GLANCE)
        for x, y, width, height, _ in boxes
        if SEAL[0] * mm <= width <= SEAL[1] * mm and SEAL[0] * mm <= height <= SEAL[1] * mm
    ]
    # A seal's rings may not touch each other; they are one seal.
    return tuple(seal for seal in found if not any(_within(seal, other) for other in found))


def _within(box: Box, other: Box) -> bool:
    return box != other and other[0] <= box[0] and other[1] <= box[1] and box[2] <= other[2] and box[3] <= other[3]
