"""Bootstrap samples of the rows of a design: rows, whole clusters, or single observations of counts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from glmlogit.data.class_weights import Multipliers
from glmlogit.designs.container import Design
from glmlogit.errors import UnsupportedError
from glmlogit.numerics.arrays import tally

Array = npt.NDArray[np.float64]


class Draw(NamedTuple):
    """A sample of rows: how much each stands for in it (n,), and what it is observed as then.

    That is new weights (n,), or new numbers of events and of non-events (n, 2) where rows are counts.
    """

    amounts: Array
    weights: Array
    counts: Array | None = None

    def of(self, design: Design) -> Design:
        """The rows of a design as they were drawn."""
        return design.with_weights(self.weights) if self.counts is None else design.with_counts(self.counts)

    def weighed(self, design: Design, multipliers: Multipliers) -> Array:
        """How much each row of the design stands for (n,) where events and non-events are multiplied."""
        if self.counts is None:
            nonevents = (1.0 if design.trials is None else design.trials) - design.y
            return self.weights * (multipliers.event * design.y + multipliers.nonevent * nonevents)
        return np.asarray(self.weights * (self.counts @ np.array(multipliers)))


def largest_draw(design: Design) -> float:
    """The largest number of observations that drawing a row, or a cluster, adds."""
    amounts = np.ones(design.n_rows) if design.weights is None else design.weights
    amounts = amounts if design.trials is None else amounts * design.trials
    return float(amounts.max() if design.cluster is None else np.bincount(design.cluster_codes(), amounts).max())


def require_drawable(design: Design) -> None:
    """Refuse rows from which no samples can be drawn."""
    if design.cluster is not None and design.cluster.shape[1] > 1:
        raise UnsupportedError("the bootstrap draws clusters of one kind; name one cluster column")
    if design.counted and design.weights is not None and (design.weights != np.round(design.weights)).any():
        raise UnsupportedError(
            "frequency weights that are not whole numbers cannot be drawn from; if they are inverse probabilities or "
            "precisions, say so: weight_type='sampling' or 'precision'"
        )


def draws(design: Design, generator: np.random.Generator, count: int) -> Iterator[Draw]:
    """Bootstrap samples: of clusters where there are any, else of rows or, where these are counts, of observations."""
    draw = _drawn_clusters if design.cluster is not None else _drawn_rows
    if design.cluster is None and (design.counted or design.trials is not None):
        draw = drawn_trials
    return (draw(design, generator) for _ in range(count))


def _drawn_rows(design: Design, generator: np.random.Generator) -> Draw:
    return _repeated(design, drawn_times(generator, design.n_rows))


def _drawn_clusters(design: Design, generator: np.random.Generator) -> Draw:
    codes = design.cluster_codes()
    return _repeated(design, drawn_times(generator, int(codes.max()) + 1)[codes])


def drawn_times(generator: np.random.Generator, count: int) -> Array:
    """How often each of so many units (u,) is drawn where as many are drawn as there are, with replacement."""
    kind = np.int32 if count < 2**31 else np.int64  # the same numbers
    return tally(generator.integers(0, count, count, dtype=kind), count)


def _repeated(design: Design, times: Array) -> Draw:
    """Rows as often as drawn, as weights."""
    weights = times if design.weights is None else times * design.weights
    return Draw(weights if design.trials is None else weights * design.trials, weights)


def drawn_trials(design: Design, generator: np.random.Generator) -> Draw:
    """Single observations drawn from counts: of every row, its events and its non-events; other weights stay theirs."""
    ones = np.ones(design.n_rows)
    trials = ones if design.trials is None else design.trials
    weights = ones if design.weights is None else design.weights
    copies, weights = (weights, ones) if design.counted else (ones, weights)
    cells = np.concatenate([copies * design.y, copies * (trials - design.y)])
    total = round(float(cells.sum()))
    drawn = generator.multinomial(total, cells / cells.sum()).astype(float)
    counts = np.column_stack(np.split(drawn, 2))
    return Draw(counts.sum(axis=1) * weights, weights, counts)
