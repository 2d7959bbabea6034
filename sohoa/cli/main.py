"""Where `sohoa` begins: find the command, and turn every error into a sentence, a way out and an exit code."""

from __future__ import annotations

import importlib
import json
import os
import sys
from typing import Annotated

import django
import typer

import sohoa
from sohoa.kernel.errors import SohoaError
from sohoa.kernel.memory import share_one_heap

# A command's module is imported when it is called: reading one page must not wait for what it does not use.
COMMANDS = {
    "demo": "demo",
    "digitize": "digitize",
    "watch": "watch",
    "ocr": "reading",
    "classify": "reading",
    "sign": "sign",
    "agent": "agent",
    "validate": "validate",
    "register": "register",
    "search": "archive",
    "show": "archive",
    "indicators": "indicators",
    "verify": "verify",
    "renew": "renew",
    "evidence": "evidence",
    "audit": "audit",
    "storage": "storage",
    "export": "export",
    "import": "arriving",
    "retention": "retention",
    "rebuild": "rebuild",
    "backup": "backup",
    "drill": "backup",
    "worker": "worker",
    "beat": "worker",
    "status": "status",
    "doctor": "doctor",
    "review": "review",
    "sheets": "sheets",
    "batch": "batch",
    "scan": "scan",
    "train": "train",
}


def run() -> None:
    """The console script."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sohoa.config.django")
    share_one_heap()
    try:
        django.setup()
        from sohoa.storage.catalogue.database import told

        with told():  # a database that goes away in the middle of a command is said like everything else
            application(sys.argv[1] if len(sys.argv) > 1 else "")()
    except SohoaError as error:
        _tell(error)
        sys.exit(int(error.exit_code))


def application(asked: str = "") -> typer.Typer:
    """The command line: with the one command asked for, or with all of them for `--help`."""
    app = typer.Typer(
        add_completion=False,
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode="rich",
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_about)
    wanted = [COMMANDS[asked]] if asked in COMMANDS else () if asked == "--version" else COMMANDS.values()
    for module in dict.fromkeys(wanted):
        importlib.import_module(f"sohoa.cli.{module}").add_to(app)
    return app


def _version(wanted: bool) -> None:
    if wanted:
        print(f"sohoa {sohoa.__version__}")
        raise typer.Exit


def _about(
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="In phiên bản.")] = False,
) -> None:
    """sohoa (số hóa): giấy vào, hồ sơ điện tử có ký số, tìm được, kiểm chứng được đi ra.

    \b
    Lần đầu dùng:        sohoa demo
    Số hóa một thư mục:  sohoa digitize ho-so/
    Tìm trong kho:       sohoa search "giấy phép xây dựng"
    Kiểm tra toàn kho:   sohoa verify --all

    Mã thoát: 0 xong · 1 có việc cần người xem · 2 gõ sai hoặc cấu hình sai · 3 một dịch vụ cần dùng không trả lời.
    """


def _tell(error: SohoaError) -> None:
    told = error.as_dict()
    if "--json" in sys.argv:
        print(json.dumps({"error": told}, ensure_ascii=False))
    print(f"✗ {told['vi']}\n  → {told['remedy']}\n  ({told['code']}: {told['en']})", file=sys.stderr)
