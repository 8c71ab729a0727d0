"""What a newcomer types: each message says what to type next."""

from __future__ import annotations

import ast
import inspect
import re
import tomllib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import glmlogit as gl
from glmlogit.errors import DataError, FormulaError
from glmlogit.estimators.options import DesignOptions
from glmlogit.messages.calls import to_install

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


@pytest.mark.parametrize("total", ["Total", "total:", "Gesamt", "Grand total"])
@pytest.mark.parametrize("others", [("case", "control"), ("yes", "no"), ("died",), ("zz",)])
def test_a_row_of_totals_is_never_proposed_as_the_event(total, others):
    counts = pd.DataFrame({"y": [*others, total] * 2, "x": np.repeat([0, 1], len(others) + 1)})
    with pytest.raises(DataError, match="sum of rows") as caught:
        gl.logit("y ~ x", counts)
    if len(others) > 1:
        assert f"event={total!r}" not in str(caught.value)
    assert repr(total) in str(caught.value)
    assert gl.logit("y ~ 1", counts, event=total).event == total  # a resection may be total or partial


# --- what messages name exists ----------------------------------------------------------------------
PACKAGE = Path(gl.__file__).parent


def texts() -> list[tuple[str, str]]:
    """Every text of the package, with the module it stands in; what an f-string fills in is an ellipsis."""
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        parts = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
        for node in ast.walk(tree):
            if isinstance(node, ast.JoinedStr):
                pieces = [str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values]
                found.append((path.stem, "".join(pieces)))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in parts:
                found.append((path.stem, node.value))
    return found


def options(function) -> set[str]:
    parameters = inspect.signature(function).parameters
    typed = DesignOptions.__annotations__ if "DesignOptions" in str(parameters.get("options")) else {}
    return {*parameters, *typed}


def test_every_function_and_option_that_a_text_of_the_package_names_exists():
    fit, seen = gl.logit("low ~ age", DF), 0
    for module, text in texts():
        for name in re.findall(r"(?<![\w.])gl\.([a-z_]\w*)", text):
            seen += 1
            assert name in gl.__all__, f"{module}: {text}"
        for name in re.findall(r"(?<![\w.])fit\.([a-z]\w*)", text):
            seen += 1
            assert hasattr(fit, name), f"{module}: {text}"
        for owner, name, inside in re.findall(r"(?<![\w.])(gl|fit)\.([a-z_]\w*)\(([^()]*)\)", text):
            function = getattr(gl if owner == "gl" else gl.Fit, name, None)
            for option in re.findall(r"(?<![\w'])([a-z_]\w*)=(?!=)", re.sub(r"'[^']*'|\"[^\"]*\"", "''", inside)):
                seen += 1
                known = options(function)
                assert option in known or {"options", "changes"} & known, f"{module}: {text}"
    assert seen > 150


def test_options_named_bare_in_texts_are_options_of_something():
    functions = [getattr(gl, name) for name in gl.__all__ if inspect.isfunction(getattr(gl, name))]
    known = {"data", *(name for function in functions for name in options(function))}
    for module, text in texts():
        for option in re.findall(r"(?:^|[ (])(?:pass|type|give|use|option|argument) ([a-z_]{3,})=", text):
            assert option in known | {"df", "functions", "raw", "knots", "ref", "at"}, f"{module}: {text}"


def test_libraries_to_install_are_named_beside_extras_that_only_a_registry_knows():
    """A clone has no extra that ``pip install "glmlogit[word]"`` would find."""
    project = tomllib.loads((PACKAGE.parent / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    code = "".join(path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py"))
    assert code.count("glmlogit[") == 1
    named = set(re.findall(r"to_install\(.([\w-]+)., .(\w+).\)", code))
    assert {extra for _, extra in named} >= {"excel", "parquet", "plot", "sklearn", "word"}
    for library, extra in named:
        assert f"pip install {library}, or" in to_install(library, extra)
        assert any(re.match(rf"{library}\b", needed) for needed in project["optional-dependencies"][extra])


# --- offsets of new data ------------------------------------------------------------------------------
NEW = pd.DataFrame({"age": [20.0, 30.0]}, index=[7, 8])


@pytest.mark.parametrize("given", ["off", np.log(DF["lwt"] / 100).to_numpy(), np.log(DF["lwt"] / 100)])
def test_advice_on_offsets_of_new_data_can_be_followed(given):
    data = DF.assign(off=np.log(DF["lwt"] / 100))
    fit = gl.logit("low ~ age", data, offset=given)
    with pytest.raises(DataError, match="offset= with a number") as caught:
        fit.predict(NEW)
    column = re.search(r"add a column '(.*?)' \(0 for no offset\)", str(caught.value))
    assert column is not None
    named = fit.predict(NEW.assign(**{column[1]: 0.5}))
    for offset in (0.5, [0.5, 0.5], np.full(2, 0.5), pd.Series([0.5, 0.5], index=NEW.index)):
        pd.testing.assert_series_equal(fit.predict(NEW, offset=offset), named)
    pd.testing.assert_series_equal(fit.predict(NEW.assign(mine=0.5), offset="mine"), named)
    eta = fit.params["Intercept"] + fit.params["age"] * NEW["age"] + 0.5
    np.testing.assert_allclose(named, 1 / (1 + np.exp(-eta)), rtol=1e-12)  # rounding of one exponential
    with pytest.raises(DataError, match="new data lack"):
        fit.comparisons("age", population=NEW)
    assert fit.comparisons("age", population=NEW.assign(**{column[1]: 0.5})).shape[0] == 1


def test_an_offset_of_the_formula_is_a_column():
    fit = gl.logit("low ~ age + offset(log(lwt))", DF)
    with pytest.raises(DataError, match="taken from the columns of the new data"):
        fit.predict(NEW.assign(lwt=100.0), offset=0)
    assert len(fit.predict(NEW.assign(lwt=100.0))) == 2


# --- words ----------------------------------------------------------------------------------------------
def test_interpretation_speaks_of_the_event_and_of_whose_risks():
    grouped = str(gl.logit("cbind(ncases, ncontrols) ~ agegp", gl.datasets.esoph()).interpret())
    assert "cbind" not in grouped
    assert "The odds of the event are" in grouped
    assert "counted in ncases, non-events in ncontrols" in " ".join(grouped.split())
    assert "where cases and controls were sampled apart, only the odds ratios hold" in " ".join(grouped.split())
    sampled = gl.logit("low ~ smoke", DF, weights="lwt", weight_type="sampling").interpret("smoke")
    assert "at the population's mix" in str(sampled).replace("\n  ", " ")
    assert "at the sample's mix" in str(gl.logit("low ~ smoke", DF).interpret("smoke")).replace("\n  ", " ")
    assert "always further from 1" in gl.logit("low ~ smoke", DF).interpret().caution


def test_tests_of_terms_print_whole():
    big, small = gl.logit("low ~ age + lwt + race + smoke", DF), gl.logit("low ~ age", DF)
    for table in (gl.anova(small, big), gl.anova(big), gl.drop1(big)):
        text = str(table)
        assert "..." not in text
        assert text.count("\n") == len(table)
        assert "p-value" in text
        assert "<table" in table._repr_html_()
        assert type(table.loc[table.index[:1]]) is pd.DataFrame
    assert "Resid. deviance" in str(gl.anova(big))


def test_a_hypothesis_of_several_lines_prints_on_one():
    assert "of age = 0; lwt = 0: chi2(2)" in str(gl.logit("low ~ age + lwt", DF).test("age = 0\n  lwt = 0\n"))
