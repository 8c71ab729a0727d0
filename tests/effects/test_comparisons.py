"""Standardised risks, predictions, the bootstrap, and what sentences say of them."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
import references

import glmlogit as gl
from glmlogit.designs import samples
from glmlogit.effects import estimands
from glmlogit.errors import DataError, SeparationWarning, UnsupportedError
from glmlogit.inference import bootstrap
from glmlogit.messages import progress

BIRTH = gl.datasets.birthwt()
FIT = gl.logit("low ~ age + lwt + C(race) + smoke", BIRTH)
ALL = ["risk_difference", "risk_ratio", "odds_ratio", "nnt", "attributable_fraction"]


def test_values_as_defined():
    """To eight digits: the published check values come from a fit at R's default tolerance."""
    fit = gl.logit("am ~ hp + wt + vs", references.frame("mtcars"))
    found = fit.comparisons("vs", ["risk_difference", "risk_ratio", "odds_ratio"])
    np.testing.assert_allclose(found["estimate"], [-0.1222095406, 0.7243815763, 0.5939672388], rtol=2e-7)
    np.testing.assert_allclose(found["std_error"], [0.1007209587, 0.2106561846, 0.2656050611], rtol=2e-7)


def test_saturated_models_give_crude_measures():
    """One binary exposure: risks are proportions; RR limits are Katz's, OR limits Woolf's."""
    fit = gl.logit("low ~ smoke", BIRTH)
    found = fit.comparisons("smoke", ALL).set_index("estimand")
    crude = gl.two_by_two(BIRTH, "low", "smoke").measures
    for ours, theirs in (
        ("risk_ratio", "risk_ratio"),
        ("odds_ratio", "odds_ratio"),
        ("risk_difference", "risk_difference"),
    ):
        for column in ("estimate", "conf_low", "conf_high"):
            assert found.loc[ours, column] == pytest.approx(crude.loc[theirs, column], rel=1e-11)
    p1, p0 = (BIRTH.loc[BIRTH["smoke"] == s, "low"].mean() for s in (1, 0))
    assert found.loc["nnt", "estimate"] == pytest.approx(1 / (p1 - p0), rel=1e-12)
    assert found.loc["attributable_fraction", "estimate"] == pytest.approx(1 - p0 / BIRTH["low"].mean(), rel=1e-12)
    exposed = fit.comparisons("smoke", "attributable_fraction", population="exposed")
    assert exposed["estimate"].item() == pytest.approx(1 - p0 / p1, rel=1e-12)


def test_populations_weigh_the_covariates():
    p1, p0 = FIT.predict(BIRTH.assign(smoke=1)), FIT.predict(BIRTH.assign(smoke=0))
    smokes = BIRTH["smoke"] == 1
    for population, kept in (("all", smokes | True), ("exposed", smokes), ("unexposed", ~smokes)):
        found = FIT.comparisons("smoke", population=population)
        assert found["estimate"].item() == pytest.approx((p1 - p0)[kept].mean(), rel=1e-12)
        assert found["risk_exposed"].item() == pytest.approx(p1[kept].mean(), rel=1e-13)
    table = BIRTH.head(20)
    found = FIT.comparisons("smoke", population=table)
    assert found["estimate"].item() == pytest.approx((p1 - p0).head(20).mean(), rel=1e-12)


def test_contrasts_of_a_comparison():
    steps = FIT.comparisons("age", contrast=10)
    p = FIT.predict(BIRTH.assign(age=BIRTH["age"] + 10)) - FIT.predict(BIRTH)
    assert steps["estimate"].item() == pytest.approx(p.mean(), rel=1e-11)
    assert steps["contrast"].item() == "+10"
    pairs = FIT.comparisons("race", contrast="pairwise")
    assert pairs["contrast"].tolist() == ["black - white", "other - white", "other - black"]
    assert pairs["estimate"][2] == pytest.approx(pairs["estimate"][1] - pairs["estimate"][0], rel=1e-10)
    two = FIT.comparisons("age", contrast=(30, 20), by="race")
    assert two["race"].tolist() == ["white", "black", "other"]
    assert not pairs.test("race[black - white] = race[other - white]").reason
    average = np.average(two["estimate"], weights=BIRTH["race"].value_counts()[two["race"]])
    assert FIT.comparisons("age", contrast=(30, 20))["estimate"].item() == pytest.approx(average, rel=1e-12)


