"""Linear algebra in integers, for questions that rounding must not answer.

A double is an integer times a power of two, and rows of a homogeneous system may be multiplied by any
positive number; so rows of doubles are rows of Python integers, and nothing here ever rounds. Floats only
serve to skip work: a sign is read off a float product when a rigorous bound of its error allows it.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import gcd

import numpy as np
import numpy.typing as npt

from glmlogit.errors import NotEstimableError
from glmlogit.numerics.lazy import cached_property
from glmlogit.numerics.linalg import EPS

Array = npt.NDArray[np.float64]

Integers = npt.NDArray[np.object_]
Bools = npt.NDArray[np.bool_]
Signs = npt.NDArray[np.int8]
Index = npt.NDArray[np.intp]

# Floats smaller than this share of the largest stand in for anything smaller that is not zero, so that a
# product of two non-zero numbers never underflows to zero; error bounds carry a multiple of it.
FLOOR = 2.0**-500

# Pivots with the steepest choice before Bland's rule, which cannot cycle, takes over; pivots at most.
_STEEP_PER_COLUMN = 20
_PIVOTS = 20_000


def integers(rows: Array, exponent: npt.NDArray[np.int64] | int = 0) -> Integers:
    """Return ``rows · 2^-exponent · 2^g`` as Python integers, with the least g that makes all of them whole."""
    fraction, power = np.frexp(rows)
    mantissa = (fraction * 2.0**53).astype(np.int64)
    trailing = np.frexp((mantissa & -mantissa).astype(np.float64))[1] - 1
    used = mantissa != 0
    power = np.where(used, power.astype(np.int64) + trailing - exponent, 0)
    lowest = power[used].min() if used.any() else 0
    mantissa >>= np.where(used, trailing, 0)
    left: Integers = mantissa.astype(object)
    return np.asarray(left << np.where(used, power - lowest, 0).astype(object), dtype=object)


def primitive(vector: Integers) -> Integers:
    """The vector divided by the greatest common divisor of its entries."""
    divisor = gcd(*vector.tolist())
    return vector if divisor <= 1 else np.asarray(vector // divisor, dtype=object)


def unit(vector: Integers) -> Array:
    """Entries over the largest of them, each correctly rounded; those below FLOOR, if not 0, are put there."""
    top = max(map(abs, vector.tolist()), default=0) or 1
    small = np.array([entry / top for entry in vector.tolist()], dtype=np.float64)
    nonzero = np.array([entry != 0 for entry in vector.tolist()], dtype=bool)
    return lifted(small, nonzero, np.array([entry < 0 for entry in vector.tolist()], dtype=bool))


def lifted(x: Array, nonzero: Bools, negative: Bools) -> Array:
    """``x`` with entries below FLOOR that stand for something other than 0 moved to ±FLOOR."""
    return np.where(nonzero & (np.abs(x) < FLOOR), np.where(negative, -FLOOR, FLOOR), x)


def products(rows: Array, direction: Array) -> tuple[Array, Bools]:
    """Float products and where their sign is in doubt, for operands within an ulp of the true ones.

    ``|fl(a'd) − a'd| ≤ (p + 3)u |a|'|d|`` to first order in whatever order the sum is taken (Higham 2002,
    section 3.1, plus one u for each operand); where ``|a|'|d| = 0`` every term is zero, hence the sum.
    """
    value = rows @ direction
    size = np.abs(rows) @ np.abs(direction)
    columns = rows.shape[1]
    doubt = (np.abs(value) <= (columns + 8) * EPS * size + 8 * columns * FLOOR) & (size > 0)
    return value, doubt


class IntegerRows:
    """Rows of integers, with a float image of them from which most signs can be read."""

    def __init__(self, rows: Integers) -> None:
        self.rows = rows

    def __len__(self) -> int:
        return len(self.rows)

    @cached_property
    def image(self) -> Array:
        """Each row over its largest entry, as floats."""
        shape = self.rows.shape
        return np.array([unit(row) for row in self.rows], dtype=np.float64).reshape(shape)

    def products(self, direction: Integers) -> tuple[Array, Signs]:
        """Float products (rows of largest entry 1) and exact signs of ``rows @ direction``."""
        value, doubt = products(self.image, unit(direction))
        sign = np.sign(value).astype(np.int8)
        sign[doubt] = exact_signs(self.rows[doubt], direction)
        return value, sign

    def signs(self, direction: Integers) -> Signs:
        """Exact signs of ``rows @ direction``."""
        return self.products(direction)[1]

    def vanishing(self, directions: Integers) -> Bools:
        """Rows whose product with every column of ``directions`` is exactly 0."""
        zero = np.ones(len(self), dtype=bool)
        for column in directions.T:
            zero[zero] = IntegerRows.signs(self.subset(zero), column) == 0
        return zero

    def subset(self, chosen: Bools | Index) -> IntegerRows:
        """Some of the rows."""
        part = IntegerRows(self.rows[chosen])
        part.image = self.image[chosen]
        return part

    def followed_by(self, more: IntegerRows) -> IntegerRows:
        """These rows and more; positions of these do not change."""
        both = IntegerRows(np.vstack([self.rows, more.rows]))
        both.image = np.vstack([self.image, more.image])
        return both


def exact_signs(rows: Integers, direction: Integers) -> Signs:
    """Signs of integer products."""
    exact = (rows @ direction).tolist() if len(rows) else []
    return np.array([(x > 0) - (x < 0) for x in exact], dtype=np.int8)


class PivotBasis:
    """Independent rows filled up with unit rows, and the inverse of that square matrix times its determinant.

    Column s of ``inverse`` is the direction along which the row in slot s rises while those in the other slots
    stay. Slots still held by a unit row are free: their columns span the null space of the rows entered.
    Replacing a row is one integer-preserving step (Edmonds 1967; Bareiss 1968): the division has no remainder.
    """

    def __init__(self, columns: int) -> None:
        self.inverse: Integers = np.array([[int(i == j) for j in range(columns)] for i in range(columns)], dtype=object)
        self.inverse = self.inverse.reshape(columns, columns)
        self.determinant = 1
        self.label = np.full(columns, -1, dtype=np.intp)

    @property
    def free(self) -> Index:
        """Slots without a row."""
        return np.flatnonzero(self.label < 0)

    @property
    def held(self) -> Index:
        """Slots with a row."""
        return np.flatnonzero(self.label >= 0)

    def coordinates(self, row: Integers) -> Integers:
        """Coefficients of ``row`` in the rows of the slots, times the determinant."""
        return np.asarray(row @ self.inverse, dtype=object)

    def null_space(self) -> Integers:
        """Integer basis (p, k) of the directions along which no entered row changes."""
        columns = [primitive(self.inverse[:, slot]) for slot in self.free]
        return np.array(columns, dtype=object).reshape(len(columns), len(self.label)).T

    def put(self, row: Integers, slot: int, label: int) -> None:
        """Replace the row in ``slot``; its coordinate there must not be 0."""
        weight = self.coordinates(row)
        pivot, column = weight[slot], self.inverse[:, slot].copy()
        inverse = (pivot * self.inverse - np.outer(column, weight)) // self.determinant
        inverse[:, slot] = column
        self.inverse = inverse if pivot > 0 else -inverse
        self.determinant = abs(pivot)
        self.label[slot] = label

    def add(self, row: Integers, label: int) -> bool:
        """Enter a row into a free slot if it is independent of those held."""
        weight = self.coordinates(row)
        sizes = [(abs(weight[slot]), slot) for slot in self.free]
        largest, slot = max(sizes, default=(0, -1))
        if largest != 0:
            self.put(row, int(slot), label)
        return bool(largest != 0)


def spanning(rows: IntegerRows, first: Iterable[int]) -> PivotBasis:
    """A basis of all rows, begun with those named ``first`` (a float guess at independent ones)."""
    basis = PivotBasis(rows.rows.shape[1])
    for i in first:
        basis.add(rows.rows[i], int(i))
    span(rows, basis)
    return basis


def span(rows: IntegerRows, basis: PivotBasis) -> None:
    """Fill free slots of the basis until it spans all rows."""
    for slot in basis.free:
        outside = np.flatnonzero(rows.signs(basis.inverse[:, slot]))
        if len(outside):
            basis.put(rows.rows[outside[0]], int(slot), int(outside[0]))


def lead(rows: IntegerRows, basis: PivotBasis, chosen: Index) -> None:
    """Put the chosen rows into the basis as far as they are independent, in the place of others."""
    wanted = set(chosen.tolist())
    for i in wanted - set(basis.label.tolist()):
        weight = basis.coordinates(rows.rows[i])
        sizes = [(abs(weight[slot]), int(slot)) for slot in basis.held if int(basis.label[slot]) not in wanted]
        largest, slot = max(sizes, default=(0, -1))
        if largest:
            basis.put(rows.rows[i], slot, i)


def surely_inside(targets: IntegerRows, basis: PivotBasis) -> Bools:
    """Targets in the cone of the rows of the basis, so far as floats can tell for sure."""
    inside = np.full(len(targets), not len(basis.free))
    for column in basis.inverse.T:
        value, doubt = products(targets.image, unit(column))
        inside &= (value > 0) & ~doubt
    return inside


def separating(rows: IntegerRows, target: Integers, basis: PivotBasis) -> Integers | None:
    """Direction d with ``rows @ d ≥ 0`` and ``target'd < 0``; None where target lies in the cone of the rows.

    Farkas' lemma by its constructive proof (Schrijver 1986, theorem 7.1): target is written in a basis of
    rows; a row with a negative coefficient leaves, a row that falls along its direction enters. ``basis``
    must span the rows; it is left at the last one, a good start for the next target.
    """
    steep = _STEEP_PER_COLUMN * (len(basis.label) + 5)
    for pivot in range(_PIVOTS):
        weight = basis.coordinates(target)
        for slot in basis.free:
            if weight[slot] != 0:  # no row changes along this direction, target does
                column = basis.inverse[:, slot]
                return np.asarray(-column if weight[slot] > 0 else column, dtype=object)
        slot = _leaving(basis, weight, bland=pivot >= steep)
        if slot is None:
            return None
        direction = basis.inverse[:, slot].copy()
        value, sign = rows.products(direction)
        if not (sign < 0).any():
            return direction
        falling = np.flatnonzero(sign < 0)
        row = falling[0] if pivot >= steep else falling[np.argmin(value[falling])]
        basis.put(rows.rows[row], slot, int(row))
    raise NotEstimableError(
        f"The data lie so close to the border of separation that {_PIVOTS} exact steps did not decide it. "
        "Whether estimates are finite is unknown; fit fewer columns, or round the covariates to the digits measured."
    )


def _leaving(basis: PivotBasis, weight: Integers, *, bland: bool) -> int | None:
    negative = [slot for slot in basis.held if weight[slot] < 0]
    if not negative:
        return None
    if bland:
        return int(min(negative, key=lambda slot: basis.label[slot]))
    return int(min(negative, key=lambda slot: weight[slot]))
