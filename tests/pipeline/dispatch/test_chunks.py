"""A long paper read by several workers: whatever happens to a part, the paper is whole at the end."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sohoa.pipeline.claiming import Order, claim
from sohoa.pipeline.dispatch.bench import Bench
from sohoa.pipeline.dispatch.carrying import carry
from sohoa.pipeline.dispatch.chunks import TRIES, join, read_chunk
from sohoa.pipeline.dispatch.heartbeat import Hold
from sohoa.pipeline.dispatch.slots import Slots
from sohoa.pipeline.dispatch.tending import tend
from sohoa.pipeline.dispatch.worker import lease_next
from sohoa.pipeline.models import Chunk, Item, State
from sohoa.pipeline.signing.office import open_office
from sohoa.pipeline.sources.folder import Found
from sohoa.storage.objects.folder import FolderStore
from sohoa.storage.objects.seaweed import Connection
from tests.papers import pdf

NOON = datetime(2026, 3, 2, 5, tzinfo=UTC)
LATER = timedelta(hours=1)
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    with FolderStore(tmp_path / "kho") as store:
        store.prepare()
    return Bench(tmp_path, Connection(f"file://{tmp_path}/kho", "", ""), "NONE", 1, 1, "fast", share_out=2)


@pytest.fixture
def long_paper(bench: Bench, tmp_path: Path) -> Item:
    """Five pages, captured: three parts of two wait to be read."""
    path = tmp_path / "dài.pdf"
    path.write_bytes(pdf(*((f"Trang thứ {number}",) for number in range(1, 6))))
    item = claim(Found(path, ""), bench.claims, Order(sign=False), now=NOON).item
    turn(bench, "a:1:1")
    return item


def turn(bench: Bench, holder: str, *, go_on: Callable[[], bool] = lambda: True) -> Item | Chunk | None:
    """What a worker does once."""
    leased, slots = lease_next(holder), Slots(bench.claims / "slots", 1)
    if isinstance(leased, Chunk):
        read_chunk(leased, bench, slots, go_on=go_on, hold=Hold(leased))
    elif leased:
        with FolderStore(bench.home / "kho") as store, open_office(bench.home) as office:
            carry(leased, bench, store, office, slots, go_on=go_on)
    return leased


def test_its_pages_are_read_by_whoever_is_free_and_then_it_goes_on(bench: Bench, long_paper: Item) -> None:
    parts = [turn(bench, f"{name}:1:1") for name in "abc"]
    assert [(part.first, part.last) for part in parts if isinstance(part, Chunk)] == [(1, 2), (3, 4), (5, 5)]
    assert turn(bench, "b:1:1") == long_paper
    long_paper.refresh_from_db()
    assert (long_paper.state, long_paper.pages, long_paper.pages_read, long_paper.waiting_for) == (State.ARCHIVED, 5, 5, "")
    assert not Chunk.objects.exists()


def test_while_a_part_is_open_nobody_takes_the_paper(bench: Bench, long_paper: Item) -> None:
    taken = [lease_next(f"{name}:1:1") for name in "abcd"]
    assert [type(one) for one in taken] == [Chunk, Chunk, Chunk, type(None)]
    assert not join(long_paper.pk, now=NOON)


def test_a_part_whose_worker_was_killed_is_read_by_another(bench: Bench, long_paper: Item) -> None:
    lost = lease_next("elsewhere:1:1")
    assert isinstance(lost, Chunk)
    for name in "ab":
        turn(bench, f"{name}:1:1")
    assert turn(bench, "a:1:1") is None
    Chunk.objects.filter(pk=lost.pk).update(lease_until=NOON)
    tend(bench, now=NOON + LATER)
    assert turn(bench, "a:1:1") == lost
    assert not lost.renew(now=NOON, length=LATER)
    assert turn(bench, "a:1:1") == long_paper


def test_a_paper_whose_last_reader_died_before_it_said_so_is_joined_all_the_same(bench: Bench, long_paper: Item) -> None:
    Chunk.objects.update(done=True)
    assert turn(bench, "a:1:1") is None
    assert tend(bench, now=NOON).let_go == 1
    assert turn(bench, "a:1:1") == long_paper


def test_a_part_that_ends_its_worker_again_and_again_leaves_the_paper_to_one_worker(bench: Bench, long_paper: Item) -> None:
    Chunk.objects.filter(first=1).update(attempts=TRIES)
    turn(bench, "a:1:1")
    assert not Chunk.objects.exists()
    long_paper.refresh_from_db()
    assert (long_paper.waiting_for, long_paper.last_error["code"]) == ("", "pipeline.gave_up")
    turn(bench, "a:1:1")
    long_paper.refresh_from_db()
    assert (long_paper.state, long_paper.last_error) == (State.ARCHIVED, None)


def test_a_worker_asked_to_stop_gives_its_part_back_with_the_pages_read_so_far(bench: Bench, long_paper: Item) -> None:
    turn(bench, "a:1:1", go_on=lambda: False)
    first = Chunk.objects.get(first=1)
    assert (first.done, first.lease_holder, first.lease_until) == (False, "", None)
    assert turn(bench, "b:1:1") == first
    long_paper.refresh_from_db()
    assert long_paper.pages_read == 2  # each counted once