def test_numbers_needed_run_through_infinity():
    harm = FIT.comparisons("smoke", "nnt")
    assert harm["conf_low"].item() < harm["estimate"].item() < harm["conf_high"].item()
    assert "∞" not in harm["interval"].item()
    uncertain = FIT.comparisons("age", "nnt", contrast=10)
    assert "∞" in uncertain["interval"].item()
    assert uncertain["conf_low"].item() > 0 > uncertain["conf_high"].item()
    difference = FIT.comparisons("age", contrast=10)
    assert uncertain["conf_low"].item() == pytest.approx(1 / difference["conf_high"].item(), rel=1e-12)
    assert np.isnan(uncertain["std_error"].item())
    assert any(n.code == "nnt" for n in uncertain.notes)


def test_a_marginal_odds_ratio_says_that_it_is():
    found = FIT.comparisons("smoke", "odds_ratio")
    assert any(n.code == "non_collapsible" for n in found.notes)
    conditional = FIT.odds_ratios().loc["smoke", "odds_ratio"]
    assert 1 < found["estimate"].item() < conditional


@pytest.mark.parametrize("estimator", [gl.logit, gl.firth])
def test_the_marginal_odds_ratio_of_the_only_variable_is_the_models_own_and_nothing_is_said(estimator):
    alone = estimator("low ~ C(race)", BIRTH)
    found = alone.comparisons("race", "odds_ratio")
    np.testing.assert_allclose(found["estimate"], alone.odds_ratios()["odds_ratio"], rtol=1e-10)
    assert not any(n.code == "non_collapsible" for n in found.notes)
    step = estimator("low ~ age", BIRTH)  # rows differ, as they start from different ages
    assert step.comparisons("age", "odds_ratio")["estimate"].item() != pytest.approx(step.odds_ratios().iloc[0, 0])
    assert any(n.code == "non_collapsible" for n in step.comparisons("age", "odds_ratio").notes)
    offset = estimator("low ~ C(race)", BIRTH, offset=np.log(BIRTH["lwt"]))
    assert any(n.code == "non_collapsible" for n in offset.comparisons("race", "odds_ratio").notes)


def test_weights_and_trials_are_repeated_rows():
    table = references.frame("titanic_table").query("Freq > 0")
    rows = table.loc[table.index.repeat(table["Freq"])]
    ours = gl.logit("Survived ~ Class * Sex + Age", table, weights="Freq", event="Yes")
    expanded = gl.logit("Survived ~ Class * Sex + Age", rows, event="Yes")
    for population in ("all", "exposed", "unexposed"):
        asked = ALL[:4] if population == "unexposed" else ALL  # nobody would change: refused
        a, b = (fit.comparisons("Sex", asked, population=population) for fit in (ours, expanded))
        columns = ["estimate", "conf_low", "conf_high", "risk_exposed", "risk_reference"]
        np.testing.assert_allclose(a[columns], b[columns], rtol=1e-9)


def test_separated_exposure_keeps_its_risks():
    data = gl.datasets.endometrial()
    with pytest.warns(SeparationWarning):
        fit = gl.logit("HG ~ NV + PI + EH", data)
    found = fit.comparisons("NV", ["risk_difference", "odds_ratio"])
    assert found["risk_exposed"].tolist() == [1.0, 1.0]
    assert found["estimate"].tolist() == [pytest.approx(1 - fit.predict(data.assign(NV=0)).mean()), np.inf]
    assert found["std_error"].isna().all()
    assert any("exactly 0 or 1" in str(n) for n in found.notes)
    firth = gl.firth("HG ~ NV + PI + EH", data).comparisons("NV")
    assert np.isfinite(firth["std_error"].item())


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"variable": "weight"}, "no variable"),
        ({"estimand": "hazard_ratio"}, "risk_ratio"),
        ({"contrast": (1, 1)}, "compares a value with itself"),
        ({"contrast": (1, 2, 3)}, "two values"),
        ({"variable": "race", "contrast": ("black", "green")}, "no level 'green'"),
        ({"variable": "race", "contrast": 3}, "levels are"),
        ({"variable": "age", "population": "exposed"}, "who is exposed"),
        ({"variable": "age", "contrast": (99, 20), "population": "exposed"}, "nobody exposed"),
        ({"population": "everyone"}, "unexposed"),
        ({"interval": "exact"}, "bootstrap"),
        ({"interval": "bootstrap", "unconditional": True}, "unconditional"),
        ({"interval": "bootstrap", "replications": 3}, "1000"),
        ({"population": BIRTH.drop(columns="age")}, "age"),
        ({"population": BIRTH.head(30), "by": BIRTH["race"]}, "30 rows"),
        ({"estimand": []}, "names none"),
        ({"interval": "bootstrap", "seed": "one"}, "whole number"),
    ],
)
def test_bad_input(options, message):
    with pytest.raises(DataError, match=message):
        FIT.comparisons(**({"variable": "smoke"} | options))


