"""Whether two fits are of the same rows, and whether one model is a case of the other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from glmlogit.data.storage import blocks
from glmlogit.errors import DataError, UnsupportedError
from glmlogit.likelihood.objective import Likelihood
from glmlogit.numerics.linalg import aliased_columns, append_rows, scale_of

if TYPE_CHECKING:
    from glmlogit.estimate.estimate import Estimate


Array = npt.NDArray[np.float64]


def require_nested(big: Estimate, small: Estimate) -> None:
    """Refuse fits of different rows, and a smaller model that is no case of the larger one."""
    require_same_rows(big, small)
    _require_expressible(big.maximum.likelihood, small.maximum.likelihood, big.sample.n_rows)


def shares_columns(big: Estimate, small: Estimate) -> bool:
    """Whether all coefficients of a model are coefficients of another one, under the same names."""
    return _shares_columns(big.maximum.likelihood, small.maximum.likelihood, big.sample.n_rows)


def is_nested(big: Estimate, small: Estimate) -> bool:
    """Whether a model is a case of another one of the same rows: its predictors are among those of the larger."""
    return not _inexpressible(big.maximum.likelihood, small.maximum.likelihood, big.sample.n_rows)


def require_same_rows(a: Estimate, b: Estimate) -> None:
    """Refuse fits of different rows, or of another outcome, weight or offset in these."""
    if a.saved is not None or b.saved is not None:
        raise UnsupportedError("comparing two fits needs the rows of both, and one was saved without: fit it again")
    same = (
        a.sample.n_rows == b.sample.n_rows
        and np.array_equal(a.sample.positions, b.sample.positions)
        and a.maximum.likelihood.totals == b.maximum.likelihood.totals
        and all(_equal(getattr(a.rows, name), getattr(b.rows, name)) for name in ("weights", "trials", "offset"))
        and _equal(_observed(a), _observed(b))
    )
    if not same:
        raise DataError(
            f"the two fits are not of the same rows ({a.sample.n_rows:,} and {b.sample.n_rows:,} rows, or another "
            f"outcome, weight or offset), so their likelihoods cannot be compared. Missing values drop different rows "
            f"in different models: fit both to data.dropna(subset=[...])"
        )


def _observed(fit: Estimate) -> Array:
    """The outcome of the rows: events, or levels and their counts."""
    return fit.rows.y if fit.rows.levels is None else fit.rows.levels.held


def _equal(a: Array | None, b: Array | None) -> bool:
    if a is None or b is None:
        return a is b
    return bool(np.array_equal(a, b))


def _require_expressible(big: Likelihood, small: Likelihood, n_rows: int) -> None:
    """Every linear predictor, or difference of two of a row, of the smaller model is to be one of the larger."""
    free = _inexpressible(big, small, n_rows)
    if free:
        swapped = set(big.labels) <= set(small.labels)
        hint = "the larger one comes first: lr_test(big, small)" if swapped else "compare them by AIC instead"
        raise DataError(
            f"the models are not nested: {', '.join(free[:5])} of the smaller model cannot be expressed by the "
            f"columns of the larger one; {hint}"
        )


def _inexpressible(big: Likelihood, small: Likelihood, n_rows: int) -> list[str]:
    """Coefficients of the smaller model that add to the span of the larger one."""
    if _shares_columns(big, small, n_rows):
        return []
    scale = np.concatenate([scale_of(big.magnitude), scale_of(small.magnitude)])
    root: Array | None = None
    for larger, smaller in _both(big, small, n_rows):
        root = append_rows(root, np.column_stack([larger, smaller]) * scale)
    assert root is not None
    dependent = {alias.column for alias in aliased_columns(root, scale)}
    return [small.labels[j] for j in range(small.size) if big.size + j not in dependent]


def _shares_columns(big: Likelihood, small: Likelihood, n_rows: int) -> bool:
    if not set(small.labels) <= set(big.labels):
        return False
    mine = [big.labels.index(label) for label in small.labels]
    return all(np.array_equal(a[:, mine], b) for a, b in _both(big, small, n_rows))


def _both(big: Likelihood, small: Likelihood, n_rows: int) -> Iterator[tuple[Array, Array]]:
    """Directions of the same rows over the coefficients of two models, in blocks: they span differences of predictors.

    At coefficients of 0: which these are does not matter to the span.
    """
    a, b = np.zeros(big.size), np.zeros(small.size)
    for part in blocks(n_rows, big.size + small.size):
        larger, smaller = big.directions(part, a), small.directions(part, b)
        yield larger.reshape(-1, big.size), smaller.reshape(-1, small.size)
