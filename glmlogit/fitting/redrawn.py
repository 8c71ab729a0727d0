"""Maxima of bootstrap samples by passes for the score alone: all rows stay, those not drawn with weight 0."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from glmlogit.data.held_rows import HeldRows
from glmlogit.data.row_sums import column_sums, residuals
from glmlogit.fitting.control import Control, Status
from glmlogit.fitting.maximise import ONE_STEP, resumed
from glmlogit.fitting.maximum import Maximum
from glmlogit.fitting.newton import DECREMENT_ROUNDING, STILL_MOVING
from glmlogit.fitting.warm_start import chord
from glmlogit.likelihood.objective import Evaluation, Likelihood, single
from glmlogit.numerics.linalg import Information, lengths

Array = npt.NDArray[np.float64]

# A probability that is none.
NEVER = 1e-12


@dataclass(frozen=True, eq=False)
class Redrawn:
    """What maxima of samples of rows have in common: the maximum of all rows, and their residuals there (n,)."""

    former: Maximum
    reach: float  # bound of the length of a row in the metric of the information
    residuals: Array

    @staticmethod
    def of(former: Maximum, rows: HeldRows, unit: float) -> Redrawn | None:
        """None where a sample may have less than half of the information of all rows in some direction.

        The information of a sample is a sum of independent terms, one a draw, with that of all rows as its mean. With h
        the largest leverage of a draw, which adds ``unit`` observations at most, it is smaller with a probability of at
        most ``p (√2 e^−½)^(1/h)`` (Tropp 2012, *Found. Comput. Math.* 12, theorem 1.1).
        """
        of_one, factor = single(former.likelihood), former.at.info.factor
        if of_one is None or factor is None or resumed(former.likelihood, former) is None:
            return None
        most = 4 * (0.5 - 0.5 * math.log(2.0)) / (unit * math.log(of_one.size / NEVER))  # a leverage is r²/4 at most
        reach = of_one.furthest(factor)
        if reach**2 > most:
            reach = max(float(lengths(block.X @ factor.inverse_root).max()) for block in of_one.rows.blocks())
        return Redrawn(former, reach, residuals(rows, former.beta)) if reach**2 <= most else None

    def maximum(self, rows: HeldRows, likelihood: Likelihood, control: Control) -> Maximum | None:
        """The maximum of a sample, given by the weights of the rows, to some 1e-7 standard errors.

        By steps with the former information, which show how much a step leaves: coefficients alone are of use. None
        where the steps do not end there. A last step that moves no linear predictor by 1, its length doubled as the
        information may be half as large, proves that the maximum is finite, see ``overlap_proved``.
        """
        steps = resumed(likelihood, self.former)
        if steps is None:
            return None
        goal = max(ONE_STEP, control.tol, DECREMENT_ROUNDING * steps.factor.condition)
        weighted = self.residuals if rows.weights is None else rows.weights * self.residuals
        info = Information(steps.factor.scale, root=steps.factor.root).factored(steps.factor)
        start = Evaluation(-math.inf, column_sums(rows.matrix, weighted), info)
        beta, trace = chord(likelihood, control, self.former.beta, steps, goal, start)
        last = trace[-1].decrement
        moved = 2.0 * self.reach * last * math.sqrt(likelihood.unit)
        if len(trace) < 2 or last * last > goal * trace[-2].decrement or moved > STILL_MOVING:
            return None
        at = Evaluation(trace[-1].value, np.zeros(len(beta)), info)
        return Maximum(beta, at, Status.CONVERGED, trace, np.arange(len(beta)), (), likelihood)
