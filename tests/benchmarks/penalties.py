"""Penalised paths against R's glmnet: ratios of processor time, medians of several runs, R timed inside R.

``python tests/benchmarks/penalties.py [tall wide sparse folds levels grouped]`` needs Rscript with glmnet. R has thresh
= 1e-10, which leaves coefficients some 0.003 standard errors from the maximum; here paths are exact to 1e-9 of them, or
1e-5 where more than 1,500 columns are in play. Paths are of the penalties that R returned, which stops early.
"""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import statistics
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import scipy.sparse as sp

import glmlogit as gl

R = """
suppressPackageStartupMessages(library(glmnet)); library(Matrix)
dir <- commandArgs(TRUE)[1]; what <- commandArgs(TRUE)[2]; runs <- as.integer(commandArgs(TRUE)[3])
number <- function(name) { f <- file(file.path(dir, name), "rb"); on.exit(close(f)); readBin(f, "double", 1e9) }
y <- number("y"); n <- length(y)
if (what == "sparse") {
  x <- sparseMatrix(i = number("i"), p = number("p"), x = number("x"), dims = c(n, number("cols")), index1 = FALSE)
} else x <- matrix(number("x"), n)
f <- NULL; times <- numeric(runs)
for (k in 1:runs) {
  t <- proc.time()
  if (what %in% c("levels", "grouped")) f <- glmnet(x, y, "multinomial", thresh = 1e-10, maxit = 1e6,
    type.multinomial = if (what == "levels") "ungrouped" else "grouped")
  else if (what == "folds")
    f <- cv.glmnet(x, y, family = "binomial", foldid = number("fold") + 1, thresh = 1e-10)$glmnet.fit
  else f <- glmnet(x, y, family = "binomial", thresh = 1e-10, nlambda = if (what == "sparse") 50 else 100)
  d <- proc.time() - t; times[k] <- d[["user.self"]] + d[["sys.self"]]
}
cat(median(times), "\\n"); cat(format(f$lambda, digits = 17), "\\n")
"""


def tall(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """100,000 rows, 50 columns."""
    X = rng.standard_normal((100_000, 50))
    return X, X[:, :20] @ rng.standard_normal(20) / 3 - 0.5


def wide(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """200 rows, 5,000 columns."""
    X = rng.standard_normal((200, 5_000))
    return X, X[:, :10] @ rng.standard_normal(10)


def sparse(rng: np.random.Generator) -> tuple[sp.csc_array, np.ndarray]:
    """20,000 rows, 100,000 columns, one number in a thousand."""
    n, p = 20_000, 100_000
    count = n * p // 1000
    values = (np.abs(rng.standard_normal(count)), (rng.integers(0, n, count), rng.integers(0, p, count)))
    X = sp.csc_array(values, shape=(n, p))
    X.sum_duplicates()
    return X, X[:, :200] @ (3 * rng.standard_normal(200))


def folds(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """10,000 rows, 30 columns, ten folds."""
    X = rng.standard_normal((10_000, 30))
    return X, X[:, :10] @ rng.standard_normal(10) / 2


def levels(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """10,000 rows, 20 columns, four levels."""
    X = rng.standard_normal((10_000, 20))
    return X, X[:, :8] @ rng.standard_normal((8, 4)) / 2


PROBLEMS = {"tall": tall, "wide": wide, "sparse": sparse, "folds": folds, "levels": levels, "grouped": levels}


def r_times(folder: Path, what: str, runs: int) -> tuple[float, np.ndarray]:
    """Median processor time of R, and its penalties."""
    script = folder / "time.R"
    script.write_text(R)
    done = subprocess.run(
        ["Rscript", str(script), str(folder), what, str(runs)], capture_output=True, text=True, check=True
    )
    seconds, penalties = done.stdout.strip().split("\n")
    return float(seconds), np.array(penalties.split(), dtype=float)


def own_times(run: Callable[[], object], runs: int) -> float:
    """Median processor time."""
    times = []
    for _ in range(runs):
        start = time.process_time()
        run()
        times.append(time.process_time() - start)
    return statistics.median(times)


def compare(what: str, runs: int) -> str:
    """One line: times, ratio, peak memory above the inputs."""
    rng = np.random.default_rng(1)
    X, eta = PROBLEMS[what](rng)
    if eta.ndim == 1:
        y = (rng.random(len(eta)) < 1 / (1 + np.exp(-eta))).astype(float)
    else:
        y = (eta + rng.gumbel(size=eta.shape)).argmax(axis=1).astype(float)
    ids = rng.permutation(np.arange(len(y)) % 10)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        y.tofile(folder / "y")
        ids.astype(float).tofile(folder / "fold")
        if sp.issparse(X):
            X.data.tofile(folder / "x")
            X.indices.astype(float).tofile(folder / "i")
            X.indptr.astype(float).tofile(folder / "p")
            np.array([float(X.shape[1])]).tofile(folder / "cols")
        else:
            X.ravel(order="F").tofile(folder / "x")
        theirs, penalties = r_times(folder, what, runs)
    if what in ("levels", "grouped"):
        frame = pd.DataFrame(X, columns=[f"x{j}" for j in range(X.shape[1])]).assign(y=y.astype(int).astype(str))
        rows = gl.multinomial("y ~ " + " + ".join(frame.columns[:-1]), frame).design
    else:
        rows = gl.design_arrays(y, X if sp.issparse(X) else np.asfortranarray(X), intercept=True)

    def run() -> object:
        if what == "folds":
            return gl.elastic_net_cv(rows, penalties=penalties, fold_ids=ids)
        return gl.elastic_net_path(rows, penalties=penalties, grouped=what == "grouped")

    ours = own_times(run, runs)
    tracemalloc.start()
    run()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return (
        f"{what:7s} {len(penalties):3d} penalties   glmnet {theirs:7.2f} s   here {ours:7.2f} s   "
        f"ratio {ours / theirs:5.2f}   peak {peak / 2**20:6.0f} MB above the inputs"
    )


if __name__ == "__main__":
    for chosen in sys.argv[1:] or PROBLEMS:
        print(compare(chosen, 1 if chosen == "sparse" else 3), flush=True)
