"""The local runner: claim what was given, keep workers alive, tell how far it is, end when nothing more can be done."""

from __future__ import annotations

import math
import multiprocessing
import signal
import time
from collections.abc import Callable, Iterator
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
from sohoa.pipeline.dispatch.absence import FORGIVEN, Absence
from sohoa.pipeline.dispatch.bench import Bench
from sohoa.pipeline.dispatch.entry import start_worker
from sohoa.pipeline.dispatch.lanes import ALL, Lane, names_of
from sohoa.pipeline.dispatch.sweeper import sweep
from sohoa.pipeline.errors import DiskFull
from sohoa.pipeline.models import PAGES, Item, State
from sohoa.pipeline.outcome import Outcome, outcome_of
from sohoa.pipeline.sources.folder import Found
from sohoa.pipeline.sources.hotfolder_errors import OfferedAgain
from sohoa.pipeline.workfolder import WorkFolder
from sohoa.storage.objects.seaweed import Connection

LOOK = 0.2  # seconds between two looks at the table
WAKE = 30.0  # and between two tries, while a source lasts, of papers that wait for something
IDLE = 120.0  # seconds without work after which a lasting source's workers and store are let go
SHIFT = 3600.0  # and at the latest
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


class Source(Protocol):
    """Where papers come from: a list that is given once (sources.folder.Given), or folders that are watched (sources.hotfolder_watch).

    lasting: more may come at any time, so whatever is away is waited for. over: nothing more comes.
    """

    lasting: bool
    over: bool

    def ready(self) -> Iterator[Found]:
        """What can be taken in now. Asked again and again; what was given and not said to be taken is given again."""
        ...

    def taken(self, found: Found) -> None: ...

    def ended(self, claim: Claim, item: Item) -> None:
        """Its paper is archived, in quarantine or excluded."""
        ...

    def waits_out(self, problem: SohoaError) -> bool:
        """Whether the run goes on although something everybody needs is short; False ends it."""
        ...


@dataclass(frozen=True, slots=True)
class Progress:
    """pages is what is known so far: a paper's pages are counted when it is captured."""

    papers_done: int
    papers: int
    pages_read: int
    pages: int


@dataclass(slots=True)
class Run:
    """What a run came to. outcomes: of a given list; of a lasting source only counted. stopped_by: the error that ended it early, if any."""

    outcomes: list[Outcome] = field(default_factory=list)
    stopped_by: SohoaError | None = None
    unreachable: bool = False
    needs_a_person: bool = False

    def count(self, outcome: Outcome, *, keep: bool) -> None:
        self.unreachable |= outcome.unreachable
        self.needs_a_person |= outcome.needs_a_person
        if keep:
            self.outcomes.append(outcome)

    @property
    def exit_code(self) -> Exit:
        if self.unreachable:
            return Exit.UNREACHABLE
        return Exit.NEEDS_A_PERSON if self.stopped_by or self.needs_a_person else Exit.OK


def run(
    source: Source,
    claims: Path,
    order: Order,
    watcher: Watcher,
    *,
    open_bench: Callable[[], AbstractContextManager[Bench]] | None,
    stop_asked: Callable[[], bool],
    mend_store: Callable[[Connection], bool],
    elsewhere: bool = False,
) -> Run:
    """Take in what `source` gives and carry it as far as it goes.

    open_bench: starts what the work stands on; called only when there is work. None: others do the work, and only intake is ours.
    stop_asked: looked at several times a second; the page in hand is finished first. mend_store: try to bring a store that went away
    back; True when it answers again. elsewhere: `sohoa worker` does the work, here or on other machines; this run takes the papers in and
    tells what becomes of them. Safe to call from several processes at once: leases share out the work.
    """
    claims.mkdir(parents=True, exist_ok=True)
    sweep(now=now(), whole_run_ended=True)
    _clear_away(claims)
    # Whatever was waited for may be there again; the first paper to try will tell.
    Item.waiting_for_things().update(waiting_for="")
    followed = _Followed(source, claims, order, watcher, stop_asked)
    absence = Absence(forgiven=math.inf if source.lasting else FORGIVEN)
    not_before = 0.0
    while not stop_asked():
        with absence.borne():
            followed.look()
        if source.over and not followed.open:
            break
        if open_bench and time.monotonic() >= not_before and followed.something_to_do():
            try:
                with open_bench() as bench, _nobody_of_ours() if elsewhere else workers_of(bench) as workers:
                    followed.until_idle(workers, absence, lambda: mend_store(bench.store))
            except SohoaError as problem:
                if not source.waits_out(problem):
                    raise
                not_before = time.monotonic() + WAKE
        elif source.over:
            break  # only papers that wait are left
        time.sleep(LOOK)
    followed.leave()
    return followed.run


def _clear_away(claims: Path) -> None:
    """Work folders of papers that reached their end just before their run was killed."""
    for folder in claims.iterdir():
        if len(folder.name) == 64 and Item.objects.filter(content=folder.name, state__in=State.final()).exists():
            WorkFolder(folder).forget()


