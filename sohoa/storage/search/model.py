"""What an index takes in and gives back, whatever database holds it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from sohoa.storage.search.expressions import Expression
from sohoa.storage.search.places import Span


@dataclass(frozen=True, slots=True)
class Match:
    """base: the place that the page wanted, by which matches are put in order; see places.place_of."""

    place: int
    page_id: int
    record_id: str
    base: int


@dataclass(frozen=True, slots=True)
class Entry:
    """A page on its way in. about: its facts. digest: of its text."""

    place: int
    page_id: int
    record_id: str
    base: int
    about: str
    digest: int
    lexemes: Sequence[str]


class Generation(Protocol):
    """`matches` and `count` only within `reading()`. few: all that match are few, so where they stand need not be guessed."""

    name: str

    def reading(self) -> AbstractContextManager[None]: ...

    def matches(self, asked: Expression, span: Span, *, most: int, few: bool = False) -> list[Match]: ...

    def count(self, asked: Expression, spans: Sequence[Span], *, most: int) -> int: ...

    def add(self, entries: Sequence[Entry]) -> None: ...

    def remove(self, place: int, lexemes: Sequence[str]) -> None: ...

    def clear(self) -> None: ...

    def bulk(self) -> None: ...

    def finish(self) -> None: ...
