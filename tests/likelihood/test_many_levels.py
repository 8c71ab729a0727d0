"""Levels eliminated from every step, against the iteration over all columns, on generated data."""

import warnings

import numpy as np
import pandas as pd
import pytest

import glmlogit as gl
from glmlogit.fitting import maximise
from glmlogit.fitting.levels import by_levels
from glmlogit.likelihood.binary import BinaryLogit
from glmlogit.numerics.arrowhead import Arrowhead, ArrowheadFactor

FORMULAS = ["y ~ a + b + g", "y ~ 0 + g + a", "y ~ sex*a + h + g", "y ~ year + b + g", "y ~ g"]
OPTIONS = [{}, {"weights": "w", "offset": "o"}, {"weights": "s", "weight_type": "sampling"}, {"trials": "m"}]


def data(seed, levels=120, n=3_000, spread=0.5):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({name: rng.standard_normal(n) for name in "abo"})
    codes = rng.integers(0, levels, n)
    frame["g"] = pd.Categorical.from_codes(codes, [f"u{i:03d}" for i in range(levels)])
    frame["sex"], frame["h"] = rng.choice(["f", "m"], n), rng.choice(list("pqrst"), n)
    frame["year"], frame["w"], frame["s"] = rng.integers(2001, 2015, n), rng.integers(1, 4, n), rng.random(n) + 0.2
    frame["m"] = rng.integers(1, 3, n)
    eta = -0.4 + 0.3 * frame["a"] + rng.normal(0, spread, levels)[codes]
    frame["y"] = (rng.random(n) < 1 / (1 + np.exp(-eta))).astype(int)
    return frame


def both(monkeypatch, formula, frame, **options):
    """The fit with levels eliminated, and that of all columns."""
    used, fits = [], []
    eliminating = maximise.by_levels
    monkeypatch.setattr(maximise, "by_levels", lambda *likelihood: used.append(eliminating(*likelihood)) or used[-1])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fits.append(gl.logit(formula, frame, **options))
        monkeypatch.setattr(maximise, "by_levels", lambda *likelihood: None)
        fits.append(gl.logit(formula, frame, **options))
    monkeypatch.setattr(maximise, "by_levels", eliminating)
    return *fits, used[0] is not None


def assert_same(ours, theirs):
    assert ours.status is theirs.status
    assert ours.maximum.states == theirs.maximum.states
    assert ours.maximum.rank == theirs.maximum.rank
    finite = np.isfinite(theirs.params)
    np.testing.assert_array_equal(ours.params[~finite], theirs.params[~finite])
    errors = theirs.bse[finite].to_numpy()
    assert np.abs((ours.params - theirs.params)[finite].to_numpy() / errors).max(initial=0.0) < 1e-12
    # κ²·eps of sums of products up to the condition at which they are relied on
    np.testing.assert_allclose(ours.bse, theirs.bse, rtol=2e-13)
    assert ours.llf == pytest.approx(theirs.llf, rel=1e-13)
    score = ours.maximum.at.score * ours.bse.to_numpy()[ours.maximum.estimated]  # distances in standard errors
    assert np.nanmax(np.abs(score), initial=0.0) < 1e-10


@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.parametrize("formula", FORMULAS)
def test_levels_eliminated_or_not(monkeypatch, formula, options):
    seed = FORMULAS.index(formula)
    ours, theirs, used = both(monkeypatch, formula, data(seed, spread=0.3), **options)
    assert used
    assert_same(ours, theirs)


@pytest.mark.parametrize("formula", FORMULAS)
@pytest.mark.parametrize("reference", [False, True])
def test_levels_of_one_outcome(monkeypatch, formula, reference):
    frame = data(7, levels=200, spread=1.5)
    if reference:
        frame.loc[frame["g"] == "u000", "y"] = 1
    ours, theirs, used = both(monkeypatch, formula, frame)
    assert used
    assert ours.status.name == "SEPARATED"
    assert_same(ours, theirs)
    np.testing.assert_array_equal(ours.separation.rows, theirs.separation.rows)


