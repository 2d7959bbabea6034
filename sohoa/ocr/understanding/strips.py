"""Runs of words on one line that belong together, with a way back from any letter to the word it was read in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import prod

from sohoa.kernel.text import fold, nfc
from sohoa.ocr.model import Box, Field, PageText, Word, around
from sohoa.ocr.reading.structure.pieces import letter_height
from sohoa.ocr.understanding.scraps import without_scraps

APART = 1.5  # letter heights between two parts of one line, as between two columns that a reader joined


@dataclass(frozen=True, slots=True)
class Strip:
    """text: the words joined by one space, NFC. folded: the same length, lower case without marks. page: its number."""

    words: tuple[Word, ...]
    page: int
    text: str
    folded: str
    bbox: Box

    @property
    def height(self) -> int:
        return self.bbox[3] - self.bbox[1]

    @property
    def centre(self) -> float:
        return (self.bbox[0] + self.bbox[2]) / 2

    def words_at(self, start: int, end: int) -> tuple[Word, ...]:
        """The words that letters [start, end) of `text` belong to."""
        found: list[Word] = []
        at = 0
        for word in self.words:
            upto = at + len(nfc(word.text))
            if at < end and start < upto:
                found.append(word)
            at = upto + 1
        return tuple(found)


def strip_of(words: Sequence[Word], page: int) -> Strip:
    text = " ".join(nfc(word.text) for word in words)
    folded = fold(text)
    # Only exotic letters change length when folded (none in Vietnamese); such a strip is matched by nothing rather than wrongly.
    return Strip(
        tuple(words), page, text, folded if len(folded) == len(text) else "\x01" * len(text), around(word.bbox for word in words)
    )


def strips_of(page: PageText) -> tuple[Strip, ...]:
    """Every line with words as a strip, top to bottom, dirt at its ends left out."""
    unit = letter_height(page)
    lines = [words for line in page.lines if (words := without_scraps(line.words, unit))]
    strips = [strip_of(words, page.number) for words in lines]
    return tuple(sorted(strips, key=lambda strip: (strip.bbox[1], strip.bbox[0])))


def parted(strip: Strip, unit: float) -> tuple[Strip, ...]:
    """The strip cut wherever two words lie APART, left to right. unit: letter height in pixels."""
    words = sorted(strip.words, key=lambda word: word.bbox[0])
    cuts = [at for at in range(1, len(words)) if words[at].bbox[0] - words[at - 1].bbox[2] > APART * unit]
    return tuple(strip_of(words[start:end], strip.page) for start, end in pairwise((0, *cuts, len(words)))) if cuts else (strip,)


def field_of(value: str, words: Sequence[Word], page: int, *, doubt: float = 1.0) -> Field:
    """A field with the confidence that all its words are right, times `doubt` (1: the pattern fitted without mending).

    raw: what stands there, where that is not the value.
    """
    raw = " ".join(word.text for word in words)
    sure = prod((word.confidence for word in words), start=doubt) if words else 0.0
    bbox = around(word.bbox for word in words) if words else None
    return Field(value, round(sure, 4), page, bbox, raw=raw if raw != value else "")


def in_capitals(text: str) -> bool:
    """Mostly capitals; the rest allows for slips of reading such as `l` for `I`."""
    letters = [letter for letter in text if letter.isalpha()]
    return len(letters) > 1 and sum(map(str.isupper, letters)) >= 0.7 * len(letters)
