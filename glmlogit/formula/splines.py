"""Bases a formula may ask for: polynomials and splines, with the columns that R gives them.

Each function writes what it learned (knots, norms) into `state` when that is empty and reads it there
afterwards; it learns from observations, of which each row stands for `counts` (None: one). Complaints have no
subject: the interpreter puts the expression in front.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from glmlogit.errors import DataError
from glmlogit.messages.words import sentence
from glmlogit.numerics.arrays import quantiles, total

Array = npt.NDArray[np.float64]
State = dict[str, Any]
Counts = Array | None


@dataclass(frozen=True)
class Basis:
    """Several columns made from one variable; `spans` says that they sum to a constant."""

    values: Array
    fields: tuple[Hashable, ...]
    spans: bool = False


def orthogonal(x: Array, state: State, counts: Counts, degree: int = 1, raw: bool = False) -> Basis:
    """Polynomials orthonormal over the observations, with the values and signs of R's ``poly`` (from monic ones)."""
    from formulaic.transforms import poly

    _integer(degree, "degree", 1)
    if not state and not raw and degree >= len(np.unique(x)):
        raise DataError(f"has {len(np.unique(x))} distinct values, too few for degree {degree}")
    if not state and not raw:
        state.update(_recurrence(x, counts, degree))
    values = np.asarray(poly(x, degree, raw=raw, _state=state), dtype=np.float64)
    state["raw"] = raw
    return Basis(values, tuple(range(1, degree + 1)))


def _recurrence(x: Array, counts: Counts, degree: int) -> State:
    """Shifts α and squared norms of the monic polynomials that are orthogonal over the observations.

    ``P_{k+1} = (x − α_k) P_k − (|P_k|²/|P_{k−1}|²) P_{k−1}`` (Stieltjes' procedure; Kennedy & Gentle 1980, §8).
    """
    alpha: dict[int, float] = {}
    norms: dict[int, float] = {}
    before, here = np.zeros(len(x)), np.ones(len(x))
    for k in range(degree + 1):
        norms[k] = total(here**2, counts)
        alpha[k] = total(x * here**2, counts) / norms[k]
        carried = norms[k] / norms[k - 1] if k else 0.0
        before, here = here, (x - alpha[k]) * here - carried * before
    return {"alpha": alpha, "norms2": norms}


