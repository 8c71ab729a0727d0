"""The numbers of summaries as CSV, at full precision, with a guard against text that spreadsheets run."""

from __future__ import annotations

from collections.abc import Sequence

from glmlogit.documents.pages import Format, Summary
from glmlogit.messages import words

_FORMULA_STARTS = tuple("=+-@\t\r\n＝＋－＠")


def _rows(several: Sequence[Summary]) -> str:
    import pandas as pd

    numbered = [(i, s.coefficients) for i, s in enumerate(several, 1) if s.coefficients is not None]
    frames = [frame.assign(model=i) if len(several) > 1 else frame for i, frame in numbered]
    joined = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()
    return joined.map(_shown).map(_guarded).to_csv(index=False, na_rep="NA", lineterminator="\n")


def _shown(value: object) -> object:
    return words.visible(value) if isinstance(value, str) else value


def _guarded(value: object) -> object:
    if not isinstance(value, str) or not value.startswith(_FORMULA_STARTS):
        return value
    try:
        float(value)
    except ValueError:
        return f"'{value}"
    return value


FORMAT = Format(".csv", _rows, printed=3, numbers=True)
