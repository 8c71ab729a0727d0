"""At the edges of what numbers hold: units far from one, predictors far out."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import glmlogit as gl

RNG = np.random.default_rng(0)
FRAME = pd.DataFrame({"x": RNG.normal(size=40), "z": RNG.normal(size=40)})
FRAME["y"] = (RNG.random(40) < 1 / (1 + np.exp(-FRAME.x))).astype(int)


@pytest.mark.parametrize("power", [-800, -600, -515, 515, 600, 800])
@pytest.mark.parametrize("estimator", [gl.logit, gl.firth])
def test_limits_and_tests_move_with_units_of_any_size(estimator, power):
    """Powers of two change no digit: squares of such units are no numbers, their limits and tests are."""
    unit = 2.0**power
    plain = estimator("y ~ x + z", FRAME)
    moved = estimator("y ~ x + z", FRAME.assign(x=FRAME.x * unit, z=FRAME.z / unit))
    scales = np.array([[1.0], [unit], [1.0 / unit]])
    limits = [fit.confint(method="profile").to_numpy() for fit in (plain, moved)]
    np.testing.assert_allclose(limits[1] * scales, limits[0], rtol=1e-9)
    for test in ("lr", "score"):
        tests = [gl.drop1(fit, test=test).to_numpy(dtype=float) for fit in (plain, moved)]
        np.testing.assert_allclose(tests[1], tests[0], rtol=1e-9)
    augmented = [fit.augment().drop(columns=["x", "z"]).to_numpy() for fit in (plain, moved)]
    np.testing.assert_allclose(augmented[1], augmented[0], rtol=1e-9)


def test_a_weak_prior_in_units_of_any_size():
    """log_f pulls towards 0 per unit: with x in huge units it pulls β to nothing, which is an answer and no failure."""
    tiny = gl.log_f("y ~ x + z", FRAME.assign(x=FRAME.x * 2.0**-800))
    without = gl.log_f("y ~ z", FRAME)
    assert tiny.converged
    np.testing.assert_allclose(tiny.params[["Intercept", "z"]], without.params, rtol=1e-9)


@pytest.mark.parametrize("far", [100.0, 700.0, 760.0, 1400.0])
def test_residuals_and_influence_far_out(far):
    """A Pearson residual is ±e^(∓η/2), which has twice the range of the probability in it."""
    y = np.array([0, 1, 1, 0, 0, 1, 0, 1])
    offset = np.array([0, 0, 0, 0, far, far, -far, -far])
    fit = gl.logit(gl.design_arrays(y, np.ones((8, 1)), offset=offset))
    rows = fit.augment()
    eta = rows["linear_predictor"].to_numpy()
    expected = np.where(y == 1, np.exp(-eta / 2), -np.exp(eta / 2))
    np.testing.assert_allclose(rows["resid_pearson"], expected, rtol=1e-12)
    residual = np.where(y == 1, 1 / (1 + np.exp(np.minimum(eta, 709))), -1 / (1 + np.exp(np.minimum(-eta, 709))))
    hat = rows["hat"].to_numpy()
    np.testing.assert_allclose(rows["cooks_distance"], (residual * fit.bse.iloc[0] / (1 - hat)) ** 2, rtol=1e-9, atol=0)


def test_grouped_residuals_far_out():
    """Of m trials with a events: ``(a·e^(−η/2) − b·e^(η/2))/√m``."""
    data = pd.DataFrame({"a": [3, 2, 1], "m": [5, 4, 3], "o": [0.0, 500.0, -500.0]})
    fit = gl.logit("a ~ 1", data, trials="m", offset="o")
    eta = fit.augment()["linear_predictor"]
    expected = (data.a * np.exp(-eta / 2) - (data.m - data.a) * np.exp(eta / 2)) / np.sqrt(data.m)
    np.testing.assert_allclose(fit.augment()["resid_pearson"], expected, rtol=1e-12, atol=1e-7)
