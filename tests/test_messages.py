"""What a newcomer types: each message says what to type next."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

import glmlogit as gl
from glmlogit.errors import DataError, FormulaError

DF = gl.datasets.birthwt()
SPACED = DF.rename(columns={"low": "birth weight", "age": "age-years", "ui": "%White", "ptl": "a,b", "ftv": "a|b"})

FORMULAS = {
    "low = age": "low ~ age",
    "low == age": "low ~ age",
    "low age lwt": "Type low ~ age + lwt",
    "": "the formula is empty",
    '"low" ~ age': "Column names need no quotes",
    "low ~ df$age": "Type age alone",
    "df.low ~ age": "Type low alone",
    "low ~ age, data=df": "data= is an option: close the quotes",
    "low ~ age, lwt": "Type + between predictors",
    "low ~ factor(race)": "Type C(race)",
    "low ~ as.factor(race)": "Type C(race)",
    "low ~ factor(race, ref='white')": "Type C(race)",
    "low ~ relevel(factor(race), ref='black')": "Type C(race)",
    "factor(low) ~ age": "Type C(low)",
    "logit(low) ~ age": "Type low alone",
    "low ~ as.numeric(age)": "Type age;",
    "low ~ ln(age)": "Type log(age)",
    "low ~ np.log(age)": "Type log(...)",
    "low ~ age.mean()": "Type center(age)",
    "low ~ I(age - mean(age))": "Type center(age)",
    "low ~ np.mean(age)": "functions={'my_mean': ...} and type my_mean(...)",
    "low ~ age.rolling(3)": "functions={'my_rolling': ...}",
    "low ~ cut(age, 3)": "pd.cut(df['age'], 3)",
    "low ~ cut(age, c(0, 20, 30, 50))": "pd.cut(df['age'], [0, 20, 30, 50])",
    "low ~ cut(age, breaks=c(-Inf, 20.5, Inf))": "pd.cut(df['age'], [float('-inf'), 20.5, float('inf')])",
    "low ~ pd.cut(age, bins=[14, 20, 45])": "pd.cut(df['age'], [14, 20, 45])",
    "low ~ cut2(age, c(14, 20, 45))": "pd.cut(df['age'], [14, 20, 45], right=False)",
    "low ~ ntile(age, 5)": "pd.qcut(df['age'], 5)",
    "low ~ qcut(age, 3)": "pd.qcut(df['age'], 3)",
    "low ~ cut(age)": "pd.cut(df['age'], 4)",
    "low ~ age + strata(race)": "gl.two_by_two(df, 'outcome', 'exposure', strata='race')",
    "low ~ c.age##c.age": "age + I(age^2)",
    "low ~ c.age#c.age": "I(age^2)",
    "low ~ age*age": "Type age + I(age^2)",
    "low ~ age:age": "Type age + I(age^2)",
    "low ~ log(lwt) + lwt:lwt": "Type lwt + I(lwt^2)",
    "low ~ age:smoke:age": "Type age + I(age^2)",
    "low ~ log(age)*log(age)": "Type log(age) + I(log(age)^2)",
    "low ~ C(race, base=2)": "the level itself, in quotes",
    "low ~ C(race, contr.poly(3))": "Type Poly without a number",
    "low ~ C(race, Poly(2))": "Type Poly without a number",
    "low ~ C(race, contr.sum(3))": "Type Sum without a number",
    "low ~ C(race, contr.helmert(3))": "Type Helmert without a number",
    "low ~ #n": "Put back-ticks around a column name",
    "low ~ ifelse(age > 30, 1, 0)": "I(age > 0)",
    "low ~ C(race, reference='black')": "Type C(race, Treatment('black'))",
    "low ~ C(race, Treatment(black))": "Put quotes around it if it is a level: 'black'",
    "low ~ C(rae)": "Did you mean 'race'",
    "low ~ i.race": "C(race)",
    "low ~ ib2.race": "Treatment(2)",
    "low ~ c.age": "Type age alone",
    "low ~ c.age##i.race": "a*b",
    "low ~ age/10": "I(x / 10)",
    "low ~ age & lwt": "Type a:b",
    "low ~ (1|race)": "cluster=",
    "low ~ zzz": "The data have the columns 'low', 'age'",
}


@pytest.mark.parametrize("formula", FORMULAS)
def test_formulas_of_other_programs(formula):
    with pytest.raises(FormulaError) as caught:
        gl.logit(formula, DF)
    assert FORMULAS[formula] in str(caught.value)
    assert "\n" not in str(caught.value)


FOLLOWED = [
    "low ~ age + I(age^2)",
    "low ~ lwt + I(lwt^2)",
    "low ~ log(age) + I(log(age)^2)",
    "low ~ C(race)",
    "low ~ C(race, Poly)",
    "low ~ C(race, Sum)",
    "low ~ C(race, Helmert)",
    "low ~ C(race, Treatment('black'))",
]


@pytest.mark.parametrize("formula", FOLLOWED)
def test_formulas_that_messages_advise_are_fitted(formula):
    assert gl.design(formula, DF).n_columns == len(gl.design(formula, DF).names) >= 3


@pytest.mark.parametrize("formula", [f for f in FORMULAS if "pd.cut" in FORMULAS[f] or "pd.qcut" in FORMULAS[f]])
def test_groups_that_messages_advise_are_those_asked_for(formula):
    df = DF.copy()
    df["group"] = eval(FORMULAS[formula], {"pd": pd, "df": df})
    asked = re.findall(r"\d+", formula.partition(",")[2])
    made = df["group"].cat.categories
    assert gl.design("low ~ group", df).n_columns <= len(made)
    if "c(" in formula or "[" in formula:
        assert [float(x) for x in asked if x != "5"] == [
            b for b in dict.fromkeys([*made.left, *made.right]) if np.isfinite(b)
        ] or "20.5" in formula
    elif asked:
        assert len(made) == int(asked[0])


def test_strata_that_a_message_advises():
    assert gl.two_by_two(DF, "low", "smoke", strata="race").measures is not None


@pytest.mark.parametrize(("base", "level"), [(1, "white"), (2, "black"), (3, "other")])
def test_a_reference_counted_as_in_r_is_named(base, level):
    for call in (f"Treatment({base})", f"contr.treatment(base={base})"):
        with pytest.raises(DataError, match=rf"Treatment\('{level}'\)"):
            gl.design(f"low ~ C(race, {call})", DF)
    assert f"C(race, Treatment('{level}'))" in " ".join(gl.design(f"low ~ C(race, Treatment('{level}'))", DF).names)


def test_squares_of_sums_and_dots_are_no_squares():
    assert "age:lwt" in gl.design("low ~ (age + lwt)*(age + lwt)", DF).names
    assert "lwt:age" in gl.design("low ~ .*age", DF[["low", "age", "lwt"]]).names
    assert gl.design("low ~ (age + lwt)^2", DF).names == gl.design("low ~ age*lwt", DF).names


@pytest.mark.parametrize("suggestion", ["my_mean", "my_where"])
def test_the_function_a_message_suggests_can_be_passed(suggestion):
    wrong = f"low ~ age + np.{suggestion.removeprefix('my_')}(lwt)"
    with pytest.raises(FormulaError, match=suggestion):
        gl.design(wrong, DF)
    own = {suggestion: lambda x: x / 2}
    assert gl.design(f"low ~ age + {suggestion}(lwt)", DF, functions=own).n_columns == 3


@pytest.mark.parametrize("title", ["Study export 2024-01-02", "low birth weight (study)", "# y; x"])
def test_a_title_above_the_header_is_no_name_to_quote(title):
    with pytest.raises(FormulaError, match="lines above the header") as caught:
        gl.logit("y ~ x", pd.DataFrame({title: ["y;x", "0;1", "1;2"]}))
    assert "back-ticks" not in str(caught.value)


@pytest.mark.parametrize(
    ("formula", "name"),
    [
        ("birth weight ~ lwt", "`birth weight`"),
        ("lwt ~ birth weight", "`birth weight`"),
        ("lwt ~ smoke + age-years", "`age-years`"),
        ("lwt ~ log(age-years)", "`age-years`"),
        ("lwt ~ %White", "`%White`"),
        ("lwt ~ smoke + %White", "`%White`"),
        ("lwt ~ a,b", "`a,b`"),
        ("lwt ~ a|b + smoke", "`a|b`"),
    ],
)
def test_names_with_blanks_and_signs(formula, name):
    with pytest.raises(FormulaError, match=f"Put back-ticks around the name: {name}"):
        gl.design(formula, SPACED)


CALLS = {
    "arguments swapped": (lambda: gl.logit(DF, "low ~ age"), "gl.logit('low ~ age', data)"),
    "arguments of design swapped": (lambda: gl.design(DF, "low ~ age"), "gl.design('low ~ age', data)"),
    "a path": (lambda: gl.logit("low ~ age", "births.csv"), "pd.read_csv('births.csv')"),
    "a path of Stata's": (lambda: gl.logit("low ~ age", "a/b.DTA"), "pd.read_stata('a/b.DTA')"),
    "two formulas": (lambda: gl.logit("low ~ age", "low ~ age"), "no named columns"),
    "an array": (lambda: gl.logit("low ~ age", DF.to_numpy()), "pd.DataFrame(a, columns=[...])"),
    "a column": (lambda: gl.logit("low ~ age", DF["low"]), "one column"),
    "no data": (lambda: gl.logit("low ~ age"), "needs a table"),
    "y and X": (lambda: gl.logit(DF["low"], DF[["age"]]), "gl.design_arrays(y, X)"),
    "one column": (lambda: gl.logit("low ~ age", DF[["low", "age"]], weights="w"), "2 columns: 'low', 'age'"),
    "weights misspelt": (
        lambda: gl.logit("low ~ age", DF, weights="wt"),
        "no column 'wt' in the data (did you mean 'lwt' or 'bwt'?). The data have 10 columns",
    ),
    "Stata's weights": (
        lambda: gl.logit("low ~ age", DF, weights="lwt", weight_type="pweight"),
        "give one of 'frequency', 'sampling', 'precision' ('pweight' is 'sampling' here)",
    ),
    "R's missing": (lambda: gl.logit("low ~ age", DF, missing="omit"), "('omit' is 'drop' here)"),
    "event as text": (lambda: gl.logit("low ~ age", DF, event="1"), "type event=1"),
    "event misspelt": (lambda: gl.logit("race ~ age", DF, event="White"), "type event='white'"),
    "units of nothing": (lambda: gl.logit("low ~ age", DF).odds_ratios(units=10), "{'age': 10}"),
    "covariance in lower case": (lambda: gl.logit("low ~ age", DF).with_cov("hc3"), "did you mean 'HC3'?"),
    "robust": (lambda: gl.logit("low ~ age", DF).with_cov("robust"), "'HC0'"),
    "a factor as a coefficient": (
        lambda: gl.logit("low ~ race", DF).test("race = 0"),
        "'race[T.black] = 0, race[T.other] = 0'; gl.drop1(fit)",
    ),
    "a coded factor as a coefficient": (
        lambda: gl.logit("low ~ C(race)*age", DF).test("race"),
        "'C(race)[T.black] = 0, C(race)[T.other] = 0'",
    ),
    "no equation": (lambda: gl.logit("low ~ age", DF).test("age > 0"), "only equations are tested"),
    "models swapped": (
        lambda: gl.lr_test(gl.logit("low ~ age", DF), gl.logit("low ~ age + lwt", DF)),
        "lr_test(big, small)",
    ),
}


@pytest.mark.parametrize("what", CALLS)
def test_calls(what):
    call, expected = CALLS[what]
    with pytest.raises((DataError, FormulaError)) as caught:
        call()
    assert expected in str(caught.value)
    assert "\n" not in str(caught.value)


def test_one_column_is_not_plural():
    with pytest.raises(DataError, match="The data have 1 column: 'low'"):
        gl.logit("low ~ 1", DF[["low"]], weights="w")
    with pytest.raises(FormulaError, match="The data have the column 'low'"):
        gl.logit("low ~ zzz", DF[["low"]])


def test_hypotheses_may_be_a_list():
    fit = gl.logit("low ~ age + lwt", DF)
    assert fit.test(["age", "lwt = 0"]).df == 2


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (DF["ftv"], ["6 values (0, 1, 2, 3, 4, …)", "needs two", "I(y > 2)", "for example event=6"]),
        (DF["bwt"], ["131 values", "I(y > 2922)", "against all others"]),
        (DF["race"], ["3 values ('white', 'black', 'other')", "event='other'"]),
        (np.repeat("yes", 189), ["1 value ('yes')", "Check the coding"]),
    ],
)
def test_outcomes_that_are_not_two_values(values, expected):
    with pytest.raises(DataError) as caught:
        gl.logit("y ~ age", pd.DataFrame({"y": values, "age": DF["age"]}))
    assert all(part in str(caught.value) for part in expected)
    assert gl.logit("y ~ age", pd.DataFrame({"y": DF["ftv"], "age": DF["age"]}), event=0).event == 0
