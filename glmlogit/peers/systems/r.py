"""R's ``glm`` as a peer, run by ``Rscript`` on the columns of the fit."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from glmlogit.errors import UnsupportedError
from glmlogit.messages.words import sentence
from glmlogit.peers.peer import (
    ERRORS,
    QUANTITIES,
    Answer,
    Peer,
    by_name,
    coded_rows,
    refusals,
    slope_columns,
    values_of,
)

if TYPE_CHECKING:
    from glmlogit.estimate.estimate import Estimate


_PROGRAM = """
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


# BFGS stops where the deviance does: its coefficients then have some seven digits.
_LEVELS = """
args <- commandArgs(trailingOnly = TRUE)
d <- as.matrix(read.csv(args[1], header = FALSE, colClasses = "numeric"))
X <- d[, -ncol(d), drop = FALSE]
y <- factor(d[, ncol(d)])
fit <- nnet::multinom(y ~ X - 1, trace = FALSE, maxit = 10000, reltol = 1e-16, abstol = 0, MaxNWts = 1e6, Hess = TRUE)
se <- sqrt(diag(solve(fit$Hessian)))
show <- function(x) paste0("[", paste(ifelse(is.na(x), "null", sprintf("%.17g", x)), collapse = ","), "]")
llf <- as.numeric(logLik(fit))
cat(sprintf('{"params": %s, "bse": %s, "llf": %.17g, "deviance": %.17g, "version": "%s", "title": "R multinom (nnet)"}',
  show(as.vector(t(coef(fit)))), show(se), llf, fit$deviance, as.character(getRversion())))
"""

_ORDERED = """
args <- commandArgs(trailingOnly = TRUE)
d <- as.matrix(read.csv(args[1], header = FALSE, colClasses = "numeric"))
X <- d[, -ncol(d), drop = FALSE]
y <- factor(d[, ncol(d)], ordered = TRUE)
rows <- if (ncol(X)) y ~ X else y ~ 1
if (requireNamespace("ordinal", quietly = TRUE)) {
  fit <- ordinal::clm(rows, control = ordinal::clm.control(gradTol = 1e-11, maxIter = 200, maxLineIter = 100))
  b <- coef(fit); V <- vcov(fit); name <- "clm (ordinal)"
} else {
  fit <- MASS::polr(rows, Hess = TRUE, control = list(reltol = 1e-16, maxit = 10000))
  own <- c(names(fit$zeta), names(fit$coefficients))
  b <- c(fit$zeta, fit$coefficients); V <- vcov(fit)[own, own]; name <- "polr (MASS)"
}
show <- function(x) paste0("[", paste(ifelse(is.na(x), "null", sprintf("%.17g", x)), collapse = ","), "]")
llf <- as.numeric(logLik(fit))
cat(sprintf('{"params": %s, "bse": %s, "llf": %.17g, "deviance": %.17g, "version": "%s", "title": "R %s"}',
  show(b), show(sqrt(diag(V))), llf, -2 * llf, as.character(getRversion()), name))
"""


def _refit(fit: Estimate) -> Answer:
    """What R says of a fit."""
    program = shutil.which("Rscript")
    if program is None:
        raise UnsupportedError(
            "R is not installed: 'Rscript' is not on the path. Install R (Debian: apt install r-base-core), or "
            "validate against statsmodels"
        )
    refused = refusals(fit)
    if not fit.covariance.kind.modelled:
        reason = sentence("base R has no {kind} covariance; with_cov('model') compares", kind=fit.cov_kind)
        refused = {**dict.fromkeys(ERRORS, reason), **refused}
    if len(refused) == len(QUANTITIES):
        return Answer("", {}, refused)
    answer = _result(fit, program)
    params, bse = by_name(fit, answer["params"]), by_name(fit, answer["bse"])
    values = values_of(fit, params, bse, answer["llf"], answer["deviance"])
    return Answer(str(answer["version"]), values, refused, str(answer.get("title", "")))


def _result(fit: Estimate, program: str) -> dict[str, Any]:
    rows, n = fit.rows, fit.sample.n_rows
    if rows.levels is not None:
        codes, copies = coded_rows(fit)
        if fit.sample.outcome.ordered:
            X = rows.matrix.array[:, slope_columns(fit)].repeat(copies, axis=0)
            return _run(np.column_stack([X, codes]), _ORDERED, program, 1)
        columns = [j for j in fit.coefs.estimated if j < rows.matrix.shape[1]]
        return _run(np.column_stack([rows.matrix.array[:, columns].repeat(copies, axis=0), codes]), _LEVELS, program, 1)
    ones, zeros = np.ones(n), np.zeros(n)
    table = np.column_stack(
        [
            rows.matrix.array[:, fit.coefs.estimated],  # R's own rule for aliasing is another
            *rows.weighed_outcomes,
            ones if rows.weights is None else rows.weights,
            zeros if rows.offset is None else rows.offset,
        ]
    )
    return _run(table, _PROGRAM, program, fit.rank)


def _run(table: npt.NDArray[np.float64], text: str, program: str, columns: int) -> dict[str, Any]:
    """What a program in R says of a table."""
    with tempfile.TemporaryDirectory() as folder:
        data, script = Path(folder, "data.csv"), Path(folder, "fit.R")
        np.savetxt(data, table, delimiter=",", fmt="%.17g")
        script.write_text(text)
        done = subprocess.run(
            [program, "--vanilla", str(script), str(data), str(columns)],
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


PEER = Peer("R glm", _refit)
