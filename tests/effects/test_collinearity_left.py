"""Whether rows, and derivatives of rows, leave a collinearity that held in the data: one rule for both."""

import warnings

import numpy as np
import pandas as pd
import pytest

import glmlogit as gl
from glmlogit.estimate.combinations import breaks_alias


def _fit(rng: np.random.Generator, scale: float) -> gl.Fit:
    """A fit whose last column is a combination of the others, columns in units of ``scale``."""
    a, b = scale * rng.normal(size=(2, 300))
    weights = rng.uniform(-3, 3, size=3)
    data = pd.DataFrame({"a": a, "b": b, "c": weights[0] * scale + weights[1] * a + weights[2] * b})
    data["y"] = (rng.uniform(size=300) < 0.5).astype(int)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return gl.logit("y ~ a + b + c", data)


@pytest.fixture
def rng() -> np.random.Generator:
    """Numbers that are the same in every run."""
    return np.random.default_rng(20)


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6])
def test_rounding_keeps_a_collinearity_and_departures_leave_it(rng: np.random.Generator, scale: float) -> None:
    fit = _fit(rng, scale)
    (alias,) = fit.maximum.aliases
    X = fit.design.X[:100].copy()
    X[:, alias.column] = sum(weight * X[:, column] for column, weight in alias.combination)
    size = np.maximum(np.abs(X[:, alias.column]), fit.design.magnitude[alias.column])
    for departure, leaves in [(0.0, False), (1e-12, False), (1e-10, False), (1e-5, True), (1.0, True)]:
        moved = X.copy()
        moved[:, alias.column] += departure * size
        assert (breaks_alias(fit, moved) == leaves).all()


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6])
def test_verdicts_on_derivatives_are_those_of_the_largest_of_the_row(rng: np.random.Generator, scale: float) -> None:
    """The size of the data plays no part: a derivative of 1 in a column of millions is no rounding."""
    fit = _fit(rng, scale)
    (alias,) = fit.maximum.aliases
    rows = rng.normal(size=(1000, 4)) * (rng.uniform(size=(1000, 4)) < 0.5)
    rows[::2, alias.column] = sum(weight * rows[::2, column] for column, weight in alias.combination)
    rows[::4, alias.column] += 1e-11 * np.abs(rows[::4]).max(axis=1)
    implied = sum(weight * rows[:, column] for column, weight in alias.combination)
    expected = np.abs(rows[:, alias.column] - implied) > 1e-8 * np.abs(rows).max(axis=1)
    assert 300 < expected.sum() < 600
    assert np.array_equal(breaks_alias(fit, rows, np.abs(rows).max(axis=1)), expected)


def test_effects_and_predictions_of_a_variable_that_leaves_the_collinearity_are_undefined(
    rng: np.random.Generator,
) -> None:
    fit = _fit(rng, 1e6)
    with pytest.raises(gl.errors.NotEstimableError, match="aliased"):
        fit.margins("a")
    new = pd.DataFrame({"a": [0.0, 1e6], "b": [0.0, 1e6], "c": [3e9, -7e9]})
    with pytest.warns(gl.errors.CollinearityWarning, match="break a collinearity"):
        assert fit.predict(new).isna().all()
