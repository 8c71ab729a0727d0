"""Refinement and certified digits of several levels: never more digits than are right, and all of them."""

from __future__ import annotations

import math
import warnings
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from correct_digits import correct
from hypothesis import given, settings
from hypothesis import strategies as st
from model_reference import frame
from multinomial_reference import FITTED, IRIS, PROBLEMS, SEPARATIONS, fit_of, keyed, separated_fit

import glmlogit as gl
from glmlogit.data.storage import blocks
from glmlogit.fitting.certify import certified_digits
from glmlogit.fitting.control import Control
from glmlogit.fitting.error_bounds import MOST_DIGITS, ScaledRows, exact_sums, whitened_score
from glmlogit.fitting.maximise import maximise
from glmlogit.fitting.refine import polish
from glmlogit.likelihood.binary import BinaryLogit
from glmlogit.likelihood.multinomial import MultinomialLogit
from glmlogit.likelihood.objective import exact
from glmlogit.numerics import doubledouble, kernels


def table(seed, n=70, levels=3):
    rng = np.random.default_rng(seed)
    x, z = rng.integers(-200, 200, n) / 64.0, rng.integers(-200, 200, n) / 64.0
    eta = np.column_stack([np.zeros(n), 0.4 * x - 0.2, *(rng.normal() * z / 3 for _ in range(levels - 2))])
    y = (eta + rng.gumbel(size=eta.shape)).argmax(axis=1)
    y[: 2 * levels] = np.tile(np.arange(levels), 2)
    return pd.DataFrame({"y": y, "x": x, "z": z, "o": rng.integers(-4, 4, n) / 8.0, "w": rng.integers(1, 5, n)})


def fitted(rows, formula="y ~ x + z", **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return gl.multinomial(formula, rows, **options)


@pytest.mark.parametrize("name", FITTED)
def test_every_digit_of_the_references(name):
    fit, expected = fit_of(name), PROBLEMS[name]["values"]
    ours = keyed(fit.params)
    assert correct([ours[key] for key in expected["params"]], expected["params"].values()) >= MOST_DIGITS
    assert fit.digits == MOST_DIGITS
    errors = keyed(fit.bse)
    assert correct([errors[key] for key in expected["bse"]], expected["bse"].values()) >= 15.0


@pytest.mark.parametrize("name", SEPARATIONS)
def test_limiting_models_are_refined(name):
    """The references take the decimals of the files as they stand, which doubles round."""
    fit, expected = separated_fit(name), PROBLEMS[name]["values"]["finite"]
    assert fit.digits == MOST_DIGITS
    if expected:
        ours = keyed(fit.params)
        assert correct([ours[key] for key in expected], [v["estimate"] for v in expected.values()]) >= 14.5


def test_levels_that_others_are_separated_from_are_the_binary_logit():
    fit, rows = separated_fit("separation_iris_base_versicolor"), frame("multinomial", PROBLEMS["iris_firth"])
    two = gl.logit(IRIS, rows[rows["species"] != "setosa"], event="virginica")
    np.testing.assert_array_equal(fit.params["virginica"], two.params)
    np.testing.assert_allclose(fit.bse["virginica"], two.bse, rtol=1e-14)


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 5), st.floats(-15, -2))
def test_never_more_digits_than_are_right(seed, levels, exponent):
    fit = fitted(table(seed, levels=levels), offset="o", weights="w")
    maximum = fit.maximum
    if maximum.separated:
        return
    assert fit.digits == MOST_DIGITS
    moved = maximum.beta * (1.0 + 10.0**exponent * np.random.default_rng(seed).normal(size=len(maximum.beta)))
    right = correct(moved, (Fraction(b) + Fraction(low) for b, low in zip(*maximum.pair, strict=True)))
    rows, factor = exact(maximum.limiting).exact_rows, maximum.at.info.factor
    assert certified_digits(rows, moved, maximum.estimated, factor) <= right
    again = polish(rows, moved, maximum.estimated, factor)
    assert exponent > -4 or (again.beta == maximum.beta).all()


