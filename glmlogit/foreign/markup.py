"""Tables in Markdown, HTML and LaTeX as rows of cells, and the text that they stand in without its markup."""

from __future__ import annotations

import html
import re
from html.parser import HTMLParser
from typing import NamedTuple

Grid = list[list[str]]

_RULE = re.compile(r"^ *\|?(?: *:?-{2,}:? *\|)+ *(?:-{2,}:?)? *$", re.MULTILINE)
_NESTED = re.compile(r"\\begin\{tabular\}\[b\]\{@\{\}l@\{\}\}(.*?)\\end\{tabular\}")
_BEGIN = r"\\begin\{%s\*?\}(?:\[[^\]]*\])?\{(?:[^{}]|\{[^{}]*\})*\}"
_SIGNS = {
    r"\textless{}": "<",
    r"\textgreater{}": ">",
    r"\textbar{}": "|",
    r"\textasciitilde{}": "~",
    "$-$": "-",
    r"$\cdot$": ".",
    r"$\infty$": "∞",
}


class Marked(NamedTuple):
    """The tables of a text, and its lines without markup, rows of tables among them."""

    grids: tuple[Grid, ...]
    plain: str


def marked(text: str) -> Marked:
    """Tables in HTML, LaTeX or Markdown; a text without markup as it is, without tables."""
    if re.search(r"<table\b", text, re.IGNORECASE):
        return _of_html(text)
    if re.search(r"\\begin\{(?:tabular|longtable)", text):
        return _of_latex(text)
    return _of_markdown(text) if _RULE.search(text) else Marked((), text)


def _clean(cell: str) -> str:
    return re.sub(r"[\s\u2007\u202f]+", " ", cell).strip()


def _text(lines: list[str], grids: list[Grid]) -> str:
    return "\n".join([*lines, *("  ".join(row) for grid in grids for row in grid)])


class _Tables(HTMLParser):
    """Cells of tables, and lines of what stands outside them: ``label: value`` of lists of terms."""

    def __init__(self) -> None:
        super().__init__()
        self.grids: list[Grid] = []
        self.lines: list[str] = []
        self.inside = self.skipped = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.skipped = tag in ("style", "script")
        if tag == "table":
            self.grids.append([])
            self.inside = True
        elif tag == "tr" and self.inside:
            self.grids[-1].append([])
        elif tag in ("td", "th") and self.inside:
            self.grids[-1][-1].append("")
        elif tag in ("dt", "p", "li", "h1", "h2", "h3"):
            self.lines.append("")
        elif tag == "dd" and self.lines:
            self.lines[-1] += ": "

    def handle_endtag(self, tag: str) -> None:
        self.inside &= tag != "table"
        self.skipped = False

    def handle_data(self, data: str) -> None:
        if self.skipped:
            return
        if self.inside and self.grids[-1] and self.grids[-1][-1]:
            self.grids[-1][-1][-1] += data
        elif not self.inside and self.lines:
            self.lines[-1] += data.strip("\n")


def _of_html(text: str) -> Marked:
    parser = _Tables()
    parser.feed(text)
    grids = [[list(map(_clean, row)) for row in grid if row] for grid in parser.grids]
    return Marked(tuple(grids), _text(parser.lines, grids))


def _of_markdown(text: str) -> Marked:
    lines, grids = text.splitlines(), list[Grid]()
    around = list[str]()
    for k, line in enumerate(lines):
        if "|" not in line:
            around.append(re.sub(r"^\s*[-*]\s+|\*\*", "", line))
        elif k + 1 < len(lines) and _RULE.match(lines[k + 1]):
            grids.append([_markdown_row(line)])
        elif grids and not _RULE.match(line):
            grids[-1].append(_markdown_row(line))
    return Marked(tuple(grids), _text(around, grids))


def _markdown_row(line: str) -> list[str]:
    cells = re.split(r"(?<!\\)\|", re.sub(r"^\s*\||(?<!\\)\|\s*$", "", line))
    bare = (re.sub(r"^\s*(\*\*|__)(.*)\1\s*$", r"\2", cell) for cell in cells)
    return [_clean(re.sub(r"\\([^\w\s])", r"\1", html.unescape(cell))) for cell in bare]


def _of_latex(text: str) -> Marked:
    # A long table has a row of widest cells before it, to be measured: a table that holds no estimates.
    kind = "longtable" if r"\begin{longtable}" in text else "tabular"
    flat = _NESTED.sub(lambda head: re.sub(r"\\\\(?:\{\})?", " ", head[1]), re.sub(r"(?<!\\)%.*", "", text))
    bodies = re.findall(rf"{_BEGIN % kind}(.*?)\\end\{{{kind}\*?\}}", flat, re.DOTALL)
    grids = [_latex_rows(body) for body in bodies]
    items = re.findall(r"\\item\[\{(.*?)\}\]\s*(.*)", flat)
    return Marked(tuple(grids), _text([f"{_bare(label)} {_bare(value)}" for label, value in items], grids))


def _latex_rows(body: str) -> Grid:
    body = re.sub(
        r"\\caption(?:\[\])?\{.*?\}\\\\|\\(?:top|mid|bottom|h)(?:rule|line)|\\end(?:first)?(?:head|foot)", "", body
    )
    rows = (row for row in re.split(r"\\\\\*?(?:\[[^\]]*\])?", body) if row.strip())
    grid = [[_clean(_bare(cell)) for cell in re.split(r"(?<!\\)&", row)] for row in rows]
    return [row for k, row in enumerate(grid) if k == 0 or row != grid[0]]


def _bare(cell: str) -> str:
    """A cell without commands: signs as they read, what only takes room left out."""
    for command, sign in _SIGNS.items():
        cell = cell.replace(command, sign)
    cell = re.sub(r"\\phantom\{[^}]*\}", "", cell)
    cell = re.sub(r"\\text(?:superscript|bf|it)\{([^{}]*)\}", r"\1", cell)
    return re.sub(r"\\text\w+\{\}|\$|(?<!\\)[{}]", "", re.sub(r"\\([&%#_{}$])", r"\1", cell))
