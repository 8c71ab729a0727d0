"""What is said of a fit with few certain digits: that columns are collinear where this is why, and nothing else."""

from __future__ import annotations

import math

import numpy as np
import pytest

import glmlogit as gl
from glmlogit.errors import CollinearityWarning

A, D = np.array([-2.0, -1.0, 0.0, 1.0, 2.0, 3.0]), np.array([1.0, -1.0, 2.0, 0.0, 1.0, -2.0])
HALVES = {"y": np.full(6, 4.0), "trials": np.full(6, 8.0)}


def test_few_digits_of_nearly_collinear_columns_are_a_warning():
    """Half of every row are events, and so η = 0: the coefficients of a and a + d/2²³ undo the offset t·d."""
    lean, t = 2.0**-23, 2.0**-67
    X = np.column_stack([np.ones(6), A, A + lean * D])
    with pytest.warns(CollinearityWarning, match=r"so nearly collinear that only \d digits? of every coefficient"):
        fit = gl.logit(gl.design_arrays(HALVES["y"], X, trials=HALVES["trials"], offset=t * D))
    (note,) = fit.notes
    assert note.code == "digits"
    assert 1.0 < fit.digits < 6.0
    whole = math.floor(fit.digits)
    assert (
        f"only {whole} {'digit of every coefficient is' if whole == 1 else 'digits of every coefficient are'}"
        in note.text
    )
    truth = np.array([t / lean, -t / lean])
    assert np.abs(fit.params[1:] / truth - 1.0).max() <= 10.0**-fit.digits
    assert fit.params.iloc[0] == 0.0


def test_more_digits_are_none():
    """As above with a coefficient that is a hundred million times larger: of eight digits more are certain."""
    lean, t = 2.0**-23, 2.0**-40
    X = np.column_stack([np.ones(6), A, A + lean * D])
    fit = gl.logit(gl.design_arrays(HALVES["y"], X, trials=HALVES["trials"], offset=t * D))
    assert fit.digits > 6.0
    assert not fit.notes


def test_few_digits_of_a_coefficient_that_is_all_but_zero_are_no_collinearity():
    """The constant is some 1e-21 standard errors from 0, of columns of condition 1.5."""
    x = np.array([0.0, 2e5, 0.0, 1e-6, -1e-6])
    fit = gl.logit(gl.design_arrays([0, 1, 0, 1, 1], x[:, None], intercept=True))
    assert abs(fit.params.iloc[0] / fit.bse.iloc[0]) < 1e-16
    assert fit.digits < 6.0
    assert not fit.notes
