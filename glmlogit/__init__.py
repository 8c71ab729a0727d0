"""Logistic regression for people who must report it and be right.

The names below are in reading order: from data to a fit, what a fit says, tests, checks.
Each is imported when first used, so that ``import glmlogit`` is light.
"""

from __future__ import annotations

from importlib import import_module
from types import FunctionType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from glmlogit import datasets, errors
    from glmlogit.decisions.classification import Classification, classification
    from glmlogit.decisions.decision_curve import DecisionCurve, decision_curve
    from glmlogit.decisions.gain import GainCurve, gain
    from glmlogit.decisions.thresholds import ThresholdChoice, thresholds
    from glmlogit.designs.container import Design
    from glmlogit.designs.design import design
    from glmlogit.designs.design_arrays import design_arrays
    from glmlogit.diagnostics.augment import augment
    from glmlogit.diagnostics.binned_residuals import BinnedResiduals, binned_residuals
    from glmlogit.diagnostics.collinearity import collinearity
    from glmlogit.diagnostics.dispersion import Dispersion, dispersion
    from glmlogit.diagnostics.fit_test import GoodnessOfFit
    from glmlogit.diagnostics.goodness_of_fit import goodness_of_fit
    from glmlogit.diagnostics.half_normal import HalfNormal, half_normal
    from glmlogit.diagnostics.influence import influence
    from glmlogit.diagnostics.influence_result import Influence
    from glmlogit.diagnostics.linearity import Linearity, linearity
    from glmlogit.diagnostics.pseudo_r2 import pseudo_r2
    from glmlogit.diagnostics.residuals import residuals
    from glmlogit.diagnostics.vif import vif
    from glmlogit.documents.style import Style, style
    from glmlogit.effects.comparisons import comparisons
    from glmlogit.effects.effective_dose import effective_dose
    from glmlogit.effects.effects_table import Effects
    from glmlogit.effects.margins import margins
    from glmlogit.effects.predictions import predictions
    from glmlogit.effects.second_differences import second_differences
    from glmlogit.epidemiology.approximate_risk_ratio import approximate_risk_ratio
    from glmlogit.epidemiology.e_value import e_value
    from glmlogit.epidemiology.probability_change import probability_change
    from glmlogit.epidemiology.two_by_k import two_by_k
    from glmlogit.epidemiology.two_by_k_result import TwoByK
    from glmlogit.epidemiology.two_by_two import two_by_two
    from glmlogit.epidemiology.two_by_two_result import TwoByTwo
    from glmlogit.estimators.debiased_lasso import debiased_lasso
    from glmlogit.estimators.double_selection import double_selection
    from glmlogit.estimators.elastic_net import elastic_net
    from glmlogit.estimators.elastic_net_cv import PenaltyChoice, elastic_net_cv
    from glmlogit.estimators.elastic_net_path import PenaltyPath, elastic_net_path
    from glmlogit.estimators.firth import firth
    from glmlogit.estimators.fit import Fit
    from glmlogit.estimators.flac import flac
    from glmlogit.estimators.flic import flic
    from glmlogit.estimators.load import load
    from glmlogit.estimators.log_f import log_f
    from glmlogit.estimators.logit import logit
    from glmlogit.estimators.median_bias_reduced import median_bias_reduced
    from glmlogit.estimators.multinomial import multinomial
    from glmlogit.estimators.one_vs_rest import OneVsRest, one_vs_rest
    from glmlogit.estimators.ordinal import ordinal
    from glmlogit.estimators.ridge import ridge
    from glmlogit.estimators.split_inference import split_inference
    from glmlogit.evaluation.association_measures import AssociationMeasures, association_measures
    from glmlogit.evaluation.calibration import Calibration, calibration
    from glmlogit.evaluation.cross_validate import CrossValidation, cross_validate
    from glmlogit.evaluation.internal_validation import InternalValidation, internal_validation
    from glmlogit.evaluation.multiclass_auc import MulticlassAuc, multiclass_auc
    from glmlogit.evaluation.precision_recall import PrecisionRecall, precision_recall
    from glmlogit.evaluation.recalibrate import Recalibration, recalibrate
    from glmlogit.evaluation.roc import RocCurve, roc
    from glmlogit.evaluation.roc_test import RocTest, roc_test
    from glmlogit.exports.save import save
    from glmlogit.exports.to_excel_formula import to_excel_formula
    from glmlogit.exports.to_latex_equation import to_latex_equation
    from glmlogit.exports.to_sql import to_sql
    from glmlogit.exports.without_rows import without_rows
    from glmlogit.files.read import read
    from glmlogit.files.remarks import ReadReport
    from glmlogit.fitting.control import Control, Status
    from glmlogit.inference.confint import confint
    from glmlogit.inference.cov_params import cov_params
    from glmlogit.inference.lr_test import lr_test
    from glmlogit.inference.odds_ratios import odds_ratios
    from glmlogit.inference.profile import Profile, profile
    from glmlogit.inference.score_test import score_test
    from glmlogit.inference.separation import SeparationReport, separation
    from glmlogit.inference.test import test
    from glmlogit.inference.test_result import TestResult
    from glmlogit.inference.tidy import tidy
    from glmlogit.inference.wald_test import wald_test
    from glmlogit.inference.with_cov import with_cov
    from glmlogit.numerics.config import Configuration, show_config
    from glmlogit.odds.contrasts import contrasts
    from glmlogit.odds.interaction import interaction
    from glmlogit.odds.odds_ratio_curve import OddsRatioCurve, odds_ratio_curve
    from glmlogit.odds.pairwise import pairwise
    from glmlogit.odds.stratum_odds_ratios import stratum_odds_ratios
    from glmlogit.odds.trend import Trend, trend
    from glmlogit.outcomes.brant import Brant, brant
    from glmlogit.outcomes.distinguishable import distinguishable
    from glmlogit.outcomes.hausman import hausman
    from glmlogit.outcomes.with_base import with_base
    from glmlogit.peers.validate import Validation, validate
    from glmlogit.planning.power import Power, power
    from glmlogit.planning.sample_size import SampleSize, sample_size
    from glmlogit.plots.decision_boundary import decision_boundary
    from glmlogit.plots.effect_plot import effect_plot
    from glmlogit.plots.forest_plot import forest_plot
    from glmlogit.plots.interaction_plot import interaction_plot
    from glmlogit.plots.plot import plot
    from glmlogit.plots.risk_plot import risk_plot
    from glmlogit.plots.save_figure import save_figure
    from glmlogit.prediction.predict import predict
    from glmlogit.prediction.prior_correction import PriorCorrection, prior_correction
    from glmlogit.prediction.reference_grid import reference_grid
    from glmlogit.publication.characteristics import characteristics
    from glmlogit.publication.characteristics_table import Characteristics
    from glmlogit.publication.many import ManyModels, many
    from glmlogit.publication.model import AssociationTable
    from glmlogit.publication.subgroup_table import SubgroupTable
    from glmlogit.publication.subgroups import subgroups
    from glmlogit.publication.table import table
    from glmlogit.reports.check import check
    from glmlogit.reports.check_page import Check
    from glmlogit.reports.glance import glance
    from glmlogit.reports.interpret import interpret
    from glmlogit.reports.interpretation import Interpretation
    from glmlogit.reports.report import report
    from glmlogit.reports.summary import summary
    from glmlogit.selection.best_subset import best_subset
    from glmlogit.selection.change_in_estimate import change_in_estimate
    from glmlogit.selection.compare import ModelComparison, compare
    from glmlogit.selection.fractional_polynomials import FractionalPolynomials, fractional_polynomials
    from glmlogit.selection.step import Selection, step
    from glmlogit.terms.anova import anova
    from glmlogit.terms.drop1 import drop1