@settings(max_examples=6, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([2.0**-20, 2.0**-30]))
def test_nearly_collinear_columns_lose_nothing(seed, small):
    """x and x + c·z, exact in doubles, have the coefficients of x and z: that of z divided by c."""
    rows = table(seed)
    apart, near = fitted(rows), fitted(rows.assign(z=rows["x"] + small * rows["z"]))
    if apart.maximum.separated:
        return
    slopes, divided = (fit.params.xs("z", level="term").to_numpy() for fit in (apart, near))
    assert near.digits == MOST_DIGITS
    np.testing.assert_array_equal(divided * small, slopes)
    np.testing.assert_allclose(near.bse.xs("z", level="term") * small, apart.bse.xs("z", level="term"), rtol=1e-14)


@settings(max_examples=6, deadline=None)
@given(st.integers(0, 10_000))
def test_two_levels_have_the_sums_of_the_binary_logit(seed):
    rows = table(seed, levels=2)
    fit = gl.logit("y ~ x + z", rows, offset="o", weights="w", event=1)
    levels = fitted(rows, offset="o", weights="w").maximum.likelihood
    beta, free, factor = fit.maximum.beta + 0.01, fit.maximum.estimated, fit.maximum.at.info.factor
    points = []
    for likelihood in (fit.maximum.likelihood, levels):
        view = ScaledRows.of(likelihood.exact_rows, beta, free)
        start, root = view.coefficients(beta), view.preconditioner(factor)
        sums = exact_sums(view, doubledouble.from_double(start), root, True)
        points.append((sums, *whitened_score(root, sums)))
    (one, score, bound), (other, again, its_bound) = points
    np.testing.assert_allclose(again, score, rtol=0, atol=bound + its_bound)
    np.testing.assert_allclose(other.score.hi, one.score.hi, rtol=1e-15)
    np.testing.assert_allclose(other.gram, one.gram, rtol=1e-12, atol=1e-14)
    assert other.value == pytest.approx(one.value, rel=1e-15)
    assert its_bound < 1e-24


def test_without_the_extension(monkeypatch):
    fit = fitted(table(4), offset="o")
    monkeypatch.setattr(kernels, "COMPILED", False)
    plain = fitted(table(4), offset="o")
    np.testing.assert_array_equal(plain.params, fit.params)
    np.testing.assert_allclose(plain.bse, fit.bse, rtol=1e-14)
    assert plain.digits == MOST_DIGITS


def test_blocks_of_rows_and_large_samples(monkeypatch):
    """More rows than are refined have certified digits, whatever the blocks."""
    rows = table(5, n=3000)
    fit = fitted(rows)
    assert fit.maximum.certified is None
    assert 11.0 < fit.digits < MOST_DIGITS
    better = polish(fit.maximum.likelihood, fit.maximum.beta, fit.maximum.estimated, fit.maximum.at.info.factor)
    monkeypatch.setattr(MultinomialLogit, "blocks", lambda self: blocks(self.n_rows, 4000))
    again = polish(fit.maximum.likelihood, fit.maximum.beta, fit.maximum.estimated, fit.maximum.at.info.factor)
    np.testing.assert_array_equal(better.beta, again.beta)
    assert correct(fit.params, map(Fraction, better.beta)) >= fit.digits


def test_what_is_not_refined_says_so():
    fit = fitted(table(6))
    likelihood = fit.maximum.likelihood
    combined = likelihood.recombined(np.arange(likelihood.size), 2.0 * np.eye(likelihood.size), likelihood.labels)
    assert "combinations" in combined.why_no_refinement
    assert maximise(combined, None, Control()).certified is None
    assert maximise(BinaryLogit(gl.design("I(x > 0) ~ z", table(6))), None, Control()).certified == MOST_DIGITS
    assert math.isnan(gl.firth("y ~ x", table(6).assign(y=lambda d: d["y"].map({0: "a", 1: "b", 2: "c"}))).digits)
