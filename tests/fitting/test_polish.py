"""Refinement beyond double precision and certified digits, against 40-digit answers and mpmath."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import mpmath as mp
import numpy as np
import pandas as pd
import pytest
import references

import glmlogit as gl
from glmlogit.fitting import certify, error_bounds
from glmlogit.fitting.certify import certified_digits
from glmlogit.fitting.control import Control, Status
from glmlogit.fitting.error_bounds import MOST_DIGITS
from glmlogit.fitting.maximise import maximise
from glmlogit.fitting.maximum import Maximum
from glmlogit.fitting.refine import polish
from glmlogit.likelihood.binary import BinaryLogit
from glmlogit.numerics import doubledouble, linalg

HERE = Path(__file__).parents[1]
PROBLEMS = {problem["id"]: problem for problem in references.load_json("hard_problems")["problems"]}


def design(name: str) -> gl.Design:
    d = pd.read_csv(HERE / "data" / "hard" / f"{name}.csv")
    return gl.design_arrays(d["y"], d[PROBLEMS[name]["terms"]], trials=d.get("m"), offset=d.get("offset"))


def digits(ours, theirs) -> float:
    """Correct decimal digits of the worst entry; absolute where the truth is 0."""
    with mp.workdps(60):
        pairs = zip(ours, map(mp.mpf, theirs), strict=True)
        worst = max(abs(mp.mpf(float(o)) - t) / (abs(t) or 1) for o, t in pairs)
        return 17.0 if worst == 0 else float(-mp.log10(worst))


def lengths(root: np.ndarray) -> np.ndarray:
    return np.linalg.norm(root, axis=1)


def fitted(rows) -> tuple[Maximum, linalg.TriangularFactor]:
    maximum = maximise(BinaryLogit(rows), None, Control(), refine=False)
    factor = maximum.at.info.factor
    assert factor is not None
    return maximum, factor


# ---- 16 hard problems ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PROBLEMS)
def test_hard_problem(name):
    rows, problem = design(name), PROBLEMS[name]
    maximum, factor = fitted(rows)
    plain = certified_digits(rows, maximum.beta, maximum.estimated, factor)
    assert plain <= digits(maximum.beta, problem["params"])
    better = polish(rows, maximum.beta, maximum.estimated, factor)
    assert digits(better.beta, problem["params"]) >= max(15.0, better.digits)
    assert digits(lengths(better.inverse_root), problem["bse"]) >= 14.0
    assert better.digits == MOST_DIGITS


@pytest.mark.parametrize("name", sorted(set(PROBLEMS) - {"A20_near_sep_2pts"}))
def test_certificate_is_not_far_below_the_truth(name):
    rows = design(name)
    maximum, factor = fitted(rows)
    truth = digits(maximum.beta, PROBLEMS[name]["params"])
    assert certified_digits(rows, maximum.beta, maximum.estimated, factor, enough=14.0) >= min(13.0, truth - 2.5)


def test_a_coefficient_that_may_be_zero_has_no_digits_until_it_is_zero():
    rows = design("A20_near_sep_2pts")
    maximum, factor = fitted(rows)
    assert certified_digits(rows, maximum.beta, maximum.estimated, factor) == 0.0
    assert polish(rows, maximum.beta, maximum.estimated, factor).beta[0] == 0.0


# ---- random problems against mpmath --------------------------------------------------------------------------


def maximum_by_mpmath(rows, beta: np.ndarray, free: np.ndarray, root: np.ndarray) -> list[mp.mpf]:
    """Steps ``L L's`` with the exact score, until the score is zero to 1e-35 standard errors of a double L."""
    with mp.workdps(80):
        at, last = [mp.mpf(float(b)) for b in beta], mp.inf
        L = mp.matrix(root.tolist())
        for _ in range(30):
            score = score_by_mpmath(rows, at)
            half = L.T * mp.matrix([score[j] for j in free])
            size = mp.norm(half)
            if size < mp.mpf("1e-35"):
                return [at[j] for j in free]
            # Were the root wrong, steps would not shrink: the answer does not rest on it.
            assert size < last / 4
            last = size
            for j, d in zip(free, L * half, strict=True):
                at[j] += d
    raise AssertionError("no maximum found")


