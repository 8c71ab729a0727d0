"""Residuals: the values of R, what they must satisfy, people however written down, and rows at the edge of numbers."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from evaluation_models import difference, entries, fitted
from scipy import special, stats

import glmlogit as gl
from glmlogit.diagnostics.cases import cases_of
from glmlogit.diagnostics.residuals import quantile_residuals
from glmlogit.errors import DataError, UnsupportedError

NAMES = {
    "resid_response": "response",
    "resid_pearson": "pearson",
    "resid_deviance": "deviance",
    "resid_working": "working",
    "rstandard_pearson": "standardised_pearson",
    "rstandard_deviance": "standardised_deviance",
    "rstudent": "studentised",
}


def golden(n: int) -> np.ndarray:
    """The positions within jumps that the references use."""
    return np.arange(1, n + 1) * 0.6180339887498949 % 1


def computed(fit: gl.Fit, quantity: str):
    if quantity in NAMES:
        return gl.residuals(fit, NAMES[quantity])
    if quantity == "resid_partial":
        return gl.residuals(fit, "partial").to_numpy().T
    if quantity == "resid_quantile_mid":
        return gl.residuals(fit, "quantile", seed="mid")
    if quantity == "resid_quantile_u":
        rows = cases_of(fit, "row")
        return quantile_residuals(rows.eta, rows.events, rows.nonevents, golden(len(rows.eta)))
    if quantity == "hat":
        return fit.augment()["hat"]
    return None


QUANTITIES = (*NAMES, "resid_partial", "resid_quantile_mid", "resid_quantile_u", "hat")
KEYS = [key for key, entry in entries("1_diagnostics").items() if entry["quantity"] in QUANTITIES]


@pytest.mark.parametrize("key", KEYS)
def test_values_are_those_of_the_references(key):
    entry = entries("1_diagnostics")[key]
    ours = computed(fitted(entry["model"]), entry["quantity"])
    assert difference("1_diagnostics", key, ours) <= 1


def test_all_values_were_compared():
    assert len(KEYS) == 66


def sample(seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    n = int(rng.integers(60, 150))
    x, z = rng.normal(size=n).round(1), rng.integers(0, 3, n)
    y = rng.random(n) < 1 / (1 + np.exp(0.3 - 0.8 * x + 0.5 * (z == 1)))
    return pd.DataFrame({"y": y.astype(int), "x": x, "z": z, "n": rng.integers(1, 4, n)})


@pytest.mark.parametrize("seed", range(6))
def test_invariants(seed):
    data = sample(seed)
    fit, other = gl.logit("y ~ x + C(z)", data), gl.logit("y ~ x + C(z)", data.assign(y=1 - data.y))
    moved = gl.logit("y ~ x + C(z)", data.assign(x=5 + 3 * data.x))
    for kind in ("pearson", "deviance", "studentised", "standardised_pearson", "working", "response"):
        np.testing.assert_allclose(gl.residuals(fit, kind), -gl.residuals(other, kind), rtol=1e-9)
        np.testing.assert_allclose(gl.residuals(fit, kind), gl.residuals(moved, kind), rtol=1e-9)
    assert fit.augment()["hat"].sum() == pytest.approx(4, rel=1e-12)
    assert (gl.residuals(fit, "studentised").abs() >= gl.residuals(fit).abs()).all()
    design = np.column_stack([np.ones(len(data)), data.x, data.z == 1, data.z == 2])
    assert np.abs(design.T @ gl.residuals(fit, "response")).max() < 1e-11 * len(data)
    p = fit.predict().to_numpy()
    partial = gl.residuals(fit, "partial")["x"].to_numpy()
    root = np.sqrt(p * (1 - p))
    solved = np.linalg.lstsq(design * root[:, None], partial * root, rcond=None)[0]
    np.testing.assert_allclose(solved[1:], [fit.params["x"], 0, 0], atol=1e-10)


@pytest.mark.parametrize("seed", range(4))
def test_quantile_residuals_rise_with_the_position_and_split_at_the_probability(seed):
    data = sample(seed)
    fit = gl.logit("y ~ x", data)
    rows, n = cases_of(fit, "row"), len(data)
    low, high = (quantile_residuals(rows.eta, rows.events, rows.nonevents, np.full(n, u)) for u in (0.3, 0.6))
    assert (low < high).all()
    border = special.ndtri(1 - fit.predict().to_numpy())
    assert (high[data.y == 0] < border[data.y == 0]).all()
    assert (low[data.y == 1] > border[data.y == 1]).all()
    drawn = gl.residuals(fit, "quantile", seed=7)
    assert drawn.equals(gl.residuals(fit, "quantile", seed=7))
    assert drawn.name == "quantile (seed 7)"
    assert stats.kstest(drawn, "norm").pvalue > 1e-3


@pytest.mark.parametrize("seed", range(3))
def test_people_are_the_same_however_they_are_written_down(seed):
    data = sample(seed)
    rows = data.loc[data.index.repeat(data.n)].reset_index(drop=True)
    counted, repeated = gl.logit("y ~ x + C(z)", data, weights="n"), gl.logit("y ~ x + C(z)", rows)
    first = rows.groupby(data.index.repeat(data.n)).head(1).index
    for kind in ("pearson", "deviance", "studentised", "working"):
        np.testing.assert_allclose(gl.residuals(counted, kind), gl.residuals(repeated, kind).loc[first], rtol=1e-8)
    np.testing.assert_allclose(
        gl.residuals(counted, "partial"), gl.residuals(repeated, "partial").loc[first], rtol=1e-8, atol=1e-10
    )
    grouped = rows.groupby(["x", "z"], as_index=False, sort=False).agg(y=("y", "sum"), m=("y", "size"))
    trials = gl.logit("y ~ x + C(z)", grouped, trials="m")
    for kind in ("pearson", "deviance", "studentised", "response"):
        ours = gl.residuals(trials, kind)
        for fit in (counted, repeated):
            np.testing.assert_allclose(gl.residuals(fit, kind, by="pattern"), ours, rtol=1e-7, atol=1e-10)
    # The leverage of a group is that of one of its trials times their number.
    one = gl.logit("y ~ x + C(z)", rows).augment()["hat"]
    np.testing.assert_allclose(trials.augment()["hat"].sum(), one.sum(), rtol=1e-12)


def test_tails_of_quantile_residuals_are_not_subtracted():
    eta = np.full(2, special.logit(1e-300))
    event = quantile_residuals(eta, np.array([0.0, 1.0]), np.array([1.0, 0.0]), np.full(2, 0.5))
    np.testing.assert_allclose(event, [0.0, 37.06578788077213], rtol=1e-14, atol=1e-15)
    far = quantile_residuals(np.array([-2000.0]), np.ones(1), np.zeros(1), np.full(1, 0.5))
    assert far[0] == pytest.approx(63.17, abs=0.01)  # √(2·2000), less its logarithmic term
    many = quantile_residuals(np.zeros(1), np.array([5e5]), np.array([5e5]), np.full(1, 0.5))
    assert abs(many[0]) < 1e-9


@pytest.mark.filterwarnings("ignore::glmlogit.errors.SeparationWarning")
def test_a_row_that_is_predicted_perfectly_has_no_residual_to_standardise():
    fit = gl.logit("y ~ x", pd.DataFrame({"y": [0, 1, 0, 1, 1, 0], "x": [0, 0, 0, 0, 0, 1]}))
    rows = fit.augment()
    assert rows["hat"].iloc[5] == 0.0
    assert rows[["std_resid", "cooks_distance"]].iloc[5].isna().all()
    assert gl.residuals(fit).iloc[5] == gl.residuals(fit, "pearson").iloc[5] == 0.0
    for kind in ("standardised_deviance", "standardised_pearson", "studentised", "working"):
        assert np.isnan(gl.residuals(fit, kind).iloc[5])
        assert np.isfinite(gl.residuals(fit, kind).iloc[:5]).all()
    assert gl.residuals(fit, "partial")["x"].isna().all()


def test_weights_other_than_counts():
    data = sample(3)
    sampled = gl.logit("y ~ x", data, weights="n", weight_type="sampling")
    precise = gl.logit("y ~ x", data, weights="n", weight_type="precision")
    for kind in ("response", "working"):
        np.testing.assert_allclose(gl.residuals(sampled, kind), gl.residuals(precise, kind), rtol=1e-9)
    expected = (data.y - sampled.predict()) * np.sqrt(data.n / (sampled.predict() * (1 - sampled.predict())))
    np.testing.assert_allclose(gl.residuals(sampled, "pearson"), expected, rtol=1e-9)
    assert np.isfinite(gl.residuals(sampled, "quantile")).all()
    with pytest.raises(UnsupportedError, match="count nothing"):
        gl.residuals(precise, "quantile")
    with pytest.raises(UnsupportedError, match="count nothing"):
        gl.residuals(sampled, by="pattern")


def test_words_that_are_not_known_are_refused():
    fit = gl.logit("y ~ x", sample(0))
    for wrong in ({"kind": "standardised"}, {"by": "cluster"}, {"kind": "quantile", "seed": "middle"}):
        with pytest.raises(DataError, match=next(reversed(wrong))):
            gl.residuals(fit, **wrong)
    with pytest.raises(DataError, match="partial"):
        gl.residuals(fit, "partial", by="pattern")
