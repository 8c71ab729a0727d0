"""Median bias reduction: the adjusted score equation of Kenne Pagui, Salvan & Sartori (2017), solved by scoring."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, NoReturn, Unpack

import numpy as np
import numpy.typing as npt

from glmlogit.designs.container import Design
from glmlogit.errors import UnsupportedError
from glmlogit.estimators.finish import finish
from glmlogit.estimators.firth import NO_FUNCTION, first_firth, rows_of
from glmlogit.estimators.fit import Fit
from glmlogit.estimators.options import FitOptions
from glmlogit.fitting.control import Control
from glmlogit.fitting.maximise import maximise
from glmlogit.likelihood.curved import curved
from glmlogit.likelihood.objective import Evaluation, Move, Objective
from glmlogit.messages.options import check_level
from glmlogit.numerics.linalg import TriangularFactor, lengths

Array = npt.NDArray[np.float64]

# Scoring steps that are mixed, and how much longer than the last of them a mixture may be.
DEPTH, FARTHEST = 6, 4.0
# Steps that leave more of the distance than this creep.
CREEPING = 0.3
# Coefficients up to which the Jacobian of the adjusted score is worth its 2p evaluations where steps creep.
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
        spread, derivatives = factor.inverse_root, curved(objective)
        errors = lengths(spread)
        # aᵣ = I⁻¹eᵣ/SEᵣ: the shift of βᵣ is SEᵣ/3 times the derivative of the information along aᵣ, twice and once more
        along = spread @ (spread / errors[:, None]).T
        shift = errors * derivatives.info_cubes(beta, along) / 3.0
        score = at.score + 0.5 * derivatives.info_gradient(beta, spread).gradient - at.info.dense @ shift
        return Evaluation(-0.5 * factor.norm(score) ** 2, score, at.info)

    @property
    def step(self) -> Callable[[Objective, Evaluation, Array], Move | None]:
        """The steps of one iteration, which remember those before."""
        return _Steps().step


class _Steps:
    """Scoring steps ``I⁻¹s``, mixed with those before; Newton's steps, by differences of the score, where these creep.

    Anderson's mixing (Walker & Ni 2011, *SIAM J. Numer. Anal.* 49, 1715-1735) takes the combination of the last few
    points whose steps all but cancel. Steps are compared in coordinates in which the information is the identity.
    """

    def __init__(self) -> None:
        self.points: list[Array] = []
        self.scoring: list[Array] = []
        self.last = math.inf

    def step(self, objective: Objective, at: Evaluation, beta: Array) -> Move | None:
        """The step from an evaluation at β."""
        factor = at.info.factor
        if factor is None:
            return None
        half = factor.half_solve(at.score)
        decrement = math.sqrt(half @ half) / math.sqrt(objective.unit)
        creeping, self.last = decrement > CREEPING * self.last, decrement
        self.points.append(beta)
        self.scoring.append(factor.other_half(half))
        step = None
        if creeping and len(beta) <= LARGEST_JACOBIAN:
            step = _by_differences(objective, beta, factor, half)
        if step is None:
            step = self._mixed(factor)
        return Move(step, decrement, float(at.score @ step))

    def _mixed(self, factor: TriangularFactor) -> Array:
        """The last scoring step, mixed with those before it; as it is where that leads far off."""
        last = self.scoring[-1]
        if min(len(self.scoring), DEPTH) == 1:
            return last
        steps, points = np.array(self.scoring[-DEPTH:]).T, np.array(self.points[-DEPTH:]).T
        lengthened = np.triu(factor.root) @ (steps / factor.scale[:, None])
        shares, *_ = np.linalg.lstsq(np.diff(lengthened, axis=1), lengthened[:, -1], rcond=None)
        mixed = last - np.diff(points + steps, axis=1) @ shares
        size = float(np.linalg.norm(np.triu(factor.root) @ (mixed / factor.scale)))
        return mixed if size <= FARTHEST * float(np.linalg.norm(lengthened[:, -1])) else last


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
    **options: Unpack[FitOptions],
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
