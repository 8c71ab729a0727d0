"""Odds ratios of one variable within strata of those it interacts with, from differences of model rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from glmlogit.effects.combined import CombinationMethod, stratified
from glmlogit.effects.effects_table import Effects
from glmlogit.effects.request import with_covariance
from glmlogit.inference.multiplicity import Adjust

if TYPE_CHECKING:
    from glmlogit.estimate.estimate import Estimate


def stratum_odds_ratios(
    fit: Estimate,
    variable: str,
    within: Any = None,
    *,
    contrast: Any = None,
    exponentiate: bool = True,
    adjust: Adjust = "none",
    method: CombinationMethod | None = None,
    level: float | None = None,
    cov: str | None = None,
) -> Effects:
    """Odds ratios of one variable within strata of the variables it interacts with.

    Parameters
    ----------
    fit : Fit
    variable : str
    within : str, list of str, or mapping of variable to values, optional
        The variables of its interactions: each level of a factor, 0 and 1, or the quartiles of a number.
    contrast : (high, low), number, {"iqr", "sd", "pairwise"}, optional
        Two values; a step; a step of the interquartile range or standard deviation; all pairs of levels. Default: each
        level against the reference, 1 against 0, a step of 1.
    exponentiate, adjust, method, level, cov
        As in :func:`contrasts`, so that ``adjust`` is for all strata together; ``"tukey"``, for all pairs of levels,
        in each stratum.

    Returns
    -------
    Effects
        ``variable contrast`` and the strata, then as in :func:`contrasts`.

    Raises
    ------
    DataError
        Where the odds ratio depends on a variable that ``within`` does not name, or, for a step, on where it starts.

    Notes
    -----
    Differences of rows of the model matrix, and of an offset in the formula that holds the variable, so that
    interactions, splines and transforms count as they are. *Matches* SAS's ``ODDSRATIO`` statement, R's ``emmeans``
    contrasts within ``by``.
    """
    by_stratum = adjust == "tukey"
    return stratified(
        with_covariance(fit, cov), variable, within, contrast, exponentiate, adjust, method, level, by_stratum
    )
