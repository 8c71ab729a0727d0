"""Analyses over rows: leverages, residuals, Cook's distances, each a fold over blocks of the design."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from glmlogit.designs.container import INFINITE_ETA
from glmlogit.diagnostics.cases import ALL_BUT_ONE, require_residuals
from glmlogit.errors import UnsupportedError
from glmlogit.estimate.row_contributions import RowContributions
from glmlogit.numerics import kernels, row_functions
from glmlogit.numerics.linalg import lengths

if TYPE_CHECKING:
    from glmlogit.estimate.estimate import Estimate


Array = npt.NDArray[np.float64]


def augment(fit: Estimate) -> pd.DataFrame:
    """The fitted rows with predictions, residuals and influence.

    Parameters
    ----------
    fit : Fit
        The fit, of any estimator of this package.

    Returns
    -------
    DataFrame
        One row per fitted row, labelled as in the data: the columns of the data the formula used, then
        ``fitted`` (probability), ``linear_predictor`` (offset included), ``std_error_link`` (from the
        fit's covariance), ``resid_pearson``, ``resid_deviance``, ``hat``, ``std_resid`` (deviance
        residual over √(1 − hat)), ``cooks_distance``; NaN both in a row of leverage 1, which the fit follows
        whatever its outcome. A separated row is fitted perfectly: probability 0
        or 1, infinite predictor, residuals and leverage 0, and NaN both.

    Notes
    -----
    Pregibon 1981, *Logistic regression diagnostics*. *Matches* R's ``residuals``, ``hatvalues``,
    ``rstandard`` and ``cooks.distance`` for ``glm``. *Differs* with frequency weights, where each row
    stands for one of its identical observations; R treats all weights as precision weights.

    Examples
    --------
    >>> fit = gl.logit("low ~ age + smoke", gl.datasets.birthwt())
    >>> fit.augment()[["low", "fitted", "resid_deviance", "hat"]].head(2).round(3)
       low  fitted  resid_deviance    hat
    0    0   0.292          -0.831  0.013
    1    0   0.171          -0.612  0.022
    """
    why_not = fit.capabilities.why_no_residual
    if why_not:
        raise UnsupportedError(f"residuals and influence are those of one probability a row: {why_not}")
    require_residuals(fit)
    n, frame = fit.sample.n_rows, fit.rows.frame
    table = {name: np.empty(n) for name in _AUGMENTED}
    for block in fit.contributions:
        part = _augment_block(fit, block)
        for name, values in part.items():
            table[name][block.rows] = values
    result = pd.DataFrame(table, index=fit.rows.index)
    if frame is None:
        return result
    used = frame[[name for name in frame if name not in result]]
    return pd.concat([used, result], axis=1)


_AUGMENTED = (
    "fitted",
    "linear_predictor",
    "std_error_link",
    "resid_pearson",
    "resid_deviance",
    "hat",
    "std_resid",
    "cooks_distance",
)


def _augment_block(fit: Estimate, rows: RowContributions) -> dict[str, Array]:
    events, nonevents = rows.block.events / rows.copies, rows.block.nonevents / rows.copies
    deviance = row_functions.deviance_rows(rows.eta, events, nonevents)
    resid_deviance = np.copysign(np.sqrt(deviance), rows.residual) + 0.0
    rank = len(fit.coefs.estimated)
    infinite = np.abs(rows.eta) >= INFINITE_ETA
    left = np.where(infinite | (rows.hat >= ALL_BUT_ONE), np.nan, 1.0 - rows.hat)
    # Pearson's residual times the root of the leverage, neither of which need be within the range of numbers.
    moved = rows.residual * lengths(rows.whitened) / left
    with np.errstate(over="ignore"):
        cooks = moved * moved / max(rank, 1)
    return {
        "fitted": kernels.tails(rows.eta)[0],
        "linear_predictor": np.where(infinite, np.copysign(np.inf, rows.eta), rows.eta),
        "std_error_link": np.where(infinite, np.nan, fit.covariance.std_error_of(rows.block.X)),
        "resid_pearson": np.where(infinite, 0.0, row_functions.pearson_rows(rows.eta, events, nonevents)),
        "resid_deviance": resid_deviance,
        "hat": rows.hat,
        "std_resid": resid_deviance / np.sqrt(left),
        "cooks_distance": cooks,
    }
