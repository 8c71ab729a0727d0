"""Fewer passes over many rows: a start from a sample, steps with an old information; the answer stays the same."""

from __future__ import annotations

import functools
from dataclasses import replace

import numpy as np
import pytest

import glmlogit as gl
from glmlogit.errors import CollinearityWarning, SeparationWarning
from glmlogit.fitting import warm_start
from glmlogit.fitting.newton import Step, newton
from glmlogit.likelihood.binary import BinaryLogit
from glmlogit.numerics import kernels
from glmlogit.numerics.linalg import Information


def rows(n: int, p: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    X = np.column_stack([np.ones(n), rng.normal(size=(n, p - 1))])
    beta = np.concatenate([[-1.0], rng.normal(size=p - 1) / np.sqrt(p)])
    return (rng.random(n) < 1 / (1 + np.exp(-X @ beta))).astype(float), X


@pytest.fixture
def passes(monkeypatch):
    """Every pass over rows: how many rows, and whether for the information."""
    made = []
    plain = kernels.checked_pass

    def counted(checked, *args, **options):
        made.append((len(checked.rows.X), options.get("information", True)))
        return plain(checked, *args, **options)

    monkeypatch.setattr(kernels, "checked_pass", counted)
    return made


def agree(one: gl.Fit, other: gl.Fit) -> None:
    """The same maximum: 1e-12 standard errors, the rounding of sums over these rows; errors to 1e-12."""
    assert one.status is other.status is gl.Status.CONVERGED
    assert (np.abs(one.params - other.params) <= 1e-12 * other.bse).all()
    np.testing.assert_allclose(one.bse, other.bse, rtol=1e-12)
    assert one.llf == pytest.approx(other.llf, rel=1e-14)


@pytest.mark.parametrize(
    ("n", "p", "scores"), [(400_000, 5, 3), (1_000_000, 10, 3), (1_000_000, 20, 3), (200_000, 50, 4), (150_000, 70, 5)]
)
def test_passes_over_all_rows_are_few_and_the_answer_is_the_same(passes, n, p, scores):
    """Two for the information, one of them the last, and some for the score alone."""
    y, X = rows(n, p)
    fit = gl.logit(gl.design_arrays(y, X))
    whole = [information for count, information in passes if count == n]
    assert sum(whole) == 2
    assert whole[-1]
    assert 0 < len(whole) - 2 <= scores
    assert fit.n_iter == len(whole)
    agree(fit, gl.logit(gl.design_arrays(y, X), start=np.zeros(p)))


@pytest.fixture
def coarse(monkeypatch):
    """Every evaluation of a coarse information: the number of rows."""
    made = []
    plain = BinaryLogit.evaluate

    def counted(likelihood, beta, *, root=False):
        if likelihood.coarse:
            made.append(likelihood.n_rows)
        return plain(likelihood, beta, root=root)

    monkeypatch.setattr(BinaryLogit, "evaluate", counted)
    return made


@pytest.mark.parametrize(("n", "p"), [(45_000, 40), (100_000, 110), (11_000, 100), (4_000, 280)])
@pytest.mark.parametrize("weighted", [False, True])
def test_single_precision_is_for_steps_alone(coarse, monkeypatch, n, p, weighted):
    """From samples, from all rows where these are wide, and beyond the columns that passes are compiled for."""
    y, X = rows(n, p)
    options = {"weights": np.random.default_rng(2).integers(1, 5, n)} if weighted else {}
    design = gl.design_arrays(y, X, **options)
    fit = gl.logit(design)
    assert n in coarse
    monkeypatch.setattr(BinaryLogit, "for_steps", property(lambda likelihood: likelihood))
    coarse.clear()
    plain = gl.logit(design)
    assert not coarse
    agree(fit, plain)
    np.testing.assert_allclose(fit.bse, plain.bse, rtol=1e-13)
    at = BinaryLogit(design).evaluate(fit.params.to_numpy()).info.factor
    np.testing.assert_allclose(fit.bse, at.errors, rtol=1e-13)


@pytest.mark.parametrize(("times", "other"), [(2.0**30, 0.0), (2.0**-30, 0.0), (1.0, 300.0)])
def test_single_precision_is_not_for_columns_that_it_cannot_hold(coarse, times, other):
    """Large and small ones, whose squares leave its range; and those whose condition takes more digits than it has."""
    y, X = rows(45_000, 40)
    X[:, 1] = times * X[:, 1] + other * X[:, 2]
    fit = gl.logit(gl.design_arrays(y, X))
    assert 45_000 not in coarse
    plain = gl.logit(gl.design_arrays(*rows(45_000, 40)))
    same = [1, *range(3, 40)]  # the effect of the third column takes up what the second has of it
    np.testing.assert_allclose(fit.zvalues.iloc[same], plain.zvalues.iloc[same], rtol=1e-9)


@pytest.mark.parametrize(("taken", "halfway"), [(0, 0.05), (1, 0.05), (1, 1e-14)])
def test_steps_that_lead_nowhere_leave_standard_errors_all_digits(coarse, monkeypatch, taken, halfway):
    """None on all rows, or none after the first information, be it at the maximum: that is not where the fit ends."""
    y, X = rows(45_000, 40)
    plain = gl.logit(gl.design_arrays(y, X))
    chord, calls = warm_start.chord, []

    def few(likelihood, control, beta, *args):
        calls.append(beta)
        return chord(likelihood, control, beta, *args) if len(calls) <= taken else (beta, ())

    monkeypatch.setattr(warm_start, "chord", few)
    monkeypatch.setattr(warm_start, "HALFWAY", halfway)
    coarse.clear()
    fit = gl.logit(gl.design_arrays(y, X))
    assert len(calls) == taken + 1
    assert 45_000 in coarse
    agree(fit, plain)
    np.testing.assert_allclose(fit.bse, plain.bse, rtol=1e-13)


def test_steps_agree_with_what_scores_fell_by():
    """A quadratic: the inverse information in use is symmetric, and gives the last step for the fall it caused."""
    rng = np.random.default_rng(3)
    A, B = (M.T @ M for M in rng.normal(size=(2, 40, 6)))
    factor = Information(np.ones(6), B).factor
    secants, before = [], rng.normal(size=6)
    for step in 0.1 * rng.normal(size=(3, 6)):
        curvature = step @ A @ step
        secants.append(warm_start.Secant(step, A @ step, curvature))
        np.testing.assert_allclose(warm_start._direction(factor, secants, A @ step), step, rtol=1e-12, atol=1e-14)
    inverse = np.array([warm_start._direction(factor, secants, e) for e in np.eye(6)])
    np.testing.assert_allclose(inverse, inverse.T, rtol=1e-12, atol=1e-14)
    assert (np.linalg.eigvalsh(inverse) > 0).all()
    assert warm_start.Secant.of(step, before, before - 3 * before) == []  # thrice the fall that was expected
    assert warm_start.Secant.of(step, before, before) == []  # rounding hides the fall


def test_one_information_of_a_wide_sample_serves_for_several_steps(passes, monkeypatch):
    y, X = rows(60_000, 12)
    plain = gl.logit(gl.design_arrays(y, X))
    of_sample = [information for count, information in passes if count < 60_000]
    monkeypatch.setattr(warm_start, "WIDE", 12)
    passes.clear()
    wide = gl.logit(gl.design_arrays(y, X))
    assert sum(information for count, information in passes if count < 60_000) < sum(of_sample)
    agree(wide, plain)


@pytest.mark.parametrize("wide", [5, 100])
def test_a_separated_sample_is_given_up(wide, monkeypatch):
    """All exposed rows of the sample, every eighth, have the event, others not: the start is the ordinary one."""
    monkeypatch.setattr(warm_start, "WIDE", wide)
    y, X = rows(80_000, 4)
    exposed = (np.arange(len(y)) % 100 < 3).astype(float)
    y[::8] = np.where(exposed[::8] == 1.0, 1.0, y[::8])
    design = gl.design_arrays(y, np.column_stack([X, exposed]))
    likelihood = BinaryLogit(design)
    default = likelihood.start()
    near, guide = warm_start.near_start(likelihood, gl.Control(), default)
    assert near is default
    assert guide is None
    agree(gl.logit(design), gl.logit(design, start=np.zeros(5)))


def test_the_trace_is_that_of_all_rows():
    """Its log-likelihoods rise to the maximum (to the rounding of sums), its decrements fall to rounding."""
    y, X = rows(150_000, 20)
    fit = gl.logit(gl.design_arrays(y, X))
    assert (np.diff(fit.trace["llf"]) > -1e-14 * abs(fit.llf)).all()
    assert fit.trace["llf"].iloc[-1] == pytest.approx(fit.llf, rel=1e-14)
    assert (np.diff(fit.trace["decrement"]) < 0).all()
    assert fit.trace["decrement"].iloc[-1] < gl.Control().tol
    np.testing.assert_array_equal(fit.trace["halvings"], 0)


def test_no_pass_only_confirms_where_errors_need_orthogonal_factors(passes):
    """Standard errors of columns such as a year take a QR pass: the step before it is bounded, not looked at."""
    y, X = rows(20_000, 3)
    year = 300.0 + 10.0 * X[:, 1]
    fit = gl.logit(gl.design_arrays(y, np.column_stack([X[:, 0], year, X[:, 2]])))
    decrements = fit.trace["decrement"].to_numpy()
    assert decrements[-1] < 1e-9
    # The last with a second one in rotated coordinates; the twin's sums may round so much that it is made again.
    assert len(passes) - fit.n_iter <= (not kernels.COMPILED)
    other = gl.logit(gl.design_arrays(y, X))
    assert (np.abs(fit.params.iloc[2] - other.params.iloc[2]) <= 1e-11 * other.bse.iloc[2]).all()
    np.testing.assert_allclose(fit.bse.iloc[1:], other.bse.iloc[1:] / [10.0, 1.0], rtol=1e-12)


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
    likelihood = BinaryLogit(design)
    default = likelihood.start()
    near, guide = warm_start.near_start(likelihood, control, default)
    assert near is default
    assert guide is None
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


def sorted_by_outcome(y, X):
    order = np.argsort(y, kind="stable")
    return y[order], X[order]


def sorted_by_covariate(y, X):
    order = np.argsort(X[:, 1], kind="stable")
    return y[order], X[order]


def periodic(y, X):
    """Every eighth row is of another kind: the sample is of these alone, and no guide to the others."""
    y, X = y.copy(), X.copy()
    X[::8, 2] += 3.0
    y[::8] = 1.0 - y[::8]
    return y, X


def far_rows(y, X):
    """Some rows carry most of the information."""
    X = X.copy()
    X[5::997, 3] *= 30.0
    return y, X


@pytest.mark.parametrize("spoilt", [sorted_by_outcome, sorted_by_covariate, periodic, far_rows])
def test_a_sample_that_is_not_fair_changes_no_answer(spoilt):
    design = gl.design_arrays(*spoilt(*rows(80_000, 4)))
    agree(gl.logit(design), gl.logit(design, start=np.zeros(4)))


def test_a_condition_whose_rounding_is_above_the_goal():
    """Steps stop at what rounding leaves (3·eps·κ), are kept, and one QR pass gives the errors."""
    y, X = rows(60_000, 4)
    year = np.random.default_rng(1).integers(2000, 2020, len(y)).astype(float)
    design = gl.design_arrays(y, np.column_stack([X, year]))
    fit, other = gl.logit(design), gl.logit(design, start=np.zeros(5))
    assert fit.maximum.at.info.root is not None
    assert fit.trace["decrement"].iloc[-1] < 1e-9
    condition = fit.maximum.at.info.factor.condition
    assert (np.abs(fit.params - other.params) <= 20 * np.finfo(float).eps * condition * other.bse).all()
    np.testing.assert_allclose(fit.bse, other.bse, rtol=1e-13)


def test_few_heavy_rows():
    y, X = rows(80_000, 4)
    weights = np.where(np.arange(len(y)) % 16 == 3, 1000.0, 1e-3)  # none of them in the sample
    for scale in (1.0, 1e-6):
        design = gl.design_arrays(y, X, weights=weights * scale, weight_type="precision")
        agree(gl.logit(design), gl.logit(design, start=np.zeros(4)))


def test_a_guide_that_misleads_leaves_newton_alone(monkeypatch):
    """A guide from far away: its first step leads further off, and the fit is that from the ordinary start."""
    design = gl.design_arrays(*rows(50_000, 4))
    plain = gl.logit(design, start=np.zeros(4))
    factor = BinaryLogit(design).evaluate(np.array([9.0, -9.0, 9.0, -9.0])).info.factor
    for leaves in (0.0, 1.0):
        for scale in (1.0, 1e-100, 1e100):
            guide = warm_start.Preconditioner(replace(factor, root=factor.root * scale), leaves)
            misled = functools.partial(lambda guide, likelihood, control, start: (start + 0.1, guide), guide)
            monkeypatch.setattr(warm_start, "near_start", misled)
            agree(gl.logit(design), plain)


def test_chord_stops_where_the_old_information_is_no_guide():
    """From far away the decrement does not fall fast: the point given comes back, or one that is nearer."""
    y, X = rows(2_000, 5)
    likelihood = BinaryLogit(gl.design_arrays(y, X))
    far = np.array([8.0, -8.0, 8.0, -8.0, 8.0])
    at = likelihood.evaluate(far)
    reached, steps = warm_start.chord(
        likelihood, gl.Control(), far, warm_start.Preconditioner(at.info.factor, 1.0), 1e-12, at
    )
    assert reached is far
    assert steps == ()
    near = gl.logit(gl.design_arrays(y, X)).params.to_numpy() + 1e-3
    at = likelihood.evaluate(near)
    reached, steps = warm_start.chord(
        likelihood, gl.Control(), near, warm_start.Preconditioner(at.info.factor, 1.0), 1e-12, at
    )
    assert steps[0] == Step(at.value, at.info.factor.norm(at.score), 0)
    there = likelihood.evaluate(reached)
    assert there.info.factor.norm(there.score) < 1e-11
    llf, score = likelihood.score(near)
    assert llf == pytest.approx(at.value, rel=1e-14)
    np.testing.assert_allclose(score, at.score, rtol=1e-12, atol=1e-12)


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
    assert told.row_pass.startswith("compiled" if kernels.COMPILED else "NumPy")
    assert told.threads >= 1
    assert f"glmlogit {gl.__version__}" in str(told)
    monkeypatch.setattr(kernels, "COMPILED", False)
    monkeypatch.setattr(kernels, "_rowpass", None)
    assert "not built" in gl.show_config().row_pass


@pytest.mark.parametrize("n", [300, 60_000])
@pytest.mark.parametrize("shift", [0.0, 0.01, 2.0])  # in standard errors
def test_a_step_known_to_end_at_the_maximum_ends_there(n, shift):
    """The bound that saves the last evaluation, against an iteration that looks: value, coefficients, errors."""
    y, X = rows(n, 5)
    fit = gl.logit(gl.design_arrays(y, X))
    held = fit.surface.held([2], [fit.coefs.beta[2] + shift * fit.bse.iloc[2]])
    start = fit.surface.tangent([2], list(held.values))
    ended = newton(held, start, fit.control, loose=0.0, unseen=True)
    seen = newton(held, start, replace(fit.control, tol=1e-13))
    assert len(ended.trace) <= len(seen.trace)
    assert ended.at.value == pytest.approx(seen.at.value, rel=1e-14)
    assert (np.abs(ended.beta - seen.beta) < 1e-11 * seen.at.info.factor.errors).all()


def test_the_bound_saves_the_last_evaluation_where_rows_are_many():
    y, X = rows(60_000, 5)
    fit = gl.logit(gl.design_arrays(y, X))
    held = fit.surface.held([2], [fit.coefs.beta[2] + 1e-4 * fit.bse.iloc[2]])
    ended = newton(held, fit.surface.tangent([2], list(held.values)), fit.control, loose=0.0, unseen=True)
    assert len(ended.trace) == 1
