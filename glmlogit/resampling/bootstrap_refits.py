"""A model fitted again to bootstrap samples of its rows, with what it learned from them learned again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from glmlogit.errors import DataError
from glmlogit.estimate.recounted import OutcomeCounts, Refit, recounted
from glmlogit.messages.progress import shown
from glmlogit.resampling.observations import SingleObservations, observations_of

if TYPE_CHECKING:
    from glmlogit.estimate.estimate import Estimate


class BootstrapRefit(NamedTuple):
    """A refit, None where no maximum was reached; the sample it was fitted to, and what the sample left out."""

    refit: Refit | None
    sample: OutcomeCounts
    left_out: OutcomeCounts


def bootstrap_refits(
    fit: Estimate, replicates: int, seed: int | None, groups: Any = None
) -> tuple[SingleObservations, Iterator[BootstrapRefit]]:
    """The observations of a fit, and its refits to samples of as many of them, or of its clusters.

    Raises
    ------
    DataError, UnsupportedError
        For fewer than 20 replicates, a seed that is no number, and fits that cannot be made again.
    """
    if not isinstance(replicates, (int, np.integer)) or replicates < 20:
        raise DataError(f"replicates={replicates!r}: give a number of samples, 200 or more")
    if seed is not None and not isinstance(seed, (int, np.integer)):
        raise DataError(f"seed={seed!r}: give a whole number, so that the samples can be drawn again")
    observations, generator = observations_of(fit, groups), np.random.default_rng(seed)
    draws = (observations.drawn(generator) for _ in range(replicates))
    return observations, refits_of(fit, observations, shown(draws, replicates, "bootstrap"))


def refits_of(
    fit: Estimate, observations: SingleObservations, draws: Iterable[npt.NDArray[np.float64]]
) -> Iterator[BootstrapRefit]:
    """Refits to samples in which each unit is so many times."""
    for times in draws:
        sample = observations.taken(times)
        yield BootstrapRefit(recounted(fit, sample), sample, observations.taken(times == 0))
