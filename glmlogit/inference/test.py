"""One verb for tests of hypotheses about coefficients: chooses Wald, score or likelihood ratio."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from glmlogit.errors import DataError
from glmlogit.inference.hypothesis import single
from glmlogit.inference.lr_test import lr_fixed
from glmlogit.inference.score_test import score_test
from glmlogit.inference.test_result import TestKind, TestResult
from glmlogit.inference.wald_test import wald_test

if TYPE_CHECKING:
    from glmlogit.estimate.estimate import Estimate


def test(fit: Estimate, hypothesis: Any, method: TestKind = "wald") -> TestResult:
    """Test hypotheses about the coefficients of a fit.

    Parameters
    ----------
    fit : Fit
        The fit, of any estimator of this package.
    hypothesis : str, list of str, or array of shape (r, p) or (p,)
        Equations, ``"age = 0, lwt = 0"`` or ``"age = 2*lwt"``, or a matrix of combinations tested against zero.
    method : {"wald", "score", "lr"}
        ``"lr"`` and ``"score"`` take equations that fix each coefficient they name.

    Returns
    -------
    TestResult

    Raises
    ------
    UnsupportedError
        For a combination of coefficients with ``"lr"`` or ``"score"``.

    Notes
    -----
    *Matches* Stata's ``test`` (Wald) and ``lrtest`` (LR).

    Examples
    --------
    >>> fit = gl.logit("low ~ age + smoke", gl.datasets.birthwt())
    >>> fit.test("age = 0, smoke = 0", "lr")
    Likelihood-ratio test of age = 0, smoke = 0: chi2(2) = 7.3957, p = 0.02478
    """
    if method == "wald":
        return wald_test(fit, hypothesis)
    if method == "score":
        return score_test(fit, hypothesis)
    if method != "lr":
        raise DataError(f"method={method!r} is not known; give 'wald', 'score' or 'lr'")
    columns, values, null = single(fit, hypothesis, "likelihood-ratio")
    return lr_fixed(fit, columns, values, null)
