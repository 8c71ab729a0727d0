"""The gate every formula passes before anything in it is evaluated.

A formula may come from a web form or a colleague, so it is data and not code. Three sieves, in order: one regular
expression that knows all the characters a formula may hold (:mod:`~glmlogit.formula.tokens`); a rewriting of each
call, here, in which every column becomes a neutral identifier and every other word must be an allowed function, an
argument name or a literal; an allow-list over the syntax tree of what remains (:mod:`~glmlogit.formula.resolver`).
Nothing is ever handed to ``eval``: what passes is interpreted node by node in :mod:`glmlogit.formula.interpret`.
"""

from __future__ import annotations

import ast
import keyword
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from glmlogit.formula.expressions import Words, check_column, refuse_attribute
from glmlogit.formula.resolver import check_tree, parse, printed_tree, resolve
from glmlogit.formula.tokens import Scope, Token, refuse, similar
from glmlogit.formula.transforms import ALIASES, CONTRASTS, FUNCTIONS

MAX_CALL_TOKENS = 1_000
"""Words, numbers and signs in one call."""


@dataclass(frozen=True)
class Expression:
    """A column or call that passed the gate: its printed form, its tree and the columns it reads."""

    text: str
    tree: ast.expr = field(compare=False, repr=False)
    variables: tuple[str, ...]
    plain: bool
    """True for a bare column name."""


def column(scope: Scope, token: Token) -> Expression:
    """A bare column name."""
    check_column(scope, token)
    return Expression(token.text, ast.Name(token.text, ast.Load()), (token.text,), True)


def call(scope: Scope, stream: Sequence[Token], position: int) -> tuple[Expression, int]:
    """Read the call that starts at token ``position``; return it and the position after it."""
    stop = _closing(stream, position + 1) + 1
    inside = stream[position:stop]
    if len(inside) > MAX_CALL_TOKENS:
        refuse(
            scope, stream[position], f"{stream[position].text}(...) holds more than {MAX_CALL_TOKENS} words and signs"
        )
    source, words = _rewrite(scope, inside)
    tree = parse(scope, stream[position], source)
    check_tree(scope, stream[position], tree, words)
    text = printed_tree(tree, words, inside)
    tree = resolve(scope, stream[position], tree, words)
    return Expression(text, tree, tuple(words.columns.values()), False), stop


def arguments(expression: Expression) -> tuple[Expression, ...]:
    """The arguments of a call such as ``cbind(events, nonevents)``, each an expression of its own."""
    tree = expression.tree
    assert isinstance(tree, ast.Call)
    parts = [*tree.args, *(k.value for k in sorted(tree.keywords, key=lambda k: str(k.arg)))]
    return tuple(_argument(part, expression.variables) for part in parts)


def _argument(part: ast.expr, variables: Sequence[str]) -> Expression:
    names = {node.id for node in ast.walk(part) if isinstance(node, ast.Name)}
    used = tuple(v for v in variables if v in names)
    return Expression(ast.unparse(part), part, used, isinstance(part, ast.Name))


def _closing(stream: Sequence[Token], position: int) -> int:
    depth = 0
    for i in range(position, len(stream)):
        if stream[i].kind == "op":
            depth += (stream[i].text in "([") - (stream[i].text in ")]")
        if depth == 0:
            return i
    raise AssertionError("brackets were checked")


_CONSTANTS = {"True", "False", "None", "TRUE", "FALSE", "NULL"}
_SPELLING = {"TRUE": "True", "FALSE": "False", "NULL": "None", "^": "**", "%%": "%", "%/%": "//", "!": "not"}
_IN_CALLS = {*"+-*/^%()[],=<>&|~!", "//", "**", "%%", "%/%", "==", "!=", "<=", ">="}
_WORD_OPERATORS = {"and", "or", "not"}


def _rewrite(scope: Scope, inside: Sequence[Token]) -> tuple[str, Words]:
    prefix = "v"
    while prefix in scope.formula:
        prefix += "_"
    words = Words(prefix, inside[0].text)
    pieces = []
    for i, token in enumerate(inside):
        before = inside[i - 1].text if i else ""
        after = inside[i + 1].text if i + 1 < len(inside) and inside[i + 1].kind == "op" else ""
        pieces.append(_spell(scope, token, before, after, words))
    return " ".join(pieces), words


