"""The algebra of a formula: sums, products and powers of columns and calls become terms.

Sums are read here, in one pass whose time grows with the length of the text; products go through formulaic's
operators. Every expansion is bounded before it is made.
"""

from __future__ import annotations

import ast
import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn

from glmlogit.errors import FormulaError
from glmlogit.formula import gate
from glmlogit.formula.expressions import around
from glmlogit.formula.gate import Expression
from glmlogit.formula.products import Key, Terms, formulaic_terms, product_tree
from glmlogit.formula.tokens import Scope, Token, refuse

MAX_TERMS = 20_000
"""Terms of a formula after ``*``, ``/`` and ``^`` are expanded."""
MAX_CALLS = 5_000
"""Function calls of a formula."""
MAX_PRODUCT = 40
"""Operands of one product."""

"""The printed factors of a term; the intercept is the empty one."""


@dataclass(frozen=True)
class Formula:
    """A formula that passed every check; nothing in it has been evaluated.

    Attributes
    ----------
    text : str
        As typed, each run of blanks replaced by one.
    outcome : str
        The left side.
    variables, predictors : tuple of str
        Columns used anywhere (outcome first, in order of appearance), and those used on the right.
    terms : tuple of tuple of str
        The factors of each term, lower orders first; ``()`` is the intercept.
    offsets : tuple of str
        The printed ``offset()`` expressions.
    """

    text: str
    outcome: str
    variables: tuple[str, ...]
    predictors: tuple[str, ...]
    terms: tuple[Key, ...]
    offsets: tuple[str, ...]
    response: tuple[Expression, ...] = field(repr=False)
    expressions: Mapping[str, Expression] = field(repr=False)
    functions: Mapping[str, Callable[..., Any]] = field(repr=False, compare=False)


@dataclass(frozen=True)
class _Item:
    """A token, or an expression that was read from several."""

    token: Token
    expression: Expression | None = None

    @property
    def sign(self) -> str:
        """The operator or bracket, or an empty string."""
        return self.token.text if self.expression is None and self.token.kind == "op" else ""


_OPERATORS = {"+", "-", "*", "/", ":", "^", "**", "%in%", "(", ")", "."}


def marked(scope: Scope, stream: Sequence[Token]) -> list[_Item]:
    """Columns and calls read, operators checked against the grammar."""
    items = []
    position = calls = 0
    while position < len(stream):
        token = stream[position]
        opens = position + 1 < len(stream) and stream[position + 1].kind == "op" and stream[position + 1].text == "("
        if token.kind == "name" and opens:
            calls += 1
            if calls > MAX_CALLS:
                refuse(scope, token, f"the formula calls functions more than {MAX_CALLS} times")
            expression, position = gate.call(scope, stream, position)
            items.append(_Item(token, expression))
            continue
        if token.kind in ("name", "quoted"):
            items.append(_Item(token, gate.column(scope, token)))
        else:
            _check_sign(scope, stream, position)
            items.append(_Item(token))
        position += 1
    return items


_ELSEWHERE = {
    ",": "Type + between predictors; options such as weights= stand after the formula, outside its quotes",
    "&": "Type a:b for an interaction; conditions belong in I(...)",
    "|": "Random effects such as (1|g) are not fitted; cluster='g' gives standard errors for groups",
}


def _check_sign(scope: Scope, stream: Sequence[Token], position: int) -> None:
    token = stream[position]
    if token.kind == "string":
        refuse(
            scope,
            token,
            f"the text {token.text} stands where a column belongs",
            "Column names need no quotes",
        )
    if token.kind == "op" and token.text not in _OPERATORS:
        column = around(scope, token)
        advice = _ELSEWHERE.get(token.text, "Arithmetic and comparisons belong in I(...)")
        advice = f"Put back-ticks around the name: `{column}`" if column else advice
        if token.text == "," and position + 2 < len(stream) and stream[position + 2].text == "=":
            option = stream[position + 1].text
            advice = f"{option}= is an option: close the quotes of the formula before the comma"
        refuse(scope, token, f"{token.text!r} is not an operator of formulas", advice)


