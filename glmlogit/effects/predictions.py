"""Average predicted risks, in groups and at representative people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from glmlogit.effects import average
from glmlogit.effects.at import over_points
from glmlogit.effects.delta import covariance_of, with_reasons
from glmlogit.effects.effects_table import Effects, effects_of, prepared
from glmlogit.effects.estimates import Estimates, Target
from glmlogit.messages.options import check_level
from glmlogit.numerics.row_functions import logit
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
    fit = prepared(fit, cov, "unconditional=True" if unconditional else "")
    population = population_of(fit)
    target = [Target("", "", average.risk())]
    risks, labels, notes = over_points(fit, population, target, pd.DataFrame(index=range(1)), at, by, unconditional)
    on_logit = with_reasons(fit, _to_logit(risks))
    matrix = covariance_of(fit, on_logit)
    level = check_level(level, fit.level)
    return effects_of(labels, on_logit, matrix, level, scale="logit", null=False, notes=notes, reference=fit.reference)


def _to_logit(risks: Estimates) -> Estimates:
    """Log-odds of average risks."""
    p = risks.values
    with np.errstate(divide="ignore"):
        derivative = 1.0 / (p * (1.0 - p))
    return risks.through(logit(p), np.diag(derivative))
