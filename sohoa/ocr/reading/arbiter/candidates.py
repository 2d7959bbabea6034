"""What may stand in a slot: what readers read, and known words that their letter choices also spell."""

from __future__ import annotations

import heapq
import itertools
import math
from dataclasses import dataclass

from sohoa.ocr.reading.arbiter.language import LanguageModel, tokens
from sohoa.ocr.reading.arbiter.slots import Slot
from sohoa.ocr.reading.recogniser import ReadWord

# A letter choice counts from here on (0.3 on Tesseract's scale of 100); 0.001 to 0.03 were measured to do the same.
LEAST_CHOICE = 0.003
BEST_VARIANTS = 6
# What a text costs that a reader's choices cannot spell at all, as a natural logarithm. One letter seldom costs more.
FLOOR = -5.0
# What ends a phrase; Tesseract takes one for the other on poor scans.
STOPS = frozenset(".,;:")
# Tries for one word before we stop looking for a known one. Quiet words have none or two alternatives in all.
MOST_TRIES = 60


@dataclass(frozen=True, slots=True)
class Candidate:
    """text: words separated by single spaces. ratios: per reader, the natural logarithm of how much less its choices support
    this text than what it read: 0 for what it read, FLOOR where they cannot spell it or where it read nothing.
    readers: who read exactly this. tokens: the language model's words.
    """

    text: str
    readers: tuple[int, ...]
    ratios: tuple[float, ...]
    tokens: tuple[int, ...]


def candidates(slot: Slot, model: LanguageModel) -> list[Candidate]:
    """In the order of the readers, their variants after them; no text twice. At least one."""
    read: dict[str, list[int]] = {}
    for reader, words in enumerate(slot.read):
        if words:
            read.setdefault(" ".join(word.text for word in words), []).append(reader)
    ratios: dict[str, dict[int, float]] = {text: dict.fromkeys(readers, 0.0) for text, readers in read.items()}
    if not any(letter.isdigit() for text in read for letter in text):
        for reader, words in enumerate(slot.read):
            if words and len(words) == 1:
                for text, ratio in _variants(words[0], model):
                    if ratio > ratios.setdefault(text, {}).get(reader, -math.inf):
                        ratios[text].setdefault(reader, ratio)
    for text, known in ratios.items():
        for reader, words in enumerate(slot.read):
            if reader not in known and words and len(words) == 1:
                known[reader] = _ratio(words[0], text)
    return [
        Candidate(
            text,
            tuple(read.get(text, ())),
            tuple(known.get(reader, FLOOR) for reader in range(len(slot.read))),
            tuple(model.number_of(token) for token in tokens(text)),
        )
        for text, known in ratios.items()
    ]


def _variants(word: ReadWord, model: LanguageModel) -> list[tuple[str, float]]:
    """Known words that the letter choices also spell, the likeliest first, with their logarithmic ratio to what was read."""
    others = _alternatives(word)
    if not others:
        return []
    found: list[tuple[str, float]] = []
    count = itertools.count()
    # Best first over sets of replaced letters: each state may replace letters to the right of its last one.
    heap: list[tuple[float, int, int, str]] = []

    def grow(cost: float, start: int, text: str) -> None:
        for place, letter, ratio, following in others[start:]:
            heapq.heappush(heap, (cost - ratio, next(count), following, text[:place] + letter + text[place + 1 :]))

    grow(0.0, 0, word.text)
    for _ in range(MOST_TRIES):
        if not heap or len(found) == BEST_VARIANTS:
            break
        cost, _, following, text = heapq.heappop(heap)
        if _is_word(text, word.text, model):
            found.append((text, max(-cost, FLOOR)))
        grow(cost, following, text)
    return found


def _alternatives(word: ReadWord) -> list[tuple[int, str, float, int]]:
    """By place: (place, letter, logarithmic ratio to the letter read, where the next place's alternatives begin in this list)."""
    if len(word.letters) != len(word.text):
        return []
    found: list[tuple[int, str, float, int]] = []
    for place, (read, letter) in enumerate(zip(word.text, word.letters, strict=True)):
        if len(letter) < 2:
            continue
        own = max(choice.confidence for choice in letter if choice.text == read)
        best: dict[str, float] = {}
        for choice in letter:
            if choice.confidence >= LEAST_CHOICE and choice.text != read and _may_replace(choice.text, read):
                best[choice.text] = max(best.get(choice.text, 0.0), choice.confidence)
        following = len(found) + len(best)
        found += [(place, other, math.log(support / max(own, LEAST_CHOICE)), following) for other, support in best.items()]
    return found


def _may_replace(other: str, read: str) -> bool:
    """Letters may stand for anything but digits, which are never in words that come here; stops for stops only."""
    return len(other) == 1 and (other.isalpha() or (other in STOPS and read in STOPS))


def _is_word(text: str, read: str, model: LanguageModel) -> bool:
    """Every part is known, and capitals stand where a writer puts them, or where they were read."""
    parts = tokens(text)
    if not parts or not all(model.number_of(part) >= 0 for part in parts):
        return False
    bare = "".join(letter for letter in text if letter.isalpha())
    if bare.islower() or bare.isupper() or (bare[0].isupper() and bare[1:].islower()):
        return True
    return [letter.isupper() for letter in text] == [letter.isupper() for letter in read]


def _ratio(word: ReadWord, text: str) -> float:
    """How this reader's choices support another text."""
    if len(word.letters) != len(word.text) or len(text) != len(word.text):
        return FLOOR
    total = 0.0
    for read, wanted, letter in zip(word.text, text, word.letters, strict=True):
        if read == wanted:
            continue
        support = max((choice.confidence for choice in letter if choice.text == wanted), default=0.0)
        own = max((choice.confidence for choice in letter if choice.text == read), default=0.0)
        if support < LEAST_CHOICE or own <= 0:
            return FLOOR
        total += math.log(support / own)
    return max(total, FLOOR)
