"""Residuals of rows that all but determine the fit."""

from __future__ import annotations

import numpy as np
import pytest

import glmlogit as gl
from glmlogit.diagnostics.augment import ALL_BUT_ONE


@pytest.mark.parametrize("trials", [1e6, 1e8, 1e9])
def test_a_row_of_high_leverage_has_residuals_until_nothing_is_left_of_its_variance(trials):
    """Of one constant, the leverage of a grouped row is its share of the trials, and 1 − h that of the other row."""
    y, m = np.array([0.3 * trials, 5.0]), np.array([trials, 10.0])
    rows = gl.logit(gl.design_arrays(y, np.ones((2, 1)), trials=m)).augment()
    left, p = 10.0 / (trials + 10.0), y.sum() / m.sum()
    assert rows["hat"][0] == pytest.approx(1.0 - left, rel=1e-15)
    assert 1.0 - left < ALL_BUT_ONE
    a, b = y[0] / trials, 1.0 - y[0] / trials
    deviance = 2.0 * trials * (a * np.log1p((a - p) / p) + b * np.log1p((p - a) / (1.0 - p)))
    # What cancels in the deviance is 1e-16 of the trials, in 1 − h 1e-16; both relative to what is left.
    size = np.sqrt(deviance / left)
    assert abs(rows["std_resid"][0]) == pytest.approx(size, rel=1e-16 * trials * (2.0 / deviance + 1.0))


def test_a_row_that_determines_the_fit_has_no_standardised_residual():
    """Of 10 in 10¹² trials 1 − h is 1e-11: five of its digits are rounding."""
    rows = gl.logit(gl.design_arrays([3e11, 5.0], np.ones((2, 1)), trials=[1e12, 10.0])).augment()
    assert rows["hat"][0] > ALL_BUT_ONE
    assert rows[["std_resid", "cooks_distance"]].isna().iloc[0].all()
    assert rows[["std_resid", "cooks_distance"]].notna().iloc[1].all()
