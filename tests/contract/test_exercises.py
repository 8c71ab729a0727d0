"""The numbers of the exercises that have a closed form."""

from __future__ import annotations

import contextlib
import io
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from test_docs import FENCE

PAGE = Path(__file__).resolve().parents[2] / "vignettes" / "exercises.md"
TEXT = PAGE.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def solved():
    """What the cells of the page leave behind."""
    cells = [code for language, code in FENCE.findall(TEXT) if language == "{code-cell}"]
    namespace = {}
    with contextlib.redirect_stdout(io.StringIO()):
        exec("\n".join(cells).replace(":tags: [wrap]", ""), namespace)
    return SimpleNamespace(**namespace)


def near(value, expected):
    # Estimates end where no step changes the likelihood any more: some 1e-14 of themselves.
    np.testing.assert_allclose(np.asarray(value, dtype=float), expected, rtol=1e-10, atol=1e-12)


def test_thirty_one_exercises_each_with_a_solution():
    heads = [line.split(".")[0] for line in TEXT.split("\n") if line.startswith("### ")]
    assert heads == [f"### {k}" for k in range(1, 32)]
    assert TEXT.count("<details><summary>Solution</summary>") == TEXT.count("</details>") == 31


def test_the_curve_and_its_likelihood(solved):
    near(solved.curve, [0.5, 1 / (1 + np.exp(-3)), 0.25])
    assert round(solved.curve[1], 4) == 0.9526
    near(solved.spellings["odds"], [1 / 9, 1 / 3, 1, 9])
    near(solved.entropy, -solved.exam.llf / 20)
    near(np.linalg.inv(solved.hessian), solved.exam.cov_params())
    near(solved.gradient, [0, 0])
    assert solved.steps["llf"].is_monotonic_increasing
    assert solved.convex == {"cross-entropy": True, "squared error": False}
    assert np.abs(solved.beta - solved.exam.params).max() < 1e-5  # the slope left is at most 1e-6
    constant, slope = solved.exam.params
    near(solved.predicted, solved.sigmoid(constant + slope * solved.new["hours"]))
    near(solved.dose["estimate"].iloc[0], -constant / slope)
    near(solved.coin.params["Intercept"], np.log(7 / 3))
    near(solved.coin.llf, 7 * np.log(0.7) + 3 * np.log(0.3))


def test_boundaries(solved):
    near(solved.on_the_line, 0.3)
    assert min(solved.degrees, key=lambda d: solved.degrees[d].aic) == 2
    near(solved.without.params, [0, 0, 0])
    assert solved.product.params.tolist() == [-np.inf, np.inf, np.inf, -np.inf]


def test_several_classes(solved):
    near(solved.softmax.round(3), [0.659, 0.242, 0.099])
    near(solved.back.params, [1.9, 0.9])
    near(solved.rest_probabilities.sum(axis=1), np.ones(178))
    near(solved.loss["multinomial"], -solved.softmax_fit.llf / 178)
    assert solved.loss["multinomial"] < solved.loss["one against the rest"]


def test_penalties(solved):
    assert (solved.fits["lasso"].params == 0).any()
    assert not (solved.fits["ridge"].params == 0).any()
    assert solved.lasso.params.abs().drop("Intercept").idxmax() == "g1"
    near(solved.inflation["gvif"], [1 / 0.19, 1 / 0.19])


def test_judging(solved):
    near(solved.four_auc, 3 / 4)
    near(solved.four_precision.average_precision, 5 / 6)
    measures = solved.confusion.table["estimate"]
    near(measures[["sensitivity", "ppv", "f1", "accuracy"]], [50 / 60, 50 / 70, 100 / 130, 170 / 200])
    near(solved.sampled.params["Intercept"] - solved.corrected.params["Intercept"], np.log(130 / 59))
    assert solved.isotonic.tolist() == [0, 0.5, 0.5, 1, 1]


def test_odds_ratios(solved):
    assert np.exp(solved.weights).round(2).tolist() == [2.27, 0.89, 1.30]
    r, odds = np.exp(0.7), np.array([2.0, 1.0, 4.0])
    near(solved.change["probability"], r * odds / (1 + r * odds))
    near(solved.change["change"], r * odds / (1 + r * odds) - odds / (1 + odds))
    assert solved.change["probability"].round(4).tolist() == [0.8011, 0.6682, 0.8896]
    assert round(solved.change["change"][0], 4) == 0.1344
    near(solved.per_sd.loc["age", "odds_ratio"], np.exp(solved.plane.params["age"] * solved.births["age"].std()))
    assert solved.separated.params.tolist() == [-np.inf, np.inf]
    near(solved.ab["estimate"], [0.036, 1.3])
