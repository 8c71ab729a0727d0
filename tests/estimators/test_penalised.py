"""Ridge, lasso and elastic net: values to sixty digits, laws of penalties, and what is refused after selection."""

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
from glmlogit.errors import DataError, NotEstimableError, UnsupportedError

BIRTHS = gl.datasets.birthwt()
FORMULA = "low ~ age + lwt + C(race) + smoke + ptl + ht + ui + ftv"


# --- expected values ------------------------------------------------------------------------------
@pytest.mark.parametrize(("name", "fit"), references.fits())
def test_fits_have_ten_digits_and_exact_zeros(name, fit):
    expected, ours = references.values(name)["fits"][fit], references.fitted(name, fit)
    assert worst(expected["params"], ours.params.to_dict()) >= 10
    assert ours.kkt < 1e-10
    assert 0 <= ours.gap < 1e-11  # the gap is first order in the score's rounding where p > n


@pytest.mark.parametrize("name", ["birthwt", "pima_tr"])
def test_ridge_and_its_two_covariances(name):
    expected, rows = references.values(name), references.design(name)
    fit = gl.ridge(rows, penalty=float(expected["fits"]["ridge"]["lambda"]))
    inference = expected["ridge_inference"]
    assert worst(expected["fits"]["ridge"]["params"], fit.params.to_dict()) >= 10
    assert worst(inference["se_bayes"], fit.bse.to_dict()) >= 10
    assert worst(inference["se_levan"], fit.with_cov("sampling").bse.to_dict()) >= 10
    assert worst(inference["df_effective"], fit.df_effective) >= 10
    assert fit.with_cov("bayes").bse.equals(fit.bse)
    for kind in ("bayes", "sampling"):
        assert "biased towards 0" in fit.with_cov(kind).cov_text
    assert np.isnan(fit.aic)


def test_ridge_is_the_elastic_net_of_no_lasso():
    ridge = gl.ridge(FORMULA, BIRTHS, penalty=0.03, penalty_factor={"smoke": 0, "age": 2})
    net = gl.elastic_net(FORMULA, BIRTHS, penalty=0.03, l1_ratio=0, penalty_factor={"smoke": 0, "age": 2})
    np.testing.assert_allclose(net.params, ridge.params, rtol=1e-11)
    assert net.df_effective == pytest.approx(ridge.df_effective, rel=1e-11)


# --- laws -----------------------------------------------------------------------------------------
RATIOS = [0.0, 0.3, 1.0]


def generated(seed, n=60, p=4):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, p)) @ (np.eye(p) + 0.4) * rng.uniform(0.1, 10, p) + rng.normal(size=p)
    y = (rng.random(n) < 1 / (1 + np.exp(-(X - X.mean(axis=0)) / X.std(axis=0) @ rng.normal(size=p) / 2))).astype(float)
    y[:2] = 0, 1
    return X, y, rng


def net(y, X, penalty, ratio=1.0, *, intercept=True, more=None, **options):
    rows = gl.design_arrays(y, X, intercept=intercept, **(more or {}))
    return gl.elastic_net(rows, penalty=penalty, l1_ratio=ratio, **options)


same = {"rtol": 1e-8, "atol": 1e-9}
drawn = given(seed=st.integers(0, 10_000), ratio=st.sampled_from(RATIOS), penalty=st.sampled_from([0.005, 0.05]))


@settings(max_examples=8, deadline=None)
@drawn
def test_units_shifts_and_signs(seed, ratio, penalty):
    X, y, rng = generated(seed)
    fit = net(y, X, penalty, ratio)
    factors = rng.uniform(0.01, 100, X.shape[1])
    rescaled = net(y, X * factors + 3.0, penalty, ratio)
    np.testing.assert_allclose(rescaled.params[1:] * factors, fit.params[1:], **same)
    assert rescaled.gap < 1e-10
    assert rescaled.kkt < 1e-8
    np.testing.assert_allclose(net(1 - y, X, penalty, ratio).params, -fit.params, **same)
    order, columns = rng.permutation(len(y)), rng.permutation(X.shape[1])
    reordered = net(y[order], X[order][:, columns], penalty, ratio)
    np.testing.assert_allclose(reordered.params[1:], fit.params[1:].to_numpy()[columns], **same)


