"""What every reader of pages gives back, so that the arbiter may compare readers of any kind."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from sohoa.ocr.model import Box


@dataclass(frozen=True, slots=True)
class Choice:
    """A letter (one NFC letter, seldom two) that a reader considered at one place. confidence: 0 to 1, its own scale."""

    text: str
    confidence: float


Letter = tuple[Choice, ...]
"""All that was considered for one letter of a word, the one that was read among them; () where the reader does not tell."""


@dataclass(frozen=True, slots=True)
class ReadWord:
    """bbox: in pixels of the picture that was read. confidence: 0 to 1, the reader's own, not comparable between readers.
    letters: one for each letter of `text`, or () for a word whose letters and choices could not be matched.
    """

    text: str
    bbox: Box
    confidence: float
    letters: tuple[Letter, ...] = ()


@dataclass(frozen=True, slots=True)
class ReadLine:
    words: tuple[ReadWord, ...]
    bbox: Box

    @property
    def text(self) -> str:
        return " ".join(word.text for word in self.words)


@dataclass(frozen=True, slots=True)
class Reading:
    """reader: its name. lines: in its reading order. slant: degrees from the picture's rows, clockwise positive, median of the
    base lines. Text that runs down the picture (a page lying on its side) is read as well, with a slant near 90 or -90.
    """

    reader: str
    lines: tuple[ReadLine, ...]
    slant: float


Layout = Literal["page", "column"]
"""What the picture holds: a page, laid out as pages are; or lines in one column, every one of which must be read."""


class Recogniser(Protocol):
    """A reader of whole pages."""

    @property
    def name(self) -> str: ...

    def read(self, picture: Path, *, dpi: int, workspace: Path, leaving: str, layout: Layout = "page") -> Reading:
        """picture: upright, grey. leaving: the stem of whatever the reader leaves in `workspace`, its only folder for files.

        Raises the errors of its engine, all of them SohoaError.
        """
        ...
