"""Ruled tables that break between rows, with their head repeated on each sheet."""

from __future__ import annotations

from collections.abc import Sequence

from sohoa.pipeline.sources.sampleoffice.composer import Composer
from sohoa.pipeline.sources.sampleoffice.layout import Align, Rule, SetLine, SetWord, broken, set_line, words_of

SIDE = 5.4  # points, as the usual word processor leaves them left and right of a cell's text
ABOVE = 4.0


def table(page: Composer, head: Sequence[str], rows: Sequence[Sequence[str]], shares: Sequence[float], aligns: str) -> None:
    """shares: relative widths of the columns. aligns: a letter per column, l, c or r. Every cell is one line of the truth."""
    size = page.size - 1.5
    total = sum(shares)
    edges = [page.left]
    for share in shares:
        edges.append(edges[-1] + page.width * share / total)
    start = _row(page, head, edges, "c" * len(head), "bold", size, top=None, head=None)
    for row in rows:
        start = _row(page, row, edges, aligns, "regular", size, top=start, head=head)
    page.y += 8


def _row(
    page: Composer,
    cells: Sequence[str],
    edges: Sequence[float],
    aligns: str,
    style: str,
    size: float,
    *,
    top: float | None,
    head: Sequence[str] | None,
) -> float:
    """Set one row and its rules; gives the y of its lower rule."""
    step = size * 1.2
    broken_cells = [
        broken(words_of([page.run(cell, style, size=size)]), edges[i + 1] - edges[i] - 2 * SIDE) for i, cell in enumerate(cells)
    ]
    height = max(1, *(len(lines) for lines in broken_cells)) * step + 2 * ABOVE
    fresh = top is None
    if page.y + height > page.bottom:
        page.new_sheet()
        fresh = True
        if head is not None:
            _row(page, head, edges, "c" * len(head), "bold", size, top=None, head=None)
            fresh = False
    y = page.y
    if fresh:
        page.mark(Rule(edges[0], y, edges[-1], y))
    for i, lines in enumerate(broken_cells):
        lower = y + ABOVE + (height - 2 * ABOVE - len(lines) * step) / 2
        align: Align = {"l": "left", "c": "centre", "r": "right"}[aligns[i]]  # type: ignore[assignment]
        words: list[SetWord] = []
        for number, line in enumerate(lines):
            baseline = lower + number * step + size * 0.93
            words.extend(set_line(line, edges[i] + SIDE, edges[i + 1] - SIDE, baseline, align, "table").words)
        if words:
            page.add(SetLine(tuple(words), "table"))
    for x in edges:
        page.mark(Rule(x, y, x, y + height))
    page.mark(Rule(edges[0], y + height, edges[-1], y + height))
    page.y = y + height
    return page.y
