"""What a column of text holds: categories, or numbers, dates and identifiers that were read as text; and levels
that a reader cannot tell apart.

Everything is decided by the distinct values of a column, never by its rows one by one.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from glmlogit.errors import DataError
from glmlogit.messages.words import both, joined, plural, sentence

__all__ = ["Reading", "alike", "merged", "read_levels", "same_number", "telling"]

SHARE = 0.8
"""Share of the levels that must be numbers (or dates) for the column to be taken for a column of these."""
FEW_MEASURED = 10
"""Up to so many levels with decimals, units or signs may be doses; more are a measurement."""
FEW_WHOLE = 30
"""Up to so many levels that are whole numbers may be grades, sites or chromosomes; more are a number,"""
ROWS_EACH = 10
"""unless each has so many rows."""
LEAST_TEXTS = 20
"""In fewer rows than this a level a row is no sign of an identifier."""

# ---------------------------------------------------------------- one level

_ABSENT = frozenset(
    {"", "na", "n.a.", "n/a", "#n/a", "nan", "none", "null", "missing", "unknown", "nd", "n.d.", "not done", "nil"}
    | set(".-–—?*") | {"--", "---", "..", "...", "neg", "negative", "pos", "positive", "trace", "not detected", "bdl"}
)  # fmt: skip
_DIGITS = r"(?:\d{1,3}(?:[.,'\u2019 ]\d{3})+(?:[.,]\d+)?|\d+(?:[.,]\d*)?|[.,]\d+)"
_UNIT = r"\s*[%‰°$€£¥][A-Z]?|\s+[A-Za-zµμ%°/²³^\d.·-]{1,12}|(?!st$|nd$|rd$|th$|er$)[a-zµμ][A-Za-zµμ/²³]{0,11}"
NUMBER = re.compile(
    rf"(?P<bound>[<>≤≥~≈]=?\s*)?(?P<sign>[-+−–]?)\s?(?P<prefix>[$€£¥]?\s?)"
    rf"(?P<body>{_DIGITS}(?P<power>[eE][-+−]?\d+)?)(?P<unit>{_UNIT})?",
)
_CODE = re.compile(r"\d+[eE]\d+|[+-]?0\d+(\.\d+)?|\d{16,}", re.ASCII)
_MISTYPED = re.compile(r"(?=.*\d)[-+\d.,Oo]+")
_WHOLE = re.compile(r"[+-]?\d+", re.ASCII)
_PLAIN = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_MONTHS = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|mai|okt|dez|mär|mrz)[a-zä]*\.?"
DATE = re.compile(
    rf"(?:\d{{4}}([-/.])\d{{1,2}}\1\d{{1,2}}|\d{{1,2}}([-/.])\d{{1,2}}\2\d{{2}}(?:\d{{2}})?"
    rf"|\d{{1,2}}[ .-]+{_MONTHS}[ .,-]+\d{{2,4}}|{_MONTHS}[ .-]+\d{{1,2}},?[ .-]+\d{{4}})"
    rf"(?:[T ]+\d{{1,2}}:\d{{2}}(?::\d{{2}}(?:\.\d+)?)?(?:\s?[AaPp][Mm])?(?:Z|\s?[+-]\d{{2}}:?\d{{2}})?)?",
    re.IGNORECASE,
)
DATE_FORMATS = (
    "%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%d.%m.%Y", "%d.%m.%y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%m-%d-%Y",
    "%d/%m/%y", "%m/%d/%y", "%d %b %Y", "%d %B %Y", "%d-%b-%Y", "%d-%b-%y", "%b %d, %Y", "%b %d %Y",
    "%B %d, %Y", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%d.%m.%Y %H:%M",
)  # fmt: skip


def _kind(level: str) -> str:
    """One of ``absent code whole date other``, or ``measured``: a number written with anything but digits."""
    text = " ".join(level.split())
    if text.casefold() in _ABSENT:
        return "absent"
    if _CODE.fullmatch(text):
        return "code"
    if _WHOLE.fullmatch(text):
        return "whole"
    if DATE.fullmatch(text):
        return "date"
    return "measured" if NUMBER.fullmatch(_with_zeros(text)) else "other"


def _with_zeros(text: str) -> str:
    """The letter O for a zero, where digits stand beside it."""
    return re.sub(r"[Oo]", "0", text) if _MISTYPED.fullmatch(text) else text


# ---------------------------------------------------------------- all levels


@dataclass(frozen=True)
class Reading:
    """What the levels of a column of text look like, and how it is turned into what it is."""

    kind: str
    """``numbers``, ``dates``, ``many`` (more levels than half of the rows) or ``categories``."""
    refused: bool
    """Whether a coefficient for each level can hardly be meant."""
    what: str = ""
    """What was seen, such as ``58 of them are numbers, such as '1.5', but not 'n.d.'``."""
    advice: str = ""
    """What to type, the column being called ``{column}``."""


_CATEGORIES = Reading("categories", False)


def read_levels(levels: Sequence[Hashable], rows: float) -> Reading:
    """What a column of text is taken for.

    Parameters
    ----------
    levels : sequence
        The distinct values.
    rows : float
        How many people they stand for: rows, their counts and trials added up.
    """
    texts = tuple(str(level) for level in levels)
    return _read_remembered(texts, rows) if len(texts) <= MOST_REMEMBERED else _read(texts, rows)


@lru_cache(maxsize=256)
def _read_remembered(texts: tuple[str, ...], rows: float) -> Reading:
    return _read(texts, rows)


def _read(texts: Sequence[str], rows: float) -> Reading:
    many = rows >= LEAST_TEXTS and len(texts) > rows / 2
    kinds = _without_letters(texts, [_kind(text) for text in texts])
    count = Counter(kinds)
    present = len(texts) - count["absent"]
    numbers = count["whole"] + count["measured"]
    if numbers and numbers >= SHARE * present and not count["code"]:
        crowded = count["measured"] > FEW_MEASURED or (numbers > FEW_WHOLE and rows < ROWS_EACH * len(texts))
        return _numbers(texts, kinds, many or crowded)
    if count["date"] and count["date"] >= SHARE * present:
        dates = [text for text, kind in zip(texts, kinds, strict=True) if kind == "date"]
        if many or len(dates) > FEW_MEASURED:
            return Reading("dates", True, f"they are dates, such as {dates[0]!r}", _date_advice(dates))
        return _CATEGORIES
    return Reading("many", True, "", _IDENTIFIER) if many else _CATEGORIES


def _without_letters(texts: Sequence[str], kinds: list[str]) -> list[str]:
    """Letters that change from number to number, as in 1a, 1b, 2a, are no unit."""
    letters = {text[-1] for text in map(str.strip, texts) if re.fullmatch(r"\d+[a-z]", text)}
    if len(letters) < 2:
        return kinds
    return ["other" if re.fullmatch(r"\d+[a-z]", t.strip()) else k for t, k in zip(texts, kinds, strict=True)]


_IDENTIFIER = "If it identifies people or places leave it out, or use it as cluster={column!r}"


def _numbers(texts: Sequence[str], kinds: Sequence[str], refused: bool) -> Reading:
    bounds = [text for text in texts if text.strip()[:1] in _BOUNDS]
    plain = [t for t, kind in zip(texts, kinds, strict=True) if kind in ("whole", "measured") and t not in bounds]
    others = [*bounds, *(t for t, kind in zip(texts, kinds, strict=True) if kind not in ("whole", "measured"))]
    bare = all(_PLAIN.fullmatch(text.strip()) for text in plain) and kinds.count("other") == 0 and not bounds
    limited = bool(bounds) and len(plain) > FEW_MEASURED
    if not plain or not (refused or bare or limited):
        return _CATEGORIES  # few levels with words or signs: doses, bands, chromosomes
    seen = f"{len(plain)} of them are numbers" if others else "all of them look like numbers"
    shown = ", ".join(map(repr, others[:3])) + (", …" if len(others) > 3 else "")
    what = f"{seen}, such as {plain[0]!r}" + (f", but not {shown}" if others else "")
    return Reading("numbers", refused, what, _to_numeric(plain, bounds, others))


_BOUNDS = tuple("<>≤≥~≈")
MOST_REPLACED = 5
"""Values that are no numbers, up to which advice names each."""


def _to_numeric(numbers: Sequence[str], bounds: Sequence[str], others: Sequence[str]) -> str:
    """The expression that converts the column, and what must be decided first."""
    code, works = _replacements([*numbers, *(text.strip().lstrip("<>≤≥~≈= ") for text in bounds)])
    if not works:
        return "pd.to_numeric(df[{column!r}]) once it holds digits, sign and decimal point only"
    if len(others) > MOST_REPLACED:
        return f"pd.to_numeric(df[{{column!r}}]{code}, errors='coerce'), which makes all others missing"
    new = {text: text.strip().lstrip("<>≤≥~≈= ") if text in bounds else None for text in others}
    taken = f".replace({new!r})".replace("{", "{{").replace("}", "}}") if new else ""
    limits = ", which takes a limit for the value; decide what it stands for" if bounds else ""
    return f"pd.to_numeric(df[{{column!r}}]{taken}{code}){limits}"


def _replacements(texts: Sequence[str]) -> tuple[str, bool]:
    """Code that makes numbers as they were written readable to Python, and whether all of them are then."""
    code, repaired = "", list(texts)

    def take_out(old: str, new: str = "") -> None:
        nonlocal code, repaired
        if any(old in text for text in repaired):
            code += f".str.replace({old!r}, {new!r})"
            repaired = [text.replace(old, new) for text in repaired]

    take_out("−", "-")
    take_out("–", "-")
    for unit in sorted({_unit(text) for text in texts} - {""}, key=len, reverse=True):
        take_out(unit)
    for letter in "Oo":
        if all(_with_zeros(text) == text.replace(letter, "0") for text in repaired if letter in text):
            take_out(letter, "0")
    if any(blank in text.strip() for text in repaired for blank in " \u00a0\u202f"):
        for blank in " \u00a0\u202f":
            take_out(blank)
    for mark in "'’":
        take_out(mark)
    repaired = [text.strip() for text in repaired]
    if all(re.fullmatch(r"[-+]?\d{1,3}(\.\d{3})*(,\d+)?|[-+]?\d+(,\d+)?", text) for text in repaired):
        both = any("." in text for text in repaired) and any("," in text for text in repaired)
        take_out(".") if both else None
    grouped = all(re.fullmatch(r"[-+]?\d{1,3}(,\d{3})*(\.\d+)?|[-+]?\d+(\.\d+)?", text) for text in repaired)
    take_out(",", "" if grouped else ".")
    return code, all(_PLAIN.fullmatch(text) for text in repaired)


def _unit(text: str) -> str:
    match = NUMBER.fullmatch(_with_zeros(" ".join(text.split())))
    return "" if match is None else ((match["unit"] or "") or match["prefix"] or "").strip()


def _date_advice(dates: Sequence[str]) -> str:
    def reads(form: str) -> bool:
        try:
            return bool([datetime.strptime(text.strip(), form) for text in dates])
        except ValueError:
            return False

    form = next(filter(reads, DATE_FORMATS), "")
    how = f", format={form!r}" if form else ""
    day = f"pd.to_datetime(df[{{column!r}}]{how})"
    return f"t = {day}; days since the first of them are (t - t.min()).dt.days"


# ---------------------------------------------------------------- levels that look the same

_SUSPECT = re.compile(r"^\s|\s$|\s\s|[^\S ]", re.MULTILINE)
# Letters of other alphabets that no reader tells from a Latin one.
_LOOKALIKES = str.maketrans("АВЕКМНОРСТУХІЈЅаеорсухіјѕԁһԛԝΑΒΕΖΗΙΚΜΝΟΡΤΥΧονρ",
                            "ABEKMHOPCTYXIJSaeopcyxijsdhqwABEZHIKMNOPTYXovp")  # fmt: skip


def telling(level: str) -> str:
    """A text as a reader sees it: composed, without blanks at its ends, doubled or invisible ones."""
    composed = unicodedata.normalize("NFC", level)
    joins = (
        "" if all(ch < "\u0600" or ch in "\u200b\u200c\u200d\ufeff\u2060" for ch in composed) else "\u200c\u200d"
    )  # which other scripts write with
    shown = "".join(ch for ch in composed if ch in joins or unicodedata.category(ch) != "Cf")
    return " ".join(shown.split())


def same_number(value: float) -> float:
    """A number as R's ``factor`` tells it from others: to 15 significant digits."""
    return float(f"{value:.15g}")


