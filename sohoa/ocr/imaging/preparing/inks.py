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
# A line of red words, with gaps of SPACE bridged: so high, and at least so wide (mm).
WORDS, WORDS_WIDE, SPACE = (2.5, 11.0), 20.0, 5.0


@dataclass(frozen=True, slots=True)
class Inks:
    """red, blue: share of the page under red stamps, and under signatures in blue ink. seals: places of round stamps, in pixels of the
    picture. stamped, signed: where those stamps and signatures are, at a glance; None on a page without colour.
    """

    red: float
    blue: float
    seals: tuple[Box, ...]
    stamped: Mask | None = None
    signed: Mask | None = None


def inks_of(colour: Colour, dpi: int) -> Inks:
    # Averaged: of every fourth pixel as it is, a fine pen's stroke would be lost in pieces.
    small = shrunk(colour, 1 / GLANCE)
    (stamped, seals), signed = _stamps(_red(small, RED), dpi / GLANCE), _signatures(small, dpi)
    return Inks(float(stamped.mean()), float(signed.mean()), seals, stamped, signed)


def print_alone(colour: Colour, inks: Inks) -> Grey:
    """Grey, without red stamps and without signatures in blue ink."""
    grey = np.asarray(cv2.cvtColor(colour, cv2.COLOR_RGB2GRAY), dtype=np.uint8)
    if inks.red >= LEAST and inks.stamped is not None:
        grey = _lifted(grey, colour[:, :, 0], _red(colour, RED) & _near(inks.stamped, grey))
    if inks.blue >= LEAST and inks.signed is not None:
        grey = _lifted(grey, colour[:, :, 2], _blue(colour, BLUE) & _near(inks.signed, grey))
    return grey


def _near(at_a_glance: Mask, grey: Grey) -> Mask:
    near = cv2.resize(cv2.dilate(at_a_glance, square(3)), grey.shape[::-1], interpolation=cv2.INTER_NEAREST)
    return np.asarray(near, dtype=np.uint8)


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


def _stamps(red: Mask, dpi: float) -> tuple[Mask, tuple[Box, ...]]:
    """All red ink but that of words in red, which stay to be read; and the places of stamps of a seal's size."""
    if red.mean() < LEAST:
        return np.zeros_like(red), ()
    mm = dpi / 25.4
    joined = cv2.dilate(red, square(max(3, round(1.5 * mm))))
    found = [
        (x * GLANCE, y * GLANCE, (x + wide) * GLANCE, (y + high) * GLANCE)
        for x, y, wide, high, _ in cv2.connectedComponentsWithStats(joined, connectivity=8)[2][1:].tolist()
        if SEAL[0] * mm <= min(wide, high) and max(wide, high) <= SEAL[1] * mm
    ]
    stamped = red.copy()
    run_together = cv2.dilate(red, np.ones((max(3, round(mm)), round(SPACE * mm)), np.uint8))
    _, labels, boxes, _ = cv2.connectedComponentsWithStats(run_together, connectivity=8)
    for label, (x, y, wide, high, _) in enumerate(boxes.tolist()):
        if label and WORDS[0] * mm <= high <= WORDS[1] * mm and wide >= max(WORDS_WIDE * mm, 2 * high):
            stamped[y : y + high, x : x + wide][labels[y : y + high, x : x + wide] == label] = 0
    # A seal's rings may not touch each other; they are one seal.
    return stamped, tuple(seal for seal in found if not any(_within(seal, other) for other in found))


def _within(box: Box, other: Box) -> bool:
    return box != other and other[0] <= box[0] and other[1] <= box[1] and box[2] <= other[2] and box[3] <= other[3]
