"""What holds for all sentences about a fit: of which outcome its odds are, and that odds are no risks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from glmlogit.documents.naming import level_of, name_of
from glmlogit.messages.words import written
from glmlogit.prediction.predictors import are_parallel

if TYPE_CHECKING:
    from glmlogit.estimate.estimate import Estimate


def caution(fit: Estimate) -> str:
    """What holds for all sentences."""
    counted = f"The event is {fit.outcome_text.removeprefix('events ')}. " if two_columns(fit) else ""
    if several(fit):
        return f"{_of_levels(fit)} {_CUMULATIVE if fit.sample.outcome.ordered else _SAMPLED}"
    if fit.weighting is None:
        return counted + _CAUTION
    return f"{counted}{_ODDS} Risks and their differences are those of {fit.weighting.population}, not of the rows."


_ODDS = (
    "These are associations, given the other variables of the model. Odds are not risks: the odds ratio of two risks "
    "is always further from 1 than their ratio, by little only where both are small."
)
_SAMPLED = (
    "Risks and their differences are those of the rows: where cases and controls were sampled apart, only the "
    "odds ratios hold."
)
# Sampling by outcome multiplies the odds of levels against a base, but not those of being above a cut.
_CUMULATIVE = (
    "Risks and their differences are those of the rows: where levels were sampled apart, as in case-control studies, "
    "they do not hold, and odds ratios above a cut do not either; those of gl.multinomial do."
)
_CAUTION = f"{_ODDS} {_SAMPLED}"


_PARALLEL = (
    "one odds ratio is taken to hold for being above each cut between them, which gl.brant tests; it is no ratio of "
    "risks."
)
_APART = (
    "odds of a higher level have a ratio that is taken to hold for each cut between them, odds of being above one "
    "level a ratio for that cut alone; none is a ratio of risks."
)


def _of_levels(fit: Estimate) -> str:
    """What odds of an outcome with several levels are, and are not."""
    outcome, start = fit.sample.outcome, "These are associations, given the other variables of the model."
    if outcome.ordered:
        order = " < ".join(_level(fit, level) for level in outcome.levels)
        start = f"{start} The levels of {name_of(outcome.name)} are {order}, and"
        return f"{start} {_PARALLEL if are_parallel(fit) else _APART}"
    base = _level(fit, outcome.base)
    return (
        f"{start} Odds against {base} are p(level)/p({base}): their ratio (Stata's "
        f"relative-risk ratio) is no ratio of risks, and the risk of a level may rise while its odds ratio is below 1, "
        f"or fall while it is above."
    )


def _level(fit: Estimate, level: Any) -> str:
    return level_of(fit.sample.outcome.name, level, write=written)


def two_columns(fit: Estimate) -> bool:
    """Whether the outcome is a pair of columns, ``cbind(events, nonevents)``, which is no name of an event."""
    return fit.sample.outcome.grouped and fit.sample.outcome.name.startswith("cbind(")


def several(fit: Estimate) -> bool:
    """Whether the outcome has more than two levels."""
    return len(fit.response.levels) > 2
