"""One thread of OpenBLAS during small fits, and as many as before afterwards, whatever happens."""

from __future__ import annotations

import threading

import numpy as np
import pytest

import glmlogit as gl
from glmlogit.fitting import maximise
from glmlogit.numerics import blas

needs_openblas = pytest.mark.skipif(not blas.counts(), reason="no OpenBLAS is loaded")


@pytest.fixture
def two():
    before = blas.counts()
    blas._set([2] * len(before))
    yield [2] * len(before)
    blas._set(before)


@needs_openblas
def test_threads_are_given_back(two):
    with blas.one_thread(50), blas.one_thread(100):
        assert set(blas.counts()) == {1}
    assert blas.counts() == two
    with pytest.raises(ZeroDivisionError), blas.one_thread(50):
        1 / 0
    assert blas.counts() == two


@needs_openblas
@pytest.mark.parametrize("columns", [blas.SMALL - 1, blas.LARGE])
def test_other_sizes_are_left_alone(two, columns):
    with blas.one_thread(columns):
        assert blas.counts() == two


@needs_openblas
def test_the_last_of_several_callers_gives_them_back(two):
    inside, go_on = threading.Event(), threading.Event()

    def other():
        with blas.one_thread(50):
            inside.set()
            go_on.wait(30)

    thread = threading.Thread(target=other)
    thread.start()
    assert inside.wait(30)
    with blas.one_thread(50):
        pass
    assert set(blas.counts()) == {1}
    go_on.set()
    thread.join()
    assert blas.counts() == two


@needs_openblas
def test_a_fit_of_many_columns_has_one(two, monkeypatch):
    seen, plain = [], maximise.newton

    def newton(*args, **options):
        seen.extend(blas.counts())
        return plain(*args, **options)

    monkeypatch.setattr(maximise, "newton", newton)
    rng = np.random.default_rng(0)
    gl.logit(gl.design_arrays(rng.integers(0, 2, 500), rng.normal(size=(500, 40)), intercept=True))
    assert set(seen) == {1}
    assert blas.counts() == two
