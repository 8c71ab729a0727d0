"""Hosmer and Lemeshow's test of outcomes beside probabilities, of two levels and more, of any program."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from evaluation_models import data, difference, fitted
from softmax import softmax

import glmlogit as gl
from glmlogit.errors import DataError, UnsupportedError
from glmlogit.fitting.control import Control
from glmlogit.fitting.maximise import maximise


def judge(y, p, **options):
    return gl.goodness_of_fit(None, "hosmer_lemeshow", y=y, p=p, **options)


def races() -> tuple[pd.Series, np.ndarray, np.ndarray]:
    """Race of the births, its probabilities (n, 3) by weight, smoking and age, and their coefficients (8,)."""
    births = data("birthwt")
    X = np.column_stack([np.ones(len(births)), births[["lwt", "smoke", "age"]]]).astype(float)
    likelihood = softmax(X, births["race"], (1, 2, 3), ("Intercept", "lwt", "smoke", "age"))
    beta = maximise(likelihood, None, Control()).beta
    odds = np.column_stack([np.ones(len(births)), *(np.exp(X @ b) for b in np.split(beta, 2))])
    return births["race"], odds / odds.sum(axis=1, keepdims=True), beta


def test_three_levels_are_those_of_the_references():
    y, p, beta = races()
    ours = judge(y, p, training=True)
    entry = [ours.statistic, ours.df, ours.p_value, *np.reshape(beta, (2, 4)).ravel()]
    # nnet stops at seven digits; the values are those of Newton's method.
    assert difference("2_gof", "gof.birthwt_race.hl_multinomial", entry) < 1e-2
    assert "of 3 levels" in str(ours)
    assert ours.groups.shape == (10, 7)
    np.testing.assert_allclose(ours.groups.filter(like="observed").sum(), y.value_counts().sort_index())
    np.testing.assert_allclose(ours.groups.filter(like="expected").sum(), y.value_counts().sort_index(), rtol=1e-9)


def test_a_fit_of_three_levels_is_tested_in_its_own_rows():
    births = data("birthwt")
    fit = gl.multinomial("race ~ lwt + smoke + age", births)
    ours, theirs = gl.goodness_of_fit(fit, "hosmer_lemeshow"), judge(*races()[:2], training=True)
    entry = [ours.statistic, ours.df, ours.p_value, *fit.params]
    assert difference("2_gof", "gof.birthwt_race.hl_multinomial", entry) < 1e-2
    assert ours.statistic == pytest.approx(theirs.statistic, rel=1e-10)
    other = gl.multinomial("race ~ lwt + smoke + age", births, base=3)
    assert [*gl.goodness_of_fit(other, "hosmer_lemeshow").groups.columns[1:3]] == ["observed 3", "expected 3"]
    counts = births.groupby(["race", "lwt", "smoke", "age"]).size().rename("n").reset_index()
    weighed = gl.multinomial("race ~ lwt + smoke + age", counts, weights="n")
    assert gl.goodness_of_fit(weighed, "hosmer_lemeshow").statistic == pytest.approx(ours.statistic, rel=1e-9)
    sampled = gl.multinomial("race ~ lwt + smoke + age", counts, weights="n", weight_type="sampling")
    with pytest.raises(UnsupportedError):
        gl.goodness_of_fit(sampled, "hosmer_lemeshow")
    with pytest.raises(UnsupportedError, match="hosmer_lemeshow"):
        gl.goodness_of_fit(fit)
    with pytest.raises(DataError, match="Stata's rule"):
        gl.goodness_of_fit(fit, "hosmer_lemeshow", grouping="r")


def visits() -> pd.DataFrame:
    return data("birthwt").assign(visits=lambda d: d["ftv"].clip(upper=3))


def test_ordered_levels_have_groups_of_the_mean_level_and_more_degrees_of_freedom():
    """Fagerland & Hosmer 2013: (G − 2)(K − 1) + K − 2."""
    fit = gl.ordinal("visits ~ age + lwt + smoke", visits())
    ours, p = gl.goodness_of_fit(fit, "hosmer_lemeshow"), fit.predict().to_numpy()
    assert ours.df == 8 * 3 + 2
    observed = ours.groups.filter(like="observed").to_numpy()
    expected = ours.groups.filter(like="expected").to_numpy()
    order, ends = np.argsort(p @ np.arange(4), kind="stable"), np.cumsum(ours.groups["n"].astype(int))[:-1]
    by_hand = np.array([p[part].sum(axis=0) for part in np.split(order, ends)])
    np.testing.assert_allclose(expected, by_hand, rtol=1e-9)
    assert ours.statistic == pytest.approx(((observed - by_hand) ** 2 / by_hand).sum(), rel=1e-9)
    apart = gl.ordinal("visits ~ age + lwt + smoke", visits(), nonparallel="smoke")
    with pytest.raises(UnsupportedError, match="without nonparallel="):
        gl.goodness_of_fit(apart, "hosmer_lemeshow")


def test_two_ordered_levels_are_hosmer_and_lemeshow():
    births = data("birthwt")
    ours = gl.goodness_of_fit(gl.ordinal("low ~ age + lwt + smoke", births), "hosmer_lemeshow")
    expected = gl.goodness_of_fit(gl.logit("low ~ age + lwt + smoke", births), "hosmer_lemeshow")
    numbers = [[test.statistic, test.df, test.p_value] for test in (ours, expected)]
    assert numbers[0] == pytest.approx(numbers[1], rel=1e-10)


@pytest.mark.slow
def test_right_models_of_ordered_levels_are_rejected_as_often_as_is_said():
    """600 samples of 500: the mean is the degrees of freedom, and 5 % and 50 % are rejected, within three errors."""
    rng, tests = np.random.default_rng(5), []
    for _ in range(600):
        x = rng.normal(size=(500, 2))
        above = np.digitize(x @ [0.8, -0.5] + rng.logistic(size=500), [-1.0, 0.3, 1.5])
        rows = pd.DataFrame(x, columns=["a", "b"]).assign(y=pd.Categorical(above, ordered=True))
        tests.append(gl.goodness_of_fit(gl.ordinal("y ~ a + b", rows), "hosmer_lemeshow"))
    statistics, p = np.array([(test.statistic, test.p_value) for test in tests]).T
    assert abs(statistics.mean() - 26) < 3 * np.sqrt(2 * 26 / 600)
    for level in (0.05, 0.5):
        assert abs((p < level).mean() - level) < 3 * np.sqrt(level * (1 - level) / 600)


@pytest.mark.parametrize("model", ["birthwt", "asah", "icu", "glow500"])
def test_two_levels_are_hosmer_and_lemeshow(model):
    fit = fitted(model)
    expected = gl.goodness_of_fit(fit, "hosmer_lemeshow")
    ours = judge(fit.rows.y, fit.predict(), training=True)
    assert [ours.statistic, ours.df, ours.p_value] == pytest.approx(
        [expected.statistic, expected.df, expected.p_value], rel=1e-10
    )
    new = judge(fit.rows.y, fit.predict(), training=False)
    assert (new.statistic, new.df) == (ours.statistic, len(expected.groups))


def test_frequencies_are_repeated_rows_and_labels_do_not_matter():
    y, p, _ = races()
    times = 1 + np.arange(len(y)) % 3
    rows = judge(np.repeat(y.to_numpy(), times), np.repeat(p, times, axis=0), training=True)
    named = pd.DataFrame(p, columns=["w", "b", "o"])
    counted = judge(y.map({1: "w", 2: "b", 3: "o"}), named, weights=times, training=True)
    assert counted.statistic == pytest.approx(rows.statistic, rel=1e-12)
    shuffled = np.random.default_rng(1).permutation(len(y))
    turned = judge(y.to_numpy()[shuffled], p[shuffled], training=True)
    assert turned.statistic == pytest.approx(judge(y, p, training=True).statistic, rel=1e-12)
    # A weight of 0 is invisible.
    nothing = judge(np.append(y, 1), np.vstack([p, p[:1]]), weights=np.append(np.ones(len(y)), 0), training=True)
    assert nothing.statistic == pytest.approx(turned.statistic, rel=1e-12)


def test_what_cannot_be_expected():
    y = [0, 0, 1, 1, 1, 0]
    assert judge(y, [0.0, 0.0, 1.0, 1.0, 0.5, 0.5], groups=3, training=False).statistic == 0.0
    assert judge(y, [0.0, 0.0, 0.0, 1.0, 0.5, 0.5], groups=3, training=False).statistic == np.inf
    few = judge(y, [0.2, 0.2, 0.2, 0.6, 0.6, 0.6], training=True)
    assert np.isnan(few.p_value)
    assert "no degrees of freedom" in few.reason


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"y": [0, 1], "p": [0.2, 0.4]}, "training= is missing"),
        ({"y": [0, 1], "training": True}, "both y= and p="),
        ({"y": [0, 2], "p": [0.2, 0.4], "training": True}, "no column of p"),
        ({"y": [0, 1], "p": [0.2, 1.4], "training": True}, "outside 0 to 1"),
        ({"y": [0, 1], "p": [0.2, 0.4], "training": True, "weights": [1, -1]}, "negative"),
        ({"y": [0, 1], "p": [0.2, 0.4], "training": True, "groups": "paul"}, "whole number of groups"),
        ({"y": [0, 1], "p": [0.2, 0.4], "training": True, "test": "unweighted_ss"}, "one test here"),
        ({"fit": fitted("icu"), "y": [0, 1], "p": [0.2, 0.4]}, "not both"),
    ],
)
def test_what_makes_no_sense_is_refused(options, words):
    with pytest.raises(DataError, match=words):
        gl.goodness_of_fit(**{"test": "hosmer_lemeshow", **options})


def test_probabilities_of_some_levels_are_refused():
    with pytest.raises(DataError, match=r"adds up to 0\.6 in row 0, .* all classes"):
        judge(["a", "b"], [[0.2, 0.4], [0.5, 0.5]], training=True)
    with pytest.raises(DataError, match=r"adds up to 0\.999 in row 1, .* rounded"):
        judge(["a", "b"], [[0.5, 0.5], [0.333, 0.666]], training=True)
