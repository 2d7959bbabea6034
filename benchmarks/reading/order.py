"""Is the text read in an order in which a person would read it?

A page's lines form groups that follow one another: the head, the text (title, addressees, paragraphs, tables), the closing. A group
is made of blocks. In the head these are the issuing agency, the nation's name and motto, the number (with what an official letter
says it is about), place and date; in the closing the recipients and each signature's column. Which block of a group comes first is
a matter of taste (left to right, or as Nghị định 30/2020/NĐ-CP counts its zones), so every order of blocks is right. The text
is one block: line after line, and a table cell after cell, row after row; a cell is one line. Page numbers and footers do not count.

Counted is every step from one line to the next line read: it is right when a person could go on there. Lines that were not read at
all are left out of the page first; that they are missing is told by the error rates. A reader that cuts lines into pieces takes
more steps than there are lines, and each of its detours counts against it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from benchmarks.reading.scoring import ReadWord, lines_under
from sohoa.pipeline.sources.sampleoffice import TruthLine

Block = list[int]
Group = list[Block]
"""Blocks of places in the page's lines."""

FURNITURE = "other"
HEAD = {"agency": "agency", "national_header": "nation", "code_number": "number", "place_date": "date"}
CLOSING = ("signature", "recipients", "place_date")


@dataclass(frozen=True, slots=True)
class Order:
    """right: of all steps from line to line."""

    right: int = 0
    steps: int = 0

    def __add__(self, other: Order) -> Order:
        return Order(self.right + other.right, self.steps + other.steps)

    @property
    def share(self) -> float:
        """In % of the steps; a page with one line or none has nothing to put in order."""
        return 100 * self.right / self.steps if self.steps else 100.0


def order(lines: Sequence[TruthLine], words: Iterable[ReadWord], *, skew: float = 0.0) -> Order:
    """words: in the order in which they were read. skew: as in `score`."""
    counted = {place for place, line in enumerate(lines) if line.region != FURNITURE}
    under = [place for place in lines_under(lines, words, skew=skew) if place in counted]
    visited = [place for place, _ in groupby(under)]
    allowed = _next_lines(_groups(lines), set(visited))
    right = {before for before, after in pairwise(visited) if after in allowed.get(before, ())}
    return Order(len(right), max(len(set(visited)) - 1, len(visited) - 1, 0))


def in_order(orders: Iterable[Order]) -> Order:
    return sum(orders, Order())


def _groups(lines: Sequence[TruthLine]) -> list[Group]:
    kinds = _kinds(lines)
    groups: list[Group] = []
    zone_before = ""
    for place, kind in enumerate(kinds):
        if not kind:
            continue
        zone = kind.partition(" ")[0]
        if zone != zone_before:
            groups.append([])
        zone_before = zone
        block = next((block for block in groups[-1] if kinds[block[0]] == kind and _goes_on(block, place, kind, lines)), None)
        if block is None:
            groups[-1].append([place])
        else:
            block.append(place)
    return groups


def _kinds(lines: Sequence[TruthLine]) -> list[str]:
    """`head agency`, `text`, `closing recipients`, …; "" for page furniture."""
    kinds: list[str] = []
    text_begun = False
    for line in lines:
        if line.region == FURNITURE:
            kinds.append("")
        elif not text_begun and line.region in HEAD:
            kinds.append(f"head {HEAD[line.region]}")
        elif not text_begun and line.region == "subject" and "head number" in kinds:
            kinds.append("head number")
        elif line.region in CLOSING:
            kinds.append("closing recipients" if line.region == "recipients" else "closing signature")
        else:
            text_begun = True
            kinds.append("text")
    return kinds


def _goes_on(block: Block, place: int, kind: str, lines: Sequence[TruthLine]) -> bool:
    """Signatures side by side are blocks of their own: a line belongs to the column that it stands under."""
    return kind != "closing signature" or any(_share_a_column(lines[above], lines[place]) for above in block)


def _share_a_column(one: TruthLine, other: TruthLine) -> bool:
    return one.bbox[0] < other.bbox[2] and other.bbox[0] < one.bbox[2]


def _next_lines(groups: Iterable[Group], read: set[int]) -> dict[int, set[int]]:
    """For each line read the lines that a person could read next."""
    left = [[block for block in ([place for place in block if place in read] for block in group) if block] for group in groups]
    left = [group for group in left if group]
    allowed: dict[int, set[int]] = {}
    for number, group in enumerate(left):
        following = {block[0] for block in left[number + 1]} if number + 1 < len(left) else set[int]()
        starts = {block[0] for block in group}
        for block in group:
            for before, after in pairwise(block):
                allowed[before] = {after}
            allowed[block[-1]] = (starts - {block[0]}) | following
    return allowed
