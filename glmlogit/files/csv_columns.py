"""What a column of a CSV is, by its distinct values: numbers, codes, dates, truth values or text."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from glmlogit.data.texts import read_levels
from glmlogit.errors import DataError
from glmlogit.files.dates import are_dates, dates_of
from glmlogit.files.numerals import Marks, Numerals, numerals
from glmlogit.files.remarks import Remark
from glmlogit.messages.words import listed, plural

__all__ = ["MISSING_NUMBER", "Layout", "TextColumn", "Typed", "text_column", "typed"]

Codes = npt.NDArray[np.intp]
Remarks = tuple[Remark, ...]

# Words for "missing". In a column of text "None" is an answer (no treatment), so it is not among them.
_MISSING = frozenset({"", "NA", "N/A", "n/a", "#N/A", "NaN", "nan", "NULL", "null", "<NA>"})
MISSING_NUMBER = _MISSING | {"None", ".", "-nan", "-NaN"}
# Words and signs of people and spreadsheets, told where they are taken for a missing value.
_DASHES = frozenset({"-", "--", "---", "–", "—"})
ABSENT = _DASHES | {".", "..", "...", "?", "*", "missing", "Missing", "MISSING", "n.a.", "N.A.", "na", "#NV", "#NUM!",
                     "#VALUE!", "#DIV/0!", "#REF!", "Null", "none"}  # fmt: skip
_BOOLEAN = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?|[+-]?inf(inity)?", re.ASCII | re.IGNORECASE)
_INTEGER = re.compile(r"[+-]?\d+", re.ASCII)
_CODE = re.compile(r"[+-]?0\d+|[+-]?\d{16,}", re.ASCII)
_EXPONENT = re.compile(r"\d+e\d+", re.ASCII | re.IGNORECASE)
_LEADING_ZERO = re.compile(r"[+-]?0\d+\.\d*|[+-]?0+[1-9]\d*", re.ASCII)


@dataclass(frozen=True)
class Layout:
    """What the user says about a CSV; None and empty where the file is to tell."""

    separator: str | None = None
    decimal: str | None = None
    encoding: str | None = None
    skip: int = 0
    text: tuple[str, ...] = ()
    number: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    dates: str | None = None
    sheet: str | int = 0


class TextColumn(NamedTuple):
    """The cells of a column: which of its distinct texts each is."""

    codes: Codes
    levels: list[str]

    def rows(self, texts: Collection[str]) -> int:
        """How many cells are one of these texts, blanks around them aside."""
        return int(np.isin(self.codes, [k for k, level in enumerate(self.levels) if level.strip() in texts]).sum())


class Typed(NamedTuple):
    """A column, and what its reader must know of it."""

    values: Any
    remarks: Remarks = ()
    unit: str = ""


def text_column(cells: pd.Series[Any]) -> TextColumn:
    """The distinct texts of a column in order of appearance."""
    codes, distinct = pd.factorize(cells)
    return TextColumn(codes, [str(level) for level in distinct])


def typed(column: TextColumn, name: str, marks: Marks, layout: Layout) -> Typed:
    """Type a column of text by its distinct values."""
    stated = {word.strip() for word in layout.missing}
    plain = ["" if level.strip() in stated else level.strip() for level in column.levels]
    if name in layout.text:
        return Typed(_declared(column.codes, plain, column.levels))
    present = [level for level in plain if level not in MISSING_NUMBER]
    numeric = all(map(_NUMBER.fullmatch, present)) and (any(map(_HAS_DIGIT, present)) or not present)
    if numeric and not (marks.decimal == "," and _only_groups(present)):
        return _of_digits(column, plain, present, name, layout)
    if all(level in _BOOLEAN for level in present):
        return Typed(_taken(column.codes, [_BOOLEAN.get(level) for level in plain], "boolean"))
    return _as_written(column, plain, name, marks, layout)


def _only_groups(levels: Sequence[str]) -> bool:
    """Whether points stand only where they could group thousands."""
    points = [level for level in levels if "." in level]
    return bool(points) and all(map(_GROUPS.fullmatch, points))


_GROUPS = re.compile(r"[-+]?[1-9]\d{0,2}(\.\d{3})+", re.ASCII)


def _of_digits(column: TextColumn, plain: Sequence[str], present: Sequence[str], name: str, layout: Layout) -> Typed:
    """Numbers in digits with points, or codes that look like these."""
    code = "" if name in layout.number else _code_among(present)
    if code:
        return _of_codes(column, plain, name, code)
    return Typed(_numbers(column.codes, plain, all(map(_INTEGER.fullmatch, present)) and bool(present)))


def _of_codes(column: TextColumn, plain: Sequence[str], name: str, code: str) -> Typed:
    numbers = f" (number={name!r} makes numbers of them)" if "spellings" in code or "e" in code.lower() else ""
    text = f"codes such as {code}: read as text, each code a level of its own{numbers}"
    return Typed(_texts(column, plain, _MISSING), (Remark("done", text, name),))


def _as_written(column: TextColumn, plain: Sequence[str], name: str, marks: Marks, layout: Layout) -> Typed:
    """Numbers with marks and units, dates; else text."""
    absent = MISSING_NUMBER | ABSENT
    present = [level for level in plain if level not in absent]
    of_missing = _of_missing(column, [level for level in plain if level in ABSENT], name)
    numbers = numerals(plain, absent, marks)
    if name in layout.number:
        _require_numbers(numbers, present, name, marks)
    if numbers is not None:
        meant = not numbers.unit or read_levels(present, len(column.codes)).kind == "numbers"
        if meant or name in layout.number:
            code = "" if name in layout.number or numbers.unit else _code_among(numbers.texts)
            if code:
                return _of_codes(column, plain, name, code)
            values = _values(column.codes, numbers)
            return Typed(values, (*_of_numbers(numbers, present, name), *of_missing), numbers.unit)
    if layout.dates != "text" and are_dates(present):
        return _of_dates(column, plain, present, name, layout.dates, of_missing)
    dropped = _absent_in_text(plain)
    words = [level for level in plain if level and level in dropped]
    return Typed(_texts(column, plain, dropped), _of_missing(column, words, name))


def _require_numbers(numbers: Numerals | None, present: Sequence[str], name: str, marks: Marks) -> None:
    if numbers is None:
        odd = [level for level in present if numerals([level], (), marks) is None] or present
        raise DataError(
            f"number={name!r}: {listed(odd, 3)} in this column is no number; missing=[{odd[0]!r}] makes it missing"
        )


def _values(codes: Codes, numbers: Numerals) -> Any:
    if numbers.integer:
        return _taken(codes, [None if value is None else int(value) for value in numbers.values], "Int64")
    return np.array([np.nan if value is None else value for value in numbers.values])[codes]


def _of_numbers(numbers: Numerals, present: Sequence[str], name: str) -> Remarks:
    """What stood around and between digits, and what else it may have meant."""
    first = next(value for value in numbers.values if value is not None)
    remarks = []
    if numbers.either:
        remarks.append(Remark("doubt", two_numbers(numbers.either, numbers), name))
    elif numbers.grouped or any("," in level for level in present):
        done = f"thousands marked ({numbers.grouped!r})" if numbers.grouped else "decimal commas"
        remarks.append(Remark("done", done, name))
    if numbers.unit:
        what = "percent" if numbers.unit == "%" else f"unit {numbers.unit!r}"
        remarks.append(Remark("done", f"{what}: {present[0]!r} was read as {first:g}", name))
    if numbers.bare:
        bare = plural(numbers.bare, "value")
        remarks.append(Remark("doubt", f"{bare} without the unit {numbers.unit!r}, read as if it stood there", name))
    return tuple(remarks)


def two_numbers(level: str, numbers: Numerals) -> str:
    """That a level is another number by the other decimal mark, and what to type."""
    mark = next(sign for sign in level if sign in ".,")
    decimal, grouped = float(level.replace(",", ".")), float(level.replace(mark, ""))
    as_decimal = numbers.grouped != level
    value, rival = (decimal, grouped) if as_decimal else (grouped, decimal)
    this, that = (",", ".") if (mark == ",") is as_decimal else (".", ",")
    says = f"decimal={this!r} says the first, decimal={that!r} the other"
    return f"{level!r} was read as {value:g}, and may be {rival:g}; {says}"


def _of_dates(
    column: TextColumn, plain: Sequence[str], present: Sequence[str], name: str, stated: str | None, missing: Remarks
) -> Typed:
    """Dates, where one reading makes sense; text, where two do or none."""
    dates = dates_of(present, stated)
    if dates is None:
        text = f"dates such as {present[0]!r}, not all in one format: left as text; dates= takes the format"
        return Typed(_texts(column, plain, _absent_in_text(plain)), (Remark("odd", text, name),))
    if dates.rival:
        text = (
            f"{present[0]!r} may be day or month first: left as text. dates='dmy' or dates='mdy' says "
            f"which, dates='text' that text is meant"
        )
        return Typed(_texts(column, plain, _absent_in_text(plain)), (Remark("doubt", text, name),))
    taken = dict(zip(present, dates.values, strict=True))
    days: Any = pd.Series([taken.get(level) for level in plain], dtype="datetime64[ns]").array
    late = next((day for day in dates.values if "%y" in dates.form and day.year >= LATE_YEAR), None)
    century = () if late is None else (Remark("doubt", f"years of two digits, {late.year} among them", name),)
    done = Remark("done", f"dates, {present[0]!r} being {dates.values[0]:%Y-%m-%d}", name)
    return Typed(days[column.codes], (done, *century, *missing))


LATE_YEAR = 2030
"""Years of two digits from here on are likely those of the century before."""


def _absent_in_text(plain: Sequence[str]) -> frozenset[str]:
    """What means missing in a column of text: a minus not, where there is a plus."""
    signs = any("+" in level for level in plain)
    return _MISSING | (ABSENT - _DASHES if signs else ABSENT)


def _texts(column: TextColumn, plain: Sequence[str], missing: Collection[str]) -> Any:
    text = [None if level in missing else exact for level, exact in zip(plain, column.levels, strict=True)]
    return np.array(text, dtype=object)[column.codes]


def _of_missing(column: TextColumn, words: Sequence[str], name: str) -> Remarks:
    if not words:
        return ()
    quoted = " and ".join(map(repr, dict.fromkeys(words)))
    return (Remark("done", f"{quoted} ({plural(column.rows(words), 'row')}) read as missing", name),)


_HAS_DIGIT = re.compile(r".*\d").match


def _code_among(numerals: Sequence[str]) -> str:
    """What makes codes of a column whose values could all be numbers; empty where nothing does."""
    if all(map(_INTEGER.fullmatch, numerals)):
        patterns: tuple[re.Pattern[str], ...] = (_CODE,)
    elif all(level.isdigit() or _EXPONENT.fullmatch(level) for level in numerals):
        patterns = (_LEADING_ZERO, _EXPONENT)
    else:
        patterns = (_LEADING_ZERO,)
    code = next((level for pattern in patterns for level in numerals if pattern.fullmatch(level)), None)
    if code is not None:
        return repr(code)
    plain = patterns == (_CODE,) and not any(level.startswith("+") for level in numerals)
    return "" if plain else _two_spellings(numerals)


def _two_spellings(numerals: Sequence[str]) -> str:
    """Two values that are one number, such as 250.1 and 250.10, which as codes are two."""
    seen: dict[Any, str] = {}
    for level in numerals:
        value = Decimal(level)
        former = seen.setdefault(value, level)
        if former != level and value != 0 and value.is_finite():  # a zero may have a sign
            return f"{former!r} and {level!r}, one number in two spellings"
    return ""


def _declared(codes: Codes, plain: Sequence[str], levels: Sequence[str]) -> Any:
    """A column that the user calls text: categories, whatever they look like."""
    text = [None if level in _MISSING else exact for level, exact in zip(plain, levels, strict=True)]
    categories: Any = pd.Index(sorted(level for level in set(text) if level is not None), dtype=object)
    return pd.Categorical(np.array(text, dtype=object)[codes], categories=categories)


def _numbers(codes: Codes, levels: Sequence[str], integer: bool) -> Any:
    if integer:
        return _taken(codes, [None if level in MISSING_NUMBER else int(level) for level in levels], "Int64")
    values = [np.nan if level in MISSING_NUMBER else float(level) for level in levels]
    return np.array(values, dtype=np.float64)[codes]


def _taken(codes: Codes, levels: list[Any], dtype: str) -> Any:
    """Levels spread over the rows: a nullable array only where something is missing."""
    spread: Any = pd.Series(levels, dtype=dtype).array
    return (spread if None in levels else spread.to_numpy())[codes]
