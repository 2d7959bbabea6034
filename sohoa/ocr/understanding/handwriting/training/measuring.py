"""How sure the reader may be: fitted on strings of digits the network has not learned from, and told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sohoa.ocr.understanding.handwriting.network import Weights
from sohoa.ocr.understanding.handwriting.reader import probabilities, scored_strings
from sohoa.ocr.understanding.handwriting.training.scenes import Scene

_TEMPERATURES = tuple(0.3 * 1.05**step for step in range(60))
_MISSING = (0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.08, 0.12)


@dataclass(frozen=True, slots=True)
class Read:
    """What the reader makes of one scene: strings and their scores before they are probabilities; truth: what stands there."""

    truth: str
    strings: list[str]
    scores: NDArray[np.float64]


def read_all(weights: Weights, scenes: Sequence[Scene]) -> list[Read]:
    return [Read(one.text, *scored_strings(weights, one.ink, longest=5)) for one in scenes]


def with_certainty(weights: Weights, reads: Sequence[Read]) -> Weights:
    """The temperature and the share of strings nobody thought of under which the truths are likeliest."""
    held = [one for one in reads if one.strings]
    best = min(
        ((temperature, missing) for temperature in _TEMPERATURES for missing in _MISSING),
        key=lambda pair: _surprise(held, temperature=pair[0], missing=pair[1]),
    )
    return replace(weights, temperature=best[0], missing=best[1])


def _surprise(reads: Sequence[Read], *, temperature: float, missing: float) -> float:
    lost = 0.0
    for one in reads:
        chances = probabilities(one.scores, temperature=temperature, missing=missing)
        lost -= float(np.log(chances[one.strings.index(one.truth)] if one.truth in one.strings else missing))
    return lost


def report(weights: Weights, reads: Sequence[Read]) -> str:
    """First right and in the best three, by length; and how often readings of a stated confidence are right."""
    rows = [_judged(weights, one) for one in reads]
    lines = ["length  strings  first   of three"]
    for length in sorted({len(one.truth) for one in reads}):
        of_length = [row for row, one in zip(rows, reads, strict=True) if len(one.truth) == length]
        lines.append(_line(str(length), of_length))
    lines += [_line("all", rows), "stated    strings  right"]
    for low, high in ((0, 0.5), (0.5, 0.7), (0.7, 0.9), (0.9, 0.97), (0.97, 0.99), (0.99, 1.01)):
        stated = [row for row in rows if low <= row[2] < high]
        if stated:
            lines.append(f"{low:.2f}–{high:.2f} {len(stated):7} {np.mean([row[0] for row in stated]):7.3f}")
    return "\n".join(lines)


def _line(name: str, rows: Sequence[tuple[bool, bool, float]]) -> str:
    return f"{name:6} {len(rows):8} {np.mean([row[0] for row in rows]):7.3f} {np.mean([row[1] for row in rows]):8.3f}"


def _judged(weights: Weights, read: Read) -> tuple[bool, bool, float]:
    """Whether the first is right, whether one of three is, and what is stated of the first."""
    if not read.strings:
        return read.truth == "", read.truth == "", 1.0
    chances = probabilities(read.scores, temperature=weights.temperature, missing=weights.missing)
    order = np.argsort(-chances, kind="stable")
    best = [read.strings[int(number)] for number in order[:3]]
    return best[0] == read.truth, read.truth in best, float(chances[order[0]])