def as_shown(level: Hashable) -> Hashable:
    """A level as a reader sees it."""
    if isinstance(level, str):
        return telling(level)
    return same_number(level) if isinstance(level, float) else level


# Texts whose levels are remembered: an analysis reads the same columns many times.
MOST_REMEMBERED = 50


def alike(levels: Sequence[Hashable]) -> Mapping[Hashable, Hashable]:
    """What to call each level where some cannot be told apart; empty where all can.

    Raises
    ------
    DataError
        Levels that differ in letters of two alphabets which look the same: which was meant is not known.
    """
    if len(levels) <= MOST_REMEMBERED and all(type(level) is str for level in levels):
        return dict(_alike_texts(tuple(map(str, levels))))
    return _alike(levels)


@lru_cache(maxsize=256)
def _alike_texts(levels: tuple[str, ...]) -> Mapping[Hashable, Hashable]:
    return _alike(levels)


def _alike(levels: Sequence[Hashable]) -> Mapping[Hashable, Hashable]:
    texts = [level for level in levels if isinstance(level, str)]
    joined = "\n".join(texts)
    if joined.isascii() and not _SUSPECT.search(joined) and "\n\n" not in f"\n{joined}\n":
        return _alike_numbers(levels)
    names: dict[Hashable, Hashable] = {level: telling(level) for level in texts}
    _refuse_lookalikes(list(dict.fromkeys(map(str, names.values()))))
    return names if len(set(names.values())) < len(names) else _alike_numbers(levels)


