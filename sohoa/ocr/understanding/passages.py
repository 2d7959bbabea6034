"""Lines joined to one text, with a way back from any letter to the word it was read in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sohoa.ocr.model import Word
from sohoa.ocr.understanding.strips import Strip


@dataclass(frozen=True, slots=True)
class Passage:
    """text: the strips' texts joined by one space. folded: the same length. page: of the first strip."""

    strips: tuple[Strip, ...]
    text: str
    folded: str

    @property
    def page(self) -> int:
        return self.strips[0].page

    def words_at(self, start: int, end: int) -> tuple[Word, ...]:
        """The words that letters [start, end) belong to."""
        found: list[Word] = []
        at = 0
        for strip in self.strips:
            upto = at + len(strip.text)
            if at < end and start < upto:
                found += strip.words_at(max(0, start - at), min(end, upto) - at)
            at = upto + 1
        return tuple(found)


def passage_of(strips: Sequence[Strip]) -> Passage:
    """strips: at least one."""
    return Passage(tuple(strips), " ".join(strip.text for strip in strips), " ".join(strip.folded for strip in strips))
