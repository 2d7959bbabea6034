"""Time is stored in UTC and shown in Vietnam's."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

# Vietnam keeps one zone and no summer time; a fixed offset needs no zone database on the machine.
VIETNAM = timezone(timedelta(hours=7), "Asia/Ho_Chi_Minh")


def now() -> datetime:
    """The present, aware, UTC. Called at the borders (command, worker loop); inside, time is an argument."""
    return datetime.now(UTC)


def iso_vietnam(moment: datetime) -> str:
    """`2024-07-15T08:30:00+07:00`, as NĐ 30/2020 wants the time of a signature written."""
    return moment.astimezone(VIETNAM).isoformat(timespec="seconds")
