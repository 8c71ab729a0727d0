"""Analysis of deviance: terms added one after the other, or fits compared pairwise in the order given."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from glmlogit.documents.write import Printed
from glmlogit.errors import UnsupportedError
from glmlogit.estimate.submodel import submodel
from glmlogit.inference.hypothesis import name_of, require_own_likelihood
from glmlogit.inference.lr_test import nested_test
from glmlogit.inference.term_tests import (
    Nested,
    check_test,
    columns_test,
    denominator,
    estimable_columns,
    lr,
    score_of,
)
from glmlogit.inference.test_result import TestKind, TestResult, result_of

if TYPE_CHECKING:
    from glmlogit.estimate.estimate import Estimate


def anova(fit: Estimate, *others: Estimate, test: TestKind = "lr") -> pd.DataFrame:
    """Analysis of deviance: terms added one after the other, or fits compared in sequence.

    Parameters
    ----------
    fit : Fit
        Alone: its terms are added first to last.
    *others : Fit
        Fits of the same rows, compared pairwise in the order given.
    test : {"lr", "wald", "score"}
        Likelihood ratio; Wald's test of what a model adds, in that model and by its covariance of the fit's kind;
        Rao's score test of it, at the estimate of the model before.

    Returns
    -------
    DataFrame
        ``df statistic resid_df resid_deviance p_value``; the first row is the null (or first) model.
        ``statistic`` is chi-squared on ``df``, the fall in deviance with ``"lr"``; where Wald tests refer to F
        (clusters), ``df_denom`` follows it.

    Raises
    ------
    UnsupportedError
        For LR and score tests of fits without a likelihood, or reported with robust standard errors; for penalised
        fits; for Wald tests of fits that do not share their columns.
    DataError
        For fits of different rows, or not nested, or an unknown test.

    Notes
    -----
    *Matches* R's ``anova(glm, test = "Chisq")`` and ``test = "Rao"``: the order of terms matters. The last row of
    ``test="wald"`` is that of ``drop1(fit, test="wald")``.

    Examples
    --------
    >>> fit = gl.logit("low ~ age + smoke + C(race)", gl.datasets.birthwt())
    >>> gl.anova(fit).round(3)
               df  statistic  resid_df  resid_deviance  p_value
    term
    NULL     <NA>        NaN     188.0         234.672      NaN
    age         1      2.760     187.0         231.912    0.097
    smoke       1      4.636     186.0         227.276    0.031
    C(race)     2      8.414     184.0         218.862    0.015
    """
    check_test(test)
    for model in (fit, *others):
        if test != "wald":
            require_own_likelihood(model, "anova compares likelihoods; use anova(fit, test='wald')")
        if model.capabilities.why_no_sequence:
            raise UnsupportedError(model.capabilities.why_no_sequence)
    return _anova_models((fit, *others), test) if others else _anova_terms(fit, test)


def _anova_terms(fit: Estimate, test: TestKind) -> pd.DataFrame:
    names = [term.name for term in fit.columns.terms if term.order > 0]
    most = fit.likelihood.df_resid + fit.rank
    models = [Nested("NULL", submodel(fit, []))] if fit.columns.constants else []
    models += [Nested(names[k], submodel(fit, names[: k + 1])) for k in range(len(names))]
    rows = []
    if not models or models[0].term != "NULL":
        rows.append(_anova_row("NULL", most, fit.likelihood.null_deviance))
    rows += [_anova_row(m.term, most - m.model.rank, m.model.deviance) for m in models]
    results = [_added(a, b, test) for a, b in pairwise(models)]
    if not fit.columns.constants:
        results.insert(0, _first(fit, models[0], test))
    return _anova_frame(rows, results, "term", test == "wald" and not fit.reference.normal)


def _added(small: Nested, big: Nested, test: TestKind) -> TestResult:
    """Test of the term that the larger of two models adds."""
    df = big.model.rank - small.model.rank
    if test == "lr":
        return lr(big.model.top, small.model, df, big.term)
    if test == "score":
        return score_of(small.model, df, big.term, big.model)
    return _own_term(big, test)


def _first(fit: Estimate, first: Nested, test: TestKind) -> TestResult:
    """Test of the first term of a model without an intercept, against probabilities of one half."""
    if test != "lr":
        return _own_term(first, test)
    fall = fit.likelihood.null_deviance - first.model.deviance
    return result_of(max(fall, 0.0), first.model.rank, "Likelihood-ratio test", first.term)


def _own_term(model: Nested, test: TestKind) -> TestResult:
    """Test of the term that gives a model its name."""
    fitted = model.model.fitted
    term = next(term for term in fitted.columns.terms if term.name == model.term)
    return columns_test(fitted, estimable_columns(fitted, term), model.term, test)


def _anova_models(fits: tuple[Estimate, ...], test: TestKind) -> pd.DataFrame:
    rows = [_anova_row(name_of(fit), fit.likelihood.df_resid, fit.likelihood.deviance) for fit in fits]
    results = []
    for a, b in pairwise(fits):
        big, small = (b, a) if b.rank >= a.rank else (a, b)
        results.append(nested_test(big, small, test))
    return _anova_frame(rows, results, "model", test == "wald" and not all(fit.reference.normal for fit in fits))


def _anova_row(name: str, resid_df: float, resid_deviance: float) -> dict[str, Any]:
    return {"name": name, "resid_df": resid_df, "resid_deviance": resid_deviance}


def _anova_frame(rows: list[dict[str, Any]], results: list[TestResult], label: str, as_f: bool) -> pd.DataFrame:
    first = np.arange(len(rows)) == 0
    columns: dict[str, Any] = {
        "df": pd.arrays.IntegerArray(np.array([0, *(r.df for r in results)], dtype=np.int64), first),
        "statistic": [math.nan, *(r.statistic for r in results)],
    }
    if as_f:
        columns["df_denom"] = [math.nan, *map(denominator, results)]
    columns |= {name: [row[name] for row in rows] for name in ("resid_df", "resid_deviance")}
    columns["p_value"] = [math.nan, *(r.p_value for r in results)]
    return Printed(columns, index=pd.Index([row["name"] for row in rows], name=label))
