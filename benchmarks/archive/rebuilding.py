"""Show 1: an archive is made, its catalogue's answers are kept, and an empty catalogue elsewhere is filled from the bucket alone.

The second catalogue has a home of its own that knows nothing but the store's address and keys, as after a fire. Both are then asked
the same, byte for byte, and compared row by row.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from benchmarks.archive.child import told_by
from benchmarks.console import people_told
from benchmarks.watching import RunFailed
from sohoa.storage.objects.seaweed import Connection, embedded_store

ROOM = 700_000  # bytes on the disk for each record: its files, two inventories, both catalogues
ASKED = ("indicators", "search", "audit")


@dataclass(frozen=True, slots=True)
class Again:
    """One database that was filled from the bucket. same: by what was asked, whether the answer is the same to the byte.

    rows, differ: compared row by row, and how many are not as they were. made: what the rebuild told of itself.
    """

    database: str
    same: dict[str, bool]
    rows: int
    differ: int
    made: dict[str, Any]

    @property
    def identical(self) -> bool:
        return all(self.same.values()) and not self.differ and not self.made["lost"]

    def as_dict(self) -> dict[str, Any]:
        told = {"database": self.database, "same": self.same, "rows": self.rows, "differ": self.differ}
        return {**told, "identical": self.identical, **self.made}


@dataclass(frozen=True, slots=True)
class Shown:
    """records: archived. lived: seconds and peak of archiving. answer_bytes: of each thing asked. again: one for each database."""

    records: int
    lived: dict[str, Any]
    answer_bytes: dict[str, int]
    again: list[Again]

    def as_dict(self) -> dict[str, Any]:
        told = {"records": self.records, "archiving": self.lived, "answer_bytes": self.answer_bytes}
        return {**told, "rebuilt": [one.as_dict() for one in self.again]}


def shown(records: int, *, seed: int = 1, databases: tuple[str, ...] = ("sqlite",), postgres: str = "", keep: Path | None = None):
    """postgres: address of an empty database on a server of yours; else one is started. Raises RunFailed."""
    with nullcontext(keep) if keep else tempfile.TemporaryDirectory(prefix="sohoa-rebuild-") as folder:
        room = Path(folder)
        room.mkdir(parents=True, exist_ok=True)
        if shutil.disk_usage(room).free < records * ROOM:
            raise RunFailed(f"{records * ROOM >> 30} GiB of free disk are needed")
        with embedded_store(room / "home") as connection:
            return _shown(room, connection, records, seed, databases, postgres)


def _shown(room: Path, connection: Connection, records: int, seed: int, databases: tuple[str, ...], postgres: str) -> Shown:
    first = {"SOHOA_HOME": str(room / "home")}
    told = {"records": records, "seed": seed, "folder": str(room / "papers")}
    lived_there = room / "lived.json"
    if not lived_there.exists():  # a run that is kept need not archive again
        people_told(f"archiving {records} papers")
        (room / "papers").mkdir(exist_ok=True)
        lived_there.write_text(json.dumps(told_by("live", told, first)))
    people_told("asking the catalogue")
    kept = told_by("answers", told, first)
    again: list[Again] = []
    for name in databases:
        people_told(f"an empty catalogue on {name}, filled from the bucket")
        with _empty(name, room, connection, postgres) as second:
            made = told_by("rebuild", told, second)
            asked = told_by("answers", told, second)
            compared = told_by("compare", {"place": str(room / "home" / "catalogue.sqlite3")}, second)
        for one in compared["shown"]:
            people_told(f"differs: {json.dumps(one, ensure_ascii=False)}")
        same = {what: kept[what] == asked[what] for what in ASKED}
        again.append(Again(name, same, compared["rows"], compared["differ"], made))
    sizes = {what: len(kept[what].encode()) for what in ASKED}
    return Shown(records, json.loads(lived_there.read_text()), sizes, again)


@contextmanager
def _empty(name: str, room: Path, connection: Connection, postgres: str) -> Iterator[dict[str, str]]:
    home = room / f"after-{name}"
    shutil.rmtree(home, ignore_errors=True)
    second = {
        "SOHOA_HOME": str(home),
        "SOHOA_S3_URL": connection.url,
        "SOHOA_S3_ACCESS_KEY": connection.access_key,
        "SOHOA_S3_SECRET_KEY": connection.secret_key,
    }
    if name == "sqlite":
        yield second
    elif postgres:
        yield {**second, "SOHOA_DATABASE_URL": postgres}
    else:
        from tests.fixtures_postgres import _shared_server

        with _shared_server(room / "server") as server:
            yield {**second, "SOHOA_DATABASE_URL": server.url(server.new_database())}


def show(found: Shown, console: Console) -> None:
    table = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False)
    table.add_column(f"{found.records:,} records")
    for one in found.again:
        table.add_column(f"rebuilt on {one.database}", justify="right")
    for what in ASKED:
        table.add_row(f"{what} ({found.answer_bytes[what]:,} bytes)", *(_same(one.same[what]) for one in found.again))
    table.add_row("rows compared", *(f"{one.rows:,}" for one in found.again))
    table.add_row("rows that differ", *(f"{one.differ:,}" for one in found.again))
    table.add_row("deeds of the log done again", *(f"{one.made['replayed']:,}" for one in found.again))
    table.add_row("lost", *(str(one.made["lost"]) for one in found.again))
    lived = found.lived["seconds"]
    table.add_row("time, against archiving it", *(f"{one.made['seconds'] / lived:.2f}×" for one in found.again))
    table.add_row("of that the search index", *(f"{one.made['index_seconds'] / one.made['seconds']:.0%}" for one in found.again))
    table.add_row("records a second", *(f"{found.records / one.made['seconds']:.0f}" for one in found.again))
    table.add_row("peak memory, MiB", *(f"{one.made['peak'] >> 20}" for one in found.again))
    console.print(table)
    console.print(
        f"Archiving took {lived:.0f} s, {found.records / lived:.1f} records a second, {found.lived['peak'] >> 20} MiB at most.",
        style="dim",
    )


def _same(same: bool) -> str:
    return "the same" if same else "[red]differs[/]"
