"""Small data at the edge: offsets up to ±1000, separated or not, rows in any order, penalised or not."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pandas as pd
import pytest

import glmlogit as gl
from glmlogit.errors import GlmlogitWarning
from glmlogit.likelihood.binary import BinaryLogit

CHI2 = 3.841458820694124  # R: qchisq(.95, 1)


def edge(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    n, p = int(rng.integers(4, 14)), int(rng.integers(1, 4))
    X = np.round(rng.normal(size=(n, p)) * rng.choice([1, 10]), 2)
    if rng.random() < 0.5:
        X[:, 0] = rng.integers(0, 2, n)
    y = rng.integers(0, 2, n) if rng.random() < 0.7 else X @ rng.normal(size=p) > 0
    return y.astype(float), X, np.round(rng.normal(size=n) * rng.choice([30, 300, 1000]), 1).clip(-1000, 1000)


@pytest.fixture(autouse=True)
def own_warnings_only():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", GlmlogitWarning)
        yield


def test_an_infinite_estimate_beside_large_offsets_has_limits_or_says_why():
    """The summary raised a foreign error about the signs of a function: the profile had been left half way."""
    X = [[0, -0.9], [0, -1.26], [1, -0.58], [0, 1.46]]
    fit = gl.logit(gl.design_arrays([0, 0, 1, 0], X, intercept=True, offset=[14, 284, -668, 11]))
    assert fit.status is gl.Status.SEPARATED
    assert "x0" in str(fit.summary())
    low, high = fit.confint(method="profile").loc["x0"]
    assert high == np.inf
    held = gl.design_arrays([0, 0, 1, 0], np.delete(X, 0, 1), intercept=True, offset=[14, 284, -668 + low, 11])
    fall = -2.0 * gl.logit(held).maximum.value  # the supremum of the fit's own likelihood is 0
    assert fall == pytest.approx(CHI2, rel=1e-9)


@pytest.mark.parametrize("seed", range(40))
def test_edge_fits_say_the_same_in_any_order_of_rows_and_raise_nothing_foreign(seed):
    y, X, offset = edge(seed)
    fit = gl.logit(gl.design_arrays(y, X, intercept=True, offset=offset))
    order = np.random.default_rng(seed).permutation(len(y))
    other = gl.logit(gl.design_arrays(y[order], X[order], intercept=True, offset=offset[order]))
    assert fit.status is other.status
    assert fit.maximum.states == other.maximum.states
    if fit.maximum.reached:
        assert fit.maximum.value == pytest.approx(other.maximum.value, rel=1e-12, abs=1e-12)
    assert str(fit.summary())


@pytest.mark.parametrize("seed", range(40))
def test_a_maximum_beside_large_offsets_is_one(seed):
    """No step leads higher: the likelihood is concave, so it is the maximum."""
    y, X, offset = edge(seed)
    fit = gl.logit(gl.design_arrays(y, X, intercept=True, offset=offset))
    if fit.status is not gl.Status.CONVERGED:
        return
    likelihood, rng = BinaryLogit(fit.design), np.random.default_rng(seed)
    for size in 10.0 ** rng.uniform(-6, 2, 50):
        there = fit.maximum.beta + size * rng.normal(size=len(fit.maximum.beta))
        assert likelihood.evaluate(there).value <= fit.maximum.value + 1e-13 * abs(fit.maximum.value)


@pytest.mark.parametrize("seed", range(40))
def test_firths_estimate_is_finite_beside_large_offsets(seed):
    y, X, offset = edge(seed)
    fit = gl.firth(gl.design_arrays(y, X, intercept=True, offset=offset))
    assert fit.status is gl.Status.CONVERGED
    assert np.isfinite(fit.params.dropna()).all()


@pytest.mark.parametrize("form", ["0 + g", "g"])
def test_profile_limits_of_many_levels_with_one_outcome_are_those_of_the_level_alone(form):
    """Without an intercept m events in a level have the limit b with 2m log(1 + e^−b) = χ²."""
    sizes = np.arange(1, 21)
    frame = pd.DataFrame({"g": np.repeat([f"l{k:02d}" for k in range(22)], [6, 6, *sizes])})
    frame["y"] = 1
    frame.loc[[0, 1, 7], "y"] = 0  # two levels with both outcomes
    fit = gl.logit(f"y ~ {form}", frame)
    limits = fit.confint(method="profile")
    assert (limits["conf_high"].iloc[2:] == np.inf).all()
    if form == "0 + g":
        expected = [-math.log(math.expm1(CHI2 / (2 * m))) for m in sizes]
        np.testing.assert_allclose(limits["conf_low"].iloc[2:], expected, rtol=1e-9)
    else:  # each against the reference: two groups only, the others change nothing
        for m in (1, 7, 20):
            two = frame[(frame["g"] == "l00") | (frame["g"] == f"l{m + 1:02d}")]
            alone = gl.logit("y ~ g", two).confint(method="profile")
            assert limits.loc[f"g[T.l{m + 1:02d}]", "conf_low"] == pytest.approx(alone["conf_low"].iloc[1], rel=1e-8)


def test_score_limits_of_an_infinite_estimate_are_those_of_the_rows_it_concerns():
    frame = pd.DataFrame({"g": ["a"] * 10 + ["b"] * 8 + ["c"] * 5, "y": [0, 1] * 5 + [1] * 8 + [0] * 5})
    both = gl.logit("y ~ g", frame).confint(method="score")
    alone = gl.logit("y ~ g", frame[frame["g"] != "c"]).confint(method="score")
    assert both.loc["g[T.b]", "conf_low"] == pytest.approx(alone.loc["g[T.b]", "conf_low"], rel=1e-8)
