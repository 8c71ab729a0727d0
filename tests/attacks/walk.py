"""A walk over everything public with odd data: estimators, verbs, and what comes out besides an answer.

Every warning is an error except the package's own, and every exception is a finding except the package's own.
``python tests/attacks/walk.py [seed [cases [estimators]]]`` prints a line for each kind of finding: over all cases and
estimators, or over so many of each, drawn by the seed.
"""

from __future__ import annotations

import collections
import sys
import tempfile
import traceback
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import matplotlib as mpl
import numpy as np
import pandas as pd
from bounds import TooLong, bounded

import glmlogit as gl
from glmlogit.errors import GlmlogitError, GlmlogitWarning

mpl.use("Agg")

LONGEST = 60.0  # seconds of processor time for one call: a bound for hangs


class Case(NamedTuple):
    """Rows, the formula over them and the options of the design."""

    name: str
    data: Any
    formula: str
    options: dict[str, Any]


class Finding(NamedTuple):
    """What came out of one call besides an answer or an error of ours."""

    case: str
    call: str
    kind: str
    place: str


# --- data ---------------------------------------------------------------------------------------


def frame(rng: np.random.Generator, n: int) -> pd.DataFrame:
    """Rows with numbers, a factor, a 0/1 variable and an outcome that depends on them."""
    x, z = rng.normal(size=n), rng.normal(size=n)
    g = rng.choice(list("abc"), n)
    t = rng.integers(0, 2, n)
    y = (rng.random(n) < 1 / (1 + np.exp(-0.3 - 0.6 * x + 0.4 * t))).astype(int)
    return pd.DataFrame({"y": y, "x": x, "z": z, "g": g, "t": t})


FORMULAS = (
    "y ~ x",
    "y ~ x + z + C(g) + t",
    "y ~ x*t + C(g)",
    "y ~ C(g)*t",
    "y ~ ns(x, df=3) + t",
    "y ~ I(x^2) + x",
    "y ~ 1",
    "y ~ 0 + C(g)",
)


