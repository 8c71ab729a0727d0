"""Files by the command line: codes stay codes, separators and encodings are told, other kinds are named."""

from __future__ import annotations

import bz2
import contextlib
import gzip
import io
import json
import lzma
import re
import shlex
import subprocess
import time
import zipfile

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shell import run
from strategies import seeds

import glmlogit as gl
from glmlogit.errors import DataError
from glmlogit.files import formats as files
from glmlogit.files.csv_columns import Layout

quick = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def rows(seed: int, n: int = 60) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    y = rng.permutation(np.arange(n) % 2)
    return pd.DataFrame({"y": y, "x": rng.normal(size=n).round(2), "z": rng.normal(size=n).round(3)})


@pytest.fixture
def file(tmp_path):
    def write(content: bytes | str, name: str = "data.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def column(file, cells, **layout):
    path = file("c,y\n" + "".join(f"{cell},0\n" for cell in cells))
    loaded = files.load(str(path), layout=Layout(**layout))
    return loaded.data["c"], "; ".join(remark.text for remark in loaded.remarks if remark.column == "c")


def refused(capsys, *args) -> str:
    code, out, err = run(capsys, *args)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "fault of glmlogit" not in err
    return err


# ---------------------------------------------------------------- codes

digits = st.integers(1, 999).map(str)
CODES = {
    "ICD-11": st.lists(st.builds("{}E{:02d}".format, st.integers(1, 9), st.integers(0, 99)), min_size=2, max_size=9),
    "ICD-11, small e": st.lists(st.builds("{}e{}".format, st.integers(1, 99), st.integers(0, 99)), min_size=2),
    "exponents among numbers": st.lists(digits, min_size=2).map(lambda v: [*v, "1E05", "5E12"]),
    "a zero that distinguishes": st.lists(st.integers(1, 999), min_size=1).map(
        lambda v: [f"{i}.{j}" for i in v for j in ("1", "10")]
    ),
    "a bare point": st.lists(digits, min_size=1).map(lambda v: [*v, f"{v[0]}."]),
    "a plus": st.lists(digits, min_size=1).map(lambda v: [*v, f"+{v[0]}"]),
    "leading zeros": st.lists(digits, min_size=1).map(lambda v: [*v, f"0{v[0]}"]),
    "leading zeros of decimals": st.lists(digits, min_size=1).map(lambda v: [f"00{i}.5" for i in v]),
    "names of infinity": st.just(["inf", "infinity", "-inf"]),
    "long numbers": st.lists(st.integers(10**16, 10**18).map(str), min_size=2),
}


@pytest.mark.parametrize("kind", CODES)
@quick
@given(data=st.data())
def test_codes_stay_as_they_are(file, kind, data):
    cells = data.draw(CODES[kind])
    found, remark = column(file, cells)
    assert found.tolist() == cells
    if kind != "names of infinity":
        assert "codes such as" in remark
    if kind in ("exponents among numbers", "a bare point", "a zero that distinguishes"):
        forced, _ = column(file, cells, number=("c",))
        assert forced.tolist() == [float(cell) for cell in cells]


@quick
@given(seed=seeds, n=st.integers(1, 80), places=st.integers(0, 6))
def test_numbers_stay_numbers(file, seed, n, places):
    rng = np.random.default_rng(seed)
    values = np.round(rng.normal(0, 10.0 ** rng.integers(-3, 6), n), places)
    for text in (lambda v: repr(float(v)), lambda v: f"{v:.{places}f}", lambda v: f"{v:.3e}", lambda v: f"{v:.17g}"):
        cells = [text(v) for v in values]
        found, remark = column(file, cells)
        np.testing.assert_array_equal(found.astype(float), [float(cell) for cell in cells])
        assert remark == ""


@quick
@given(cells=st.lists(st.one_of(digits, st.floats(allow_nan=False).map(repr)), min_size=1))
def test_a_column_called_text_keeps_every_spelling(file, cells):
    found, _ = column(file, cells, text=("c",))
    assert found.tolist() == cells


def test_codes_on_the_command_line(capsys, file):
    table = rows(1, 120).assign(c=np.tile(["250.1", "250.10", "410.9"], 40), k=np.tile([1, 2, 3], 40))
    path = file(table.to_csv(index=False))
    code, out, err = run(capsys, "fit", "y ~ x + c", path, "--format", "csv")
    assert code == 0
    assert "c[T.250.10]" in out
    assert "c: codes such as '250.1' and '250.10', one number in two spellings" in err
    assert "(--number c makes numbers of them)" in err
    assert run(capsys, "fit", "y ~ x + c", path, "--number", "c", "--format", "csv")[1].count("\n") == 4
    assert "k[T.2]" in run(capsys, "fit", "y ~ x + k", path, "--text", "k", "--format", "csv")[1]
    assert "no column of that name" in refused(capsys, "fit", "y ~ x", path, "--text", "nope")
    assert "'a' in this column is no number" in refused(
        capsys, "fit", "y ~ c", file("y,c\n1,a\n0,2\n", "b.csv"), "--number", "c"
    )


@pytest.mark.parametrize(
    ("cells", "value"),
    [
        (lambda v: f"{v:.2f} mg", lambda v: round(v, 2)),
        (lambda v: f'"{v:.2f}"'.replace(".", ","), lambda v: round(v, 2)),
        (lambda v: f"{v:.2f}%", lambda v: round(v, 2)),
        (lambda v: f'"{1000 * v:,.0f}"', lambda v: round(1000 * v)),
    ],
)
def test_numbers_as_people_write_them_are_numbers_on_the_command_line(capsys, file, cells, value):
    table = rows(3, 60)
    path = file("y,c\n" + "".join(f"{y},{cells(10 + x)}\n" for y, x in zip(table.y, table.x, strict=True)))
    code, out, err = run(capsys, "fit", "y ~ c", path, "--format", "csv")
    assert code == 0
    assert "c: " in err
    numbers = table.assign(c=[value(10 + x) for x in table.x])
    assert float(out.splitlines()[2].split(",")[1]) == gl.logit("y ~ c", numbers).params["c"]


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        (
            lambda v: str(pd.Timestamp("2020-01-01") + pd.Timedelta(days=int(v * 100)))[:10],
            "column 'c' has dtype datetime64[ns], which is neither a number nor a category",
        ),
        (lambda v: f"id{int(v * 1000)}", "'c' is text with"),
        (lambda v: f"{'<' if v < 9 else ''}{v:.2f}", "'c' is text with"),
    ],
)
def test_what_is_no_number_is_refused_on_the_command_line_too(capsys, file, cells, words):
    table = rows(3, 60)
    path = file("y,c\n" + "".join(f"{y},{cells(10 + x)}\n" for y, x in zip(table.y, table.x, strict=True)))
    code, _, err = run(capsys, "fit", "y ~ c", path)
    assert code == 2
    assert words in err.splitlines()[-1]
    assert run(capsys, "fit", "y ~ C(c)", path, "--text", "c")[0] == 0


