"""Linear algebra of the information matrix: factors, solutions, standard errors, rank.

An information matrix is held with a power-of-two scale per column, so that units of measurement
(1e-200 or 1e200) change neither rank nor digits, and either as a matrix (sums of products) or as a
triangular root from a QR factorisation or a second pass, which keeps κ where the matrix would have κ².
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.linalg import blas, lapack

from glmlogit.numerics import kernels
from glmlogit.numerics.lazy import cached_property

Array = npt.NDArray[np.float64]

EPS = float(np.finfo(float).eps)

# A column is aliased when what the columns before it leave of it is below this share of its length.
# QR of p columns leaves about 1e-15; genuine near-collinearity is honoured up to κ = 1e11.
ALIAS_TOLERANCE = 1e-11
# A pivot of a root whose columns have about unit length, from which on down it is singular.
LEAST_PIVOT = 4 * EPS
# Condition up to which sums of products of columns, which lose κ²·ε (2e-6 here), can be relied on: as directions of
# steps, as proof that columns are independent, and to rotate columns by for a second pass that is as good as QR.
SUMS_CONDITION = 1e5
# Distance from the identity up to which a rotated information is well-conditioned.
ROTATED_NEAR_IDENTITY = 0.1
# Condition up to which one that was rotated by the root at another point loses nothing of note: its square times eps.
ROTATED_CONDITION = 10.0
# Sums of squares between these have lost nothing to the ends of the range of numbers.
SMALLEST_SQUARE, LARGEST_SQUARE = 1e-270, 1e300

# Logarithmically the middle between ½ and 1.
HALF_A_BINADE = math.sqrt(0.5)


def power_of_two(x: Array) -> Array:
    """The power of two nearest (in logarithm) to each positive x; multiplying by it is exact."""
    share, exponent = np.frexp(x)
    return np.asarray(np.ldexp(1.0, np.minimum(exponent - (share < HALF_A_BINADE), 1023)))


def scale_of(magnitude: Array) -> Array:
    """Powers of two (p,) that bring the largest value of every column, its ``magnitude``, near 1; 1 for zeros.

    Those nearest in logarithm, number by number: of a few columns in a fifth of the time of arrays.
    """
    parts = map(math.frexp, magnitude.tolist())
    return np.array([math.ldexp(1.0, (share < HALF_A_BINADE) - power) if share else 1.0 for share, power in parts])


def units_of(rows: Array) -> Array:
    """A power of two near the largest entry of each row (m,); in such units squares stay in the range of numbers."""
    largest = np.abs(rows).max(axis=1, initial=0.0)
    usual = (largest > 0) & np.isfinite(largest)
    return np.where(usual, power_of_two(np.where(usual, largest, 1.0)), 1.0)


def lengths(rows: Array) -> Array:
    """Euclidean length of each row (m,), where its square would over- or underflow as well."""
    with np.errstate(over="ignore", under="ignore"):
        squares = np.add.reduce(rows * rows, axis=1)
    if all(SMALLEST_SQUARE < square < LARGEST_SQUARE for square in squares.tolist()):
        return np.asarray(np.sqrt(squares))
    units = units_of(rows)
    scaled = rows / units[:, None]
    return np.asarray(units * np.sqrt(np.add.reduce(scaled * scaled, axis=1)))


@dataclass(frozen=True, eq=False, init=False)
class TriangularFactor:
    """Upper triangular R and scale s with ``I = D⁻¹ R'R D⁻¹``, ``D = diag(s)``."""

    root: Array
    scale: Array

    def __init__(self, root: Array, scale: Array) -> None:
        self.__dict__.update(root=root, scale=scale)  # half the time of frozen fields: one is made for each evaluation

    def half_solve(self, v: Array) -> Array:
        """``R⁻ᵀ D v`` of v (p,) or (p, m): its length is the norm of v in the metric of the inverse information."""
        return _triangular(self.root, (v.T * self.scale).T, transpose=True)

    def norm(self, v: Array) -> float:
        """``√(v' I⁻¹ v)``."""
        half = self.half_solve(v)
        return math.sqrt(half @ half)

    def solve(self, v: Array) -> Array:
        """``I⁻¹ v`` of v (p,) or (p, m)."""
        return self.other_half(self.half_solve(v))

    def other_half(self, half: Array) -> Array:
        """``D R⁻¹ half`` (p,), which makes ``I⁻¹v`` of what :meth:`half_solve` makes of v."""
        return np.asarray((_triangular(self.root, half, transpose=False).T * self.scale).T)

    def both_halves(self, v: Array) -> tuple[Array, Array]:
        """:meth:`half_solve` and :meth:`solve` of one vector (p,)."""
        half, failed = lapack.dtrtrs(self.root, v * self.scale, lower=0, trans=1)
        step, singular = lapack.dtrtrs(self.root, half, lower=0, trans=0)
        if failed or singular:
            raise np.linalg.LinAlgError("singular triangular factor")
        return half, step * self.scale

    @cached_property
    def inverse_root(self) -> Array:
        """``L = D R⁻¹`` (p, p) with ``L L' = I⁻¹``: the lengths of its rows are standard errors."""
        return _inverse_triangle(self.root) * self.scale[:, None]

    @property
    def errors(self) -> Array:
        """Standard errors (p,): the lengths of the rows of :attr:`inverse_root`."""
        return lengths(self.inverse_root)

    @property
    def log_determinant(self) -> float:
        """``log|I|``."""
        return 2.0 * float(np.log(np.abs(np.diagonal(self.root))).sum() - np.log(self.scale).sum())

    def inverse(self) -> Array:
        """``I⁻¹`` (p, p), exactly symmetric."""
        return self.inverse_root @ self.inverse_root.T

    @cached_property
    def condition(self) -> float:
        """Estimated condition number of the scaled root (LAPACK's 1-norm estimate, from the factor)."""
        if not len(self.root):
            return 1.0
        rcond, _ = lapack.dtrcon(self.root)
        return float(1.0 / rcond) if rcond > 0 else np.inf


