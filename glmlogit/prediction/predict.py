"""Predicted probabilities and log-odds, with intervals on the scale where the model is linear."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from glmlogit.columns.array_columns import ArrayColumns
from glmlogit.data import frames
from glmlogit.data.sparse import Sparse, read_sparse
from glmlogit.data.storage import Dense, Matrix, blocks
from glmlogit.designs.inputs import GIVEN_OFFSET
from glmlogit.errors import CollinearityWarning, DataError, ExtrapolationWarning, GlmlogitWarning
from glmlogit.estimate.combinations import breaks_alias
from glmlogit.likelihood.response import Probabilities, level_of
from glmlogit.messages.calls import warn
from glmlogit.messages.options import check_choice, check_level
from glmlogit.messages.values import first
from glmlogit.messages.words import plural
from glmlogit.numerics.arrays import as_float, same_index, vector
from glmlogit.numerics.kernels import tails
from glmlogit.prediction.predictors import (
    linear_predictors,
    over_coefficients,
    places,
    probabilities_of,
    shifts,
    std_errors,
)

if TYPE_CHECKING:
    from glmlogit.estimate.estimate import Estimate


Array = npt.NDArray[np.float64]


def predict(
    fit: Estimate,
    newdata: Any = None,
    kind: Literal["response", "link"] = "response",
    interval: Literal["confidence"] | None = None,
    level: float | None = None,
    offset: Any = None,
    scale: Literal["logit", "probability"] = "logit",
) -> pd.Series[float] | pd.DataFrame:
    """Predict probabilities or log-odds.

    Parameters
    ----------
    fit : Fit
        The fit, of any estimator of this package.
    newdata : table, optional
        Rows with the columns of the formula. Default: the fitted rows. For a fit from arrays also an array, or
        ``scipy.sparse`` columns, the same as there.
    kind : {"response", "link"}
        Probability, or log-odds; of an outcome of several levels log-odds of each against the base.
    interval : {"confidence"}, optional
        Limits for the expected value.
    level : float, optional
        Confidence level, such as 0.9; default that of the fit (0.95).
    offset : number, array of shape (n,) or str, optional
        Needed with ``newdata`` when the fit's offset was an array and not a column; a str names a column there.
    scale : {"logit", "probability"}
        Where limits of a probability are symmetric: those of its log-odds transformed, or its own, which may leave
        [0, 1].

    Returns
    -------
    Series, or DataFrame ``estimate std_error conf_low conf_high``
        Of an outcome of several levels a DataFrame with a column a level; with limits a row for each row and level,
        which ``outcome`` names. Labelled as ``newdata``; rows with missing values are NaN, and so are rows whose
        prediction depends on an aliased coefficient, or on a separation whose side the data do not determine. Rows
        beyond a separation have probability 0 or 1.

    Raises
    ------
    DataError
        For an unseen level or a missing column, by name.

    Notes
    -----
    ``std_error`` of a probability is by the delta method. Splines, polynomials and other curves of several columns warn
    (:class:`~glmlogit.errors.ExtrapolationWarning`) in rows beyond the values they were fitted to. *Matches* R's
    ``predict.glm(se.fit = TRUE)``.

    Examples
    --------
    >>> fit = gl.logit("low ~ age + smoke", gl.datasets.birthwt())
    >>> fit.predict({"age": [20, 30], "smoke": [1, 0]}, interval="confidence").round(3)
       estimate  std_error  conf_low  conf_high
    0     0.440      0.062     0.323      0.563
    1     0.193      0.049     0.113      0.308
    """
    check_kind(kind)
    if interval not in (None, "confidence"):
        raise DataError(f"interval={interval!r} is not known; give 'confidence' or None")
    check_choice("scale", scale, ("logit", "probability"))
    if not fit.response.shown:
        return of_event(fit, newdata, kind, interval, level, offset, scale)
    rows = _rows_wanted(fit, newdata, offset)
    what = "probability" if kind == "response" else "link"
    if interval is None:
        return pd.DataFrame(_of_levels(fit, rows, what), index=rows.labels)
    quantile = fit.reference.quantile(check_level(level, fit.level))
    return _long(fit, rows, what, quantile, scale)


class _Rows(NamedTuple):
    """Rows whose probabilities are wanted: columns (m, p), labels, probabilities."""

    matrix: Matrix
    labels: pd.Index
    at: Probabilities


def _rows_wanted(fit: Estimate, newdata: Any, offset: Any) -> _Rows:
    """The fitted rows, or those of new data."""
    if newdata is None:
        matrix, index, shift = fit.rows.matrix, fit.rows.index, fit.rows.offset
    elif hasattr(newdata, "tocsc"):
        matrix, index, shift = _sparse_rows(fit, newdata, offset)
    else:
        X, index, shift = new_rows(fit, newdata, offset)
        matrix = Dense(X)
        _warn_of_extrapolation(fit, newdata)
    if fit.coefs.aliases and newdata is not None:
        _warn_of_aliases(fit, matrix.array)
    return _Rows(matrix, index, predicted(fit, matrix, shift, fitted=newdata is None))


def check_kind(kind: str) -> None:
    """Refuse what is neither probabilities nor log-odds."""
    if kind not in ("response", "link"):
        raise DataError(f"kind={kind!r} is not known; give 'response' for probabilities or 'link' for log-odds")


def of_event(
    fit: Estimate,
    newdata: Any = None,
    kind: str = "response",
    interval: str | None = None,
    level: float | None = None,
    offset: Any = None,
    scale: str = "logit",
) -> pd.Series[float] | pd.DataFrame:
    """:func:`predict` of the event of two levels; UnsupportedError where the outcome has more."""
    event = level_of(fit.response, None)
    matrix, index, at = _rows_wanted(fit, newdata, offset)
    if interval is None:
        return (
            pd.Series(fit.response.value(at, event, "log_odds"), index=index, name="linear_predictor")
            if kind == "link"
            else pd.Series(at.p[event], index=index, name="fitted")
        )
    odds = log_odds_of(fit, matrix, at, event)
    _warn_of_no_limits(fit, matrix, np.isfinite(odds.value) & np.isnan(odds.std_error))
    limits = odds.limits(fit.reference.quantile(check_level(level, fit.level)))
    if kind == "response":
        limits = as_probabilities(limits, at, event)
        if scale == "probability":
            limits = _around(limits, fit.reference.quantile(check_level(level, fit.level)))
    return pd.DataFrame(limits, index=index)


def _around(limits: Mapping[str, Array], quantile: float) -> dict[str, Array]:
    """Estimates with limits so many standard errors away on their own scale."""
    half = quantile * limits["std_error"]
    return {**limits, "conf_low": limits["estimate"] - half, "conf_high": limits["estimate"] + half}


def _of_levels(fit: Estimate, rows: _Rows, what: str) -> dict[Hashable, Array]:
    """A column a level: probabilities, or the linear predictor of each that has one."""
    if what == "probability":
        return {fit.response.levels[k]: rows.at.p[k] for k in fit.response.shown}
    return dict(zip(fit.response.compared, rows.at.eta, strict=True))


def _long(fit: Estimate, rows: _Rows, what: str, quantile: float, scale: str) -> pd.DataFrame:
    """A row for each row and level: estimate, standard error, limits."""
    response = fit.response
    tables: list[dict[str, Array]] = []
    if what == "link":
        names: list[Hashable] = list(response.compared)
        for eta, at in zip(rows.at.eta, places(fit), strict=True):
            error = np.concatenate(
                [
                    fit.covariance.std_error_of(over_coefficients(fit, rows.matrix.rows(part), at))
                    for part in blocks(*rows.matrix.shape)
                ]
            )
            tables.append(LogOdds(eta, np.where(np.isfinite(eta), error, np.nan)).limits(quantile))
    else:
        names = [response.levels[k] for k in response.shown]
        for k in response.shown:
            limits = log_odds_of(fit, rows.matrix, rows.at, k).limits(quantile)
            table = as_probabilities(limits, rows.at, k)
            tables.append(_around(table, quantile) if scale == "probability" else table)
    columns = {name: np.stack([table[name] for table in tables], axis=1).ravel() for name in tables[0]}
    outcome = pd.Series(names * len(rows.labels), index=rows.labels.repeat(len(names)), dtype=object, name="outcome")
    return pd.DataFrame({"outcome": outcome.to_numpy(), **columns}, index=outcome.index)


class LogOdds(NamedTuple):
    """Log-odds (m,) of a level of the outcome against all others, and their standard errors (m,)."""

    value: Array
    std_error: Array

    def limits(self, quantile: float) -> dict[str, Array]:
        """Columns of a table: log-odds, errors, and limits so many errors away."""
        half = quantile * self.std_error
        low, high = self.value - half, self.value + half
        return {"estimate": self.value, "std_error": self.std_error, "conf_low": low, "conf_high": high}


def as_probabilities(odds: Mapping[str, Array], at: Probabilities, level: int) -> dict[str, Array]:
    """Columns of log-odds as those of the probability: limits transformed (Fox & Andersen 2006), errors by pq."""
    low, high = (tails(odds[name])[0] for name in ("conf_low", "conf_high"))
    p, q = at.p[level], at.q[level]
    return {"estimate": p, "std_error": odds["std_error"] * p * q, "conf_low": low, "conf_high": high}


def predicted(fit: Estimate, matrix: Matrix, offset: Array | None, *, fitted: bool) -> Probabilities:
    """Probabilities of the levels of the outcome for rows of columns (m, p), which may be those of the fit."""
    if isinstance(matrix, Sparse) and not (fit.coefs.separated or fit.coefs.aliases):
        both = zip(places(fit), shifts(fit, offset), strict=True)
        return fit.response.probabilities(
            tuple(matrix.times(fit.coefs.beta[at]) + (0.0 if shift is None else shift) for at, shift in both)
        )
    parts = []
    for rows in blocks(*matrix.shape):
        X = matrix.rows(rows)
        eta = linear_predictors(fit, X, None if offset is None else offset[rows])
        parts.append(probabilities_of(fit, eta, X, rows if fitted else None))
    if not parts:
        return fit.response.probabilities(tuple(np.empty(0) for _ in places(fit)))
    eta, p, q = (tuple(map(np.concatenate, zip(*blocks_of, strict=True))) for blocks_of in zip(*parts, strict=True))
    return Probabilities(eta, p, q)


def log_odds_of(fit: Estimate, matrix: Matrix, at: Probabilities, level: int) -> LogOdds:
    """Log-odds of a level in rows of columns (m, p), with errors by the delta method; NaN where they are infinite."""
    value, factors = fit.response.value(at, level, "log_odds"), fit.response.derivative(at, level, "log_odds")
    errors = [
        std_errors(fit, matrix.rows(rows), tuple(factor[rows] for factor in factors)) for rows in blocks(*matrix.shape)
    ]
    return LogOdds(value, np.where(np.isfinite(value), np.concatenate(errors or [value]), np.nan))


# Share of the range of the data that a value may lie outside without a warning: derivatives by small steps do.
_SLACK = 0.01


def ranges_of(fit: Estimate) -> Mapping[str, tuple[float, float]]:
    """Least and largest value of each variable that enters by a curve; empty for a design from arrays."""
    if fit.saved is not None:
        return fit.saved.ranges
    offsets = {part.text for part in fit.columns.offsets}
    curves = fit.columns.curves.items()
    bent = [name for name, texts in curves if not all(text == name or text in offsets for text in texts)]
    seen = fit.rows.frame if bent else None
    if seen is None:
        return {}
    values = {name: frames.numeric(seen[name]) for name in bent}
    return {name: (float(v.min()), float(v.max())) for name, v in values.items()}


def _warn_of_extrapolation(fit: Estimate, newdata: Any) -> None:
    """Say which curves leave the data, and in how many rows: there a spline or power says nothing of what was seen."""
    ranges = ranges_of(fit)
    if not ranges:
        return
    curved = fit.columns.curves
    new, phrases = frames.take(newdata, list(curved)), []
    for name, (low, high) in ranges.items():
        values, texts = frames.numeric(new[name]), curved[name]
        slack = _SLACK * (high - low)
        beyond = np.flatnonzero((values < low - slack) | (values > high + slack))
        if len(beyond):
            phrases.append(f"{name} lies outside {low:g} to {high:g} in {first(beyond)} ({', '.join(texts)})")
    if phrases:
        warn(
            f"{'; '.join(phrases)}: beyond the data that a curve was fitted to it goes where they do not lead. Predict "
            f"within them, or take the result for an extrapolation",
            ExtrapolationWarning,
        )


def _warn_of_no_limits(fit: Estimate, matrix: Matrix, without: npt.NDArray[np.bool_]) -> None:
    """Say why rows have no limits, where the fit's covariance says nothing of them."""
    rows = np.flatnonzero(without)
    if len(rows):
        reason = fit.covariance.reasons_of(matrix.rows(rows[:1]))[0]
        verb = "has" if len(rows) == 1 else "have"
        warn(f"{first(rows)} {verb} no limits: {reason or 'no standard error exists'}", GlmlogitWarning)


