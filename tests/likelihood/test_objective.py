"""Objectives and the loop: combinators against closed forms, statuses each reached."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import glmlogit as gl
from glmlogit.data import storage
from glmlogit.fitting.control import Control, Status
from glmlogit.fitting.maximise import maximise
from glmlogit.fitting.newton import newton
from glmlogit.formula import matrix_form
from glmlogit.likelihood import logit_sums
from glmlogit.likelihood.binary import BinaryLogit
from glmlogit.likelihood.combinators import Adjusted, Fixed, Summed
from glmlogit.likelihood.objective import Evaluation
from glmlogit.likelihood.penalty import Jeffreys, LogF, Ridge
from glmlogit.numerics import kernels
from glmlogit.numerics.linalg import EPS, Information

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
    np.testing.assert_allclose(at.score, numerical_gradient(lambda b: objective.evaluate(b).value, BETA), rtol=1e-6)
    second = np.array([numerical_gradient(lambda b: objective.evaluate(b).score[j], BETA) for j in range(4)])  # noqa: B023
    np.testing.assert_allclose(at.info.dense, -second, rtol=1e-6)


def test_summed_parts_are_the_whole():
    whole = leaf().evaluate(BETA)
    for root in (False, True):
        parts = Summed([leaf(slice(0, 100)), leaf(slice(100, 110)), leaf(slice(110, 300))])
        at = parts.evaluate(BETA, root=root)
        assert at.value == pytest.approx(whole.value, rel=1e-14)
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
    assert restricted.at.value == pytest.approx(small.llf, rel=1e-14)


def test_fixed_at_a_value_equals_an_offset():
    restricted = newton(Fixed(leaf(), (1,), (0.7,)), np.zeros(3), Control())
    shifted = gl.logit(gl.design_arrays(Y, X[:, [0, 2, 3]], offset=0.7 * X[:, 1]))
    np.testing.assert_allclose(restricted.beta, shifted.params, rtol=1e-12)


def test_fixed_everything_is_one_evaluation():
    held = Fixed(leaf(), (0, 1, 2, 3), tuple(BETA))
    solution = newton(held, np.zeros(0), Control())
    assert solution.status is Status.CONVERGED
    assert solution.at.value == leaf().evaluate(BETA).value


@pytest.mark.parametrize("root", [False, True])
def test_ridge_adds_its_evaluation(root):
    strength = np.array([0.0, 2.0, 2.0, 2.0])
    objective = Adjusted(leaf(), Ridge(strength))
    at = objective.evaluate(BETA, root=root)
    np.testing.assert_allclose(at.score, numerical_gradient(lambda b: objective.evaluate(b).value, BETA), rtol=1e-6)
    np.testing.assert_allclose(at.info.dense, leaf().evaluate(BETA).info.dense + np.diag(strength), rtol=1e-12)
    assert objective.size == 4
    assert objective.unit == 1.0
    assert objective.largest_change(BETA) == leaf().largest_change(BETA)


def test_ridge_score_equation_and_limits():
    found = newton(Adjusted(leaf(), Ridge(np.array([0.0, 5.0, 5.0, 5.0]))), np.zeros(4), Control())
    assert found.status is Status.CONVERGED
    score = leaf().evaluate(found.beta).score
    np.testing.assert_allclose(score, [0, *(5.0 * found.beta[1:])], atol=1e-10)
    heavy = newton(Adjusted(leaf(), Ridge(np.array([0.0, 1e12, 1e12, 1e12]))), np.zeros(4), Control())
    assert np.abs(heavy.beta[1:]).max() < 1e-9
    assert heavy.beta[0] == pytest.approx(np.log(Y.mean() / (1 - Y.mean())), rel=1e-9)


def test_order_of_combinators_means_something():
    ridge = Ridge(np.array([0.0, 2.0, 2.0, 2.0]))
    inside = newton(Fixed(Adjusted(leaf(), ridge), (1,), (1.0,)), np.zeros(3), Control())
    outside = newton(Adjusted(Fixed(leaf(), (1,), (1.0,)), Ridge(ridge.strength[[0, 2, 3]])), np.zeros(3), Control())
    np.testing.assert_allclose(inside.beta, outside.beta, rtol=1e-12)
    assert inside.at.value == pytest.approx(outside.at.value - 1.0, rel=1e-12)  # the penalty of the fixed one is ½·2·1²


def test_status_converged_and_trace():
    found = newton(leaf(), np.zeros(4), Control())
    assert found.status is Status.CONVERGED
    assert found.n_iter == len(found.trace)
    llf = [step.value for step in found.trace]
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
    assert len(maximise(BinaryLogit(rows), None, Control()).trace) <= 6


# --- the information as a triangular root ----------------------------------------------------------------
MANY = 12_000


def many_rows(condition, *, kind="shifted", n=MANY, p=6, **options):
    """A design with columns of a condition of that order, and coefficients of moderate predictors."""
    rng = np.random.default_rng(p)
    Z = np.column_stack([np.ones(n), rng.normal(size=(n, p - 1))])
    y = (rng.random(n) < 1 / (1 + np.exp(-Z @ np.linspace(-0.5, 0.5, p)))).astype(float)
    if kind == "shifted":
        Z[:, 1] += condition
    elif kind == "collinear":
        Z[:, 2] = Z[:, 1] + Z[:, 2] / condition
    beta = np.linspace(-0.5, 0.5, p)
    beta[0] -= beta[1] * Z[:, 1].mean()
    return BinaryLogit(gl.design_arrays(y, Z, **options)), beta


def disagreement(ours, theirs):
    """Distance from the identity of the one information in the coordinates of the other."""
    other = theirs.factor
    turned = (ours.factor.root / ours.factor.scale) @ other.inverse_root
    return np.linalg.norm(turned.T @ turned - np.eye(len(turned)), 2)


@pytest.mark.parametrize("kind", ["shifted", "collinear"])
@pytest.mark.parametrize("condition", 10.0 ** np.arange(8))
def test_root_by_two_passes_is_that_by_qr(kind, condition):
    """To 20 eps κ, which either of them may be off by."""
    likelihood, beta = many_rows(condition, kind=kind)
    ours, theirs = likelihood.evaluate(beta, root=True), likelihood._by_qr(beta)
    at = likelihood.evaluate(beta)
    bound = max(1e-13, 20 * EPS * theirs.info.factor.condition)
    assert ours.info.root is not None
    assert disagreement(ours.info, theirs.info) <= bound
    errors = (np.linalg.norm(e.info.factor.inverse_root, axis=1) for e in (ours, theirs))
    np.testing.assert_allclose(*errors, rtol=bound)
    assert ours.value == at.value
    assert (ours.score == at.score).all()


@pytest.mark.parametrize("condition", [1e3, 1e5, 1e7])
def test_root_by_two_passes_is_that_in_double_double(condition):
    """Standard errors at a refined maximum: 5 eps κ, the tolerance of all standard errors."""
    likelihood, _ = many_rows(condition)
    fit = gl.logit(likelihood.rows)
    assert fit.maximum.root is not None  # refined
    factor = likelihood.evaluate(fit.params.to_numpy(), root=True).info.factor
    ours, exact = (np.linalg.norm(root, axis=1) for root in (factor.inverse_root, fit.maximum.root))
    np.testing.assert_allclose(ours, exact, rtol=max(1e-13, 5 * EPS * factor.condition))


@pytest.mark.parametrize("condition", [1e9, 1e11])
@pytest.mark.parametrize("kind", ["shifted", "collinear"])
def test_beyond_the_reach_of_two_passes_all_rows_are_factorised(kind, condition):
    likelihood, beta = many_rows(condition, kind=kind)
    ours, theirs = likelihood.evaluate(beta, root=True), likelihood._by_qr(beta)
    np.testing.assert_array_equal(ours.info.root, theirs.info.root)
    assert ours.value == theirs.value


def test_an_information_far_from_the_first_is_refused(monkeypatch):
    likelihood, beta = many_rows(10.0)
    monkeypatch.setattr(storage, "rotated_information", lambda *args, **options: 1.2 * np.eye(6))
    np.testing.assert_array_equal(likelihood.evaluate(beta, root=True).info.root, likelihood._by_qr(beta).info.root)


def test_few_rows_are_factorised_as_ever():
    likelihood, beta = many_rows(10.0, n=logit_sums.MANY_CELLS // 6 - 1)
    np.testing.assert_array_equal(likelihood.evaluate(beta, root=True).info.root, likelihood._by_qr(beta).info.root)


@pytest.mark.parametrize("weights", ["tiny", "huge", "both"])
@pytest.mark.parametrize("units", [1.0, 1e-150, 1e150])
def test_root_by_two_passes_in_any_units(weights, units):
    """Half of the rows weigh 1e200 times the others in the last case: these are not seen in any sum."""
    weight = {"tiny": 1e-100, "huge": 1e100, "both": np.where(np.arange(MANY) % 2, 1e100, 1e-100)}[weights]
    likelihood, beta = many_rows(100.0, weights=np.full(MANY, weight), weight_type="precision")
    design = likelihood.rows
    X, scale = design.X.copy(), np.ones(6)
    X[:, 1::2] *= units
    scale[1::2] = units
    other = BinaryLogit(gl.design_arrays(design.y, X, weights=design.weights, weight_type="precision"))
    ours, theirs = other.evaluate(beta / scale, root=True), other._by_qr(beta / scale)
    bound = 20 * EPS * theirs.info.factor.condition
    errors = (np.linalg.norm(e.info.factor.inverse_root * scale[:, None], axis=1) for e in (ours, theirs))
    assert ours.info.root is not None
    assert not np.array_equal(ours.info.root, theirs.info.root)
    np.testing.assert_allclose(*errors, rtol=bound)


def coded(monkeypatch, threads=None):
    """The same model with columns as numbers and by code of cells."""
    rng = np.random.default_rng(1)
    n = 30_000
    frame = pd.DataFrame({"age": rng.normal(50, 1, n), "g": pd.Categorical(rng.integers(0, 8, n))})
    frame["y"] = (rng.random(n) < 0.3).astype(int)
    monkeypatch.setattr(matrix_form, "LEAST_CELLS", 0)
    monkeypatch.setattr(matrix_form, "LEAST_CODED_COLUMNS", 1)
    design = gl.design("y ~ age + g", frame)
    assert isinstance(design.matrix, storage.Coded)
    return BinaryLogit(replace(design, matrix=storage.Dense(design.X)), threads), BinaryLogit(design, threads)


def test_columns_held_as_codes_are_written_out_block_by_block(monkeypatch):
    numbers, codes = coded(monkeypatch)
    beta = np.linspace(-0.1, 0.1, 9)
    ours, theirs = codes.evaluate(beta, root=True), numbers.evaluate(beta, root=True)
    assert disagreement(ours.info, theirs.info) <= 20 * EPS * theirs.info.factor.condition
    assert disagreement(ours.info, codes._by_qr(beta).info) <= 20 * EPS * theirs.info.factor.condition


def test_columns_held_as_codes_are_not_written_out_for_a_root(monkeypatch):
    numbers, codes = coded(monkeypatch)
    beta = np.linspace(-0.1, 0.1, 9)
    expected = numbers.evaluate(beta, root=True).info
    monkeypatch.setattr(storage, "rotated_information", None)
    monkeypatch.setattr(storage.Coded, "rows", None)
    ours = codes.evaluate(beta, root=True).info
    assert ours.root is not None
    assert disagreement(ours, expected) <= 20 * EPS * expected.factor.condition
    plain = codes.evaluate(beta).info
    assert disagreement(ours, expected) < disagreement(plain, expected)


def test_plain_columns_beside_codes_that_nearly_depend_are_written_out(monkeypatch):
    numbers, codes = coded(monkeypatch)
    beta = np.linspace(-0.1, 0.1, 9)
    monkeypatch.setattr(storage, "SUMS_CONDITION", 1.0)
    ours, expected = codes.evaluate(beta, root=True).info, numbers.evaluate(beta, root=True).info
    assert disagreement(ours, expected) <= 20 * EPS * expected.factor.condition


def test_a_root_beside_codes_is_added_up_in_parts(monkeypatch):
    _, codes = coded(monkeypatch)
    beta = np.linspace(-0.1, 0.1, 9)
    whole = codes.evaluate(beta, root=True).info
    monkeypatch.setattr(storage, "_LEAST_TURNED", 1 << 10)
    assert disagreement(codes.evaluate(beta, root=True).info, whole) <= 20 * EPS * whole.factor.condition


@pytest.mark.parametrize("form", [0, 1])
def test_roots_do_not_depend_on_threads(monkeypatch, form):
    monkeypatch.setattr(kernels, "available_threads", lambda: 4)
    beta = np.linspace(-0.1, 0.1, 9)
    one, two, four = (coded(monkeypatch, t)[form].evaluate(beta, root=True).info.root for t in (1, 2, 4))
    np.testing.assert_array_equal(one, two)
    np.testing.assert_array_equal(one, four)


@pytest.mark.parametrize("condition", [1.0, 1e3, 1e6, 1e9])
def test_root_of_the_columns_themselves(condition, monkeypatch):
    likelihood, _ = many_rows(condition, offset=np.linspace(-3, 3, MANY), weights=np.arange(MANY) % 3 + 1.0)
    scale = likelihood.column_scale()
    ours = Information(scale, root=likelihood.column_root())
    monkeypatch.setattr(logit_sums, "MANY_CELLS", 1 << 60)
    theirs = Information(scale, root=likelihood.column_root())
    assert disagreement(ours, theirs) <= max(1e-13, 20 * EPS * theirs.factor.condition)


def test_fits_do_not_depend_on_how_the_root_is_found(monkeypatch):
    """An uncentred column: the same to 1e-12 standard errors, the rounding of sums over rows, and these to 5 eps κ."""
    design = many_rows(100.0)[0].rows
    fits = (gl.logit, lambda d: gl.firth(d, se="augmented"))
    ours = [fit(design) for fit in fits]
    monkeypatch.setattr(logit_sums, "MANY_CELLS", 1 << 60)
    for one, fit in zip(ours, fits, strict=True):
        other = fit(design)
        assert (np.abs(one.params - other.params) <= 1e-12 * other.bse).all()
        np.testing.assert_allclose(one.bse, other.bse, rtol=5 * EPS * other.maximum.at.info.factor.condition)


@pytest.mark.parametrize("penalty", [Ridge(np.array([0.0, 1.0, 2.0, 0.5])), LogF(np.array([0.0, 1.0, 2.0, 3.0]))])
def test_a_penalty_of_recombined_coefficients_is_the_same_function(penalty):
    back = np.eye(4) + np.diag([0.5, -1.0, 2.0], k=1)
    moved, twice = penalty.recombined(back), penalty.recombined(np.eye(4)).recombined(back)
    at = leaf().evaluate(BETA)
    there = penalty.evaluate(leaf(), back @ BETA, at, root=False)
    for again in (moved, twice):
        here = again.evaluate(leaf(), BETA, at, root=False)
        assert here.value == there.value
        np.testing.assert_allclose(here.score, back.T @ there.score, rtol=1e-14)
        np.testing.assert_allclose(here.info.dense, back.T @ there.info.dense @ back, rtol=1e-14)


def test_jeffreys_prior_of_recombined_coefficients_differs_by_a_constant():
    back = np.eye(4) + np.diag([0.5, -1.0, 2.0], k=1)
    prior = Jeffreys()
    assert prior.recombined(back) is prior
    columns = BinaryLogit(gl.design_arrays(Y, X @ back))

    def change(objective, beta, other):
        values = [prior.evaluate(objective, b, objective.evaluate(b), root=False).value for b in (beta, other)]
        return values[0] - values[1]

    gamma = np.linalg.solve(back, BETA)
    assert change(columns, gamma, np.zeros(4)) == pytest.approx(change(leaf(), BETA, np.zeros(4)), rel=1e-12)


class Sinking(BinaryLogit):
    """A log-likelihood of size 1e9 whose every evaluation rounds 4 ulp lower than the one before."""

    evaluations = 0

    def evaluate(self, beta, *, root=False):
        at = super().evaluate(beta, root=root)
        type(self).evaluations += 1
        return at._replace(value=at.value - 1e9 * (1.0 + 4 * EPS * self.evaluations))


def test_rounding_of_a_large_likelihood_does_not_stall_the_last_steps():
    """The start is 5e-4 standard errors away, and its step promises 2.5e-7: less than the 9e-7 of 4 ulp."""
    design = gl.design_arrays(Y, X)
    best = newton(BinaryLogit(design), np.zeros(4), Control())
    away = best.beta + 5e-4 * best.at.info.factor.inverse_root[:, 0]
    found = newton(Sinking(design), away, Control())
    assert found.status is Status.CONVERGED
    np.testing.assert_allclose(found.beta, best.beta, rtol=1e-10)
    assert all(step.halvings == 0 for step in found.trace)
