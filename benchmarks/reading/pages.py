"""The pages that every candidate reads: eight invented papers, each scanned clean, medium and hard, and eight in unknown type."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import img2pdf

from benchmarks.reading.unseen import unseen_page
from sohoa.pipeline.sources.sampleoffice import Paper, SamplePage, Strength, make_paper

# The seed of reported figures. Whoever tunes the product draws other pages (`--seed`), so that these stay unseen.
REPORTING_SEED = 20_261_122
STRENGTHS: tuple[Strength, ...] = ("clean", "medium", "hard")
UNSEEN = "unseen"


@dataclass(frozen=True, slots=True)
class Chosen:
    """A kind of paper and which of its pages. last: its last printed page, where the signature stands."""

    kind: str
    dpi: int = 300
    last: bool = False


# Prose, forms, ruled tables, seals over signatures, numbers written by hand; two of eight at the lower resolution of many feeders.
CHOSEN = (
    Chosen("QĐ"),
    Chosen("CV", dpi=200),
    Chosen("KH"),
    Chosen("BB"),
    Chosen("GPXD"),
    Chosen("TLKS"),
    Chosen("DON", dpi=200),
    Chosen("HĐ", last=True),
)


def all_pages(seed: int) -> dict[str, list[SamplePage]]:
    """By strength; `unseen` comes last. No page is upside down."""
    known = {strength: list(_pages_of(seed, strength)) for strength in STRENGTHS}
    return {**known, UNSEEN: [unseen_page(chosen.kind, seed, dpi=chosen.dpi, last=chosen.last) for chosen in CHOSEN]}


def benchmark_pages(seed: int) -> Iterator[SamplePage]:
    """The same eight texts at each strength: what differs between the strengths is the scan alone. No page is upside down."""
    for strength in STRENGTHS:
        yield from _pages_of(seed, strength)


def _pages_of(seed: int, strength: Strength) -> Iterator[SamplePage]:
    for chosen in CHOSEN:
        yield _upright(chosen, seed, strength)


def _upright(chosen: Chosen, seed: int, strength: Strength) -> SamplePage:
    """A page in twenty goes in upside down, the same ones at every strength; the next seed's paper stands in for those.

    OCRmyPDF turns no page unless it is told to, and a page read upside down would drown every other difference.
    """
    while True:
        page = _page_of(make_paper(chosen.kind, seed, strength=strength, dpi=chosen.dpi), chosen.last)
        if not page.upside_down:
            return page
        seed += 1


def _page_of(paper: Paper, last: bool) -> SamplePage:
    return [page for page in paper.pages if not page.blank][-1 if last else 0]


def write_scan(jpegs: list[bytes], target: Path) -> None:
    """One PDF as a scanner writes it: every page is one picture, untouched, in the size that its resolution says."""
    with target.open("wb") as out:
        img2pdf.convert(jpegs, outputstream=out)
