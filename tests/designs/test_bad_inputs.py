"""Bad input: each kind gives an error or warning that names column, count and rows, or the right fit."""

from __future__ import annotations

import datetime

import numpy as np
import pandas as pd
import polars as pl
import pytest
import scipy.sparse as sp

import glmlogit as gl
from glmlogit.errors import (
    CollinearityWarning,
    ConvergenceWarning,
    DataError,
    FormulaError,
    GlmlogitWarning,
    SeparationWarning,
)

RNG = np.random.default_rng(20240)
N = 40
X1, X2 = (np.round(RNG.normal(size=N), 3) for _ in range(2))
Y = (RNG.random(N) < 1 / (1 + np.exp(-(0.3 + X1 - 0.5 * X2)))).astype(int)
G = np.array(list("abca" * 10))
X = np.column_stack([np.ones(N), X1, X2])
DF = pd.DataFrame({"y": Y, "x1": X1, "x2": X2, "g": G})


def changed(a, where, value):
    b = np.array(a, dtype=float)
    b[where] = value
    return b


def fit(y=Y, X=X, start=None, **options):
    return gl.logit(gl.design_arrays(y, X, **options), start=start)


def words(error, *expected):
    text = str(error.value)
    assert "\n" not in text
    for word in expected:
        assert word in text, (word, text)


