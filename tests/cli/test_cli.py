"""The command line: what it prints, what it writes, how it reads files, and one line for every error."""

from __future__ import annotations

import bz2
import contextlib
import functools
import gzip
import io
import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from shell import run

import glmlogit as gl
from glmlogit.cli import console, main
from glmlogit.cli import demo as demo_module
from glmlogit.errors import DataError
from glmlogit.files import formats as files

FORMULA = "low ~ age + C(race) + smoke"
BIRTHS = "dataset:birthwt"


def error_of(capsys, *args) -> str:
    """The one line an error prints."""
    code, out, err = run(capsys, *args)
    assert (code, out) == (2, "")
    assert err.startswith("glmlogit: ")
    assert err.endswith("\n")
    assert err.count("\n") == 1
    assert "Traceback" not in err
    return err.removeprefix("glmlogit: ").rstrip("\n")


def program(*args, **how) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([sys.executable, "-m", "glmlogit", *args], capture_output=True, check=False, **how)


@pytest.fixture
def births(tmp_path) -> Path:
    path = tmp_path / "births.csv"
    gl.datasets.birthwt().assign(team=np.arange(189) % 30, n=2).to_csv(path, index=False)
    return path


@pytest.fixture
def small(tmp_path):
    """A function that writes lines to a CSV file and returns its path."""

    def write(*lines: str, name: str = "small.csv") -> Path:
        path = tmp_path / name
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    return write


def recoded(small, zero: str, one: str) -> Path:
    rows = [(0, 1.5), (1, 2.5), (0, 0.5), (1, 1.2), (0, 2.2), (1, 3.1), (1, 0.7), (0, 1.1)]
    return small("y,x", *(f"{one if y else zero},{x}" for y, x in rows))


# --- fit ----------------------------------------------------------------------------------------


def test_fit_prints_the_summary_of_the_fit(capsys):
    code, out, err = run(capsys, "fit", FORMULA, BIRTHS)
    assert (code, err) == (0, "")
    assert out == f"{gl.logit(FORMULA, gl.datasets.birthwt()).summary()}\n"


@pytest.mark.parametrize(
    ("options", "keywords"),
    [
        (["--weights", "n"], {"weights": "n"}),
        (["--weights", "n", "--weight-type", "sampling"], {"weights": "n", "weight_type": "sampling"}),
        (["--event", "0"], {"event": 0}),
        (["--offset", "lwt"], {"offset": "lwt"}),
        (["--cluster", "team"], {"cluster": "team"}),
        (["--cluster", "team,race"], {"cluster": ["team", "race"]}),
        (["--level", "0.9"], {"level": 0.9}),
        (["--class-weight", "balanced"], {"class_weight": "balanced"}),
        (["--class-weight", "1=5, 0=0.5"], {"class_weight": {1: 5.0, 0: 0.5}}),
        (["--class-weight", "prevalence=0.05"], {"class_weight": {"prevalence": 0.05}}),
    ],
)
def test_options_mean_what_they_mean_in_python(capsys, births, options, keywords):
    code, out, _ = run(capsys, "fit", "low ~ age + smoke", births, *options)
    assert code == 0
    assert out == f"{gl.logit('low ~ age + smoke', pd.read_csv(births), **keywords).summary()}\n"


def test_trials_and_covariance(capsys, tmp_path):
    path = tmp_path / "cbpp.csv"
    gl.datasets.cbpp().to_csv(path, index=False)
    code, out, _ = run(capsys, "fit", "incidence ~ C(period)", path, "--trials", "size", "--cov", "HC0")
    fit = gl.logit("incidence ~ C(period)", pd.read_csv(path), trials="size").with_cov("HC0")
    assert (code, out) == (0, f"{fit.summary()}\n")


@pytest.mark.parametrize(
    ("form", "start"),
    [
        ("text", "Logistic regression"),
        ("markdown", "## Logistic regression"),
        ("csv", "term,"),
        ("json", "{"),
        ("html", "<!DOCTYPE html>"),
    ],
)
def test_formats(capsys, form, start):
    code, out, err = run(capsys, "fit", FORMULA, BIRTHS, "--format", form)
    assert (code, err) == (0, "")
    assert out.lower().startswith(start.lower())


