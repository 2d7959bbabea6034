"""`sohoa register import`: dossiers, components and results from the one-stop system."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sohoa.cli.output import Json, number_vi, people, print_json
from sohoa.cli.workplace import with_catalogue, with_store
from sohoa.kernel.clock import now
from sohoa.kernel.errors import Exit
from sohoa.pipeline.errors import SourceMissing
from sohoa.storage.archive import Lock
from sohoa.storage.register_import import weigh
from sohoa.storage.register_keeping import import_register


def import_(
    file: Annotated[Path, typer.Argument(help="Tệp CSV (UTF-8) xuất từ hệ thống một cửa.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Chỉ kiểm tra và báo, không ghi gì.")] = False,
    as_json: Json = False,
) -> None:
    """Nhập hồ sơ, thành phần hồ sơ và kết quả; nhập lại cùng tệp không làm thay đổi gì.

    \b
    Ví dụ:
      sohoa register import so-dang-ky.csv --dry-run
      sohoa register import so-dang-ky.csv
    """
    if not file.is_file():
        raise SourceMissing()
    here, moment = with_catalogue(), now()
    if dry_run:
        imported = weigh(file)
    else:
        with with_store(here) as store:
            retention = Lock(here.lock_mode, here.lock_days).retention(moment)
            imported = import_register(file, store, retention=retention, now=moment)
    if as_json:
        print_json(imported.as_dict())
    else:
        said = "Sẽ nhập" if dry_run else "Đã nhập"
        people.print(
            f"{said}: {number_vi(imported.created)} hồ sơ mới, {number_vi(imported.updated)} thay đổi, {number_vi(imported.unchanged)} giữ nguyên."
        )
        for refused in imported.refused:
            people.print(
                f"[yellow]•[/] dòng {refused.line}, hồ sơ {refused.dossier or '—'}: {refused.reason}. Sửa dòng này rồi nhập lại."
            )
    raise typer.Exit(int(Exit.NEEDS_A_PERSON if imported.refused else Exit.OK))


def add_to(app: typer.Typer) -> None:
    register = typer.Typer(help="Sổ đăng ký hồ sơ lấy từ hệ thống một cửa.", no_args_is_help=True)
    register.callback()(lambda: None)
    register.command("import")(import_)
    app.add_typer(register, name="register")
