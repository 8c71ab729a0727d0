"""What a column of a CSV is, by its distinct values: numbers, codes, truth values or text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from glmlogit.errors import DataError

__all__ = ["MISSING_NUMBER", "Layout", "typed"]

Codes = npt.NDArray[np.intp]

# Words for "missing". In a column of text "None" is an answer (no treatment), so it is not among them.
_MISSING = frozenset({"", "NA", "N/A", "n/a", "#N/A", "NaN", "nan", "NULL", "null", "<NA>"})
MISSING_NUMBER = _MISSING | {"None", ".", "-nan", "-NaN"}
_BOOLEAN = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?|[+-]?inf(inity)?", re.ASCII | re.IGNORECASE)
_INTEGER = re.compile(r"[+-]?\d+", re.ASCII)
_CODE = re.compile(r"[+-]?0\d+|[+-]?\d{16,}", re.ASCII)
_EXPONENT = re.compile(r"\d+e\d+", re.ASCII | re.IGNORECASE)
_LEADING_ZERO = re.compile(r"[+-]?0\d+\.\d*|[+-]?0+[1-9]\d*", re.ASCII)
_GROUPED = re.compile(r"[+-]?\d{1,3}(\.\d{3})*(,\d+)?|[+-]?\d+(,\d+)?", re.ASCII)


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


def typed(cells: pd.Series[Any], name: str, decimal: str, missing: frozenset[str], layout: Layout) -> tuple[Any, str]:
    """Type a column of text by its distinct values; with the remark that its reader needs."""
    codes, distinct = pd.factorize(cells)
    levels = [str(level) for level in distinct]
    plain = ["" if level.strip() in missing else level.strip() for level in levels]
    numerals = _with_points(plain, layout.decimal == ",") if decimal == "," else plain
    present = [level for level in numerals if level not in MISSING_NUMBER]
    if name in layout.text:
        return _declared(codes, plain, levels), ""
    numeric = all(map(_NUMBER.fullmatch, present)) and (any(map(_HAS_DIGIT, present)) or not present)
    code = "" if name in layout.number or not numeric else _code_among(present)
    if numeric and not code:
        return _numbers(codes, numerals, all(map(_INTEGER.fullmatch, present)) and bool(present)), ""
    if name in layout.number:
        odd = [level for level in present if not _NUMBER.fullmatch(level)]
        raise DataError(
            f"--number {name}: {', '.join(map(repr, odd[:3]))}{', …' if len(odd) > 3 else ''} in this column is no "
            f"number; --na {odd[0]!r} makes it missing"
        )
    if all(level in _BOOLEAN for level in present):
        return _taken(codes, [_BOOLEAN.get(level) for level in plain], "boolean"), ""
    text = [None if level in _MISSING else exact for level, exact in zip(plain, levels, strict=True)]
    return np.array(text, dtype=object)[codes], _remark(name, codes, plain, code)


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


def _with_points(levels: list[str], stated: bool) -> list[str]:
    """Decimal commas as points; left alone where there are points too, unless the user stated the decimal mark."""
    present = [level for level in levels if level not in MISSING_NUMBER]
    if any("." in level for level in present):
        if not stated or not all(map(_GROUPED.fullmatch, present)):
            return levels
        levels = [level if level in MISSING_NUMBER else level.replace(".", "") for level in levels]
    return [level.replace(",", ".") for level in levels]


def _numbers(codes: Codes, levels: Sequence[str], integer: bool) -> Any:
    if integer:
        return _taken(codes, [None if level in MISSING_NUMBER else int(level) for level in levels], "Int64")
    values = [np.nan if level in MISSING_NUMBER else float(level) for level in levels]
    return np.array(values, dtype=np.float64)[codes]


def _taken(codes: Codes, levels: list[Any], dtype: str) -> Any:
    """Levels spread over the rows: a nullable array only where something is missing."""
    spread: Any = pd.Series(levels, dtype=dtype).array
    return (spread if None in levels else spread.to_numpy())[codes]


def _remark(name: str, codes: Codes, levels: Sequence[str], code: str) -> str:
    if code:
        numbers = f" (--number {name} makes numbers of them)" if "spellings" in code or "e" in code.lower() else ""
        return f"column {name!r} holds codes such as {code}: read as text, each code a level of its own{numbers}"
    words = [level for level in levels if level and level in _MISSING]
    if not words:
        return ""
    rows = int(np.isin(codes, [levels.index(word) for word in words]).sum())
    quoted = " and ".join(map(repr, words))
    return f"{quoted} in the text column {name!r} ({rows} row{'s' if rows > 1 else ''}): read as missing"
