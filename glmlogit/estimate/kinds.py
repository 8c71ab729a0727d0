"""Kinds of covariance: what each rests on, and what the sum of its scores is multiplied by."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, NamedTuple

from glmlogit.errors import DataError
from glmlogit.numerics.reference import ReferenceName


class Counts(NamedTuple):
    """What factors are made of: observations, coefficients, and clusters of one way of clustering, if it is one."""

    n: float
    k: int
    groups: int = 0


# A factor of the sum of squared scores, or (1.0, why there is none).
Factor = Callable[[str, Counts], tuple[float, str]]


@dataclass(frozen=True)
class CovarianceKind:
    """A kind of covariance.

    ``of`` says whose scores are summed: those of ``rows``, or of ``clusters``, whose rows may depend on each other; the
    ``model`` needs none, its covariance being the inverse information, nor does that of a penalised ``estimate`` from
    sample to sample. ``penalised`` kinds are of fits with a penalty. ``factor_text`` is the factor in tables.
    ``power`` is that of 1/(1 − h) in the square of a row's score, h its leverage. ``reference`` is the distribution of
    Wald statistics.
    """

    name: str
    of: Literal["model", "rows", "clusters", "estimate"]
    factor_text: str = ""
    factor: Factor = lambda name, counts: (1.0, "")
    power: float = 0.0
    reference: ReferenceName = "normal"
    penalised: bool = False

    @property
    def modelled(self) -> bool:
        """Whether it is the inverse information: that of a model that holds."""
        return self.of == "model"

    @property
    def clustered(self) -> bool:
        """Whether rows of a cluster may depend on each other."""
        return self.of == "clusters"


def _over(n: float, less: int, name: str, k: int) -> tuple[float, str]:
    if n <= less:
        return 1.0, f"{name} divides by n - {less}, and there are {n:g} observations for {k} coefficients"
    return n / (n - less), ""


def _all_but_k(name: str, counts: Counts) -> tuple[float, str]:
    """``n/(n − k)``."""
    return _over(counts.n, counts.k, name, counts.k)


def _all_but_one(name: str, counts: Counts) -> tuple[float, str]:
    """``n/(n − 1)``."""
    return _over(counts.n, 1, name, counts.k)


def _groups(name: str, counts: Counts) -> tuple[float, str]:
    """``G/(G − 1)``."""
    return counts.groups / (counts.groups - 1), ""


def _groups_and_rows(name: str, counts: Counts) -> tuple[float, str]:
    """``G/(G − 1)·(n − 1)/(n − k)``."""
    n, k = counts.n, counts.k
    if n <= k:
        return 1.0, f"{name} divides by n - k, and the model has as many coefficients ({k}) as rows"
    return counts.groups / (counts.groups - 1) * (n - 1) / (n - k), ""


# The inverse information of the logit link is expected and observed at once.
KINDS = {
    kind.name: kind
    for kind in (
        CovarianceKind("model", "model"),
        CovarianceKind("observed", "model"),
        CovarianceKind("bayes", "model", penalised=True),
        CovarianceKind("sampling", "estimate", penalised=True),
        CovarianceKind("HC0", "rows", "HC0"),
        CovarianceKind("HC0:stata", "rows", "HC0·n/(n-1)", _all_but_one),
        CovarianceKind("HC1", "rows", "HC1", _all_but_k),
        CovarianceKind("HC2", "rows", "HC2", power=1.0),
        CovarianceKind("HC3", "rows", "HC3", power=2.0),
        CovarianceKind("cluster", "clusters", "G/(G-1)", _groups, reference="t"),
        CovarianceKind("cluster:none", "clusters", "1", reference="t"),
        CovarianceKind("cluster:statsmodels", "clusters", "G/(G-1)·(n-1)/(n-k)", _groups_and_rows),
    )
}


def kind_named(name: str) -> CovarianceKind:
    """The kind of a name; DataError where there is none."""
    if isinstance(name, str) and name in KINDS:
        return KINDS[name]
    same = [kind for kind in KINDS if kind.casefold() == str(name).casefold()]
    hint = f" (did you mean {same[0]!r}?)" if same else ""
    hint = " ('robust' of other programs is 'HC0', 'HC1' or 'HC3')" if name in ("robust", "sandwich", "HC") else hint
    raise DataError(f"covariance kind {name!r} is not known{hint}; give one of {', '.join(KINDS)}")
