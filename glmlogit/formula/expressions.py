"""Names in a formula: which are columns, what stands for them in a call, and what to type for one that is none."""

from __future__ import annotations

import keyword
import re
from dataclasses import dataclass, field
from typing import NoReturn

from glmlogit.formula.tokens import Scope, Token, quoted, refuse, similar
from glmlogit.formula.transforms import FUNCTIONS
from glmlogit.messages.words import listed


def check_column(scope: Scope, token: Token, otherwise: str = "") -> None:
    """Refuse a name that is no column, with the nearest names that are, or other advice where none is near."""
    if scope.columns is None or token.text in scope.columns:
        return
    column = around(scope, token)
    if column:
        refuse(scope, token, f"no column {token.text!r} in the data", f"Put back-ticks around the name: `{column}`")
    if "." in token.text and token.kind == "name":
        refuse_attribute(scope, token)
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


@dataclass
class Words:
    """Neutral identifiers standing for columns and for functions with a dotted name."""

    prefix: str
    outer: str
    columns: dict[str, str] = field(default_factory=dict)
    functions: dict[str, str] = field(default_factory=dict)

    def stand_in(self, table: dict[str, str], name: str) -> str:
        """The neutral identifier of a column or function ``name``, made and put into ``table`` when first asked for."""
        for key, value in table.items():
            if value == name:
                return key
        key = f"{self.prefix}{len(self.columns) + len(self.functions)}"
        table[key] = name
        return key


def refuse_attribute(scope: Scope, token: Token) -> NoReturn:
    """Refuse a name with dots that is no column, and say what to type for what it means in pandas or Stata."""
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
