"""exp and both tails of the logistic distribution at double-double arguments, to 45 digits by mpmath.

Run from the repository root: ``python tests/reference/doubledouble.py`` writes tests/reference/doubledouble.json.
"""

from __future__ import annotations

import json
from pathlib import Path

import mpmath as mp
import numpy as np

# p at η = 744 is 1 − 1e-323: nothing below is found by subtraction, but 1 + e^x must hold both.
mp.mp.dps = 400
EDGES = [0.0, 5e-324, 1e-300, 1e-32, 1e-17, 1e-8, 0.34, 0.347, 0.7, 1.0, 17.9, 36.7, 100.0, 635.0, 700.0, 708.3, 709.7]
FAR = [744.0, 745.2, 800.0, 1e4, 1e5]


def row(hi: float, lo: float) -> dict[str, object]:
    x = mp.mpf(hi) + mp.mpf(lo)
    return {
        "hi": hi,
        "lo": lo,
        "exp": mp.nstr(mp.exp(x), 45),
        "p": mp.nstr(1 / (1 + mp.exp(-x)), 45),
        "q": mp.nstr(1 / (1 + mp.exp(x)), 45),
    }


if __name__ == "__main__":
    rng = np.random.default_rng(1)
    drawn = [float(v) for v in (*rng.normal(0, 3, 60), *rng.uniform(0, 700, 60))]
    points = sorted({*EDGES, *FAR, *drawn})
    pairs = [(v, float(np.spacing(v) * rng.uniform(-0.5, 0.5)) if v > 1e-290 else 0.0) for v in points]
    rows = [row(sign * hi, sign * lo) for hi, lo in pairs for sign in (1.0, -1.0)]
    out = {"meta": {"tool": f"mpmath {mp.__version__}"}, "rows": rows}
    Path(__file__).with_suffix(".json").write_text(json.dumps(out, indent=1) + "\n")
