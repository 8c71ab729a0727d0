"""Bases against R, and what transforms remember and refuse."""

import copy
import json
import pickle
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from glmlogit.errors import DataError, FormulaError
from glmlogit.formula.parse import parse
from glmlogit.formula.spec import build

REFERENCE = json.loads((Path(__file__).parents[1] / "reference" / "splines.json").read_text())
CASES = REFERENCE["cases"]
# Both sides are float64 evaluations of the same polynomials on values near 1; 1e-13 leaves room for the
# order of operations and for the 17 digits of the JSON.
RTOL = 1e-13


def matrix(expression, x, new=None):
    made = build(parse(f"y ~ 0 + {expression}"), pd.DataFrame({"y": 0, "x": x}))
    if new is None:
        return made.X
    return made.X, made.spec.matrix(pd.DataFrame({"x": new}))[0]


@pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c['expression']}-{len(c['x'])}")
def test_basis_is_that_of_r_at_the_fit_and_for_new_values(case):
    found, found_new = matrix(case["expression"], case["x"], case["new"])
    for got, want in ((found, case["basis"]), (found_new, case["new_basis"])):
        want = np.array(want, dtype=float)
        assert got.shape == want.shape
        np.testing.assert_allclose(got, want, rtol=RTOL, atol=RTOL * np.abs(want).max())


def test_natural_spline_is_linear_beyond_its_boundary():
    x = np.linspace(0, 10, 50)
    _, new = matrix("ns(x, df=4)", x, [11.0, 12.0, 13.0, -1.0, -2.0, -3.0])
    np.testing.assert_allclose(new[0] - new[1], new[1] - new[2], atol=1e-12)
    np.testing.assert_allclose(new[3] - new[4], new[4] - new[5], atol=1e-12)


def test_natural_spline_spans_restricted_cubic_spline_with_the_same_knots():
    x = np.linspace(1, 9, 80)
    ns = matrix("ns(x, knots=(3, 5), boundary_knots=(1, 9), intercept=True)", x)
    rcs = np.column_stack([np.ones(80), matrix("rcs(x, knots=(1, 3, 5, 9))", x)])
    projected = ns @ np.linalg.lstsq(ns, rcs, rcond=None)[0]
    np.testing.assert_allclose(projected, rcs, atol=1e-10)


