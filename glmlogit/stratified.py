"""Counts in 2×2 tables, crude and stratified: the classical measures, exact limits, Mantel–Haenszel.

Cells are ``a b / c d``: exposed in the first row, events in the first column. A set of strata is an
array of shape (K, 2, 2); every formula below reads the margins ``n1 = a + b``, ``n0 = c + d``,
``m1 = a + c``, ``m0 = b + d`` and ``n`` from :class:`_Cells`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from glmlogit import _format
from glmlogit._arrays import EXACT_INTEGERS, as_float, plural
from glmlogit._tails import chi2_pvalue, normal_pvalue, normal_quantile
from glmlogit.errors import DataError
from glmlogit.intake import Draft, Note, effective, gather, side
from glmlogit.intervals import check_level
from glmlogit.outcome import show
from glmlogit.reporting import Column, Summary, Table, table_from_frame

Array = npt.NDArray[np.float64]
Number = float | Array


@dataclass(frozen=True, repr=False)
class TwoByTwo:
    """What a 2×2 table, or a set of them, says; returned by :func:`two_by_two`.

    Attributes
    ----------
    counts : DataFrame, shape (2, 2)
        Summed over strata; exposed in the first row, events in the first column.
    strata : DataFrame, a row a stratum
        ``a b c d odds_ratio conf_low conf_high method``; no rows without strata.
    measures : DataFrame, by measure
        ``estimate std_error conf_low conf_high p_value method reason``. ``std_error`` is that of the log of a
        ratio, and of the log of 1 − an attributable fraction. It is NaN for methods that have none, as is
        ``p_value`` beside Newcombe's limits; ``reason`` says why any other number is missing.
    tests : DataFrame, by test
        ``statistic df p_value method reason``; exact tests have a p-value only.
    notes : tuple of Note
        Rows dropped, strata without information, exact methods left out.
    level : float
        Confidence level of all limits.
    outcome, exposure, stratified_by : str
        Names, empty for a table without names.
    """

    counts: pd.DataFrame
    strata: pd.DataFrame
    measures: pd.DataFrame
    tests: pd.DataFrame
    notes: tuple[Note, ...]
    level: float
    outcome: str = ""
    exposure: str = ""
    stratified_by: str = ""

    def summary(self) -> Summary:
        """Return the page as an object with ``to_markdown``, ``to_latex`` and ``to_html``."""
        return _page(self)

    def __str__(self) -> str:
        return str(self.summary())

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return self.summary().to_html()


def two_by_two(
    data: Any,
    outcome: str | None = None,
    exposure: str | None = None,
    *,
    strata: str | Sequence[str] | None = None,
    event: Any = None,
    exposed: Any = None,
    weights: Any = None,
    level: float = 0.95,
) -> TwoByTwo:
    """Odds ratio, risk ratio, risk difference and tests of a 2×2 table, crude and adjusted for strata.

    Parameters
    ----------
    data : array-like of shape (2, 2) or (K, 2, 2), or table as in :func:`~glmlogit.design`
        Counts ``[[a, b], [c, d]]``: exposed in the first row, events in the first column; strata come first.
        Or rows, where ``outcome`` and ``exposure`` name two-valued columns.
    outcome, exposure : str, optional
    strata : str or sequence of str, optional
        Columns whose combinations are the strata.
    event, exposed : value, optional
        The value that is the event, or the exposed group. 0/1 and booleans need none; text and
        categories take their second level.
    weights : column name or array, optional
        Counts of the rows.
    level : float

    Returns
    -------
    TwoByTwo
        Frames ``counts strata measures tests``, and ``notes``; it prints as a page.

    Raises
    ------
    DataError
        For a column that does not have two values, counts that are negative or missing, or a wrong shape.

    Notes
    -----
    Woolf 1955; Katz et al. 1978; Newcombe 1998 (method 10); Cornfield 1956, without continuity correction; exact
    limits of the conditional distribution (Fisher 1935) and mid-P limits (Lancaster 1961), both with (1 − level)/2
    in each tail, and with the conditional maximum likelihood estimate. Attributable fractions: Walter 1976, 1978;
    those ending in ``_or`` are for case-control data, where risks mean nothing. Mantel-Haenszel: Robins, Breslow &
    Greenland 1986 (odds ratio), Greenland & Robins 1985 (risk ratio), Sato 1989 (risk difference). Homogeneity:
    Breslow & Day 1980 (eq. 4.30), Tarone 1985, Woolf 1955. Nothing is ever added to a cell.

    *Matches* R's ``fisher.test``, ``chisq.test``, ``mantelhaen.test`` and epiR; Stata's ``cs`` and ``cc``; SAS's
    ``PROC FREQ``. *Differs*: limits are solved to 11 digits, where R's exact ones stop at 1e-4 of the smaller of OR
    and 1/OR. ``p_value`` beside exact limits is twice the smaller tail, as the limits are; ``fisher_exact`` and
    ``common_exact`` of ``tests`` add up the tables no more probable, as R. The continuity correction never exceeds
    the deviation it corrects, where ``mantelhaen.test`` then leaves it out. Strata with a margin of zero count in
    no test of homogeneity nor its df. What epiR calls Cornfield's limits are mid-P limits.
    """
    level = check_level(level, 0.95)
    if outcome is None and exposure is None:
        _refuse_row_options(strata=strata, event=event, exposed=exposed, weights=weights)
        counted = _counts_of_table(data)
    else:
        counted = _counts_of_rows(data, outcome, exposure, strata, event, exposed, weights)
    return _analyse(counted, level)


# --- counts ---------------------------------------------------------------------------------------
class _Counted(NamedTuple):
    """Counts (K, 2, 2) with the labels of rows, columns and strata; ``strata`` is None for one table."""

    counts: Array
    exposures: pd.Index[Any]
    outcomes: pd.Index[Any]
    strata: pd.Index[Any] | None
    notes: tuple[Note, ...] = ()


def _refuse_row_options(**options: Any) -> None:
    given = [f"{name}=" for name, value in options.items() if value is not None]
    if given:
        raise DataError(
            f"{', '.join(given)} need the rows to count: name the columns as well, for example "
            f'two_by_two(data, outcome="low", exposure="smoke"); a table of counts is exposed first, event first'
        )


def _counts_of_table(table: Any) -> _Counted:
    frame = table if isinstance(table, pd.DataFrame) else None
    counts = _table_array(table)
    if frame is None:
        rows, columns = pd.Index(["exposed", "unexposed"]), pd.Index(["event", "no event"])
    else:
        _check_order(frame.index, "row", "exposed", "table[::-1]")
        _check_order(frame.columns, "column", "event", "table.iloc[:, ::-1]")
        rows, columns = frame.index, frame.columns
    strata = None if counts.ndim == 2 else pd.RangeIndex(1, len(counts) + 1, name="stratum")
    return _Counted(counts.reshape(-1, 2, 2), rows, columns, strata)


def _table_array(table: Any) -> Array:
    values = table.to_numpy() if isinstance(table, pd.DataFrame) else table
    try:
        shape = np.shape(values)
    except ValueError:
        shape = ()
    if shape[-2:] != (2, 2) or len(shape) not in (2, 3) or shape[0] == 0:
        hint = ". Strata come first: np.moveaxis(table, -1, 0)" if len(shape) == 3 and shape[:2] == (2, 2) else ""
        raise DataError(
            f"the table has shape {shape}; counts are [[a, b], [c, d]], exposed in the first row and events in the "
            f"first column, or K of them{hint}. To count rows, name columns: "
            f'two_by_two(data, outcome="low", exposure="smoke")'
        )
    counts = as_float(values.ravel() if hasattr(values, "ravel") else np.ravel(values), "the table")
    bad = ~(np.isfinite(counts) & (counts >= 0) & (counts <= EXACT_INTEGERS))
    if bad.any():
        raise DataError(f"the table has the count {counts[bad][0]:g}; counts are numbers from 0 to 2**53")
    if not counts.any():
        raise DataError("the table has counts of 0 only; there is nothing to compare")
    return counts.reshape(shape)


def _check_order(labels: pd.Index[Any], line: str, what: str, flip: str) -> None:
    """A cross-tabulation of 0/1 puts 0 first, which would swap the groups without a word."""
    if [str(label) for label in labels] in (["0", "1"], ["False", "True"], ["0.0", "1.0"]):
        raise DataError(
            f"the first {line} of the table is labelled {labels[0]}, but the first {line} is the {what} one here; "
            f"type {flip} to turn it around"
        )


def _counts_of_rows(
    data: Any, outcome: Any, exposure: Any, strata: Any, event: Any, exposed: Any, weights: Any
) -> _Counted:
    by = [] if strata is None else [strata] if isinstance(strata, str) else list(strata)
    _check_columns(outcome, exposure, by)
    draft, _, dropped = effective(gather(data, [outcome, exposure, *by], {"weights": weights}, None), "drop")
    events, outcomes = _coded(draft.frame[outcome], f"outcome {outcome}", "event", event)
    exposures, groups = _coded(draft.frame[exposure], f"exposure {exposure}", "exposed", exposed)
    codes, labels = _strata_of(draft, by)
    cell = 4 * codes + 2 * ~exposures + ~events
    counts = np.bincount(cell, side(draft, "weights"), minlength=4 * max(len(labels), 1)).astype(float)
    return _Counted(
        counts.reshape(-1, 2, 2),
        groups.rename(exposure),
        outcomes.rename(outcome),
        labels if by else None,
        dropped.notes(),
    )


def _check_columns(outcome: Any, exposure: Any, by: list[Any]) -> None:
    names = [outcome, exposure, *by]
    if not all(isinstance(name, str) for name in names):
        raise DataError(
            f"outcome={outcome!r}, exposure={exposure!r}, strata={by!r}: give names of columns, for example "
            f'two_by_two(data, outcome="low", exposure="smoke", strata="race")'
        )
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        raise DataError(f"column {twice[0]!r} is named twice; outcome, exposure and strata are different columns")


def _coded(values: pd.Series[Any], what: str, option: str, chosen: Any) -> tuple[npt.NDArray[np.bool_], pd.Index[Any]]:
    """Which rows have the event (or exposure), and the two labels, that one first."""
    levels = _levels(values, what)
    if len(levels) != 2:
        shown = ", ".join(show(level) for level in levels[:5]) + (", …" if len(levels) > 5 else "")
        name = what.split(" ", 1)[1]
        raise DataError(
            f"{what} has {plural(len(levels), 'value')} ({shown}); a 2×2 table needs two. Keep two of them, or make "
            f"it two-valued first, for example data.assign({option}=data[{name!r}] == {show(levels[-1])})"
        )
    if chosen is None and _speaks_for_itself(levels):
        chosen = levels[1]
    if chosen is None or chosen not in levels:
        saw = "nothing says which one is meant" if chosen is None else f"{option}={show(chosen)} is neither"
        raise DataError(f"{what} has the values {show(levels[0])} and {show(levels[1])}; {saw}. "
                        f"Type {option}={show(levels[1])} or {option}={show(levels[0])}")  # fmt: skip
    other = levels[1] if chosen == levels[0] else levels[0]
    found = (values == chosen).to_numpy(dtype=bool)
    return found, pd.Index([chosen, other], dtype=None if isinstance(chosen, (int, float)) else object)


def _levels(values: pd.Series[Any], what: str) -> list[Any]:
    if isinstance(values.dtype, pd.CategoricalDtype):
        return list(values.cat.remove_unused_categories().cat.categories)
    try:
        return sorted(values.unique().tolist())
    except TypeError:
        raise DataError(f"{what} mixes values of different kinds; make it 0/1 first") from None


def _speaks_for_itself(levels: list[Any]) -> bool:
    """0/1, booleans and text do; other numbers, such as 1/2, do not."""
    return all(isinstance(level, str) for level in levels) or levels == [0, 1]


def _strata_of(draft: Draft, by: list[str]) -> tuple[npt.NDArray[np.intp], pd.Index[Any]]:
    """A code for each row, and the labels of the codes in order."""
    if not by:
        return np.zeros(draft.n, dtype=np.intp), pd.Index([])
    groups = draft.frame[by].groupby(by, observed=True, sort=True)
    labels = groups.size().index
    return np.asarray(groups.ngroup(), dtype=np.intp), labels


# --- from counts to results -----------------------------------------------------------------------
class _Cells(NamedTuple):
    """Cells and margins of a table, or arrays of them over strata."""

    a: Array
    b: Array
    c: Array
    d: Array

    @classmethod
    def of(cls, counts: Array) -> _Cells:
        return cls(counts[..., 0, 0], counts[..., 0, 1], counts[..., 1, 0], counts[..., 1, 1])

    @property
    def n1(self) -> Array:
        return self.a + self.b

    @property
    def n0(self) -> Array:
        return self.c + self.d

    @property
    def m1(self) -> Array:
        return self.a + self.c

    @property
    def m0(self) -> Array:
        return self.b + self.d

    @property
    def n(self) -> Array:
        return self.n1 + self.n0


class _Row(NamedTuple):
    measure: str
    estimate: float
    std_error: float
    conf_low: float
    conf_high: float
    p_value: float
    method: str
    reason: str = ""


class _Test(NamedTuple):
    test: str
    statistic: float
    df: float
    p_value: float
    method: str
    reason: str = ""


_FRACTIONAL = "exact methods need whole counts"


def _analyse(counted: _Counted, level: float) -> TwoByTwo:
    counts = counted.counts
    whole = bool((counts == np.round(counts)).all())
    total = counts.sum(axis=0)
    informative = counts[_informative(_Cells.of(counts))]
    measures, tests = _crude(total, level, whole)
    if counted.strata is not None:
        more_measures, more_tests = _adjusted(counts, informative, level, whole)
        measures, tests = measures + more_measures, tests + more_tests
    return TwoByTwo(
        counts=pd.DataFrame(total, counted.exposures, counted.outcomes).astype(np.int64 if whole else float),
        strata=_strata_frame(counted, level, whole),
        measures=pd.DataFrame(measures).set_index("measure"),
        tests=pd.DataFrame(tests).set_index("test"),
        notes=counted.notes + _notes(len(counts) - len(informative), len(counts), counted.strata is not None, whole),
        level=level,
        outcome=str(counted.outcomes.name or ""),
        exposure=str(counted.exposures.name or ""),
        stratified_by="" if counted.strata is None else ", ".join(map(str, counted.strata.names)),
    )


def _informative(t: _Cells) -> npt.NDArray[np.bool_]:
    """Strata that say something on the odds ratio: no margin of zero."""
    return np.asarray((t.n1 > 0) & (t.n0 > 0) & (t.m1 > 0) & (t.m0 > 0))


def _notes(silent: int, n_strata: int, stratified: bool, whole: bool) -> tuple[Note, ...]:
    text = f"{silent} of {n_strata} strata with a margin of zero: no information on the odds ratio there."
    found = (Note("strata", text),) if stratified and silent else ()
    return found if whole else (*found, Note("fractional", "Some counts are not whole numbers."))


def _crude(counts: Array, level: float, whole: bool) -> tuple[list[_Row], list[_Test]]:
    t = _Cells.of(counts)
    z = normal_quantile(level)
    exact = _exact_results(counts[None], level, whole)
    measures = [
        _odds_ratio(t, z),
        _cornfield(t, z),
        *_exact_rows("odds_ratio", exact),
        *_risks(t, z),
        *_attributable(t, z),
    ]
    return measures, [*_chi_squared(t), *_exact_tests(("fisher_exact", "fisher_mid_p"), exact)]


def _adjusted(counts: Array, informative: Array, level: float, whole: bool) -> tuple[list[_Row], list[_Test]]:
    z = normal_quantile(level)
    exact = _exact_results(informative, level, whole)
    t = _Cells.of(informative)
    odds = _mh_odds_ratio(t, z)
    measures = [odds, *_exact_rows("common_odds_ratio", exact), *_mh_risks(_Cells.of(counts), z)]
    tests = [
        *_cochran_mantel_haenszel(t),
        *_exact_tests(("common_exact", "common_mid_p"), exact),
        *_breslow_day(t, odds.estimate),
        _woolf_homogeneity(t),
    ]
    return measures, tests


def _strata_frame(counted: _Counted, level: float, whole: bool) -> pd.DataFrame:
    """A row a stratum, with Woolf's limits, or where a cell is zero the exact ones."""
    z, rows = normal_quantile(level), []
    for counts in counted.counts if counted.strata is not None else ():
        row = _odds_ratio(_Cells.of(counts), z)
        if row.estimate in (0.0, math.inf) and whole:
            limits = _exact_results(counts[None], level, whole).exact
            row = row._replace(conf_low=limits.low, conf_high=limits.high, method="exact")
        rows.append((*counts.ravel(), row.estimate, row.conf_low, row.conf_high, row.method))
    frame = pd.DataFrame(
        rows, columns=["a", "b", "c", "d", "odds_ratio", "conf_low", "conf_high", "method"], index=counted.strata
    )
    return frame.astype(dict.fromkeys("abcd", np.int64)) if whole else frame