def test_words_for_missing_values(capsys, file):
    table = rows(4, 60).astype({"x": object})
    table.loc[[3, 8], "x"] = ["n.d.", "-"]
    path = file(table.to_csv(index=False))
    code, out, err = run(capsys, "fit", "y ~ x", path)
    assert (code, out) == (2, "")
    assert "'n.d.'" in err
    assert "'-' (1 row) read as missing" in err
    assert "--na TEXT" in err
    for words in ("n.d.,-", "n.d."):
        code, out, _ = run(capsys, "fit", "y ~ x", path, "--na", words)
        assert code == 0
        assert "2 rows of 60 dropped because of missing values in x (2)" in out


# ---------------------------------------------------------------- separators

HEADS = ["x", "Sex (1=m, 2=f)", "a; b", "note: c, d, e", "plain name", "50% | more"]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@quick
@given(data=st.data(), seed=seeds)
def test_separators_are_told_by_what_splits_the_lines(file, separator, data, seed):
    heads = data.draw(st.lists(st.sampled_from(HEADS), min_size=2, max_size=4, unique=True))
    rng = np.random.default_rng(seed)
    table = pd.DataFrame(rng.integers(0, 9, (12, len(heads))), columns=heads)
    loaded = files.load(str(file(table.to_csv(index=False, sep=separator))))
    pd.testing.assert_frame_equal(loaded.data, table)


