"""What commands that touch the archive stand on: settings, catalogue, store."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from sohoa.config.settings import Settings, settings
from sohoa.kernel.errors import SohoaError
from sohoa.pipeline.dispatch.bench import Bench
from sohoa.pipeline.dispatch.logs import log_to
from sohoa.storage.catalogue import database
from sohoa.storage.objects.connect import open_store, running_store
from sohoa.storage.objects.model import ObjectStore


def with_catalogue() -> Settings:
    """The settings, with the home made and the database up to date."""
    here = settings()
    database.ready(here.home)
    log_to(here.logs)
    return here


@contextmanager
def with_bench(here: Settings, jobs: int) -> Iterator[Bench]:
    """The store running and prepared, for as long as the command lasts; then the log gets its checkpoint, if one is due."""
    # What only a run of papers needs: whoever just searches should not wait for it.
    from sohoa.kernel.clock import now
    from sohoa.pipeline.auditing import fix_when_due
    from sohoa.pipeline.dispatch.chunks import SIZE
    from sohoa.pipeline.signing.office import open_office
    from sohoa.storage.archive import Lock
    from sohoa.storage.objects.lock_check import refuse_unless_locked

    with running_store(here.home, here.s3) as connection:
        with open_store(connection) as store:
            store.prepare()
        if here.s3:  # our own server's lock is tried by our tests, once for everybody
            refuse_unless_locked(here.home, connection, mode=here.lock_mode, clock=now)
        yield Bench(here.home, connection, here.lock_mode, here.lock_days, jobs, here.reading, SIZE if here.broker else 0)
        with open_store(connection) as store, open_office(here.home) as office:
            fixed = fix_when_due(office, store, Lock(here.lock_mode, here.lock_days), now=now())
        if isinstance(fixed, SohoaError):  # what was archived is archived, and the next run tries again
            logging.getLogger("sohoa").warning("no checkpoint of the log: %s", fixed)


@contextmanager
def with_store(here: Settings) -> Iterator[ObjectStore]:
    with running_store(here.home, here.s3) as connection, open_store(connection) as store:
        store.prepare()
        yield store
