"""Refinement and certified digits of ordered levels: never more digits than are right, and all of them."""

from __future__ import annotations

import json
import math
import warnings
from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from correct_digits import correct
from hypothesis import given, settings
from hypothesis import strategies as st
from ordinal_reference import FORMULAS, PROBLEMS, fitted

import glmlogit as gl
from glmlogit.data.storage import blocks
from glmlogit.fitting.certify import certified_digits
from glmlogit.fitting.error_bounds import MOST_DIGITS, ScaledRows, distance_to_maximum, exact_sums, whitened_score
from glmlogit.fitting.refine import polish
from glmlogit.likelihood.cumulative import CumulativeLogit
from glmlogit.likelihood.objective import exact
from glmlogit.numerics import doubledouble, kernels
from glmlogit.numerics.doubledouble import DD

BIRTHS = gl.datasets.birthwt().assign(
    visits=lambda d: d["ftv"].clip(upper=2),
    more=lambda d: d["ftv"].clip(upper=3),
    near=lambda d: d["ftv"].where(d["ftv"].isin([0, 6, 1]), 2),
    born=lambda d: 1986 - d["age"],
    offset=lambda d: (d["age"] - 23) / 32,
    weight=lambda d: 1 + d["lwt"] % 3,
)
REFERENCE = json.loads((Path(__file__).parents[1] / "reference" / "ordinal.json").read_text("utf-8"))["models"]
MODELS = {
    "parallel": ("visits ~ age + smoke", {}),
    "partial": ("visits ~ age + smoke", {"nonparallel": "smoke"}),
    "weights": ("more ~ lwt + ht", {"offset": "offset", "weights": "weight"}),
    "years": ("visits ~ born + smoke", {}),
    "near": ("near ~ age + smoke + ht", {"order": [0, 6, 1, 2]}),
}


def table(seed, n=70, levels=3):
    rng = np.random.default_rng(seed)
    x, z = rng.integers(-200, 200, n) / 64.0, rng.integers(-200, 200, n) / 64.0
    latent = 0.4 * x - 0.2 * z + rng.logistic(size=n)
    y = np.searchsorted(np.quantile(latent, np.linspace(0, 1, levels + 1)[1:-1]), latent)
    return pd.DataFrame({"y": y, "x": x, "z": z, "o": rng.integers(-4, 4, n) / 8.0, "w": rng.integers(1, 5, n)})


def fit_of(rows, formula="y ~ x + z", **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return gl.ordinal(formula, rows, **options)


@pytest.mark.parametrize("model", MODELS)
def test_every_digit_of_the_references(model):
    (formula, options), expected = MODELS[model], REFERENCE[model]
    fit = gl.ordinal(formula, BIRTHS, **options)
    assert fit.digits == MOST_DIGITS
    assert correct(fit.params[expected["labels"]], expected["params"]) >= MOST_DIGITS
    assert correct(fit.bse[expected["labels"]], expected["bse"]) >= 15.0
    assert correct([fit.llf], [expected["llf"]]) >= 15.0


@pytest.mark.parametrize("name", FORMULAS)
def test_models_of_the_shared_references(name):
    """The reference of pneumo takes the decimals of the logarithms, which doubles round."""
    fit, values = fitted(name), PROBLEMS[name]["values"]
    assert fit.digits == MOST_DIGITS
    assert correct(fit.params[list(values["params"])], values["params"].values()) >= 15.5
    assert correct(fit.bse[list(values["bse"])], values["bse"].values()) >= 15.0


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 6), st.floats(-15, -2), st.booleans())
def test_never_more_digits_than_are_right(seed, levels, exponent, partial):
    fit = fit_of(table(seed, levels=levels), offset="o", weights="w", nonparallel="z" if partial else ())
    maximum = fit.maximum
    if maximum.separated or not maximum.reached:
        return
    assert fit.digits == MOST_DIGITS
    moved = maximum.beta * (1.0 + 10.0**exponent * np.random.default_rng(seed).normal(size=len(maximum.beta)))
    right = correct(moved, (Fraction(b) + Fraction(low) for b, low in zip(*maximum.pair, strict=True)))
    rows, factor = exact(maximum.limiting).exact_rows, maximum.at.info.factor
    assert certified_digits(rows, moved, maximum.estimated, factor) <= max(right, 0.0)
    again = polish(rows, moved, maximum.estimated, factor)
    assert exponent > -4 or (again.beta == maximum.beta).all()


