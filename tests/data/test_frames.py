"""Every kind of table gives the same columns, and what is not a table is refused in words."""

import datetime
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import glmlogit as gl
from glmlogit.data import frames
from glmlogit.errors import DataError

X = [1.5, 2.5, -1.0]
G = ["b", "a", "b"]


def pandas_frame():
    return pd.DataFrame({"x": X, "g": G, "n": [1, 2, 3]})


def polars_frame():
    return pytest.importorskip("polars").DataFrame({"x": X, "g": G, "n": [1, 2, 3]})


def arrow_table():
    return pytest.importorskip("pyarrow").table({"x": X, "g": G, "n": [1, 2, 3]})


def duckdb_relation():
    return pytest.importorskip("duckdb").from_df(pandas_frame())


TABLES = {
    "pandas": pandas_frame,
    "polars": polars_frame,
    "polars lazy": lambda: polars_frame().lazy(),
    "arrow": arrow_table,
    "duckdb": duckdb_relation,
    "dict of lists": lambda: {"x": X, "g": G, "n": [1, 2, 3]},
    "dict of arrays": lambda: {"x": np.array(X), "g": np.array(G), "n": np.array([1, 2, 3])},
    "dict of series": lambda: {k: pd.Series(v) for k, v in {"x": X, "g": G, "n": X}.items()},
    "dict of polars": lambda: {name: polars_frame()[name] for name in ("x", "g", "n")},
}


@pytest.mark.parametrize("make", TABLES.values(), ids=TABLES.keys())
def test_every_table_gives_its_names_and_columns(make):
    data = make()
    assert frames.column_names(data) == ("x", "g", "n")
    taken = frames.take(data, ["g", "x", "g"])
    assert list(taken.columns) == ["g", "x"]
    assert taken.index.equals(pd.RangeIndex(3))
    assert taken["g"].tolist() == G
    np.testing.assert_array_equal(frames.numeric(taken["x"]), X)
    assert frames.kind(taken["g"], "g") == "factor"
    assert frames.kind(taken["x"], "x") == "numeric"


@pytest.mark.parametrize("make", TABLES.values(), ids=TABLES.keys())
def test_taking_no_column_keeps_the_number_of_rows(make):
    assert frames.take(make(), []).shape == (3, 0)


def test_pandas_keeps_its_index_and_shares_memory():
    frame = pandas_frame().set_axis([10, 20, 30])
    taken = frames.take(frame, ["x"])
    assert taken.index.tolist() == [10, 20, 30]
    assert np.shares_memory(taken["x"].to_numpy(), frame["x"].to_numpy())


def test_labels_need_not_be_text():
    frame = pd.DataFrame({1: X, ("a", 2): X})
    assert frames.column_names(frame) == (1, ("a", 2))
    assert list(frames.take(frame, [1]).columns) == [1]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (None, ["data", "None", "DataFrame"]),
        (np.zeros((3, 2)), ["array of shape (3, 2)", "columns=[...]", "design_arrays"]),
        (np.zeros(3, dtype=[("a", float)]), ["structured"]),
        ([1, 2], ["list"]),
        ("file.csv", ["text", "pd.read_csv('file.csv')"]),
        (3, ["int", "DataFrame"]),
        (pd.Series(X), ["Series"]),
    ],
)
def test_what_is_not_a_table_is_refused(data, words):
    for attempt in (lambda: frames.column_names(data), lambda: frames.take(data, ["x"])):
        with pytest.raises(DataError) as caught:
            attempt()
        assert all(word in str(caught.value) for word in words)


@pytest.mark.parametrize("make", TABLES.values(), ids=TABLES.keys())
def test_missing_columns_are_named_with_near_ones(make):
    with pytest.raises(DataError, match=r"no column 'X' in the data \(did you mean 'x'\?\)"):
        frames.take(make(), ["X", "g"])
    with pytest.raises(DataError, match="no column 'height'"):
        frames.take(make(), ["height"])


def test_duplicate_labels_matter_only_when_used():
    frame = pd.DataFrame([[1, 2, 3]], columns=["a", "b", "a"])
    assert frames.take(frame, ["b"]).shape == (1, 1)
    with pytest.raises(DataError, match="'a'"):
        frames.take(frame, ["a", "b"])


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"x": [1, 2], "g": [1]}, ["'x' has 2", "'g' has 1"]),
        ({"x": np.ma.array([1.0, 2.0], mask=[False, True]), "g": [1, 2]}, ["masked", "'x'", "1 masked"]),
        ({"x": np.zeros((2, 2)), "g": [1, 2]}, ["'x'", "(2, 2)"]),
        ({"x": 3, "g": [1, 2]}, ["'x'", "3"]),
        ({"x": "ab", "g": [1, 2]}, ["'x'", "'ab'"]),
    ],
)
def test_dicts_that_are_no_table(data, words):
    with pytest.raises(DataError) as caught:
        frames.take(data, ["x", "g"])
    assert all(word in str(caught.value) for word in words)


def test_masked_arrays_without_masked_cells_are_taken():
    taken = frames.take({"x": np.ma.array([1.0, 2.0])}, ["x"])
    assert taken["x"].tolist() == [1.0, 2.0]


