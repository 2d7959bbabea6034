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
from sohoa.pipeline.dispatch.heartbeat import LEASE, Heart
from sohoa.pipeline.dispatch.holder import this_host, this_process
from sohoa.pipeline.dispatch.lanes import Lane
from sohoa.pipeline.dispatch.slots import Slots
from sohoa.pipeline.dispatch.tables import Presence
from sohoa.pipeline.models import FREED, Item
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

    def one_paper(self, lanes: tuple[Lane, ...] = ()) -> bool:
        """Take the paper that comes first and carry it as far as it goes; False where none is free, or the database is away."""
        took = False
        with self.absence.borne():
            item = lease_next(self.heart.holder, lanes)
            if item is not None:
                took = True
                with self.heart.over(item) as hold:
                    carry(item, self.bench, self.store, self.office, self.slots, go_on=self.go_on, hold=hold, lanes=lanes)
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


def work(bench: Bench, stop: Event, lanes: tuple[Lane, ...] = ()) -> None:
    """The body of a local worker process; returns when asked to stop."""
    parent = parent_process()
    if parent and parent.pid:
        die_with_parent(parent.pid)
    share_one_heap()
    with at_work(bench, go_on=lambda: not stop.is_set()) as hands:
        while not stop.is_set():
            if not hands.one_paper(lanes):
                stop.wait(IDLE)


def lease_next(holder: str, lanes: tuple[Lane, ...] = ()) -> Item | None:
    states = tuple({state for lane in lanes for state in lane.states})
    priorities = tuple({lane.priority for lane in lanes})
    return Item.lease(holder, now=now(), length=LEASE, states=states, priorities=priorities)


def give_back(holder: str) -> None:
    """The database was away: a paper of ours may still bear our name, and nobody else would take it from us for minutes."""
    Item.objects.filter(lease_holder=holder).update(**FREED)


def die_with_parent(parent: int) -> None:
    """The run decides when its workers stop (entry.py); killed outright, it takes them along. parent: its process id."""
    pr_set_pdeathsig = 1
    ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL)
    if os.getppid() != parent:  # it was gone before we could say so
        os._exit(1)
