"""The table of a paper: every number is that of the one-term or the whole model, every count that of the data."""

from __future__ import annotations

import dataclasses
import functools
import json
import re

import numpy as np
import pandas as pd
import pytest
from references import frame

import glmlogit as gl
from glmlogit.errors import CollinearityWarning, DataError, FormulaError, SeparationWarning, UnsupportedError
from glmlogit.publication.table import table

BIRTH = gl.datasets.birthwt()
FORMULA = "low ~ age + lwt + C(race) + smoke + ptl + ht + ui"
ESOPH = gl.datasets.esoph()
RATIO = ["odds_ratio", "conf_low", "conf_high"]
COLUMNS = [
    *("variable", "level", "reference", "n", "events"),
    *(f"{side}_{name}" for side in ("crude", "adjusted") for name in (*RATIO, "p_value")),
]


def numbers(found: pd.DataFrame, side: str, terms: list[str]) -> pd.DataFrame:
    """Odds ratios and limits of some terms, under the names of ``fit.odds_ratios()``."""
    return found.loc[terms, [f"{side}_{name}" for name in RATIO]].set_axis(RATIO, axis=1)


def codes(made) -> set[str]:
    return {note.code for note in made.notes}


def text_of(made, code: str) -> str:
    return " ".join(note.text for note in made.notes if note.code == code)


CASES = {
    "birthwt": (FORMULA, BIRTH, {}),
    "grouped": ("cbind(ncases, ncontrols) ~ agegp + alcgp + tobgp", ESOPH, {}),
    "trials": ("ncases ~ agegp + alc_score", frame("esoph_scores"), {"trials": "total"}),
    "frequency": ("case ~ alcgp + tobgp", frame("esoph_long"), {"weights": "count"}),
    "missing": ("survived ~ sex + age + passengerClass", frame("titanic"), {}),
    "missing in more": ("high ~ Wind + Temp + Solar_R", frame("airquality"), {}),
    "sampling": ("low ~ age + C(race)", BIRTH.assign(w=1.0 + BIRTH["ht"]), {"weights": "w", "weight_type": "sampling"}),
    "cluster": ("low ~ age + C(race)", BIRTH, {"cluster": "ptl"}),
    "offset": ("low ~ age + C(race)", BIRTH.assign(z=BIRTH["lwt"] / 100), {"offset": "z"}),
    "another reference": ("low ~ relevel(race, ref='other') + log(lwt)", BIRTH, {}),
}


# --- the numbers ------------------------------------------------------------------------------------
@pytest.mark.parametrize(("formula", "data", "options"), CASES.values(), ids=CASES)
def test_adjusted_numbers_are_those_of_the_whole_fit(formula, data, options):
    found, fit = table(formula, data, **options).frame, gl.logit(formula, data, **options)
    test, method = ("wald", "wald") if options.keys() & {"cluster", "weight_type"} else ("lr", "profile")
    ratios = fit.odds_ratios(method=method)
    assert list(found.columns) == COLUMNS
    pd.testing.assert_frame_equal(numbers(found, "adjusted", list(ratios.index)), ratios[RATIO], check_exact=True)
    assert found["adjusted_p_value"].dropna().tolist() == gl.drop1(fit, test)["p_value"].dropna().tolist()


@pytest.mark.parametrize(("formula", "data", "options"), CASES.values(), ids=CASES)
def test_crude_numbers_are_those_of_one_term_in_the_same_rows(formula, data, options):
    found, whole = table(formula, data, **options).frame, gl.logit(formula, data, **options)
    left = formula.partition("~")[0]
    for term in (t for t in whole.design.terms if t.order):
        alone = gl.logit(f"{left} ~ {term.name}", data.iloc[whole.design.positions], **options)
        test, method = ("wald", "wald") if options.keys() & {"cluster", "weight_type"} else ("lr", "profile")
        ratios = alone.odds_ratios(method=method)
        pd.testing.assert_frame_equal(numbers(found, "crude", list(ratios.index)), ratios[RATIO], check_exact=True)
        p = found.loc[found["variable"] == term.variables[0], "crude_p_value"]
        assert p.iloc[0] == gl.drop1(alone, test).loc[term.name, "p_value"]
        assert p.iloc[1:].isna().all()