@dataclass
class FormulaReader:
    """Reads sums and products of items into terms; remembers every expression met."""

    scope: Scope
    outcome: tuple[str, ...]
    items: list[_Item]
    position: int = 0
    expressions: dict[str, Expression] = field(default_factory=dict)

    def peek(self) -> str:
        """The sign at the current place; "end" behind the last item, "operand" for a column or number."""
        if self.position >= len(self.items):
            return "end"
        return self.items[self.position].sign or "operand"

    def sum(self, nested: bool = False) -> Terms:
        """Summands joined by + and -, up to a closing bracket or the end."""
        terms: Terms = {} if nested else {frozenset(): ()}
        first = True
        while first or self.peek() not in ("end", ")"):
            plus = self.signs(first)
            zero, part = self.summand()
            if nested and frozenset() in part and plus is zero:
                self.refuse_here("the intercept is removed inside parentheses", "Type - 1 outside of them")
            if plus is not zero:
                terms.update((k, v) for k, v in part.items() if k not in terms)
            else:
                for k in part:
                    terms.pop(k, None)
            first = False
            self.bounded(len(terms))
        return terms

    def signs(self, first: bool) -> bool:
        """Whether a run of + and - means plus."""
        plus, start = True, self.position
        while self.peek() in ("+", "-"):
            plus ^= self.peek() == "-"
            self.position += 1
        if self.position == start and not first:
            self.unexpected()
        return plus

    def summand(self) -> tuple[bool, Terms]:
        """One product; the first value is True for the number 0."""
        if self.peek() == "operand" and self.items[self.position].token.kind == "number":
            return self.number()
        sets, signs = [self.power()], []
        while self.peek() in ("*", "/", ":", "%in%"):
            signs.append(self.peek())
            self.position += 1
            sets.append(self.power())
        return False, self.product(sets, signs)

    def number(self) -> tuple[bool, Terms]:
        """The 0 or 1 that removes or keeps the intercept: whether it is 0, and the intercept's empty term."""
        token = self.items[self.position].token
        self.position += 1
        if token.text not in ("0", "1") or self.peek() not in ("+", "-", "end", ")"):
            refuse(
                self.scope,
                token,
                f"the number {token.text} has no meaning here",
                "1 and 0 keep and remove the intercept; arithmetic belongs in I(...)",
            )
        return token.text == "0", {frozenset(): ()}

    def power(self) -> Terms:
        """An operand, raised to a whole number if ^ or ** follows."""
        base = self.operand()
        while self.peek() in ("^", "**"):
            self.position += 1
            token = self.items[self.position].token if self.peek() == "operand" else None
            if token is None or token.kind != "number" or not token.text.isdigit() or int(token.text) < 1:
                advice = "Type (a + b)^2 for interactions, I(x^2) for a square"
                refuse(self.scope, token, "^ needs a whole number from 1 on its right", advice)
            self.position += 1
            if len(base) == 1 and int(token.text) > 1 and frozenset() not in base:
                name = ":".join(next(iter(base.values())))
                what = f"{name}^{token.text} is {name} itself in a formula, where ^ asks for interactions"
                self.refuse_here(what, f"Type I({name}^{token.text}) for the power")
            out = base
            for _ in range(min(int(token.text), len(base)) - 1):
                size = len(out)
                out = self.product([out, base], ["*"])
                if len(out) == size:
                    break
            base = out
        return base

    def operand(self) -> Terms:
        """A column, a call, ``.`` or a sum in brackets, as terms."""
        sign = self.peek()
        if sign == "(":
            self.position += 1
            terms = self.sum(nested=True)
            if self.peek() != ")":
                self.unexpected()
            self.position += 1
            return terms
        if sign == ".":
            self.position += 1
            return self.everything()
        if sign != "operand":
            self.unexpected()
        item = self.items[self.position]
        if item.expression is None:
            self.unexpected()
        self.position += 1
        return self.single(item.token, item.expression)

    def single(self, token: Token, expression: Expression) -> Terms:
        """The one term of an expression, which is remembered by its text; refused if it cannot be a predictor."""
        text = expression.text
        former = self.expressions.setdefault(text, expression)
        alike = former.plain and expression.plain
        if not alike and ast.dump(former.tree) != ast.dump(expression.tree):
            refuse(self.scope, token, f"{text!r} is both a column and a call", "Rename the column")
        if not expression.variables:
            refuse(self.scope, token, f"{text} uses no column, so it is the same in every row")
        if not expression.plain and token.text == "cbind" and "cbind" not in self.scope.functions:
            refuse(self.scope, token, "cbind() belongs on the left of '~'", "Add its columns with +")
        return {frozenset((text,)): (text,)}

    def everything(self) -> Terms:
        """A term for each column that ``.`` stands for: all but those of the outcome and those set aside."""
        token = self.items[self.position - 1].token
        if self.scope.columns is None:
            refuse(self.scope, token, "'.' stands for the other columns, but no data are at hand")
        terms: Terms = {}
        for name in self.scope.columns:
            if not isinstance(name, str):
                refuse(self.scope, token, f"'.' meets the column label {name!r}, which is no text")
            if name not in self.outcome and name not in self.scope.not_in_dot:
                quoted = Token("quoted", name, token.start)
                terms.update(self.single(quoted, gate.column(self.scope, quoted)))
        return terms

    def product(self, sets: list[Terms], signs: list[str]) -> Terms:
        """The terms of operands that are joined by ``signs``: ``*``, ``/``, ``:`` or ``%in%``."""
        if len(sets) > MAX_PRODUCT:
            self.bounded(MAX_TERMS + 1)
        if any(frozenset() in s for s in sets) and signs:
            self.refuse_here("1 stands inside a product", "Keep or remove the intercept outside of it")
        self.refuse_squares(sets, signs)
        if "%in%" in signs:
            sets, signs = self.nest(sets, signs)
        if not signs:
            return sets[0]
        return _expand(self, sets, signs)

    def refuse_squares(self, sets: list[Terms], signs: list[str]) -> None:
        """Refuse ``x*x`` and ``x:x``, which are x, where other programs have the square."""
        alone = [key[0] for terms in sets if len(terms) == 1 for key in terms.values() if len(key) == 1]
        double = next((name for name in alone if alone.count(name) > 1), "")
        if double and signs:
            what = f"{double} stands twice in a product, which is {double} itself in a formula"
            self.refuse_here(what, f"Type {double} + I({double}^2) for it and its square, or leave one out")

    def nest(self, sets: list[Terms], signs: list[str]) -> tuple[list[Terms], list[str]]:
        """Products of ``:``, then ``%in%``, so that only ``*`` and ``/`` are left, as R's precedence has it."""
        chains, within = _chains(sets, signs, (":",))
        joined = [_expand(self, *chain) if chain[1] else chain[0][0] for chain in chains]
        groups, rest = _chains(joined, within, ("%in%",))
        return [functools.reduce(self.within, operands) for operands, _ in groups], rest

    def within(self, left: Terms, right: Terms) -> Terms:
        """``a %in% b``: each term on the left times every factor on the right (R's ``InTerms``)."""
        factors = tuple(dict.fromkeys(f for key in right.values() for f in key))
        self.bounded(len(left) * len(factors))
        crossed = (tuple(dict.fromkeys((*key, *factors))) for key in left.values())
        return {frozenset(key): key for key in crossed}

    def refuse_here(self, problem: str, advice: str) -> NoReturn:
        """Refuse with the position of the item just read."""
        refuse(self.scope, self.items[min(self.position, len(self.items)) - 1].token, problem, advice)

    def bounded(self, count: int) -> None:
        """Refuse more terms than anyone can fit."""
        if count > MAX_TERMS:
            advice = "Type fewer interactions or a lower power"
            self.refuse_here(f"the formula expands to more than {MAX_TERMS} terms", advice)

    def unexpected(self) -> NoReturn:
        """Refuse what stands at the current place."""
        before = self.items[self.position - 1].token if self.position else None
        if self.peek() == "end":
            what = f"the formula ends after {before.text!r}" if before else "nothing stands after '~'"
            refuse(self.scope, None, what, "Type a column there, or remove the operator")
        token = self.items[self.position].token
        if before and before.kind == "op" and token.kind == "number":
            what = f"the number {token.text} has no meaning after {before.text!r}"
            refuse(self.scope, token, what, "Arithmetic belongs in I(...), such as I(x / 10)")
        if before and self.peek() in ("operand", "(", "."):
            what = f"no operator stands between {before.text!r} and {token.text!r}"
            refuse(self.scope, token, what, "Type + between them; put back-ticks around a name with blanks")
        refuse(self.scope, token, f"{token.text!r} has nothing on its left to work on", "Remove it")