ARRAYS = {
    "nan in X": ({"X": changed(X, (3, 1), np.nan)}, ["column 1", "row 3", "NaN", "1 value"]),
    "-inf in X": ({"X": changed(X, (3, 2), -np.inf)}, ["column 2", "row 3", "-inf"]),
    "inf in y": ({"y": changed(Y, 5, np.inf)}, ["y", "row 5", "inf"]),
    "nan in y": ({"y": changed(Y, 5, np.nan)}, ["y", "row 5", "NaN"]),
    "inf weight": ({"weights": changed(np.ones(N), 2, np.inf)}, ["weights", "row 2", "inf"]),
    "nan weight": ({"weights": changed(np.ones(N), 2, np.nan)}, ["weights", "row 2"]),
    "negative weight": ({"weights": changed(np.ones(N), 0, -1)}, ["weights", "negative", "row 0"]),
    "all weights zero": ({"weights": np.zeros(N)}, ["weights", "0"]),
    "text weights": ({"weights": np.array(["1"] * N)}, ["weights", "'1'"]),
    "2-D weights": ({"weights": np.ones((N, 1))}, ["weights", "1-D", "(40, 1)"]),
    "inf offset": ({"offset": changed(np.zeros(N), 2, np.inf)}, ["offset", "row 2", "inf"]),
    "huge offset": ({"offset": np.full(N, 1e308)}, ["offset", "1e+308"]),
    "short offset": ({"offset": np.zeros(N - 1)}, ["39", "40"]),
    "nan in a row of weight 0": (
        {"X": changed(X, (0, 1), np.nan), "weights": changed(np.ones(N), 0, 0)},
        ["row 0", "column 1"],
    ),
    "masked X": ({"X": np.ma.masked_where(np.arange(120).reshape(N, 3) == 10, X)}, ["masked"]),
    "ragged X": ({"X": [[1.0, 2.0], [3.0]]}, ["X is ragged", "1 and 2"]),
    "ragged y": ({"y": [[1], [0, 1]]}, ["y is ragged"]),
    "ragged weights": ({"weights": [[1.0], [2.0, 3.0]]}, ["weights is ragged"]),
    "ragged offset": ({"offset": [1.0, [2.0, 3.0]]}, ["offset is ragged", "1 and 2"]),
    "ragged trials": ({"trials": [[1.0], [2.0, 3.0]]}, ["trials is ragged"]),
    "masked y": ({"y": np.ma.masked_where(np.arange(N) == 3, Y)}, ["masked"]),
    "-1/1": ({"y": 2 * Y - 1}, ["-1, 1", "event="]),
    "1/2": ({"y": Y + 1}, ["1, 2", "event=2"]),
    "three values": ({"y": np.arange(N) % 3}, ["0, 1, 2", "event="]),
    "three words": ({"y": np.array(list("abc" * 14)[:N])}, ["'a', 'b', 'c'", "event="]),
    "absent event": ({"y": np.where(Y, "b", "a"), "event": "B"}, ["'B'", "'a'", "'b'"]),
    "mixed outcome": ({"y": np.array(["a", 1] * 20, dtype=object)}, ["y", "mixes"]),
    "proportions": ({"y": np.clip(0.2 + 0.6 * Y, 0, 1)}, ["trials", "0.2"]),
    "y above trials": ({"y": Y * 5, "trials": np.full(N, 3)}, ["exceeds", "trials"]),
    "fractional counts": ({"y": Y * 1.5, "trials": np.full(N, 3)}, ["integer"]),
    "fractional trials": ({"y": Y, "trials": np.full(N, 2.5)}, ["trials", "integer"]),
    "negative trials": ({"y": Y, "trials": changed(np.ones(N), 0, -1)}, ["trials", "negative", "row 0"]),
    "row vector y": ({"y": Y.reshape(1, -1)}, ["(1, 40)"]),
    "scalar y": ({"y": 1}, ["y"]),
    "dict y": ({"y": dict(enumerate(Y))}, ["dict"]),
    "datetime y": ({"y": pd.to_datetime(Y, unit="D").values}, ["datetime"]),
    "complex y": ({"y": Y + 0j}, ["complex"]),
    "no rows": ({"y": Y[:0], "X": X[:0]}, ["0 rows"]),
    "short y": ({"y": Y[:-1]}, ["39", "40"]),
    "1-D X": ({"X": X1}, ["1-D", "reshape(-1, 1)"]),
    "no columns": ({"X": np.empty((N, 0))}, ["0 columns"]),
    "more columns than rows": ({"y": np.array([0, 1]), "X": X[:2]}, ["2 rows", "3 coefficients"]),
    "complex X": ({"X": X + 0j}, ["complex"]),
    "complex objects": ({"X": (X + 0j).astype(object)}, ["complex"]),
    "structured X": ({"X": np.array([tuple(r) for r in X], dtype="f8,f8,f8")}, ["structured"]),
    "text X": ({"X": X.astype(str)}, ["text"]),
    "datetime column": ({"X": pd.DataFrame({"c": 1.0, "t": pd.date_range("2020", periods=N)})}, ["'t'", "datetime"]),
    "categorical column": ({"X": pd.DataFrame({"c": 1.0, "g": pd.Categorical(G)})}, ["'g'", "categor", "formula"]),
    "numeric categories": (
        {"X": pd.DataFrame({"c": 1.0, "g": pd.Categorical([10, 20] * 20)})},
        ["'g'", "categor"],
    ),
    "null in polars": ({"X": pl.DataFrame({"c": np.ones(N), "x1": [None, *X1[1:]]})}, ["'x1'", "null"]),
    "sparse with NaN": ({"X": sp.csr_matrix(changed(X, (1, 1), np.nan))}, ["NaN"]),
    "sparse of no columns": ({"X": sp.csr_matrix((N, 0))}, ["nothing to fit"]),
    "subnormal column": ({"X": np.column_stack([X, np.round(X1 * 100) * 5e-324])}, ["subnormal", "column 3"]),
    "duplicate names": ({"X": pd.DataFrame(X, columns=["a", "b", "b"])}, ["'b'"]),
    "own Intercept": ({"X": pd.DataFrame({"Intercept": X1, "x": X2}), "intercept": True}, ["Intercept"]),
    "wrong number of names": ({"names": ["a"]}, ["1 name", "3 columns"]),
    "different index order": (
        {"X": pd.DataFrame(X), "y": pd.Series(Y).sample(frac=1, random_state=1)},
        ["index"],
    ),
    "offset with another index": (
        {"X": pd.DataFrame(X), "y": pd.Series(Y), "offset": pd.Series(np.zeros(N)).iloc[::-1]},
        ["offset", "index"],
    ),
    "cluster too short": ({"cluster": np.arange(N - 1)}, ["cluster", "40"]),
    "weight type without weights": ({"weight_type": "sampling"}, ["sampling", "weights"]),
    "event with trials": ({"trials": np.full(N, 2), "event": 1}, ["event=1", "counts"]),
    "weight type": ({"weights": np.ones(N), "weight_type": "probability"}, ["'probability'", "'sampling'"]),
}


