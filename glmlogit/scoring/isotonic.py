"""Isotonic regression of outcomes on probabilities, and the decomposition of the Brier score that rests on it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


def pooled(y: Array, weights: Array) -> Array:
    """Means (n,) of y that never fall, by pooling adjacent violators with weights; least squares.

    Ties of what y is ordered by must have been averaged before.
    """
    from scipy.optimize import isotonic_regression

    return np.asarray(isotonic_regression(y, weights=weights / weights.max()).x)


def isotonic(a: Array, b: Array) -> Array:
    """Shares of events (k,), never falling, of events a and others b at rising distinct probabilities."""
    n = a + b
    return pooled(a / n, n)


class Corp(NamedTuple):
    """``Brier = miscalibration − discrimination + uncertainty`` (Dimitriadis, Gneiting & Jordan 2021)."""

    miscalibration: float
    discrimination: float
    uncertainty: float
    levels: int


def corp(a: Array, b: Array, p: Array) -> Corp:
    """Decomposition of the Brier score of rising distinct probabilities p (k,) by isotonic recalibration.

    Neither part is a difference of scores: within a level of the recalibrated values their mean is that of outcomes.
    """
    n, level = a + b, isotonic(a, b)
    total, mean = float(n.sum()), float(a.sum() / n.sum())
    squares = (p - level) * (n * (p + level) - 2.0 * a)
    return Corp(
        float(squares.sum()) / total,
        float(n @ (level - mean) ** 2) / total,
        mean * (1.0 - mean),
        len(np.unique(level)),
    )
