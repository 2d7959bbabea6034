"""How much goes straight through without a person, and how much of that is wrong.

Without more: generated papers of every kind, clean, medium and hard, and layouts that no code of the product drew. Pages are read once
and kept (`--cache`), so that the next run measures a change of understanding in seconds.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.console import answered, people_told, screen, whole
from benchmarks.reading.pages import REPORTING_SEED
from benchmarks.understanding import layouts, table
from benchmarks.understanding.costing import KINDS as COSTED
from benchmarks.understanding.costing import measure_cost, show_cost
from benchmarks.understanding.drawing import curves_svg
from benchmarks.understanding.measuring import measure
from benchmarks.understanding.papers import GROUPS
from benchmarks.understanding.real import measure_real, show_real
from benchmarks.understanding.shelf import Shelf
from benchmarks.understanding.showing import show_paper
from sohoa.ocr.reading.page import MODES
from sohoa.pipeline.sources.sampleoffice import KINDS

ALL_KINDS = tuple(dict.fromkeys((*KINDS, *layouts.NAMES.values())))


def main(given: Sequence[str]) -> int:
    asked = _parser().parse_args(given)
    return answered(lambda: _run(asked))


def _run(asked: argparse.Namespace) -> None:
    if asked.cache:
        _measured(asked, Shelf(asked.cache, asked.mode, asked.stale))
        return
    with tempfile.TemporaryDirectory(prefix="sohoa-understanding-") as scratch:
        _measured(asked, Shelf(Path(scratch), asked.mode))


def _measured(asked: argparse.Namespace, shelf: Shelf) -> None:
    if asked.cost:
        cost = measure_cost(shelf, asked.seed, kinds=asked.kinds if asked.kinds != ALL_KINDS else COSTED)
        _say(asked, cost.as_dict, lambda: show_cost(cost, screen()))
    elif asked.real:
        real = measure_real(asked.real, shelf, people_told)
        _say(asked, real.as_dict, lambda: show_real(real, screen()))
    elif asked.show:
        chosen = {"rounds": asked.rounds, "groups": asked.groups, "kinds": asked.kinds}
        show_paper(asked.show, shelf, asked.seed, **chosen, console=screen())
    else:
        _generated(asked, shelf)


def _generated(asked: argparse.Namespace, shelf: Shelf) -> None:
    run = measure(shelf, asked.seed, rounds=asked.rounds, groups=asked.groups, kinds=asked.kinds, tell=people_told)
    if asked.svg:
        asked.svg.write_text(curves_svg(run), encoding="utf-8")
    _say(asked, run.as_dict, lambda: table.show(run, screen()))
    for wanted, fields in ((asked.wrong, run.wrong), (asked.needless, run.needless)):
        if wanted and not asked.json:
            table.show_fields(fields(), screen())


def _say(asked: argparse.Namespace, as_dict: Callable[[], dict[str, Any]], show: Callable[[], None]) -> None:
    if asked.json:
        print(json.dumps(as_dict(), ensure_ascii=False))
    else:
        show()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.understanding", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seed", type=int, default=REPORTING_SEED, help=f"of papers and wear (reported figures: {REPORTING_SEED})")
    parser.add_argument("--rounds", type=whole, default=1, help="so many papers of each kind and strength (default: 1)")
    parser.add_argument("--groups", type=_some_of(GROUPS), default=GROUPS, metavar="A,B", help=f"only these of {','.join(GROUPS)}")
    parser.add_argument(
        "--kinds", type=_some_of(ALL_KINDS), default=ALL_KINDS, metavar="A,B", help=f"only these of {','.join(ALL_KINDS)}"
    )
    parser.add_argument("--mode", choices=tuple(MODES), default="accurate", help="how pages are read (default: accurate)")
    parser.add_argument("--cache", type=Path, metavar="FOLDER", help="keep papers and readings there")
    parser.add_argument("--stale", action="store_true", help="readings of earlier code in the cache will do; for quick looks only")
    parser.add_argument("--wrong", action="store_true", help="list every field that is not right")
    parser.add_argument("--needless", action="store_true", help="list every field that was right and sent to a person")
    parser.add_argument("--show", metavar="PAPER", help="what was read and told of one paper, by its name in the tables")
    parser.add_argument("--svg", type=Path, metavar="FILE", help="draw the risk-coverage curve")
    parser.add_argument(
        "--real", type=Path, metavar="FOLDER", help="labelled real papers instead: PDFs, and a README.md with a table"
    )
    parser.add_argument("--cost", action="store_true", help="processor time against reading instead; reads pages anew")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of the tables")
    return parser


def _some_of(known: Sequence[str]):
    def parsed(given: str) -> tuple[str, ...]:
        chosen = tuple(given.split(","))
        if not set(chosen) <= set(known):
            raise argparse.ArgumentTypeError(f"choose from {', '.join(known)}")
        return chosen

    return parsed
