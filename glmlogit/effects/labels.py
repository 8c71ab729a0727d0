"""Names and rows of label columns in tables of effects: no name twice, labels crossed with points."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import replace

import numpy as np
import pandas as pd

from glmlogit.documents.pages import Column
from glmlogit.documents.style import marked, say
from glmlogit.likelihood.response import Response

# Columns of effects tables; a variable of the data that has such a name is shown as ``at_...``.
_RESERVED_LABELS = (
    *("variable", "contrast", "estimand", "estimate", "std_error", "statistic", "p_value", "conf_low", "conf_high"),
    *("outcome", "odds_ratio", "risk_exposed", "risk_reference", "interval"),
)


def label_of(name: str, taken: Collection[str] = ()) -> str:
    """The column name for a variable in a table of effects: ``at_name`` where the name itself is in use."""
    return f"at_{name}" if name in _RESERVED_LABELS or name in taken else name


def unreserved(frame: pd.DataFrame, taken: Collection[str] = ()) -> pd.DataFrame:
    """A frame of labels, its columns renamed by :func:`label_of`."""
    return frame.rename(columns={name: label_of(str(name), taken) for name in frame})


def with_outcome(labels: pd.DataFrame, response: Response) -> pd.DataFrame:
    """Labels whose rows repeat the levels of the outcome, with a first column that names these; as they are without."""
    levels = [response.levels[k] for k in response.shown]
    if not levels:
        return labels
    names = pd.Series(levels * (len(labels) // len(levels)), index=labels.index, dtype=object)
    return pd.concat([names.rename("outcome"), labels], axis=1)


def crossed(labels: pd.DataFrame, points: pd.DataFrame) -> pd.DataFrame:
    """Every row of ``labels`` with every row of ``points``, the points changing fastest."""
    if points.shape == (1, 0):
        return labels
    n = len(points)
    left = labels.loc[labels.index.repeat(n)].reset_index(drop=True)
    right = points.iloc[np.tile(np.arange(n), len(labels))].reset_index(drop=True)
    return pd.concat([left, right], axis=1)


def in_words(frame: pd.DataFrame) -> pd.DataFrame:
    """Estimands, and Altman's intervals of numbers needed to treat, in the language of the style."""
    for column, write in (("estimand", estimand_of), ("interval", _interval)):
        if column in frame:
            frame = frame.assign(**{column: frame[column].map(write, na_action="ignore")})
    return frame


def estimand_of(name: str) -> str:
    """The name of an estimand in words: ``risk difference``."""
    return say(name).replace("_", " ")


def head_of(column: Column, level: float) -> Column:
    """A column of a page; that of a limit says of which level it is."""
    if column.key not in ("conf_low", "conf_high"):
        return column
    side = column.key.removeprefix("conf_")
    return replace(column, header=say(f"{{level}}% CI {side}", level=marked(f"{100 * level:g}")))


def _interval(text: str) -> str:
    ends = [re.sub(r"^(more|fewer) events 1 in (.*)$", _end, marked(end)) for end in text.split(" to ")]
    return f" {say('to')} ".join(ends)


def _end(match: re.Match[str]) -> str:
    return say(f"{match[1]} events 1 in {{x}}", x=match[2])
