"""Inverse prediction: the value of a variable at which the probability is a given one (ED50, LD90)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from glmlogit import counterfactual
from glmlogit._delta import covariance_of, with_reasons
from glmlogit._kernels import logit
from glmlogit.averages import Estimates
from glmlogit.counterfactual import Place
from glmlogit.effects import Effects, effects_of, framed, prepared
from glmlogit.errors import DataError, NotEstimableError, UnsupportedError
from glmlogit.intake import Note
from glmlogit.intervals import check_level
from glmlogit.points import outside, reference_grid, values_in, variable_of
from glmlogit.prediction import breaks_alias

if TYPE_CHECKING:
    from glmlogit.fit import Fit

Array = npt.NDArray[np.float64]


class _Curve(NamedTuple):
    """The linear predictor along one variable: columns, log-odds, and their slopes, at a value."""

    row: Callable[[float], Array]
    eta: Callable[[float], float]
    slope: Callable[[float], Array]
    eta_slope: Callable[[float], float]  # an offset that holds the variable included


def effective_dose(
    fit: Fit,
    variable: str,
    probability: float | Sequence[float] = 0.5,
    *,
    at: Mapping[str, Any] | None = None,
    method: Literal["delta", "fieller"] = "delta",
    level: float | None = None,
    cov: str | None = None,
) -> Effects:
    """Find the value of a variable at which the probability is a given one: ED50, LD90, any quantile.

    Parameters
    ----------
    fit : Fit
    variable : str
        A numeric variable; the value is in its units, also where the model uses ``log(dose)``.
    probability : float or list of float
        Inside (0, 1).
    at : mapping, optional
        Values of the other variables; typical ones by default, as in :func:`~glmlogit.reference_grid`.
    method : {"delta", "fieller"}
        Limits symmetric about the estimate, or Fieller's, exact for a normal estimate; unbounded where the slope is
        not significant.
    level, cov
        As in :func:`~glmlogit.margins`.

    Returns
    -------
    Effects
        A row a probability: ``probability estimate std_error conf_low conf_high``.

    Raises
    ------
    NotEstimableError
        Where the probability is nowhere reached within ten ranges of the data.
    UnsupportedError
        For Fieller limits of a variable that enters through a curve of several columns.

    Notes
    -----
    x with η(x) = logit(p); variance ``x(β)'V x(β)/(∂η/∂x)²``. *Matches* R's ``MASS::dose.p``. Fieller 1954; for one
    column u(x) the limits are the roots of ``(η(u) − logit p)² = z²·Var η(u)``, taken back to x.
    """
    fit = prepared(fit, cov)
    level = check_level(level, fit.level)
    if method not in ("delta", "fieller"):
        raise DataError(f"method={method!r} is not known; give 'delta' or 'fieller'")
    wanted = _probabilities(probability)
    population = counterfactual.population_of(fit)
    if variable_of(counterfactual.variables(fit), variable).use != "number":
        raise DataError(
            f"{variable} is not a number in this model, so it takes no value at which a probability is reached"
        )
    column = population.column(variable).to_numpy(dtype=float)
    curve = _curve(fit, variable, at)
    roots = np.array([_root(curve, logit(p).item(), column, variable, p) for p in wanted])
    jacobian = np.array([-curve.row(x) / curve.eta_slope(x) for x in roots])
    estimates = with_reasons(fit, Estimates(roots, jacobian, None, ("",) * len(roots), ("",) * len(roots)))
    notes = outside(population, [{variable: float(x)} for x in roots])
    labels, cov_matrix = pd.DataFrame({"probability": wanted}), covariance_of(fit, estimates)
    table = effects_of(labels, estimates, cov_matrix, level, null=False, notes=notes, reference=fit.reference)
    if method == "delta":
        return table
    limits = [_fieller(fit, curve, x, level, column, variable) for x in roots]
    frame = pd.DataFrame(table).assign(conf_low=[low for low, _ in limits], conf_high=[high for _, high in limits])
    if not np.isfinite(frame[["conf_low", "conf_high"]]).all(axis=None):
        text = "The slope is not significant at this level: Fieller's set is unbounded (or all values), shown as ±inf."
        notes = [*notes, Note("fieller", text)]
    return framed(frame, table.kept.values, table.kept.cov, table.labels, notes, fit.reference)


def _probabilities(given: Any) -> Array:
    listed = values_in(given)
    known = all(isinstance(p, (int, float, np.integer, np.floating)) and 0 < p < 1 for p in listed)
    if not listed or not known:
        raise DataError(
            f"probability={given!r}: give numbers between 0 and 1, both excluded, such as 0.5 or [0.5, 0.9]"
        )
    return np.array(listed, dtype=np.float64)


def _curve(fit: Fit, variable: str, at: Mapping[str, Any] | None) -> _Curve:
    if at is not None and not isinstance(at, Mapping):
        raise DataError("at= takes one value for each of some variables, such as {'age': 30}")
    if variable in (at or {}):
        raise DataError(f"at= sets {variable}, the variable whose value is sought; leave it out")
    grid = reference_grid(fit, at)
    if len(grid) != 1:
        raise DataError("at= names several points; give one value a variable")
    base = next(place for _, place in counterfactual.new_population(fit, grid, "the point").blocks())
    if fit.maximum.separated:
        raise NotEstimableError("the fit is separated: its log-odds are infinite along this variable; use gl.firth")

    def there(x: float) -> Place:
        return base.at({variable: x})

    def slope(x: float) -> Array:
        part, full = there(x).slope(variable), np.zeros(fit.design.n_columns)
        full[part.positions] = part.values[0]
        return full

    def eta(x: float) -> float:
        place = there(x)
        return float(fit.linear_predictor(place.X, np.broadcast_to(place.offset, 1))[0])

    def eta_slope(x: float) -> float:
        offset = there(x).slope(variable).offset
        return float(slope(x) @ fit.maximum.beta + (0.0 if offset is None else np.ravel(offset)[0]))

    low, high = np.quantile(counterfactual.population_of(fit).column(variable), [0.0, 1.0])
    if any(breaks_alias(fit, there(x).X).any() for x in (low, high)):
        raise NotEstimableError(
            f"the probability along {variable} depends on an aliased coefficient: with the other variables held, "
            f"{variable} leaves a collinearity that held in all rows; fit without the aliased terms"
        )
    return _Curve(lambda x: there(x).X[0], eta, slope, eta_slope)


def _root(curve: _Curve, target: float, column: Array, variable: str, p: float) -> float:
    """The value where the log-odds are the target, nearest to the data; searched on ever wider grids."""
    from scipy.optimize import brentq

    low, high = float(column.min()), float(column.max())
    for reach in (0.0, 0.5, 2.0, 10.0):
        grid = _grid(low, high, reach)
        with np.errstate(all="ignore"):
            values = np.array([_known(curve, x) for x in grid]) - target
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
            within = 1e-14 * max(high - low, 1e-300)
            return float(brentq(lambda x: curve.eta(x) - target, below, above, xtol=within, rtol=1e-15))
    raise NotEstimableError(
        f"the probability {p:g} is reached nowhere within ten ranges of {variable}, {low:g} to {high:g}"
    )


def _grid(low: float, high: float, reach: float) -> Array:
    width = high - low
    return np.linspace(low - reach * width, high + reach * width, 201)


def _known(curve: _Curve, x: float) -> float:
    """Log-odds at a value; NaN where the formula is not defined there, as log(x) below 0."""
    try:
        return curve.eta(x)
    except DataError:
        return np.nan


def _fieller(fit: Fit, curve: _Curve, x: float, level: float, column: Array, variable: str) -> tuple[float, float]:
    """Roots of a quadratic in u, the one function of the variable that the model holds; then back to the variable."""
    here, direction = curve.row(x), curve.slope(x)
    there, slope = float(np.quantile(column, 0.9)), curve.eta_slope(x)
    moved = np.append(curve.row(there) - here, curve.eta(there) - curve.eta(x))
    unit = direction / (direction @ direction)  # u has slope 1 at the estimate
    along = (moved[:-1] @ unit) * np.append(direction, slope)
    if not np.allclose(moved, along, rtol=1e-9, atol=1e-12 * float(np.abs(here).max())):
        raise UnsupportedError(f"Fieller limits need {variable} to enter through one column; use method='delta'")
    V, z2 = fit.covariance_of(np.stack([here, direction])), fit.reference.quantile(level) ** 2
    square, linear, constant = slope * slope - z2 * V[1, 1], -z2 * V[0, 1], -z2 * V[0, 0]
    inside = linear * linear - square * constant
    if square <= 0 or inside < 0:
        return -np.inf, np.inf
    low, high = ((-linear + sign * np.sqrt(inside)) / square for sign in (-1.0, 1.0))
    width = float(np.ptp(column)) / 64.0
    return _where(curve, x, float(low), unit, width), _where(curve, x, float(high), unit, width)


def _where(curve: _Curve, x: float, step: float, unit: Array, reach: float) -> float:
    """The value at which u has moved by a step from its value at x; infinite where it never does."""
    from scipy.optimize import brentq

    def gone(value: float) -> float:
        try:
            return float((curve.row(value) - curve.row(x)) @ unit)
        except DataError:  # the formula is not defined there, as log(x) below 0
            return np.nan

    near, way = x, float(np.sign(step))
    for _ in range(200):
        far = near + way * reach
        now = gone(far)
        if np.isnan(now):
            reach /= 2.0
        elif abs(now) >= abs(step):
            return float(brentq(lambda value: gone(value) - step, x, far, rtol=1e-14))
        else:
            near, reach = far, reach * 2.0
    return way * np.inf
