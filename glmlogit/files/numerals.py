"""Numbers as people write them: decimal commas, thousands, percent and units, read by the levels of a column."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from glmlogit.data.texts import NUMBER

__all__ = ["Marks", "Numerals", "marks_of", "numerals", "votes"]

_SPACES = str.maketrans("", "", " \u00a0\u202f'’")
_MINUS = str.maketrans("−–", "--")
_SIGNED = r"[-+]?"
# With the decimal mark D and the mark of thousands T in place.
_GROUPED = r"\d{1,3}(?:T\d{3})+(?:D\d*)?"
_UNGROUPED = r"(?:\d+(?:D\d*)?|D\d+)"
_POWER = r"(?:[eE][-+]?\d+)?"
_BODIES = {
    d: re.compile(f"{_SIGNED}(?:{_GROUPED}|{_UNGROUPED}){_POWER}".replace("D", re.escape(d)).replace("T", re.escape(t)))
    for d, t in ((",", "."), (".", ","))
}
# What only one of the two marks can mean.
_DECIDES = {
    d: re.compile(
        rf"{_SIGNED}(?:0?D\d+|\d+D\d{{1,2}}|\d+D\d{{4,}}|\d{{4,}}D\d+|\d{{1,3}}(?:T\d{{3}})+D\d+|\d{{1,3}}(?:T\d{{3}}){{2,}})"
        rf"{_POWER}".replace("D", re.escape(d)).replace("T", re.escape(t))
    )
    for d, t in ((",", "."), (".", ","))
}  # fmt: skip
_THREE_DIGITS = re.compile(r"[-+]?[1-9]\d{0,2}[.,]\d{3}")


_SPACED = re.compile(r"\d[ \u00a0\u202f'’]\d")


class Marks(NamedTuple):
    """The decimal mark of a file, and whether the file or its reader leaves no other reading."""

    decimal: str
    certain: bool

    @property
    def thousands(self) -> str:
        """The mark that groups digits by three, where any does."""
        return "." if self.decimal == "," else ","


class Numerals(NamedTuple):
    """Levels as numbers, None where they are missing; with what stood around and between the digits."""

    values: list[float | None]
    texts: list[str]
    """Those that are not missing, in digits and a point."""
    integer: bool
    unit: str
    bare: int
    """Levels without the unit that others have."""
    grouped: str
    """A level in which a mark groups thousands."""
    either: str
    """A level that is another number by the other decimal mark, where no level of the column decides."""


def votes(levels: Iterable[str]) -> tuple[bool, bool]:
    """Whether levels that can only be decimals have a comma, and whether any have a point."""
    bodies = [_body(level) for level in levels]
    return any(map(_DECIDES[","].fullmatch, bodies)), any(map(_DECIDES["."].fullmatch, bodies))


def marks_of(columns: Iterable[Sequence[str]], separator: str, stated: str | None) -> Marks:
    """The decimal mark: the one stated, else the one that some column leaves no doubt of, else by the separator."""
    if stated is not None:
        return Marks(stated, True)
    commas, points = (sum(side) for side in zip(*[(False, False), *map(votes, columns)], strict=True))
    usual = "," if separator == ";" else "."
    if commas != points and (not commas or not points):
        return Marks("," if commas else ".", True)
    return Marks(usual, False) if not commas else Marks("," if commas > points else usual, False)


def _body(level: str) -> str:
    """The digits of a number with their marks, without unit, currency and blanks; empty for what is none."""
    match = NUMBER.fullmatch(" ".join(level.split()).replace("−", "-"))
    if match is None or match["bound"]:
        return ""
    return (match["sign"] + match["body"]).translate(_MINUS).translate(_SPACES)


def _unit(level: str) -> str:
    match = NUMBER.fullmatch(" ".join(level.split()))
    return "" if match is None else ((match["unit"] or "").strip() or (match["prefix"] or "").strip())


def numerals(levels: Sequence[str], missing: Collection[str], marks: Marks) -> Numerals | None:
    """Read all levels as numbers of one unit; None where one of them is none.

    Parameters
    ----------
    levels : sequence of str
        The distinct texts of a column.
    missing : collection of str
        Those that mean a missing value.
    marks : Marks
        The marks of the file. A column in which the other decimal mark alone makes sense is read by that.
    """
    present = [level for level in levels if level not in missing]
    bodies = [_body(level) for level in present]
    commas, points = votes(present)
    decimal = marks.decimal if commas == points else "," if commas else "."
    if not present or not all(map(_BODIES[decimal].fullmatch, bodies)):
        return None
    units = {_unit(level) for level in present}
    if len(units - {""}) > 1:
        return None
    thousands = Marks(decimal, True).thousands
    plain = [body.replace(thousands, "").replace(decimal, ".") for body in bodies]
    read = iter(map(float, plain))
    return Numerals(
        [None if level in missing else next(read) for level in levels],
        plain,
        all(re.fullmatch(r"[-+]?\d{1,15}", text) for text in plain),
        max(units),
        sum(not _unit(level) for level in present) if len(units) > 1 else 0,
        next(
            (level for level, body in zip(present, bodies, strict=True) if thousands in body or _SPACED.search(level)),
            "",
        ),
        "" if marks.certain or commas != points else _either(present, bodies),
    )


def _either(levels: Sequence[str], bodies: Sequence[str]) -> str:
    return next((level for level, body in zip(levels, bodies, strict=True) if _THREE_DIGITS.fullmatch(body)), "")
