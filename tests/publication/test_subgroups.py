"""Odds ratios in subgroups: those of one model with a product, its tests, counts of the data, hostile input."""

from __future__ import annotations

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest

mpl.use("Agg")
from matplotlib import pyplot as plt

import glmlogit as gl
from glmlogit.errors import DataError, SeparationWarning, UnsupportedError

BIRTHS = gl.datasets.birthwt()
NUMBERS = ["odds_ratio", "conf_low", "conf_high"]


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def block(result, variable):
    return result.frame[result.frame["variable"] == variable]


@pytest.mark.parametrize(("method", "test"), [("profile", "lr"), ("wald", "wald"), ("score", "score")])
def test_numbers_are_those_of_the_model_with_the_product(method, test):
    result = gl.subgroups("low ~ smoke + age", BIRTHS, "smoke", ["race", "ht"], method=method)
    whole = gl.logit("low ~ smoke + age", BIRTHS).odds_ratios(method=method)
    np.testing.assert_allclose(block(result, "all")[NUMBERS], whole.loc[["smoke"], NUMBERS], rtol=1e-10)
    for name in ("race", "ht"):
        nested = gl.logit(f"low ~ age + C({name}) + C({name}):smoke", BIRTHS).odds_ratios(method=method)
        rows = block(result, name)
        np.testing.assert_allclose(rows[NUMBERS], nested.loc[rows.index, NUMBERS], rtol=1e-9)
        product = gl.drop1(gl.logit(f"low ~ age + C({name}) * smoke", BIRTHS), test)
        assert rows["p_interaction"].iloc[0] == pytest.approx(product.loc[f"C({name}):smoke", "p_value"], rel=1e-9)
        assert rows["p_interaction"].iloc[1:].isna().all()


def test_odds_ratios_are_those_of_strata_of_the_product():
    rows = block(gl.subgroups("low ~ C(race) + age", BIRTHS, "race", "ht", method="wald"), "ht")
    fit = gl.logit("low ~ C(race)*C(ht) + age", BIRTHS)
    expected = pd.DataFrame(gl.stratum_odds_ratios(fit, "race", "ht"))
    for _, row in expected.iterrows():
        level = row["contrast"].split(" / ")[0]
        ours = rows[(rows["exposure_level"] == level) & (rows["level"] == row["ht"])]
        np.testing.assert_allclose(ours[NUMBERS].to_numpy()[0], row[NUMBERS].to_numpy(float), rtol=1e-9)


def test_counts_are_those_of_the_data():
    result = gl.subgroups("low ~ smoke + age", BIRTHS, "smoke", "race")
    for _, row in block(result, "race").iterrows():
        part = BIRTHS[BIRTHS["race"] == row["level"]]
        assert (row["n"], row["events"]) == (len(part), part["low"].sum())
        exposed = part[part["smoke"] == 1]
        assert (row["n_exposed"], row["events_exposed"]) == (len(exposed), exposed["low"].sum())
        assert row["n_unexposed"] == len(part) - len(exposed)
    assert block(result, "all")["n"].iloc[0] == 189


def test_a_main_effect_that_is_in_the_formula_is_not_there_twice():
    with_it = gl.subgroups("low ~ smoke + age + ht", BIRTHS, "smoke", "ht").frame
    coded = gl.subgroups("low ~ smoke + age + C(ht)", BIRTHS, "smoke", "ht").frame
    np.testing.assert_allclose(with_it[NUMBERS], coded[NUMBERS], rtol=1e-9)
    without = gl.subgroups("low ~ smoke + age", BIRTHS, "smoke", "ht").frame
    np.testing.assert_allclose(with_it[NUMBERS].iloc[1:], without[NUMBERS].iloc[1:], rtol=1e-9)


def test_rows_counts_and_trials_are_subgroups_alike():
    rng = np.random.default_rng(8)
    n = 80
    frame = pd.DataFrame({"x": rng.integers(0, 2, n), "g": rng.choice(["a", "b"], n), "w": rng.integers(1, 4, n)})
    frame["y"] = (rng.random(n) < 0.3 + 0.3 * frame["x"]).astype(int)
    rows = frame.loc[frame.index.repeat(frame["w"])].reset_index(drop=True)
    first = gl.subgroups("y ~ x", rows, "x", "g").frame
    weighted = gl.subgroups("y ~ x", frame, "x", "g", weights="w").frame
    trials = gl.subgroups("s ~ x", frame.assign(s=frame["y"] * frame["w"]), "x", "g", trials="w").frame
    pd.testing.assert_frame_equal(weighted, first, rtol=1e-8)
    pd.testing.assert_frame_equal(trials, first, rtol=1e-8)


