"""scikit-learn's ``LogisticRegression`` and ``LogisticRegressionCV``, with two classes."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from glmlogit.designs.design_arrays import design_arrays
from glmlogit.errors import UnsupportedError
from glmlogit.estimators.elastic_net import elastic_net
from glmlogit.estimators.fit import Fit
from glmlogit.estimators.logit import logit
from glmlogit.foreign.rows import rows_given
from glmlogit.peers.claim import Claim, Reader

_ESTIMATORS = ("LogisticRegression", "LogisticRegressionCV")


def _takes(value: Any) -> bool:
    return type(value).__module__.startswith("sklearn.") and hasattr(value, "get_params")


def _read(model: Any, data: Any) -> Claim:
    import sklearn

    name = type(model).__name__
    if name == "Pipeline":
        raise UnsupportedError("give the last step of the pipeline, and as data= the rows that reach it: pipeline[-1]")
    if name not in _ESTIMATORS:
        raise UnsupportedError(f"scikit-learn's {name} is no logistic regression; LogisticRegression is compared")
    if not hasattr(model, "coef_"):
        raise UnsupportedError(f"the {name} is not fitted: call its fit first")
    if len(model.classes_) != 2:
        raise UnsupportedError(
            f"the {name} has {len(model.classes_)} classes; its coefficients sum to 0 over them, and those of "
            f"gl.multinomial are against a base. glmlogit.sklearn.MultinomialClassifier has the same probabilities"
        )
    X = None if data is None else rows_given(data, "scikit-learn")[0]
    return Claim(
        title=f"scikit-learn {name}",
        version=str(sklearn.__version__),
        values={"params": dict(zip(_names(model, X), _params(model), strict=True))},
        remarks=tuple(_remarks(model)),
        refused=dict.fromkeys(("bse", "conf_low", "conf_high"), "scikit-learn has no standard errors"),
        refit=lambda: _refit(model, data),
    )


def _names(model: Any, X: Any) -> list[str]:
    names = getattr(model, "feature_names_in_", None)
    names = [f"x{j}" for j in range(model.coef_.shape[1])] if names is None else [*names]
    return ["Intercept", *names] if model.fit_intercept else names


def _params(model: Any) -> Any:
    return np.r_[np.ravel(model.intercept_)[:1], model.coef_[0]] if model.fit_intercept else model.coef_[0]


def inverse_penalty(model: Any) -> tuple[float, float]:
    """C and the share of the lasso; C is infinite without a penalty."""
    kind = getattr(model, "penalty", None)
    if kind is None:
        return math.inf, 0.0
    strength = float(np.ravel(model.C_)[0]) if hasattr(model, "C_") else float(model.C)
    ratio = getattr(model, "l1_ratio_", None)
    ratio = model.l1_ratio if ratio is None or np.ravel(ratio)[0] is None else np.ravel(ratio)[0]
    return strength, {"l1": 1.0, "l2": 0.0}.get(kind, float(ratio or 0.0))


def _remarks(model: Any) -> list[str]:
    said = []
    strength, ratio = inverse_penalty(model)
    if math.isfinite(strength):
        default = ", its default" if strength == 1.0 and ratio == 0.0 else ""
        said.append(
            f"the coefficients are penalised (C = {strength:g}, l1_ratio = {ratio:g}{default}): they are shrunk "
            f"towards 0, are no maximum likelihood estimates, change with the units of the columns; C=np.inf has none"
        )
    if np.max(model.n_iter_) >= model.max_iter:
        said.append(f"scikit-learn stopped at max_iter = {model.max_iter}: it did not converge")
    if model.solver == "liblinear" and model.fit_intercept:
        said.append("liblinear penalises the intercept too, which nothing here does")
    if getattr(model, "class_weight", None) is not None:
        said.append(
            "class weights make probabilities those of another population; gl.logit(…, class_weight=) says which"
        )
    return said


def _refit(model: Any, data: Any) -> Fit:
    X, y, weights = rows_given(data, "scikit-learn")
    strength, ratio = inverse_penalty(model)
    penalised = math.isfinite(strength)
    names = [*model.feature_names_in_] if hasattr(model, "feature_names_in_") else None
    sides: dict[str, Any] = {"weights": weights, "event": model.classes_[1], "names": names}
    if not penalised:
        sides["class_weight"] = model.class_weight
    elif model.class_weight is not None:
        sides["weights"] = _with_class_weights(model, y, weights)
    columns = X.to_numpy(dtype=float) if hasattr(X, "to_numpy") else X
    rows = design_arrays(np.asarray(y), columns, intercept=model.fit_intercept, **sides)
    return elastic_net(rows, C=strength, l1_ratio=ratio) if penalised else logit(rows)


def _with_class_weights(model: Any, y: Any, weights: Any) -> Any:
    from sklearn.utils.class_weight import compute_sample_weight

    own = compute_sample_weight(model.class_weight, y)
    return own if weights is None else own * weights


READER = Reader(_takes, _read)
