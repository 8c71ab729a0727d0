"""A design's columns as numbers, by covariate pattern and by code of cells: the same matrix and the same answers."""

from __future__ import annotations

import gc
import itertools
import warnings
import weakref

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp

import glmlogit as gl
from glmlogit.data import patterns
from glmlogit.data.storage import Coded, Dense, Repeated
from glmlogit.fitting import maximise
from glmlogit.formula import matrix_form
from glmlogit.likelihood import binary, logit_sums
from glmlogit.likelihood.binary import BinaryLogit
from glmlogit.separability import too_large

N = 600
FORMS = ("numbers", "patterns", "codes")
FORMULAS = (
    "y ~ g",
    "y ~ g + h + x",
    "y ~ 0 + g + h",
    "y ~ g*h + x",
    "y ~ g:x + z",
    "y ~ g*x + h:z",
    "y ~ 0 + g:h",
    "y ~ g/x",
    "y ~ C(g, Sum) + C(h, Poly)*x",
    "y ~ g*bs(x, df=4)",
    "y ~ g*ns(x, df=2)*h",
    "y ~ g*h*b + x:z",
    "y ~ x:g:h + b:g + I(x^2)",
    "y ~ relevel(g, 'c') + relevel(g, 'c'):x:z",
    "y ~ x + z",
    "y ~ 1",
)


def data(seed: int = 3, *, repeated: bool = False) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    x = rng.integers(-2, 3, N) / 2 if repeated else rng.standard_normal(N)
    z = rng.integers(0, 2, N) * 1.0 if repeated else rng.standard_normal(N)
    frame = pd.DataFrame(
        {
            "g": pd.Categorical(rng.choice(list("abcde"), N), categories=list("edcbaf")),
            "h": rng.choice(["u", "v", "w"], N),
            "b": rng.integers(0, 2, N).astype(bool),
            "x": x,
            "z": z,
            "w": rng.integers(1, 4, N),
            "m": rng.integers(1, 5, N),
            "t": rng.choice([-0.5, 0.0, 0.5], N),
            "id": rng.integers(0, 40, N),
        }
    )
    eta = 0.5 * x - 0.3 * (frame["h"] == "v") + 0.4 * (frame["g"] == "b")
    frame["y"] = (rng.random(N) < 1 / (1 + np.exp(-eta))).astype(int)
    frame["s"] = rng.binomial(frame["m"], 1 / (1 + np.exp(-eta)))
    return frame


@pytest.fixture
def form(monkeypatch):
    """Make designs in one form whatever their size."""

    def choose(name: str) -> None:
        monkeypatch.setattr(patterns, "LEAST_ROWS", 2 if name == "patterns" else 1 << 62)
        monkeypatch.setattr(patterns, "LEAST_REPEATS", 1.0)
        monkeypatch.setattr(patterns, "LEAST_COLUMNS", 0)
        monkeypatch.setattr(matrix_form, "LEAST_CELLS", 0 if name == "codes" else 1 << 62)
        monkeypatch.setattr(matrix_form, "LEAST_CODED_COLUMNS", 1)

    return choose


@pytest.mark.parametrize("formula", FORMULAS)
@pytest.mark.parametrize("name", ["patterns", "codes"])
def test_every_form_holds_the_same_matrix(form, name, formula):
    frame = data(repeated=name == "patterns")
    form("numbers")
    plain = gl.design(formula, frame)
    form(name)
    other = gl.design(formula, frame)
    matrix, X = other.matrix, plain.X
    factors = any(f in formula for f in "gh")
    assert isinstance(plain.matrix, Dense)
    assert isinstance(matrix, Repeated if name == "patterns" and formula != "y ~ 1" else Coded if factors else Dense)
    assert matrix.shape == X.shape
    rng = np.random.default_rng(0)
    np.testing.assert_array_equal(matrix.array, X)
    for some in (slice(10, 57), slice(None, None, 7), rng.integers(0, N, 30), rng.random(N) < 0.3):
        np.testing.assert_array_equal(matrix.rows(some), X[some])
        assert matrix.rows(some).flags.c_contiguous
        np.testing.assert_array_equal(matrix.take(some).array, X[some])
    beta = rng.standard_normal(X.shape[1])
    np.testing.assert_allclose(matrix.times(beta), X @ beta, rtol=1e-13, atol=1e-13)
    for j in range(X.shape[1]):
        np.testing.assert_array_equal(matrix.column(j), X[:, j])
    assert (matrix.largest() >= np.abs(X).max(axis=0)).all()
    np.testing.assert_array_equal(other.positions, np.arange(N))