def test_missing_groups_are_left_out_of_their_model_only():
    frame = BIRTHS.assign(group=np.where(BIRTHS["age"] < 20, None, BIRTHS["race"]))
    result = gl.subgroups("low ~ smoke", frame, "smoke", ["group", "ht"])
    gone = int((BIRTHS["age"] < 20).sum())
    assert block(result, "group")["n"].sum() == 189 - gone
    assert block(result, "ht")["n"].sum() == 189
    assert f"group: {gone} rows without a value of it left out." in [note.text for note in result.notes]


def test_a_subgroup_that_separates_has_an_infinite_odds_ratio_and_a_finite_limit():
    frame = BIRTHS.copy()
    frame.loc[(frame["ht"] == 1) & (frame["smoke"] == 1), "low"] = 1
    with pytest.warns(SeparationWarning):
        rows = block(gl.subgroups("low ~ smoke", frame, "smoke", "ht"), "ht")
    assert rows["odds_ratio"].iloc[1] == np.inf
    assert np.isfinite(rows["conf_low"].iloc[1])
    assert 0 < rows["p_interaction"].iloc[0] < 1
    firth = gl.subgroups("low ~ smoke", frame, "smoke", "ht", estimator=gl.firth).frame
    assert np.isfinite(firth[NUMBERS]).all(axis=None)


def test_units_and_labels():
    result = gl.subgroups("low ~ age", BIRTHS, "age", "smoke", units={"age": -10}, labels={"smoke": "Smoking"})
    plain = gl.subgroups("low ~ age", BIRTHS, "age", "smoke").frame
    np.testing.assert_allclose(result.frame["odds_ratio"], plain["odds_ratio"] ** -10, rtol=1e-12)
    np.testing.assert_allclose(result.frame["conf_low"], plain["conf_high"] ** -10, rtol=1e-9)
    assert (result.frame["unit"] == -10).all()
    assert "age (per -10)" in str(result)
    assert "Smoking" in str(result)


def test_clusters_have_tests_of_wald():
    result = gl.subgroups("low ~ smoke", BIRTHS, "smoke", "race", cluster="age")
    fit = gl.logit("low ~ C(race)*smoke", BIRTHS, cluster="age")
    expected = gl.drop1(fit, "wald").loc["C(race):smoke", "p_value"]
    assert block(result, "race")["p_interaction"].iloc[0] == pytest.approx(expected, rel=1e-9)
    assert set(result.methods) == {"wald"}


def test_the_picture_stands_on_axes_that_were_made():
    result = gl.subgroups("low ~ smoke + age", BIRTHS, "smoke", ["ht", "race"])
    ax = plt.figure(figsize=(7, 3)).add_subplot()
    assert result.plot(ax) is ax
    said = [text.get_text() for text in ax.texts]
    assert "p (interaction)" in said
    assert {"    0", "52/177"} <= set(said)
    several = gl.subgroups("low ~ C(race)", BIRTHS, "race", "ht").plot()
    assert several.get_legend_handles_labels()[1] == ["black", "other"]


@pytest.mark.parametrize(
    ("formula", "exposure", "by", "message"),
    [
        ("low ~ age", "smoke", "ht", "is no variable of"),
        ("low ~ smoke + age", "smoke", "lwt", "75 levels"),
        ("low ~ smoke + age", "smoke", "smoke", "is the exposure"),
        ("low ~ smoke + age", "smoke", [], "names none"),
    ],
)
def test_errors(formula, exposure, by, message):
    with pytest.raises(DataError, match=message):
        gl.subgroups(formula, BIRTHS, exposure, by)


@pytest.mark.parametrize("formula", ["low ~ smoke*age", "low ~ 0 + smoke"])
def test_what_has_no_one_odds_ratio_is_refused(formula):
    with pytest.raises(UnsupportedError):
        gl.subgroups(formula, BIRTHS, "smoke", "ht")


def test_a_curve_is_no_exposure():
    with pytest.raises(UnsupportedError, match="no single odds ratio"):
        gl.subgroups("low ~ bs(age, df=4)", BIRTHS, "age", "ht")
    with pytest.raises(DataError, match="units name"):
        gl.subgroups("low ~ smoke", BIRTHS, "smoke", "ht", units={"smoke": 2})
    with pytest.raises(DataError, match="labels name"):
        gl.subgroups("low ~ smoke", BIRTHS, "smoke", "ht", labels={"lwt": "Weight"})


def test_a_standardised_exposure_says_its_standard_deviation():
    births = gl.datasets.birthwt()
    result = gl.subgroups("low ~ lwt", births, "lwt", "smoke", units="sd")
    assert "Odds ratio of lwt (per SD = 30.6) in subgroups" in str(result)
    assert set(result.frame["unit_label"]) == {"SD = 30.6"}
    assert "lwt (per 10) in" in str(gl.subgroups("low ~ lwt", births, "lwt", "smoke", units={"lwt": 10}))
