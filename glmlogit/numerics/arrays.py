"""Arrays in: one place that turns what users pass into float64, or says what is wrong with it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from glmlogit.errors import DataError
from glmlogit.messages.values import first
from glmlogit.messages.words import plural
from glmlogit.numerics import kernels

Array = npt.NDArray[np.float64]
Index = npt.NDArray[np.intp]

# Whole numbers beyond 2^53 are not all representable as doubles.
EXACT_INTEGERS = 2**53


def shape_of(values: Any, name: str) -> tuple[int, ...]:
    """The shape of something array-like; refuses lists in lists of differing lengths."""
    try:
        shape: tuple[int, ...] = values.shape if isinstance(values, np.ndarray) else np.shape(values)
        return shape
    except ValueError:
        lengths = sorted({len(row) if hasattr(row, "__len__") else 1 for row in values})
        shown = " and ".join(map(str, lengths[:3])) if len(lengths) > 1 else "deeper lists"
        raise DataError(f"{name} is ragged: its rows have {shown} values; each needs the same number") from None


def check_dtype(dtype: Any, what: str) -> None:
    """Refuse dtypes that have no place on the real line, each by name."""
    kind = getattr(dtype, "kind", "O")
    if isinstance(dtype, pd.CategoricalDtype):
        raise DataError(
            f"{what} is categorical; its codes are not numbers. Use a formula, "
            f'gl.design("y ~ C(...)", data), which makes the indicator columns'
        )
    if kind == "c":
        raise DataError(f"{what} is complex ({dtype}); pass its real part if that is what you mean")
    if kind in "mM" or isinstance(dtype, (pd.DatetimeTZDtype, pd.PeriodDtype)):
        raise DataError(
            f"{what} holds datetime values ({dtype}), which have no unit in a model; convert it first, "
            f"for example to years: (t - t.min()) / pd.Timedelta(days=365.25)"
        )
    if getattr(dtype, "names", None):
        raise DataError(f"{what} is a structured array ({dtype}); pass a plain 2-D array or a DataFrame")


def as_float(values: Any, what: str) -> Array:
    """Convert a one-dimensional column to float64; missing values become NaN.

    Raises
    ------
    DataError
        For masked, complex, datetime, categorical, text or other non-numeric values.
    """
    if isinstance(values, np.ma.MaskedArray):
        if np.ma.getmaskarray(values).any():
            raise DataError(
                f"{what} has {plural(np.ma.getmaskarray(values).sum(), 'masked cell')}; the values under a mask "
                f"are not data. Drop those rows, or fill them: a.filled(np.nan)"
            )
        values = values.data
    if not hasattr(values, "dtype"):
        values = np.asarray(values)
    if hasattr(values, "to_numpy") and not isinstance(values, (pd.Series, pd.Index, pd.api.extensions.ExtensionArray)):
        values = values.to_numpy()
    check_dtype(values.dtype, what)
    try:
        if isinstance(values.dtype, pd.api.extensions.ExtensionDtype) and values.dtype.kind in "biuf":
            return np.asarray(values.to_numpy(dtype=float, na_value=np.nan), dtype=np.float64)
        if getattr(values.dtype, "kind", "O") not in "biuf":
            _refuse_text(values, what)
        return aligned(values)
    except (TypeError, ValueError, OverflowError) as error:
        if isinstance(error, DataError):
            raise
        raise DataError(f"{what} is not numeric ({values.dtype}): {error}") from None


def aligned(values: Any) -> Array:
    """Numbers as float64 in memory that C can read."""
    plain = np.asarray(values, dtype=np.float64)
    return plain if plain.flags.aligned else plain.copy()


def _refuse_text(values: Any, what: str) -> None:
    for value in np.asarray(values, dtype=object).ravel():
        if isinstance(value, (str, bytes)):
            raise DataError(
                f"{what} holds text, such as {value!r}; convert it with pd.to_numeric if these are numbers, "
                f"or use a formula if they are categories"
            )
        if isinstance(value, complex):
            raise DataError(f"{what} holds complex values, such as {value!r}; pass real numbers")


def vector(values: Any, name: str, n: int | None = None) -> Array:
    """A finite float64 vector of length ``n``, or an error that names it."""
    if isinstance(values, (dict, set, str, bytes)) or values is None:
        raise DataError(f"{name} is a {type(values).__name__}; pass a one-dimensional array of numbers")
    shape = shape_of(values, name)
    if len(shape) != 1:
        raise DataError(
            f"{name} has shape {shape}; it must be 1-D"
            + (f", such as {name}.ravel()" if len(shape) == 2 else ", with one value per row")
        )
    if n is not None and shape[0] != n:
        raise DataError(f"{name} has {shape[0]} values but the data have {n} rows; they must pair up row by row")
    return as_float(values, name)


def all_finite(values: Array) -> bool:
    """Whether all values are finite; their ``all()`` takes twice as long where they are few."""
    return int(np.count_nonzero(np.isfinite(values))) == values.size


def require_finite(values: Array, name: str) -> None:
    """Refuse NaN and infinities in a vector, with count, kind and first rows."""
    if not all_finite(values):
        raise DataError(f"{name} has {describe_nonfinite(values, ~np.isfinite(values))}")


def describe_nonfinite(values: Array, bad: npt.NDArray[np.bool_]) -> str:
    """``2 values that are not finite (nan, -inf) in rows 3, 8`` and what to do about it."""
    kinds = ", ".join(sorted({_kind(v) for v in values[bad][:1000]}))
    count = int(bad.sum())
    return (
        f"{count} value{'s that are' if count > 1 else ' that is'} not finite ({kinds}) in "
        f"{first(np.flatnonzero(bad))}; no likelihood is defined there. Correct or drop them"
    )


def _kind(value: float) -> str:
    return "NaN" if np.isnan(value) else ("inf" if value > 0 else "-inf")


def same_index(parts: Sequence[tuple[str, Any]]) -> pd.Index | None:
    """The common pandas index of all parts that have one; an error where two disagree.

    Rows are never put in order silently: labels may repeat, and two tables may number other people alike.
    """
    reference: tuple[str, pd.Index] | None = None
    for name, values in parts:
        if not isinstance(values, (pd.Series, pd.DataFrame)):
            continue
        if reference is None:
            reference = (name, values.index)
        elif not reference[1].equals(values.index):
            raise DataError(_mispaired(name, values.index, *reference))
    return reference[1] if reference else None


def _mispaired(name: str, index: pd.Index, owner: str, reference: pd.Index) -> str:
    """How two indexes differ, and what to type."""
    absent = reference.difference(index, sort=False)
    matched = f"{name}.reindex({owner}.index)" if index.is_unique and not len(absent) else ""
    if len(index) != len(reference):
        advice = f". {matched} picks the rows of {owner} by their labels" if matched else ""
        return f"{name} has {len(index)} rows but {owner} has {len(reference)}; they must pair up row by row{advice}"
    as_they_stand = f"pass {name}.to_numpy() if the positions do agree"
    what = f"the pandas index of {name} differs from that of {owner}"
    if matched:
        return f"{what}; pairing by position would mix up rows. Reindex one of them ({matched}), or {as_they_stand}"
    if not len(absent):
        return (
            f"{what}, and labels that stand there more than once cannot pair up rows. Join the tables by a key, or "
            f"{as_they_stand}"
        )
    return (
        f"{what}: {plural(len(absent), 'label')} of {owner}, such as {absent[0]!r}, "
        f"{'is' if len(absent) == 1 else 'are'} not in {name}. Join the tables by a key, or {as_they_stand}"
    )


def observations(weights: Array | None, trials: Array | None, counted: bool) -> Array | None:
    """How many observations each row stands for in what describes a sample (n,); None where that is one each.

    Weight times trials where weights are counts; other weights are scaled so that the sum is the number of
    observations, because their own sum means nothing (Stata's analytic weights are scaled alike).
    """
    if weights is None:
        return trials
    if counted:
        return weights if trials is None else weights * trials
    shares = weights / weights.max()  # sums of weights of 1e300 would overflow
    weighed = shares if trials is None else shares * trials
    number = len(weights) if trials is None else trials.sum()
    return np.asarray(weighed * (number / weighed.sum()))


def quantiles(values: Array, counts: Array | None, shares: npt.ArrayLike) -> Array:
    """Quantiles of values that stand for ``counts`` observations each, or for one.

    The mean of the ordered observations over the stretch from p(n − 1) to p(n − 1) + 1 of their cumulated number:
    type 7 of Hyndman & Fan 1996 (R's default) of the rows as repeated where counts are whole, and continuous in the
    counts where not (Akinshin 2023, *Weighted quantile estimators*).
    """
    if counts is None:
        return np.asarray(np.quantile(values, np.asarray(shares, dtype=np.float64)))
    order = np.argsort(values, kind="stable")
    ordered, reached = values[order], np.cumsum(counts[order])
    starts = np.ravel(np.asarray(shares, dtype=np.float64)) * max(reached[-1] - 1.0, 0.0)
    values_at = np.array([_stretch_mean(ordered, reached, start) for start in starts.tolist()])
    return values_at.reshape(np.shape(shares))


def _stretch_mean(ordered: Array, reached: Array, start: float) -> float:
    """Mean over one observation's length, from ``start``, of a step function that is ``ordered`` up to ``reached``."""
    stop, end = min(start + 1.0, reached[-1]), len(ordered) - 1
    first = min(int(np.searchsorted(reached, start, side="right")), end)
    last = min(int(np.searchsorted(reached, stop)), end)
    lengths = np.diff(np.clip(reached[first : last + 1], start, stop), prepend=start)
    beyond = ordered[first : last + 1] - ordered[first]
    return float(ordered[first] + lengths @ beyond / lengths.sum()) if last > first else float(ordered[first])


def widened(values: Array, positions: Any, size: int) -> Array:
    """Values (k,), or rows (k, m), at their positions among ``size``, 0 elsewhere: (size,) or (size, m)."""
    wide = np.zeros((size, *values.shape[1:]))
    wide[positions] = values
    return wide


def mean(values: Array, counts: Array | None) -> float:
    """Mean of values that stand for ``counts`` observations each, or for one."""
    return float(np.mean(values) if counts is None else counts @ values / counts.sum())


def total(values: Array, counts: Array | None) -> float:
    """Sum over the observations that the values stand for."""
    return float(np.sum(values) if counts is None else counts @ values)


def tally(numbers: npt.NDArray[np.integer[Any]], size: int) -> Array:
    """How often each of 0, …, ``size`` − 1 is among some numbers; compiled, in counts of 16 bits that fit a cache."""
    if kernels.COMPILED and numbers.dtype == np.int32:
        counts = np.zeros(size, dtype=np.uint16)
        kernels._rowpass.tally(numbers, counts)
        if counts.sum(dtype=np.int64) == len(numbers):  # no count was too large
            return counts.astype(np.float64)
    return np.bincount(numbers, minlength=size).astype(np.float64)


def rows_taken(columns: Array, selection: slice | npt.NDArray[Any]) -> Array:
    """Some rows of columns; column by column where they lie in memory so and rows are given by position."""
    by_column = columns.flags.f_contiguous and columns.shape[1] > 1
    if not by_column or isinstance(selection, slice) or selection.dtype == bool:
        return np.ascontiguousarray(columns[selection])
    chosen = np.empty((len(selection), columns.shape[1]), order="F")
    for column, values in zip(chosen.T, columns.T, strict=True):
        values.take(selection, out=column, mode="wrap")
    return chosen


class RowGroups(NamedTuple):
    """Groups (g,) of rows, in order; the rows (m,) in that order, None as they are; where each group begins."""

    codes: npt.NDArray[np.integer[Any]]
    order: Index | None
    first: Index

    def sums(self, values: Array) -> Array:
        """Sums (g,) or (g, k) of values (m,) or (m, k)."""
        return np.add.reduceat(values if self.order is None else values[self.order], self.first, axis=0)

    def products(self, factor: Array) -> Any:
        """The sparse matrix (g, m) that sums rows times a factor (m,)."""
        from scipy.sparse import csr_array

        order = np.arange(len(factor)) if self.order is None else self.order
        ends = np.append(self.first, len(factor))
        return csr_array((factor[order], order, ends), shape=(len(self.first), len(factor)))


def grouped(codes: npt.NDArray[np.integer[Any]]) -> RowGroups:
    """Rows by the codes (m,) of their groups."""
    order = np.argsort(codes, kind="stable") if (codes[1:] < codes[:-1]).any() else None
    codes = codes if order is None else codes[order]
    first = np.flatnonzero(np.diff(codes, prepend=-1))
    return RowGroups(codes[first], order, first)
