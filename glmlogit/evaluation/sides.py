"""What stands beside scores: outcomes as counts, weights, trials, and numbers of clusters."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from glmlogit.designs.container import WeightType
from glmlogit.designs.design import check_weight_type
from glmlogit.designs.inputs import outcome_array
from glmlogit.designs.outcome import Outcome, check_counts, code_binary, count_column
from glmlogit.errors import DataError, UnsupportedError
from glmlogit.messages.values import first
from glmlogit.messages.words import Name
from glmlogit.numerics.arrays import require_finite, vector

Array = npt.NDArray[np.float64]
Positions = npt.NDArray[np.intp]
Kind = Literal["single", "frequency", "sampling"]


def counts(y: Array, trials: Array | None, weights: Array | None) -> tuple[Array, Array]:
    """Weighted numbers of events and of others (n,)."""
    nonevents = (1.0 if trials is None else trials) - y
    return (y, nonevents) if weights is None else (weights * y, weights * nonevents)


def refuse_precision(precision: bool) -> None:
    """Refuse weights that count nothing."""
    if precision:
        raise UnsupportedError(
            "ranks and shares count observations, and precision weights count nothing; if the weights are counts or "
            "inverse probabilities say so: weight_type='frequency' or 'sampling'"
        )


def coded_events(y: Any, trials: Array | None, n: int, event: Any) -> tuple[Array, Outcome]:
    """Events (n,) by outcomes of n rows, or as counted among trials (n,), and their coding."""
    values, name = outcome_array(y, n)
    if trials is None:
        return code_binary(values, name, event)
    events = count_column(values, f"outcome {name}")
    check_counts(events, trials, name)
    return events, Outcome(name, None, (), grouped=True)


def weighed(
    events: Array, trials: Array | None, sides: dict[str, Any], weight_type: WeightType, gone: npt.NDArray[np.bool_]
) -> tuple[Array, Array, Kind, Positions | None]:
    """Weighted events and others (n,), what they count, and the numbers of clusters (n,)."""
    check_weight_type(weight_type)
    n, weights = len(events), sides.get("weights")
    if weights is not None:
        refuse_precision(weight_type == "precision")
        weights = np.where(gone, 0.0, vector(weights, "weights", n))
        require_finite(weights, "weights")
        if (weights < 0).any():
            raise DataError(f"weights are negative in {first(np.flatnonzero(weights < 0))}; they start at 0")
    total, others = counts(events, trials, weights)
    if not (total + others)[~gone].any():
        raise DataError("all weights or trials are 0; no row takes part")
    groups = sides.get("cluster")
    codes = None if groups is None else pd.factorize(np.asarray(paired(groups, n, "cluster")))[0].astype(np.intp)
    if codes is not None and (codes[~gone] < 0).any():
        raise DataError(f"cluster is missing in {first(np.flatnonzero((codes < 0) & ~gone))}; every row needs one")
    sampled = weights is not None and weight_type == "sampling"
    return total, others, "sampling" if sampled else "single" if weights is trials is None else "frequency", codes


def paired(values: Any, n: int, option: str) -> Any:
    """Identifiers of n rows; refuses other numbers of them."""
    if np.ndim(values) != 1 or len(values) != n:
        raise DataError(f"{option} has shape {np.shape(values)} and there are {n} rows; give one identifier a row")
    return values


def name_of(cluster: Any) -> str:
    """What clusters are called."""
    name = cluster if isinstance(cluster, str) else getattr(cluster, "name", None)
    return "" if cluster is None else "cluster" if name is None else Name(name)
