"""Working sets, lines ahead and steps that are not exact lead to the maxima that all columns at once have."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp

import glmlogit as gl
from glmlogit.numerics import kernels
from glmlogit.shrinkage import parts, path, solve
from glmlogit.shrinkage.active_set import ActiveSet


def rows(seed, n, p, **options):
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n, p)) * np.geomspace(0.1, 10, p)
    eta = X[:, : p // 3] @ (rng.standard_normal(p // 3) / np.geomspace(0.3, 10, p // 3))
    y = (rng.random(n) < 1 / (1 + np.exp(-eta))).astype(float)
    return gl.design_arrays(y, X, intercept=True, **options)


OPTIONS = {
    "plain": {},
    "offset and weights": {},
    "limits and factors": {
        "lower": {"x1": 0.0},
        "upper": {"x0": 0.02, "x5": 0.0},
        "penalty_factor": {"x2": 0.0, "x3": np.inf},
    },
    "elastic": {"l1_ratio": 0.5},
}


@pytest.mark.parametrize("compiled", [True, False])
@pytest.mark.parametrize("kind", OPTIONS)
def test_passes_over_working_sets_give_what_passes_over_all_columns_give(kind, compiled, monkeypatch):
    monkeypatch.setattr(kernels, "COMPILED", compiled and kernels.COMPILED)
    monkeypatch.setattr(ActiveSet, "of", lambda _: None)
    rng, given = np.random.default_rng(3), {}
    if kind == "offset and weights":
        given = {"offset": rng.normal(size=2100), "weights": rng.uniform(0.2, 3, 2100)}
    design, penalties = rows(1, 2100, 40, **given), np.geomspace(0.1, 0.0008, 12)
    taken, part_of = [], parts.part_of
    monkeypatch.setattr(solve, "part_of", lambda problem, which: taken.append(len(which)) or part_of(problem, which))
    at_once = gl.elastic_net_path(design, penalties=penalties, **OPTIONS[kind])
    assert set(taken) <= {1, 2, 40, 41}
    taken.clear()
    monkeypatch.setattr(path, "_MOST_AT_ONCE", 0)
    some = gl.elastic_net_path(design, penalties=penalties, **OPTIONS[kind])
    assert {size for size in taken if 2 < size < 31}
    np.testing.assert_allclose(some.coefficients, at_once.coefficients, rtol=1e-8, atol=1e-10)
    np.testing.assert_array_equal(some.coefficients == 0, at_once.coefficients == 0)
    assert some.table["kkt"].max() < 1e-8
    assert some.table["gap"].max() < 1e-10  # first order in the conditions


@pytest.mark.parametrize("form", ["dense", "sparse"])
@pytest.mark.parametrize("many", [10, 1_500])
def test_a_line_ahead_changes_no_maximum(form, many, monkeypatch):
    rng = np.random.default_rng(5)
    X = sp.random(150, 400, 0.1, random_state=6, data_rvs=rng.standard_normal).toarray()
    y = (rng.random(150) < 1 / (1 + np.exp(-2 * X[:, :8].sum(axis=1)))).astype(float)
    design = gl.design_arrays(y, sp.csc_array(X) if form == "sparse" else X, intercept=True)
    monkeypatch.setattr(ActiveSet, "of", lambda _: None)
    monkeypatch.setattr(solve, "MANY", many)
    if many == 10:
        monkeypatch.setattr(solve, "MANY_TOLERANCE", 1e-9)
    penalties = np.geomspace(0.1, 0.01, 15)
    ahead = gl.elastic_net_path(design, penalties=penalties)
    monkeypatch.setattr(path, "_further", lambda *_: None)
    monkeypatch.setattr(solve, "MANY", 1_500)
    plain = gl.elastic_net_path(design, penalties=penalties)
    np.testing.assert_allclose(ahead.coefficients, plain.coefficients, rtol=1e-7, atol=1e-9)
    np.testing.assert_array_equal(ahead.coefficients == 0, plain.coefficients == 0)
    assert ahead.table["kkt"].max() < 1e-8


def test_many_columns_end_where_their_gap_says():
    rng = np.random.default_rng(8)
    X = sp.random(3_000, 6_000, 0.004, random_state=9, data_rvs=lambda size: np.abs(rng.standard_normal(size)))
    eta = X @ np.where(np.arange(6_000) < 300, 2 * rng.standard_normal(6_000), 0)
    y = (rng.random(3_000) < 1 / (1 + np.exp(-eta))).astype(float)
    found = gl.elastic_net_path(gl.design_arrays(y, sp.csc_array(X), intercept=True), penalties=[0.004, 0.003, 0.002])
    assert found.n_nonzero.min() > solve.MANY
    assert found.table["gap"].max() < 1e-6
    assert found.table["kkt"].max() < 2e-6
