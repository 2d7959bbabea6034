"""Shelves hold every page once, and a walk over them passes every page once, however the places lie."""

from __future__ import annotations

import random
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sohoa.storage.search import shelves, tsvector
from sohoa.storage.search.index import Narrowed, drain, find
from sohoa.storage.search.places import END, Span, place_of, spans
from sohoa.storage.search.shelves import Filling, Shelves, planned
from tests.storage.search.papers import record


@given(st.lists(st.integers(0, END - 1) | st.integers(0, 40), max_size=200), st.integers(0, END), st.integers(0, END))
def test_a_walk_passes_every_page_of_the_span_once(places: list[int], one: int, other: int) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(shelves, "FULL", 3)
        filling = Filling(planned((Span(place, place + 9), 1) for place in places[: len(places) // 2]))
        held = [(place, filling.put(place)) for place in sorted(set(places), key=hash)]
    span = Span(min(one, other), max(one, other))
    read = Shelves(filling.pages)
    passed: list[int] = []
    while span.start < span.end:
        part, lexemes = read.first(span, 4)
        assert part.start == span.start < part.end <= span.end
        passed += sorted(place for place, lexeme in held if lexeme in lexemes and part.start <= place < part.end)
        span = Span(part.end, span.end)
    assert passed == sorted(place for place, _ in held if min(one, other) <= place < max(one, other))


def test_places_run_from_the_newest_to_the_undated_and_page_0_before_all_text() -> None:
    newest, oldest = date(2026, 5, 1), date(1890, 1, 1)
    order = [place_of("r", number, issued) for number in (0, 1) for issued in (newest, date(2025, 1, 1), oldest, None)]
    assert order == sorted(order) and len(set(order)) == len(order) and order[-1] < END
    assert place_of("r", 3, newest) - place_of("r", 2, newest) == 1
    inside = [
        any(span.start <= place_of("r", number, day) < span.end for span in spans(date(2025, 1, 1), date(2025, 12, 31)))
        for number in (0, 7)
        for day in (date(2024, 12, 31), date(2025, 1, 1), date(2025, 12, 31), date(2026, 1, 1), None)
    ]
    assert inside == [False, True, True, False, False] * 2


@pytest.mark.django_db
def test_answers_are_the_same_with_many_small_shelves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelves, "FULL", 2)
    monkeypatch.setattr(tsvector, "TO_FIND", (2, 7))
    monkeypatch.setattr(tsvector, "TO_COUNT", (3, 9))
    monkeypatch.setattr(tsvector, "RARE", 1000)
    chance = random.Random(5)
    for number in range(1, 40):
        issued = chance.choice([None, date(2020 + number % 5, 1, 1)])
        record(number, *[" ".join(chance.choices(["đất", "đai", "dat", "nhà"], k=4)) for _ in range(3)], issued=issued)
    drain()
    ask = [
        (query, narrowed)
        for query in ("đất", "đất đai", '"dat nha"')
        for narrowed in (Narrowed(), Narrowed(date_from=date(2021, 1, 1)))
    ]
    small = [find(*one) for one in ask]
    monkeypatch.setattr(tsvector, "TO_FIND", ())
    monkeypatch.setattr(tsvector, "TO_COUNT", ())
    assert [find(*one) for one in ask] == small
    assert all(found.hits for found in small)
