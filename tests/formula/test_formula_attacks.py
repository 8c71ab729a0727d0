"""A formula is data: nothing in it may run, reach Python, or take long to refuse."""

import builtins
import os
import signal
import subprocess
from contextlib import contextmanager

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from glmlogit.errors import DataError, FormulaError
from glmlogit.formula.parse import outcome_columns, parse
from glmlogit.formula.spec import build

COLUMNS = ["y", "x1", "x2", "g"]
FRAME = pd.DataFrame(
    {"y": [0, 1] * 12, "x1": np.linspace(0.5, 3, 24), "x2": np.cos(np.arange(24.0)), "g": list("abc") * 8}
)


# Imports are code too: everything that is imported when first used is used once before the tripwires.
for warm in ("y ~ C(g, Sum)*x1 + poly(x1, 2) + cr(x2, df=4) + cc(x2, df=4)", "y ~ (x1 + x2)^2 + bs(x1) + ns(x2, df=3)"):
    build(parse(warm), FRAME).spec.matrix(FRAME)


@contextmanager
def no_code_runs(monkeypatch):
    """Every way out of a formula is a tripwire while the block runs."""

    def tripwire(*args, **options):
        raise AssertionError("a formula ran code")

    with monkeypatch.context() as patch:
        for name in ("eval", "exec", "open", "input", "breakpoint"):
            patch.setattr(builtins, name, tripwire)
        for name in ("system", "popen", "remove", "execv"):
            patch.setattr(os, name, tripwire)
        patch.setattr(subprocess, "Popen", tripwire)
        yield


