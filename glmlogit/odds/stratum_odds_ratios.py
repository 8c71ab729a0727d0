"""Odds ratios of one variable within strata of those it interacts with, from differences of model rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from glmlogit.effects.effects_table import Effects
from glmlogit.effects.request import with_covariance
from glmlogit.inference.multiplicity import Adjust
from glmlogit.odds.combined import CombinationMethod, CombinationRequest, stratified

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
        The fit, of any estimator of this package.
    variable : str
        The variable whose odds ratio is wanted: 0/1, a factor or a number.
    within : str, list of str, or mapping of variable to values, optional
        The variables of its interactions: each level of a factor, 0 and 1, or the quartiles of a number.
    contrast : (high, low), number, {"iqr", "sd", "pairwise"}, optional
        Two values; a step; a step of the interquartile range or standard deviation; all pairs of levels. Default: each
        level against the reference, 1 against 0, a step of 1.
    exponentiate : bool
        Odds ratios; else log-odds.
    adjust : {"none", "tukey", "bonferroni", "holm", "hochberg", "hommel", "sidak", "scheffe", "BH" or "fdr", "BY"}
        For all strata together; ``"tukey"``, for all pairs of levels, in each stratum.
    method : {"wald", "profile"}, optional
        Of tests and limits. Default: profile likelihood for fits that maximise a penalised likelihood and are reported
        with the model's covariance, Wald for others and where rows are adjusted for each other.
    level : float, optional
        Confidence level, such as 0.9; default that of the fit (0.95).
    cov : str, optional
        Kind of covariance, such as ``"HC3"`` or ``"cluster"``, of those that :func:`~glmlogit.cov_params` lists.
        Default: the fit's.

    Returns
    -------
    Effects
        ``variable contrast`` and the strata, then as in :func:`contrasts`. Of several levels against a base a row for
        each, which ``outcome`` names, and for each cut ``low|mid`` of ordered levels where these differ.

    Raises
    ------
    DataError
        Where the odds ratio depends on a variable that ``within`` does not name, or, for a step, on where it starts.

    Notes
    -----
    Differences of rows of the model matrix, and of an offset in the formula that holds the variable, so that
    interactions, splines and transforms count as they are. *Matches* SAS's ``ODDSRATIO`` statement, R's ``emmeans``
    contrasts within ``by``.

    Examples
    --------
    >>> fit = gl.logit("low ~ smoke*ht + age", gl.datasets.birthwt())
    >>> print(gl.stratum_odds_ratios(fit, "smoke", "ht").round(3))
      variable contrast   ht  odds_ratio  conf_low  conf_high  statistic  p_value
    0    smoke    1 / 0  0.0       2.110     1.087      4.095      2.208    0.027
    1    smoke    1 / 0  1.0       1.118     0.107     11.717      0.093    0.926
    """
    request = CombinationRequest(exponentiate, adjust, method, level)
    return stratified(with_covariance(fit, cov), variable, within, contrast, request, by_stratum=adjust == "tukey")
