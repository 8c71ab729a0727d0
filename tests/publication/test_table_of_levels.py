"""The table of a paper for outcomes of several levels: numbers are those of the fits, counts of the data."""

from __future__ import annotations

import functools
import re

import numpy as np
import pandas as pd
import pytest

import glmlogit as gl
from glmlogit.errors import DataError

LEVELS = ["none", "one", "two+"]
BIRTHS = gl.datasets.birthwt().assign(
    visits=lambda d: pd.Categorical(np.array(LEVELS)[d["ftv"].clip(upper=2)], LEVELS, ordered=True)
)
FORMULA = "visits ~ age + smoke + C(race)"
RATIO = ["odds_ratio", "conf_low", "conf_high"]
LOOSE = {"check_index_type": False}
ESTIMATORS = {"multinomial": gl.multinomial, "ordinal": gl.ordinal, "firth": gl.firth}


def numbers(frame, side, index):
    return frame.loc[index, [f"{side}_{name}" for name in RATIO]].set_axis(RATIO, axis=1)


@pytest.mark.parametrize("estimator", ESTIMATORS.values(), ids=ESTIMATORS)
def test_numbers_are_those_of_the_fits(estimator):
    frame, fit = gl.table(FORMULA, BIRTHS, estimator=estimator).frame, estimator(FORMULA, BIRTHS)
    models = {"adjusted": dict.fromkeys(["age", "smoke", "C(race)"], fit)}
    models["crude"] = {term: estimator(f"visits ~ {term}", BIRTHS) for term in models["adjusted"]}
    for side, fits in models.items():
        for term, model in fits.items():
            ratios = model.odds_ratios(method="profile")
            own = ratios.index[[term in str(key) for key in ratios.index]]
            pd.testing.assert_frame_equal(numbers(frame, side, own), ratios.loc[own, RATIO], rtol=1e-9, **LOOSE)
            variable = "race" if term == "C(race)" else term
            p = frame.loc[frame["variable"] == variable, f"{side}_p_value"].dropna()
            assert p.tolist() == [pytest.approx(gl.drop1(model).loc[term, "p_value"], rel=1e-9)]


@pytest.mark.parametrize("estimator", ESTIMATORS.values(), ids=ESTIMATORS)
def test_counts_are_those_of_the_data(estimator):
    made = gl.table(FORMULA, BIRTHS, estimator=estimator)
    counted = pd.crosstab(BIRTHS["race"], BIRTHS["visits"])
    rows = made.frame[made.frame["variable"] == "race"]
    block = rows.loc["one"] if "outcome" in rows.index.names else rows
    block = block.set_index("level")
    for level in LEVELS:
        assert block[f"n_{level}"].to_dict() == counted[level].to_dict()
    assert block["n"].to_dict() == counted.sum(axis=1).to_dict()
    white = counted.loc["white"]
    for n in white:
        assert f"{n} ({100 * n / white.sum():.1f})" in str(made)


def test_weights_count_as_repeated_rows():
    times = 1 + np.arange(len(BIRTHS)) % 3
    weighted = gl.table(FORMULA, BIRTHS.assign(n=times), weights="n", estimator=gl.multinomial)
    repeated = gl.table(FORMULA, BIRTHS.loc[BIRTHS.index.repeat(times)], estimator=gl.multinomial)
    pd.testing.assert_frame_equal(weighted.frame, repeated.frame, rtol=1e-9)


def test_a_table_of_counts_is_its_rows():
    counts = pd.crosstab([BIRTHS["smoke"], BIRTHS["race"]], BIRTHS["visits"]).reset_index()
    counts.columns = ["smoke", "race", "none", "one", "two"]
    grouped = gl.table("cbind(none, one, two) ~ smoke + C(race)", counts, estimator=gl.multinomial).frame
    rows = BIRTHS.assign(visits=BIRTHS["visits"].cat.rename_categories({"two+": "two"}))
    single = gl.table("visits ~ smoke + C(race)", rows, estimator=gl.multinomial).frame
    pd.testing.assert_frame_equal(grouped, single, rtol=1e-8)


def test_another_base_and_an_order():
    frame = gl.table("visits ~ age", BIRTHS, estimator=gl.multinomial, base="one").frame
    ratio = gl.multinomial("visits ~ age", BIRTHS, base="one").odds_ratios().loc[("none", "age"), "odds_ratio"]
    assert frame.loc[("none", "age"), "crude_odds_ratio"] == pytest.approx(ratio, rel=1e-12)
    text = BIRTHS.assign(visits=BIRTHS["visits"].astype(str))
    upside = gl.table("visits ~ age", text, estimator=gl.ordinal, order=LEVELS[::-1]).frame
    plain = gl.table("visits ~ age", BIRTHS, estimator=gl.ordinal).frame
    np.testing.assert_allclose(upside["crude_odds_ratio"], 1 / plain["crude_odds_ratio"], rtol=1e-9)
    partly = functools.partial(gl.multinomial, level=0.95)
    pd.testing.assert_frame_equal(
        gl.table("visits ~ age", BIRTHS, estimator=gl.multinomial).frame,
        gl.table("visits ~ age", BIRTHS, estimator=partly).frame,
    )


