"""Exposures of several levels: against R, against the 2×2 tables and the logit fits they are made of."""

from __future__ import annotations

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

R = json.loads((REFERENCE / "trend.json").read_text("utf-8"))["cases"]
BIRTHS = gl.datasets.birthwt().assign(visits=lambda d: d["ftv"].clip(upper=2))
EXPOSURE = {"race": "race", "visits": "visits", "scored": "visits"}
# R wrote 15 digits; closed forms agree to 1e-12, refits by glm() to ten digits.
CLOSE, FITTED = {"rel": 1e-12}, {"rel": 1e-9}


def table(case: str, **options):
    return gl.two_by_k(BIRTHS, "low", EXPOSURE[case], scores=R[case]["scores"], **options)


# --- against R --------------------------------------------------------------------------------------
@pytest.mark.parametrize("case", R)
def test_tests_are_those_of_r(case):
    tests = table(case, strata="smoke").tests
    columns = ["statistic", "df", "p_value"]
    for name, key in (("pearson", "pearson"), ("trend", "trend"), ("general_association", "general")):
        assert tests.loc[name, columns].to_list() == pytest.approx(R[case][key], rel=1e-10)
    assert tests.loc["mantel_extension_strata", "statistic"] == pytest.approx(R[case]["extension_strata"], **FITTED)
    assert tests.loc["departure", "statistic"] == pytest.approx(R[case]["pearson"][0] - R[case]["trend"][0], rel=1e-10)
    assert tests.loc["departure_strata", "df"] == 1


@pytest.mark.parametrize("case", R)
def test_adjusted_odds_ratios_are_those_of_r(case):
    measures = table(case, strata="smoke").measures.xs("mh_odds_ratio", level="measure")
    expected = np.array(R[case]["odds_ratio"])
    assert measures[["estimate", "conf_low", "conf_high"]].to_numpy() == pytest.approx(expected, **CLOSE)


@pytest.mark.parametrize("case", R)
def test_trends_of_fits_are_those_of_r(case):
    frame = BIRTHS.assign(visits=pd.Categorical(BIRTHS["visits"]))
    fit = gl.logit(f"low ~ {EXPOSURE[case]} + age", frame)
    z = 1.959963984540054
    wald = gl.trend(fit, EXPOSURE[case], R[case]["scores"], method="wald").frame.iloc[0]
    b, se = R[case]["coefficient"], R[case]["se"]
    assert math.log(wald["odds_ratio"]) == pytest.approx(b, **FITTED)
    assert [math.log(wald[n]) for n in ("conf_low", "conf_high")] == pytest.approx([b - z * se, b + z * se], rel=1e-8)
    assert wald["statistic"] == pytest.approx(b / se, rel=1e-8)
    for method, statistic, departure in (("profile", "lr", "departure_lr"), ("score", "score", "departure_score")):
        result = gl.trend(fit, EXPOSURE[case], R[case]["scores"], method=method)
        assert result.frame["statistic"][0] == pytest.approx(R[case][statistic], rel=1e-7)
        assert result.departure.statistic == pytest.approx(R[case][departure], rel=1e-7)
        assert result.departure.df == 1


# --- by what they are made of -----------------------------------------------------------------------
def test_each_level_is_a_two_by_two_table():
    result = table("race", strata="smoke", reference="black")
    for level in ("white", "other"):
        pair = BIRTHS[BIRTHS["race"].isin([level, "black"])]
        alone = gl.two_by_two(pair, "low", "race", exposed=level, strata="smoke").measures
        ours = result.measures.loc[level]
        numbers = ["estimate", "std_error", "std_error_log", "conf_low", "conf_high", "p_value"]
        assert ours[numbers].to_numpy() == pytest.approx(
            alone.loc[ours.index, numbers].to_numpy(), rel=1e-13, nan_ok=True
        )


def test_the_crude_trend_is_the_score_test_of_a_fit():
    frame = BIRTHS.assign(visits=pd.Categorical(BIRTHS["visits"], ordered=True))
    ours = gl.trend(gl.logit("low ~ visits", frame), "visits", method="score").frame.iloc[0]
    assert ours["statistic"] == pytest.approx(table("visits").tests.loc["trend", "statistic"], rel=1e-10)


def test_a_trend_depends_on_no_coding_of_the_factor():
    rows = [gl.trend(gl.logit(f"low ~ {term} + age", BIRTHS), "race") for term in
            ("race", "C(race, Sum)", "C(race, Treatment('other'))")]  # fmt: skip
    for row in rows[1:]:
        assert row.frame.iloc[0, 1:5].to_list() == pytest.approx(rows[0].frame.iloc[0, 1:5].to_list(), rel=1e-8)
        assert row.departure.statistic == pytest.approx(rows[0].departure.statistic, rel=1e-8)


def test_robust_errors_stay_robust():
    fit = gl.logit("low ~ race + age", BIRTHS).with_cov("HC3")
    scored = BIRTHS.assign(s=BIRTHS["race"].cat.codes + 1)
    expected = gl.logit("low ~ age + s", scored).with_cov("HC3")
    assert gl.trend(fit, "race", method="wald").frame["statistic"][0] == pytest.approx(expected.zvalues["s"], rel=1e-9)


counts = st.lists(
    st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), min_size=3, max_size=3), min_size=1, max_size=3
)


