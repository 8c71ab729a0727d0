"""Covariate patterns: which rows hold the same values, so that they can be counted instead of repeated.

A likelihood, its score and its information are sums over rows, so rows of one pattern can enter as one row with the
sum of their events and of their trials. They are found exactly; a sample of rows tells first whether it pays.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

Array = npt.NDArray[np.float64]
Codes = npt.NDArray[Any]

# Rows from which patterns are looked for, rows looked at first, and rows a pattern must have on average.
LEAST_ROWS, SAMPLE, LEAST_REPEATS = 1 << 14, 2048, 16
# Columns of numbers from which looking for patterns among them is cheaper than fitting all rows.
LEAST_COLUMNS = 16
# Rows that a 32-bit integer can number.
_MOST_ROWS = 1 << 31
# Rows of a block: a few of its vectors stay in a core's second-level cache.
_BLOCK = 1 << 15
# Integers of a smaller range are their own codes.
_SMALL_RANGE = 1 << 16
# Combinations that a 64-bit integer can number.
_LARGEST_KEY = 1 << 62


class CodedVariable(NamedTuple):
    """A variable of ``size`` values by their codes (n,)."""

    codes: Codes
    size: int


class Patterns(NamedTuple):
    """Pattern of each row (n,), and a row (m,) of each pattern."""

    codes: npt.NDArray[np.int32]
    rows: npt.NDArray[np.int32]

    def counts(self) -> Array:
        """How many rows each pattern has (m,)."""
        return np.array(counts(self.codes, len(self.rows)), dtype=np.float64)

    def total(self, values: Array) -> Array:
        """Sum of values over the rows of each pattern (m,)."""
        return sums(self.codes, values, len(self.rows))

    def take(self, positions: npt.NDArray[np.intp]) -> Patterns:
        """Patterns of some of the rows, in their order."""
        codes, place = self.codes.take(positions), np.empty(len(self.rows), dtype=np.int32)
        occurring = np.flatnonzero(counts(codes, len(self.rows)))
        place[occurring] = np.arange(len(occurring), dtype=np.int32)
        codes, rows = place[codes], np.empty(len(occurring), dtype=np.int32)
        rows[codes] = np.arange(len(codes), dtype=np.int32)
        return Patterns(codes, rows)

    def constant(self, values: Array) -> bool:
        """Whether values are the same in all rows of each pattern."""
        each = values[self.rows]
        return all((each[self.codes[part]] == values[part]).all() for part in _blocks(len(values)))


def _blocks(n: int, p: int = 1) -> list[slice]:
    size = max(_BLOCK // p, 1)
    return [slice(start, min(start + size, n)) for start in range(0, n, size)]


def counts(codes: Codes, size: int) -> npt.NDArray[np.int64]:
    """How often each code occurs (size,), from codes (n,), which are not copied as wider integers where few differ."""
    if size > _BLOCK:
        return np.bincount(codes, minlength=size)
    totals = np.zeros(size, dtype=np.int64)
    for part in _blocks(len(codes)):
        totals += np.bincount(codes[part], minlength=size)
    return totals


def sums(codes: Codes, values: Array, size: int) -> Array:
    """Sums (size,) of values (n,) by code; where there are more codes than rows of a block, in one go."""
    if size > _BLOCK:
        return np.asarray(np.bincount(codes, values, minlength=size), dtype=np.float64)
    totals = np.zeros(size)
    for part in _blocks(len(codes)):
        totals += np.bincount(codes[part], values[part], minlength=size)
    return totals


def likely(variables: Sequence[CodedVariable | Array], n: int) -> bool:
    """Whether a sample of rows repeats itself so much that there are few patterns among all.

    Chao's (1984) estimate ``d + f₁²/2f₂`` of their number, from d distinct rows of which f₁ came once, f₂ twice.
    """
    if not LEAST_ROWS <= n < _MOST_ROWS:
        return False
    sample = slice(None, None, max(n // SAMPLE, 1))
    key = np.zeros(len(range(n)[sample]), dtype=np.int64)
    for variable in variables:
        part = variable.codes[sample] if isinstance(variable, CodedVariable) else pd.factorize(variable[sample])[0]
        key, _ = pd.factorize(key * (int(part.max()) + 1) + part)
    return _repeats(key, n)


def _repeats(sample: Codes, n: int) -> bool:
    often = np.bincount(sample)
    once, twice = int((often == 1).sum()), int((often == 2).sum())
    unseen = once**2 / (2 * twice) if twice else np.inf * once if once > 1 else 0.0
    return len(often) + unseen <= n / LEAST_REPEATS


def find(variables: Sequence[CodedVariable | Array]) -> Patterns | None:
    """Patterns of the variables of the rows, in the order of their values; None where it is not likely to pay."""
    n = _length(variables[0]) if variables else 0
    if not likely(variables, n):
        return None
    codes, size = cross([v if isinstance(v, CodedVariable) else code(v) for v in variables])
    present = np.flatnonzero(counts(codes, size))
    if len(present) > n / LEAST_REPEATS:
        return None
    place, rows = np.zeros(size, dtype=np.int32), np.empty(len(present), dtype=np.int32)
    place[present] = np.arange(len(present), dtype=np.int32)
    for part in _blocks(n):
        codes[part] = place[codes[part]]
        rows[codes[part]] = np.arange(part.start, part.stop, dtype=np.int32)
    return Patterns(codes, rows)


def find_rows(X: Array, further: Sequence[Array] = ()) -> Patterns | None:
    """Patterns of the rows of a matrix of finite numbers (and of further vectors); None where it is not likely to pay.

    Rows are told apart by their product with fixed numbers and then compared with a row of their pattern, so that
    two that differ are never taken for one; two that are equal may be taken for different.
    """
    n, p = X.shape
    if not LEAST_ROWS <= n < _MOST_ROWS or p < LEAST_COLUMNS:
        return None
    mixed = np.random.default_rng(1).random(p + len(further))
    spread = slice(None, None, max(n // SAMPLE, 1))
    sample = _products(X[spread], [v[spread] for v in further], mixed)
    if not _repeats(pd.factorize(sample)[0], n):
        return None
    codes, distinct = pd.factorize(_products(X, further, mixed))
    if len(distinct) > n / LEAST_REPEATS:
        return None
    rows = np.empty(len(distinct), dtype=np.int32)
    rows[codes] = np.arange(n, dtype=np.int32)
    patterns = Patterns(codes.astype(np.int32), rows)
    each = X[rows]
    same = all(np.array_equal(each[patterns.codes[part]], X[part]) for part in _blocks(n, p))
    return patterns if same and all(map(patterns.constant, further)) else None


def _products(X: Array, further: Sequence[Array], mixed: Array) -> Array:
    """Products (n,) of rows, and of further vectors, with fixed numbers."""
    # Products of columns of 1e300 leave the range of doubles, and infinities cancel: such rows are then told apart by
    # less, or found to differ when they are compared.
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        keys: Array = X @ mixed[: X.shape[1]]
        for m, values in zip(mixed[X.shape[1] :], further, strict=True):
            keys += m * values
    return keys


def _length(variable: CodedVariable | Array) -> int:
    return len(variable.codes if isinstance(variable, CodedVariable) else variable)


def code(values: Array) -> CodedVariable:
    """Code numbers by their distance from the least of small integers, or by their rank among the values that occur."""
    low, high = float(values.min()), float(values.max())
    if high - low < _SMALL_RANGE:
        codes = np.empty(len(values), dtype=np.int32)
        for part in _blocks(len(values)):
            np.subtract(values[part], low, out=codes[part], casting="unsafe")
            if not (codes[part] + low == values[part]).all():
                break
        else:
            return CodedVariable(codes, int(high - low) + 1)
    ranks, distinct = pd.factorize(values, sort=True)
    return CodedVariable(ranks, len(distinct))


def cross(variables: Sequence[CodedVariable]) -> CodedVariable:
    """The combinations of variables as one, the last changing fastest."""
    size = math.prod(v.size for v in variables)
    if size <= max(_SMALL_RANGE, _length(variables[0]) // 4):
        return CodedVariable(numbered(variables), size)
    return _hashed(variables)


def numbered(variables: Sequence[CodedVariable]) -> npt.NDArray[np.int32]:
    """Number of each row's combination among all that could be (n,), the last variable changing fastest."""
    codes = np.empty(_length(variables[0]), dtype=np.int32)
    for part in _blocks(len(codes)):
        key = codes[part]
        key[:] = variables[0].codes[part]
        for codes_of, levels in variables[1:]:
            key *= levels
            key += codes_of[part].astype(np.int32, copy=False)
    return codes


def _hashed(variables: Sequence[CodedVariable]) -> CodedVariable:
    """Combinations that are too many to number all of them."""
    keys: npt.NDArray[np.int64] = np.zeros(_length(variables[0]), dtype=np.int64)
    size = 1
    for codes, levels in variables:
        if size * levels > _LARGEST_KEY:
            keys, size = _ranked(keys)
        keys = keys * levels + codes
        size *= levels
    ranks, size = _ranked(keys)
    return CodedVariable(ranks.astype(np.int32), size)


def _ranked(keys: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.int64], int]:
    ranks, distinct = pd.factorize(keys, sort=True)
    return np.asarray(ranks, dtype=np.int64), len(distinct)
