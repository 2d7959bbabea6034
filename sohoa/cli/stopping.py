"""Ctrl-C and SIGTERM ask a long command to end; it ends when what it has in hand is done."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def when_asked_to_stop(do: Callable[[], object]) -> Iterator[None]:
    """do: called each time somebody asks, between two lines of whatever runs."""
    before = {number: signal.signal(number, lambda *_: do()) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def asked_to_stop() -> Iterator[threading.Event]:
    """Set once somebody has asked; asking twice changes nothing."""
    asked = threading.Event()
    with when_asked_to_stop(asked.set):
        yield asked
