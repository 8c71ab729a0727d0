"""Interaction on both scales: against epiR and Zou's limits written out in R, closed forms, and differences."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
from references import load_json

import glmlogit as gl
from glmlogit.effects.effects_table import Effects
from glmlogit.epidemiology.additive_interaction import (
    LOGGED,
    MEASURES,
    delta_limits,
    gradients,
    measures,
    mover_limits,
    replicated,
    scaled,
    standard_errors,
)
from glmlogit.errors import DataError, NotEstimableError, UnsupportedError
from glmlogit.numerics.tails import normal_pvalue, normal_quantile
from glmlogit.odds.interaction import interaction

REFERENCE = load_json("additive")
SETS = REFERENCE["sets"]
ORAL = pd.DataFrame(REFERENCE["oral"])
BIRTH = gl.datasets.load("birthwt").assign(visits=lambda d: (d["ftv"] > 0).astype(int))
INFERT = gl.datasets.load("infert").assign(
    any_spontaneous=lambda d: (d["spontaneous"] > 0).astype(int), any_induced=lambda d: (d["induced"] > 0).astype(int)
)
# Both fits are iterated to the end, the references have 15 digits; RERI loses one or two of them to cancellation.
AGREE = 1e-11
LOG_OR, COV = np.array(SETS["oral"]["log_or"]), np.array(SETS["oral"]["cov"])
GROUPS, RATIOS, SUMS, ADDITIVE = ["OR10", "OR01", "OR11"], list(MEASURES[:4]), ["RERI", "AP"], ["RERI", "AP", "S"]
LIMITS = ["conf_low", "conf_high"]
Z = normal_quantile(0.95)


def data_of(name):
    frame = ORAL if name == "oral" else INFERT if name == "infert" else BIRTH
    return frame.assign(**{column: 1 - frame[column] for column in SETS[name]["flip"]})


def fitted(name, **options):
    return gl.logit(SETS[name]["formula"], data_of(name), **options)


def found(name, **options):
    return interaction(fitted(name), SETS[name]["a"], SETS[name]["b"], **options)


def quiet(formula, data, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", gl.errors.GlmlogitWarning)
        return gl.logit(formula, data, **options)


def codes(result):
    """Notes other than those that every result has."""
    return [note.code for note in result.notes if note.code not in ("groups", "limits")]


def unlogged(result):
    """Without the column that only ratios and S have."""
    return result.drop(columns="std_error_log")


def note(result, code):
    return next(note.text for note in result.notes if note.code == code)


# --- references -------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", SETS)
def test_estimates_and_limits_of_both_methods(name):
    delta, mover, expected = found(name, method="delta"), found(name), SETS[name]
    np.testing.assert_allclose(delta.loc[ADDITIVE, "estimate"], expected["estimate"], rtol=AGREE)
    np.testing.assert_allclose(delta.loc[ADDITIVE, LIMITS], expected["delta"], rtol=AGREE)
    np.testing.assert_allclose(mover.loc[SUMS, LIMITS], expected["mover"], rtol=AGREE)
    assert mover.drop(index=SUMS).equals(delta.drop(index=SUMS))
    assert isinstance(delta, Effects)
    assert (delta.index.name, tuple(delta.index)) == ("measure", MEASURES)
    assert list(delta) == ["estimate", "std_error", "std_error_log", "conf_low", "conf_high", "p_value"]


@pytest.mark.parametrize("name", SETS)
def test_odds_ratios_of_the_groups_and_of_the_product(name):
    """Wald limits of ln OR and of the product's coefficient, whose covariances R gives."""
    result, rows = found(name), np.vstack([np.eye(3), [-1, -1, 1]])
    log_or = rows @ SETS[name]["log_or"]
    error = np.sqrt(np.diagonal(rows @ np.array(SETS[name]["cov"]) @ rows.T))
    np.testing.assert_allclose(np.log(result.loc[RATIOS, "estimate"]), log_or, rtol=AGREE)
    np.testing.assert_allclose(result.loc[RATIOS, "std_error"], np.exp(log_or) * error, rtol=AGREE)
    np.testing.assert_allclose(result.loc[RATIOS, "std_error_log"], error, rtol=AGREE)
    assert result.loc[SUMS, "std_error_log"].isna().all()
    np.testing.assert_allclose(
        np.log(result.loc[RATIOS, LIMITS]).T, [log_or - Z * error, log_or + Z * error], rtol=1e-10
    )
    np.testing.assert_allclose(result.loc[RATIOS, "p_value"], normal_pvalue(log_or / error), rtol=1e-10)


