"""The local runner: claim what was given, keep workers alive, tell how far it is, end when nothing more can be done."""

from __future__ import annotations

import multiprocessing
import signal
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from multiprocessing.process import BaseProcess
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Protocol

from django.db.models import Sum

from sohoa.kernel.clock import now
from sohoa.kernel.errors import Exit, SohoaError
from sohoa.pipeline.claiming import Claim, Order, claim
from sohoa.pipeline.dispatch.absence import Absence
from sohoa.pipeline.dispatch.bench import Bench
from sohoa.pipeline.dispatch.entry import start_worker
from sohoa.pipeline.dispatch.lanes import ALL, Lane, names_of
from sohoa.pipeline.dispatch.sweeper import sweep
from sohoa.pipeline.errors import DiskFull
from sohoa.pipeline.models import PAGES, Item, State
from sohoa.pipeline.outcome import Outcome, outcome_of
from sohoa.pipeline.sources.folder import Found
from sohoa.pipeline.workfolder import WorkFolder
from sohoa.storage.objects.seaweed import Connection

LOOK = 0.2  # seconds between two looks at the table
AT_ONCE = 400  # items asked for in one look
DEATHS = 100  # a hostile paper costs TRIES workers; this many in an hour mean that the machine itself is not well
DEATHS_WITHIN = 3600.0  # seconds


class WorkersDie(SohoaError):
    code = "pipeline.workers_die"
    vi = "Các tiến trình xử lý dừng đột ngột quá nhiều lần ({count})."
    en = "Worker processes ended unexpectedly too many times ({count})."
    remedy = "Chạy «sohoa doctor», xem logs/sohoa.log, kiểm tra bộ nhớ của máy; việc đã làm được giữ nguyên."
    remedy_en = "Run `sohoa doctor`, see logs/sohoa.log, check the machine's memory; the work so far is kept."


class Watcher(Protocol):
    """Who wants to know how the run goes; both are called from the run's own thread."""

    def outcome(self, outcome: Outcome) -> None: ...

    def progress(self, progress: Progress) -> None: ...


@dataclass(frozen=True, slots=True)
class Progress:
    """pages is what is known so far: a paper's pages are counted when it is captured."""

    papers_done: int
    papers: int
    pages_read: int
    pages: int


@dataclass(slots=True)
class Run:
    """What a run came to. stopped_by: the error that ended it early, if any."""

    outcomes: list[Outcome] = field(default_factory=list)
    stopped_by: SohoaError | None = None

    @property
    def exit_code(self) -> Exit:
        if any(outcome.unreachable for outcome in self.outcomes):
            return Exit.UNREACHABLE
        needs_a_person = self.stopped_by or any(outcome.needs_a_person for outcome in self.outcomes)
        return Exit.NEEDS_A_PERSON if needs_a_person else Exit.OK


def run(
    papers: Iterable[Found],
    claims: Path,
    order: Order,
    watcher: Watcher,
    *,
    open_bench: Callable[[], AbstractContextManager[Bench]],
    stop_asked: Callable[[], bool],
    mend_store: Callable[[Connection], bool],
    elsewhere: bool = False,
) -> Run:
    """Take `papers` in and carry them as far as they go.

    open_bench: starts what the work stands on; called only when there is work. stop_asked: looked at several times a second;
    the page in hand is finished first. mend_store: try to bring a store that went away back; True when it answers again.
    elsewhere: `sohoa worker` does the work, here or on other machines; this run takes the papers in and tells what becomes of them.
    Safe to call from several processes at once: leases share out the work.
    """
    claims.mkdir(parents=True, exist_ok=True)
    sweep(now=now(), whole_run_ended=True)
    _clear_away(claims)
    # Whatever was waited for may be there again; the first paper to try will tell.
    Item.waiting_for_things().update(waiting_for="")
    outcome = Run()
    taken = _claim_all(papers, claims, order, outcome, stop_asked)
    if _something_to_do(taken) and not stop_asked():
        with open_bench() as bench, _nobody_of_ours() if elsewhere else workers_of(bench) as workers:
            _follow(taken, outcome, watcher, workers, stop_asked, lambda: mend_store(bench.store))
    else:
        for claimed in taken:
            _end(claimed, Item.objects.get(pk=claimed.item.pk), outcome, watcher)
    return outcome


def _end(claimed: Claim, item: Item, outcome: Run, watcher: Watcher) -> None:
    outcome.outcomes.append(outcome_of(claimed, item))
    watcher.outcome(outcome.outcomes[-1])


def _clear_away(claims: Path) -> None:
    """Work folders of papers that reached their end just before their run was killed."""
    for folder in claims.iterdir():
        if len(folder.name) == 64 and Item.objects.filter(content=folder.name, state__in=State.final()).exists():
            WorkFolder(folder).forget()


def _claim_all(papers: Iterable[Found], claims: Path, order: Order, outcome: Run, stop_asked: Callable[[], bool]) -> list[Claim]:
    taken: list[Claim] = []
    for found in papers:
        if stop_asked():
            break
        try:
            taken.append(claim(found, claims, order, now=now()))
        except DiskFull as full:
            outcome.stopped_by = full
            break
    return taken


