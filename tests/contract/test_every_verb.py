"""Every estimator and every verb: an answer that prints, or a refusal in words; never a stray error or warning.

``test_levels.py`` has the verbs; here stand all kinds of fits, and options of the verbs that choose a method.
"""

from __future__ import annotations

import warnings

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from test_levels import NEEDS, OTHERS, verbs

import glmlogit as gl
from glmlogit.errors import GlmlogitError, GlmlogitWarning

mpl.use("Agg")

B = gl.datasets.birthwt().assign(
    visits=lambda d: d["ftv"].clip(upper=2),
    words=lambda d: d["ftv"].clip(upper=2).map({0: "no", 1: "one", 2: "two"}),
    site=lambda d: d.index % 12,
    w=lambda d: 0.5 + d["lwt"] / 200,
    n=lambda d: 1 + d["ptl"],
)
SEPARATED = B.assign(low=np.where(B["ht"] == 1, 1, B["low"]), visits=np.where(B["ht"] == 1, 2, B["visits"]))
X = " ~ age + smoke + C(race)"
COUNTS = (
    pd.get_dummies(B["visits"].astype(object))
    .astype(int)
    .add_prefix("v")
    .assign(low=B["low"], high=1 - B["low"], age=B["age"] // 5, smoke=B["smoke"], race=B["race"])
    .groupby(["age", "smoke", "race"], observed=True)
    .sum()
    .reset_index()
)
PRECISION = {"weights": "w", "weight_type": "precision"}
SAMPLING = {"weights": "w", "weight_type": "sampling"}
ARRAYS = B[["age", "smoke", "ht"]]
TWO = {
    "logit": lambda: gl.logit("low" + X, B),
    "clusters": lambda: gl.logit("low" + X, B, cluster="site"),
    "sampling weights": lambda: gl.logit("low" + X, B, **SAMPLING),
    "precision weights": lambda: gl.logit("low" + X, B, **PRECISION),
    "frequency weights": lambda: gl.logit("low" + X, B, weights="n"),
    "counts": lambda: gl.logit("cbind(low, high)" + X, COUNTS),
    "class weights": lambda: gl.logit("low" + X, B, class_weight="balanced"),
    "separated": lambda: gl.logit("low" + X + " + ht", SEPARATED),
    "aliased": lambda: gl.logit("low" + X + " + I(2*age)", B),
    "arrays": lambda: gl.logit(gl.design_arrays(B["low"], ARRAYS, intercept=True)),
    "without rows": lambda: gl.without_rows(gl.logit("low" + X, B)),
    "firth": lambda: gl.firth("low" + X, B),
    "firth augmented": lambda: gl.firth("low" + X, B, se="augmented"),
    "flic": lambda: gl.flic("low" + X, B),
    "flac": lambda: gl.flac("low" + X, B),
    "log_f": lambda: gl.log_f("low" + X, B),
    "median": lambda: gl.median_bias_reduced("low" + X, B),
    "ridge": lambda: gl.ridge("low" + X, B, penalty=0.05),
    "elastic net": lambda: gl.elastic_net("low" + X, B, penalty=0.01),
}
LEVELS = {
    "multinomial": lambda: gl.multinomial("visits" + X, B),
    "multinomial of two": lambda: gl.multinomial("low" + X, B),
    "multinomial counts": lambda: gl.multinomial("cbind(v0, v1, v2)" + X, COUNTS),
    "multinomial separated": lambda: gl.multinomial("visits" + X + " + ht", SEPARATED),
    "multinomial clusters": lambda: gl.multinomial("visits" + X, B, cluster="site"),
    "multinomial without rows": lambda: gl.without_rows(gl.multinomial("visits" + X, B)),
    "firth of levels": lambda: gl.firth("words" + X, B),
    "ridge of levels": lambda: gl.elastic_net("words" + X, B, penalty=0.05, l1_ratio=0),
    "elastic net of levels": lambda: gl.elastic_net("words" + X, B, penalty=0.01),
    "ordinal": lambda: gl.ordinal("visits" + X, B),
    "ordinal of two": lambda: gl.ordinal("low" + X, B),
    "ordinal partial": lambda: gl.ordinal("visits" + X, B, nonparallel="smoke"),
    "ordinal factor apart": lambda: gl.ordinal("visits" + X, B, nonparallel=["C(race)", "age"]),
    "ordinal expected": lambda: gl.ordinal("visits" + X, B, se="expected"),
    "ordinal counts": lambda: gl.ordinal("cbind(v0, v1, v2)" + X, COUNTS),
    "ordinal separated": lambda: gl.ordinal("visits" + X + " + ht", SEPARATED),
    "ordinal clusters": lambda: gl.ordinal("visits" + X, B, cluster="site"),
    "ordinal sampling weights": lambda: gl.ordinal("visits" + X, B, **SAMPLING),
    "ordinal arrays": lambda: gl.ordinal(gl.design_arrays(B["visits"], ARRAYS, order=True)),
    "ordinal without rows": lambda: gl.without_rows(gl.ordinal("visits" + X, B, nonparallel="smoke")),
    "one-vs-rest": lambda: gl.one_vs_rest("visits" + X, B),
}
OFTEN = ("elastic net", "multinomial", "ordinal partial", "one-vs-rest")
ALL = TWO | LEVELS
# Verbs that refit many times, with as few as say something.
FEW = {
    "internal_validation": {"replicates": 3},
    "cross_validate": {"folds": 3, "repeats": 1},
}
PICTURES = (
    *("forest", "effect", "influence", "binned", "residual", "partial", "half_normal", "roc", "precision_recall"),
    *("calibration", "thresholds", "decision", "gain", "interaction", "risk", "boundary", "profile"),
)
SUFFIXES = (".md", ".html", ".tex", ".txt", ".csv", ".json", ".docx", ".xlsx")


def calls(fit, folder):
    """All calls by what they are: public functions of a fit, then options."""
    for verb in verbs():
        if verb not in OTHERS:
            yield verb, lambda verb=verb: getattr(gl, verb)(fit, *NEEDS.get(verb, ()), **FEW.get(verb, {}))
    for kind in PICTURES:
        yield f"plot {kind}", lambda kind=kind: gl.plot(fit, kind)
    for cov in ("model", "observed", "HC0", "HC1", "HC2", "HC3", "cluster"):
        yield f"cov {cov}", lambda cov=cov: gl.summary(gl.with_cov(fit, cov))
        yield f"margins {cov}", lambda cov=cov: gl.margins(fit, cov=cov)
    for method in ("wald", "profile", "score"):
        yield f"summary {method}", lambda method=method: gl.summary(fit, method=method)
        yield f"odds {method}", lambda method=method: gl.odds_ratios(fit, method=method, reference_rows=True)
    for test in ("lr", "wald", "score"):
        yield f"drop1 {test}", lambda test=test: gl.drop1(fit, test=test)
    for kind in (1, 2, 3):
        yield f"anova {kind}", lambda kind=kind: gl.anova(fit, type=kind)
    for estimand in ("risk_difference", "risk_ratio", "odds_ratio", "nnt"):
        yield f"comparisons {estimand}", lambda estimand=estimand: gl.comparisons(fit, "smoke", estimand)
    for kind in ("dydx", "eyex", "eydx", "dyex"):
        yield f"margins {kind}", lambda kind=kind: gl.margins(fit, kind=kind)
    yield "margins by", lambda: gl.margins(fit, by="smoke")
    yield "predict new rows", lambda: gl.predict(fit, B.head(3), interval="confidence")
    yield "predict link", lambda: gl.predict(fit, kind="link")
    yield "lr_test", lambda: gl.lr_test(fit, fit)
    yield "roc_test", lambda: gl.roc_test(fit, fit)
    yield "multiclass_auc", lambda: gl.multiclass_auc(fit)
    yield "compare", lambda: gl.compare([fit, fit])
    yield "forest of two", lambda: gl.forest_plot({"a": fit, "b": fit})
    yield "save", lambda: gl.summary(saved(fit, folder / "fit.json"))
    for suffix in SUFFIXES:
        yield f"report {suffix}", lambda suffix=suffix: gl.report(fit, folder / f"report{suffix}")


def saved(fit, path):
    gl.save(fit, path)
    return gl.load(path)


def shown(answer):
    """All that an answer prints."""
    pages = [str(answer), repr(answer)]
    if type(answer) in (pd.DataFrame, pd.Series):  # whose other pages are pandas' own, and need libraries of its
        return pages
    for name in ("_repr_html_", "to_markdown", "to_latex", "to_html"):
        page = getattr(answer, name, None)
        if callable(page):
            pages.append(str(page()))
    return pages


def outcome_of(call):
    """What is wrong with a call; empty where it answers, and prints, or refuses in words."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            warnings.simplefilter("ignore", GlmlogitWarning)
            answer = call()
            pages = shown(answer)
    except GlmlogitError as refusal:
        return "" if len(str(refusal)) > 20 and "None" not in str(refusal) else f"says {refusal}"
    except Exception as error:  # what is looked for
        return f"{type(error).__name__}: {error}"
    # A frame holds None where a term has no level.
    printed = all(pages) and (isinstance(answer, pd.DataFrame) or "None" not in pages[0])
    return "" if printed else "prints nothing, or None"


@pytest.mark.parametrize(
    "kind", [name if name in OFTEN else pytest.param(name, marks=pytest.mark.slow) for name in ALL]
)
def test_an_answer_or_a_refusal(kind, tmp_path):
    from matplotlib import pyplot as plt

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", GlmlogitWarning)
        fit = ALL[kind]()
    faults = {}
    for name, call in calls(fit, tmp_path):
        if wrong := outcome_of(call):
            faults[name] = wrong
        plt.close("all")
    assert faults == {}


def test_what_a_fit_has_is_found_in_those_of_the_levels():
    fits = gl.one_vs_rest("visits ~ age + smoke", B)
    with pytest.raises(AttributeError, match=r"\.fits\[0\]\.margins"):
        fits.margins()
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        fits.nothing
    drawn = {text.get_text() for text in fits.plot().get_legend().get_texts()}
    assert drawn == {"0", "1", "2"}