def test_csv_and_json_hold_full_precision(capsys):
    fit = gl.logit(FORMULA, gl.datasets.birthwt())
    _, out, _ = run(capsys, "fit", FORMULA, BIRTHS, "--format", "csv")
    table = pd.read_csv(io.StringIO(out)).set_index("term")
    assert table["estimate"].tolist() == fit.params.tolist()
    _, out, _ = run(capsys, "fit", FORMULA, BIRTHS, "--format", "json")
    assert [row["estimate"] for row in json.loads(out)["models"][0]["coefficients"]] == fit.params.tolist()


FIT = ["fit", FORMULA, BIRTHS]


@pytest.mark.parametrize(
    ("command", "suffix"),
    [
        *((FIT, suffix) for suffix in (".md", ".html", ".csv", ".json", ".docx", ".xlsx", ".tex", ".txt")),
        *((["demo"], suffix) for suffix in (".md", ".csv", ".xlsx")),  # other files of it are looked into below
        *(pytest.param(["demo"], suffix, marks=pytest.mark.slow) for suffix in (".tex", ".txt")),
    ],
)
def test_out_writes_a_file_and_says_so(capsys, tmp_path, suffix, command):
    path = tmp_path / f"report{suffix}"
    code, out, err = run(capsys, *command, "--out", path)
    assert (code, out, err) == (0, "", f"glmlogit: wrote {path}\n")
    assert path.stat().st_size > 500


def test_separation_is_printed_first(capsys):
    code, out, err = run(capsys, "fit", "HG ~ NV + PI", "dataset:endometrial")
    assert code == 0
    assert out.startswith("WARNING: Quasi-complete separation: NV has no finite estimate")
    assert err.startswith("glmlogit: warning: Quasi-complete separation")
    assert err.count("\n") == 1
    assert "(--firth)" in err


@pytest.mark.parametrize("options", [["--firth"], ["--profile"], ["--firth", "--method", "wald"]], ids=" ".join)
def test_firth_and_profile(capsys, tmp_path, options):
    estimator = gl.firth if "--firth" in options else gl.logit
    method = "wald" if options[-1] == "wald" else "profile"
    fit = estimator(FORMULA, gl.datasets.birthwt())
    code, out, err = run(capsys, "fit", FORMULA, BIRTHS, *options)
    assert (code, err) == (0, "")
    assert out == f"{fit.summary(method=method)}\n"
    assert run(capsys, "fit", FORMULA, BIRTHS, *options, "--out", tmp_path / "r.csv")[0] == 0
    table = pd.read_csv(tmp_path / "r.csv").set_index("term")
    assert table["estimate"].tolist() == fit.params.tolist()
    assert table["odds_ratio_low"].dropna().tolist() == fit.odds_ratios(method=method)["conf_low"].tolist()


# --- the value that is the event ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("coding", "event", "modelled"),
    [
        (("0", "1"), "1", "y = 1 (not 0)"),
        (("0", "1"), "0", "y = 0 (not 1)"),
        (("0", "1"), "1.0", "y = 1 (not 0)"),
        (("1", "2"), "2", "y = 2 (not 1)"),
        (("1.5", "2.5"), "2.5", "y = 2.5 (not 1.5)"),
        (("no", "yes"), "yes", "y = 'yes' (not 'no')"),
        (("no", "yes"), "no", "y = 'no' (not 'yes')"),
        (("False", "True"), "True", "y = True (not False)"),
        (("FALSE", "TRUE"), "false", "y = False (not True)"),
        (("False", "True"), "1", "y = True (not False)"),
        (("01", "02"), "02", "y = '02' (not '01')"),
    ],
)
def test_the_event_is_matched_by_its_meaning(capsys, small, coding, event, modelled):
    code, out, _ = run(capsys, "fit", "y ~ x", recoded(small, *coding), "--event", event)
    assert code == 0
    assert f"Event modelled: {modelled}\n" in out


def test_the_event_of_a_computed_outcome(capsys, births):
    code, out, _ = run(capsys, "fit", "I(bwt < 2000) ~ age", births, "--event", "True")
    assert code == 0
    assert "Event modelled: I(bwt < 2000) = True (not False)" in out


