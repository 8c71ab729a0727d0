"""What is typed in another program, and what is typed here: tables of two columns, and the names they answer for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from typing import NamedTuple

PROGRAMS = {
    "R": "from_r",
    "Stata": "from_stata",
    "SAS": "from_sas",
    "statsmodels": "from_statsmodels",
    "scikit-learn": "from_scikit_learn",
}


class Translation(NamedTuple):
    """A row: section, code there, code here (lines of it), a note, and the names that it answers for."""

    section: str
    there: str
    here: str
    note: str
    names: tuple[str, ...]


@cache
def translations(program: str) -> tuple[Translation, ...]:
    """The rows of a program, in the order of its page."""
    module = import_module(f"glmlogit.messages.{PROGRAMS[program]}")
    return tuple(read(module.ROWS))


def read(text: str) -> Iterator[Translation]:
    """Rows of a text: a line of theirs, below it indented ours, ``# `` a note and ``! `` names; ``== `` a section."""
    section = ""
    for block in re.split(r"\n(?=\S)", text.strip()):
        first, *rest = block.splitlines()
        if first.startswith("== "):
            section = first[3:]
            continue
        below = [line[4:] for line in rest if line.strip()]
        code = [line for line in below if not line.startswith(("# ", "! "))]
        note = " ".join(line[2:] for line in below if line.startswith("# "))
        names = " ".join(line[2:] for line in below if line.startswith("! ")).split()
        yield Translation(section, first, "\n".join(code), note, tuple(names))


@cache
def answers() -> dict[str, tuple[str, Translation]]:
    """The program and the row that a name is answered with, the name in lower case with dots as underscores."""
    rows = ((program, row) for program in PROGRAMS for row in translations(program))
    answered: dict[str, tuple[str, Translation]] = {}
    for program, row in rows:
        for name in row.names:
            answered.setdefault(name.replace(".", "_").casefold(), (program, row))
    return answered


def page(program: str) -> str:
    """The tables of a program in Markdown, a section each."""
    lines: list[str] = []
    section = None
    for row in translations(program):
        if row.section != section:
            section = row.section
            lines += ["", f"## {section}", "", f"| {program} | glmlogit |", "|---|---|"]
        here = "<br>".join(f"`{line}`" for line in row.here.splitlines())
        lines.append(f"| `{_escaped(row.there)}` | {_escaped(here)}{f'<br>{row.note}' if row.note else ''} |")
    return "\n".join(lines) + "\n"


def _escaped(text: str) -> str:
    return text.replace("|", "\\|")
