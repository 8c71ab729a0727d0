"""Recorded calls: run them, write down what they give, and compare with what was written down.

``python tests/contract/record.py`` writes the committed recording; ``--exact FILE`` one with every bit, to compare two
checkouts on one machine; ``--compare FILE`` compares with either and prints the first line that differs in each call.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import hashlib
import io
import json
import os
import platform
import re
import subprocess
import sys
import tempfile
import warnings
import zipfile
from collections.abc import Iterator
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any
from unittest.mock import patch

sys.path.insert(0, str(Path(__file__).resolve().parent))

import pandas as pd
from described import alike, described
from recorded import CALLS, PRELUDE

RECORDING = Path(__file__).with_name("recorded.json")
PRINTERS = {"plot": "matplotlib", "word": "python-docx", "excel": "openpyxl", "help": "python"}
PAGES = re.compile(r"word/document\.xml|xl/(workbook|sharedStrings|worksheets/.*)\.xml")
USER = "user.py"
SURROUNDINGS = {"COLUMNS": "80", "NO_COLOR": "1", "PYTHON_COLORS": "0"}


# --- what calls may use -----------------------------------------------------------------------------
def cli(*arguments: Any, stdin: str = "") -> str:
    """Exit code, standard output and standard error of the command line."""
    from glmlogit.cli.main import main

    out, err = io.StringIO(), io.StringIO()
    given = io.TextIOWrapper(io.BytesIO(stdin.encode()), encoding="utf-8")
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), patch.object(sys, "stdin", given):
        code = main([str(argument) for argument in arguments])
    return f"exit {code}\n--- standard output\n{unpictured(out.getvalue())}\n--- standard error\n{err.getvalue()}"


def python(*arguments: str) -> list[Any]:
    """Exit code, standard output and standard error of Python with this package."""
    import glmlogit

    where = {"PYTHONPATH": str(Path(glmlogit.__file__).parents[1])}
    made = subprocess.run([sys.executable, *arguments], capture_output=True, env={**os.environ, **where}, check=False)
    return [made.returncode, made.stdout.decode(), made.stderr.decode()]


def text_of(path: str) -> str:
    """A file that was written: its text, or of a Word or Excel file the parts that hold the pages."""
    if Path(path).suffix not in (".docx", ".xlsx"):
        return unpictured(Path(path).read_text(encoding="utf-8"))
    with zipfile.ZipFile(path) as pack:
        names = sorted(pack.namelist())
        pages = [name for name in names if PAGES.fullmatch(name)]
        parts = [f"=== {name}\n{pack.read(name).decode('utf-8')}" for name in pages]
    return "\n".join([*names, *parts]).replace("><", ">\n<")


def unpictured(text: str) -> str:
    """A page without the bytes of its pictures."""
    return re.sub(r"base64,[A-Za-z0-9+/=]+", "base64,...", text)


# --- how wide they print -----------------------------------------------------------------------------
NARROW = (80, 60)
MARKUP = re.compile(r"--format\b|--out\b|^exit 0\n--- standard output\nusage:")


def too_wide(value: Any, code: str) -> Iterator[str]:
    """Lines of a printed result, or of a command's page, that are wider than the terminal."""
    from glmlogit.documents.formatting import display_width
    from glmlogit.documents.write import Written

    ours = type(value).__module__.startswith("glmlogit") and hasattr(value, "_repr_html_")
    if isinstance(value, str) and value.startswith("exit ") and not MARKUP.search(code):
        texts = {int(SURROUNDINGS["COLUMNS"]): value.partition("\n--- standard error")[0]}
    elif ours and (isinstance(value, Written) or not isinstance(value, pd.DataFrame)):
        texts = {}
        for columns in NARROW:
            with patch.dict(os.environ, {"COLUMNS": str(columns)}):
                texts[columns] = str(value)
    elif isinstance(value, (tuple, list)):
        texts = {}
        for part in value:
            yield from too_wide(part, code)
    else:
        texts = {}
    for columns, text in texts.items():
        for line in text.split("\n"):
            if display_width(line) > columns:
                yield f"wider than {columns} columns: {line}"