# --- predictions ------------------------------------------------------------------------------------
def test_predictions_by_group_and_at_values():
    found = gl.predictions(FIT, by="race")
    observed = BIRTH.groupby("race", observed=True)["low"].mean()
    np.testing.assert_allclose(found["estimate"], observed, rtol=1e-12)  # the score equations of the factor
    set_to = gl.predictions(FIT, {"smoke": [0, 1]})
    np.testing.assert_allclose(
        set_to["estimate"], [FIT.predict(BIRTH.assign(smoke=s)).mean() for s in (0, 1)], rtol=1e-13
    )
    people = gl.reference_grid(FIT, {"age": [20, 30], "race": ["white", "black"]})
    rows = gl.predictions(FIT, people)
    direct = FIT.predict(people, interval="confidence")
    for column in ("estimate", "std_error", "conf_low", "conf_high"):
        np.testing.assert_allclose(rows[column], direct[column], rtol=1e-11)


def test_predictions_of_a_constant():
    fit = gl.logit("low ~ 1", BIRTH)
    for at in ("overall", "mean", "typical"):
        assert gl.predictions(fit, at)["estimate"].item() == pytest.approx(BIRTH["low"].mean(), rel=1e-13)
    assert len(gl.predictions(fit, BIRTH.head(3))) == 3


# --- numbers needed to treat --------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("low", "high", "text"),
    [
        (0.05, 0.25, "more events 1 in 4.0 to 20.0"),
        (-0.25, -0.05, "fewer events 1 in 4.0 to 20.0"),
        (-0.05, 0.1, "more events 1 in 10.0 to ∞ to fewer events 1 in 20.0"),
        (np.nan, 0.1, ""),
    ],
)
def test_limits_of_a_number_needed_in_words(low, high, text):
    """Altman 1998 (BMJ 317, 1309): an interval of both signs goes through infinity, from harm to benefit."""
    assert estimands._altman(low, high, 1.0 / high, 1.0 / low) == text


# --- the bootstrap ----------------------------------------------------------------------------------
def test_covariance_of_replicates_is_that_of_those_with_values():
    """Of (1, 2), (3, 6), (5, 1), each 13 times, sums of squares and products are 104, 182, −26 and n − 1 is 38."""
    values = np.array([[1.0, 2.0], [3.0, 6.0], [5.0, 1.0]] * 13)
    expected = np.array([[104.0, -26.0], [-26.0, 182.0]]) / 38.0
    for lost in ([], [[np.nan, 1.0]], [[np.inf, 1.0], [2.0, np.nan]]):  # 0, 1 and 2 of up to 41: below 5 %
        found = bootstrap.Resampling(np.vstack([values, *lost]), None, 0)
        np.testing.assert_allclose(found.covariance(found.values), expected, rtol=1e-14)
    lost = np.vstack([values, np.full((3, 2), np.nan)])  # 3 of 42: 7 %
    assert np.isnan(bootstrap.Resampling(lost, None, 0).covariance(lost)).all()


def test_standard_errors_of_a_bootstrap_are_those_of_its_replicates():
    options = {"interval": "bootstrap", "replications": 30, "seed": 1}
    found = FIT.comparisons("smoke", "risk_difference", **options)
    differences = []
    for draw in samples.draws(FIT.design, np.random.default_rng(1), 30):
        again, params, weights = FIT.design.X.copy(), gl.logit(draw.of(FIT.design)).params.to_numpy(), draw.amounts
        j = FIT.design.names.index("smoke")
        risk = []
        for again[:, j] in (1.0, 0.0):
            risk.append(np.average(1.0 / (1.0 + np.exp(-again @ params)), weights=weights))
        differences.append(risk[0] - risk[1])
    # Refits from the estimate and from zero, each converged to 1e-8 standard errors.
    assert found["std_error"][0] == pytest.approx(np.std(differences, ddof=1), rel=1e-6)


