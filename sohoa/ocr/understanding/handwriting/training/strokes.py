"""Digits drawn stroke by stroke, in the ways they are written in Vietnam: what MNIST, written in America, has little of.

A shape is a list of strokes; a stroke is a smooth curve through its points; a corner is where one stroke ends and the next one
begins. x and y go from 0 to 1, left to right and top to bottom. Drawn from scratch for this reader, after how schools teach them.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

Stroke = list[tuple[float, float]]

# How often each shape is taken, and its strokes.
SHAPES: tuple[tuple[tuple[float, list[Stroke]], ...], ...] = (
    (  # 0: closed, open at the top, with a curl, struck through
        (4, [[(0.55, 0), (0.1, 0.25), (0.05, 0.7), (0.45, 1), (0.9, 0.7), (0.95, 0.3), (0.55, 0)]]),
        (2, [[(0.7, 0.08), (0.25, 0.12), (0.03, 0.6), (0.4, 1), (0.9, 0.7), (0.9, 0.2), (0.45, 0.02)]]),
        (2, [[(0.75, 0.2), (0.45, 0), (0.08, 0.35), (0.15, 0.9), (0.55, 1), (0.95, 0.6), (0.8, 0.15), (0.4, 0.15)]]),
        (1, [[(0.5, 0), (0.05, 0.35), (0.1, 0.85), (0.5, 1), (0.95, 0.65), (0.9, 0.15), (0.5, 0)], [(0.9, 0), (0.1, 1)]]),
    ),
    (  # 1: with a short flag, a long one, a base, bare, the flag thrown from below like a 4's
        (4, [[(0.1, 0.4), (0.4, 0.2), (0.65, 0)], [(0.65, 0), (0.55, 0.5), (0.5, 1)]]),
        (3, [[(0, 0.55), (0.35, 0.3), (0.7, 0)], [(0.7, 0), (0.62, 0.5), (0.5, 1)]]),
        (2, [[(0, 0.5), (0.3, 0.35), (0.75, 0.0)], [(0.75, 0), (0.55, 1)], [(0.2, 1), (0.9, 0.98)]]),
        (2, [[(0.55, 0), (0.5, 0.5), (0.45, 1)]]),
        (2, [[(0.05, 0.35), (0.3, 0.4), (0.75, 0)], [(0.75, 0), (0.6, 0.6), (0.5, 1)]]),
        (1, [[(0.2, 0.25), (0.6, 0)], [(0.6, 0), (0.55, 1)], [(0.25, 1), (0.9, 1)]]),
    ),
    (  # 2: with a straight base, with a loop at its foot, with a curled or a closed head
        (3, [[(0.05, 0.25), (0.4, 0), (0.85, 0.2), (0.6, 0.6), (0, 1)], [(0, 1), (0.5, 0.97), (1, 1)]]),
        (3, [[(0.05, 0.3), (0.4, 0), (0.8, 0.2), (0.6, 0.65), (0.15, 0.98), (0.05, 0.8), (0.35, 0.8), (0.65, 0.97), (1, 0.9)]]),
        (
            2,
            [
                [(0.3, 0.35), (0.1, 0.3), (0.2, 0.08), (0.6, 0), (0.85, 0.25), (0.5, 0.7), (0.1, 0.95), (0.05, 0.8), (0.3, 0.78)],
                [(0.3, 0.78), (0.6, 0.95), (1, 0.95)],
            ],
        ),
        (
            2,
            [[(0.5, 0.25), (0.3, 0.42), (0.08, 0.25), (0.4, 0), (0.8, 0.2), (0.55, 0.65), (0.05, 0.95)], [(0.05, 0.95), (1, 0.95)]],
        ),
        (
            2,
            [
                [(0.4, 0.2), (0.35, 0.45), (0.05, 0.4), (0.15, 0.05), (0.6, 0), (0.8, 0.3), (0.5, 0.75), (0.1, 1), (0.0, 0.85)],
                [(0.0, 0.85), (0.25, 0.75), (0.6, 0.97), (1, 0.9)],
            ],
        ),
    ),
    (  # 3: round, with a flat top, with a loop in the middle
        (3, [[(0.1, 0.15), (0.5, 0), (0.85, 0.2), (0.4, 0.45)], [(0.4, 0.45), (0.9, 0.65), (0.6, 0.97), (0, 0.88)]]),
        (3, [[(0.1, 0.03), (0.85, 0)], [(0.85, 0), (0.4, 0.4)], [(0.4, 0.4), (0.9, 0.6), (0.65, 0.97), (0, 0.9)]]),
        (2, [[(0.1, 0.1), (0.6, 0), (0.8, 0.25), (0.35, 0.47), (0.45, 0.55), (0.6, 0.45), (0.95, 0.7), (0.5, 1), (0, 0.85)]]),
    ),
    (  # 4: open, closed, its upright short, its first stroke a hook
        (3, [[(0.4, 0), (0.05, 0.62)], [(0.05, 0.62), (0.5, 0.6), (1, 0.58)], [(0.75, 0.25), (0.6, 1)]]),
        (3, [[(0.7, 0), (0, 0.65)], [(0, 0.65), (1, 0.65)], [(0.7, 0), (0.65, 1)]]),
        (2, [[(0.25, 0.05), (0.1, 0.5), (0.3, 0.58), (0.9, 0.5)], [(0.8, 0.05), (0.65, 1)]]),
        (2, [[(0.65, 0), (0.3, 0.4), (0, 0.68)], [(0, 0.68), (0.4, 0.6), (1, 0.62)], [(0.72, 0.35), (0.55, 1)]]),
        (1, [[(0.15, 0.05), (0.15, 0.5), (0.85, 0.5)], [(0.85, 0), (0.8, 1)]]),
    ),
    (  # 5: with its bar drawn last, long, short or flying off; in one go
        (3, [[(0.3, 0.03), (0.2, 0.42)], [(0.2, 0.42), (0.65, 0.4), (0.8, 0.7), (0.45, 1), (0, 0.9)], [(0.3, 0.03), (0.95, 0)]]),
        (3, [[(0.3, 0.05), (0.2, 0.4)], [(0.2, 0.4), (0.6, 0.4), (0.7, 0.75), (0.3, 1), (0, 0.9)], [(0.35, 0.06), (1.35, -0.02)]]),
        (2, [[(0.25, 0.15), (0.2, 0.5)], [(0.2, 0.5), (0.6, 0.42), (0.8, 0.7), (0.45, 1), (0, 0.95)], [(0.3, 0.1), (1.05, 0.05)]]),
        (2, [[(0.9, 0), (0.35, 0.03), (0.2, 0.4), (0.7, 0.5), (0.75, 0.85), (0.35, 1), (0, 0.9)]]),
    ),
    (  # 6: from a high start, with a small bowl, a tall one, closed or open
        (3, [[(0.8, 0), (0.3, 0.3), (0.05, 0.7), (0.4, 1), (0.85, 0.75), (0.6, 0.5), (0.15, 0.65)]]),
        (2, [[(0.6, 0), (0.15, 0.4), (0.1, 0.85), (0.5, 1), (0.85, 0.8), (0.6, 0.6), (0.15, 0.8)]]),
        (2, [[(0.65, 0), (0.2, 0.3), (0.05, 0.75), (0.45, 1), (0.9, 0.7), (0.65, 0.32), (0.2, 0.5)]]),
        (2, [[(0.75, 0.02), (0.35, 0.15), (0.05, 0.6), (0.3, 0.98), (0.75, 0.9), (0.9, 0.55), (0.6, 0.4), (0.25, 0.6)]]),
        (2, [[(0.85, 0.1), (0.5, 0), (0.1, 0.45), (0.1, 0.85), (0.5, 1), (0.9, 0.75), (0.55, 0.5), (0.1, 0.7)]]),
    ),
    (  # 7: plain, crossed, with a hook before its bar
        (3, [[(0, 0.08), (0.5, 0.05), (0.95, 0)], [(0.95, 0), (0.55, 0.5), (0.35, 1)]]),
        (5, [[(0, 0.08), (0.5, 0.05), (0.95, 0)], [(0.95, 0), (0.6, 0.5), (0.4, 1)], [(0.25, 0.5), (0.9, 0.45)]]),
        (2, [[(0.05, 0.25), (0.1, 0.05)], [(0.1, 0.05), (0.95, 0.02)], [(0.95, 0.02), (0.5, 1)]]),
        (3, [[(0.05, 0.2), (0.1, 0.05)], [(0.1, 0.05), (0.9, 0.0)], [(0.9, 0), (0.45, 1)], [(0.15, 0.52), (0.85, 0.48)]]),
    ),
    (  # 8: in one go, two rounds, open at the top
        (
            3,
            [[(0.8, 0.15), (0.45, 0), (0.15, 0.2), (0.5, 0.48), (0.85, 0.75), (0.45, 1), (0.1, 0.8), (0.5, 0.48), (0.8, 0.15)]],
        ),
        (
            2,
            [
                [(0.5, 0), (0.15, 0.22), (0.5, 0.45), (0.85, 0.22), (0.5, 0)],
                [(0.5, 0.45), (0.08, 0.72), (0.5, 1), (0.92, 0.72), (0.5, 0.45)],
            ],
        ),
        (2, [[(0.9, 0.05), (0.5, 0.02), (0.15, 0.2), (0.5, 0.5), (0.8, 0.8), (0.4, 1), (0.1, 0.8), (0.45, 0.5), (0.95, 0.1)]]),
    ),
    (  # 9: with a straight tail, a hooked one, a long swing
        (3, [[(0.8, 0.1), (0.4, 0), (0.1, 0.25), (0.4, 0.5), (0.8, 0.2)], [(0.85, 0.05), (0.75, 0.5), (0.6, 1)]]),
        (3, [[(0.85, 0.15), (0.45, 0), (0.1, 0.28), (0.45, 0.5), (0.82, 0.2)], [(0.85, 0.1), (0.85, 0.6), (0.5, 1), (0.05, 0.92)]]),
        (2, [[(0.8, 0.2), (0.5, 0), (0.1, 0.25), (0.35, 0.52), (0.8, 0.25), (0.75, 0.6), (0.35, 1)]]),
    ),
)
_WIDTHS = (0.62, 0.42, 0.62, 0.56, 0.64, 0.58, 0.56, 0.58, 0.56, 0.54)
_FINE = 8  # cv2.polylines takes points in 1/2**3 pixels


def draw_digit(chance: Generator, digit: int, *, height: int, pen: float) -> NDArray[np.uint8]:
    """One digit, 255 ink on 0, about `height` pixels high, with room for its pen around it. pen: width of the stroke, pixels."""
    shapes = SHAPES[digit]
    often = np.array([weight for weight, _ in shapes], float)
    strokes = shapes[chance.choice(len(shapes), p=often / often.sum())][1]
    unsteady = chance.uniform(0.01, 0.05)
    wide = height * _WIDTHS[digit] * chance.uniform(0.75, 1.3)
    lines: list[NDArray[np.float64]] = []
    for stroke in strokes:
        points = np.array(stroke) + chance.normal(0, unsteady, (len(stroke), 2))
        lines.append(_curve(points) * (wide, height))
    every: NDArray[np.float64] = np.concatenate(lines)
    edge = int(pen) + 2
    low = np.asarray(every.min(axis=0) - edge, np.float64)
    size = np.ceil(np.asarray(every.max(axis=0), np.float64) + edge - low).astype(int)
    picture = np.zeros((int(size[1]), int(size[0])), np.uint8)
    for line in lines:
        points = np.asarray(np.round((line - low) * _FINE), np.int32)
        cv2.polylines(picture, [points], False, 255, max(1, round(pen)), cv2.LINE_AA, 3)
    return picture


def _curve(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """A smooth line through the points (Catmull and Rom)."""
    if len(points) == 2:
        return points
    padded = np.concatenate([[2 * points[0] - points[1]], points, [2 * points[-1] - points[-2]]])
    before, start, end, after = padded[:-3], padded[1:-2], padded[2:-1], padded[3:]
    at = np.linspace(0, 1, 8)[None, :, None]
    before, start, end, after = (part[:, None, :] for part in (before, start, end, after))
    curve = 0.5 * (
        2 * start
        + (end - before) * at
        + (2 * before - 5 * start + 4 * end - after) * at**2
        + (3 * start - before - 3 * end + after) * at**3
    )
    return curve.reshape(-1, 2)
