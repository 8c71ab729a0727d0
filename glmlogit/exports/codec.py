"""Values as JSON and back, to the last bit: numbers, texts, arrays, tables and the frozen classes a fit is made of.

A file names classes of one list, and its values become their fields: nothing of it is called or executed.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Mapping
from enum import Enum
from string import Formatter
from typing import Any

import numpy as np
import pandas as pd

from glmlogit.columns.array_columns import ArrayColumns
from glmlogit.columns.cut_columns import CutColumns
from glmlogit.columns.formula_columns import FormulaColumns
from glmlogit.data.class_weights import ClassWeights, Multipliers
from glmlogit.data.draft import Dropped
from glmlogit.designs.outcome import Outcome
from glmlogit.errors import DataError, UnsupportedError
from glmlogit.estimate.capabilities import Undefined
from glmlogit.estimate.rows_gone import RowsGone
from glmlogit.estimate.saved import Saved
from glmlogit.estimate.spread import Blind, Spread
from glmlogit.fitting.control import Control, Status
from glmlogit.fitting.newton import Step
from glmlogit.formula.algebra import Formula
from glmlogit.formula.coding import Coding, ColumnBlock
from glmlogit.formula.parse import parse
from glmlogit.formula.spec import Factor, Spec, Term
from glmlogit.likelihood.arrangement import Arrangement
from glmlogit.likelihood.cumulative_response import CumulativeResponse
from glmlogit.likelihood.multinomial_response import MultinomialResponse
from glmlogit.likelihood.objective import Evaluation
from glmlogit.likelihood.penalty import Jeffreys, LogF, Ridge
from glmlogit.likelihood.response import Logit
from glmlogit.likelihood.selecting import Selecting
from glmlogit.likelihood.symmetric import SymmetricResponse
from glmlogit.messages.labels import Labels
from glmlogit.messages.notes import Note
from glmlogit.messages.words import Name, Number, Sentence, sentence
from glmlogit.numerics.linalg import Alias, Information
from glmlogit.numerics.reference import Reference
from glmlogit.separability.faces import Face
from glmlogit.separability.recession import Recession
from glmlogit.separability.states import CoefficientState
from glmlogit.shrinkage.record import Shrinkage

__all__ = ["decoded", "encoded"]

_CLASSES: Mapping[str, type] = {
    kind.__name__: kind
    for kind in (
        Alias, ArrayColumns, Arrangement, Blind, ClassWeights, Coding, ColumnBlock, Control, CumulativeResponse,
        CutColumns, Dropped, Evaluation, Face, Factor, FormulaColumns, Information, Jeffreys, Labels, LogF, Logit,
        MultinomialResponse, Multipliers, Note, Outcome, Recession, Reference, Ridge, Saved, Selecting, Shrinkage, Spec,
        Spread, Step, SymmetricResponse, Term, Undefined,
    )
}  # fmt: skip
_TEXTS = (Sentence, Name, Number)
_ENUMS: Mapping[str, type[Enum]] = {"Status": Status, "CoefficientState": CoefficientState}


def encoded(value: Any) -> Any:
    """A value as what JSON holds.

    Raises
    ------
    UnsupportedError
        For a value that is none of those a fit is made of.
    """
    if value is None or (isinstance(value, bool | int | str) and not isinstance(value, (Enum, *_TEXTS))):
        return value
    for kind, write in _WRITERS:
        if isinstance(value, kind):
            return write(value)
    if type(value) is tuple:
        return {"tuple": [encoded(item) for item in value]}
    return _of_class(value)


def _of_class(value: Any) -> Any:
    name = type(value).__name__
    if _CLASSES.get(name) is not type(value):
        raise UnsupportedError(
            f"a value of type {type(value).__qualname__} cannot be saved; where it is a level of a factor, make it "
            f"text or a number before fitting"
        )
    return {"class": name, "fields": {field: encoded(getattr(value, field)) for field in _fields(type(value))}}


def _fields(kind: type) -> tuple[str, ...]:
    if dataclasses.is_dataclass(kind):
        return tuple(field.name for field in dataclasses.fields(kind))
    return ("scale", "matrix", "root") if kind is Information else tuple(getattr(kind, "_fields", ()))


def _of_float(value: float) -> Any:
    return float(value) if math.isfinite(value) else {"float": str(float(value))}


def _of_array(array: np.ndarray[Any, Any]) -> Any:
    kind = array.dtype.kind
    if kind not in "biufO":
        raise UnsupportedError(f"an array of {array.dtype} cannot be saved")
    values = [encoded(value) for value in array.ravel().tolist()]
    return {"array": values, "shape": list(array.shape), "dtype": _DTYPES.get(kind, "int64")}


_DTYPES = {"b": "bool", "f": "float64", "O": "object"}


def _of_index(index: pd.Index[Any]) -> Any:
    names = [encoded(name) for name in index.names]
    return {"index": [encoded(label) for label in index.tolist()], "names": names}


def _of_frame(frame: pd.DataFrame) -> Any:
    columns = [encoded(np.asarray(frame.iloc[:, j].to_numpy())) for j in range(frame.shape[1])]
    return {"frame": columns, "columns": _of_index(frame.columns), "rows": _of_index(frame.index)}


def _of_formula(formula: Formula) -> Any:
    if parse(formula.text, None, formula.variables) != formula:
        raise UnsupportedError(f"the formula {formula.text!r} is read otherwise without its data; name its columns")
    return {"formula": formula.text, "variables": list(formula.variables)}


def _of_text(text: str) -> Any:
    """A sentence as its template and parts, so that it is said in the language of whoever loads it."""
    if isinstance(text, Sentence):
        return {"sentence": text.template, "parts": encoded(text.parts)} if text.template else str(text)
    return {"named" if isinstance(text, Name) else "number": str(text)}


_WRITERS: tuple[tuple[Any, Callable[[Any], Any]], ...] = (
    (_TEXTS, _of_text),
    (Enum, lambda value: {"enum": type(value).__name__, "name": value.name}),
    (float, _of_float),
    (np.generic, lambda value: encoded(value.item())),
    (np.ndarray, _of_array),
    (pd.DataFrame, _of_frame),
    (pd.Index, _of_index),
    (Formula, _of_formula),
    (pd.Interval, lambda value: {"interval": encoded([value.left, value.right]), "closed": value.closed}),
    (RowsGone, lambda value: {"held": value._what}),
    (Mapping, lambda value: {"dict": [[encoded(key), encoded(item)] for key, item in value.items()]}),
    (list, lambda value: [encoded(item) for item in value]),
)  # fmt: skip


def decoded(value: Any) -> Any:
    """The value that :func:`encoded` wrote.

    Raises
    ------
    DataError
        For a class that is not on the list, or fields that it has not.
    """
    if isinstance(value, list):
        return [decoded(item) for item in value]
    if not isinstance(value, dict):
        return value
    read = next((read for key, read in _READERS.items() if key in value), None)
    if read is None:
        raise DataError(f"the file holds {sorted(value)[:3]}, which is no part of a fit")
    return read(value)


def _class(value: dict[str, Any]) -> Any:
    kind = _CLASSES.get(value["class"])
    if kind is None or set(value["fields"]) != set(_fields(kind)):
        raise DataError(f"the file holds a {str(value['class'])[:40]!r} that this version does not know")
    fields = {name: decoded(value["fields"][name]) for name in _fields(kind)}
    if issubclass(kind, tuple) or kind is Information:
        return kind(**fields)
    result = object.__new__(kind)  # its fields as they were, without what its __init__ works out
    for name, item in fields.items():
        object.__setattr__(result, name, item)
    return result


def _array(value: dict[str, Any]) -> Any:
    items = [decoded(item) for item in value["array"]]
    array = np.empty(len(items), dtype=object)
    array[:] = items
    if value["dtype"] not in ("bool", "float64", "int64", "object"):
        raise DataError(f"the file holds an array of {str(value['dtype'])[:20]!r}")
    kind = np.dtype(np.intp) if value["dtype"] == "int64" else np.dtype(value["dtype"])
    array = array.astype(kind).reshape([int(size) for size in value["shape"]])
    array.flags.writeable = False
    return array


def _index(value: dict[str, Any]) -> pd.Index[Any]:
    labels = [decoded(label) for label in value["index"]]
    names = [decoded(name) for name in value["names"]]
    if len(names) > 1:
        return pd.MultiIndex.from_tuples([tuple(label) for label in labels], names=names)
    texts = all(isinstance(label, str) for label in labels)
    index: pd.Index[Any] = pd.Index(labels, name=names[0], dtype=object if texts else None)
    return index


def _frame(value: dict[str, Any]) -> pd.DataFrame:
    columns, rows = _index(value["columns"]), _index(value["rows"])
    frame = pd.DataFrame({j: decoded(column) for j, column in enumerate(value["frame"])}, index=rows)
    frame.columns = columns
    return frame


def _sentence(value: dict[str, Any]) -> Sentence:
    """A sentence; its template may name its parts, and ask nothing else of them."""
    template, parts = str(value["sentence"]), decoded(value["parts"])
    fields = [(name, form, conversion) for _, name, form, conversion in Formatter().parse(template) if name is not None]
    if not isinstance(parts, dict) or any(name not in parts or form or conversion for name, form, conversion in fields):
        raise DataError(f"the file holds a sentence that is none: {template[:40]!r}")
    return sentence(template, **parts)


_FLOATS = {"inf": math.inf, "-inf": -math.inf, "nan": math.nan}
_READERS: Mapping[str, Callable[[dict[str, Any]], Any]] = {
    "class": _class,
    "sentence": _sentence,
    "named": lambda value: Name(value["named"]),
    "number": lambda value: Number(value["number"]),
    "enum": lambda value: _ENUMS[value["enum"]][value["name"]],
    "float": lambda value: _FLOATS[value["float"]],
    "array": _array,
    "index": _index,
    "frame": _frame,
    "formula": lambda value: parse(value["formula"], None, value["variables"]),
    "interval": lambda value: pd.Interval(value["interval"][0], value["interval"][1], closed=value["closed"]),
    "held": lambda value: RowsGone(str(value["held"]), {}),
    "dict": lambda value: {decoded(key): decoded(item) for key, item in value["dict"]},
    "tuple": lambda value: tuple(decoded(item) for item in value["tuple"]),
}