def test_the_ratio_is_the_product_term():
    fit = fitted("birthwt_adjusted")
    row, term = interaction(fit, "smoke", "ui").loc["ratio"], fit.odds_ratios().loc["smoke:ui"]
    np.testing.assert_allclose(row[["estimate", *LIMITS, "p_value"]], term, rtol=1e-12)


def test_recoding_is_a_fit_of_recoded_exposures():
    plain, recoded = (found("preventive", method="delta", recode=recode) for recode in (False, True))
    np.testing.assert_allclose(recoded.loc[ADDITIVE, "estimate"], SETS["recoded"]["estimate"], rtol=AGREE)
    np.testing.assert_allclose(recoded.loc[ADDITIVE, LIMITS], SETS["recoded"]["delta"], rtol=AGREE)
    levels = {"smoke": (1, 0), "visits": (0, 1)}
    assert "recoded" in codes(recoded)
    assert "preventive" in codes(plain)
    assert repr(levels) in note(plain, "preventive")
    assert note(recoded, "groups").startswith("Reference: smoke = 0, visits = 1. OR10: smoke = 1, visits = 1;")
    by_hand = found("preventive", method="delta", levels=levels)
    pd.testing.assert_frame_equal(by_hand, recoded)
    assert not {"recoded", "preventive"} & set(codes(by_hand))
    assert "recoded" not in codes(found("oral", recode=True))


def test_published_limits_of_the_oral_cancers():
    """Hosmer & Lemeshow (1992, p. 453): RERI 3.74 (−1.84, 9.32); Zou (2008): −11.43, 21.87."""
    for method, limits in (("delta", (-1.84, 9.32)), ("mover", (-11.43, 21.87))):
        row = found("oral", method=method).loc["RERI"]
        assert (round(row["estimate"], 2), round(row["conf_low"], 2), round(row["conf_high"], 2)) == (3.74, *limits)


# --- closed forms -----------------------------------------------------------------------------------
def test_odds_ratios_are_those_of_the_cells():
    """Cross-product ratios of the saturated table, with Woolf's limits."""
    result = found("oral")
    case, control = ORAL["cases"].to_numpy(), ORAL["controls"].to_numpy()
    order = [2, 1, 3]  # the rows of the table are 00, 01, 10, 11
    ratio = (case / control)[order] / (case[0] / control[0])
    error = np.sqrt(1 / case + 1 / control + 1 / case[0] + 1 / control[0])[order]
    np.testing.assert_allclose(result.loc[GROUPS, "estimate"], ratio, rtol=1e-13)
    np.testing.assert_allclose(result.loc[GROUPS, "std_error"], ratio * error, rtol=1e-13)
    np.testing.assert_allclose(result.loc[GROUPS, "conf_low"], ratio * np.exp(-Z * error), rtol=1e-13)
    np.testing.assert_allclose(result.loc[GROUPS, "conf_high"], ratio * np.exp(Z * error), rtol=1e-13)
    assert note(result, "groups") == (
        "Reference: alc = 0, smk = 0. OR10: alc = 1, smk = 0; OR01: alc = 0, smk = 1; OR11: alc = 1, smk = 1; "
        "ratio: OR11/(OR10·OR01)."
    )


def test_measures_are_their_definitions():
    first, second, both = np.exp(LOG_OR)
    reri = both - first - second + 1
    expected = [first, second, both, both / (first * second), reri, reri / both, (both - 1) / (first + second - 2)]
    np.testing.assert_allclose(measures(LOG_OR), expected, rtol=1e-14)
    both_ways = np.stack([LOG_OR, LOG_OR[[1, 0, 2]]])
    np.testing.assert_array_equal(measures(both_ways), [measures(one) for one in both_ways])
    np.testing.assert_array_equal(measures(both_ways)[:, 4:], [measures(LOG_OR)[4:]] * 2)