def test_reference_rows_are_one_without_limits():
    found = table(FORMULA, BIRTH).frame
    reference = found[found["reference"]]
    assert reference.index.tolist() == ["C(race)[white]", "smoke[0]", "ht[0]", "ui[0]"]
    assert (reference[["crude_odds_ratio", "adjusted_odds_ratio"]] == 1.0).all(axis=None)
    assert reference[["crude_conf_low", "adjusted_conf_high"]].isna().all(axis=None)


def test_units_level_and_method_reach_both_models():
    options = {"level": 0.9, "method": "profile", "units": {"age": -10}}
    found = table("low ~ age + smoke", BIRTH, **options).frame
    for side, formula in (("crude", "low ~ age"), ("adjusted", "low ~ age + smoke")):
        expected = gl.logit(formula, BIRTH).odds_ratios(**options).loc[["age"], RATIO]
        pd.testing.assert_frame_equal(numbers(found, side, ["age"]), expected, check_exact=True)


def test_a_binary_number_with_a_unit_is_a_number():
    found = table("low ~ smoke + age", BIRTH, units={"smoke": 1}).frame
    assert found.index.tolist() == ["smoke", "age"]
    assert found["level"].isna().all()


# --- counts -----------------------------------------------------------------------------------------
def test_counts_are_those_of_the_data():
    found = table(FORMULA, BIRTH).frame
    for variable in ("race", "smoke", "ht", "ui"):
        rows = found[found["variable"] == variable].set_index("level")
        counted = BIRTH.groupby(variable, observed=True)["low"].agg(["size", "sum"])
        assert rows["n"].to_dict() == counted["size"].to_dict()
        assert rows["events"].to_dict() == counted["sum"].to_dict()
    assert found.loc["age", ["n", "events"]].tolist() == [len(BIRTH), BIRTH["low"].sum()]


def test_counts_are_of_the_rows_that_were_used():
    data = frame("titanic")
    used = data.dropna()
    found = table("survived ~ sex + age", data).frame.set_index("level")
    assert found.loc[["female", "male"], "n"].to_dict() == used["sex"].value_counts().to_dict()
    assert found.loc["female", "events"] == ((used["sex"] == "female") & (used["survived"] == "yes")).sum()


def test_counts_of_grouped_data_and_of_frequencies_are_sums():
    long = frame("esoph_long")
    by_weight = table("case ~ alcgp", long, weights="count").frame
    expected = long.groupby("alcgp", observed=True)["count"].sum()
    events = long[long["case"] == 1].groupby("alcgp", observed=True)["count"].sum()
    assert by_weight["n"].tolist() == expected.tolist()
    assert by_weight["events"].tolist() == events.tolist()
    grouped = table("cbind(ncases, ncontrols) ~ alcgp", ESOPH).frame
    sums = ESOPH.groupby("alcgp", observed=True)[["ncases", "ncontrols"]].sum()
    assert grouped["events"].tolist() == sums["ncases"].tolist()
    assert grouped["n"].tolist() == sums.sum(axis=1).tolist()


def test_sampling_weights_count_rows_and_weigh_percentages():
    made = table("low ~ C(race)", BIRTH.assign(w=1.0 + BIRTH["low"]), weights="w", weight_type="sampling")
    white = BIRTH[BIRTH["race"] == "white"]["low"]
    assert made.frame.loc["C(race)[white]", ["n", "events"]].tolist() == [len(white), white.sum()]
    share = 100 * 2 * white.sum() / (len(white) + white.sum())  # events weigh 2, others 1
    assert f"{white.sum()}/{len(white)} ({share:.1f})" in str(made)
    assert "weighted %" in str(made)
    assert "Wald tests" in str(made)
    assert {"counts", "sampling_weights"} <= codes(made)


def test_levels_of_booleans_are_false_and_true():
    found = table("low ~ smoker", BIRTH.assign(smoker=BIRTH["smoke"] == 1)).frame
    assert found["level"].tolist() == [False, True]
    assert found.index.tolist() == ["smoker[False]", "smoker"]


def test_rows_of_crude_models_on_their_own():
    data = frame("airquality")
    made = table("high ~ Wind + Temp + Solar_R", data)
    complete = {name: int(data[["high", name]].notna().all(axis=1).sum()) for name in ("Wind", "Temp", "Solar_R")}
    used = int(made.adjusted.nobs)
    listed = {name: int(count) for count, name in re.findall(r"(\d+) for (\w+)", text_of(made, "crude_rows"))}
    assert listed == {name: count for name, count in complete.items() if count > used}
    assert listed
    missing = data[["high", "Solar_R"]].isna().sum()
    assert all(f"{name} ({count})" in str(made) for name, count in missing.items())
    assert "crude_rows" not in codes(table("low ~ age + smoke", BIRTH))


