"""The information of a logit model along a root of its inverse, its derivatives, and leverages: folds over the rows.

With a root of p rows and m columns and ``z = root'x``, a row of weight w(η) = (a + b)p(1 − p) has
``h = w|z|²``, its leverage where root·root' is the inverse of the information ``X'WX`` (Pregibon 1981). What
Jeffreys' prior needs (Firth 1993) are sums of these over rows. The compiled folds are in ``c/leverages.c``; each has
its NumPy twin here. As in the row pass, no result depends on threads or on how X is stored.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from glmlogit.numerics import kernels
from glmlogit.numerics.blocks import block_rows
from glmlogit.numerics.kernels import Observations
from glmlogit.numerics.products import Products, times_triangle

Array = npt.NDArray[np.float64]
# Rows of a pass, as they are or checked before.
Rows = Observations | kernels.CheckedRows

# Columns of a root up to which the compiled second derivatives are used.
WIDEST_CURVATURE: int = kernels._rowpass.WIDEST_CURVATURE if kernels.COMPILED else 0


class InfoGradient(NamedTuple):
    """Gradient (p,) of ``tr(A·I(β))`` for a fixed A = root·root'; what bounds its own derivatives.

    With ``q = |root'x|²``, ``largest`` is the greatest q of a row that has weight, ``squares`` is ``Σ w q²``.
    """

    gradient: Array
    largest: float
    squares: float


class InfoCurvature(NamedTuple):
    """Derivatives of the information along the columns of a root (p, m), in the coordinates ``z = root'x``.

    ``first`` (m, m²) are the first ones, ``Σ w' z_a z z'``; ``second`` (m, m) the trace of the second ones,
    ``Σ w''|z|² z z'``.
    """

    first: Array
    second: Array


def info_gradient(rows: Rows, beta: Array, root: Array, *, threads: int | None = None) -> InfoGradient:
    """``Σ h(1 − 2p)x`` with ``h = w|root'x|²``; a :exc:`ValueError` for malformed arguments."""
    rows, beta, root = _checked(rows, beta, root)
    if not _compiled(rows, root):
        return info_gradient_numpy(rows, beta, root)
    return _gradient_sums(rows, beta, root, None, threads)


def leverages(rows: Observations, beta: Array, root: Array, *, threads: int | None = None) -> Array:
    """``h = w|root'x|²`` of each row (n,)."""
    rows, beta, root = _checked(rows, beta, root)
    if not _compiled(rows, root):
        return leverages_numpy(rows, beta, root)
    hat = np.empty(len(rows.X))
    _gradient_sums(rows, beta, root, hat, threads)
    return hat


