"""Places cut into shelves of at most so many pages each, for a database that cannot walk its index in their order.

PostgreSQL's GIN gives all pages of a word or none. So each page also has the lexeme of its shelf, and a search asks shelf by shelf,
newest first, ever more at once. The shelves are a tree over the places' bits: a shelf takes pages until it is full, later ones go to
its halves. What it took stays, so nothing is rewritten when an archive grows, whatever dates its papers have.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import accumulate

from sohoa.storage.search.places import BITS, Span

FULL = 2000  # pages

Shelf = tuple[int, int]
"""How deep it lies (0: all places) and its first place."""


def shelf_lexeme(shelf: Shelf) -> str:
    depth, start = shelf
    return f"h{depth}_{start:x}"


def planned(pages: Iterable[tuple[Span, int]]) -> dict[Shelf, int]:
    """The shelves above those that so many pages will need, full before a page comes: a search asks every shelf above the ones it wants,
    and would find most of their pages elsewhere. pages: how many stand in each of some spans, spread evenly."""
    ordered = sorted(pages, key=lambda one: one[0].start)
    starts = [span.start for span, _ in ordered]
    before = [0, *accumulate(held for _, held in ordered)]

    def up_to(place: int) -> float:
        at = bisect_right(starts, place) - 1
        if at < 0:
            return 0
        span, held = ordered[at]
        return before[at] + held * min(1.0, (place - span.start) / (span.end - span.start))

    full: dict[Shelf, int] = {}
    look_at: list[Shelf] = [(0, 0)]
    while look_at:
        depth, start = look_at.pop()
        width = 1 << (BITS - depth)
        if depth < BITS and up_to(start + width) - up_to(start) > FULL:
            full[depth, start] = FULL
            look_at += [(depth + 1, start), (depth + 1, start + width // 2)]
    return full


@dataclass
class Filling:
    """pages: how many each shelf holds. touched: those that took some."""

    pages: dict[Shelf, int]
    touched: set[Shelf] = field(default_factory=set[Shelf])

    def put(self, place: int) -> str:
        """Where a new page goes: the lexeme of the highest shelf that has room."""
        for depth in range(BITS + 1):
            shelf = (depth, place >> (BITS - depth) << (BITS - depth))
            held = self.pages.get(shelf, 0)
            if held < FULL or depth == BITS:
                break
        self.pages[shelf] = held + 1
        self.touched.add(shelf)
        return shelf_lexeme(shelf)


class Shelves:
    """The shelves as a search reads them."""

    def __init__(self, pages: Mapping[Shelf, int]) -> None:
        above = {(depth - 1, start >> (BITS - depth + 1) << (BITS - depth + 1)) for depth, start in pages if depth}
        self._all = sorted((start, start + (1 << (BITS - depth)), shelf_lexeme((depth, start))) for depth, start in pages)
        self._lowest = sorted(
            (start + (1 << (BITS - depth)), held) for (depth, start), held in pages.items() if (depth, start) not in above
        )

    def first(self, span: Span, pages: int) -> tuple[Span, tuple[str, ...]]:
        """The beginning of the span with about so many pages, and the lexemes of all shelves that lie in it."""
        seen, end = 0, span.end
        for last, held in self._lowest[bisect_right(self._lowest, (span.start, 1 << BITS)) :]:
            seen += held
            if seen >= pages:
                end = min(last, span.end)
                break
        return Span(span.start, end), tuple(lexeme for start, last, lexeme in self._all if start < end and last > span.start)
