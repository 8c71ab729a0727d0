"""Rows that are averaged over, and typical people: sums over weights, by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import glmlogit as gl
from glmlogit.prediction.population import population_of

# The offset has mean ¾ over rows, and 3/13 over people.
TABLE = pd.DataFrame(
    {
        "y": [0, 1, 0, 1],
        "x": [0.0, 0.0, 1.0, 1.0],
        "z": [1.0, 4.0, 3.0, 3.0],
        "o": [0.0, 3.0, 0.0, 0.0],
        "w": [3.0, 1.0, 8.0, 1.0],
    }
)


def test_the_mean_offset_is_that_of_people_not_of_rows():
    fit = gl.logit("y ~ x", TABLE, weights="w", offset="o")
    assert population_of(fit).shift == pytest.approx(3.0 / 13.0, rel=1e-15)
    assert gl.reference_grid(fit)["o"][0] == pytest.approx(3.0 / 13.0, rel=1e-15)


def test_the_mean_offset_is_without_that_of_the_formula():
    fit = gl.logit("y ~ x + offset(z)", TABLE, weights="w", offset="o")
    # The formula's offset is taken off again: one rounding of numbers up to 7.
    assert population_of(fit).shift == pytest.approx(3.0 / 13.0, rel=1e-14)


@pytest.mark.parametrize(("share", "expected"), [(8.0, 1.0), (3.0, 0.0), (2.5, 0.0)])
def test_the_commonest_of_zero_and_one_is_counted_in_people(share, expected):
    """x = 1 has ``share`` + 1 people in two rows, x = 0 four in four; of equals the first."""
    table = pd.DataFrame({"y": [0, 1, 0, 1, 0, 1], "x": [0.0] * 4 + [1.0] * 2, "z": [1.0, 3, 2, 1, 2, 4]})
    weights = [1.0, 1.0, 1.0, 1.0, share, 1.0]
    grid = gl.reference_grid(gl.logit("y ~ x + z", table.assign(w=weights), weights="w"))
    assert grid["x"][0] == expected
    assert grid["z"][0] == pytest.approx(np.average(table["z"], weights=weights), rel=1e-15)
