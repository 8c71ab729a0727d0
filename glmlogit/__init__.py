"""Logistic regression for people who must report it and be right.

The names below are in reading order: from data to a fit, what a fit says, tests, checks.
Each is imported when first used, so that ``import glmlogit`` is light.
"""

from __future__ import annotations

from importlib import import_module
from types import FunctionType
from typing import TYPE_CHECKING, Any

from glmlogit._calls import checked
from glmlogit._other_words import instead_of

if TYPE_CHECKING:
    from glmlogit import datasets, errors
    from glmlogit.association import AssociationTable, table
    from glmlogit.bias_reduction import firth, flac, flic, log_f, median_bias_reduced
    from glmlogit.casecontrol import PriorCorrection, prior_correction
    from glmlogit.combinations import contrasts, pairwise, stratum_odds_ratios
    from glmlogit.conversions import approximate_risk_ratio, e_value, probability_change
    from glmlogit.cov_params_ import cov_params
    from glmlogit.designs import Design, design, design_arrays
    from glmlogit.diagnostics import augment
    from glmlogit.doses import effective_dose
    from glmlogit.effects import Effects
    from glmlogit.environment import Configuration, show_config
    from glmlogit.estimators import logit
    from glmlogit.fit import Fit
    from glmlogit.hypothesis import TestResult, lr_test, score_test, test, wald_test
    from glmlogit.intervals import confint, odds_ratios
    from glmlogit.joint import interaction
    from glmlogit.marginal import margins, second_differences
    from glmlogit.plotting import effect_plot, forest_plot, interaction_plot, plot, risk_plot
    from glmlogit.points import reference_grid
    from glmlogit.prediction import predict
    from glmlogit.profiling import Profile, profile
    from glmlogit.reporting import report, summary
    from glmlogit.risks import predictions
    from glmlogit.separability import SeparationReport, separation
    from glmlogit.solve import Control, Status
    from glmlogit.standardised import comparisons
    from glmlogit.stratified import TwoByTwo, two_by_two
    from glmlogit.tables import glance, tidy
    from glmlogit.terms import anova, drop1
    from glmlogit.validation import Validation, validate
    from glmlogit.with_cov_ import with_cov
    from glmlogit.wording import Interpretation, interpret

__version__ = "0.2.0"

_HOME = {
    # from data to a fit
    "design": "designs",
    "design_arrays": "designs",
    "Design": "designs",
    "logit": "estimators",
    "firth": "bias_reduction",
    "flic": "bias_reduction",
    "flac": "bias_reduction",
    "log_f": "bias_reduction",
    "median_bias_reduced": "bias_reduction",
    "Control": "solve",
    "Status": "solve",
    "Fit": "fit",
    # what a fit says
    "summary": "reporting",
    "odds_ratios": "intervals",
    "confint": "intervals",
    "predict": "prediction",
    "tidy": "tables",
    "glance": "tables",
    "augment": "diagnostics",
    "cov_params": "cov_params_",
    "with_cov": "with_cov_",
    "report": "reporting",
    "interpret": "wording",
    "profile": "profiling",
    "Profile": "profiling",
    "separation": "separability",
    "SeparationReport": "separability",
    # from odds to probabilities
    "margins": "marginal",
    "comparisons": "standardised",
    "predictions": "risks",
    "reference_grid": "points",
    "second_differences": "marginal",
    "effective_dose": "doses",
    "prior_correction": "casecontrol",
    "PriorCorrection": "casecontrol",
    "probability_change": "conversions",
    "approximate_risk_ratio": "conversions",
    "e_value": "conversions",
    "Effects": "effects",
    "Interpretation": "wording",
    # odds ratios in other words
    "contrasts": "combinations",
    "pairwise": "combinations",
    "stratum_odds_ratios": "combinations",
    "interaction": "joint",
    "two_by_two": "stratified",
    "TwoByTwo": "stratified",
    "table": "association",
    "AssociationTable": "association",
    # pictures
    "plot": "plotting",
    "forest_plot": "plotting",
    "effect_plot": "plotting",
    "interaction_plot": "plotting",
    "risk_plot": "plotting",
    # tests
    "test": "hypothesis",
    "wald_test": "hypothesis",
    "score_test": "hypothesis",
    "lr_test": "hypothesis",
    "drop1": "terms",
    "anova": "terms",
    "TestResult": "hypothesis",
    # checks
    "validate": "validation",
    "Validation": "validation",
    "show_config": "environment",
    "Configuration": "environment",
}
_MODULES = ("datasets", "errors")

__all__ = [
    "AssociationTable",
    "Configuration",
    "Control",
    "Design",
    "Effects",
    "Fit",
    "Interpretation",
    "PriorCorrection",
    "Profile",
    "SeparationReport",
    "Status",
    "TestResult",
    "TwoByTwo",
    "Validation",
    "anova",
    "approximate_risk_ratio",
    "augment",
    "comparisons",
    "confint",
    "contrasts",
    "cov_params",
    "datasets",
    "design",
    "design_arrays",
    "drop1",
    "e_value",
    "effect_plot",
    "effective_dose",
    "errors",
    "firth",
    "flac",
    "flic",
    "forest_plot",
    "glance",
    "interaction",
    "interaction_plot",
    "interpret",
    "log_f",
    "logit",
    "lr_test",
    "margins",
    "median_bias_reduced",
    "odds_ratios",
    "pairwise",
    "plot",
    "predict",
    "predictions",
    "prior_correction",
    "probability_change",
    "profile",
    "reference_grid",
    "report",
    "risk_plot",
    "score_test",
    "second_differences",
    "separation",
    "show_config",
    "stratum_odds_ratios",
    "summary",
    "table",
    "test",
    "tidy",
    "two_by_two",
    "validate",
    "wald_test",
    "with_cov",
]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        found = getattr(import_module(f"glmlogit.{_HOME[name]}"), name)
        globals()[name] = value = checked(found) if isinstance(found, FunctionType) else found
        return value
    if name in _MODULES:
        return import_module(f"glmlogit.{name}")
    if name.startswith("_"):
        raise AttributeError(f"module 'glmlogit' has no attribute {name!r}")
    raise AttributeError(instead_of(name, __all__, "module 'glmlogit'"))


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
