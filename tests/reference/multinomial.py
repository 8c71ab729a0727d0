"""Multinomial logits of the Womenlf data to 50 digits, by definition: ``python tests/reference/multinomial.py``.

Needs mpmath. Writes multinomial.json: estimates, errors, log-likelihoods, tests and a profile limit of
``partic ~ hincome + children`` (base fulltime), and the limiting model of the rows without those who work part-time and
have no children. Formulas: Agresti 2013, §8.1; sandwiches without and with clusters of ten rows, these times
G/(G − 1); Geyer 2009 for the limiting model.
"""

from __future__ import annotations

import csv
import json
from pathlib import Path

import mpmath as mp

HERE = Path(__file__).parent
LEVELS = ("fulltime", "not.work", "parttime")
NAMES = ("Intercept", "hincome", "children")
mp.mp.dps = 50


def data(*, separated=False):
    """Rows (columns, position of the outcome, outcomes that are possible)."""
    with open(HERE.parent / "data" / "womenlf.csv", encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            children, k = int(row["children"] == "present"), LEVELS.index(row["partic"])
            if separated and k == 2 and not children:
                continue
            yield (1, int(row["hincome"]), children), k, (0, 1) if separated and not children else (0, 1, 2)


def sums(rows, columns, beta):
    """Log-likelihood, scores of rows and information; ``columns(x)`` (2, q) are those of the outcomes 1 and 2."""
    q, llf, scores = len(beta), mp.mpf(0), []
    info = mp.zeros(q)
    for x, k, possible in rows:
        over = [[0] * q, *columns(x)]
        eta = [mp.fdot(beta, c) for c in over]
        total = mp.fsum(mp.exp(eta[j]) for j in possible)
        p = {j: mp.exp(eta[j]) / total for j in possible}
        llf += eta[k] - mp.log(total)
        mean = [mp.fsum(p[j] * over[j][i] for j in possible) for i in range(q)]
        scores.append([over[k][i] - mean[i] for i in range(q)])
        for j in possible:
            direction = [over[j][i] - mean[i] for i in range(q)]
            for a in range(q):
                for b in range(q):
                    info[a, b] += p[j] * direction[a] * direction[b]
    return llf, scores, info


def maximum(rows, columns, start, free=None):
    """Newton's method over the positions ``free``, the others as in ``start``: β and the sums there."""
    beta, free = list(start), list(range(len(start))) if free is None else free
    for _ in range(100):
        _, scores, info = sums(rows, columns, beta)
        total = mp.matrix([mp.fsum(s[i] for s in scores) for i in free])
        step = mp.lu_solve(mp.matrix([[info[a, b] for b in free] for a in free]), total)
        for i, d in zip(free, step, strict=True):
            beta[i] += d
        if mp.norm(step) < mp.mpf(10) ** -40:
            return beta, sums(rows, columns, beta)
    raise RuntimeError("no convergence")


def full(x):
    """Columns of the outcomes 1 and 2, outcome by outcome."""
    return [[*x, 0, 0, 0], [0, 0, 0, *x]]


def limiting(x):
    """As :func:`full`, with one constant for part-time work of those who have children."""
    return [[*x, 0, 0], [0, 0, 0, 1, x[1]]]


def errors(cov):
    return [mp.sqrt(cov[i, i]) for i in range(cov.rows)]


def sandwich(bread, scores, groups):
    """Bread times the products of summed scores times bread."""
    q = bread.rows
    meat = mp.zeros(q)
    for rows in groups:
        s = mp.matrix([mp.fsum(scores[i][a] for i in rows) for a in range(q)])
        meat += s * s.T
    return bread * meat * bread


def quadratic(v, matrix):
    return (v.T * mp.lu_solve(matrix, v))[0]


def text(value):
    return [text(v) for v in value] if isinstance(value, (list, tuple)) else mp.nstr(value, 25)


def ordinary():
    rows = list(data())
    beta, (llf, scores, info) = maximum(rows, full, [mp.mpf(0)] * 6)
    cov, n = info**-1, len(rows)
    clusters = [range(i, min(i + 10, n)) for i in range(0, n, 10)]
    tens = sandwich(cov, scores, clusters) * mp.mpf(len(clusters)) / (len(clusters) - 1)
    income, rest = [1, 4], [0, 2, 3, 5]
    _, (small_llf, small_scores, small_info) = maximum(rows, full, [mp.mpf(0)] * 6, rest)
    score = mp.matrix([mp.fsum(s[i] for s in small_scores) for i in range(6)])
    b = mp.matrix([beta[i] for i in income])
    quantile = mp.sqrt(2) * mp.erfinv(mp.mpf("0.95"))

    def fall(value):
        start = list(beta)
        start[4] = value
        _, (there, *_) = maximum(rows, full, start, [0, 1, 2, 3, 5])
        return 2 * (llf - there) - quantile**2

    se = mp.sqrt(cov[4, 4])
    limits = [mp.findroot(fall, (beta[4] + s * se * 2, beta[4] + s * se * mp.mpf("1.9")), tol=1e-60) for s in (-1, 1)]
    return {
        "params": beta,
        "bse": errors(cov),
        "llf": llf,
        "HC0": errors(sandwich(cov, scores, [[i] for i in range(n)])),
        "cluster": errors(tens),
        "hincome": {
            "wald": quadratic(b, mp.matrix([[cov[i, j] for j in income] for i in income])),
            "lr": 2 * (llf - small_llf),
            "score": quadratic(score, small_info),
        },
        "limits of parttime|hincome": limits,
    }


def separated():
    rows = list(data(separated=True))
    beta, (llf, _, info) = maximum(rows, limiting, [mp.mpf(0)] * 5)
    se = errors(info**-1)
    names = [f"{LEVELS[1]}|{name}" for name in NAMES] + [f"{LEVELS[2]}|hincome"]
    kept = [0, 1, 2, 4]
    finite = {name: {"estimate": beta[i], "se": se[i]} for name, i in zip(names, kept, strict=True)}
    return {"llf": llf, "n": len(rows), "finite": finite}


def written(values):
    if isinstance(values, dict):
        return {key: written(value) for key, value in values.items()}
    return values if isinstance(values, (int, str)) else text(values)


if __name__ == "__main__":
    result = {
        "tool": f"mpmath {mp.__version__}, 50 digits",
        "call": "python tests/reference/multinomial.py",
        "labels": [f"{level}|{name}" for level in LEVELS[1:] for name in NAMES],
        "ordinary": written(ordinary()),
        "separated": written(separated()),
    }
    (HERE / "multinomial.json").write_text(json.dumps(result, indent=1) + "\n", "utf-8")
