"""statsmodels as a peer: ``GLM`` for grouped or weighted data, else ``Logit``; ``MNLogit``, ``OrderedModel``."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from glmlogit.messages.words import sentence
from glmlogit.peers.peer import (
    ERRORS,
    QUANTITIES,
    Answer,
    Peer,
    by_name,
    coded_rows,
    refusals,
    slope_columns,
    values_of,
)

if TYPE_CHECKING:
    from glmlogit.estimate.estimate import Estimate


def _refit(fit: Estimate) -> Answer:
    """What statsmodels says of a fit."""
    import statsmodels
    import statsmodels.api as sm

    refused = {**_other_errors(fit), **refusals(fit)}
    version = str(statsmodels.__version__)
    if len(refused) == len(QUANTITIES):
        return Answer(version, {}, refused)
    try:
        result = _result(fit, sm)
        params, bse = by_name(fit, result.params), by_name(fit, result.bse)
    except Exception as error:  # singular matrices, divisions by zero: whatever it stumbles on
        reason = f"statsmodels stopped with an error: {type(error).__name__}: {error}"
        return Answer(version, {}, {**dict.fromkeys(QUANTITIES, reason), **refused})
    deviance = getattr(result, "deviance", -2.0 * result.llf)
    return Answer(version, values_of(fit, params, bse, result.llf, deviance), refused)


def _other_errors(fit: Estimate) -> dict[str, str]:
    """Reasons why its standard errors are another quantity than this fit's."""
    reason = ""
    if fit.cov_kind not in _KINDS:
        unknown = "whether statsmodels has {kind} standard errors is not known; with_cov('model') compares"
        reason = _HAS_NOT.get(fit.cov_kind, sentence(unknown, kind=fit.cov_kind))
    elif fit.sample.outcome.ordered and not fit.covariance.kind.modelled:
        reason = "statsmodels' robust errors of an ordered model rest on numerical derivatives"
    elif fit.sample.weighted and not fit.covariance.kind.modelled:
        reason = "statsmodels treats all weights as frequencies in a robust covariance"
    return dict.fromkeys(ERRORS, reason) if reason else {}


# Kinds of covariance that statsmodels has too, with what it calls them, and what it has in place of others.
_KINDS = {"model": "", "observed": "", "HC0": "HC0", "cluster:statsmodels": "cluster"}
_OTHER_FACTOR = "statsmodels multiplies by (n-1)/(n-k) as well; with_cov('cluster:statsmodels') compares"
_ONLY_HC0 = "statsmodels returns HC0 whatever {kind} asks for in discrete models"
_HAS_NOT = {
    "HC0:stata": "statsmodels has no HC0·n/(n-1); with_cov('HC0') compares",
    **{kind: sentence(_ONLY_HC0, kind=kind) for kind in ("HC1", "HC2", "HC3")},
    "cluster": _OTHER_FACTOR,
    "cluster:none": _OTHER_FACTOR,
}


def _result(fit: Estimate, sm: Any) -> Any:
    """GLM for grouped or weighted data, Logit otherwise, both iterated to the end."""
    rows, labels = fit.rows, fit.coefs.labels
    if rows.levels is not None:
        return _ordered(fit) if fit.sample.outcome.ordered else _of_levels(fit, sm)
    X = pd.DataFrame(rows.matrix.array, columns=labels)[[labels[j] for j in fit.coefs.estimated]]
    how = _covariance(fit)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if rows.trials is None and rows.weights is None and fit.weighting is None:
            model = sm.Logit(rows.y, X, offset=rows.offset)
            return model.fit(method="newton", maxiter=100, tol=1e-12, disp=0, **how)
        y = rows.y if rows.trials is None else np.column_stack([rows.y, rows.trials - rows.y])
        weights = {} if rows.weights is None else {"freq_weights": rows.weights}
        if fit.weighting is not None:
            events, others = rows.weighed_outcomes
            y, total = events / (events + others), events + others
            weights = {"freq_weights": total if rows.weights is None else rows.weights * total}
        model = sm.GLM(y, X, family=sm.families.Binomial(), offset=rows.offset, **weights)
        return model.fit(maxiter=200, tol=1e-13, tol_criterion="params", **how)


class _Levels(NamedTuple):
    """What a fit of several levels says, coefficients of one level after those of another."""

    params: Any
    bse: Any
    llf: float


def _of_levels(fit: Estimate, sm: Any) -> _Levels:
    """MNLogit, rows written out as often as their counts say."""
    rows, (codes, copies) = fit.rows, coded_rows(fit)
    columns = [j for j in fit.coefs.estimated if j < rows.matrix.shape[1]]
    X = rows.matrix.array[:, columns].repeat(copies, axis=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = sm.MNLogit(codes, X)
        result = model.fit(method="newton", maxiter=100, tol=1e-12, disp=0, **_covariance(fit))
    return _Levels(np.asarray(result.params).T.ravel(), np.asarray(result.bse).T.ravel(), float(result.llf))


def _ordered(fit: Estimate) -> _Levels:
    """OrderedModel, columns in their standard deviations: it differentiates by steps that know no units."""
    from statsmodels.miscmodels.ordinal_model import OrderedModel

    (codes, copies), columns = coded_rows(fit), slope_columns(fit)
    X = fit.rows.matrix.array[:, columns].repeat(copies, axis=0)
    unit = X.std(axis=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = OrderedModel(codes, X / unit, distr="logit")
        result = model.fit(method="bfgs", maxiter=10_000, gtol=1e-10, disp=0)
        info = -_curvature(model.loglike, np.asarray(result.params))
    # Of slopes, the first cut point and logarithms of the distances of the others, to cut points and slopes.
    k, distances = len(columns), np.exp(np.asarray(result.params)[len(columns) + 1 :])
    cuts = np.asarray(result.params)[k] + np.concatenate([[0.0], np.cumsum(distances)])
    jacobian = np.zeros((len(cuts) + k, len(info)))
    jacobian[: len(cuts), k] = 1.0
    jacobian[: len(cuts), k + 1 :] = np.tril(np.ones((len(cuts), len(distances))), -1) * distances
    jacobian[len(cuts) :, :k] = np.diag(1.0 / unit)
    bse = np.sqrt(np.diag(jacobian @ np.linalg.solve(info, jacobian.T)))
    return _Levels(np.concatenate([cuts, np.asarray(result.params)[:k] / unit]), bse, float(result.llf))


def _curvature(function: Any, at: Any) -> Any:
    """Second derivatives by central differences, extrapolated: an error of fourth order in the step (Richardson)."""
    from statsmodels.tools.numdiff import approx_hess3

    wide, narrow = (approx_hess3(at, function, epsilon=step * np.maximum(1.0, np.abs(at))) for step in (4e-3, 2e-3))
    return (4.0 * narrow - wide) / 3.0


def _covariance(fit: Estimate) -> dict[str, Any]:
    name = _KINDS.get(fit.cov_kind, "")
    if name and fit.covariance.kind.clustered:
        assert fit.sample.cluster is not None
        codes = [ids.astype("category").cat.codes.to_numpy() for _, ids in fit.sample.cluster.items()]
        groups = codes[0] if len(codes) == 1 else np.column_stack(codes)
        return {"cov_type": name, "cov_kwds": {"groups": groups}}
    return {"cov_type": name} if name else {}


PEER = Peer("statsmodels", _refit)
