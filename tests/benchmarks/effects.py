"""CPU time of one thread and memory of effects, in fits of the same model: ``python tests/benchmarks/effects.py``.

Ten variables, three of them factors with levels, an interaction and a square, so that columns and variables are not
the same. statsmodels' ``get_margeff`` takes columns for variables and leaves one number a column; it is here for time.
"""

from __future__ import annotations

import argparse
import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import resource
import statistics
import sys
import time
from collections.abc import Callable

import numpy as np
import pandas as pd

import glmlogit as gl

FORMULA = "y ~ x0 + x1 * x2 + x3 + I(x3^2) + x4 + x5 + x6 + g * b + h"


def data(n: int) -> pd.DataFrame:
    rng = np.random.default_rng(1)
    table = pd.DataFrame({f"x{j}": rng.normal(size=n) for j in range(7)})
    table["g"] = pd.Categorical(rng.choice(list("abcd"), n))
    table["h"] = pd.Categorical(rng.choice(list("xyz"), n))
    table["b"] = rng.integers(0, 2, n)
    eta = -1 + 0.3 * table["x0"] + 0.2 * table["x1"] * table["x2"] + 0.5 * (table["g"] == "b") + 0.2 * table["b"]
    table["y"] = (rng.random(n) < 1 / (1 + np.exp(-eta))).astype(int)
    return table


def peak() -> float:
    """Largest resident size so far, in MB."""
    size = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return size / 2**20 if sys.platform == "darwin" else size / 2**10


def median(work: Callable[[], object], runs: int) -> float:
    times = []
    for _ in range(runs):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return statistics.median(times)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    table = data(options.rows)
    design = gl.design(FORMULA, table)
    one_thread = gl.Control(threads=1)
    fit = gl.logit(design, control=one_thread)
    small = gl.logit(FORMULA, data(2_000))
    small.margins(), small.comparisons("g"), gl.predictions(small, by="g")  # imports
    works: dict[str, Callable[[], object]] = {
        "fit of a ready design": lambda: gl.logit(design, control=one_thread),
        "margins of all ten variables": lambda: fit.margins(discrete="binary"),
        "margins, unconditional": lambda: fit.margins(discrete="binary", unconditional=True),
        "comparisons of a factor with four levels": lambda: fit.comparisons("g"),
        "average predictions in four groups": lambda: gl.predictions(fit, by="g"),
        "formula and fit": lambda: gl.logit(FORMULA, table, control=one_thread),
    }
    print(f"n = {options.rows:,}, {fit.rank} coefficients, matrix {design.X.nbytes / 2**20:.0f} MB\n")
    print("| | seconds | fits | peak above what was there, MB |\n|---|---:|---:|---:|")
    one = 0.0
    for name, work in works.items():
        before = peak()
        seconds = median(work, options.runs)
        one = one or seconds
        print(f"| {name} | {seconds:.2f} | {seconds / one:.1f} | {peak() - before:.0f} |", flush=True)
    import statsmodels.formula.api as smf

    peer = smf.logit(FORMULA.replace("x3^2", "x3**2"), table).fit(disp=False)
    seconds = median(lambda: peer.get_margeff(dummy=True).summary_frame(), 1)
    print(f"| statsmodels get_margeff (columns) | {seconds:.2f} | {seconds / one:.1f} | |")


if __name__ == "__main__":
    main()
