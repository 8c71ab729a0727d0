"""Laws of objectives that no estimator shows: sums over parts of the rows, and the path of a ridge (p21, p28, q42)."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from strategies import EPS, condition, easy, examples, overlapping, seeds, tolerance, tolerance_se

import glmlogit as gl
from glmlogit.fitting.newton import newton
from glmlogit.likelihood.binary import BinaryLogit
from glmlogit.likelihood.combinators import Adjusted, Summed
from glmlogit.likelihood.penalty import Ridge


@examples(25)
@given(easy, seeds)
def test_p21_information(data, seed):
    """Information adds over blocks of rows, and the covariance is its inverse at the last iterate."""
    fit = data.fit()
    beta, kappa = fit.params.to_numpy(), condition(fit)
    first = np.random.default_rng(seed).random(data.n) < 0.5
    assume(0 < first.sum() < data.n)
    whole = BinaryLogit(fit.design).evaluate(beta).info.dense
    parts = [BinaryLogit(data.take(rows).design()).evaluate(beta).info.dense for rows in (first, ~first)]
    unit = np.sqrt(np.outer(np.diagonal(whole), np.diagonal(whole)))
    slack = 8 * EPS * kappa**2
    assert (np.abs(parts[0] + parts[1] - whole) / unit).max() <= slack
    root = np.sqrt(np.diagonal(whole))
    own = whole if fit.maximum.root is not None else fit.maximum.at.info.dense
    product = (fit.cov_params().to_numpy() * np.outer(root, root)) @ (own / unit)
    assert np.abs(product - np.eye(data.p)).max() <= slack * data.p


@examples(15)
@given(overlapping(weighted=False), seeds, st.integers(2, 6))
def test_p28_chunking(data, seed, parts):
    """The sum of the objectives of any partition of the rows has the maximum of the whole."""
    place = np.random.default_rng(seed).integers(0, parts, data.n)
    chunks = [data.take(place == k).design() for k in range(parts) if (place == k).any()]
    whole = data.fit()
    found = newton(Summed([BinaryLogit(chunk) for chunk in chunks]), np.zeros(data.p), gl.Control())
    kappa = condition(whole)
    assert (np.abs(found.beta - whole.params.to_numpy()) <= tolerance(kappa) * whole.bse.to_numpy()).all()
    error = np.linalg.norm(found.at.info.factor.inverse_root, axis=1)
    assert np.abs(error / whole.bse.to_numpy() - 1).max() <= tolerance_se(kappa)
    # nothing is refined here, so that predictors have κ·eps of error, and so does the likelihood
    assert found.at.value == pytest.approx(whole.loglik, abs=max(1e-12, tolerance(kappa)) * (1 + abs(whole.loglik)))


@examples(10)
@given(easy, st.booleans())
def test_q42_ridge_path(data, penalise_all):
    """λ → 0 is maximum likelihood, coefficients shrink all the way, λ → ∞ leaves the intercept."""
    free = data.but(offset=None)
    fit = free.fit()
    objective = BinaryLogit(free.design())
    which = np.r_[0.0, np.ones(data.p - 1)] if not penalise_all else np.ones(data.p)
    lengths = []
    for strength in (1e-12, 1e-3, 0.1, 1.0, 10.0, 1e3, 1e12):
        found = newton(Adjusted(objective, Ridge(strength * which)), np.zeros(data.p), gl.Control())
        assert found.status is gl.Status.CONVERGED
        lengths.append(np.linalg.norm(found.beta * which))
        if strength == 1e-12:
            assert (np.abs(found.beta - fit.params) <= 1e-8 * fit.bse * max(1.0, condition(fit))).all()
    assert all(b <= a * (1 + 1e-9) for a, b in itertools.pairwise(lengths))
    assert lengths[-1] <= 1e-6
    if not penalise_all:
        events, nonevents = free.design().event_totals
        assert found.beta[0] == pytest.approx(np.log(events / nonevents), abs=1e-8)
