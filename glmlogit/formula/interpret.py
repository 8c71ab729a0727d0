"""The interpreter of the calls in a formula.

A call that passed the gate is a small syntax tree. It is walked here node by node: columns are looked up,
arithmetic is NumPy's on float64, functions come from the allow-list or from the caller. Nothing is ever
handed to ``eval``, so neither builtins nor attributes can be reached.
"""

from __future__ import annotations

import ast
import functools
import itertools
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from glmlogit.data import frames
from glmlogit.errors import DataError
from glmlogit.formula import purity
from glmlogit.formula.splines import Basis, State
from glmlogit.formula.transforms import FUNCTIONS, Function, Levels
from glmlogit.numerics.arrays import all_finite, same_index

Array = npt.NDArray[np.float64]

States = dict[tuple[str, str], State]
"""What was learned, by the text of a call and by its tree, since a column may be named like a call. A bare
column that is a factor keeps its levels here too."""


@dataclass(frozen=True)
class EvaluationContext:
    """The rows an expression is evaluated on, and what its transforms learned (or will learn)."""

    columns: Mapping[str, pd.Series[Any]]
    index: pd.Index[Any]
    functions: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    states: States = field(default_factory=dict)
    counts: Array | None = None  # of observations a row stands for, where something is learned from rows weighed so
    learning: bool = False
    """Whether new rows will be put through the same expressions, so that what these learn must be kept."""
    numbers: Mapping[str, Array] = field(default_factory=dict)
    """Columns (n,) of finite numbers that were read as doubles before."""

    def state(self, node: ast.expr) -> State:
        """What the call at `node` learned; empty when it is evaluated for the first time."""
        return self.states.setdefault(_written(node), {})


@functools.lru_cache(maxsize=256)
def _written(node: ast.expr) -> tuple[str, str]:
    """The text of a node and its tree; formulas are remembered, and their nodes with them."""
    return ast.unparse(node), ast.dump(node)


@functools.lru_cache(maxsize=256)
def _bound(node: ast.Call, function: Function) -> tuple[ast.expr, dict[str, Any]]:
    """The data of a call that learns from them, and its options."""
    bound = function.signature.bind(*node.args, **{str(k.arg): k.value for k in node.keywords})
    arguments = dict(bound.arguments)
    data = arguments.pop("x")
    return data, {k: literal(v) for k, v in arguments.items()}


def literal(node: ast.expr) -> Any:
    """The value of a number, string, list or contrast that is written out; ValueError otherwise."""
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
        value = literal(node.operand)
        if isinstance(value, int | float):
            return -value if isinstance(node.op, ast.USub) else value
    if isinstance(node, ast.List | ast.Tuple):
        return tuple(literal(v) for v in node.elts)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        function = FUNCTIONS.get(node.func.id)
        if function is not None and function.role in ("contrast", "literal"):
            options = {str(k.arg): literal(k.value) for k in node.keywords}
            named = {k: v for k, v in options.items() if v is not None}
            return function.call(*[literal(a) for a in node.args], **named)
    raise ValueError(f"must be a number, a text in quotes or a list of them, not {ast.unparse(node)!r}")


_BINARY: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
}
_COMPARE: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}


def evaluate(node: ast.expr, rows: EvaluationContext, typed: str) -> Any:
    """The value of a checked expression: an array, a `Basis`, `Levels`, a text column or a literal.

    Raises
    ------
    DataError
        Text where numbers are needed, or a value that is not finite; names the part as typed.
    """
    try:
        if isinstance(node, ast.Name):
            return column_of(node.id, rows)
        # What users write may do anything, log(0) and exp(1e4) included; what is not finite is refused by name.
        with np.errstate(all="ignore"):
            return _value(node, rows)
    except DataError as error:
        if "^" not in typed:
            raise
        raise DataError(str(error).replace(" ** ", "^")) from error.__cause__
    except (ValueError, TypeError, ArithmeticError, IndexError) as error:
        raise DataError(f"{typed} cannot be computed from these columns: {error}") from error


def _value(node: ast.expr, rows: EvaluationContext) -> Any:
    if isinstance(node, ast.Name):
        return column_of(node.id, rows)
    if isinstance(node, ast.Constant):
        value = node.value
        return np.float64(value) if isinstance(value, int | float) and not isinstance(value, bool) else value
    if isinstance(node, ast.BinOp):
        return _checked(_binary(node, rows), node, rows)
    if isinstance(node, ast.UnaryOp):
        return _unary(node, rows)
    if isinstance(node, ast.Compare):
        return _compare(node, rows)
    if isinstance(node, ast.BoolOp):
        combine = np.logical_and if isinstance(node.op, ast.And) else np.logical_or
        return combine.reduce([_logical(v, rows) for v in node.values])
    if isinstance(node, ast.List | ast.Tuple):
        return tuple(_value(v, rows) for v in node.elts)
    assert isinstance(node, ast.Call)
    return _checked(_called(node, rows), node, rows)


