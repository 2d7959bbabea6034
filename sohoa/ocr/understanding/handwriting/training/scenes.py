"""What a number's crop looks like on paper: its neighbours, the form's rules, a seal's remains, the pen, the scanner."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from sohoa.ocr.understanding.handwriting.training.mnist import Pictures
from sohoa.ocr.understanding.handwriting.training.print import printed, put
from sohoa.ocr.understanding.handwriting.training.strings import HEIGHT, Picture, Written, some_number, write

_BEFORE, _AFTER = ("y", "y", "ày", ":", "g", ",", "ố:", "n", "-"), ("/", "/", "/Q", "/U", "/T", "/B", "t", "th", "-", "n")
_AROUND = ("g", "y", "p", "A", "V", "Đ", "h", "quy", "Số")
# How often a crop holds no number at all.
_EMPTY = 0.06
# How often the number is printed where a pen was expected.
_PRINTED = 0.06


@dataclass(frozen=True, slots=True)
class Scene:
    """ink: as read_digits takes it. text: what is written there, "" for nothing."""

    ink: Picture
    text: str


def scene(chance: Generator, digits: Pictures) -> Scene:
    text = "" if chance.random() < _EMPTY else some_number(chance)
    if not text:
        written = _nothing(chance)
    elif chance.random() < _PRINTED:
        written = _in_print(chance, text)
    else:
        written = write(chance, text, digits)
    # Layers of darkness, 0 to 255, each with its own ink.
    air = chance.uniform(0.02, 0.9, 4) * HEIGHT * np.array([1.2, 0.7, 1.2, 0.7])
    left, top, right, bottom = (int(side) for side in air)
    pen = np.pad(written.picture, ((top, bottom), (left, right)))
    upper, lower = written.top + top, written.bottom + top
    start, end = left, left + written.picture.shape[1]
    print_ = np.zeros_like(pen)
    _surround(chance, pen, print_, start, end, upper, lower)
    dark = np.maximum(pen * chance.uniform(0.5, 1.0), print_ * chance.uniform(0.6, 1.0))
    if chance.random() < 0.12:
        dark = np.maximum(dark, _seal(chance, pen.shape))
    # Crops end close above and below the writing; the string's own canvas has more room than that.
    over, under = (int(HEIGHT * chance.uniform(0.02, 0.6)) for _ in range(2))
    dark = dark[max(0, upper - over) : lower + under]
    return Scene(_scanned(chance, dark), text)


def _nothing(chance: Generator) -> Written:
    wide = int(HEIGHT * chance.uniform(0.3, 2.5))
    return Written("", np.zeros((HEIGHT + 20, wide), np.uint8), 10, HEIGHT + 10)


def _in_print(chance: Generator, text: str) -> Written:
    picture, base = printed(chance, text, em=HEIGHT * chance.uniform(1.2, 1.6))
    return Written(text, picture, 0, base)


def _surround(chance: Generator, pen: Picture, print_: Picture, start: int, end: int, upper: int, lower: int) -> None:
    high = lower - upper
    if chance.random() < 0.25:
        _slash(chance, pen if chance.random() < 0.4 else print_, end + chance.normal(0.25, 0.2) * HEIGHT, upper, lower)
    if chance.random() < 0.4:
        _print(chance, print_, str(chance.choice(_BEFORE)), right=start - chance.uniform(-0.05, 0.5) * HEIGHT, base=lower)
    if chance.random() < 0.4:
        _print(chance, print_, str(chance.choice(_AFTER)), left=end + chance.uniform(-0.05, 0.9) * HEIGHT, base=lower)
    if chance.random() < 0.15:
        _dots(chance, print_, lower + round(chance.normal(0.02, 0.07) * HEIGHT))
    if chance.random() < 0.1:
        row = lower + round(chance.normal(0.08, 0.12) * HEIGHT)
        tilt = round(chance.normal(0, 0.04) * HEIGHT)
        cv2.line(print_, (0, row), (print_.shape[1], row + tilt), 255, int(chance.integers(1, 4)), cv2.LINE_AA)
    if chance.random() < 0.15:
        # Tails of the line above, tips of the line below.
        row = (
            upper - round(chance.uniform(0.1, 0.4) * high)
            if chance.random() < 0.5
            else lower + round(chance.uniform(0.6, 1) * high)
        )
        _print(chance, print_, str(chance.choice(_AROUND)), left=chance.uniform(0, end), base=row)


def _slash(chance: Generator, layer: Picture, at: float, upper: int, lower: int) -> None:
    high = lower - upper
    # Taller than the digits and leaning: what is not, nobody could tell from a bare 1.
    top, bottom = upper - chance.uniform(0.02, 0.25) * high, lower + chance.uniform(0.04, 0.3) * high
    reach = (bottom - top) * chance.uniform(0.18, 0.6)
    ends = [(round(at + reach), round(top)), (round(at), round(bottom))]
    cv2.line(layer, ends[0], ends[1], 255, int(chance.integers(2, 6)), cv2.LINE_AA)


def _print(
    chance: Generator, layer: Picture, text: str, *, base: int, left: float | None = None, right: float | None = None
) -> None:
    # Figures of a print 13 to 14 points large are about two thirds as high as those of a pen.
    picture, above = printed(chance, text, em=HEIGHT * chance.uniform(0.9, 1.5))
    x = left if left is not None else (right or 0) - picture.shape[1]
    put(layer, picture, left=round(x), top=base - above + round(chance.normal(0, 0.06) * HEIGHT))


def _dots(chance: Generator, layer: Picture, row: int) -> None:
    apart, width = int(chance.integers(5, 12)), int(chance.integers(1, 3))
    for x in range(int(chance.integers(apart)), layer.shape[1], apart):
        cv2.circle(layer, (x, row), width, 255, -1, cv2.LINE_AA)


def _seal(chance: Generator, shape: tuple[int, ...]) -> NDArray[np.float64]:
    """A ring's arc and some of its letters, lighter than the pen."""
    layer = np.zeros(shape, np.uint8)
    radius = int(HEIGHT * chance.uniform(2, 5))
    angle = chance.uniform(0, 2 * np.pi)
    reach = radius * chance.uniform(0.9, 1.15)
    centre = (round(shape[1] / 2 + reach * np.cos(angle)), round(shape[0] / 2 + reach * np.sin(angle)))
    cv2.circle(layer, centre, radius, 255, int(chance.integers(2, 7)), cv2.LINE_AA)
    return layer.astype(np.float64) * chance.uniform(0.15, 0.5)