def test_two_levels_are_the_binary_table():
    two = gl.table("low ~ age + smoke", BIRTHS, estimator=gl.multinomial).frame.droplevel("outcome")
    binary = gl.table("low ~ age + smoke", BIRTHS).frame
    shared = [name for name in binary if name != "events"]
    pd.testing.assert_frame_equal(two[shared], binary[shared], rtol=1e-9, **LOOSE)
    assert two["n_1"].tolist() == binary["events"].tolist()


def test_the_page_says_what_an_odds_ratio_is():
    text = str(gl.table(FORMULA, BIRTHS, estimator=gl.multinomial))
    assert "against none, Stata's relative-risk ratios; they are no ratios of risks" in text
    assert "in all levels of the outcome together" in text
    assert "42 observations of two+, the rarest level, for 8 coefficients" in text
    ordered = str(gl.table(FORMULA, BIRTHS.head(40), estimator=gl.ordinal))
    assert "odds of being above a cut" in ordered
    assert "limiting sample size" in ordered
    assert "gl.firth" not in ordered
    assert max(map(len, text.splitlines())) <= 100


def test_files(tmp_path):
    made = gl.table(FORMULA, BIRTHS, estimator=gl.multinomial)
    for ending in ("md", "tex", "html", "docx", "xlsx", "csv", "json", "txt"):
        made.write(tmp_path / f"t.{ending}")
    for name in ("t.md", "t.html", "t.txt", "t.tex"):
        text = (tmp_path / name).read_text("utf-8")
        assert re.search(r"1\.112 \W*1\.038, 1\.194", text), name
    written = pd.read_csv(tmp_path / "t.csv")
    assert written["adjusted_odds_ratio"].tolist() == made.frame["adjusted_odds_ratio"].tolist()
    assert written["outcome"].tolist() == ["one"] * 6 + ["two+"] * 6


def test_a_separated_level_is_said_and_infinite():
    rows = BIRTHS.assign(never=(BIRTHS["visits"] == "two+") & (BIRTHS["age"] > 25))
    with pytest.warns(gl.errors.SeparationWarning):
        made = gl.table("visits ~ never + lwt", rows, estimator=gl.multinomial)
    assert made.frame.loc[("two+", "never"), "adjusted_odds_ratio"] == np.inf
    assert "separation" in str(made)


def test_refusals():
    with pytest.raises(DataError, match=r"no test of a variable is of all of them: make a table for each"):
        gl.table(FORMULA, BIRTHS, estimator=gl.one_vs_rest)
    with pytest.raises(DataError, match=r"base= is of an outcome of several levels; give estimator=gl.multinomial"):
        gl.table("low ~ age", BIRTHS, base=0)
    with pytest.raises(DataError, match=r"gl.multinomial compares all of them, gl.ordinal where they have an order"):
        gl.table(FORMULA, BIRTHS)
    with pytest.raises(DataError, match=r"nonparallel= is of an outcome of several levels"):
        gl.table("low ~ age", BIRTHS, nonparallel="age")
    with pytest.raises(DataError, match="no term of the model"):
        gl.table("visits ~ smoke", BIRTHS, estimator=gl.ordinal, nonparallel="age")


def test_odds_ratios_of_each_cut():
    """Those of the models, crude and adjusted; terms that all cuts share have theirs at each."""
    formula, apart = "visits ~ smoke + age + C(race)", ["smoke", "C(race)"]
    made = gl.table(formula, BIRTHS, estimator=gl.ordinal, nonparallel=apart, method="wald")
    fit = gl.ordinal(formula, BIRTHS, nonparallel=apart)
    alone = gl.ordinal("visits ~ smoke", BIRTHS, nonparallel="smoke")
    cuts = list(fit.design.outcome.cuts)
    assert list(made.frame.index.levels[0]) == cuts
    ratios, crude = fit.odds_ratios(), alone.odds_ratios()
    numbers = ["odds_ratio", "conf_low", "conf_high"]
    for cut in cuts:
        rows = made.frame.loc[cut]
        for term in ("smoke", "C(race)[T.black]"):
            np.testing.assert_allclose(
                rows.loc[term, [f"adjusted_{n}" for n in numbers]].astype(float), ratios.loc[f"[{cut}]{term}", numbers]
            )
        np.testing.assert_allclose(
            rows.loc["smoke", [f"crude_{n}" for n in numbers]].astype(float), crude.loc[f"[{cut}]smoke", numbers]
        )
        np.testing.assert_allclose(rows.loc["age", "adjusted_odds_ratio"], ratios.loc["age", "odds_ratio"])
    tests = gl.drop1(fit, "wald")["p_value"]
    first = made.frame.loc[cuts[0]]
    assert first.loc["age", "adjusted_p_value"] == pytest.approx(tests["age"], rel=1e-9)
    assert first.loc["smoke[0]", "adjusted_p_value"] == pytest.approx(tests["smoke"], rel=1e-9)
    said = str(made)
    assert [" ".join(line.split()) for line in said.splitlines() if line.startswith("Variable")][1:] == [
        " ".join(["Variable", *cuts, "p"])
    ] * 2
    assert "at all cuts together" in said
    profile = gl.table(formula, BIRTHS, estimator=gl.ordinal, nonparallel=apart)
    assert profile.frame.loc[cuts[0]].loc["smoke[0]", "adjusted_p_value"] == pytest.approx(
        gl.drop1(fit)["p_value"]["smoke"], rel=1e-9
    )
