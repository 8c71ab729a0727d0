"""One thread of OpenBLAS during small fits, and as many as before afterwards, whatever happens."""

from __future__ import annotations

import threading

import numpy as np
import pytest

import glmlogit as gl
from glmlogit import _blas, maximum

needs_openblas = pytest.mark.skipif(not _blas.counts(), reason="no OpenBLAS is loaded")


@pytest.fixture
def two():
    before = _blas.counts()
    _blas._set([2] * len(before))
    yield [2] * len(before)
    _blas._set(before)


@needs_openblas
def test_threads_are_given_back(two):
    with _blas.one_thread(50), _blas.one_thread(100):
        assert set(_blas.counts()) == {1}
    assert _blas.counts() == two
    with pytest.raises(ZeroDivisionError), _blas.one_thread(50):
        1 / 0
    assert _blas.counts() == two


@needs_openblas
@pytest.mark.parametrize("columns", [_blas.SMALL - 1, _blas.LARGE])
def test_other_sizes_are_left_alone(two, columns):
    with _blas.one_thread(columns):
        assert _blas.counts() == two


@needs_openblas
def test_the_last_of_several_callers_gives_them_back(two):
    inside, go_on = threading.Event(), threading.Event()

    def other():
        with _blas.one_thread(50):
            inside.set()
            go_on.wait(30)

    thread = threading.Thread(target=other)
    thread.start()
    assert inside.wait(30)
    with _blas.one_thread(50):
        pass
    assert set(_blas.counts()) == {1}
    go_on.set()
    thread.join()
    assert _blas.counts() == two


@needs_openblas
def test_a_fit_of_many_columns_has_one(two, monkeypatch):
    seen, plain = [], maximum.newton

    def newton(*args, **options):
        seen.extend(_blas.counts())
        return plain(*args, **options)

    monkeypatch.setattr(maximum, "newton", newton)
    rng = np.random.default_rng(0)
    gl.logit(gl.design_arrays(rng.integers(0, 2, 500), rng.normal(size=(500, 40)), intercept=True))
    assert set(seen) == {1}
    assert _blas.counts() == two
