"""Refinement of a maximum beyond double precision, and lower bounds of the digits an estimate has.

Polishing is iterative refinement in the sense of Demmel, Hida, Kahan, Li, Mukherjee & Riedy (2006, *ACM
TOMS* 32, 325–351; Higham 2002, ch. 12) applied to the score equation: the score is evaluated in
double-double at a double-double β, the inverse root T of a double fit serves as preconditioner, and all that
is left for double precision is G = T'IT, close to the identity whatever the condition of I. The covariance
is T G⁻¹ T' exactly.

Digits are certified by an a-posteriori bound. Let λ = √(s'I⁻¹s) at β̂, with s and I free of rounding, and ρ
the largest standard error of a linear predictor of a row. Since |σ''| ≤ σ', information changes by at most
the factor e^(±m) where linear predictors change by at most m (Bach 2010, *Electron. J. Stat.* 4, 384–414,
§2), and integrating the score from β̂ to the maximum gives, if ρλ < 1,

    ‖β̂ − β‖_I ≤ −log(1 − ρλ)/ρ,     |β̂_j − β_j| ≤ se_j ‖β̂ − β‖_I.

λ is known up to the rounding errors of the computed score, which are bounded by the usual analysis (Higham
2002, ch. 3) in the metric where they are harmless: with W the weights, ‖I^(−1/2) X'√W v‖ ≤ ‖v‖, so that
errors δη of linear predictors count √(Σ W δη²) standard errors, not κ times that.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple, cast

import numpy as np
import numpy.typing as npt

from glmlogit.data.rows import PassRows, RowBlock
from glmlogit.numerics import doubledouble
from glmlogit.numerics.doubledouble import DD, UNIT
from glmlogit.numerics.exact_score import (
    NO_ROWS,
    ExactScore,
    RowBounds,
    SummedExactly,
    exact_score,
    row_bounds,
    sums_itself,
)
from glmlogit.numerics.lazy import cached_property
from glmlogit.numerics.linalg import TriangularFactor, scale_of

Array = npt.NDArray[np.float64]

# −log10 of the unit roundoff: what a double correctly rounded has, whatever its value.
MOST_DIGITS = 15.95
# A coefficient that is 0 within this share of its standard error, in double-double, is the number 0.
TRUE_ZERO = 2.0**-70
# Relative errors of a row's residual: of tails, two products and a difference, in double and double-double.
# NumPy's exp is taken to be good to 2 ulp.
RESIDUAL_DOUBLE = 14 * UNIT
RESIDUAL_EXACT = 2 * doubledouble.TAIL_ERROR
# Distance of G from the identity up to which its norm is 1 to six digits.
NEXT_TO_IDENTITY = 1e-6
# ρλ up to which the maximum is no further than 2/ρ away, so that weights of gaps between cuts are bounded on the way
# (``numerics/exact_cuts.py``).
FARTHEST = -math.expm1(-2.0)
# Bits of the leading part of a column, so that its products with leading parts of β and r add up exactly.
LEADING_BITS = 20


class ScaledRows(NamedTuple):
    """Rows with columns and weights near 1 by powers of two, the free columns first; nothing is rounded."""

    rows: PassRows | SummedExactly
    columns: npt.NDArray[np.intp]
    n_free: int
    scale: Array
    weight: float

    @classmethod
    def of(cls, rows: PassRows | SummedExactly, beta: Array, free: npt.NDArray[np.intp]) -> ScaledRows:
        """Rows with the free columns, and the others that are held at a value."""
        columns = free
        if len(free) < len(beta):
            columns = np.concatenate([free, np.setdiff1d(np.flatnonzero(beta), free)]).astype(np.intp)
        scale = scale_of(rows.magnitude)[columns]
        return cls(rows, columns, len(free), scale, scale_of_weights(rows))

    def unscaled(self) -> Iterator[RowBlock]:
        """Blocks of rows with scaled weights, and columns as they are."""
        rows = cast("PassRows", self.rows)
        p = rows.n_columns
        complete = self.n_free == p or np.array_equal(self.columns, np.arange(p))  # free columns are in order
        for block in rows.blocks():
            if not complete:
                block = block._replace(X=block.X[:, self.columns])
            if self.weight == 1.0:
                yield block
            else:
                yield RowBlock(block.X, block.events * self.weight, block.nonevents * self.weight, block.offset)

    def blocks(self) -> Iterator[RowBlock]:
        """Blocks of scaled rows."""
        return (block._replace(X=block.X * self.scale) for block in self.unscaled())

    def coefficients(self, beta: Array) -> Array:
        """Coefficients of the scaled columns."""
        return np.asarray(beta[self.columns] / self.scale)

    def preconditioner(self, factor: TriangularFactor) -> Array:
        """Inverse root of the information of the scaled rows."""
        return factor.inverse_root / self.scale[: self.n_free, None] / math.sqrt(self.weight)

    def unscaled_root(self, root: Array) -> Array:
        """The inverse root in the units of the data."""
        return root * self.scale[: self.n_free, None] * math.sqrt(self.weight)


def scale_of_weights(rows: PassRows | SummedExactly) -> float:
    """A power of four that brings the largest weight near 1: standard errors are scaled by its root."""
    return float(4.0 ** -max(-500, min(500, round(math.log2(rows.largest_weight) / 2))))


@dataclass
class Rounding:
    """Rounding errors of a score, in standard errors of the worst combination of coefficients.

    A relative error ε of residuals with gross value g = a·q + b·p counts ε √(Σ g²/W), by the metric, or
    ε Σ g ‖I^(−1/2) x‖, by the triangle inequality: the latter for rows whose weight has all but vanished.
    """

    reach: float  # bound of ‖I^(−1/2) x‖ over the rows
    rows: RowBounds = NO_ROWS
    sums: float = 0.0  # errors of column sums, already in standard errors

    @property
    def gross(self) -> float:
        """Σ g of all rows."""
        return self.rows.gross

    def add_rows(self, gross: Array, weight: Array, shift: Array) -> None:
        """Rows' gross residuals, weights, and bounds of the errors of their linear predictors."""
        self.rows = row_bounds(self.rows, gross, weight, shift, self.reach)

    def bound(self, residual: float) -> float:
        """All errors together, residuals having the relative error ``residual``."""
        # 1.1: weights and gross residuals are those of the rounded linear predictors.
        rows = self.rows
        return 1.1 * (residual * (math.sqrt(rows.metric) + rows.triangle) + math.sqrt(rows.shifts) + self.sums)


