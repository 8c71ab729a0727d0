"""From a formula to a model matrix: names, coding, levels, missing values, new data."""

import warnings
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

import glmlogit as gl
from glmlogit.data import frames
from glmlogit.errors import DataError, FormulaError
from glmlogit.formula.parse import outcome_columns, parse
from glmlogit.formula.spec import build

N = 60


@pytest.fixture
def df():
    rng = np.random.default_rng(11)
    return pd.DataFrame(
        {
            "y": rng.integers(0, 2, N),
            "x1": rng.normal(size=N),
            "x2": rng.normal(size=N),
            "p": rng.gamma(2.0, size=N),
            "g": np.array(list("abca" * 15)),
            "h": np.array(list("uvuvv" * 12)),
            "race": rng.integers(1, 4, N),
            "flag": rng.random(N) > 0.5,
        }
    )


def made(formula, data, **options):
    parsed = parse(formula, available=frames.column_names(data), **options)
    return build(parsed, frames.take(data, parsed.variables))


# ---------------------------------------------------------------- names and values against formulaic

SAME_AS_FORMULAIC = [
    "y ~ x1 + x2",
    "y ~ 1",
    "y ~ x1 - 1",
    "y ~ 0 + x1",
    "y ~ x1 + 0",
    "y ~ -1 + x1",
    "y ~ g",
    "y ~ g - 1",
    "y ~ g + h - 1",
    "y ~ x1 + C(race)",
    "y ~ x1:x2",
    "y ~ x1*x2",
    "y ~ x1*g",
    "y ~ g*h",
    "y ~ g:h",
    "y ~ g + g:h",
    "y ~ g:x1",
    "y ~ x1 + g:x1",
    "y ~ g:h:x1 + h",
    "y ~ g*h*x1 - g:h:x1",
    "y ~ (x1 + x2 + g)^2",
    "y ~ (x1 + x2 + p)**3",
    "y ~ (x1 + x2)*(g + h)",
    "y ~ x1/g",
    "y ~ g/x1",
    "y ~ (g + h)/x1",
    "y ~ x1 + x2 - x1",
    "y ~ g*x1 - x1",
    "y ~ C(g, Treatment('b'))",
    'y ~ C(g, Treatment(reference="c")) * x1',
    "y ~ C(g, contr.treatment('c'))",
    "y ~ C(g, contr.treatment(base='c'))",
    "y ~ C(g, Sum)",
    "y ~ C(g, contr.sum)",
    "y ~ C(g, contr.helmert)",
    "y ~ C(g, Helmert) + h",
    "y ~ C(g, contr.poly)",
    "y ~ C(g, Diff)",
    "y ~ C(g, contr.SAS)",
    "y ~ C(g, levels=['c', 'b', 'a'])",
    "y ~ C(race, Treatment(2))",
    "y ~ C(flag)",
    "y ~ flag + flag:x1",
    "y ~ log(p) + exp(x1)",
    "y ~ log10(p) + log2(p)",
    "y ~ I(x1**2)",
    "y ~ I(x1 > 0)",
    "y ~ I(x1+x2)",
    "y ~ scale(x1) + center(x2) + standardize(p)",
    "y ~ poly(x1, 2)",
    "y ~ bs(x1, df=5)",
    "y ~ bs(x1, df=4, degree=2) * g",
    "y ~ 0 + bs(x1, df=5) + g",
    "y ~ bs(x1, df=6, include_intercept=True)",
    "y ~ cr(x1, df=4)",
    "y ~ cc(x1, df=4)",
]


@pytest.mark.parametrize("formula", SAME_AS_FORMULAIC)
def test_names_and_columns_are_those_of_formulaic(formula, df):
    from formulaic import model_matrix

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = model_matrix(formula.split("~")[1], df)
    ours = made(formula, df)
    assert ours.spec.names == tuple(theirs.columns)
    # Products and splines are evaluated in another order of operations: a few units in the last place.
    np.testing.assert_allclose(ours.X, theirs.to_numpy(float), rtol=1e-11, atol=1e-13)
    assert ours.X.flags.c_contiguous
    assert ours.X.dtype == np.float64


@pytest.mark.parametrize("formula", SAME_AS_FORMULAIC)
def test_new_data_repeat_the_matrix_and_terms_partition_the_columns(formula, df):
    ours = made(formula, df)
    again, offset = ours.spec.matrix(df.iloc[::-1])
    np.testing.assert_array_equal(again[::-1], ours.X)
    assert offset is None
    columns = [c for term in ours.spec.terms for c in term.columns]
    assert columns == list(range(ours.X.shape[1]))


