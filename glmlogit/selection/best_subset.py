"""All models of a fit's terms, by a criterion: the best ones, and how little separates them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain, combinations
from numbers import Integral
from typing import TYPE_CHECKING

import pandas as pd

from glmlogit.documents.write import Noted, noted
from glmlogit.errors import DataError, UnsupportedError
from glmlogit.formula.spec import Term
from glmlogit.messages.notes import Note
from glmlogit.messages.progress import shown
from glmlogit.messages.words import sentence
from glmlogit.selection.models import (
    Criterion,
    choosable,
    models_of,
    penalty_of,
    require_comparable,
    terms_given,
)

if TYPE_CHECKING:
    from glmlogit.estimate.estimate import Estimate

# Free terms up to which all models are fitted: 32,768 of them.
MOST_TERMS = 15


def best_subset(
    fit: Estimate, criterion: Criterion | float = "aic", *, keep: str | Iterable[str] = (), top: int = 5
) -> Noted:
    """Fit all models of a fit's terms, and rank them by a criterion.

    Parameters
    ----------
    fit : Fit
        By maximum likelihood, with all terms that may be chosen: at most 15 beside those of ``keep``.
    criterion : {"aic", "bic"} or float
        −2·llf + 2, ln n, or that number for each coefficient; n counts single observations.
    keep : str or iterable of str
        Terms that are in every model.
    top : int
        How many models are returned.

    Returns
    -------
    DataFrame
        A row a model, the best first: ``terms df deviance criterion difference``, the last from the best.

    Raises
    ------
    UnsupportedError
        For more than 15 free terms; for penalised fits, sampling weights, clusters.
    DataError
        For unknown terms or criteria.

    Notes
    -----
    Models that break marginality (an interaction without its parts) are left out. Models within 2 of the best are
    supported by the data about as well (Burnham & Anderson 2002): a table of five says more than the winner. What is
    said of :func:`step` holds: p-values after such a choice are too small. *Matches* R's ``bestglm``, ``glmulti``.

    Examples
    --------
    >>> fit = gl.logit("low ~ age + lwt + smoke + ht", gl.datasets.birthwt())
    >>> gl.best_subset(fit, top=2).round(3)
                        terms  df  deviance  criterion  difference
    0        lwt + smoke + ht   4   216.858    224.858       0.000
    1  age + lwt + smoke + ht   5   215.684    225.684       0.827
    """
    if isinstance(top, bool) or not isinstance(top, Integral) or top < 1:
        raise DataError(f"top={top!r}; give the number of models to show, 1 or more")
    require_comparable(fit)
    stay, penalty = terms_given(fit, "keep", keep), penalty_of(fit, criterion)
    free = [term for term in choosable(fit) if term.name not in stay]
    if len(free) > MOST_TERMS:
        raise UnsupportedError(
            f"{len(free)} terms make {2 ** len(free):,} models, and all are fitted up to {MOST_TERMS} terms; name "
            f"those that stay by keep=, or choose by gl.step(fit)"
        )
    models = models_of(fit, penalty)
    subsets = [stay | names for names in _subsets(free) if _marginal(choosable(fit), stay | names)]
    fitted = [models(names) for names in shown(subsets, len(subsets), "models")]
    best = sorted(fitted, key=lambda model: model.criterion)[: int(top)]
    table = pd.DataFrame(
        {
            "terms": [" + ".join(model.terms) or "1" for model in best],
            "df": [model.fit.rank for model in best],
            "deviance": [model.fit.deviance for model in best],
            "criterion": [model.criterion for model in best],
            "difference": [model.criterion - best[0].criterion for model in best],
        }
    )
    close = sum(model.criterion - best[0].criterion < 2.0 for model in fitted)
    text = sentence(
        "{k} of {n} models lie within 2 of the best. Tests and intervals of a chosen model ignore the choice.",
        k=close,
        n=len(fitted),
    )
    return noted(table, [Note("post_selection", text)], {})


def _subsets(free: list[Term]) -> Iterator[frozenset[str]]:
    """All sets of names, from the smallest."""
    names = [term.name for term in free]
    return map(frozenset, chain.from_iterable(combinations(names, size) for size in range(len(names) + 1)))


def _marginal(terms: list[Term], present: frozenset[str]) -> bool:
    """Whether every term that is marginal to one in the model is in it."""
    missing = [set(term.factors) for term in terms if term.name not in present]
    return not any(lower < set(term.factors) for term in terms if term.name in present for lower in missing)
