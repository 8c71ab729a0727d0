"""Pictures of tables of effects: a mark with its limits for each row, outcomes of one row side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from glmlogit.documents import formatting
from glmlogit.documents.naming import Labelled, contrast_of, level_of, name_of, outcome_of, said
from glmlogit.documents.style import interval_head, joined_limits, say
from glmlogit.drawing import axes, forest
from glmlogit.drawing.sizes import Width
from glmlogit.effects.labels import estimand_of
from glmlogit.errors import DataError
from glmlogit.messages import words

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Rows that a picture has room for.
MOST_ROWS = 60
_NAMED = ("variable", "contrast", "estimand")
_AXES = {"log": "Ratio (log scale)", "logit": "Probability"}
_NULLS = {"log": 1.0, "identity": 0.0}


def draw_effects(
    table: pd.DataFrame, scales: Sequence[str], ax: Axes | None, width: Width | None, level: float, quantity: str
) -> Axes:
    """Draw estimates and limits of the rows of a table, each with the scale on which its limits are symmetric.

    ``quantity`` is what the estimates are, where their columns and scale do not say it.
    """
    value = "odds_ratio" if "odds_ratio" in table else "estimate"
    _check(table, value, scales)
    scale = scales[0] if len(scales) else "identity"
    names, labels = _outcomes(table), _labels(table, value)
    texts = _texts(table, value, scale == "log")
    marks: dict[str, dict[str, forest.Mark]] = {label: {} for label in labels}
    rows = table[[value, "conf_low", "conf_high"]].to_numpy(float).tolist()
    for label, name, row, text in zip(labels, names, rows, texts, strict=True):
        marks[label][name] = forest.Mark(row[0], row[1], row[2], (text,))
    picture = forest.Forest(
        [forest.DrawnLine(label, own) for label, own in marks.items()],
        list(dict.fromkeys(names)),
        _axis(table, value, scale, quantity),
        log=scale == "log",
        null=_NULLS.get(scale) if "p_value" in table else None,
        texts=(f"{say('Odds ratio' if value == 'odds_ratio' else 'Estimate')} {interval_head(level)}",),
    )
    axes.styles(len(picture.series), "outcomes")
    return forest.draw(picture, ax, 6.4, width)


def _check(table: pd.DataFrame, value: str, scales: Sequence[str]) -> None:
    if value not in table or not len(table):
        raise DataError("the table has no estimates to draw")
    if len(table) > MOST_ROWS:
        raise DataError(f"{len(table)} rows cannot be told apart in one picture; ask for fewer variables or points")
    if len(set(scales)) > 1:
        raise DataError(
            "the rows are on several scales, such as differences and ratios, which no axis is for; ask for one estimand"
        )


def _axis(table: pd.DataFrame, value: str, scale: str, quantity: str) -> str:
    """What the axis says of the estimates: the estimand that all rows have, or what their scale tells."""
    if value == "odds_ratio":
        return say("Odds ratio (log scale)")
    if "estimand" not in table or len(set(table["estimand"])) > 1:
        return said(quantity or _AXES.get(scale, "Estimate"))
    name = estimand_of(str(table["estimand"].iloc[0]))
    name = name[:1].upper() + name[1:]
    return say("{what} (log scale)", what=name) if scale == "log" else name


def _outcomes(table: pd.DataFrame) -> list[str]:
    return list(map(outcome_of, table["outcome"])) if "outcome" in table else [""] * len(table)


def _labels(table: pd.DataFrame, value: str) -> list[str]:
    """What each row is of: the columns before its estimate, but for the outcome and what all rows share."""
    columns = [c for c in table.columns[: list(table.columns).index(value)] if c != "outcome"]
    shown = [c for c in columns if c != "estimand" or len(set(table[c])) > 1]
    labels: list[str] = [
        Labelled(", ".join(_part(str(c), row[c], str(row.get("variable", ""))) for c in shown if row[c] != "dydx"))
        for _, row in table.iterrows()
    ]
    return labels if columns else list(map(str, table.index))


def _part(name: str, value: Any, variable: str) -> str:
    if name == "contrast":
        text = contrast_of(variable, str(value))
        return text.replace(" - ", " − ") if text.count(" - ") == 1 else text  # levels may have a hyphen too
    if name in _NAMED:
        return estimand_of(str(value)) if name == "estimand" else name_of(str(value))
    own = name.removeprefix("at_")
    return f"{name_of(own)} = {level_of(own, value, words.short)}"


def _texts(table: pd.DataFrame, value: str, ratios: bool) -> list[str]:
    """Estimates with their limits, as tables print them."""
    row_of = formatting.ratio_row if ratios else formatting.difference_row
    rows = table[[value, "conf_low", "conf_high"]].to_numpy(float).tolist()
    signed = [[text.replace("-", "−") for text in row_of(row)] for row in rows]
    return [f"{text} {joined_limits(low, high)}" for text, low, high in signed]
