"""What users type as class weights, read as a rule of what an event and a non-event weigh."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from glmlogit.data.class_weights import ClassWeights, Multipliers
from glmlogit.data.level_counts import LevelWeights
from glmlogit.designs.container import Design
from glmlogit.designs.outcome import Outcome
from glmlogit.errors import DataError
from glmlogit.messages.values import show
from glmlogit.messages.words import listed

PREVALENCE = "prevalence"
_FORMS = "give 'balanced', {'prevalence': 0.05} for a population's share of events, or a weight for each value"


def class_weights_of(class_weight: Any, outcome: Outcome) -> ClassWeights | None:
    """The rule of class weights as typed, for the values of an outcome; None without any.

    Raises
    ------
    DataError
        For what is no rule, values that the outcome does not have, and weights that are not positive.
    """
    if class_weight is None:
        return None
    if isinstance(class_weight, str):
        if class_weight != "balanced":
            raise DataError(f"class_weight={class_weight!r} is not known; {_FORMS}: {_example(outcome)}")
        return ClassWeights("balanced", share=0.5)
    if not isinstance(class_weight, Mapping) or not class_weight:
        raise DataError(f"class_weight={class_weight!r} is no rule of weights; {_FORMS}: {_example(outcome)}")
    events, others = _values(outcome)
    if set(class_weight) == {PREVALENCE} and PREVALENCE not in (events, *others):
        return _of_prevalence(class_weight[PREVALENCE])
    _require_values(class_weight, events, others, outcome, _example(outcome))
    weights = {value: _positive(value, weight) for value, weight in class_weight.items()}
    text = ", ".join(f"{weight:g} for {show(value)}" for value, weight in weights.items())
    return ClassWeights(text, multipliers=Multipliers(weights.get(events, 1.0), _alike(weights, others)))


def weighed(rows: Design, class_weight: Any) -> Design:
    """A design with the class weights typed; an error where they divide by the number of a class that is not there."""
    rule = class_weights_of(class_weight, rows.outcome)
    if rule is None:
        return rows
    totals = rows.totals_without_class_weights
    if rule.share is not None and not min(totals) > 0:
        lost = "events" if totals[0] == 0 else "non-events"
        raise DataError(
            f"class_weight ({rule.text}) divides by the number of {lost}, and there are none: the outcome has one "
            f"value only. Check its coding and the rows selected"
        )
    return replace(rows, class_weights=rule)


def weighed_levels(rows: Design, class_weight: Any) -> Design:
    """A design of several levels with the class weights typed: n/(K n_k) of "balanced", or a weight by level.

    Raises
    ------
    DataError
        For what is no rule, levels that the outcome does not have, and weights that are not positive.
    """
    if class_weight is None or rows.levels is None:
        return rows
    names, forms = rows.outcome.levels, "give 'balanced' or a weight for each level"
    example = f"class_weight={{{names[0]!r}: 5, {names[1]!r}: 1}}"
    if isinstance(class_weight, Mapping) and set(class_weight) == {PREVALENCE} and PREVALENCE not in names:
        raise DataError(f"a prevalence is the share of one event, and the outcome has {len(names)} levels; {forms}")
    if isinstance(class_weight, Mapping) and class_weight:
        _require_values(class_weight, names[0], names[1:], replace(rows.outcome, grouped=False), example)
        weights = {value: _positive(value, weight) for value, weight in class_weight.items()}
        text = ", ".join(f"{weight:g} for {show(value)}" for value, weight in weights.items())
        multipliers = np.array([weights.get(name, 1.0) for name in names])
    elif class_weight == "balanced":
        totals = rows.levels.totals(rows.weights)
        text, multipliers = "balanced", totals.sum() / (len(totals) * totals)
    else:
        raise DataError(f"class_weight={class_weight!r} is no rule of weights; {forms}: {example}")
    return replace(rows, levels=replace(rows.levels, class_weights=LevelWeights(text, multipliers)))


def _values(outcome: Outcome) -> tuple[Any, tuple[Any, ...]]:
    """The value that is the event, and the others; of counted outcomes 1 and 0."""
    return (1, (0,)) if outcome.grouped else (outcome.event, outcome.others)


def _example(outcome: Outcome) -> str:
    event, others = _values(outcome)
    return f"class_weight={{{event!r}: 5{''.join(f', {value!r}: 1' for value in others[:1])}}}"


def _of_prevalence(prevalence: Any) -> ClassWeights:
    number = isinstance(prevalence, (int, float, np.integer, np.floating))
    if not (number and 0 < prevalence < 1):
        raise DataError(
            f"class_weight={{'prevalence': {prevalence!r}}}: the share of events in the population is between 0 and 1"
        )
    return ClassWeights(f"prevalence {float(prevalence):g}", share=float(prevalence), of_population=True)


def _require_values(
    weights: Mapping[Any, Any], event: Any, others: tuple[Any, ...], outcome: Outcome, example: str
) -> None:
    """Refuse weights of values that the outcome does not have: they would be ignored."""
    present = (event, *others)
    for value in weights:
        if not isinstance(value, Hashable) or value not in present:
            near = [level for level in present if str(level).casefold() == str(value).casefold()]
            counted = " (1 are the events, 0 the others)" if outcome.grouped else ""
            raise DataError(
                f"class_weight names {value!r}, and the values of {outcome.name} are {listed(present, 5, show, ', …')}"
                f"{counted}; " + (f"type {near[0]!r}" if near else f"weigh these: {example}")
            )


def _positive(value: Any, weight: Any) -> float:
    number = isinstance(weight, (int, float, np.integer, np.floating)) and not isinstance(weight, bool)
    if not (number and 0 < weight < math.inf):
        raise DataError(
            f"class_weight[{value!r}] = {weight!r}: weights are positive numbers; leave rows out in the data"
        )
    return float(weight)


def _alike(weights: Mapping[Any, float], others: tuple[Any, ...]) -> float:
    """The weight of all values that are not the event."""
    values = {weights.get(value, 1.0) for value in others}
    if len(values) > 1:
        raise DataError(
            f"class_weight weighs values that are no event, {listed(others, 5, show, ', …')}, differently, and the "
            f"model does not tell them apart; give all of them one weight"
        )
    return next(iter(values), 1.0)
