"""What analyses may know of the rows behind a fit: how much was observed, and the rows themselves where they are held.

A design offers more; what is not named here belongs to those who build, solve and refit.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd

from glmlogit.data.draft import Dropped
from glmlogit.data.level_counts import LevelCounts
from glmlogit.data.storage import Matrix
from glmlogit.designs.outcome import Outcome
from glmlogit.messages.labels import Labels

Array = npt.NDArray[np.float64]
Positions = npt.NDArray[np.intp]


class Sample(Protocol):
    """How much was observed, of what, and how: numbers and words, nothing by row but its cluster."""

    @property
    def nobs(self) -> float:
        """Observations: the sum of frequency weights, else the number of rows."""

    @property
    def n_rows(self) -> int:
        """Number of rows that take part."""

    @property
    def n_patterns(self) -> int:
        """Number of rows that the likelihood is summed over: covariate patterns where they were found."""

    @property
    def n_trials(self) -> float:
        """Trials observed: as ``nobs``, but a row of grouped data is as many as it says."""

    @property
    def n_events(self) -> float:
        """Events observed; sampling and precision weights do not count."""

    @property
    def observed(self) -> tuple[tuple[str, float], ...]:
        """How often what was observed, in words: events, or each level of the outcome."""

    @property
    def event_totals(self) -> tuple[float, float]:
        """Weighted numbers of events and of non-events."""

    @property
    def outcome(self) -> Outcome:
        """What is modelled: the outcome, its event, and whether it is counted."""

    @property
    def labels(self) -> Labels:
        """What the variables and their levels are called on pages."""

    @property
    def offset_name(self) -> str | tuple[str | None, ...] | None:
        """Name of the offset given as an argument; of one by level those of all levels, None where it is 0."""

    @property
    def weighted(self) -> bool:
        """Whether rows have weights, of any kind."""

    @property
    def counted(self) -> bool:
        """Whether a row stands for as many observations as its weight says."""

    @property
    def sampled(self) -> bool:
        """Whether rows stand for as much of a population as their weight, an inverse probability, says."""

    @property
    def of_weighed_trials(self) -> bool:
        """Whether rows are several trials, of which events weigh other than non-events."""

    @property
    def uncounted(self) -> str:
        """Which weights of the likelihood count nothing, in words; empty where it has none of these."""

    @property
    def pseudo(self) -> bool:
        """Whether the likelihood is none of the sample: that of a population, or one that ignores clusters."""

    @property
    def cluster(self) -> pd.DataFrame | None:
        """Cluster identifiers of the rows, a column for each way of clustering."""

    def cluster_codes(self, names: Sequence[Hashable] | None = None) -> Positions:
        """Number of the cluster of each row (n,), by some of the ways of clustering together, or by all."""

    @property
    def dropped(self) -> Dropped:
        """How many rows were given, and which of them take no part."""

    @property
    def positions(self) -> Positions:
        """Positions of the rows in the data they came from."""


class FittedRows(Protocol):
    """The rows of a fit, held in memory."""

    @property
    def matrix(self) -> Matrix:
        """Model columns (n, p)."""

    @property
    def y(self) -> Array:
        """Events (n,)."""

    @property
    def trials(self) -> Array | None:
        """Trials (n,); None for one each."""

    @property
    def levels(self) -> LevelCounts | None:
        """How often rows have each level of an outcome of several; None of events."""

    @property
    def weights(self) -> Array | None:
        """Weights (n,); None for one each."""

    @property
    def weighed_outcomes(self) -> tuple[Array, Array]:
        """Events and non-events (n,) times their class weights, weights of the rows not yet applied."""

    @property
    def offset(self) -> Array | None:
        """Offset (n,) on the scale of the linear predictor, or by level (n, K)."""

    @property
    def described(self) -> Array | None:
        """How many observations each row stands for in a description of the sample (n,); None for one each."""

    @property
    def row_counts(self) -> Array:
        """How many observations each row stands for in a description of the sample (n,)."""

    @property
    def population_counts(self) -> Array:
        """How many observations each row stands for (n,) in the population whose probabilities the fit gives."""

    @property
    def index(self) -> pd.Index[Any]:
        """Labels of the rows in the data they came from."""

    @property
    def frame(self) -> pd.DataFrame | None:
        """The data that the columns are made from; None for a design from arrays."""