@contextmanager
def at_most(seconds):
    """Fail what hangs; the bound is for hangs and not a measurement of speed."""

    def stop(signum, frame):
        raise AssertionError(f"took more than {seconds} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


OBVIOUS = [
    "y ~ x1 + I(eval('x2'))",
    "y ~ eval('1')",
    "y ~ exec('import os')",
    "y ~ __import__('os').system('true')",
    "__import__('os').system('true') ~ x1",
    "y ~ I(__import__('os'))",
    "y ~ open('/etc/passwd')",
    "y ~ I(open('/etc/passwd').read())",
    "y ~ os.system('true')",
    "y ~ np.save('/tmp/x', x1)",
    "y ~ numpy.load('x', allow_pickle=True)",
    "y ~ pd.read_pickle('x')",
    "y ~ getattr(x1, 'values')",
    "y ~ globals()",
    "y ~ I(locals())",
    "y ~ vars(x1)",
    "y ~ type(x1)",
    "y ~ compile('1', '', 'eval')",
    "y ~ input()",
    "y ~ breakpoint()",
    "y ~ exit()",
    "y ~ print(x1)",
    "y ~ I(print)",
    "y ~ hashed(x1, levels=3)",
    "y ~ lag(x1)",
]
ATTRIBUTES = [
    "y ~ x1 + I(().__class__.__bases__[0].__subclasses__().__len__()*0+x2)",
    "y ~ I(x1.__class__)",
    "y ~ I(x1.values)",
    "y ~ x1.values",
    "y ~ x1.to_pickle('/tmp/x')",
    "y ~ I('{0.__class__}'.format(x1))",
    "y ~ I(''.join)",
    "y ~ log(x1).sum()",
    "y ~ log.__call__(x1)",
    "y ~ contr.custom(x1)",
    "y ~ C(g, contr.__class__)",
    "y ~ C(g, contr.treatment.__init__)",
    "y ~ x1.__array_interface__",
    "y ~ I(np.log.__self__)",
    "y ~ scale.__globals__",
    "y ~ __class__",
    "y ~ __builtins__",
    "y ~ I(__builtins__)",
    "y ~ I(__loader__ + x1)",
    "y ~ C(__doc__)",
]
SYNTAX = [
    "y ~ x1 + I((lambda q: q*2)(x2))",
    "y ~ I((lambda: 1)())",
    "y ~ I([x for x in x1])",
    "y ~ I((x for x in x1))",
    "y ~ I({x1})",
    "y ~ I({1: x1})",
    "y ~ {x1 + x2}",
    "y ~ {__import__('os')}",
    "y ~ I((q := x1))",
    "y ~ I(x1 if 1 else x2)",
    "y ~ I(await x1)",
    "y ~ I(yield x1)",
    "y ~ I(*x1)",
    "y ~ I(**x1)",
    "y ~ log(*[x1])",
    "y ~ log(**{'x': x1})",
    "y ~ I(x1[0])",
    "y ~ I(x1[::-1])",
    "y ~ x1[0]",
    "y ~ I(x1; x2)",
    "y ~ x1; import os",
    "y ~ I(x1 = x2)",
    "y ~ I(x1 == x2 == )",
    "y ~ I(f'{x1}')",
    "y ~ I(f'{__import__(1)}')",
    "y ~ I(b'x' + x1)",
    "y ~ I(x1 @ x2)",
    "y ~ I(x1 << 99999)",
    "y ~ I(x1 in x2)",
    "y ~ I(x1 is x2)",
    "y ~ I(import os)",
    "y ~ I(del x1)",
    "y ~ I(x1)(x2)",
    *("y ~ I(`x1`(x2))", "y ~ log(`x1` (x2))", "y ~ C(`x1`(x2))", "y ~ I((x1)(x2))", "y ~ I(((x1))(x2))"),
    *("`y`(x1) ~ x2", "log((y)(x1)) ~ x2", "y ~ C(x1, Treatment(`x2`(g)))", "y ~ offset((x1)(x2))"),
    *("y ~ I(`log`(x1))", "y ~ I((log)(x1))", "y ~ `log`(x1)", "y ~ I([x1](x2))", "y ~ I('x1'(x2))", "y ~ I(2(x1))"),
    *("y ~ I((True)(x1))", "y ~ I((-x1)(x2))", "y ~ I(Q('x1')(x2))", "y ~ I((Q('x1'))(x2))", "y ~ bs(x1, `df`=3)"),
    "y ~ log(x1)(x2)",
    "y ~ I(I)(x1)",
    "y ~ log(x1, __x=2)",
    "y ~ log(x=x1, x=x2)",
    "y ~ I(x1 # x2)",
    "y ~ I(x1 \\ x2)",
    "y ~ I(x1)\x00",
    "y ~ I(x1, ...)",
    "y ~ I(x1 : x2)",
    "y ~ `x1",
    "y ~ I(`x1)",
    "y ~ ``",
    "y ~ $x1",
    "y ~ @x1",
    "y ~ x1 <- x2",
    "y ~ I(x1 if)",
]
UNICODE = [
    "y ~ ｅｖａｌ('1')",  # full-width letters become ASCII under NFKC
    "y ~ 𝑒𝑣𝑎𝑙('1')",
    "y ~ I(𝓮𝔁𝓮𝓬('1'))",
    "y ~ I(x1.＿＿class＿＿)",
    "y ~ I(x1․values)",  # one dot leader
    "y ~ I（x1）",
    "y ~ x1 ＋ x2",
    "y \u223c x1",
    "y ~ x1 \u2212 1",
    "y ~ x1 \u2013 1",
    "y ~ C(g, \u2018b\u2019)",
    "y ~ x1\u200b",
    "y ~ x1\u202e + x2",
    "y ~ \ufeffx1",
    "y ~ x\u0301",
    "y ~ I(x1\uff1bx2)",
    "y ~ ℯval(1)",
    "y ~ x₁",
    "y ~ I(٣ * x1)",
    "y ~ \ud800",
]
BOMBS = [
    "y ~ " + "(" * 5_000 + "x1" + ")" * 5_000,
    "y ~ I(" + "(" * 5_000 + "x1" + ")" * 5_000 + ")",
    "y ~ I(" + "[" * 60 + "x1" + "]" * 60 + ")",
    "y ~ " + "log(" * 500 + "x1" + ")" * 500,
    "y ~ I(" + "-" * 900 + "x1)",
    "y ~ I(" + "not " * 900 + "x1)",
    "y ~ I(" + "~" * 30_000 + "x1)",
    "y ~ I(" + " + ".join(["x1"] * 400) + ")",
    "y ~ I(" + " + ".join(["x1"] * 20_000) + ")",
    "y ~ I(" + "x1**" * 400 + "x1)",
    "y ~ I(9**9**9)",
    "y ~ I(9**9**9**9**9)",
    "y ~ I(x1*" + "9" * 100_000 + ")",
    "y ~ I('a'*999999999)",
    "y ~ I('a'*9**9 == g)" + " + x1" * 60_000,
    "y ~ x1**99999999",
    "y ~ x1^" + "9" * 30,
    "y ~ (x1+x2)^" + "9" * 50,
    "y ~ (" + "+".join(f"v{i}" for i in range(400)) + ")^50",
    "y ~ (" + "+".join(f"v{i}" for i in range(30)) + ")^30",
    "y ~ " + "*".join(f"v{i}" for i in range(60)),
    "y ~ " + ":".join(f"v{i}" for i in range(3_000)),
    "y ~ ((" + "+".join(f"v{i}" for i in range(90)) + ")^2)^2",
    "y ~ poly(x1, 99999999)",
    "y ~ bs(x1, df=10**9)",
    "y ~ bs(x1, df=1000000000)",
    "y ~ ns(x1, df=1e9)",
    "y ~ rcs(x1, 1000000)",
    "y ~ cr(x1, df=99999)",
    "y ~ poly(x1, degree=-99999)",
    "y ~ ns(x1, knots=[" + ",".join(map(str, range(400))) + "])",
    "y ~ " + "x1 + " * 200_000 + "x1",
    "y ~ " + "+" * 400_000 + "x1",
    "y ~ " + "(x1+x2)^2+" * 30_000 + "x1",
    "y ~ " + "+".join(f"log(v{i})" for i in range(9_000)),
    "y ~ '" + "a" * 250_000,
    "y ~ '" + "\\" * 250_001,
    "y ~ " + "'" * 9_999,
    "y ~ " + "`" * 9_999,
    "~" * 30_000,
    "y ~ " + "." * 9_999,
    "y ~ C(g, levels=[" + "[" * 40 + "]" * 40 + "])",
]
ATTACKS = OBVIOUS + ATTRIBUTES + SYNTAX + UNICODE + BOMBS


def brief(text):
    return ascii(text[:40])


def test_there_are_enough_attacks():
    assert len(ATTACKS) > 120


# Without the data, these are names of columns that may exist; they are looked up there and nowhere else.
MAY_BE_COLUMNS = {
    *("y ~ x₁", "y ~ x\u0301", "y ~ x1.values", "y ~ I(x1․values)", "y ~ x1.__array_interface__", "y ~ I(print)"),
    *("y ~ __class__", "y ~ __builtins__", "y ~ scale.__globals__", "y ~ " + "." * 9_999),
}
WIDE = [*COLUMNS, *(f"v{i}" for i in range(9_000))]
SITUATIONS = [(f, WIDE) for f in ATTACKS] + [(f, None) for f in ATTACKS if f not in MAY_BE_COLUMNS]


@pytest.mark.parametrize(("formula", "known"), SITUATIONS, ids=lambda v: brief(v) if isinstance(v, str) else "-")
def test_attacks_are_refused(formula, known, monkeypatch):
    with no_code_runs(monkeypatch), at_most(20), pytest.raises(FormulaError) as caught:
        parse(formula, available=known)
    assert len(str(caught.value)) < 700


@pytest.mark.parametrize(
    ("formula", "token"),
    [
        ("y ~ I(x1.__class__)", "__class__"),
        ("y ~ I((lambda q: q)(x1))", "lambda"),
        ("y ~ I(eval('x1'))", "eval"),
        ("y ~ ｅｖａｌ('1')", "ｅｖａｌ"),
        ("y ~ np.save('x', x1)", "np.save"),
        ("y ~ I(__builtins__)", "__builtins__"),
        ("y ~ I(x1 if 1 else x2)", "if"),
        ("y ~ I(x1; x2)", ";"),
        ("y ~ I(`x1`(x2))", "'x1'"),
        ("y ~ I((x1)(x2))", "'x1'"),
        ("y ~ bs(x1, `df`=3)", "`df`"),
    ],
)
def test_the_message_names_the_token(formula, token):
    with pytest.raises(FormulaError) as caught:
        parse(formula, available=COLUMNS)
    assert token in str(caught.value)


# What parses must be harmless when it is evaluated, too.
@pytest.mark.parametrize(
    "formula",
    [
        "y ~ I(x1 * 9**9**9)",
        "y ~ I(x1 ** 999999999)",
        "y ~ I(x1 // 0)",
        "y ~ I(x1 %% 0)",
        "y ~ I((g == 'a') * 'b')",
        "y ~ I(g * 99999999)",
        "y ~ I(x1 * 'a')",
        "y ~ I(x1 + None)",
        "y ~ I([x1, x2])",
        "y ~ I((x1, x2) + (x1, x2))",
        "y ~ I((x1,) * 999999)",
        "y ~ log(g)",
        "y ~ scale(g)",
        "y ~ ns(g, df=3)",
        "y ~ exp(exp(exp(x1 * 100)))",
        "y ~ log(x1, 'a')",
        "y ~ hinge(x1, g)",
        "y ~ I(x1 == [1, 2])",
        "y ~ I(x1 < 'a')",
        "y ~ I(x1 < None)",
        "y ~ I(g == 1)",
        "y ~ C(x1 * 9**9**9)",
        "y ~ C(g, Poly(scores=5))",
        "y ~ C(g, Poly(scores=[1, 2]))",
        "y ~ C(g, levels=['a'])",
        "y ~ C(g, Treatment([1]))",
        "y ~ bs(x1, knots=[9**9])",
        "y ~ offset(g)",
        "y ~ I(x1 and g)",
    ],
)
def test_what_cannot_be_computed_is_a_plain_error(formula, monkeypatch):
    with no_code_runs(monkeypatch), at_most(20), pytest.raises((FormulaError, DataError)):
        build(parse(formula, available=COLUMNS), FRAME)


# Trap: formulaic looks names up in the frame of its caller and among its own transforms.
SECRET = np.arange(24.0)


@pytest.mark.parametrize("given", [["f"], "f", np.log, [("f", np.log)], 3])
def test_own_functions_need_names(given):
    with pytest.raises(FormulaError, match="functions= needs names with functions"):
        parse("y ~ x1", given)


def test_names_of_the_caller_are_out_of_reach():
    local = SECRET  # noqa: F841
    for name in ("local", "SECRET", "np", "pd", "FRAME", "contr", "hashed"):
        with pytest.raises(FormulaError):
            parse(f"y ~ I({name} + x1)", available=COLUMNS)
        with pytest.raises(KeyError):
            build(parse(f"y ~ {name}"), FRAME)


def test_level_names_are_only_text(monkeypatch):
    nasty = ["__import__('os').system('true')", "{x.__class__}", "%s%s%n", "a`b'c\"d"]
    data = FRAME.assign(g=pd.Series(nasty * 6, dtype=object))
    with no_code_runs(monkeypatch):
        made = build(parse("y ~ g + C(g, Sum):x1"), data)
        assert sum(name.startswith("g[T.") for name in made.spec.names) == 3
        assert made.spec.matrix(data)[0].shape == made.X.shape


def test_column_names_are_only_text(monkeypatch):
    for name in ("__import__('os')", "x1); import os; (", "{0.__class__}", "a\nb", "lambda: 0", "💥", "%(x)s"):
        data = FRAME.assign(**{name: FRAME.x1})
        with no_code_runs(monkeypatch):
            for formula in (f"y ~ `{name}`", f"y ~ log(`{name}`)", f"y ~ I(`{name}`^2) + g"):
                made = build(parse(formula, available=list(data)), data)
                assert made.X.shape[0] == 24


# ---------------------------------------------------------------- fuzz

PIECES = [
    *("y", "x1", "x2", "g", "zz", "class", "C", "log", "np", "x1.values", "__class__", "lambda", "eval", "`a b`"),
    *(
        "+",
        "-",
        "*",
        "/",
        ":",
        "^",
        "**",
        "~",
        "(",
        ")",
        "(",
        ")",
        ".",
        "%in%",
        ",",
        "=",
        "==",
        "<",
        "&",
        "|",
        "[",
        "]",
    ),
    *("0", "1", "2", "3.5", "1e9", "'a'", '"b"', "''", " ", "\n", "{", "}", "!", "%", "//", "\\", "$", "\u2212", "#"),
    *("I(", "C(", "log(", "scale(", "ns(", "poly(", "bs(", "rcs(", "cr(", "offset(", "cbind(", "relevel(", "Q('x1')"),
    *("df=3", "Treatment(", "Sum", "contr.sum", "True", "None", "and", "not", "eval(", "__import__('os')", "f'{x1}'"),
]
soup = st.lists(st.sampled_from(PIECES), max_size=25).map(lambda p: "y ~ " + " ".join(p))
calls = st.recursive(
    st.sampled_from(["x1", "x2", "g", "y", "1", "2", "-1", "0.5", "'a'", "None", "[1, 2]", "True"]),
    lambda inner: st.one_of(
        st.tuples(
            st.sampled_from(
                ["I", "C", "log", "scale", "ns", "poly", "bs", "rcs", "cr", "cc", "hinge", "relevel", "abs"]
            ),
            st.lists(inner, min_size=1, max_size=3),
        ).map(lambda t: f"{t[0]}({', '.join(t[1])})"),
        st.tuples(inner, st.sampled_from(["+", "-", "*", "/", "^", "**", "==", "<", "&", "%%"]), inner).map(" ".join),
        inner.map(lambda v: f"({v})"),
    ),
    max_leaves=8,
)
well_formed = st.lists(calls, min_size=1, max_size=3).map(lambda c: "y ~ " + " + ".join(f"I({v})" for v in c))
quiet = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def attempt(formula, monkeypatch):
    with no_code_runs(monkeypatch), at_most(30):
        try:
            parsed = parse(formula, available=COLUMNS)
            for column in outcome_columns(parsed, FRAME):
                assert len(column) == 24
            made = build(parsed, FRAME)
        except (FormulaError, DataError):
            return
    assert made.X.shape == (24, len(made.spec.names))
    assert np.isfinite(made.X).all()
    np.testing.assert_array_equal(made.spec.matrix(FRAME)[0], made.X)


@quiet
@given(formula=soup)
@example(formula="y ~ C(g, Treatment('b'))")
@example(formula="y ~ x1 %in% g")
def test_token_soup_parses_or_is_refused(formula, monkeypatch):
    attempt(formula, monkeypatch)


@quiet
@given(formula=well_formed)
def test_random_calls_are_computed_or_refused(formula, monkeypatch):
    attempt(formula, monkeypatch)


@quiet
@given(text=st.text(max_size=40))
def test_random_text_parses_or_is_refused(text, monkeypatch):
    for formula in (
        text,
        f"y ~ {text}",
        f"y ~ I({text})",
        f"{text} ~ x1",
        f"y ~ `{text}`",
        f"y ~ C(g, levels=['{text}'])",
    ):
        attempt(formula, monkeypatch)