def test_rows_of_weight_zero_count_nowhere():
    data = frame("titanic").assign(w=1.0)
    data.loc[data["passengerClass"] == "3rd", "w"] = 0.0
    made = table("survived ~ sex + age", data, weights="w")
    first_two = data[data["w"] > 0]
    assert text_of(made, "crude_rows").endswith(f" {len(first_two)} for sex.")


# --- what has no odds ratio -------------------------------------------------------------------------
def test_no_variable_of_an_interaction_has_an_adjusted_odds_ratio():
    made = table("low ~ age*smoke + lwt", BIRTH)
    found = made.frame
    adjusted = [name for name in found.columns if name.startswith("adjusted_")]
    assert found.loc[["age", "smoke[0]", "smoke"], adjusted].isna().all(axis=None)
    drop = gl.drop1(gl.logit("low ~ age*smoke + lwt", BIRTH))["p_value"]
    assert found.loc["age:smoke", "adjusted_p_value"] == drop["age:smoke"]
    assert found.loc["age:smoke"].drop(["variable", "level", "reference", "adjusted_p_value"]).isna().all()
    assert found.loc["lwt", "adjusted_p_value"] == drop["lwt"]
    assert found.loc["smoke", "crude_odds_ratio"] == gl.logit("low ~ smoke", BIRTH).odds_ratios().iloc[0, 0]
    assert "age and smoke are part of age:smoke" in text_of(made, "interaction")


def the_same(p_value):
    """But for the last digit of two log-likelihoods of some 100, which are sums over rows of different designs."""
    return pytest.approx(p_value, rel=1e-12)


def test_a_product_in_a_call_is_an_interaction():
    found = table("low ~ age + smoke + I(age*smoke)", BIRTH).frame
    assert found["adjusted_odds_ratio"].isna().all()
    fits = [gl.logit(f"low ~ age + smoke{more}", BIRTH) for more in (" + I(age*smoke)", "")]
    assert found["adjusted_p_value"].dropna().tolist() == [the_same(gl.lr_test(*fits).p_value)]


def test_a_ratio_of_columns_that_nothing_else_reads_is_a_number():
    found = table("low ~ I(lwt/age) + smoke", BIRTH).frame
    expected = gl.logit("low ~ I(lwt/age) + smoke", BIRTH).odds_ratios().iloc[0, 0]
    assert found.iloc[0]["adjusted_odds_ratio"] == expected


@pytest.mark.parametrize("terms", ["age + I(age^2)", "ns(age, df=3)", "poly(age, 2)"])
def test_a_curve_has_a_test_and_no_odds_ratio(terms):
    made = table(f"low ~ {terms} + smoke", BIRTH)
    row = made.frame.iloc[0] if terms != "age + I(age^2)" else made.frame.loc[terms]
    assert row.filter(like="_odds_ratio").isna().all()
    assert row.filter(like="_conf_").isna().all()
    fits = [gl.logit(f"low ~ {right}", BIRTH) for right in (f"{terms} + smoke", "smoke", terms, "1")]
    assert row["adjusted_p_value"] == the_same(gl.lr_test(fits[0], fits[1]).p_value)
    assert row["crude_p_value"] == the_same(gl.lr_test(fits[2], fits[3]).p_value)
    assert str(made).count("see p-value") == 2
    assert "no_odds_ratio" in codes(made)


def test_contrasts_without_reference_have_counts_and_a_test():
    made = table("low ~ C(race, contr.sum) + smoke", BIRTH)
    race = made.frame[made.frame["variable"] == "race"]
    assert race["adjusted_odds_ratio"].isna().all()
    assert race["n"].sum() == len(BIRTH)
    assert race["adjusted_p_value"].iloc[0] == pytest.approx(
        table("low ~ C(race) + smoke", BIRTH).frame["adjusted_p_value"].iloc[0], rel=1e-9
    )  # the same model in another coding: equal but for rounding
    assert "reference level" in text_of(made, "no_odds_ratio")


def test_an_aliased_variable_is_nan_with_its_reason():
    with pytest.warns(CollinearityWarning):
        made = table("low ~ age + smoke + twice", BIRTH.assign(twice=2 * BIRTH["age"]))
    assert np.isnan(made.frame.loc["twice", "adjusted_odds_ratio"])
    assert made.frame.loc["twice", "crude_odds_ratio"] == pytest.approx(
        np.sqrt(made.frame.loc["age", "crude_odds_ratio"]), rel=1e-12
    )  # twice the column, half the coefficient; both solved to rounding
    assert re.search(r"twice \(per 1\).* NA +NA$", str(made), re.MULTILINE)
    assert {"aliased", "no_test"} <= codes(made)


