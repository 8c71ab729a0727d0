"""Factors whose levels grow with the rows, such as the pairs of a matched study: their coefficients bias the others."""

from __future__ import annotations

from collections.abc import Iterator

from glmlogit.designs.container import Design
from glmlogit.messages.notes import Note
from glmlogit.messages.words import Name, Number, sentence

FEW_ROWS = 10.0
"""Observations a level up to which a factor is noted: the bias is then a tenth of the log-odds and more."""
MANY_LEVELS = 10
"""Levels from which a factor is noted."""


def notes(design: Design) -> Iterator[Note]:
    """Factors of many levels with few observations each, whose coefficients are incidental parameters.

    Each level's coefficient is estimated from the few observations of its own, however many there are in all, and the
    other log-odds ratios tend to a wrong limit (Neyman & Scott 1948): twice the right one for pairs, which is the
    square of the odds ratio (Andersen 1970; Breslow & Day 1980, §7.1), about T/(T − 1) times it for T a level.
    """
    if design.n_columns <= MANY_LEVELS or not design.columns.factors:
        return
    main_effects = {block.label for block in design.columns.blocks if len(block.parts) == 1}
    for factor in design.columns.factors:
        each = design.n_trials / max(len(factor.levels), 1)
        if factor.expression in main_effects and len(factor.levels) >= MANY_LEVELS and each <= FEW_ROWS:
            table = f"gl.two_by_two(data, outcome, exposure, strata={factor.variable!r})"
            n, size = len(factor.levels), Number(f"{each:.3g}")
            yield Note("incidental", sentence(_TEXT, name=Name(factor.expression), n=n, each=size, table=table))


_TEXT = (
    "{name} has {n} levels of {each} observations each. Such coefficients are incidental parameters: they push the "
    "other odds ratios away from 1 however many rows there are (for pairs of a case and a control to their square), "
    "and penalties help little. Matched sets need conditional likelihood, which is not here yet. For pairs it is "
    "gl.logit(gl.design_arrays([1] * pairs, case_minus_control)), the covariates of the case less those of its "
    "control; for one exposure of two levels {table} has its "
    "Mantel-Haenszel odds ratio."
)
