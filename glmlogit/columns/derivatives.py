"""Derivatives of the expressions of a formula with respect to one column, by the rules of calculus.

The tree that :mod:`glmlogit.formula.interpret` evaluates is walked once more, forwards (Griewank & Walther 2008,
*Evaluating Derivatives*, ch. 3). At a kink (``abs``, ``hinge``) the derivative is the mean of both sides. Functions
without a rule here that are the caller's own, and ``cr`` and ``cc``, are differenced numerically and checked. What
jumps, as ``I(x > 3)`` does, has no derivative and is refused; so is a transform of this package that has no rule yet.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from glmlogit.errors import NotEstimableError
from glmlogit.formula import splines
from glmlogit.formula.gate import Expression
from glmlogit.formula.interpret import EvaluationContext, evaluate, literal
from glmlogit.formula.splines import Basis, State
from glmlogit.formula.transforms import FUNCTIONS

Array = npt.NDArray[np.float64]

# Step of numerical derivatives, as a share of the column's spread, and how far two steps may differ.
STEP, AGREEMENT = 2.0**-12, 1e-6


def reads(node: ast.AST, variable: str) -> bool:
    """Whether an expression uses a column."""
    return any(isinstance(part, ast.Name) and part.id == variable for part in ast.walk(node))


@dataclass
class Differentiator:
    """Derivatives with respect to one column on some rows; ``numerical`` collects what was differenced."""

    rows: EvaluationContext
    variable: str
    numerical: list[str] = field(default_factory=list)

    def of(self, expression: Expression) -> Any:
        """Derivative of an expression: an array, a :class:`Basis` of derivatives, or 0.0.

        Raises
        ------
        NotEstimableError
            Where the expression jumps, or its derivative is not known or not finite; names the part.
        """
        # Derivatives may be infinite where functions are not, as of sqrt at 0; what is not finite is refused below.
        with np.errstate(all="ignore"):
            slope = self._slope(expression.tree)
        values = slope.values if isinstance(slope, Basis) else np.asarray(slope)
        if not np.isfinite(values).all():
            raise NotEstimableError(
                f"{expression.text} has no finite derivative in {self.variable} in {int((~np.isfinite(values)).sum())} "
                f"of {len(self.rows.index)} rows, so no average derivative exists; {_instead(self.variable)}"
            )
        return slope

    def _value(self, node: ast.expr) -> Any:
        return evaluate(node, self.rows, ast.unparse(node))

    def _slope(self, node: ast.expr) -> Any:
        if not reads(node, self.variable):
            return 0.0
        if isinstance(node, ast.Name):
            return np.ones(len(self.rows.index))
        if isinstance(node, ast.BinOp):
            return self._of_operation(node)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
            inner = self._slope(node.operand)
            return -inner if isinstance(node.op, ast.USub) else inner
        if isinstance(node, ast.Call):
            return self._of_call(node)
        raise self._jump(node)

    def _jump(self, node: ast.expr) -> NotEstimableError:
        return NotEstimableError(
            f"{ast.unparse(node)} jumps where {self.variable} crosses a limit, so there is no derivative; "
            f"{_instead(self.variable)}"
        )

    def _of_operation(self, node: ast.BinOp) -> Any:
        rule = _OPERATIONS.get(type(node.op))
        if rule is None:  # // and %, & and |
            raise self._jump(node)
        sides = (node.left, node.right)
        return rule(*map(self._value, sides), *map(self._slope, sides))

    def _of_call(self, node: ast.Call) -> Any:
        assert isinstance(node.func, ast.Name)
        name = node.func.id
        if name in self.rows.functions or name in ("cr", "cc"):
            return self._by_differences(node)
        if name in ("I", "Q", "offset"):
            return self._slope(node.args[0] if node.args else node.keywords[0].value)
        function = FUNCTIONS[name]
        bound = dict(function.signature.bind(*node.args, **{str(k.arg): k.value for k in node.keywords}).arguments)
        if name in _PLAIN:
            return self._of_plain(node, name, bound)
        if name in _LEARNED:
            inner = bound.pop("x")
            options = {key: literal(part) for key, part in bound.items()}
            outer = _LEARNED[name](self._value(inner), self.rows.state(node), **options)
            return _times(outer, self._slope(inner))
        if function.role != "factor":
            raise NotEstimableError(
                f"the derivative of {name}() is not known here, so that {ast.unparse(node)} has none in "
                f"{self.variable}; {_instead(self.variable)}"
            )
        raise self._jump(node)

    def _of_plain(self, node: ast.Call, name: str, bound: dict[str, ast.expr]) -> Any:
        first, *others = bound.values()
        if any(reads(part, self.variable) for part in others):
            return self._by_differences(node)
        return _PLAIN[name](*map(self._value, bound.values())) * self._slope(first)

    def _by_differences(self, node: ast.Call) -> Any:
        """Five-point differences with two steps, refused where the two do not agree."""
        self.numerical.append(ast.unparse(node))
        column = self.rows.columns[self.variable].to_numpy(dtype=np.float64)
        spread = max(float(column.std()), 1e-3 * float(np.abs(column).max(initial=0.0)))
        step = STEP * (spread or 1.0)  # a column of zeros tells no scale; two steps that agree vouch for this one
        here = self._value(node)
        wide, narrow = (self._difference(node, column, h) for h in (step, step / 2))
        size = np.abs(narrow).max(initial=0.0)
        values = np.asarray(here.values if isinstance(here, Basis) else here, dtype=np.float64)
        constant = size == 0.0 and len(np.unique(values.round(12))) > 1
        if constant or not np.abs(wide - narrow).max(initial=0.0) <= AGREEMENT * size:
            raise NotEstimableError(
                f"{ast.unparse(node)} could not be differentiated numerically in {self.variable}: it has steps or "
                f"kinks, or is not smooth at the data; {_instead(self.variable)}"
            )
        return replace(here, values=narrow) if isinstance(here, Basis) else narrow

    def _difference(self, node: ast.Call, column: Array, step: float) -> Array:
        """Derivative by central differences of the fourth order."""
        moved = []
        for shift in (1, -1, 2, -2):
            shifted = pd.Series(column + shift * step, index=self.rows.index)
            there = replace(self.rows, columns={**self.rows.columns, self.variable: shifted})
            value = evaluate(node, there, ast.unparse(node))
            moved.append(np.asarray(value.values if isinstance(value, Basis) else value, dtype=np.float64))
        return np.asarray((8.0 * (moved[0] - moved[1]) - (moved[2] - moved[3])) / (12.0 * step))


def _instead(variable: str) -> str:
    return f"ask for a change: comparisons({variable!r}, contrast=(high, low))"


def _times(outer: Any, inner: Any) -> Any:
    """Chain rule: an outer derivative, of several columns where it is a basis, times an inner one."""
    if isinstance(outer, Basis):
        return replace(outer, values=outer.values * np.reshape(inner, (-1, 1)))
    return outer * inner


def _power(u: Any, v: Any, du: Any, dv: Any) -> Any:
    by_base = v * np.power(u, v - 1.0) * du
    return by_base if np.ndim(dv) == 0 else by_base + np.power(u, v) * np.log(u) * dv


_OPERATIONS: Mapping[type[ast.operator], Callable[[Any, Any, Any, Any], Any]] = {
    ast.Add: lambda u, v, du, dv: du + dv,
    ast.Sub: lambda u, v, du, dv: du - dv,
    ast.Mult: lambda u, v, du, dv: du * v + u * dv,
    ast.Div: lambda u, v, du, dv: (du - u / v * dv) / v,
    ast.Pow: _power,
}

_PLAIN: Mapping[str, Callable[..., Any]] = {
    "abs": np.sign,
    "exp": np.exp,
    "expm1": np.exp,
    "hinge": lambda x, k: np.heaviside(x - k, 0.5),
    "log": lambda x, base=None: 1.0 / x if base is None else 1.0 / (x * np.log(base)),
    "log10": lambda x: 1.0 / (x * np.log(10.0)),
    "log1p": lambda x: 1.0 / (1.0 + x),
    "log2": lambda x: 1.0 / (x * np.log(2.0)),
    "sqrt": lambda x: 0.5 / np.sqrt(x),
}


# --- transforms that learned something: derivatives from what they learned ------------------------


def _scaled(x: Array, state: State, **_: Any) -> Array:
    return np.full(len(x), 1.0 / state["spread"])


def _polynomial(x: Array, state: State, degree: int = 1, raw: bool = False) -> Basis:
    """Derivatives of ``poly``: of powers, or by differentiating the three-term recurrence."""
    fields = tuple(range(1, degree + 1))
    if raw:
        return Basis(np.column_stack([k * x ** (k - 1) for k in fields]), fields)
    alpha, norms = state["alpha"], state["norms2"]
    value, slope = [np.ones(len(x)), x - alpha[0]], [np.zeros(len(x)), np.ones(len(x))]
    for k in range(1, degree):
        ratio = norms[k] / norms[k - 1]
        slope.append(value[k] + (x - alpha[k]) * slope[k] - ratio * slope[k - 1])
        value.append((x - alpha[k]) * value[k] - ratio * value[k - 1])
    return Basis(np.column_stack([slope[k] / np.sqrt(norms[k]) for k in fields]), fields)


def _spline(x: Array, state: State, degree: int = 3, intercept: bool = False, **options: Any) -> Basis:
    full = bool(intercept or options.get("include_intercept"))
    values = splines.basis(state["t"], degree, x, 1)[:, 0 if full else 1 :]
    return Basis(values, tuple(range(0 if full else 1, values.shape[1] + (not full))), full)


def _natural(x: Array, state: State, intercept: bool = False, **_: Any) -> Basis:
    """Beyond the boundary knots the spline is linear: its slope is that at the knot."""
    t = state["t"]
    values = splines.basis(t, 3, np.clip(x, t[0], t[-1]), 1) @ state["rotation"]
    first = 0 if intercept else 1
    return Basis(values, tuple(range(first, first + values.shape[1])), bool(intercept))


def _restricted(x: Array, state: State, **_: Any) -> Basis:
    t = state["t"]
    rest = [splines.tail(x, t, j, derivative=True) for j in range(len(t) - 2)]
    return Basis(np.column_stack([np.ones(len(x)), *rest]), tuple(range(1, len(t))))


_LEARNED: Mapping[str, Callable[..., Any]] = {
    **dict.fromkeys(("center", "scale", "standardize"), _scaled),
    "poly": _polynomial,
    "bs": _spline,
    "ns": _natural,
    "rcs": _restricted,
}
