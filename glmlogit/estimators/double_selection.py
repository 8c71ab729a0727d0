"""One exposure among many covariates: lasso of the outcome, lasso of the exposure, logit on the union."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Unpack

import numpy as np
import numpy.typing as npt

from glmlogit.designs.container import Design
from glmlogit.designs.nested import subset
from glmlogit.errors import DataError
from glmlogit.estimators.finish import finish
from glmlogit.estimators.firth import NO_CLASS_WEIGHTS, rows_of
from glmlogit.estimators.fit import Fit
from glmlogit.estimators.options import FitOptions, require_both_outcomes
from glmlogit.estimators.penalised import columns_named, problem_of
from glmlogit.fitting.control import Control
from glmlogit.fitting.maximise import maximise
from glmlogit.likelihood.binary import BinaryLogit
from glmlogit.messages.notes import Note
from glmlogit.messages.options import check_level
from glmlogit.messages.words import Name, sentence
from glmlogit.numerics.descent import Limited
from glmlogit.numerics.tails import normal_quantile
from glmlogit.shrinkage.path import null_point
from glmlogit.shrinkage.problem import Problem, Terms
from glmlogit.shrinkage.quadratic import Quadratic
from glmlogit.shrinkage.solve import solve

Array = npt.NDArray[np.float64]
Index = npt.NDArray[np.intp]

# Constants of the penalty (Belloni, Chernozhukov & Wei 2016, §2.2), and rounds in which its loadings are refined.
_SLACK, _GAMMA, _ROUNDS = 1.1, 0.1, 3


def double_selection(
    formula_or_design: str | Design,
    data: Any = None,
    *,
    exposure: str,
    keep: Sequence[str] = (),
    level: float = 0.95,
    control: Control | None = None,
    **options: Unpack[FitOptions],
) -> Fit:
    """Adjust one exposure for covariates chosen from many: those that predict the outcome and those that predict it.

    Parameters
    ----------
    formula_or_design : str or Design
        ``"low ~ smoke + age + …"`` with ``data``, or a design made before.
    data : table
        Rows with the columns that the formula names, of pandas, polars, pyarrow or DuckDB, or a dict of arrays.
    exposure : str
        The term whose coefficient is wanted.
    keep : sequence of str
        Terms that stay in the model whatever the lassos say: known confounders.
    level : float
        Confidence level of the fit's tables.
    control : Control, optional
        Tolerance and limits of the iteration.
    **options
        ``weights weight_type trials event offset cluster missing functions``, as :func:`~glmlogit.design` takes them.

    Returns
    -------
    Fit
        Of maximum likelihood with the exposure, the terms kept, and those that either lasso selected. Its numbers for
        the exposure are valid; those of the covariates are not, which were chosen.

    Raises
    ------
    DataError
        For an exposure or a term that the formula does not have.

    Notes
    -----
    Belloni, Chernozhukov & Wei 2016, with penalties ``1.1 Φ⁻¹(1 − γ/2p)/√n``, γ = 0.1/log n, times the root mean square
    of each column's scores: a lasso of the outcome on exposure and covariates, one of the exposure on the covariates
    with weights p(1 − p), and the logit on the union. All columns of a factor are taken where one is. *Matches*
    the steps of Stata's ``dslogit``, whose penalties differ in loadings.

    Examples
    --------
    >>> formula = "low ~ smoke + age + lwt + C(race) + ptl + ht + ui + ftv"
    >>> fit = gl.double_selection(formula, gl.datasets.birthwt(), exposure="smoke", keep=["age"])
    >>> fit.odds_ratios().loc["smoke"].round(4).to_dict()
    {'odds_ratio': 3.0058, 'conf_low': 1.45, 'conf_high': 6.2311, 'p_value': 0.0031}
    """
    control, level = control or Control(), check_level(level, 0.95)
    rows = rows_of(formula_or_design, data, options, NO_CLASS_WEIGHTS)
    exposed = columns_named(rows, exposure, "exposure")
    fixed = sorted({j for name in keep for j in columns_named(rows, name, "keep")} | {*rows.constants[:1]})
    if set(exposed) & set(fixed):
        raise DataError(f"exposure {exposure!r} is in the model anyway; keep= names other terms")
    problem = problem_of(rows, 1.0, standardize=True)
    free = np.array(sorted({*fixed, *exposed}), dtype=np.intp)
    by_outcome = _selected_for_outcome(problem, free)
    by_exposure = np.zeros(0, dtype=np.intp)
    beside = np.array(fixed, dtype=np.intp)
    for j in exposed:
        by_exposure = np.union1d(by_exposure, _selected_for_column(problem, by_outcome, j, beside))
    union = np.union1d(np.union1d(by_outcome, by_exposure), free)
    terms = [term.name for term in rows.terms if term.order and set(term.columns) & set(union.tolist())]
    small = subset(rows, terms)
    require_both_outcomes(small)
    fit = finish(small, maximise(BinaryLogit(small, control.threads), None, control), _NAME, level, control)
    chosen = [name for name in terms if not set(columns_named(rows, name, "")) & set(free.tolist())]
    count = len(rows.terms) - len(rows.constants[:1]) - 1
    text = sentence(_NOTE, exposure=Name(exposure), n=count, chosen=list(map(Name, chosen)) or "no term")
    return replace(fit, extra_notes=(*fit.extra_notes, Note("double_selection", text)))


_NAME = "maximum likelihood after double selection"
_NOTE = (
    "Limits and tests of {exposure} allow for the selection of covariates (Belloni, Chernozhukov & Wei 2016); those of "
    "the covariates do not. Selected by a lasso of the outcome or of the exposure, of {n} terms: {chosen}."
)


def _strength(problem: Problem) -> float:
    """``1.1 Φ⁻¹(1 − γ/2p)/√n``, by the width of an interval of level 1 − γ/p."""
    n, p = problem.columns.shape
    return _SLACK * normal_quantile(1.0 - _GAMMA / math.log(max(n, 3)) / p) / math.sqrt(problem.total)


def _loadings(problem: Problem, squares: Array) -> Array:
    """Root mean squares (p,) of the scores of centred columns, ``squares`` (n,) those of the residuals."""
    return np.asarray(np.sqrt(problem.columns.moments(squares)[1] / problem.total))


def _selected_for_outcome(problem: Problem, free: Index) -> Index:
    """Columns (k,) other than those ``free`` that the lasso of the outcome selects."""
    point, chosen = null_point(problem), np.zeros(0, dtype=np.intp)
    for _ in range(_ROUNDS):
        at = problem.at(problem.predictor(problem.columns, point.beta))
        squares = problem.events * (1.0 - _p(at.eta)) ** 2 + problem.nonevents * _p(at.eta) ** 2
        factors = _loadings(problem, squares) / problem.scale
        factors[free] = 0.0
        weighted = replace(problem, factors=factors)
        start = null_point(weighted)
        point = solve(weighted, _strength(problem), start, free)
        chosen = np.setdiff1d(np.flatnonzero(point.beta), free)
    return chosen


def _p(eta: Array) -> Array:
    return np.asarray(1.0 / (1.0 + np.exp(-eta)))


def _selected_for_column(problem: Problem, chosen: Index, j: int, fixed: Index) -> Index:
    """Columns that the lasso of column j selects, rows weighted by p(1 − p) of the logit on what was ``chosen``."""
    model = np.union1d(np.union1d(chosen, fixed), [j])
    inside = np.setdiff1d(np.arange(problem.n_columns), [j])
    post = null_point(replace(problem, factors=np.where(np.isin(np.arange(problem.n_columns), model), 0.0, 1.0)))
    weight = problem.at(problem.predictor(problem.columns, post.beta)).weight
    products = problem.columns.products(weight)
    H, score = products[np.ix_(inside, inside)], products[inside, j]
    target = problem.columns.take(np.array([j])).times(np.ones(1))
    beta, free = np.zeros(len(inside)), np.isin(inside, fixed)
    for _ in range(_ROUNDS):
        residual = target - problem.columns.take(inside).times(beta)
        loadings = _loadings(problem, (weight * (residual - np.average(residual, weights=weight))) ** 2)[inside]
        l1 = np.where(free, 0.0, problem.total * _strength(problem) * loadings)
        limits = np.full(len(inside), np.inf)
        limits[(problem.low == problem.high)[inside]] = 0.0
        terms = Terms(np.zeros(len(inside)), Limited(l1, -limits, limits), problem.scale[inside])
        beta = Quadratic.of(H, terms).step(terms, np.zeros(len(inside)), score)
    return np.asarray(np.setdiff1d(inside[beta != 0], fixed), dtype=np.intp)
