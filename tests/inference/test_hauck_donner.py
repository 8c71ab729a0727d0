"""Where Wald tests understate the evidence: the look at the maximum, and what pages say."""

from __future__ import annotations

import math

import mpmath
import numpy as np
import pandas as pd
import pytest

import glmlogit as gl
from glmlogit.inference import hauck_donner
from glmlogit.inference.hauck_donner import NIL, SUSPICIOUS, slopes, suspects
from glmlogit.inference.profile import APART, HAUCK_DONNER

BIRTH = gl.datasets.load("birthwt")
CODES = {"hauck_donner"}


def table(events, size, others, of):
    cells = {"x": [1, 0], "e": [events, others], "f": [size - events, of - others]}
    return gl.logit("cbind(e, f) ~ x", pd.DataFrame(cells))


def told(page):
    return [note for note in page.notes if "Hauck-Donner" in note]


def loglik(*cells):
    return sum(k * math.log(k / (k + m)) for k, m in (cells, cells[::-1]))


@pytest.mark.parametrize("events", range(16, 30))
def test_two_by_two_tables_in_closed_form(events):
    """Log odds ratio with Woolf's error, against 2 Σ O log(O/E), as the odds grow in one row."""
    a, b, c, d = events, 30 - events, 15, 15
    wald = math.log(a * d / (b * c)) ** 2 / (1 / a + 1 / b + 1 / c + 1 / d)
    lr = 2 * (loglik(a, b) + loglik(c, d) - loglik(a + c, b + d))
    p_wald, p_lr = (float(mpmath.erfc(mpmath.sqrt(x / 2))) for x in (wald, lr))
    apart = p_wald > HAUCK_DONNER * p_lr and lr > APART * wald
    found = told(table(a, 30, c, 30).summary())
    assert bool(found) == apart
    if apart:
        assert f"x (Wald p {p_wald:.3g}, likelihood ratio p {p_lr:.3g})" in found[0]


def test_the_table_of_thirty_has_both_kinds():
    assert not told(table(25, 30, 15, 30).summary())
    assert told(table(29, 30, 15, 30).summary())


@pytest.mark.parametrize("cells", [(26, 30, 8, 30), (19, 20, 3, 40), (3, 90, 20, 60)])
def test_the_slope_of_a_table_in_closed_form(cells):
    """With s = 1/a + 1/b + 1/c + 1/d the profile moves the rows apart so that the total of events stays."""
    a, n1, c, n0 = cells
    b, d = n1 - a, n0 - c
    s = 1 / a + 1 / b + 1 / c + 1 / d
    log = math.log(a * d / (b * c))
    # events move by δ = dβ/s from one row to the other: ds/dδ = −1/a² + 1/b² + 1/c² − 1/d²
    change = (-1 / a**2 + 1 / b**2 + 1 / c**2 - 1 / d**2) / s
    fit = table(a, n1, c, n0)
    assert slopes(fit, np.array([1])) == pytest.approx([1 - log * change / (2 * s)], rel=1e-9)


def small_fits(seed, count):
    """Fits of some dozens of rows with effects from none to large, of covariates of three kinds."""
    rng = np.random.default_rng(seed)
    while count:
        n, p = int(rng.integers(20, 200)), int(rng.integers(1, 4))
        kinds = [rng.normal(size=n), rng.random(n) < rng.uniform(0.05, 0.6), rng.exponential(size=n)]
        X = np.column_stack([rng.permutation(kinds[k]) for k in rng.integers(0, 3, p)]).astype(float)
        eta = rng.normal() + X @ (rng.normal(size=p) * rng.choice([0.5, 1.5, 3.0]))
        y = rng.random(n) < 1 / (1 + np.exp(-eta))
        data = pd.DataFrame(X, columns=[f"x{j}" for j in range(p)]).assign(y=y.astype(int))
        if 0 < y.sum() < n and np.linalg.matrix_rank(np.column_stack([np.ones(n), X])) == p + 1:
            fit = gl.logit("y ~ " + " + ".join(data.columns[:-1]), data)
            if fit.converged:
                count -= 1
                yield fit, data


