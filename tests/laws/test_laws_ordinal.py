"""Invariants of proportional odds on generated data: recoded, reversed, rescaled, repeated, counted."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
from hypothesis import assume, given
from hypothesis import strategies as st
from strategies import examples, seeds

import glmlogit as gl


@st.composite
def ordered_data(draw, levels=(3, 4)):
    """Some rows of small numbers and a factor, with every level of the outcome, overlapping."""
    n, K, seed = draw(st.integers(25, 60)), draw(st.integers(*levels)), draw(seeds)
    rng = np.random.default_rng(seed)
    x, g = rng.integers(-3, 4, n), rng.choice(["a", "b"], n)
    y = np.clip(np.round(0.4 * x + 0.5 * (g == "b") + rng.logistic(size=n)) + 1, 0, K - 1).astype(int)
    y[:K] = np.arange(K)
    return pd.DataFrame({"y": y, "x": x.astype(float), "g": g})


def fit_of(data, formula="y ~ x + g", **options):
    with warnings.catch_warnings():
        warnings.simplefilter("error", gl.errors.SeparationWarning)
        try:
            return gl.ordinal(formula, data, **options)
        except gl.errors.SeparationWarning:
            assume(False)


def slopes(fit):
    """Coefficients that are no cut points."""
    return fit.params[[name for name in fit.params.index if "|" not in name]]


def cuts(fit):
    return fit.params[[name for name in fit.params.index if "|" in name]].to_numpy()


@examples(12)
@given(ordered_data())
def test_levels_reversed(data):
    """Odds of being lower: slopes and cut points change their sign, these their order."""
    fit = fit_of(data)
    turned = fit_of(data.assign(y=data["y"].max() - data["y"]))
    np.testing.assert_allclose(slopes(turned), -slopes(fit), rtol=1e-9, atol=1e-11)
    np.testing.assert_allclose(cuts(turned), -cuts(fit)[::-1], rtol=1e-9, atol=1e-11)
    np.testing.assert_allclose(turned.bse.to_numpy()[-2:], fit.bse.to_numpy()[-2:], rtol=1e-9)
    assert abs(turned.llf - fit.llf) <= 1e-12 * abs(fit.llf)


@examples(12)
@given(ordered_data())
def test_rows_weights_and_counts_are_the_same(data):
    fit = fit_of(data)
    counted = data.value_counts().rename("n").reset_index().assign(n=lambda d: d["n"].astype(float))
    wide = data.groupby(["x", "g"])["y"].value_counts().unstack(fill_value=0).add_prefix("k").reset_index()
    names = [f"k{level}" for level in sorted(data["y"].unique())]
    others = [
        fit_of(counted, weights="n"),
        fit_of(wide, f"cbind({', '.join(names)}) ~ x + g"),
        fit_of(data.sample(frac=1, random_state=1)),
    ]
    margins, robust = gl.margins(fit), gl.with_cov(fit, "HC0").bse.to_numpy()
    for same in others:
        np.testing.assert_allclose(same.params.to_numpy(), fit.params.to_numpy(), rtol=1e-9, atol=1e-11)
        np.testing.assert_allclose(same.bse.to_numpy(), fit.bse.to_numpy(), rtol=1e-9)
        assert same.nobs == fit.nobs or same.design.grouped
        effects = gl.margins(same)
        np.testing.assert_allclose(effects["estimate"], margins["estimate"], rtol=1e-8, atol=1e-11)
        np.testing.assert_allclose(effects["std_error"], margins["std_error"], rtol=1e-7)
        brant, plain = gl.brant(same, "lr").table, gl.brant(fit, "lr").table
        np.testing.assert_allclose(brant["statistic"], plain["statistic"], rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(gl.with_cov(others[0], "HC0").bse, robust, rtol=1e-8)


@examples(12)
@given(ordered_data(), st.sampled_from([0.01, 3.0, 1000.0]), st.sampled_from([-5.0, 40.0]))
def test_scale_and_shift(data, scale, shift):
    """Columns in other units: slopes by the unit, cut points by the shift; tests as they were."""
    fit, other = fit_of(data), fit_of(data.assign(x=data["x"] * scale + shift))
    np.testing.assert_allclose(slopes(other)["x"] * scale, slopes(fit)["x"], rtol=1e-8, atol=1e-11)
    moved = cuts(other) - slopes(other)["x"] * shift
    np.testing.assert_allclose(moved, cuts(fit), rtol=1e-7, atol=1e-8)
    assert abs(other.llf - fit.llf) <= 1e-11 * abs(fit.llf)
    for test in ("score", "lr"):
        tables = [gl.brant(f, test).table["statistic"] for f in (fit, other)]
        np.testing.assert_allclose(*tables, rtol=1e-5, atol=1e-7)


@examples(12)
@given(ordered_data())
def test_probabilities_and_effects_add_up(data):
    fit = fit_of(data)
    assert (np.diff(cuts(fit)) > 0).all()
    p = fit.predict()
    np.testing.assert_allclose(p.sum(axis=1), 1.0, rtol=1e-14)
    effects = gl.margins(fit).groupby("variable")["estimate"].sum()
    assert np.abs(effects).max() < 1e-14
    only = fit_of(data, "y ~ 1")
    shares = np.cumsum(np.bincount(data["y"])[:-1]) / len(data)
    np.testing.assert_allclose(cuts(only), np.log(shares / (1 - shares)), rtol=1e-11, atol=1e-13)
    assert abs(only.llf - fit.llnull) <= 1e-12 * abs(fit.llnull)


@examples(12)
@given(ordered_data())
def test_wider_models_fit_better(data):
    fit = fit_of(data)
    some, every = (fit_of(data, nonparallel=terms) for terms in ("x", ["x", "g"]))
    slack = 1e-10 * abs(fit.llf)
    assert fit.llf <= some.llf + slack
    assert some.llf <= every.llf + slack
    assert gl.lr_test(some, fit).statistic >= 0
    assert (gl.drop1(fit)["statistic"].dropna() >= 0).all()


@examples(12)
@given(ordered_data())
def test_a_level_without_observations_changes_nothing(data):
    fit = fit_of(data)
    levels = [-1, *sorted(data["y"].unique()), 99]
    wider = fit_of(data.assign(y=pd.Categorical(data["y"], levels, ordered=True)))
    np.testing.assert_array_equal(wider.params, fit.params)
    np.testing.assert_array_equal(wider.bse, fit.bse)
