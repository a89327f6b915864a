"""From scores to probabilities that mean what they say, and to the point where a human is called."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


def sigmoid(scores: ArrayLike) -> Floats:
    """Probability of log-odds `scores`; no overflow at either end."""
    clipped = np.clip(np.asarray(scores, np.float64), -40.0, 40.0)
    return np.asarray(1.0 / (1.0 + np.exp(-clipped)))


def log_odds(probabilities: ArrayLike) -> Floats:
    """The inverse of `sigmoid`; 0 and 1 are taken as one in a million."""
    safe = np.clip(np.asarray(probabilities, np.float64), 1e-6, 1 - 1e-6)
    return np.asarray(np.log(safe / (1 - safe)))


def softmax(scores: ArrayLike) -> Floats:
    """Probabilities over the last axis."""
    array = np.asarray(scores, np.float64)
    powers = np.exp(array - array.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True))


@dataclass(frozen=True, slots=True)
class Scale:
    """Platt scaling: the log-odds that a raw score stands for are `slope * score + offset`."""

    slope: float = 1.0
    offset: float = 0.0

    def __call__(self, scores: ArrayLike) -> Floats:
        """Calibrated log-odds."""
        return np.asarray(self.slope * np.asarray(scores, np.float64) + self.offset)


def fit_scale(scores: ArrayLike, labels: ArrayLike, *, steps: int = 50) -> Scale:
    """The `Scale` that makes `scores` (raw, of posts not trained on) most likely under 0/1 `labels`.

    Newton's method with Platt's smoothed targets, so that separable scores keep a finite slope.
    """
    x = np.asarray(scores, np.float64)
    y = np.asarray(labels, np.float64)
    positive = float(y.sum())
    negative = len(y) - positive
    target = np.where(y > 0, (positive + 1) / (positive + 2), 1 / (negative + 2))
    design = np.stack([x, np.ones_like(x)], axis=1)

    def loss(weights: Floats) -> float:
        z = design @ weights
        return float(np.sum(np.logaddexp(0, z) - target * z))

    weights = np.zeros(2)
    for _ in range(steps):
        p = sigmoid(design @ weights)
        gradient = design.T @ (p - target)
        curvature = (design * (p * (1 - p))[:, None]).T @ design + 1e-9 * np.eye(2)
        step = np.linalg.solve(curvature, gradient)
        before = loss(weights)
        while loss(weights - step) > before and float(np.abs(step).max()) > 1e-12:
            step = step / 2  # a full step can overshoot where the scores are far from log-odds
        weights = weights - step
        if float(np.abs(step).max()) < 1e-9:
            break
    return Scale(float(weights[0]), float(weights[1]))


def calibration_error(probabilities: ArrayLike, labels: ArrayLike, bins: int = 10) -> float:
    """Expected calibration error: mean distance of stated and true rate over equal-width bins."""
    p = np.asarray(probabilities, np.float64)
    y = np.asarray(labels, np.float64)
    place = np.minimum((p * bins).astype(int), bins - 1)
    error = 0.0
    for one in range(bins):
        mine = place == one
        if mine.any():
            error += float(mine.mean()) * abs(float(p[mine].mean()) - float(y[mine].mean()))
    return error


def operating_point(probabilities: ArrayLike, labels: ArrayLike, recall: float = 0.95) -> float:
    """The highest threshold that still finds at least `recall` of the complaints."""
    p = np.asarray(probabilities, np.float64)
    found = np.sort(p[np.asarray(labels) > 0])
    return float(found[int(np.floor((1 - recall) * len(found)))])
