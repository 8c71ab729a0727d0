"""Linearity, dispersion, binned residuals and envelopes: R's values, people however written down, what is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from evaluation_models import difference, entries, fitted, values

import glmlogit as gl
from glmlogit.diagnostics.half_normal import enveloped
from glmlogit.errors import DataError, UnsupportedError


class Minstd:
    """The generator of the references."""

    def __init__(self) -> None:
        self.state = 20260101

    def random(self, size: int) -> np.ndarray:
        drawn = np.empty(size)
        for i in range(size):
            self.state = 16807 * self.state % 2147483647
            drawn[i] = self.state / 2147483647
        return drawn


def box_tidwell(fit: gl.Fit, term: str) -> np.ndarray:
    names = ["estimate", "std_error", "wald", "wald_p_value", "score", "score_p_value", "statistic", "p_value"]
    return gl.linearity(fit, term).table.loc[(term, "box_tidwell"), names]


def computed(fit: gl.Fit, entry: dict) -> np.ndarray:
    quantity = entry["quantity"]
    if quantity.startswith("box_tidwell"):
        return box_tidwell(fit, quantity.removeprefix("box_tidwell_"))
    if quantity == "rcs4_lr_age":
        ours = gl.linearity(fit, "age")
        np.testing.assert_allclose(ours.knots["age"], entry["args"]["knots"], rtol=1e-12)
        return ours.table.loc[("age", "spline"), ["statistic", "df", "p_value"]]
    if quantity == "binned_residuals_arm":
        return gl.binned_residuals(fit, limits="arm").table[["mean", "residual", "n", "low", "high", "limit"]].T
    if quantity == "binned_residuals_model_2se":
        return gl.binned_residuals(fit).table["limit"]
    if quantity == "half_normal_envelope":
        ranks = values("1_diagnostics", entry["id"])[:, 0].astype(int)
        table = enveloped(fit, 19, Minstd()).table.loc[ranks, ["score", "residual", "low", "median", "high"]]
        return np.column_stack([ranks, table])
    if quantity == "quasibinomial":
        return gl.dispersion(fit).table[["std_error", "statistic", "p_value"]].T
    if quantity == "pearson_dispersion":
        squares = (gl.residuals(fit, "pearson") ** 2).sum()
        return np.array([squares, fit.df_resid, squares / fit.df_resid])
    if quantity == "linktest":
        return gl.goodness_of_fit(fit, "link", form="wald").coefficients.iloc[1:]
    return {"coef": fit.params, "se": fit.bse}[quantity]


QUANTITIES = ("binned_residuals_arm", "binned_residuals_model_2se", "half_normal_envelope", "quasibinomial")
QUANTITIES += ("pearson_dispersion", "linktest", "rcs4_lr_age", "coef", "se")
KEYS = [
    key
    for key, entry in entries("1_diagnostics").items()
    if entry["quantity"] in QUANTITIES or entry["quantity"].startswith("box_tidwell")
]


@pytest.mark.parametrize("key", KEYS)
def test_values_are_those_of_the_references(key):
    entry = entries("1_diagnostics")[key]
    assert difference("1_diagnostics", key, computed(fitted(entry["model"]), entry)) <= 1


def test_all_values_were_compared():
    assert len(KEYS) == 50


def sample(seed: int, n: int = 120) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    x, z = np.abs(rng.normal(size=n)).round(1) + 0.1, rng.integers(0, 3, n)
    y = rng.random(n) < 1 / (1 + np.exp(0.3 - 0.8 * x + 0.5 * (z == 1)))
    return pd.DataFrame({"y": y.astype(int), "x": x, "z": z, "n": rng.integers(1, 4, n)})


@pytest.mark.parametrize("seed", range(3))
def test_people_are_the_same_however_they_are_written_down(seed):
    rows = sample(seed)
    people = rows.loc[rows.index.repeat(rows.n)].reset_index(drop=True)
    grouped = people.groupby(["x", "z"], as_index=False, sort=False).agg(y=("y", "sum"), m=("y", "size"))
    one = gl.logit("y ~ x + C(z)", people)
    for fit in (gl.logit("y ~ x + C(z)", rows, weights="n"), gl.logit("y ~ x + C(z)", grouped, trials="m")):
        np.testing.assert_allclose(gl.linearity(fit).table, gl.linearity(one).table, rtol=1e-6)
        for options in ({}, {"against": "x"}, {"limits": "arm"}):
            ours, theirs = gl.binned_residuals(fit, **options), gl.binned_residuals(one, **options)
            np.testing.assert_allclose(ours.table, theirs.table, rtol=1e-7, atol=1e-12)
        assert gl.dispersion(fit, "pattern").phi == pytest.approx(gl.dispersion(one, "pattern").phi, rel=1e-9)
    counted = gl.half_normal(gl.logit("y ~ x + C(z)", rows, weights="n"), replications=3, seed=4)
    repeated = gl.half_normal(one, replications=3, seed=4)
    np.testing.assert_allclose(counted.table.iloc[:, 1:], repeated.table.iloc[:, 1:], rtol=1e-7, atol=1e-9)


def test_linearity_finds_a_bend_and_proposes_a_spline():
    rng = np.random.default_rng(1)
    x, g = rng.uniform(1, 10, 800), rng.integers(0, 2, 800)
    rows = pd.DataFrame({"x": x, "g": g, "y": (rng.random(800) < 1 / (1 + np.exp(3 - (x - 5) ** 2 / 3))).astype(int)})
    ours = gl.linearity(gl.logit("y ~ x + g", rows))
    assert [*ours.table.index] == [("x", "box_tidwell"), ("x", "spline")]
    assert (ours.table["p_value"] < 1e-10).all()
    assert "The log-odds are not linear in x" in str(ours)
    assert "rcs(x, 4)" in str(ours)
    straight = gl.linearity(gl.logit("y ~ rcs(x, 4) + log(x)", rows), "log(x)")
    assert straight.table.loc[("log(x)", "spline"), "df"] >= 0
    assert "rows" not in str(gl.linearity(gl.logit("low ~ age", gl.datasets.load("birthwt"))).notes)


def test_values_without_a_logarithm_have_the_spline_only():
    rows = sample(0).assign(x=lambda d: d.x - 0.5)
    ours = gl.linearity(gl.logit("y ~ x", rows))
    assert ours.table.loc[("x", "box_tidwell"), ["statistic", "p_value", "score"]].isna().all()
    assert ours.table.loc[("x", "spline")].iloc[:5].notna().all()
    assert "no logarithm" in str(ours)
    few = gl.linearity(gl.logit("y ~ z", sample(0).assign(z=lambda d: d.z + 1)), "z")
    assert few.table.loc[("z", "spline"), ["statistic", "p_value"]].isna().all()
    assert "too few for 4 knots" in str(few)


def test_overdispersed_groups_are_said_to_be():
    ours = gl.dispersion(gl.logit("incidence ~ C(period)", gl.datasets.load("cbpp"), trials="size"))
    assert ours.phi == pytest.approx(ours.statistic / ours.df)
    assert "errors of the model are too small by a factor of 1.48" in ours.sentence
    assert "A dispersion below 1" in str(gl.dispersion(fitted("lizards")))
    saturated = gl.dispersion(gl.logit("y ~ C(x)", pd.DataFrame({"y": [2, 3], "m": [5, 6], "x": [0, 1]}), trials="m"))
    assert np.isnan(saturated.phi)
    assert saturated.table["std_error"].isna().all()
    assert "nothing is left" in str(saturated)


def test_single_trials_tell_nothing_of_dispersion():
    fit = fitted("birthwt")
    with pytest.raises(DataError, match='by="pattern"'):
        gl.dispersion(fit)
    assert gl.dispersion(fit, "pattern").groups == 7
    assert "96 % of the groups are single trials" in str(gl.dispersion(fit, "pattern"))
    with pytest.raises(UnsupportedError, match="another estimator"):
        gl.dispersion(gl.firth("low ~ age", gl.datasets.load("birthwt")))


def test_envelopes_count_simulations_that_separate():
    ours = gl.half_normal(fitted("mtcars"), seed=3)
    assert ours.separated > 0
    assert f"{ours.separated} of 19 simulated outcomes are separated" in str(ours)
    assert (ours.table["low"] <= ours.table["median"]).all()
    assert ours.table["residual"].is_monotonic_increasing
    assert ours.table.equals(gl.half_normal(fitted("mtcars"), seed=3).table)


def test_pages_have_all_markups():
    for result in (gl.linearity(fitted("icu")), gl.dispersion(fitted("lizards")), gl.binned_residuals(fitted("icu"))):
        assert result.rows == "apparent (training rows)"
        assert "apparent (training rows)" in str(result)
        for page in (result._repr_html_(), result.to_markdown(), result.to_latex(), result.to_html(full_page=True)):
            assert "apparent" in page
    assert gl.binned_residuals(fitted("icu")).outside == 1
    assert gl.half_normal(fitted("icu"), replications=5).outside >= 0


def test_what_cannot_be_done_is_refused():
    fit, rows = fitted("icu"), sample(1)
    sampled = gl.logit("y ~ x", rows, weights="n", weight_type="sampling")
    for call in (
        lambda: gl.binned_residuals(fit, "weight"),
        lambda: gl.binned_residuals(fit, bins=0),
        lambda: gl.half_normal(fit, replications=0),
        lambda: gl.half_normal(fit, seed="x"),
        lambda: gl.linearity(fit, "weight"),
        lambda: gl.linearity(fit, knots=2),
        lambda: gl.linearity(gl.logit("low ~ smoke", gl.datasets.load("birthwt"))),
        lambda: gl.goodness_of_fit(fit, "pearson", form="lr"),
        lambda: gl.goodness_of_fit(fit, "stukel", form="wald"),
    ):
        with pytest.raises(DataError):
            call()
    for call in (gl.binned_residuals, gl.half_normal, gl.linearity, gl.dispersion):
        with pytest.raises(UnsupportedError):
            call(sampled)
    with pytest.raises(UnsupportedError, match="one function"):
        gl.half_normal(gl.flic("y ~ x", rows))


@pytest.mark.filterwarnings("ignore::glmlogit.errors.SeparationWarning")
def test_forms_of_tests_of_the_link():
    fit = fitted("vaso")
    score, ratio = (gl.goodness_of_fit(fit, "stukel", form=form) for form in ("score", "lr"))
    assert (score.statistic, ratio.statistic) == (pytest.approx(3.549, abs=5e-4), pytest.approx(16.96, abs=5e-3))
    assert "Likelihood-ratio form: chi2(2) = 16.96" in str(score)
    wald = gl.goodness_of_fit(fitted("birthwt"), "link", form="wald")
    assert wald.coefficients.loc["_hatsq", "estimate"] == pytest.approx(-0.119144, abs=5e-7)
    flat = gl.logit("y ~ 1", sample(2))
    for form in ("score", "lr", "wald"):
        assert "by construction" in str(gl.goodness_of_fit(flat, "link", form=form))
    apart = gl.logit("y ~ x + g", sample(2).assign(g=lambda d: d.y * (d.x > 1.5)))
    assert "infinite" in str(gl.goodness_of_fit(apart, "link", form="wald"))
    assert np.isfinite(gl.goodness_of_fit(apart, "link", form="lr").statistic)


def test_groups_that_grow_with_the_trials():
    rows = pd.concat([sample(3, 800)] * 3, ignore_index=True)
    fit = gl.logit("y ~ x + C(z)", rows)
    ours = gl.goodness_of_fit(fit, "hosmer_lemeshow", groups="paul")
    assert ours.df > 8
    many = gl.logit("y ~ x", rows.assign(n=20), weights="n")
    with pytest.raises(DataError, match="more than 25,000"):
        gl.goodness_of_fit(many, "hosmer_lemeshow", groups="paul")


def test_spiegelhalter_says_for_whom_it_is():
    assert "probabilities from elsewhere" in str(gl.goodness_of_fit(fitted("icu"), "spiegelhalter"))
    even = gl.logit("y ~ 1", pd.DataFrame({"y": [0, 1]}))
    assert "all probabilities are ½" in str(gl.goodness_of_fit(even, "spiegelhalter"))
