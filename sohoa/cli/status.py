"""`sohoa status`: what runs, what waits, for what, since when, who can free it."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from typing import Annotated

import typer
from rich.console import Group, RenderableType
from rich.live import Live
from rich.text import Text

from sohoa.cli.output import Json, data, number_vi, print_json, table
from sohoa.cli.workplace import with_catalogue
from sohoa.kernel.clock import now
from sohoa.kernel.errors import Exit
from sohoa.pipeline.dispatch.pressure import Level
from sohoa.pipeline.dispatch.situation import Situation, situation
from sohoa.pipeline.models import PAGES

STATES_VI = {
    "claimed": "mới nhận",
    "captured": "đang đọc trang",
    "recognised": "đã đọc chữ",
    "classified": "đã phân loại",
    "review": "chờ người xem",
    "composed": "chờ ký",
    "signed": "chờ lưu kho",
    "archived": "đã lưu kho",
    "quarantined": "cách ly",
    "excluded": "không số hóa",
}
PRESSURE_VI = {Level.GO: "[green]nhận bình thường[/]", Level.SLOW: "[yellow]nên nhận chậm lại[/]", Level.STOP: "[red]ngừng nhận[/]"}
KINDS_VI = {"worker": "xử lý", "beat": "trông nom"}
EVERY = 2.0  # seconds between two looks


def status(
    watch: Annotated[bool, typer.Option("--watch", help="Nhìn liên tục, hai giây một lần; Ctrl-C để thôi.")] = False,
    as_json: Json = False,
) -> None:
    """Việc gì đang chạy, việc gì đang chờ, chờ cái gì, từ bao giờ, ai gỡ được.

    \b
    Ví dụ:
      sohoa status
      sohoa status --watch
      sohoa status --json
    """
    here = with_catalogue()
    seen = situation(here.home, now=now())
    if watch and not as_json:
        _watch(here.home, seen)
    elif as_json:
        print_json(seen.as_dict())
    else:
        data.print(_drawn(seen))
    raise typer.Exit(int(Exit.NEEDS_A_PERSON if any(wait.what not in ("", PAGES) for wait in seen.waits) else Exit.OK))


def _watch(home, seen: Situation) -> None:
    try:
        with Live(_drawn(seen), console=data, auto_refresh=False) as screen:
            while True:
                time.sleep(EVERY)
                screen.update(_drawn(situation(home, now=now())), refresh=True)
    except KeyboardInterrupt:
        pass


def _drawn(seen: Situation) -> RenderableType:
    parts: list[RenderableType] = []
    if seen.states:
        counts = [(STATES_VI.get(state, state), number_vi(count)) for state, count in seen.states.items()]
        parts.append(table("Giấy tờ", "Số lượng", rows=counts, right=(1,)))
    rate = f"{seen.pages_per_minute:.1f}".replace(".", ",")
    parts.append(Text.from_markup(f"{rate} trang/phút trong mười phút qua · {PRESSURE_VI[seen.pressure.level]}"))
    parts.extend(Text.from_markup(f"  • {reason.vi}") for reason in seen.pressure.reasons)
    if seen.in_work:
        rows = [
            (one.paper, STATES_VI.get(one.state, one.state), f"{one.pages_read}/{one.pages}", _ago(seen.at, one.since), one.holder)
            for one in seen.in_work
        ]
        parts.append(table("Đang làm", "Bước", "Trang", "Từ", "Ai", rows=rows, right=(2,)))
    if seen.waits:
        rows = [
            (
                wait.what or f"worker ({wait.lane})",
                number_vi(wait.papers),
                _ago(seen.at, wait.since),
                wait.who,
                wait.remedy or wait.vi,
            )
            for wait in seen.waits
        ]
        parts.append(table("Đang chờ", "Giấy tờ", "Từ", "Ai gỡ được", "Việc cần làm", rows=rows, right=(1,)))
    if seen.processes:
        rows = [
            (
                KINDS_VI.get(one.kind, one.kind),
                one.holder,
                _ago(seen.at, one.since),
                ("[red]im lặng[/] " if one.silent else "") + _ago(seen.at, one.seen),
                number_vi(one.papers),
            )
            for one in seen.processes
        ]
        parts.append(table("Tiến trình", "Tên", "Chạy từ", "Báo lần cuối", "Giấy tờ", rows=rows, right=(4,)))
    else:
        parts.append(Text("Không có tiến trình nào đang chạy."))
    return Group(*parts)


def _ago(at: datetime, then: datetime) -> str:
    passed = max(at - then, timedelta())
    if passed < timedelta(minutes=1):
        return f"{int(passed.total_seconds())} giây trước"
    if passed < timedelta(hours=1):
        return f"{int(passed.total_seconds() // 60)} phút trước"
    return f"{int(passed.total_seconds() // 3600)} giờ trước"


def add_to(app: typer.Typer) -> None:
    app.command()(status)
