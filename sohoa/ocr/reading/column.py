"""Pieces of a sheet set one below the other, so that a reader finds nothing but lines; and its words put back where they stand."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from sohoa.ocr.imaging.preparing.pixels import Grey
from sohoa.ocr.model import Box
from sohoa.ocr.reading.recogniser import Reading, ReadLine


@dataclass(frozen=True, slots=True)
class Strip:
    """A line's piece of the sheet with white around. x, y: its corner there."""

    pixels: Grey
    x: int
    y: int


@dataclass(frozen=True, slots=True)
class Column:
    """pixels: what is to be read. places: of each strip its box in the column, and what leads from there to the sheet."""

    pixels: Grey
    places: tuple[tuple[Box, tuple[int, int]], ...]

    def back(self, reading: Reading) -> list[tuple[ReadLine, ...]]:
        """Of each strip what was read in it, on the sheet."""
        found: list[list[ReadLine]] = [[] for _ in self.places]
        for line in reading.lines:
            middle = (line.bbox[1] + line.bbox[3]) / 2
            for at, ((_, top, _, bottom), by) in enumerate(self.places):
                if top <= middle < bottom:
                    words = tuple(replace(word, bbox=_moved(word.bbox, by)) for word in line.words)
                    found[at].append(ReadLine(words, _moved(line.bbox, by)))
        return [tuple(lines) for lines in found]


def column_of(strips: Sequence[Strip], *, paper: int, between: int, around: int) -> Column:
    """strips: at least one. between, around: pixels of paper between two strips and around them all."""
    width = max(strip.pixels.shape[1] for strip in strips) + 2 * around
    height = sum(strip.pixels.shape[0] + between for strip in strips) - between + 2 * around
    pixels = np.full((height, width), paper, np.uint8)
    places: list[tuple[Box, tuple[int, int]]] = []
    y = around
    for strip in strips:
        high, wide = strip.pixels.shape
        pixels[y : y + high, around : around + wide] = strip.pixels
        places.append(((around, y, around + wide, y + high), (strip.x - around, strip.y - y)))
        y += high + between
    return Column(pixels, tuple(places))


def joined(reading: Reading, lines: Iterable[tuple[ReadLine, ...]]) -> Reading:
    """The same reader's reading of some strips alone."""
    return replace(reading, lines=tuple(line for of in lines for line in of))


def _moved(box: Box, by: tuple[int, int]) -> Box:
    return (box[0] + by[0], box[1] + by[1], box[2] + by[0], box[3] + by[1])
