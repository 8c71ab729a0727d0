"""The house as it stands: wings, files, imports between them. ``python tests/contract/house.py`` prints its table.

Every import counts: at run time, deferred into a function, for type checking only.
"""

from __future__ import annotations

import ast
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

import glmlogit as gl

PACKAGE = Path(gl.__file__).parent

# From the bottom: a wing imports from those before it only. Files at the root belong to a wing, too.
WINGS = (
    "messages",
    "numerics",
    "documents",
    "drawing",
    "data",
    "files",
    "formula",
    "columns",
    "designs",
    "epidemiology",
    "planning",
    "separability",
    "likelihood",
    "shrinkage",
    "fitting",
    "estimate",
    "inference",
    "terms",
    "prediction",
    "effects",
    "odds",
    "outcomes",
    "resampling",
    "diagnostics",
    "scoring",
    "evaluation",
    "decisions",
    "selection",
    "plots",
    "reports",
    "peers",
    "exports",
    "estimators",
    "foreign",
    "publication",
    "datasets",
    "sklearn",
    "cli",
)
AT_THE_ROOT = {"errors": "messages", "__main__": "cli"}
MOST_LINES, MOST_LINES_OF_A_WING = 400, 4_000

Graph = Mapping[str, set[str]]


def files() -> dict[str, Path]:
    """Every file of the package but the faces (``__init__``), by its name below the package."""
    found = (path.relative_to(PACKAGE) for path in PACKAGE.rglob("*.py"))
    return {str(path.with_suffix("")): PACKAGE / path for path in sorted(found) if path.name != "__init__.py"}


def wing_of(name: str) -> str:
    """The wing that a file is in."""
    return AT_THE_ROOT.get(name, name.partition("/")[0])


def imports(path: Path, names: Mapping[str, Path]) -> Iterator[str]:
    """Files of the package, or wings as a whole, that a file imports from."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.startswith("glmlogit."))
        if not isinstance(node, ast.ImportFrom) or (node.module or "").partition(".")[0] != "glmlogit":
            continue
        assert node.module is not None
        below = node.module.split(".")[1:]
        for alias in node.names:
            inner = "/".join([*below, alias.name])
            yield inner if inner in names or (PACKAGE / inner).is_dir() else "/".join(below)


def graph() -> dict[str, set[str]]:
    """Which files each file imports."""
    names = files()
    return {name: {other for other in imports(path, names) if other and other != name} for name, path in names.items()}


def upward(edges: Graph) -> list[tuple[str, str]]:
    """Imports from a wing above."""
    level = {wing: i for i, wing in enumerate(WINGS)}
    return [(a, b) for a, found in edges.items() for b in sorted(found) if level[wing_of(b)] > level[wing_of(a)]]


def circles(edges: Graph) -> list[list[str]]:
    """Sets of files that import each other, by way of others or at once: strongly connected components (Tarjan)."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(name: str) -> None:
        index[name] = low[name] = len(index)
        stack.append(name)
        for other in edges.get(name, ()):
            if other not in index:
                visit(other)
                low[name] = min(low[name], low[other])
            elif other in stack:
                low[name] = min(low[name], index[other])
        if low[name] == index[name]:
            part = [stack.pop()]
            while part[-1] != name:
                part.append(stack.pop())
            if len(part) > 1:
                found.append(sorted(part))

    for name in edges:
        if name not in index:
            visit(name)
    return found


def question(wing: str) -> str:
    """What a wing answers: the first line of its face."""
    face = PACKAGE / wing / "__init__.py"
    text = ast.get_docstring(ast.parse(face.read_text("utf-8"))) or ""
    return text.partition("\n")[0]


def lines(path: Path) -> int:
    """Lines of a file."""
    return len(path.read_text("utf-8").splitlines())


def table() -> str:
    """The wings from the top: question, files, lines; in Markdown."""
    by_wing: dict[str, list[str]] = defaultdict(list)
    for name in files():
        by_wing[wing_of(name)].append(name)
    rows = ["| wing | what it answers | files | rooms |", "|---|---|---|---|"]
    for wing in reversed(WINGS):
        rooms = ", ".join(f"`{name.rpartition('/')[2]}`" for name in sorted(by_wing[wing]))
        rows.append(f"| `{wing}/` | {question(wing)} | {len(by_wing[wing])} | {rooms} |")
    return "\n".join(rows)


if __name__ == "__main__":
    names, edges = files(), graph()
    sys.stdout.write(table() + "\n\n")
    for wing in reversed(WINGS):
        own = [lines(path) for name, path in names.items() if wing_of(name) == wing]
        sys.stdout.write(f"{wing:14}{len(own):4} files {sum(own):6} lines, the longest {max(own, default=0)}\n")
    sys.stdout.write(f"{len(upward(edges))} upward imports, {len(circles(edges))} circles\n")
