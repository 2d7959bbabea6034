"""Other sohoa processes that use a store, for tests that share it, kill it or are killed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from sohoa.storage.objects import weed
from sohoa.storage.objects.place import Place, Ports, Server

_USER = """
import sys
from pathlib import Path
from sohoa.storage.objects.seaweed import embedded_store
with embedded_store(Path(sys.argv[1])) as connection:
    print(connection.url, flush=True)
    sys.stdin.readline()
"""
ROOT = Path(__file__).parents[3]


class OtherUser:
    """A process inside embedded_store; `url` is read once it is there."""

    def __init__(self, home: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", _USER, str(home)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
        )

    @property
    def url(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def leave(self) -> int:
        self._process.communicate("\n", timeout=60)
        return self._process.returncode

    def kill(self) -> None:
        self._process.kill()
        self._process.communicate()


def server_of(home: Path) -> Server:
    noted = json.loads(Place(home).server_file.read_text())
    return Server(noted["pid"], noted["started"], Ports(**noted["ports"]))


def runs(server: Server) -> bool:
    return weed.alive(server)
