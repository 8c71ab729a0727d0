"""Penalised fits of several levels: class weights, clusters, and what must not depend on the level called base."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import glmlogit as gl
from glmlogit.errors import DataError, UnsupportedError

BIRTHS = gl.datasets.birthwt()
FORMULA = "race ~ age + lwt + smoke + ptl + ht"
KINDS = [(1.0, False), (0.4, False), (0.0, False), (1.0, True), (0.4, True)]
SAME = {"rtol": 1e-7, "atol": 1e-9}
drawn = given(seed=st.integers(0, 10_000), kind=st.sampled_from(KINDS), levels=st.integers(3, 5))


def table(seed, levels):
    """Rows whose numbers repeat, of levels u, v, w, …; how often each was seen."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(90, 3)) @ (np.eye(3) + 0.4)
    y = (X @ rng.normal(size=(3, levels)) + rng.gumbel(size=(90, levels))).argmax(axis=1)
    y[:levels] = np.arange(levels)
    frame = pd.DataFrame(X.round(0), columns=list("abc")).assign(y=np.array(list("uvwxz"))[y])
    return frame.assign(n=rng.integers(1, 4, 90)), rng


def net(frame, kind, formula="y ~ a + b + c", penalty=0.03, **options):
    ratio, grouped = kind
    return gl.elastic_net(formula, frame, penalty=penalty, l1_ratio=ratio, grouped=grouped, **options)


# --- class weights ------------------------------------------------------------------------------------
@settings(max_examples=10, deadline=None)
@drawn
def test_class_weights_are_weights_of_rows_by_their_outcome(seed, kind, levels):
    frame, rng = table(seed, levels)
    names = sorted(frame["y"].unique())
    weights = dict(zip(names, rng.uniform(0.3, 4, len(names)).tolist(), strict=True))
    n = frame.groupby("y")["n"].sum()
    for rule, each in ((weights, weights), ("balanced", (n.sum() / (len(n) * n)).to_dict())):
        fit = net(frame, kind, weights="n", class_weight=rule)
        by_row = net(frame, kind, weights=frame["n"] * frame["y"].map(each), weight_type="precision")
        np.testing.assert_allclose(fit.params, by_row.params, **SAME)
        for name in ("llf", "llnull", "deviance", "null_deviance", "df_effective"):
            assert getattr(fit, name) == pytest.approx(getattr(by_row, name), rel=1e-8)
        assert pytest.approx(by_row.shrinkage.C, rel=1e-12) == fit.shrinkage.C
        assert fit.nobs == n.sum()
        assert fit.kkt < 1e-8
        assert fit.gap < 1e-9
        np.testing.assert_allclose(fit.predict(), by_row.predict(), **SAME)


@settings(max_examples=8, deadline=None)
@drawn
def test_class_weights_of_rows_and_of_counts_are_one(seed, kind, levels):
    frame, rng = table(seed, levels)
    names = sorted(frame["y"].unique())
    rule = [dict(zip(names, rng.uniform(0.3, 4, len(names)).tolist(), strict=True)), "balanced"][seed % 2]
    repeated = net(frame.loc[frame.index.repeat(frame["n"])], kind, class_weight=rule)
    weighted = net(frame, kind, weights="n", class_weight=rule)
    wide = frame.pivot_table(index=list("abc"), columns="y", values="n", aggfunc="sum", fill_value=0).reset_index()
    counted = net(wide, kind, f"cbind({', '.join(names)}) ~ a + b + c", class_weight=rule)
    for fit in (weighted, counted):
        np.testing.assert_allclose(fit.params.to_numpy(), repeated.params.to_numpy(), **SAME)
        margins = (result.margins()["estimate"].to_numpy() for result in (fit, repeated))
        np.testing.assert_allclose(*margins, rtol=1e-6, atol=1e-8)
        assert fit.llf - fit.llnull == pytest.approx(repeated.llf - repeated.llnull, rel=1e-7, abs=1e-8)
    assert weighted.llf == pytest.approx(repeated.llf, rel=1e-9)
    assert weighted.nobs == repeated.nobs == counted.design.n_trials


def test_classes_weigh_in_paths_and_folds():
    ids, rule = np.arange(len(BIRTHS)) % 4, {"black": 3.0, "other": 0.5}
    each = BIRTHS["race"].astype(str).map({"white": 1.0, **rule})
    by_row = {"weights": each, "weight_type": "precision"}
    for score in ("deviance", "misclassification", "brier"):
        options = {"penalties": [0.05, 0.02], "fold_ids": ids, "score": score}
        choice = gl.elastic_net_cv(FORMULA, BIRTHS, class_weight=rule, **options)
        np.testing.assert_allclose(choice.table, gl.elastic_net_cv(FORMULA, BIRTHS, **by_row, **options).table, **SAME)
        assert "weigh observations by class" in " ".join(str(choice).split())
    path, other = (gl.elastic_net_path(FORMULA, BIRTHS, n_penalties=6, **o) for o in ({"class_weight": rule}, by_row))
    np.testing.assert_allclose(path.table, other.table, rtol=1e-6, atol=1e-9)


