"""Sizes and power by their formulas to 30 digits: ``python tests/reference/planning.py`` writes planning.json.

pmsampsize 1.1.3, powerMediation 0.3.4 and WebPower 0.9.4 of R give the same numbers for the same calls, but where the
first rounds an R² to 3 decimals (639 people for ex4).
"""

from __future__ import annotations

import json
from pathlib import Path

import mpmath as mp

mp.mp.dps = 30


def expit(x):
    return 1 / (1 + mp.exp(-x))


def ndtri(p):
    return mp.sqrt(2) * mp.erfinv(2 * p - 1)


def logit(p):
    return mp.log(p / (1 - p))


def normal_mean(function, mean=0):
    return mp.quad(lambda x: function(x) * mp.npdf(x, mean, 1), [mean + k for k in range(-40, 41, 4)])


def riley(parameters, prevalence, r2, shrinkage=0.9):
    top = 1 - mp.exp(2 * (prevalence * mp.log(prevalence) + (1 - prevalence) * mp.log(1 - prevalence)))
    second = r2 / (r2 + mp.mpf("0.05") * top)
    sizes = [mp.ceil(parameters / ((s - 1) * mp.log(1 - r2 / s))) for s in (mp.mpf(repr(shrinkage)), second)]
    sizes.append(mp.ceil((ndtri(mp.mpf("0.975")) / mp.mpf("0.05")) ** 2 * prevalence * (1 - prevalence)))
    return [*sizes, max(sizes), max(mp.mpf(repr(shrinkage)), second), top]


def margin_and_mape(prevalence, parameters):
    margin = (ndtri(mp.mpf("0.975")) / mp.mpf("0.05")) ** 2 * prevalence * (1 - prevalence)
    logs = mp.mpf("-0.508") + mp.mpf("0.259") * mp.log(prevalence) + mp.mpf("0.504") * mp.log(parameters)
    return [prevalence, parameters, margin, mp.exp((logs - mp.log(mp.mpf("0.05"))) / mp.mpf("0.544"))]


def r2_of_auc(auc, prevalence):
    mu = mp.sqrt(2) * ndtri(auc)
    start = logit(prevalence) - mu**2 / 2
    gain = prevalence * normal_mean(lambda x: mp.log(expit(start + mu * x)) - mp.log(prevalence), mu)
    gain += (1 - prevalence) * normal_mean(lambda x: mp.log(expit(-start - mu * x)) - mp.log(1 - prevalence))
    return 1 - mp.exp(-2 * gain)


def hsieh_normal(odds_ratio, baseline, n=None, power=None):
    z, unit = ndtri(mp.mpf("0.975")), mp.log(odds_ratio) ** 2 * baseline * (1 - baseline)
    return mp.ceil((z + ndtri(power)) ** 2 / unit) if n is None else mp.ncdf(mp.sqrt(n * unit) - z)


def hsieh_binary(p1, p2, b, n=None, power=None):
    z, mean = ndtri(mp.mpf("0.975")), (1 - b) * p1 + b * p2
    null, slope = mp.sqrt(mean * (1 - mean) / b), mp.sqrt(p1 * (1 - p1) + p2 * (1 - p2) * (1 - b) / b)
    if n is None:
        return mp.ceil((z * null + ndtri(power) * slope) ** 2 / ((p1 - p2) ** 2 * (1 - b)))
    return mp.ncdf((mp.sqrt(n * (1 - b)) * abs(p1 - p2) - z * null) / slope)


MEANS = {
    "normal": lambda f, share: normal_mean(f),
    "binary": lambda f, share: (1 - share) * f(mp.mpf(0)) + share * f(mp.mpf(1)),
    "uniform": lambda f, share: mp.quad(f, [0, 1]),
}


