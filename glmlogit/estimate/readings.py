"""What the exponential of a coefficient is, row by row: an odds ratio, or what must be told apart from one."""

from __future__ import annotations

from collections.abc import Iterator

from glmlogit.designs.container import Design
from glmlogit.formula.coding import ColumnBlock
from glmlogit.formula.spec import Spec
from glmlogit.messages.notes import Note

_GIVES = "gl.stratum_odds_ratios gives odds ratios in strata."


def notes(design: Design) -> tuple[Note, ...]:
    """Which rows are no odds ratios over all: of interactions, of curves, and of levels without a constant.

    Blocks of columns are looked at, not the terms as typed: ``g:h`` alone has a row of ``h`` as well. SAS leaves the
    odds ratios of all such rows out.
    """
    spec = design.columns
    if not isinstance(spec, Spec):
        return ()
    return (*_interactions(spec), *_curves(spec), *_odds(spec))


def _label(block: ColumnBlock) -> str:
    return ":".join(text for text, _ in block.factors)


def _interactions(spec: Spec) -> Iterator[Note]:
    blocks = {_label(block): {text for text, _ in block.factors} for block in spec.blocks if block.factors}
    larger = {name: [wider for wider, more in blocks.items() if own < more] for name, own in blocks.items()}
    inside = [name for name, others in larger.items() if others]
    products = [block for block in spec.blocks if len(block.factors) > 1 and not larger[_label(block)]]
    if not products:
        return
    sentences = []
    if inside:
        single = len(inside) == 1
        who, each = ("Its row is", "it is") if single else ("Their rows are", "they are")
        within = [_label(block) for block in products if any(_label(block) in larger[name] for name in inside)]
        sentences.append(
            f"{', '.join(inside)} {'takes' if single else 'take'} part in {', '.join(within)}. {who} not overall: "
            f"{each} for one value of the other variables, 0 or the reference level."
        )
    levels = [_label(block) for block in products if _within_levels(spec, block)]
    ratios = [_label(block) for block in products if not _within_levels(spec, block)]
    for names, what in ((levels, "odds ratios within one level"), (ratios, "ratios of odds ratios")):
        if names:
            sentences.append(f"Rows of {', '.join(names)} are not overall: they are {what}.")
    yield Note("interaction", " ".join([*sentences, _GIVES]))


def _within_levels(spec: Spec, block: ColumnBlock) -> bool:
    """Whether a product holds a column for every level of all its factors but one: that one's odds ratio in each."""
    others = [text for text, reduced in block.factors if reduced or spec.codings[text].full is None]
    return len(others) == 1


def _curves(spec: Spec) -> Iterator[Note]:
    """Numbers that enter through several columns, of which none changes alone."""
    for name, columns in curves(spec).items():
        yield Note("curve", _CURVE.format(", ".join(columns), name, _advice(spec, name)))


def curves(spec: Spec) -> dict[str, tuple[str, ...]]:
    """Numbers that enter through several columns, or an offset beside a column, and as what."""
    held: dict[str, dict[str, int]] = {}
    for text, coding in spec.codings.items():
        for name in spec.formula.expressions[text].variables:
            held.setdefault(name, {})[text] = len(coding.fields or ("",)) if coding.full is None else 0
    for text in spec.formula.offsets:
        for name in held.keys() & set(spec.formula.expressions[text].variables):
            held[name][text] = 1
    return {
        name: tuple(columns)
        for name, columns in held.items()
        if (len(columns) > 1 and any(columns.values())) or any(count > 1 for count in columns.values())
    }


_CURVE = (
    "{0}: {1} changes several columns at once, so the exponential of one of their coefficients is no odds ratio of "
    "{1}. {2} gives the odds ratio between two values."
)


def _advice(spec: Spec, name: str) -> str:
    return f"gl.stratum_odds_ratios(fit, {name!r}{_within(spec, name)}, contrast=(high, low))"


def _within(spec: Spec, name: str) -> str:
    """The option that names the variables that share a term with one; empty where there are none."""
    partners = dict.fromkeys(v for term in spec.terms if name in term.variables for v in term.variables if v != name)
    return f", within={list(partners)!r}" if partners else ""


def _odds(spec: Spec) -> Iterator[Note]:
    """Levels of the first factor of a formula without a constant: each has its own odds, compared with nothing."""
    if spec.constants:
        return
    full = [b for b in spec.blocks if len(b.factors) == 1 and not b.factors[0][1] and _levels(spec, b)]
    for block in full:
        name = _label(block)
        variable = spec.formula.expressions[name].variables[0]
        yield Note(
            "odds",
            f"Rows of {name} are odds in each level (where the other variables are 0 or at their reference), not odds "
            f"ratios: the formula has no constant. gl.pairwise(fit, {variable!r}{_within(spec, variable)}) compares "
            f"the levels.",
        )


def _levels(spec: Spec, block: ColumnBlock) -> bool:
    return spec.codings[block.factors[0][0]].full is not None
