"""Whether intake may go on, should slow down or must stop, and why: asked by whatever takes papers in, shown to whoever waits.

    held = pressure(home, now=now())
    held.level, [reason.vi for reason in held.reasons]

Read from the table and the disk alone, so that asking costs a millisecond and brings nothing down.
"""

from __future__ import annotations

import enum
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.db import DatabaseError, InterfaceError

from sohoa.pipeline.dispatch.tables import Presence
from sohoa.pipeline.models import DISK, Item


class Level(enum.StrEnum):
    GO = "go"
    SLOW = "slow"  # what stands at the counter, yes; a stack, later
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class Limits:
    """free: bytes on the disk of SOHOA_HOME. papers: waiting for a worker. A page's pictures take up to 100 MB while it is worked on."""

    slow_free: int = 4 << 30
    stop_free: int = 1 << 30
    slow_papers: int = 20_000
    stop_papers: int = 200_000
    worker_seen: timedelta = timedelta(minutes=2)


LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Reason:
    """code: disk_low | papers_wait | store_away | database_away | nobody_works."""

    level: Level
    code: str
    vi: str
    en: str


@dataclass(frozen=True, slots=True)
class Pressure:
    reasons: tuple[Reason, ...] = ()

    @property
    def level(self) -> Level:
        levels = {reason.level for reason in self.reasons}
        return Level.STOP if Level.STOP in levels else Level.SLOW if levels else Level.GO

    def as_dict(self) -> dict[str, object]:
        told = [{"level": str(one.level), "code": one.code, "vi": one.vi, "en": one.en} for one in self.reasons]
        return {"level": str(self.level), "reasons": told}


def pressure(home: Path, *, now: datetime, limits: Limits = LIMITS, free: int | None = None) -> Pressure:
    """free: bytes free, where the caller knows; else the disk of `home` is asked."""
    try:
        return Pressure((*_disk(home, limits, free), *_table(now, limits)))
    except (DatabaseError, InterfaceError):
        away = Reason(Level.STOP, "database_away", "Cơ sở dữ liệu không trả lời.", "The database does not answer.")
        return Pressure((*_disk(home, limits, free), away))


def _disk(home: Path, limits: Limits, free: int | None) -> Iterator[Reason]:
    if free is None:
        free = shutil.disk_usage(home if home.exists() else home.parent).free
    if free < limits.slow_free:
        level = Level.STOP if free < limits.stop_free else Level.SLOW
        gib = f"{free / (1 << 30):.1f}"
        yield Reason(level, "disk_low", f"Ổ đĩa chỉ còn {gib.replace('.', ',')} GiB.", f"Only {gib} GiB are free on the disk.")


def _table(now: datetime, limits: Limits) -> Iterator[Reason]:
    waiting = Item.free().count()
    if waiting >= limits.slow_papers:
        level = Level.STOP if waiting >= limits.stop_papers else Level.SLOW
        yield Reason(level, "papers_wait", f"Đã có {waiting} giấy tờ chờ xử lý.", f"{waiting} papers wait already.")
    if Item.objects.filter(waiting_for__startswith="storage.").exists():
        yield Reason(
            Level.SLOW, "store_away", "Kho lưu trữ không trả lời, giấy tờ đang chờ kho.", "The store is away; papers wait for it."
        )
    if Item.objects.filter(waiting_for=DISK).exists():
        yield Reason(Level.STOP, "disk_low", "Có giấy tờ đang chờ chỗ trống trên ổ đĩa.", "Papers wait for room on the disk.")
    if waiting and not somebody_works(now, limits):
        yield Reason(Level.SLOW, "nobody_works", "Không có tiến trình xử lý nào đang chạy.", "No worker is running.")


def somebody_works(now: datetime, limits: Limits = LIMITS) -> bool:
    """Whether a worker has said of late that it is there."""
    return Presence.objects.filter(kind=Presence.WORKER, seen__gte=now - limits.worker_seen).exists()
