"""What every test stands on: a home of its own, decided before any setting is read."""

from __future__ import annotations

import os
import tempfile

# Settings are read when Django is set up, which pytest-django does before the first fixture runs.
os.environ["SOHOA_HOME"] = tempfile.mkdtemp(prefix="sohoa-tests-")
for name in [name for name in os.environ if name.startswith("SOHOA_") and name != "SOHOA_HOME"]:
    del os.environ[name]

pytest_plugins = ["tests.fixtures_store", "tests.running"]
