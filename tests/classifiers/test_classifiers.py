"""The classifiers as scikit-learn uses them: its checks, pipelines, searches, metadata of rows, any table."""

from __future__ import annotations

import doctest
import inspect
import pickle
import subprocess
import sys
import warnings

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import sparse

import glmlogit as gl
from glmlogit.errors import CollinearityWarning, DataError, NotEstimableError, SeparationWarning

pytest.importorskip("sklearn")
import sklearn
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, GroupKFold, cross_val_predict, cross_val_score, cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.utils.estimator_checks import check_estimator

from glmlogit.sklearn import ElasticNetClassifier, FirthClassifier, LogisticClassifier, MultinomialClassifier

KINDS = [LogisticClassifier, FirthClassifier, ElasticNetClassifier, MultinomialClassifier]
BINARY = KINDS[:3]
BIRTHS = gl.datasets.birthwt()
X = BIRTHS[["age", "lwt", "smoke"]].astype(float)
y = BIRTHS["low"]

# These two check weights on 15 rows and 30 columns and ask which class rows of weight 0 have. Without a penalty no
# number of such rows determines 31 coefficients, nor that class; test_weights_repeat_rows checks the same on 189 rows.
UNDETERMINED = "more columns than rows: without a penalty the class of rows that were left out is not determined"
ON_MORE_COLUMNS_THAN_ROWS = {
    f"check_sample_weight_equivalence_on_{form}_data": UNDETERMINED for form in ("dense", "sparse")
}


@pytest.mark.parametrize("kind", KINDS)
def test_scikit_learn_finds_no_fault(kind, monkeypatch):
    expected = {} if kind is ElasticNetClassifier else ON_MORE_COLUMNS_THAN_ROWS
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        results = check_estimator(kind(), expected_failed_checks=expected, on_skip=None)
    statuses = {status: [r["check_name"] for r in results if r["status"] == status] for status in ("passed", "xfail")}
    assert len(statuses["passed"]) >= 60
    assert set(statuses["xfail"]) <= set(expected)
    rest = [r["check_name"] for r in results if r["status"] not in statuses]
    assert rest in ([], ["check_array_api_input"])  # skipped unless SCIPY_ARRAY_API is set


@pytest.mark.parametrize("kind", KINDS)
def test_weights_repeat_rows(kind):
    counts = np.random.default_rng(3).integers(0, 4, len(X)).astype(float)
    repeated = np.repeat(np.arange(len(X)), counts.astype(int))
    weighed = kind().fit(X, y, sample_weight=counts)
    written = kind().fit(X.iloc[repeated], y.iloc[repeated])
    # Sums in another order: rounding of 189 terms.
    np.testing.assert_allclose(weighed.predict_proba(X), written.predict_proba(X), rtol=1e-9)
    assert (weighed.predict(X) == written.predict(X)).all()
    by_sparse = kind().fit(sparse.csr_array(X), y, sample_weight=counts)
    np.testing.assert_allclose(by_sparse.predict_proba(sparse.csc_array(X)), weighed.predict_proba(X), rtol=1e-9)


def test_the_fit_is_that_of_the_function():
    design = gl.design_arrays(y, X, intercept=True)
    fits = {
        LogisticClassifier: gl.logit(design),
        FirthClassifier: gl.firth(design),
        ElasticNetClassifier: gl.elastic_net(design, C=1.0, l1_ratio=0.5),
    }
    for kind, fit in fits.items():
        model = kind().fit(X, y)
        assert isinstance(model.fit_, gl.Fit)
        assert model.fit_.params.equals(fit.params)
        p = fit.predict().to_numpy()
        assert (model.predict_proba(X)[:, 1] == p).all()
        assert (model.fit_.predict(X).to_numpy() == p).all()
        np.testing.assert_array_equal(model.coef_[0], fit.params.to_numpy()[1:])
        assert model.intercept_.tolist() == [fit.params["Intercept"]]
        assert model.feature_names_in_.tolist() == [*X.columns]
        assert (model.predict(X) == (p > 0.5)).all()
        assert model.score(X, y) == np.mean((p > 0.5) == y)


