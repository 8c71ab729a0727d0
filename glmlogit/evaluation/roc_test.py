"""Do two ROC curves have the same area: of two models in the same rows, or of one in two groups."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from glmlogit.documents.from_frame import table_from_frame
from glmlogit.documents.paged import Paged
from glmlogit.documents.pages import Summary
from glmlogit.errors import ArgumentError, DataError
from glmlogit.estimate.estimate import Estimate
from glmlogit.evaluation.headers import limits_line
from glmlogit.evaluation.judged import judged
from glmlogit.evaluation.judged_rows import Judged
from glmlogit.evaluation.placements import area_covariance, placements_of
from glmlogit.evaluation.roc import RocCurve
from glmlogit.messages.notes import Note
from glmlogit.messages.options import check_level
from glmlogit.messages.words import Number, joined, sentence
from glmlogit.numerics.reference import Reference

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, repr=False, eq=False)
class RocTest(Paged):
    """Comparison of the areas under two ROC curves; returned by :func:`roc_test`.

    Attributes
    ----------
    difference, std_error, conf_low, conf_high : float
        Area of the first less that of the second, with limits that belong to the test.
    statistic, df, p_value : float
        z (``df`` infinite) of paired curves, t of unpaired ones; NaN where ``reason`` says why.
    table : DataFrame
        ``auc std_error`` of both.
    paired : bool
        Whether both rank the same rows.
    """

    difference: float
    std_error: float
    conf_low: float
    conf_high: float
    statistic: float
    df: float
    p_value: float
    paired: bool
    level: float
    table: pd.DataFrame = field(repr=False)
    rows: str = ""
    reason: str = ""
    notes: tuple[Note, ...] = ()

    @property
    def method(self) -> str:
        """The test in words."""
        if self.paired:
            return sentence("DeLong's test of paired curves, z")
        return sentence("DeLong's test of two samples, t on {df} df", df=Number(f"{self.df:.1f}"))

    @property
    def _page(self) -> Summary:
        names = ("difference", "std_error", "conf_low", "conf_high", "statistic", "p_value")
        test = pd.DataFrame({name if name != "difference" else "estimate": [getattr(self, name)] for name in names})
        why = (sentence("No test: {reason}.", reason=self.reason),) if self.reason else ()
        return Summary(
            title=sentence("Difference of two areas under ROC curves"),
            header=(("Rows", self.rows), ("Test", self.method), limits_line(self.level)),
            tables=(table_from_frame(self.table, words=("curve",)), table_from_frame(test)),
            notes=(*why, *map(str, self.notes)),
            coefficients=test,
        )


def roc_test(
    a: Any,
    b: Any,
    *,
    y: Any = None,
    data: Any = None,
    paired: bool | None = None,
    level: float | None = None,
    weights: Any = None,
    cluster: Any = None,
) -> RocTest:
    """Test whether the areas under two ROC curves differ, with limits of the difference.

    Parameters
    ----------
    a, b : Fit, RocCurve, or array of shape (n,)
        Two fits, on the rows they were fitted to or on ``data``; two curves of :func:`roc`; or two scores of the rows
        of ``y``.
    y : array of shape (n,), optional
        Outcomes, where ``a`` and ``b`` are arrays.
    data : table, optional
        New rows for two fits.
    paired : bool, optional
        Whether both rank the same rows. Default: they do where their rows have the same labels and outcomes; rows that
        are the same in part are refused.
    level : float, optional
        Confidence level, 0.95 by default.
    weights, cluster : array of shape (n,) or column name of ``data``, optional
        Frequency weights and clusters, as in :func:`roc`.

    Returns
    -------
    RocTest

    Raises
    ------
    DataError
        Where rows overlap without being the same, or ``paired=True`` and they do not pair up.

    Notes
    -----
    Paired: DeLong, DeLong & Clarke-Pearson 1988, normal (with clusters Obuchowski 1997). Unpaired:
    ``(A − B)/√(v₁ + v₂)`` on Satterthwaite's degrees of freedom. Nested models in the rows they were fitted to
    are no case for it: use :func:`lr_test`. *Matches* ``pROC::roc.test``; Stata's ``roccomp`` and SAS refer unpaired
    curves to the normal. *Differs* for two scores that rank alike, 0/0: NaN here, p = 1 there.

    Examples
    --------
    >>> births = gl.datasets.birthwt()
    >>> small, large = gl.logit("low ~ age", births), gl.logit("low ~ age + lwt + smoke", births)
    >>> test = gl.roc_test(large, small)
    >>> round(test.difference, 4), test.paired
    (0.1006, True)
    """
    level = check_level(level, 0.95)
    first, second = (_judged(value, y, data, weights, cluster) for value in (a, b))
    same = _same_rows(first, second) if paired is None else paired
    if same and not _pairs(first, second):
        raise DataError(
            "paired=True compares two scores of the same rows, and these have different outcomes or numbers of rows; "
            "judge both on one table: data=, or give paired=False for two samples"
        )
    return _paired(first, second, level) if same else _unpaired(first, second, level)


def _judged(value: Any, y: Any, data: Any, weights: Any, cluster: Any) -> Judged:
    if isinstance(value, RocCurve):
        assert value.judged is not None
        return value.judged
    options: Mapping[str, Any] = {"weights": weights, "cluster": cluster}
    if isinstance(value, Estimate):
        return judged(value, data, y=y, ranks=True, **options)
    if y is None:
        raise ArgumentError("roc_test() takes two fits, two curves of gl.roc, or y= with two arrays of scores")
    return judged(y=y, score=value, ranks=True, **options)


def _pairs(a: Judged, b: Judged) -> bool:
    return np.array_equal(a.events, b.events) and np.array_equal(a.nonevents, b.nonevents)


def _same_rows(a: Judged, b: Judged) -> bool:
    """Whether two curves rank the same rows; an error where they share rows without being the same."""
    if a.labels is None or b.labels is None:
        return _pairs(a, b)
    if a.labels.equals(b.labels) and _pairs(a, b):
        return True
    if len(a.labels.intersection(b.labels)):
        raise DataError(
            "the two have rows of the same labels, but not the same rows: a test needs to pair them, or two samples "
            "that share none. Judge both on one table: data=; or say paired=False if labels repeat by chance"
        )
    return False


def _paired(a: Judged, b: Judged, level: float) -> RocTest:
    placements = placements_of(a, b)
    covariance = area_covariance(placements, a.groups)
    errors = np.sqrt(np.diag(covariance))
    difference = float(placements.auc[0] - placements.auc[1])
    along = placements._replace(
        auc=np.array([difference]),
        below=placements.below[:1] - placements.below[1:],
        above=placements.above[:1] - placements.above[1:],
    )
    # The variance of the difference itself: that of differences of placements, without cancellation.
    error = float(np.sqrt(area_covariance(along, a.groups)[0, 0]))
    if a.sampled:
        errors, error = np.full(2, math.nan), math.nan
    return _result(a, b, placements.auc, errors, difference, error, math.inf, True, level)


def _unpaired(a: Judged, b: Judged, level: float) -> RocTest:
    parts = [(placements_of(rows), rows) for rows in (a, b)]
    variances = np.array([area_covariance(part, rows.groups)[0, 0] for part, rows in parts])
    if a.sampled or b.sampled:
        variances[:] = math.nan
    sizes = np.array([sum(rows.totals) if rows.groups is None else len(np.unique(rows.groups)) for rows in (a, b)])
    auc = np.array([part.auc[0] for part, _ in parts])
    with np.errstate(invalid="ignore", divide="ignore"):
        df = float(variances.sum() ** 2 / (variances**2 / (sizes - 1.0)).sum())
    error = float(np.sqrt(variances.sum()))
    return _result(a, b, auc, np.sqrt(variances), float(auc[0] - auc[1]), error, df, False, level)


def _result(
    a: Judged,
    b: Judged,
    auc: Any,
    errors: Any,
    difference: float,
    error: float,
    df: float,
    paired: bool,
    level: float,
) -> RocTest:
    table = pd.DataFrame({"auc": auc, "std_error": errors}, index=pd.Index(["first", "second"], name="curve"))
    rows = a.rows if a.rows == b.rows else joined((a.rows, b.rows), "; ")
    if not error > 0.0:
        reason = _why(a, b, error, difference)
        nan = math.nan
        return RocTest(difference, error, nan, nan, nan, df, nan, paired, level, table, rows, reason, _notes(a, b))
    reference = Reference(df)
    half, statistic = reference.quantile(level) * error, difference / error
    return RocTest(
        difference,
        error,
        difference - half,
        difference + half,
        statistic,
        df,
        float(reference.pvalue(statistic)),
        paired,
        level,
        table,
        rows,
        notes=_notes(a, b),
    )


def _why(a: Judged, b: Judged, error: float, difference: float) -> str:
    if a.sampled or b.sampled:
        return "sampling weights make no sample of counts, of which the test is"
    if math.isnan(error):
        return "one class has fewer than two observations, from which no variance can be estimated"
    return "both rank every pair alike, and the standard error is 0" if difference == 0 else "the standard error is 0"


def _notes(a: Judged, b: Judged) -> tuple[Note, ...]:
    if not (a.apparent and b.apparent):
        return tuple(dict.fromkeys((*a.notes, *b.notes)))
    text = (
        "Both models are judged on the rows they were fitted to, where the larger of two nested ones gains by fitting: "
        "test nested models with lr_test, or judge both on new rows."
    )
    return (Note("apparent", text),)
