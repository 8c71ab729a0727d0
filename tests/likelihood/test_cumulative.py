"""The cumulative logit as a function: derivatives against 40 digits, forms of the information, cut points that hold."""

from __future__ import annotations

import mpmath
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glmlogit.designs.ordered_design import ordered_design
from glmlogit.fitting.control import Control
from glmlogit.fitting.maximise import maximise
from glmlogit.likelihood.cumulative import cumulative_logit
from glmlogit.likelihood.cumulative_response import CumulativeResponse
from glmlogit.likelihood.cut_points import around
from glmlogit.numerics.cumulative import log1mexp

SMALL = np.array([0.3, -0.7, 1.1, 0.4])


def rows_of(seed=1, n=40, levels=4, *, counts=False):
    rng = np.random.default_rng(seed)
    data = pd.DataFrame({"x": rng.normal(size=n).round(2), "g": rng.choice(list("abc"), n), "o": rng.normal(size=n)})
    if counts:
        for k in range(levels):
            data[f"k{k}"] = rng.integers(0, 4, n)
        return ordered_design(f"cbind({', '.join(f'k{k}' for k in range(levels))}) ~ x + g", data)
    data["y"] = np.r_[np.arange(levels), rng.integers(0, levels, n - levels)]
    return ordered_design("y ~ x + g", data, offset="o")


def likelihood_of(rows, apart=()):
    return cumulative_logit(rows, rows.outcome.levels, frozenset(apart))


def feasible(likelihood, seed=0):
    """Coefficients whose cuts do not cross: some way from the start."""
    rng, beta = np.random.default_rng(seed), likelihood.start()
    return beta + 0.05 * rng.normal(size=len(beta))


def exactly(likelihood, beta):
    """Log-likelihood by its definition, the differences of distribution functions, in 40 digits."""
    rows, total = likelihood.rows, mpmath.mpf(0)
    table = rows.levels.table() * (1.0 if rows.weights is None else rows.weights[:, None])
    with mpmath.workdps(40):
        cdf = [[] for _ in range(rows.n_rows)]
        for i, x in enumerate(rows.at(slice(None))):
            offset = mpmath.mpf(0 if rows.offset is None else rows.offset[i])
            for at in likelihood.cuts:
                eta = offset + sum(mpmath.mpf(v) * mpmath.mpf(beta[k]) for v, k in zip(x, at, strict=True))
                cdf[i].append(1 / (1 + mpmath.exp(-eta)))
            above = [mpmath.mpf(1), *cdf[i], mpmath.mpf(0)]
            for k in range(len(above) - 1):
                if table[i, k]:
                    total += mpmath.mpf(table[i, k]) * mpmath.log(above[k] - above[k + 1])
    return total


@pytest.mark.parametrize("apart", [(), ("x",)])
@pytest.mark.parametrize("counts", [False, True])
def test_value_score_and_information_are_those_of_the_definition(apart, counts):
    likelihood = likelihood_of(rows_of(n=12, counts=counts), apart)
    beta = feasible(likelihood)
    at = likelihood.evaluate(beta)
    assert at.value == pytest.approx(float(exactly(likelihood, beta)), rel=1e-14)
    h = mpmath.mpf(10) ** -12
    with mpmath.workdps(40):
        exact = np.array([mpmath.mpf(b) for b in beta])
        unit = [np.array([h if k == j else mpmath.mpf(0) for k in range(len(beta))]) for j in range(len(beta))]
        value = {(): exactly(likelihood, exact)}
        slope = [(exactly(likelihood, exact + u) - exactly(likelihood, exact - u)) / (2 * h) for u in unit]
        np.testing.assert_allclose(at.score, np.array(slope, dtype=float), rtol=1e-10, atol=1e-10)
        for j in range(len(beta)):
            change = likelihood.evaluate(beta + 1e-5 * np.eye(len(beta))[j]).score
            change = change - likelihood.evaluate(beta - 1e-5 * np.eye(len(beta))[j]).score
            np.testing.assert_allclose(-change / 2e-5, at.info.dense[j], rtol=1e-6, atol=1e-6)
    assert value[()] == exactly(likelihood, beta)


