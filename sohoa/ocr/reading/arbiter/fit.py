"""Fit the arbiter's weights and say how good they are: `python -m sohoa.ocr.reading.arbiter.fit FOLDER [--out FILE] [--measure]`.

FOLDER: pages with truth, as examples.py says. Without --out the shipped file is replaced; with --measure nothing is written and
the shipped weights are measured. The tables are of the held pages.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from sohoa.ocr.model import Box
from sohoa.ocr.reading.arbiter import certainty, report
from sohoa.ocr.reading.arbiter.examples import Example, examples, expected, same
from sohoa.ocr.reading.arbiter.judge import arbitrate
from sohoa.ocr.reading.arbiter.language import START, LanguageModel
from sohoa.ocr.reading.arbiter.lattice import COMMON, PER_READER, Decision, context_after, decide, evidence, language_score
from sohoa.ocr.reading.arbiter.places import Place, places_of
from sohoa.ocr.reading.arbiter.regression import Matrix, fit_choice, fit_probability
from sohoa.ocr.reading.arbiter.slots import align
from sohoa.ocr.reading.arbiter.weights import SHIPPED, VERSION, Fitted, Weights
from sohoa.ocr.reading.page import FAST

SETS = (("vie",), ("Vietnamese",), ("vie", "Vietnamese"))
# The language's part of a score depends on the words around, which depend on the weights; it settles after two rounds.
ROUNDS = 3
BEGINNING = {
    1: (0.6, 0.5, -0.5, -0.5, -0.5, 0.0, 0.0, 1.0, 0.3, 1.0),
    2: (0.5, 0.5, -0.5, -0.5, -0.5, 0.0, 0.0, 0.7, 0.3, 0.7, 0.6, 0.3, 0.6),
}


@dataclass(frozen=True, slots=True)
class Page:
    """An example laid out: its places, and what truly stands at each."""

    example: Example
    places: list[Place]
    true: list[str]


def choice_names(readers: int) -> list[str]:
    return [*COMMON, *(f"{what}_{n + 1}" for n in range(readers) for what in PER_READER)]


def pages_of(folder: Path, readers: Sequence[str], model: LanguageModel) -> list[Page]:
    return [_page(example, model) for example in examples(folder, readers)]


def heard_in_part(page: Page, model: LanguageModel, alone: Fitted) -> Page:
    """The same page as it is read in a hurry: the second reading kept only where the first one's fitted weights are in doubt."""
    first, second = page.example.readings
    lines = arbitrate([first], model=model, weights=Weights({}, {first.reader: alone}))
    sure = [line.bbox for line in lines if all(word.confidence >= FAST.below for word in line.words)]
    heard = tuple(line for line in second.lines if not any(_within(line.bbox, box) for box in sure))
    example = replace(page.example, readings=(first, replace(second, lines=heard)))
    return _page(example, model)


def _within(box: Box, other: Box) -> bool:
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    return other[0] <= x <= other[2] and other[1] <= y <= other[3]


def _page(example: Example, model: LanguageModel) -> Page:
    places = [place for line, _ in places_of(align(example.readings), model) for place in line]
    return Page(example, places, expected(places, example.truth))


def fit(pages: Sequence[Page], model: LanguageModel) -> Fitted:
    """pages: none of them held."""
    weights = BEGINNING[len(pages[0].example.readings)]
    for _ in range(ROUNDS):
        rows = [row for page in pages for row in _rows(page, decide(page.places, model, weights), model)]
        weights = tuple(float(weight) for weight in fit_choice(rows))
    cases: list[list[float]] = []
    right: list[float] = []
    for page in pages:
        for decision, true in zip(decide(page.places, model, weights), page.true, strict=True):
            cases.append(certainty.features(decision))
            right.append(float(same(decision.chosen.text, true)))
    confidence = fit_probability(np.array(cases), np.array(right))
    return Fitted(weights, tuple(float(weight) for weight in confidence))


def _rows(page: Page, decisions: Sequence[Decision], model: LanguageModel) -> Iterable[tuple[Matrix, int]]:
    """Places with a real choice, the right word among the candidates."""
    start = model.number_of(START)
    for at, (place, true) in enumerate(zip(page.places, page.true, strict=True)):
        right = next((n for n, candidate in enumerate(place.candidates) if same(candidate.text, true)), None)
        if right is None or len(place.candidates) < 2:
            continue
        before = None
        if at > 0 and not place.broken:
            before = context_after(page.places[at - 1], decisions[at - 1].chosen, start)
        follows = at + 1 < len(page.places) and not page.places[at + 1].broken
        after = decisions[at + 1].chosen.tokens[:1] if follows else ()
        rows: list[list[float]] = []
        for candidate in place.candidates:
            language = 0.0
            if not place.guarded:
                language = language_score(model, candidate.tokens, before)
                language += language_score(model, after, context_after(place, candidate, start))
            rows.append([language, *evidence(place, candidate)])
        yield np.array(rows), right


def _told(fitted: Fitted, readers: int) -> dict[str, Any]:
    return {
        "choice": {name: round(value, 4) for name, value in zip(choice_names(readers), fitted.choice, strict=True)},
        "confidence": {
            name: round(value, 4) for name, value in zip(certainty.feature_names(readers), fitted.confidence, strict=True)
        },
    }


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("folder", type=Path)
    asked.add_argument("--out", type=Path, default=Path(__file__).with_name(SHIPPED))
    asked.add_argument("--about", default="", help="where the pages' texts are from; kept in the file")
    asked.add_argument("--measure", action="store_true")
    given = asked.parse_args()
    model = LanguageModel.shipped()
    new = Weights({}, {})
    told: dict[str, Any] = {"version": VERSION, "about": {"model": model.about["version"], "texts": given.about}, "sets": {}}
    for readers in SETS:
        pages = pages_of(given.folder, readers, model)
        if given.measure:
            fitted = Weights.shipped().of(readers)
        else:
            seen = [page for page in pages if not page.example.held]
            if len(readers) == 2:
                alone = new.sets[readers[0]]
                seen += [heard_in_part(page, model, alone) for page in seen]
            fitted = new.sets["+".join(readers)] = fit(seen, model)
            told["sets"]["+".join(readers)] = _told(fitted, len(readers))
            told["about"]["fitted_on"] = dict(Counter(page.example.kind for page in pages if not page.example.held))
            told["about"]["held_out"] = dict(Counter(page.example.kind for page in pages if page.example.held))
        print(f"\n# {' + '.join(readers)}")
        print(
            report.tables(
                [
                    (page.example.kind, page.true, page.places, decide(page.places, model, fitted.choice), page.example.truth)
                    for page in pages
                    if page.example.held
                ],
                fitted.confidence,
            )
        )
    if not given.measure:
        given.out.write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
