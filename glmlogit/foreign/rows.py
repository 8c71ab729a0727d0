"""Rows that a fitted estimator of arrays was fitted to, given beside it."""

from __future__ import annotations

from typing import Any

from glmlogit.errors import DataError


def rows_given(data: Any, program: str) -> tuple[Any, Any, Any]:
    """X, y and weights (or None) from ``data=(X, y)`` or ``(X, y, sample_weight)``."""
    if not isinstance(data, tuple) or len(data) not in (2, 3):
        raise DataError(
            f"{program}'s estimators keep no rows: give them as data=(X, y), or data=(X, y, sample_weight), as in fit"
        )
    return (*data, None) if len(data) == 2 else data
