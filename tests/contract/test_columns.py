"""Nothing is printed beyond the last column of the terminal, 80 unless COLUMNS says more, and no number is broken."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from record import RECORDING, cli

import glmlogit as gl
from glmlogit.documents.pages import Column, Table
from glmlogit.messages import lines
from glmlogit.messages.lines import columns, display_width, filled

BIRTHS = gl.datasets.birthwt()
LONG = "low ~ age + lwt + C(race, Treatment('other')) + smoke + I((lwt - 130)^2) + age:smoke + ptl + ht + ui"
LABELS = {
    "lwt": "Weight of the mother at her last menstrual period before the pregnancy, in pounds",
    "race": {"white": "White", "black": "Black or African American, of any ethnicity", "other": "Other"},
}
COMMANDS = [
    ("fit", LONG, "dataset:birthwt"),
    ("fit", "HG ~ NV + PI + EH", "dataset:endometrial", "--firth", "--profile"),
    ("effects", LONG, "dataset:birthwt", "--at", "age=20,30"),
    ("effects", "low ~ age + smoke", "dataset:birthwt", "--compare", "smoke", "--words"),
    ("demo",),
    ("validate", "low ~ age + C(race)", "dataset:birthwt"),
    ("check", "low ~ age + C(race) + smoke", "dataset:birthwt"),
    ("roc", "low ~ age + smoke", "dataset:birthwt"),
    ("calibration", "low ~ age + smoke", "dataset:birthwt"),
]


def widest(text: str) -> int:
    return max(map(display_width, text.split("\n")))


@pytest.mark.parametrize("width", [60, 80])
@pytest.mark.parametrize("arguments", COMMANDS, ids=lambda words: " ".join(words)[:40])
def test_commands_keep_to_the_columns(arguments: tuple[str, ...], width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    page = cli(*arguments).partition("\n--- standard error")[0]
    assert page.startswith("exit 0")
    assert len(page) > 300
    assert widest(page) <= width


@pytest.mark.parametrize("command", ["", "fit", "effects", "demo", "validate", "check", "roc", "calibration", "read"])
def test_help_keeps_to_80_columns(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    usage, _, text = cli(*command.split(), "--help").partition("\n\n")
    assert usage.startswith("exit 0")
    assert widest(text) <= 80


def test_recorded_results_keep_to_80_and_60_columns() -> None:
    calls = json.loads(RECORDING.read_text(encoding="utf-8"))["calls"]
    assert [line for said in calls.values() for line in said if line.startswith("wider than ")] == []


@pytest.mark.parametrize("width", [60, 80])
def test_long_formulas_and_labels(width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    table = gl.table("low ~ age + lwt + C(race) + smoke", BIRTHS, labels=LABELS, units={"lwt": 10})
    several = gl.table("race ~ age + lwt + smoke", BIRTHS, estimator=gl.multinomial, labels={"lwt": LABELS["lwt"]})
    fit = gl.logit(LONG, BIRTHS)
    monkeypatch.setenv("COLUMNS", str(width))
    for result in (table, several, fit, fit.summary(), fit.margins(), fit.separation, fit.interpret("smoke")):
        assert widest(str(result)) <= width
    page = " ".join(str(table).split())
    assert "menstrual" in page
    ratios = re.findall(r"\d\.\d+ \[\d\.\d+, +\d\.\d+\]", str(table))
    assert len(ratios) == 2 * 5  # crude and adjusted, of five rows that are no reference


@pytest.mark.parametrize(
    ("said", "have"),
    [("", 80), ("0", 80), ("-3", 80), ("80.5", 80), ("x", 80), ("²", 80), ("9" * 9, 80), ("1", 40), ("120", 120)],
)
def test_columns_are_80_unless_the_environment_says_more(said: str, have: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", said)
    assert columns() == have
    monkeypatch.delenv("COLUMNS")
    assert columns() == lines.DEFAULT_COLUMNS == 80


NUMBERS = st.floats(-1e6, 1e6).map(lambda x: f"{x:.4g}") | st.sampled_from(
    ["1 (reference)", "2.367 [1.001, 15.598]", "NA", ""]
)
TEXTS = st.lists(st.text("abcXY年()_", min_size=1, max_size=30), min_size=1, max_size=6).map(" ".join)


@st.composite
def tables(draw: st.DrawFn) -> Table:
    left, right, n = draw(st.integers(1, 3)), draw(st.integers(1, 12)), draw(st.integers(1, 4))
    heads = [Column(f"t{j}", draw(TEXTS), "left") for j in range(left)]
    heads += [Column(f"n{j}", draw(TEXTS), rule=draw(st.booleans())) for j in range(right)]
    rows = [(*(draw(TEXTS) for _ in range(left)), *(draw(NUMBERS) for _ in range(right))) for _ in range(n)]
    return Table(draw(st.none() | TEXTS), tuple(heads), tuple(rows), tuple(draw(st.lists(TEXTS, max_size=2))))


@given(tables(), st.integers(60, 130))
def test_tables_keep_to_the_columns_and_numbers_are_whole(table: Table, width: int) -> None:
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setenv("COLUMNS", str(width))
        text = table.to_text()
    assert widest(text) <= width
    shown = text.replace("|", " ").split()
    for row in table.rows:
        for cell in row[sum(column.align == "left" for column in table.columns) :]:
            assert all(part in shown for part in cell.split())


@given(st.integers(1, 9), st.integers(60, 100))
def test_what_opens_a_table_of_its_own_has_its_title_and_no_blank_rows(rows: int, width: int) -> None:
    heads = [Column("t", "Term", "left"), Column("a", "Estimate"), Column("b", "Ratio", rule=True, opens="Odds ratios")]
    wide = "2.5-" * 7 + "10"
    lines_of = (("Intercept", wide, ""), *((f"x{i}", wide, wide) for i in range(rows)))
    table = Table("Coefficients", tuple(heads), lines_of)
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setenv("COLUMNS", str(width))
        text = table.to_text()
        plain = replace(table, columns=tuple(replace(column, opens="") for column in heads)).to_text()
    if width >= 9 + 1 + 30 + 1 + 30:
        assert text.count("\n") == rows + 2
    else:
        assert text.split("\n\n")[1].startswith("Odds ratios:\n")
        assert text.count("Intercept") == 1
        assert "Coefficients, continued:" in plain


@given(st.lists(st.text("ab1(,年.", min_size=1, max_size=70), max_size=12), st.integers(20, 60))
def test_sentences_keep_to_the_columns(words: list[str], width: int) -> None:
    text = filled(" ".join(words), width, "  ")
    assert widest(text) <= width
    assert "".join(text.split()) == "".join(words)


def test_a_number_stays_whole_and_with_its_name() -> None:
    text = "p = 0.0316 " * 30 + "C(race,Treatment('other'))" * 5 + "-123.456" * 2
    for width in range(20, 80):
        said = filled(text, width)
        assert said.count("p = 0.0316") == 30
        assert said.count("123.456") == 2
