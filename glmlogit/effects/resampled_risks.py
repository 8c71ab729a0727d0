"""Average risks of refits to bootstrap samples, without gradients: a compiled fold over the rows of a sample."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from glmlogit.columns.columns import Change
from glmlogit.data.row_sums import event_sums
from glmlogit.data.storage import Repeated
from glmlogit.effects.groups import Groups
from glmlogit.prediction.population import Population

if TYPE_CHECKING:
    from glmlogit.estimate.estimate import Estimate


Array = npt.NDArray[np.float64]


def changed_alike(changes: Sequence[Change]) -> bool:
    """Whether changes write the same number to the same columns of every row, and leave the offset."""
    first = changes[0].touched
    return all(np.array_equal(new.touched, first) and len(new.values) == 1 and new.offset is None for new in changes)


def _needs_more(fit: Estimate, population: Population) -> bool:
    """Whether risks of rows need more than the coefficients of a refit: limits, aliases, several predictors."""
    coefs = fit.coefs
    plain = not fit.response.shown and not fit.solution.exact_rows
    return not plain or coefs.separated or bool(coefs.aliases) or isinstance(population.matrix, Repeated)


def average_risks(
    fit: Estimate, population: Population, weights: Array, groups: Groups, changes: Sequence[Change]
) -> Array | None:
    """Average risks under each change in each group (c·g,), of a refit to the rows drawn ``weights`` (n,) times.

    NaN for a group without rows. None where the risks of a row follow from more than one finite linear predictor.
    """
    if _needs_more(fit, population):
        return None
    beta, shifts = fit.coefs.beta.copy(), np.array([new.values[0] @ fit.coefs.beta[new.positions] for new in changes])
    beta[changes[0].touched] = 0.0
    cells, offset = groups.cells, None if fit.rows.offset is None else population.offset
    sums = event_sums(population.matrix, beta, offset, weights, shifts, cells)[:, : groups.count]
    totals = np.array([weights.sum()]) if cells is None else np.bincount(cells.codes, weights, cells.size)
    return np.asarray((sums / np.where(totals > 0, totals, np.nan)[: groups.count]).ravel())
