"""Odds ratios as probabilities, risk ratios and E-values: their defining equations, solved in exact arithmetic."""

from __future__ import annotations

from fractions import Fraction as F

import mpmath as mp
import numpy as np
import pandas as pd
import pytest

import glmlogit as gl
from glmlogit.epidemiology.approximate_risk_ratio import approximate_risk_ratio
from glmlogit.epidemiology.e_value import e_value
from glmlogit.epidemiology.probability_change import probability_change
from glmlogit.errors import DataError, GlmlogitWarning

FEW_ROUNDINGS = 4e-15  # a handful of operations of relative error 1.1e-16 each


def odds(p):
    return p / (1 - p)


# --- probabilities --------------------------------------------------------------------------------
@pytest.mark.parametrize("ratio", [1e-12, 0.3, 1 - 1e-9, 1.0, 1 + 1e-9, 2.0, 1e12])
@pytest.mark.parametrize("baseline", [1e-9, 0.01, 0.3, 2 / 3, 0.999])
def test_change_is_exact_where_subtraction_would_cancel(ratio, baseline):
    """Both numbers against rational arithmetic on the same doubles."""
    r, p = F(ratio), F(baseline)
    after = r * odds(p) / (1 + r * odds(p))
    found = probability_change(ratio, baseline).iloc[0]
    assert found["probability"] == pytest.approx(float(after), rel=FEW_ROUNDINGS)
    assert found["change"] == pytest.approx(float(after - p), rel=FEW_ROUNDINGS)


def test_the_example_of_a_coefficient_of_seven_tenths():
    """Odds 2, β = .7: p' is expit(ln 2 + .7), and for a small β the change is p(1 − p)β."""
    found = probability_change(np.exp(0.7), 2 / 3).iloc[0]
    after = float(1 / (1 + mp.exp(-(mp.log(2) + mp.mpf("0.7")))))
    assert found["probability"] == pytest.approx(after, rel=FEW_ROUNDINGS)
    small = probability_change(np.exp(1e-6), 2 / 3)["change"][0]
    assert small == pytest.approx(2 / 9 * 1e-6, rel=1e-6)  # the next term of the series is β/6 of it


def test_ends_of_both_scales():
    table = probability_change([0, np.inf, 0, np.inf, 0, np.inf, np.nan], [0.3, 0.3, 0, 0, 1, 1, 1])
    np.testing.assert_array_equal(table["probability"], [0, 1, 0, 0, 1, 1, np.nan])
    np.testing.assert_array_equal(table["change"], [-0.3, 0.7, 0, 0, 0, 0, np.nan])


def test_limits_are_those_of_the_odds_ratio_converted():
    table = probability_change(2, conf=(1.2, 3))
    for side, limit in (("low", 1.2), ("high", 3)):
        alone = probability_change(limit)
        np.testing.assert_array_equal(table[f"probability_{side}"], alone["probability"])
        np.testing.assert_array_equal(table[f"change_{side}"], alone["change"])
    assert list(probability_change(2)) == ["baseline", "probability", "change"]
    assert len(table) == 4


def test_a_table_of_odds_ratios_keeps_its_terms():
    ratios = gl.logit("low ~ age + smoke", gl.datasets.load("birthwt")).odds_ratios()
    conf = (ratios["conf_low"], ratios["conf_high"])
    table = probability_change(ratios["odds_ratio"], 0.1, conf)
    assert list(table.index) == ["age", "smoke"]
    assert (table["change_low"] < table["change"]).all()
    assert list(e_value(ratios["odds_ratio"], *conf, measure="odds_ratio").index) == ["age", "smoke"]
    with pytest.raises(DataError, match="index"):
        probability_change(ratios["odds_ratio"], 0.1, (ratios["conf_low"][::-1], ratios["conf_high"]))


# --- risk ratios ------------------------------------------------------------------------------------
@pytest.mark.parametrize(("ratio", "baseline"), [(2.0, 0.25), (0.5, 0.75), (16.0, 0.5), (1.0, 0.125)])
def test_the_risk_ratio_reproduces_the_odds_ratio(ratio, baseline):
    with pytest.warns(GlmlogitWarning, match="risk_ratio"):
        found = approximate_risk_ratio(ratio, baseline, conf=(ratio / 2, ratio * 2))
    assert list(found) == ["baseline", "odds_ratio", "risk_ratio", "conf_low", "conf_high"]
    for column, odds_ratio in (("risk_ratio", ratio), ("conf_low", ratio / 2), ("conf_high", ratio * 2)):
        risk = found[column][0] * baseline
        assert odds(risk) / odds(baseline) == pytest.approx(odds_ratio, rel=FEW_ROUNDINGS)


