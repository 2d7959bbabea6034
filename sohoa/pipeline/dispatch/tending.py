"""What somebody must see to while workers work: leases that ran out, papers that waited for something that is back, the log's checkpoints."""

from __future__ import annotations

import logging
import shutil
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q

from sohoa.config.settings import settings
from sohoa.kernel.errors import SohoaError
from sohoa.pipeline.auditing import fix_when_due
from sohoa.pipeline.dispatch.bench import Bench
from sohoa.pipeline.dispatch.chunks import join_what_was_left
from sohoa.pipeline.dispatch.holder import is_gone
from sohoa.pipeline.dispatch.sweeper import sweep
from sohoa.pipeline.dispatch.tables import Presence
from sohoa.pipeline.models import DISK, Item
from sohoa.pipeline.signing.office import open_office
from sohoa.storage.archive import Lock
from sohoa.storage.objects.connect import mend, open_store

# What a paper waits for is asked about again after so long; the store every time, because it is one question for all papers.
AGAIN = timedelta(minutes=1)
FORGOTTEN = timedelta(hours=1)
ROOM = 512 << 20  # bytes: free again, so that the paper that goes first does not fill it at once
STORE = "storage."

log = logging.getLogger("sohoa")


@dataclass(frozen=True, slots=True)
class Tended:
    """swept: leases given back. let_go: papers that wait no longer. fixed: events that a new checkpoint covers."""

    swept: int = 0
    let_go: int = 0
    fixed: int = 0


def tend(bench: Bench, *, now: datetime, room: int = ROOM) -> Tended:
    """One round. An error of the store is no error here: what waits for it goes on waiting."""
    swept = sweep(now=now)
    _forget_the_dead(now)
    let_go = _let_go(bench, now, room) + join_what_was_left(now=now)
    return Tended(swept, let_go, _fixed(bench, now))


def _forget_the_dead(now: datetime) -> None:
    """A process that was killed could not take its name off the list. Those of other machines are shown as silent for a while."""
    gone = [holder for holder in Presence.objects.values_list("holder", flat=True) if is_gone(holder)]
    Presence.objects.filter(Q(holder__in=gone) | Q(seen__lt=now - FORGOTTEN)).delete()


def _let_go(bench: Bench, now: datetime, room: int) -> int:
    waiting = Item.waiting_for_things()
    if not waiting.exists():
        return 0
    gone = 0
    if waiting.filter(waiting_for__startswith=STORE).exists() and _answers(bench):
        gone += waiting.filter(waiting_for__startswith=STORE).update(waiting_for="")
    disk = shutil.disk_usage(bench.claims if bench.claims.exists() else bench.home)
    if disk.free >= min(room, disk.total // 10):
        gone += waiting.filter(waiting_for=DISK).update(waiting_for="")
    others = waiting.exclude(waiting_for__startswith=STORE).exclude(waiting_for=DISK)
    # Whatever else it is (a signer, a program): only the paper itself can find out, and it loses nothing by trying.
    return gone + others.filter(waiting_since__lte=now - AGAIN).update(waiting_for="")


def _answers(bench: Bench) -> bool:
    return mend(bench.home, settings().s3, bench.store)


def _fixed(bench: Bench, now: datetime) -> int:
    try:
        with open_store(bench.store) as store, open_office(bench.home) as office:
            fixed = fix_when_due(office, store, Lock(bench.lock_mode, bench.lock_days), now=now)
    except SohoaError as failure:
        fixed = failure
    if isinstance(fixed, SohoaError):
        log.warning("no checkpoint of the log: %s", fixed)
        return 0
    return fixed.new if fixed else 0