# --- measures with Wald limits --------------------------------------------------------------------
def _ratio(measure: str, top: Number, bottom: Number, variance: Number, z: float, method: str) -> _Row:
    """``top/bottom`` with limits from the log; 0 and infinite ratios have no standard error."""
    estimate = _quotient(float(top), float(bottom))
    if not (0 < estimate < math.inf and 0 < variance < math.inf):
        return _Row(measure, estimate, *(math.nan,) * 4, method, _no_limits(estimate))
    log, error = math.log(estimate), math.sqrt(variance)
    low, high = _exp(log - z * error), _exp(log + z * error)
    return _Row(measure, estimate, error, low, high, float(normal_pvalue(log / error)), method)


def _exp(x: float) -> float:
    """``e^x``, inf where that overflows."""
    return math.exp(x) if x < 709.0 else math.inf


def _quotient(top: float, bottom: float) -> float:
    if bottom == 0:
        return math.nan if top == 0 or math.isnan(top) else math.inf
    return top / bottom


def _no_limits(estimate: float) -> str:
    if math.isnan(estimate):
        return "a margin of the table is zero: nothing to compare"
    if 0 < estimate < math.inf:
        return "all subjects have the same outcome: no variation to compute a standard error from"
    return "a cell of zero: the log of the ratio is infinite and has no standard error"


