"""Bootstrap samples by chord steps on all rows: the same maxima as of the rows drawn, and never where in doubt."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import pytest

import glmlogit as gl
from glmlogit.designs.samples import drawn_times, largest_draw
from glmlogit.estimate import refits
from glmlogit.fitting.redrawn import Redrawn
from glmlogit.numerics import kernels
from glmlogit.numerics.arrays import tally


@cache
def people(n: int = 40_000) -> pd.DataFrame:
    rng = np.random.default_rng(4)
    table = pd.DataFrame({"x": rng.normal(size=n), "z": rng.normal(size=n), "sex": rng.integers(0, 2, n)})
    table["grp"] = pd.Categorical(rng.choice(list("abcd"), n))
    table["site"] = np.arange(n) // 4
    table["w"] = rng.uniform(0.5, 1.5, n)
    table["year"] = rng.integers(1985, 2025, n)
    table["y"] = (rng.random(n) < 1 / (1 + np.exp(0.5 - 0.4 * table["x"] - 0.5 * table["sex"]))).astype(int)
    return table


def of(fit: gl.Fit) -> Redrawn | None:
    return Redrawn.of(fit.maximum, fit.design, largest_draw(fit.design))


MODELS = {
    "numbers": {"formula": "y ~ x + z + sex"},
    "codes": {"formula": "y ~ x + z + sex + grp"},
    "patterns": {"formula": "y ~ sex + grp"},
    "year": {"formula": "y ~ x + year"},
    "offset": {"formula": "y ~ x + sex + grp", "offset": "z"},
    "sampling": {"formula": "y ~ x + sex + grp", "weights": "w", "weight_type": "sampling"},
    "clusters": {"formula": "y ~ x + sex + grp", "cluster": "site"},
}


@pytest.mark.parametrize("model", MODELS)
def test_samples_have_the_maxima_of_the_rows_drawn(model):
    options = dict(MODELS[model])
    fit = gl.logit(options.pop("formula"), people(), **options)
    quick = [refit for refit, _ in refits.resampled(fit, np.random.default_rng(3), 1)]
    # Patterns are few rows, for which no such steps are worth it.
    assert of(fit) is None if model == "patterns" else {refit.design.n_rows for refit in quick} == {fit.design.n_rows}
    for refit, draw in zip(quick, refits.draws(fit, np.random.default_rng(3), 1), strict=True):
        slow = refits.redrawn(fit, draw)
        # Steps end where the last is known to leave 1e-7 standard errors.
        assert (np.abs(refit.coefs.beta - slow.coefs.beta) < 1e-7 * slow.bse.to_numpy()).all()


def rare(table: pd.DataFrame) -> pd.DataFrame:
    """Two rows of a rare kind, with and without the event."""
    seldom = np.arange(len(table)) % 20_000 == 0
    return table.assign(rare=seldom.astype(int), y=np.where(seldom, np.arange(len(table)) > 0, table["y"]).astype(int))


@pytest.mark.parametrize(
    "fit",
    [
        lambda d: gl.logit("y ~ x + rare", rare(d)),
        lambda d: gl.logit("y ~ x + z", d.assign(z=np.where(np.arange(len(d)) == 5, 1e3, d["z"]))),
        lambda d: gl.logit("y ~ x + z", d, cluster="sex"),
        lambda d: gl.logit("y ~ x + z", d.assign(w=d["w"].where(np.arange(len(d)) > 2, 1e4)), weights="w",
                           weight_type="sampling"),
        lambda d: gl.logit("y ~ x + z", d.head(500)),
    ],
)  # fmt: skip
def test_samples_that_may_lack_information_are_not_hurried(fit):
    assert of(fit(people())) is None


@pytest.mark.filterwarnings("ignore")
def test_a_column_of_rows_that_were_not_drawn_is_aliased_as_before():
    fit = gl.logit("y ~ x + rare", rare(people()))
    lacking = [refit for refit, weights in refits.resampled(fit, np.random.default_rng(0), 20)
               if not weights[::20_000].any()]  # fmt: skip
    assert lacking
    assert all(refit is None or refit.coefs.aliases for refit in lacking)


@pytest.mark.parametrize("count", [1, 7, 300, 70_000])
def test_the_random_stream_is_that_of_a_count_of_numbers(count, monkeypatch):
    drawn = np.random.default_rng(8).integers(0, count, count)
    times = drawn_times(np.random.default_rng(8), count)
    assert (times == np.bincount(drawn, minlength=count)).all()
    monkeypatch.setattr(kernels, "COMPILED", False)
    assert (drawn_times(np.random.default_rng(8), count) == times).all()


def test_counts_beyond_sixteen_bits():
    numbers = np.repeat(np.array([2, 0], dtype=np.int32), [65_536 + 3, 5])
    assert tally(numbers, 4).tolist() == [5, 0, 65_539, 0]
    with pytest.raises(ValueError, match="negative or too large"):
        tally(np.array([0, 4], dtype=np.int32), 4)