def column_of(name: str, rows: EvaluationContext) -> Any:
    """A column as finite numbers (n,), or as it is where it is a factor."""
    if name in rows.numbers:
        return rows.numbers[name]
    column = rows.columns[name]
    if frames.kind(column, name) == "factor":
        return column
    values = frames.numeric(column)
    if not all_finite(values):
        _refuse_values(f"column {name!r}", values, rows)
    return values


def _refuse_values(what: str, values: Array, rows: EvaluationContext) -> None:
    bad: Any = ~np.isfinite(values)
    while bad.ndim > 1:
        bad = bad.any(axis=1)
    flat = values if values.ndim == 1 else values[np.arange(len(values)), np.argmax(~np.isfinite(values), 1)]
    kinds = ", ".join(sorted({str(v) for v in flat[bad]}))
    count = int(bad.sum())
    raise DataError(
        f"{what} is {kinds} in {count} {'row' if count == 1 else 'rows'} "
        f"({frames.first_rows(rows.index, bad)}). A predictor must be finite: change the expression or the "
        "values, or set those cells to missing"
    )


def _text(node: ast.expr) -> str:
    return ast.unparse(node)


def _checked(value: Any, node: ast.expr, rows: EvaluationContext) -> Any:
    """Refuse values that an operation made infinite or undefined; its inputs were finite."""
    array = value.values if isinstance(value, Basis) else value
    if isinstance(array, np.ndarray) and array.dtype == np.float64 and array.ndim:
        if not np.all(np.isfinite(array)):
            _refuse_values(_text(node), array, rows)
    elif isinstance(array, np.float64) and not np.isfinite(array):
        raise DataError(f"{_text(node)} is {array}; a formula needs finite numbers")
    return value


def _number(node: ast.expr, rows: EvaluationContext) -> Any:
    """The value of `node` as float64, where the formula needs a number."""
    value = _value(node, rows)
    if isinstance(value, np.ndarray | np.float64 | bool | np.bool_):
        return value.astype(np.float64) if isinstance(value, np.ndarray) else np.float64(value)
    if isinstance(value, pd.Series | Levels):
        raise DataError(f"{_text(node)} holds categories where numbers are needed. Use C(...) or I(g == 'a')")
    if isinstance(value, Basis):
        raise DataError(f"{_text(node)} has several columns and cannot be part of another expression")
    raise DataError(f"{_text(node)} is not a number")


def _binary(node: ast.BinOp, rows: EvaluationContext) -> Any:
    if isinstance(node.op, ast.BitAnd | ast.BitOr):
        combine = np.logical_and if isinstance(node.op, ast.BitAnd) else np.logical_or
        return combine(_logical(node.left, rows), _logical(node.right, rows))
    return _BINARY[type(node.op)](_number(node.left, rows), _number(node.right, rows))


def _unary(node: ast.UnaryOp, rows: EvaluationContext) -> Any:
    if isinstance(node.op, ast.Not | ast.Invert):
        return np.logical_not(_logical(node.operand, rows))
    value = _number(node.operand, rows)
    return -value if isinstance(node.op, ast.USub) else value


def _logical(node: ast.expr, rows: EvaluationContext) -> Any:
    """The value of `node` as true or false: a comparison, or a column of zeros and ones."""
    value = _value(node, rows)
    array: Any = np.asarray(value)
    if array.dtype == bool:
        return array
    # `x > 3 & z` means `x > (3 & z)` to Python; R reads it otherwise. Neither is guessed.
    if isinstance(value, np.ndarray) and array.dtype == np.float64 and np.all((array == 0) | (array == 1)):
        return array == 1
    raise DataError(
        f"{_text(node)} is not true or false; &, | and ~ join comparisons. "
        "Put parentheses around each: (x > 3) & (z < 2)"
    )


def _compare(node: ast.Compare, rows: EvaluationContext) -> Any:
    sides = [_side(v, rows) for v in (node.left, *node.comparators)]
    out: Any = True
    for sign, (left, right) in zip(node.ops, itertools.pairwise(sides), strict=True):
        _check_comparable(node, sign, left, right)
        out = np.logical_and(out, _COMPARE[type(sign)](left, right))
    return out