@pytest.mark.parametrize(("coding", "event"), [(("1", "2"), "3"), (("no", "yes"), "Yes"), (("0", "1"), "yes")])
def test_an_event_that_does_not_occur_is_told_with_the_values_there_are(capsys, small, coding, event):
    message = error_of(capsys, "fit", "y ~ x", recoded(small, *coding), "--event", event)
    assert message.startswith(f"--event {event} does not occur in outcome y, whose values are ")


def test_hints_are_in_the_words_of_the_command_line(capsys, small, births):
    message = error_of(capsys, "fit", "y ~ x", recoded(small, "1", "2"))
    assert message.endswith("Type --event 2 to model that one")
    message = error_of(capsys, "fit", "low ~ age", births, "--cov", "cluster")
    assert message.endswith("name them when fitting: --cluster id")
    assert console.as_typed("give weight_type='sampling'") == "give --weight-type sampling"
    assert console.as_typed("type event='not low'") == "type --event 'not low'"


# --- errors -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ("", "the following arguments are required: COMMAND"),
        ("fitt", "invalid choice: 'fitt'"),
        ("fit 'y ~ x'", "the following arguments are required: DATA"),
        ("fit low ~ age births.csv", "put the formula in quotes"),
        ("two-by-two 30 44 29 86", "type the numbers of a table as --counts A,B,C,D"),
        ("fit 'y ~ x' {births} --level much", "invalid float value: 'much'"),
        ("fit 'y ~ x' {births} --wei n", "unrecognized arguments"),
        ("fit 'y ~ x' {tmp}/none.csv", "No such file or directory"),
        ("fit {births} 'y ~ x'", "the formula comes first, then the data"),
        ("fit 'y ~ x' {tmp}", "Is a directory"),
        ("fit 'y ~ x' dataset:none", "There is no data set 'none'. Type one of: birthwt"),
        ("fit 'low ~ aeg' {births}", "no column 'aeg'"),
        ("fit 'low ~ (age' {births}", "never closed"),
        ("fit 'low age' {births}", "no '~'"),
        ("fit 'low ~ open(age)' {births}", "open"),
        ("fit 'low ~ age' {births} --weights none", "no column 'none'"),
        ("fit 'low ~ age' {births} --cluster team,none", "no column 'none'"),
        ("fit 'n ~ age' {births}", "outcome n"),
        ("fit 'low ~ age' {births} --level 95", "did you mean 0.95?"),
        ("fit 'low ~ age' {births} --cov HC9", "'HC9' is not known"),
        ("fit 'low ~ age' {births} --profile --cov HC3", "Leave out --profile, or report the fit with --cov model"),
        ("fit 'low ~ age' {births} --profile --cluster team", "ikelihood"),
        ("fit 'low ~ age' {births} --profile --weights n --weight-type sampling", "pseudo-likelihood"),
        ("validate 'low ~ age' {births} --firth", "unrecognized arguments: --firth"),
        ("fit 'low ~ age' {births} --out r.xyz", "end its name in .csv, .docx"),
        ("fit 'low ~ age' {births} --out {tmp}/none/r.md", "there is no folder"),
        ("fit 'low ~ age' {births} --out {births}", "which would be lost"),
        ("fit 'low ~ age' {births} --out r.md --format csv", "Leave one out"),
        ("demo --out r.xyz", "end its name in"),
        ("validate 'low ~ age' {births} --against sas", "invalid choice: 'sas'"),
        ("validate 'low ~ age' {births} --rtol 3", "--rtol 3.0: give a tolerance between 0 and 1"),
    ],
)
def test_a_users_error_is_one_line_and_exit_code_2(capsys, births, tmp_path, args, message):
    given = shlex.split(args.format(births=births, tmp=tmp_path))
    assert message in error_of(capsys, *given)


def test_a_message_of_several_lines_is_folded(capsys, monkeypatch):
    def fail(*_, **__):
        raise DataError("first line\n    second line \x1b[31m")

    monkeypatch.setattr("glmlogit.estimators.logit.logit", fail)
    assert error_of(capsys, "fit", FORMULA, BIRTHS) == "first line second line \\x1b[31m"


def test_a_fault_of_the_program_is_no_traceback_either(capsys, monkeypatch):
    def fail(*_, **__):
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr("glmlogit.estimators.logit.logit", fail)
    assert "unexpected ZeroDivisionError: division by zero" in error_of(capsys, "fit", FORMULA, BIRTHS)


