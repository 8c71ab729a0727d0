"""An odds ratio has one interval and one p-value, in whichever table, picture or sentence it stands."""

from __future__ import annotations

import copy
import math
import pickle
import re

import numpy as np
import pandas as pd
import pytest

import glmlogit as gl
from glmlogit.errors import DataError, UnsupportedError
from glmlogit.plots import forest

BIRTH, ENDOMETRIAL = gl.datasets.birthwt(), gl.datasets.endometrial()
COLUMNS = ["odds_ratio", "conf_low", "conf_high", "p_value"]
ESTIMATORS = {"firth": gl.firth, "log_f": gl.log_f, "logit": gl.logit}


def generated(seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    n = 50 + 15 * (seed % 3)
    data = pd.DataFrame(
        {"x": rng.normal(size=n).round(2), "g": rng.choice(list("abcd"), n), "h": rng.integers(0, 2, n)}
    )
    p = 1 / (1 + np.exp(0.5 - data["x"] - 1.2 * (data["g"] == "b") + 0.8 * data["h"]))
    return data.assign(y=(rng.random(n) < p).astype(int))


SETS = {
    "endometrial": ("HG ~ NV + PI + EH", ENDOMETRIAL),
    "birthwt": ("low ~ age + lwt + C(race) + smoke", BIRTH),
    **{f"generated {seed}": ("y ~ x + g + h", generated(seed)) for seed in range(3)},
}


# The maximum of the likelihood is infinite in one of them: next test.
FINITE = [(one, name) for name in SETS for one in ESTIMATORS if (one, name) != ("logit", "endometrial")]


def test_only_one_of_the_fits_has_infinite_estimates():
    assert len(FINITE) == len(ESTIMATORS) * len(SETS) - 1


@pytest.mark.parametrize(("estimator", "name"), FINITE)
def test_every_table_and_sentence_has_the_row_of_the_coefficient(estimator, name):
    formula, data = SETS[name]
    level = 0.6 if name == "generated 1" else 0.95
    fit = ESTIMATORS[estimator](formula, data, level=level)
    table = fit.odds_ratios()
    terms = list(table.index)
    found = gl.contrasts(fit, np.eye(len(fit.params))[1:])
    np.testing.assert_allclose(found[COLUMNS].to_numpy(), table[COLUMNS].to_numpy(), rtol=1e-9)
    lines = list(forest.lines_of(forest.tables_of(fit, None, None, None, False), None))
    drawn = [e for line in lines for e in line.entries.values() if not e.reference]
    np.testing.assert_allclose([[e.odds_ratio, e.low, e.high] for e in drawn], table[COLUMNS[:3]], rtol=1e-9)
    strata = pd.concat([gl.stratum_odds_ratios(fit, v) for v in dict.fromkeys(variables(fit))], ignore_index=True)
    np.testing.assert_allclose(strata[COLUMNS].to_numpy(), table[COLUMNS].to_numpy(), rtol=1e-9)
    sentences = [sentence for _, sentence in gl.interpret(fit).sentences]
    for term, sentence in zip(terms, sentences, strict=True):
        printed = re.search(rf"\({100 * level:g} % CI (\S+) to ([^\s)]+)\)", sentence)
        assert printed is not None, term
        for text, limit in zip(printed.groups(), table.loc[term, ["conf_low", "conf_high"]], strict=True):
            decimals = len(text.partition(".")[2])
            assert abs(float(text) - limit) <= 0.5000001 * 10.0**-decimals, term


def variables(fit: gl.Fit) -> list[str]:
    return [v for term in fit.design.terms if term.order for v in term.variables]


def test_infinite_odds_ratios_have_the_test_and_the_limit_of_the_coefficient():
    with pytest.warns(gl.errors.SeparationWarning):
        fit = gl.logit("HG ~ NV + PI + EH", ENDOMETRIAL)
    table = fit.odds_ratios()
    found = gl.contrasts(fit, "NV, 2*PI, PI")
    assert found["test"].tolist() == ["lr", "wald", "wald"]
    np.testing.assert_allclose(found.loc[[0, 2], COLUMNS], table.loc[["NV", "PI"], COLUMNS], rtol=1e-9)
    robust = gl.contrasts(fit, "NV", cov="HC3")
    assert robust[["conf_low", "conf_high", "p_value"]].isna().all(axis=None)
    assert any("HC3" in note.text for note in robust.notes)
    assert robust["odds_ratio"][0] == math.inf


# Priors of log-F are of the coefficients themselves, and another coding has others: next test.
OF_ANY_CODING = [estimator for estimator in ESTIMATORS if estimator != "log_f"]


@pytest.mark.parametrize("estimator", OF_ANY_CODING)
@pytest.mark.parametrize("seed", range(4))
def test_a_combination_is_the_coefficient_of_another_coding(estimator, seed):
    data = generated(10 + seed)
    fit = ESTIMATORS[estimator]("y ~ x + g + h", data)
    found = gl.contrasts(fit, "g[b] - g[d], g[c] - g[d]", method="profile")
    other = ESTIMATORS[estimator]("y ~ x + relevel(g, 'd') + h", data).odds_ratios(method="profile")
    rows = [name for name in other.index if "[T.b]" in name or "[T.c]" in name]
    np.testing.assert_allclose(found[COLUMNS].to_numpy(), other.loc[rows, COLUMNS].to_numpy(), rtol=1e-7)


@pytest.mark.parametrize("estimator", ESTIMATORS)
@pytest.mark.parametrize("seed", range(3))
def test_limits_of_combinations_are_on_the_quantile_of_the_penalised_likelihood(estimator, seed):
    """Maximised by a search that knows nothing of profiles."""
    from scipy.optimize import minimize
    from scipy.stats import chi2

    fit = ESTIMATORS[estimator]("y ~ x + g + h", generated(20 + seed))
    weights = np.array([0.0, 1.5, 1.0, -1.0, 0.5, 2.0])
    found = gl.contrasts(fit, weights, method="profile", exponentiate=False)
    basis = np.linalg.svd(weights[None, :])[2][1:].T
    X, y = fit.design.X, fit.design.y

    def height(beta):
        eta = X @ beta
        value = y @ eta - np.logaddexp(0, eta).sum()
        if estimator == "log_f":
            value += (beta[1:] / 2 - np.logaddexp(0, beta[1:])).sum()
        if estimator == "firth":
            p = 1 / (1 + np.exp(-eta))
            value += np.linalg.slogdet((X * (p * (1 - p))[:, None]).T @ X)[1] / 2
        return value

    top = height(fit.params.to_numpy())
    for value, expected in (
        (found["conf_low"][0], chi2.isf(0.05, 1)),
        (found["conf_high"][0], chi2.isf(0.05, 1)),
        (0.0, found["statistic"][0]),
    ):
        point = fit.params.to_numpy() + weights * (value - weights @ fit.params) / (weights @ weights)
        lost = minimize(lambda z, at=point: -height(at + basis @ z), np.zeros(5), method="BFGS", options={"gtol": 1e-7})
        assert 2 * (top + lost.fun) == pytest.approx(expected, rel=1e-6, abs=1e-9)
    assert found["p_value"][0] == pytest.approx(chi2.sf(found["statistic"][0], 1), rel=1e-9)


@pytest.mark.parametrize(
    ("estimator", "level"),
    [("firth", 0.6), ("log_f", 0.95), ("log_f", 0.6), pytest.param("firth", 0.95, marks=pytest.mark.slow)],
)
def test_limits_exclude_no_effect_where_the_p_value_says_so(estimator, level):
    compared = 0
    for seed in range(4):
        fit = ESTIMATORS[estimator]("y ~ x + g * h", generated(30 + seed), level=level)
        tables = [
            gl.stratum_odds_ratios(fit, "g", "h", contrast="pairwise"),
            gl.pairwise(fit, "g", "h"),
            gl.pairwise(fit, "g", "h", adjust="none"),
            gl.contrasts(fit, "x + g[b], x - g[c]"),
        ]
        for table in tables:
            outside = ~table["conf_low"].le(1) | ~table["conf_high"].ge(1)
            assert (outside == (table["p_value"] < 1 - level)).all()
            compared += len(table)
    assert compared >= 100


def test_tables_tell_their_method_and_test_as_their_limits_are():
    fit = gl.firth("low ~ age + C(race) + smoke", BIRTH)
    table = gl.contrasts(fit, "race[black] - race[other], smoke")
    assert [note.code for note in table.notes] == ["profile"]
    for copied in (table, copy.deepcopy(table), pickle.loads(pickle.dumps(table))):
        null = copied.test("smoke = 1")
        assert null.p_value == pytest.approx(table["p_value"][1], rel=1e-9)
        limit = copied.test(f"smoke = {float(table['conf_high'][1])!r}")
        assert limit.p_value == pytest.approx(0.05, rel=1e-6)
    wald = gl.contrasts(fit, "smoke", method="wald")
    assert wald["p_value"][0] == pytest.approx(fit.pvalues["smoke"], rel=1e-12)
    assert [note.code for note in gl.pairwise(fit, "race").notes] == ["wald_adjusted", "adjusted"]
    robust = gl.contrasts(fit, "smoke", cov="HC3")
    assert robust["p_value"][0] == pytest.approx(fit.with_cov("HC3").pvalues["smoke"], rel=1e-12)
    with pytest.raises(DataError, match="adjust='none'"):
        gl.pairwise(fit, "race", method="profile")
    with pytest.raises(UnsupportedError, match="HC3"):
        gl.contrasts(fit, "smoke", cov="HC3", method="profile")
    with pytest.raises(DataError, match="method"):
        gl.contrasts(fit, "smoke", method="score")


def test_an_offset_that_holds_the_variable_moves_estimate_limits_and_test():
    data = BIRTH.assign(decades=BIRTH["age"] / 10)
    plain = gl.firth("low ~ decades + smoke", data)
    moved = gl.firth("low ~ decades + smoke + offset(0.3 * decades)", data)
    a, b = (gl.stratum_odds_ratios(fit, "decades") for fit in (plain, moved))
    np.testing.assert_allclose(a[[*COLUMNS, "statistic"]], b[[*COLUMNS, "statistic"]], rtol=1e-7)


def test_large_fits_are_wald_everywhere_and_say_so(monkeypatch):
    fit = gl.firth("low ~ age + smoke", BIRTH)
    assert forest.head_of(fit, None, None) == "Odds ratio [95% profile CI]"
    monkeypatch.setattr("glmlogit.inference.evidence.LONG", 1.0)
    assert forest.head_of(fit, None, None) == "Odds ratio [95% CI]"
    table = gl.contrasts(fit, "age")
    assert [note.code for note in table.notes] == ["wald_for_size"]
    assert table["p_value"][0] == pytest.approx(fit.pvalues["age"], rel=1e-12)
