"""Slots in their surroundings: what a writer's capitals, digits, full stops and gaps say about how a slot may be decided."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sohoa.ocr.model import Box
from sohoa.ocr.reading.arbiter.candidates import Candidate, candidates
from sohoa.ocr.reading.arbiter.language import LanguageModel, ends_sentence
from sohoa.ocr.reading.arbiter.slots import Slot, SlotLine

# A gap this many line heights wide is a column's, not a space: what stands before it says nothing about what comes after.
WIDE_GAP = 1.5
_ROMAN_OR_POINT = re.compile(r"\W*(?:[IVXLivxl]+\W+|[IVX]{2,}|[^\W\d_]\))\W*")


@dataclass(frozen=True, slots=True)
class Place:
    """broken: nothing that was read stands before it in the same run of text. starts: a sentence begins here, because another
    one ended. leads: it is the first on its line. ends: the context of the next word is a sentence's beginning.
    guarded: the language model has no say (names, numbers). capitalised: by all that read it. loud_beside: a word next to it is all
    in capitals. next_upper: whether the word after it begins with a capital; None where no letter follows.
    """

    slot: Slot
    candidates: list[Candidate]
    broken: bool
    starts: bool
    ends: bool
    guarded: bool
    capitalised: bool
    leads: bool
    loud_beside: bool
    next_upper: bool | None


def places_of(lines: tuple[SlotLine, ...], model: LanguageModel) -> list[tuple[list[Place], Box]]:
    slots = [(slot, line) for line in lines for slot in line.slots]
    read = [_texts(slot) for slot, _ in slots]
    texts = [one[0] for one in read]
    breaks = [at == 0 or _is_break(slots[at - 1], slots[at]) for at in range(len(slots))]
    starts = [not breaks[at] and ends_sentence(texts[at - 1]) for at in range(len(slots))]
    capitals = [all(map(_capitalised, one)) for one in read]
    shouted = [_shouted(text) for text in texts]
    headings = _headings(slots, breaks, texts)
    uppers = [_first_upper(text) for text in texts]
    placed: list[Place] = []
    for at, (slot, _) in enumerate(slots):
        before = at > 0 and not breaks[at]
        after = at + 1 < len(slots) and not breaks[at + 1]
        alone = not before and not after
        beside = (before and uppers[at - 1] and not ends_sentence(texts[at - 1])) or (after and uppers[at + 1])
        loud = (before and shouted[at - 1]) or (after and shouted[at + 1])
        name = (capitals[at] and not starts[at] and (alone or beside)) or (shouted[at] and loud and not headings[at])
        guarded = name or any(map(_is_mark, read[at]))
        placed.append(
            Place(
                slot=slot,
                candidates=candidates(slot, model),
                broken=breaks[at],
                starts=starts[at],
                ends=ends_sentence(texts[at]),
                guarded=guarded,
                capitalised=capitals[at],
                leads=at == 0 or slots[at - 1][1] is not slots[at][1],
                loud_beside=bool(loud),
                next_upper=_upper_at(texts[at + 1]) if at + 1 < len(texts) else None,
            )
        )
    result: list[tuple[list[Place], Box]] = []
    at = 0
    for line in lines:
        result.append((placed[at : at + len(line.slots)], line.bbox))
        at += len(line.slots)
    return result


def _texts(slot: Slot) -> list[str]:
    return [" ".join(word.text for word in words) for words in slot.read if words]


def _is_break(before: tuple[Slot, SlotLine], after: tuple[Slot, SlotLine]) -> bool:
    left, right = _edges(before[0]), _edges(after[0])
    if before[1] is after[1]:
        height = max(1, min(left[3] - left[1], right[3] - right[1]))
        return right[0] - left[2] > WIDE_GAP * height
    # Lines side by side are columns or cells; a line that follows below carries on.
    upper, lower = before[1].bbox, after[1].bbox
    return lower[1] < (upper[1] + upper[3]) / 2


def _edges(slot: Slot) -> Box:
    words = next(words for words in slot.read if words)
    return (words[0].bbox[0], words[0].bbox[1], words[-1].bbox[2], words[-1].bbox[3])


def _upper_at(text: str) -> bool | None:
    """Of the word's first sign, quotes aside; a list mark or a number is no letter."""
    begin = text.lstrip("“\"'(")[:1]
    return begin.isupper() if begin.isalpha() else None


def _letters(text: str) -> str:
    return "".join(letter for letter in text if letter.isalpha())


def _first_upper(text: str) -> bool:
    return _letters(text)[:1].isupper()


def _is_mark(text: str) -> bool:
    """Numbers in figures or Roman, and the letters that count points: the model cannot know which one it is."""
    return any(letter.isdigit() for letter in text) or bool(_ROMAN_OR_POINT.fullmatch(text))


def _headings(slots: list[tuple[Slot, SlotLine]], breaks: list[bool], texts: list[str]) -> list[bool]:
    """Whether a place is in a run of text, on one line, that has no small letters in words of two letters and more."""
    found: list[bool] = []
    at = 0
    while at < len(slots):
        end = at + 1
        while end < len(slots) and slots[end][1] is slots[at][1] and not breaks[end]:
            end += 1
        small = any(letter.islower() for text in texts[at:end] if len(_letters(text)) > 1 for letter in text)
        found += [not small] * (end - at)
        at = end
    return found


def _shouted(text: str) -> bool:
    letters = _letters(text)
    return len(letters) > 1 and letters.isupper()


def _capitalised(text: str) -> bool:
    """`Lẫm`, `A`, but not `NAM`: in a heading every word is in capitals, and the model knows headings."""
    letters = _letters(text)
    return letters[:1].isupper() and (len(letters) == 1 or not letters.isupper())
