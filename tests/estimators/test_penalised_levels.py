"""Elastic nets of several levels: values to twenty digits, laws, and how they stand to those of one event."""

from __future__ import annotations

import numpy as np
import pandas as pd
import penalised_reference as references
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from model_reference import worst

import glmlogit as gl
from glmlogit.errors import ConvergenceError, ConvergenceWarning, DataError, NotEstimableError, UnsupportedError
from glmlogit.numerics import kernels
from glmlogit.shrinkage.certificate import duality_gap, unique, violation
from glmlogit.shrinkage.columns import DenseColumns, SparseColumns
from glmlogit.shrinkage.path import null_point, path
from glmlogit.shrinkage.problem import LevelProblem, Problem

BIRTHS = gl.datasets.birthwt()
FORMULA = "race ~ age + lwt + smoke + ptl + ht"
LEVELS = ("multinomial_womenlf", "multinomial_iris")
KINDS = [(1.0, False), (0.4, False), (0.0, False), (1.0, True), (0.4, True)]


def formula(name):
    model = references.problems()[name]["model"]
    return f"{model['y']} ~ " + " + ".join(model["terms"])


# --- expected values ------------------------------------------------------------------------------
@pytest.mark.parametrize("fit", ["lasso", "enet", "ridge", "grouped"])
@pytest.mark.parametrize("name", LEVELS)
def test_fits_have_ten_digits_and_exact_zeros(name, fit):
    expected = references.values(name)[fit]
    options = {"penalty": float(expected["lambda"]), "l1_ratio": float(expected["alpha"]), "grouped": fit == "grouped"}
    ours = gl.elastic_net(formula(name), references.data(name), **options)
    params = {f"{level}|{term}": value for (level, term), value in ours.params.items()}
    assert worst(expected["params"], params) >= 10
    assert ours.kkt < 1e-10
    assert 0 <= ours.gap < 1e-12
    assert ours.shrinkage.unique
    table = gl.elastic_net_path(
        formula(name), references.data(name), penalties=[options["penalty"]], l1_ratio=options["l1_ratio"],
        grouped=options["grouped"],
    ).table  # fmt: skip
    assert worst(expected["objective"], table["objective"][0]) >= 10


@pytest.mark.parametrize("name", LEVELS)
def test_the_largest_penalty(name):
    first = gl.elastic_net_path(formula(name), references.data(name), n_penalties=1)
    assert worst(references.values(name)["lambda_max_lasso"], first.penalties[0]) >= 10
    assert first.n_nonzero[0] == 0


# --- two levels and one event ---------------------------------------------------------------------
def arrays(seed, levels, n=80, p=4):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, p)) @ (np.eye(p) + 0.4)
    y = (X / X.std(axis=0) @ rng.normal(size=(p, levels)) / 1.5 + rng.gumbel(size=(n, levels))).argmax(axis=1)
    y[:levels] = np.arange(levels)
    return X, np.eye(levels)[y], rng


def several(X, counts, ratio=1.0, *, grouped=False, form=DenseColumns, **limits):
    X, K = np.column_stack([np.ones(len(X)), X]), counts.shape[1]
    scale = np.repeat(np.where(X.std(axis=0) > 0, X.std(axis=0), 1.0), K)
    factors = np.repeat(np.array([0.0] + [1.0] * (X.shape[1] - 1)), K)
    low, high = (limits.get(key, np.full(len(scale), value)) for key, value in (("low", -np.inf), ("high", np.inf)))
    columns = DenseColumns(np.asfortranarray(X)) if form is DenseColumns else SparseColumns(sp.csc_array(X))
    return LevelProblem(columns, scale, factors, low, high, ratio, counts, grouped)


def single(X, y, ratio):
    X, n = np.asfortranarray(np.column_stack([np.ones(len(X)), X])), X.shape[1]
    scale = np.where(X.std(axis=0) > 0, X.std(axis=0), 1.0)
    limits = np.full(n + 1, np.inf)
    return Problem(DenseColumns(X), scale, np.array([0.0] + [1.0] * n), -limits, limits, ratio, y, 1.0 - y, None)


def maximum(problem, penalty):
    null = null_point(problem)
    largest = problem.largest_penalty(null.score)
    *_, last = path(problem, np.append(np.geomspace(max(largest, penalty), penalty, 6)[:-1], penalty), null)
    return problem.canonical(last.beta), last


@pytest.mark.parametrize(
    ("ratio", "grouped", "share"), [(1.0, False, 1.0), (0.0, False, 0.5), (1.0, True, np.sqrt(0.5))]
)
def test_two_levels_are_the_event_at_another_penalty(ratio, grouped, share):
    X, counts, _ = arrays(1, 2)
    both, _ = maximum(several(X, counts, ratio, grouped=grouped), 0.04)
    event, _ = maximum(single(X, counts[:, 1].copy(), ratio), 0.04 * share)
    np.testing.assert_allclose(np.diff(both.reshape(-1, 2), axis=1).ravel(), event, rtol=1e-8, atol=1e-10)


