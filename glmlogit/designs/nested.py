"""The design of a smaller model in the same rows: some of the terms, coded anew by the formula's rules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from glmlogit.designs.container import Design


def subset(design: Design, keep: Sequence[str]) -> Design:
    """Design with the intercept and some of the terms, in the same rows.

    It is rebuilt through the formula, so that factor coding follows R's rules.
    """
    names = [term.name for term in design.terms if term.order == 0 or term.name in keep]
    columns, matrix, patterns, formula = design.columns.keeping(names, design)
    return replace(
        design, matrix=matrix, patterns=patterns, columns=columns, formula=formula, magnitude=matrix.largest()
    )
