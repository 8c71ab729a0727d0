"""TODO effects/labels"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pandas as pd

# Columns of effects tables; a variable of the data that has such a name is shown as ``at_...``.
_RESERVED = (
    *("variable", "contrast", "estimand", "estimate", "std_error", "statistic", "p_value", "conf_low", "conf_high"),
    *("odds_ratio", "risk_exposed", "risk_reference", "interval"),
)


def label_of(name: str, taken: Collection[str] = ()) -> str:
    """The name of a variable as a label, which is not that of another column of the table."""
    return f"at_{name}" if name in _RESERVED or name in taken else name


def unreserved(frame: pd.DataFrame, taken: Collection[str] = ()) -> pd.DataFrame:
    """Labels whose names are not those of other columns of the table."""
    return frame.rename(columns={name: label_of(str(name), taken) for name in frame})


def crossed(labels: pd.DataFrame, points: pd.DataFrame) -> pd.DataFrame:
    """Every label at every point, the points fastest."""
    if points.shape == (1, 0):
        return labels
    n = len(points)
    left = labels.loc[labels.index.repeat(n)].reset_index(drop=True)
    right = points.iloc[np.tile(np.arange(n), len(labels))].reset_index(drop=True)
    return pd.concat([left, right], axis=1)
