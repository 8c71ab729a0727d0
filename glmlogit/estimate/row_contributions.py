"""What each row contributes to score and information, and its leverage: a fold over blocks of the design."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from glmlogit.data.rows import RowBlock
from glmlogit.estimate.solved import Solved

Array = npt.NDArray[np.float64]


class RowContributions(NamedTuple):
    """Rows of a fit: everything is for one replicate of a row, which stands for ``copies`` of them.

    ``copies`` is the frequency weight, and 1 for other weights, which are part of ``residual`` and
    ``weight`` then. Where rows have several directions, residuals, weights and whitened directions have an axis of them
    in front (see :class:`~glmlogit.likelihood.objective.Contribution`).
    """

    rows: slice
    block: RowBlock  # columns, weighted events and non-events
    eta: Array
    residual: Array  # wᵢ(yᵢ − mᵢpᵢ)
    weight: Array  # wᵢmᵢpᵢ(1 − pᵢ)
    whitened: Array  # R⁻ᵀxᵢ over the estimable coefficients
    hat: Array
    copies: Array

    def scores(self, factor: Array) -> Array:
        """Sums (m, k) over directions of ``factor``, shaped as the residuals, times whitened directions."""
        scores = self.whitened * factor[..., None]
        return scores if scores.ndim == 2 else np.asarray(scores.sum(axis=0))


def row_contributions(solved: Solved) -> Iterator[RowContributions]:
    """Yield residuals, weights and leverages in blocks; leverages are ``w·|R⁻ᵀx|²``, never a difference."""
    likelihood, estimated = solved.maximum.limiting, solved.maximum.estimated
    frequency = solved.design.weights if solved.design.weight_type == "frequency" else None
    for rows, block, eta, residual, weight, directions in likelihood.contributions(
        solved.maximum.beta, solved.linear_predictor
    ):
        copies = np.ones(rows.stop - rows.start) if frequency is None else frequency[rows]
        everything = len(estimated) == directions.shape[-1]
        whitened = solved.whiten(directions if everything else directions[..., estimated])
        if frequency is not None:
            residual, weight = residual / copies, weight / copies
        yield RowContributions(rows, block, eta, residual, weight, whitened, leverages(weight, whitened), copies)


def leverages(weight: Array, whitened: Array) -> Array:
    """``Σ w|z|²`` (m,) over the directions of each row: the trace of its leverage."""
    hat = weight * (np.square(whitened) @ np.ones(whitened.shape[-1]))
    return hat if hat.ndim == 1 else np.asarray(hat.sum(axis=0))
