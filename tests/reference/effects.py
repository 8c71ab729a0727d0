"""Marginal effects, standardised risks, predictions and contrasts to 50 digits, and what two packages say of them.

Run from the repository root, after effects.R: ``python tests/reference/effects.py`` writes effects_py.json and
compares effects_r.json with it. Needs ``pip install mpmath pandas statsmodels marginaleffects "polars<2"``
(marginaleffects 0.6.0 cannot read columns of floats with polars 2).

The numbers with source "exact" use neither glmlogit nor a formula package: the columns of each model are written
out below as functions of its variables (splines as truncated powers, which span what ``ns`` and ``bs`` span), the
maximum is Newton's in mpmath, derivatives in a variable are exact (dual numbers), derivatives in the coefficients
are in closed form and checked here by central differences. Only the last rounding, to double, is inexact.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from importlib.metadata import version
from itertools import combinations
from pathlib import Path
from typing import Any

import mpmath as mp
import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parent.parent.parent
HERE = Path(__file__).resolve().parent
mp.mp.dps = 50
ZERO, ONE = mp.mpf(0), mp.mpf(1)
LEVEL = mp.mpf(95) / 100
Z = mp.sqrt(2) * mp.erfinv(LEVEL)
exp = np.frompyfunc(mp.exp, 1, 1)


# ---- exact derivative in one variable ------------------------------------------------------------------------


@dataclass(frozen=True)
class Dual:
    """A value and its derivative."""

    value: Any
    slope: Any

    def __add__(self, other: Any) -> Dual:
        other = dual(other)
        return Dual(self.value + other.value, self.slope + other.slope)

    def __mul__(self, other: Any) -> Dual:
        other = dual(other)
        return Dual(self.value * other.value, self.slope * other.value + self.value * other.slope)

    def __sub__(self, other: Any) -> Dual:
        return self + -1 * dual(other)

    def __pow__(self, power: int) -> Dual:
        return Dual(self.value**power, power * self.value ** (power - 1) * self.slope)

    __radd__, __rmul__ = __add__, __mul__


def dual(x: Any) -> Dual:
    return x if isinstance(x, Dual) else Dual(x, ZERO)


def log(x: Any) -> Any:
    return Dual(mp.log(x.value), x.slope / x.value) if isinstance(x, Dual) else mp.log(x)


def plus(x: Any, knot: Any) -> Any:
    """Truncated cube."""
    return (x - knot) ** 3 if dual(x).value > knot else ZERO


def natural(x: Any, t: list[Any]) -> list[Any]:
    """Span of R's ns() without the constant: knots t, the first and last at the boundary (Stone & Koo 1985)."""
    last, end = t[-2], t[-1]
    width = end - last
    return [x] + [
        plus(x, k) + plus(x, last) * (-(end - k) / width) + plus(x, end) * ((last - k) / width) for k in t[:-2]
    ]


def cubic(x: Any, t: list[Any]) -> list[Any]:
    """Span of R's bs() of degree 3 without the constant."""
    return [x, x**2, x**3, *(plus(x, k) for k in t[1:-1])]


def quantile(values: list[Any], fraction: Any) -> Any:
    """R's type 7."""
    ordered, at = sorted(values), (len(values) - 1) * fraction
    i = int(mp.floor(at))
    return ordered[i] + (at - i) * (ordered[min(i + 1, len(values) - 1)] - ordered[i])


# ---- models ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Model:
    """One model: `columns` maps a row (numbers, and for a factor 0/1 by level) and the knots to a row of X."""

    id: str
    data: str
    formula: str
    outcome: tuple[str, Any]
    columns: Callable[[dict[str, Any], dict[str, list[Any]]], list[Any]]
    numeric: tuple[str, ...] = ()
    factors: dict[str, tuple[str, ...]] = field(default_factory=dict)
    options: dict[str, str] = field(default_factory=dict)
    cluster: str | None = None
    terms: tuple[str, ...] | None = None
    knots: dict[str, int] = field(default_factory=dict)
    binary: tuple[str, ...] = ()
    at: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    by: str | None = None
    compared: tuple[tuple[str, Any, Any], ...] = ()
    covs: tuple[str, ...] = ("model",)
    extra: tuple[tuple[str, dict[str, Any]], ...] = ()
    peer: str | None = None

    @property
    def variables(self) -> tuple[str, ...]:
        return self.numeric + tuple(self.factors)


def off(levels: dict[str, Any]) -> list[Any]:
    """Dummies against the first level."""
    return list(levels.values())[1:]


def times(a: list[Any], b: list[Any]) -> list[Any]:
    """Products, the first factor moving fastest, as in a formula."""
    return [x * y for y in b for x in a]


BW, MADE = "glmlogit/datasets/birthwt.csv", "tests/data/birthwt_made.csv"
RACE = {"race": ("white", "black", "other")}
AGES = ("25-34", "35-44", "45-54", "55-64", "65-74", "75+")
FULL = "low ~ age + lwt + C(race) + smoke + ptl + ht + ui"
FULL_TERMS = ("Intercept", "age", "lwt", "C(race)[T.black]", "C(race)[T.other]", "smoke", "ptl", "ht", "ui")
FULL_NUMERIC = ("age", "lwt", "smoke", "ptl", "ht", "ui")


def full(v: dict[str, Any], k: dict[str, list[Any]]) -> list[Any]:
    return [ONE, v["age"], v["lwt"], *off(v["race"]), v["smoke"], v["ptl"], v["ht"], v["ui"]]


