"""Analyses read an estimate through its narrow interface: ``python tests/contract/paths.py`` lists what they read."""

from __future__ import annotations

import contextlib
import re
import sys
from pathlib import Path

import house
import paths
import pytest

import glmlogit as gl
from glmlogit.estimate.estimate import FOR_ANALYSES, Estimate

READ = paths.paths()
# Distinct paths and attributes today. They fall when something is simplified; who adds one says why no other will do.
MOST_PATHS, MOST_ATTRIBUTES = 164, 40


def test_paths_do_not_grow():
    attributes = {path.partition(".")[0] for path in READ}
    assert len(READ) <= MOST_PATHS, sorted(READ)
    assert len(attributes) <= MOST_ATTRIBUTES, sorted(attributes)


def test_nobody_above_reads_what_an_estimate_is_made_of():
    inside = {path: where for path, where in READ.items() if path.partition(".")[0] in paths.CLOSED}
    assert inside == {}
    assert list(paths.attributes({"maximum", "solved", "penalty", "objective", "resolved"})) == []


def test_the_design_of_a_fit_is_for_users():
    """Separation is a matter of the rows, whoever fits them, and takes a design."""
    assert [path for path in READ if path.startswith("design.")] == []
    assert {where.partition(":")[0] for where in READ["design"]} == {"inference/separation.py"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("def f(fit: Estimate): return fit.coefs.states[0].finite", {"coefs.states"}),
        ("def f(model: Estimate | None): s = model.sample; return s.nobs, model.level", {"sample.nobs", "level"}),
        ("def f(fits: Sequence[Estimate]): return [fit.llf for fit in fits]", {"llf"}),
        ("class P:\n def f(self): return self.fit.maximum.beta[0]", {"maximum.beta"}),
        ("def f(x: Callable[[Estimate], int], y): return x.a, y.b", set()),
    ],
)
def test_paths_are_found(text, expected):
    visitor = paths.Paths()
    visitor.visit(paths.ast.parse(text))
    assert {paths.short(chain) for chain, _ in visitor.read} - {"sample"} == expected


def test_the_guide_has_the_groups_and_the_counts():
    guide = (Path(house.PACKAGE).parent / "docs" / "contributing.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| `fit\.(\w+)` \|", guide, re.M) == [*paths.GROUPS]
    assert f"{len(READ)} paths" in guide


def test_groups_are_attributes_of_an_estimate():
    assert {*paths.GROUPS, "contributions"} >= FOR_ANALYSES
    assert all(hasattr(Estimate, name) for name in paths.GROUPS)


BIRTHS = gl.datasets.load("birthwt").assign(only=lambda d: d["low"] * (d["age"] > 28))
ANALYSES = {
    "page": lambda fit: (fit.summary(), fit.report(), fit.interpret(), fit.glance(), fit.tidy(), fit.odds_ratios()),
    "rows": lambda fit: (fit.augment(), fit.predict(BIRTHS, interval="confidence"), fit.predict()),
    "limits": lambda fit: (fit.confint(method="profile"), fit.confint(method="score"), gl.profile(fit).tests),
    "tests": lambda fit: (fit.test("age"), fit.test("age", "lr"), fit.test("age", "score"), gl.drop1(fit)),
    "effects": lambda fit: (fit.margins(), fit.comparisons("smoke"), gl.contrasts(fit, "age - 2*smoke")),
    "resampled": lambda fit: fit.comparisons("smoke", interval="bootstrap", replications=20, seed=1),
    "covariances": lambda fit: (fit.cov_params("HC1"), fit.with_cov("HC3").summary()),
    "separation": gl.separation,
}
FITS = {
    "plain": lambda: gl.logit("low ~ age + smoke", BIRTHS),
    "penalised": lambda: gl.log_f("low ~ age + smoke", BIRTHS),
    "separated": lambda: gl.logit("low ~ age + smoke + only", BIRTHS),
    "adjusted": lambda: gl.flic("low ~ age + smoke", BIRTHS),
    "aliased": lambda: gl.logit("low ~ age + smoke + I(2*age)", BIRTHS),
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("fit", FITS.values(), ids=FITS)
@pytest.mark.parametrize("analysis", ANALYSES.values(), ids=ANALYSES)
def test_analyses_run_on_the_interface_alone(analysis, fit, monkeypatch):
    """Whoever asks for the insides of a fit while an analysis runs is in the wings that may."""
    made, askers = fit(), set()

    def watched(name):
        get = getattr(Estimate, name).fget

        def asked(self):
            askers.add((Path(sys._getframe(1).f_code.co_filename).parent.name, name))
            return get(self)

        return property(asked)

    for name in ("maximum", "penalty", "design"):
        monkeypatch.setattr(Estimate, name, watched(name))
    with contextlib.suppress(gl.errors.UnsupportedError):  # a fit in several steps has no likelihood
        analysis(made)
    assert {wing for wing, name in askers} <= {"estimate", "estimators", "inference"}
    assert {name for wing, name in askers if wing == "inference"} <= {"design"}  # of separation
