"""Cross-checks: the same model refitted by another system, quantity by quantity."""

from __future__ import annotations

import json
import math
import shutil
import subprocess
import tempfile
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from glmlogit.documents.formatting import number
from glmlogit.errors import DataError, UnsupportedError
from glmlogit.inference.confint import confint
from glmlogit.numerics.linalg import lengths

if TYPE_CHECKING:
    from glmlogit.estimate.estimate import Estimate


Array = npt.NDArray[np.float64]

_COLUMNS = ["quantity", "term", "glmlogit", "peer", "difference", "ok", "reason"]
_ERRORS = ("bse", "conf_low", "conf_high")
_QUANTITIES = ("params", *_ERRORS, "llf", "deviance")
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


def _compare(fit: Estimate, peer: _Peer, rtol: float) -> pd.DataFrame:
    limits = confint(fit)
    by_term = {"params": fit.params, "bse": fit.bse, "conf_low": limits["conf_low"], "conf_high": limits["conf_high"]}
    rows: list[dict[str, Any]] = []
    for quantity in _QUANTITIES:
        if quantity in peer.refused:
            rows.append(_row(quantity, "", math.nan, math.nan, math.nan, None, peer.refused[quantity]))
        elif quantity in by_term:
            rows += _term_rows(fit, quantity, by_term[quantity], peer.values[quantity], rtol)
        else:
            rows.append(_scalar_row(quantity, getattr(fit, quantity), float(peer.values[quantity]), rtol))
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
    return fit.solved.labelled(lengths(fit.solved.inverse_root), "std_error")


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


def _refusals(fit: Estimate) -> dict[str, str]:
    """Reasons that hold for every peer."""
    if not fit.capabilities.plain:
        return dict.fromkeys(_QUANTITIES, f"the peer has no such estimator ({fit.estimator})")
    if not fit.converged:
        return dict.fromkeys(_QUANTITIES, fit.status.value.rstrip("."))
    return {}


def _ask_statsmodels(fit: Estimate) -> _Peer:
    import statsmodels
    import statsmodels.api as sm

    refused = {**_statsmodels_errors(fit), **_refusals(fit)}
    version = str(statsmodels.__version__)
    if len(refused) == len(_QUANTITIES):
        return _Peer(version, {}, refused)
    names = [fit.coefs.labels[j] for j in fit.coefs.estimated]
    try:
        result = _statsmodels_fit(fit, sm, names)
        params, bse = _spread(fit, names, result.params), _spread(fit, names, result.bse)
    except Exception as error:  # singular matrices, divisions by zero: whatever it stumbles on
        reason = f"statsmodels stopped with an error: {type(error).__name__}: {error}"
        return _Peer(version, {}, {**dict.fromkeys(_QUANTITIES, reason), **refused})
    deviance = getattr(result, "deviance", -2.0 * result.llf)
    return _Peer(version, _values(fit, params, bse, result.llf, deviance), refused)


def _statsmodels_errors(fit: Estimate) -> dict[str, str]:
    """Reasons why its standard errors are another quantity than this fit's."""
    reason = ""
    if fit.cov_kind not in _STATSMODELS_KINDS:
        unknown = f"whether statsmodels has {fit.cov_kind} standard errors is not known; with_cov('model') compares"
        reason = _STATSMODELS_HAS_NOT.get(fit.cov_kind, unknown)
    elif fit.sample.weighted and not fit.covariance.kind.modelled:
        reason = "statsmodels treats all weights as frequencies in a robust covariance"
    return dict.fromkeys(_ERRORS, reason) if reason else {}


# Kinds of covariance that statsmodels has too, with what it calls them, and what it has in place of others.
_STATSMODELS_KINDS = {"model": "", "observed": "", "HC0": "HC0", "cluster:statsmodels": "cluster"}
_OTHER_FACTOR = "statsmodels multiplies by (n-1)/(n-k) as well; with_cov('cluster:statsmodels') compares"
_STATSMODELS_HAS_NOT = {
    "HC0:stata": "statsmodels has no HC0·n/(n-1); with_cov('HC0') compares",
    **{kind: f"statsmodels returns HC0 whatever {kind} asks for in discrete models" for kind in ("HC1", "HC2", "HC3")},
    "cluster": _OTHER_FACTOR,
    "cluster:none": _OTHER_FACTOR,
}


def _values(fit: Estimate, params: Any, bse: Any, llf: float, deviance: float) -> dict[str, Any]:
    z = fit.reference.quantile(fit.level)
    limits = {"conf_low": params - z * bse, "conf_high": params + z * bse}
    return {"params": params, "bse": bse, **limits, "llf": llf, "deviance": deviance}


