"""What runs, what waits, for what, since when and who can free it: the whole of dispatch at one moment, from the tables alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.db.models import Count, Min, Sum

from sohoa.pipeline.dispatch.lanes import ALL
from sohoa.pipeline.dispatch.pressure import Pressure, pressure
from sohoa.pipeline.dispatch.tables import Chunk, Presence
from sohoa.pipeline.models import DISK, Item, State

RATE_OVER = timedelta(minutes=10)
SILENT_AFTER = timedelta(minutes=2)  # without a heartbeat
SHOWN = 50  # papers in work

ADMINISTRATOR, STORE_KEEPER, SIGNER, WORKER = "người quản trị máy", "người quản trị kho lưu trữ", "người ký", "tiến trình xử lý"


@dataclass(frozen=True, slots=True)
class InWork:
    """paper: the first letters of its hash, as in the log; no name."""

    paper: str
    state: str
    pages: int
    pages_read: int
    attempts: int
    holder: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Waits:
    """papers wait for `what`: an error's code, disk_space, or "" for a worker, `lane` says which queue. since: the first of them."""

    what: str
    papers: int
    since: datetime
    who: str
    vi: str
    remedy: str
    lane: str = ""


@dataclass(frozen=True, slots=True)
class Process:
    holder: str
    kind: str
    since: datetime
    seen: datetime
    papers: int
    silent: bool


@dataclass(frozen=True, slots=True)
class Situation:
    """states: how many papers are in each. pages_per_minute: archived, over the last ten minutes."""

    at: datetime
    states: dict[str, int]
    in_work: tuple[InWork, ...]
    waits: tuple[Waits, ...]
    processes: tuple[Process, ...]
    pages_per_minute: float
    pressure: Pressure

    def as_dict(self) -> dict[str, Any]:
        return {
            "at": self.at.isoformat(),
            "states": self.states,
            "in_work": [_dict(one) for one in self.in_work],
            "waits": [_dict(one) for one in self.waits],
            "processes": [_dict(one) for one in self.processes],
            "pages_per_minute": self.pages_per_minute,
            "pressure": self.pressure.as_dict(),
        }


def _dict(one: InWork | Waits | Process) -> dict[str, Any]:
    told = {name: getattr(one, name) for name in one.__slots__}
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in told.items()}


def situation(home: Path, *, now: datetime) -> Situation:
    """Raises what a database that is away raises."""
    states = dict(Item.objects.values_list("state").annotate(papers=Count("pk")).order_by())
    since = now - RATE_OVER
    archived = Item.objects.filter(state=State.ARCHIVED, lease_until=None, waiting_since__gte=since).aggregate(pages=Sum("pages"))
    return Situation(
        at=now,
        states={str(state): states[state] for state in State.values if state in states},
        in_work=tuple(_in_work()),
        waits=(*_for_a_worker(), *_for_something()),
        processes=tuple(_processes(now)),
        pages_per_minute=round((archived["pages"] or 0) / (RATE_OVER / timedelta(minutes=1)), 1),
        pressure=pressure(home, now=now),
    )


def _in_work() -> Iterator[InWork]:
    for part in Chunk.objects.exclude(lease_until=None).select_related("item")[:SHOWN]:
        pages, item = part.last - part.first + 1, part.item
        yield InWork(item.content[:12], item.state, pages, 0, part.attempts, part.lease_holder, item.waiting_since)
    for item in Item.objects.exclude(lease_until=None).order_by("waiting_since")[:SHOWN]:
        yield InWork(
            item.content[:12], item.state, item.pages, item.pages_read, item.attempts, item.lease_holder, item.waiting_since
        )


def _for_a_worker() -> Iterator[Waits]:
    for lane in ALL:
        free = Item.free().filter(priority=lane.priority, state__in=lane.states)
        told = free.aggregate(papers=Count("pk"), since=Min("waiting_since"))
        if told["papers"]:
            name = lane.name.removeprefix("sohoa.")
            vi, remedy = "Chờ đến lượt.", "Chạy «sohoa worker», hoặc thêm một worker nếu phải chờ lâu."
            yield Waits("", told["papers"], told["since"], WORKER, vi, remedy, name)


def _for_something() -> Iterator[Waits]:
    waiting = Item.objects.exclude(waiting_for="")
    for told in waiting.values("waiting_for").annotate(papers=Count("pk"), since=Min("waiting_since")).order_by("waiting_for"):
        first = waiting.filter(waiting_for=told["waiting_for"]).order_by("waiting_since", "pk").first()
        why = (first.last_error if first else None) or {}
        yield Waits(
            told["waiting_for"],
            told["papers"],
            told["since"],
            _who(told["waiting_for"]),
            why.get("vi", ""),
            why.get("remedy", ""),
        )


def _who(what: str) -> str:
    if what.startswith("storage."):
        return STORE_KEEPER
    if "sign" in what:
        return SIGNER
    return WORKER if what not in (DISK,) and "." not in what else ADMINISTRATOR


def _processes(now: datetime) -> Iterator[Process]:
    for one in Presence.objects.order_by("kind", "holder"):
        yield Process(one.holder, one.kind, one.since, one.seen, one.papers, one.seen < now - SILENT_AFTER)
