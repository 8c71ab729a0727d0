"""Odds ratios between all pairs of levels of a factor, adjusted by Tukey's studentized range."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from glmlogit.effects.combined import CombinationMethod, stratified
from glmlogit.effects.effects_table import Effects
from glmlogit.effects.request import with_covariance
from glmlogit.inference.multiplicity import Adjust

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
    variable : str
    within : as in :func:`stratum_odds_ratios`
        Needed where the factor takes part in interactions.
    exponentiate, method, level, cov
        As in :func:`contrasts`.
    adjust : {"tukey", "none"} or as in :func:`contrasts`
        For the comparisons of each stratum, which are a family of their own (as in ``emmeans``; a note says so);
        ``stratum_odds_ratios(..., contrast="pairwise", adjust="bonferroni")`` takes all strata together.

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
    """
    return stratified(
        with_covariance(fit, cov), variable, within, "pairwise", exponentiate, adjust, method, level, True
    )