@dataclass(frozen=True, eq=False, init=False)
class Information:
    """``I`` with ``I[j, k] = A[j, k] / (s[j] s[k])``; A given as ``matrix``, as ``root`` (R'R), or both."""

    scale: Array
    matrix: Array | None = None
    root: Array | None = None

    def __init__(self, scale: Array, matrix: Array | None = None, root: Array | None = None) -> None:
        self.__dict__.update(scale=scale, matrix=matrix, root=root)  # as for a factor

    def __add__(self, addend: Information) -> Information:
        ratio = self.scale / addend.scale
        if self.matrix is not None and addend.matrix is not None:
            return Information(self.scale, matrix=self.matrix + addend.matrix * np.outer(ratio, ratio))
        stacked = np.vstack([self._any_root(), addend._any_root() * ratio])
        return Information(self.scale, root=triangular_root(stacked))

    def _any_root(self) -> Array:
        if self.root is not None:
            return self.root
        factor = self.factor
        if factor is None:
            raise np.linalg.LinAlgError("a singular matrix cannot be added to a root")
        return factor.root * (self.scale / factor.scale)

    def keep(self, columns: npt.NDArray[np.intp]) -> Information:
        """The information of the coefficients at positions ``columns`` (k,), the others being constant."""
        scale = self.scale[columns]
        if self.root is None:
            assert self.matrix is not None
            return Information(scale, matrix=self.matrix[np.ix_(columns, columns)])
        return Information(scale, root=triangular_root(self.root[:, columns]))

    @cached_property
    def dense(self) -> Array:
        """The matrix I itself (p, p)."""
        matrix = self.matrix if self.root is None else self.root.T @ self.root
        assert matrix is not None
        return np.asarray(matrix / np.outer(self.scale, self.scale))

    def factored(self, factor: TriangularFactor) -> Information:
        """Itself, with a factor that is known: of a root whose columns are about as long as each other."""
        self.__dict__["factor"] = factor
        return self

    @cached_property
    def factor(self) -> TriangularFactor | None:
        """Triangular factor of the equilibrated matrix; None where it is numerically singular."""
        if self.root is not None:
            return _factor_root(self.root, self.scale)
        assert self.matrix is not None
        equilibrium = equilibrated(self.matrix)
        if equilibrium is None:
            return None
        upper, unit = equilibrium
        root, failed = lapack.dpotrf(upper, lower=0, clean=0, overwrite_a=1)
        # Not every LAPACK refuses what overflows on the way; it spreads to the last pivot.
        if failed or (len(root) and not math.isfinite(root[-1, -1])):
            return None
        return TriangularFactor(root, self.scale * unit)


def equilibrated(matrix: Array) -> tuple[Array, Array] | None:
    """``UAU``, its upper triangle alone and in Fortran order, and the powers of two u near 1/√diagonal.

    None where that is not finite, or the diagonal not positive. :func:`equilibrated_numpy` is the twin of the compiled
    lines, and equal to the last bit.
    """
    if not kernels.COMPILED:
        return equilibrated_numpy(matrix)
    matrix = np.ascontiguousarray(matrix, dtype=np.float64)
    upper, unit = np.empty(matrix.shape, order="F"), np.empty(len(matrix))
    return (upper, unit) if kernels._rowpass.equilibrate(matrix, upper, unit) else None


def equilibrated_numpy(matrix: Array) -> tuple[Array, Array] | None:
    """The NumPy twin."""
    diagonal = matrix.diagonal()
    if not (np.isfinite(diagonal).all() and (diagonal > 0).all()):
        return None
    _, exponents = np.frexp(diagonal)
    unit = np.ldexp(1.0, -(exponents >> 1))
    with np.errstate(over="ignore", invalid="ignore"):
        upper = np.asfortranarray(np.triu(matrix * unit * unit[:, None]))
    return (upper, unit) if np.isfinite(upper).all() else None


def _factor_root(root: Array, scale: Array) -> TriangularFactor | None:
    size = lengths(root.T)
    if not (np.isfinite(size).all() and (size > 0).all()):
        return None
    unit = 1.0 / power_of_two(size)
    scaled = root * unit
    singular = np.abs(np.diagonal(scaled)).min() <= LEAST_PIVOT
    return None if singular else TriangularFactor(np.asfortranarray(scaled), scale * unit)


