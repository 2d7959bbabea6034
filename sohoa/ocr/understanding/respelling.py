"""A body's name as the rest of its paper spells it: small capitals lose their tones first, `TỈNH VẠN HAI` above `Vạn Hải, ngày …`.

Two words side by side are looked for. Where the paper has them with other tones, and was surely read there, that spelling is taken;
where it has them in several spellings, none is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from sohoa.kernel.text import fold
from sohoa.ocr.model import Word
from sohoa.ocr.understanding.lexicon import tone_free_order
from sohoa.ocr.understanding.strips import Strip, in_capitals

UNSURE = 0.97  # words read more surely are believed letter by letter
SURELY = 0.8  # a pair elsewhere read less surely is no witness
_EDGES = " -–—_.,:;|*()\"“”'`"
_LETTERS = str.maketrans("01568", "oisbb")  # digits that capitals are read as
_Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Spelt:
    """What a pair of words is elsewhere, and how surely it was read there."""

    words: _Pair
    sure: float


def spellings(strips: Iterable[Strip]) -> dict[_Pair, Spelt]:
    """Pairs of neighbouring words by their letters without marks; only those that all surely read places spell alike."""
    found: dict[_Pair, Spelt] = {}
    disputed: set[_Pair] = set()
    for strip in strips:
        for first, second in pairwise(strip.words):
            words = (first.text.strip(_EDGES), second.text.strip(_EDGES))
            sure = first.confidence * second.confidence
            if sure < SURELY or not all(word.isalpha() for word in words) or first.text[-1:] in ",;.:":
                continue
            pair = _pair(*words)
            other = found.get(pair)
            if other and _toned(other.words) != _toned(words):
                disputed.add(pair)
            if other is None or sure > other.sure:
                found[pair] = Spelt(words, sure)
    return {pair: spelt for pair, spelt in found.items() if pair not in disputed}


def respelt(words: Sequence[Word], elsewhere: dict[_Pair, Spelt]) -> list[Word]:
    """The words of a name with the tones that they have elsewhere, in their own case; a pair put right is as sure as its witness."""
    made = list(words)
    for at, (first, second) in enumerate(pairwise(words)):
        said = elsewhere.get(_pair(first.text.strip(_EDGES), second.text.strip(_EDGES)))
        sure = first.confidence * second.confidence
        if said is None or said.sure <= sure or (first.confidence >= UNSURE and second.confidence >= UNSURE):
            continue
        for place, spelling in zip((at, at + 1), said.words, strict=True):
            made[place] = _as_spelt(made[place], spelling, said.sure)
    return made


def _as_spelt(word: Word, spelling: str, sure: float) -> Word:
    cased = spelling.upper() if in_capitals(word.text) or len(word.text) == 1 or word.text.isupper() else spelling
    return replace(word, text=cased, confidence=sure)


def _pair(first: str, second: str) -> _Pair:
    return fold(first).translate(_LETTERS), fold(second).translate(_LETTERS)


def _toned(words: _Pair) -> _Pair:
    return tone_free_order(words[0]), tone_free_order(words[1])
