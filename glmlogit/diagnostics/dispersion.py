"""Overdispersion of grouped outcomes, and quasi-binomial standard errors."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from glmlogit.diagnostics.cases import By, cases_of
from glmlogit.documents.formatting import number, numeral
from glmlogit.documents.from_frame import table_from_frame
from glmlogit.documents.paged import Paged
from glmlogit.documents.pages import Summary
from glmlogit.errors import DataError, UnsupportedError
from glmlogit.messages.notes import Note
from glmlogit.messages.options import check_level
from glmlogit.messages.words import plural, sentence
from glmlogit.numerics.reference import Reference
from glmlogit.numerics.tails import chi2_pvalue

if TYPE_CHECKING:
    from glmlogit.estimate.estimate import Estimate

# A p-value below which there is overdispersion to speak of, and a factor below which it matters little.
SMALL_P, LITTLE = 0.05, 1.2


@dataclass(frozen=True, eq=False, repr=False)
class Dispersion(Paged):
    """How much more grouped outcomes vary than binomial ones, and what standard errors that makes.

    Attributes
    ----------
    phi : float
        Pearson's chi-squared over its degrees of freedom: 1 for binomial outcomes.
    statistic, df, p_value : float
        Pearson's chi-squared, its degrees of freedom, and the upper tail.
    groups : int
        Rows, or covariate patterns, of more than one trial.
    table : DataFrame
        Quasi-binomial ``estimate std_error statistic p_value conf_low conf_high``: errors times √phi, t on ``df``.
    notes : tuple of Note
    rows : str
        Which rows these are.
    """

    phi: float
    statistic: float
    df: int
    p_value: float
    groups: int
    by: str
    level: float
    table: pd.DataFrame
    notes: tuple[Note, ...]
    rows: str = "apparent (training rows)"

    @property
    def _page(self) -> Summary:
        what = "covariate pattern" if self.by == "pattern" else "row"
        statistic, p = numeral(self.statistic, 5), numeral(self.p_value, 3)
        return Summary(
            title="Dispersion of grouped outcomes",
            header=(
                ("Rows", self.rows),
                ("Groups", sentence("{groups} of more than one trial", groups=plural(self.groups, what))),
                ("Pearson chi2", sentence("{statistic} on {df} df, p = {p}", statistic=statistic, df=self.df, p=p)),
                ("Dispersion", number(self.phi, 4)),
            ),
            tables=(table_from_frame(self.table, title="Quasi-binomial standard errors, t tests and limits"),),
            notes=(self.sentence, *(note.text for note in self.notes)),
            coefficients=self.table.reset_index(),
        )

    @property
    def sentence(self) -> str:
        """What the dispersion means, and what to do."""
        if not math.isfinite(self.phi):
            return "The model has a coefficient for every group: nothing is left to estimate a dispersion from."
        phi, p = numeral(self.phi, 3), numeral(self.p_value, 2)
        if self.p_value < SMALL_P and self.phi > 1.0:
            return sentence(
                "Outcomes vary {phi} times as much as binomial ones (p = {p}): errors of the model are too small by a "
                "factor of {root}. Look for a missing covariate first, else report quasi-binomial errors, or those of "
                "clusters (cluster=).",
                phi=phi,
                p=p,
                root=numeral(math.sqrt(self.phi), 3),
            )
        return sentence(
            "No overdispersion beyond chance: chi-squared over its degrees of freedom is {phi} (p = {p}).", phi=phi, p=p
        )


def dispersion(fit: Estimate, by: By = "row", *, level: float | None = None) -> Dispersion:
    """Overdispersion of grouped outcomes, with quasi-binomial standard errors.

    Parameters
    ----------
    fit : Fit
        By maximum likelihood, of grouped rows; or of single trials that repeat covariate patterns, with
        ``by="pattern"``.
    by : {"row", "pattern"}
        What is a group: a row with its trials, or all rows of a covariate pattern.
    level : float, optional
        Confidence level of the limits.

    Returns
    -------
    Dispersion
        ``.phi``, its test, and ``.table`` of quasi-binomial standard errors, tests and limits.

    Raises
    ------
    DataError
        Where no group has more than one trial: single trials carry no information on their variance.
    UnsupportedError
        For penalised fits, and sampling or precision weights.

    Notes
    -----
    φ = X²/(J − k) over the J groups of more than one trial (Wedderburn 1974; McCullagh & Nelder 1989, §4.5). *Matches*
    R's ``glm(family = quasibinomial)`` and SAS ``SCALE=PEARSON`` where all groups have several trials. *Differs*: R
    counts single trials too, which tell nothing.

    Examples
    --------
    >>> import glmlogit as gl
    >>> fit = gl.logit("incidence ~ C(period)", gl.datasets.load("cbpp"), trials="size")
    >>> round(gl.dispersion(fit).phi, 3)
    2.19
    """
    if not fit.capabilities.plain:
        raise UnsupportedError(f"the dispersion rests on maximum likelihood, and {fit.estimator} is another estimator")
    if fit.sample.uncounted:
        raise UnsupportedError(f"the dispersion counts trials, and {fit.sample.uncounted} count nothing")
    level = check_level(level, fit.level)
    cases = cases_of(fit, by)
    several = (cases.events + cases.nonevents > 1) & cases.present
    if not several.any():
        remedy = 'gl.dispersion(fit, by="pattern") adds up rows of equal covariates, ' if by == "row" else ""
        raise DataError(
            f"every {by} is a single trial, and single trials carry no information on overdispersion: {remedy}"
            f"cluster= has errors for rows that depend on each other"
        )
    counts = cases.copies[several]
    groups, statistic = float(counts.sum()), float(counts @ cases.pearson[several] ** 2)
    df = round(groups) - len(fit.coefs.estimated)
    phi = statistic / df if df > 0 else math.nan
    p = float(chi2_pvalue(statistic, df))
    return Dispersion(
        phi, statistic, df, p, round(groups), by, level, _quasi(fit, phi, df, level), tuple(_notes(phi, several.mean()))
    )


def _quasi(fit: Estimate, phi: float, df: int, level: float) -> pd.DataFrame:
    """Coefficients with errors of the model times √φ, t tests and limits."""
    errors = fit.solution.labelled(fit.covariance.of_kind("model").standard_errors, "std_error") * math.sqrt(phi)
    reference = Reference(float(df)) if df > 0 else Reference(math.nan)
    t = fit.params / errors
    reach = reference.quantile(level) * errors if df > 0 else errors * math.nan
    columns: dict[str, Any] = {
        "estimate": fit.params,
        "std_error": errors,
        "statistic": t,
        "p_value": reference.pvalue(t.to_numpy()) if df > 0 else np.nan,
        "conf_low": fit.params - reach,
        "conf_high": fit.params + reach,
    }
    return pd.DataFrame(columns)


def _notes(phi: float, share: float) -> list[Note]:
    notes = []
    if phi < 1.0:
        notes.append(
            Note("underdispersion", "A dispersion below 1 makes errors smaller than the model's: report the model's.")
        )
    if share < 1.0:
        notes.append(
            Note(
                "single",
                sentence(
                    "{share} % of the groups are single trials, which tell nothing and are left out.",
                    share=round(100 * (1 - share)),
                ),
            )
        )
    return notes
