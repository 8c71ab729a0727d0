"""Proportional-odds logits of the birth data to 30 digits, by definition: ``python tests/reference/ordinal.py``.

Needs mpmath. Writes ordinal.json: estimates, errors of the observed information and log-likelihoods of the number of
visits to a physician, ``P(Y = j) = F(θ_j − x'β) − F(θ_{j−1} − x'β)`` (McCullagh 1980), also with coefficients of a
column for each cut (Peterson & Harrell 1990), with an offset and weights, with a column far from zero, and with two
cuts that a single woman keeps apart. Newton's method with the Hessian of the definition, at 50 digits and again at 42,
which must agree to all that is written.
"""

from __future__ import annotations

import csv
import itertools
import json
from pathlib import Path

import mpmath as mp

HERE = Path(__file__).parent
BIRTHS = HERE.parents[1] / "glmlogit" / "datasets" / "birthwt.csv"
# Levels in their order (visits, those above as the last), columns that all cuts share, and those of each cut.
MODELS = {
    "parallel": ((0, 1, 2), ("age", "smoke"), ()),
    "partial": ((0, 1, 2), ("age",), ("smoke",)),
    "weights": ((0, 1, 2, 3), ("lwt", "ht"), ()),
    "years": ((0, 1, 2), ("born", "smoke"), ()),
    "near": ((0, 6, 1, 2), ("age", "smoke", "ht"), ()),
}


def rows(model):
    """Position of the level, values of the columns by name, offset and weight of each woman."""
    levels = MODELS[model][0]
    with open(BIRTHS, encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            values = {name: int(row[name]) for name in ("age", "smoke", "lwt", "ht", "ftv")}
            values["born"] = 1986 - values["age"]
            visits = values["ftv"]
            level = visits if visits in levels else levels[-1]
            apart = model == "weights"
            offset = mp.mpf(values["age"] - 23) / 32 if apart else mp.mpf(0)
            yield levels.index(level), values, offset, 1 + values["lwt"] % 3 if apart else 1


def bounds(model, level, values, n_cuts):
    """Rows over the parameters of θ_j − x'β at the cut above the level and at that below; None beyond the last."""
    _, shared, own = MODELS[model]

    def at(cut):
        if not 0 <= cut < n_cuts:
            return None
        constants = [int(cut == j) for j in range(n_cuts)]
        apart = [-values[name] * int(cut == j) for name in own for j in range(n_cuts)]
        return [*constants, *(-values[name] for name in shared), *apart]

    return at(level), at(level - 1)


def sums(model, psi):
    """Log-likelihood, score and negative Hessian."""
    q, n_cuts = len(psi), len(MODELS[model][0]) - 1
    llf, score, info = mp.mpf(0), mp.zeros(q, 1), mp.zeros(q)
    for level, values, offset, weight in rows(model):
        p, first, second = mp.mpf(0), mp.zeros(q, 1), mp.zeros(q)
        for sign, bound in zip((1, -1), bounds(model, level, values, n_cuts), strict=True):
            if bound is None:
                p += sign == 1
                continue
            F = 1 / (1 + mp.exp(offset - mp.fdot(bound, psi)))
            density = F * (1 - F)
            v = mp.matrix(bound)
            p, first = p + sign * F, first + sign * density * v
            second += sign * density * (1 - 2 * F) * v * v.T
        llf += weight * mp.log(p)
        score += weight * first / p
        info += weight * (first * first.T / p**2 - second / p)
    return llf, score, info


def maximum(model):
    _, shared, own = MODELS[model]
    counts = [0] * len(MODELS[model][0])
    for level, *_ in rows(model):
        counts[level] += 1
    shares = [mp.mpf(sum(counts[: j + 1])) / sum(counts) for j in range(len(counts) - 1)]
    psi = [mp.log(s / (1 - s)) for s in shares] + [mp.mpf(0)] * (len(shared) + len(own) * len(shares))
    for _ in range(60):
        _, score, info = sums(model, psi)
        step = mp.lu_solve(info, score)
        psi = [a + b for a, b in zip(psi, step, strict=True)]
        if mp.norm(step) < mp.mpf(10) ** (8 - mp.mp.dps):
            break
    llf, _, info = sums(model, psi)
    cov = info**-1
    return {"params": psi, "bse": [mp.sqrt(cov[i, i]) for i in range(len(psi))], "llf": llf}


def labels(model):
    levels, shared, own = MODELS[model]
    cuts = [f"{low}|{high}" for low, high in itertools.pairwise(levels)]
    return [*cuts, *shared, *(f"[{cut}]{name}" for name in own for cut in cuts)]


def text(value):
    return [text(v) for v in value] if isinstance(value, list) else mp.nstr(value, 30)


def answers(digits):
    mp.mp.dps = digits
    return {model: {key: text(value) for key, value in maximum(model).items()} for model in MODELS}


if __name__ == "__main__":
    answer = answers(50)
    assert answer == answers(42)
    result = {
        "tool": f"mpmath {mp.__version__}, 50 and 42 digits",
        "call": "python tests/reference/ordinal.py",
        "models": {model: {"labels": labels(model), **answer[model]} for model in MODELS},
    }
    (HERE / "ordinal.json").write_text(json.dumps(result, indent=1) + "\n", "utf-8")
