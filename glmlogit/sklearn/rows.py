"""What scikit-learn hands over, X, y and metadata of the rows, as the arguments of an estimator of this package."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from glmlogit.data import frames
from glmlogit.errors import DataError

# Rows of sparse X that are written out at a time.
_ROWS_WRITTEN_OUT = 4096


class ClassLabels(NamedTuple):
    """An outcome in rows (n,): its values, the name it came with, and the classes of rows that count, in order."""

    values: Any
    name: str | None
    classes: Any

    def named(self, columns: list[str]) -> str:
        """A name that no column has."""
        name = self.name or "outcome"
        while name in columns:
            name += "_"
        return name

    def series(self, name: str) -> pd.Series[Any]:
        """The values under a name, without the index that they came with: rows are paired by position."""
        return pd.Series(np.asarray(self.values), name=name)


def outcome_of(y: Any, encoded: Any, weights: Any, estimator: str, several: bool) -> ClassLabels:
    """The outcome ``encoded`` (n,) of a y as it came; classes whose rows all have weight 0 take no part.

    DataError, a ValueError, for a single class, and for more than two where the estimator takes no more.
    """
    classes = np.unique(encoded if weights is None else encoded[weights > 0])
    if len(classes) < 2:
        seen = f"one class only, {classes[0]!r}" if len(classes) else "no class with a positive weight"
        raise DataError(f"y has {seen}: {estimator} needs rows of two classes")
    if len(classes) > 2 and not several:
        raise DataError(
            "Only binary classification is supported. The type of the target is multiclass. "
            f"y has {len(classes)} classes: MultinomialClassifier, FirthClassifier and ElasticNetClassifier take them"
        )
    name = getattr(y, "name", None)
    return ClassLabels(encoded, name if isinstance(name, str) else None, classes)


def by_position(values: Any) -> Any:
    """A column or table of metadata without its index: rows are paired by position."""
    return values.reset_index(drop=True) if isinstance(values, (pd.Series, pd.DataFrame)) else values


def as_table(X: Any) -> pd.DataFrame:
    """X as a table with columns named by text; those of an array are ``x0, x1, …``."""
    if isinstance(X, (np.ndarray, list, tuple)) or hasattr(X, "__array_interface__"):
        values = np.asarray(X)
        return pd.DataFrame(values, columns=[f"x{j}" for j in range(values.shape[1])])
    return frames.take(X, frames.column_names(X)).reset_index(drop=True)


def quoted(name: Hashable) -> str:
    """A column's name in a formula."""
    return f"`{name}`"


def formula_of(right: str, outcome: str) -> str:
    """The formula of an estimator from its right side, which may begin with ~."""
    if not isinstance(right, str):
        raise DataError(f"formula={right!r}: give the right side as text, such as 'age + C(race)'")
    left, tilde, after = right.partition("~")
    if tilde and left.strip():
        raise DataError(f"formula={right!r} has a left side; the outcome is y: give {after.strip()!r}")
    return f"{quoted(outcome)} ~ {after if tilde else right}"


def by_blocks(function: Callable[[Any, Any], Any], X: Any, offset: Any) -> Any:
    """A function of rows and their offsets, applied to sparse X some thousand rows at a time."""
    if not hasattr(X, "tocsr"):
        return function(X, offset)
    held, parts = X.tocsr(), []
    for first in range(0, held.shape[0], _ROWS_WRITTEN_OUT):
        part = slice(first, first + _ROWS_WRITTEN_OUT)
        shift = offset if offset is None or np.ndim(offset) == 0 else np.asarray(offset)[part]
        parts.append(function(held[part].toarray(), shift))
    return np.concatenate(parts)
