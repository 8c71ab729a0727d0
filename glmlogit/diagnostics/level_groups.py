"""Tests of fit of probabilities beside their outcomes, of two levels or more, whatever program they are from."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from glmlogit.diagnostics.fit_test import GoodnessOfFit, chi_squared
from glmlogit.diagnostics.fitted import require_testable
from glmlogit.diagnostics.groupings import percentile_cuts, rounded
from glmlogit.diagnostics.level_rows import LevelRows, level_rows
from glmlogit.errors import DataError, UnsupportedError
from glmlogit.messages.words import plural, sentence
from glmlogit.numerics.arrays import vector
from glmlogit.prediction.predict import predicted
from glmlogit.prediction.predictors import are_parallel

if TYPE_CHECKING:
    from glmlogit.estimate.estimate import Estimate

Array = npt.NDArray[np.float64]


class LevelGroups(NamedTuple):
    """Observed and expected numbers (G, K) of each level in groups of probabilities."""

    observed: Array
    expected: Array

    @property
    def statistic(self) -> float:
        """``Σ(O − E)²/E``; a level of which nothing is expected and nothing observed adds nothing."""
        away = self.observed - self.expected
        with np.errstate(divide="ignore", invalid="ignore"):
            return float(np.where(away == 0.0, 0.0, away**2 / self.expected).sum())


def level_groups(counts: Array, p: Array, groups: int, base: int = 0, *, ordered: bool = False) -> LevelGroups:
    """Rows in groups of the probability of any level but the base (Fagerland, Hosmer & Bofin 2008), cut as by Stata.

    ``counts`` (n, K) are the observations of each level, ``p`` (n, K) their probabilities. Of ``ordered`` levels groups
    are of the mean number of the level (Fagerland & Hosmer 2013); of two levels both are those of Hosmer and Lemeshow.
    """
    total = counts.sum(axis=1)
    score = rounded(p @ np.arange(p.shape[1]) if ordered else np.delete(p, base, axis=1).sum(axis=1))
    codes = np.searchsorted(percentile_cuts(score, total, groups), score, side="left")
    _, place = np.unique(codes, return_inverse=True)

    def summed(values: Array) -> Array:
        return np.column_stack([np.bincount(place.ravel(), column) for column in values.T])

    return LevelGroups(summed(counts), summed(total[:, None] * p))


def of_probabilities(
    y: Any, p: Any, groups: int, *, levels: Sequence[Any] | None, weights: Any, training: bool | None
) -> GoodnessOfFit:
    """The test of Hosmer and Lemeshow of outcomes (n,) and probabilities, (n,) of an event or (n, K) of levels."""
    if y is None or p is None:
        raise DataError("probabilities need their outcomes: give both y= and p=, or a fit")
    if training is None:
        raise DataError(
            "training= is missing: True for the rows the model was fitted to, False for others. Two groups' worth of "
            "degrees of freedom depend on it, and it cannot be seen in the probabilities"
        )
    rows = level_rows(*_in_levels(y, p, levels), rounded=False)
    counts = None if weights is None else vector(weights, "weights", len(rows.codes))
    if counts is not None and not (counts >= 0).all():
        raise DataError("weights= has negative numbers; give how often each row counts")
    return hosmer_lemeshow(rows, rows.counts(counts), groups, training=training)


def of_levels(fit: Estimate, groups: int) -> GoodnessOfFit:
    """The test of a fit of several levels in its own rows, its base the base of the test."""
    require_testable(fit)
    ordered = fit.sample.outcome.ordered
    if ordered and not are_parallel(fit):
        raise UnsupportedError(
            "the distribution of this test is known where all cuts have the same coefficients, and this fit has some "
            "for each cut: test a fit without nonparallel=, or see gl.brant"
        )
    assert fit.rows.levels is not None
    counts = fit.rows.levels.table()
    counts = counts if fit.rows.weights is None else counts * fit.rows.weights[:, None]
    p = np.column_stack(predicted(fit, fit.rows.matrix, fit.rows.offset, fitted=True).p)
    response = fit.response
    base = [k for k, level in enumerate(response.levels) if level not in response.compared]
    order = [*base, *(k for k in range(len(response.levels)) if k not in base)]
    levels = [response.levels[k] for k in order]
    rows = LevelRows(np.zeros(len(p), dtype=np.intp), p[:, order], levels)
    return hosmer_lemeshow(rows, counts[:, order], groups, training=True, ordered=ordered)


def _in_levels(y: Any, p: Any, levels: Sequence[Any] | None) -> tuple[Any, Any, Sequence[Any] | None]:
    """One column of probabilities is that of the second of two levels, 1 of 0 and 1."""
    if isinstance(p, pd.DataFrame) or np.ndim(p) == 2:
        return y, p, levels
    event = np.asarray(p, dtype=np.float64)
    return y, np.column_stack([1.0 - event, event]), (0, 1) if levels is None else levels


def hosmer_lemeshow(
    rows: LevelRows, counts: Array, groups: int, *, training: bool, ordered: bool = False
) -> GoodnessOfFit:
    """On (G − 2)(K − 1) degrees of freedom in the rows of a fit, on G(K − 1) in others.

    A fit with one coefficient for all cuts of ``ordered`` levels has fewer of them to follow the rows with: K − 2 more
    (Fagerland & Hosmer 2013).
    """
    table = level_groups(counts, rows.p, groups, ordered=ordered)
    count, k = table.observed.shape
    df = (count - 2 if training else count) * (k - 1) + (k - 2 if ordered else 0)
    name = plural(count, "group")
    reason = "" if df > 0 else sentence("{groups} of different probabilities leave no degrees of freedom", groups=name)
    method = sentence("Hosmer-Lemeshow test ({groups}, {rule})", groups=name, rule="Stata's rule")
    if k > 2:
        several = "{test} of {k} ordered levels" if ordered else "{test} of {k} levels"
        method = sentence(several, test=method, k=k)
    return chi_squared(table.statistic, df, method, reason, _shown(table, rows.levels))


def _shown(table: LevelGroups, levels: Sequence[Hashable]) -> pd.DataFrame:
    columns: dict[str, Array] = {"n": table.observed.sum(axis=1)}
    for level, observed, expected in zip(levels, table.observed.T, table.expected.T, strict=True):
        columns |= {f"observed {level}": observed, f"expected {level}": expected}
    return pd.DataFrame(columns, index=pd.RangeIndex(1, len(table.observed) + 1, name="group"))
