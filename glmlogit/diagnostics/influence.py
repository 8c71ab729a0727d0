"""Influence of rows or covariate patterns on a fit: what each of them decides, by one step or by fitting without it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from glmlogit.diagnostics.cases import By, Cases, cases_of
from glmlogit.diagnostics.deleted import Deleted, deleted
from glmlogit.diagnostics.influence_result import Changes, Influence, influence_notes
from glmlogit.errors import UnsupportedError
from glmlogit.messages.options import check_choice
from glmlogit.numerics.kernels import tails
from glmlogit.numerics.linalg import lengths

if TYPE_CHECKING:
    from glmlogit.estimate.estimate import Estimate

Array = npt.NDArray[np.float64]
Convention = Literal["sas", "stata", "r"]


def influence(fit: Estimate, by: By = "row", *, exact: bool = False, convention: Convention = "sas") -> Influence:
    """What each row, or each covariate pattern, does to a fit.

    Parameters
    ----------
    fit : Fit
        The fit, of any estimator of this package; of penalised fits only what is ``exact`` is known.
    by : {"row", "pattern"}
        Delete rows (of a frequency weight one of its observations), or all trials of a covariate pattern at once.
    exact : bool
        Fit the model again without each case, instead of one Newton step.
    convention : {"sas", "stata", "r"}
        ``"stata"``: the change of the deviance is d²/(1 − h). ``"r"``: DFBETA, DFBETAS, DFFITS and the covariance ratio
        as R computes them, from deviance residuals and a residual variance, which are the deletion of nothing.

    Returns
    -------
    Influence
        ``.table`` (a row a case: ``hat cooks_distance delta_beta delta_chi2 delta_deviance dffits cov_ratio
        linear_predictor_without`` and residuals; if exact also ``likelihood_displacement deviance_drop``), ``.dfbeta``,
        ``.dfbetas`` (a column a coefficient), ``.outlier``. It prints which cases to look at.

    Raises
    ------
    UnsupportedError
        For patterns with sampling or precision weights; for ``exact`` of an estimator made in several steps; for
        ``exact`` with ``convention="r"``.

    Notes
    -----
    With r Pearson's residual, d the deviance residual, h the leverage, k coefficients (Pregibon 1981; Hosmer, Lemeshow
    & Sturdivant 2013, §5.3): Cook r²h/((1−h)²k), Δβ = k·Cook, ΔX² = r²/(1−h), ΔD = d² + r²h/(1−h), DFBETA
    Vx(y−mp)/(1−h) = β̂ − β̂ without the case, DFBETAS over the standard error of the model, DFFITS r√h/(1−h), the ratio
    of the determinants of the covariances 1/(1−h), η without the case η − h(y−mp)/((1−h)mpq), as SAS's CTABLE
    has it: an approximation, of which influential cases are farther away. *Matches* SAS's C, DIFCHISQ, DIFDEV, DFBETAS;
    Stata's ``dbeta``, ``dx2`` by pattern; R's ``cooks.distance``. *Differs* from R's ``dfbeta(glm)``: see
    ``convention``.

    Examples
    --------
    >>> import glmlogit as gl
    >>> fit = gl.logit("low ~ age + smoke", gl.datasets.load("birthwt"))
    >>> gl.influence(fit).table[["hat", "delta_beta", "delta_chi2"]].head(2).round(4)
          hat  delta_beta  delta_chi2
    0  0.0126      0.0053      0.4180
    1  0.0219      0.0047      0.2102
    """
    check_choice("convention", convention, ("sas", "stata", "r"))
    if exact and convention == "r":
        raise UnsupportedError("R's formulas are not those of a deletion; leave out exact=True or convention='r'")
    cases = cases_of(fit, by)
    table = _table(fit, cases, convention)
    refits = deleted(fit, cases) if exact else None
    if refits is not None:
        table = table.assign(**refits.columns)
    elif not fit.capabilities.plain:
        table[_OF_DELETION] = np.nan
    return Influence(
        by=by,
        table=table,
        exact=exact,
        convention=convention,
        rank=len(fit.coefs.estimated),
        notes=influence_notes(fit, by, exact, convention, refits),
        changes=_changes(fit, cases, convention, refits),
        labels=fit.coefs.labels,
        mean_weight=_mean_weight(fit, cases),
    )


def _mean_weight(fit: Estimate, cases: Cases) -> float | None:
    """Mean of sampling and class weights over observations, None of others."""
    if not fit.sample.sampled and fit.weighting is None:
        return None
    weights, trials = (cases.events + cases.nonevents) * cases.copies, fit.rows.trials
    return float(weights.sum() / (cases.copies if trials is None else trials * cases.copies).sum())


def _changes(fit: Estimate, cases: Cases, convention: Convention, refits: Deleted | None) -> Changes:
    """How coefficients change, to be worked out when first asked for."""
    estimated = fit.coefs.estimated
    finite = np.array([fit.coefs.states[j].finite for j in estimated.tolist()], dtype=bool)
    root = fit.covariance.whiten(np.eye(fit.coefs.size))[estimated[finite]]
    scale = np.full(fit.coefs.size, np.nan)
    scale[estimated[finite]] = lengths(root)
    if refits is not None:
        return Changes(refits.change, scale, root, estimated[finite])
    sigma = _r_sigma(cases, len(estimated)) if convention == "r" else None
    by = "" if not fit.capabilities.plain else "deviance" if convention == "r" else "residual"
    return Changes(None, scale, root, estimated[finite], cases, by, sigma)


# What rests on the score equations of maximum likelihood.
_OF_DELETION = ["cooks_distance", "delta_beta", "delta_chi2", "delta_deviance", "dffits", "cov_ratio"]
_OF_DELETION += ["linear_predictor_without"]


# Rows that are worked on together: what is made of them stays in a core's cache.
_BLOCK = 8_192


def _table(fit: Estimate, cases: Cases, convention: Convention) -> pd.DataFrame:
    rank, n = max(len(fit.coefs.estimated), 1), len(cases.eta)
    columns: dict[str, Array] = {}
    for first in range(0, n, _BLOCK):
        part = slice(first, first + _BLOCK)
        for name, values in _columns(cases.part(part), rank, convention).items():
            columns.setdefault(name, np.empty(n))[part] = values
    if convention == "r":
        columns["dffits"], columns["cov_ratio"] = _r_scaled(cases, rank)
    return pd.DataFrame(columns, index=cases.index, copy=False)


def _columns(cases: Cases, rank: int, convention: Convention) -> dict[str, Array]:
    left, pull = cases.left, cases.pull
    moved = pull / left
    with np.errstate(over="ignore"):
        delta_beta = moved * moved
    chi2 = cases.pearson**2 / left
    drop = cases.deviance**2 / left if convention == "stata" else cases.studentised**2
    return {
        "n": cases.events + cases.nonevents,
        "events": cases.events,
        "fitted": tails(cases.eta)[0],
        "hat": cases.hat,
        "resid_pearson": cases.pearson,
        "resid_deviance": cases.deviance,
        "studentised": cases.studentised,
        "cooks_distance": delta_beta / rank,
        "delta_beta": delta_beta,
        "delta_chi2": chi2,
        "delta_deviance": drop,
        "dffits": moved,
        "cov_ratio": 1.0 / left,
        "linear_predictor_without": cases.eta - cases.residual * cases.squares / left,
    }


def _r_sigma(cases: Cases, k: int) -> Array:
    """The residual standard deviation (n,) without each case, of deviance residuals as if they were those of lm."""
    d, left = cases.deviance, cases.left
    total, n = float(cases.copies @ d**2), float(cases.copies.sum())
    return np.sqrt((total - d**2 / left) / (n - k - 1.0))


def _r_scaled(cases: Cases, k: int) -> tuple[Array, Array]:
    """R's ``dffits`` and ``covratio`` (n,)."""
    d, left, sigma, n = cases.deviance, cases.left, _r_sigma(cases, k), float(cases.copies.sum())
    star = d / (sigma * np.sqrt(left))
    return d * np.sqrt(cases.hat) / (sigma * left), 1.0 / (left * ((n - k - 1.0 + star**2) / (n - k)) ** k)
