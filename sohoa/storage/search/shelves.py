"""Places cut into shelves of at most so many pages each, for a database that cannot walk its index in their order.

PostgreSQL's GIN gives all pages of a word or none. So each page also has the lexeme of its shelf, and a search asks shelf by shelf,
newest first, ever more at once. The shelves are a tree over the places' bits: a shelf takes pages until it is full, later ones go to
the shelves below it. What it took stays, so nothing is rewritten when an archive grows, whatever dates its papers have.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from sohoa.storage.search.places import BITS, Span

FULL = 1000  # pages
# Sixteen shelves below each: with fewer the tree is deeper, and every search asks all the shelves above the ones it wants.
STEP = 4

Shelf = tuple[int, int]
"""How deep it lies (0: all places) and its first place."""


def shelf_lexeme(shelf: Shelf) -> str:
    depth, start = shelf
    return f"h{depth}_{start:x}"


def _bits_below(depth: int) -> int:
    return max(0, BITS - STEP * depth)


@dataclass
class Filling:
    """pages: how many each shelf holds. touched: those that took some."""

    pages: dict[Shelf, int]
    touched: set[Shelf] = field(default_factory=set[Shelf])

    def put(self, place: int) -> str:
        """Where a new page goes: the lexeme of the highest shelf that has room."""
        depth = 0
        while True:
            below = _bits_below(depth)
            shelf = (depth, place >> below << below)
            held = self.pages.get(shelf, 0)
            if held < FULL or below == 0:
                self.pages[shelf] = held + 1
                self.touched.add(shelf)
                return shelf_lexeme(shelf)
            depth += 1


class Shelves:
    """The shelves as a search reads them."""

    def __init__(self, pages: Mapping[Shelf, int]) -> None:
        above = {
            (depth - 1, start >> _bits_below(depth - 1) << _bits_below(depth - 1))
            for depth, start in pages  # a shelf that has others below it is full
            if depth
        }
        self._all = sorted((start, start + (1 << _bits_below(depth)), shelf_lexeme((depth, start))) for depth, start in pages)
        self._lowest = sorted(
            (start + (1 << _bits_below(depth)), held) for (depth, start), held in pages.items() if (depth, start) not in above
        )

    def walk(self, span: Span, portions: tuple[int, ...]) -> Iterator[tuple[Span, tuple[str, ...]]]:
        """The span cut into parts of about so many pages, in order, each with the lexemes of all shelves that lie in it.

        The last part is all that is left.
        """
        start = span.start
        for portion in portions:
            end = min(self._end_after(portion, start), span.end)
            if start < end:
                yield self._part(start, end)
            start = max(start, end)
        if start < span.end:
            yield self._part(start, span.end)

    def _end_after(self, portion: int, start: int) -> int:
        seen = 0
        for end, held in self._lowest:
            if end > start:
                seen += held
                if seen >= portion:
                    return end
        return 1 << BITS

    def _part(self, start: int, end: int) -> tuple[Span, tuple[str, ...]]:
        return Span(start, end), tuple(lexeme for first, last, lexeme in self._all if first < end and last > start)
