"""Average risks of refits to bootstrap samples, without gradients: a compiled fold over the rows of a sample."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from glmlogit.columns.columns import Change
from glmlogit.data.storage import Repeated
from glmlogit.effects.groups import Groups
from glmlogit.numerics.coded_pass import event_sums

if TYPE_CHECKING:
    from glmlogit.estimate.estimate import Estimate


Array = npt.NDArray[np.float64]
Index = npt.NDArray[np.intp]


def changed_alike(changes: Sequence[Change]) -> bool:
    """Whether changes write the same number to the same columns of every row, and leave the offset."""
    first = changes[0].touched
    return all(np.array_equal(new.touched, first) and len(new.values) == 1 and new.offset is None for new in changes)


def _needs_more(fit: Estimate) -> bool:
    """Whether risks of the rows of a refit need more than its coefficients: limits, aliases, several predictors."""
    coefs = fit.coefs
    plain = not fit.response.shown and not fit.solution.exact_rows
    return not plain or coefs.separated or bool(coefs.aliases) or isinstance(fit.rows.matrix, Repeated)


def average_risks(fit: Estimate, weights: Array, groups: Groups, changes: Sequence[Change]) -> Array | None:
    """Average risks under each change in each group (c·g,), of a refit to rows drawn ``weights`` (n,) times.

    Rows of weight 0 are not among those of the refit. NaN for a group without rows. None where the risks of a row
    follow from more than one finite linear predictor.
    """
    drawn, rows = np.flatnonzero(weights > 0), fit.rows
    if _needs_more(fit) or len(drawn) != fit.sample.n_rows:
        return None
    weights, codes = _drawn(weights, groups, drawn)
    beta, shifts = fit.coefs.beta.copy(), np.array([new.values[0] @ fit.coefs.beta[new.positions] for new in changes])
    beta[changes[0].touched] = 0.0
    predictor = rows.matrix.times(beta)
    if rows.offset is not None:
        predictor += rows.offset
    sums = event_sums(predictor, shifts, weights, codes, groups.count)
    totals = np.bincount(codes, weights, groups.count) if groups.count > 1 else np.array([weights.sum()])
    return np.asarray((sums / np.where(totals > 0, totals, np.nan)).ravel())


def _drawn(weights: Array, groups: Groups, drawn: Index) -> tuple[Array, npt.NDArray[np.int32]]:
    """Weights and groups (m,) of the rows drawn; weight 0 for those of no group."""
    weights = weights.take(drawn)
    if groups.count == 1 and not groups.partial:
        return weights, np.zeros(len(drawn), dtype=np.int32)
    codes = groups.codes.take(drawn).astype(np.int32)
    return np.where(codes < 0, 0.0, weights), np.maximum(codes, 0)