__version__ = "0.2.0"

_HOME = {
    # from data to a fit
    "read": "files.read",
    "save": "exports.save",
    "to_excel_formula": "exports.to_excel_formula",
    "to_latex_equation": "exports.to_latex_equation",
    "to_sql": "exports.to_sql",
    "load": "estimators.load",
    "without_rows": "exports.without_rows",
    "ReadReport": "files.remarks",
    "design": "designs.design",
    "design_arrays": "designs.design_arrays",
    "Design": "designs.container",
    "logit": "estimators.logit",
    "PenaltyChoice": "estimators.elastic_net_cv",
    "PenaltyPath": "estimators.elastic_net_path",
    "debiased_lasso": "estimators.debiased_lasso",
    "double_selection": "estimators.double_selection",
    "elastic_net": "estimators.elastic_net",
    "split_inference": "estimators.split_inference",
    "elastic_net_cv": "estimators.elastic_net_cv",
    "elastic_net_path": "estimators.elastic_net_path",
    "firth": "estimators.firth",
    "flic": "estimators.flic",
    "flac": "estimators.flac",
    "log_f": "estimators.log_f",
    "ridge": "estimators.ridge",
    "median_bias_reduced": "estimators.median_bias_reduced",
    "multinomial": "estimators.multinomial",
    "ordinal": "estimators.ordinal",
    "Brant": "outcomes.brant",
    "brant": "outcomes.brant",
    "OneVsRest": "estimators.one_vs_rest",
    "one_vs_rest": "estimators.one_vs_rest",
    "with_base": "outcomes.with_base",
    "hausman": "outcomes.hausman",
    "distinguishable": "outcomes.distinguishable",
    "Control": "fitting.control",
    "Status": "fitting.control",
    "Fit": "estimators.fit",
    # what a fit says
    "summary": "reports.summary",
    "odds_ratios": "inference.odds_ratios",
    "confint": "inference.confint",
    "predict": "prediction.predict",
    "tidy": "inference.tidy",
    "glance": "reports.glance",
    "check": "reports.check",
    "Check": "reports.check_page",
    "augment": "diagnostics.augment",
    "goodness_of_fit": "diagnostics.goodness_of_fit",
    "GoodnessOfFit": "diagnostics.fit_test",
    "pseudo_r2": "diagnostics.pseudo_r2",
    "residuals": "diagnostics.residuals",
    "binned_residuals": "diagnostics.binned_residuals",
    "BinnedResiduals": "diagnostics.binned_residuals",
    "dispersion": "diagnostics.dispersion",
    "Dispersion": "diagnostics.dispersion",
    "half_normal": "diagnostics.half_normal",
    "HalfNormal": "diagnostics.half_normal",
    "linearity": "diagnostics.linearity",
    "Linearity": "diagnostics.linearity",
    "influence": "diagnostics.influence",
    "Influence": "diagnostics.influence_result",
    "vif": "diagnostics.vif",
    "collinearity": "diagnostics.collinearity",
    "cov_params": "inference.cov_params",
    "with_cov": "inference.with_cov",
    "report": "reports.report",
    "interpret": "reports.interpret",
    "profile": "inference.profile",
    "Profile": "inference.profile",
    "separation": "inference.separation",
    "SeparationReport": "inference.separation",
    # from odds to probabilities
    "margins": "effects.margins",
    "comparisons": "effects.comparisons",
    "predictions": "effects.predictions",
    "reference_grid": "prediction.reference_grid",
    "second_differences": "effects.second_differences",
    "effective_dose": "effects.effective_dose",
    "prior_correction": "prediction.prior_correction",
    "PriorCorrection": "prediction.prior_correction",
    "probability_change": "epidemiology.probability_change",
    "approximate_risk_ratio": "epidemiology.approximate_risk_ratio",
    "e_value": "epidemiology.e_value",
    # planning
    "sample_size": "planning.sample_size",
    "SampleSize": "planning.sample_size",
    "power": "planning.power",
    "Power": "planning.power",
    # which terms
    "step": "selection.step",
    "style": "documents.style",
    "Style": "documents.style",
    "Selection": "selection.step",
    "best_subset": "selection.best_subset",
    "change_in_estimate": "selection.change_in_estimate",
    "compare": "selection.compare",
    "ModelComparison": "selection.compare",
    "fractional_polynomials": "selection.fractional_polynomials",
    "FractionalPolynomials": "selection.fractional_polynomials",
    "Effects": "effects.effects_table",
    "Interpretation": "reports.interpretation",
    # odds ratios in other words
    "contrasts": "odds.contrasts",
    "pairwise": "odds.pairwise",
    "stratum_odds_ratios": "odds.stratum_odds_ratios",
    "interaction": "odds.interaction",
    "characteristics": "publication.characteristics",
    "Characteristics": "publication.characteristics_table",
    "trend": "odds.trend",
    "Trend": "odds.trend",
    "two_by_k": "epidemiology.two_by_k",
    "TwoByK": "epidemiology.two_by_k_result",
    "two_by_two": "epidemiology.two_by_two",
    "TwoByTwo": "epidemiology.two_by_two_result",
    "many": "publication.many",
    "ManyModels": "publication.many",
    "OddsRatioCurve": "odds.odds_ratio_curve",
    "odds_ratio_curve": "odds.odds_ratio_curve",
    "subgroups": "publication.subgroups",
    "table": "publication.table",
    "SubgroupTable": "publication.subgroup_table",
    "AssociationTable": "publication.model",
    # pictures
    "plot": "plots.plot",
    "forest_plot": "plots.forest_plot",
    "effect_plot": "plots.effect_plot",
    "interaction_plot": "plots.interaction_plot",
    "risk_plot": "plots.risk_plot",
    "save_figure": "plots.save_figure",
    # tests
    "test": "inference.test",
    "wald_test": "inference.wald_test",
    "score_test": "inference.score_test",
    "lr_test": "inference.lr_test",
    "drop1": "terms.drop1",
    "anova": "terms.anova",
    "TestResult": "inference.test_result",
    # how well probabilities tell events from others
    "roc": "evaluation.roc",
    "RocCurve": "evaluation.roc",
    "roc_test": "evaluation.roc_test",
    "RocTest": "evaluation.roc_test",
    "precision_recall": "evaluation.precision_recall",
    "PrecisionRecall": "evaluation.precision_recall",
    "association_measures": "evaluation.association_measures",
    "AssociationMeasures": "evaluation.association_measures",
    "multiclass_auc": "evaluation.multiclass_auc",
    "MulticlassAuc": "evaluation.multiclass_auc",
    "calibration": "evaluation.calibration",
    "Calibration": "evaluation.calibration",
    "recalibrate": "evaluation.recalibrate",
    "Recalibration": "evaluation.recalibrate",
    "cross_validate": "evaluation.cross_validate",
    "CrossValidation": "evaluation.cross_validate",
    "internal_validation": "evaluation.internal_validation",
    "InternalValidation": "evaluation.internal_validation",
    # from probabilities to decisions
    "classification": "decisions.classification",
    "Classification": "decisions.classification",
    "thresholds": "decisions.thresholds",
    "ThresholdChoice": "decisions.thresholds",
    "decision_boundary": "plots.decision_boundary",
    "decision_curve": "decisions.decision_curve",
    "DecisionCurve": "decisions.decision_curve",
    "gain": "decisions.gain",
    "GainCurve": "decisions.gain",
    # checks
    "validate": "peers.validate",
    "Validation": "peers.validate",
    "show_config": "numerics.config",
    "Configuration": "numerics.config",
}
_MODULES = ("datasets", "errors")

