"""A database that goes away while we work: forgiven for a while, because a server that restarts is back in seconds; then told."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import DatabaseError, InterfaceError, close_old_connections

from sohoa.storage.catalogue.database import meaning_of

FORGIVEN = 60.0  # seconds; a restart after an upgrade takes five, one after a crash as long as its log is

log = logging.getLogger("sohoa")


@dataclass(slots=True)
class Absence:
    """since: when it was first missed, in seconds of the monotonic clock; None while it answers."""

    forgiven: float = FORGIVEN
    since: float | None = None

    @contextmanager
    def borne(self) -> Iterator[None]:
        """One look at the table: when the database fails it, the caller looks again later.

        Raises DatabaseUnreachable, DatabaseBusy or DatabaseFull once that has gone on for too long.
        """
        try:
            yield
        except (DatabaseError, InterfaceError) as failure:
            meant = meaning_of(failure)
            if meant is None:
                raise
            close_old_connections()
            if self.since is None:
                log.warning("the database is away: %s", meant)
                self.since = time.monotonic()
            if time.monotonic() - self.since > self.forgiven:
                raise meant from failure
        else:
            self.since = None
