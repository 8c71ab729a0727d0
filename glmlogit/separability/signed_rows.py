"""Rows of a data matrix whose signs along a direction are exact, whatever their number.

Columns are scaled by powers of two, so units of measurement change nothing; rows are seen in blocks.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from glmlogit.errors import DataError
from glmlogit.numerics.lazy import cached_property
from glmlogit.separability.rational import (
    FLOOR,
    Bools,
    IntegerRows,
    Integers,
    Signs,
    exact_signs,
    integers,
    lifted,
    products,
    unit,
)

Array = npt.NDArray[np.float64]
Index = npt.NDArray[np.intp]

_BLOCK_ROWS = 8192
_DECIDED_AT_ONCE = 1000  # rows decided at once; more are taken as they turn out to be needed
_BINARY_PLACES = 24  # binary places within which a sum of products is checked to be free of rounding


class SignedRows(NamedTuple):
    """Signed rows (n, p) of a likelihood, which of them stand with both signs, and which to see first: the smallest."""

    A: Array
    equal: Bools | None = None
    priority: Array | None = None


class Working:
    """Rows looked at closely: distinct, scaled by powers of two, as floats and as integers."""

    def __init__(self, raw: Array, exponent: npt.NDArray[np.int64]) -> None:
        power = np.frexp(raw)[1].astype(np.int64) - exponent
        row = np.where(raw != 0, power, -(1 << 20)).max(axis=1, initial=-(1 << 20))[:, None]
        scaled = np.ldexp(raw, np.clip(-(exponent + row), -2100, 2100).astype(np.int32)) + 0.0
        keep = np.unique(scaled, axis=0, return_index=True)[1] if self._exact(raw, scaled) else np.arange(len(raw))
        keep = np.sort(keep)
        self.raw, self.exponent, self.scaled = raw[keep], exponent, scaled[keep]
        self.power = (exponent + row)[keep]

    @staticmethod
    def _exact(raw: Array, scaled: Array) -> bool:
        """Nothing fell out of the range of doubles."""
        size = np.abs(scaled)
        return bool(((size >= FLOOR) == (raw != 0)).all())

    def with_rows(self, more: Working) -> Working:
        """These and more rows."""
        return Working(np.vstack([self.raw, more.raw]), self.exponent)

    @cached_property
    def exact(self) -> IntegerRows:
        """The rows as integers on one scale: proportional to ``scaled``, without its rounding if it has any."""
        return IntegerRows(integers(self.raw, self.power))

    @cached_property
    def sound(self) -> bool:
        """Whether ``scaled`` is exact."""
        return self._exact(self.raw, self.scaled)


class SignedBlocks:
    """All rows, seen in blocks whose columns are scaled by powers of two (nothing is rounded)."""

    def __init__(self, A: Array, equal: Bools | None = None, exponent: npt.NDArray[np.int64] | None = None) -> None:
        self.A = A
        self.count, self.columns = A.shape
        self.equal = np.zeros(self.count, dtype=bool) if equal is None else np.asarray(equal, dtype=bool)
        high, low = self._ranges()
        if not np.isfinite(high).all():
            raise DataError(f"Columns {np.flatnonzero(~np.isfinite(high)).tolist()} hold values that are not finite.")
        self.exponent = np.frexp(high)[1].astype(np.int64) if exponent is None else exponent
        self.factor = np.ldexp(1.0, np.clip(-self.exponent, -1000, 1000).astype(np.int32))
        self.wide = bool((low * self.factor < FLOOR).any())

    def _ranges(self) -> tuple[Array, Array]:
        """Largest and smallest non-zero size in every column."""
        high, low = np.zeros(self.columns), np.full(self.columns, np.inf)
        for part in self._slices():
            size = np.abs(self.A[part])
            high = np.maximum(high, size.max(axis=0, initial=0.0))
            low = np.minimum(low, np.where(size > 0, size, np.inf).min(axis=0, initial=np.inf))
        return high, low

    def _slices(self) -> Iterator[slice]:
        return (slice(start, start + _BLOCK_ROWS) for start in range(0, self.count, _BLOCK_ROWS))

    def block(self, part: slice) -> Array:
        """Rows with columns of largest size about 1."""
        scaled = self.A[part] * self.factor
        return lifted(scaled, self.A[part] != 0, self.A[part] < 0) if self.wide else scaled

    def first(self, priority: Array | None) -> Index:
        """Rows to begin with: evenly spread ones, and those of least priority."""
        size = max(_DECIDED_AT_ONCE, 10 * self.columns)
        if self.count <= 2 * size:
            return np.arange(self.count)
        spread = np.linspace(0, self.count - 1, size // 2).astype(np.intp)
        if priority is None:
            return spread
        return np.union1d(spread, np.argpartition(priority, size // 2)[: size // 2])

    def working(self, chosen: Index) -> Working:
        """These rows, with both signs where they stand for both."""
        rows, both = self.A[chosen], self.equal[chosen]
        return Working(np.vstack([rows, -rows[both]]), self.exponent)

    def signs(self, direction: Integers) -> tuple[Array, Signs]:
        """Float products (relative to the row's largest entry) and exact signs of all rows along a direction."""
        value, sign = np.empty(self.count), np.empty(self.count, dtype=np.int8)
        along = _Along(direction, self.exponent)
        for part in self._slices():
            rows = self.block(part)
            product, sign[part] = along.signs(self.A[part], rows, self.wide)
            value[part] = product / np.maximum(np.abs(rows).max(axis=1, initial=0.0), FLOOR)
        return value, sign

    def vanishing(self, candidates: Bools, directions: Integers) -> Bools:
        """Of the rows asked for, those whose product with every column of ``directions`` is exactly 0."""
        zero = candidates.copy()
        alongs = [_Along(column, self.exponent) for column in directions.T]
        for part in self._slices():
            rows, raw = self.block(part), self.A[part]
            for along in alongs:
                positions = np.flatnonzero(zero[part])
                zero[part.start + positions] = along.signs(raw[positions], rows[positions], self.wide)[1] == 0
        return zero

    def against(self, basis: Integers, direction: Integers) -> tuple[Bools, Index]:
        """Rows not 0 on the span of ``basis``, and those of them that ``direction``, inside it, does not raise."""
        if not basis.shape[1]:
            return np.zeros(self.count, dtype=bool), np.empty(0, dtype=np.intp)
        value, sign = self.signs(direction)
        moved = sign != 0
        if basis.shape[1] > 1 or not any(direction.tolist()):
            moved = ~self.vanishing(~moved, basis)
        wrong = np.flatnonzero(moved & ((sign <= 0) | self.equal))
        return moved, self._worst(wrong, np.where(self.equal, -np.abs(value), value))

    def below(self, direction: Integers) -> Index:
        """Some of the rows that fall along a direction."""
        value, sign = self.signs(direction)
        return self._worst(np.flatnonzero(sign < 0), value)

    @staticmethod
    def _worst(wrong: Index, value: Array) -> Index:
        """A bounded number of violated rows: half the most violated, half spread over all of them."""
        if len(wrong) <= _DECIDED_AT_ONCE:
            return wrong
        half = _DECIDED_AT_ONCE // 2
        most = wrong[np.argpartition(value[wrong], half)[:half]]
        return np.union1d(most, wrong[np.linspace(0, len(wrong) - 1, half).astype(np.intp)])


class _Along:
    """Exact signs of blocks of rows along one direction."""

    def __init__(self, direction: Integers, exponent: npt.NDArray[np.int64]) -> None:
        self.floats = unit(direction)
        self.used = np.array([x != 0 for x in direction.tolist()], dtype=bool)
        self.direction, self.exponent = direction[self.used], exponent[self.used]
        is_short = max(map(abs, direction.tolist()), default=0) < 1 << 20
        self.short = self.direction.astype(np.float64) if is_short else None

    def signs(self, raw: Array, rows: Array, wide: bool) -> tuple[Array, Signs]:
        """Float products, and signs: of the floats where their error allows it, else exact."""
        value, doubt = products(rows, self.floats)
        sign = np.sign(value).astype(np.int8)
        positions = np.flatnonzero(doubt)
        if len(positions):
            sign[positions] = self._exact(raw[positions][:, self.used], rows[positions][:, self.used], wide)
        return value, sign

    def _exact(self, raw: Array, rows: Array, wide: bool) -> Signs:
        sign = np.zeros(len(raw), dtype=np.int8)
        rest = np.ones(len(raw), dtype=bool)
        if self.short is not None and not wide:
            # Multiples of 2^-24 whose sums stay below 2^29: float arithmetic does not round here at all.
            steps = rows * 2.0**_BINARY_PLACES
            exact = (steps == np.rint(steps)).all(axis=1) & (np.abs(steps) @ np.abs(self.short) < 2.0**53)
            sign[exact] = np.sign(rows[exact] @ self.short)
            rest = ~exact
        distinct, back = np.unique(raw[rest], axis=0, return_inverse=True)
        sign[rest] = exact_signs(integers(distinct, self.exponent), self.direction)[back.reshape(-1)]
        return sign
