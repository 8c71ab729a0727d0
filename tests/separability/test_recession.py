"""Recession cones: exact truth, invariances, margins of one unit in the last place, many rows."""

from __future__ import annotations

import json
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import glmlogit.separability.faces as faces
import glmlogit.separability.recession as room
from glmlogit.errors import NotEstimableError
from glmlogit.separability.rational import (
    IntegerRows,
    PivotBasis,
    integers,
    primitive,
    products,
    separating,
    spanning,
    unit,
)
from glmlogit.separability.recession import recession, recession_limits
from glmlogit.separability.signed_rows import SignedBlocks

HERE = Path(__file__).parents[1]
sys.path.insert(0, str(HERE / "reference"))
import separation_truth as exact  # noqa: E402

TRUTH = json.loads((HERE / "reference" / "separation_truth.json").read_text())
QUICK = settings(deadline=None, max_examples=60)


def signed(X, y):
    return np.where(np.asarray(y, dtype=bool)[:, None], X, -np.asarray(X, dtype=float))


def load(name):
    """Signed rows, rows with both signs, and the data row of each."""
    meta = TRUTH[name]
    d = pd.read_csv(HERE / "data" / "separation" / f"{name}.csv")
    d["row"] = np.arange(len(d))
    d = d[(d.get("w", 1) * d.get("m", 1) + 0 * d["row"]) > 0]
    X = d[[one for one in meta["regressors"] if one not in meta["aliased"]]].to_numpy(float)
    y, row = d["y"].to_numpy(float), d["row"].to_numpy()
    if meta["kind"] == "multinomial":
        return differences(X, y.astype(int), meta["classes"]), None, np.repeat(row, meta["classes"] - 1)
    return signed(X, y > 0), (y > 0) & (y < d.get("m", 1 + 0 * y)), row


def differences(X, y, classes):
    p, rows = X.shape[1], []
    for x, c in zip(X, y, strict=True):
        for other in (k for k in range(classes) if k != c):
            row = np.zeros(p * classes)
            row[c * p : (c + 1) * p], row[other * p : (other + 1) * p] = x, -x
            rows.append(row[p:])
    return np.array(rows)


def agree(found, verdict):
    kind, states, separated = verdict
    assert found.kind == kind
    assert list(found.states) == states
    assert np.flatnonzero(found.separated).tolist() == separated


def same(one, two):
    assert (one.kind, one.states) == (two.kind, two.states)
    np.testing.assert_array_equal(one.separated, two.separated)


def full_rank(A):
    return len(exact.independent([list(map(Fraction, column)) for column in A.T.tolist()])) == A.shape[1]


# ---------------------------------------------------------------- exact truth


@pytest.mark.parametrize("name", TRUTH)
def test_truth(name):
    A, equal, row = load(name)
    found, truth = recession(A, equal), TRUTH[name]
    assert found.kind == truth["separation"]
    assert found.states == tuple(truth["coef"].values())
    assert sorted(set(row[found.separated].tolist())) == truth["separated_rows"]
    # The direction is the rounding of an exact one: small margins are lost, zeros are not.
    assert (found.direction[np.array(found.states) == "finite"] == 0).all()
    assert (found.basis[np.array(found.states) == "finite"] == 0).all()
    assert (A[found.separated] @ found.direction >= -1e-7 * np.abs(A[found.separated] @ np.abs(found.direction))).all()


def test_the_committed_truth_is_what_its_script_computes():
    meta = {name: {key: one[key] for key in ("kind", "classes", "regressors")} for name, one in TRUTH.items()}
    for name in ("S15_cover_p10_n40", "S27_overlap_by_1ulp", "S53_konis_indeterminate", "M05_multi_pairwise_sep_only"):
        assert exact.truth(name, meta[name]) == TRUTH[name]


@pytest.mark.parametrize("name", ["S05_complete_margin_1e-9", "S27_overlap_by_1ulp", "S55_decimal_trap_separated"])
def test_the_linear_program_alone_is_wrong_and_is_found_out(name):
    A, equal, _ = load(name)
    found = recession(A, equal)
    rows = SignedBlocks(A, equal)
    working = rows.working(np.arange(len(A)))
    guess = faces._program(working.scaled)
    alone = "none" if (guess.slack < 0.5).all() else "complete" if (guess.slack > 0.5).all() else "quasi"
    assert found.kind == TRUTH[name]["separation"] != alone
    assert faces._proved(working, guess) is None
    assert found.method == "exact pivoting"


