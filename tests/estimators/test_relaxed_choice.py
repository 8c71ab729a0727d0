"""The share of a relaxed fit chosen in folds: values of glmnet, identities, what is printed and drawn."""

from __future__ import annotations

import json
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest

import glmlogit as gl
from glmlogit.errors import DataError, NotEstimableError, UnsupportedError

mpl.use("Agg")
REFERENCE = json.loads((Path(__file__).parents[1] / "reference" / "relaxed.json").read_text())
PENALTIES, SHARES = REFERENCE["penalties"], [0.0, 0.25, 0.5, 0.75, 1.0]
BIRTHS = gl.datasets.birthwt().assign(w=1 + np.arange(189) % 3)
IDS = np.arange(189) % 5
RIGHT = " ~ age + lwt + smoke + ptl + ht + ui + ftv"
OPTIONS = {
    "deviance": {},
    "misclassification": {"score": "misclassification"},
    "auc": {"score": "auc"},
    "brier": {"score": "brier"},
    "weights": {"weights": "w"},
    "grouped": {"grouped": True},
    "elastic": {"l1_ratio": 0.5},
    "offset": {"offset": BIRTHS["age"] / 30},
    "race offset": {"offset": {"black": BIRTHS["age"] / 30, "other": -BIRTHS["lwt"] / 200}},
}


def judged(name, **more):
    outcome, what = name.split()
    options = {"penalties": PENALTIES, "fold_ids": IDS, "relax": True, **OPTIONS.get(name, OPTIONS[what]), **more}
    return gl.elastic_net_cv(outcome + RIGHT, BIRTHS, **options)


# glmnet's thresh of 1e-16 is worth seven digits of coefficients, and its share of 0 is 1e-5.
@pytest.mark.parametrize("name", REFERENCE["values"])
def test_scores_and_choices_are_those_of_glmnet(name):
    expected, choice = REFERENCE["values"][name], judged(name)
    half = 0.5 if name == "low brier" else 1.0  # glmnet sums over both outcomes
    for column, key in (("mean", "mean"), ("std_error", "error")):
        theirs = half * np.array(expected[key])
        ours = choice.table[column].to_numpy().reshape(5, -1)
        np.testing.assert_allclose(ours[1:], theirs[1:], rtol=2e-6, atol=1e-7)
        np.testing.assert_allclose(ours[0], theirs[0], rtol=1e-4)
    chosen = [choice.best, choice.best_gamma, choice.best_1se, choice.best_1se_gamma]
    np.testing.assert_allclose(chosen, expected["chosen"], rtol=1e-12)


def test_a_share_of_1_is_the_choice_without_refits():
    for outcome in ("low", "race"):
        plain, relaxed = (judged(f"{outcome} deviance", relax=relax) for relax in (False, [1.0]))
        assert list(plain.table) == ["penalty", "mean", "std_error", "n_nonzero"]
        pd.testing.assert_frame_equal(relaxed.table.drop(columns="gamma"), plain.table)
        assert (plain.best, plain.best_1se, plain.best_gamma) == (relaxed.best, relaxed.best_1se, 1.0)
        only = judged(f"{outcome} deviance", relax=[0.5, 0.25])
        both = judged(f"{outcome} deviance")
        rows = both.table[both.table["gamma"].isin([0.25, 0.5])].reset_index(drop=True)
        pd.testing.assert_frame_equal(only.table, rows)
        assert only.best_gamma < 1.0


@pytest.mark.parametrize("outcome", ["low", "race"])
def test_a_score_is_that_of_fits_to_the_other_folds(outcome):
    options = {"penalties": [0.04], "relax": [0.3], "score": "brier"}
    choice, total = judged(f"{outcome} deviance", **options), 0.0
    for fold in range(5):
        fit = gl.elastic_net(outcome + RIGHT, BIRTHS[fold != IDS], penalty=0.04, relax=0.3)
        out = BIRTHS[fold == IDS]
        seen = pd.get_dummies(out[outcome]).to_numpy(float)
        p = fit.predict(out).to_numpy()
        total += ((seen[:, 1] - p) ** 2).sum() if outcome == "low" else ((seen - p) ** 2).sum()
    assert choice.table["mean"][0] == pytest.approx(total / len(BIRTHS), rel=1e-8)