# --- laws -----------------------------------------------------------------------------------------
def net(frame, penalty, kind, formula="y ~ a + b + c + d", **options):
    ratio, grouped = kind
    return gl.elastic_net(formula, frame, penalty=penalty, l1_ratio=ratio, grouped=grouped, **options)


def frame_of(seed, levels=3):
    X, counts, rng = arrays(seed, levels)
    frame = pd.DataFrame(X, columns=list("abcd"))
    return frame.assign(y=np.array(list("uvwxz"))[counts.argmax(axis=1)]), rng


same = {"rtol": 1e-7, "atol": 1e-9}
drawn = given(seed=st.integers(0, 10_000), kind=st.sampled_from(KINDS), levels=st.integers(3, 5))


@settings(max_examples=8, deadline=None)
@drawn
def test_units_labels_rows_and_columns_change_nothing(seed, kind, levels):
    frame, rng = frame_of(seed, levels)
    fit = net(frame, 0.03, kind)
    by_level = fit.params.unstack("outcome")
    moved = net(frame.assign(a=frame["a"] * 50 + 7), 0.03, kind).params.unstack("outcome")
    np.testing.assert_allclose(moved.loc["a"] * 50, by_level.loc["a"], **same)
    np.testing.assert_allclose(moved.drop(["a", "Intercept"]), by_level.drop(["a", "Intercept"]), **same)
    names = dict(zip("uvwxz", "zxwvu", strict=True))
    relabelled = net(frame.assign(y=frame["y"].map(names)).iloc[rng.permutation(80)], 0.03, kind, "y ~ d + c + b + a")
    back = relabelled.params.unstack("outcome").rename(columns=dict(zip("zxwvu", "uvwxz", strict=True)))
    np.testing.assert_allclose(back.loc[by_level.index, by_level.columns], by_level, **same)
    assert fit.kkt < 1e-8
    assert fit.gap < 1e-9
    np.testing.assert_allclose(fit.predict().sum(axis=1), 1.0, rtol=1e-14)
    assert by_level.loc["Intercept"].mean() == pytest.approx(0, abs=1e-12)
    if kind[1] or kind[0] == 0:
        np.testing.assert_allclose(by_level.mean(axis=1), 0.0, atol=1e-10)
    elif kind[0] == 1:
        np.testing.assert_allclose(by_level.drop("Intercept").median(axis=1), 0.0, atol=1e-12)


@settings(max_examples=6, deadline=None)
@drawn
def test_weights_and_counts_are_repeated_rows(seed, kind, levels):
    frame, rng = frame_of(seed, levels)
    copies = rng.integers(0, 4, len(frame))
    copies[np.unique(frame["y"], return_index=True)[1]] = 1
    frame = frame.round(0).assign(n=copies)
    repeated = net(frame.loc[frame.index.repeat(copies)], 0.03, kind)
    weighted = net(frame, 0.03, kind, weights="n")
    np.testing.assert_allclose(weighted.params, repeated.params, **same)
    wide = frame.pivot_table(index=list("abcd"), columns="y", values="n", aggfunc="sum", fill_value=0).reset_index()
    levels_there = [level for level in "uvwxz" if level in wide]
    counted = net(wide, 0.03, kind, f"cbind({', '.join(levels_there)}) ~ a + b + c + d")
    np.testing.assert_allclose(counted.params.to_numpy(), repeated.params.to_numpy(), **same)
    assert weighted.nobs == repeated.nobs == copies.sum()


@pytest.mark.parametrize("kind", KINDS)
def test_a_path_has_its_conditions_and_what_is_solved_for_alone(kind):
    ratio, grouped = kind
    result = gl.elastic_net_path(FORMULA, BIRTHS, n_penalties=12, l1_ratio=ratio, grouped=grouped)
    table = result.table
    assert (table["gap"] < 1e-9).all()
    assert (table["kkt"] < 1e-5).all()
    assert (np.diff(table["objective"]) <= 1e-12).all()
    assert (np.diff(table["deviance"]) <= 1e-8).all()
    cold = result.fit(result.penalties[6])
    np.testing.assert_allclose(result.coefficients.iloc[6], cold.params, rtol=1e-6, atol=1e-8)
    if ratio:
        assert result.n_nonzero[0] == 0
        groups = result.coefficients.drop(columns="Intercept", level=1).T.groupby("term").agg(lambda b: (b != 0).sum())
        assert not grouped or np.isin(groups, [0, 3]).all()


