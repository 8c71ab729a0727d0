"""Bootstrap samples of the rows of a design: rows, whole clusters, or single observations of counts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from glmlogit.designs.container import Design
from glmlogit.errors import UnsupportedError

Array = npt.NDArray[np.float64]


def require_drawable(design: Design) -> None:
    """Refuse rows from which no samples can be drawn."""
    if design.cluster is not None and design.cluster.shape[1] > 1:
        raise UnsupportedError("the bootstrap draws clusters of one kind; name one cluster column")
    if design.counted and design.weights is not None and (design.weights != np.round(design.weights)).any():
        raise UnsupportedError(
            "frequency weights that are not whole numbers cannot be drawn from; if they are inverse probabilities or "
            "precisions, say so: weight_type='sampling' or 'precision'"
        )


def samples(design: Design, generator: np.random.Generator, count: int) -> Iterator[tuple[Design, Array]]:
    """Designs of bootstrap samples, and the weights they give to the rows of the original."""
    draw = _drawn_clusters if design.cluster is not None else _drawn_rows
    if design.cluster is None and (design.counted or design.trials is not None):
        draw = drawn_trials
    for _ in range(count):
        yield draw(design, generator)


def _drawn_rows(design: Design, generator: np.random.Generator) -> tuple[Design, Array]:
    n = design.n_rows
    return _repeated(design, np.bincount(generator.integers(0, n, n), minlength=n).astype(float))


def _drawn_clusters(design: Design, generator: np.random.Generator) -> tuple[Design, Array]:
    codes = design.cluster_codes()
    count = int(codes.max()) + 1
    times = np.bincount(generator.integers(0, count, count), minlength=count).astype(float)
    return _repeated(design, times[codes])


def _repeated(design: Design, times: Array) -> tuple[Design, Array]:
    """Rows as often as drawn, as weights."""
    drawn = times > 0
    weights = times if design.weights is None else times * design.weights
    trials = None if design.trials is None else design.trials[drawn]
    new = _subset(design, drawn, design.y[drawn], trials, weights[drawn])
    return new, weights if design.trials is None else weights * design.trials


def drawn_trials(design: Design, generator: np.random.Generator) -> tuple[Design, Array]:
    """Single observations drawn from counts: of every row, its events and its non-events; other weights stay theirs."""
    ones = np.ones(design.n_rows)
    trials = ones if design.trials is None else design.trials
    weights = ones if design.weights is None else design.weights
    copies, weights = (weights, ones) if design.counted else (ones, weights)
    cells = np.concatenate([copies * design.y, copies * (trials - design.y)])
    total = round(float(cells.sum()))
    drawn = generator.multinomial(total, cells / cells.sum()).astype(float)
    events, others = drawn[: design.n_rows], drawn[design.n_rows :]
    times = events + others
    mask = times > 0
    return _subset(design, mask, events[mask], times[mask], weights[mask]), times * weights


def recounted(design: Design, events: Array, nonevents: Array) -> Design:
    """The design with other counts of events and non-events (n,) in its rows; other weights stay theirs."""
    times = events + nonevents
    mask = times > 0
    events, times = events[mask], times[mask]
    weights = None if design.weights is None or design.counted else design.weights[mask]
    if ((events == 0) | (events == times)).all() and weights is None:
        single = bool((times == 1).all())
        return replace(
            _subset(design, mask, (events > 0).astype(np.float64), None, None if single else times),
            weight_type="frequency",
        )
    return _subset(design, mask, events, times, weights)


def _subset(
    design: Design, mask: npt.NDArray[np.bool_], y: Array, trials: Array | None, weights: Array | None
) -> Design:
    return replace(
        design,
        matrix=design.matrix.take(mask),
        patterns=None,
        y=y,
        trials=trials,
        weights=weights,
        offset=None if design.offset is None else design.offset[mask],
        cluster=None if design.cluster is None else design.cluster[mask],
        index=design.index[mask],
        place=design.place.take(mask),
        frame=None,
    )
