"""Values of a split stack: what is known of its pages, the documents found, the sheets taken out, and how the counts stand."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Literal

from sohoa.kernel.verdicts import Verdict
from sohoa.ocr.model import Code
from sohoa.ocr.understanding.separators import FirstPage
from sohoa.pipeline.stacks.marks import Mark, Place

How = Literal["qr", "line", "order", ""]
"""By what a sheet was named: its QR code; its printed line, proved by its own check; the sheets around it; nothing."""


class Doubt(enum.StrEnum):
    """Why a person should look at a document: stable codes. See `reporting` for the sentences."""

    NO_SHEETS = "no_sheets"
    BEFORE_FIRST_SHEET = "before_first_sheet"
    SHEET_UNREAD = "sheet_unread"
    SHEET_MISSING = "sheet_missing"
    SHEET_TWICE = "sheet_twice"
    FOREIGN_BATCH = "foreign_batch"
    OUT_OF_ORDER = "out_of_order"
    FIRST_PAGE_UNSURE = "first_page_unsure"
    PAGE_UNREAD = "page_unread"
    SHEET_BACK_PRINTED = "sheet_back_printed"


@dataclass(frozen=True, slots=True)
class PageFacts:
    """What was seen on one page of a stack; numbers count from 1 in the order of the stack.

    barred: it has the two bars of a sheet. text: its lines, "" where it was not read. first: None where it was not read.
    """

    number: int
    codes: tuple[Code, ...] = ()
    blank: bool = False
    barred: bool = False
    text: str = ""
    first: FirstPage | None = None


@dataclass(frozen=True, slots=True)
class SeenSheet:
    """A separator sheet in the stack. pages: the one that was recognised, then other sides of it. mark: None where it has no name."""

    page: int
    mark: Mark | None
    how: How
    backs: tuple[int, ...] = ()
    back_printed: bool = False


@dataclass(frozen=True, slots=True)
class Document:
    """pages: in order, at least one. place: None where no sheet says it. may_begin: pages at which another paper may begin."""

    pages: tuple[int, ...]
    place: Place | None
    doubts: tuple[Doubt, ...] = ()
    sheet: int | None = None
    may_begin: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Missing:
    """A sheet that was printed and is not in the stack. place: None where nothing tells what it was for. pages: those its papers
    must lie among, None where even that is unknown: they may then be under any sheet of the run.
    """

    run: str
    index: int
    of: int
    place: Place | None
    pages: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """printed, found: sheets, batch header not counted. found: those named, however."""

    run: str
    batch: str
    printed: int
    found: int
    missing: tuple[Missing, ...]
    header_missing: bool = False


@dataclass(frozen=True, slots=True)
class Counted:
    """Sheets of paper counted by hand for a batch, against the pages scanned for it (separators and their backs not counted)."""

    batch: str
    expected: int
    pages: int
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """What was printed against what was found. All page numbers; `twice` has the later pages of a sheet that came before."""

    runs: tuple[Run, ...] = ()
    unread: tuple[int, ...] = ()
    twice: tuple[int, ...] = ()
    foreign: tuple[int, ...] = ()
    out_of_order: tuple[int, ...] = ()
    without_pages: tuple[int, ...] = ()
    before_first: tuple[int, ...] = ()
    counted: tuple[Counted, ...] = ()

    @property
    def missing(self) -> tuple[Missing, ...]:
        return tuple(missing for run in self.runs for missing in run.missing)


@dataclass(frozen=True, slots=True)
class Stack:
    """Every page is in exactly one document, or is a sheet, or the blank or printed back of a sheet."""

    pages: int
    documents: tuple[Document, ...]
    sheets: tuple[SeenSheet, ...]
    reconciliation: Reconciliation

    @property
    def removed(self) -> tuple[int, ...]:
        return tuple(sorted(page for sheet in self.sheets for page in (sheet.page, *sheet.backs)))

    @property
    def certain(self) -> bool:
        """Whether nobody need look at it."""
        told = self.reconciliation
        flaws = (
            *told.missing,
            *told.unread,
            *told.twice,
            *told.foreign,
            *told.out_of_order,
            *told.without_pages,
            *told.before_first,
        )
        counted = all(count.verdict.ok for count in told.counted)
        headless = any(run.header_missing for run in told.runs)
        return not flaws and counted and not headless and not any(document.doubts for document in self.documents)
