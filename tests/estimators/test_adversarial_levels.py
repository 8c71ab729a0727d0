"""Adversarial inputs of multinomial and ordinal models, each by its name: an exact answer, or an error in words."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pandas as pd
import pytest

import glmlogit as gl
from glmlogit.errors import DataError, SeparationWarning

RNG = np.random.default_rng(20)
ROWS = pd.DataFrame({"x": RNG.normal(size=90), "g": np.tile(["p", "q", "r"], 30)})
ROWS["y"] = np.array(["a", "b", "c"])[
    np.clip(np.round(1 + ROWS["x"] / 2 + RNG.logistic(size=90) / 2), 0, 2).astype(int)
]
ORDER = ["a", "b", "c"]


def separated(estimator, formula, rows, **options):
    with pytest.warns(SeparationWarning):
        return estimator(formula, rows, **options)


# --- multinomial --------------------------------------------------------------------------------------
def outcome_with_one_row():
    """One row of a level: its score is that row's, so the fitted probabilities of the level add up to 1."""
    rows = ROWS.assign(y=np.where(np.arange(90) == 7, "z", ROWS["y"]))
    fit = gl.multinomial("y ~ x", rows)
    assert fit.predict()["z"].sum() == pytest.approx(1.0, rel=1e-10)
    assert np.isfinite(fit.params).all()


def base_with_one_row():
    rows = ROWS.assign(y=np.where(np.arange(90) == 7, "0", ROWS["y"]))
    fit = gl.multinomial("y ~ x", rows)
    assert any(note.code == "rare_base" for note in fit.notes)
    other = gl.with_base(fit, "a")
    direct = gl.multinomial("y ~ x", rows, base="a")
    np.testing.assert_allclose(other.params, direct.params.reindex(other.params.index), rtol=1e-9)


def as_many_levels_as_rows():
    rows = pd.DataFrame({"y": list("abcdef"), "x": [0.3, 1.0, 2.0, 3.5, 0.1, 0.7]})
    fit = separated(gl.multinomial, "y ~ x", rows)
    assert gl.separation(fit).kind in ("complete", "quasi")
    intercepts = gl.multinomial("y ~ 1", rows)
    np.testing.assert_allclose(intercepts.params, 0.0, atol=1e-12)
    assert intercepts.llf == pytest.approx(-6 * math.log(6), rel=1e-14)


def two_levels():
    rows = ROWS.assign(y=(ROWS["y"] == "a") * 1)
    fit, binary = gl.multinomial("y ~ x + g", rows), gl.logit("y ~ x + g", rows)
    np.testing.assert_allclose(fit.params.to_numpy(), binary.params, rtol=1e-12)
    np.testing.assert_allclose(fit.bse.to_numpy(), binary.bse, rtol=1e-12)


def level_only_in_rows_of_weight_zero():
    rows = ROWS.assign(w=np.where(ROWS["y"] == "c", 0, 1))
    fit = gl.multinomial("y ~ x", rows, weights="w")
    assert list(fit.response.levels) == ["a", "b"]
    alone = gl.multinomial("y ~ x", rows[rows["w"] > 0])
    np.testing.assert_allclose(fit.params, alone.params, rtol=1e-12)


def column_constant_within_one_outcome():
    rows = ROWS.assign(d=np.where(ROWS["y"] == "c", 1.0, (ROWS["x"] > 0) * 1.0))
    fit = separated(gl.multinomial, "y ~ d", rows)
    assert gl.separation(fit).coefficients[("c", "d")] == "+inf"
    assert fit.params[("c", "d")] == math.inf
    assert math.isfinite(fit.params[("b", "d")])


def three_ordered_blocks():
    rows = pd.DataFrame({"y": np.repeat(["a", "b", "c"], 5), "x": np.arange(15.0)})
    fit = separated(gl.multinomial, "y ~ x", rows)
    assert gl.separation(fit).kind == "complete"
    assert fit.llf == pytest.approx(0.0, abs=1e-12)
    assert not np.isfinite(fit.params).any()


def one_outcome_separated_and_others_overlapping():
    rows = ROWS.assign(x=np.where(ROWS["y"] == "a", ROWS["x"] - 100, ROWS["x"]))
    fit = separated(gl.multinomial, "y ~ x", rows, base="b")
    binary = gl.multinomial("y ~ x", rows[rows["y"] != "a"], base="b")
    np.testing.assert_allclose(fit.params["c"], binary.params["c"], rtol=1e-9)
    assert fit.llf == pytest.approx(binary.llf, rel=1e-12)


def pairs_separated_and_all_finite():
    """Every pair of levels is separated by x alone in some pair, yet the three together overlap."""
    rows = pd.DataFrame({"x": [0, 1, 2, 3, 0, 3, 1, 2], "y": list("aaaabbcc")}).astype({"x": float})
    fit = gl.multinomial("y ~ x + I(x^2)", pd.concat([rows, rows.assign(y=rows["y"].replace({"b": "c", "c": "b"}))]))
    assert np.isfinite(fit.params).all()


