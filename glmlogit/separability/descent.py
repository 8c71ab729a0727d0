"""Points of a cone where a linear function is low, in floats: guesses that exact arithmetic then proves."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from glmlogit.numerics.linalg import power_of_two
from glmlogit.separability.rational import FLOOR

Array = npt.NDArray[np.float64]

# Steps of affine scaling, and the share of the way to the border that each goes.
_STEPS, _SHARE = 8, 0.95


def descended(rows: Array, inside: Array, target: Array) -> Array | None:
    """A z with ``rows·z > 0`` and ``target'z < 0`` by affine scaling (Dikin 1967) from one ``inside`` the cone.

    None where a few steps, of the time of a small part of a linear program, do not lead there.
    """
    rows, z = rows[rows.any(axis=1)], inside
    for _ in range(_STEPS):
        slack = rows @ z
        if not (slack > 0).all():
            return None
        scaled = rows / slack[:, None]
        try:
            direction = np.linalg.solve(scaled.T @ scaled, target)
        except np.linalg.LinAlgError:
            return None
        falls = float((scaled @ direction).max(initial=0.0))  # as shares of the slack
        z = np.asarray(z - direction * (_SHARE / falls) if falls > 0 else -direction, dtype=np.float64)
        if not np.isfinite(z).all():
            return None
        z = np.asarray(z / (np.abs(z).max() or 1.0), dtype=np.float64)
        if target @ z < 0:
            return z
    return None


def lowest_of(rows: Array, target: Array) -> tuple[Array, Array] | None:
    """``min target'z`` over ``rows·z ≥ 0`` in a box: the solution and the multipliers of the rows."""
    from scipy.optimize import linprog

    scale = _scale(rows)
    cost = target / scale
    cost /= np.abs(cost).max()  # what is small against the program's tolerances would be nothing to it
    result = linprog(cost, A_ub=-rows / scale, b_ub=np.zeros(len(rows)), bounds=(-1.0, 1.0), method="highs")
    if result.status != 0:
        return None
    z = np.asarray(result.x, dtype=np.float64) / scale
    return z / (np.abs(z).max() or 1.0), -np.asarray(result.ineqlin.marginals, dtype=np.float64)


def _scale(rows: Array) -> Array:
    """Powers of two near the largest entries of the columns."""
    return power_of_two(np.maximum(np.abs(rows).max(axis=0), FLOOR))
