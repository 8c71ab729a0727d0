"""The design of a smaller model in the same rows: some of the terms, coded anew by the formula's rules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from glmlogit.designs.container import Design
from glmlogit.formula.spec import Term


def subset(design: Design, keep: Sequence[str], added: Sequence[str] = ()) -> Design:
    """Design with the intercept, some of the terms and others typed as in a formula, in the same rows.

    It is rebuilt through the formula, so that factor coding follows R's rules.
    """
    names = [term.name for term in design.terms if term.order == 0 or term.name in keep]
    recipe = design.columns
    smaller = recipe.extended(names, added, design) if added else recipe.keeping(names, design)
    columns, matrix, patterns, formula = smaller
    return replace(
        design, matrix=matrix, patterns=patterns, columns=columns, formula=formula, magnitude=matrix.largest()
    )


def columns_left(design: Design, keep: Sequence[str]) -> tuple[int, ...] | None:
    """Positions of the columns of a smaller model where those are columns of the design; None where they may not be.

    A factor is coded by its contrasts where what it is marginal to is in the model. So coding stays as it is where both
    models have an intercept and with every interaction all terms that are marginal to it.
    """
    remaining = [term for term in design.terms if term.order == 0 or term.name in keep]
    if not remaining or (design.formula is not None and not (_hierarchical(design.terms) and _hierarchical(remaining))):
        return None
    return tuple(sorted(j for term in remaining for j in term.columns))


def _hierarchical(terms: Sequence[Term]) -> bool:
    """Whether terms, of rising order, begin with an intercept and contain what is marginal to each of them."""
    keys = {frozenset(term.factors) for term in terms}
    orders = [term.order for term in terms]
    return orders == sorted(orders) and all(key - {factor} in keys for key in keys for factor in key)
