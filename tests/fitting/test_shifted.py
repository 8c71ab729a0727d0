"""Calendar years beside a constant: fitted in shifted columns and turned back, against the columns as they are."""

from __future__ import annotations

import warnings
from fractions import Fraction

import numpy as np
import pytest

import glmlogit as gl
from glmlogit.errors import CollinearityWarning
from glmlogit.fitting import error_bounds, maximise
from glmlogit.fitting.shifted import shift_of
from glmlogit.likelihood.binary import BinaryLogit


def study(n: int, seed: int = 1, *, centre: float = 2010.0) -> tuple[np.ndarray, np.ndarray]:
    """Age, a year near ``centre`` and a sex."""
    rng = np.random.default_rng(seed)
    year = centre + rng.integers(-5, 6, n)
    X = np.column_stack([rng.normal(52, 12, n).round(), year, rng.integers(0, 2, n)])
    eta = -1.0 + 0.03 * (X[:, 0] - 52) + 0.1 * (year - centre) + 0.4 * X[:, 2]
    return (rng.random(n) < 1 / (1 + np.exp(-eta))).astype(float), X


def both(monkeypatch, design: gl.Design) -> tuple[gl.Fit, gl.Fit]:
    """Fits by way of shifted columns and in the columns as they are."""
    monkeypatch.setattr(maximise, "at_once", lambda *args: None)
    shifted = gl.logit(design)
    monkeypatch.setattr(maximise, "shift_of", lambda likelihood: None)
    return shifted, gl.logit(design)


def same(shifted: gl.Fit, plain: gl.Fit) -> None:
    np.testing.assert_array_equal(shifted.params, plain.params)
    np.testing.assert_allclose(shifted.bse, plain.bse, rtol=1e-14)
    np.testing.assert_allclose(shifted.cov_params(), plain.cov_params(), rtol=1e-11)
    assert (shifted.digits, shifted.llf) == (plain.digits, plain.llf)
    assert shifted.maximum.at.info.factor.condition == pytest.approx(plain.maximum.at.info.factor.condition, rel=0.2)


VECTORS = {
    "plain": {},
    "weights": {"weights": np.arange(300) % 3 + 1.0},
    "precision": {"weights": np.linspace(0.1, 3.0, 300), "weight_type": "precision"},
    "offset": {"offset": np.linspace(-1.0, 1.0, 300)},
}


@pytest.mark.parametrize("kind", VECTORS)
@pytest.mark.parametrize("centre", [2010.0, -1e5, 734503.0, 2010.3])
def test_coefficients_and_errors_are_those_of_the_columns_as_they_are(monkeypatch, kind, centre):
    y, X = study(300, centre=centre)
    design = gl.design_arrays(y, X, intercept=True, **VECTORS[kind])
    assert shift_of(BinaryLogit(design)) is not None
    same(*both(monkeypatch, design))


