"""Files for the paper: Word of three rules, a formatted sheet, the same markups and files of every result."""

from __future__ import annotations

import functools
import json
import re
import shutil
import subprocess

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import glmlogit as gl
from glmlogit.documents import formatting
from glmlogit.documents.formats import word
from glmlogit.documents.formatting import FIGURE_SPACE
from glmlogit.documents.layout import aligned, signed
from glmlogit.documents.pages import Column, Table

BIRTHS = gl.datasets.birthwt()
FORMULA = "low ~ age + lwt + C(race) + smoke + ptl + ht + ui"
FIT = gl.logit(FORMULA, BIRTHS)
TABLE = gl.table(FORMULA, BIRTHS, units={"lwt": 20})
WORDS = FIT.interpret()
RESULTS = {
    "effects": FIT.margins(),
    "comparisons": FIT.comparisons("smoke"),
    "contrasts": gl.contrasts(FIT, "age, lwt"),
    "two by two": gl.two_by_two(BIRTHS, "low", "smoke"),
    "roc": gl.roc(FIT),
    "check": gl.check(FIT),
    "compare": gl.compare([FIT, gl.logit("low ~ age", BIRTHS)]),
    "table": TABLE,
}


@pytest.fixture
def docx():
    return pytest.importorskip("docx")


def written(docx, tmp_path, result=TABLE, **options):
    result.write(tmp_path / "t.docx", **options)
    return docx.Document(str(tmp_path / "t.docx"))


def qualified(name: str) -> str:
    return "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}" + name


# --- Word -------------------------------------------------------------------------------------------
def test_a_table_has_three_rules_and_a_head_that_is_repeated(docx, tmp_path):
    (grid,) = written(docx, tmp_path).tables
    rules = [
        {side.tag.split("}")[1] for side in row.cells[0]._tc.iter(qualified("tcBorders")) for side in side}
        for row in grid.rows
    ]
    assert rules[0] == {"top", "bottom"}
    assert rules[-1] == {"bottom"}
    assert all(not sides for sides in rules[1:-1])
    heads = [row._tr.trPr.find(qualified("tblHeader")) is not None for row in grid.rows]
    assert heads == [True] + [False] * (len(heads) - 1)
    assert all(row._tr.trPr.find(qualified("cantSplit")) is not None for row in grid.rows)


def test_numbers_hold_together_and_minus_signs_are_true(docx, tmp_path):
    (grid,) = written(docx, tmp_path, FIT.margins(), style="jama").tables
    cells = [cell.text for row in list(grid.rows)[1:] for cell in row.cells[2:]]
    assert any(cell.lstrip(formatting.FIGURE_SPACE).startswith("\u2212") for cell in cells)
    assert not any(re.search("[ -]", cell) for cell in cells)
    assert signed("-1.5 to -0.2, 1.06-3.75 (-.03) x-1") == "−1.5 to −0.2, 1.06-3.75 (−.03) x-1"


@pytest.mark.parametrize("name", RESULTS)
def test_columns_are_as_wide_as_their_text(docx, tmp_path, name):
    document = written(docx, tmp_path, RESULTS[name])
    section = document.sections[0]
    room = (section.page_width - section.left_margin - section.right_margin) / 12_700
    assert document.tables
    for grid in document.tables:
        widths = [cell.width / 12_700 for cell in grid.rows[0].cells]
        assert sum(widths) <= room + 1
        for row in list(grid.rows)[1:]:
            for cell, width in zip(row.cells, widths, strict=True):
                (run,) = cell.paragraphs[0].runs
                if cell.paragraphs[0].alignment == 2 or "\u00a0" in cell.text:
                    assert word.text_points(cell.text, run.font.size.pt) <= width


def test_decimal_marks_stand_below_each_other():
    cells = ["0.97 (0.90-1.04)", "10.10 (1.1-3)", "1 [Reference]", "", "<.001"]
    texts = aligned(cells, ".")
    places = [text.index(".") for text in texts if "." in text]
    assert len(set(places)) == 1
    assert texts[2].index("1") + 1 == places[0]
    assert texts[3] == ""
    assert [text.strip("\u2007") for text in texts] == cells
    assert aligned(["12", "3"], ".") == ["12", "3"]


