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

from dataclasses import dataclass, field
from fractions import Fraction
from math import lcm
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from glmlogit._linalg import EPS, Array
from glmlogit._rational import (
    Basis,
    Bools,
    Index,
    IntegerRows,
    Integers,
    exact_signs,
    integers,
    primitive,
    separating,
    span,
    spanning,
)
from glmlogit._signs import Rows, Working

_PROGRAM = "linear program, verified exactly"
_PIVOTING = "exact pivoting"

_DENOMINATOR = 4096  # largest denominator tried when a float null space is read as a rational one


@dataclass(frozen=True, eq=False)
class Recession:
    """The recession cone of a set of signed rows.

    Attributes
    ----------
    kind : {"none", "quasi", "complete"}
        Overlap, quasi-complete or complete separation.
    states : tuple of str
        Per column ``"finite"``, ``"+inf"``, ``"-inf"`` or ``"indeterminate"``: the limit of the coefficient
        in every sequence that maximises the likelihood, if there is one.
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
    states: tuple[str, ...]
    separated: Bools
    direction: Array
    basis: Array
    method: str
    n_lp: int
    _face: _Face = field(repr=False)
    _exponent: npt.NDArray[np.int64] = field(repr=False)


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
    NotEstimableError
        If exact arithmetic did not come to an end within its allowance.
    """
    rows = Rows(np.asarray(A, dtype=np.float64), equal)
    working = rows.working(rows.first(priority))
    n_lp = 0
    while True:
        face, solved = _face_of(working)
        n_lp += solved
        separated, violated = rows.against(face)
        if not len(violated):
            break
        working = working.with_rows(rows.working(violated))
    return Recession(
        kind="none" if not separated.any() else "complete" if separated.all() else "quasi",
        states=_states(rows, working, face),
        separated=separated,
        direction=_floats(face.direction, rows.exponent),
        basis=np.array([_floats(column, rows.exponent) for column in face.basis.T]).reshape(-1, rows.columns).T,
        method=face.method,
        n_lp=n_lp,
        _face=face,
        _exponent=rows.exponent,
    )


