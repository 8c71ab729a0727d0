"""Standardised odds ratios: those of the same model fitted to columns in their standard deviations."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

import glmlogit as gl
from glmlogit.errors import DataError
from glmlogit.plots import forest

BIRTHS = gl.datasets.birthwt()
NUMBERS = ["age", "lwt"]
RATIO = ["odds_ratio", "conf_low", "conf_high"]


def scaled(data: pd.DataFrame, spreads: dict[str, float]) -> pd.DataFrame:
    return data.assign(**{name: data[name] / spread for name, spread in spreads.items()})


def by_statsmodels(data: pd.DataFrame, weights=None) -> pd.DataFrame:
    """Odds ratios and Wald limits of age, lwt and smoke."""
    X = sm.add_constant(data[[*NUMBERS, "smoke"]].astype(float))
    fit = sm.GLM(data["low"], X, family=sm.families.Binomial(), freq_weights=weights).fit(tol=1e-14)
    numbers = np.exp(np.column_stack([fit.params, fit.conf_int()]))
    return pd.DataFrame(numbers, index=X.columns, columns=RATIO).loc[[*NUMBERS, "smoke"]]


@pytest.mark.parametrize(("units", "times"), [("sd", 1.0), ("2sd", 2.0)])
@pytest.mark.parametrize("weighted", [False, True])
def test_they_are_those_of_scaled_columns(units, times, weighted):
    data = BIRTHS.assign(n=1 + np.arange(189) % 3)
    people = data.loc[data.index.repeat(data["n"])] if weighted else data
    spreads = {name: times * people[name].std() for name in NUMBERS}
    fit = gl.logit("low ~ age + lwt + smoke", data, **({"weights": "n"} if weighted else {}))
    found = fit.odds_ratios(units=units)
    expected = by_statsmodels(scaled(data, spreads), data["n"] if weighted else None)
    np.testing.assert_allclose(found[RATIO], expected, rtol=1e-8)  # of statsmodels' last step
    assert found["unit"].tolist() == pytest.approx([*spreads.values(), 1.0], rel=1e-13)
    name = "SD" if units == "sd" else "2 SD"
    assert found["unit_label"].tolist() == [*(f"{name} = {spread:.3g}" for spread in spreads.values()), ""]


def test_they_do_not_depend_on_units_of_measurement_nor_on_how_rows_are_written_down():
    metric = BIRTHS.assign(age=BIRTHS["age"] * 12 + 3, lwt=BIRTHS["lwt"] * 0.4536)
    counts = BIRTHS.groupby(["low", *NUMBERS, "smoke"]).size().rename("n").reset_index()
    trials = BIRTHS.groupby([*NUMBERS, "smoke"])["low"].agg(["sum", "size"]).reset_index()
    first, *others = (
        fit.odds_ratios(units="sd")
        for fit in (
            gl.logit("low ~ age + lwt + smoke", BIRTHS),
            gl.logit("low ~ age + lwt + smoke", metric),
            gl.logit("low ~ age + lwt + smoke", counts, weights="n"),
            gl.logit("sum ~ age + lwt + smoke", trials, trials="size"),
        )
    )
    for other in others:
        np.testing.assert_allclose(other[RATIO], first[RATIO], rtol=1e-10)


def test_sampling_weights_are_scaled_to_the_number_of_rows():
    w = 1.0 + np.arange(189) % 5 / 4
    fit = gl.logit("low ~ age", BIRTHS, weights=w, weight_type="sampling")
    x, n = BIRTHS["age"], len(w)
    variance = n / (n - 1) * np.average((x - np.average(x, weights=w)) ** 2, weights=w)
    assert fit.odds_ratios(units="sd").loc["age", "unit"] == pytest.approx(np.sqrt(variance), rel=1e-13)


def test_factors_binaries_curves_and_interactions_stay_as_they_are():
    fit = gl.logit("low ~ age * smoke + lwt + I(lwt^2) + C(race) + ht + ftv", BIRTHS)
    plain, found = fit.odds_ratios().drop("ftv"), fit.odds_ratios(units="sd")
    pd.testing.assert_frame_equal(found.drop("ftv")[RATIO], plain[RATIO])
    assert found["unit"].drop("ftv").tolist() == [1.0] * len(plain)
    assert found.loc["ftv", "unit"] == pytest.approx(BIRTHS["ftv"].std(), rel=1e-13)


@pytest.mark.parametrize("fits", [gl.logit("low ~ C(race)", BIRTHS), gl.logit("low ~ age * smoke", BIRTHS)])
def test_a_model_without_numbers_has_none(fits):
    with pytest.raises(DataError, match="units='sd' is of numbers, and there is none"):
        fits.odds_ratios(units="sd")


def test_tables_and_summaries_say_what_they_are_for():
    table = gl.table("low ~ age + lwt + smoke", BIRTHS, units="sd", method="wald")
    ratios = table.adjusted.odds_ratios(units="sd")
    assert table.frame.loc[NUMBERS, "adjusted_odds_ratio"].tolist() == ratios.loc[NUMBERS, "odds_ratio"].tolist()
    assert table.frame.loc[NUMBERS, "unit_label"].tolist() == ratios.loc[NUMBERS, "unit_label"].tolist()
    assert "age (per SD = 5.3)" in table.to_markdown()
    assert "age (par ET = 5,3)" in table.styled(language="fr").to_markdown()
    assert "x-standardised" in next(note.text for note in table.notes if note.code == "standardised")
    page = table.adjusted.summary(units={"age": "sd", "lwt": 10})
    assert page.coefficients.set_index("term").loc[NUMBERS, "unit"].tolist() == [ratios.loc["age", "unit"], 10.0]
    head, *rows = page.to_markdown()[page.to_markdown().index("| Term") :].splitlines()
    assert "Unit" in head
    assert "| SD = 5.3 | 0.8" in next(row for row in rows if row.startswith("| age"))
    assert page.coefficients["odds_ratio"].tolist()[1] == ratios.loc["age", "odds_ratio"]


def test_a_summary_of_ordered_levels_has_units():
    fit = gl.ordinal("race ~ age", BIRTHS, order=["white", "black", "other"])
    row = fit.summary(units={"age": 5}).coefficients.set_index("term").loc["age"]
    assert row["odds_ratio"] == pytest.approx(np.exp(5 * row["estimate"]), rel=1e-14)
    assert row["unit"] == 5.0


def test_forest_plots_say_the_unit():
    whole, short = (gl.logit("low ~ age + lwt", data) for data in (BIRTHS, BIRTHS.tail(150)))
    table = gl.table("low ~ age", BIRTHS, units={"age": 5})
    cases = [
        ("age (per SD = 5.3)", whole, "sd"),
        ("age (per SD)", {"all": whole, "part": short}, "sd"),
        ("age (per 5)", table, None),
        ("lwt (per IQR = 30)", whole.odds_ratios(units="iqr"), None),
        ("lwt (per 20)", whole, {"lwt": 20}),
        ("lwt", whole, None),
    ]
    for text, fits, units in cases:
        lines = forest.lines_of(forest.tables_of(fits, units, None, None, False), None)
        assert text in [line.label for line in lines]