def test_from_no_penalty_come_the_differences_of_maximum_likelihood():
    tiny = gl.with_base(gl.elastic_net(FORMULA, BIRTHS, penalty=1e-9), "white")
    full = gl.multinomial(FORMULA, BIRTHS)
    np.testing.assert_allclose(tiny.params, full.params, rtol=1e-4, atol=1e-5)
    with pytest.raises(UnsupportedError, match=r"gl\.multinomial"):
        gl.elastic_net(FORMULA, BIRTHS, penalty=0)


def test_sparse_columns_factors_and_limits():
    X, counts, _ = arrays(5, 3)
    X[X < 0.3] = 0.0
    dense, sparse = (maximum(several(X, counts, 0.5, form=form), 0.02)[0] for form in (DenseColumns, SparseColumns))
    np.testing.assert_allclose(sparse, dense, rtol=1e-9, atol=1e-12)
    limited = gl.elastic_net(
        FORMULA, BIRTHS, penalty=0.01, upper={"smoke": 0.2}, penalty_factor={"age": 0, "ht": np.inf}
    )
    by_level = limited.params.unstack("outcome")
    assert by_level.loc["smoke"].max() == 0.2
    assert (by_level.loc["ht"] == 0).all()
    assert by_level.loc["age"].mean() == pytest.approx(0, abs=1e-12)
    assert limited.kkt < 1e-9


@pytest.mark.parametrize("kind", KINDS)
def test_columns_that_tell_levels_apart_are_finite_under_a_penalty(kind):
    frame, _ = frame_of(8)
    frame["c"] = frame["y"].map({"u": 0.0, "v": 1.0, "w": 2.0})
    frame["d"] = frame["y"] == "u"
    for penalty in (0.03, 0.001):
        fit = net(frame, penalty, kind)
        assert np.isfinite(fit.params).all()
        assert fit.kkt < 1e-8
        assert fit.gap < 1e-10
    with pytest.raises(NotEstimableError, match="finite"):
        net(frame, 0.03, kind, penalty_factor={"d": 0})


def test_units_that_leave_a_penalty_no_digits_are_said():
    frame, _ = frame_of(8)
    huge = frame.assign(b=frame["b"] * 1e8)
    with pytest.warns(ConvergenceWarning, match="Standardise"):
        fit = net(huge, 0.01, (1.0, False), standardize=False)
    assert fit.kkt > 1e-3
    with pytest.raises(ConvergenceError, match="Standardise"):
        net(huge, 0.01, (1.0, False), standardize=False, control=gl.Control(strict=True))
    assert net(huge, 0.01, (1.0, False)).kkt < 1e-8


@pytest.mark.parametrize("kind", [(1.0, False), (0.4, True), (0.0, False)])
def test_a_pass_over_many_rows_gives_what_products_give(kind, monkeypatch):
    X, counts, _ = arrays(6, 4, n=2_500)
    problem = several(X, counts, kind[0], grouped=kind[1])
    by_pass, _ = maximum(problem, 0.01)
    monkeypatch.setattr(kernels, "COMPILED", False)
    by_products, _ = maximum(problem, 0.01)
    np.testing.assert_allclose(by_pass, by_products, rtol=1e-8, atol=1e-11)
    np.testing.assert_array_equal(by_pass == 0, by_products == 0)


def test_an_even_number_of_levels_may_leave_a_shift_open():
    X, counts, _ = arrays(1, 4)
    problem = several(np.column_stack([X[:, 0], X[:, 0] * 0 + X[:, 1]]), counts)
    beta, point = maximum(problem, 0.002)
    by_column = np.sort(beta.reshape(-1, 4), axis=1)[1:]
    np.testing.assert_allclose(by_column[:, 1:3].mean(axis=1), 0.0, atol=1e-14)
    open_ended = (by_column[:, 1:3] != 0).all(axis=1)
    assert unique(problem, point) == (not open_ended.any())
    for shift in (0.0, 0.5):  # all of these are as good
        moved = beta.reshape(-1, 4) + shift * np.append(0.0, by_column[:, 2])[:, None]
        assert problem.terms(0.002).value(moved.ravel()) == pytest.approx(problem.terms(0.002).value(beta), rel=1e-12)


def test_more_columns_than_rows_have_their_conditions():
    rng = np.random.default_rng(3)
    X = rng.normal(size=(60, 400)) + rng.normal(size=(60, 1))
    counts = np.eye(3)[(X[:, :3] + rng.gumbel(size=(60, 3))).argmax(axis=1)]
    for grouped in (False, True):
        problem = several(X, counts, grouped=grouped)
        largest = problem.largest_penalty(null_point(problem).score)
        for point in path(problem, largest * np.geomspace(1, 0.05, 10)):
            assert violation(problem, point.penalty, point.beta, point.score) < 1e-6
            assert duality_gap(problem, point.penalty, point.beta) < 1e-8


