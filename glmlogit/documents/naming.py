"""Names of the data in texts of a page or a figure, replaced by the labels in force.

Texts are made with the names that formulas have, ``C(race)[T.black]``, ``smoke = 1``; here, and only here, they become
labels. A name that is also a word of this package's sentences (``weight``, ``case``) is replaced where it stands as a
name only: alone in its cell, before its level, or in a term.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from numbers import Integral
from pathlib import Path
from typing import Any

from glmlogit.documents.pages import Column, Summary, Table
from glmlogit.documents.style import grouped, marked, say
from glmlogit.messages.labels import Labels, column_of, in_force
from glmlogit.messages.words import Level, Name, Number, Sentence, short

_WORDS = Path(__file__).parent / "templates" / "sentence_words.txt"


@cache
def sentence_words() -> frozenset[str]:
    """Words that sentences of the package use themselves, and those with ``=`` or a colon behind them."""
    return frozenset(_WORDS.read_text("utf-8").splitlines())


class Labelled(str):
    """A text that has labels in place of names already, which may look like names."""

    __slots__ = ()


def named(text: str, labels: Labels | None = None) -> str:
    """A text with labels in place of the names that it can only mean as names."""
    labels = in_force() if labels is None else labels
    return text if not labels or not text or isinstance(text, Labelled) else _namer(labels)(text)


def name_of(text: str) -> Labelled:
    """What stands for a variable or a term that is nothing else: its label, or itself."""
    labels = in_force()
    return Labelled(_namer(labels).alone(text) if labels and not isinstance(text, Labelled) else text)


def level_of(variable: str, level: Any, write: Callable[[Any], str] = str) -> Labelled:
    """The label of a level of a variable, or the level as it is written."""
    return Labelled(in_force().of_level(variable, level) or write(level))


def contrast_of(variable: str, text: str) -> Labelled:
    """Levels of a contrast, ``black - white``, by their labels."""
    labels = in_force()
    return Labelled(_namer(labels).levels_in(variable, text) if labels else text)


def outcome_of(level: Any) -> Labelled:
    """The label of a level of the outcome of the model at hand, or the level."""
    return level_of(in_force().outcome, level)


def event_words(name: str, event: Any, write: Callable[[Any], str] = str, labels: Labels | None = None) -> Labelled:
    """``low = 1``; with a label of the outcome that alone, with one of its event both."""
    labels = in_force() if labels is None else labels
    label, level = labels.name(name, default=""), labels.of_level(name, event)
    if level:
        return Labelled(f"{label or name} = {level}")
    return Labelled(label or f"{name} = {write(event)}")


def said(text: str) -> Labelled:
    """A note in the language of the style, with labels: a sentence by its parts, a fixed text, or one with names."""
    if isinstance(text, Labelled):
        return text
    if isinstance(text, Sentence):
        parts = {key: _said_part(part) for key, part in text.parts.items()}
        return Labelled(say(text.template).format_map(parts))
    words = say(text)
    return Labelled(named(text) if words is text else words)


def _said_part(part: Any) -> str:
    if isinstance(part, (list, tuple)):
        return ", ".join(map(_said_part, part))
    if isinstance(part, Integral):
        return grouped(int(part))
    if isinstance(part, Level):
        return level_of(part.variable, part.strip("'"), lambda _: str(part))
    if isinstance(part, Name):
        return name_of(part)
    if isinstance(part, Number):
        return marked(part)
    return said(part) if isinstance(part, str) else marked(short(part))


def named_page(page: Summary) -> Summary:
    """A page in its language, with labels in its texts; numbers for other programs, and formulas, stay as they are."""
    return replace(
        page,
        title=said(page.title),
        header=_said_pairs(page.header),
        tables=tuple(map(named_table, page.tables)),
        footer=_said_pairs(page.footer),
        notes=tuple(map(said, page.notes)),
        alert=said(page.alert),
        pictures=tuple(replace(picture, text=said(picture.text)) for picture in page.pictures),
    )


def _said_pairs(pairs: Sequence[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    return tuple((say(label), said(value)) for label, value in pairs)


def named_table(table: Table) -> Table:
    """A table in its language, with labels in its heads, cells and notes."""
    labels = in_force()
    title = None if table.title is None else said(table.title)
    table = replace(table, title=title, notes=tuple(map(said, table.notes)))
    if not labels:
        return table
    namer = _namer(labels)
    keys = [column.key for column in table.columns]
    return replace(
        table,
        columns=tuple(_head(column, namer) for column in table.columns),
        rows=tuple(_row(row, keys, namer) for row in table.rows),
    )


# Columns whose cells are names of variables and terms, and those whose cells are levels of the variable beside them.
_OF_NAMES = frozenset({"term", "variable", "exposure", "factor", "", "subgroup", "index", "outcome", "label"})
_OF_LEVELS = frozenset({"level", "reference", "contrast", "against", "value"})


def _head(column: Column, namer: _Namer) -> Column:
    if isinstance(column.header, Labelled):
        return column
    if column.header == column.key:
        return replace(column, header=namer.alone(column.header.removeprefix("at_")))
    return replace(column, header=namer(column.header))


def _row(row: Sequence[str], keys: Sequence[str], namer: _Namer) -> tuple[str, ...]:
    variable = next((cell for cell, key in zip(row, keys, strict=True) if key == "variable"), "")
    return tuple(_cell(cell, key, variable, namer) for cell, key in zip(row, keys, strict=True))


def _cell(cell: str, key: str, variable: str, namer: _Namer) -> str:
    if isinstance(cell, Labelled):
        return cell
    text = cell.strip()
    if key == "outcome" and (level := namer.labels.of_level(namer.labels.outcome, text)):
        return level
    if key in _OF_LEVELS and variable:
        return namer.levels_in(variable, cell)
    if (own := key.removeprefix("at_")) in namer.labels.levels:
        return namer.level(own, cell)
    if key in _OF_NAMES and text:
        return cell[: len(cell) - len(cell.lstrip())] + namer.alone(text)
    return namer(cell)


# --- texts ----------------------------------------------------------------------------------------
# What is typed and no name: text in quotes, options and calls of this package.
_TYPED = r"(?<!\w)'[^']*'(?!\w)|\"[^\"]*\"|\b\w+=(?:\{[^}]*\}|\[[^\]]*\])|\b(?:gl|fit)\.\w+(?:\([^)]*\))?"
_CALL = r"[^\W\d][\w.]*\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)"
_BRACKET = r"\[(?:T\.|S\.)?(?:[(\[][^()\[\]]*[)\]]|[^\[\]])*\]"
_FACTOR = rf"(?:{_CALL}|`[^`]+`|[^\W\d]\w*(?:\.\w+)*)(?:{_BRACKET})?"
_TERM = rf"{_FACTOR}(?::{_FACTOR})*"


@dataclass(frozen=True)
class _Namer:
    """What reads names in texts: labels of variables and of terms, and a pattern of what may be a name."""

    labels: Labels
    variables: Mapping[str, str]
    terms: Mapping[str, str]
    pattern: re.Pattern[str]

    def __call__(self, text: str) -> str:
        return text if " ~ " in text else self.pattern.sub(self._replaced, text)

    def alone(self, text: str) -> str:
        """The label of a text that is a name."""
        return (self._names(text) if text in self.terms or re.fullmatch(_TERM, text) else "") or self(text)

    def level(self, variable: str, text: str) -> str:
        """The label of a level, or the text."""
        return self.labels.of_level(variable, text.strip().strip("'")) or text

    def levels_in(self, variable: str, text: str) -> str:
        """Levels of a contrast, ``black - white``, by their labels."""
        of = variable if variable in self.labels.levels else column_of(variable)
        if of not in self.labels.levels:
            return self(text)
        parts = re.split(r"( - | − | / | – | vs\.? |, )", text)
        return "".join(part if k % 2 else self.level(of, part) for k, part in enumerate(parts))

    def _replaced(self, match: re.Match[str]) -> str:
        text = match[0]
        if match["typed"]:
            return text
        if match["term"] is None:
            return self.terms.get(text) or self.variables[text]
        name, value = match["term"], match["value"]
        if value is not None and name in self.variables:
            return self._valued(match)
        rest = text[len(name) :]
        heading = not match.start() and match.string.startswith(": ", len(name)) and f"{name}:" not in sentence_words()
        label = self._names(name) if heading or name not in sentence_words() else ""
        return (label or name) + (self(rest) if rest else "")

    def _valued(self, match: re.Match[str]) -> str:
        """``smoke = 1``, ``low = 1 (not 0)``, but not ``p = 0.05`` of a variable ``p``."""
        name, value = match["term"], match["value"].strip("'")
        if f"{name} =" in sentence_words() and self.labels.of_level(name, value) is None:
            return match[0]
        others = match["others"]
        rest = f" (not {self.level(name, others)})" if others else ""
        return f"{self.variables[name]}{match['sign']}{self.level(name, value)}{rest}"

    def _names(self, text: str) -> str:
        """What a variable or a term is called; nothing for what names none."""
        if text in self.terms:
            return self.terms[text]
        factors = re.split(r":(?![^\[]*\])(?![^(]*\))", text)
        names = [self._factor(factor) for factor in factors]
        return " × ".join(name or factor for name, factor in zip(names, factors, strict=True)) if any(names) else ""

    def _factor(self, text: str) -> str:
        """A variable, a factor or a function of one, and its level behind a colon; nothing for what names none."""
        if text in self.terms:
            return self.terms[text]
        head, bracket = re.fullmatch(rf"(.*?)({_BRACKET})?", text, re.DOTALL).groups()  # type: ignore[union-attr]
        column = column_of(head)
        name = self.terms.get(head) or self.variables.get(column) or self._function(head)
        if not name or not bracket:
            return name
        level = re.sub(r"^[TS]\.", "", bracket[1:-1])
        return f"{name}: {self.levels_in(column, level)}" if column in self.variables else f"{name}[{level}]"

    def _function(self, text: str) -> str:
        """A function of a labelled variable, ``log(lwt)``, with its label in it; nothing for others."""
        call = re.fullmatch(r"([\w.]+)\((.*)\)", text, re.DOTALL)
        if call is None:
            return ""
        inside = re.sub(r"(?<![\w.'])[^\W\d]\w*(?![\w(=])", lambda m: self.variables.get(m[0], m[0]), call[2])
        return f"{call[1]}({inside})" if inside != call[2] else ""


def _namer(labels: Labels) -> _Namer:
    return _namer_of(labels.key)


@lru_cache(maxsize=64)
def _namer_of(key: tuple[Any, ...]) -> _Namer:
    names, levels = dict(key[0]), {name: dict(of) for name, of in key[1]}
    columns = {name: column_of(name) for name in (*names, *levels) if re.fullmatch(r"C\(.*\)|[^\[\]():]+", name)}
    variables = {columns[name]: text for name, text in names.items() if name in columns}
    variables |= {columns[name]: columns[name] for name in levels if columns.get(name, name) not in variables}
    levels = {columns.get(name, name): of for name, of in levels.items()} | levels
    terms = {name: text for name, text in names.items() if name not in columns or name.startswith("C(")}
    odd = [name for name in (*terms, *variables) if not re.fullmatch(r"[^\W\d]\w*(?:\.\w+)*", name)]
    exact = _any(odd)
    values = "|".join(["'[^']*'", _any([str(value) for of in levels.values() for value in of]), r"[\w.+−-]*\w"])
    pattern = re.compile(
        rf"(?P<typed>{_TYPED})|(?<![\w.:])(?:{exact})(?![\w\[:])"
        rf"|(?<![\w.:])(?P<term>{_TERM})(?!\w)(?:(?P<sign> ?= ?)(?P<value>{values})(?: \(not (?P<others>[^()]+)\))?)?"
    )
    return _Namer(Labels(names, levels, key[2]), variables, terms, pattern)


def _any(names: Sequence[str]) -> str:
    """Any of some names, the longest first; what never matches where there is none."""
    return "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True)) or r"(?!)"
