"""`sohoa rebuild`: the catalogue, the search and the indicators again from the object store alone."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from sohoa.cli.output import Json, number_vi, people, print_json
from sohoa.cli.workplace import with_catalogue, with_store
from sohoa.config.settings import Settings
from sohoa.kernel.clock import now
from sohoa.kernel.errors import Exit, SohoaError
from sohoa.pipeline.auditing import fix
from sohoa.pipeline.rebuilding import (
    Done,
    catalogue_is_empty,
    compared_with,
    place_beside,
    put_in_place,
    rebuild_here,
    run_beside,
)
from sohoa.pipeline.signing.office import open_office
from sohoa.storage.archive import Lock
from sohoa.storage.audit import chain
from sohoa.storage.search.index import drain, reindex


def rebuild(
    replace: Annotated[
        bool, typer.Option("--replace", help="Dùng danh mục vừa dựng thay cho danh mục hiện tại (giữ lại bản cũ).")
    ] = False,
    index: Annotated[bool, typer.Option("--search", help="Chỉ dựng lại chỉ mục tìm kiếm; vẫn tìm được trong lúc dựng.")] = False,
    only_to_compare: Annotated[bool, typer.Option("--only-to-compare", hidden=True)] = False,
    as_json: Json = False,
) -> None:
    """Dựng lại danh mục, chỉ mục tìm kiếm, chỉ số và nhật ký chỉ từ kho lưu trữ, rồi nói khác gì với danh mục đang dùng.

    \b
    Danh mục trống: dựng thẳng vào. Danh mục đang có dữ liệu: dựng sang bên cạnh và so từng dòng, không đụng vào bản đang dùng.
    \b
    Ví dụ:
      sohoa rebuild
      sohoa rebuild --replace
      sohoa rebuild --search
    """
    here = with_catalogue()
    if index:
        told = _index(as_json=as_json)
    elif catalogue_is_empty():
        told = _here(here)
        if not only_to_compare:
            _log(told)
    else:
        told = _beside(here, replace=replace)
    if as_json:
        print_json(told)
    else:
        _tell(told)
    raise typer.Exit(int(Exit.NEEDS_A_PERSON if told.get("lost") or told.get("differences", {}).get("total") else Exit.OK))


def _bar(what: str) -> Progress:
    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=people, transient=True)


def _here(here: Settings) -> dict[str, Any]:
    with with_store(here) as store, _bar("Đang dựng lại danh mục") as bar:
        task = bar.add_task("", total=None)
        done = rebuild_here(store, here.keys, lambda at, of: bar.update(task, completed=at, total=of))
    drain()
    return _told(done)


def _told(done: Done) -> dict[str, Any]:
    lost = [
        {"sequence": one.sequence, "subject": one.subject, "action": one.action, "error": one.code} for one in done.rebuilt.lost
    ]
    return {
        "replayed": done.rebuilt.replayed,
        "entered": done.rebuilt.entered,
        "lost": lost,
        "audit": {
            "size": done.log.size,
            "head": done.log.head,
            "checkpoints": done.log.checkpoints,
            "key_unproven": done.key_unproven,
        },
    }


def _log(told: dict[str, Any]) -> None:
    details = {"replayed": told["replayed"], "entered": told["entered"], "lost": len(told["lost"])}
    chain.append("catalogue.rebuilt", "catalogue", now=now(), details=details)


def _beside(here: Settings, *, replace: bool) -> dict[str, Any]:
    moment = now()
    place = place_beside(here.home, moment)
    people.print("Danh mục đang có dữ liệu: dựng sang bên cạnh để so, bản đang dùng không thay đổi.")
    with with_store(here) as store:
        # What was done since the last checkpoint is to be found in the bucket too, or it would look lost.
        with suppress(SohoaError), open_office(here.home) as office:
            fix(office, store, Lock(here.lock_mode, here.lock_days), now=moment)
        told = json.loads(run_beside(place))
    found = compared_with(place)
    told["differences"] = {"total": found.total, "shown": [one.as_dict() for one in found.shown]}
    if replace and here.database.file is not None:
        kept = put_in_place(place, here.database.file, moment)
        _log(told)
        return {**told, "replaced": True, "kept": kept.name}
    for path in (place, place.with_name(f"{place.name}-wal"), place.with_name(f"{place.name}-shm")):
        path.unlink(missing_ok=True)
    return {**told, "replaced": False}


def _index(*, as_json: bool) -> dict[str, Any]:
    with _bar("Đang dựng lại chỉ mục") as bar:
        task = bar.add_task("", total=None)
        done = reindex(lambda at, of: bar.update(task, completed=at, total=of))
    return {"indexed": done.pages}


def _tell(told: dict[str, Any]) -> None:
    if "indexed" in told:
        people.print(f"Đã dựng lại chỉ mục tìm kiếm: {number_vi(told['indexed'])} trang.")
        return
    audit = told["audit"]
    people.print(
        f"Nhật ký: {number_vi(audit['size'])} sự kiện từ {number_vi(audit['checkpoints'])} mốc đã ký. "
        f"Dựng lại {number_vi(told['replayed'])} việc, thêm {number_vi(told['entered'])} gói mà nhật ký chưa kịp ghi mốc."
    )
    if audit["key_unproven"]:
        people.print("[yellow]•[/] Máy này không có khóa của nhật ký; đã tin khóa ghi trong kho. So vân tay: sohoa audit key")
    for one in told["lost"][:20]:
        people.print(f"[red]✗[/] không lấy lại được {one['subject']} ({one['action']}): {one['error']}")
    if told["lost"]:
        people.print(f"  → {number_vi(len(told['lost']))} việc không lấy lại được; khôi phục từ bản sao lưu: sohoa backup --help")
    if "differences" in told:
        _tell_differences(told)


_WHAT_VI = {"missing": "không có trong kho", "extra": "có trong kho, danh mục đang dùng không có"}


def _tell_differences(told: dict[str, Any]) -> None:
    found = told["differences"]
    if not found["total"]:
        people.print("[green]✓[/] Danh mục đang dùng giống hệt những gì kho lưu trữ nói.")
    for one in found["shown"][:20]:
        what = ", ".join(_WHAT_VI.get(name, name) for name in one["what"])
        people.print(f"[red]≠[/] {one['table']} {' · '.join(one['key'])}: {what}")
    if found["total"]:
        people.print(f"  {number_vi(found['total'])} dòng khác nhau; xem đủ bằng --json.")
    if told["replaced"]:
        people.print(f"Đã dùng danh mục vừa dựng; bản cũ giữ ở {told['kept']}.")
    elif found["total"]:
        people.print("  → Kho lưu trữ là gốc. Sau khi tìm hiểu lý do: sohoa rebuild --replace")


def add_to(app: typer.Typer) -> None:
    app.command()(rebuild)