@dataclass(frozen=True, eq=False)
class Point:
    """Where a β stands: whitened score v = T's, its rounding error, G = T'IT and what follows from them."""

    beta: DD
    root: Array  # T, the preconditioner
    whitened: Array
    rounding: float
    reach: float  # bound of ρ
    cholesky: TriangularFactor  # of G
    slack: float  # bound of ‖G − (what is taken for it)‖
    size: Array  # gross sums of the columns, Σ g|x|
    value: float = math.nan  # log-likelihood of the scaled rows
    away: float = 0.0  # ‖G − 1‖ in Frobenius' norm

    @cached_property
    def distance(self) -> float:
        """λ as computed."""
        return self.cholesky.norm(self.whitened)

    @cached_property
    def inverse_root(self) -> Array:
        """Inverse root of the information of the scaled rows."""
        return np.asarray(self.root @ self.cholesky.inverse_root)

    @cached_property
    def errors(self) -> Array:
        """Standard errors of the scaled coefficients."""
        return row_lengths(self.inverse_root)

    @cached_property
    def stretch(self) -> float:
        """``max(1, ‖G^(−1/2)‖)``; from its distance to the identity where that is so small as to make no difference."""
        if self.away <= NEXT_TO_IDENTITY:
            return 1.0 / math.sqrt(1.0 - self.away)
        return max(1.0, float(np.linalg.norm(self.cholesky.inverse_root, 2)))

    @property
    def settled(self) -> bool:
        """Whether G is known well enough to take standard errors from it."""
        return self.slack < 0.5

    @cached_property
    def radius(self) -> Array:
        """Bound of the error of each scaled coefficient; inf where nothing can be said."""
        inflation = 1.0 / math.sqrt(1.0 - self.slack) if self.settled else math.inf
        # Rounding errors and reach are in the metric of T; this takes them to that of I.
        stretch = inflation * self.stretch
        decrement = inflation * self.distance * (1 + 1e-12) + stretch * self.rounding
        return np.asarray(distance_to_maximum(decrement, stretch * self.reach) * inflation * self.errors)

    @cached_property
    def rounded(self) -> tuple[Array, float]:
        """Scaled free coefficients (k,) as doubles, and their certified digits."""
        k = len(self.whitened)
        value, low, radius = self.beta.hi[:k], self.beta.lo[:k], self.radius
        zero = (np.abs(value) <= radius) & (radius <= TRUE_ZERO * self.errors)
        if zero.any():
            value, radius = np.where(zero, 0.0, value), np.where(zero, 0.0, radius + np.abs(low))
            return value, digits_of(value, radius)
        return value, digits_of(value, radius + np.abs(low))