class _Followed:
    """The papers of a run: taken in, looked after, told about when they have ended."""

    def __init__(self, source: Source, claims: Path, order: Order, watcher: Watcher, stop_asked: Callable[[], bool]) -> None:
        self._source, self._claims, self._order, self._watcher, self._stop_asked = source, claims, order, watcher, stop_asked
        self.run = Run()
        self.open: dict[int, Claim] = {}
        self._taken = self._pages = self._read = 0
        self._woken = time.monotonic()

    def look(self) -> None:
        """Take in what is ready, tell what has ended."""
        self._take_in()
        for index, claimed, item in list(self._ended()):
            self._tell(claimed, item)
            del self.open[index]
        self._watcher.progress(self._progress())
        if self._source.lasting and time.monotonic() - self._woken > WAKE:
            self._woken = time.monotonic()
            # Papers in the hands of another run that was killed: a run that lasts cannot leave them to the next one's beginning.
            sweep(now=now(), whole_run_ended=True)
            # A disk that was full, a key that was out: nobody says that it is there again, so the first paper to try will tell.
            Item.waiting_for_things().update(waiting_for="")

    def _take_in(self) -> None:
        if self._source.over:
            return
        for found in self._source.ready():
            if self._stop_asked():
                return
            try:
                claimed = claim(found, self._claims, self._order, now=now())
            except OfferedAgain:
                continue
            except DiskFull as full:
                if not self._source.waits_out(full):
                    self.run.stopped_by = full
                return
            self.open[self._taken] = claimed
            self._taken += 1
            self._source.taken(found)

    def until_idle(self, workers: Crew, absence: Absence, mend_store: Callable[[], bool]) -> None:
        """Follow the work until nothing more can be done; of a lasting source, until nothing has come for a while or a shift is over.

        A shift has an end so that the log gets its checkpoint and workers give back what they gathered.
        """
        mended, begun = False, time.monotonic()
        busy = tried = begun
        while not self._stop_asked():
            with absence.borne():
                workers.keep_alive()
                self.look()
                if self._stop_asked():
                    break
                if self.something_to_do():
                    busy = time.monotonic()
                elif not self._source.lasting:
                    if self._source.over and not self.open:
                        break
                    # Only papers that wait are left. The store gets one chance to come back; then the person is told.
                    if self._source.over and (mended or not self._mended(mend_store)):
                        break
                    mended = self._source.over
                elif time.monotonic() - tried > WAKE:
                    tried = time.monotonic()
                    self._mended(mend_store)
                if self._source.lasting and (time.monotonic() - busy > IDLE or time.monotonic() - begun > SHIFT):
                    break
            time.sleep(LOOK)
        workers.stop()

    def leave(self) -> None:
        """What is still on its way is told as it stands; a lasting source finds it again."""
        if not self._source.lasting:
            for claimed in self.open.values():
                self._tell(claimed, Item.objects.get(pk=claimed.item.pk))

    def _tell(self, claimed: Claim, item: Item) -> None:
        if item.state in State.final():
            self._source.ended(claimed, item)
        self._pages, self._read = self._pages + item.pages, self._read + item.pages_read
        outcome = outcome_of(claimed, item)
        self.run.count(outcome, keep=not self._source.lasting)
        self._watcher.outcome(outcome)

    def _ended(self) -> Iterator[tuple[int, Claim, Item]]:
        asked = dict(list(self.open.items())[:AT_ONCE])
        keys = [claimed.item.pk for claimed in asked.values()]
        ended = {item.pk: item for item in Item.objects.filter(pk__in=keys, state__in=(*State.final(), State.REVIEW))}
        for index, claimed in asked.items():
            if claimed.item.pk in ended:
                yield index, claimed, ended[claimed.item.pk]

    def something_to_do(self) -> bool:
        workable = Item.objects.filter(waiting_for__in=("", PAGES), state__in=State.workable())
        return any(workable.filter(pk__in=some).exists() for some in batched(self._keys(), AT_ONCE))

    def _mended(self, mend_store: Callable[[], bool]) -> bool:
        if not self._store_away() or not mend_store():
            return False
        Item.objects.filter(waiting_for__startswith="storage.").update(waiting_for="")
        return True

    def _store_away(self) -> bool:
        return Item.objects.filter(pk__in=self._keys()[:AT_ONCE], waiting_for__startswith="storage.").exists()

    def _keys(self) -> list[int]:
        return [claimed.item.pk for claimed in self.open.values()]

    def _progress(self) -> Progress:
        pages, read = self._pages, self._read
        for some in batched(self._keys(), AT_ONCE):
            known = Item.objects.filter(pk__in=some).aggregate(pages=Sum("pages"), read=Sum("pages_read"))
            pages, read = pages + (known["pages"] or 0), read + (known["read"] or 0)
        return Progress(self._taken - len(self.open), self._taken, read, pages)


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
