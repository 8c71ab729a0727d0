"""The parts of an estimate that hold no row, and the estimate of these parts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, TypeVar, cast

import numpy as np
import pandas as pd

from glmlogit.columns.formula_columns import FormulaColumns
from glmlogit.errors import GlmlogitError, UnsupportedError
from glmlogit.estimate.class_weighting import ClassWeighting
from glmlogit.estimate.covariance import Covariance
from glmlogit.estimate.estimate import Estimate
from glmlogit.estimate.likelihoods import LikelihoodNumbers
from glmlogit.estimate.rows_gone import RowsGone
from glmlogit.estimate.saved import Saved
from glmlogit.estimate.solved import Solved
from glmlogit.fitting.maximum import Maximum
from glmlogit.likelihood.penalty import PseudoRows

__all__ = ["PARTS", "assembled", "parts_of"]

AnyEstimate = TypeVar("AnyEstimate", bound=Estimate)

_OF_DESIGN = """
nobs n_rows n_patterns n_trials n_events observed event_totals outcome labels offset_name weighted counted
sampled of_weighed_trials uncounted pseudo dropped weight_type weight_name formula notes columns class_weights
class_weighted class_text has_intercept informative_nobs n_scores n_columns constants factors names terms
multipliers totals_without_class_weights
"""
_OF_ROWS = ("weights", "trials", "offset", "levels", "patterns")
_OF_LIKELIHOOD = """
labels arrangement magnitude response totals saturated size why_no_residual why_no_curvature why_no_refinement exact
unit null_value n_rows
"""
_OF_PENALTY = "why_no_covariance exact"
# Properties that are computed once, and of which the values are saved.
_COMPUTED: Mapping[type, tuple[str, ...]] = {
    Solved: ("inverse_root", "exact_rows", "finite"),
    Maximum: ("states",),
    LikelihoodNumbers: ("kernel", "deviance", "llf", "llnull", "null_deviance", "df_effective"),
    Covariance: ("spread", "matrix", "standard_errors", "reference"),
    ClassWeighting: ("excess", "constant"),
    Estimate: ("digits",),
}
_OF_ESTIMATE = (
    "estimator", "cov_kind", "level", "control", "undefined", "extra_notes", "reference_name", "shrinkage",
)  # fmt: skip
_OF_MAXIMUM = (
    "beta",
    "at",
    "status",
    "trace",
    "estimated",
    "aliases",
    "root",
    "low",
    "zeros",
    "certified",
    "dimension",
)
NO_ROWS = np.empty(0, dtype=bool)
PARTS = ("design", "likelihood", "penalty", "cone", "adjusted", "model_info", "maximum", "estimate", "computed")


def parts_of(fit: Estimate, saved: Saved) -> dict[str, Any]:
    """What a fit is without its rows, by part; with the results that need them."""
    _require_data_only(fit)
    solved, maximum = fit.solved, fit.maximum
    return {
        "design": _held(solved.design, _OF_DESIGN.split()) | _presence(solved.design) | _clusters(fit),
        "likelihood": _held(maximum.likelihood, _OF_LIKELIHOOD.split()) | {"limit": None},
        "penalty": _penalty(solved.penalty),
        "cone": None if maximum.cone is None else replace(maximum.cone, separated=NO_ROWS),
        "adjusted": solved.adjusted,
        "model_info": solved.model_info,
        "maximum": {name: getattr(maximum, name) for name in _OF_MAXIMUM},
        "estimate": {name: getattr(fit, name) for name in _OF_ESTIMATE} | {"saved": saved},
        "computed": {
            "Solved": _computed(solved, Solved) | ({"_whitening": solved._whitening} if solved.exact_rows else {}),
            "Maximum": _computed(maximum, Maximum),
            "LikelihoodNumbers": _computed(fit.likelihood, LikelihoodNumbers),
            "Covariance": _computed(fit.covariance, Covariance),
            "ClassWeighting": {} if fit.weighting is None else _computed(fit.weighting, ClassWeighting),
            "Estimate": _computed(fit, Estimate),
        },
    }


def assembled(parts: Mapping[str, Any], kind: type[AnyEstimate]) -> AnyEstimate:
    """The fit of its parts, whose rows are gone."""
    computed = parts["computed"]
    design = cast(Any, RowsGone("design", parts["design"]))
    likelihood = cast(Any, RowsGone("likelihood", parts["likelihood"]))
    penalty = (
        cast(Any, RowsGone("penalty", parts["penalty"])) if isinstance(parts["penalty"], dict) else parts["penalty"]
    )
    maximum = _with(Maximum(**parts["maximum"], likelihood=likelihood, cone=parts["cone"]), computed["Maximum"])
    vars(maximum)["limiting"] = likelihood
    solved = _with(Solved(design, maximum, penalty, parts["adjusted"], parts["model_info"]), computed["Solved"])
    vars(solved)["rows"] = design
    fit: AnyEstimate = _with(kind(solved, **parts["estimate"]), computed["Estimate"])
    if fit.weighting is not None:
        _with(fit.weighting, computed["ClassWeighting"])
    numbers = LikelihoodNumbers(solved, why_no_criteria=fit.undefined.aic)
    covariance = Covariance(solved, fit.cov_kind, fit.reference_name)
    vars(fit)["likelihood"] = _with(numbers, computed["LikelihoodNumbers"])
    vars(fit)["covariance"] = _with(covariance, computed["Covariance"])
    return fit


def _with(value: Any, computed: Mapping[str, Any]) -> Any:
    """The value with properties that were computed before; those only that are."""
    kind = next(kind for kind in _COMPUTED if isinstance(value, kind))
    vars(value).update({name: computed[name] for name in (*_COMPUTED[kind], "_whitening") if name in computed})
    return value


def _require_data_only(fit: Estimate) -> None:
    columns = fit.columns
    functions = columns.spec.formula.functions if isinstance(columns, FormulaColumns) else {}
    if functions:
        raise UnsupportedError(
            f"the formula calls {', '.join(sorted(functions))}, functions of your own: they are code, which no saved "
            f"fit holds. Make their values columns of the data before fitting"
        )


def _held(source: Any, names: Iterable[str]) -> dict[str, Any]:
    """The values under these names, those left out that the object has not or cannot give."""
    values = {}
    for name in names:
        try:
            values[name] = getattr(source, name)
        except (AttributeError, GlmlogitError, AssertionError):
            continue
    return values


def _computed(source: Any, kind: type) -> dict[str, Any]:
    return _held(source, _COMPUTED[kind])


def _presence(design: Any) -> dict[str, Any]:
    """None for what the rows do not have; where they have it, it is gone with them."""
    held = {name: getattr(design, name, None) for name in _OF_ROWS}
    gone = {name: None if value is None else RowsGone(name, {}) for name, value in held.items()}
    return gone | {"positions": np.empty(0, dtype=np.intp)}


def _clusters(fit: Estimate) -> dict[str, Any]:
    """As many clusters as there were, numbered, and that all rows are as informative as they were."""
    frame = fit.design.cluster
    if frame is None:
        return {"cluster": None}
    informative = frame[fit.solved.rows.informative]
    counts = {name: informative[name].nunique() for name in frame}
    most = max(counts.values(), default=0)
    numbered = {name: np.where(np.arange(most) < k, np.arange(most), np.nan) for name, k in counts.items()}
    return {"cluster": pd.DataFrame(numbered), "informative": np.ones(most, dtype=bool)}


def _penalty(penalty: Any) -> Any:
    """A penalty, which is numbers; of one that is made of rows what is asked without them."""
    return _held(penalty, _OF_PENALTY.split()) if isinstance(penalty, PseudoRows) else penalty