def test_the_page_is_turned_where_a_table_is_wide(docx, tmp_path):
    upright = written(docx, tmp_path).sections[0]
    assert upright.page_width < upright.page_height
    wide = written(docx, tmp_path, FIT.comparisons("smoke", ["risk_difference", "risk_ratio"])).sections[0]
    assert wide.page_width > wide.page_height


def test_caption_and_notes_stand_around_the_table(docx, tmp_path):
    document = written(docx, tmp_path, style=gl.Style(caption="Table 2. Births.", abbreviations=True, manuscript=True))
    body = [element.tag.split("}")[1] for element in document.element.body]
    place = body.index("tbl")
    texts = ["".join(node.text or "" for node in element.iter(qualified("t"))) for element in document.element.body]
    assert texts[place - 1] == "Table 2. Births."
    assert texts[place + 1] == "OR, odds ratio; CI, confidence interval."


# --- workbooks --------------------------------------------------------------------------------------
def test_a_formatted_sheet_stands_beside_the_numbers(tmp_path):
    openpyxl = pytest.importorskip("openpyxl")
    TABLE.write(tmp_path / "t.xlsx", style="bmj", language="it")
    book = openpyxl.load_workbook(tmp_path / "t.xlsx")
    assert book.sheetnames == ["Odds ratios", "About", "Tabella"]
    sheet = book["Tabella"]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert rows[0][0] == "Odds ratio grezzi e aggiustati per low = 1"
    assert rows[1][:2] == ["Variabile", "Eventi/n (%)"]
    assert sheet["A2"].font.bold
    assert (sheet["A2"].border.top.style, sheet["A2"].border.bottom.style) == ("medium", "thin")
    assert "lwt (per 20)" in [row[0] for row in rows]
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n"}
    numbers = pd.read_excel(tmp_path / "t.xlsx", sheet_name="Odds ratios")
    assert numbers["unit"].tolist().count(20.0) == 1


def test_json_names_what_it_holds(tmp_path):
    TABLE.write(tmp_path / "t.json")
    (model,) = json.loads((tmp_path / "t.json").read_text("utf-8"))["models"]
    assert "coefficients" not in model
    assert model["odds_ratios"][1]["unit"] == 20
    FIT.report(tmp_path / "f.json")
    assert len(json.loads((tmp_path / "f.json").read_text("utf-8"))["models"][0]["coefficients"]) == 9


# --- every result -----------------------------------------------------------------------------------
@pytest.mark.parametrize("name", RESULTS)
def test_every_result_has_the_same_markups_and_files(tmp_path, name):
    result = RESULTS[name]
    assert ":---" in result.to_markdown()
    assert r"\toprule" in result.to_latex()
    assert 'class="glmlogit"' in result.to_html()
    assert result.to_html(full_page=True).startswith("<!DOCTYPE html>")
    for suffix in ("md", "html", "tex", "txt", "csv", "json"):
        result.write(tmp_path / f"r.{suffix}", style="bmj")
        assert (tmp_path / f"r.{suffix}").stat().st_size > 50
    assert "<table" in (tmp_path / "r.html").read_text("utf-8")


@pytest.mark.parametrize("suffix", ["docx", "html", "tex", "md", "txt", "csv", "json"])
def test_sentences_go_into_files(tmp_path, suffix):
    path = tmp_path / f"words.{suffix}"
    WORDS.write(path)
    if suffix == "docx":
        paragraphs = pytest.importorskip("docx").Document(str(path)).paragraphs
        text = "\n".join(paragraph.text for paragraph in paragraphs)
    else:
        text = path.read_text("utf-8")
    assert " ".join(WORDS.sentences[0][1].split()[:3]) in text.replace("\N{NO-BREAK SPACE}", " ")


def test_effects_are_pandas_frames_in_all_else():
    effects = FIT.margins()
    assert type(effects[["estimate"]]) is pd.DataFrame
    assert "age" in pd.DataFrame(effects).to_html()
    assert effects.to_csv(index=False).startswith("variable,contrast,estimate")


@pytest.mark.parametrize("style", ["plain", "lancet"])
def test_latex_compiles(tmp_path, style):
    TABLE.write(tmp_path / "t.tex", style=style, language="fr")
    compiled(tmp_path)


