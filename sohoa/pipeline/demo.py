"""What the demonstration works on: the sample office's papers, one copy of a paper, and a few files that no archive should take."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sohoa.kernel.clock import VIETNAM
from sohoa.pipeline.sources.sampleoffice import write_office
from sohoa.pipeline.sources.sampleoffice.mishaps import write_mishaps

SEED = 20260105
MISHAPS = ("empty.pdf", "truncated.pdf", "encrypted.pdf", "text-named.pdf", "bomb.png", "with-javascript.pdf")


@dataclass(frozen=True, slots=True)
class Inbox:
    folder: Path
    register: Path


def write_inbox(home: Path, papers: int, *, progress: Callable[[int, int], None]) -> Inbox:
    """The same papers every time; what is already there is kept."""
    office = write_office(home, seed=SEED, papers=papers, progress=progress)
    folder = home / "papers"
    write_mishaps(folder / "tep-loi", seed=SEED, which=MISHAPS)
    first = sorted(path for path in folder.glob("*/*.pdf") if path.parent.name != "tep-loi")[0]
    copy = folder / "van-thu" / f"ban-chep-{first.name}"
    copy.parent.mkdir(exist_ok=True)
    if not copy.exists():
        shutil.copyfile(first, copy)
    return Inbox(folder, office.register)


def set_aside(home: Path) -> Path | None:
    """Rename a home instead of deleting it: what is in it may be dear to somebody. None when there is nothing."""
    if not home.exists():
        return None
    aside = home.with_name(f"{home.name}.{datetime.now(VIETNAM):%Y%m%d-%H%M%S}")
    home.rename(aside)
    return aside
