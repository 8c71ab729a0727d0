"""The quadratic model of a log-likelihood less its penalty, maximised exactly: descent, then what is active."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.linalg import lapack

from glmlogit.numerics.descent import Limited, descend_gram
from glmlogit.numerics.lazy import cached_property
from glmlogit.numerics.linalg import Information
from glmlogit.shrinkage.groups import descended_groups
from glmlogit.shrinkage.problem import Terms

Array = npt.NDArray[np.float64]
Index = npt.NDArray[np.intp]

# Share of the largest eigenvalue at which another is 0.
_SINGULAR = 1e-12
# Sweeps at a time, rounds of them, and what the tolerance shrinks by from round to round.
_SWEEPS, _ROUNDS, _FINER = 200, 40, 1e-2


@dataclass(frozen=True, eq=False)
class Quadratic:
    """Information H (k, k) of coefficients, those without penalty or limit eliminated from it.

    Eliminating them centres columns implicitly where the constant is one: descent in what is left
    (S = H_RR − H_RF H_FF⁻¹ H_FR) does not crawl along it.
    """

    H: Array
    free: Index
    rest: Index

    @staticmethod
    def of(H: Array, terms: Terms) -> Quadratic:
        """The information of coefficients with these penalties."""
        free = terms.free
        return Quadratic(H, np.flatnonzero(free), np.flatnonzero(~free))

    @cached_property
    def _across(self) -> Array:
        """``H_FF⁻¹ H_FR`` (f, r)."""
        return self._solve_free(self.H[np.ix_(self.free, self.rest)])

    @cached_property
    def reduced(self) -> Array:
        """S (r, r)."""
        contiguous = len(self.rest) and len(self.rest) == self.rest[-1] - self.rest[0] + 1
        part = slice(self.rest[0], self.rest[-1] + 1) if contiguous else None
        H_rest = self.H[part, part] if part is not None else self.H[np.ix_(self.rest, self.rest)]
        return np.ascontiguousarray(H_rest - self.H[np.ix_(self.rest, self.free)] @ self._across)

    def length(self, terms: Terms, d: Array) -> float:
        """A step (k,) in standard errors."""
        return math.sqrt(max(float(d @ (self.H @ d) + (terms.l2 * d) @ d), 0.0))

    def _solve_free(self, v: Array) -> Array:
        factor = Information(np.ones(len(self.free)), self.H[np.ix_(self.free, self.free)]).factor
        if factor is None:
            raise np.linalg.LinAlgError("columns without a penalty are linear combinations of each other")
        return factor.solve(v)

    def step(self, terms: Terms, beta: Array, score: Array) -> Array:
        """The step (k,) from β to the maximum of ``score'd − ½ d'Hd`` less the penalty of β + d."""
        free, rest, of_rest = self.free, self.rest, terms.take(self.rest)
        d = np.zeros(len(beta))
        first = self._solve_free(score[free]) if len(free) else np.zeros(0)
        if len(rest):
            slope = score[rest] - self.H[np.ix_(rest, free)] @ first - of_rest.l2 * beta[rest]
            descended = _descended if of_rest.group == 1 else descended_groups
            d[rest] = descended(self.reduced, of_rest, beta[rest], slope) - beta[rest]
        d[free] = first - self._across @ d[rest]
        return d


def _descended(S: Array, terms: Terms, start: Array, slope: Array) -> Array:
    """Maximum (r,) of a quadratic function of β, ``slope`` its gradient at the start, less penalties."""
    H = S + np.diag(terms.l2) if terms.l2.any() else S
    x, g = start.copy(), slope.copy()
    fall = descend_gram(H, terms.limited, x, g, 0.0, 1)
    if fall == 0.0:
        return x
    for k in range(_ROUNDS):
        descend_gram(H, terms.limited, x, g, fall * _FINER ** (k + 1), _SWEEPS)
        exact = _on_active(H, terms.limited, x, slope + H @ (start - x))
        if exact is not None:
            return exact
    return x


def _on_active(H: Array, limited: Limited, x: Array, g: Array) -> Array | None:
    """The maximum with the signs of x, solved for; None where it has others, or other coefficients leave 0."""
    l1, low, high = limited
    active = np.flatnonzero((x != 0) & (x > low) & (x < high))
    d, rest = np.zeros(len(x)), g.copy()
    if len(active):
        kkt = g[active] - l1[active] * np.sign(x[active])
        step = _solve(H[np.ix_(active, active)], kkt)
        if step is None:
            step = _shortest(H[np.ix_(active, active)], kkt, 1e-12 * float(np.abs(g).max()))
        if step is None:
            return None
        d[active] = step
        rest -= H[:, active] @ step
    there = x + d
    l1_signs = (np.sign(there[active]) == np.sign(x[active])).all()
    inside = (there[active] >= low[active]).all() and (there[active] <= high[active]).all()
    if not (l1_signs and inside):
        return None
    still = np.ones(len(x), dtype=bool)
    still[active] = False
    slack = 1e-9 * (l1 + np.abs(g))
    slope = Terms(np.zeros(len(x)), limited, np.ones(len(x))).slopes(rest, there)
    return there if (np.abs(slope[still]) <= slack[still]).all() else None


def _shortest(H: Array, v: Array, rounding: float) -> Array | None:
    """The shortest solution (k,) of ``Hx = v`` of a singular H, v being uncertain by ``rounding``; None without one.

    As for a lasso of levels, none of whose coefficients of a column is 0: a common shift of them changes nothing.
    """
    values, vectors = np.linalg.eigh(H)
    used = values > _SINGULAR * values[-1]
    x = vectors[:, used] @ ((vectors[:, used].T @ v) / values[used])
    return np.asarray(x) if np.abs(H @ x - v).max() <= 1e-10 * np.abs(v).max() + rounding else None


def _solve(H: Array, v: Array) -> Array | None:
    """``H⁻¹v`` (k,); None where H is numerically singular."""
    unit = 1.0 / np.sqrt(np.diagonal(H))
    if not np.isfinite(unit).all():
        return None
    root, failed = lapack.dpotrf(H * unit * unit[:, None], lower=0, clean=0)
    if failed:
        return None
    rcond, _ = lapack.dtrcon(root)
    if rcond < 1e-8:
        return None
    return np.asarray(lapack.dpotrs(root, v * unit, lower=0)[0] * unit)
