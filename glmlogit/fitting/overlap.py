"""Proof by the converged Newton step that a finite maximum exists (Gordan–Stiemke), rounding bounded."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from glmlogit.designs.container import Design
from glmlogit.fitting.control import Status
from glmlogit.fitting.maximum import Columns
from glmlogit.fitting.newton import Solution
from glmlogit.numerics.linalg import EPS, Factor

Array = npt.NDArray[np.float64]


def overlap_proved(design: Design, free: Columns, solution: Solution) -> bool:
    """Whether the converged iteration itself proves that no direction of recession exists.

    The score equations weigh the signed rows by |y − p| > 0. A Newton step d changes the multiplier of a
    row by ``−W x'd``, so if it changes no linear predictor by 1 or more, the changed multipliers are still
    positive and make the weighted sum of signed rows vanish exactly: overlap, by the theorem of
    Gordan–Stiemke. What rounding may hide in the computed step is bounded from the magnitudes of the
    columns, without another pass over the rows.
    """
    factor = solution.at.info.factor
    if solution.status is not Status.CONVERGED or factor is None:
        return False
    return solution.moved + rounding_of_step(design, free, solution.beta, factor) < 1.0


def rounding_of_step(design: Design, free: Columns, beta: Array, factor: Factor) -> float:
    """Bound of what rounding in one evaluation can move a linear predictor by (Higham 2002, §3.1)."""
    magnitude = design.magnitude[free]
    reaches = np.abs(factor.inverse_root).T @ magnitude
    reach = math.hypot(*reaches.tolist())  # ≥ |R⁻ᵀx| of every row; squares would overflow with weights of 1e-300
    total = sum(design.event_totals)
    terms = len(free) + 2
    size = float(magnitude @ np.abs(beta)) + design.largest_offset
    in_eta = terms * EPS * size * math.sqrt(total) / 2
    in_sums = (8192 + design.n_rows / 8192) * EPS * total * reach
    return float(reach * (in_eta + in_sums))
