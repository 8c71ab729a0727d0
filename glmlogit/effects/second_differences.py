"""How an average marginal effect differs between values of a moderator: interaction in probabilities, delta method."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from glmlogit.effects.at import scenarios_of
from glmlogit.effects.average import averaged
from glmlogit.effects.compared import pair_text
from glmlogit.effects.delta import delta_method
from glmlogit.effects.effects_table import Effects, effects_of
from glmlogit.effects.estimates import Estimates, Target
from glmlogit.effects.labels import label_of
from glmlogit.effects.margins import discrete_names, targets_of
from glmlogit.effects.request import Request, with_covariance
from glmlogit.errors import DataError
from glmlogit.messages.notes import Note
from glmlogit.prediction.population import population_of, variables
from glmlogit.prediction.reference_grid import values_in, values_to_compare, variable_of

if TYPE_CHECKING:
    from glmlogit.estimate.estimate import Estimate


def second_differences(
    fit: Estimate,
    variable: str,
    moderator: str,
    values: Sequence[Any] | None = None,
    *,
    discrete: Literal["binary"] | str | Sequence[str] | None = "binary",
    level: float | None = None,
    cov: str | None = None,
) -> Effects:
    """How the effect of one variable on the probability differs between values of another: interaction in risks.

    Parameters
    ----------
    fit : Fit
        The fit, of any estimator of this package.
    variable, moderator : str
        Variables of the data: whose effect, and on whose value it may depend.
    values : list, optional
        Values of the moderator, the first being compared with; its levels, 0 and 1, or its quartiles by default.
    discrete : "binary", str or list of str, optional
        Numeric variables whose change is wanted in place of a derivative; by default a 0/1 variable, from 0 to 1.
    level : float, optional
        Confidence level, such as 0.9; default that of the fit (0.95).
    cov : str, optional
        Kind of covariance, such as ``"HC3"`` or ``"cluster"``, of those that :func:`~glmlogit.cov_params` lists.
        Default: the fit's.

    Returns
    -------
    Effects
        A row a contrast of the variable and a pair of values of the moderator.

    Raises
    ------
    DataError
        For an unknown variable or level.

    Notes
    -----
    Difference of average marginal effects, delta method (Mize 2019, *Sociological Science* 6:81). In a logit model it
    is not zero without a product term, and its sign need not be that of the product's coefficient (Ai & Norton 2003).
    *Matches* R's ``marginaleffects::avg_slopes(by = )`` with ``hypothesis``, and Stata's ``margins r.moderator``.

    Examples
    --------
    >>> fit = gl.logit("low ~ age*smoke", gl.datasets.birthwt())
    >>> print(gl.second_differences(fit, "age", "smoke")[["smoke", "estimate", "std_error", "p_value"]].round(4))
       smoke  estimate  std_error  p_value
    0  1 - 0    0.0129     0.0139   0.3543
    """
    fit = with_covariance(fit, cov)
    points = _moderated(fit, moderator, values)
    targets, estimates, notes = _effects_at(fit, variable, moderator, points, discrete)
    k = len(points)
    rows = [(t, j) for t in range(len(targets)) for j in range(1, k)]
    matrix = np.zeros((len(rows), len(targets) * k))
    for i, (t, j) in enumerate(rows):
        matrix[i, t * k + j], matrix[i, t * k] = 1.0, -1.0
    named = pd.DataFrame(
        [(targets[t].variable, targets[t].contrast, pair_text(points[j], points[0])) for t, j in rows],
        columns=["variable", "contrast", label_of(moderator)],
    )
    differences, covariance = delta_method(fit, estimates.linear(matrix))
    return effects_of(fit, named, differences, covariance, level, notes)


def _moderated(fit: Estimate, moderator: str, values: Sequence[Any] | None) -> list[Any]:
    """Values of the moderator to compare, the reference first."""
    variable = variable_of(variables(fit), moderator)
    if values is not None:
        points = values_in(values)
    elif variable.use == "levels":
        points = [variable.reference, *variable.others]
    else:
        points = values_to_compare(moderator, population_of(fit))
    if len(points) < 2 or len({str(point) for point in points}) < len(points):
        raise DataError(f"{moderator} is compared at {points}; give two or more different values: values=[...]")
    return points


def _effects_at(
    fit: Estimate, variable: str, moderator: str, points: Sequence[Any], discrete: Any
) -> tuple[list[Target], Estimates, list[Note]]:
    """Effects of the variable at values of the moderator, target by target and then value by value."""
    by_name, population = variables(fit), population_of(fit)
    if variable == moderator:
        raise DataError(f"{variable!r} is given twice; name the variable and the one that its effect may depend on")
    targets, notes = targets_of(
        population, [variable_of(by_name, variable, effect=True)], "dydx", discrete_names(population, by_name, discrete)
    )
    scenarios = scenarios_of(fit, population, Request(at={moderator: list(points)}))
    estimates, more = averaged(fit, scenarios, targets)
    return targets, estimates, [*notes, *more]