@pytest.mark.parametrize("formula", SAME_AS_FORMULAIC)
def test_leaving_out_a_term_goes_through_the_formula(formula, df):
    spec = made(formula, df).spec
    if len(spec.terms) < 2:
        return
    for term in spec.terms:
        smaller = spec.without(term.name)
        written = parse(smaller.text, available=list(df))
        assert written.terms == smaller.terms
        assert set(written.variables) == set(smaller.variables)
        assert build(smaller, df).spec.names == build(written, df).spec.names


# ---------------------------------------------------------------- what a formula says of itself


def test_parts_of_a_formula():
    formula = parse(" low\t~ age +\n C( race )*smoke  + offset(log(n)) ")
    assert formula.text == "low ~ age + C( race )*smoke + offset(log(n))"
    assert formula.outcome == "low"
    assert formula.variables == ("low", "age", "race", "smoke", "n")
    assert formula.predictors == ("age", "race", "smoke", "n")
    assert formula.terms == ((), ("age",), ("C(race)",), ("smoke",), ("C(race)", "smoke"))
    assert formula.offsets == ("offset(log(n))",)


def test_terms_know_their_columns_factors_and_order(df):
    spec = made("y ~ x1 + g*x1 + C(race)", df).spec
    shown = {t.name: (t.columns, t.order, t.variables, t.factors) for t in spec.terms}
    assert shown == {
        "Intercept": ((0,), 0, (), ()),
        "x1": ((1,), 1, ("x1",), ("x1",)),
        "g": ((2, 3), 1, ("g",), ("g",)),
        "C(race)": ((4, 5), 1, ("race",), ("C(race)",)),
        "g:x1": ((6, 7), 2, ("g", "x1"), ("g", "x1")),
    }


def test_factors_know_levels_reference_and_columns(df):
    factors = {f.expression: f for f in made("y ~ C(race) + relevel(g, ref='b') + C(h, Sum) + x1", df).spec.factors}
    race = factors["C(race)"]
    assert (race.variable, race.levels, race.reference) == ("race", (1, 2, 3), 1)
    assert race.columns == {2: "C(race)[T.2]", 3: "C(race)[T.3]"}
    group = factors["relevel(g, ref='b')"]
    assert (group.variable, group.levels, group.reference) == ("g", ("b", "a", "c"), "b")
    assert factors["C(h, Sum)"].reference is None
    assert factors["C(h, Sum)"].columns == {"u": "C(h, Sum)[S.u]"}


def test_a_factor_without_intercept_has_no_reference(df):
    (factor,) = made("y ~ g - 1", df).spec.factors
    assert factor.reference is None
    assert factor.columns == {"a": "g[a]", "b": "g[b]", "c": "g[c]"}


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("I(x1^2)", "I(x1^2)"),
        ("I( x1 ^ 2 )", "I(x1^2)"),
        ("I(x1**2)", "I(x1 ** 2)"),
        ("I(-x1^3+1)", "I(-x1^3 + 1)"),
        ("ns( x1,df = 3 )", "ns(x1, df=3)[1]"),
        ('C(g, Treatment("b"))', "C(g, Treatment('b'))[T.a]"),
        ("rcs(p, 3)", "rcs(p, 3)[1]"),
        ("`x1`", "x1"),
        ("Q('x1')", "Q('x1')"),
        ("I(x1 > 0)", "I(x1 > 0)"),
        ("ns(x1, df=3, intercept=FALSE)", "ns(x1, df=3, intercept=False)[1]"),
    ],
)
def test_names_of_calls(typed, name, df):
    assert made(f"y ~ {typed}", df).spec.names[1] == name


def test_signs_and_brackets_of_sums(df):
    same = ["y ~ x1 + x2", "y ~ (x1 + x2)", "y~((x1))+x2", "y ~ +x1 + +x2", "y ~ 1 + x1 - -x2", "y ~ x1 + x2 + x1"]
    same += ["y ~ x1 + (g + x2 - g)", "y ~ x1 + x2 + g - (g)", "y ~ 0 + x1 + x2 + 1", "y ~ x1 + x2 + g -g -0"]
    assert {parse(f).terms for f in same} == {((), ("x1",), ("x2",))}