def new_rows(fit: Estimate, newdata: Any, offset: Any = None) -> tuple[Array, pd.Index, Array]:
    """Model columns (m, p), index and offset (m,) of m rows of new data."""
    X, shift_in_formula = fit.columns.matrix(newdata)
    tables = [newdata.get(name) for name in fit.columns.predictors] if isinstance(newdata, Mapping) else [newdata]
    index = same_index([*(("newdata", part) for part in tables), ("offset", offset)])
    index = pd.RangeIndex(len(X)) if index is None else index
    beside = _new_offset(fit, newdata, offset, len(X))
    return X, index, beside if shift_in_formula is None else shift_in_formula + beside


def _sparse_rows(fit: Estimate, newdata: Any, offset: Any) -> tuple[Matrix, pd.Index, Array]:
    """The same of new columns of ``scipy.sparse``, which are not written out; of a fit from arrays."""
    if not isinstance(fit.columns, ArrayColumns):
        raise DataError("the new data are scipy.sparse columns, and the fit has a formula; give a table")
    columns, wanted = read_sparse(newdata), fit.columns.predictors
    n, p = columns.shape
    if p != len(wanted):
        raise DataError(f"the new data have {plural(p, 'column')} but the model has {len(wanted)}")
    matrix = columns.with_constant() if fit.columns.intercept else columns
    return matrix, pd.RangeIndex(n), _new_offset(fit, np.empty(0), offset, n)


