"""Sums over rows of a multinomial logit in double-double: as ``exact_score``, for several predictors a row.

In coordinates in which the information is the identity, an error δr of the residuals of a row counts
``√(Σ δr²/(N p))``, over all outcomes with the base's error that of the sum of the others, since ``diag p − pp'`` has
that inverse; and an error δη of its predictors ``√(N Σ p δη²)`` at most, the variance being below the second moment.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from glmlogit.numerics import doubledouble
from glmlogit.numerics.doubledouble import DD, UNIT
from glmlogit.numerics.exact_score import NO_ROWS, SURE_SHIFT, ExactScore, RowBounds
from glmlogit.numerics.softmax_pass import OutcomeRows, softmax

Array = npt.NDArray[np.float64]
Index = npt.NDArray[np.intp]

# A predictor this far below the largest has a probability of 0 in double-double.
_OUT_OF_RANGE = -2000.0


def exact_softmax(
    blocks: Iterable[OutcomeRows],
    scale: Array,
    weight: float,
    beta: DD,
    places: Index,
    root: Array | None,
    reach: float,
) -> ExactScore:
    """Sums over blocks of rows at all coefficients β (q,), of columns (p,) times ``scale``, observations ``weight``.

    Of the coefficients at ``places`` (k,); ``root`` (k, k) is T, ``reach`` bounds the length of a difference of two
    rows over the coefficients in the metric of the information.
    """
    sums = _ExactSums(beta, places, root, reach)
    for rows in blocks:
        sums.add(rows, np.asfortranarray(rows.X, dtype=np.float64) * scale, rows.observed * weight)
    return sums.score


class _ExactSums:
    """Sums over the rows so far."""

    def __init__(self, beta: DD, places: Index, root: Array | None, reach: float) -> None:
        q, k = len(beta.hi), len(places)
        self.beta, self.places, self.reach = beta, places, reach
        self.root = None if root is None else np.zeros((q, k))
        if self.root is not None:
            self.root[places] = root
        self.scores, self.size, self.gram = doubledouble.from_double(np.zeros(q)), np.zeros(q), np.zeros((k, k))
        self.bounds, self.furthest, self.n, self.longest = NO_ROWS, 0.0, 0, 1
        self.values: list[float] = []

    def add(self, rows: OutcomeRows, X: Array, y: Array) -> None:
        """Those of more rows (n, p), of which outcomes were observed ``y`` (n, K) times."""
        eta, error = _predictors(X, self.beta, rows)
        p, complement = _probabilities(eta)
        total = y.sum(axis=1)
        others = total[:, None] - y
        up, down = doubledouble.multiply_double(complement, y), doubledouble.multiply_double(p, others)
        residual, gross = doubledouble.subtract(up, down), up.hi + down.hi
        parts = [doubledouble.column_sums(X, DD(*(side[:, j] for side in residual))) for j in range(1, y.shape[1])]
        part = DD(*(np.concatenate(side) for side in zip(*parts, strict=True)))
        self.scores = doubledouble.add(self.scores, part)
        self.size += (gross[:, 1:].T @ np.abs(X)).ravel()
        self.bounds = _bounds(self.bounds, gross, total, p.hi, error, self.reach)
        self.values.append(_value(eta, y, residual))
        if self.root is not None:
            self.furthest = max(self.furthest, _add_gram(self.gram, X, self.root, total, p.hi))
        self.n, self.longest = self.n + y.size, max(self.longest, len(y))

    @property
    def score(self) -> ExactScore:
        """All of them, a row of K outcomes counted K times."""
        sides = [side[self.places] for side in (*self.scores, self.size)]
        out = np.concatenate([*sides, self.gram.ravel(), self.bounds, [self.furthest**2, 0.0]])
        additions = 3.0 * math.log2(self.longest) + 12 + 3 * len(self.values)
        k, whitened = len(self.places), self.root is not None
        return ExactScore(out, k, whitened, self.n, math.fsum(self.values), additions)


def _predictors(X: Array, beta: DD, rows: OutcomeRows) -> tuple[DD, Array]:
    """Predictors (n, K) less the largest of the row, and bounds of their errors."""
    B = DD(*(side.reshape(rows.levels - 1, -1).T for side in beta))
    product, gross = doubledouble.matmul(X, B), np.abs(X) @ np.abs(B.hi)
    if rows.offset is not None:
        product, gross = doubledouble.add_double(product, rows.offset), gross + np.abs(rows.offset)
    hi, lo, error = (np.zeros((len(X), rows.levels)) for _ in range(3))
    hi[:, 1:], lo[:, 1:] = product
    error[:, 1:] = 4 * (X.shape[1] + 2) ** 2 * UNIT**2 * gross
    if rows.possible is not None:
        impossible = rows.possible == 0
        hi[impossible], lo[impossible], error[impossible] = -np.inf, 0.0, 0.0
    at = np.arange(len(X)), hi.argmax(axis=1)
    best = DD(*(side[at][:, None] for side in (hi, lo)))
    below = doubledouble.subtract(DD(np.maximum(hi, best.hi + _OUT_OF_RANGE), lo), best)
    error += error[at][:, None] + 4 * UNIT**2 * np.abs(below.hi)
    error[at] = 0.0
    return below, error


def _probabilities(below: DD) -> tuple[DD, DD]:
    """Probabilities (n, K) of predictors less the largest, and their complements, no tail by subtraction."""
    powers = doubledouble.exp(below)
    at = np.arange(len(below.hi)), below.hi.argmax(axis=1)
    others = DD(*(side.copy() for side in powers))
    for side in others:
        side[at] = 0.0
    rest = _row_sums(others)
    total = doubledouble.add_double(rest, np.ones_like(rest.hi))
    complement = doubledouble.subtract(total, powers)
    for side, small in zip(complement, rest, strict=True):
        side[at] = small[:, 0]
    return doubledouble.divide(powers, total), doubledouble.divide(complement, total)


def _row_sums(terms: DD) -> DD:
    """Sums over outcomes (n, 1)."""
    total = DD(*(side[:, :1] for side in terms))
    for j in range(1, terms.hi.shape[1]):
        total = doubledouble.add(total, DD(*(side[:, j : j + 1] for side in terms)))
    return total


def _value(below: DD, y: Array, residual: DD) -> float:
    """Log-likelihood, the low parts of predictors counted to first order."""
    log_p = softmax(below.hi).log_p
    return math.fsum((y * np.where(y > 0, log_p, 0.0) + residual.hi * below.lo).ravel().tolist())


def _bounds(bounds: RowBounds, gross: Array, total: Array, p: Array, error: Array, reach: float) -> RowBounds:
    """Bounds with those of more rows (n, K): by the metric, or by the triangle inequality where that costs less."""
    of_row = gross[:, 1:].sum(axis=1)
    everything = bounds.gross + float(of_row.sum())
    by_outcome = np.concatenate([of_row[:, None], gross[:, 1:]], axis=1) ** 2
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        share = np.where(by_outcome > 0, by_outcome / (total[:, None] * p), 0.0).sum(axis=1)
    near = share <= 2.0 * reach * math.sqrt(everything) * of_row
    weighted = total[:, None] * p
    sure = error.max(where=weighted > 0, initial=0.0) <= SURE_SHIFT
    return RowBounds(
        everything,
        bounds.metric + float(share.sum(where=near)),
        bounds.triangle + reach * float(of_row.sum(where=~near)),
        bounds.shifts + (float((weighted * error**2).sum()) if sure else math.inf),
    )


def _add_gram(gram: Array, X: Array, root: Array, total: Array, p: Array) -> float:
    """Add the upper triangle of ``G = T'IT``; a bound of the length of the longest difference of two rows along T."""
    k, levels = root.shape[1], p.shape[1]
    along = np.zeros((levels, len(X), k))
    for j, part in enumerate(root.reshape(levels - 1, -1, k)):
        along[j + 1] = doubledouble.matmul(X, doubledouble.from_double(part)).hi
    centred = along - np.einsum("nj,jnk->nk", p, along)
    centred *= np.sqrt(total * p.T)[:, :, None]
    flat = centred.reshape(-1, k)
    gram += np.triu(flat.T @ flat)
    lengths = np.sort(np.sqrt(np.square(along).sum(axis=2)), axis=0)
    return float((lengths[-1] + lengths[-2]).max(initial=0.0))