@pytest.mark.parametrize("name", ARRAYS)
def test_array_errors(name):
    given, expected = ARRAYS[name]
    with pytest.raises(DataError) as error:
        fit(**given)
    words(error, *expected)


FORMULAS = {
    "absent column": ("y ~ X1", DF, {}, ["'X1'", "x1"]),
    "absent weights": ("y ~ x1", DF, {"weights": "n"}, ["'n'"]),
    "data None": ("y ~ x1", None, {}, ["data"]),
    "inf in a used column": ("y ~ x1", DF.assign(x1=changed(X1, 7, np.inf)), {}, ["x1", "row 7", "inf"]),
    "missing raised": ("y ~ x1", DF.assign(x1=changed(X1, 7, np.nan)), {"missing": "raise"}, ["x1 (1)", "row 7"]),
    "nothing left": ("y ~ x1", DF.assign(x1=np.nan), {}, ["0 rows left", "x1"]),
    "one class after dropping": (
        "y ~ x1",
        DF.assign(x1=np.where(Y == 1, np.nan, X1)),
        {},
        ["only 0", "after dropping"],
    ),
    "one-level factor": ("y ~ h + x1", DF.assign(h="only"), {}, ["h", "one level", "'only'"]),
    "datetime": ("y ~ t", DF.assign(t=pd.date_range("2020", periods=N)), {}, ["t", "datetime"]),
    "objects": ("y ~ t", DF.assign(t=[datetime.date(2020, 1, 1)] * N), {}, ["t"]),
    "log of 0": ("y ~ log(p)", DF.assign(p=changed(np.abs(X1), 0, 0.0)), {}, ["log(p)", "-inf", "row 0"]),
    "grouped twice": ("cbind(y, x1) ~ x2", DF.assign(x1=1), {"trials": "x1"}, ["trials", "cbind"]),
    "no trials at all": ("cbind(b, b) ~ x2", DF.assign(b=0), {}, ["all weights or trials are 0"]),
    "weights of another index": ("y ~ x1", DF, {"weights": pd.Series(1.0, index=range(1, N + 1))}, ["index"]),
}


@pytest.mark.parametrize("name", FORMULAS)
def test_formula_data_errors(name):
    formula, data, options, expected = FORMULAS[name]
    with pytest.raises((DataError, FormulaError)) as error:
        gl.logit(formula, data, **options)
    words(error, *expected)


def test_formula_errors_are_data_errors_of_their_own():
    with pytest.raises(FormulaError, match="both sides"):
        gl.logit("y ~ y + x1", DF)


def test_a_design_takes_no_more_options():
    with pytest.raises(DataError, match="weights"):
        gl.logit(gl.design("y ~ x1", DF), weights="x2")
    with pytest.raises(DataError, match="ndarray"):
        gl.logit(X, Y)


@pytest.mark.parametrize(
    ("build", "expected"),
    [
        (lambda: np.column_stack([X, np.full(N, 7.0)]), ["x3 (column 3) = 7*x0 (column 0)"]),
        (lambda: np.column_stack([X, X1]), ["x3 (column 3) = x1 (column 1)"]),
        (lambda: np.column_stack([X, X1 * (1 + 1e-15)]), ["x3 (column 3)"]),
        (lambda: np.column_stack([np.ones(N), G == "a", G == "b", G == "c"]).astype(float), ["aliased"]),
        (lambda: np.column_stack([X, np.zeros(N)]), ["0 in every row"]),
    ],
)
def test_collinear_columns_are_aliased_never_averaged(build, expected):
    with pytest.warns(CollinearityWarning) as caught:
        result = fit(X=build())
    for word in expected:
        assert word in str(caught[0].message)
    assert result.params.isna().tolist() == [False] * 3 + [True]
    assert result.bse.isna().tolist() == [False] * 3 + [True]
    assert any(note.code == "aliased" for note in result.notes)