def test_small_probabilities_keep_their_digits():
    model = LogisticClassifier().fit(X, y)
    far = pd.DataFrame({"age": [-1e4, 1e4], "lwt": [100.0, 100.0], "smoke": [0.0, 0.0]})
    eta = model.decision_function(far)
    assert eta[0] > 300
    np.testing.assert_allclose(model.predict_proba(far), [[np.exp(-eta[0]), 1.0], [1.0, np.exp(eta[1])]], rtol=1e-15)
    expected = [[-eta[0], -np.exp(-eta[0])], [-np.exp(eta[1]), eta[1]]]
    np.testing.assert_allclose(model.predict_log_proba(far), expected, rtol=1e-15)


def test_numbers_of_scikit_learn_at_convergence():
    Z = StandardScaler().fit_transform(X)
    ours = LogisticClassifier().fit(Z, y)
    theirs = LogisticRegression(C=np.inf, tol=1e-12, max_iter=10_000).fit(Z, y)
    np.testing.assert_allclose(ours.coef_, theirs.coef_, rtol=1e-6)  # theirs stops at a gradient of 1e-12 a row
    ours = ElasticNetClassifier(C=0.1, l1_ratio=0.3).fit(Z, y)
    theirs = LogisticRegression(C=0.1, l1_ratio=0.3, solver="saga", tol=1e-12, max_iter=100_000).fit(Z, y)
    np.testing.assert_allclose(ours.coef_, theirs.coef_, atol=1e-8)
    np.testing.assert_allclose(ours.intercept_, theirs.intercept_, atol=1e-8)
    race = BIRTHS["race"]
    ours = MultinomialClassifier(base="other").fit(Z, race)
    theirs = LogisticRegression(C=np.inf, tol=1e-12, max_iter=10_000).fit(Z, race)
    np.testing.assert_allclose(ours.predict_proba(Z), theirs.predict_proba(Z), rtol=1e-5)
    np.testing.assert_allclose(ours.coef_ - ours.coef_[0], theirs.coef_ - theirs.coef_[0], atol=1e-5)
    assert (ours.coef_[ours.classes_ == "other"] == 0).all()
    np.testing.assert_allclose(np.exp(ours.decision_function(Z)), ours.predict_proba(Z), rtol=1e-14)
    np.testing.assert_array_equal(ours.predict_proba(Z), ours.fit_.predict()[ours.classes_.tolist()])


RACE = BIRTHS["race"]
OF_SEVERAL = {
    "firth": (FirthClassifier(), lambda rows: gl.firth(rows)),
    "elastic net": (ElasticNetClassifier(C=0.1), lambda rows: gl.elastic_net(rows, C=0.1, l1_ratio=0.5)),
    "grouped": (
        ElasticNetClassifier(penalty=0.02, l1_ratio=1.0, grouped=True),
        lambda rows: gl.elastic_net(rows, penalty=0.02, grouped=True),
    ),
    "multinomial": (MultinomialClassifier(), lambda rows: gl.multinomial(rows)),
}


@pytest.mark.parametrize(("model", "function"), OF_SEVERAL.values(), ids=OF_SEVERAL)
def test_several_classes_are_those_of_the_function(model, function):
    fit = function(gl.design_arrays(RACE, X, intercept=True, levels=True))
    model = clone(model).fit(X, RACE)
    chances = model.predict_proba(X)
    np.testing.assert_allclose(chances, fit.predict()[model.classes_.tolist()], rtol=1e-12)
    np.testing.assert_allclose(np.exp(model.decision_function(X)), chances, rtol=1e-13)
    assert model.coef_.shape == (3, 3)
    eta = X.to_numpy() @ model.coef_.T + model.intercept_
    softmax = np.exp(eta) / np.exp(eta).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(chances, softmax, rtol=1e-12)
    assert (model.predict(X) == model.classes_[chances.argmax(axis=1)]).all()
    by_formula = clone(model).set_params(formula="age + lwt + smoke").fit(BIRTHS, RACE)
    np.testing.assert_allclose(by_formula.predict_proba(BIRTHS), chances, rtol=1e-9)


