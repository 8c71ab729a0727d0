"""Logit kernels over the whole range of the linear predictor, to 30 digits by mpmath.

Run from the repository root: ``python tests/reference/kernels.py`` writes tests/reference/kernels.json.
"""

from __future__ import annotations

import json
from pathlib import Path

import mpmath as mp
import numpy as np

mp.mp.dps = 400
SMALL = [0.0, 5e-324, 1e-300, 1e-17, 1e-16, 1e-8, 1e-4]
MIDDLE = [0.1, 0.5, 1.0, 2.5, 5.0, 10.0, 17.9, 18.1, 33.2, 33.4, 36.7, 37.1]
LARGE = [50.0, 100.0, 300.0, 700.0, 708.3, 709.7, 710.5, 744.0]


def row(eta: float) -> dict[str, object]:
    x = mp.mpf(eta)
    return {
        "eta": eta,
        "p": mp.nstr(1 / (1 + mp.exp(-x)), 30),
        "q": mp.nstr(1 / (1 + mp.exp(x)), 30),
        "log1pexp": mp.nstr(mp.log1p(mp.exp(x)), 30),
    }


def saturated(y: int, m: int) -> mp.mpf:
    """log C(m, y) + y log(y/m) + (m - y) log((m - y)/m)."""
    if y in (0, m):
        return mp.mpf(0)
    share = mp.mpf(y) / m
    binomial = mp.loggamma(m + 1) - mp.loggamma(y + 1) - mp.loggamma(m - y + 1)
    return binomial + y * mp.log(share) + (m - y) * mp.log1p(-share)


if __name__ == "__main__":
    rng = np.random.default_rng(1)
    grid = SMALL + MIDDLE + LARGE + [float(v) for v in rng.normal(0, 20, 60)]
    rows = [row(eta) for eta in sorted({*grid, *(-v for v in grid)})]
    counts = [(y, m) for m in (1, 2, 10, 31, 33, 1000, 10**9, 2**50) for y in (0, 1, m // 2, m - 1, m)]
    binomial = [{"m": m, "y": y, "log": mp.nstr(saturated(y, m), 30)} for y, m in counts]
    out = {"meta": {"tool": f"mpmath {mp.__version__}"}, "rows": rows, "saturated": binomial}
    Path(__file__).with_suffix(".json").write_text(json.dumps(out, indent=1) + "\n")
