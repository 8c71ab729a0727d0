"""Models in SQL, in a spreadsheet, in an equation: run there, they give the probabilities of the fit."""

from __future__ import annotations

import math
import re
import shutil
import sqlite3
import subprocess
from collections.abc import Iterable

import numpy as np
import pytest

import glmlogit as gl
from glmlogit.errors import DataError, UnsupportedError

B = gl.datasets.birthwt().assign(
    bmi=lambda d: np.round(d["lwt"] / 5.3, 2), ill=lambda d: d["ht"] == 1, site=np.tile(["O'Brien", 'a "b"', "ä ö"], 63)
)
B = B.rename(columns={"ftv": "No. of visits"})
FORMULAS = [
    "low ~ 1",
    "low ~ age + lwt",
    "low ~ C(race) + smoke",
    "low ~ race*smoke + ill",
    "low ~ 0 + C(race) + age:smoke",
    "low ~ C(race, Sum) + C(site, Helmert)*age",
    "low ~ C(race, Treatment('other')) + relevel(site, 'ä ö')",
    "low ~ I(age^2) + log(lwt) + sqrt(bmi)",
    "low ~ exp(age / 30) + I((smoke - 20) / (lwt + 1)) + log1p(bmi) + abs(ptl)",
    "low ~ Q('No. of visits') + C(smoke)",
    "low ~ age + offset(I(lwt / 100))",
    "low ~ I(-age) + I(2 - lwt * 3e-2)",
]  # fmt: skip


@pytest.fixture(scope="module")
def database():
    connection = sqlite3.connect(":memory:")
    try:
        connection.execute("SELECT EXP(1.0), LN(2.0), SQRT(2.0)")
    except sqlite3.OperationalError:
        for name, function in (("EXP", math.exp), ("LN", math.log), ("SQRT", math.sqrt)):
            connection.create_function(name, 1, function)
    B.assign(race=B["race"].astype(str)).to_sql("births", connection, index=False)
    yield connection
    connection.close()


@pytest.mark.parametrize("formula", FORMULAS)
def test_sql_gives_the_probabilities(database, formula):
    fit = gl.logit(formula, B)
    rows = database.execute(f"SELECT {fit.to_sql()} FROM births").fetchall()
    np.testing.assert_allclose([p for (p,) in rows], fit.predict(B), rtol=1e-12)


def test_sql_of_other_estimators_and_of_a_saved_fit(database):
    for fit in (gl.firth("low ~ race + age", B), gl.ridge("low ~ age + smoke", B, penalty=0.1)):
        for form in (fit, gl.without_rows(fit)):
            rows = database.execute(f"SELECT {form.to_sql()} FROM births").fetchall()
            np.testing.assert_allclose([p for (p,) in rows], fit.predict(B), rtol=1e-12)


def test_a_level_that_was_not_seen_and_a_missing_value_are_null(database):
    text = gl.logit("low ~ race + age", B).to_sql()
    for race, age in (("'green'", "20"), ("'white'", "NULL"), ("NULL", "20")):
        found = database.execute(f"SELECT {text} FROM (SELECT {race} AS race, {age} AS age)").fetchall()
        assert found == [(None,)]


EMPTY = type("Empty", (float,), {})()  # 0 in arithmetic, as an empty cell is


def evaluated(formula: str, row: Iterable[object]) -> float:
    """A spreadsheet's formula by Python: its functions by their names, cells by their values."""
    cells = {f"X{j}": value for j, value in enumerate(row)}
    scope = {
        "EXP": math.exp, "LN": math.log, "SQRT": math.sqrt, "ABS": abs, "EXACT": lambda a, b: a == b,
        "IF": lambda test, yes, no: yes if test else no, "NA": lambda: math.nan,
        "COUNTA": lambda *values: sum(value is not EMPTY for value in values), "TRUE": True, "FALSE": False,
    }  # fmt: skip
    text = re.sub(r"(X\d+)=", r"\1==", formula.removeprefix("="))
    text = re.sub(r'"((?:[^"]|"")*)"', lambda quoted: repr(quoted[1].replace('""', '"')), text)
    return eval(text, scope | cells)


CELLS = {name: f"X{j}" for j, name in enumerate(B.columns)}


@pytest.mark.parametrize("formula", FORMULAS)
def test_a_spreadsheet_gives_the_probabilities(formula):
    fit = gl.logit(formula, B)
    text = fit.to_excel_formula(CELLS)
    found = [evaluated(text, row) for _, row in B.iloc[::9].iterrows()]
    np.testing.assert_allclose(found, fit.predict(B.iloc[::9]), rtol=1e-12)


def test_an_empty_cell_has_no_probability():
    fit = gl.logit("low ~ age + C(smoke) + offset(I(lwt / 100))", B)
    text = fit.to_excel_formula(CELLS)
    for empty in ("age", "smoke", "lwt"):
        assert math.isnan(evaluated(text, [*(B.iloc[0].to_dict() | {empty: EMPTY}).values()]))


def test_cells_of_a_table_are_the_default():
    text = gl.logit("low ~ age + Q('No. of visits')", B).to_excel_formula()
    assert "[@[age]]" in text
    assert "[@[No. of visits]]" in text
    sharp = gl.logit("low ~ Q('#a[1]')", B.assign(**{"#a[1]": B["age"]})).to_excel_formula()
    assert "[@['#a'[1']]]" in sharp
    with pytest.raises(DataError, match=r"no cell for 'lwt'; the model takes age, lwt"):
        gl.logit("low ~ age + lwt", B).to_excel_formula({"age": "A2"})


