"""Tables and summaries written as text, Markdown, LaTeX, HTML and Word; no renderer computes a number.

The one shape these functions know is that of :class:`glmlogit.documents.Table` and
:class:`glmlogit.documents.Summary`: strings that are already formatted. What differs here is escaping,
alignment and the sign for infinity.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache
from importlib import import_module
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from glmlogit._calls import to_install
from glmlogit._format import FIGURE_SPACE, display_width, pad, visible, wrap

if TYPE_CHECKING:
    import jinja2

    from glmlogit.documents import Column, Summary, Table

Pairs = tuple[tuple[str, str], ...]

TEXT_WIDTH = 100


def _sentence(text: str) -> str:
    """Put a sentence on one line, its control characters made visible."""
    return visible(" ".join(text.split()))


# --- text ---------------------------------------------------------------------------------------


def _text_lines(table: Table) -> list[str]:
    """Header and rows, padded to the width each column needs on a terminal."""
    lines = [[column.header for column in table.columns], *table.rows]
    cells = [[visible(cell).replace(FIGURE_SPACE, " ") for cell in line] for line in lines]
    widths = [max(map(display_width, column)) for column in zip(*cells, strict=True)]
    return [_text_line(line, table.columns, widths) for line in cells]


def _text_line(cells: Sequence[str], columns: Sequence[Column], widths: Sequence[int]) -> str:
    parts = [
        (" | " if column.rule else " " if i else "") + pad(cell, width, column.align)
        for i, (cell, column, width) in enumerate(zip(cells, columns, widths, strict=True))
    ]
    return "".join(parts).rstrip()


def text_width(table: Table) -> int:
    """Return the columns of a terminal that the table takes."""
    return max(map(display_width, _text_lines(table)))


def table_text(table: Table) -> str:
    """Write a table as aligned text: title, header, rows, and below ``---`` its notes."""
    title = [f"{visible(table.title)}:"] if table.title else []
    notes = [wrap(_sentence(note), TEXT_WIDTH) for note in table.notes]
    return "\n".join([*title, *_text_lines(table), *(["---"] if notes else []), *notes])


def _text_pairs(pairs: Pairs, *, flush_right: bool) -> str:
    labels = [f"{visible(label)}:" for label, _ in pairs]
    width = max(map(display_width, labels), default=0)
    indent = " " * (width + 1)
    padded = [pad(label, width, "right" if flush_right else "left") for label in labels]
    values = [wrap(_sentence(value), TEXT_WIDTH, indent) for _, value in pairs]
    return "\n".join(f"{label} {value}" for label, value in zip(padded, values, strict=True))


def summary_text(summary: Summary) -> str:
    """Write a summary as text, the alert first."""
    alert = wrap(f"WARNING: {_sentence(summary.alert)}", TEXT_WIDTH, " " * 9) if summary.alert else ""
    notes = "\n".join(f"- {wrap(_sentence(note), TEXT_WIDTH, '  ')}" for note in summary.notes)
    blocks = [
        alert,
        visible(summary.title),
        _text_pairs(summary.header, flush_right=False),
        *map(table_text, summary.tables),
        _text_pairs(summary.footer, flush_right=True),
        f"Notes:\n{notes}" if notes else "",
    ]
    return "\n\n".join(block for block in blocks if block)


# --- Markdown -----------------------------------------------------------------------------------

_MARKDOWN = str.maketrans({**{ch: f"\\{ch}" for ch in r"\`*_{}[]|~$#"}, "&": "&amp;", "<": "&lt;", ">": "&gt;"})


def _md(text: str) -> str:
    return visible(text).translate(_MARKDOWN)


def _md_row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def table_markdown(table: Table) -> str:
    """Write a table as a Markdown pipe table."""
    title = [f"**{_md(table.title)}**", ""] if table.title else []
    rule = ["---:" if column.align == "right" else ":---" for column in table.columns]
    header = _md_row(_md(column.header) for column in table.columns)
    rows = [_md_row(map(_md, row)) for row in table.rows]
    notes = [line for note in table.notes for line in ("", _md(_sentence(note)))]
    return "\n".join([*title, header, _md_row(rule), *rows, *notes])


def _md_pairs(pairs: Pairs) -> str:
    return "\n".join(f"- **{_md(label)}:** {_md(_sentence(value))}" for label, value in pairs)


def summary_markdown(summary: Summary) -> str:
    """Write a summary as Markdown, the alert directly below its heading."""
    notes = "\n".join(f"- {_md(_sentence(note))}" for note in summary.notes)
    blocks = [
        f"## {_md(summary.title)}",
        f"> **Warning:** {_md(_sentence(summary.alert))}" if summary.alert else "",
        _md_pairs(summary.header),
        *map(table_markdown, summary.tables),
        _md_pairs(summary.footer),
        f"**Notes**\n\n{notes}" if notes else "",
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"


# --- LaTeX --------------------------------------------------------------------------------------

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


def _tex(text: str) -> str:
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
    return _tex(text)


def _tex_row(cells: Sequence[str]) -> str:
    # A row that starts with [ or * would be read as an argument of the \\ before it.
    guard = "{}" if cells and cells[0][:1] in ("[", "*") else ""
    return f"{guard}{' & '.join(cells)} \\\\"


def table_latex(table: Table) -> str:
    r"""Write a table as a LaTeX ``table`` for the ``booktabs`` package."""
    header = _tex_row([_tex(column.header) for column in table.columns])
    cells = [[_tex_cell(cell, c) for cell, c in zip(row, table.columns, strict=True)] for row in table.rows]
    notes = [f"\n\\par\\smallskip{{\\footnotesize {_tex(_sentence(note))}\\par}}" for note in table.notes]
    return "\n".join(
        [
            r"\begin{table}[htbp]",
            r"\centering",
            *([f"\\caption{{{_tex(table.title)}}}"] if table.title else []),
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
    items = [f"\\item[{{{_tex(label)}:}}] {_tex(_sentence(value))}" for label, value in pairs]
    return _tex_list(items, "description")


def summary_latex(summary: Summary) -> str:
    r"""Write a summary as a fragment to ``\input``; it needs ``booktabs`` and ``textcomp``."""
    blocks = [
        "% \\usepackage{booktabs,textcomp} and \\usepackage[T1]{fontenc}",
        f"\\paragraph{{{_tex(summary.title)}}}",
        f"\\textbf{{Warning:}} {_tex(_sentence(summary.alert))}" if summary.alert else "",
        _tex_pairs(summary.header),
        *map(table_latex, summary.tables),
        _tex_pairs(summary.footer),
        _tex_list([f"\\item {_tex(_sentence(note))}" for note in summary.notes], "itemize"),
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"


# --- HTML ---------------------------------------------------------------------------------------


def _shown(cell: str, column: Column) -> str:
    return visible(cell.replace("Inf", "∞") if column.align == "right" else cell)


def _template_text(name: str) -> str:
    return (Path(__file__).parent / "templates" / name).read_text("utf-8")


@lru_cache(maxsize=1)
def _environment() -> jinja2.Environment:
    # Imported here because a fit that prints no HTML should not pay for it.
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(_template_text),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters.update(shown=_shown, visible=visible, sentence=_sentence)
    return environment


def html(summaries: Sequence[Summary], *, full_page: bool) -> str:
    """Write summaries as an HTML fragment, or as a complete document."""
    name = "page.html.j2" if full_page else "fragment.html.j2"
    return _environment().get_template(name).render(summaries=summaries)


# --- Word ---------------------------------------------------------------------------------------


def require() -> Any:
    """The library of Word documents; an ImportError with the command that installs it where it is absent."""
    try:
        return import_module("docx")
    except ImportError as error:
        raise ImportError(
            f"Writing a Word document needs python-docx, which is not installed. {to_install('python-docx', 'word')}"
        ) from error


def _word_cell(cell: Any, text: str, column: Column) -> None:
    paragraph = cell.paragraphs[0]
    paragraph.text = visible(text)
    # 2 is WD_ALIGN_PARAGRAPH.RIGHT; by value, to need no second import from the optional package.
    paragraph.alignment = 2 if column.align == "right" else 0


def _word_table(document: Any, table: Table) -> None:
    if table.title:
        document.add_paragraph(visible(table.title)).runs[0].bold = True
    lines = [tuple(column.header for column in table.columns), *table.rows]
    grid = document.add_table(rows=len(lines), cols=len(table.columns), style="Light List")
    for row, line in zip(grid.rows, lines, strict=True):
        for cell, text, column in zip(row.cells, line, table.columns, strict=True):
            _word_cell(cell, text, column)
    for note in table.notes:
        document.add_paragraph(_sentence(note))


def _word_pairs(document: Any, pairs: Pairs) -> None:
    for label, value in pairs:
        paragraph = document.add_paragraph()
        paragraph.paragraph_format.space_after = 0
        paragraph.add_run(f"{visible(label)}: ").bold = True
        paragraph.add_run(_sentence(value))


def _word_summary(document: Any, summary: Summary) -> None:
    document.add_heading(visible(summary.title), level=1)
    if summary.alert:
        document.add_paragraph(f"Warning: {_sentence(summary.alert)}").runs[0].bold = True
    _word_pairs(document, summary.header)
    for table in summary.tables:
        document.add_paragraph()
        _word_table(document, table)
    for picture in summary.pictures:
        document.add_picture(BytesIO(picture.png), width=document.sections[0].page_width * 2 // 3)
    document.add_paragraph()
    _word_pairs(document, summary.footer)
    for note in summary.notes:
        document.add_paragraph(_sentence(note), style="List Bullet")


def word(summaries: Sequence[Summary]) -> bytes:
    """A Word document of the summaries."""
    document = require().Document()
    for summary in summaries:
        _word_summary(document, summary)
    file = BytesIO()
    document.save(file)
    return file.getvalue()
