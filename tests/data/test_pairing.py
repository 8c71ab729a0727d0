"""Rows are paired by their labels: what is labelled otherwise is refused wherever it is given, never mixed up."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import glmlogit as gl
from glmlogit.errors import DataError

N = 60
RNG = np.random.default_rng(7)
TABLE = pd.DataFrame(
    {
        "y": RNG.integers(0, 2, N),
        "x": RNG.normal(size=N),
        "g": RNG.choice(list("ab"), N),
        "w": RNG.integers(1, 4, N),
        "c": np.arange(N) % 15,
        "d": np.arange(N) % 12,
        "o": RNG.normal(size=N) / 5,
        "one": RNG.integers(0, 2, N),
    },
    index=pd.Index(np.arange(N) + 100),
)
TABLE["n"] = TABLE.y + RNG.integers(1, 3, N)
WITH_OFFSET = gl.logit("y ~ x", TABLE, offset=TABLE.o)
ARRAYS_WITH_OFFSET = gl.logit(gl.design_arrays(TABLE.y, TABLE[["x"]], offset=TABLE.o, intercept=True))

# Every place that takes columns beside columns: a function of one column that may be labelled otherwise.
PLACES = {
    "dict, outcome": ("y", lambda s: gl.logit("y ~ x", {"y": s, "x": TABLE.x}).params),
    "dict, predictor": ("x", lambda s: gl.logit("y ~ x", {"y": TABLE.y, "x": s}).params),
    "dict, factor": ("g", lambda s: gl.logit("y ~ g", {"y": TABLE.y, "g": s}).params),
    "dict, firth": ("x", lambda s: gl.firth("y ~ x", {"y": TABLE.y, "x": s}).params),
    "dict, design": ("x", lambda s: gl.design("y ~ x", {"y": TABLE.y, "x": s}).X),
    "dict, table": ("x", lambda s: gl.table("y ~ x", {"y": TABLE.y, "x": s}).frame.select_dtypes("number")),
    "dict, weights by name": ("w", lambda s: gl.logit("y ~ x", {**TABLE, "w": s}, weights="w").params),
    "dict, cluster by name": ("c", lambda s: gl.logit("y ~ x", {**TABLE, "c": s}, cluster="c").bse),
    "dict, 2x2": ("one", lambda s: gl.two_by_two({"y": TABLE.y, "one": s}, "y", "one").measures.estimate),
    "dict, 2x2 strata": (
        "c",
        lambda s: gl.two_by_two({**TABLE, "c": s}, "y", "one", strata="c").tests.statistic,
    ),
    "weights": ("w", lambda s: gl.logit("y ~ x", TABLE, weights=s).params),
    "offset": ("o", lambda s: gl.logit("y ~ x", TABLE, offset=s).params),
    "trials": ("n", lambda s: gl.logit("y ~ x", TABLE, trials=s).params),
    "cluster": ("c", lambda s: gl.logit("y ~ x", TABLE, cluster=s).bse),
    "cluster frame": ("c", lambda s: gl.logit("y ~ x", TABLE, cluster=s.to_frame()).bse),
    "cluster list": ("c", lambda s: gl.logit("y ~ x", TABLE, cluster=[TABLE.d, s]).bse),
    "cluster dict": ("c", lambda s: gl.logit("y ~ x", TABLE, cluster={"d": TABLE.d, "c": s}).bse),
    "weights of 2x2": ("w", lambda s: gl.two_by_two(TABLE, "y", "one", weights=s).measures.estimate),
    "weights of a table": ("w", lambda s: gl.table("y ~ x", TABLE, weights=s).frame.select_dtypes("number")),
    "arrays, y": ("y", lambda s: gl.design_arrays(s, TABLE[["x"]]).y),
    "arrays, weights": ("w", lambda s: gl.design_arrays(TABLE.y, TABLE[["x"]], weights=s).weights),
    "arrays, offset": ("o", lambda s: gl.design_arrays(TABLE.y.to_numpy(), TABLE[["x"]], offset=s).offset),
    "arrays, trials": ("n", lambda s: gl.design_arrays(TABLE.y, TABLE[["x"]], trials=s).trials),
    "arrays, cluster": ("c", lambda s: gl.design_arrays(TABLE.y, TABLE[["x"]], cluster=s).cluster.to_numpy()),
    "arrays, cluster beside y": (
        "c",
        lambda s: gl.design_arrays(TABLE.y, TABLE[["x"]].to_numpy(), cluster=s).cluster.to_numpy(),
    ),
    "new data": ("x", lambda s: gl.logit("y ~ x + g", TABLE).predict({"g": TABLE.g, "x": s})),
    "new offset": ("o", lambda s: WITH_OFFSET.predict(TABLE, offset=s)),
    "new offset of arrays": ("o", lambda s: ARRAYS_WITH_OFFSET.predict(TABLE[["x"]], offset=s)),
    "groups": ("c", lambda s: gl.logit("y ~ x", TABLE).margins("x", by=s).estimate),
}
ORDERS = {
    "shuffled": lambda s, r: s.iloc[r.permutation(len(s))],
    "sorted": lambda s, r: s.sort_values(kind="stable", ascending=bool(r.integers(2))),
    "reversed": lambda s, r: s.iloc[::-1],
    "other labels": lambda s, r: s.set_axis(np.arange(len(s)) + int(r.integers(1000, 2000))),
    "shifted labels": lambda s, r: s.set_axis(s.index + int(r.integers(1, 5))),
    "text labels": lambda s, r: s.set_axis([f"p{i}" for i in range(len(s))]),
    "repeated labels": lambda s, r: s.set_axis(s.index.to_numpy().copy() // 2),
}


@pytest.mark.parametrize("place", PLACES)
@settings(max_examples=12, deadline=None)
@given(order=st.sampled_from(list(ORDERS)), seed=st.integers(0, 2**32 - 1))
def test_other_labels_are_refused_wherever_they_are_given(place, order, seed):
    name, use = PLACES[place]
    other = ORDERS[order](TABLE[name], np.random.default_rng(seed))
    if other.index.equals(TABLE.index):
        return
    with pytest.raises(DataError, match="index of") as caught:
        use(other)
    assert "to_numpy()" in str(caught.value)


@pytest.mark.parametrize("place", PLACES)
@settings(max_examples=3, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_what_the_message_advises_gives_the_numbers_of_the_table(place, seed):
    name, use = PLACES[place]
    expected = use(TABLE[name])
    other = TABLE[name].iloc[np.random.default_rng(seed).permutation(N)]
    np.testing.assert_array_equal(use(other.reindex(TABLE.index)), expected)
    if "frame" not in place:
        np.testing.assert_array_equal(use(TABLE[name].to_numpy()), expected)


@pytest.mark.parametrize("place", ["weights", "offset", "cluster", "arrays, y"])
def test_a_column_of_more_rows_is_told_how_to_pick_them(place):
    name, use = PLACES[place]
    longer = pd.concat([TABLE[name], TABLE[name].set_axis(TABLE.index + 5000)])
    with pytest.raises(DataError, match=r"has 120 rows but .* has 60; .*\.reindex\("):
        use(longer)


def test_positions_pair_where_there_are_no_labels():
    plain = {name: TABLE[name].to_numpy() for name in TABLE}
    expected = gl.logit("y ~ x", TABLE, cluster="c").bse
    for ways in itertools.product((plain, TABLE.reset_index(drop=True)), (TABLE.c.to_numpy(), TABLE.c.tolist())):
        np.testing.assert_array_equal(gl.logit("y ~ x", ways[0], cluster=ways[1]).bse, expected)


def test_a_dict_of_series_keeps_their_labels():
    columns = {name: TABLE[name] for name in ("y", "x", "w")}
    fit = gl.logit("y ~ x", columns, weights=TABLE.w)
    assert fit.design.index.equals(TABLE.index)
    assert fit.predict({"x": TABLE.x}).index.equals(TABLE.index)
    assert fit.predict().index.equals(TABLE.index)
    mixed = gl.logit("y ~ x", {"y": TABLE.y.to_numpy(), "x": TABLE.x}, weights=TABLE.w)
    np.testing.assert_array_equal(mixed.params, fit.params)


def test_columns_that_no_formula_reads_may_be_labelled_as_they_like():
    data = {"y": TABLE.y, "x": TABLE.x, "other": TABLE.w.sample(frac=1, random_state=1)}
    fit = gl.logit("y ~ x", data)
    assert fit.predict(data).index.equals(TABLE.index)


def test_several_ways_of_clustering_may_be_given_as_columns():
    expected = gl.logit("y ~ x", TABLE, cluster=["c", "d"]).bse
    for cluster in ([TABLE.c, TABLE.d], {"c": TABLE.c, "d": TABLE.d}, TABLE[["c", "d"]]):
        np.testing.assert_array_equal(gl.logit("y ~ x", TABLE, cluster=cluster).bse, expected)
    with pytest.raises(DataError, match="two columns are called"):
        gl.logit("y ~ x", TABLE, cluster=[TABLE.c, TABLE.c])


@pytest.mark.parametrize(
    "own", [lambda x: x.sort_values(), lambda x: x.iloc[::-1], lambda x: x.to_frame().sort_values("x")]
)
def test_what_a_function_of_the_users_returns_is_labelled_as_its_column(own):
    with pytest.raises(DataError, match=r"own\(x\)"):
        gl.design("y ~ own(x)", TABLE, functions={"own": own})
