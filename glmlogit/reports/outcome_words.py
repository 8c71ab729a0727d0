"""What is modelled, and what its odds ratios compare, in words."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from glmlogit.documents.naming import Labelled, name_of, outcome_of
from glmlogit.documents.style import say
from glmlogit.messages.labels import in_force

if TYPE_CHECKING:
    from glmlogit.estimate.estimate import Estimate


def outcome_words(fit: Estimate) -> str:
    """What is modelled, levels of an outcome of several by their labels."""
    outcome = fit.sample.outcome
    if fit.outcome_text and not outcome.levels and not outcome.grouped:
        others = say("not {what}", what=outcome.alternatives(say("anything else")))
        return f"{outcome.is_event()} ({others})"
    if not outcome.levels or not in_force():
        return fit.outcome_text
    base = None if outcome.base is None else outcome_of(outcome.base)
    levels = tuple(map(outcome_of, outcome.levels))
    return Labelled(replace(outcome, name=name_of(outcome.name), levels=levels, base=base))


def meaning_of_ratios(fit: Estimate) -> str:
    """What odds ratios of an outcome with a base are; of others it goes without saying, or with the outcome."""
    base = fit.sample.outcome.base
    return (
        "" if base is None else f"against {outcome_of(base)}, Stata's relative-risk ratios; they are no ratios of risks"
    )
