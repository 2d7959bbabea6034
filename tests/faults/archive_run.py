"""Writers of the archive in processes of their own, so that they can be killed: `python -m tests.faults.archive_run`, a wish as JSON on
each line of standard input, for each of which a child is forked; `[status, papers archived]` on each line of output.

records, seed: of the generated office (benchmarks/archive/office.py). numbers: the papers this writer archives, in this order.
log: a file that gets `start <process>` from each child and `done <number> <document id>` for each paper whose deposit returned. What
stands in it is not archived again, but for the last, which a clerk who saw the machine go down would send in once more.
SOHOA_HOME names the home. A wish without numbers makes the catalogue and brings the register in.
"""

from __future__ import annotations

import importlib
import os
import tempfile
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import django

from sohoa.storage.objects.folder import FolderStore
from sohoa.storage.objects.model import ObjectStore
from sohoa.storage.objects.s3 import S3Store
from tests.faults.forking import serve

T = TypeVar("T")
CHECKPOINT_AFTER = 9  # papers
TRIES = 40  # of a paper whose store went away; each waits for the server to be ready, so this many mean that it stays away


def prepare(wish: dict[str, Any]) -> int:
    from benchmarks.archive.living import LOCK
    from benchmarks.archive.office import Office
    from sohoa.cli.workplace import with_catalogue, with_store
    from sohoa.storage.register_keeping import import_register

    office, here, now = Office(wish["records"], wish["seed"]), with_catalogue(), datetime.now(UTC)
    with with_store(here) as store, tempfile.TemporaryDirectory() as folder:
        register = office.register(Path(folder) / "register.csv", 0, office.dossiers, ended=True)
        import_register(register, store, retention=LOCK.retention(now), now=now)
    return 0


def archive_all(wish: dict[str, Any]) -> int:
    """The papers of a writer that are not archived yet. Gives how many it archived."""
    from benchmarks.archive.living import archive
    from benchmarks.archive.office import Office
    from sohoa.config.settings import settings

    log, home, office = Path(wish["log"]), settings().home, Office(wish["records"], wish["seed"])
    note = os.open(log, os.O_RDWR | os.O_APPEND | os.O_CREAT)
    os.write(note, f"start {os.getpid()}\n".encode())
    done = [int(line.split()[1]) for line in log.read_text().splitlines() if line.startswith("done ")]
    left = [number for number in wish["numbers"] if number not in done[:-1]]
    mended = Mended(home)
    with tempfile.TemporaryDirectory(prefix="papers-", dir=log.parent) as folder:
        for place, number in enumerate(left, 1):
            record = mended.does(lambda store, number=number: archive(office, number, store, Path(folder), at=datetime.now(UTC)))
            os.write(note, f"done {number} {record.pk}\n".encode())
            if place % CHECKPOINT_AFTER == 0:
                mended.does(lambda store: _checkpoint(store, home))
    return len(left)


class Mended:
    """A store that is started again when it went away, as the product's workers have it."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._store: S3Store | FolderStore | None = None

    def does(self, deed: Callable[[ObjectStore], T]) -> T:
        """Raises TimeoutError when the store stays away, and what else the deed raises."""
        from sohoa.storage.objects.errors import ServerNotReady, StoreUnreachable
        from sohoa.storage.objects.seaweed import ensure_running

        for _ in range(TRIES):
            with suppress(StoreUnreachable, ServerNotReady):  # it may be killed again while it starts
                self._store = self._store or ensure_running(self._home).store()
                return deed(self._store)
            self._store = None
        raise TimeoutError("the store stays away")


def _checkpoint(store: ObjectStore, home: Path) -> None:
    from benchmarks.archive.living import LOCK
    from sohoa.storage.audit.keys import open_key
    from sohoa.storage.audit.making import checkpoint

    now = datetime.now(UTC)
    checkpoint(store, now=now, sign=open_key(home / "keys"), stamp=None, retention=LOCK.retention(now))


def wished(wish: dict[str, Any]) -> int:
    return archive_all(wish) if "numbers" in wish else prepare(wish)


if __name__ == "__main__":
    django.setup()
    # What every child would load again.
    for name in ("benchmarks.archive.living", "sohoa.cli.workplace", "sohoa.storage.register_keeping"):
        importlib.import_module(name)

    serve(wished)
