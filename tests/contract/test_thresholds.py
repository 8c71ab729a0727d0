"""Named thresholds: a case on each side, so near that a value ten times as large or as small is told."""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
import pytest

import glmlogit as gl
from glmlogit.documents import formatting
from glmlogit.effects.delta import _doubtful
from glmlogit.epidemiology import two_by_two_exact, two_by_two_measures
from glmlogit.errors import DataError
from glmlogit.estimate.support import rounding_of_images
from glmlogit.formula.splines import _fifth
from glmlogit.inference.hypothesis import _hold
from glmlogit.separability.recession import carrying

FIT = gl.logit("low ~ age + smoke", gl.datasets.birthwt())


@pytest.mark.parametrize(
    ("size", "doubtful"), [(3e-121, True), (3e-120, False), (1.0, False), (3e139, False), (3e140, True)]
)
def test_standard_errors_near_the_ends_of_the_range_are_looked_at(size, doubtful):
    row = np.zeros((1, 3))
    row[0, 1] = size / FIT.bse["age"]
    assert _doubtful(FIT, row).tolist() == [doubtful]


def test_equations_hold_a_coefficient_at_one_value():
    def held_twice(share):
        held = {}
        for value in (3.0, 3.0 * (1 + share)):
            _hold(held, np.array([0.0, 1.0]), value, ("a", "b"), "b = 3")

    held_twice(5e-13)
    with pytest.raises(DataError, match="holds b at both 3 and 3"):
        held_twice(5e-12)


def test_the_fifth_observation_is_there_but_for_rounding():
    values = np.arange(2.0)
    assert _fifth(values, np.array([4.0, 1.0 - 2.5e-12])) == 1.0
    assert _fifth(values, np.array([5.0 - 2.5e-12, 1.0])) == 0.0
    with pytest.raises(DataError, match="too few values"):
        _fifth(values, np.array([4.0, 1.0 - 2.5e-11]))


def test_multipliers_of_a_linear_program_are_positive_or_rounding():
    assert carrying(np.array([2.0, 4e-9, 1e-9, 0.0])).tolist() == [0, 1]
    assert carrying(np.zeros(0)).tolist() == []


@pytest.mark.parametrize(("condition", "expected"), [(1e3, 64 * 2.220446049250313e-16 * 1e3), (1e13, 1e-3)])
def test_whitened_rows_round_with_the_condition(condition, expected):
    factor = SimpleNamespace(condition=condition)
    info = SimpleNamespace(factor=factor)
    solved = SimpleNamespace(exact_rows=False, maximum=SimpleNamespace(at=SimpleNamespace(info=info)))
    assert rounding_of_images(solved, 0.0) == pytest.approx(expected, rel=1e-12)


def test_totals_as_probable_as_the_observed_one_are_ties():
    weights = two_by_two_exact._Weights(np.array([-1.0, 0.0, 1.0]), np.array([5e-8, 0.0, 5e-7]))
    total = math.log(np.exp(weights.log).sum())
    assert two_by_two_exact._probability_p(weights, total) == pytest.approx(2 / 3, rel=1e-6)


def test_the_range_of_exponents():
    assert two_by_two_measures.exp(708.9) == math.exp(708.9)
    assert two_by_two_measures.exp(709.1) == two_by_two_measures.exp(1e4) == math.inf


def test_numbers_are_written_with_decimals_or_powers_of_ten():
    assert formatting.ratio_row([2e-4]) == ["0.00020"]
    assert formatting.ratio_row([5e-5]) == ["5e-05"]
    assert formatting.ratio_row([5e4]) == ["50000.000"]
    assert formatting.ratio_row([2e5]) == ["2e+05"]
