"""Rao's score test U'I⁻¹U of coefficients held at values, or of a smaller model, at the restricted estimate."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from glmlogit.estimate.refits import evaluated_at, with_held
from glmlogit.fitting.maximum import Maximum
from glmlogit.inference.hypothesis import aliased_reason, single
from glmlogit.inference.restricted_maxima import how_it_ended, restricted, usable
from glmlogit.inference.test_result import TestResult, result_of
from glmlogit.likelihood.objective import Evaluation

if TYPE_CHECKING:
    from glmlogit.estimate.estimate import Estimate


# --- score ----------------------------------------------------------------------------------------
def score_test(fit: Estimate, hypothesis: Any) -> TestResult:
    """Rao's score test that coefficients have given values, from the restricted fit.

    Parameters
    ----------
    fit : Fit
        The larger model; only its design and penalty are used.
    hypothesis : str or array
        Equations that fix each coefficient they name: ``"age = 0, lwt = 0"``, ``"age = lwt = 0"``; or a matrix of them,
        each tested against zero.

    Returns
    -------
    TestResult

    Raises
    ------
    UnsupportedError
        For hypotheses that combine coefficients.

    Notes
    -----
    ``U'I⁻¹U`` at the restricted estimate (Rao 1948), I the full information there. *Matches* R's
    ``anova(test = "Rao")`` and SAS's score statistics.

    Examples
    --------
    >>> fit = gl.logit("low ~ age + smoke", gl.datasets.birthwt())
    >>> gl.score_test(fit, "smoke = 0")
    Score test of smoke = 0: chi2(1) = 4.6882, p = 0.03037
    """
    columns, values, null = single(fit, hypothesis, "score")
    method = "Score test"
    reason = fit.capabilities.why_no_score_test or aliased_reason(fit, columns)
    if reason:
        return result_of(math.nan, len(columns), method, null, reason)
    small = with_held(fit, columns, values)
    if small is not None:
        return score_at(fit, small, len(columns), null)
    held, solution = restricted(fit.surface, columns, values)
    if not usable(fit.surface, solution):
        return result_of(math.nan, len(columns), method, null, how_it_ended(solution))
    at = fit.surface.evaluate(held, solution.beta)
    factor = at.info.factor
    statistic = math.nan if factor is None else factor.norm(at.score) ** 2
    return result_of(statistic, len(columns), method, null)


def score_at(fit: Estimate, small: Maximum, df: int, null: str) -> TestResult:
    """Score test of a smaller model: its fitted probabilities, the larger model's score and information."""
    if not small.reached:
        return result_of(math.nan, df, "Score test", null, small.status.value)
    return score_from(evaluated_at(fit, small), df, null)


def score_from(at: Evaluation, df: int, null: str) -> TestResult:
    """Score test from the larger model's score and information at the estimate of the smaller one."""
    factor = at.info.factor
    if factor is None:
        reason = "rows that the smaller model separates carry no information on it; use a likelihood-ratio test"
        return result_of(math.nan, df, "Score test", null, reason)
    return result_of(factor.norm(at.score) ** 2, df, "Score test", null)
