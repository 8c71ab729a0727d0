"""One rounding, one style: the same number is the same text wherever it is printed, and no limit reads as the null."""

from __future__ import annotations

import ast
import math
import re
from dataclasses import replace
from pathlib import Path

import docx
import numpy as np
import openpyxl
import pandas as pd
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import glmlogit as gl
from glmlogit.documents import formatting
from glmlogit.documents.from_frame import HEADERS
from glmlogit.documents.style import (
    PLAIN,
    STYLES,
    active,
    decimal_mark,
    joined_limits,
    reference_text,
)
from glmlogit.documents.vocabulary import LANGUAGES, vocabulary
from glmlogit.errors import DataError
from glmlogit.plots import forest

PACKAGE = Path(gl.__file__).parent
BIRTHS = gl.datasets.birthwt()
FORMULA = "low ~ age + lwt + C(race) + smoke + ptl"
NAMES = list(STYLES)


def read(text: str) -> float:
    """A printed number as a float, whatever its marks."""
    return float(text.replace("·", ".").replace(",", "."))


quick = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


# --- the same number is the same text ---------------------------------------------------------------
def numbers_in(text: str) -> list[str]:
    return re.findall(r"\d[\d.,·]*\d|\d", text)


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("name", NAMES)
def test_a_ratio_is_the_same_text_in_table_figure_sentence_and_summary(name, language):
    with gl.style(name, language=language):
        fit = gl.logit(FORMULA, BIRTHS)
        table = gl.table(FORMULA, BIRTHS, method="wald")
        cells = [row[4] for row in table.summary.tables[0].rows if row[4] and row[4] != reference_text()]
        page = fit.summary(stars=False).tables[0]
        beside = [f"{row[-2].strip()} {row[-1].strip()}" for row in page.rows if row[-2]]
        lines = forest.lines_of(forest.tables_of(fit, None, None, None, False), None)
        drawn = [entry.text() for line in lines for entry in line.entries.values() if not entry.reference]
        sentences = [sentence for _, sentence in gl.interpret(fit).sentences]
    expected = [numbers_in(text)[:3] for text in drawn]
    assert len(expected) == 6
    assert [numbers_in(cell)[:3] for cell in cells] == expected
    assert [numbers_in(cell)[:3] for cell in beside] == expected
    for sentence, row in zip(sentences, expected, strict=True):
        said = re.search(r"([\d.,·]+)(?: times as high)? \(95 % CI (\S+?)(?: to |–|-|; )([\d.,·]+)\)", sentence)
        assert said is not None, sentence
        assert list(said.groups()) == [text.replace(",", ".") for text in row]  # English, in every language


@pytest.mark.parametrize("name", NAMES)
def test_cells_of_journals_are_joined_alike(name):
    fit = gl.logit("low ~ smoke", BIRTHS)
    with gl.style(name):
        cell = gl.table("low ~ smoke", BIRTHS, method="wald").summary.tables[0].rows[-1][2]
        lines = forest.lines_of(forest.tables_of(fit, None, None, None, False), None)
        assert [entry.text() for line in lines for entry in line.entries.values()] == [cell]
    assert (
        cell
        == {
            "plain": "2.022 [1.081, 3.783]",
            "jama": "2.02 (1.08-3.78)",
            "lancet": "2·02 (1·08–3·78)",
            "nejm": "2.02 (1.08–3.78)",
            "bmj": "2.02 (1.08 to 3.78)",
        }[name]
    )


# --- rounding ---------------------------------------------------------------------------------------
def near(null: float) -> st.SearchStrategy[float]:
    gap = st.floats(-7.5, 1.0).map(lambda e: 10.0**e)
    return st.tuples(gap, st.sampled_from([-1, 1])).map(lambda x: math.exp(x[0] * x[1]) if null else x[0] * x[1])


@quick
@given(st.lists(near(1.0), min_size=3, max_size=3), st.sampled_from(NAMES), st.integers(0, 4))
def test_limits_that_exclude_one_never_read_as_one_and_share_their_decimals(values, name, digits):
    low, ratio, high = sorted(values)
    assume(low >= 1e-4 and high < 1e5)
    with gl.style(name, digits=digits):
        texts, mark = formatting.ratio_row([ratio, low, high]), decimal_mark()
    shown = [read(text) for text in texts]
    assert len({len(text.partition(mark)[2]) for text in texts}) == 1
    for x, text in zip((ratio, low, high), shown, strict=True):
        assert (text > 1) == (x > 1)
        assert (text < 1) == (x < 1)
        assert text > 0
    assert shown[1] <= shown[0] <= shown[2]


@quick
@given(st.floats(1e-11, 1e-9))
def test_limits_on_one_side_of_one_are_told_from_it_as_far_as_doubles_are(gap):
    texts = formatting.ratio_row([1.5, 1 + gap + 5e-12, 2.0])
    assert float(texts[1]) > 1
    assert float(formatting.ratio_row([1 + gap, 0.5, 2.0])[0]) >= 1


