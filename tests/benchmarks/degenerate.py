"""Degenerate and wide data in times of the best peer: ``python tests/benchmarks/degenerate.py [--only levels]``.

CPU time of one thread, medians, all in turn in one process: ratios are the other package's time over glmlogit's, above
1 where glmlogit is faster. Matched pairs and dates as a factor against statsmodels' ``GLM`` by formula, which has no
word of the infinite coefficients; factors of many levels against pyfixest's ``feglm``, which absorbs them without
standard errors; separated columns, whose states are proved, by the clock alone; wide data against statsmodels'
``Logit``, scikit-learn's newton-cholesky and glum at 1e-8, of which only the first gives standard errors.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ.setdefault(name, "1")

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
import statsmodels.api as sm  # noqa: E402
import statsmodels.formula.api as smf  # noqa: E402

import glmlogit as gl  # noqa: E402

sys.path.insert(0, str(Path(__file__).parent))
import peers  # noqa: E402

ONE = gl.Control(threads=1)
Case = tuple[str, dict[str, Callable[[], object]]]


def in_turn(work: dict[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Median CPU seconds of each, taking turns; the first round is not counted."""
    times: dict[str, list[float]] = {name: [] for name in work}
    for _ in range(rounds + 1):
        for name, do in work.items():
            start = time.process_time()
            do()
            times[name].append(time.process_time() - start)
    return {name: statistics.median(values[1:]) for name, values in times.items()}


def by_formula(formula: str, table: pd.DataFrame) -> dict[str, Callable[[], object]]:
    """Ours and statsmodels' ``GLM``, both from the formula to standard errors."""
    return {
        "ours": lambda: gl.logit(formula, table, control=ONE).bse,
        "statsmodels GLM": lambda: smf.glm(formula, table, family=sm.families.Binomial()).fit(tol=1e-8).bse,
    }


def pairs() -> Iterator[Case]:
    """Two hundred matched pairs, of which those with equal outcomes have infinite coefficients."""
    rng = np.random.default_rng(0)
    table = pd.DataFrame({"x": rng.normal(size=400), "pair": np.repeat([f"p{i:03d}" for i in range(200)], 2)})
    table["y"] = (rng.random(400) < 1 / (1 + np.exp(-table["x"]))).astype(int)
    yield "200 matched pairs as a factor", by_formula("y ~ x + C(pair)", table)


def dates() -> Iterator[Case]:
    """Four hundred people with the day of their visit as text: most days have one person."""
    rng = np.random.default_rng(0)
    day = pd.Timestamp("2015-01-01") + pd.to_timedelta(rng.integers(0, 3000, 400), unit="D")
    table = pd.DataFrame({"y": rng.integers(0, 2, 400), "age": rng.integers(18, 90, 400)})
    table["day"] = day.strftime("%d.%m.%Y")
    yield f"{table['day'].nunique()} dates of 400 people as a factor", by_formula("y ~ age + C(day)", table)


def levels() -> Iterator[Case]:
    """Factors of many levels in 1e5 rows."""
    import pyfixest

    for count in (300, 1_000, 3_000, 5_000):
        rng, n = np.random.default_rng(2), 100_000
        table = pd.DataFrame({name: rng.standard_normal(n) for name in "abcd"})
        code = rng.integers(0, count, n)
        table["g"] = pd.Categorical.from_codes(code, [f"u{i:04d}" for i in range(count)])
        eta = -0.5 + 0.2 * table["a"] - 0.1 * table["b"] + rng.normal(0, 0.5, count)[code]
        table["y"] = (rng.random(n) < 1 / (1 + np.exp(-eta))).astype(int)
        yield (
            f"{count:,} levels in 100,000 rows",
            {
                "ours": lambda table=table: gl.logit("y ~ a + b + c + d + g", table, control=ONE).bse,
                "pyfixest": lambda table=table: pyfixest.feglm("y ~ a + b + c + d | g", table, family="logit").se(),
            },
        )


def separated() -> Iterator[Case]:
    """Columns that separate a thousand rows, completely or but for one row."""
    rng, n, p = np.random.default_rng(1), 1_000, 50
    X = np.column_stack([np.ones(n), rng.standard_normal((n, p - 1))]).round(2)
    complete = gl.design_arrays((X[:, 1] + X[:, 2] > 0).astype(float), X)
    near = (X[:, 1] > 0).astype(float)
    least = np.argmin(np.abs(X[:, 1]))
    near[least] = 1 - near[least]
    nearly = gl.design_arrays(near, X)
    for title, design in (("50 columns separate 1,000 rows", complete), ("all but one of them", nearly)):
        yield title, {"ours": lambda design=design: gl.logit(design, control=ONE).separation}


def wide() -> Iterator[Case]:
    """Many columns, from arrays."""
    for n, p in ((100_000, 200), (10_000, 1_000), (20_000, 300), (1_000_000, 10)):
        y, X = peers.dataset(n, p)
        work: dict[str, Callable[[], object]] = {
            "ours": lambda y=y, X=X: gl.logit(gl.design_arrays(y, X), control=ONE).bse,
            "newton-cholesky": lambda y=y, X=X: peers._sklearn("newton-cholesky")(y, X, 1e-8),
        }
        if p < 500:
            work["statsmodels Logit"] = lambda y=y, X=X: peers.statsmodels_logit(y, X, 1e-8)
            if n < 1_000_000:  # its line search creeps there when asked for 1e-8
                work["glum"] = lambda y=y, X=X: peers.glum_coefficients(y, X, 1e-8)
        yield f"{n:,} × {p:,}", work


PARTS = {"pairs": pairs, "dates": dates, "levels": levels, "separated": separated, "wide": wide}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    print("| data | glmlogit, ms | peers' time over ours |\n|---|---:|---|")
    for part in options.only:
        for title, work in PARTS[part]():
            times = in_turn(work, options.rounds)
            others = [f"{name} {seconds / times['ours']:.2f}" for name, seconds in times.items() if name != "ours"]
            print(f"| {title} | {1e3 * times['ours']:,.0f} | {', '.join(others) or '–'} |", flush=True)


if __name__ == "__main__":
    main()
