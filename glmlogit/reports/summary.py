"""The page of a fit: what was modelled, the coefficients and odds ratios, how well it fits."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from glmlogit.designs.assemble import labels_in
from glmlogit.documents import formatting
from glmlogit.documents.naming import named_page, outcome_of, said
from glmlogit.documents.pages import Summary
from glmlogit.documents.style import Style, interval_head, say, using
from glmlogit.errors import UnsupportedError
from glmlogit.fitting.control import Status
from glmlogit.inference import hauck_donner
from glmlogit.inference.evidence import Evidence, evidence
from glmlogit.inference.odds_ratios import ratio_table
from glmlogit.inference.separation import separation
from glmlogit.inference.small_units import small_units
from glmlogit.inference.tidy import tidy_of
from glmlogit.messages.labels import beneath
from glmlogit.messages.options import check_level
from glmlogit.messages.words import Name, plural, sentence
from glmlogit.reports import glance
from glmlogit.reports.coefficient_tables import coefficient_tables
from glmlogit.reports.footer import digits_at_hand, footer
from glmlogit.reports.outcome_words import meaning_of_ratios, outcome_words
from glmlogit.separability.states import CoefficientState

if TYPE_CHECKING:
    from glmlogit.estimate.estimate import Estimate


_ROW_NOTES = frozenset({"missing", "zero_weight"})
_HEADER_NOTES = _ROW_NOTES | {"event"}


def summary(
    fit: Estimate,
    *,
    level: float | None = None,
    method: str | None = None,
    odds_ratios: bool = True,
    units: Mapping[str, float | str] | str | None = None,
    stars: bool = True,
    style: str | Style | None = None,
    digits: int | str | None = None,
    p_digits: int | None = None,
    language: str | None = None,
    labels: Mapping[str, Any] | None = None,
) -> Summary:
    """Describe a fit as a page to read: what was modelled, the coefficients, how well it fits.

    Parameters
    ----------
    fit : Fit
        Any fit of this package.
    level : float, optional
        Confidence level of the odds ratios' limits; the fit's own by default.
    method : {"wald", "profile", "score"}, optional
        Limits and tests by Wald's method, the profile likelihood or the score; default ``"profile"`` for penalised fits
        with the model's covariance, unless that takes long, else ``"wald"``.
    odds_ratios : bool
        Show odds ratios with their limits.
    units : mapping of term to float, "iqr", "sd" or "2sd", or one of these, optional
        Differences that odds ratios are for, as :func:`odds_ratios` takes them; a column says which they are.
        Coefficients stay per 1.
    stars : bool
        Show significance marks and their legend.
    style, digits, p_digits, language, labels : optional
        As :func:`~glmlogit.style` takes them, for this page.

    Returns
    -------
    Summary
        ``print`` it, let a notebook show it, or call ``to_markdown``, ``to_latex``, ``to_html``.

    Raises
    ------
    DataError
        For a level outside (0, 1) or an unknown method.
    UnsupportedError
        For profile or score limits of a fit without a likelihood, or beside robust standard errors.

    Notes
    -----
    Under separation infinite estimates have no Wald limits; their profile limits and likelihood-ratio tests are shown.
    A note names coefficients whose Wald test understates the evidence (Hauck & Donner 1977): those whose Wald statistic
    grows less than half as fast as with a quadratic log-likelihood (after Yee 2022) have a likelihood-ratio test, and
    are named where its p-value is a tenth or less and its statistic half as large again.
    *Matches* R's ``summary.glm`` in the order and rounding of the coefficient table. *Differs*: states
    the event modelled, how many there were, the rows left out and the kind of standard error; shows odds
    ratios; a fit that did not converge says so first; infinite estimates print as ``Inf``, undetermined
    ones as ``NA``; with sampling weights the likelihood is called a pseudo-likelihood, as in Stata, and
    AIC and BIC, which are not defined, are left out.

    Examples
    --------
    >>> fit = gl.logit("low ~ age + smoke", gl.datasets.birthwt())
    >>> print(fit.summary(odds_ratios=False, stars=False))
    Logistic regression: Maximum likelihood
    <BLANKLINE>
    Formula:        low ~ age + smoke
    Event modelled: low = 1 (not 0)
    Observations:   189 (59 events)
    <BLANKLINE>
    Coefficients:
    Term      Estimate Std. Error z value Pr(>|z|)
    Intercept  0.06091    0.75732   0.080   0.9359
    age       -0.04978    0.03197  -1.557   0.1195
    smoke      0.69185    0.32181   2.150   0.0316
    <BLANKLINE>
        Null deviance: 234.67 on 188 degrees of freedom
    Residual deviance: 227.28 on 186 degrees of freedom
       Log-likelihood: -113.64 (null model -117.34)
                  AIC: 233.28 (BIC 243.00)
     Likelihood ratio: chi2(2) = 7.40, p = 0.0248
            Pseudo-R2: McFadden 0.032, Nagelkerke 0.054, Tjur 0.037
    Newton iterations: 5
      Standard errors: inverse information
    """
    level = check_level(level, fit.level)
    if method not in (None, "wald"):
        require_no_robust(fit, str(method))
    inference = evidence(fit, level, method)
    rated = units is not None or (odds_ratios and not fit.capabilities.undefined.ratios)
    ratios = ratio_table(fit, inference, units) if rated else None
    apart = hauck_donner.notes(fit) if inference.method == "wald" else ()
    notes = (*fit.notes, *inference.notes, *apart, *(small_units(fit, units) if rated else ()))
    overall = glance.whole_model(fit, rows=digits_at_hand(fit))
    own = labels_in(labels, fit.columns, fit.sample.outcome)
    with beneath((fit,)), using(style, digits, p_digits, language, own):
        page = Summary(
            title=title(fit),
            header=(*header(fit), *limits_header(fit, inference)),
            tables=coefficient_tables(fit, inference, ratios, level, stars),
            footer=footer(fit, overall),
            notes=tuple(note.text for note in notes if note.code not in _HEADER_NOTES),
            alert=alert(fit),
            coefficients=_coefficient_frame(tidy_of(fit, inference), ratios, fit.params.index),
            facts=glance.facts(fit, fit.digits if digits_at_hand(fit) else math.nan, overall),
        )
        return named_page(page)


def title(fit: Estimate) -> str:
    """Model and estimator."""
    return f"{say(fit.likelihood.title)}: {said(fit.estimator)}"


def require_no_robust(fit: Estimate, method: str) -> None:
    """Refuse limits from the likelihood beside standard errors that do not trust it."""
    if fit.capabilities.robust and not fit.capabilities.undefined.likelihood:
        raise UnsupportedError(
            f"{method} limits come from the likelihood, which takes the rows as independent and the model as right; "
            f"the standard errors of this fit do not ({fit.covariance.text}). Leave out method={method!r}, or report "
            f"the fit with_cov('model')"
        )


def limits_header(fit: Estimate, inference: Evidence) -> tuple[tuple[str, str], ...]:
    """What limits and tests of the coefficients are, where they are not plain Wald ones."""
    if inference.method != "wald":
        return ((say("Limits"), limits_text(fit, inference.method)), (say("Tests"), test_text(fit, inference.method)))
    if not (inference.rows["test"] == "lr").any():
        return ()
    return (
        (say("Limits"), say("Wald; of infinite estimates profile likelihood")),
        (say("Tests"), say("Wald; of infinite estimates likelihood ratio")),
    )


def limits_text(fit: Estimate, method: str) -> str:
    """How limits are found, in words."""
    return _penalised(fit, {"wald": "Wald", "profile": "profile likelihood", "score": "score test"}[method])


def test_text(fit: Estimate, method: str) -> str:
    """What tests are, in words."""
    return _penalised(fit, {"wald": "Wald", "profile": "likelihood ratio", "score": "score"}[method])


def _penalised(fit: Estimate, name: str) -> str:
    return say(name if not fit.capabilities.penalised or name == "Wald" else f"penalised {name}")


def interval_header(level: float, method: str = "wald") -> str:
    """Head of a column of limits: ``[95% CI]``."""
    return interval_head(level, "" if method == "wald" else method)


def alert(fit: Estimate) -> str:
    """What must be read before any number: a sentence; its reasons are among the notes."""
    if fit.status is not Status.SEPARATED:
        return "" if fit.converged else str(fit.status.value)
    report = separation(fit)
    states = report.coefficients
    terms = [name for name, state in zip(report.labels, states, strict=True) if CoefficientState(state).infinite]
    who: Any = list(map(Name, terms))
    if len(terms) > 3:
        who = sentence("{k} of {n} coefficients", k=len(terms), n=len(states))
    kind = "Complete" if report.kind == "complete" else "Quasi-complete"
    verb = "has" if len(terms) == 1 else "have"
    return sentence(f"{kind} separation: {{who}} {verb} no finite estimate; see the notes.", who=who)


def header(fit: Estimate) -> tuple[tuple[str, str], ...]:
    """What was fitted, to which rows."""
    dropped = "; ".join(said(note.text).rstrip(".") for note in fit.notes if note.code in _ROW_NOTES)
    pairs = (
        (say("Formula"), fit.formula),
        (say(fit.sample.outcome.heading), outcome_words(fit)),
        (say("Odds ratios"), meaning_of_ratios(fit)),
        (say("Observations"), _observations(fit, dropped)),
        (say("Weights"), said(fit.weight_text or "")),
    )
    return tuple((label, value) for label, value in pairs if value)


def _observations(fit: Estimate, dropped: str) -> str:
    """How much was observed: rows, their counts, trials, events; and what was left out."""
    sample = fit.sample
    size = formatting.count(sample.nobs)
    if sample.counted:
        size = say("{n} in {rows}", n=size, rows=said(plural(sample.n_rows, "row")))
    elif sample.outcome.grouped:
        size = say("{n} rows" if sample.nobs != 1 else "{n} row", n=size)
    if sample.outcome.grouped:
        size = say("{rows}, {n} trials", rows=size, n=formatting.count(sample.n_trials))
    events = "; ".join(f"{formatting.count(number)} {say(outcome_of(what))}" for what, number in sample.observed)
    return f"{size} ({'; '.join(part for part in (events, dropped) if part)})"


def _coefficient_frame(tidy: pd.DataFrame, ratios: pd.DataFrame | None, terms: pd.Index[Any]) -> pd.DataFrame:
    """Add the odds ratios to the tidy rows, which come in the order of the terms."""
    if ratios is None:
        return tidy
    names = {"odds_ratio": "odds_ratio", "conf_low": "odds_ratio_low", "conf_high": "odds_ratio_high"}
    place = ratios.index.get_indexer(terms)
    columns: dict[str, Any] = {str(name): tidy[name] for name in tidy}
    if "unit" in ratios:
        names |= {name: name for name in ("unit", "unit_label") if name in ratios}
    for old, new in names.items():
        columns[new] = np.full(len(terms), np.nan, dtype=object if old == "unit_label" else float)
        columns[new][place >= 0] = ratios[old].to_numpy()[place[place >= 0]]
    return pd.DataFrame(columns)
