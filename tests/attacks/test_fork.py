"""Processes forked from one that has fitted with threads fit as well, and none waits for ever."""

from __future__ import annotations

import multiprocessing
import os
import sys
import threading

import numpy as np
import pytest

import glmlogit as gl
from glmlogit.numerics import kernels

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here"),
    pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning"),
]

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60_000, 12))
Y = (RNG.random(len(X)) < 1 / (1 + np.exp(-X[:, 0]))).astype(int)


def fitted(seed):
    """Coefficients and what folds over the rows, by two threads."""
    rows = np.random.default_rng(seed).permutation(len(X))
    fit = gl.logit(gl.design_arrays(Y[rows], X[rows], intercept=True), control=gl.Control(threads=2))
    return [*fit.params, *fit.with_cov("HC1").bse]


def two_threads(monkeypatch):
    monkeypatch.setattr(kernels, "available_threads", lambda: 2)
    assert kernels.threads_for(*X.shape, 2) == 2


def test_a_pool_of_forked_processes(monkeypatch):
    two_threads(monkeypatch)
    mine = [fitted(seed) for seed in range(4)]
    with multiprocessing.get_context("fork").Pool(2) as pool:
        theirs = pool.map_async(fitted, range(4)).get(timeout=300)
    np.testing.assert_array_equal(theirs, mine)


def test_a_process_forked_in_the_middle_of_a_fit(monkeypatch):
    two_threads(monkeypatch)
    expected, stop = fitted(0), threading.Event()

    def busy():
        while not stop.is_set():
            fitted(1)

    other = threading.Thread(target=busy)
    other.start()
    try:
        for _ in range(3):
            child = multiprocessing.get_context("fork").Process(target=_exit_with, args=(expected,))
            child.start()
            child.join(timeout=300)
            assert child.exitcode == 0, "None where it still waits"
    finally:
        stop.set()
        other.join()


def _exit_with(expected):
    sys.exit(0 if fitted(0) == expected else 1)


def test_numbers_do_not_depend_on_the_process_or_its_threads(monkeypatch):
    two_threads(monkeypatch)
    both = fitted(3)
    monkeypatch.setattr(kernels, "available_threads", lambda: 1)
    assert fitted(3) == both
