"""The maximum of few rows in one compiled call, against the stages that do without it."""

from __future__ import annotations

import math
import warnings
from itertools import product

import numpy as np
import pytest

import glmlogit as gl
from glmlogit.fitting import maximise
from glmlogit.fitting.at_once import ProofRules, at_once
from glmlogit.fitting.newton import ARMIJO, FLAT, ROUNDING_OF_VALUE
from glmlogit.likelihood.binary import BinaryLogit
from glmlogit.numerics import kernels
from glmlogit.numerics.linalg import SUMS_CONDITION
from glmlogit.numerics.newton_steps import StepRules

compiled = pytest.mark.skipif(not kernels.COMPILED, reason="not compiled")


def columns(n: int, seed: int, kind: str) -> np.ndarray:
    """Age and body mass as they are, a sex; with a year, dates far from zero, all centred, many columns, two alike."""
    rng = np.random.default_rng(seed)
    X = np.column_stack([rng.normal(52, 12, n).round(), rng.normal(27, 4.5, n).round(1), rng.integers(0, 2, n)])
    more = {
        "year": lambda: rng.integers(2005, 2016, (n, 1)),
        "dates": lambda: np.column_stack([rng.integers(2005, 2016, n), -734503.0 - rng.integers(0, 900, n)]),
        "many": lambda: rng.normal(size=(n, 12)),
        "aliased": lambda: X[:, :1] - X[:, 1:2],
        "alike": lambda: X[:, 1:2] + 1e-5 * rng.normal(size=(n, 1)),
    }.get(kind, lambda: np.empty((n, 0)))()
    X = np.column_stack([X, more])
    return X - X.mean(axis=0) if kind == "centred" else X


SERVED = ("typical", "centred", "year", "dates", "many")
CARE = ("aliased", "alike", "separated", "quasi")
SIDES = ("plain", "weights", "precision", "trials", "offset", "fortran", "no intercept")


def design_of(kind: str, sides: str, n: int, seed: int) -> gl.Design:
    rng = np.random.default_rng(seed + 1)
    X = columns(n, seed, kind)
    chance = 1 / (1 + np.exp(-0.05 * (X[:, 0] - X[:, 0].mean())))
    y = (rng.random(n) < chance).astype(float)
    y[:2] = 0.0, 1.0
    y = (X[:, 0] > X[:, 0].mean()).astype(float) if kind == "separated" else y
    y = np.where(X[:, 2] > X[:, 2].mean(), 1.0, y) if kind == "quasi" else y
    given = {
        "weights": lambda: {"weights": rng.integers(1, 9, n)},
        "precision": lambda: {"weights": rng.gamma(2.0, size=n) * 1e-3, "weight_type": "precision"},
        "trials": lambda: {"trials": np.full(n, 4)},
        "offset": lambda: {"offset": rng.normal(size=n)},
    }.get(sides, dict)()
    y = np.where(kind in ("separated", "quasi"), 4 * y, rng.binomial(4, chance)) if sides == "trials" else y
    X = np.asfortranarray(X) if sides == "fortran" else X
    return gl.design_arrays(y, X, intercept=sides != "no intercept", **given)


def both(monkeypatch, design: gl.Design, **control) -> tuple[gl.Fit, gl.Fit]:
    """Fits by the compiled call and by the stages."""
    with warnings.catch_warnings(), monkeypatch.context() as patched:
        warnings.simplefilter("ignore")
        quick = gl.logit(design, control=gl.Control(**control))
        patched.setattr(maximise, "at_once", lambda *args: None)
        return quick, gl.logit(design, control=gl.Control(**control))