def test_a_weighted_fit_says_whose_probabilities_it_gives():
    fit = gl.elastic_net(FORMULA, BIRTHS, penalty=0.02, class_weight="balanced")
    text = " ".join(str(fit.summary()).split())
    assert "class weights: balanced" in text
    assert "white 0.6562, black 2.423, other 0.9403" in text
    assert "189 (96 white; 26 black; 67 other)" in text  # counts are those of the rows
    assert "pseudo-deviance" in text
    black = gl.with_base(fit, "black")
    np.testing.assert_allclose(black.predict(), fit.predict(), rtol=1e-12)
    assert black.llf == pytest.approx(fit.llf, rel=1e-12)
    for estimator in (gl.multinomial, gl.firth):
        with pytest.raises(UnsupportedError, match=r"gl\.elastic_net"):
            estimator(fit.design)


# --- clusters -----------------------------------------------------------------------------------------
@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10_000), folds=st.integers(2, 6), sizes=st.sampled_from([1, 3, 12]))
def test_folds_take_clusters_whole_with_all_levels_in_each(seed, folds, sizes):
    rng = np.random.default_rng(seed)
    clusters = rng.integers(0, max(4 * folds, 90 // sizes), 90)
    frame = table(seed, 3)[0].assign(g=clusters, y=rng.permutation(np.repeat(list("uvw"), [45, 30, 15])))
    options = {"folds": folds, "penalties": [0.05, 0.02], "seed": seed}
    choice = gl.elastic_net_cv("y ~ a + b + c", frame, cluster="g", **options)
    per_cluster = pd.Series(choice.fold_ids).groupby(clusters)
    assert (per_cluster.nunique() == 1).all()
    dealt = pd.crosstab(choice.fold_ids, frame["y"])
    assert len(dealt) == folds
    largest = pd.crosstab(clusters, frame["y"]).max()
    assert (dealt.max() - dealt.min() <= 2 * largest + 2).all()
    again = gl.elastic_net_cv("y ~ a + b + c", frame, fold_ids=choice.fold_ids, penalties=[0.05, 0.02])
    np.testing.assert_allclose(again.table, choice.table, rtol=1e-12)
    assert not any(note.code == "split_clusters" for note in choice.notes)


def test_clusters_change_folds_and_no_coefficient():
    frame = BIRTHS.assign(g=np.arange(len(BIRTHS)) // 5)
    plain, clustered = (gl.elastic_net(FORMULA, frame, penalty=0.02, **o) for o in ({}, {"cluster": "g"}))
    pd.testing.assert_series_equal(clustered.params, plain.params)
    assert np.isnan(clustered.aic)
    with pytest.raises(UnsupportedError, match="split_inference"):
        clustered.confint()
    split = gl.elastic_net_cv(FORMULA, frame, cluster="g", fold_ids=np.arange(len(frame)) % 3, penalties=[0.03])
    assert any(note.code == "split_clusters" for note in split.notes)
    with pytest.raises(DataError, match="38 clusters"):
        gl.elastic_net_cv(FORMULA, frame, cluster="g", folds=39)
    counted = frame.groupby(["race", "smoke", "ht", "g"], as_index=False, observed=True).size()
    by_count, by_row = (
        gl.elastic_net_cv("race ~ smoke + ht", d, cluster="g", folds=4, penalties=[0.03, 0.01], weights=w)
        for d, w in ((counted, "size"), (counted.loc[counted.index.repeat(counted["size"])], None))
    )
    np.testing.assert_allclose(by_count.table, by_row.table, rtol=1e-8)


# --- degrees of freedom -------------------------------------------------------------------------------
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("penalty", [0.1, 0.03, 0.005])
def test_degrees_of_freedom_are_those_of_any_base(kind, penalty):
    fit = net(BIRTHS, kind, FORMULA, penalty)
    used = (fit.params.drop("Intercept", level="term").unstack("outcome") != 0).sum(axis=1)
    assert fit.df_model == np.minimum(used, 2).sum()  # a shift of a column's coefficients changes nothing
    assert fit.rank == fit.df_model + 2
    assert fit.df_resid == 2 * 189 - fit.rank
    for level in ("white", "black", "other"):
        other = gl.with_base(fit, level)
        for name in ("df_model", "df_resid", "rank", "df_null", "df_effective", "llf", "llnull"):
            assert getattr(other, name) == pytest.approx(getattr(fit, name), rel=1e-12), name
    assert fit.df_effective <= fit.rank + 1e-9


def test_degrees_of_freedom_do_not_grow_with_the_label():
    names = {"white": "z", "black": "m", "other": "a"}
    fit, renamed = (
        net(frame, (1.0, False), FORMULA, 0.03) for frame in (BIRTHS, BIRTHS.assign(race=BIRTHS["race"].map(names)))
    )
    assert (renamed.df_model, renamed.df_resid) == (fit.df_model, fit.df_resid)
    two = BIRTHS[BIRTHS["race"] != "other"]
    rows = gl.multinomial(FORMULA, two.assign(race=two["race"].astype(str))).design
    both, event = gl.elastic_net(rows, penalty=0.02), gl.elastic_net(FORMULA, two, penalty=0.02, event="white")
    assert both.df_model == event.df_model
    assert both.df_resid == event.df_resid
