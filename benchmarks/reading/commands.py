"""How well and how fast pages are read.

compare   (the default) ours in both modes against OCRmyPDF, on the same generated pages in one run
overhead  processor time of the whole job against the bare reader's on the same prepared pictures
real      hand-checked real papers and degraded born-digital ones: wrong words, flags, errors against processor time
long      a long scan: memory of every program from the first page to the last, and how busy the cores are
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.console import answered, people_told, screen, whole
from benchmarks.reading import comparison, long, overhead, real, real_table, table
from benchmarks.reading.candidates import MODES
from benchmarks.reading.curve import curve_svg
from benchmarks.reading.pages import REPORTING_SEED
from benchmarks.reading.truths import TruthUnreadable
from benchmarks.watching import RunFailed


def main(given: Sequence[str]) -> int:
    words = list(given)
    if not words or words[0] not in (*COMMANDS, "-h", "--help"):
        words.insert(0, "compare")
    asked = _parser().parse_args(words)
    return answered(lambda: COMMANDS[asked.command](asked))


def _compare(asked: argparse.Namespace) -> None:
    compared = comparison.compare(asked.seed, asked.rounds, tell=people_told, keep=asked.keep, limit=asked.pages)
    _say(asked, compared.as_dict, lambda: table.show(compared, screen()))


def _overhead(asked: argparse.Namespace) -> None:
    measured = overhead.measure(asked.seed, asked.rounds, tell=people_told, pages=asked.pages)
    _say(asked, lambda: [of.as_dict() for of in measured], lambda: overhead.show(measured, screen()))


def _real(asked: argparse.Namespace) -> None:
    try:
        reading = real.read_real(
            truth=asked.truth,
            papers=asked.papers,
            born_digital=asked.born_digital,
            seed=asked.seed,
            tell=people_told,
            only=asked.only,
        )
    except TruthUnreadable as unreadable:
        raise RunFailed(str(unreadable)) from unreadable
    if asked.svg:
        asked.svg.write_text(curve_svg(reading), encoding="utf-8")
    _say(asked, reading.as_dict, lambda: real_table.show(reading, screen()))


def _long(asked: argparse.Namespace) -> None:
    run = long.measure(asked.pages, asked.mode, asked.seed, tell=people_told)
    _say(asked, run.as_dict, lambda: long.show(run, screen()))


COMMANDS: dict[str, Callable[[argparse.Namespace], None]] = {
    "compare": _compare,
    "overhead": _overhead,
    "real": _real,
    "long": _long,
}


def _say(asked: argparse.Namespace, as_dict: Callable[[], Any], show: Callable[[], None]) -> None:
    if asked.json:
        print(json.dumps(as_dict(), ensure_ascii=False))
    else:
        show()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.reading", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", metavar="WHAT", required=True)
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--json", action="store_true", help="one JSON value instead of the table")
    shared.add_argument("--seed", type=int, default=REPORTING_SEED, help=f"of pages and wear (reported figures: {REPORTING_SEED})")

    compare = commands.add_parser("compare", parents=[shared], help="ours against OCRmyPDF (the default)")
    _rounds(compare)
    compare.add_argument("--keep", type=Path, metavar="FOLDER", help="leave the scan and the PDFs there")
    compare.add_argument("--pages", type=whole, help="so many of each strength only, for a quick look (default: all eight)")

    overhead = commands.add_parser("overhead", parents=[shared], help="the whole job against its bare reader")
    _rounds(overhead)
    overhead.add_argument("--pages", type=whole, help="so many only, spread over all strengths (default: all)")

    real = commands.add_parser("real", parents=[shared], help="real papers with known text")
    real.add_argument("--truth", type=Path, metavar="FOLDER", help="hand-checked text, one JSON file a page")
    real.add_argument("--papers", type=Path, metavar="FOLDER", help="the PDFs that the truths name")
    real.add_argument("--born-digital", type=Path, metavar="FOLDER", help="PDFs with their own text, to be degraded")
    real.add_argument("--only", default="", metavar="PART", help="files with this in their names")
    real.add_argument("--svg", type=Path, metavar="FILE", help="draw errors against processor time")

    long = commands.add_parser("long", parents=[shared], help="a long scan")
    long.add_argument("--pages", type=whole, default=1000, help="default: 1000; 60 for a quick look")
    long.add_argument("--mode", choices=MODES, default="accurate")
    return parser


def _rounds(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--rounds", type=whole, default=1, help="interleaved rounds; medians are shown (default: 1)")
