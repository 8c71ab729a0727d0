"""glum's ``GeneralizedLinearRegressor`` with the binomial family."""

from __future__ import annotations

from typing import Any

import numpy as np

from glmlogit.designs.design_arrays import design_arrays
from glmlogit.errors import UnsupportedError
from glmlogit.estimators.elastic_net import elastic_net
from glmlogit.estimators.fit import Fit
from glmlogit.estimators.logit import logit
from glmlogit.foreign.rows import rows_given
from glmlogit.peers.claim import Claim, Reader


def _takes(value: Any) -> bool:
    return type(value).__module__.startswith("glum.") and hasattr(value, "get_params")


def _read(model: Any, data: Any) -> Claim:
    import glum

    if not hasattr(model, "coef_"):
        raise UnsupportedError("glum's regressor is not fitted: call its fit first")
    family, link = type(model._family_instance).__name__, type(model._link_instance).__name__
    if family != "BinomialDistribution" or link != "LogitLink":
        raise UnsupportedError(f"glum's regressor has {family} and {link}; only the binomial with a logit is compared")
    return Claim(
        title="glum",
        version=str(glum.__version__),
        values={"params": dict(zip(_names(model), _params(model), strict=True))},
        remarks=tuple(_remarks(model)),
        refused=dict.fromkeys(("bse", "conf_low", "conf_high"), "glum's estimators hold no standard errors by default"),
        refit=lambda: _refit(model, data),
    )


def _names(model: Any) -> list[str]:
    names = list(getattr(model, "feature_names_", [f"x{j}" for j in range(len(model.coef_))]))
    return ["Intercept", *names] if model.fit_intercept else names


def _params(model: Any) -> Any:
    return np.r_[model.intercept_, model.coef_] if model.fit_intercept else model.coef_


def _penalty(model: Any) -> float:
    return float(model._alpha if hasattr(model, "_alpha") else model.alpha or 0.0)


def _remarks(model: Any) -> list[str]:
    said = []
    if _penalty(model):
        said.append(
            f"the coefficients are penalised (alpha = {_penalty(model):g}, l1_ratio = {model.l1_ratio:g}): they are "
            "shrunk towards 0 and are no maximum likelihood estimates"
        )
    if np.max(model.n_iter_) >= model.max_iter:
        said.append(f"glum stopped at max_iter = {model.max_iter}: it did not converge")
    return said


def _refit(model: Any, data: Any) -> Fit:
    X, y, weights = rows_given(data, "glum")
    if any(getattr(model, bound) is not None for bound in ("lower_bounds", "upper_bounds", "A_ineq")):
        raise UnsupportedError("glum's regressor has bounds: fit it with gl.elastic_net(lower=, upper=) and against=")
    names = _names(model)[1:] if model.fit_intercept else _names(model)
    columns = X.to_numpy(dtype=float) if hasattr(X, "to_numpy") else X
    rows = design_arrays(np.asarray(y), columns, names=names, intercept=model.fit_intercept, weights=weights)
    if not _penalty(model):
        return logit(rows)
    scaled = bool(model.scale_predictors)
    return elastic_net(rows, penalty=_penalty(model), l1_ratio=model.l1_ratio, standardize=scaled)


READER = Reader(_takes, _read)
