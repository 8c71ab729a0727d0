"""The design of a smaller model in the same rows: some of the terms, coded anew by the formula's rules."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from glmlogit.data.storage import Dense
from glmlogit.designs.container import Design
from glmlogit.formula import spec
from glmlogit.formula.columns import ArrayColumns, Columns


def subset(design: Design, keep: Sequence[str]) -> Design:
    """Design with the intercept and some of the terms, in the same rows.

    It is rebuilt through the formula, so that factor coding follows R's rules.
    """
    columns = design.columns
    chosen = [t for t in design.terms if t.order == 0 or t.name in keep]
    new: Columns
    text = None
    if isinstance(columns, spec.Spec) and chosen:
        assert design.frame is not None
        beside = [] if design.offset is None else [design.offset]
        smaller = columns.keeping([t.name for t in chosen])
        built = spec.build(smaller, design.frame, beside, design.described, people=math.inf)
        matrix, patterns, new, text = built.matrix, built.patterns, built.spec, built.spec.formula.text
    else:
        matrix, patterns = Dense(design.X[:, [j for t in chosen for j in t.columns]]), design.patterns
        first = next((k for k, t in enumerate(chosen) if t.order == 0), None)
        new = ArrayColumns(tuple(t.name for t in chosen), False, first)
    return replace(design, matrix=matrix, patterns=patterns, columns=new, formula=text, magnitude=matrix.largest())