__all__ = [
    "AssociationMeasures",
    "AssociationTable",
    "BinnedResiduals",
    "Brant",
    "Calibration",
    "Characteristics",
    "Check",
    "Classification",
    "Configuration",
    "Control",
    "CrossValidation",
    "DecisionCurve",
    "Design",
    "Dispersion",
    "Effects",
    "Fit",
    "FractionalPolynomials",
    "GainCurve",
    "GoodnessOfFit",
    "HalfNormal",
    "Influence",
    "InternalValidation",
    "Interpretation",
    "Linearity",
    "ManyModels",
    "ModelComparison",
    "MulticlassAuc",
    "OddsRatioCurve",
    "OneVsRest",
    "PenaltyChoice",
    "PenaltyPath",
    "Power",
    "PrecisionRecall",
    "PriorCorrection",
    "Profile",
    "ReadReport",
    "Recalibration",
    "RocCurve",
    "RocTest",
    "SampleSize",
    "Selection",
    "SeparationReport",
    "Status",
    "Style",
    "SubgroupTable",
    "TestResult",
    "ThresholdChoice",
    "Trend",
    "TwoByK",
    "TwoByTwo",
    "Validation",
    "anova",
    "approximate_risk_ratio",
    "association_measures",
    "augment",
    "best_subset",
    "binned_residuals",
    "brant",
    "calibration",
    "change_in_estimate",
    "characteristics",
    "check",
    "classification",
    "collinearity",
    "compare",
    "comparisons",
    "confint",
    "contrasts",
    "cov_params",
    "cross_validate",
    "datasets",
    "debiased_lasso",
    "decision_boundary",
    "decision_curve",
    "design",
    "design_arrays",
    "dispersion",
    "distinguishable",
    "double_selection",
    "drop1",
    "e_value",
    "effect_plot",
    "effective_dose",
    "elastic_net",
    "elastic_net_cv",
    "elastic_net_path",
    "errors",
    "firth",
    "flac",
    "flic",
    "forest_plot",
    "fractional_polynomials",
    "gain",
    "glance",
    "goodness_of_fit",
    "half_normal",
    "hausman",
    "influence",
    "interaction",
    "interaction_plot",
    "internal_validation",
    "interpret",
    "linearity",
    "load",
    "log_f",
    "logit",
    "lr_test",
    "many",
    "margins",
    "median_bias_reduced",
    "multiclass_auc",
    "multinomial",
    "odds_ratio_curve",
    "odds_ratios",
    "one_vs_rest",
    "ordinal",
    "pairwise",
    "plot",
    "power",
    "precision_recall",
    "predict",
    "predictions",
    "prior_correction",
    "probability_change",
    "profile",
    "pseudo_r2",
    "read",
    "recalibrate",
    "reference_grid",
    "report",
    "residuals",
    "ridge",
    "risk_plot",
    "roc",
    "roc_test",
    "sample_size",
    "save",
    "save_figure",
    "score_test",
    "second_differences",
    "separation",
    "show_config",
    "split_inference",
    "step",
    "stratum_odds_ratios",
    "style",
    "subgroups",
    "summary",
    "table",
    "test",
    "thresholds",
    "tidy",
    "to_excel_formula",
    "to_latex_equation",
    "to_sql",
    "trend",
    "two_by_k",
    "two_by_two",
    "validate",
    "vif",
    "wald_test",
    "with_base",
    "with_cov",
    "without_rows",
]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        from glmlogit.messages.calls import checked  # not before a name is used: it imports inspect

        attribute = getattr(import_module(f"glmlogit.{_HOME[name]}"), name)
        globals()[name] = value = checked(attribute) if isinstance(attribute, FunctionType) else attribute
        return value
    if name in _MODULES:
        return import_module(f"glmlogit.{name}")
    if name == "sklearn":
        return import_module("glmlogit.sklearn")
    if name.startswith("_"):
        raise AttributeError(f"module 'glmlogit' has no attribute {name!r}")
    from glmlogit.messages.other_words import instead_of

    raise AttributeError(instead_of(name, __all__, "module 'glmlogit'"))


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
