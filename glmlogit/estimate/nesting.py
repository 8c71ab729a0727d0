"""Whether two fits are of the same rows, and whether one model is a case of the other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from glmlogit.data.storage import blocks
from glmlogit.designs.container import Design
from glmlogit.errors import DataError
from glmlogit.likelihood.binary import BinaryLogit
from glmlogit.numerics.linalg import aliased_columns, append_rows

if TYPE_CHECKING:
    from glmlogit.estimate.estimate import Estimate


Array = npt.NDArray[np.float64]


def require_nested(big: Estimate, small: Estimate) -> None:
    """Refuse fits of different rows, and a smaller model that is no case of the larger one."""
    _require_same_rows(big.design, small.design)
    _require_expressible(big.design, small.design)


def shares_columns(big: Estimate, small: Estimate) -> bool:
    """Whether all columns of a model are columns of another one, under the same names."""
    return _shares_columns(big.design, small.design)


def _require_same_rows(a: Design, b: Design) -> None:
    same = a.n_rows == b.n_rows and all(
        _equal(getattr(a, name), getattr(b, name)) for name in ("positions", "y", "weights", "trials", "offset")
    )
    if not same:
        raise DataError(
            f"the two fits are not of the same rows ({a.n_rows:,} and {b.n_rows:,} rows, or another outcome, weight "
            f"or offset), so their likelihoods cannot be compared. Missing values drop different rows in different "
            f"models: fit both to data.dropna(subset=[...])"
        )


def _equal(a: Array | None, b: Array | None) -> bool:
    if a is None or b is None:
        return a is b
    return bool(np.array_equal(a, b))


def _require_expressible(big: Design, small: Design) -> None:
    if _shares_columns(big, small):
        return
    scale = np.concatenate([BinaryLogit(big).column_scale(), BinaryLogit(small).column_scale()])
    root: Array | None = None
    for larger, smaller in _both_blocks(big, small):
        root = append_rows(root, np.column_stack([larger, smaller]) * scale)
    assert root is not None
    dependent = {alias.column for alias in aliased_columns(root, scale)}
    free = [small.names[j] for j in range(small.n_columns) if big.n_columns + j not in dependent]
    if free:
        swapped = set(big.names) <= set(small.names)
        hint = "the larger one comes first: lr_test(big, small)" if swapped else "compare them by AIC instead"
        raise DataError(
            f"the models are not nested: {', '.join(free[:5])} of the smaller model cannot be expressed by the "
            f"columns of the larger one; {hint}"
        )


def _shares_columns(big: Design, small: Design) -> bool:
    if not set(small.names) <= set(big.names):
        return False
    mine = [big.names.index(name) for name in small.names]
    return all(np.array_equal(a[:, mine], b) for a, b in _both_blocks(big, small))


def _both_blocks(big: Design, small: Design) -> Iterator[tuple[Array, Array]]:
    """Columns of two designs of the same rows, in blocks of the same height."""
    for rows in blocks(big.n_rows, big.n_columns + small.n_columns):
        yield big.block(rows).X, small.block(rows).X
