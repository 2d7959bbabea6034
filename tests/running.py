"""Run the real command as a person would, in a home of its own, and look at what it left."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sohoa.storage.objects.model import RECORDS
from sohoa.storage.objects.seaweed import embedded_store

COMMAND = [sys.executable, "-c", "from sohoa.cli.main import run; run()"]
PATIENCE = 240  # seconds; a hung command must fail its test, not the whole run


@dataclass(frozen=True, slots=True)
class Answer:
    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def json(self) -> dict[str, Any]:
        assert len(self.lines) == 1, self.out
        return self.lines[0]


@dataclass(frozen=True, slots=True)
class Office:
    """A home and the commands typed in it."""

    home: Path

    def environment(self, **more: str) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("SOHOA_", "COV", "PYTEST"))}
        here = {"SOHOA_HOME": str(self.home), "PYTHONPATH": str(Path(__file__).parents[1])}
        # One reading a page: what is asked of the office here is that nothing is lost, not the last letter.
        return {**kept, **here, "SOHOA_READING": "fast", **more}

    def start(self, *arguments: str | Path, **environment: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*COMMAND, *map(str, arguments)],
            env=self.environment(**environment),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def __call__(self, *arguments: str | Path, **environment: str) -> Answer:
        child = self.start(*arguments, **environment)
        try:
            out, err = child.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            out, err = child.communicate()
            raise AssertionError(f"{arguments} did not end in {PATIENCE} s\n{err}") from None
        assert "Traceback" not in err, err
        return Answer(child.returncode, out, err)

    def digitize(self, *arguments: str | Path, **environment: str) -> dict[str, dict[str, Any]]:
        """What became of each file, by its name."""
        answer = self("digitize", *arguments, "--json", **environment)
        return {Path(told["source"]).name: told for told in answer.lines}

    def rows(self, question: str, *values: object) -> list[tuple[Any, ...]]:
        """Ask the catalogue's file behind the product's back."""
        with sqlite3.connect(self.home / "catalogue.sqlite3", timeout=30) as database:
            return database.execute(question, values).fetchall()

    def bucket(self) -> dict[str, int]:
        """How many versions each key of the archive has."""
        versions: dict[str, int] = {}
        with embedded_store(self.home) as connection, connection.store() as store:
            for listed in store.list(RECORDS):
                versions[listed.key] = versions.get(listed.key, 0) + 1
        return versions


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """A new home; whatever store a killed command left running there is stopped afterwards."""
    office = Office(tmp_path / "home")
    yield office
    if (office.home / "objects").exists():
        with embedded_store(office.home):
            pass


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    folder = tmp_path / "inbox"
    folder.mkdir()
    return folder
