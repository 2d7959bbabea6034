"""How commands speak: data to stdout, people to stderr."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from sohoa.kernel.verdicts import Outcome

Json = Annotated[bool, typer.Option("--json", help="In kết quả dạng JSON ra stdout.")]

people = Console(stderr=True, highlight=False)
data = Console(highlight=False, soft_wrap=True)

# What to do about a page that no reader could read.
SCAN_AGAIN = "Mở thử trang; nếu ảnh xấu thì quét lại trang đó."
MARKS = {Outcome.OK: "[green]✓[/]", Outcome.FAILED: "[red]✗[/]", Outcome.UNDETERMINED: "[yellow]?[/]"}


def print_json(told: Any) -> None:
    """One object on one line, so that many make JSON Lines."""
    sys.stdout.write(json.dumps(told, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def table(*columns: str, rows: Iterable[Iterable[str]], right: Iterable[int] = ()) -> Table:
    drawn = Table(box=None, pad_edge=False, header_style="bold")
    for index, column in enumerate(columns):
        drawn.add_column(column, justify="right" if index in set(right) else "left", overflow="fold")
    for row in rows:
        drawn.add_row(*row)
    return drawn


def percent_vi(percent: str | None) -> str:
    """`99.55` as Vietnam writes it: 99,55 %."""
    return "—" if percent is None else percent.replace(".", ",") + " %"


def number_vi(number: int) -> str:
    """Thousands parted by dots, as Vietnam writes them."""
    return f"{number:,}".replace(",", ".")
