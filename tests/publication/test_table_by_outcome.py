"""Numbers of a regression table by outcome: means and medians of the rows, however these are written down."""

from __future__ import annotations

import itertools
import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from references import REFERENCE

import glmlogit as gl
from glmlogit.errors import DataError

R = json.loads((REFERENCE / "characteristics.json").read_text("utf-8"))
BIRTHS = gl.datasets.birthwt()
REPEATED = BIRTHS.assign(n=1 + np.arange(189) % 3)
GROUPS = {"nonevents": 0, "events": 1}
CLOSE = {"rel": 1e-12}  # R wrote 15 digits; sums in another order lose two of them


def row_of(table, term: str, number: str) -> list[float]:
    return table.frame.loc[term, [number, *(f"{number}_{group}" for group in ("events", "nonevents"))]].tolist()


@pytest.mark.parametrize("case", ["rows", "repeated"])
def test_means_and_medians_by_outcome_are_those_of_r(case):
    weights = {} if case == "rows" else {"weights": "n"}
    for shown, numbers in (("mean", {1: "mean", 2: "sd"}), ("median", {3: "median", 4: "q1", 5: "q3"})):
        table = gl.table("low ~ age + ptl", REPEATED, continuous=shown, units={"ptl": 1}, **weights)
        for variable, (group, value) in itertools.product(("age", "ptl"), GROUPS.items()):
            expected = R[case][variable][str(value)]
            found = table.frame.loc[variable, [f"{name}_{group}" for name in numbers.values()]].tolist()
            assert found == pytest.approx([expected[k] for k in numbers], **CLOSE)


def test_a_table_without_continuous_has_no_means():
    assert not {"mean", "median", "mean_events"} & {*gl.table("low ~ age", BIRTHS).frame}


@given(seed=st.integers(0, 10_000), shown=st.sampled_from(["mean", "median"]))
@settings(max_examples=3, deadline=None)
def test_rows_counts_and_trials_have_the_same_means(seed, shown):
    rng = np.random.default_rng(seed)
    rows = pd.DataFrame({"x": rng.integers(0, 9, 120) / 4, "y": rng.integers(0, 2, 120)})
    counts = rows.value_counts().rename("n").reset_index().sample(frac=1, random_state=seed)
    trials = rows.groupby("x")["y"].agg(["sum", "size"]).reset_index()
    tables = [
        gl.table("y ~ x", rows, continuous=shown),
        gl.table("y ~ x", counts, weights="n", continuous=shown),
        gl.table("sum ~ x", trials, trials="size", continuous=shown),
        gl.table("y ~ x", rows, class_weight={0: 3, 1: 1}, continuous=shown),
    ]
    for number in ("mean", "sd") if shown == "mean" else ("median", "q1", "q3"):
        expected = rows["x"].agg(number if shown == "mean" and number == "mean" else _of(number))
        groups = [rows.loc[rows["y"] == value, "x"].agg(_of(number)) for value in (1, 0)]
        for table in tables:
            assert row_of(table, "x", number) == pytest.approx([expected, *groups], rel=1e-12, abs=1e-14)


def _of(number: str):
    quantiles = {"q1": 0.25, "median": 0.5, "q3": 0.75}
    if number in quantiles:
        return lambda x: float(np.quantile(x, quantiles[number]))
    return {"mean": lambda x: float(np.mean(x)), "sd": lambda x: float(np.std(x, ddof=1))}[number]


