"""Tests of terms: smaller models fitted to the same rows, or Wald and score tests of a term's columns."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from glmlogit.designs.container import Design
from glmlogit.designs.nested import subset
from glmlogit.errors import DataError
from glmlogit.estimate.likelihoods import deviance
from glmlogit.estimate.solved import Solved
from glmlogit.fitting.maximise import maximise
from glmlogit.fitting.maximum import Maximum
from glmlogit.formula.spec import Term
from glmlogit.inference.lr_test import lr_fixed
from glmlogit.inference.score_test import score_at, score_test
from glmlogit.inference.test_result import TestKind, TestResult, result_of
from glmlogit.inference.wald_test import wald_test
from glmlogit.likelihood.binary import BinaryLogit

if TYPE_CHECKING:
    from glmlogit.estimate.estimate import Estimate


@dataclass(frozen=True)
class Nested:
    """A model of some of the terms, fitted to the same rows."""

    term: str
    design: Design
    maximum: Maximum

    @property
    def rank(self) -> int:
        """Number of coefficients that are not aliased."""
        return self.maximum.rank

    @property
    def deviance(self) -> float:
        """Deviance at its maximum, against a parameter per row."""
        return deviance(Solved(self.design, self.maximum).rows, self.maximum.pair, self.maximum.value)


def nested_model(fit: Estimate, term: str, keep: Sequence[str]) -> Nested:
    """Fit the model that keeps only the named terms (the intercept, if any, always)."""
    design = subset(fit.design, keep)
    return Nested(term, design, maximise(BinaryLogit(design, fit.control.threads), None, fit.control))


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
    return nested_model(fit, " + ".join(gone), keep)


def nested_test(fit: Estimate, small: Nested, test: TestKind) -> TestResult:
    """Likelihood-ratio or score test of a nested model."""
    df = fit.rank - small.rank
    if test == "score":
        return score_at(fit, small.maximum, df, small.term)
    return lr(fit.maximum, small.maximum, df, small.term, fit.capabilities.why_no_likelihood_test)


def joint_test(fit: Estimate, dropped: Sequence[Term], test: TestKind = "lr") -> TestResult:
    """Test that several terms may be left out together, as :func:`drop1` tests one."""
    if test == "wald" or not fit.capabilities.plain:
        columns = [j for term in dropped for j in estimable_columns(fit, term)]
        return columns_test(fit, columns, " + ".join(term.name for term in dropped), test)
    return nested_test(fit, without_columns(fit, dropped), test)


def estimable_columns(fit: Estimate, term: Term) -> list[int]:
    """Columns of a term that are not aliased."""
    return [j for j in term.columns if not fit.coefs.states[j].aliased]


def columns_test(fit: Estimate, columns: Sequence[int], null: str, test: TestKind) -> TestResult:
    """Test that the coefficients of some columns are all zero."""
    if not columns:
        return result_of(0.0, 0, "Wald test", null)
    if test == "lr":
        return lr_fixed(fit, columns, [0.0] * len(columns), null)
    rows = np.eye(fit.coefs.size)[list(columns)]
    return wald_test(fit, rows) if test == "wald" else score_test(fit, rows)


def lr(big: Maximum, small: Maximum, df: int, null: str, reason: str = "") -> TestResult:
    """Likelihood-ratio test of ``small`` within ``big`` on ``df``; NaN where there is a reason against it."""
    if not reason and not small.reached:
        reason = small.status.value
    return result_of(max(2.0 * (big.value - small.value), 0.0), df, "Likelihood-ratio test", null, reason)
