"""Additive interaction: against epiR and Zou's limits written out in R, closed forms, and differences."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
from references import load_json

import glmlogit as gl
from glmlogit._tails import normal_pvalue, normal_quantile
from glmlogit.additive import (
    AdditiveInteraction,
    delta_limits,
    gradients,
    interaction,
    measures,
    mover_limits,
    standard_errors,
)
from glmlogit.errors import DataError, UnsupportedError

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
    return [note.code for note in result.notes]


# --- references -------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", SETS)
def test_estimates_and_limits_of_both_methods(name):
    delta, mover, expected = found(name), found(name, method="mover"), SETS[name]
    np.testing.assert_allclose(delta.table["estimate"], expected["estimate"], rtol=AGREE)
    np.testing.assert_allclose(delta.table[["conf_low", "conf_high"]], expected["delta"], rtol=AGREE)
    np.testing.assert_allclose(mover.table[["conf_low", "conf_high"]][:2], expected["mover"], rtol=AGREE)
    assert mover.table.loc["S"].equals(delta.table.loc["S"])
    np.testing.assert_allclose(np.log(delta.odds_ratios["odds_ratio"][1:]), expected["log_or"], rtol=AGREE)
    assert (delta.level, mover.method) == (0.95, "mover")


def test_recoding_is_a_fit_of_recoded_exposures():
    plain, recoded = found("preventive"), found("preventive", recode=True)
    np.testing.assert_allclose(recoded.table["estimate"], SETS["recoded"]["estimate"], rtol=AGREE)
    np.testing.assert_allclose(recoded.table[["conf_low", "conf_high"]], SETS["recoded"]["delta"], rtol=AGREE)
    assert recoded.levels == {"smoke": (1, 0), "visits": (0, 1)}
    assert codes(recoded) == ["recoded"]
    assert codes(plain) == ["preventive"]
    assert repr(recoded.levels) in plain.notes[0].text
    by_hand = found("preventive", levels=recoded.levels)
    pd.testing.assert_frame_equal(by_hand.table, recoded.table)
    assert not by_hand.notes
    assert not found("oral", recode=True).notes


def test_published_limits_of_the_oral_cancers():
    """Hosmer & Lemeshow (1992, p. 453): RERI 3.74 (−1.84, 9.32); Zou (2008): −11.43, 21.87."""
    for method, limits in (("delta", (-1.84, 9.32)), ("mover", (-11.43, 21.87))):
        row = found("oral", method=method).table.loc["RERI"]
        assert (round(row["estimate"], 2), round(row["conf_low"], 2), round(row["conf_high"], 2)) == (3.74, *limits)


# --- closed forms -----------------------------------------------------------------------------------
def test_odds_ratios_are_those_of_the_cells():
    """Cross-product ratios of the saturated table, with Woolf's limits."""
    table = found("oral").odds_ratios
    case, control = ORAL["cases"].to_numpy(), ORAL["controls"].to_numpy()
    order = [0, 2, 1, 3]  # the rows of the table are 00, 01, 10, 11
    ratio = (case / control)[order] / (case[0] / control[0])
    half = Z * np.sqrt(1 / case + 1 / control + 1 / case[0] + 1 / control[0])[order]
    np.testing.assert_allclose(table["odds_ratio"], ratio, rtol=1e-13)
    np.testing.assert_allclose(table["conf_low"][1:], (ratio * np.exp(-half))[1:], rtol=1e-13)
    np.testing.assert_allclose(table["conf_high"][1:], (ratio * np.exp(half))[1:], rtol=1e-13)
    assert table["alc"].tolist() == [0, 1, 0, 1]
    assert table["smk"].tolist() == [0, 0, 1, 1]
    assert table.loc["OR00", "odds_ratio"] == 1.0
    assert np.isnan(table.loc["OR00", "conf_low"])


def test_measures_are_their_definitions():
    first, second, both = np.exp(LOG_OR)
    reri = both - first - second + 1
    expected = [reri, reri / both, (both - 1) / (first + second - 2)]
    np.testing.assert_allclose(measures(LOG_OR), expected, rtol=1e-14)
    np.testing.assert_array_equal(measures(np.stack([LOG_OR, LOG_OR[[1, 0, 2]]])), [measures(LOG_OR)] * 2)


def test_measures_keep_the_digits_of_small_effects():
    """To first order RERI is θ11 − θ10 − θ01; the next terms are the squares, 1e-20."""
    reri, share, synergy = measures(np.array([1e-10, 2e-10, 4e-10]))
    assert reri == pytest.approx(1e-10, rel=1e-9)
    assert share == pytest.approx(1e-10, rel=1e-9)
    assert synergy == pytest.approx(4 / 3, rel=1e-9)


