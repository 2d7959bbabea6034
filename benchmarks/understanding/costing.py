"""Processor time of understanding against reading: the same pages, one process, one after the other.

A child does the work, and marks where it is and what it spent itself; its family is watched, since readers are processes of their own.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console

import benchmarks
from benchmarks.understanding.papers import STRENGTHS, KnownPaper, known_papers
from benchmarks.understanding.product import understood
from benchmarks.understanding.shelf import Shelf, read
from benchmarks.watching import Member, watch
from sohoa.kernel.durable import write_durably
from sohoa.ocr.model import PageImage, PageText

KINDS = ("QĐ", "CV", "BC", "TLKS", "DON", "GPXD", "HĐ", "CC")
TIMES = 5  # understanding is so quick that one pass would be lost between two looks
EVERY = 0.05
GOAL = 0.05
MARKS = ("started", "read", "warm", "done")


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds of processor. first_paper: what understanding costs a process once: models and lists are loaded then."""

    papers: int
    pages: int
    reading: float
    understanding: float
    first_paper: float

    @property
    def ratio(self) -> float:
        return self.understanding / self.reading

    def as_dict(self) -> dict[str, Any]:
        return {
            "papers": self.papers,
            "pages": self.pages,
            "reading_cpu_seconds": self.reading,
            "understanding_cpu_seconds": self.understanding,
            "first_paper_cpu_seconds": self.first_paper,
            "ratio": self.ratio,
            "goal": GOAL,
        }


@dataclass(slots=True)
class _Marked:
    """What other processes of the family had spent when each mark was first seen; the child tells of itself at each mark."""

    folder: Path
    spent: dict[tuple[int, int], float] = field(default_factory=dict[tuple[int, int], float])
    at: dict[str, float] = field(default_factory=dict[str, float])

    def look(self, _: float, members: Sequence[Member]) -> None:
        for member in members:
            self.spent[member.pid, member.born] = member.cpu
        for name in MARKS:
            if name not in self.at and (self.folder / name).exists():
                self.at[name] = self.others()

    def others(self) -> float:
        child = self.told("started")["pid"]
        return sum(cpu for (pid, _), cpu in self.spent.items() if pid != child)

    def told(self, name: str) -> dict[str, float]:
        return json.loads((self.folder / name).read_text(encoding="utf-8"))

    def between(self, one: str, other: str) -> float:
        own = self.told(other)["cpu"] - self.told(one)["cpu"]
        return own + self.at.get(other, self.others()) - self.at.get(one, self.others())


def measure_cost(shelf: Shelf, seed: int, *, kinds: Sequence[str] = KINDS) -> Cost:
    """Raises RunFailed."""
    papers = list(known_papers(shelf, seed, rounds=1, groups=STRENGTHS[1:2], kinds=kinds))
    with tempfile.TemporaryDirectory(prefix="sohoa-cost-") as scratch:
        folder = Path(scratch)
        given = folder / "papers.json"
        given.write_text(json.dumps([_told(paper) for paper in papers]), encoding="utf-8")
        marked = _Marked(folder)
        command = [sys.executable, "-m", "benchmarks.understanding.costing", str(given), shelf.mode]
        root = str(Path(benchmarks.__file__).parent.parent)
        watch(command, folder=folder, environment={"PYTHONPATH": root}, every=EVERY, look=marked.look)
        return Cost(
            papers=len(papers),
            pages=sum(len(paper.images) for paper in papers),
            reading=marked.between("started", "read"),
            understanding=marked.between("warm", "done") / TIMES,
            first_paper=marked.between("read", "warm"),
        )


def _told(paper: KnownPaper) -> list[tuple[int, str, int, int, int]]:
    return [(image.number, str(image.path.resolve()), image.width, image.height, image.dpi) for image in paper.images]


def _work(given: Path, mode: str) -> None:
    papers: list[list[tuple[PageImage, PageText]]] = []
    _mark(given.parent / "started")
    for pages in json.loads(given.read_text(encoding="utf-8")):
        images = [PageImage(number, Path(path), width, height, dpi, lifted=True) for number, path, width, height, dpi in pages]
        papers.append([(image, read(image, mode)) for image in images])
    _mark(given.parent / "read")
    understood(papers[0])
    _mark(given.parent / "warm")
    for _ in range(TIMES):
        for pages in papers:
            understood(pages)
    _mark(given.parent / "done")


def _mark(place: Path) -> None:
    """Whole at once: the watcher may look at any moment."""
    write_durably(place, json.dumps({"pid": os.getpid(), "cpu": time.process_time()}).encode())


def show_cost(cost: Cost, console: Console) -> None:
    console.print(
        f"understanding {cost.understanding:.2f} s, reading {cost.reading:.2f} s of processor for {cost.pages} pages of "
        f"{cost.papers} papers: {cost.ratio:.2%} (goal: {GOAL:.0%} or less); the first paper of a process {cost.first_paper:.2f} s",
        markup=False,
    )


if __name__ == "__main__":
    _work(Path(sys.argv[1]), sys.argv[2])