def test_integers_beyond_2_53_warn():
    with pytest.warns(GlmlogitWarning, match=r"2\*\*53"), pytest.warns(CollinearityWarning):
        fit(X=np.column_stack([np.ones(N, np.uint64), np.uint64(2**64 - 1) - np.arange(N, dtype=np.uint64)]))


def test_iteration_limit_warns_and_strict_raises():
    with pytest.warns(ConvergenceWarning, match="1 iteration"):
        result = gl.logit("y ~ x1", DF, control=gl.Control(max_iter=1))
    assert result.status is gl.Status.MAX_ITER
    with pytest.raises(gl.errors.ConvergenceError):
        gl.logit("y ~ x1", DF, control=gl.Control(max_iter=1, strict=True))


@pytest.mark.parametrize("bad", [{"tol": 0.0}, {"tol": 1.0}, {"max_iter": 0}, {"threads": 0}])
def test_control_is_checked(bad):
    with pytest.raises(DataError, match=next(iter(bad))):
        gl.Control(**bad)


@pytest.mark.parametrize("level", [95, 0, 1, -0.5, float("nan"), "0.95"])
def test_levels(level):
    with pytest.raises(DataError, match="level"):
        gl.logit("y ~ x1", DF, level=level)


SAME = {
    "list of lists": {"X": X.tolist()},
    "frame": {"X": pd.DataFrame(X)},
    "polars": {"X": pl.DataFrame(X), "y": pl.Series(Y)},
    "objects": {"X": X.astype(object)},
    "Float64": {"X": pd.DataFrame(X).convert_dtypes()},
    "longdouble": {"X": X.astype(np.longdouble)},
    "big-endian": {"X": X.astype(">f8")},
    "Fortran order": {"X": np.asfortranarray(X)},
    "strided": {"X": np.repeat(X, 2, axis=1)[:, ::2]},
    "unmasked": {"X": np.ma.array(X)},
    "list y": {"y": Y.tolist()},
    "bool y": {"y": Y.astype(bool)},
    "-0.0 in y": {"y": np.where(Y == 0, -0.0, 1.0)},
    "boolean y": {"y": pd.array(Y.astype(bool), dtype="boolean")},
    "named event": {"y": np.where(Y, "yes", "no"), "event": "yes"},
    "second level": {"y": pd.Categorical(np.where(Y, "a", "b"), categories=["b", "a"])},
    "weights of one": {"weights": np.ones(N, dtype=np.int8)},
    "precision weights of one": {"weights": np.ones(N), "weight_type": "precision"},
    "trials of one": {"trials": np.ones(N, dtype=int)},
    "offset of zero": {"offset": np.zeros(N, dtype=int)},
    "read-only": {"X": np.frombuffer(X.tobytes()).reshape(N, 3)},
    "rows of weight 0": {
        "X": np.vstack([X, 100 * X[:5]]),
        "y": np.r_[Y, 1 - Y[:5]],
        "weights": np.r_[np.ones(N), np.zeros(5)],
    },
    "rows without trials": {
        "X": np.vstack([X, X[:5]]),
        "y": np.r_[Y, np.zeros(5)],
        "trials": np.r_[np.ones(N), np.zeros(5)],
    },
}


@pytest.mark.parametrize("name", SAME)
def test_all_spellings_of_the_same_data_agree_bitwise(name):
    ours, plain = fit(**SAME[name]), fit()
    assert ours.params.to_numpy().tobytes() == plain.params.to_numpy().tobytes()
    assert ours.bse.to_numpy().tobytes() == plain.bse.to_numpy().tobytes()
    assert ours.llf == plain.llf
    assert ours.nobs == N


