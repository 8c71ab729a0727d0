"""Matched sets as a factor: the note, the closed form it speaks of, and what it advises."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
from scipy import optimize

import glmlogit as gl


def quiet(*args, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return gl.logit(*args, **options)


def pairs(exposed_case: int, exposed_control: int, both: int = 0) -> pd.DataFrame:
    """Pairs of a case and a control: discordant ones of both kinds, and concordant exposed ones."""
    kinds = [(1, 0)] * exposed_case + [(0, 1)] * exposed_control + [(1, 1)] * both
    rows = [(i, outcome, x) for i, kind in enumerate(kinds) for outcome, x in zip((1, 0), kind, strict=True)]
    return pd.DataFrame(rows, columns=["pair", "case", "x"])


def codes(fit) -> list[str]:
    return [note.code for note in fit.notes]


@pytest.mark.parametrize(("b", "c", "both"), [(30, 10, 0), (12, 8, 5), (7, 20, 3), (25, 24, 0)])
def test_pairs_as_a_factor_square_the_odds_ratio_and_say_so(b, c, both):
    """The conditional odds ratio is b/c; the factor's is (b/c)² (Breslow & Day 1980, §7.1)."""
    data = pairs(b, c, both)
    fit = quiet("case ~ x + C(pair)", data)
    assert fit.odds_ratios().loc["x", "odds_ratio"] == pytest.approx((b / c) ** 2, rel=1e-10)
    note = next(note.text for note in fit.notes if note.code == "incidental")
    assert f"C(pair) has {b + c + both} levels of 2 observations each" in note
    assert "strata='pair'" in note
    table = gl.two_by_two(data, "case", "x", strata="pair").measures
    assert table.loc["mh_odds_ratio", "estimate"] == pytest.approx(b / c, rel=1e-12)
    wide = data.pivot(index="pair", columns="case", values="x")
    matched = gl.logit(gl.design_arrays([1] * len(wide), (wide[1] - wide[0]).to_frame("x")))
    assert matched.odds_ratios().loc["x", "odds_ratio"] == pytest.approx(b / c, rel=1e-10)
    assert matched.bse["x"] == pytest.approx(np.sqrt(1 / b + 1 / c), rel=1e-10)


def test_the_fit_of_differences_is_the_conditional_likelihood_of_pairs():
    rng = np.random.default_rng(3)
    covariates = rng.normal(size=(80, 2, 2))
    chance = 1 / (1 + np.exp(-(covariates[:, 0] - covariates[:, 1]) @ [0.8, -0.5]))
    first = rng.random(80) < chance
    difference = np.where(first[:, None], covariates[:, 0] - covariates[:, 1], covariates[:, 1] - covariates[:, 0])
    fit = gl.logit(gl.design_arrays([1] * 80, difference, names=["u", "v"]))

    def loss(beta):  # each set's likelihood, from its two members
        case = np.where(first[:, None], covariates[:, 0], covariates[:, 1])
        other = np.where(first[:, None], covariates[:, 1], covariates[:, 0])
        return -np.sum(case @ beta - np.logaddexp(case @ beta, other @ beta))

    found = optimize.minimize(loss, np.zeros(2), method="BFGS", options={"gtol": 1e-9})
    np.testing.assert_allclose(fit.params, found.x, atol=1e-6)  # BFGS stops where rounding of the loss does
    assert fit.llf == pytest.approx(-found.fun, abs=1e-9)


@pytest.mark.parametrize(
    ("levels", "each", "noted"), [(9, 2, False), (10, 2, True), (40, 5, True), (40, 10, True), (40, 11, False)]
)
@pytest.mark.parametrize("estimator", [gl.logit, gl.firth, gl.log_f])
def test_factors_of_many_small_levels_are_noted(levels, each, noted, estimator):
    rng = np.random.default_rng(levels + each)
    data = pd.DataFrame({"g": np.repeat(np.arange(levels), each), "x": rng.normal(size=levels * each)})
    data["y"] = (np.arange(len(data)) + data["g"]) % 2
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for formula in ("y ~ x + C(g)", "y ~ 0 + C(g) + x", "y ~ x + C(g, Sum)", "y ~ x*C(g)"):
            if "*" in formula and levels * each < 2 * levels + 1:
                continue
            assert ("incidental" in codes(estimator(formula, data))) == noted
        assert "incidental" not in codes(estimator("y ~ x + g", data))
        assert "incidental" not in codes(estimator("y ~ x", data, cluster="g"))


def test_people_are_counted_and_not_rows():
    rng = np.random.default_rng(5)
    data = pd.DataFrame(
        {"g": np.repeat(np.arange(20), 2), "x": np.tile([0, 1], 20), "n": 30, "e": rng.integers(5, 20, 40)}
    )
    assert "incidental" not in codes(quiet("e ~ x + C(g)", data, trials="n"))
    rows = data.assign(y=np.tile([0, 1], 20))
    assert "incidental" not in codes(quiet("y ~ C(g)", rows, weights="n"))
    assert "incidental" in codes(quiet("y ~ C(g)", rows))


def test_the_table_does_not_advise_a_penalty_for_matched_sets():
    notes = " ".join(str(note) for note in gl.table("case ~ x + C(pair)", pairs(30, 10)).notes)
    assert "incidental parameters" in notes
    assert "gl.firth reduces that bias" not in notes