def test_order_of_terms_is_by_degree():
    assert parse("y ~ a:b + c + a:b:c + a").terms == ((), ("c",), ("a",), ("a", "b"), ("a", "b", "c"))
    assert parse("y ~ a:b + b:a").terms == ((), ("a", "b"))


def test_powers_of_sums_are_bounded_by_the_number_of_terms():
    terms = parse("y ~ (a + b + c)^99999999").terms
    assert terms[-1] == ("a", "b", "c")
    assert len(terms) == 8


def test_the_dot_is_every_other_column(df):
    assert parse("y ~ . - g", available=list(df)).predictors == ("x1", "x2", "p", "h", "race", "flag")
    assert len(parse("cbind(y, x1) ~ (.)^2", available=["y", "x1", "a", "b"]).terms) == 4
    with pytest.raises(FormulaError, match="no data"):
        parse("y ~ .")


def test_long_and_wide_formulas():
    assert parse("y ~ " + " + ".join(["x1"] * 10_000)).terms == ((), ("x1",))
    names = [f"column_{i}" for i in range(5_000)]
    data = pd.DataFrame(np.ones((3, 5_000)), columns=names).assign(y=1)
    assert made("y ~ " + " + ".join(names), data).X.shape == (3, 5_001)
    assert made("y ~ .", data).spec.names[1:] == tuple(names)


# ---------------------------------------------------------------- names of columns


def test_unusual_names_of_columns(df):
    names = {"年龄": "年龄", "wt.loss": "wt.loss", 'it\'s "x"': '`it\'s "x"`', "a b": "`a b`", "class": "class"}
    names |= {"हिन्दी": "हिन्दी", "x\u0301": "x\u0301"}
    names |= {"np": "np", "I": "I", "log": "log", "a:b": "`a:b`", "x²": "x²", "_1": "_1", "__class__": "__class__"}
    for name, typed in names.items():
        data = df.assign(**{name: df.x1})
        for call in ("{}", "{} + x2", "I({} - 0)", "poly({}, 1)", "{}:g"):
            ours = made(f"y ~ {call.format(typed)}", data)
            want = made(f"y ~ {call.format('x1')}", data)
            np.testing.assert_array_equal(ours.X, want.X)
        assert made(f"y ~ {typed}", data).spec.names == ("Intercept", name)


def test_a_column_may_share_its_name_with_a_function(df):
    data = df.assign(C=df.x1, log=df.p)
    assert made("y ~ C + C(g) + log(log)", data).spec.names == (
        *("Intercept", "C", "C(g)[T.b]", "C(g)[T.c]", "log(log)"),
    )


def test_confusable_letters_are_other_columns(df):
    # NFKC would turn both into x1; columns are compared as they are.
    with pytest.raises(FormulaError, match="x¹"):
        made("y ~ I(x¹ + 0)", df)
    data = df.assign(**{"ｘ1": df.x2})
    np.testing.assert_array_equal(made("y ~ I(ｘ1 + 0)", data).X[:, 1], df.x2)


def test_a_factor_named_like_a_call_keeps_its_own_levels(df):
    data = df.assign(**{"scale(x1)": df.g})
    ours = made("y ~ `scale(x1)` + I(scale(x1))", data)
    assert ours.spec.names == ("Intercept", "scale(x1)[T.b]", "scale(x1)[T.c]", "I(scale(x1))")
    np.testing.assert_allclose(ours.X[:, 3], (df.x1 - df.x1.mean()) / df.x1.std(), rtol=1e-13)
    np.testing.assert_array_equal(ours.spec.matrix(data)[0], ours.X)


def test_no_rows_cannot_be_built(df):
    with pytest.raises(DataError, match="no row"):
        build(parse("y ~ scale(x1)"), df.iloc[:0])


def test_an_intercept_alone_predicts_for_any_table(df):
    spec = made("y ~ 1", df).spec
    assert spec.matrix({"z": [1, 2]})[0].tolist() == [[1.0], [1.0]]


def test_columns_that_would_get_one_name_are_refused(df):
    with pytest.raises(DataError, match="'x1:x2'"):
        made("y ~ x1:x2 + `x1:x2`", df.assign(**{"x1:x2": 1.0}))
    with pytest.raises(FormulaError, match="both a column and a call"):
        made("y ~ log(p) + `log(p)`", df.assign(**{"log(p)": 1.0}))
    with pytest.raises(DataError, match="Intercept"):
        made("y ~ Intercept", df.assign(Intercept=df.x1))


