"""Odds ratios between all pairs of levels of a factor, adjusted by Tukey's studentized range."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from glmlogit.effects.effects_table import Effects
from glmlogit.effects.request import with_covariance
from glmlogit.inference.multiplicity import Adjust
from glmlogit.odds.combined import CombinationMethod, CombinationRequest, stratified

if TYPE_CHECKING:
    from glmlogit.estimate.estimate import Estimate


def pairwise(
    fit: Estimate,
    variable: str,
    within: Any = None,
    *,
    exponentiate: bool = True,
    adjust: Adjust = "tukey",
    method: CombinationMethod | None = None,
    level: float | None = None,
    cov: str | None = None,
) -> Effects:
    """Odds ratios between all pairs of levels of a factor, adjusted for their number.

    Parameters
    ----------
    fit : Fit
        The fit, of any estimator of this package.
    variable : str
        The factor whose levels are compared.
    within : str, list of str, or mapping of variable to values, optional
        The variables of its interactions, in whose strata levels are compared; needed where it takes part in any.
    exponentiate : bool
        Odds ratios; else log-odds.
    adjust : {"tukey", "none"} or another of :func:`contrasts`
        For the comparisons of each stratum, which are a family of their own (as in ``emmeans``; a note says so);
        ``stratum_odds_ratios(..., contrast="pairwise", adjust="bonferroni")`` takes all strata together.
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
        As :func:`stratum_odds_ratios`; differences of log-odds (``"b - a"``) with ``exponentiate=False``.

    Raises
    ------
    DataError
        For a variable that is no factor.

    Notes
    -----
    Tukey's studentized range, with the degrees of freedom of the fit's reference distribution. *Matches* R's
    ``emmeans::pairs(..., adjust = "tukey", type = "response")``, with the later level against the earlier. *Differs*:
    the tail is integrated, not subtracted from 1; R's ``ptukey`` is off by up to 6 % at 2 degrees of freedom.

    Examples
    --------
    >>> fit = gl.logit("low ~ age + smoke + C(race)", gl.datasets.birthwt())
    >>> print(gl.pairwise(fit, "race")[["contrast", "odds_ratio", "p_value"]].round(3))
            contrast  odds_ratio  p_value
    0  black / white       2.749    0.101
    1  other / white       2.877    0.025
    2  other / black       1.046    0.995
    """
    request = CombinationRequest(exponentiate, adjust, method, level)
    return stratified(with_covariance(fit, cov), variable, within, "pairwise", request, by_stratum=True)
