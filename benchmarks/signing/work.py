"""What a side is told and what it answers, one JSON line each way; a side lives in a process of its own through all rounds."""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Task:
    """Sign `source` `count` times at `level` (b or lta) into `folder`."""

    source: str
    folder: str
    level: str
    count: int


@dataclass(frozen=True, slots=True)
class Services:
    """The test authority's addresses and keys, as it prints them."""

    root_pem: str
    tsa_url: str
    signer: str
    passphrase: str


@dataclass(frozen=True, slots=True)
class Spent:
    """seconds on the clock; cpu: processor seconds of this process; resident: bytes held by it at the end."""

    seconds: float
    cpu: float
    resident: int


def serve(sign: Callable[[Task], None]) -> None:
    """Do each task that comes on standard input."""
    for line in sys.stdin:
        task = Task(**json.loads(line))
        Path(task.folder).mkdir(parents=True, exist_ok=True)
        clock, cpu = time.monotonic(), _cpu()
        sign(task)
        spent = Spent(time.monotonic() - clock, _cpu() - cpu, _resident())
        print(json.dumps({"seconds": spent.seconds, "cpu": spent.cpu, "resident": spent.resident}), flush=True)


def services() -> Services:
    told: dict[str, Any] = json.loads(sys.argv[1])
    return Services(**told)


def _cpu() -> float:
    own = resource.getrusage(resource.RUSAGE_SELF)
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


def _resident() -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    return 0
