"""Tables and summaries as LaTeX fragments for ``booktabs``, every special character escaped."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

from glmlogit.documents.formatting import FIGURE_SPACE
from glmlogit.documents.layout import Pairs, as_sentence, set_cells, sides, signed
from glmlogit.documents.pages import Format, Summary, Table
from glmlogit.documents.style import headed, say
from glmlogit.messages.words import visible

_GREEK = "alpha beta gamma delta epsilon zeta eta theta iota kappa lamda mu nu xi pi rho sigma tau phi chi psi omega"
_CAPITALS = "gamma delta theta lamda xi pi sigma phi psi omega"  # the others look as Latin ones do
_RAISED, _LOWERED = "⁰²³⁴⁵⁶⁷⁸⁹", "₀₁₂₃₄₅₆₇₈₉ₖ"


def _letters(case: str, names: str) -> dict[str, str]:
    """Greek letters by LaTeX's names of them."""
    spelled = {name: name.replace("lamda", "lambda") for name in names.split()}
    named = {unicodedata.lookup(f"GREEK {case} LETTER {name}"): spelling for name, spelling in spelled.items()}
    return {ch: f"$\\{name.capitalize() if case == 'CAPITAL' else name}$" for ch, name in named.items()}


_LATEX = str.maketrans(
    {
        **_letters("SMALL", _GREEK),
        **_letters("CAPITAL", _CAPITALS),
        **{ch: f"\\textsuperscript{{{unicodedata.normalize('NFKC', ch)}}}" for ch in _RAISED},
        **{ch: f"\\textsubscript{{{unicodedata.normalize('NFKC', ch)}}}" for ch in _LOWERED},
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
        "≈": r"$\approx$",
        "≠": r"$\neq$",
        "√": r"$\surd$",
        "⅓": "1/3",
        "⅔": "2/3",
        "\u202f": r"\,",
    }
)

_NARROWEST = 345.0  # points: the width of text of LaTeX's article; wider tables are made smaller where they are set
_LETTER, _BETWEEN = 5.0, 12.0  # points: of a digit, and between two columns
_PAGE = 40  # lines: of rows and notes on a page of LaTeX's article, below a caption and heads
# Letters to take where this share of the width measured, that of the next larger ones and 3 %, is too wide.
_SIZES = (("1.03", "small"), (".95", "footnotesize"), (".88", "scriptsize"), (".82", "tiny"))


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


def _is_long(table: Table) -> bool:
    """Whether a table may need more than a page."""
    return len(table.rows) + len(table.notes) > _PAGE


def _table(table: Table) -> str:
    r"""Write a table as a LaTeX ``table`` for the ``booktabs`` package, a long one as a ``longtable``."""
    notes = [f"\n\\par\\smallskip{{\\footnotesize {tex(as_sentence(note))}\\par}}" for note in table.notes]
    if _is_long(table):
        return _long_table(table) + "".join(notes)
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


def _long_table(table: Table) -> str:
    """Rows that break over pages, with heads on each; of lines wider than the text in smaller letters."""
    cells = set_cells(table, signed)
    kinds = "".join(side[0] for side in sides(table))
    title, heads = tex(table.title or ""), _tex_row(_stacked(column.header) for column in table.columns)
    rules = ["\\toprule", heads, "\\midrule"]
    again = [f"\\caption[]{{{title} ({tex(say('continued'))})}}\\\\"]
    return "\n".join(
        [
            "\\begingroup",
            _CLOSE,
            *_smaller(kinds, heads, cells),
            f"\\begin{{longtable}}{{{kinds}}}",
            *([f"\\caption{{{title}}}\\\\"] if title else []),
            *rules,
            "\\endfirsthead",
            *(again if title else []),
            *rules,
            "\\endhead",
            "\\bottomrule",
            "\\endfoot",
            *_together(cells),
            "\\end{longtable}",
            "\\endgroup",
        ]
    )


def _smaller(kinds: str, heads: str, cells: Sequence[Sequence[str]]) -> list[str]:
    """Letters of the size at which the widest lines have room: LaTeX measures them, which knows its page."""
    widest = _tex_row(tex(max(column, key=len)) for column in zip(*cells, strict=True))
    return [
        f"\\sbox0{{\\begin{{tabular}}{{{kinds}}}{heads} {widest}\\end{{tabular}}}}%",
        *(f"\\ifdim{share}\\wd0>\\linewidth\\{size}\\fi" for share, size in _SIZES),
    ]


def _together(cells: Sequence[Sequence[str]]) -> list[str]:
    """Rows; no page ends between a variable and the first of its levels."""
    rows = [_tex_row(map(tex, row)) for row in cells]
    indented = [row[0][:1] in (" ", FIGURE_SPACE) for row in cells]
    opens = [not own and below for own, below in zip(indented, [*indented[1:], False], strict=True)]
    return [f"{row}*" if first else row for row, first in zip(rows, opens, strict=True)]


_BRACKET = r" (?=[(\[])"
_CLOSE = r"\setlength{\tabcolsep}{3pt}"
_FITTED = r"\ifdim\wd0>\linewidth\resizebox{\linewidth}{!}{\usebox0}\else\usebox0\fi"


def _stacked(head: str) -> str:
    """A head on two lines, what is in brackets on the second."""
    lines = re.split(_BRACKET, head, maxsplit=1)
    if len(lines) == 1:
        return tex(head)
    return rf"\begin{{tabular}}[b]{{@{{}}l@{{}}}}{tex(lines[0])}\\{{}}{tex(lines[1])}\end{{tabular}}"


def _tex_list(items: Sequence[str], kind: str) -> str:
    return "\n".join([f"\\begin{{{kind}}}", *items, f"\\end{{{kind}}}"]) if items else ""


def _tex_pairs(pairs: Pairs) -> str:
    items = [f"\\item[{{{tex(headed(label))}}}] {tex(as_sentence(value))}" for label, value in pairs]
    return _tex_list(items, "description")


def _summary(summary: Summary) -> str:
    r"""Write a summary as a fragment to ``\input``; it needs the packages that its first line names."""
    long = "longtable," if any(map(_is_long, summary.tables)) else ""
    blocks = [
        f"% \\usepackage{{booktabs,{long}textcomp,graphicx}} and \\usepackage[T1]{{fontenc}}",
        f"\\subsection*{{{tex(summary.title)}}}" if summary.title else "",
        f"\\textbf{{{tex(headed(say('Warning')))}}} {tex(as_sentence(summary.alert))}" if summary.alert else "",
        _tex_pairs(summary.header),
        *map(_table, summary.tables),
        _tex_pairs(summary.footer),
        _tex_list([f"\\item {tex(as_sentence(note))}" for note in summary.notes], "itemize"),
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"


FORMAT = Format(".tex", lambda several: "\n".join(map(_summary, several)), table=_table, summary=_summary)