def rows_of_integers(columns):
    row = st.lists(st.integers(-2, 2), min_size=columns, max_size=columns)
    return st.lists(row, min_size=columns, max_size=12).map(lambda x: np.array(x, dtype=float))


small = st.integers(1, 3).flatmap(rows_of_integers)


@QUICK
@given(small)
def test_small_integers_with_ties(A):
    assume(full_rank(A))
    agree(recession(A), exact.verdict(A.tolist()))


@QUICK
@given(small, st.sampled_from(["_program", "_null_space_by_floats"]))
def test_each_way_of_proof_gives_the_truth(A, left_out):
    assume(full_rank(A))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(faces, left_out, lambda *_: None)
        agree(recession(A), exact.verdict(A.tolist()))


def _of_chance(rows, target):
    """What a linear program never says: an arbitrary point, and arbitrary rows that should hold it."""
    rng = np.random.default_rng(len(rows))
    return rng.normal(size=len(target)), rng.integers(0, 2, len(rows)).astype(float)


@pytest.mark.parametrize("few", [False, True])
@pytest.mark.parametrize("answer", [lambda rows, target: None, _of_chance], ids=["none", "of chance"])
@QUICK
@given(A=small)
def test_signs_are_the_truth_whatever_linear_programs_say(answer, few, A):
    """One that fails or misleads costs exact pivots, and nothing else, also where rows are taken up on the way."""
    assume(full_rank(A))
    with pytest.MonkeyPatch.context() as patch:
        if few:
            patch.setattr(SignedBlocks, "first", lambda *_: np.arange(1))
        patch.setattr(room, "_MANY", 2)
        patch.setattr(room, "lowest_of", answer)
        patch.setattr(room, "descended", lambda rows, inside, target: (answer(rows, target) or (None,))[0])
        agree(recession(A), exact.verdict(A.tolist()))


def test_a_linear_program_without_an_end_has_no_solution(monkeypatch):
    from scipy import optimize

    rows, target = np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([1.0, 1.0])
    lowest, _ = room.lowest_of(rows, target)
    np.testing.assert_array_equal(lowest, [0.0, 0.0])  # x + y over the first quadrant
    full = optimize.linprog
    monkeypatch.setattr(optimize, "linprog", lambda *a, **o: full(*a, **o, options={"maxiter": 0, "presolve": False}))
    assert room.lowest_of(rows, target) is None


@QUICK
@given(small, st.data())
def test_few_rows_at_first_lead_to_the_same_end(A, data):
    assume(full_rank(A))
    first = data.draw(st.lists(st.integers(0, len(A) - 1), min_size=1, max_size=3))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SignedBlocks, "first", lambda *_: np.unique(first))
        patch.setattr(room, "_MANY", data.draw(st.sampled_from([2, 15])))
        agree(recession(A), exact.verdict(A.tolist()))


@QUICK
@given(small, st.data())
def test_rows_with_both_signs(A, data):
    assume(full_rank(A))
    equal = np.array(data.draw(st.lists(st.booleans(), min_size=len(A), max_size=len(A))))
    both = np.vstack([A, -A[equal]])
    same(recession(A, equal), recession(both[: len(A)], equal))
    kind, states, separated = exact.verdict(both.tolist())
    agree(recession(A, equal), (kind, states, [i for i in separated if i < len(A)]))


@QUICK
@given(small, st.data())
def test_limits_of_new_rows(A, data):
    assume(full_rank(A))
    size = A.shape[1]
    new = np.array(data.draw(st.lists(st.lists(st.integers(-2, 2), min_size=size, max_size=size), min_size=1)), float)
    cone = recession(A)
    rays = exact.extreme_rays(A.tolist())
    name = {"finite": 0.0, "+inf": np.inf, "-inf": -np.inf, "indeterminate": np.nan}
    truth = [name[exact.state([exact.dot(map(int, x), ray) for ray in rays])] for x in new]
    np.testing.assert_array_equal(recession_limits(cone, A[cone.separated], new), truth)


# ---------------------------------------------------------------- invariances

chosen = st.sampled_from([name for name in TRUTH if name != "S49_large_n_rare_dummy"])