def test_a_penalty_on_several_classes_is_scikit_learns():
    Z = StandardScaler().fit_transform(X)
    ours = ElasticNetClassifier(C=0.1, l1_ratio=0.3).fit(Z, RACE)
    theirs = LogisticRegression(C=0.1, l1_ratio=0.3, solver="saga", tol=1e-12, max_iter=100_000).fit(Z, RACE)
    np.testing.assert_allclose(ours.coef_, theirs.coef_, atol=1e-8)
    np.testing.assert_allclose(ours.predict_proba(Z), theirs.predict_proba(Z), atol=1e-8)
    by_sparse = ElasticNetClassifier(C=0.1, l1_ratio=0.3).fit(sparse.csr_array(Z), RACE)
    np.testing.assert_allclose(by_sparse.predict_proba(sparse.csc_array(Z)), ours.predict_proba(Z), rtol=1e-9)


@pytest.mark.parametrize("several", [False, True])
def test_class_weights_of_a_penalty_are_weights_of_rows(several):
    target = RACE if several else y
    rule = {value: 1.0 + k for k, value in enumerate(np.unique(target).tolist())}
    weighed = ElasticNetClassifier(C=0.1, class_weight=rule).fit(X, target)
    written = ElasticNetClassifier(C=0.1).fit(X, target, sample_weight=target.map(rule))
    np.testing.assert_allclose(weighed.predict_proba(X), written.predict_proba(X), rtol=1e-9)


def test_two_classes_of_the_multinomial_are_the_binary_ones():
    two = LogisticClassifier().fit(X, y)
    for base in (None, 0, 1):
        several = MultinomialClassifier(base=base).fit(X, y)
        for name in ("predict_proba", "predict_log_proba", "decision_function"):
            np.testing.assert_allclose(getattr(several, name)(X), getattr(two, name)(X), rtol=1e-9)
        np.testing.assert_allclose(several.coef_, two.coef_, rtol=1e-9)
        np.testing.assert_allclose(several.intercept_, two.intercept_, rtol=1e-9)


@pytest.mark.parametrize("labels", [("no", "yes"), (False, True), (1, 2), (-1.0, 1.0)])
@pytest.mark.parametrize("kind", KINDS)
def test_labels_of_any_kind(kind, labels):
    coded = np.array(labels)[y]
    model = kind().fit(X, coded)
    assert model.classes_.tolist() == sorted(labels)
    assert (model.predict(X) == coded).mean() > 0.65
    assert model.fit_.event == labels[1]
    np.testing.assert_allclose(model.predict_proba(X), kind().fit(X, y).predict_proba(X), rtol=1e-12)
    categorical = pd.Series(pd.Categorical(coded, categories=labels[::-1]))
    np.testing.assert_array_equal(kind().fit(X, categorical).predict_proba(X), model.predict_proba(X))


@pytest.mark.parametrize("kind", KINDS)
def test_formulas_take_tables_with_factors(kind):
    columns = BIRTHS[["age", "race", "smoke"]].astype({"race": str})  # polars keeps no order of categories
    model = kind("age + C(race) + smoke").fit(columns, y)
    assert model.feature_names_in_.tolist() == ["age", "race", "smoke"]
    assert model.coef_.shape == (1, 4)
    by_polars = kind("~ age + C(race) + smoke").fit(pl.from_pandas(columns), pl.Series("low", y.to_numpy()))
    np.testing.assert_array_equal(by_polars.predict_proba(pl.from_pandas(columns)), model.predict_proba(columns))
    shuffled = columns.sample(frac=1.0, random_state=1)
    np.testing.assert_array_equal(
        model.predict_proba(shuffled), model.predict_proba(columns)[columns.index.get_indexer(shuffled.index)]
    )
    with pytest.raises(DataError, match="has a left side; the outcome is y: give 'age'"):
        kind("low ~ age").fit(columns, y)
    with pytest.raises(DataError, match="'purple'"):
        model.predict(columns.head(2).assign(race="purple"))


