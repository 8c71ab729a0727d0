"""Relaxed and adaptive lassos, class weights, predictions of sparse columns, and inputs that are refused in words."""

from __future__ import annotations

import model_reference
import numpy as np
import pandas as pd
import penalised_reference as references
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st

import glmlogit as gl
from glmlogit.errors import DataError, NotEstimableError, UnsupportedError

BIRTHS = gl.datasets.birthwt()
FORMULA = "low ~ age + lwt + C(race) + smoke + ptl + ht + ui + ftv"


# --- relaxed ----------------------------------------------------------------------------------------
@pytest.mark.parametrize("share", [0.0, 0.5])
@pytest.mark.parametrize("name", ["birthwt", "pima_tr"])
def test_relaxed_lassos_have_ten_digits(name, share):
    expected, fits = references.values(name)["relaxed"], references.values(name)["fits"]
    fit = gl.elastic_net(references.design(name), penalty=float(fits["lasso_mid"]["lambda"]), relax=share)
    assert model_reference.worst(expected[f"gamma{share:g}"], fit.params.to_dict()) >= 10
    assert np.isnan(fit.df_effective)
    assert "these outcomes chose its columns" in " ".join(str(fit.summary()).split())
    with pytest.raises(UnsupportedError, match="split_inference"):
        fit.confint()


def test_a_refit_is_that_of_the_columns_selected():
    lasso, refit, blend, all_lasso = (gl.elastic_net(FORMULA, BIRTHS, penalty=0.03, relax=g) for g in (None, 0, 0.3, 1))
    chosen = lasso.params.index[lasso.params != 0].drop("Intercept")
    X = lasso.design.X[:, [lasso.params.index.get_loc(term) for term in chosen]]
    plain = gl.logit(gl.design_arrays(BIRTHS["low"], X, names=list(chosen), intercept=True))
    np.testing.assert_allclose(refit.params[refit.params != 0], plain.params, rtol=1e-9)
    assert refit.llf == pytest.approx(plain.llf, rel=1e-12)
    np.testing.assert_allclose(blend.params, 0.3 * lasso.params + 0.7 * refit.params, rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(all_lasso.params, lasso.params, rtol=1e-15)
    path = gl.elastic_net_path(FORMULA, BIRTHS, n_penalties=3)
    np.testing.assert_allclose(path.fit(0.03, relax=0.3).params, blend.params, rtol=1e-9, atol=1e-12)
    held = gl.elastic_net(FORMULA, BIRTHS, penalty=0.01, relax=0, upper={"smoke": 0.3})
    assert held.params["smoke"] == 0.3


# --- adaptive ---------------------------------------------------------------------------------------
@settings(max_examples=6, deadline=None)
@given(seed=st.integers(0, 10_000), power=st.sampled_from([0.5, 1.0, 2.0]), standardize=st.booleans())
def test_factors_are_those_of_maximum_likelihood(seed, power, standardize):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(150, 4)) * rng.uniform(0.1, 10, 4)
    y = (rng.random(150) < 1 / (1 + np.exp(-X[:, 0] / X[:, 0].std()))).astype(int)
    rows, options = gl.design_arrays(y, X, intercept=True), {"penalty": 0.02, "standardize": standardize}
    fit = gl.elastic_net(rows, adaptive=power, **options)
    size = np.abs(gl.logit(rows).params.to_numpy() * fit.shrinkage.scale)[1:]
    by_hand = gl.elastic_net(rows, penalty_factor=list(size**-power), **options)
    np.testing.assert_allclose(fit.params, by_hand.params, rtol=1e-8, atol=1e-10)
    factors = fit.shrinkage.factors[1:]
    np.testing.assert_allclose(factors, size**-power * 4 / (size**-power).sum(), rtol=1e-8)
    assert fit.kkt < 1e-8
    other = gl.elastic_net(gl.design_arrays(y, X * 7.0 + 1.0, intercept=True), adaptive=power, **options)
    if standardize:
        np.testing.assert_allclose(other.params[1:] * 7.0, fit.params[1:], rtol=1e-7, atol=1e-9)