# Trap: dictionary-encoded Parquet and polars categoricals list their levels in order of storage.
def test_levels_of_stored_dictionaries_are_sorted():
    pl, pa = pytest.importorskip("polars"), pytest.importorskip("pyarrow")
    stored = pa.array(["b", "a", None, "b"]).dictionary_encode()
    assert stored.dictionary.to_pylist() == ["b", "a"]
    tables = [
        pa.table({"g": stored}),
        pl.DataFrame({"g": pl.Series(["b", "a", None, "b"], dtype=pl.Categorical)}),
        pd.DataFrame({"g": pd.Series(pd.arrays.ArrowExtensionArray(stored))}),
    ]
    for table in tables:
        column = frames.take(table, ["g"])["g"]
        assert list(column.cat.categories) == ["a", "b"]
        assert frames.missing_mask(column).tolist() == [False, False, True, False]


def test_declared_orders_are_kept():
    pl, pa = pytest.importorskip("polars"), pytest.importorskip("pyarrow")
    ordered = pd.Categorical(["lo", "hi"], categories=["lo", "hi"], ordered=True)
    tables = [
        pd.DataFrame({"g": pd.Categorical(["lo", "hi"], categories=["lo", "hi"])}),
        pa.Table.from_pandas(pd.DataFrame({"g": ordered})),
        pl.DataFrame({"g": pl.Series(["lo", "hi"], dtype=pl.Enum(["lo", "hi"]))}),
    ]
    for table in tables:
        assert list(frames.take(table, ["g"])["g"].cat.categories) == ["lo", "hi"]


def test_nulls_are_missing_in_every_table():
    pl, pa = pytest.importorskip("polars"), pytest.importorskip("pyarrow")
    values = {"i": [1, None], "f": [0.5, None], "s": ["a", None], "b": [True, None]}
    for table in (pl.DataFrame(values), pa.table(values), values, duckdb_of(values)):
        taken = frames.take(table, list(values))
        for name, kind in {"i": "numeric", "f": "numeric", "s": "factor", "b": "numeric"}.items():
            assert frames.missing_mask(taken[name]).tolist() == [False, True], name
            assert frames.kind(taken[name], name) == kind
            if kind == "numeric":
                assert np.isnan(frames.numeric(taken[name])[1])


def duckdb_of(values):
    duckdb = pytest.importorskip("duckdb")
    rows = ", ".join("(1, 0.5::double, 'a', true)" if i == 0 else "(null, null, null, null)" for i in (0, 1))
    return duckdb.sql(f"select * from (values {rows}) t({', '.join(values)})")


def test_duckdb_names_are_quoted():
    duckdb = pytest.importorskip("duckdb")
    relation = duckdb.sql('select 1 as "a ""b"" c", 2 as "select"')
    assert frames.take(relation, ['a "b" c', "select"]).iloc[0].tolist() == [1, 2]


def test_an_empty_text_is_not_missing():
    assert not frames.missing_mask(pd.Series(["", "a"])).any()


@pytest.mark.parametrize(
    "values",
    [
        [None, 1.0],
        pd.array([None, 1], dtype="Int64"),
        pd.array([None, 1.0], dtype="Float64"),
        pd.array([None, True], dtype="boolean"),
        pd.array([None, "a"], dtype="string"),
        pd.array(["NaT", "2020-01-01"], dtype="datetime64[ns]"),
        pd.Categorical([None, "a"]),
        np.array([pd.NA, 1], dtype=object),
    ],
)
def test_all_kinds_of_missing(values):
    assert frames.missing_mask(pd.Series(values)).tolist() == [True, False]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (np.array([1, 2], dtype=np.int8), "numeric"),
        (np.array([1, 2], dtype=np.float32), "numeric"),
        (np.array([1, 2], dtype=np.longdouble), "numeric"),
        ([True, False], "numeric"),
        (pd.array([1, 2], dtype="Int8"), "numeric"),
        (pd.array([True, None], dtype="boolean"), "numeric"),
        (pd.Series([1.0, 2], dtype=object), "numeric"),
        (pd.Series([True, None], dtype=object), "numeric"),
        ([Decimal("1.5"), Decimal("2")], "numeric"),
        (pd.arrays.SparseArray([0.0, 1.0]), "numeric"),
        (["a", "b"], "factor"),
        (pd.Series(["a", "b"], dtype=object), "factor"),
        (pd.array(["1", "2"], dtype="string"), "factor"),
        (pd.Categorical([1, 2]), "factor"),
        (pd.Series([None, None], dtype=object), "empty"),
    ],
)
def test_kinds_of_columns(values, expected):
    column = pd.Series(values)
    assert frames.kind(column, "x") == expected
    if expected == "numeric":
        assert frames.numeric(column).dtype == np.float64


