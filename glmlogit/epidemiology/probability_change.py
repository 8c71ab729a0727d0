"""What an odds ratio does to a baseline probability: p' and p' − p, neither by a subtraction that loses digits."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from glmlogit.epidemiology.conversions import require_probability, rows, weights

Array = npt.NDArray[np.float64]


def probability_change(
    odds_ratio: npt.ArrayLike, baseline: npt.ArrayLike = (0.01, 0.05, 0.2, 0.5), conf: Any = None
) -> pd.DataFrame:
    """What an odds ratio does to a probability.

    Parameters
    ----------
    odds_ratio : float or array of shape (n,)
        From 0 to infinity, both included.
    baseline : float or array of shape (n,)
        Probabilities without the exposure; one odds ratio is applied to each.
    conf : (low, high), optional
        Confidence limits of the odds ratio, floats or arrays of shape (n,).

    Returns
    -------
    DataFrame
        ``baseline probability change``, a row a baseline or an odds ratio; with ``conf`` also
        ``probability_low probability_high change_low change_high``. The index is that of a Series given.

    Raises
    ------
    DataError
        For a negative ratio, a baseline outside [0, 1], or limits that do not enclose the odds ratio.

    Notes
    -----
    With o the odds of the baseline, ``p' = r·o/(1 + r·o)`` and ``p' − p = (r − 1)·o/((1 + o)(1 + r·o))``; the
    change is not found by subtraction. A baseline of 0 or 1 does not change. *Matches* ``plogis(qlogis(p) +
    log(r))`` in R. *Differs*: exact for small changes and at both ends. The limits take the baseline as known.

    Examples
    --------
    >>> gl.probability_change(2.0, [0.05, 0.5]).round(3)
       baseline  probability  change
    0      0.05        0.095   0.045
    1      0.50        0.667   0.167
    """
    index, (ratio, chance), limits = rows({"odds_ratio": odds_ratio, "baseline": baseline}, conf)
    require_probability(chance)
    probability, change = _moved(ratio, chance)
    columns = {"baseline": chance, "probability": probability, "change": change}
    if conf is not None:
        low, high = (_moved(limit, chance) for limit in limits)
        columns |= {"probability_low": low[0], "probability_high": high[0]}
        columns |= {"change_low": low[1], "change_high": high[1]}
    return pd.DataFrame(columns, index=index)


def _moved(ratio: Array, p: Array) -> tuple[Array, Array]:
    """Probability after the odds are multiplied, and its change."""
    q, shrunk, total = weights(ratio, p)
    with np.errstate(invalid="ignore"):  # 0/0 at a baseline of 0 or 1, inf/inf for an infinite ratio: both set here
        excess = np.where(np.isinf(ratio), 1.0, (ratio - 1.0) / np.maximum(ratio, 1.0))
        still = ((p == 0.0) | (p == 1.0)) & ~np.isnan(ratio)
        return np.where(still, p, p * shrunk / total), np.where(still, 0.0, excess * p * q / total)
