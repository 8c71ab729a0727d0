"""Rows of a multinomial logit: log-likelihood, score and all blocks of the information, in C or NumPy.

Outcome 0 is the base, whose predictor is 0; the K − 1 others have p coefficients each, one outcome after the other. The
largest predictor of a row is taken out before exponentials, and the complement of a probability is the sum of the
others: nothing overflows, and no tail is lost (McFadden 1974; Agresti 2013, §8.1).
"""

from __future__ import annotations

import contextlib
import importlib
import math
from typing import Any, NamedTuple, TypeVar, cast

import numpy as np
import numpy.typing as npt

from glmlogit.numerics import kernels
from glmlogit.numerics.blocks import block_rows
from glmlogit.numerics.kernels import PassSums

Array = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Codes = npt.NDArray[np.int32]

_softmax: Any = None
with contextlib.suppress(ImportError):  # not there where no compiler was
    _softmax = importlib.import_module("glmlogit.numerics._softmax")

# Coefficients up to which the compiled pass is used: beyond, a BLAS is as fast at the products.
WIDEST = 256
# Doubles in the sums of all segments of rows.
_MOST_SUMS = 1 << 22


Values = TypeVar("Values", bound=npt.NDArray[Any])


def picked(values: Values | None, rows: Any) -> Values | None:
    """Values of some rows; None where there are none."""
    return None if values is None else cast("Values", values[rows])


class OutcomeRows(NamedTuple):
    """Rows (n, p) and what was observed: outcome numbers ``codes`` (n,), or counts (n, K) of each.

    ``offset`` (n, K − 1) is added to the predictors, and ``possible`` (n, K) marks outcomes that a row can have.
    """

    X: npt.NDArray[np.floating[Any]]
    levels: int
    codes: Codes | None
    counts: Array | None = None
    weights: Array | None = None
    offset: Array | None = None
    possible: Bools | None = None

    def part(self, rows: slice) -> OutcomeRows:
        """Neighbouring rows."""
        X, levels, codes, counts, weights, offset, possible = self
        return OutcomeRows(
            X[rows],
            levels,
            picked(codes, rows),
            picked(counts, rows),
            picked(weights, rows),
            picked(offset, rows),
            picked(possible, rows),
        )

    @property
    def observed(self) -> Array:
        """Weight times number of observations of each outcome (n, K)."""
        if self.counts is None:
            assert self.codes is not None
            y = np.zeros((len(self.codes), self.levels))
            y[np.arange(len(self.codes)), self.codes] = 1.0
        else:
            y = self.counts
        return y if self.weights is None else y * self.weights[:, None]


class Softmax(NamedTuple):
    """Probabilities p of outcomes, complements q, both (n, K), and log p."""

    p: Array
    q: Array
    log_p: Array


def softmax(eta: Array) -> Softmax:
    """Of predictors (n, K), −∞ where an outcome is not possible."""
    rows = np.arange(len(eta))
    best = eta.argmax(axis=1)
    below = eta - eta[rows, best][:, None]
    powers = np.exp(below)
    others = powers.copy()
    others[rows, best] = 0.0
    rest = others.sum(axis=1)
    p = powers / (1.0 + rest)[:, None]
    q = 1.0 - p
    q[rows, best] = rest / (1.0 + rest)
    return Softmax(p, q, below - np.log1p(rest)[:, None])


def predictors(rows: OutcomeRows, beta: Array) -> Array:
    """Linear predictors (n, K): that of the base 0, −∞ where an outcome is not possible."""
    eta = np.zeros((len(rows.X), rows.levels))
    eta[:, 1:] = rows.X @ beta.reshape(rows.levels - 1, -1).T
    if rows.offset is not None:
        eta[:, 1:] += rows.offset
    return eta if rows.possible is None else np.where(rows.possible, eta, -np.inf)