REFUSED = {
    "spline": (lambda: gl.logit("low ~ rcs(age, 3)", B), "basis of several curves"),
    "scale": (lambda: gl.logit("low ~ scale(age)", B), "has no text here"),
    "levels of an expression": (lambda: gl.logit("low ~ C(age > 20)", B), "categories of an expression"),
    "power": (lambda: gl.logit("low ~ I(age^0.5)", B), "only powers of 1 to 6"),
    "arrays": (lambda: gl.logit(gl.design_arrays(B["low"], B[["age"]])), "no formula made"),
    "several levels": (lambda: gl.multinomial("race ~ age", B), "several levels"),
    "offset": (lambda: gl.logit("low ~ age", B, offset=B["lwt"] / 100), "type offset"),
    "aliased": (lambda: gl.logit("low ~ age + twice", B.assign(twice=2 * B["age"])), "infinite or not determined"),
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("verb", [gl.to_sql, gl.to_excel_formula])
@pytest.mark.parametrize("kind", REFUSED)
def test_what_cannot_be_written_down_says_why(kind, verb):
    make, words = REFUSED[kind]
    with pytest.raises(UnsupportedError, match=words):
        verb(make())


def test_a_formula_that_is_too_long_for_excel():
    rows = B.assign(g=[f"level {i % 90:04d} of a factor with long names {'x' * 60}" for i in range(189)])
    with pytest.raises(UnsupportedError, match="Excel takes 8,192"):
        gl.ridge("low ~ C(g)", rows, penalty=0.1).to_excel_formula()


def test_equations():
    fit = gl.logit("low ~ race + lwt", B)
    text = fit.to_latex_equation(digits=4)
    assert text.count("&\\quad") == 3
    assert r"- 0.01522 \; \text{lwt}" in text
    assert r"\text{race[T.black]}" in text
    assert "e-" not in gl.logit("low ~ I(lwt * 1e6)", B).to_latex_equation()
    with pytest.raises(DataError, match="no number of digits"):
        fit.to_latex_equation(digits=0)
    with pytest.raises(UnsupportedError, match="several levels"):
        gl.multinomial("race ~ age", B).to_latex_equation()


@pytest.mark.parametrize("formula", FORMULAS[:5] + FORMULAS[7:])
def test_models_of_levels_at_two_of_them_are_written_as_the_logit(formula):
    """A cut point has the sign of an intercept turned round."""
    fit = gl.logit(formula, B)
    others = [gl.multinomial(formula, B)]
    if " 0 " not in formula:
        others += [gl.ordinal(formula, B), gl.without_rows(gl.ordinal(formula, B))]
    for other in others:
        for written in ("to_sql", "to_excel_formula"):
            ours, theirs = (numbers(getattr(f, written)()) for f in (other, fit))
            np.testing.assert_allclose(ours, theirs, rtol=1e-12)
        assert other.to_latex_equation() == fit.to_latex_equation()


def numbers(text):
    """All numbers in a text, with their signs."""
    return [float(number) for number in re.findall(r"-?\d+\.?\d*(?:e[+-]?\d+)?", text)]


def test_a_constant_column_given_with_an_array_keeps_its_name():
    y, X = B["low"], np.column_stack([np.full(len(B), 3.0), B["smoke"]])
    own = gl.logit(gl.design_arrays(y, X, names=["three", "smoke"])).to_latex_equation()
    assert r"\; \text{three}" in own
    added = gl.logit(gl.design_arrays(y, X[:, 1:], names=["smoke"], intercept=True)).to_latex_equation()
    assert added == gl.logit("low ~ smoke", B).to_latex_equation()
    turned = gl.ordinal(gl.design_arrays(y, X[:, 1:], names=["smoke"], order=True)).to_latex_equation()
    assert turned == added


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
def test_calc_gives_the_probabilities(tmp_path):
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    sheet = book.active
    names = list(B.columns)
    cell = {name: openpyxl.utils.get_column_letter(j) for j, name in enumerate(names, 1)}
    fits = [gl.logit(formula, B) for formula in FORMULAS]
    for i, row in enumerate(B.assign(race=B["race"].astype(str)).itertuples(index=False), 1):
        texts = [fit.to_excel_formula({name: f"{cell[name]}{i}" for name in names}) for fit in fits]
        sheet.append([*row, *texts])
    book.save(tmp_path / "b.xlsx")
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    command = [
        "soffice",
        profile,
        "--headless",
        "--convert-to",
        "xlsx",
        "--outdir",
        tmp_path / "made",
        tmp_path / "b.xlsx",
    ]
    subprocess.run(command, check=True, capture_output=True)
    made = openpyxl.load_workbook(tmp_path / "made" / "b.xlsx", data_only=True).active
    values = np.array([[cell.value for cell in row[len(names) :]] for row in made.iter_rows()], dtype=float)
    # A file of Calc has 15 digits of a number.
    for j, fit in enumerate(fits):
        np.testing.assert_allclose(values[:, j], fit.predict(B), rtol=2e-14, err_msg=fit.formula)
