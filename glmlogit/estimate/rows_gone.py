"""What stays of an object whose rows are gone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from glmlogit.errors import UnsupportedError

__all__ = ["RowsGone"]


class RowsGone:
    """Values under their names; whatever else is asked for needs the rows, and says so."""

    def __init__(self, what: str, values: Mapping[str, Any]) -> None:
        self.__dict__.update(values, _what=what)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        raise UnsupportedError(
            f"this needs the rows of the model ({self._what}: {name}), and the fit was saved without them. "
            f"Coefficients, tables, Wald tests and predictions for data that are given do not; for all else fit again"
        )

    def __repr__(self) -> str:
        return f"<{self._what}, without rows>"
