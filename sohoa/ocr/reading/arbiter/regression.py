"""Two small convex fits, by Newton's method: which of several candidates is the right one, and how likely something is."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]
ROUNDS = 40


def fit_choice(rows: Sequence[tuple[Matrix, int]], *, ridge: float = 1.0) -> Matrix:
    """rows: (candidates x features, which one is right). Softmax regression without an intercept; the weights."""
    size = rows[0][0].shape[1]
    weights = np.zeros(size)
    for _ in range(ROUNDS):
        gradient, curvature = ridge * weights, ridge * np.eye(size)
        for features, right in rows:
            scores = features @ weights
            share = np.exp(scores - scores.max())
            share /= share.sum()
            mean = share @ features
            gradient += mean - features[right]
            curvature += (features * share[:, None]).T @ features - np.outer(mean, mean)
        step = np.linalg.solve(curvature, gradient)
        weights = weights - step
        if np.abs(step).max() < 1e-6:
            break
    return weights


def fit_probability(features: Matrix, right: Matrix, *, ridge: float = 1.0) -> Matrix:
    """features: (cases x features), a column of ones among them. right: 0 or 1. Logistic regression; the weights."""
    weights = np.zeros(features.shape[1])
    for _ in range(ROUNDS):
        share = 1.0 / (1.0 + np.exp(-np.clip(features @ weights, -30, 30)))
        gradient = features.T @ (share - right) + ridge * weights
        curvature = (features * np.maximum(share * (1 - share), 1e-9)[:, None]).T @ features + ridge * np.eye(len(weights))
        step = np.linalg.solve(curvature, gradient)
        weights = weights - step * min(1.0, 5.0 / float(np.abs(step).max()))
        if np.abs(step).max() < 1e-6:
            break
    return weights