def _new_offset(fit: Estimate, newdata: Any, offset: Any, n: int) -> Array:
    """The offset (n,) of new rows, or (n, K) where each level has its own."""
    name = fit.sample.offset_name
    if isinstance(name, tuple):
        return _by_level(fit, name, newdata, offset, n)
    if name is None:
        if offset is not None:
            raise DataError(
                "offset= is given but the model was fitted without an offset argument; an offset() of the formula is "
                "taken from the columns of the new data"
            )
        return np.zeros(n)
    if isinstance(offset, str):
        name = offset
    elif offset is not None:
        return _given_offset(offset, "offset", n)
    return _offset_column(newdata, name)


def _by_level(fit: Estimate, names: tuple[str | None, ...], newdata: Any, offset: Any, n: int) -> Array:
    """The offset (n, K) of new rows: of each level a column there, or what ``offset`` has for it."""
    by_level: Mapping[Any, Any] = {}
    if isinstance(offset, Mapping) or hasattr(offset, "columns"):
        by_level = {str(level): values for level, values in offset.items()}
    elif offset is not None:
        array = np.asarray(offset, dtype=np.float64)
        if array.shape != (n, len(names)):
            raise DataError(
                f"offset has shape {array.shape}; the model has an offset for each of {len(names)} levels, so that "
                f"{n} rows need ({n}, {len(names)}), or a mapping of level to numbers"
            )
        by_level = dict(zip(map(str, fit.response.levels), array.T, strict=True))
    columns = [
        np.zeros(n)
        if name is None
        else _offset_column(newdata, name)
        if (values := by_level.get(str(level))) is None
        else _given_offset(values, f"offset of {level}", n)
        for level, name in zip(fit.response.levels, names, strict=True)
    ]
    return np.column_stack(columns)