def wald_along_the_profile(fit, data, column, step):
    """log W with β_j moved by ``step`` of itself and the others by I⁻¹e_j/V, in 40 digits."""
    mp = mpmath.mp.clone()
    mp.dps = 40
    X = mp.matrix(np.column_stack([np.ones(len(data)), data.drop(columns="y")]).tolist())
    beta = mp.matrix(fit.params.tolist())

    def covariance(at):
        p = [1 / (1 + mp.exp(-sum(X[i, j] * at[j] for j in range(X.cols)))) for i in range(X.rows)]
        w = [q * (1 - q) for q in p]
        info = mp.matrix(X.cols)
        for r in range(X.cols):
            for s in range(X.cols):
                info[r, s] = mp.fsum(w[i] * X[i, r] * X[i, s] for i in range(X.rows))
        return info**-1

    cov = covariance(beta)
    moved = beta + step * beta[column] * cov[:, column] / cov[column, column]
    return mp.log(moved[column] ** 2 / covariance(moved)[column, column])


@pytest.mark.filterwarnings("ignore::glmlogit.errors.SeparationWarning")
@pytest.mark.parametrize("case", range(5))
def test_the_slope_is_the_derivative_of_the_wald_statistic(case):
    fit, data = next(small_fits(case, 1))
    for j in range(1, len(fit.params)):
        h = mpmath.mpf("1e-12")
        rise = (wald_along_the_profile(fit, data, j, h) - wald_along_the_profile(fit, data, j, -h)) / (2 * h)
        assert slopes(fit, np.array([j]))[0] == pytest.approx(float(rise) / 2, rel=1e-9, abs=1e-9)


@pytest.mark.filterwarnings("ignore::glmlogit.errors.SeparationWarning")
def test_the_look_misses_nothing_that_the_tests_would_note():
    """Of 200 fits every term that likelihood-ratio tests contradict is looked at, and few others are."""
    apart, looked, terms = set(), set(), 0
    for k, (fit, _) in enumerate(small_fits(7, 200)):
        tests = gl.profile(fit, fit.terms[1:]).tests
        wald = fit.zvalues[1:] ** 2
        differ = (tests["wald_p_value"] > HAUCK_DONNER * tests["p_value"]) & (tests["statistic"] > APART * wald)
        apart |= {(k, term) for term in tests.index[differ & (tests["wald_p_value"] >= NIL)]}
        looked |= {(k, term) for term in suspects(fit)}
        terms += len(tests)
    assert len(apart) > 20
    assert apart <= looked
    assert len(looked - apart) < 0.1 * terms


def test_ordinary_data_is_silent():
    fit = gl.logit("low ~ age + lwt + C(race) + smoke + ptl + ht + ui", BIRTH)
    assert not told(fit.summary())
    assert not CODES & {note.code for note in gl.table("low ~ age + smoke", BIRTH, method="wald").notes}


def test_pages_of_other_tests_and_frames_are_silent(recwarn):
    fit = table(29, 30, 5, 30)
    assert told(fit.report())
    assert not told(fit.summary(method="profile"))
    assert not told(fit.with_cov("HC1").summary())
    assert not told(gl.firth(fit.design).summary(method="wald"))
    fit.tidy(), fit.odds_ratios(), fit.confint()
    assert not len(recwarn)


def test_crude_and_adjusted_wald_tests_are_told_apart():
    data = pd.DataFrame({"x": [1] * 30 + [0] * 30, "z": np.arange(60) % 7, "y": [1] * 29 + [0] + [1] * 8 + [0] * 22})
    texts = [note.text for note in gl.table("y ~ x + z", data, method="wald").notes if note.code in CODES]
    assert [text.startswith("Crude model of x: ") for text in texts] == [False, True]
    assert not CODES & {note.code for note in gl.table("y ~ x + z", data).notes}


def test_where_testing_takes_long_the_falling_statistic_is_told(monkeypatch):
    monkeypatch.setattr(hauck_donner, "LONG", 0.0)
    fit = table(29, 30, 5, 30)
    (text,) = told(fit.summary())
    tests = eval(text.split("Likelihood-ratio tests: ")[1].rstrip("."), {"gl": gl, "fit": fit})
    assert tests.loc["x", "p_value"] < tests.loc["x", "wald_p_value"] / 10
    assert suspects(fit)["x"] < 0 < SUSPICIOUS
