"""Red seals and blue signatures: ink laid over print, uneven as a rubber stamp and a ball-point pen leave it."""

from __future__ import annotations

import functools
import math

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from sohoa.pipeline.sources.sampleoffice.chance import grain
from sohoa.pipeline.sources.sampleoffice.fonts import font
from sohoa.pipeline.sources.sampleoffice.layout import Seal, Signature
from sohoa.pipeline.sources.sampleoffice.model import Pixels

RED = (206, 28, 44)
INK_BLUE = (28, 48, 156)

Ink = NDArray[np.float32]
"""(height, width), 0 for bare paper to 1 for full ink."""


def press(page: Pixels, seal: Seal, scale: float) -> None:
    """Stamp onto an RGB page, in place. scale: pixels per point."""
    ink = _stamped(seal, round(seal.diameter * scale))
    _lay(page, ink, seal.x * scale, seal.y * scale, RED)


def sign(page: Pixels, signature: Signature, scale: float) -> None:
    """Write a signature onto an RGB page, in place."""
    _lay(page, _scribble(signature, scale), signature.x * scale, signature.y * scale, INK_BLUE)


def _lay(page: Pixels, ink: Ink, x: float, y: float, colour: tuple[int, int, int]) -> None:
    """Ink darkens what is below it, so that print stays visible through a seal."""
    height, width = ink.shape
    left, top = round(x - width / 2), round(y - height / 2)
    x0, y0, x1, y1 = max(0, left), max(0, top), min(page.shape[1], left + width), min(page.shape[0], top + height)
    if x0 >= x1 or y0 >= y1:
        return
    part = ink[y0 - top : y1 - top, x0 - left : x1 - left, None]
    absorbed = 1.0 - np.asarray(colour, np.float32) / 255.0
    under = page[y0:y1, x0:x1].astype(np.float32)
    page[y0:y1, x0:x1] = (under * (1.0 - part * absorbed)).astype(np.uint8)


