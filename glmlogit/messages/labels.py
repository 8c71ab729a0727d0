"""What users call variables and their levels: given to a call, or carried by the data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from glmlogit.errors import DataError


@dataclass(frozen=True)
class Labels:
    """Names to print: of variables and terms, and of the levels of a variable by their values."""

    names: Mapping[str, str]
    levels: Mapping[str, Mapping[Any, str]]

    def name(self, *names: str, default: str) -> str:
        """The label of the first of some names that has one."""
        return next((self.names[name] for name in names if name in self.names), default)

    def level(self, variables: Sequence[str], term: str, level: Any) -> str:
        """The label of a level: by its term, or by its value among those of one of the variable's names."""
        if term in self.names and term not in variables:
            return self.names[term]
        for variable in variables:
            of = self.levels.get(variable, {})
            for value in (level, str(level)):
                if value in of:
                    return str(of[value])
        return str(level)


def labels_of(labels: Any, data: Any = None) -> Labels:
    """Labels of a call, before those of the data's ``attrs``: ``{"race": "Race", "smoke": {0: "No", 1: "Yes"}}``.

    A label is a text, or of levels a mapping of values to texts. Of a frame, ``attrs["labels"]`` has names of variables
    and ``attrs["value_labels"]`` mappings of levels.
    """
    if labels is not None and not isinstance(labels, Mapping):
        raise DataError(f"labels={labels!r}: name the term and its label, such as {{'lwt': 'Weight of mother'}}")
    attrs = getattr(data, "attrs", None)
    carried = attrs if isinstance(attrs, Mapping) else {}
    names = {str(key): str(text) for key, text in _mapping(carried.get("labels")).items()}
    levels = {str(key): _mapping(of) for key, of in _mapping(carried.get("value_labels")).items()}
    for key, label in (labels or {}).items():
        if isinstance(label, Mapping):
            levels[key] = label
        else:
            names[key] = label
    return Labels(names, levels)


def _mapping(value: Any) -> Mapping[Any, Any]:
    return value if isinstance(value, Mapping) else {}
