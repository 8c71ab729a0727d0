"""Newton steps on rows in memory that need no care, one after the other in one call: in C, or its twin in NumPy.

A step needs none where the information is well enough conditioned, the full step raises the log-likelihood by its share
of what it promises, and decrements still fall. Whoever asks takes up from there, with all that care asks for. The two
differ by rounding in the steps; the sums where they end are those of :func:`~glmlogit.numerics.kernels.checked_pass`,
to the last bit.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from glmlogit.numerics import kernels
from glmlogit.numerics.kernels import CheckedRows, PassSums, checked_pass, doubles

Array = npt.NDArray[np.float64]

# Columns up to which C has its own factors: beyond, a LAPACK is faster, and its call a small part of a step.
MOST_COLUMNS = 32


class StepRules(NamedTuple):
    """When a full step is taken: the numbers of the loop that does what is left.

    Attributes
    ----------
    unit : float
        Weight that counts as one observation.
    tol : float
        Decrement at which steps end.
    flat : float
        Below this decrement the log-likelihood is too flat to be compared.
    share : float
        Share of the promised rise that a step must keep.
    slack : float
        Fall of the log-likelihood that rounding explains, relative to its size.
    condition : float
        Largest condition of the scaled root.
    careful : float
        Condition beyond which steps end at a decrement of ``flat``.
    """

    unit: float
    tol: float
    flat: float
    share: float
    slack: float
    condition: float
    careful: float


class StepSums(NamedTuple):
    """Where steps ended: β (p,), the sums there, and log-likelihood and decrement before each step."""

    beta: Array
    sums: PassSums
    steps: tuple[tuple[float, float], ...]


def full_steps(
    checked: CheckedRows, start: Array, scale: Array | None, rules: StepRules, most: int, threads: int | None = None
) -> StepSums:
    """At most so many Newton steps from β = ``start`` (p,); ``scale`` (p,) as a pass takes it.

    Rows that are summed in several segments take none.
    """
    rows, size = checked
    n, p = rows.X.shape
    if n > size > 0 or not 0 < p <= MOST_COLUMNS or most < 1:
        return StepSums(start, checked_pass(checked, start, scale, threads=threads), ())
    start, scale = doubles(start, p), None if scale is None else doubles(scale, p)
    if not (size and kernels.COMPILED):
        return full_steps_numpy(checked, start, scale, rules, most)
    beta, sums, trace = np.empty(p), np.empty(1 + p + p * p), np.empty((most, 2))
    taken = kernels._rowpass.full_steps(*rows, start, scale, sums, beta, trace, rules)
    at = PassSums(float(sums[0]), sums[1 : 1 + p], sums[1 + p :].reshape(p, p))
    return StepSums(beta, at, tuple((value, decrement) for value, decrement in trace[:taken].tolist()))


@np.errstate(all="ignore")
def full_steps_numpy(checked: CheckedRows, start: Array, scale: Array | None, rules: StepRules, most: int) -> StepSums:
    """The NumPy twin."""
    beta, steps = start, list[tuple[float, float]]()
    at = checked_pass(checked, beta, scale, threads=1)
    while len(steps) < most:
        step = _step(at, scale, rules)
        if step is None:
            break
        direction, decrement, condition = step
        last = steps[-1][1] if steps else math.inf
        if not decrement > (rules.flat if condition > rules.careful else rules.tol):
            break
        if decrement < rules.flat and decrement > 0.5 * last:
            break
        there = checked_pass(checked, beta + direction, scale, threads=1)
        enough = at.llf + rules.share * float(at.score @ direction) - rules.slack * abs(at.llf)
        if decrement >= rules.flat and not there.llf >= enough:
            break
        steps.append((at.llf, decrement))
        beta, at = beta + direction, there
    return StepSums(beta, at, tuple(steps))


def _step(at: PassSums, scale: Array | None, rules: StepRules) -> tuple[Array, float, float] | None:
    """Newton's step (p,), its decrement, and the condition; None where that is beyond what is relied on."""
    diagonal = at.information.diagonal()
    if not (np.isfinite(at.information).all() and (diagonal > 0).all()):
        return None
    unit = np.ldexp(1.0, -(np.frexp(diagonal)[1] >> 1))
    try:
        lower = np.linalg.cholesky(at.information * unit * unit[:, None])
    except np.linalg.LinAlgError:
        return None
    inverse = np.linalg.inv(lower)
    condition = float(np.abs(lower.T).sum(axis=0).max() * np.abs(inverse.T).sum(axis=0).max())
    if not condition <= rules.condition:
        return None
    unit = unit if scale is None else unit * scale
    half = inverse @ (unit * at.score)
    return unit * (inverse.T @ half), math.sqrt(float(half @ half) / rules.unit), condition
