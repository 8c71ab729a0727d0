"""`gl.read`: messy files as people send them, read right; what is not certain is said; what is no table is refused."""

from __future__ import annotations

import copy
import gzip
import io
import json
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shell import run
from strategies import seeds

import glmlogit as gl
from glmlogit.errors import DataError, GlmlogitWarning

N = 40
RNG = np.random.default_rng(11)
TRUE = pd.DataFrame(
    {
        "id": [f"P{i:03d}" for i in range(N)],
        "sick": RNG.permutation(np.arange(N) % 2),
        "weight": np.round(RNG.normal(70, 9, N), 1),
        "income": RNG.integers(800, 90_000, N),
        "seen": pd.Timestamp("2019-12-20") + pd.to_timedelta(RNG.permutation(N) * 9, unit="D"),
        "site": np.tile(["Müllheim", "Bad Öls", "Paris"], N)[:N],
    }
)  # fmt: skip


def german(number: float, places: int = 0) -> str:
    return f"{number:,.{places}f}".translate(str.maketrans(",.", ".,"))


def lines(separator: str = ",", **cells) -> str:
    """The true table as a text, some of its columns written otherwise."""
    table = TRUE.assign(seen=TRUE["seen"].dt.strftime("%Y-%m-%d")).astype(object)
    for name, write in cells.items():
        table[name] = [write(value) for value in TRUE[name]]
    return table.to_csv(index=False, sep=separator)