def cases(rng: np.random.Generator) -> Iterator[Case]:
    """Odd data, each kind once with numbers and formulas drawn anew."""

    def draw() -> str:
        return str(rng.choice(FORMULAS))

    def some(n: int = 40) -> pd.DataFrame:
        return frame(rng, n)

    for n in (0, 1, 2, 3, 5):
        yield Case(f"{n} rows", some(n), draw(), {})
    wide = some(6).assign(**{f"v{j}": rng.normal(size=6) for j in range(9)})
    yield Case("more columns than rows", wide, "y ~ " + " + ".join(f"v{j}" for j in range(9)), {})
    yield Case("a constant column", some().assign(x=3.0), draw(), {})
    yield Case("zeros", some().assign(x=0.0), "y ~ x + t", {})
    yield Case("one level", some().assign(g="a"), "y ~ C(g) + x", {})
    yield Case("all events", some().assign(y=1), draw(), {})
    yield Case("no events", some().assign(y=0), draw(), {})
    yield Case("one event", some().assign(y=lambda d: np.arange(len(d)) == 3), draw(), {})
    for scale in (1e-300, 1e-155, 1e-80, 1e80, 1e155, 1e163, 1e300):
        yield Case(f"a column times {scale:g}", some().assign(x=lambda d, s=scale: d.x * s), draw(), {})
        both = some().assign(x=lambda d, s=scale: d.x * s, z=lambda d, s=scale: d.z / s)
        yield Case(f"columns times and over {scale:g}", both, "y ~ x + z", {})
    yield Case("a far origin", some().assign(x=lambda d: d.x + 1e9), draw(), {})
    yield Case("a column of one large value", some().assign(x=np.r_[np.zeros(39), 1e12]), draw(), {})
    for size in (1e-300, 1.0, 30.0, 700.0, 1e5, 1e200):
        yield Case(f"offsets of {size:g}", some().assign(o=size * rng.normal(size=40)), draw(), {"offset": "o"})
    for size in (1e-300, 1e-150, 1e-6, 1e6, 1e15, 1e150, 1e300):
        data = some().assign(w=size * rng.uniform(0.5, 2, 40))
        for kind in ("precision", "sampling"):
            yield Case(f"{kind} weights of {size:g}", data, draw(), {"weights": "w", "weight_type": kind})
    mixed = some().assign(w=10.0 ** rng.uniform(-150, 150, 40))
    yield Case("weights from 1e-150 to 1e150", mixed, draw(), {"weights": "w", "weight_type": "precision"})
    counts = some().assign(w=rng.integers(0, 4, 40))
    yield Case("counts with zeros", counts, draw(), {"weights": "w"})
    yield Case("one count", some().assign(w=np.arange(40) == 7), draw(), {"weights": "w"})
    yield Case("huge counts", some().assign(w=rng.integers(1, 2**53, 40)), draw(), {"weights": "w"})
    trials = some().assign(m=rng.integers(0, 6, 40), y=lambda d: rng.binomial(d.m, 0.4))
    yield Case("trials with zeros", trials, draw(), {"trials": "m"})
    huge = some().assign(m=10**15, y=lambda d: rng.integers(1, 10**15, 40))
    yield Case("huge trials", huge, draw(), {"trials": "m"})
    yield Case("one trial", some(1).assign(m=5, y=2), "y ~ x", {"trials": "m"})
    yield Case("separated", some().assign(y=lambda d: (d.x > 0).astype(int)), draw(), {})
    yield Case("quasi-separated", some().assign(y=lambda d: np.where(d.g == "a", 1, d.y)), "y ~ C(g) + x", {})
    offsets = some(12).assign(y=lambda d: (d.x > 0).astype(int), o=300 * rng.normal(size=12))
    yield Case("separated with offsets", offsets, "y ~ x", {"offset": "o"})
    for kind in ("one cluster", "two clusters", "a cluster a row", "clusters with one missing"):
        data = some().assign(c=_clusters(kind, rng))
        yield Case(kind, data, draw(), {"cluster": "c"})
    treated = some().assign(c=np.repeat(np.arange(8), 5), t=np.repeat([1] + [0] * 7, 5))
    yield Case("one treated cluster", treated, "y ~ x + t", {"cluster": "c"})
    twice = some()
    twice.index = pd.Index([1, 1] * 20)
    yield Case("an index of repeats", twice, draw(), {})
    doubled = some()
    doubled = pd.concat([doubled, doubled[["z"]]], axis=1)
    yield Case("a label given twice", doubled, "y ~ x + t", {})
    yield Case("a label given twice and used", doubled, "y ~ z", {})
    levels = some().assign(g=lambda d: pd.Categorical(d.g, list("abcdef")))
    yield Case("unused levels", levels, "y ~ g + x", {})
    ordered = some().assign(g=lambda d: pd.Categorical(d.g, list("cab"), ordered=True))
    yield Case("ordered levels", ordered, "y ~ g*t + x", {})
    nullable = some().convert_dtypes()
    nullable.loc[3, "x"] = pd.NA
    nullable.loc[5, "t"] = pd.NA
    yield Case("nullable columns", nullable, draw(), {})
    small = some().assign(x=rng.integers(-128, 127, 40).astype(np.int8), t=rng.integers(0, 2, 40).astype(np.uint8))
    yield Case("8-bit integers", small, "y ~ I(x^2) + I(t*255)", {})
    yield Case("8-bit integers, differences", small, "y ~ I(t - 1) + I(x*x*x)", {})
    yield Case("numbers as objects", some().assign(x=lambda d: d.x.astype(object)), draw(), {})
    mess = some().assign(x=lambda d: pd.Series([1, "a", None, 2.5] * 10, dtype=object))
    yield Case("objects of several kinds", mess, "y ~ x + t", {})
    yield Case("dates", some().assign(x=pd.date_range("2020", periods=40)), "y ~ x + t", {})
    yield Case("times", some().assign(x=pd.timedelta_range("1h", periods=40)), "y ~ x + t", {})
    yield Case("complex numbers", some().assign(x=lambda d: d.x + 1j), "y ~ x", {})
    yield Case("missing everywhere", some().assign(x=np.nan), draw(), {})
    yield Case("missing but two rows", some().assign(x=np.r_[1.0, 2.0, np.full(38, np.nan)]), draw(), {})
    yield Case("infinite values", some().assign(x=lambda d: np.where(d.t == 1, np.inf, d.x)), draw(), {})
    bools = some().assign(y=lambda d: d.y.astype(bool), t=lambda d: d.t.astype(bool))
    yield Case("true and false", bools, draw(), {})
    yield Case("the outcome as words", some().assign(y=lambda d: np.where(d.y == 1, "yes", "no")), draw(), {})
    yield Case("float32", some().astype({"x": "float32", "z": "float32"}), draw(), {})
    yield Case("a hundred levels", some(200).assign(g=lambda d: rng.integers(0, 100, 200)), "y ~ C(g) + x", {})
    yield Case("a near-copy", some().assign(z=lambda d: d.x * (1 + 1e-15 * rng.normal(size=40))), "y ~ x + z", {})
    yield Case("an exact copy", some().assign(z=lambda d: 2 * d.x - 1), "y ~ x + z + t", {})
    yield Case("plain", some(), draw(), {})