@settings(max_examples=6, deadline=None)
@given(st.integers(0, 10_000), st.floats(-4, -0.5), st.floats(-4, 0))
def test_a_narrow_gap_is_bounded(seed, exponent, share):
    """A level of little weight between two cuts, estimates off by a share of its gap: the distance to the maximum.

    By the metric of the information at the estimates, which is far from that at the maximum.
    """
    rows = table(seed, levels=3).assign(w=lambda d: np.where(d["y"] == 1, 10.0**exponent, 1.0))
    fit = fit_of(rows, weights="w", weight_type="precision")
    maximum = fit.maximum
    assert maximum.reached
    if maximum.separated:
        return
    assert fit.digits == MOST_DIGITS
    moved = maximum.beta.copy()
    moved[1] += 10.0**share * 0.9 * (moved[0] - moved[1])
    factor = maximum.likelihood.evaluate(moved, root=True).info.factor
    view = ScaledRows.of(maximum.likelihood, moved, maximum.estimated)
    root = view.preconditioner(factor)
    sums = exact_sums(view, doubledouble.from_double(view.coefficients(moved)), root, True)
    score, bound = whitened_score(root, sums)
    away = np.linalg.norm(np.linalg.solve(root, view.coefficients(maximum.beta - moved)))
    assert away <= distance_to_maximum(float(np.linalg.norm(score)) + bound, sums.furthest) * (1 + 1e-9)


def test_crossed_cuts_have_no_digits():
    fit = fit_of(table(3))
    maximum = fit.maximum
    crossed = maximum.beta[[1, 0, 2, 3]]
    assert certified_digits(exact(maximum.limiting).exact_rows, crossed, maximum.estimated, maximum.at.info.factor) == 0


@settings(max_examples=6, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([2.0**-20, 2.0**-30]))
def test_nearly_collinear_columns_lose_nothing(seed, small):
    """x and x + c·z, exact in doubles, have the coefficients of x and z: that of z divided by c."""
    rows = table(seed)
    apart, near = fit_of(rows), fit_of(rows.assign(z=rows["x"] + small * rows["z"]))
    if apart.maximum.separated:
        return
    assert near.digits == MOST_DIGITS
    assert near.params["z"] * small == apart.params["z"]
    assert near.bse["z"] * small == pytest.approx(apart.bse["z"], rel=1e-14)


@settings(max_examples=6, deadline=None)
@given(st.integers(0, 10_000))
def test_two_levels_have_the_sums_of_the_binary_logit(seed):
    """The column of a cut is −1."""
    rows = table(seed, levels=2)
    fit = gl.logit("y ~ x + z", rows, offset="o", weights="w")
    levels = fit_of(rows, offset="o", weights="w").maximum
    sign = np.array([-1.0, 1.0, 1.0])
    np.testing.assert_array_equal(levels.beta * sign, fit.maximum.beta)
    beta, free, factor = fit.maximum.beta + 0.01, fit.maximum.estimated, fit.maximum.at.info.factor
    points = []
    for likelihood, of in ((fit.maximum.likelihood, 1.0), (levels.likelihood, sign)):
        view = ScaledRows.of(likelihood.exact_rows, beta * of, free)
        start, root = view.coefficients(beta * of), view.preconditioner(factor) * np.reshape(of, (-1, 1))
        sums = exact_sums(view, doubledouble.from_double(start), root, True)
        points.append((sums, *whitened_score(root, sums)))
    (one, score, bound), (other, again, its_bound) = points
    np.testing.assert_allclose(again, score, rtol=0, atol=bound + its_bound)
    np.testing.assert_allclose(other.gram, one.gram, rtol=1e-12, atol=1e-14)
    assert other.value == pytest.approx(one.value, rel=1e-15)
    assert other.furthest == pytest.approx(one.furthest, rel=1e-14)
    assert its_bound < 1e-24


def test_limiting_models_are_refined():
    """x = 1 has the highest level alone: cuts are those of x = 0."""
    rows = pd.DataFrame({"y": [0, 1, 2, 2], "x": [0, 0, 0, 1], "n": [5, 4, 3, 6]})
    fit = fit_of(rows, "y ~ x", weights="n")
    assert fit.digits == MOST_DIGITS
    truth = ["-0.33647223662121293050459341021699", "1.0986122886681096913952452369225"]  # log 5/7, log 3
    assert correct(fit.params[["0|1", "1|2"]], truth) >= MOST_DIGITS
    np.testing.assert_allclose(fit.bse[["0|1", "1|2"]], [math.sqrt(1 / 5 + 1 / 7), 2 / 3], rtol=4e-16)