@pytest.mark.parametrize("name", SETS)
def test_gradients_against_central_differences(name):
    log_or, step = np.array(SETS[name]["log_or"]), 1e-5
    aside = log_or + np.stack([step * np.eye(3), -step * np.eye(3)])
    values = measures(aside)
    values[..., 2] = np.log(values[..., 2])
    differences = (values[0] - values[1]).T / (2 * step)
    # The error of the differences is the third derivative times step²/6, and 1e-16/step of rounding.
    np.testing.assert_allclose(gradients(log_or), differences, rtol=1e-7, atol=1e-7 * np.abs(differences).max())


def test_mover_limits_of_one_uncertain_ratio_are_its_own():
    """With OR10 and OR01 as good as known, the limits of RERI are those of OR11 less a constant."""
    low, high = mover_limits(LOG_OR, np.diag([1e-24, 1e-24, 0.25]), Z)[0]
    rest = 1 - np.exp(LOG_OR[:2]).sum()
    assert low == pytest.approx(np.exp(LOG_OR[2] - Z * 0.5) + rest, rel=1e-13)
    assert high == pytest.approx(np.exp(LOG_OR[2] + Z * 0.5) + rest, rel=1e-13)


# --- p-values ---------------------------------------------------------------------------------------
@pytest.mark.parametrize("method", ["delta", "mover"])
@pytest.mark.parametrize("name", SETS)
def test_p_value_and_limits_agree(name, method):
    """At the level 1 − p the null is a limit."""
    for measure, null in (("RERI", 0.0), ("AP", 0.0), ("S", 1.0)):
        row = found(name, method=method).table.loc[measure]
        at = found(name, method=method, level=1 - row["p_value"]).table.loc[measure]
        nearest = min(abs(at["conf_low"] - null), abs(at["conf_high"] - null))
        assert nearest < 1e-9 * row["std_error"]  # brentq to 1e-14 in z; rounding of 1 − p


def test_no_interaction_at_all_has_p_value_one():
    """The same odds in all groups: RERI and AP are 0 up to rounding, and ln S is ln(0/0)."""
    result = cells([10] * 4, [20] * 4, method="mover")
    np.testing.assert_allclose(result.table["p_value"][:2], 1.0, rtol=1e-12)
    assert codes(cells([10, 11, 11, 11], [20, 22, 22, 30])) == ["preventive", "synergy"]
    assert "preventive" not in codes(cells([7, 14, 21, 11], [3, 6, 9, 4]))


def test_a_fit_that_did_not_converge_has_no_limits():
    fit = quiet("low ~ smoke*ht + age", BIRTH, control=gl.Control(max_iter=1))
    result = interaction(fit, "smoke", "ht")
    assert codes(result) == ["no_errors"]
    assert result.table.drop(columns="estimate").isna().all(axis=None)


def test_wald_p_values():
    table = found("birthwt_adjusted").table
    z = np.append(table["estimate"][:2], np.log(table.loc["S", "estimate"])) / table["std_error"]
    np.testing.assert_allclose(table["p_value"], normal_pvalue(z), rtol=1e-15)


# --- simulation -------------------------------------------------------------------------------------
def test_standard_errors_are_those_of_small_perturbations():
    """100,000 draws give a standard deviation to 0.22 %; curvature at a hundredth of the covariance adds 0.5 %."""
    draws = np.random.default_rng(1).multivariate_normal(LOG_OR, COV / 100, 100_000)
    values = measures(draws)
    values[:, 2] = np.log(values[:, 2])
    np.testing.assert_allclose(values.std(axis=0), standard_errors(LOG_OR, COV / 100), rtol=0.015)


@pytest.mark.slow
@pytest.mark.parametrize("limits", [delta_limits, mover_limits])
def test_coverage(limits):
    """Precise log odds ratios: 95 %, with a binomial error of 0.35 % and as much again from curvature."""
    draws = np.random.default_rng(2).multivariate_normal(LOG_OR, COV / 20, 4000)
    truth = measures(LOG_OR)
    inside = [(low <= truth) & (truth <= high) for low, high in (limits(draw, COV / 20, Z).T for draw in draws)]
    np.testing.assert_allclose(np.mean(inside, axis=0), 0.95, atol=0.015)


# --- invariance -------------------------------------------------------------------------------------
def test_exposures_commute():
    one, other = (
        found("infert", method="mover"),
        interaction(fitted("infert"), "any_induced", "any_spontaneous", method="mover"),
    )
    np.testing.assert_allclose(one.table, other.table, rtol=1e-12)


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
    np.testing.assert_allclose(result.table, plain.table, rtol=1e-11)
    assert result.levels[first] == ((True, False) if first == "flag" else ("yes", "no"))
    assert type(result.levels[first][0]) in (bool, str)


def test_the_covariance_of_the_fit_is_used():
    model, robust = fitted("birthwt_adjusted"), fitted("birthwt_adjusted").with_cov("HC0")
    a, b = (interaction(one, "smoke", "ui").table for one in (model, robust))
    assert a["estimate"].equals(b["estimate"])
    assert (a["std_error"] != b["std_error"]).all()
    rows = np.array([[1.0, 0, 0], [0, 1, 0], [1, 1, 1]])
    V = robust.cov_params().loc[["smoke", "ui", "smoke:ui"], ["smoke", "ui", "smoke:ui"]].to_numpy()
    log_or = rows @ robust.params[["smoke", "ui", "smoke:ui"]].to_numpy()
    np.testing.assert_allclose(b["std_error"], standard_errors(log_or, rows @ V @ rows.T), rtol=1e-12)


