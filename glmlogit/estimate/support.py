"""Combinations of coefficients that rest on one cluster, or one row, alone: no sandwich has a variance for them.

Where no other rows tell anything of a combination, the likelihood equations fix the score of that cluster along it, to
0 for a likelihood, and the sandwich reports that as the variance whatever the truth. In coordinates in which the
information of all rows is the identity, the information of such a cluster has the eigenvalue 1, the others have 0
there: the leverage of 1 of a single row, and the reason why I − H of Bell & McCaffrey (2002) cannot be inverted.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.linalg import lapack

from glmlogit.data.storage import blocks
from glmlogit.estimate.row_contributions import leverages, row_contributions
from glmlogit.estimate.solved import Solved
from glmlogit.numerics.linalg import EPS

Array = npt.NDArray[np.float64]
Index = npt.NDArray[np.integer[Any]]

# Share of the information outside a cluster that is none: a standard error would be 1e-4 of the model's.
NEAR_NONE = 1e-8
# Rounding of a whitened row in units of eps·κ, with room for sums over some hundred columns; and the most that is
# allowed for, beyond which rows that carry information would count as rounding.
_ROUNDING, _LARGEST_ROUNDING = 64, 1e-3


class Support(NamedTuple):
    """A cluster or row, and the directions (k, s) of length 1, as :meth:`Solved.whiten` has them, that rest on it."""

    group: int
    directions: Array


def sole_supports(solved: Solved, codes: Index, shares: Array, *, together: bool = True) -> list[Support]:
    """The groups of rows (by code, −1 for none) without which some combination cannot be estimated.

    ``shares`` are the sums of leverages by group: who has less than 1 is nobody's sole support. ``together`` takes the
    copies that a frequency weight stands for as rows of one group, else as groups of their own.
    """
    turn, near = _turn(solved), rounding_of_images(solved, NEAR_NONE)
    if turn is None and not (shares >= 1.0 - near).any():
        return []
    shares, weights = np.zeros(len(shares)), []
    for block in row_contributions(solved):
        single = block.largest_single if solved.design.of_weighed_trials else block.weight
        weights.append(block.weight * block.copies if together else single)
        z = block.whitened if turn is None else block.whitened @ turn
        shares += summed(codes[block.rows], leverages(weights[-1], z), len(shares))
    weight = np.concatenate(weights, axis=-1)
    supports = []
    for group in np.flatnonzero(shares >= 1.0 - near).tolist():
        directions = _resting_on(solved, np.flatnonzero(codes == group), weight, turn, near)
        if directions.size:
            supports.append(Support(group, directions))
    return supports


def summed(codes: Index, values: Array, groups: int) -> Array:
    """Sums (groups,) of values (n,) by group; those of code −1 are in none."""
    inside = codes >= 0
    return np.bincount(codes[inside], weights=values[inside], minlength=groups).astype(np.float64)


def rounding_of_images(solved: Solved, least: float) -> float:
    """A tolerance for what is computed from rows as :meth:`Solved.whiten` has them, whose rounding is eps·κ."""
    factor = solved.maximum.at.info.factor
    if solved.exact_rows or factor is None:
        return least
    return min(least + _ROUNDING * EPS * factor.condition, _LARGEST_ROUNDING)


def _turn(solved: Solved) -> Array | None:
    """Matrix that makes rows whose information is the identity of rows of :meth:`Solved.whiten`; None if they are.

    A penalty with a curvature of its own leaves the information of the rows less than that.
    """
    k = len(solved.maximum.estimated)
    if solved.plain:
        return None
    gram = np.zeros((k, k))
    for block in row_contributions(solved):
        gram += _gram(block.whitened, block.weight * block.copies)
    lower, failed = lapack.dpotrf(gram, lower=1, clean=1)
    return None if failed else np.asarray(np.linalg.inv(lower).T)


def _gram(z: Array, weight: Array) -> Array:
    scaled = _flat(z * np.sqrt(weight)[..., None])
    return np.asarray(scaled.T @ scaled)


def _flat(directions: Array) -> Array:
    """Directions (m, k) or (s, m, k) of rows, one a row."""
    return directions.reshape(-1, directions.shape[-1])


def free_scores(solved: Solved, codes: Index) -> int:
    """Numbers in the scores of groups of rows that the estimating equations leave free: ``Σ rank(H_g) − k``.

    Counted only where there may be few, else a lower bound.
    """
    k, informative = len(solved.maximum.estimated), solved.rows.informative
    groups = np.flatnonzero(np.bincount(codes[informative]))
    if len(groups) > k + 1:
        return len(groups) - k
    weight = np.concatenate([block.weight * block.copies for block in row_contributions(solved)], axis=-1)
    values = (_axes(solved, np.flatnonzero(informative & (codes == group)), weight, None)[0] for group in groups)
    return sum(int((eigenvalues > NEAR_NONE).sum()) for eigenvalues in values) - k


def _resting_on(solved: Solved, rows: npt.NDArray[np.intp], weight: Array, turn: Array | None, near: float) -> Array:
    """Directions (k, s) in which some rows hold all of the information."""
    values, axes = _axes(solved, rows, weight, turn)
    directions = axes[:, values >= 1.0 - near]
    directions = directions if turn is None else turn @ directions
    return np.asarray(directions / np.linalg.norm(directions, axis=0))


def _axes(solved: Solved, rows: npt.NDArray[np.intp], weight: Array, turn: Array | None) -> tuple[Array, Array]:
    """Eigenvalues (m,) and axes (k, m) of the information of some rows; axes of eigenvalue 0 may be left out."""
    likelihood, beta, columns = solved.maximum.limiting, solved.maximum.beta, solved.maximum.estimated
    k = len(columns)
    parts = [rows[part] for part in blocks(len(rows), likelihood.size)]
    images = (
        _flat(solved.whiten(likelihood.directions(part, beta)[..., columns]) * np.sqrt(weight[..., part])[..., None])
        for part in parts
    )
    turned = (z if turn is None else z @ turn for z in images)
    if len(rows) < k:
        _, lengths, across = np.linalg.svd(next(turned), full_matrices=False)
        return lengths * lengths, across.T
    values, axes = np.linalg.eigh(sum((z.T @ z for z in turned), np.zeros((k, k))))
    return values, axes
