"""Median bias reduction: the adjusted score equation of Kenne Pagui, Salvan & Sartori (2017), solved by Newton."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any, NoReturn, Unpack

import numpy as np
import numpy.typing as npt

from glmlogit.designs.container import Design
from glmlogit.errors import UnsupportedError
from glmlogit.estimators.finish import finish
from glmlogit.estimators.firth import NO_FUNCTION, first_firth, rows_of
from glmlogit.estimators.fit import Fit
from glmlogit.estimators.options import DesignOptions
from glmlogit.fitting.control import Control
from glmlogit.fitting.maximise import maximise
from glmlogit.likelihood.objective import Evaluation, Move, Objective, curved
from glmlogit.messages.options import check_level
from glmlogit.numerics.linalg import TriangularFactor

Array = npt.NDArray[np.float64]

# Coefficients up to which the Jacobian of the median adjustment is worth its p² passes over the rows.
LARGEST_JACOBIAN = 12
# Half the width of these differences, in standard errors: the error of a step is of order 1e-10 by curvature and 1e-11
# by rounding, and only the number of steps depends on it.
DIFFERENCE = 1e-5


@dataclass(frozen=True, eq=False)
class MedianUnbiased:
    """The median-bias-reducing adjustment of a score equation (Kenne Pagui, Salvan & Sartori 2017, eq. 10).

    It is the gradient of no function; progress is measured by the length of the adjusted score, so that the
    value is minus half its square in the metric of the inverse information.
    """

    exact = False
    proper = False
    integrable = False

    def why_not(self, likelihood: Objective) -> str:
        """It needs derivatives of the information."""
        return likelihood.why_no_curvature

    def keep(self, columns: npt.NDArray[np.intp]) -> MedianUnbiased:
        """Itself: it is of whatever coefficients the likelihood has."""
        return self

    def recombined(self, transform: Array) -> NoReturn:
        """Refused: medians of combinations are not combinations of medians."""
        raise UnsupportedError(NO_FUNCTION)

    def adjusted(self, objective: Objective, beta: Array, at: Evaluation, *, root: bool) -> Evaluation:
        """Score plus Firth's adjustment less ``I F``, F the shift from mean to median unbiasedness."""
        factor = at.info.factor
        if factor is None:
            return at._replace(value=-np.inf)
        spread = factor.inverse_root
        cov, gradient = spread @ spread.T, curved(objective).info_gradient
        shift = np.empty(len(beta))
        for r in range(len(beta)):
            along = cov[:, r] / np.sqrt(cov[r, r])
            third = gradient(beta, along[:, None]).gradient / 3.0
            shift[r] = cov[:, r] @ third
        score = at.score + 0.5 * gradient(beta, spread).gradient - at.info.dense @ shift
        return Evaluation(-0.5 * factor.norm(score) ** 2, score, at.info)

    def step(self, objective: Objective, at: Evaluation, beta: Array) -> Move | None:
        """Newton's step by differences of the adjusted score; a scoring step, which only creeps at times, if large.

        Differences are taken along the axes in which the information is the identity, to either side.
        """
        factor = at.info.factor
        if factor is None:
            return None
        half = factor.half_solve(at.score)
        step = _by_differences(objective, beta, factor, half) if len(beta) <= LARGEST_JACOBIAN else None
        step = factor.other_half(half) if step is None else step
        return Move(step, math.sqrt(half @ half) / math.sqrt(objective.unit), float(at.score @ step))


def _by_differences(objective: Objective, beta: Array, factor: TriangularFactor, half: Array) -> Array | None:
    """The step (k,) by the Jacobian of the score in coordinates in which ``half`` is the score; None if singular."""
    axes, h = factor.inverse_root, DIFFERENCE
    columns = [
        factor.half_solve(objective.evaluate(beta - h * axis).score - objective.evaluate(beta + h * axis).score)
        / (2 * h)
        for axis in axes.T
    ]
    try:
        return np.asarray(axes @ np.linalg.solve(np.column_stack(columns), half))
    except np.linalg.LinAlgError:
        return None


def median_bias_reduced(
    formula_or_design: str | Design,
    data: Any = None,
    *,
    level: float = 0.95,
    control: Control | None = None,
    **options: Unpack[DesignOptions],
) -> Fit:
    """Fit so that each coefficient is median unbiased to third order; always finite in practice.

    Parameters
    ----------
    formula_or_design : str or Design
        ``"low ~ age + C(race)"`` with ``data``, or a design made before.
    data : table
        Rows with the columns that the formula names, of pandas, polars, pyarrow or DuckDB, or a dict of arrays.
    level : float
        Confidence level of the fit's tables.
    control : Control, optional
        Tolerance and limits of the iteration.
    **options
        ``weights weight_type trials event offset cluster missing functions``, as :func:`~glmlogit.design` takes them.

    Returns
    -------
    Fit

    Raises
    ------
    DataError, FormulaError
        As in :func:`~glmlogit.logit`.

    Notes
    -----
    Kenne Pagui, Salvan & Sartori 2017. Equivariant under monotone transformation of single coefficients,
    so the odds ratio is median unbiased as well. *Matches* R's ``brglm2`` with ``type = "AS_median"``. The
    adjusted score is the gradient of no function, so there are no likelihood-ratio tests or profiles.

    Examples
    --------
    >>> fit = gl.median_bias_reduced("HG ~ NV + PI + EH", gl.datasets.endometrial())
    >>> fit.params.round(3).to_dict()
    {'Intercept': 3.969, 'NV': 3.869, 'PI': -0.039, 'EH': -2.708}
    """
    control, level = control or Control(), check_level(level, 0.95)
    rows = rows_of(formula_or_design, data, options)
    first = first_firth(rows, control)
    maximum = maximise(first.likelihood, MedianUnbiased(), control, start=first.beta)
    maximum = replace(maximum, trace=first.trace + maximum.trace)
    return finish(rows, maximum, "Median bias reduction", level, control, adjusted=NO_FUNCTION)
