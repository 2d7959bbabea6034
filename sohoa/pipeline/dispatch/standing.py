"""`sohoa worker` without a broker: local workers on the table, for as long as nobody asks them to stop."""

from __future__ import annotations

import math
from collections.abc import Callable

from sohoa.pipeline.dispatch.absence import Absence
from sohoa.pipeline.dispatch.beat import beat
from sohoa.pipeline.dispatch.bench import Bench
from sohoa.pipeline.dispatch.lanes import Lane
from sohoa.pipeline.dispatch.local import workers_of


def work_here(bench: Bench, lanes: tuple[Lane, ...], *, stop: Callable[[float], bool]) -> None:
    """stop: waits so many seconds and says whether to end. Raises WorkersDie."""
    absence = Absence(forgiven=math.inf)
    with workers_of(bench, lanes) as workers:

        def looked_after(seconds: float) -> bool:
            with absence.borne():
                workers.keep_alive()
            return stop(seconds)

        beat(None, bench, stop=looked_after)
