"""`sohoa doctor`: everything sohoa stands on, and how to mend what is not right."""

from __future__ import annotations

import typer
from rich.markup import escape

from sohoa.cli.output import MARKS, Json, people, print_json
from sohoa.config.settings import settings
from sohoa.kernel.errors import Exit
from sohoa.kernel.verdicts import Outcome
from sohoa.pipeline.checkup import checkup


def doctor(as_json: Json = False) -> None:
    """Kiểm tra mọi thứ sohoa cần: chương trình, phông chữ, khóa, ổ đĩa, cơ sở dữ liệu, kho lưu trữ; nói cách sửa từng điều.

    \b
    Ví dụ:
      sohoa doctor
    """
    found = []
    for check in checkup(settings()):
        found.append(check)
        if not as_json:
            people.print(
                f"{MARKS[check.outcome]} {check.what}: {escape(check.found)}"
                + (f"\n    → {escape(check.remedy)}" if check.remedy else "")
            )
    if as_json:
        print_json({"checks": [check.as_dict() for check in found]})
    failed = [check for check in found if check.outcome is Outcome.FAILED]
    if not as_json:
        people.print("Mọi thứ sẵn sàng." if not failed else f"Còn {len(failed)} điều phải sửa trước khi làm việc.")
    raise typer.Exit(int(max((check.exit_code for check in failed), default=Exit.OK)))


def add_to(app: typer.Typer) -> None:
    app.command()(doctor)
