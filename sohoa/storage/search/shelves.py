"""Places cut into shelves of about as many pages each, for a database that cannot walk its index in their order.

PostgreSQL's GIN gives all pages of a word or none. So each page also has the lexeme of its shelf, and a search asks shelf by shelf,
newest first, ever more at once. The shelves are a tree over the places' bits: a shelf takes pages until it is full, later ones go to
its halves. What it took stays, so nothing is rewritten when an archive grows, whatever dates its papers have.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from sohoa.storage.search.places import BITS, Span

FULL = 2000  # pages


def shelf_lexeme(depth: int, start: int) -> str:
    return f"h{depth}_{start:x}"


@dataclass
class Shelves:
    """pages: how many each shelf holds, by depth (0: all places) and first place. touched: those that changed since they were read."""

    pages: dict[tuple[int, int], int] = field(default_factory=dict[tuple[int, int], int])
    touched: set[tuple[int, int]] = field(default_factory=set[tuple[int, int]])

    def put(self, place: int) -> str:
        """Where a new page goes: the lexeme of the highest shelf that has room."""
        for depth in range(BITS + 1):
            shelf = (depth, place >> (BITS - depth) << (BITS - depth))
            held = self.pages.get(shelf, 0)
            if held < FULL or depth == BITS:
                self.pages[shelf] = held + 1
                self.touched.add(shelf)
                return shelf_lexeme(*shelf)
        raise AssertionError("the last shelf takes everything")

    def walk(self, span: Span, portions: tuple[int, ...]) -> Iterator[tuple[Span, tuple[str, ...]]]:
        """The span cut into parts of about so many pages, in order, each with the lexemes of all shelves that lie in it.

        The last part is all that is left.
        """
        start = span.start
        ends = self._ends(span)
        for portion in portions:
            end = self._end_after(portion, ends, start, span)
            if start < end:
                yield Span(start, end), self._lexemes(Span(start, end))
            start = max(start, end)
        if start < span.end:
            yield Span(start, span.end), self._lexemes(Span(start, span.end))

    def _ends(self, span: Span) -> list[tuple[int, int]]:
        """The shelves without halves, in order: where each ends and how many pages lie there, those of the shelves above shared out."""
        leaves = sorted(
            (start, start + (1 << (BITS - depth)), held)
            for (depth, start), held in self.pages.items()
            if (depth + 1, start) not in self.pages
            and (depth + 1, start + (1 << (BITS - depth - 1) if depth < BITS else 0)) not in self.pages
        )
        return [(end, held + FULL) for start, end, held in leaves if end > span.start and start < span.end]

    @staticmethod
    def _end_after(portion: int, ends: list[tuple[int, int]], start: int, span: Span) -> int:
        seen = 0
        for end, held in ends:
            if end <= start:
                continue
            seen += held
            if seen >= portion:
                return min(end, span.end)
        return span.end

    def _lexemes(self, span: Span) -> tuple[str, ...]:
        return tuple(
            shelf_lexeme(depth, start)
            for (depth, start) in sorted(self.pages)
            if start < span.end and start + (1 << (BITS - depth)) > span.start
        )
