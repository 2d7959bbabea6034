"""Run a whole program and watch what it takes: time on the clock, time of the processors, the most memory at any moment."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

EVERY = 0.1  # seconds between two looks; one costs about 3 ms, the same for every candidate
_PAGE = resource.getpagesize()


@dataclass(frozen=True, slots=True)
class Watched:
    """seconds: wall time. cpu: processor seconds, user and system, children included. peak: bytes of resident memory of the
    program and all its descendants together, the highest sum seen; own: the most that any one of its processes had.

    Memory that processes share counts once for each of them, as `ps` has it.
    """

    seconds: float
    cpu: float
    peak: int
    own: int


class RunFailed(RuntimeError):
    """A candidate ended with an error; a figure from a failed run would be worth nothing."""


def watch(command: Sequence[str | Path], *, folder: Path, environment: Mapping[str, str] | None = None) -> Watched:
    """Run `command` in `folder` to its end. Raises RunFailed with the last of what it complained about."""
    complaints = folder / f".stderr-{time.monotonic_ns()}"
    begun = time.monotonic()
    with complaints.open("wb") as stderr:
        child = subprocess.Popen(
            [str(part) for part in command],
            cwd=folder,
            env={**os.environ, **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=stderr,
            start_new_session=True,
        )
    peak = 0
    try:
        while True:
            pid, status, used = os.wait4(child.pid, os.WNOHANG)
            if pid:
                break
            peak = max(peak, resident(child.pid))
            time.sleep(EVERY)
    except BaseException:
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()
        raise
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        told = complaints.read_bytes()[-2000:].decode("utf-8", "replace").strip()
        raise RunFailed(f"{Path(command[0]).name} ended with {child.returncode}: {told}")
    complaints.unlink()
    return Watched(time.monotonic() - begun, used.ru_utime + used.ru_stime, peak, used.ru_maxrss * 1024)


def resident(root: int) -> int:
    """Bytes resident now in process `root` and everything that descends from it."""
    parents: dict[int, int] = {}
    sizes: dict[int, int] = {}
    for entry in os.scandir("/proc"):
        if not entry.name.isdecimal():
            continue
        try:
            told = Path(entry.path, "stat").read_bytes()
        except OSError:  # it ended between the listing and now
            continue
        # The name in brackets may itself hold spaces and brackets; what follows the last one is counted from field 3.
        fields = told.rpartition(b")")[2].split()
        parents[int(entry.name)], sizes[int(entry.name)] = int(fields[1]), int(fields[21]) * _PAGE
    return sum(size for pid, size in sizes.items() if _descends(pid, root, parents))


def _descends(pid: int, root: int, parents: Mapping[int, int]) -> bool:
    while pid and pid != root:
        pid = parents.get(pid, 0)
    return pid == root
