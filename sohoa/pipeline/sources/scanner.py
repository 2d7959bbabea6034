"""A scanner as a source: pages come into a batch one by one, each kept, measured and shown while the next one feeds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from sohoa.kernel.errors import SohoaError
from sohoa.pipeline.batches import receiving
from sohoa.pipeline.batches.errors import StateSecretSheet
from sohoa.pipeline.batches.models import Batch, BatchPage, BatchState, ScanRun
from sohoa.pipeline.batches.receiving import Wanted
from sohoa.pipeline.batches.seals import tell_missing_seals
from sohoa.pipeline.batches.shelf import Shelf
from sohoa.pipeline.sources.scanner_devices import Able, able, settings_for
from sohoa.pipeline.sources.scanner_feed import FAREWELL, Feeder, feeding

STOPPED = "pipeline.scanner_stopped"


class Watcher(Protocol):
    """Who wants to see the pages come in."""

    def page(self, page: BatchPage, *, recovered: bool) -> None: ...


@dataclass(slots=True)
class Brake:
    """By which a signal handler, or whoever else, stops the run that is under way."""

    pulled: bool = False
    feeder: Feeder | None = None

    def pull(self) -> None:
        self.pulled = True
        if self.feeder is not None:
            self.feeder.stop()


@dataclass(slots=True)
class Scanned:
    """What a run came to. recovered: pages that an earlier, killed run had left. failure: what ended it before its time; None: nothing.

    unsealed: last pages of papers in the batch that should bear a red seal and show none.
    """

    run: ScanRun
    pages: list[BatchPage] = field(default_factory=list)
    recovered: list[BatchPage] = field(default_factory=list)
    failure: SohoaError | None = None
    unsealed: list[BatchPage] = field(default_factory=list)


def scan(
    batch: Batch,
    wanted: Wanted,
    shelf: Shelf,
    watcher: Watcher,
    brake: Brake,
    *,
    by: str,
    clock: Callable[[], datetime],
    more: Sequence[str] = (),
) -> Scanned:
    """Run the device once. more: options of the device, as scanimage takes them.

    Raises BatchBusy, BatchElsewhere, BatchNotOpen, BatchPageUnknown, and what asking the device raises; what ends the run once it feeds is
    given back, because the pages before it are kept.
    """
    can = able(wanted.device, more)
    settings = [*more, *settings_for(can, dpi=wanted.dpi, mode=wanted.mode, duplex=wanted.duplex)]
    with shelf.alone(batch, wait=FAREWELL) as lock:
        recovered = []
        for page in receiving.recover(batch, shelf, now=clock()):
            recovered.append(page)
            watcher.page(page, recovered=True)
        run = receiving.begin(batch, wanted, by=by, now=clock())
        scanned = Scanned(run, recovered=recovered)
        _feed(scanned, settings, _how_many(can, run), shelf, watcher, brake, lock, clock)
        if scanned.failure is None:
            scanned.unsealed = tell_missing_seals(batch)
    run.batch.refresh_from_db()
    return scanned


def _how_many(can: Able, run: ScanRun) -> int | None:
    """A glass without a feeder gives the same page for ever."""
    return run.expected_pages if can.feeders or run.expected_pages else 1


def _feed(
    scanned: Scanned,
    settings: Sequence[str],
    pages: int | None,
    shelf: Shelf,
    watcher: Watcher,
    brake: Brake,
    lock: int,
    clock: Callable[[], datetime],
) -> None:
    run = scanned.run
    try:
        with feeding(run.device, settings, shelf.arriving(run), pages=pages, holds=lock) as feeder:
            brake.feeder = feeder
            if brake.pulled:
                feeder.stop()
            for number, arrived in feeder:
                page = receiving.receive(run, arrived, number, shelf, now=clock())
                scanned.pages.append(page)
                watcher.page(page, recovered=False)
                if receiving.opens_a_secret(page):
                    raise StateSecretSheet(page=page.position)
                if not _goes_on(run):
                    feeder.stop()
    except SohoaError as failure:
        scanned.failure = failure
    finally:
        brake.feeder = None
    # Pages that arrived while we were stopping are whole and belong to the batch.
    secret = isinstance(scanned.failure, StateSecretSheet)
    for number, arrived in () if secret else receiving.arrivals(shelf.arriving(run)):
        page = receiving.receive(run, arrived, number, shelf, now=clock())
        scanned.pages.append(page)
        watcher.page(page, recovered=False)
    receiving.end(run, scanned.failure.code if scanned.failure else receiving.DONE, shelf, now=clock())


def _goes_on(run: ScanRun) -> bool:
    """A batch that somebody paused stops its feeder."""
    return Batch.objects.filter(pk=run.batch_id, state=BatchState.OPEN).exists()