def test_measures_keep_the_digits_of_small_effects():
    """To first order RERI is θ11 − θ10 − θ01; the next terms are the squares, 1e-20."""
    reri, share, synergy = measures(np.array([1e-10, 2e-10, 4e-10]))[4:]
    assert reri == pytest.approx(1e-10, rel=1e-9)
    assert share == pytest.approx(1e-10, rel=1e-9)
    assert synergy == pytest.approx(4 / 3, rel=1e-9)


@pytest.mark.parametrize("name", SETS)
def test_gradients_against_central_differences(name):
    log_or, step = np.array(SETS[name]["log_or"]), 1e-5
    aside = log_or + np.stack([step * np.eye(3), -step * np.eye(3)])
    differences = np.subtract(*scaled(aside)).T / (2 * step)
    # The error of the differences is the third derivative times step²/6, and 1e-16/step of rounding.
    np.testing.assert_allclose(gradients(log_or), differences, rtol=1e-7, atol=1e-7 * np.abs(differences[4:]).max())


def test_mover_limits_of_one_uncertain_ratio_are_its_own():
    """With OR10 and OR01 as good as known, the limits of RERI are those of OR11 less a constant."""
    low, high = mover_limits(LOG_OR, np.diag([1e-24, 1e-24, 0.25]), Z)[4]
    rest = 1 - np.exp(LOG_OR[:2]).sum()
    assert low == pytest.approx(np.exp(LOG_OR[2] - Z * 0.5) + rest, rel=1e-13)
    assert high == pytest.approx(np.exp(LOG_OR[2] + Z * 0.5) + rest, rel=1e-13)


# --- p-values ---------------------------------------------------------------------------------------
@pytest.mark.parametrize("method", ["delta", "mover"])
@pytest.mark.parametrize("name", SETS)
def test_p_value_and_limits_agree(name, method):
    """At the level 1 − p the null is a limit."""
    nulls = dict.fromkeys(RATIOS, 1.0) | {"RERI": 0.0, "AP": 0.0, "S": 1.0}
    for measure, null in nulls.items():
        row = found(name, method=method).loc[measure]
        at = found(name, method=method, level=1 - row["p_value"]).loc[measure]
        nearest = min(abs(at["conf_low"] - null), abs(at["conf_high"] - null))
        assert nearest < 1e-9 * row["std_error"]  # brentq to 1e-14 in z; rounding of 1 − p


def test_no_interaction_at_all_has_p_value_one():
    """The same odds in all groups: every measure is at its null up to rounding, and ln S is ln(0/0)."""
    result = cells([10] * 4, [20] * 4, method="mover")
    np.testing.assert_allclose(result["p_value"][:6], 1.0, rtol=1e-12)
    assert codes(cells([10, 11, 11, 11], [20, 22, 22, 30])) == ["preventive", "synergy"]
    assert "preventive" not in codes(cells([7, 14, 21, 11], [3, 6, 9, 4]))


def test_wald_p_values():
    result = found("birthwt_adjusted", method="delta")
    s, error = result.loc["S", ["estimate", "std_error"]]
    z = [*(result.loc[SUMS, "estimate"] / result.loc[SUMS, "std_error"]), np.log(s) / (error / s)]
    np.testing.assert_allclose(result.loc[ADDITIVE, "p_value"], normal_pvalue(z), rtol=1e-13)


def test_the_covariance_is_that_of_the_estimates():
    """RERI is OR11 − OR10 − OR01 + 1: its row is that combination of theirs, and the Wald tests agree."""
    result = found("birthwt_adjusted", method="delta")
    cov = result.covariance
    np.testing.assert_allclose(np.sqrt(np.diagonal(cov)), result["std_error"], rtol=1e-14)
    np.testing.assert_allclose(cov.loc["RERI"], cov.loc["OR11"] - cov.loc["OR10"] - cov.loc["OR01"], rtol=1e-10)
    assert result.test("RERI = 0").p_value == pytest.approx(result.loc["RERI", "p_value"], rel=1e-12)
    assert result.test("OR11 - OR10 - OR01 = -1").p_value == pytest.approx(result.loc["RERI", "p_value"], rel=1e-9)


# --- simulation -------------------------------------------------------------------------------------
def test_standard_errors_are_those_of_small_perturbations():
    """100,000 draws give a standard deviation to 0.22 %; curvature at a hundredth of the covariance adds 0.5 %."""
    draws = np.random.default_rng(1).multivariate_normal(LOG_OR, COV / 100, 100_000)
    np.testing.assert_allclose(scaled(draws).std(axis=0), standard_errors(LOG_OR, COV / 100), rtol=0.015)


