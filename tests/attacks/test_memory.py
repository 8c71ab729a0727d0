"""Too little memory is an error of ours with sizes, and nothing that was fitted stays in memory."""

from __future__ import annotations

import gc
import os
import resource
import signal
import subprocess
import sys
import weakref
from pathlib import Path

import memory
import numpy as np
import pytest

import glmlogit as gl
from glmlogit.errors import GlmlogitError, OutOfMemoryError
from glmlogit.messages.calls import checked
from glmlogit.numerics import kernels

ENVIRONMENT = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
FRAME = memory.frame(300)


def test_the_error_says_what_was_asked_for_and_what_takes_less():
    @checked
    def fit(data):
        raise MemoryError("Unable to allocate 8.00 GiB for an array with shape (1000000000,)")

    for given, sizes in [
        (np.zeros((4_000, 25)), "4,000 rows of 25 columns need about 800 kB"),
        (FRAME, "300 rows of 5 columns need about 12 kB"),
        (gl.design("y ~ x", FRAME), "300 rows of 2 columns need about 4.8 kB"),
        (gl.logit("y ~ x", FRAME), "300 rows of 2 columns need about 4.8 kB"),
    ]:
        with pytest.raises(
            OutOfMemoryError, match=r"fit\(\) ran out of memory \(unable to allocate 8\.00 GiB"
        ) as caught:
            fit(given)
        assert sizes in str(caught.value)
        assert isinstance(caught.value, GlmlogitError)
        assert isinstance(caught.value, MemoryError)
    with pytest.raises(OutOfMemoryError) as caught:
        fit("data.csv")
    assert "rows of" not in str(caught.value)


def test_an_error_of_ours_is_not_told_twice():
    @checked
    def inner(n):
        return np.empty(n)

    with pytest.raises(OutOfMemoryError) as caught:
        checked(lambda n: inner(n))(2**56)
    assert str(caught.value).count("ran out of memory") == 1


def test_sums_without_helpers(monkeypatch):
    class None_:
        def submit(self, _):
            raise RuntimeError("can't start new thread")

    monkeypatch.setattr(kernels, "_helpers", None_)
    done = []
    kernels.share(done.append, 9, 4)
    assert done == list(range(9))


def limited(name, megabytes):
    """Code and words of one work under a limit, in a process of its own."""
    command = [sys.executable, "-X", "faulthandler", str(Path(memory.__file__)), name, str(megabytes)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=ENVIRONMENT)
    return done.returncode, done.stdout, done.stderr


def test_too_little_memory_for_the_columns():
    code, out, err = limited("arrays", 20)
    assert (code, err) == (0, "")
    assert out.startswith("OutOfMemoryError: design_arrays() ran out of memory (unable to allocate 48.1 MiB")


@pytest.mark.slow
@pytest.mark.parametrize("size", memory.LIMITS)
@pytest.mark.parametrize("name", [name for name in memory.WORKS if name != "table"])
def test_too_little_memory_is_an_error_of_ours(name, size):
    """But for the hash tables of pandas, which do not look whether they got what they asked for: in a table always."""
    code, out, err = limited(name, size)
    if code == -signal.SIGSEGV and "in factorize_array" in err.partition("Current thread")[2][:200]:
        pytest.skip("pandas crashes where its hash table finds no memory")
    assert (code, err) == (0, "")
    assert out == "done\n" or out.startswith("OutOfMemoryError: ")


def test_nothing_of_a_fit_outlives_it():
    gc.collect()
    gc.disable()  # what is freed now has no circle of references
    try:
        for estimator in (gl.logit, gl.firth, gl.flic, gl.flac, gl.log_f, gl.median_bias_reduced):
            fit = estimator("y ~ x*z + C(g)", FRAME)
            told(fit)
            gone = [weakref.ref(fit), weakref.ref(fit.design), weakref.ref(fit.maximum)]
            del fit
            assert [ref() for ref in gone] == [None] * 3
    finally:
        gc.enable()


def told(fit):
    """What users ask of a fit."""
    str(fit.summary()), fit.odds_ratios(), fit.augment(), fit.margins(), fit.predict(), fit.separation


def resident():
    """Bytes of memory in use."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::glmlogit.errors.GlmlogitWarning")  # some are separated
def test_ten_thousand_fits_take_no_more_memory_than_two_thousand():
    rng = np.random.default_rng(0)

    def fits(count):
        for k in range(count):
            data = FRAME.sample(60 + k % 50, random_state=rng)
            fit = (gl.logit, gl.firth)[k % 2]("y ~ x + z" if k % 3 else "y ~ ns(x, df=3) + C(t)", data)
            if k % 10 == 0:
                told(fit)
        gc.collect()
        return resident()

    before = fits(2_000)
    after = fits(8_000)
    assert after - before < 8e6, "bytes; two thousand fits of sixty rows that stay would be ten times as many"
