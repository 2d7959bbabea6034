"""What all benchmarks say alike: figures to stdout, steps and complaints to stderr, one exit code."""

from __future__ import annotations

import sys
from collections.abc import Callable

from rich.console import Console

from benchmarks.programs import ProgramAbsent
from benchmarks.watching import RunFailed

people = Console(stderr=True, highlight=False)


def people_told(step: str) -> None:
    people.print(f"· {step}", style="dim", markup=False)


def screen() -> Console:
    """A file or a pipe has no width of its own, and Rich would squeeze the table into 80 columns."""
    return Console(highlight=False, width=None if sys.stdout.isatty() else 160)


def answered(run: Callable[[], None]) -> int:
    """0; 1 where a run failed; 3 where a program is missing."""
    try:
        run()
    except (ProgramAbsent, RunFailed) as wrong:
        people.print(f"✗ {wrong}", markup=False)
        return 3 if isinstance(wrong, ProgramAbsent) else 1
    return 0


def whole(given: str) -> int:
    """A number of something, for argparse. Raises ValueError for less than one."""
    number = int(given)
    if number < 1:
        raise ValueError
    return number
