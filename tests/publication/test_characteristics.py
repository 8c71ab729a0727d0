"""Table 1: against R, and by what must not change it: repeated rows, labels, order, units."""

from __future__ import annotations

import itertools
import json
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from references import REFERENCE

import glmlogit as gl
from glmlogit.errors import DataError, UnsupportedError
from glmlogit.publication.group_summaries import (
    WeightedValues,
    distance_of_means,
    distance_of_shares,
    moments,
    quantiles,
)
from glmlogit.publication.group_tests import test_of_levels as of_levels
from glmlogit.publication.group_tests import test_of_values as of_values

R = json.loads((REFERENCE / "characteristics.json").read_text("utf-8"))
rows = np.arange(189)
BIRTHS = gl.datasets.birthwt().assign(w=1 + rows % 5 / 4, n=1 + rows % 3)
COLUMNS = ["n", "mean", "sd", "median", "q1", "q3", "minimum", "maximum"]
# R wrote 15 digits; sums in another order lose two of them.
CLOSE = {"rel": 1e-12}


def cells(table, variable, group, kind="values"):
    frame = table.frame
    rows = frame[(frame["variable"] == variable) & (frame["group"] == group) & (frame["kind"] == kind)]
    return rows


# --- against R --------------------------------------------------------------------------------------
@pytest.mark.parametrize("case", ["rows", "repeated"])
def test_numbers_and_distances_are_those_of_r(case):
    table = gl.characteristics(BIRTHS, "low", ["age", "ptl", "smoke", "race"], weights=None if case == "rows" else "n")
    for variable, group in itertools.product(("age", "ptl"), (0, 1)):
        found = cells(table, variable, group)[COLUMNS].to_numpy().ravel()
        assert found == pytest.approx(R[case][variable][str(group)], **CLOSE)
    smd = table.differences.set_index("variable")["smd"]
    assert smd["age"] == pytest.approx(R[case]["smd_age"], **CLOSE)
    assert smd["smoke"] == pytest.approx(R[case]["smd_smoke"], **CLOSE)
    assert smd["race"] == pytest.approx(R[case]["smd_race"], **CLOSE)


@pytest.mark.parametrize("case", ["rows", "repeated"])
@pytest.mark.parametrize(
    ("by", "variable", "test", "key", "fields"),
    [
        ("low", "age", "t", "t", ["statistic", "df", "p_value"]),
        ("low", "age", "welch", "welch", ["statistic", "df", "p_value"]),
        ("low", "ptl", "wilcoxon", "wilcoxon", ["p_value"]),
        ("low", "race", "chi2", "chi2", ["statistic", "df", "p_value"]),
        ("low", "race", "fisher", "fisher", ["p_value"]),
        ("low", "smoke", "fisher", "fisher_2x2", ["p_value"]),
        ("race", "age", "t", "anova", ["statistic", "df", "df_denom", "p_value"]),
        ("race", "age", "welch", "welch_3", ["statistic", "df", "df_denom", "p_value"]),
        ("race", "ptl", "wilcoxon", "kruskal", ["statistic", "df", "p_value"]),
        ("race", "ftv", "chi2", "chi2_3", ["statistic", "df", "p_value"]),
    ],
)
def test_tests_are_those_of_r(case, by, variable, test, key, fields):
    codes = ["ftv"] if variable == "ftv" else []
    weights = None if case == "rows" else "n"
    table = gl.characteristics(BIRTHS, by, [variable], tests={variable: test}, categorical=codes, weights=weights)
    expected = R[case]["tests"][key]
    expected = expected if isinstance(expected, list) else [expected]
    found = table.tests.iloc[0][fields].to_list()
    if key in ("t", "welch"):  # R's is the first group less the second
        expected = [-expected[0], *expected[1:]]
    # R's p-values of F come from another continued fraction
    assert found == pytest.approx(expected, rel=1e-10)


def test_a_weighted_sample_has_the_numbers_of_survey():
    births = BIRTHS.assign(exact=BIRTHS["age"] + rows / 1000)
    table = gl.characteristics(
        births, "low", ["exact", "race"], weights="w", weight_type="sampling", tests=["t", "chi2"]
    )
    for group in (0, 1):
        expected = R["weighted"]["groups"][str(group)]
        assert cells(table, "exact", group)[COLUMNS].to_numpy().ravel() == pytest.approx(expected["age"], **CLOSE)
        shares = cells(table, "race", group, "level")["percent"]
        assert shares.to_numpy() / 100 == pytest.approx(expected["race"], **CLOSE)
    smd = table.differences.set_index("variable")["smd"]
    assert smd["exact"] == pytest.approx(R["weighted"]["smd_age"], **CLOSE)
    assert smd["race"] == pytest.approx(R["weighted"]["smd_race"], **CLOSE)
    assert table.tests["p_value"].isna().all()
    assert table.tests["reason"].str.contains("weighted sample").all()
    assert "race, n (weighted %)" in str(table)


