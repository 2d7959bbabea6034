"""Where a page stands in the index: a number made from what the page is, smaller for what is shown first.

Both databases walk an index in the order of this number and stop when they have enough, so a word that every page has costs no more than
a rare one. And since nothing of it depends on when a page was indexed, an index made anew gives the same answers.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date

_PAGE_BITS, _RECORD_BITS, _DATE_BITS = 9, 28, 16
BITS = 1 + _DATE_BITS + _RECORD_BITS + _PAGE_BITS
END = 1 << BITS
_EPOCH = date(1900, 1, 1).toordinal()
_LATEST = (1 << _DATE_BITS) - 1
_NEWEST_FIRST = _RECORD_BITS + _PAGE_BITS


@dataclass(frozen=True, slots=True)
class Span:
    """Places from `start` up to and without `end`."""

    start: int
    end: int


def place_of(record_id: str, number: int, issued: date | None) -> int:
    """What a record says about itself (page 0) before its text, new papers before old and undated ones, then by record and page.

    Two pages may be given the same place, if their records have the same date and 28 bits in common, or a record has
    more than 511 pages; whoever indexes them takes the next free one.
    """
    record = int.from_bytes(hashlib.blake2s(record_id.encode(), digest_size=4).digest()) >> (32 - _RECORD_BITS)
    page = min(number, (1 << _PAGE_BITS) - 1)
    return ((int(number > 0) << _DATE_BITS | _age(issued)) << _RECORD_BITS | record) << _PAGE_BITS | page


def spans(date_from: date | None, date_to: date | None) -> tuple[Span, ...]:
    """Where papers of these dates stand, both days included, first what they say about themselves, then their texts.

    Without dates that is everything, undated papers too.
    """
    newest = _age(date_to) if date_to else 0
    oldest = _age(date_from) if date_from else _LATEST - (date_to is not None)
    return tuple(
        Span((half << _DATE_BITS | newest) << _NEWEST_FIRST, ((half << _DATE_BITS | oldest) + 1) << _NEWEST_FIRST)
        for half in (0, 1)
    )


# Places from here on are those of texts.
TEXTS = 1 << (_DATE_BITS + _NEWEST_FIRST)


def day(number: int, issued: date | None) -> Span:
    """Where pages of one date stand. number: of the page, for which it matters only whether it is 0."""
    start = (int(number > 0) << _DATE_BITS | _age(issued)) << _NEWEST_FIRST
    return Span(start, start + (1 << _NEWEST_FIRST))


def record_bits(place: str) -> str:
    """SQL for what the places of a record's pages have in common; of two records it is the same once in 10⁸ times, on one date."""
    return f"({place} >> {_PAGE_BITS}) & {(1 << (_DATE_BITS + _RECORD_BITS)) - 1}"


def _age(issued: date | None) -> int:
    """0 for the newest day that there is room for; the last number for no date. Papers before 1900 count as of its first day."""
    if issued is None:
        return _LATEST
    return _LATEST - 1 - min(max(issued.toordinal() - _EPOCH, 0), _LATEST - 1)
