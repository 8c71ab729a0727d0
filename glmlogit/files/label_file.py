"""Labels of variables and levels from a file: JSON, or a CSV of columns variable, level and label."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from glmlogit.errors import DataError
from glmlogit.messages.labels import labels_of

__all__ = ["read_labels"]

_WANTED = (
    'a JSON file {"lwt": "Weight, lb", "smoke": {"0": "No", "1": "Yes"}}, or a CSV of columns variable, level and label'
)


class _Line(NamedTuple):
    number: int
    variable: str
    level: str
    label: str


def read_labels(path: str | Path) -> dict[str, Any]:
    """Labels as ``labels=`` takes them, from a file: a text, a mapping of levels, or both as a pair, by variable.

    Raises
    ------
    DataError
        For a file that cannot be read or is none of these, and by its line for what is incomplete or there twice.
    """
    try:
        text = Path(path).read_text("utf-8-sig")
    except OSError as error:
        raise DataError(f"cannot read the labels {str(path)!r}: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise DataError(f"the labels {str(path)!r} are not UTF-8; save them so, or as JSON") from error
    labels = _of_json(text, path) if text.lstrip()[:1] in ("{", "[") else _of_lines(_lines(text, path), path)
    labels_of(labels)
    return labels


def _of_json(text: str, path: str | Path) -> dict[str, Any]:
    try:
        held = json.loads(text)
    except ValueError as error:
        raise DataError(f"the labels {str(path)!r} are no JSON: {error}") from None
    if not isinstance(held, dict):
        raise DataError(f"the labels {str(path)!r} are no object of JSON; give {_WANTED}")
    return {name: tuple(label) if isinstance(label, list) else label for name, label in held.items()}


def _lines(text: str, path: str | Path) -> Iterator[_Line]:
    """The lines of a CSV, whose first names the columns."""
    head = text.partition("\n")[0]
    mark = max(",;\t", key=head.count)
    rows = csv.reader(text.splitlines(), delimiter=mark)
    names = [name.strip().casefold() for name in next(rows, [])]
    if not {"variable", "label"} <= set(names) or not set(names) <= {"variable", "level", "label"}:
        raise DataError(f"the first line of the labels {str(path)!r} is {head.strip()!r}; give {_WANTED}")
    for number, row in enumerate(rows, 2):
        if not any(cell.strip() for cell in row):
            continue
        if len(row) != len(names):
            raise DataError(
                f"line {number} of the labels {str(path)!r} has {len(row)} values, and the first line names "
                f"{len(names)}; put quotes around a label that holds {mark!r}"
            )
        cells = dict(zip(names, (cell.strip() for cell in row), strict=True))
        line = _Line(number, cells["variable"], cells.get("level", ""), cells["label"])
        if not line.variable or not line.label:
            absent = "label" if line.variable else "variable"
            raise DataError(f"line {number} of the labels {str(path)!r} has no {absent}")
        yield line


def _of_lines(lines: Iterator[_Line], path: str | Path) -> dict[str, Any]:
    names: dict[str, str] = {}
    levels: dict[str, dict[str, str]] = {}
    for line in lines:
        of: dict[str, str] = levels.setdefault(line.variable, {}) if line.level else names
        key = line.level or line.variable
        if key in of:
            what = f"level {line.level!r} of {line.variable!r}" if line.level else repr(line.variable)
            raise DataError(f"line {line.number} of the labels {str(path)!r} is the second for {what}")
        of[key] = line.label
    return {name: _joined(names.get(name), levels.get(name)) for name in dict.fromkeys((*names, *levels))}


def _joined(name: str | None, levels: Mapping[str, str] | None) -> Any:
    parts: Sequence[Any] = [part for part in (name, levels) if part]
    return parts[0] if len(parts) == 1 else tuple(parts)
