"""Odds ratios over the range of a number: references of splines, bases with and without a line, errors."""

from __future__ import annotations

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest

mpl.use("Agg")
from evaluation_models import FORMULAS, data, entries
from matplotlib import pyplot as plt

import glmlogit as gl
from glmlogit.errors import DataError, UnsupportedError

BIRTHS = gl.datasets.birthwt()
REFERENCES = {key: e for key, e in entries("9_building").items() if e["quantity"] == "rcs4_age"}


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


@pytest.mark.parametrize("key", REFERENCES)
def test_tests_of_splines_are_those_of_the_references(key):
    e = REFERENCES[key]
    fit = gl.logit(FORMULAS[e["model"]].replace("age", "rcs(age, 4)"), data(e["model"]))
    wald, lr = (gl.odds_ratio_curve(fit, "age", test=kind).tests for kind in ("wald", "lr"))
    ours = [wald.loc["overall", "statistic"], *wald.loc["nonlinear", ["statistic", "p_value"]]]
    ours += [*lr.loc["nonlinear", ["statistic", "p_value"]]]
    np.testing.assert_allclose(ours, np.array(e["value"])[[4, 6, 8, 9, 10]], rtol=1e-8)
    assert (wald["df"] == [3, 2]).all()


@pytest.mark.filterwarnings("ignore::glmlogit.errors.CollinearityWarning")
@pytest.mark.parametrize("basis", ["bs(lwt, df=4)", "cr(lwt, df=3)", "ns(lwt, 3)", "poly(lwt, 3)", "lwt + I(lwt^2)"])
@pytest.mark.parametrize("scale", [1.0, 1e-3, 1e4])
def test_nonlinearity_is_the_fall_from_the_straight_line(basis, scale):
    frame = BIRTHS.assign(lwt=BIRTHS["lwt"] * scale)
    fit, line = gl.logit(f"low ~ {basis} + smoke", frame), gl.logit("low ~ lwt + smoke", frame)
    tests = gl.odds_ratio_curve(fit, "lwt").tests
    fall = line.likelihood.deviance - fit.likelihood.deviance
    assert tests.loc["nonlinear", "statistic"] == pytest.approx(fall, rel=1e-8)
    assert tests.loc["nonlinear", "df"] == fit.rank - 3
    null = gl.logit("low ~ smoke", frame)
    assert tests.loc["overall", "statistic"] == pytest.approx(
        null.likelihood.deviance - fit.likelihood.deviance, rel=1e-8
    )
    wald = gl.odds_ratio_curve(fit, "lwt", test="wald").tests
    assert wald.loc["nonlinear", "df"] == fit.rank - 3
    assert wald.loc["nonlinear", "statistic"] == pytest.approx(squared_bend(fit, frame["lwt"]), rel=1e-6)


def squared_bend(fit, x):
    """Wald's statistic of what the curve of a basis leaves after the straight line nearest to it."""
    own = [k for k, name in enumerate(fit.params.index) if "lwt" in name and np.isfinite(fit.params.iloc[k])]
    X = gl.design(fit.formula, BIRTHS.assign(lwt=x)).X[:, own]
    line = np.column_stack([np.ones(len(x)), (x - x.mean()) / x.std()])
    bent = X - line @ np.linalg.lstsq(line, X, rcond=None)[0]
    unit = np.abs(X).max(axis=0)
    directions = np.linalg.svd(bent / unit)[2][: fit.rank - 3] * unit
    bend, covariance = directions @ fit.params.iloc[own], fit.cov_params().iloc[own, own].to_numpy()
    return bend @ np.linalg.solve(directions @ covariance @ directions.T, bend)


def test_odds_ratios_are_those_of_two_values():
    fit = gl.logit("low ~ bs(lwt, df=4)*smoke + age", BIRTHS)
    curve = gl.odds_ratio_curve(fit, "lwt", 120, at={"smoke": 1}, values=[100, 120, 150])
    for value in (100, 150):
        row = gl.stratum_odds_ratios(fit, "lwt", {"smoke": [1]}, contrast=(value, 120)).iloc[0]
        ours = curve.table.set_index("value").loc[value, ["odds_ratio", "conf_low", "conf_high"]]
        np.testing.assert_allclose(
            ours.to_numpy(), row[["odds_ratio", "conf_low", "conf_high"]].to_numpy(float), rtol=1e-12
        )
    assert (curve.table.iloc[1] == [120, 1, 1, 1]).all()
    assert "part of an interaction" in curve.tests.loc["nonlinear", "reason"]


