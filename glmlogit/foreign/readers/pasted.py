"""A table of coefficients as text, or the path of a file with one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from glmlogit.errors import DataError
from glmlogit.foreign.table_text import PrintedColumn, TableText, read_table
from glmlogit.peers.claim import Claim, Reader


def _takes(value: Any) -> bool:
    return isinstance(value, Path) or (isinstance(value, str) and ("\n" in value or _is_file(value)))


def _is_file(text: str) -> bool:
    try:
        return "." in text and Path(text).is_file()
    except OSError:
        return False


def _read(value: Any, data: Any) -> Claim:
    table = read_table(_text(value))
    columns = _of_logs(table.columns) if "params" not in table.columns else table.columns
    single = {name: {"": number} for name, (number, _) in table.single.items()}
    rounded = {name: {"": half} for name, (_, half) in table.single.items()}
    return Claim(
        title=table.program if table.program == "the table" else f"the table of {table.program}",
        values={**{q: c.values for q, c in columns.items() if q != "odds_ratio"}, **single},
        rounded={**{q: c.rounded for q, c in columns.items() if q != "odds_ratio"}, **rounded},
        errors=table.errors,
        level=table.level,
        remarks=(*table.doubts, *_scale(table)),
        refused=_refused(table),
    )


def _text(value: Any) -> str:
    if isinstance(value, str) and "\n" in value:
        return value
    try:
        return Path(value).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"cannot read {str(value)!r}: {error}") from None


def _of_logs(columns: dict[str, PrintedColumn]) -> dict[str, PrintedColumn]:
    """Odds ratios, their errors and limits as those of coefficients; roundings as first differentials."""
    ratios = columns["odds_ratio"]
    logs = {"params": _logs(ratios)}
    if "bse" in columns:
        errors = columns["bse"]
        logs["bse"] = PrintedColumn(
            {n: x / ratios.values[n] for n, x in errors.values.items()},
            {
                n: (errors.rounded[n] + x * ratios.rounded[n] / ratios.values[n]) / ratios.values[n]
                for n, x in errors.values.items()
            },
        )
    return {**logs, **{q: _logs(columns[q]) for q in ("conf_low", "conf_high") if q in columns}}


def _logs(column: PrintedColumn) -> PrintedColumn:
    values = {n: float(np.log(x)) if x > 0 else np.nan for n, x in column.values.items()}
    return PrintedColumn(
        values, {n: half / column.values[n] if column.values[n] > 0 else 0.0 for n, half in column.rounded.items()}
    )


def _scale(table: TableText) -> list[str]:
    if "params" in table.columns:
        return []
    return ["the table has odds ratios: their logarithms are compared, and its limits and errors on that scale"]


def _refused(table: TableText) -> dict[str, str]:
    absent = [q for q in ("bse", "conf_low", "conf_high") if q not in table.columns]
    return dict.fromkeys(absent, "the table has none") if absent else {}


READER = Reader(_takes, _read)
