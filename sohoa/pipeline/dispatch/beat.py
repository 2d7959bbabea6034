"""The beat: rings for papers that wait, and tends the table. One at a time for a whole office; a second one stands by."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from datetime import timedelta

from celery import Celery
from django.db import close_old_connections

from sohoa.kernel.clock import now
from sohoa.pipeline.dispatch.absence import Absence
from sohoa.pipeline.dispatch.bench import Bench
from sohoa.pipeline.dispatch.celery import BrokerUnreachable, Rings, rings
from sohoa.pipeline.dispatch.heartbeat import Heart
from sohoa.pipeline.dispatch.holder import this_process
from sohoa.pipeline.dispatch.lanes import ALL, Lane
from sohoa.pipeline.dispatch.tables import Chunk, Presence, Turn
from sohoa.pipeline.dispatch.tending import tend
from sohoa.pipeline.models import Item, State

TURN, TURN_LENGTH = "beat", timedelta(seconds=45)
RING_EVERY = 0.5  # seconds
TEND_EVERY = 5.0
# Rings at the broker at once in each queue: enough for every worker of an office until the next look, and never a hundred thousand.
MOST_RINGS = 200

log = logging.getLogger("sohoa")


def beat(app: Celery | None, bench: Bench, *, stop: Callable[[float], bool], tend_every: float = TEND_EVERY) -> None:
    """Go on until `stop(seconds)`, which waits that long, says yes. app: None where nobody needs to be rung.

    A broker or a database that is away is waited for: what they should do is in the table, and is done when they are back.
    """
    bell = _Bell(app)
    absence = Absence(forgiven=math.inf)
    tended = -math.inf
    with Heart(this_process(), Presence.BEAT) as heart:
        while True:
            with absence.borne():
                if Turn.take(TURN, heart.holder, now=now(), length=TURN_LENGTH):
                    bell.ring()
                    if time.monotonic() - tended > tend_every:
                        tend(bench, now=now())
                        tended = time.monotonic()
            close_old_connections()
            if stop(RING_EVERY if absence.since is None else 1.0):
                break
        bell.close()
        with absence.borne():
            Turn.give_back(TURN, heart.holder)


def _that_wait(lane: Lane) -> int:
    if State.CAPTURED not in lane.states:
        # Found by their states: in the queue they may stand behind a hundred thousand that are still to be read.
        later = Item.objects.filter(state__in=lane.states, lease_until=None, waiting_for="", priority=lane.priority)
        return later[:MOST_RINGS].count()
    others = [state for state in State.workable() if state not in lane.states]
    papers = Item.free().filter(priority=lane.priority).exclude(state__in=others)[:MOST_RINGS].count()
    if papers < MOST_RINGS:
        papers += Chunk.objects.filter(done=False, lease_until=None, item__priority=lane.priority)[:MOST_RINGS].count()
    return min(papers, MOST_RINGS)


class _Bell:
    """The line to the broker, opened again when it was cut."""

    def __init__(self, app: Celery | None) -> None:
        self._app = app
        self._line = ExitStack()
        self._rings: Rings | None = None
        self._away = False

    def ring(self) -> None:
        if self._app is None:
            return
        # Asked before the broker is: the table must not be held up by it, nor its answer taken for the broker's.
        wanted = {lane: _that_wait(lane) for lane in ALL}
        try:
            if self._rings is None:
                self._rings = self._line.enter_context(rings(self._app))
            for lane, count in wanted.items():
                if count:
                    self._rings.top_up(lane, count)
            self._away = False
        except BrokerUnreachable as away:
            if not self._away:
                log.warning("%s", away)
            self._away = True
            self.close()

    def close(self) -> None:
        with suppress(BrokerUnreachable):
            self._line.close()
        self._line, self._rings = ExitStack(), None
