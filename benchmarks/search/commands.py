"""The search on a generated archive, in both databases, with the plain way of each beside it.

Figures are milliseconds for a whole answer: the outbox looked at, hits found, counted, joined, their snippets cut. What
counts is how they grow, and the ratio to the plain way in the same run.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

from rich import box
from rich.table import Table

from benchmarks.console import answered, people_told, screen, whole
from benchmarks.watching import RunFailed
from tests.fixtures_postgres import _shared_server

ROOM = 12_000  # bytes on the disk for each page, texts and both indexes and the plain one
GOALS = {100_000: 50.0, 1_000_000: 150.0}  # p95 in milliseconds


def main(given: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.search", description=__doc__)
    parser.add_argument("--pages", default="10000,100000", help="sizes one after the other (default: 10000,100000)")
    parser.add_argument("--databases", default="sqlite,postgresql")
    parser.add_argument("--each", type=whole, default=15, help="questions of each kind (default: 15)")
    parser.add_argument("--no-peer", action="store_true", help="without the plain way")
    parser.add_argument("--keep", type=Path, help="a folder for what was made; a later run goes on with what it holds")
    parser.add_argument("--postgres", default="", help="address of an empty or kept database on a server of yours")
    parser.add_argument("--json", action="store_true", help="JSON Lines instead of the table")
    asked = parser.parse_args(given)
    return answered(lambda: _measure(asked))


def _measure(asked: argparse.Namespace) -> None:
    sizes = sorted(whole(size) for size in asked.pages.split(","))
    rows: list[dict[str, Any]] = []
    with nullcontext(asked.keep) if asked.keep else tempfile.TemporaryDirectory(prefix="sohoa-search-") as folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
        if shutil.disk_usage(folder).free < sizes[-1] * ROOM * 2:
            raise RunFailed(f"{sizes[-1] * ROOM * 2 >> 30} GiB of free disk are needed")
        for database in asked.databases.split(","):
            people_told(database)
            with _database(database, Path(folder), asked.postgres) as environment:
                rows += _one(sizes, asked, environment)
    if asked.json:
        for row in rows:
            print(json.dumps(row))
        return
    _show(rows)


@contextmanager
def _database(name: str, folder: Path, address: str) -> Iterator[dict[str, str]]:
    home = {"SOHOA_HOME": str(folder / name)}
    if name == "sqlite":
        yield home
        return
    if address:
        yield {**home, "SOHOA_DATABASE_URL": address}
        return
    with _shared_server(folder / "server") as server:
        yield {**home, "SOHOA_DATABASE_URL": server.url(server.new_database())}


def _one(sizes: Sequence[int], asked: argparse.Namespace, environment: dict[str, str]) -> list[dict[str, Any]]:
    told = json.dumps({"sizes": sizes, "each": asked.each, "peer": not asked.no_peer, "home": environment["SOHOA_HOME"]})
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SOHOA_")}
    ran = subprocess.run(
        [sys.executable, "-m", "benchmarks.search.measuring", told],
        env={**kept, **environment, "DJANGO_SETTINGS_MODULE": "sohoa.config.django"},
        stdout=subprocess.PIPE,
        text=True,
    )
    if ran.returncode:
        raise RunFailed(f"the measuring process ended with {ran.returncode}")
    return [json.loads(line) for line in ran.stdout.splitlines()]


def _show(rows: list[dict[str, Any]]) -> None:
    shown = screen()
    for database in dict.fromkeys(row["database"] for row in rows):
        of = [row for row in rows if row["database"] == database]
        table = Table(box=box.SIMPLE, title=database, title_justify="left")
        table.add_column("question")
        for row in of:
            table.add_column(f"{row['pages']:,} pages: p50 · p95", justify="right")
            if "peer" in row:
                table.add_column("plain ÷ ours at p95", justify="right")
        for kind in of[0]["ours"]:
            cells: list[str] = []
            for row in of:
                p50, p95, _ = row["ours"][kind]
                cells.append(f"{p50:.1f} · {p95:.1f} ms")
                if "peer" in row:
                    cells.append(f"{row['peer'][kind][1] / p95:.1f}×")
            table.add_row(kind, *cells, style="bold" if kind == "all" else "")
        shown.print(table)
        for row in of:
            goal = GOALS.get(row["pages"])
            met = "" if goal is None else f"; goal for p95 {goal:.0f} ms: {'met' if row['ours']['all'][1] <= goal else 'not met'}"
            shown.print(
                f"{row['pages']:>9,} pages: index {row['index_bytes_per_page']:,} bytes a page, made in {row['index_seconds']:,.0f} s,"
                f" process at most {row['peak'] >> 20} MiB, load of the machine {row['load']}{met}"
            )
