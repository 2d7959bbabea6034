from __future__ import annotations

from pathlib import Path

import pytest

from sohoa.config.retention import RetentionPlan
from sohoa.storage.objects.folder import FolderStore
from tests.storage.retention.archived import NOW, plan_in


@pytest.fixture
def folder(tmp_path: Path) -> FolderStore:
    """A store whose clock says NOW."""
    store = FolderStore(tmp_path / "store", clock=lambda: NOW)
    store.prepare()
    return store


@pytest.fixture
def plan(tmp_path: Path) -> RetentionPlan:
    return plan_in(tmp_path)
