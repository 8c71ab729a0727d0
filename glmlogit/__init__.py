"""Logistic regression for people who must report it and be right.

The names below are in reading order: from data to a fit, what a fit says, tests, checks.
Each is imported when first used, so that ``import glmlogit`` is light.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from glmlogit import datasets, errors
    from glmlogit.bias_reduction import firth, flac, flic, log_f, median_bias_reduced
    from glmlogit.covariance import cov_params, with_cov
    from glmlogit.designs import Design, design, design_arrays
    from glmlogit.diagnostics import augment
    from glmlogit.estimators import logit
    from glmlogit.fit import Fit
    from glmlogit.hypothesis import TestResult, lr_test, score_test, test, wald_test
    from glmlogit.intervals import confint, odds_ratios
    from glmlogit.prediction import predict
    from glmlogit.profiling import Profile, profile
    from glmlogit.reporting import report, summary
    from glmlogit.separability import SeparationReport, separation
    from glmlogit.solve import Control, Status
    from glmlogit.tables import glance, tidy
    from glmlogit.terms import anova, drop1
    from glmlogit.validation import Validation, validate

__version__ = "0.1.0"

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
    "cov_params": "covariance",
    "with_cov": "covariance",
    "report": "reporting",
    "profile": "profiling",
    "Profile": "profiling",
    "separation": "separability",
    "SeparationReport": "separability",
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
}
_MODULES = ("datasets", "errors")

__all__ = [
    "Control",
    "Design",
    "Fit",
    "Profile",
    "SeparationReport",
    "Status",
    "TestResult",
    "Validation",
    "anova",
    "augment",
    "confint",
    "cov_params",
    "datasets",
    "design",
    "design_arrays",
    "drop1",
    "errors",
    "firth",
    "flac",
    "flic",
    "glance",
    "log_f",
    "logit",
    "lr_test",
    "median_bias_reduced",
    "odds_ratios",
    "predict",
    "profile",
    "report",
    "score_test",
    "separation",
    "summary",
    "test",
    "tidy",
    "validate",
    "wald_test",
    "with_cov",
]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        value = getattr(import_module(f"glmlogit.{_HOME[name]}"), name)
        globals()[name] = value
        return value
    if name in _MODULES:
        return import_module(f"glmlogit.{name}")
    raise AttributeError(f"module 'glmlogit' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