def _scanned(chance: Generator, dark: NDArray[np.float64]) -> Picture:
    zoom = chance.uniform(0.42, 1.25)
    size = (max(8, round(dark.shape[1] * zoom)), max(8, round(dark.shape[0] * zoom)))
    dark = np.asarray(cv2.resize(dark, size, interpolation=cv2.INTER_AREA if zoom < 1 else cv2.INTER_LINEAR), np.float64)
    if chance.random() < 0.5:
        dark = np.asarray(cv2.GaussianBlur(dark, (0, 0), chance.uniform(0.3, 1.1)), np.float64)
    paper = chance.uniform(200, 256)
    contrast = chance.uniform(0.55, 1.0) * (paper - chance.uniform(0, 40))
    grey = paper - dark / 255 * contrast
    if chance.random() < 0.3:
        shade = np.linspace(0, chance.normal(0, 25), grey.shape[1])[None, :]
        grey = grey + shade * (grey / 255)
    if chance.random() < 0.5:
        grey = grey + chance.normal(0, chance.uniform(1, 14), grey.shape)
    scan = np.clip(grey, 0, 255).astype(np.uint8)
    if chance.random() < 0.15:
        specks = chance.random(scan.shape) < chance.uniform(0.0005, 0.006)
        scan[specks] = chance.integers(0, 120)
    kind = chance.random()
    if kind < 0.25:
        deepest = contrast * float(np.percentile(dark, 99)) / 255
        level = paper - deepest * chance.uniform(0.35, 0.7)
        return np.where(scan < level, 0, 255).astype(np.uint8)
    if kind < 0.6:
        _, packed = cv2.imencode(".jpg", scan, [cv2.IMWRITE_JPEG_QUALITY, int(chance.integers(25, 90))])
        return np.asarray(cv2.imdecode(packed, cv2.IMREAD_GRAYSCALE), np.uint8)
    return scan
