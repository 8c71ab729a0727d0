"""What kind of file this is, told from its first bytes and lines, and what to type about it.

A file of data is text with one line of names, a title above it perhaps, and a value for each name in every other line.
Whatever else comes under the name of a CSV is named here.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import PurePath
from typing import NamedTuple

from glmlogit.errors import DataError

__all__ = ["FIRST_BYTES", "Shape", "eight_bit_encoding", "marked_encoding", "refuse_other_kinds", "shape_of"]

FIRST_BYTES = 65_536
"""How much of a file is looked at to tell what it is."""
MOST_NAMES = 1_000_000
"""Names in the first line."""
SEPARATORS = (",", ";", "\t", "|")

# ---------------------------------------------------------------- other kinds of files

_PANDAS = "Save it as CSV (UTF-8) in the program it comes from, or read it in Python: pd.read_{}({!r})"
_BOOK = "a spreadsheet (an Excel workbook)"
_SIGNATURES: tuple[tuple[bytes, str, str], ...] = (
    (b"\x1f\x8b", "compressed by gzip", "Give it a name that ends in .csv.gz: mv {name} {name}.gz"),
    (b"BZh", "compressed by bzip2", "Give it a name that ends in .csv.bz2: mv {name} {name}.bz2"),
    (b"\xfd7zXZ\x00", "compressed by xz", "Give it a name that ends in .csv.xz: mv {name} {name}.xz"),
    (b"\x28\xb5\x2f\xfd", "compressed by Zstandard", "Unpack it: zstd -d -o unpacked.csv {name}"),
    (b"7z\xbc\xaf", "a 7z archive", "Unpack it: 7z x {name}"),
    (b"PAR1", "a Parquet file", "Give it a name that ends in .parquet: mv {name} {stem}.parquet"),
    (b"ARROW1", "an Arrow (Feather) file", _PANDAS.format("feather", "{path}")),
    (b"FEA1", "a Feather file", _PANDAS.format("feather", "{path}")),
    (b"\xd0\xcf\x11\xe0", "a spreadsheet of Excel 97 to 2003", _PANDAS.format("excel", "{path}")),
    (b"$FL2", "a data file of SPSS", _PANDAS.format("spss", "{path}")),
    (b"<stata_dta>", "a data file of Stata", _PANDAS.format("stata", "{path}")),
    (b"\x00" * 12 + b"\xc2\xea\x81\x60", "a data file of SAS", _PANDAS.format("sas", "{path}")),
    (b"HEADER RECORD*******LIB", "a transport file of SAS", _PANDAS.format("sas", "{path}")),
    (b"RDX", "a workspace of R", 'Write a CSV in R: write.csv(d, "data.csv", row.names = FALSE)'),
    (b"SQLite format 3", "a database of SQLite", 'Export it: sqlite3 -csv -header {name} "select * from t" > data.csv'),
    (b"\x89HDF", "an HDF5 file", _PANDAS.format("hdf", "{path}")),
    (b"%PDF", "a PDF", "A PDF holds pages, no data; ask for the table as CSV"),
    (b"{\\rtf", "a document (RTF)", "Save the table in it as plain text with commas"),
)  # fmt: skip
_HTML = re.compile(
    rb"\s*(<!--.*?-->\s*)*<(!doctype html|html|head|body|table|meta|script)\b", re.IGNORECASE | re.DOTALL
)
_SUFFIXES = {
    ".xls": ("a spreadsheet of Excel 97 to 2003", "excel"),
    ".ods": ("a spreadsheet (OpenDocument)", "excel"),
    ".json": ("JSON", "json"),
    ".jsonl": ("JSON", "json"),
    ".por": ("a portable file of SPSS", "spss"),
}


def of_suffix(path: str) -> str:
    """What a file of another kind is by its name, and what to type; empty where the name tells nothing."""
    what, reader = _SUFFIXES.get(PurePath(path).suffix.lower(), ("", ""))
    return f"{path!r} is {what} by its name, no CSV. {_PANDAS.format(reader, path)}" if what else ""


def refuse_other_kinds(start: bytes, path: str, source: str) -> None:
    """Refuse what is no text: a compressed file, a spreadsheet, a web page under the name of a CSV.

    Parameters
    ----------
    start : bytes
        The first bytes.
    path : str
        Name of the file, empty for standard input.
    source : str
        What a message calls it.
    """
    name = _shell(path or "FILE")
    stem = _shell(str(PurePath(path or "FILE").with_suffix("")))
    for signature, what, advice in _SIGNATURES:
        if start.startswith(signature):
            raise DataError(f"{source} is {what}. {advice.format(name=name, stem=stem, path=path or 'FILE')}")
    if start.startswith(b"PK\x03\x04"):
        raise DataError(_of_zip(path, source))
    if _HTML.match(start.lstrip(b"\xef\xbb\xbf")):
        raise DataError(
            f"{source} is a web page (HTML), perhaps one that asks to log in: download the data themselves. A table in "
            f"a page is read in Python: pd.read_html({path!r})[0]"
        )
    text = start.lstrip(b"\xef\xbb\xbf \t\r\n")
    if re.match(rb'(\[\s*)?\{\s*"|\[\s*\[', text):
        raise DataError(f"{source} is JSON, no CSV. Read it in Python: pd.read_json({path!r})")
    if text.startswith(b"<?xml"):
        raise DataError(f"{source} is XML, no CSV. {_PANDAS.format('xml', path)}")


def _shell(path: str) -> str:
    return path if re.fullmatch(r"[\w./+-]+", path, re.ASCII) else "'" + path.replace("'", "'\\''") + "'"


def _of_zip(path: str, source: str) -> str:
    try:
        names = zipfile.ZipFile(path).namelist()
    except (OSError, zipfile.BadZipFile, ValueError):
        names = []
    if "[Content_Types].xml" in names or any(name.startswith("xl/") for name in names):
        return f"{source} is {_BOOK}. {_PANDAS.format('excel', path)}"
    if "mimetype" in names:
        return f"{source} is a spreadsheet (OpenDocument). {_PANDAS.format('excel', path)}"
    inside = next((name for name in names if not name.endswith("/")), "")
    held = f" that holds {inside!r}" if inside else ""
    return (
        f"{source} is a zip archive{held}. Unpack it: unzip -p {_shell(path or 'FILE')} {_shell(inside)} > unpacked.csv"
    )


# ---------------------------------------------------------------- encodings

_MARKS = (
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)


def marked_encoding(start: bytes, source: str) -> str:
    """The encoding that the first bytes name: UTF-16 or -32 by its mark or its zeros, else UTF-8."""
    encoding = next((name for mark, name in _MARKS if start.startswith(mark)), "") or _without_mark(start)
    if not encoding and b"\x00" in start:
        raise DataError(f"{source} is no text: it holds bytes of 0. Save the data as CSV in UTF-8")
    return encoding or "utf-8-sig"


def eight_bit_encoding(failed: UnicodeDecodeError, content: Iterable[bytes], path: str, source: str) -> tuple[str, str]:
    """Windows-1252 for text that is not UTF-8, and a word that shows how it reads.

    Parameters
    ----------
    failed : UnicodeDecodeError
        Where UTF-8 ended.
    content : iterable of bytes
        The whole file.

    Raises
    ------
    DataError
        Where letters beyond ASCII do not stand among others, as they do in the languages of Western Europe.
    """
    position, data = failed.start, failed.object
    word = re.search(rb"[^\s,;|\"']*$", data[:position])
    piece = re.match(rb"[^\s,;|\"']{0,40}", data[position if word is None else word.start() :])
    letters = [0, 0]
    try:
        shown = (b"" if piece is None else piece[0]).decode("cp1252")
        for part in content:
            letters = [a + b for a, b in zip(letters, _western(part.decode("cp1252")), strict=True)]
    except UnicodeDecodeError:
        shown = ""
    if shown and letters[0] >= WESTERN * sum(letters):
        return "cp1252", shown
    target = _shell(f"{PurePath(path or 'data').stem}-utf8.csv")
    raise DataError(
        f"{source} is not UTF-8 text (byte 0x{data[position]:02x}), and in Windows-1252 it makes no words"
        f"{f' ({shown!r})' if shown else ''}. Name its encoding: encoding='shift_jis' or the like, or convert it: "
        f"iconv -f SHIFT_JIS -t UTF-8 {_shell(path or 'FILE')} > {target}"
    )


WESTERN = 0.8
"""Share of the signs beyond ASCII that must make sense for text to be Windows-1252."""


def _western(text: str) -> tuple[int, int]:
    """Signs beyond ASCII that stand as in words of Western Europe, and others."""
    good = bad = 0
    for match in re.finditer(r"[^\x00-\x7f]+", text):
        around = text[: match.start()][-1:] + match[0] + text[match.end() :][:1]
        at = match.start() > 0
        for k, sign in enumerate(match[0], start=int(at)):
            beside = around[max(k - 1, 0) : k] + around[k + 1 : k + 2]
            letter = sign.isalpha() and sign not in "µªºŸ"
            ok = (
                len(match[0]) <= 2
                if letter
                else sign in _SIGNS and not (sign in _APART and beside.strip(_CUT).isalpha())
            )
            good, bad = good + ok, bad + (not ok)
    return good, bad


_CUT = " \t\r\n,;|\"'.()0123456789"
_APART = frozenset("§€£¥¢©®±×÷¿¡‚„…")
_SIGNS = frozenset("µªº°²³¹±×÷·§£€¥$¢©®™‰–—‘’‚“”„«»…•´¨¼½¾¿¡¬\u00a0\u00ad")


def _without_mark(start: bytes) -> str:
    """UTF-16 without its mark has a byte of 0 beside every letter."""
    if len(start) < 4 or start[: len(start) // 2 * 2].count(0) < len(start) / 3:
        return ""
    odd, even = start[1::2].count(0), start[0::2].count(0)
    if odd > 0.8 * len(start[1::2]) and not even:
        return "utf-16-le"
    return "utf-16-be" if even > 0.8 * len(start[0::2]) and not odd else ""


# ---------------------------------------------------------------- separator and header


class Shape(NamedTuple):
    """How the lines of a CSV are split, and how many stand above its header."""

    separator: str
    above: int


def shape_of(lines: Sequence[str], separator: str | None, source: str) -> Shape:
    """The separator, by which most lines have as many values as there are names, and lines above the header.

    Raises
    ------
    DataError
        More names than anybody has.
    """
    hint = re.fullmatch(r"sep=(.)\s*", lines[0]) if lines else None
    if hint:  # what spreadsheet programs write for each other
        return Shape(separator or hint[1], 1)
    chosen = separator or max(SEPARATORS, key=lambda mark: _agreement(lines, mark))
    if separator is None and not _agreement(lines, chosen)[0] and _in_columns(lines):
        chosen = " "
    rows = _split(lines, chosen)
    if rows and len(rows[0]) > MOST_NAMES:
        raise DataError(f"{source} has {len(rows[0]):,} names in its first line; is it a table?")
    return Shape(chosen, _lines_above(lines, rows))


def _in_columns(lines: Sequence[str]) -> bool:
    """Whether blanks separate three values or more, as many in each line, some of them numbers."""
    rows = _split(lines, " ")
    width = len(rows[0]) if rows else 0
    even = len(rows) > 2 and width > 2 and all(len(row) == width for row in rows)
    return even and all(any(map(_looks_like_a_number, row)) for row in rows[1:])


def _split(lines: Sequence[str], separator: str) -> list[list[str]]:
    try:
        return [
            row for row in csv.reader(io.StringIO("".join(lines)), delimiter=separator, skipinitialspace=True) if row
        ]
    except csv.Error:
        return []


def _agreement(lines: Sequence[str], separator: str) -> tuple[bool, float, int, int]:
    """Whether the separator splits at all, how many lines have the commonest number of values, and that number."""
    counts = Counter(len(row) for row in _split(lines, separator))
    if not counts:
        return False, 0.0, 0, 0
    common, times = max(counts.items(), key=lambda item: (item[1], item[0]))
    return common > 1, times / sum(counts.values()), common, -(*SEPARATORS, separator).index(separator)


def _lines_above(lines: Sequence[str], rows: Sequence[Sequence[str]]) -> int:
    """How many lines stand above the names: a title has fewer values than a line of data, by more than R's row name."""
    starts = [k for k, line in enumerate(lines) if line.strip()]
    if len(rows) < 3 or len(starts) < len(rows):
        return starts[0] if starts else 0
    common = Counter(len(row) for row in rows[1:]).most_common(1)[0][0]
    k = next((k for k, row in enumerate(rows) if not _is_above(row, common, lines[starts[k]])), 0)
    return starts[0] if any(map(_looks_like_a_number, rows[k])) else starts[k]


def _is_above(row: Sequence[str], common: int, line: str) -> bool:
    """Whether a line is no line of names: too few values, one alone among blanks, or a sentence above two columns."""
    present = sum(bool(value.strip()) for value in row)
    title = len(row) == 1 and common == 2 and _is_title(line)
    return len(row) < common - 1 or title or (len(row) >= 3 and present < len(row) / 2)


def _looks_like_a_number(name: str) -> bool:
    return re.fullmatch(r"[-+]?[\d.,]*\d[\d.,]*", name.strip()) is not None


def _is_title(line: str) -> bool:
    return line.startswith("#") or len(line.split()) > 1