def _odds_ratio(t: _Cells, z: float) -> _Row:
    """Woolf 1955: var log OR = 1/a + 1/b + 1/c + 1/d."""
    return _ratio("odds_ratio", t.a * t.d, t.b * t.c, _reciprocals(t), z, "Woolf")


def _reciprocals(t: _Cells) -> Array:
    with np.errstate(divide="ignore"):
        return np.asarray(1.0 / t.a + 1.0 / t.b + 1.0 / t.c + 1.0 / t.d)


def _cornfield(t: _Cells, z: float) -> _Row:
    """Cornfield 1956: the odds ratios whose fitted table ``A`` has ``(a − A)²(1/A + 1/B + 1/C + 1/D) = z²``."""
    name, method = "odds_ratio_cornfield", "Cornfield, score limits"
    if not _informative(t):
        return _Row(name, *(math.nan,) * 5, method, _no_limits(math.nan))
    low, inverse = _cornfield_low(t, z), _cornfield_low(_Cells(t.c, t.d, t.a, t.b), z)
    p = float(chi2_pvalue(_pearson(t), 1))
    return _Row(name, _quotient(float(t.a * t.d), float(t.b * t.c)), math.nan, low, _quotient(1.0, inverse), p, method)


def _cornfield_low(t: _Cells, z: float) -> float:
    """The lower limit: a and d shrink, the smaller of them to ``e^−x`` of itself, until the deviation is z."""
    from scipy.optimize import brentq

    small = float(min(t.a, t.d))
    if small == 0:
        return 0.0

    def fitted(x: float) -> _Cells:
        move = -small * math.expm1(-x)
        left = small * math.exp(-x)  # adding what is left keeps the digits that taking away would lose
        return _Cells(t.a - small + left, t.b + move, t.c + move, t.d - small + left)

    def excess(x: float) -> float:
        return -small * math.expm1(-x) * math.sqrt(_reciprocals(fitted(x))) - z if x else -z

    found = fitted(brentq(excess, 0.0, 700.0, xtol=1e-300, rtol=1e-15))
    return float(found.a * found.d / (found.b * found.c))