def _spread(fit: Estimate, names: list[str], values: Any) -> pd.Series[float]:
    return pd.Series(np.asarray(values, dtype=float), index=names).reindex(fit.coefs.labels)


def _statsmodels_fit(fit: Estimate, sm: Any, names: list[str]) -> Any:
    """GLM for grouped or weighted data, Logit otherwise, both iterated to the end."""
    design = fit.design
    X = pd.DataFrame(design.X, columns=design.names)[names]
    how = _statsmodels_covariance(fit)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if design.trials is None and design.weights is None:
            model = sm.Logit(design.y, X, offset=design.offset)
            return model.fit(method="newton", maxiter=100, tol=1e-12, disp=0, **how)
        y = design.y if design.trials is None else np.column_stack([design.y, design.trials - design.y])
        weights = {} if design.weights is None else {"freq_weights": design.weights}
        model = sm.GLM(y, X, family=sm.families.Binomial(), offset=design.offset, **weights)
        return model.fit(maxiter=200, tol=1e-13, tol_criterion="params", **how)


def _statsmodels_covariance(fit: Estimate) -> dict[str, Any]:
    name = _STATSMODELS_KINDS.get(fit.cov_kind, "")
    if name and fit.covariance.kind.clustered:
        assert fit.sample.cluster is not None
        codes = [ids.astype("category").cat.codes.to_numpy() for _, ids in fit.sample.cluster.items()]
        groups = codes[0] if len(codes) == 1 else np.column_stack(codes)
        return {"cov_type": name, "cov_kwds": {"groups": groups}}
    return {"cov_type": name} if name else {}


_R_PROGRAM = """
args <- commandArgs(trailingOnly = TRUE)
d <- as.matrix(read.csv(args[1], header = FALSE, colClasses = "numeric"))
p <- as.integer(args[2])
X <- d[, seq_len(p), drop = FALSE]
events <- d[, p + 1]; others <- d[, p + 2]; weight <- d[, p + 3]; off <- d[, p + 4]
total <- events + others
fit <- suppressWarnings(glm.fit(X, events / total, weights = total * weight, offset = off,
  family = binomial(), intercept = FALSE, control = glm.control(epsilon = 1e-15, maxit = 100)))
mu <- plogis(drop(X %*% fit$coefficients) + off)
se <- sqrt(diag(chol2inv(qr.R(qr(X * sqrt(total * weight * mu * (1 - mu)), tol = 0)))))
show <- function(x) paste0("[", paste(ifelse(is.na(x), "null", sprintf("%.17g", x)), collapse = ","), "]")
llf <- sum(weight * dbinom(events, total, mu, log = TRUE))
cat(sprintf('{"params": %s, "bse": %s, "llf": %.17g, "deviance": %.17g, "version": "%s"}',
  show(fit$coefficients), show(se), llf, sum(binomial()$dev.resids(events / total, mu, total * weight)),
  as.character(getRversion())))
"""


def _ask_r(fit: Estimate) -> _Peer:
    program = shutil.which("Rscript")
    if program is None:
        raise UnsupportedError(
            "R is not installed: 'Rscript' is not on the path. Install R (Debian: apt install r-base-core), or "
            "validate against statsmodels"
        )
    refused = _refusals(fit)
    if not fit.covariance.kind.modelled:
        reason = f"base R has no {fit.cov_kind} covariance; with_cov('model') compares"
        refused = {**dict.fromkeys(_ERRORS, reason), **refused}
    if len(refused) == len(_QUANTITIES):
        return _Peer("", {}, refused)
    answer = _run_r(fit, program)
    names = [fit.coefs.labels[j] for j in fit.coefs.estimated]
    params, bse = _spread(fit, names, answer["params"]), _spread(fit, names, answer["bse"])
    return _Peer(str(answer["version"]), _values(fit, params, bse, answer["llf"], answer["deviance"]), refused)


def _run_r(fit: Estimate, program: str) -> dict[str, Any]:
    design = fit.design
    ones, zeros = np.ones(design.n_rows), np.zeros(design.n_rows)
    trials = ones if design.trials is None else design.trials
    table = np.column_stack(
        [
            design.X[:, fit.coefs.estimated],  # R's own rule for aliasing is another
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
            [program, "--vanilla", str(script), str(data), str(fit.rank)],
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode:
        raise UnsupportedError(f"R stopped with an error: {done.stderr.strip()[-500:]}")
    try:
        return dict(json.loads(done.stdout))
    except ValueError:
        raise UnsupportedError(f"R gave no numbers for this model: {done.stdout.strip()[:200]}") from None
