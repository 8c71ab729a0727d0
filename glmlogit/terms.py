"""Models term by term: what dropping a term costs, and what adding terms one after the other gains."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from glmlogit import formula as formulas
from glmlogit.designs import ArrayColumns, Columns, Design
from glmlogit.documents import Printed
from glmlogit.errors import DataError, UnsupportedError
from glmlogit.formula import Term
from glmlogit.hypothesis import (
    TestKind,
    TestResult,
    lr_fixed,
    name_of,
    nested_test,
    no_likelihood,
    require_own_likelihood,
    result_of,
    score_at,
    score_test,
    wald_test,
)
from glmlogit.likelihoods import deviance
from glmlogit.matrices import Dense
from glmlogit.maximum import Maximum, maximise

if TYPE_CHECKING:
    from glmlogit.estimate import Estimate


@dataclass(frozen=True)
class _Nested:
    """A model of some of the terms, fitted to the same rows."""

    term: str
    design: Design
    maximum: Maximum

    @property
    def rank(self) -> int:
        return self.maximum.rank

    @property
    def deviance(self) -> float:
        return deviance(self.maximum.rows, self.maximum.pair, self.maximum.llf)


def _nested(fit: Estimate, term: str, keep: Sequence[str]) -> _Nested:
    """Fit the model that keeps only the named terms (the intercept, if any, always)."""
    design = subset(fit.design, keep)
    return _Nested(term, design, maximise(design, fit.control))


def subset(design: Design, keep: Sequence[str]) -> Design:
    """Design with the intercept and some of the terms, in the same rows.

    It is rebuilt through the formula, so that factor coding follows R's rules.
    """
    columns = design.columns
    chosen = [t for t in design.terms if t.order == 0 or t.name in keep]
    new: Columns
    text = None
    if isinstance(columns, formulas.Spec) and chosen:
        assert design.frame is not None
        beside = [] if design.offset is None else [design.offset]
        kept = columns.keeping([t.name for t in chosen])
        built = formulas.build(kept, design.frame, beside, design.described, people=math.inf)
        matrix, patterns, new, text = built.matrix, built.patterns, built.spec, built.spec.formula.text
    else:
        matrix, patterns = Dense(design.X[:, [j for t in chosen for j in t.columns]]), design.patterns
        first = next((k for k, t in enumerate(chosen) if t.order == 0), None)
        new = ArrayColumns(tuple(t.name for t in chosen), False, first)
    return replace(design, matrix=matrix, patterns=patterns, columns=new, formula=text, magnitude=matrix.largest())


def _droppable(design: Design) -> list[Term]:
    """Terms that are not marginal to another one."""
    terms = [term for term in design.terms if term.order > 0]
    return [
        term
        for term in terms
        if not any(set(term.factors) < set(other.factors) for other in terms if other is not term)
    ]


def drop1(fit: Estimate, test: TestKind = "lr") -> pd.DataFrame:
    """Test each term that may be dropped from the model.

    Parameters
    ----------
    fit : Fit
    test : {"lr", "wald", "score"}

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
    """
    _check_test(test)
    if test != "wald":
        require_own_likelihood(fit, "use drop1(fit, test='wald')")
    other = fit.penalty is not None or fit.adjusted  # not comparable with maximum likelihood of smaller models
    whole = (math.nan, math.nan) if other else (fit.deviance, fit.aic)
    rows = [_drop_row("<none>", math.nan, *whole, None)]
    for term in _droppable(fit.design):
        if other:
            columns = estimable_columns(fit, term)
            result = _columns_test(fit, columns, term.name, test)
            rows.append(_drop_row(term.name, len(columns), math.nan, math.nan, result))
            continue
        rows.append(_dropped(fit, term, _without(fit, [term]), test))
    table = pd.DataFrame(rows).set_index("term")
    table["df"] = table["df"].astype("Float64").round().astype("Int64")
    as_f = test == "wald" and not fit.reference.normal
    return Printed(table if as_f else table.drop(columns="df_denom"))


def _check_test(test: str) -> None:
    if test not in ("lr", "wald", "score"):
        raise DataError(f"test={test!r} is not known; give 'lr', 'wald' or 'score'")


def _denominator(result: TestResult | None) -> float:
    return math.nan if result is None or math.isinf(result.df_denom) else result.df_denom


def _drop_row(term: str, df: float, deviance: float, aic: float, result: TestResult | None) -> dict[str, Any]:
    statistic, p = (math.nan, math.nan) if result is None else (result.statistic, result.p_value)
    return {
        "term": term,
        "df": df,
        "deviance": deviance,
        "aic": aic,
        "statistic": statistic,
        "df_denom": _denominator(result),
        "p_value": p,
    }


def _dropped(fit: Estimate, term: Term, small: _Nested, test: TestKind) -> dict[str, Any]:
    columns = estimable_columns(fit, term)
    result = _columns_test(fit, columns, term.name, test) if test == "wald" else _nested_test(fit, small, test)
    loglik = fit.llf - fit.maximum.llf + small.maximum.llf
    aic = math.nan if fit.capabilities.aic else -2.0 * loglik + 2.0 * small.rank
    return _drop_row(term.name, fit.rank - small.rank, small.deviance, aic, result)


def _without(fit: Estimate, dropped: Sequence[Term]) -> _Nested:
    """Fit the model that lacks some terms."""
    gone = [term.name for term in dropped]
    keep = [term.name for term in fit.design.terms if term.order > 0 and term.name not in gone]
    return _nested(fit, " + ".join(gone), keep)


def _nested_test(fit: Estimate, small: _Nested, test: TestKind) -> TestResult:
    """Likelihood-ratio or score test of a nested model."""
    df = fit.rank - small.rank
    if test == "score":
        return score_at(fit, small.maximum, df, small.term)
    return _lr(fit.maximum, small.maximum, df, small.term, no_likelihood(fit))


def joint_test(fit: Estimate, dropped: Sequence[Term], test: TestKind = "lr") -> TestResult:
    """Test that several terms may be left out together, as :func:`drop1` tests one."""
    if test == "wald" or fit.penalty is not None or fit.adjusted:
        columns = [j for term in dropped for j in estimable_columns(fit, term)]
        return _columns_test(fit, columns, " + ".join(term.name for term in dropped), test)
    return _nested_test(fit, _without(fit, dropped), test)


def estimable_columns(fit: Estimate, term: Term) -> list[int]:
    """Columns of a term that are not aliased."""
    return [j for j in term.columns if fit.maximum.states[j] != "aliased"]


def _columns_test(fit: Estimate, columns: Sequence[int], null: str, test: TestKind) -> TestResult:
    """Test that the coefficients of some columns are all zero."""
    if not columns:
        return result_of(0.0, 0, "Wald test", null)
    if test == "lr":
        return lr_fixed(fit, columns, [0.0] * len(columns), null)
    rows = np.eye(fit.design.n_columns)[list(columns)]
    return wald_test(fit, rows) if test == "wald" else score_test(fit, rows)


def _lr(big: Maximum, small: Maximum, df: int, null: str, reason: str = "") -> TestResult:
    if not reason and not small.reached:
        reason = small.status.value
    return result_of(max(2.0 * (big.llf - small.llf), 0.0), df, "Likelihood-ratio test", null, reason)


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
    """
    _check_test(test)
    for one in (fit, *others):
        if test != "wald":
            require_own_likelihood(one, "anova compares likelihoods; use anova(fit, test='wald')")
        if one.penalty is not None:
            raise UnsupportedError(
                "penalised likelihoods of different models are not comparable; anova compares likelihoods, drop1 tests "
                "terms"
            )
        if one.adjusted:
            raise UnsupportedError(f"{one.estimator} is fitted to one model only; use drop1(fit, test='wald')")
    return _anova_models((fit, *others), test) if others else _anova_terms(fit, test)