def test_a_file_that_cannot_be_written(capsys, tmp_path, monkeypatch):
    def fail(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "replace", fail)
    path = tmp_path / "r.md"
    assert error_of(capsys, "fit", FORMULA, BIRTHS, "--out", path) == f"cannot write '{path}': Permission denied"


def test_a_report_in_place_of_a_folder(capsys, tmp_path):
    (tmp_path / "folder.md").mkdir()
    assert "Is a directory" in error_of(capsys, "demo", "--out", tmp_path / "folder.md")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", b"", "is empty"),
        ("a.csv", b"\n\n", "is empty, or its first line is"),
        ("a.csv", b"y,x\n", "the data have 0 rows"),
        ("a.csv", bytes(range(128, 256)) * 9, "is not UTF-8 text"),
        ("a.csv", b"\0" * 99, "is no text: it holds bytes of 0"),
        ("a.csv", "y,x\n1,Ìîñêâà\n".encode("latin-1"), "is not UTF-8 text (byte 0xcc)"),
        ("a.csv", "y,x\n1,é\n".encode("utf-16")[:-1], "cannot read"),
        ("a.csv", b"y,x\n1,2\n1,2,3,4\n", "Expected 3 fields in line 2, saw 4"),
        ("a.csv", b"y,x\n1,2,3\n0,2,3\n", "3 values in data line 1 where its header names 2 columns"),
        ("a.csv", b"y,x\n1,2,3,4\n0,2,3,4\n", "more values in a line than its header has names (2)"),
        ("a.csv", b'y,x\n"1,2\n', "cannot read"),
        ("a.csv", b"y,x,x\n1,2,3\n0,1,2\n", "more than once"),
        ("a.csv.gz", b"y,x\n1,2\n", "Not a gzipped file"),
        ("a.csv.gz", gzip.compress(b"y,x\n1,2\n", mtime=0)[:-9], "cannot read"),
        ("a.xlsx", b"PK", "cannot read"),
        ("a.sav", b"PK", "cannot read"),
        ("a.dta", b"PK", "cannot read"),
        ("a.sas7bdat", b"PK", "cannot read"),
        ("a.feather", b"PK", "cannot read"),
        ("a.xls", b"PK", "is a spreadsheet of Excel 97 to 2003 by its name"),
        ("a.xyz", b"PK", "cannot tell the format of"),
        ("a.parquet", b"PAR1 and no more", "cannot read"),
        ("a.parquet", b"", "cannot read"),
    ],
)
def test_files_that_are_no_data(capsys, tmp_path, name, content, message):
    (tmp_path / name).write_bytes(content)
    assert message in error_of(capsys, "fit", "y ~ x", tmp_path / name)


