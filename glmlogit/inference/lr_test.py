"""Likelihood-ratio tests: of two fits whose rows and nesting are checked, or of coefficients held at values."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from glmlogit.errors import UnsupportedError
from glmlogit.estimate.nesting import require_nested, shares_columns
from glmlogit.estimate.refits import with_held
from glmlogit.inference.hypothesis import aliased_reason, name_of
from glmlogit.inference.restricted_maxima import how_it_ended, restricted, usable
from glmlogit.inference.score_test import score_at
from glmlogit.inference.test_result import TestKind, TestResult, result_of
from glmlogit.inference.wald_test import wald_test
from glmlogit.messages.words import plural, sentence

if TYPE_CHECKING:
    from glmlogit.estimate.estimate import Estimate


Array = npt.NDArray[np.float64]


# --- likelihood ratio -----------------------------------------------------------------------------
def lr_test(big: Estimate, small: Estimate) -> TestResult:
    """Likelihood-ratio test of a model against one nested in it.

    Parameters
    ----------
    big, small : Fit
        Fits of the same rows; every column of ``small`` is a combination of columns of ``big``.

    Returns
    -------
    TestResult
        NaN with a reason where a fit has no likelihood or did not converge. Under separation the
        suprema of the likelihoods are compared.

    Raises
    ------
    DataError
        Where the fits have different rows, or are not nested.

    Notes
    -----
    ``2(l_big − l_small)`` on the difference in rank (Wilks 1938). *Matches* R's
    ``anova(small, big, test = "LRT")``, Stata's ``lrtest``. *Differs*: nesting is checked, not assumed;
    a penalised fit is not compared with another one, whose penalty is another function.

    Examples
    --------
    >>> fit = gl.logit("low ~ age + smoke + C(race)", gl.datasets.birthwt())
    >>> small = gl.logit("low ~ age + smoke", gl.datasets.birthwt())
    >>> gl.lr_test(fit, small)
    Likelihood-ratio test of low ~ age + smoke within low ~ age + smoke + C(race): chi2(2) = 8.4141, p = 0.01489
    """
    require_nested(big, small)
    null = _within(big, small)
    reason = big.capabilities.why_no_likelihood_test or small.capabilities.why_no_likelihood_test
    if big.capabilities.penalised or small.capabilities.penalised:
        reason = "penalised likelihoods of different models are not comparable; use drop1(fit) or fit.test(..., 'lr')"
    statistic = max(2.0 * (big.surface.top - small.surface.top), 0.0)
    return result_of(statistic, big.rank - small.rank, "Likelihood-ratio test", null, reason)


def _within(big: Estimate, small: Estimate) -> str:
    """Both models by their formulas, and where these are the same by how many coefficients they have."""
    smaller, larger = name_of(small), name_of(big)
    if smaller == larger:
        text = "{smaller} with {coefficients} within the same with {many}"
        return sentence(text, smaller=smaller, coefficients=plural(small.rank, "coefficient"), many=big.rank)
    return sentence("{smaller} within {larger}", smaller=smaller, larger=larger)


def nested_test(big: Estimate, small: Estimate, test: TestKind) -> TestResult:
    """Test of a model against one nested in it, of whichever kind."""
    if test == "lr":
        return lr_test(big, small)
    require_nested(big, small)
    if test == "score":
        return score_at(big, small.solution.likelihood_maximum, big.rank - small.rank, _within(big, small))
    if not shares_columns(big, small):
        raise UnsupportedError(
            f"the columns of {name_of(small)} are not columns of {name_of(big)}, so no set of its coefficients is what "
            f"it adds; state the hypothesis for fit.test, or compare likelihoods (test='lr')"
        )
    added = [j for j, name in enumerate(big.coefs.labels) if name not in small.coefs.labels]
    columns = [j for j in added if not big.coefs.states[j].aliased]
    if not columns:
        return result_of(0.0, 0, "Wald test", name_of(small))
    return wald_test(big, np.eye(big.coefs.size)[columns])


def lr_fixed(fit: Estimate, columns: Sequence[int], values: Sequence[float], null: str) -> TestResult:
    """Likelihood-ratio test of coefficients held at values; their columns stay in a penalty (Heinze & Schemper)."""
    name = "Penalised likelihood-ratio test" if fit.capabilities.penalised else "Likelihood-ratio test"
    reason = fit.capabilities.why_no_likelihood_test or aliased_reason(fit, columns)
    if reason:
        return result_of(math.nan, len(columns), name, null, reason)
    small = with_held(fit, columns, values)
    if small is not None:
        reason = "" if small.reached else how_it_ended(small)
        return result_of(max(2.0 * (fit.surface.top - small.value), 0.0), len(columns), name, null, reason)
    _, solution = restricted(fit.surface, columns, values)
    reason = "" if usable(fit.surface, solution) else how_it_ended(solution)
    statistic = max(2.0 * (fit.surface.top - solution.at.value), 0.0)
    return result_of(statistic, len(columns), name, null, reason)
