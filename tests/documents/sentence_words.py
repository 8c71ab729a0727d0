"""The words that sentences of the package use, made anew: ``python tests/documents/sentence_words.py`` writes them."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import glmlogit

PACKAGE = Path(glmlogit.__file__).parent
FILE = PACKAGE / "documents" / "templates" / "sentence_words.txt"
# What is typed, in messages: text in quotes or braces, calls, formulas.
_CODE = re.compile(
    r"""'[^']*'|"[^"]*"|`[^`]*`|\{[^{}]*\}|\[[^\[\]]*\]|\w+\([^()]*\)|\w+=|[^\s"'(]+ ~ [^"';.]*|\b\w+[_.]\w+"""
)
_WORD = r"(?<![\w'-])[A-Za-z]+(?![\w-])"


def words() -> set[str]:
    """Lower-case words in texts of two words at least, without docstrings, errors and what other programs call things.

    Words before an equals sign or a colon are there with it too: ``p =``, ``limits:``.
    """
    found: set[str] = set()
    for path in PACKAGE.rglob("*.py"):
        if "other_" in path.name or "from_" in path.name or path.parent.name in ("cli", "commands", "datasets"):
            continue
        for text in _literals(ast.parse(path.read_text("utf-8"))):
            if " " in text.strip():
                plain = _CODE.sub(" ", text)
                found |= set(re.findall(_WORD, plain)) | set(re.findall(f"{_WORD}(?: =|:)", plain))
    return {word.lower() for word in found} | {word for word in found if len(word) == 1}


def _literals(tree: ast.AST) -> list[str]:
    """Texts that are neither docstrings nor parts of errors."""
    apart = {id(part) for node in ast.walk(tree) if isinstance(node, (ast.Raise, ast.Expr)) for part in _parts(node)}
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in apart
    ]


def _parts(node: ast.Raise | ast.Expr) -> list[ast.AST]:
    if isinstance(node, ast.Raise):
        return list(ast.walk(node))
    return [node.value] if isinstance(node.value, ast.Constant) else []


if __name__ == "__main__":
    FILE.write_text("\n".join(sorted(words())) + "\n", "utf-8")
