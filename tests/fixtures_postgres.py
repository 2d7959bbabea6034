"""A real PostgreSQL server for tests: one for all workers of a run, started by the first that asks and gone with the last.

`postgres` is the address (SOHOA_DATABASE_URL) of a new, empty database, one a worker; `postgres_server` makes more of them.
`on_postgresql(files, url)` runs test files once more, in a process of their own, with that server's database in SQLite's place.

Every worker keeps the writing end of a named pipe open; the server's shell reads the other end and ends the server when the last
writer is gone. The system closes the pipes of killed processes too, so no server is left behind. A shared lock on the same pipe
tells a worker that leaves whether it is the last: that one waits for the server's end, so that nobody adopts a dying server.
"""

from __future__ import annotations

import fcntl
import json
import os
import pwd
import re
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest
from psycopg import sql

DEBIAN = Path("/usr/lib/postgresql")
READY_WITHIN = 60.0  # seconds; 0.3 measured on an idle machine
OWNER = "sohoa"
# Nothing here outlives the run, so nothing is put on the disk for good.
HURRIED = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "shared_buffers=64MB", "max_connections=60")
# What runs the server and ends it. $1: its folder; then its command.
KEEPER = """
folder=$1; shift
"$@" >>"$folder/log" 2>&1 & server=$!
cat "$folder/alive" >/dev/null
kill -INT $server; wait $server; rm -rf "$folder"
"""


@dataclass(frozen=True, slots=True)
class PostgresServer:
    """folder: where its socket lies. port: on 127.0.0.1, where the password is asked for; the socket asks for none."""

    folder: str
    port: int
    password: str

    def url(self, name: str) -> str:
        """By the socket; only those who may enter its folder reach it."""
        return f"postgresql://{OWNER}@/{name}?host={quote(self.folder, safe='')}&port={self.port}"

    def url_with_password(self, name: str) -> str:
        return f"postgresql://{OWNER}:{self.password}@127.0.0.1:{self.port}/{name}"

    def new_database(self, *, told: str = "") -> str:
        """The name of a new database. told: more for CREATE DATABASE, such as another encoding."""
        name = f"t{secrets.token_hex(6)}"
        self.say(sql.SQL("CREATE DATABASE {} {}").format(sql.Identifier(name), sql.SQL(told)))
        return name

    def drop(self, name: str) -> None:
        self.say(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def say(self, statement: sql.Composable) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement)


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[PostgresServer]:
    base = tmp_path_factory.getbasetemp()
    # Under xdist each worker has its own folder below one that they share.
    with _shared_server((base if worker_id == "master" else base.parent) / "shared-postgres") as server:
        yield server


@pytest.fixture(scope="session")
def postgres(postgres_server: PostgresServer) -> Iterator[str]:
    name = postgres_server.new_database()
    yield postgres_server.url(name)
    postgres_server.drop(name)


@dataclass(frozen=True, slots=True)
class Suite:
    """What a run of test files came to."""

    code: int
    passed: int
    out: str


def on_postgresql(files: list[str], url: str, *, patience: float = 280) -> Suite:
    """Run the test files in a process of their own, on a test database beside the one that `url` names."""
    root = Path(__file__).parents[1]
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SOHOA_", "PYTEST_"))}
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-n", "0", "-p", "tests.fixtures_postgres", *files],
        cwd=root,
        env={**kept, "SOHOA_TEST_DATABASE_URL": url},
        capture_output=True,
        text=True,
        timeout=patience,
    )
    counted = re.search(r"(\d+) passed", ran.stdout)
    return Suite(ran.returncode, int(counted[1]) if counted else 0, ran.stdout + ran.stderr)


@contextmanager
def _shared_server(shared: Path) -> Iterator[PostgresServer]:
    shared.mkdir(exist_ok=True)
    with _alone(shared):
        server, alive = _adopted(shared) or _started(shared)
    try:
        yield server
    finally:
        with _alone(shared):
            last = _nobody_else(alive)
            os.close(alive)
            if last:
                _wait_until(lambda: not Path(server.folder).exists(), "the server's end")


