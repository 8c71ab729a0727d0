"""Analysis of deviance: terms added one after the other, or fits compared pairwise in the order given."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from glmlogit.documents.write import Printed
from glmlogit.errors import DataError, UnsupportedError
from glmlogit.estimate.submodel import submodel
from glmlogit.inference.hypothesis import name_of, require_own_likelihood
from glmlogit.inference.lr_test import nested_test
from glmlogit.inference.test_result import TestKind, TestResult, result_of
from glmlogit.terms.term_tests import (
    Nested,
    check_test,
    columns_test,
    denominator,
    estimable_columns,
    lr,
    score_of,
)
from glmlogit.terms.term_types import of_type_three, of_type_two

if TYPE_CHECKING:
    from glmlogit.estimate.estimate import Estimate


def anova(fit: Estimate, *others: Estimate, test: TestKind = "lr", type: Literal[1, 2, 3] = 1) -> pd.DataFrame:
    """Analysis of deviance: terms added one after the other or tested beside the others, or fits compared in sequence.

    Parameters
    ----------
    fit : Fit
        Alone: its terms are added first to last.
    *others : Fit
        Fits of the same rows, compared pairwise in the order given.
    test : {"lr", "wald", "score"}
        Likelihood ratio; Wald's test of what a model adds, in that model and by its covariance of the fit's kind;
        Rao's score test of it, at the estimate of the model before.
    type : {1, 2, 3}
        Of a single fit: 1, each term after those before it; 2, after all that do not contain it; 3, beside all others,
        with factors coded so that their levels sum to zero.

    Returns
    -------
    DataFrame
        ``df statistic resid_df resid_deviance p_value``; the first row is the null (or first) model. Of types 2 and 3
        ``df statistic p_value``, a row a term.
        ``statistic`` is chi-squared on ``df``, the fall in deviance with ``"lr"``; where Wald tests refer to F
        (clusters), ``df_denom`` follows it.

    Raises
    ------
    UnsupportedError
        For LR and score tests of fits without a likelihood, or reported with robust standard errors; for penalised
        fits; for Wald tests of fits that do not share their columns.
    DataError
        For fits of different rows, or not nested, or an unknown test or type.

    Notes
    -----
    *Matches* R's ``anova(glm, test = "Chisq")`` and ``test = "Rao"``: the order of terms matters. The last row of
    ``test="wald"`` is that of ``drop1(fit, test="wald")``. Types 2 and 3 match ``car::Anova``, type 3 that after
    ``contr.sum``, and SAS's type III, which is Wald's; *differs* from ``Anova(type = 2, test = "Wald")``, which takes
    all tests from the largest model. A main effect of type 3 is a mean over the levels of what it interacts with, each
    counted alike, and at 0 of a number: rarely what is asked.

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
    _check_type(type, others)
    for model in (fit, *others):
        if test != "wald":
            require_own_likelihood(model, "anova compares likelihoods; use anova(fit, test='wald')")
        if model.capabilities.why_no_sequence:
            raise UnsupportedError(model.capabilities.why_no_sequence)
    if type != 1:
        results = of_type_two(fit, test, _added) if type == 2 else of_type_three(fit, test)
        return _by_term(results, test == "wald" and not fit.reference.normal)
    return _anova_models((fit, *others), test) if others else _anova_terms(fit, test)


def _check_type(kind: int, others: Sequence[Estimate]) -> None:
    if kind not in (1, 2, 3):
        raise DataError(f"type={kind!r}; give 1, terms one after the other, 2 or 3, each beside others")
    if kind != 1 and others:
        raise DataError(f"type={kind!r} is of the terms of one fit, and there are {len(others) + 1}; leave it out")


def _by_term(results: Mapping[str, TestResult], as_f: bool) -> pd.DataFrame:
    rows = results.values()
    columns: dict[str, Any] = {
        "df": pd.array([r.df for r in rows], dtype="Int64"),
        "statistic": [r.statistic for r in rows],
    }
    if as_f:
        columns["df_denom"] = [denominator(r) for r in rows]
    columns["p_value"] = [r.p_value for r in rows]
    return Printed(columns, index=pd.Index(list(results), name="term"))


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