def score_by_mpmath(rows, beta: list[mp.mpf]) -> list[mp.mpf]:
    score = [mp.mpf(0)] * len(beta)
    for block in rows.blocks():
        for i, x in enumerate(block.X.tolist()):
            eta = mp.fdot(zip(map(mp.mpf, x), beta, strict=True))
            eta += 0 if block.offset is None else mp.mpf(float(block.offset[i]))
            t = mp.exp(eta)
            r = (mp.mpf(float(block.events[i])) - mp.mpf(float(block.nonevents[i])) * t) / (1 + t)
            score = [s + r * v for s, v in zip(score, x, strict=True)]
    return score


def random_design(rng: np.random.Generator, largest: int) -> gl.Design:
    """Columns with condition 1 to 1e10, in units of 1e-12 to 1e12; now and then trials, weights, offsets."""
    p = int(rng.integers(1, 7))
    n = int(np.exp(rng.uniform(np.log(max(5, 3 * p)), np.log(largest))))
    X = rng.normal(size=(n, p)) if rng.random() < 0.7 else rng.standard_t(1.5, size=(n, p))
    if p > 1 and rng.random() < 0.7:
        other = rng.integers(p - 1)
        X[:, -1] = X[:, other] + X[:, -1] * 10.0 ** -rng.uniform(0, 10)
    if rng.random() < 0.6:
        X[:, 0] = 1.0
    eta = np.clip(X @ rng.normal(0, 0.7, p), -8, 8)
    X = X * 10.0 ** rng.uniform(-12, 12, p)
    offset = rng.normal(0, 2, n) if rng.random() < 0.3 else None
    trials = rng.integers(1, 10 ** rng.integers(1, 9), n).astype(float) if rng.random() < 0.3 else np.ones(n)
    weights = 10 ** rng.uniform(-3, 3, n) if rng.random() < 0.3 else None
    y = rng.binomial(trials.astype(int), 1 / (1 + np.exp(-eta - (0 if offset is None else offset)))).astype(float)
    kind = "frequency" if weights is None else "precision"
    return gl.design_arrays(y, X, trials=trials, offset=offset, weights=weights, weight_type=kind)


def check_random(seed: int, largest: int) -> tuple[float, ...] | None:
    """Certified and true digits of one fit; None where there is no finite maximum to compare with."""
    rows = random_design(np.random.default_rng(seed), largest)
    maximum = maximise(BinaryLogit(rows), None, Control(), refine=False)
    factor = maximum.at.info.factor
    if maximum.status is not Status.CONVERGED or factor is None:
        return None
    first = certified_digits(rows, maximum.beta, maximum.estimated, factor, enough=0.0)
    second = certified_digits(rows, maximum.beta, maximum.estimated, factor, enough=99.0)
    better = polish(rows, maximum.beta, maximum.estimated, factor)
    full = maximum.beta.copy()
    full[maximum.estimated] = better.beta
    truth = maximum_by_mpmath(rows, full, maximum.estimated, better.inverse_root)
    plain, polished = digits(maximum.beta[maximum.estimated], truth), digits(better.beta, truth)
    # 0 certified digits claim nothing, and true digits may be fewer.
    assert first <= max(plain, 0.0), seed
    assert second <= max(plain, 0.0), seed
    assert better.digits <= max(polished, 0.0), seed
    return first, second, plain, better.digits, polished, factor.condition


@pytest.mark.parametrize("seed", range(40))
def test_certified_digits_of_random_fits(seed):
    """The truth is found by mpmath: the exact score at the polished β, and two steps from there."""
    found = check_random(seed, 60)
    if found is not None:
        assert min(found[3], found[4]) >= 15.0  # beyond κ = 1e8 the rounding bound of the sums begins to show


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1000, 1400))
def test_certified_digits_of_many_random_fits(seed):
    found = check_random(seed, 500)
    if found is not None:
        assert min(found[3], found[4]) >= 15.0  # beyond κ = 1e8 the rounding bound of the sums begins to show


