"""Separation of several levels against references of 25 digits: what is infinite, and what is not.

Estimates, errors, tests and effects of the same references are compared in ``tests/against/test_models.py``.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from model_reference import digits
from multinomial_reference import PROBLEMS, SEPARATIONS, keyed, separated_fit

import glmlogit as gl


@pytest.mark.parametrize("name", SEPARATIONS)
def test_separation_references(name):
    expected = PROBLEMS[name]["values"]
    fit = separated_fit(name)
    report = gl.separation(fit)
    assert report.kind == expected["kind"]
    assert {f"{k}|{t}": state for (k, t), state in report.coefficients.items()} == expected["coefficients"]
    assert fit.llf == pytest.approx(float(expected["llf_sup"]), rel=1e-12)
    params, errors = keyed(fit.params), keyed(fit.bse)
    for key, value in expected["finite"].items():
        assert digits(value["estimate"], params[key]) >= 8
        assert digits(value["se"], errors[key]) >= 8
    for key, state in expected["coefficients"].items():
        if state != "finite":
            shown = {"+inf": math.inf, "-inf": -math.inf}.get(state, math.nan)
            np.testing.assert_equal(params[key], shown)
            assert math.isnan(errors[key])


@pytest.mark.parametrize("base", ["a", "b", "c"])
@pytest.mark.parametrize("columns", ["x", "x + z", "x*z"])
def test_completely_separated_levels_are_predicted_at_their_limit(columns, base):
    rng = np.random.default_rng(5)
    level = np.repeat([0, 1, 2], 8)
    data = {"y": np.array(list("abc"))[level], "x": 10.0 * level + rng.normal(size=24), "z": rng.normal(size=24)}
    with pytest.warns(gl.errors.SeparationWarning):
        fit = gl.multinomial(f"y ~ {columns}", data, base=base)
    assert fit.llf == 0.0
    assert not np.isfinite(fit.params).any()
    for rows in (None, data):  # the fitted rows, and the same as new ones
        chances = fit.predict(rows)
        np.testing.assert_array_equal(chances, np.eye(3)[level])
        assert list(chances.columns) == ["a", "b", "c"]
    if columns == "x":
        assert fit.predict({"x": [-9.0, 99.0]}).to_numpy().tolist() == [[1, 0, 0], [0, 0, 1]]
        between = fit.predict({"x": [4.9]}).to_numpy()[0]  # c is out of the question, a or b is not decided
        assert between[2] == 0
        assert np.isnan(between[:2]).all()
