"""Maxima that exist and that arithmetic cannot reach: said so, without a number."""

from __future__ import annotations

import math

import numpy as np
import pytest

import glmlogit as gl
from glmlogit.errors import CollinearityWarning, ConvergenceError, ConvergenceWarning

# Of group 0 two rows of three are events, of group 1 one of two: log-odds log 2 and 0, whatever the weights.
Y, X = [0, 1, 1, 0, 1], [[1, 0], [1, 0], [1, 0], [1, 1], [1, 1.0]]


def groups(weight, **options):
    """The fit where rows of group 0 weigh so much, those of group 1 one."""
    return gl.logit(gl.design_arrays(Y, X, weights=[weight] * 3 + [1, 1], weight_type="precision"), **options)


@pytest.mark.parametrize("weight", [1e-40, 1e-200])
def test_a_group_without_weight_beside_another_is_beyond_arithmetic(weight):
    with pytest.warns(ConvergenceWarning, match="information"):
        fit = groups(weight)
    assert fit.status is gl.Status.SINGULAR
    assert fit.separation.kind == "none"
    assert fit.bse.isna().all()
    assert fit.pvalues.isna().all()
    assert math.isnan(fit.test([[0.0, 1.0]]).statistic)
    assert "WARNING" in str(fit.summary())
    with pytest.raises(ConvergenceError):
        groups(weight, control=gl.Control(strict=True))


@pytest.mark.parametrize("weight", [1e-10, 1e-20])
def test_groups_of_very_different_weights_are_estimated(weight):
    """Woolf: Var(log-odds) = 1/(w·3·⅔·⅓), and with that of the other group, 1/(2·½·½)."""
    fit = groups(weight)
    np.testing.assert_allclose(fit.params, [math.log(2.0), -math.log(2.0)], rtol=10.0**-fit.digits)
    variance = 1.5 / weight
    np.testing.assert_allclose(fit.bse, [math.sqrt(variance), math.sqrt(variance + 2.0)], rtol=1e-12)


@pytest.mark.parametrize("weight", [1e-25, 1e-30])
def test_digits_that_weights_cost_are_a_warning(weight):
    with pytest.warns(CollinearityWarning, match="digits? of every coefficient"):
        fit = groups(weight)
    assert fit.digits < 6.0
    wrong = np.abs(fit.params.to_numpy() / [math.log(2.0), -math.log(2.0)] - 1.0).max()
    assert wrong <= 10.0**-fit.digits
