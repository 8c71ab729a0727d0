"""Dates as people write them, read where only one reading makes sense."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from glmlogit.data.texts import DATE, DATE_FORMATS
from glmlogit.errors import DataError

__all__ = ["Dates", "are_dates", "dates_of", "require_format"]

ORDERS = {"dmy": ("%d", "%m", "%y"), "mdy": ("%m", "%d", "%y"), "ymd": ("%y", "%m", "%d")}


class Dates(NamedTuple):
    """Levels as dates, in the format that all of them have."""

    values: list[datetime]
    form: str
    rival: str
    """Another format by which some of them are other days; empty where there is none."""


def are_dates(levels: Sequence[str]) -> bool:
    """Whether each level has the look of a date."""
    return bool(levels) and all(DATE.fullmatch(" ".join(level.split())) for level in levels)


def require_format(dates: str | None) -> None:
    """Refuse what is neither an order of day, month and year nor a format."""
    if dates is not None and dates not in (*ORDERS, "text") and "%" not in dates:
        raise DataError(
            f"dates={dates!r} is none of 'dmy', 'mdy', 'ymd', 'text' (leave dates as text) and no format such as "
            f"'%d.%m.%Y'"
        )


def dates_of(levels: Sequence[str], stated: str | None) -> Dates | None:
    """The dates that all levels are, by one format; None where there is none.

    Parameters
    ----------
    levels : sequence of str
        The distinct texts that are not missing.
    stated : str or None
        An order of day, month and year (``dmy``, ``mdy``, ``ymd``) or a format; None to try those that are common.
    """
    forms = [form for form in DATE_FORMATS if stated is None or stated == form or _order(form) == stated]
    forms = [stated] if stated is not None and "%" in stated else forms
    readings = [(form, values) for form in forms if (values := _read(levels, form)) is not None]
    if not readings:
        return None
    form, values = readings[0]
    rival = next((form for form, days in readings[1:] if days != values), "")
    return Dates(values, form, rival)


def _order(form: str) -> str:
    letters = form.replace("%b", "%m").replace("%B", "%m").replace("%Y", "%y")
    places = sorted((letters.index(part), part[1]) for part in ("%d", "%m", "%y"))
    return "".join(letter for _, letter in places)


def _read(levels: Sequence[str], form: str) -> list[datetime] | None:
    try:
        return [datetime.strptime(" ".join(level.split()), form) for level in levels]
    except ValueError:
        return None