def test_a_formula_sees_the_columns_as_they_were_paired():
    scrambled = BIRTHS.sample(frac=1.0, random_state=2)
    model = LogisticClassifier("age + C(race)").fit(scrambled.drop(columns="low"), scrambled["low"].to_numpy())
    fit = gl.logit("low ~ age + C(race)", BIRTHS)
    np.testing.assert_allclose(model.fit_.params, fit.params, rtol=1e-10)
    assert model.fit_.summary()
    named = LogisticClassifier("age + outcome").fit(
        pd.DataFrame({"outcome": BIRTHS["lwt"], "age": BIRTHS["age"]}), y.to_numpy()
    )
    np.testing.assert_allclose(named.fit_.params, gl.logit("low ~ age + lwt", BIRTHS).params, rtol=1e-10)


@pytest.mark.parametrize("kind", KINDS)
def test_without_a_constant(kind):
    model = kind(fit_intercept=False).fit(X, y)
    assert model.intercept_.tolist() == [0.0]
    by_formula = kind("age + lwt + smoke", fit_intercept=False).fit(X, y)
    np.testing.assert_allclose(by_formula.coef_, model.coef_, rtol=1e-8)


def test_polars_and_arrays_give_the_same():
    model = LogisticClassifier().fit(X, y)
    frame = pl.from_pandas(X)
    from_polars = LogisticClassifier().fit(frame, pl.Series(y.to_numpy()))
    np.testing.assert_array_equal(from_polars.predict_proba(frame), model.predict_proba(X))
    from_array = LogisticClassifier().fit(X.to_numpy(), y.to_numpy())
    np.testing.assert_array_equal(from_array.predict_proba(X.to_numpy()), model.predict_proba(X))
    assert not hasattr(from_array, "feature_names_in_")
    assert list(from_array.fit_.terms) == ["Intercept", "x0", "x1", "x2"]


# --- metadata of rows -----------------------------------------------------------------------------
def test_offsets_are_part_of_fit_and_prediction():
    shift = np.linspace(-1, 1, len(X))
    model = LogisticClassifier().fit(X, y, offset=shift)
    fit = gl.logit(gl.design_arrays(y, X, intercept=True, offset=shift))
    assert model.fit_.params.equals(fit.params)
    np.testing.assert_array_equal(model.predict_proba(X, offset=shift)[:, 1], fit.predict())
    assert model.score(X, y, offset=shift) == np.mean((fit.predict() > 0.5) == y)
    with pytest.raises(DataError, match="offset"):
        model.predict(X)
    held = LogisticClassifier().fit(sparse.csr_array(X), y, offset=shift)
    np.testing.assert_allclose(held.predict_proba(sparse.csr_array(X), offset=shift)[:, 1], fit.predict(), rtol=1e-12)


def test_clusters_make_errors_robust_and_change_no_probability():
    groups = BIRTHS["ftv"].to_numpy()
    model = LogisticClassifier("age + lwt").fit(BIRTHS, y, cluster=groups)
    assert model.fit_.cov_kind == "cluster"
    expected = gl.logit("low ~ age + lwt", BIRTHS, cluster="ftv")
    np.testing.assert_allclose(model.fit_.bse, expected.bse, rtol=1e-12)


