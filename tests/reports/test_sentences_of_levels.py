"""Sentences about outcomes of several levels, and the odds ratios by level and stratum that they quote."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import glmlogit as gl

LEVELS = ["none", "one", "two+"]
BIRTHS = gl.datasets.birthwt().assign(
    visits=lambda d: pd.Categorical(np.array(LEVELS)[d["ftv"].clip(upper=2)], LEVELS, ordered=True)
)
RATIO = ["odds_ratio", "conf_low", "conf_high", "p_value"]


# --- odds ratios by level -----------------------------------------------------------------------------
@pytest.mark.parametrize("method", ["wald", "profile"])
def test_odds_ratios_of_each_level_are_those_of_the_fit(method):
    fit = gl.multinomial("visits ~ age + smoke + C(race)", BIRTHS)
    found = gl.stratum_odds_ratios(fit, "age", contrast=10, method=method)
    expected = fit.odds_ratios(units={"age": 10}, method=method)
    assert found["outcome"].tolist() == ["one", "two+"]
    rows = [expected.loc[(level, "age"), RATIO] for level in found["outcome"]]
    np.testing.assert_allclose(found[RATIO], rows, rtol=1e-8)


def test_strata_of_each_level():
    """Within a stratum the odds ratio is that of a model whose other variable is measured from there."""
    fit = gl.multinomial("visits ~ age*smoke + lwt", BIRTHS)
    found = gl.stratum_odds_ratios(fit, "smoke", {"age": [20, 30]}).set_index(["outcome", "age"])
    for age in (20, 30):
        moved = gl.multinomial("visits ~ age*smoke + lwt", BIRTHS.assign(age=BIRTHS["age"] - age)).odds_ratios()
        for level in ("one", "two+"):
            np.testing.assert_allclose(
                found.loc[(level, age), RATIO].astype(float), moved.loc[(level, "smoke"), RATIO], rtol=1e-9
            )


def test_pairs_of_each_level_are_those_of_another_reference():
    fit = gl.multinomial("visits ~ C(race) + age", BIRTHS)
    found = gl.pairwise(fit, "race", adjust="none").set_index(["outcome", "contrast"])
    other = gl.multinomial("visits ~ C(race, Treatment('black')) + age", BIRTHS).odds_ratios()
    for level in ("one", "two+"):
        ratio = other.loc[level].filter(like="other", axis=0)["odds_ratio"].item()
        assert found.loc[(level, "other / black"), "odds_ratio"] == pytest.approx(ratio, rel=1e-10)
    tukey = gl.pairwise(fit, "race")
    assert "adjusted for 3 comparisons" in str(tukey)  # a family in each level


# --- sentences ----------------------------------------------------------------------------------------
def test_a_sentence_for_each_level_quotes_its_odds_ratio_and_its_risk():
    fit = gl.multinomial("visits ~ age + smoke", BIRTHS)
    said = gl.interpret(fit, "smoke")
    base, one, two = (sentence for _, sentence in said.sentences)
    ratios, risks = fit.odds_ratios(), fit.comparisons("smoke").set_index("outcome")
    for sentence, level in ((one, "one"), (two, "two+")):
        ratio = ratios.loc[(level, "smoke"), "odds_ratio"]
        assert f"The odds of visits = {level} against none are {ratio:.3f} times as high" in sentence
        way = "higher" if risks.loc[level, "estimate"] > 0 else "lower"
        assert f"the risk of visits = {level} is" in sentence
        assert f"percentage points {way}" in sentence
    assert base.startswith("Where smoke = 1, compared with smoke = 0, the risk of visits = none")
    assert "odds" not in base
    # An odds ratio below 1 whose level becomes more likely: the caution is about this very case.
    assert ratios.loc[("two+", "smoke"), "odds_ratio"] < 1
    assert "1.8 percentage points higher" in two
    assert "relative-risk ratio) is no ratio of risks" in said.caution
    assert "may rise while its odds ratio is below 1" in said.caution


def test_ordered_levels():
    fit = gl.ordinal("visits ~ age + smoke", BIRTHS)
    said = gl.interpret(fit, "smoke")
    odds, *risks = (sentence for _, sentence in said.sentences)
    assert odds.startswith(
        f"The odds of a higher level of visits are {fit.odds_ratios().loc['smoke', 'odds_ratio']:.3f}"
    )
    assert len(risks) == 3
    assert "none < one < two+" in said.caution
    assert "gl.brant tests" in said.caution
    assert "odds ratios above a cut do not either; those of gl.multinomial do" in said.caution


def test_cuts_with_odds_ratios_of_their_own():
    """A sentence for being above each level, in words and numbers; terms that all cuts share have one."""
    fit = gl.ordinal("visits ~ age + smoke", BIRTHS, nonparallel="smoke")
    said, ratios = gl.interpret(fit), fit.odds_ratios()
    first, second, *risks = (sentence for name, sentence in said.sentences if name == "smoke")
    for sentence, cut, level in ((first, "none|one", "none"), (second, "one|two+", "one")):
        ratio = ratios.loc[f"[{cut}]smoke", "odds_ratio"]
        assert sentence.startswith(f"The odds of being above visits = {level} are {ratio:.3f} times as high")
        assert "risk" not in sentence
    assert [sentence.partition(" the risk of ")[2].partition(",")[0] for sentence in risks] == [
        f"visits = {level}" for level in ("none", "one", "two+")
    ]
    shared = next(sentence for name, sentence in said.sentences if name == "age")
    assert shared.startswith("The odds of a higher level of visits are multiplied by")
    assert "odds of being above one level a ratio for that cut alone; none is a ratio of risks" in said.caution
    assert "gl.brant" not in said.caution
    apart = gl.interpret(gl.ordinal("visits ~ age*smoke", BIRTHS, nonparallel=["age:smoke"]), "smoke", units=None)
    assert "depend on age" in apart["smoke"]


@pytest.mark.parametrize("estimator", [gl.multinomial, gl.ordinal])
def test_two_levels_are_the_binary_sentences(estimator):
    assert str(gl.interpret(estimator("low ~ age + smoke", BIRTHS))) == str(
        gl.interpret(gl.logit("low ~ age + smoke", BIRTHS))
    )


def test_odds_ratios_of_sampled_levels_hold_against_a_base_and_not_above_a_cut():
    """What the cautions say of case-control studies, on a population that both models describe."""
    x = np.repeat([0.0, 1.0], 3)
    y = np.tile([0, 1, 2], 2)
    above = 1 / (1 + np.exp(-(np.array([[0.5, -1.0], [1.7, 0.2]]))))  # P(Y > 0), P(Y > 1); log-odds 1.2 apart
    p = np.column_stack([1 - above[:, 0], above[:, 0] - above[:, 1], above[:, 1]]).ravel()
    counts = np.round(p * 1e6)
    whole = pd.DataFrame({"x": x, "y": y, "n": counts})
    sampled = whole.assign(n=np.round(counts * np.array([0.1, 0.5, 1.0])[y]))
    against, cuts = (
        [estimator("y ~ x", rows, weights="n").params for rows in (whole, sampled)]
        for estimator in (gl.multinomial, gl.ordinal)
    )
    for level in (1, 2):
        assert against[0][(level, "x")] == pytest.approx(against[1][(level, "x")], abs=1e-4)
    assert cuts[0]["x"] == pytest.approx(1.2, abs=1e-4)
    assert abs(cuts[1]["x"] - 1.2) > 0.02
