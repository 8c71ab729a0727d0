"""What the exponential of a coefficient is, row by row: an odds ratio, or what must be told apart from one."""

from __future__ import annotations

from collections.abc import Iterator

from glmlogit.columns.columns import Block, Columns
from glmlogit.designs.container import Design
from glmlogit.messages.notes import Note
from glmlogit.messages.words import Name, joined, sentence

_GIVES = "gl.stratum_odds_ratios gives odds ratios in strata."


def notes(design: Design) -> tuple[Note, ...]:
    """Which rows are no odds ratios over all: of interactions, of curves, and of levels without a constant.

    Blocks of columns are looked at, not the terms as typed: ``g:h`` alone has a row of ``h`` as well. SAS leaves the
    odds ratios of all such rows out.
    """
    columns = design.columns
    return (*_interactions(columns), *_curves(columns), *_odds(columns))


def _interactions(columns: Columns) -> Iterator[Note]:
    if all(len(block.parts) < 2 for block in columns.blocks):
        return
    blocks = {block.label: {part.text for part in block.parts} for block in columns.blocks if block.parts}
    larger = {name: [wider for wider, more in blocks.items() if own < more] for name, own in blocks.items()}
    inside = [name for name, others in larger.items() if others]
    products = [block for block in columns.blocks if len(block.parts) > 1 and not larger[block.label]]
    sentences = []
    if inside:
        single = len(inside) == 1
        within = [block.label for block in products if any(block.label in larger[name] for name in inside)]
        sentences.append(
            sentence(_PART if single else _PARTS, names=list(map(Name, inside)), within=list(map(Name, within)))
        )
    levels = [block.label for block in products if _within_levels(block)]
    ratios = [block.label for block in products if not _within_levels(block)]
    for names, what in ((levels, "odds ratios within one level"), (ratios, "ratios of odds ratios")):
        if names:
            sentences.append(
                sentence(f"Rows of {{names}} are not overall: they are {what}.", names=list(map(Name, names)))
            )
    yield Note("interaction", joined([*sentences, _GIVES]))


_PART = (
    "{names} takes part in {within}. Its row is not overall: it is for one value of the other variables, 0 or the "
    "reference level."
)
_PARTS = (
    "{names} take part in {within}. Their rows are not overall: they are for one value of the other variables, 0 or "
    "the reference level."
)


def _within_levels(block: Block) -> bool:
    """Whether a product holds a column for every level of all its factors but one: that one's odds ratio in each."""
    return sum(part.reduced or not part.levels for part in block.parts) == 1


def _curves(columns: Columns) -> Iterator[Note]:
    """Numbers that enter through several columns, of which none changes alone."""
    for name, texts in columns.curves.items():
        yield Note(
            "curve", sentence(_CURVE, terms=list(map(Name, texts)), name=Name(name), advice=_advice(columns, name))
        )


_ODDS = (
    "Rows of {name} are odds in each level (where the other variables are 0 or at their reference), not odds ratios: "
    "the formula has no constant. {call} compares the levels."
)
_CURVE = (
    "{terms}: {name} changes several columns at once, so the exponential of one of their coefficients is no odds ratio "
    "of {name}. {advice} gives the odds ratio between two values."
)


def _advice(columns: Columns, name: str) -> str:
    return f"gl.stratum_odds_ratios(fit, {name!r}{_within(columns, name)}, contrast=(high, low))"


def _within(columns: Columns, name: str) -> str:
    """The option that names the variables that share a term with one; empty where there are none."""
    partners = dict.fromkeys(v for term in columns.terms if name in term.variables for v in term.variables if v != name)
    return f", within={list(partners)!r}" if partners else ""


def _odds(columns: Columns) -> Iterator[Note]:
    """Levels of the first factor of a formula without a constant: each has its own odds, compared with nothing."""
    if columns.constants:
        return
    alone = [block.parts[0] for block in columns.blocks if len(block.parts) == 1]
    for name, (variable, *_), levels, reduced in alone:
        if reduced or not levels:
            continue
        yield Note(
            "odds",
            sentence(_ODDS, name=Name(name), call=f"gl.pairwise(fit, {variable!r}{_within(columns, variable)})"),
        )
