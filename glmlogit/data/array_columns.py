"""Arrays and tables of numbers as float64 model columns: names, shapes and sizes checked, infinities refused."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from glmlogit.data import frames
from glmlogit.data.draft import Draft, Positions, require_unique
from glmlogit.data.storage import Matrix
from glmlogit.errors import DataError, GlmlogitWarning
from glmlogit.messages.calls import warn
from glmlogit.messages.values import first
from glmlogit.messages.words import plural
from glmlogit.numerics.arrays import (
    EXACT_INTEGERS,
    aligned,
    all_finite,
    as_float,
    check_dtype,
    describe_nonfinite,
    shape_of,
)

Array = npt.NDArray[np.float64]


def refuse_infinite(draft: Draft, positions: Positions) -> None:
    """Refuse infinities in the columns a formula uses, by the rows of the original data."""
    for name in draft.frame:
        if draft.frame.finite(name) or getattr((column := draft.frame.column(name)).dtype, "kind", "O") != "f":
            continue
        values = frames.numbers(column)
        if all_finite(values):
            continue
        bad = np.isinf(values)
        if bad.any():
            where, full = np.zeros(positions.total, dtype=bool), np.zeros(positions.total)
            where[positions.of(bad)] = True
            full[positions.array] = values
            raise DataError(f"column {name} has {describe_nonfinite(full, where)}")


def read_columns(X: Any, names: Sequence[str] | None, *, allow_missing: bool) -> tuple[Array, tuple[str, ...]]:
    """Float64 columns (n, p) of an array or table, and their p names."""
    if _is_table(X):
        labels = frames.column_names(X)
        taken = X if isinstance(X, pd.DataFrame) else frames.take(X, list(labels))
        require_unique([str(label) for label in labels])
        matrix = _table_matrix(taken, allow_missing)
        default = tuple(str(label) for label in labels)
    else:
        matrix = plain_matrix(X)
        default = tuple(f"x{j}" for j in range(matrix.shape[1]))
    return matrix, own_names(names, default)


def own_names(names: Sequence[str] | None, default: tuple[str, ...]) -> tuple[str, ...]:
    """Names of columns as given, as many as ``default``, or these."""
    if names is None:
        return default
    own = tuple(str(name) for name in names)
    if len(own) != len(default):
        raise DataError(f"{plural(len(own), 'name')} given for {plural(len(default), 'column')} of X")
    return own


def _is_table(X: Any) -> bool:
    return (
        isinstance(X, (pd.DataFrame, dict))
        or (hasattr(X, "columns") and not isinstance(X, np.ndarray))
        or (hasattr(X, "column_names"))
    )


def _table_matrix(frame: pd.DataFrame, allow_missing: bool) -> Array:
    if frame.shape[1] == 0:
        raise DataError("X has 0 columns; there is nothing to estimate (intercept=True needs at least one)")
    columns = []
    for j in range(frame.shape[1]):
        name = str(frame.columns[j])
        values = frame.iloc[:, j]
        missing = frames.missing_mask(values)
        if missing.any() and not allow_missing:
            raise DataError(
                f"column {j} of X ({name!r}) has {plural(int(missing.sum()), 'missing value')} (null, NaN) in "
                f"{first(np.flatnonzero(missing))}; drop these rows, or give missing='drop'"
            )
        columns.append(as_float(values, f"column {j} of X ({name!r})"))
        _warn_inexact(values, columns[-1], f"column {j} of X ({name!r})")
    return np.column_stack(columns)


def plain_matrix(X: Any) -> Array:
    """Float64 columns (n, p) of something array-like; no copy where it is float64 already."""
    if hasattr(X, "tocsr"):
        raise _sparse_error(X)
    if isinstance(X, np.ma.MaskedArray) and np.ma.getmaskarray(X).any():
        raise DataError(
            f"X has {plural(np.ma.getmaskarray(X).sum(), 'masked cell')}; the values under a mask are not data. "
            f"Drop those rows, or fill them: X.filled(np.nan)"
        )
    shape_of(X, "X")
    array = np.asarray(X)
    check_dtype(array.dtype, "X")
    if array.ndim != 2:
        hint = "X.reshape(-1, 1) makes it one column" if array.ndim == 1 else "pass a 2-D array"
        raise DataError(f"X is {array.ndim}-D with shape {array.shape}; {hint}")
    if array.shape[0] == 0:
        raise DataError(f"X has 0 rows and {plural(array.shape[1], 'column')}; there is nothing to fit")
    if array.shape[1] == 0:
        raise DataError("X has 0 columns; there is nothing to estimate")
    if array.dtype.kind not in "biuf":
        return np.column_stack([as_float(array[:, j], f"column {j} of X") for j in range(array.shape[1])])
    matrix = aligned(array)
    if array.dtype.kind in "iu" and array.size:
        for j in range(array.shape[1]):
            _warn_inexact(array[:, j], matrix[:, j], f"column {j} of X")
    return matrix


def _sparse_error(X: Any) -> DataError:
    values = np.asarray(X.tocoo().data, dtype=float)
    bad = int((~np.isfinite(values)).sum())
    if bad:
        verb = "is" if bad == 1 else "are"
        return DataError(f"sparse X has {plural(bad, 'stored value')} that {verb} NaN or inf")
    return DataError("X is sparse; only dense columns are read. Type X.toarray(), or use a formula with C(...)")


def _warn_inexact(raw: Any, values: Array, what: str) -> None:
    kind = getattr(getattr(raw, "dtype", None), "kind", "f")
    if kind in "iu" and len(values) and np.nanmax(np.abs(values)) > EXACT_INTEGERS:
        warn(
            f"{what} has whole numbers beyond 2**53, which float64 rounds; subtract a constant first if the "
            f"last digits matter",
            GlmlogitWarning,
        )


# Above it splitting a number into halves, which products in double-double begin with, overflows (Dekker 1971).
LARGEST_VALUE = 1e290


def magnitude(X: Matrix, names: Sequence[str], positions: Positions, largest: Array | None = None) -> Array:
    """Largest absolute value of each column, or ``largest``; refuses what is not finite, tiny or huge."""
    magnitude = X.largest() if largest is None else largest
    sizes = magnitude.tolist()
    if all(1e-300 <= size <= LARGEST_VALUE or size == 0 for size in sizes):
        return magnitude
    for j in (j for j, size in enumerate(sizes) if not math.isfinite(size)):
        column = X.column(j)
        bad = ~np.isfinite(column)
        kinds = ", ".join(sorted({"NaN" if np.isnan(v) else "inf" if v > 0 else "-inf" for v in column[bad]}))
        raise DataError(
            f"column {j} of X ({names[j]!r}) has {plural(int(bad.sum()), 'value')} not finite ({kinds}) in "
            f"{first(positions.of(bad))}; no likelihood is defined there. Correct or drop them"
        )
    for j in (j for j, size in enumerate(sizes) if 0 < size < 1e-300):
        raise DataError(
            f"column {j} of X ({names[j]!r}) is subnormal: its largest value is {magnitude[j]:g}, below what float64 "
            f"holds with full precision. Rescale it"
        )
    for j in (j for j, size in enumerate(sizes) if size > LARGEST_VALUE):
        raise DataError(
            f"column {j} of X ({names[j]!r}) reaches {magnitude[j]:g}, where products leave the range of float64. "
            f"Rescale it"
        )
    return magnitude