@pytest.mark.slow
@pytest.mark.parametrize("limits", [delta_limits, mover_limits])
def test_coverage(limits):
    """Precise log odds ratios: 95 %, with a binomial error of 0.35 % and as much again from curvature."""
    draws = np.random.default_rng(2).multivariate_normal(LOG_OR, COV / 20, 4000)
    truth = measures(LOG_OR)
    inside = [(low <= truth) & (truth <= high) for low, high in (limits(draw, COV / 20, Z).T for draw in draws)]
    np.testing.assert_allclose(np.mean(inside, axis=0), 0.95, atol=0.015)


# --- bootstrap --------------------------------------------------------------------------------------
def test_bootstrap_limits_are_order_statistics_of_resampled_tables():
    """Of 39 samples the 95 % limits are the least and the greatest; each is a table with its cross-products."""
    large = ORAL.assign(cases=20 * ORAL["cases"], controls=20 * ORAL["controls"])
    fit = gl.logit("cbind(cases, controls) ~ alc*smk", large)
    result = interaction(fit, "alc", "smk", method="bootstrap", replications=39, seed=5)
    counts = large[["cases", "controls"]].to_numpy().T.ravel().astype(float)
    generator = np.random.default_rng(5)
    drawn = np.array([generator.multinomial(round(counts.sum()), counts / counts.sum()) for _ in range(39)])
    logit = np.log(drawn[:, :4] / drawn[:, 4:])
    values = measures(logit[:, [2, 1, 3]] - logit[:, :1])
    assert np.isfinite(values).all()
    # Refits are iterated to the package's tolerance, not refined.
    np.testing.assert_allclose(result["conf_low"], values.min(axis=0), rtol=1e-7)
    np.testing.assert_allclose(result["conf_high"], values.max(axis=0), rtol=1e-7)
    delta = interaction(fit, "alc", "smk", method="delta")
    columns = ["estimate", "std_error", "p_value"]
    assert result[columns].equals(delta[columns])
    assert codes(result)[0] == "bootstrap"
    assert "seed 5" in note(result, "bootstrap")


def test_bootstrap_draws_clusters_and_repeats_with_its_seed():
    fit = gl.logit("case ~ any_spontaneous*any_induced + age", INFERT, cluster="stratum")
    one, same, other = (
        interaction(fit, "any_spontaneous", "any_induced", method="bootstrap", replications=40, seed=seed)
        for seed in (1, 1, 2)
    )
    assert one.equals(same)
    assert (one["conf_low"] != other["conf_low"]).all()
    assert f"{INFERT['stratum'].nunique()} clusters" in note(one, "bootstrap")


def test_bootstrap_samples_that_separate_have_infinite_odds_ratios():
    """With 3 cases unexposed, one sample in 20 has none: all odds ratios infinite, and what they leave is told."""
    result = found("oral", method="bootstrap", replications=200, seed=1)
    assert (result.loc[GROUPS, "conf_high"] == np.inf).all()
    assert np.isfinite(result.loc[GROUPS, "conf_low"]).all()
    assert result.loc[SUMS, LIMITS].isna().all(axis=None)
    assert note(result, "bootstrap_lost").startswith("ratio, RERI, AP, S: no limits")


def test_bootstrap_gives_no_limits_to_an_infinite_estimate():
    """Every sample of a separated group is separated: its percentiles would be infinite or of no width."""
    result = cells([3, 8, 6, 225], [20, 18, 12, 0], method="bootstrap", replications=40, seed=1)
    assert result.loc[GROUPS, "conf_low"].notna().tolist() == [True, True, False]
    assert result.loc["ratio":, LIMITS].isna().all(axis=None)


@pytest.mark.parametrize("sign", [1, -1])
def test_replicates_of_the_synergy_index_beyond_infinity(sign):
    """S = (OR11 − 1)/(OR10 + OR01 − 2); the estimate has both of one sign."""
    excess = sign * np.array([[0.2, 0.2, 0.6], [0.2, 0.2, -0.2], [-0.1, 0.0, 0.6], [-0.1, 0.0, -0.2], [0.1, -0.1, 0.2]])
    found = replicated(np.log1p(excess), np.log1p(sign * np.array([0.3, 0.1, 0.5])))
    np.testing.assert_allclose(found[:, 6], [1.5, -0.5, np.inf, np.nan, np.inf], rtol=1e-14)
    np.testing.assert_array_equal(found[:, :6], measures(np.log1p(excess))[:, :6])


