"""Pages of evaluation, decisions and planning say their fixed words in the language of the style."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import pytest
from languages import OTHERS, untranslated

import glmlogit as gl

pytestmark = pytest.mark.filterwarnings("ignore::glmlogit.errors.SeparationWarning")


@cache
def data():
    rng = np.random.default_rng(7)
    n = 240
    frame = pd.DataFrame({
        "age9": rng.normal(60, 10, n).round(), "arm9": rng.choice(["k9", "l9", "m9"], n),
        "ward9": rng.integers(0, 12, n), "w9": rng.integers(1, 4, n), "v9": rng.uniform(0.5, 2, n),
        "rare9": ["a9", *["b9"] * (n - 1)],
    })  # fmt: skip
    eta = -4 + 0.06 * frame["age9"] - 0.4 * (frame["arm9"] == "m9")
    frame["dead9"] = (rng.random(n) < 1 / (1 + np.exp(-eta))).astype(int)
    frame.loc[frame["rare9"] == "a9", "dead9"] = 1
    frame["gone9"] = frame["age9"].where(frame.index > 5)
    return frame


def fit(formula="dead9 ~ age9 + C(arm9)", **options):
    return gl.logit(formula, data(), **options)


FEW = {"folds": 3, "repeats": 2}


def arrays():
    return {"y": data()["dead9"].rename("dead9"), "p": fit().predict()}


def scores():
    return {"y": [0, 0, 1, 1, 1], "score": [1.0, 2.0, 3.0, 4.0, 5.0]}


def few_of_a_class():
    return {"y": [0, 1, 0, 1, 0, 0, 1, 1], "p": [0.9, 0.1, 0.8, 0.3, 0.6, 0.2, 0.2, 0.4]}


def three_levels():
    p = np.random.default_rng(1).dirichlet([1, 1, 1], 40)
    return ["a9", "b9", "c9"] * 13 + ["a9"], pd.DataFrame(p, columns=["a9", "b9", "c9"])


ROC = {
    "roc": lambda: gl.roc(fit()),
    "roc out of fold": lambda: gl.roc(fit(), resampling="cv", **FEW),
    "roc corrected": lambda: gl.roc(fit(), resampling="bootstrap", replicates=20),
    "roc of clusters": lambda: gl.roc(fit(cluster="ward9")),
    "roc of weights": lambda: gl.roc(fit(weights="v9", weight_type="sampling")),
    "roc by bootstrap": lambda: gl.roc(fit(), interval="bootstrap", replicates=30),
    "roc of scores": lambda: gl.roc(**scores()),
    "roc below a half": lambda: gl.roc(**few_of_a_class()),
    "roc by Newcombe": lambda: gl.roc(fit("dead9 ~ gone9"), data(), interval="newcombe"),
    "roc by Hanley": lambda: gl.roc(**scores(), interval="hanley_mcneil"),
    "roc on the logit": lambda: gl.roc(**arrays(), interval="logit"),
    "roc of one class": lambda: gl.roc(y=[1, 1, 1], p=[0.1, 0.2, 0.3]),
    "roc of a separation": lambda: gl.roc(fit("dead9 ~ age9 + rare9"), resampling="cv", **FEW),
    "roc test": lambda: gl.roc_test(fit(), fit("dead9 ~ age9")),
    "roc test of arrays": lambda: gl.roc_test(*np.random.default_rng(1).random((2, 240)), y=data()["dead9"]),
    "roc test of samples": lambda: gl.roc_test(gl.roc(**arrays()), gl.roc(**few_of_a_class()), paired=False),
    "roc test of like scores": lambda: gl.roc_test(*[np.arange(5.0)] * 2, y=[0, 1, 0, 1, 1]),
    "precision": lambda: gl.precision_recall(fit()),
    "precision out of fold": lambda: gl.precision_recall(fit(), resampling="cv", **FEW),
    "precision interpolated": lambda: gl.precision_recall(**arrays(), method="interpolated"),
    "precision without events": lambda: gl.precision_recall(y=[0, 0], p=[0.1, 0.2]),
    "association": lambda: gl.association_measures(fit()),
    "association out of fold": lambda: gl.association_measures(fit(weights="v9", weight_type="sampling"),
                                                               resampling="cv", **FEW),
    "multiclass": lambda: gl.multiclass_auc(*three_levels()),
}  # fmt: skip
CALIBRATION = {
    "calibration": lambda: gl.calibration(fit(), **FEW),
    "calibration of training rows": lambda: gl.calibration(fit(), resampling="none"),
    "calibration corrected": lambda: gl.calibration(fit(cluster="ward9"), resampling="bootstrap", replicates=20),
    "calibration of probabilities": lambda: gl.calibration(**arrays()),
    "calibration of few": lambda: gl.calibration(**few_of_a_class()),
    "calibration of certain ones": lambda: gl.calibration(y=[0, 1, 0, 1], p=[0, 0.4, 0.5, 1], finite_only=True),
    "calibration of clusters": lambda: gl.calibration(**arrays(), cluster=data()["ward9"], method="quantile"),
    "calibration of new data": lambda: gl.calibration(fit("dead9 ~ gone9", weights="w9"), data().iloc[:150]),
    "recalibration": lambda: gl.recalibrate(fit(), resampling="cv", **FEW),
    "recalibration by Platt": lambda: gl.recalibrate(**few_of_a_class(), method="platt"),
    "recalibration by temperature": lambda: gl.recalibrate(**few_of_a_class(), method="temperature"),
    "recalibration by beta": lambda: gl.recalibrate(**arrays(), method="beta"),
    "recalibration by steps": lambda: gl.recalibrate(**arrays(), method="isotonic"),
    "recalibration of the intercept": lambda: gl.recalibrate(**arrays(), method="intercept"),
    "recalibration to a prevalence": lambda: gl.recalibrate(**arrays(), method="prior", prevalence=0.1),
    "internal validation": lambda: gl.internal_validation(fit(), replicates=20),
    "internal validation of clusters": lambda: gl.internal_validation(
        fit("dead9 ~ age9 + rare9", cluster="ward9"), replicates=20
    ),
    "internal validation by folds": lambda: gl.internal_validation(fit(), "cv", **FEW),
    "internal validation .632+": lambda: gl.internal_validation(fit(), "632+", replicates=20),
    "internal validation of a penalised fit": lambda: gl.internal_validation(
        gl.ridge("dead9 ~ age9", data(), penalty=1.0), replicates=20
    ),
    "cross-validation": lambda: gl.cross_validate(fit(), **FEW),
    "cross-validation of clusters": lambda: gl.cross_validate(fit(cluster="ward9"), **FEW),
    "cross-validation of a rare level": lambda: gl.cross_validate(fit("dead9 ~ rare9"), **FEW),
    "cross-validation of single rows": lambda: gl.cross_validate(gl.logit("dead9 ~ age9", data().tail(30)), 30, 1),
}
DECISIONS = {
    "classification": lambda: gl.classification(fit(), threshold=0.3),
    "classification of nobody": lambda: gl.classification(**arrays(), threshold=1, prevalence=0.1, beta=2),
    "classification by Wilson": lambda: gl.classification(**arrays(), interval="wilson"),
    "classification of clusters": lambda: gl.classification(**arrays(), cluster=data()["ward9"]),
    "classification of weights": lambda: gl.classification(
        fit(weights="v9", weight_type="sampling"), data(), weights="v9", weight_type="sampling"
    ),
    "classification of one class": lambda: gl.classification(y=[0, 0], p=[0.1, 0.7]),
    "thresholds": lambda: gl.thresholds(fit(), replicates=10, **FEW),
    "thresholds by costs": lambda: gl.thresholds(fit(), costs=(5, 1), prevalence=0.15, replicates=10, **FEW),
    "thresholds by a target": lambda: gl.thresholds(fit(), criterion="sensitivity", target=0.9, resampling="none"),
    "thresholds by another target": lambda: gl.thresholds(**arrays(), criterion="specificity", target=0.8),
    "thresholds by F1": lambda: gl.thresholds(**arrays(), criterion="f1", replicates=10),
    "thresholds by distance": lambda: gl.thresholds(**few_of_a_class(), criterion="closest", replicates=10),
    "thresholds of one class": lambda: gl.thresholds(y=[0, 0], p=[0.1, 0.2], replicates=0),
    "decisions": lambda: gl.decision_curve(fit()),
    "decisions of two models": lambda: gl.decision_curve(
        {"full9": fit(), "less9": fit("dead9 ~ age9")}, thresholds=(0.1, 0.2), resampling="cv", **FEW
    ),
    "decisions of clusters": lambda: gl.decision_curve(**arrays(), thresholds=[0.2], cluster=data()["ward9"]),
    "gain": lambda: gl.gain(fit()),
    "gain out of fold": lambda: gl.gain(fit(), resampling="cv", **FEW),
}
PLANNING = {
    "sample size": lambda: gl.sample_size(24, 0.174, cox_snell=0.288, mape=0.05),
    "power": lambda: gl.power(1.5, 0.2, n=50),
    "prior correction": lambda: gl.prior_correction(fit(), 0.08),
    "prior correction by rates": lambda: gl.prior_correction(
        fit(class_weight="balanced"), nonevents_kept=0.5, events_repeated=2
    ),
}
KINDS = ROC | CALIBRATION | DECISIONS | PLANNING


@cache
def result(name):
    """Made in English: what is printed in another language has it from the style in force then."""
    with gl.style(language="en"):
        return KINDS[name]()


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("name", KINDS)
def test_pages_have_no_word_of_english(name, language, monkeypatch):
    monkeypatch.setenv("COLUMNS", "300")
    assert not untranslated(lambda: str(result(name)), language)


def test_a_title_has_the_labels_of_the_event_and_of_the_others():
    labels = {"dead9": ("Tod", {1: "ja", 0: "nein"})}
    page = str(gl.roc(fit()).styled(labels=labels, language="de"))
    assert "ROC-Kurve für Tod = ja (nicht nein)" in page
    assert "Event modelled: Tod = ja (not nein)" in str(fit().summary(labels=labels))


def test_numbers_of_an_index_have_the_decimal_mark():
    assert "0,1 " in str(gl.gain(fit()).styled(language="de"))


def test_a_picture_of_thresholds_says_the_target():
    choice = gl.thresholds(fit(), criterion="sensitivity", target=0.9, resampling="none", replicates=0)
    assert "largest threshold with a sensitivity of at least 0.9," in choice.plot().alt_text
