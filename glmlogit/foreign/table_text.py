"""A table of coefficients as R, Stata, SAS, SPSS or statsmodels print it, read from its text."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from glmlogit.errors import DataError
from glmlogit.foreign.markup import Grid, marked

# Heads of columns, the longer words first; of two that begin at one place the first wins.
_HEADS = (
    ("p", r"Pr\s?\(>\s?\|[zt]\|\)|Pr\s?>\s?\|[zt]\||P\s?>\s?\|[zt]\||Pr\s?>\s?ChiSq|p[._ ]?val(?:ue)?s?\b|Sig\.|\bp\b"),
    ("odds_ratio", r"Odds\s+ratio|Rel\.\s?risk|RRR\b|exp\(coef\)|Exp\(B\)|Exp\(Est\)|\bOR\b|odds_ratio"),
    ("bse", r"(?:Robust\s+)?Std\.?\s?err(?:or|\.)?|std\.error|std_error|(?:Standard\s+)?\bError\b|S\.E\.|\bSE\b"),
    (
        "limits",
        r"\[?\d+(?:\.\d+)?%\s+conf(?:\.|idence)\s+interval\]?|\[0\.025\s+0\.975\]|Wald\s+\d+%\s+Confidence\s+Limits",
    ),
    ("conf_low", r"conf\.low|conf_low|\b2\.5\s?%|\bLower\b"),
    ("conf_high", r"conf\.high|conf_high|97\.5\s?%|\bUpper\b"),
    ("z", r"[zt]\s?values?\b|statistic|(?:Wald\s+)?Chi-?Square|\bWald\b|\b[zt]\b"),
    ("df", r"\bdf\b"),
    ("params", r"[Ee]stimates?\b|Coefficients?\b(?!:)|Coef\.|\bcoef\b|\bB\b|\bbeta\b"),
)
_NUMBER = r"[-+−]?(?:\d[\d,]*\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_CELL = re.compile(rf"^(?:<?{_NUMBER}|-?Inf|NaN|NA|\.|-|\(omitted\)|\(empty\)|\(base\))$", re.IGNORECASE)
_SINGLE = (
    ("llf", rf"Log[- ]?likelihood\s*[=:]\s*({_NUMBER})|'log Lik\.'\s*({_NUMBER})"),
    ("deviance", rf"Residual deviance:?\s*({_NUMBER})"),
    ("nobs", rf"Number of obs(?:ervations)?(?: Used)?\s*[=:]?\s*({_NUMBER})|No\. Observations:\s*({_NUMBER})"),
)
_DOUBTS = (
    (r"did not converge|convergence not achieved|Convergence was not attained", "the other program did not converge"),
    (r"fitted probabilities numerically 0 or 1", "R warned of probabilities of 0 or 1: a sign of separation"),
    (r"predicts? (?:failure|success) perfectly", "Stata left out what predicts the outcome perfectly, and its rows"),
    (r"quasi-?complete separation|complete separation", "the other program says that the data are separated"),
    (r"\(\d+ observations? deleted due to missingness\)", "R dropped rows with missing values: {0}"),
    (r"omitted because of collinearity", "Stata omitted a collinear column"),
    (r"not defined because of singularities", "R gave no estimate of an aliased column"),
    (r"quasibinomial", "quasibinomial: standard errors contain a dispersion (gl.dispersion)"),
)


class PrintedColumn(NamedTuple):
    """Cells of a quantity by term: numbers and half a unit of their last digit."""

    values: dict[str, float]
    rounded: dict[str, float]


class TableText(NamedTuple):
    """What a printed table says: columns by quantity, single numbers, the kind of errors, level, doubts, program."""

    columns: dict[str, PrintedColumn]
    single: dict[str, tuple[float, float]]
    errors: str
    level: float
    doubts: tuple[str, ...]
    program: str


def read_table(text: str) -> TableText:
    """The table in a text; DataError where there is none with estimates or odds ratios."""
    grids, text = marked(re.sub(r"(?<=\d)·(?=\d)", ".", text))
    columns = _of_grids(grids) if grids else _of_text(text)
    if not columns or not {"params", "odds_ratio"} & set(columns):
        raise DataError(
            "no table of coefficients in the text: paste what summary(fit) of R, logit of Stata or .summary() of "
            "statsmodels prints, with the line of its heads (Estimate, Coef., Odds ratio); of this package "
            "str(fit.summary(language='en')), its Markdown, HTML or LaTeX, or fit.tidy().to_csv()"
        )
    level = re.search(r"\b(\d\d(?:\.\d+)?)%\s+(?:conf|CI)", text, re.IGNORECASE)
    return TableText(
        columns,
        _single(text),
        _errors(text),
        float(level[1]) / 100 if level else 0.95,
        tuple(_doubts(text)),
        _program(text),
    )


def _of_text(text: str) -> dict[str, PrintedColumn]:
    lines = text.replace("\t", "    ").splitlines()
    return _of_print(_as_others(lines)) if _is_ours(text) else _of_csv(text) or _of_print(lines)


def _of_grids(grids: Iterable[Grid]) -> dict[str, PrintedColumn]:
    """Columns of the first table whose heads name estimates or odds ratios."""
    read = (_of_cells(grid[0], grid[1:]) for grid in grids if len(grid) > 1)
    return next(filter(None, read), {})


def number(cell: str) -> tuple[float, float]:
    """A printed number and half a unit of its last digit; NaN for what is none, ``<0.001`` among it."""
    plain = cell.replace(",", "").replace("−", "-").replace("∞", "inf")
    if plain.casefold() in ("inf", "-inf"):
        return float(plain), 0.0
    if not re.fullmatch(_NUMBER, plain):
        return math.nan, 0.0
    mantissa, _, exponent = plain.casefold().partition("e")
    places = len(mantissa.partition(".")[2])
    return float(plain), 0.5 * 10.0 ** (int(exponent or 0) - places)


def _heads(line: str) -> list[str]:
    """Quantities of the columns that a line of heads names, in order."""
    seen: list[tuple[int, int, str]] = []
    for name, pattern in _HEADS:
        for hit in re.finditer(pattern, line, re.IGNORECASE if name not in ("z", "p", "params", "odds_ratio") else 0):
            if all(hit.end() <= start or hit.start() >= end for start, end, _ in seen):
                seen.append((hit.start(), hit.end(), name))
    if not any(name in ("odds_ratio", "params") for *_, name in seen):
        return []
    names = [name for *_, name in sorted(seen)]
    return [part for name in names for part in (("conf_low", "conf_high") if name == "limits" else (name,))]


def _of_print(lines: list[str]) -> dict[str, PrintedColumn]:
    for at, line in enumerate(lines):
        heads = _heads(line)
        if len(heads) > 1 or line.split()[:1] == ["Term"]:
            rows = list(_rows(lines[at + 1 :], len(heads)))
            if rows:
                return _columns(heads, _named_once(rows))
    return {}


def _named_once(rows: list[tuple[str, list[str]]]) -> dict[str, list[str]]:
    """Rows by their labels; DataError where two have the same, as those of several equations have."""
    named = dict(rows)
    if len(named) < len(rows):
        labels = [label for label, _ in rows]
        twice = next(label for label in labels if labels.count(label) > 1)
        raise DataError(f"the table has two rows {twice!r}: paste those of one model or of one equation")
    return named


def _rows(lines: list[str], width: int) -> Iterator[tuple[str, list[str]]]:
    """Labels and cells below a line of heads, a Stata factor's levels under the factor's name."""
    factor, begun = "", False
    for line in lines:
        label, cells = _row(line, width)
        if label and len(cells) == width:
            begun = True
            level = bool(re.match(r"^[^|]*\S {2,}\|", line))
            factor = factor if level else ""
            yield (f"{factor}[T.{label}]" if factor and level else label), cells
        elif re.match(r"^\s*[\w.#]+\s*\|\s*$", line):
            factor = line.strip(" |")
        elif begun and re.fullmatch(r"\s*(-{3,}|={3,})\s*", line):
            return


def _row(line: str, width: int) -> tuple[str, list[str]]:
    """The label and the cells of a line, as many as there are columns; stars and bars are no cells."""
    words = re.sub(r"<\s+(?=[\d.])", "<", line.replace("|", " ")).split()
    while words and (re.fullmatch(r"\*+", words[-1]) or (words[-1] in (".", "-") and len(words) > width + 1)):
        words.pop()
    cells = words[max(len(words) - width, 1) :]
    if len(cells) < width or not all(_CELL.match(cell) for cell in cells):
        return "", []
    before = words[: len(words) - width]
    if len(before) > 1 and re.fullmatch(rf"<?{_NUMBER}", before[-1]):
        raise DataError(
            f"the row {line.strip()!r} has more numbers than the line of heads names columns: paste the heads whole, "
            f"each in one line, or give a CSV with the columns term, estimate, std.error"
        )
    label = re.sub(r"^\d+\s+(?=\S)", "", " ".join(before))
    return label, cells


def _columns(heads: list[str], rows: dict[str, list[str]]) -> dict[str, PrintedColumn]:
    columns = {}
    for j, head in enumerate(heads):
        if head in ("z", "p", "df") or head in columns:
            continue
        cells = {label: number(values[j]) for label, values in rows.items()}
        columns[head] = PrintedColumn(
            {n: v for n, (v, _) in cells.items()}, {n: half for n, (_, half) in cells.items()}
        )
    return columns


def _of_csv(text: str) -> dict[str, PrintedColumn]:
    """A table with commas, semicolons or tabs between its cells, as ``write.csv(tidy(fit))`` makes it."""
    first = text.strip().partition("\n")[0]
    separator = next((mark for mark in (",", ";", "\t") if mark in first), None)
    if separator is None or "|" in first:
        return {}
    head, *rows = list(csv.reader(io.StringIO(text.strip()), delimiter=separator))
    return _of_cells(head, _with_points(rows) if separator != "," else rows)


def _with_points(rows: list[list[str]]) -> list[list[str]]:
    """Cells with decimal points, where none has one but commas."""
    if any("." in cell for row in rows for cell in row[1:]):
        return rows
    return [[cell.replace(",", ".") for cell in row] for row in rows]


def _of_cells(head: list[str], rows: list[list[str]]) -> dict[str, PrintedColumn]:
    """Columns by their heads; none where no head names estimates or odds ratios."""
    head, rows = _parted(head, rows)
    heads = [next(iter(_heads(f"Estimate {name}")[1:]), "") if name else "" for name in head]
    heads = [
        "params" if re.fullmatch(r"estimates?|coef|params|b", name.casefold()) else h
        for name, h in zip(head, heads, strict=True)
    ]
    if not {"params", "odds_ratio"} & set(heads):
        return {}
    if heads.count("odds_ratio") > 1 and "params" not in heads:
        raise DataError(
            "the table has several columns of odds ratios, crude and adjusted ones perhaps: paste one with the terms "
            "of one model, as fit.summary() and fit.tidy().to_csv() give it"
        )
    labels = [name.casefold() for name in head]
    label = next((labels.index(name) for name in ("term", "variable", "parameter", "") if name in labels), 0)
    filled = [row for row in rows if len(row) == len(head) and any(row[j] for j, h in enumerate(heads) if h)]
    cells = [(row[label], [row[j] for j in range(len(head))]) for row in filled]
    return _columns([h or "z" for h in heads], _named_once(cells))


_LIMITS = re.compile(r"\d\s?%\s?CI\b")
_LIMIT = re.compile(r"\d[\d,]*\.?\d*(?:[eE][-+]?\d+)?|Inf|∞")


def _parted(head: list[str], rows: list[list[str]]) -> tuple[list[str], list[list[str]]]:
    """Limits of odds ratios that share a cell in columns of their own; beside estimates they are left out."""
    places = [j for j, name in enumerate(head) if _LIMITS.search(name)]
    beside = any(_heads(f"{name} z value")[:1] == ["params"] for name in head)
    if len(places) != 1 or beside or _heads(f"{head[places[0]]} z value")[:1] == ["odds_ratio"]:
        return head, rows
    (j,) = places
    ends = [(_LIMIT.findall(row[j]) if len(row) == len(head) else []) for row in rows]
    pairs = [pair if len(pair) == 2 else ["", ""] for pair in ends]
    return [*head, "conf_low", "conf_high"], [[*row, *pair] for row, pair in zip(rows, pairs, strict=True)]


def _single(text: str) -> dict[str, tuple[float, float]]:
    single = {}
    for name, pattern in _SINGLE:
        for hit in re.finditer(pattern, text, re.IGNORECASE):
            single[name] = number(next(filter(None, hit.groups())))
    freedom = re.search(r"Null deviance:.*?on\s+(\d+)\s+degrees", text)
    rows = {"nobs": (float(freedom[1]) + 1.0, 0.0)} if freedom else {}
    return single | rows


def _errors(text: str) -> str:
    """The kind of covariance that the text names; empty where it names none."""
    if _is_ours(text):
        return _own_errors(text)
    clustered = re.search(r"adjusted for \d[\d,]* clusters", text)
    if clustered:
        return "cluster"
    if re.search(r"\bRobust\b", text):
        return "HC0:stata"
    named = re.search(r"Covariance Type:\s+(HC\d|cluster|nonrobust)", text)
    return {"nonrobust": "model", "cluster": "cluster:statsmodels"}.get(named[1], named[1]) if named else ""


def _own_errors(text: str) -> str:
    """The kind of covariance that a summary of this package names."""
    said = re.search(r"Standard errors: (.*(?:\n {10,}.*)*)", text)
    named = re.search(r"\bHC[0-3]\b", said[1]) if said else None
    return named[0] if named else "cluster" if said and "cluster" in said[1] else "model" if said else ""


def _doubts(text: str) -> Iterator[str]:
    for pattern, said in _DOUBTS:
        hit = re.search(pattern, text, re.IGNORECASE)
        if hit:
            yield said.format(hit[0])


def _is_ours(text: str) -> bool:
    """Whether the text is a page of this package."""
    wanted = ("^(?:Event modelled|Outcome|Observations): ", "^Term ")
    return all(re.search(pattern, text, re.MULTILINE) for pattern in wanted)


def _as_others(lines: list[str]) -> list[str]:
    """Lines of a summary of this package as other programs would print them: without bars, stars and odds ratios.

    What stands behind the bar follows from what is before it, and is not compared twice.
    """
    shown, bar = list[str](), None
    first = next(k for k, line in enumerate(lines) if line.startswith("Term"))
    for line in lines[first:]:
        head = line.startswith("Term")
        if head:
            ratios = re.search(r"\|(?= *(?:Odds|ratio))", line)
            bar = ratios.start() if ratios else None
            line = re.sub(r"\b(?:LR |Score )?chi2\(1\)|(?<![zt] )\bvalue\b", "z value", line[:bar])
            line = line.replace("Pr(>chi2)", "Pr>ChiSq")
        shown.append(re.sub(r"\bLR (?=\d)| +(?:\*{1,3}|\.) *$", "", line[:bar].rstrip()))
    return shown


def _program(text: str) -> str:
    if _is_ours(text):
        return "glmlogit"
    if re.search(r"Pr\(>\|[zt]\|\)|std\.error|\(Intercept\)", text):
        return "R"
    if re.search(r"_cons\b|P>\|z\|.*conf\. ?interval", text, re.IGNORECASE):
        return "Stata"
    if "ChiSq" in text:
        return "SAS"
    if "Exp(B)" in text:
        return "SPSS"
    return "statsmodels" if "Covariance Type" in text else "the table"
