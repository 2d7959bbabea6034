"""`sohoa renew`: signatures reach the level that is owed, and stay provable."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn

from sohoa.cli.output import Json, data, number_vi, people, print_json
from sohoa.cli.workplace import with_catalogue, with_store
from sohoa.kernel.clock import VIETNAM, iso_vietnam, now
from sohoa.kernel.errors import Exit
from sohoa.pipeline.signing.evidence import Proving
from sohoa.pipeline.signing.office import open_office
from sohoa.pipeline.signing.renewing import LEVEL_OWED, Became, Item, Renewing, next_end
from sohoa.storage.archive import Lock
from sohoa.storage.audit.chain import account

LEFT_VI = {"arrived_signed": "đến đã có chữ ký nên được giữ nguyên, không gia hạn", "unsigned": "không có chữ ký"}
COUNTED_VI = {
    Became.RAISED: "đã nâng mức",
    Became.RENEWED: "đã gia hạn",
    Became.DUE: "sẽ làm (chưa làm gì)",
    Became.OWED: "còn thiếu",
    Became.WAITS: "chờ dịch vụ đổi chứng thư",
    Became.FAILED: "cần người xem",
    Became.LEFT: "không cần làm gì",
}
SHOWN = 20  # lines of the same kind; the rest is counted, and all of it is in --json


def renew(
    ids: Annotated[
        list[str] | None, typer.Argument(help="Mã bản ghi; bỏ trống: mọi chữ ký đến hạn và mọi tệp còn thiếu mức.")
    ] = None,
    margin: Annotated[int, typer.Option(min=1, max=3650, help="Gia hạn trước khi hết hạn bao nhiêu ngày.")] = 365,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Chỉ liệt kê việc sẽ làm và hạn của từng việc.")] = False,
    as_json: Json = False,
) -> None:
    """Nâng mức những chữ ký còn thiếu dấu thời gian, gia hạn chữ ký và chứng cứ trong kho trước khi hết hạn. Nên chạy mỗi đêm.

    Chỉ thêm vào cuối tệp; bản cũ trong kho ở nguyên đó. Dừng giữa chừng thì chạy lại lệnh này để làm tiếp.

    \b
    Ví dụ:
      sohoa renew
      sohoa renew --dry-run --margin 730
    """
    here = with_catalogue()
    lock, moment = Lock(here.lock_mode, here.lock_days), now()
    with open_office(here.home) as office, with_store(here) as store:
        renewing = Renewing(office, store, lock, timedelta(days=margin), now, account(), dry_run)
        records = renewing.records(ids or ())
        jobs = [] if ids else renewing.jobs()
        every = _with_bar(renewing.run(jobs, records), len(jobs) + len(records))
        items = [item for item in every if item.became is not Became.LEFT or ids]
        if not ids:
            proving = Proving(office, store, lock, now, account(), dry_run)
            items += proving.renew(margin=timedelta(days=margin))
    first = next_end()
    if as_json:
        counted = Counter(item.became for item in items)
        counts = {one.value: counted[one] for one in Became}
        print_json({**counts, "next_end": iso_vietnam(first) if first else None, "items": [_told(item) for item in items]})
    else:
        _summary(items)
        if first:
            people.print(_when(first, timedelta(days=margin), moment))
    raise typer.Exit(max((int(item.exit_code) for item in items), default=int(Exit.OK)))


def _with_bar(items: Iterable[Item], total: int) -> Iterator[Item]:
    columns = (SpinnerColumn(), TextColumn("Đang gia hạn chữ ký"), BarColumn(), MofNCompleteColumn(), TextColumn("chữ ký"))
    with Progress(*columns, console=people, transient=True) as bar:
        task = bar.add_task("", total=total)
        for item in items:
            bar.advance(task)
            yield item


def _told(item: Item) -> dict[str, Any]:
    return {
        "kind": item.kind,
        "id": item.id,
        "output": item.place or None,
        "became": item.became.value,
        "reason": item.reason,
        "before": item.before,
        "level": item.level,
        "wanted": item.wanted,
        "renew_by": iso_vietnam(item.by) if item.by else None,
        "error": item.error.as_dict() if item.error else None,
    }


def _summary(items: list[Item]) -> None:
    """What was done, a line each; what was not, by its reason and with the way out; the counts."""
    parted = {became: [item for item in items if item.became is became] for became in Became}
    _lines("[green]✓[/]", [f"{_name(one)}: {_done(one)}" for one in parted[Became.RAISED] + parted[Became.RENEWED]])
    _lines("▸", [f"{_name(one)}: {_planned(one)}" for one in parted[Became.DUE]])
    _lines("·", [f"{_name(one)}: {LEFT_VI.get(one.reason, 'chưa đến hạn' + _until(one))}" for one in parted[Became.LEFT]])
    for became, mark in ((Became.FAILED, "[red]✗[/]"), (Became.OWED, "[yellow]![/]"), (Became.WAITS, "·")):
        _by_reason(parted[became], mark)
    counts = [f"{number_vi(len(parted[one]))} {word}" for one, word in COUNTED_VI.items() if parted[one]]
    people.print(" · ".join(counts) or "Chưa có chữ ký nào đến hạn.")


def _when(first: datetime, margin: timedelta, moment: datetime) -> str:
    later = f"; «sohoa renew» gia hạn từ ngày {_day(first - margin)}" if first - margin > moment else ""
    return f"Chữ ký hết hạn sớm nhất: {_day(first)}{later}."


def _lines(mark: str, lines: list[str]) -> None:
    for line in lines[:SHOWN]:
        data.print(f"{mark} {line}")
    if len(lines) > SHOWN:
        data.print(f"  … và {number_vi(len(lines) - SHOWN)} chữ ký khác (xem đủ bằng --json)")


def _by_reason(items: list[Item], mark: str) -> None:
    """Those that the same thing stands in the way of are told together: an outage meets a thousand alike."""
    alike: dict[str, list[Item]] = {}
    for item in items:
        if item.error:
            alike.setdefault(item.error.code, []).append(item)
    for same in alike.values():
        told = same[0].error.as_dict() if same[0].error else {}
        people.print(f"{mark} {number_vi(len(same))} chữ ký: {told['vi']}\n    → {told['remedy']}")
        for item in same[:SHOWN]:
            people.print(f"    {_name(item)}{_until(item)}")
        if len(same) > SHOWN:
            people.print(f"    … và {number_vi(len(same) - SHOWN)} chữ ký khác (xem đủ bằng --json)")


def _name(item: Item) -> str:
    return escape(item.place) if item.kind == "file" else f"bản ghi {item.id}"


def _done(item: Item) -> str:
    what = f"{item.before} → {item.level}" if item.became is Became.RAISED else f"đã gia hạn, {item.level}"
    owed = f" [yellow]· chưa đạt {item.wanted}[/]" if item.error else ""
    return what + _until(item) + owed


def _planned(item: Item) -> str:
    return f"nâng {item.before} → {item.wanted}{_until(item)}" if item.reason == LEVEL_OWED else f"gia hạn{_until(item)}"


def _until(item: Item) -> str:
    return f", hết hạn {_day(item.by)}" if item.by else ""


def _day(moment: datetime) -> str:
    return f"{moment.astimezone(VIETNAM):%d/%m/%Y}"


def add_to(app: typer.Typer) -> None:
    app.command()(renew)