@pytest.mark.slow
def test_bootstrap_limits_agree_with_the_delta_method_in_large_samples():
    """Widths within 6 %: four times the error of 1.5 % that quantiles of 4000 normal values give them."""
    large = ORAL.assign(cases=300 * ORAL["cases"], controls=300 * ORAL["controls"])
    fit = gl.logit("cbind(cases, controls) ~ alc*smk", large)
    widths = [
        np.log(interaction(fit, "alc", "smk", method=method, replications=4000, seed=1).loc[RATIOS, LIMITS]).diff(
            axis=1
        )
        for method in ("bootstrap", "delta")
    ]
    np.testing.assert_allclose(*(width["conf_high"] for width in widths), rtol=0.06)


# --- invariance -------------------------------------------------------------------------------------
def test_exposures_commute():
    one, other = (
        found("infert", method="mover"),
        interaction(fitted("infert"), "any_induced", "any_spontaneous", method="mover"),
    )
    np.testing.assert_allclose(one, other.loc[["OR01", "OR10", *MEASURES[2:]]], rtol=1e-11)


@pytest.mark.parametrize(
    "formula",
    ["low ~ smoking*C(tension) + age", "low ~ C(smoking)*C(tension, contr.sum) + age", "low ~ flag*tension + age"],
)
def test_coding_of_the_variables_does_not_matter(formula):
    frame = BIRTH.assign(
        smoking=pd.Categorical(np.where(BIRTH["smoke"], "yes", "no"), categories=["no", "yes"]),
        tension=np.where(BIRTH["ht"], "yes", "no"),
        flag=BIRTH["smoke"] == 1,
    )
    first = "flag" if "flag" in formula else "smoking"
    result = interaction(gl.logit(formula, frame), first, "tension")
    plain = interaction(gl.logit("low ~ smoke*ht + age", BIRTH), "smoke", "ht")
    np.testing.assert_allclose(result, plain, rtol=1e-11)
    exposed, reference = (True, False) if first == "flag" else ("yes", "no")
    assert f"Reference: {first} = {reference}, tension = no. OR10: {first} = {exposed}, tension = no;" in note(
        result, "groups"
    )


def test_the_covariance_of_the_fit_is_used():
    model, robust = fitted("birthwt_adjusted"), fitted("birthwt_adjusted").with_cov("HC0")
    a, b = (interaction(one, "smoke", "ui") for one in (model, robust))
    assert a["estimate"].equals(b["estimate"])
    assert (a["std_error"] != b["std_error"]).all()
    rows = np.array([[1.0, 0, 0], [0, 1, 0], [1, 1, 1]])
    V = robust.cov_params().loc[["smoke", "ui", "smoke:ui"], ["smoke", "ui", "smoke:ui"]].to_numpy()
    log_or = rows @ robust.params[["smoke", "ui", "smoke:ui"]].to_numpy()
    expected = standard_errors(log_or, rows @ V @ rows.T) * np.where(LOGGED, b["estimate"], 1.0)
    np.testing.assert_allclose(b["std_error"], expected, rtol=1e-12)


def test_levels_of_a_factor_with_three_and_of_a_number():
    fit = gl.logit("low ~ smoke*C(race) + ns(age, 3)", BIRTH)
    race = interaction(fit, "smoke", "race", levels={"race": ("other", "white")})
    params = fit.params
    log_or = params["C(race)[T.other]"], params["smoke"] + params["C(race)[T.other]"] + params["smoke:C(race)[T.other]"]
    np.testing.assert_allclose(np.log(race.loc[GROUPS[1:], "estimate"]), log_or, rtol=1e-12)
    ages = interaction(gl.logit("low ~ smoke*poly(age, 2)", BIRTH), "smoke", "age", levels={"age": (20, 30.5)})
    assert note(ages, "groups").startswith("Reference: smoke = 0, age = 30.5. OR10: smoke = 1, age = 30.5; OR01: smoke")


