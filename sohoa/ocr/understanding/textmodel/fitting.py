"""Training the text model. Only `sohoa train` and the build of the shipped model import this: scikit-learn takes a second to load."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix  # pyright: ignore[reportMissingTypeStubs]
from sklearn.exceptions import ConvergenceWarning  # pyright: ignore[reportMissingTypeStubs]
from sklearn.linear_model import LogisticRegression  # pyright: ignore[reportMissingTypeStubs]

from sohoa.ocr.understanding.textmodel.features import BUCKETS, runs_of
from sohoa.ocr.understanding.textmodel.model import TextModel, chances_of

FOLDS = 2
# Measured on the sample office and on real papers: 20 rounds judge as 60 do; five times the strength is worse on both.
STRENGTH, ROUNDS = 10.0, 20
SHARPNESSES = np.geomspace(0.5, 20.0, 60)
_STEPS = 127  # weights are kept as bytes


@dataclass(frozen=True, slots=True)
class Example:
    """text: as `own_words` leaves it. group: texts of one group are never on both sides when probabilities are fitted.

    weight: how much it counts; an invented text counts less than a paper that a person saw.
    """

    text: str
    code: str
    group: str
    weight: float = 1.0


def fit(examples: Sequence[Example], about: dict[str, Any], *, step: Callable[[str], None] = lambda _: None) -> TextModel:
    """A model of every type among the examples; at least two types, and two groups of each that is to be believed.

    The same examples in the same order give the same model. step: told what is being done now. Raises ValueError for one type only.
    """
    codes = tuple(sorted({example.code for example in examples}))
    if len(codes) < 2:
        raise ValueError("a model tells types apart; there is one only")
    step("features")
    counts = _matrix([example.text for example in examples])
    seen = np.asarray((counts > 0).sum(axis=0)).ravel()
    rarity = (np.log((1 + len(examples)) / (1 + seen)) + 1).astype(np.float16).astype(np.float32)
    rows = _unit_length(counts, rarity)
    labels = np.array([codes.index(example.code) for example in examples])
    weights = np.array([example.weight for example in examples])
    step("calibration")
    sharpness = _calibrated(rows, labels, weights, _folds(examples), len(codes))
    step("weights")
    coefficients, biases = _separated(rows, labels, weights, len(codes))
    scales = np.maximum(np.abs(coefficients).max(axis=0), 1e-9) / _STEPS
    return TextModel(
        codes,
        rarity,
        np.rint(coefficients / scales).astype(np.int8),
        scales.astype(np.float32),
        biases.astype(np.float32),
        round(sharpness, 4),
        {**about, "examples": len(examples)},
    )


def _matrix(texts: Sequence[str]) -> Any:
    buckets: list[NDArray[np.int64]] = []
    counts: list[NDArray[np.float32]] = []
    for text in texts:
        where, how_much = runs_of(text)
        buckets.append(where)
        counts.append(how_much)
    ends = np.cumsum([0, *(len(where) for where in buckets)])
    return csr_matrix((np.concatenate(counts), np.concatenate(buckets), ends), shape=(len(texts), BUCKETS))


def _unit_length(counts: Any, rarity: NDArray[np.float32]) -> Any:
    told = counts.multiply(rarity[None, :]).tocsr()
    lengths = np.sqrt(np.asarray(told.multiply(told).sum(axis=1)).ravel())
    return told.multiply((1 / np.maximum(lengths, 1e-9))[:, None]).tocsr().astype(np.float32)


def _separated(rows: Any, labels: NDArray[Any], weights: NDArray[Any], types: int) -> tuple[NDArray[Any], NDArray[Any]]:
    """(BUCKETS, types) and (types,): the weights of a linear model. A type without an example is never chosen."""
    present = np.unique(labels)
    machine: Any = LogisticRegression(C=STRENGTH, class_weight="balanced", max_iter=ROUNDS, tol=1e-5)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # the rounds are few on purpose
        machine.fit(rows, labels, sample_weight=weights)
    coefficients, biases = np.zeros((rows.shape[1], types)), np.full(types, -10.0)
    if len(present) == 2:  # scikit-learn then gives one line, for the second against the first
        coefficients[:, present] = np.stack([-machine.coef_[0], machine.coef_[0]], axis=1) / 2
        biases[present] = [-machine.intercept_[0] / 2, machine.intercept_[0] / 2]
    else:
        coefficients[:, present], biases[present] = machine.coef_.T, machine.intercept_
    return coefficients, biases


def _folds(examples: Sequence[Example]) -> NDArray[np.int64]:
    """Each example's fold; a type's groups are dealt out in turn, so that every fold knows every type that has two groups."""
    dealt: dict[str, dict[str, int]] = {}
    for example in examples:
        groups = dealt.setdefault(example.code, {})
        groups.setdefault(example.group, len(groups) % FOLDS)
    return np.array([dealt[example.code][example.group] for example in examples])


def _calibrated(rows: Any, labels: NDArray[Any], weights: NDArray[Any], folds: NDArray[np.int64], types: int) -> float:
    """By how much scores are to be stretched so that probabilities are right for examples whose groups were held back."""
    losses = np.zeros(len(SHARPNESSES))
    for fold in range(FOLDS):
        away = folds != fold
        here = (folds == fold) & np.isin(labels, labels[away])
        if not here.any() or len(np.unique(labels[away])) < 2:
            continue
        coefficients, biases = _separated(rows[away], labels[away], weights[away], types)
        scores = rows[here] @ coefficients + biases
        for at, sharpness in enumerate(SHARPNESSES):
            right = chances_of(scores, sharpness)[np.arange(len(scores)), labels[here]]
            losses[at] -= float(np.sum(weights[here] * np.log(np.maximum(right, 1e-9))))
    return float(SHARPNESSES[int(np.argmin(losses))]) if losses.any() else 1.0