@pytest.mark.parametrize("formula", [None, "age + lwt + smoke"])
@pytest.mark.parametrize("kind", KINDS)
def test_metadata_are_paired_by_position(kind, formula):
    mixed = np.random.default_rng(1).permutation(189)
    sides = {"sample_weight": 1 + mixed % 2, "offset": (mixed - 94) / 94, "cluster": mixed % 30}
    labelled = {name: pd.Series(side, index=mixed) for name, side in sides.items()}
    model = kind(formula).fit(X, y.to_numpy(), **labelled)
    plain = kind(formula).fit(X.to_numpy() if formula is None else X, y, **sides)
    p = plain.predict_proba(X.to_numpy() if formula is None else X, offset=sides["offset"])
    np.testing.assert_array_equal(model.predict_proba(X, offset=labelled["offset"]), p)
    tables = {**labelled, "cluster": labelled["cluster"].to_frame("team")}
    np.testing.assert_array_equal(kind(formula).fit(X, y, **tables).predict_proba(X, offset=sides["offset"]), p)


def test_metadata_reach_the_fit_through_pipelines_and_folds():
    weights, shift, groups = np.r_[np.ones(100), np.full(89, 2.0)], np.linspace(-1, 1, 189), BIRTHS["ftv"].to_numpy()
    with sklearn.config_context(enable_metadata_routing=True):
        inner = LogisticClassifier().set_fit_request(sample_weight=True, offset=True, cluster=True)
        inner = inner.set_predict_proba_request(offset=True).set_score_request(sample_weight=True, offset=True)
        inner = inner.set_predict_request(offset=True)
        piped = make_pipeline(StandardScaler().set_fit_request(sample_weight=False), inner)
        piped.fit(X, y, sample_weight=weights, offset=shift, cluster=groups)
        direct = gl.logit("low ~ age + lwt + smoke", BIRTHS, weights=weights, offset=shift, cluster=groups)
        np.testing.assert_allclose(piped.predict_proba(X, offset=shift)[:, 1], direct.predict(), rtol=1e-9)
        assert piped[-1].fit_.cov_kind == "cluster"
        scores = cross_validate(
            inner, X, y, params={"sample_weight": weights, "offset": shift, "cluster": groups}, cv=3
        )
        assert np.isfinite(scores["test_score"]).all()
        first = next(iter(_folds(3)))
        by_hand = clone(inner).fit(X.iloc[first[0]], y.iloc[first[0]], weights[first[0]], shift[first[0]])
        test = first[1]
        expected = by_hand.score(X.iloc[test], y.iloc[test], weights[test], shift[test])
        assert scores["test_score"][0] == expected


def _folds(n):
    from sklearn.model_selection import StratifiedKFold

    return StratifiedKFold(n).split(X, y)


def test_sampling_weights_are_an_option_of_the_classifier():
    weights = np.linspace(0.5, 2.0, 189)
    model = LogisticClassifier(weight_type="sampling").fit(X, y, sample_weight=weights)
    assert model.fit_.cov_kind == "HC0:stata"
    counted = LogisticClassifier().fit(X, y, sample_weight=weights)
    np.testing.assert_allclose(model.coef_, counted.coef_, rtol=1e-9)


# --- in the company of scikit-learn ---------------------------------------------------------------
@pytest.mark.parametrize("kind", KINDS)
def test_clone_and_pickle(kind):
    model = kind("age + C(race)", fit_intercept=True)
    copy = clone(model)
    assert copy.get_params() == model.get_params()
    model.fit(BIRTHS, y)
    again = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(again.predict_proba(BIRTHS), model.predict_proba(BIRTHS))
    assert again.fit_.params.equals(model.fit_.params)


@pytest.mark.parametrize("output", ["default", "pandas", "polars"])
def test_pipelines_with_tables_between_their_steps(output):
    columns = BIRTHS[["age", "lwt", "race"]]
    steps = make_column_transformer(
        (StandardScaler(), ["age", "lwt"]),
        (OneHotEncoder(drop="first", sparse_output=False), ["race"]),
        verbose_feature_names_out=False,
    ).set_output(transform=output)
    piped = make_pipeline(steps, LogisticClassifier()).fit(columns, y)
    expected = gl.logit("low ~ age + lwt + C(race)", BIRTHS).predict()
    np.testing.assert_allclose(piped.predict_proba(columns)[:, 1], expected, rtol=1e-9)
    names = ["x0", "x1", "x2", "x3"] if output == "default" else ["age", "lwt", "race_other", "race_white"]
    assert list(piped[-1].fit_.terms)[1:] == names


