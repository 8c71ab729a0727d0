"""The same model fitted to the same rows with other weights: it is the fit to rows that are repeated or left out."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from softmax import softmax

import glmlogit as gl
from glmlogit.data import patterns
from glmlogit.errors import DataError, SeparationWarning, UnsupportedError
from glmlogit.estimate import refits
from glmlogit.estimate.estimate import Estimate
from glmlogit.estimate.solved import Solved
from glmlogit.fitting.control import Control
from glmlogit.fitting.maximise import maximise
from glmlogit.inference import bootstrap
from glmlogit.numerics import kernels
from glmlogit.separability.states import CoefficientState

BIRTHS = gl.datasets.birthwt().reset_index(drop=True)
# Both are iterated to 1e-9 standard errors at least, and then one step on.
CLOSE = 1e-9


def simulated(n, p=4, seed=1):
    rng = np.random.default_rng(seed)
    X = np.column_stack([np.ones(n), rng.normal(size=(n, p - 1))])
    y = (rng.random(n) < 1.0 / (1.0 + np.exp(0.5 - 0.4 * X[:, 1:].sum(axis=1)))).astype(float)
    return X, y, rng


def same(refit, direct, errors=1e-9):
    assert refit.coefs.states == direct.coefs.states
    distance = (refit.params - direct.params)[np.isfinite(direct.params)] / direct.bse[np.isfinite(direct.params)]
    assert (np.abs(distance) < CLOSE).all()
    np.testing.assert_allclose(refit.bse, direct.bse, rtol=errors)
    assert refit.llf == pytest.approx(direct.llf, rel=1e-12)
    assert refit.nobs == direct.nobs


@pytest.mark.parametrize("n", [200, 20_000])  # below and above where the information of the fit is stepped with
@pytest.mark.parametrize("cov", ["model", "HC1"])
def test_multiplicities_are_rows_repeated(n, cov):
    X, y, rng = simulated(n)
    offset = rng.normal(size=n)
    times = np.bincount(rng.integers(0, n, n), minlength=n).astype(float)
    fit = gl.logit(gl.design_arrays(y, X, offset=offset)).with_cov(cov)
    rows = np.repeat(np.arange(n), times.astype(int))
    refit = refits.reweighted(fit, times)
    same(refit, gl.logit(gl.design_arrays(y[rows], X[rows], offset=offset[rows])).with_cov(cov))
    assert not refit.capabilities.unreached


@pytest.mark.parametrize("n", [200, 20_000])
def test_weights_of_zero_leave_rows_out(n):
    X, y, rng = simulated(n)
    fold, weights = rng.integers(0, 10, n), rng.random(n) + 0.5
    options = {"weight_type": "sampling"}
    fit = gl.logit(gl.design_arrays(y, X, weights=weights, **options))
    for k in (0, 9):
        rest = fold != k
        same(
            refits.reweighted(fit, rest.astype(float)),
            gl.logit(gl.design_arrays(y[rest], X[rest], weights=weights[rest], **options)),
        )


@pytest.fixture
def passes(monkeypatch):
    """Of each pass over the rows whether it formed an information."""
    informations, once = [], kernels.checked_pass

    def counted(*rows, information=True, **options):
        informations.append(information)
        return once(*rows, information=information, **options)

    monkeypatch.setattr(kernels, "checked_pass", counted)
    return informations


@pytest.mark.parametrize("size", [1.0, 64.0])  # of the weights: the information of the fit is scaled to theirs
def test_passes_of_a_refit_are_few(size, passes):
    """Two for score and information, and three at most for the score alone."""
    X, y, rng = simulated(40_000, 6)
    fit = gl.logit(gl.design_arrays(y, X))
    times = np.bincount(rng.integers(0, len(y), len(y)), minlength=len(y)).astype(float)
    passes.clear()
    refits.reweighted(fit, size * times)
    assert passes.count(True) <= 2
    assert 0 < passes.count(False) <= 3


def test_few_rows_take_newton_steps(passes):
    """Passes are no longer what takes the time."""
    X, y, rng = simulated(1_500)
    fit = gl.logit(gl.design_arrays(y, X))
    passes.clear()
    refits.reweighted(fit, rng.integers(0, 3, len(y)).astype(float))
    assert passes.count(False) == 0


def test_a_fit_that_misleads_is_left_behind():
    """Weights that turn all coefficients round: the steps with the old information lead nowhere."""
    X, y, _ = simulated(20_000)
    fit = gl.logit(gl.design_arrays(y, X))
    against = np.where((X[:, 1:].sum(axis=1) > 0) == (y > 0), 1e-3, 1.0)
    refit = refits.reweighted(fit, against)
    same(refit, gl.logit(gl.design_arrays(y, X, weights=against)), 1e-8)
    assert (np.sign(refit.params.iloc[1:]) != np.sign(fit.params.iloc[1:])).all()


def test_patterns_stay_patterns():
    rng = np.random.default_rng(5)
    n = patterns.LEAST_ROWS
    data = pd.DataFrame({"a": rng.integers(0, 3, n), "b": rng.integers(0, 4, n)})
    data["y"] = (rng.random(n) < 0.3 + 0.1 * data["a"]).astype(int)
    fit = gl.logit("y ~ C(a) + b", data)
    times = np.where(data["a"] == 2, 0.0, rng.integers(0, 3, n))
    refit = refits.reweighted(fit, times)
    assert fit.sample.n_patterns == 12
    assert refit.sample.n_patterns == 8
    assert refit.coefs.states[2] is CoefficientState.ALIASED
    direct = gl.logit("y ~ C(a) + b", data.loc[data.index.repeat(times.astype(int))].reset_index(drop=True))
    terms = direct.params.index
    np.testing.assert_allclose(refit.params[terms], direct.params, rtol=CLOSE)
    np.testing.assert_allclose(refit.bse[terms], direct.bse, rtol=CLOSE)


def test_patterns_of_some_rows():
    found = patterns.Patterns(np.array([2, 0, 1, 0, 2], np.int32), np.array([3, 2, 4], np.int32))
    codes, rows = found.take(np.array([0, 1, 3, 4]))
    np.testing.assert_array_equal(codes, [1, 0, 0, 1])
    np.testing.assert_array_equal(codes[rows], [0, 1])


def test_a_level_without_rows_is_aliased_and_one_with_one_outcome_is_infinite():
    fit = gl.logit("low ~ age + C(race)", BIRTHS)
    gone = refits.reweighted(fit, (BIRTHS["race"] != "black").to_numpy().astype(float))
    assert dict(zip(gone.terms, gone.coefs.states, strict=True))["C(race)[T.black]"] is CoefficientState.ALIASED
    rest = BIRTHS[BIRTHS["race"] != "black"].reset_index(drop=True)
    direct = gl.logit("low ~ age + C(race)", rest)
    np.testing.assert_allclose(gone.params[direct.params.index], direct.params, rtol=CLOSE)
    pure = ~((BIRTHS["race"] == "black") & (BIRTHS["low"] == 0)).to_numpy()
    refit = refits.reweighted(fit, pure.astype(float))
    assert refit.params["C(race)[T.black]"] == np.inf
    with pytest.warns(SeparationWarning):
        same(refit, gl.logit("low ~ age + C(race)", BIRTHS[pure].reset_index(drop=True)))


def test_grouped_rows_and_penalties():
    rows = pd.DataFrame({"x": [0.0, 1.0, 2.0, 3.0], "e": [3, 5, 4, 9], "n": [10, 10, 10, 10]})
    factors = np.array([2.0, 0.0, 1.0, 3.0])
    again = rows.loc[[0, 0, 2, 3, 3, 3]].reset_index(drop=True)
    for estimator in (gl.logit, gl.firth, gl.log_f):
        refit = refits.reweighted(estimator("e ~ x", rows, trials="n"), factors)
        same(refit, estimator("e ~ x", again, trials="n"))
        assert refit.deviance == pytest.approx(estimator("e ~ x", again, trials="n").deviance, rel=1e-12)


def test_what_cannot_be_refitted_and_factors_that_are_none():
    fit = gl.logit("low ~ age", BIRTHS)
    for factors in (np.ones(3), np.full(len(BIRTHS), -1.0), np.full(len(BIRTHS), np.nan)):
        with pytest.raises(DataError, match="0 or more"):
            refits.reweighted(fit, factors)
    with pytest.raises(UnsupportedError, match="several steps"):
        refits.reweighted(gl.flic("low ~ age", BIRTHS), np.ones(len(BIRTHS)))


# --- a model of several outcomes --------------------------------------------------------------------
WOMEN = pd.DataFrame({"x": np.tile([-1.0, 0.0, 0.5, 2.0], 30), "outcome": np.resize([0, 1, 2, 1, 0, 2, 2], 120)})


def several(rows=WOMEN, weights=None, cluster=None):
    X = np.column_stack([np.ones(len(rows)), rows["x"]])
    likelihood = softmax(X, rows["outcome"], range(3), ("Intercept", "x"), weights)
    design = gl.design_arrays(rows["outcome"] > 0, np.ones((len(rows), 1)), weights=weights, cluster=cluster)
    return Estimate(Solved(design, maximise(likelihood, None, Control())), "Softmax", "model", 0.95, Control())


def test_several_outcomes_are_refitted():
    times = np.arange(120) % 4.0
    direct = several(WOMEN.loc[WOMEN.index.repeat(times.astype(int))].reset_index(drop=True))
    same(refits.reweighted(several(), times), direct)


@pytest.mark.parametrize("sample", [{}, {"cluster": np.arange(120) // 6}, {"weights": np.arange(120) % 3 + 1.0}])
def test_bootstrap_of_several_outcomes(sample):
    """Replicates are refits to the rows as often as they are drawn."""
    seen = []

    def params(refit, amounts):
        seen.append((refit.params, amounts))
        return refit.params.to_numpy()

    drawn = bootstrap.replicates(several(**sample), params, 20, 1)
    assert drawn.failed == 0
    for replicate, amounts in seen[:5]:
        direct = several(WOMEN.loc[WOMEN.index.repeat(amounts.astype(int))].reset_index(drop=True))
        np.testing.assert_allclose(replicate, direct.params, atol=1e-8)
    assert np.ptp(drawn.values, axis=0).min() > 0.1
