"""Covariance matrices of the estimate by name: the model's, robust and cluster-robust."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from glmlogit._reference import NORMAL, REFERENCES, Reference, ReferenceName
from glmlogit.errors import DataError, UnsupportedError
from glmlogit.intake import Note
from glmlogit.penalty import Jeffreys

if TYPE_CHECKING:
    from glmlogit.fit import Fit

Array = npt.NDArray[np.float64]

KINDS = (
    "model",
    "observed",
    "HC0",
    "HC0:stata",
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
        ``"HC3"``, ``"HC0:stata"`` with factor n/(n − 1); ``"cluster"`` with factor G/(G − 1), ``"cluster:none"``
        without it, ``"cluster:statsmodels"`` times (n − 1)/(n − k) as well. Default: the kind of the fit.

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
    *Differs*: NaN, with the reason in ``fit.notes``, where the score equations fix the scores whatever the truth (what
    rests on one cluster or row, penalised fits of separated data, two clusters); R's ``sandwich`` has 1e-16 there.
    statsmodels returns HC0 for HC1 to HC3.
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
            "the sample); use 'HC0:stata' or clusters"
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
    """Number of clusters that the fit rests on, by way of clustering."""
    clusters = fit.design.cluster
    assert clusters is not None
    return tuple(int(clusters[name][fit.maximum.rows.informative].nunique()) for name in clusters)


def describe(fit: Fit) -> str:
    """What the standard errors are, in a phrase for the foot of a table."""
    kind = fit.cov_kind
    if kind in ("model", "observed"):
        return "inverse information" if fit.model_info is None else f"inverse augmented information, {_augmented(fit)}"
    if not kind.startswith("cluster"):
        grouped = "" if fit.design.trials is None else "; rows as clusters: allows for overdispersion between rows"
        return f"robust (sandwich, {_ROW_NAMES.get(kind, kind)}){grouped}"
    assert fit.design.cluster is not None
    clusters = fit.design.cluster[fit.maximum.rows.informative]
    counts = ", ".join(f"{clusters[name].nunique():,} clusters of {name}" for name in clusters)
    factor = {"cluster": "G/(G-1)", "cluster:none": "1", "cluster:statsmodels": "G/(G-1)·(n-1)/(n-k)"}[kind]
    after = f"; {fit.reference.text}" if fit.reference.text else ""
    return f"cluster-robust ({counts}, factor {factor}){after}"


def _augmented(fit: Fit) -> str:
    """The information of data augmented by Firth's pseudo-rows, m observations a row."""
    assert isinstance(fit.penalty, Jeffreys)
    share = 2.0 * fit.penalty.power
    return f"Σ(m + {'' if share == 1.0 else f'{share:g}'}h)p(1 - p)xx'"


_ROW_NAMES = {"HC0:stata": "HC0·n/(n-1)"}

_FEW = (
    "{} {} are few: robust standard errors are too small then. With 6 simulated clusters, half of them exposed, "
    "nominal 95 % limits of the exposure covered 85 % by the normal distribution and 92 % by t. Keep to t and F, and "
    "take p-values near a threshold with care."
)
# Terms named in a note; rows or clusters below which the reader is told that they are few.
_MOST_NAMED, ENOUGH_CLUSTERS = 5, 40


def notes(fit: Fit) -> tuple[Note, ...]:
    """What the reader must know of the covariance: coefficients without a standard error, few clusters."""
    if fit.spread.lost:
        names = ", ".join(str(fit.design.names[j]) for j in fit.maximum.estimated[:_MOST_NAMED])
        return (Note("no_standard_error", f"No standard errors ({fit.cov_kind}): {fit.spread.lost}."),) if names else ()
    return (*_unsure_notes(fit), *_few_clusters(fit))


def _unsure_notes(fit: Fit) -> Iterator[Note]:
    """Why coefficients have no standard error, those of one kind of reason together."""
    reasons = fit.spread.reasons(fit.root, squared=True)
    kinds: dict[str, list[int]] = {}
    for i in np.flatnonzero(fit.finite).tolist():
        if reasons[i]:
            kinds.setdefault(reasons[i].rpartition(": ")[2], []).append(i)
    for members in kinds.values():
        terms = [fit.design.names[fit.maximum.estimated[i]] for i in members[:_MOST_NAMED]]
        more = f" and {len(members) - _MOST_NAMED} more" if len(members) > _MOST_NAMED else ""
        what = "standard error" if np.isnan(fit.standard_errors[members[0]]) else "variance"
        first = f"; {terms[0]}, for one," if len(members) > 1 else ","
        text = f"{', '.join(terms)}{more}: no {what} ({fit.cov_kind}){first} since {reasons[members[0]]}."
        yield Note("no_standard_error", text)


def _few_clusters(fit: Fit) -> Iterator[Note]:
    """That robust standard errors of few clusters are too small."""
    rows = fit.cov_kind.startswith("HC") and fit.design.trials is not None
    if not (rows or fit.cov_kind.startswith("cluster")):
        return
    few = int(fit.maximum.rows.informative_nobs) if rows else min(cluster_counts(fit))
    if few < ENOUGH_CLUSTERS:
        yield Note("few_clusters", _FEW.format(few, "rows, each a cluster of its trials," if rows else "clusters"))


def covariance(fit: Fit, kind: str) -> Array:
    """Covariance of the estimated coefficients, without labels."""
    same = fit if kind == fit.cov_kind else replace(fit, cov_kind=kind)
    return same.spread.matrix(same.root)
