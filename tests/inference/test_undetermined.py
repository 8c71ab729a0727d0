"""Tests, limits and words of coefficients that the data do not determine, and of models that are not reached."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

import glmlogit as gl
from glmlogit.errors import ConvergenceWarning, SeparationWarning, UnsupportedError
from glmlogit.estimate.surface import Surface
from glmlogit.fitting.control import Status
from glmlogit.inference.profile_path import nearest_limit

BIRTH = gl.datasets.birthwt()
CHI2 = 3.841458820694124
# y is a: the estimates of the constant and of a are infinite, and no row is left that would tell anything of b.
TOLD = pd.DataFrame({"y": [0, 0, 1, 1, 0, 1], "a": [0, 0, 1, 1, 0, 1], "b": [0, 0, 1, 1, 1, 0]})


@pytest.fixture
def told():
    with pytest.warns(SeparationWarning):
        return gl.logit("y ~ a + b", TOLD)


def test_every_value_of_an_undetermined_coefficient_is_as_likely(told):
    assert told.separation.coefficients.tolist() == ["-inf", "+inf", "indeterminate"]
    assert told.confint(method="profile").loc["b"].tolist() == [-math.inf, math.inf]
    profile = gl.profile(told)
    assert profile.confint().loc["b"].tolist() == [-math.inf, math.inf]
    assert profile.tests.loc["b", ["statistic", "p_value"]].tolist() == [0.0, 1.0]
    assert set(profile.curves["term"]) == {"Intercept", "a"}  # there is none of b
    assert told.test("b = 0", "lr").p_value == 1.0
    for method in ("wald", "score"):
        assert math.isnan(told.test("b = 0", method).p_value)
        assert told.test("b = 0", method).reason


def test_profile_limits_of_a_separated_two_by_two_table_are_those_of_its_margins():
    """None of three and three of three: (1 + e^c)⁻³ (1 + e^−(c+b))⁻³, of the constant c and the effect b of a.

    The best c is −b/2, so that the limit has 12 log(1 + e^(−b/2)) = χ²; that of the constant has 6 log(1 + e^c).
    """
    with pytest.warns(SeparationWarning):
        fit = gl.logit("y ~ a", TOLD)
    limits = fit.confint(method="profile")
    low = -2.0 * math.log(math.expm1(CHI2 / 12.0))
    assert limits.loc["a"].tolist() == [pytest.approx(low, rel=1e-9), math.inf]
    assert limits.loc["Intercept"].tolist() == [-math.inf, pytest.approx(math.log(math.expm1(CHI2 / 6.0)), rel=1e-8)]
    drawn = gl.profile(fit, "a").curves
    expected = -np.sqrt(12.0 * np.log1p(np.exp(-drawn["value"] / 2.0)))
    np.testing.assert_allclose(drawn["signed_root"], expected, rtol=1e-6, atol=1e-7)


def test_undetermined_coefficients_in_sentences(told):
    sentences = " ".join(str(told.interpret()).split())
    assert "The odds of y = 1 where b = 1, compared with b = 0, are not determined by the data" in sentences
    assert "the risk is the same (50.0 % against 50.0 %)" in sentences
    assert "0.00 percentage points" not in sentences


# --- restricted models that are not reached -----------------------------------------------------------
@pytest.mark.parametrize("kind", ["lr", "score"])
def test_a_restricted_model_that_is_not_reached_has_no_test_but_a_reason(kind):
    """The model starts where it is largest; its restrictions would take more than two steps."""
    best = gl.logit("low ~ age + smoke + ht", BIRTH).params.to_numpy()
    fit = gl.logit("low ~ age + smoke + ht", BIRTH, start=best, control=gl.Control(max_iter=2))
    assert fit.converged
    found = fit.test("age = 3", kind)
    assert math.isnan(found.statistic)
    assert found.reason == f"restricted model: {Status.MAX_ITER.value}"
    rows = gl.drop1(fit, kind)
    assert rows[["statistic", "p_value"]].isna().all(axis=None)
    with pytest.warns(ConvergenceWarning):
        small = gl.logit("low ~ smoke + ht", BIRTH, control=gl.Control(max_iter=2))
    assert gl.lr_test(fit, small).reason.startswith("Not converged")


@pytest.mark.parametrize("kind", ["lr", "score"])
@pytest.mark.parametrize("estimator", [gl.logit, gl.firth])
def test_a_restricted_fit_that_starts_badly_starts_again_from_zero(kind, estimator, monkeypatch):
    fit = estimator("low ~ age + smoke + ht", BIRTH)
    expected = fit.test("smoke = 3, ht = 0.5", kind)
    starts, climb, far = [], Surface.climb, np.array([1e200, -1e200])

    def seen(surface, held, start=None, patience=None):
        starts.append(start)
        return climb(surface, held, start, patience)

    monkeypatch.setattr(Surface, "climb", seen)
    monkeypatch.setattr(Surface, "tangent", lambda *_: far)
    found = fit.test("smoke = 3, ht = 0.5", kind)
    assert starts[0] is far
    assert starts[1] is None  # zero
    assert found.statistic == pytest.approx(expected.statistic, rel=1e-8)


# --- the search of a limit ----------------------------------------------------------------------------
@pytest.mark.parametrize("side", [-1, 1])
def test_a_root_that_never_reaches_the_quantile_has_no_limit(side):
    """tanh stays below 1; 3·tanh meets 1.96 where the logarithm says."""
    assert nearest_limit(math.tanh, 0.0, 0.5, side, 1.96) == side * math.inf
    limit = nearest_limit(lambda value: 3.0 * math.tanh(value), 0.0, 0.5, side, 1.96)
    assert limit == pytest.approx(side * math.atanh(1.96 / 3.0), rel=1e-9)


def test_a_limit_that_cannot_be_found_is_said():
    with pytest.raises(UnsupportedError, match="the profile does not rise towards 5"):
        nearest_limit(lambda value: value, 5.0, 1.0, 1, 1.96)
    with pytest.raises(UnsupportedError, match="the statistic is not defined at 1"):
        nearest_limit(lambda value: math.nan if value > 0.5 else value, 0.0, 1.0, 1, 1.0)
