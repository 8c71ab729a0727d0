"""Columns of numbers of a small frame are copied, not made a Series each: the design is the same, and stays so."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import glmlogit as gl
from glmlogit.data import frames, taken
from glmlogit.data.taken import MOST_COPIED_ROWS, Taken
from glmlogit.errors import GlmlogitError

FORMULAS = (
    "y ~ age + bmi + C(site)",
    "y ~ age * smoker + bs(bmi, df=4)",
    "y ~ I(age^2) + log(bmi) + offset(bmi / 10) + site:age",
    "y ~ C(smoker) + relevel(site, 'south') + scale(age)",
    "I(age > 50) ~ bmi + site",
    "cbind(y, smoker) ~ age",
    "y ~ f(age, site) + smoker",
    "y ~ .",
)
DTYPES = ("int64", "int8", "uint16", "float32", "float64", "Int64", "Float64", "bool", "boolean")


def table(seed: int, n: int = 80) -> pd.DataFrame:
    """A table whose columns are stored as the seed says."""
    rng = np.random.default_rng(seed)
    age, site = rng.integers(20, 90, n), rng.choice(["north", "south", "west"], n)
    data = pd.DataFrame({"y": rng.integers(0, 2, n), "age": age, "bmi": rng.normal(27, 4, n), "site": site})
    data["smoker"] = rng.integers(0, 2, n)
    data = data.astype({"age": DTYPES[seed % 7], "smoker": DTYPES[seed % 9], "y": DTYPES[(seed + 3) % 9]})
    data["site"] = data["site"].astype(("str", "object", "string", "category", "string[python]")[seed % 5])
    if seed % 3 == 0:
        data.index = pd.Index(rng.permutation(n) * 3, name="id")
    if seed % 4 == 1:
        data["bmi"] = data["bmi"].where(rng.random(n) > 0.1)
    return data.sample(frac=1, axis=1, random_state=seed) if seed % 2 else data


def described(formula: str, data: pd.DataFrame) -> tuple:
    """All of a design; or the error."""
    functions = {"f": lambda age, site: age - 50.0 * (site == "north")}
    try:
        rows = gl.design(formula, data, functions=functions)
    except GlmlogitError as error:
        return (str(error),)
    written = (rows.names, rows.X.tobytes(), rows.y.tobytes(), rows.outcome, [note.text for note in rows.notes])
    stored = rows.frame
    return (*written, rows.positions.tolist(), stored.dtypes.to_dict(), stored.to_csv(), rows.index.tolist())


@pytest.mark.parametrize("formula", FORMULAS)
def test_the_design_is_that_of_columns_as_series(monkeypatch, formula):
    for seed in range(12):
        data = table(seed)
        quick = described(formula, data)
        with monkeypatch.context() as patched:
            patched.setattr(taken, "MOST_COPIED_ROWS", 0)
            assert described(formula, data) == quick


def test_tables_of_one_schema_and_others_in_turn(monkeypatch):
    """What is remembered of a table says nothing of the next: other types, levels, orders of columns."""
    for formula in FORMULAS[:4]:
        in_turn = [described(formula, table(seed)) for seed in range(8)]
        with monkeypatch.context() as patched:
            patched.setattr(taken, "MOST_COPIED_ROWS", 0)
            assert [described(formula, table(seed)) for seed in reversed(range(8))] == in_turn[::-1]


@pytest.mark.parametrize("n", [80, MOST_COPIED_ROWS + 1])
def test_changes_of_the_frame_do_not_reach_the_design(n):
    data = table(0, n)
    fit = gl.logit("y ~ age + bmi + site", data)
    before, risks = data[["y", "age", "bmi", "site"]].copy(), fit.predict()
    data.loc[:, "bmi"] = 1000.0
    data["age"] = 0
    data.iloc[3:9, data.columns.get_loc("smoker")] = 7
    pd.testing.assert_frame_equal(fit.design.frame, before)
    np.testing.assert_array_equal(fit.predict(), risks)
    own = fit.design.frame
    own.loc[:, "bmi"] = -1.0  # whoever writes to the frame of a design writes to a copy
    assert (fit.margins("bmi")["estimate"] == gl.logit("y ~ age + bmi + site", before).margins("bmi")["estimate"]).all()


def test_numbers_are_at_hand_without_a_series():
    data = table(0)
    held = frames.taken(data, list(data.columns), list(data.columns), tuple(data.columns))
    assert set(held.plain) == {"y", "age", "bmi", "smoker"}
    for name, values in held.plain.items():
        assert not np.shares_memory(values, data[name].to_numpy())
        assert held.column(name) is values
        pd.testing.assert_series_equal(held[name], data[name])
        assert held[name] is held[name]
    assert held.column("site") is held["site"]
    rows = np.arange(len(data)) % 3 == 0
    for part, expected in ((held[rows], data[rows]), (held[["site", "age"]], data[["site", "age"]])):
        assert set(part.plain) == set(held.plain) & set(expected)
        assert (len(part), list(part)) == (len(expected), list(expected))
        pd.testing.assert_frame_equal(part.frame, expected)
    other = held.with_columns({"age": data["age"] + 1})
    assert "age" not in other.plain
    pd.testing.assert_series_equal(other["age"], data["age"] + 1)
    assert Taken.of(data).plain == {}


def test_labels_that_are_numbers_or_stand_twice():
    data = pd.DataFrame(np.arange(12.0).reshape(4, 3), columns=[3, "b", "b"])
    held = frames.taken(data, [3], ["3"], tuple(data.columns))
    assert held["3"].tolist() == [0.0, 3.0, 6.0, 9.0]
    assert held["3"].name == "3"
    with pytest.raises(GlmlogitError, match="more than once"):
        frames.taken(data, ["b"], ["b"], tuple(data.columns))