def two_identical_outcomes():
    twice = pd.concat([ROWS, ROWS.assign(y=ROWS["y"].replace({"b": "e"}))])
    test = gl.distinguishable(gl.multinomial("y ~ x", twice), "b", "e")
    assert test["p_value"].iloc[0] == pytest.approx(1.0, abs=1e-6)


def a_table_of_counts_with_an_empty_row():
    counts = pd.DataFrame({"x": [0.0, 1, 2, 3, 9], "a": [5, 3, 2, 1, 0], "b": [2, 3, 3, 2, 0], "c": [1, 2, 4, 6, 0]})
    with_row, without = (gl.multinomial("cbind(a, b, c) ~ x", rows) for rows in (counts, counts.iloc[:4]))
    np.testing.assert_array_equal(with_row.params, without.params)
    assert with_row.llf == pytest.approx(without.llf, rel=1e-15)


def weights_of_a_hundred_millionth():
    light = gl.multinomial("y ~ x", ROWS.assign(w=1e-8), weights="w", weight_type="precision")
    plain = gl.multinomial("y ~ x", ROWS)
    np.testing.assert_allclose(light.params, plain.params, rtol=1e-9)
    np.testing.assert_allclose(light.bse, plain.bse * 1e4, rtol=1e-9)


def predictors_of_eight_hundred():
    far, near = gl.multinomial("y ~ z", ROWS.assign(z=800 * ROWS["x"])), gl.multinomial("y ~ x", ROWS)
    np.testing.assert_allclose(far.params.xs("z", level="term") * 800, near.params.xs("x", level="term"), rtol=1e-10)
    p = near.predict({"x": [-800.0, 800.0]})
    np.testing.assert_allclose(p.sum(axis=1), 1.0, rtol=1e-15)
    assert ((p >= 0) & (p <= 1)).all(axis=None)


def sixty_outcomes():
    rng = np.random.default_rng(3)
    rows = pd.DataFrame({f"x{j}": rng.normal(size=3000) for j in range(8)}).assign(y=rng.integers(0, 60, 3000))
    fit = gl.multinomial("y ~ " + " + ".join(rows.columns[:8]), rows)
    assert fit.converged
    counts = np.bincount(rows["y"], minlength=60)
    np.testing.assert_allclose(fit.predict().sum(), counts, rtol=1e-8)


# --- ordinal ------------------------------------------------------------------------------------------
def an_empty_middle_category():
    y = pd.Categorical(ROWS["y"], ["a", "between", "b", "c"], ordered=True)
    with pytest.raises(DataError, match=r"'between'.*remove_unused_categories"):
        gl.ordinal("y ~ x", ROWS.assign(y=y))
    fit, plain = (gl.ordinal("y ~ x", rows, order=ORDER) for rows in (ROWS.assign(y=y), ROWS))
    np.testing.assert_array_equal(fit.params, plain.params)


def a_category_with_one_row():
    rows = ROWS.assign(y=np.where(ROWS["x"] == ROWS["x"].max(), "d", ROWS["y"]))
    fit = gl.ordinal("y ~ x", rows, order=[*ORDER, "d"])
    assert fit.predict()["d"].sum() == pytest.approx(1.0, rel=0.2)
    thresholds = fit.params.iloc[:3]
    assert (np.diff(thresholds) > 0).all()


def numbers_1_2_10():
    fit = gl.ordinal("y ~ x", ROWS.assign(y=ROWS["y"].map({"a": 1, "b": 2, "c": 10})))
    np.testing.assert_allclose(fit.params, gl.ordinal("y ~ x", ROWS, order=ORDER).params, rtol=1e-13)
    assert list(fit.params.index) == ["1|2", "2|10", "x"]


def an_unordered_categorical():
    with pytest.raises(DataError, match=r"without an order; type them from lowest to highest: order=\['a', 'b', 'c'\]"):
        gl.ordinal("y ~ x", ROWS.assign(y=pd.Categorical(ROWS["y"])))


def the_top_category_perfectly_predicted():
    """Above the last cut nothing overlaps: that cut is infinite along with the slope (definitions' closed form)."""
    rows = pd.DataFrame({"x": [0, 0, 0, 1], "y": ["a", "b", "c", "c"], "n": [5, 4, 3, 6]})
    fit = separated(gl.ordinal, "y ~ x", rows, weights="n", order=ORDER)
    assert fit.params["x"] == math.inf
    assert fit.params["a|b"] == pytest.approx(math.log(5 / 7), rel=1e-12)
    assert fit.bse["a|b"] == pytest.approx(math.sqrt(1 / 5 + 1 / 7), rel=1e-12)
    assert fit.params["b|c"] == pytest.approx(math.log(3), rel=1e-12)
    supremum = 5 * math.log(5 / 12) + 4 * math.log(4 / 12) + 3 * math.log(3 / 12)
    assert fit.llf == pytest.approx(supremum, rel=1e-14)


