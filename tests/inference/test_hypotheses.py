"""Hypotheses as text: what is typed is what is tested, whatever the names, signs, brackets and chains."""

from __future__ import annotations

import contextlib
import itertools
import random
import warnings
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import examples

import glmlogit as gl
from glmlogit.errors import DataError, FormulaError, UnsupportedError
from glmlogit.inference.constraints import linear_combination, linear_constraints, ratio_constraints
from glmlogit.inference.hypothesis_reader import MAX_NESTING
from glmlogit.inference.wald_test import quadratic
from glmlogit.numerics.reference import Reference

# Names as designs and tables print them; `a-b`, `x y`, `1B` and labels of effects are no words of a formula.
NAMES = (
    *("Intercept", "a", "b", "c", "a:b", "x y", "1B", "I(a ** 2)", "I(b^2)", "log(abs(a))", "poly(b, 2)[1]"),
    *("C(g)[T.it's]", "C(g)[T.q[r]]", "C(g)[T.u=1]", "C(g)[T.v,w]", "C(g)[T.z:1]", "C(g)[T.(p - q)]", "C(g)[T.<5 mg]"),
    *("C(k, Treatment('x'))[T.y]:a", "C(k, Treatment('x'))[T.y]:C(g)[T.z:1]", "o[T.lo]:a", "été", "a.b", "_d"),
    *("smoke[1 / 0]|race=white", "race[1,5 - =2]|ht=0", "o=lo,k=1", "a|b=0", "+10 mg", "d-e", "C(g)[T.[half]"),
)


PIECES = (*"ab =*/+-()[],;:.^`'\"\n<>!1250e\u2212", "C(g)", "[T.", "a:b", "x y", "exp(")


def written(form: dict[int, Fraction], rng: random.Random) -> str:
    """A linear form written in some way: order, signs, brackets, scales, blanks. Column -1 is the constant."""
    gap = rng.choice(["", " ", "  "])
    terms = []
    for j in rng.sample(sorted(form), len(form)):
        size = abs(form[j])
        body = f"{size.numerator}" if size.denominator == 1 else f"{size.numerator}/{size.denominator}"
        if j >= 0:
            name = rng.choice([NAMES[j], f"`{NAMES[j]}`", f"({gap}{NAMES[j]} )"])
            body = rng.choice(
                [f"{body} *{gap}{name}", f"{name}{gap}* ({body})", name if size == 1 else f"({body})*{name}"]
            )
        terms.append(("- " if form[j] < 0 else "+ ") + body)
    scale = rng.choice(["{}", "({})", "2*({})/2", "-(-({}))", "({})/ 4 * 4.0", " + {}"])
    return scale.format(" ".join(terms) or "0")


def chain(rng: random.Random) -> tuple[str, list[dict[int, Fraction]]]:
    """A chain of one to four sides, and left less right for each of its equations."""
    forms = []
    for _ in range(rng.randint(1, 4)):
        columns = rng.sample(range(-1, len(NAMES)), rng.randint(0, 4))
        forms.append({j: Fraction(rng.choice([-1, 1]) * rng.randint(1, 20), rng.choice([1, 1, 2, 8])) for j in columns})
    pairs = list(itertools.pairwise(forms)) or [(forms[0], {})]
    equations = [{j: a.get(j, Fraction()) - b.get(j, Fraction()) for j in {**a, **b}} for a, b in pairs]
    return rng.choice(["=", " = ", "==", " == "]).join(written(form, rng) for form in forms), equations


@pytest.mark.parametrize("seed", range(5))
def test_generated_equations_give_the_matrix_they_were_written_from(seed):
    """5 × 300 texts of one to three chains of one to four sides over 28 names."""
    rng = random.Random(seed)
    for _ in range(300):
        parts = [chain(rng) for _ in range(rng.randint(1, 3))]
        text = rng.choice([", ", ";", "\n", ",\n "]).join(one for one, _ in parts)
        equations = [equation for _, found in parts for equation in found]
        if not all(any(weight for j, weight in equation.items() if j >= 0) for equation in equations):
            with pytest.raises(FormulaError, match="without a coefficient"):
                linear_constraints(text, NAMES)
            continue
        matrix, values = linear_constraints(text, NAMES)
        assert len(matrix) == len(equations)
        for row, value, equation in zip(matrix, values, equations, strict=True):
            expected = np.array([float(equation.get(j, 0)) for j in range(len(NAMES))])
            turned = -1.0 if np.array_equal(row, -expected) else 1.0  # 0 = a is written a = 0
            np.testing.assert_array_equal(turned * row, expected)
            assert turned * value == -float(equation.get(-1, 0))