SIDES = {
    "plain": {},
    "weights": {"weights": "w"},
    "offset": {"offset": "t"},
    "trials": {"trials": "m"},
    "cluster": {"cluster": "id"},
    "sampling": {"weights": "w", "weight_type": "sampling"},
}


@pytest.mark.parametrize("formula", ["y ~ g + h + x", "y ~ g*h + x", "y ~ g*x + z", "y ~ 0 + h + g:x"])
@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("name", ["patterns", "codes"])
def test_every_form_gives_the_same_fit(form, name, side, formula):
    frame = data(repeated=name == "patterns")
    formula = formula.replace("y", "s") if side == "trials" else formula
    fits = {}
    for one in ("numbers", name):
        form(one)
        fits[one] = gl.logit(formula, frame, **SIDES[side])
    plain, other = fits["numbers"], fits[name]
    same(other.params, plain.params, plain.bse)
    same(other.bse, plain.bse, plain.bse)
    for quantity in ("llf", "llnull", "deviance", "null_deviance", "nobs", "df_resid", "aic", "bic"):
        expected = pytest.approx(getattr(plain, quantity), rel=1e-12, abs=1e-9, nan_ok=True)
        assert getattr(other, quantity) == expected, quantity
    for kind in ("HC0", "HC3", *(["cluster"] if side == "cluster" else [])):
        size = np.sqrt(np.diag(plain.cov_params(kind)))
        np.testing.assert_allclose(
            other.cov_params(kind) / np.outer(size, size), plain.cov_params(kind) / np.outer(size, size), atol=1e-10
        )
    np.testing.assert_allclose(other.augment().iloc[:, -8:], plain.augment().iloc[:, -8:], rtol=1e-9, atol=1e-10)
    np.testing.assert_allclose(other.predict(interval="confidence"), plain.predict(interval="confidence"), rtol=1e-10)


def same(ours, theirs, scale):
    np.testing.assert_allclose(ours / scale, theirs / scale, atol=1e-11)
    assert list(ours.index) == list(theirs.index)


def analyses(frame):
    """What users ask of a fit, each a number or a table."""
    formula = "y ~ g + h*x"
    fit = gl.logit(formula, frame)
    yield "profile", fit.confint(method="profile")
    yield "score limits", fit.confint(method="score")
    yield "drop1", gl.drop1(fit)
    yield "drop1 score", gl.drop1(fit, test="score")
    yield "anova", gl.anova(fit)
    yield "lr", gl.lr_test(fit, gl.logit("y ~ g + x", frame)).statistic
    yield "margins", fit.margins()
    yield "comparisons", fit.comparisons("h")
    yield "odds ratios", gl.logit("y ~ g + h + x", frame).odds_ratios(units={"x": "sd"})
    yield "firth", gl.firth(formula, frame).params
    yield "firth augmented", gl.firth(formula, frame, se="augmented").bse
    yield "flic", gl.flic(formula, frame).params
    yield "flac", gl.flac(formula, frame).params
    yield "log_f", gl.log_f(formula, frame).params
    yield "median", gl.median_bias_reduced(formula, frame).params
    yield "offset of rows", gl.logit(formula, frame, offset=np.linspace(0, 1, N)).params
    yield "fractional weights", gl.logit(formula, frame, weights=np.linspace(0.5, 1, N), weight_type="precision").bse


@pytest.mark.parametrize("name", ["patterns", "codes"])
def test_every_form_gives_the_same_analyses(form, name):
    frame = data(5, repeated=name == "patterns")
    form("numbers")
    plain = dict(analyses(frame))
    form(name)
    for what, found in analyses(frame):
        number = found.select_dtypes("number") if isinstance(found, pd.DataFrame) else found
        expected = plain[what].select_dtypes("number") if isinstance(found, pd.DataFrame) else plain[what]
        np.testing.assert_allclose(
            number.astype(float) if hasattr(number, "astype") else number,
            expected.astype(float) if hasattr(expected, "astype") else expected,
            rtol=1e-8,
            atol=1e-9,
            err_msg=what,
        )