def _risks(t: _Cells, z: float) -> list[_Row]:
    """Risk ratio (Katz et al. 1978) and risk difference (Wald; Newcombe 1998, method 10)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        # 1/a − 1/n1 = b/(a·n1), without the subtraction
        log_variance = t.b / (t.a * t.n1) + t.d / (t.c * t.n0)
        p1, p0 = t.a / t.n1, t.c / t.n0
        variance = t.a * t.b / t.n1**3 + t.c * t.d / t.n0**3
        ratio = _ratio("risk_ratio", p1, p0, log_variance, z, "Katz")
        difference = (t.a * t.d - t.b * t.c) / (t.n1 * t.n0)
    return [
        ratio,
        _difference("risk_difference", difference, variance, z, "Wald"),
        _newcombe(t, float(difference), z),
    ]


def _difference(measure: str, estimate: Number, variance: Number, z: float, method: str) -> _Row:
    value = float(estimate)
    if not variance > 0:
        missing = "one of the groups is empty" if math.isnan(value) else "no variation within either group"
        return _Row(measure, value, *(math.nan,) * 4, method, f"{missing}: no standard error")
    error = math.sqrt(variance)
    p = float(normal_pvalue(value / error))
    return _Row(measure, value, error, value - z * error, value + z * error, p, method)


def _newcombe(t: _Cells, estimate: float, z: float) -> _Row:
    name, method = "risk_difference_newcombe", "Newcombe, score limits"
    if math.isnan(estimate):
        return _Row(name, estimate, *(math.nan,) * 4, method, "one of the groups is empty")
    (low1, high1), (low0, high0) = _wilson_reach(t.a, t.b, z), _wilson_reach(t.c, t.d, z)
    low, high = estimate - math.hypot(low1, high0), estimate + math.hypot(high1, low0)
    return _Row(name, estimate, math.nan, low, high, math.nan, method)


def _wilson_reach(events: Array, others: Array, z: float) -> tuple[float, float]:
    """How far Wilson's limits (1927) lie below and above a proportion."""
    x, y = float(events), float(others)
    n = x + y
    half, scale = z * math.sqrt(z * z / 4 + x * y / n), n + z * z
    drift = z * z * (y - x) / (2 * n)  # of the midpoint towards one half, times the scale
    return (half - drift) / scale, (half + drift) / scale