def test_parquet_without_pyarrow_names_the_command_that_installs_it(capsys, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    message = error_of(capsys, "fit", "y ~ x", tmp_path / "a.parquet")
    assert "pip install pyarrow, or" in message
    assert message.endswith('pip install "glmlogit[parquet]"')


def test_interrupted(capsys, monkeypatch):
    def fail(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("glmlogit.estimators.logit.logit", fail)
    assert run(capsys, "fit", FORMULA, BIRTHS) == (130, "", "")


# --- reading files ------------------------------------------------------------------------------


def table(path: Path) -> pd.DataFrame:
    return files.load(str(path)).data


def test_a_csv_is_read_as_pandas_reads_it(births):
    pd.testing.assert_frame_equal(table(births), pd.read_csv(births))


@pytest.mark.parametrize("name", ["a.csv", "a.tsv", "a.txt", "a", "a.csv.gz", "a.csv.bz2", "a.tsv.gz", "A.CSV"])
def test_kinds_of_text_files(tmp_path, name):
    mark = "\t" if "tsv" in name else ","
    text = f"\ufeffy{mark} x{mark}g\r\n1{mark}2.5{mark}a\r\n0{mark} 1{mark}b\r\n".encode()
    pack = {".gz": gzip.compress, ".bz2": bz2.compress}.get(Path(name).suffix, bytes)
    (tmp_path / name).write_bytes(pack(text))
    assert table(tmp_path / name).to_dict("list") == {"y": [1, 0], "x": [2.5, 1.0], "g": ["a", "b"]}


def test_semicolons_and_decimal_commas(small):
    found = table(small("y;x;z;g", "1;2,5;0.5;1.000,5", "0;-1;1.5;2"))
    assert found.to_dict("list") == {"y": [1, 0], "x": [2.5, -1.0], "z": [0.5, 1.5], "g": [1000.5, 2.0]}


def test_numbers_keep_their_last_digit(small):
    values = ["0.1", "2.2250738585072014e-308", "0.30000000000000004", "9007199254740993.5", "1e22", "5e-324"]
    assert table(small("x", *values))["x"].tolist() == [float(value) for value in values]


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["01", "1", "10"], ["01", "1", "10"]),  # as numbers, 01 and 1 would be one level
        (["12345678901234567", "12345678901234568"], ["12345678901234567", "12345678901234568"]),  # equal as floats
        (["1_0", "20"], ["1_0", "20"]),
        (["0.5", "00", "1"], [0.5, 0.0, 1.0]),  # a decimal among them: a measurement
        (["1", "2", "-3"], [1, 2, -3]),
        (["None", "aspirin"], ["None", "aspirin"]),  # no treatment is a treatment
        (["true", "False"], [True, False]),
        (["T", "F"], ["T", "F"]),
        (["yes", "no"], ["yes", "no"]),
        (["1e3", "inf"], [1000.0, float("inf")]),
    ],
)
def test_what_a_column_is(small, cells, expected):
    found = table(small("x,y", *(f"{cell},0" for cell in cells)))["x"].tolist()
    assert found == expected
    assert list(map(type, found)) == list(map(type, expected))


@pytest.mark.parametrize(
    ("cells", "missing"),
    [
        (["1", "NA", "3"], 1),
        (["1.5", "", "."], 2),
        (["1", "None", "nan"], 2),
        (["True", "", "False"], 1),
        (["a", "NA", "N/A"], 2),
        (["a", ".", "None"], 1),
        (["a", "-", "missing", "b"], 2),
        (["+", "-", "+"], 0),
        (["1.5", "-", "?", "n/a"], 3),
        (["", "", ""], 3),
    ],
)
def test_what_is_missing(small, cells, missing):
    found = table(small("x,y", *(f"{cell},0" for cell in cells)))["x"]
    assert found.isna().sum() == missing


def test_whole_numbers_stay_whole_beside_missing_ones(small):
    values = table(small("x,y", "1,0", ",0", "3,0"))["x"].dropna().tolist()
    assert values == [1, 3]
    assert all(isinstance(value, int) for value in values)


def test_how_a_used_column_was_read_is_told(capsys, small):
    rows = [
        f"{i % 2},{(7 * i) % 11}.5,{'0' if i < 9 else ''}{i % 3},{'NA' if i == 4 else 'ab'[i % 2 - i % 3]}"
        for i in range(18)
    ]
    path = small("y,x,site,g", *rows)
    assert run(capsys, "fit", "y ~ x", path)[2] == ""
    code, _, err = run(capsys, "fit", "y ~ x + site", path)
    assert code == 0
    assert err == "glmlogit: warning: site: codes such as '00': read as text, each code a level of its own\n"
    code, out, err = run(capsys, "fit", "y ~ x + g", path)
    assert code == 0
    assert err == "glmlogit: warning: g: 'NA' (1 row) read as missing\n"
    assert "1 row of 18 dropped because of missing values in g (1)" in out


def test_standard_input(capsys, births, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(births.read_bytes())))
    code, out, _ = run(capsys, "fit", "low ~ age", "-")
    assert code == 0
    assert out == run(capsys, "fit", "low ~ age", births)[1]


def test_parquet(capsys, tmp_path):
    pytest.importorskip("pyarrow")
    path = tmp_path / "births.parquet"
    gl.datasets.birthwt().to_parquet(path)
    code, out, _ = run(capsys, "fit", FORMULA, path)
    assert code == 0
    assert out == run(capsys, "fit", FORMULA, BIRTHS)[1]  # white is the reference: the order of levels is kept