@pytest.mark.parametrize("kind", ["aliased", "separated", "collinear", "one level", "few levels"])
def test_what_is_in_doubt_is_left_to_all_columns(kind):
    frame = data(9, levels=90 if kind == "few levels" else 120)
    frame["z"] = {
        "aliased": frame["g"].cat.codes % 7 * 1.0,
        "separated": frame["y"] * 1.0,
        "collinear": frame["a"] + 1e-9 * frame["b"],
        "one level": (frame["g"] == "u005") * 1.0,
        "few levels": frame["b"],
    }[kind]
    likelihood = BinaryLogit(gl.design("y ~ a + g + z", frame))
    with np.errstate(all="ignore"):
        assert by_levels(likelihood, gl.Control()) is None


def test_what_follows_a_fit_is_the_same(monkeypatch):
    ours, theirs, _ = both(monkeypatch, "y ~ year + a + g", data(11, spread=0.3))
    kinds = ("model", "HC1")
    for kind in kinds:
        np.testing.assert_allclose(ours.cov_params(kind), theirs.cov_params(kind), rtol=1e-8, atol=1e-14)
    rows = data(12, n=3_000)[:50]
    ours_said, theirs_said = (fit.predict(rows, interval="confidence") for fit in (ours, theirs))
    pd.testing.assert_frame_equal(ours_said, theirs_said, rtol=1e-10)
    smaller = gl.logit("y ~ a + g", data(11, spread=0.3))
    tests = [gl.lr_test(fit, smaller).p_value for fit in (ours, theirs)]
    assert tests[0] == pytest.approx(tests[1], rel=1e-9)


def test_five_thousand_levels_are_decided():
    """Six events in the twenty rows of each level: the bound of rounding once summed what no row has together."""
    levels, rows, rng = 5_000, 20, np.random.default_rng(1)
    frame = pd.DataFrame({"g": np.repeat([f"u{i:04d}" for i in range(levels)], rows)})
    frame["y"], frame["a"] = np.tile(np.arange(rows) < 6, levels).astype(int), rng.standard_normal(levels * rows)
    fit = gl.logit("y ~ a + g", frame)
    assert fit.status.name == "CONVERGED"
    assert np.abs(fit.params["a"]) < 0.02
    eta = fit.params["Intercept"] + fit.params["a"] * frame["a"][:rows]
    assert (1 / (1 + np.exp(-eta))).sum() == pytest.approx(6, rel=1e-9)  # the score of the reference level is zero


@pytest.mark.parametrize("constant", [False, True])
def test_an_arrowhead_is_the_matrix_it_stands_for(monkeypatch, constant):
    fit, theirs, used = both(monkeypatch, f"y ~ {'' if constant else '0 + '}g + a + year", data(13, n=2_500))
    info = fit.maximum.at.info
    assert used
    assert isinstance(info, Arrowhead)
    assert isinstance(info.factor, ArrowheadFactor)
    dense, whole, factor = theirs.maximum.at.info.dense, info.matrix, info.factor
    size = np.sqrt(np.diagonal(dense))
    np.testing.assert_allclose(whole / np.outer(size, size), dense / np.outer(size, size), atol=1e-12)
    v = np.random.default_rng(0).standard_normal((len(size), 2)) * size[:, None]
    solved = np.linalg.solve(dense, v)
    np.testing.assert_allclose(factor.solve(v) * size[:, None], solved * size[:, None], rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(factor.half_solve(v), factor.inverse_root.T @ v, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(factor.both_halves(v[:, 0])[1], factor.solve(v[:, 0]))
    np.testing.assert_allclose(factor.errors, np.linalg.norm(factor.inverse_root, axis=1), rtol=1e-12)
    np.testing.assert_allclose(
        factor.root.T @ factor.root / np.outer(size, size), whole / np.outer(size, size), atol=1e-12
    )
    # a year beside a constant costs the matrix, of condition 1e7, the digits that its factor has
    assert factor.log_determinant == pytest.approx(np.linalg.slogdet(dense)[1], abs=1e-8)
    kept = np.array([0, 3, len(size) - 1])
    np.testing.assert_allclose(info.keep(kept).dense, dense[np.ix_(kept, kept)], rtol=1e-9)