def quietly(content: str | bytes, **options) -> tuple[pd.DataFrame, list[str]]:
    """The table, and the warnings."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        data = gl.read(io.BytesIO(content if isinstance(content, bytes) else content.encode()), **options)
    assert all(issubclass(warning.category, GlmlogitWarning) for warning in caught)
    return data, [str(warning.message) for warning in caught]


def same(found: pd.DataFrame, missing: dict[str, list[int]] | None = None) -> None:
    """The true table to the last bit, with values missing in some rows."""
    expected = TRUE.copy()
    for name, rows in (missing or {}).items():
        expected[name] = expected[name].astype(object if name == "site" else "float64" if name == "weight" else object)
        expected.loc[rows, name] = np.nan
    assert list(found.columns) == list(expected.columns)
    for name in expected:
        holes = expected[name].isna().to_numpy()
        np.testing.assert_array_equal(found[name].isna(), holes)
        assert found[name][~holes].tolist() == expected[name][~holes].tolist(), name


BLANK = {3: "", 8: "", 21: ""}
MESSY: dict[str, tuple[str | bytes, dict, str]] = {
    "semicolons, decimal commas, points in thousands": (
        lines(";", weight=lambda v: german(v, 1), income=german),
        {},
        "income: thousands marked",
    ),
    "Excel's Unicode text": (lines("\t").encode("utf-16"), {}, "tabs, UTF-16"),
    "UTF-8 with a mark and Windows' line ends": (("\ufeff" + lines()).replace("\n", "\r\n").encode(), {}, "UTF-8"),
    "Latin-1": (lines(";").encode("latin-1"), {}, "in which it has 'Müllheim'"),
    "dates with the day first, by one that is past 12": (
        lines(seen=lambda day: f"{day:%d/%m/%Y}"),
        {},
        "seen: dates, ",
    ),
    "dates with points, US thousands": (
        lines(seen=lambda day: f"{day:%d.%m.%Y}", income=lambda v: f"{v:,}"),
        {},
        "income: thousands marked",
    ),
    "units and percent": (
        lines(weight=lambda v: f"{v} kg", income=lambda v: f"{v}%"),
        {},
        "weight: unit 'kg'",
    ),
    "currency, blanks in thousands": (
        lines("|", income=lambda v: f"€ {v:,}".replace(",", " ")),
        {},
        "income: unit '€'",
    ),
    "a title above, a total and a source below": (
        f"Births at three sites, export of 2024-01-02\n\n{lines()}"
        f"Total,{TRUE.sick.sum()},{TRUE.weight.sum():.1f},{TRUE.income.sum()},,\nSource: the register,,,,,\n",
        {},
        "the last row left out, a total",
    ),
    "padded as spreadsheets do": (
        f"Export;;;;;\n;;;;;\n{lines(';', weight=lambda v: german(v, 1))}Summe;;;;;\n;;;;;\n;;;;;\n",
        {},
        "2 blank rows at the end left out",
    ),
    "words for missing values": (
        lines(weight=lambda v: {TRUE.weight[3]: ".", TRUE.weight[8]: "-"}.get(v, v), site=lambda v: v).replace(
            f"{TRUE.seen[21]:%Y-%m-%d}", "n/a"
        ),
        {"weight": [3, 8], "seen": [21]},
        "weight: '.' and '-' (2 rows) read as missing",
    ),
    "commas in the names, and after sep=": (
        "sep=;\n" + lines(";", weight=lambda v: german(v, 1)),
        {},
        "semicolons",
    ),
    "blanks between values": (
        lines(" ").replace("Bad Öls", "Bad_Öls"),
        {"site": []},
        "separated by blanks",
    ),
    "minus signs and apostrophes": (
        lines(income=lambda v: f"{v:,}".replace(",", "’")),
        {},
        "income: thousands marked",
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", MESSY)
def test_messy_files_are_read_right(kind):
    content, missing, said = MESSY[kind]
    data, warned = quietly(content)
    if "blanks between" in kind:
        data["site"] = data["site"].str.replace("Bad_", "Bad ")
    same(data, missing)
    report = str(data.attrs["read"])
    assert said in report
    assert len(report.splitlines()) <= 12
    assert bool(warned) == (kind == "Latin-1")


@pytest.mark.parametrize("kind", MESSY)
def test_messy_files_on_the_command_line(kind, capsys, tmp_path):
    content, _, _ = MESSY[kind]
    (tmp_path / "a.csv").write_bytes(content if isinstance(content, bytes) else content.encode())
    data = gl.read(io.BytesIO((tmp_path / "a.csv").read_bytes()), encoding="cp1252" if kind == "Latin-1" else None)
    code, out, _ = run(capsys, "fit", "sick ~ weight + log(income)", tmp_path / "a.csv", "--format", "csv")
    assert code == 0
    estimates = [float(line.split(",")[1]) for line in out.splitlines()[1:]]
    np.testing.assert_array_equal(estimates, gl.logit("sick ~ weight + log(income)", data).params)
    assert run(capsys, "read", tmp_path / "a.csv")[0] == 0


# ---------------------------------------------------------------- two readings


@pytest.mark.parametrize(
    ("content", "column", "value", "doubt", "stated", "other"),
    [
        ('y,c\n1,"1,800"\n0,"2,350"\n', "c", 1800, "may be 1.8;", {"decimal": ","}, 1.8),
        ("y;c\n1;1.800\n0;2.350\n", "c", 1800, "may be 1.8;", {"decimal": "."}, 1.8),
        ("y;c\n1;1,800\n0;2,350\n", "c", 1.8, "may be 1800;", {"decimal": "."}, 1800),
        ("y,c\n1,5 kg\n0,6\n" + "".join(f"0,{i} kg\n" for i in range(7, 60)), "c", 5, "without the unit", {}, 5),
        ("y,c\n1,04/05/2015\n0,02/03/2016\n", "c", "04/05/2015", "day or month first", {"dates": "dmy"},
         pd.Timestamp(2015, 5, 4)),
        ("y,c\n1,04/05/2015\n0,02/03/2016\n", "c", "04/05/2015", "day or month first", {"dates": "mdy"},
         pd.Timestamp(2015, 4, 5)),
        ("y,c\n1,04.05.45\n0,02.03.16\n", "c", pd.Timestamp(2045, 5, 4), "years of two digits", {}, None),
    ],
)  # fmt: skip
def test_where_two_readings_are_plausible_it_is_said(content, column, value, doubt, stated, other):
    data, warned = quietly(content)
    assert data[column][0] == value
    assert len(warned) == 1
    assert doubt in warned[0]
    assert doubt in data.attrs["read"]["doubts"][0]
    if stated:
        again, silent = quietly(content, **stated)
        assert not silent
        assert again[column][0] == other


@pytest.mark.parametrize(
    ("content", "values"),
    [
        ("y;c;d\n1;1.800;0,5\n0;2.350;0,75\n", [1800, 2350]),  # commas are decimals elsewhere in the file
        ('y,c,d\n1,"1,800",0.5\n0,"2,350",0.75\n', [1800, 2350]),
        ('y,c,d\n1,"1,800",x\n0,"2,35",y\n', [1.8, 2.35]),  # 2,35 is no number with thousands
        ("y\tc\n1\t1.234.567,5\n0\t8\n", [1234567.5, 8.0]),
        ("y,c\n1,1.800\n0,2.350\n", [1.8, 2.35]),  # a CSV with commas has decimal points
        ("y,c\n1,−2.5\n0,3\n", [-2.5, 3.0]),
    ],
)
def test_what_the_file_decides_is_not_doubted(content, values):
    data, warned = quietly(content)
    assert data["c"].tolist() == values
    assert not warned


@settings(max_examples=60, deadline=None)
@given(seed=seeds, mark=st.sampled_from(",."), separator=st.sampled_from(";\t|"), places=st.integers(1, 4))
def test_any_numbers_with_thousands_come_back(seed, mark, separator, places):
    rng = np.random.default_rng(seed)
    values = np.round(rng.normal(0, 10.0 ** rng.integers(0, 7), 25), places)
    texts = [f"{value:,.{places}f}" for value in values]
    texts = [text.translate(str.maketrans(",.", ".,")) if mark == "," else text for text in texts]
    data, _ = quietly("y" + separator + "c\n" + "".join(f"1{separator}{text}\n" for text in texts), decimal=mark)
    np.testing.assert_array_equal(np.asarray(data["c"], dtype=float), values)
    data, warned = quietly("y" + separator + "c\n" + "".join(f"1{separator}{text}\n" for text in texts))
    assert warned or np.array_equal(np.asarray(data["c"], dtype=float), values)


# ---------------------------------------------------------------- what stays as it is


@pytest.mark.parametrize(
    ("cells", "options"),
    [
        (["1 mg", "2 mg", "1 mg", "5 mg"], {}),  # few levels with words: categories
        (["5 kg", "6 lb", *(f"{i} kg" for i in range(7, 40))], {}),
        (["<20", *map(str, range(20, 60))], {}),
        (["01", "02", "10"], {}),
        (["10-20", "20-30", "30-40"], {}),
        (["1.5", "2.5"], {"text": "c"}),
        (["2015-01-02", "2015-03-04"], {"dates": "text"}),
        (["None", "aspirin", "None"], {}),
        (["+", "-", "+"], {}),
        (["1:30", "2:45"], {}),
    ],
)
def test_what_is_no_number_stays(cells, options):
    data, warned = quietly("y,c\n" + "".join(f"1,{cell}\n" for cell in cells), **options)
    assert data["c"].tolist() == cells
    assert not warned


def test_a_total_that_does_not_add_up_is_a_row():
    data, _ = quietly("site,n\nA,1\nB,2\nC,4\nTotal,70\n")
    assert data["n"].tolist() == [1, 2, 4, 70]
    assert "does not add up" in data.attrs["read"]["odd"][0]
    data, _ = quietly("site,n,m\nA,1,2\nB,2,2\nC,4,NA\nD,NA,NA\n")  # missing values are no blank row
    assert len(data) == 4


def test_what_is_stated_goes():
    content = "sep;c;d\n1;9,5;99\n0;8,25;3\n"
    data, _ = quietly(content, sep=";", missing="99", text="sep", columns=["c", "d", "sep"])
    assert list(data.columns) == ["c", "d", "sep"]
    assert data["d"].isna().tolist() == [True, False]
    assert isinstance(data["sep"].dtype, pd.CategoricalDtype)
    assert quietly("note\nx,c\n1,5 mg\n0,6 mg\n", skip=1, number=["c"])[0]["c"].tolist() == [5, 6]
    for options, words in (
        ({"sep": "::"}, "no single character"),
        ({"decimal": ";"}, "neither '.' nor ','"),
        ({"skip": -1}, "no number of lines"),
        ({"dates": "day"}, "none of 'dmy'"),
        ({"columns": "nope"}, "no column of that name; it has"),
        ({"number": "c"}, "is no number"),
        ({"text": "nope"}, "no column of that name"),
    ):
        with pytest.raises(DataError, match=words):
            gl.read(io.BytesIO(b"a,c\n1,x\n0,y\n"), **options)


# ---------------------------------------------------------------- the report


def test_the_report_says_what_looks_odd():
    age = [99 if i % 9 == 0 else 20 + i % 40 for i in range(N)]
    table = pd.DataFrame(
        {
            "y": np.arange(N) % 2,
            "age": age,
            "kids": [-9 if i == 4 else i % 4 for i in range(N)],
            "smoke": ["yes ", "yes", "Yes", "no"] * 10,
            "key": range(1, N + 1),
            "name": [f"n{i}" for i in range(N)],
            "crp": ["<20" if i == 3 else str(21 + i) for i in range(N)],
            "same": 1,
            "none": None,
            "day": [20150100 + i % 28 + 1 for i in range(N)],
        }
    )
    data, _ = quietly(table.to_csv(index=False))
    odd = "\n".join(data.attrs["read"]["odd"])
    for words in (
        "age: 99 in 5 rows, the others being 21 to 59: a code for missing? Then missing=['99']",
        "kids: -9 in 1 row, the others being 0 to 3",
        "smoke: levels that print alike, which models take as one: 'yes ', 'yes'",
        "smoke: levels that differ in upper and lower case only",
        "key: whole numbers in sequence",
        "name: another text in each row: an identifier?",
        "crp: text in which 39 of them are numbers, such as '21', but not '<20'",
        "same: one value only, 1",
        "none: no values",
        "day: numbers such as 20150101 may be dates",
    ):
        assert words in odd
    assert not [line for line in odd.splitlines() if line.startswith("y:")]


@pytest.mark.parametrize(
    ("code", "values"), [(999, [17.5, 22.1, 44.9]), (-9, [0.5, 1.5, 30]), (99, [17.5, 22.1, 44.9])]
)
def test_codes_for_missing_stand_beside_decimals_too(code, values):
    column = np.resize([*values, code], 60)
    data, _ = quietly("y,c\n" + "".join(f"{i % 2},{value:g}\n" for i, value in enumerate(column)))
    expected = f"c: {code} in 15 rows, the others being {values[0]:g} to {values[-1]:g}: a code for missing?"
    assert [line for line in data.attrs["read"]["odd"] if expected in line]


@pytest.mark.parametrize(
    "values", [[0, 1], [1, 2, 3, 4, 5], [0, 1, 2, 3, 6], range(18, 100), [-1, 0, 1], [7, 8, 9], [40.5, 88.2, 99]]
)
def test_numbers_that_are_no_codes(values):
    column = np.resize(list(values), 60)
    data, _ = quietly("y,c\n" + "".join(f"{i % 2},{value}\n" for i, value in enumerate(column)))
    assert not [line for line in data.attrs["read"]["odd"] if "code for missing" in line]


def test_the_report_prints_and_travels_with_the_table(tmp_path):
    data, _ = quietly(MESSY["units and percent"][0])
    report = data.attrs["read"]
    assert str(report) == repr(report)
    assert "&#39;kg&#39;" in report._repr_html_()
    assert data.attrs["units"] == {"weight": "kg", "income": "%"}
    assert copy.deepcopy(data).attrs["read"] == report
    assert json.loads(json.dumps(report)) == report
    assert data.iloc[:3].attrs["read"] is not None
    pytest.importorskip("pyarrow")
    data.to_parquet(tmp_path / "a.parquet")
    again = gl.read(tmp_path / "a.parquet")
    assert again.attrs["read"]["form"] == "Parquet"
    pd.testing.assert_frame_equal(again, data)


def test_nothing_is_printed(capsys):
    quietly(MESSY["padded as spreadsheets do"][0])
    assert capsys.readouterr() == ("", "")


# ---------------------------------------------------------------- other formats


def test_workbooks(tmp_path):
    pytest.importorskip("openpyxl")
    path = tmp_path / "a.xlsx"
    with pd.ExcelWriter(path) as book:
        TRUE.to_excel(book, sheet_name="births", index=False)
        messy = pd.DataFrame([["Export", None, None], ["y", "x", "g"], [1, 1 / 3, "a"], [0, ".", "b"], [1, 3, "a"]])
        messy.to_excel(book, sheet_name="messy", index=False, header=False)
    data = gl.read(path)
    same(data)
    assert "sheet 'births' of 'births', 'messy'; sheet= takes another" in str(data.attrs["read"])
    data = gl.read(path, sheet="messy")
    assert data["x"].tolist()[::2] == [1 / 3, 3]
    assert data["x"].isna().tolist() == [False, True, False]
    pd.testing.assert_frame_equal(gl.read(path, sheet=1), data)
    with pytest.raises(DataError, match=r"sheet='nope': .* has 'births', 'messy'"):
        gl.read(path, sheet="nope")


def test_a_file_of_stata_has_its_labels(tmp_path):
    path = tmp_path / "a.dta"
    frame = pd.DataFrame(
        {"low": [0, 1, 1, 0], "race": [1, 2, 3, 1], "age": [19.0, np.nan, 33.5, 20], "who": list("abca")}
    )
    frame.to_stata(
        path,
        write_index=False,
        variable_labels={"low": "Birth weight below 2.5 kg", "age": "Age of the mother"},
        value_labels={"race": {1: "white", 2: "black", 3: "other"}, "low": {0: "no", 1: "yes"}},
    )
    data = gl.read(path)
    assert data["race"].tolist() == [1, 2, 3, 1]
    assert data["age"].isna().tolist() == [False, True, False, False]
    assert data.attrs["labels"] == {"low": "Birth weight below 2.5 kg", "age": "Age of the mother"}
    assert data.attrs["value_labels"] == {"low": {0: "no", 1: "yes"}, "race": {1: "white", 2: "black", 3: "other"}}
    assert "race: codes with labels (1 white, 2 black, 3 other): C(race) makes categories" in str(data.attrs["read"])
    assert gl.read(path, columns=["low", "age"]).attrs["value_labels"] == {"low": {0: "no", 1: "yes"}}


def test_files_of_spss(tmp_path):
    pyreadstat = pytest.importorskip("pyreadstat")
    path = tmp_path / "a.sav"
    frame = pd.DataFrame({"low": [0.0, 1, 9, 0], "race": [1.0, 2, 3, 1]})
    pyreadstat.write_sav(
        frame,
        str(path),
        column_labels={"low": "Low birth weight", "race": "Race"},
        variable_value_labels={
            "race": {1: "white", 2: "black", 3: "other"},
            "low": {0: "no", 1: "yes", 9: "not known"},
        },
        missing_ranges={"low": [9]},
    )
    data = gl.read(path)
    assert data["low"].isna().tolist() == [False, False, True, False]
    assert data["race"].tolist() == [1, 2, 3, 1]
    assert data.attrs["labels"] == {"low": "Low birth weight", "race": "Race"}
    assert data.attrs["value_labels"]["race"] == {1: "white", 2: "black", 3: "other"}


IRIS = Path("/usr/lib/R/site-library/haven/examples/iris.sas7bdat")


@pytest.mark.skipif(not IRIS.exists(), reason="a file of SAS comes with R's haven")
@pytest.mark.parametrize("library", [True, False])
def test_files_of_sas(library, monkeypatch):
    if library:
        pytest.importorskip("pyreadstat")
    else:
        monkeypatch.setitem(__import__("sys").modules, "pyreadstat", None)
    data = gl.read(IRIS)
    assert data.shape == (150, 5)
    np.testing.assert_allclose(data["Sepal_Length"].mean(), 5.843333, atol=1e-6)
    assert data["Species"].value_counts().tolist() == [50, 50, 50]


@pytest.mark.parametrize(
    ("suffix", "library"), [("xlsx", "openpyxl"), ("sav", "pyreadstat"), ("feather", "pyarrow.feather")]
)
def test_a_library_that_is_not_there_is_named(monkeypatch, tmp_path, suffix, library):
    monkeypatch.setitem(__import__("sys").modules, library, None)
    (tmp_path / f"a.{suffix}").write_bytes(b"PK")
    with pytest.raises(ImportError, match=f"pip install {library.partition('.')[0]}"):
        gl.read(tmp_path / f"a.{suffix}")


def test_feather_and_categories(tmp_path):
    pytest.importorskip("pyarrow")
    frame = pd.DataFrame({"y": [0, 1, 1], "g": pd.Categorical(["b", "a", "b"], categories=["b", "a"])})
    frame.to_feather(tmp_path / "a.feather")
    pd.testing.assert_frame_equal(gl.read(tmp_path / "a.feather"), frame)


# ---------------------------------------------------------------- what is refused

REFUSED = {
    "nothing": (b"", "a.csv", "is empty"),
    "blank lines": (b"\n \n\n", "a.csv", "is empty"),
    "bytes": (bytes(range(256)) * 4, "a.csv", "no text|not UTF-8"),
    "a web page": (b"<!doctype html><html><body>log in</body></html>", "a.csv", "web page"),
    "a workbook under the name of a CSV": (b"PK\x03\x04" + bytes(30), "a.csv", "zip archive|workbook"),
    "gzip without its end": (gzip.compress(b"a,b\n1,2\n", mtime=0)[:-9], "a.csv.gz", "cannot read"),
    "a workbook that is none": (b"no workbook", "a.xlsx", "cannot read"),
    "a .dta that is none": (b"no stata", "a.dta", "cannot read"),
    "a .sas7bdat that is none": (b"no sas", "a.sas7bdat", "cannot read"),
    "an old spreadsheet": (b"\xd0\xcf\x11\xe0" + bytes(60), "a.xls", "Excel 97"),
    "another suffix": (b"a,b\n", "a.doc", r"names of data end in \.csv"),
    "more values than names": (b"a,b\n1,2,3\n4,5,6\n", "a.csv", "more values|3 values"),
    "JSON": (b'[{"a": 1}]', "a.csv", "JSON"),
    "row names of R": (b'"a","b"\n"1",1,2\n"2",3,4\n', "a.csv", "row.names = FALSE"),
}  # fmt: skip


@pytest.mark.parametrize("kind", REFUSED)
def test_what_is_no_table_is_refused_in_words(kind, tmp_path):
    content, name, words = REFUSED[kind]
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError, match=words):
        gl.read(tmp_path / name)


def test_a_file_that_is_not_there():
    with pytest.raises(DataError, match="No such file"):
        gl.read("nowhere.csv")
    with pytest.raises(DataError, match="download it first"):
        gl.read("https://example.org/a.csv")


@settings(max_examples=150, deadline=None)
@given(content=st.one_of(st.binary(max_size=200), st.text('0123456789,;.\t |\n"abZ%-€ü', max_size=120).map(str.encode)))
def test_any_bytes_are_read_or_refused_in_words(content):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            data = gl.read(io.BytesIO(content))
        except DataError:
            return
    assert isinstance(str(data.attrs["read"]), str)