def test_bootstrap_is_reproducible_and_near_the_delta_method():
    """200 samples: the bootstrap's standard error has itself a relative error of 1/√400 = 5 %; four of these."""
    options = {"interval": "bootstrap", "replications": 200}
    fit = gl.logit("low ~ age + smoke", BIRTH)
    one, again, other = (fit.comparisons("smoke", ALL, seed=s, **options) for s in (1, 1, 2))
    pd.testing.assert_frame_equal(pd.DataFrame(one), pd.DataFrame(again))
    assert not one["conf_low"].equals(other["conf_low"])
    delta = fit.comparisons("smoke", ALL)
    assert one["estimate"].equals(delta["estimate"])
    assert one["std_error"][0] == pytest.approx(delta["std_error"][0], rel=0.2)
    assert (one["conf_low"] < one["estimate"]).all()
    assert any("200 samples of rows, seed 1" in str(n) for n in one.notes)


def test_a_bootstrap_sample_is_the_fit_to_its_rows():
    design = FIT.design
    draw = next(samples.draws(design, np.random.default_rng(3), 1))
    new, weights = draw.of(design), draw.amounts
    drawn = np.repeat(np.arange(len(BIRTH)), weights.astype(int))
    assert len(drawn) == len(BIRTH)
    refit = gl.logit(new)
    direct = gl.logit("low ~ age + lwt + C(race) + smoke", BIRTH.iloc[drawn].reset_index(drop=True))
    np.testing.assert_allclose(refit.params, direct.params, rtol=1e-10)
    seen = []
    bootstrap.replicates(FIT, lambda fit, w: seen.append((fit.params.to_numpy(), w)) or np.zeros(1), 20, 3)
    np.testing.assert_allclose(seen[0][0], direct.params, rtol=1e-8)


def test_clusters_are_drawn_whole():
    fit = gl.logit("low ~ smoke + age", BIRTH, cluster="ftv")
    for draw in samples.draws(fit.design, np.random.default_rng(0), 5):
        assert pd.Series(draw.amounts).groupby(BIRTH["ftv"].to_numpy()).nunique().max() == 1
    found = fit.comparisons("smoke", interval="bootstrap", replications=30, seed=1)
    assert any("clusters" in str(n) for n in found.notes)


def test_counts_are_drawn_as_single_observations():
    table = references.frame("titanic_table").query("Freq > 0")
    fit = gl.logit("Survived ~ Sex", table, weights="Freq", event="Yes")
    total = table["Freq"].sum()
    for draw in samples.draws(fit.design, np.random.default_rng(0), 5):
        assert draw.amounts.sum() == total == draw.of(fit.design).trials.sum()
    worms = references.frame("budworm")
    grouped = gl.logit("numdead ~ sex + ldose", worms, trials="total")
    boot = grouped.comparisons("sex", interval="bootstrap", replications=200, seed=4)
    delta = grouped.comparisons("sex")
    assert boot["std_error"].item() == pytest.approx(delta["std_error"].item(), rel=0.2)
    with pytest.raises(UnsupportedError, match="whole numbers"):
        gl.logit("Survived ~ Sex", table.assign(w=table["Freq"] / 2.5), weights="w", event="Yes").comparisons(
            "Sex", interval="bootstrap"
        )


def test_sampling_weights_of_grouped_rows_are_not_counts():
    """Weights of 100 stand for others of the population, not for 100 observations: samples keep their size."""
    rows = pd.DataFrame({"x": [0, 1], "e": [4, 7], "n": [10, 10], "w": [100.0, 300.0]})
    fit = gl.logit("e ~ x", rows, trials="n", weights="w", weight_type="sampling")
    draw = samples.drawn_trials(fit.design, np.random.default_rng(1))
    design, weights = draw.of(fit.design), draw.amounts
    assert design.trials.sum() == 20
    np.testing.assert_array_equal(weights, design.trials * rows["w"])
    found = fit.comparisons("x", interval="bootstrap", replications=400, seed=1)["std_error"].item()
    # 400 replicates estimate a standard error to 1/√800 = 3.5 %; three of these, and the t-like excess of n = 10.
    assert found == pytest.approx(np.sqrt(0.4 * 0.6 / 10 + 0.7 * 0.3 / 10), rel=0.15)