def test_factors_of_a_first_fit_are_taken_anew_in_each_fold():
    ids = np.arange(len(BIRTHS)) % 4
    choice = gl.elastic_net_cv(FORMULA, BIRTHS, penalties=[0.03], fold_ids=ids, adaptive=1.0)
    deviances = []
    for fold in range(4):
        fit = gl.elastic_net(FORMULA, BIRTHS[ids != fold], penalty=0.03, adaptive=1.0)
        p, y = fit.predict(BIRTHS[ids == fold]), BIRTHS["low"][ids == fold]
        deviances.append(-2 * (y * np.log(p) + (1 - y) * np.log(1 - p)).mean())
    shares = np.bincount(ids) / len(ids)
    assert choice.table["mean"][0] == pytest.approx(shares @ deviances, rel=1e-9)
    assert "no sample of finite size" in " ".join(
        str(gl.elastic_net(FORMULA, BIRTHS, penalty=0.03, adaptive=1).summary()).split()
    )


def test_the_first_fit_may_be_another():
    rows = references.design("sonar48")
    with pytest.raises(NotEstimableError, match=r"gl\.ridge"):
        gl.elastic_net(rows, penalty=0.05, adaptive=1)
    first = gl.ridge(rows, penalty=0.1)
    factors = list(1 / abs(first.params * first.shrinkage.scale)[1:])  # as the message says
    assert gl.elastic_net(rows, penalty=0.01, penalty_factor=factors).kkt < 1e-8


# --- class weights ----------------------------------------------------------------------------------
@pytest.mark.parametrize("estimator", [gl.elastic_net, gl.ridge])
@pytest.mark.parametrize("weights", [{0: 1, 1: 3}, "balanced"])
def test_class_weights_are_weights_of_the_rows(estimator, weights):
    low, n = BIRTHS["low"], len(BIRTHS)
    each = {0: n / (2 * (low == 0).sum()), 1: n / (2 * (low == 1).sum())} if weights == "balanced" else weights
    fit = estimator(FORMULA, BIRTHS, penalty=0.02, class_weight=weights)
    by_row = estimator(FORMULA, BIRTHS, penalty=0.02, weights=low.map(each).astype(float), weight_type="precision")
    np.testing.assert_allclose(fit.params, by_row.params, rtol=1e-9, atol=1e-11)
    assert fit.kkt < 1e-8
    assert fit.gap < 1e-9
    assert pytest.approx(1 / (0.02 * low.map(each).sum())) == fit.shrinkage.C
    table = BIRTHS.groupby(["smoke", "ht"], as_index=False)["low"].agg(["sum", "count"])
    single, grouped = (
        estimator(formula, frame, penalty=0.02, class_weight=weights, **more)
        for formula, frame, more in (
            ("low ~ smoke + ht", BIRTHS, {}),
            ("sum ~ smoke + ht", table, {"trials": "count"}),
        )
    )
    np.testing.assert_allclose(grouped.params, single.params, rtol=1e-8, atol=1e-10)


def test_scores_of_folds_weigh_classes_too():
    ids = np.arange(len(BIRTHS)) % 3
    choice = gl.elastic_net_cv(
        FORMULA, BIRTHS, penalties=[0.02], fold_ids=ids, class_weight={0: 1, 1: 3}, score="brier"
    )
    weights, total = np.where(BIRTHS["low"] == 1, 3.0, 1.0), 0.0
    for fold in range(3):
        fit = gl.elastic_net(FORMULA, BIRTHS[ids != fold], penalty=0.02, class_weight={0: 1, 1: 3})
        out = BIRTHS[ids == fold]
        total += weights[ids == fold] @ (out["low"] - fit.predict(out)) ** 2
    assert choice.table["mean"][0] == pytest.approx(total / weights.sum(), rel=1e-9)
    assert "by class" in str(choice)


def test_C_of_scikit_learn_with_class_weights():
    sklearn = pytest.importorskip("sklearn.linear_model")
    X = BIRTHS[["age", "lwt", "smoke"]].to_numpy(float)
    theirs = sklearn.LogisticRegression(C=0.3, class_weight="balanced", tol=1e-10, max_iter=5_000).fit(X, BIRTHS["low"])
    ours = gl.ridge("low ~ age + lwt + smoke", BIRTHS, C=0.3, class_weight="balanced")
    np.testing.assert_allclose(ours.params[1:], theirs.coef_[0], rtol=1e-5)  # lbfgs stops at six digits
    np.testing.assert_allclose(ours.params["Intercept"], theirs.intercept_[0], rtol=1e-5)