def test_a_dummy_too_many_is_aliased_and_harmless():
    piped = make_pipeline(OneHotEncoder(), LogisticClassifier())  # sparse, and columns that sum to the constant
    with pytest.warns(CollinearityWarning, match="linear combination"):
        piped.fit(BIRTHS[["race"]], y)
    expected = gl.logit("low ~ C(race)", BIRTHS).predict()
    np.testing.assert_allclose(piped.predict_proba(BIRTHS[["race"]])[:, 1], expected, rtol=1e-9)
    assert np.isnan(piped[-1].coef_).sum() == 1


def test_cross_validation_and_search():
    scores = cross_val_score(LogisticClassifier("age + C(race)"), BIRTHS, y, cv=3, scoring="neg_log_loss")
    assert (scores > -0.8).all()
    expected = []
    for rows, test in _folds(3):
        fit = gl.logit("low ~ age + C(race)", BIRTHS.iloc[rows])
        p = fit.predict(BIRTHS.iloc[test])
        expected.append(np.mean(np.log(np.where(y.iloc[test] == 1, p, 1 - p))))
    np.testing.assert_allclose(scores, expected, rtol=1e-9)
    search = GridSearchCV(
        make_pipeline(StandardScaler(), ElasticNetClassifier()),
        {"elasticnetclassifier__C": [0.01, 0.1, 1.0], "elasticnetclassifier__l1_ratio": [0.0, 1.0]},
        scoring="roc_auc",
        cv=3,
    ).fit(X, y)
    assert set(search.best_params_) == {"elasticnetclassifier__C", "elasticnetclassifier__l1_ratio"}
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    held_out = cross_val_predict(
        FirthClassifier(), X, y, groups=BIRTHS["ftv"], cv=GroupKFold(2), method="predict_proba"
    )
    np.testing.assert_allclose(held_out.sum(axis=1), 1.0, rtol=1e-15)


@pytest.mark.parametrize("kind", KINDS)
def test_calibration_of_scikit_learn(kind):
    calibrated = CalibratedClassifierCV(kind(), cv=3, method="sigmoid").fit(X, y)
    p = calibrated.predict_proba(X)
    np.testing.assert_allclose(p.sum(axis=1), 1.0, rtol=1e-12)
    assert np.corrcoef(p[:, 1], kind().fit(X, y).predict_proba(X)[:, 1])[0, 1] > 0.95


@pytest.mark.parametrize("kind", KINDS)
def test_pipelines_of_imbalanced_learn(kind):
    pytest.importorskip("imblearn")
    from imblearn.over_sampling import SMOTE, RandomOverSampler
    from imblearn.pipeline import make_pipeline as make_resampling_pipeline
    from imblearn.under_sampling import RandomUnderSampler

    for sampler in (RandomOverSampler(random_state=1), RandomUnderSampler(random_state=1), SMOTE(random_state=1)):
        piped = make_resampling_pipeline(sampler, kind()).fit(X, y)
        fit = piped[-1].fit_
        assert fit.sample.n_events * 2 == fit.nobs if kind is not MultinomialClassifier else fit.nobs % 2 == 0
        assert np.isfinite(cross_val_score(piped, X, y, cv=3)).all()


def test_class_weights_are_those_of_the_function():
    for weight in ("balanced", {0: 1.0, 1: 3.0}):
        model = LogisticClassifier(class_weight=weight).fit(X, y)
        assert model.fit_.params.equals(gl.logit(gl.design_arrays(y, X, intercept=True, class_weight=weight)).params)