def _spell(scope: Scope, token: Token, before: str, after: str, words: Words) -> str:
    """One token as it may appear in the Python text that is parsed (never run)."""
    if token.kind == "number":
        return token.text
    if token.kind == "string":
        return repr(_unescape(token.text[1:-1]))
    if token.kind == "quoted":
        if after == "=" and before in ("(", ","):
            refuse(
                scope,
                token,
                f"`{token.text}` is a column and no argument name",
                f"Type {token.text}= without back-ticks",
            )
        check_column(scope, token)
        return words.stand_in(words.columns, token.text)
    if token.kind == "op":
        if token.text not in _IN_CALLS:
            refuse(scope, token, f"{token.text!r} may not be used inside a call", "See the list of functions")
        return _SPELLING.get(token.text, token.text)
    return _spell_name(scope, token, before, after, words)


def _spell_name(scope: Scope, token: Token, before: str, after: str, words: Words) -> str:
    name = token.text
    if after == "(" and name not in _WORD_OPERATORS:
        _check_function(scope, token)
        return words.stand_in(words.functions, name)
    if after == "=" and before in ("(", ","):
        return _argument_name(scope, token)
    if scope.knows(name):
        return words.stand_in(words.columns, name)
    if name in _CONSTANTS:
        return _SPELLING.get(name, name)
    if name in _WORD_OPERATORS:
        return name
    if ALIASES.get(name, name) in CONTRASTS:
        return words.stand_in(words.functions, name)
    _refuse_python(scope, token)
    level = f"Put quotes around it if it is a level: {name!r}" if words.outer in ("C", "relevel") else ""
    check_column(scope, token, level)
    return words.stand_in(words.columns, name)


def _argument_name(scope: Scope, token: Token) -> str:
    name = token.text.replace(".", "_")
    if not name.isidentifier() or not name.isascii() or name.startswith("_") or keyword.iskeyword(name):
        refuse(scope, token, f"{token.text!r} is no argument name")
    return name


def _refuse_python(scope: Scope, token: Token) -> None:
    name = token.text
    if "." in name:
        refuse_attribute(scope, token)
    if keyword.iskeyword(name):
        advice = f"Put back-ticks around it if it is a column: `{name}`"
        refuse(scope, token, f"{name!r} is a word of Python, which a formula may not hold", advice)
    if name.startswith("__"):
        refuse(scope, token, f"{name!r} is not a column", "Names with two underscores belong to Python")


_FACTOR, _NUMBER = "Type C({x})", "Type {x}; text is made into numbers in the data first: pd.to_numeric(df['{x}'])"
_ORDERED = "Type C({x}, levels=[...]) with the levels in their order"
_SPLINE, _SQUARE = "Type ns({x}, df=4) or rcs({x}, 4)", "Type I({x}^2)"

_INSTEAD = {
    **dict.fromkeys(("factor", "as.factor", "as_factor", "as.character", "categorical", "category"), _FACTOR),
    **dict.fromkeys(("ordered", "as.ordered"), _ORDERED),
    **dict.fromkeys(("as.numeric", "as.integer", "numeric", "to_numeric", "float", "int"), _NUMBER),
    **dict.fromkeys(("pow", "power", "square"), _SQUARE),
    **dict.fromkeys(("spline", "s", "smooth", "lsp"), _SPLINE),
    **dict.fromkeys(("logit", "probit"), "Type {x} alone: the model is on the logit scale by itself"),
    "cs": "Type cr({x})",
    "ln": "Type log({x})",
    "strata": "Type C({x}) for a few large strata. Matched sets need conditional likelihood, which is not here yet; "
    "for one exposure gl.two_by_two(df, 'outcome', 'exposure', strata='{x}') compares within them",
    "weights": "Weights are the argument weights=",
}
"""What to type for functions of R, Stata and pandas that have another name here."""