def test_a_straight_line_is_one_power():
    fit = gl.logit("low ~ lwt + smoke", BIRTHS)
    table = gl.odds_ratio_curve(fit, "lwt", 100, values=(80, 200)).table
    np.testing.assert_allclose(table["odds_ratio"], np.exp(fit.params["lwt"] * (table["value"] - 100)), rtol=1e-12)
    assert len(table) == 101
    tests = gl.odds_ratio_curve(fit, "lwt").tests
    assert "straight line" in tests.loc["nonlinear", "reason"]
    assert tests.loc["overall", "p_value"] == pytest.approx(gl.drop1(fit).loc["lwt", "p_value"], rel=1e-12)


@pytest.mark.parametrize("basis", ["log(lwt)", "I(lwt^2)"])
def test_columns_without_a_line_have_no_test_of_it(basis):
    curve = gl.odds_ratio_curve(gl.logit(f"low ~ {basis}", BIRTHS), "lwt")
    assert np.isnan(curve.tests.loc["nonlinear", "p_value"])
    assert "hold no straight line" in str(curve)


def test_other_covariances_and_estimators():
    clustered = gl.logit("low ~ bs(lwt, df=4) + smoke", BIRTHS, cluster="age")
    curve = gl.odds_ratio_curve(clustered, "lwt")
    assert curve.test == "wald"
    assert curve.tests.loc["overall", "p_value"] == pytest.approx(
        gl.drop1(clustered, "wald").loc["bs(lwt, df=4)", "p_value"], rel=1e-10
    )
    firth = gl.firth("low ~ bs(lwt, df=4) + smoke", BIRTHS)
    curve = gl.odds_ratio_curve(firth, "lwt", values=[100, 120])
    assert "test='wald'" in curve.tests.loc["nonlinear", "reason"]
    assert gl.odds_ratio_curve(firth, "lwt", test="wald", method="wald").tests["p_value"].notna().all()


def test_levels_in_order_have_one_curve_and_without_order_none():
    frame = BIRTHS.assign(visits=BIRTHS["ftv"].clip(upper=2))
    ordinal = gl.ordinal("visits ~ age + bs(lwt, df=4)", frame)
    line = gl.ordinal("visits ~ age + lwt", frame)
    tests = gl.odds_ratio_curve(ordinal, "lwt").tests
    assert tests.loc["nonlinear", "statistic"] == pytest.approx(
        line.likelihood.deviance - ordinal.likelihood.deviance, rel=1e-7
    )
    with pytest.raises(UnsupportedError):
        gl.odds_ratio_curve(gl.multinomial("visits ~ age + lwt", frame), "lwt")


def test_rows_counts_and_trials_have_one_curve():
    rng = np.random.default_rng(3)
    frame = pd.DataFrame({"x": rng.normal(size=60).round(1), "w": rng.integers(1, 4, 60)})
    frame["y"] = (rng.random(60) < 1 / (1 + np.exp(-frame["x"]))).astype(int)
    rows = frame.loc[frame.index.repeat(frame["w"])].reset_index(drop=True)
    fits = (
        gl.logit("y ~ x + I(x^2)", rows),
        gl.logit("y ~ x + I(x^2)", frame, weights="w"),
        gl.logit("s ~ x + I(x^2)", frame.assign(s=frame["y"] * frame["w"]), trials="w"),
    )
    first, *others = (gl.odds_ratio_curve(fit, "x") for fit in fits)
    for curve in others:
        assert curve.reference == pytest.approx(first.reference, abs=1e-12)
        pd.testing.assert_frame_equal(curve.table, first.table, rtol=1e-9)
        pd.testing.assert_frame_equal(curve.tests, first.tests, rtol=1e-8)


def test_the_page_and_the_picture():
    fit = gl.logit("low ~ rcs(lwt, 4) + smoke", BIRTHS)
    curve = gl.odds_ratio_curve(fit, "lwt")
    assert curve.reference == 121
    assert "9 of 101 values are printed" in str(curve)
    ax = plt.figure(figsize=(3.3, 3)).add_subplot()
    assert curve.plot(ax) is ax
    assert ax.get_yscale() == "log"
    np.testing.assert_array_equal(ax.get_lines()[0].get_ydata(), curve.table["odds_ratio"])


@pytest.mark.parametrize(
    ("variable", "options", "message"),
    [
        ("race", {}, "is a factor"),
        ("nothing", {}, "no variable of the model"),
        ("lwt", {"reference": "a"}, "give a finite number"),
        ("lwt", {"values": ["a"]}, "give numbers of lwt"),
        ("lwt", {"values": [np.inf]}, "finite numbers"),
        ("lwt", {"test": "f"}, "is not known"),
    ],
)
def test_errors(variable, options, message):
    with pytest.raises(DataError, match=message):
        gl.odds_ratio_curve(gl.logit("low ~ lwt + C(race)", BIRTHS), variable, **options)


def test_a_curve_of_an_interaction_needs_values():
    with pytest.raises(DataError, match="depends on smoke"):
        gl.odds_ratio_curve(gl.logit("low ~ lwt*smoke", BIRTHS), "lwt")
