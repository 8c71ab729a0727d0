"""The syntax tree of a call against the allow-list: its nodes, its functions, their arguments; no code is run."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from inspect import Signature
from typing import Any, NoReturn

from glmlogit.formula.expressions import Words, check_column
from glmlogit.formula.interpret import literal
from glmlogit.formula.tokens import Scope, Token, quoted, refuse
from glmlogit.formula.transforms import ALIASES, FUNCTIONS

MAX_DEPTH = 60
"""Operations nested in one call such as ``I(a + b + ...)``."""

MAX_BASIS = 100
"""Columns that one ``poly``, ``bs``, ``ns``, ``rcs``, ``cr`` or ``cc`` may ask for."""


def parse(scope: Scope, start: Token, source: str) -> ast.expr:
    """The syntax tree of the neutral text of a call, or an error that names the call as typed."""
    try:
        return ast.parse(source, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError):
        problem = f"the call {start.text}(...) cannot be read"
    refuse(scope, start, problem, "Check its commas, operators and parentheses")


_ALLOWED: tuple[type[ast.AST], ...] = (
    *(ast.Call, ast.keyword, ast.Name, ast.Load, ast.Constant, ast.List, ast.Tuple),
    *(ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.Compare, ast.And, ast.Or, ast.Not, ast.Invert),
    *(ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod, ast.Pow, ast.BitAnd, ast.BitOr),
    *(ast.UAdd, ast.USub, ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE),
)


def check_tree(scope: Scope, start: Token, tree: ast.expr, words: Words) -> None:
    """Refuse nodes outside the allow-list, trees too deep to walk, and calls of what is no function."""
    level: list[ast.AST] = [tree]
    depth = 0
    while level:
        depth += 1
        if depth > MAX_DEPTH:
            advice = "Compute the column in the data first"
            refuse(scope, start, f"{start.text}(...) nests more than {MAX_DEPTH} operations", advice)
        for node in level:
            if type(node) not in _ALLOWED:
                what = type(node).__name__
                refuse(scope, start, f"{start.text}(...) holds a Python {what}, which a formula may not")
            if isinstance(node, ast.Call):
                _check_call(scope, start, node, words)
        level = [c for node in level for c in ast.iter_child_nodes(node) if not isinstance(c, ast.Load)]


def _check_call(scope: Scope, start: Token, node: ast.Call, words: Words) -> None:
    if not isinstance(node.func, ast.Name):
        refuse(scope, start, f"{start.text}(...) calls something that is not a named function")
    if node.func.id in words.columns:
        _refuse_called_column(scope, start, words.columns[node.func.id])
    names = [k.arg for k in node.keywords]
    if None in names or len(set(names)) < len(names):
        refuse(scope, start, f"{start.text}(...) gives an argument twice, or unpacks one")


def _refuse_called_column(scope: Scope, start: Token, name: str) -> NoReturn:
    """A name in back-ticks or parentheses before an opening parenthesis: a column, which cannot be called."""
    what = f"{start.text}(...) calls {quoted(name)!r}, which in back-ticks or parentheses is a column and no function"
    function = name in scope.functions or ALIASES.get(name, name) in FUNCTIONS
    refuse(
        scope,
        start,
        what,
        f"Type {name}(...) to call the function" if function else f"Type {quoted(name)}*(...) to multiply",
    )


def printed_tree(tree: ast.expr, words: Words, inside: Sequence[Token]) -> str:
    """The printed form: spacing as formulaic's, a power as the user typed it (``I(x^2)``)."""
    shown = {k: quoted(c) for k, c in words.columns.items()} | words.functions
    text = ast.unparse(tree)
    text = re.sub(rf"\b{words.prefix}\d+\b", lambda m: shown.get(m[0], m[0]), text)
    typed = {t.text for t in inside if t.kind == "op"}
    return text.replace(" ** ", "^") if "^" in typed and "**" not in typed else text


def resolve(scope: Scope, start: Token, tree: ast.expr, words: Words) -> ast.expr:
    """Put column and function names back into the tree, and check every call's arguments."""
    called: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called.add(id(node.func))
    out = _Resolver(scope, start, words, called).visit(tree)
    assert isinstance(out, ast.expr)
    return out