def _anova_terms(fit: Estimate, test: TestKind) -> pd.DataFrame:
    names = [term.name for term in fit.design.terms if term.order > 0]
    nobs = fit.nobs
    models = [_nested(fit, "NULL", [])] if fit.design.has_intercept else []
    models += [_nested(fit, names[k], names[: k + 1]) for k in range(len(names))]
    rows = []
    if not models or models[0].term != "NULL":
        rows.append(_anova_row("NULL", nobs, fit.null_deviance))
    rows += [_anova_row(m.term, nobs - m.rank, m.deviance) for m in models]
    results = [_added(fit, a, b, test) for a, b in pairwise(models)]
    if not fit.design.has_intercept:
        results.insert(0, _first(fit, models[0], test))
    return _anova_frame(rows, results, "term", test == "wald" and not fit.reference.normal)


def _added(fit: Estimate, small: _Nested, big: _Nested, test: TestKind) -> TestResult:
    """Test of the term that the larger of two models adds."""
    df = big.rank - small.rank
    if test == "lr":
        return _lr(big.maximum, small.maximum, df, big.term)
    if test == "score":
        return score_at(_fit_of(fit, big), small.maximum, df, big.term)
    return _own_term(fit, big, test)


def _first(fit: Estimate, first: _Nested, test: TestKind) -> TestResult:
    """Test of the first term of a model without an intercept, against probabilities of one half."""
    if test != "lr":
        return _own_term(fit, first, test)
    fall = fit.null_deviance - first.deviance
    return result_of(max(fall, 0.0), first.rank, "Likelihood-ratio test", first.term)


def _fit_of(fit: Estimate, model: _Nested) -> Estimate:
    """A smaller model as a fit like another one."""
    return fit.resolved(design=model.design, maximum=model.maximum)


def _own_term(fit: Estimate, model: _Nested, test: TestKind) -> TestResult:
    """Test of the term that gives a model its name."""
    whole = _fit_of(fit, model)
    term = next(term for term in whole.design.terms if term.name == model.term)
    return _columns_test(whole, estimable_columns(whole, term), model.term, test)


def _anova_models(fits: tuple[Estimate, ...], test: TestKind) -> pd.DataFrame:
    rows = [_anova_row(name_of(fit), fit.df_resid, fit.deviance) for fit in fits]
    results = []
    for a, b in pairwise(fits):
        big, small = (b, a) if b.rank >= a.rank else (a, b)
        results.append(nested_test(big, small, test))
    return _anova_frame(rows, results, "model", test == "wald" and not all(fit.reference.normal for fit in fits))


def _anova_row(name: str, resid_df: float, resid_deviance: float) -> dict[str, Any]:
    return {"name": name, "resid_df": resid_df, "resid_deviance": resid_deviance}


def _anova_frame(rows: list[dict[str, Any]], results: list[TestResult], label: str, as_f: bool) -> pd.DataFrame:
    table = pd.DataFrame(rows).rename(columns={"name": label}).set_index(label)
    df = pd.array([pd.NA, *(r.df for r in results)], dtype="Int64")
    table.insert(0, "df", pd.Series(df, index=table.index))
    table.insert(1, "statistic", [math.nan, *(r.statistic for r in results)])
    if as_f:
        table.insert(2, "df_denom", [math.nan, *map(_denominator, results)])
    table["p_value"] = [math.nan, *(r.p_value for r in results)]
    return Printed(table)