@QUICK
@given(chosen, st.data())
def test_units_order_and_positive_multiples_of_rows_change_nothing(name, data):
    A, equal, _ = load(name)
    equal = np.zeros(len(A), dtype=bool) if equal is None else equal
    powers = st.lists(st.sampled_from([-300, -40, 0, 3, 300]), min_size=A.shape[1], max_size=A.shape[1])
    order = np.random.default_rng(data.draw(st.integers(0, 9))).permutation(len(A))
    scaled = A[order] * np.exp2(data.draw(powers)) * np.exp2(order % 7)[:, None]
    base, other = recession(A, equal), recession(scaled, equal[order])
    assert (base.kind, base.states) == (other.kind, other.states)
    np.testing.assert_array_equal(base.separated[order], other.separated)


@pytest.mark.parametrize("factor", [1e-12, 1e12])
@pytest.mark.parametrize(
    "name", ["S01_complete_1d", "S34_lizards_grouped", "S49_large_n_rare_dummy", "S65_murder_rates_maddala"]
)
def test_decimal_units(name, factor):
    # Multiples by decimals are rounded, but keep order and equality within a column, which is all that matters here.
    A, equal, _ = load(name)
    scale = np.ones(A.shape[1])
    scale[1] = factor
    same(recession(A, equal), recession(A * scale, equal))


def test_an_oblique_plane_does_not_survive_decimal_units():
    # x1 = x2 = 3 stays on the plane x1 = x2 under powers of two; 3e-12 and 1e-12 * 3 are other doubles.
    A, equal, _ = load("S31_quasi_hyperplane_continuous")
    moved = A * [1.0, 1.0, 1e-12]
    agree(recession(moved, equal), exact.verdict(moved.tolist()))
    assert recession(moved, equal).separated.sum() > recession(A, equal).separated.sum()


@QUICK
@given(chosen)
def test_flipping_the_outcome_flips_the_signs(name):
    A, equal, _ = load(name)
    flip = {"+inf": "-inf", "-inf": "+inf"}
    base, other = recession(A, equal), recession(-A, equal)
    assert base.kind == other.kind
    assert tuple(flip.get(state, state) for state in base.states) == other.states


@QUICK
@given(small, st.integers(-8, 8))
def test_shifting_a_covariate_by_a_dyadic_moves_the_intercept_only(X, quarters):
    y = np.arange(len(X)) % 3 == 0
    shifted = X.copy()
    shifted[:, -1] += quarters / 4
    one = signed(np.column_stack([np.ones(len(X)), X]), y)
    assume(full_rank(one))
    base, other = recession(one), recession(signed(np.column_stack([np.ones(len(X)), shifted]), y))
    assert (base.kind, base.states[1:]) == (other.kind, other.states[1:])
    np.testing.assert_array_equal(base.separated, other.separated)


@QUICK
@given(small, st.data())
def test_more_rows_shrink_the_cone(A, data):
    assume(full_rank(A))
    more = np.array(
        data.draw(st.lists(st.lists(st.integers(-2, 2), min_size=A.shape[1], max_size=A.shape[1]), min_size=1))
    )
    base, other = recession(A), recession(np.vstack([A, more]))
    assert (other.separated[: len(A)] <= base.separated).all()
    assert all(b == "finite" for a, b in zip(base.states, other.states, strict=True) if a == "finite")


@QUICK
@given(chosen)
def test_the_opposite_of_every_separated_row_cures(name):
    A, equal, _ = load(name)
    cured = recession(A, equal).separated | (False if equal is None else equal)
    assert recession(A, cured).kind == "none"


# ---------------------------------------------------------------- margins of one ulp


@pytest.mark.parametrize("cut", [0.3, 1.7, 2.37, 1e-7, 12345.678])
@pytest.mark.parametrize(("step", "kind"), [(1, "complete"), (0, "quasi"), (-1, "none")])
def test_one_ulp_decides(cut, step, kind):
    above = cut if step == 0 else np.nextafter(cut, np.inf if step > 0 else -np.inf)
    x = np.array([cut - 3e-8, cut - 2e-8, cut, above, cut + 2e-8, cut + 3e-8])
    found = recession(signed(np.column_stack([np.ones(6), x]), x >= [9e9, 9e9, 9e9, 0, 0, 0]))
    assert found.kind == kind
    assert found.separated.sum() == {"complete": 6, "quasi": 4, "none": 0}[kind]