def _attributable(t: _Cells, z: float) -> list[_Row]:
    """Attributable fractions, each 1 − a ratio whose limits are known from its log.

    Population fractions: Walter 1976 (risks: multinomial sampling), Walter 1978 (odds: events and non-events
    sampled separately).
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        risks = (t.c / t.n0, t.a / t.n1, t.b / (t.a * t.n1) + t.d / (t.c * t.n0))
        odds = (t.b * t.c, t.a * t.d, _reciprocals(t))
        share = (t.a * t.d - t.b * t.c) / (t.m1 * t.n0)
        overall = (t.c / t.n0, t.m1 / t.n, (t.b + share * (t.a + t.d)) / (t.n * t.c))
        case_control = (t.c / t.m1, t.d / t.m0, t.a / (t.m1 * t.c) + t.b / (t.m0 * t.d))
    ratios = {
        "attributable_fraction_exposed": (risks, "1 − 1/risk ratio, Katz"),
        "attributable_fraction_population": (overall, "cohort, Walter"),
        "attributable_fraction_exposed_or": (odds, "1 − 1/odds ratio, Woolf"),
        "attributable_fraction_population_or": (case_control, "case-control, Walter"),
    }
    return [_one_less(_ratio(name, *numbers, z, method)) for name, (numbers, method) in ratios.items()]


def _one_less(row: _Row) -> _Row:
    return row._replace(estimate=1 - row.estimate, conf_low=1 - row.conf_high, conf_high=1 - row.conf_low)


# --- tests of one table ---------------------------------------------------------------------------
def _pearson(t: _Cells, correction: float = 0.0) -> float:
    """Pearson's chi-squared ``n(|ad − bc| − correction·n)²/(n1·n0·m1·m0)``; Yates' correction is 1/2."""
    deviation = max(abs(float(t.a * t.d - t.b * t.c)) - correction * float(t.n), 0.0)
    return float(t.n * deviation / (t.n1 * t.n0) * deviation / (t.m1 * t.m0))


def _chi_squared(t: _Cells) -> list[_Test]:
    names = {"pearson": ("Pearson chi-squared", 0.0), "yates": ("chi-squared with Yates' correction", 0.5)}
    if not _informative(t):
        return [_undefined(name, method, "a margin of the table is zero") for name, (method, _) in names.items()]
    return [_chi2(name, _pearson(t, correction), 1, method) for name, (method, correction) in names.items()]


def _chi2(test: str, statistic: float, df: int, method: str) -> _Test:
    return _Test(test, statistic, df, float(chi2_pvalue(statistic, df)), method)


def _undefined(test: str, method: str, reason: str) -> _Test:
    return _Test(test, math.nan, math.nan, math.nan, method, reason)


# --- exact conditional inference ------------------------------------------------------------------
class _Weights(NamedTuple):
    """Log weights of the total of ``a`` given all margins, at odds ratio 1, relative to the observed total.

    ``excess`` is that total less the observed one; at log odds ratio θ the log weight is ``log + θ·excess``.
    """

    excess: Array
    log: Array


class _Limits(NamedTuple):
    low: float
    high: float
    p_value: float


class _Exact(NamedTuple):
    estimate: float
    exact: _Limits
    mid: _Limits
    probability_p: float
    reason: str = ""


def _no_exact(reason: str) -> _Exact:
    none = _Limits(math.nan, math.nan, math.nan)
    return _Exact(math.nan, none, none, math.nan, reason)


def _exact_results(counts: Array, level: float, whole: bool) -> _Exact:
    """Conditional estimate of the common odds ratio of tables (K, 2, 2), exact and mid-P limits and p-values."""
    counts = counts[_informative(_Cells.of(counts))]
    if not whole or not len(counts):
        return _no_exact("a margin of the table is zero: nothing to compare" if whole else _FRACTIONAL)
    t = _Cells.of(counts)
    start = _start(t)
    left, right = _windows(t, start)
    if np.sum(right - left) > _MOST_VALUES:
        return _no_exact("counts too large to add up every table; at this size asymptotic limits are as good")
    parts = [_stratum_weights(*row) for row in np.stack([*t, left, right], axis=1).tolist()]
    log_total = sum(_log_sum(part.log) for part in parts)
    near = _total(parts, start, smallest=1e-150)
    estimate = _conditional_estimate(near, start)
    exact, mid = (_tail_limits(near, estimate, start, level, log_total, half) for half in (False, True))
    null = _total(parts, 0.0, smallest=max(1e-25 * exact.p_value, 1e-300))
    return _Exact(_exp(estimate), exact, mid, _probability_p(null, log_total))


def _start(t: _Cells) -> float:
    """A finite log odds ratio near the estimate: Mantel and Haenszel's sums plus ½. It only starts searches."""
    return math.log((float(np.sum(t.a * t.d / t.n)) + 0.5) / (float(np.sum(t.b * t.c / t.n)) + 0.5))


