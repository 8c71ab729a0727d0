"""Average predicted risks, in groups and at representative people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from glmlogit.effects.at import scenarios_of
from glmlogit.effects.average import averaged, risk
from glmlogit.effects.delta import delta_method
from glmlogit.effects.effects_table import Effects, effects_of
from glmlogit.effects.estimates import Estimates, Target
from glmlogit.effects.request import Request
from glmlogit.numerics.row_functions import log_odds
from glmlogit.prediction.population import population_of

if TYPE_CHECKING:
    from glmlogit.estimate.estimate import Estimate


def predictions(
    fit: Estimate,
    at: Any = "overall",
    *,
    by: Any = None,
    level: float | None = None,
    cov: str | None = None,
    unconditional: bool = False,
) -> Effects:
    """Average predicted risks: over the rows, in groups, with variables set to values, or at representative people.

    Parameters
    ----------
    fit : Fit
    at : {"overall", "mean", "median", "typical"}, mapping or DataFrame
        As in :func:`~glmlogit.margins`; ``reference_grid(fit, {...})`` makes a table of representative people.
    by, level, cov, unconditional
        As in :func:`~glmlogit.margins`.

    Returns
    -------
    Effects
        A row a point and group: ``estimate std_error conf_low conf_high``, probabilities.

    Raises
    ------
    DataError
        For an unknown variable, level or option.

    Notes
    -----
    Limits are symmetric on the logit scale, so they stay inside (0, 1). *Matches* Stata's ``margins`` (predictive
    margins) and R's ``marginaleffects::avg_predictions`` in estimate and standard error. *Differs*: their limits are
    symmetric in the probability.
    """
    request = Request(at, by, level, cov, unconditional)
    fit = request.prepared(fit)
    population = population_of(fit)
    scenarios = scenarios_of(fit, population, request)
    risks, notes = averaged(fit, scenarios, [Target("", "", risk())])
    estimates, matrix = delta_method(fit, _to_logit(risks))
    return effects_of(fit, scenarios.points, estimates, matrix, level, notes, scale="logit", null=False)


def _to_logit(risks: Estimates) -> Estimates:
    """Log-odds of average risks."""
    p = risks.values
    with np.errstate(divide="ignore"):
        derivative = 1.0 / (p * (1.0 - p))
    return risks.transform(log_odds(p), np.diag(derivative))