# ---- extremes ------------------------------------------------------------------------------------------------


def both(rows, maximum: Maximum, factor: linalg.TriangularFactor):
    """Certificate and refinement as a caller sees them who has every floating-point event raise."""
    with np.errstate(all="raise"):
        digits_of_fit = certified_digits(rows, maximum.beta, maximum.estimated, factor)
        return digits_of_fit, polish(rows, maximum.beta, maximum.estimated, factor)


def balanced(n: int = 60, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return np.column_stack([np.ones(n), rng.normal(size=(n, 2))]), (rng.random(n) < 0.5).astype(float)


@pytest.mark.parametrize("unit", [1e200, 1e-200, 1e285])
def test_units_of_columns_do_not_matter(unit):
    X, y = balanced()
    power = float(linalg.power_of_two(np.array(unit)))
    usual, extreme = (gl.design_arrays(y, X * [1.0, size, 1.0 / size]) for size in (1.0, power))
    _, one = both(usual, *fitted(usual))
    _, other = both(extreme, *fitted(extreme))
    np.testing.assert_array_equal(other.beta, one.beta / [1.0, power, 1.0 / power])
    assert other.digits == MOST_DIGITS


@pytest.mark.parametrize("weight", [2.0**-900, 2.0**900, 1e-3])
def test_units_of_weights_do_not_matter(weight):
    X, y = balanced()
    usual = gl.design_arrays(y, X)
    weighted = gl.design_arrays(y, X, weights=np.full(len(y), weight), weight_type="precision")
    _, one = both(usual, *fitted(usual))
    certified, other = both(weighted, *fitted(weighted))
    np.testing.assert_array_equal(other.beta, one.beta)
    # Another start: G and its square root are rounded differently.
    np.testing.assert_allclose(lengths(other.inverse_root) * np.sqrt(weight), lengths(one.inverse_root), rtol=1e-14)
    assert certified > 11
    assert other.digits == MOST_DIGITS


@pytest.mark.parametrize("far", [800.0, 1e5])
def test_separated_rows_contribute_nothing(far):
    X, y = balanced()
    usual = gl.design_arrays(y, X)
    more = gl.design_arrays(
        np.append(y, [1.0, 0.0]), np.vstack([X, X[:2]]), offset=np.append(np.zeros(len(y)), [far, -far])
    )
    _, one = both(usual, *fitted(usual))
    certified, other = both(more, *fitted(more))
    np.testing.assert_array_equal(other.beta, one.beta)
    assert certified > 11
    assert other.digits == MOST_DIGITS


class Shifted:
    """Rows of a design with offsets that no design would take."""

    def __init__(self, rows: gl.Design, offset: np.ndarray) -> None:
        self.rows, self.offset = rows, offset
        self.n_columns, self.constant = rows.n_columns, None
        self.magnitude, self.largest_weight = rows.magnitude, rows.largest_weight
        self.event_totals = rows.event_totals

    def blocks(self):
        (only,) = self.rows.blocks()
        yield only._replace(offset=self.offset)


def test_rows_at_offset_1e300_contribute_exactly_nothing():
    X, y = balanced()
    usual = gl.design_arrays(y, X)
    rows = gl.design_arrays(np.append(y, [1.0, 0.0]), np.vstack([X, X[:2]]))
    maximum, factor = fitted(usual)
    certified, other = both(Shifted(rows, np.append(np.zeros(len(y)), [1e300, -1e300])), maximum, factor)
    np.testing.assert_array_equal(other.beta, both(usual, maximum, factor)[1].beta)
    assert certified > 11
    assert other.digits == MOST_DIGITS


@pytest.mark.parametrize("held", [0.0, 0.25])
def test_only_free_columns_move(held):
    X, y = balanced()
    rows = gl.design_arrays(y, X)
    fixed = gl.design_arrays(y, X[:, [0, 2]], offset=held * X[:, 1])  # exact: held is a power of two
    maximum, factor = fitted(fixed)
    beta = np.array([maximum.beta[0], held, maximum.beta[1]])
    free = np.array([0, 2])
    one = polish(fixed, maximum.beta, maximum.estimated, factor)
    other = polish(rows, beta, free, factor)
    np.testing.assert_array_equal(other.beta, one.beta)
    assert other.digits == MOST_DIGITS
    assert certified_digits(rows, beta, free, factor) > 12


def test_nothing_to_estimate():
    X, y = balanced()
    rows = gl.design_arrays(y, X)
    _, factor = fitted(rows)
    none = np.zeros(0, dtype=np.intp)
    assert certified_digits(rows, np.zeros(3), none, factor) == MOST_DIGITS
    assert polish(rows, np.zeros(3), none, factor).beta.shape == (0,)


# ---- bad preconditioners, bad starts -------------------------------------------------------------------------


@pytest.mark.parametrize("exponent", [11, 12, 13, 14])
def test_columns_that_no_double_factorisation_resolves(exponent):
    rng = np.random.default_rng(3)
    a, b, c = rng.normal(size=(3, 80))
    rows = gl.design_arrays(
        (rng.random(80) < 0.5).astype(float), np.column_stack([np.ones(80), a, a + 10.0**-exponent * b, c])
    )
    likelihood, beta, free = BinaryLogit(rows), np.zeros(4), np.arange(4)
    for _ in range(8):
        at = likelihood.evaluate(beta, root=True)
        assert at.info.factor is not None
        beta = beta + at.info.factor.solve(at.score)
    factor = likelihood.evaluate(beta, root=True).info.factor
    assert factor is not None
    better = polish(rows, beta, free, factor)
    truth = maximum_by_mpmath(rows, better.beta, free, better.inverse_root)
    assert certified_digits(rows, beta, free, factor) <= digits(beta, truth)
    assert digits(better.beta, truth) >= max(15.0, better.digits)
    assert better.digits > 13


def test_a_crude_preconditioner_is_replaced():
    rows = design("A00_benign")
    maximum, factor = fitted(rows)
    crude = replace(factor, root=np.asfortranarray(factor.root @ np.diag([30.0, 0.1, 1.0, 1.0])))
    one = polish(rows, maximum.beta, maximum.estimated, factor)
    other = polish(rows, maximum.beta, maximum.estimated, crude)
    np.testing.assert_array_equal(other.beta, one.beta)
    np.testing.assert_allclose(lengths(other.inverse_root), lengths(one.inverse_root), rtol=1e-13)


def test_from_a_rough_estimate():
    rows = design("A28_lbw_stata")
    maximum, factor = fitted(rows)
    one = polish(rows, maximum.beta, maximum.estimated, factor)
    other = polish(rows, np.round(maximum.beta, 2), maximum.estimated, factor)
    np.testing.assert_array_equal(other.beta, one.beta)
    assert other.digits == MOST_DIGITS
    assert other.steps > one.steps


@pytest.mark.parametrize("shift", [3.0, 50.0, 1e200, np.nan, np.inf])
def test_where_it_does_not_contract_nothing_is_claimed(shift):
    rows = design("A00_benign")
    maximum, factor = fitted(rows)
    beta = maximum.beta + shift
    better = polish(rows, beta, maximum.estimated, factor)
    np.testing.assert_array_equal(better.beta, beta)
    assert (better.digits, better.steps) == (0.0, 0)
    assert certified_digits(rows, beta, maximum.estimated, factor) == 0.0


def test_a_wrong_coefficient_has_the_digits_it_has():
    rows = design("A00_benign")
    maximum, factor = fitted(rows)
    truth = PROBLEMS["A00_benign"]["params"]
    for error in 10.0 ** -np.arange(2, 14):
        beta = maximum.beta * (1 + error * np.array([1, -1, 1, -1]))
        assert digits(beta, truth) - 1.5 < certified_digits(rows, beta, maximum.estimated, factor) < digits(beta, truth)


# ---- the pieces ----------------------------------------------------------------------------------------------


def test_leading_products_are_exact():
    """Leading parts of X with those of β, and of r, sum without rounding; the rest completes them."""
    rng = np.random.default_rng(6)
    X, beta, r = rng.uniform(-1.41, 1.41, (8192, 40)), rng.normal(size=40) * 1e5, rng.uniform(-1, 1, 8192) * 1e-3
    high = certify._leading_part(X, error_bounds.LEADING_BITS, 0)
    b = certify._leading_part(beta, 53 - error_bounds.LEADING_BITS - certify._bits(1.6 * 40))
    eta = certify._split_eta(high, X - high, beta, b, None)
    exact = [sum(Fraction(x) * Fraction(c) for x, c in zip(row, beta, strict=True)) for row in X[:20].tolist()]
    bound = certify._eta_error(beta, b, eta, None)
    assert all(
        abs(Fraction(h) + Fraction(l) - e) <= d
        for h, l, e, d in zip(*(v[:20].tolist() for v in eta), exact, bound, strict=False)
    )
    sums, error = certify._split_sums(high, X - high, doubledouble.DD(r, np.zeros_like(r)))
    for j in (0, 17, 39):
        column = sum(Fraction(x) * Fraction(v) for x, v in zip(X[:, j].tolist(), r.tolist(), strict=True))
        assert abs(Fraction(sums.hi[j]) + Fraction(sums.lo[j]) - column) <= error
        assert error < 1e-14 * float(np.abs(X[:, j]) @ np.abs(r))


def test_distance_to_the_maximum_of_one_coefficient():
    """Intercept only, solved by hand: the bound holds and is sharp to first order."""
    rows = gl.design_arrays(np.array([1.0] * 30 + [0.0] * 10), np.ones((40, 1)))
    truth = np.log(3.0)
    for error in (1e-6, 1e-3, 0.1, 0.5):
        beta = np.array([truth + error])
        factor = BinaryLogit(rows).evaluate(beta).info.factor
        assert factor is not None
        bound = -np.log10(error / truth)
        assert bound - 1 < certified_digits(rows, beta, np.array([0]), factor) <= bound


# ---- what the bounds bound -------------------------------------------------------------------------------------


def test_rounding_of_residuals_is_bounded_by_the_errors_of_all_together():
    """By hand: √(3²/1 + 4²/1) = 5 near, 7·2 = 14 of a row without weight; √(1·0.03² + 1·0.04²) = 0.05; sums 2."""
    rounding = error_bounds.Rounding(2.0)
    rounding.add_rows(np.array([3.0, 4.0, 7.0]), np.array([1.0, 1.0, 0.0]), np.array([0.03, 0.04, 9.0]))
    rounding.sums = 2.0
    assert rounding.gross == 14.0
    for residual in (0.0, 1e-3, 1.0):
        together = residual * (5.0 + 14.0) + 0.05 + 2.0
        # Weights are those of rounded predictors and good to 10 per cent: no less than all together, and 1.1 of it.
        assert together <= rounding.bound(residual) <= 1.1000001 * together


@pytest.mark.parametrize("lean", [0.5, 0.3, 0.03, 1e-4])
def test_the_bound_of_a_roots_error_is_above_it(lean):
    """‖T'IT − I‖ in mpmath at a given T, from sums of products or, where these lose more, by QR.

    Information of four rows, three columns and condition 3 to 1e6. The bound is a few hundred times what is seen, as
    worst cases are, and no more than ten thousand: it may not be made smaller without an argument.
    """
    shares = []
    for seed in range(5):
        x = np.random.default_rng(seed).normal(size=(4, 3))
        x[:, 2] = x[:, 0] + lean * x[:, 2]
        objective = BinaryLogit(gl.design_arrays([0.0, 1.0, 0.0, 1.0], x))
        at = objective.evaluate(np.zeros(3))  # all weights are ¼: nothing is rounded but products and sums
        if at.info.factor is None or at.info.factor.condition > 100.0:
            at = objective.evaluate(np.zeros(3), root=True)
        with mp.workdps(50):
            X, T = mp.matrix(x.tolist()), mp.matrix(at.info.factor.inverse_root.tolist())
            error = float(mp.mnorm(T.T * (X.T * X / 4) * T - mp.eye(3), "f"))
        shares.append(error / error_bounds.factor_slack(4, 3, at.info.factor.condition))
    assert max(shares) <= 1.0
    assert max(shares) > 1e-4
