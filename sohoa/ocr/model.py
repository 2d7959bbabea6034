"""The values that pass through reading: a page's picture, its words, what a document is."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

Box = tuple[int, int, int, int]
"""(x0, y0, x1, y1) in pixels of the upright page image, origin top left, x1 and y1 just outside."""


@dataclass(frozen=True, slots=True)
class PageImage:
    """One page as a file of pixels, exactly as the scanner gave it when `lifted`, else rendered by us.

    width, height: pixels as stored, before any turning. dpi: pixels per inch on paper.
    rotation: 0, 90, 180 or 270 degrees clockwise by which the stored picture must be turned to be read upright.
    path: a PNG, JPEG, TIFF, WebP or PNM file that holds just this page.
    """

    number: int  # from 1
    path: Path
    width: int
    height: int
    dpi: int
    rotation: int = 0
    lifted: bool = False

    @property
    def upright_size(self) -> tuple[int, int]:
        return (self.height, self.width) if self.rotation in (90, 270) else (self.width, self.height)


@dataclass(frozen=True, slots=True)
class Word:
    """confidence: 0 to 1, the probability that the text is right; measured, see docs/en/reading.md.

    first_reading, reason: what the first reader read where another reading was chosen, and why: "evidence" (the readers),
    "model" (the language), "missed" (it read nothing there), "ink" (a number's comma was counted), "count" (a
    table counts on from there). doubtful: among the words a person should look at first.
    handwritten: by a pen, not by a printer.
    """

    text: str
    bbox: Box
    confidence: float
    first_reading: str = ""
    reason: str = ""
    doubtful: bool = False
    handwritten: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """zone: what the line is on the page, see sohoa/ocr/reading/structure; "" where nothing is known."""

    words: tuple[Word, ...]
    bbox: Box
    zone: str = ""

    @property
    def text(self) -> str:
        return " ".join(word.text for word in self.words)

    @property
    def confidence(self) -> float:
        return mean_confidence(self.words)


@dataclass(frozen=True, slots=True)
class TableCell:
    """row, column: from 0; rows, columns: how many it spans. lines: numbers of the page's lines that stand in it."""

    bbox: Box
    row: int
    column: int
    rows: int
    columns: int
    lines: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Table:
    bbox: Box
    cells: tuple[TableCell, ...]


@dataclass(frozen=True, slots=True)
class PageText:
    """What was read on a page. width, height and every box: pixels of the upright image; skew: degrees, clockwise positive.

    steps: what was done to the picture before it was read ("deskew", "light", …); ("own_text",) where the file itself says what
    stands on the page and no picture was read. failed: the code of the error for which the page could not be read; such a page has
    no lines, and its document goes on without them. seals: places of red seals and stamps. signatures: places where a pen signed, at
    most one a signer, in the order of the blocks.
    """

    number: int
    width: int
    height: int
    dpi: int
    rotation: int
    skew: float
    blank: bool
    lines: tuple[Line, ...]
    steps: tuple[str, ...] = ()
    failed: str = ""
    tables: tuple[Table, ...] = ()
    seals: tuple[Box, ...] = ()
    signatures: tuple[Box, ...] = ()

    @property
    def words(self) -> tuple[Word, ...]:
        return tuple(word for line in self.lines for word in line.words)

    @property
    def confidence(self) -> float:
        return mean_confidence(self.words)

    @property
    def text(self) -> str:
        return "\n".join(line.text for line in self.lines)


@dataclass(frozen=True, slots=True)
class Alternative:
    """One way to read something. confidence: 0 to 1, the probability that it is right."""

    value: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Code:
    """A QR code or barcode on a page. format: as zxing-cpp names it. text: NFC."""

    text: str
    format: str
    page: int
    bbox: Box


@dataclass(frozen=True, slots=True)
class Field:
    """One thing a paper says about itself. bbox and page are None where no single place on the paper says it.

    Several things of one kind (recipients, cited papers) stand one a line in `value`.
    raw: the letters as they stand on the paper where `value` is written otherwise (a date, a mended letter).
    source: ocr | qr | manual | database | reused (TT 01/2023/TT-VPCP, Điều 9).
    alternatives: what else it may say, best first, for a person to choose from.
    witnesses: what independent of this place says the same ("qr", "signature_date", "text", …).
    doubts: why it is not certain, as far as more is known than that the letters were hard to read; the code of each, and after a colon
    what it tells: pen_alone | pen_unclear | contradicted:<witness>=<value> | outside_row:<first>-<last> | number_taken:<number> |
    signed_apart:<ISO day> (written by a pen); ink_differs:<digits> (printed); near_familiar:<value> (agencies and names).
    """

    value: str
    confidence: float
    page: int | None = None
    bbox: Box | None = None
    raw: str = ""
    source: str = "ocr"
    alternatives: tuple[Alternative, ...] = ()
    witnesses: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TypeVerdict:
    """code "" means that no witness recognised a type. witnesses: what each that spoke took it for ({"title": "QĐ", "notation": "QĐ"}).

    agreement: the witnesses that say `code`, joined by "+" ("title+notation"); "disagree" where they contradict each other (text
    alone against title and notation stands in `witnesses` only); "none" where nobody spoke.
    """

    code: str
    name: str
    confidence: float
    agreement: str
    witnesses: dict[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class Understanding:
    """fields: by the names of the command-line contract (code_number, code_notation, issued_date, …); only what was found."""

    type: TypeVerdict
    fields: dict[str, Field] = field(default_factory=dict[str, Field])
    needs_review: tuple[str, ...] = ()
    codes: tuple[Code, ...] = ()


def around(boxes: Iterable[Box]) -> Box:
    """The smallest box that holds them all; at least one."""
    x0, y0, x1, y1 = zip(*boxes, strict=True)
    return (min(x0), min(y0), max(x1), max(y1))


class Sure(Protocol):
    """A word with a confidence, whoever read or judged it."""

    @property
    def text(self) -> str: ...

    @property
    def confidence(self) -> float: ...


def mean_confidence(words: Collection[Sure]) -> float:
    """By letters, so that one speck read as `.` does not weigh as much as a word; 0 when there is nothing."""
    letters = sum(len(word.text) for word in words)
    return sum(len(word.text) * word.confidence for word in words) / letters if letters else 0.0
