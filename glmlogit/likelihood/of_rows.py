"""The likelihood that rows ask for by their outcome: of one event, of several levels, of levels in an order."""

from __future__ import annotations

from glmlogit.designs.container import Design
from glmlogit.likelihood.binary import BinaryLogit
from glmlogit.likelihood.cumulative import cumulative_logit
from glmlogit.likelihood.multinomial import multinomial_logit
from glmlogit.likelihood.objective import Likelihood


def likelihood_of_rows(rows: Design) -> Likelihood:
    """The log-likelihood of n rows: with a coefficient a column, one for each level but the base, or cut points."""
    outcome = rows.outcome
    if rows.levels is None:
        return BinaryLogit(rows)
    if outcome.ordered:
        return cumulative_logit(rows, outcome.levels, frozenset())
    return multinomial_logit(rows, outcome.levels, outcome.levels.index(outcome.base), None)
