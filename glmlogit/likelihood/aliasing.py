"""Columns that depend linearly on earlier ones, and on which: combinations that hold in every row, not nearly."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Protocol

import numpy as np
import numpy.typing as npt

from glmlogit.numerics.linalg import EPS, Alias, triangular_root

Array = npt.NDArray[np.float64]
Index = npt.NDArray[np.intp]

# Numbers that a weight may be a ratio of: 1, halves to twelfths, decimals.
_DENOMINATORS = (1, 12, 1000, 10**6)
# What rounding may leave of a combination, in units of the sum of its parts.
_COMBINATION_ROUNDING = 8 * EPS
# Rows times columns times aliased columns whose combinations are worked out again from the rows.
_MOST_PRODUCTS = 4e9


class ModelColumns(Protocol):
    """Columns of rows, seen in blocks."""

    @property
    def n_rows(self) -> int:
        """Number of rows."""

    @property
    def magnitude(self) -> Array:
        """Largest absolute value of each column."""

    def column_blocks(self) -> Iterator[Array]:
        """The columns (m, p) of blocks of rows."""


@np.errstate(over="ignore", under="ignore", invalid="ignore")  # columns of 1e300 may leave the range: left as they were
def exact_combinations(
    columns: ModelColumns, root: Array, scale: Array, aliases: tuple[Alias, ...]
) -> tuple[Alias, ...]:
    """The combinations as simple numbers where these give the column to rounding in every row, else refined.

    ``aliases`` are those of a triangular root (q, p) of the columns times their ``scale`` (p,).

    A factor of the columns knows weights to κ·ε of the largest part, in which a small column's part may drown.
    """
    aliased = np.array([alias.column for alias in aliases], dtype=np.intp)
    independent = np.setdiff1d(np.arange(root.shape[1]), aliased)
    if not len(independent) or float(columns.n_rows) * len(independent) * len(aliased) > _MOST_PRODUCTS:
        return aliases
    before = independent[:, None] < aliased
    weights = _refined(columns, root, scale, independent, aliased, before)
    if not np.isfinite(weights).all():
        return aliases
    weights = _without_noise(weights, columns.magnitude, independent, aliased)
    chosen, settled = weights.copy(), np.zeros(len(aliased), dtype=bool)
    for denominator in _DENOMINATORS:
        simple = np.where(settled, chosen, _simple(weights, denominator))
        holds = _holds(columns, simple, independent, aliased)
        chosen[:, holds & ~settled] = simple[:, holds & ~settled]
        settled |= holds
        if settled.all():
            break
    return tuple(
        Alias(int(j), tuple((int(independent[i]), float(chosen[i, a])) for i in np.flatnonzero(chosen[:, a])))
        for a, j in enumerate(aliased)
    )


def _refined(
    columns: ModelColumns, root: Array, scale: Array, independent: Index, aliased: Index, before: npt.NDArray[np.bool_]
) -> Array:
    """Weights (k, a) by least squares, and twice again on what they leave of the rows."""
    solution, *_ = np.linalg.lstsq(root[:, independent], root[:, aliased], rcond=None)
    weights: Array = np.where(before, solution * scale[independent][:, None] / scale[aliased], 0.0)
    triangle = triangular_root(root[:, independent])
    for _ in range(2):
        products = np.zeros((len(independent), len(aliased)))
        for block in columns.column_blocks():
            X = block[:, independent]
            products += (X * scale[independent]).T @ (block[:, aliased] - X @ weights)
        step: Array = np.linalg.solve(triangle, np.linalg.solve(triangle.T, products))
        weights = np.where(before, weights + step * scale[independent][:, None], 0.0)
    return np.asarray(weights)


def _simple(weights: Array, denominator: int) -> Array:
    """The nearest ratios of small numbers."""
    near = [float(Fraction(w).limit_denominator(denominator)) for w in weights.ravel().tolist()]
    return np.array(near).reshape(weights.shape)


def _holds(columns: ModelColumns, weights: Array, independent: Index, aliased: Index) -> npt.NDArray[np.bool_]:
    """Which of the combinations give their column in every row, but for rounding."""
    holds = np.ones(len(aliased), dtype=bool)
    for block in columns.column_blocks():
        X, column = block[:, independent], block[:, aliased]
        size = np.abs(X) @ np.abs(weights) + np.abs(column)
        holds &= (np.abs(column - X @ weights) <= (_COMBINATION_ROUNDING + len(independent) * EPS) * size).all(axis=0)
    return holds


def _without_noise(weights: Array, magnitude: Array, independent: Index, aliased: Index) -> Array:
    """Weights without those whose part is rounding in every row."""
    part = np.abs(weights) * magnitude[independent][:, None]
    return np.where(part > _COMBINATION_ROUNDING * np.maximum(part.max(axis=0), magnitude[aliased]), weights, 0.0)