def _gradient_sums(
    rows: Observations, beta: Array, root: Array, hat: Array | None, threads: int | None
) -> InfoGradient:
    """The compiled fold, segment by segment; leverages go to ``hat``."""
    n, p = rows.X.shape
    size = kernels.segment_rows(n, p)
    sums = np.empty((-(-n // size), 2 + p))

    def segment(k: int) -> None:
        kernels._rowpass.info_gradient(*rows, beta, root, sums[k], hat, k * size, min(n, (k + 1) * size))

    kernels.share(segment, len(sums), kernels.threads_for(n, p, threads))
    total = sums[0, 1:] if len(sums) == 1 else sums[:, 1:].sum(axis=0)
    return InfoGradient(total[1:], float(sums[:, 0].max(initial=0.0)), float(total[0]))


def info_curvature(rows: Rows, beta: Array, root: Array, *, threads: int | None = None) -> InfoCurvature:
    """First derivatives of the information and the trace of the second ones: m³/6 products a row."""
    rows, beta, root = _checked(rows, beta, root)
    n, p = rows.X.shape
    m = root.shape[1]
    if not _compiled(rows, root) or m > WIDEST_CURVATURE:
        return info_curvature_numpy(rows, beta, root)
    size = kernels.segment_rows(n, p)
    sums = np.empty((-(-n // size), (1 + m) * m * m))

    def segment(k: int) -> None:
        kernels._rowpass.info_curvature(*rows, beta, root, sums[k], k * size, min(n, (k + 1) * size))

    kernels.share(segment, len(sums), kernels.threads_for(n * (1 + m // 6), p, threads))
    total = sums[0] if len(sums) == 1 else sums.sum(axis=0)
    return InfoCurvature(total[m * m :][_rising(m)], _mirrored(total[: m * m].reshape(m, m)))


def info_cubes(rows: Rows, beta: Array, root: Array, *, threads: int | None = None) -> Array:
    """``Σ w(1 − 2p)z³`` (m,) of each ``z = root'x``: derivatives of the information along the columns of a root."""
    rows, beta, root = _checked(rows, beta, root)
    if not _compiled(rows, root):
        return info_cubes_numpy(rows, beta, root)
    n, p = rows.X.shape
    size = kernels.segment_rows(n, p)
    sums = np.empty((-(-n // size), root.shape[1]))

    def segment(k: int) -> None:
        kernels._rowpass.info_cubes(*rows, beta, root, sums[k], k * size, min(n, (k + 1) * size))

    kernels.share(segment, len(sums), kernels.threads_for(n, p, threads))
    return np.asarray(sums.sum(axis=0))


def rotated_information(rows: Observations, beta: Array, root: Array, *, threads: int | None = None) -> Array:
    """``Σ w z z'`` (m, m) with ``z = root'x``: the information in other coordinates, without its rounding.

    Products of columns are formed after they were rotated. So where root·root' is nearly the inverse of the
    information, this differs from the identity by what that inverse lacks, known to eps κ, not eps κ².
    """
    rows, beta, root = _checked(rows, beta, root)
    if not _compiled(rows, root):
        return rotated_information_numpy(rows, beta, root)
    n, p = rows.X.shape
    m = root.shape[1]
    size = kernels.segment_rows(n, p)
    sums = np.empty((-(-n // size), m, m))

    def segment(k: int) -> None:
        kernels._rowpass.rotated_information(*rows, beta, root, sums[k], k * size, min(n, (k + 1) * size))

    kernels.share(segment, len(sums), kernels.threads_for(2 * n, p, threads))
    return _mirrored(sums.sum(axis=0))


def sum_of_gradients(parts: Iterable[InfoGradient]) -> InfoGradient:
    """Of rows in several parts: all but the largest q add."""
    first, *others = parts
    if not others:
        return first
    gradients, largest, squares = zip(first, *others, strict=True)
    return InfoGradient(np.sum(gradients, axis=0), max(largest), float(sum(squares)))


def sum_of_curvatures(parts: Iterable[InfoCurvature]) -> InfoCurvature:
    """Of rows in several parts: derivatives add."""
    total, *others = parts
    if not others:
        return total
    first, second = zip(total, *others, strict=True)
    return InfoCurvature(np.sum(first, axis=0), np.sum(second, axis=0))


@lru_cache(maxsize=8)
def _rising(m: int) -> npt.NDArray[np.intp]:
    """Place of each ``abc`` in (m, m²) among those with a ≤ b ≤ c, which are all that is summed."""
    a, b, c = np.sort(np.indices((m, m, m)).reshape(3, m, m * m), axis=0)
    return np.asarray((a * m + b) * m + c)


def _mirrored(upper: Array) -> Array:
    """The symmetric matrix (m, m) with the upper triangle of this one."""
    both, (below, above) = upper.copy(), _below(len(upper))
    both.ravel()[below] = both.ravel()[above]
    return both


@lru_cache(maxsize=64)
def _below(m: int) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Places below the diagonal of a matrix (m, m) in one piece, and of their mirror images above it."""
    rows, columns = np.tril_indices(m, -1)
    return rows * m + columns, columns * m + rows


def info_gradient_numpy(rows: Observations, beta: Array, root: Array) -> InfoGradient:
    """The NumPy twin of the compiled gradient, block by block."""
    n, p = rows.X.shape
    gradient, largest, squares = np.zeros(p), 0.0, 0.0
    size = block_rows(p)
    for start in range(0, n, size):
        X, skew, weight, _, q = _weighed(rows, slice(start, start + size), beta, root)
        gradient += (weight * q * skew) @ X
        largest = max(largest, float(q.max()))
        squares += float((weight * q) @ q)
    return InfoGradient(gradient, largest, squares)


def leverages_numpy(rows: Observations, beta: Array, root: Array) -> Array:
    """The NumPy twin of the compiled leverages, block by block."""
    n, p = rows.X.shape
    size = block_rows(p)
    blocks = (_weighed(rows, slice(start, start + size), beta, root) for start in range(0, n, size))
    return np.concatenate([np.empty(0), *(block.weight * block.q for block in blocks)])


def info_curvature_numpy(rows: Observations, beta: Array, root: Array) -> InfoCurvature:
    """The NumPy twin of the compiled derivatives, in blocks that hold m² products of each row."""
    n, m = len(rows.X), root.shape[1]
    first, second = np.zeros((m, m * m)), np.zeros((m, m))
    size = max(1, block_rows(m * m) // 4)
    for start in range(0, n, size):
        _, skew, weight, z, q = _weighed(rows, slice(start, start + size), beta, root)
        pairs = (z[:, :, None] * z[:, None, :]).reshape(len(z), m * m)
        first += (z * (weight * skew)[:, None]).T @ pairs
        second += (z * (weight * q * (1.5 * skew * skew - 0.5))[:, None]).T @ z  # 1 − 6pq, as (1 − 2p)² = 1 − 4pq
    return InfoCurvature(first, second)


def info_cubes_numpy(rows: Observations, beta: Array, root: Array) -> Array:
    """The NumPy twin of the compiled cubes, block by block."""
    n, p = rows.X.shape
    cubes = np.zeros(root.shape[1])
    size = block_rows(p)
    for start in range(0, n, size):
        _, skew, weight, z, _ = _weighed(rows, slice(start, start + size), beta, root)
        cubes += (weight * skew) @ (z * z * z)
    return cubes


def rotated_information_numpy(rows: Observations, beta: Array, root: Array) -> Array:
    """The NumPy twin of the compiled information in other coordinates, block by block."""
    n, p = rows.X.shape
    gram = Products(root.shape[1])
    size = block_rows(p)
    triangular = root.shape[0] == root.shape[1] and not np.tril(root, -1).any()
    for start in range(0, n, size):
        X, eta, events, nonevents = kernels.row_block(rows, slice(start, start + size), beta)
        weighted = times_triangle(X, root) if triangular else X @ root
        weighted *= np.sqrt(kernels.row_sums(eta, events, nonevents).weight)[:, None]
        gram.add(weighted)
    return gram.total


class _Weighed(NamedTuple):
    """A block of rows: columns, 1 − 2p, w, z and ``q = |z|²``."""

    X: Array
    skew: Array
    weight: Array
    z: Array
    q: Array


def _weighed(rows: Observations, part: slice, beta: Array, root: Array) -> _Weighed:
    """The rows of a block; z is exactly 0 where w is, however far off the columns are."""
    X, eta, events, nonevents = kernels.row_block(rows, part, beta)
    p, q = kernels.tails(eta)
    weight = (events + nonevents) * p * q
    z = np.where(weight[:, None] != 0, X @ root, 0.0)
    return _Weighed(X, q - p, weight, z, np.einsum("ij,ij->i", z, z))


def _compiled(rows: Observations, root: Array) -> bool:
    return kernels.COMPILED and 0 < min(root.shape) <= max(root.shape) <= kernels.WIDEST_COMPILED


def _checked(rows: Rows, beta: Array, root: Array) -> tuple[Observations, Array, Array]:
    """Arguments as C can read them; rows are looked at where that was not done before."""
    rows = rows.rows if isinstance(rows, kernels.CheckedRows) else kernels.plain_rows(rows)
    beta, plain = kernels.doubles(beta, rows.X.shape[1]), np.ascontiguousarray(root, dtype=np.float64)
    if plain.ndim != 2 or len(plain) != rows.X.shape[1]:
        raise ValueError(f"the root has shape {plain.shape}; one row for each column of X is needed")
    return rows, beta, plain
