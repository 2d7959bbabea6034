"""One worker: take the paper that has waited longest, carry it as far as it goes, take the next."""

from __future__ import annotations

import ctypes
import errno
import json
import logging
import math
import os
import signal
import time
import traceback
from collections.abc import Callable
from datetime import timedelta
from multiprocessing.synchronize import Event
from pathlib import Path

from django.db import OperationalError, close_old_connections, transaction

from sohoa.config.retention import retention_plan
from sohoa.kernel.clock import now
from sohoa.kernel.durable import write_durably
from sohoa.kernel.errors import Exit, SohoaError
from sohoa.kernel.memory import share_one_heap
from sohoa.pipeline import stages
from sohoa.pipeline.beside import beside
from sohoa.pipeline.dispatch.absence import Absence
from sohoa.pipeline.dispatch.bench import Bench
from sohoa.pipeline.dispatch.holder import this_process
from sohoa.pipeline.dispatch.slots import Slots
from sohoa.pipeline.dossiers import dossier_of
from sohoa.pipeline.errors import DiskFull, GaveUp, Unexpected
from sohoa.pipeline.models import Item, State
from sohoa.pipeline.signing.office import SigningOffice, open_office
from sohoa.pipeline.workfolder import WorkFolder
from sohoa.storage import archive
from sohoa.storage.audit import chain
from sohoa.storage.audit.acting import this_process_is
from sohoa.storage.catalogue import database
from sohoa.storage.objects import errors as store_errors
from sohoa.storage.objects.connect import open_store
from sohoa.storage.objects.model import ObjectStore

LEASE = timedelta(minutes=20)  # renewed after every page; a page on which every run of every reader hangs takes six
TRIES = 5
IDLE = 0.1  # seconds between two looks at an empty queue
AWAY = 1.0  # and at a database that does not answer

log = logging.getLogger("sohoa")


class LostLease(Exception):
    pass


def work(bench: Bench, stop: Event) -> None:
    """The body of a worker process; returns when asked to stop."""
    _die_with_parent()
    share_one_heap()
    this_process_is("worker")
    holder, slots = this_process(), Slots(bench.claims / "slots", bench.slots)
    with open_office(bench.home) as office, open_store(bench.store) as store:
        absence = Absence(forgiven=math.inf)  # when to give up is for the run to say
        while not stop.is_set():
            with absence.borne():
                item = lease_next(holder, came_back=absence.since is not None)
                if item is None:
                    stop.wait(IDLE)
                    continue
                carry(item, bench, store, office, slots, go_on=lambda: not stop.is_set())
            if absence.since is not None:
                stop.wait(AWAY)
            close_old_connections()


def lease_next(holder: str, *, came_back: bool) -> Item | None:
    """came_back: the database was away, so a paper of ours may still bear our name, which nobody else would take from us."""
    if came_back:
        Item.objects.filter(lease_holder=holder).update(lease_holder="", lease_until=None)
    return Item.lease(holder, now=now(), length=LEASE)


def _die_with_parent() -> None:
    # The run decides when its workers stop (entry.py); killed outright, it takes them along.
    pr_set_pdeathsig = 1
    ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL)
    if os.getppid() == 1:
        os._exit(1)


def carry(item: Item, bench: Bench, store: ObjectStore, office: SigningOffice, slots: Slots, *, go_on: Callable[[], bool]) -> None:
    """Carry one leased paper through its stages. Whatever goes wrong ends here: as quarantine with a code, or as a reason to wait."""
    folder = WorkFolder(bench.claims / item.content)
    try:
        if item.attempts > TRIES:
            raise GaveUp(attempts=item.attempts - 1)
        _stages(item, folder, bench, store, office, slots, go_on)
    except (stages.Interrupted, LostLease):
        item.release(now=now())
    except SohoaError as error:
        _settle(item, folder, bench, error)
    except (OSError, OperationalError) as error:
        full = getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT) or "disk is full" in str(error)
        _settle(item, folder, bench, DiskFull() if full else database.meaning_of(error) or _unexpected(error))
    except Exception as error:  # the border where nobody's fault becomes a quarantine with a code
        _settle(item, folder, bench, database.meaning_of(error) or _unexpected(error))


