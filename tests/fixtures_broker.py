"""Real brokers for tests: a redis-server (append-only) and a RabbitMQ, each on 127.0.0.1 in a folder of its own, gone with the test.

`redis` and `rabbitmq` give a Broker: its `url` (SOHOA_BROKER_URL), and `kill()`, `start()` for tests that take it away.
"""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

READY_WITHIN = 90.0  # seconds; Redis needs 0.1, RabbitMQ 4 to 10


@dataclass(slots=True)
class Broker:
    """A server in `folder`, started by `command`. ready: whether it takes work."""

    url: str
    folder: Path
    command: Sequence[str]
    environment: dict[str, str]
    ready: Callable[[], bool]
    process: subprocess.Popen[bytes] | None = field(default=None)

    def start(self) -> None:
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                cwd=self.folder,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        deadline = time.monotonic() + READY_WITHIN
        while not self.ready():
            assert self.process.poll() is None and time.monotonic() < deadline, (self.folder / "log").read_text()[-3000:]
            time.sleep(0.05)

    def kill(self) -> None:
        """As a power cut would; its whole family."""
        if self.process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None


def redis_broker(folder: Path) -> Broker:
    port = _free_port()
    program = shutil.which("redis-server")
    assert program, "the tests need Redis: apt-get install redis-server"
    told = {
        "port": port,
        "bind": "127.0.0.1",
        "dir": folder,
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        "daemonize": "no",
    }
    command = [program, *(part for name, value in told.items() for part in (f"--{name}", str(value)))]

    def ready() -> bool:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1) as line:
            line.sendall(b"PING\r\n")
            return line.recv(16).startswith(b"+PONG")
        return False

    return Broker(f"redis://127.0.0.1:{port}/0", folder, command, dict(os.environ), ready)


def rabbitmq_broker(folder: Path) -> Broker:
    """One node of a name of its own, that knows of no other."""
    port, distribution = _free_port(), _free_port()
    # The wrapper in /usr/sbin changes to another account; the server's own script does not.
    programs = sorted(Path("/usr/lib/rabbitmq").glob("lib/rabbitmq_server-*/sbin/rabbitmq-server"))
    assert programs, "the tests need RabbitMQ: apt-get install rabbitmq-server"
    (folder / "enabled_plugins").write_text("[].\n")
    (folder / "rabbitmq.conf").write_text(
        f"listeners.tcp.1 = 127.0.0.1:{port}\nloopback_users = none\ndisk_free_limit.absolute = 10MB\n"
    )
    home = folder / "home"
    home.mkdir(exist_ok=True)
    node = f"sohoa-{secrets.token_hex(4)}@localhost"
    environment = {
        "PATH": os.environ["PATH"],
        "LANG": "C.UTF-8",
        "HOME": str(home),
        "RABBITMQ_NODENAME": node,
        "RABBITMQ_MNESIA_BASE": str(folder / "mnesia"),
        "RABBITMQ_LOG_BASE": str(folder / "logs"),
        "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "enabled_plugins"),
        "RABBITMQ_PID_FILE": str(folder / "pid"),
        "RABBITMQ_DIST_PORT": str(distribution),
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1} +S 1:1 +sbwt none",
        "ERL_EPMD_ADDRESS": "127.0.0.1",
        "ERL_EPMD_PORT": str(_free_port()),
        "RABBITMQ_CONF_ENV_FILE": "/dev/null",
    }

    def ready() -> bool:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1) as line:
            line.sendall(b"AMQP\x00\x00\x09\x01")
            return line.recv(1) == b"\x01"
        return False

    # Erlang would start its daemon of names by itself, as one that outlives everything; ours belongs to the server's family.
    names = 'epmd -address 127.0.0.1 & until epmd -names >/dev/null 2>&1; do sleep 0.05; done; exec "$0"'
    return Broker(f"amqp://guest:guest@127.0.0.1:{port}//", folder, ["sh", "-c", names, str(programs[-1])], environment, ready)


BROKERS = {"redis": redis_broker, "rabbitmq": rabbitmq_broker}


def started(kind: str) -> Iterator[Broker]:
    folder = Path(tempfile.mkdtemp(prefix=f"sohoa-{kind}-", dir="/tmp"))
    broker = BROKERS[kind](folder)
    try:
        broker.start()
        yield broker
    finally:
        broker.kill()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def redis() -> Iterator[Broker]:
    yield from started("redis")


@pytest.fixture
def rabbitmq() -> Iterator[Broker]:
    yield from started("rabbitmq")


def _free_port() -> int:
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return int(asked.getsockname()[1])