def test_the_order_of_equal_values_is_no_part_of_a_weighted_median():
    random = np.random.default_rng(0)
    frame = pd.DataFrame({"x": random.integers(0, 4, 40), "w": random.random(40)})
    mean_weights = frame.assign(w=frame.groupby("x")["w"].transform("mean"))
    for rows in (frame.sample(frac=1, random_state=1), frame[::-1], mean_weights):
        numbers = [
            gl.characteristics(f, None, ["x"], weights="w", weight_type="sampling").frame[["median", "q1", "q3"]]
            for f in (frame, rows)
        ]
        pd.testing.assert_frame_equal(*numbers)


# --- laws -------------------------------------------------------------------------------------------
def people(seed: int, n: int = 60) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "arm": rng.choice(["a", "b", "c"], n),
            "x": np.round(rng.normal(50, 10, n), 1),
            "k": rng.integers(0, 4, n).astype(float),
            "g": rng.choice(["p", "q", "r", "s"], n),
            "n": rng.integers(0, 4, n),
        }
    )
    frame.loc[rng.random(n) < 0.2, "x"] = np.nan
    frame.loc[rng.random(n) < 0.2, "g"] = None
    return frame


OPTIONS = {"tests": ["welch", "chi2"], "median": "k"}


@settings(max_examples=5)
@given(st.integers(0, 10_000))
def test_counts_are_repeated_rows(seed):
    frame = people(seed)
    counted = gl.characteristics(frame, "arm", ["x", "k", "g"], weights="n", **OPTIONS)
    repeated = frame.loc[frame.index.repeat(frame["n"])].reset_index(drop=True)
    longer = gl.characteristics(repeated, "arm", ["x", "k", "g"], **OPTIONS)
    for part in ("frame", "differences", "tests"):
        pd.testing.assert_frame_equal(getattr(counted, part), getattr(longer, part), rtol=1e-10)
    ranks = [
        gl.characteristics(f, "arm", ["x"], weights=w, tests="wilcoxon") for f, w in ((frame, "n"), (repeated, None))
    ]
    assert ranks[0].tests["p_value"][0] == pytest.approx(ranks[1].tests["p_value"][0], rel=1e-10)


@settings(max_examples=5)
@given(st.integers(0, 10_000), st.sampled_from([0.25, 3.0]))
def test_sampling_weights_have_no_unit_and_equal_ones_are_none(seed, unit):
    frame = people(seed)
    plain = gl.characteristics(frame, "arm", ["x", "g"])
    weighted = gl.characteristics(frame, "arm", ["x", "g"], weights=np.full(60, unit), weight_type="sampling")
    pd.testing.assert_frame_equal(plain.frame, weighted.frame, rtol=1e-10)
    pd.testing.assert_frame_equal(plain.differences, weighted.differences, rtol=1e-9)
    w = 1.0 + frame["n"].to_numpy()
    pair = [
        gl.characteristics(frame, "arm", ["x", "g"], weights=v, weight_type="sampling").frame for v in (w, unit * w)
    ]
    pd.testing.assert_frame_equal(*pair, rtol=1e-10)


@settings(max_examples=15)
@given(st.integers(0, 10_000), st.randoms(use_true_random=False))
def test_order_units_and_names_of_levels_change_nothing(seed, random):
    frame = people(seed)
    order = list(range(60))
    random.shuffle(order)
    changed = frame.iloc[order].assign(
        x=lambda d: 2.0 * d["x"] - 1e4, g=lambda d: d["g"].map("{}!".format, na_action="ignore")
    )
    before, after = (gl.characteristics(f, "arm", ["x", "g"], **OPTIONS | {"median": ()}) for f in (frame, changed))
    assert after.differences["smd"].to_numpy() == pytest.approx(before.differences["smd"].to_numpy(), rel=1e-9)
    assert after.tests["p_value"].to_numpy() == pytest.approx(before.tests["p_value"].to_numpy(), rel=1e-8)
    assert after.frame["n"].to_list() == before.frame["n"].to_list()


@settings(max_examples=15)
@given(st.lists(st.integers(1, 5), min_size=2, max_size=30), st.integers(0, 1000))
def test_quantiles_and_moments_of_counts_are_numpy_s_of_repeated_values(counts, seed):
    x = np.round(np.random.default_rng(seed).normal(size=len(counts)), 2)
    w = np.array(counts, dtype=float)
    long = np.repeat(x, counts)
    shares = np.array([0.0, 0.1, 0.25, 0.5, 0.9, 1.0])
    assert quantiles(WeightedValues(x, w, True), shares) == pytest.approx(
        np.quantile(long, shares), rel=1e-12, abs=1e-15
    )
    assert moments(WeightedValues(x, w, True)) == pytest.approx((long.mean(), long.var(ddof=1)), rel=1e-9, abs=1e-15)


