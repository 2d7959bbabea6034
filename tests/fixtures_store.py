"""A real object server for tests: one for all workers of a run, started by the first that asks and stopped by the last.

`store_home` is a sohoa home whose embedded store runs for the whole session; `store` is an S3Store on it. Tests that kill,
damage or count servers make a home of their own. Keys must be unique to the test: the store forgets nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sohoa.storage.objects.s3 import S3Store
from sohoa.storage.objects.seaweed import Connection, embedded_store


@pytest.fixture(scope="session")
def store_home(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[Path]:
    base = tmp_path_factory.getbasetemp()
    # Under xdist each worker has its own folder below one that they share.
    home = (base if worker_id == "master" else base.parent) / "shared-store-home"
    home.mkdir(exist_ok=True)
    with embedded_store(home):
        yield home


@pytest.fixture(scope="session")
def store_connection(store_home: Path) -> Iterator[Connection]:
    with embedded_store(store_home) as connection:
        yield connection


@pytest.fixture(scope="session")
def store(store_connection: Connection) -> Iterator[S3Store]:
    with store_connection.store() as opened:
        opened.prepare()
        yield opened