def _chains(
    sets: list[Terms], signs: list[str], inner: tuple[str, ...]
) -> tuple[list[tuple[list[Terms], list[str]]], list[str]]:
    """Operands grouped where only the inner signs stand between them, and the signs between the groups."""
    groups: list[tuple[list[Terms], list[str]]] = [([sets[0]], [])]
    outer = []
    for sign, terms in zip(signs, sets[1:], strict=True):
        if sign in inner:
            groups[-1][0].append(terms)
            groups[-1][1].append(sign)
        else:
            groups.append(([terms], []))
            outer.append(sign)
    return groups, outer


def _expand(reader: FormulaReader, sets: list[Terms], signs: list[str]) -> Terms:
    """The terms of a product, by formulaic's operators; sizes are checked before each one is applied."""
    names = {text: str(i) for i, text in enumerate(sorted({f for s in sets for k in s for f in k}))}
    back = {v: k for k, v in names.items()}
    if all(len(s) == 1 for s in sets) and set(signs) == {":"}:
        key = tuple(dict.fromkeys(f for s in sets for k in s.values() for f in k))
        return {frozenset(key): key}
    leaves = [formulaic_terms(s, names) for s in sets]
    expanded = _walk(reader, product_tree(tuple(signs)), leaves)
    keys = (tuple(back[f.expr] for f in term.factors) for term in expanded)
    return {frozenset(key): key for key in keys}


