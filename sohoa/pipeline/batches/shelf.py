"""Where the files of batches lie, and who may bring pages in: one at a time."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sohoa.pipeline.batches.errors import BatchBusy, BatchElsewhere
from sohoa.pipeline.batches.models import Batch, BatchPage, ScanRun

LOOK_AGAIN = 0.05  # seconds


@dataclass(frozen=True, slots=True)
class Shelf:
    """`root/<batch>/`: pages/ by content, arriving/<run>/ as the device wrote them, papers/, stack.pdf, feeding.lock."""

    root: Path

    def of(self, batch: Batch) -> Path:
        return self.root / batch.folder

    def page(self, page: BatchPage) -> Path:
        return self.of(page.batch) / "pages" / page.file_name

    def pages(self, batch: Batch) -> Path:
        return self.of(batch) / "pages"

    def arriving(self, run: ScanRun) -> Path:
        return self.of(run.batch) / "arriving" / str(run.pk)

    def stack(self, batch: Batch) -> Path:
        return self.of(batch) / "stack.pdf"

    def papers(self, batch: Batch) -> Path:
        return self.of(batch) / "papers"

    def must_have(self, batch: Batch) -> None:
        """Raises BatchElsewhere: a home may be another machine's, while the table is everybody's."""
        if batch.runs.exists() and not self.of(batch).is_dir():
            raise BatchElsewhere()

    @contextmanager
    def alone(self, batch: Batch, *, wait: float = 0.0) -> Iterator[int]:
        """Nobody else feeds, closes or cancels the batch meanwhile. Gives the lock's descriptor: a device's child that inherits it keeps
        the batch locked until it has ended, even when we are killed. wait: seconds. Raises BatchBusy, BatchElsewhere.
        """
        self.must_have(batch)
        folder = self.of(batch)
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(folder / "feeding.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            _lock(descriptor, time.monotonic() + wait)
            yield descriptor
        finally:
            os.close(descriptor)


def _lock(descriptor: int, until: float) -> None:
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() >= until:
                raise BatchBusy() from None
            time.sleep(LOOK_AGAIN)
