"""Covariance matrices of the estimate by name: the model's, robust and cluster-robust."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from glmlogit.designs.container import Design
from glmlogit.errors import UnsupportedError
from glmlogit.estimate.kinds import KINDS, CovarianceKind, kind_named
from glmlogit.estimate.solved import Solved
from glmlogit.estimate.spread import Spread, factor_of, spread_of
from glmlogit.likelihood.penalty import Jeffreys
from glmlogit.messages.notes import Note
from glmlogit.messages.words import Name, joined, sentence
from glmlogit.numerics.lazy import cached_property
from glmlogit.numerics.linalg import units_of
from glmlogit.numerics.reference import NORMAL, Reference, ReferenceName

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Covariance:
    """A kind of covariance of a solved model, and the distribution of its Wald statistics."""

    solved: Solved
    name: str
    reference_name: ReferenceName | None = None  # other than the kind's own

    @property
    def kind(self) -> CovarianceKind:
        """What it rests on."""
        return KINDS[self.name]

    @cached_property
    def spread(self) -> Spread:
        """How combinations of the coefficients vary."""
        return spread_of(self.solved, self.kind)

    @property
    def withheld(self) -> str:
        """Why the penalty of the fit leaves no covariance of any kind; empty where it leaves some."""
        return "" if self.solved.penalty is None else self.solved.penalty.why_no_covariance

    @property
    def factor(self) -> float:
        """What the sum of squared scores is multiplied by."""
        return factor_of(self.solved, self.kind)

    @property
    def root(self) -> Array:
        """The estimable coefficients (k, k) in the coordinates of :attr:`spread`, a row each."""
        return self.solved.model_root if self.spread.meat is None else self.solved.whitened_root

    @cached_property
    def matrix(self) -> Array:
        """Covariance (k, k) of the estimable coefficients, without labels; NaN where there is none."""
        if self.withheld:
            return read_only(np.full((len(self.solved.maximum.estimated),) * 2, np.nan))
        return read_only(self.spread.matrix(self.root))

    @cached_property
    def standard_errors(self) -> Array:
        """Standard errors (k,) of the estimable coefficients, without labels; NaN where there is none."""
        if self.withheld:
            return read_only(np.full(len(self.solved.maximum.estimated), np.nan))
        return read_only(self.solved.model_errors if self.spread.meat is None else self.spread.errors(self.root))

    def along(self, X: Array) -> Array:
        """Combinations of the coefficients (rows over all columns) in the coordinates of :attr:`spread`."""
        if self.withheld:
            return np.zeros((len(X), 0))
        rows = X[:, self.solved.maximum.estimated]
        augmented = self.spread.meat is None and self.solved.model_info is not None
        return rows @ self.solved.model_root if augmented else self.solved.whiten(rows)

    def whiten(self, X: Array) -> Array:
        """Rows (n, p) in coordinates (n, k) in which the information of all rows is the identity."""
        return self.solved.whiten(X[:, self.solved.maximum.estimated])

    def std_error_of(self, X: Array) -> Array:
        """Standard errors (m,) of the linear predictors ``Xβ`` of rows (m, p); NaN where there is none."""
        return self.spread.errors(self.along(X))

    def of(self, X: Array) -> Array:
        """Covariance (m, m) of linear combinations (m, p) of the coefficients, a row each."""
        return self.spread.matrix(self.along(X))

    def in_units(self, X: Array) -> tuple[Array, Array]:
        """Units (m,) of combinations (m, p) in which no variance leaves the range of numbers, and their covariance."""
        along = self.along(X)
        unit = units_of(self.spread.errors(along)[:, None])
        return unit, self.spread.matrix(along / unit[:, None])

    def reasons_of(self, X: Array, *, squared: bool = True) -> tuple[str, ...]:
        """Why combinations (m, p) have no variance, or just no standard error; an empty text where they have one."""
        return self.spread.reasons(self.along(X), squared=squared)

    @cached_property
    def reference(self) -> Reference:
        """Distribution of Wald statistics: normal and chi-squared, or t and F where clusters are few."""
        name = self.reference_name or self.kind.reference
        return NORMAL if name == "normal" else Reference(min(cluster_counts(self.solved)) - 1.0)

    def of_kind(self, name: str) -> Covariance:
        """The covariance of another kind; an error where these rows cannot give it."""
        kind = check_kind(self.solved.design, name)
        if self.withheld:
            raise UnsupportedError(self.withheld)
        if kind.penalised and (self.solved.penalty is None or not self.solved.penalty.exact):
            raise UnsupportedError(
                f"covariance kind {kind.name!r} is of fits with a penalty of the coefficients, such as gl.ridge; use "
                f"'model'"
            )
        return self if kind.name == self.name else Covariance(self.solved, kind.name)

    @property
    def text(self) -> str:
        """What the standard errors are, in a phrase for the foot of a table."""
        return describe(self)


def read_only(array: Array) -> Array:
    """The array, which cannot be written to from now on."""
    array.flags.writeable = False
    return array


def default_kind(design: Design) -> CovarianceKind:
    """The kind of a fit of these rows unless another is asked for."""
    if design.cluster is not None:
        return KINDS["cluster"]
    return KINDS["HC0:stata" if design.sampled else "HC0" if design.class_weighted else "model"]


def check_kind(design: Design, name: str) -> CovarianceKind:
    """The kind of a name; an error where there is none, or where a fit of these rows cannot give it."""
    kind = kind_named(name)
    if kind.clustered and design.cluster is None:
        raise UnsupportedError(
            f"covariance kind {kind.name!r} needs clusters; name them when fitting: gl.logit(..., cluster='id')"
        )
    if kind.modelled and design.weight_type == "sampling":
        raise UnsupportedError(
            "with sampling weights the inverse information is not a covariance (the likelihood is not that of "
            "the sample); use 'HC0:stata' or clusters"
        )
    if kind.modelled and design.class_weighted:
        raise UnsupportedError(
            "with class weights the inverse information is not a covariance (it takes a weight for so many "
            "observations, which nobody made); use 'HC0', 'HC3' or clusters"
        )
    return kind


def cluster_counts(solved: Solved) -> tuple[int, ...]:
    """Number of clusters that the fit rests on, by way of clustering."""
    clusters = solved.design.cluster
    assert clusters is not None
    return tuple(int(clusters[name][solved.rows.informative].nunique()) for name in clusters)


def describe(cov: Covariance) -> str:
    """What the standard errors are, in a phrase for the foot of a table."""
    kind = cov.kind
    if cov.withheld:
        return "none: the penalty chose the coefficients by these outcomes"
    if kind.penalised:
        return _SHRUNK[kind.name]
    if kind.modelled:
        if cov.solved.model_info is None:
            return "inverse information"
        augmented = isinstance(cov.solved.penalty, Jeffreys)
        if augmented:
            return sentence("inverse augmented information, {what}", what=_augmented(cov))
        return "inverse expected information"
    if not kind.clustered:
        design = cov.solved.design
        grouped = "" if design.trials is None else "; rows as clusters: allows for overdispersion between rows"
        grouped = "; of single trials" if design.of_weighed_trials else grouped
        return sentence(f"robust (sandwich, {{factor}}){grouped}", factor=kind.factor_text)
    assert cov.solved.design.cluster is not None
    clusters = cov.solved.design.cluster[cov.solved.rows.informative]
    counts = [sentence("{n} clusters of {name}", n=clusters[name].nunique(), name=Name(str(name))) for name in clusters]
    text = sentence("cluster-robust ({counts}, factor {factor})", counts=counts, factor=kind.factor_text)
    return joined([text, cov.reference.text], by="; ") if cov.reference.text else text


_SHRUNK = {
    "bayes": "inverse information with the penalty's (Bayesian, across the model): estimates are biased towards 0",
    "sampling": "from sample to sample, of the penalised estimate: it is biased towards 0, the interval does not cover",
}


def _augmented(cov: Covariance) -> str:
    """The information of data augmented by Firth's pseudo-rows, m observations a row."""
    assert isinstance(cov.solved.penalty, Jeffreys)
    share = 2.0 * cov.solved.penalty.power
    return f"Σ(m + {'' if share == 1.0 else f'{share:g}'}h)p(1 - p)xx'"


