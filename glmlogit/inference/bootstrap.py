"""The bootstrap: rows, or whole clusters, drawn with replacement and the model fitted again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from glmlogit.errors import DataError, UnsupportedError
from glmlogit.estimate import refits
from glmlogit.messages.notes import Note
from glmlogit.messages.progress import shown
from glmlogit.messages.words import joined, plural, sentence

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
        """Covariance (k, k) of k functions of the replicates (b, k); replicates without a finite value are left out."""
        finite = np.isfinite(values).all(axis=1)
        too_few = finite.mean() < 1.0 - MOST_FAILURES or finite.sum() < 2
        k = values.shape[1]
        return np.full((k, k), np.nan) if too_few else np.cov(values[finite], rowvar=False).reshape(k, k)

    def notes(self) -> list[Note]:
        """How the intervals were made."""
        seeded = "" if self.seed is None else ", seed {seed}"
        drawn = "Percentile bootstrap: {n} samples of {what}" + seeded + "; transforms keep what they learned."
        what: str = plural(self.clusters, "cluster") if self.clusters else "rows"
        texts = [sentence(drawn, n=str(len(self.values)), what=what, seed=str(self.seed))]
        if self.failed:
            text = "{samples} gave no value (a level or an outcome was not drawn)."
            texts.append(sentence(text, samples=plural(self.failed, "sample")))
        return [Note("bootstrap", joined(texts))]


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
    for refit, weights in shown(refits.resampled(fit, generator, count), count, "bootstrap"):
        values.append(None if refit is None else statistic(refit, weights))
    k = next((len(v) for v in values if v is not None), 1)
    rows = np.array([np.full(k, np.nan) if v is None else v for v in values])
    cluster = fit.sample.cluster
    return Resampling(rows, seed, 0 if cluster is None else int(cluster.iloc[:, 0].nunique()))


def _require_refit(fit: Estimate, count: int, seed: int | None) -> None:
    if fit.capabilities.why_no_bootstrap:
        raise UnsupportedError(fit.capabilities.why_no_bootstrap)
    if not isinstance(count, (int, np.integer)) or count < 20:
        raise DataError(f"replications={count!r}: give a number of samples, 1000 or more for limits")
    if seed is not None and not isinstance(seed, (int, np.integer)):
        raise DataError(f"seed={seed!r}: give a whole number, so that the samples can be drawn again")
    refits.require_drawable(fit)
