"""Names of values say what the values are."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import house
import pytest

SAYS_NOTHING = {"found", "one", "other", "some", "few", "whole", "told", "asked", "made", "kept", "given", "known"}
FILES = house.files()


def names(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and name of all that a file binds: variables, parameters, fields, properties, functions."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            yield node.lineno, node.id
        elif isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Load):
            yield node.lineno, node.attr
        elif isinstance(node, ast.arg):
            yield node.lineno, node.arg
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield node.lineno, node.name
        elif isinstance(node, (ast.ExceptHandler, ast.MatchAs, ast.MatchStar)) and node.name:
            yield getattr(node, "lineno", 0), node.name
        elif isinstance(node, ast.alias) and node.asname:
            yield node.lineno, node.asname


def empty(text: str) -> list[tuple[int, str]]:
    """The names in a text that say nothing."""
    return [(line, name) for line, name in names(ast.parse(text)) if name.strip("_") in SAYS_NOTHING]


@pytest.mark.parametrize("name", FILES)
def test_names_say_what_a_value_is(name):
    assert empty(FILES[name].read_text("utf-8")) == []


@pytest.mark.parametrize(
    "text",
    [
        "found = 1",
        "def f(given): pass",
        "def f(*, asked=1): pass",
        "lambda other: 1",
        "[1 for one in ()]",
        "for k, some in (): pass",
        "class A:\n    kept: int = 0",
        "class A:\n    @property\n    def whole(self): pass",
        "def f(self):\n    self._known = 1",
        "with f() as told: pass",
        "try:\n    pass\nexcept E as made:\n    pass",
        "if (few := 1): pass",
    ],
)
def test_the_check_can_fail(text):
    assert len(empty(text)) == 1


def test_a_class_name_means_one_thing():
    names = [
        node.name
        for path in FILES.values()
        for node in ast.parse(path.read_text("utf-8")).body
        if isinstance(node, ast.ClassDef)
    ]
    assert len(names) > 100
    assert sorted(name for name in set(names) if names.count(name) > 1) == []
