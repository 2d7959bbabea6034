"""Readings written down by hand: words on lines of one height, as wide as their letters, with letter choices where told."""

from __future__ import annotations

import math

from sohoa.ocr.reading.recogniser import Choice, Letter, Reading, ReadLine, ReadWord

LETTER, HEIGHT, SPACE = 12, 30, 10

Spec = str | tuple[str, float] | tuple[str, float, dict[int, dict[str, float]]]
"""A word; with its confidence; with other choices for the letters at some places."""


def word(spec: Spec, x: int, y: int, *, width: int = 0) -> ReadWord:
    text, confidence, others = (spec, 0.9, {}) if isinstance(spec, str) else spec if len(spec) == 3 else (*spec, {})
    letters: tuple[Letter, ...] = tuple(
        (Choice(letter, 0.9), *(Choice(other, support) for other, support in others.get(place, {}).items()))
        for place, letter in enumerate(text)
    )
    return ReadWord(text, (x, y, x + (width or LETTER * len(text)), y + HEIGHT), confidence, letters)


def line(*specs: Spec, x: int = 100, y: int = 100) -> ReadLine:
    words: list[ReadWord] = []
    for spec in specs:
        words.append(word(spec, x, y))
        x = words[-1].bbox[2] + SPACE
    return line_of(words)


def line_of(words: list[ReadWord]) -> ReadLine:
    return ReadLine(
        tuple(words), (words[0].bbox[0], min(w.bbox[1] for w in words), words[-1].bbox[2], max(w.bbox[3] for w in words))
    )


def reading(*lines: ReadLine, reader: str = "Vietnamese") -> Reading:
    return Reading(reader, lines, 0.0)


def likelihood(support: float) -> float:
    return math.log(support / 0.9)