def test_levels_of_a_parquet_file_not_written_by_pandas_are_sorted(tmp_path):
    arrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    groups = arrow.array(["b", "a", "b", "c"] * 5).dictionary_encode()
    parquet.write_table(arrow.table({"y": [0, 1, 1, 0, 1] * 4, "g": groups}), tmp_path / "g.parquet")
    fit = gl.logit("y ~ g", table(tmp_path / "g.parquet"))
    assert list(fit.params.index) == ["Intercept", "g[T.b]", "g[T.c]"]


def test_a_named_index_of_a_parquet_file_is_a_column(tmp_path):
    pytest.importorskip("pyarrow")
    pd.DataFrame({"y": [0, 1]}, index=pd.Index([7, 8], name="id")).to_parquet(tmp_path / "a.parquet")
    assert table(tmp_path / "a.parquet").to_dict("list") == {"id": [7, 8], "y": [0, 1]}


# --- validate and demo --------------------------------------------------------------------------


def test_validate_agrees(capsys):
    code, out, err = run(capsys, "validate", FORMULA, BIRTHS)
    assert (code, err) == (0, "")
    assert re.match(r"Against statsmodels \S+: agrees \(tolerance 1e-06\)\n", out)


def test_validate_differs(capsys):
    code, out, _ = run(capsys, "validate", FORMULA, BIRTHS, "--rtol", "1e-300")
    assert code == 1
    assert ": DIFFERS (tolerance 1e-300)" in out


def test_validate_a_fit_that_did_not_converge_is_no_pass(capsys):
    code, out, _ = run(capsys, "validate", "HG ~ NV + PI", "dataset:endometrial")
    assert code == 1
    assert "nothing compared" in out


def test_validate_without_r(capsys, monkeypatch):
    monkeypatch.setenv("PATH", "")
    message = error_of(capsys, "validate", FORMULA, BIRTHS, "--against", "r")
    assert message.startswith("R is not installed: 'Rscript' is not on the path.")


@functools.cache
def printed_by_demo() -> tuple[int, str, str]:
    with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.redirect_stderr(io.StringIO()) as err:
        code = main.main(["demo"])
    return code, out.getvalue(), err.getvalue()


@pytest.fixture
def demo() -> str:
    code, out, err = printed_by_demo()
    assert (code, err) == (0, "")
    return out


def test_demo_says_what_is_in_the_data(demo):
    births = gl.datasets.birthwt()
    assert f"{len(births)} births" in demo
    assert f"{births['low'].sum()} of them" in demo
    assert (births["bwt"][births["low"] == 1] < 2500).all()
    assert f"({births['low'].mean():.0%})".replace("%", " %") in demo
    sentences = " ".join(demo.split())
    assert all(name in sentences for name in ("lwt, pounds", "ptl, count", "(ht)", "(ui)"))
    assert max(map(len, demo.splitlines())) <= 100


def test_demo_can_be_reproduced_as_it_says(capsys, demo):
    fit = gl.logit(demo_module.FORMULA, gl.datasets.birthwt())
    assert str(fit.summary()) in demo
    shell = re.search(r"^    glmlogit (.*)$", demo, re.MULTILINE)
    assert run(capsys, *shlex.split(shell[1]))[1] == f"{fit.summary()}\n"
    python = re.search(r"In Python:\n((?:    .*\n)+)", demo)
    exec("\n".join(line.strip() for line in python[1].splitlines()), {})
    effects = fit.margins(discrete="binary")
    risks = fit.comparisons("smoke", ["risk_difference", "risk_ratio", "odds_ratio", "nnt"])
    shown = [fit.summary(), fit.odds_ratios(reference_rows=True), gl.drop1(fit), effects, risks]
    shown.append(fit.interpret(units={"age": 5, "lwt": 20}))
    assert capsys.readouterr().out == "".join(f"{part}\n" for part in shown)
    assert str(effects) in demo
    sentences = " ".join(demo.split())
    assert all(" ".join(sentence.split()) in sentences for _, sentence in shown[-1].sentences)