def exact_sums(view: ScaledRows, beta: DD, root: Array, gram: bool, reach: float | None = None) -> ExactScore:
    """Sums over the rows at β in double-double; ``gram`` asks for G along ``root`` and for the longest row.

    ``reach`` is :func:`longest_row` where it is known.
    """
    k, along, reach = view.n_free, root if gram else None, longest_row(root) if reach is None else reach
    if sums_itself(view.rows):
        return view.rows.exact_sums(view.columns, k, view.scale, view.weight, beta, along, reach)
    return exact_score(view.unscaled(), view.scale, beta, k, along, reach)


def whitened_score(root: Array, sums: ExactScore) -> tuple[Array, float]:
    """The whitened score (k,) of sums in double-double, and a bound of its rounding errors."""
    k, lengths = len(root), row_lengths(root)
    rounding = Rounding(longest_row(root), sums.bounds, sums.additions * UNIT**2 * float(lengths @ sums.size))
    of_product = 3 * (k + 2) ** 2 * UNIT**2 * float(lengths @ np.abs(sums.score.hi))
    return doubledouble.matmul(root.T, sums.score).hi, rounding.bound(RESIDUAL_EXACT) + of_product


def factor_slack(n_rows: int, k: int, condition: float) -> float:
    """Bound of ‖T'IT − I‖ for a root by QR, or by Cholesky's method where the condition is small."""
    squared = condition * condition if condition <= 100.0 else condition
    return 4.0 * n_rows * k * math.sqrt(k) * UNIT * squared


def longest_row(root: Array) -> float:
    """Bound of the length of any scaled row in whitened coordinates: scaled columns are below 1.5."""
    return 1.5 * float(row_lengths(root).sum())


def row_lengths(rows: Array) -> Array:
    """Length of each row."""
    return np.asarray(np.sqrt(np.add.reduce(rows * rows, axis=1)))


def distance_to_maximum(decrement: float, reach: float) -> float:
    """``−log(1 − ρλ)/ρ``; inf where that is more than 2/ρ, or the score does not even prove that a maximum exists."""
    product = decrement * reach
    if not product < FARTHEST:
        return math.inf
    return decrement if product < 1e-8 else -math.log1p(-product) / reach


def digits_of(value: Array, error: Array) -> float:
    """Certified digits of the worst of ``value ± error``: relative to the least it can be."""
    worst = 0.0
    for size, wrong in zip(np.abs(value).tolist(), error.tolist(), strict=True):
        least = size - wrong
        relative = wrong / least if least > 0 else math.inf if wrong != 0 else 0.0
        worst = relative if not relative <= worst else worst  # a NaN stays
    if not worst < 1.0:
        return 0.0
    return MOST_DIGITS if worst == 0.0 else min(MOST_DIGITS, -math.log10(worst))


@lru_cache(maxsize=64)
def identity_factor(k: int) -> TriangularFactor:
    """The factor of the identity."""
    return TriangularFactor(np.asfortranarray(np.eye(k)), np.ones(k))


def furthest(image: Array) -> float:
    """Largest length of a column of the image T'X' (k, n), of rows without weight too: they may regain it."""
    return math.sqrt(float(np.einsum("ij,ij->j", image, image).max()))
