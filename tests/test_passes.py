"""Fewer passes over many rows: a start from a sample, steps with an old information; the answer stays the same."""

from __future__ import annotations

import numpy as np
import pytest

import glmlogit as gl
from glmlogit import _kernels, maximum
from glmlogit.errors import CollinearityWarning, SeparationWarning
from glmlogit.objective import BinaryLogit


def rows(n: int, p: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    X = np.column_stack([np.ones(n), rng.normal(size=(n, p - 1))])
    beta = np.concatenate([[-1.0], rng.normal(size=p - 1) / np.sqrt(p)])
    return (rng.random(n) < 1 / (1 + np.exp(-X @ beta))).astype(float), X


@pytest.fixture
def passes(monkeypatch):
    """Every pass over rows: how many rows, and whether for the information."""
    made = []
    plain = _kernels.row_pass

    def counted(data, *args, **options):
        made.append((len(data.X), options.get("information", True)))
        return plain(data, *args, **options)

    monkeypatch.setattr(_kernels, "row_pass", counted)
    return made


def agree(one: gl.Fit, other: gl.Fit) -> None:
    """The same maximum: 1e-12 standard errors, the rounding of sums over these rows; errors to 1e-12."""
    assert one.status is other.status is gl.Status.CONVERGED
    assert (np.abs(one.params - other.params) <= 1e-12 * other.bse).all()
    np.testing.assert_allclose(one.bse, other.bse, rtol=1e-12)
    assert one.llf == pytest.approx(other.llf, rel=1e-14)


@pytest.mark.parametrize(
    ("n", "p", "informations", "scores"), [(400_000, 5, 4, 0), (1_000_000, 20, 4, 0), (150_000, 70, 2, 30)]
)
def test_passes_over_all_rows_are_few_and_the_answer_is_the_same(passes, n, p, informations, scores):
    y, X = rows(n, p)
    fit = gl.logit(gl.design_arrays(y, X))
    whole = [information for count, information in passes if count == n]
    assert 0 < sum(whole) <= informations
    assert len(whole) - sum(whole) <= scores
    assert (len(whole) > sum(whole)) == (scores > 0)
    agree(fit, gl.logit(gl.design_arrays(y, X), start=np.zeros(p)))


def test_weights_trials_and_offsets_go_with_the_sample(passes):
    n = 60_000
    y, X = rows(n, 4)
    rng = np.random.default_rng(1)
    trials = rng.integers(1, 4, n).astype(float)
    options = {"weights": rng.integers(1, 5, n), "trials": trials, "offset": rng.normal(size=n)}
    design = gl.design_arrays(np.floor(y * trials), X, **options)
    fit = gl.logit(design)
    assert any(count < n for count, _ in passes)
    agree(fit, gl.logit(design, start=np.zeros(4)))


def test_few_rows_are_fitted_at_once(passes):
    y, X = rows(20_000, 5)
    gl.logit(gl.design_arrays(y, X))
    assert {count for count, _ in passes} == {20_000}


def test_a_level_that_the_sample_lacks():
    """A column that is 0 in every row of the sample makes it singular: the start is the ordinary one."""
    y, X = rows(80_000, 4)
    rare = np.zeros(len(y))
    rare[3:4000:16] = 1.0  # never a multiple of eight
    design = gl.design_arrays(y, np.column_stack([X, rare]))
    control = gl.Control()
    default = maximum.starting_point(design)
    assert maximum.near_start(design, control, default) is default
    agree(gl.logit(design), gl.logit(design, start=np.zeros(5)))


def test_many_separated_or_aliased_rows():
    y, X = rows(80_000, 4)
    with pytest.warns(CollinearityWarning):
        fit = gl.logit(gl.design_arrays(y, np.column_stack([X, X[:, 1] + X[:, 2]])))
    assert np.isnan(fit.params.iloc[4])
    np.testing.assert_allclose(fit.params[:4], gl.logit(gl.design_arrays(y, X)).params, rtol=1e-9)
    with pytest.warns(SeparationWarning):
        separated = gl.logit(gl.design_arrays((X[:, 1] > 0).astype(float), X[:, :2]))
    assert separated.params.iloc[1] == np.inf


def test_a_sample_in_order_of_the_outcome():
    """Sorted rows: every k-th of them still holds both outcomes."""
    y, X = rows(80_000, 4)
    order = np.argsort(y, kind="stable")
    agree(
        gl.logit(gl.design_arrays(y[order], X[order])),
        gl.logit(gl.design_arrays(y[order], X[order]), start=np.zeros(4)),
    )


def test_chord_stops_where_the_old_information_is_no_guide():
    """From far away the decrement does not fall fast: the point given comes back."""
    y, X = rows(2_000, 5)
    likelihood = BinaryLogit(gl.design_arrays(y, X))
    far = np.array([8.0, -8.0, 8.0, -8.0, 8.0])
    assert maximum.chord(likelihood, gl.Control(), far, likelihood.evaluate(far)) is far
    near = gl.logit(gl.design_arrays(y, X)).params.to_numpy() + 1e-3
    reached = maximum.chord(likelihood, gl.Control(), near, likelihood.evaluate(near))
    at = likelihood.evaluate(reached)
    assert at.info.factor.norm(at.score) < 1e-11
    np.testing.assert_allclose(likelihood.score(near), likelihood.evaluate(near).score, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("threads", [1, 2, 4])
def test_threads_change_no_bit(threads):
    y, X = rows(100_000, 12)
    one = gl.logit(gl.design_arrays(y, X), control=gl.Control(threads=1))
    other = gl.logit(gl.design_arrays(y, X), control=gl.Control(threads=threads))
    np.testing.assert_array_equal(one.params, other.params)
    np.testing.assert_array_equal(one.bse, other.bse)
    assert one.llf == other.llf


def test_show_config_says_which_pass_serves(monkeypatch):
    told = gl.show_config()
    assert told.row_pass.startswith("compiled" if _kernels.COMPILED else "NumPy")
    assert told.threads >= 1
    assert f"glmlogit {gl.__version__}" in str(told)
    monkeypatch.setattr(_kernels, "COMPILED", False)
    assert "not built" in gl.show_config().row_pass
