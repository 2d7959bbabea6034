"""Wrong words by the usual meaning: words of the truth that are not found in order in what was read (longest common subsequence).

The running text of a page is one sequence: truth in its order, reading in its own. Everywhere else (head, signature, recipients,
tables) each printed line is matched with the words that lie on it, so that the order of columns costs nothing here. Not asked of
any reader: handwritten words, seals, stamps that a system laid over the page, page numbers. Text is compared in NFC, with one kind of
quotes, dashes and ellipses; case and punctuation count.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from rapidfuzz.distance import LCSseq

from benchmarks.reading.scoring import unified, without_marks
from benchmarks.reading.truths import BODY, FOOTER, SEAL, STAMP, PrintedLine, TruthPage

NOT_ASKED = (SEAL, STAMP, FOOTER)
# In line heights: a word whose middle is further from a line's middle than this share of its height lies on another one.
REACH = 0.575
LEAST_HEIGHT, BESIDE_END = 28, 15  # pixels at 300 dpi


@dataclass(frozen=True, slots=True)
class Seen:
    """A word as read. x, y: its middle, in pixels of the truth's page. doubtful: flagged by the reader for a person to look at."""

    text: str
    x: float
    y: float
    confidence: float = 1.0
    doubtful: bool = False


@dataclass(frozen=True, slots=True)
class Words:
    """words: of the truth. wrong: not found in order. tone: of the wrong ones those found once marks are dropped.

    judged: the words read for it (confidence, doubtful, right?), from which the worth of flags is counted; lines
    with handwriting are left out there, for nobody knows which of their words are print.
    """

    words: int = 0
    wrong: int = 0
    tone: int = 0
    judged: tuple[tuple[float, bool, bool], ...] = field(default=(), repr=False)

    def __add__(self, other: Words) -> Words:
        return Words(self.words + other.words, self.wrong + other.wrong, self.tone + other.tone, self.judged + other.judged)

    @property
    def share(self) -> float:
        """Wrong words in %."""
        return 100 * self.wrong / self.words if self.words else 0.0

    def as_dict(self) -> dict[str, float]:
        return {"words": self.words, "wrong": self.wrong, "tone_only": self.tone, "percent": self.share}


@dataclass(frozen=True, slots=True)
class PageWords:
    prose: Words
    elsewhere: Words

    @property
    def all(self) -> Words:
        return self.prose + self.elsewhere


@dataclass(frozen=True, slots=True)
class Flags:
    """How much of what is wrong among the words read lies in the share that is flagged."""

    read: int
    wrong: int
    flagged: int
    caught: int

    def as_dict(self) -> dict[str, float | None]:
        return {
            "read": self.read,
            "wrong": self.wrong,
            "flagged_percent": 100 * self.flagged / self.read if self.read else None,
            "caught_percent": 100 * self.caught / self.wrong if self.wrong else None,
        }


def compare(page: TruthPage, seen: Sequence[Seen]) -> PageWords:
    """seen: in the order of the reading."""
    on: dict[int, list[Seen]] = {}
    prose_seen: list[Seen] = []
    for word in seen:
        place = _line_under(word, page)
        if place is not None:
            on.setdefault(place, []).append(word)
        # A word on no line may be a word of the text whose box is bad: it may still match, and costs nothing when it does not.
        if place is None or page.lines[place].region == BODY:
            prose_seen.append(word)
    with_pen = {place for place, line in enumerate(page.lines) if line.handwritten}
    stray = {id(word) for word in prose_seen} - {id(word) for words in on.values() for word in words}
    beside_pen = {id(word) for place in with_pen for word in on.get(place, ())}
    body = [line for line in page.lines if line.region == BODY]
    prose = _matched([word for line in body for word in _asked(line)], prose_seen, unjudged=stray | beside_pen)
    elsewhere = Words()
    for place, line in enumerate(page.lines):
        if line.region != BODY and line.region not in NOT_ASKED:
            there = sorted(on.get(place, ()), key=lambda word: word.x)
            elsewhere += _matched(_asked(line), there, unjudged=beside_pen)
    return PageWords(prose, elsewhere)


def flags(words: Words, *, share: float | None = None) -> Flags:
    """share: flag this share of the words, those with the least confidence; None: what the reader itself flagged."""
    if share is None:
        chosen = [judged for judged in words.judged if judged[1]]
    else:
        chosen = sorted(words.judged, key=lambda judged: judged[0])[: round(share * len(words.judged))]
    wrong = sum(not right for _, _, right in words.judged)
    return Flags(len(words.judged), wrong, len(chosen), sum(not right for _, _, right in chosen))


def _asked(line: PrintedLine) -> list[str]:
    return [word for place, word in enumerate(line.words) if place not in line.handwritten]


def _matched(truth: Iterable[str], seen: Sequence[Seen], *, unjudged: set[int]) -> Words:
    """One word may become two when its characters are unified (`a…b` does not, a no-break space does), so both sides are split."""
    true = [part for word in truth for part in unified(word).split()]
    read = [(part, word) for word in seen for part in unified(word.text).split()]
    texts = [text for text, _ in read]
    found = {block.b + k for block in LCSseq.opcodes(true, texts).as_matching_blocks() for k in range(block.size)}
    bare = LCSseq.similarity([without_marks(word) for word in true], [without_marks(word) for word in texts])
    judged = tuple(
        (word.confidence, word.doubtful, place in found) for place, (_, word) in enumerate(read) if id(word) not in unjudged
    )
    return Words(len(true), len(true) - len(found), bare - len(found), judged)


def _line_under(word: Seen, page: TruthPage) -> int | None:
    """The line whose middle passes nearest, measured in heights of that line; lines lean as the page does, digital stamps do not."""
    nearest, best = None, REACH
    for place, line in enumerate(page.lines):
        x0, y0, x1, y1 = line.bbox
        if not x0 - BESIDE_END <= word.x <= x1 + BESIDE_END:
            continue
        slope = 0.0 if line.region in (STAMP, SEAL) else page.slope
        height = max(LEAST_HEIGHT, (y1 - y0) - abs(slope) * (x1 - x0))
        distance = abs(word.y - (y0 + y1) / 2 - slope * (word.x - (x0 + x1) / 2)) / height
        if line.region == SEAL:
            # Print under a seal stays the print's; only what lies on nothing else belongs to the seal.
            distance = REACH - 0.1 if y0 <= word.y <= y1 else REACH
        if distance < best:
            nearest, best = place, distance
    return nearest
