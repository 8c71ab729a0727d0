"""Predictions over one variable with the others held at typical values: the numbers of the effect plots."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from glmlogit import _format, _frames
from glmlogit._arrays import as_float
from glmlogit.designs import ArrayColumns
from glmlogit.errors import DataError
from glmlogit.formula import Spec
from glmlogit.intervals import check_level
from glmlogit.outcome import show

if TYPE_CHECKING:
    from glmlogit.fit import Fit

Array = npt.NDArray[np.float64]
Kind = Literal["response", "link"]
Levels = Mapping[str, tuple[Hashable, ...]]

# Values of a number that may each have a curve.
MOST_VALUES = 5


@dataclass(frozen=True)
class Curves:
    """Predictions over the values of a variable, a table a curve, and what the picture must say.

    ``discrete`` values are levels, to be drawn as points. A single table is called ``_estimates``.
    """

    variable: str
    by: str | None
    values: Sequence[Any]
    discrete: bool
    tables: Mapping[str, pd.DataFrame]
    outcome: str
    caption: str


@dataclass(frozen=True)
class Held:
    """A variable that is the same in all predictions, and why it has this value."""

    name: str
    value: Any
    reason: str  # "mean", "most frequent" or "given"

    def __str__(self) -> str:
        number = isinstance(self.value, float)
        return f"{self.name}\u00a0=\u00a0{_format.number(self.value) if number else self.value}"


def curves(
    fit: Fit, variable: str, by: str | None, at: Mapping[str, Any], kind: Kind, level: float | None, points: int
) -> Curves:
    """Predict over ``variable`` for each value of ``by``."""
    data = predictors(fit)
    _check_names(data, variable, by, at)
    levels, level = levels_of(fit, data), check_level(level, fit.level)
    values, discrete = _values(data[variable], variable, levels, points)
    held = _held(fit, data, levels, {name: v for name, v in at.items() if name != by}, {variable, by})
    constants = {fit.design.names[j] for j in fit.design.constants}
    told = [one for one in held if one.name not in constants]
    row = {one.name: one.value for one in held}
    lines = [row] if by is None else [row | {by: value} for value in _by_values(data, by, levels, at)]
    shift = _offset(fit, data)
    tables = {}
    for line in lines:
        new = _newdata(data, levels, line, variable, values)
        offset = None if shift is None else np.full(len(new), shift)
        table = fit.predict(new, kind, "confidence", level, offset)
        tables["_estimates" if by is None else _name(line[by])] = pd.DataFrame(table)
    return Curves(
        variable, by, values, discrete, tables, _outcome(fit, kind), _caption(told, level, shift) + _limitations(tables)
    )


def predictors(fit: Fit) -> pd.DataFrame:
    """The columns of the data that the model reads, in the rows it was fitted to."""
    design = fit.design
    if isinstance(design.columns, Spec):
        assert design.frame is not None
        return design.frame[list(design.columns.formula.predictors)]
    added = int(isinstance(design.columns, ArrayColumns) and design.columns.intercept)  # no column of the data
    return pd.DataFrame(design.X[:, added:], columns=design.names[added:], copy=False)


def _check_names(data: pd.DataFrame, variable: str, by: str | None, at: Any) -> None:
    if not isinstance(at, Mapping):
        raise DataError(f"at={at!r}: name the variables and their values, such as at={{'age': 30}}")
    for name in [variable, *([] if by is None else [by]), *at]:
        if name not in data:
            raise DataError(f"{name!r} is no variable of the model; its variables are {', '.join(map(str, data))}")
    if variable == by:
        raise DataError(f"{variable!r} is on the x axis already; by= takes another variable")
    if variable in at:
        raise DataError(f"at gives a value to {variable!r}, which is on the x axis; leave it out")


def levels_of(fit: Fit, data: pd.DataFrame) -> Levels:
    """Levels of the variables that are categories: text, booleans, and numbers the formula makes a factor of."""
    found = {}
    for name in map(str, data):
        coded = [factor.levels for factor in fit.design.columns.factors if factor.variable == name]
        text = _frames.kind(data[name], name) == "factor" or pd.api.types.is_bool_dtype(data[name].dtype)
        if not (coded or text):
            continue
        seen = data[name].unique()
        own = next((levels for levels in coded if set(levels) <= set(seen)), None)  # levels of cut(x) are no values
        if own or text:
            found[name] = own or _in_order(seen)
    return found


def _in_order(seen: Any) -> tuple[Hashable, ...]:
    if isinstance(seen, pd.Categorical):
        return tuple(level for level in seen.categories if level in set(seen))
    return tuple(sorted(seen))


def _values(column: pd.Series[Any], name: str, levels: Levels, points: int) -> tuple[Sequence[Any], bool]:
    """Values on the x axis, and whether they are levels; a number with two values has two levels."""
    if name in levels:
        return levels[name], True
    x = as_float(column, name)
    low, high = float(x.min()), float(x.max())
    if bool(np.all((x == low) | (x == high))):
        return tuple(dict.fromkeys((low, high))), True
    if points < 2:
        raise DataError(f"points={points!r}: a curve needs two points at least")
    return np.linspace(low, high, points).tolist(), False


def _by_values(data: pd.DataFrame, by: str, levels: Levels, at: Mapping[str, Any]) -> Sequence[Any]:
    """Values that have a curve each."""
    if by in at:
        values = at[by] if isinstance(at[by], (list, tuple, np.ndarray, range)) else [at[by]]
        return [_checked(by, value, levels) for value in values]
    if by in levels:
        return levels[by]
    x = as_float(data[by], by)
    values = np.unique(x)
    if len(values) > MOST_VALUES:
        quartiles = ", ".join(f"{q:g}" for q in np.quantile(x, [0.25, 0.5, 0.75]))
        raise DataError(
            f"by={by!r} is a number with {len(values)} values, which is too many curves to read; choose up to "
            f"{MOST_VALUES}, such as its quartiles: at={{{by!r}: [{quartiles}]}}"
        )
    return [float(value) for value in values]


def _checked(name: str, value: Any, levels: Levels) -> Any:
    """A value of ``at``: a level that was seen, or a finite number."""
    if name in levels:
        if value not in levels[name]:
            raise DataError(f"at gives {name} = {value!r}, a level not seen; its levels are {_listed(levels[name])}")
        return value
    if isinstance(value, (int, float, np.number)) and math.isfinite(value):
        return float(value)
    raise DataError(f"at gives {name} = {value!r}, but {name} is a number; give a finite one")


def _listed(levels: Sequence[Hashable]) -> str:
    return ", ".join(show(level) for level in levels)


def _held(fit: Fit, data: pd.DataFrame, levels: Levels, at: Mapping[str, Any], varied: set[str | None]) -> list[Held]:
    weights = _weights(fit)
    held = []
    for name in (name for name in map(str, data) if name not in varied):
        if name in at:
            held.append(Held(name, _checked(name, at[name], levels), "given"))
        elif name in levels:
            counts = [float(weights[(data[name] == level).to_numpy()].sum()) for level in levels[name]]
            held.append(Held(name, levels[name][int(np.argmax(counts))], "most frequent"))
        else:
            held.append(Held(name, float(np.average(as_float(data[name], name), weights=weights)), "mean"))
    return held


def _weights(fit: Fit) -> Array:
    """What a row counts: its weight times its trials."""
    factors = [part for part in (fit.design.weights, fit.design.trials) if part is not None]
    return np.asarray(np.prod([np.ones(fit.design.n_rows), *factors], axis=0))


def _newdata(
    data: pd.DataFrame, levels: Levels, row: Mapping[str, Any], variable: str, values: Sequence[Any]
) -> pd.DataFrame:
    """One row repeated, with ``variable`` varied; columns keep the type they had in fitting."""
    columns = {}
    for name in map(str, data):
        cells = list(values) if name == variable else [row[name]] * len(values)
        columns[name] = pd.Series(cells, dtype=data[name].dtype if name in levels else np.float64)
    return pd.DataFrame(columns)


def _offset(fit: Fit, data: pd.DataFrame) -> float | None:
    """Mean of the offset argument, which is apart from ``offset()`` in the formula; None without one."""
    if fit.design.offset_name is None:
        return None
    if fit.design.offset is None:
        return 0.0
    in_formula = fit.design.columns.matrix(data)[1]
    return float(np.average(fit.design.offset - (0.0 if in_formula is None else in_formula), weights=_weights(fit)))


def _name(value: Any) -> str:
    return f"{value:.12g}" if isinstance(value, float) else str(value)


def names(values: Sequence[Any]) -> list[str]:
    """Levels as they are written on an axis."""
    return [_name(value) for value in values]


def _outcome(fit: Fit, kind: Kind) -> str:
    outcome = fit.design.outcome
    event = "an event" if outcome.grouped else f"{outcome.name} = {_name(outcome.event)}"
    return f"{'Probability' if kind == 'response' else 'Log-odds'} of {event}"


def _caption(held: Sequence[Held], level: float, shift: float | None) -> str:
    """What the band is and where the other variables are held."""
    parts = [
        f"{', '.join(str(one) for one in held if one.reason == reason)} ({reason})"
        for reason in dict.fromkeys(one.reason for one in held)
    ]
    parts += [] if shift is None else [f"offset\u00a0=\u00a0{_format.number(shift)} (mean)"]
    held_at = f" Held at {'; '.join(parts)}." if parts else ""
    return f"{100 * level:g}% pointwise confidence limits.{held_at}"


def _limitations(tables: Mapping[str, pd.DataFrame]) -> str:
    """Say why a curve lacks limits, or is not there."""
    everything = pd.concat(list(tables.values()))
    unknown = everything["estimate"].isna()
    text = ""
    if bool((everything["conf_low"].isna() & ~unknown).any()):
        text += " Where the data separate the outcome, probabilities are 0 or 1, log-odds infinite and without limits."
    if bool(unknown.any()):
        text += " Where nothing is drawn the data do not determine the prediction."
    return text
