"""As many pages in work at once as the machine has cores, over all workers and all commands: one locked file a slot.

File locks rather than a semaphore, because the system gives a lock back when its holder is killed.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

LOOK_AGAIN = 0.02  # seconds; a page takes a hundred times as long


@dataclass(frozen=True, slots=True)
class Slots:
    folder: Path
    count: int

    @contextmanager
    def one(self) -> Iterator[None]:
        """Hold a slot, waiting for one to be free."""
        self.folder.mkdir(parents=True, exist_ok=True)
        while True:
            for number in range(self.count):
                descriptor = os.open(self.folder / f"slot-{number}", os.O_RDWR | os.O_CREAT, 0o600)
                try:
                    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    os.close(descriptor)
                    continue
                try:
                    yield
                finally:
                    os.close(descriptor)
                return
            time.sleep(LOOK_AGAIN)
