"""One log file for all processes of a home, kept small. No file names, no persons, no text of papers in it."""

from __future__ import annotations

import logging
from pathlib import Path

LARGEST = 20 << 20


def log_to(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "sohoa.log"
    if file.exists() and file.stat().st_size > LARGEST:
        file.replace(folder / "sohoa.log.1")
    handler = logging.FileHandler(file, encoding="utf-8", delay=True)
    handler.setFormatter(logging.Formatter("%(asctime)s %(process)d %(levelname)s %(message)s"))
    ours = logging.getLogger("sohoa")
    ours.handlers, ours.propagate = [handler], False
    ours.setLevel(logging.INFO)
