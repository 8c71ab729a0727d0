"""What holds of a multinomial fit whatever the data: other bases, names, weights, units."""

from __future__ import annotations

import re
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import glmlogit as gl
from glmlogit.errors import DataError, UnsupportedError
from glmlogit.estimate.refits import resampled
from glmlogit.numerics import kernels, softmax_pass

PACKAGE = Path(gl.__file__).parent
# Estimates of well-conditioned fits: some epsilons times the condition.
CLOSE = 1e-10
FORMULA = "y ~ x + C(g)"


def table(seed, n=240, levels=("a", "b", "c", "d")):
    random = np.random.default_rng(seed)
    x, g = random.normal(size=n), random.integers(0, 3, n)
    eta = random.normal(size=(3, len(levels)))
    scores = eta[0] + 0.7 * x[:, None] * eta[1] + 0.5 * (g == 1)[:, None] * eta[2]
    y = np.array(levels, dtype=object)[(scores + random.gumbel(size=scores.shape)).argmax(axis=1)]
    y[: len(levels)] = levels
    return pd.DataFrame({"y": y, "x": x, "g": g, "n": random.integers(1, 4, n), "team": np.arange(n) % 23})


def fit_of(rows, formula=FORMULA, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return gl.multinomial(formula, rows, **options)


def close(ours, theirs, rtol=CLOSE, atol=1e-12):
    np.testing.assert_allclose(np.asarray(ours, dtype=float), np.asarray(theirs, dtype=float), rtol=rtol, atol=atol)


seeds = st.integers(0, 10_000)
few = settings(max_examples=6, deadline=None)


@few
@given(seeds)
def test_firth_of_two_levels_is_the_binary_one(seed):
    rows = table(seed, n=60, levels=("no", "yes"))
    several, binary = gl.firth(FORMULA, rows, base="no"), gl.firth(FORMULA, rows, event="yes")
    close(several.params, binary.params, rtol=1e-9)
    close(several.bse, binary.bse, rtol=1e-9)
    assert several.surface.top == pytest.approx(binary.surface.top, rel=1e-12)


@few
@given(seeds)
def test_another_base(seed):
    rows = table(seed)
    fit = fit_of(rows)
    for base in ("b", "d"):
        moved, fitted = fit.with_base(base), fit_of(rows, base=base)
        close(moved.params, fitted.params)
        close(moved.bse, fitted.bse)
        assert list(moved.params.index) == list(fitted.params.index)
        close(moved.predict(), fit.predict())
        close(gl.drop1(moved)["statistic"][1:], gl.drop1(fit)["statistic"][1:], rtol=1e-8)
        close(gl.drop1(moved, "wald")["statistic"][1:], gl.drop1(fit, "wald")["statistic"][1:], rtol=1e-8)
        close(pd.DataFrame(moved.margins())["estimate"], pd.DataFrame(fit.margins())["estimate"])
        assert moved.llf == pytest.approx(fit.llf, rel=1e-13)
    close(fit.with_base("b").with_base("d").params, fit.with_base("d").params)
    close(fit.with_base("b").with_base("a").params, fit.params)
    firth = gl.firth(FORMULA, rows), gl.firth(FORMULA, rows, base="c")
    close(firth[0].with_base("c").params, firth[1].params, rtol=1e-7)
    close(firth[0].predict(), firth[1].predict()[["a", "b", "c", "d"]], rtol=1e-8)


@few
@given(seeds)
def test_probabilities_and_slopes_add_up(seed):
    rows = table(seed)
    fit = fit_of(rows)
    p = fit.predict()
    close(p.sum(axis=1), np.ones(len(rows)), rtol=1e-14)
    for column in (np.ones(len(rows)), rows["x"], rows["g"] == 1):
        for level in p.columns:
            assert p[level] @ column == pytest.approx(((rows["y"] == level) * column).sum(), rel=1e-9, abs=1e-9)
    sums = pd.DataFrame(fit.margins()).groupby(["variable", "contrast"])["estimate"].sum()
    close(sums, np.zeros(len(sums)), atol=1e-14)
    covariance = fit.cov_params().to_numpy()
    close(covariance, covariance.T, rtol=0)
    assert np.linalg.eigvalsh(covariance).min() > 0


@few
@given(seeds)
def test_names_order_units_and_shifts(seed):
    rows = table(seed)
    fit = fit_of(rows)
    names = {"a": "z", "b": "m", "c": "k", "d": "e"}
    renamed = fit_of(rows.assign(y=rows["y"].map(names)), base="z")
    for old, new in names.items():
        if old != "a":
            close(renamed.params[new], fit.params[old])
            close(renamed.bse[new], fit.bse[old])
    shuffled = fit_of(rows.sample(frac=1.0, random_state=seed))
    close(shuffled.params, fit.params)
    scaled = fit_of(rows.assign(x=1024.0 * rows["x"]))
    close(scaled.params.xs("x", level="term") * 1024.0, fit.params.xs("x", level="term"))
    shifted = fit_of(rows.assign(x=rows["x"] + 3.0))
    close(shifted.bse.xs("x", level="term"), fit.bse.xs("x", level="term"))
    assert shifted.llf == pytest.approx(fit.llf, rel=1e-12)


@few
@given(seeds)
def test_counts_are_rows_repeated(seed):
    rows = table(seed).assign(x=lambda d: np.round(d["x"]))
    long = rows.loc[rows.index.repeat(rows["n"])].reset_index(drop=True)
    counted, repeated = fit_of(rows, weights="n"), fit_of(long)
    wide = long.groupby(["x", "g"])["y"].value_counts().unstack(fill_value=0).reset_index()
    grouped = fit_of(wide, "cbind(a, b, c, d) ~ x + C(g)")
    for fit in (counted, grouped):
        close(fit.params, repeated.params)
        close(fit.bse, repeated.bse)
        close(gl.drop1(fit)["statistic"][1:], gl.drop1(repeated)["statistic"][1:], rtol=1e-8)
        close(gl.hausman(fit)["statistic"], gl.hausman(repeated)["statistic"], rtol=1e-4)
        close(
            gl.distinguishable(fit, test="lr")["statistic"], gl.distinguishable(repeated, test="lr")["statistic"], 1e-8
        )
    close(counted.with_cov("HC0").bse, repeated.with_cov("HC0").bse)
    assert counted.loglik == pytest.approx(repeated.loglik, rel=1e-12)
    assert grouped.loglik == pytest.approx(repeated.loglik, rel=1e-12)
    assert (counted.nobs, counted.bic) == (repeated.nobs, pytest.approx(repeated.bic))
    wide_p = grouped.predict({"x": [1.0], "g": [2]})
    close(wide_p, repeated.predict({"x": [1.0], "g": [2]}))
    zero = pd.concat([rows, rows.head(9).assign(n=0, y="never")])
    close(fit_of(zero, weights="n").params, counted.params)


def test_grouped_likelihood_has_the_multinomial_coefficients():
    from scipy.stats import multinomial as distribution

    rows = table(3).assign(x=lambda d: np.round(d["x"]))
    wide = rows.groupby(["x", "g"])["y"].value_counts().unstack(fill_value=0).reset_index()
    fit = fit_of(wide, "cbind(a, b, c, d) ~ x + C(g)")
    counts, p = wide[["a", "b", "c", "d"]].to_numpy(), fit.predict().to_numpy()
    assert fit.llf == pytest.approx(distribution.logpmf(counts, counts.sum(axis=1), p).sum(), rel=1e-12)
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = np.where(counts > 0, counts * np.log(counts / (counts.sum(axis=1)[:, None] * p)), 0.0)
    assert fit.deviance == pytest.approx(2.0 * terms.sum(), rel=1e-11)


@few
@given(seeds)
def test_closed_forms(seed):
    rows = table(seed)
    totals = rows["y"].value_counts()
    alone = fit_of(rows, "y ~ 1")
    for level in "bcd":
        assert alone.params[level, "Intercept"] == pytest.approx(np.log(totals[level] / totals["a"]), rel=1e-12)
    firth = gl.firth("y ~ 1", rows)
    for level in "bcd":
        expected = np.log((totals[level] + 0.5) / (totals["a"] + 0.5))
        assert firth.params[level, "Intercept"] == pytest.approx(expected, rel=1e-9)
    cells = pd.crosstab(rows["g"], rows["y"])
    if (cells > 0).all(axis=None):
        factor = fit_of(rows, "y ~ C(g)")
        for g in (1, 2):
            cross = np.log(cells.loc[g, "b"] * cells.loc[0, "a"] / (cells.loc[g, "a"] * cells.loc[0, "b"]))
            error = np.sqrt((1.0 / cells.loc[[0, g], ["a", "b"]]).to_numpy().sum())
            assert factor.params["b", f"C(g)[T.{g}]"] == pytest.approx(cross, rel=1e-9, abs=1e-12)
            assert factor.bse["b", f"C(g)[T.{g}]"] == pytest.approx(error, rel=1e-10)


def test_all_interactions_with_a_factor_are_separate_fits():
    rows = table(5)
    whole = fit_of(rows, "y ~ 0 + C(g) + C(g):x")
    parts = [fit_of(rows[rows["g"] == g], "y ~ x") for g in range(3)]
    assert whole.llf == pytest.approx(sum(part.llf for part in parts), rel=1e-12)
    for g, part in enumerate(parts):
        close(whole.params.xs(f"C(g)[{g}]:x", level="term"), part.params.xs("x", level="term"))


@few
@given(seeds)
def test_information_adds_up(seed):
    likelihood = fit_of(table(seed)).maximum.likelihood
    beta = np.random.default_rng(seed).normal(size=likelihood.size)
    first = (np.arange(likelihood.n_rows) < 70).astype(float)
    parts = [likelihood.with_weights(weights).evaluate(beta) for weights in (first, 1.0 - first)]
    at = likelihood.evaluate(beta)
    np.testing.assert_allclose(sum(part.score for part in parts), at.score, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(sum(part.info.dense for part in parts), at.info.dense, rtol=1e-12, atol=1e-12)
    assert abs(sum(part.value for part in parts) - at.value) < 1e-12 * abs(at.value)


@few
@given(seeds)
def test_gradients_of_effects_add_up(seed):
    """Effects of all levels sum to 0 whatever the coefficients: so do their covariances with each of them."""
    fit = fit_of(table(seed))
    assume(fit.status is gl.Status.CONVERGED)  # under separation effects have no standard errors
    effects = fit.margins()
    labels = pd.DataFrame(effects)[["variable", "contrast"]].astype(str).agg(" ".join, axis=1)
    covariance = np.asarray(effects.covariance)
    for _, places in labels.groupby(labels).groups.items():
        rows = labels.index.get_indexer(places)
        np.testing.assert_allclose(covariance[rows].sum(axis=0), 0.0, atol=1e-16 + 1e-12 * np.abs(covariance).max())


def test_compiled_and_numpy_agree():
    random = np.random.default_rng(2)
    for n, p, levels in [(1, 1, 2), (37, 3, 3), (3000, 7, 5), (9000, 2, 12)]:
        X = random.normal(size=(n, p))
        beta = random.normal(size=(levels - 1) * p)
        codes = random.integers(0, levels, n).astype(np.int32)
        possible = random.random((n, levels)) < 0.7
        possible[np.arange(n), codes] = True
        kinds = [
            {},
            {"weights": random.exponential(size=n)},
            {"offset": random.normal(size=(n, levels - 1))},
            {"possible": possible},
            {"counts": random.poisson(1.5, size=(n, levels)).astype(float), "codes": None},
        ]
        for kind in kinds:
            for columns in (X, np.asfortranarray(X), X.astype(np.float32)):
                rows = softmax_pass.OutcomeRows(columns, levels, **({"codes": codes} | kind))
                for scale in (None, np.full(p, 0.5)):
                    ours = softmax_pass.row_pass(rows, beta, scale)
                    theirs = softmax_pass.row_pass_numpy(rows, beta, scale)
                    for a, b in zip(ours, theirs, strict=True):
                        size = max(1.0, np.abs(b).max(initial=0.0))
                        np.testing.assert_allclose(a, b, rtol=0, atol=1e-12 * size)
                again = softmax_pass.row_pass(rows, beta, threads=1)
                assert again.llf == softmax_pass.row_pass(rows, beta, threads=2).llf


def test_predictors_of_eight_hundred_lose_no_tail():
    X = np.array([[1.0, 800.0], [1.0, -800.0], [1.0, 30.0]])
    rows = softmax_pass.OutcomeRows(X, 3, np.array([0, 1, 2], dtype=np.int32))
    beta = np.array([0.0, 1.0, 0.0, -1.0])
    for row_pass in (softmax_pass.row_pass, softmax_pass.row_pass_numpy):
        sums = row_pass(rows, beta)
        assert sums.llf == pytest.approx(-800.0 - 1600.0 - 60.0, rel=1e-13)
        assert np.isfinite(sums.score).all()
        assert np.isfinite(sums.information).all()
    at = softmax_pass.softmax(softmax_pass.predictors(rows, beta))
    assert at.q[2, 1] == pytest.approx(np.exp(-30.0), rel=1e-13)


def test_without_the_extension(monkeypatch):
    rows = table(8)
    compiled = fit_of(rows)
    monkeypatch.setattr(kernels, "COMPILED", False)
    plain = fit_of(rows)
    close(plain.params, compiled.params, rtol=1e-12)
    close(plain.bse, compiled.bse, rtol=1e-12)


def test_roots_keep_their_digits_where_columns_are_nearly_collinear():
    """Of x and x + 1e-6·z: by QR of few rows and by turned columns of many, the errors of z itself."""
    for n in (300, 20_000):
        rows = table(4, n=n)
        z = np.random.default_rng(0).normal(size=n)
        near = fit_of(rows.assign(z=rows["x"] + 2.0**-20 * z), "y ~ x + z")
        apart = fit_of(rows.assign(z=z), "y ~ x + z")
        close(near.bse.xs("z", level="term") * 2.0**-20, apart.bse.xs("z", level="term"), rtol=1e-8)
        assert near.llf == pytest.approx(apart.llf, rel=1e-12)


def test_patterns_are_folded():
    rows = table(6, n=40_000).assign(x=lambda d: np.round(d["x"]))
    fit = fit_of(rows)
    assert fit.sample.n_patterns < 50
    counts = rows.groupby(["x", "g"])["y"].value_counts().unstack(fill_value=0).reset_index()
    close(fit.params, fit_of(counts, "cbind(a, b, c, d) ~ x + C(g)").params)


def test_bootstrap_refits():
    fit = fit_of(table(9))
    refits = [refit for refit, _ in resampled(fit, np.random.default_rng(1), 30)]
    spread = np.std([refit.coefs.beta for refit in refits if refit is not None], axis=0)
    assert (np.abs(np.log(spread / fit.bse)) < 0.7).all()


@pytest.mark.parametrize("folder", ["inference", "effects", "reports", "plots", "prediction", "odds"])
def test_nobody_asks_which_model(folder):
    for file in (PACKAGE / folder).glob("*.py"):
        text = file.read_text("utf-8")
        assert not re.search(r"MultinomialLogit|BinaryLogit|isinstance\(.*(Logit|Response)", text), file.name


@pytest.mark.parametrize(
    ("rows", "options", "match"),
    [
        ({"y": ["a"] * 6}, {}, "1 level"),
        ({"y": list("abcabc")}, {"base": "z"}, "base='z' is no level"),
        ({"y": list("abcabc")}, {"base": "A"}, "type base='a'"),
        ({"y": ["a", 1, "b", 2, "a", 1]}, {}, "different kinds"),
        ({"y": np.linspace(0, 1, 40), "x": np.arange(40.0)}, {}, "a measurement"),
    ],
)
def test_bad_outcomes(rows, options, match):
    data = {"x": [1.0, 2.0, 3.0, 2.5, 1.5, 0.5], **rows}
    with pytest.raises(DataError, match=match):
        gl.multinomial("y ~ x", pd.DataFrame(data), **options)


def test_notes_on_levels():
    rows = table(7)
    order = pd.Categorical(rows["y"], ["d", "c", "b", "a", "unused"])
    fit = fit_of(rows.assign(y=order))
    assert list(fit.predict().columns) == ["d", "c", "b", "a"]
    assert any("unused" in note.text for note in fit.notes if note.code == "empty_level")
    codes = fit_of(rows.assign(y=rows["y"].map({"a": 1, "b": 2, "c": 3, "d": 10})))
    assert codes.params.index.get_level_values(0).unique().tolist() == [2, 3, 10]
    assert any(note.code == "numeric_levels" for note in codes.notes)
    rare = rows.assign(y=np.where(np.arange(len(rows)) < 3, "a", np.where(rows["y"] == "a", "b", rows["y"])))
    assert any(note.code == "rare_base" for note in fit_of(rare, "y ~ x").notes)


def test_too_large_is_refused_with_words():
    rows = pd.DataFrame(
        {"y": np.arange(400), **{f"x{j}": np.random.default_rng(j).normal(size=400) for j in range(60)}}
    )
    with pytest.raises(UnsupportedError, match="GB"):
        gl.multinomial("y ~ " + " + ".join(rows.columns[1:]), rows)


def test_levels_that_nobody_tells_apart():
    rows = table(12)
    twice = pd.concat(
        [rows, rows.assign(y=rows["y"].replace({"b": "e"})), rows.assign(y=rows["y"].replace({"b": "e"}))]
    )
    same = gl.distinguishable(fit_of(pd.concat([rows, rows.assign(y=rows["y"].replace({"b": "e"}))])), "b", "e")
    assert same["statistic"].iloc[0] == pytest.approx(0.0, abs=1e-10)
    assert gl.distinguishable(fit_of(twice), "b", "e", test="lr")["p_value"].iloc[0] == pytest.approx(1.0, abs=1e-6)


def test_verbs_of_one_event_refuse_several():
    fit = fit_of(table(1))
    calls = [gl.augment, gl.roc, gl.calibration, gl.classification, gl.influence, gl.cross_validate]
    for call in calls:
        with pytest.raises(UnsupportedError):
            call(fit)
    with pytest.raises(UnsupportedError, match=r"gl\.contrasts"):
        gl.odds_ratio_curve(fit, "x")
    assert gl.pairwise(fit, "g")["outcome"].tolist() == [level for level in "bcd" for _ in range(3)]
    with pytest.raises(UnsupportedError, match=r"gl\.multinomial"):
        gl.logit("y ~ x", table(1), event="a").with_base("b")
