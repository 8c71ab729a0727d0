"""Tests of terms: smaller models fitted to the same rows, or Wald and score tests of a term's columns."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from glmlogit.errors import DataError
from glmlogit.estimate.submodel import Submodel, submodel
from glmlogit.formula.spec import Term
from glmlogit.inference.lr_test import lr_fixed
from glmlogit.inference.score_test import score_from, score_test
from glmlogit.inference.test_result import TestKind, TestResult, result_of
from glmlogit.inference.wald_test import wald_test

if TYPE_CHECKING:
    from glmlogit.estimate.estimate import Estimate


class Nested(NamedTuple):
    """A model of some of the terms in the same rows, and the term that tells it from the next one."""

    term: str
    model: Submodel


def check_test(test: str) -> None:
    """Refuse a kind of test that is none of lr, wald and score."""
    if test not in ("lr", "wald", "score"):
        raise DataError(f"test={test!r} is not known; give 'lr', 'wald' or 'score'")


def denominator(result: TestResult | None) -> float:
    """Denominator degrees of freedom of an F test; NaN for chi-squared, and without a result."""
    return math.nan if result is None or math.isinf(result.df_denom) else result.df_denom


def without_columns(fit: Estimate, dropped: Sequence[Term]) -> Nested:
    """Fit the model that lacks some terms."""
    gone = [term.name for term in dropped]
    keep = [term.name for term in fit.columns.terms if term.order > 0 and term.name not in gone]
    return Nested(" + ".join(gone), submodel(fit, keep))


def nested_test(fit: Estimate, small: Nested, test: TestKind) -> TestResult:
    """Likelihood-ratio or score test of a nested model."""
    df = fit.rank - small.model.rank
    if test == "score":
        return score_of(small.model, df, small.term)
    return lr(fit.surface.top, small.model, df, small.term, fit.capabilities.why_no_likelihood_test)


def joint_test(fit: Estimate, dropped: Sequence[Term], test: TestKind = "lr") -> TestResult:
    """Test that several terms may be left out together, as :func:`drop1` tests one."""
    if test == "wald" or not fit.capabilities.plain:
        columns = [j for term in dropped for j in estimable_columns(fit, term)]
        return columns_test(fit, columns, " + ".join(term.name for term in dropped), test)
    return nested_test(fit, without_columns(fit, dropped), test)


def estimable_columns(fit: Estimate, term: Term) -> list[int]:
    """Coefficients of a term that are not aliased."""
    return [j for j in fit.coefs.of_columns(term.columns) if not fit.coefs.states[j].aliased]


def columns_test(fit: Estimate, columns: Sequence[int], null: str, test: TestKind) -> TestResult:
    """Test that the coefficients of some columns are all zero."""
    if not columns:
        return result_of(0.0, 0, "Wald test", null)
    if test == "lr":
        return lr_fixed(fit, columns, [0.0] * len(columns), null)
    rows = np.eye(fit.coefs.size)[list(columns)]
    return wald_test(fit, rows) if test == "wald" else score_test(fit, rows)


def lr(top: float, small: Submodel, df: int, null: str, reason: str = "") -> TestResult:
    """Likelihood-ratio test of a smaller model within one that reaches ``top``, on ``df``; NaN with a reason."""
    fall = max(2.0 * (top - small.top), 0.0) if df > 0 else 0.0  # of one model's columns there is one maximum
    return result_of(fall, df, "Likelihood-ratio test", null, reason or small.unreached)


def score_of(small: Submodel, df: int, null: str, within: Submodel | None = None) -> TestResult:
    """Score test of a smaller model on ``df``, within the fit that it is of, or within another model of its terms."""
    if small.unreached:
        return result_of(math.nan, df, "Score test", null, small.unreached)
    return score_from(small.evaluated(within), df, null)
