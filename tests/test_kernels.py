"""Row arithmetic against 30-digit values over the whole range of the linear predictor."""

from __future__ import annotations

import json
from pathlib import Path

import mpmath as mp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glmlogit import _kernels

TABLE = json.loads((Path(__file__).parent / "reference" / "kernels.json").read_text())
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
    p, q = _kernels.tails(ETA)
    # exp, one addition, one division and one product: 3 roundings of at most 1 ulp each
    assert ulps(p, [row["p"] for row in ROWS]).max() <= 3
    assert ulps(q, [row["q"] for row in ROWS]).max() <= 3


def test_log1pexp_to_the_last_places():
    assert ulps(_kernels.log1pexp(ETA), [row["log1pexp"] for row in ROWS]).max() <= 3


def test_row_sums_agree_with_their_parts():
    p, q = _kernels.tails(ETA)
    events, nonevents = np.linspace(0, 3, len(ETA)), np.linspace(2, 0, len(ETA))
    sums = _kernels.row_sums(ETA, events, nonevents)
    np.testing.assert_allclose(sums.residual, events * q - nonevents * p, rtol=1e-14, atol=5e-324)
    np.testing.assert_allclose(sums.weight, (events + nonevents) * p * q, rtol=1e-14, atol=5e-324)
    parts = events * _kernels.log1pexp(-ETA) + nonevents * _kernels.log1pexp(ETA)
    assert sums.llf == pytest.approx(-parts.sum(), rel=1e-14)


@pytest.mark.parametrize("eta", [-40.0, -800.0, 40.0, 800.0, 1e308, -1e308])
def test_far_tails_are_finite_and_exact(eta):
    sums = _kernels.row_sums(np.array([eta]), np.array([1.0]), np.array([0.0]))
    assert sums.llf == pytest.approx(-max(-eta, 0.0) if abs(eta) > 50 else -np.log1p(np.exp(-eta)), rel=1e-15)
    assert np.isfinite(sums.residual).all()
    assert (sums.residual >= 0).all()


@given(FINITE)
def test_tails_are_probabilities_and_mirror_images(eta):
    p, q = _kernels.tails(np.array([eta]))
    mirrored_p, mirrored_q = _kernels.tails(np.array([-eta]))
    assert 0 <= p[0] <= 1
    assert p[0] == mirrored_q[0]
    assert q[0] == mirrored_p[0]
    assert p[0] + q[0] == pytest.approx(1.0, abs=2.3e-16)


@given(st.floats(-1e3, 1e3), st.floats(0, 1))
def test_tails_rise(eta, more):
    low, high = _kernels.tails(np.array([eta, eta + more]))[0]
    assert low <= high


def test_llf_of_flipped_outcome_is_bitwise_the_same():
    events = np.arange(len(ETA)) % 2.0
    ours = _kernels.row_sums(ETA, events, 1 - events)
    flipped = _kernels.row_sums(-ETA, 1 - events, events)
    assert ours.llf == flipped.llf
    assert (ours.residual == -flipped.residual).all()
    assert (ours.weight == flipped.weight).all()


def test_deviance_of_perfect_rows_is_zero():
    # p = 1/4, 1/2, 3/4 exactly representable counts: the fit is perfect up to the rounding of η
    events, nonevents = np.array([1.0, 2.0, 3.0]), np.array([3.0, 2.0, 1.0])
    deviance = _kernels.deviance_rows(np.log(events / nonevents), events, nonevents)
    assert (np.abs(deviance) < 1e-30).all()


@pytest.mark.parametrize(("y", "m", "eta"), [(3, 10, 0.2), (1, 10, -40.0), (9, 10, 35.0), (5, 10, 1e-9), (0, 4, 2.0)])
def test_deviance_of_a_row(y, m, eta):
    with mp.workdps(60):
        p = 1 / (1 + mp.exp(-mp.mpf(eta)))
        expected = 2 * (
            (y * mp.log(mp.mpf(y) / (m * p)) if y else 0) + ((m - y) * mp.log((m - y) / (m * (1 - p))) if y < m else 0)
        )
    ours = _kernels.deviance_rows(np.array([eta]), np.array([float(y)]), np.array([float(m - y)]))[0]
    assert ours == pytest.approx(float(expected), rel=1e-13)


def test_saturated_loglik():
    for row in TABLE["saturated"]:
        ours = _kernels.saturated_loglik(np.array([float(row["m"])]), np.array([float(row["y"])]))[0]
        # a few roundings of terms of the size of log m
        assert ours == pytest.approx(float(row["log"]), rel=1e-14, abs=4e-16 * (1 + np.log(row["m"])))