@settings(max_examples=40)
@given(st.integers(0, 10_000), st.integers(1, 3), st.sampled_from([-3.0, 0.0, 2.5]), st.sampled_from([0.1, 1.0, 5.0]))
def test_rows_weights_and_counts_agree_and_scores_have_no_origin_or_unit(seed, n_strata, origin, unit):
    cells = np.random.default_rng(seed).integers(0, 12, (n_strata, 3, 2)).astype(float)
    if not cells.sum() or (cells.sum(axis=(0, 2)) > 0).sum() < 3 or not cells.sum(axis=(0, 1)).all():
        return
    several = len(cells) > 1
    direct = gl.two_by_k(cells if several else cells[0])
    index = np.array([(s, d, e) for s in range(len(cells)) for d in range(3) for e in (1, 0)])
    frame = pd.DataFrame(index, columns=["s", "dose", "y"]).assign(n=cells.ravel())
    by = {"strata": "s"} if several else {}
    weighted = gl.two_by_k(frame, "y", "dose", weights="n", scores=origin + unit * np.arange(3), **by)
    repeated = gl.two_by_k(frame.loc[frame.index.repeat(frame["n"])], "y", "dose", **by)
    for other in (weighted, repeated):
        numbers = other.tests[["statistic", "p_value"]].to_numpy()
        assert numbers == pytest.approx(
            direct.tests[["statistic", "p_value"]].to_numpy(), rel=1e-6, abs=1e-9, nan_ok=True
        )
        values = other.measures["estimate"].to_numpy()
        assert values == pytest.approx(direct.measures["estimate"].to_numpy(), rel=1e-12, nan_ok=True)


def test_one_stratum_is_the_crude_table():
    crude, one = gl.two_by_k([[5, 60], [12, 55], [20, 40]]), gl.two_by_k([[[5, 60], [12, 55], [20, 40]]])
    assert one.tests.loc["mantel_extension_strata", "statistic"] == pytest.approx(
        crude.tests.loc["mantel_extension", "statistic"], rel=1e-12
    )
    general = crude.tests.loc["pearson", "statistic"] * 191 / 192
    assert one.tests.loc["general_association", "statistic"] == pytest.approx(general, rel=1e-10)


# --- what is not there, and pages -------------------------------------------------------------------
def test_levels_without_an_order_have_no_trend_until_they_have_scores():
    plain = gl.two_by_k(BIRTHS.assign(race=BIRTHS["race"].astype(str)), "low", "race")
    assert math.isnan(plain.tests.loc["trend", "p_value"])
    assert "levels without an order" in str(plain)
    assert "Scores" not in str(plain)
    assert math.isfinite(table("race").tests.loc["trend", "p_value"])


def test_a_level_without_events_has_no_limits_and_says_so():
    result = gl.two_by_k([[0, 9], [4, 8], [6, 3]], reference=3)
    row = result.measures.loc[(1, "odds_ratio")]
    assert row["estimate"] == 0
    assert math.isnan(row["conf_low"])
    assert row["reason"] in " ".join(str(result).split())


def test_pages_name_what_they_show(tmp_path):
    result = table("race", strata="smoke")
    assert "1 (reference)" in str(result)
    assert "Scores:       white: 1, black: 2, other: 3" in str(result)
    result.write(tmp_path / "t.docx")
    result.write(tmp_path / "t.csv")
    assert len(pd.read_csv(tmp_path / "t.csv")) == 12
    page = gl.trend(gl.logit("low ~ race", BIRTHS), "race", {"white": 0, "black": 1, "other": 4})
    assert "white: 0, black: 1, other: 4" in str(page)
    page.write(tmp_path / "t.html")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: gl.two_by_k([[1, 2, 3], [4, 5, 6]]), "shape"),
        (lambda: gl.two_by_k([[1, -2], [4, 5]]), "the count -2"),
        (lambda: gl.two_by_k(BIRTHS, "low", "lwt"), "75 values"),
        (lambda: gl.two_by_k(BIRTHS, "low", "race", reference="green"), "is no level"),
        (lambda: gl.two_by_k(BIRTHS, "low", "race", scores=[1, 2]), "2 numbers for 3 levels"),
        (lambda: gl.two_by_k(BIRTHS, "low", "race", scores={"white": 1}), "none for the level 'black'"),
        (lambda: gl.two_by_k(BIRTHS, "low", "race", scores=[1, 1, 1]), "all scores are equal"),
        (lambda: gl.two_by_k([[1, 2], [3, 4]], strata="g"), "need rows to count"),
        (lambda: gl.trend(gl.logit("low ~ age", BIRTHS), "age"), "no factor of the model"),
        (lambda: gl.trend(gl.logit("low ~ race*age", BIRTHS), "race"), "takes part in"),
        (lambda: gl.trend(gl.logit("low ~ race", BIRTHS), "race", method="lr"), "method='lr' is not known"),
    ],
)
def test_wrong_input_says_what_to_type(call, message):
    with pytest.raises(DataError, match=message):
        call()


def test_penalised_fits_and_several_outcomes_are_refused():
    with pytest.raises(UnsupportedError, match="fit the score as a number"):
        gl.trend(gl.firth("low ~ race", BIRTHS), "race")
    with pytest.raises(UnsupportedError, match="several levels"):
        gl.trend(gl.multinomial("race ~ C(visits)", BIRTHS), "visits")


def test_two_levels_have_no_departure():
    result = gl.trend(gl.logit("low ~ C(smoke)", BIRTHS), "smoke")
    assert result.departure.df == 0
    assert "Departure" not in str(result)
    assert result.frame["odds_ratio"][0] == pytest.approx(
        gl.two_by_two(BIRTHS, "low", "smoke").measures["estimate"]["odds_ratio"]
    )