# ---------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("formula", "words"),
    [
        ("y ~ x1 +", ["y ~ x1 +", "position", "'+'"]),
        ("y ~ x1 ~ x2", ["~"]),
        ("x1 + x2", ["~"]),
        ("y ~", ["~"]),
        ("", ["~"]),
        ("~ x1", ["~", "outcome"]),
        ("y ~ X1", ["X1", "x1"]),
        ("y ~ y + x1", ["y", "both sides"]),
        ("y ~ log(y)", ["'y'", "both sides"]),
        ("I(x1 > 0) ~ x1:x2", ["'x1'", "both sides"]),
        ("y ~ x1 \u2212 1", ["U+2212", "Type -"]),
        ("y ~ C(g, \u201cb\u201d)", ["U+201C", '"']),
        ("y ~ x1 \u00d7 x2", ["U+00D7", "*"]),
        ("y ~ x1\u200b", ["U+200B"]),
        ("y ~ x1 x2", ["x1", "x2", "no operator"]),
        ("y ~ x1 + * x2", ["'*'"]),
        ("y ~ (x1 + x2", ["never closed"]),
        ("y ~ x1)", ["never opened"]),
        ("y ~ 2", ["2", "I(...)"]),
        ("y ~ x1 + 3", ["3"]),
        ("y ~ 2*x1", ["2"]),
        ("y ~ x1^x2", ["whole number"]),
        ("y ~ (x1 + x2)^0", ["whole number"]),
        ("y ~ x1^2", ["I(x1^2)"]),
        ("y ~ (x1 - 1)*x2", ["intercept"]),
        ("y ~ x1 > 3", ["'>'", "I(...)"]),
        ("y ~ x1 == 3", ["'=='"]),
        ("y ~ x1 | g", ["'|'"]),
        ("y ~ 'x1'", ["x1", "quotes"]),
        ("y ~ x1[0]", ["'['"]),
        ("y ~ {x1}", ["'{'"]),
        ("y ~ x1 + 'a", ["never closed"]),
        ("y + x1 ~ x2", ["'+'", "I(...)"]),
        ("y ~ cbind(x1, x2)", ["cbind", "left"]),
        ("cbind(y) ~ x1", ["cbind"]),
        ("y ~ offset(x1):x2", ["offset"]),
        ("y ~ offset(x1, x2)", ["offset"]),
        ("y ~ I(3)", ["no column"]),
        ("y ~ 0", ["no term"]),
        ("y ~ x1 - x1 - 1", ["no term"]),
        ("y ~ np.log(p)", ["np.log", "log(...)"]),
        ("y ~ x1.mean()", ["x1.mean"]),
        ("y ~ factor(g)", ["factor", "Type C(g)"]),
        ("y ~ lgo(p)", ["lgo", "'log'", "functions={"]),
        ("y ~ C", ["C", "function"]),
        ("y ~ C(g, h)", ["'h'", "quotes"]),
        ("y ~ C(g, 'b')", ["contrast", "Treatment"]),
        ("y ~ ns(x1, df=4, knot=3)", ["ns", "knot"]),
        ("y ~ log()", ["log"]),
        ("y ~ log(p, 2, 3)", ["log"]),
        ("y ~ log(p", ["never closed"]),
        ("y ~ log(p,, 2)", ["log(...)"]),
        ("y ~ Q(x1)", ["Q()"]),
        ("y ~ Q('zz')", ["zz"]),
        ("y ~ Treatment('b')", ["no column"]),
    ],
)
def test_errors_name_the_token(formula, words, df):
    with pytest.raises(FormulaError) as caught:
        parse(formula, available=list(df))
    for word in words:
        assert word in str(caught.value)


@pytest.mark.parametrize("formula", [None, 3, b"y ~ x", ["y ~ x"]])
def test_a_formula_is_text(formula):
    with pytest.raises(FormulaError, match="text"):
        parse(formula)


def test_a_python_word_needs_quotes_in_a_call_unless_it_is_known_as_a_column(df):
    data = df.assign(**{"class": df.p})
    assert made("y ~ log(class)", data).spec.names[1] == "log(class)"
    assert parse("y ~ class").predictors == ("class",)
    assert parse("y ~ log(`class`)").predictors == ("class",)
    with pytest.raises(FormulaError, match="back-ticks"):
        parse("y ~ log(class)")