@pytest.mark.parametrize("columns", [3, 6, 10])
def test_one_ulp_in_many_dimensions(columns):
    rng = np.random.default_rng(columns)
    X = np.column_stack([np.ones(80), np.round(rng.normal(size=(80, columns - 1)), 2)])
    predictor = X @ np.round(rng.normal(size=columns), 2)
    y, nearest = predictor > 0, np.abs(predictor).argmin()
    tie = np.vstack([X, X[nearest]])
    assert recession(signed(tie, np.r_[y, ~y[nearest]])).kind == "quasi"
    for side in (-np.inf, np.inf):
        moved = tie.copy()
        moved[-1, 1] = np.nextafter(moved[-1, 1], side)
        A = signed(moved, np.r_[y, ~y[nearest]])
        found, plain = recession(A), recession(A * np.exp2(np.arange(columns) * 20 - 60))
        same(found, plain)
        if columns == 3:
            agree(found, exact.verdict(A.tolist()))


@pytest.mark.parametrize("span", [1e-300, 1e-160, 1.0])
def test_entries_of_one_column_far_apart(span):
    x = np.array([-1.0, -span, span, 1e150])
    A = signed(np.column_stack([np.ones(4), x]), [0, 0, 1, 1])
    agree(recession(A), exact.verdict(A.tolist()))
    A[1] *= -1
    agree(recession(A), exact.verdict(A.tolist()))


# ---------------------------------------------------------------- many rows


@pytest.mark.parametrize("priority", [False, True])
def test_many_rows_and_a_rare_dummy(priority):
    rng = np.random.default_rng(3)
    X = np.column_stack([np.ones(30_000), rng.normal(size=(30_000, 6)), np.zeros(30_000)])
    y = rng.random(30_000) < 0.4
    X[[5, 20_111, 29_999], -1] = 1.0
    y[[5, 20_111, 29_999]] = False
    found = recession(signed(X, y), priority=-np.abs(y - 0.4) if priority else None)
    assert found.kind == "quasi"
    assert found.states == ("finite",) * 7 + ("-inf",)
    assert np.flatnonzero(found.separated).tolist() == [5, 20_111, 29_999]
    np.testing.assert_array_equal(found.direction, np.r_[np.zeros(7), -1.0])


def test_many_rows_completely_separated_and_tied():
    rng = np.random.default_rng(4)
    X = np.column_stack([np.ones(20_000), rng.normal(size=(20_000, 5))])
    predictor = X @ rng.normal(size=6)
    A = signed(X, predictor > 0)
    assert recession(A).kind == "complete"
    nearest = np.abs(predictor).argmin()
    tied = recession(np.vstack([A, -A[nearest]]))
    assert tied.kind == "quasi"
    assert np.flatnonzero(~tied.separated).tolist() == [nearest, 20_000]


def test_many_columns_of_doubles():
    rng = np.random.default_rng(5)
    X = np.column_stack([rng.normal(size=(1500, 60)), np.zeros(1500)])
    X[7, -1] = 1.0
    y = rng.random(1500) < 0.5
    y[7] = True
    found = recession(signed(X, y))
    assert found.states == ("finite",) * 60 + ("+inf",)
    assert recession(signed(X[:, :-1], y)).kind == "none"


def test_many_states_by_linear_programs():
    rng = np.random.default_rng(6)
    X = rng.normal(size=(60, 16))
    A = signed(X, X @ rng.normal(size=16) > 0)
    found = recession(A)
    assert found.kind == "complete"
    assert found.n_lp > 1
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(room, "_MANY", 100)
        same(found, recession(A))


def test_a_plane_of_ties_is_recognised_in_floats_and_integers():
    rng = np.random.default_rng(8)
    x = np.round(rng.normal(size=5000), 1)
    z = np.where(rng.random(5000) < 0.9, x, np.round(rng.normal(size=5000), 1))
    y = np.where(x == z, rng.random(5000) < 0.5, x > z)
    A = signed(np.column_stack([np.ones(5000), x, z]), y)
    found = recession(A)
    assert found.states == ("finite", "+inf", "-inf")
    np.testing.assert_array_equal(found.separated, x != z)
    third = recession(A * [1.0, 1.0 / 3.0, 1.0])  # x/3 is rounded: a plane of ties no more, unless by chance
    assert third.kind == "none"


# ---------------------------------------------------------------- edges