@quick
@given(st.lists(near(0.0), min_size=3, max_size=3), st.sampled_from(NAMES))
def test_differences_that_exclude_zero_never_read_as_zero(values, name):
    with gl.style(name):
        texts = formatting.difference_row(sorted(values))
    assert all(np.sign(read(text)) == np.sign(x) for text, x in zip(texts, sorted(values), strict=True))


@quick
@given(st.floats(0, 1), st.sampled_from(NAMES), st.none() | st.integers(1, 5))
def test_p_values_never_cross_five_percent_nor_read_as_none_or_one(p, name, digits):
    with gl.style(name, p_digits=digits):
        text = formatting.pvalue(p, "publication")
        bound = active().p_least
    value = read(text.lstrip("<>"))
    assert 0 < value < 1
    assert (value < 0.05) == (p < 0.05)
    assert text.startswith("<") == (p < bound)
    if text.startswith(">"):
        assert p > value


P_VALUES = (0.5, 0.0312, 0.0096, 0.0034, 0.00002, 0.0499, 0.9996)


@pytest.mark.parametrize(
    ("name", "texts"),
    [
        ("plain", ("0.500", "0.031", "0.010", "0.003", "<0.001", "0.0499", ">0.999")),
        ("jama", (".50", ".03", ".010", ".003", "<.001", ".0499", ">.99")),
        ("lancet", ("0·50", "0·031", "0·0096", "0·0034", "<0·0001", "0·0499", ">0·99")),
        ("nejm", ("0.50", "0.03", "0.010", "0.003", "<0.001", "0.0499", ">0.99")),
        ("bmj", ("0.50", "0.03", "0.010", "0.003", "<0.001", "0.0499", ">0.99")),
    ],
)
def test_p_values_of_journals(name, texts):
    with gl.style(name):
        assert tuple(formatting.pvalue(p, "publication") for p in P_VALUES) == texts


def test_negative_limits_stand_apart_by_a_word():
    with gl.style("jama"):
        assert joined_limits("-0.1", "0.2") == "(-0.1 to 0.2)"
    with gl.style("lancet", language="fr"):
        assert joined_limits("-0·1", "0·2") == "(-0·1 à 0·2)"


def test_counts_have_one_mark_of_thousands():
    texts = {name: [] for name in NAMES}
    for name in NAMES:
        with gl.style(name):
            texts[name] = [formatting.count(x) for x in (999, 1234, 12345, -1234567)]
    assert texts["plain"] == texts["jama"] == ["999", "1,234", "12,345", "-1,234,567"]
    assert texts["lancet"] == ["999", "1234", "12\u202f345", "-1\u202f234\u202f567"]
    with gl.style(language="it"):
        assert formatting.count(12345) == "12\u202f345"
        assert formatting.ratio_row([1.5])[0] == "1,500"


def test_ratios_of_effects_have_rows_of_their_own():
    fit = gl.logit("low ~ smoke + age", BIRTHS)
    effects = fit.comparisons("smoke", ["risk_difference", "risk_ratio"])
    row = dict(zip(effects.columns, range(effects.shape[1]), strict=True))
    page = effects._page().rows[1]
    numbers = effects.iloc[1][["estimate", "conf_low", "conf_high"]].tolist()
    assert [page[row[key]] for key in ("estimate", "conf_low", "conf_high")] == formatting.ratio_row(numbers)


# --- choosing a style -------------------------------------------------------------------------------
def _fail_in_a_block(outer):
    with gl.style(digits=1) as inner:
        assert inner == replace(outer, digits=1)
        raise ZeroDivisionError


def test_a_style_ends_with_its_block_also_by_an_error():
    assert active() == PLAIN
    with gl.style("lancet") as outer:
        assert active() == outer == STYLES["lancet"]
        with pytest.raises(ZeroDivisionError):
            _fail_in_a_block(outer)
        assert active() == outer
    assert active() == PLAIN
    block = gl.style("bmj")
    for _ in range(2):
        with block:
            assert active().name == "bmj"
    assert active() == PLAIN


def test_a_table_keeps_the_style_it_was_asked_for_in_and_can_take_another():
    plain = gl.table("low ~ smoke", BIRTHS)
    chosen = gl.table("low ~ smoke", BIRTHS, style="jama", digits=1)
    with gl.style("lancet"):
        assert "2·02 (1·08–3·80)" in str(plain)
        assert "2.0 (1.1-3.8)" in str(chosen)
    assert "2.022 [1.082, 3.801]" in str(plain)
    assert str(plain.styled("jama", digits=1)) == str(chosen)
    pd.testing.assert_frame_equal(plain.frame, chosen.frame)


def test_files_are_written_in_a_style(tmp_path):
    table = gl.table("low ~ smoke", BIRTHS)
    table.write(tmp_path / "t.md", style="bmj", language="de")
    text = (tmp_path / "t.md").read_text("utf-8")
    assert all(words in text for words in ("2,02 (1,08 bis 3,80)", "Referenz", "Rohe und adjustierte"))
    table.write(tmp_path / "t.csv", style="bmj", language="de")
    assert "2.02" in (tmp_path / "t.csv").read_text("utf-8")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"style": "natur"}, "'lancet'"),
        ({"style": 3}, "gl.Style"),
        ({"language": "nl"}, "'pt'"),
        ({"digits": 12}, "from 0 to 9"),
        ({"digits": True}, "whole number"),
        ({"p_digits": 0}, "from 1 to 9"),
        ({"brackets": "("}, "opening"),
    ],
)
def test_what_no_style_has_is_refused(options, words):
    with pytest.raises(DataError, match=re.escape(words)):
        gl.style(**options)


