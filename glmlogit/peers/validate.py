"""Cross-checks: the same model refitted by another system, quantity by quantity."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from glmlogit.documents.formatting import number
from glmlogit.errors import DataError
from glmlogit.inference.confint import confint
from glmlogit.numerics.linalg import lengths
from glmlogit.peers.peer import PEERS, QUANTITIES, Answer

if TYPE_CHECKING:
    from glmlogit.estimate.estimate import Estimate


Array = npt.NDArray[np.float64]

_COLUMNS = ["quantity", "term", "glmlogit", "peer", "difference", "ok", "reason"]
_HEADS = {"ok": "agrees"}


def _eight_digits(values: Iterable[float]) -> list[str]:
    return [f"{x:#.8g}" if math.isfinite(x) else number(x) for x in values]


def _magnitudes(values: Iterable[float]) -> list[str]:
    return [f"{x:.0e}" if math.isfinite(x) else number(x) for x in values]


@dataclass(frozen=True, eq=False)
class Validation:
    """Comparison of a fit with another system.

    Attributes
    ----------
    table : DataFrame
        A row a quantity and term: ``quantity term glmlogit peer difference ok reason``. ``difference``
        is in standard errors for coefficients and limits, relative for the rest; ``ok`` is missing and
        ``reason`` given where nothing was compared.
    against, version : str
        The other system.
    rtol : float
        Largest difference that passes.
    """

    table: pd.DataFrame = field(repr=False)
    against: str
    version: str
    rtol: float

    @property
    def passed(self) -> bool:
        """Whether something was compared and everything compared agrees."""
        compared = self.table["ok"].dropna()
        return bool(len(compared)) and bool(compared.all())

    def __str__(self) -> str:
        from glmlogit.documents.from_frame import table_from_frame

        done = self.table["ok"].notna()
        shown = self.table[done].drop(columns="reason").set_index("quantity").rename(columns=_HEADS)
        shown["agrees"] = shown["agrees"].map({True: "yes", False: "NO"})
        formats = {"glmlogit": _eight_digits, self.against: _eight_digits, "difference": _magnitudes}
        table = table_from_frame(shown.rename(columns={"peer": self.against}), formats=formats)
        skipped = self.table[~done].groupby("reason", sort=False)["quantity"].unique()
        reasons = [f"not compared: {', '.join(names)}: {reason}" for reason, names in skipped.items()]
        return "\n".join([self._verdict(), *([table.to_text()] if done.any() else []), *reasons])

    def _verdict(self) -> str:
        done = self.table["ok"].dropna()
        what = "agrees" if self.passed else "DIFFERS" if len(done) else "nothing compared"
        peer = f"{self.against} {self.version}".strip()
        return f"Against {peer}: {what} (tolerance {self.rtol:g})"

    __repr__ = __str__


def validate(fit: Estimate, against: Literal["statsmodels", "r"] = "statsmodels", rtol: float = 1e-6) -> Validation:
    """Refit the model with another system and compare.

    Parameters
    ----------
    fit : Fit
        The fit, of any estimator of this package.
    against : {"statsmodels", "r"}
        R needs ``Rscript`` on the path.
    rtol : float
        Tolerance: standard errors for coefficients and limits, relative for the other quantities.

    Returns
    -------
    Validation
        Rows for params, bse, llf, deviance and Wald limits. Where the peer is known to be wrong or
        undefined, the row says why it is not compared.

    Raises
    ------
    DataError
        For another peer, or a tolerance outside (0, 1).
    UnsupportedError
        Where R is asked for and not installed.

    Notes
    -----
    Both peers get the model columns of this fit, so factor coding plays no part. *Matches* R's ``glm`` and
    statsmodels' ``Logit`` and ``GLM``, to the tolerance, wherever ``passed`` is true. *Differs* from R's and
    statsmodels' defaults in asking both for tight convergence; their default stopping rules leave 4 to
    8 digits.

    Examples
    --------
    >>> fit = gl.logit("low ~ age + smoke", gl.datasets.birthwt())
    >>> fit.validate().passed
    True
    """
    if not isinstance(against, str) or against not in PEERS:
        raise DataError(f"against={against!r} is not known; give {' or '.join(map(repr, PEERS))}")
    if not 0 < rtol < 1:
        raise DataError(f"rtol={rtol!r}: give a tolerance between 0 and 1, such as 1e-6")
    peer = PEERS[against]
    answer = peer.refit(fit)
    return Validation(_compare(fit, answer, rtol), peer.title, answer.version, rtol)


def _compare(fit: Estimate, answer: Answer, rtol: float) -> pd.DataFrame:
    limits = confint(fit)
    by_term = {"params": fit.params, "bse": fit.bse, "conf_low": limits["conf_low"], "conf_high": limits["conf_high"]}
    rows: list[dict[str, Any]] = []
    for quantity in QUANTITIES:
        if quantity in answer.refused:
            rows.append(_row(quantity, "", math.nan, math.nan, math.nan, None, answer.refused[quantity]))
        elif quantity in by_term:
            rows += _term_rows(fit, quantity, by_term[quantity], answer.values[quantity], rtol)
        else:
            rows.append(_scalar_row(quantity, getattr(fit, quantity), float(answer.values[quantity]), rtol))
    return pd.DataFrame(rows, columns=_COLUMNS).astype({"ok": "boolean"})


def _term_rows(fit: Estimate, quantity: str, mine: Any, theirs: Any, rtol: float) -> list[dict[str, Any]]:
    units = mine.abs() if quantity == "bse" else fit.bse.fillna(_model_errors(fit))
    reasons = [
        f"{term} is aliased here" if math.isnan(estimate) else f"{fit.cov_kind} gives no standard error for {term}"
        for term, estimate in fit.params.items()
    ]
    values = zip(fit.coefs.labels, mine, theirs, units, reasons, strict=True)
    return [_term_row(quantity, *cells, rtol) for cells in values]


def _model_errors(fit: Estimate) -> pd.Series[float]:
    """Standard errors from the information, defined also where a robust covariance is not."""
    return fit.solution.labelled(lengths(fit.surface.inverse_root), "std_error")


def _row(*cells: Any) -> dict[str, Any]:
    return dict(zip(_COLUMNS, cells, strict=True))


def _scalar_row(quantity: str, value: float, theirs: float, rtol: float) -> dict[str, Any]:
    difference = abs(value - theirs) / max(1.0, abs(theirs))
    return _row(quantity, "", value, theirs, difference, bool(difference <= rtol), "")


def _term_row(
    quantity: str, term: str, value: float, theirs: float, unit: float, reason: str, rtol: float
) -> dict[str, Any]:
    if math.isnan(value):
        return _row(quantity, term, value, theirs, math.nan, None, reason)
    difference = abs(value - theirs) / unit if unit > 0 else (0.0 if value == theirs else math.inf)
    return _row(quantity, term, value, theirs, difference, bool(difference <= rtol), "")
