"""Row arithmetic against 30-digit values over the whole range of the linear predictor."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from pathlib import Path

import mpmath as mp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import EPS, examples

from glmlogit.numerics import blocks, kernels, row_functions, survey

TABLE = json.loads((Path(__file__).parents[1] / "reference" / "kernels.json").read_text())
ROWS = TABLE["rows"]
ETA = np.array([row["eta"] for row in ROWS])
SMALLEST = np.finfo(float).tiny
FINITE = st.floats(allow_nan=False, allow_infinity=False)


def ulps(ours, theirs):
    """Error in units of the last place; below the normal range in units of the smallest double."""
    exact = [mp.mpf(t) for t in theirs]
    unit = [np.spacing(max(abs(float(t)), SMALLEST)) for t in exact]
    return np.array([float(abs(mp.mpf(float(o)) - t) / u) for o, t, u in zip(ours, exact, unit, strict=True)])


def test_tails_to_the_last_places():
    p, q = kernels.tails(ETA)
    # exp, one addition, one division and one product: 3 roundings of at most 1 ulp each
    assert ulps(p, [row["p"] for row in ROWS]).max() <= 3
    assert ulps(q, [row["q"] for row in ROWS]).max() <= 3


@examples(200)
@given(st.floats(-1e308, 1e308), st.floats(-36, 36), st.floats(0, 10))
def test_p25_expit(huge, x, step):
    """Both tails from one exponential: symmetric, monotone, inside [0, 1], never NaN, inverted by the log-odds."""
    for value in (huge, x):
        (p,), (q,) = kernels.tails(np.array([value]))
        (p_of_minus,), (q_of_minus,) = kernels.tails(np.array([-value]))
        assert (p, q) == (q_of_minus, p_of_minus)
        assert 0 <= p <= 1
        assert abs(p + q - 1) <= EPS
    low, high = kernels.tails(np.array([x, x + step]))[0]
    assert low <= high
    (p,), (q,) = kernels.tails(np.array([x]))
    # one ulp of p is worth eps/q on the scale of x: no inverse can tell closer
    assert abs(float(row_functions.log_odds(p)) - x) <= EPS * (abs(x) + 2 / q)
    assert abs(np.log(p) - np.log(q) - x) <= 4 * EPS * (1 + abs(x))


def test_log1pexp_to_the_last_places():
    assert ulps(kernels.log1pexp(ETA), [row["log1pexp"] for row in ROWS]).max() <= 3


def test_row_sums_agree_with_their_parts():
    p, q = kernels.tails(ETA)
    events, nonevents = np.linspace(0, 3, len(ETA)), np.linspace(2, 0, len(ETA))
    sums = kernels.row_sums(ETA, events, nonevents)
    np.testing.assert_allclose(sums.residual, events * q - nonevents * p, rtol=1e-14, atol=5e-324)
    np.testing.assert_allclose(sums.weight, (events + nonevents) * p * q, rtol=1e-14, atol=5e-324)
    parts = events * kernels.log1pexp(-ETA) + nonevents * kernels.log1pexp(ETA)
    assert sums.llf == pytest.approx(-parts.sum(), rel=1e-14)


@pytest.mark.parametrize("eta", [-40.0, -800.0, 40.0, 800.0, 1e308, -1e308])
def test_far_tails_are_finite_and_exact(eta):
    sums = kernels.row_sums(np.array([eta]), np.array([1.0]), np.array([0.0]))
    assert sums.llf == pytest.approx(-max(-eta, 0.0) if abs(eta) > 50 else -np.log1p(np.exp(-eta)), rel=1e-15)
    assert np.isfinite(sums.residual).all()
    assert (sums.residual >= 0).all()


@given(FINITE)
def test_tails_are_probabilities_and_mirror_images(eta):
    p, q = kernels.tails(np.array([eta]))
    mirrored_p, mirrored_q = kernels.tails(np.array([-eta]))
    assert 0 <= p[0] <= 1
    assert p[0] == mirrored_q[0]
    assert q[0] == mirrored_p[0]
    assert p[0] + q[0] == pytest.approx(1.0, abs=2.3e-16)


@given(st.floats(-1e3, 1e3), st.floats(0, 1))
def test_tails_rise(eta, more):
    """Up to what four rounded operations (exp, sum, quotient, product) of half a unit each leave: two units."""
    low, high = kernels.tails(np.array([eta, eta + more]))[0]
    assert low <= high * (1 + 2 * np.finfo(float).eps)


def test_llf_of_flipped_outcome_is_bitwise_the_same():
    events = np.arange(len(ETA)) % 2.0
    ours = kernels.row_sums(ETA, events, 1 - events)
    flipped = kernels.row_sums(-ETA, 1 - events, events)
    assert ours.llf == flipped.llf
    assert (ours.residual == -flipped.residual).all()
    assert (ours.weight == flipped.weight).all()


def test_deviance_of_perfect_rows_is_zero():
    # p = 1/4, 1/2, 3/4 exactly representable counts: the fit is perfect up to the rounding of η
    events, nonevents = np.array([1.0, 2.0, 3.0]), np.array([3.0, 2.0, 1.0])
    deviance = row_functions.deviance_rows(np.log(events / nonevents), events, nonevents)
    assert (np.abs(deviance) < 1e-30).all()


@pytest.mark.parametrize(("y", "m", "eta"), [(3, 10, 0.2), (1, 10, -40.0), (9, 10, 35.0), (5, 10, 1e-9), (0, 4, 2.0)])
def test_deviance_of_a_row(y, m, eta):
    with mp.workdps(60):
        p = 1 / (1 + mp.exp(-mp.mpf(eta)))
        expected = 2 * (
            (y * mp.log(mp.mpf(y) / (m * p)) if y else 0) + ((m - y) * mp.log((m - y) / (m * (1 - p))) if y < m else 0)
        )
    ours = row_functions.deviance_rows(np.array([eta]), np.array([float(y)]), np.array([float(m - y)]))[0]
    assert ours == pytest.approx(float(expected), rel=1e-13)


def test_saturated_loglik():
    for row in TABLE["saturated"]:
        ours = row_functions.saturated_loglik(np.array([float(row["m"])]), np.array([float(row["y"])]))[0]
        # a few roundings of terms of the size of log m
        assert ours == pytest.approx(float(row["log"]), rel=1e-14, abs=4e-16 * (1 + np.log(row["m"])))


def test_survey_sees_what_is_not_finite():
    X = np.array([[1.0, -5.0, np.nan], [-3.0, 2.0, 0.0], [2.0, -np.inf, 1.0]])
    largest = kernels.column_survey(X).magnitude
    assert largest[0] == 3.0
    assert np.isinf(largest[1])
    assert np.isnan(largest[2])


@pytest.mark.parametrize("p", [1, 2, 20, 200, 10_000])
def test_blocks_are_bounded(p):
    rows = blocks.block_rows(p)
    assert 64 <= rows <= 8192
    assert rows & (rows - 1) == 0


# --- the compiled row pass and its NumPy twin -----------------------------------------------------------
compiled = pytest.mark.skipif(not kernels.COMPILED, reason="the extension was not built")
OPTIONS = ("trials", "nonevents", "weights", "offset", "limit", "scale")


def observations(n, p, *, seed=0, trials=False, nonevents=False, weights=False, offset=False, limit=False):
    rng = np.random.default_rng(seed)
    return kernels.Observations(
        rng.normal(size=(n, p)),
        rng.integers(0, 2, n).astype(float),
        trials=rng.integers(1, 5, n).astype(float) if trials else None,
        nonevents=rng.integers(0, 3, n) * 0.5 if nonevents else None,
        weights=rng.integers(0, 4, n) * 2.5 if weights else None,
        offset=rng.normal(size=n) * 20 if offset else None,
        limit=rng.integers(-1, 2, n).astype(float) if limit else None,
    )


def setting(p, *, scale=False):
    rng = np.random.default_rng(p)
    return rng.normal(size=p) / np.sqrt(p), 2.0 ** rng.integers(-3, 4, p) if scale else None


def identical(one, other):
    return one.llf == other.llf and all((a == b).all() for a, b in zip(one[1:], other[1:], strict=True))


def agree(ours, theirs, rows, scale=None):
    """To 1e-13 of the natural size: sums of some thousand terms in two orders, each rounded to 1e-16."""
    unit = np.ones(rows.X.shape[1]) if scale is None else scale
    size = np.sqrt(np.diag(theirs.information)) / unit
    gross = np.abs(rows.X).T @ np.ones(len(rows.X)) * 10  # no residual is above the largest weight, 10
    assert ours.llf == pytest.approx(theirs.llf, rel=1e-13, abs=1e-13)
    assert (np.abs(ours.score - theirs.score) <= 1e-13 * size + 1e-15 * gross).all()
    reach = np.sqrt(np.outer(np.diag(theirs.information), np.diag(theirs.information)))
    assert (np.abs(ours.information - theirs.information) <= 1e-13 * reach).all()
    assert (ours.information == ours.information.T).all()


@compiled
@pytest.mark.parametrize("n", [0, 1, 7, 31, 32, 33, 128, 257, 1000, 8193])
@pytest.mark.parametrize("p", [1, 2, 3, 4, 5, 8, 12, 13, 20, 65])
@pytest.mark.parametrize("option", [None, *OPTIONS])
def test_twins_agree(n, p, option):
    rows = observations(n, p, **{option: True} if option in OPTIONS[:-1] else {})
    beta, scale = setting(p, scale=option == "scale")
    agree(kernels.row_pass(rows, beta, scale), kernels.row_pass_numpy(rows, beta, scale), rows, scale)


@compiled
@pytest.mark.parametrize("p", [3, 17, 200, 256])
@pytest.mark.parametrize("given", [("trials", "weights", "offset", "limit"), ("nonevents", "weights", "limit")])
def test_twins_agree_with_all_options_at_once(p, given):
    rows = observations(1500, p, **dict.fromkeys(given, True))
    beta, scale = setting(p, scale=True)
    agree(kernels.row_pass(rows, beta, scale), kernels.row_pass_numpy(rows, beta, scale), rows, scale)


@compiled
@pytest.mark.parametrize("p", [32, 33, 40, 41, 47, 48, 57, 130, 201])
@pytest.mark.parametrize("options", [(), ("weights", "offset", "limit")])
def test_twins_agree_in_panels(p, options):
    """Whole panels of columns, halves and remainders; with a scale that whole powers of two undo."""
    rows = observations(397, p, **dict.fromkeys(options, True))
    beta, scale = setting(p, scale=True)
    ours = kernels.row_pass(rows, beta)
    agree(ours, kernels.row_pass_numpy(rows, beta), rows)
    assert (kernels.row_pass(rows, beta, scale).information == ours.information * np.outer(scale, scale)).all()


@pytest.mark.parametrize("p", [31, 32, 47, 72, 73, 130, 201, 256, 300])
@pytest.mark.parametrize("options", [(), ("weights", "offset", "limit")])
def test_coarse_products_have_six_digits_and_nothing_else_changes(p, options):
    rows = observations(397, p, **dict.fromkeys(options, True))
    beta, scale = setting(p, scale=True)
    fine = kernels.row_pass(rows, beta)
    reach = np.sqrt(np.outer(np.diag(fine.information), np.diag(fine.information)))
    checked = kernels.CheckedRows.of(rows)
    ours = kernels.checked_pass(checked, beta, coarse=True)
    scaled = kernels.checked_pass(checked, beta, scale, coarse=True)
    twin = kernels.row_pass_numpy(rows, beta, scale, coarse=True)
    single = p >= 32 or not kernels.COMPILED
    for sums, unit in ((ours, np.ones(p)), (scaled, scale), (twin, scale)):
        error = np.abs(sums.information / np.outer(unit, unit) - fine.information) / reach
        assert error.max() <= 1e-6
        assert error.max() >= (1e-9 if single or sums is twin else 0.0)
        assert (sums.information == sums.information.T).all()
    assert ours.llf == fine.llf
    assert (ours.score == fine.score).all()
    assert (ours.information == fine.information).all() != single


@compiled
def test_coarse_products_are_the_same_for_any_storage_and_threads(monkeypatch):
    monkeypatch.setattr(kernels, "available_threads", lambda: 4)
    rows = observations(5000, 97, weights=True)
    beta, _ = setting(97)
    expected = kernels.checked_pass(kernels.CheckedRows.of(rows), beta, coarse=True, threads=1)
    assert identical(kernels.checked_pass(kernels.CheckedRows.of(rows), beta, coarse=True, threads=4), expected)
    for name, X in layouts(rows.X).items():
        other = kernels.CheckedRows.of(rows._replace(X=X))
        assert identical(kernels.checked_pass(other, beta, coarse=True), expected), name


@compiled
def test_score_alone_is_the_same_score():
    rows = observations(3000, 7, weights=True)
    beta, _ = setting(7)
    alone, both = kernels.row_pass(rows, beta, information=False), kernels.row_pass(rows, beta)
    assert alone.llf == both.llf
    assert (alone.score == both.score).all()
    assert alone.information.shape == (0, 0)
    assert kernels.row_pass_numpy(rows, beta, information=False).information.shape == (0, 0)


def layouts(X):
    """The same matrix, stored in other ways."""
    wide = np.zeros((len(X), 2 * X.shape[1] + 1))
    wide[:, 1::2] = X
    spaced = np.zeros((2 * len(X), X.shape[1]))
    spaced[::2] = X
    padded = np.zeros((len(X), X.shape[1] + 3))
    padded[:, : X.shape[1]] = X
    records = np.zeros(X.shape, dtype=[("byte", "i1"), ("value", "f8")])
    records["value"] = X
    return {
        "Fortran": np.asfortranarray(X),
        "every other column": wide[:, 1::2],
        "every other row": spaced[::2],
        "part of a row": padded[:, : X.shape[1]],
        "backwards": X[::-1, ::-1].copy()[::-1, ::-1],
        "not aligned": records["value"],
        "other byte order": X.astype(">f8"),
    }


@compiled
@pytest.mark.parametrize("shape", [(1, 1), (300, 1), (1, 6), (515, 5), (1029, 12), (300, 33), (131, 9), (97, 47)])
def test_storage_of_columns_does_not_matter(shape):
    rows = observations(*shape, offset=True)
    beta, _ = setting(shape[1])
    expected = kernels.row_pass(rows, beta)
    alone = kernels.row_pass(rows, beta, information=False)
    for name, X in layouts(rows.X).items():
        assert identical(kernels.row_pass(rows._replace(X=X), beta), expected), name
        assert identical(kernels.row_pass(rows._replace(X=X), beta, information=False), alone), name


@compiled
@pytest.mark.parametrize("shape", [(1, 1), (515, 5), (1029, 12), (300, 33), (131, 9), (97, 47)])
def test_single_precision_is_widened(shape):
    rows = observations(*shape)
    beta, _ = setting(shape[1])
    single = rows.X.astype(np.float32)
    expected = kernels.row_pass(rows._replace(X=single.astype(float)), beta)
    for X in (single, np.asfortranarray(single), single[::-1].copy()[::-1], np.repeat(single, 2, axis=1)[:, ::2]):
        assert identical(kernels.row_pass(rows._replace(X=X), beta), expected)
        alone = kernels.row_pass(rows._replace(X=X), beta, information=False)
        assert (np.abs(alone.score - expected.score) <= 1e-13 * np.sqrt(np.diag(expected.information)) + 1e-14).all()
        agree(kernels.row_pass_numpy(rows._replace(X=X), beta), expected, rows)


@compiled
def test_vectors_of_other_types_are_converted():
    rows = observations(100, 3, weights=True)
    beta, _ = setting(3)
    other = rows._replace(events=rows.events.astype(bool), weights=np.repeat(rows.weights, 2)[::2])
    assert identical(kernels.row_pass(other, beta.astype(object)), kernels.row_pass(rows, beta))


@compiled
@pytest.mark.parametrize(("n", "p"), [(60_000, 5), (40_001, 10), (3000, 70)])
def test_threads_do_not_change_a_bit(n, p, monkeypatch):
    monkeypatch.setattr(kernels, "available_threads", lambda: 4)
    rows = observations(n, p, weights=True)
    beta, _ = setting(p)
    assert [kernels.threads_for(n, p, threads) for threads in (1, 2, 4, 9, None)] == [1, 2, 4, 4, 4]
    one, two, four = (kernels.row_pass(rows, beta, threads=threads) for threads in (1, 2, 4))
    assert identical(one, two)
    assert identical(one, four)


def test_work_is_shared_and_errors_come_back():
    done = []
    kernels.share(done.append, 100, 4)
    assert sorted(done) == list(range(100))

    def fail(k):
        raise ValueError(k)

    with pytest.raises(ValueError, match=r"^[01]$"):
        kernels.share(fail, 2, 2)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_forked_process_has_threads_of_its_own():
    script = (
        "import os; from glmlogit.numerics import kernels as k; k.share(lambda i: None, 9, 2); child = os.fork()\n"
        "k.share(lambda i: None, 9, 2)\n"
        "if child: raise SystemExit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))"
    )
    subprocess.run([sys.executable, "-W", "ignore", "-c", script], check=True, timeout=60)


@pytest.mark.parametrize("p", [1, 5, 10, 50, 256])
@pytest.mark.parametrize("n", [1, 1000, 8192, 10**6, 10**8])
def test_segments_are_few_and_not_small(n, p):
    size = kernels.segment_rows(n, p)
    assert size % 256 == 0  # whole tiles: then borders of tiles do not depend on segments
    assert 1 <= -(-n // size) <= 64
    assert size >= max(1024, 16 * p)  # a segment's sums are as many doubles as products of columns


@compiled
def test_long_sums_lose_nothing():
    """Half a million rows against correctly rounded sums of the same terms."""
    n = 500_000
    rows = observations(n, 2, offset=True)
    beta = np.zeros(2)
    ours = kernels.row_pass(rows, beta)
    p, q = kernels.tails(rows.offset)
    residual, weight = np.where(rows.events > 0, q, -p), p * q
    terms = kernels.log1pexp(np.where(rows.events > 0, -rows.offset, rows.offset))
    # terms are good to 3 units of the last place; rounding of sums of a few hundred of them is below that
    assert ours.llf == pytest.approx(-math.fsum(terms), rel=1e-15)
    for j in range(2):
        gross = math.fsum(np.abs(residual * rows.X[:, j]))
        assert abs(ours.score[j] - math.fsum(residual * rows.X[:, j])) <= 1e-15 * gross
        assert ours.information[j, j] == pytest.approx(math.fsum(weight * rows.X[:, j] ** 2), rel=1e-15)


@compiled
@pytest.mark.parametrize("eta", [1e-3, 1.0, 20.0, 36.0, 40.0, 300.0])
def test_product_of_terms_near_one_keeps_small_ones(eta):
    """The log-likelihood of rows all of which are predicted well is a sum of tiny numbers."""
    rows = kernels.Observations(np.ones((1000, 1)), np.ones(1000), offset=np.full(1000, eta))
    expected = -1000 * float(mp.log1p(mp.exp(-mp.mpf(eta))))
    # 32 products in a row, each rounded: 32 half units of the last place at most
    assert kernels.row_pass(rows, np.zeros(1)).llf == pytest.approx(expected, rel=32 * 2.3e-16)


@compiled
def test_compiled_tails_to_the_last_places():
    """One row: its score is q, its weight pq, its log-likelihood −log1pexp(−η)."""
    one = np.ones(1)
    for row in ROWS:
        for weights in (None, one):  # the logarithm of a product, or of each row
            single = kernels.Observations(one[:, None], one, weights=weights, offset=np.array([row["eta"]]))
            ours = kernels.row_pass(single, np.zeros(1))
            assert ulps(ours.score, [row["q"]])[0] <= 4
            assert ulps([-ours.llf], [mirrored(row)])[0] <= 4
            assert ulps(ours.information[0], [mp.mpf(row["p"]) * mp.mpf(row["q"])])[0] <= 8


def mirrored(row):
    with mp.workdps(60):
        return mp.log1p(mp.exp(-mp.mpf(row["eta"])))


@compiled
@pytest.mark.parametrize("eta", [800.0, -800.0, 1e5, 1e300, -1e300])
@pytest.mark.parametrize("weights", [None, np.ones(1)])
def test_compiled_far_tails(eta, weights):
    one = np.ones(1)
    rows = kernels.Observations(one[:, None], one, weights=weights, offset=np.array([eta]))
    llf, score, information = kernels.row_pass(rows, np.zeros(1))
    assert llf == min(eta, 0.0)
    assert score[0] == (1.0 if eta < 0 else 0.0)
    assert information[0, 0] == 0.0


@pytest.mark.parametrize("function", [kernels.row_pass, kernels.row_pass_numpy])
def test_rows_at_their_limit_contribute_nothing(function):
    rows = observations(50, 3)
    limit = np.resize([0.0, 1.0, -1.0, 0.0, 0.0], 50)
    X = np.where(limit[:, None] != 0, 1e200, rows.X)
    kept = limit == 0
    beta = np.array([1.0, -2.0, 3.0])
    ours = function(rows._replace(X=X, limit=limit), beta)
    alone = rows._replace(X=rows.X[kept], events=rows.events[kept])
    agree(ours, function(alone, beta), alone)


@pytest.mark.parametrize("function", [kernels.row_pass, kernels.row_pass_numpy])
@pytest.mark.parametrize("weight", [5e-324, 2.0**-1060, 1e-300, 1e300])
def test_extreme_weights(function, weight):
    """Equal weights: sums are exact multiples as long as nothing leaves the range of doubles."""
    rows = kernels.Observations(np.ones((4, 1)), np.array([1.0, 0.0, 1.0, 1.0]), weights=np.full(4, weight))
    llf, score, information = function(rows, np.zeros(1))
    assert score[0] == pytest.approx(weight, abs=4 * 5e-324)  # 3·½ − ½
    assert information[0, 0] == pytest.approx(weight, rel=1e-14, abs=4 * 5e-324)  # 4·¼
    assert llf == pytest.approx(-4 * np.log(2) * weight, rel=1e-14, abs=4 * 5e-324)


@compiled
def test_weight_zero_is_no_row():
    rows = observations(300, 4)
    weights = np.resize([1.0, 0.0, 1.0], 300)
    beta, _ = setting(4)
    kept = weights > 0
    some = rows._replace(X=rows.X[kept], events=rows.events[kept])
    agree(kernels.row_pass(rows._replace(weights=weights), beta), kernels.row_pass(some, beta), some)


@compiled
def test_compiled_pass_refuses_what_it_cannot_read():
    from glmlogit.numerics import _rowpass

    X, n, p = np.zeros((2, 3)), np.zeros(2), np.zeros(3)
    good = [X, n, None, None, None, None, None, p, None, np.zeros(13), 0, 2, False]
    assert _rowpass.accumulate(*good) is None
    bad = {
        0: (np.zeros((2, 3), int), np.zeros(6), np.zeros((2, 2, 2)), np.zeros((2, 0)), np.zeros((2, 257)), b"x", None),
        1: (np.zeros(3), np.zeros(4)[::2], np.zeros(2, np.float32), None),
        4: (np.zeros(1), "x"),
        7: (np.zeros(2), None),
        8: (np.zeros(4),),
        9: (np.zeros(12), np.zeros(14), np.zeros(26)[::2], np.zeros(13, np.float32), b"x" * 104),
        10: (-1, 3),
        11: (-1, 3),
    }
    for position, values in bad.items():
        for value in values:
            with pytest.raises((ValueError, TypeError, BufferError)):
                _rowpass.accumulate(*good[:position], value, *good[position + 1 :])
    with pytest.raises(TypeError):
        _rowpass.accumulate(X)


@compiled
def test_shapes_that_disagree_are_an_error():
    rows = observations(10, 3, weights=True)
    beta, _ = setting(3)
    for wrong in ({"events": np.zeros(9)}, {"weights": np.ones(1)}, {"X": np.zeros(10)}, {"events": None}):
        with pytest.raises(ValueError, match=r"shape|dimensions|missing"):
            kernels.row_pass(rows._replace(**wrong), beta)
    with pytest.raises(ValueError, match="shape"):
        kernels.row_pass(rows, beta[:2])


@pytest.mark.parametrize("shape", [(0, 3), (200, 3), (1024, 5), (3000, 5), (20, 300)])
def test_rows_checked_once_serve_every_pass(shape):
    rows = observations(*shape, weights=True)
    beta, scale = setting(shape[1], scale=True)
    checked = kernels.CheckedRows.of(rows)
    for information in (True, False):
        expected = kernels.row_pass(rows, beta, scale, information=information)
        assert identical(kernels.checked_pass(checked, beta, scale, information=information), expected)
    spread = np.repeat(beta, 2)[::2]
    assert identical(kernels.checked_pass(checked, spread), kernels.checked_pass(checked, beta))
    for wrong in ((beta[:2], None), (beta[:, None], None), (beta, np.ones(1))):
        with pytest.raises(ValueError, match="shape"):
            kernels.checked_pass(checked, *wrong)


def test_blocks_and_the_whole_design_agree():
    import glmlogit as gl
    from glmlogit.likelihood.logit_sums import LogitSums

    class Blocks:
        def __init__(self, design):
            self.n_columns, self.magnitude = design.n_columns, design.magnitude
            self.largest_weight, self.blocks = design.largest_weight, design.blocks
            self.collapsed, self.memory = self, None

    rows = observations(20_000, 3, weights=True, offset=True)
    design = gl.design_arrays(rows.events, rows.X, weights=rows.weights, offset=rows.offset)
    whole, blocks = (LogitSums(r).evaluate(np.ones(3)) for r in (design, Blocks(design)))
    assert whole.value == pytest.approx(blocks.value, rel=1e-14)
    np.testing.assert_allclose(whole.score, blocks.score, rtol=1e-12)
    np.testing.assert_allclose(whole.info.dense, blocks.info.dense, rtol=1e-13, atol=1e-10)


def test_configuration_says_what_is_in_use():
    found = kernels.config()
    assert set(found) == {"row pass", "instructions", "threads", "BLAS"}
    assert int(found["threads"]) >= 1
    assert found["row pass"].startswith("compiled" if kernels.COMPILED else "NumPy")


def test_fits_without_the_extension_agree(monkeypatch):
    import glmlogit as gl

    births = gl.datasets.load("birthwt")
    with_it = gl.logit("low ~ age + lwt + C(race) + smoke", births)
    monkeypatch.setattr(kernels, "COMPILED", False)
    without = gl.logit("low ~ age + lwt + C(race) + smoke", births)
    assert with_it.params.equals(without.params)  # both refined to the last digit
    np.testing.assert_allclose(with_it.bse, without.bse, rtol=1e-14)


def test_survey_finds_what_is_constant_in_every_block():
    rng = np.random.default_rng(0)
    X = np.column_stack([np.full(100_000, 2.0), rng.normal(size=100_000), np.zeros(100_000), np.full(100_000, -3.0)])
    X[99_999, 3] = -3.5  # the last row of the last block
    for array in (X, np.asfortranarray(X), np.repeat(X, 2, axis=0)[::2]):
        found = kernels.column_survey(array)
        assert found.constant.tolist() == [True, False, False, False]
        np.testing.assert_array_equal(found.magnitude, np.abs(X).max(axis=0))
        twin = survey.column_survey_numpy(array)
        np.testing.assert_array_equal(found.magnitude, twin.magnitude)
        np.testing.assert_array_equal(found.constant, twin.constant)
    assert kernels.column_survey(np.empty((5, 0))).magnitude.shape == (0,)
    assert kernels.column_survey(np.array([[1.0, np.nan]])).constant.tolist() == [True, False]


@pytest.mark.parametrize("n", [1, 7, 8, 9, 100, 20_001])
@pytest.mark.parametrize("p", [1, 2, 9, 200, 256, 257])
def test_survey_and_its_twin(n, p):
    X = np.random.default_rng(n).normal(size=(n, p)) * 10.0 ** np.arange(p).clip(max=200)
    X[:, p // 2] = -4.0
    found, twin = kernels.column_survey(X), survey.column_survey_numpy(X)
    np.testing.assert_array_equal(found.magnitude, twin.magnitude)
    np.testing.assert_array_equal(found.constant, twin.constant)


@pytest.mark.parametrize("n", [0, 1, 7, 1_000, 300_001])
def test_zero_one_and_its_twin(n):
    """Copies are the same bit for bit (a zero has no sign), counts are equal, and the values given stay as they are."""
    rng = np.random.default_rng(n)
    for values in (rng.integers(0, 2, n).astype(float), rng.choice([-0.0, 1.0, np.nan, np.inf, 5e-324, 2.0], n)):
        before = values.tobytes()
        found, twin = kernels.zero_one(values), survey.zero_one_numpy(values)
        assert values.tobytes() == before
        assert found.values.tobytes() == twin.values.tobytes()
        assert found[1:] == twin[1:] == ((values == 0).sum(), (values == 1).sum())
        assert not np.signbit(found.values[found.values == 0]).any()
        assert found.values is not values


def test_zero_one_takes_any_stride_and_type():
    values = np.array([0.0, 1.0, 5.0, -0.0])
    for other in (values[::2], values.astype(np.int32), values.astype(np.float32)[::-1]):
        assert kernels.zero_one(other).values.tolist() == other.tolist()
        assert kernels.zero_one(other)[1:] == ((other == 0).sum(), (other == 1).sum())


@compiled
def test_zero_one_refuses_what_it_cannot_read():
    values, out = np.ones(6), np.empty(6)
    assert kernels._rowpass.zero_one(values, out, 1, 3) == (0, 2)
    frozen = np.empty(6)
    frozen.flags.writeable = False
    odd = np.frombuffer(bytearray(6 * 8 + 1), dtype=np.uint8)[1:].view(np.float64)
    for bad in (
        (values[::2], out[:3], 0, 3),
        (values.astype(np.float32), out, 0, 6),
        (values.astype(np.int64), out, 0, 6),
        (values, out[:5], 0, 5),
        (values, out.astype(np.float32), 0, 3),
        (values, out, -1, 3),
        (values, out, 0, 7),
        (values, out, 4, 3),
        (values, frozen, 0, 6),
        (odd, out, 0, 6),
        (values, odd, 0, 6),
    ):
        with pytest.raises((ValueError, BufferError)):
            kernels._rowpass.zero_one(*bad)
    with pytest.raises(TypeError):
        kernels._rowpass.zero_one(values, None, 0, 6)


@compiled
def test_survey_refuses_what_it_cannot_read():
    X, out = np.ones((10, 3)), np.empty((2, 3))
    for arguments in (
        (X, out, 3, 0, 11),
        (X, out, 3, 5, 5),
        (X, out, 4, 0, 1),
        (X, out[0], 3, 0, 1),
        (X, out, 0, 0, 1),
    ):
        with pytest.raises(ValueError, match="expected"):
            kernels._rowpass.survey(*arguments)
    with pytest.raises((ValueError, BufferError)):
        kernels._rowpass.survey(np.asfortranarray(np.ones((10, 3))), out, 3, 0, 1)
    with pytest.raises(TypeError):
        kernels._rowpass.survey(X, None, 3, 0, 1)