def test_digits_of_a_journal_are_two():
    with gl.style(digits="journal"):
        assert formatting.ratio_row([2.346]) == ["2.35"]
        assert active().digits == 2


def test_a_caption_stands_above_the_table():
    with gl.style("nejm", caption="Table 2. Low birth weight."):
        page = str(gl.table("low ~ smoke", BIRTHS))
    assert page.startswith("Table 2. Low birth weight.")
    assert "OR, odds ratio; CI, confidence interval." in page


# --- languages --------------------------------------------------------------------------------------
_SAYING = {"say": "documents.style", "sentence": "messages.words"}


def spoken() -> set[str]:
    """Words that the package asks for in the language of the style."""
    words = set(HEADERS.values())
    for text in (path.read_text("utf-8") for path in PACKAGE.rglob("*.py")):
        says = {name for name, home in _SAYING.items() if f"{home} import" in text}
        for node in ast.walk(ast.parse(text if says else "")):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            if name in says:
                first = node.args[0]
                parts = [first.body, first.orelse] if isinstance(first, ast.IfExp) else [first]
                words |= {part.value for part in parts if isinstance(part, ast.Constant)}
    return words


def _without_parts(template: str) -> str:
    return re.sub(r"\{\w+\}", "", template)


def test_every_fixed_word_has_every_language():
    words = vocabulary()
    missing = sorted(word for word in spoken() if word not in words and re.search(r"[^\W\d_]{2}", _without_parts(word)))
    assert missing == []
    for english, row in words.items():
        assert set(row) == set(LANGUAGES), english
        for language, text in row.items():
            assert text.strip() == text != "", (english, language)
            assert set(re.findall(r"\{\w+\}", text)) == set(re.findall(r"\{\w+\}", english)), (english, language)


@pytest.mark.parametrize("write", [str, gl.RocCurve.to_markdown, gl.RocCurve.to_latex])
def test_french_parts_colons_from_words(write):
    with gl.style(language="fr"):
        page = write(gl.roc(gl.logit("low ~ age", BIRTHS)))
    assert "Lignes\u00a0:" in page
    assert "Lignes:" not in page


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_table_has_no_english_heads_in_another_language(language):
    with gl.style("bmj", language=language):
        table = gl.table("low ~ age + smoke", BIRTHS).summary.tables[0]
    heads = [column.header for column in table.columns]
    if language == "en":
        assert heads[1:4] == ["Events/n (%)", "Crude OR (95% CI)", "P value"]
    else:
        english = {"Events/n (%)", "Crude OR (95% CI)", "P value", "Adjusted OR (95% CI)"}
        assert not english & set(heads)


def test_axes_speak_the_language():
    pytest.importorskip("matplotlib").use("Agg")
    from matplotlib import pyplot as plt

    plt.close("all")
    fit = gl.logit("low ~ age + smoke", BIRTHS)
    with gl.style("lancet", language="es"):
        ax = gl.forest_plot(fit)
        assert ax.get_xlabel() == "Odds ratio (escala log)"
        texts = [text.get_text() for text in ax.texts]
        assert any("2·00 (1·06–3·75)" in text for text in texts)
        assert fit.plot("effect", variable="age").get_ylabel() == "Probabilidad de low = 1"


@pytest.mark.parametrize(
    "make",
    [
        lambda **style: gl.two_by_two(BIRTHS, "low", "smoke", **style),
        lambda **style: gl.table("low ~ age + smoke", BIRTHS, **style),
    ],
    ids=["two_by_two", "table"],
)
def test_files_of_a_styled_result_are_those_of_its_style(make, tmp_path, monkeypatch):
    """Words and marks that a format adds, the name of a sheet and of a second part, are of the result's style too."""
    monkeypatch.setenv("COLUMNS", "44")
    with gl.style("lancet", language="de"):
        expected = make()
        printed = str(expected)
        expected.write(tmp_path / "block.docx")
    asked = make(style="lancet", language="de")
    assert str(asked) == printed
    asked.write(tmp_path / "asked.docx")
    make().write(tmp_path / "written.docx", style="lancet", language="de")
    make().write(tmp_path / "written.xlsx", language="de")
    pages = [cells(tmp_path / f"{name}.docx") for name in ("block", "asked", "written")]
    assert pages[0] == pages[1] == pages[2]
    assert "Tabelle" in openpyxl.load_workbook(tmp_path / "written.xlsx").sheetnames


def cells(path):
    """The text of a page of Word, table by table."""
    return [[cell.text for row in table.rows for cell in row.cells] for table in docx.Document(path).tables]