def ordered_predictors_of_eight_hundred():
    far = gl.ordinal("y ~ z", ROWS.assign(z=800 * ROWS["x"]), order=ORDER)
    near = gl.ordinal("y ~ x", ROWS, order=ORDER)
    assert far.params["z"] * 800 == pytest.approx(near.params["x"], rel=1e-11)
    p = near.predict({"x": [-800.0, 800.0]})
    assert p.notna().all(axis=None)
    np.testing.assert_allclose(p.sum(axis=1), 1.0, rtol=1e-15)


def fifty_categories():
    rng = np.random.default_rng(8)
    rows = pd.DataFrame({"x": rng.normal(size=1000)})
    rows["y"] = pd.qcut(rows["x"] + rng.logistic(size=1000), 50, labels=False)
    fit = gl.ordinal("y ~ x", rows)
    assert (np.diff(fit.params.iloc[:49]) > 0).all()
    backwards = gl.ordinal("y ~ x", rows.assign(y=-rows["y"]))
    assert fit.params["x"] == pytest.approx(-backwards.params["x"], rel=1e-11)
    assert fit.llf == pytest.approx(backwards.llf, rel=1e-13)


def identical_columns():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", gl.errors.CollinearityWarning)
        fit = gl.ordinal("y ~ x + twin", ROWS.assign(twin=ROWS["x"]), order=ORDER)
    assert math.isnan(fit.params["twin"])
    assert fit.params["x"] == pytest.approx(gl.ordinal("y ~ x", ROWS, order=ORDER).params["x"], rel=1e-12)


def a_factor_level_seen_in_one_category_only():
    rows = ROWS.assign(g=np.where((ROWS["y"] == "c") & (ROWS["x"] > 0.5), "z", ROWS["g"]))
    fit = separated(gl.ordinal, "y ~ g", rows, order=ORDER)
    assert fit.params["g[T.z]"] == math.inf
    assert np.isfinite(fit.params.drop("g[T.z]")).all()
    assert "g" in gl.separation(fit).explain()


MULTINOMIAL = [
    outcome_with_one_row,
    base_with_one_row,
    as_many_levels_as_rows,
    two_levels,
    level_only_in_rows_of_weight_zero,
    column_constant_within_one_outcome,
    three_ordered_blocks,
    one_outcome_separated_and_others_overlapping,
    pairs_separated_and_all_finite,
    two_identical_outcomes,
    a_table_of_counts_with_an_empty_row,
    weights_of_a_hundred_millionth,
    predictors_of_eight_hundred,
    sixty_outcomes,
]
ORDINAL = [
    an_empty_middle_category,
    a_category_with_one_row,
    numbers_1_2_10,
    an_unordered_categorical,
    the_top_category_perfectly_predicted,
    ordered_predictors_of_eight_hundred,
    fifty_categories,
    identical_columns,
    a_factor_level_seen_in_one_category_only,
]


@pytest.mark.parametrize("case", MULTINOMIAL, ids=lambda case: case.__name__)
def test_multinomial(case):
    case()


@pytest.mark.parametrize("case", ORDINAL, ids=lambda case: case.__name__)
def test_ordinal(case):
    case()


# --- outcomes that cannot be fitted ---------------------------------------------------------------------
MIXED = np.tile(np.array(["a", 1, "b"], dtype=object), 30)
BAD = {
    "one level present": (gl.multinomial, {"y": "a"}, {}, "has 1 level only, 'a'"),
    "one ordered level present": (gl.ordinal, {"y": 3}, {}, "1 level"),
    "base absent": (gl.multinomial, {}, {"base": "d"}, "base='d' is no level of outcome y, whose levels are 'a', 'b'"),
    "base in capitals": (gl.multinomial, {}, {"base": "A"}, "type base='a'"),
    "mixed labels": (gl.multinomial, {"y": MIXED}, {}, "different kinds"),
    "mixed ordered labels": (
        gl.ordinal,
        {"y": MIXED},
        {},
        "different kinds",
    ),
    "text without an order": (gl.ordinal, {}, {}, "whose order nobody knows"),
    "order without a level": (gl.ordinal, {}, {"order": ["a", "b"]}, "does not name: 'c'"),
    "order twice": (gl.ordinal, {}, {"order": ["a", "b", "c", "a"]}, "twice"),
    "a measurement": (gl.multinomial, {"y": np.linspace(0, 1, 90)}, {}, "a measurement"),
}


@pytest.mark.parametrize(("estimator", "columns", "options", "said"), BAD.values(), ids=BAD)
def test_bad_outcomes(estimator, columns, options, said):
    with pytest.raises(DataError, match=said):
        estimator("y ~ x", ROWS.assign(**columns), **options)
