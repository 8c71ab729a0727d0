"""How columns depend on each other: inflation of variances, condition indices and variance proportions, of arrays."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from glmlogit.data.storage import blocks
from glmlogit.numerics.linalg import append_rows, lengths, scale_of, triangular_root

if TYPE_CHECKING:
    from glmlogit.estimate.estimate import Estimate

Array = npt.NDArray[np.float64]
Positions = npt.NDArray[np.intp]


def root_of(blocks: Iterable[Array], columns: int) -> Array:
    """Triangular root R (p, p) with R'R = X'X of the rows X that come in blocks (m, p)."""
    root = np.zeros((0, columns))
    for rows in blocks:
        root = append_rows(root, rows)
    return root


def weighed(fit: Estimate, columns: Positions, constant: bool) -> Iterator[Array]:
    """Columns (m, p) of blocks of the rows as given, those of frequency weights as often as these say.

    Scaled by powers of two, which keeps squares in the range of numbers; after a column of ones where ``constant``.
    """
    matrix, weights = fit.rows.matrix, fit.rows.weights if fit.sample.counted else None
    scale = scale_of(fit.coefs.magnitude[columns])
    for rows in blocks(*matrix.shape):
        X = matrix.rows(rows)[:, columns] * scale
        X = np.column_stack([np.ones(len(X)), X]) if constant else X
        yield X if weights is None else X * np.sqrt(weights[rows])[:, None]


def centred(root: Array) -> Array:
    """The root (p, p) of columns about their means, from that (p + 1, p + 1) of a constant and these columns."""
    return root[1:, 1:]


def inflation(vectors: Array, sets: Sequence[Positions]) -> Array:
    """Generalised variance inflation factors (s,) of sets of vectors (k, m), given by their positions.

    ``det R_tt · det R_rest / det R`` with R the correlations (cosines) of the vectors (Fox & Monette 1992): of the
    estimates, or of the columns about their means, which gives the same where each row weighs the same.
    """
    size = lengths(vectors)
    unit = vectors / size[:, None]
    everything = _log_determinant(unit)
    factors = []
    for chosen in sets:
        rest = np.setdiff1d(np.arange(len(unit)), chosen)
        excess = _log_determinant(unit[chosen]) + _log_determinant(unit[rest]) - everything
        factors.append(math.exp(max(excess, 0.0)) if excess < _LARGEST_LOG else math.inf)
    return np.array(factors)


# Logarithms from which e^x is beyond the range of numbers.
_LARGEST_LOG = 709.0


def _log_determinant(unit: Array) -> float:
    """``log det UU'`` of vectors of length 1 (k, m), from their root: products would square the condition."""
    if not len(unit):
        return 0.0
    diagonal = np.abs(np.diagonal(triangular_root(unit.T)))
    return 2.0 * float(np.log(diagonal).sum()) if (diagonal > 0).all() else -math.inf


def condition(root: Array) -> tuple[Array, Array]:
    """Condition indices (p,), ascending, and variance proportions (p, p), a row an index and a column a coefficient.

    Columns of ``root`` are brought to length 1, not centred (Belsley, Kuh & Welsch 1980, ch. 3).
    """
    _, values, directions = np.linalg.svd(root / lengths(root.T))
    shares = (directions / values[:, None]) ** 2
    return values[0] / values, np.asarray(shares / shares.sum(axis=0))
