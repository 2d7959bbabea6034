"""Dirt that was read as letters: specks as full stops, a fold as a flat letter, the shadow of the binding as a column of capitals."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from sohoa.ocr.reading.arbiter import JudgedLine, JudgedWord

# Less sure than this, a mark without a letter or digit is a speck at the ends of a line. Stops that are printed reach 0.8 and more.
# A dash that begins a line begins an item of a list: it is one down to FAINT, and so is any mark among words, dashes always.
SPECK, FAINT = 0.35, 0.1
DASHES = frozenset("-–—~")
# A letter or digit lower than this share of the words' median height is none.
FLAT = 0.3
# Less sure than this on average, a line has no word that could be right: of such words fewer than one in ten is.
NONSENSE = 0.15
# Nothing is printed nearer to the sides of the paper (mm): what lies there altogether is a shadow or the next sheet's edge, and so is
# what begins there and is not sure.
EDGE, UNSURE_AT_EDGE = 2.5, 0.5


def without_dirt(lines: Sequence[JudgedLine], *, width: int, dpi: int) -> Iterator[JudgedLine]:
    """The lines of a sheet so many pixels wide, less what cannot be print. Whatever might be a word stays, for a person to look at."""
    edge = EDGE / 25.4 * dpi
    heights = [word.bbox[3] - word.bbox[1] for line in lines for word in line.words]
    flat = FLAT * float(np.median(heights)) if heights else 0.0
    for line in lines:
        words = tuple(word for word in line.words if not _no_print(word, flat, edge, width))
        while words and _speck(words[0], FAINT if words[0].text in DASHES else SPECK):
            words = words[1:]
        while words and _speck(words[-1], SPECK):
            words = words[:-1]
        if words and sum(word.confidence for word in words) / len(words) >= NONSENSE:
            yield replace(line, words=words)


def _no_print(word: JudgedWord, flat: float, edge: float, width: int) -> bool:
    x0, y0, x1, y1 = word.bbox
    if x1 < edge or x0 > width - edge:
        return True
    if (x0 < edge / 2 or x1 > width - edge / 2) and word.confidence < UNSURE_AT_EDGE:
        return True
    return (_speck(word, FAINT) and word.text not in DASHES) or (y1 - y0 < flat and _spelled(word))


def _speck(word: JudgedWord, sure: float) -> bool:
    return word.confidence < sure and not _spelled(word)


def _spelled(word: JudgedWord) -> bool:
    return any(letter.isalnum() for letter in word.text)