def test_float32_is_computed_in_float64():
    single = X.astype(np.float32)
    assert fit(X=single).params.to_numpy().tobytes() == fit(X=single.astype(float)).params.to_numpy().tobytes()


@pytest.mark.parametrize("power", [-300, -3, 150, 300])
def test_column_scale_by_powers_of_two_is_exact(power):
    scaled = fit(X=X * np.array([1.0, 2.0**power, 1.0]))
    plain = fit()
    assert (scaled.params.to_numpy() * [1, 2.0**power, 1]).tobytes() == plain.params.to_numpy().tobytes()
    assert (scaled.bse.to_numpy() * [1, 2.0**power, 1]).tobytes() == plain.bse.to_numpy().tobytes()


@pytest.mark.parametrize("weight", [1e-300, 1e-12, 1e300])
def test_weights_of_any_size(weight):
    ours = fit(weights=np.full(N, weight), weight_type="precision")
    plain = fit()
    assert ours.converged
    np.testing.assert_allclose(ours.params, plain.params, rtol=1e-12)
    np.testing.assert_allclose(ours.bse, plain.bse / np.sqrt(weight), rtol=1e-12)


def test_a_caller_that_raises_on_floating_point_events():
    with np.errstate(all="raise"):
        ours = fit(X=X * [1, 50, 50])
        ours.summary()
        ours.odds_ratios()
        ours.augment()
    np.testing.assert_allclose(ours.params * [1, 50, 50], fit().params, rtol=1e-12)


def test_inputs_are_never_changed_and_cannot_reach_the_fit():
    given = {"X": X.copy(), "y": Y.astype(float), "weights": np.ones(N), "offset": np.zeros(N)}
    ours = fit(**given)
    assert (given["X"] == X).all()
    before = ours.cov_params("HC3")
    for array in given.values():
        array[:] = 0.5
    params, cov = ours.params, ours.cov_params()
    params.iloc[0] = 99
    cov.iloc[0, 0] = 99
    pd.testing.assert_frame_equal(ours.cov_params("HC3"), before)
    assert ours.params.iloc[0] != 99
    assert ours.cov_params().iloc[0, 0] != 99


def test_a_changed_data_frame_cannot_reach_the_fit():
    d = DF.assign(w=2.0, off=0.1)
    ours = gl.logit("y ~ x1 + x2", d, weights="w", offset="off")
    before = ours.augment(), ours.cov_params("HC3"), gl.drop1(ours)
    for column in ("x1", "x2", "w", "off"):
        d.loc[:, column] = 3.0
    after = ours.augment(), ours.cov_params("HC3"), gl.drop1(ours)
    for one, other in zip(before, after, strict=True):
        pd.testing.assert_frame_equal(one, other)


@pytest.mark.parametrize(("value", "infinity"), [(1.0, np.inf), (0.0, -np.inf)])
def test_one_outcome_only_is_infinite_and_says_so(value, infinity):
    with pytest.warns(SeparationWarning, match=f"only {value:g}.*40 rows"):
        result = fit(y=np.full(N, value), X=np.ones((N, 1)))
    assert result.params.tolist() == [infinity]
    assert result.status is gl.Status.SEPARATED
    assert gl.firth(gl.design_arrays(np.full(N, value), np.ones((N, 1)))).converged


@pytest.mark.parametrize("values", [[0.5, -0.5, 2.0, -2.0], [1.0, 2.0, 3.0, 4.0]])
def test_separation_is_never_reported_as_finite(values):
    x = np.array(values)
    y = (x > np.median(x)).astype(int)
    with pytest.warns(SeparationWarning, match=r"Complete separation.*gl\.firth"):
        result = fit(X=np.column_stack([np.ones(4), x]), y=y)
    assert result.status is gl.Status.SEPARATED
    assert not result.converged
    assert not np.isfinite(result.params).any()
    assert result.llf == 0.0