def row_pass(
    rows: OutcomeRows, beta: Array, scale: Array | None = None, *, information: bool = True, threads: int | None = None
) -> PassSums:
    """Log-likelihood ``Σ y log p``, score (q,) and information (q, q), q = (K − 1)p, in one pass over the rows.

    Blocks are ``Σ N(δ_jk p_j − p_j p_k) x x'``. ``scale`` (p,) multiplies the columns of the information. Compiled
    where the extension was built; :func:`row_pass_numpy` is its twin. Sums are taken in segments of rows that depend on
    the shape of the rows alone, and added in order: the result is the same with any number of threads.
    """
    n, p = rows.X.shape
    size = (rows.levels - 1) * p
    if _softmax is None or not kernels.COMPILED or not 0 < size <= WIDEST or not n:
        return row_pass_numpy(rows, beta, scale, information=information)
    length = 1 + size + (size * size if information else 0)
    step = _segment(n, p, size)
    sums = np.empty((-(-n // step), length))
    X, levels, *observed = plain(rows)
    beta = np.ascontiguousarray(beta, dtype=np.float64)

    def segment(k: int) -> None:
        _softmax.accumulate(X, *observed, beta, scale, sums[k], levels, k * step, min(n, (k + 1) * step))

    kernels.share(segment, len(sums), kernels.threads_for(n * rows.levels, size, threads))
    total = sums.sum(axis=0)
    llf = math.fsum(sums[:, 0].tolist())
    info = total[1 + size :].reshape((size, size) if information else (0, 0))
    return PassSums(llf, total[1 : 1 + size], info)


def _segment(n: int, p: int, size: int) -> int:
    """Rows summed by one thread at a stretch, so that the sums of all segments stay small."""
    step = kernels.segment_rows(n, p)
    return max(step, -(-n * (1 + size + size * size) // _MOST_SUMS))


def plain(rows: OutcomeRows) -> OutcomeRows:
    """Vectors as contiguous arrays of the types that C reads; X is not copied where C can read it."""
    X, levels, codes, counts, weights, offset, possible = rows
    if X.dtype not in (np.float64, np.float32) or not X.flags.aligned:
        X = X.astype(np.float64)
    counts, weights, offset = (_doubles(v) for v in (counts, weights, offset))
    marks: Any = None if possible is None else np.ascontiguousarray(possible).view(np.uint8)
    numbers = None if codes is None or counts is not None else np.ascontiguousarray(codes, dtype=np.int32)
    return OutcomeRows(X, levels, numbers, counts, weights, offset, marks)


def _doubles(values: Array | None) -> Array | None:
    return None if values is None else np.ascontiguousarray(values, dtype=np.float64)


def row_pass_numpy(rows: OutcomeRows, beta: Array, scale: Array | None = None, *, information: bool = True) -> PassSums:
    """The NumPy twin of the compiled row pass, block by block."""
    n, p = rows.X.shape
    r = rows.levels - 1
    score, info = np.zeros((r, p)), np.zeros((r, p, r, p) if information else (0, 0))
    llf: list[float] = []
    step = block_rows(p + 2 * rows.levels)
    for start in range(0, n, step):
        block = rows.part(slice(start, start + step))
        X = np.ascontiguousarray(block.X, dtype=np.float64)
        at, y = softmax(predictors(block, beta)), block.observed
        total = y.sum(axis=1)
        llf.append(float((y * np.where(y > 0, at.log_p, 0.0)).sum()))
        residual = y * at.q - (total[:, None] - y) * at.p
        score += residual[:, 1:].T @ X
        if information:
            _add_blocks(info, X if scale is None else X * scale, at, total)
    return PassSums(math.fsum(llf), score.ravel(), info.reshape((r * p, r * p) if information else (0, 0)))


def _add_blocks(info: Array, X: Array, at: Softmax, total: Array) -> None:
    """Blocks (j, k) of the information, the matrix ``info`` being (r, p, r, p)."""
    for j in range(len(info)):
        for k in range(j, len(info)):
            weight = total * at.p[:, j + 1] * (at.q[:, j + 1] if j == k else -at.p[:, k + 1])
            block = X.T @ (X * weight[:, None])
            info[j, :, k] += block
            if j != k:
                info[k, :, j] += block.T
