"""Readings of one picture laid on each other by their boxes.

A slot is a place on the page with what each reader read there: one word, several where a reader split what another kept together,
or nothing. The first reading leads: slots come in its order, and every word of it is in exactly one slot.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import Indel

from sohoa.kernel.text import fold
from sohoa.ocr.model import Box
from sohoa.ocr.reading.recogniser import Reading, ReadLine, ReadWord

Words = tuple[ReadWord, ...]

# Two words are in one place when they share this part of the narrower one's width, and of the lower one's height. Tesseract's
# boxes reach into the neighbours by a letter now and then; half a short word is still more than that.
SHARED_WIDTH, SHARED_HEIGHT = 0.5, 0.4
# More words than this in one place are not a split word but a slip of the boxes: only the first reading counts there.
LARGEST_GROUP = 4
# A reading whose words on a line agree with the first one's under this share (marks and case aside) has read something else.
AGREEMENT = 0.5
# A word that only a later reader saw must be this sure by its own account. On 168 pages that were tried the first reader lost eight
# words, nearly all of one letter (ở, ý); letters only, because specks and rules are read as figures and signs.
MISSED_CONFIDENCE = 0.85


@dataclass(frozen=True, slots=True)
class Slot:
    """read: per reader, in the order of the readings; () where it read nothing, None where it is not heard on this line."""

    read: tuple[Words | None, ...]

    @property
    def first(self) -> Words:
        return self.read[0] or ()


@dataclass(frozen=True, slots=True)
class SlotLine:
    slots: tuple[Slot, ...]
    bbox: Box


def align(readings: Sequence[Reading]) -> tuple[SlotLine, ...]:
    """At least one reading. Lines are the first reading's: a whole line that only a later reader saw is not added; on 168
    pages that were tried there was none that held text."""
    first = readings[0]
    laid = [_laid(first, other) for other in readings[1:]]
    lines: list[SlotLine] = []
    for at, line in enumerate(first.lines):
        lines.append(SlotLine(_slots_of(at, line, laid), line.bbox))
    return tuple(lines)


@dataclass(frozen=True, slots=True)
class _Laid:
    """Another reading on the first one. groups: by the first reading's (line, word): the group that begins there, as how many
    words of the first it stands for and the other reader's words. heard: by line. missed: by line, words at free places.
    """

    groups: dict[tuple[int, int], tuple[int, Words]]
    heard: list[bool]
    missed: dict[int, list[ReadWord]]


def _slots_of(at: int, line: ReadLine, laid: list[_Laid]) -> tuple[Slot, ...]:
    slots: list[Slot] = []
    word = 0
    while word < len(line.words):
        # With several other readers, groups that begin together are as long as the longest of them.
        length = _length(at, word, laid)
        others = tuple(_words_of(at, word, length, one) for one in laid)
        slots.append(Slot((line.words[word : word + length], *others)))
        word += length
    for place, one in enumerate(laid):
        for missed in one.missed.get(at, ()):
            read: list[Words | None] = [()] * (len(laid) + 1)
            read[place + 1] = (missed,)
            slots.append(Slot(tuple(read)))
    if any(at in one.missed for one in laid):
        slots.sort(key=lambda slot: next(words for words in slot.read if words)[0].bbox[0])
    return tuple(slots)


def _length(at: int, word: int, laid: list[_Laid]) -> int:
    end, place = word + 1, word
    while place < end:
        end = max(end, *(place + one.groups.get((at, place), (1, ()))[0] for one in laid)) if laid else end
        place += 1
    return end - word


def _words_of(at: int, word: int, length: int, laid: _Laid) -> Words | None:
    if not laid.heard[at]:
        return None
    return tuple(read for place in range(word, word + length) for read in laid.groups.get((at, place), (1, ()))[1])


def _laid(first: Reading, other: Reading) -> _Laid:
    mine = [(at, place, word) for at, line in enumerate(first.lines) for place, word in enumerate(line.words)]
    theirs = [word for line in other.lines for word in line.words]
    if not mine or not theirs:
        return _Laid({}, [False] * len(first.lines), {})
    together = _together([word for _, _, word in mine], theirs)
    groups = _groups(together, [at for at, _, _ in mine])
    found: dict[tuple[int, int], tuple[int, Words]] = {}
    for members, read in groups:
        at, place, _ = mine[members[0]]
        words = tuple(theirs[number] for number in sorted(read, key=lambda number: theirs[number].bbox[0]))
        slipped = len(members) > LARGEST_GROUP or len(words) > LARGEST_GROUP
        found[at, place] = (1, ()) if slipped else (len(members), words)
    heard = [_agrees(at, line, found) for at, line in enumerate(first.lines)]
    free = np.flatnonzero(~together.any(axis=0))
    return _Laid(found, heard, _missed([theirs[number] for number in free], first, heard))


def _together(mine: Sequence[ReadWord], theirs: Sequence[ReadWord]) -> NDArray[np.float32]:
    """(mine, theirs): how much of the smaller word two words in one place share, 0 where they are not in one place."""
    a = np.array([word.bbox for word in mine], np.int32)[:, None, :]
    b = np.array([word.bbox for word in theirs], np.int32)[None, :, :]
    width = np.minimum(a[..., 2], b[..., 2]) - np.maximum(a[..., 0], b[..., 0])
    height = np.minimum(a[..., 3], b[..., 3]) - np.maximum(a[..., 1], b[..., 1])
    narrower = np.minimum(a[..., 2] - a[..., 0], b[..., 2] - b[..., 0])
    lower = np.minimum(a[..., 3] - a[..., 1], b[..., 3] - b[..., 1])
    one = (width >= SHARED_WIDTH * narrower) & (height >= SHARED_HEIGHT * lower)
    return np.where(one, (width / narrower) * (height / lower), 0.0).astype(np.float32)


def _groups(together: NDArray[np.float32], lines: Sequence[int]) -> list[tuple[list[int], list[int]]]:
    """Runs of my words that hang together through their words, never across my lines; each of theirs in one group only."""
    columns = together.shape[1]
    # A word that touches two of my lines (a tall box) belongs where it shares most; one that touches none is free.
    home = [int(np.argmax(together[:, column])) if together[:, column].any() else -1 for column in range(columns)]
    pairs: dict[int, list[int]] = {}
    joined: dict[int, int] = {}  # my word -> the last of my words that it hangs together with
    for column, top in enumerate(home):
        if top < 0:
            continue
        touched = [int(row) for row in np.flatnonzero(together[:, column]) if lines[int(row)] == lines[top]]
        pairs.setdefault(touched[0], []).append(column)
        joined[touched[0]] = max(joined.get(touched[0], touched[0]), touched[-1])
    groups: list[tuple[list[int], list[int]]] = []
    row = 0
    while row < len(lines):
        end, place = row, row
        while place <= end:
            end = max(end, joined.get(place, place))
            place += 1
        read = [column for member in range(row, end + 1) for column in pairs.get(member, ())]
        groups.append((list(range(row, end + 1)), read))
        row = end + 1
    return groups


def _agrees(at: int, line: ReadLine, found: dict[tuple[int, int], tuple[int, Words]]) -> bool:
    """Judged by letters, so that one wrong letter in each word of a line is not a disagreement."""
    likeness = letters = 0.0
    for place, word in enumerate(line.words):
        length, words = found.get((at, place), (0, ()))
        if not words:
            continue
        mine = fold(" ".join(read.text for read in line.words[place : place + length]) if length > 1 else word.text)
        theirs = fold(" ".join(read.text for read in words))
        weight = max(len(mine), len(theirs))
        likeness += weight * Indel.normalized_similarity(mine, theirs)
        letters += weight
    return letters > 0 and likeness >= AGREEMENT * letters


def _missed(free: list[ReadWord], first: Reading, heard: list[bool]) -> dict[int, list[ReadWord]]:
    """Words at places where the first reader saw nothing, by the line of the first that runs through them."""
    missed: dict[int, list[ReadWord]] = {}
    for word in free:
        if word.confidence < MISSED_CONFIDENCE or not word.text.strip(".,;:").isalpha():
            continue
        at = _line_through(word, first.lines)
        if at is not None and heard[at]:
            missed.setdefault(at, []).append(word)
    return missed


def _line_through(word: ReadWord, lines: Sequence[ReadLine]) -> int | None:
    """The line in whose height the word lies, with its nearest word not further than three heights off."""
    x0, y0, x1, y1 = word.bbox
    for at, line in enumerate(lines):
        if line.bbox[3] < y0 or line.bbox[1] > y1:
            continue
        for other in line.words:
            height = min(y1 - y0, other.bbox[3] - other.bbox[1])
            gap = max(other.bbox[0] - x1, x0 - other.bbox[2])
            level = min(y1, other.bbox[3]) - max(y0, other.bbox[1]) >= 0.5 * height
            if level and gap <= 3 * (y1 - y0):
                return at
    return None
