"""Penalised profiles with several restricted maxima: limits are the outermost values that are not rejected.

The truth is a search that shares no code with the package: Firth's penalised log-likelihood in NumPy, maximised by
scoring from many random starts at each value of a grid.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit

import glmlogit as gl

QUANTILE = 3.841458820694124


def separated_sample(seed: int, smallest: int = 60, largest: int = 160) -> tuple[np.ndarray, np.ndarray]:
    """Rows that a plane through three covariates separates completely, and their outcome."""
    rng = np.random.default_rng(seed)
    n = int(np.exp(rng.uniform(np.log(smallest), np.log(largest))))
    x = rng.normal(size=(n, 3))
    if seed % 3 == 1:
        x[:, 2] = rng.random(n) < 0.3
    if seed % 3 == 2:
        x[:, 1] = np.exp(x[:, 1])
    predictor = x @ rng.normal(size=3)
    return np.column_stack([np.ones(n), x]), (predictor > np.median(predictor)) * 1.0


def penalised(X, y, beta):
    """Value, score and information of l + ½ log|I|."""
    eta = X @ beta
    p, q = expit(eta), expit(-eta)
    w = p * q
    scaled = X * np.sqrt(w)[:, None]
    info = scaled.T @ scaled
    sign, log_det = np.linalg.slogdet(info)
    if sign <= 0 or not np.isfinite(log_det):
        return -np.inf, None, None
    h = np.einsum("ij,jk,ik->i", scaled, np.linalg.inv(info), scaled)
    value = -(np.logaddexp(0, -eta) @ y + np.logaddexp(0, eta) @ (1 - y)) + log_det / 2
    return value, X.T @ (y - p + h * (0.5 - p)), info


def climb(X, y, held, value, start):
    """Scoring with step halving in the other coefficients."""
    free = [j for j in range(X.shape[1]) if j != held]
    beta = np.insert(start, held, value)
    if np.abs(X @ beta).max() > 600:
        return -np.inf, start
    best, score, info = penalised(X, y, beta)
    for _ in range(200):
        if not np.isfinite(best):
            break
        step, length = np.linalg.solve(info[np.ix_(free, free)], score[free]), 1.0
        while length > 1e-6:
            moved = beta.copy()
            moved[free] += length * step
            if np.abs(X @ moved).max() > 600:  # no information is left there
                length /= 2
                continue
            there = penalised(X, y, moved)
            if there[0] > best:
                break
            length /= 2
        else:
            break
        risen, beta = there[0] - best, moved
        best, score, info = there
        if risen < 1e-9:
            break
    return best, beta[free]


def brute_force(X, y, fit, held, value, rng, starts):
    """Twice the fall to the highest of the restricted maxima that many starts lead to."""
    beta, error = fit.params.to_numpy(), fit.bse.to_numpy()
    free = [j for j in range(X.shape[1]) if j != held]
    found = -np.inf
    for _ in range(starts):
        size = np.exp(rng.uniform(-1, 1)) * abs(value / beta[held])
        start = size * (beta + rng.normal(size=len(beta)) * error * rng.choice([0.3, 1.0, 2.0]))
        found = max(found, climb(X, y, held, value, start[free])[0])
    return 2 * (penalised(X, y, beta)[0] - found)


def check(seed: int, starts: int, **sizes: int) -> int:
    """No value of a grid beyond the limits is accepted, and the limits themselves are on the quantile."""
    X, y = separated_sample(seed, **sizes)
    rng = np.random.default_rng(seed)
    fit = gl.firth(gl.design_arrays(y, X))
    limits, checked = fit.confint(method="profile"), 0
    for held in range(1, 4):
        estimate = fit.params.iloc[held]
        for limit in limits.iloc[held]:
            for distance in (1.0, 1.07, 1.3, 1.7, 2.4, 4.0):
                value = estimate + distance * (limit - estimate)
                if abs(value) < abs(estimate):  # towards zero the likelihood itself falls
                    continue
                statistic = brute_force(X, y, fit, held, value, rng, starts)
                assert statistic > QUANTILE - 1e-5, (seed, held, limit, distance, statistic)
                checked += 1
    return checked


@pytest.mark.parametrize("seed", [0, 1, *(pytest.param(seed, marks=pytest.mark.slow) for seed in (2, 3))])
def test_nothing_beyond_the_limits_is_accepted(seed):
    assert check(seed, starts=12) >= 18


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4, 20))
def test_nothing_beyond_the_limits_is_accepted_in_larger_samples(seed):
    assert check(seed, starts=60, smallest=100, largest=3000) >= 18
