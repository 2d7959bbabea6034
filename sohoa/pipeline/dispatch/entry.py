"""Where a worker process begins. Django must be set up before anything that has tables is imported, so this file imports nothing of ours."""

from __future__ import annotations

import signal
from multiprocessing.synchronize import Event
from typing import Any


def start_worker(bench: Any, stop: Event, lanes: str) -> None:
    # Ctrl-C reaches the whole terminal group; the run decides when its workers stop. Before anything else: imports take a second or
    # two, and the run started us with the signal held back.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    import django

    django.setup()
    from sohoa.pipeline.dispatch.lanes import lanes_named
    from sohoa.pipeline.dispatch.logs import log_to
    from sohoa.pipeline.dispatch.worker import work

    log_to(bench.home / "logs")
    work(bench, stop, lanes_named(lanes))
