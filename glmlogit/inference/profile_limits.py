"""Limits of a coefficient by profile likelihood or score test: where a signed root crosses a quantile."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from glmlogit.errors import ConvergenceWarning, UnsupportedError
from glmlogit.inference.profile_path import (
    FAR_ABOVE,
    LONGEST_SEARCH,
    MAX_DOUBLINGS,
    ON_THE_LIMIT,
    OUTWARDS,
    SEARCHES,
    Path,
    crossing,
    nearest_limit,
    profile_cost,
    unit_of,
)
from glmlogit.inference.restricted_maxima import ROUNDS
from glmlogit.messages.calls import warn
from glmlogit.numerics.tails import normal_pvalue, normal_quantile
from glmlogit.separability.states import CoefficientState

if TYPE_CHECKING:
    from glmlogit.estimate.estimate import Estimate


class ProfiledRow(NamedTuple):
    """The test of zero and the limits of one coefficient: chi-squared on 1 degree of freedom, its p-value."""

    statistic: float
    p_value: float
    low: float
    high: float


def row(fit: Estimate, column: int, level: float, method: str = "profile", null: float = 0.0) -> ProfiledRow:
    """Likelihood-ratio test of a value of one coefficient and its profile limits, or score test and limits.

    A side without a limit is ±inf; all is NaN where the coefficient is aliased, and where the data do not determine
    it every value is as likely as any other.
    """
    state = fit.coefs.states[column]
    if state.aliased:
        return ProfiledRow(math.nan, math.nan, math.nan, math.nan)
    if state is CoefficientState.INDETERMINATE:
        return ProfiledRow(0.0, 1.0, -math.inf, math.inf)
    path = Path(fit, column)
    limits = _limits(path, method, level)
    at_null = root_at(null, path, path.root(method))
    return ProfiledRow(at_null**2, float(normal_pvalue(at_null)), *limits)


def signed_root(fit: Estimate, column: int, value: float) -> float:
    """The signed root of the likelihood-ratio statistic of a value of one coefficient."""
    path = Path(fit, column)
    return root_at(value, path, path.signed_root)


def root_at(value: float, path: Path, root: Callable[[float], float]) -> float:
    """The signed root at a value, from the highest of the maxima that may compete there."""
    if not path.doubtful(value):
        return root(value)
    with path.search():
        return root(value)


def profile_limits(fit: Estimate, column: int, level: float, method: str = "profile") -> tuple[float, float]:
    """Profile or score limits of one coefficient; ±inf on a side without one, NaN where it is aliased."""
    state = fit.coefs.states[column]
    if state.aliased:
        return math.nan, math.nan
    if state is CoefficientState.INDETERMINATE:
        return -math.inf, math.inf
    return _limits(Path(fit, column), method, level)


def _limits(path: Path, method: str, level: float) -> tuple[float, float]:
    """Limits of a coefficient whose estimate is finite, or infinite on one side."""
    target, state = normal_quantile(level), path.fit.coefs.states[path.column]
    if not state.finite:
        return _one_sided(path.fit, path, path.root(method), -state.sign, target)
    low, high = (_limit(path, method, side, target) for side in (-1, 1))
    return low, high


def _limit(path: Path, method: str, side: int, target: float) -> float:
    """The limit on one side: where steps in all coefficients end, if the profile has one maximum there.

    A function that is concave has no other restricted maximum, and its profile no other crossing on that side. Where
    steps lead nowhere, or several maxima may compete, the outermost crossing is looked for along the profile.
    """
    crossed = path.crossing(method, side, target)
    if crossed is not None:
        return crossed
    return _outermost(path, path.root(method), unit_of(path.fit, path.column), side, target)


def _outermost(path: Path, root: Callable[[float], float], unit: float, side: int, target: float) -> float:
    """The limit on one side; where several maxima may compete, the furthest value that is not rejected."""
    first = nearest_limit(root, path.estimate, unit, side, target)
    if not math.isfinite(first) or not path.doubtful(first):
        return first
    if SEARCHES * profile_cost(path.fit) > LONGEST_SEARCH:
        _warn_of_other_maxima(path, first)
        return first
    with path.search():
        limit = _last_not_rejected(path, root, first, unit, side, target)
        for _ in range(ROUNDS):
            path.searched_again(limit)
            if side * root(limit) > target - ON_THE_LIMIT:
                break
            limit = _last_not_rejected(path, root, limit, unit, side, target)
    return limit


def _last_not_rejected(
    path: Path, root: Callable[[float], float], first: float, unit: float, side: int, target: float
) -> float:
    """The furthest value that is not rejected, from a limit outwards."""
    values, inside = _outwards(path, root, first, side, target)
    if not inside:
        return first
    if inside[-1] == len(values) - 1:
        return nearest_limit(root, values[-1], abs(first - path.estimate) / target, side, target)
    return crossing(root, values[inside[-1]], values[inside[-1] + 1], unit, side, target)


def _warn_of_other_maxima(path: Path, limit: float) -> None:
    """Say that a limit may not be the outermost one."""
    warn(
        f"the penalised profile of {path.name} may have several local maxima near its limit {limit:.5g}, as where "
        f"outcomes are separated, and there are too many rows and columns to look for the outermost value that is not "
        f"rejected: the interval may be too short. gl.log_f has a penalty whose profile has one maximum",
        ConvergenceWarning,
    )


def _outwards(
    path: Path, root: Callable[[float], float], first: float, side: int, target: float
) -> tuple[list[float], list[int]]:
    """Values from the first limit outwards, until all is rejected by far, and which of them are not rejected."""
    values: list[float] = []
    inside: list[int] = []
    for k, distance in enumerate(OUTWARDS):
        values.append(path.estimate + distance * (first - path.estimate))
        try:
            statistic = side * root(values[-1])
        except UnsupportedError:  # so far out that no search converges
            break
        if statistic < target - ON_THE_LIMIT:
            inside.append(k)
        elif statistic**2 > target**2 + FAR_ABOVE:
            break
    return values, inside


def _one_sided(
    fit: Estimate, path: Path, root: Callable[[float], float], side: int, target: float
) -> tuple[float, float]:
    """The only limit of an infinite estimate, below (``side`` −1) or above (1); it has no standard error as a unit."""
    unit = 1.0 / float(fit.coefs.magnitude[path.column])
    start = 0.0
    for _ in range(MAX_DOUBLINGS):  # inwards, to a value that is not rejected
        if side * root(start) < target:
            break
        start -= side * unit
        unit *= 2.0
    limit = nearest_limit(root, start, 1.0 / float(fit.coefs.magnitude[path.column]), side, target)
    return (limit, math.inf) if side < 0 else (-math.inf, limit)
