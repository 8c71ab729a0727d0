"""One page of verdicts on a fit: what was looked at, what was seen, with its number, and what to do about it."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from glmlogit.diagnostics.collinearity import collinearity
from glmlogit.diagnostics.dispersion import LITTLE, SMALL_P, Dispersion, dispersion
from glmlogit.diagnostics.goodness_of_fit import goodness_of_fit
from glmlogit.diagnostics.influence import influence
from glmlogit.diagnostics.linearity import linearity, numeric_terms
from glmlogit.diagnostics.vif import vif
from glmlogit.documents.formatting import numeral
from glmlogit.errors import GlmlogitError
from glmlogit.estimate.class_weighting import percent
from glmlogit.inference import hauck_donner
from glmlogit.inference.separation import separation
from glmlogit.messages.notes import Note
from glmlogit.messages.words import Name, Number, joined, plural, reason_of, sentence, written
from glmlogit.reports.check_page import Check, Finding
from glmlogit.resampling.choices import CHOSEN

if TYPE_CHECKING:
    from glmlogit.estimate.estimate import Estimate

# Numbers from which a page asks to look: rules of thumb, not tests.
FEW_EVENTS, FEW_DIGITS, WIDE_LIMITS, FEW_CLUSTERS = 10.0, 6.0, math.sqrt(10.0), 40


def check(fit: Estimate) -> Check:
    """Check a fit: one page of verdicts, each a sentence with its number and what to do.

    Parameters
    ----------
    fit : Fit
        The fit, of any estimator of this package.

    Returns
    -------
    Check
        ``.table`` by check: separation, certified digits, events per coefficient, collinearity, influence, linearity,
        fit (with overdispersion of grouped rows), Hauck-Donner effect, clusters. It never says that a model is right:
        a check that sees nothing has looked for one fault. What cannot be checked says why.

    Notes
    -----
    Each verdict is that of :func:`~glmlogit.separation`, :func:`~glmlogit.vif`, :func:`~glmlogit.collinearity`,
    :func:`~glmlogit.influence`, :func:`~glmlogit.linearity`, :func:`~glmlogit.goodness_of_fit` and
    :func:`~glmlogit.dispersion`, whose results have the details. Thresholds are rules of thumb: ten events a
    coefficient (van Smeden and others 2016 on why that is no law), limits √10 times as wide by collinearity, Δβ of 1,
    p below 0.05 (over the number of tests of linearity), 40 clusters. *Matches* no page of R, Stata or SAS. *Differs*
    from R's ``performance::check_model``, which draws pictures and leaves the verdict to the reader.

    Examples
    --------
    >>> import glmlogit as gl
    >>> fit = gl.logit("low ~ age + smoke", gl.datasets.load("birthwt"))
    >>> gl.check(fit).table["verdict"].head(3).to_dict()
    {'separation': 'nothing seen', 'digits': 'nothing seen', 'events': 'nothing seen'}
    """
    looks = _CHECKS if fit.weighting is None else {**_CHECKS, "class_weights": _class_weights}
    findings = {name: _tried(look, fit) for name, look in looks.items()}
    findings = {name: finding._replace(what=finding.what or _WHAT[name]) for name, finding in findings.items()}
    table = pd.DataFrame(findings.values(), index=pd.Index(findings, name="check"), columns=list(Finding._fields))
    caution = Note(
        "caution", "A check that sees nothing has looked for one fault; no check shows that a model is right."
    )
    chosen = (note for note in fit.notes if note.code == CHOSEN)
    return Check(table, findings, fit.formula, (caution, *chosen))


def _tried(look: Callable[[Estimate], Finding], fit: Estimate) -> Finding:
    """A verdict, or why it could not be reached."""
    try:
        return look(fit)
    except GlmlogitError as error:
        why = reason_of(error)
        return Finding("not checked", math.nan, sentence(f"Not checked: {{why}}{_stop(why)}", why=why), "")


def _stop(text: str) -> str:
    """The full stop that a sentence lacks."""
    return "" if text.endswith(".") else "."


# --- the checks -----------------------------------------------------------------------------------
def _separation(fit: Estimate) -> Finding:
    report = separation(fit)
    count = len(report.rows)
    if report.kind == "none":
        return Finding(
            "nothing seen", 0.0, "No row is predicted perfectly: every estimate that is not aliased is finite.", ""
        )
    if not fit.capabilities.plain:
        return Finding(
            "look",
            count,
            sentence(
                "{rows} of {n} would be predicted perfectly without the penalty, to which the estimates owe that they "
                "are finite.",
                rows=plural(count, "row"),
                n=fit.sample.n_rows,
            ),
            "Report profile limits.",
        )
    return Finding("act", count, report.explain(), "")


def _digits(fit: Estimate) -> Finding:
    if not (fit.converged or fit.coefs.separated):
        return Finding(
            "act", math.nan, sentence("The fit did not converge: {how}.", how=fit.status.value), "Read fit.trace first."
        )
    digits = fit.digits
    if math.isnan(digits):
        return Finding(
            "not checked", math.nan, sentence("Digits of {estimator} are not certified.", estimator=fit.estimator), ""
        )
    if not any(state.finite for state in fit.coefs.states):
        return Finding("not checked", math.nan, "No coefficient is finite, so that none has digits.", "")
    held = math.floor(digits)
    said = sentence("{n} correct digits at least are certified in every coefficient that is finite.", n=held)
    if digits < FEW_DIGITS:
        return Finding("look", held, said, "Scale and centre columns; see gl.collinearity(fit).")
    return Finding("nothing seen", held, said, "")


def _rarest(fit: Estimate) -> float:
    """Observations of the rarer outcome, of several levels the rarest."""
    counts = [count for _, count in fit.sample.observed]
    return min(counts if len(counts) > 1 else (*counts, fit.sample.n_trials - counts[0]))


def _events(fit: Estimate) -> Finding:
    slopes = fit.likelihood.df_model
    rarer = _rarest(fit)
    if not slopes:
        return Finding("not checked", math.nan, "The model has no slope to estimate.", "")
    each = rarer / slopes
    said = sentence(
        "{n} of the rarer outcome for {coefficients} beside the constant, {each} each.",
        n=numeral(rarer, 6),
        coefficients=plural(int(slopes), "coefficient"),
        each=numeral(each, 3),
    )
    if each < FEW_EVENTS:
        return Finding(
            "look",
            each,
            said,
            sentence(
                "Below {few}, estimates tend to be too large: compare with gl.firth, and do not predict for others "
                "without shrinkage. Class weights and resampling add no events; imbalance alone needs neither.",
                few=FEW_EVENTS,
            ),
        )
    return Finding("nothing seen", each, said, "")


def _class_weights(fit: Estimate) -> Finding:
    assert fit.weighting is not None
    weighed, observed = fit.weighting.weighed, fit.weighting.observed
    return Finding(
        "look",
        weighed,
        sentence(
            "Probabilities are those of {population}, and of the rows {share} are events.",
            population=fit.weighting.population,
            share=percent(observed),
        ),
        "gl.prior_correction(fit) has theirs. Imbalance alone is no reason to weigh: maximum likelihood is calibrated, "
        "and the threshold carries the costs, gl.thresholds.",
    )


def _collinearity(fit: Estimate) -> Finding:
    if sum(term.order > 0 for term in fit.columns.terms) < 2 and not fit.coefs.aliases:
        return Finding("not checked", math.nan, "There are no two terms that could depend on each other.", "")
    crossed = any(term.order > 1 for term in fit.columns.terms)
    factors = vif(fit, by="variable" if crossed else "term")["gvif_scaled"]
    if np.isinf(factors).any():
        names = [Name(str(name)) for name in factors.index[np.isinf(factors)]]
        return Finding(
            "act",
            math.inf,
            sentence("Columns of {names} are combinations of others.", names=names),
            "Leave one out; the fit says which it did.",
        )
    if not factors.notna().any():
        return Finding("not checked", math.nan, "No coefficient is finite, whose variance could be inflated.", "")
    largest, name = float(factors.max()), str(factors.idxmax())
    said = sentence(
        "At the widest, limits of {name} are {x} times as wide as if it were uncorrelated with the others.",
        name=Name(name),
        x=Number(f"{largest:.2f}"),
    )
    dependent = collinearity(fit).notes
    if largest >= WIDE_LIMITS:
        return Finding("look", largest, said, "Leave one out, combine them, or test them together.")
    if dependent:
        return Finding("look", largest, joined([said, dependent[0].text]), "")
    return Finding("nothing seen", largest, said, "")


def _influence(fit: Estimate) -> Finding:
    if not fit.capabilities.plain:
        text = "What single rows do to {estimator} takes a fit without each: gl.influence(fit, exact=True)."
        return Finding("not checked", math.nan, sentence(text, estimator=fit.estimator), "")
    result = influence(fit)
    size = result.delta_beta
    if not size.notna().any():
        return Finding("not checked", math.nan, "No row has an influence to speak of: all are predicted perfectly.", "")
    largest, case, count = float(size.max()), size.idxmax(), int(result.flags["delta_beta"].sum())
    said = sentence(
        "Row {case} changes the estimates most, by Δβ = {size}.", case=written(case), size=numeral(largest, 3)
    )
    if count:
        more = [] if count == 1 else [sentence("{n} rows are above 1.", n=count)]
        were = "it was" if count == 1 else "they were"
        todo = f"Check how {were} recorded, fit once without, and report both if conclusions differ."
        return Finding("look", largest, joined([said, *more]), todo)
    return Finding("nothing seen", largest, said, "")


def _linearity(fit: Estimate) -> Finding:
    if not any(numeric_terms(fit)):
        return Finding("not checked", math.nan, "No term is a number of five values or more that stands alone.", "")
    result = linearity(fit)
    p = result.table["p_value"].dropna()
    if p.empty:
        return Finding("not checked", math.nan, "No test of linearity could be made.", "")
    smallest, count = float(p.min()), len(p)
    term = str(p.index.get_level_values("term")[int(p.to_numpy().argmin())])
    text = "Smallest p of {n} tests of linearity: {p}, of {term}; {adjusted} for so many."
    if count == 1:
        text = "The test of linearity in {term}: p = {p}."
    adjusted = numeral(min(1.0, smallest * count), 2)
    said = sentence(text, n=count, p=numeral(smallest, 2), term=Name(term), adjusted=adjusted)
    varied = _dispersion(fit)
    if varied is not None and varied.p_value < SMALL_P and varied.phi > LITTLE:
        said = joined([said, _TOO_SMALL])
    if smallest * count < SMALL_P:
        return Finding(
            "look",
            smallest,
            said,
            sentence(
                "Look at {call}; a spline such as {spline} may describe it.",
                call=f"fit.plot('partial', '{term}')",
                spline=f"rcs({term}, 4)",
            ),
        )
    return Finding("nothing seen", smallest, said, "")


_TOO_SMALL = "It takes outcomes to vary as binomial ones do, which they do not (see Fit): p is too small."


def _fit(fit: Estimate) -> Finding:
    test, varied = goodness_of_fit(fit), _dispersion(fit)
    if varied is not None and varied.p_value < SMALL_P and varied.phi > LITTLE:
        return Finding("act", varied.phi, varied.sentence, "See gl.dispersion(fit).", "times the binomial variance")
    beside = [] if varied is None else [_dispersed(varied)]
    if separation(fit).kind == "complete":
        return Finding("not checked", math.nan, "No test of fit: every row is predicted perfectly.", "")
    if test.reason:
        text = f"No test of fit, {{why}}{_stop(test.reason)}"
        return Finding("not checked", math.nan, joined([sentence(text, why=test.reason), *beside]), "")
    z, p = numeral(test.statistic, 3), numeral(test.p_value, 2)
    said = joined([sentence("Unweighted sum of squares test: z = {z}, p = {p}.", z=z, p=p), *beside])
    if test.p_value < SMALL_P:
        return Finding(
            "look",
            test.p_value,
            said,
            "Probabilities depart from the outcomes beyond chance: see gl.binned_residuals(fit) for where, linearity "
            "and interactions for why.",
        )
    return Finding("nothing seen", test.p_value, said, "")


def _dispersed(varied: Dispersion) -> str:
    phi, p = numeral(varied.phi, 3), numeral(varied.p_value, 2)
    return sentence("Dispersion {phi}, p = {p}.", phi=phi, p=p)


def _dispersion(fit: Estimate) -> Dispersion | None:
    """The dispersion of grouped rows; None where rows are single trials, or all degrees of freedom are spent."""
    try:
        result = dispersion(fit)
    except GlmlogitError:
        return None
    return result if math.isfinite(result.phi) else None


def _hauck_donner(fit: Estimate) -> Finding:
    if not fit.capabilities.plain or fit.capabilities.why_no_likelihood_test:
        reason = fit.capabilities.why_no_likelihood_test or "penalised fits have likelihood-ratio tests"
        text = f"Wald tests were not compared: {{why}}{_stop(reason)}"
        return Finding("not checked", math.nan, sentence(text, why=reason), "")
    if not any(state.finite for state in fit.coefs.states):
        return Finding("not checked", math.nan, "No coefficient is finite, so that none has a Wald test.", "")
    compared = len(hauck_donner.suspects(fit))
    notes = hauck_donner.notes(fit)
    if notes:
        return Finding("act", compared, notes[0].text, "")
    if not compared:
        text = "No Wald statistic grows so slowly with its estimate that it was held against a likelihood ratio."
        return Finding("nothing seen", compared, text, "")
    were = "was" if compared == 1 else "were"
    text = f"{{tests}} {were} held against a likelihood ratio; none is far from it."
    return Finding("nothing seen", compared, sentence(text, tests=plural(compared, "Wald test")), "")


def _clusters(fit: Estimate) -> Finding:
    cluster = fit.sample.cluster
    if cluster is None:
        rows = fit.sample.n_rows
        return Finding(
            "you decide",
            rows,
            sentence("{rows} are taken as independent, which no number here can tell.", rows=plural(rows, "row")),
            "If some belong together (one person, one hospital), name the column: cluster=.",
            "rows",
        )
    count = int(min(cluster[name].nunique() for name in cluster))
    said = sentence("Standard errors rest on {clusters}.", clusters=plural(count, "cluster"))
    if count < FEW_CLUSTERS:
        text = "Below {few} they tend to be too small: name the number in the paper."
        return Finding("look", count, said, sentence(text, few=FEW_CLUSTERS))
    return Finding("nothing seen", count, said, "")


_CHECKS: dict[str, Callable[[Estimate], Finding]] = {
    "separation": _separation,
    "digits": _digits,
    "events": _events,
    "collinearity": _collinearity,
    "influence": _influence,
    "linearity": _linearity,
    "fit": _fit,
    "hauck_donner": _hauck_donner,
    "clusters": _clusters,
}
_WHAT = {
    "separation": "rows predicted perfectly",
    "digits": "digits certified",
    "events": "of the rarer outcome a coefficient",
    "collinearity": "times wider limits, the most",
    "influence": "Δβ, the largest",
    "linearity": "p, the smallest",
    "fit": "p of the unweighted sum of squares",
    "hauck_donner": "Wald tests held against a likelihood ratio",
    "clusters": "clusters",
    "class_weights": "share of events weighed",
}