def test_no_rows_no_columns_zero_rows():
    assert recession(np.zeros((3, 0))).kind == "none"
    assert recession(np.zeros((2, 1))).kind == "none"
    with_zero = recession(np.array([[1.0], [0.0], [-0.0]]))
    assert with_zero.kind == "quasi"
    assert with_zero.separated.tolist() == [True, False, False]
    assert with_zero.states == ("+inf",)


def test_columns_that_are_not_independent_are_never_called_finite_or_infinite():
    A = np.array([[1.0, 1.0], [1.0, 1.0], [-1.0, -1.0]])
    found = recession(A)
    assert found.kind == "none"
    assert found.states == ("indeterminate", "indeterminate")


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_rows_that_are_not_numbers_are_refused(value):
    with pytest.raises(ValueError, match="not finite"):
        recession(np.array([[1.0], [value]]))


def test_directions_of_extreme_units_do_not_underflow_to_nothing():
    found = recession(signed(np.array([[1e300, 1e-5], [1e300, 2e-5], [1e300, 3e-5], [1e300, 4e-5]]), [0, 0, 1, 1]))
    assert found.states == ("-inf", "+inf")
    assert (found.direction != 0).all()


def test_pivots_have_an_end():
    A, equal, _ = load("S27_overlap_by_1ulp")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("glmlogit.separability.rational._PIVOTS", 0)
        with pytest.raises(NotEstimableError, match="border of separation"):
            recession(A, equal)


def test_limits_under_complete_separation_of_one_covariate():
    x = np.array([1.0, 2.0, 3.0, 4.0])
    A = signed(np.column_stack([np.ones(4), x]), x > 2)
    cone = recession(A)
    new = np.array([[1.0, 1.5], [1.0, 2.0], [1.0, 2.5], [1.0, 3.0], [0.0, 0.0]])
    np.testing.assert_array_equal(recession_limits(cone, A, new), [-np.inf, -np.inf, np.nan, np.inf, 0.0])
    assert np.isnan(recession_limits(cone, A, np.array([[1.0, np.nan]]))).all()
    none = recession(signed(np.ones((2, 1)), [0, 1]))
    np.testing.assert_array_equal(recession_limits(none, np.zeros((0, 1)), np.ones((2, 1))), [0.0, 0.0])


# ---------------------------------------------------------------- integers


@QUICK
@given(st.lists(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=2, max_size=2), min_size=1))
def test_integers_are_exact_up_to_one_power_of_two(rows):
    A = np.array(rows)
    whole = integers(A)
    flat = [(Fraction(x), k) for x, k in zip(A.ravel().tolist(), whole.ravel().tolist(), strict=True)]
    factor = next((k / x for x, k in flat if x), Fraction(1))
    assert all(x * factor == k for x, k in flat)
    assert min(factor.numerator, factor.denominator) == 1
    assert max(factor.numerator, factor.denominator).bit_count() == 1


@QUICK
@given(small)
def test_inverse_stays_an_inverse(A):
    rows = IntegerRows(integers(A))
    basis = spanning(rows, ())
    held = basis.held
    product = rows.rows[basis.label[held]] @ basis.inverse
    assert all(x == (basis.determinant if held[i] == s else 0) for (i, s), x in np.ndenumerate(product))
    assert rows.vanishing(basis.null_space()).all()


def test_a_float_product_in_doubt_says_so():
    rows = np.array([[0.1, 0.2, -0.3], [1.0, 1.0, 1.0], [0.0, 0.0, 0.0]])
    value, doubt = products(rows, np.ones(3))
    assert doubt.tolist() == [True, False, False]
    assert value[2] == 0


def test_bland_takes_over_and_ends(monkeypatch):
    monkeypatch.setattr("glmlogit.separability.rational._STEEP_PER_COLUMN", 0)
    rng = np.random.default_rng(9)
    for _ in range(20):
        rows = IntegerRows(integers(rng.integers(-3, 4, size=(12, 3)).astype(float)))
        target = integers(rng.integers(-3, 4, size=3).astype(float))
        d = separating(rows, target, spanning(rows, ()))
        if d is not None:
            assert (rows.signs(d) >= 0).all()
            assert target @ d < 0


