"""Standardised risks (g-computation): everybody exposed against nobody, over a population that is named."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from glmlogit.effects.compared_risks import Plan, plan_of, risks_of_all
from glmlogit.effects.delta import delta_method
from glmlogit.effects.effects_table import Effects, as_effects, names_of, population_notes, reasons_of, underlying_of
from glmlogit.effects.estimands import MEASURES, Estimand, Limits, conventions
from glmlogit.effects.estimates import Estimates, concatenated
from glmlogit.effects.request import Request
from glmlogit.effects.underlying import Underlying
from glmlogit.errors import DataError, NotEstimableError
from glmlogit.inference.bootstrap import Resampling, replicates
from glmlogit.inference.multiplicity import ADJUSTMENTS, Adjust, Family
from glmlogit.messages.notes import Note
from glmlogit.messages.options import check_choice, check_level
from glmlogit.messages.words import sentence
from glmlogit.numerics.reference import Reference
from glmlogit.prediction.population import variables
from glmlogit.prediction.reference_grid import names_in

if TYPE_CHECKING:
    from glmlogit.estimate.estimate import Estimate


Array = npt.NDArray[np.float64]


def comparisons(
    fit: Estimate,
    variable: str,
    estimand: Estimand | Sequence[Estimand] = "risk_difference",
    contrast: Any = None,
    population: Any = "all",
    *,
    by: Any = None,
    level: float | None = None,
    cov: str | None = None,
    unconditional: bool = False,
    interval: Literal["delta", "bootstrap"] = "delta",
    replications: int = 1000,
    seed: int | None = None,
    adjust: Adjust = "none",
) -> Effects:
    """Compare standardised risks: the average risk with everybody exposed and with nobody (g-computation).

    Parameters
    ----------
    fit : Fit
        The fit, of any estimator of this package.
    variable : str
        The exposure: 0/1, a factor or a number.
    estimand : str or list of str
        ``"risk_difference"``, ``"risk_ratio"``, ``"odds_ratio"`` (marginal), ``"nnt"``, ``"attributable_fraction"``.
    contrast : (exposed, reference), number or "pairwise", optional
        Two values; a step d for x + d against x; every pair of levels. Default: 1 against 0, each level against the
        reference, or a step of 1.
    population : {"all", "exposed", "unexposed"} or DataFrame
        Whose covariates are averaged over; weighted by the weights of the fit.
    by : column of the model, or array of shape (n,), optional
        Averages in subgroups; a Series must have the index of the data.
    level : float, optional
        Confidence level, such as 0.9; default that of the fit (0.95).
    cov : str, optional
        Kind of covariance, such as ``"HC3"`` or ``"cluster"``, of those that :func:`~glmlogit.cov_params` lists.
        Default: the fit's.
    unconditional : bool
        Standard errors that count the rows as a sample from a population (Stata's ``vce(unconditional)``).
    interval : {"delta", "bootstrap"}
        Bootstrap: rows, or whole clusters, drawn with replacement and the model refitted; percentile limits.
    replications, seed : int
        Number of bootstrap samples, and the seed that repeats them.
    adjust : {"none", "tukey", "bonferroni", "holm", "hochberg", "hommel", "sidak", "scheffe", "BH" or "fdr", "BY"}
        For all rows of an estimand together; ``"tukey"`` for ``contrast="pairwise"``, in each subgroup.

    Returns
    -------
    Effects
        A row a contrast (and estimand, subgroup): ``variable contrast estimand estimate std_error std_error_log
        statistic p_value conf_low conf_high risk_exposed risk_reference``. ``std_error_log``, where there are ratios or
        attributable fractions, is of the logarithm by which limits and p-value are made. For ``"nnt"`` ``interval`` is
        Altman's notation; for ``"attributable_fraction"`` ``risk_observed`` is the mean predicted risk with the
        exposure as it is, and ``risk_reference`` that with the exposed of the contrast set to the reference.
        ``.covariance`` is that of ``estimate``; hypotheses are ``"… = 0"`` of differences and attributable fractions,
        ``"… = 1"`` of ratios.

    Raises
    ------
    DataError
        For an unknown variable, level or option, or a population without rows; for an attributable fraction of a
        step, or among the unexposed, which are 0 whatever the data.

    Notes
    -----
    R_a = mean p(x with exposure a); limits of ratios on the log scale, those of NNT are the reciprocals of those of
    RD (Altman 1998). The attributable fraction is 1 − R(exposed set to the reference)/R(as observed), on the scale
    log(1 − AF) (Greenland & Drescher 1993); of a factor each row is about the people of its own level, so that the
    rows add up to the fraction that would be missing with everybody at the reference. *Matches* Stata's ``margins``
    with ``nlcom``, R's ``marginaleffects::avg_comparisons``. Causal only if the model's covariates suffice to control
    confounding.

    Examples
    --------
    >>> fit = gl.logit("low ~ age + smoke", gl.datasets.birthwt())
    >>> print(fit.comparisons("smoke")[["contrast", "estimate", "conf_low", "conf_high"]].round(3))
      contrast  estimate  conf_low  conf_high
    0    1 - 0     0.148     0.012      0.285
    """
    request = Request(by=by, level=level, cov=cov, unconditional=unconditional)
    fit = request.prepared(fit, resampled=interval == "bootstrap")
    level = check_level(level, fit.level)
    names = list(dict.fromkeys(names_in(estimand, "estimand")))
    for name in names:
        check_choice("estimand", name, tuple(MEASURES))
    _check_interval(interval, unconditional, adjust)
    plan = plan_of(fit, variable, contrast, population, request, {name: MEASURES[name] for name in names})
    risks, drawn = plan.risks(fit, sampled=unconditional), None
    if interval == "bootstrap":
        drawn = replicates(fit, lambda again, weights: plan.resampled(again, weights), replications, seed)
    return _effects(fit, plan, risks, drawn, level, adjust)


def risk_differences(fit: Estimate, contrasts: Mapping[str, Any], level: float) -> dict[str, Effects]:
    """What :func:`comparisons` says of several variables, each with its contrast, from one fold over the rows.

    A variable whose risks cannot be compared is left out.
    """
    plans, effects = {}, {}
    for name, contrast in contrasts.items():
        with contextlib.suppress(DataError, NotEstimableError):
            measures = {"risk_difference": MEASURES["risk_difference"]}
            plans[name] = plan_of(fit, name, contrast, "all", Request(level=level), measures)
    for (name, plan), risks in zip(plans.items(), risks_of_all(fit, list(plans.values())), strict=True):
        with contextlib.suppress(DataError, NotEstimableError):
            effects[name] = _effects(fit, plan, risks, None, level, "none")
    return effects


def _effects(
    fit: Estimate, plan: Plan, risks: Estimates, drawn: Resampling | None, level: float, adjust: Adjust
) -> Effects:
    """The table of a plan whose risks are known."""
    measured, matrix, limits = _measured(fit, plan, risks, drawn, level)
    family = plan.family(adjust, measured.jacobian[: len(plan.labels)], fit.reference)
    table = _columns(plan, risks, measured, matrix, level, family, limits)
    meanings = conventions(plan.contrasts[0].name, list(plan.measures.values()))
    notes = [*plan.notes, *(note for note in meanings if note.code != "non_collapsible" or not _is_own(fit, plan))]
    notes += [*(() if drawn is None else drawn.notes()), *_adjustment(plan, family)]
    notes += [*_reasons(plan, measured, errors=drawn is None), *population_notes(fit)]
    underlying = _underlying(plan, measured, matrix, notes, fit.reference, level)
    if not family.trivial:
        underlying = replace(underlying, adjusted=table["p_value"].to_numpy(), adjustment=f"p {family.words}")
    return as_effects(pd.concat([plan.labelled, table], axis=1), underlying)


def _is_own(fit: Estimate, plan: Plan) -> bool:
    """Whether the values compared are all that risks depend on: marginal odds ratios are the model's own then."""
    alone = set(variables(fit)) == {plan.contrasts[0].name} and fit.rows.offset is None
    return alone and plan.outcomes == (None,) and all(contrast.values is not None for contrast in plan.contrasts)


def _measured(
    fit: Estimate, plan: Plan, risks: Estimates, drawn: Resampling | None, level: float
) -> tuple[Estimates, Array, list[Limits | None]]:
    """The estimands of risks, their covariance by the delta method or of replicates, and limits of the bootstrap."""
    measures = plan.measures.values()
    measured = concatenated([measure.of_risks(risks, plan.roles) for measure in measures])
    if drawn is None:
        return *delta_method(fit, measured), [None] * len(measures)
    again = [measure.of_replicates(drawn, plan.roles) for measure in measures]
    return measured, _sampled_covariance(drawn, again), [drawn.limits(part, level) for part in again]


def _check_interval(interval: str, unconditional: bool, adjust: str) -> None:
    """Refuse options that contradict each other or are not known."""
    if interval not in ("delta", "bootstrap"):
        raise DataError(f"interval={interval!r} is not known; give 'delta' or 'bootstrap'")
    if unconditional and interval == "bootstrap":
        raise DataError(
            "the bootstrap draws the rows: its intervals are unconditional already; leave unconditional= out"
        )
    check_choice("adjust", adjust, ADJUSTMENTS)
    if adjust != "none" and interval == "bootstrap":
        raise DataError("percentiles of the bootstrap are limits of one comparison; leave out adjust=, or interval=")


def _columns(
    plan: Plan,
    risks: Estimates,
    measured: Estimates,
    cov: Array,
    level: float,
    family: Family,
    limits: Sequence[Limits | None],
) -> pd.DataFrame:
    """Columns of all estimands, one below the other; ``limits`` of each in place of those by its standard errors."""
    size, parts = len(plan.labels), []
    for i, measure in enumerate(plan.measures.values()):
        rows = slice(i * size, (i + 1) * size)
        part = measure.columns(measured.values[rows], cov[rows, rows], level, family, limits[i])
        parts.append(part.assign(**plan.shown(risks, measure)))
    table = pd.concat(parts, ignore_index=True)
    return table[[*(name for name in _ORDER if name in table), *(name for name in table if name not in _ORDER)]]


_ORDER = (
    *("estimate", "std_error", "std_error_log", "statistic", "p_value", "conf_low", "conf_high"),
    *("risk_exposed", "risk_observed", "risk_reference", "interval"),
)


def _sampled_covariance(drawn: Resampling, again: Sequence[Array]) -> Array:
    """Covariance of replicates of several estimands; within one, of all its own replicates."""
    cov, sizes = drawn.covariance(np.hstack(again)), np.cumsum([0, *(part.shape[1] for part in again)])
    for part, start, stop in zip(again, sizes, sizes[1:], strict=False):
        cov[start:stop, start:stop] = drawn.covariance(part)
    return cov


def _underlying(
    plan: Plan, measured: Estimates, cov: Array, notes: Sequence[Note], reference: Reference, level: float
) -> Underlying:
    """What the table carries; no covariance of what has no standard error."""
    measures = [MEASURES[name] for name in plan.labelled["estimand"]]
    untested = np.array([bool(measure.untested) for measure in measures])
    blank = ("",) * len(measures)  # reasons are told of the risks, once for all estimands
    scales = [measure.scale for measure in measures]
    underlying = underlying_of(
        plan.labelled, replace(measured, reasons=blank, error_reasons=blank), cov, scales, notes, reference, level
    )
    why = zip(measures, measured.reasons, measured.error_reasons, strict=True)
    reasons = tuple(measure.untested or reason or error_reason for measure, reason, error_reason in why)
    return replace(underlying, cov=np.where(untested[:, None] | untested, np.nan, underlying.cov), reasons=reasons)


def _adjustment(plan: Plan, family: Family) -> list[Note]:
    if family.note:
        return [Note("adjusted", family.note)]
    if plan.levels > 2:
        return [Note("unadjusted", sentence(_UNADJUSTED, n=family.count))]
    return []


_UNADJUSTED = "{n} comparisons, not adjusted for their number: adjust='tukey' (or 'holm', …) adjusts them."


def _reasons(plan: Plan, measured: Estimates, errors: bool) -> list[Note]:
    """Why estimates, and their standard errors if ``errors``, are NaN: the first reason among those of a contrast."""
    size = len(plan.labels)

    def first(reasons: Sequence[str]) -> tuple[str, ...]:
        return tuple(next(filter(None, reasons[i::size]), "") for i in range(size))

    unknown = first(measured.error_reasons) if errors else ("",) * size
    by_contrast = Estimates(measured.values[:size], measured.jacobian[:size], None, first(measured.reasons), unknown)
    return reasons_of(names_of(plan.labels), by_contrast)