@quick
@given(seed=seeds)
def test_semicolons_with_decimal_commas_and_a_comma_in_the_header(file, seed):
    table = rows(seed, 20).rename(columns={"x": "dose, in mg"})
    text = table.to_csv(index=False, sep=";", decimal=",")
    pd.testing.assert_frame_equal(files.load(str(file(text.replace('"', "")))).data, table)
    pd.testing.assert_frame_equal(files.load(str(file("sep=;\n" + text))).data, table)
    tabs = table.to_csv(index=False, sep="\t", decimal=",")
    pd.testing.assert_frame_equal(files.load(str(file(tabs)), layout=Layout(decimal=",")).data, table)


def test_the_separator_may_be_stated(capsys, file):
    table = rows(5, 40)
    for separator, typed in ((" ", " "), ("\t", "tab"), ("#", "#"), (";", ";")):
        path = file(table.to_csv(index=False, sep=separator))
        code, out, _ = run(capsys, "fit", "y ~ x", path, "--sep", typed, "--format", "csv")
        assert code == 0
        estimate = float(out.splitlines()[2].split(",")[1])
        np.testing.assert_allclose(estimate, gl.logit("y ~ x", table).params["x"], rtol=1e-12)
    assert "no single character" in refused(capsys, "fit", "y ~ x", path, "--sep", ";;")


def test_thousands_with_points(file):
    path = file("y;c\n" + "".join(f"{i % 2};{t}\n" for i, t in enumerate(["1.234,5", "999,25", "12.345.678", "7"])))
    for layout in (Layout(), Layout(decimal=",")):
        assert files.load(str(path), layout=layout).data["c"].tolist() == [1234.5, 999.25, 12345678.0, 7.0]


@quick
@given(above=st.lists(st.sampled_from(["Export 2024-01-02", "# a note", "Title, of two", ""]), max_size=4), seed=seeds)
def test_lines_above_the_header_are_left_out_and_said(file, above, seed):
    table = rows(seed, 12).assign(w=1, v=2)
    above = ["Study of births", *above]
    path = str(file("\n".join(above) + "\n" + table.to_csv(index=False)))
    loaded = files.load(path)
    pd.testing.assert_frame_equal(loaded.data, table)
    count = sum(bool(line) for line in above)
    assert loaded.remarks[0].text.startswith(
        f"{count} line{'s' if count > 1 else ''} above the names left out: 'Study of"
    )
    pd.testing.assert_frame_equal(files.load(path, layout=Layout(skip=len(above))).data, table)


# ---------------------------------------------------------------- encodings and other kinds

NAMED = pd.DataFrame({"y": [0, 1] * 10, "Größe": np.arange(20) % 7, "Ort": ["Müllheim", "Bad Öls"] * 10})


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "latin-1", "cp1252"])
def test_encodings_are_told_by_the_bytes(file, encoding):
    path = file(NAMED.to_csv(index=False).encode(encoding))
    loaded = files.load(str(path))
    pd.testing.assert_frame_equal(loaded.data, NAMED)
    doubts = [remark.text for remark in loaded.remarks if remark.kind == "doubt"]
    if encoding in ("latin-1", "cp1252"):
        assert doubts == [
            "not UTF-8: read as Windows-1252 (Latin-1), in which it has 'Größe'; encoding= says otherwise"
        ]
    else:
        assert not doubts
        assert encoding.upper() in loaded.form
    stated = files.load(str(path), layout=Layout(encoding=encoding))
    pd.testing.assert_frame_equal(stated.data, NAMED)
    assert not stated.remarks


