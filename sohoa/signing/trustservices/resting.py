"""A service that keeps people waiting is left alone for a while.

One that refuses at once costs nothing to ask again; one that lets every question run into its time-out would cost a batch of a
thousand papers hours.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from sohoa.signing.http import Http, Reply, ServiceUnreachable

SLOW = 1.0  # seconds without an answer that make a service one to be left alone
REST = 30.0  # seconds for which it then is


class Patience:
    """One for all services that are asked through the same `http`; safe to use from several threads.

    clock: seconds that only ever grow.
    """

    def __init__(self, http: Http, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._http = http
        self._clock = clock
        self._until: dict[str, float] = {}
        self._lock = threading.Lock()

    def get(self, url: str, *, service: str) -> Reply:
        return self._asked(url, service, lambda: self._http.get(url, service=service))

    def post(self, url: str, body: bytes, *, service: str, headers: dict[str, str]) -> Reply:
        """Raises ServiceUnreachable, at once where the service rests."""
        return self._asked(url, service, lambda: self._http.post(url, body, service=service, headers=headers))

    def _asked(self, url: str, service: str, ask: Callable[[], Reply]) -> Reply:
        began = self._clock()
        with self._lock:
            if began < self._until.get(url, began):
                raise ServiceUnreachable(service=service, why="it did not answer a moment ago")
        try:
            return ask()
        except ServiceUnreachable:
            ended = self._clock()
            if ended - began >= SLOW:
                with self._lock:
                    self._until[url] = ended + REST
            raise
