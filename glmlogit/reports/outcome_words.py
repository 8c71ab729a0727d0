"""What is modelled, and what its odds ratios compare, in words."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from glmlogit.documents.naming import name_of, outcome_of, said
from glmlogit.documents.style import say
from glmlogit.messages.labels import in_force

if TYPE_CHECKING:
    from glmlogit.estimate.estimate import Estimate


def outcome_words(fit: Estimate) -> str:
    """What is modelled, levels of an outcome of several by their labels."""
    outcome = fit.sample.outcome
    if not outcome.levels or not in_force():
        return said(fit.outcome_text or "")
    base = None if outcome.base is None else outcome_of(outcome.base)
    levels = tuple(map(outcome_of, outcome.levels))
    return said(replace(outcome, name=name_of(outcome.name), levels=levels, base=base).words)


def meaning_of_ratios(fit: Estimate) -> str:
    """What odds ratios of an outcome with a base are; of others it goes without saying, or with the outcome."""
    base = fit.sample.outcome.base
    if base is None:
        return ""
    return say("against {base}, Stata's relative-risk ratios; they are no ratios of risks", base=outcome_of(base))
