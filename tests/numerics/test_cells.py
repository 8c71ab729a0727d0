"""The row pass over columns given by codes against its twin, plain sums and the same design expanded."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from test_kernels import layouts, observations

from glmlogit.numerics import coded_pass, kernels
from glmlogit.numerics.coded_pass import CodedColumns, cell_pass, cell_pass_numpy

compiled = pytest.mark.skipif(not kernels.COMPILED, reason="the extension was not built")
OPTIONS = ("trials", "nonevents", "weights", "offset", "limit")
# Alone, summed together, beside one another; with and without multiplier ("m"), on the codes of the set before ("=")
SETS = {
    "1": [(1, "")],
    "2": [(2, "")],
    "300m": [(300, "m")],
    "1000": [(1000, "")],
    "5, 2": [(5, ""), (2, "")],
    "5, 5=m": [(5, ""), (5, "=m")],
    "300m, 300=": [(300, "m"), (300, "=")],
    "300, 1000": [(300, ""), (1000, "")],
    "2m, 5m": [(2, "m"), (5, "m")],
    "5, 4, 6": [(5, ""), (4, ""), (6, "")],
    "5, 1, 2, 300": [(5, ""), (1, ""), (2, ""), (300, "")],
    "5, 2m, 300, 2": [(5, ""), (2, "m"), (300, ""), (2, "")],
    "5, 5=m, 5=m, 1000": [(5, ""), (5, "=m"), (5, "=m"), (1000, "")],
    "2, 2=, 5m, 5=m": [(2, ""), (2, "="), (5, "m"), (5, "=m")],
}


def sets(n, name, seed=1):
    """Sets of cells, some of which are empty, and effects."""
    rng = np.random.default_rng(seed)
    made = []
    for size, how in SETS[name]:
        codes = made[-1].codes if "=" in how else (rng.integers(0, size, n) // 2 * 2 % size).astype(np.int32)
        made.append(CodedColumns(codes, size, rng.normal(size=n) if "m" in how else None))
    return tuple(made), tuple(rng.normal(size=c.size) * 0.5 for c in made)


def coefficients(d):
    return np.random.default_rng(d).normal(size=d) / np.sqrt(max(d, 1))


def flat(sums):
    """All arrays of a result, in order."""
    return [sums.score, sums.information, *sums.cell_scores, *sums.with_columns, *sums.products.values()]


def rows_of(rows, cells, beta, effects):
    """Columns, residuals and weights of all rows, by the plain row arithmetic; the log-likelihood."""
    offset = np.zeros(len(rows.X)) if rows.offset is None else rows.offset.copy()
    for c, e in zip(cells, effects, strict=True):
        offset += e[c.codes] * (1.0 if c.multiplier is None else c.multiplier)
    X, eta, events, nonevents = kernels.row_block(rows._replace(offset=offset), slice(None), beta)
    found = kernels.row_sums(eta, events, nonevents)
    return X, found.residual, found.weight, found.llf


def plain_sums(X, residual, weight, cells):
    """The same sums, entry by entry; with absolute values their scales."""
    m = [np.ones(len(X)) if c.multiplier is None else c.multiplier for c in cells]
    found = [X.T @ residual, (X.T * weight) @ X]
    for c, by in zip(cells, m, strict=True):
        found.append(np.zeros(c.size))
        np.add.at(found[-1], c.codes, residual * by)
    for c, by in zip(cells, m, strict=True):
        found.append(np.zeros((c.size, X.shape[1])))
        np.add.at(found[-1], c.codes, (weight * by)[:, None] * X)
    for g, one in enumerate(cells):
        for h in range(g, len(cells)):
            other = cells[h]
            same = one.codes is other.codes
            found.append(np.zeros(one.size if same else (one.size, other.size)))
            np.add.at(found[-1], one.codes if same else (one.codes, other.codes), weight * m[g] * m[h])
    return found


def absolute(cells):
    return tuple(c._replace(multiplier=None if c.multiplier is None else np.abs(c.multiplier)) for c in cells)


def check(rows, cells, beta, effects):
    """To 1e-13 of the sum of absolute terms: some thousand terms in two orders, each rounded to 1e-16."""
    ours, twin = cell_pass(rows, cells, beta, effects), cell_pass_numpy(rows, cells, beta, effects)
    X, residual, weight, llf = rows_of(rows, cells, beta, effects)
    reference = plain_sums(X, residual, weight, cells)
    scales = plain_sums(np.abs(X), np.abs(residual), weight, absolute(cells))
    for result in (ours, twin):
        assert result.llf == pytest.approx(llf, rel=1e-13, abs=1e-13)
        assert list(result.products) == [(g, h) for g in range(len(cells)) for h in range(g, len(cells))]
        for found, expected, scale in zip(flat(result), reference, scales, strict=True):
            assert found.shape == expected.shape
            assert (np.abs(found - expected) <= 1e-13 * scale).all()
    for found, expected, scale in zip(flat(ours), flat(twin), scales, strict=True):
        assert (np.abs(found - expected) <= 1e-13 * scale).all()
    assert (ours.information == ours.information.T).all()


def identical(one, other):
    pairs = zip(flat(one), flat(other), strict=True)
    return one.llf == other.llf and all(np.array_equal(a, b) for a, b in pairs)


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("d", [0, 1, 3, 8, 21])
@pytest.mark.parametrize("n", [0, 1, 31, 257, 5000])
def test_twins_and_plain_sums_agree(n, d, name):
    cells, effects = sets(n, name)
    check(observations(n, d), cells, coefficients(d), effects)


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("d", [3, 21])
def test_twins_and_plain_sums_agree_over_segments(d, name):
    cells, effects = sets(70_000, name)
    check(observations(70_000, d), cells, coefficients(d), effects)


@pytest.mark.parametrize("given", [*((option,) for option in OPTIONS), ("trials", "weights", "offset", "limit")])
@pytest.mark.parametrize("name", ["5, 1, 2, 300", "5, 5=m, 5=m, 1000"])
@pytest.mark.parametrize("d", [0, 4, 11, 40])
def test_twins_agree_with_options(d, name, given):
    rows = observations(3000, d, **dict.fromkeys(given, True))
    cells, effects = sets(3000, name)
    check(rows, cells, coefficients(d), effects)
    single = rows._replace(X=rows.X.astype(np.float32))
    check(single, cells, coefficients(d), effects)


@pytest.mark.parametrize("function", [cell_pass, cell_pass_numpy])
@pytest.mark.parametrize("name", ["300m", "5, 2", "5, 5=m", "5, 2m, 300, 2"])
@pytest.mark.parametrize("d", [0, 3])
def test_expanded_columns_have_the_same_sums(d, name, function):
    """Sets as 0/1 columns beside the others: one plain information whose blocks are the sums by cell."""
    n = 2000
    rows, beta = observations(n, d, weights=True), coefficients(d)
    cells, effects = sets(n, name)
    expanded = [np.eye(c.size)[c.codes] * (1.0 if c.multiplier is None else c.multiplier[:, None]) for c in cells]
    dense = rows._replace(X=np.hstack([rows.X, *expanded]))
    expected = kernels.row_pass_numpy(dense, np.concatenate([beta, *effects]))
    starts = d + np.concatenate([[0], np.cumsum([c.size for c in cells])])
    blocks = [slice(a, b) for a, b in itertools.pairwise(starts)]
    ours = function(rows, cells, beta, effects)
    assert ours.llf == pytest.approx(expected.llf, rel=1e-13)
    gross = np.abs(dense.X).T @ np.full(n, 10.0)  # no residual is above the largest weight, 7.5
    score = np.concatenate([ours.score, *ours.cell_scores])
    assert (np.abs(score - expected.score) <= 1e-13 * gross).all()
    reach = np.sqrt(np.diag(expected.information))
    error = {(g, h): np.diag(p) if p.ndim == 1 else p for (g, h), p in ours.products.items()}
    for (g, h), found in error.items():
        expected_block = expected.information[blocks[g], blocks[h]]
        assert (np.abs(found - expected_block) <= 1e-13 * np.outer(reach[blocks[g]], reach[blocks[h]])).all()
    for found, block in zip(ours.with_columns, blocks, strict=True):
        assert (np.abs(found - expected.information[block, :d]) <= 1e-13 * np.outer(reach[block], reach[:d])).all()


def test_without_cells_it_is_the_plain_pass():
    rows, beta = observations(9000, 5, weights=True), coefficients(5)
    plain, ours = kernels.row_pass(rows, beta), cell_pass(rows, (), beta, ())
    assert ours.llf == pytest.approx(plain.llf, rel=1e-14)
    np.testing.assert_allclose(ours.score, plain.score, rtol=1e-12)
    np.testing.assert_allclose(ours.information, plain.information, rtol=1e-13, atol=1e-10)
    assert ours.cell_scores == ours.with_columns == ()
    assert ours.products == {}


@pytest.mark.parametrize("function", [cell_pass, cell_pass_numpy])
@pytest.mark.parametrize("name", ["5, 2m, 300, 2", "300, 1000", "1"])
def test_scores_alone_are_the_same_scores(name, function):
    rows, beta = observations(20_000, 3), coefficients(3)
    cells, effects = sets(20_000, name)
    alone, both = function(rows, cells, beta, effects, information=False), function(rows, cells, beta, effects)
    assert alone.llf == pytest.approx(both.llf, rel=1e-14)
    for one, other in zip(alone.cell_scores, both.cell_scores, strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=1e-11)
    assert alone.information.shape == (0, 0)
    assert alone.with_columns == ()
    assert alone.products == {}


@compiled
@pytest.mark.parametrize("d", [0, 1, 6, 13])
def test_storage_of_columns_does_not_matter(d):
    rows = observations(1029, d, offset=True)
    cells, effects = sets(1029, "5, 5=m, 5=m, 1000")
    expected = cell_pass(rows, cells, coefficients(d), effects)
    for name, X in layouts(rows.X).items() if d else ():
        assert identical(cell_pass(rows._replace(X=X), cells, coefficients(d), effects), expected), name
    spaced = tuple(
        c._replace(multiplier=None if c.multiplier is None else np.repeat(c.multiplier, 2)[::2]) for c in cells
    )
    other = np.repeat(cells[0].codes, 2)[::2]
    spaced = tuple(c._replace(codes=other) if c.codes is cells[0].codes else c for c in spaced)
    assert identical(cell_pass(rows, spaced, coefficients(d), effects), expected)


@compiled
@pytest.mark.parametrize("name", ["5, 1, 2, 300", "300, 1000", "2m, 5m"])
@pytest.mark.parametrize(("n", "d"), [(60_000, 5), (40_001, 0), (9000, 70)])
def test_threads_do_not_change_a_bit(n, d, name, monkeypatch):
    monkeypatch.setattr(kernels, "available_threads", lambda: 4)
    monkeypatch.setattr(kernels, "_WORTH_A_THREAD", 0)
    rows, beta = observations(n, d, weights=True), coefficients(d)
    cells, effects = sets(n, name)
    one, two, four = (cell_pass(rows, cells, beta, effects, threads=threads) for threads in (1, 2, 4))
    assert identical(one, two)
    assert identical(one, four)


@pytest.mark.parametrize("n", [0, 1, 8191, 8192, 70_000, 10**6, 10**9])
@pytest.mark.parametrize("length", [1, 100, 10**4, 10**6, 10**7])
def test_segments_are_few_where_sums_are_many(n, length):
    size = coded_pass.segment_rows(n, length)
    count = -(-n // size)
    assert size % 256 == 0  # whole tiles
    assert count <= 64
    assert count <= 2 or count * length * 8 <= 2**26
    assert count >= (2 if n >= 8192 else 0)


@compiled
def test_many_rows_of_one_cell_lose_nothing():
    """Sorted rows, a cell of 300 000 among them, against correctly rounded sums."""
    n = 400_000
    rows = observations(n, 1, offset=True)
    codes = np.repeat(np.arange(3, dtype=np.int32), [300_000, 50_000, 50_000])
    # a second set too large to be summed together with the first: rows wait in its tables for longest
    others = np.arange(n, dtype=np.int32) % 30_000
    cells, effects = (CodedColumns(codes, 3), CodedColumns(others, 30_000)), (np.zeros(3), np.zeros(30_000))
    ours = cell_pass(rows, cells, np.zeros(1), effects)
    X, residual, weight, _ = rows_of(rows, cells, np.zeros(1), effects)
    for code in range(3):
        part = codes == code
        # sums of a few thousand terms of one sign, in copies: some roundings of the largest of them
        assert ours.products[0, 0][code] == pytest.approx(math.fsum(weight[part]), rel=1e-14)
        gross = math.fsum(np.abs(residual[part]))
        assert abs(ours.cell_scores[0][code] - math.fsum(residual[part])) <= 1e-14 * gross
        gross = math.fsum(np.abs(weight * X[:, 0])[part])
        assert abs(ours.with_columns[0][code, 0] - math.fsum((weight * X[:, 0])[part])) <= 1e-14 * gross


@pytest.mark.parametrize("function", [cell_pass, cell_pass_numpy])
def test_rows_at_their_limit_contribute_nothing(function):
    n = 500
    rows, beta = observations(n, 2), coefficients(2)
    limit = np.resize([0.0, 1.0, -1.0, 0.0, 0.0], n)
    cells, effects = sets(n, "5, 2m, 300, 2")
    kept = limit == 0
    some = rows._replace(X=rows.X[kept], events=rows.events[kept])
    few = tuple(
        CodedColumns(c.codes[kept], c.size, None if c.multiplier is None else c.multiplier[kept]) for c in cells
    )
    far = np.where(limit[:, None] != 0, 1e200, rows.X)
    ours = function(rows._replace(X=far, limit=limit), cells, beta, effects)
    for found, expected in zip(flat(ours), flat(function(some, few, beta, effects)), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("function", [cell_pass, cell_pass_numpy])
@pytest.mark.parametrize("code", [-1, 5, 2**31 - 1, -(2**31)])
@pytest.mark.parametrize("row", [0, 300, 20_000])
@pytest.mark.parametrize("information", [True, False])
def test_a_code_that_is_no_cell_is_an_error(function, code, row, information):
    rows, codes = observations(20_001, 1), np.zeros(20_001, np.int32)
    codes[row] = code
    with pytest.raises(ValueError, match="a code is not that of a cell"):
        function(rows, (CodedColumns(codes, 5),), np.zeros(1), (np.zeros(5),), information=information)


@pytest.mark.parametrize("function", [cell_pass, cell_pass_numpy])
def test_malformed_cells_are_an_error(function):
    rows, codes = observations(10, 1), np.zeros(10, np.int32)
    good, effect = CodedColumns(codes, 2), np.zeros(2)
    many = CodedColumns(codes.copy(), 2**20)
    for cells, effects in (
        ((good,), ()),
        ((good,), (np.zeros(3),)),
        ((good._replace(codes=codes[:9]),), (effect,)),
        ((good._replace(codes=codes.astype(np.int64)),), (effect,)),
        ((good._replace(multiplier=np.zeros(9)),), (effect,)),
        ((good._replace(size=-1),), (np.zeros(0),)),
        ((good._replace(size=2**31),), (effect,)),
        ((good, good._replace(size=3)), (effect, np.zeros(3))),
        ((good._replace(size=2**12), many), (np.zeros(2**12), np.zeros(2**20))),
    ):
        with pytest.raises(ValueError, match=r"codes|cells|shape"):
            function(rows, cells, np.zeros(1), effects)


@compiled
def test_compiled_pass_refuses_what_it_cannot_read():
    from glmlogit.numerics import _rowpass

    X, n, p, codes, two = np.zeros((4, 3)), np.zeros(4), np.zeros(3), np.zeros(4, np.int32), np.zeros(2)
    one = (codes, 2, None, two, 0)
    length = 1 + 3 + 9 + 2 * (1 + 3) + 2
    good = [X, n, None, None, None, None, None, p, (one,), np.zeros(length), 0, 4, True]
    assert _rowpass.accumulate_cells(*good) is None
    assert _rowpass.accumulate_cells(*good[:9], np.zeros(6), 0, 4, False) is None
    bad_sets = (
        (None, 2, None, two, 0),
        (codes[:3], 2, None, two, 0),
        (codes.astype(np.int64), 2, None, two, 0),
        (codes.astype(np.float32), 2, None, two, 0),
        (np.zeros(8, np.int32)[::2], 2, None, two, 0),
        (codes, -1, None, two, 0),
        (codes, 2**40, None, two, 0),
        (codes, 2, np.zeros(3), two, 0),
        (codes, 2, None, np.zeros(3), 0),
        (codes, 2, None, None, 0),
        (codes, 2, None, two, 1),
        (codes, 2, None, two, -1),
        (codes, 2, None, two),
        [codes, 2, None, two, 0],
    )
    many = ((codes, 2**12, None, np.zeros(2**12), 0), (codes, 2**20, None, np.zeros(2**20), 1))
    bad = {
        0: (np.zeros((4, 3), int), np.zeros(12), np.zeros((4, 257)), None),
        1: (np.zeros(5), None),
        7: (np.zeros(2), None),
        8: (*((wrong,) for wrong in bad_sets), None, [one], (one,) * 33, (one, (codes, 3, None, np.zeros(3), 0)), many),
        9: (np.zeros(length - 1), np.zeros(length, np.float32), np.zeros(2 * length)[::2], None),
        10: (-1, 5),
        11: (-1, 5),
    }
    for position, values in bad.items():
        for value in values:
            with pytest.raises((ValueError, TypeError, BufferError, OverflowError)):
                _rowpass.accumulate_cells(*good[:position], value, *good[position + 1 :])
    with pytest.raises(TypeError):
        _rowpass.accumulate_cells(X)


@pytest.mark.parametrize(("d", "count"), [(257, 1), (2, 33)])
def test_what_is_too_wide_is_left_to_the_twin(d, count):
    rows, beta = observations(300, d), coefficients(d)
    cells = tuple(CodedColumns(np.arange(300, dtype=np.int32) % 3, 3) for _ in range(count))
    effects = (np.zeros(3),) * count
    ours = cell_pass(rows, cells, beta, effects)
    assert identical(ours, cell_pass_numpy(rows, cells, beta, effects))


def test_without_the_extension_the_twin_serves(monkeypatch):
    monkeypatch.setattr(kernels, "COMPILED", False)
    rows, (cells, effects) = observations(300, 2), sets(300, "5, 2")
    arguments = rows, cells, coefficients(2), effects
    assert identical(cell_pass(*arguments), cell_pass_numpy(*arguments))
