"""The intercept of a class-weighted fit, fitted to the rows as they are: how it varies with the other coefficients."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from glmlogit.estimate.row_contributions import RowContributions
from glmlogit.numerics.kernels import tails

if TYPE_CHECKING:
    from glmlogit.estimate.estimate import Estimate

Array = npt.NDArray[np.float64]
SIMPLE = ("HC0", "HC0:stata", "HC1", "cluster", "cluster:none", "cluster:statsmodels")


class _Parts(NamedTuple):
    """Single observations of rows (n,): residuals with and without class weights, and ``w p(1 − p)`` without.

    Those without are at the refitted intercept.
    """

    weighed: Array
    residual: Array
    weight: Array
    copies: Array


def why_no_limits(fit: Estimate) -> str:
    """Why the refitted intercept has no covariance beside the other coefficients; empty where it has one."""
    if fit.cov_kind not in SIMPLE:
        return f"{fit.cov_kind} divides scores by leverages, which the refitted intercept has none of; with_cov('HC0')"
    ways = fit.sample.cluster
    if fit.covariance.kind.clustered and ways is not None and len(ways.columns) > 1:
        return "the refitted intercept knows one way of clustering"
    return ""


def std_errors(fit: Estimate, X: Array, shift: float) -> Array:
    """Standard errors (m,) of ``x'β + δ`` for rows X (m, p), δ solving ``Σ w(y − m p(x'β + δ)) = 0``.

    β and δ solve one stack of estimating equations, of which this is the sandwich (Stefanski & Boos 2002,
    *Am. Stat.* 56:29): a row's influence on ``x'β + δ`` is ``(x − x̄)'β_i + r_i/Σv``, x̄ the mean of the rows by
    ``v = w m p(1 − p)``, r_i its residual at the refitted intercept. NaN where the fit's own covariance has none.
    """
    information, along = _mean_row(fit, shift)
    meat = _meat(fit, shift, information)
    rows = np.column_stack([fit.covariance.whiten(X) - along / information, np.ones(len(X))])
    variances = np.einsum("ij,jk,ik->i", rows, meat, rows)
    lost = np.isnan(fit.covariance.std_error_of(X))
    return np.where(lost, np.nan, np.sqrt(np.maximum(variances, 0.0)))


def _mean_row(fit: Estimate, shift: float) -> tuple[float, Array]:
    """Σv, and Σv z (k,) over whitened rows z."""
    information, along = 0.0, np.zeros(len(fit.coefs.estimated))
    for block in fit.contributions:
        v = sum((part.weight * part.copies for part in _parts(fit, block, shift)), np.zeros(len(block.copies)))
        information, along = information + float(v.sum()), along + v @ block.whitened
    return information, along


def _meat(fit: Estimate, shift: float, information: float) -> Array:
    """Products (k + 1, k + 1) of influences on the whitened coefficients and on δ at the mean row, times the factor."""
    k, codes = len(fit.coefs.estimated), fit.sample.cluster_codes() if fit.covariance.kind.clustered else None
    meat = np.zeros((k + 1, k + 1))
    sums = np.zeros((0 if codes is None else int(codes.max()) + 1, k + 1))
    for block in fit.contributions:
        for part in _parts(fit, block, shift):
            influence = np.column_stack([block.whitened * part.weighed[:, None], part.residual / information])
            if codes is None:
                meat += (influence * part.copies[:, None]).T @ influence
            else:
                np.add.at(sums, codes[block.rows], influence * part.copies[:, None])
    return np.asarray((meat if codes is None else sums.T @ sums) * fit.covariance.factor)


def _parts(fit: Estimate, block: RowContributions, shift: float) -> Iterator[_Parts]:
    """Rows as single observations; of grouped rows their events, then their non-events."""
    rows, (p, q) = fit.rows, tails(block.eta + shift)
    own = np.ones(len(p)) if rows.weights is None or fit.sample.counted else rows.weights[block.rows]
    residuals = [q, -p] if block.trials is not None else [np.where(rows.y[block.rows] > 0, q, -p)]
    for part, residual in zip(block.single, residuals, strict=True):
        yield _Parts(part.residual, own * residual, own * (p * q), part.copies)
