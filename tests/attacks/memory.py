"""Work with too little memory: ``python tests/attacks/memory.py NAME MEGABYTES`` limits what may still be asked for.

Prints ``done``, or the class and message of the error. Without arguments, all works under growing limits.
"""

from __future__ import annotations

import gc
import resource
import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import glmlogit as gl

LIMITS = (5, 20, 50, 100, 200, 400, 800)


def frame(n: int) -> pd.DataFrame:
    """Rows with numbers, a factor and an outcome."""
    rng = np.random.default_rng(0)
    x, z, g = rng.normal(size=n), rng.normal(size=n), rng.integers(0, 30, n)
    return pd.DataFrame({"y": (rng.random(n) < 1 / (1 + np.exp(-x))).astype(int), "x": x, "z": z, "g": g, "t": g % 2})


def everything(fit: gl.Fit) -> None:
    """What folds over the rows of a fit."""
    for verb in (fit.augment, fit.predict, fit.margins, fit.summary, lambda: fit.comparisons("t")):
        verb()


FORMULA = "y ~ x*z + C(g) + t"
WORKS: dict[str, tuple[Callable[[int], Any], Callable[[Any], Any]]] = {
    "design": (frame, lambda d: gl.design(FORMULA, d)),
    "splines": (frame, lambda d: gl.logit("y ~ ns(x, df=6)*C(t)", d)),
    "fit": (lambda n: gl.design(FORMULA, frame(n)), gl.logit),
    "firth": (lambda n: gl.design(FORMULA, frame(n)), gl.firth),
    "verbs": (lambda n: gl.logit(FORMULA, frame(n)), everything),
    "robust": (lambda n: gl.logit(FORMULA, frame(n)), lambda f: f.with_cov("HC3").summary()),
    "arrays": (lambda n: np.random.default_rng(0).normal(size=(n, 20)), lambda X: gl.logit(_arrays(X))),
    "table": (frame, lambda d: gl.table("y ~ x + C(g)", d)),
}


def _arrays(X: Any) -> gl.Design:
    return gl.design_arrays((X[:, 0] > X[:, 1]).astype(int), X, intercept=True)


def allocated() -> int:
    """Bytes of address space in use."""
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    return pages * resource.getpagesize()


def limited(name: str, megabytes: int, rows: int = 300_000) -> str:
    """What one work says under a limit; everything is imported and warm before."""
    prepare, work = WORKS[name]
    work(prepare(2_000))
    given = prepare(rows)
    gc.collect()
    resource.setrlimit(resource.RLIMIT_AS, (allocated() + megabytes * 2**20, resource.RLIM_INFINITY))
    try:
        work(given)
    except Exception as error:
        resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY,) * 2)
        return f"{type(error).__name__}: {error}"
    return "done"


def main(argv: list[str]) -> int:
    """One work, or all in processes of their own."""
    warnings.simplefilter("ignore")
    if argv:
        print(limited(argv[0], int(argv[1])))
        return 0
    for name in WORKS:
        for size in LIMITS:
            done = subprocess.run(
                [sys.executable, __file__, name, str(size)], capture_output=True, text=True, check=False
            )
            print(name, size, done.returncode, (done.stdout + done.stderr[-300:]).strip()[:300], flush=True)
            if done.stdout == "done\n":
                break
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