def _follow(
    claims: list[Claim],
    outcome: Run,
    watcher: Watcher,
    workers: Crew,
    stop_asked: Callable[[], bool],
    mend_store: Callable[[], bool],
) -> None:
    open_claims = dict(enumerate(claims))
    mended = False
    absence = Absence()
    while open_claims and not stop_asked():
        with absence.borne():
            workers.keep_alive()
            for index, claimed, item in list(_ended(open_claims)):
                _end(claimed, item, outcome, watcher)
                del open_claims[index]
            watcher.progress(_progress(claims, len(open_claims)))
            if stop_asked() or not open_claims:
                break
            if not _something_to_do(open_claims.values()):
                # Only papers that wait are left. The store gets one chance to come back; then the person is told.
                waits_for_store = Item.objects.filter(pk__in=_pks(open_claims), waiting_for__startswith="storage.").exists()
                if mended or not (waits_for_store and mend_store()):
                    break
                mended = True
                Item.objects.filter(waiting_for__startswith="storage.").update(waiting_for="")
        time.sleep(LOOK)
    workers.stop()
    for claimed in open_claims.values():
        _end(claimed, Item.objects.get(pk=claimed.item.pk), outcome, watcher)


def _ended(open_claims: dict[int, Claim]) -> Iterator[tuple[int, Claim, Item]]:
    asked = dict(list(open_claims.items())[:AT_ONCE])
    ended = {item.pk: item for item in Item.objects.filter(pk__in=_pks(asked), state__in=(*State.final(), State.REVIEW))}
    for index, claimed in asked.items():
        if claimed.item.pk in ended:
            yield index, claimed, ended[claimed.item.pk]


def _pks(claims: dict[int, Claim]) -> list[int]:
    return [claim.item.pk for claim in list(claims.values())[:AT_ONCE]]


def _something_to_do(claims: Iterable[Claim]) -> bool:
    workable = Item.objects.filter(waiting_for__in=("", PAGES), state__in=State.workable())
    return any(workable.filter(pk__in=some).exists() for some in batched([claimed.item.pk for claimed in claims], AT_ONCE))


def _progress(claims: list[Claim], still_open: int) -> Progress:
    pages = read = 0
    for some in batched([claimed.item.pk for claimed in claims], AT_ONCE):
        known = Item.objects.filter(pk__in=some).aggregate(pages=Sum("pages"), read=Sum("pages_read"))
        pages, read = pages + (known["pages"] or 0), read + (known["read"] or 0)
    return Progress(len(claims) - still_open, len(claims), read, pages)


def batched(keys: list[int], size: int) -> Iterator[list[int]]:
    return (keys[start : start + size] for start in range(0, len(keys), size))


class Crew(Protocol):
    """Who does the work."""

    def keep_alive(self) -> None: ...

    def stop(self) -> None: ...


@contextmanager
def _nobody_of_ours() -> Iterator[Crew]:
    yield _Elsewhere()


class _Elsewhere:
    """Workers that come and go without us."""

    def keep_alive(self) -> None: ...

    def stop(self) -> None: ...


class Workers:
    """One process a core. One that dies (memory, a crash in a library) is replaced; the paper it held goes back to the queue."""

    def __init__(self, bench: Bench, lanes: tuple[Lane, ...] = ALL) -> None:
        # spawn, not fork: a forked child would share the database connection and the locks of this process's threads.
        self._context = multiprocessing.get_context("spawn")
        self._bench, self._lanes = bench, lanes
        self._stop: Event = self._context.Event()
        self._alive: list[BaseProcess] = []
        self._deaths: list[float] = []
        self.keep_alive()

    def keep_alive(self) -> None:
        alive = [process for process in self._alive if process.is_alive()]
        died = len(self._alive) - len(alive)
        if died:
            moment = time.monotonic()
            self._deaths = [*(death for death in self._deaths if death > moment - DEATHS_WITHIN), *[moment] * died]
            sweep(now=now())
        if len(self._deaths) > DEATHS:
            raise WorkersDie(count=len(self._deaths))
        while len(alive) < self._bench.slots:
            process = self._context.Process(target=start_worker, args=(self._bench, self._stop, names_of(self._lanes)), daemon=True)
            # A worker inherits what is held back, until it can say that Ctrl-C is none of its business.
            before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
            try:
                process.start()
            finally:
                signal.pthread_sigmask(signal.SIG_SETMASK, before)
            alive.append(process)
        self._alive = alive

    def stop(self) -> None:
        """Ask, wait for the page in hand, and in the end insist."""
        self._stop.set()
        for process in self._alive:
            process.join(timeout=30)
            if process.is_alive():
                process.kill()
                process.join()


@contextmanager
def workers_of(bench: Bench, lanes: tuple[Lane, ...] = ALL) -> Iterator[Workers]:
    workers = Workers(bench, lanes)
    try:
        yield workers
    finally:
        workers.stop()
        sweep(now=now(), whole_run_ended=True)