def _walk(reader: FormulaReader, node: Any, leaves: Sequence[Any]) -> Any:
    if not hasattr(node, "operator"):
        return leaves[int(node.token[1:])]
    left, right = (_walk(reader, a, leaves) for a in node.args)
    crossed = node.operator.symbol in ("*", ":")
    size = len(left) * len(right) if crossed else len(left) + len(right)
    reader.bounded(size + (len(left) + len(right) if node.operator.symbol == "*" else 0))
    return node.operator.to_terms(left, right)


def collect(reader: FormulaReader) -> tuple[tuple[Key, ...], tuple[str, ...]]:
    """All terms in order of their degree, and the offsets taken out of them."""
    if not reader.items:
        reader.unexpected()
    terms = reader.sum()
    if reader.position < len(reader.items):
        reader.unexpected()
    offsets = []
    keys: list[Key] = []
    for key in terms.values():
        if any(_is_offset(f) and not reader.expressions[f].plain for f in key):
            if len(key) > 1:
                raise FormulaError(f"the term {':'.join(key)} multiplies an offset(), which has no coefficient")
            offsets.append(key[0])
        else:
            keys.append(key)
    if not keys:
        raise FormulaError("the formula has no term left: keep the intercept or name a predictor")
    return tuple(sorted(keys, key=len)), tuple(offsets)


def _is_offset(text: str) -> bool:
    return text.startswith("offset(")
