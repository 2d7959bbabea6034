"""Lines as the arbiter gives them, laid out by hand."""

from __future__ import annotations

from sohoa.ocr.model import Box
from sohoa.ocr.reading.arbiter import JudgedLine, JudgedWord

LETTER, HEIGHT, SPACE = 12, 24, 8  # pixels


def word(text: str, bbox: Box, confidence: float = 0.98, *, first: str = "", reason: str = "") -> JudgedWord:
    return JudgedWord(text, bbox, confidence, first or text, reason, 0.0)


def line(text: str, x: int = 0, y: int = 0, *, confidence: float | tuple[float, ...] = 0.98) -> JudgedLine:
    """Words one after the other from (x, y), 12 pixels a letter."""
    parts = text.split()
    each = (confidence,) * len(parts) if isinstance(confidence, float) else confidence
    words: list[JudgedWord] = []
    for part, sure in zip(parts, each, strict=True):
        words.append(word(part, (x, y, x + LETTER * len(part), y + HEIGHT), sure))
        x += LETTER * len(part) + SPACE
    return JudgedLine(tuple(words), (words[0].bbox[0], y, words[-1].bbox[2], y + HEIGHT))