@settings(max_examples=8, deadline=None)
@drawn
def test_weights_counts_and_trials_are_repeated_rows(seed, ratio, penalty):
    X, y, rng = generated(seed)
    counts = rng.integers(0, 4, len(y))
    counts[:2] = 1
    fit = net(np.repeat(y, counts), np.repeat(X, counts, axis=0), penalty, ratio)
    weighted = net(y, X, penalty, ratio, more={"weights": counts.astype(float)})
    np.testing.assert_allclose(weighted.params, fit.params, **same)
    tiny = net(y, X, penalty, ratio, more={"weights": counts * 1e-8, "weight_type": "precision"})
    np.testing.assert_allclose(tiny.params, fit.params, **same)
    kept = counts > 0
    trials = {"trials": counts[kept]}
    np.testing.assert_allclose(net((y * counts)[kept], X[kept], penalty, ratio, more=trials).params, fit.params, **same)
    assert pytest.approx(1 / (penalty * counts.sum())) == weighted.shrinkage.C


@settings(max_examples=8, deadline=None)
@drawn
def test_factors_limits_and_offsets(seed, ratio, penalty):
    X, y, rng = generated(seed)
    fit = net(y, X, penalty, ratio)
    factors = rng.uniform(0.2, 3.0, 4)
    one, ten = (net(y, X, penalty, ratio, penalty_factor=c * factors).params for c in (1.0, 10.0))
    np.testing.assert_allclose(one, ten, **same)
    open_ended = net(y, X, penalty, ratio, lower=-np.inf, upper=np.inf)
    np.testing.assert_array_equal(open_ended.params, fit.params)
    out = net(y, X, penalty, ratio, lower={"x1": 0.0}, upper={"x1": 0.0})
    left = net(y, X, penalty, ratio, penalty_factor={"x1": np.inf})
    absent = net(y, X[:, [0, 2, 3]], penalty, ratio)
    for without in (left, out):
        assert without.params["x1"] == 0
        np.testing.assert_allclose(without.params.drop("x1").to_numpy(), absent.params.to_numpy(), **same)
    shift = rng.normal(size=4) / X.std(axis=0)
    moved = net(y, X, penalty, ratio, penalty_factor=[0, 0, 1, 1], more={"offset": X[:, :2] @ shift[:2]})
    plain = net(y, X, penalty, ratio, penalty_factor=[0, 0, 1, 1])
    np.testing.assert_allclose(moved.params[1:3], plain.params[1:3] - shift[:2], **same)


@settings(max_examples=6, deadline=None)
@given(seed=st.integers(0, 10_000), ratio=st.sampled_from([0.3, 1.0]))
def test_from_the_largest_penalty_to_none(seed, ratio):
    X, y, _ = generated(seed)
    path = gl.elastic_net_path(gl.design_arrays(y, X, intercept=True), l1_ratio=ratio, n_penalties=30)
    largest = path.penalties[0]
    at, below = (net(y, X, share * largest, ratio) for share in (1.0, 0.97))
    assert (at.params[1:] == 0).all()
    assert path.n_nonzero[0] == 0
    assert (below.params[1:] != 0).any()
    assert at.params["Intercept"] == pytest.approx(np.log(y.mean() / (1 - y.mean())), abs=1e-12)
    objective = path.table["objective"].to_numpy()
    assert (np.diff(objective) <= 1e-12).all()  # penalties fall
    assert (np.diff(path.table["deviance"]) <= 1e-9).all()
    size = (path.coefficients.iloc[:, 1:].abs() * X.std(axis=0)).sum(axis=1)
    assert ratio < 1 or (np.diff(size) >= -1e-9).all()
    k = len(path.penalties) // 2
    cold = net(y, X, path.penalties[k], ratio)
    np.testing.assert_allclose(path.coefficients.iloc[k], cold.params, rtol=1e-7, atol=1e-8)
    if len(path.penalties) == 30:
        plain = gl.logit(gl.design_arrays(y, X, intercept=True))
        none = net(y, X, 0.0, ratio)
        np.testing.assert_allclose(none.params, plain.params, rtol=1e-7, atol=1e-8)


