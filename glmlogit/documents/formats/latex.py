"""Tables and summaries as LaTeX fragments for ``booktabs``, every special character escaped."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from glmlogit.documents.formatting import FIGURE_SPACE
from glmlogit.documents.layout import Pairs, as_sentence
from glmlogit.documents.pages import Column, Format, Summary, Table
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

_LATEX_NUMERAL = (("Inf", "∞"), ("-", "−"))


def tex(text: str) -> str:
    """Escape text: a sign becomes a minus, braces keep ``--`` from becoming a dash, blanks keep width."""
    # pdflatex knows the composed letters only, not the combining marks.
    text = unicodedata.normalize("NFC", visible(text))
    text = re.sub(r"(?<![\w-])-(?=\d)", "−", text).translate(_LATEX)
    text = re.sub("-(?=-)", "-{}", text)
    return re.sub(f"{FIGURE_SPACE}+", lambda blanks: f"\\phantom{{{'0' * len(blanks[0])}}}", text)


def _tex_cell(text: str, column: Column) -> str:
    if column.align == "right":
        for old, new in _LATEX_NUMERAL:
            text = text.replace(old, new)
    return tex(text)


def _tex_row(cells: Sequence[str]) -> str:
    # A row that starts with [ or * would be read as an argument of the \\ before it.
    guard = "{}" if cells and cells[0][:1] in ("[", "*") else ""
    return f"{guard}{' & '.join(cells)} \\\\"


def _table(table: Table) -> str:
    r"""Write a table as a LaTeX ``table`` for the ``booktabs`` package."""
    header = _tex_row([tex(column.header) for column in table.columns])
    cells = [[_tex_cell(cell, c) for cell, c in zip(row, table.columns, strict=True)] for row in table.rows]
    notes = [f"\n\\par\\smallskip{{\\footnotesize {tex(as_sentence(note))}\\par}}" for note in table.notes]
    return "\n".join(
        [
            r"\begin{table}[htbp]",
            r"\centering",
            *([f"\\caption{{{tex(table.title)}}}"] if table.title else []),
            f"\\begin{{tabular}}{{{''.join(column.align[0] for column in table.columns)}}}",
            r"\toprule",
            header,
            r"\midrule",
            *map(_tex_row, cells),
            r"\bottomrule",
            r"\end{tabular}" + "".join(notes),
            r"\end{table}",
        ]
    )


def _tex_list(items: Sequence[str], kind: str) -> str:
    return "\n".join([f"\\begin{{{kind}}}", *items, f"\\end{{{kind}}}"]) if items else ""


def _tex_pairs(pairs: Pairs) -> str:
    items = [f"\\item[{{{tex(label)}:}}] {tex(as_sentence(value))}" for label, value in pairs]
    return _tex_list(items, "description")


def _summary(summary: Summary) -> str:
    r"""Write a summary as a fragment to ``\input``; it needs ``booktabs`` and ``textcomp``."""
    blocks = [
        "% \\usepackage{booktabs,textcomp} and \\usepackage[T1]{fontenc}",
        f"\\paragraph{{{tex(summary.title)}}}" if summary.title else "",
        f"\\textbf{{Warning:}} {tex(as_sentence(summary.alert))}" if summary.alert else "",
        _tex_pairs(summary.header),
        *map(_table, summary.tables),
        _tex_pairs(summary.footer),
        _tex_list([f"\\item {tex(as_sentence(note))}" for note in summary.notes], "itemize"),
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"


FORMAT = Format(".tex", lambda several: "\n".join(map(_summary, several)), table=_table, summary=_summary)
