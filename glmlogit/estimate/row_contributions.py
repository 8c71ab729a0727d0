"""What each row contributes to score and information, and its leverage: a fold over blocks of the design."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from glmlogit.data.rows import RowBlock
from glmlogit.data.storage import blocks
from glmlogit.estimate.solved import Solved
from glmlogit.numerics import kernels

Array = npt.NDArray[np.float64]


class RowContributions(NamedTuple):
    """Rows of a fit: everything is for one replicate of a row, which stands for ``copies`` of them.

    ``copies`` is the frequency weight, and 1 for other weights, which are part of ``residual`` and
    ``weight`` then.
    """

    rows: slice
    block: RowBlock  # columns, weighted events and non-events
    eta: Array
    residual: Array  # wᵢ(yᵢ − mᵢpᵢ)
    weight: Array  # wᵢmᵢpᵢ(1 − pᵢ)
    whitened: Array  # R⁻ᵀxᵢ over the estimable columns
    hat: Array
    copies: Array


def row_contributions(solved: Solved) -> Iterator[RowContributions]:
    """Yield residuals, weights and leverages in blocks; leverages are ``w·|R⁻ᵀx|²``, never a difference."""
    design, estimated = solved.rows, solved.maximum.estimated
    frequency = design.weights if design.weight_type == "frequency" else None
    for rows in blocks(design.n_rows, design.n_columns):
        block = design.block(rows)
        eta = solved.linear_predictor(block.X, block.offset)
        _, residual, weight = kernels.row_sums(eta, block.events, block.nonevents)
        copies = np.ones(len(eta)) if frequency is None else frequency[rows]
        residual, weight = residual / copies, weight / copies
        whitened = solved.image(block.X[:, estimated])
        hat = weight * np.einsum("ij,ij->i", whitened, whitened)
        yield RowContributions(rows, block, eta, residual, weight, whitened, hat, copies)