@pytest.mark.parametrize("name", ["patterns", "codes"])
@pytest.mark.parametrize("separated", ["factor", "number", "both"])
def test_separation_names_the_rows_of_the_data(form, name, separated):
    frame = data(8, repeated=name == "patterns")
    frame["v"] = (frame["x"] > 0.9) * 1.0
    if separated != "number":
        frame.loc[frame["g"] == "c", "y"] = 1
    if separated != "factor":
        frame.loc[frame["v"] == 1, "y"] = 0
    reports = {}
    for one in ("numbers", name):
        form(one)
        with pytest.warns(gl.errors.SeparationWarning):
            fit = gl.logit("y ~ g + h + x + v", frame)
        reports[one] = fit.separation, fit.params, fit.bse, fit.augment(), fit.predict()
    (plain, *ours), (other, *theirs) = reports["numbers"], reports[name]
    np.testing.assert_array_equal(other.rows, plain.rows)
    assert other.kind == plain.kind
    assert other.explain() == plain.explain()
    pd.testing.assert_series_equal(other.coefficients, plain.coefficients)
    for one, two in zip(ours, theirs, strict=True):
        one, two = (v.select_dtypes("number") if isinstance(v, pd.DataFrame) else v for v in (one, two))
        np.testing.assert_allclose(two, one, rtol=1e-9, atol=1e-10)


LEVELS = {
    "a level": ("y ~ g + h + x", {"g": ["c"]}, 1),
    "the reference": ("y ~ g + h + x", {"g": ["e"]}, 0),
    "two levels": ("y ~ g + h + x", {"g": ["a", "e"]}, 1),
    "levels of two factors": ("y ~ g + h + x", {"g": ["b"], "h": ["u"]}, 0),
    "a cell of an interaction": ("y ~ g*h + x", {"g": ["b"], "h": ["v"], "both": True}, 1),
    "contrasts that sum to zero": ("y ~ C(g, Sum) + x", {"g": ["a"]}, 1),
    "without an intercept": ("y ~ 0 + g + x", {"g": ["a"]}, 0),
    "all rows of two levels of three": ("y ~ h + x", {"h": ["u", "v"]}, 1),
    "a level and more": ("y ~ g + h + x + v", {"g": ["c"]}, 1),
}