# --- running them -----------------------------------------------------------------------------------
@cache
def namespace() -> dict[str, Any]:
    """What the calls find: the package, the data, and a few fits."""
    import matplotlib

    matplotlib.use("Agg")
    found: dict[str, Any] = {"__name__": "user", "cli": cli, "python": python, "text_of": text_of}
    exec(compile(PRELUDE, USER, "exec"), found)
    return found


def evaluated(code: str, space: dict[str, Any]) -> Any:
    """The value of the last expression of a code, as at a prompt."""
    tree = ast.parse(code)
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, USER, "exec"), space)
    return None if last is None else eval(compile(ast.Expression(last.value), USER, "eval"), space)


def ran(name: str, exact: bool) -> list[str]:
    """What a call gives, raises and warns of, as lines; it runs in an empty folder."""
    from matplotlib import pyplot

    space = dict(namespace())
    here = contextlib.chdir(tempfile.gettempdir())
    with tempfile.TemporaryDirectory() as folder, here, warnings.catch_warnings(record=True) as seen:
        os.chdir(folder)
        warnings.simplefilter("always")
        with patch.dict(os.environ, SURROUNDINGS):
            try:
                value = evaluated(CALLS[name].strip(), space)
            except Exception as error:
                lines = [f"raises {type(error).__name__}: {error}"]
            else:
                lines = [*described(value, exact), *too_wide(value, CALLS[name])]
        os.chdir(tempfile.gettempdir())
    pyplot.close("all")
    for warning in seen:
        where = f"line {warning.lineno}" if warning.filename == USER else "another file"
        lines.append(f"warns at {where} {warning.category.__name__}: {warning.message}")
    return [line.rstrip() for text in lines for line in text.split("\n")]


def made_with() -> dict[str, str]:
    """Versions of what prints a part of the texts itself."""
    return {name: platform.python_version() if name == "python" else version(name) for name in PRINTERS.values()}


def recording(exact: bool) -> dict[str, Any]:
    """All calls, in the order they are listed."""
    calls = {name: ran(name, exact) for name in CALLS}
    return {"mode": "exact" if exact else "rounded", "made with": made_with(), "calls": calls}


def digest(lines: list[str]) -> str:
    """The sha256 of a text."""
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def first_difference(expected: list[str], found: list[str], exact: bool) -> str:
    """The first line that differs, both ways; empty where none does."""
    for i in range(max(len(expected), len(found))):
        one = expected[i] if i < len(expected) else "(nothing)"
        other = found[i] if i < len(found) else "(nothing)"
        if one != other and (exact or not alike(one, other)):
            return f"line {i + 1}\n  recorded: {one}\n  now:      {other}"
    return ""


# --- the command ------------------------------------------------------------------------------------
def write(path: Path, found: dict[str, Any]) -> None:
    """Write a recording, a line of text a line of the file."""
    path.write_text(json.dumps(found, indent=0, ensure_ascii=False) + "\n", encoding="utf-8")


def compare(path: Path) -> int:
    """Print what differs from a recording; the number of calls that differ."""
    old = json.loads(path.read_text(encoding="utf-8"))
    exact, different = old["mode"] == "exact", 0
    for name in {**old["calls"], **CALLS}:
        if name not in CALLS or name not in old["calls"]:
            print(f"{name}: {'not recorded' if name in CALLS else 'recorded, and not made now'}")
            different += 1
        elif said := first_difference(old["calls"][name], ran(name, exact), exact):
            print(f"{name}: {said}")
            different += 1
    print(f"{different} of {len(CALLS)} calls differ")
    return different


def main() -> int:
    """Record, or compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--exact", metavar="FILE", type=Path, help="write a recording with every bit to this file")
    parser.add_argument("--compare", metavar="FILE", type=Path, help="compare with a recording of either kind")
    given = parser.parse_args()
    if given.compare:
        return int(compare(given.compare.resolve()) > 0)
    found, path = recording(given.exact is not None), (given.exact or RECORDING).resolve()
    if given.exact:
        found["sha256"] = {name: digest(lines) for name, lines in found["calls"].items()}
    write(path, found)
    print(f"{len(CALLS)} calls, sha256 {digest([line for lines in found['calls'].values() for line in lines])}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
