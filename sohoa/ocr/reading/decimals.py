"""Commas and points in numbers, checked against the ink.

Readers lose the comma of `114,3` between two digits, or take it for a stroke, and are sure all the same; a number a thousand times too
large is worse than one that is missing. But the ink can be counted: digits are tall, marks are small and stand on the base line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

import cv2
import numpy as np

from sohoa.ocr.imaging.preparing.pixels import Grey, paper_of
from sohoa.ocr.model import Box
from sohoa.ocr.reading.arbiter import JudgedLine, JudgedWord
from sohoa.ocr.reading.leftovers import DARKER

# What may be looked at: digits, and between them what a reader makes of a mark.
_NUMBER = re.compile(r"\d[\d.,;:/'’]*\d")
# How numbers are written in Vietnamese: points between thousands, a comma before the fraction.
_WRITTEN = re.compile(r"(?:\d{1,3}(?:\.\d{3})+|\d+)(?:,\d+)?")
# Shares of the digits' height. A digit's height at least; a mark's height at most, its least size, how far above the base line it may
# begin, and how far below it a comma ends and a point does not.
TALL, LOW, LEAST, ABOVE, TAIL = 0.75, 0.5, 0.1, 0.35, 0.1


def with_decimals(lines: Iterable[JudgedLine], pixels: Grey) -> Iterator[JudgedLine]:
    """pixels: of the sheet on which the lines stand."""
    paper = paper_of(pixels)
    for line in lines:
        yield replace(line, words=tuple(_checked(word, pixels, paper) for word in line.words))


def _checked(word: JudgedWord, pixels: Grey, paper: int) -> JudgedWord:
    if not _NUMBER.fullmatch(word.text):
        return word
    digits = "".join(letter for letter in word.text if letter.isdigit())
    marks = _marks(pixels, paper, word.bbox, len(digits))
    if marks is None:
        return word
    text = "".join(digit + marks.get(place, "") for place, digit in enumerate(digits, 1))
    # What a reader saw and the ink does not show as a mark (the strokes of a date) is no business of ours.
    if text == word.text or len(text) < len(word.text) or not _WRITTEN.fullmatch(text):
        return word
    return replace(word, text=text, reason="ink")


def _marks(pixels: Grey, paper: int, box: Box, digits: int) -> dict[int, str] | None:
    """By the number of digits before it, each mark; None where the ink does not show just so many digits in a row."""
    x0, y0, x1, y1 = box
    around = max(2, (y1 - y0) // 4)
    top = max(y0 - around, 0)
    ink = (pixels[top : y1 + around, max(x0 - 2, 0) : x1 + 2] < paper - DARKER).astype(np.uint8)
    blobs = cv2.connectedComponentsWithStats(ink, connectivity=8)[2][1:, :4].tolist()
    if not blobs:
        return None
    height = float(np.median(sorted((high for _, _, _, high in blobs), reverse=True)[:digits]))
    tall = sorted(blob for blob in blobs if blob[3] >= TALL * height)
    if len(tall) != digits or max(blob[3] for blob in tall) > height / TALL:
        return None
    base = float(np.median([y + high for _, y, _, high in tall]))
    found: dict[int, str] = {}
    for x, y, wide, high in blobs:
        before = sum(blob[0] + blob[2] / 2 < x + wide / 2 for blob in tall)
        small = LEAST * height <= high <= LOW * height and wide >= LEAST * height
        if not small or y < base - ABOVE * height or not 0 < before < digits:
            continue
        if before in found:
            return None
        found[before] = "," if y + high > base + TAIL * height else "."
    return found