def test_quasi_separation_is_named_in_the_words_of_the_data():
    d = gl.datasets.load("endometrial")
    with pytest.warns(SeparationWarning, match="All 13 rows with NV = 1 had HG = 1"):
        result = gl.logit("HG ~ NV + PI + EH", d)
    assert result.params["NV"] == np.inf
    assert np.isnan(result.bse["NV"])
    assert "NV has no finite estimate" in str(result.summary())


def test_missing_rows_are_dropped_and_reported():
    d = DF.assign(x1=changed(X1, [3, 5], np.nan), w=1.0, id=np.arange(N) % 7).astype({"w": object})
    d.loc[9, "w"] = None
    d["w"] = d["w"].astype(float)
    ours = gl.logit("y ~ x1 + g", d, weights="w", cluster="id")
    by_hand = gl.logit("y ~ x1 + g", d.dropna(), weights="w", cluster="id")
    assert ours.params.equals(by_hand.params)
    assert ours.bse.equals(by_hand.bse)
    assert ours.design.dropped.missing == 3
    note = next(n.text for n in ours.notes if n.code == "missing")
    assert "3 rows of 40" in note
    assert "x1 (2)" in note
    assert "w (1)" in note
    assert ours.augment().index.tolist() == [i for i in range(N) if i not in (3, 5, 9)]


def misaligned(values):
    """The same numbers where C cannot read them in place."""
    plain = np.ascontiguousarray(values, dtype=np.float64)
    moved = np.frombuffer(bytearray(plain.nbytes + 1), dtype=np.float64, offset=1).reshape(plain.shape)
    moved[:] = plain
    assert not moved.flags.aligned
    return moved


def test_misaligned_memory_is_read():
    given = {"weights": np.arange(N) % 3 + 1.0, "offset": X1 / 10}
    expected = fit(y=Y, X=X, **given)
    moved = fit(y=misaligned(Y), X=misaligned(X), **{name: misaligned(v) for name, v in given.items()})
    np.testing.assert_array_equal(moved.params, expected.params)
    np.testing.assert_array_equal(moved.predict(misaligned(X), offset=misaligned(X1)), expected.predict(X, offset=X1))
    columns = {"y": misaligned(Y), "x": misaligned(X1)}
    by_formula = gl.logit("y ~ x", columns, weights=misaligned(given["weights"]))
    np.testing.assert_array_equal(by_formula.params, gl.logit("y ~ x1", DF, weights=given["weights"]).params)


def test_too_few_rows_are_told_with_the_term_that_brings_the_most_columns():
    data = pd.DataFrame({"y": [0, 1] * 10, "g": [f"{i}a{i}" for i in range(10)] * 2, "x": np.arange(20.0)})
    with pytest.raises(
        DataError, match=r"20 rows cannot determine 21 coefficients, of which .*g.* brings 9; leave out"
    ):
        gl.logit("y ~ g*x + I(x^2)", data)


# --- borders ----------------------------------------------------------------------------------------
@pytest.mark.parametrize("weight", [-1e-300, -0.5])
def test_any_negative_weight_is_refused(weight):
    with pytest.raises(DataError, match="1 negative value in row 3"):
        gl.design_arrays(Y, X, weights=changed(np.ones(N), 3, weight))


def test_weights_of_zero_of_either_sign_leave_the_row_out():
    for weight in (0.0, -0.0):
        assert gl.design_arrays(Y, X, weights=changed(np.ones(N), 3, weight)).n_rows == N - 1


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_offsets_are_taken_up_to_a_hundred_thousand(sign):
    assert gl.design_arrays(Y, X, offset=changed(np.zeros(N), 3, sign * 1e5)).largest_offset == 1e5
    with pytest.raises(DataError, match="Was the logarithm forgotten"):
        gl.design_arrays(Y, X, offset=changed(np.zeros(N), 3, sign * 1.0001e5))