def test_demo_shows_reference_rows_and_a_test_of_each_term(demo):
    ratios, tests = demo.split("Odds ratios, with the reference level")[1].split("Likelihood-ratio test of each term")
    assert re.search(r"^race +white +1 +reference$", ratios, re.MULTILINE)
    fit = gl.logit(demo_module.FORMULA, gl.datasets.birthwt())
    for name, row in gl.drop1(fit).drop(index="<none>").iterrows():
        shown = re.search(rf"^{re.escape(name)} .*$", tests, re.MULTILINE)[0].split()
        assert int(shown[1]) == row["df"]
        assert shown[2:4] == [f"{row['deviance']:.2f}", f"{row['aic']:.2f}"]
        assert float(shown[-2]) == pytest.approx(row["statistic"], abs=5e-5)  # four decimals
        assert float(shown[-1]) == pytest.approx(row["p_value"], abs=5e-6)  # five decimals
    low, high = fit.odds_ratios().loc["smoke", ["conf_low", "conf_high"]]
    assert f"ratios from {low:.2f} to {high:.2f}" in " ".join(demo.split())


def test_demo_as_json_is_the_fit(capsys, tmp_path):
    run(capsys, "demo", "--out", tmp_path / "demo.json")
    models = json.loads((tmp_path / "demo.json").read_text("utf-8"))["models"]
    assert [len(model["coefficients"]) for model in models] == [9]


# --- as a program -------------------------------------------------------------------------------


# --- effects ----------------------------------------------------------------------------------------
CROSSED = "low ~ age + C(race)*smoke"


def frame_of(text: str) -> pd.DataFrame:
    return pd.read_csv(io.StringIO(text), keep_default_na=False, na_values=["NA"])


@pytest.mark.parametrize(
    ("options", "keywords"),
    [
        ([], {"discrete": "binary"}),
        (["--derivatives"], {}),
        (
            ["--variables", "age,smoke", "--kind", "eyex"],
            {"variables": ["age", "smoke"], "kind": "eyex", "discrete": "binary"},
        ),
        (["--at", "age=20,30", "--at", "race=black"], {"at": {"age": [20, 30], "race": "black"}, "discrete": "binary"}),
        (["--by", "race"], {"by": "race", "discrete": "binary"}),
        (["--cov", "HC3"], {"cov": "HC3", "discrete": "binary"}),
    ],
)
def test_effects_are_the_margins_of_the_fit(capsys, options, keywords):
    code, out, _ = run(capsys, "effects", CROSSED, BIRTHS, *options, "--format", "csv")
    assert code == 0
    expected = gl.logit(CROSSED, gl.datasets.birthwt()).margins(**keywords)
    found = frame_of(out)
    assert list(found) == list(expected)
    np.testing.assert_array_equal(found["estimate"], expected["estimate"])
    np.testing.assert_array_equal(found["std_error"], expected["std_error"])


def test_effects_compares_standardised_risks(capsys):
    args = ["effects", CROSSED, BIRTHS, "--compare", "race", "--contrast", "black,white", "--population", "exposed"]
    code, out, _ = run(capsys, *args, "--format", "csv")
    assert code == 0
    fit = gl.logit(CROSSED, gl.datasets.birthwt())
    expected = fit.comparisons("race", "risk_ratio", ("black", "white"), "exposed")
    found = frame_of(out).set_index("estimand")
    assert found.loc["risk_ratio", "estimate"] == expected["estimate"].item()
    assert list(found.index) == ["risk_difference", "risk_ratio", "odds_ratio", "nnt"]
    code, out, _ = run(capsys, "effects", CROSSED, BIRTHS, "--compare", "age", "--contrast", "10", "--words")
    assert "+10" in out
    assert "Standardised risks of age, averaged over all rows" in out
    assert "The odds of low = 1" in out


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["--contrast", "1,0"], "--compare VAR"),
        (["--at", "age"], "--at age=20,30"),
        (["--at", "race=green"], "no level 'green'"),
        (["--compare", "weight"], "no variable of the model"),
        (["--variables", "aeg"], "did you mean 'age'"),
        (["--by", "team"], "no column"),
        (["--kind", "dxdy"], "dydx"),
        (["--out", "x.pdf"], "x.pdf"),
    ],
)
def test_errors_of_effects(capsys, args, message):
    assert message in error_of(capsys, "effects", CROSSED, BIRTHS, *args)


