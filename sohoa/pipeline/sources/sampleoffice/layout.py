"""Setting text on sheets, in points: what is to be printed where, before anything is drawn. Resolution comes later."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from sohoa.kernel.text import nfc
from sohoa.pipeline.sources.sampleoffice.fonts import width_of
from sohoa.pipeline.sources.sampleoffice.model import Region

A4 = (595.28, 841.89)
MM = 72 / 25.4

Colour = tuple[int, int, int]
BLACK: Colour = (22, 22, 26)
GREY: Colour = (105, 105, 110)
PEN_BLUE: Colour = (34, 52, 150)
PEN_BLACK: Colour = (30, 30, 40)

Align = Literal["left", "right", "centre", "justify"]


@dataclass(frozen=True, slots=True)
class Run:
    """Some text in one face. Runs that touch without a space make one word (a written number before a printed notation)."""

    text: str
    face: str
    size: float
    colour: Colour = BLACK
    pad: float = 0.0  # points of air on both sides: a pen needs more room than print
    shift: float = 0.0  # points above the baseline


@dataclass(frozen=True, slots=True)
class Piece:
    run: Run
    x: float
    baseline: float


@dataclass(frozen=True, slots=True)
class Word:
    """lead: points of extra space before it, where the text has a column's worth of blanks."""

    runs: tuple[Run, ...]
    lead: float = 0.0

    @property
    def width(self) -> float:
        return sum(width_of(run.text, run.face, run.size) + 2 * run.pad for run in self.runs)

    @property
    def text(self) -> str:
        return "".join(run.text for run in self.runs)


@dataclass(frozen=True, slots=True)
class SetWord:
    text: str
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class SetLine:
    words: tuple[SetWord, ...]
    region: Region

    @property
    def handwritten(self) -> bool:
        return any(piece.run.face.startswith("hand-") for word in self.words for piece in word.pieces)


@dataclass(frozen=True, slots=True)
class Rule:
    x0: float
    y0: float
    x1: float
    y1: float
    thickness: float = 0.6
    colour: Colour = BLACK


@dataclass(frozen=True, slots=True)
class Panel:
    """A filled rectangle under everything else: the tint of a card, a grey portrait."""

    x0: float
    y0: float
    x1: float
    y1: float
    colour: Colour


@dataclass(frozen=True, slots=True)
class Signature:
    """A scribble of blue ink around a centre. throw: what makes this hand differ from another."""

    x: float
    y: float
    width: float
    height: float
    throw: int


@dataclass(frozen=True, slots=True)
class Seal:
    """A round red seal. strength: 0 to 1, how much ink. mirrored: seen through the paper, from the back."""

    x: float
    y: float
    diameter: float
    upper: str
    lower: str
    throw: int
    strength: float = 1.0
    mirrored: bool = False


@dataclass(frozen=True, slots=True)
class Code:
    """A QR code whose upper left corner is at x, y."""

    x: float
    y: float
    side: float
    text: str


Mark = Rule | Panel | Signature | Seal | Code


@dataclass(slots=True)
class Sheet:
    """One page face, in points."""

    width: float = A4[0]
    height: float = A4[1]
    lines: list[SetLine] = field(default_factory=list[SetLine])
    marks: list[Mark] = field(default_factory=list[Mark])
    blank: bool = False


@dataclass(frozen=True, slots=True)
class Draft:
    """A paper before it was printed and scanned."""

    kind: str
    name: str
    fields: dict[str, str]
    sheets: tuple[Sheet, ...]


def words_of(runs: Iterable[Run]) -> list[Word]:
    """Split runs at white space; text is NFC from here on."""
    words: list[Word] = []
    open_word, lead = False, 0.0
    for run in runs:
        for part in re.split(r"(\s+)", nfc(run.text)):
            if not part:
                continue
            if part.isspace():
                open_word, lead = False, (len(part) - 1) * run.size * 0.25
            elif open_word:
                words[-1] = replace(words[-1], runs=(*words[-1].runs, replace(run, text=part)))
            else:
                words.append(Word((replace(run, text=part),), lead if words else 0.0))
                open_word, lead = True, 0.0
    return words


def space_of(word: Word) -> float:
    first = word.runs[0]
    # The space of the handwriting font would be the pen's, not the printer's.
    space = first.size * 0.25 if first.face.startswith("hand-") else width_of(" ", first.face, first.size)
    return space + word.lead


def broken(words: Sequence[Word], width: float, first_indent: float = 0.0) -> list[list[Word]]:
    """Greedy line breaking. A word wider than the line stands alone and sticks out."""
    lines: list[list[Word]] = []
    room = width - first_indent
    used = 0.0
    for word in words:
        step = space_of(word) + word.width if lines and lines[-1] else word.width
        if lines and lines[-1] and used + step <= room:
            lines[-1].append(word)
            used += step
        else:
            room = width if lines else width - first_indent
            lines.append([word])
            used = word.width
    return lines


def balanced(words: Sequence[Word], width: float) -> list[list[Word]]:
    """As few lines as greedy breaking makes, but of like length, as a typist breaks a title."""
    lines = broken(words, width)
    narrower = width
    while len(lines) > 1 and narrower > width * 0.4:
        narrower -= width * 0.03
        tried = broken(words, narrower)
        if len(tried) > len(lines):
            break
        lines = tried
    return lines


def set_line(words: Sequence[Word], x0: float, x1: float, baseline: float, align: Align, region: Region) -> SetLine:
    """Place one line between x0 and x1."""
    spaces = [space_of(word) for word in words[1:]]
    natural = sum(word.width for word in words) + sum(spaces)
    slack = x1 - x0 - natural
    x = x0 + {"left": 0.0, "justify": 0.0, "centre": slack / 2, "right": slack}[align]
    stretch = slack / len(spaces) if align == "justify" and spaces and slack > 0 else 0.0
    placed: list[SetWord] = []
    for index, word in enumerate(words):
        if index:
            x += spaces[index - 1] + stretch
        pieces: list[Piece] = []
        for run in word.runs:
            pieces.append(Piece(run, x + run.pad, baseline - run.shift))
            x += width_of(run.text, run.face, run.size) + 2 * run.pad
        placed.append(SetWord(word.text, tuple(pieces)))
    return SetLine(tuple(placed), region)


def moved_down(line: SetLine, by: float) -> SetLine:
    words = tuple(
        replace(word, pieces=tuple(replace(piece, baseline=piece.baseline + by) for piece in word.pieces)) for word in line.words
    )
    return replace(line, words=words)
