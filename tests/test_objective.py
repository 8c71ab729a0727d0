"""Objectives and the loop: combinators against closed forms, statuses each reached."""

from __future__ import annotations

import numpy as np
import pytest

import glmlogit as gl
from glmlogit._linalg import Information
from glmlogit.maximum import maximise
from glmlogit.objective import BinaryLogit, Evaluation, Fixed, Penalised, Summed
from glmlogit.penalty import Ridge
from glmlogit.solve import Control, Status, newton

RNG = np.random.default_rng(3)
X = np.column_stack([np.ones(300), RNG.normal(size=(300, 3))])
Y = (RNG.random(300) < 1 / (1 + np.exp(-X @ [0.2, 1.0, -0.5, 0.0]))).astype(float)
BETA = np.array([0.1, -0.3, 0.2, 0.4])


def leaf(rows=slice(None), **options):
    return BinaryLogit(gl.design_arrays(Y[rows], X[rows], **options))


def numerical_gradient(f, beta, h=1e-6):
    steps = np.eye(len(beta)) * h
    return np.array([(f(beta + e) - f(beta - e)) / (2 * h) for e in steps])


@pytest.mark.parametrize("root", [False, True])
def test_score_and_information_are_derivatives(root):
    objective = leaf(offset=X[:, 1] / 3, weights=np.arange(300) % 3 + 1.0)
    at = objective.evaluate(BETA, root=root)
    np.testing.assert_allclose(at.score, numerical_gradient(lambda b: objective.evaluate(b).llf, BETA), rtol=1e-6)
    second = np.array([numerical_gradient(lambda b: objective.evaluate(b).score[j], BETA) for j in range(4)])  # noqa: B023
    np.testing.assert_allclose(at.info.dense, -second, rtol=1e-6)


def test_summed_parts_are_the_whole():
    whole = leaf().evaluate(BETA)
    for root in (False, True):
        parts = Summed([leaf(slice(0, 100)), leaf(slice(100, 110)), leaf(slice(110, 300))])
        at = parts.evaluate(BETA, root=root)
        assert at.llf == pytest.approx(whole.llf, rel=1e-14)
        np.testing.assert_allclose(at.score, whole.score, atol=1e-12)
        np.testing.assert_allclose(at.info.dense, whole.info.dense, rtol=1e-12)
    assert parts.size == 4
    assert parts.largest_change(BETA) == pytest.approx(np.abs(X @ BETA).max())
    joint = newton(parts, np.zeros(4), Control())
    np.testing.assert_allclose(joint.beta, gl.logit(gl.design_arrays(Y, X)).params, rtol=1e-12)


def test_fixed_equals_the_model_without_the_column():
    restricted = newton(Fixed(leaf(), (3,), (0.0,)), np.zeros(3), Control())
    small = gl.logit(gl.design_arrays(Y, X[:, :3]))
    np.testing.assert_allclose(restricted.beta, small.params, rtol=1e-12)
    assert restricted.at.llf == pytest.approx(small.llf, rel=1e-14)


def test_fixed_at_a_value_equals_an_offset():
    restricted = newton(Fixed(leaf(), (1,), (0.7,)), np.zeros(3), Control())
    shifted = gl.logit(gl.design_arrays(Y, X[:, [0, 2, 3]], offset=0.7 * X[:, 1]))
    np.testing.assert_allclose(restricted.beta, shifted.params, rtol=1e-12)


def test_fixed_everything_is_one_evaluation():
    held = Fixed(leaf(), (0, 1, 2, 3), tuple(BETA))
    solution = newton(held, np.zeros(0), Control())
    assert solution.status is Status.CONVERGED
    assert solution.at.llf == leaf().evaluate(BETA).llf


