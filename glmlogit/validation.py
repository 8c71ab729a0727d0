"""Cross-checks: the same model refitted by another system, quantity by quantity."""

from __future__ import annotations

import json
import math
import shutil
import subprocess
import tempfile
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from glmlogit._tails import normal_quantile
from glmlogit.errors import DataError, UnsupportedError

if TYPE_CHECKING:
    from glmlogit.fit import Fit

Array = npt.NDArray[np.float64]

_COLUMNS = ["quantity", "term", "glmlogit", "peer", "difference", "ok", "reason"]


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
        from glmlogit.reporting import table_from_frame

        compared = self.table["ok"].notna()
        verdict = "agrees" if self.passed else ("not compared" if not compared.any() else "DIFFERS")
        shown = self.table[compared].drop(columns="reason").set_index("quantity")
        text = table_from_frame(shown).to_text() if compared.any() else ""
        skipped = self.table[~compared]
        reasons = [f"not compared: {row.quantity} ({row.reason})" for row in skipped.itertuples()]
        head = f"Against {self.against} {self.version}: {verdict} (tolerance {self.rtol:g})"
        return "\n".join([head, *([text] if text else []), *reasons])

    __repr__ = __str__


def validate(fit: Fit, against: Literal["statsmodels", "r"] = "statsmodels", rtol: float = 1e-6) -> Validation:
    """Refit the model with another system and compare.

    Parameters
    ----------
    fit : Fit
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
    UnsupportedError
        Where R is asked for and not installed.

    Notes
    -----
    Both peers get the model columns of this fit, so factor coding plays no part. *Differs* from R's and
    statsmodels' defaults in asking both for tight convergence; their default stopping rules leave 4 to
    8 digits.
    """
    if against not in ("statsmodels", "r"):
        raise DataError(f"against={against!r} is not known; give 'statsmodels' or 'r'")
    if not 0 < rtol < 1:
        raise DataError(f"rtol={rtol!r}: give a tolerance between 0 and 1, such as 1e-6")
    peer = _ask_r(fit) if against == "r" else _ask_statsmodels(fit)
    name = "R glm" if against == "r" else "statsmodels"
    return Validation(_compare(fit, peer, rtol), name, peer.version, rtol)


@dataclass(frozen=True)
class _Peer:
    """What another system says; ``refused`` maps quantities to the reason they are not compared."""

    version: str
    values: Mapping[str, Any]
    refused: Mapping[str, str]


def _compare(fit: Fit, peer: _Peer, rtol: float) -> pd.DataFrame:
    rows: list[dict[str, Any]] = []
    errors = fit.bse
    level = fit.confint()
    unit = errors.abs()
    mine: dict[str, Any] = {
        "params": fit.params,
        "bse": errors,
        "conf_low": level["conf_low"],
        "conf_high": level["conf_high"],
        "llf": fit.llf,
        "deviance": fit.deviance,
    }
    for quantity, values in mine.items():
        if quantity in peer.refused:
            rows.append(_row(quantity, "", math.nan, math.nan, math.nan, None, peer.refused[quantity]))
            continue
        theirs = peer.values[quantity]
        if not isinstance(values, pd.Series):
            rows.append(_scalar_row(quantity, values, float(theirs), rtol))
            continue
        for term, value, their, size in zip(values.index, values, theirs, unit, strict=True):
            rows.append(_term_row(quantity, str(term), float(value), float(their), float(size), rtol))
    return pd.DataFrame(rows, columns=_COLUMNS).astype({"ok": "boolean"})


def _row(*cells: Any) -> dict[str, Any]:
    return dict(zip(_COLUMNS, cells, strict=True))


def _scalar_row(quantity: str, value: float, theirs: float, rtol: float) -> dict[str, Any]:
    difference = abs(value - theirs) / max(1.0, abs(theirs))
    return _row(quantity, "", value, theirs, difference, bool(difference <= rtol), "")


def _term_row(quantity: str, term: str, value: float, theirs: float, unit: float, rtol: float) -> dict[str, Any]:
    if math.isnan(value):
        return _row(quantity, term, value, theirs, math.nan, None, f"{term} is aliased here")
    difference = abs(value - theirs) / unit
    return _row(quantity, term, value, theirs, difference, bool(difference <= rtol), "")


def _refusals(fit: Fit) -> dict[str, str]:
    """Reasons that hold for every peer."""
    if not fit.converged:
        reason = f"the fit did not converge: {fit.status.value}"
        return dict.fromkeys(["params", "bse", "conf_low", "conf_high", "llf", "deviance"], reason)
    return {}


def _ask_statsmodels(fit: Fit) -> _Peer:
    import statsmodels
    import statsmodels.api as sm

    refused = _refusals(fit)
    errors = ("bse", "conf_low", "conf_high")
    if fit.cov_kind in ("HC1", "HC2", "HC3"):
        reason = f"statsmodels returns HC0 whatever {fit.cov_kind} asks for in discrete models"
        refused |= {name: reason for name in errors if name not in refused}
    if fit.cov_kind.startswith("cluster") and fit.cov_kind != "cluster:statsmodels":
        reason = "statsmodels multiplies by (n-1)/(n-k) as well; with_cov('cluster:statsmodels') compares"
        refused |= {name: reason for name in errors if name not in refused}
    if len(refused) == 6:
        return _Peer(statsmodels.__version__, {}, refused)
    names = [str(name) for name in fit.params.dropna().index]
    result, extra = _statsmodels_fit(fit, sm, names)
    refused = {**extra, **refused}
    z = normal_quantile(fit.level)
    params = _spread(fit, names, result.params)
    bse = _spread(fit, names, result.bse)
    values = {
        "params": params,
        "bse": bse,
        "conf_low": params - z * bse,
        "conf_high": params + z * bse,
        "llf": result.llf,
        "deviance": getattr(result, "deviance", -2.0 * result.llf),
    }
    return _Peer(statsmodels.__version__, values, refused)


