"""What a worker needs, as plain values that cross a process border. Imports nothing that has tables: Django is not up yet there."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sohoa.storage.objects.seaweed import Connection


@dataclass(frozen=True, slots=True)
class Bench:
    """slots: pages read at once, over all workers. lock_days: how long archived objects stay locked. reading: fast or accurate.
    share_out: pages a part when a long paper is read by several workers; 0: one worker reads all of it."""

    home: Path
    store: Connection
    lock_mode: str
    lock_days: int
    slots: int
    reading: str
    share_out: int = 0

    @property
    def claims(self) -> Path:
        return self.home / "claims"

    @property
    def quarantine(self) -> Path:
        return self.home / "quarantine"
