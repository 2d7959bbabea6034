"""Fixtures that every room's tests share."""

from __future__ import annotations

pytest_plugins = ["tests.fixtures_store", "tests.fixtures_broker", "tests.fixtures_postgres", "tests.running"]
