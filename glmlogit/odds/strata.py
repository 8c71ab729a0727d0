"""Strata of an interaction, and how the rows of the model matrix differ between two values of a variable in each."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from glmlogit.columns.changes import assigned
from glmlogit.columns.columns import Variable
from glmlogit.data import frames
from glmlogit.data.spreads import usable_spread
from glmlogit.effects.compared import implied_pairs, pair_text, step_text
from glmlogit.errors import DataError
from glmlogit.prediction import population
from glmlogit.prediction.population import Population
from glmlogit.prediction.reference_grid import (
    check_value,
    like,
    names_in,
    reference_grid,
    values_in,
    values_to_compare,
    variable_of,
)

if TYPE_CHECKING:
    from glmlogit.estimate.estimate import Estimate


Array = npt.NDArray[np.float64]


def strata(fit: Estimate, variable: Variable, within: Any) -> pd.DataFrame:
    """A row a stratum; a frame of one row without columns where there are none."""
    if within is None:
        return pd.DataFrame(index=range(1))
    named: Mapping[str, Any] = within if isinstance(within, Mapping) else dict.fromkeys(names_in(within, "within"))
    by_name, rows = population.variables(fit), population.population_of(fit)
    values = {}
    for name, listed in named.items():
        modifier = variable_of(by_name, name)
        if name == variable.name:
            raise DataError(f"within names {name!r} itself; name the variables that its odds ratio may depend on")
        wanted = _default_values(modifier, rows) if listed is None else values_in(listed)
        if not len(wanted):
            raise DataError(f"within={{{name!r}: []}} names no value; leave out the list for levels or quartiles")
        values[name] = [check_value(modifier, value) for value in wanted]
    return pd.DataFrame(itertools.product(*values.values()), columns=list(values))


def _default_values(variable: Variable, rows: Population) -> Sequence[Any]:
    if variable.use == "levels":
        return variable.levels
    return values_to_compare(variable.name, rows)


def refuse_dependence(fit: Estimate, name: str, within: Sequence[str]) -> None:
    """Refuse a variable that shares a term, or part of the offset, with another one whose value is not given."""
    free = {name, *within}
    parts = [(term.name, term.variables) for term in fit.columns.terms]
    parts += [(offset.text, offset.variables) for offset in fit.columns.offsets]
    for part, variables in parts:
        missing = [v for v in variables if v not in free]
        if name in variables and missing:
            names = ", ".join(repr(v) for v in [*within, *missing])
            raise DataError(
                f"the odds ratio of {name} depends on {', '.join(missing)} ({part}), so there is no single one; "
                f"ask for it in strata: stratum_odds_ratios(fit, {name!r}, within=[{names}])"
            )


# --- two values of a variable ---------------------------------------------------------------------


def pairs(fit: Estimate, variable: Variable, contrast: Any) -> list[tuple[Any, Any]]:
    """Values to compare: (high, low), or a step and None."""
    rows = population.population_of(fit)
    implied = implied_pairs(variable, rows, contrast)
    if implied is not None:
        return implied
    if variable.use != "levels" and (isinstance(contrast, str) or np.ndim(contrast) == 0):
        return [(_step_size(variable.name, rows, contrast), None)]
    if not isinstance(contrast, (tuple, list)) or len(contrast) != 2:
        raise DataError(f"contrast={contrast!r}: give two values of {variable.name}, (high, low), or a step such as 10")
    high, low = (check_value(variable, value) for value in contrast)
    return [(high, low)]


def text_of(high: Any, low: Any, sign: str) -> str:
    """How values to compare read: ``b / a``, or with another sign, and ``+10``."""
    return step_text(high) if low is None else pair_text(high, low, sign)


def _step_size(name: str, rows: Population, contrast: Any) -> float:
    if contrast is None:
        return 1.0
    if isinstance(contrast, str) and contrast in ("iqr", "sd"):
        return usable_spread(*rows.observed(name), contrast, f"contrast={contrast!r}")
    if isinstance(contrast, str) or not np.isfinite(float(contrast)) or not contrast:
        raise DataError(
            f"contrast={contrast!r}: give a step of {name} such as 10, 'iqr', 'sd', or two values (high, low)"
        )
    return float(contrast)


# --- rows of the model matrix ---------------------------------------------------------------------


def differences(fit: Estimate, name: str, points: pd.DataFrame, compared: Sequence[tuple[Any, Any]]) -> Array:
    """Rows of the model matrix, and last the offset, at one value less those at another: (c·m, p + 1).

    Pair by pair of values, each in m strata. The columns of all values are made at once.
    """
    grid = reference_grid(fit).iloc[np.zeros(len(points), dtype=int)].reset_index(drop=True)
    for modifier in map(str, points):
        grid[modifier] = like(points[modifier], grid[modifier])
    steps = [high for high, low in compared if low is None]
    if steps:
        return np.concatenate([_step_rows(fit, grid, name, size) for size in steps])
    values = list(dict.fromkeys(value for pair in compared for value in pair))
    many = grid.iloc[np.tile(np.arange(len(grid)), len(values))].reset_index(drop=True)
    rows = _matrix(fit, many, name, pd.Series([value for value in values for _ in range(len(grid))]))
    by_value = dict(zip(values, np.split(rows, len(values)), strict=True))
    return np.concatenate([by_value[high] - by_value[low] for high, low in compared])


def _matrix(fit: Estimate, grid: pd.DataFrame, name: str, value: Any) -> Array:
    """Model columns and the formula's offset, (m, p + 1), with a variable at one value or at one a row."""
    column = value if isinstance(value, pd.Series) else pd.Series([value] * len(grid), index=grid.index)
    X, offset = fit.columns.matrix(assigned(grid, {name: like(column, grid[name])}))
    return np.column_stack([X, np.zeros(len(X)) if offset is None else offset])


