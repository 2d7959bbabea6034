"""What a scanner does to a sheet, at three strengths, and where every box goes meanwhile.

clean   a good flatbed: paper a shade off white, next to no skew.
medium  a busy feeder: skew 0.4 to 1.0 degrees, noise, light that falls off by a tenth, JPEG quality 60 to 75.
hard    everything at once: skew 1.2 to 2.0 degrees, blur, faded ink, noise, salt and pepper, the back showing through, a gutter's
        shadow, light that falls off by 30 %, a second stamp over the body, JPEG quality 40 to 50. A stress set, not a typical scan.
"""

from __future__ import annotations

import functools
import io
import random
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from sohoa.pipeline.sources.sampleoffice.chance import dice, grain
from sohoa.pipeline.sources.sampleoffice.model import Box, Pixels, Strength

Matrix = NDArray[np.float64]

TILE = 1024  # side of the kept piece of noise; pages are covered with it, turned and shifted, instead of drawing 26 M numbers each


@dataclass(frozen=True, slots=True)
class Wear:
    """One page's throw of the scanner. slope, gutter: share of the light lost. noise: standard deviation at 300 dpi, of 255."""

    skew: float
    shift: tuple[float, float]  # inches
    fade: float
    bleed: float
    blur: float  # standard deviation in pixels at 300 dpi
    slope: float
    slope_angle: float
    gutter: float
    noise: float
    specks: float  # share of pixels
    quality: int
    tint: tuple[int, int, int]


def wear_of(strength: Strength, rng: random.Random) -> Wear:
    turn = rng.choice((-1, 1))
    white = rng.randint(249, 253)
    tint = (white, white - rng.randint(0, 1), white - rng.randint(1, 5))  # paper and lamps are a little warm
    angle = rng.uniform(0, 2 * np.pi)
    if strength == "clean":
        shift = (rng.uniform(-0.02, 0.02), rng.uniform(-0.02, 0.02))
        return Wear(turn * rng.uniform(0, 0.12), shift, 1, 0, 0, 0.01, angle, 0, 0, 0, rng.randint(82, 90), tint)
    shift = (rng.uniform(-0.06, 0.06), rng.uniform(-0.06, 0.06))
    if strength == "medium":
        skew, noise = turn * rng.uniform(0.4, 1.0), rng.uniform(3, 5)
        return Wear(skew, shift, rng.uniform(0.9, 1), 0, 0.45, 0.10, angle, 0, noise, 0, rng.randint(60, 75), tint)
    return Wear(
        skew=turn * rng.uniform(1.2, 2.0),
        shift=shift,
        fade=rng.uniform(0.62, 0.78),
        bleed=rng.uniform(0.09, 0.15),
        blur=rng.uniform(0.9, 1.25),
        slope=0.30,
        slope_angle=angle,
        gutter=rng.uniform(0.35, 0.5),
        noise=rng.uniform(7, 10),
        specks=rng.uniform(0.0008, 0.0016),
        quality=rng.randint(40, 50),
        tint=(white - 8, white - 11 - rng.randint(0, 4), white - 20 - rng.randint(0, 10)),
    )


@dataclass(frozen=True, slots=True)
class Scan:
    """pixels: RGB as delivered (upright). matrix: 2 by 3, from printed pixels to delivered ones."""

    pixels: Pixels
    matrix: Matrix


def scan(pixels: Pixels, wear: Wear, *, dpi: int, seed: int) -> Scan:
    """Distort a printed page. pixels: (height, width, 3) RGB; it may be written over."""
    height, width = pixels.shape[:2]
    scale = dpi / 300
    if wear.fade < 1:
        pixels = _bytes(cv2.convertScaleAbs(pixels, alpha=wear.fade, beta=255 * (1 - wear.fade)))
    if wear.bleed:
        _bleed(pixels, wear.bleed, dpi)
    matrix = np.asarray(cv2.getRotationMatrix2D((width / 2, height / 2), -wear.skew, 1.0), np.float64)
    matrix[:, 2] += (wear.shift[0] * dpi, wear.shift[1] * dpi)
    pixels = _bytes(
        cv2.warpAffine(
            pixels, matrix, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=(255,) * 3
        )
    )
    if wear.blur:
        pixels = _bytes(cv2.GaussianBlur(pixels, (0, 0), max(0.3, wear.blur * scale)))
    pixels = _bytes(cv2.multiply(pixels, _light(width, height, wear), scale=1 / 255))
    if wear.noise:
        _add_noise(pixels, wear.noise, seed)
    if wear.specks:
        _add_specks(pixels, wear.specks, seed)
    return Scan(pixels, matrix)


