"""Exposures of several levels: measures of each level against a reference, tests for trend, crude and stratified."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Unpack

import numpy as np
import numpy.typing as npt
import pandas as pd

from glmlogit.designs.inputs import effective, gather, side
from glmlogit.documents.paged import checked_printing, printed_as
from glmlogit.documents.style import Printing
from glmlogit.epidemiology import two_by_two_measures
from glmlogit.epidemiology.scores import scores_given
from glmlogit.epidemiology.table_rows import coded_outcome, levels_of, strata_codes
from glmlogit.epidemiology.two_by_k_result import TwoByK
from glmlogit.epidemiology.two_by_two_measures import MeasureRow, MeasureTest, TwoByTwoCells
from glmlogit.errors import DataError
from glmlogit.messages.notes import Note
from glmlogit.messages.options import check_level, names_given
from glmlogit.messages.values import show
from glmlogit.messages.words import listed
from glmlogit.numerics.arrays import EXACT_INTEGERS
from glmlogit.numerics.tails import chi2_pvalue, normal_quantile

Array = npt.NDArray[np.float64]
Scores = Mapping[Any, float] | Sequence[float]


def two_by_k(
    data: Any,
    outcome: str | None = None,
    exposure: str | None = None,
    *,
    reference: Any = None,
    scores: Scores | pd.Series[Any] | None = None,
    strata: str | Sequence[str] | None = None,
    event: Any = None,
    weights: Any = None,
    level: float = 0.95,
    **printing: Unpack[Printing],
) -> TwoByK:
    """Odds ratio, risk ratio and risk difference of each level of an exposure, and tests for trend.

    Parameters
    ----------
    data : array-like of shape (k, 2) or (K, k, 2), or table
        Counts, a row a level in order, events in the first column; strata come first. Or rows, where ``outcome`` and
        ``exposure`` name columns.
    outcome, exposure : str, optional
        Columns, where ``data`` is a table of rows: two values, and two or more.
    reference : value, optional
        The level that others are compared with; default the first.
    scores : sequence or mapping of level to float, optional
        Where the levels stand for the trend; default 1, 2, …, k, where they have an order: numbers, ordered
        categories, and counts as they are given. ``df.groupby("dose", observed=True)["mg"].median()`` are medians.
    strata : str or sequence of str, optional
        Columns whose combinations are the strata.
    event : value, optional
        The value that is the event, as in :func:`~glmlogit.two_by_two`.
    weights : column name or array, optional
        Counts of the rows.
    level : float
        Confidence level of the limits.
    **printing
        ``style, digits, p_digits, language, labels``, as :func:`~glmlogit.style` takes them, for its page.

    Returns
    -------
    TwoByK
        Frames ``counts measures tests``, and ``notes``; it prints as a page.

    Raises
    ------
    DataError
        For counts that are negative or missing, a level or a score that is not there, an outcome without two values.

    Notes
    -----
    Each level with the reference is a 2×2 table, with the measures of :func:`~glmlogit.two_by_two`: limits of Woolf,
    Katz and Wald; with strata those of Mantel and Haenszel, which do not chain: the ratio of two levels' odds ratios is
    not that of these levels. Trend: Cochran 1954, Armitage 1955, the score test of a logit model with the scores as a
    number; what Pearson's chi-squared has beyond it tests the departure from a line, on k − 2 df. With strata
    Mantel's extension (Mantel 1963), conditional on all margins, its variance with N − 1, and the general association
    (Landis, Heyman & Koch 1978).

    *Matches* R's ``prop.trend.test``, ``chisq.test`` and ``mantelhaen.test``; Stata's ``tabodds`` for one table (its
    test for trend is ``mantel_extension``, here also without strata), SAS's ``TREND`` and ``CMH``. *Differs*: default
    scores are 1, 2, …, also of numbers, where Stata and SAS take the numbers.

    Examples
    --------
    >>> result = gl.two_by_k([[5, 60], [12, 55], [20, 40]])
    >>> result.tests.loc[["trend", "departure"], ["statistic", "df", "p_value"]].round(4)
               statistic  df  p_value
    test
    trend        13.1181   1   0.0003
    departure     0.1898   1   0.6631
    """
    level = check_level(level, 0.95)
    if outcome is None and exposure is None:
        if any(option is not None for option in (strata, event, weights)):
            raise DataError('strata=, event= and weights= need rows to count: two_by_k(data, "low", "race")')
        counted = _counts_of_table(data)
    else:
        counted = _counts_of_rows(data, outcome, exposure, strata, event, weights)
    base = _place(counted.levels, reference)
    values, why = _scores_of(counted, scores)
    z = normal_quantile(level)
    total = counted.counts.sum(axis=0)
    tests = _crude_tests(total, values, why)
    if counted.strata is not None:
        tests += _stratified_tests(counted.counts, values, why)
    result = TwoByK(
        counts=pd.DataFrame(total, counted.levels, counted.outcomes),
        measures=_measures(counted, base, z),
        tests=pd.DataFrame(tests).set_index("test"),
        scores=pd.Series(values, index=counted.levels, name="score"),
        notes=counted.notes,
        level=level,
        reference=counted.levels[base],
        outcome=str(counted.outcomes.name or ""),
        exposure=str(counted.levels.name or ""),
        stratified_by="" if counted.strata is None else ", ".join(map(str, counted.strata.names)),
    )
    return printed_as(result, **checked_printing(printing, outcome, exposure, strata))


# --- counts -----------------------------------------------------------------------------------------
class _LevelCounts(NamedTuple):
    """Counts (K, k, 2) with the labels of levels, outcomes and strata (None for one table)."""

    counts: Array
    levels: pd.Index[Any]
    outcomes: pd.Index[Any]
    strata: pd.Index[Any] | None
    ordered: bool
    notes: tuple[Note, ...] = ()


def _counts_of_table(table: Any) -> _LevelCounts:
    frame = table if isinstance(table, pd.DataFrame) else None
    try:
        counts = np.asarray(table, dtype=np.float64)
    except (TypeError, ValueError):
        counts = np.empty(0)
    if counts.ndim not in (2, 3) or counts.shape[-1] != 2 or counts.shape[-2] < 2:
        raise DataError(
            f"the table has shape {counts.shape}; counts are a row a level, events in the first column: "
            f'[[5, 60], [12, 55], [20, 40]]. To count rows, name columns: two_by_k(data, "low", "race")'
        )
    _require_counts(counts)
    k = counts.shape[-2]
    levels = pd.RangeIndex(1, k + 1, name=None) if frame is None else frame.index
    outcomes = pd.Index(["event", "no event"]) if frame is None else frame.columns
    if [str(label) for label in outcomes] in (["0", "1"], ["False", "True"]):
        raise DataError("the first column of the table is labelled as no event; type table.iloc[:, ::-1] to turn it")
    strata = None if counts.ndim == 2 else pd.RangeIndex(1, len(counts) + 1, name="stratum")
    return _LevelCounts(counts.reshape(-1, k, 2), levels, outcomes, strata, True)


def _require_counts(counts: Array) -> None:
    bad = ~(np.isfinite(counts) & (counts >= 0) & (counts <= EXACT_INTEGERS))
    if bad.any():
        raise DataError(f"the table has the count {counts[bad][0]:g}; counts are numbers from 0 to 2**53")
    if not counts.any():
        raise DataError("the table has counts of 0 only; there is nothing to compare")


def _counts_of_rows(data: Any, outcome: Any, exposure: Any, strata: Any, event: Any, weights: Any) -> _LevelCounts:
    by = [] if strata is None else names_given("strata", strata)
    names = [outcome, exposure, *by]
    if not all(isinstance(name, str) for name in names) or len(set(names)) < len(names):
        raise DataError(f"columns {names!r}: name outcome, exposure and strata, each a column of its own")
    draft, _, dropped = effective(gather(data, names, {"weights": weights}, None), "drop")
    events, outcomes = coded_outcome(draft.frame[outcome], f"outcome {outcome}", "event", event)
    column = draft.frame[exposure]
    levels = levels_of(column, f"exposure {exposure}")
    if len(levels) < 2:
        raise DataError(f"exposure {exposure} has one value, {show(levels[0])}; there is nothing to compare")
    if len(levels) > _MOST_LEVELS:
        raise DataError(
            f"exposure {exposure} has {len(levels):,} values; cut it into levels first: "
            f"data.assign(level=pd.qcut(data[{exposure!r}], 4))"
        )
    places = np.zeros(draft.n, dtype=np.intp)
    for i, value in enumerate(levels):
        places[(column == value).to_numpy(dtype=bool)] = i
    codes, labels, joined = strata_codes(draft, by)
    k, n_strata = len(levels), max(len(labels), 1)
    cells = (codes * k + places) * 2 + ~events
    counts = np.bincount(cells, side(draft, "weights"), minlength=2 * k * n_strata).astype(float)
    _require_counts(counts)
    ordered = column.cat.ordered if isinstance(column.dtype, pd.CategoricalDtype) else not isinstance(levels[0], str)
    return _LevelCounts(
        counts.reshape(-1, k, 2),
        pd.Index(levels, name=exposure, dtype=object if isinstance(levels[0], str) else None),
        outcomes.rename(outcome),
        labels if by else None,
        bool(ordered),
        dropped.notes() + joined,
    )


_MOST_LEVELS = 50


def _place(levels: pd.Index[Any], reference: Any) -> int:
    if reference is None:
        return 0
    if reference not in list(levels):
        raise DataError(f"reference={show(reference)} is no level; they are {listed(list(levels), write=show)}")
    return list(levels).index(reference)


def _scores_of(counted: _LevelCounts, scores: Any) -> tuple[Array, str]:
    """Scores (k,) of the levels, and why there is no trend."""
    k = len(counted.levels)
    if scores is None:
        why = "levels without an order: make the column an ordered category, or give scores="
        return np.arange(1.0, k + 1.0), "" if counted.ordered or k == 2 else why
    values = scores_given(scores, list(counted.levels))
    return values, ""


# --- measures ---------------------------------------------------------------------------------------
def _measures(counted: _LevelCounts, base: int, z: float) -> pd.DataFrame:
    rows: list[tuple[Any, ...]] = []
    for i, value in enumerate(counted.levels):
        if i != base:
            pair = counted.counts[:, [i, base], :]
            rows += [(value, *row) for row in _measures_of(pair, counted.strata is not None, z)]
    return pd.DataFrame(rows, columns=["level", *MeasureRow._fields]).set_index(["level", "measure"])


def _measures_of(pair: Array, stratified: bool, z: float) -> list[MeasureRow]:
    """Measures of 2×2 tables (K, 2, 2), crude and, of strata, adjusted."""
    total = TwoByTwoCells.of(pair.sum(axis=0))
    crude = [row for row in two_by_two_measures.crude_risks(total, z) if not row.measure.endswith("newcombe")]
    rows = [two_by_two_measures.crude_odds_ratio(total, z), *crude]
    if stratified:
        t = TwoByTwoCells.of(pair)
        informative = TwoByTwoCells.of(pair[two_by_two_measures.has_information(t)])
        rows += [two_by_two_measures.mh_odds_ratio(informative, z), *two_by_two_measures.mh_risks(t, z)]
    return rows


# --- tests ------------------------------------------------------------------------------------------
def _crude_tests(counts: Array, scores: Array, why: str) -> list[MeasureTest]:
    """Pearson's test, the Cochran-Armitage trend, departure from it, and Mantel's of one table."""
    used = counts.sum(axis=1) > 0
    counts, scores = counts[used], scores[used]
    k, reason = len(counts), _silent(counts[None], scores) or why
    n, size = float(counts.sum()), counts.sum(axis=1)
    event = float(counts[:, 0].sum())
    names = ("Pearson chi-squared", "Cochran-Armitage", "departure from the trend")
    if _silent(counts[None], None):
        pearson = math.nan
    else:
        deviation = counts[:, 0] * (n - event) - counts[:, 1] * event  # n times observed less expected
        pearson = float(np.sum(deviation / size * deviation)) / (event * (n - event))
    linear = math.nan
    if not reason:
        sums, variance = _extension(counts, scores)
        linear = sums**2 / (variance * (n - 1) / n)
    rows = [
        _test("pearson", pearson, k - 1, names[0], _silent(counts[None], None)),
        _test("trend", linear, 1, names[1], reason),
    ]
    if k > 2:
        rows.append(_test("departure", max(pearson - linear, 0.0), k - 2, names[2], reason))
    return [*rows, _test("mantel_extension", linear * (n - 1) / n, 1, "Mantel extension, crude", reason)]


def _stratified_tests(counts: Array, scores: Array, why: str) -> list[MeasureTest]:
    """Mantel's extension over strata, and the general association (Cochran, Mantel and Haenszel)."""
    counts = counts[counts.sum(axis=(1, 2)) > 1]
    sums = [_extension(stratum, scores) for stratum in counts]
    variance = sum(v for _, v in sums)
    reason = why or ("" if variance > 0 else "no stratum says anything on a trend")
    statistic = math.nan if reason else sum(s for s, _ in sums) ** 2 / variance
    general, df = _association(counts)
    why_general = "" if df else "no stratum says anything on the exposure"
    rows = [
        _test("mantel_extension_strata", statistic, 1, "Mantel extension over strata", reason),
        _test("general_association", general, df or math.nan, "Cochran-Mantel-Haenszel, general", why_general),
    ]
    if df > 1:
        rest = max(general - statistic, 0.0)
        rows.append(_test("departure_strata", rest, df - 1, "departure from the trend over strata", reason))
    return rows