@pytest.mark.parametrize("root", [False, True])
def test_ridge_adds_its_evaluation(root):
    strength = np.array([0.0, 2.0, 2.0, 2.0])
    objective = Penalised(leaf(), Ridge(strength))
    at = objective.evaluate(BETA, root=root)
    np.testing.assert_allclose(at.score, numerical_gradient(lambda b: objective.evaluate(b).llf, BETA), rtol=1e-6)
    np.testing.assert_allclose(at.info.dense, leaf().evaluate(BETA).info.dense + np.diag(strength), rtol=1e-12)
    assert objective.size == 4
    assert objective.unit == 1.0
    assert objective.largest_change(BETA) == leaf().largest_change(BETA)


def test_ridge_score_equation_and_limits():
    found = newton(Penalised(leaf(), Ridge(np.array([0.0, 5.0, 5.0, 5.0]))), np.zeros(4), Control())
    assert found.status is Status.CONVERGED
    score = leaf().evaluate(found.beta).score
    np.testing.assert_allclose(score, [0, *(5.0 * found.beta[1:])], atol=1e-10)
    heavy = newton(Penalised(leaf(), Ridge(np.array([0.0, 1e12, 1e12, 1e12]))), np.zeros(4), Control())
    assert np.abs(heavy.beta[1:]).max() < 1e-9
    assert heavy.beta[0] == pytest.approx(np.log(Y.mean() / (1 - Y.mean())), rel=1e-9)


def test_order_of_combinators_means_something():
    ridge = Ridge(np.array([0.0, 2.0, 2.0, 2.0]))
    inside = newton(Fixed(Penalised(leaf(), ridge), (1,), (1.0,)), np.zeros(3), Control())
    outside = newton(Penalised(Fixed(leaf(), (1,), (1.0,)), Ridge(ridge.strength[[0, 2, 3]])), np.zeros(3), Control())
    np.testing.assert_allclose(inside.beta, outside.beta, rtol=1e-12)
    assert inside.at.llf == pytest.approx(outside.at.llf - 1.0, rel=1e-12)  # the penalty of the fixed one is ½·2·1²


def test_status_converged_and_trace():
    found = newton(leaf(), np.zeros(4), Control())
    assert found.status is Status.CONVERGED
    assert found.n_iter == len(found.trace)
    llf = [step.llf for step in found.trace]
    assert llf == sorted(llf)
    assert found.trace[-1].decrement <= 1e-9


def test_status_max_iter():
    assert newton(leaf(), np.zeros(4), Control(max_iter=2)).status is Status.MAX_ITER


def test_status_diverging():
    rows = gl.design_arrays(np.array([0, 0, 1, 1]), np.column_stack([np.ones(4), [1.0, 2, 3, 4]]))
    assert newton(BinaryLogit(rows), np.zeros(2), Control()).status is Status.DIVERGING


def test_status_singular():
    rows = gl.design_arrays(Y, np.column_stack([X, X[:, 1]]))
    assert newton(BinaryLogit(rows), np.zeros(5), Control()).status is Status.SINGULAR


class _Lying:
    """Claims a score that its log-likelihood does not follow."""

    size, unit, exact = 1, 1.0, True

    def evaluate(self, beta, *, root=False):
        return Evaluation(-float(abs(beta[0])), np.array([1.0]), Information(np.ones(1), matrix=np.ones((1, 1))))

    def largest_change(self, direction):
        return float(abs(direction[0]))


def test_status_stalled():
    assert newton(_Lying(), np.zeros(1), Control()).status is Status.STALLED


def test_every_status_has_a_sentence():
    assert all(status.value.endswith((".", ")")) for status in Status)
    reached = (Status.CONVERGED, Status.SEPARATED)
    assert all(status.value.startswith("Not converged") for status in Status if status not in reached)


def test_step_halving_from_a_wild_start():
    found = newton(leaf(), np.array([0.0, 30.0, -30.0, 10.0]), Control())
    np.testing.assert_allclose(found.beta, newton(leaf(), np.zeros(4), Control()).beta, atol=1e-12)
    assert sum(step.halvings for step in found.trace) > 0


def test_rare_events_start_at_the_log_odds():
    y = np.zeros(20_000)
    y[:20] = 1
    rows = gl.design_arrays(y, RNG.normal(size=(20_000, 1)), intercept=True)
    assert len(maximise(rows, Control()).trace) <= 6