def demidenko(p0, p1, predictor, share=None, n=None, power=None):
    start, slope, z = logit(p0), logit(p1) - logit(p0), ndtri(mp.mpf("0.975"))
    mean = MEANS[predictor]
    a, b, c = (
        mean(lambda x, k=k: expit(start + slope * x) * expit(-start - slope * x) * x**k, share) for k in range(3)
    )
    variance = a / (a * c - b**2)

    def of(size):
        shift = mp.sqrt(size / variance) * slope
        return mp.ncdf(shift - z) + mp.ncdf(-shift - z)

    return (
        of(n) if n is not None else mp.findroot(lambda size: of(size) - power, (10, 3000), solver="anderson", tol=1e-25)
    )


SIZES = [
    {"parameters": 24, "prevalence": 0.174, "cox_snell": 0.288},
    {"parameters": 10, "prevalence": 0.5, "cox_snell": 0.1},
    {"parameters": 20, "prevalence": 0.05, "cox_snell": 0.05},
    {"parameters": 8, "prevalence": 0.3, "nagelkerke": 0.15},
]
RISKS = [(0.1, 10), (0.3, 20), (0.5, 10), (0.05, 30)]
AREAS = [(0.7, 0.1), (0.8, 0.174), (0.81, 0.77), (0.9, 0.05), (0.65, 0.5)]
HSIEH_NORMAL = [
    {"odds_ratio": 1.4993025000567668, "baseline": 0.5, "power": 0.95},
    {"odds_ratio": 1.4993025000567668, "baseline": 0.5, "n": 317},
    {"odds_ratio": 1.5, "baseline": 0.1, "power": 0.8},
    {"odds_ratio": 2.0, "baseline": 0.3, "power": 0.9},
]
HSIEH_BINARY = [
    {"risks": [0.4, 0.5], "share": 0.5, "power": 0.95},
    {"risks": [0.4, 0.5], "share": 0.5, "n": 1281},
    {"risks": [0.1, 0.2], "share": 0.3, "power": 0.8},
    {"risks": [0.05, 0.1], "share": 0.5, "power": 0.9},
]
DEMIDENKO = [
    {"risks": [0.15, 0.1], "predictor": "normal", "power": 0.8},
    {"risks": [0.15, 0.1], "predictor": "normal", "n": 200},
    {"risks": [0.4, 0.5], "predictor": "binary", "share": 0.5, "power": 0.95},
    {"risks": [0.1, 0.2], "predictor": "binary", "share": 0.3, "n": 300},
    {"risks": [0.2, 0.3], "predictor": "uniform", "n": 200},
]


def numbers(options, *drop):
    return {key: mp.mpf(repr(value)) for key, value in options.items() if key not in drop}


def size(options):
    given = numbers(options)
    top = riley(given["parameters"], given["prevalence"], mp.mpf("0.1"))[-1]
    return riley(given["parameters"], given["prevalence"], given.get("cox_snell", given.get("nagelkerke", 0) * top))


def by_risks(function, options):
    given = numbers(options, "risks", "predictor")
    kind = {"predictor": options["predictor"]} if "predictor" in options else {}
    share = {"b": given.pop("share")} if function is hsieh_binary else {}
    return function(*(mp.mpf(repr(p)) for p in options["risks"]), **kind, **share, **given)


def main():
    written = {
        "sizes": [{"args": options, "value": [float(x) for x in size(options)]} for options in SIZES],
        "risks": [[float(x) for x in margin_and_mape(*(mp.mpf(repr(v)) for v in pair))] for pair in RISKS],
        "areas": [[*pair, float(r2_of_auc(*(mp.mpf(repr(v)) for v in pair)))] for pair in AREAS],
        "hsieh_normal": [{"args": o, "value": float(hsieh_normal(**numbers(o)))} for o in HSIEH_NORMAL],
        "hsieh_binary": [{"args": o, "value": float(by_risks(hsieh_binary, o))} for o in HSIEH_BINARY],
        "demidenko": [{"args": o, "value": float(by_risks(demidenko, o))} for o in DEMIDENKO],
    }
    path = Path(__file__).with_suffix(".json")
    path.write_text(json.dumps(written, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
