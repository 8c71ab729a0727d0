"""Lasso and elastic net: a penalty of absolute values and squares, on glmnet's scale."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any, Literal, Unpack

import numpy as np
import numpy.typing as npt

from glmlogit.designs.container import Design
from glmlogit.errors import DataError, NotEstimableError
from glmlogit.estimate.capabilities import Undefined
from glmlogit.estimators.finish import finish
from glmlogit.estimators.firth import rows_of
from glmlogit.estimators.fit import Fit
from glmlogit.estimators.options import DesignOptions, require_both_outcomes
from glmlogit.estimators.penalised import Factors, Limits, check_ratio, penalty_of, problem_of, standardizes
from glmlogit.fitting.control import Control, Status
from glmlogit.fitting.maximum import Maximum
from glmlogit.fitting.newton import Step
from glmlogit.likelihood.binary import BinaryLogit
from glmlogit.likelihood.objective import Evaluation
from glmlogit.likelihood.selecting import WHY_NO_COVARIANCE, Selecting
from glmlogit.messages.notes import Note
from glmlogit.messages.options import check_level
from glmlogit.numerics.linalg import Information
from glmlogit.shrinkage.certificate import duality_gap, unique, violation
from glmlogit.shrinkage.effective import effective_number
from glmlogit.shrinkage.path import null_point, path
from glmlogit.shrinkage.problem import Problem
from glmlogit.shrinkage.record import Shrinkage
from glmlogit.shrinkage.solve import End, Optimum, solve

Array = npt.NDArray[np.float64]

# Penalties on the way from the largest to one far below it.
_ON_THE_WAY = 0.25


def elastic_net(
    formula_or_design: str | Design,
    data: Any = None,
    *,
    penalty: float | None = None,
    l1_ratio: float = 1.0,
    C: float | None = None,
    standardize: bool | Literal["numeric"] | None = None,
    penalty_factor: Factors = None,
    lower: Limits = None,
    upper: Limits = None,
    level: float = 0.95,
    control: Control | None = None,
    **options: Unpack[DesignOptions],
) -> Fit:
    """Fit with the penalty ``λ Σ v ((1 − a)/2 (sβ)² + a s|β|)`` a row: lasso at a = 1, elastic net below.

    Parameters
    ----------
    formula_or_design : str or Design
        ``"low ~ age + C(race)"`` with ``data``, or a design made before, also one of ``scipy.sparse`` columns.
    data : table
        Rows with the columns that the formula names, of pandas, polars, pyarrow or DuckDB, or a dict of arrays.
    penalty : float
        λ on glmnet's scale: the objective is minus the log-likelihood divided by the sum of weights, plus the penalty.
    l1_ratio : float
        a, the share of the lasso, glmnet's ``alpha``.
    C : float
        scikit-learn's inverse penalty, instead of λ: λ = 1/(C Σ weights).
    standardize : bool or "numeric", optional
        Divide columns by their standard deviation (divisor n) before they are penalised, all or those with other values
        than 0 and 1. Coefficients are on the scale of the data either way. Default: True, but False with ``C``.
    penalty_factor : mapping of term to number, or sequence, optional
        Factors v of λ, rescaled to sum to the number of columns; 0 leaves a coefficient free, inf leaves it out.
    lower, upper : float or mapping of term to float, optional
        Limits of the coefficients, in the optimisation and on the scale of the data; 0 lies between them.
    level : float
        Confidence level of later tables.
    control : Control, optional
        ``strict`` and ``threads`` are of use.
    **options
        ``weights weight_type trials event offset cluster missing functions``, as :func:`~glmlogit.design` takes them.

    Returns
    -------
    Fit
        Coefficients of 0 are exactly 0. ``gap`` and ``kkt`` prove the maximum, ``shrinkage`` has λ, C, scale, factors.

    Raises
    ------
    DataError, NotEstimableError
        For penalties, shares, factors or limits out of range, and where what is not penalised separates the outcomes.

    Notes
    -----
    Friedman, Hastie & Tibshirani 2010, eq. 13. There are no standard errors: ``confint`` refuses and says what is valid
    after selection. *Matches* R's ``glmnet`` at convergence (its default stops 2e-4 away, with more columns than rows
    0.2), scikit-learn's ``LogisticRegression(C=…, l1_ratio=…)``. *Differs*: the intercept is never penalised.

    Examples
    --------
    >>> fit = gl.elastic_net("low ~ age + lwt + smoke", gl.datasets.birthwt(), penalty=0.03)
    >>> fit.params.round(3).to_dict()
    {'Intercept': 0.298, 'age': -0.014, 'lwt': -0.007, 'smoke': 0.398}
    """
    level, ratio = check_level(level, 0.95), check_ratio(l1_ratio)
    rows = rows_of(formula_or_design, data, options)
    strength = penalty_of(rows, penalty, C)
    if strength == 0:
        require_both_outcomes(rows)
    problem = problem_of(rows, ratio, standardizes(standardize, C), penalty_factor, lower, upper)
    return fit_of(rows, problem, at_penalty(problem, strength), level, control or Control())


def at_penalty(problem: Problem, penalty: float) -> Optimum:
    """The maximum at one penalty, by way of larger ones where it is far below the largest."""
    null = null_point(problem)
    if null.end is not End.CONVERGED:
        return null._replace(penalty=penalty)
    if problem.nothing_left(penalty, null.score):
        return null._replace(penalty=penalty)
    largest, last = problem.largest_penalty(null.score), null
    steps = math.ceil(math.log(max(largest / penalty, 1.0)) / -math.log(_ON_THE_WAY)) if penalty > 0 else 8
    way = largest * _ON_THE_WAY ** np.arange(1, max(steps, 1))
    for last in path(problem, np.asarray(way[way > penalty], dtype=np.float64), null):
        if last.end is not End.CONVERGED:
            return last._replace(penalty=penalty)
    working = np.flatnonzero(last.beta)
    return solve(problem, penalty, last, np.union1d(working, problem.unpenalised))


def fit_of(rows: Design, problem: Problem, point: Optimum, level: float, control: Control) -> Fit:
    """A point of a path as a fit."""
    require_maximum(rows, point)
    total = sum(rows.event_totals)
    terms, beta = problem.terms(point.penalty), point.beta
    active = np.flatnonzero((beta != 0) | ((problem.factors == 0) & (problem.low < problem.high)))
    unit = total / problem.total
    selecting = Selecting(unit * terms.limited.l1, unit * terms.l2)
    likelihood, k = BinaryLogit(rows, control.threads), len(active)
    at = Evaluation(
        unit * (point.value - terms.value(beta)),
        np.zeros(k),
        Information(np.ones(k), root=np.zeros((0, k))),
    )
    trace = tuple(Step(unit * value, distance, 0) for value, distance in point.trace)
    zeros = np.setdiff1d(np.arange(len(beta)), active)
    maximum = Maximum(beta, at, Status.CONVERGED, trace, active, (), likelihood, zeros=zeros)
    fit = finish(rows, maximum, _name(problem, point), level, control, penalty=selecting)
    undefined = Undefined(WHY_NO_COVARIANCE, _NO_AIC, WHY_NO_COVARIANCE, _NO_REFITS)
    shrinkage = _record(problem, point, total, effective_number(problem, point, active))
    return replace(fit, undefined=undefined, shrinkage=shrinkage, extra_notes=(*fit.extra_notes, *_notes(shrinkage)))


def require_maximum(rows: Design, point: Optimum) -> None:
    """Refuse what has no maximum, and say why."""
    if point.end is End.SINGULAR:
        raise DataError(
            f"no estimate at penalty {point.penalty:.6g}: {point.end.value}; penalise them, or leave some out"
        )
    if point.end is End.DIVERGING:
        raise NotEstimableError(
            f"no finite estimate at penalty {point.penalty:.6g}: a combination of coefficients that carry no penalty, "
            f"or hardly any, predicts the outcome {rows.outcome.name} perfectly (or it has one value only). Take a "
            f"larger penalty; gl.logit says which coefficients are infinite without one"
        )


def _name(problem: Problem, point: Optimum) -> str:
    name = {0.0: "ridge", 1.0: "lasso"}.get(problem.l1_ratio, f"elastic net, a = {problem.l1_ratio:g}")
    return f"{name}, λ = {point.penalty:.6g}"


def _record(problem: Problem, point: Optimum, total: float, df: float) -> Shrinkage:
    eta = problem.predictor(problem.columns, point.beta)
    return Shrinkage(
        point.penalty,
        problem.l1_ratio,
        1.0 / (point.penalty * total) if point.penalty else math.inf,
        problem.scale,
        problem.factors,
        duality_gap(problem, point.penalty, eta, point.beta),
        violation(problem, point.penalty, point.beta, point.score),
        unique(problem, point),
        df,
    )


def _notes(shrinkage: Shrinkage) -> tuple[Note, ...]:
    notes = [Note("selected", _SELECTED)]
    if shrinkage.unique is False:
        notes.append(Note("not_unique", _NOT_UNIQUE))
    return tuple(notes)


_SELECTED = (
    "Coefficients are shrunk towards 0 and chosen by these outcomes: there are no standard errors, intervals or "
    "p-values for them. Odds ratios are of the penalised model: do not set them beside those of gl.logit without "
    "saying so; under a penalty they depend on the reference levels of factors, too."
)
_NOT_UNIQUE = (
    "The solution is not unique: columns are linear combinations of each other, as duplicates are, and another split "
    "between them fits as well. l1_ratio below 1 shares the coefficient among them."
)
_NO_AIC = "a penalised fit has fewer effective coefficients than columns; gl.elastic_net_cv compares penalties"
_NO_REFITS = (
    "refits of a fit with absolute values in its penalty are no sample of its estimate: percentiles are wrong where "
    "that is 0. gl.elastic_net_cv judges predictions in folds, gl.split_inference coefficients"
)