def test_demo_has_effects_and_a_forest_plot(capsys, tmp_path, monkeypatch):
    for name in ("demo.html", "demo.docx"):
        assert run(capsys, "demo", "--out", tmp_path / name)[0] == 0
    html = (tmp_path / "demo.html").read_text(encoding="utf-8")
    assert 'src="data:image/png;base64,' in html
    assert "Marginal effects" in html
    assert "Standardised risks of smoke" in html
    import docx

    assert len(docx.Document(str(tmp_path / "demo.docx")).inline_shapes) == 1
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    assert run(capsys, "demo", "--out", tmp_path / "plain.html")[0] == 0
    plain = (tmp_path / "plain.html").read_text(encoding="utf-8")
    assert "<img" not in plain
    assert "pip install matplotlib" in plain


def test_version_and_help_import_nothing_heavy():
    for option in ("--version", "--help"):
        done = subprocess.run(
            [sys.executable, "-X", "importtime", "-m", "glmlogit", option], capture_output=True, text=True, check=True
        )
        loaded = {line.split("|")[-1].strip() for line in done.stderr.splitlines()}
        assert not loaded & {"numpy", "pandas", "scipy", "statsmodels", "formulaic", "narwhals", "jinja2", "pyarrow"}
    assert "examples:" in done.stdout


def test_version(capsys):
    assert run(capsys, "--version") == (0, f"glmlogit {gl.__version__}\n", "")


@pytest.mark.parametrize("command", ["fit", "effects", "demo", "validate"])
def test_every_command_has_help_with_examples(capsys, command):
    code, out, _ = run(capsys, command, "--help")
    assert code == 0
    assert "examples:" in out


def test_exit_codes_of_the_program(capsys):
    assert run(capsys, "demo")[0] == 0
    assert run(capsys, "validate", FORMULA, BIRTHS, "--rtol", "1e-300")[0] == 1
    done = program("fit", "low ~ aeg", BIRTHS)
    assert (done.returncode, done.stdout, done.stderr.count(b"\n")) == (2, b"", 1)


@pytest.mark.skipif(os.name != "posix", reason="pipes and /dev/full are POSIX")
def test_a_reader_that_goes_away_is_no_error():
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [sys.executable, "-m", "glmlogit", "fit", FORMULA, BIRTHS], stdout=writer, stderr=subprocess.PIPE, check=False
    )
    os.close(writer)
    assert (done.returncode, done.stderr) == (141, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="/dev/full is there on Linux only")
def test_a_full_disk_is_one_line():
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "glmlogit", "fit", FORMULA, BIRTHS, "--format", "html"],
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert done.returncode == 2
    assert done.stderr.decode().startswith("glmlogit: cannot write the output: ")
    assert done.stderr.count(b"\n") == 1


@pytest.mark.parametrize("utf8", ["0", "1"])
def test_names_outside_ascii_in_an_ascii_locale(small, utf8):
    path = small("y,größe", "1,2", "0,3", "1,4", "0,5", "1,5", "0,2", "1,3")
    locale = {**os.environ, "LC_ALL": "C", "PYTHONUTF8": utf8, "PYTHONCOERCECLOCALE": "0"}
    locale.pop("PYTHONIOENCODING", None)
    calls = ("y ~ größe", "--format", "text"), ("y ~ größe", "--format", "json"), ("y ~ länge", "--format", "text")
    several = (
        "import sys; from glmlogit.cli.main import main\n"
        "for i in range(2, len(sys.argv), 3):\n"
        "    code = main(['fit', sys.argv[i], sys.argv[1], *sys.argv[i + 1 : i + 3]])\n"
        "    print(code, end='\\0', flush=True)"
    )
    command = [sys.executable, "-c", several, str(path), *(word for call in calls for word in call)]
    done = subprocess.run(command, capture_output=True, check=True, env=locale)
    text, as_json, wrong, end = done.stdout.split(b"\0")
    assert ("größe".encode() if utf8 == "1" else b"gr\\xf6\\xdfe") in text
    models, code = as_json.decode("utf-8").rsplit("\n", 1)
    assert json.loads(models)["models"][0]["coefficients"][1]["term"] == "größe"
    assert (text[-1:], code, wrong, end) == (b"0", "0", b"2", b"")
    assert done.stderr.startswith(b"glmlogit: ")
    assert done.stderr.count(b"\n") == 1


def test_data_through_a_pipe(births):
    done = program("fit", "low ~ age", "-", input=births.read_bytes())
    assert done.returncode == 0
    assert done.stdout.startswith(b"Logistic regression")