def _given_offset(values: Any, name: str, n: int) -> Array:
    return np.full(n, float(values)) if isinstance(values, (int, float)) else vector(values, name, n)


def _offset_column(newdata: Any, name: str) -> Array:
    """The column of new data that is called so."""
    table = not isinstance(newdata, np.ndarray)
    if not table or name not in {str(c) for c in frames.column_names(newdata)}:
        former = f"an {name[1:-1]} given as an array" if name.startswith(GIVEN_OFFSET) else f"offset {name!r}"
        column = f"add a column {name!r} (0 for no offset), or in predict " if table else ""
        raise DataError(
            f"the model was fitted with {former}, which the new data lack; {column}pass offset= with a number, or with "
            f"one value per row"
        )
    return as_float(frames.take(newdata, [name])[name], f"offset {name}")


def _warn_of_aliases(fit: Estimate, X: Array) -> None:
    """Say in which rows an aliased column departs from the combination it was in the data."""
    parts = [breaks_alias(fit, over_coefficients(fit, X, at)) for at in places(fit)]
    bad = np.any(parts, axis=0)
    if bad.any():
        warn(
            f"{first(np.flatnonzero(bad))} of the new data cannot be predicted: they break a collinearity that held "
            f"in the fitted data, so the prediction depends on an aliased coefficient; NaN is returned there",
            CollinearityWarning,
        )
