"""Ask the process of carrying_run.py, which has everything loaded and forks a child for each wish."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

CHECKOUT = Path(__file__).parents[3]
Runner = Callable[..., tuple[int, Any]]


@contextmanager
def runner(home: Path) -> Iterator[Runner]:
    """Takes a wish as keywords; gives the child's exit status and its answer. The store is the folder `store` of the home."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SOHOA_", "COV", "PYTEST"))}
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.storage.retention.carrying_run"],
        cwd=CHECKOUT,
        env={**kept, "SOHOA_HOME": str(home)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdin and child.stdout
    wishes, answers = child.stdin, child.stdout

    def ask(**wish: Any) -> tuple[int, Any]:
        wishes.write(json.dumps(wish) + "\n")
        wishes.flush()
        status, answer = json.loads(answers.readline())
        assert status in (0, -signal.SIGKILL), status
        return status, answer

    try:
        yield ask
    finally:
        wishes.close()
        child.wait(timeout=30)