def test_the_fit_is_relaxed_by_the_share_chosen():
    choice = judged("low deviance")
    by_hand = gl.elastic_net("low" + RIGHT, BIRTHS, penalty=choice.best, relax=choice.best_gamma)
    np.testing.assert_allclose(choice.fit.params, by_hand.params, rtol=1e-9, atol=1e-12)
    assert f"γ = {choice.best_gamma:g}" in choice.fit.estimator
    rule = judged("low deviance", choose="1se").fit
    assert rule.shrinkage.penalty == choice.best_1se
    text = str(choice)
    assert "Best penalty:       0.02, γ = 0.75" in text
    assert "One standard error: 0.04, γ = 0.75" in text
    assert text.count("\n 0.") + text.count("\n0.") + text.count("\n 1.") + text.count("\n1.") == 6
    ax = choice.plot()
    labels = [entry.get_text() for entry in ax.get_legend().get_texts()]
    assert [f"γ = {share:g}" for share in SHARES] == labels[:5]
    assert labels[5:] == ["best: 6 not 0", "1 SE: 6 not 0"]
    assert len(ax.collections) == 1  # one band


@pytest.mark.parametrize("kind", [(1.0, False), (0.4, False), (1.0, True)])
def test_a_refit_of_levels_is_that_of_maximum_likelihood(kind):
    options = {"penalty": 0.05, "l1_ratio": kind[0], "grouped": kind[1]}
    lasso, refit, blend = (gl.elastic_net("race" + RIGHT, BIRTHS, relax=g, **options) for g in (None, 0, 0.3))
    used = (lasso.params.drop("Intercept", level="term").unstack("outcome") != 0).any(axis=1)
    plain = gl.multinomial("race ~ " + " + ".join(name for name in lasso.design.names if used.get(name)), BIRTHS)
    ours = gl.with_base(refit, "white").params
    np.testing.assert_allclose(ours[plain.params.index], plain.params, rtol=1e-8)
    assert (ours.drop(plain.params.index) == 0).all()
    assert refit.llf == pytest.approx(plain.llf, rel=1e-12)
    assert refit.df_model == plain.df_model
    np.testing.assert_allclose(blend.params, 0.3 * lasso.params + 0.7 * refit.params, rtol=1e-10, atol=1e-14)
    assert "these outcomes chose its columns" in " ".join(str(refit.summary()).split())
    assert np.isnan(refit.df_effective)


def test_relaxed_rows_are_counts():
    frame = BIRTHS.groupby(["race", "smoke", "ht", "ui"], as_index=False, observed=True).size()
    rows = frame.loc[frame.index.repeat(frame["size"])].reset_index(drop=True)
    options = {"folds": 3, "penalties": [0.08, 0.03], "relax": [0, 0.5]}
    counted, single = (
        gl.elastic_net_cv("race ~ smoke + ht + ui", d, weights=w, **options) for d, w in ((frame, "size"), (rows, None))
    )
    np.testing.assert_allclose(counted.table, single.table, rtol=1e-7, atol=1e-9)


def test_folds_without_a_refit_are_not_judged():
    frame = BIRTHS.assign(x=BIRTHS["low"] + 0.0)
    choice = gl.elastic_net_cv("low ~ x + age + lwt", frame, penalties=[1.0, 0.1, 0.05], fold_ids=IDS, relax=True)
    table = choice.table
    assert table[(table["gamma"] < 1) & (table["penalty"] < 1)]["mean"].isna().all()
    assert table[table["penalty"] == 1]["mean"].notna().all()
    assert choice.table[choice.table["gamma"] == 1]["mean"].notna().all()
    assert choice.best_gamma == 1.0
    note = next(note.text for note in choice.notes if note.code == "no_refit")
    assert note.startswith("At 2 of 3 penalties")
    assert "γ = 1" in str(choice)
    with pytest.raises(NotEstimableError, match="refit"):
        choice.path.fit(0.05, relax=0.5)


@pytest.mark.parametrize("relax", [-0.1, [0, 2], "yes", [np.nan], []])
def test_shares_lie_between_0_and_1(relax):
    with pytest.raises(DataError, match="relax=True for"):
        judged("low deviance", relax=relax)


def test_limits_of_levels_and_refits_exclude_each_other():
    with pytest.raises(UnsupportedError, match="lower= and upper="):
        judged("race deviance", upper=0.5)
    assert judged("low deviance", upper=0.5, relax=[0, 1]).table["mean"].notna().all()
