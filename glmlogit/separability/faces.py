"""The face of a recession cone that given rows allow: guessed by a linear program, proved or found exactly.

Two things are proved of a guess: a direction raises every row of S and leaves those of L alone, and no direction
raises a row of L without lowering another, because positive multiples of them sum to zero (Stiemke).
"""

from __future__ import annotations

from fractions import Fraction
from math import lcm
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from glmlogit.numerics.linalg import EPS
from glmlogit.separability.rational import (
    Bools,
    IntegerRows,
    Integers,
    PivotBasis,
    integers,
    primitive,
    separating,
    spanning,
)
from glmlogit.separability.signed_rows import Working

Array = npt.NDArray[np.float64]
Index = npt.NDArray[np.intp]

_PROGRAM = "linear program, verified exactly"
_PIVOTING = "exact pivoting"

_NEARLY_WHOLE = 1e-9  # a float null space this near to whole numbers is read as these
_RANK = 1e-7  # singular values below this share of the largest are taken for 0
_DEPENDENT = 1e-9  # lengths below this share of the longest at the start are taken for rounding
_DENOMINATOR = 4096  # largest denominator tried when a float null space is read as a rational one


class Face(NamedTuple):
    """What rows say about their cone: its span N (p, k), diagonal in k ``slots``, and a direction inside it."""

    basis: Integers
    slots: Index
    direction: Integers
    method: str

    @property
    def inside(self) -> Integers:
        """The direction as z with d proportional to N z."""
        pivots = [int(self.basis[slot, j]) for j, slot in enumerate(self.slots)]
        common = lcm(*pivots)
        steps = zip(self.direction[self.slots], pivots, strict=True)
        return np.array([x * (common // pivot) for x, pivot in steps], dtype=object)


class _Guess(NamedTuple):
    """Solution of the linear program: direction, slack of each row (1 if separated, else 0), multipliers."""

    direction: Array
    slack: Array
    multiplier: Array


def face_of(working: Working) -> tuple[Face, int]:
    """Face of the cone of the working rows, and the number of linear programs it took."""
    if not working.scaled.any():
        unit_rows = PivotBasis(working.scaled.shape[1])
        return Face(unit_rows.null_space(), unit_rows.free, _zeros(len(unit_rows.label)), _PROGRAM), 0
    guess = _program(working.scaled)
    face = None if guess is None else _proved(working, guess)
    return face or _pivoted(working, guess), 1


def _zeros(count: int) -> Integers:
    return np.array([0] * count, dtype=object)


def _program(rows: Array) -> _Guess | None:
    """``max Σtᵢ`` over ``aᵢ'd ≥ tᵢ, 0 ≤ tᵢ ≤ 1``: C is a cone, so at the optimum tᵢ = 1 on S and 0 on L."""
    from scipy import sparse
    from scipy.optimize import linprog

    count, columns = rows.shape
    matrix = sparse.hstack([sparse.csr_array(-rows), sparse.eye_array(count)], format="csr")
    cost = np.r_[np.zeros(columns), -np.ones(count)]
    bounds = np.r_[np.tile([-np.inf, np.inf], (columns, 1)), np.tile([0.0, 1.0], (count, 1))]
    result = linprog(cost, A_ub=matrix, b_ub=np.zeros(count), bounds=bounds, method="highs")
    if result.status != 0:
        return None
    solution = np.asarray(result.x, dtype=np.float64)
    return _Guess(solution[:columns], solution[columns:], -np.asarray(result.ineqlin.marginals, dtype=np.float64))


def _proved(working: Working, guess: _Guess) -> Face | None:
    """The guess as a face, if both halves of it can be proved."""
    low = guess.slack < 0.5
    space = _null_space(working, low, guess.multiplier)
    if space is None:
        return None
    basis, slots = space
    raised = working.exact.subset(~low)
    for places in (16, 60):
        direction = _inside(basis, slots, guess.direction, places)
        if (raised.signs(direction) > 0).all():
            return Face(basis, slots, direction, _PROGRAM)
    return None


def _inside(basis: Integers, slots: Index, direction: Array, places: int) -> Integers:
    """The direction moved into the span of the basis, whose rows ``slots`` are diagonal, rounded to ``places``."""
    if not len(slots):
        return _zeros(len(basis))
    pivots = [int(basis[slot, j]) for j, slot in enumerate(slots)]
    common = lcm(*pivots)
    scaled = direction[slots] / (np.abs(direction[slots]).max() or 1.0)
    steps = integers(np.rint(scaled * 2.0**places))
    return primitive(basis @ np.array([s * (common // x) for s, x in zip(steps, pivots, strict=True)], dtype=object))


def _null_space(working: Working, low: Bools, multiplier: Array) -> tuple[Integers, Index] | None:
    """Null space of the rows of L, with proof that nothing raises them; None if the proof fails."""
    if not low.any():
        unit_rows = PivotBasis(working.scaled.shape[1])
        return unit_rows.null_space(), unit_rows.free
    if (multiplier[low] <= 0).any():
        return None
    space = _null_space_by_floats(working, low, multiplier[low]) if working.sound else None
    return space or _null_space_by_integers(working.exact.subset(low), working.scaled[low], multiplier[low])


def _null_space_by_floats(working: Working, low: Bools, multiplier: Array) -> tuple[Integers, Index] | None:
    """Rank and inseparability by bounds of rounding error, the null space read as rationals and then checked.

    With residual r = A_L'y and smallest singular value σ on the row space, a change of the multipliers of
    length at most |r|/σ makes the residual vanish: below min y it leaves them positive (Stiemke).
    """
    rows = working.scaled[low]
    _, sigma, right = np.linalg.svd(np.linalg.qr(rows, mode="r"), full_matrices=True)
    error = 8 * rows.size * EPS * sigma[0]  # of QR (Higham 2002, theorem 19.4), far above that of the SVD of p rows
    rank = int((sigma > _RANK * sigma[0]).sum())
    residual = np.linalg.norm(multiplier @ rows) + np.linalg.norm(
        (len(rows) + 8) * EPS * (np.abs(multiplier) @ np.abs(rows))
    )
    if not residual < 0.5 * multiplier.min() * (sigma[rank - 1] - error):
        return None
    basis, slots = _as_rationals(right[rank:].T)
    return (basis, slots) if working.exact.subset(low).vanishing(basis).all() else None


def _as_rationals(vectors: Array) -> tuple[Integers, Index]:
    """Integer basis near the span of some vectors: a unit matrix in well-chosen rows, small fractions elsewhere."""
    slots = independent(vectors.T)
    reduced = vectors @ np.linalg.inv(vectors[slots]) if len(slots) else vectors
    columns = []
    rounded = np.rint(reduced)
    if (np.abs(reduced - rounded) < _NEARLY_WHOLE).all():
        return integers(rounded), slots
    for column in reduced.T:
        ratios = [Fraction(float(x)).limit_denominator(_DENOMINATOR) for x in column]
        common = lcm(*(ratio.denominator for ratio in ratios))
        columns.append(primitive(np.array([int(ratio * common) for ratio in ratios], dtype=object)))
    return np.array(columns, dtype=object).reshape(len(columns), len(vectors)).T, slots


def independent(rows: Array) -> Index:
    """Indices of independent columns, each the longest of what the ones before leave (pivoted Gram–Schmidt)."""
    rest, chosen = rows.astype(np.float64), []
    start = np.linalg.norm(rest, axis=0).max(initial=0.0)
    for _ in range(min(rest.shape)):
        length = np.linalg.norm(rest, axis=0)
        best = int(length.argmax())
        if length[best] <= _DEPENDENT * start:
            break
        along = rest[:, best] / length[best]
        rest = rest - np.outer(along, along @ rest)
        rest[:, best] = 0.0
        chosen.append(best)
    return np.array(chosen, dtype=np.intp)


def _null_space_by_integers(rows: IntegerRows, scaled: Array, multiplier: Array) -> tuple[Integers, Index] | None:
    """Null space by elimination; the residual of the multipliers is taken up exactly by independent rows."""
    basis = spanning(rows, independent(scaled.T))
    size = integers(np.rint(multiplier / multiplier.min() * 2.0**20))
    residual = basis.coordinates(size @ rows.rows)
    slots = basis.held
    positive = [size[basis.label[s]] * basis.determinant > residual[s] for s in slots]
    return (basis.null_space(), basis.free) if all(positive) else None


def _pivoted(working: Working, guess: _Guess | None) -> Face:
    """Face by exact pivots: directions that raise the rows not yet raised, until there is none."""
    rows = working.exact
    basis = spanning(rows, _tight(working.scaled, guess))
    left = np.ones(len(rows), dtype=bool)
    total = _zeros(working.scaled.shape[1])
    while left.any():
        direction = separating(rows, -rows.rows[left].sum(axis=0), basis)
        if direction is None:
            break
        left &= rows.signs(direction) == 0
        total = primitive(_balanced(total, direction))
    rest = spanning(rows.subset(left), independent(working.scaled[left].T))
    return Face(rest.null_space(), rest.free, total, _PIVOTING)


def _balanced(total: Integers, direction: Integers) -> Integers:
    """Sum of two directions brought to about the same length."""
    bits, two = (max(abs(x).bit_length() for x in v.tolist()) for v in (total, direction))
    if not bits:
        return direction
    return np.asarray((total << max(two - bits, 0)) + (direction << max(bits - two, 0)), dtype=object)


def _tight(rows: Array, guess: _Guess | None) -> Index:
    """Independent rows, those nearest to the border of the guess first."""
    if guess is None:
        return independent(rows.T)
    order = np.argsort(np.abs(rows @ guess.direction), kind="stable")[: 4 * rows.shape[1]]
    return np.asarray(order[independent(rows[order].T)])
