"""Each term that may be dropped without breaking marginality, tested by likelihood ratio, score or Wald."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from glmlogit.documents.write import Printed
from glmlogit.formula.spec import Term
from glmlogit.inference.hypothesis import require_own_likelihood
from glmlogit.inference.test_result import TestKind, TestResult
from glmlogit.terms.term_tests import (
    Nested,
    check_test,
    columns_test,
    denominator,
    estimable_columns,
    nested_test,
    without_columns,
)

if TYPE_CHECKING:
    from glmlogit.estimate.estimate import Estimate


def droppable(model: Sequence[Term]) -> list[Term]:
    """Terms that are not marginal to another one."""
    terms = [term for term in model if term.order > 0]
    return [
        term
        for term in terms
        if not any(set(term.factors) < set(larger.factors) for larger in terms if larger is not term)
    ]


def drop1(fit: Estimate, test: TestKind = "lr") -> pd.DataFrame:
    """Test each term that may be dropped from the model.

    Parameters
    ----------
    fit : Fit
        The fit, of any estimator of this package.
    test : {"lr", "wald", "score"}
        Likelihood ratio; Wald, by the fit's covariance; or Rao's score at the estimate of the smaller model.

    Returns
    -------
    DataFrame
        Indexed by term, first ``<none>``: ``df deviance aic statistic p_value``. A term contained in an
        interaction is not listed (marginality). For a penalised fit the coefficients of the term are held
        at 0 while its columns stay in the penalty; ``deviance`` and ``aic`` are NaN then. ``statistic`` is chi-squared
        on ``df``; where Wald tests refer to F (clusters), ``df_denom`` follows it.

    Raises
    ------
    UnsupportedError
        For LR and score tests of a fit without a likelihood, or reported with robust standard errors.

    Notes
    -----
    *Matches* R's ``drop1(glm, test = "LRT")`` and ``test = "Rao"``; Wald tests use the fit's covariance.

    Examples
    --------
    >>> fit = gl.logit("low ~ age + smoke + C(race)", gl.datasets.birthwt())
    >>> gl.drop1(fit).round(3)
               df  deviance      aic  statistic  p_value
    term
    <none>   <NA>   218.862  228.862        NaN      NaN
    age         1   219.975  227.975      1.113    0.292
    smoke       1   228.128  236.128      9.265    0.002
    C(race)     2   227.276  233.276      8.414    0.015
    """
    check_test(test)
    if test != "wald":
        require_own_likelihood(fit, "use drop1(fit, test='wald')")
    adjusted = not fit.capabilities.plain  # not comparable with maximum likelihood of smaller models
    full = (math.nan, math.nan) if adjusted else (fit.likelihood.deviance, fit.likelihood.aic)
    rows = [_drop_row("<none>", math.nan, *full, None)]
    for term in droppable(fit.columns.terms):
        if adjusted:
            columns = estimable_columns(fit, term)
            result = columns_test(fit, columns, term.name, test)
            rows.append(_drop_row(term.name, len(columns), math.nan, math.nan, result))
            continue
        rows.append(_dropped(fit, term, without_columns(fit, [term]), test))
    as_f = test == "wald" and not fit.reference.normal
    names = [name for name in rows[0] if name != "term" and (as_f or name != "df_denom")]
    values: dict[str, Any] = {name: [row[name] for row in rows] for name in names}
    values["df"] = pd.array([pd.NA if math.isnan(df) else round(df) for df in values["df"]], dtype="Int64")
    return Printed(pd.DataFrame(values, index=pd.Index([row["term"] for row in rows], name="term")))


def _drop_row(term: str, df: float, deviance: float, aic: float, result: TestResult | None) -> dict[str, Any]:
    statistic, p = (math.nan, math.nan) if result is None else (result.statistic, result.p_value)
    return {
        "term": term,
        "df": df,
        "deviance": deviance,
        "aic": aic,
        "statistic": statistic,
        "df_denom": denominator(result),
        "p_value": p,
    }


def _dropped(fit: Estimate, term: Term, small: Nested, test: TestKind) -> dict[str, Any]:
    columns = estimable_columns(fit, term)
    result = columns_test(fit, columns, term.name, test) if test == "wald" else nested_test(fit, small, test)
    loglik = fit.likelihood.llf - fit.surface.top + small.model.top
    aic = math.nan if fit.capabilities.why_no_aic else -2.0 * loglik + 2.0 * small.model.rank
    return _drop_row(term.name, fit.rank - small.model.rank, small.model.deviance, aic, result)
