"""Coding of the outcome: which value is the event, and how many trials stand behind a row."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from functools import reduce
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from glmlogit.data.frames import Column, missing_mask, numbers
from glmlogit.errors import DataError
from glmlogit.messages.values import first, is_total, show
from glmlogit.messages.words import Level, Name, Sentence, listed, plural, sentence
from glmlogit.numerics import kernels
from glmlogit.numerics.arrays import as_float, check_dtype

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Outcome:
    """What is modelled: the name of the outcome, its event and the values that are not the event."""

    name: str
    event: Any
    others: tuple[Any, ...]
    grouped: bool = False
    stated: bool = True  # whether the coding speaks for itself (0/1, bool) or the user named the event
    counts: str = ""  # of grouped data: which columns count what, in words
    levels: tuple[Any, ...] = ()  # of an outcome that is modelled by its levels
    base: Any = None  # the level that the others are compared with
    ordered: bool = False  # whether levels are in an order, with cuts between neighbours and no base

    @property
    def heading(self) -> str:
        """What the outcome in words is a description of."""
        return "Outcome" if self.levels else "Event modelled"

    @property
    def compared(self) -> tuple[Any, ...]:
        """The levels that have coefficients."""
        return tuple(level for level in self.levels if level != self.base)

    @property
    def cuts(self) -> tuple[str, ...]:
        """Names ``low|mid`` of the cuts between ordered levels; none of others."""
        return tuple(f"{low}|{high}" for low, high in itertools.pairwise(self.levels)) if self.ordered else ()

    def with_event(self) -> Outcome:
        """With two levels, that which is not the base is the event."""
        return self if len(self.levels) != 2 else replace(self, event=self.compared[0], others=(self.base,))

    def __str__(self) -> str:
        return str(self.words)

    @property
    def words(self) -> Sentence:
        """What is modelled."""
        name = Name(self.name)
        if self.ordered:
            levels = " < ".join(map(str, self.levels))
            return sentence("{name}: {levels}; odds of being above a cut", name=name, levels=levels)
        if self.levels:
            text = "{name}: {levels}, each with coefficients, none a base"
            if self.base is not None:
                text = "{name}: {levels}, each against {base}"
            return sentence(text, name=name, levels=list(map(str, self.compared)), base=str(self.base))
        if self.grouped:
            return sentence("events counted in {column}", column=self.counts or Name(self.name))
        others = self.alternatives("anything else")
        return sentence("{event} (not {others})", event=self.is_event(), others=others)

    def is_event(self, write: Callable[[Any], str] = show) -> str:
        """The event of ungrouped rows in words, ``low = 1``; ``write`` writes its value."""
        return f"{self.name} = {write(self.event)}"

    def alternatives(self, default: str) -> str:
        """The values that are not the event, ``default`` where none was seen."""
        others: list[str] = [Level.of(self.name, show(value)) for value in self.others]
        return reduce(lambda a, b: sentence("{a} or {b}", a=a, b=b), others) if others else default


def code_binary(values: Column, name: str, event: Any = None) -> tuple[Array, Outcome]:
    """Code a two-valued outcome as 0/1.

    0/1 and booleans need no ``event``; text and categories model their second level (sorted, or in the
    categorical's order), as R does, unless that reads as no event; any other coding is an error that shows the
    ``event=`` to type.
    """
    if not isinstance(values.dtype, pd.CategoricalDtype):
        check_dtype(values.dtype, f"outcome {name}")
    if event is None and (plain := code_zero_one(values, name)) is not None:
        return plain
    levels = _levels(values, name)
    if event is not None:
        return _code_named(values, name, levels, event)
    if _is_numeric(levels):
        _require_zero_one(values, name, levels)
        coded = np.asarray(values, dtype=np.float64) + 0.0  # −0.0 becomes 0.0
        is_bool = all(isinstance(level, (bool, np.bool_)) for level in levels)
        return coded, Outcome(name, True if is_bool else 1, (False if is_bool else 0,))
    if len(levels) != 2:
        raise _not_two(name, levels)
    refuse_no_event(values, levels, f"outcome {name}", "event")
    coded = np.asarray(values == levels[1], dtype=np.float64)
    return coded, Outcome(name, levels[1], (levels[0],), stated=False)


def code_zero_one(values: Column, name: str) -> tuple[Array, Outcome] | None:
    """The common case: numbers that are all 0 or 1, of which there are both; None where it is another."""
    plain = _zero_one(values) if values.dtype.kind in "fiu" else None
    return None if plain is None else (plain, Outcome(name, 1, (0,)))


# Words that say that nothing happened, in some of the languages data come in; and words that turn others around.
_NOTHING_WORDS = """
no non nein nej nei nee ne nem nie nao não nyet net нет не hayır hayir όχι oxi ei - neg negative negativ
negatif negativo absent absence abwesend ausente control controls ctrl kontrolle kontrollen kontroll contrôle
controle kontrol kontrola controllo healthy gesund sain sano saudavel normal benign gutartig none nothing
never nunca jamais alive lebend vivant vivo survived survivor überlebt uberlebt survécu censored unaffected
unexposed untreated placebo reference baseline false falsch faux falso well
"""

_NOT_WORDS = "no not non without w/o ohne kein keine nicht sans pas sin sem senza zonder utan uden inte ikke never"
_NOTHING, _NOT = frozenset(_NOTHING_WORDS.split()), frozenset(_NOT_WORDS.split())
_UN = ("un", "non", "in", "im", "not", "no", "nicht", "ikke")


def reads_as_no_event(value: Any, opposite: Any) -> bool:
    """Whether a text says that nothing happened, and the other value of its column does not."""

    def nothing(text: str, beside: str) -> bool:
        words = re.split(r"[\s_-]+", text)
        turned = len(words) > 1 and (words[0] in _NOT or words[-1] == "free")
        return text in _NOTHING or turned or any(text == un + beside for un in _UN)

    if not isinstance(value, str) or not isinstance(opposite, str):
        return False
    text, beside = (" ".join(value_text.split()).casefold() for value_text in (value, opposite))
    return nothing(text, beside) and not nothing(beside, text)


_MEANT = {"event": "event", "exposed": "exposure"}


def refuse_no_event(values: Column, levels: list[Any], what: str, option: str) -> None:
    """Ask which of two texts is meant, where the second by the alphabet says that nothing happened, or is a code.

    An order that was given to a category is respected.
    """
    dtype = values.dtype
    if isinstance(dtype, pd.CategoricalDtype) and (dtype.ordered or list(levels) != sorted(levels, key=str)):
        return
    first_one, second = levels
    if total := next(filter(is_total, levels), None):
        raise DataError(
            f"{what} has the values {show(first_one)} and {show(second)}, and {show(total)} reads as a sum of rows, "
            f"which would be counted twice. Leave those rows out; type {option}={show(first_one)} or "
            f"{option}={show(second)} if it is a value like the other"
        )
    if reads_as_no_event(second, first_one):
        why = "it reads as its absence"
    elif all(isinstance(level, str) and level.strip().isdigit() for level in levels) and levels != ["0", "1"]:
        why = "such codes are in use both ways"
    else:
        return
    raise DataError(
        f"{what} has the values {show(first_one)} and {show(second)}; {show(second)}, second in the alphabet, would "
        f"be taken for the {_MEANT[option]}, but {why}. Type {option}={show(first_one)}, or {option}={show(second)} if "
        f"that is meant"
    )


def _zero_one(values: Column) -> Array | None:
    """The common case without a look at its levels: numbers that are all 0 or 1, of which there are both."""
    coded, zeros, ones = kernels.zero_one(numbers(values))
    return coded if ones and zeros + ones == len(coded) else None


def _levels(values: Column, name: str) -> list[Any]:
    if isinstance(values.dtype, pd.CategoricalDtype):
        present = set(values.unique())
        return [level for level in values.cat.categories if level in present]
    distinct = list(pd.unique(values))
    try:
        return sorted(distinct)
    except TypeError:
        raise DataError(
            f"outcome {name} mixes values of different kinds ({_listed(distinct)}); make it 0/1 first"
        ) from None


def _is_numeric(levels: list[Any]) -> bool:
    return all(isinstance(level, (bool, int, float, np.bool_, np.number)) for level in levels)


def _listed(levels: list[Any]) -> str:
    return listed(levels, 5, show, ", …")


def _require_zero_one(values: Column, name: str, levels: list[Any]) -> None:
    if all(level in (0, 1) for level in levels):
        return
    infinite = np.isinf(np.asarray(values, dtype=np.float64))
    if infinite.any():
        raise DataError(f"outcome {name} has inf in {first(np.flatnonzero(infinite))}")
    if all(0 <= level <= 1 for level in levels):
        share = next(level for level in levels if level not in (0, 1))
        raise DataError(
            f"outcome {name} holds proportions such as {show(share)}; the number of trials behind them decides "
            f"the standard errors. Give counts and trials: y = proportion * n, trials=n"
        )
    if len(levels) > 2:
        raise _not_two(name, levels)
    raise DataError(
        f"outcome {name} has the values {_listed(levels)} where 0 and 1 (or False and True) were expected; "
        f"nothing says which one is the event. Type event={show(levels[-1])} to model that one"
    )


# More values than this are hardly levels of an outcome.
_MANY_LEVELS = 12


def _not_two(name: str, levels: list[Any]) -> DataError:
    """An outcome with one value, or with more than two: ways to make it two."""
    what = f"outcome {name} has {plural(len(levels), 'value')} ({_listed(levels)}); a logistic regression needs two"
    if len(levels) == 1:
        return DataError(f"{what}. Check the coding of the outcome and the rows selected")
    likely = [level for level in levels if not is_total(level)] or levels
    naming = f"To model one of them against all others name it, for example event={show(likely[-1])}"
    for total in filter(is_total, levels):
        what += f". {show(total)} reads as a sum of rows, which would be counted twice: leave those rows out"
    if len(levels) <= _MANY_LEVELS:
        naming += ". gl.multinomial compares all of them, gl.ordinal where they have an order"
    if not _is_numeric(levels):
        return DataError(f"{what}. {naming}")
    cut = f"I({name} > {show(levels[(len(levels) - 1) // 2])})"
    return DataError(f"{what}. For a threshold put for example {cut} on the left side of a formula. {naming}")


def _code_named(values: Column, name: str, levels: list[Any], event: Any) -> tuple[Array, Outcome]:
    if not isinstance(event, Hashable) or event not in levels:
        near = [level for level in levels if str(level).casefold() == str(event).casefold()]
        raise DataError(
            f"event={event!r} does not occur in outcome {name}, whose values are {_listed(levels)}; "
            + (f"type event={show(near[0])}" if near else "give one of these")
        )
    others = tuple(level for level in levels if level != event)
    return np.asarray(values == event, dtype=np.float64), Outcome(name, event, others)


def check_counts(events: Array, trials: Array, name: str) -> None:
    """Refuse counts that cannot be: fractional, negative, or more events than trials."""
    for values, what in ((events, f"outcome {name}"), (trials, "trials")):
        bad = np.flatnonzero(values < 0)
        if len(bad):
            raise DataError(f"{what} has negative counts in {first(bad)}; counts start at 0")
        bad = np.flatnonzero(values != np.round(values))
        if len(bad):
            raise DataError(
                f"{what} has counts that are not integer, such as {values[bad[0]]:g} in {first(bad)}; "
                f"give whole numbers of events and trials"
            )
    bad = np.flatnonzero(events > trials)
    if len(bad):
        i = int(bad[0])
        raise DataError(
            f"outcome {name} exceeds its trials in {first(bad)} ({events[i]:g} events of {trials[i]:g} trials)"
        )


def count_column(values: Column, name: str) -> Array:
    """A column of counts as floats of their own memory."""
    if missing_mask(values).any():
        raise DataError(f"{name} has missing values in {first(np.flatnonzero(missing_mask(values)))}")
    return np.array(as_float(values, name))
