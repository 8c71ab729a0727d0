"""Average risks of bootstrap refits by one compiled fold are those of the fold over blocks, to the last digits."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

import glmlogit as gl
from glmlogit.data.row_sums import column_sums, event_sums
from glmlogit.data.storage import Coded, Dense, Group, Repeated
from glmlogit.effects import compared_risks
from glmlogit.effects.compared_risks import Plan, plan_of
from glmlogit.effects.estimands import MEASURES
from glmlogit.effects.request import Request
from glmlogit.estimate import refits
from glmlogit.numerics import kernels
from glmlogit.numerics.coded_pass import CodedColumns, cell_events
from glmlogit.numerics.kernels import Observations

# Sums of the same n = 300 terms in another order, each of a linear predictor of other roundings.
LAST_DIGITS = 1e-13


def people(n: int = 300) -> pd.DataFrame:
    rng = np.random.default_rng(2)
    table = pd.DataFrame({"x": rng.normal(size=n), "z": rng.normal(size=n), "sex": rng.integers(0, 2, n)})
    table["grp"] = pd.Categorical(rng.choice(list("abc"), n))
    table["place"] = rng.choice(["here", "there"], n)
    table["n"] = rng.integers(1, 5, n)
    table["y"] = rng.binomial(1, 1 / (1 + np.exp(0.5 - 0.4 * table["x"] - 0.5 * table["sex"])))
    table["events"] = rng.binomial(table["n"], 0.4)
    return table


def plan(fit: gl.Fit, variable: str, contrast=None, population="all", by=None, measures=("risk_difference",)) -> Plan:
    named = {name: MEASURES[name] for name in measures}
    return plan_of(fit, variable, contrast, population, Request(by=by), named)


def drawn(fit: gl.Fit, count: int = 3):
    return list(refits.resampled(fit, np.random.default_rng(0), count))


MODELS = {
    "plain": {"formula": "y ~ x + z + sex + grp"},
    "interaction of others": {"formula": "y ~ x + z*n + sex + grp"},
    "polynomial": {"formula": "y ~ x + I(x**2) + sex + grp"},
    "offset": {"formula": "y ~ x + sex + grp", "offset": "z"},
    "frequencies": {"formula": "y ~ x + z + sex + grp", "weights": "n"},
    "sampling": {"formula": "y ~ x + z + sex + grp", "weights": "n", "weight_type": "sampling"},
    "trials": {"formula": "events ~ x + z + sex + grp", "trials": "n"},
    "clusters": {"formula": "y ~ x + z + sex + grp", "cluster": "place"},
    "class weights": {"formula": "y ~ x + z + sex + grp", "class_weight": "balanced"},
}
ASKED = {
    "0/1": {"variable": "sex"},
    "levels": {"variable": "grp", "contrast": "pairwise"},
    "values": {"variable": "x", "contrast": (1.0, 0.0)},
    "by": {"variable": "grp", "by": "sex"},
    "exposed": {"variable": "sex", "population": "exposed"},
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("asked", ASKED)
def test_one_fold_is_the_fold_over_blocks(model, asked, monkeypatch):
    options = dict(MODELS[model])
    fit = gl.logit(options.pop("formula"), people(), **options)
    made = plan(fit, **ASKED[asked])
    assert made.changes
    for refit, weights in drawn(fit):
        quick = made.resampled(refit, weights)
        with monkeypatch.context() as patched:
            patched.setattr(compared_risks, "average_risks", lambda *_: None)
            np.testing.assert_allclose(quick, made.resampled(refit, weights), rtol=LAST_DIGITS)


def test_a_group_that_was_not_drawn_has_no_risk():
    table = people().assign(one=lambda d: np.where(np.arange(len(d)) == 7, "alone", "others"))
    fit = gl.logit("y ~ x + sex", table)
    made = plan(fit, "sex", by=table["one"])
    weights = np.ones(len(table))
    weights[7] = 0.0
    risks = made.resampled(refits.reweighted(fit, weights), weights)
    assert np.isnan(risks).tolist() == [True, True, False, False]


@pytest.mark.parametrize(
    ("formula", "asked"),
    [
        ("y ~ x*sex + grp", {"variable": "sex"}),
        ("y ~ x + sex + grp", {"variable": "x", "contrast": 1.0}),
        ("y ~ x + sex", {"variable": "sex", "measures": ("attributable_fraction",)}),
        ("y ~ x + sex", {"variable": "sex", "population": people(40)}),
    ],
)
def test_what_differs_by_row_is_averaged_in_blocks(formula, asked):
    fit = gl.logit(formula, people())
    made = plan(fit, **asked)
    assert made.changes == ()
    assert np.isfinite(made.resampled(*drawn(fit, 1)[0])).all()


def test_a_separated_sample_keeps_its_limits():
    table = people(60)
    fit = gl.logit("y ~ x + sex", table)
    weights = np.where((table["sex"] == 1) & (table["y"] == 0), 0.0, 1.0)  # everybody of sex 1 has the event
    refit = refits.reweighted(fit, weights)
    assert refit.coefs.separated
    exposed, _ = plan(fit, "sex").resampled(refit, weights)
    assert exposed == 1.0


@pytest.mark.parametrize("form", ["numbers", "codes", "patterns"])
@pytest.mark.parametrize("size", [None, 1, 3])
def test_sums_of_probabilities_and_their_twin(form, size, monkeypatch):
    rng = np.random.default_rng(1)
    n, codes = 20_000, rng.integers(0, 4, 20_000).astype(np.int32)  # a sum in one go has some √n·eps/2 of rounding
    X, table = rng.normal(size=(n, 3)), rng.normal(size=(4, 2))
    group = Group(CodedColumns(codes, 4, X[:, 2].copy()), table, np.array([0, 2]))
    matrix = {
        "numbers": Dense(X),
        "codes": Coded(np.asfortranarray(X[:, :2]), np.array([1, 3]), (group,)),
        "patterns": Repeated(X[:4], codes),
    }[form]
    beta, offset, shifts = rng.normal(size=matrix.shape[1]) * 4, rng.normal(size=n), np.array([-20.0, 0.0, 0.3])
    weights = rng.integers(0, 3, n).astype(float)
    by = None if size is None else CodedColumns(rng.integers(0, size, n).astype(np.int32), size)
    sums = event_sums(matrix, beta, offset, weights, shifts, by)
    cells, eta = np.zeros(n, dtype=int) if by is None else by.codes, matrix.times(beta) + offset
    terms = [weights * kernels.tails(eta + c)[0] for c in shifts]
    direct = [[math.fsum(of_shift[cells == k]) for k in range(size or 1)] for of_shift in terms]
    np.testing.assert_allclose(sums, direct, rtol=LAST_DIGITS)
    assert (sums == event_sums(matrix, beta, offset, weights, shifts, by, threads=1)).all()
    monkeypatch.setattr(kernels, "COMPILED", False)
    np.testing.assert_allclose(event_sums(matrix, beta, offset, weights, shifts, by), sums, rtol=LAST_DIGITS)
    values = rng.normal(size=n)
    np.testing.assert_allclose(column_sums(matrix, values), values @ matrix.array, rtol=1e-10, atol=1e-10)


def test_a_code_that_is_no_cell_is_refused():
    rows, codes = Observations(np.ones((300, 1)), np.ones(300)), np.zeros(300, dtype=np.int32)
    codes[280] = 2
    with pytest.raises(ValueError, match="a code is not that of a cell"):
        cell_events(rows, (CodedColumns(codes, 2),), np.zeros(1), (np.zeros(2),), np.zeros(1), 0)


@pytest.mark.parametrize("n", [200, 20_000])
def test_samples_without_errors_have_the_same_coefficients(n):
    fit = gl.logit("y ~ x + z + sex + grp", people(n))
    for draw in refits.draws(fit, np.random.default_rng(3), 2):
        quick, full = refits.redrawn(fit, draw, errors=False), refits.redrawn(fit, draw)
        # The last step of either ends where the score is rounding: some 1e-13 standard errors.
        assert (np.abs(quick.coefs.beta - full.coefs.beta) < 1e-11 * full.bse.to_numpy()).all()
