"""Functions of the user's own: what looks at one row at a time is used, what learns from its column is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import seeds

import glmlogit as gl
from glmlogit.errors import DataError
from glmlogit.formula import purity


def data(seed: int, n: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    x = rng.normal(50, 12, n).round(2)
    frame = pd.DataFrame({"x": x, "z": rng.exponential(3, n), "k": rng.integers(0, 5, n)})
    frame["g"] = np.array(list("abcde"), dtype=object)[frame.k]
    frame["y"] = rng.permutation(np.arange(n) % 2)
    return frame


LEARNING = {
    "centre": lambda x: x - x.mean(),
    "median": lambda x: x - x.median(),
    "standardise": lambda x: (x - x.mean()) / x.std(),
    "unit interval": lambda x: (x - x.min()) / (x.max() - x.min()),
    "share of the largest": lambda x: x / x.max(),
    "share of the sum": lambda x: x / x.sum(),
    "quantile groups": lambda x: pd.qcut(x, 4, labels=False),
    "quantile categories": lambda x: pd.qcut(x, 4),
    "equal widths": lambda x: pd.cut(x, 4, labels=False),
    "median split": lambda x: (x > x.median()).astype(float),
    "winsorise": lambda x: x.clip(x.quantile(0.05), x.quantile(0.95)),
    "ranks": lambda x: x.rank(),
    "cumulative": lambda x: x.cumsum(),
    "first differences": lambda x: x.diff().fillna(0),
    "neighbours": lambda x: x.shift().fillna(x.iloc[0]),
    "against the first row": lambda x: x - x.iloc[0],
    "frequencies": lambda x: x.round(-1).map(x.round(-1).value_counts()),
    "unit guessed": lambda x: x / 100 if x.max() > 60 else x,
    "number of rows": lambda x: x / len(x),
    "sklearn's way": lambda x: np.asarray((x - np.mean(x)) / np.std(x)),
    "several columns": lambda x: np.column_stack([x, (x - x.mean()) ** 2]),
    "frame of columns": lambda x: pd.DataFrame({"a": x, "b": x - x.mean()}),
}
PURE = {
    "log": np.log,
    "exp": lambda x: np.exp(x / 50),
    "sine": lambda x: np.sin(x / 10),
    "steps": lambda x: np.floor(x / 10),
    "fixed cuts": lambda x: pd.cut(x, [-np.inf, 40, 50, 60, np.inf]),
    "fixed cuts by number": lambda x: pd.cut(x, [-np.inf, 40, 60, np.inf], labels=False),
    "condition": lambda x: x > 50,
    "where": lambda x: np.where(x > 50, x - 50, 0.0),
    "row by row": lambda x: x.apply(lambda v: v**2 + 1),
    "text": lambda x: x.map(lambda v: "high" if v > 50 else "low"),
    "category": lambda x: pd.Categorical(np.where(x > 50, "high", "low"), categories=["low", "high"]),
    "powers": lambda x: np.column_stack([x, x**2, x**3]),
    "named powers": lambda x: pd.DataFrame({"one": x, "two": x**2}),
    "list": lambda x: [float(v) / 3 for v in x],
    "interpolated": lambda x: np.interp(x, [0, 40, 60, 100], [0, 1, 1, 3]),
    "fixed knots": lambda x: np.maximum(x.to_numpy()[:, None] - np.array([40.0, 50.0, 60.0]), 0),
}


def design(function, frame, formula="y ~ own(x)"):
    return gl.design(formula, frame, functions={"own": function})


@pytest.mark.parametrize("function", LEARNING.values(), ids=LEARNING)
@settings(max_examples=8, deadline=None)
@given(seed=seeds, n=st.sampled_from([24, 61, 200, 5000]))
def test_functions_that_learn_are_refused_with_what_to_use(function, seed, n):
    with pytest.raises(DataError, match=r"own\(\) learns from its column: own\(x\) gives") as caught:
        design(function, data(seed, n))
    assert "center()" in str(caught.value)
    assert "df['new'] = own(...)" in str(caught.value)


@pytest.mark.parametrize("function", PURE.values(), ids=PURE)
@settings(max_examples=5, deadline=None)
@given(seed=seeds, n=st.sampled_from([24, 61, 200, 5000]))
def test_functions_of_one_row_are_used(function, seed, n):
    frame = data(seed, n)
    fit = gl.firth("y ~ own(x) + z", frame, functions={"own": function})
    np.testing.assert_allclose(fit.predict(frame.iloc[:7]), fit.predict().iloc[:7], rtol=1e-12)


@settings(max_examples=20, deadline=None)
@given(seed=seeds)
def test_functions_of_several_columns_and_of_text(seed):
    frame = data(seed, 120)
    for pure, formula in (
        (lambda x, z: x / z, "y ~ own(x, z)"),
        (lambda g: g.isin(["a", "b"]), "y ~ own(g)"),
        (lambda x, by: x / by, "y ~ own(x, by=2)"),
        (lambda z: z * 2, "y ~ center(own(log(z)))"),
    ):
        assert design(pure, frame, formula).n_columns == 2
    for learning, formula in (
        (lambda x, z: x - z.mean(), "y ~ own(x, z)"),
        (lambda x, g: x - x.groupby(g).transform("mean"), "y ~ own(x, g)"),
        (lambda g: g.map(g.value_counts()), "y ~ own(g)"),
        (lambda g: pd.get_dummies(g).iloc[:, 1:], "y ~ own(g)"),
        (lambda g: g.astype("category").cat.codes, "y ~ own(g)"),
        (lambda z: z - z.mean(), "y ~ x + offset(own(z))"),
        (lambda z: z - z.mean(), "y ~ I(own(z)^2):x"),
    ):
        with pytest.raises(DataError, match="learns from its column"):
            design(learning, frame, formula)


def test_what_was_learned_by_the_built_in_functions_is_kept():
    frame = data(3, 100)
    for term in ("center(x)", "scale(x)", "poly(x, 2)", "ns(x, df=3)", "center(own(x))"):
        fit = gl.logit(f"y ~ {term}", frame, functions={"own": np.log})
        np.testing.assert_allclose(fit.predict(frame.head(3)), fit.predict().head(3), rtol=1e-10)


def test_random_functions_are_told_as_such():
    rng = np.random.default_rng(1)
    with pytest.raises(DataError, match=r"own\(x\) changes from call to call: your function own\(\) is random"):
        design(lambda x: x + rng.normal(size=len(x)), data(1, 50))


def needs_two_rows(x):
    if len(x) < 2:
        raise ValueError("too few")
    return x * 2


def test_functions_that_need_several_rows():
    frame = data(2, 50)
    assert design(needs_two_rows, frame).n_columns == 2
    assert design(lambda x: np.column_stack([x, x]).squeeze()[:, 0], frame).n_columns == 2

    def all_or_nothing(x):
        if len(x) < 50:
            raise ValueError("all rows, please")
        return x

    with pytest.raises(DataError, match=r"from all rows together only.*all rows, please"):
        design(all_or_nothing, frame)


def test_an_error_of_the_function_itself_is_told_as_before():
    with pytest.raises(DataError, match=r"your function own\(\) failed in own\(x\): ZeroDivisionError"):
        design(lambda x: 1 / 0, data(1, 30))


def test_the_outcome_may_learn():
    """No prediction is made of it."""
    frame = data(1, 60)
    assert gl.design("own(x) ~ z", frame, functions={"own": lambda x: x > x.median()}).y.sum() == 30


def test_a_function_may_change_what_it_is_given_and_the_data_stay():
    frame = data(1, 60)
    before = frame.copy()

    def change(x):
        x[:] = x / 2
        return x

    rows = design(change, frame, "y ~ x + own(x)")
    pd.testing.assert_frame_equal(frame, before)
    np.testing.assert_array_equal(rows.X[:, 1], before.x)
    np.testing.assert_array_equal(rows.X[:, 2], before.x / 2)


def test_few_rows_are_looked_at_again_whatever_there_are():
    seen = []

    def own(x):
        seen.append(len(x))
        return x / 2

    design(own, data(1, 40_000))
    assert seen[0] == 40_000
    assert sum(seen[1:]) <= 3 * purity.SAMPLE
    seen.clear()
    fit = gl.logit("y ~ own(x)", data(1, 100), functions={"own": own})
    seen.clear()
    fit.predict(data(2, 30))
    assert seen == [30]
