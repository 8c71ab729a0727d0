"""Results of statsmodels: ``Logit``, ``GLM`` with the binomial family and logit link, ``MNLogit``."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from glmlogit.designs.design_arrays import design_arrays
from glmlogit.errors import UnsupportedError
from glmlogit.estimators.fit import Fit
from glmlogit.estimators.logit import logit
from glmlogit.estimators.multinomial import multinomial
from glmlogit.inference.with_cov import with_cov
from glmlogit.messages.words import plural
from glmlogit.peers.claim import Claim, Reader

_KINDS = {"nonrobust": "model", "cluster": "cluster:statsmodels"}
_ELSEWHERE = {
    "Probit": "a probit, and the link here is always the logit",
    "OLS": "a linear model of the outcome",
    "ConditionalLogit": "a conditional logit, of matched sets",
    "GEE": "a GEE; with cov_struct=Independence() its estimates are those of gl.logit(…, cluster=)",
    "OrderedModel": "an ordered model; compare by hand with gl.ordinal, whose cut points are not differences",
}


def _takes(value: Any) -> bool:
    return type(value).__module__.startswith("statsmodels.") and hasattr(value, "model") and hasattr(value, "params")


def _read(result: Any, data: Any) -> Claim:
    import statsmodels

    model, kind = result.model, type(result.model).__name__
    if kind not in ("Logit", "GLM", "MNLogit"):
        why = _ELSEWHERE.get(kind, "no logistic regression")
        raise UnsupportedError(
            f"the result is statsmodels' {kind}: {why}. Logit, GLM (Binomial) and MNLogit are compared"
        )
    if kind == "GLM":
        _require_logit(model)
    penalised = "egularized" in type(result).__name__ or "L1" in type(result).__name__
    values = _values(result, model, penalised)
    return Claim(
        title=f"statsmodels {kind}",
        version=str(statsmodels.__version__),
        values=values,
        errors=_KINDS.get(getattr(result, "cov_type", None) or "nonrobust", str(getattr(result, "cov_type", ""))),
        remarks=tuple(_remarks(result, model, penalised)),
        refused=_refused(model, penalised),
        refit=lambda: _refit(result, model),
    )


def _require_logit(model: Any) -> None:
    family, link = type(model.family).__name__, type(model.family.link).__name__
    if family != "Binomial" or link != "Logit":
        raise UnsupportedError(
            f"the result is a GLM with family {family} and link {link}; only Binomial with the logit link is the model "
            f"of this package"
        )


def _values(result: Any, model: Any, penalised: bool) -> dict[str, dict[Any, float]]:
    """Numbers by the names of the columns; of several levels by level and name."""
    names = _names(model)
    values = {"params": dict(zip(names, _flat(result.params), strict=True))}
    if not penalised:
        low, high = _limits(result)
        values |= {
            "bse": dict(zip(names, _flat(result.bse), strict=True)),
            "conf_low": dict(zip(names, low, strict=True)),
            "conf_high": dict(zip(names, high, strict=True)),
            "llf": {"": float(result.llf)},
        }
    return values


def _names(model: Any) -> list[Any]:
    if type(model).__name__ != "MNLogit":
        return list(model.exog_names)
    return [(level, name) for level in _levels(model)[1:] for name in model.exog_names]


def _levels(model: Any) -> list[Any]:
    return [model._ynames_map[code] for code in sorted(model._ynames_map)]


def _flat(values: Any) -> Any:
    return np.asarray(values, dtype=float).T.ravel()


def _limits(result: Any) -> tuple[Any, Any]:
    limits = np.asarray(result.conf_int(), dtype=float)
    limits = limits.reshape(-1, 2) if limits.ndim == 3 else limits
    return limits[:, 0], limits[:, 1]


def _refused(model: Any, penalised: bool) -> dict[str, str]:
    if penalised:
        reason = "the result is penalised, and has no standard errors that can be compared"
        return dict.fromkeys(("bse", "conf_low", "conf_high"), reason)
    if type(model).__name__ == "GLM" and _weighted_shares(model):
        return {"llf": "statsmodels' log-likelihood of weighted shares is none of counts"}
    return {}


def _weighted_shares(model: Any) -> bool:
    """Whether the outcome is a share of events, and the weights are how many there could be."""
    share = np.asarray(model.endog, dtype=float)
    return bool(((share > 0) & (share < 1)).any() and (np.asarray(model.n_trials) == 1).all())


def _remarks(result: Any, model: Any, penalised: bool) -> list[str]:
    said = []
    if penalised:
        said.append("the result is penalised (fit_regularized): it is compared with maximum likelihood, and differs")
    finished = getattr(result, "mle_retvals", None) or {}
    if not finished.get("converged", getattr(result, "converged", True)):
        said.append("statsmodels says that its iteration did not converge")
    rows = getattr(model.data, "frame", None)
    if rows is not None and len(rows) > len(model.endog):
        dropped = len(rows) - len(model.endog)
        said.append(f"statsmodels left out {plural(dropped, 'row')} of {len(rows):,} (missing values)")
    if not getattr(model, "k_constant", 1):
        said.append("the model has no constant: statsmodels adds none to arrays (sm.add_constant)")
    if type(model).__name__ == "GLM":
        said += _of_weights(model)
        names = getattr(model, "endog_names", "")
        if isinstance(names, list) and len(names) == 2 and names[0].endswith("]"):
            said.append(f"the event is {names[0]}: of a text outcome GLM models the first level")
    return said


def _of_weights(model: Any) -> list[str]:
    weights = np.asarray(model.freq_weights, dtype=float)
    if (weights % 1 != 0).any():
        return [
            "freq_weights are not whole numbers: standard errors are those of so many rows, which weights that are not "
            "counts do not justify (weight_type='sampling' here)"
        ]
    return []


# --- the same rows here ------------------------------------------------------------------------------
def _refit(result: Any, model: Any) -> Fit:
    kind = type(model).__name__
    if kind == "MNLogit":
        return _of_levels(model)
    X = pd.DataFrame(np.asarray(model.exog), columns=list(model.exog_names))
    groups = (getattr(result, "cov_kwds", None) or {}).get("groups")
    sides: dict[str, Any] = {"cluster": None if groups is None else np.asarray(groups)}
    sides |= _of_glm(model) if kind == "GLM" else _of_logit(model)
    fit = logit(design_arrays(sides.pop("y"), X, **sides))
    return with_cov(fit, "cluster:statsmodels") if groups is not None else fit


def _of_logit(model: Any) -> dict[str, Any]:
    offset = getattr(model, "offset", None)
    return {"y": np.asarray(model.endog), "offset": None if offset is None else np.asarray(offset)}


def _of_glm(model: Any) -> dict[str, Any]:
    """Outcome, trials, weights and offset; proportions with weights as their trials are counts."""
    share, trials = np.asarray(model.endog, dtype=float), np.asarray(model.n_trials, dtype=float)
    counted, precise = np.asarray(model.freq_weights, float), np.asarray(model.var_weights, float)
    trials = np.broadcast_to(trials, share.shape)
    offset = np.asarray(model._offset_exposure, float)
    sides: dict[str, Any] = {"offset": np.broadcast_to(offset, share.shape).copy() if offset.any() else None}
    if _weighted_shares(model):
        weights = counted * precise
        return {**sides, "y": np.round(share * weights, 9), "trials": weights}
    if (precise != 1).any():
        sides |= {"weights": counted * precise, "weight_type": "precision"}
    elif (counted != 1).any():
        sides |= {"weights": counted}
    if (trials != 1).any():
        return {**sides, "y": np.round(share * trials), "trials": trials}
    return {**sides, "y": share}


def _of_levels(model: Any) -> Fit:
    names = list(model.exog_names)
    table, order = pd.DataFrame(np.asarray(model.exog), columns=names), _levels(model)
    outcome = next(name for name in ("level", "level_", "level__") if name not in names)
    codes = np.asarray(model.endog).astype(int) if np.ndim(model.endog) == 1 else np.argmax(model.endog, axis=1)
    table[outcome] = pd.Categorical([order[code] for code in codes], categories=order)
    return multinomial(f"{outcome} ~ 0 + " + " + ".join(f"`{name}`" for name in names), table)


READER = Reader(_takes, _read)
