"""Interaction of two exposures on both scales, as functions of the log odds ratios of three joint groups.

``log_or`` are the logarithms of OR10, OR01 and OR11, ``cov`` (3, 3) their covariance. Limits are symmetric on
the scale of the logarithm for ratios and S, of the measure itself for RERI and AP.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import numpy.typing as npt

from glmlogit.numerics.reference import Reference

Array = npt.NDArray[np.float64]

MEASURES = ("OR10", "OR01", "OR11", "ratio", "RERI", "AP", "S")
LOGGED = np.array([True, True, True, True, False, False, True])
_SUMS, _S = slice(4, 6), 6  # RERI and AP; the synergy index


def measures(log_or: Array) -> Array:
    """Odds ratios, their ratio, RERI, AP and S of the log odds ratios of three groups against the fourth.

    Parameters
    ----------
    log_or : ndarray (..., 3)
        Logarithms of OR10, OR01 and OR11; ±inf are legal.

    Returns
    -------
    ndarray (..., 7)
        OR10, OR01, OR11, ``OR11/(OR10·OR01)``, ``RERI = OR11 − OR10 − OR01 + 1``, ``AP = RERI/OR11`` and
        ``S = (OR11 − 1)/(OR10 + OR01 − 2)``; NaN where infinities cancel.

    Notes
    -----
    Rothman (1986), *Modern Epidemiology*, ch. 15. Written in the excesses OR − 1, so that small effects keep
    their digits. *Matches* R's ``epiR::epi.interaction``. *Differs*: any number of triples at once.
    """
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):  # infinite ratios; S where it divides by 0
        excess = np.expm1(log_or)
        alone, both = excess[..., 0] + excess[..., 1], excess[..., 2]
        share = -np.expm1(-log_or[..., 2]) - alone * np.exp(-log_or[..., 2])
        ratios = np.exp(_log_ratios(log_or))
        return np.concatenate([ratios, np.stack([both - alone, share, both / alone], axis=-1)], axis=-1)


def _log_ratios(log_or: Array) -> Array:
    """Logarithms (..., 4) of OR10, OR01, OR11 and of the ratio that the product term stands for."""
    product = log_or[..., 2] - log_or[..., 0] - log_or[..., 1]
    return np.concatenate([log_or, product[..., None]], axis=-1)


def scaled(log_or: Array) -> Array:
    """The measures (..., 7) on the scale of their limits: ratios and S by their logarithms, NaN for an S below 0."""
    values = measures(log_or)
    with np.errstate(divide="ignore", invalid="ignore"):  # differences of infinite logarithms; ln S of S at or below 0
        values[..., :4], values[..., _S] = _log_ratios(log_or), np.log(values[..., _S])
    return values


def gradients(log_or: Array) -> Array:
    """Gradients (7, 3) of :func:`scaled` by the log odds ratios (Hosmer & Lemeshow 1992)."""
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):  # infinite ratios; S where it divides by 0
        ratio, excess = np.exp(log_or), np.expm1(log_or)
        alone = excess[0] + excess[1]
        return np.array(
            [
                *np.eye(3),
                [-1.0, -1.0, 1.0],
                ratio * [-1.0, -1.0, 1.0],
                np.append(-ratio[:2], alone + 1.0) * np.exp(-log_or[2]),
                np.append(-ratio[:2] / alone, ratio[2] / excess[2]),
            ]
        )


def scaled_covariance(log_or: Array, cov: Array) -> Array:
    """Covariance (7, 7) of :func:`scaled` by the delta method; NaN where undefined, as for ln S of an S below 0."""
    along = gradients(log_or)
    with np.errstate(over="ignore", invalid="ignore"):  # gradients that are not finite, errors that are not known
        matrix = along @ cov @ along.T
        matrix[:3, :3] = cov  # which a group without an error leaves to the others
        lost = ~np.isfinite(np.sqrt(np.diagonal(matrix))) | np.isnan(scaled(log_or))
    return np.where(lost[:, None] | lost | ~np.isfinite(matrix), np.nan, matrix)


def standard_errors(log_or: Array, cov: Array) -> Array:
    """Delta-method standard errors (7,) of :func:`scaled`."""
    return np.asarray(np.sqrt(np.diagonal(scaled_covariance(log_or, cov))))


def covariance(log_or: Array, cov: Array) -> Array:
    """Covariance (7, 7) of the measures by the delta method."""
    derivative = np.where(LOGGED, measures(log_or), 1.0)
    matrix = scaled_covariance(log_or, cov)
    with np.errstate(over="ignore", invalid="ignore"):  # measures that are not finite
        return np.asarray(matrix * np.outer(derivative, derivative))


def denominator(log_or: Array, cov: Array) -> tuple[float, float]:
    """``OR10 + OR01 − 2``, by which S divides, and its standard error."""
    with np.errstate(over="ignore", invalid="ignore"):  # infinite ratios
        along = np.exp(log_or[:2])
        return float(np.expm1(log_or[:2]).sum()), float(np.sqrt(along @ cov[:2, :2] @ along))


# --- limits -----------------------------------------------------------------------------------------
def delta_limits(log_or: Array, cov: Array, z: float) -> Array:
    """Limits (7, 2): of RERI and AP on their own scale, of ratios and S on that of their logarithms."""
    limits = scaled(log_or)[:, None] + z * standard_errors(log_or, cov)[:, None] * [-1.0, 1.0]
    with np.errstate(over="ignore"):
        return np.where(LOGGED[:, None], np.exp(limits), limits)


# Rows that make of the log odds ratios those terms whose exponentials add up to RERI − 1 and to AP − 1.
_SIGNS = np.array([-1.0, -1.0, 1.0])
_TERMS = np.array([np.eye(3), [[1.0, 0.0, -1.0], [0.0, 1.0, -1.0], [0.0, 0.0, -1.0]]])


def mover_limits(log_or: Array, cov: Array, z: float) -> Array:
    """Limits (7, 2), of RERI and AP recovered from those of the odds ratios.

    Zou (2008): each ratio has the limits exp(θ ± z·SE), and a sum of ratios is as far from its limits as these
    are from them, combined by the correlations of the θ. ``ln S = ln(OR11 − 1) − ln(OR10 + OR01 − 2)`` is a
    difference of two terms with symmetric limits, for which the method is the delta method.
    """
    limits = delta_limits(log_or, cov, z)
    limits[_SUMS] = [_recovered(row, log_or, cov, z) for row in range(2)]
    return limits


def _recovered(row: int, log_or: Array, cov: Array, z: float) -> Array:
    """Limits of RERI (row 0) or AP (row 1): one and a sum of ±exp(logs)."""
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):  # infinite ratios; groups without an error
        logs, cov = _TERMS[row] @ log_or, _TERMS[row] @ cov @ _TERMS[row].T
        ratio, error = np.exp(logs), np.sqrt(np.diagonal(cov))
        correlation = cov / np.outer(error, error)
        down, up = -ratio * np.expm1(-z * error), ratio * np.expm1(z * error)
        below, above = np.where(_SIGNS > 0, down, -up), np.where(_SIGNS > 0, up, -down)
        lengths = [np.sqrt(np.maximum(side @ correlation @ side, 0.0)) for side in (below, above)]
    return np.asarray(1.0 + _SIGNS @ ratio + np.array([-lengths[0], lengths[1]]))


def replicated(draws: Array, log_or: Array) -> Array:
    """Measures (b, 7) of bootstrap replicates (b, 3) of ``log_or``, those of S in their order around the estimate.

    Where ``OR10 + OR01 − 2`` passes through 0, S passes through infinity and comes back with the other sign: such
    a replicate lies beyond all others, +inf. Where OR11 − 1 has changed its sign too, on which side is not told: NaN.
    """
    values = measures(draws)
    with np.errstate(over="ignore", invalid="ignore"):  # infinite ratios
        excess = np.expm1(draws) * np.sign(np.expm1(log_or[:2]).sum())
    alone, both = excess[:, 0] + excess[:, 1], excess[:, 2]
    values[:, _S] = np.select([alone > 0, (alone <= 0) & (both > 0)], [values[:, _S], np.inf], np.nan)
    return values


# --- p-values ---------------------------------------------------------------------------------------
def delta_pvalues(log_or: Array, cov: Array, reference: Reference) -> Array:
    """Two-sided Wald p-values (7,): ratios and S against 1 by their logarithms, RERI and AP against 0."""
    values, errors = scaled(log_or), standard_errors(log_or, cov)
    with np.errstate(divide="ignore", invalid="ignore"):  # a measure without an error
        statistics = values / errors
    return reference.pvalue(statistics)


def mover_pvalues(log_or: Array, cov: Array, reference: Reference) -> Array:
    """P-values (7,) that agree with :func:`mover_limits`: one minus the level at which a limit reaches the null."""
    pvalues = delta_pvalues(log_or, cov, reference)
    pvalues[_SUMS] = [reference.pvalue(inverse(0.0)) for inverse in mover_inverses(log_or, cov).values()]
    return pvalues


def mover_inverses(log_or: Array, cov: Array) -> dict[int, Callable[[float], float]]:
    """For RERI and AP, by their places in ``MEASURES``, the quantile at which a limit reaches a value."""
    return {_SUMS.start + row: partial(_reaching, row, log_or, cov) for row in range(2)}


# A quantile is sought to this: its p-value then has 14 digits where it is not small, and 12 at 1e-300.
_QUANTILE_WITHIN = 1e-14


def _reaching(row: int, log_or: Array, cov: Array, value: float) -> float:
    """The quantile z at which one of two limits is the value; infinite where limits overflow before they reach it."""
    from scipy.optimize import brentq

    estimate = float(_recovered(row, log_or, cov, 0.0)[0])
    side, z = int(estimate <= value), 1.0

    def short(z: float) -> float:
        return float(_recovered(row, log_or, cov, z)[side] - value) * (1.0 - 2.0 * side)

    if not np.isfinite(short(z)) or estimate == value:
        return 0.0 if estimate == value else np.nan
    while short(z) > 0:
        z *= 2.0
    return float(brentq(short, 0.0, z, xtol=_QUANTILE_WITHIN)) if np.isfinite(short(z)) else np.inf
