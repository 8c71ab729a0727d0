"""The curve along which a dose is sought: log-odds in one variable, where they reach a value, what limits are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from glmlogit.errors import DataError, NotEstimableError
from glmlogit.estimate.combinations import breaks_alias
from glmlogit.numerics.arrays import widened
from glmlogit.numerics.roots import bracketed
from glmlogit.prediction import population
from glmlogit.prediction.reference_grid import reference_grid
from glmlogit.prediction.scenarios import Scenario

if TYPE_CHECKING:
    from glmlogit.estimate.estimate import Estimate


Array = npt.NDArray[np.float64]
Entry = Literal["identity", "log", "other", "curve"]

# How far beyond the data a dose is sought, in ranges of them: within first, and no farther than messages say.
REACHES = (0.0, 0.5, 2.0, 10.0)
# Points of each grid: cells of half a percent of its width; in these, turning points are looked for.
GRID_POINTS = 201
# A root is sought to the last digits: of the range of the data, and of itself (brentq takes no less than 4 ε = 9e-16).
ROOT_WITHIN, ROOT_RELATIVE = 1e-14, 1e-15
# A limit is no better known than the error it rests on, and is sought to fewer digits.
CROSSING_WITHIN, CROSSING_RELATIVE = 2e-12, 1e-14
# Two functions are the same where their values agree to this share, or to that of the largest number that they are
# computed from: differences of columns keep some twelve digits.
SAME_SHAPE, NO_CHANGE = 1e-9, 1e-12
# A step towards a limit at first, and one that looks for a pole inside a step, are so many times shorter.
CLOSER = 64.0
# Where all values of the variable are equal a root is sought to this: Brent's method takes no tolerance of 0.
SMALLEST_RANGE = 1e-300
# A limit beyond this is infinite: whatever is this far from the data is never reached.
FARTHEST = 1e60


class Curve(NamedTuple):
    """The linear predictor along one variable: columns, log-odds, and their slopes, at a value."""

    row: Callable[[float], Array]
    eta: Callable[[float], float]
    slope: Callable[[float], Array]
    eta_slope: Callable[[float], float]  # an offset that holds the variable included


def point(fit: Estimate, variable: str, at: Mapping[str, Any] | None) -> pd.DataFrame:
    """The one point of the other variables at which the dose is sought."""
    if at is not None and not isinstance(at, Mapping):
        raise DataError("at= takes one value for each of some variables, such as {'age': 30}")
    if variable in (at or {}):
        raise DataError(f"at= sets {variable}, the variable whose value is sought; leave it out")
    grid = reference_grid(fit, at)
    if len(grid) != 1:
        raise DataError("at= names several points; give one value a variable")
    return grid


def curve_of(fit: Estimate, variable: str, grid: pd.DataFrame) -> Curve:
    """The linear predictor along a variable, the others as in the one row of ``grid``, with its slope."""
    base = next(place for _, place in population.new_population(fit, grid, "the point").blocks())
    if fit.coefs.separated:
        raise NotEstimableError("the fit is separated: its log-odds are infinite along this variable; use gl.firth")

    def there(x: float) -> Scenario:
        return base.at({variable: x})

    def slope(x: float) -> Array:
        part = there(x).slope(variable)
        return widened(part.values[0], part.positions, fit.coefs.size)

    def eta(x: float) -> float:
        place = there(x)
        return float(fit.solution.linear_predictor(place.X, np.broadcast_to(place.offset, 1))[0])

    def eta_slope(x: float) -> float:
        offset = there(x).slope(variable).offset
        return float(slope(x) @ fit.coefs.beta + (0.0 if offset is None else np.ravel(offset)[0]))

    low, high = np.quantile(population.population_of(fit).column(variable), [0.0, 1.0])
    if any(breaks_alias(fit, there(x).X).any() for x in (low, high)):
        raise NotEstimableError(
            f"the probability along {variable} depends on an aliased coefficient: with the other variables held, "
            f"{variable} leaves a collinearity that held in all rows; fit without the aliased terms"
        )
    return Curve(lambda x: there(x).X[0], eta, slope, eta_slope)


def root_of(curve: Curve, target: float, column: Array, variable: str, p: float) -> float:
    """The value where the log-odds are the target, nearest to the data; searched on ever wider grids."""
    low, high = float(column.min()), float(column.max())
    for reach in REACHES:
        grid = _grid(low, high, reach)
        # Far beyond the data formulas leave their domain, as log(x) below 0: NaN, where no root is sought.
        with np.errstate(over="ignore", invalid="ignore"):
            values = np.array([eta_or_nan(curve, x) for x in grid]) - target
            grid, values = _with_turns(curve, grid, values, target)
        signs = np.where(np.isfinite(values), np.sign(values), np.nan)
        crossings = np.flatnonzero((signs[:-1] == 0) | (signs[:-1] * signs[1:] < 0))
        if signs[-1] == 0:
            crossings = np.append(crossings, len(grid) - 2)
        if len(crossings) > 1:
            raise NotEstimableError(
                f"the probability is {p:g} at {len(crossings)} values of {variable}, since its curve is not monotone "
                f"there; no single dose exists"
            )
        if len(crossings):
            below, above = grid[crossings[0] : crossings[0] + 2]
            within = ROOT_WITHIN * max(high - low, SMALLEST_RANGE)
            return bracketed(lambda x: curve.eta(x) - target, below, above, xtol=within, rtol=ROOT_RELATIVE)
    raise NotEstimableError(
        f"the probability {p:g} is reached nowhere within ten ranges of {variable}, {low:g} to {high:g}"
    )


def _grid(low: float, high: float, reach: float) -> Array:
    width = high - low
    return np.linspace(low - reach * width, high + reach * width, GRID_POINTS)


def _with_turns(curve: Curve, grid: Array, values: Array, target: float) -> tuple[Array, Array]:
    """The grid with the turning points between its points, where a curve may touch the target twice in one cell."""
    from scipy.optimize import minimize_scalar

    left, here, right = values[:-2], values[1:-1], values[2:]
    turns = np.flatnonzero(((here - left) * (right - here) < 0) & (here * (here - left) < 0)) + 1
    more = []
    for i in turns:  # towards the target and back without reaching it
        sign = np.sign(values[i])
        turn = minimize_scalar(
            lambda x, sign=sign: sign * (eta_or_nan(curve, x) - target),
            bounds=(grid[i - 1], grid[i + 1]),
            method="bounded",
        )
        more.append(float(turn.x))
    positions = np.searchsorted(grid, more)
    extra = np.array([eta_or_nan(curve, x) for x in more]) - target
    return np.insert(grid, positions, more), np.insert(values, positions, extra)


def eta_or_nan(curve: Curve, x: float) -> float:
    """Log-odds at a value; NaN where the formula is not defined there, as log(x) below 0."""
    try:
        return curve.eta(x)
    except DataError:
        return np.nan


def entry_of(curve: Curve, roots: Array, column: Array) -> Entry:
    """As what the variable enters: itself, its logarithm, another function in one column, or a curve of several."""
    entries = {_entry(curve, float(x), column) for x in roots}
    return entries.pop() if len(entries) == 1 else "curve" if "curve" in entries else "other"


def _entry(curve: Curve, x: float, column: Array) -> Entry:
    points = np.unique(np.append(np.quantile(column, [0.0, 0.25, 0.5, 0.75, 0.9, 1.0]), x))
    here, direction, slope = curve.row(x), curve.slope(x), curve.eta_slope(x)
    moved = np.array([np.append(curve.row(p) - here, curve.eta(p) - curve.eta(x)) for p in points])
    gone = moved[:, :-1] @ direction / (direction @ direction)  # u, whose slope is 1 at the estimate
    size = float(np.abs(here).max())
    if not np.allclose(moved, gone[:, None] * np.append(direction, slope), rtol=SAME_SHAPE, atol=NO_CHANGE * size):
        return "curve"
    if np.allclose(gone, points - x, rtol=SAME_SHAPE, atol=NO_CHANGE * float(np.abs(points).max())):
        return "identity"
    if points[0] > 0 and np.allclose(gone, x * np.log(points / x), rtol=SAME_SHAPE, atol=NO_CHANGE * abs(x)):
        return "log"
    return "other"


def within(curve: Curve, x: float, low: float, high: float, entry: Entry, width: float) -> tuple[float, float]:
    """The values around x at which the function u, whose slope is 1 at x, has moved by ``low`` to ``high``."""
    if entry == "identity":
        return x + low, x + high
    if entry == "log":
        with np.errstate(over="ignore"):
            return float(x * np.exp(low / x)), float(x * np.exp(high / x))
    return _crossing(curve, x, low, high, -width), _crossing(curve, x, low, high, width)


def _crossing(curve: Curve, x: float, low: float, high: float, width: float) -> float:
    """From x in steps of the sign of ``width``, the value at which u leaves [low, high]; the edge of where the formula
    is defined, or infinity, where it never does."""
    here, direction = curve.row(x), curve.slope(x)
    unit = direction / (direction @ direction)

    def gone(value: float) -> float:
        return np.nan if np.isnan(eta_or_nan(curve, value)) else float((curve.row(value) - here) @ unit)

    near, step, edge, mode = x, width / CLOSER, False, "grow"
    while abs(near) < FARTHEST and not (edge and abs(step) < ROOT_RELATIVE * abs(width)):
        now = gone(near + step)
        if np.isnan(now):
            edge, step, mode = True, step / 2.0, "halve"
        elif low < now < high:
            near, step = near + step, step * {"grow": 2.0, "even": 1.0, "halve": 0.5}[mode]
        elif mode == "even":
            bound = low if now <= low else high

            def left(value: float, bound: float = bound) -> float:
                return gone(value) - bound

            return bracketed(left, near, near + step, xtol=CROSSING_WITHIN, rtol=CROSSING_RELATIVE)
        else:  # look closer, lest a pole lies between
            step, mode = step / CLOSER, "even"
    if not edge:
        return float(np.copysign(np.inf, width))
    return 0.0 if abs(near) < NO_CHANGE * abs(width) else near
