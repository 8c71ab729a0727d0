"""Ctrl-C in long work: how much processor time passes until it ends, and whether all is well afterwards.

``python tests/attacks/interrupt.py NAME [SECONDS]`` interrupts one piece of work after so many seconds of its
processor time, and prints how many passed from the signal to the end; without arguments, all of them.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

import glmlogit as gl

Work = Callable[[], Any]


def frame(n: int, levels: int = 3) -> pd.DataFrame:
    """Rows with two numbers, a factor and an outcome."""
    rng = np.random.default_rng(0)
    x, z, g = rng.normal(size=n), rng.normal(size=n), rng.integers(0, levels, n)
    y = (rng.random(n) < 1 / (1 + np.exp(-x + 0.5 * z))).astype(int)
    return pd.DataFrame({"y": y, "x": x, "z": z, "g": g, "t": (z > 0).astype(int)})


def arrays(n: int, p: int) -> gl.Design:
    """A design of many columns."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n, p))
    return gl.design_arrays((rng.random(n) < 1 / (1 + np.exp(-X[:, 0]))).astype(int), X, intercept=True)


def fitting() -> Work:
    design = arrays(400_000, 60)
    return lambda: [gl.logit(design) for _ in range(20)]


def bias_reduction() -> Work:
    design = arrays(100_000, 40)
    return lambda: [gl.firth(design) for _ in range(20)]


def separated() -> Work:
    data = frame(6_000, 1_500)
    return lambda: [gl.logit("y ~ C(g) + x", data) for _ in range(20)]


def separated_splines() -> Work:
    rng = np.random.default_rng(5)
    data = pd.DataFrame({"x1": rng.normal(size=60), "x2": rng.normal(size=60), "y": rng.integers(0, 2, 60)})
    return lambda: [gl.logit("y ~ bs(x1, df=5) + ns(x2, df=3) + rcs(x2, 24)", data).predict() for _ in range(20)]


def designing() -> Work:
    data = frame(1_000_000, 50)
    return lambda: [gl.design("y ~ x*C(g) + ns(z, df=5)", data) for _ in range(20)]


def profiling() -> Work:
    fit = gl.logit(arrays(200_000, 20))
    return lambda: [fit.confint(method="profile") for _ in range(20)]


def curves() -> Work:
    fit = gl.logit(arrays(200_000, 20))
    return lambda: (gl.profile(fit).curves, gl.profile(fit).tests)


def bootstrap() -> Work:
    fit = gl.logit("y ~ x*t + z", frame(20_000))
    return lambda: fit.comparisons("t", interval="bootstrap", replications=2_000)


def interaction() -> Work:
    fit = gl.logit("y ~ t*C(g) + x", frame(20_000, 2))
    return lambda: gl.interaction(fit, "t", "g", method="bootstrap", replications=5_000)


def margins() -> Work:
    fit = gl.logit("y ~ ns(x, df=5)*C(g) + z", frame(300_000, 8))
    return lambda: [fit.margins(at="overall"), fit.margins(kind="eyex")] * 5


def rows() -> Work:
    fit = gl.logit(arrays(100_000, 50))
    return lambda: [(fit.augment(), fit.cov_params("HC3")) for _ in range(20)]


def validation() -> Work:
    fit = gl.logit("y ~ x + C(g)", frame(300_000, 30))
    return lambda: [fit.validate() for _ in range(20)]


def many_terms() -> Work:
    fit = gl.logit(arrays(20_000, 30))
    return lambda: [gl.drop1(fit) for _ in range(20)]


WORKS = {
    work.__name__: work
    for work in (
        *(fitting, bias_reduction, separated, separated_splines, designing, profiling, curves, bootstrap),
        *(interaction, margins, rows, validation, many_terms),
    )
}


class Clock:
    """Sends SIGINT to this process when it has used so much processor time, and knows when."""

    def __init__(self, after: float) -> None:
        self.sent = float("nan")
        self.until = time.process_time() + after
        self.thread = threading.Thread(target=self._watch, daemon=True)

    def _watch(self) -> None:
        while time.process_time() < self.until:
            time.sleep(0.01)
        self.sent = time.process_time()
        os.kill(os.getpid(), signal.SIGINT)


def interrupted(name: str, after: float) -> float:
    """Processor seconds from the signal to KeyboardInterrupt; NaN where the work was done before."""
    work = WORKS[name]()
    clock = Clock(after)
    try:
        clock.thread.start()
        work()
    except KeyboardInterrupt:
        return time.process_time() - clock.sent
    return float("nan")


def answer() -> np.ndarray[Any, Any]:
    """A small fit and what is said of it."""
    fit = gl.logit("y ~ x + C(g)", frame(2_000))
    return np.concatenate([fit.params, fit.confint(method="profile").to_numpy().ravel(), fit.margins()["estimate"]])


def main(argv: list[str]) -> int:
    """Interrupt, and fail where what is computed afterwards is not what it was before."""
    warnings.simplefilter("ignore")
    names, after = argv[:1] or list(WORKS), float(argv[1]) if len(argv) > 1 else 1.0
    for name in names:
        before = answer()
        passed = interrupted(name, after)
        print(f"{name}: {passed:.3f}", flush=True)
        if not np.array_equal(answer(), before):
            print(f"{name}: numbers differ afterwards")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