@dataclass
class _Resolver:
    scope: Scope
    start: Token
    words: Words
    called: set[int]

    def visit(self, node: ast.AST) -> ast.AST:
        for name, value in ast.iter_fields(node):
            if isinstance(value, list):
                setattr(node, name, [self.visit(v) for v in value])
            elif isinstance(value, ast.AST):
                setattr(node, name, self.visit(value))
        if isinstance(node, ast.Name):
            return self.name(node)
        if isinstance(node, ast.Call):
            return self.call(node)
        return node

    def name(self, node: ast.Name) -> ast.expr:
        function = self.words.functions.get(node.id)
        if function is None:
            node.id = self.words.columns[node.id]
            return node
        if function not in self.scope.functions:
            function = ALIASES.get(function, function)
        inner = ast.Name(function, ast.Load())
        return inner if id(node) in self.called else ast.Call(inner, [], [])

    def call(self, node: ast.Call) -> ast.expr:
        assert isinstance(node.func, ast.Name)
        name = node.func.id
        if name in self.scope.functions:
            return node
        if name == "Q":
            return self.quoted(node)
        function = FUNCTIONS[name]
        if function.role == "contrast":
            self.contrast(node, name)
        bound = self.bind(node, name, function.signature)
        if function.literal_arguments:
            for argument in [*node.args[function.data :], *(k.value for k in node.keywords)]:
                self.literal(argument, name)
        if name == "C":
            self.coding(bound)
        for size in _SIZES & bound.keys():
            self.bounded(bound[size], name)
        return node

    def bind(self, node: ast.Call, name: str, signature: Signature) -> dict[str, Any]:
        try:
            return signature.bind(*node.args, **{str(k.arg): k.value for k in node.keywords}).arguments
        except TypeError as error:
            what = f"{name}() in {self.start.text}(...): {error}"
            reference = next((k.value for k in node.keywords if k.arg in _REFERENCE), None)
            if name == "C" and node.args and reference is not None:
                chosen = f"C({ast.unparse(node.args[0])}, Treatment({ast.unparse(reference)}))"
                counted = isinstance(reference, ast.Constant) and isinstance(reference.value, int)
                level = f" if {ast.unparse(reference)} is a level; else the level itself, in quotes" if counted else ""
                refuse(self.scope, self.start, what, f"Type {chosen} to choose the reference{level}")
            refuse(self.scope, self.start, what, f"It is called as {name}{signature}")

    def contrast(self, node: ast.Call, name: str) -> None:
        """Refuse the number of levels that R's contrasts take, where no number belongs."""
        first = node.args[0] if node.args else None
        if isinstance(first, ast.Constant) and isinstance(first.value, (int, float)) and not name.endswith("reatment"):
            what = f"{name}({first.value}) in {self.start.text}(...): the number of levels is known from the data"
            refuse(self.scope, self.start, what, f"Type {name} without a number: C(g, {name})")

    def literal(self, node: ast.expr, name: str) -> None:
        if isinstance(node, ast.Name):
            what = f"an argument of {name}() is the column {node.id!r}, where a number or text is needed"
            refuse(self.scope, self.start, what, f"Put quotes around a level: {node.id!r}")
        try:
            value = literal(node)
        except (ValueError, TypeError) as error:
            refuse(self.scope, self.start, f"an argument of {name}() {error}")
        if isinstance(value, tuple) and len(value) > MAX_BASIS:
            refuse(self.scope, self.start, f"{name}() takes at most {MAX_BASIS} values in a list")

    def coding(self, bound: Mapping[str, Any]) -> None:
        contrasts = literal(bound["contrasts"]) if "contrasts" in bound else None
        if contrasts is not None and not hasattr(contrasts, "get_coding_matrix"):
            advice = "Type C(g, Sum) or C(g, Treatment('b')); an order of levels is C(g, levels=['b', 'a'])"
            refuse(self.scope, self.start, f"{contrasts!r} is not a contrast", advice)
        levels = literal(bound["levels"]) if "levels" in bound else None
        flat = isinstance(levels, tuple) and all(isinstance(v, str | int | float) for v in levels)
        if levels is not None and not flat:
            refuse(self.scope, self.start, "levels= needs a list of levels", "Type levels=['a', 'b']")

    def bounded(self, node: ast.expr, name: str) -> None:
        value = literal(node)
        if isinstance(value, int | float) and abs(value) > MAX_BASIS:
            what = f"{name}() may make at most {MAX_BASIS} columns, not {value:.6g}"
            refuse(self.scope, self.start, what)

    def quoted(self, node: ast.Call) -> ast.expr:
        only = node.args[0] if len(node.args) == 1 and not node.keywords else None
        if not isinstance(only, ast.Constant) or not isinstance(only.value, str):
            refuse(self.scope, self.start, "Q() takes one column name in quotes", 'Type Q("my column")')
        check_column(self.scope, Token("quoted", only.value, self.start.start))
        key = self.words.stand_in(self.words.columns, only.value)
        return ast.Name(self.words.columns[key], ast.Load())


_REFERENCE = {"ref", "reference", "base", "baseline"}
_SIZES = {"df", "degree", "n_knots", "ddof"}
