"""The observations behind a fit, one by one: drawn with replacement, or dealt to folds, in the order of the rows.

A row of weight 3, or of 3 trials, is three observations; the stream of random numbers is that of the repeated rows, so
that rows, counts and trials give the same samples.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from glmlogit.designs.samples import drawn_times
from glmlogit.errors import DataError, UnsupportedError
from glmlogit.estimate.recounted import OutcomeCounts
from glmlogit.estimate.refits import require_drawable
from glmlogit.likelihood.response import level_of
from glmlogit.messages.words import plural
from glmlogit.numerics.lazy import cached_property

if TYPE_CHECKING:
    from glmlogit.estimate.estimate import Estimate

Array = npt.NDArray[np.float64]
Positions = npt.NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class SingleObservations:
    """Events and non-events (n,) of the rows of a fit, in whole numbers; the clusters (n,) that stay together."""

    events: Array
    nonevents: Array
    clusters: Positions | None

    @cached_property
    def _ends(self) -> Positions:
        """Where the events and the non-events (2n,) of each row end among all observations."""
        return np.cumsum(np.column_stack([self.events, self.nonevents]).ravel()).astype(np.intp)

    @property
    def size(self) -> int:
        """Number of observations."""
        return int(self._ends[-1])

    @cached_property
    def _cells(self) -> Positions:
        """Of each observation twice its row, one more for a non-event (N,)."""
        return np.repeat(np.arange(len(self._ends)), np.diff(self._ends, prepend=0))

    def taken(self, times: npt.NDArray[Any]) -> OutcomeCounts:
        """Events and non-events of each row where units, observations or clusters (u,), are there so many times."""
        if self.clusters is not None:
            rows = times[self.clusters]
            return OutcomeCounts(self.events * rows, self.nonevents * rows)
        if self._single:
            return OutcomeCounts(self.events * times, self.nonevents * times)
        cells = np.bincount(self._cells, times, len(self._ends)).astype(np.float64)
        return OutcomeCounts(cells[::2], cells[1::2])

    def drawn(self, generator: np.random.Generator) -> Array:
        """How many times each unit (u,) is in a bootstrap sample: as many are drawn as there are."""
        return drawn_times(generator, self.n_units)

    @cached_property
    def _single(self) -> bool:
        """Whether each row is one observation."""
        return bool((self.events + self.nonevents == 1.0).all())

    def dealt(self, folds: int, generator: np.random.Generator) -> Iterator[OutcomeCounts]:
        """Folds with about as many events each: what each takes of the rows.

        Units, observations or clusters, are put in order of their events, in random order among equals, and dealt out
        in turn; clusters back and forth, since the next is larger.
        """
        units = self._units
        turn = np.empty(len(units.events), dtype=np.intp)
        order = np.lexsort((generator.random(len(turn)), units.size, units.events))
        turn[order] = np.arange(len(turn)) % (folds if self.clusters is None else 2 * folds)
        fold = np.where(turn < folds, turn, 2 * folds - 1 - turn)
        for k in range(folds):
            yield self.taken(fold == k)

    @property
    def n_units(self) -> int:
        """Number of what is dealt: observations, or clusters."""
        return self.size if self.clusters is None else int(self.clusters.max()) + 1

    @cached_property
    def _units(self) -> _Units:
        if self.clusters is None:
            return _Units((self._cells % 2 == 0).astype(np.float64), np.ones(self.size))
        events, nonevents = (np.bincount(self.clusters, counts) for counts in (self.events, self.nonevents))
        return _Units(events.astype(np.float64), (events + nonevents).astype(np.float64))


class _Units(NamedTuple):
    """Events and observations of each unit."""

    events: Array
    size: Array


def observations_of(fit: Estimate, groups: npt.ArrayLike | None = None) -> SingleObservations:
    """The observations of a fit; ``groups`` (n,) are clusters in place of those of the fit.

    Raises
    ------
    UnsupportedError
        For frequency weights that are no whole numbers, and several ways of clustering without ``groups``.
    """
    level_of(fit.response, None)  # one event
    rows, sample = fit.rows, fit.sample
    if groups is None and sample.cluster is not None and len(sample.cluster.columns) > 1:
        raise UnsupportedError(
            f"the fit has {len(sample.cluster.columns)} ways of clustering, and one keeps rows together: name "
            f"it by groups= in gl.cross_validate or gl.internal_validation"
        )
    if sample.counted and rows.weights is not None:
        require_drawable(fit)
    copies = rows.weights if sample.counted and rows.weights is not None else np.ones(sample.n_rows)
    trials = np.ones(sample.n_rows) if rows.trials is None else rows.trials
    return SingleObservations(copies * rows.y, copies * (trials - rows.y), _clusters(fit, groups))


def _clusters(fit: Estimate, groups: npt.ArrayLike | None) -> Positions | None:
    if groups is None:
        return None if fit.sample.cluster is None else fit.sample.cluster_codes()
    values = pd.Series(np.asarray(groups).ravel())
    if len(values) == fit.sample.dropped.total:
        values = values.iloc[fit.sample.positions]
    if len(values) != fit.sample.n_rows:
        raise DataError(
            f"groups= has {plural(len(values), 'value')} and the fit {plural(fit.sample.n_rows, 'row')}; give one "
            f"group for each row of the data"
        )
    if values.isna().any():
        raise DataError(f"groups= has {plural(int(values.isna().sum()), 'missing value')}; every row needs its group")
    return np.asarray(pd.factorize(values)[0], dtype=np.intp)