# --- small and separated data -----------------------------------------------------------------------
def test_separated_variables_are_infinite_with_one_limit():
    data = gl.datasets.endometrial()
    with pytest.warns(SeparationWarning):
        made = table("HG ~ NV + PI + EH", data)
    with pytest.warns(SeparationWarning):
        expected = gl.logit("HG ~ NV + PI + EH", data).odds_ratios()
    assert made.frame.loc["NV", "adjusted_odds_ratio"] == np.inf
    assert made.frame.loc["NV", "adjusted_conf_low"] == expected.loc["NV", "conf_low"]
    assert re.search(r"Inf \[\d+\.\d+, Inf\].*Inf \[\d+\.\d+, Inf\]", str(made))
    assert made.summary.alert
    assert "Crude model of NV" in text_of(made, "separation")


@pytest.mark.parametrize("estimator", [gl.firth, gl.flic, functools.partial(gl.log_f, m=2)])
def test_crude_models_have_the_same_estimator(estimator):
    data = gl.datasets.endometrial()
    found = table("HG ~ NV + PI", data, estimator=estimator).frame
    for side, formula in (("crude", "HG ~ NV"), ("adjusted", "HG ~ NV + PI")):
        fit = estimator(formula, data)
        test, method = ("wald", "wald") if fit.capabilities.why_no_likelihood else ("lr", "profile")
        expected = fit.odds_ratios(method=method).loc[["NV"], RATIO]
        pd.testing.assert_frame_equal(numbers(found, side, ["NV"]), expected, check_exact=True)
        assert found.loc["NV[0]", f"{side}_p_value"] == gl.drop1(fit, test).loc["NV", "p_value"]


def test_robust_errors_bring_wald_tests():
    def robust(*args, **options):
        return gl.logit(*args, **options).with_cov("HC3")

    found = table("low ~ age + C(race)", BIRTH, estimator=robust).frame
    fit = robust("low ~ age + C(race)", BIRTH)
    assert found["adjusted_p_value"].dropna().tolist() == gl.drop1(fit, "wald")["p_value"].dropna().tolist()
    with pytest.raises(UnsupportedError, match="profile"):
        table("low ~ age", BIRTH, estimator=robust, method="profile")


def test_few_events_for_each_coefficient():
    made = table(FORMULA, BIRTH)  # 59 events, 8 coefficients
    assert text_of(made, "few_events").startswith("59 events for 8 coefficients are 7.4")
    assert "gl.firth" in text_of(made, "few_events")
    assert "gl.firth" not in text_of(table(FORMULA, BIRTH, estimator=gl.firth), "few_events")
    assert "few_events" not in codes(table("low ~ age + lwt + C(race) + smoke", BIRTH))
    others = table(FORMULA.replace("low", "fine"), BIRTH.assign(fine=1 - BIRTH["low"]))
    assert text_of(others, "few_events").startswith("59 non-events")


# --- the page ---------------------------------------------------------------------------------------
def test_the_page_fits_in_100_columns():
    made = table(FORMULA, BIRTH, units={"lwt": 10}, labels={"lwt": "Weight of mother, lb", "C(race)": "Race"})
    page = str(made)
    assert max(map(len, page.splitlines())) <= 100
    assert re.search(r"^Weight of mother, lb .* 0\.014 .* 0\.020$", page, re.MULTILINE)
    assert re.search(r"^  per 10 +59/189 \(31\.2\) ", page, re.MULTILINE)
    assert re.search(r"^Race ", page, re.MULTILINE)
    assert page.count("1 (reference)") == 2 * made.frame["reference"].sum()
    assert repr(made) == page


def test_an_overflow_does_not_look_like_an_infinite_estimate():
    page = str(table("low ~ lwt + age", BIRTH, units={"lwt": -1e6}))
    assert ">1e308" in page
    assert "Inf" not in page


