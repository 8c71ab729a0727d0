"""The numbers and notes of summaries as JSON, at full precision."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from glmlogit.documents.pages import Format, Summary
from glmlogit.messages import words

if TYPE_CHECKING:
    import pandas as pd


def _models(several: Sequence[Summary]) -> str:
    models = [
        {
            "title": s.title,
            "alert": s.alert or None,
            "header": dict(s.header),
            "fit": next(iter(_records(s.facts)), None),
            ("coefficients" if s.of_fit else s.holds): _records(s.coefficients),
            "notes": list(s.notes),
        }
        for s in several
    ]
    text = json.dumps({"models": models}, indent=2, ensure_ascii=False, allow_nan=False)
    # JSON leaves direction marks and the like as they are.
    hidden = {ord(ch): f"\\u{ord(ch):04x}" for ch in set(text) - {"\n"} if words.visible(ch) != ch}
    return text.translate(hidden) + "\n"


def _records(frame: pd.DataFrame | None) -> list[dict[str, object]]:
    if frame is None:
        return []
    rows = frame.to_dict(orient="records")
    return [{str(key): _plain(value) for key, value in row.items()} for row in rows]


def _plain(value: Any) -> object:
    """Turn a cell into what JSON can hold."""
    import numpy as np
    import pandas as pd

    value = value.item() if isinstance(value, np.generic) else value
    if isinstance(value, float) and math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    if value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value)):
        return None
    return value if isinstance(value, (str, int, float, bool)) else str(value)


FORMAT = Format(".json", _models, printed=4, numbers=True)
