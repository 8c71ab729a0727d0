"""One pass over rows some of whose columns are codes: ``python tests/benchmarks/cells.py``.

Each case stands beside the pass of its plain columns alone and, where that has 256 columns at most, the pass of the
same design expanded into 0/1 columns (one level of each factor left out). All take turns in one process; figures are
minima and medians, ratios are of minima.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import numpy.typing as npt

from glmlogit.numerics import kernels
from glmlogit.numerics.coded_pass import CodedColumns, cell_pass

Job = Callable[[], Any]


class Case:
    """Plain columns, levels of sets of cells, how rows are ordered."""

    def __init__(self, n: int, d: int, sizes: tuple[int, ...], *, slope: bool = False, ordered: bool = False) -> None:
        rng = np.random.default_rng(1)
        self.name = f"{d} + {', '.join(map(str, sizes))}" + slope * " and slope" + ordered * ", sorted"
        codes = [rng.integers(0, size, n).astype(np.int32) for size in sizes]
        codes = [np.sort(c) for c in codes] if ordered else codes
        self.cells = tuple(CodedColumns(c, size) for c, size in zip(codes, sizes, strict=True))
        if slope:
            self.cells += (self.cells[0]._replace(multiplier=rng.normal(size=n)),)
        self.rows = observations(n, d)
        self.wide = d + sum(c.size for c in self.cells) - len(sizes)

    def jobs(self, threads: int) -> dict[str, Job]:
        """What is timed."""
        rows, cells = self.rows, self.cells
        beta, effects = np.full(rows.X.shape[1], 0.1), tuple(np.full(c.size, 0.1) for c in cells)
        found: dict[str, Job] = {
            "plain columns alone": lambda: kernels.row_pass(rows, beta, threads=threads),
            "cells": lambda: cell_pass(rows, cells, beta, effects, threads=threads),
            "cells, score only": lambda: cell_pass(rows, cells, beta, effects, information=False, threads=threads),
        }
        if self.wide <= 60:
            expanded = observations(len(rows.X), self.wide)
            found["expanded"] = lambda: kernels.row_pass(expanded, np.full(self.wide, 0.1), threads=threads)
        return found


def observations(n: int, p: int) -> kernels.Observations:
    """A constant and normal columns; 30 % events."""
    rng = np.random.default_rng(2)
    X: npt.NDArray[np.float64] = rng.normal(size=(n, p))
    X[:, :1] = 1.0
    return kernels.Observations(X, (rng.random(n) < 0.3).astype(float))


def interleaved(jobs: dict[str, Job], turns: int) -> dict[str, list[float]]:
    """Times of every job, in turns, the first of which does not count."""
    times: dict[str, list[float]] = {name: [] for name in jobs}
    for _ in range(turns + 1):
        for name, job in jobs.items():
            start = time.perf_counter()
            job()
            times[name].append(time.perf_counter() - start)
    return {name: found[1:] for name, found in times.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--turns", type=int, default=15)
    options = parser.parse_args()
    n = options.rows
    print(", ".join(f"{key}: {value}" for key, value in kernels.config().items()))
    print("\n| columns + cells | | ns a row, best | median | of the plain columns |\n|--|--|--:|--:|--:|")
    for arguments, how in (
        ((7, (5, 4, 6)), {}),
        ((7, (5, 4, 6)), {"ordered": True}),
        ((6, (1000,)), {}),
        ((6, (1000,)), {"ordered": True}),
        ((7, (400,)), {}),
        ((7, (50,)), {"slope": True}),
        ((20, (5, 4, 6)), {}),
        ((6, (300, 300)), {}),
        ((6, (1000, 1000)), {}),
    ):
        case = Case(n, *arguments, **how)
        times = interleaved(case.jobs(options.threads), options.turns)
        alone = min(times["plain columns alone"])
        for name, found in times.items():
            best, middle = min(found), float(np.median(found))
            print(f"| {case.name} | {name} | {1e9 * best / n:.1f} | {1e9 * middle / n:.1f} | {best / alone:.2f} |")


if __name__ == "__main__":
    main()