def _side(node: ast.expr, rows: EvaluationContext) -> Any:
    value = _value(node, rows)
    if isinstance(value, pd.Series):
        if frames.missing_mask(value).any():
            raise DataError(f"{_text(node)} has missing values; drop those rows first")
        return value.astype(object).to_numpy()
    if isinstance(value, Levels):
        return np.asarray(value.levels, dtype=object)[value.codes]
    return value


def _check_comparable(node: ast.Compare, sign: ast.cmpop, left: Any, right: Any) -> None:
    if any(isinstance(v, Basis | tuple) or v is None for v in (left, right)):
        raise DataError(f"{_text(node)} compares something that is neither a column nor a value")
    categories = any(isinstance(v, str) or np.asarray(v).dtype == object for v in (left, right))
    if categories and not isinstance(sign, ast.Eq | ast.NotEq):
        raise DataError(f"{_text(node)} orders categories; only == and != can compare them")
    if _holds_text(left) != _holds_text(right):
        raise DataError(f"{_text(node)} compares numbers with text, which are never equal")


def _holds_text(value: Any) -> bool:
    if isinstance(value, np.ndarray) and value.dtype == object:
        return pd.api.types.infer_dtype(value) == "string"
    return isinstance(value, str)


def _called(node: ast.Call, rows: EvaluationContext) -> Any:
    assert isinstance(node.func, ast.Name)
    name = node.func.id
    if name in rows.functions:
        return _own(name, rows.functions[name], node, rows)
    function = FUNCTIONS[name]
    if function.role in ("contrast", "literal"):
        return literal(node)
    if name in ("I", "Q", "offset"):
        return _value(node.args[0] if node.args else node.keywords[0].value, rows)
    if function.role == "plain":
        # The gate bound the arguments to the signature, so only their values can be wrong here.
        options = {str(k.arg): _number(k.value, rows) for k in node.keywords}
        return function.call(*[_number(a, rows) for a in node.args], **options)
    return _learned(node, name, function, rows)


def _learned(node: ast.Call, name: str, function: Function, rows: EvaluationContext) -> Any:
    first, options = _bound(node, function)
    if function.role == "factor":
        raw = isinstance(first, ast.Name)
        data = rows.columns[first.id] if isinstance(first, ast.Name) else _value(first, rows)
        data = pd.Series(data, index=rows.index) if isinstance(data, np.ndarray) else data
        if raw:
            frames.kind(data, first.id if isinstance(first, ast.Name) else "")
    else:
        data = _number(first, rows)
    learned = (rows.state(node),) if function.role == "factor" else (rows.state(node), rows.counts)
    try:
        return function.call(data, *learned, **options)
    except DataError as error:
        raise DataError(f"{_text(node)} {error}") from error.__cause__


def _own(name: str, function: Callable[..., Any], node: ast.Call, rows: EvaluationContext) -> Any:
    """Call a function that the caller passed in ``functions``; it gets columns as pandas Series of its own."""

    def evaluated(argument: ast.expr) -> Any:
        if isinstance(argument, ast.Constant):
            return argument.value
        value = _value(argument, rows)
        return pd.Series(value, index=rows.index) if isinstance(value, np.ndarray) else value

    arguments = [evaluated(a) for a in node.args]
    options = {str(k.arg): evaluated(k.value) for k in node.keywords}

    def called(chosen: purity.Rows) -> Any:
        index = rows.index if chosen is None else rows.index[chosen]
        parts = [purity.part_of(a, chosen) for a in arguments]
        value = function(*parts, **{key: purity.part_of(a, chosen) for key, a in options.items()})
        return _received(value, _text(node), index)

    try:
        value = called(None)
    except DataError:
        raise
    except Exception as error:
        raise DataError(f"your function {name}() failed in {_text(node)}: {error!r}") from error
    if rows.learning:
        purity.check(name, _text(node), called, value, [*arguments, *options.values()], rows.index)
    return value


def _received(value: Any, text: str, index: pd.Index[Any]) -> Any:
    n = len(index)
    same_index([("the column", pd.Series(0, index)), (text, value)])
    if isinstance(value, Basis | Levels):
        return value
    if isinstance(value, pd.Categorical):
        value = pd.Series(value, index=index)
    shape = np.shape(value)
    if not shape or shape[0] != n or len(shape) > 2:
        raise DataError(f"{text} has shape {shape}; it must give one value for each of the {n} rows")
    if len(shape) == 2:
        fields = tuple(value.columns) if isinstance(value, pd.DataFrame) else tuple(range(shape[1]))
        return Basis(np.asarray(value, dtype=np.float64), fields)
    array = value.array if isinstance(value, pd.Series) else np.asarray(value)
    series = pd.Series(array, index=index)
    return series if frames.kind(series, text) == "factor" else frames.numeric(series)
