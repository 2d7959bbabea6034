"""A process at work says so every few seconds, and keeps the lease of what it has in hand; a process that hangs does neither for long.

A killed worker's paper is so back in minutes, while a long one is never taken from under a worker that still reads it.
"""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from django.db import DatabaseError, InterfaceError, connections

from sohoa.kernel.clock import now
from sohoa.pipeline.dispatch.tables import Presence

LEASE = timedelta(minutes=3)
EVERY = 20.0  # seconds: a lease outlives eight beats that the database missed
# Seconds without a page or a step done. A page on which every run of every reader hangs takes six minutes, the PDF of 1,000 pages two.
STUCK = 1200.0

log = logging.getLogger("sohoa")


class Leased(Protocol):
    """What can be in hand: a paper, or some pages of one."""

    def renew(self, *, now: datetime, length: timedelta) -> bool: ...


@dataclass(slots=True)
class Hold:
    """lost: somebody else has it. progress: when a page or a step was done last, in seconds of the monotonic clock."""

    leased: Leased
    lost: bool = False
    progress: float = field(default_factory=time.monotonic)

    def got_on(self) -> None:
        self.progress = time.monotonic()


class Heart:
    """One thread a process, with its own connection to the database."""

    def __init__(self, holder: str, kind: str, *, every: float = EVERY, stuck: float = STUCK) -> None:
        self.holder, self._kind, self._every, self._stuck = holder, kind, every, stuck
        self._hold: Hold | None = None
        self._papers = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._beats, name="heartbeat", daemon=True)

    def __enter__(self) -> Heart:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    @contextmanager
    def over(self, leased: Leased) -> Iterator[Hold]:
        """Keep the lease of `leased` while the caller works on it."""
        hold = self._hold = Hold(leased)
        try:
            yield hold
        finally:
            self._hold = None
            self._papers += 1

    def _beats(self) -> None:
        try:
            while True:
                # A database that is away misses a beat or two; the lease bears that.
                with suppress(DatabaseError, InterfaceError):
                    self._beat(now())
                if self._stop.wait(self._every):
                    break
            with suppress(DatabaseError, InterfaceError):
                Presence.objects.filter(holder=self.holder).delete()
        finally:
            connections.close_all()  # this thread's own

    def _beat(self, moment: datetime) -> None:
        for connection in connections.all(initialized_only=True):
            connection.close_if_unusable_or_obsolete()
        hold = self._hold
        if hold is not None and time.monotonic() - hold.progress > self._stuck:
            # Nothing in Python can end a library that hangs. The paper goes back when its lease runs out, and this try counts.
            log.error("no page and no step done for %d s: this worker ends itself", int(self._stuck))
            os.kill(os.getpid(), signal.SIGKILL)
        if hold is not None and not hold.leased.renew(now=moment, length=LEASE):
            hold.lost = True
        Presence.note(self.holder, self._kind, now=moment, papers=self._papers)