def _stamped(seal: Seal, side: int) -> Ink:
    rng = grain("seal", seal.throw)
    clean = _rubber(seal.upper, seal.lower, side)
    turned = cv2.warpAffine(
        clean, cv2.getRotationMatrix2D((side / 2, side / 2), float(rng.normal(0, 7)), 1.0), (side, side), flags=cv2.INTER_LINEAR
    )
    coarse = rng.random((max(2, side // 22), max(2, side // 22)), np.float32)
    patches = cv2.resize(coarse, (side, side), interpolation=cv2.INTER_CUBIC)
    specks = rng.random((side, side), np.float32)
    pressed = turned.astype(np.float32) / 255.0 * np.clip(0.62 + 0.5 * patches, 0, 1) * (0.8 + 0.2 * (specks > 0.12))
    if seal.mirrored:
        pressed = cv2.GaussianBlur(pressed[:, ::-1], (0, 0), max(1.0, side / 160))
    return np.asarray(pressed * seal.strength * 0.86, np.float32)


@functools.lru_cache(maxsize=24)
def _rubber(upper: str, lower: str, side: int) -> Pixels:
    """The stamp itself: two rings, text along them, a star and the word that says it is a specimen. Drawn large, then shrunk."""
    big = side * 2
    image = Image.new("L", (big, big), 0)
    draw = ImageDraw.Draw(image)
    centre, outer = big / 2, big / 2 - big * 0.012
    for radius, share in ((outer, 0.016), (outer - big * 0.026, 0.006), (outer * 0.64, 0.007)):
        draw.ellipse(
            (centre - radius, centre - radius, centre + radius, centre + radius), outline=255, width=max(2, round(big * share))
        )
    _along(image, upper, centre, outer * 0.79, big * 0.082, upper_arc=True)
    _along(image, f"* {lower} *", centre, outer * 0.79, big * 0.074, upper_arc=False)
    star = [
        (
            centre + math.sin(i * math.pi / 5) * outer * (0.34 if i % 2 == 0 else 0.14),
            centre * 0.94 - math.cos(i * math.pi / 5) * outer * (0.34 if i % 2 == 0 else 0.14),
        )
        for i in range(10)
    ]
    draw.polygon(star, fill=255)
    draw.text((centre, centre + outer * 0.44), "MẪU", fill=255, font=font("arimo-bold", round(big * 0.085)), anchor="mm")
    return np.asarray(image.resize((side, side), Image.Resampling.BOX), np.uint8)


def _along(image: Image.Image, text: str, centre: float, radius: float, size: float, *, upper_arc: bool) -> None:
    """Letters one by one along the ring, each turned to stand on it."""
    most = math.radians(232 if upper_arc else 112)
    face = font("arimo-bold", round(size))
    spans = [face.getlength(letter) / radius for letter in text]
    if sum(spans) > most:
        face = font("arimo-bold", max(6, round(size * most / sum(spans))))
        spans = [face.getlength(letter) / radius for letter in text]
    angle = -sum(spans) / 2
    for letter, span in zip(text, spans, strict=True):
        middle = angle + span / 2
        angle += span
        if letter == " ":
            continue
        side = round(size * 2.2)
        tile = Image.new("L", (side, side), 0)
        ImageDraw.Draw(tile).text((side / 2, side / 2 + size * 0.36), letter, fill=255, font=face, anchor="ms")
        turned = tile.rotate(-math.degrees(middle) if upper_arc else math.degrees(middle), resample=Image.Resampling.BICUBIC)
        x = centre + math.sin(middle) * radius
        y = centre - math.cos(middle) * radius if upper_arc else centre + math.cos(middle) * radius
        image.paste(255, (round(x - side / 2), round(y - side / 2)), turned)


def _scribble(signature: Signature, scale: float) -> Ink:
    """A running hand: loops that drift to the right, a long stroke below, thicker where the pen is slow."""
    rng = grain("signature", signature.throw)
    width, height = round(signature.width * scale), round(signature.height * scale)
    ink = np.zeros((height + 16, width + 16), np.uint8)
    time = np.linspace(0, 1, 700)
    loops = rng.uniform(2.2, 4.2)
    phase = rng.uniform(0, 2 * np.pi, 4)
    swell = np.interp(time, (0, 0.12, 0.5, 1), (rng.uniform(0.7, 1.0), 1.0, rng.uniform(0.4, 0.7), rng.uniform(0.15, 0.35)))
    x = 0.06 + 0.72 * time + 0.11 * np.sin(2 * np.pi * loops * time + phase[0]) + 0.03 * np.sin(9 * time * np.pi + phase[1])
    y = 0.45 - 0.36 * swell * np.cos(2 * np.pi * loops * time + phase[2]) + 0.06 * np.sin(13 * time * np.pi + phase[3])
    _stroke(ink, x * width + 8, y * height + 8, scale, rng.uniform(0.7, 1.0))
    sweep = np.linspace(0, 1, 220)
    x = rng.uniform(0.55, 0.75) - 0.5 * np.sin(np.pi * sweep * 0.9) + 0.4 * sweep
    y = rng.uniform(0.55, 0.7) + 0.24 * np.sin(np.pi * sweep) - 0.15 * sweep
    _stroke(ink, np.clip(x, 0.02, 0.98) * width + 8, np.clip(y, 0.04, 0.97) * height + 8, scale, 0.7)
    return ink.astype(np.float32) / 255.0 * 0.92


def _stroke(ink: Pixels, xs: NDArray[np.float64], ys: NDArray[np.float64], scale: float, weight: float) -> None:
    points = np.stack([xs, ys], axis=1)
    speed = np.linalg.norm(np.diff(points, axis=0), axis=1)
    slow = 1.0 - np.clip(speed / (speed.max() + 1e-6), 0, 1)
    shift = 4  # sub-pixel bits of OpenCV's line drawing
    fixed = np.round(points * (1 << shift)).astype(np.int32)
    for i in range(0, len(points) - 4, 4):
        thick = max(1, round(scale * weight * (0.75 + 0.65 * float(slow[i : i + 4].mean()))))
        cv2.polylines(ink, [fixed[i : i + 5].reshape(-1, 1, 2)], False, 255, thick, cv2.LINE_AA, shift)
