"""One pass over the rows against reading X once: ``python tests/benchmarks/rowpass.py``.

The floor is a sum of the columns' doubles by the same number of threads. All jobs take turns in one process, so that a
busy spell of the machine hits them alike; figures are medians and minima, ratios are of minima.

``--extension FILE`` times another build of ``_rowpass``, such as one for a single instruction set:
``gcc -shared -fPIC -O3 -fopenmp-simd -fno-math-errno -fno-trapping-math -DONE_TARGET -march=x86-64-v3 …``.
``--count`` runs ten passes and nothing else, under an instruction counter
(``valgrind --tool=callgrind --toggle-collect=accumulate …``; it knows no AVX-512).
"""

from __future__ import annotations

import argparse
import importlib.util
import itertools
import os
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # the twin's products; sums of X are not the BLAS's

import numpy as np
import numpy.typing as npt

from glmlogit.numerics import kernels

Array = npt.NDArray[np.float64]
Job = Callable[[], Any]


def observations(n: int, p: int) -> tuple[kernels.Observations, Array]:
    """A constant and normal columns; 30 % events."""
    rng = np.random.default_rng(1)
    X = rng.normal(size=(n, p))
    X[:, 0] = 1.0
    return kernels.Observations(X, (rng.random(n) < 0.3).astype(float)), rng.normal(size=p) * 0.3


def read(X: Array, threads: int, pool: ThreadPoolExecutor) -> float:
    """Sum all of X: it has to come from memory once."""
    parts = np.array_split(X.ravel(order="K"), threads)
    return sum(pool.map(np.sum, parts)) if threads > 1 else float(np.sum(parts[0]))


def jobs(n: int, p: int, threads: tuple[int, ...], pool: ThreadPoolExecutor) -> dict[tuple[str, int], Job]:
    """What is timed for one size, by name and number of threads."""
    rows, beta = observations(n, p)
    columns = rows._replace(X=np.asfortranarray(rows.X))
    single = rows._replace(X=rows.X.astype(np.float32))
    weighted = rows._replace(weights=np.random.default_rng(2).random(n) + 0.5)
    found: dict[tuple[str, int], Job] = {("twin", 1): lambda: kernels.row_pass_numpy(rows, beta)}
    for t in threads:
        found["read X", t] = lambda t=t: read(rows.X, t, pool)
        found["score only", t] = lambda t=t: kernels.row_pass(rows, beta, information=False, threads=t)
        for name, data in {"C": rows, "Fortran": columns, "float32": single, "weights": weighted}.items():
            found[name, t] = lambda data=data, t=t: kernels.row_pass(data, beta, threads=t)
    return found


def interleaved(found: dict[tuple[str, int], Job], seconds: float) -> dict[tuple[str, int], Array]:
    """Times of every job, in turns."""
    times: dict[tuple[str, int], list[float]] = {key: [] for key in found}
    end = time.perf_counter() + seconds
    for turn in itertools.count():
        if turn >= 4 and time.perf_counter() > end:
            break
        for key, job in found.items():
            start = time.perf_counter()
            job()
            times[key].append(time.perf_counter() - start)
    return {key: np.array(values[1:]) for key, values in times.items()}


def table(n: int, p: int, threads: tuple[int, ...], seconds: float) -> None:
    """Print one size."""
    with ThreadPoolExecutor(max(threads)) as pool:
        times = interleaved(jobs(n, p, threads, pool), seconds)
    for (name, t), values in sorted(times.items(), key=lambda item: item[0][1]):
        floor = times["read X", t].min()
        best, middle = values.min(), np.median(values)
        print(
            f"| {n:,} | {p} | {t} | {name} | {1e3 * best:.3f} | {1e3 * middle:.3f} | {best / floor:.2f} "
            f"| {1e9 * best / n:.1f} |"
        )


def use(extension: Path) -> None:
    """Put another build of the row pass in the place of the installed one."""
    spec = importlib.util.spec_from_file_location("_rowpass", extension)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    kernels._rowpass = module


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="*", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--columns", type=int, nargs="*", default=[5, 10, 20, 50, 200])
    parser.add_argument("--threads", type=int, nargs="*", default=[1, 2])
    parser.add_argument("--seconds", type=float, default=3.0, help="for each size")
    parser.add_argument("--extension", type=Path, default=None, help="another build of _rowpass")
    parser.add_argument("--count", action="store_true", help="ten passes of the first size, nothing timed")
    options = parser.parse_args()
    if options.extension:
        use(options.extension)
    if options.count:
        rows, beta = observations(options.rows[0], options.columns[0])
        for _ in range(10):
            kernels.row_pass(rows, beta, threads=1)
        return
    print(", ".join(f"{key}: {value}" for key, value in kernels.config().items()))
    print("\n| n | p | threads | | ms, best | median | of reading X | ns a row |\n|--:|--:|--:|--|--:|--:|--:|--:|")
    for n, p in itertools.product(options.rows, options.columns):
        if n * p <= 5e7:  # 400 MB, three times
            table(n, p, tuple(options.threads), options.seconds)
            sys.stdout.flush()


if __name__ == "__main__":
    main()
