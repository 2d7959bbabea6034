"""No faster than told: other people's work goes on while the archive is read from end to end."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


class Throttle:
    """Shared by the threads that read. rate: bytes a second; 0: as fast as it goes."""

    def __init__(
        self, rate: int = 0, *, clock: Callable[[], float] = time.monotonic, wait: Callable[[float], None] = time.sleep
    ) -> None:
        self._rate, self._clock, self._wait = rate, clock, wait
        self._lock, self._free = threading.Lock(), 0.0

    def spend(self, size: int) -> None:
        """Give back when these bytes were allowed. Time that nobody used is not saved up."""
        if not self._rate:
            return
        with self._lock:
            present = self._clock()
            start = max(self._free, present)
            self._free = start + size / self._rate
        if start > present:
            self._wait(start - present)
