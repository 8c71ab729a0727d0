"""Wald tests (Rβ − r)'(RVR')⁻¹(Rβ − r) of linear hypotheses by the fit's covariance, redundant rows left out."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from scipy.linalg import lapack

from glmlogit.errors import DataError
from glmlogit.inference.constraints import linear_constraints
from glmlogit.inference.test_result import TestResult, result_of
from glmlogit.messages.words import Name, plural, sentence
from glmlogit.numerics.linalg import aliased_columns
from glmlogit.numerics.reference import Reference

if TYPE_CHECKING:
    from glmlogit.estimate.estimate import Estimate


Array = npt.NDArray[np.float64]

# A redundant hypothesis contradicts the others where its right side is off by more than this, relative to the right
# sides: the root of the precision of doubles, far above rounding and far below any value that somebody types.
_CONTRADICTION = 1e-8
# Least pivot of the Cholesky root of correlations. Its square is the share of a variance that the hypotheses before
# do not explain: 1e-14, 45 times the precision of doubles. What is smaller is the rounding of a singular covariance.
_NOT_DEFINITE = 1e-7
# In place of the size of a row of zeros, which stays a row of zeros: small, with a finite inverse.
_NO_ROW = 1e-300


# --- Wald -----------------------------------------------------------------------------------------
def wald_test(fit: Estimate, hypothesis: Any) -> TestResult:
    """Wald test of linear hypotheses about the coefficients.

    Parameters
    ----------
    fit : Fit
        The fit, of any estimator of this package.
    hypothesis : str, list of str, or array of shape (r, p) or (p,)
        ``"age = 0, lwt = 0"``, ``"age = 2*lwt"``, ``"age = lwt = 0"`` (two equations), or a matrix of combinations
        tested against zero. Names are typed as in the tables or as in the formula; back-ticks tell a name such as
        ``a-b`` from a difference.

    Returns
    -------
    TestResult
        With the fit's covariance. Redundant rows do not count in ``df``; NaN with a reason where an
        aliased coefficient is involved.

    Raises
    ------
    DataError, FormulaError
        For a matrix of the wrong width, or text that is no set of linear equations, or can be read in two ways.

    Notes
    -----
    ``(Rβ − r)'(RVR')⁻¹(Rβ − r)``, chi-squared, or F where the fit's reference distribution is t. *Matches* R's
    ``car::linearHypothesis(test = "Chisq")``, Stata's ``test``, statsmodels' ``wald_test(use_f=False)``.

    Examples
    --------
    >>> fit = gl.logit("low ~ age + smoke", gl.datasets.birthwt())
    >>> gl.wald_test(fit, "age = 0, smoke = 0")
    Wald test of age = 0, smoke = 0: chi2(2) = 7.0647, p = 0.02924
    """
    matrix, values, null = constraints(fit, hypothesis)
    reason = fit.capabilities.why_no_wald_test
    involved = np.flatnonzero((matrix != 0).any(axis=0)).tolist()
    unusable = [j for j in involved if not fit.coefs.states[j].finite]
    if unusable:
        state = fit.coefs.states[unusable[0]]
        text = (
            "{name} is aliased and has no estimate" if state.aliased else f"{{name}} has no finite estimate ({state})"
        )
        reason = sentence(text, name=Name(fit.coefs.labels[unusable[0]]))
    if reason:
        return result_of(math.nan, len(matrix), "Wald test", null, reason)
    reason = next(filter(None, fit.covariance.reasons_of(matrix, squared=False)), "")
    if reason:
        return result_of(math.nan, len(matrix), "Wald test", null, reason)
    rows, (unit, cov) = matrix[:, fit.coefs.estimated], fit.covariance.in_units(matrix)
    distance = rows @ fit.coefs.beta[fit.coefs.estimated] - values
    return quadratic(rows / unit[:, None], distance / unit, cov, null, fit.reference)


def quadratic(rows: Array, distance: Array, cov: Array, null: str, reference: Reference) -> TestResult:
    """Statistic of hypotheses whose left sides are off by ``distance``, with covariance ``cov`` (r, r).

    ``rows`` (r, k) tell which depend on each other: redundant ones are left out, contradictions and bad covariances
    named.
    """
    method = "Wald test"
    unit = np.maximum(np.abs(rows).max(axis=1), _NO_ROW)
    dependent = {alias.column: alias for alias in aliased_columns((rows / unit[:, None]).T, np.ones(len(rows)))}
    scaled = distance / unit
    for row, alias in dependent.items():
        implied = sum(weight * scaled[column] for column, weight in alias.combination)
        if abs(scaled[row] - implied) > _CONTRADICTION * (1.0 + np.abs(scaled).max()):
            return result_of(math.nan, len(rows), method, null, "the hypotheses contradict each other")
    independent = [row for row in range(len(rows)) if row not in dependent]
    if not independent:
        return result_of(math.nan, 0, method, null, "the hypothesis names no coefficient")
    spread = cov[np.ix_(independent, independent)]
    size = np.sqrt(np.abs(np.diagonal(spread)))
    if not np.isfinite(spread).all() or not (size > 0).all():
        return result_of(
            math.nan, len(independent), method, null, "the covariance of these coefficients is not defined"
        )
    root, failed = lapack.dpotrf(spread / np.outer(size, size), lower=1)
    if failed or np.diagonal(root).min() < _NOT_DEFINITE:
        reason = "the covariance is not positive definite for these hypotheses (too few clusters?)"
        return result_of(math.nan, len(independent), method, null, reason)
    along = np.linalg.solve(np.tril(root), distance[independent] / size)
    return result_of(float(along @ along), len(independent), method, null, reference=reference)


def constraints(fit: Estimate, hypothesis: Any) -> tuple[Array, Array, str]:
    """Matrix (r, p), right-hand sides (r,) and text of linear hypotheses given as text or as a matrix."""
    p = fit.coefs.size
    if isinstance(hypothesis, (list, tuple)) and hypothesis and all(isinstance(part, str) for part in hypothesis):
        hypothesis = ", ".join(hypothesis)
    if isinstance(hypothesis, str):
        matrix, values = linear_constraints(hypothesis, fit.coefs.labels)
        return matrix, values, hypothesis
    try:
        matrix = np.atleast_2d(np.asarray(hypothesis, dtype=float))
    except (TypeError, ValueError):
        raise DataError(
            f"the hypothesis is a {type(hypothesis).__name__} that holds more than numbers; give text such as "
            f"'{fit.coefs.labels[-1]} = 0', a list of such texts, or a matrix"
        ) from None
    if matrix.ndim != 2 or matrix.shape[1] != p or not np.isfinite(matrix).all():
        raise DataError(
            f"the hypothesis has shape {np.shape(hypothesis)}; give one row a combination and {p} columns, in the "
            f"order {', '.join(fit.coefs.labels[:6])}{', …' if p > 6 else ''}, or text such as "
            f"'{fit.coefs.labels[-1]} = 0'"
        )
    return (
        matrix,
        np.zeros(len(matrix)),
        sentence("{combinations} = 0", combinations=plural(len(matrix), "linear combination")),
    )