@contextmanager
def _alone(shared: Path) -> Iterator[None]:
    descriptor = os.open(shared / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _nobody_else(alive: int) -> bool:
    with suppress(BlockingIOError):
        fcntl.flock(alive, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    return False


def _adopted(shared: Path) -> tuple[PostgresServer, int] | None:
    """The server that another worker started, and our end of its pipe; None where there is none, or it is gone with its users."""
    with suppress(OSError):
        server = PostgresServer(**json.loads((shared / "server.json").read_text()))
        return server, _joined(server.folder)
    return None


def _joined(folder: str) -> int:
    # Without waiting: a pipe that nobody reads belongs to a server that is gone, or not there yet.
    alive = os.open(f"{folder}/alive", os.O_WRONLY | os.O_NONBLOCK)
    fcntl.flock(alive, fcntl.LOCK_SH)
    return alive


def _started(shared: Path) -> tuple[PostgresServer, int]:
    programs = _programs()
    # Not below pytest's folder: a socket's path has 107 letters at most, and the server's account must be let in.
    folder = Path(tempfile.mkdtemp(prefix="sohoa-pg-", dir="/tmp"))
    server = PostgresServer(str(folder), _free_port(), secrets.token_urlsafe(12))
    (folder / "password").write_text(server.password)
    os.mkfifo(folder / "alive", 0o600)
    account = _account()
    if account:
        for owned in (folder, *folder.iterdir()):
            os.chown(owned, account.pw_uid, account.pw_gid)
    # The server refuses to run as root.
    become = ["setpriv", f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}", "--clear-groups"] if account else []
    made = subprocess.run(
        [
            *become,
            *(
                programs / "initdb",
                "-D",
                folder / "data",
                "-U",
                OWNER,
                "--no-sync",
                "-E",
                "UTF8",
                "--locale=C",
                "--lc-ctype=C.UTF-8",
            ),
            *("--auth-local=trust", "--auth-host=scram-sha-256", "--pwfile", folder / "password"),
        ],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=READY_WITHIN,
    )
    assert made.returncode == 0, made.stderr
    told = [f"port={server.port}", "listen_addresses=127.0.0.1", f"unix_socket_directories={folder}", *HURRIED]
    subprocess.Popen(
        [
            *become,
            *("sh", "-c", KEEPER, "keeper", folder),
            *(programs / "postgres", "-D", folder / "data", *(part for one in told for part in ("-c", one))),
        ],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # Ctrl-C in a terminal is for the tests; the server ends after them
    )
    joined: list[int] = []
    _wait_until(lambda: _does(lambda: joined.append(_joined(server.folder)), OSError), "the server's pipe")
    asked = sql.SQL("SELECT 1")
    _wait_until(lambda: _does(lambda: server.say(asked), psycopg.OperationalError), "the server", log=folder / "log")
    (shared / "server.json").write_text(json.dumps(asdict(server)))
    return server, joined[0]


def _programs() -> Path:
    """Debian keeps the server's programs out of PATH, a folder a version."""
    found = sorted(DEBIAN.glob("*/bin/initdb"), key=lambda program: int(program.parts[-3]))
    beside = shutil.which("initdb")
    assert found or beside, "the tests need a PostgreSQL server: apt-get install postgresql"
    return found[-1].parent if found else Path(str(beside)).parent


def _account() -> pwd.struct_passwd | None:
    """Whom the server runs as; None where that is ourselves."""
    if os.getuid() != 0:
        return None
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    return known.get("postgres") or known["nobody"]


def _free_port() -> int:
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return int(asked.getsockname()[1])


def _does(deed: Callable[[], object], not_yet: type[Exception]) -> bool:
    with suppress(not_yet):
        deed()
        return True
    return False


def _wait_until(true: Callable[[], bool], what: str, *, log: Path | None = None) -> None:
    deadline = time.monotonic() + READY_WITHIN
    while not true():
        assert time.monotonic() < deadline, f"waited for {what}\n{log.read_text() if log else ''}"
        time.sleep(0.02)