def _alike_numbers(levels: Sequence[Hashable]) -> Mapping[Hashable, Hashable]:
    values = [level for level in levels if isinstance(level, float)]
    names: dict[Hashable, Hashable] = {value: same_number(value) for value in values}
    return names if len(set(names.values())) < len(set(values)) else {}


def _refuse_lookalikes(levels: Sequence[str]) -> None:
    seen: dict[str, str] = {}
    for level in levels:
        shape = level.translate(_LOOKALIKES)
        former = seen.setdefault(shape, level)
        if former != level:
            a, b = next((a, b) for a, b in zip(former, level, strict=True) if a != b)
            names = f"{unicodedata.name(a, '?').capitalize()}, {unicodedata.name(b, '?').capitalize()}"
            raise DataError(
                f"has two levels that print alike, {former!r} and {level!r}: one has a letter of another alphabet "
                f"({names}). Make them one: df[...].replace({level!a}, {former!a})"
            )


def merged(column: pd.Series[Any], what: str) -> tuple[pd.Series[Any], str]:
    """A column of levels with those that cannot be told apart made one, and the sentence that says so.

    Raises
    ------
    DataError
        As `alike`.
    """
    categorical = isinstance(column.dtype, pd.CategoricalDtype)
    levels = column.cat.categories if categorical else pd.unique(column.dropna())
    if getattr(levels.dtype, "kind", "O") in "biu":
        return column, ""
    try:
        names = alike([level.item() if isinstance(level, np.generic) else level for level in levels])
    except DataError as error:
        raise DataError(f"{what} {error}") from None
    if not names:
        return column, ""
    return renamed(column, names), merged_levels(what, names)