def _fitted(t: _Cells, odds_ratio: float) -> _Cells:
    """The tables with the margins of ``t`` and this odds ratio: the root of a quadratic in ``a``."""
    q = 1.0 - odds_ratio
    half = t.n0 - t.m1 + odds_ratio * (t.n1 + t.m1)
    product = odds_ratio * t.n1 * t.m1
    root = np.sqrt(np.maximum(half**2 + 4.0 * q * product, 0.0))
    with np.errstate(divide="ignore", invalid="ignore"):  # of the two forms the one without cancellation
        a = np.where(half >= 0, 2.0 * product / (half + root), (root - half) / (2.0 * q))
    a = np.clip(a, np.maximum(t.m1 - t.n0, 0.0), np.minimum(t.n1, t.m1))
    return _Cells(a, t.n1 - a, t.m1 - a, t.n0 - t.m1 + a)


# 40 standard deviations hold all of a log-concave distribution but e^−40 at the very most; the margin is for
# distributions so near an end of their range that their standard deviation says little.
_DEVIATIONS, _MARGIN = 40.0, 1000.0
_MOST_VALUES = 10**7  # of the windows together: half a gigabyte, a second


def _windows(t: _Cells, start: float) -> tuple[Array, Array]:
    """For each stratum the values of ``a`` that are likely at the start or at odds ratio 1, and those between."""
    left, right = t.a, t.a
    for odds_ratio in (1.0, math.exp(start)):
        fitted = _fitted(t, odds_ratio)
        reach = _DEVIATIONS / np.sqrt(_reciprocals(fitted)) + _MARGIN
        left, right = np.minimum(left, fitted.a - reach), np.maximum(right, fitted.a + reach)
    left, right = np.floor(left), np.ceil(right)
    return np.maximum(left, np.maximum(t.m1 - t.n0, 0.0)), np.minimum(right, np.minimum(t.n1, t.m1))


def _stratum_weights(a: float, b: float, c: float, d: float, left: float, right: float) -> _Weights:
    """Log weights by adding up log ratios outwards from ``a``: log-gammas of 1e6 would cost nine digits."""
    up, down = np.arange(right - a), np.arange(a - left)
    rising = np.log((b - up) * (c - up) / ((a + up + 1.0) * (d + up + 1.0)))
    falling = np.log((a - down) * (d - down) / ((b + down + 1.0) * (c + down + 1.0)))
    log = np.concatenate([np.cumsum(falling)[::-1], [0.0], np.cumsum(rising)])
    return _Weights(np.arange(left - a, right - a + 1.0, dtype=np.float64), log)


def _log_sum(x: Array) -> float:
    top = float(x.max())
    return top + math.log(float(np.sum(np.exp(x - top))))


class _Run(NamedTuple):
    """Consecutive weights, divided by their largest: the first value, the weights, the log of the divisor."""

    first: float
    weight: Array
    shift: float