def _test(name: str, statistic: float, df: float, method: str, reason: str) -> MeasureTest:
    if reason:
        return MeasureTest(name, math.nan, math.nan, math.nan, method, reason)
    return MeasureTest(name, statistic, df, float(chi2_pvalue(statistic, df)), method)


def _silent(counts: Array, scores: Array | None) -> str:
    """Why counts (K, k, 2) say nothing."""
    total = counts.sum(axis=0)
    if not total.sum(axis=0).all() or (total.sum(axis=1) > 0).sum() < 2:
        return "a margin of the table is zero"
    return "observed levels have one score" if scores is not None and np.ptp(scores) == 0 else ""


def _extension(counts: Array, scores: Array) -> tuple[float, float]:
    """``Σ(aᵢ − eᵢ)xᵢ`` of counts (k, 2) and its variance given all margins (Mantel 1963, eq. 3)."""
    size, n = counts.sum(axis=1), float(counts.sum())
    event = float(counts[:, 0].sum())
    centred = scores - size @ scores / n
    return float(counts[:, 0] @ centred), event * (n - event) / (n * (n - 1)) * float(size @ centred**2)


def _association(counts: Array) -> tuple[float, int]:
    """The quadratic form of ``Σ(aᵢ − eᵢ)`` over strata, and its rank (Landis, Heyman & Koch 1978)."""
    k = counts.shape[1]
    deviation, covariance = np.zeros(k), np.zeros((k, k))
    for stratum in counts:
        size, n = stratum.sum(axis=1), float(stratum.sum())
        event = float(stratum[:, 0].sum())
        deviation += stratum[:, 0] - size * event / n
        covariance += event * (n - event) / (n - 1) * (np.diag(size / n) - np.outer(size, size) / n**2)
    scale = np.sqrt(np.diag(covariance))
    used = scale > 0
    if used.sum() < 2:
        return math.nan, 0
    unit = deviation[used] / scale[used]
    values, vectors = np.linalg.eigh(covariance[np.ix_(used, used)] / np.outer(scale[used], scale[used]))
    spanned = values > 1e-10  # what levels have in common leaves directions without variance
    return float(np.sum((vectors.T[spanned] @ unit) ** 2 / values[spanned])), int(spanned.sum())
