"""Run a whole program and watch what it takes: time on the clock, time of the processors, the most memory at any moment."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

EVERY = 0.1  # seconds between two looks; one costs about 3 ms, the same for every candidate
# A process is counted when it was first seen this long ago, and never while it is its parent's double, by name and to the page. Between
# its start and its own program a child shows all of its parent's memory as its own (vfork), and a Python that starts a reader would
# seem twice as large for a moment, on a busy machine for a long one.
SETTLED = 0.1  # seconds
_PAGE, _TICKS = resource.getpagesize(), os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Watched:
    """seconds: wall time. cpu: processor seconds, user and system, of the program and all its descendants. peak: bytes of
    resident memory of them together, the highest sum seen; largest: the most that any one process of them had.

    Memory that processes share counts once for each of them, as `ps` has it. Processor time is what was seen at the last look
    at each process, so the moments after it are missing; the system's own sum would be exact, but loses all
    that runs in a process namespace of its own.
    """

    seconds: float
    cpu: float
    peak: int
    largest: int


@dataclass(frozen=True, slots=True)
class Member:
    """One process of the family. name: of its program, cut at 15 letters. cpu: seconds so far. resident: bytes now."""

    pid: int
    name: str
    born: int  # in ticks since the machine started: a number may be used again, not at the same moment
    cpu: float
    resident: int
    parent: int = 0


Look = Callable[[float, Sequence[Member]], None]
"""Told at every look: seconds since the start, and the family as it is then."""


class RunFailed(RuntimeError):
    """A candidate ended with an error; a figure from a failed run would be worth nothing."""


def watch(
    command: Sequence[str | Path],
    *,
    folder: Path,
    environment: Mapping[str, str] | None = None,
    every: float = EVERY,
    look: Look | None = None,
) -> Watched:
    """Run `command` in `folder` to its end, looking `every` so many seconds.

    Raises RunFailed with the last of what it complained about.
    """
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
    peak = largest = 0
    spent: dict[tuple[int, int], float] = {}
    first_seen: dict[tuple[int, int], float] = {}
    try:
        while child.poll() is None:
            looked = time.monotonic()
            sizes: list[int] = []
            members = family(child.pid)
            if look is not None:
                look(looked - begun, members)
            same = {(member.pid, member.name, member.resident) for member in members}
            for member in members:
                key = (member.pid, member.born)
                spent[key] = member.cpu
                if (
                    looked - first_seen.setdefault(key, looked) >= SETTLED
                    and (member.parent, member.name, member.resident) not in same
                ):
                    sizes.append(member.resident)
            peak, largest = max(peak, sum(sizes)), max([largest, *sizes])
            time.sleep(every)
    except BaseException:
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()
        raise
    seconds = time.monotonic() - begun
    if child.returncode != 0:
        told = complaints.read_bytes()[-2000:].decode("utf-8", "replace").strip()
        raise RunFailed(f"{Path(command[0]).name} ended with {child.returncode}: {told}")
    complaints.unlink()
    return Watched(seconds, sum(spent.values()), peak, largest)


def family(root: int) -> list[Member]:
    """Process `root` and everything that descends from it, as it is now."""
    parents: dict[int, int] = {}
    members: list[Member] = []
    for entry in os.scandir("/proc"):
        if not entry.name.isdecimal():
            continue
        try:
            told = Path(entry.path, "stat").read_bytes()
        except OSError:  # it ended between the listing and now
            continue
        # The name in brackets may itself hold spaces and brackets; what follows the last one is field 3 and on of proc(5).
        head, _, tail = told.rpartition(b")")
        name, fields = head.partition(b"(")[2].decode("utf-8", "replace"), tail.split()
        pid, used = int(entry.name), (int(fields[11]) + int(fields[12])) / _TICKS
        parents[pid] = int(fields[1])
        members.append(Member(pid, name, int(fields[19]), used, int(fields[21]) * _PAGE, parents[pid]))
    return [member for member in members if _descends(member.pid, root, parents)]


def _descends(pid: int, root: int, parents: Mapping[int, int]) -> bool:
    while pid and pid != root:
        pid = parents.get(pid, 0)
    return pid == root
