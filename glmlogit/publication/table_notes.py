"""What the reader of a regression table must know: counts, interactions, few events, rows of crude models."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from glmlogit.columns.formula_columns import of_formula
from glmlogit.designs import inputs
from glmlogit.designs.container import Design
from glmlogit.designs.level_offsets import offset_sides
from glmlogit.estimate.estimate import Estimate
from glmlogit.estimators.options import DesignOptions
from glmlogit.inference import hauck_donner
from glmlogit.inference.small_units import small_units
from glmlogit.messages.notes import Note
from glmlogit.messages.units import Unit
from glmlogit.messages.words import Name, Number, Sentence, both, joined, plural, sentence
from glmlogit.publication.model import TableLine
from glmlogit.publication.variables import TableVariable

# Events for each coefficient below which a note warns (Peduzzi et al. 1996).
FEW_EVENTS = 10.0

# What a fit says of itself and its printed page of a crude model must say too.
_SERIOUS = frozenset({"separation", "not_converged", "aliased", "collinear", "digits"})


def notes_of(
    fit: Estimate, crude: Mapping[str, Estimate], lines: Sequence[TableLine], units: Mapping[str, Unit]
) -> Iterator[Note]:
    """What both models and their lines have to say."""
    yield from _count_notes(fit)
    yield from _standardised(units)
    yield from small_units(fit, units)
    yield from _interaction_notes(lines)
    for line in lines:
        yield from _variable_notes(line)
    yield from _few_events(fit)
    yield from (note for note in fit.notes if note.code != "interaction")  # the table's own says more
    for name, alone in crude.items():
        for note in alone.extra_notes:
            if note.code in _SERIOUS:
                yield _of_crude(name, note)


def _of_crude(name: str, note: Note) -> Note:
    return Note(note.code, sentence("Crude model of {name}: {note}", name=Name(name), note=note.text))


def understated(adjusted: Estimate, crude: Mapping[str, Estimate]) -> Iterator[Note]:
    """Where likelihood-ratio tests disagree with the Wald tests of the table."""
    yield from hauck_donner.notes(adjusted)
    for name, alone in crude.items():
        for note in hauck_donner.notes(alone):
            yield _of_crude(name, note)


def _count_notes(fit: Estimate) -> Iterator[Note]:
    sample = fit.sample
    what = "trials" if sample.outcome.grouped else "rows"
    if sample.weighted and not sample.counted:
        weighted = "; the percentages are weighted" if sample.sampled else ""
        yield Note("counts", sentence(f"Events and n count {what}, whatever their weight{weighted}."))
    if fit.rows.offset is not None:
        yield Note("offset", "The offset is part of the crude models too.")


def _standardised(units: Mapping[str, Unit]) -> Iterator[Note]:
    for spread, size in (("sd", "one standard deviation"), ("2sd", "two standard deviations")):
        names = ", ".join(name for name, unit in units.items() if unit.spread == spread)
        if names:
            yield Note(
                "standardised",
                f"Standardised odds ratios of {names}: for a difference of {size} (SD) of the variable in these rows "
                f"(x-standardised). Factors and 0/1 variables are not standardised.",
            )


def _interaction_notes(lines: Sequence[TableLine]) -> Iterator[Note]:
    parts: dict[str, list[str]] = {}
    for line in lines:
        if line.variable.within:
            parts.setdefault(line.variable.within, []).append(line.variable.name)
    for within, names in parts.items():
        verb, them = "is" if len(names) == 1 else "are", both(list(map(Name, names)))
        part = sentence(f"{{names}} {verb} part of {{within}}.", names=them, within=Name(within))
        yield Note("interaction", joined([part, _NO_SINGLE_RATIO]))


_NO_SINGLE_RATIO = sentence(
    "An odds ratio of one depends on the other there, so no single adjusted one is shown. For those of x in each level "
    "of a factor g type g + g:x in place of g*x, and see fit.odds_ratios()."
)


def _variable_notes(line: TableLine) -> Iterator[Note]:
    variable = line.variable
    if not variable.joint and not variable.rated:
        yield Note(
            "no_odds_ratio",
            sentence(_NO_REFERENCE if len(variable.rows) > 1 else _CURVE, name=Name(variable.name)),
        )
    for side_name, side in (("Crude", line.crude), ("Adjusted", line.adjusted)):
        if side.test is not None and side.test.reason:
            text = f"{side_name} test of {{name}}: not available, {{reason}}."
            yield Note("no_test", sentence(text, name=Name(variable.name), reason=side.test.reason))


_NO_REFERENCE = (
    "{name} has no reference level: its coefficients are contrasts of another kind, and the p-value tests them "
    "together."
)
_CURVE = "{name} has no single odds ratio: its coefficients are those of a curve, and the p-value tests them together."


def _few_events(fit: Estimate) -> Iterator[Note]:
    fewer, what = _fewest(fit)
    estimated = fit.likelihood.df_model
    each = fewer / estimated if estimated else math.inf
    if each >= FEW_EVENTS:
        return
    outcome = fit.sample.outcome
    unhelped = not fit.capabilities.plain or outcome.ordered or any(note.code == "incidental" for note in fit.notes)
    several = "; of several levels de Jong et al. 2019" if len(outcome.levels) > 2 and not outcome.ordered else ""
    coefficients = plural(estimated, "coefficient")
    text = [
        sentence(
            "{what} for {coefficients} are {each} for each.",
            what=what,
            coefficients=coefficients,
            each=Number(f"{each:.1f}"),
        ),
        sentence(
            "Below {least} odds ratios tend to lie too far from 1 and limits to be inaccurate (Peduzzi et al. 1996"
            "{several}), although no number parts safe models from unsafe ones (van Smeden et al. 2016).",
            least=FEW_EVENTS,
            several=several,
        ),
    ]
    if not unhelped:
        text.append(sentence("estimator=gl.firth reduces that bias."))
    yield Note("few_events", joined(text))


def _fewest(fit: Estimate) -> tuple[float, Sentence]:
    """How many observations the coefficients rest on, in number and in words.

    The rarer of events and non-events, the rarest of several levels; of ordered ones n − Σ nₖ³/n², their limiting
    sample size (Harrell 2015, §4.4).
    """
    sample, counts = fit.sample, dict(fit.sample.observed)
    if len(sample.outcome.levels) < 3:
        fewer, what = min((sample.n_events, "event"), (sample.n_trials - sample.n_events, "non-event"))
        return fewer, plural(fewer, what)
    if sample.outcome.ordered:
        n = sum(counts.values())
        size = n - sum(count**3 for count in counts.values()) / n**2
        return size, sentence(_LIMITING_SIZE, size=round(size))
    rarest = min(counts, key=lambda level: counts[level])
    observed = plural(counts[rarest], "observation")
    return counts[rarest], sentence("{observed} of {level}, the rarest level,", observed=observed, level=str(rarest))


_LIMITING_SIZE = "A limiting sample size of {size} (n − Σ nₖ³/n² of ordered levels; Harrell 2015, §4.4)"


def own_rows(rows: Design, variables: Sequence[TableVariable], data: Any, options: DesignOptions) -> Iterator[Note]:
    """How many rows crude models would have, had each left out only the rows that it must."""
    if not rows.dropped.missing:
        return
    formula = of_formula(rows.columns).spec.formula
    named = {"weights": options.get("weights"), "trials": options.get("trials"), **offset_sides(options.get("offset"))}
    draft = inputs.gather(data, formula.variables, named, options.get("cluster"))
    texts = [*formula.response, *(formula.expressions[text] for text in formula.offsets)]
    always = [name for expression in texts for name in expression.variables]
    counts = {}
    for variable in variables:
        if not variable.joint:
            wanted = list(dict.fromkeys([*always, *variable.terms[0].variables]))
            _, positions, _ = inputs.effective(replace(draft, frame=draft.frame[wanted]), "drop")
            counts[variable.name] = len(positions)
    more = [
        sentence("{count} for {name}", count=count, name=Name(name))
        for name, count in counts.items()
        if count > rows.n_rows
    ]
    if more:
        yield Note("crude_rows", sentence(_OWN_ROWS, rows=plural(rows.n_rows, "row"), more=more))


_OWN_ROWS = "Crude models use the {rows} of the adjusted model. Rows complete for a crude model on its own are {more}."