def _triangular(root: Array, b: Array, *, transpose: bool) -> Array:
    if not b.size:  # LAPACK refuses matrices without rows
        return np.zeros_like(b)
    if b.ndim == 2:  # of OpenBLAS's two, dtrtrs wakes a thread for the smallest matrix, and waits for it
        if not root.diagonal().all():
            raise np.linalg.LinAlgError("singular triangular factor")
        return np.asarray(blas.dtrsm(1.0, root, b, lower=0, trans_a=int(transpose)))
    x, failed = lapack.dtrtrs(root, b, lower=0, trans=int(transpose))
    if failed:
        raise np.linalg.LinAlgError("singular triangular factor")
    return np.asarray(x)


def _inverse_triangle(root: Array) -> Array:
    """``R⁻¹``; not as the solution for many right-hand sides, for which a BLAS wakes its threads, however few."""
    if not len(root):
        return np.zeros_like(root)
    inverse, failed = lapack.dtrtri(root, lower=0)
    if failed:
        raise np.linalg.LinAlgError("singular triangular factor")
    return np.asarray(inverse)


def rotated_root(first: TriangularFactor, rotated: Array, *, elsewhere: bool = False) -> Array | None:
    """Triangular root, scaled as ``first``, of an information that is ``rotated`` along ``first.inverse_root``.

    Cholesky QR, repeated (Yamamoto, Nakatsukasa, Yanagisawa & Fukaya 2015, *ETNA* 44, 306–326): of R₁, found from sums
    of products, and ``R₂'R₂ = R₁⁻ᵀIR₁⁻¹`` this is ``R₂R₁``. R₁ is off by eps·κ², and R₂ makes good whatever it lacks as
    long as that matrix is near the identity: its error is then that of the rotated rows, at most p^1.5·eps·κ (Higham
    2002, §3.1 and 14.2) and far less in practice. None where it is not near, from about κ = 1e7 on. Where R₁ is that of
    the information ``elsewhere``, at another β, it is enough that R₂ is well-conditioned.
    """
    if not elsewhere and not np.linalg.norm(rotated - np.eye(len(rotated))) <= ROTATED_NEAR_IDENTITY:
        return None
    second, failed = lapack.dpotrf(rotated, lower=0, clean=1)
    if failed or (elsewhere and not TriangularFactor(second, np.ones(len(second))).condition <= ROTATED_CONDITION):
        return None
    return np.asarray(blas.dtrmm(1.0, second, first.root))


def triangular_root(rows: Array) -> Array:
    """Upper triangular R (p, p) with ``R'R = rows'rows`` of rows (m, p), by QR."""
    return np.asarray(np.linalg.qr(rows, mode="r"))


def append_rows(root: Array | None, rows: Array) -> Array:
    """Root (p, p) of ``R'R + rows'rows`` of a root (p, p) and rows (m, p): one step of a blockwise factorisation."""
    return triangular_root(rows if root is None else np.vstack([root, rows]))


@dataclass(frozen=True, eq=False)
class Alias:
    """A column that is a linear combination of earlier ones: ``x[column] = Σ weight·x[other]``."""

    column: int
    combination: tuple[tuple[int, float], ...]


def aliased_columns(root: Array, scale: Array) -> tuple[Alias, ...]:
    """Columns, from left to right, that depend linearly on the ones kept before them (R's rule).

    ``root`` is the triangular factor of the columns scaled by ``scale``; rank is judged on X itself,
    never on √W·X, since saturated rows make a full-rank X look deficient.
    """
    lengths = np.linalg.norm(root, axis=0)
    basis = np.zeros((root.shape[0], 0))
    independent: list[int] = []
    aliases: list[Alias] = []
    for j in range(root.shape[1]):
        column = root[:, j]
        rest = column - basis @ (basis.T @ column)
        rest -= basis @ (basis.T @ rest)  # once more: full orthogonality
        size = float(np.linalg.norm(rest))
        if lengths[j] > 0 and size > ALIAS_TOLERANCE * lengths[j]:
            basis = np.column_stack([basis, rest / size])
            independent.append(j)
        else:
            aliases.append(Alias(j, _combination(root, scale, independent, j)))
    return tuple(aliases)


# Columns whose part in an aliased column is below this share of its length are no part of the combination: a weight is
# known to κ·ε of the largest part only, and what is left of a true 0 would be printed as a number.
_PART_OF_COMBINATION = 1e-8


def _combination(root: Array, scale: Array, independent: list[int], j: int) -> tuple[tuple[int, float], ...]:
    if not independent:
        return ()
    weights, *_ = np.linalg.lstsq(root[:, independent], root[:, j], rcond=None)
    size = np.abs(weights) * np.linalg.norm(root[:, independent], axis=0)
    relevant = size > _PART_OF_COMBINATION * np.linalg.norm(root[:, j])
    return tuple(
        (k, float(w * scale[k] / scale[j])) for k, w, yes in zip(independent, weights, relevant, strict=True) if yes
    )