def test_small_helpers():
    assert primitive(np.array([4, -6, 0], dtype=object)).tolist() == [2, -3, 0]
    assert unit(np.array([10**400, 1, 0, -(10**390)], dtype=object)).tolist() == [1.0, 2.0**-500, 0.0, -1e-10]
    basis = PivotBasis(2)
    assert basis.add(np.array([0, 3], dtype=object), 0)
    assert not basis.add(np.array([0, 6], dtype=object), 1)


@pytest.mark.parametrize(
    ("rows", "target", "expected"),
    [
        ([[1.0, 0.0], [0.0, 1.0]], [2.0, 1.0], True),
        ([[1.0, 0.0], [0.0, 1.0]], [2.0, -1.0], False),
        ([[1.0, 0.0], [0.0, 1.0]], [1.0, 1e-16], False),  # positive, and less than its rounding
        ([[1.0, 1.0], [1.0, 1.0]], [1.0, 1.0], False),  # inside, but floats of a singular matrix prove nothing
        ([[1.0, 1.0], [1.0, 1.0 + 1e-11]], [2.0, 2.0 + 1e-11], False),
        ([[0.0, 0.0], [0.0, 0.0]], [1.0, 1.0], False),
        ([[1.0, 0.0]], [1.0, 0.0], False),  # not as many rows as columns
    ],
)
def test_floats_prove_a_positive_combination_of_independent_rows_only(rows, target, expected):
    assert room._surely_between(np.array([target, target]), np.array(rows)).tolist() == [expected, expected]


@pytest.mark.parametrize(
    ("rows", "target", "expected"),
    [
        ([[1, 0, 0], [0, 1, 0]], [1, 2, 0], True),
        ([[1, 0, 0], [0, 1, 0]], [1, -2, 0], False),
        ([[1, 0, 0], [0, 1, 0]], [1, 2, 1], False),  # outside the plane of the rows
        ([[1, 0, 0], [0, 1, 0], [0, 0, 1]], [1, 2, 1], False),  # as many rows as entries are for floats
        ([[1, 0, 1], [2, 0, 2]], [1, 0, 1], False),  # dependent rows
    ],
)
@pytest.mark.parametrize("misled", [False, True])
def test_integers_prove_a_positive_combination_of_few_rows(rows, target, expected, misled, monkeypatch):
    """Also where floats take columns for independent in which the rows are not."""
    if misled:
        monkeypatch.setattr(room, "independent", lambda image: np.array([0, 2 if rows[0][2] else 1]))
    bounds = object.__new__(room._Bounds)
    bounds.rows = IntegerRows(np.array(rows, dtype=object))
    assert bounds._between(np.array(target, dtype=object), np.arange(len(rows))) is expected


def test_import_does_not_load_the_optimiser():
    code = "import sys, glmlogit.separability.recession; "
    code += "sys.exit('scipy.optimize' in sys.modules or 'scipy.sparse' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("n", [1000, 1001, 5000])
def test_of_many_violated_rows_the_worst_and_some_of_all_are_taken(n):
    wrong, value = np.arange(n) * 2, np.random.default_rng(n).permutation(np.arange(2.0 * n))
    taken = SignedBlocks._worst(wrong, value)
    if n <= 1000:
        np.testing.assert_array_equal(taken, wrong)
        return
    assert 500 <= len(taken) <= 1000
    worst = wrong[np.argsort(value[wrong])[:500]]
    assert np.isin(worst, taken).all()
    assert {0, 2 * (n - 1)} <= set(taken.tolist())
    assert np.isin(taken, wrong).all()


@pytest.mark.parametrize("seed", range(6))
def test_states_are_the_same_without_affine_scaling(monkeypatch, seed):
    """Guesses by affine scaling, or by linear programs alone, of columns that separate all rows or most."""
    rng = np.random.default_rng(seed)
    n, p = 150, 12
    X = np.column_stack([np.ones(n), rng.standard_normal((n, p - 1))]).round(1)
    y = X[:, 1] + 0.5 * X[:, 2] > 0
    if seed % 2:
        y[np.argmin(np.abs(X[:, 1]))] ^= True
    signed = np.where(y[:, None], X, -X)
    guessed = room.recession(signed)
    monkeypatch.setattr(room, "descended", lambda *arrays: None)
    solved = room.recession(signed)
    assert guessed.states == solved.states
    assert guessed.kind == solved.kind
    assert guessed.n_lp <= solved.n_lp
    np.testing.assert_array_equal(guessed.separated, solved.separated)
