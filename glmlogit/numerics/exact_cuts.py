"""Sums over rows of a cumulative logit in double-double: as ``exact_score``, for several cuts and gaps a row.

Each cut of a row is a binary logit, each gap δ between two cuts a term ``log(1 − e^−δ)`` with the derivative
``h = 1/(e^δ − 1)`` and the weight ``h(1 + h)``: all are functions of one number, whose errors count in the metric of
the information as those of binary rows do. The logarithm of a cut's weight changes by no more than its log-odds, that
of a gap's weight by ``coth(δ/2) = 1 + 2h`` times as much; while δ changes by no more than its half, by
``coth(δ/4) ≤ 2 (1 + 2h)`` times. A gap is therefore taken to be as many times longer, and then a path along which no
row changes by more than 2 halves no gap.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from glmlogit.numerics import doubledouble
from glmlogit.numerics.cumulative import CutCounts, cut_sums
from glmlogit.numerics.doubledouble import DD, UNIT
from glmlogit.numerics.exact_score import NO_ROWS, ExactScore, RowBounds, row_bounds

Array = npt.NDArray[np.float64]
Index = npt.NDArray[np.intp]


class CutBlock(NamedTuple):
    """Rows in a piece: columns (m, p), offsets (m, 1) or (m, K − 1) or None, weighted counts at cuts and gaps."""

    X: Array
    offset: Array | None
    counts: CutCounts


class CutPlaces(NamedTuple):
    """For each cut the places (K − 1, p) of the columns among all coefficients, and the columns that have several."""

    cuts: Index
    own: Index


def exact_cuts(
    blocks: Iterable[CutBlock],
    at: CutPlaces,
    scale: Array,
    weight: float,
    beta: DD,
    places: Index,
    root: Array | None,
    reach: float,
) -> ExactScore:
    """Sums over blocks of rows at all coefficients β (q,), of columns (p,) times ``scale``, observations ``weight``.

    Of the coefficients at ``places`` (k,); ``root`` (k, k) is T, ``reach`` bounds the length of a row over the
    coefficients, or of the difference of two cuts of it, in the metric of the information.
    """
    sums = _SumsAtCuts(at, beta, places, root, reach)
    for block in blocks:
        counts = CutCounts(*(count * weight for count in block.counts))
        sums.add(CutBlock(np.asfortranarray(block.X, dtype=np.float64) * scale, block.offset, counts))
    return sums.score


class _Terms(NamedTuple):
    """Functions of one number for each row and cut, or gap (m, c)."""

    residual: DD
    gross: Array
    weight: Array
    error: Array  # bounds of the errors of the numbers, where they count
    steepness: Array  # most that the logarithm of the weight changes by, for a change of the number by 1


class _SumsAtCuts:
    """Sums over the rows so far."""

    def __init__(self, at: CutPlaces, beta: DD, places: Index, root: Array | None, reach: float) -> None:
        q, k = len(beta.hi), len(places)
        self.at, self.places, self.reach = at, places, reach
        self.B = DD(*(side[at.cuts].T for side in beta))
        of_own = DD(*(side[at.own] for side in self.B))
        self.D = doubledouble.subtract(DD(*(v[:, :-1] for v in of_own)), DD(*(v[:, 1:] for v in of_own)))
        self.root = None if root is None else np.zeros((q, k))
        if self.root is not None:
            self.root[places] = root
        self.scores, self.size, self.gram = doubledouble.from_double(np.zeros(q)), np.zeros(q), np.zeros((k, k))
        self.bounds, self.furthest, self.steepness, self.n, self.longest = NO_ROWS, 0.0, 1.0, 0, 1
        self.values: list[float] = []

    def add(self, block: CutBlock) -> None:
        """Those of more rows."""
        X, own, cuts = block.X, block.X[:, self.at.own], self.at.cuts
        eta, gap, at_cuts, at_gaps = _terms(block, self.B, self.D, own)
        shift = float((at_cuts.residual.hi * eta.lo).sum() + (at_gaps.residual.hi * gap.lo).sum())
        self.values.append(float(cut_sums(eta.hi, gap.hi, block.counts).llf.sum()) + shift)
        for j, place in enumerate(cuts):
            self._add(X, at_cuts, j, ((place, 1.0),))
        for k, (low, high) in enumerate(itertools.pairwise(cuts[:, self.at.own])):
            self._add(own, at_gaps, k, ((low, 1.0), (high, -1.0)))
        for terms in (at_cuts, at_gaps):
            self.bounds = _bounded(self.bounds, terms, self.reach)
            self.steepness = max(self.steepness, float(terms.steepness.max(initial=1.0)))
        self.n, self.longest = self.n + eta.hi.size + gap.hi.size, max(self.longest, len(X))

    def _add(self, X: Array, terms: _Terms, j: int, sides: tuple[tuple[Index, float], ...]) -> None:
        """Those of one cut or gap: the columns (m, c) are those of coefficients at each place, with its sign."""
        residual = DD(*(np.ascontiguousarray(side[:, j]) for side in terms.residual))
        part = doubledouble.column_sums(X, residual)
        # A gap's weight is above its residual: what bounds both.
        gross = np.maximum(terms.gross[:, j], terms.weight[:, j]) @ np.abs(X)
        for place, sign in sides:
            there = DD(self.scores.hi[place], self.scores.lo[place])
            self.scores.hi[place], self.scores.lo[place] = doubledouble.add(there, DD(sign * part.hi, sign * part.lo))
            self.size[place] += gross
        if self.root is not None:
            along = _difference([self.root[place] for place, _ in sides])
            image = doubledouble.matmul(X, along).hi
            length = np.sqrt(np.square(image).sum(axis=1)) * terms.steepness[:, j]
            self.furthest = max(self.furthest, float(length.max(initial=0.0)))
            image *= np.sqrt(terms.weight[:, [j]])
            self.gram += np.triu(image.T @ image)

    @property
    def score(self) -> ExactScore:
        """All of them, a row of K levels counted 2K − 3 times."""
        sides = [side[self.places] for side in (*self.scores, self.size)]
        out = np.concatenate([*sides, self.gram.ravel(), self.bounds, [self.furthest**2, 0.0]])
        additions = 3.0 * math.log2(self.longest) + 12 + 3 * len(self.values) * (len(self.at.cuts) + 2)
        k, whitened = len(self.places), self.root is not None
        return ExactScore(out, k, whitened, self.n, math.fsum(self.values), additions, self.steepness)


def _terms(block: CutBlock, B: DD, D: DD, own: Array) -> tuple[DD, DD, _Terms, _Terms]:
    """Log-odds (m, K − 1) and gaps (m, K − 2) of rows, and what follows from them."""
    eta, of_eta = _predictors(block.X, B, None if block.offset is None else doubledouble.from_double(block.offset))
    apart = None
    if block.offset is not None and block.offset.shape[1] > 1:
        apart = doubledouble.two_sum(block.offset[:, :-1], -block.offset[:, 1:])
    gap, of_gap = _predictors(own, D, apart)
    return eta, gap, _at_cuts(eta, of_eta, block.counts), _at_gaps(gap, of_gap, block.counts.between)


def _predictors(X: Array, b: DD, offset: DD | None) -> tuple[DD, Array]:
    """``Xb`` (m, c) plus an offset, and bounds of its errors."""
    if not b.hi.size:
        return DD(*np.zeros((2, len(X), b.hi.shape[1]))), np.zeros((len(X), b.hi.shape[1]))
    product, gross = doubledouble.matmul(X, b), np.abs(X) @ np.abs(b.hi)
    if offset is not None:
        product, gross = doubledouble.add(product, offset), gross + np.abs(offset.hi)
    return product, 4 * (X.shape[1] + 2) ** 2 * UNIT**2 * gross


def _at_cuts(eta: DD, error: Array, counts: CutCounts) -> _Terms:
    """The binary logit of each cut."""
    flat = DD(*(np.ascontiguousarray(side).ravel() for side in eta))
    above, below = (np.ascontiguousarray(count).ravel() for count in (counts.above, counts.below))
    residual, gross, weight = doubledouble.residuals(flat, above, below)
    shape = eta.hi.shape
    sides = DD(*(side.reshape(shape) for side in residual))
    observed = counts.above + counts.below > 0
    return _Terms(sides, gross.reshape(shape), weight.reshape(shape), error, np.where(observed, 1.0, 0.0))


def _at_gaps(gap: DD, error: Array, between: Array) -> _Terms:
    """``log(1 − e^−δ)`` of each gap with observations; NaN where cuts cross."""
    observed = between > 0
    wide = DD(np.where(observed, np.where(gap.hi > 0, gap.hi, np.nan), 1.0), np.where(observed, gap.lo, 0.0))
    below = doubledouble.negative(wide)
    h = doubledouble.divide(doubledouble.exp(below), doubledouble.negative(doubledouble.expm1(below)))
    residual = doubledouble.multiply_double(h, between)
    slope = 1.0 + 2.0 * h.hi
    steepness = np.where(observed, 2.0 * slope, 0.0)
    return _Terms(residual, residual.hi, between * h.hi * (1.0 + h.hi), error * slope, steepness)


def _bounded(bounds: RowBounds, terms: _Terms, reach: float) -> RowBounds:
    """Bounds with those of more terms."""
    if not terms.gross.size:
        return bounds
    return row_bounds(bounds, terms.gross.ravel(), terms.weight.ravel(), terms.error.ravel(), reach)


def _difference(parts: list[Array]) -> DD:
    """The first of two matrices less the second, exactly; one alone as it is."""
    return doubledouble.from_double(parts[0]) if len(parts) == 1 else doubledouble.two_sum(parts[0], -parts[1])
