"""Hostile inputs of diagnostics, tests of fit and collinearity, each answered as the references say."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from evaluation_models import fitted, hostile

import glmlogit as gl
from glmlogit.diagnostics.residuals import quantile_residuals

pytestmark = pytest.mark.filterwarnings("ignore::glmlogit.errors.SeparationWarning")


def test_hosmer_lemeshow_of_two_patterns():
    data, expected = hostile("A31")
    test = gl.goodness_of_fit(gl.logit("y ~ x", pd.DataFrame(data)), "hosmer_lemeshow")
    assert np.isnan([test.statistic, test.p_value]).all()
    assert (test.df, len(test.groups)) == (expected["df"], 2)


def test_unweighted_sum_of_squares_of_a_constant():
    data, _ = hostile("A33")
    test = gl.goodness_of_fit(gl.logit("y ~ 1", pd.DataFrame(data)))
    assert np.isnan(test.statistic)
    assert test.reason


def test_a_row_of_leverage_one():
    data, _ = hostile("A35")
    fit = gl.logit(data["model"], pd.DataFrame({name: data[name] for name in ("y", "x")}))
    rows, table = fit.augment(), gl.influence(fit).table
    assert rows["hat"].iloc[5] == table["hat"].iloc[5] == 0.0
    assert np.isnan([rows["std_resid"].iloc[5], rows["cooks_distance"].iloc[5], table["cooks_distance"].iloc[5]]).all()
    assert np.isnan(gl.residuals(fit, "standardised_pearson").iloc[5])
    assert fit.separation.kind == "quasi"


def test_quantile_residuals_of_a_probability_of_nothing():
    data, expected = hostile("A37")
    p = float(data["p"])
    eta = np.full(2, np.log(p) - np.log1p(-p))
    ours = quantile_residuals(eta, np.array([0.0, 1.0]), np.array([1.0, 0.0]), np.full(2, float(data["u"])))
    np.testing.assert_allclose(ours, [expected["y0"], expected["y1"]], rtol=1e-13, atol=1e-15)


def test_a_deletion_that_separates():
    _, expected = hostile("A39")
    ours = gl.influence(fitted("mtcars"), exact=True)
    row = int(expected["row"]) - 1
    assert np.isinf(ours.dfbeta.iloc[row]).all()
    assert np.isfinite(ours.dfbeta.drop(row)).all(axis=None)
    assert "no finite estimate" in str(ours)


def test_variance_inflation_of_one_term():
    data, expected = hostile("A41")
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({"x": rng.normal(size=50), "y": rng.integers(0, 2, 50)})
    assert gl.vif(gl.logit(data["model"], frame))["gvif"].tolist() == [expected["gvif"]]


def test_condition_indices_of_a_huge_unit():
    data, _ = hostile("A43")
    x = np.array(data["x"])
    y = np.array([0, 1, 0, 1])
    for weighted in (True, False):
        ours, theirs = (
            gl.collinearity(gl.logit("y ~ x", pd.DataFrame({"y": y, "x": column})), weighted)
            for column in (x, x / 1e150)
        )
        np.testing.assert_allclose(ours, theirs, rtol=1e-8)


def test_nothing_of_a_kind_is_expected():
    """O = E = 0 contributes 0: a group in which a limiting model expects no event."""
    data = pd.DataFrame(
        {"x": np.repeat([0, 1, 2, 3], 10), "y": [0] * 10 + [0, 1] * 5 + [0, 0, 1] * 3 + [1] + [0, 1] * 5}
    )
    test = gl.goodness_of_fit(gl.logit("y ~ C(x)", data), "hosmer_lemeshow")
    assert test.groups["expected"].iloc[0] == 0.0
    assert np.isfinite(test.statistic)