@pytest.mark.parametrize("weight_type", ["sampling", "precision"])
@pytest.mark.parametrize("shown", ["mean", "median"])
def test_weights_that_count_nothing_weigh_means_of_rows_and_of_trials_alike(weight_type, shown):
    rng = np.random.default_rng(5)
    groups = pd.DataFrame({"x": rng.permutation(12) / 3, "w": rng.integers(1, 9, 12) / 2, "y": 2, "m": [3, 5, 6] * 4})
    rows = groups.loc[groups.index.repeat(groups["m"])]
    rows["y"] = [k < 2 for m in groups["m"] for k in range(m)]
    if weight_type == "sampling":
        grouped = gl.table("y ~ x", groups, trials="m", weights="w", weight_type=weight_type, continuous=shown)
    single = gl.table("y ~ x", rows, weights="w", weight_type=weight_type, continuous=shown)
    numbers = ("mean", "sd") if shown == "mean" else ("median", "q1", "q3")
    events = rows[rows["y"]]
    if shown == "mean":
        mean = np.average(events["x"], weights=events["w"])
        variance = np.average((events["x"] - mean) ** 2, weights=events["w"]) * len(events) / (len(events) - 1)
        expected = [mean, np.sqrt(variance)]
        found = [single.frame.loc["x", f"{number}_events"] for number in numbers]
        assert found == pytest.approx(expected, rel=1e-13)
    if weight_type == "sampling":
        for number in numbers:
            assert row_of(grouped, "x", number) == pytest.approx(row_of(single, "x", number), rel=1e-13)
    assert "weighted" in " ".join(note.text for note in single.notes if note.code == "weighted_means")


def test_levels_of_an_outcome_have_a_column_each():
    table = gl.table("race ~ age + lwt", BIRTHS, estimator=gl.multinomial, continuous={"lwt": "median"})
    by_race = BIRTHS.groupby("race", observed=True)
    row = table.frame.iloc[0]
    assert [row[f"mean_{level}"] for level in ("white", "black", "other")] == pytest.approx(
        by_race["age"].mean().loc[["white", "black", "other"]].tolist(), rel=1e-14
    )
    medians = by_race["lwt"].median()
    assert table.frame.iloc[1]["median_black"] == medians["black"]
    assert np.isnan(table.frame.iloc[1]["mean_black"])
    assert f"{medians['black']:.1f} (" in str(table)


def test_the_column_of_the_data_is_summarised_whatever_function_the_model_takes():
    table = gl.table("low ~ log(lwt) + bs(age, 3) + age:smoke + C(race)", BIRTHS, continuous="mean")
    assert table.frame.loc["log(lwt)", "mean"] == pytest.approx(BIRTHS["lwt"].mean(), rel=1e-14)
    assert table.frame.loc["bs(age, 3)", "sd"] == pytest.approx(BIRTHS["age"].std(), rel=1e-14)
    assert table.frame.loc[["age:smoke", "C(race)[white]"], "mean"].isna().all()
    page = table.to_markdown()
    assert "mean (SD) of lwt; OR per 1" in page
    assert "mean (SD) of age" in page
    assert "Events, n (row %)" in page


def test_the_page_has_counts_of_both_outcomes_and_percentages_of_rows():
    page = gl.table("low ~ age + smoke", BIRTHS, continuous="mean").to_markdown()
    smokers = BIRTHS.loc[BIRTHS["smoke"] == 1, "low"]
    share = 100 * smokers.mean()
    assert f"| {smokers.sum()} ({share:.1f}) | {(smokers == 0).sum()} ({100 - share:.1f}) |" in page
    ages = BIRTHS.groupby("low")["age"].agg(["mean", "std"])
    cells = [f"{ages.loc[k, 'mean']:.1f} ({ages.loc[k, 'std']:.1f})" for k in (1, 0)]
    assert f"| {' | '.join(cells)} |" in page


@pytest.mark.parametrize(
    ("continuous", "message"),
    [
        ("median (IQR)", "continuous='median (IQR)' is not known; give one of 'mean', 'median'"),
        ({"smoke": "mean"}, "continuous names 'smoke', which is no numeric variable of the table; these are age"),
        ({"age": "iqr"}, "is not known"),
    ],
)
def test_what_cannot_be_shown_is_refused(continuous, message):
    with pytest.raises(DataError, match=message.replace("(", r"\(").replace(")", r"\)").replace("[", r"\[")):
        gl.table("low ~ age + smoke", BIRTHS, continuous=continuous)
