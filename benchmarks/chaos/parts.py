"""What an office at work is made of, each part a process that can be killed and started again, as its machine's service manager would."""

from __future__ import annotations

import json
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol
from urllib.parse import quote

import psycopg

from benchmarks.watching import RunFailed
from tests.fixtures_broker import BROKERS
from tests.fixtures_postgres import HURRIED, OWNER, _account, _free_port, _programs

COMMAND = [sys.executable, "-c", "from sohoa.cli.main import run; run()"]
READY_WITHIN = 60.0  # seconds


class Part(Protocol):
    @property
    def alive(self) -> bool: ...

    def start(self) -> None: ...

    def kill(self) -> bool:
        """SIGKILL; False where there was nothing to kill."""
        ...


@dataclass(slots=True)
class Command:
    """A sohoa command that runs for long. ends: it may end by itself, and is then done."""

    arguments: tuple[str, ...]
    environment: dict[str, str]
    log: Path
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.kill()  # where only a child of it was killed, the rest goes too: nothing may be left behind
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*COMMAND, *self.arguments], env=self.environment, stdout=log, stderr=log, start_new_session=True
            )

    @property
    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    @property
    def status(self) -> int | None:
        return self.process.poll() if self.process else None

    def kill(self) -> bool:
        there = self.alive and self.process is not None
        if self.process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        return bool(there)

    def kill_child(self, choose: Callable[[list[int]], int]) -> bool:
        """One of its children instead of the whole."""
        if not self.alive or self.process is None:
            return False
        with suppress(FileNotFoundError, ProcessLookupError):
            tasks = Path(f"/proc/{self.process.pid}/task").iterdir()
            children = [int(child) for task in tasks for child in (task / "children").read_text().split()]
            if children:
                os.kill(choose(children), signal.SIGKILL)
                return True
        return False

    def stop(self) -> int:
        if self.process is None:
            return 0
        if self.alive:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(timeout=READY_WITHIN)
        except subprocess.TimeoutExpired:
            self.kill()
            raise RunFailed(f"{self.arguments[0]} did not stop when asked to; see {self.log}") from None


@dataclass(slots=True)
class Postgres:
    """A server of its own, because the tests' shared one must not be killed."""

    folder: Path
    port: int = field(default_factory=_free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"postgresql://{OWNER}@/sohoa?host={quote(str(self.folder), safe='')}&port={self.port}"

    def make(self) -> None:
        account = _account()
        if account:
            os.chown(self.folder, account.pw_uid, account.pw_gid)
        data = self.folder / "data"
        told = ["-D", data, "-U", OWNER, "--no-sync", "-E", "UTF8", "--locale=C", "--lc-ctype=C.UTF-8", "--auth=trust"]
        made = subprocess.run([*_become(), _programs() / "initdb", *told], cwd=self.folder, capture_output=True, text=True)
        if made.returncode:
            raise RunFailed(f"initdb: {made.stderr[-500:]}")
        self.start()
        with psycopg.connect(self.url.replace("/sohoa?", "/postgres?"), autocommit=True) as line:
            line.execute("CREATE DATABASE sohoa")

    def start(self) -> None:
        told = [f"port={self.port}", "listen_addresses=127.0.0.1", f"unix_socket_directories={self.folder}", *HURRIED]
        command = [
            *_become(),
            _programs() / "postgres",
            "-D",
            self.folder / "data",
            *(part for one in told for part in ("-c", one)),
        ]
        deadline = time.monotonic() + READY_WITHIN
        while time.monotonic() < deadline:
            with (self.folder / "log").open("ab") as log:
                self.process = subprocess.Popen(command, cwd=self.folder, stdout=log, stderr=log, start_new_session=True)
            # It refuses to start while the processes of the one that was killed still hold its memory.
            while self.process.poll() is None and time.monotonic() < deadline:
                with (
                    suppress(psycopg.OperationalError),
                    psycopg.connect(self.url.replace("/sohoa?", "/postgres?"), connect_timeout=2),
                ):
                    return
                time.sleep(0.05)
            time.sleep(0.2)
        raise RunFailed("PostgreSQL did not come back")

    @property
    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def kill(self) -> bool:
        there = self.alive
        if self.process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        return there


def _become() -> list[str]:
    account = _account()
    return ["setpriv", f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}", "--clear-groups"] if account else []


@dataclass(slots=True)
class Store:
    """The embedded store: whoever works with it starts it again, so there is only something to kill."""

    home: Path

    def start(self) -> None: ...

    @property
    def alive(self) -> bool:
        return True

    def kill(self) -> bool:
        try:
            pid = int(json.loads((self.home / "objects" / "server.json").read_text())["pid"])
            os.kill(pid, signal.SIGKILL)
        except (FileNotFoundError, ValueError, KeyError, ProcessLookupError):
            return False
        return True


@dataclass(slots=True)
class FullDisk:
    """The claims' disk with nothing left on it, until `start`: what is full is emptied again. Only where `claims` is a small disk."""

    claims: Path
    full: bool = False

    @property
    def alive(self) -> bool:
        return not self.full

    def start(self) -> None:
        (self.claims / "filler").unlink(missing_ok=True)
        self.full = False

    def kill(self) -> bool:
        try:
            with (self.claims / "filler").open("wb") as filler:
                while True:
                    filler.write(secrets.token_bytes(1 << 20))
                    filler.flush()
        except OSError:
            self.full = True
        return self.full


class BrokerPart:
    def __init__(self, kind: str, folder: Path) -> None:
        folder.mkdir()
        self._broker = BROKERS[kind](folder)
        self.url = self._broker.url

    def start(self) -> None:
        self._broker.start()

    @property
    def alive(self) -> bool:
        return self._broker.process is not None

    def kill(self) -> bool:
        there = self.alive
        self._broker.kill()
        return there