def test_offsets_of_each_cut():
    """A limiting model with offsets of each cut: what they move, cut points take back."""
    fit = fit_of(table(7, levels=4), offset="o")
    likelihood, beta = fit.maximum.likelihood, fit.maximum.beta
    shifts = np.array([0.5, 0.25, -0.125])
    moved = CumulativeLogit(
        likelihood.rows, likelihood.cuts, offset=likelihood.rows.offset[:, None] + shifts, names=likelihood.names
    )
    # The column of cut points is −1: η = −θ + offset.
    there = beta + np.r_[shifts, np.zeros(2)]
    polished = polish(moved, there, fit.maximum.estimated, fit.maximum.at.info.factor)
    assert polished.digits == MOST_DIGITS
    exactly = doubledouble.add(DD(*fit.maximum.pair), doubledouble.from_double(np.r_[shifts, np.zeros(2)]))
    np.testing.assert_array_equal(polished.beta, exactly.hi)


def test_without_the_extension(monkeypatch):
    fit = fit_of(table(4), offset="o")
    monkeypatch.setattr(kernels, "COMPILED", False)
    plain = fit_of(table(4), offset="o")
    np.testing.assert_array_equal(plain.params, fit.params)
    np.testing.assert_allclose(plain.bse, fit.bse, rtol=1e-14)
    assert plain.digits == MOST_DIGITS


def test_blocks_of_rows_and_large_samples(monkeypatch):
    """More rows than are refined have certified digits, whatever the blocks."""
    fit = fit_of(table(5, n=3000))
    assert fit.maximum.certified is None
    assert 11.0 < fit.digits < MOST_DIGITS
    better = polish(fit.maximum.likelihood, fit.maximum.beta, fit.maximum.estimated, fit.maximum.at.info.factor)
    monkeypatch.setattr(CumulativeLogit, "blocks", lambda self: blocks(self.n_rows, 4000))
    again = polish(fit.maximum.likelihood, fit.maximum.beta, fit.maximum.estimated, fit.maximum.at.info.factor)
    np.testing.assert_array_equal(better.beta, again.beta)
    assert correct(fit.params, map(Fraction, better.beta)) >= fit.digits


def test_expm1_has_all_digits():
    """Against the series of exact fractions near 0, and ``e^x − 1`` of exact powers further away."""
    x = -np.array([2.0**-1000, 2.0**-60, 2.0**-20, 0.03125, 0.3466, 0.34657359028, 0.35, 1.0, 30.0, 700.0])
    ours = doubledouble.expm1(doubledouble.from_double(x))
    for value, hi, low in zip(x, ours.hi, ours.lo, strict=True):
        truth = _expm1(Fraction(value))
        error = abs(Fraction(hi) + Fraction(low) - truth)
        assert error <= truth.__abs__() * Fraction(2) ** -97 or error < Fraction(2) ** -1070


def _expm1(x):
    """``e^x − 1`` to 40 digits: the series of ``x/2^k``, doubled."""
    halvings = 12 if abs(x) > 1e-3 else 0
    r, term, total = x / 2**halvings, Fraction(1), Fraction(0)
    for k in range(1, 24):
        term *= r / k
        total += term
        term, total = (Fraction(round(v * 2**1400), 2**1400) for v in (term, total))
    for _ in range(halvings):
        total = total * (2 + total)
        total = Fraction(round(total * 2**1400), 2**1400)
    return total


def test_a_path_beyond_two_log_odds_proves_nothing():
    assert distance_to_maximum(0.86, 1.0) < 2.0
    assert distance_to_maximum(0.87, 1.0) == math.inf


@pytest.mark.parametrize("options", [{}, {"nonparallel": "smoke"}, {"se": "expected"}])
def test_pages_say_the_digits(options):
    fit = gl.ordinal("visits ~ age + smoke", BIRTHS, **options)
    assert fit.glance()["digits"].iloc[0] == MOST_DIGITS
    assert gl.check(fit).table.loc["digits", "verdict"] == "nothing seen"
