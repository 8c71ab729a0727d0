"""What each row contributes to score and information, and its leverage: a fold over blocks of the design."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from glmlogit.data.rows import RowBlock
from glmlogit.designs.container import Design
from glmlogit.estimate.solved import Solved
from glmlogit.numerics.kernels import tails
from glmlogit.numerics.lazy import cached_property

Array = npt.NDArray[np.float64]


class SingleTrials(NamedTuple):
    """Events, or non-events, of rows (m,): the residual and information weight of one, and how many there are.

    ``share`` is that of one in the weight of its row.
    """

    residual: Array
    weight: Array
    copies: Array
    share: Array


class TrialWeights(NamedTuple):
    """Of one replicate of rows (m,): events and non-events, and what one of each weighs."""

    events: Array
    nonevents: Array
    event: Array
    nonevent: Array


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
    trials: TrialWeights | None = None  # of grouped rows

    @cached_property
    def whitened(self) -> Array:
        """``R⁻ᵀxᵢ`` over the estimable coefficients."""
        return self.whiten(self.directions)

    @cached_property
    def hat(self) -> Array:
        """Leverages (m,), never a difference."""
        return leverages(self.weight, self.whitened)

    @property
    def single(self) -> Iterator[SingleTrials]:
        """Single observations: the rows, or of grouped rows their events and then their non-events."""
        if self.trials is None:
            yield SingleTrials(self.residual, self.weight, self.copies, np.ones(len(self.copies)))
            return
        events, nonevents, event, nonevent = self.trials
        p, q = tails(self.eta)
        total = events * event + nonevents * nonevent
        yield SingleTrials(event * q, event * (p * q), self.copies * events, event / total)
        yield SingleTrials(-nonevent * p, nonevent * (p * q), self.copies * nonevents, nonevent / total)

    @property
    def largest_single(self) -> Array:
        """Largest information weight (m,) of a single observation of each row."""
        parts = [np.where(part.copies > 0, part.weight, 0.0) for part in self.single]
        return np.asarray(np.max(parts, axis=0))

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
        yield RowContributions(
            rows, block, eta, residual, weight, copies, own, solved.whiten, _trials(solved.design, rows)
        )


def _trials(design: Design, rows: slice) -> TrialWeights | None:
    if design.trials is None:
        return None
    events = design.y[rows]
    weights = np.ones(len(events)) if design.weights is None or design.counted else design.weights[rows]
    event, nonevent = (1.0, 1.0) if design.multipliers is None else design.multipliers
    return TrialWeights(events, design.trials[rows] - events, weights * event, weights * nonevent)


def leverages(weight: Array, whitened: Array) -> Array:
    """``Σ w|z|²`` (m,) over the directions of each row: the trace of its leverage."""
    hat = weight * (np.square(whitened) @ np.ones(whitened.shape[-1]))
    return hat if hat.ndim == 1 else np.asarray(hat.sum(axis=0))
