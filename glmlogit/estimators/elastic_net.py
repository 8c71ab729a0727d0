"""Lasso and elastic net: a penalty of absolute values and squares, on glmnet's scale."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any, Literal, Unpack

import numpy as np
import numpy.typing as npt

from glmlogit.designs.container import Design
from glmlogit.errors import ConvergenceError, ConvergenceWarning, DataError, NotEstimableError, UnsupportedError
from glmlogit.estimate.capabilities import Undefined
from glmlogit.estimators.finish import finish
from glmlogit.estimators.fit import Fit
from glmlogit.estimators.options import FitOptions, require_both_outcomes, require_events
from glmlogit.estimators.penalised import (
    Factors,
    Limits,
    PenaltyShape,
    check_share,
    penalised_rows,
    penalty_of,
    standardizes,
    weight_of,
)
from glmlogit.fitting.control import Control, Status
from glmlogit.fitting.maximum import Maximum
from glmlogit.fitting.newton import Step
from glmlogit.likelihood.binary import BinaryLogit
from glmlogit.likelihood.objective import Evaluation, Likelihood
from glmlogit.likelihood.selecting import WHY_NO_COVARIANCE, Selecting
from glmlogit.likelihood.symmetric import symmetric_logit
from glmlogit.messages.calls import warn
from glmlogit.messages.notes import Note
from glmlogit.messages.options import check_level
from glmlogit.messages.words import Number, joined, sentence
from glmlogit.numerics.linalg import Information
from glmlogit.shrinkage.adaptive import relaxed
from glmlogit.shrinkage.certificate import duality_gap, unique, violation
from glmlogit.shrinkage.effective import active_of, effective_number
from glmlogit.shrinkage.path import null_point, path
from glmlogit.shrinkage.problem import AnyProblem, LevelProblem
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
    grouped: bool = False,
    adaptive: float | None = None,
    relax: float | None = None,
    level: float = 0.95,
    control: Control | None = None,
    **options: Unpack[FitOptions],
) -> Fit:
    """Fit with the penalty ``λ Σ v ((1 − a)/2 (sβ)² + a s|β|)`` a row: lasso at a = 1, elastic net below.

    Parameters
    ----------
    formula_or_design : str or Design
        ``"low ~ age + C(race)"`` with ``data``, or a design made before, also one of ``scipy.sparse`` columns. An
        outcome of text or categories with more than two values has coefficients for each, unless ``event`` names one.
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
    grouped : bool
        Of an outcome of several levels: penalise the norm of a column's coefficients, which are then all 0 or none.
    adaptive : float, optional
        Divide factors by this power, usually 1, of the maximum likelihood estimates times ``s`` (Zou 2006, eq. 4).
    relax : float, optional
        Blend this share of the coefficients with the rest of a refit, without a penalty, of what was selected: 0 is the
        refit alone, glmnet's ``relax = TRUE, gamma = 0`` (Meinshausen 2007). Of several levels a column is refitted for
        all of them or none. :func:`~glmlogit.elastic_net_cv` chooses the share.
    level : float
        Confidence level of later tables.
    control : Control, optional
        ``strict`` and ``threads`` are of use.
    **options
        ``weights weight_type trials event offset cluster class_weight missing functions``, as :func:`~glmlogit.design`
        takes them.

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

    Of three levels or more every one has coefficients and none is a base (§4); ``gl.with_base`` takes differences,
    whose exponentials are odds ratios. Two levels are fitted as one event: two sets of coefficients would differ by as
    much at the same λ of a lasso, at half of it as ridge's, at λ/√2 as that of norms.

    Examples
    --------
    >>> fit = gl.elastic_net("low ~ age + lwt + smoke", gl.datasets.birthwt(), penalty=0.03)
    >>> fit.params.round(3).to_dict()
    {'Intercept': 0.298, 'age': -0.014, 'lwt': -0.007, 'smoke': 0.398}
    """
    level, rows = check_level(level, 0.95), penalised_rows(formula_or_design, data, options)
    shape = PenaltyShape(l1_ratio, standardizes(standardize, C), penalty_factor, lower, upper, grouped, adaptive)
    problem, strength = shape.problem(rows), penalty_of(rows, penalty, C)
    if strength == 0:
        require_determined(rows)
    fit = fit_of(rows, problem, at_penalty(problem, strength), level, control or Control(), relax)
    return fit if adaptive is None else replace(fit, extra_notes=(*fit.extra_notes, Note("adaptive", _ADAPTIVE)))


def require_determined(rows: Design) -> None:
    """Refuse rows that determine no maximum of the likelihood."""
    if rows.n_rows < rows.n_columns:
        raise DataError(
            f"penalty=0, and {rows.n_rows:,} rows cannot determine {rows.n_columns:,} coefficients without a penalty; "
            f"give one above 0, such as gl.elastic_net_cv finds"
        )
    if rows.levels is None:
        require_both_outcomes(rows)
    else:
        raise UnsupportedError(
            "without a penalty the coefficients of all levels have no maximum of their own, only their differences: "
            "gl.multinomial fits these, against a base"
        )


def at_penalty(problem: AnyProblem, penalty: float) -> Optimum:
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
    return solve(problem, penalty, last, problem.spanned(np.union1d(working, problem.unpenalised)))


def fit_of(
    rows: Design,
    problem: AnyProblem,
    selected: Optimum,
    level: float,
    control: Control,
    relax: float | None = None,
) -> Fit:
    """A point of a path as a fit; with ``relax`` blended with its refit, whose certificate is that of the selection."""
    require_maximum(rows, selected)
    selected = selected._replace(beta=problem.canonical(selected.beta))
    point = selected if relax is None else _relaxed(rows, problem, selected, check_share(relax))
    total, terms = weight_of(rows), problem.terms(point.penalty)
    beta, unit = problem.ordered(point.beta), total / problem.total
    inside = np.zeros(len(beta), dtype=bool)
    inside[active_of(problem, point.beta)] = True
    active = np.flatnonzero(problem.ordered(inside))
    selecting = Selecting(unit * problem.ordered(terms.limited.l1), unit * problem.ordered(terms.l2))
    k = len(active)
    at = Evaluation(
        unit * (point.value - (terms.value(point.beta) if relax is None else 0.0)),
        np.zeros(k),
        Information(np.ones(k), root=np.zeros((0, k))),
    )
    trace = tuple(Step(unit * value, distance, 0) for value, distance in point.trace)
    zeros, likelihood = np.setdiff1d(np.arange(len(beta)), active), likelihood_of(rows, control)
    dimension = None if rows.levels is None else _directions(inside, problem.per_column)
    maximum = Maximum(beta, at, Status.CONVERGED, trace, active, (), likelihood, zeros=zeros, dimension=dimension)
    name = _name(problem, point)
    if relax is not None:
        name = sentence("{name}, relaxed (γ = {share})", name=name, share=float(relax))
    fit = finish(rows, maximum, name, level, control, penalty=selecting)
    no_ratios = "" if rows.levels is None else _NO_BASE
    undefined = Undefined(WHY_NO_COVARIANCE, _NO_AIC, WHY_NO_COVARIANCE, _NO_REFITS, no_ratios)
    shrinkage = _record(problem, selected, total)
    notes = (*fit.extra_notes, *_notes(shrinkage, rows))
    if shrinkage.kkt > _LOOSE and point.penalty > 0:
        notes = (*notes, Note("not_converged", sentence(_NOT_PROVED, share=Number(f"{shrinkage.kkt:.1g}"))))
        if control.strict:
            raise ConvergenceError(notes[-1].text)
        warn(notes[-1].text, ConvergenceWarning)
    if relax is not None:
        shrinkage, notes = replace(shrinkage, df_selected=math.nan), (*notes, Note("relaxed", _RELAXED))
    return replace(fit, undefined=undefined, shrinkage=shrinkage, extra_notes=notes)


def _relaxed(rows: Design, problem: AnyProblem, selected: Optimum, share: float) -> Optimum:
    require_refits(problem)
    point = relaxed(problem, selected, share)
    if point.end is not End.CONVERGED:
        raise NotEstimableError(
            f"no finite refit at penalty {selected.penalty:.6g}: what was selected predicts the outcome "
            f"{rows.outcome.name} perfectly, or depends on each other. Take a larger penalty, or leave relax= out"
        )
    return point


def require_refits(problem: AnyProblem) -> None:
    """Refuse refits of several levels within limits."""
    limited = (np.isfinite(problem.low) | np.isfinite(problem.high)) & (problem.low < problem.high)
    if isinstance(problem, LevelProblem) and limited.any():
        raise UnsupportedError(
            "a refit without a penalty has coefficients of every level up to a shift that they have in common, and "
            "limits of each hold no difference of two; leave out lower= and upper=, or relax="
        )


def _directions(inside: npt.NDArray[np.bool_], levels: int) -> int:
    """Directions in which coefficients that are not 0 (q,) change probabilities, whichever level is a base.

    Those of a column in all levels are one less: what they have in common changes nothing.
    """
    return int(np.minimum(inside.reshape(-1, levels).sum(axis=1), levels - 1).sum())


def likelihood_of(rows: Design, control: Control) -> Likelihood:
    """The likelihood of one event, or of several levels none of which is a base."""
    if rows.levels is None:
        return BinaryLogit(rows, control.threads)
    weighed = rows if rows.levels is None else replace(rows, levels=rows.levels.weighed)
    return symmetric_logit(weighed, rows.outcome.levels, control.threads)


def require_maximum(rows: Design, point: Optimum) -> None:
    """Refuse what has no maximum, and say why."""
    if point.end is not End.CONVERGED:
        require_events(rows)
    if point.end is End.SINGULAR:
        raise DataError(
            f"no estimate at penalty {point.penalty:.6g}: {point.end.value}; penalise them, or leave some out"
        )
    if point.end is End.DIVERGING:
        raise NotEstimableError(
            f"no finite estimate at penalty {point.penalty:.6g}: a combination of coefficients that carry no penalty, "
            f"or hardly any, predicts the outcome {rows.outcome.name} perfectly (or it has one value only). Take a "
            f"larger penalty; {'gl.logit' if rows.levels is None else 'gl.multinomial'} says which coefficients are "
            f"infinite without one"
        )


def _name(problem: AnyProblem, point: Optimum) -> str:
    name = {0.0: "ridge", 1.0: "lasso"}.get(problem.l1_ratio, "elastic net, a = {share}")
    grouped = "grouped " if problem.group > 1 else ""
    text = f"{grouped}{name}, λ = {{penalty}}"
    return sentence(text, share=float(problem.l1_ratio), penalty=float(point.penalty))


def _record(problem: AnyProblem, point: Optimum, total: float) -> Shrinkage:
    return Shrinkage(
        point.penalty,
        problem.l1_ratio,
        1.0 / (point.penalty * total) if point.penalty else math.inf,
        problem.ordered(problem.scale),
        problem.ordered(problem.factors),
        duality_gap(problem, point.penalty, point.beta),
        violation(problem, point.penalty, point.beta, point.score),
        unique(problem, point),
        effective_number(problem, point),
    )


def _notes(shrinkage: Shrinkage, rows: Design) -> tuple[Note, ...]:
    notes = [Note("selected", _SELECTED)]
    if rows.levels is not None:
        notes.append(Note("no_base", _NO_BASE))
    if shrinkage.unique is False:
        notes.append(Note("not_unique", _NOT_UNIQUE if rows.levels is None else joined([_NOT_UNIQUE, _HALF_WAY])))
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
# Violation of the conditions of a maximum, as a share of λ, from which it is said.
_LOOSE = 1e-3
_NOT_PROVED = (
    "The conditions of the maximum are violated by {share} of the penalty: it is so small beside the units of a column "
    "that the digits of the numbers do not reach. Standardise the columns, or give them other units."
)
_RELAXED = (
    "What was selected was fitted again without a penalty. The refit looks like a fit of gl.logit and is none: these "
    "outcomes chose its columns, and its standard errors, intervals and p-values would be too small. The gap and the "
    "conditions of the maximum are those of the selection; how many coefficients it is worth is not known."
)
_ADAPTIVE = (
    "Penalties of coefficients are small where their maximum likelihood estimates in these rows are large. Standard "
    "errors that theory derives for such a choice hold for no sample of finite size (Leeb & Pötscher 2008)."
)
_HALF_WAY = (
    "Of an even number of levels a shift of all coefficients of a column may change nothing; here 0 is half way "
    "between the two in the middle."
)
_NO_BASE = (
    "Every level has coefficients, and none is a base: the exponential of one is no odds ratio, that of the difference "
    "of two levels' is, of one against the other. gl.with_base(fit, level) takes the differences from a level."
)
_NO_AIC = "a penalised fit has fewer effective coefficients than columns; gl.elastic_net_cv compares penalties"
_NO_REFITS = (
    "refits of a fit with absolute values in its penalty are no sample of its estimate: percentiles are wrong where "
    "that is 0. gl.elastic_net_cv judges predictions in folds, gl.split_inference coefficients"
)
