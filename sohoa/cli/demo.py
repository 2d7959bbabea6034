"""`sohoa demo`: the main job on generated papers, ending in one clear screen."""

from __future__ import annotations

import time
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.panel import Panel
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from sohoa.cli.digitize import digitize_with_progress
from sohoa.cli.indicators import period_dict
from sohoa.cli.output import Json, number_vi, people, percent_vi, print_json, table
from sohoa.cli.workplace import with_catalogue, with_store
from sohoa.config.settings import settings
from sohoa.kernel.clock import now
from sohoa.kernel.errors import Exit
from sohoa.pipeline.claiming import Order
from sohoa.pipeline.demo import set_aside, write_inbox
from sohoa.pipeline.dispatch.local import Run
from sohoa.pipeline.models import State
from sohoa.pipeline.outcome import DUPLICATE
from sohoa.pipeline.sources.folder import papers
from sohoa.storage.archive import Lock
from sohoa.storage.indicators.count import count, whole_register
from sohoa.storage.register_keeping import import_register


def demo(
    fresh: Annotated[bool, typer.Option("--fresh", help="Cất thư mục làm việc cũ sang một bên và làm lại từ đầu.")] = False,
    papers_count: Annotated[int, typer.Option("--papers", min=4, max=2000, help="Số giấy tờ mẫu.")] = 36,
    as_json: Json = False,
) -> None:
    """Chạy thử trọn quy trình trên giấy tờ mẫu (người và việc đều hư cấu): quét → đọc → ký → lưu kho → chỉ số.

    Chạy lại thì nhanh và không làm hỏng gì.
    """
    if fresh and (aside := set_aside(settings().home)):
        people.print(f"Thư mục làm việc cũ được giữ ở {aside.name}.")
    here = with_catalogue()
    begun = time.monotonic()
    with Progress(TextColumn("Đang tạo giấy tờ mẫu"), BarColumn(), MofNCompleteColumn(), console=people, transient=True) as bar:
        task = bar.add_task("", total=papers_count)
        inbox = write_inbox(here.home / "demo", papers_count, progress=lambda done, of: bar.update(task, completed=done, total=of))
    with with_store(here) as store:
        moment = now()
        retention = Lock(here.lock_mode, here.lock_days).retention(moment)
        register = import_register(inbox.register, store, retention=retention, now=moment)
        people.print(f"Sổ đăng ký: {register.created + register.updated + register.unchanged} hồ sơ. Giấy tờ mẫu: {inbox.folder}")
        working, since = time.monotonic(), now()
        run = digitize_with_progress(papers([inbox.folder]), here, Order(), 0, as_json=False)
    minutes = (time.monotonic() - working) / 60
    if as_json:
        span = whole_register()
        figures = [figure.as_dict() for figure in count(span)] if span else []
        print_json(
            {"files": [outcome.as_dict() for outcome in run.outcomes], "period": span and period_dict(span), "rows": figures}
        )
    else:
        _screen(run, inbox.folder, since, minutes, time.monotonic() - begun)
    # Quarantined papers are part of the show; only papers left unfinished mean that something is wrong.
    unfinished = [outcome for outcome in run.outcomes if outcome.state not in (State.ARCHIVED, State.QUARANTINED, DUPLICATE)]
    raise typer.Exit(int(run.exit_code if unfinished or run.stopped_by else Exit.OK))


def _screen(run: Run, inbox: Path, since: datetime, minutes: float, seconds: float) -> None:
    states = Counter(outcome.state for outcome in run.outcomes)
    archived = [outcome for outcome in run.outcomes if outcome.state == State.ARCHIVED]
    pages = sum(outcome.item.pages for outcome in archived)
    fresh = [outcome for outcome in archived if outcome.item.waiting_since >= since]
    pace = sum(outcome.item.pages for outcome in fresh) / minutes if minutes else 0
    lines = [
        f"Giấy tờ vào      [bold]{number_vi(len(run.outcomes))}[/] tệp",
        f"Đã lưu kho       [bold green]{number_vi(len(archived))}[/] tệp, {number_vi(pages)} trang, ký số PAdES-B-B, PDF/A-2b tìm được chữ",
        f"Trùng nội dung   {number_vi(states[DUPLICATE])} tệp (đã có trong kho, không lưu lần nữa)",
        f"Cách ly          [yellow]{number_vi(states[State.QUARANTINED])}[/] tệp, mỗi tệp một lý do:",
        *_quarantined(run),
        f"Tốc độ           {number_vi(round(pace))} trang/phút trên máy này"
        if fresh
        else "Tốc độ           mọi tệp đã có trong kho từ lần chạy trước",
    ]
    people.print(Panel("\n".join(lines), title="Giấy vào – hồ sơ điện tử có ký số ra", expand=False))
    span = whole_register()
    figures = count(span) if span else []
    people.print(
        table(
            "Chỉ số (đếm từ bằng chứng trong kho)",
            "Tử số / mẫu số",
            "Tỷ lệ",
            rows=(
                (
                    f.indicator.name_vi,
                    f"{number_vi(f.numerator)} / {number_vi(f.denominator)}",
                    percent_vi(str(f.percent) if f.percent is not None else None),
                )
                for f in figures
            ),
            right=(1, 2),
        )
    )
    people.print(
        "\nXem tiếp:\n"
        '  [bold].venv/bin/sohoa search "giay phep xay dung"[/]   tìm trong kho, gõ không dấu cũng được\n'
        "  [bold].venv/bin/sohoa indicators --why[/]              chỉ số, và hồ sơ nào còn thiếu\n"
        "  [bold].venv/bin/sohoa verify --all[/]                  kiểm tra từng tệp, từng chữ ký, nhật ký\n"
        f"  giấy tờ mẫu: {inbox}\n"
        "Chữ ký và con dấu ở đây chỉ để thử, KHÔNG CÓ GIÁ TRỊ PHÁP LÝ."
    )
    people.print(f"[dim]Tất cả mất {seconds / 60:.1f} phút.[/]".replace(".", ",", 1))


def _quarantined(run: Run) -> list[str]:
    return [
        f"   [dim]{Path(outcome.source).name}[/]: {(outcome.error or {}).get('vi', '')}"
        for outcome in run.outcomes
        if outcome.state == State.QUARANTINED
    ]


def add_to(app: typer.Typer) -> None:
    app.command()(demo)
