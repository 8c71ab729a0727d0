"""The gate every formula passes before anything in it is evaluated.

A formula may come from a web form or a colleague, so it is data and not code. Three sieves, in order:
one regular expression that knows all the characters a formula may hold; a rewriting of each call in which
every column becomes a neutral identifier and every other word must be an allowed function, an argument
name or a literal; an allow-list over the syntax tree of what remains. Nothing is ever handed to ``eval``:
what passes is interpreted node by node in `glmlogit._interpret`.
"""

from __future__ import annotations

import ast
import keyword
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from inspect import Signature
from typing import Any, NoReturn

from glmlogit._interpret import literal
from glmlogit._tokens import Scope, Token, quoted, refuse, similar
from glmlogit._transforms import ALIASES, CONTRASTS, FUNCTIONS, listed

MAX_DEPTH = 60
"""Operations nested in one call such as ``I(a + b + ...)``."""
MAX_CALL_TOKENS = 1_000
"""Words, numbers and signs in one call."""
MAX_BASIS = 100
"""Columns that one ``poly``, ``bs``, ``ns``, ``rcs``, ``cr`` or ``cc`` may ask for."""


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


def check_column(scope: Scope, token: Token, otherwise: str = "") -> None:
    """Refuse a name that is no column, with the nearest names that are, or other advice where none is near."""
    if scope.columns is None or token.text in scope.columns:
        return
    whole = around(scope, token)
    if whole:
        refuse(scope, token, f"no column {token.text!r} in the data", f"Put back-ticks around the name: `{whole}`")
    if "." in token.text and token.kind == "name":
        _refuse_attribute(scope, token)
    near = similar(token.text, scope.columns)
    advice = f"Did you mean {near}?" if near else otherwise
    if token.text in FUNCTIONS or token.text in scope.functions:
        advice = f"It is a function: type {token.text}(...)"
    elif keyword.iskeyword(token.text) or token.text.startswith("__"):
        advice = "Words of Python have no meaning here; put back-ticks around it if it is a column"
    elif not advice and scope.columns:
        several = len(scope.columns) > 1
        advice = f"The data have the {'columns' if several else 'column'} {listed(tuple(scope.columns))}"
        advice += (
            "" if several else " alone: are there lines above the header of the file, or is the separator another?"
        )
    refuse(scope, token, f"no column {token.text!r} in the data", advice)


def around(scope: Scope, token: Token) -> str:
    """A column whose name holds blanks or signs and stands, without back-ticks, where the token does."""
    if token.kind not in ("name", "op") or scope.columns is None:
        return ""
    for label in scope.columns:
        if not isinstance(label, str) or token.text not in label or quoted(label) == label or "`" in label:
            continue
        start = scope.formula.rfind(label, 0, token.start + len(label))
        if 0 <= start <= token.start < start + len(label):
            return label
    return ""


def call(scope: Scope, found: Sequence[Token], at: int) -> tuple[Expression, int]:
    """Read the call that starts at token `at`; return it and the position after it."""
    stop = _closing(found, at + 1) + 1
    inside = found[at:stop]
    if len(inside) > MAX_CALL_TOKENS:
        refuse(scope, found[at], f"{found[at].text}(...) holds more than {MAX_CALL_TOKENS} words and signs")
    source, words = _rewrite(scope, inside)
    tree = _parse(scope, found[at], source)
    _check_tree(scope, found[at], tree, words)
    text = _printed(tree, words, inside)
    tree = _resolve(scope, found[at], tree, words)
    return Expression(text, tree, tuple(words.columns.values()), False), stop


def arguments(expression: Expression) -> tuple[Expression, ...]:
    """The arguments of a call such as ``cbind(events, nonevents)``, each an expression of its own."""
    tree = expression.tree
    assert isinstance(tree, ast.Call)
    parts = [*tree.args, *(k.value for k in sorted(tree.keywords, key=lambda k: str(k.arg)))]
    return tuple(_argument(part, expression.variables) for part in parts)


def _argument(part: ast.expr, known: Sequence[str]) -> Expression:
    names = {node.id for node in ast.walk(part) if isinstance(node, ast.Name)}
    used = tuple(v for v in known if v in names)
    return Expression(ast.unparse(part), part, used, isinstance(part, ast.Name))


def _closing(found: Sequence[Token], at: int) -> int:
    depth = 0
    for i in range(at, len(found)):
        if found[i].kind == "op":
            depth += (found[i].text in "([") - (found[i].text in ")]")
        if depth == 0:
            return i
    raise AssertionError("brackets were checked")


@dataclass
class _Words:
    """Neutral identifiers standing for columns and for functions with a dotted name."""

    prefix: str
    outer: str
    columns: dict[str, str] = field(default_factory=dict)
    functions: dict[str, str] = field(default_factory=dict)

    def stand_in(self, table: dict[str, str], name: str) -> str:
        for key, value in table.items():
            if value == name:
                return key
        key = f"{self.prefix}{len(self.columns) + len(self.functions)}"
        table[key] = name
        return key


_CONSTANTS = {"True", "False", "None", "TRUE", "FALSE", "NULL"}
_SPELLING = {"TRUE": "True", "FALSE": "False", "NULL": "None", "^": "**", "%%": "%", "%/%": "//", "!": "not"}
_IN_CALLS = {*"+-*/^%()[],=<>&|~!", "//", "**", "%%", "%/%", "==", "!=", "<=", ">="}
_WORD_OPERATORS = {"and", "or", "not"}