@pytest.mark.filterwarnings("ignore::glmlogit.errors.GlmlogitWarning")
def test_risk_ratios_at_the_ends():
    """Rare: the odds ratio. Certain: 1. An infinite odds ratio makes the event certain, RR = 1/p0."""
    table = approximate_risk_ratio([0, 2, np.inf, 0, np.inf, np.inf, np.nan], [0, 0, 0, 1, 1, 0.25, 1])
    np.testing.assert_array_equal(table["risk_ratio"], [0, 2, np.inf, 1, 1, 4, np.nan])
    assert table[["conf_low", "conf_high"]].isna().all(axis=None)


# --- E-values -----------------------------------------------------------------------------------------
def bound(e):
    """Largest risk ratio that two associations of strength e can produce (Ding & VanderWeele 2016)."""
    return e * e / (2 * e - 1)


@pytest.mark.parametrize("ratio", [1.000001, 1.5, 3.9, 1e6])
def test_e_value_solves_the_bounding_factor(ratio):
    """e²/(2e − 1) is flat at 1, so the check is made there to the square root of the rounding."""
    found = e_value([ratio, 1 / ratio])["e_value"]
    assert bound(found[0]) == pytest.approx(ratio, rel=1e-13)
    assert found[1] == pytest.approx(found[0], rel=1e-7 if ratio < 1.1 else 1e-13)


def test_common_outcomes_are_brought_to_risk_ratios_first():
    assert bound(e_value(4.0, measure="odds_ratio")["e_value"][0]) == pytest.approx(2.0, rel=FEW_ROUNDINGS)
    half = mp.mpf(1) / 2
    expected = (1 - half**2) / (1 - half ** (mp.mpf(1) / 2))  # HR = 4
    found = e_value([4.0, 0.25], measure="hazard_ratio")["e_value"]
    assert bound(found[0]) == pytest.approx(float(expected), rel=FEW_ROUNDINGS)
    assert found[1] == pytest.approx(found[0], rel=FEW_ROUNDINGS)
    for measure in ("odds_ratio", "hazard_ratio"):
        assert bound(e_value(4.0, measure=measure, rare=True)["e_value"][0]) == pytest.approx(4.0, rel=FEW_ROUNDINGS)


def test_the_limit_nearer_the_null_counts():
    table = e_value([3.0, 0.5, 3.0, 0.5, 1.0, 3.0], [2.0, 0.2, 0.9, 0.2, 0.5, np.nan], [5.0, 0.8, 5.0, 1.1, 2.0, 4.0])
    np.testing.assert_array_equal(table["e_value_limit"][:2], e_value([2.0, 0.8])["e_value"])
    np.testing.assert_array_equal(table["e_value_limit"][2:5], 1.0)
    assert np.isnan(table["e_value_limit"][5])
    assert list(table) == ["estimate", "conf_low", "conf_high", "e_value", "e_value_limit"]


def test_the_value_to_be_reached_need_not_be_the_null():
    assert e_value(3.0, true=1.5)["e_value"][0] == e_value(2.0)["e_value"][0]
    assert e_value(1.5, true=3.0)["e_value"][0] == e_value(2.0)["e_value"][0]
    moved = e_value(9.0, 4.0, measure="odds_ratio", true=4.0)
    assert bound(moved["e_value"][0]) == pytest.approx(1.5, rel=FEW_ROUNDINGS)
    assert moved["e_value_limit"][0] == 1.0


def test_infinite_ratios_take_infinite_confounding():
    for measure in ("risk_ratio", "odds_ratio", "hazard_ratio"):
        assert (e_value([0, np.inf], measure=measure)["e_value"] == np.inf).all()
    assert np.isfinite(e_value(1e300)["e_value"]).all()


# --- what cannot be converted -----------------------------------------------------------------------
@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: probability_change(-0.3), "numpy.exp"),
        (lambda: probability_change(2, 20), "write 0.2"),
        (lambda: probability_change(2, np.nan), "no probability"),
        (lambda: probability_change([1, 2, 3]), r"odds_ratio \(3,\), baseline \(4,\)"),
        (lambda: probability_change(np.ones((2, 2)), 0.1), r"\(2, 2\)"),
        (lambda: probability_change(2, 0.1, conf=(3, 4)), "do not enclose"),
        (lambda: probability_change(2, 0.1, conf=3), "no pair"),
        (lambda: approximate_risk_ratio(2, -0.1), "no probability"),
        (lambda: e_value(2, true=0), "positive"),
        (lambda: e_value(2, measure="or"), "odds_ratio"),
    ],
)
def test_refusals_say_what_to_type(call, message):
    with pytest.raises(DataError, match=message):
        call()


def test_index_of_a_series_stays_with_its_rows_only():
    one = pd.Series([2.0], index=["smoke"])
    assert list(probability_change(one, 0.1).index) == ["smoke"]
    assert list(probability_change(one, [0.1, 0.2]).index) == [0, 1]
