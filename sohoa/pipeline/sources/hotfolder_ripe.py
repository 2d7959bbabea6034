"""When a file may be claimed: it has not changed for a while, nobody has it open to write, and it can be walked to its end.

A quiet time alone proves nothing (a scanner pauses between two sheets), nor does an end (a copy may be written back to front).
"""

from __future__ import annotations

import errno
import fcntl
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

STILL_WRITTEN = "pipeline.still_written"
LONGEST_PAUSE = 60.0  # seconds between two looks at a file that stays incomplete
TRIES = 3  # at least so many before patience may end


@dataclass(frozen=True, slots=True)
class Look:
    """What would differ had the file changed. size: bytes. changed: mtime, nanoseconds of the file server's clock."""

    size: int
    changed: int

    @classmethod
    def of(cls, stat: os.stat_result) -> Look:
        return cls(stat.st_size, stat.st_mtime_ns)


@dataclass(slots=True)
class _Seen:
    look: Look
    since: float
    tries: int = 0
    next_try: float = 0.0
    problem: str = ""


class Ripening:
    """settle: seconds without a change before a file is looked into. patience: seconds after which a file that stays incomplete is taken
    as it is, so that the pipeline quarantines it with its reason. judge: why a file seems incomplete, or "". by_age: believe the file
    server's clock on how long it has lain there; for who looks only once."""

    def __init__(self, *, settle: float, patience: float, judge: Callable[[Path], str], by_age: bool = False) -> None:
        self._settle, self._patience, self._judge, self._by_age = settle, patience, judge, by_age
        self._seen: dict[Path, _Seen] = {}

    def ripe(self, path: Path, look: Look, *, at: float, age: float) -> bool:
        """at: seconds of a clock that only goes forward. age: seconds since the file came, by the file server's clock."""
        seen = self._seen.get(path)
        if seen is None or seen.look != look:
            seen = self._seen[path] = _Seen(look, at)
        if at - seen.since < self._settle or at < seen.next_try:
            return False
        seen.problem = self._judge(path)
        seen.tries += 1
        seen.next_try = at + min(self._settle * 2**seen.tries, LONGEST_PAUSE)
        waited = at - seen.since >= self._patience and seen.tries >= TRIES
        return not seen.problem or waited or (self._by_age and age >= self._patience)

    def keep_only(self, paths: set[Path]) -> None:
        for gone in self._seen.keys() - paths:
            del self._seen[gone]

    def forget(self, path: Path) -> None:
        self._seen.pop(path, None)

    @property
    def settling(self) -> int:
        """Files that have not been looked into since they changed last."""
        return sum(not seen.tries for seen in self._seen.values())

    @property
    def incomplete(self) -> int:
        return sum(bool(seen.problem) for seen in self._seen.values())


def being_written(path: Path) -> bool:
    """Whether a process of this machine has the file open to write: then the kernel refuses a lease on it (fcntl(2), F_SETLEASE).

    False as well where it cannot be known: another owner's file, a file system without leases.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
    except OSError:
        return False
    try:
        # Who opens it to write in this very moment breaks the lease, and we are told by a signal: let it be one that does nothing.
        fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except OSError as refused:
        return refused.errno == errno.EAGAIN
    finally:
        os.close(descriptor)
    return False
