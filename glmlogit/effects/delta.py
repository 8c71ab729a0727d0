"""Covariance of effects by the delta method: of the coefficients alone, or with the rows as a sample as well."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from glmlogit.effects.estimates import Estimates
from glmlogit.errors import NotEstimableError, UnsupportedError
from glmlogit.estimate.row_contributions import RowContributions
from glmlogit.estimate.spread import in_range
from glmlogit.numerics.linalg import units_of

if TYPE_CHECKING:
    from glmlogit.estimate.estimate import Estimate


Array = npt.NDArray[np.float64]
Index = npt.NDArray[np.intp]


def delta_method(fit: Estimate, estimates: Estimates) -> tuple[Estimates, Array]:
    """The estimates with the reasons why some have no standard error, and their covariance (k, k), NaN in these.

    With a sample's influence the covariance counts that of sampling the rows as well.
    """
    pairs = zip(estimates.reasons, estimates.error_reasons, strict=True)
    doubtful = np.array([not any(pair) for pair in pairs], dtype=bool) & _doubtful(fit, estimates.jacobian)
    if doubtful.any():
        estimates = _with_reasons(fit, estimates, doubtful)
    sampled = estimates.influence is not None
    cov = _sampling_covariance(fit, estimates) if sampled else fit.covariance.of(estimates.jacobian)
    lost = np.array([bool(a or b) for a, b in zip(estimates.reasons, estimates.error_reasons, strict=True)], dtype=bool)
    if lost.any():
        cov = cov.copy()
        cov[lost] = np.nan
        cov[:, lost] = np.nan
    return estimates, cov


_BEYOND = "its derivative by the coefficients is beyond the range of numbers; rescale the column"


def _with_reasons(fit: Estimate, estimates: Estimates, doubtful: npt.NDArray[np.bool_]) -> Estimates:
    """The estimates, with the reasons why the fit's covariance says nothing of some of the doubtful ones."""
    error_reasons = np.array(estimates.error_reasons, dtype=object)
    single = estimates.influence is not None and not fit.covariance.kind.clustered
    model = replace(fit, cov_kind="model") if single else fit  # of single observations none stands alone
    beyond = np.asarray(~np.isfinite(estimates.jacobian[doubtful]).all(axis=1))
    rows = np.where(beyond[:, None], 0.0, estimates.jacobian[doubtful])
    error_reasons[doubtful] = np.where(beyond, _BEYOND, model.covariance.reasons_of(rows))
    return replace(estimates, error_reasons=tuple(error_reasons.tolist()))


def _doubtful(fit: Estimate, jacobian: Array) -> npt.NDArray[np.bool_]:
    """Which estimates (k,) may have no variance: under the model's covariance only those at the ends of the range."""
    if not fit.covariance.kind.modelled:
        return np.ones(len(jacobian), dtype=bool)
    rows = jacobian[:, fit.coefs.estimated]
    with np.errstate(over="ignore"):
        bound = np.abs(rows) @ fit.covariance.standard_errors
    return ~((bound > _SMALLEST_SURE) & (bound < _LARGEST_SURE)) & rows.any(axis=1)


# A bound of a standard error between these has a square, and squares of its parts, inside the range of doubles (1e-308,
# 1e308) with room for up to 1e30 of them: no question is asked of the covariance.
_SMALLEST_SURE, _LARGEST_SURE = 1e-120, 1e140


def require_sample(fit: Estimate) -> None:
    """Refuse unconditional standard errors where a row's influence on the coefficients is not that of a likelihood."""
    if fit.capabilities.why_no_influence:
        raise UnsupportedError(fit.capabilities.why_no_influence)
    if len(fit.response.levels) > 2:
        raise UnsupportedError("unconditional standard errors are of outcomes with two levels; leave them out")
    if fit.sample.cluster is not None and fit.sample.cluster.shape[1] > 1:
        raise UnsupportedError("unconditional standard errors know one way of clustering; name one cluster column")
    codes = _clusters(fit)
    units = fit.sample.n_trials if codes is None else codes.max() + 1
    if not units > 1:
        raise NotEstimableError(
            f"the fit has one {'observation' if codes is None else 'cluster'}, which tells nothing about how a sample "
            f"varies; leave out unconditional=True"
        )


def _clusters(fit: Estimate) -> Index | None:
    """Codes of the clusters, where the fit's covariance is robust to them."""
    return fit.sample.cluster_codes() if fit.covariance.kind.clustered else None


def _observations(block: RowContributions, own: Array, along: Array) -> Iterator[tuple[Array, Array]]:
    """Influence of single observations, and how many share it: of grouped rows, the events and then the others.

    ``own`` is what a row contributes beside the coefficients, ``along`` what a unit of residual does through them.
    """
    own = own / block.copies[:, None]
    for residual, _, copies, share in block.single:
        yield own * share[:, None] + along * residual[:, None], copies


def _sampling_covariance(fit: Estimate, estimates: Estimates) -> Array:
    """``Σψψ'`` of ``ψᵢ = wᵢ(hᵢ − θ)/Σw + J I⁻¹ sᵢ``, times n/(n − 1), or G/(G − 1) over clusters.

    The linearised variance of a mean of predictions (Stata's ``vce(unconditional)``); i runs over single
    observations, also of counts and of grouped rows.
    """
    assert estimates.influence is not None
    carried = fit.covariance.whiten(estimates.jacobian)
    unit = units_of(np.column_stack([carried, np.abs(estimates.influence).max(axis=0, initial=0.0)]))
    k, codes = len(carried), _clusters(fit)
    sums = np.zeros((k if codes is None else int(codes.max()) + 1, k))
    for block in fit.contributions:
        own, along = estimates.influence[block.rows] / unit, block.whitened @ (carried / unit[:, None]).T
        if codes is not None:
            np.add.at(sums, codes[block.rows], own + along * (block.residual * block.copies)[:, None])
            continue
        for psi, copies in _observations(block, own, along):
            sums += (psi * copies[:, None]).T @ psi
    n = fit.sample.n_trials if codes is None else float(len(sums))
    return in_range(sums if codes is None else sums.T @ sums, unit * (n / (n - 1.0)) ** 0.5)