# --- notes and reasons ------------------------------------------------------------------------------
@pytest.mark.parametrize("formula", ["low ~ smoke + ht", "low ~ ht + I(smoke + ht)", "low ~ C(smoke) + C(ht)"])
@pytest.mark.parametrize("method", ["delta", "mover", "bootstrap"])
def test_a_model_without_product_imposes_its_answer(formula, method):
    """OR11 = OR10·OR01, hence RERI = (OR10 − 1)(OR01 − 1); the ratio is 1 and nothing is known of its error."""
    result = interaction(gl.logit(formula, BIRTH), "smoke", "ht", method=method, replications=40, seed=1)
    assert "smoke*ht" in note(result, "no_product")
    ratio = result["estimate"]
    assert ratio["RERI"] == pytest.approx((ratio["OR10"] - 1) * (ratio["OR01"] - 1), rel=1e-12)
    assert ratio["ratio"] == pytest.approx(1.0, rel=1e-14)
    assert result.loc["ratio"].drop("estimate").isna().all()
    assert result.covariance["ratio"].isna().all()
    assert unlogged(result).drop(index="ratio").notna().all(axis=None)


def cells(cases, controls, **options):
    table = pd.DataFrame({"a": [0, 0, 1, 1], "b": [0, 1, 0, 1], "cases": cases, "controls": controls})
    return interaction(quiet("cbind(cases, controls) ~ a*b", table), "a", "b", **options)


@pytest.mark.parametrize("method", ["delta", "bootstrap"])
def test_opposite_signs_leave_the_synergy_index_without_limits(method):
    result = cells([10, 12, 12, 5], [20, 20, 20, 20], method=method, replications=40, seed=1)
    assert result.loc["S", "estimate"] < 0
    assert result.loc["S"].drop("estimate").isna().all()
    assert unlogged(result).drop(index="S").notna().all(axis=None)
    assert [code for code in codes(result) if code != "bootstrap"] == ["preventive", "synergy"]


@pytest.mark.parametrize(("times", "near"), [(1, True), (4, False)])
def test_a_denominator_near_zero_makes_the_synergy_index_unreliable(times, near):
    """OR10 + OR01 − 2 against the error it has by the delta method: noted within 2 SE of 0."""
    case, control = times * np.array([20.0, 30, 34, 60]), times * np.array([40.0] * 4)
    ratio = case[1:3] * control[0] / (control[1:3] * case[0])
    shared, own = 1 / case[0] + 1 / control[0], 1 / case[1:3] + 1 / control[1:3]
    error = np.sqrt(ratio @ (np.diag(own) + shared) @ ratio)
    assert near == (ratio.sum() - 2 < 2 * error)
    result = cells(case, control)
    assert codes(result) == ["synergy_unstable"] * near
    if near:
        assert f"OR10 + OR01 − 2 = {ratio.sum() - 2:.3g}, by which it divides, is within 2 SE ({error:.3g})" in note(
            result, "synergy_unstable"
        )


def test_an_infinite_odds_ratio_is_infinite_and_has_a_reason():
    """No control with both exposures: OR11 and RERI have no upper bound, AP is 1. None with the first only: −inf."""
    both, first = cells([3, 8, 6, 225], [20, 18, 12, 0]), cells([3, 8, 6, 225], [20, 18, 0, 166])
    assert both.loc["OR11":, "estimate"].tolist() == [np.inf, np.inf, np.inf, 1.0, np.inf]
    assert first.loc["ratio":, "estimate"].tolist() == [0.0, -np.inf, -np.inf, 0.0]
    assert first.loc["OR11", "estimate"] == pytest.approx(225 / 166 / (3 / 20), rel=1e-12)
    for result, name in ((both, "OR11"), (first, "OR10")):
        assert codes(result) == ["infinite"]
        assert note(result, "infinite").startswith(f"No finite, positive estimate of {name}:")
        lost = [name, "ratio", *ADDITIVE]
        assert result.loc[lost].drop(columns="estimate").isna().all(axis=None)
        assert unlogged(result).drop(index=lost).notna().all(axis=None)
        assert result.covariance.drop(index=lost, columns=lost).notna().all(axis=None)


def test_a_group_without_cases_is_no_reference_to_recommend():
    result = cells([3, 0, 6, 225], [20, 18, 12, 166])
    assert result.loc["OR01", "estimate"] == 0.0
    assert codes(result) == ["infinite"]