def test_the_norm_of_ridge_falls_as_the_penalty_rises():
    sizes = [
        float(fit.params[1:] ** 2 @ (fit.shrinkage.scale[1:] ** 2))
        for fit in (gl.ridge(FORMULA, BIRTHS, penalty=penalty) for penalty in (0.001, 0.01, 0.1, 1.0))
    ]
    assert sizes == sorted(sizes, reverse=True)


# --- scikit-learn's scale ---------------------------------------------------------------------------
def test_C_of_scikit_learn_both_ways():
    rows = gl.design(FORMULA, BIRTHS)
    fit = gl.elastic_net(rows, C=0.5, l1_ratio=0.4)
    assert fit.shrinkage.penalty == pytest.approx(1 / (0.5 * 189))
    assert pytest.approx(0.5) == fit.shrinkage.C
    assert (fit.shrinkage.scale == 1).all()  # scikit-learn does not standardise
    back = gl.elastic_net(rows, penalty=fit.shrinkage.penalty, l1_ratio=0.4, standardize=False)
    np.testing.assert_allclose(back.params, fit.params, rtol=1e-12)


def test_columns_of_zeros_and_ones_may_keep_their_unit():
    fit = gl.elastic_net(FORMULA, BIRTHS, penalty=0.02, standardize="numeric")
    scale = pd.Series(fit.shrinkage.scale, index=fit.terms)
    assert scale["smoke"] == scale["C(race)[T.black]"] == 1
    assert scale["lwt"] == pytest.approx(BIRTHS["lwt"].std(ddof=0))


# --- forms of columns -------------------------------------------------------------------------------
@pytest.mark.parametrize("ratio", RATIOS)
def test_sparse_and_coded_columns_give_what_dense_ones_give(ratio):
    rng = np.random.default_rng(5)
    X = sp.random(300, 12, 0.3, random_state=1, format="csr")
    y = (rng.random(300) < 0.4).astype(float)
    sparse, dense = (
        net(y, form, 0.01, ratio, more={"offset": rng.normal(size=300) * 0 + 0.3}) for form in (X, X.toarray())
    )
    np.testing.assert_allclose(sparse.params, dense.params, rtol=1e-9, atol=1e-12)
    np.testing.assert_array_equal(sparse.params == 0, dense.params == 0)
    np.testing.assert_allclose(sparse.predict(), dense.predict(), rtol=1e-12)
    plain = [gl.logit(gl.design_arrays(y, form, intercept=True)).params for form in (X, X.toarray())]
    np.testing.assert_allclose(*plain, rtol=1e-10)


def test_factors_by_code_are_not_written_out():
    rng = np.random.default_rng(6)
    frame = pd.DataFrame({"g": rng.integers(0, 120, 25_000).astype(str), "x": rng.normal(size=25_000)})
    frame["y"] = (rng.random(25_000) < 0.3 + 0.2 * (frame["x"] > 0)).astype(int)
    coded = gl.elastic_net("y ~ C(g) + x", frame, penalty=0.001)
    assert type(coded.design.matrix).__name__ == "Coded"
    dense = gl.elastic_net(gl.design_arrays(frame["y"], coded.design.X, names=coded.design.names), penalty=0.001)
    np.testing.assert_allclose(coded.params, dense.params, rtol=1e-8, atol=1e-10)
    assert coded.kkt < 1e-8