def compiled(folder, packages="booktabs,textcomp,graphicx"):
    """What LaTeX says of ``t.tex`` in a document; skipped without LaTeX."""
    compiler = shutil.which("pdflatex") or shutil.which("tectonic")
    if compiler is None:
        pytest.skip("no LaTeX compiler")
    text = rf"\documentclass{{article}}\usepackage{{{packages}}}\usepackage[T1]{{fontenc}}"
    (folder / "m.tex").write_text(text + r"\begin{document}\input{t}\end{document}", "utf-8")
    options = ["-interaction=nonstopmode", "-halt-on-error"] if "pdflatex" in compiler else []
    for _ in range(2):  # the second knows the widths of long tables
        made = subprocess.run([compiler, *options, "m.tex"], cwd=folder, capture_output=True, text=True, check=False)
        assert made.returncode == 0, made.stdout[-2000:]
    return made.stdout


@pytest.mark.slow
@pytest.mark.parametrize("make", ["table", "summary", "characteristics"])
def test_long_latex_tables_break_over_pages_and_keep_to_the_width_of_the_text(tmp_path, make):
    births = pd.concat([gl.datasets.birthwt()] * 4, ignore_index=True)
    rng = np.random.default_rng(1)
    for k in range(12):
        births[f"factor_{k}"] = rng.choice(["a first level", "second", "third α & β", "4th²", "fifth"], len(births))
    names = [name for name in births if name.startswith("factor")]
    formula = f"low ~ age + {' + '.join(names)}"
    page = {
        "table": lambda: gl.table(formula, births, labels={"age": "Age ₁"}),
        "summary": lambda: gl.logit(formula, births).summary(),
        "characteristics": lambda: gl.characteristics(births[["low", *names]], by="low", language="de"),
    }[make]()
    text = page.to_latex()
    assert text.startswith("% \\usepackage{booktabs,longtable,textcomp,graphicx}")
    (tmp_path / "t.tex").write_text(text, "utf-8")
    said = compiled(tmp_path, "booktabs,longtable,textcomp,graphicx,lmodern")
    assert "Overfull" not in said
    assert int(re.search(r"m\.pdf \((\d+) page", said)[1]) > 1


def test_a_long_latex_table_repeats_its_heads_and_has_its_notes_at_the_end():
    rows = tuple((f"{'  ' if k % 3 else ''}row {k}", f"{k}.5") for k in range(50))
    text = Table("Title", PAIR, rows, ("A note.",)).to_latex()
    assert text.count("Term & OR") == 3  # measured, on the first page, on others
    assert text.count("\\caption") == 2
    assert "Title (continued)" in text
    assert text.index("\\end{longtable}") < text.index("A note.")
    assert text.count("\\\\*\n") == 17  # no page ends below a variable without levels
    assert "longtable" not in Table("Title", PAIR, rows[:39], ("A note.",)).to_latex()


def test_latex_knows_the_signs_of_numbers_and_words():
    text = Table(None, PAIR, (("α Δ ₁ ⅔ √", "1\u202f513"),)).to_latex()
    assert r"$\alpha$ $\Delta$ \textsubscript{1} 2/3 $\surd$ & 1\,513" in text


PAIR = (Column("term", "Term", "left"), Column("or", "OR"))


def test_latex_ranges_have_a_dash_and_negative_numbers_a_minus():
    text = Table(None, PAIR, (("a", "0.77 (0.56-1.05)"), ("b", "-12.5"))).to_latex()
    assert "\na & \\phantom{00}0.77 (0.56-1.05) \\\\" in text
    assert "\nb & $-$12.5 \\\\" in text
    assert "\\begin{tabular}{ll}" in text


def test_a_wide_latex_table_is_made_as_narrow_as_the_text():
    narrow, wide = (Table(None, PAIR, (("x" * letters, "1.5"),)).to_latex() for letters in (9, 90))
    assert "resizebox" not in narrow
    assert "tabcolsep" in wide
    assert wide.index("\\sbox0{") < wide.index("\\end{tabular}}%") < wide.index("\\resizebox{\\linewidth}")


