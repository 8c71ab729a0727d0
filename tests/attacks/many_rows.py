"""Tens of millions of rows: the same numbers as of the same rows counted, and how much memory they take.

``python tests/attacks/many_rows.py [ROWS [TIMES]]`` fits so many rows, each of them TIMES in the data, and the rows
once with counts; prints the largest differences in standard errors, and the memory beside the data.
"""

from __future__ import annotations

import resource
import sys
import time
from typing import Any

import numpy as np

import glmlogit as gl


def base(n: int, p: int = 5) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Rows of a constant and p − 1 normal columns, with outcomes."""
    rng = np.random.default_rng(1)
    X = np.column_stack([np.ones(n), rng.normal(size=(n, p - 1))])
    return X, (rng.random(n) < 1 / (1 + np.exp(1.0 - X[:, 1] + 0.5 * X[:, 2]))).astype(float)


def numbers(fit: gl.Fit) -> dict[str, np.ndarray[Any, Any]]:
    """Estimates, standard errors of three kinds, limits, likelihoods and marginal effects."""
    robust, effects = fit.with_cov("HC0"), fit.margins()
    return {
        "params": fit.params.to_numpy(),
        "bse": fit.bse.to_numpy(),
        "HC0": robust.bse.to_numpy(),
        "limits": fit.confint(method="profile").to_numpy().ravel(),
        "llf": np.array([fit.llf, fit.llnull]),
        "margins": effects["estimate"].to_numpy(),
        "margins SE": effects["std_error"].to_numpy(),
    }


def differences(rows: int, times: int) -> dict[str, float]:
    """Largest difference of each number, in standard errors where it is an estimate, else relative."""
    X, y = base(rows // times)
    counted = gl.logit(gl.design_arrays(y, X, weights=np.full(len(y), float(times))))
    expected = numbers(counted)
    se = expected["bse"].min()
    X, y = np.tile(X, (times, 1)), np.tile(y, times)
    size, start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    fit = gl.logit(gl.design_arrays(y, X))
    seconds = time.process_time() - start
    str(fit.summary())
    found = numbers(fit)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    units = {"params": se, "limits": se, "margins": expected["margins SE"].min()}
    out = {
        name: float(np.max(np.abs(found[name] - value) / units.get(name, np.abs(value))))
        for name, value in expected.items()
    }
    return out | {"fit, processor seconds": seconds, "data, GB": X.nbytes / 1e9, "more memory, GB": (peak - size) / 1e6}


def main(argv: list[str]) -> None:
    """Print the differences."""
    rows, times = int(float(argv[0])) if argv else 10_000_000, int(argv[1]) if len(argv) > 1 else 10
    for name, value in differences(rows, times).items():
        print(f"{name:24s} {value:.3g}")


if __name__ == "__main__":
    main(sys.argv[1:])
