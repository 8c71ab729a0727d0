"""What no estimator can fit: each fault through every estimator that may meet it, answered in words."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp

import glmlogit as gl
from glmlogit.errors import DataError, GlmlogitError, NotEstimableError, SeparationWarning, UnsupportedError

RACES = gl.datasets.birthwt()["race"].astype(str).to_numpy()
BIRTHS = gl.datasets.birthwt().assign(
    grade=pd.Categorical(np.array(list("abc"))[np.unique(RACES, return_inverse=True)[1]], list("abc"), ordered=True)
)
RIGHT = " ~ age + lwt + smoke"
PENALTY, PATH, FOLDS = {"penalty": 0.03}, {"n_penalties": 5}, {"n_penalties": 5, "folds": 3}

# Estimator, the outcome that it takes, and what it needs.
BINARY = {
    "logit": (gl.logit, "low", {}),
    "firth": (gl.firth, "low", {}),
    "flic": (gl.flic, "low", {}),
    "flac": (gl.flac, "low", {}),
    "log_f": (gl.log_f, "low", {}),
    "median_bias_reduced": (gl.median_bias_reduced, "low", {}),
    "double_selection": (gl.double_selection, "low", {"exposure": "age"}),
    "split_inference": (gl.split_inference, "low", {**PENALTY, "splits": 3}),
}
SHRUNK = {
    "ridge": (gl.ridge, "low", PENALTY),
    "lasso": (gl.elastic_net, "low", PENALTY),
    "adaptive": (gl.elastic_net, "low", {**PENALTY, "adaptive": 1}),
    "relaxed": (gl.elastic_net, "low", {**PENALTY, "relax": 0}),
    "path": (gl.elastic_net_path, "low", PATH),
    "cv": (gl.elastic_net_cv, "low", FOLDS),
}
LEVELS = {
    "multinomial": (gl.multinomial, "race", {}),
    "one_vs_rest": (gl.one_vs_rest, "race", {}),
    "ordinal": (gl.ordinal, "grade", {}),
    "firth of levels": (gl.firth, "race", {}),
}
SHRUNK_LEVELS = {
    "lasso of levels": (gl.elastic_net, "race", PENALTY),
    "grouped": (gl.elastic_net, "race", {**PENALTY, "grouped": True}),
    "ridge of levels": (gl.elastic_net, "race", {**PENALTY, "l1_ratio": 0.0}),
    "path of levels": (gl.elastic_net_path, "race", PATH),
    "cv of levels": (gl.elastic_net_cv, "race", FOLDS),
}
ALL = {**BINARY, **SHRUNK, **LEVELS, **SHRUNK_LEVELS}
LISTS = [name for name, (_, _, options) in ALL.items() if "n_penalties" in options]
SINGLE = [name for name, (_, _, options) in ALL.items() if "penalty" in options]
NETS = [name for name, (estimator, _, _) in ALL.items() if estimator.__name__.startswith(("elastic", "split"))]


def fitted(name, frame=BIRTHS, outcome=None, right=RIGHT, **more):
    estimator, own, options = ALL[name]
    options = {key: value for key, value in {**options, **more}.items() if value is not ...}
    return estimator(f"{outcome or own}{right}", frame, **options)


def refused(name, error, words, **more):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SeparationWarning)
        with pytest.raises(error, match=words) as caught:
            fitted(name, **more)
    assert isinstance(caught.value, GlmlogitError)
    return str(caught.value)


# --- one level ----------------------------------------------------------------------------------------
def constant(name):
    own = ALL[name][1]
    return BIRTHS[(BIRTHS[own] == BIRTHS[own].iloc[0]).to_numpy()]


@pytest.mark.parametrize("name", [*SHRUNK, "flic", "flac", "log_f"])
def test_an_outcome_with_one_value_has_an_infinite_constant(name):
    refused(name, NotEstimableError, r"low has only 0 \(no event\) in 130 rows.*Check the coding", frame=constant(name))


@pytest.mark.parametrize("name", [*LEVELS, *SHRUNK_LEVELS])
def test_an_outcome_with_one_level_compares_nothing(name):
    refused(name, DataError, r"has 1 (level|value).*Check the coding", frame=constant(name))


@pytest.mark.parametrize("name", ["logit", "double_selection"])
def test_maximum_likelihood_of_one_value_is_infinite_and_says_so(name):
    with pytest.warns(SeparationWarning, match="only 0"):
        fit = fitted(name, constant(name))
    assert (fit.predict() == 0).all()
    assert not np.isfinite(fit.params["Intercept"])


@pytest.mark.parametrize("name", ["firth", "median_bias_reduced"])
def test_bias_reduced_estimates_of_one_value_are_not_the_data_s(name):
    fit = fitted(name, constant(name))
    assert np.isfinite(fit.params).all()
    assert "only 0" in next(note.text for note in fit.notes if note.code == "one_outcome")


def test_halves_of_one_value():
    refused("split_inference", DataError, "0 events and 130 non-events", frame=constant("split_inference"))


# --- levels that are not there --------------------------------------------------------------------------
FOUR = BIRTHS.assign(
    four=pd.Categorical(BIRTHS["grade"].map({"a": "a", "b": "b", "c": "d"}), list("abcd"), ordered=True),
    missing=lambda d: d["four"],
)


def test_an_ordered_level_without_rows_between_others_is_refused_where_the_order_counts():
    refused(
        "ordinal", DataError, "no row has level 'c' of outcome four, between 'b' and 'd'", frame=FOUR, outcome="four"
    )


@pytest.mark.parametrize("name", [*(name for name in LEVELS if name != "ordinal"), *SHRUNK_LEVELS])
def test_an_ordered_level_without_rows_is_left_out_and_said(name):
    fit, complete = (fitted(name, FOUR, outcome) for outcome in ("four", "grade"))
    if name == "one_vs_rest":
        assert list(fit.fits) == list("abd")
        return
    fits = [getattr(result, "path", result) for result in (fit, complete)]
    notes = getattr(fits[0], "rows" if name.startswith(("path", "cv")) else "fit", fits[0]).notes
    assert any(note.code == "empty_level" and "'c'" in note.text for note in notes)
    values = [result.coefficients if hasattr(result, "coefficients") else result.params for result in fits]
    np.testing.assert_allclose(values[0], values[1], rtol=1e-12)


@pytest.mark.parametrize("name", ["multinomial", "firth of levels"])
def test_a_base_that_is_no_level(name):
    refused(name, DataError, "'green' is no level of outcome race.*'white', 'black', 'other'", base="green")
    refused(name, DataError, "type base='white'", base="White")


@pytest.mark.parametrize(
    ("name", "words"),
    [("one_vs_rest", "with all others"), ("ordinal", "no base"), *((name, "gl.with_base") for name in SHRUNK_LEVELS)],
)
def test_models_without_a_base_say_what_to_type(name, words):
    with pytest.raises(TypeError, match=words):
        fitted(name, base="white")


@pytest.mark.parametrize("name", [*BINARY, *SHRUNK, *SHRUNK_LEVELS, "firth of levels"])
def test_an_event_that_does_not_occur(name):
    refused(name, DataError, "event='green' does not occur.*give one of these", event="green")


@pytest.mark.parametrize("name", list(ALL))
def test_labels_of_different_kinds_have_no_order(name):
    mixed = pd.Series(np.resize(np.array([1, "a", 2.5, "b"], dtype=object), len(BIRTHS)), dtype=object)
    refused(name, DataError, r"mixes .* different kinds.*make", frame=BIRTHS.assign(q=mixed), outcome="q")


# --- penalties ------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", SINGLE)
@pytest.mark.parametrize("penalty", [-0.1, np.nan, np.inf, "0.1", True, [0.1, 0.2]])
def test_a_penalty_is_a_number_of_0_or_more(name, penalty):
    said = refused(name, DataError, "0 or more", penalty=penalty)
    assert ("gl.elastic_net_path" in said) == isinstance(penalty, list)


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize(
    ("penalties", "words"),
    [
        ([0.1, 0.3, 0.2], r"0\.3 is followed by 0\.2 at position 2.*type penalties=\[0\.3, 0\.2, 0\.1\]"),
        ([0.3, 0.1, 0.1, 0.2], r"0\.1 is followed by 0\.2 at position 3.*type penalties=\[0\.3, 0\.2, 0\.1, 0\.1\]"),
        ([*np.geomspace(1, 0.01, 20), 0.5], r"type penalties=np\.sort\(penalties\)\[::-1\]"),
        ([0.1, -0.3, 0.2], r"-0\.3 at position 1.*type penalties=\[0\.2, 0\.1\]"),
        ([-1.0], r"type penalties=\[0\.1, 0\.03, 0\.01\]"),
        ([np.nan], r"such as np\.geomspace"),
        ([], r"such as np\.geomspace"),
        ([[0.1]], r"such as np\.geomspace"),
        ("lambda", r"such as np\.geomspace"),
    ],
)
def test_penalties_are_in_order(name, penalties, words):
    refused(name, DataError, words, penalties=penalties, n_penalties=...)


@pytest.mark.parametrize("name", LISTS)
def test_rising_penalties_are_in_order(name):
    falling, rising = (fitted(name, penalties=list(p), n_penalties=...) for p in ([0.1, 0.03, 0.03], [0.03, 0.03, 0.1]))
    if name.startswith("cv"):
        pd.testing.assert_frame_equal(falling.table, rising.table)
    else:
        np.testing.assert_array_equal(falling.coefficients, rising.coefficients[::-1])


@pytest.mark.parametrize("name", NETS)
@pytest.mark.parametrize("ratio", [-0.1, 1.5, np.nan, "lasso", None, True])
def test_the_share_of_the_lasso_lies_between_0_and_1(name, ratio):
    refused(name, DataError, r"between 0 \(ridge\) and 1 \(lasso\)", l1_ratio=ratio)


# --- more columns than rows -----------------------------------------------------------------------------
WIDE = pd.DataFrame(np.random.default_rng(0).normal(size=(20, 40)), columns=[f"x{j}" for j in range(40)]).assign(
    low=[0, 1] * 10, race=(["u", "v", "w"] * 7)[:20], age=lambda d: d["x0"],
    grade=lambda d: pd.Categorical(d["race"], list("uvw"), ordered=True),
)  # fmt: skip
WIDE_RIGHT = " ~ age + " + " + ".join(f"x{j}" for j in range(1, 40))


@pytest.mark.parametrize("name", ["logit", "multinomial", "one_vs_rest", "ordinal"])
def test_rows_that_are_fewer_than_columns_determine_nothing(name):
    refused(name, DataError, "20 rows cannot determine 41 coefficients", frame=WIDE, right=WIDE_RIGHT)


@pytest.mark.parametrize("name", ["ridge", "lasso", "relaxed", "lasso of levels", "grouped", "ridge of levels"])
def test_without_a_penalty_they_determine_nothing_either(name):
    words = "penalty=0, and 20 rows cannot determine 41 coefficients.*gl.elastic_net_cv"
    refused(name, DataError, words, frame=WIDE, right=WIDE_RIGHT, penalty=0)


@pytest.mark.parametrize("name", LISTS)
def test_paths_end_before_there_is_no_penalty(name):
    result = fitted(name, WIDE, right=WIDE_RIGHT, penalties=[0.1, 0.0], n_penalties=...)
    assert getattr(result, "path", result).penalties.tolist() == [0.1]
    assert any(note.code == "ended" for note in result.notes)


def test_an_adaptive_penalty_has_no_first_fit_there():
    refused("adaptive", NotEstimableError, r"more than rows.*gl\.ridge", frame=WIDE, right=WIDE_RIGHT)


@pytest.mark.parametrize("name", ["firth", "flic", "flac", "log_f", "median_bias_reduced", "firth of levels"])
def test_estimates_that_exist_name_the_columns_that_depend_on_others(name):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fit = fitted(name, WIDE, right=WIDE_RIGHT)
    assert any(note.code == "aliased" for note in fit.notes)
    assert fit.params.isna().any()


# --- sparse columns -------------------------------------------------------------------------------------
@pytest.mark.parametrize("value", [np.nan, np.inf])
@pytest.mark.parametrize("levels", [False, True])
def test_sparse_columns_hold_numbers(value, levels):
    X = sp.random(60, 5, 0.3, format="csr", random_state=1)
    X.data[3] = value
    outcome = np.array(list("uvw"))[np.arange(60) % 3] if levels else np.arange(60) % 2
    options = {"event": "u"} if levels else {}
    with pytest.raises(DataError, match="sparse X has 1 stored value that"):
        gl.design_arrays(outcome, X, intercept=True, **options)


# --- class weights --------------------------------------------------------------------------------------
TAKES = {"logit", *SHRUNK, *SHRUNK_LEVELS}


@pytest.mark.parametrize("name", list(ALL))
@pytest.mark.parametrize("rule", ["balanced", "weights"])
def test_class_weights_are_taken_or_refused_in_words(name, rule):
    present = BIRTHS[ALL[name][1]].unique().tolist()
    weights = "balanced" if rule == "balanced" else {present[0]: 2.0}
    if name in TAKES:
        result = fitted(name, class_weight=weights)
        rows = getattr(result, "path", result).rows if name in LISTS else result.design
        assert rows.class_weighted
        if hasattr(result, "summary"):
            assert "class weights: " in str(result.summary())
            assert any(note.code == "class_weights" for note in result.notes)
    elif ALL[name][0] in (gl.multinomial, gl.one_vs_rest, gl.ordinal):
        with pytest.raises(TypeError, match=r"no option class_weight=.*gl\.elastic_net"):
            fitted(name, class_weight=weights)
    else:
        refused(name, UnsupportedError, "class_weight= out", class_weight=weights)