def test_reasons_of_every_risk_that_is_used():
    separated = BIRTH.assign(low=np.where(BIRTH["race"] == "other", 1, BIRTH["low"]))
    with pytest.warns(SeparationWarning):
        fit = gl.logit("low ~ race + age", separated)
    contrast = ("white", "black")
    of_fraction = fit.comparisons("race", "attributable_fraction", contrast=contrast)
    assert of_fraction["std_error"].isna().all()
    assert any(note.code == "not_estimable" for note in of_fraction.notes)
    assert not fit.comparisons("race", contrast=contrast).notes
    drawn = fit.comparisons("race", contrast=("other", "white"), interval="bootstrap", replications=20, seed=1)
    assert [note.code for note in drawn.notes] == ["bootstrap"]


def test_a_group_without_exposed_says_so():
    exposed = np.where(BIRTH["smoke"] == 1, "yes", "no")
    found = FIT.comparisons("smoke", population="exposed", by=exposed)
    assert found["estimate"].isna().tolist() == [True, False]
    assert any("no rows of this group" in str(note) for note in found.notes)


@pytest.mark.parametrize("name", ["estimand", "risk_exposed", "interval", "self"])
def test_groups_by_a_column_of_any_name(name):
    fit = gl.logit(f"low ~ smoke + {name}", BIRTH.rename(columns={"race": name}))
    found = fit.comparisons("smoke", ["risk_ratio", "nnt"], by=name)
    known = gl.logit("low ~ smoke + race", BIRTH).comparisons("smoke", ["risk_ratio", "nnt"], by="race")
    assert found.columns.is_unique
    np.testing.assert_array_equal(found["estimate"], known["estimate"])


def test_bootstrap_of_firth_and_of_what_cannot_be_refitted():
    data = gl.datasets.endometrial()
    fit = gl.firth("HG ~ NV + PI + EH", data)
    found = fit.comparisons("NV", interval="bootstrap", replications=40, seed=1)
    assert np.isfinite(found[["conf_low", "conf_high"]]).all(axis=None)
    with pytest.raises(UnsupportedError, match="several steps"):
        gl.flic("HG ~ NV + PI + EH", data).comparisons("NV", interval="bootstrap")


def test_samples_without_a_value_are_counted():
    data = pd.DataFrame(
        {"y": [0, 1, 0, 1, 1, 0, 0, 1, 1, 0], "g": ["a"] * 9 + ["b"], "x": [1, 2, 3, 4, 5, 6, 2, 3, 1, 4]}
    )
    with pytest.warns(SeparationWarning):
        fit = gl.logit("y ~ g + x", data)
    found = fit.comparisons("g", interval="bootstrap", replications=40, seed=0)
    assert any("gave no value" in str(n) for n in found.notes)
    assert np.isnan(found["conf_low"].item())  # level b is missing in a third of the samples


def test_percentiles_by_order_statistics():
    values = np.arange(1.0, 20.0)[:, None]  # 19 values: (19 + 1)·0.05 = 1
    low, high = bootstrap.Resampling(values, None, 0).limits(values, 0.9)
    assert (low[0], high[0]) == (1.0, 19.0)
    infinite = np.append(np.zeros((10, 1)), np.full((10, 1), np.inf), axis=0)
    assert bootstrap.Resampling(infinite, None, 0).limits(infinite, 0.9)[1][0] == np.inf


def test_progress_bar_only_on_a_terminal(monkeypatch, capsys):
    assert list(progress.shown(range(3), 3, "work")) == [0, 1, 2]
    assert capsys.readouterr().err == ""
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    monkeypatch.setattr(progress, "_PATIENCE", -1.0)
    monkeypatch.setattr(progress, "_EVERY", -1.0)
    assert list(progress.shown(range(3), 3, "work")) == [0, 1, 2]
    assert "2/3" in capsys.readouterr().err


# --- in words ---------------------------------------------------------------------------------------
CAUSAL = re.compile(r"\b(cause|caus|effect of|leads? to|reduces?|increases?|prevents?|because|due to)", re.IGNORECASE)