def _bytes(pixels: NDArray[Any]) -> Pixels:
    """OpenCV's own type says only that it is some array; this gives the same one, never a copy."""
    return np.asarray(pixels, np.uint8)


def _bleed(pixels: Pixels, strength: float, dpi: int) -> None:
    """The other side's print: this page mirrored, moved and blurred stands in for it, so that no second page is held."""
    small = cv2.resize(pixels, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    back = cv2.flip(small, 1)
    back = np.roll(back, dpi // 9, axis=0)
    back = cv2.GaussianBlur(back, (0, 0), dpi / 300 * 1.2)
    faint = cv2.convertScaleAbs(back, alpha=strength, beta=255 * (1 - strength))
    cv2.multiply(pixels, cv2.resize(faint, (pixels.shape[1], pixels.shape[0])), dst=pixels, scale=1 / 255)


def _light(width: int, height: int, wear: Wear) -> Pixels:
    """How much light each place sends back, by channel: the slope of the lamp, the shadow of the binding, the paper's tint."""
    columns, rows = max(2, width // 16), max(2, height // 16)
    x, y = np.meshgrid(np.linspace(-0.5, 0.5, columns), np.linspace(-0.5, 0.5, rows))
    along = (x * np.cos(wear.slope_angle) + y * np.sin(wear.slope_angle)) / (
        abs(np.cos(wear.slope_angle)) + abs(np.sin(wear.slope_angle))
    ) + 0.5
    light = 1 - wear.slope * along
    if wear.gutter:
        light = light * (1 - wear.gutter * np.exp(-((x + 0.5) / 0.035)))
    tinted = np.clip(light[..., None] * np.asarray(wear.tint, np.float64), 0, 255).astype(np.uint8)
    return np.asarray(cv2.resize(tinted, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)


@functools.lru_cache(maxsize=1)
def _grain_tile() -> NDArray[np.float32]:
    """Standard noise: mostly grey, a little colour, a little coarser than one pixel, as sensors and paper make it."""
    rng = grain("noise")
    grey = rng.standard_normal((TILE, TILE, 1), np.float32)
    colour = rng.standard_normal((TILE, TILE, 3), np.float32)
    mixed = cv2.GaussianBlur(0.9 * grey + 0.45 * colour, (0, 0), 0.55, borderType=cv2.BORDER_REFLECT)
    return np.asarray(mixed / mixed.std(), np.float32)


@functools.lru_cache(maxsize=16)
def _noise(level: int) -> NDArray[np.int8]:
    """level: standard deviation in half units of brightness."""
    return np.clip(_grain_tile() * (level / 2), -127, 127).round().astype(np.int8)


def _add_noise(pixels: Pixels, deviation: float, seed: int) -> None:
    rng = dice("noise", seed)
    tile = _noise(round(deviation * 2))
    height, width = pixels.shape[:2]
    for top in range(0, height, TILE):
        for left in range(0, width, TILE):
            part = pixels[top : top + TILE, left : left + TILE]
            turned = tile[:: rng.choice((1, -1)), :: rng.choice((1, -1))]
            piece = np.ascontiguousarray(turned[: part.shape[0], : part.shape[1]])
            cv2.add(part, piece, dst=part, dtype=cv2.CV_8U)


def _add_specks(pixels: Pixels, share: float, seed: int) -> None:
    """Salt and pepper: half of it dust that is dark, half holes that are light; every fourth grain is two pixels wide."""
    rng = grain("specks", seed)
    height, width = pixels.shape[:2]
    count = int(height * width * share)
    ys, xs = rng.integers(0, height, count), rng.integers(0, width - 1, count)
    values = np.where(rng.random(count) < 0.5, 25, 250).astype(np.uint8)
    pixels[ys, xs] = values[:, None]
    wide = slice(0, count // 4)
    pixels[ys[wide], xs[wide] + 1] = values[wide, None]


def moved(box: Box, matrix: Matrix, width: int, height: int) -> Box:
    """The upright rectangle around a turned box, within the page."""
    x0, y0, x1, y1 = box
    corners = np.array([[x0, y0, 1], [x1, y0, 1], [x0, y1, 1], [x1, y1, 1]], np.float64) @ matrix.T
    low, high = np.floor(corners.min(axis=0) + 0.01), np.ceil(corners.max(axis=0) - 0.01)
    return (max(0, int(low[0])), max(0, int(low[1])), min(width, int(high[0])), min(height, int(high[1])))


def as_jpeg(pixels: Pixels, *, quality: int, dpi: int) -> bytes:
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "JPEG", quality=quality, dpi=(dpi, dpi))
    return out.getvalue()