def limits(cone: Recession, A_separated: Array, rows: Array) -> Array:
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
        NaN where sequences differ.
    """
    distinct, back = np.unique(np.asarray(rows, dtype=np.float64) + 0.0, axis=0, return_inverse=True)
    targets = integers(distinct, cone._exponent) @ cone._face.basis
    answer = np.zeros(len(distinct))
    some = np.flatnonzero(np.array([any(target) for target in targets.tolist()], dtype=bool))
    if len(some):
        data = Rows(np.asarray(A_separated, dtype=np.float64), exponent=cone._exponent)
        bound = _Bounds(data, data.working(data.first(None)), cone._face)
        answer[some] = [_LIMIT[bound.sign(targets[i])] for i in some]
    return np.asarray(answer[back.reshape(-1)])


_LIMIT = {1: np.inf, -1: -np.inf, 0: np.nan}
_STATE = {1: "+inf", -1: "-inf", 0: "indeterminate"}


def _states(rows: Rows, working: Working, face: _Face) -> tuple[str, ...]:
    if not face.basis.shape[1]:
        return ("finite",) * rows.columns
    bounds = _Bounds(rows, working, face)
    return tuple(_STATE[bounds.sign(row)] if any(row.tolist()) else "finite" for row in face.basis)


def _floats(vector: Integers, exponent: npt.NDArray[np.int64]) -> Array:
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


class _Face(NamedTuple):
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


def _face_of(working: Working) -> tuple[_Face, int]:
    """Face of the cone of the working rows, and the number of linear programs it took."""
    if not working.scaled.any():
        unit_rows = Basis(working.scaled.shape[1])
        return _Face(unit_rows.null_space(), unit_rows.free, _zeros(len(unit_rows.label)), _PROGRAM), 0
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
    found = linprog(cost, A_ub=matrix, b_ub=np.zeros(count), bounds=bounds, method="highs")
    if found.status != 0:
        return None
    return _Guess(found.x[:columns], found.x[columns:], -found.ineqlin.marginals)


def _proved(working: Working, guess: _Guess) -> _Face | None:
    """The guess as a face, if both halves of it can be proved."""
    low = guess.slack < 0.5
    found = _null_space(working, low, guess.multiplier)
    if found is None:
        return None
    basis, slots = found
    raised = working.exact.subset(~low)
    for places in (16, 60):
        direction = _inside(basis, slots, guess.direction, places)
        if (raised.signs(direction) > 0).all():
            return _Face(basis, slots, direction, _PROGRAM)
    return None


def _inside(basis: Integers, slots: Index, direction: Array, places: int) -> Integers:
    """The direction moved into the span of the basis, whose rows ``slots`` are diagonal, rounded to ``places``."""
    if not len(slots):
        return _zeros(len(basis))
    pivots = [basis[slot, j] for j, slot in enumerate(slots)]
    common = lcm(*(abs(x) for x in pivots))
    scaled = direction[slots] / (np.abs(direction[slots]).max() or 1.0)
    steps = integers(np.rint(scaled * 2.0**places))
    return primitive(basis @ np.array([s * (common // x) for s, x in zip(steps, pivots, strict=True)], dtype=object))


def _null_space(working: Working, low: Bools, multiplier: Array) -> tuple[Integers, Index] | None:
    """Null space of the rows of L, with proof that nothing raises them; None if the proof fails."""
    if not low.any():
        unit_rows = Basis(working.scaled.shape[1])
        return unit_rows.null_space(), unit_rows.free
    if (multiplier[low] <= 0).any():
        return None
    found = _null_space_by_floats(working, low, multiplier[low]) if working.sound else None
    return found or _null_space_by_integers(working.exact.subset(low), working.scaled[low], multiplier[low])


def _null_space_by_floats(working: Working, low: Bools, multiplier: Array) -> tuple[Integers, Index] | None:
    """Rank and inseparability by bounds of rounding error, the null space read as rationals and then checked.

    With residual r = A_L'y and smallest singular value σ on the row space, a change of the multipliers of
    length at most |r|/σ makes the residual vanish: below min y it leaves them positive (Stiemke).
    """
    rows = working.scaled[low]
    _, sigma, right = np.linalg.svd(rows, full_matrices=True)
    error = 16 * max(rows.shape) * EPS * sigma[0]
    rank = int((sigma > 1e-7 * sigma[0]).sum())
    residual = np.linalg.norm(multiplier @ rows) + np.linalg.norm(
        (len(rows) + 8) * EPS * (np.abs(multiplier) @ np.abs(rows))
    )
    if not residual < 0.5 * multiplier.min() * (sigma[rank - 1] - error):
        return None
    basis, slots = _as_rationals(right[rank:].T)
    return (basis, slots) if working.exact.subset(low).vanishing(basis).all() else None


def _as_rationals(vectors: Array) -> tuple[Integers, Index]:
    """Integer basis near the span of some vectors: a unit matrix in well-chosen rows, small fractions elsewhere."""
    slots = _independent(vectors.T)
    reduced = vectors @ np.linalg.inv(vectors[slots]) if len(slots) else vectors
    columns = []
    for column in reduced.T:
        ratios = [Fraction(float(x)).limit_denominator(_DENOMINATOR) for x in column]
        common = lcm(*(ratio.denominator for ratio in ratios))
        columns.append(primitive(np.array([int(ratio * common) for ratio in ratios], dtype=object)))
    return np.array(columns, dtype=object).reshape(len(columns), len(vectors)).T, slots


def _independent(rows: Array) -> Index:
    """Indices of independent columns, each the longest of what the ones before leave (pivoted Gram–Schmidt)."""
    rest, chosen = rows.astype(np.float64), []
    start = np.linalg.norm(rest, axis=0).max(initial=0.0)
    for _ in range(min(rest.shape)):
        length = np.linalg.norm(rest, axis=0)
        best = int(length.argmax())
        if length[best] <= 1e-9 * start:
            break
        along = rest[:, best] / length[best]
        rest = rest - np.outer(along, along @ rest)
        rest[:, best] = 0.0
        chosen.append(best)
    return np.array(chosen, dtype=np.intp)


def _null_space_by_integers(rows: IntegerRows, scaled: Array, multiplier: Array) -> tuple[Integers, Index] | None:
    """Null space by elimination; the residual of the multipliers is taken up exactly by independent rows."""
    basis = spanning(rows, _independent(scaled.T))
    size = integers(np.ldexp(np.rint(np.ldexp(multiplier / multiplier.min(), 20)), -20))
    residual = basis.coordinates(size @ rows.rows)
    slots = basis.held
    positive = [size[basis.label[s]] * basis.determinant > residual[s] for s in slots]
    return (basis.null_space(), basis.free) if all(positive) else None


def _pivoted(working: Working, guess: _Guess | None) -> _Face:
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
    rest = spanning(rows.subset(left), _independent(working.scaled[left].T))
    return _Face(rest.null_space(), rest.free, total, _PIVOTING)


def _balanced(total: Integers, direction: Integers) -> Integers:
    """Sum of two directions brought to about the same length."""
    one, two = (max(abs(x).bit_length() for x in v.tolist()) for v in (total, direction))
    if not one:
        return direction
    return np.asarray((total << max(two - one, 0)) + (direction << max(one - two, 0)), dtype=object)


def _tight(rows: Array, guess: _Guess | None) -> Index:
    """Independent rows, those nearest to the border of the guess first."""
    if guess is None:
        return _independent(rows.T)
    order = np.argsort(np.abs(rows @ guess.direction), kind="stable")[: 4 * rows.shape[1]]
    return np.asarray(order[_independent(rows[order].T)])


class _Bounds:
    """Signs of linear functions over the cone, in coordinates z of its span (d = N z)."""

    def __init__(self, data: Rows, working: Working, face: _Face) -> None:
        self.data, self.face = data, face
        self.rows = IntegerRows(working.exact.rows @ face.basis)
        self.basis = spanning(self.rows, ())
        self.seen = [face.inside]

    def sign(self, target: Integers) -> int:
        """1 or −1 where ``target'z`` has that sign on the cone and is not 0 throughout; 0 where it has both.

        The first z seen is in the interior, so target'z = 0 there means both signs nearby. Elsewhere the sign
        holds throughout exactly if target lies in the cone of the rows (Farkas).
        """
        signs = exact_signs(np.array(self.seen, dtype=object), target)
        here = int(signs[0])
        if here == 0 or (signs == -here).any():
            return 0
        return here if len(target) == 1 or self._keeps(here * target) else 0

    def _keeps(self, target: Integers) -> bool:
        """Whether target'z ≥ 0 on the cone; rows of the data that matter are taken up on the way."""
        while True:
            z = separating(self.rows, target, self.basis)
            if z is None:
                return True
            violated = self.data.below(self.face.basis @ z)
            if not len(violated):
                self.seen.append(z)
                return False
            more = IntegerRows(self.data.working(violated).exact.rows @ self.face.basis)
            self.rows = self.rows.followed_by(more)
            span(self.rows, self.basis)