def test_a_sentence_holds_the_numbers():
    text = gl.interpret(FIT)["smoke"]
    row = FIT.odds_ratios().loc["smoke"]
    risk = FIT.comparisons("smoke").iloc[0]
    assert f"{row['odds_ratio']:.3f} times as high (95 % CI" in text
    assert "where smoke = 1 as where smoke = 0" in text
    assert "the other variables of the model being equal" in text
    assert f"{100 * risk['estimate']:.1f} percentage points higher" in text
    assert f"({100 * risk['risk_exposed']:.1f} % against {100 * risk['risk_reference']:.1f} %" in text


def test_sentences_are_english_to_the_decimal_point():
    english = gl.interpret(FIT)
    with gl.style(language="de"):
        assert str(gl.interpret(FIT)) == str(english)
    with gl.style("lancet", language="de"):
        assert "·" in gl.interpret(FIT)["smoke"]


def test_units_steps_levels_and_strata():
    said = gl.interpret(FIT, units={"age": 10})
    assert "for each 10 more of age" in said["age"]
    assert "for each unit more of lwt" in said["lwt"]
    assert "race = black as where race = white" in said["race"]
    crossed = gl.interpret(gl.logit("low ~ C(race) * smoke + ns(age, 3)", BIRTH))
    assert "depend on race" in crossed["smoke"]
    assert crossed["smoke"].count("times as high") == 3
    assert "age = 26 as where age = 19" in crossed["age"]


def test_lower_odds_and_lower_risk():
    text = gl.interpret(FIT)["lwt"]
    assert "multiplied by 0.98" in text
    assert "percentage points lower" in text


def test_separation_in_words():
    with pytest.warns(SeparationWarning):
        fit = gl.logit("HG ~ NV + PI + EH", gl.datasets.endometrial())
    text = gl.interpret(fit)["NV"]
    lower = fit.odds_ratios().loc["NV", "conf_low"]
    assert f"infinitely many times as high by maximum likelihood (separation; 95 % CI from {lower:.3f})" in text
    assert "100.0 %" in text
    assert "CI of the difference" not in text


def test_wording_never_causal_never_risk_for_odds():
    fits = [FIT, gl.logit("low ~ C(race) * smoke + ns(age, 3)", BIRTH), gl.firth("low ~ smoke * ht", BIRTH)]
    for fit in fits:
        for _, sentence in gl.interpret(fit).sentences:
            assert not CAUSAL.search(sentence)
            odds, _, risk = sentence.partition("; at the sample's mix")
            assert "risk" not in odds
            assert "odds" not in risk
            assert sentence.endswith(".")
    assert "associations" in gl.interpret(FIT).caution
    assert "<li>" in gl.interpret(FIT)._repr_html_()
    with pytest.raises(KeyError):
        gl.interpret(FIT)["nobody"]
    with pytest.raises(DataError, match="no variable"):
        gl.interpret(FIT, "nobody")


def test_grouped_and_text_outcomes_in_words():
    worms = gl.logit("numdead ~ sex + ldose", references.frame("budworm"), trials="total")
    assert "The odds of numdead are" in gl.interpret(worms)["sex"]
    text = gl.logit("y ~ x", pd.DataFrame({"y": ["no", "yes", "no", "yes", "no"] * 5, "x": [1, 2, 3, 4, 5] * 5}))
    assert "The odds of y = 'yes' are multiplied" in gl.interpret(text)["x"]


def test_sentences_of_unusual_levels_steps_and_curves():
    named = {"white": "A", "black": "A / B", "other": "B"}
    told = gl.logit("low ~ g + age", BIRTH.assign(g=BIRTH["race"].astype(str).map(named))).interpret("g")["g"]
    assert "where g = A / B as where g = A," in told
    assert told.count("percentage points") == 2
    assert "each 10 less of age" in FIT.interpret("age", units={"age": -10})["age"]
    mixed = np.arange(189) * 89 % 189  # the data are sorted by the outcome
    sparse = BIRTH.assign(dose=np.where(mixed < 150, 0.0, mixed % 7))
    curve = gl.logit("low ~ dose + I(dose^2)", sparse).interpret("dose")["dose"]
    assert "where dose = 6 as where dose = 0" in curve


@pytest.mark.parametrize("units", [{"age": 0}, {"age": "ten"}, {"race": 2}, ["age"]])
def test_units_that_are_not(units):
    with pytest.raises(DataError, match="units"):
        FIT.interpret(units=units)
