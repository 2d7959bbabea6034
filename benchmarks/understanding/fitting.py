"""How sure a field is, fitted: `python -m benchmarks.understanding.fitting --cache FOLDER` writes certainty.json of the product anew.

Fitted on generated papers of seeds that no reported figure uses; a pen's numbers and days have their own weighing and are left out.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression

import sohoa.ocr.understanding as understanding
from benchmarks.console import people_told
from benchmarks.understanding.commands import ALL_KINDS
from benchmarks.understanding.judging import judged
from benchmarks.understanding.papers import GROUPS, known_papers
from benchmarks.understanding.product import known, understood
from benchmarks.understanding.shelf import Shelf
from sohoa.kernel.durable import write_durably
from sohoa.ocr.understanding.certainty import logit

SEED, ROUNDS = 77, 6
FIELDS = ("code_number", "code_notation", "issued_date", "issuing_agency", "subject", "signer_name", "signer_position", "place")
STRENGTH = 1.0  # of the prior towards "as read"
LEAST_SLOPE = 0.3
IMAGINED = ((0.02, False), (0.05, False), (0.1, False), (0.2, False), (0.5, True), (0.5, False), (0.9, True))


def main(given: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.understanding.fitting", description=__doc__)
    parser.add_argument("--cache", type=Path, required=True, help="where papers and readings are kept")
    parser.add_argument("--stale", action="store_true", help="readings by earlier code of the reader will do")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"of papers, seeds {SEED}, {SEED + 1000}, … (default: {ROUNDS})")
    parser.add_argument("--only", nargs="*", default=FIELDS, help="fit these fields alone; the others keep the curves they have")
    asked = parser.parse_args(given)
    examples: dict[str, list[tuple[float, int, bool]]] = defaultdict(list)
    for name, *example in _examples(Shelf(asked.cache, "accurate", stale=asked.stale), asked.rounds):
        examples[name].append(tuple(example))
    fresh = {name: rows for name, rows in sorted(examples.items()) if name in asked.only}
    told = {name: _fitted(rows) for name, rows in fresh.items()}
    about = {name: {"examples": len(rows), "wrong": sum(not right for *_, right in rows)} for name, rows in fresh.items()}
    target = Path(understanding.__file__).with_name("certainty.json")
    before = json.loads(target.read_bytes())
    made = {
        "seeds": [SEED + 1000 * round_ for round_ in range(asked.rounds)],
        "about": before["about"] | about,
        "fields": before["fields"] | told,
    }
    write_durably(target, (json.dumps(made, indent=1) + "\n").encode())
    for name, curve in told.items():
        people_told(f"{name}: {curve}, {about[name]}")


def _examples(shelf: Shelf, rounds: int) -> Iterator[tuple[str, float, int, bool]]:
    """Name, confidence of the words, number of witnesses, whether it was right; of every field that was found, however doubtful."""
    as_read = replace(known(), curves={}, trusted=0.0)
    for paper in known_papers(shelf, SEED, rounds=rounds, groups=GROUPS, kinds=ALL_KINDS):
        told = understood(paper.pages(shelf), given=as_read)
        for verdict in judged(paper, told).fields:
            if verdict.field in FIELDS and verdict.given and not verdict.written:
                found = told.fields[verdict.field]
                yield verdict.field, found.confidence, len(found.witnesses), verdict.outcome == "right"


def _fitted(rows: Sequence[tuple[float, int, bool]]) -> list[float]:
    """base, slope, witness. A few imagined papers stand for what was not met: a field without a mistake so far is not certain."""
    rows = [*rows, *((words, 0, right) for words, right in IMAGINED)]
    inputs = np.array([(logit(words), witnesses) for words, witnesses, _ in rows])
    model = LogisticRegression(C=STRENGTH).fit(inputs, np.array([right for *_, right in rows]))
    slope, witness = model.coef_[0]
    return [round(float(number), 3) for number in (model.intercept_[0], max(slope, LEAST_SLOPE), max(witness, 0.0))]


if __name__ == "__main__":
    main()