@pytest.mark.parametrize(
    ("formula", "terms"),
    [
        # R 4.2.2: attr(terms(formula), "term.labels")
        ("y ~ x1 %in% g", "x1:g"),
        ("y ~ x1*g %in% h", "x1 g:h x1:g:h"),
        ("y ~ (x1 + x2) %in% g", "x1:g x2:g"),
        ("y ~ x1 + x2 %in% g", "x1 x2:g"),
        ("y ~ x1 %in% g*h", "h x1:g x1:g:h"),
        ("y ~ x1/g %in% h", "x1 x1:g:h"),
        ("y ~ x1:g %in% h", "x1:g:h"),
        ("y ~ g %in% h %in% x1", "g:h:x1"),
        ("y ~ x1 %in% (g + h)", "x1:g:h"),
        ("y ~ x1 %in% (g*h)", "x1:g:h"),
        ("y ~ (x1*g) %in% h", "x1:h g:h x1:g:h"),
        ("y ~ x1 + g + x1 %in% g", "x1 g x1:g"),
        ("y ~ x1 - x1 %in% g + g", "x1 g"),
    ],
)
def test_nesting_by_in_is_that_of_r(formula, terms):
    assert [":".join(key) for key in parse(formula).terms] == ["", *terms.split()]


def test_nesting_is_bounded():
    left, right = ("(" + " + ".join(f"{c}{i}" for i in range(200)) + ")" for c in "ab")
    with pytest.raises(FormulaError, match="more than 20000 terms"):
        parse(f"y ~ {left} %in% {right}")


# ---------------------------------------------------------------- the outcome


def test_a_bare_outcome_is_returned_as_it_is():
    for values in (["a", "b"], pd.Categorical(["a", "b"]), [True, False], pd.array([1, None], dtype="Int64")):
        frame = pd.DataFrame({"y": values, "x": 1.0})
        (found,) = outcome_columns(parse("y ~ x"), frame)
        pd.testing.assert_series_equal(found, frame["y"])


def test_computed_outcomes():
    frame = pd.DataFrame({"n": [5, 6], "k": [1, 2], "g": ["a", "b"], "x": 1.0}, index=[3, 4])
    events, others = outcome_columns(parse("cbind(k, n - k) ~ x"), frame)
    assert (events.tolist(), others.tolist(), others.index.tolist()) == ([1, 2], [4, 4], [3, 4])
    (above,) = outcome_columns(parse("I(k > 1) ~ x"), frame)
    assert (above.dtype, above.tolist(), above.name) == (bool, [False, True], "I(k > 1)")
    (equal,) = outcome_columns(parse("I(g == 'b') ~ x"), frame)
    assert equal.tolist() == [False, True]
    (log,) = outcome_columns(parse("log(k + 1) ~ x"), frame)
    assert log.tolist() == [np.log(2), np.log(3)]
    (level,) = outcome_columns(parse("relevel(g, 'b') ~ x"), frame)
    assert list(level.cat.categories) == ["b", "a"]
    assert parse("cbind(nonevents=n, events=k) ~ x").outcome == "cbind(nonevents=n, events=k)"
    events, _ = outcome_columns(parse("cbind(nonevents=n, events=k) ~ x"), frame)
    assert events.tolist() == [1, 2]


def test_an_outcome_that_is_not_finite():
    with pytest.raises(DataError, match=r"log\(k\) is -inf"):
        outcome_columns(parse("log(k) ~ x"), pd.DataFrame({"k": [0, 1], "x": 1.0}))


# ---------------------------------------------------------------- offsets


def test_offsets_add_up_and_follow_new_data(df):
    ours = made("y ~ offset(log(p)) + x1 + offset(x2)", df)
    np.testing.assert_array_equal(ours.offset, np.log(df.p) + df.x2)
    assert ours.spec.names == ("Intercept", "x1")
    _, offset = ours.spec.matrix(df.iloc[:3])
    np.testing.assert_array_equal(offset, ours.offset[:3])
    assert ours.spec.without("x1").offsets == ("offset(log(p))", "offset(x2)")


def test_offset_of_an_outcome_column_is_allowed():
    assert parse("cbind(k, n - k) ~ x + offset(log(n))").predictors == ("x", "n")