_FEW = (
    "{n} {what} are few: robust standard errors are too small then. With 6 simulated clusters, half of them exposed, "
    "nominal 95 % limits of the exposure covered 85 % by the normal distribution and 92 % by t. Keep to t and F, and "
    "take p-values near a threshold with care."
)
_LOST = "No standard errors ({kind}): {why}."
_ROWS = "rows, each a cluster of its trials,"
# Terms named in a note; rows or clusters below which the reader is told that they are few.
_MOST_NAMED, ENOUGH_CLUSTERS = 5, 40


def notes(cov: Covariance) -> tuple[Note, ...]:
    """What the reader must know of the covariance: coefficients without a standard error, few clusters."""
    if cov.spread.lost:
        names = ", ".join(str(cov.solved.labels[j]) for j in cov.solved.maximum.estimated[:_MOST_NAMED])
        return (Note("no_standard_error", sentence(_LOST, kind=cov.name, why=cov.spread.lost)),) if names else ()
    return (*_unsure_notes(cov), *_few_clusters(cov))


def _unsure_notes(cov: Covariance) -> Iterator[Note]:
    """Why coefficients have no standard error, those of one kind of reason together."""
    reasons = cov.spread.reasons(cov.root, squared=True)
    kinds: dict[str, list[int]] = {}
    for i in np.flatnonzero(cov.solved.finite).tolist():
        if reasons[i]:
            kinds.setdefault(reasons[i].rpartition(": ")[2], []).append(i)
    for members in kinds.values():
        terms = [cov.solved.labels[cov.solved.maximum.estimated[i]] for i in members[:_MOST_NAMED]]
        names: str = joined(list(map(Name, terms)), by=", ")
        if len(members) > _MOST_NAMED:
            names = sentence("{names} and {n} more", names=names, n=len(members) - _MOST_NAMED)
        what = "standard error" if np.isnan(cov.standard_errors[members[0]]) else "variance"
        first = "; {first}, for one," if len(members) > 1 else ","
        text = f"{{names}}: no {what} ({{kind}}){first} since {{reason}}."
        parts = {"names": names, "kind": cov.name, "first": Name(terms[0]), "reason": reasons[members[0]]}
        yield Note("no_standard_error", sentence(text, **parts))


def _few_clusters(cov: Covariance) -> Iterator[Note]:
    """That robust standard errors of few clusters are too small."""
    design = cov.solved.design
    rows = cov.kind.of == "rows" and design.trials is not None and not design.of_weighed_trials
    if not (rows or cov.kind.clustered):
        return
    count = int(cov.solved.rows.informative_nobs) if rows else min(cluster_counts(cov.solved))
    if count < ENOUGH_CLUSTERS:
        yield Note("few_clusters", sentence(_FEW, n=count, what=_ROWS if rows else "clusters"))
