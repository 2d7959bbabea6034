"""The store that the settings name: the embedded one, running while we need it, or an endpoint that somebody else runs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sohoa.config.settings import S3
from sohoa.kernel.errors import SohoaError
from sohoa.storage.objects.folder import FolderStore
from sohoa.storage.objects.s3 import S3Store
from sohoa.storage.objects.seaweed import Connection, embedded_store, ensure_running


@contextmanager
def running_store(home: Path, s3: S3 | None) -> Iterator[Connection]:
    """How to reach the store, for as long as the caller works with it."""
    if s3:
        yield Connection(s3.url, s3.access_key, s3.secret_key, admin=s3.admin, locks=s3.locks)
        return
    with embedded_store(home) as connection:
        yield connection


@contextmanager
def open_store(connection: Connection) -> Iterator[S3Store | FolderStore]:
    store = connection.store()
    try:
        yield store
    finally:
        store.close()


def mend(home: Path, s3: S3 | None, connection: Connection) -> bool:
    """Try to bring a store that went away back: start the embedded one again, ask the other one once more. True when it answers."""
    try:
        if s3 is None:
            ensure_running(home)
        with open_store(connection) as store:
            store.probe()
    except SohoaError:
        return False
    return True
