"""Products of columns by a BLAS, scores along rows, roots by a factor from elsewhere: against the plain way."""

import numpy as np
import pytest

import glmlogit as gl
from glmlogit.fitting import warm_start
from glmlogit.likelihood.binary import BinaryLogit
from glmlogit.numerics import kernels
from glmlogit.numerics.products import Products, times_triangle


@pytest.mark.parametrize("shape", [(0, 3), (1, 1), (5, 8), (300, 40)])
def test_products_are_added_up(shape):
    rng = np.random.default_rng(1)
    products, rows = Products(shape[1]), rng.standard_normal(shape)
    for part in np.array_split(rows, 3):
        products.add(np.ascontiguousarray(part))
    np.testing.assert_allclose(products.total, rows.T @ rows, rtol=1e-12, atol=1e-13)
    np.testing.assert_array_equal(products.total, products.total.T)
    upper = np.triu(rng.standard_normal((shape[1], shape[1])))
    np.testing.assert_allclose(times_triangle(rows, upper), rows @ upper, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("p", [16, 17, 20, 23, 24, 50, 130, 255])
@pytest.mark.parametrize("n", [1, 7, 8, 31, 33, 100, 2_000])
def test_a_score_along_rows_is_that_of_the_twin_in_any_layout(n, p):
    rng = np.random.default_rng([n, p])
    X, y, beta = rng.standard_normal((n, p)), (rng.random(n) < 0.4) * 1.0, rng.normal(0, 0.2, p)
    limit = (rng.random(n) < 0.3) * 1.0
    for more in ({}, {"weights": rng.random(n)}, {"offset": rng.normal(size=n)}, {"limit": limit}, {"trials": y + 2}):
        rows = kernels.Observations(X, y, **more)
        ours, twin = (f(rows, beta, information=False) for f in (kernels.row_pass, kernels.row_pass_numpy))
        gross = (1 + y) @ np.abs(X) + np.abs(X).sum(axis=0)
        assert ours.llf == pytest.approx(twin.llf, rel=1e-13, abs=1e-13)
        assert (np.abs(ours.score - twin.score) <= 1e-14 * gross).all()
        for layout in (np.asfortranarray(X), np.repeat(X, 2, axis=1)[:, ::2]):
            again = kernels.row_pass(rows._replace(X=layout), beta, information=False)
            assert again.llf == ours.llf
            np.testing.assert_array_equal(again.score, ours.score)


def near_collinear(n, p, seed=0):
    """Columns with a common part and a shift beside a constant: a condition of some hundreds."""
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n, p)) + 3.0 * rng.standard_normal((n, 1)) + 10.0
    X[:, 0] = 1.0
    y = (rng.random(n) < 1 / (1 + np.exp(-0.3 * (X[:, 1] - X[:, 2])))) * 1.0
    return y, X


@pytest.mark.parametrize("p", [60, 300])
def test_a_root_by_a_factor_from_elsewhere_is_that_of_the_point(p):
    y, X = near_collinear(4_000, p)
    likelihood, rng = BinaryLogit(gl.design_arrays(y, X)), np.random.default_rng(1)
    beta = rng.normal(0, 0.01, p)
    factor = likelihood.evaluate(beta + rng.normal(0, 0.01, p)).info.factor
    near, there = likelihood.evaluate_near(beta, factor), likelihood.evaluate(beta, root=True)
    assert near.info.root is not None
    assert near.value == pytest.approx(there.value, rel=1e-14)
    np.testing.assert_allclose(near.score, there.score, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(near.info.factor.errors, there.info.factor.errors, rtol=1e-12)  # 10² times eps and n
    far = likelihood.evaluate(rng.normal(0, 1.0, p)).info.factor
    if far is not None:  # another matrix altogether: the plain way
        np.testing.assert_allclose(
            likelihood.evaluate_near(beta, far).info.factor.errors, there.info.factor.errors, rtol=1e-12
        )


@pytest.mark.parametrize("p", [120, 300])
def test_chord_steps_of_wide_data_end_where_newtons_do(monkeypatch, p):
    y, X = near_collinear(10_000 if p < 200 else 4_000, p, seed=2)
    design = gl.design_arrays(y, X)
    chords = gl.logit(design)
    monkeypatch.setattr(warm_start, "WIDE", 10_000)
    newton = gl.logit(design)
    assert chords.status is newton.status
    assert np.abs((chords.params - newton.params) / newton.bse).max() < 1e-12
    np.testing.assert_allclose(chords.bse, newton.bse, rtol=1e-12)
    assert chords.llf == pytest.approx(newton.llf, rel=1e-14)
    assert chords.n_iter > newton.n_iter
