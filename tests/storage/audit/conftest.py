from __future__ import annotations

from pathlib import Path
from secrets import token_hex

import pytest

from sohoa.storage.objects.folder import FolderStore
from sohoa.storage.objects.s3 import S3Store
from tests.storage.audit.logs import Apart, Log


@pytest.fixture
def log(tmp_path: Path) -> Log:
    folder = FolderStore(tmp_path / "store")
    folder.prepare()
    return Log(folder, tmp_path / "keys")


@pytest.fixture
def locked_log(tmp_path: Path, store: S3Store) -> Log:
    """In a real S3 with versions and Object Lock."""
    return Log(Apart(store, f"{token_hex(6)}/"), tmp_path / "keys")  # pyright: ignore[reportArgumentType]
