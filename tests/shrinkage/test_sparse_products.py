"""Sparse columns against the same ones written out, compiled and in NumPy."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp

from glmlogit.numerics import descent, kernels
from glmlogit.shrinkage import sparse_products
from glmlogit.shrinkage.columns import SparseColumns

compiled = pytest.mark.skipif(descent._descent is None, reason="without a compiler there are only the twins")


def sparse_problem(seed):
    rng = np.random.default_rng(seed)
    X = sp.csc_array(sp.random(60, 9, 0.3, random_state=seed + 1, data_rvs=rng.standard_normal))
    return X, SparseColumns(X).arrays, rng.uniform(0.1, 2, 60), rng


@pytest.mark.parametrize("serving", [pytest.param(True, marks=compiled), False])
@pytest.mark.parametrize("seed", range(3))
def test_moments_are_those_of_the_columns_written_out(seed, serving, monkeypatch):
    monkeypatch.setattr(kernels, "COMPILED", serving)
    X, arrays, weight, _ = sparse_problem(seed)
    mean, squares = sparse_products.moments(arrays, weight)
    dense = X.toarray()
    expected = np.average(dense, axis=0, weights=weight)
    np.testing.assert_allclose(mean, expected, rtol=1e-13, atol=1e-15)
    np.testing.assert_allclose(squares, weight @ (dense - expected) ** 2, rtol=1e-12)


@pytest.mark.parametrize("serving", [pytest.param(True, marks=compiled), False])
@pytest.mark.parametrize("seed", range(3))
def test_conjugate_gradients_solve_for_some_sparse_columns(seed, serving, monkeypatch):
    monkeypatch.setattr(kernels, "COMPILED", serving)
    X, arrays, weight, rng = sparse_problem(seed)
    which, v, l2 = np.array([0, 3, 4, 8]), rng.standard_normal(4), rng.uniform(0, 1, 4)
    dense = X.toarray()[:, which]
    mean = np.average(dense, axis=0, weights=weight)
    H = (dense - mean).T @ (weight[:, None] * (dense - mean)) + np.diag(l2)
    products = sparse_products.ColumnProducts(arrays, which, weight, mean, l2)
    x = sparse_products.conjugate_gradients(products, np.diagonal(H).copy(), v, 1e-13, 50)
    np.testing.assert_allclose(x, np.linalg.solve(H, v), rtol=1e-9)
    once = sparse_products.conjugate_gradients(products, np.diagonal(H).copy(), v, 0.0, 1)
    start = v / np.diagonal(H)
    np.testing.assert_allclose(once, start * (v @ start) / (start @ H @ start), rtol=1e-12)


@compiled
def test_sparse_arrays_that_disagree_are_refused():
    _, (first, row, value), weight, _ = sparse_problem(0)
    with pytest.raises(ValueError, match="shapes"):
        sparse_products.moments(sparse_products.SparseArrays(first, row + np.int32(60), value), weight)
    with pytest.raises(ValueError, match="shapes"):
        sparse_products.moments(sparse_products.SparseArrays(first[::-1].copy(), row, value), weight)
    products = sparse_products.ColumnProducts(
        sparse_products.SparseArrays(first, row, value), np.array([9]), weight, np.zeros(1), np.zeros(1)
    )
    with pytest.raises(ValueError, match="shapes"):
        sparse_products.conjugate_gradients(products, np.ones(1), np.ones(1), 0.1, 3)