def test_an_offset_needs_numbers(df):
    with pytest.raises(DataError, match="offset"):
        made("y ~ offset(g)", df)


# ---------------------------------------------------------------- types: traps of what lies underneath


# Trap: small integers overflow in products and powers (int8 `age:b` gave -48).
@pytest.mark.parametrize("dtype", ["int8", "uint8", "Int8", "float16", "bool", "object", "int8[pyarrow]"])
def test_columns_are_float64_before_anything_is_computed(dtype):
    values = [1, 0, 1] if dtype == "bool" else [100, 12, 3]
    data = pd.DataFrame({"y": 0, "a": pd.array(values, dtype=dtype), "b": pd.array(values, dtype=dtype)})
    ours = made("y ~ a:b + I(a*b) + I(a^3) + I(-a) + I(a - b - b)", data)
    a = np.array(values, dtype=float)
    found = dict(zip(ours.spec.names, ours.X.T, strict=True))
    np.testing.assert_array_equal(found["a:b"], a * a)
    np.testing.assert_array_equal(found["I(a * b)"], a * a)
    np.testing.assert_array_equal(found["I(a^3)"], a**3)
    np.testing.assert_array_equal(found["I(-a)"], -a)
    np.testing.assert_array_equal(found["I(a - b - b)"], -a)


# Trap: nullable `string` columns were taken as numeric.
@pytest.mark.parametrize("dtype", ["string", "object", "str", "category"])
def test_text_is_a_factor_whatever_its_dtype(dtype):
    data = pd.DataFrame({"y": 0, "s": pd.Series(list("abab"), dtype=dtype)})
    assert made("y ~ s", data).spec.names == ("Intercept", "s[T.b]")


def test_booleans_and_decimals_are_numbers():
    data = pd.DataFrame({"y": 0, "b": [True, False], "d": [Decimal("1.5"), Decimal("2")]})
    ours = made("y ~ b + d", data)
    assert ours.spec.names == ("Intercept", "b", "d")
    np.testing.assert_array_equal(ours.X, [[1, 1, 1.5], [1, 0, 2.0]])


@pytest.mark.parametrize(
    ("values", "word"),
    [
        (pd.date_range("2020", periods=4), "datetime"),
        (pd.to_timedelta(range(4), unit="D"), "timedelta"),
        (np.arange(4) * 1j, "complex"),
        (pd.Series([1, "1", 2, "2"], dtype=object), "1, '1'"),
    ],
)
@pytest.mark.parametrize("formula", ["y ~ t", "y ~ C(t)", "y ~ t:x"])
def test_columns_no_model_can_use(values, word, formula):
    data = pd.DataFrame({"y": 0, "t": values, "x": 1.0})
    with pytest.raises(DataError, match="'t'") as caught:
        made(formula, data)
    assert word in str(caught.value)


# ---------------------------------------------------------------- levels


def test_order_of_levels(df):
    assert made("y ~ C(race)", df.assign(race=[10, 9, 2] * 20)).spec.factors[0].levels == (2, 9, 10)
    assert made("y ~ g", df).spec.factors[0].levels == ("a", "b", "c")
    ordered = df.assign(g=pd.Categorical(df.g, categories=list("cab"), ordered=True))
    assert made("y ~ g", ordered).spec.names[1:] == ("g[T.a]", "g[T.b]")
    assert made("y ~ C(g)", ordered).spec.factors[0].reference == "c"
    cut = df.assign(g=pd.cut(df.p, [0, 1, 2, 100]))
    assert made("y ~ g", cut).spec.names[1:] == ("g[T.(1, 2]]", "g[T.(2, 100]]")


def test_an_empty_text_is_a_level(df):
    assert made("y ~ g", df.assign(g=df.g.replace("c", ""))).spec.factors[0].levels == ("", "a", "b")


# Trap: unused levels gave columns of zeros.
def test_unused_levels_are_dropped_with_a_note(df):
    data = df.assign(h=pd.Categorical(df.g, categories=list("abcdz")))
    ours = made("y ~ h", data)
    assert ours.spec.names == ("Intercept", "h[T.b]", "h[T.c]")
    assert [note.text for note in ours.notes] == ["2 unused levels of h dropped: 'd', 'z'"]
    assert [note.code for note in ours.notes] == ["levels"]
    assert made("y ~ g", data).notes == ()


