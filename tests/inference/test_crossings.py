"""Limits by steps in all coefficients: those of a bracket, in few passes; brackets where steps may mislead."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import glmlogit as gl
from glmlogit.errors import CollinearityWarning, SeparationWarning
from glmlogit.inference.crossings import profile_crossing, score_crossing
from glmlogit.inference.profile_path import Path
from glmlogit.likelihood.logit_sums import LogitSums
from glmlogit.numerics.linalg import lengths
from glmlogit.numerics.tails import normal_quantile

ESTIMATORS = [gl.logit, gl.firth, gl.flac, gl.log_f]


def study(n: int, rare: float = 0.3, seed: int = 7) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    table = pd.DataFrame(
        {"age": rng.normal(50, 12, n), "dose": rng.lognormal(0.0, 1.0, n), "sex": rng.integers(0, 2, n)}
    )
    table["site"] = rng.choice(list("abc"), n)
    eta = np.log(rare / (1 - rare)) + 0.04 * (table["age"] - 50) + 0.3 * table["dose"] * (table["sex"] - 0.4)
    table["y"] = (rng.random(n) < 1 / (1 + np.exp(-eta))).astype(int)
    table["n"] = rng.integers(1, 4, n)
    return table


def bracketed(fit: gl.Fit, method: str, level: float, monkeypatch: pytest.MonkeyPatch) -> np.ndarray:
    with monkeypatch.context() as patch:
        patch.setattr(Path, "crossing", lambda *_: None)
        return fit.confint(level, method).to_numpy()


def agree(fit: gl.Fit, method: str, level: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """The limits of steps and of brackets differ by less than 1e-9 standard errors, in practice some 1e-12."""
    error = lengths(fit.surface.inverse_root)[:, None]
    apart = (fit.confint(level, method).to_numpy() - bracketed(fit, method, level, monkeypatch)) / error
    assert np.abs(apart).max() < 1e-9


@pytest.mark.parametrize("method", ["profile", "score"])
@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_steps_end_where_brackets_do(estimator, method, monkeypatch):
    stepped = []
    for n, rare, level in ((60, 0.3, 0.95), (400, 0.05, 0.5), (400, 0.5, 0.999)):
        fit = estimator("y ~ age + dose + sex + site", study(n, rare))
        agree(fit, method, level, monkeypatch)
        target = normal_quantile(level)
        stepped += [Path(fit, j).crossing(method, side, target) is not None for j in range(6) for side in (-1, 1)]
    assert np.mean(stepped) > 0.9


@pytest.mark.parametrize("method", ["profile", "score"])
def test_weights_years_and_aliased_columns(method, monkeypatch):
    table = study(150)
    table["year"] = 2000 + np.arange(150) % 17
    agree(gl.logit("y ~ age + dose + year", table, weights="n"), method, 0.95, monkeypatch)
    with pytest.warns(CollinearityWarning):
        aliased = gl.logit(gl.design_arrays(table["y"], table[["age", "dose"]].assign(twice=2 * table["age"])))
    low = aliased.confint(method=method)
    assert low.isna().all(axis=1).sum() == 1
    fit = gl.logit(gl.design_arrays(table["y"], table[["age", "dose"]]))
    np.testing.assert_allclose(low.dropna(), fit.confint(method=method), rtol=1e-9)


def counted(monkeypatch: pytest.MonkeyPatch, work) -> int:
    """Passes over all rows that form an information."""
    passes, evaluate = [], LogitSums.evaluate

    def counting(self, beta, *, root=False):
        passes.append(self)
        return evaluate(self, beta, root=root)

    with monkeypatch.context() as patch:
        patch.setattr(LogitSums, "evaluate", counting)
        work()
    return len(passes)


def test_a_limit_takes_few_passes(monkeypatch):
    """Two to four, where a bracket takes some fifteen; restricted maxima that nobody asked for are not looked for."""
    fit = gl.logit("y ~ age + dose + sex + site", study(4000))
    limits = 2 * len(fit.terms)
    for method in ("profile", "score"):
        assert counted(monkeypatch, lambda m=method: fit.confint(method=m)) <= 4 * limits
    firth = gl.firth("y ~ age + dose + sex + site", study(4000))
    assert counted(monkeypatch, lambda: firth.confint(method="profile")) <= 5 * limits + 1


def test_a_crossing_is_a_restricted_maximum_at_the_level():
    fit = gl.logit("y ~ age + dose + sex", study(300))
    target = normal_quantile(0.95)
    for find in (profile_crossing, score_crossing):
        for j in range(4):
            at = find(fit.surface, j, 1, target)
            there = fit.surface.evaluation(at.beta, root=True)
            others = np.delete(np.arange(4), j)
            assert there.keep(others).info.factor.norm(there.score[others]) < 1e-8
            if find is profile_crossing:
                assert 2 * (fit.surface.top - there.value) == pytest.approx(target**2, abs=1e-9)
            else:
                error = np.linalg.norm(there.info.factor.inverse_root[j])
                assert there.score[j] * error == pytest.approx(-target, abs=1e-9)


def test_where_maxima_may_compete_steps_are_not_trusted():
    """Separated outcomes under Jeffreys' prior: the limit on that side is left to the search."""
    table = pd.DataFrame({"x": [0.0, 0, 0, 0, 1, 1, 1, 2, 2], "y": [0, 0, 0, 1, 0, 1, 1, 1, 1], "z": [0] * 7 + [1, 1]})
    path = Path(gl.firth("y ~ x + z", table), 2)
    assert path.crossing("profile", 1, normal_quantile(0.95)) is None
    with pytest.warns(SeparationWarning):
        infinite = gl.logit("y ~ x", pd.DataFrame({"x": [0, 0, 1, 1], "y": [0, 1, 1, 1]}))
    assert infinite.confint(method="profile").loc["x", "conf_high"] == np.inf
