"""Newton steps that need no care: C and its twin, where they end, and that a fit is the same without them."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import glmlogit as gl
from glmlogit.fitting import maximise
from glmlogit.fitting.newton import ARMIJO, FLAT, ROUNDING_OF_VALUE
from glmlogit.likelihood.binary import BinaryLogit
from glmlogit.likelihood.objective import Advance
from glmlogit.numerics import kernels, newton_steps
from glmlogit.numerics.kernels import CheckedRows, Observations
from glmlogit.numerics.linalg import SUMS_CONDITION
from glmlogit.numerics.newton_steps import StepRules, full_steps, full_steps_numpy

RULES = StepRules(1.0, 1e-9, FLAT, ARMIJO, ROUNDING_OF_VALUE, SUMS_CONDITION, np.inf)
compiled = pytest.mark.skipif(not kernels.COMPILED, reason="not compiled")


def study(seed: int, n: int, p: int, kind: str = "plain") -> CheckedRows:
    rng = np.random.default_rng(seed)
    X = np.column_stack([np.ones(n), rng.normal(size=(n, p - 1)) + 3.0 * (np.arange(p - 1) % 2)])
    trials = rng.integers(1, 6, n).astype(float) if kind == "trials" else None
    y = rng.binomial(1 if trials is None else trials.astype(int), 1 / (1 + np.exp(-0.4 * X[:, -1])), n).astype(float)
    weights = rng.gamma(2.0, size=n) if kind == "weights" else None
    offset = rng.normal(size=n) if kind == "offset" else None
    return CheckedRows.of(Observations(X, y, trials, weights=weights, offset=offset))


@compiled
@pytest.mark.parametrize("kind", ["plain", "trials", "weights", "offset"])
@pytest.mark.parametrize(("n", "p"), [(40, 2), (200, 5), (1000, 9), (500, 32), (60, 1)])
def test_compiled_steps_are_those_of_the_twin(kind, n, p):
    """As many steps to the same place, decrements to the rounding of a step; sums are those of a pass, bit for bit."""
    rows, start = study(n + p, n, p, kind), np.zeros(p)
    scale = 2.0 ** np.arange(p) if kind == "offset" else None
    fast, plain = full_steps(rows, start, scale, RULES, 8), full_steps_numpy(rows, start, scale, RULES, 8)
    assert len(fast.steps) == len(plain.steps) > 1
    np.testing.assert_allclose(fast.beta, plain.beta, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(fast.steps[:-1], plain.steps[:-1], rtol=1e-9)
    sums = kernels.checked_pass(rows, fast.beta, scale)
    assert fast.sums.llf == sums.llf
    np.testing.assert_array_equal(fast.sums.score, sums.score)
    np.testing.assert_array_equal(fast.sums.information, sums.information)


@pytest.mark.parametrize("take", [full_steps, full_steps_numpy])
def test_steps_end_where_care_begins(take):
    rows = study(1, 200, 4)
    start = np.zeros(4)
    complete = take(rows, start, None, RULES, 8)
    decrements = [decrement for _, decrement in complete.steps]
    assert min(decrements) > RULES.tol
    assert take(rows, start, None, RULES, 2).steps == complete.steps[:2]
    flat = take(rows, start, None, RULES._replace(careful=1.0), 8)
    assert [d for _, d in flat.steps] == [d for d in decrements if d >= FLAT]
    for rules in (RULES._replace(condition=1.0), RULES._replace(share=2.0), RULES._replace(tol=1e9)):
        stopped = take(rows, start, None, rules, 8)
        assert stopped.steps == ()
        np.testing.assert_array_equal(stopped.beta, start)
        assert stopped.sums.llf == kernels.checked_pass(rows, start).llf
    twice = rows.rows._replace(X=np.column_stack([rows.rows.X, rows.rows.X[:, 1]]))
    assert take(CheckedRows.of(twice), np.zeros(5), None, RULES, 8).steps == ()
    far = take(rows, np.full(4, 900.0), None, RULES, 8)
    assert far.steps == ()


def test_many_columns_and_segments_take_none():
    for rows in (study(2, 200, newton_steps.MOST_COLUMNS + 1), study(3, 20_000, 3)):
        p = rows.rows.X.shape[1]
        ahead = full_steps(rows, np.zeros(p), None, RULES, 8)
        assert ahead.steps == () if kernels.COMPILED else ahead.steps
        assert ahead.sums.llf == kernels.checked_pass(rows, ahead.beta).llf


@compiled
def test_what_cannot_be_read_is_refused():
    rows = study(1, 30, 3).rows
    good = [*rows, np.zeros(3), None, np.empty(13), np.empty(3), np.empty((4, 2)), tuple(RULES)]
    assert kernels._rowpass.full_steps(*good) > 0
    bad = ((7, np.zeros(2)), (9, np.empty(4)), (10, np.empty(2)), (10, np.empty(3, dtype=np.float32)))
    for place, value in bad:
        with pytest.raises(ValueError, match=r"vector|output|expected"):
            kernels._rowpass.full_steps(*[value if i == place else v for i, v in enumerate(good)])
    with pytest.raises(TypeError):
        kernels._rowpass.full_steps(*good[:-1], (1.0,))
    wide = study(1, 100, 33).rows
    with pytest.raises(ValueError, match="expected few columns"):
        kernels._rowpass.full_steps(
            *wide, np.zeros(33), None, np.empty(1 + 33 + 33**2), np.empty(33), np.empty((4, 2)), tuple(RULES)
        )


# --- the fit is the same without them ---------------------------------------------------------------
KINDS = ("typical", "year", "separated", "quasi", "aliased", "weights", "trials", "offset", "rare", "tiny", "large")


def design_of(kind: str, seed: int) -> gl.Design:
    rng = np.random.default_rng(seed)
    n = {"tiny": 12, "rare": 400, "large": 3000}.get(kind, 150)
    X = np.column_stack([rng.normal(52, 12, n).round(), rng.normal(27, 4.5, n).round(1), rng.integers(0, 2, n)])
    chance = 1 / (1 + np.exp(-0.05 * (X[:, 0] - 52) + (4.5 if kind == "rare" else 0.0)))
    y, sides = (rng.random(n) < chance).astype(float), {}
    y[:2] = 0.0, 1.0
    if kind == "year":
        X = np.column_stack([X, rng.integers(2005, 2016, n)])
    elif kind == "aliased":
        X = np.column_stack([X, X[:, 0] - X[:, 1]])
    elif kind == "separated":
        y = (X[:, 0] > 52).astype(float)
    elif kind == "quasi":
        y[X[:, 2] == 1] = 1.0
    elif kind == "weights":
        sides = {"weights": rng.gamma(2.0, size=n) * 1e-3, "weight_type": "precision"}
    elif kind == "trials":
        sides, y = {"trials": np.full(n, 4)}, rng.binomial(4, chance)
    elif kind == "offset":
        sides = {"offset": rng.normal(size=n) * 5}
    return gl.design_arrays(y, X, intercept=True, **sides)


@pytest.mark.parametrize("max_iter", [2, 5, 100])
@pytest.mark.parametrize("kind", KINDS)
def test_the_fit_is_the_same_without_them(monkeypatch, kind, max_iter):
    """Status, number of steps, halvings and digits; estimates to the precision they are promised in."""
    control = gl.Control(max_iter=max_iter)
    for seed in range(2):
        with warnings.catch_warnings(), monkeypatch.context() as patched:
            warnings.simplefilter("ignore")
            patched.setattr(maximise, "at_once", lambda *args: None)
            design = design_of(kind, seed)
            quick = gl.logit(design, control=control)
            patched.setattr(BinaryLogit, "full_steps", lambda self, start, *_: Advance(start, self.evaluate(start)))
            slow = gl.logit(design, control=control)
        assert (quick.status, quick.n_iter) == (slow.status, slow.n_iter)
        assert list(quick.trace["halvings"]) == list(slow.trace["halvings"])
        # Under separation the rounding of steps grows with the condition.
        np.testing.assert_allclose(quick.trace["llf"], slow.trace["llf"], rtol=1e-9)
        large = slow.trace["decrement"] > 1e-5  # smaller ones are rounding of scores, all the more under separation
        np.testing.assert_allclose(quick.trace["decrement"][large], slow.trace["decrement"][large], rtol=1e-4)
        if slow.maximum.reached:
            np.testing.assert_allclose(quick.params, slow.params, rtol=1e-13, atol=1e-14)
            np.testing.assert_allclose(quick.bse, slow.bse, rtol=1e-13)
            assert quick.digits == pytest.approx(slow.digits, abs=0.3, nan_ok=True)
            assert quick.maximum.states == slow.maximum.states
            assert [note.text for note in quick.notes] == [note.text for note in slow.notes]


def test_they_are_taken_where_rows_are_few():
    fit = gl.logit(design_of("typical", 0))
    likelihood = BinaryLogit(fit.design)
    ahead = likelihood.full_steps(likelihood.start(), RULES, 8)
    assert fit.n_iter - len(ahead.steps) == 1
    np.testing.assert_allclose(fit.trace["decrement"].iloc[:-1], [d for _, d in ahead.steps], rtol=1e-12)