# --- hostile inputs ---------------------------------------------------------------------------------
def test_columns_that_say_nothing_or_everything():
    X, y, _rng = generated(3)
    fit = net(y, np.column_stack([X, np.zeros(len(y)), np.full(len(y), 7.0)]), 0.02)
    assert fit.params["x4"] == 0
    assert fit.params["x5"] == 0
    np.testing.assert_allclose(fit.params[:5], net(y, X, 0.02, penalty_factor=np.ones(4)).params, **same)
    perfect = net(y, np.column_stack([X, y]), 0.02)
    assert np.isfinite(perfect.params).all()
    assert perfect.kkt < 1e-8


def test_equal_columns_are_shared_by_ridge_and_not_unique_for_the_lasso():
    X, y, _ = generated(4)
    twice = np.column_stack([X, X[:, 0]])
    lasso = net(y, twice, 0.01)
    assert not lasso.shrinkage.unique
    assert "not unique" in str(lasso.summary())
    rows = gl.design_arrays(y, twice, intercept=True)
    for fit in (gl.ridge(rows, penalty=0.01), net(y, twice, 0.01, 0.4)):
        assert fit.params["x0"] == pytest.approx(fit.params["x4"], rel=1e-8)
    assert np.isfinite(gl.ridge(rows, penalty=0.01).bse).all()


def test_huge_units_large_offsets_and_one_event():
    X, y, rng = generated(5)
    huge = net(y, X * 1e8, 1e6, standardize=False)
    assert huge.kkt < 1e-8
    assert np.isfinite(huge.params).all()
    far = net(y, X, 0.02, more={"offset": np.where(rng.random(len(y)) < 0.1, 60.0, -1.0)})
    assert far.kkt < 1e-8
    single = np.zeros(len(y))
    single[7] = 1
    assert net(single, X, 0.005).kkt < 1e-8


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"penalty": -0.1}, "0 or more"),
        ({"penalty": np.nan}, "0 or more"),
        ({"penalty": 0.1, "l1_ratio": 1.2}, "between 0"),
        ({"penalty": 0.1, "l1_ratio": -0.2}, "between 0"),
        ({}, "penalty="),
        ({"penalty": 0.1, "C": 1.0}, "penalty="),
        ({"C": 0.0}, "positive"),
        ({"penalty": 0.1, "lower": 0.5}, "lower ≤ 0"),
        ({"penalty": 0.1, "upper": {"age": -1.0}}, "lower ≤ 0"),
        ({"penalty": 0.1, "penalty_factor": [1, 2]}, "shape"),
        ({"penalty": 0.1, "penalty_factor": {"agee": 2}}, "'agee'"),
        ({"penalty": 0.1, "penalty_factor": {"age": -2}}, "0 or more"),
        ({"penalty": 0.1, "standardize": "scale"}, "'numeric'"),
    ],
)
def test_what_is_refused(options, words):
    with pytest.raises(DataError, match=words):
        gl.elastic_net(FORMULA, BIRTHS, **options)


def test_nothing_to_hold_a_coefficient_is_refused():
    wide = references.design("sonar48")
    with pytest.raises(DataError, match="cannot determine"):
        gl.elastic_net(wide, penalty=0)
    _terms, X = references.columns("sonar48")
    with pytest.raises(NotEstimableError, match="no finite estimate"):
        gl.elastic_net(gl.design_arrays(references.data("sonar48")["y"], X[:, :30], intercept=True), penalty=0)
    X, y, _ = generated(3)
    with pytest.raises(NotEstimableError):
        net(y, np.column_stack([X, y]), 0.02, penalty_factor={"x4": 0})
    with pytest.raises(NotEstimableError):
        net(np.ones(len(y)), X, 0.1)
    with pytest.raises(DataError, match="NaN"):
        gl.design_arrays(y, sp.csr_array(np.where(X > 1, np.nan, X)))


# --- what is said after selection -------------------------------------------------------------------
FIT = gl.elastic_net(FORMULA, BIRTHS, penalty=0.02)


@pytest.mark.parametrize(
    "verb",
    [
        lambda fit: fit.confint(),
        lambda fit: fit.confint(method="profile"),
        lambda fit: fit.cov_params(),
        lambda fit: fit.with_cov("HC0"),
        lambda fit: gl.drop1(fit),
        lambda fit: gl.anova(fit),
        lambda fit: gl.profile(fit),
    ],
)
def test_inference_after_selection_is_refused_with_what_is_valid(verb):
    with pytest.raises(UnsupportedError, match="double_selection"):
        verb(FIT)