def same(quick: gl.Fit, slow: gl.Fit) -> None:
    """Refined coefficients to the last bit; others, and errors, to the precision that they are promised in."""
    assert (quick.status, quick.n_iter) == (slow.status, slow.n_iter)
    assert quick.maximum.states == slow.maximum.states
    assert [note.text for note in quick.notes] == [note.text for note in slow.notes]
    assert quick.digits == pytest.approx(slow.digits, abs=0.3, nan_ok=True)
    refined = slow.maximum.root is not None
    assert (quick.maximum.root is not None) == refined
    np.testing.assert_allclose(quick.params, slow.params, rtol=0 if refined else 1e-13)
    np.testing.assert_allclose(quick.bse, slow.bse, rtol=1e-14 if refined else 1e-13)
    np.testing.assert_allclose(quick.cov_params(), slow.cov_params(), rtol=1e-11, atol=0)
    assert quick.llf == pytest.approx(slow.llf, rel=1e-15)
    np.testing.assert_allclose(quick.trace["llf"], slow.trace["llf"], rtol=1e-12)
    ours, theirs = quick.maximum.at.info.factor, slow.maximum.at.info.factor
    assert ours.condition == pytest.approx(theirs.condition, rel=1e-8)
    np.testing.assert_allclose(np.abs(ours.inverse_root), np.abs(theirs.inverse_root), rtol=1e-7, atol=1e-10)


@pytest.mark.parametrize(("kind", "sides"), [*product(SERVED, SIDES), *product(CARE, ("plain",))])
def test_the_fit_is_that_of_the_stages(monkeypatch, kind, sides):
    n = 70 if len(kind + sides) % 2 else 1_200
    same(*both(monkeypatch, design_of(kind, sides, n, n)))


@compiled
@pytest.mark.parametrize("kind", SERVED + CARE)
def test_it_serves_where_nothing_needs_care(kind):
    """Whether columns are shifted shows in coefficients with a low part, before they are refined."""
    likelihood = BinaryLogit(design_of(kind, "plain", 200, 3))
    found = at_once(likelihood, gl.Control(), 10.0)
    assert (found is None) == (kind in CARE)
    if found is not None:
        maximum, refined = found
        assert refined == (kind != "centred")
        assert (maximum.low is not None) == (kind in ("year", "dates"))


@compiled
def test_where_it_does_not_serve():
    likelihood = BinaryLogit(design_of("typical", "plain", 200, 3))
    steps = len(at_once(likelihood, gl.Control(), 0.0)[0].trace)
    assert at_once(likelihood, gl.Control(max_iter=steps), 0.0) is not None
    assert at_once(likelihood, gl.Control(max_iter=steps - 1), 0.0) is None
    many = design_of("typical", "plain", 20_000, 1)
    assert at_once(BinaryLogit(many), gl.Control(), 0.0) is None
    wide = gl.design_arrays(np.arange(300) % 2, np.random.default_rng(1).normal(size=(300, 32)), intercept=True)
    assert at_once(BinaryLogit(wide), gl.Control(), 0.0) is None
    held = BinaryLogit(likelihood.rows.with_limit(np.eye(1, 200)[0]))
    assert at_once(held, gl.Control(), 0.0) is None
    units = gl.design_arrays(likelihood.rows.y, columns(200, 3, "typical") * [1e140, 1e-140, 1.0], intercept=True)
    assert at_once(BinaryLogit(units), gl.Control(), 0.0) is None


@compiled
def test_what_cannot_be_read_is_refused():
    rng = np.random.default_rng(1)
    X, y = np.column_stack([np.ones(30), rng.normal(size=(30, 2))]), np.arange(30) % 2.0
    rules = StepRules(1.0, 1e-9, FLAT, ARMIJO, ROUNDING_OF_VALUE, SUMS_CONDITION, math.inf)
    room = [np.empty(13), np.empty((2, 3)), np.empty((9, 2)), np.empty((4, 3))]
    good = [X, y, None, None, None, None, None, np.zeros(3), None, *room, rules, ProofRules(0.0, 30.0, 0.0)]
    assert kernels._rowpass.maximum(*good)[0] > 1
    bad = [(place, value[:-1].copy()) for place, value in enumerate(room, 9) if place != 11]
    bad += [
        (9, np.empty(4)),
        (11, np.empty((0, 2))),
        (0, X.astype(np.float32)),
        (12, np.empty((4, 3), dtype=np.float32)),
    ]
    for place, value in bad:
        with pytest.raises(ValueError, match=r"output|expected"):
            kernels._rowpass.maximum(*[value if i == place else v for i, v in enumerate(good)])
    with pytest.raises(TypeError):
        kernels._rowpass.maximum(*good[:-1], (1.0,))