def test_values_far_from_zero_keep_the_digits_of_their_spread():
    x = 2.0**40 + np.arange(9.0)
    mean, variance = moments(WeightedValues(x, np.ones(9), True))
    assert (mean, variance) == (2.0**40 + 4.0, 7.5)


@settings(max_examples=15)
@given(st.lists(st.integers(0, 40), min_size=2, max_size=5), st.lists(st.integers(0, 40), min_size=5, max_size=5))
def test_distance_of_several_levels_does_not_depend_on_which_is_left_out(first, second):
    second = second[: len(first)]
    if not (sum(first) and sum(second)):
        return
    p, q = (np.array(v) / sum(v) for v in (first, second))
    forward, backward = (distance_of_shares(*pair) for pair in ((p, q), (p[::-1], q[::-1])))
    assert abs(backward.value) == pytest.approx(abs(forward.value), rel=1e-6, abs=1e-9, nan_ok=True)


def test_two_levels_of_the_distance_are_austins():
    p, q = np.array([0.7, 0.3]), np.array([0.4, 0.6])
    assert distance_of_shares(p, q).value == pytest.approx((0.3 - 0.6) / math.sqrt((0.21 + 0.24) / 2), rel=1e-14)
    assert distance_of_shares(np.array([0.7, 0.0, 0.3]), np.array([0.4, 0.0, 0.6])).value == pytest.approx(
        0.3 / math.sqrt(0.225)
    )


def test_differences_without_variation_are_infinite_or_undefined():
    assert distance_of_means((1.0, 0.0), (2.0, 0.0)).value == -math.inf
    assert math.isnan(distance_of_means((1.0, 0.0), (1.0, 0.0)).value)
    assert distance_of_shares(np.array([1.0, 0.0, 0.0]), np.array([0.0, 0.5, 0.5])).value == math.inf
    assert distance_of_shares(np.array([0.0, 1.0]), np.array([1.0, 0.0])).value == math.inf
    same = distance_of_shares(np.array([0.0, 1.0, 0.0]), np.array([0.0, 1.0, 0.0]))
    assert math.isnan(same.value)
    assert same.reason == "no variation within either group"


# --- tests by definition ------------------------------------------------------------------------------
def test_fisher_is_the_sum_of_tables_no_more_probable():
    counts = np.array([[3, 1], [2, 5], [0, 4]])
    sizes, column = counts.sum(axis=1), int(counts[:, 0].sum())
    ways = {a: math.prod(math.comb(s, x) for s, x in zip(sizes, a, strict=True))
            for a in itertools.product(*(range(s + 1) for s in sizes)) if sum(a) == column}  # fmt: skip
    expected = sum(w for w in ways.values() if w <= ways[tuple(counts[:, 0])]) / math.comb(int(sizes.sum()), column)
    assert of_levels("fisher", counts.astype(float)).p_value == pytest.approx(expected, rel=1e-12)
    assert of_levels("fisher", counts.T.astype(float)).p_value == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("counts", "reason"),
    [
        (np.full((3, 3), 4.0), "more than two levels"),
        (np.array([[1.5, 2.0], [3.0, 1.0]]), "not whole"),
        (np.full((4, 2), 4000.0), "too many tables"),
        (np.array([[3.0, 4.0], [0.0, 0.0]]), "single level"),
    ],
)
def test_fisher_says_why_it_is_not_there(counts, reason):
    result = of_levels("fisher", counts)
    assert math.isnan(result.p_value)
    assert reason in result.reason


@pytest.mark.parametrize("name", ["t", "welch", "wilcoxon"])
def test_groups_without_variation_have_no_test(name):
    one = WeightedValues(np.ones(3), np.ones(3), True)
    result = of_values(name, [one, one])
    assert math.isnan(result.p_value)
    assert result.reason


# --- missing values, labels, pages --------------------------------------------------------------------
def with_gaps() -> pd.DataFrame:
    frame = gl.datasets.birthwt().assign(age=lambda d: d["age"].astype(float), race=lambda d: d["race"].astype(object))
    frame.loc[:4, "age"] = np.nan
    frame.loc[3:9, "race"] = None
    return frame


