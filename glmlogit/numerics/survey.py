"""What a matrix holds, in NumPy: which columns are constant, how large they are, whether numbers are 0 and 1."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from glmlogit.numerics.blocks import block_rows

Array = npt.NDArray[np.float64]


class Survey(NamedTuple):
    """Largest absolute value of each column, NaN or inf where it has one; which hold one value only, not 0."""

    magnitude: Array
    constant: npt.NDArray[np.bool_]


def column_survey_numpy(X: Array) -> Survey:
    """The NumPy twin, block by block."""
    n, p = X.shape
    constant = (X[:100] == X[:1]).all(axis=0) & (X[:1] != 0).any(axis=0)  # few columns pass the first hundred rows
    largest, size = np.zeros(p), block_rows(p)
    if not p:
        return Survey(largest, constant)
    buffer = np.empty((size, p))
    for start in range(0, n, size):
        rows = X[start : start + size]
        _largest_in(rows, buffer, largest)
        for j in np.flatnonzero(constant):
            constant[j] = bool((rows[:, j] == X[0, j]).all())
    return Survey(largest, constant)


def _largest_in(rows: Array, buffer: Array, largest: Array) -> None:
    """Raise ``largest`` to the absolute values of a block of rows."""
    p = rows.shape[1]
    sizes = np.abs(rows, out=buffer[: len(rows)])
    even = len(rows) // 64 * 64
    if even:  # 64 rows side by side: long inner loops, a third of the time
        folded = sizes[:even].reshape(-1, 64 * p).max(axis=0).reshape(64, p)
        np.maximum(largest, folded.max(axis=0), out=largest)
    np.maximum(largest, sizes[even:].max(axis=0, initial=0.0), out=largest)


class ZeroOne(NamedTuple):
    """A copy of values as doubles, −0.0 as 0.0, and how many of them are 0 and 1."""

    values: Array
    zeros: int
    ones: int


def zero_one_numpy(values: Array) -> ZeroOne:
    """The NumPy twin."""
    copy = np.asarray(values, dtype=np.float64) + 0.0
    return ZeroOne(copy, int(np.count_nonzero(copy == 0.0)), int(np.count_nonzero(copy == 1.0)))