# --- a fit of them ----------------------------------------------------------------------------------
FIT = gl.elastic_net(FORMULA, BIRTHS, penalty=0.02)


def test_differences_from_a_base_are_the_odds_ratios():
    white = gl.with_base(FIT, "white")
    by_level, against = FIT.params.unstack("outcome"), white.params.unstack("outcome")
    for level in ("black", "other"):
        np.testing.assert_allclose(against[level], by_level[level] - by_level["white"], rtol=1e-13)
    np.testing.assert_allclose(white.predict(), FIT.predict(), rtol=1e-13)
    again = gl.with_base(white, "other")
    np.testing.assert_allclose(again.params, gl.with_base(FIT, "other").params, rtol=1e-12, atol=1e-15)
    ratios = white.odds_ratios()
    np.testing.assert_allclose(ratios["odds_ratio"], np.exp(white.params.drop("Intercept", level=1)))
    assert ratios[["conf_low", "conf_high", "p_value"]].isna().all(axis=None)
    for refused in (FIT.odds_ratios, lambda: gl.forest_plot(FIT)):
        with pytest.raises(UnsupportedError, match="none is a base"):
            refused()
    assert "Odds ratio [" not in str(FIT.summary())
    assert "none is a base" in str(FIT.summary())


def test_probabilities_and_effects_need_no_base():
    np.testing.assert_allclose(FIT.predict(BIRTHS.head(3)), FIT.predict().head(3), rtol=1e-14)
    white = gl.with_base(FIT, "white")
    np.testing.assert_allclose(FIT.margins()["estimate"], white.margins()["estimate"], rtol=1e-11)
    np.testing.assert_allclose(FIT.comparisons("smoke")["estimate"], white.comparisons("smoke")["estimate"], rtol=1e-11)
    assert FIT.margins()["std_error"].isna().all()
    assert FIT.llnull == pytest.approx(gl.multinomial(FORMULA, BIRTHS).llnull, rel=1e-13)
    assert FIT.df_null == 2 * 188
    assert FIT.df_model == (FIT.params.drop("Intercept", level=1) != 0).sum()
    for refused in (FIT.confint, FIT.cov_params, lambda: gl.drop1(FIT)):
        with pytest.raises(UnsupportedError, match="double_selection"):
            refused()


def test_a_penalty_is_chosen_in_folds_with_each_level_in_all():
    options = {"n_penalties": 8, "min_ratio": 0.02, "folds": 5}
    choice, again = (gl.elastic_net_cv(FORMULA, BIRTHS, seed=1, **options) for _ in range(2))
    pd.testing.assert_frame_equal(choice.table, again.table)
    dealt = pd.crosstab(choice.fold_ids, BIRTHS["race"])
    assert (dealt.max() - dealt.min() <= 1).all()
    assert choice.fit.shrinkage.penalty == choice.best
    frame = BIRTHS.groupby(["race", "smoke", "ht"], as_index=False, observed=True).size()
    rows = frame.loc[frame.index.repeat(frame["size"])].reset_index(drop=True)
    counted, single_rows = (
        gl.elastic_net_cv("race ~ smoke + ht", table, folds=4, n_penalties=5, weights=weights, grouped=True)
        for table, weights in ((frame, "size"), (rows, None))
    )
    np.testing.assert_allclose(counted.table, single_rows.table, rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"offset": "age"}, UnsupportedError, "offset="),
        ({"grouped": True, "lower": 0.0}, UnsupportedError, "limits"),
        ({"class_weight": "even"}, DataError, "class_weight="),
        ({"class_weight": {"White": 2}}, DataError, "type 'white'"),
        ({"class_weight": {"green": 2}}, DataError, "weigh these"),
        ({"class_weight": {"white": 0}}, DataError, "positive"),
        ({"class_weight": {"prevalence": 0.1}}, DataError, "3 levels"),
    ],
)
def test_what_is_refused(options, error, words):
    with pytest.raises(error, match=words):
        gl.elastic_net(FORMULA, BIRTHS, penalty=0.1, **options)


def test_what_is_of_one_event_only():
    with pytest.raises(DataError, match="one event"):
        gl.elastic_net("low ~ age", BIRTHS, penalty=0.1, grouped=True)
    with pytest.raises(DataError, match="score='deviance'"):
        gl.elastic_net_cv(FORMULA, BIRTHS, score="auc")
    with pytest.raises(UnsupportedError, match="l1_ratio=0"):
        gl.ridge(FORMULA, BIRTHS, penalty=0.1)
    with pytest.raises(UnsupportedError, match="event="):
        gl.debiased_lasso(FIT)
    white = gl.elastic_net(FORMULA, BIRTHS, penalty=0.1, event="white")
    assert white.design.levels is None
