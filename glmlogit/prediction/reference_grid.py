"""Variables by name, values checked against them, and rows of representative people: means and commonest levels."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Literal
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt
import pandas as pd

from glmlogit.columns.columns import Variable
from glmlogit.errors import DataError, UnsupportedError
from glmlogit.estimate.sample import FittedRows
from glmlogit.messages.words import nearest
from glmlogit.prediction.population import Population, offset_columns, population_of, variables

if TYPE_CHECKING:
    from glmlogit.estimate.estimate import Estimate


def points_at(fit: Estimate, at: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Every combination of the values given, checked against the variables."""
    by_name = variables(fit)
    values = {}
    for name, setting in at.items():
        variable = variable_of(by_name, name)
        listed = values_in(setting)
        if not listed:
            raise DataError(f"at={{{name!r}: []}} names no value")
        values[name] = [check_value(variable, value) for value in listed]
    return [dict(zip(values, combination, strict=True)) for combination in itertools.product(*values.values())]


def variable_of(by_name: Mapping[str, Variable], name: str, effect: bool = False) -> Variable:
    """A variable by its name in the data; ``effect`` tells that its effect is asked for.

    Raises
    ------
    DataError
        Where the model has none of that name.
    UnsupportedError
        For a variable that the offset beside the formula is made of, which its change would have to move; for the
        effect of one that the formula reads in an offset only.
    """
    if isinstance(name, str) and name in by_name:
        if by_name[name].in_offset:
            raise UnsupportedError(
                f"{name} is both a variable of the model and its offset=, and what a change of {name} does to the "
                f"offset is not known; write the offset into the formula, offset({name}) or offset(log({name})), and "
                f"leave offset= out"
            )
        if effect and by_name[name].fixed:
            raise UnsupportedError(
                f"{name} takes part as an offset only: its effect is fixed by the offset, not estimated, so it has no "
                f"standard error or test. Name another variable, set it in at={{{name!r}: [...]}}, or add it to the "
                f"formula as a term"
            )
        return by_name[name]
    near = nearest(str(name), list(by_name), 1, 0.6)
    inside = [v for v in by_name if v in str(name) and v != name]
    hint = f"; did you mean {near[0]!r}?" if near else "."
    if inside and not near:
        hint = f"; {name!r} is a term: name the variable, {inside[0]!r}."
    raise DataError(f"{name!r} is no variable of the model{hint} Its variables: {', '.join(by_name)}")


def names_in(option: Any, what: str) -> list[str]:
    """One name, or several, as a list.

    Raises
    ------
    DataError
        Where there is none.
    """
    names = values_in(option)
    if not names:
        raise DataError(f"{what}={option!r} names none; give a name, or a list of names")
    return names


def values_in(option: Any) -> list[Any]:
    """One value, or several, as a list."""
    single = isinstance(option, (str, bytes, Mapping)) or not isinstance(option, Iterable)
    return [option] if single or (isinstance(option, np.ndarray) and option.ndim == 0) else list(option)


def check_value(variable: Variable, value: Any) -> Any:
    """A value that the variable may take; the level as the data spell it.

    Raises
    ------
    DataError
        For a level the data do not have, or no finite number.
    """
    if variable.use == "levels":
        match = [level for level in variable.levels if level == value]
        if not match:
            levels = ", ".join(map(repr, variable.levels))
            raise DataError(f"{variable.name} has no level {value!r}; its levels are {levels}")
        return match[0]
    if not isinstance(value, (int, float, np.bool_, np.integer, np.floating)) or not np.isfinite(value):
        raise DataError(f"{variable.name} = {value!r}: give a finite number")
    if variable.levels and value not in variable.levels:
        raise DataError(f"{variable.name} = {value!r} is no level of the factor made of it: {variable.levels}")
    return float(value)


def is_binary(column: pd.Series[Any]) -> bool:
    """Whether a numeric column holds only 0 and 1, both of them."""
    head = column.to_numpy()[:1000]
    if not np.isin(head, (0, 1)).all():
        return False
    values = column.to_numpy()
    if values.dtype.kind in "iuf":
        return bool(values.min() == 0 and values.max() == 1 and ((values == 0) | (values == 1)).all())
    return set(column.unique().tolist()) == {0, 1}


def values_to_compare(name: str, rows: Population) -> list[float]:
    """Values of a numeric variable that stand for its range: 0 and 1, or the quartiles."""
    if is_binary(rows.column(name)):
        return [0.0, 1.0]
    return [float(value) for value in np.unique(rows.quantiles(name, [0.25, 0.5, 0.75]))]