@pytest.mark.parametrize("formula", ["y ~ k", "y ~ C(k)", "y ~ x1:k", "y ~ relevel(k, 'only')"])
def test_a_factor_of_one_level_is_refused(formula, df):
    with pytest.raises(DataError, match="one level, 'only'") as caught:
        made(formula, df.assign(k="only"))
    assert "k" in str(caught.value)


def test_levels_that_print_alike_are_refused(df):
    data = df.assign(k=pd.Categorical([1, "1", 2] * 20, categories=[1, "1", 2]))
    with pytest.raises(DataError, match="print alike: 1, '1'"):
        made("y ~ k", data)


def test_an_absent_reference_is_named(df):
    for formula in ("y ~ C(g, Treatment('zzz'))", "y ~ relevel(g, 'zzz')", "y ~ C(g, contr.treatment('zzz'))"):
        with pytest.raises(DataError, match="zzz") as caught:
            made(formula, df)
        assert "'a', 'b', 'c'" in str(caught.value)


def test_numbers_read_as_text_are_refused(df):
    data = df.assign(s=[str(v) for v in df.x1])
    with pytest.raises(DataError, match=f"'s' is text with {N} levels") as caught:
        made("y ~ s", data)
    assert "numeric" in str(caught.value)
    assert "pd.to_numeric" in str(caught.value)
    assert len(made("y ~ C(s)", data).spec.names) == N
    with pytest.raises(DataError, match=r"cluster='s'\. C\(s\) says that"):
        made("y ~ s", data.assign(s=[f"id{i}" for i in range(N)]))


def test_relevel_and_contrasts_combine(df):
    ours = made("y ~ C(relevel(g, 'c'), Treatment('a')) + relevel(h, 'v')", df)
    assert ours.spec.factors[0].levels == ("c", "a", "b")
    assert ours.spec.names[1] == "C(relevel(g, 'c'), Treatment('a'))[T.c]"
    np.testing.assert_array_equal(ours.X[:, 1], df.g == "c")
    np.testing.assert_array_equal(ours.X[:, 3], df.h == "u")


def test_levels_may_be_compared(df):
    np.testing.assert_array_equal(made("y ~ I(g == 'a')", df).X[:, 1], df.g == "a")
    np.testing.assert_array_equal(made("y ~ I(g != 'a')", df).X[:, 1], df.g != "a")
    with pytest.raises(DataError, match="=="):
        made("y ~ I(g > 'a')", df)


def test_identifiers_are_refused_before_memory_is_taken():
    data = pd.DataFrame({"y": 0, "id": [f"p{i}" for i in range(6_000)], "k": ["a", "b"] * 3_000})
    with pytest.raises(DataError, match=r"id has 6000 levels.*identifier"):
        made("y ~ id", data)
    with pytest.raises(DataError, match="50000 columns"):
        made("y ~ C(a):C(b)", pd.DataFrame({"y": 0, "a": np.arange(300), "b": np.arange(300)}))


# ---------------------------------------------------------------- new data


def test_prediction_uses_the_levels_of_the_fit(df):
    spec = made("y ~ g + x1", df).spec
    x, _ = spec.matrix(pd.DataFrame({"g": ["b", "b"], "x1": [1.0, 2.0], "extra": "?"}))
    np.testing.assert_array_equal(x, [[1, 1, 0, 1], [1, 1, 0, 2]])
    other = pd.DataFrame({"g": pd.Categorical(["c", "b"], categories=list("zcb")), "x1": 0})
    np.testing.assert_array_equal(spec.matrix(other)[0][:, 1:3], [[0, 1], [1, 0]])


# Trap: an unseen level silently became the reference.
@pytest.mark.parametrize("formula", ["y ~ g", "y ~ C(g)", "y ~ C(g, Sum):x1", "y ~ relevel(g, 'b')"])
def test_a_level_not_seen_is_an_error(formula, df):
    spec = made(formula, df).spec
    new = pd.DataFrame({"g": ["a", "q", "r", "q"], "x1": 0.0}, index=[5, 6, 7, 8])
    with pytest.raises(DataError) as caught:
        spec.matrix(new)
    for word in ("g", "'q', 'r'", "rows 6, 7, 8", "'a', 'b', 'c'"):
        assert word in str(caught.value)