@pytest.mark.parametrize("held", ["codes", "numbers"])
@pytest.mark.parametrize("case", LEVELS)
def test_levels_of_one_outcome_need_no_linear_program(form, monkeypatch, case, held):
    formula, levels, outcome = LEVELS[case]
    frame = data(9)
    inside = [frame[name].isin(levels[name]) for name in "gh" if name in levels]
    frame["v"] = (np.arange(N) < 3) * 1.0
    frame.loc[np.logical_and.reduce(inside) if "both" in levels else np.logical_or.reduce(inside), "y"] = outcome
    form(held)
    design = gl.design(formula, frame)
    new = data(10).assign(v=0.0)
    answers = {}
    for way in ("levels", "program"):
        if way == "program":
            monkeypatch.setattr(binary, "levels_of_one_outcome", lambda design: None)
        with pytest.warns(gl.errors.SeparationWarning):
            fit = gl.logit(design)
        answers[way] = fit, fit.separation
    (ours, report), (theirs, expected) = answers["levels"], answers["program"]
    assert report.method == "levels with one outcome only"
    assert (report.kind, report.explain()) == (expected.kind, expected.explain())
    np.testing.assert_array_equal(report.rows, expected.rows)
    pd.testing.assert_series_equal(report.coefficients, expected.coefficients)
    np.testing.assert_allclose(ours.params, theirs.params, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(ours.bse, theirs.bse, rtol=1e-9)
    assert ours.llf == pytest.approx(theirs.llf, rel=1e-12)
    np.testing.assert_allclose(ours.predict(new), theirs.predict(new), rtol=1e-9)


@pytest.mark.parametrize("seed", range(60))
def test_what_is_read_off_the_columns_is_what_the_program_finds(monkeypatch, seed):
    """Generated factors, contrasts, indicators and counts of trials, some levels with one outcome."""
    rng = np.random.default_rng(seed)
    n, sizes = int(rng.integers(30, 120)), rng.integers(3, 9, 2)
    g, h = (np.array(list("abcdefghi"))[rng.integers(0, size, n)] for size in sizes)
    frame = pd.DataFrame({"g": g, "h": h, "x": rng.integers(-3, 4, n), "v": (rng.random(n) < 0.1) * 1.0})
    trials = rng.integers(1, 4, n) if seed % 3 == 0 else np.ones(n, dtype=int)
    y = rng.binomial(trials, 0.5)
    for name in "gh":
        for level in rng.choice(frame[name].unique(), 2):
            rows = frame[name] == level
            y[rows] = trials[rows] if rng.random() < 0.5 else 0
    frame["y"], frame["m"] = y, trials
    terms = ["g + h + x", "C(g, Sum) + x", "0 + g + h + v", "g + h + v + x", "g*v + x"][seed % 5]
    design = gl.design(f"y ~ {terms}", frame, trials="m")
    found = {}
    for way in ("levels", "program"):
        if way == "program":
            monkeypatch.setattr(binary, "levels_of_one_outcome", lambda design: None)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found[way] = gl.logit(design)
    ours, theirs = found["levels"], found["program"]
    assert ours.status is theirs.status
    assert ours.separation.kind == theirs.separation.kind
    np.testing.assert_array_equal(ours.separation.rows, theirs.separation.rows)
    pd.testing.assert_series_equal(ours.separation.coefficients, theirs.separation.coefficients)
    np.testing.assert_allclose(ours.params, theirs.params, rtol=1e-9, atol=1e-11)
    np.testing.assert_allclose(ours.bse, theirs.bse, rtol=1e-9)
    assert ours.llf == pytest.approx(theirs.llf, rel=1e-11, abs=1e-12)


def test_pairs_as_a_factor_take_few_steps_and_no_program(monkeypatch):
    """Two hundred matched pairs: those with one outcome are known from the data, not from a long iteration."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"x": rng.normal(size=400), "pair": np.repeat([f"p{i:03d}" for i in range(200)], 2)})
    frame["y"] = (rng.random(400) < 1 / (1 + np.exp(-frame["x"]))).astype(int)
    monkeypatch.setattr(maximise, "cone_of", None)
    with pytest.warns(gl.errors.SeparationWarning):
        fit = gl.logit("y ~ x + C(pair)", frame)
    assert fit.n_iter <= maximise.SLOW + 6
    discordant = frame.groupby("pair").filter(lambda rows: rows["y"].nunique() == 2)
    difference = discordant["x"].to_numpy().reshape(-1, 2) @ [1.0, -1.0] * (2 * discordant["y"].to_numpy()[::2] - 1)
    conditional = gl.logit(gl.design_arrays(np.ones(len(difference)), difference[:, None], names=["x"]), start=[1.0])
    assert fit.params["x"] == pytest.approx(2.0 * conditional.params["x"], rel=1e-10)  # Andersen 1970


def test_levels_beside_which_rows_still_separate_are_left_to_the_program(form):
    """A level of one outcome and a number that separates the rows of the others."""
    form("codes")
    frame = data(11)
    frame["y"] = (frame["x"] > 0).astype(int)
    frame.loc[frame["g"] == "a", "y"] = 1
    with pytest.warns(gl.errors.SeparationWarning):
        fit = gl.logit("y ~ g + x", frame)
    assert fit.separation.method != "levels with one outcome only"
    assert fit.separation.kind == "complete"


def test_too_many_cells_for_a_linear_program_are_refused(form, monkeypatch):
    form("codes")
    frame = data(11)
    frame["y"] = (frame["x"] > 0).astype(int)
    monkeypatch.setattr(too_large, "MOST_DECIDED", 1_000)
    with pytest.raises(gl.errors.NotEstimableError, match=r"600 rows of 6 columns .* gl\.firth"):
        gl.logit("y ~ g + x", frame)


def test_aliased_columns_are_found_in_every_form(form):
    frame = data(2, repeated=True)
    frame["u"] = frame["h"].map({"u": 1.0, "v": 3.0, "w": 2.0})
    for name in FORMS:
        form(name)
        with pytest.warns(gl.errors.CollinearityWarning):
            fit = gl.logit("y ~ g + h + u + x", frame)
        assert list(fit.params.index[fit.params.isna()]) == ["u"]


FORMULAS_ABC = ["y~a+b+c+x", "y~x+z+a+b", "y~0+a+b+x", "y~b+c+a*x", "y~x+c+b+C(a,Sum)", "y~b+c+x+z+a:z"]


@pytest.mark.parametrize("seed", [3, 15, 22, 23, 26, 39])  # all but the first were taken for independent once
def test_factors_that_depend_on_each_other_are_aliased_by_code(form, seed):
    """A level of one factor holds the rows of a level, or of several, of another: "not applicable"."""
    rng = np.random.default_rng(seed)
    n, levels, m = 20_000, int(rng.integers(5, 14)), int(rng.integers(3, 9))
    a = rng.integers(0, levels, n)
    some = rng.choice(m, n, p=rng.dirichlet(np.ones(m) * 2))
    none = a < rng.integers(2, levels)
    b, c = np.where(none, m, some), np.where(none, m + 1, rng.integers(0, m, n))
    named = {k: np.char.add(k, np.char.zfill(v.astype(str), 2)) for k, v in zip("abc", (a, b, c), strict=True)}
    frame = pd.DataFrame(named).assign(x=rng.normal(size=n), z=rng.normal(size=n))
    frame["y"] = (rng.random(n) < 0.2).astype(int)
    formula = str(rng.choice(FORMULAS_ABC))
    fits = {}
    for name in ("numbers", "codes"):
        form(name)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", gl.errors.CollinearityWarning)
            fits[name] = gl.logit(formula, frame)
    plain, coded = fits["numbers"], fits["codes"]
    assert isinstance(coded.design.matrix, Coded)
    assert (coded.status, coded.maximum.states) == (plain.status, plain.maximum.states)
    assert coded.llf == pytest.approx(plain.llf, rel=1e-13)
    same(coded.params.dropna(), plain.params.dropna(), plain.bse.dropna())
    np.testing.assert_allclose(coded.bse, plain.bse, rtol=1e-11)


@pytest.mark.parametrize("formula", ["y ~ 0 + h + g + x", "y ~ 0 + h + x + g", "y ~ 0 + h*x + g"])
def test_a_separated_reference_without_an_intercept(form, monkeypatch, formula):
    frame = data(9)
    frame.loc[frame["g"] == "e", "y"] = 0
    monkeypatch.setattr(logit_sums, "MANY_CELLS", 1)
    fits = []
    for name in ("numbers", "codes"):
        form(name)
        with pytest.warns(gl.errors.SeparationWarning):
            fits.append(gl.logit(formula, frame))
    plain, coded = fits
    assert coded.status is plain.status
    assert coded.llf == pytest.approx(plain.llf, rel=1e-12)
    pd.testing.assert_series_equal(coded.separation.coefficients, plain.separation.coefficients)
    np.testing.assert_allclose(coded.bse, plain.bse, rtol=1e-9)


def test_an_offset_that_differs_within_patterns_keeps_the_rows(form):
    form("patterns")
    frame = data(1, repeated=True)
    design = gl.design("y ~ g + x", frame)
    assert design.collapsed.n_rows == 25 == len(design.patterns.rows)
    from dataclasses import replace

    moved = replace(design, offset=np.linspace(0, 1, N))
    assert moved.collapsed is moved
    assert BinaryLogit(moved).evaluate(np.zeros(6)).value == pytest.approx(
        -np.log1p(np.exp(np.where(frame["y"] == 1, -1, 1) * moved.offset)).sum(), rel=1e-14
    )
    same_offset = gl.design("y ~ g + x", frame, offset="t")
    assert same_offset.collapsed.n_rows == 75


def test_weights_are_added_exactly_or_not_at_all(form):
    form("patterns")
    frame = data(1, repeated=True)
    whole = gl.design("y ~ g", frame, weights="w").collapsed
    assert whole.n_rows == 5
    assert whole.y.sum() == (frame["w"] * frame["y"]).sum()
    assert whole.trials.sum() == frame["w"].sum()
    parts = gl.design("y ~ g", frame, weights=np.full(N, 0.1), weight_type="precision")
    assert parts.collapsed is parts


@pytest.mark.parametrize("seed", range(4))
def test_patterns_are_the_groups_of_pandas(form, seed):
    form("patterns")
    rng = np.random.default_rng(seed)
    values = [patterns.CodedVariable(rng.integers(0, 4, N).astype(np.int8), 4), rng.integers(-3, 3, N) * 1.0]
    values.append(rng.choice([0.1, np.pi, -1e300, 1e-300], N))
    if seed == 1:  # more combinations than can be numbered: hashed
        values[1] = rng.choice([0.0, 1e9, 0.5], N)
        values[0] = patterns.CodedVariable(values[0].codes, 1 << 40)
        values.append(patterns.CodedVariable(np.zeros(N, dtype=np.int32), 1 << 30))
    found = patterns.find(values)
    frame = pd.DataFrame({i: v.codes if isinstance(v, patterns.CodedVariable) else v for i, v in enumerate(values)})
    groups = frame.groupby(list(frame), sort=True)
    assert len(found.rows) == groups.ngroups
    np.testing.assert_array_equal(found.codes, groups.ngroup())
    np.testing.assert_array_equal(found.codes[found.rows], np.arange(len(found.rows)))
    weights = rng.random(N)
    np.testing.assert_allclose(found.total(weights), pd.Series(weights).groupby(found.codes).sum(), rtol=1e-13)
    np.testing.assert_array_equal(found.counts(), groups.size())


def test_rows_of_numbers_are_matched_by_value(form):
    form("patterns")
    rng = np.random.default_rng(0)
    X = np.column_stack([np.ones(N), rng.integers(0, 3, (N, 3)), rng.choice([0.1, 0.2], N)]).astype(float)
    found = patterns.find_rows(X)
    np.testing.assert_array_equal(X[found.rows][found.codes], X)
    assert len(found.rows) < 2 * len(np.unique(X, axis=0))
    y = (rng.random(N) < 0.4).astype(float)
    few = gl.logit(gl.design_arrays(y, X))
    assert few.design.collapsed.n_rows == len(found.rows)
    form("numbers")
    all_rows = gl.logit(gl.design_arrays(y, X))
    same(few.params, all_rows.params, all_rows.bse)
    assert few.nobs == N


def test_rows_of_numbers_near_the_end_of_the_range_are_matched_or_left(form):
    form("patterns")
    rng = np.random.default_rng(0)
    X = rng.choice([-1.7e308, 1.7e308, 1.0], (N, 4))
    found = patterns.find_rows(X)
    if found is not None:
        np.testing.assert_array_equal(X[found.rows][found.codes], X)


def test_counts_of_few_and_of_many_codes():
    codes = np.array([0, 3, 3, patterns._BLOCK + 5], dtype=np.int32)
    many = patterns.counts(codes, patterns._BLOCK + 6)
    assert (many[0], many[3], many[-1], many.sum()) == (1, 2, 1, 4)
    np.testing.assert_array_equal(patterns.counts(codes[:3], 5), [1, 0, 0, 2, 0])


def test_continuous_rows_are_not_looked_through():
    rng = np.random.default_rng(0)
    n = patterns.LEAST_ROWS * 4
    x = rng.standard_normal(n)
    g = patterns.CodedVariable(rng.integers(0, 3, n), 3)
    assert not patterns.likely([g, x], n)
    assert patterns.likely([g, np.round(x)], n)
    assert patterns.likely([g], n)
    assert not patterns.likely([g], 100)
    assert patterns.find_rows(rng.standard_normal((n, patterns.LEAST_COLUMNS))) is None


def test_rows_that_a_sample_takes_for_repeated_are_counted_again():
    n = patterns.LEAST_ROWS * 4
    x = np.arange(n, dtype=float) % 2
    x[1 :: n // patterns.SAMPLE] = np.arange(len(x[1 :: n // patterns.SAMPLE])) * np.pi  # where no sample is taken
    x[2 :: n // patterns.SAMPLE] = -np.arange(len(x[2 :: n // patterns.SAMPLE])) * np.pi
    assert patterns.likely([x], n)
    found = patterns.find([x])
    assert found is None or len(found.rows) == len(np.unique(x))


def test_codes_are_chosen_for_many_rows_of_a_wide_factor():
    rng = np.random.default_rng(1)
    n = 20_000
    frame = pd.DataFrame({"g": rng.integers(0, 200, n).astype(str), "x": rng.standard_normal(n)})
    frame["y"] = (rng.random(n) < 0.3).astype(int)
    design = gl.design("y ~ g + x", frame)
    assert isinstance(design.matrix, Coded)
    fit = gl.logit(design)
    codes = frame["g"].astype("category").cat.codes.to_numpy()
    # The score equations of a saturated factor, solved in closed form: fitted events of each level are its events.
    fitted = fit.predict().to_numpy()
    events, expected = (np.bincount(codes, v) for v in (frame["y"], fitted))
    np.testing.assert_allclose(expected, events, rtol=1e-9)
    assert fit.predict().index.equals(frame.index)
    assert all(a == b for a, b in itertools.pairwise([fit.nobs, float(n)]))


@pytest.mark.parametrize("name", FORMS)
def test_a_fit_leaves_memory_with_its_last_reference(form, name):
    """No circle of references waits for the collector: fits of many rows in a loop would pile up."""
    form(name)
    fit = gl.logit("y ~ g + x", data(4, repeated=True))
    fit.params, fit.bse, fit.llf, fit.summary(), fit.separation
    design, maximised = weakref.ref(fit.design), weakref.ref(fit.maximum)
    gc.disable()
    try:
        del fit
        assert design() is None
        assert maximised() is None
    finally:
        gc.enable()


def test_rows_of_a_fit_of_patterns_are_worked_out_in_double_where_they_are_many(form, monkeypatch):
    from glmlogit.estimate import solved

    form("patterns")
    frame = data(4, repeated=True)
    exact = gl.logit("y ~ g + h*x", frame)
    assert exact.solved.exact_rows
    monkeypatch.setattr(solved, "MOST_EXACT", 100)
    plain = gl.logit("y ~ g + h*x", frame)
    assert not plain.solved.exact_rows
    np.testing.assert_allclose(plain.augment().iloc[:, -8:], exact.augment().iloc[:, -8:], rtol=1e-11, atol=1e-12)
    np.testing.assert_allclose(plain.cov_params("HC3"), exact.cov_params("HC3"), rtol=1e-11, atol=1e-14)
    np.testing.assert_allclose(plain.margins()["std_error"], exact.margins()["std_error"], rtol=1e-11)


@pytest.mark.parametrize("form", [np.asarray, sp.csr_array, pd.DataFrame])
def test_arrays_of_an_outcome_with_levels(form):
    births = gl.datasets.birthwt()
    names = ["age", "smoke"]
    expected = gl.multinomial("race ~ age + smoke", births, base="white", weights="ftv")
    X = form(births[names].to_numpy(float))
    rows = gl.design_arrays(births["race"], X, names=names, intercept=True, base="white", weights=births["ftv"])
    fit = gl.multinomial(rows)
    np.testing.assert_array_equal(fit.params, expected.params)
    np.testing.assert_allclose(fit.bse, expected.bse, rtol=1e-14)
    assert fit.predict(births[:2]).columns.tolist() == expected.predict(births[:2]).columns.tolist()
    numbered = gl.design_arrays(births["ftv"].clip(upper=2), X, names=names, levels=True)
    assert any(note.code == "numeric_levels" for note in numbered.notes)
    assert numbered.outcome.base == 0
    for options in ({"event": "white"}, {"trials": np.ones(189)}, {"class_weight": "balanced"}):
        with pytest.raises(gl.errors.DataError, match="of an outcome with one event"):
            gl.design_arrays(births["race"], X, names=names, levels=True, **options)
    with pytest.raises(gl.errors.DataError, match="no level"):
        gl.design_arrays(births["race"], X, names=names, base="green")


@pytest.mark.parametrize("form", [np.asarray, sp.csr_array, pd.DataFrame])
def test_arrays_of_an_outcome_with_an_order(form):
    """Labels, text with an order, and counts: the fit of the formula, whose cut points stand for the constant."""
    births = gl.datasets.birthwt().assign(visits=lambda d: d["ftv"].clip(upper=2))
    names, counts = ["age", "smoke"], pd.get_dummies(births["visits"]).astype(int).add_prefix("v")
    expected = gl.ordinal("visits ~ age + smoke", births, weights="ht", cluster="race", weight_type="precision")
    X, words = form(births[names].to_numpy(float)), births["visits"].map({0: "none", 1: "one", 2: "more"})
    kinds = [
        (births["visits"], True),
        (births["visits"].to_numpy(), [0, 1, 2]),
        (words, np.array(["none", "one", "more"])),
        (counts, True),
        (counts[["v2", "v0", "v1"]], ["v0", "v1", "v2"]),
        (counts.to_numpy(), True),
    ]
    options = {"weights": births["ht"], "cluster": births["race"], "weight_type": "precision"}
    new = births[:5]
    for y, order in kinds:
        rows = gl.design_arrays(y, X, names=names, order=order, **options)
        fit = gl.ordinal(rows)
        np.testing.assert_array_equal(fit.params, expected.params)
        np.testing.assert_allclose(fit.bse, expected.bse, rtol=1e-13)
        np.testing.assert_array_equal(fit.predict(new), expected.predict(new))
        for at in ("overall", "mean"):
            ours, theirs = (gl.margins(f, at=at)[["estimate", "std_error"]] for f in (fit, expected))
            np.testing.assert_allclose(ours, theirs, rtol=1e-12)
        tests = [gl.drop1(f, "wald")["statistic"][1:] for f in (fit, expected)]
        np.testing.assert_allclose(*tests, rtol=1e-12)
        assert rows.outcome.ordered


def test_arrays_of_counts_of_levels():
    """Rows are counts are the expansion; rows that count nothing take no part."""
    rng = np.random.default_rng(4)
    X, counts = rng.integers(0, 3, (30, 2)), rng.integers(0, 4, (30, 3))
    counts[[3, 7]] = 0
    apart = np.repeat(np.arange(90), counts.ravel())
    single = pd.DataFrame(X[apart // 3], columns=["a", "b"]).assign(y=apart % 3)
    table = pd.DataFrame(counts, columns=["low", "mid", "high"])
    for model, options, single_options in (
        (gl.multinomial, {"levels": True, "intercept": True}, {"base": 0}),
        (gl.multinomial, {"base": "mid", "intercept": True}, {"base": 1}),
        (gl.ordinal, {"order": True}, {}),
        (gl.ordinal, {"order": ["high", "low", "mid"]}, {"order": [2, 0, 1]}),
    ):
        rows = gl.design_arrays(table, pd.DataFrame(X, columns=["a", "b"]), **options)
        assert rows.n_rows == 28
        assert rows.dropped.zero_weight == 2
        fit, expected = model(rows), model("y ~ a + b", single, **single_options)
        np.testing.assert_allclose(fit.params, expected.params, rtol=1e-13)
        np.testing.assert_allclose(fit.bse, expected.bse, rtol=1e-13)
        assert fit.nobs == 28
        assert fit.design.n_trials == len(single)


def test_arrays_of_levels_that_cannot_be_used():
    births = gl.datasets.birthwt()
    X, counts = births[["age"]], pd.get_dummies(births["ftv"].clip(upper=2)).astype(int).add_prefix("v")
    for y, options, said in (
        (counts, {}, "where its columns count levels give levels=True"),
        (counts[["v0"]], {"levels": True}, r"such as y.ravel\(\)"),
        (counts.to_numpy()[:, :, None], {"levels": True}, r"\(n, K\) with a count of each level"),
        (counts[:5], {"order": True}, "5 rows but X has 189"),
        (counts, {"order": ["v0", "v1"]}, "name each of them once"),
        (counts, {"order": "v0"}, "no list of levels"),
        (counts, {"order": True, "base": "v0"}, "leave out base='v0'"),
        (counts, {"levels": True, "event": "v0"}, "of an outcome with one event"),
        (-counts, {"levels": True}, "whole and not negative"),
        (counts.assign(v1=0, v2=0), {"levels": True}, "compares two or more"),
        (births["race"], {"order": True}, "type them from lowest to highest"),
        (births["race"], {"order": ["white", "black"]}, "levels that order= does not name"),
    ):
        with pytest.raises(gl.errors.DataError, match=said):
            gl.design_arrays(y, X, **options)
    with pytest.raises(gl.errors.DataError, match="no list of levels"):
        gl.ordinal("ftv ~ age", births, order="low")