def test_tables_have_no_numbers_that_rest_on_a_covariance():
    tidy = FIT.tidy()
    assert tidy[["std_error", "statistic", "p_value", "conf_low", "conf_high"]].isna().all(axis=None)
    assert "chosen by these outcomes" in str(FIT.summary())
    assert "double_selection" in str(FIT.test("age = 0"))
    with pytest.warns(gl.errors.GlmlogitWarning, match="double_selection"):
        assert FIT.predict(interval="confidence")["conf_low"].isna().all()
    assert np.isfinite(FIT.margins()["estimate"]).all()
    assert FIT.margins()["std_error"].isna().all()


def test_kinds_of_penalised_fits_are_refused_to_others():
    with pytest.raises(UnsupportedError, match=r"gl\.ridge"):
        gl.logit("low ~ age", BIRTHS).with_cov("sampling")


# --- the penalty chosen in folds --------------------------------------------------------------------
SCORES = {"deviance": "deviance", "auc": "auc", "misclassification": "class"}


@pytest.mark.parametrize("score", SCORES)
@pytest.mark.parametrize("name", ["birthwt", "pima_tr"])
def test_choice_of_the_penalty_is_that_of_cv_glmnet(name, score):
    expected = references.problems()[name]["cv_double_precision"]
    of_score, rows, ids = expected[SCORES[score]], references.design(name), references.beside(name)["fold"]
    choice = gl.elastic_net_cv(rows, penalties=expected["lambda"], fold_ids=ids.to_numpy(), score=score)
    close = {"rtol": 1e-9, "atol": 1e-9}  # the references are in double precision
    np.testing.assert_allclose(choice.table["mean"], of_score["cvm"], **close)
    np.testing.assert_allclose(choice.table["std_error"], of_score["cvsd"], **close)
    assert choice.best == of_score["lambda_min"]
    assert choice.best_1se == of_score["lambda_1se"]


def test_folds_are_stratified_seeded_and_keep_clusters_whole():
    options = {"n_penalties": 8, "min_ratio": 0.05, "folds": 5}
    one, again, other = (gl.elastic_net_cv(FORMULA, BIRTHS, seed=seed, **options) for seed in (1, 1, 2))
    pd.testing.assert_frame_equal(one.table, again.table)
    assert (one.fold_ids != other.fold_ids).any()
    events = np.bincount(one.fold_ids, BIRTHS["low"])
    assert events.max() - events.min() <= 1
    given_ids = gl.elastic_net_cv(FORMULA, BIRTHS, fold_ids=one.fold_ids, **options)
    pd.testing.assert_frame_equal(one.table, given_ids.table)
    whole = gl.elastic_net_cv("low ~ age + smoke", BIRTHS, cluster="lwt", **options)
    assert pd.Series(whole.fold_ids).groupby(BIRTHS["lwt"].to_numpy()).nunique().max() == 1
    split = gl.elastic_net_cv("low ~ age + smoke", BIRTHS, cluster="lwt", fold_ids=one.fold_ids, **options)
    assert "split clusters" in str(split)
    assert one.fit.shrinkage.penalty == one.best
    assert gl.elastic_net_cv(FORMULA, BIRTHS, seed=1, choose="1se", **options).fit.shrinkage.penalty == one.best_1se


def test_counts_are_dealt_as_the_rows_they_stand_for():
    frame = BIRTHS.groupby(["low", "smoke", "ht"], as_index=False).size()
    rows = frame.loc[frame.index.repeat(frame["size"])].reset_index(drop=True)
    options = {"n_penalties": 6, "min_ratio": 0.05, "folds": 4}
    counted = gl.elastic_net_cv("low ~ smoke + ht", frame, weights="size", **options)
    single = gl.elastic_net_cv("low ~ smoke + ht", rows, **options)
    np.testing.assert_allclose(counted.table, single.table, rtol=1e-8, atol=1e-10)