def pairwise(variable: str, by: str | None = None, **at: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    for adjust in ("none", "tukey", "bonferroni", "holm", "sidak"):
        yield "pairwise", {"variable": variable, "by": by, "at": at, "adjust": adjust}


def strata(variable: str, contrast: list[Any], by: str, **at: Any) -> tuple[str, dict[str, Any]]:
    return "stratum_odds_ratios", {"variable": variable, "contrast": contrast, "by": by, "at": at}


def dose(variable: str, **at: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    for interval in ("delta", "fieller"):
        yield "dose", {"variable": variable, "p": [0.5, 0.9], "at": at, "interval": interval}


MODELS = [
    Model(
        "mtcars_hp_wt", "tests/data/mtcars.csv", "am ~ hp * wt", ("am", 1),
        lambda v, k: [ONE, v["hp"], v["wt"], v["hp"] * v["wt"]], ("hp", "wt"),
        terms=("Intercept", "hp", "wt", "hp:wt"), at={"hp": (100, 150, 200)}, by="vs",
        compared=(("hp", 150, 100),), peer="am ~ hp * wt",
    ),
    Model(
        "mtcars_cyl", "tests/data/mtcars.csv", "am ~ hp + wt + C(cyl)", ("am", 1),
        lambda v, k: [ONE, v["hp"], v["wt"], *off(v["cyl"])], ("hp", "wt"), {"cyl": ("4", "6", "8")},
        terms=("Intercept", "hp", "wt", "C(cyl)[T.6]", "C(cyl)[T.8]"), at={"wt": (2.5, 3.5)}, by="cyl",
        compared=(("cyl", "6", "4"), ("cyl", "8", "4")), extra=tuple(pairwise("cyl")), peer="am ~ hp + wt + cyl",
    ),
    Model(
        "mtcars_vs", "tests/data/mtcars.csv", "am ~ hp + wt + vs", ("am", 1),
        lambda v, k: [ONE, v["hp"], v["wt"], v["vs"]], ("hp", "wt", "vs"),
        terms=("Intercept", "hp", "wt", "vs"), binary=("vs",), compared=(("vs", 1, 0),), peer="am ~ hp + wt + vs",
    ),
    Model(
        "birthwt_full", BW, FULL, ("low", 1), full, FULL_NUMERIC, RACE, terms=FULL_TERMS, binary=("smoke", "ht", "ui"),
        at={"age": (20, 30)}, by="race", compared=(("smoke", 1, 0), ("race", "black", "white"), ("age", 30, 20)),
        extra=(
            *pairwise("race"),
            ("predictions", {"at": {"age": [20, 30], "race": ["white", "black"], "smoke": [1], "lwt": [120],
                                    "ptl": [0], "ht": [0], "ui": [0]}}),
        ),
        peer="low ~ age + lwt + race + smoke + ptl + ht + ui",
    ),
    Model(
        "birthwt_full_robust", MADE, FULL, ("low", 1), full, FULL_NUMERIC, RACE, cluster="hospital",
        terms=FULL_TERMS, binary=("smoke", "ht", "ui"), by="race", compared=(("smoke", 1, 0),),
        covs=("HC0", "HC1", "HC3", "cluster"),
    ),
    Model(
        "birthwt_race_smoke", BW, "low ~ C(race) * smoke + age", ("low", 1),
        lambda v, k: [ONE, *off(v["race"]), v["smoke"], v["age"], *times(off(v["race"]), [v["smoke"]])],
        ("smoke", "age"), RACE,
        terms=("Intercept", "C(race)[T.black]", "C(race)[T.other]", "smoke", "age", "C(race)[T.black]:smoke",
               "C(race)[T.other]:smoke"),
        binary=("smoke",), at={"race": RACE["race"], "age": (20, 30)}, by="race",
        compared=(("smoke", 1, 0), ("race", "other", "white")),
        extra=(
            *pairwise("race", by="smoke"),
            strata("smoke", [1, 0], "race"),
            ("second_differences", {"variable": "smoke", "contrast": [1, 0], "at": "race"}),
            ("second_differences", {"variable": "smoke", "contrast": [1, 0], "by": "race"}),
        ),
        peer="low ~ race * smoke + age",
    ),
    Model(
        "birthwt_age_race_lwt2", BW, "low ~ age*C(race) + I(lwt^2) + lwt + smoke", ("low", 1),
        lambda v, k: [ONE, v["age"], *off(v["race"]), v["lwt"] ** 2, v["lwt"], v["smoke"],
                      *times([v["age"]], off(v["race"]))],
        ("age", "lwt", "smoke"), RACE,
        terms=("Intercept", "age", "C(race)[T.black]", "C(race)[T.other]", "I(lwt^2)", "lwt", "smoke",
               "age:C(race)[T.black]", "age:C(race)[T.other]"),
        binary=("smoke",), at={"age": (20, 30), "lwt": (110, 150)}, by="race", compared=(("smoke", 1, 0),),
        peer="low ~ age * race + I(lwt**2) + lwt + smoke",
    ),
    Model(
        "birthwt_ns", BW, "low ~ ns(age, 3) + lwt + C(race) + smoke", ("low", 1),
        lambda v, k: [ONE, *natural(v["age"], k["age"]), v["lwt"], *off(v["race"]), v["smoke"]],
        ("age", "lwt", "smoke"), RACE, knots={"age": 2}, binary=("smoke",), at={"age": (20, 25.5, 30)}, by="race",
        compared=(("smoke", 1, 0), ("age", 30, 20)),
    ),
    Model(
        "mroz_bs", "tests/data/mroz.csv", "lfp ~ bs(inc, df=5) + k5 + wc", ("lfp", "yes"),
        lambda v, k: [ONE, *cubic(v["inc"], k["inc"]), v["k5"], *off(v["wc"])],
        ("inc", "k5"), {"wc": ("no", "yes")}, knots={"inc": 2}, at={"inc": (10, 20)}, by="wc",
        compared=(("wc", "yes", "no"),),
    ),
    Model(
        "mroz_poly", "tests/data/mroz.csv", "lfp ~ poly(age, 3) + k5 + inc", ("lfp", "yes"),
        lambda v, k: [ONE, v["age"], v["age"] ** 2, v["age"] ** 3, v["k5"], v["inc"]],
        ("age", "k5", "inc"), at={"age": (35, 50)}, compared=(("k5", 1, 0),),
    ),
    Model(
        "cowles_log", "tests/data/cowles.csv", "volunteer ~ sex + neuroticism * extraversion + log(extraversion)",
        ("volunteer", "yes"),
        lambda v, k: [ONE, *off(v["sex"]), v["neuroticism"], v["extraversion"], log(v["extraversion"]),
                      v["neuroticism"] * v["extraversion"]],
        ("neuroticism", "extraversion"), {"sex": ("female", "male")},
        terms=("Intercept", "sex[T.male]", "neuroticism", "extraversion", "log(extraversion)",
               "neuroticism:extraversion"),
        at={"neuroticism": (5, 15)}, by="sex", compared=(("sex", "male", "female"),),
        peer="volunteer ~ sex + neuroticism * extraversion + np.log(extraversion)",
    ),
    Model(
        "spector", "tests/data/spector.csv", "GRADE ~ GPA + TUCE + PSI", ("GRADE", 1),
        lambda v, k: [ONE, v["GPA"], v["TUCE"], v["PSI"]], ("GPA", "TUCE", "PSI"),
        terms=("Intercept", "GPA", "TUCE", "PSI"), binary=("PSI",), at={"GPA": (2.5, 3, 3.5)}, by="PSI",
        compared=(("PSI", 1, 0),), peer="GRADE ~ GPA + TUCE + PSI",
    ),
    Model(
        "titanic_frequency", "tests/data/titanic_table.csv", "Survived ~ Class * Sex + Age", ("Survived", "Yes"),
        lambda v, k: [ONE, *off(v["Class"]), *off(v["Sex"]), *off(v["Age"]), *times(off(v["Class"]), off(v["Sex"]))],
        (), {"Class": ("1st", "2nd", "3rd", "Crew"), "Sex": ("Male", "Female"), "Age": ("Child", "Adult")},
        {"weights": "Freq", "weight_type": "frequency"}, at={"Sex": ("Male", "Female")}, by="Class",
        terms=("Intercept", "Class[T.2nd]", "Class[T.3rd]", "Class[T.Crew]", "Sex[T.Female]", "Age[T.Adult]",
               "Class[T.2nd]:Sex[T.Female]", "Class[T.3rd]:Sex[T.Female]", "Class[T.Crew]:Sex[T.Female]"),
        compared=(("Sex", "Female", "Male"),),
        extra=(
            *pairwise("Class", by="Sex"),
            strata("Sex", ["Female", "Male"], "Class"),
            ("second_differences", {"variable": "Sex", "contrast": ["Female", "Male"], "at": "Class"}),
        ),
    ),
    Model(
        "ucb_frequency", "tests/data/ucb.csv", "Admit ~ Gender + Dept", ("Admit", "Admitted"),
        lambda v, k: [ONE, *off(v["Gender"]), *off(v["Dept"])], (),
        {"Gender": ("Male", "Female"), "Dept": tuple("ABCDEF")},
        {"weights": "Freq", "weight_type": "frequency", "event": "Admitted"}, by="Dept",
        terms=("Intercept", "Gender[T.Female]", *(f"Dept[T.{d}]" for d in "BCDEF")),
        compared=(("Gender", "Female", "Male"),), extra=tuple(pairwise("Dept")),
    ),
    Model(
        "esoph_trials", "tests/data/esoph_scores.csv", "ncases ~ agegp + alc_score * tob_score", ("ncases", None),
        lambda v, k: [ONE, *off(v["agegp"]), v["alc_score"], v["tob_score"], v["alc_score"] * v["tob_score"]],
        ("alc_score", "tob_score"), {"agegp": AGES}, {"trials": "total"},
        terms=("Intercept", *(f"agegp[T.{a}]" for a in AGES[1:]), "alc_score", "tob_score", "alc_score:tob_score"),
        at={"tob_score": (1, 4)}, by="agegp", compared=(("alc_score", 4, 1),), extra=tuple(pairwise("agegp")),
    ),
    Model(
        "budworm", "tests/data/budworm.csv", "numdead ~ sex + ldose", ("numdead", None),
        lambda v, k: [ONE, *off(v["sex"]), v["ldose"]], ("ldose",), {"sex": ("F", "M")}, {"trials": "total"},
        terms=("Intercept", "sex[T.M]", "ldose"), by="sex", compared=(("sex", "M", "F"),),
        extra=(*dose("ldose", sex="F"), *dose("ldose", sex="M")),
    ),
    Model(
        "menarche", "tests/data/menarche.csv", "Menarche ~ Age", ("Menarche", None),
        lambda v, k: [ONE, v["Age"]], ("Age",), options={"trials": "Total"}, terms=("Intercept", "Age"),
        at={"Age": (12, 13, 14)}, extra=tuple(dose("Age")),
    ),
    Model(
        "titanic_three_way", "tests/data/titanic.csv", "survived ~ sex * passengerClass * age", ("survived", "yes"),
        lambda v, k: [
            ONE, *(s := off(v["sex"])), *(c := off(v["passengerClass"])), a := v["age"], *(sc := times(s, c)),
            *times(s, [a]), *times(c, [a]), *times(sc, [a]),
        ],
        ("age",), {"sex": ("female", "male"), "passengerClass": ("1st", "2nd", "3rd")},
        terms=("Intercept", "sex[T.male]", "passengerClass[T.2nd]", "passengerClass[T.3rd]", "age",
               "sex[T.male]:passengerClass[T.2nd]", "sex[T.male]:passengerClass[T.3rd]", "sex[T.male]:age",
               "passengerClass[T.2nd]:age", "passengerClass[T.3rd]:age", "sex[T.male]:passengerClass[T.2nd]:age",
               "sex[T.male]:passengerClass[T.3rd]:age"),
        at={"age": (20, 40)}, by="passengerClass", compared=(("sex", "female", "male"),),
        extra=(
            strata("sex", ["male", "female"], "passengerClass", age=20),
            strata("sex", ["male", "female"], "passengerClass", age=40),
            ("second_differences", {"variable": "sex", "contrast": ["male", "female"], "at": "passengerClass"}),
            ("second_differences", {"variable": "sex", "contrast": ["male", "female"], "by": "passengerClass"}),
        ),
        peer="survived ~ sex * passengerClass * age",
    ),
    Model(
        "birthwt_sampling", MADE, "low ~ age + lwt + C(race) + smoke", ("low", 1),
        lambda v, k: [ONE, v["age"], v["lwt"], *off(v["race"]), v["smoke"]], ("age", "lwt", "smoke"), RACE,
        {"weights": "sampling_weight", "weight_type": "sampling"}, terms=FULL_TERMS[:6], binary=("smoke",), by="race",
        compared=(("smoke", 1, 0),), covs=("HC0",),
    ),
]  # fmt: skip


# ---- data and fit ---------------------------------------------------------------------------------------------


def number(x: Any) -> Any:
    return mp.mpf(float(x))


def spread(level: str, levels: tuple[str, ...]) -> dict[str, Any]:
    """A level as 0/1 by level."""
    if level not in levels:
        raise ValueError(f"{level!r} is not one of {levels}")
    return {k: ONE if k == level else ZERO for k in levels}


@dataclass(frozen=True)
class Estimate:
    """A number, its gradient in the coefficients, and each row's part in it beyond the coefficients."""

    value: Any
    slope: np.ndarray
    share: np.ndarray | None = None

    def combine(self, value: Any, mine: Any, other: Estimate | None = None, theirs: Any = ZERO) -> Estimate:
        """A function of this (and of another) with these partial derivatives."""
        parts = [(self, mine)] if other is None else [(self, mine), (other, theirs)]
        share = None if self.share is None else sum(d * e.share for e, d in parts)
        return Estimate(value, sum(d * e.slope for e, d in parts), share)

    def minus(self, other: Estimate) -> Estimate:
        return self.combine(self.value - other.value, ONE, other, -ONE)

    def log(self) -> Estimate:
        return self.combine(mp.log(self.value), 1 / self.value)

    def logit(self) -> Estimate:
        p = self.value
        return self.combine(mp.log(p / (1 - p)), 1 / (p * (1 - p)))


class Fit:
    """Maximum likelihood of a model; a grouped row becomes one row of events and one of the others."""

    def __init__(self, model: Model) -> None:
        self.model = model
        d = pd.read_csv(ROOT / model.data, keep_default_na=False, na_values=[""])
        used = [*model.variables, model.by or model.outcome[0], model.outcome[0]]
        d = d.dropna(subset=list(dict.fromkeys(used)))
        self.rows, self.y, self.copies, self.unit, self.groups, self.clusters = [], [], [], [], [], []
        for r in d.to_dict("records"):
            for y, copies in self._outcomes(r):
                if copies:
                    self._append(r, y, copies)
        values = {name: [v[name] for v, c in zip(self.rows, self.copies, strict=True) for _ in range(int(c))]
                  for name in model.knots}  # fmt: skip
        self.knots = {
            name: [quantile(values[name], mp.mpf(i) / (m + 1)) for i in range(m + 2)] for name, m in model.knots.items()
        }
        self.y, self.copies, self.unit = (np.array(a, dtype=object) for a in (self.y, self.copies, self.unit))
        self.groups = np.array(self.groups)
        self.X = self.matrix(self.rows)
        self.memory: dict[Any, tuple[np.ndarray, np.ndarray]] = {}
        self.beta, self.inverse = self._maximum()

    def _outcomes(self, r: dict[str, Any]) -> list[tuple[Any, Any]]:
        column, event = self.model.outcome
        if trials := self.model.options.get("trials"):
            return [(ONE, number(r[column])), (ZERO, number(r[trials] - r[column]))]
        frequency = self.model.options.get("weight_type") == "frequency"
        copies = number(r[self.model.options["weights"]]) if frequency else ONE
        return [(ONE if r[column] == event else ZERO, copies)]

    def _append(self, r: dict[str, Any], y: Any, copies: Any) -> None:
        model = self.model
        row = {name: number(r[name]) for name in model.numeric}
        row |= {name: spread(str(r[name]), levels) for name, levels in model.factors.items()}
        self.rows.append(row)
        self.y.append(y)
        self.copies.append(copies)
        sampling = model.options.get("weight_type") == "sampling"
        self.unit.append(number(r[model.options["weights"]]) if sampling else ONE)
        self.groups.append(r[model.by] if model.by else None)
        self.clusters.append(r[model.cluster] if model.cluster else len(self.clusters))

    def matrix(self, rows: list[dict[str, Any]]) -> np.ndarray:
        return np.array([self.model.columns(v, self.knots) for v in rows], dtype=object)

    def slopes(self, rows: list[dict[str, Any]], variable: str) -> np.ndarray:
        """Derivative of the matrix in a variable."""
        lifted = [{**v, variable: Dual(v[variable], ONE)} for v in rows]
        return np.vectorize(lambda x: dual(x).slope, otypes=[object])(self.matrix(lifted))

    @property
    def weight(self) -> np.ndarray:
        return self.copies * self.unit

    def _maximum(self) -> tuple[np.ndarray, np.ndarray]:
        beta = np.array([ZERO] * self.X.shape[1], dtype=object)
        for _ in range(60):
            p, q = tails(self.X @ beta)
            inverse = invert(self.X.T @ (self.X * (self.weight * p * q)[:, None]))
            score = self.X.T @ (self.weight * (self.y * q - (1 - self.y) * p))
            step = inverse @ score
            if score @ step < mp.mpf(10) ** -80:
                return beta, inverse
            beta = beta + step
        raise RuntimeError(f"{self.model.id}: no convergence")

    @cached_property
    def fitted(self) -> tuple[np.ndarray, np.ndarray]:
        return tails(self.X @ self.beta)

    @property
    def llf(self) -> Any:
        p, q = self.fitted
        logs = np.frompyfunc(mp.log, 1, 1)
        return mp.fsum(self.weight * (self.y * logs(p) + (1 - self.y) * logs(q)))

    @cached_property
    def scores(self) -> np.ndarray:
        """Of one copy of each row."""
        p, q = self.fitted
        return self.X * (self.unit * (self.y * q - (1 - self.y) * p))[:, None]

    def covariance(self, kind: str) -> np.ndarray:
        if kind == "model":
            return self.inverse
        p, q = self.fitted
        hat = ((self.X @ self.inverse) * self.X).sum(axis=1) * self.unit * p * q
        n, k = mp.fsum(self.copies), self.X.shape[1]
        scores = self.scores / (1 - hat)[:, None] if kind == "HC3" else self.scores
        factor = n / (n - k) if kind == "HC1" else ONE
        if kind == "cluster":
            factor, meat = self._clustered(scores)
        else:
            meat = scores.T @ (scores * self.copies[:, None])
        return factor * self.inverse @ meat @ self.inverse

    def _clustered(self, parts: np.ndarray) -> tuple[Any, np.ndarray]:
        names = sorted(set(self.clusters))
        sums = np.array([parts[[c == name for c in self.clusters]].sum(axis=0) for name in names], dtype=object)
        return mp.mpf(len(names)) / (len(names) - 1), sums.T @ sums

    def unconditional(self, estimates: list[Estimate]) -> np.ndarray:
        """Covariance with the covariates random: n/(n-1) or G/(G-1) times the sum of squared influences."""
        parts = np.column_stack([e.share + self.scores @ self.inverse @ e.slope for e in estimates])
        if self.model.cluster:
            factor, meat = self._clustered(parts)
            return factor * meat
        n = mp.fsum(self.copies)
        return n / (n - 1) * (parts.T @ (parts * self.copies[:, None]))

    # ---- averages over rows ---------------------------------------------------------------------------------

    def changed(self, changes: dict[str, Any]) -> list[dict[str, Any]]:
        factors = self.model.factors
        new = {k: spread(str(v), factors[k]) if k in factors else number(v) for k, v in changes.items()}
        return [{**v, **new} for v in self.rows]

    def means(self) -> dict[str, Any]:
        total = mp.fsum(self.weight)
        row: dict[str, Any] = {
            name: mp.fsum(w * v[name] for w, v in zip(self.weight, self.rows, strict=True)) / total
            for name in self.model.numeric
        }
        for name, levels in self.model.factors.items():
            row[name] = {
                k: mp.fsum(w * v[name][k] for w, v in zip(self.weight, self.rows, strict=True)) / total for k in levels
            }
        return row

    def average(self, changes: dict[str, Any], among: np.ndarray | None = None) -> Estimate:
        """Mean probability with these values given to everyone `among`."""
        return self._mean(*self._remembered("probability", "", changes), among)

    def average_slope(self, variable: str, kind: str, changes: dict[str, Any], among: np.ndarray | None) -> Estimate:
        return self._mean(*self._remembered(kind, variable, changes), among)

    def _remembered(self, kind: str, variable: str, changes: dict[str, Any]) -> tuple[np.ndarray, np.ndarray]:
        key = (kind, variable, repr(changes), tuple(self.beta))
        if key not in self.memory:
            rows = self.changed(changes)
            self.memory[key] = self._slope(rows, variable, kind) if variable else self._probability(rows)
        return self.memory[key]

    def _probability(self, rows: list[dict[str, Any]]) -> tuple[np.ndarray, np.ndarray]:
        X = self.matrix(rows)
        p, q = tails(X @ self.beta)
        return p, (p * q)[:, None] * X

    def _slope(self, rows: list[dict[str, Any]], variable: str, kind: str) -> tuple[np.ndarray, np.ndarray]:
        """Derivative or elasticity of each row's probability, and its gradient in the coefficients."""
        X, D = self.matrix(rows), self.slopes(rows, variable)
        p, q = tails(X @ self.beta)
        s = D @ self.beta
        if kind in ("dydx", "dyex"):
            h, slope = p * q * s, (p * q * (q - p) * s)[:, None] * X + (p * q)[:, None] * D
        else:  # of log p
            h, slope = q * s, (-p * q * s)[:, None] * X + q[:, None] * D
        if kind in ("eyex", "dyex"):
            x = np.array([v[variable] for v in rows], dtype=object)
            h, slope = x * h, x[:, None] * slope
        return h, slope

    def _mean(self, h: np.ndarray, slope: np.ndarray, among: np.ndarray | None) -> Estimate:
        inside = np.ones(len(h), dtype=bool) if among is None else among
        weight = self.weight * inside
        total = mp.fsum(weight)
        value = (weight @ h) / total
        return Estimate(value, (weight @ slope) / total, self.unit * inside * (h - value) / total)

    # ---- at one point ---------------------------------------------------------------------------------------

    def point(self, row: dict[str, Any]) -> Estimate:
        X = self.matrix([row])
        p, q = tails(X @ self.beta)
        return Estimate(p[0], (p * q)[0] * X[0])

    def link(self, changes: dict[str, Any]) -> Estimate:
        """Log-odds at the means, with these values."""
        factors = self.model.factors
        new = {k: spread(str(v), factors[k]) if k in factors else number(v) for k, v in changes.items()}
        X = self.matrix([{**self.means(), **new}])
        return Estimate((X @ self.beta)[0], X[0])

    def point_slope(self, row: dict[str, Any], variable: str, kind: str) -> Estimate:
        h, slope = self._slope([row], variable, kind)
        return Estimate(h[0], slope[0])

    def among(self, column: str | None, value: Any) -> np.ndarray | None:
        """Rows with that value of a variable of the model, or of the grouping column."""
        if column is None:
            return None
        if column in self.model.factors:
            return np.array([v[column][str(value)] == 1 for v in self.rows])
        if column in self.model.numeric:
            return np.array([v[column] == value for v in self.rows])
        return self.groups == value


def tails(eta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return 1 / (1 + exp(-eta)), 1 / (1 + exp(eta))


def invert(A: np.ndarray) -> np.ndarray:
    return np.array((mp.matrix(A.tolist()) ** -1).tolist(), dtype=object).reshape(A.shape)


# ---- the quantities asked of each model -------------------------------------------------------------------------


def plan(model: Model) -> Iterator[tuple[str, dict[str, Any]]]:
    for cov in model.covs:
        yield "margins", {"cov": cov}
        if model.binary:
            yield "margins", {"discrete": "binary", "cov": cov}
        for exposure, level, reference in model.compared:
            for estimand in ("risk_difference", "risk_ratio", "odds_ratio"):
                yield "comparisons", compare(exposure, level, reference, estimand, "all", cov)
        yield "margins", {"at": "mean", "cov": cov}
    cov = model.covs[0]
    yield from averaged(model, cov)
    if "trials" not in model.options:  # what one unit is, a person or a row, is a matter of taste there
        yield from unconditional(model)
    for what, call in model.extra:
        yield what, {**call, "cov": cov}


def compare(variable: str, level: Any, reference: Any, estimand: str, population: str, cov: str) -> dict[str, Any]:
    return {"variable": variable, "estimand": estimand, "contrast": [level, reference], "population": population,
            "cov": cov}  # fmt: skip


def averaged(model: Model, cov: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, values in model.at.items():
        yield "margins", {"at": {name: list(values)}, "cov": cov}
        yield "predictions", {"at": {name: list(values)}, "cov": cov}
    for kind in ("eyex", "eydx", "dyex") if model.numeric else ():
        yield "margins", {"variables": list(model.numeric), "kind": kind, "cov": cov}
        yield "margins", {"variables": list(model.numeric), "kind": kind, "at": "mean", "cov": cov}
    if model.by:
        yield "margins", {"by": model.by, "cov": cov}
        yield "predictions", {"by": model.by, "cov": cov}
    for name in (*model.factors, *model.binary):
        yield "predictions", {"variable": name, "cov": cov}
    for exposure, level, reference in model.compared:
        # a numeric exposure with more than two values has nobody to call exposed
        for population in ("exposed", "unexposed") if exposure in (*model.factors, *model.binary) else ():
            for estimand in ("risk_difference", "risk_ratio", "odds_ratio"):
                yield "comparisons", compare(exposure, level, reference, estimand, population, cov)
        yield "comparisons", compare(exposure, level, reference, "nnt", "all", cov)


def unconditional(model: Model) -> Iterator[tuple[str, dict[str, Any]]]:
    yield "margins", {"vce": "unconditional"}
    if model.binary:
        yield "margins", {"discrete": "binary", "vce": "unconditional"}
    if model.by:
        yield "margins", {"by": model.by, "vce": "unconditional"}
        yield "predictions", {"by": model.by, "vce": "unconditional"}
    for exposure, level, reference in model.compared:
        populations = ("all", "exposed") if exposure in (*model.factors, *model.binary) else ("all",)
        for population in populations:
            for estimand in ("risk_difference", "risk_ratio", "odds_ratio"):
                call = compare(exposure, level, reference, estimand, population, "")
                yield "comparisons", {k: v for k, v in call.items() if k != "cov"} | {"vce": "unconditional"}


Labelled = list[tuple[dict[str, Any], Estimate]]


def answer(fit: Fit, what: str, call: dict[str, Any]) -> dict[str, Any]:
    rows = ANSWERS[what](fit, call)
    estimates = [e for _, e in rows]
    V = fit.unconditional(estimates) if call.get("vce") else covariance_of(fit, call["cov"], estimates)
    shape = SHAPES[what]
    shown = [{**label, **shape(e, mp.sqrt(V[i, i]), call)} for i, (label, e) in enumerate(rows)]
    if what == "pairwise":
        adjust(shown, call["adjust"])
    out = {"what": what, "call": call, "source": "exact", "rows": shown}
    if what == "margins" and len(rows) > 1:
        out["covariance"] = V.tolist()
    return out


def covariance_of(fit: Fit, cov: str, estimates: list[Estimate]) -> np.ndarray:
    J = np.array([e.slope for e in estimates], dtype=object)
    return J @ fit.covariance(cov) @ J.T


def margins(fit: Fit, call: dict[str, Any]) -> Labelled:
    at, by = call.get("at", "overall"), call.get("by")
    points: list[dict[str, Any]] = [{}]
    if isinstance(at, dict):
        points = [{name: value} for name, values in at.items() for value in values]
    return [
        ({**label, **({"at": point} if point else {}), **({"group": {by: group}} if by else {})}, estimate)
        for label, effect in effects(fit, call)
        for group in (levels_of(fit, by) if by else [None])
        for point in points
        for estimate in [effect(point, fit.among(by, group))]
        if estimate is not None
    ]


Effect = Callable[[dict[str, Any], np.ndarray | None], Estimate | None]


def effects(fit: Fit, call: dict[str, Any]) -> Iterator[tuple[dict[str, Any], Effect]]:
    model, kind = fit.model, call.get("kind", "dydx")
    binary = model.binary if call.get("discrete") == "binary" else ()
    means = fit.means() if call.get("at") == "mean" else None

    def slope(variable: str) -> Effect:
        if means is not None:
            return lambda point, among: fit.point_slope(means, variable, kind)
        return lambda point, among: fit.average_slope(variable, kind, point, among)

    def change(variable: str, level: Any, reference: Any) -> Effect:
        def effect(point: dict[str, Any], among: np.ndarray | None) -> Estimate | None:
            if variable in point:
                return None  # the level of a factor held at a level does not change
            if means is not None:
                a, b = (fit.point({**means, variable: pick(fit, variable, x)}) for x in (level, reference))
            else:
                a, b = (fit.average({**point, variable: x}, among) for x in (level, reference))
            return a.minus(b)

        return effect

    for name in call.get("variables", model.variables):
        if name in model.factors:
            first, *others = model.factors[name]
            for other in others:
                yield {"variable": name, "contrast": f"{other} - {first}"}, change(name, other, first)
        elif name in binary:
            yield {"variable": name, "contrast": "1 - 0"}, change(name, 1, 0)
        else:
            yield {"variable": name, "contrast": DERIVATIVES[kind]}, slope(name)


DERIVATIVES = {"dydx": "dY/dX", "eyex": "eY/eX", "eydx": "eY/dX", "dyex": "dY/eX"}


def pick(fit: Fit, variable: str, value: Any) -> Any:
    levels = fit.model.factors.get(variable)
    return spread(str(value), levels) if levels else number(value)


def levels_of(fit: Fit, name: str) -> list[Any]:
    if name in fit.model.factors:
        return list(fit.model.factors[name])
    if name in fit.model.numeric:
        return sorted({int(v[name]) for v in fit.rows})
    return sorted(set(fit.groups.tolist()))


def comparisons(fit: Fit, call: dict[str, Any]) -> Labelled:
    """Risk difference; logarithm of a ratio; the number needed is shown from the difference."""
    level, reference = call["contrast"]
    variable, population = call["variable"], call["population"]
    among = None
    if population != "all":
        among = fit.among(variable, level if population == "exposed" else reference)
    a, b = (fit.average({variable: x}, among) for x in (level, reference))
    label = {"variable": variable, "level": level, "reference": reference}
    return [(label | {"risk": a.value, "reference_risk": b.value}, scaled(call["estimand"], a, b))]


def scaled(estimand: str, a: Estimate, b: Estimate) -> Estimate:
    if estimand == "risk_ratio":
        return a.log().minus(b.log())
    if estimand == "odds_ratio":
        return a.logit().minus(b.logit())
    return a.minus(b)


def predictions(fit: Fit, call: dict[str, Any]) -> Labelled:
    """Average probability: with a variable set, by observed group, or at given values."""
    if by := call.get("by"):
        return [({"group": {by: g}}, fit.average({}, fit.among(by, g))) for g in levels_of(fit, by)]
    at = call.get("at") or {call["variable"]: levels_of(fit, call["variable"])}
    points: list[dict[str, Any]] = [{}]
    for name, values in at.items():
        points = [{**point, name: value} for point in points for value in values]
    return [({"at": point}, fit.average(point)) for point in points]


def pairs(fit: Fit, call: dict[str, Any]) -> Labelled:
    """Log odds ratios of every pair of levels, the later one against the earlier, in each stratum."""
    variable, by = call["variable"], call["by"]
    return [
        (
            {"variable": variable, "level": b, "reference": a, **({"group": {by: g}} if by else {})},
            fit.link({**point, variable: b}).minus(fit.link({**point, variable: a})),
        )
        for g in (levels_of(fit, by) if by else [None])
        for point in [{**call["at"], **({by: g} if by else {})}]
        for j, b in enumerate(levels_of(fit, variable))
        for a in levels_of(fit, variable)[:j]
    ]


def stratum(fit: Fit, call: dict[str, Any]) -> Labelled:
    variable, by, (level, reference) = call["variable"], call["by"], call["contrast"]
    return [
        (
            {"variable": variable, "level": level, "reference": reference, "group": {by: g}},
            fit.link({**call["at"], by: g, variable: level}).minus(
                fit.link({**call["at"], by: g, variable: reference})
            ),
        )
        for g in levels_of(fit, by)
    ]


def second(fit: Fit, call: dict[str, Any]) -> Labelled:
    """Risk difference at (or, with `by`, among) each level of a factor, then their differences."""
    variable, (level, reference) = call["variable"], call["contrast"]
    name = call.get("at") or call["by"]
    found = []
    for g in levels_of(fit, name):
        point, among = ({name: g}, None) if "at" in call else ({}, fit.among(name, g))
        a, b = (fit.average({**point, variable: x}, among) for x in (level, reference))
        found.append((str(g), a.minus(b)))
    differences = [(f"{b} - {a}", y.minus(x)) for (a, x), (b, y) in combinations(found, 2)]
    return [
        ({"variable": variable, "contrast": f"{level} - {reference}", "group": {name: g}}, e)
        for g, e in found + differences
    ]


def doses(fit: Fit, call: dict[str, Any]) -> Labelled:
    """Value of the variable at which the probability is p: (logit p - a) / b with a, b from two log-odds."""
    base = fit.link({**call["at"], call["variable"]: 0})
    slope = fit.link({**call["at"], call["variable"]: 1}).minus(base)
    labelled = []
    for p in call["p"]:
        target = mp.log(number(p) / (1 - number(p)))
        x = (target - base.value) / slope.value
        e = base.combine(x, -1 / slope.value, slope, -x / slope.value)
        labelled.append(({"variable": call["variable"], "p": p, "_fieller": (fit, base, slope, target)}, e))
    return labelled


ANSWERS = {
    "margins": margins,
    "comparisons": comparisons,
    "predictions": predictions,
    "pairwise": pairs,
    "stratum_odds_ratios": stratum,
    "second_differences": second,
    "dose": doses,
}


# ---- what a row shows -------------------------------------------------------------------------------------------


def two_sided(z: Any) -> Any:
    return mp.erfc(abs(z) / mp.sqrt(2))


def plain(e: Estimate, se: Any, call: dict[str, Any]) -> dict[str, Any]:
    z = e.value / se
    return {"estimate": e.value, "std_error": se, "statistic": z, "p_value": two_sided(z),
            "conf_low": e.value - Z * se, "conf_high": e.value + Z * se}  # fmt: skip


def ratio(e: Estimate, se: Any, call: dict[str, Any]) -> dict[str, Any]:
    """From a log ratio: std_error is that of the ratio by the delta method, the limits are exp of the log limits."""
    r, z = mp.exp(e.value), e.value / se
    return {"estimate": r, "std_error": r * se, "std_error_log": se, "statistic": z, "p_value": two_sided(z),
            "conf_low": mp.exp(e.value - Z * se), "conf_high": mp.exp(e.value + Z * se)}  # fmt: skip


def risk(e: Estimate, se: Any, call: dict[str, Any]) -> dict[str, Any]:
    """A probability: limits by the log-odds, and those of the probability itself."""
    link, p = e.logit(), e.value
    low, high = (1 / (1 + mp.exp(-(link.value + side * Z * se / (p * (1 - p))))) for side in (-1, 1))
    return {"estimate": p, "std_error": se, "std_error_link": se / (p * (1 - p)), "conf_low": low, "conf_high": high,
            "conf_low_response": p - Z * se, "conf_high_response": p + Z * se}  # fmt: skip


def compared(e: Estimate, se: Any, call: dict[str, Any]) -> dict[str, Any]:
    if call["estimand"] in ("risk_ratio", "odds_ratio"):
        return ratio(e, se, call)
    if call["estimand"] == "nnt":
        low, high = e.value - Z * se, e.value + Z * se
        return {"estimate": 1 / e.value, "risk_difference": e.value, "rd_conf_low": low, "rd_conf_high": high,
                "inverse_rd_conf_low": 1 / low, "inverse_rd_conf_high": 1 / high}  # fmt: skip
    return plain(e, se, call)


def dosed(e: Estimate, se: Any, call: dict[str, Any]) -> dict[str, Any]:
    return {"estimate": e.value, "std_error": se, "conf_low": e.value - Z * se, "conf_high": e.value + Z * se}


SHAPES = {
    "margins": plain,
    "comparisons": compared,
    "predictions": risk,
    "pairwise": ratio,
    "stratum_odds_ratios": ratio,
    "second_differences": plain,
    "dose": dosed,
}


def fieller(row: dict[str, Any], call: dict[str, Any]) -> None:
    """Limits {x : (t - a - b x)² <= z² Var(a + b x)} (Fieller 1954), an interval where b differs from 0."""
    fit, base, slope, target = row.pop("_fieller")
    if call["interval"] != "fieller":
        return
    (va, vab), (_, vb) = covariance_of(fit, call["cov"], [base, slope]).tolist()
    gap = target - base.value
    A, B, C = slope.value**2 - Z**2 * vb, gap * slope.value + Z**2 * vab, gap**2 - Z**2 * va
    if A <= 0:
        raise RuntimeError("Fieller's set is not an interval")
    root = mp.sqrt(B**2 - A * C)
    row["conf_low"], row["conf_high"] = (B - root) / A, (B + root) / A
    row["g"] = Z**2 * vb / slope.value**2


def range_tail(q: Any, k: int) -> Any:
    """P(range of k standard normals > q), the studentised range with infinite degrees of freedom.

    With x the smallest: k∫φ(x) {a^(k-1) - (a-b)^(k-1)} dx, a = P(X > x), b = P(X > x + q); the difference of
    powers is b times a sum without cancellation, so that the tail keeps its digits where 1 - P(range <= q) has none.
    """

    def density(x: Any) -> Any:
        a, b = mp.ncdf(-x), mp.ncdf(-x - q)
        return mp.npdf(x) * b * mp.fsum(a ** (k - 2 - i) * (a - b) ** i for i in range(k - 1))

    peak = density(-q / 2)  # quad() stops at an absolute error
    return k * peak * mp.quad(lambda x: density(x) / peak, [-q / 2 + s for s in (-20, -10, -5, -2, 0, 2, 5, 10, 20)])


def adjust(rows: list[dict[str, Any]], method: str) -> None:
    """Adjusted p-values and limits, the family being the pairs of one stratum. Holm's limits are Bonferroni's."""
    for family in families(rows):
        m = len(family)
        k = len({r["level"] for r in family} | {r["reference"] for r in family})
        ps = adjusted([r["p_value"] for r in family], [r["statistic"] for r in family], k, method)
        critical = critical_value(method, k, m)
        for r, p in zip(family, ps, strict=True):
            centre, half = mp.log(r["estimate"]), critical * r["std_error_log"]
            r |= {"p_value": p, "conf_low": mp.exp(centre - half), "conf_high": mp.exp(centre + half)}


def families(rows: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    groups = list(dict.fromkeys(str(r.get("group")) for r in rows))
    return [[r for r in rows if str(r.get("group")) == g] for g in groups]


def adjusted(p: list[Any], z: list[Any], k: int, method: str) -> list[Any]:
    m = len(p)
    if method == "tukey":
        return [range_tail(mp.sqrt(2) * abs(x), k) for x in z]
    if method == "bonferroni":
        return [min(ONE, m * x) for x in p]
    if method == "sidak":
        return [-mp.expm1(m * mp.log1p(-x)) for x in p]
    if method == "holm":
        order = sorted(range(m), key=lambda i: p[i])
        steps = np.maximum.accumulate(np.array([(m - i) * p[j] for i, j in enumerate(order)], dtype=object))
        return [min(ONE, steps[order.index(i)]) for i in range(m)]
    return p


def critical_value(method: str, k: int, m: int) -> Any:
    if method == "tukey":
        if k not in TUKEY:
            TUKEY[k] = mp.findroot(lambda q: range_tail(q, k) - (1 - LEVEL), (3, 4.5), solver="anderson", tol=1e-30)
        return TUKEY[k] / mp.sqrt(2)
    if method in ("bonferroni", "holm"):
        return mp.sqrt(2) * mp.erfinv(1 - (1 - LEVEL) / m)
    if method == "sidak":
        return mp.sqrt(2) * mp.erfinv(LEVEL ** (ONE / m))
    return Z


TUKEY: dict[int, Any] = {}


# ---- proofs that the exact numbers are -----------------------------------------------------------------------------


def prove(fit: Fit) -> None:
    """Closed-form gradients against central differences in each coefficient, at 50 digits."""
    if len(fit.rows) > 250:
        return
    step, beta = mp.mpf(10) ** -16, fit.beta
    for name in fit.model.variables:
        if name in fit.model.factors:
            first, *_, last = fit.model.factors[name]
            effect = lambda f=first, l=last, n=name: fit.average({n: l}).minus(fit.average({n: f}))  # noqa: E731
        else:
            effect = lambda n=name: fit.average_slope(n, "eyex", {}, None)  # noqa: E731
        slope = effect().slope
        for j in range(len(beta)):
            values = []
            for side in (1, -1):
                fit.beta = beta.copy()
                fit.beta[j] += side * step
                values.append(effect().value)
            fit.beta = beta
            quotient = (values[0] - values[1]) / (2 * step)
            assert abs(quotient - slope[j]) < mp.mpf(10) ** -20 * (1 + max(abs(s) for s in slope)), fit.model.id


def prove_influence(fit: Fit) -> None:
    """Influences of the unconditional variance against refits with the weight of one row changed."""
    if len(fit.rows) > 40 or fit.model.options:
        return
    step, unit, beta = mp.mpf(10) ** -16, fit.unit, fit.beta
    name, among = fit.model.numeric[0], fit.groups == fit.groups[0]
    e = fit.average_slope(name, "dydx", {}, among)
    influence = e.share + fit.scores @ fit.inverse @ e.slope
    for i in range(0, len(unit), 5):
        values = []
        for side in (1, -1):
            fit.unit = unit.copy()
            fit.unit[i] += side * step
            fit.beta, _ = fit._maximum()
            values.append(fit.average_slope(name, "dydx", {}, among).value)
        assert abs((values[0] - values[1]) / (2 * step) - influence[i]) < mp.mpf(10) ** -20, fit.model.id
    fit.unit, fit.beta = unit, beta


def difference_quotients(fit: Fit) -> list[dict[str, Any]]:
    """Mean of [p(x + h) - p(x - h)] / 2h, h = 1e-16: exact to 30 digits, and free of any formula for a derivative."""
    h, rows = mp.mpf(10) ** -16, []
    for name in fit.model.numeric:
        up, down = (tails(fit.matrix([{**v, name: v[name] + s * h} for v in fit.rows]) @ fit.beta)[0] for s in (1, -1))
        quotient = (fit.weight @ (up - down)) / mp.fsum(fit.weight) / (2 * h)
        rows.append({"variable": name, "contrast": "dY/dX", "estimate": quotient})
    return rows


# ---- what packages say ------------------------------------------------------------------------------------------


def peer_frame(model: Model) -> pd.DataFrame:
    d = pd.read_csv(ROOT / model.data, keep_default_na=False, na_values=[""])
    d = d.dropna(subset=list(model.variables))
    for name, levels in model.factors.items():
        d[name] = pd.Categorical(d[name].astype(str), levels)
    column, event = model.outcome
    d[column] = (d[column] == event).astype(float)
    if model.by and model.by not in model.variables:
        d[model.by] = pd.Categorical(d[model.by])
    return d.astype({name: float for name in model.numeric if name not in model.binary})


def peer_fit(model: Model, d: pd.DataFrame) -> Any:
    import statsmodels.formula.api as smf

    return smf.logit(model.peer, d).fit(method="newton", tol=1e-14, maxiter=100, disp=0)


def statsmodels_margins(fit: Fit, peer: Any) -> Iterator[dict[str, Any]]:
    """What get_margeff calls the effects of am ~ hp * wt and of a factor with three levels: see the README."""
    for at, dummy in (("overall", False), ("overall", True), ("mean", False)):
        effects = peer.get_margeff(at=at, dummy=dummy)
        names = [n for n in peer.model.exog_names if n != "Intercept"]
        rows = [
            {"variable": n, "estimate": float(e), "std_error": float(s)}
            for n, e, s in zip(names, effects.margeff, effects.margeff_se, strict=True)
        ]
        call = {} if at == "overall" else {"at": "mean"}
        text = f"smf.logit({fit.model.peer!r}).fit(method='newton', tol=1e-14).get_margeff(at={at!r}, dummy={dummy})"
        yield {"what": "margins", "call": {**call, "cov": "model"}, "source": "statsmodels", "tool_call": text,
               "rows": rows}  # fmt: skip


def marginaleffects_quantities(model: Model, peer: Any, exact: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The same calls by marginaleffects, with the largest relative difference from the exact rows."""
    for quantity in exact:
        found = MARGINALEFFECTS.get(quantity["what"], lambda *_: None)(model, peer, quantity["call"])
        if found is None:
            continue
        call, answers = found
        pairs = [(row, theirs) for row in quantity["rows"] if (theirs := matching(row, answers)) is not None]
        yield {"what": quantity["what"], "call": quantity["call"], "source": "marginaleffects", "tool_call": call,
               "rows": [theirs for _, theirs in pairs], "agreement": agreement(pairs)}  # fmt: skip


def matching(row: dict[str, Any], answers: pd.DataFrame) -> dict[str, Any] | None:
    """The same row, if it is there: a numeric 0/1 column is always a factor to marginaleffects."""
    found = answers
    if "variable" in row:
        found = found[found["term"] == row["variable"]]
        if "contrast" in row:
            found = found[found["contrast"] == row["contrast"]]
    for name, value in (row.get("at", {}) | row.get("group", {})).items():
        same = found[name] == value if isinstance(value, str) else found[name].astype(float) == value
        found = found[same]
    if len(found) != 1:
        return None
    label = {k: v for k, v in row.items() if k in LABELS}
    return label | {k: float(found.iloc[0][k]) for k in ("estimate", "std_error")}


def agreement(pairs: list[tuple[dict[str, Any], dict[str, Any]]]) -> dict[str, float]:
    """Largest difference by field: absolute of p-values, of limits relative to the distance from the estimate."""
    out: dict[str, Any] = {}
    for exact, other in pairs:
        for name in sorted(NUMBERS & other.keys()):
            unit = exact[name] - exact["estimate"] if name.startswith("conf") else exact[name]
            unit = ONE if name == "p_value" else unit
            out[name] = max(out.get(name, ZERO), abs((other[name] - exact[name]) / unit))
    return out


NUMBERS = {"estimate", "std_error", "std_error_log", "statistic", "p_value", "conf_low", "conf_high"}


def table(result: Any) -> pd.DataFrame:
    return pd.DataFrame(result.data.to_dict(as_series=False))


def me_margins(model: Model, peer: Any, call: dict[str, Any]) -> tuple[str, pd.DataFrame] | None:
    import marginaleffects as me
    from marginaleffects.datagrid import datagrid

    if call.get("vce") or call.get("at") == "mean" or "kind" in call:
        return None
    if bool(model.binary) != (call.get("discrete") == "binary") and "by" not in call:
        return None  # it takes every numeric 0/1 column as a factor
    if by := call.get("by"):
        return f"avg_slopes(fit, by={by!r})", table(me.avg_slopes(peer, by=by))
    if at := call.get("at"):
        ((name, values),) = at.items()
        grid = datagrid(model=peer, **{name: list(values)}, grid_type="counterfactual")
        text = f"avg_slopes(fit, newdata=datagrid({name}={list(values)}, grid_type='counterfactual'), by={name!r})"
        return text, table(me.avg_slopes(peer, newdata=grid, by=name))
    return "avg_slopes(fit)", table(me.avg_slopes(peer))


def me_comparisons(model: Model, peer: Any, call: dict[str, Any]) -> tuple[str, pd.DataFrame] | None:
    import marginaleffects as me

    kinds = {"risk_difference": "difference", "risk_ratio": "ratioavg"}
    if call.get("vce") or call["population"] != "all" or call["estimand"] not in kinds:
        return None
    variables = {call["variable"]: call["contrast"][::-1]}
    comparison = kinds[call["estimand"]]
    text = f"avg_comparisons(fit, variables={variables!r}, comparison={comparison!r})"
    return text, table(me.avg_comparisons(peer, variables=variables, comparison=comparison))


def me_predictions(model: Model, peer: Any, call: dict[str, Any]) -> tuple[str, pd.DataFrame] | None:
    import marginaleffects as me

    if call.get("vce") or "by" not in call:
        return None
    return f"avg_predictions(fit, by={call['by']!r})", table(me.avg_predictions(peer, by=call["by"]))


MARGINALEFFECTS = {"margins": me_margins, "comparisons": me_comparisons, "predictions": me_predictions}


# ---- the file ---------------------------------------------------------------------------------------------------


def case(model: Model) -> dict[str, Any]:
    fit = Fit(model)
    prove(fit)
    prove_influence(fit)
    exact = []
    for what, call in plan(model):
        quantity = answer(fit, what, call)
        for row in quantity["rows"]:
            if "_fieller" in row:
                fieller(row, call)
        exact.append(quantity)
    others: list[dict[str, Any]] = []
    if model.peer:
        peer = peer_fit(model, peer_frame(model))
        others += marginaleffects_quantities(model, peer, exact)
        if model.id in ("mtcars_hp_wt", "mtcars_cyl", "birthwt_full"):
            others += statsmodels_margins(fit, peer)
            others.append({"what": "margins", "call": {"cov": "model"}, "source": "finite difference",
                           "rows": difference_quotients(fit)})  # fmt: skip
    return {"id": model.id, "data": model.data, "formula": model.formula, "options": model.options,
            "cluster": model.cluster, "fit": fitted(fit), "quantities": exact + others}  # fmt: skip


def fitted(fit: Fit) -> dict[str, Any]:
    out: dict[str, Any] = {"units": mp.fsum(fit.copies), "llf_kernel": fit.llf, "terms": fit.model.terms}
    if fit.model.terms:
        V = fit.covariance(fit.model.covs[0])
        out |= {"params": list(fit.beta), "bse": [mp.sqrt(V[j, j]) for j in range(len(V))]}
    return out


def json_ready(x: Any) -> Any:
    if isinstance(x, mp.mpf):
        return float(x)
    if isinstance(x, dict):
        return {k: json_ready(v) for k, v in x.items()}
    return [json_ready(v) for v in x] if isinstance(x, list | tuple) else x


def versions() -> dict[str, str]:
    return {name: version(name) for name in ("mpmath", "marginaleffects", "statsmodels", "pandas")}


def r_agreement(cases: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Largest differences of effects_r.json from the exact numbers, by kind of quantity and R's source."""
    exact = {
        (c["id"], q["what"], json.dumps(q["call"], sort_keys=True)): q["rows"]
        for c in cases
        for q in c["quantities"]
        if q["source"] == "exact"
    }
    worst: dict[str, dict[str, Any]] = {}
    for c in json.loads((HERE / "effects_r.json").read_text())["cases"]:
        for q in c["quantities"]:
            rows = exact[c["id"], q["what"], json.dumps(q["call"], sort_keys=True)]
            pairs = list(zip(rows, q["rows"], strict=True))
            assert all(a[k] == b[k] for a, b in pairs for k in LABELS & b.keys()), (c["id"], q["call"])
            name = f"{q['what']} {q['call'].get('adjust', '')} ({q['source']})"
            known = worst.setdefault(name, {})
            for key, value in agreement(pairs).items():
                known[key] = max(known.get(key, ZERO), value)
    return worst


LABELS = {"variable", "contrast", "level", "reference", "group", "at", "p"}


def write(cases: list[dict[str, Any]]) -> None:
    about = {"tool": f"mpmath {mp.__version__}, {mp.mp.dps} digits", "versions": versions(),
             "r_agreement": json_ready(r_agreement(cases))}  # fmt: skip
    head = json.dumps(about)[:-1]
    lines = []
    for c in map(json_ready, cases):
        quantities = ",\n  ".join(json.dumps(q) for q in c.pop("quantities"))
        lines.append(f'{json.dumps(c)[:-1]}, "quantities": [\n  {quantities}]}}')
    (HERE / "effects_py.json").write_text(f'{head}, "cases": [\n' + ",\n".join(lines) + "\n]}\n")


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    write([case(model) for model in MODELS])