# Steps from two starts are the same up to this share of each column's step, and where that is 0, of the largest step:
# columns of a straight line differ by rounding (2e-10 at an x of a million steps), those of a curve by far more.
_SAME_STEP, _NO_STEP = 1e-6, 1e-9
# Starting points: the percentiles. What is straight from each of them is a line for all that the data say.
_STARTS = 101


def _step_rows(fit: Estimate, grid: pd.DataFrame, name: str, size: float) -> Array:
    """A step from starting points all over the data: it must not matter from which."""
    rows = population.population_of(fit)
    if size > 0 and rows.weights.min() >= 1.0 and _straight(fit, name):
        start = float(frames.numeric(rows.column(name)).min())
        return _matrix(fit, grid, name, start + size) - _matrix(fit, grid, name, start)
    starts = np.unique(rows.quantiles(name, np.linspace(0.0, 1.0, _STARTS)))
    inside = (starts + size >= starts[0]) & (starts + size <= starts[-1])
    starts = starts[inside] if inside.any() else starts[:1]
    for _, stratum in grid.groupby(np.arange(len(grid))):
        many = stratum.iloc[np.zeros(len(starts), dtype=int)].reset_index(drop=True)
        steps = _matrix(fit, many, name, pd.Series(starts + size)) - _matrix(fit, many, name, pd.Series(starts))
        if not np.allclose(steps, steps[0], rtol=_SAME_STEP, atol=_NO_STEP * float(np.abs(steps).max())):
            raise DataError(
                f"the odds ratio for a step of {size:g} in {name} depends on where it starts, since {name} enters "
                f"through a curve; give two values: contrast=(high, low)"
            )
    start = float(starts[0])
    return _matrix(fit, grid, name, start + size) - _matrix(fit, grid, name, start)


def _straight(fit: Estimate, name: str) -> bool:
    """Whether a variable enters as itself alone, at most once in each product: a step is the same from everywhere."""
    offset = any(name in part.variables for part in fit.columns.offsets)
    reading = [[part for part in block.parts if name in part.variables] for block in fit.columns.blocks]
    return not offset and all(
        len(parts) <= 1 and all(part.text == name and not part.levels for part in parts) for parts in reading
    )
