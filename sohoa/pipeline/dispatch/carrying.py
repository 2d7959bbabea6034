"""Carry one leased paper through its stages. Whatever goes wrong ends here: as a quarantine with a code, or as a reason to wait."""

from __future__ import annotations

import errno
import json
import logging
import os
import time
import traceback
from collections.abc import Callable
from pathlib import Path

from django.db import OperationalError, close_old_connections, transaction

from sohoa.config.retention import retention_plan
from sohoa.kernel.clock import now
from sohoa.kernel.durable import copy_durably, write_durably
from sohoa.kernel.errors import Exit, SohoaError
from sohoa.pipeline import stages
from sohoa.pipeline.beside import beside
from sohoa.pipeline.dispatch.bench import Bench
from sohoa.pipeline.dispatch.chunks import shared_out
from sohoa.pipeline.dispatch.heartbeat import LEASE, Hold
from sohoa.pipeline.dispatch.lanes import ALL, Lane
from sohoa.pipeline.dispatch.slots import Slots
from sohoa.pipeline.dossiers import dossier_of
from sohoa.pipeline.errors import DiskFull, GaveUp, Unexpected
from sohoa.pipeline.models import DISK, FREED, Item, State
from sohoa.pipeline.signing.office import SigningOffice
from sohoa.pipeline.workfolder import WorkFolder
from sohoa.storage import archive
from sohoa.storage.audit import chain
from sohoa.storage.catalogue import database
from sohoa.storage.objects import errors as store_errors
from sohoa.storage.objects.model import ObjectStore

TRIES = 5

log = logging.getLogger("sohoa")


class LostLease(Exception):
    pass


def carry(
    item: Item,
    bench: Bench,
    store: ObjectStore,
    office: SigningOffice,
    slots: Slots,
    *,
    go_on: Callable[[], bool],
    hold: Hold | None = None,
    lanes: tuple[Lane, ...] = ALL,
) -> None:
    """Carry one leased paper through its stages. Whatever goes wrong ends here: as quarantine with a code, or as a reason to wait.

    hold: the lease that a heartbeat renews; None: nobody does. lanes: what this worker is for.
    """
    folder = WorkFolder(bench.claims / item.content)
    hold = hold or Hold(item)
    states = {state for lane in lanes for state in lane.states}
    try:
        wrong = _ended(
            item, lambda: _stages(item, folder, bench, store, office, slots, lambda: go_on() and not hold.lost, hold, states)
        )
        if wrong is not None:
            _settle(item, folder, bench, wrong)
    except OSError as error:
        # It cannot even be put aside. It waits, and is tried again once there is room, or in a while.
        why = _as_ours(error)
        item.release(now=now(), last_error=why.as_dict(), waiting_for=DISK if isinstance(why, DiskFull) else why.code, attempts=0)


def _ended(item: Item, work: Callable[[], None]) -> SohoaError | None:
    """What went wrong; None when nothing did, or the work was given back."""
    try:
        if item.attempts > TRIES:
            raise GaveUp(attempts=item.attempts - 1)
        work()
    except (stages.Interrupted, LostLease):
        item.release(now=now())
    except SohoaError as error:
        return error
    except Exception as error:  # the border where nobody's fault becomes a quarantine with a code
        return _as_ours(error)
    return None


def _as_ours(error: Exception) -> SohoaError:
    if isinstance(error, OSError | OperationalError):
        full = getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT) or "disk is full" in str(error)
        if full:
            return DiskFull()
    return database.meaning_of(error) or _unexpected(error)


def _stages(
    item: Item,
    folder: WorkFolder,
    bench: Bench,
    store: ObjectStore,
    office: SigningOffice,
    slots: Slots,
    go_on: Callable[[], bool],
    hold: Hold,
    states: set[State],
) -> None:
    def page_done() -> bool:
        hold.got_on()
        return item.page_done(now=now(), length=LEASE) and go_on()

    begun = time.monotonic()

    def reach(state: State, **columns: object) -> None:
        nonlocal begun
        hold.got_on()
        spent, begun = time.monotonic() - begun, time.monotonic()
        if not item.advance(state, now=now(), length=LEASE, seconds=item.seconds + spent, **columns):
            raise LostLease
        if state != State.ARCHIVED and (not go_on() or state not in states):
            raise stages.Interrupted

    def must_be_ours() -> None:
        """Before what cannot be taken back."""
        if not item.renew(now=now(), length=LEASE):
            raise LostLease

    source = Path(item.source)
    if item.state == State.CLAIMED:
        intake = stages.capture(folder)
        already = sum(folder.has_page(number) for number in range(1, intake.page_count + 1))
        reach(State.CAPTURED, pages=intake.page_count, pages_read=already)
    if item.state == State.CAPTURED:
        if shared_out(item, folder, size=bench.share_out, now=now()):
            return
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
        must_be_ours()
        stages.sign(folder, office, wanted=item.sign)
        reach(State.SIGNED)
    if item.state == State.SIGNED:
        belongs = dossier_of(stages.classify(folder), told=item.dossier, procedure=item.procedure)
        paper = stages.package(folder, source=source, belongs=belongs, procedure=item.procedure, unit=item.unit)
        plan = retention_plan(bench.home)
        must_be_ours()
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
        item.release(now=now(), last_error=error.as_dict(), waiting_for=DISK, attempts=0)
    elif isinstance(error, database.DatabaseBusy | database.DatabaseUnreachable) and item.attempts < TRIES:
        # That this line can be written says that the database answers again. The try counts, or two could stand in each other's way
        # for ever.
        close_old_connections()
        item.release(now=now(), last_error=error.as_dict())
    elif error.exit_code is Exit.UNREACHABLE:
        item.release(now=now(), last_error=error.as_dict(), waiting_for=error.code, attempts=0)
    else:
        quarantine(item, folder, bench.quarantine, error)


def _keep(source: Path, kept: Path) -> None:
    try:
        os.link(source, kept)
    except OSError as refused:
        if refused.errno not in (errno.EXDEV, errno.EPERM, errno.EOPNOTSUPP):
            raise
        with source.open("rb") as stream:  # on another disk, or one that knows no links
            copy_durably(stream, kept)


def quarantine(item: Item, folder: WorkFolder, room: Path, error: SohoaError) -> None:
    """Put a paper aside with its reason. The source is kept; a person may look at it and give it again.

    The source is linked first, then the row says so, then the work folder goes: a kill between two of these loses nothing.
    """
    kept = room / item.content
    kept.mkdir(parents=True, exist_ok=True)
    if folder.source.exists() and not (kept / "source").exists():
        _keep(folder.source, kept / "source")
    write_durably(kept / "reason.json", json.dumps(error.as_dict(), ensure_ascii=False).encode())
    with transaction.atomic():
        moved = item.held().update(state=State.QUARANTINED, reason=error.as_dict(), waiting_since=now(), **FREED)
        if moved:
            chain.append("paper.quarantined", item.content[:20], now=now(), details={"code": error.code})
    if moved:
        folder.forget()