def _clusters(kind: str, rng: np.random.Generator) -> Any:
    if kind == "one cluster":
        return np.zeros(40)
    if kind == "two clusters":
        return np.repeat(["a", "b"], 20)
    if kind == "a cluster a row":
        return np.arange(40)
    return pd.Series([None, *rng.choice(list("pqrs"), 39)], dtype=object)


# --- calls --------------------------------------------------------------------------------------

Verb = Callable[[gl.Fit, Case, Path], Any]

ESTIMATORS: dict[str, Callable[..., gl.Fit]] = {
    "logit": gl.logit,
    "firth": gl.firth,
    "firth augmented": lambda f, d, **k: gl.firth(f, d, se="augmented", **k),
    "flic": gl.flic,
    "flac": gl.flac,
    "log_f": gl.log_f,
    "median_bias_reduced": gl.median_bias_reduced,
}
COVARIANCES = ("model", "observed", "HC0", "HC1", "HC2", "HC3", "cluster")
SUFFIXES = (".md", ".html", ".tex", ".txt", ".csv", ".json", ".docx", ".xlsx")


def _pages(page: Any) -> None:
    str(page), repr(page)
    for show in ("_repr_html_", "to_markdown", "to_latex", "to_html"):
        getattr(page, show, str)()


def _attributes(fit: gl.Fit, case: Case, folder: Path) -> None:
    for name in (
        *("params", "bse", "zvalues", "pvalues", "llf", "llnull", "deviance", "null_deviance", "aic", "bic", "nobs"),
        *("df_model", "df_resid", "df_null", "status", "n_iter", "digits", "trace", "formula", "event", "notes"),
        *("separation", "outcome_text", "cov_text", "weight_text"),
    ):
        getattr(fit, name)
    fit.separation.explain()
    repr(fit)


def _variables(case: Case) -> list[str]:
    return [v for v in ("x", "z", "g", "t", "v0") if v in case.formula]


def _new_rows(case: Case) -> pd.DataFrame:
    return pd.DataFrame(case.data).iloc[:3]


def _verbs() -> dict[str, Verb]:
    found: dict[str, Verb] = {
        "attributes": _attributes,
        "summary": lambda f, c, p: _pages(f.summary()),
        "interpret": lambda f, c, p: str(f.interpret()),
        "augment": lambda f, c, p: f.augment(),
        "glance": lambda f, c, p: f.glance(),
        "separation": lambda f, c, p: gl.separation(f.design).explain(),
        "reference rows": lambda f, c, p: f.odds_ratios(reference_rows=True, intercept=True),
        "predict": lambda f, c, p: (f.predict(), f.predict(kind="link")),
        "predict limits": lambda f, c, p: f.predict(interval="confidence"),
        "predict new rows": lambda f, c, p: f.predict(_new_rows(c), interval="confidence"),
        "validate": lambda f, c, p: str(f.validate()),
        "anova": lambda f, c, p: gl.anova(f),
        "predictions": lambda f, c, p: gl.predictions(f),
        "reference_grid": lambda f, c, p: gl.reference_grid(f),
        "prior_correction": lambda f, c, p: str(gl.prior_correction(f, 0.01)),
        "forest": lambda f, c, p: f.plot(),
        "exponentiate": lambda f, c, p: f.tidy(exponentiate=True),
        "interaction": lambda f, c, p: _pages(gl.interaction(f, "x", "t")),
        "interaction mover": lambda f, c, p: _pages(gl.interaction(f, "x", "t", method="mover")),
        "pairwise": lambda f, c, p: _pages(gl.pairwise(f, "g")),
        "second_differences": lambda f, c, p: _pages(gl.second_differences(f, "x", "t")),
        "whole test": lambda f, c, p: f.test(np.eye(f.design.n_columns)),
    }
    for method in ("wald", "profile", "score"):
        found[f"confint {method}"] = lambda f, c, p, m=method: f.confint(method=m)
        found[f"odds_ratios {method}"] = lambda f, c, p, m=method: f.odds_ratios(method=m)
        found[f"summary {method}"] = lambda f, c, p, m=method: _pages(f.summary(method=m))
    for kind in ("wald", "score", "lr"):
        found[f"drop1 {kind}"] = lambda f, c, p, k=kind: gl.drop1(f, test=k)
        found[f"test {kind}"] = lambda f, c, p, k=kind: str(f.test(f"`{f.design.names[-1]}` = 0", method=k))
    for kind in COVARIANCES:
        found[f"cov {kind}"] = lambda f, c, p, k=kind: (f.cov_params(k), _pages(f.with_cov(k).summary()))
        found[f"margins under {kind}"] = lambda f, c, p, k=kind: f.margins(cov=k)
    for kind in ("dydx", "eyex", "eydx", "dyex"):
        found[f"margins {kind}"] = lambda f, c, p, k=kind: _pages(f.margins(kind=k))
    found["margins at mean"] = lambda f, c, p: f.margins(at="mean")
    for estimand in ("risk_difference", "risk_ratio", "odds_ratio", "nnt"):
        found[f"comparisons {estimand}"] = lambda f, c, p, e=estimand: [
            _pages(f.comparisons(v, e)) for v in _variables(c)
        ]
    found["effective_dose"] = lambda f, c, p: _pages(gl.effective_dose(f, "x"))
    found["fieller dose"] = lambda f, c, p: _pages(gl.effective_dose(f, "x", [0.1, 0.5], method="fieller"))
    found["stratum_odds_ratios"] = lambda f, c, p: [_pages(gl.stratum_odds_ratios(f, v)) for v in _variables(c)]
    found["profile"] = lambda f, c, p: str(gl.profile(f))
    for suffix in SUFFIXES:
        found[f"report {suffix}"] = lambda f, c, p, s=suffix: f.report(p / f"r{s}")
    return found


