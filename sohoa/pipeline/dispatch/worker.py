"""One worker: take the paper that comes first, carry it as far as it goes, take the next.

The local runner and Celery share all of this; they differ in who says that there is something to do (`work` looks, celery.py is rung).
"""

from __future__ import annotations

import ctypes
import logging
import math
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing import parent_process
from multiprocessing.synchronize import Event

from django.db import close_old_connections

from sohoa.kernel.clock import now
from sohoa.kernel.memory import share_one_heap
from sohoa.pipeline.dispatch.absence import Absence
from sohoa.pipeline.dispatch.bench import Bench
from sohoa.pipeline.dispatch.carrying import carry
from sohoa.pipeline.dispatch.chunks import read_chunk
from sohoa.pipeline.dispatch.heartbeat import LEASE, Heart
from sohoa.pipeline.dispatch.holder import this_host, this_process
from sohoa.pipeline.dispatch.lanes import ALL, Lane
from sohoa.pipeline.dispatch.slots import Slots
from sohoa.pipeline.dispatch.tables import Chunk, Presence
from sohoa.pipeline.models import FREED, Item, State
from sohoa.pipeline.signing.office import SigningOffice, open_office
from sohoa.storage.audit.acting import this_process_is
from sohoa.storage.objects.connect import open_store
from sohoa.storage.objects.model import ObjectStore

IDLE = 0.1  # seconds between two looks at an empty queue
AWAY = 0.5  # and at a database that does not answer

log = logging.getLogger("sohoa")


@dataclass(slots=True)
class Hands:
    """What one process works with, opened once. go_on: False when it is asked to stop; the page in hand is finished first."""

    bench: Bench
    store: ObjectStore
    office: SigningOffice
    slots: Slots
    heart: Heart
    go_on: Callable[[], bool]
    absence: Absence = field(default_factory=lambda: Absence(forgiven=math.inf))  # when to give up is for others to say

    def one_paper(self, lanes: tuple[Lane, ...] = ALL) -> bool:
        """Take what comes first, a paper or a part of a long one, and carry it as far as it goes; False where nothing is free, or the
        database is away."""
        took = False
        with self.absence.borne():
            leased = lease_next(self.heart.holder, lanes)
            if leased is not None:
                took = True
                with self.heart.over(leased) as hold:
                    if isinstance(leased, Chunk):
                        read_chunk(leased, self.bench, self.slots, go_on=self.go_on, hold=hold)
                    else:
                        carry(leased, self.bench, self.store, self.office, self.slots, go_on=self.go_on, hold=hold, lanes=lanes)
        self._see_the_database_back()
        close_old_connections()
        return took

    def _see_the_database_back(self) -> None:
        while self.absence.since is not None and self.go_on():
            time.sleep(AWAY)
            with self.absence.borne():
                give_back(self.heart.holder)


@contextmanager
def at_work(bench: Bench, *, go_on: Callable[[], bool]) -> Iterator[Hands]:
    """This process as a worker: its name in the log, its heartbeat, its store and its signing office."""
    this_process_is("worker")
    slots = Slots(bench.claims / "slots" / this_host(), bench.slots)
    with (
        open_office(bench.home) as office,
        open_store(bench.store) as store,
        Heart(this_process(), Presence.WORKER) as heart,
    ):
        yield Hands(bench, store, office, slots, heart, go_on)


def work(bench: Bench, stop: Event, lanes: tuple[Lane, ...] = ALL) -> None:
    """The body of a local worker process; returns when asked to stop."""
    parent = parent_process()
    if parent and parent.pid:
        die_with_parent(parent.pid)
    share_one_heap()
    with at_work(bench, go_on=lambda: not stop.is_set()) as hands:
        while not stop.is_set():
            if not hands.one_paper(lanes):
                stop.wait(IDLE)


def lease_next(holder: str, lanes: tuple[Lane, ...] = ALL) -> Item | Chunk | None:
    """Of the most urgent: a part of a paper that is being read, else the paper that has waited longest."""
    for priority in sorted({lane.priority for lane in lanes}):
        states = tuple(state for lane in lanes if lane.priority == priority for state in lane.states)
        chunk = Chunk.lease(holder, now=now(), length=LEASE, priority=priority) if State.CAPTURED in states else None
        leased = chunk or Item.lease(holder, now=now(), length=LEASE, states=states, priorities=(priority,))
        if leased is not None:
            return leased
    return None


def give_back(holder: str) -> None:
    """The database was away: a paper of ours may still bear our name, and nobody else would take it from us for minutes."""
    for table in (Item, Chunk):
        table.objects.filter(lease_holder=holder).update(**FREED)


def die_with_parent(parent: int) -> None:
    """The run decides when its workers stop (entry.py); killed outright, it takes them along. parent: its process id."""
    pr_set_pdeathsig = 1
    ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL)
    if os.getppid() != parent:  # it was gone before we could say so
        os._exit(1)
