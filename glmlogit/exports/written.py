"""The linear predictor of a fit as text in another language: SQL, a spreadsheet."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from glmlogit.columns.formula_columns import FormulaColumns
from glmlogit.errors import UnsupportedError
from glmlogit.estimate.estimate import Estimate

__all__ = ["Language", "linear_predictor"]


@dataclass(frozen=True)
class Language:
    """How a language writes a column, a function of one value, and a number for each level of a column."""

    column: Callable[[str], str]
    functions: dict[str, str]
    """Of one argument, which stands at ``{}``."""
    levels: Callable[[str, Sequence[tuple[Any, float]]], str]


def linear_predictor(fit: Estimate, language: Language) -> str:
    """``Xβ`` with the coefficients to the last digit, as text.

    Raises
    ------
    UnsupportedError
        For what has no such text: splines, several outcomes, infinite or undetermined coefficients, arrays.
    """
    columns = fit.columns
    if not isinstance(columns, FormulaColumns):
        raise UnsupportedError("columns that no formula made have no text; fit with a formula to write the model down")
    if len(fit.response.levels) > 2 or len(fit.coefs.places) != 1:
        raise UnsupportedError("outcomes of several levels have a predictor each: write down gl.one_vs_rest or a logit")
    if not all(state.finite for state in fit.coefs.states):
        raise UnsupportedError(
            "coefficients that are infinite or not determined have no number to write down; gl.firth is finite, and "
            "terms that depend on others can be left out"
        )
    if fit.sample.offset_name is not None:
        raise UnsupportedError(
            "an offset that was given as an argument is no part of the formula: type offset(...) in it"
        )
    writer = _Writer(columns, language)
    parts = [
        product
        for block in columns.spec.blocks
        for product in _products([writer.fields(text, reduced) for text, reduced in block.factors])
    ]
    beta = fit.coefs.beta[fit.coefs.places[0]]
    beta[list(columns.constants)] *= columns.of_constant  # −1 of a cut point
    summands = [f"{number(b)} * {part}" if part else number(b) for b, part in zip(beta.tolist(), parts, strict=True)]
    offsets = [
        writer.written(columns.spec.formula.expressions[text].tree, text) for text in columns.spec.formula.offsets
    ]
    return " + ".join([*summands, *offsets])


def number(value: float) -> str:
    """A number to the last digit, in parentheses where it is negative."""
    return f"({value!r})" if value < 0 else repr(float(value))


def _products(fields: Sequence[Sequence[str]]) -> list[str]:
    """Products of a field of each factor, in the order of the columns."""
    return [" * ".join(parts[::-1]) for parts in itertools.product(*fields[::-1])]


@dataclass(frozen=True)
class _Writer:
    columns: FormulaColumns
    language: Language

    def fields(self, text: str, reduced: bool) -> list[str]:
        """The columns of an expression: a number, or one for each column of a factor's coding."""
        spec = self.columns.spec
        coding = spec.codings[text]
        if coding.fields is not None:
            raise UnsupportedError(
                f"{text} is a basis of several curves, which has no short text here; fit.save() keeps such a model"
            )
        if coding.full is None:
            return [self.written(spec.formula.expressions[text].tree, text)]
        factor = next(factor for factor in spec.factors if factor.expression == text)
        tree = spec.formula.expressions[text].tree
        if not _is_column(tree):
            raise UnsupportedError(f"{text} makes categories of an expression; make a column of it before fitting")
        matrix = np.asarray(coding.reduced if reduced else coding.full)
        column = self.language.column(factor.variable)
        return [
            self.language.levels(column, [(level, float(v)) for level, v in zip(factor.levels, values, strict=True)])
            for values in matrix.T
        ]

    def written(self, node: ast.expr, text: str) -> str:
        """An expression of numbers."""
        if isinstance(node, ast.Name):
            return self.language.column(node.id)
        if isinstance(node, ast.Constant) and isinstance(node.value, int | float) and not isinstance(node.value, bool):
            return number(float(node.value))
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
            sign = "-" if isinstance(node.op, ast.USub) else ""
            return f"({sign}({self.written(node.operand, text)}))"
        if isinstance(node, ast.BinOp):
            return self._operation(node, text)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and len(node.args) == 1 and not node.keywords:
            form = self.language.functions.get(node.func.id)
            if node.func.id == "Q" and isinstance(node.args[0], ast.Constant):
                return self.language.column(str(node.args[0].value))
            if form is not None:
                return form.format(self.written(node.args[0], text))
        raise UnsupportedError(f"{text} has no text here; make a column of it before fitting, or use fit.save()")

    def _operation(self, node: ast.BinOp, text: str) -> str:
        left, right = self.written(node.left, text), self.written(node.right, text)
        if isinstance(node.op, ast.Pow):
            power = node.right.value if isinstance(node.right, ast.Constant) else None
            if not isinstance(power, int) or not 1 <= power <= 6:
                raise UnsupportedError(f"{text}: only powers of 1 to 6 are written down; make a column of others")
            return f"({' * '.join([left] * power)})"
        sign = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}.get(type(node.op))
        if sign is None:
            raise UnsupportedError(f"{text} has no text here; make a column of it before fitting")
        return f"(1.0 * {left} / {right})" if sign == "/" else f"({left} {sign} {right})"


def _is_column(tree: ast.expr) -> bool:
    """Whether a factor's levels are the values of a column."""
    while isinstance(tree, ast.Call) and isinstance(tree.func, ast.Name) and tree.func.id in ("C", "relevel"):
        tree = tree.args[0]
    return isinstance(tree, ast.Name)
