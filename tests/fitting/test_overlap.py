"""The proof that a finite maximum exists: the border of a step of 1, and the bound of what rounding hides."""

from __future__ import annotations

import numpy as np
import pytest

import glmlogit as gl
from glmlogit.fitting.control import Control, Status
from glmlogit.fitting.maximum import free_columns
from glmlogit.fitting.newton import newton
from glmlogit.fitting.overlap import overlap_proved
from glmlogit.likelihood.binary import BinaryLogit

UNIT = 2.0**-53


def solved(design, start):
    likelihood = BinaryLogit(design)
    solution = newton(likelihood, np.array(start), Control())
    assert solution.status is Status.CONVERGED
    return likelihood, free_columns(design.n_columns, ()), solution


def test_a_step_and_its_rounding_below_one_are_a_proof_and_from_one_on_none():
    design = gl.design_arrays([0, 1, 0, 1, 1], [[1, 0], [1, 1], [1, 2], [1, 3], [1, 4.0]])
    likelihood, free, solution = solved(design, [0.0, 0.0])
    hidden = likelihood.rounding_of_step(free, solution.beta, solution.at.info.factor)
    assert 0.0 < hidden < 1e-6
    for moved, proved in {0.0: True, 1.0 - 2.0 * hidden: True, 1.0: False, 3.0: False, 49.0: False}.items():
        assert overlap_proved(likelihood, free, solution._replace(moved=moved)) is proved, moved
    assert not overlap_proved(likelihood, free, solution._replace(status=Status.DIVERGING))


@pytest.mark.parametrize("m", [2.0, 50.0, 1e4])
def test_the_bound_covers_the_worst_rounding_of_linear_predictors(m):
    """Σ|xβ| + |offset| with k + 1 roundings is wrong by (k + 1)u of it (Higham 2002, §3.1): all rows to one side."""
    x = np.array([0.7, 1.1, 1.3])
    design = gl.design_arrays(np.full(3, m / 2.0), x[:, None], trials=np.full(3, m), offset=-7e4 * x)
    likelihood, free, solution = solved(design, [7e4 + 0.1])
    beta = solution.beta
    assert beta[0] == pytest.approx(7e4, rel=1e-9)
    wrong = 2.0 * UNIT * (np.abs(x * beta[0]) + np.abs(7e4 * x))
    weight = np.full(3, m / 4.0)  # p is ½ in every row
    moved = np.abs(x * (x @ (weight * wrong)) / (x @ (weight * x))).max()
    bound = likelihood.rounding_of_step(free, beta, solution.at.info.factor)
    assert moved <= bound < 1e3 * moved
