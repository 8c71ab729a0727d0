"""Directions of recession of a logistic likelihood: who is separated, which coefficients are infinite.

Rows aᵢ are signed: xᵢ for an event, −xᵢ for a non-event; for several outcomes, stacked differences. The
likelihood never falls along d exactly where Ad ≥ 0, so everything is read from the cone C = {d : Ad ≥ 0}:
S holds the rows some d in C raises (aᵢ'd > 0), L the others, N spans the null space of the rows of L.

    complete   L is empty          (Albert & Anderson 1984)
    quasi      S and L are not     (limiting model: the rows of L; Geyer 2009)
    none       S is empty          (the maximum exists; Silvapulle 1981)

A coefficient is finite where its row of N is zero, +inf where it is ≥ 0 all over C, which by Farkas' lemma
is to say that the unit vector lies in the cone of the rows, and −inf likewise; otherwise it is indeterminate.

A linear program (Konis 2007, with a slack per row instead of a box on d, so that units do not matter) guesses
S and L. Both halves are then proved: that d raises S and leaves L alone, by exact signs; that nothing raises
L, by positive multipliers with A_L'y = 0 (Stiemke). A guess that cannot be proved is dropped for exact pivots.
Many rows are decided on few: a cone of some rows holds the cone of all, and rows it violates are added.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

import numpy as np
import numpy.typing as npt

from glmlogit.numerics.lazy import cached_property
from glmlogit.numerics.linalg import EPS
from glmlogit.separability.descent import descended, lowest_of
from glmlogit.separability.faces import Face, face_of, independent
from glmlogit.separability.rational import (
    FLOOR,
    Bools,
    IntegerRows,
    Integers,
    PivotBasis,
    Signs,
    exact_signs,
    integers,
    lead,
    primitive,
    separating,
    span,
    spanning,
    surely_inside,
    unit,
)
from glmlogit.separability.signed_rows import SignedBlocks, Working
from glmlogit.separability.states import CoefficientState, state_of

Array = npt.NDArray[np.float64]

# Smallest singular value, as a share of the largest, of rows by which floats decide.
_LEAST_SINGULAR = 1e-10
# A multiplier of a linear program is positive above this share of the largest: its tolerances are 1e-7 and better, its
# zeros 1e-12 or exact, and too many rows or too few cost a proof and no more.
_POSITIVE = 1e-9
_MANY = 15  # dimensions of the span from which a linear program is quicker than exact pivots alone


@dataclass(frozen=True, eq=False)
class Recession:
    """The recession cone of a set of signed rows.

    Attributes
    ----------
    kind : {"none", "quasi", "complete"}
        Overlap, quasi-complete or complete separation.
    states : tuple of CoefficientState
        Per column the limit of the coefficient in every sequence that maximises the likelihood, if there is one.
    separated : ndarray of bool, shape (n,)
        Rows that some direction of the cone raises.
    direction : ndarray, shape (p,)
        A direction that raises all of them at once; exactly 0 where the coefficient is finite.
    basis : ndarray, shape (p, k)
        The span of the cone, columns of largest entry 1.
    method : str
        How it was decided.
    n_lp : int
        Linear programs solved.
    """

    kind: Literal["none", "quasi", "complete"]
    states: tuple[CoefficientState, ...]
    separated: Bools
    direction: Array
    basis: Array
    method: str
    n_lp: int
    _face: Face = field(repr=False)
    _exponent: npt.NDArray[np.int64] = field(repr=False)

    @property
    def slots(self) -> npt.NDArray[np.intp]:
        """Columns that leave no direction of the span where they are held."""
        return self._face.slots


def recession(A: Array, equal: Bools | None = None, priority: Array | None = None) -> Recession:
    """Recession cone of signed rows, decided exactly.

    Parameters
    ----------
    A : ndarray, shape (n, p)
        Signed rows of full column rank, rows without weight or trials left out.
    equal : ndarray of bool, shape (n,), optional
        Rows that stand with both signs (groups with events and non-events).
    priority : ndarray, shape (n,), optional
        Rows of the smallest values are looked at first; ``-abs(y - p)`` is a good choice.

    Returns
    -------
    Recession

    Raises
    ------
    DataError
        If a value is not finite.
    NotEstimableError
        If exact arithmetic did not come to an end within its allowance.
    """
    rows = SignedBlocks(np.asarray(A, dtype=np.float64), equal)
    working = rows.working(rows.first(priority))
    n_lp = 0
    while True:
        face, solved = face_of(working)
        n_lp += solved
        separated, violated = rows.against(face.basis, face.direction)
        if not len(violated):
            break
        working = working.with_rows(rows.working(violated))
    bounds = _Bounds(rows, working, face)
    states = _coefficients(bounds)
    return Recession(
        kind="none" if not separated.any() else "complete" if separated.all() else "quasi",
        states=states,
        separated=separated,
        direction=floats(face.direction, rows.exponent),
        basis=np.array([floats(column, rows.exponent) for column in face.basis.T]).reshape(face.basis.T.shape).T,
        method=face.method,
        n_lp=n_lp + bounds.n_lp,
        _face=face,
        _exponent=rows.exponent,
    )


def recession_limits(cone: Recession, A_separated: Array, rows: Array) -> Array:
    """Limit of the linear predictor of new rows along every maximising sequence.

    Parameters
    ----------
    cone : Recession
    A_separated : ndarray
        The rows of A that are separated.
    rows : ndarray, shape (m, p)
        New rows x (not signed).

    Returns
    -------
    ndarray, shape (m,)
        0.0 where the predictor stays finite (x'N = 0), ±inf where it goes there whatever sequence is taken,
        NaN where sequences differ or x has missing values.
    """
    rows = np.asarray(rows, dtype=np.float64) + 0.0
    complete = np.isfinite(rows).all(axis=1)
    everywhere = np.full(len(rows), np.nan)
    distinct, back = np.unique(rows[complete], axis=0, return_inverse=True)
    targets = integers(distinct, cone._exponent) @ cone._face.basis
    moved = _moved(targets)
    answer = np.where(moved, _of_data(distinct, A_separated), 0.0)
    moved &= answer == 0.0
    if moved.any():
        data = SignedBlocks(np.asarray(A_separated, dtype=np.float64), exponent=cone._exponent)
        bounds = _Bounds(data, data.working(data.first(None)), cone._face)
        answer[moved] = [_LIMIT[sign] for sign in bounds.signs(targets[moved]).tolist()]
    everywhere[complete] = answer[back.reshape(-1)]
    return everywhere


def ray_limits(cone: Recession, rows: Array) -> Array | None:
    """As :func:`recession_limits`, of a cone that is one ray, for which no rows of the data are needed; None of others.

    The predictor x'd of the ray's direction d has the sign of x'N, decided in integers.
    """
    if cone._face.basis.shape[1] != 1:
        return None
    rows = np.asarray(rows, dtype=np.float64) + 0.0
    complete = np.isfinite(rows).all(axis=1)
    along = (integers(rows[complete], cone._exponent) @ cone._face.basis)[:, 0] * cone._face.inside[0]
    limits = np.full(len(rows), np.nan)
    limits[complete] = [0.0 if value == 0 else math.inf if value > 0 else -math.inf for value in along.tolist()]
    return limits


def _of_data(rows: Array, signed: Array) -> Array:
    """±inf for rows that are, with that sign, among the signed rows of the data that are separated, else 0."""
    place = {row.tobytes(): i for i, row in enumerate(rows)}
    limit = np.zeros(len(rows))
    for row in signed:
        for sign in (1.0, -1.0):
            i = place.get((sign * row + 0.0).tobytes())
            if i is not None:
                limit[i] = sign * np.inf
    return limit


def _is_identity(basis: Integers) -> bool:
    """Whether the cone spans everything, and coordinates in its span are those of the columns."""
    return basis.shape[0] == basis.shape[1] and bool((basis == np.eye(len(basis), dtype=int)).all())


def _moved(targets: Integers) -> Bools:
    """Rows that are not zero: linear functions the span of the cone changes."""
    return np.array([any(target) for target in targets.tolist()], dtype=bool)


def _coefficients(bounds: _Bounds) -> tuple[CoefficientState, ...]:
    """State of every coefficient: the unit vectors as linear functions on the cone."""
    basis = bounds.face.basis
    states = [CoefficientState.FINITE] * len(basis)
    moved = np.flatnonzero(_moved(basis))
    if len(moved):
        for j, sign in zip(moved.tolist(), bounds.signs(basis[moved]).tolist(), strict=True):
            states[j] = state_of(sign)
    return tuple(states)


_LIMIT = {1: np.inf, -1: -np.inf, 0: np.nan}


def floats(vector: Integers, exponent: npt.NDArray[np.int64]) -> Array:
    """A direction in the caller's units, largest entry 1 (less if another would underflow)."""
    top = int(exponent.max(initial=0))
    raised = [x << (top - int(e)) for x, e in zip(vector.tolist(), exponent, strict=True)]
    sizes = [x.bit_length() for x in raised if x]
    if not sizes:
        return np.zeros(len(raised))
    spare = max(sizes) - min(sizes) - 1000  # binary places by which the smallest entry would underflow
    largest = max(map(abs, raised))
    lift = min(max(spare, 0), 1000)
    return np.array([_quotient(x << lift, largest) for x in raised])


def _quotient(x: int, y: int) -> float:
    return float(Fraction(x, y)) if x else 0.0


class _Bounds:
    """Signs of linear functions over the cone, in coordinates z of its span (d = N z)."""

    def __init__(self, data: SignedBlocks, working: Working, face: Face) -> None:
        self.data, self.face = data, face
        self.rows = working.exact if _is_identity(face.basis) else IntegerRows(working.exact.rows @ face.basis)
        self.inside = face.inside
        self.n_lp = 0

    @cached_property
    def basis(self) -> PivotBasis:
        """Rows that span all of them, for exact pivots: as many and as long integers as make them the last resort."""
        return spanning(self.rows, ())

    def signs(self, targets: Integers) -> Signs:
        """Of each target, 1 or −1 where target'z has that sign on the cone and is not 0 throughout, else 0.

        ``inside`` is interior to the cone, so target'z = 0 there means both signs nearby, or 0 throughout.
        Elsewhere the sign holds throughout exactly if target lies in the cone of the rows (Farkas). Whatever
        settles one target, a basis or a z of the other sign, is tried on all others.
        """
        here = exact_signs(targets, self.inside)
        if targets.shape[1] == 1:
            return here
        oriented = IntegerRows(targets * here.astype(object)[:, None])
        keeps = (here != 0) & self._are_rows(oriented)
        open_ = (here != 0) & ~keeps
        while open_.any():
            first = int(open_.argmax())
            positions = np.flatnonzero(open_)
            rest = oriented.subset(positions)
            z, square = self._falling(oriented.rows[first])
            if z is None:
                others = surely_inside(rest, self.basis) if square is None else _surely_between(rest.image, square)
                settled = others | (positions == first)
                keeps[positions[settled]] = True
            else:
                settled = rest.signs(z) < 0
            open_[positions[settled]] = False
        return np.where(keeps, here, 0).astype(np.int8)

    def _are_rows(self, targets: IntegerRows) -> Bools:
        """Targets that are multiples of a row of the data, as those of levels with one outcome are."""
        rows = {tuple(primitive(row)) for row in self.rows.rows}
        return np.array([tuple(primitive(row)) in rows for row in targets.rows], dtype=bool)

    def _falling(self, target: Integers) -> tuple[Integers | None, Array | None]:
        """A z of the cone with target'z < 0, if there is one; rows of the data that matter are taken up on the way.

        If there is none, rows in whose cone target lies; None where it is ``basis`` that holds them.
        """
        while True:
            z, square = self._guess(target) if len(target) >= _MANY else (None, None)
            if square is not None:
                return None, square
            z = separating(self.rows, target, self.basis) if z is None else z
            if z is None:
                return None, None
            violated = self.data.below(self.face.basis @ z)
            if not len(violated):
                return z, None
            more = IntegerRows(self.data.working(violated).exact.rows @ self.face.basis)
            self.rows = self.rows.followed_by(more)
            if "basis" in vars(self):
                span(self.rows, self.basis)

    def _guess(self, target: Integers) -> tuple[Integers | None, Array | None]:
        """A z with rows·z ≥ 0 and target'z < 0 by a linear program, or the rows that prove there is none.

        Where neither can be proved, these rows are put into the basis.

        The lowest z lies on the border of the cone, where rounding decides; a little of an interior one
        takes it off. What is returned has been checked exactly.
        """
        lower = descended(self.rows.image, unit(self.inside), unit(target))
        if lower is not None:
            z = integers(np.rint(lower * 2.0**60))
            if target @ z < 0 and (self.rows.signs(z) >= 0).all():
                return z, None
        self.n_lp += 1
        lowest_found = lowest_of(self.rows.image, unit(target))
        if lowest_found is None:
            return None, None
        lowest, multiplier = lowest_found
        inner = unit(self.inside)
        used = carrying(multiplier)
        for share in (2.0**-30, 2.0**-20, 2.0**-10):
            z = integers(np.rint((lowest + share * inner) * 2.0**60))
            if target @ z < 0 and (self.rows.signs(z) >= 0).all():
                return z, None
        square = self.rows.image[used]
        if _surely_between(unit(target)[None, :], square)[0] or self._between(target, used):
            return None, square
        lead(self.rows, self.basis, used)
        return None, None

    def _between(self, target: Integers, used: npt.NDArray[np.intp]) -> bool:
        """Whether target is a positive combination of fewer rows than it has entries, in integers."""
        rows, columns = self.rows.rows[used], independent(self.rows.image[used])
        if not len(used) == len(columns) < len(target):
            return False
        basis = PivotBasis(len(used))
        for i, row in enumerate(rows[:, columns]):
            basis.add(row, i)
        if len(basis.free):
            return False
        weight = basis.coordinates(target[columns])
        return bool((weight > 0).all() and (weight @ rows[basis.label] == basis.determinant * target).all())


def _surely_between(targets: Array, rows: Array) -> Bools:
    """Targets that are positive combinations of the rows of a square matrix, whatever rounding may hide; else none.

    A residual r of ``rows'y = target`` is made good by a change of y of at most |r|/σ, with σ the smallest singular
    value (Farkas' lemma needs only that such a y ≥ 0 exists). All entries are known to one rounding.
    """
    if rows.shape[0] != rows.shape[1]:
        return np.zeros(len(targets), dtype=bool)
    sigma = np.linalg.svd(rows, compute_uv=False)
    least = sigma[-1] - 8 * rows.size * EPS * sigma[0]
    if not least > _LEAST_SINGULAR * sigma[0]:
        return np.zeros(len(targets), dtype=bool)
    y = np.linalg.solve(rows.T, targets.T)
    rounding = (len(rows) + 8) * EPS * (np.abs(rows).T @ np.abs(y) + np.abs(targets.T)) + len(rows) * FLOOR
    residual = np.linalg.norm(rows.T @ y - targets.T, axis=0) + np.linalg.norm(rounding, axis=0)
    return np.asarray(y.min(axis=0) > 2.0 * residual / least)


def carrying(multiplier: Array) -> npt.NDArray[np.intp]:
    """Positions of the rows whose multipliers (n,) of a linear program are positive."""
    return np.flatnonzero(multiplier > _POSITIVE * multiplier.max(initial=0.0))
