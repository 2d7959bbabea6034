"""An office with its long-running parts: workers and a beat as processes, on a broker and PostgreSQL, beside the commands typed in it."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from tests.running import PATIENCE, Answer, Office


@dataclass(slots=True)
class AtWork:
    """office: its home. services: the settings that all of its processes get. started: by name."""

    office: Office
    services: dict[str, str]
    started: dict[str, subprocess.Popen[str]] = field(default_factory=dict)

    def start(self, name: str, *arguments: str) -> subprocess.Popen[str]:
        self.started[name] = self.office.start(*arguments, **self.services)
        return self.started[name]

    def type(self, *arguments: str | Path) -> Answer:
        return self.office(*arguments, **self.services)

    def digitize(self, *arguments: str | Path) -> dict[str, dict[str, Any]]:
        return self.office.digitize(*arguments, **self.services)

    def rows(self, question: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.services["SOHOA_DATABASE_URL"]) as line:
            return line.execute(question).fetchall()

    def ends(self, name: str) -> tuple[int, str]:
        """Ask it to stop; its exit status and what it said to people."""
        process = self.started.pop(name)
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=PATIENCE)
        return process.returncode, said

    def kill_all(self) -> None:
        for process in self.started.values():
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.communicate(timeout=PATIENCE)
        self.started.clear()


@contextmanager
def at_work(office: Office, **services: str) -> Iterator[AtWork]:
    working = AtWork(office, services)
    try:
        yield working
    finally:
        working.kill_all()