def test_what_folds_cannot_tell():
    small = BIRTHS.iloc[125:135]
    with pytest.raises(DataError, match="fewer folds"):
        gl.elastic_net_cv("low ~ age", small, folds=5, score="auc")
    with pytest.raises(DataError, match="fewer folds"):
        gl.elastic_net_cv("low ~ age", small, folds=11)
    leave_out = gl.elastic_net_cv("low ~ age", small, folds=10, n_penalties=5)
    assert np.isfinite(leave_out.table["mean"]).all()
    ids = np.repeat([0, 1, 2, 3], [40, 40, 40, 69])  # the first rows have no event
    areas = gl.elastic_net_cv(FORMULA, BIRTHS, fold_ids=ids, score="auc", n_penalties=5)
    assert "3 of 4 folds without auc" in str(areas)


# --- paths ------------------------------------------------------------------------------------------
def test_largest_penalties_and_gaps_are_those_worked_out():
    for name in references.BINARY:
        expected, rows = references.values(name), references.design(name)
        largest = expected["lambda_max"]
        for key, options in {
            "lasso": {},
            "enet0.5": {"l1_ratio": 0.5},
            "ridge_glmnet": {"l1_ratio": 0.0},
            "lasso_unstandardised": {"standardize": False},
        }.items():
            first = gl.elastic_net_path(rows, n_penalties=1, **options).penalties[0]
            assert worst(largest[key], first) >= 10
        path = gl.elastic_net_path(rows).penalties
        for key, value in {"first": path[0], "second": path[1], "last": path[-1]}.items():
            assert worst(expected["lambda_path_lasso"][key], value) >= 10


def test_penalties_come_back_in_the_order_given():
    given_penalties = [0.0, 0.01, 0.01, 0.03, 0.05]
    path = gl.elastic_net_path(FORMULA, BIRTHS, penalties=given_penalties)
    assert path.penalties.tolist() == given_penalties
    np.testing.assert_allclose(path.coefficients.iloc[0], gl.logit(FORMULA, BIRTHS).params, rtol=1e-8)
    np.testing.assert_array_equal(path.coefficients.iloc[1], path.coefficients.iloc[2])
    np.testing.assert_allclose(path.fit(0.03).params, path.coefficients.iloc[3], rtol=1e-8, atol=1e-10)
    falling = gl.elastic_net_path(FORMULA, BIRTHS, penalties=given_penalties[::-1])
    assert falling.penalties.tolist() == given_penalties[::-1]
    np.testing.assert_array_equal(falling.coefficients, path.coefficients[::-1])
    for wrong in ([-0.1], ["a"], [[0.1]], []):
        with pytest.raises(DataError, match="penalties="):
            gl.elastic_net_path(FORMULA, BIRTHS, penalties=wrong)


def test_a_path_into_separation_says_where_it_ends():
    X, y, _ = generated(3)
    rows = gl.design_arrays(y, np.column_stack([X, y]), intercept=True)
    path = gl.elastic_net_path(rows, penalties=[0.1, 0.01, 0.0])
    assert len(path.penalties) == 2
    assert "path ends" in str(path)


def test_wide_correlated_columns_have_their_conditions():
    rng = np.random.default_rng(2)
    X = rng.normal(size=(80, 1000)) + 2.0 * rng.normal(size=(80, 1))
    y = (rng.random(80) < 1 / (1 + np.exp(-X[:, 0]))).astype(int)
    path = gl.elastic_net_path(gl.design_arrays(y, X, intercept=True), n_penalties=15)
    assert (path.table["kkt"] < 1e-6).all()
    assert (path.table["gap"] < 1e-8).all()