@pytest.mark.parametrize("seed", range(5))
def test_junk_is_read_or_refused_and_nothing_else(seed):
    rng = random.Random(seed)
    for _ in range(600):
        text = "".join(rng.choice((*PIECES, *NAMES)) for _ in range(rng.randint(0, 25)))
        for read in (linear_constraints, ratio_constraints):
            try:
                matrix, values = read(text, NAMES)
            except FormulaError:
                continue
            assert np.isfinite(matrix).all()
            assert (matrix != 0).any(axis=1).all()
            assert len(values) == len(matrix)


@given(st.text(max_size=40))
@examples(500)
def test_any_characters_are_read_or_refused(text):
    with contextlib.suppress(FormulaError):
        linear_constraints(text, NAMES)


@pytest.mark.parametrize(
    "text",
    [
        *("(" * depth + "a" + ")" * depth for depth in (MAX_NESTING + 1, 4_000)),
        *("-" * 9_000, "a" + "=a" * 4_000, "a = 0," * 1_600, "I(" * 3_000, "[" * 9_000, "C(g)[T." * 1_000, "`" * 9_000),
        *(
            "a*" + "9" * 3_000,
            "*".join(["1e999"] * 1_000),
            "a:" * 4_000,
            "a - b" * 2_000,
            "a(" * 4_900,
            "`a`:" * 2_400,
            "o=lo,k=1 = " * 800,
            "a=1e-999",
            "a = 1e99999999",
        ),
    ],
)
def test_long_and_deep_texts_are_refused(text):
    with pytest.raises(FormulaError):
        linear_constraints(text, NAMES)


def test_unary_signs_and_nesting_below_the_limit_are_read():
    for text in ("-" * 5_000 + "a", "(" * MAX_NESTING + "a" + ")" * MAX_NESTING, "a" + "+a" * 4_000):
        matrix, values = linear_constraints(text, NAMES)
        assert matrix[0, 1] in (1.0, 4001.0)
        assert values[0] == 0.0


# --- spellings ------------------------------------------------------------------------------------
SPELLED = {
    "I(a**2)": "I(a ** 2)",
    "I( a ^2 )": "I(a ** 2)",
    "I(b ** 2)": "I(b^2)",
    "log(abs( a ))": "log(abs(a))",
    "poly(b,2)[1]": "poly(b, 2)[1]",
    "poly(b, 2) [1]": None,
    "b:a": "a:b",
    "a : b": "a:b",
    "`a`:b": "a:b",
    'a:C(k, Treatment("x"))[T.y]': "C(k, Treatment('x'))[T.y]:a",
    "C(k,Treatment('x'))[T.y]:a": "C(k, Treatment('x'))[T.y]:a",
    "C(g)[T.z:1]:C(k, Treatment('x'))[T.y]": "C(k, Treatment('x'))[T.y]:C(g)[T.z:1]",
    "`C(g)[T.z:1]`": "C(g)[T.z:1]",
    "C(g)[T.(p-q)]": "C(g)[T.(p - q)]",
    "C(g)[T.<5mg]": None,
    "smoke[1/0]|race=white": None,
    "`smoke[1/0]|race=white`": "smoke[1 / 0]|race=white",
    "C(g)[z:1]": None,
    "g": None,
}


@pytest.mark.parametrize("spelled", SPELLED)
def test_spellings(spelled):
    if SPELLED[spelled] is None:
        with pytest.raises(FormulaError):
            linear_constraints(f"{spelled} = 0", NAMES)
        return
    matrix, _ = linear_constraints(f"{spelled} = 0", NAMES)
    assert matrix[0].tolist() == [float(name == SPELLED[spelled]) for name in NAMES]


FORMULAS = [
    *(
        "I((age+lwt)/2)",
        "I((lwt>120) & (age<30))",
        "poly(age,2,raw=TRUE)",
        "rcs(age,3)",
        "log10(lwt)",
        "ns(age, df = 3)",
    ),
    *('C(race,Treatment("black"))', "C(race, Sum)*smoke", "scale(age)", "I(lwt %% 7)", "I(-age)", "bs(age,df=4):smoke"),
    *('relevel(race, ref="other"):age', "C(smoke):C(ht)", 'Q("age")', "I(age**2):I(lwt^2)"),
]


