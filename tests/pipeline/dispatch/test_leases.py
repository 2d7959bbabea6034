"""Which paper is next, and whose it is for how long."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sohoa.pipeline.dispatch.heartbeat import LEASE, Heart, Hold
from sohoa.pipeline.dispatch.lanes import ALL, LaneUnknown, lanes_named, names_of
from sohoa.pipeline.dispatch.sweeper import sweep
from sohoa.pipeline.dispatch.worker import lease_next
from sohoa.pipeline.models import Item, Presence, Priority, State, Turn

NOON = datetime(2026, 3, 2, 5, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
pytestmark = pytest.mark.django_db


def paper(number: int, *, minutes: int = 0, **columns: object) -> Item:
    """One that has waited since so many minutes after noon."""
    moment = NOON + minutes * MINUTE
    return Item.objects.create(content=f"{number:064}", source="x", waiting_since=moment, claimed_at=moment, **columns)


def order_of_leasing() -> list[int]:
    taken = []
    while item := lease_next("a:1:1"):
        taken.append(int(item.content))
    return taken


def test_what_a_citizen_waits_for_goes_before_every_stack_and_the_oldest_first_within() -> None:
    paper(1, minutes=0)
    paper(2, minutes=5, priority=Priority.COUNTER)
    paper(3, minutes=3, state=State.COMPOSED)
    paper(4, minutes=4, priority=Priority.COUNTER)
    assert order_of_leasing() == [4, 2, 1, 3]


def test_what_waits_for_something_or_has_ended_is_not_leased() -> None:
    paper(1, waiting_for="disk_space")
    paper(2, state=State.ARCHIVED)
    paper(3, state=State.QUARANTINED)
    paper(4, state=State.REVIEW)
    assert order_of_leasing() == []


def test_a_worker_takes_only_papers_of_the_queues_it_is_told() -> None:
    paper(1)
    paper(2, state=State.COMPOSED)
    paper(3, state=State.SIGNED, priority=Priority.COUNTER)
    item = lease_next("a:1:1", lanes_named("finish.backlog"))
    assert item and int(item.content) == 2
    assert lease_next("a:1:1", lanes_named("finish.backlog")) is None
    assert [lane.name for lane in lanes_named("counter")] == ["sohoa.finish.counter", "sohoa.read.counter"]
    assert lanes_named("") == lanes_named("read,finish") == lanes_named(names_of(ALL)) == ALL


def test_a_queue_that_is_not_there_is_refused_by_its_name() -> None:
    with pytest.raises(LaneUnknown) as refused:
        lanes_named("read,đọc")
    assert "đọc" in str(refused.value) and refused.value.exit_code == 2


def test_the_next_paper_is_found_without_looking_at_those_that_have_ended() -> None:
    plan = Item.free().exclude(state__in=[State.CLAIMED]).order_by("priority", "waiting_since", "pk")[:10].explain()
    assert "pipeline_free_first" in plan and "TEMP B-TREE" not in plan


def test_a_lease_that_ran_out_goes_back_and_the_try_counts() -> None:
    paper(1)
    # Another machine's: nobody can look whether its process is still there.
    item = Item.lease("elsewhere:1:1", now=NOON, length=LEASE)
    assert item and sweep(now=NOON + LEASE - MINUTE) == 0
    assert sweep(now=NOON + LEASE + MINUTE) == 1
    again = Item.lease("elsewhere:2:2", now=NOON, length=LEASE)
    assert again and again.attempts == 2
    assert not item.renew(now=NOON, length=LEASE) and not item.advance(State.CAPTURED, now=NOON, length=LEASE)


@pytest.mark.django_db(transaction=True)
def test_a_heartbeat_keeps_the_lease_of_the_paper_in_hand_and_tells_when_it_was_lost() -> None:
    item = paper(1)
    assert Item.lease("a:1:1", now=NOON, length=MINUTE)
    item.refresh_from_db()
    with Heart("a:1:1", Presence.WORKER, every=0.01) as heart, heart.over(item) as hold:
        _until(lambda: Item.objects.get().lease_until > NOON + MINUTE)
        assert not hold.lost
        Item.objects.update(lease_holder="b:2:2")
        _until(lambda: hold.lost)
        assert Presence.objects.get().holder == "a:1:1"
    assert not Presence.objects.exists()


def test_a_worker_that_hangs_ends_itself(tmp_path: Path) -> None:
    hangs = """
import os, threading
import django
django.setup()
from sohoa.pipeline.dispatch.heartbeat import Heart
class Paper:
    def renew(self, **_): return True
with Heart("a:1:1", "worker", every=0.02, stuck=0.1) as heart, heart.over(Paper()):
    threading.Event().wait(60)
"""
    told = {
        "SOHOA_HOME": str(tmp_path),
        "DJANGO_SETTINGS_MODULE": "sohoa.config.django",
        "PYTHONPATH": str(Path(__file__).parents[3]),
    }
    ran = subprocess.run([sys.executable, "-c", hangs], env={**os.environ, **told}, timeout=60, capture_output=True)
    assert ran.returncode == -signal.SIGKILL, ran.stderr


def test_progress_is_what_keeps_a_long_paper_from_being_taken_for_a_hanging_one() -> None:
    hold = Hold(paper(1), progress=0.0)
    hold.got_on()
    assert hold.progress > 0.0


def test_a_turn_is_one_processs_until_it_ends_or_runs_out() -> None:
    assert Turn.take("beat", "far:1:1", now=NOON, length=MINUTE)
    assert not Turn.take("beat", "away:2:2", now=NOON, length=MINUTE)
    assert Turn.take("beat", "far:1:1", now=NOON + MINUTE, length=MINUTE)
    assert Turn.take("beat", "away:2:2", now=NOON + 3 * MINUTE, length=MINUTE)
    Turn.give_back("beat", "far:1:1")
    assert Turn.objects.get().holder == "away:2:2"


def _until(true) -> None:
    """Asked again and again; the test's own time-out ends what never comes."""
    while not true():
        threading.Event().wait(0.005)
