"""`python -m benchmarks`: ours against OCRmyPDF on the same pages; with `memory`: a long scan against a short one."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from rich.console import Console

from benchmarks import memory
from benchmarks.comparison import compare
from benchmarks.pages import REPORTING_SEED
from benchmarks.runners import ProgramAbsent
from benchmarks.table import show, show_growth
from benchmarks.watching import RunFailed

people = Console(stderr=True, highlight=False)


def main() -> int:
    asked = _arguments()
    # A file or a pipe has no width of its own, and Rich would squeeze the table into 80 columns.
    screen = Console(highlight=False, width=None if sys.stdout.isatty() else 120)
    try:
        if asked.what == "memory":
            growths = _measured(asked.pages)
            _told([growth.as_dict() for growth in growths]) if asked.json else show_growth(growths, screen)
        else:
            comparison = compare(asked.seed, asked.rounds, tell=_tell, keep=asked.keep)
            _told(comparison.as_dict()) if asked.json else show(comparison, screen)
    except ProgramAbsent as absent:
        people.print(f"✗ {absent}")
        return 3
    except RunFailed as failed:
        people.print(f"✗ {failed}")
        return 1
    return 0


def _measured(pages: int) -> list[memory.Growth]:
    _tell(f"sohoa ocr: {memory.FEW} and {pages} pages")
    growths = [memory.ocr_growth(many=pages)]
    _tell(f"sohoa digitize: {memory.FEW} and {pages} pages")
    return [*growths, memory.digitize_growth(many=pages)]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("what", nargs="?", choices=("compare", "memory"), default="compare", help="default: compare")
    parser.add_argument("--rounds", type=_whole, default=1, help="interleaved rounds; medians are shown (default: 1, some minutes)")
    parser.add_argument("--seed", type=int, default=REPORTING_SEED, help=f"of the pages (reported figures: {REPORTING_SEED})")
    parser.add_argument("--pages", type=_whole, default=memory.MANY, help=f"memory: of the long scan (default: {memory.MANY})")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="compare: leave the scan and the PDFs there")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of the table")
    return parser.parse_args()


def _whole(given: str) -> int:
    number = int(given)
    if number < 1:
        raise ValueError
    return number


def _tell(step: str) -> None:
    people.print(f"· {step}", style="dim")


def _told(told: object) -> None:
    print(json.dumps(told, ensure_ascii=False))


if __name__ == "__main__":
    sys.exit(main())