def _spread(fit: Fit, names: list[str], values: Any) -> pd.Series[float]:
    return pd.Series(np.asarray(values, dtype=float), index=names).reindex(fit.design.names)


def _statsmodels_fit(fit: Fit, sm: Any, names: list[str]) -> tuple[Any, dict[str, str]]:
    """GLM for grouped or weighted data, Logit otherwise, both iterated to the end."""
    design = fit.design
    X = pd.DataFrame(design.X, columns=design.names)[names]
    how = _statsmodels_covariance(fit)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if design.trials is None and design.weights is None:
            model = sm.Logit(design.y, X, offset=design.offset)
            return model.fit(method="newton", maxiter=100, tol=1e-12, disp=0, **how), {}
        y = design.y if design.trials is None else np.column_stack([design.y, design.trials - design.y])
        weights = {} if design.weights is None else {"freq_weights": design.weights}
        model = sm.GLM(y, X, family=sm.families.Binomial(), offset=design.offset, **weights)
        result = model.fit(maxiter=200, tol=1e-13, tol_criterion="params", **how)
    reason = "statsmodels treats all weights as frequencies in a robust covariance"
    odd = design.weights is not None and how.get("cov_type", "nonrobust") != "nonrobust"
    return result, dict.fromkeys(("bse", "conf_low", "conf_high"), reason) if odd else {}


def _statsmodels_covariance(fit: Fit) -> dict[str, Any]:
    if fit.cov_kind == "HC0":
        return {"cov_type": "HC0"}
    if fit.cov_kind == "cluster:statsmodels":
        assert fit.design.cluster is not None
        codes = [fit.design.cluster[name].astype("category").cat.codes.to_numpy() for name in fit.design.cluster]
        groups = codes[0] if len(codes) == 1 else np.column_stack(codes)
        return {"cov_type": "cluster", "cov_kwds": {"groups": groups}}
    return {}


_R_PROGRAM = """
args <- commandArgs(trailingOnly = TRUE)
d <- as.matrix(read.csv(args[1], header = FALSE, colClasses = "numeric"))
p <- as.integer(args[2])
X <- d[, seq_len(p), drop = FALSE]
events <- d[, p + 1]; others <- d[, p + 2]; weight <- d[, p + 3]; off <- d[, p + 4]
total <- events + others
fit <- suppressWarnings(glm.fit(X, events / total, weights = total * weight, offset = off,
  family = binomial(), intercept = FALSE, control = glm.control(epsilon = 1e-15, maxit = 100)))
eta <- drop(X[, !is.na(fit$coefficients), drop = FALSE] %*% fit$coefficients[!is.na(fit$coefficients)]) + off
mu <- plogis(eta)
V <- chol2inv(qr.R(qr(X[, !is.na(fit$coefficients), drop = FALSE] * sqrt(total * weight * mu * (1 - mu)))))
se <- rep(NA_real_, p); se[!is.na(fit$coefficients)] <- sqrt(diag(V))
show <- function(x) paste0("[", paste(ifelse(is.na(x), "null", sprintf("%.17g", x)), collapse = ","), "]")
llf <- sum(weight * dbinom(events, total, mu, log = TRUE))
cat(sprintf('{"params": %s, "bse": %s, "llf": %.17g, "deviance": %.17g, "version": "%s"}',
  show(fit$coefficients), show(se), llf, sum(binomial()$dev.resids(events / total, mu, total * weight)),
  as.character(getRversion())))
"""


def _ask_r(fit: Fit) -> _Peer:
    program = shutil.which("Rscript")
    if program is None:
        raise UnsupportedError(
            "R is not installed: 'Rscript' is not on the path. Install R (Debian: apt install r-base-core), or "
            "validate against statsmodels"
        )
    refused = _refusals(fit)
    if fit.cov_kind not in ("model", "observed"):
        reason = f"base R has no {fit.cov_kind} covariance; with_cov('model') compares"
        refused |= {name: reason for name in ("bse", "conf_low", "conf_high") if name not in refused}
    answer = _run_r(fit, program)
    names = list(fit.design.names)
    params = pd.Series(answer["params"], index=names, dtype=float)
    bse = pd.Series(answer["bse"], index=names, dtype=float)
    z = normal_quantile(fit.level)
    values = {
        "params": params,
        "bse": bse,
        "conf_low": params - z * bse,
        "conf_high": params + z * bse,
        "llf": answer["llf"],
        "deviance": answer["deviance"],
    }
    return _Peer(str(answer["version"]), values, refused)


def _run_r(fit: Fit, program: str) -> dict[str, Any]:
    design = fit.design
    ones, zeros = np.ones(design.n_rows), np.zeros(design.n_rows)
    trials = ones if design.trials is None else design.trials
    table = np.column_stack(
        [
            design.X,
            design.y,
            trials - design.y,
            ones if design.weights is None else design.weights,
            zeros if design.offset is None else design.offset,
        ]
    )
    with tempfile.TemporaryDirectory() as folder:
        data, script = Path(folder, "data.csv"), Path(folder, "fit.R")
        np.savetxt(data, table, delimiter=",", fmt="%.17g")
        script.write_text(_R_PROGRAM)
        done = subprocess.run(
            [program, "--vanilla", str(script), str(data), str(design.n_columns)],
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode:
        raise UnsupportedError(f"R stopped with an error: {done.stderr.strip()[-500:]}")
    return dict(json.loads(done.stdout))
