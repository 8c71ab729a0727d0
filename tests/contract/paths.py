"""Paths through an estimate that the wings above read. ``python tests/contract/paths.py`` lists them.

A path is what follows an estimate in the text, up to the second name where the first is a group: ``fit.level``,
``fit.coefs.states``, ``fit.covariance.kind``. An estimate is a parameter annotated as one, the attribute ``fit`` of
something, or a local name for one; a local name for a group is followed too. ``estimate/`` and ``estimators/``, which
make estimates, are left out.
"""

from __future__ import annotations

import ast
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

import house

# Files that know no estimate, or make them.
BELOW = house.WINGS[: house.WINGS.index("estimate") + 1]
# Parameters of a classifier are its attributes, and called as options of estimators are: penalty, level.
OUTSIDE = (*(f"{wing}/" for wing in (*BELOW, "estimators")), "sklearn/classifiers", "errors", "__main__", "__init__")
ESTIMATES = {"Estimate", "Fit"}
CONTAINERS = {"Callable", "Mapping", "Sequence", "Iterable", "Iterator", "dict", "list", "tuple"}
# Attributes that are groups: a path goes on to what is read of them.
GROUPS = (
    "coefs",
    "covariance",
    "reference",
    "likelihood",
    "sample",
    "saved",
    "weighting",
    "rows",
    "columns",
    "response",
    "solution",
    "surface",
    "capabilities",
)
# What an estimate is made of, which nobody above reads.
CLOSED = ("maximum", "solved", "penalty", "adjusted", "objective", "control", "undefined", "resolved")

FOLLOWED = {*GROUPS, *CLOSED, "design"}
PARTS = {(name,) for name in FOLLOWED}

Chain = tuple[str, ...]


class Paths(ast.NodeVisitor):
    """Chains of attributes through estimates in one file, with the lines they are in."""

    def __init__(self) -> None:
        self.read: list[tuple[Chain, int]] = []
        self.names: dict[str, Chain] = {}

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        """Names of a function are its own, those around it included."""
        outer, self.names = self.names, dict(self.names)
        given = node.args
        for argument in (*given.posonlyargs, *given.args, *given.kwonlyargs, *filter(None, (given.vararg,))):
            self.names.pop(argument.arg, None)
            if argument.annotation is not None and ESTIMATES & set(names_in(argument.annotation)):
                self.names[argument.arg] = ()
        self.generic_visit(node)
        self.names = outer

    def visit_Assign(self, node: ast.Assign) -> None:
        """A local name for an estimate or a part of one."""
        for target, value in pairs(node.targets[0], node.value):
            chain = self.chain(value)
            if (
                chain is not None
                and isinstance(target, ast.Name)
                and (not chain or (len(chain) == 1 and chain[0] in FOLLOWED))
            ):
                self.names[target.id] = chain
        self.generic_visit(node)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        """The whole chain at once; what it hangs on is not a path of its own."""
        chain = self.chain(node)
        if chain:
            self.read.append((chain, node.lineno))
        elif chain is None:
            self.generic_visit(node)

    def chain(self, node: ast.AST) -> Chain | None:
        """Attributes after an estimate; None for what hangs on no estimate."""
        if isinstance(node, ast.Name):
            return self.names.get(node.id, () if node.id == "fit" else None)
        if not isinstance(node, ast.Attribute):
            return None
        if node.attr in ("fit", "_fit"):
            return ()
        before = self.chain(node.value)
        return None if before is None else (*before, node.attr)


def names_in(annotation: ast.AST) -> Iterator[str]:
    """Names in an annotation of one value, not of a container of many."""
    if isinstance(annotation, ast.Subscript) and ast.unparse(annotation.value) in CONTAINERS:
        return
    if isinstance(annotation, ast.Name):
        yield annotation.id
    for part in ast.iter_child_nodes(annotation):
        yield from names_in(part)


def pairs(target: ast.AST, value: ast.AST) -> Iterator[tuple[ast.AST, ast.AST]]:
    """Targets of an assignment with their values, those of tuples one by one."""
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple) and len(target.elts) == len(value.elts):
        yield from zip(target.elts, value.elts, strict=True)
    else:
        yield target, value


def short(chain: Chain) -> str:
    """The path that a chain counts as."""
    return ".".join(chain[: 2 if chain[0] in FOLLOWED else 1])


def paths(package: Path = house.PACKAGE) -> dict[str, list[str]]:
    """Where each path is read: ``file:line``, in the order of the files."""
    read: dict[str, list[str]] = defaultdict(list)
    for path in sorted(package.rglob("*.py")):
        name = path.relative_to(package).as_posix()
        if name.startswith(OUTSIDE):
            continue
        visitor = Paths()
        visitor.visit(ast.parse(path.read_text(encoding="utf-8")))
        for chain, line in visitor.read:
            if chain not in PARTS or chain == ("design",):  # a group that is handed on; what is read of it counts
                read[short(chain)].append(f"{name}:{line}")
    return read


def attributes(names: Iterable[str]) -> Iterator[str]:
    """Attributes of these names in the wings above, whatever they hang on, but for functions that are called."""
    for name, path in house.files().items():
        if name.startswith(OUTSIDE):
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
        for node in ast.walk(tree):
            read = isinstance(node, ast.Attribute) and node.attr in names and id(node) not in called
            if read and not ast.unparse(node).startswith("np."):
                yield f"{name}:{node.lineno} {ast.unparse(node)}"


if __name__ == "__main__":
    listed = paths(*map(Path, sys.argv[1:2]))
    for path, where in sorted(listed.items(), key=lambda item: (-len(item[1]), item[0])):
        print(f"{len(where):4d} {path:34s} {', '.join(sorted({place.partition(':')[0] for place in where}))[:150]}")
    heads = {path.partition(".")[0] for path in listed}
    print(f"{len(listed)} paths, {sum(map(len, listed.values()))} uses, {len(heads)} attributes of an estimate")