def test_missing_values_are_counted_never_dropped():
    frame = with_gaps()
    row, level, note = (gl.characteristics(frame, "low", ["age", "race"], missing=m) for m in ("row", "level", "note"))
    assert cells(row, "age", "overall", "missing")[["n", "percent"]].to_numpy().ravel() == pytest.approx([5, 500 / 189])
    assert cells(row, "race", "overall", "level")["percent"].sum() == pytest.approx(100)
    of_all = pd.concat([cells(level, "race", "overall", kind) for kind in ("level", "missing")])
    assert of_all["percent"].sum() == pytest.approx(100)
    assert str(row).count("Missing ") == 2
    assert "  Missing" not in str(note)
    assert "Missing: age 5, race 7." in str(note)
    by = gl.characteristics(frame, "race", ["low"])
    assert "7 rows of 189 dropped because of missing values in race (7)." in str(by)
    assert sum(by.sizes[1:]) == by.sizes[0] == 182


def test_labels_come_from_the_data_and_are_overruled():
    frame = gl.datasets.birthwt()
    frame.attrs["labels"] = {"lwt": "Weight, lb", "ftv": "not here"}
    frame.attrs["value_labels"] = {"smoke": {0: "no", 1: "yes"}, "low": {1: "Light"}}
    text = str(gl.characteristics(frame, "low", ["lwt", "smoke"], labels={"smoke": "Smoker", "low[0]": "Other"}))
    assert all(
        part in text
        for part in ("Weight, lb, mean (SD)", "Smoker, n (%)", "  yes  ", "Light (n = 59)", "Other (n = 130)")
    )


def test_a_flag_takes_one_line_and_codes_as_many_as_there_are():
    frame = gl.datasets.birthwt().assign(code=rows % 3 + 1)
    table = gl.characteristics(frame, None, ["smoke", "code"])
    assert "smoke, n (%)            74 (39.2)" in str(table)
    assert [note.code for note in table.notes] == ["codes"]
    counted = gl.characteristics(frame, None, ["code"], categorical=["code"])
    assert not counted.notes
    assert len(counted.frame[counted.frame["kind"] == "level"]) == 3


def test_categories_keep_their_order_and_those_nobody_has():
    frame = pd.DataFrame({"g": pd.Categorical(["b", "a", "b"], ["c", "b", "a"]), "y": [0, 1, 1]})
    table = gl.characteristics(frame, "y", overall=False)
    assert cells(table, "g", 1, "level")["level"].to_list() == ["c", "b", "a"]
    assert table.groups == (0, 1)
    assert not table.overall
    assert gl.characteristics(frame, "g").groups == ("overall", "b", "a")


def test_other_tables_have_the_same_numbers():
    pl, pa = pytest.importorskip("polars"), pytest.importorskip("pyarrow")
    frame = with_gaps()[["low", "age", "race"]]
    expected = gl.characteristics(frame, "low").frame
    for form in (pl.from_pandas(frame), pa.Table.from_pandas(frame), {name: frame[name].to_numpy() for name in frame}):
        pd.testing.assert_frame_equal(gl.characteristics(form, "low").frame, expected)


def test_files_hold_the_page_and_the_numbers(tmp_path):
    table = gl.characteristics(gl.datasets.birthwt(), "low", ["age", "race"])
    for suffix in ("html", "tex", "md", "txt", "docx"):
        table.write(tmp_path / f"table.{suffix}")
    table.write(tmp_path / "table.csv")
    numbers = pd.read_csv(tmp_path / "table.csv")
    assert numbers["mean"].dropna().iloc[0] == pytest.approx(gl.datasets.birthwt()["age"].mean(), rel=1e-14)
    assert "23.2 (5.3)" in (tmp_path / "table.md").read_text("utf-8")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"by": "lwt"}, "75 values; a table has up to 12 groups"),
        ({"by": "low", "variables": ["low"]}, "in the table twice"),
        ({"variables": []}, "no variables"),
        ({"variables": ["agee"]}, "agee"),
        ({"by": "low", "tests": "anova"}, "tests='anova' is not known"),
        ({"tests": "t"}, "name their column"),
        ({"by": "low", "tests": {"race": "t"}}, "tests\\['race'\\]='t' is not known"),
        ({"by": "low", "tests": ["t", "welch"]}, "two tests for one variable"),
        ({"median": ["race"]}, "median names 'race'"),
        ({"labels": {"lwtt": "x"}}, "labels name 'lwtt'"),
        ({"missing": "drop"}, "missing='drop' is not known"),
    ],
)
def test_wrong_options_say_what_to_type(options, message):
    with pytest.raises(DataError, match=message):
        gl.characteristics(gl.datasets.birthwt(), **options)


def test_precision_weights_identifiers_and_infinite_values_are_refused():
    frame = gl.datasets.birthwt()
    with pytest.raises(UnsupportedError, match="counts them"):
        gl.characteristics(frame, weights="lwt", weight_type="precision")
    with pytest.raises(DataError, match="a value of its own in most rows"):
        gl.characteristics(frame.assign(id=[f"p{i:03d}x" for i in rows]), "low")
    with pytest.raises(DataError, match="infinite values"):
        gl.characteristics(frame.assign(lwt=np.inf), "low")
