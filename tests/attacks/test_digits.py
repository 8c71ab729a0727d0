"""``fit.digits`` never says more than is true: two hundred fits at the edges, solved again with sixty digits."""

from __future__ import annotations

import warnings

import mpmath as mp
import numpy as np
import pytest

import glmlogit as gl

KINDS = ("plain", "nearly collinear", "far origin", "odd units", "nearly separated", "offsets", "weights", "trials")


def edge(kind, rng):
    """A design of one kind: y, X, trials, weights, offset."""
    n, p = int(rng.integers(10, 24)), int(rng.integers(2, 5))
    X = np.column_stack([np.ones(n), rng.normal(size=(n, p - 1))])
    m, w, o = np.ones(n), np.ones(n), np.zeros(n)
    if kind == "nearly collinear":
        X = np.column_stack([X, X[:, 1] + 10.0 ** -rng.uniform(3, 11) * rng.normal(size=n)])
    elif kind == "far origin":
        X[:, 1:] += 10.0 ** rng.uniform(3, 9)
    elif kind == "odd units":
        X *= 10.0 ** rng.uniform(-100, 100, X.shape[1])
    elif kind == "offsets":
        o = 10.0 ** rng.uniform(0, 1.7) * rng.normal(size=n)
    elif kind == "weights":
        w = 10.0 ** rng.uniform(-4, 4, n)
    elif kind == "trials":
        m = rng.integers(1, 10 ** int(rng.integers(1, 10)), n).astype(float)
    p_true = 1 / (1 + np.exp(-rng.normal(size=n)))
    y = np.round(m * p_true) if kind == "trials" else (rng.random(n) < p_true).astype(float)
    if kind == "nearly separated":
        y = (X[:, 1] + 0.3 * rng.normal(size=n) > 0).astype(float)
    return y, X, m, w, o


def solved(y, X, m, w, o, start):
    """Newton's method in sixty digits, from a double that is near; None where it does not settle."""
    rows = [[mp.mpf(float(v)) for v in row] for row in X]
    beta = mp.matrix([mp.mpf(float(b)) for b in start])
    for _ in range(12):
        score, info = mp.zeros(len(beta), 1), mp.zeros(len(beta))
        for i, x in enumerate(rows):
            eta = mp.fdot(x, beta) + mp.mpf(float(o[i]))
            mu = 1 / (1 + mp.exp(-eta))
            left = mp.mpf(float(w[i])) * (mp.mpf(float(y[i])) - mp.mpf(float(m[i])) * mu)
            weight = mp.mpf(float(w[i])) * mp.mpf(float(m[i])) * mu * (1 - mu)
            for j, v in enumerate(x):
                score[j] += v * left
                for k, u in enumerate(x):
                    info[j, k] += v * u * weight
        scale = [1 / mp.sqrt(info[j, j]) for j in range(len(beta))]
        inner = mp.matrix([[info[j, k] * scale[j] * scale[k] for k in range(len(beta))] for j in range(len(beta))])
        step = mp.lu_solve(inner, mp.matrix([score[j] * scale[j] for j in range(len(beta))]))
        beta = mp.matrix([beta[j] + step[j] * scale[j] for j in range(len(beta))])
        if max(abs(s) for s in step) < mp.mpf(10) ** -40:
            return beta
    return None


def true_digits(params, beta):
    """Correct decimal digits of the worst coefficient."""
    worst = max(abs(mp.mpf(float(b)) - t) / abs(t) for b, t in zip(params, beta, strict=True))
    return float("inf") if worst == 0 else float(-mp.log10(worst))


def checked(kind, count, seed):
    """How many fits were compared, and those that say more than is true."""
    rng, compared, beyond = np.random.default_rng(seed), 0, []
    for _ in range(count):
        y, X, m, w, o = edge(kind, rng)
        options = {"trials": m} if kind == "trials" else {"weights": w, "weight_type": "precision"}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", gl.errors.GlmlogitWarning)
            fit = gl.logit(gl.design_arrays(y, X, offset=o, **options))
        if not fit.converged or fit.separation.kind != "none" or not np.isfinite(fit.params).all():
            continue
        with mp.workdps(60):
            beta = solved(y, X, m, w, o, fit.params)
            if beta is None or not np.isfinite(fit.digits):
                continue
            compared += 1
            true = true_digits(fit.params, beta)
        if fit.digits > true + 1e-6:
            beyond.append((kind, fit.digits, true))
    return compared, beyond


@pytest.mark.parametrize("kind", KINDS)
def test_digits_are_never_too_many(kind):
    compared, beyond = checked(kind, 3, 1)
    assert beyond == []
    assert kind == "nearly separated" or compared


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_digits_are_never_too_many_in_many_fits(kind):
    compared, beyond = checked(kind, 40, 2)
    assert beyond == []
    assert compared >= (5 if kind == "nearly separated" else 25)