def test_a_group_without_rows_is_not_estimable():
    twice = pd.concat([ORAL[:3]] * 2)
    result = interaction(quiet("cbind(cases, controls) ~ alc*smk", twice), "alc", "smk")
    lost = ["OR11", "ratio", *ADDITIVE]
    assert result.loc[lost].isna().all(axis=None)
    assert result.drop(index=lost).notna().all(axis=None)
    assert codes(result) == ["not_estimable"]
    assert note(result, "not_estimable").startswith("OR11 cannot be estimated: it depends on an aliased")


def test_firth_gives_what_separation_denies():
    table = ORAL.assign(controls=[20, 18, 12, 0])
    result = interaction(gl.firth("cbind(cases, controls) ~ alc*smk", table), "alc", "smk", method="mover")
    assert np.isfinite(unlogged(result)).all(axis=None)


def test_a_fit_without_a_maximum_is_refused():
    fit = quiet("low ~ smoke*ht + age", BIRTH, control=gl.Control(max_iter=1))
    with pytest.raises(NotEstimableError):
        interaction(fit, "smoke", "ht")


def test_the_page():
    result = found("oral", method="mover", level=0.9)
    for words in ("measure", "90% limits by MOVER", "OR11", "RERI", "9.036", "alc = 1, smk = 0"):
        assert words in str(result)
    assert repr(result) == str(result)
    assert "<table" in result._repr_html_()


def test_an_enormous_limit_leaves_the_other_rows_readable():
    result = interaction(gl.logit("low ~ smoke*age", BIRTH), "smoke", "age", levels={"age": (30.5, 20)})
    assert result.loc["S", "conf_high"] > 1e9
    lines = str(result).splitlines()
    assert lines[1].split()[:2] == ["OR10", f"{result.loc['OR10', 'estimate']:.3f}"]
    assert lines[7].split()[5] == f"{result.loc['S', 'conf_high']:.3g}"


# --- refusals -----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("formula", "options", "message"),
    [
        ("low ~ smoke*ht*age", {}, "smoke:age the effect of smoke depends on age"),
        ("low ~ smoke*ht + I(ht*lwt)", {}, "depends on lwt"),
        ("low ~ smoke", {}, "'ht' is no variable"),
        ("low ~ smoke*ht", {"b": "smoke"}, "two variables"),
        ("low ~ smoke*ht", {"levels": {"hat": (1, 0)}}, "'hat'"),
        ("low ~ smoke*ht", {"levels": {"ht": (1, 1)}}, "two different"),
        ("low ~ smoke*ht", {"levels": {"ht": (2, 0)}}, "ht = 2 lies outside the data, 0 to 1"),
        ("low ~ smoke*ht", {"levels": {"ht": ("yes", "no")}}, "ht = 'yes': give a finite number"),
        ("low ~ smoke*race", {"b": "race", "levels": {"race": ("blue", "white")}}, "no level 'blue'"),
        ("low ~ smoke*ht", {"method": "wald"}, "mover"),
        ("low ~ smoke*ht", {"method": "bootstrap", "replications": 10}, "replications=10"),
        ("low ~ smoke*ht", {"level": 95}, "0.95"),
        ("low ~ smoke*race", {"b": "race"}, r"levels=\{'race': \('other', 'white'\)\}"),
        ("low ~ smoke*age", {"b": "age"}, r"levels=\{'age'"),
    ],
)
def test_refusals_say_what_to_type(formula, options, message):
    fit = quiet(formula, BIRTH)
    with pytest.raises(DataError, match=message):
        interaction(fit, "smoke", **{"b": "ht", **options})


def test_arrays_and_offsets_are_refused():
    columns = BIRTH[["smoke", "ht"]].assign(both=BIRTH["smoke"] * BIRTH["ht"])
    with pytest.raises(UnsupportedError, match="a\\*b"):
        interaction(gl.logit(gl.design_arrays(BIRTH["low"], columns, intercept=True)), "smoke", "ht")
    for fit in (gl.logit("low ~ smoke*ht + offset(smoke)", BIRTH), gl.logit("low ~ smoke*ht", BIRTH, offset="ht")):
        with pytest.raises(UnsupportedError, match="offset"):
            interaction(fit, "smoke", "ht")