# --- sparse columns ---------------------------------------------------------------------------------
@pytest.mark.parametrize("form", [sp.csr_array, sp.csc_matrix, sp.coo_array])
def test_new_columns_may_be_sparse(form):
    X = sp.random(200, 8, 0.3, random_state=4, format="csr")
    y = (np.random.default_rng(1).random(200) < 0.4).astype(int)
    fit = gl.elastic_net(gl.design_arrays(y, X, intercept=True), penalty=0.005)
    new = X[:20] * 2.0
    for kind in ("response", "link"):
        np.testing.assert_allclose(fit.predict(form(new), kind=kind), fit.predict(new.toarray(), kind=kind), rtol=1e-13)
    plain = gl.logit(gl.design_arrays(y, X, intercept=True))
    ours, dense = (plain.predict(rows, interval="confidence") for rows in (form(new), new.toarray()))
    np.testing.assert_allclose(ours, dense, rtol=1e-12)
    with pytest.raises(DataError, match="5 columns"):
        fit.predict(form(X[:, :5]))
    bad = new.copy()
    bad.data[0] = np.nan
    with pytest.raises(DataError, match="NaN"):
        fit.predict(form(bad))
    with pytest.raises(DataError, match="formula"):
        gl.logit("low ~ age", BIRTHS).predict(form(X[:, :1]))


def test_wide_sparse_columns_are_not_written_out():
    X = sp.random(300, 20_000, 1e-4, random_state=2, format="csr")
    y = (np.random.default_rng(3).random(300) < 0.5).astype(int)
    fit = gl.elastic_net(gl.design_arrays(y, X, intercept=True), penalty=0.05)
    far = sp.vstack([X] * 400, format="csr")  # 120,000 rows: 19 GB as numbers
    np.testing.assert_allclose(fit.predict(far)[:300], fit.predict(), rtol=1e-13)


# --- what is refused --------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"penalty": True}, "0 or more"),
        ({"penalty": [0.1, 0.2]}, "0 or more"),
        ({"penalty": 0.1, "relax": -0.1}, "relax="),
        ({"penalty": 0.1, "relax": True}, "relax="),
        ({"penalty": 0.1, "adaptive": 0}, "adaptive="),
        ({"penalty": 0.1, "adaptive": "1"}, "adaptive="),
        ({"penalty": 0.1, "l1_ratio": "lasso"}, "between 0"),
    ],
)
def test_options_that_are_refused(options, words):
    with pytest.raises(DataError, match=words):
        gl.elastic_net(FORMULA, BIRTHS, **options)


def test_outcomes_and_shapes_that_are_refused():
    wide = references.design("sonar48")
    for estimator in (gl.elastic_net, gl.ridge):
        with pytest.raises(DataError, match="48 rows cannot determine 61 coefficients without a penalty"):
            estimator(wide, penalty=0)
    with pytest.raises(NotEstimableError, match="only 1"):
        gl.elastic_net(FORMULA, BIRTHS.assign(low=1), penalty=0.1)
    with pytest.raises(DataError, match="1 value"):
        gl.elastic_net(FORMULA, BIRTHS.assign(low="a"), penalty=0.1)
    mixed = pd.Series([1 if race == "black" else race for race in BIRTHS["race"].astype(str)], dtype=object)
    with pytest.raises(DataError, match="different kinds"):
        gl.elastic_net("race ~ age", BIRTHS.assign(race=mixed), penalty=0.1)
    separated = BIRTHS.assign(x=BIRTHS["low"] + 0.0)
    with pytest.raises(NotEstimableError, match="refit"):
        gl.elastic_net("low ~ x + age", separated, penalty=0.05, relax=0.5)
    with pytest.raises(UnsupportedError, match="event="):
        gl.elastic_net("race ~ age", BIRTHS, penalty=0.01, adaptive=1)
    with pytest.raises(UnsupportedError, match="lower= and upper="):
        gl.elastic_net("race ~ age", BIRTHS, penalty=0.01, relax=0, upper=0.5)
