"""What the arbiter's evidence weighs: fitted by `fit`, shipped in one small versioned file."""

from __future__ import annotations

import functools
import json
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any

from sohoa.kernel.errors import SohoaError

SHIPPED = "weights-1.json"
VERSION = 1


class WeightsDamaged(SohoaError):
    code = "ocr.arbiter_weights_damaged"
    vi = "Tệp trọng số của bộ đọc bị hỏng hoặc không đúng phiên bản."
    en = "The arbiter's file of weights is damaged or of another version: {detail}."
    remedy = "Cài lại sohoa rồi chạy lại."
    remedy_en = "Install sohoa again, then run again."


@dataclass(frozen=True, slots=True)
class Fitted:
    """choice: weight of each thing a candidate is judged by (judge.CHOICE_FEATURES). confidence: of each thing the decision's
    confidence is reckoned from (certainty.FEATURES), as a logistic regression.
    """

    choice: tuple[float, ...]
    confidence: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Weights:
    """sets: by the names of the readers in order, joined by `+`."""

    about: dict[str, Any]
    sets: dict[str, Fitted]

    @staticmethod
    @functools.cache
    def shipped() -> Weights:
        """Raises WeightsDamaged."""
        return Weights.load(resources.files("sohoa.ocr.reading.arbiter").joinpath(SHIPPED).read_bytes())

    @staticmethod
    def load(data: bytes) -> Weights:
        """Raises WeightsDamaged."""
        try:
            told: dict[str, Any] = json.loads(data)
            if told["version"] != VERSION:
                raise ValueError(f"version {told['version']}")
            sets = {
                names: Fitted(tuple(map(float, one["choice"].values())), tuple(map(float, one["confidence"].values())))
                for names, one in told["sets"].items()
            }
            return Weights(told["about"], sets)
        except (ValueError, KeyError, TypeError, AttributeError) as damaged:
            raise WeightsDamaged(detail=str(damaged)[:80]) from damaged

    def of(self, readers: Sequence[str]) -> Fitted:
        """The set fitted for these readers; else one fitted for as many. Raises WeightsDamaged where there is none."""
        fitted = self.sets.get("+".join(readers))
        if fitted is None:
            fitted = next((one for names, one in self.sets.items() if names.count("+") == len(readers) - 1), None)
        if fitted is None:
            raise WeightsDamaged(detail=f"no weights for {len(readers)} readers")
        return fitted