def _total(parts: list[_Weights], theta: float, smallest: float) -> _Weights:
    """The weights of the sum over strata, convolved at log odds ratio θ, where its bulk is.

    All terms are positive, so each weight keeps its relative accuracy. Those below ``smallest`` times the
    largest are left out.
    """
    if len(parts) == 1:
        return parts[0]
    runs = [_run(part.excess[0], part.log + theta * part.excess, smallest) for part in parts]
    while len(runs) > 1:
        pairs = zip(runs[::2], runs[1::2], strict=False)
        runs = [_convolved(x, y, smallest) for x, y in pairs] + runs[len(runs) // 2 * 2 :]
    excess = runs[0].first + np.arange(len(runs[0].weight), dtype=np.float64)
    return _Weights(excess, np.asarray(np.log(runs[0].weight) + runs[0].shift - theta * excess))


def _run(first: float, log: Array, smallest: float) -> _Run:
    top = float(log.max())
    return _trimmed(_Run(float(first), np.exp(log - top), top), smallest)


def _convolved(x: _Run, y: _Run, smallest: float) -> _Run:
    weight = np.convolve(x.weight, y.weight)
    top = float(weight.max())
    return _trimmed(_Run(x.first + y.first, weight / top, x.shift + y.shift + math.log(top)), smallest)


def _trimmed(run: _Run, smallest: float) -> _Run:
    kept = np.flatnonzero(run.weight > smallest)
    return _Run(run.first + float(kept[0]), run.weight[kept[0] : kept[-1] + 1], run.shift)


def _conditional_estimate(w: _Weights, start: float) -> float:
    """The log odds ratio at which the total has the observed value as its mean; ±inf at an end of its range."""
    if w.excess[0] == 0 or w.excess[-1] == 0:
        return -math.inf if w.excess[0] == 0 else math.inf

    def mean_excess(theta: float) -> float:
        log = w.log + theta * w.excess
        weight = np.exp(log - log.max())
        return float(weight @ w.excess / weight.sum())

    return _increasing_root(mean_excess, start, 0.1)


def _log_tail(w: _Weights, theta: float, upper: bool, mid: bool) -> float:
    """Log weight at θ of totals as large (small) as the observed one or more so; half of its own for mid-P."""
    at = int(-w.excess[0])
    beyond = slice(at, None) if upper else slice(0, at + 1)
    log = w.log[beyond] + theta * w.excess[beyond]
    if mid:
        log[0 if upper else -1] -= math.log(2.0)
    return _log_sum(log)


def _tail_limits(w: _Weights, estimate: float, start: float, level: float, log_total: float, mid: bool) -> _Limits:
    """Odds ratios at which a tail beyond the observed total has probability (1 − level)/2."""
    target = math.log((1.0 - level) / 2.0)

    def gap(upper: bool) -> Callable[[float], float]:
        sign = 1.0 if upper else -1.0
        return lambda theta: sign * (_log_tail(w, theta, upper, mid) - _log_sum(w.log + theta * w.excess) - target)

    ends = [
        0.0 if estimate == -math.inf else _exp(_increasing_root(gap(True), start, 0.1)),
        math.inf if estimate == math.inf else _exp(_increasing_root(gap(False), start, 0.1)),
    ]
    tail = min(_log_tail(w, 0.0, upper, mid) for upper in (True, False)) - log_total
    return _Limits(ends[0], ends[1], min(2.0 * math.exp(tail), 1.0))


def _increasing_root(f: Callable[[float], float], start: float, step: float) -> float:
    """Bracket by doubling steps from ``start``, then Brent's method."""
    from scipy.optimize import brentq

    low = high = start
    while f(low) > 0:
        low, high, step = low - step, low, 2.0 * step
    while f(high) < 0:
        low, high, step = high, high + step, 2.0 * step
    return low if low == high else float(brentq(f, low, high, xtol=1e-15, rtol=1e-15))


def _probability_p(w: _Weights, log_total: float) -> float:
    """Probability of totals no more probable than the observed one, ties within 1e-7 as in R's ``fisher.test``."""
    observed = w.log[w.excess == 0]
    if not len(observed):  # trimmed: below 1e-300
        return 0.0
    return min(math.exp(_log_sum(w.log[w.log <= observed[0] + 1e-7]) - log_total), 1.0)


def _exact_rows(measure: str, found: _Exact) -> list[_Row]:
    kinds = (("exact", found.exact, "conditional, exact"), ("midp", found.mid, "conditional, mid-P"))
    return [
        _Row(f"{measure}_{kind}", found.estimate, math.nan, *limits, method, found.reason)
        for kind, limits, method in kinds
    ]


def _exact_tests(names: tuple[str, str], found: _Exact) -> list[_Test]:
    return [
        _Test(names[0], math.nan, math.nan, found.probability_p, "exact, tables no more probable", found.reason),
        _Test(names[1], math.nan, math.nan, found.mid.p_value, "mid-P, twice the smaller tail", found.reason),
    ]


# --- over strata ----------------------------------------------------------------------------------
def _mh_odds_ratio(t: _Cells, z: float) -> _Row:
    """Mantel & Haenszel 1959; variance of Robins, Breslow & Greenland 1986."""
    p, q = (t.a + t.d) / t.n, (t.b + t.c) / t.n
    r, s = t.a * t.d / t.n, t.b * t.c / t.n
    big_r, big_s = np.sum(r), np.sum(s)
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = (
            np.sum(p * r) / (2 * big_r**2)
            + np.sum(p * s + q * r) / (2 * big_r * big_s)
            + np.sum(q * s) / (2 * big_s**2)
        )
    return _ratio("mh_odds_ratio", big_r, big_s, variance, z, "Mantel-Haenszel; RBG variance")


def _mh_risks(t: _Cells, z: float) -> list[_Row]:
    """Greenland & Robins 1985 for the risk ratio, Sato 1989 for the risk difference."""
    t = _Cells(*(cell[(t.n1 > 0) & (t.n0 > 0)] for cell in t))
    r, s = t.a * t.n0 / t.n, t.c * t.n1 / t.n
    weight = np.sum(t.n1 * t.n0 / t.n)
    with np.errstate(divide="ignore", invalid="ignore"):
        log_variance = np.sum((t.m1 * t.n1 * t.n0 - t.a * t.c * t.n) / t.n**2) / (np.sum(r) * np.sum(s))
        estimate = np.sum((t.a * t.d - t.b * t.c) / t.n) / weight
        p = (t.n1**2 * t.c - t.n0**2 * t.a + t.n1 * t.n0 * (t.n0 - t.n1) / 2) / t.n**2
        q = (t.a * t.d + t.b * t.c) / (2 * t.n)
        variance = (estimate * np.sum(p) + np.sum(q)) / weight**2
    return [
        _ratio("mh_risk_ratio", np.sum(r), np.sum(s), log_variance, z, "Mantel-Haenszel; GR variance"),
        _difference("mh_risk_difference", estimate, variance, z, "Mantel-Haenszel; Sato variance"),
    ]


def _cochran_mantel_haenszel(t: _Cells) -> list[_Test]:
    names = {
        "mantel_haenszel": ("Mantel-Haenszel chi-squared", 0.0),
        "mantel_haenszel_corrected": ("Mantel-Haenszel chi-squared, continuity corrected", 0.5),
    }
    if not len(t.a) or (t.n <= 1).any():
        reason = "a stratum has a total of 1 or less" if len(t.a) else "every stratum has a margin of zero"
        return [_undefined(name, method, reason) for name, (method, _) in names.items()]
    # a − E = (ad − bc)/n, which keeps the digits that the difference of large counts would lose
    deviation = abs(float(np.sum((t.a * t.d - t.b * t.c) / t.n)))
    variance = float(np.sum(t.n1 * (t.m1 / t.n) * t.n0 * (t.m0 / t.n) / (t.n - 1.0)))
    return [
        _chi2(name, max(deviation - correction, 0.0) ** 2 / variance, 1, method)
        for name, (method, correction) in names.items()
    ]


_FEW = "homogeneity needs two strata without a margin of zero"


def _breslow_day(t: _Cells, odds_ratio: float) -> list[_Test]:
    """Breslow & Day 1980 (eq. 4.30) at Mantel and Haenszel's estimate, and with Tarone's correction (1985)."""
    names = {"breslow_day": "Breslow-Day homogeneity", "breslow_day_tarone": "Breslow-Day homogeneity, Tarone"}
    few = len(t.a) < 2
    if few or not 0 < odds_ratio < math.inf:
        reason = _FEW if few else "the common odds ratio is 0 or infinite: no table is fitted"
        return [_undefined(name, method, reason) for name, method in names.items()]
    fitted = _fitted(t, odds_ratio)
    deviation, variance = t.a - fitted.a, 1.0 / _reciprocals(fitted)
    statistic = float(np.sum(deviation**2 / variance))
    correction = float(np.sum(deviation) ** 2 / np.sum(variance))
    numbers = (statistic, statistic - correction)
    return [_chi2(name, x, len(t.a) - 1, names[name]) for name, x in zip(names, numbers, strict=True)]


def _woolf_homogeneity(t: _Cells) -> _Test:
    """Woolf 1955: log odds ratios about their mean, weighted by inverse variances."""
    name, method = "woolf", "Woolf homogeneity"
    if len(t.a) < 2:
        return _undefined(name, method, _FEW)
    weight = 1.0 / _reciprocals(t)
    if not weight.all():
        return _undefined(name, method, f"{_format.count(np.sum(weight == 0))} of the strata with a cell of zero")
    log = np.log(t.a * t.d / (t.b * t.c))
    mean = np.sum(weight * log) / np.sum(weight)
    return _chi2(name, float(np.sum(weight * (log - mean) ** 2)), len(log) - 1, method)


# --- the page -------------------------------------------------------------------------------------
def _page(t: TwoByTwo) -> Summary:
    title = f"2×2 table: {t.outcome} by {t.exposure}" if t.outcome else "2×2 table"
    crude = ~t.measures.index.str.startswith(("mh_", "common_"))
    tables = [
        _counts_table(t.counts),
        _measures_table("Crude" if t.stratified_by else None, t.measures[crude], t.level),
    ]
    if t.stratified_by:
        tables.append(_measures_table(f"Adjusted for {t.stratified_by}", t.measures[~crude], t.level))
        tables.append(table_from_frame(t.strata, title="Strata", formats=dict.fromkeys("abcd", "count")))
    return Summary(
        title=title + (f", stratified by {t.stratified_by}" if t.stratified_by else ""),
        header=_header(t),
        tables=(*tables, _tests_table(t.tests)),
        notes=(*(note.text for note in t.notes), *_reasons(t)),
    )


def _header(t: TwoByTwo) -> tuple[tuple[str, str], ...]:
    event, exposed = (show(labels[0]) for labels in (t.counts.columns, t.counts.index))
    named = (("Event", f"{t.outcome} = {event}"), ("Exposed", f"{t.exposure} = {exposed}")) if t.outcome else ()
    size = _format.count(float(t.counts.to_numpy().sum()))
    return (*named, ("Observations", size + (f" in {len(t.strata)} strata" if t.stratified_by else "")))


def _counts_table(counts: pd.DataFrame) -> Table:
    """The counts with their totals and the risk of each row."""
    full = np.vstack([counts, counts.sum()]).astype(float)
    total = full.sum(axis=1)
    cells = [[_format.count(x) for x in column] for column in (*full.T, total)]
    heads = [*_named(counts.columns), "Total", "Risk"]
    columns = (Column("", "", "left"), *(Column(head, head) for head in heads))
    with np.errstate(invalid="ignore"):  # an empty group has no risk
        risk = _format.ratios(full[:, 0] / total)
    return Table(None, columns, tuple(zip([*_named(counts.index), "Total"], *cells, risk, strict=True)))


def _named(labels: pd.Index[Any]) -> list[str]:
    return [f"{labels.name} = {show(label)}" if labels.name else str(label) for label in labels]


def _measures_table(title: str | None, measures: pd.DataFrame, level: float) -> Table:
    limits = [_format.ratios(measures[key]) for key in ("conf_low", "conf_high")]
    columns = (
        Column("measure", "", "left"),
        Column("estimate", "Estimate"),
        Column("conf", f"[{100 * level:g}% CI]"),
        Column("p_value", "p-value"),
        Column("method", "Method", "left"),
    )
    cells = (
        map(str, measures.index),
        _format.ratios(measures["estimate"]),
        _format.intervals(*limits),
        _format.pvalues(measures["p_value"]),
        measures["method"],
    )
    return Table(title, columns, tuple(zip(*cells, strict=True)))


def _tests_table(tests: pd.DataFrame) -> Table:
    """Exact tests have no statistic: its cell stays empty, which NA would not say."""
    columns = (
        Column("test", "", "left"),
        Column("statistic", "Statistic"),
        Column("df", "df"),
        Column("p_value", "p-value"),
        Column("method", "Method", "left"),
    )
    exact = tests["statistic"].isna() & (tests["reason"] == "")
    cells = [_format.statistics(tests["statistic"]), [_format.count(x) for x in tests["df"]]]
    shown = [["" if blank else cell for blank, cell in zip(exact, column, strict=True)] for column in cells]
    rows = zip(map(str, tests.index), *shown, _format.pvalues(tests["p_value"]), tests["method"], strict=True)
    return Table("Tests", columns, tuple(rows))


def _reasons(t: TwoByTwo) -> list[str]:
    """Why numbers are missing: a sentence for each reason, with those it concerns."""
    reasons = pd.concat([t.measures["reason"], t.tests["reason"]])
    given = reasons[reasons != ""]
    return [f"{', '.join(map(str, rows.index))}: {reason}." for reason, rows in given.groupby(given, sort=False)]