def test_rows_of_trials_and_patterns(monkeypatch):
    y, X = study(20_000)
    X[:, 0] = X[:, 0] // 20
    repeated = gl.design("y ~ age + year + sex", {"y": y, "age": X[:, 0], "year": X[:, 1], "sex": X[:, 2]})
    assert repeated.n_patterns < repeated.n_rows
    shifted, plain = both(monkeypatch, repeated)
    same(shifted, plain)
    assert shifted.nobs == 20_000
    monkeypatch.undo()
    trials = np.random.default_rng(3).integers(1, 9, 300).astype(float)
    y, X = study(300)
    same(*both(monkeypatch, gl.design_arrays(y * trials // 2, X, trials=trials, intercept=True)))


@pytest.mark.parametrize("n", [200, 2_000, 30_000])
def test_a_year_is_looked_at_once(monkeypatch, n):
    """Counted, not timed."""
    looks, real = [], error_bounds.exact_score
    monkeypatch.setattr(error_bounds, "exact_score", lambda *args: (looks.append(1), real(*args))[1])
    y, X = study(n)
    fit = gl.logit(gl.design_arrays(y, X, intercept=True))
    assert len(looks) == 1
    assert fit.digits == 15.95


def test_shifts_round_no_difference():
    """In rational numbers."""
    rng = np.random.default_rng(5)
    x = np.column_stack(
        [2000 + rng.normal(size=50) * 10, -1e9 * (1 + rng.random(50) / 100), 1e-8 + 1e-11 * rng.random(50)]
    )
    design = gl.design_arrays(np.arange(50) % 2, x, intercept=True)
    transform = shift_of(BinaryLogit(design)).transform
    moved = design.X @ transform
    for j in (1, 2, 3):
        shift = Fraction(float(-transform[0, j]))
        assert [Fraction(v) for v in moved[:, j].tolist()] == [Fraction(v) - shift for v in design.X[:, j].tolist()]
    np.testing.assert_array_equal(transform @ (2 * np.eye(4) - transform), np.eye(4))  # its inverse


def test_where_nothing_is_shifted():
    y, X = study(300)
    ordinary = X[:, [0, 2]]
    for columns, intercept in ((ordinary, True), (X, False), (np.column_stack([X, np.ones(300)]), False)):
        assert shift_of(BinaryLogit(gl.design_arrays(y, columns, intercept=intercept))) is None
    one_outlier = X.copy()
    one_outlier[7, 1] = 3.0
    assert shift_of(BinaryLogit(gl.design_arrays(y, one_outlier, intercept=True))) is None


@pytest.mark.parametrize(("centre", "aliased"), [(2.0**62, True), (2.0**60, True), (2.0**40, False)])
def test_what_differs_in_its_last_bits_alone_is_aliased(monkeypatch, centre, aliased):
    """By shifted columns as by those as they are."""
    y = study(40)[0]
    design = gl.design_arrays(y, np.column_stack([centre + np.arange(40.0) ** 2]), intercept=True)
    assert shift_of(BinaryLogit(design)) is not None
    monkeypatch.setattr(maximise, "at_once", lambda *args: None)
    fits = []
    for _ in range(2):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", CollinearityWarning)
            fits.append(gl.logit(design))
        monkeypatch.setattr(maximise, "shift_of", lambda likelihood: None)
    assert [bool(fit.maximum.aliases) for fit in fits] == [aliased, aliased]


@pytest.mark.parametrize(("unit", "weight"), [(1e-200, 1e-200), (1e-299, 1.0), (1e286, 1.0)])
def test_at_the_ends_of_the_range_of_numbers_estimates_are_those_of_years(unit, weight):
    y, X = study(300)
    weights = {"weights": np.full(300, weight), "weight_type": "precision"}
    fit = gl.logit(gl.design_arrays(y, X * np.array([1.0, unit, 1.0]), intercept=True, **weights))
    years = gl.logit(gl.design_arrays(y, X, intercept=True))
    np.testing.assert_allclose(fit.params * np.array([1.0, 1.0, unit, 1.0]), years.params, rtol=1e-9)


def test_aliased_and_separated_data_take_the_usual_way(monkeypatch):
    y, X = study(300)
    twice = gl.design_arrays(y, np.column_stack([X, 2 * X[:, 1]]), intercept=True)
    parted = gl.design_arrays((X[:, 1] > 2010).astype(float), X, intercept=True)
    for design, warning in ((twice, gl.errors.CollinearityWarning), (parted, gl.errors.SeparationWarning)):
        with pytest.warns(warning):
            shifted, plain = both(monkeypatch, design)
        monkeypatch.undo()
        np.testing.assert_array_equal(shifted.params, plain.params)
        np.testing.assert_array_equal(shifted.bse, plain.bse)
        assert [note.text for note in shifted.notes] == [note.text for note in plain.notes]


@pytest.mark.parametrize("weights", [None, np.arange(30_000) % 3 + 1.0])
def test_shifted_columns_of_many_rows_are_as_good_as_refined_where_the_condition_is_moderate(monkeypatch, weights):
    """Forty years leave a condition of some hundreds: no look in double-double, errors as of centred columns."""
    y, X = study(30_000)
    X[:, 1] = 2000.0 + 4.0 * (X[:, 1] - 2010.0)
    design = gl.design_arrays(y, X, intercept=True, weights=weights)
    fit = gl.logit(design)
    assert 100 < fit.maximum.at.info.factor.condition < maximise.GREAT_LOSS
    assert fit.maximum.root is None
    monkeypatch.setattr(maximise, "GREAT_LOSS", 1.0)
    refined = gl.logit(design)
    assert refined.maximum.root is not None
    assert (np.abs(fit.params - refined.params) <= 1e-13 * refined.bse).all()
    np.testing.assert_allclose(fit.bse, refined.bse, rtol=1e-13)
    assert fit.llf == pytest.approx(refined.llf, rel=1e-14)
    assert fit.digits >= 12


MANY = {
    "plain": {},
    "weights": {"weights": np.arange(50_000) % 3 + 1.0},
    "precision": {"weights": np.linspace(1e-3, 3e-3, 50_000), "weight_type": "precision"},
    "offset": {"offset": np.linspace(-1.0, 1.0, 50_000)},
}


def counted_last_steps(monkeypatch) -> list[bool]:
    """Whether each last step in shifted columns proved all digits."""
    steps, real = [], maximise.last_step
    monkeypatch.setattr(maximise, "last_step", lambda *args: (end := real(*args), steps.append(end is not None))[0])
    return steps


@pytest.mark.parametrize("kind", MANY)
@pytest.mark.parametrize("centre", [2010.0, 2010.3])
def test_the_last_step_of_many_rows_ends_where_refinement_does(monkeypatch, kind, centre):
    """Coefficients to the last bit; standard errors come from sums of products, as those of centred columns do."""
    y, X = study(50_000, centre=centre)
    X[:, 0] += np.random.default_rng(2).random(50_000)  # few rows are alike
    design = gl.design_arrays(y, X, intercept=True, **MANY[kind])
    steps = counted_last_steps(monkeypatch)
    fit = gl.logit(design)
    assert steps == [True]
    monkeypatch.setattr(maximise, "_by_last_step", lambda *args: None)
    refined = gl.logit(design)
    np.testing.assert_array_equal(fit.params, refined.params)
    np.testing.assert_allclose(fit.maximum.low, refined.maximum.low, rtol=1e-9)
    np.testing.assert_allclose(fit.bse, refined.bse, rtol=1e-13)
    np.testing.assert_allclose(fit.cov_params(), refined.cov_params(), rtol=1e-10)
    assert (fit.digits, fit.llf) == (refined.digits, refined.llf)


def test_where_shifted_columns_are_nearly_collinear_the_information_is_summed_anew(monkeypatch):
    y, X = study(50_000)
    near = X[:, 0] + np.random.default_rng(2).normal(size=50_000) / 10
    steps = counted_last_steps(monkeypatch)
    fit = gl.logit(gl.design_arrays(y, np.column_stack([X, near]), intercept=True))
    assert not steps
    assert fit.digits == 15.95
