"""Typical studies, with age and body mass as they are, against statsmodels: ``python tests/benchmarks/typical.py``.

CPU time of one thread, medians, all in turn in one process: ratios are the other package's time over glmlogit's, above
1 where glmlogit is faster. From arrays to coefficients and standard errors, against statsmodels' ``Logit`` and
scikit-learn's newton-cholesky at 1e-8, which gives no standard errors; from a formula with a factor against
``smf.logit``; and a loop over studies of 200, for each of which a design is made. Columns far from zero are what costs
digits, and time: "year" adds a calendar year, "centred" takes the means away.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
import warnings
from collections.abc import Callable

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(name, "1")

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
from sklearn.linear_model import LogisticRegression  # noqa: E402
from statsmodels.discrete.discrete_model import Logit  # noqa: E402
from statsmodels.formula.api import logit as by_formula  # noqa: E402

import glmlogit as gl  # noqa: E402

FEW = ("age", "bmi", "systolic", "smoker")
MANY = ("age", "bmi", "systolic", "packs", "income", "smoker", "alcohol", "sex")
FORMULA = "y ~ age + bmi + systolic + packs + income + smoker + C(education)"


def study(n: int, seed: int | None = None) -> pd.DataFrame:
    """One study of ``n`` people."""
    rng = np.random.default_rng(n if seed is None else seed)
    age, bmi = rng.normal(52, 12, n).round(), rng.normal(27, 4.5, n).round(1)
    table = pd.DataFrame({"age": age, "bmi": bmi, "systolic": rng.normal(132, 17, n).round()})
    table["packs"], table["income"] = rng.gamma(2.0, 5.0, n).round(1), rng.normal(size=n)
    table["smoker"], table["year"] = rng.integers(0, 2, n), rng.integers(2005, 2016, n)
    table["education"] = rng.choice(["high", "low", "middle"], n)
    eta = -1.2 + 0.03 * (age - 52) + 0.05 * (bmi - 27) + 0.4 * table["smoker"]
    table["y"] = (rng.random(n) < 1 / (1 + np.exp(-eta))).astype(int)
    table["alcohol"], table["sex"] = rng.gamma(1.5, 6.0, n).round(), rng.integers(0, 2, n)
    return table


def in_turn(work: dict[str, Callable[[], object]], seconds: float) -> dict[str, float]:
    """Median CPU seconds of each, taking turns for some seconds."""
    times: dict[str, list[float]] = {name: [] for name in work}
    end = time.perf_counter() + seconds
    while time.perf_counter() < end or len(next(iter(times.values()))) < 5:
        for name, do in work.items():
            start = time.process_time()
            do()
            times[name].append(time.process_time() - start)
    return {name: statistics.median(values) for name, values in times.items()}


def ours(y: np.ndarray, X: np.ndarray) -> object:
    """From arrays to coefficients and standard errors."""
    fit = gl.logit(gl.design_arrays(y, X, intercept=True), control=gl.Control(threads=1))
    return fit.params, fit.bse


def theirs(y: np.ndarray, X: np.ndarray) -> object:
    """The same by statsmodels, its own check of convergence included."""
    return Logit(y, np.column_stack([np.ones(len(X)), X])).fit(disp=0).bse


def by_sklearn(y: np.ndarray, X: np.ndarray) -> object:
    """Coefficients by scikit-learn."""
    model = LogisticRegression(C=np.inf, solver="newton-cholesky", tol=1e-8, max_iter=200)
    return model.fit(X, y).coef_


def shown(times: dict[str, float]) -> str:
    """Milliseconds, and the others' times in ours."""
    ratios = " / ".join(f"{seconds / times['ours']:.2f}" for name, seconds in times.items() if name != "ours")
    return f"{1e3 * times['ours']:.2f} ms ({ratios})"


def of_arrays(table: pd.DataFrame, names: tuple[str, ...], kind: str, seconds: float) -> str:
    """One cell: columns as they are, centred, or with a year."""
    y, X = table["y"].to_numpy(dtype=float), table[list(names)].to_numpy(dtype=float)
    X = {"centred": X - X.mean(axis=0), "year": np.column_stack([X, table["year"]])}.get(kind, X)
    X = np.ascontiguousarray(X)
    work = {"ours": lambda: ours(y, X), "statsmodels": lambda: theirs(y, X), "sklearn": lambda: by_sklearn(y, X)}
    return shown(in_turn(work, seconds))


