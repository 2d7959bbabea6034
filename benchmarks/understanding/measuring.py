"""One run: every paper drawn or fetched, read or fetched, understood, judged."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from benchmarks.understanding.figures import Run
from benchmarks.understanding.judging import JudgedPaper, judged
from benchmarks.understanding.papers import known_papers
from benchmarks.understanding.product import understood
from benchmarks.understanding.shelf import Shelf

Tell = Callable[[str], None]
TOLD_EVERY = 20  # papers; one that has to be read takes several seconds


def measure(shelf: Shelf, seed: int, *, rounds: int, groups: Sequence[str], kinds: Sequence[str], tell: Tell) -> Run:
    papers: list[JudgedPaper] = []
    seconds, pages = 0.0, 0
    for paper in known_papers(shelf, seed, rounds=rounds, groups=groups, kinds=kinds):
        read = paper.pages(shelf)
        begun = time.process_time()
        told = understood(read)
        seconds += time.process_time() - begun
        pages += len(read)
        papers.append(judged(paper, told))
        if len(papers) % TOLD_EVERY == 0:
            tell(f"{len(papers)} papers, {pages} pages, {shelf.read} of them read now")
    return Run(tuple(papers), seed, shelf.mode, seconds, pages)
