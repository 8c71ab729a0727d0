"""What a peer is: another system that fits the same columns, and what it answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from glmlogit.documents.registry import Registry
from glmlogit.errors import UnsupportedError

if TYPE_CHECKING:
    from glmlogit.estimate.estimate import Estimate


ERRORS = ("bse", "conf_low", "conf_high")
QUANTITIES = ("params", *ERRORS, "llf", "deviance")


@dataclass(frozen=True)
class Answer:
    """What another system says: its version, values of ``QUANTITIES``, and why some are not compared.

    Values of coefficients come by the names of the fit, as :func:`by_name` makes them; ``refused`` maps a quantity to
    the reason. ``title`` is the function that was called, where the peer has several.
    """

    version: str
    values: Mapping[str, Any]
    refused: Mapping[str, str]
    title: str = ""


@dataclass(frozen=True)
class Peer:
    """Another system: its name on the page, and the function that refits a model there."""

    title: str
    refit: Callable[[Estimate], Answer]


PEERS: Registry[Peer] = Registry("glmlogit.peers.systems", "PEER", first=("statsmodels",))


def refusals(fit: Estimate) -> dict[str, str]:
    """Reasons that hold for every peer."""
    if fit.capabilities.why_no_peer:
        return dict.fromkeys(QUANTITIES, fit.capabilities.why_no_peer)
    if not fit.converged:
        return dict.fromkeys(QUANTITIES, fit.status.value.rstrip("."))
    return {**_of_ordered_levels(fit), **_of_class_weights(fit)}


def _of_ordered_levels(fit: Estimate) -> dict[str, str]:
    """Reasons of models of ordered levels that others do not have."""
    if not fit.sample.outcome.ordered:
        return {}
    if any(len({int(at[j]) for at in fit.coefs.places}) > 1 for j in slope_columns(fit)):
        return dict.fromkeys(
            QUANTITIES, "with nonparallel= a term has a coefficient for each cut, and the peer's has one"
        )
    if fit.covariance.text == "inverse expected information":
        return dict.fromkeys(ERRORS, "errors are of the expected information, the peer's of the observed one")
    return {}


def _of_class_weights(fit: Estimate) -> dict[str, str]:
    """Reasons why numbers of a class-weighted fit are others elsewhere."""
    if fit.weighting is None:
        return {}
    errors = dict.fromkeys(ERRORS, "other programs take class weights, given them as weights of rows, for observations")
    coefficients = "binomial coefficients are of counts, and class weights leave none"
    return {**errors, "llf": coefficients}


def coded_rows(fit: Estimate) -> tuple[Any, Any]:
    """Levels of single observations, the base 0, and how often each row of columns is to be repeated for them.

    UnsupportedError where they cannot be counted, or have an offset, which programs for several levels do not take.
    """
    import numpy as np

    rows, response = fit.rows, fit.response
    assert rows.levels is not None
    table = rows.levels.table()
    if rows.weights is not None:
        table = table * rows.weights[:, None]
    if rows.offset is not None or (rows.weights is not None and not fit.sample.counted) or (table % 1 != 0).any():
        raise UnsupportedError("it takes no offset, and no weights that do not count rows")
    order = [list(response.levels).index(level) for level in response.compared]
    base = next(k for k in range(len(response.levels)) if k not in order)
    counts = table[:, [base, *order]].astype(int)
    return np.tile(np.arange(counts.shape[1]), len(counts)).repeat(counts.ravel()), counts.sum(axis=1)


def slope_columns(fit: Estimate) -> list[int]:
    """Positions of the columns with estimated coefficients, constants aside, as ordered models want them."""
    return sorted({fit.coefs.column_of[int(k)] for k in fit.coefs.estimated} - set(fit.columns.constants))


def by_name(fit: Estimate, values: Any) -> Any:
    """Numbers of the estimated coefficients as a Series of all of them, NaN for the others."""
    import numpy as np
    import pandas as pd

    names = [fit.coefs.labels[j] for j in fit.coefs.estimated]
    return pd.Series(np.asarray(values, dtype=float), index=names).reindex(fit.coefs.labels)


def values_of(fit: Estimate, params: Any, bse: Any, llf: float, deviance: float) -> dict[str, Any]:
    """The values of an answer from coefficients, their standard errors and two sums."""
    z = fit.reference.quantile(fit.level)
    limits = {"conf_low": params - z * bse, "conf_high": params + z * bse}
    return {"params": params, "bse": bse, **limits, "llf": llf, "deviance": deviance}
