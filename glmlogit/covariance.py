"""Covariance matrices of the estimate: model, heteroscedasticity-robust and cluster-robust."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from glmlogit._reference import NORMAL, REFERENCES, Reference, ReferenceName
from glmlogit.diagnostics import row_blocks
from glmlogit.errors import DataError, UnsupportedError
from glmlogit.intake import Note

if TYPE_CHECKING:
    from glmlogit.fit import Fit

Array = npt.NDArray[np.float64]

# A leverage that is 1 but for rounding: the residual is 0 but for rounding, and their quotient says nothing.
ALL_BUT_ONE = 1.0 - 1e-10

KINDS = (
    "model",
    "observed",
    "HC0",
    "HC1",
    "HC2",
    "HC3",
    "cluster",
    "cluster:none",
    "cluster:statsmodels",
)


def cov_params(fit: Fit, kind: str | None = None) -> pd.DataFrame:
    """Covariance matrix of the coefficients.

    Parameters
    ----------
    fit : Fit
    kind : str, optional
        ``"model"`` inverse information; ``"observed"`` the same for the logit link; ``"HC0"`` to
        ``"HC3"``; ``"cluster"`` with factor G/(G − 1), ``"cluster:none"`` without it,
        ``"cluster:statsmodels"`` times (n − 1)/(n − k) as well. Default: the kind of the fit.

    Returns
    -------
    DataFrame (p, p)
        By term; rows and columns of aliased terms are NaN.

    Raises
    ------
    UnsupportedError
        For a cluster kind without clusters, or the model's with sampling weights.

    Notes
    -----
    Sandwich ``B M B`` with bread I⁻¹ and meat Σuᵢuᵢ', ``uᵢ = wᵢ(yᵢ − pᵢ)xᵢ`` (White 1982; MacKinnon &
    White 1985). Under separation n, k and G are those of the limiting model (Geyer 2009): rows and clusters
    that are fitted perfectly and infinite coefficients carry no information. *Matches* R's
    ``sandwich::vcovHC`` and ``vcovCL`` on ``glm``, Stata's ``vce(cluster)``.
    *Differs*: Stata's ``vce(robust)`` is HC0·n/(n − 1); statsmodels returns HC0 for HC1 to HC3.
    """
    kind = check_kind(fit, kind)
    return fit.by_term(covariance(fit, kind))


def check_kind(fit: Fit, kind: str | None) -> str:
    """The kind asked for, or the fit's; an error where the fit cannot give it."""
    if kind is None:
        return fit.cov_kind
    if kind not in KINDS:
        same = [known for known in KINDS if known.casefold() == str(kind).casefold()]
        hint = f" (did you mean {same[0]!r}?)" if same else ""
        hint = (
            " ('robust' of other programs is 'HC0', 'HC1' or 'HC3')" if kind in ("robust", "sandwich", "HC") else hint
        )
        raise DataError(f"covariance kind {kind!r} is not known{hint}; give one of {', '.join(KINDS)}")
    if kind.startswith("cluster") and fit.design.cluster is None:
        raise UnsupportedError(
            f"covariance kind {kind!r} needs clusters; name them when fitting: gl.logit(..., cluster='id')"
        )
    if kind in ("model", "observed") and fit.design.weight_type == "sampling":
        raise UnsupportedError(
            "with sampling weights the inverse information is not a covariance (the likelihood is not that of "
            "the sample); use 'HC0' or clusters"
        )
    return kind


def with_cov(fit: Fit, kind: str | None = None, *, reference: ReferenceName | None = None) -> Fit:
    """The same fit reported with another covariance, or another reference distribution.

    Parameters
    ----------
    fit : Fit
    kind : str, optional
        As in :func:`cov_params`.
    reference : {"t", "normal"}, optional
        Distribution of Wald statistics. Clusters have t and F with G − 1 degrees of freedom (the fewest clusters of
        several ways), ``"cluster:statsmodels"`` and all other kinds the normal and chi-squared. Default: what the
        fit was given before, else that.

    Returns
    -------
    Fit
        Equal coefficients and likelihood; standard errors, tests and limits from ``kind``.

    Raises
    ------
    UnsupportedError
        Where the fit cannot give that covariance, or has no degrees of freedom for t.

    Notes
    -----
    Tests of several coefficients: :meth:`Reference.joint` (Korn & Graubard 1990). *Matches* ``lmtest::coeftest(fit,
    vcov = …, df = …)`` in R, ``vce()`` in Stata. *Differs*: Stata's ``logit`` has z after ``vce(cluster)``, which
    rejects too often with few clusters; ``reference="normal"`` gives it.
    """
    kind = check_kind(fit, kind)
    if reference is not None and reference not in REFERENCES:
        raise DataError(f"reference={reference!r} is not known; give 't' or 'normal'")
    if reference == "t" and not kind.startswith("cluster"):
        raise UnsupportedError(f"covariance kind {kind!r} has no degrees of freedom for t; leave out reference='t'")
    kept = fit.reference_name if kind.startswith("cluster") else None
    return replace(fit, cov_kind=kind, reference_name=reference or kept)


def reference_of(fit: Fit) -> Reference:
    """Distribution of Wald statistics under the fit's covariance."""
    name = fit.reference_name or ("t" if fit.cov_kind in ("cluster", "cluster:none") else "normal")
    return NORMAL if name == "normal" else Reference(min(cluster_counts(fit)) - 1.0)