def of_formula(table: pd.DataFrame, formula: str, seconds: float) -> str:
    """One cell: from a formula and a data frame."""
    work = {
        "ours": lambda: gl.logit(formula, table).bse,
        "statsmodels": lambda: by_formula(formula, table).fit(disp=0).bse,
    }
    return shown(in_turn(work, seconds))


def of_loop(fits: int, n: int = 200) -> tuple[str, str]:
    """Many studies one after the other, each package in a loop of its own: from arrays, from a formula."""
    tables = [study(n, seed) for seed in range(fits)]
    arrays = [(t["y"].to_numpy(dtype=float), np.ascontiguousarray(t[list(FEW)].to_numpy(dtype=float))) for t in tables]
    work = {
        "arrays": [lambda fit=fit: [fit(y, X) for y, X in arrays] for fit in (ours, theirs, by_sklearn)],
        "formula": [
            lambda: [gl.logit(FORMULA, t).bse for t in tables],
            lambda: [by_formula(FORMULA, t).fit(disp=0).bse for t in tables],
        ],
    }
    cells = []
    for loops in work.values():
        seconds = []
        for loop in loops:
            start = time.process_time()
            loop()
            seconds.append((time.process_time() - start) / fits)
        cells.append(shown(dict(zip(("ours", "statsmodels", "sklearn"), seconds, strict=False))))
    return cells[0], cells[1]


def of_growth(names: tuple[str, ...], kind: str, seconds: float) -> str:
    """Our time against the number of rows: no size at which it jumps."""
    sizes, cells = (50, 100, 200, 400, 800, 1_600, 3_200, 6_400, 12_800, 20_000), []
    for n in sizes:
        table = study(n)
        y, X = table["y"].to_numpy(dtype=float), table[list(names)].to_numpy(dtype=float)
        X = np.ascontiguousarray(np.column_stack([X, table["year"]]) if kind == "year" else X)
        times = in_turn({"ours": lambda y=y, X=X: ours(y, X)}, seconds / len(sizes))
        cells.append(f"{n:,} {1e3 * times['ours']:.2f}")
    return ", ".join(cells)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=3.0, help="for each cell")
    parser.add_argument("--rows", type=int, nargs="+", default=[200, 500, 1_000, 2_000, 10_000, 100_000])
    parser.add_argument("--loop", type=int, default=1_000, help="studies in the loop; 0 for none")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    print("| n | centred, p = 9 | p = 5 | p = 9 | p = 5 and year | p = 9 and year |\n|---:|---:|---:|---:|---:|---:|")
    for n in options.rows:
        table = study(n)
        kinds = [(MANY, "centred"), (FEW, ""), (MANY, ""), (FEW, "year"), (MANY, "year")]
        cells = [of_arrays(table, names, kind, options.seconds) for names, kind in kinds]
        print(f"| {n:,} | {' | '.join(cells)} |", flush=True)
    for names, kind in ((FEW, ""), (MANY, ""), (MANY, "year")):
        print(
            f"\nms against n, p = {len(names) + 1}{' and year' * bool(kind)}: {of_growth(names, kind, options.seconds)}"
        )
    print("\n| n | design | formula | formula and year |\n|---:|---:|---:|---:|")
    for n in options.rows:
        table = study(n)
        alone = in_turn({"design": lambda table=table: gl.design(FORMULA, table)}, options.seconds / 3)["design"]
        cells = [of_formula(table, formula, options.seconds) for formula in (FORMULA, f"{FORMULA} + year")]
        print(f"| {n:,} | {1e3 * alone:.2f} ms | {' | '.join(cells)} |", flush=True)
    if options.loop:
        print(f"\n{options.loop:,} fits of n = 200: arrays {{}}, formula {{}}".format(*of_loop(options.loop)))


if __name__ == "__main__":
    main()
