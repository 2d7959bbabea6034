"""A home of its own for every run of the tests, decided before any setting is read.

pytest-django reads Django's settings before the first conftest is imported, so this is a plugin that comes earlier (`-p` in
pyproject.toml). Without it all runs in one checkout would share one test database.

SOHOA_TEST_DATABASE_URL is the one setting that comes through: the run's tests then use that database instead of SQLite.
"""

from __future__ import annotations

import os
import tempfile

database = os.environ.get("SOHOA_TEST_DATABASE_URL", "")
os.environ["SOHOA_HOME"] = tempfile.mkdtemp(prefix="sohoa-tests-")
for name in [name for name in os.environ if name.startswith("SOHOA_") and name != "SOHOA_HOME"]:
    del os.environ[name]
if database:
    os.environ["SOHOA_DATABASE_URL"] = database