@pytest.mark.parametrize("apart", [(), ("x",)])
def test_root_matrix_and_contributions_are_the_same_information(apart):
    likelihood = likelihood_of(rows_of(), apart)
    beta = feasible(likelihood)
    plain, root = likelihood.evaluate(beta), likelihood.evaluate(beta, root=True)
    np.testing.assert_allclose(root.info.dense, plain.info.dense, rtol=1e-12, atol=1e-13)
    np.testing.assert_array_equal(root.score, plain.score)
    score, info = 0.0, 0.0
    for part in likelihood.contributions(beta, lambda X, offset: X @ beta):
        score = score + np.einsum("sm,smq->q", part.residual, part.directions)
        info = info + np.einsum("sm,smq,smr->qr", part.weight, part.directions, part.directions)
    np.testing.assert_allclose(score, plain.score, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(info, plain.info.dense, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("apart", [(), ("x",)])
def test_derivatives_of_the_information(apart):
    likelihood = likelihood_of(rows_of(), apart)
    beta = feasible(likelihood)
    q = len(beta)
    root = np.random.default_rng(3).normal(size=(q, q)) / q
    step = 1e-5

    def info(direction, times=1.0):
        return likelihood.evaluate(beta + times * step * direction).info.dense

    gradient = likelihood.info_gradient(beta, root).gradient
    curvature = likelihood.info_curvature(beta, root)
    cubes = likelihood.info_cubes(beta, root)
    for j in range(q):
        slope = (info(np.eye(q)[j]) - info(np.eye(q)[j], -1)) / (2 * step)
        assert np.trace(root.T @ slope @ root) == pytest.approx(gradient[j], rel=1e-6, abs=1e-7)
        along = (info(root[:, j]) - info(root[:, j], -1)) / (2 * step)
        assert root[:, j] @ along @ root[:, j] == pytest.approx(cubes[j], rel=1e-6, abs=1e-7)
        first = curvature.first[j].reshape(q, q)
        np.testing.assert_allclose(root.T @ along @ root, first, rtol=1e-5, atol=1e-6)
    traced = np.array([likelihood.info_gradient(beta + step * root[:, j], root).gradient for j in range(q)])
    traced = (traced - [likelihood.info_gradient(beta - step * root[:, j], root).gradient for j in range(q)]) / 2 / step
    np.testing.assert_allclose(traced @ root, curvature.second, rtol=1e-5, atol=1e-5)


def test_cuts_that_cross_have_no_likelihood_and_no_probabilities():
    likelihood = likelihood_of(rows_of())
    beta = likelihood.start()
    beta[0], beta[1] = beta[1], beta[0]
    assert likelihood.evaluate(beta).value == -np.inf
    response = CumulativeResponse(("a", "b", "c"), np.zeros((2, 1), dtype=int))
    at = response.probabilities((np.array([0.0, 1.0]), np.array([-1.0, 1.5])))
    assert np.isnan([p[1] for p in at.p]).all()
    assert np.isnan(response.derivative(at, 0)[0][1])
    assert not np.isnan([p[0] for p in at.p]).any()


@pytest.mark.parametrize("of", ["probability", "log", "log_odds"])
@pytest.mark.parametrize("level", range(4))
def test_response_against_its_definition(level, of):
    response = CumulativeResponse(tuple("abcd"), np.zeros((3, 1), dtype=int))
    points = [(1.0, 0.2, -2.0), (30.0, 29.5, -40.0), (-50.0, -50.25, -60.0), (60.0, 59.0, 58.5)]
    eta = tuple(np.array(values) for values in zip(*points, strict=True))
    at = response.probabilities(eta)

    def value(*cuts):
        above = [mpmath.mpf(1), *(1 / (1 + mpmath.exp(-x)) for x in cuts), mpmath.mpf(0)]
        below = [mpmath.mpf(0), *(1 / (1 + mpmath.exp(x)) for x in cuts), mpmath.mpf(1)]
        p, q = above[level] - above[level + 1], below[level] + above[level + 1]
        return {"probability": p, "log": mpmath.log(p), "log_odds": mpmath.log(p / q)}[of]

    with mpmath.workdps(80):
        for i, point in enumerate(points):
            cuts = [mpmath.mpf(x) for x in point]
            assert response.value(at, level, of)[i] == pytest.approx(float(value(*cuts)), rel=4e-15)
            assert at.p[level][i] + at.q[level][i] == pytest.approx(1.0, rel=1e-15)
            for j in range(3):
                order = tuple(int(k == j) for k in range(3))
                slope = float(mpmath.diff(value, cuts, order))
                assert response.derivative(at, level, of)[j][i] == pytest.approx(slope, rel=2e-14, abs=1e-300)
                for k in range(3):
                    twice = tuple(int(m == j) + int(m == k) for m in range(3))
                    bend = float(mpmath.diff(value, cuts, twice))
                    size = abs(response.derivative(at, level, of)[j][i])  # second derivatives may cancel to 0
                    assert response.second(at, level, of)[j][k][i] == pytest.approx(bend, rel=1e-11, abs=1e-14 * size)


def test_limits_of_the_response():
    """Cuts at infinity: what is beyond both has probability 0, what is between has 1."""
    response = CumulativeResponse(tuple("abc"), np.zeros((2, 1), dtype=int))
    inf = np.inf
    at = response.probabilities((np.array([inf, inf, -inf]), np.array([inf, -inf, -inf])))
    np.testing.assert_array_equal(np.array(at.p).T, [[0, 0, 1], [0, 1, 0], [1, 0, 0]])


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 6), st.data())
def test_starts_around_cut_points_that_are_held(count, data):
    size = count + 1
    falling = np.sort(np.array(data.draw(st.lists(st.floats(-5, 5), min_size=size, max_size=size, unique=True))))[::-1]
    held = np.array(sorted(data.draw(st.sets(st.integers(0, count)))), dtype=int)
    values = np.linspace(*data.draw(st.sampled_from([(3.0, -3.0), (100.0, 99.0), (-7.0, -90.0)])), len(held))
    result = around(falling.copy(), held, values)
    assert (np.diff(result) < 0).all()
    np.testing.assert_allclose(result[held], values, rtol=1e-15)


def test_a_cut_point_may_be_held_anywhere():
    """The profile of a cut point beyond another's estimate: the others move to stay in order."""
    likelihood = likelihood_of(rows_of())
    best = maximise(likelihood, None, Control()).at.value
    at = likelihood.holding(np.arange(1, likelihood.size), np.array([0]))
    for value in (-30.0, -1.0, 0.0, 2.0, 30.0):
        fixed = maximise(at(np.array([value])), None, Control())
        assert fixed.reached
        assert fixed.at.value <= best


@settings(max_examples=50, deadline=None)
@given(st.floats(1e-300, 700))
def test_log1mexp(x):
    with mpmath.workdps(700):
        exact = float(mpmath.log(1 - mpmath.exp(-mpmath.mpf(x)))) if x < 690 else -float(np.exp(-x))
    assert log1mexp(np.array([x]))[0] == pytest.approx(exact, rel=4e-16 * max(1, 2))
