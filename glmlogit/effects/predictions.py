"""Average predicted risks, in groups and at representative people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from glmlogit.effects.at import scenarios_of
from glmlogit.effects.average import averaged, risk
from glmlogit.effects.delta import delta_method
from glmlogit.effects.effects_table import Effects, effects_of
from glmlogit.effects.estimates import Estimates, Target
from glmlogit.effects.labels import crossed, with_outcome
from glmlogit.effects.request import Request
from glmlogit.likelihood.response import shown_levels
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
        The fit, of any estimator of this package.
    at : {"overall", "mean", "median", "typical"}, mapping or DataFrame
        Averaged over the rows; at the means; at medians, or at means (typical), and the most frequent levels; averaged
        with variables set to values, ``{"age": [20, 30]}``; or at each row of a table, such as a
        :func:`~glmlogit.reference_grid` of representative people.
    by : column of the model, or array of shape (n,), optional
        Averages in subgroups; a Series must have the index of the data.
    level : float, optional
        Confidence level, such as 0.9; default that of the fit (0.95).
    cov : str, optional
        Kind of covariance, such as ``"HC3"`` or ``"cluster"``, of those that :func:`~glmlogit.cov_params` lists.
        Default: the fit's.
    unconditional : bool
        Standard errors that count the rows as a sample from a population (Stata's ``vce(unconditional)``).

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

    Examples
    --------
    >>> fit = gl.logit("low ~ age + smoke", gl.datasets.birthwt())
    >>> print(gl.predictions(fit, at={"smoke": [0, 1]})[["smoke", "estimate", "conf_low", "conf_high"]].round(3))
       smoke  estimate  conf_low  conf_high
    0    0.0     0.254     0.183      0.341
    1    1.0     0.402     0.298      0.516
    """
    request = Request(at, by, level, cov, unconditional)
    fit = request.prepared(fit)
    population = population_of(fit)
    scenarios = scenarios_of(fit, population, request)
    targets = [Target("", "", risk(level=k)) for k in shown_levels(fit.response)]
    risks, notes = averaged(fit, scenarios, targets)
    estimates, matrix = delta_method(fit, _to_logit(risks))
    outcomes = with_outcome(pd.DataFrame(index=range(len(targets))), fit.response)
    points = crossed(outcomes, scenarios.points) if len(outcomes.columns) else scenarios.points
    return effects_of(fit, points, estimates, matrix, level, notes, scale="logit", null=False)


def _to_logit(risks: Estimates) -> Estimates:
    """Log-odds of average risks."""
    p = risks.values
    with np.errstate(divide="ignore"):
        derivative = 1.0 / (p * (1.0 - p))
    return risks.transform(log_odds(p), np.diag(derivative))