def test_column_magnitude_sees_what_is_not_finite():
    X = np.array([[1.0, -5.0, np.nan], [-3.0, 2.0, 0.0], [2.0, -np.inf, 1.0]])
    largest = _kernels.column_magnitude(X)
    assert largest[0] == 3.0
    assert np.isinf(largest[1])
    assert np.isnan(largest[2])


@pytest.mark.parametrize("p", [1, 2, 20, 200, 10_000])
def test_blocks_are_bounded(p):
    rows = _kernels.block_rows(p)
    assert 64 <= rows <= 8192
    assert rows & (rows - 1) == 0


# --- the compiled row pass and its NumPy twin -----------------------------------------------------------
compiled = pytest.mark.skipif(not _kernels.COMPILED, reason="the extension was not built")


def passes(n, p, seed=0, *, offset=False, scale=False, size=1.0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, p))
    events = rng.integers(0, 4, n) * size
    nonevents = rng.integers(0, 3, n) * size
    shift = rng.normal(size=n) * 20 if offset else None
    units = 2.0 ** rng.integers(-3, 4, p) if scale else None
    beta = rng.normal(size=p)
    out = []
    for function in (_kernels.accumulate, _kernels.accumulate_numpy):
        score, gram = np.zeros(p), np.zeros((p, p))
        llf = function(X, events, nonevents, shift, beta, units, score, gram)
        out.append((llf, score, np.triu(gram)))
    reach = np.abs(X).T @ (events + nonevents) + 1.0
    return out, reach


@compiled
@pytest.mark.parametrize("n", [0, 1, 3, 63, 64, 65, 1000, 4096])
@pytest.mark.parametrize("p", [1, 2, 5, 8, 20, 63, 64])
@pytest.mark.parametrize("options", [{}, {"offset": True}, {"scale": True, "size": 2.5}])
def test_twins_agree(n, p, options):
    (ours, theirs), reach = passes(n, p, **options)
    assert ours[0] == pytest.approx(theirs[0], rel=1e-13, abs=1e-13)
    # sums of n terms in another order: a few roundings of the largest partial sum
    assert (np.abs(ours[1] - theirs[1]) <= 1e-14 * reach * (1 + np.log2(n + 1))).all()
    np.testing.assert_allclose(ours[2], theirs[2], rtol=1e-12, atol=1e-13 * (1 + n))


@compiled
def test_compiled_tails_to_the_last_places():
    """One row: its score is q, its weight pq, its log-likelihood −log1pexp(−η)."""
    one, none = np.ones(1), np.zeros(1)
    for row in ROWS:
        score, gram = np.zeros(1), np.zeros((1, 1))
        llf = _kernels.accumulate(one[:, None], one, none, np.array([row["eta"]]), none, None, score, gram)
        assert ulps(score, [row["q"]])[0] <= 4
        assert ulps([-llf], [mirrored(row)])[0] <= 4
        weight = mp.mpf(row["p"]) * mp.mpf(row["q"])
        assert ulps(gram[0], [weight])[0] <= 8


def mirrored(row):
    with mp.workdps(60):
        return mp.log1p(mp.exp(-mp.mpf(row["eta"])))


@compiled
@pytest.mark.parametrize("eta", [800.0, -800.0, 1e5, 1e300, -1e300])
def test_compiled_far_tails(eta):
    one, none = np.ones(1), np.zeros(1)
    score, gram = np.zeros(1), np.zeros((1, 1))
    llf = _kernels.accumulate(one[:, None], one, none, np.array([eta]), none, None, score, gram)
    assert llf == min(eta, 0.0)
    assert score[0] == (1.0 if eta < 0 else 0.0)
    assert gram[0, 0] == 0.0


@compiled
def test_compiled_pass_refuses_what_is_no_double():
    from glmlogit import _rowpass

    good = np.zeros((2, 2)), np.zeros(2), np.zeros(2), None, np.zeros(2), None, np.zeros(2), np.zeros((2, 2))
    assert _rowpass.accumulate(*good, 2, 2) == 0.0
    for position, bad in ((0, np.zeros((2, 2), np.float32)), (1, np.zeros(3)), (6, np.zeros(2)[::2]), (7, b"x")):
        with pytest.raises((ValueError, TypeError, BufferError)):
            _rowpass.accumulate(*good[:position], bad, *good[position + 1 :], 2, 2)
    with pytest.raises(ValueError, match="columns"):
        _rowpass.accumulate(*good, 2, 65)


def test_fits_without_the_extension_agree(monkeypatch):
    import glmlogit as gl

    births = gl.datasets.load("birthwt")
    with_it = gl.logit("low ~ age + lwt + C(race) + smoke", births)
    monkeypatch.setattr(_kernels, "COMPILED", False)
    without = gl.logit("low ~ age + lwt + C(race) + smoke", births)
    assert with_it.params.equals(without.params)  # both refined to the last digit
    np.testing.assert_allclose(with_it.bse, without.bse, rtol=1e-14)
