"""What waits is let go when what it waits for is back; intake is told when to slow down; both are shown."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sohoa.pipeline.dispatch.bench import Bench
from sohoa.pipeline.dispatch.holder import this_host
from sohoa.pipeline.dispatch.pressure import Level, Limits, pressure
from sohoa.pipeline.dispatch.situation import situation
from sohoa.pipeline.dispatch.tending import AGAIN, tend
from sohoa.pipeline.models import Item, Presence, State
from sohoa.storage.objects.seaweed import Connection

NOON = datetime(2026, 3, 2, 5, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
PLENTY = 100 << 30
pytestmark = pytest.mark.django_db


def paper(number: int, *, since: datetime = NOON, **columns: object) -> Item:
    return Item.objects.create(content=f"{number:064}", source="x", waiting_since=since, claimed_at=since, **columns)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """Its store is a folder, which is always there."""
    return Bench(tmp_path, Connection(f"file://{tmp_path}/kho", "", ""), "NONE", 1, 1, "fast")


def waits() -> list[str]:
    return list(Item.objects.order_by("content").values_list("waiting_for", flat=True))


def test_papers_that_wait_for_room_go_on_when_there_is_some(bench: Bench) -> None:
    paper(1, waiting_for="disk_space")
    assert tend(bench, now=NOON, room=0).let_go == 1
    assert waits() == [""]


def test_what_a_signer_keeps_waiting_is_tried_again_after_a_while(bench: Bench) -> None:
    paper(1, waiting_for="pipeline.signer_not_ready")
    assert tend(bench, now=NOON + AGAIN - MINUTE).let_go == 0
    assert tend(bench, now=NOON + AGAIN).let_go == 1


def test_what_waits_for_a_person_is_left_to_the_person(bench: Bench) -> None:
    paper(1, waiting_for="batch_paused")
    assert tend(bench, now=NOON + 100 * AGAIN).let_go == 0
    assert waits() == ["batch_paused"]


def test_a_process_that_was_killed_is_taken_off_the_list(bench: Bench) -> None:
    Presence.note(f"{this_host()}:1:never", Presence.WORKER, now=NOON)
    Presence.note("elsewhere:1:1", Presence.WORKER, now=NOON)
    tend(bench, now=NOON + 30 * MINUTE)
    assert [one.holder for one in Presence.objects.all()] == ["elsewhere:1:1"]
    tend(bench, now=NOON + 90 * MINUTE)
    assert not Presence.objects.exists()


def test_intake_goes_on_while_there_is_room_and_somebody_works(tmp_path: Path) -> None:
    paper(1)
    Presence.note("a:1:1", Presence.WORKER, now=NOON)
    assert pressure(tmp_path, now=NOON, free=PLENTY).level is Level.GO


@pytest.mark.parametrize(
    ("free", "level"), [(PLENTY, Level.GO), (3 << 30, Level.SLOW), (1 << 20, Level.STOP)], ids=["plenty", "little", "none"]
)
def test_intake_slows_and_stops_as_the_disk_fills(tmp_path: Path, free: int, level: Level) -> None:
    assert pressure(tmp_path, now=NOON, free=free).level is level


def test_intake_slows_and_stops_as_papers_pile_up(tmp_path: Path) -> None:
    Presence.note("a:1:1", Presence.WORKER, now=NOON)
    for number in range(4):
        paper(number)
    limits = [Limits(slow_papers=slow, stop_papers=stop) for slow, stop in ((5, 9), (3, 9), (2, 4))]
    told = [pressure(tmp_path, now=NOON, free=PLENTY, limits=one) for one in limits]
    assert [held.level for held in told] == [Level.GO, Level.SLOW, Level.STOP]
    assert [reason.code for reason in told[2].reasons] == ["papers_wait"]
    assert "4" in told[2].reasons[0].vi


def test_intake_is_told_that_nobody_works_and_that_the_store_is_away(tmp_path: Path) -> None:
    paper(1)
    paper(2, waiting_for="storage.unreachable")
    held = pressure(tmp_path, now=NOON, free=PLENTY)
    assert held.level is Level.SLOW and {reason.code for reason in held.reasons} == {"nobody_works", "store_away"}


def test_status_says_what_runs_what_waits_for_what_since_when_and_who_frees_it(tmp_path: Path) -> None:
    paper(1, since=NOON - 5 * MINUTE)
    paper(2, state=State.CAPTURED, pages=7, pages_read=3, lease_holder="a:1:1", lease_until=NOON + MINUTE, attempts=1)
    why = {"code": "storage.unreachable", "vi": "Không liên lạc được.", "remedy": "Chạy «sohoa doctor»."}
    paper(3, state=State.SIGNED, waiting_for="storage.unreachable", last_error=why, since=NOON - 2 * MINUTE)
    paper(4, state=State.ARCHIVED, pages=20, since=NOON - MINUTE)
    Presence.note("a:1:1", Presence.WORKER, now=NOON)
    Presence.note("b:2:2", Presence.BEAT, now=NOON - timedelta(hours=1))
    seen = situation(tmp_path, now=NOON).as_dict()
    assert seen["states"] == {"claimed": 1, "captured": 1, "signed": 1, "archived": 1}
    ((working,), (queued, stored)) = (seen["in_work"], seen["waits"])
    assert (working["paper"], working["pages_read"], working["pages"], working["holder"]) == ("0" * 12, 3, 7, "a:1:1")
    assert (queued["lane"], queued["papers"], queued["since"]) == ("read.backlog", 1, (NOON - 5 * MINUTE).isoformat())
    assert (stored["what"], stored["who"], stored["remedy"]) == (
        "storage.unreachable",
        "người quản trị kho lưu trữ",
        "Chạy «sohoa doctor».",
    )
    assert [(one["kind"], one["silent"]) for one in seen["processes"]] == [("beat", True), ("worker", False)]
    assert seen["pages_per_minute"] == 2.0
