"""Values and positions of rows as messages write them."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt


def first(positions: npt.ArrayLike, limit: int = 3) -> str:
    """Say where: ``row 3`` or ``rows 3, 8, 9, …`` (positions counted from 0)."""
    where = np.asarray(positions).ravel()
    shown = ", ".join(str(int(i)) for i in where[:limit])
    return f"row{'s' if len(where) > 1 else ''} {shown}{', …' if len(where) > limit else ''}"


def show(value: Any) -> str:
    """A value as the user would type it."""
    if isinstance(value, np.generic):
        value = value.item()
    return f"{value:g}" if isinstance(value, float) else (repr(value) if isinstance(value, str) else str(value))


_WORDS = (
    "total totals grand_total total_general totais totaal totale overall sum suma soma somme summe gesamt insgesamt"
)
_TOTALS = frozenset(_WORDS.split())


def is_total(value: Any) -> bool:
    """Whether a value reads as the label of a row that is the sum of others."""
    return isinstance(value, str) and value.strip(" :.").casefold().replace(" ", "_") in _TOTALS