# --- what is valid after selection ------------------------------------------------------------------
@pytest.mark.parametrize("name", ["birthwt", "pima_tr"])
def test_the_debiased_lasso_has_ten_digits(name):
    expected, fit = references.values(name)["debiased_exact_inverse"], references.fitted(name, "lasso_small")
    table, model = gl.debiased_lasso(fit), gl.debiased_lasso(fit, cov="model")
    assert worst(expected["estimate"], table["estimate"].to_dict()) >= 10
    assert worst(expected["std_error_sandwich"], table["std_error"].to_dict()) >= 10
    assert worst(expected["std_error"], model["std_error"].to_dict()) >= 10
    with pytest.raises(UnsupportedError, match="double_selection"):
        gl.debiased_lasso(references.fitted("sonar48", "lasso_small"))
    with pytest.raises(UnsupportedError, match="elastic_net"):
        gl.debiased_lasso(gl.logit("low ~ age", BIRTHS))


def test_double_selection_takes_what_predicts_outcome_or_exposure():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(300, 400))
    exposure = X[:, :3].sum(axis=1) * 0.7 + rng.normal(size=300)
    y = (rng.random(300) < 1 / (1 + np.exp(0.3 - 0.8 * exposure - X[:, :2].sum(axis=1) * 0.7))).astype(int)
    names = ["d", *(f"x{j}" for j in range(400))]
    rows = gl.design_arrays(y, np.column_stack([exposure, X]), names=names, intercept=True)
    fit = gl.double_selection(rows, exposure="d", keep=["x9"])
    assert {"d", "x0", "x1", "x2", "x9"} <= set(fit.terms)  # x2 predicts the exposure alone
    assert len(fit.terms) < 12
    again = gl.logit(gl.design_arrays(y, rows.X[:, [names.index(t) + 1 for t in fit.terms[1:]]], intercept=True))
    np.testing.assert_allclose(fit.bse, again.bse, rtol=1e-12)
    with pytest.raises(DataError, match="'e'"):
        gl.double_selection(rows, exposure="e")


def test_p_values_of_splits_are_put_together_by_their_rule():
    from glmlogit.estimators.split_inference import aggregated

    assert aggregated(np.array([0.02])) == 0.02
    assert aggregated(np.full(50, 0.01)) == pytest.approx(0.01 * (1 - np.log(0.05)))
    half = np.repeat([0.001, 1.0], 25)  # the quantile at 1/2 is 0.001, doubled
    assert aggregated(half) == pytest.approx(0.002 * (1 - np.log(0.05)))
    rng = np.random.default_rng(1)
    frame = pd.DataFrame(rng.normal(size=(400, 6)), columns=list("abcdef"))
    frame["y"] = (rng.random(400) < 1 / (1 + np.exp(-1.5 * frame["a"]))).astype(int)
    table = gl.split_inference("y ~ a + b + c + d + e + f", frame, penalty=0.05, splits=20)
    assert table.loc["a", "p_value"] < 0.001
    assert table.loc["a", "selected"] == 1
    assert (table["p_value"].drop("a") > 0.05).all()
    pd.testing.assert_frame_equal(
        table, gl.split_inference("y ~ a + b + c + d + e + f", frame, penalty=0.05, splits=20)
    )


@pytest.mark.parametrize("form", ["dense", "sparse"])
@pytest.mark.parametrize("ratio", [0.0, 0.4, 1.0])
def test_many_columns_have_the_maximum_of_few(form, ratio, monkeypatch):
    from glmlogit.shrinkage import solve

    rng = np.random.default_rng(8)
    X = sp.random(150, 300, 0.2, random_state=3).toarray()
    y = (rng.random(150) < 1 / (1 + np.exp(-4 * X[:, 0] + 4 * X[:, 1]))).astype(int)
    X = sp.csc_array(X) if form == "sparse" else X
    few = net(y, X, 0.02, ratio, upper={"x0": 0.5})
    monkeypatch.setattr(solve, "MANY", 1)
    many = net(y, X, 0.02, ratio, upper={"x0": 0.5})
    np.testing.assert_allclose(many.params, few.params, rtol=1e-8, atol=1e-10)
    np.testing.assert_array_equal(many.params == 0, few.params == 0)
    assert many.kkt < 1e-9