def test_levels_of_a_factor_with_three_and_of_a_number():
    fit = gl.logit("low ~ smoke*C(race) + ns(age, 3)", BIRTH)
    race = interaction(fit, "smoke", "race", levels={"race": ("other", "white")})
    params = fit.params
    log_or = params["C(race)[T.other]"], params["smoke"] + params["C(race)[T.other]"] + params["smoke:C(race)[T.other]"]
    np.testing.assert_allclose(np.log(race.odds_ratios["odds_ratio"][2:]), log_or, rtol=1e-12)
    ages = interaction(gl.logit("low ~ smoke*poly(age, 2)", BIRTH), "smoke", "age", levels={"age": (20, 30.5)})
    assert ages.odds_ratios["age"].tolist() == [30.5, 30.5, 20, 20]


# --- notes and reasons ------------------------------------------------------------------------------
def test_a_model_without_product_imposes_its_answer():
    """OR11 = OR10·OR01, hence RERI = (OR10 − 1)(OR01 − 1)."""
    result = interaction(gl.logit("low ~ smoke + ht", BIRTH), "smoke", "ht", method="mover")
    assert codes(result) == ["no_product"]
    assert "smoke*ht" in result.notes[0].text
    ratio = result.odds_ratios["odds_ratio"]
    assert result.table.loc["RERI", "estimate"] == pytest.approx((ratio["OR10"] - 1) * (ratio["OR01"] - 1), rel=1e-12)
    assert result.table.notna().all(axis=None)


def cells(cases, controls, **options):
    table = pd.DataFrame({"a": [0, 0, 1, 1], "b": [0, 1, 0, 1], "cases": cases, "controls": controls})
    return interaction(quiet("cbind(cases, controls) ~ a*b", table), "a", "b", **options)


def test_opposite_signs_leave_the_synergy_index_without_limits():
    result = cells([10, 12, 12, 5], [20, 20, 20, 20])
    assert result.table.loc["S", "estimate"] < 0
    assert result.table.loc["S", ["std_error", "conf_low", "conf_high", "p_value"]].isna().all()
    assert result.table.loc["RERI"].notna().all()
    assert codes(result) == ["preventive", "synergy"]


def test_an_infinite_odds_ratio_is_infinite_and_has_a_reason():
    """No control with both exposures: OR11 and RERI have no upper bound, AP is 1. None with the first only: −inf."""
    both, first = cells([3, 8, 6, 225], [20, 18, 12, 0]), cells([3, 8, 6, 225], [20, 18, 0, 166])
    assert both.table["estimate"].tolist() == [np.inf, 1.0, np.inf]
    assert first.table["estimate"].tolist() == [-np.inf, -np.inf, 0.0]
    assert first.odds_ratios.loc["OR11", "odds_ratio"] == pytest.approx(225 / 166 / (3 / 20), rel=1e-12)
    for result in (both, first):
        assert codes(result) == ["infinite"]
        assert result.table.drop(columns="estimate").isna().all(axis=None)
    assert "OR11 has no finite" in both.notes[0].text
    assert both.odds_ratios.loc["OR11", "odds_ratio"] == np.inf
    assert first.odds_ratios.loc["OR11"].notna().all()


def test_a_group_without_rows_is_not_estimable():
    twice = pd.concat([ORAL[:3]] * 2)
    result = interaction(quiet("cbind(cases, controls) ~ alc*smk", twice), "alc", "smk")
    assert result.table.isna().all(axis=None)
    assert codes(result) == ["not_estimable"]
    assert result.odds_ratios["odds_ratio"].notna().tolist() == [True, True, True, False]


def test_firth_gives_what_separation_denies():
    table = ORAL.assign(controls=[20, 18, 12, 0])
    result = interaction(gl.firth("cbind(cases, controls) ~ alc*smk", table), "alc", "smk", method="mover")
    assert np.isfinite(result.table).all(axis=None)


def test_the_page():
    result = found("oral", method="mover", level=0.9)
    assert isinstance(result, AdditiveInteraction)
    for words in ("Additive interaction of alc and smk", "90%, MOVER", "OR11", "RERI", "9.036"):
        assert words in str(result)
    assert repr(result) == str(result)
    assert "<table" in result._repr_html_()
    assert "| RERI" in result.summary().to_markdown()


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
        ("low ~ smoke*ht", {"levels": {"ht": (2, 0)}}, "2 is not in the data"),
        ("low ~ smoke*ht", {"levels": {"ht": ("yes", "no")}}, "'yes' is not in the data"),
        ("low ~ smoke*ht", {"method": "wald"}, "mover"),
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
