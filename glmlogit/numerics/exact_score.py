"""The score of rows in double-double, what rounding may have done to it, and their whitened information.

All of it in one fold over the rows, compiled (``c/exact.c``) or NumPy's (:func:`score_numpy`). The two differ by what
rounding is bounded to be, some 1e-31 of a score's gross value.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple, Protocol, TypeGuard

import numpy as np
import numpy.typing as npt

from glmlogit.numerics import doubledouble, kernels
from glmlogit.numerics.doubledouble import DD, UNIT

Array = npt.NDArray[np.float64]

# Rows that the compiled fold takes at a time: so many sums of each column are made, and added pairwise.
TILE = 128
# Errors of linear predictors up to which the weight of a row is good to 10 per cent.
SURE_SHIFT = 0.05


class RowBounds(NamedTuple):
    """Sums over rows that bound the rounding errors of a score; gross residuals are g = a·q + b·p, weights W."""

    gross: float = 0.0  # Σ g of all rows
    metric: float = 0.0  # Σ g²/W of rows that count in the metric
    triangle: float = 0.0  # Σ g · reach of the others
    shifts: float = 0.0  # Σ W δη²


NO_ROWS = RowBounds()


class ExactScore(NamedTuple):
    """Sums over all rows, of the first k columns.

    Attributes
    ----------
    sums : ndarray (k(3 + k) + 6,)
        All of them, laid out as in C.
    k : int
    whitened : bool
        Whether T was given.
    rows : int
        Number of rows.
    value : float
        Log-likelihood kernel, to the last digits of its terms.
    additions : float
        The error of ``score`` is at most ``additions · u² · size``.
    steepness : float
        Most that the logarithm of a weight changes by, for a change of its predictor by 1.
    """

    sums: Array
    k: int
    whitened: bool
    rows: int
    value: float
    additions: float
    steepness: float = 1.0

    @property
    def score(self) -> DD:
        """``X'r`` (k,)."""
        return DD(self.sums[: self.k], self.sums[self.k : 2 * self.k])

    @property
    def size(self) -> Array:
        """``|X|'g`` (k,), g the gross residuals."""
        return self.sums[2 * self.k : 3 * self.k]

    @property
    def gram(self) -> Array | None:
        """``G = T'X'WXT`` (k, k); None without T."""
        return _symmetric(self.sums[3 * self.k : -6].reshape(self.k, self.k)) if self.whitened else None

    @property
    def furthest(self) -> float:
        """Largest length of a row of ``XT`` times its steepness, of rows without weight too: they may regain it."""
        return math.sqrt(self.sums[-2])

    @property
    def bounds(self) -> RowBounds:
        """What bounds the rounding errors of the score."""
        return RowBounds(*self.sums[-6:-2].tolist())


class SummedExactly(Protocol):
    """Rows of several predictors each, which give their own sums over the coefficients."""

    @property
    def magnitude(self) -> Array:
        """Largest absolute value that multiplies each coefficient."""

    @property
    def largest_weight(self) -> float:
        """Largest weight of a row."""

    def exact_sums(
        self,
        coefficients: npt.NDArray[np.intp],
        k: int,
        scale: Array,
        weight: float,
        beta: DD,
        root: Array | None,
        reach: float,
    ) -> ExactScore:
        """Sums of the first k of some coefficients (c,) at their values β (c,), others being 0, as :func:`exact_score`.

        Columns are multiplied by ``scale`` (c,), powers of two, and observations by ``weight``.
        """


def sums_itself(rows: object) -> TypeGuard[SummedExactly]:
    """Whether rows are :class:`SummedExactly`; whether they satisfy the protocol takes as long as a hundred rows."""
    return hasattr(rows, "exact_sums")


# Columns as they are, weights of events and of non-events, offset or None.
Block = tuple[Array, Array, Array, "Array | None"]


