"""How sure a field is: its words' confidence and its witnesses, as a probability measured on papers whose fields are known.

The page reader's confidence is that of a word among all words; a word that stands where a date must stand and makes a date is right
far more often than that, and one that a second witness confirms hardly ever wrong. `python -m benchmarks.understanding.fitting` makes
certainty.json anew.
"""

from __future__ import annotations

import functools
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib import resources

from sohoa.ocr.model import Field

TRUSTED = 0.90  # below this a person looks
LEAST, MOST = 0.001, 0.999


@dataclass(frozen=True, slots=True)
class Curve:
    """P(right) = 1 / (1 + exp(-(base + slope · logit(words) + witness · number of witnesses)))."""

    base: float
    slope: float
    witness: float

    def at(self, words: float, witnesses: int) -> float:
        score = self.base + self.slope * logit(words) + self.witness * witnesses
        return 1 / (1 + math.exp(-score))


AS_READ = Curve(0.0, 1.0, 0.0)
Curves = Mapping[str, Curve]


def certain(name: str, field: Field, curves: Curves) -> Field:
    """The field with its confidence as a probability, for what was read of the page's print; a code's and a pen's have their own."""
    curve = curves.get(name, AS_READ)
    return replace(field, confidence=round(curve.at(field.confidence, len(field.witnesses)), 4))


@functools.cache
def shipped() -> Curves:
    """By the name of the field; AS_READ holds for any other."""
    told = json.loads(resources.files("sohoa.ocr.understanding").joinpath("certainty.json").read_text(encoding="utf-8"))
    return {name: Curve(*numbers) for name, numbers in told["fields"].items()}


def logit(share: float) -> float:
    held = min(max(share, LEAST), MOST)
    return math.log(held / (1 - held))
