"""Dirt that was read as words at the ends of a line: a speck before a title moves its middle and parts it from what stands below."""

from __future__ import annotations

from collections.abc import Sequence

from sohoa.ocr.model import Word

SPECK = 0.25  # letter heights; a dash is at least a third wide, and a full stop belongs to the word before it
UNSURE = 0.6  # a sign that is no dash, read less surely than this
_DASHES = frozenset("-–—+*•")
APART = 3.0  # letter heights of white between a line and what was read beyond its end
BESIDE = 0.9
SMALL, SMALL_READ = 2, 0.5  # letters and confidence of a scrap that stands higher or lower than its line
HALF = 0.5


def without_scraps(words: Sequence[Word], unit: float) -> tuple[Word, ...]:
    """The words of one line without dirt at its ends; empty where nothing else is there. unit: letter height in pixels."""
    kept = list(words)
    while kept and _is_scrap(kept[0], kept[1] if len(kept) > 1 else None, unit):
        kept = kept[1:]
    while kept and _is_scrap(kept[-1], kept[-2] if len(kept) > 1 else None, unit):
        kept = kept[:-1]
    return tuple(kept)


def _is_scrap(word: Word, beside: Word | None, unit: float) -> bool:
    if any(map(str.isalnum, word.text)):
        return beside is not None and len(word.text) <= SMALL and word.confidence < SMALL_READ and not _on_one_line(word, beside)
    x0, y0, x1, y1 = word.bbox
    if max(x1 - x0, y1 - y0) < SPECK * unit or (word.confidence < UNSURE and (beside is None or not _DASHES & {*word.text})):
        return True
    return beside is not None and word.confidence < BESIDE and _white(word, beside) > APART * unit


def _on_one_line(word: Word, beside: Word) -> bool:
    shared = min(word.bbox[3], beside.bbox[3]) - max(word.bbox[1], beside.bbox[1])
    return shared >= HALF * min(word.bbox[3] - word.bbox[1], beside.bbox[3] - beside.bbox[1])


def _white(one: Word, other: Word) -> int:
    return max(one.bbox[0] - other.bbox[2], other.bbox[0] - one.bbox[2])
