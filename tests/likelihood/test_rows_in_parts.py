"""A binary logit of rows that are never in memory as one piece: all stages, tests, profiles and errors are those of
the fit to the same rows in memory.

Rows come as a list of parts, or as parts of a file (``tests/support/in_parts.py``).
"""

from __future__ import annotations

import numpy as np
import pytest
from in_parts import in_parts

import glmlogit as gl
from glmlogit.errors import NotEstimableError
from glmlogit.estimate import refits
from glmlogit.estimate.estimate import Estimate
from glmlogit.estimate.solved import Solved
from glmlogit.fitting.control import Control, Status
from glmlogit.fitting.maximise import maximise
from glmlogit.inference.confint import confint
from glmlogit.inference.recombined import along
from glmlogit.inference.test import test as hypothesis_test
from glmlogit.likelihood.binary import BinaryLogit
from glmlogit.likelihood.penalty import Jeffreys, Ridge
from glmlogit.separability import too_large
from glmlogit.separability.states import CoefficientState

# In standard errors, and relative to them: both maxima are refined, or end within 1e-13 by Newton's last step.
CLOSE = 1e-11
RNG = np.random.default_rng(4)
N, CUTS = 360, (50, 51, 200, 330)
X = np.column_stack([np.ones(N), RNG.normal(50.0, 9.0, N), np.arange(N) % 3 == 1, np.arange(N) % 3 == 2]).astype(float)
Y = (RNG.random(N) < 1.0 / (1.0 + np.exp(2.0 - 0.04 * X[:, 1] - 0.5 * X[:, 2]))).astype(float)
M = RNG.integers(1, 6, N).astype(float)
COUNTS = RNG.binomial(M.astype(int), 0.3 + 0.1 * X[:, 2]).astype(float)
WEIGHTS, OFFSET, CLUSTER = RNG.integers(1, 4, N).astype(float), RNG.normal(size=N), np.arange(N) // 12
NAMES = ("one", "age", "b", "c")


def parts_of(columns):
    return lambda: iter(np.split(columns, CUTS))


@pytest.fixture
def on_disk(tmp_path):
    """Reads parts of X from a file."""

    def stored(columns):
        path = tmp_path / "columns"
        columns.tofile(path)

        def read():
            rows = np.memmap(path, dtype=float, mode="r", shape=columns.shape)
            return (rows[start : start + 100] for start in range(0, len(columns), 100))

        return read

    return stored


def sample(y, **vectors):
    """What is said of the sample alone: a design without the columns."""
    return gl.design_arrays(y, np.ones((len(y), 1)), cluster=CLUSTER[: len(y)], **vectors)


def estimates(y, columns=X, *, read=None, names=NAMES, adjustment=None, kind="model", **vectors):
    """The fit of rows in parts, and that of a design of all of them."""
    rows = in_parts(read or parts_of(columns), y, names=names, **vectors)
    design = gl.design_arrays(y, columns, names=names, cluster=CLUSTER[: len(y)], **vectors)
    return tuple(
        Estimate(
            Solved(of, maximise(BinaryLogit(likelihood_rows), adjustment, Control()), adjustment),
            "Logit", kind, 0.95, Control(),
        )
        for of, likelihood_rows in ((sample(y, **vectors), rows), (design, design))
    )  # fmt: skip


def alike(ours, theirs):
    assert ours.maximum.likelihood.rows.memory is None
    assert ours.coefs.states == theirs.coefs.states
    assert ours.status == theirs.status
    finite = np.isfinite(theirs.params)
    errors = theirs.bse[finite]
    assert (np.abs(ours.params - theirs.params)[finite] <= CLOSE * errors).all()
    np.testing.assert_array_equal(ours.params[~finite], theirs.params[~finite])
    np.testing.assert_allclose(ours.bse, theirs.bse, rtol=CLOSE)
    assert ours.llf == pytest.approx(theirs.llf, rel=CLOSE)
    assert ours.llnull == pytest.approx(theirs.llnull, rel=CLOSE)
    assert ours.deviance == pytest.approx(theirs.deviance, rel=CLOSE)


SAMPLES = {
    "single": (Y, {}),
    "weights": (Y, {"weights": WEIGHTS}),
    "offset": (Y, {"offset": OFFSET}),
    "trials": (COUNTS, {"trials": M}),
    "all": (COUNTS, {"trials": M, "weights": WEIGHTS, "offset": OFFSET}),
}


@pytest.mark.parametrize("kind", ["model", "HC0", "HC3", "cluster"])
@pytest.mark.parametrize("name", SAMPLES)
def test_estimates_and_errors(name, kind):
    y, vectors = SAMPLES[name]
    alike(*estimates(y, kind=kind, **vectors))


def test_rows_of_a_file(on_disk):
    ours, theirs = estimates(Y, read=on_disk(X), offset=OFFSET)
    alike(ours, theirs)
    assert ours.digits == pytest.approx(theirs.digits, abs=0.5)


