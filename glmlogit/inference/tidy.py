"""The coefficient table as a data frame, a row a term: estimates, errors, tests and limits of one method."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from glmlogit.inference.evidence import Evidence, evidence
from glmlogit.messages.options import check_level

if TYPE_CHECKING:
    from glmlogit.estimate.estimate import Estimate


def tidy(
    fit: Estimate, exponentiate: bool = False, level: float | None = None, method: str | None = None
) -> pd.DataFrame:
    """The coefficient table as a data frame, a row a term.

    Parameters
    ----------
    fit : Fit
        The fit, of any estimator of this package.
    exponentiate : bool
        Odds ratios instead of log-odds in ``estimate conf_low conf_high``; ``std_error`` is that of the odds ratio,
        OR·SE(β), and ``std_error_log``, behind it, that of the log-odds, which broom shows as ``std.error``.
    level : float, optional
        Confidence level, such as 0.9; default that of the fit (0.95).
    method : {"wald", "profile", "score"}, optional
        Statistic, p-value and limits of a row are of one test; default that of :func:`~glmlogit.odds_ratios`.

    Returns
    -------
    DataFrame
        ``term estimate std_error statistic p_value conf_low conf_high``. ``statistic`` is estimate over standard
        error with Wald tests, and chi-squared on 1 degree of freedom with likelihood-ratio and score tests. Where
        infinite estimates rest on other tests than the rest, ``test`` behind ``p_value`` says which: ``"wald"`` or
        ``"lr"``.

    Raises
    ------
    DataError
        For a level outside (0, 1) or an unknown method.

    Notes
    -----
    *Matches* ``broom::tidy(glm, conf.int = TRUE)`` in layout, with Wald instead of profile limits.

    Examples
    --------
    >>> fit = gl.logit("low ~ age + smoke", gl.datasets.birthwt())
    >>> fit.tidy().round(3)
            term  estimate  std_error  statistic  p_value  conf_low  conf_high
    0  Intercept     0.061      0.757      0.080    0.936    -1.423      1.545
    1        age    -0.050      0.032     -1.557    0.119    -0.112      0.013
    2      smoke     0.692      0.322      2.150    0.032     0.061      1.323
    """
    return tidy_of(fit, evidence(fit, check_level(level, fit.level), method).warned(), exponentiate)


def tidy_of(fit: Estimate, inference: Evidence, exponentiate: bool = False) -> pd.DataFrame:
    """The table of :func:`tidy` from tests and limits that are known."""
    table = pd.DataFrame(
        {
            "estimate": fit.params.to_numpy(),
            "std_error": fit.bse.to_numpy(),
            **inference.columns("statistic", "p_value", "test", "conf_low", "conf_high"),
        },
        index=fit.terms,
    )
    if exponentiate:
        columns = ["estimate", "conf_low", "conf_high"]
        with np.errstate(over="ignore"):
            table[columns] = np.exp(table[columns])
            table.insert(2, "std_error_log", table["std_error"])
            table["std_error"] = table["estimate"] * table["std_error"]
    return table.reset_index()
