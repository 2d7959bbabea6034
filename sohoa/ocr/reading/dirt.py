"""Dirt that was read as letters: specks as full stops, the shadow of the binding as a column of capitals."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from sohoa.ocr.reading.arbiter import JudgedLine, JudgedWord

# Less sure than this, a mark without a letter or digit is a speck. Dashes and stops that are printed reach 0.8 and more.
SPECK = 0.35
# Less sure than this on average, a line has no word that could be right: of such words fewer than one in ten is.
NONSENSE = 0.15


def without_dirt(lines: Iterable[JudgedLine]) -> Iterator[JudgedLine]:
    """The lines, less specks and lines of nonsense. Whatever might be a word stays, to be looked at by a person."""
    for line in lines:
        words = line.words
        while words and _speck(words[0]):
            words = words[1:]
        while words and _speck(words[-1]):
            words = words[:-1]
        if words and sum(word.confidence for word in words) / len(words) >= NONSENSE:
            yield replace(line, words=words)


def _speck(word: JudgedWord) -> bool:
    """Asked only of the ends of a line: between words a faint mark is rather a dash."""
    return word.confidence < SPECK and not any(letter.isalnum() for letter in word.text)
