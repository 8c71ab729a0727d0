"""How an exposure's odds ratio changes where a covariate is left out of the model."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from glmlogit.documents.write import Noted, noted
from glmlogit.effects.comparisons import comparisons
from glmlogit.errors import DataError, UnsupportedError
from glmlogit.estimate.one_event import require_one_event
from glmlogit.estimate.refits import with_terms
from glmlogit.formula.spec import Term
from glmlogit.messages.notes import Note
from glmlogit.selection.models import choosable, terms_given

if TYPE_CHECKING:
    from glmlogit.estimate.estimate import Estimate


def change_in_estimate(fit: Estimate, exposure: str, *, risk_ratio: bool = False) -> Noted:
    """Leave each covariate out of a model, and see what becomes of the exposure's odds ratio.

    Parameters
    ----------
    fit : Fit
        By maximum likelihood, with the exposure and all covariates; the smaller models are fitted to its rows.
    exposure : str
        A term of the fit. A factor has a row for each of its coefficients.
    risk_ratio : bool
        Also change the standardised risk ratio (of one unit, or a level against the reference), which omitting a
        covariate moves through confounding only.

    Returns
    -------
    DataFrame
        Indexed by ``dropped`` (first ``<none>``, last ``<all>``) and ``term``: ``estimate`` (log odds ratio),
        ``odds_ratio``, and in percent of the full model ``change`` (of the odds ratio) and ``change_log`` (of its
        logarithm), with ``risk_ratio change_risk_ratio``.

    Raises
    ------
    DataError
        For an exposure that is no term of the fit, or takes part in an interaction.
    UnsupportedError
        For penalised fits.

    Notes
    -----
    100·(OR − OR_full)/OR_full (Greenland 1989; Mickey & Greenland 1989); the two scales differ, name the one used.
    An odds ratio also moves where a covariate that predicts the outcome is left out without any confounding
    (non-collapsibility), so that a change of 10 % is no proof of it, and its absence none against. *Matches* Stata's
    ``chest`` and R's ``chest`` on the scale of odds ratios.

    Examples
    --------
    >>> fit = gl.logit("low ~ smoke + race + age", gl.datasets.birthwt())
    >>> gl.change_in_estimate(fit, "smoke")[["odds_ratio", "change"]].round(2).reset_index("term", drop=True)
             odds_ratio  change
    dropped
    <none>         3.01    0.00
    race           2.00  -33.55
    age            3.05    1.56
    <all>          2.02  -32.73
    """
    if fit.capabilities.why_no_sequence:
        raise UnsupportedError(fit.capabilities.why_no_sequence)
    if not isinstance(exposure, str):
        raise DataError(f"exposure={exposure!r}; give the name of a term, such as 'smoke'")
    (name,) = terms_given(fit, "exposure", exposure)
    terms = choosable(fit)
    term = next(t for t in terms if t.name == name)
    _require_alone(terms, term)
    others = [t.name for t in terms if t.name != name]
    models = {"<none>": fit}
    models |= {left: with_terms(fit, [t.name for t in terms if t.name != left]) for left in others}
    models["<all>"] = with_terms(fit, [name])
    parts = {label: _of(model, name, risk_ratio) for label, model in models.items()}
    table = pd.concat(parts, names=["dropped", "term"])
    full = parts["<none>"].reindex(table.index.get_level_values("term")).to_numpy().T
    table.insert(2, "change", 100.0 * (table["odds_ratio"] / full[1] - 1.0))
    with np.errstate(divide="ignore", invalid="ignore"):  # a log odds ratio of 0, or an infinite one
        table.insert(3, "change_log", 100.0 * (table["estimate"] / full[0] - 1.0))
    if risk_ratio:
        table["change_risk_ratio"] = 100.0 * (table["risk_ratio"] / full[2] - 1.0)
    return noted(table, _notes(risk_ratio), {})


def _require_alone(terms: list[Term], exposure: Term) -> None:
    """Refuse an exposure whose odds ratio is not one."""
    shared = [t.name for t in terms if t is not exposure and set(t.variables) & set(exposure.variables)]
    if shared:
        raise DataError(
            f"exposure={exposure.name!r} has no odds ratio of its own beside {', '.join(shared)}; leave these out, or "
            f"compare risks: fit.comparisons({exposure.variables[0]!r})"
        )


def _of(model: Estimate, exposure: str, risk_ratio: bool) -> pd.DataFrame:
    """Log odds ratio and odds ratio of each coefficient of the exposure, with the standardised risk ratio."""
    require_one_event(model, "an exposure has one odds ratio where there is")
    term = next(t for t in model.columns.terms if t.name == exposure)
    estimate = model.params.iloc[list(term.columns)]
    table = pd.DataFrame({"estimate": estimate, "odds_ratio": np.exp(estimate)})
    if risk_ratio:
        ratios = comparisons(model, term.variables[0], estimand="risk_ratio")
        table["risk_ratio"] = pd.DataFrame(ratios)["estimate"].to_numpy()
    return table


def _notes(risk_ratio: bool) -> list[Note]:
    text = (
        "An odds ratio changes where a covariate that predicts the outcome is left out, also without confounding "
        "(non-collapsibility): covariates are chosen by what is known of causes, not by these numbers"
    )
    return [Note("noncollapsible", text + ("." if risk_ratio else "; risk_ratio=True shows a measure free of it."))]
