"""Strings of digits as one hand writes them: MNIST's digits and drawn ones, leaning, unsteady, touching."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from sohoa.ocr.understanding.handwriting.training.mnist import Pictures
from sohoa.ocr.understanding.handwriting.training.strokes import draw_digit

Picture = NDArray[np.uint8]

HEIGHT = 44
"""Of an ordinary digit, pixels: 4 mm at 300 dpi."""
_LENGTHS = (0.13, 0.37, 0.27, 0.17, 0.06)


@dataclass(frozen=True, slots=True)
class Written:
    """picture: 255 is ink on 0. top, bottom: between what rows a digit stands, of the picture."""

    text: str
    picture: Picture
    top: int
    bottom: int


def some_number(chance: Generator) -> str:
    """Days, months and numbers of papers: one to five digits, often with a zero in front."""
    kind = chance.random()
    if kind < 0.2:
        return f"{chance.integers(1, 32):02d}"
    length = int(chance.choice(5, p=_LENGTHS)) + 1
    text = "".join(map(str, chance.integers(0, 10, length)))
    return "0" + text[1:] if length == 2 and kind < 0.3 else text


def write(chance: Generator, text: str, digits: Pictures) -> Written:
    """One hand writes `text`: its pen, lean and spacing go through the whole string."""
    pen = float(chance.choice([chance.uniform(1.5, 4), chance.uniform(3, 8)]))
    lean = float(np.clip(chance.normal(0.12, 0.2), -0.4, 0.6))
    gap = float(chance.choice([chance.normal(0.12, 0.08), chance.normal(0.0, 0.07), chance.normal(0.3, 0.15)], p=[0.5, 0.4, 0.1]))
    stretch = chance.uniform(0.75, 1.3)
    drawn = chance.choice([0.0, 0.5, 1.0], p=[0.35, 0.25, 0.4])
    sizes, rises = _even(chance, text)
    parts: list[Picture] = []
    for letter, size in zip(text, sizes, strict=True):
        height = round(HEIGHT * float(size))
        if chance.random() < drawn:
            part = draw_digit(chance, int(letter), height=height, pen=pen)
        else:
            part = _from_mnist(chance, digits[int(letter)], int(letter), height=height, pen=pen)
        parts.append(_bent(chance, part, lean=lean + chance.normal(0, 0.05), stretch=stretch))
    return _joined(chance, text, parts, gap, rises)


def _even(chance: Generator, text: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """How high each digit is and how far its foot stands above the line, in ordinary digits.

    Some hands keep to the line, some do not; many write a small round 0, and some old figures, of which 3, 4, 5, 7, 9 hang down.
    """
    digits = np.array([int(letter) for letter in text])
    unsteady = float(chance.choice([0.04, 0.08, 0.15], p=[0.4, 0.4, 0.2]))
    sizes = chance.normal(1, unsteady, len(text))
    rises = chance.normal(0, 0.8 * unsteady, len(text))
    style = chance.random()
    if style < 0.25:
        small = digits == 0
        sizes[small] *= chance.uniform(0.5, 0.9)
        rises[small] += chance.uniform(0, 1) * (1 - sizes[small])
    elif style < 0.33:
        sizes[digits == 0] *= 0.62
        sizes[digits == 2] *= chance.choice([0.65, 0.9])
        sizes[digits == 1] *= chance.choice([0.65, 1.0])
        rises[np.isin(digits, (3, 4, 5, 7, 9)) | ((digits == 1) & (sizes > 0.8))] -= chance.uniform(0.15, 0.4)
    return np.clip(sizes, 0.45, 1.35), rises


def _from_mnist(chance: Generator, pictures: list[Picture], digit: int, *, height: int, pen: float) -> Picture:
    """One of MNIST's digits with edges as sharp as a pen's, its stroke made about as wide as the pen."""
    picture = pictures[chance.integers(len(pictures))]
    rows, columns = np.flatnonzero(picture.max(axis=1) > 90), np.flatnonzero(picture.max(axis=0) > 90)
    picture = picture[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    zoom = height / picture.shape[0]
    # A flat 5 or a bare 1 must not grow beyond what a hand would write.
    wide = max(3, min(round(picture.shape[1] * zoom), 2 * height))
    large = np.asarray(cv2.resize(picture, (wide, height), interpolation=cv2.INTER_CUBIC), np.float32)
    sharp = np.clip((large - chance.uniform(70, 150)) * chance.uniform(2, 6) + 128, 0, 255).astype(np.uint8)
    edge = 6
    sharp = np.pad(sharp, edge)
    ink = float((sharp > 128).sum())
    if digit == 7 and chance.random() < 0.45:
        middle, tilt = edge + height * chance.uniform(0.4, 0.6), height * chance.uniform(-0.08, 0.05)
        rows_ink = np.flatnonzero(sharp[int(middle)] > 128)
        centre = float(rows_ink.mean()) if len(rows_ink) else wide / 2 + edge
        half = height * chance.uniform(0.15, 0.32)
        _line(sharp, (centre - half, middle + tilt), (centre + half, middle - tilt), pen)
    if digit == 1 and chance.random() < 0.5:
        tip = np.flatnonzero(sharp[edge + 1] > 90)
        reach, drop = height * chance.uniform(0.15, 0.45), height * chance.uniform(0.15, 0.5)
        sharp = np.pad(sharp, ((0, 0), (int(reach) + 2, 0)))
        across = float(tip.mean() if len(tip) else wide / 2) + int(reach) + 2
        _line(sharp, (across, edge + 2), (across - reach, edge + drop), pen)
    # The width of a stroke is about twice its area over its outline's length.
    outline = float((cv2.morphologyEx(sharp, cv2.MORPH_GRADIENT, np.ones((2, 2), np.uint8)) > 128).sum())
    width = 2 * ink / max(outline, 1)
    change = round(float(np.clip(pen - width, -3, 3)))
    if change > 0:
        return np.asarray(cv2.dilate(sharp, _disc(change + 1)), np.uint8)
    if change < 0 and width + change >= 2:
        return np.asarray(cv2.erode(sharp, _disc(1 - change)), np.uint8)
    return sharp


def _line(picture: Picture, start: tuple[float, float], end: tuple[float, float], pen: float) -> None:
    ends = [(round(x), round(y)) for x, y in (start, end)]
    cv2.line(picture, ends[0], ends[1], 255, max(1, round(pen)), cv2.LINE_AA)


def _disc(side: int) -> Picture:
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)), np.uint8)


def _bent(chance: Generator, part: Picture, *, lean: float, stretch: float) -> Picture:
    """Leaned, stretched, turned a little, and pulled about as an unsteady hand does; cropped to its ink."""
    rows, columns = part.shape
    room = rows // 2 + 4
    turn = chance.normal(0, 0.05)
    across = stretch * chance.uniform(0.92, 1.08)
    turned = np.array([[np.cos(turn) * across, -np.sin(turn) - lean], [np.sin(turn), np.cos(turn)]])
    size = (int(columns * across) + 2 * room, rows + 2 * (room // 2))
    shift = np.array(size) / 2 - turned @ (columns / 2, rows / 2)
    place = np.column_stack([turned, shift])
    moved = np.asarray(cv2.warpAffine(part, place, size, flags=cv2.INTER_LINEAR), np.uint8)
    if chance.random() < 0.6:
        coarse = chance.normal(0, rows * 0.025, (2, 4, 4)).astype(np.float32)
        pull = [np.asarray(cv2.resize(field, size, interpolation=cv2.INTER_CUBIC), np.float32) for field in coarse]
        x, y = np.meshgrid(np.arange(size[0], dtype=np.float32), np.arange(size[1], dtype=np.float32))
        moved = np.asarray(cv2.remap(moved, x + pull[0], y + pull[1], cv2.INTER_LINEAR), np.uint8)
    inked_rows, inked_columns = np.flatnonzero(moved.max(axis=1) > 60), np.flatnonzero(moved.max(axis=0) > 60)
    if not len(inked_rows):
        return moved
    return moved[inked_rows[0] : inked_rows[-1] + 1, inked_columns[0] : inked_columns[-1] + 1]


def _joined(chance: Generator, text: str, parts: list[Picture], gap: float, rises: NDArray[np.float64]) -> Written:
    """Side by side by the distance of their ink, not of their boxes: a leaning 7 reaches over its neighbour."""
    tallest = max(part.shape[0] for part in parts)
    room = tallest // 2
    canvas = np.zeros((tallest + 2 * room, sum(part.shape[1] for part in parts) + 2 * HEIGHT * len(parts)), np.uint8)
    base = room + tallest
    slope = chance.normal(0, 0.04)
    tops: list[int] = []
    feet: list[int] = []
    right = np.full(canvas.shape[0], -(10**6))
    left = 0
    for number, part in enumerate(parts):
        rows, columns = part.shape
        climb = round(float(rises[number]) * HEIGHT + slope * left)
        top = int(np.clip(base - rows - climb, 0, canvas.shape[0] - rows))
        inked = part > 60
        first = np.where(inked.any(axis=1), inked.argmax(axis=1), 10**6)
        last = np.where(inked.any(axis=1), columns - 1 - inked[:, ::-1].argmax(axis=1), -(10**6))
        if number:
            spread = cv2.dilate(right[top : top + rows].astype(np.float32)[:, None], np.ones((7, 1), np.uint8))[:, 0]
            left = int(np.max(spread - first)) + 1 + round((gap + chance.normal(0, 0.04)) * HEIGHT)
            left = int(np.clip(left, 0, canvas.shape[1] - columns))
        place = canvas[top : top + rows, left : left + columns]
        np.maximum(place, part, out=place)
        right[top : top + rows] = np.maximum(right[top : top + rows], left + last)
        tops.append(top)
        feet.append(top + rows)
    inked_columns = np.flatnonzero(canvas.max(axis=0) > 60)
    end = int(inked_columns[-1]) + 1 if len(inked_columns) else 8
    return Written(text, canvas[:, :end], min(tops), max(feet))