def test_an_aliased_column():
    twice = np.column_stack([X, 2.0 * X[:, 1] - 3.0])
    ours, theirs = estimates(Y, twice, names=(*NAMES, "twice"))
    alike(ours, theirs)
    ((alias,), (expected,)) = ours.maximum.aliases, theirs.maximum.aliases
    assert (alias.column, alias.combination) == (expected.column, expected.combination)


@pytest.mark.parametrize("kind", ["model", "HC0", "cluster"])
def test_a_level_of_one_outcome(kind):
    y = np.where(X[:, 3] == 1, 1.0, Y)
    ours, theirs = estimates(y, kind=kind)
    alike(ours, theirs)
    assert ours.status is Status.SEPARATED
    assert ours.params["c"] == np.inf
    assert ours.maximum.cone.method == theirs.maximum.cone.method == "levels with one outcome only"


def test_separation_by_a_combination():
    """Outcomes follow the sum of two columns where it is not 0, and chance where it is."""
    u = RNG.integers(-20, 21, N) / 8.0
    side = RNG.integers(-1, 2, N)
    columns = np.column_stack([np.ones(N), u, side * RNG.integers(1, 9, N) / 4.0 - u])
    y = np.where(side == 0, RNG.random(N) < 1.0 / (1.0 + np.exp(-u)), side > 0).astype(float)
    ours, theirs = estimates(y, columns, names=NAMES[:3])
    assert theirs.maximum.cone.method != "levels with one outcome only"
    alike(ours, theirs)
    assert list(ours.coefs.states) == [CoefficientState.FINITE, *(CoefficientState.PLUS_INFINITY,) * 2]
    np.testing.assert_array_equal(ours.maximum.cone.separated, theirs.maximum.cone.separated)


@pytest.mark.parametrize("adjustment", [Ridge(np.array([0.0, 2.0, 2.0, 2.0])), Jeffreys()])
@pytest.mark.parametrize("name", SAMPLES)
def test_penalties(name, adjustment):
    y, vectors = SAMPLES[name]
    alike(*estimates(y, adjustment=adjustment, **vectors))


@pytest.mark.parametrize("separated", [False, True])
@pytest.mark.parametrize("method", ["profile", "score"])
def test_limits(method, separated):
    y = np.where(X[:, 3] == 1, 1.0, Y) if separated else Y
    ours, theirs = (confint(fit, method=method) for fit in estimates(y, offset=OFFSET))
    np.testing.assert_allclose(ours, theirs, rtol=1e-9)


@pytest.mark.parametrize("test", ["wald", "lr", "score"])
@pytest.mark.parametrize("separated", [False, True])
def test_tests(test, separated):
    y = np.where(X[:, 3] == 1, 1.0, Y) if separated else Y
    for hypothesis in (["b = 0"], ["b = 0", "age = 0.01"]):
        ours, theirs = (hypothesis_test(fit, hypothesis, test) for fit in estimates(y))
        assert ours.statistic == pytest.approx(theirs.statistic, rel=1e-10, nan_ok=separated and test != "lr")
        assert (ours.df, ours.reason) == (theirs.df, theirs.reason)


def test_the_profile_of_a_combination():
    ours, theirs = (along(fit, np.array([0.0, 10.0, 1.0, 0.0])).row(0.95) for fit in estimates(Y))
    assert ours.low == pytest.approx(theirs.low, rel=1e-9)
    assert ours.high == pytest.approx(theirs.high, rel=1e-9)


def test_other_weights():
    factors = np.arange(N) % 4.0
    ours, theirs = (refits.reweighted(fit, factors) for fit in estimates(Y, weights=WEIGHTS))
    alike(ours, theirs)
    assert ours.nobs == theirs.nobs


def test_many_rows_start_from_a_sample():
    n = 45_000
    columns = np.column_stack([np.ones(n), RNG.normal(size=(n, 2))])
    y = (RNG.random(n) < 1.0 / (1.0 + np.exp(1.0 - columns[:, 1]))).astype(float)
    parts = [
        BinaryLogit(in_parts(lambda: iter(np.array_split(columns, 7)), y)),
        BinaryLogit(gl.design_arrays(y, columns)),
    ]
    ours, theirs = (maximise(likelihood, None, Control()) for likelihood in parts)
    errors = np.sqrt(np.diag(theirs.at.info.factor.inverse()))
    assert (np.abs(ours.beta - theirs.beta) <= CLOSE * errors).all()
    assert len(ours.trace) == len(theirs.trace)


def test_rows_that_are_too_many_for_a_linear_program_are_refused(monkeypatch):
    """It takes them as one piece; in memory as numbers they are one."""
    monkeypatch.setattr(too_large, "MOST_DECIDED", N)
    columns = np.column_stack([np.ones(N), np.arange(N), np.arange(N) ** 2.0])
    y = (np.arange(N) > 100).astype(float)
    with pytest.raises(NotEstimableError, match="too many for the linear program"):
        maximise(BinaryLogit(in_parts(parts_of(columns), y)), None, Control())
    assert maximise(BinaryLogit(gl.design_arrays(y, columns)), None, Control()).separated
