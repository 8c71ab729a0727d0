"""The binary logit as a likelihood: what the stages of a fit ask of it, each against the likelihood itself."""

from __future__ import annotations

import pickle

import numpy as np
import pandas as pd
import pytest

import glmlogit as gl
from glmlogit.fitting.control import Control
from glmlogit.fitting.maximise import maximise
from glmlogit.likelihood.binary import BinaryLogit

RNG = np.random.default_rng(3)
X = np.column_stack([np.ones(90), RNG.normal(size=90), RNG.integers(0, 3, 90), RNG.normal(size=90)])
M = RNG.integers(1, 4, 90).astype(float)
Y = RNG.binomial(M.astype(int), 0.4).astype(float)
OFFSET = RNG.normal(size=90)
BETA = np.array([0.3, -0.8, 0.5, 0.2])
# Sums of 90 rows in another order.
CLOSE = {"rel": 1e-13}


@pytest.fixture
def likelihood():
    return BinaryLogit(gl.design_arrays(Y, X, trials=M, offset=OFFSET, names=["one", "a", "b", "c"]))


def value(likelihood, beta):
    return likelihood.evaluate(np.asarray(beta)).value


def test_coefficients_held_are_an_offset(likelihood):
    at = likelihood.holding(np.array([0, 3]), np.array([1, 2]))
    for held in ([-0.8, 0.5], [2.0, 0.0]):
        smaller = at(np.array(held))
        assert smaller.labels == ("one", "c")
        assert smaller.magnitude.tolist() == likelihood.magnitude[[0, 3]].tolist()
        assert value(smaller, [0.3, 0.2]) == pytest.approx(value(likelihood, [0.3, *held, 0.2]), **CLOSE)


def test_other_coefficients_are_other_columns(likelihood):
    transform = np.array([[1.0, 0.0, 2.0], [0.5, 1.0, 0.0], [0.0, -1.0, 3.0]])
    free, gamma = np.array([0, 1, 3]), np.array([0.2, -0.4, 0.1])
    moved = likelihood.recombined(free, transform, ("x", "y", "z"))
    beta = np.zeros(4)
    beta[free] = transform @ gamma
    assert moved.labels == ("x", "y", "z")
    assert value(moved, gamma) == pytest.approx(value(likelihood, beta), **CLOSE)


def test_predictors_of_a_smaller_model_are_an_offset(likelihood):
    smaller = BinaryLogit(gl.design_arrays(Y, X[:, :2], trials=M, offset=OFFSET))
    there = likelihood.beyond(smaller, BETA[:2])
    assert value(there, np.zeros(4)) == pytest.approx(value(smaller, BETA[:2]), **CLOSE)
    assert value(there, [0.0, 0.0, 0.5, 0.2]) == pytest.approx(value(likelihood, BETA), **CLOSE)


def test_an_offset_is_divided(likelihood):
    near = BinaryLogit(gl.design_arrays(Y, X, trials=M, offset=OFFSET / 4.0))
    assert value(likelihood.nearer(4.0), BETA) == value(near, BETA)
    plain = BinaryLogit(gl.design_arrays(Y, X, trials=M))
    assert plain.nearer(4.0) is plain


def test_a_part_is_every_so_many_rows(likelihood):
    rows = slice(None, None, 7)
    part = BinaryLogit(gl.design_arrays(Y[rows], X[rows], trials=M[rows], offset=OFFSET[rows]))
    assert likelihood.part(7).n_rows == 13
    assert value(likelihood.part(7), BETA) == value(part, BETA)


def test_separated_rows_drop_out(likelihood):
    separated = np.zeros(90, dtype=bool)
    separated[np.flatnonzero((Y == 0) | (Y == M))[[0, 3, 7]]] = True
    rest = ~separated
    left = BinaryLogit(gl.design_arrays(Y[rest], X[rest], trials=M[rest], offset=OFFSET[rest])).evaluate(BETA)
    limiting = likelihood.limiting(separated)
    np.testing.assert_array_equal(limiting.limit[separated], np.where(Y[separated] > 0, 1.0, -1.0))
    assert not limiting.limit[rest].any()
    at = limiting.evaluate(BETA)
    assert at.value == pytest.approx(left.value, **CLOSE)
    np.testing.assert_allclose(at.score, left.score, rtol=1e-12)
    np.testing.assert_allclose(at.info.dense, left.info.dense, rtol=1e-12)


def test_signed_rows_have_the_sign_of_the_outcome(likelihood):
    free, separated = np.array([1, 2]), Y == 0
    signed = likelihood.signed_rows(free, BETA[free])
    np.testing.assert_array_equal(signed.A, np.where(Y > 0, 1.0, -1.0)[:, None] * X[:, free])
    np.testing.assert_array_equal(signed.equal, (Y > 0) & (Y < M))
    np.testing.assert_array_equal(likelihood.raised(separated, free), signed.A[separated])


def test_patterns_are_reduced_and_spread_out_again():
    levels = np.repeat(np.arange(3), 6_000)
    frame = pd.DataFrame({"y": (np.arange(18_000) % 5 < 2).astype(int), "g": levels.astype(str)})
    likelihood = BinaryLogit(gl.design("y ~ g", frame))
    reduced = likelihood.reduced
    assert (likelihood.n_rows, reduced.n_rows, reduced.reduced) == (3, 3, reduced)
    assert value(reduced, [0.1, 0.2, 0.3]) == pytest.approx(value(likelihood, [0.1, 0.2, 0.3]), **CLOSE)
    spread = likelihood.spread_out(np.array([False, True, False]))
    first = likelihood.rows.patterns.codes == 1
    np.testing.assert_array_equal(spread, first)


def test_the_null_model(likelihood):
    assert likelihood.null_value is None  # an offset: it is fitted
    null = BinaryLogit(gl.design_arrays(Y, np.ones((90, 1)), trials=M, offset=OFFSET))
    assert value(likelihood.null, [0.4]) == pytest.approx(value(null, [0.4]), **CLOSE)
    plain = BinaryLogit(gl.design_arrays(Y, X, trials=M))
    p = Y.sum() / M.sum()
    assert plain.null_value == pytest.approx(Y.sum() * np.log(p) + (M - Y).sum() * np.log1p(-p), **CLOSE)
    assert plain.null_value == pytest.approx(maximise(plain.null, None, Control()).value, **CLOSE)


def test_a_file_holds_the_rows_and_not_how_they_are_read(likelihood):
    likelihood.evaluate(BETA)
    again = pickle.loads(pickle.dumps(likelihood))
    assert set(vars(again)) == {"rows", "threads"}
    assert value(again, BETA) == value(likelihood, BETA)
