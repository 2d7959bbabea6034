"""Where a worker process begins. Django must be set up before anything that has tables is imported, so this file imports nothing of ours."""

from __future__ import annotations

from multiprocessing.synchronize import Event
from typing import Any


def start_worker(bench: Any, stop: Event) -> None:
    import django

    django.setup()
    from sohoa.pipeline.dispatch.logs import log_to
    from sohoa.pipeline.dispatch.worker import work

    log_to(bench.home / "logs")
    work(bench, stop)