def exact_score(
    blocks: Iterable[Block], scale: Array, beta: DD, k: int, root: Array | None, reach: float
) -> ExactScore:
    """Sums over blocks of rows whose columns (p,) are multiplied by ``scale``, powers of two, at β (p,).

    ``root`` (k, k) is T; ``reach`` bounds the length of any row in the metric of the information.
    """
    out, n_rows, longest, values = np.zeros(k * (3 + k) + 6), 0, 0, list[float]()
    compiled = doubledouble.compiled("score")
    pair, root = np.array(beta, dtype=np.float64), None if root is None else np.ascontiguousarray(root)
    for X, events, nonevents, offset in blocks:
        out[-1] = 0.0
        if compiled is not None:
            vectors = (None if v is None else np.ascontiguousarray(v) for v in (events, nonevents, offset))
            compiled(X, scale, pair, *vectors, root, k, reach, out)
        else:
            score_numpy(X * scale, beta, events, nonevents, offset, root, k, reach, out)
        n_rows, longest = n_rows + len(events), max(longest, len(events))
        values.append(float(out[-1]))
    # Products and what is added up in the longest block, and 3u² for each block added.
    additions = 3.0 * (longest // TILE) + 3 * math.log2(max(1, min(longest, TILE))) + 15 + 3 * len(values)
    return ExactScore(out, k, root is not None, n_rows, math.fsum(values), additions)


def _symmetric(upper: Array) -> Array:
    """A matrix of which the upper triangle is filled, and 0 below."""
    both = upper + upper.T
    both.ravel()[:: len(upper) + 1] *= 0.5
    return both


def score_numpy(
    X: Array,
    beta: DD,
    events: Array,
    nonevents: Array,
    offset: Array | None,
    root: Array | None,
    k: int,
    reach: float,
    out: Array,
) -> None:
    """The NumPy twin: what a block of scaled rows (n, p) adds to ``out``, laid out as in C."""
    X = np.asfortranarray(X)
    eta, error = exact_eta(X, beta, offset)
    residual, gross, weight = doubledouble.residuals_numpy(eta, events, nonevents)
    sums = doubledouble.column_sums_numpy(X[:, :k], residual)
    out[:k], out[k : 2 * k] = doubledouble.add(DD(out[:k].copy(), out[k : 2 * k].copy()), sums)
    out[2 * k : 3 * k] += gross @ np.abs(X[:, :k])
    if root is not None:
        image = doubledouble.matmul_numpy(X[:, :k], doubledouble.from_double(root)).hi.T
        out[-2] = max(out[-2], float(np.einsum("ij,ij->j", image, image).max()))
        image = image * np.sqrt(weight)
        out[3 * k : -6] += np.triu(image @ image.T).ravel()
    out[-6:-2] = row_bounds(RowBounds(*out[-6:-2].tolist()), gross, weight, error, reach)
    out[-1] += value_of(eta, events, nonevents)


def exact_eta(X: Array, beta: DD, offset: Array | None) -> tuple[DD, Array]:
    """Linear predictors in double-double, and bounds of their errors, by NumPy."""
    eta, gross = doubledouble.matmul_numpy(X, beta), np.abs(X) @ np.abs(beta.hi)
    if offset is not None:
        eta, gross = doubledouble.add_double(eta, offset), gross + np.abs(offset)
    return eta, 4 * (X.shape[1] + 2) ** 2 * UNIT**2 * gross


def value_of(eta: DD, events: Array, nonevents: Array) -> float:
    """Log-likelihood kernel of linear predictors (n,), their low parts counted to first order."""
    sums = kernels.row_sums(eta.hi, events, nonevents)
    return sums.llf + float(np.sum(np.where(sums.residual != 0, sums.residual * eta.lo, 0.0)))


def row_bounds(bounds: RowBounds, gross: Array, weight: Array, shift: Array, reach: float) -> RowBounds:
    """Bounds with those of more rows: their gross residuals, weights, and errors of their linear predictors (n,)."""
    total = bounds.gross + float(gross.sum())
    # Any division of the rows is a bound; this is where a row costs least, the metric being about √Σ g.
    near = gross <= (2.0 * reach * math.sqrt(total)) * weight
    share = np.divide(gross * gross, weight, out=np.zeros_like(gross), where=near & (weight > 0))
    shift = np.where(weight > 0, shift, 0.0)
    return RowBounds(
        total,
        bounds.metric + float(share.sum()),
        bounds.triangle + reach * float(gross.sum(where=~near)),
        bounds.shifts + (float((weight * shift * shift).sum()) if shift.max() <= SURE_SHIFT else math.inf),
    )