@pytest.mark.parametrize("letters", [20, 40, 60])
def test_a_table_that_fills_the_page_stays_in_one_piece(letters):
    heads = (Column("term", "Term", "left"), *(Column(f"c{k}", f"Head {k}") for k in range(4)))
    table = Table("Title", heads, (("x " * letters, *("0.123 [0.123, 4.567]" for _ in range(4))),))
    cells = word._cells(table)
    sizes = [(word._PADDING * 5, sum(word._widths(table, cells, word.POINTS)))]
    for room in np.linspace(0.7, 1.0, 31) * sizes[0][1]:
        assert word.pieces(table, room, word._largest(sizes, room)) == [table]


# --- widths of columns in Word ----------------------------------------------------------------------
@functools.cache
def letters_of(name):
    """Widths of letters, in heights of the letters, in a font that matplotlib brings: a wide one."""
    font_manager = pytest.importorskip("matplotlib.font_manager")
    ft2font = pytest.importorskip("matplotlib.ft2font")
    font = ft2font.FT2Font(font_manager.findfont(font_manager.FontProperties(weight=name)))
    font.set_size(100.0, 72.0)
    letter = functools.cache(lambda ch: font.load_char(ord(ch)).linearHoriAdvance / 65536 / 100)
    return lambda text: sum(map(letter, text))


LATIN = "".join(ch for ch in map(chr, [*range(33, 127), *range(0xC0, 0x100)]) if ch not in "×÷ÆæŒœ")


def test_letters_are_never_wider_than_the_rule_says():
    plain, bold = letters_of("normal"), letters_of("bold")
    assert [ch for ch in f"{LATIN}−∞–’ " if plain(ch) > word.text_points(ch, 1.0)] == []
    assert [ch for ch in LATIN if bold(ch) > 1.12 * word.text_points(ch, 1.0)] == []


@given(
    st.lists(st.lists(st.text(LATIN, min_size=1, max_size=45), min_size=1, max_size=4).map(" ".join), min_size=1),
    st.lists(st.text(LATIN, min_size=1, max_size=12), min_size=1, max_size=3).map(" ".join),
    st.sampled_from([9.0, 7.5, 6.0]),
)
def test_no_column_breaks_a_word(labels, head, points):
    plain, bold = letters_of("normal"), letters_of("bold")
    indent = 2 * FIGURE_SPACE
    rows = tuple((f"{indent * (i % 2)}{label}", "1.5") for i, label in enumerate(labels))
    table = Table(None, (Column("variable", head, "left"), Column("n", "n")), rows)
    width = word._widths(table, word._cells(table), points)[0] - 10.8  # the margins of a cell
    longest = max(plain(part) for label in labels for part in label.split(" "))
    indented = max((plain(part) for label in labels[1::2] for part in label.split(" ")), default=0.0)
    assert points * longest <= width
    assert points * (indented + 0.55 * 2) <= width or not indented
    assert points * max(bold(part) for part in head.split(" ")) <= width


@given(st.integers(1, 40), st.floats(200.0, 700.0))
def test_columns_that_have_no_room_go_into_another_table(k, room):
    heads = tuple(Column(f"n{j}", f"group {j}") for j in range(k))
    rows = tuple((f"x{i}", *(f"{i}.{j}" for j in range(k))) for i in range(3))
    table = Table("Numbers", (Column("variable", "Variable", "left"), *heads), rows, ("A note.",))
    parts = word.pieces(table, room, 6.0)
    assert [c for part in parts for c in part.columns[1:]] == list(heads)
    assert all([row[0] for row in part.rows] == ["x0", "x1", "x2"] for part in parts)
    assert all(sum(word._widths(part, word._cells(part), 6.0)) <= room for part in parts)
    assert [part.title for part in parts] == ["Numbers", *["Numbers, continued"] * (len(parts) - 1)]
    assert [part.notes for part in parts] == [*[()] * (len(parts) - 1), ("A note.",)]


def test_means_and_counts_of_one_column_end_their_units_below_each_other():
    cells = aligned(["23.2 (5.3)", "129.8 (30.6)", "93 (52.5)", "1,234 (6.3)", ""], ".")
    units = ["23", "129", "93", "1,234"]
    assert len({cell.index(unit) + len(unit) for cell, unit in zip(cells, units, strict=False)}) == 1
    same = aligned(["59/189 (31.2)", "1,130/2,015 (56.1)"], ".")  # counts alone keep their percentages so
    assert len({cell.index(".") for cell in same}) == 1