def cluster_counts(fit: Fit) -> tuple[int, ...]:
    """Number of clusters, by way of clustering."""
    assert fit.design.cluster is not None
    return tuple(int(fit.design.cluster_codes([name]).max()) + 1 for name in fit.design.cluster)


def describe(fit: Fit) -> str:
    """What the standard errors are, in a phrase for the foot of a table."""
    kind = fit.cov_kind
    if not kind.startswith("cluster"):
        if kind in ("model", "observed") and fit.model_info is not None:
            return "inverse augmented information, X'W(1 + h)X"
        return "inverse information" if kind in ("model", "observed") else f"heteroscedasticity-robust ({kind})"
    assert fit.design.cluster is not None
    clusters = fit.design.cluster[fit.maximum.rows.informative]
    counts = ", ".join(f"{clusters[name].nunique():,} clusters of {name}" for name in clusters)
    factor = {"cluster": "G/(G-1)", "cluster:none": "1", "cluster:statsmodels": "G/(G-1)·(n-1)/(n-k)"}[kind]
    after = f"; {fit.reference.text}" if fit.reference.text else ""
    return f"cluster-robust ({counts}, factor {factor}){after}"


def notes(fit: Fit) -> tuple[Note, ...]:
    """What the reader must know of a robust covariance that gives no standard errors."""
    if fit.cov_kind in ("HC2", "HC3") and not np.isfinite(fit.covariance_matrix).all():
        text = f"{fit.cov_kind} divides by 1 - leverage, and a row has leverage 1: a coefficient rests on it alone."
        return (Note("no_standard_error", f"Standard errors are NaN: {text} HC0 and HC1 exist."),)
    if not fit.cov_kind.startswith("cluster"):
        return ()
    assert fit.design.cluster is not None
    cov = fit.covariance_matrix
    if not np.isfinite(cov).all():
        return (Note("no_standard_error", "Standard errors are NaN: one cluster has no variation between clusters."),)
    if fit.design.cluster.shape[1] > 1 and len(cov) and np.linalg.eigvalsh(cov).min() < -1e-12 * np.abs(cov).max():
        return (
            Note(
                "no_standard_error",
                "Clustering in several ways gave negative variances (Cameron, Gelbach & Miller 2011, §2.3): standard "
                "errors and tests that depend on them are NaN.",
            ),
        )
    return ()


def covariance(fit: Fit, kind: str) -> Array:
    """Covariance of the estimated coefficients, without labels."""
    if kind in ("model", "observed"):
        return fit.model_root @ fit.model_root.T
    return fit.whitened_root @ meat(fit, kind) @ fit.whitened_root.T


def meat(fit: Fit, kind: str) -> Array:
    """Covariance in the coordinates in which the inverse information is the identity."""
    if kind in ("model", "observed"):
        return np.eye(len(fit.maximum.estimated))
    return _cluster_meat(fit, kind) if kind.startswith("cluster") else _row_meat(fit, kind)


def _row_meat(fit: Fit, kind: str) -> Array:
    """Meat of independent rows in whitened coordinates, so that it keeps its digits at high condition."""
    k = len(fit.maximum.estimated)
    meat = np.zeros((k, k))
    power = {"HC0": 0.0, "HC1": 0.0, "HC2": 1.0, "HC3": 2.0}[kind]
    for block in row_blocks(fit):
        with np.errstate(divide="ignore", invalid="ignore"):  # a leverage of 1
            left = np.where(block.hat < ALL_BUT_ONE, 1.0 - block.hat, 0.0)
            size = np.sqrt(block.copies) * block.residual / left ** (power / 2)
            scores = block.whitened * size[:, None]  # squares of residuals would underflow with tiny weights
            meat += scores.T @ scores
    if not np.isfinite(meat).all():
        return np.full((k, k), np.nan)
    if kind == "HC1":
        n = fit.maximum.rows.informative_nobs
        meat *= n / (n - k) if n > k else np.nan
    return meat


def _cluster_meat(fit: Fit, kind: str) -> Array:
    """Meat of clustered rows; several ways of clustering by inclusion and exclusion.

    Cameron, Gelbach & Miller 2011, eq. 2.13, each part with its own factor.
    """
    clusters = fit.design.cluster
    assert clusters is not None
    names = list(clusters)
    k = len(fit.maximum.estimated)
    meat = np.zeros((k, k))
    for size in range(1, len(names) + 1):
        for subset in combinations(names, size):
            meat += (-1.0) ** (size + 1) * _one_way_meat(fit, fit.design.cluster_codes(subset), kind)
    return meat


def _one_way_meat(fit: Fit, codes: npt.NDArray[np.integer[Any]], kind: str) -> Array:
    groups = len(np.unique(codes[fit.maximum.rows.informative]))
    k = len(fit.maximum.estimated)
    if groups < 2:
        return np.full((k, k), np.nan)
    sums = np.zeros((int(codes.max()) + 1, k))
    for block in row_blocks(fit):
        scores = block.whitened * (block.residual * block.copies)[:, None]
        np.add.at(sums, codes[block.rows], scores)
    factor = 1.0 if kind == "cluster:none" else groups / (groups - 1)
    if kind == "cluster:statsmodels":
        n = fit.maximum.rows.informative_nobs
        factor *= (n - 1) / (n - k) if n > k else np.nan
    return factor * (sums.T @ sums)