def _integer(value: Any, name: str, least: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise DataError(f"needs a whole number {name} of at least {least}, not {value!r}")
    return value


def _numbers(values: Any, name: str) -> Array:
    try:
        out = np.sort(np.atleast_1d(np.asarray(values, dtype=np.float64)))
    except (TypeError, ValueError):
        raise DataError(f"needs numbers for {name}, not {values!r}") from None
    if out.ndim != 1 or not np.all(np.isfinite(out)):
        raise DataError(f"needs finite numbers for {name}, not {values!r}")
    return out


def _boundary(x: Array, boundary_knots: Any, lower: Any = None, upper: Any = None) -> tuple[float, float]:
    if boundary_knots is not None:
        ends = _numbers(boundary_knots, "boundary_knots")
        if len(ends) != 2:
            raise DataError(f"needs two boundary_knots, not {boundary_knots!r}")
        lower, upper = ends
    low = float(np.min(x)) if lower is None else float(lower)
    high = float(np.max(x)) if upper is None else float(upper)
    if not low < high:
        raise DataError(f"needs a range: all values, or the boundary knots, equal {low:g}")
    return low, high


def _interior(x: Array, counts: Counts, ends: tuple[float, float], count: int) -> Array:
    """`count` interior knots at equally spaced quantiles (R's type 7) of the observations inside the boundary."""
    inside = (x >= ends[0]) & (x <= ends[1])
    if not inside.any():
        raise DataError(f"has no value between the boundary knots {ends[0]:g} and {ends[1]:g}")
    return quantiles(x[inside], _of(counts, inside), np.linspace(0, 1, count + 2)[1:-1])


def _of(counts: Counts, rows: npt.NDArray[np.bool_]) -> Counts:
    return None if counts is None else counts[rows]


def _knots(x: Array, counts: Counts, df: Any, knots: Any, ends: tuple[float, float], spare: int) -> Array:
    """The interior knots: those given, or as many as `df` leaves after the `spare` columns without knots."""
    if df is not None and knots is not None:
        raise DataError("takes df or knots, not both")
    if knots is not None:
        inner = _numbers(knots, "knots")
    else:
        least = max(spare, 1)
        inner = _interior(x, counts, ends, _integer(df, "df", least) - spare) if df is not None else np.empty(0)
    if np.any((inner <= ends[0]) | (inner >= ends[1])):
        shown = ", ".join(f"{k:g}" for k in inner)
        raise DataError(
            f"has interior knots {shown} that do not lie strictly between the boundary knots {ends[0]:g} and "
            f"{ends[1]:g} (many tied values do that). Give knots=(...) yourself"
        )
    return inner


def b_splines(
    x: Array,
    state: State,
    counts: Counts,
    df: Any = None,
    knots: Any = None,
    degree: int = 3,
    intercept: bool = False,
    boundary_knots: Any = None,
    include_intercept: bool = False,
    lower_bound: Any = None,
    upper_bound: Any = None,
) -> Basis:
    """B-splines; interior knots at quantiles, the end pieces extended beyond the boundary, as R's ``bs``."""
    full = bool(intercept or include_intercept)
    if not state:
        _integer(degree, "degree", 1)
        ends = _boundary(x, boundary_knots, lower_bound, upper_bound)
        inner = _knots(x, counts, df, knots, ends, degree + full)
        state["t"] = np.concatenate([[ends[0]] * (degree + 1), inner, [ends[1]] * (degree + 1)])
    values = basis(state["t"], degree, x)
    first = 0 if full else 1
    return Basis(values[:, first:], tuple(range(first, values.shape[1])), full)


def basis(t: Array, degree: int, x: Array, derivative: int = 0) -> Array:
    """B-splines on the knots t (boundary knots repeated), or derivatives of them."""
    from scipy.interpolate import BSpline

    spline = BSpline(t, np.eye(len(t) - degree - 1), degree, extrapolate=True)
    return np.asarray(spline(x, nu=derivative), dtype=np.float64)


def natural(
    x: Array,
    state: State,
    counts: Counts,
    df: Any = None,
    knots: Any = None,
    intercept: bool = False,
    boundary_knots: Any = None,
) -> Basis:
    """Natural cubic splines with the columns of R's ``splines::ns``.

    The cubic B-spline basis is rotated by the orthogonal factor of its second derivatives at the two
    boundary knots; all but the first two rotated columns have none there. Beyond the boundary: linear.
    """
    if not state:
        ends = _boundary(x, boundary_knots)
        inner = _knots(x, counts, df, knots, ends, 1 + bool(intercept))
        _learn_ns(state, np.concatenate([[ends[0]] * 4, inner, [ends[1]] * 4]), bool(intercept))
    values = _linear_beyond(state["t"], x) @ state["rotation"]
    first = 0 if intercept else 1
    return Basis(values, tuple(range(first, first + values.shape[1])), bool(intercept))


def _learn_ns(state: State, t: Array, intercept: bool) -> None:
    ends = np.array([t[0], t[-1]])
    curvature = basis(t, 3, ends, 2)[:, 0 if intercept else 1 :]
    # Householder QR: R's LINPACK and LAPACK choose the same reflections, hence the same columns and signs.
    full = np.linalg.qr(curvature.T, mode="complete")[0][:, 2:]
    state["t"] = t
    state["rotation"] = full if intercept else np.vstack([np.zeros((1, full.shape[1])), full])


def _linear_beyond(t: Array, x: Array) -> Array:
    low, high = t[0], t[-1]
    nearest = np.clip(x, low, high)
    values = basis(t, 3, nearest)
    outside = nearest != x
    if np.any(outside):
        values[outside] += (x - nearest)[outside, None] * basis(t, 3, nearest[outside], 1)
    return values


_OUTER = {3: 0.10, 4: 0.05, 5: 0.05, 6: 0.05}


def restricted(x: Array, state: State, counts: Counts, n_knots: Any = 5, knots: Any = None) -> Basis:
    """Harrell's restricted cubic spline: x and k − 2 truncated-power columns over (t_k − t_1)².

    Source: F. Harrell, Regression Modeling Strategies, 2nd ed., eqs. 2.24–2.25 and table 2.3.
    """
    if not state:
        numbers = n_knots if isinstance(n_knots, tuple) else knots
        if numbers is None:
            numbers = _harrell_knots(x, counts, _integer(n_knots, "n_knots", 3))
        t = np.unique(_numbers(numbers, "knots"))
        if len(t) < 3:
            raise DataError(f"has {len(t)} distinct knot(s); three are needed. Give knots=(...) yourself")
        state["t"] = t
    t = state["t"]
    rest = np.column_stack([tail(x, t, j) for j in range(len(t) - 2)])
    return Basis(np.column_stack([x, rest]), tuple(range(1, len(t))))


def tail(x: Array, t: Array, j: int, derivative: bool = False) -> Array:
    """The j-th truncated-power column of a restricted cubic spline with knots t, or its derivative."""
    first, before, last = t[0], t[-2], t[-1]

    def cubed(knot: float) -> Array:
        above = np.maximum(x - knot, 0.0)
        return np.asarray((3.0 * above**2 if derivative else above**3) / (last - first) ** 2)

    bend = (before - t[j]) * cubed(last) - (last - t[j]) * cubed(before)
    return np.asarray(cubed(t[j]) + bend / (last - before))


def _harrell_knots(x: Array, counts: Counts, count: int) -> Array:
    """Harrell's default knots: equally spaced quantiles between an outer pair that depends on their number.

    Ties at an end (5 % of the observations or more, and at no inner value) put the outer knot next to them; with
    fewer than 100 observations the outer knots are the fifth smallest and fifth largest value.
    """
    values, place = np.unique(x, return_inverse=True)
    if len(values) - 2 <= count:
        raise DataError(
            sentence(
                "has {n} distinct values, too few for {knots} knots. Use fewer, or C(...)", n=len(values), knots=count
            )
        )
    outer = _OUTER.get(count, 0.025)
    number = np.bincount(place.ravel(), counts)
    share = number / number.sum()
    low = high = None
    if np.max(share[1:-1]) < 0.05:
        low = values[1] if share[0] >= 0.05 else None
        high = values[-2] if share[-1] >= 0.05 else None
    return _quantile_knots(values, number.astype(np.float64), count, outer, low, high)


def _quantile_knots(values: Array, number: Array, count: int, outer: float, low: Any, high: Any) -> Array:
    inside = values > (-np.inf if low is None else low)
    inside &= values < (np.inf if high is None else high)
    between, number = values[inside], number[inside]
    ends = [end for end in (low, high) if end is not None]
    inner = count - len(ends)
    start = 0.5 if inner < 3 else outer
    at_quantiles = quantiles(between, number, np.linspace(start, 1 - outer if inner > 1 else 0.5, inner))
    if len(np.unique(at_quantiles)) < min(inner, 3):
        raise DataError(f"has too many ties to place {count} knots at quantiles. Give knots=(...) yourself")
    if number.sum() < 100 and inner > 1:
        at_quantiles[0] = _fifth(between, number) if low is None else at_quantiles[0]
        at_quantiles[-1] = _fifth(between[::-1], number[::-1]) if high is None else at_quantiles[-1]
    return np.concatenate([at_quantiles, ends])


# Observations outside the outer knots of few data. Scaled weights may add up to so many but for rounding, which for a
# thousand values is below 2e-13 of the sum.
_OUTSIDE = 5.0 * (1.0 - 1e-12)


def _fifth(values: Array, number: Array) -> float:
    """The value of the fifth observation."""
    reached = np.cumsum(number)
    if reached[-1] < _OUTSIDE:
        raise DataError("has too few values between its ties to place knots at quantiles. Give knots=(...) yourself")
    return float(values[np.searchsorted(reached, _OUTSIDE)])


def cubic(cyclic: bool) -> Callable[..., Basis]:
    """formulaic's ``cr`` (natural) or ``cc`` (cyclic) cubic regression spline, as in R's mgcv."""

    def spline(
        x: Array,
        state: State,
        counts: Counts,
        df: Any = None,
        knots: Any = None,
        lower_bound: Any = None,
        upper_bound: Any = None,
        constraints: Any = None,
    ) -> Basis:
        from formulaic.transforms import cyclic_cubic_spline, natural_cubic_spline

        chosen = cyclic_cubic_spline if cyclic else natural_cubic_spline
        options = {"df": df, "knots": None if knots is None else list(_numbers(knots, "knots"))}
        options |= {"lower_bound": lower_bound, "upper_bound": upper_bound, "constraints": constraints}
        centred = not state and counts is not None and isinstance(constraints, str)
        try:
            columns = chosen(x, **options, _state=state)
            if centred:  # at the mean of the observations, not of the rows
                free = chosen(x, **options, _state={**state, "constraints": None})
                assert counts is not None
                state["constraints"] = (counts / counts.sum())[None, :] @ np.column_stack(list(free.values()))
                columns = chosen(x, **options, _state=state)
        except (ValueError, TypeError, np.linalg.LinAlgError) as error:
            raise DataError(str(error)) from error
        columns = columns.__wrapped__ if hasattr(columns, "__wrapped__") else columns
        return Basis(np.column_stack([np.asarray(c) for c in columns.values()]), tuple(columns))

    return spline
