"""One compiled call for each penalty has the maxima of the loop in Python, and leaves to it what is not regular."""

from __future__ import annotations

import numpy as np
import pytest

import glmlogit as gl
from glmlogit.numerics import descent
from glmlogit.shrinkage.active_set import ActiveSet

compiled = pytest.mark.skipif(descent._descent is None, reason="without a compiler there is only the loop in Python")


def rows(seed, n, p, shared=0.0, **options):
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n, p)) + shared * rng.standard_normal((n, 1))
    y = (rng.random(n) < 1 / (1 + np.exp(-X[:, : min(p, 8)] @ rng.standard_normal(min(p, 8)) / 2))).astype(float)
    return gl.design_arrays(y, X * np.geomspace(0.1, 10, p), intercept=True, **options)


def weighted(seed, n, p):
    rng = np.random.default_rng(100 + seed)
    return rows(seed, n, p, offset=rng.normal(size=n), weights=rng.uniform(0, 3, n))


LIMITS = {
    "lower": {"x1": 0.0, "x3": -0.01},
    "upper": {"x0": 0.02, "x5": 0.0},
    "penalty_factor": {"x2": 0.0, "x4": np.inf, "x6": 3.0},
}
CASES = {
    "fewer columns": (rows(1, 300, 12), {}),
    "more columns": (rows(2, 60, 400), {}),
    "columns that go together": (rows(3, 80, 200, shared=2.0), {}),
    "offset and weights": (weighted(4, 100, 150), {}),
    "limits and factors": (rows(5, 100, 150), LIMITS),
    "limits in an elastic net": (rows(6, 100, 150), {"l1_ratio": 0.3, **LIMITS}),
    "limits of what has no lasso": (rows(7, 90, 30), {"penalty_factor": {"x3": 0.0}, "upper": {"x3": 0.01}}),
    "nearly ridge": (rows(8, 80, 60), {"l1_ratio": 0.01}),
    "not standardised": (rows(9, 80, 100), {"standardize": False}),
    "many rows": (rows(10, 2_500, 25), {}),
}


def both(design, monkeypatch, **options):
    """Paths with and without the compiled call, and for each penalty whether it gave the maximum."""
    answers, maximum = list[bool](), ActiveSet.maximum

    options.setdefault("n_penalties", 30)

    def counted(*args):
        point = maximum(*args)
        answers.append(point is not None)
        return point

    with monkeypatch.context() as patch:
        patch.setattr(ActiveSet, "maximum", counted)
        quick = gl.elastic_net_path(design, **options)
        patch.setattr(ActiveSet, "of", lambda _: None)
        plain = gl.elastic_net_path(design, **options)
    return quick, plain, answers


@compiled
@pytest.mark.parametrize("case", CASES)
def test_one_call_gives_the_maximum_of_the_loop(case, monkeypatch):
    design, options = CASES[case]
    quick, plain, answers = both(design, monkeypatch, **options)
    assert len(answers) == 29  # all but the largest penalty, whose maximum is that of nothing
    assert all(answers)
    scale = quick.problem.scale
    # Both are within 1e-9 standard errors of the maximum, one of which is less than 1 here.
    np.testing.assert_allclose(quick.coefficients * scale, plain.coefficients * scale, atol=2e-9)
    np.testing.assert_array_equal(quick.coefficients == 0, plain.coefficients == 0)
    np.testing.assert_allclose(quick.table["deviance"], plain.table["deviance"], rtol=1e-9)
    assert quick.table["kkt"].max() < 1e-8
    if case != "limits of what has no lasso":  # whose dual point rounding decides
        assert quick.table["gap"].max() < 1e-10


@compiled
def test_dependent_columns_are_left_to_the_loop(monkeypatch):
    rng = np.random.default_rng(11)
    X = rng.standard_normal((60, 40))
    y = (rng.random(60) < 1 / (1 + np.exp(-X[:, 0]))).astype(float)
    design = gl.design_arrays(y, np.hstack([X, X]), intercept=True)
    quick, plain, answers = both(design, monkeypatch)
    assert not all(answers)
    np.testing.assert_allclose(quick.table["objective"], plain.table["objective"], rtol=1e-12)
    assert quick.table["kkt"].max() < 1e-8


@compiled
def test_a_path_ends_where_it_ends_in_the_loop(monkeypatch):
    X = np.random.default_rng(12).standard_normal((40, 4))
    design = gl.design_arrays((X[:, 0] > 0).astype(float), X, intercept=True)
    quick, plain, _ = both(design, monkeypatch, penalties=np.append(np.geomspace(0.1, 0.001, 29), 0.0))
    assert [note.text for note in quick.notes] == [note.text for note in plain.notes] != []
    assert len(quick.penalties) == len(plain.penalties) == 29


@compiled
def test_scores_that_were_not_taken_anew_are_below_the_penalty(monkeypatch):
    quick, _, _ = both(rows(13, 60, 2_000), monkeypatch)
    stale = 0
    for point in quick.points:
        exact = quick.problem.score(quick.problem.residual(point.beta))
        l1 = quick.problem.terms(point.penalty).limited.l1
        taken = np.isclose(point.score, exact, rtol=1e-9, atol=1e-9)
        stale += int((~taken).sum())
        assert (np.abs(exact[~taken]) < l1[~taken]).all()
        assert (np.abs(point.score[~taken]) < l1[~taken]).all()
    assert stale


@compiled
@pytest.mark.parametrize(
    "wrong", [{"nonevents": np.ones(2)}, {"l1": np.ones(3)}, {"at": np.ones(2)}, {"working": np.array([2])}]
)
def test_malformed_arguments_are_refused(wrong):
    with pytest.raises(ValueError, match="shapes"):
        call(wrong)


def call(changed):
    n, p = 3, 2
    args = {"X": np.ones((p, n)), "events": np.ones(n), "nonevents": np.ones(n), "offset": None}
    args |= {name: np.ones(p) for name in ("l1", "l2", "low", "high", "scale", "mean", "spread", "before")}
    args |= {"at": np.ones(n), "beta": np.zeros(p), "score": np.ones(p), "value": np.ones(1)}
    args |= {"working": np.array([0])}
    return descent._descent.active_set(*(args | changed).values(), 8, 1e-9, 1e-6, 0.1, 1e-9, 1e-2, 10)


@compiled
@pytest.mark.parametrize(
    "absent",
    [
        "X",
        "events",
        "nonevents",
        "l1",
        "l2",
        "low",
        "high",
        "scale",
        "mean",
        "spread",
        "before",
        "at",
        "beta",
        "score",
        "value",
        "working",
    ],
)
def test_only_an_offset_may_be_absent(absent):
    call({})
    call({"offset": np.zeros(3)})
    with pytest.raises(TypeError):
        call({absent: None})