def renamed(column: pd.Series[Any], names: Mapping[Hashable, Hashable]) -> pd.Series[Any]:
    """A column with its levels called otherwise; a category keeps the order of what came first."""
    if not isinstance(column.dtype, pd.CategoricalDtype):
        return column.map(lambda value: names.get(value, value), na_action="ignore")
    new = [names.get(level, level) for level in column.cat.categories]
    categories = list(dict.fromkeys(new))
    places = np.array([categories.index(level) for level in new] + [-1])
    index: Any = pd.Index(categories)
    cells = pd.Categorical.from_codes(places[column.cat.codes], categories=index, ordered=column.cat.ordered)
    return pd.Series(cells, index=column.index, name=column.name)


def as_shown_column(column: pd.Series[Any]) -> pd.Series[Any]:
    """A column of levels as a reader sees them."""
    categorical = isinstance(column.dtype, pd.CategoricalDtype)
    levels = column.cat.categories if categorical else pd.unique(column.dropna())
    return renamed(column, {level: as_shown(level) for level in levels})


def merged_levels(what: str, names: Mapping[Hashable, Hashable]) -> str:
    """The note on levels that were made one."""
    groups: dict[Hashable, list[Hashable]] = {}
    for level, name in names.items():
        groups.setdefault(name, []).append(level)
    parts = [
        sentence("{levels} as {name}", levels=list(map(ascii_if_needed, levels)), name=repr(name))
        for name, levels in groups.items()
        if len(levels) > 1
    ]
    more = [sentence("… ({n} in all)", n=len(parts))] if len(parts) > 3 else []
    shown = joined([*parts[:3], *more], by="; ")
    why = (
        "differ in the 16th digit only" if isinstance(next(iter(names)), float) else "differ in blanks or in signs "
        "that do not show"
    )  # fmt: skip
    text = f"Levels of {{what}} print alike, as they {why}, and are taken as one: {{levels}}."
    return sentence(text, what=what, levels=shown)


def ascii_if_needed(level: Hashable) -> str:
    """A level as it is typed, signs that do not show written out."""
    return repr(level) if not isinstance(level, str) or level.isascii() else ascii(level)


def in_case_only(levels: Sequence[Hashable]) -> str:
    """Levels that differ, as a reader sees them, in upper and lower case only, for a note; empty where none do."""
    texts = tuple(level for level in levels if isinstance(level, str))
    return _case_remembered(texts) if len(texts) <= MOST_REMEMBERED else _in_case_only(texts)


@lru_cache(maxsize=256)
def _case_remembered(texts: tuple[str, ...]) -> str:
    return _in_case_only(texts)


def _in_case_only(texts: Sequence[str]) -> str:
    groups: dict[str, dict[str, str]] = {}
    for text in texts:
        groups.setdefault(telling(text).casefold(), {}).setdefault(telling(text), text)
    double: list[str] = [both(list(map(repr, spelt.values()))) for spelt in groups.values() if len(spelt) > 1]
    more = [sentence("… ({pairs})", pairs=plural(len(double), "pair"))] if len(double) > 3 else []
    return joined([*double[:3], *more], by=", ") if double else ""
