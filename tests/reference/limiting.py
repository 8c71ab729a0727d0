"""Finite coefficients of the limiting models of tests/data/separation to 30 digits, by Newton's method in mpmath.

Run from the repository root: ``python tests/reference/limiting.py`` writes tests/reference/limiting.json.
Which rows are separated and which coefficients are finite is the exact truth of separation_truth.json; the rows
that are not separated are fitted with as many columns, from left to right, as are independent on them.
"""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import mpmath as mp
import pandas as pd
from hard_problems import maximum

HERE = Path(__file__).resolve().parent
DATA = HERE.parent / "data" / "separation"


def independent(rows: list[list[float]]) -> list[int]:
    """Columns, from left to right, that are no combination of earlier ones (exact elimination)."""
    columns = [[Fraction(row[j]) for row in rows] for j in range(len(rows[0]))] if rows else []
    basis: list[list[Fraction]] = []
    pivots: list[int] = []
    kept = []
    for j, column in enumerate(columns):
        rest = column
        for vector, pivot in zip(basis, pivots, strict=True):
            factor = rest[pivot] / vector[pivot]
            rest = [a - factor * b for a, b in zip(rest, vector, strict=True)]
        nonzero = next((i for i, value in enumerate(rest) if value), None)
        if nonzero is not None:
            basis.append(rest)
            pivots.append(nonzero)
            kept.append(j)
    return kept


def limiting(name: str, truth: dict) -> dict[str, object] | None:
    finite = [term for term, state in truth["coef"].items() if state == "finite"]
    if truth["kind"] == "multinomial" or not finite:
        return None
    d = pd.read_csv(DATA / f"{name}.csv")
    used = (d.get("w", 1.0) * d.get("m", 1.0) + 0 * d["y"]) > 0
    d = d[used & ~d.index.isin(truth["separated_rows"])]
    names = [term for term in truth["regressors"] if term not in truth["aliased"]]
    kept = [names[j] for j in independent(d[names].to_numpy(float).tolist())]
    real = lambda column: [mp.mpf(float(v)) for v in column]  # noqa: E731
    m = real(d["m"]) if "m" in d else [mp.mpf(1)] * len(d)
    w = real(d["w"]) if "w" in d else [mp.mpf(1)] * len(d)
    offset = real(d["offset"]) if "offset" in d else [mp.mpf(0)] * len(d)
    y = [a * b for a, b in zip(real(d["y"]), w, strict=True)]
    total = [a * b for a, b in zip(m, w, strict=True)]
    rows = [real(row) for row in d[kept].to_numpy(float)]
    beta, llf, info = maximum(rows, y, total, offset)
    cov = info**-1
    place = {term: kept.index(term) for term in finite}
    small = mp.mpf(10) ** -30
    return {
        "llf_kernel": mp.nstr(llf, 30),
        "params": {t: mp.nstr(beta[j] if abs(beta[j]) > small else mp.mpf(0), 30) for t, j in place.items()},
        "bse": {t: mp.nstr(mp.sqrt(cov[j, j]), 30) for t, j in place.items()},
    }


if __name__ == "__main__":
    truth = json.loads((HERE / "separation_truth.json").read_text())
    found = {name: limiting(name, one) for name, one in truth.items()}
    out = {"meta": {"tool": f"mpmath {mp.__version__}"}, "sets": {k: v for k, v in found.items() if v}}
    (HERE / "limiting.json").write_text(json.dumps(out, indent=1) + "\n")
