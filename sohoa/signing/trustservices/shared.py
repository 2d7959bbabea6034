"""Something dear that many threads want at once is fetched once, and kept for as long as it holds."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

MOST = 2000  # kept at a time; a batch has one signer and a handful of authorities

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Kept(Generic[T]):
    """Holds from `since` until `until`, both included."""

    value: T
    since: datetime
    until: datetime


class Shared(Generic[T]):
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: dict[Hashable, Kept[T]] = {}
        self._coming: dict[Hashable, Future[Kept[T]]] = {}

    def get(self, key: Hashable, *, now: datetime, fetch: Callable[[], Kept[T]]) -> T:
        """What is kept under the key, else what `fetch` brings. Who asks meanwhile waits for the same answer, or the same error;
        errors are not kept. `fetch` must not ask for anything of the same kind, or two threads may wait for one another."""
        with self._lock:
            kept = self._kept.get(key)
            if kept is not None and kept.since <= now <= kept.until:
                return kept.value
            coming = self._coming.get(key)
            if coming is None:
                mine = self._coming[key] = Future()
            else:
                mine = None
        if mine is None:
            assert coming is not None
            return coming.result().value
        try:
            kept = fetch()
        except BaseException as failed:
            with self._lock:
                del self._coming[key]
            mine.set_exception(failed)
            raise
        with self._lock:
            if len(self._kept) >= MOST:
                self._kept.clear()
            self._kept[key] = kept
            del self._coming[key]
        mine.set_result(kept)
        return kept.value
