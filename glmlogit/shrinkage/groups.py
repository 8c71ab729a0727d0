"""The quadratic model less norms of groups of coefficients, maximised exactly: descent by group, then Newton steps."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from glmlogit.numerics.descent import descend_groups
from glmlogit.shrinkage.problem import Terms, norms, shrunk

Array = npt.NDArray[np.float64]
Index = npt.NDArray[np.intp]

# Sweeps at a time, rounds of them, and what the tolerance shrinks by from round to round.
_SWEEPS, _ROUNDS, _FINER = 200, 40, 1e-2
# Newton's steps on the groups that are not 0, and the length, as a share of the coefficients', at which they end.
_STEPS, _ENOUGH = 30, 1e-12
# What the slope of a group of 0 may exceed its penalty by, as a share of it.
_SLACK = 1e-9


def descended_groups(S: Array, terms: Terms, start: Array, slope: Array) -> Array:
    """Maximum (r,) of a quadratic function of β, ``slope`` its gradient at the start, less norms of groups."""
    H = S + np.diag(terms.l2) if terms.l2.any() else S
    K, l1 = terms.group, np.ascontiguousarray(terms.limited.l1[:: terms.group])
    blocks = H.reshape(len(l1), K, len(l1), K)[np.arange(len(l1)), :, np.arange(len(l1))]
    bound = np.ascontiguousarray(np.linalg.eigvalsh(blocks)[:, -1])
    x, g = start.copy(), slope.copy()
    fall = descend_groups(H, l1, bound, x, g, 0.0, 1)
    for k in range(_ROUNDS if fall > 0 else 0):
        descend_groups(H, l1, bound, x, g, fall * _FINER ** (k + 1), _SWEEPS)
        exact = _on_active(H, l1, K, x, slope + H @ (start - x))
        if exact is not None:
            return exact
    return x


def _on_active(H: Array, l1: Array, K: int, start: Array, slope: Array) -> Array | None:
    """The maximum with the groups that are not 0 at a start; None where Newton leaves these, or others leave 0."""
    used = norms(start, K) > 0
    active, weight = np.repeat(used, K), l1[used]
    at, x, g = np.flatnonzero(active), start.copy(), slope.copy()
    inner = H[np.ix_(at, at)]
    for _ in range(_STEPS if len(at) else 0):
        current: Array = x[at]
        size = norms(current, K)
        unit = np.asarray(current / np.repeat(size, K))
        try:
            step = np.linalg.solve(inner + bend(weight, size, unit, K), g[at] - np.repeat(weight, K) * unit)
        except np.linalg.LinAlgError:
            return None
        if not (norms(np.asarray(step), K) < 0.9 * size).all():
            return None
        x[at] = x[at] + step
        g -= H[:, at] @ step
        if np.abs(step).max() <= _ENOUGH * np.abs(x[at]).max():
            break
    rest = shrunk(g, np.repeat(norms(g, K), K), np.repeat(l1, K))
    outside = np.where(active, 0.0, np.abs(rest))
    return x if (outside <= _SLACK * np.repeat(l1, K)).all() else None


def bend(weight: Array, size: Array, unit: Array, K: int) -> Array:
    """Second derivatives (k, k) of ``Σ weight·|x_g|``: ``weight (I − uu')/|x_g|`` of each group."""
    groups, (G, u) = np.arange(len(size)), (len(size), unit.reshape(-1, K))
    result = np.zeros((G, K, G, K))
    result[groups, :, groups] = (weight / size)[:, None, None] * (np.eye(K) - u[:, :, None] * u[:, None, :])
    return result.reshape(G * K, G * K)