# Trap: a category at the fit and a number at prediction gave garbage columns.
@pytest.mark.parametrize(
    ("formula", "new"),
    [("y ~ g", {"g": [1.0, 2.0]}), ("y ~ x1", {"x1": ["a", "b"]}), ("y ~ C(race)", {"race": ["1", "2"]})],
)
def test_a_column_may_not_change_between_number_and_category(formula, new, df):
    with pytest.raises(DataError, match="held") as caught:
        made(formula, df).spec.matrix(pd.DataFrame(new))
    assert next(iter(new)) in str(caught.value)


def test_an_absent_column_is_named(df):
    with pytest.raises(DataError, match="'x2'"):
        made("y ~ x1 + x2", df).spec.matrix(df[["x1"]])


# Trap: one NaN made scale(x) all NaN, and I(x > 3) kept the row.
@pytest.mark.parametrize("formula", ["y ~ scale(x1)*g", "y ~ I(x1 > 0) + x2", "y ~ I(g == 'a') + ns(x1, df=3)"])
def test_rows_with_missing_values_are_nan_and_leave_others_alone(formula, df):
    spec = made(formula, df).spec
    new = df.astype({"g": object}).copy()
    new.loc[3, "x1"] = np.nan
    new.loc[5, ["g", "x2"]] = None
    x, _ = spec.matrix(new)
    full, _ = spec.matrix(df)
    lost = [i for i in (3, 5) if i == 3 or set(spec.formula.predictors) & {"g", "x2"}]
    assert np.flatnonzero(np.isnan(x).any(axis=1)).tolist() == lost
    assert np.isnan(x[lost]).all()
    np.testing.assert_array_equal(np.delete(x, lost, axis=0), np.delete(full, lost, axis=0))


def test_offset_of_rows_with_missing_values_is_nan(df):
    spec = made("y ~ x1 + offset(x2)", df).spec
    x, offset = spec.matrix(pd.DataFrame({"x1": [1.0, 2.0], "x2": [None, 3.0]}))
    assert np.isnan(x[0]).all()
    assert np.isnan(offset[0])
    assert offset[1] == 3.0


def test_no_rows_and_only_missing_rows(df):
    spec = made("y ~ ns(x1, df=3) + g", df).spec
    assert spec.matrix(df.iloc[:0])[0].shape == (0, 6)
    assert np.isnan(spec.matrix(pd.DataFrame({"x1": [None], "g": [None]}))[0]).all()


def test_missing_values_never_reach_a_column_silently(df):
    for formula, column in (("y ~ g", "g"), ("y ~ I(g == 'a')", "g"), ("y ~ x1", "x1"), ("y ~ C(race)", "race")):
        data = df.astype({"race": float})
        data.loc[2, column] = None
        with pytest.raises(DataError):
            build(parse(formula), data)


def test_other_tables_predict_too(df):
    pl = pytest.importorskip("polars")
    spec = made("y ~ g*x1", df).spec
    np.testing.assert_array_equal(spec.matrix(pl.from_pandas(df))[0], spec.matrix(df)[0])


# ---------------------------------------------------------------- nested models


def test_without_and_keeping_recode(df):
    spec = made("y ~ g*h + x1", df).spec
    assert build(spec.without("h"), df).spec.names[-4:] == (*("x1", "g[a]:h[T.v]", "g[b]:h[T.v]", "g[c]:h[T.v]"),)
    assert spec.without("g:h").text == "y ~ g + h + x1"
    assert spec.without("Intercept").text == "y ~ 0 + g + h + x1 + g:h"
    assert spec.keeping(["Intercept"]).text == "y ~ 1"
    assert spec.keeping(["x1", "Intercept"]).predictors == ("x1",)
    with pytest.raises(FormulaError, match="Did you mean 'x1'"):
        spec.without("X1")
    with pytest.raises(FormulaError, match="no term"):
        spec.keeping([])


def test_nothing_from_below_warns(df):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        made("y ~ log(p) + I(x1 / p) + C(g, Poly) + bs(x1, df=4) + cr(x2, df=4) + flag", df)
        with pytest.raises(DataError):
            made("y ~ I(x1 / 0)", df)


@pytest.mark.parametrize("left", ["cbind(y, [n])", "cbind([y], n)", "I([y])"])
def test_a_list_is_no_outcome(left):
    frame = pd.DataFrame({"y": [1, 2, 0, 1], "n": [5, 4, 6, 3], "x": [0.0, 1.0, 3.0, 2.0]})
    with pytest.raises(DataError, match="one value for each row"):
        gl.design(f"{left} ~ x", frame)
