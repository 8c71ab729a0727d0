"""``--labels FILE``: names to print from a file, refused by name or line; the page of options names all there are."""

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path

import pytest

from glmlogit.cli.command import COMMANDS
from glmlogit.cli.main import main
from glmlogit.errors import DataError
from glmlogit.files.label_file import read_labels

CSV = """variable,level,label
low,,low birth weight
smoke,,Smoking
smoke,0,No
smoke,1,Yes
lwt,,"Weight, lb"
"""
LABELS = {"low": "low birth weight", "smoke": ("Smoking", {"0": "No", "1": "Yes"}), "lwt": "Weight, lb"}


def file_of(tmp_path, text, name="labels.csv"):
    path = tmp_path / name
    path.write_text(text, "utf-8")
    return str(path)


@pytest.mark.parametrize(
    "text",
    [
        CSV,
        "\ufeff" + CSV,
        CSV.replace('"Weight, lb"', "Weight, lb")
        .replace("variable,level,label", "variable;level;label")
        .replace(",,", ";;")
        .replace("smoke,", "smoke;")
        .replace(",No", ";No")
        .replace(",Yes", ";Yes"),
        json.dumps({name: list(of) if isinstance(of, tuple) else of for name, of in LABELS.items()}),
    ],
)
def test_files_of_labels_are_read(tmp_path, text):
    assert read_labels(file_of(tmp_path, text)) == LABELS


def test_a_file_without_levels(tmp_path):
    assert read_labels(file_of(tmp_path, "variable\tlabel\nage\tAge, years\n\n")) == {"age": "Age, years"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name,text\nage,Age\n", "first line of the labels .* is 'name,text'"),
        ("variable,label\nage,Age\nlwt,Weight, lb\n", "line 3 of the labels .* has 3 values"),
        ("variable,label\nage,\n", "line 2 of the labels .* has no label"),
        ("variable,label\n,Age\n", "line 2 of the labels .* has no variable"),
        ("variable,label\nage,Age\nage,Years\n", "line 3 of the labels .* is the second for 'age'"),
        ("variable,level,label\na,1,A\na,1,B\n", "second for level '1' of 'a'"),
        ("variable,level,label\na,1,A\na,2,A\n", "levels '1' and '2' of 'a' both 'A'"),
        ("[1]", "no object of JSON"),
        ("{", "no JSON"),
        ('{"age": 3}', "label of 'age' is 3"),
    ],
)
def test_files_of_something_else_are_refused_by_line_or_name(tmp_path, text, message):
    with pytest.raises(DataError, match=message):
        read_labels(file_of(tmp_path, text))


def test_files_that_are_absent_or_unreadable(tmp_path):
    with pytest.raises(DataError, match="cannot read the labels"):
        read_labels(tmp_path / "none.csv")
    (tmp_path / "latin.csv").write_bytes("variable,label\nage,Größe\n".encode("latin-1"))
    with pytest.raises(DataError, match="not UTF-8"):
        read_labels(tmp_path / "latin.csv")


COMMAND_LINES = {
    "table": ["table", "low ~ lwt + smoke", "dataset:birthwt", "--method", "wald"],
    "two-by-two": ["two-by-two", "dataset:birthwt", "--outcome", "low", "--exposure", "smoke"],
    "fit": ["fit", "low ~ lwt + smoke", "dataset:birthwt"],
    "effects": ["effects", "low ~ lwt + smoke", "dataset:birthwt", "--compare", "smoke", "--words"],
    "check": ["check", "low ~ lwt + smoke", "dataset:birthwt"],
    "roc": ["roc", "low ~ lwt + smoke", "dataset:birthwt", "--resampling", "none"],
}


@pytest.mark.parametrize("command", COMMAND_LINES)
def test_commands_print_labels(tmp_path, capsys, command):
    assert main([*COMMAND_LINES[command], "--labels", file_of(tmp_path, CSV)]) == 0
    printed = capsys.readouterr().out
    lines = "\n".join(line for line in printed.splitlines() if " ~ " not in line)
    assert not re.search(r"\b(lwt|smoke)\b", lines), lines
    assert any(label in lines for label in ("Smoking", "low birth weight", "Weight, lb"))


def test_labels_of_a_stata_file_are_printed_and_those_of_the_command_stand_before_them(tmp_path, capsys):
    import glmlogit as gl

    births = gl.datasets.birthwt()[["low", "lwt", "smoke"]]
    births.to_stata(
        tmp_path / "births.dta", variable_labels={"lwt": "Weight of mother", "smoke": "Smokes"}, write_index=False
    )
    line = ["effects", "low ~ lwt + smoke", str(tmp_path / "births.dta"), "--words"]
    assert main(line) == 0
    printed = capsys.readouterr().out
    assert "Weight of mother" in printed
    assert "where Smokes = 1" in " ".join(printed.split())
    assert main([*line, "--labels", file_of(tmp_path, CSV)]) == 0
    printed = capsys.readouterr().out
    assert "Weight, lb" in printed
    assert "Smokes" not in printed
    assert main(["fit", "low ~ lwt + smoke", "dataset:birthwt"]) == 0
    assert "Weight" not in capsys.readouterr().out


def test_an_error_is_one_line(tmp_path, capsys):
    assert main([*COMMAND_LINES["fit"], "--labels", str(tmp_path / "none.csv")]) == 2
    assert capsys.readouterr().err.startswith("glmlogit: cannot read the labels")


def options_of(name):
    parser = argparse.ArgumentParser()
    COMMANDS[name].options(parser)
    return {option for action in parser._actions for option in action.option_strings if option.startswith("--")} - {
        "--help"
    }


PAGE = Path(__file__).parents[2] / "docs" / "command-line.md"
GROUPS = {
    "all that fit": ("fit", "table", "effects", "check", "roc", "calibration", "validate"),
    "all that read a file": (
        "fit",
        "table",
        "effects",
        "check",
        "roc",
        "calibration",
        "validate",
        "read",
        "two_by_two",
        "show",
    ),
    "all that print a page": ("fit", "table", "effects", "check", "roc", "calibration", "two_by_two", "show"),
}


@pytest.mark.parametrize("name", COMMANDS)
def test_the_page_of_the_command_line_has_the_options_of_each_command(name):
    """Its table, and nothing else there is no option."""
    rows = re.findall(
        r"^\| (`?[\w -]+`?) \| (.*) \|$",
        PAGE.read_text("utf-8").partition("## Options")[2].partition("## Files")[0],
        re.MULTILINE,
    )
    listed = {row.strip("`").replace("-", "_"): set(re.findall(r"`(--[\w-]+)`", text)) for row, text in rows}
    assert set(COMMANDS) | set(GROUPS) <= set(listed)
    wanted = set(listed[name]).union(*(listed[group] for group, members in GROUPS.items() if name in members))
    assert wanted == options_of(name)
