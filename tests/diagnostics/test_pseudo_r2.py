"""Pseudo-R²: values of R by the definitions, identities, people however written down, and what has no likelihood."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import glmlogit as gl

REFERENCE = json.loads((Path(__file__).parents[1] / "reference" / "pseudo_r2.json").read_text(encoding="utf-8"))
FORMULAS = {
    "births": ("low ~ age + lwt + race + smoke", "birthwt"),
    "lizards": ("cbind(grahami, opalinus) ~ height + diameter + light + time", "lizards"),
    "urine": ("r ~ gravity + ph + osmo + cond + urea + calc", "urine"),
}


@pytest.mark.parametrize("name", FORMULAS)
def test_values_are_those_of_r(name):
    formula, data = FORMULAS[name]
    ours = gl.pseudo_r2(gl.logit(formula, gl.datasets.load(data)))
    assert list(ours.index) == list(REFERENCE[name])
    # R's probabilities are those of an iterate that is 1e-8 from the estimate, or nearer.
    np.testing.assert_allclose(ours, list(REFERENCE[name].values()), rtol=1e-8)


def sample(seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    n = int(rng.integers(60, 150))
    x = rng.normal(size=n).round(1)
    y = rng.random(n) < 1 / (1 + np.exp(0.3 - 0.8 * x))
    return pd.DataFrame({"y": y.astype(int), "x": x, "n": rng.integers(1, 4, n)})


@pytest.mark.parametrize("seed", range(6))
def test_identities(seed):
    data = sample(seed)
    fit = gl.logit("y ~ x", data)
    r2, p, y = gl.pseudo_r2(fit), fit.predict().to_numpy(), data.y.to_numpy()
    share = ((p - y.mean()) ** 2).sum() / ((y - y.mean()) ** 2).sum()
    assert r2["tjur"] == pytest.approx((r2["efron"] + share) / 2, rel=1e-12)
    assert 0 <= r2["cox_snell"] <= -np.expm1(2 * fit.llnull / len(y))
    assert r2["mcfadden"] == pytest.approx(1 - fit.llf / fit.llnull, rel=1e-12)
    assert (r2 <= 1).all()


@pytest.mark.parametrize("seed", range(4))
def test_the_same_people_have_the_same_measures(seed):
    data = sample(seed)
    repeated = data.loc[data.index.repeat(data.n)].reset_index(drop=True)
    grouped = repeated.groupby("x", as_index=False).agg(y=("y", "sum"), m=("y", "size"))
    people = gl.pseudo_r2(gl.logit("y ~ x", repeated))
    for fit in (gl.logit("y ~ x", data, weights="n"), gl.logit("y ~ x", grouped, trials="m")):
        np.testing.assert_allclose(gl.pseudo_r2(fit), people, rtol=1e-11)


def test_a_model_of_a_constant_explains_nothing():
    r2 = gl.pseudo_r2(gl.logit("y ~ 1", sample(0)))
    rest = r2.drop(["mcfadden_adjusted"])
    np.testing.assert_allclose(rest, 0.0, atol=1e-14)
    assert r2["mcfadden_adjusted"] < 0


@pytest.mark.filterwarnings("ignore::glmlogit.errors.SeparationWarning")
def test_complete_separation_explains_all():
    r2 = gl.pseudo_r2(gl.logit("y ~ z", sample(1).assign(z=lambda d: d.y)))
    for name in ("mcfadden", "nagelkerke", "tjur", "efron", "mckelvey_zavoina", "veall_zimmermann", "estrella"):
        assert r2[name] == pytest.approx(1.0)


@pytest.mark.filterwarnings("ignore::glmlogit.errors.SeparationWarning")
def test_one_outcome_has_none():
    assert gl.pseudo_r2(gl.logit("y ~ x", sample(2).assign(y=1))).isna().all()


@pytest.mark.parametrize("options", [{"weights": "n", "weight_type": "sampling"}, {"cluster": "n"}])
def test_what_is_no_likelihood_of_the_sample_gives_none(options):
    r2 = gl.pseudo_r2(gl.logit("y ~ x", sample(3), **options))
    assert r2["mcfadden"] != r2["mcfadden"]
    assert r2[["tjur", "efron", "mckelvey_zavoina"]].notna().all()
    assert r2.notna().sum() == 3