@pytest.mark.parametrize("term", FORMULAS)
def test_terms_are_found_as_they_were_typed_in_the_formula(term):
    """What stands before the levels of a printed name may be spelt as in the formula."""
    names = gl.design(f"low ~ {term}", gl.datasets.birthwt()).names
    single = ":" not in term and "*" not in term
    for j, name in enumerate(names[1:], 1):
        for typed in {
            name,
            f"`{name}`",
            name.replace(" ", ""),
            ":".join(reversed(name.split(":"))),
            name.replace("'", '"'),
        }:
            assert linear_constraints(typed, names)[0][0, j] == 1.0, typed
        if single:
            level = name[name.rindex("[") :] if name.endswith("]") else ""
            assert linear_constraints(f"{term}{level} = 0", names)[0][0, j] == 1.0


AMBIGUOUS = [
    ("a-b = 0", ("a", "b", "a-b"), "(a) - (b)"),
    ("age - lwt = 0", ("age", "lwt", "age - lwt"), "(age) - (lwt)"),
    ("10*age = 0", ("age", "10*age"), "10 * (age)"),
    ("1 = a", ("1", "a"), "1.0"),
    ("0 = 1", ("0", "1"), "0.0"),
    ("a = 0", ("a", "a = 0"), "(a) = 0"),
]


@pytest.mark.parametrize(("text", "names", "arithmetic"), AMBIGUOUS)
def test_two_readings_are_refused_and_both_spellings_given_work(text, names, arithmetic):
    with pytest.raises(FormulaError, match="read in two ways") as caught:
        linear_constraints(text, names)
    odd = next(name for name in names if f"`{name}`" in str(caught.value))
    assert arithmetic in str(caught.value)
    assert linear_constraints(f"`{odd}` = 0.0", names)[0][0, names.index(odd)] == 1.0
    if "=" not in arithmetic and not odd.isdigit():
        assert linear_constraints(f"{arithmetic} = 5", names)[0][0, names.index(odd)] == 0.0


def test_levels_that_only_blanks_tell_apart_are_typed_exactly():
    names = ("g[T.<5 -]", "g[T.<5-]", "a")
    assert linear_constraints("g[T.<5-] = 0", names)[0][0].tolist() == [0, 1, 0]
    with pytest.raises(FormulaError, match="type the one you mean"):
        linear_constraints("g[T.< 5-] = 0", names)


# --- refusals -------------------------------------------------------------------------------------
REFUSED = {
    "a*b = 0": "multiplies coefficients",
    "a / b = 1": "'a = 2*b'",
    "a^2 = 0": "takes a power",
    "exp(a) = 2": "calls exp()",
    "a = 1/(2-2)": "division by 0",
    "0 = 0": "without a coefficient",
    "1 = 2": "without a coefficient",
    "a - a = 0": "without a coefficient",
    "0.1*a + 0.2*a - 0.3*a = 0": "without a coefficient",
    "a = 0 = 0": "without a coefficient",
    "a > 0": "only equations",
    "a != b": "only equations",
    "2a = 0": "type * between",
    "2 a = 0": "a sign is missing",
    "a b = 0": "a sign is missing",
    "a = ": "it ends",
    "= a": "'=' stands",
    "a = = 0": "'=' stands",
    "(a = 0)": "inside brackets",
    "(a, b) = 0": "never closed",
    "a) = 0": "')' stands",
    "a \u2212 1 = 0": "type - instead",
    "`a = 0": "never closed",
    "": "is empty",
    " ,\n; ": "is empty",
    "C(g) = 0": "C(g)[T.it's] = 0",
    "poly(b,2) = 0": "poly(b, 2)[1] = 0",
    "C(g)z:1 = 0": "C(g)[T.z:1] = 0",
    "a = 1e999": "too large",
    "import os": "no term",
}


@pytest.mark.parametrize("text", REFUSED)
def test_refusals_say_why(text):
    with pytest.raises(FormulaError) as caught:
        linear_constraints(text, NAMES)
    assert REFUSED[text] in str(caught.value)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("raceblack", "C(race)[T.black]"),
        ("race[black]", "C(race)[T.black]"),
        ("1.smoke", "C(smoke)[T.1]"),
        ("_b[age]", "age"),
    ],
)
def test_names_of_r_and_stata_are_pointed_to_ours(typed, meant):
    fit = gl.logit("low ~ C(race) + C(smoke) + age", gl.datasets.birthwt())
    with pytest.raises(FormulaError, match="did you mean") as caught:
        fit.test(f"{typed} = 0")
    assert meant in str(caught.value)
    assert fit.test(f"{meant} = 0").df == 1