@pytest.mark.parametrize(
    ("encoding", "words"),
    [
        ("shift_jis", ["日本", "日本語", "東京", "大阪"]),
        ("cp1251", ["Москва", "Казань", "Пермь", "Омск"]),
        ("cp1253", ["Αθήνα", "Πάτρα", "Χανιά", "Βόλος"]),
        ("mac_roman", ["Größe", "Müll", "Äcker", "süß"]),
        ("gb18030", ["北京", "上海", "广州", "深圳"]),
    ],
)
def test_an_encoding_that_cannot_be_told(file, capsys, encoding, words):
    path = file(("y,x\n" + "".join(f"{i % 2},{words[i % 4]}\n" for i in range(40))).encode(encoding))
    message = refused(capsys, "fit", "y ~ x", path)
    assert "is not UTF-8 text" in message
    assert "--encoding" in message
    assert "--encoding klingon" in refused(capsys, "fit", "y ~ x", path, "--encoding", "klingon")
    loaded = files.load(str(path), layout=Layout(encoding=encoding))
    assert loaded.data["x"].tolist() == words * 10


def archive(**members: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        for name, content in members.items():
            packed.writestr(name.replace("__", "/"), content)
    return out.getvalue()


PLAIN = b"y,x\n1,2\n0,3\n"
OTHERS = {
    "gzip": (gzip.compress(PLAIN), "compressed by gzip"),
    "bzip2": (bz2.compress(PLAIN), "compressed by bzip2"),
    "xz": (lzma.compress(PLAIN), "compressed by xz"),
    "zip": (archive(data="y,x\n1,2\n"), "a zip archive that holds 'data'"),
    "xlsx": (archive(**{"[Content_Types].xml": "", "xl__workbook.xml": ""}), "an Excel workbook"),
    "ods": (archive(mimetype="application/vnd.oasis.opendocument.spreadsheet"), "OpenDocument"),
    "xls": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "Excel 97"),
    "Parquet": (b"PAR1" + bytes(200), "a Parquet file"),
    "Feather": (b"ARROW1\0\0" + bytes(200), "Feather"),
    "SPSS": (b"$FL2@(#) SPSS DATA FILE" + bytes(200), "SPSS"),
    "Stata": (b"<stata_dta><header>" + bytes(200), "Stata"),
    "HTML": (b"\n<!DOCTYPE html>\n<html><body>Log in</body></html>", "web page"),
    "a table in HTML": (b"<table><tr><td>1</td></tr></table>", "pd.read_html"),
    "JSON": (b'[{"y": 1, "x": 2}]', "JSON"),
    "XML": (b"<?xml version='1.0'?><rows/>", "XML"),
    "PDF": (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3", "PDF"),
    "R": (b"RDX3\nX\n" + bytes(100), "workspace of R"),
    "SQLite": (b"SQLite format 3\0" + bytes(100), "SQLite"),
}


@pytest.mark.parametrize("name", ["data.csv", "data.txt", "my data.csv"])
@pytest.mark.parametrize("kind", OTHERS)
def test_other_kinds_of_files_are_named(capsys, file, kind, name):
    content, words = OTHERS[kind]
    message = refused(capsys, "fit", "y ~ x", file(content, name))
    assert words in message
    assert "Latin" not in message


@pytest.mark.parametrize("kind", ["gzip", "bzip2", "xz", "zip"])
def test_what_to_type_about_a_packed_file_works(capsys, file, kind, tmp_path):
    path = file(OTHERS[kind][0], "my data.csv")
    message = refused(capsys, "fit", "y ~ x", path)
    command = message.split(": ", 2)[-1].split(": ")[-1].strip()
    assert command.startswith(("mv ", "unzip "))
    if kind == "zip" and subprocess.run(["which", "unzip"], capture_output=True, check=False).returncode:
        pytest.skip("unzip is not installed")
    subprocess.run(command, shell=True, check=True, cwd=tmp_path)
    made = shlex.split(command)[-1] if kind != "zip" else str(tmp_path / "unpacked.csv")
    assert len(files.load(made).data) == (1 if kind == "zip" else 2)


def test_real_spreadsheets_and_parquet_under_the_name_of_a_csv(file, tmp_path):
    frame = pd.DataFrame({"y": [0, 1], "x": [1.5, 2.5]})
    pytest.importorskip("openpyxl")
    frame.to_excel(tmp_path / "a.xlsx", index=False)
    path = file((tmp_path / "a.xlsx").read_bytes())
    with pytest.raises(DataError, match="Excel workbook") as caught:
        files.load(str(path))
    code = re.search(r"pd\.read_excel\('.*'\)", str(caught.value))[0]
    pd.testing.assert_frame_equal(eval(code, {"pd": pd}), frame)
    pytest.importorskip("pyarrow")
    frame.to_parquet(tmp_path / "a.parquet")
    path = file((tmp_path / "a.parquet").read_bytes(), "b.csv")
    with pytest.raises(DataError, match="Parquet") as caught:
        files.load(str(path))
    subprocess.run(re.search(r"mv .*", str(caught.value))[0], shell=True, check=True)
    pd.testing.assert_frame_equal(files.load(str(path.with_suffix(".parquet"))).data, frame)


# ---------------------------------------------------------------- bounds


def test_of_many_columns_those_used_are_read(capsys, file):
    """A misspelt name is told before anything is parsed, and a fit costs the columns it uses."""
    names = [f"v{i}" for i in range(100_000)]
    line = ",".join(["1.5"] * len(names))
    path = file(",".join(["y", "x", *names]) + "\n" + "".join(f"{i % 2},{i % 7}.5,{line}\n" for i in range(12)))
    begun = time.process_time()
    assert "no column 'nope'" in refused(capsys, "fit", "y ~ nope", path)
    misspelt, begun = time.process_time() - begun, time.process_time()
    gl.logit("y ~ x", pd.read_csv(path, usecols=["y", "x"]))
    pandas, begun = time.process_time() - begun, time.process_time()
    assert run(capsys, "fit", "y ~ x", path)[0] == 0
    fitted = time.process_time() - begun
    assert misspelt < 20 * pandas + 2
    assert fitted < 40 * pandas + 5


def test_a_value_too_many_is_seen_among_many_columns(file):
    names = ",".join(["y", *(f"v{i}" for i in range(600))])
    good, long = ",".join(["1"] * 601), ",".join(["1"] * 602)
    with pytest.raises(DataError, match="602 values in data line 2 where its header names 601 columns"):
        files.load(str(file(f"{names}\n{good}\n{long}\n")), lambda _: ["y"])


@pytest.mark.parametrize("content", [b"x" * 11_000_000, b'"' + b"a,\n" * 4_000_000, b"," * 2_000_000 + b"\n1\n"])
def test_a_file_that_is_no_table_is_told_early(capsys, file, content):
    refused(capsys, "fit", "y ~ x", file(content))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.one_of(st.binary(max_size=300), st.text(max_size=200).map(lambda t: t.encode("utf-8", "replace"))))
def test_any_bytes_are_read_or_refused_in_words(file, content):
    with contextlib.suppress(DataError):
        files.load(str(file(content)))


def test_json_of_a_fit_is_not_broken_by_the_layout(capsys, file):
    path = file(rows(1).to_csv(index=False))
    assert json.loads(run(capsys, "fit", "y ~ x", path, "--format", "json")[1])
