"""2×2 tables, crude and stratified: counts from rows or tables in, the classical measures and tests out.

A set of strata is an array of shape (K, 2, 2), each exposed in the first row, events in the first column.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple, Unpack

import numpy as np
import numpy.typing as npt
import pandas as pd

from glmlogit.designs.inputs import effective, gather, side
from glmlogit.documents.paged import checked_printing, printed_as
from glmlogit.documents.style import Printing
from glmlogit.epidemiology import two_by_two_exact, two_by_two_measures
from glmlogit.epidemiology.table_rows import coded_outcome, strata_codes
from glmlogit.epidemiology.two_by_two_measures import MeasureRow, MeasureTest, TwoByTwoCells
from glmlogit.epidemiology.two_by_two_result import TwoByTwo
from glmlogit.errors import DataError
from glmlogit.messages.notes import Note
from glmlogit.messages.options import check_level, names_given
from glmlogit.messages.words import sentence
from glmlogit.numerics.arrays import EXACT_INTEGERS, as_float
from glmlogit.numerics.tails import normal_quantile

Array = npt.NDArray[np.float64]


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
    **printing: Unpack[Printing],
) -> TwoByTwo:
    """Odds ratio, risk ratio, risk difference and tests of a 2×2 table, crude and adjusted for strata.

    Parameters
    ----------
    data : array-like of shape (2, 2) or (K, 2, 2), or table
        Counts ``[[a, b], [c, d]]``: exposed in the first row, events in the first column; strata come first.
        Or rows, where ``outcome`` and ``exposure`` name two-valued columns.
    outcome, exposure : str, optional
        Columns of two values each, where ``data`` is a table of rows.
    strata : str or sequence of str, optional
        Columns whose combinations are the strata.
    event, exposed : value, optional
        The value that is the event, or the exposed group. 0/1 and booleans need none; text and
        categories take their second level.
    weights : column name or array, optional
        Counts of the rows.
    level : float
        Confidence level of the limits.
    **printing
        ``style, digits, p_digits, language, labels``, as :func:`~glmlogit.style` takes them, for its page.

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

    Examples
    --------
    >>> result = gl.two_by_two([[30, 44], [29, 86]])
    >>> result.measures.loc[["risk_difference", "odds_ratio"], ["estimate", "conf_low", "conf_high"]].round(3)
                     estimate  conf_low  conf_high
    measure
    risk_difference     0.153     0.016      0.290
    odds_ratio          2.022     1.081      3.783
    """
    level = check_level(level, 0.95)
    if outcome is None and exposure is None:
        _refuse_row_options(strata=strata, event=event, exposed=exposed, weights=weights)
        counted = _counts_of_table(data)
    else:
        counted = _counts_of_rows(data, outcome, exposure, strata, event, exposed, weights)
    return printed_as(_analyse(counted, level), **checked_printing(printing, outcome, exposure, strata))


# --- counts ---------------------------------------------------------------------------------------
class _Counted(NamedTuple):
    """Counts (K, 2, 2) with the labels of rows, columns and strata; ``strata`` is None for one table."""

    counts: Array
    exposures: pd.Index[Any]
    outcomes: pd.Index[Any]
    strata: pd.Index[Any] | None
    notes: tuple[Note, ...] = ()


def _refuse_row_options(**options: Any) -> None:
    superfluous = [f"{name}=" for name, value in options.items() if value is not None]
    if superfluous:
        raise DataError(
            f"{', '.join(superfluous)} need the rows to count: name the columns as well, for example "
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
    _require_counts(counts, "counts")
    if not counts.any():
        raise DataError("the table has counts of 0 only; there is nothing to compare")
    return counts.reshape(shape)


def _require_counts(counts: Array, what: str) -> None:
    bad = ~(np.isfinite(counts) & (counts >= 0) & (counts <= EXACT_INTEGERS))
    if bad.any():
        raise DataError(f"the table has the count {counts[bad][0]:g}; {what} are numbers from 0 to 2**53")


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
    by = [] if strata is None else names_given("strata", strata)
    _check_columns(outcome, exposure, by)
    draft, _, dropped = effective(gather(data, [outcome, exposure, *by], {"weights": weights}, None), "drop")
    events, outcomes = coded_outcome(draft.frame[outcome], f"outcome {outcome}", "event", event)
    exposures, groups = coded_outcome(draft.frame[exposure], f"exposure {exposure}", "exposed", exposed)
    codes, labels, joined = strata_codes(draft, by)
    cell = 4 * codes + 2 * ~exposures + ~events
    counts = np.bincount(cell, side(draft, "weights"), minlength=4 * max(len(labels), 1)).astype(float)
    _require_counts(counts, "sums of weights")
    return _Counted(
        counts.reshape(-1, 2, 2),
        groups.rename(exposure),
        outcomes.rename(outcome),
        labels if by else None,
        dropped.notes() + joined,
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


# --- from counts to results -----------------------------------------------------------------------
def _analyse(counted: _Counted, level: float) -> TwoByTwo:
    counts = counted.counts
    integer = bool((counts == np.round(counts)).all())
    total = counts.sum(axis=0)
    informative = counts[two_by_two_measures.has_information(TwoByTwoCells.of(counts))]
    measures, tests = _crude(total, level, integer)
    if counted.strata is not None:
        more_measures, more_tests = _adjusted(counts, informative, level, integer)
        measures, tests = measures + more_measures, tests + more_tests
    return TwoByTwo(
        counts=pd.DataFrame(total, counted.exposures, counted.outcomes).astype(np.int64 if integer else float),
        strata=_strata_frame(counted, level, integer),
        measures=pd.DataFrame(measures).set_index("measure"),
        tests=pd.DataFrame(tests).set_index("test"),
        notes=counted.notes + _notes(len(counts) - len(informative), len(counts), counted.strata is not None, integer),
        level=level,
        outcome=str(counted.outcomes.name or ""),
        exposure=str(counted.exposures.name or ""),
        stratified_by="" if counted.strata is None else ", ".join(map(str, counted.strata.names)),
    )


def _notes(silent: int, n_strata: int, stratified: bool, integer: bool) -> tuple[Note, ...]:
    text = "{n} of {all} strata with a margin of zero: no information on the odds ratio there."
    notes = (Note("strata", sentence(text, n=silent, all=n_strata)),) if stratified and silent else ()
    return notes if integer else (*notes, Note("fractional", "Some counts are not whole numbers."))


def _crude(counts: Array, level: float, integer: bool) -> tuple[list[MeasureRow], list[MeasureTest]]:
    t = TwoByTwoCells.of(counts)
    z = normal_quantile(level)
    exact = two_by_two_exact.conditional(counts[None], level, integer)
    measures = [
        two_by_two_measures.crude_odds_ratio(t, z),
        two_by_two_measures.cornfield(t, z),
        *_exact_rows("odds_ratio", exact),
        *two_by_two_measures.crude_risks(t, z),
        *two_by_two_measures.attributable_fractions(t, z),
    ]
    return measures, [*two_by_two_measures.chi_squared(t), *_exact_tests(("fisher_exact", "fisher_mid_p"), exact)]


def _adjusted(
    counts: Array, informative: Array, level: float, integer: bool
) -> tuple[list[MeasureRow], list[MeasureTest]]:
    z = normal_quantile(level)
    exact = two_by_two_exact.conditional(informative, level, integer)
    t = TwoByTwoCells.of(informative)
    odds = two_by_two_measures.mh_odds_ratio(t, z)
    measures = [
        odds,
        *_exact_rows("common_odds_ratio", exact),
        *two_by_two_measures.mh_risks(TwoByTwoCells.of(counts), z),
    ]
    tests = [
        *two_by_two_measures.cochran_mantel_haenszel(t),
        *_exact_tests(("common_exact", "common_mid_p"), exact),
        *two_by_two_measures.breslow_day(t, odds.estimate),
        two_by_two_measures.woolf_homogeneity(t),
    ]
    return measures, tests


def _strata_frame(counted: _Counted, level: float, integer: bool) -> pd.DataFrame:
    """A row a stratum, with Woolf's limits, or where a cell is zero the exact ones."""
    z, rows = normal_quantile(level), []
    for counts in counted.counts if counted.strata is not None else ():
        row = two_by_two_measures.crude_odds_ratio(TwoByTwoCells.of(counts), z)
        if row.estimate in (0.0, math.inf) and integer:
            limits = two_by_two_exact.conditional(counts[None], level, integer).exact
            row = row._replace(conf_low=limits.low, conf_high=limits.high, method="exact")
        rows.append((*counts.ravel(), row.estimate, row.conf_low, row.conf_high, row.method))
    frame = pd.DataFrame(
        rows, columns=["a", "b", "c", "d", "odds_ratio", "conf_low", "conf_high", "method"], index=counted.strata
    )
    return frame.astype(dict.fromkeys("abcd", np.int64)) if integer else frame


def _exact_rows(measure: str, exact: two_by_two_exact.ExactInference) -> list[MeasureRow]:
    kinds = (("exact", exact.exact, "conditional, exact"), ("midp", exact.mid, "conditional, mid-P"))
    return [
        MeasureRow(f"{measure}_{kind}", exact.estimate, math.nan, math.nan, *limits, method, exact.reason)
        for kind, limits, method in kinds
    ]


def _exact_tests(names: tuple[str, str], exact: two_by_two_exact.ExactInference) -> list[MeasureTest]:
    return [
        MeasureTest(names[0], math.nan, math.nan, exact.probability_p, "exact, tables no more probable", exact.reason),
        MeasureTest(names[1], math.nan, math.nan, exact.mid.p_value, "mid-P, twice the smaller tail", exact.reason),
    ]