# --- combinations and ratios ----------------------------------------------------------------------
def test_a_contrast_is_no_equation():
    fit = gl.logit("low ~ age + lwt + smoke", gl.datasets.birthwt())
    for text in ("age = lwt", "age = lwt = smoke", "age == 0", "age - 1", "age; lwt", "0*age"):
        with pytest.raises((DataError, FormulaError)):
            gl.contrasts(fit, text)
    np.testing.assert_array_equal(linear_combination("2*(age - lwt)/4", ("age", "lwt")), [0.5, -0.5])


@given(st.lists(st.tuples(st.integers(0, 3), st.sampled_from([1, -1]), st.integers(1, 9)), min_size=1, max_size=5))
@examples(200)
def test_products_of_ratios_are_sums_of_logs(factors):
    names = ("smoke[1 / 0]", "race[b - a]|ht=0", "or", "rr")
    text, row, logs = "1", np.zeros(4), 0.0
    for column, power, number in factors:
        text += f"{'*' if power > 0 else '/'} ({number} * {names[column]})"
        row[column] += power
        logs += power * np.log(number)
    if not row.any():
        with pytest.raises(FormulaError):
            ratio_constraints(f"{text} = 2", names)
        return
    matrix, values = ratio_constraints(f"{text} = 2", names)
    np.testing.assert_array_equal(matrix[0], row)
    assert values[0] == pytest.approx(np.log(2) - logs, abs=1e-12)  # a few logarithms, rounded


@pytest.mark.parametrize(
    "text", ["or + rr = 1", "or = 0", "or", "-or = 1", "or - 1 = 0", "1 = 1", "or = -2", "or/0 = 1"]
)
def test_hypotheses_that_are_none_of_ratios(text):
    with pytest.raises(FormulaError):
        ratio_constraints(text, ("or", "rr"))


# --- through the fits -----------------------------------------------------------------------------
RNG = np.random.default_rng(10)
ROWS = 400
FRAME = pd.DataFrame({name: RNG.normal(size=ROWS) for name in ("x", "z", "w", "a-b", "x y")}).assign(
    g=RNG.choice(["u=1", "v,w", "z:1", "q[r]"], ROWS),
    n=RNG.integers(1, 4, ROWS),
    c=np.arange(ROWS) // 10,
    y=(RNG.random(ROWS) < 0.4).astype(int),
)
MODELS = [
    "y ~ x + z + w",
    "y ~ x*z + C(g)",
    "y ~ `a-b` + `x y` + x + I(z**2)",
    "y ~ C(g)*x",
    "y ~ 0 + x + z + w + C(g)",
]
ESTIMATORS = {"logit": gl.logit, "firth": gl.firth, "log_f": gl.log_f}
COVARIANCES = {
    "model": {},
    "counts": {"weights": "n"},
    "sampling": {"weights": "n", "weight_type": "sampling"},
    "cluster": {"cluster": "c"},
}