def test_it_is_written_in_every_format(tmp_path):
    made = table("low ~ C(race) + age", BIRTH)
    for suffix in ("html", "md", "tex", "txt", "docx", "xlsx", "csv", "json"):
        made.write(tmp_path / f"table.{suffix}")
    back = pd.read_csv(tmp_path / "table.csv", index_col="term")
    np.testing.assert_array_equal(back[COLUMNS[3:]].to_numpy(), made.frame[COLUMNS[3:]].to_numpy())
    records = json.loads((tmp_path / "table.json").read_text("utf-8"))["models"][0]["odds_ratios"]
    assert [record["n"] for record in records] == made.frame["n"].tolist()
    assert "<td" in made._repr_html_()
    assert made.to_html(full_page=True) == (tmp_path / "table.html").read_text("utf-8")
    assert made.to_markdown() == (tmp_path / "table.md").read_text("utf-8")
    assert made.to_latex() == (tmp_path / "table.tex").read_text("utf-8")


def test_it_is_frozen_and_keeps_its_fits():
    made = table("low ~ C(race) + age", BIRTH)
    with pytest.raises(dataclasses.FrozenInstanceError):
        made.frame = None
    assert list(made.crude) == ["C(race)", "age"]
    assert made.crude["age"].formula == "low ~ age"
    pd.testing.assert_series_equal(made.crude["age"].params, gl.logit("low ~ age", BIRTH).params, check_exact=True)


# --- what is refused --------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("formula", "options", "error", "words"),
    [
        ("low ~ 1", {}, DataError, "no variable"),
        ("low ~ 0 + age", {}, UnsupportedError, "no intercept"),
        ("low ~ age + C(race)", {"units": {"race": 10}}, DataError, "these are age"),
        ("low ~ age", {"units": {"age": 0}}, DataError, "size of the difference"),
        ("low ~ age", {"units": 10}, DataError, "units={'age': 10}"),
        ("low ~ age", {"labels": {"agge": "Age"}}, DataError, "it has age"),
        ("low ~ age", {"estimator": "firth"}, DataError, "estimator=gl.firth"),
        ("low ~ age", {"level": 95}, DataError, r"0\.95"),
        ("low ~ age", {"method": "exact"}, DataError, "'profile'"),
        ("low ~ agee", {}, FormulaError, "age"),
    ],
)
def test_mistakes_are_told(formula, options, error, words):
    with pytest.raises(error, match=words):
        table(formula, BIRTH, **options)


# --- labels -----------------------------------------------------------------------------------------
LABELS = {
    "lwt": "Weight",
    "race": "Race",
    "smoke": {0: "No", 1: "Yes"},
    "C(race)[T.black]": "Black",
    "low": "Light birth",
}


def labelled_cells(table):
    return [row[0].strip("\u2007") for row in table.summary.tables[0].rows]


def test_labels_name_variables_levels_and_the_outcome():
    table = gl.table("low ~ lwt + C(race) + smoke", gl.datasets.birthwt(), labels=LABELS, style="nejm")
    assert labelled_cells(table) == ["Weight (per 1)", "Race", "white", "Black", "other", "smoke", "No", "Yes"]
    assert table.summary.tables[0].title == "Crude and adjusted odds ratios of Light birth"
    assert table.frame.index.tolist()[0] == "lwt"


def test_labels_of_the_data_are_taken_up_and_those_of_the_call_come_first():
    births = gl.datasets.birthwt()
    births.attrs["labels"] = {"smoke": "Smoker", "ftv": "Visits", "race": "Group"}
    births.attrs["value_labels"] = {"smoke": {0: "No", 1: "Yes"}, "low": {0: "no", 1: "yes"}}
    table = gl.table("low ~ C(race) + smoke", births, labels={"race": "Race"}, style="bmj")
    assert labelled_cells(table) == ["Race", "white", "black", "other", "Smoker", "No", "Yes"]
    assert table.summary.tables[0].title == "Crude and adjusted odds ratios of low = yes"


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        ({"weight": "W"}, "not in the table"),
        ({"race": {"green": "Green"}}, "levels are white, black, other"),
        ({"lwt": {1: "one"}}, "none"),
        (["lwt"], "name the term"),
    ],
)
def test_labels_of_what_is_not_there_are_refused(labels, words):
    with pytest.raises(DataError, match=words):
        gl.table("low ~ lwt + C(race)", gl.datasets.birthwt(), labels=labels)


def test_a_label_with_a_unit_does_not_get_a_second():
    table = gl.table("low ~ age", gl.datasets.birthwt(), units={"age": 5}, labels={"age": "Age (per 5 years)"})
    assert labelled_cells(table)[0] == "Age (per 5 years)"
    assert table.frame["unit"].tolist() == [5.0]