@pytest.mark.parametrize(
    ("values", "word"),
    [
        (pd.date_range("2020", periods=2), "datetime"),
        (pd.to_timedelta([1, 2], unit="D"), "timedelta"),
        (np.array([1j, 2]), "complex"),
        (pd.period_range("2020", periods=2, freq="D"), "period"),
        (pd.Series([1, "1"], dtype=object), "int, str"),
        (pd.Series([datetime.date(2020, 1, 1)] * 2), "date"),
        (pd.Series([b"a", b"b"], dtype=object), "bytes"),
        (pd.Series([[1], [2]]), "list"),
    ],
)
def test_columns_that_are_neither_number_nor_category(values, word):
    with pytest.raises(DataError, match="'t'") as caught:
        frames.kind(pd.Series(values), "t")
    assert word in str(caught.value)


@pytest.mark.parametrize("dtype", ["Int64", "Float64", "float32", "int8", "object", "int64[pyarrow]"])
def test_numbers_become_float64(dtype):
    if "pyarrow" in dtype:
        pytest.importorskip("pyarrow")
    found = frames.numeric(pd.Series([1, 2, 3], dtype=dtype))
    assert found.dtype == np.float64
    assert found.tolist() == [1.0, 2.0, 3.0]


def test_first_rows_counts_and_labels():
    index = pd.Index(list("abcdefgh"))
    assert frames.first_rows(index, np.arange(8) == 2) == "row c"
    assert frames.first_rows(index, np.arange(8) > 0) == "rows b, c, d, e, f, …"


# ---------------------------------------------------------------- arrow dictionaries


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_arrow_dictionaries_are_the_values_they_stand_for(data):
    """With nulls or values twice in the dictionary, chunks of other dictionaries, any type of values and of indices."""
    pa = pytest.importorskip("pyarrow")
    values, text = data.draw(
        st.sampled_from([(["b", "a", "c"], True), ([30, 10, 20], False), ([2.5, -1.0, 0.5], False)])
    )
    kinds = [pa.string(), pa.large_string()] if text else [pa.int64() if isinstance(values[0], int) else pa.float64()]
    kind, index = data.draw(st.sampled_from(kinds)), data.draw(st.sampled_from([pa.int8(), pa.uint8(), pa.int64()]))
    chunks, plain = [], []
    for _ in range(data.draw(st.integers(1, 3))):
        stored = data.draw(st.permutations([*values, None, *data.draw(st.lists(st.sampled_from(values), max_size=2))]))
        codes = data.draw(st.lists(st.one_of(st.none(), st.integers(0, len(stored) - 1)), min_size=1, max_size=9))
        dictionary = pa.array(stored, type=kind)
        chunks.append(pa.DictionaryArray.from_arrays(pa.array(codes, type=index), dictionary))
        plain += [None if code is None else stored[code] for code in codes]
    column = pa.chunked_array(chunks)
    series = pd.Series(pd.arrays.ArrowExtensionArray(column), index=range(5, 5 + len(plain)))
    for table in (pa.table({"g": column}), pd.DataFrame({"g": series})):
        found = frames.take(table, ["g"])["g"]
        assert found.astype(object).where(found.notna(), None).tolist() == plain
        assert list(found.cat.categories) == sorted({value for value in plain if value is not None})


def test_fits_predictions_and_tables_of_arrow_dictionaries_with_nulls():
    pa = pytest.importorskip("pyarrow")
    y, codes = np.tile([0, 1, 1, 0, 1], 12), np.tile([0, 1, 2, 1, 0, 0, 1], 9)[:60]
    for stored in (["a", "b", None], [None, "b", "a"], ["a", "b", "a"]):
        g = pa.DictionaryArray.from_arrays(pa.array(codes), pa.array(stored))
        table = pa.table({"y": y, "g": g})
        plain = pd.DataFrame({"y": y, "g": np.array(stored, dtype=object)[codes]})
        fit, expected = gl.logit("y ~ g", table), gl.logit("y ~ g", plain)
        np.testing.assert_array_equal(fit.params, expected.params)
        np.testing.assert_array_equal(fit.predict(table), expected.predict(plain))
        np.testing.assert_array_equal(
            gl.two_by_two(table, "y", "g").measures.estimate, gl.two_by_two(plain, "y", "g").measures.estimate
        )


def test_ordered_dictionaries_keep_their_order_and_batches_are_tables():
    pa = pytest.importorskip("pyarrow")
    ordered = pa.DictionaryArray.from_arrays(pa.array([1, 0, 2]), pa.array(["lo", "hi", None]), ordered=True)
    found = frames.take(pa.table({"g": ordered}), ["g"])["g"]
    assert list(found.cat.categories) == ["lo", "hi"]
    assert found.cat.ordered
    batch = pa.record_batch({"g": ordered, "x": pa.array([1.0, 2.0, 3.0])})
    assert frames.take(batch, ["g", "x"])["g"].tolist()[:2] == ["hi", "lo"]


def test_columns_labelled_in_levels_are_refused_with_what_to_type():
    frame = pd.DataFrame({("a", 1): X, ("b", 2): X})
    for attempt in (lambda: gl.design_arrays([0, 1, 1], frame), lambda: frames.take(frame, [("a", 1)])):
        with pytest.raises(DataError, match="2 levels of labels") as caught:
            attempt()
    exec(str(caught.value).partition("name: ")[2], {"df": frame})
    assert list(frame.columns) == ["a_1", "b_2"]