def _rewrite(scope: Scope, inside: Sequence[Token]) -> tuple[str, _Words]:
    prefix = "v"
    while prefix in scope.formula:
        prefix += "_"
    words = _Words(prefix, inside[0].text)
    pieces = []
    for i, token in enumerate(inside):
        before = inside[i - 1].text if i else ""
        after = inside[i + 1].text if i + 1 < len(inside) and inside[i + 1].kind == "op" else ""
        pieces.append(_spell(scope, token, before, after, words))
    return " ".join(pieces), words


def _spell(scope: Scope, token: Token, before: str, after: str, words: _Words) -> str:
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


def _spell_name(scope: Scope, token: Token, before: str, after: str, words: _Words) -> str:
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
        _refuse_attribute(scope, token)
    if keyword.iskeyword(name):
        advice = f"Put back-ticks around it if it is a column: `{name}`"
        refuse(scope, token, f"{name!r} is a word of Python, which a formula may not hold", advice)
    if name.startswith("__"):
        refuse(scope, token, f"{name!r} is not a column", "Names with two underscores belong to Python")


def _refuse_attribute(scope: Scope, token: Token) -> NoReturn:
    first, last = token.text.split(".", 1)[0], token.text.rsplit(".", 1)[-1]
    rest = token.text.partition(".")[2]
    hint = "If this is a column with a dot in its name, check the spelling or put back-ticks around it"
    if last in FUNCTIONS:
        hint = f"Type {last}(...) without the part before the dot"
    elif scope.knows(rest) and re.fullmatch(r"i|ib?\d+|ibn", first):
        hint = f"What Stata writes as {token.text} is C({rest}) here; C({rest}, Treatment(2)) has 2 as its reference"
    elif scope.knows(rest):
        hint = f"Type {rest} alone: the data are given beside the formula"
    refuse(scope, token, f"{token.text!r} reads an attribute, which a formula may not do", hint)


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
            _refuse_attribute(scope, token)
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
    given = re.match(r"\s*\([^,()]*,\s*(?:\w+\s*=\s*)?(?:c\s*\(|\[)?([^\[\]()]*)", after)
    numbers = re.findall(r"[-+]?(?:\d+\.?\d*(?:[eE][-+]?\d+)?|\.\d+|(?:np\.)?[Ii]nf)", given[1]) if given else []
    numbers = [f"float('{one.replace('np.', '').lower()}')" if one.lower().endswith("inf") else one for one in numbers]
    last = token.text.rpartition(".")[2]
    if len(numbers) > 1:
        ends = ", right=False" if last == "cut2" else ""
        return f"{'qcut' if last == 'qcut' else 'cut'}(df['{x}'], [{', '.join(numbers)}]{ends})"
    groups = numbers[0] if numbers and numbers[0].isdigit() else "4"
    return f"{'cut' if last == 'cut' else 'qcut'}(df['{x}'], {groups})"


def _first_argument(scope: Scope, token: Token) -> str:
    """The column a call begins with, where it is a bare name; else ``x``."""
    after = scope.formula[token.start + len(token.text) :]
    found = re.match(r"\s*\(\s*([^\W\d][\w.]*)\s*(?!\()[^\w(]", after)
    return found[1] if found else "x"


def _unescape(text: str) -> str:
    special = {"n": "\n", "t": "\t", "\\": "\\", '"': '"', "'": "'"}
    return re.sub(r"\\(.)", lambda m: special.get(m[1], m[0]), text, flags=re.DOTALL)


def _parse(scope: Scope, start: Token, source: str) -> ast.expr:
    try:
        return ast.parse(source, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError):
        problem = f"the call {start.text}(...) cannot be read"
    refuse(scope, start, problem, "Check its commas, operators and parentheses")


# ---------------------------------------------------------------- the tree

_ALLOWED: tuple[type[ast.AST], ...] = (
    *(ast.Call, ast.keyword, ast.Name, ast.Load, ast.Constant, ast.List, ast.Tuple),
    *(ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.Compare, ast.And, ast.Or, ast.Not, ast.Invert),
    *(ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod, ast.Pow, ast.BitAnd, ast.BitOr),
    *(ast.UAdd, ast.USub, ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE),
)


def _check_tree(scope: Scope, start: Token, tree: ast.expr, words: _Words) -> None:
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


def _check_call(scope: Scope, start: Token, node: ast.Call, words: _Words) -> None:
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


def _printed(tree: ast.expr, words: _Words, inside: Sequence[Token]) -> str:
    """The printed form: spacing as formulaic's, a power as the user typed it (``I(x^2)``)."""
    shown = {k: quoted(c) for k, c in words.columns.items()} | words.functions
    text = ast.unparse(tree)
    text = re.sub(rf"\b{words.prefix}\d+\b", lambda m: shown.get(m[0], m[0]), text)
    typed = {t.text for t in inside if t.kind == "op"}
    return text.replace(" ** ", "^") if "^" in typed and "**" not in typed else text


def _resolve(scope: Scope, start: Token, tree: ast.expr, words: _Words) -> ast.expr:
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
    words: _Words
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
