"""Maximum likelihood of the hard problems in tests/data/hard to 40 digits, by Newton's method in mpmath.

Run from the repository root: ``python tests/reference/hard_problems.py`` writes tests/reference/hard_problems.json.
Columns of a problem: ``y`` (events), ``m`` (trials, else 1), ``offset`` (else 0); the rest are the columns of X.
The doubles in the CSV are taken exactly as read; nothing else is rounded below 120 digits.
"""

from __future__ import annotations

import json
from pathlib import Path

import mpmath as mp
import pandas as pd

ROOT = Path(__file__).resolve().parent.parent.parent
DATA = ROOT / "tests" / "data" / "hard"
mp.mp.dps = 120


def problem(path: Path) -> tuple[list[str], list[list[mp.mpf]], list[mp.mpf], list[mp.mpf], list[mp.mpf]]:
    d = pd.read_csv(path)
    names = [c for c in d if c not in ("y", "m", "offset")]
    rows = [[mp.mpf(float(v)) for v in row] for row in d[names].to_numpy(float)]
    y = [mp.mpf(float(v)) for v in d["y"]]
    m = [mp.mpf(float(v)) for v in d["m"]] if "m" in d else [mp.mpf(1)] * len(d)
    offset = [mp.mpf(float(v)) for v in d["offset"]] if "offset" in d else [mp.mpf(0)] * len(d)
    return names, rows, y, m, offset


def evaluate(beta, rows, y, m, offset):
    p = len(beta)
    llf, score, info = mp.mpf(0), mp.zeros(p, 1), mp.zeros(p, p)
    for x, yi, mi, oi in zip(rows, y, m, offset, strict=True):
        eta = oi + mp.fsum(a * b for a, b in zip(x, beta, strict=True))
        prob = 1 / (1 + mp.exp(-eta))
        other = 1 / (1 + mp.exp(eta))
        llf += -yi * mp.log1p(mp.exp(-eta)) - (mi - yi) * mp.log1p(mp.exp(eta))
        residual, weight = yi * other - (mi - yi) * prob, mi * prob * other
        for j in range(p):
            score[j] += residual * x[j]
            for k in range(j + 1):
                info[j, k] += weight * x[j] * x[k]
    for j in range(p):
        for k in range(j):
            info[k, j] = info[j, k]
    return llf, score, info


def maximum(rows, y, m, offset):
    """Newton with halving until the decrement is below 1e-60."""
    beta = mp.zeros(len(rows[0]), 1)
    llf, score, info = evaluate(beta, rows, y, m, offset)
    for _ in range(200):
        step = mp.lu_solve(info, score)
        decrement = mp.sqrt(abs((score.T * step)[0]))
        length = mp.mpf(1)
        while True:
            there = beta + length * step
            new = evaluate(there, rows, y, m, offset)
            if new[0] >= llf or decrement < mp.mpf(10) ** -10:
                break
            length /= 2
        beta, (llf, score, info) = there, new
        if decrement < mp.mpf(10) ** -60:
            return beta, llf, info
    raise RuntimeError("no convergence")


def reference(path: Path) -> dict[str, object]:
    names, rows, y, m, offset = problem(path)
    beta, llf, info = maximum(rows, y, m, offset)
    cov = info**-1
    errors = [mp.sqrt(cov[j, j]) for j in range(len(names))]
    show = lambda v: mp.nstr(v, 40)  # noqa: E731
    return {
        "id": path.stem,
        "terms": names,
        # what Newton leaves of an exact zero (1e-122 standard errors) is one
        "params": [
            show(b if abs(b) > se * mp.mpf(10) ** -50 else mp.mpf(0)) for b, se in zip(beta, errors, strict=True)
        ],
        "bse": [show(se) for se in errors],
        "llf_kernel": show(llf),
    }


if __name__ == "__main__":
    problems = [reference(path) for path in sorted(DATA.glob("*.csv"))]
    out = {"meta": {"tool": f"mpmath {mp.__version__}", "digits": mp.mp.dps}, "problems": problems}
    Path(__file__).with_suffix(".json").write_text(json.dumps(out, indent=1) + "\n")
