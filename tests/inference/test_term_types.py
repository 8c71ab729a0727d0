"""Tests of terms of types II and III: car's numbers, coding that does not matter, models without products."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import glmlogit as gl
from glmlogit.errors import DataError, UnsupportedError

CAR = json.loads((Path(__file__).parents[1] / "reference/anova_types.json").read_text())
BIRTHS = gl.datasets.birthwt().assign(ht2=lambda d: d["ht"].astype(str))


@pytest.mark.parametrize("model", [name for name in CAR if name != "meta"])
@pytest.mark.parametrize(("name", "kind", "test"), [("two", 2, "lr"), ("three", 3, "lr"), ("wald", 3, "wald")])
def test_numbers_are_those_of_car(model, name, kind, test):
    expected = CAR[model][name]
    table = gl.anova(gl.logit(CAR[model]["formula"], BIRTHS), type=kind, test=test)
    # car orders the variables of a product as they stand in the formula.
    ours = {frozenset(term.split(":")): row for term, row in table.iterrows()}
    for term, df, statistic, p in zip(*(expected[key] for key in ("term", "df", "statistic", "p")), strict=True):
        if term == "(Intercept)":
            continue
        row = ours[frozenset(term.split(":"))]
        assert row["df"] == df
        assert [row["statistic"], row["p_value"]] == pytest.approx([statistic, p], rel=2e-7, abs=1e-9)


FORMULAS = ["low ~ {race} * {smoke} + age", "low ~ {race}:age + {smoke}*{race}", "low ~ {race} * {smoke} * age"]


@pytest.mark.parametrize("formula", FORMULAS)
@pytest.mark.parametrize("kind", [2, 3])
@pytest.mark.parametrize("test", ["lr", "wald", "score"])
def test_coding_and_reference_levels_do_not_matter(formula, kind, test):
    plain = gl.logit(formula.format(race="C(race)", smoke="C(smoke)"), BIRTHS)
    coded = gl.logit(formula.format(race="C(race, Helmert)", smoke="relevel(smoke, ref=1)"), BIRTHS)
    ours, theirs = (gl.anova(fit, type=kind, test=test).to_numpy(float) for fit in (plain, coded))
    np.testing.assert_allclose(ours, theirs, rtol=1e-6)


@pytest.mark.parametrize("test", ["lr", "score", "wald"])
def test_without_products_all_types_are_those_of_terms_left_out(test):
    fit = gl.logit("low ~ age + C(race) + smoke", BIRTHS)
    expected = gl.drop1(fit, test).iloc[1:]
    for kind in (2, 3):
        table = gl.anova(fit, type=kind, test=test)
        np.testing.assert_allclose(table["statistic"], expected["statistic"], rtol=1e-8)
        np.testing.assert_allclose(table["p_value"], expected["p_value"], rtol=1e-7)


def test_the_highest_terms_are_those_of_drop1():
    fit = gl.logit("low ~ C(race) * smoke + age", BIRTHS)
    expected = gl.drop1(fit).loc["C(race):smoke", "statistic"]
    for kind in (2, 3):
        assert gl.anova(fit, type=kind).loc["C(race):smoke", "statistic"] == pytest.approx(expected, rel=1e-9)


def test_clusters_refer_to_f():
    fit = gl.logit("low ~ C(race) * smoke + age", BIRTHS, cluster="lwt")
    for kind in (2, 3):
        table = gl.anova(fit, type=kind, test="wald")
        assert list(table.columns) == ["df", "statistic", "df_denom", "p_value"]
        assert table.loc["C(race):smoke", "p_value"] == pytest.approx(
            gl.drop1(fit, "wald").loc["C(race):smoke", "p_value"], rel=1e-6
        )


def test_rows_counts_and_trials_are_tested_alike():
    rng = np.random.default_rng(6)
    n = 90
    frame = pd.DataFrame({"g": rng.choice(list("abc"), n), "x": rng.normal(size=n), "w": rng.integers(1, 4, n)})
    frame["y"] = (rng.random(n) < 0.4 + 0.2 * (frame["g"] == "a")).astype(int)
    rows = frame.loc[frame.index.repeat(frame["w"])].reset_index(drop=True)
    fits = (
        gl.logit("y ~ g * x", rows),
        gl.logit("y ~ g * x", frame, weights="w"),
        gl.logit("s ~ g * x", frame.assign(s=frame["y"] * frame["w"]), trials="w"),
    )
    for kind in (2, 3):
        first, *others = (gl.anova(fit, type=kind).to_numpy(float) for fit in fits)
        for table in others:
            np.testing.assert_allclose(table, first, rtol=1e-7, atol=1e-10)


def test_errors():
    fit = gl.logit("low ~ age + smoke", BIRTHS)
    with pytest.raises(DataError, match="type=4"):
        gl.anova(fit, type=4)
    with pytest.raises(DataError, match="of the terms of one fit"):
        gl.anova(fit, gl.logit("low ~ age", BIRTHS), type=2)
    with pytest.raises(UnsupportedError, match="give a formula"):
        gl.anova(gl.logit(gl.design_arrays(BIRTHS["low"], BIRTHS[["age", "smoke"]])), type=3)
    with pytest.raises(UnsupportedError):
        gl.anova(gl.firth("low ~ age + smoke", BIRTHS), type=3)