VERBS = _verbs()
OF_DATA: dict[str, Callable[[Case], Any]] = {
    "table": lambda c: _pages(gl.table(c.formula, c.data, **c.options)),
    "two_by_two": lambda c: _pages(gl.two_by_two(c.data, "y", "t", strata="g", weights=c.options.get("weights"))),
    "design": lambda c: repr(gl.design(c.formula, c.data, **c.options)),
}


# --- walking ------------------------------------------------------------------------------------


def attempt(call: Callable[[], Any]) -> tuple[Any, tuple[str, str] | None]:
    """The answer of a call, and the kind and place of what came out besides an error of ours."""
    try:
        with bounded(LONGEST), warnings.catch_warnings():
            warnings.simplefilter("error")
            warnings.simplefilter("ignore", GlmlogitWarning)
            return call(), None
    except GlmlogitError:
        return None, None
    except TooLong:
        return None, (f"more than {LONGEST:g} s", "")
    except Exception as error:
        return None, (f"{type(error).__name__}: {str(error)[:90]}", _place(error))


def _place(error: BaseException) -> str:
    """The innermost line of the package that was running."""
    inside = [f for f in traceback.extract_tb(error.__traceback__) if "/glmlogit/" in f.filename]
    return f"{Path(inside[-1].filename).name}:{inside[-1].lineno}" if inside else "outside"


def walk(seed: int, only: int | None = None, estimators: int | None = None) -> Iterator[Finding]:
    """Every estimator and verb over the cases of a seed, or over a sample of them."""
    rng = np.random.default_rng(seed)
    chosen = list(cases(rng))
    if only is not None:
        chosen = [chosen[i] for i in sorted(rng.choice(len(chosen), min(only, len(chosen)), replace=False))]
    with tempfile.TemporaryDirectory() as folder:
        for case in chosen:
            for name, call in OF_DATA.items():
                yield from _found(case.name, name, attempt(lambda c=call, of=case: c(of))[1])
            few = list(ESTIMATORS) if estimators is None else list(rng.choice(list(ESTIMATORS), estimators, False))
            for name in few:
                yield from _verbs_of(case, name, Path(folder))


def _verbs_of(case: Case, estimator: str, folder: Path) -> Iterator[Finding]:
    fit, found = attempt(lambda: ESTIMATORS[estimator](case.formula, case.data, **case.options))
    yield from _found(case.name, estimator, found)
    if fit is None:
        return
    for name, verb in VERBS.items():
        yield from _found(case.name, f"{estimator} > {name}", attempt(lambda v=verb: v(fit, case, folder))[1])
        _close_pictures()


def _close_pictures() -> None:
    plt = sys.modules.get("matplotlib.pyplot")
    if plt is not None:
        plt.close("all")


def _found(case: str, call: str, found: tuple[str, str] | None) -> Iterator[Finding]:
    if found is not None:
        yield Finding(case, call, *found)


def main(argv: list[str]) -> None:
    """Print each kind of finding with its number and one example."""
    seed = int(argv[0]) if argv else 0
    sizes = [int(size) for size in argv[1:3]]
    kinds: dict[tuple[str, str], list[Finding]] = collections.defaultdict(list)
    for found in walk(seed, *sizes):
        if not kinds[found.kind, found.place]:
            print("NEW", *found, sep=" | ", flush=True)
        kinds[found.kind, found.place].append(found)
    print()
    for (kind, place), examples in sorted(kinds.items(), key=lambda k: -len(k[1])):
        calls = collections.Counter(e.call for e in examples).most_common(3)
        print(f"{len(examples):5d} {place:28s} {kind}\n      {examples[0].case}; {calls}")


if __name__ == "__main__":
    main(sys.argv[1:])
