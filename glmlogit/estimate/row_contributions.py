"""What each row contributes to score and information, and its leverage: a fold over blocks of the design."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from glmlogit.data.rows import RowBlock
from glmlogit.estimate.solved import Solved
from glmlogit.numerics.lazy import cached_property

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class RowContributions:
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
    copies: Array
    directions: Array  # xᵢ over the estimable coefficients
    whiten: Callable[[Array], Array] = field(repr=False)

    @cached_property
    def whitened(self) -> Array:
        """``R⁻ᵀxᵢ`` over the estimable coefficients."""
        return self.whiten(self.directions)

    @cached_property
    def hat(self) -> Array:
        """Leverages (m,), never a difference."""
        return leverages(self.weight, self.whitened)

    def scores(self, factor: Array) -> Array:
        """Sums (m, k) over directions of ``factor``, shaped as the residuals, times whitened directions."""
        scores = self.whitened * factor[..., None]
        return scores if scores.ndim == 2 else np.asarray(scores.sum(axis=0))


def row_contributions(solved: Solved) -> Iterator[RowContributions]:
    """Yield residuals and weights in blocks, with whitened directions and leverages for who asks for them."""
    likelihood, estimated = solved.maximum.limiting, solved.maximum.estimated
    frequency = solved.design.weights if solved.design.weight_type == "frequency" else None
    for rows, block, eta, residual, weight, directions in likelihood.contributions(
        solved.maximum.beta, solved.linear_predictor
    ):
        copies = np.ones(rows.stop - rows.start) if frequency is None else frequency[rows]
        everything = len(estimated) == directions.shape[-1]
        if frequency is not None:
            residual, weight = residual / copies, weight / copies
        own = directions if everything else directions[..., estimated]
        yield RowContributions(rows, block, eta, residual, weight, copies, own, solved.whiten)


def leverages(weight: Array, whitened: Array) -> Array:
    """``Σ w|z|²`` (m,) over the directions of each row: the trace of its leverage."""
    hat = weight * (np.square(whitened) @ np.ones(whitened.shape[-1]))
    return hat if hat.ndim == 1 else np.asarray(hat.sum(axis=0))
