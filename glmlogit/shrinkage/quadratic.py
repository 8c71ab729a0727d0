"""The quadratic model of a log-likelihood less its penalty, maximised exactly: descent, then what is active."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.linalg import lapack

from glmlogit.numerics.descent import Limited, descend_gram
from glmlogit.numerics.lazy import cached_property
from glmlogit.numerics.linalg import Information, TriangularFactor
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
        return self._solve_free(self.H[self.free[:, None], self.rest])

    @cached_property
    def reduced(self) -> Array:
        """S (r, r)."""
        contiguous = len(self.rest) and len(self.rest) == self.rest[-1] - self.rest[0] + 1
        part = slice(self.rest[0], self.rest[-1] + 1) if contiguous else None
        H_rest = self.H[part, part] if part is not None else self.H[self.rest[:, None], self.rest]
        return np.ascontiguousarray(H_rest - self.H[self.rest[:, None], self.free] @ self._across)

    def length(self, terms: Terms, d: Array) -> float:
        """A step (k,) in standard errors."""
        return math.sqrt(max(float(d @ (self.H @ d) + (terms.l2 * d) @ d), 0.0))

    @cached_property
    def _free_factor(self) -> TriangularFactor:
        factor = Information(np.ones(len(self.free)), self.H[self.free[:, None], self.free]).factor
        if factor is None:
            raise np.linalg.LinAlgError("columns without a penalty are linear combinations of each other")
        return factor

    def _solve_free(self, v: Array) -> Array:
        return self._free_factor.solve(v)

    def step(self, terms: Terms, beta: Array, score: Array) -> Array:
        """The step (k,) from β to the maximum of ``score'd − ½ d'Hd`` less the penalty of β + d."""
        free, rest, of_rest = self.free, self.rest, terms.take(self.rest)
        d = np.zeros(len(beta))
        first = self._solve_free(score[free]) if len(free) else np.zeros(0)
        if len(rest):
            slope = score[rest] - self.H[rest[:, None], free] @ first - of_rest.l2 * beta[rest]
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
        x, exact = _on_active(H, terms.limited, x, slope + H @ (start - x))
        if exact:
            return x
        g = slope + H @ (start - x)
    return x


def _on_active(H: Array, limited: Limited, x: Array, g: Array) -> tuple[Array, bool]:
    """The maximum with the signs of x, and whether it is that of all: no other coefficient leaves 0.

    Where it has other signs, or limits come before, the point on the way there at which the first coefficient meets 0
    or its limit.
    """
    l1, low, high = limited
    active = np.flatnonzero((x != 0) & (x > low) & (x < high))
    there, rest = x.copy(), g.copy()
    if len(active):
        kkt = g[active] - l1[active] * np.sign(x[active])
        step = _solve(H[active[:, None], active], kkt)
        if step is None:
            step = _shortest(H[active[:, None], active], kkt, 1e-12 * np.abs(g[active]))
        if step is None:
            return x, False
        meeting = _first_meeting(x[active], step, low[active], high[active])
        if meeting is not None:
            there[active] += meeting.share * step
            there[active[meeting.at]] = meeting.bound
            return there, False
        there[active] += step
        rest -= H[:, active] @ step
    still = np.ones(len(x), dtype=bool)
    still[active] = False
    slack = 1e-9 * (l1 + np.abs(g))
    slope = Terms(np.zeros(len(x)), limited, np.ones(len(x))).slopes(rest, there)
    return there, bool((np.abs(slope[still]) <= slack[still]).all())


class _Meeting(NamedTuple):
    """The share of a step at which a coefficient meets 0 or its limit, its position, and what it meets."""

    share: float
    at: int
    bound: float


def _first_meeting(x: Array, step: Array, low: Array, high: Array) -> _Meeting | None:
    """Where the first of the coefficients (k,) meets 0 or its limit on a step (k,); None where none does."""
    least, most = np.where(x > 0, np.maximum(low, 0.0), low), np.where(x < 0, np.minimum(high, 0.0), high)
    there = x + step
    beyond = np.flatnonzero((there < least) | (there > most) | (there == 0.0))
    if not len(beyond):
        return None
    bound = np.where(step < 0, least, most)[beyond]
    shares = np.clip((bound - x[beyond]) / step[beyond], 0.0, 1.0)
    first = int(shares.argmin())
    return _Meeting(float(shares[first]), int(beyond[first]), float(bound[first]))


def _shortest(H: Array, v: Array, rounding: Array) -> Array | None:
    """A short solution (k,) of ``Hx = v`` of a singular H, v being uncertain by ``rounding`` (k,); None without one.

    As for a lasso of levels, none of whose coefficients of a column is 0: a common shift of them changes nothing.
    """
    unit = 1.0 / np.sqrt(np.diagonal(H))
    if not np.isfinite(unit).all():
        return None
    values, vectors = np.linalg.eigh(H * unit * unit[:, None])
    used = values > _SINGULAR * values[-1]
    x = unit * (vectors[:, used] @ ((vectors[:, used].T @ (v * unit)) / values[used]))
    left = np.abs(H @ x - v) * unit
    return np.asarray(x) if (left <= 1e-10 * np.abs(v * unit).max() + rounding * unit).all() else None


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
