from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from sohoa.storage.objects.folder import FolderStore
from sohoa.storage.objects.model import ObjectStore
from tests.fixtures_store import store, store_connection, store_home

__all__ = ["store", "store_connection", "store_home"]


@pytest.fixture(params=["folder", "seaweed"])
def any_store(request: pytest.FixtureRequest, tmp_path: Path) -> ObjectStore:
    if request.param == "seaweed":
        return request.getfixturevalue("store")
    folder = FolderStore(tmp_path / "folder-store")
    folder.prepare()
    return folder


@pytest.fixture
def key(request: pytest.FixtureRequest) -> str:
    """A key that no other test uses, with Vietnamese letters, spaces and signs that addresses are fond of."""
    name = hashlib.sha256(request.node.nodeid.encode()).hexdigest()[:12]
    return f"hồ sơ/{name}/Quyết định số 05+QĐ & 100% «đã ký».pdf"
