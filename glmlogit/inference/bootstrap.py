"""The bootstrap: rows, or whole clusters, drawn with replacement and the model fitted again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from glmlogit.designs.container import Design
from glmlogit.errors import DataError, UnsupportedError
from glmlogit.fitting.maximise import maximise
from glmlogit.likelihood.binary import BinaryLogit
from glmlogit.messages.notes import Note
from glmlogit.messages.progress import shown
from glmlogit.messages.words import plural

if TYPE_CHECKING:
    from glmlogit.estimate.estimate import Estimate


Array = npt.NDArray[np.float64]
Statistic = Callable[["Estimate", Array], Array]

# Share of replicates without a value from which no limits are given.
MOST_FAILURES = 0.05


@dataclass(frozen=True, eq=False)
class Resampling:
    """Replicates of some statistics (b, k), NaN where a replicate has none."""

    values: Array
    seed: int | None
    clusters: int

    @property
    def failed(self) -> int:
        """Replicates without a value."""
        return int(np.isnan(self.values).any(axis=1).sum())

    def limits(self, values: Array, level: float) -> tuple[Array, Array]:
        """Percentile limits of functions (b, m) of the replicates (Davison & Hinkley 1997, eq. 5.18)."""
        lost = np.isnan(values).mean(axis=0) > MOST_FAILURES
        tail = (1.0 - level) / 2.0
        low, high = np.full(values.shape[1], np.nan), np.full(values.shape[1], np.nan)
        for j in np.flatnonzero(~lost):
            finite = np.sort(values[~np.isnan(values[:, j]), j])
            low[j], high[j] = (_order_statistic(finite, share) for share in (tail, 1.0 - tail))
        return low, high

    def covariance(self, values: Array) -> Array:
        """Covariance of functions of the replicates, those without a value or infinite left out."""
        finite = np.isfinite(values).all(axis=1)
        too_few = finite.mean() < 1.0 - MOST_FAILURES or finite.sum() < 2
        k = values.shape[1]
        return np.full((k, k), np.nan) if too_few else np.cov(values[finite], rowvar=False).reshape(k, k)

    def notes(self) -> list[Note]:
        """How the intervals were made."""
        what = f"{plural(self.clusters, 'cluster')}" if self.clusters else "rows"
        seeded = "" if self.seed is None else f", seed {self.seed}"
        text = f"Percentile bootstrap: {len(self.values)} samples of {what}{seeded}; transforms keep what they learned."
        if self.failed:
            text += f" {plural(self.failed, 'sample')} gave no value (a level or an outcome was not drawn)."
        return [Note("bootstrap", text)]


def _order_statistic(ordered: Array, share: float) -> float:
    """The (b + 1)·share-th smallest value, between neighbours by interpolation; the extremes where beyond them."""
    place = (len(ordered) + 1) * share - 1.0
    below = int(np.clip(np.floor(place), 0, len(ordered) - 1))
    above = min(below + 1, len(ordered) - 1)
    if ordered[below] == ordered[above]:  # also where both are infinite
        return float(ordered[below])
    return float(ordered[below] + np.clip(place - below, 0.0, 1.0) * (ordered[above] - ordered[below]))


def replicates(fit: Estimate, statistic: Statistic, count: int, seed: int | None) -> Resampling:
    """Statistics of refits to bootstrap samples of the rows of a fit, or of its clusters.

    ``statistic`` is given a fit and the weights that the sample gives to the rows of the original fit.

    Raises
    ------
    UnsupportedError
        For estimators that are more than one maximisation, and fractional counts.
    """
    _require_refit(fit, count, seed)
    generator = np.random.default_rng(seed)
    values = []
    for design, weights in shown(_samples(fit.design, generator, count), count, "bootstrap"):
        maximum = maximise(
            BinaryLogit(design, fit.control.threads), fit.penalty, fit.control, start=fit.coefs.beta, refine=False
        )
        again = fit.resolved(design=design, maximum=maximum, model_info=None)
        values.append(statistic(again, weights) if maximum.reached else None)
    k = next((len(v) for v in values if v is not None), 1)
    rows = np.array([np.full(k, np.nan) if v is None else v for v in values])
    cluster = fit.sample.cluster
    return Resampling(rows, seed, 0 if cluster is None else int(cluster.iloc[:, 0].nunique()))


def _require_refit(fit: Estimate, count: int, seed: int | None) -> None:
    if fit.adjusted:
        raise UnsupportedError(
            f"the bootstrap refits by maximising one function, and {fit.estimator} is made in several steps; use "
            f"another method, or gl.firth"
        )
    if not isinstance(count, (int, np.integer)) or count < 20:
        raise DataError(f"replications={count!r}: give a number of samples, 1000 or more for limits")
    if seed is not None and not isinstance(seed, (int, np.integer)):
        raise DataError(f"seed={seed!r}: give a whole number, so that the samples can be drawn again")
    design = fit.design
    if design.cluster is not None and design.cluster.shape[1] > 1:
        raise UnsupportedError("the bootstrap draws clusters of one kind; name one cluster column")
    if design.counted and design.weights is not None and (design.weights != np.round(design.weights)).any():
        raise UnsupportedError(
            "frequency weights that are not whole numbers cannot be drawn from; if they are inverse probabilities or "
            "precisions, say so: weight_type='sampling' or 'precision'"
        )


def _samples(design: Design, generator: np.random.Generator, count: int) -> Iterator[tuple[Design, Array]]:
    """Designs of bootstrap samples, and the weights they give to the rows of the original."""
    draw = _drawn_clusters if design.cluster is not None else _drawn_rows
    if design.cluster is None and (design.counted or design.trials is not None):
        draw = _drawn_trials
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


def _drawn_trials(design: Design, generator: np.random.Generator) -> tuple[Design, Array]:
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
