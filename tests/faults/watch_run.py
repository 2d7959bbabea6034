"""A watcher in a process of its own, so that it can be killed: `python -m tests.faults.watch_run`, a wish as JSON on each line of standard
input, for each of which a child is forked; `[status, what was done]` on each line of output.

folder: watched once, with all papers in it carried to their end. remove: as --remove. kill_at: the child's last deed is its n-th touch
of a file system (a file or folder made, renamed, removed) or commit of the catalogue; 0: none is. Gives how many touches there were.
Only papers that come to their end without being read belong in the folder: known ones, and such as no archive takes. SOHOA_HOME names
the home.
"""

from __future__ import annotations

import importlib
import os
import signal
import sys
from pathlib import Path
from typing import Any, cast

import django

from tests.faults.forking import serve

TOUCHES = frozenset({"os.rename", "os.mkdir", "os.remove", "os.rmdir", "os.link"})


class Touches:
    def __init__(self, last: int) -> None:
        self.count, self._last = 0, last
        sys.addaudithook(self._seen)

    def touch(self) -> None:
        self.count += 1
        if self.count == self._last:
            os.kill(os.getpid(), signal.SIGKILL)

    def _seen(self, event: str, told: tuple[Any, ...]) -> None:
        """Called before the deed: the n-th is not done."""
        written = event == "open" and isinstance(told[2], int) and told[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
        if event in TOUCHES or written:
            self.touch()


class Quiet:
    def outcome(self, outcome: object) -> None: ...

    def progress(self, progress: object) -> None: ...


def watch_once(wish: dict[str, Any]) -> int:
    from django.db import connection

    from sohoa.config.settings import settings
    from sohoa.kernel.clock import now
    from sohoa.pipeline.claiming import Order
    from sohoa.pipeline.dispatch import local
    from sohoa.pipeline.sources.hotfolder_watch import Manner, Watching

    touches = Touches(wish["kill_at"])
    connection.execute_wrappers.append(
        lambda execute, sql, *rest: (touches.touch() if _changes(sql) else None, execute(sql, *rest))[1]
    )
    here = settings()
    manner = Manner(every=0.0, settle=0.0, patience=0.0, remove=wish["remove"], once=True)
    for _ in range(2):  # the first takes in, the second finds what `carried` brought to its end
        watching = Watching([Path(wish["folder"])], here.home, manner, now=now)
        run = {"open_bench": None, "stop_asked": lambda: False, "mend_store": lambda _: False}
        local.run(watching, here.claims, Order(), cast(Any, Quiet()), **cast(Any, run))
        watching.close()
        carried(here.home)
    return touches.count


def _changes(sql: str) -> bool:
    return sql.startswith(("INSERT", "UPDATE", "DELETE", "COMMIT", "RELEASE"))


def carried(home: Path) -> None:
    """Every paper that can be worked on, as a worker does; none of them gets as far as the store."""
    from sohoa.kernel.clock import now
    from sohoa.pipeline.dispatch.bench import Bench
    from sohoa.pipeline.dispatch.holder import this_process
    from sohoa.pipeline.dispatch.slots import Slots
    from sohoa.pipeline.dispatch.worker import LEASE, carry
    from sohoa.pipeline.models import Item

    nothing = cast(Any, None)
    bench = Bench(home, nothing, "NONE", 1, 1, "fast")
    while item := Item.lease(this_process(), now=now(), length=LEASE):
        carry(item, bench, nothing, nothing, Slots(bench.claims / "slots", 1), go_on=lambda: True)


if __name__ == "__main__":
    django.setup()
    # What every child would load again.
    for name in ("sohoa.pipeline.dispatch.local", "sohoa.pipeline.dispatch.worker", "sohoa.pipeline.sources.hotfolder_watch"):
        importlib.import_module(name)

    serve(watch_once)