def test_penalties_of_either_scale():
    total = len(X)
    by_c = ElasticNetClassifier(C=0.5, l1_ratio=1.0).fit(X, y)
    by_penalty = ElasticNetClassifier(penalty=1 / (0.5 * total), l1_ratio=1.0, standardize=False).fit(X, y)
    np.testing.assert_allclose(by_penalty.coef_, by_c.coef_, rtol=1e-10)
    with pytest.raises(DataError, match="C"):
        ElasticNetClassifier(C=1.0, penalty=0.1).fit(X, y)


# --- what is said ---------------------------------------------------------------------------------
SEPARATED = pd.DataFrame({"x": [1.0, 2, 3, 4, 5, 6], "z": [0.0, 1, 0, 1, 0, 1]})


def test_separation_is_warned_of_and_predicted_at_its_limit():
    with pytest.warns(SeparationWarning):
        model = LogisticClassifier().fit(SEPARATED, [0, 0, 0, 1, 1, 1])
    assert model.predict_proba(SEPARATED)[:, 1].tolist() == [0, 0, 0, 1, 1, 1]
    between = pd.DataFrame({"x": [3.5], "z": [0.5]})
    assert np.isnan(model.predict_proba(between)).all()
    with pytest.raises(NotEstimableError, match=r"the class of 1 row \(row 0\) is not determined.*FirthClassifier"):
        model.predict(between)
    assert FirthClassifier().fit(SEPARATED, [0, 0, 0, 1, 1, 1]).predict(between).shape == (1,)


def test_separated_classes_are_predicted_at_their_limit():
    with pytest.warns(SeparationWarning):
        model = MultinomialClassifier().fit(SEPARATED[["x"]], ["a", "a", "b", "b", "c", "c"])
    np.testing.assert_array_equal(model.predict_proba(SEPARATED[["x"]]), np.eye(3)[[0, 0, 1, 1, 2, 2]])
    assert model.predict(pd.DataFrame({"x": [-5.0, 50.0]})).tolist() == ["a", "c"]


@pytest.mark.parametrize("kind", KINDS)
def test_what_cannot_be_fitted_is_refused_in_words(kind):
    with pytest.raises(DataError, match="one class only"):
        kind().fit(X, np.zeros(189))
    with pytest.raises(DataError, match="one class only"):
        kind().fit(X, y, sample_weight=(y == 1).astype(float))
    with pytest.raises(ValueError, match="NaN"):
        kind().fit(X.mask(X["age"] > 30), y)
    with pytest.raises(DataError, match="missing"):
        kind("age + lwt").fit(X.mask(X["age"] > 30), y)
    with pytest.raises(ValueError, match="Negative"):
        kind().fit(X, y, sample_weight=np.full(189, -1.0))
    if kind is LogisticClassifier:
        with pytest.raises(DataError, match=r"MultinomialClassifier, .* take them"):
            kind().fit(X, BIRTHS["race"])


def test_a_class_without_weight_takes_no_part():
    race = BIRTHS["race"]
    weights = (race != "black").astype(float)
    model = MultinomialClassifier().fit(X, race, sample_weight=weights)
    assert model.classes_.tolist() == ["other", "white"]
    kept = race != "black"
    assert np.array_equal(model.coef_, MultinomialClassifier().fit(X[kept], race[kept]).coef_)


def test_scikit_learn_is_imported_by_its_face_only():
    code = (
        "import sys, glmlogit as gl; gl.logit('low ~ age', gl.datasets.birthwt()); assert 'sklearn' not in sys.modules;"
        "sys.modules['sklearn'] = None; gl.sklearn.LogisticClassifier"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (
        "ImportError: glmlogit.sklearn needs scikit-learn. Install it with: python -m pip install scikit-learn"
        in done.stderr
    )


@pytest.mark.parametrize("kind", KINDS)
def test_examples_and_parameters_of_the_docstrings(kind):
    text = inspect.getdoc(kind)
    assert all(f"{name} : " in text or f"{name}, " in text for name in kind().get_params() if name != "upper")
    test = doctest.DocTestFinder(recurse=False).find(kind, globs={"gl": gl})[0]
    assert len(test.examples) >= 3
    assert doctest.DocTestRunner().run(test).failed == 0
