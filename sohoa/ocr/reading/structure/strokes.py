"""What the ink in a part of a line is like, against the print beside it: how tall, how thick, where it stands, of what colour."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from sohoa.ocr.imaging.preparing.pixels import Colour, Grey, Mask
from sohoa.ocr.model import Box

DARKER = 0.62  # of the paper's brightness around: ink
BLUE = 25  # of 255: blue over the other channels; JPEG's fringes at black letters stay under 20
LEAST = 0.12  # of the crop's height: lower blobs are stops and dust


@dataclass(frozen=True, slots=True)
class Glyphs:
    """boxes: (left, top, width, height) of connected strokes in the crop, from the left. width: of their strokes, pixels.
    blue: share of their ink that is blue.
    """

    boxes: tuple[tuple[int, int, int, int], ...]
    width: float
    blue: float

    @property
    def top(self) -> float:
        return float(np.median([box[1] for box in self.boxes]))

    @property
    def bottom(self) -> float:
        return float(np.median([box[1] + box[3] for box in self.boxes]))

    @property
    def height(self) -> float:
        return float(np.median([box[3] for box in self.boxes]))


def without_red(pixels: Grey | Colour) -> Grey:
    """Red ink is as bright as paper in the red channel, print and pens are dark there."""
    return pixels if pixels.ndim == 2 else np.ascontiguousarray(pixels[:, :, 0])


def ink_of(grey: Grey) -> Mask:
    paper = float(np.percentile(grey, 90)) if grey.size else 255.0
    return (grey < DARKER * paper).astype(np.uint8)


def glyphs(pixels: Grey | Colour, box: Box) -> Glyphs | None:
    """None where there is no ink. box: of the page."""
    x0, y0, x1, y1 = box
    crop = pixels[max(y0, 0) : y1, max(x0, 0) : x1]
    if crop.size == 0:
        return None
    mask = ink_of(without_red(crop))
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    keep = stats[:, cv2.CC_STAT_HEIGHT] >= LEAST * crop.shape[0]
    keep[0] = False
    if not keep.any():
        return None
    own = keep[labels]
    chosen = np.asarray(stats[keep], dtype=np.int32)
    boxes = sorted((int(row[0]), int(row[1]), int(row[2]), int(row[3])) for row in chosen)
    return Glyphs(tuple(boxes), _stroke_width(own.astype(np.uint8)), _blue(crop, own))


def _stroke_width(mask: Mask) -> float:
    """Twice the distance from the middle of a stroke to its edge."""
    distance = cv2.distanceTransform(cv2.copyMakeBorder(mask, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0), cv2.DIST_L2, 3)
    ridge = distance >= cv2.dilate(distance, np.ones((3, 3), np.uint8))
    middle = distance[(distance > 0) & ridge]
    return float(2 * middle.mean() - 1) if len(middle) else 0.0


def _blue(crop: Grey | Colour, own: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> float:
    if crop.ndim == 2:
        return 0.0
    red, green, blue = cv2.split(crop)
    return float((cv2.subtract(blue, cv2.max(red, green)) > BLUE)[own].mean())
