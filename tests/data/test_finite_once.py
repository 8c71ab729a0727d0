"""Columns of numbers are looked at once for what is not finite."""

from __future__ import annotations

import pickle

import numpy as np
import pandas as pd
import pytest

import glmlogit as gl
from glmlogit.data import taken
from glmlogit.data.taken import Taken, plain_columns
from glmlogit.errors import DataError


def table(n: int = 40) -> pd.DataFrame:
    rng = np.random.default_rng(1)
    return pd.DataFrame(
        {"y": np.arange(n) % 2, "x": rng.normal(size=n), "k": rng.integers(0, 5, n), "g": list("ab") * 20}
    )


def of(frame: pd.DataFrame) -> Taken:
    plain = plain_columns(frame, list(frame), list(frame))
    return Taken.lazily(list(frame), {c: frame[c] for c in frame if c not in plain}, plain, frame.index)


def test_what_is_finite():
    frame = table().assign(gone=[np.nan] + [1.0] * 39, endless=[np.inf] + [1.0] * 39)
    columns = of(frame)
    assert [columns.finite(name) for name in frame] == [True, True, True, False, False, False]
    assert not columns.finite("absent")
    some = columns[np.arange(40) > 0]
    assert some.finite("gone")
    assert some.finite("endless")
    again = pickle.loads(pickle.dumps(columns))
    assert not again.finite("x")  # at hand as a Series
    np.testing.assert_array_equal(again.column("x"), frame["x"])


def test_a_column_is_looked_at_once(monkeypatch):
    looked, real = [], taken.all_finite
    monkeypatch.setattr(taken, "all_finite", lambda values: (looked.append(len(values)), real(values))[1])
    gl.design("y ~ x + k + g", table())
    assert looked == [40]


@pytest.mark.parametrize("value", [np.inf, -np.inf])
@pytest.mark.parametrize("formula", ["y ~ x", "y ~ x + I(x > 0)", "y ~ log(k + 1) + x"])
def test_what_is_not_finite_is_refused_by_name(value, formula):
    frame = table()
    frame.loc[3, "x"] = value
    with pytest.raises(DataError, match="column x has 1 value that is not finite"):
        gl.design(formula, frame)
