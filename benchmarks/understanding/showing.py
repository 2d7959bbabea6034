"""One paper of a run at close range: what was read, how surely, and what was made of it."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console

from benchmarks.understanding.papers import known_papers
from benchmarks.understanding.product import understood
from benchmarks.understanding.shelf import Shelf
from benchmarks.watching import RunFailed


def show_paper(
    name: str, shelf: Shelf, seed: int, *, rounds: int, groups: Sequence[str], kinds: Sequence[str], console: Console
) -> None:
    """name: as the tables tell it. Lines as `y x words`, the doubtful words with their confidence. Raises RunFailed."""
    papers = known_papers(shelf, seed, rounds=rounds, groups=groups, kinds=kinds)
    paper = next((paper for paper in papers if paper.name == name), None)
    if paper is None:
        raise RunFailed(f"this run has no paper named {name!r}")
    read = paper.pages(shelf)
    for image, text in read:
        console.print(f"— page {text.number}, {text.width} × {text.height}, turned {text.rotation}: {image.path}", markup=False)
        for line in text.lines:
            words = (word.text if word.confidence >= 0.9 else f"{word.text}⟨{word.confidence:.2f}⟩" for word in line.words)
            console.print(f"{line.bbox[1]:5} {line.bbox[0]:5} {line.zone:12} {' '.join(words)}", markup=False, soft_wrap=True)
    told = understood(read)
    console.print(f"type {told.type}\nneeds review: {', '.join(told.needs_review) or 'nothing'}", markup=False)
    for field in sorted(paper.truth.keys() | told.fields.keys()):
        console.print(f"{field}: on the paper {paper.truth.get(field, '')!r}, told {told.fields.get(field)}", markup=False)