_CONDITION = "Type a condition as I({x} > 0), which is 1 or 0"
_CUT = "Make the groups in the data first: df['group'] = pd.{cut}"
_CENTRE = "Type center({x}) for {x} less its mean, scale({x}) for that over its standard deviation, or add a column"
_COLUMN = "Add a column to the data first: df['new'] = ..."

_COMPUTED = {
    **dict.fromkeys(("ifelse", "where", "case_when", "if_else"), _CONDITION),
    **dict.fromkeys(("cut", "cut2", "qcut", "ntile", "quantile"), _CUT),
    **dict.fromkeys(("mean", "median", "sd", "std", "var"), _CENTRE),
    **dict.fromkeys(("min", "max", "sum", "count", "shift", "diff", "apply", "map"), _COLUMN),
}
"""What to do about functions that have no counterpart here."""


def _check_function(scope: Scope, token: Token) -> None:
    name = token.text
    if name in scope.functions or ALIASES.get(name, name) in FUNCTIONS:
        return
    if name.startswith("__") or keyword.iskeyword(name):
        _refuse_python(scope, token)
    if "." in name.strip("."):
        last = name.rsplit(".", 1)[-1]
        if last in FUNCTIONS:
            refuse_attribute(scope, token)
    refuse(scope, token, f"{name}() is not a function a formula may call", _function_advice(scope, token))


def _function_advice(scope: Scope, token: Token) -> str:
    """What to type for a function that is not on the list; a name with a dot is a method or from a module."""
    root, _, last = token.text.rpartition(".")
    x = root if root and scope.knows(root) else _first_argument(scope, token)
    instead = _INSTEAD.get(token.text) or _INSTEAD.get(last)
    if instead:
        return instead.format(x=x)
    near = similar(token.text, [*FUNCTIONS, *scope.functions], 0.6)
    guess = f"Did you mean {near}?" if near and not root else ""
    advice = _COMPUTED.get(last, guess).format(x=x, cut=_cut(scope, token, x))
    if not advice and (root or "__" in last):
        advice = "A formula may not read attributes"
    own = f"my_{last.strip('_')}" if root else last
    joined = advice if not advice or advice.endswith("?") else f"{advice}."
    return f"{joined} To allow a function of your own, pass functions={{{own!r}: ...}} and type {own}(...)".strip()


def _cut(scope: Scope, token: Token, x: str) -> str:
    """The call of pandas that makes the groups which R's ``cut``, ``cut2``, ``ntile`` or pandas' own ask for."""
    after = scope.formula[token.start + len(token.text) :]
    breaks = re.match(r"\s*\([^,()]*,\s*(?:\w+\s*=\s*)?(?:c\s*\(|\[)?([^\[\]()]*)", after)
    numbers = re.findall(r"[-+]?(?:\d+\.?\d*(?:[eE][-+]?\d+)?|\.\d+|(?:np\.)?[Ii]nf)", breaks[1]) if breaks else []
    numbers = [
        f"float('{number.replace('np.', '').lower()}')" if number.lower().endswith("inf") else number
        for number in numbers
    ]
    last = token.text.rpartition(".")[2]
    if len(numbers) > 1:
        ends = ", right=False" if last == "cut2" else ""
        return f"{'qcut' if last == 'qcut' else 'cut'}(df['{x}'], [{', '.join(numbers)}]{ends})"
    groups = numbers[0] if numbers and numbers[0].isdigit() else "4"
    return f"{'cut' if last == 'cut' else 'qcut'}(df['{x}'], {groups})"


def _first_argument(scope: Scope, token: Token) -> str:
    """The column a call begins with, where it is a bare name; else ``x``."""
    after = scope.formula[token.start + len(token.text) :]
    match = re.match(r"\s*\(\s*([^\W\d][\w.]*)\s*(?!\()[^\w(]", after)
    return match[1] if match else "x"


def _unescape(text: str) -> str:
    special = {"n": "\n", "t": "\t", "\\": "\\", '"': '"', "'": "'"}
    return re.sub(r"\\(.)", lambda m: special.get(m[1], m[0]), text, flags=re.DOTALL)
