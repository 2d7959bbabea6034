"""What was checked when, in a file of its own: a run that was stopped goes on, and the longest unchecked comes first.

It is a memory aid, no proof: whoever loses it checks everything again.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sohoa.kernel.verdicts import Outcome
from sohoa.storage.fixity.model import Finding

FILE = "verify/checked.sqlite3"

_TABLES = """
CREATE TABLE IF NOT EXISTS run (id INTEGER PRIMARY KEY, plan TEXT NOT NULL, began TEXT NOT NULL, ended TEXT NOT NULL DEFAULT '');
CREATE TABLE IF NOT EXISTS package (root TEXT PRIMARY KEY, checked_at TEXT NOT NULL, outcome TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS result (place INTEGER PRIMARY KEY, root TEXT NOT NULL UNIQUE, told TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS record (id TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS candidate (root TEXT PRIMARY KEY, rank INTEGER NOT NULL, package TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS chosen (place INTEGER PRIMARY KEY, root TEXT NOT NULL, package TEXT NOT NULL);
"""


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one package. counts: of its records, by outcome. evidence: of each record, what verify tells about it."""

    outcome: str
    counts: dict[str, int]
    findings: list[Finding]
    bytes: int = 0
    evidence: dict[str, list[str] | None] = field(default_factory=dict[str, "list[str] | None"])


class Ledger:
    """Of one home; without a file, of one run, on the disk's temporary space."""

    def __init__(self, file: Path | None = None) -> None:
        if file:
            file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._database = sqlite3.connect(file or "", isolation_level=None, timeout=30)
        if file:
            self._database.execute("PRAGMA journal_mode=WAL")
        self._database.execute("PRAGMA synchronous=NORMAL")
        self._database.executescript(_TABLES)

    def close(self) -> None:
        self._database.close()

    def __enter__(self) -> Ledger:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # -- runs ---------------------------------------------------------------------------------------------------------

    def unfinished(self) -> dict[str, Any] | None:
        """The plan of the last run, if it never ended."""
        row = self._database.execute("SELECT plan, ended FROM run ORDER BY id DESC LIMIT 1").fetchone()
        return json.loads(row[0]) if row and not row[1] else None

    def begin(self, plan: dict[str, Any], *, now: datetime) -> None:
        """A new run: what the last one found is forgotten, when each package was checked is not."""
        with self._database:
            self._database.execute("BEGIN")
            for table in ("result", "record", "candidate", "chosen"):
                self._database.execute(f"DELETE FROM {table}")
            self._database.execute("INSERT INTO run (plan, began) VALUES (?, ?)", (json.dumps(plan), now.isoformat()))

    def end(self, *, now: datetime) -> None:
        self._database.execute("UPDATE run SET ended = ? WHERE id = (SELECT max(id) FROM run)", (now.isoformat(),))

    # -- packages -----------------------------------------------------------------------------------------------------

    def note(self, root: str, result: Result, records: Iterable[str], *, now: datetime, whole: bool) -> None:
        """whole: everything in the package was read, so that its next turn comes after all others'."""
        with self._database:
            self._database.execute("BEGIN")
            told = json.dumps(asdict(result), ensure_ascii=False)
            self._database.execute("INSERT OR REPLACE INTO result (root, told) VALUES (?, ?)", (root, told))
            self._database.executemany("INSERT OR IGNORE INTO record VALUES (?)", [(one,) for one in records])
            if whole:
                row = (root, now.isoformat(), result.outcome)
                self._database.execute("INSERT OR REPLACE INTO package VALUES (?, ?, ?)", row)

    def has(self, root: str) -> bool:
        """Whether this run has checked it."""
        return self._database.execute("SELECT 1 FROM result WHERE root = ?", (root,)).fetchone() is not None

    def has_record(self, record: str) -> bool:
        return self._database.execute("SELECT 1 FROM record WHERE id = ?", (record,)).fetchone() is not None

    def results(self) -> Iterator[Result]:
        for (told,) in self._database.execute("SELECT told FROM result ORDER BY place"):
            read = json.loads(told)
            yield Result(
                **{**read, "findings": [Finding(**{**one, "outcome": Outcome(one["outcome"])}) for one in read["findings"]]}
            )

    # -- which, when not all ------------------------------------------------------------------------------------------

    def offer(self, ranked: Iterable[tuple[str, int, str]]) -> None:
        """Roots that may be chosen: (root, rank, id of the package or ""). rank: by which a sample is drawn, below 2**62."""
        question = (
            "INSERT INTO candidate VALUES (?, ?, ?) ON CONFLICT (root) DO UPDATE SET package = max(package, excluded.package)"
        )
        with self._database:
            self._database.execute("BEGIN")
            self._database.executemany(question, ranked)

    def choose(self, *, below: int | None, first: int | None, before: datetime | None) -> None:
        """Fix which of them this run looks at, the longest unchecked first. below: only ranks under it. first: that many, by rank.
        before: only those not checked since."""
        last = "(SELECT root, checked_at FROM package)"
        question = (
            f"SELECT root, rank, package, coalesce(checked_at, '') AS checked FROM candidate LEFT JOIN {last} USING (root) WHERE 1"
        )
        values: list[object] = []
        if below is not None:
            question, values = f"{question} AND rank < ?", [*values, below]
        if before is not None:
            # Times are ISO 8601 in UTC, so their order is that of their letters.
            question, values = f"{question} AND checked < ?", [*values, before.isoformat()]
        if first is not None:
            question, values = f"SELECT * FROM ({question} ORDER BY rank LIMIT ?)", [*values, first]
        ordered = f"SELECT root, package FROM ({question}) ORDER BY checked, root"
        self._database.execute(f"INSERT INTO chosen (root, package) {ordered}", values)

    def chosen(self) -> Iterator[tuple[str, str]]:
        """(root, id of the package as far as the catalogue knows it), in the order of the choice."""
        place = 0
        while rows := self._database.execute("SELECT * FROM chosen WHERE place > ? ORDER BY place LIMIT 500", (place,)).fetchall():
            for _, root, package in rows:
                yield root, package
            place = rows[-1][0]

    def count_chosen(self) -> int:
        return self._database.execute("SELECT count(*) FROM chosen").fetchone()[0]

    def last_checked(self, root: str) -> datetime | None:
        row = self._database.execute("SELECT checked_at FROM package WHERE root = ?", (root,)).fetchone()
        return datetime.fromisoformat(row[0]) if row else None
