"""Ridge regression: the likelihood less a sum of squared coefficients, on glmnet's scale."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal, Unpack

import numpy as np

from glmlogit.designs.container import Design
from glmlogit.errors import UnsupportedError
from glmlogit.estimators.elastic_net import require_determined
from glmlogit.estimators.finish import finish
from glmlogit.estimators.firth import require_finite
from glmlogit.estimators.fit import Fit
from glmlogit.estimators.options import FitOptions
from glmlogit.estimators.penalised import Factors, penalised_rows, penalty_of, problem_of, standardizes
from glmlogit.fitting.control import Control
from glmlogit.fitting.maximise import maximise
from glmlogit.likelihood.binary import BinaryLogit
from glmlogit.likelihood.penalty import Ridge
from glmlogit.messages.notes import Note
from glmlogit.messages.options import check_choice, check_level
from glmlogit.messages.words import sentence
from glmlogit.shrinkage.certificate import duality_gap, violation
from glmlogit.shrinkage.record import Shrinkage


def ridge(
    formula_or_design: str | Design,
    data: Any = None,
    *,
    penalty: float | None = None,
    C: float | None = None,
    standardize: bool | Literal["numeric"] | None = None,
    penalty_factor: Factors = None,
    cov: Literal["bayes", "sampling"] = "bayes",
    level: float = 0.95,
    control: Control | None = None,
    **options: Unpack[FitOptions],
) -> Fit:
    """Fit with a ridge penalty, ``λ/2 Σ v (sβ)²`` for each observation; the intercept is not penalised.

    Parameters
    ----------
    formula_or_design : str or Design
        ``"low ~ age + C(race)"`` with ``data``, or a design made before.
    data : table
        Rows with the columns that the formula names, of pandas, polars, pyarrow or DuckDB, or a dict of arrays.
    penalty : float
        λ on glmnet's scale: the objective is minus the log-likelihood divided by the sum of weights, plus the penalty.
    C : float
        scikit-learn's inverse penalty, instead of λ: λ = 1/(C Σ weights).
    standardize : bool or "numeric", optional
        Divide columns by their standard deviation (divisor n) before they are penalised, all or those with other values
        than 0 and 1. Coefficients are on the scale of the data either way. Default: True, but False with ``C``.
    penalty_factor : mapping of term to number, or sequence, optional
        Factors v of λ, rescaled to sum to the number of columns; 0 leaves a coefficient free, inf leaves it out.
    cov : {"bayes", "sampling"}
        Standard errors: from the information with the penalty's, or how penalised estimates vary from sample to sample.
    level : float
        Confidence level of the fit's tables.
    control : Control, optional
        Tolerance and limits of the iteration.
    **options
        ``weights weight_type trials event offset cluster class_weight missing functions``, as :func:`~glmlogit.design`
        takes them.

    Returns
    -------
    Fit
        With ``shrinkage`` (λ, C, scale, factors), ``gap``, ``kkt`` and ``df_effective``.

    Raises
    ------
    DataError, NotEstimableError
        For a negative λ, factors of another length, and where what is not penalised separates the outcomes.

    Notes
    -----
    le Cessie & van Houwelingen 1992; Friedman, Hastie & Tibshirani 2010, eq. 13. ``"sampling"`` is their B I B,
    ``"bayes"`` B, near nominal on average over the coefficients (Wood 2013). Either way estimates are biased towards 0.
    *Matches* R's ``glmnet(alpha = 0)`` at convergence (its default stops 1e-4 away), scikit-learn's
    ``LogisticRegression(C=…, l1_ratio=0)``. *Differs* from scikit-learn's ``liblinear``, which penalises the intercept.

    Examples
    --------
    >>> fit = gl.ridge("low ~ age + lwt + smoke", gl.datasets.birthwt(), penalty=0.05)
    >>> fit.params.round(3).to_dict()
    {'Intercept': 0.94, 'age': -0.032, 'lwt': -0.009, 'smoke': 0.547}
    >>> round(fit.df_effective, 2)
    3.36
    """
    check_choice("cov", cov, ("bayes", "sampling"))
    control, level = control or Control(), check_level(level, 0.95)
    rows = penalised_rows(formula_or_design, data, options)
    if rows.levels is not None:
        names = ", ".join(map(str, rows.outcome.levels))
        raise UnsupportedError(
            f"the outcome has the levels {names}, and ridge is of one event: name it with event=, or take "
            f"gl.elastic_net(..., l1_ratio=0), which shrinks the coefficients of every level"
        )
    strength = penalty_of(rows, penalty, C)
    problem = problem_of(rows, 0.0, standardizes(standardize, C), penalty_factor)
    if strength == 0:
        require_determined(rows)
    total, excluded = sum(rows.event_totals), problem.low == problem.high
    held = np.where(excluded, _EXCLUDED, problem.factors * problem.scale**2)
    prior = Ridge(total * strength * held, tells_apart=strength > 0 and _one_is_free(rows, held))
    maximum = maximise(BinaryLogit(rows, control.threads), prior, control)
    require_finite(maximum, rows, "ridge")
    maximum = replace(maximum, beta=np.where(excluded, 0.0, maximum.beta))
    score = BinaryLogit(rows.collapsed).score(maximum.beta)[1] * (problem.total / total)
    shrinkage = Shrinkage(
        strength,
        0.0,
        1.0 / (strength * total) if strength else np.inf,
        problem.scale,
        problem.factors,
        duality_gap(problem, strength, maximum.beta),
        violation(problem, strength, maximum.beta, score),
    )
    fit = finish(rows, maximum, sentence("ridge, λ = {penalty}", penalty=strength), level, control, penalty=prior)
    kind = fit.cov_kind if rows.pseudo else cov
    notes = (*fit.extra_notes, Note("shrunk", _SHRUNK))
    undefined = replace(fit.undefined, aic=fit.undefined.aic or _NO_AIC)
    return replace(fit, undefined=undefined, shrinkage=shrinkage, cov_kind=kind, extra_notes=notes)


# What columns that are left out are penalised by, so that their coefficients are 0 but for rounding.
_EXCLUDED = 1e30

_NO_AIC = (
    "a penalised fit has fewer effective coefficients than columns; -2*fit.llf + 2*fit.df_effective is the criterion "
    "of le Cessie & van Houwelingen"
)
_SHRUNK = (
    "Ridge estimates are biased towards 0, and intervals around them do not cover the odds ratios of the population as "
    "often as they say. Odds ratios are of the penalised model: do not set them beside those of gl.logit without "
    "saying so; under a penalty they depend on the reference levels of factors, too."
)


def _one_is_free(rows: Design, held: Any) -> bool:
    """Whether nothing but the intercept is without a penalty."""
    return not np.setdiff1d(np.flatnonzero(held == 0), list(rows.constants)[:1]).size
