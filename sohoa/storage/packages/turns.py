"""One writer at a time to a package: a file lock for the processes of this machine, the database's own for other machines."""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

from sohoa.config.settings import settings

STRIPES = 256  # packages share these locks; two that do only wait for each other now and then


@contextmanager
def turn(package_id: str) -> Iterator[None]:
    """Both locks end with the process or the connection that holds them, so a crash blocks nobody.

    A writer that lost its lock unseen (a machine asleep, a connection cut) does no harm: the store lets one writer create a version.
    """
    stripe = int.from_bytes(hashlib.sha256(package_id.encode()).digest()[:8], "big") % STRIPES
    folder = settings().home / "locks"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(folder / f"package-{stripe:03}", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        with _database_turn(stripe):
            yield
    finally:
        os.close(descriptor)


_SPACE = 0x736F  # of PostgreSQL's two-part advisory locks, so that no other use of them meets ours


@contextmanager
def _database_turn(stripe: int) -> Iterator[None]:
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s, %s)", [_SPACE, stripe])
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [_SPACE, stripe])
