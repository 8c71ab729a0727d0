"""The proof that a finite maximum exists: the border of a step of 1, and the bound of what rounding hides."""

from __future__ import annotations

import numpy as np
import pytest

import glmlogit as gl
from glmlogit.data.storage import Coded
from glmlogit.fitting.control import Control, Status
from glmlogit.fitting.maximum import free_columns
from glmlogit.fitting.newton import newton
from glmlogit.fitting.overlap import overlap_proved
from glmlogit.likelihood.binary import BinaryLogit, largest_sums

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


def levels(n_levels: int, each: int, seed: int = 1) -> gl.Design:
    """A factor whose levels all have three events in ten rows, and two numbers."""
    rng = np.random.default_rng(seed)
    n = n_levels * each
    data = {
        "g": np.repeat([f"u{i:04d}" for i in range(n_levels)], each),
        "y": np.tile(np.arange(each) % 10 < 3, n_levels),
    }
    return gl.design("y ~ a + b + g", {**data, "a": rng.normal(size=n), "b": rng.normal(size=n)})


def test_levels_of_a_factor_do_not_add_up():
    """A row has one level: the bound is that of the columns written out, or below, and above every row's own."""
    design = levels(60, 400)
    assert isinstance(design.matrix, Coded)
    _, free, solution = solved(design, np.zeros(62))
    root, beta = solution.at.info.factor.inverse_root, solution.beta
    by_code = largest_sums(design, free, np.abs(root))
    assert (by_code >= (np.abs(design.X) @ np.abs(root)).max(axis=0) * (1 - 1e-12)).all()
    assert (by_code <= np.abs(root).T @ design.magnitude).all()
    some = np.array([0, 1, 5, 9, 40])
    part = largest_sums(design, some, np.abs(beta[some])[:, None])[0]
    exact = (np.abs(design.X[:, some]) @ np.abs(beta[some])).max()
    assert exact * (1 - 1e-12) <= part <= np.abs(beta[some]) @ design.magnitude[some]


def test_a_thousand_levels_are_proved_to_overlap_with_room_to_spare():
    """What rounding may hide grows slower than the levels; summed over all of them it came near 1 at some thousand."""
    hidden = []
    for count in (250, 1000):
        likelihood, free, solution = solved(levels(count, 300), np.zeros(count + 2))
        hidden.append(likelihood.rounding_of_step(free, solution.beta, solution.at.info.factor))
        assert overlap_proved(likelihood, free, solution)
    assert hidden[1] < 1e-4
    assert hidden[1] < 16 * hidden[0]
