"""Tables and summaries as LaTeX fragments for ``booktabs``, every special character escaped."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

from glmlogit.documents.formatting import FIGURE_SPACE
from glmlogit.documents.layout import Pairs, as_sentence, set_cells, sides, signed
from glmlogit.documents.pages import Format, Summary, Table
from glmlogit.documents.style import say
from glmlogit.messages.words import visible

_LATEX = str.maketrans(
    {
        **{ch: f"\\{ch}" for ch in "&%$#_{}"},
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        "\\": r"\textbackslash{}",
        "<": r"\textless{}",
        ">": r"\textgreater{}",
        "|": r"\textbar{}",
        '"': r"\textquotedbl{}",
        "'": r"\textquotesingle{}",
        "−": "$-$",
        "·": r"$\cdot$",
        "∞": r"$\infty$",
        "≤": r"$\leq$",
        "≥": r"$\geq$",
        "×": r"$\times$",
        "±": r"$\pm$",
        "²": r"\textsuperscript{2}",
        "α": r"$\alpha$",
        "β": r"$\beta$",
        "η": r"$\eta$",
        "μ": r"$\mu$",
        "χ": r"$\chi$",
    }
)

_NARROWEST = 345.0  # points: the width of text of LaTeX's article; wider tables are made smaller where they are set
_LETTER, _BETWEEN = 5.0, 12.0  # points: of a digit, and between two columns


def tex(text: str) -> str:
    """Escape text: a sign becomes a minus, braces keep ``--`` from becoming a dash, blanks keep width."""
    # pdflatex knows the composed letters only, not the combining marks.
    text = unicodedata.normalize("NFC", visible(text))
    text = re.sub(r"(?<![\w-])-(?=\d)", "−", text).translate(_LATEX)
    text = re.sub("-(?=-)", "-{}", text)
    return re.sub(f"{FIGURE_SPACE}+", lambda blanks: f"\\phantom{{{'0' * len(blanks[0])}}}", text)


def _tex_row(row: Iterable[str]) -> str:
    cells = list(row)
    # A row that starts with [ or * would be read as an argument of the \\ before it.
    guard = "{}" if cells and cells[0][:1] in ("[", "*") else ""
    return f"{guard}{' & '.join(cells)} \\\\"


def _table(table: Table) -> str:
    r"""Write a table as a LaTeX ``table`` for the ``booktabs`` package."""
    notes = [f"\n\\par\\smallskip{{\\footnotesize {tex(as_sentence(note))}\\par}}" for note in table.notes]
    return "\n".join(
        [
            r"\begin{table}[htbp]",
            r"\centering",
            *([f"\\caption{{{tex(table.title)}}}"] if table.title else []),
            _tabular(table) + "".join(notes),
            r"\end{table}",
        ]
    )


def _tabular(table: Table) -> str:
    """Rules, head and rows; where these may be wider than the text set closely, in a box made as narrow as the text."""
    heads = [column.header for column in table.columns]
    cells = set_cells(table, signed)
    letters = sum(max(map(len, column)) for column in zip(heads, *cells, strict=True))
    wide = _LETTER * letters + _BETWEEN * len(heads) > _NARROWEST
    grid = "\n".join(
        [
            f"\\begin{{tabular}}{{{''.join(side[0] for side in sides(table))}}}",
            r"\toprule",
            _tex_row(map(_stacked if wide else tex, heads)),
            r"\midrule",
            *(_tex_row(map(tex, row)) for row in cells),
            r"\bottomrule",
            r"\end{tabular}",
        ]
    )
    return f"{_CLOSE}\n\\sbox0{{%\n{grid}}}%\n{_FITTED}" if wide else grid


_CLOSE = r"\setlength{\tabcolsep}{3pt}"
_FITTED = r"\ifdim\wd0>\linewidth\resizebox{\linewidth}{!}{\usebox0}\else\usebox0\fi"


def _stacked(head: str) -> str:
    """A head on two lines, what is in brackets on the second."""
    lines = re.split(r" (?=[(\[])", head, maxsplit=1)
    if len(lines) == 1:
        return tex(head)
    return rf"\begin{{tabular}}[b]{{@{{}}l@{{}}}}{tex(lines[0])}\\{{}}{tex(lines[1])}\end{{tabular}}"


def _tex_list(items: Sequence[str], kind: str) -> str:
    return "\n".join([f"\\begin{{{kind}}}", *items, f"\\end{{{kind}}}"]) if items else ""


def _tex_pairs(pairs: Pairs) -> str:
    items = [f"\\item[{{{tex(label)}:}}] {tex(as_sentence(value))}" for label, value in pairs]
    return _tex_list(items, "description")


def _summary(summary: Summary) -> str:
    r"""Write a summary as a fragment to ``\input``; it needs ``booktabs``, ``textcomp`` and ``graphicx``."""
    blocks = [
        "% \\usepackage{booktabs,textcomp,graphicx} and \\usepackage[T1]{fontenc}",
        f"\\subsection*{{{tex(summary.title)}}}" if summary.title else "",
        f"\\textbf{{{tex(say('Warning'))}:}} {tex(as_sentence(summary.alert))}" if summary.alert else "",
        _tex_pairs(summary.header),
        *map(_table, summary.tables),
        _tex_pairs(summary.footer),
        _tex_list([f"\\item {tex(as_sentence(note))}" for note in summary.notes], "itemize"),
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"


FORMAT = Format(".tex", lambda several: "\n".join(map(_summary, several)), table=_table, summary=_summary)
