"""Exact truth of separation for tests/data/separation, written to separation_truth.json.

Every double is a rational number, and rows of a homogeneous system may be multiplied by positive numbers, so
all of it is integer arithmetic. The extreme rays of C = {d : Ad ≥ 0} are enumerated by the double description
method (Motzkin, Raiffa, Thompson & Thrall 1953; Fukuda & Prodon 1996): no linear program, no tolerance, nothing
shared with the package. C is pointed once aliased columns are gone, so it is the set of sums of its rays:
a row is separated if some ray raises it, a coefficient is finite if it is 0 on every ray, and so on.

Run: python tests/reference/separation_truth.py
"""

from __future__ import annotations

import csv
import json
from fractions import Fraction
from math import gcd
from pathlib import Path

HERE = Path(__file__).parent
DATA = HERE.parent / "data" / "separation"


def whole(row):
    """The row times a positive number, as integers without common divisor."""
    row = [Fraction(x) for x in row]
    common = 1
    for x in row:
        common = common * x.denominator // gcd(common, x.denominator)
    ints = [int(x * common) for x in row]
    divisor = gcd(*ints) or 1
    return tuple(x // divisor for x in ints)


def dot(a, b):
    return sum(x * y for x, y in zip(a, b, strict=True))


def independent(vectors):
    """Positions of vectors that do not depend linearly on the ones before, from left to right."""
    reduced, kept = [], []
    for position, vector in enumerate(vectors):
        rest = [Fraction(x) for x in vector]
        for pivot, row in reduced:
            factor = rest[pivot]
            rest = [x - factor * y for x, y in zip(rest, row, strict=True)] if factor else rest
        pivot = next((j for j, x in enumerate(rest) if x), None)
        if pivot is not None:
            reduced.append((pivot, [x / rest[pivot] for x in rest]))
            kept.append(position)
    return kept


def inverse_columns(square):
    """Columns of the inverse of a matrix of full rank: the rays of the cone of its rows."""
    size = len(square)
    table = [[Fraction(x) for x in row] + [Fraction(int(i == j)) for j in range(size)] for i, row in enumerate(square)]
    for j in range(size):
        pivot = next(i for i in range(j, size) if table[i][j])
        table[j], table[pivot] = table[pivot], table[j]
        table[j] = [x / table[j][j] for x in table[j]]
        for i in range(size):
            if i != j and table[i][j]:
                table[i] = [x - table[i][j] * y for x, y in zip(table[i], table[j], strict=True)]
    return [whole([table[i][size + j] for i in range(size)]) for j in range(size)]


def extreme_rays(rows):
    """Extreme rays of {d : rows·d ≥ 0}; the rows have full column rank."""
    rows = list(dict.fromkeys(row for row in map(whole, rows) if any(row)))
    start = independent(rows)
    done = [rows[i] for i in start]
    rays = inverse_columns(done)
    for row in (row for i, row in enumerate(rows) if i not in set(start)):
        rays = cut(rays, done, row)
        done.append(row)
    return rays


def cut(rays, done, row):
    """Rays of the cone after one more inequality: those inside, and one on every edge the plane crosses."""
    value = [dot(row, ray) for ray in rays]
    if all(v >= 0 for v in value):
        return rays
    tight = [frozenset(i for i, old in enumerate(done) if dot(old, ray) == 0) for ray in rays]
    kept = [ray for ray, v in zip(rays, value, strict=True) if v >= 0]
    for i, up in enumerate(value):
        for j, down in enumerate(value):
            if up > 0 > down and adjacent(tight, i, j):
                kept.append(whole([up * y - down * x for x, y in zip(rays[i], rays[j], strict=True)]))
    return kept


def adjacent(tight, i, j):
    """Two rays share an edge if no third is tight wherever both are."""
    both = tight[i] & tight[j]
    return not any(both <= other for k, other in enumerate(tight) if k not in (i, j))


def verdict(rows):
    """Kind of separation, state of every coefficient and separated rows of a matrix of full column rank."""
    rays = extreme_rays(rows)
    rows = [whole(row) for row in rows]
    separated = [i for i, row in enumerate(rows) if any(dot(row, ray) for ray in rays)]
    kind = "none" if not separated else "complete" if len(separated) == len(rows) else "quasi"
    return kind, [state([ray[j] for ray in rays]) for j in range(len(rows[0]))], separated


def state(values):
    up, down = any(v > 0 for v in values), any(v < 0 for v in values)
    return "indeterminate" if up and down else "+inf" if up else "-inf" if down else "finite"


def effective(records, regressors):
    """Rows with weight and trials: position, outcome, trials and exact covariates."""
    for i, record in enumerate(records):
        trials = Fraction(float(record.get("m", 1)))
        if Fraction(float(record.get("w", 1))) > 0 and trials > 0:
            yield i, Fraction(float(record["y"])), trials, [Fraction(float(record[name])) for name in regressors]


def binary_rows(data):
    """Signed rows (both signs for a row with events and non-events) and the data row each comes from."""
    for i, y, trials, x in data:
        if y > 0:
            yield i, x
        if y < trials:
            yield i, [-v for v in x]


def multinomial_rows(data, classes):
    """Differences between the class observed and each other, class 0 being the reference."""
    for i, y, _, x in data:
        for other in (k for k in range(classes) if k != int(y)):
            row = [Fraction(0)] * (len(x) * classes)
            for j, v in enumerate(x):
                row[int(y) * len(x) + j] = v
                row[other * len(x) + j] = -v
            yield i, row[len(x) :]


def truth(name, meta):
    """The entry of one data set."""
    with open(DATA / f"{name}.csv", newline="") as file:
        data = list(effective(list(csv.DictReader(file)), meta["regressors"]))
    kept = independent(list(zip(*(x for *_, x in data), strict=True)))
    names = [meta["regressors"][j] for j in kept]
    data = [(i, y, m, [x[j] for j in kept]) for i, y, m, x in data]
    if meta["kind"] == "multinomial":
        rows = list(multinomial_rows(data, meta["classes"]))
        names = [f"{k}:{one}" for k in range(1, meta["classes"]) for one in names]
    else:
        rows = list(binary_rows(data))
    kind, states, separated = verdict([row for _, row in rows])
    return {
        "kind": meta["kind"],
        "classes": meta["classes"],
        "regressors": meta["regressors"],
        "aliased": [one for j, one in enumerate(meta["regressors"]) if j not in kept],
        "separation": kind,
        "coef": dict(zip(names, states, strict=True)),
        "separated_rows": sorted({rows[i][0] for i in separated}),
        "n_separated_signed": len(separated),
    }


def main():
    target = HERE / "separation_truth.json"
    sets = json.loads((DATA / "datasets.json").read_text())
    target.write_text(json.dumps({name: truth(name, meta) for name, meta in sets.items()}, indent=1) + "\n")


if __name__ == "__main__":
    main()