@pytest.mark.parametrize(
    "expression",
    [
        *("scale(x)", "center(x)", "standardize(x)", "poly(x, 3)", "bs(x, df=5)", "ns(x, df=3)", "rcs(x, 3)"),
        *("cr(x, df=4)", "cc(x, df=4)", "scale(log(x))", "cr(x, df=4, constraints='center')"),
    ],
)
def test_new_rows_use_what_was_learned_at_the_fit(expression):
    x = np.random.default_rng(3).gamma(2.0, size=60)
    found, part = matrix(expression, x, x[7:12])
    np.testing.assert_allclose(part, found[7:12], rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize(
    ("expression", "values"),
    [
        ("log(x)", np.log),
        ("log(x, 2)", np.log2),
        ("log(x, base=10)", np.log10),
        ("log2(x)", np.log2),
        ("log10(x)", np.log10),
        ("log1p(x)", np.log1p),
        ("exp(x)", np.exp),
        ("expm1(x)", np.expm1),
        ("sqrt(x)", np.sqrt),
        ("abs(x - 3)", lambda x: np.abs(x - 3)),
        ("hinge(x, 2)", lambda x: np.maximum(x - 2, 0)),
        ("I(x^2)", lambda x: x**2),
        ("I(x**2 / 3 - 1)", lambda x: x**2 / 3 - 1),
        ("I(x %% 2)", lambda x: x % 2),
        ("I(x // 2)", lambda x: x // 2),
        ("I(x %/% 2)", lambda x: x // 2),
        ("I(-x)", lambda x: -x),
        ("I(1 < x <= 3)", lambda x: (x > 1) & (x <= 3)),
        ("I((x > 1) & ~(x > 3))", lambda x: (x > 1) & (x <= 3)),
        ("I(x < 1 or x > 3)", lambda x: (x < 1) | (x > 3)),
        ("I(!(x > 1))", lambda x: x <= 1),
    ],
)
def test_elementwise_functions(expression, values):
    x = np.linspace(0.5, 4, 15)
    # log(x, base) divides two logarithms, one rounding more than log2 or log10.
    np.testing.assert_allclose(matrix(expression, x)[:, 0], values(x), rtol=4e-16)


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("log(x)", ["log(x)", "-inf", "1 row", "row 0"]),
        ("log(x - 1)", ["log(x - 1)", "nan", "-inf"]),
        ("exp(x * 1000)", ["exp(x * 1000)", "inf"]),
        ("I(1 / x)", ["1 / x", "inf"]),
        ("I(x^999 * 0)", ["x^999", "inf"]),
        ("I(0 * 9**9**9 * x)", ["9 ** 9", "inf"]),
        ("sqrt(x - 5)", ["sqrt(x - 5)", "nan"]),
        ("poly(x, 60)", ["poly(x, 60)", "distinct"]),
        ("rcs(x, 40)", ["rcs(x, 40)", "distinct"]),
        ("ns(x, df=4, knots=(1, 2))", ["df or knots"]),
        ("ns(x, df=-1)", ["df"]),
        ("ns(x, df='a')", ["df", "'a'"]),
        ("ns(x, knots=(99, 100))", ["boundary"]),
        ("bs(x, df=2)", ["df"]),
        ("bs(x, degree=0)", ["degree"]),
        ("bs(x, knots='a')", ["knots"]),
        ("scale(x * 0)", ["scale(x * 0)", "same value"]),
        ("scale(x, center='a')", ["scale"]),
        ("cr(x, df=1)", ["cr(x, df=1)"]),
        ("rcs(x, knots=(1, 2))", ["three"]),
        ("I(poly(x, 2) + 1)", ["several columns"]),
        ("I(x > 1 & x < 3)", ["parentheses"]),
        ("I(x == 'a')", ["text"]),
    ],
)
def test_a_transform_that_fails_says_which_and_why(expression, words):
    x = np.linspace(0, 4, 21)
    with pytest.raises(DataError) as caught:
        matrix(expression, x)
    for word in words:
        assert word in str(caught.value)


@pytest.mark.parametrize("expression", ["poly(x, 101)", "bs(x, df=1000)", "ns(x, 999999)", "rcs(x, 500)"])
def test_degrees_are_bounded(expression):
    with pytest.raises(FormulaError, match="at most 100 columns"):
        parse(f"y ~ {expression}")


def test_rows_are_named_by_their_labels():
    frame = pd.DataFrame({"y": 0, "x": [1.0, 0.0, 2.0]}, index=["ann", "bob", "cyd"])
    with pytest.raises(DataError, match=r"log\(x\) is -inf in 1 row \(row bob\)"):
        build(parse("y ~ log(x)"), frame)


def test_an_infinite_cell_is_named():
    with pytest.raises(DataError, match=r"column 'x' is inf in 1 row \(row 1\)"):
        build(parse("y ~ x"), pd.DataFrame({"y": 0, "x": [1.0, np.inf]}))


def test_scale_takes_a_given_centre_and_spread():
    x = np.array([1.0, 2.0, 4.0])
    np.testing.assert_array_equal(matrix("scale(x, 2, 4)", x)[:, 0], (x - 2) / 4)
    np.testing.assert_array_equal(matrix("scale(x, scale=False)", x)[:, 0], x - np.mean(x))


def test_functions_of_the_caller_get_columns_and_come_first():
    seen = []

    def twice(x, by=2):
        seen.append(type(x))
        return x * by

    frame = pd.DataFrame({"y": 0, "x": [1, 2, 3], "g": list("aab")})
    functions = {"twice": twice, "log": lambda x: x + 100, "first": lambda g: g.str[0] + "!"}
    made = build(parse("y ~ twice(x) + twice(x, by=3) + log(x) + first(g)", functions), frame)
    assert seen[0] is pd.Series
    assert made.spec.names[1:] == ("twice(x)", "twice(x, by=3)", "log(x)", "first(g)[T.b!]")
    np.testing.assert_array_equal(made.X[:, 1:4], [[2, 3, 101], [4, 6, 102], [6, 9, 103]])


def test_a_function_of_the_caller_may_return_several_columns():
    frame = pd.DataFrame({"y": 0, "x": [1.0, 2.0, 3.0]})
    functions = {"both": lambda x: np.column_stack([x, x**2])}
    assert build(parse("y ~ both(x)", functions), frame).spec.names == ("Intercept", "both(x)[0]", "both(x)[1]")


@pytest.mark.parametrize("result", [1.0, [1.0], None, "text", np.zeros((3, 2, 2))])
def test_a_function_of_the_caller_must_return_a_value_a_row(result):
    with pytest.raises(DataError, match="own"):
        build(parse("y ~ own(x)", {"own": lambda x: result}), pd.DataFrame({"y": 0, "x": [1.0, 2.0, 3.0]}))


def test_a_function_of_the_caller_that_raises_is_named():
    def broken(x):
        raise KeyError("inside")

    with pytest.raises(DataError, match=r"broken\(\) failed"):
        build(parse("y ~ broken(x)", {"broken": broken}), pd.DataFrame({"y": 0, "x": [1.0, 2.0]}))


@pytest.mark.parametrize("name", ["C", "offset", "lambda", "__import__", "a b"])
def test_some_names_cannot_be_given_to_own_functions(name):
    with pytest.raises(FormulaError):
        parse("y ~ x", {name: abs})


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda s: pickle.loads(pickle.dumps(s))])
def test_a_spec_can_be_copied_and_pickled(duplicate):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"y": 0, "x": rng.normal(size=30), "g": list("abc") * 10})
    made = build(parse("y ~ ns(x, df=3) * C(g, Sum) + I(x^2)"), frame)
    np.testing.assert_array_equal(duplicate(made.spec).matrix(frame)[0], made.X)