def _stages(
    item: Item,
    folder: WorkFolder,
    bench: Bench,
    store: ObjectStore,
    office: SigningOffice,
    slots: Slots,
    go_on: Callable[[], bool],
) -> None:
    def page_done() -> bool:
        return item.page_done(now=now(), length=LEASE) and go_on()

    begun = time.monotonic()

    def reach(state: State, **columns: object) -> None:
        nonlocal begun
        spent, begun = time.monotonic() - begun, time.monotonic()
        if not item.advance(state, now=now(), length=LEASE, seconds=item.seconds + spent, **columns):
            raise LostLease
        if not go_on() and state != State.ARCHIVED:
            raise stages.Interrupted

    source = Path(item.source)
    if item.state == State.CLAIMED:
        intake = stages.capture(folder)
        already = sum(folder.has_page(number) for number in range(1, intake.page_count + 1))
        reach(State.CAPTURED, pages=intake.page_count, pages_read=already)
    if item.state == State.CAPTURED:
        stages.recognise(folder, slots, mode=bench.reading, page_done=page_done)
        reach(State.RECOGNISED)
    if item.state == State.RECOGNISED:
        stages.classify(folder, beside(unit=item.unit, dossier=item.dossier, procedure=item.procedure))
        reach(State.CLASSIFIED)
    if item.state == State.CLASSIFIED:
        stages.compose(
            folder,
            title=stages.classify(folder).type.name or "Giấy tờ",
            identifier=archive.document_id_of(folder.path.name),
            now=item.claimed_at,
        )
        reach(State.COMPOSED)
    if item.state == State.COMPOSED:
        stages.sign(folder, office, wanted=item.sign)
        reach(State.SIGNED)
    if item.state == State.SIGNED:
        belongs = dossier_of(stages.classify(folder), told=item.dossier, procedure=item.procedure)
        paper = stages.package(folder, source=source, belongs=belongs, procedure=item.procedure, unit=item.unit)
        plan = retention_plan(bench.home)
        record = archive.deposit(paper, store, archive.Lock(bench.lock_mode, bench.lock_days), now=now(), plan=plan)
        reach(State.ARCHIVED, document_id=record.pk, dossier=belongs.code)
        folder.forget()


def _unexpected(error: Exception) -> Unexpected:
    # The traceback's lines hold code, not papers; the message may hold a file's name, so only its kind is kept.
    log.error("unexpected %s\n%s", type(error).__name__, "".join(traceback.format_tb(error.__traceback__)))
    return Unexpected(kind=type(error).__name__)


def _settle(item: Item, folder: WorkFolder, bench: Bench, error: SohoaError) -> None:
    log.warning("item %s: %s", item.content[:20], error)
    if isinstance(error, DiskFull | store_errors.DiskFull):
        # Not this paper's fault, so the try does not count.
        item.release(now=now(), last_error=error.as_dict(), waiting_for="disk_space", attempts=0)
    elif isinstance(error, database.DatabaseBusy | database.DatabaseUnreachable) and item.attempts < TRIES:
        # That this line can be written says that the database answers again. The try counts, or two could stand in each other's way
        # for ever.
        close_old_connections()
        item.release(now=now(), last_error=error.as_dict())
    elif error.exit_code is Exit.UNREACHABLE:
        item.release(now=now(), last_error=error.as_dict(), waiting_for=error.code, attempts=0)
    else:
        quarantine(item, folder, bench.quarantine, error)


def quarantine(item: Item, folder: WorkFolder, room: Path, error: SohoaError) -> None:
    """Put a paper aside with its reason. The source is kept; a person may look at it and give it again.

    The source is linked first, then the row says so, then the work folder goes: a kill between two of these loses nothing.
    """
    kept = room / item.content
    kept.mkdir(parents=True, exist_ok=True)
    if folder.source.exists() and not (kept / "source").exists():
        os.link(folder.source, kept / "source")
    write_durably(kept / "reason.json", json.dumps(error.as_dict(), ensure_ascii=False).encode())
    with transaction.atomic():
        moved = item.held().update(
            state=State.QUARANTINED, reason=error.as_dict(), waiting_since=now(), lease_holder="", lease_until=None
        )
        if moved:
            chain.append("paper.quarantined", item.content[:20], now=now(), details={"code": error.code})
    if moved:
        folder.forget()
