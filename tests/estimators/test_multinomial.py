"""The multinomial logit against its references, 25 digits from the definitions, and against the binary logit."""

from __future__ import annotations

import pytest
from model_reference import GATE, worst
from multinomial_reference import FITTED, PROBLEMS, fit_of, quantities


@pytest.fixture(scope="module", params=FITTED)
def problem(request):
    fit = fit_of(request.param)
    return PROBLEMS[request.param]["values"], quantities(request.param, fit)


QUANTITIES = (
    *("params", "bse", "llf", "pvalues", "llnull", "nobs", "deviance", "aic", "bic", "mcfadden", "cov_first_row"),
    *("lr_model", "lr", "wald", "bse_HC0", "bse_robust_stata"),
)


@pytest.mark.parametrize("quantity", QUANTITIES)
def test_references(problem, quantity):
    expected, found = problem
    assert worst(expected[quantity], found[quantity]) >= GATE
