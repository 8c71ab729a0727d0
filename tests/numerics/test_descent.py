"""Coordinate descent: compiled sweeps against NumPy's, and a minimum that is known."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp

from glmlogit.numerics import descent, kernels
from glmlogit.numerics.descent import Limited, descend_columns, descend_gram, descend_groups
from glmlogit.shrinkage.columns import DenseColumns, SparseColumns

compiled = pytest.mark.skipif(descent._descent is None, reason="without a compiler there are only the twins")


def problem(seed, p=7):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(30, p))
    low, high = np.full(p, -np.inf), np.full(p, np.inf)
    low[0], high[1] = 0.0, 0.05
    return X.T @ X, X.T @ rng.normal(size=30), Limited(rng.uniform(0, 8, p), low, high)


@compiled
@pytest.mark.parametrize("seed", range(5))
def test_compiled_sweeps_of_products_are_those_of_numpy(seed, monkeypatch):
    H, q, terms = problem(seed)
    ours, twin = [], []
    for results in (ours, twin):
        x, g = np.zeros(7), q.copy()
        fall = descend_gram(H, terms, x, g, 1e-12, 500)
        results += [x, g, fall]
        monkeypatch.setattr(kernels, "COMPILED", False)
    np.testing.assert_allclose(ours[0], twin[0], rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(ours[1], q - H @ ours[0], atol=1e-11)


def test_the_minimum_has_its_conditions():
    H, q, terms = problem(9)
    x, g = np.zeros(7), q.copy()
    descend_gram(H, terms, x, g, 0.0, 5000)
    inner = (x != 0) & (x > terms.low) & (x < terms.high)
    np.testing.assert_allclose(g[inner], (terms.l1 * np.sign(x))[inner], atol=1e-9)
    zero = (x == 0) & np.isinf(terms.low)
    assert (np.abs(g[zero]) <= terms.l1[zero] + 1e-9).all()
    assert x[0] >= 0
    assert x[1] <= 0.05


@pytest.mark.parametrize("centred", [True, False])
@pytest.mark.parametrize("serving", [pytest.param(True, marks=compiled), False])
@pytest.mark.parametrize("form", ["dense", "sparse"])
def test_sweeps_over_columns_reach_the_minimum_of_products(form, serving, centred, monkeypatch):
    monkeypatch.setattr(kernels, "COMPILED", serving)
    rng = np.random.default_rng(4)
    X = sp.random(40, 6, 0.4, random_state=2).toarray() + 0.0
    omega, r = rng.uniform(0.1, 1, 40), rng.normal(size=40)
    r -= omega * r.sum() / omega.sum()
    columns = DenseColumns(np.asfortranarray(X)) if form == "dense" else SparseColumns(sp.csc_array(X))
    terms, l2 = Limited(np.full(6, 0.3), np.full(6, -np.inf), np.full(6, np.inf)), np.full(6, 0.2)
    x, left, shift = np.zeros(6), r.copy(), np.zeros(1)
    sums = columns.for_sweeps(omega, centred=centred)
    descend_columns(sums, np.arange(6), omega, l2, terms, x, left, shift, 1e-16, 1000)
    Z = X - (omega @ X) / omega.sum() if centred else X
    H, expected = Z.T @ (omega[:, None] * Z) + np.diag(l2), np.zeros(6)
    descend_gram(H, terms, expected, X.T @ r, 1e-18, 5000)
    np.testing.assert_allclose(x, expected, atol=1e-8)
    np.testing.assert_allclose(left + shift * omega, r - omega * (Z @ x), atol=1e-12)


@compiled
def test_malformed_arguments_are_refused():
    H, q, terms = problem(1)
    with pytest.raises(ValueError, match="shapes"):
        descend_gram(H[:3, :3].copy(), terms, np.zeros(7), q, 0.0, 1)
    with pytest.raises(ValueError, match="contiguous"):
        descend_gram(H.astype(np.float32), terms, np.zeros(7), q, 0.0, 1)
    sums = SparseColumns(sp.csc_array(np.eye(3))).for_sweeps(np.ones(3), centred=True)
    few = Limited(np.ones(3), -np.ones(3), np.ones(3))
    with pytest.raises(ValueError, match="shapes"):
        descend_columns(sums, np.array([5]), np.ones(3), np.ones(3), few, np.zeros(3), np.ones(3), np.zeros(1), 0.0, 1)


@pytest.mark.parametrize("seed", range(4))
def test_groups_have_their_conditions_compiled_and_in_numpy(seed, monkeypatch):
    rng = np.random.default_rng(seed)
    X, K, l1 = rng.normal(size=(40, 12)), 3, rng.uniform(0, 12, 4)
    H, q = X.T @ X, X.T @ rng.normal(size=40)
    bound = np.array([np.linalg.eigvalsh(H[k : k + K, k : k + K])[-1] for k in range(0, 12, K)])
    answers = []
    for is_compiled in (True, False):
        monkeypatch.setattr(kernels, "COMPILED", is_compiled)
        x, g = np.zeros(12), q.copy()
        descend_groups(H, l1, bound, x, g, 1e-24, 5_000)
        answers.append(x)
        np.testing.assert_allclose(g, q - H @ x, atol=1e-9)
        for j in range(4):
            own, slope = x[j * K : (j + 1) * K], g[j * K : (j + 1) * K]
            size = np.linalg.norm(own)
            if size:
                np.testing.assert_allclose(slope, l1[j] * own / size, atol=1e-8)
            else:
                assert np.linalg.norm(slope) <= l1[j] * (1 + 1e-9)
    np.testing.assert_allclose(*answers, atol=1e-10)
