"""Predictions over one variable with the others held at typical values: the numbers of the effect plots."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from glmlogit.columns.columns import Variable
from glmlogit.data import frames
from glmlogit.documents import formatting
from glmlogit.documents.naming import Labelled, event_words, level_of, name_of, said
from glmlogit.documents.style import marked, say
from glmlogit.errors import DataError
from glmlogit.messages.options import check_level
from glmlogit.messages.words import written
from glmlogit.prediction.population import Population, offset_columns, population_of, variables
from glmlogit.prediction.predict import check_kind, of_event, predict
from glmlogit.prediction.reference_grid import is_binary, reference_grid

if TYPE_CHECKING:
    from glmlogit.estimate.estimate import Estimate


Kind = Literal["response", "link"]

# Values of a number that may each have a curve.
MOST_CURVES = 5


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
    held: str


@dataclass(frozen=True)
class Held:
    """A variable that is the same in all predictions, and why it has this value."""

    name: str
    value: Any
    reason: str  # "mean", "most frequent" or "given"

    def __str__(self) -> str:
        number = isinstance(self.value, float)
        shown = formatting.number if number else str
        return f"{name_of(self.name)}\u00a0=\u00a0{level_of(self.name, self.value, write=shown)}"


def curves(
    fit: Estimate,
    variable: str,
    by: str | None,
    at: Mapping[str, Any],
    kind: Kind,
    level: float | None,
    points: int,
    outcome: Any = None,
) -> Curves:
    """Predict over ``variable`` for each value of ``by``; of several outcomes for each of them, or for one of them."""
    outcome = _check_outcome(fit, outcome, by, kind)
    population, by_name = population_of(fit), variables(fit)
    _check_names(by_name, variable, by, at)
    check_kind(kind)
    level = check_level(level, fit.level)
    values, discrete = _values(population.column(variable), by_name[variable].levels, points)
    lines: dict[str, Any] = {} if by is None else {by: _by_values(population, by_name[by], at)}
    grid = reference_grid(fit, {**lines, **{name: v for name, v in at.items() if name != by}, variable: values})
    tables: dict[str, pd.DataFrame] = {}
    for start in range(0, len(grid), len(values)):
        new = grid[start : start + len(values)].reset_index(drop=True)
        line = "_estimates" if by is None else level_of(by, new[by][0], write=written)
        tables |= _predicted(fit, new, kind, level, outcome, line)
    held = held_at(
        held_values(population, by_name, grid, at, (variable, by)), offsets_held(fit, population)
    ) + of_population(fit)
    legend = by if by is not None or len(tables) == 1 else fit.sample.outcome.name
    limits = say("{level}% pointwise confidence limits.", level=marked(f"{100 * level:g}"))
    caption = f"{limits}{held}{_limitations(tables)}"
    y = Labelled(_outcome(fit, kind, outcome))
    return Curves(variable, legend, values, discrete, tables, y, Labelled(caption), Labelled(held))


def _check_outcome(fit: Estimate, outcome: Any, by: str | None, kind: Kind) -> Any:
    """The level whose curves are drawn as the fit has it; None for all of them."""
    shown = [fit.response.levels[k] for k in fit.response.shown]
    if outcome is None:
        if by is not None and shown:
            raise DataError(
                f"by={by!r} and {len(shown)} levels of the outcome make more curves than can be read; name one, "
                f"outcome={shown[-1]!r}, and draw others on Axes beside it with ax="
            )
        return None
    present = shown if kind == "response" else list(fit.response.compared)
    for level in present if shown else ():
        if level == outcome or str(level) == str(outcome):
            return level
    have = f"the levels are {', '.join(map(str, present))}" if shown else "the outcome has one event: leave it out"
    raise DataError(f"outcome={outcome!r} has no curve here; {have}")


def _predicted(
    fit: Estimate, new: pd.DataFrame, kind: Kind, level: float, outcome: Any, line: str
) -> dict[str, pd.DataFrame]:
    """Predictions of rows, by the name of their line or by outcome."""
    if not fit.response.shown:
        return {line: pd.DataFrame(of_event(fit, new, kind, "confidence", level))}
    long = pd.DataFrame(predict(fit, new, kind, "confidence", level))
    parts = {name: long[long["outcome"] == name].drop(columns="outcome") for name in long["outcome"].unique()}
    name_of_outcome = fit.sample.outcome.name
    if outcome is not None:
        return {line: parts[outcome]}
    return {level_of(name_of_outcome, name): part for name, part in parts.items()}


def held_values(
    population: Population,
    by_name: Mapping[str, Variable],
    grid: pd.DataFrame,
    at: Mapping[str, Any],
    free: Sequence[str | None],
) -> list[Held]:
    """The variables that are the same in all rows of a grid, but for those that are ``free``."""
    names = [name for name in dict.fromkeys((*by_name, *at)) if name not in free]

    def reason(name: str) -> str:
        if name in at:
            return "given"
        return "most frequent" if by_name[name].levels or is_binary(population.column(name)) else "mean"

    return [Held(name, grid[name][0], reason(name)) for name in names]


def _check_names(names: Mapping[str, Variable], variable: str, by: str | None, at: Any) -> None:
    if not isinstance(at, Mapping):
        raise DataError(f"at={at!r}: name the variables and their values, such as at={{'age': 30}}")
    for name in [variable, *([] if by is None else [by]), *at]:
        if name not in names:
            raise DataError(f"{name!r} is no variable of the model; its variables are {', '.join(names)}")
    if variable == by:
        raise DataError(f"{variable!r} is on the x axis already; by= takes another variable")
    if variable in at:
        raise DataError(f"at gives a value to {variable!r}, which is on the x axis; leave it out")
    for name, value in at.items():
        if name != by and np.ndim(value):
            raise DataError(f"at gives {name} several values, {value!r}; give one, or by={name!r} for a curve each")


def _values(column: pd.Series[Any], levels: Sequence[Any], points: int) -> tuple[Sequence[Any], bool]:
    """Values on the x axis, and whether they are levels; a number with two values has two levels."""
    if levels:
        return levels, True
    x = frames.numeric(column)
    low, high = float(x.min()), float(x.max())
    if bool(np.all((x == low) | (x == high))):
        return tuple(dict.fromkeys((low, high))), True
    if points < 2:
        raise DataError(f"points={points!r}: a curve needs two points at least")
    return np.linspace(low, high, points).tolist(), False


def _by_values(population: Population, by: Variable, at: Mapping[str, Any]) -> Any:
    """Values that have a curve each."""
    if by.name in at or by.levels:
        return at.get(by.name, by.levels)
    x = frames.numeric(population.column(by.name))
    values = np.unique(x)
    if len(values) > MOST_CURVES:
        quartiles = ", ".join(f"{q:g}" for q in population.quantiles(by.name, [0.25, 0.5, 0.75]))
        raise DataError(
            f"by={by.name!r} is a number with {len(values)} values, which is too many curves to read; choose up to "
            f"{MOST_CURVES}, such as its quartiles: at={{{by.name!r}: [{quartiles}]}}"
        )
    return values.tolist()


def names(variable: str, values: Sequence[Any]) -> list[str]:
    """Levels as they are written on an axis."""
    return [level_of(variable, value, write=written) for value in values]


def _outcome(fit: Estimate, kind: Kind, level: Any) -> str:
    outcome, of = fit.sample.outcome, partial(level_of, fit.sample.outcome.name, write=written)
    if not fit.response.shown:
        event = "an event" if outcome.grouped else event_words(outcome.name, outcome.event, written)
        return say("Probability of {outcome}" if kind == "response" else "Log-odds of {outcome}", outcome=event)
    if kind == "response":
        return (
            say("Probability")
            if level is None
            else say("Probability of {outcome}", outcome=f"{name_of(outcome.name)} = {of(level)}")
        )
    what = f"of {'a level' if level is None else of(level)} or above"
    if outcome.base is not None:
        what = f"{'' if level is None else f'of {of(level)} '}against {of(outcome.base)}"
    return f"Log-odds {what}"


def of_population(fit: Estimate) -> str:
    """A sentence, after a blank, on the population of a fit with class weights; empty where it is that of the rows."""
    return "" if fit.weighting is None else " " + say("For {population}.", population=said(fit.weighting.population))


def offsets_held(fit: Estimate, population: Population) -> dict[str, float]:
    """Means of the offset given as an argument, by what they are called: of each level where it is by level."""
    shift, columns = population.shift, offset_columns(fit)
    if not isinstance(shift, np.ndarray):
        return {} if columns == (None,) else {"offset": shift}
    each = zip(fit.response.levels, columns, shift.tolist(), strict=True)
    return {f"offset of {level}": value for level, name, value in each if name is not None}


def held_at(held: Sequence[Held], offsets: Mapping[str, float]) -> str:
    """A sentence on where variables are held, after a blank; empty where there are none."""
    parts = [
        f"{', '.join(str(setting) for setting in held if setting.reason == reason)} ({say(reason)})"
        for reason in dict.fromkeys(setting.reason for setting in held)
    ]
    parts += [f"{name}\u00a0=\u00a0{formatting.number(shift)} ({say('mean')})" for name, shift in offsets.items()]
    return " " + say("Held at {values}.", values="; ".join(parts)) if parts else ""


def _limitations(tables: Mapping[str, pd.DataFrame]) -> str:
    """Say why a curve lacks limits, or is not there."""
    everything = pd.concat(list(tables.values()))
    unknown = everything["estimate"].isna()
    text = ""
    if bool((everything["conf_low"].isna() & ~unknown).any()):
        text += " " + say(_SEPARATED)
    if bool(unknown.any()):
        text += " " + say("Where nothing is drawn the data do not determine the prediction.")
    return text


_SEPARATED = "Where the data separate the outcome, probabilities are 0 or 1, log-odds infinite and without limits."
