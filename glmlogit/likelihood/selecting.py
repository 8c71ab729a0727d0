"""The penalty that selects: absolute values and squares of coefficients, some of which are exactly 0 for it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from glmlogit.likelihood.objective import Evaluation, Objective, Penalty
from glmlogit.likelihood.penalty import Recombined
from glmlogit.numerics.linalg import Information

Array = npt.NDArray[np.float64]
Columns = npt.NDArray[np.intp]

WHY_NO_COVARIANCE = (
    "the penalty chose the coefficients by these very outcomes, and no standard error, interval or p-value from the "
    "same rows knows of the choice (a bootstrap neither: percentiles are wrong where an estimate is 0). Valid are: to "
    "choose in one part of the rows and fit the other, gl.split_inference; the debiased lasso where columns are fewer "
    "than rows, gl.debiased_lasso; for one exposure of interest, gl.double_selection"
)


@dataclass(frozen=True, eq=False)
class Selecting(Penalty):
    """``−Σ ½ l2 β² + l1 |β|`` on the log-likelihood's own scale (Zou & Hastie 2005), where no coefficient changes sign.

    It has an information where coefficients are not 0.
    """

    l1: Array
    l2: Array
    exact = True
    why_no_covariance = WHY_NO_COVARIANCE

    def keep(self, columns: Columns) -> Selecting:
        """The penalty of some of the coefficients."""
        return Selecting(self.l1[columns], self.l2[columns])

    def recombined(self, transform: Array) -> Recombined:
        """The same function of β as one of γ, ``β = Tγ``."""
        return Recombined(self, transform)

    def evaluate(self, objective: Objective, beta: Array, at: Evaluation, *, root: bool) -> Evaluation:
        """Evaluation of the penalty alone; it depends on β only."""
        ones, value = np.ones(len(beta)), float(0.5 * (self.l2 * beta) @ beta + self.l1 @ np.abs(beta))
        roots = np.diag(np.sqrt(self.l2)) if root else None
        info = Information(ones, root=roots) if root else Information(ones, matrix=np.diag(self.l2))
        return Evaluation(-value, -self.l2 * beta - self.l1 * np.sign(beta), info)
