"""Whether two levels of an outcome differ in their coefficients: Wald tests, and likelihood ratios of merging them."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from glmlogit.documents.write import Printed
from glmlogit.errors import DataError, UnsupportedError
from glmlogit.fitting.maximise import maximise
from glmlogit.inference.hypothesis import require_own_likelihood
from glmlogit.inference.test_result import TestResult, result_of
from glmlogit.inference.wald_test import wald_test
from glmlogit.likelihood.multinomial import MultinomialLogit
from glmlogit.likelihood.multinomial_sums import by_level
from glmlogit.outcomes.levels_of import merged, model_of, position

if TYPE_CHECKING:
    from glmlogit.estimate.estimate import Estimate


def distinguishable(fit: Estimate, *levels: Any, test: Literal["wald", "lr"] = "wald") -> pd.DataFrame:
    """Test whether levels of the outcome differ in anything but their frequency, two by two.

    Parameters
    ----------
    fit : Fit
        A fit of :func:`~glmlogit.multinomial` with a constant.
    *levels : levels of the outcome
        Two or more, of which all pairs are tested; all levels by default.
    test : {"wald", "lr"}
        That all slopes of two levels are equal, by the fit's covariance; or the likelihood ratio of merging them.

    Returns
    -------
    DataFrame
        A row a pair, ``level other df statistic p_value``. A large p-value does not say that two levels are alike.

    Raises
    ------
    UnsupportedError
        For a fit of another model, without a constant, and likelihood ratios of a fit without a likelihood.
    DataError
        For a level that the outcome does not have.

    Notes
    -----
    Merging: the restricted log-likelihood is that of the merged outcome plus ``n_a log(n_a/(n_a + n_c)) + n_c log(n_c/
    (n_a + n_c))``, as the constants stay free (Cramer & Ridder 1991). Degrees of freedom are the slopes. *Matches*
    Stata's ``mlogtest, combine`` and ``lrcomb``.

    Examples
    --------
    >>> fit = gl.multinomial("race ~ age + smoke", gl.datasets.birthwt())
    >>> gl.distinguishable(fit, "black", "other")
    Level other df Statistic p-value
    black other  2     4.527   0.104
    """
    model = model_of(fit)
    if not fit.columns.constants:
        raise UnsupportedError("levels differ in their frequency, which a model without a constant does not leave free")
    if test not in ("wald", "lr"):
        raise DataError(f"test={test!r} is not known; give 'wald' or 'lr'")
    if len(levels) == 1:
        raise DataError("one level is compared with nothing: name two, or none for all pairs")
    chosen = [position(model, level) for level in levels or model.names]
    if test == "lr":
        require_own_likelihood(fit, "use test='wald'")
    one_pair = _merging if test == "lr" else _slopes
    rows = []
    for a, c in itertools.combinations(dict.fromkeys(chosen), 2):
        result = one_pair(fit, model, a, c)
        rows.append((model.names[a], model.names[c], result.df, result.statistic, result.p_value))
    return Printed(pd.DataFrame(rows, columns=["level", "other", "df", "statistic", "p_value"]))


def _slopes(fit: Estimate, model: MultinomialLogit, a: int, c: int) -> TestResult:
    """Wald test that the slopes of two levels are equal; those of the base are 0."""
    constants = {j for term in fit.columns.terms if term.order == 0 for j in term.columns}
    constants |= set(fit.columns.constants)
    p, rows = model.rows.n_columns, []
    places = dict(zip(map(model.names.index, model.compared), fit.coefs.places, strict=True))
    for j in range(p):
        row = np.zeros(fit.coefs.size)
        for level, sign in ((a, 1.0), (c, -1.0)):
            if level in places:
                row[places[level][j]] = sign
        aliased = any(fit.coefs.states[k].aliased for k in np.flatnonzero(row))
        if j not in constants and not aliased:
            rows.append(row)
    if not rows:
        return result_of(math.nan, 0, "Wald test", "equal slopes", "the model has no slopes")
    return wald_test(fit, np.array(rows))


def _merging(fit: Estimate, model: MultinomialLogit, a: int, c: int) -> TestResult:
    """Likelihood-ratio test of one level in the place of two."""
    counts = np.array(model.totals)[[a, c]]
    split = float((counts * np.log(counts / counts.sum())).sum())
    smaller = maximise(merged(model, a, c), None, fit.control) if model.n_levels > 2 else None
    value, rank = (0.0, 0) if smaller is None else (smaller.value, smaller.rank)
    reason = "" if smaller is None or smaller.reached else smaller.status.value
    if not _share_offset(model, a, c):
        reason = "their offsets differ, so that no constant splits one level in two"
    df = fit.rank - rank - 1
    fall = math.nan if reason else max(2.0 * (fit.likelihood.kernel - value - split), 0.0)
    return result_of(fall, df, "Likelihood-ratio test", f"{model.names[a]} = {model.names[c]}", reason)


def _share_offset(model: MultinomialLogit, a: int, c: int) -> bool:
    """Whether two levels have the same offset in every row."""
    if model.offsets is None:
        return True
    every = np.column_stack([np.zeros(model.n_rows), model.offsets])
    place = by_level(np.arange(float(model.n_levels)), model.base).tolist().index
    return bool((every[:, place(a)] == every[:, place(c)]).all())