@pytest.mark.parametrize("options", COVARIANCES)
@pytest.mark.parametrize("estimator", ESTIMATORS)
@pytest.mark.parametrize("formula", MODELS)
def test_chains_are_their_matrices(formula, estimator, options):
    """5 models × 3 estimators × 4 covariances × 12 chains of 2 to 4 sides, with and without a number: 720 tests."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fit = ESTIMATORS[estimator](formula, FRAME, **COVARIANCES[options])
    names, p = list(fit.params.index), len(fit.params)
    ticked = {name: f"`{name}`" for name in names}
    rng = np.random.default_rng(len(formula))
    for trial in range(12):
        chosen = rng.permutation(p)[: 2 + trial % 3]
        value = (None, 0.0, 0.25)[trial % 3]
        chain = " = ".join(ticked[names[j]] for j in chosen) + ("" if value is None else f" = {value}")
        rows = [np.eye(p)[a] - np.eye(p)[b] for a, b in itertools.pairwise(chosen)]
        beta = fit.params.to_numpy()
        target = np.zeros(len(rows))
        if value is not None:
            rows, target = [*rows, np.eye(p)[chosen[-1]]], np.append(target, value)
        found = fit.test(chain)
        distance = np.array(rows) @ beta - target
        spread = np.array(rows) @ fit.cov_params().to_numpy() @ np.array(rows).T
        wald = distance @ np.linalg.solve(spread, distance)
        df, q = getattr(found, "df_denom", np.inf), len(rows)
        expected = wald if np.isinf(df) else wald / q * df / (df + q - 1)
        assert found.df == q
        assert found.statistic == pytest.approx(expected, rel=1e-8)  # conditions of these covariances are below 1e6


@pytest.mark.parametrize("method", ["lr", "score"])
def test_chains_that_fix_each_coefficient_by_likelihood(method):
    fit = gl.logit("y ~ x + z + w", FRAME)
    for chain, plain in {
        "x = z = 0": "x = 0, z = 0",
        "x = 0.5 = z": "x = 0.5, z = 0.5",
        "0 = x = z = w": "x = 0, z = 0, w = 0",
        "x - z = 0, 2*z = 1": "x = 0.5, z = 0.5",
        "x + z = 1, x = 0": "x = 0, z = 1",
    }.items():
        one, other = fit.test(chain, method), fit.test(plain, method)
        assert one.df == other.df
        assert one.statistic == pytest.approx(other.statistic, rel=1e-12)
    with pytest.raises(UnsupportedError):
        fit.test("x = z", method)
    with pytest.raises(DataError, match="both"):
        fit.test("x = z = 0, x - z = 1", method)


def test_chains_of_effects_are_their_matrices():
    fit = gl.logit("y ~ x*z + C(g)", FRAME)
    effects = fit.margins(["x", "z"])
    assert effects.test("x = z = 0").statistic == pytest.approx(effects.test(np.eye(2)).statistic, rel=1e-12)
    risks = gl.predictions(fit, at={"g": ["u=1", "v,w"], "x": [0, 1]})
    first, second, third = (f"{label}" for label in risks.labels[:3])
    found = risks.test(f"{first} = {second} = {third}")
    rows = np.array([[1, -1, 0, 0], [0, 1, -1, 0]])
    assert found.df == 2
    assert found.statistic == pytest.approx(risks.test(rows).statistic, rel=1e-9)


@pytest.mark.parametrize("value", [None, {"x": 0}, ["x", 3], object(), [[1.0, "x"]], b"x = 0"])
def test_hypotheses_of_other_kinds_are_refused(value):
    with pytest.raises(DataError):
        gl.logit("y ~ x + z", FRAME).test(value)


# --- numbers of tests -----------------------------------------------------------------------------
@pytest.mark.parametrize("method", ["lr", "score", "wald"])
@pytest.mark.parametrize(("text", "plain"), [("2*age = 0.1", "age = 0.05"), ("-4*age = -0.2", "age = 0.05")])
def test_an_equation_times_a_number_is_the_same_equation(method, text, plain):
    fit = gl.logit("low ~ age + smoke", gl.datasets.birthwt())
    one, other = fit.test(text, method), fit.test(plain, method)
    assert one.statistic == pytest.approx(other.statistic, rel=1e-9)  # as far as a restricted fit is converged
    assert other.statistic > 1.1 * fit.test("age = 0", method).statistic


@pytest.mark.parametrize("left", [1e-4, 1e-10, 1e-13])
def test_a_wald_statistic_of_estimates_that_are_all_but_one(left):
    """d'V⁻¹d of two equal distances with correlation 1 − left is 2/(1 + ρ)."""
    rho = 1.0 - left
    found = quadratic(np.eye(2), np.ones(2), np.array([[1.0, rho], [rho, 1.0]]), "", Reference())
    assert found.statistic == pytest.approx(2.0 / (1.0 + rho), rel=1e-12)
    assert found.df == 2


def test_no_wald_statistic_of_estimates_that_cannot_be_told_apart():
    """Of 1 − ρ² = 4 ulp a root has no digit."""
    rho = 1.0 - 2.0**-52
    found = quadratic(np.eye(2), np.ones(2), np.array([[1.0, rho], [rho, 1.0]]), "", Reference())
    assert np.isnan(found.statistic)
    assert "not positive definite" in found.reason


def test_a_fit_that_did_not_converge_is_no_part_of_a_likelihood_ratio():
    data = gl.datasets.birthwt()
    big = gl.logit("low ~ age + smoke", data)
    with pytest.warns(gl.errors.ConvergenceWarning):
        small = gl.logit("low ~ age", data, control=gl.Control(max_iter=1))
    found = gl.lr_test(big, small)
    assert np.isnan(found.statistic)
    assert "Not converged" in found.reason


@pytest.mark.parametrize(("formula", "word"), [("low ~ age + race", "C(race)"), ("low ~ age + C(race)", "race")])
def test_a_factor_by_another_spelling_is_answered_with_its_columns(formula, word):
    fit = gl.logit(formula, gl.datasets.birthwt())
    with pytest.raises(FormulaError, match="coefficient for each of its columns") as refused:
        fit.test(word)
    typed = str(refused.value).split("type '")[1].split("'; gl.")[0]
    assert fit.test(typed).df == 2
