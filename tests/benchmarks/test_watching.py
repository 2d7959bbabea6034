"""What a program takes is measured on the whole family, not on the process that was started."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from benchmarks import watching
from benchmarks.watching import Member, RunFailed, watch

MIB = 1 << 20
HOLD = "import time; kept = bytearray({size}); kept[::4096] = b'x' * len(kept[::4096]); time.sleep({seconds})"


def test_memory_of_a_child_is_counted_with_its_parents(tmp_path: Path) -> None:
    alone = watch([sys.executable, "-c", HOLD.format(size=MIB, seconds=0.5)], folder=tmp_path, every=0.02)
    child = HOLD.format(size=80 * MIB, seconds=0.5)
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}], start_new_session=True)"
    together = watch([sys.executable, "-c", parent], folder=tmp_path, every=0.02)
    assert together.peak >= alone.peak + 80 * MIB
    assert together.largest < together.peak


def test_a_run_that_fails_gives_no_figure(tmp_path: Path) -> None:
    with pytest.raises(RunFailed, match="ended with 3: no such paper"):
        watch([sys.executable, "-c", "import sys; print('no such paper', file=sys.stderr); sys.exit(3)"], folder=tmp_path)


def test_a_child_that_is_still_its_parents_double_is_not_counted_twice(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """As on a busy machine, where a child may wait long between its start and its own program."""
    parent, double = Member(1, "sohoa", 5, 0.0, 100), Member(2, "sohoa", 6, 0.0, 100, parent=1)
    reader, worker = Member(3, "tesseract", 7, 0.0, 100, parent=1), Member(4, "sohoa", 8, 0.0, 90, parent=1)
    monkeypatch.setattr(watching, "family", lambda root: [parent, double, reader, worker])
    seen = watch(["/usr/bin/sleep", "0.4"], folder=tmp_path, every=0.02)
    assert (seen.peak, seen.largest) == (290, 100)
