"""What evaluation costs beside a fit of the same rows, or beside scikit-learn's area, in CPU time of one process.

    python tests/benchmarks/evaluation.py [roc influence deletion bootstrap folds]

A fit is ``gl.logit`` of a ready design of the same rows. One thread each.
"""

from __future__ import annotations

import math
import os
import sys
import time
import warnings
from collections.abc import Callable

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

import glmlogit as gl
from glmlogit.estimate.recounted import recounted
from glmlogit.resampling.observations import observations_of
from glmlogit.resampling.out_of_fold import out_of_fold

RUNS = 5


def rows(n: int, p: int = 10, seed: int = 1) -> gl.Design:
    """A design of normal columns and a constant, with some thirty per cent of events."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, p))
    eta = X @ (0.3 * rng.normal(size=p)) - 0.9
    return gl.design_arrays((rng.random(n) < 1 / (1 + np.exp(-eta))).astype(float), X, intercept=True)


ONE = gl.Control(threads=1)


def fitted(design: gl.Design) -> gl.Fit:
    """A fit in one thread, whose handing over of rows to others is no work."""
    return gl.logit(design, control=ONE)


def spent(call: Callable[[], object], times: int = 1) -> float:
    """CPU time of a call."""
    start = time.process_time()
    for _ in range(times):
        call()
    return (time.process_time() - start) / times


def ratio(what: str, limit: float, unit: str, call: Callable[[], object], other: Callable[[], object]) -> None:
    """Print the median ratio of some turns, in each of which the other call is made for about as long before and after.

    A machine that others use changes its pace from one second to the next, and both calls with it.
    """
    call(), other()
    times = max(1, round(0.5 * spent(call) / spent(other, 3)))
    turns = []
    for _ in range(RUNS):
        before, long, after = spent(other, times), spent(call), spent(other, times)
        turns.append((2 * long / (before + after), long))
    median, long = sorted(turns)[RUNS // 2]
    print(
        f"{what:58s} {median:8.2f} {unit} (limit {limit:g}; {min(turns)[0]:.2f} to {max(turns)[0]:.2f}; {long:.3f} s)"
    )


def roc() -> None:
    from sklearn.metrics import roc_auc_score

    rng = np.random.default_rng(2)
    y = (rng.random(1_000_000) < 0.3).astype(int)
    for kind, score in (
        ("distinct", rng.normal(size=len(y)) + y),
        ("in ties", np.round(rng.normal(size=len(y)) + y, 2)),
    ):
        what = f"ROC with DeLong limits, 1,000,000 scores {kind}"
        ratio(what, 3, "of sklearn's area", lambda s=score: gl.roc(y=y, score=s), lambda s=score: roc_auc_score(y, s))


def influence() -> None:
    design = rows(1_000_000)
    fit = fitted(design)
    ratio("influence, 1,000,000 × 10", 3, "fits", lambda: gl.influence(fit), lambda: fitted(design))


def deletion() -> None:
    design = rows(2_000)
    fit = fitted(design)
    X, y = design.X[:, 1:], design.y
    deleted, anew = lambda: gl.influence(fit, exact=True), lambda: fitted(gl.design_arrays(y, X, intercept=True))
    ratio("exact leave-one-out, 2,000 × 10, in fits from arrays", 0.2 * 2_000, "fits", deleted, anew)
    ratio("the same, in fits of a ready design", math.inf, "fits", deleted, lambda: fitted(design))


def bootstrap() -> None:
    design = rows(100_000)
    fit = fitted(design)
    observations = observations_of(fit)

    def refits() -> None:
        generator = np.random.default_rng(3)
        for _ in range(200):
            recounted(fit, observations.taken(observations.drawn(generator)))

    ratio("bootstrap of 200 refits, 100,000 × 10", 150, "fits", refits, lambda: fitted(design))
    what = "the same, with eight measures in either sample"
    ratio(what, math.inf, "fits", lambda: gl.internal_validation(fit, replicates=200), lambda: fitted(design))


def folds() -> None:
    design = rows(10_000)
    fit = fitted(design)
    ratio("predictions 10 × 10 out of fold, 10,000 × 10", 130, "fits", lambda: out_of_fold(fit), lambda: fitted(design))
    what = "cross_validate 10 × 10, with its measures"
    ratio(what, math.inf, "fits", lambda: gl.cross_validate(fit), lambda: fitted(design))
    what = "internal_validation by 10 × 10 folds, all measures"
    ratio(what, 150, "fits", lambda: gl.internal_validation(fit, "cv"), lambda: fitted(design))


PARTS = {f.__name__: f for f in (roc, influence, deletion, bootstrap, folds)}

if __name__ == "__main__":
    warnings.simplefilter("ignore")
    for name in sys.argv[1:] or PARTS:
        PARTS[name]()
