"""The maximum of few rows in one compiled call, proved to be finite: what typical studies take."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from glmlogit.data.storage import Dense
from glmlogit.fitting.control import Control, Status
from glmlogit.fitting.maximum import Maximum
from glmlogit.fitting.newton import ARMIJO, FLAT, ROUNDING_OF_VALUE, SAME_ERRORS, SLOW, Step
from glmlogit.fitting.shifted import FAR
from glmlogit.likelihood.logit_sums import NEGLIGIBLE_CHANGE
from glmlogit.likelihood.objective import Evaluation, Likelihood, single
from glmlogit.numerics import kernels
from glmlogit.numerics.kernels import CheckedRows
from glmlogit.numerics.linalg import EPS, LEAST_PIVOT, SUMS_CONDITION, Information, TriangularFactor
from glmlogit.numerics.newton_steps import MOST_COLUMNS, StepRules


class ProofRules(NamedTuple):
    """By which numbers the compiled call shifts columns, ends, and proves the end to be the maximum."""

    loose: float  # condition from which coefficients are to be refined, and the rows are not looked at once more
    total: float  # weight of events and non-events
    offset: float  # the largest
    far: float = FAR
    same: float = SAME_ERRORS
    negligible: float = NEGLIGIBLE_CHANGE
    pivot: float = LEAST_PIVOT
    epsilon: float = EPS


def at_once(likelihood: Likelihood, control: Control, loose: float) -> tuple[Maximum, bool] | None:
    """The proved maximum, and whether it is to be refined, as it is from a condition of ``loose`` on.

    None where the call is not compiled, rows are many, or anything needs care, as separation, aliases and slow steps
    do. What :func:`~glmlogit.fitting.maximise.maximise` does then, in shifted columns or as they are, is the twin.
    """
    compiled, of_one = kernels.compiled("maximum"), single(likelihood)
    memory = None if of_one is None else of_one.rows.memory
    if compiled is None or of_one is None or memory is None or not isinstance(memory.matrix, Dense):
        return None
    rows, size = CheckedRows.of(memory.observations)
    n, p = rows.X.shape
    if n > size or p > MOST_COLUMNS or rows.X.dtype != np.float64 or rows.limit is not None:
        return None
    beta, sums, root = np.empty((2, p)), np.empty(1 + p + p * p), np.empty((p + 1, p))
    trace = np.empty((min(SLOW, control.max_iter) + 1, 2))
    rules = StepRules(of_one.unit, control.tol, FLAT, ARMIJO, ROUNDING_OF_VALUE, SUMS_CONDITION, np.inf)
    proof = ProofRules(loose, sum(of_one.totals), of_one.largest_offset)
    taken, shifted, refined = compiled(*rows, of_one.start(), None, sums, beta, trace, root, rules, proof)
    if not taken:
        return None
    factor = TriangularFactor(root[:p].T, root[p])
    if shifted:  # the matrix is that of shifted columns
        info = Information(factor.scale, root=factor.root).factored(factor)
    else:
        info = Information(np.ones(p), sums[1 + p :].reshape(p, p))
        info = info.factored(factor) if refined else info
    at = Evaluation(float(sums[0]), sums[1 : 1 + p], info)
    steps = tuple(Step(value, decrement, 0) for value, decrement in trace[:taken].tolist())
    low = beta[1] if shifted else None
    return Maximum(beta[0], at, Status.CONVERGED, steps, np.arange(p), (), likelihood, low=low), bool(refined)