def reference_grid(fit: Estimate, at: Mapping[str, Any] | None = None) -> pd.DataFrame:
    """Representative people: typical values of every variable, with those named set to values.

    Parameters
    ----------
    fit : Fit
        The fit, of any estimator of this package.
    at : mapping of variable to value or list of values, optional
        Every combination of the values makes a row.

    Returns
    -------
    DataFrame
        A row a combination, a column a variable (and an offset beside the formula): weighted means of numbers, the
        most frequent level of factors and of 0/1 numbers. For ``predict``, ``predictions`` and ``margins(at=...)``.

    Raises
    ------
    DataError
        For an unknown variable or level.

    Notes
    -----
    *Matches* R's ``emmeans::ref_grid`` in holding numbers at their means. *Differs*: factors are held at the most
    frequent level, not averaged over levels of equal weight.

    Examples
    --------
    >>> fit = gl.logit("low ~ age + smoke", gl.datasets.birthwt())
    >>> gl.reference_grid(fit, {"age": [20, 30]}).round(2)
        age  smoke
    0  20.0    0.0
    1  30.0    0.0
    """
    if at is not None and not isinstance(at, Mapping):
        raise DataError(f"at={at!r}: name variables and their values, such as {{'age': [20, 30]}}")
    return grid_of(fit, at or {}, "mean")


def grid_of(fit: Estimate, at: Mapping[str, Any], center: Literal["mean", "median"]) -> pd.DataFrame:
    """A row a combination of values; variables that are not named are held at typical values."""
    population = population_of(fit)
    by_center = _TYPICAL.setdefault(fit.rows, {})
    if center not in by_center:
        by_center[center] = _typical(fit, population, center)
    grid = pd.DataFrame([{**by_center[center], **point} for point in points_at(fit, at)])
    for name in grid if population.frame is not None else ():
        grid[name] = like(grid[name], population.column(str(name)))
    for name, value in zip(offset_columns(fit), np.atleast_1d(population.shift), strict=False):
        if name is not None and name not in grid:
            grid[name] = value
    return grid


# Typical values of the variables in rows that were asked for them, by center: every pass over rows once.
_TYPICAL: WeakKeyDictionary[FittedRows, dict[str, dict[str, Any]]] = WeakKeyDictionary()


def _typical(fit: Estimate, population: Population, center: Literal["mean", "median"]) -> dict[str, Any]:
    """The typical value of every variable by name."""
    by_name = variables(fit)
    values = {v.name: _typical_value(v, population, center) for v in by_name.values()}
    return {**_constants(fit, population, by_name), **values}


def _constants(fit: Estimate, population: Population, by_name: Mapping[str, Variable]) -> dict[str, Any]:
    """The column of an array that serves as intercept, which is no variable but which new data must have too."""
    names = [name for name in fit.columns.predictors if name not in by_name]
    return {name: float(population.column(name).iloc[0]) for name in names}


def like(values: pd.Series[Any], column: pd.Series[Any]) -> pd.Series[Any]:
    """Values in the categories of another column, where it has categories."""
    return values.astype(column.dtype) if isinstance(column.dtype, pd.CategoricalDtype) else values


# Factor by which one sum of weights must exceed another: scaled weights of equal levels add up alike but for rounding.
MORE = 1.0 + 1e-12


def _typical_value(variable: Variable, population: Population, center: Literal["mean", "median"]) -> Any:
    """Mean or median of a number; of levels, and of 0 and 1, the most frequent, the first of equals."""
    column = population.column(variable.name)
    if not variable.levels and is_binary(column):
        ones = population.weights @ column.to_numpy(dtype=float)
        return float(ones > population.weights.sum() / 2.0 * MORE)
    if not variable.levels and center == "median":
        return float(population.quantiles(variable.name, [0.5])[0])
    if not variable.levels:
        return float(np.average(column.to_numpy(dtype=float), weights=population.weights))
    counts = _level_weights(column, population.weights)
    number = counts.reindex(list(variable.levels), fill_value=0.0).to_numpy()
    return variable.levels[int(np.argmax(number * MORE >= number.max()))]


def _level_weights(column: pd.Series[Any], weights: npt.NDArray[np.float64]) -> pd.Series[float]:
    """Sum of weights by value of a column."""
    if not isinstance(column.dtype, pd.CategoricalDtype):
        return pd.Series(weights).groupby(column.to_numpy()).sum()
    codes, levels = column.cat.codes.to_numpy(), column.cat.categories
    return pd.Series(np.bincount(codes, weights, minlength=len(levels)), index=levels)
