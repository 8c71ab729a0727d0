"""A fit in careful sentences: odds where odds are meant, risks where risks are, and nothing about causes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from glmlogit.columns.columns import Variable
from glmlogit.data.spreads import usable_spread
from glmlogit.designs.assemble import labels_in
from glmlogit.documents import formatting
from glmlogit.documents.naming import event_words, level_of, name_of
from glmlogit.documents.style import Style, active, between_limits, using
from glmlogit.effects.comparisons import risk_differences
from glmlogit.effects.labels import label_of
from glmlogit.effects.request import with_covariance
from glmlogit.errors import DataError
from glmlogit.messages import words
from glmlogit.messages.labels import beneath
from glmlogit.messages.options import check_level, names_given
from glmlogit.messages.units import named_units, size_of
from glmlogit.messages.values import show
from glmlogit.messages.words import written
from glmlogit.odds.strata import pairs, text_of
from glmlogit.odds.stratum_odds_ratios import stratum_odds_ratios
from glmlogit.prediction import population
from glmlogit.prediction.reference_grid import variable_of
from glmlogit.reports.cautions import caution, several, two_columns
from glmlogit.reports.interpretation import Interpretation

if TYPE_CHECKING:
    from glmlogit.estimate.estimate import Estimate


def interpret(
    fit: Estimate,
    variables: str | Sequence[str] | None = None,
    *,
    units: Mapping[str, float | str] | str | None = None,
    level: float | None = None,
    style: str | Style | None = None,
    digits: int | str | None = None,
    labels: Mapping[str, Any] | None = None,
) -> Interpretation:
    """Say in sentences what a fit says of each variable.

    Parameters
    ----------
    fit : Fit
        The fit, of any estimator of this package.
    variables : str or list of str, optional
        All by default, but for those that are an offset only.
    units : mapping of variable to float, "iqr", "sd" or "2sd", or one of these, optional
        ``{"age": 10}`` speaks of 10 years, ``"sd"`` of a standard deviation of every number.
    level : float, optional
        Confidence level, such as 0.9; default that of the fit (0.95).
    style, digits, labels : optional
        As :func:`~glmlogit.style` takes them. The sentences are English in any language, with decimal points where the
        style has no mark of its own: ``1,997`` would be thousands there.

    Returns
    -------
    Interpretation
        ``print`` it, or take one sentence: ``interpret(fit)["smoke"]``.

    Raises
    ------
    DataError
        For an unknown variable.

    Notes
    -----
    Of several outcomes there is a sentence for each: its odds against the base, or those above any cut, and its risk;
    where ordered levels have an odds ratio for each cut (``nonparallel=``), a sentence for being above each level.
    Odds ratios conditional on the other variables of the model, then the difference of standardised risks over the
    rows of the fit (:func:`~glmlogit.comparisons`): the same odds ratio is another difference at another baseline. A
    variable of an interaction is described within strata, one that enters through a curve between its quartiles.
    *Matches* the numbers of :func:`~glmlogit.stratum_odds_ratios` and :func:`~glmlogit.comparisons`, rounded.

    Examples
    --------
    >>> fit = gl.logit("low ~ age + smoke", gl.datasets.birthwt())
    >>> print(fit.interpret("smoke"))
    - The odds of low = 1 are 1.997 times as high (95 % CI 1.063 to 3.753) where smoke = 1 as where
      smoke = 0, the other variables of the model being equal; at the sample's mix of covariates the
      risk is 14.8 percentage points higher (40.2 % against 25.4 %; 95 % CI of the difference 1.2 to
      28.5).
    - These are associations, given the other variables of the model. Odds are not risks: the odds
      ratio of two risks is always further from 1 than their ratio, by little only where both are small.
      Risks and their differences are those of the rows: where cases and controls were sampled apart,
      only the odds ratios hold.
    """
    fit = with_covariance(fit, None)
    level = check_level(level, fit.level)
    by_name = population.variables(fit)
    every = [v.name for v in by_name.values() if not v.fixed]
    names = every if variables is None else names_given("variables", variables)
    steps = _steps(fit, by_name, units)
    chosen = [variable_of(by_name, name, effect=True) for name in dict.fromkeys(names)]
    ratios = {v.name: _odds(fit, v, steps.get(v.name), level) for v in chosen}
    risks = risk_differences(fit, {name: contrast for name, (contrast, _) in ratios.items()}, level)
    own = labels_in(labels, fit.columns, fit.sample.outcome)
    with beneath((fit,)), using(style, digits, language="en", labels=own):
        said = {v.name: _sentences(fit, v, *ratios[v.name], risks.get(v.name), level) for v in chosen}
        sentences = [(name, sentence) for name in names for sentence in said[name]]
        return Interpretation(tuple(sentences), caution(fit))


def _steps(fit: Estimate, by_name: Mapping[str, Variable], units: Any) -> dict[str, float]:
    """Sizes of differences by variable."""
    steps = {}
    for name, unit in named_units(units, "variable", _numbers(fit, by_name)).items():
        if variable_of(by_name, name).use == "levels":
            raise DataError(f"units name {name!r}, whose levels are compared with each other; units are for numbers")
        steps[name] = size_of(name, unit, partial(_spread, fit, name))
    return steps


def _numbers(fit: Estimate, by_name: Mapping[str, Variable]) -> list[str]:
    """Variables that are numbers other than 0 and 1."""
    numbers = [v.name for v in by_name.values() if v.use == "number" and not v.fixed]
    rows = population.population_of(fit)
    return [name for name in numbers if not np.isin(rows.observed(name)[0], (0.0, 1.0)).all()]


def _spread(fit: Estimate, variable: str, kind: str, typed: str) -> float:
    """Interquartile range or standard deviation of a variable, over the observations."""
    return usable_spread(*population.population_of(fit).observed(variable), kind, typed)


def _odds(fit: Estimate, variable: Variable, step: float | None, level: float) -> tuple[Any, pd.DataFrame]:
    """The contrast that a variable is described by, and its odds ratios, in strata of what it interacts with."""
    within = _partners(fit, variable.name) or None
    try:
        return step, stratum_odds_ratios(fit, variable.name, within, contrast=step, level=level)
    except DataError:  # a step along a curve: from one quartile to the other
        quartiles = _quartiles(population.population_of(fit), variable.name)
        contrast = quartiles if variable.levels else tuple(float(f"{value:.6g}") for value in quartiles)
        return contrast, stratum_odds_ratios(fit, variable.name, within, contrast=contrast, level=level)


def _sentences(
    fit: Estimate, variable: Variable, contrast: Any, odds: pd.DataFrame, effects: pd.DataFrame | None, level: float
) -> list[str]:
    """A sentence a contrast of the variable, from its odds ratios and risk differences, where risks can be averaged."""
    partners = _partners(fit, variable.name)
    compared = {text_of(high, low, "/"): (high, low) for high, low in pairs(fit, variable, contrast)}
    sentences = []
    for text, rows in odds.groupby("contrast", sort=False):
        values = compared[str(text)]
        risks = _risks_of(effects, text_of(*values, "-"))
        if not several(fit):
            sentences.append(_sentence(fit, variable, values, rows, partners, risks.get(_event(fit)), level))
            continue
        ratios: dict[Any, pd.DataFrame] = dict(list(rows.groupby("outcome", sort=False))) if "outcome" in rows else {}
        if not ratios:
            sentences.append(_sentence(fit, variable, values, rows, partners, None, level))
        for cut in filter(ratios.__contains__, fit.sample.outcome.cuts):
            sentences.append(_sentence(fit, variable, values, ratios[cut], partners, None, level, cut))
        for name in map(fit.response.levels.__getitem__, fit.response.shown):
            if name in ratios:
                sentences.append(_sentence(fit, variable, values, ratios[name], partners, risks.get(name), level, name))
            elif name in risks:
                sentences.append(_risk_sentence(fit, variable, values, risks[name], level, name))
    return sentences


def _risks_of(effects: pd.DataFrame | None, contrast: str) -> dict[Any, pd.Series[Any]]:
    """Differences of risks of one contrast by outcome, under no name where there is one event."""
    if effects is None:
        return {}
    rows = effects[effects["contrast"].astype(str) == contrast]
    return {row.get("outcome", ""): row for _, row in rows.iterrows()}


def _event(fit: Estimate) -> Any:
    """The name of the event in tables of effects: none where these are of nothing else."""
    return fit.sample.outcome.event if fit.response.shown else ""


def _quartiles(rows: population.Population, name: str) -> tuple[float, float]:
    """The upper and the lower quartile, each the nearest value observed; the extremes where these are equal."""
    observed = np.unique(rows.column(name).to_numpy(dtype=float))
    high, low = (observed[np.abs(observed - q).argmin()] for q in rows.quantiles(name, [0.75, 0.25]))
    return (float(high), float(low)) if high > low else (float(observed[-1]), float(observed[0]))


def _partners(fit: Estimate, name: str) -> list[str]:
    """Variables that share a term with this one."""
    shared = [v for term in fit.columns.terms if name in term.variables for v in term.variables if v != name]
    return list(dict.fromkeys(shared))


def _sentence(
    fit: Estimate,
    variable: Variable,
    values: tuple[Any, Any],
    rows: pd.DataFrame,
    partners: Sequence[str],
    risk: pd.Series[Any] | None,
    level: float,
    outcome: Any = None,
) -> str:
    """One contrast of two values, or of a step and None: its odds ratio (in each stratum), and what that is in risk.

    Of several levels against a base, or cuts between them, it is that of one ``outcome``.
    """
    interval = f"{100 * level:g} % CI"
    odds = f"the odds of {_outcome(fit) if outcome is None else _level_against(fit, outcome)}"
    high, low = values
    compared = [text_of(high, low, "-")] if low is None else [_level(variable.name, x) for x in values]
    if partners:
        strata = [f"{_ratio(row, interval)} where {_stratum(row, partners)}" for _, row in rows.iterrows()]
        others = " and ".join(map(name_of, partners))
        sentence = f"{_capital(odds)} {_against(variable, compared)} depend on {others}: they are {_series(strata)}"
    else:
        sentence = f"{_capital(odds)} {_are(variable, compared, rows.iloc[0], interval)}"
        if len(population.variables(fit)) > 1:
            sentence += ", the other variables of the model being equal"
    of_level = "" if outcome is None else f" of {_outcome_level(fit, outcome)}"
    points = "" if risk is None else _points(risk, interval)
    return f"{sentence}{f'; {_mix(fit)} the risk{of_level} is {points}' if points else ''}."


def _mix(fit: Estimate) -> str:
    """Whose covariates risks are standardised to."""
    whose = "population" if fit.sample.sampled else "sample"
    return f"at the {whose if fit.weighting is None else 'class-weighted population'}'s mix of covariates"


def _risk_sentence(
    fit: Estimate, variable: Variable, values: tuple[Any, Any], risk: pd.Series[Any], level: float, outcome: Any
) -> str:
    """The difference of the risk of a level without odds ratios of its own."""
    points, (high, low), name = _points(risk, f"{100 * level:g} % CI"), values, name_of(variable.name)
    where = f"For {_step(name, text_of(high, low, '-'))}"
    if low is not None:
        first, second = (_level(variable.name, value) for value in values)
        where = f"Where {name} = {first}, compared with {name} = {second},"
    said = f"{_mix(fit)}, is {points or 'not determined by the data'}"
    return f"{where} the risk of {_outcome_level(fit, outcome)}, {said}."


def _level_against(fit: Estimate, level: Any) -> str:
    outcome = fit.sample.outcome
    if level in outcome.cuts:
        return f"being above {_outcome_level(fit, outcome.levels[outcome.cuts.index(level)])}"
    return f"{_outcome_level(fit, level)} against {_level(outcome.name, outcome.base)}"


def _outcome_level(fit: Estimate, level: Any) -> str:
    name = fit.sample.outcome.name
    return f"{name_of(name)} = {_level(name, level)}"


def _level(variable: str, value: Any) -> str:
    return level_of(variable, value, write=written)


def _outcome(fit: Estimate) -> str:
    outcome = fit.sample.outcome
    if outcome.ordered and several(fit):
        return f"a higher level of {name_of(outcome.name)}"
    if outcome.grouped:
        return "the event" if two_columns(fit) else name_of(outcome.name)
    return event_words(outcome.name, outcome.event, show)


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]


def _series(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])}, and {parts[-1]}"


def _against(variable: Variable, compared: Sequence[str]) -> str:
    name = name_of(variable.name)
    if len(compared) == 2:
        return f"where {name} = {compared[0]}, compared with {name} = {compared[1]},"
    return f"for {_step(name, compared[0])}"


def _step(name: str, size: str) -> str:
    way = "more" if size[0] == "+" else "less"
    return f"each {'unit' if size[1:] == '1' else size[1:]} {way} of {name}"


def _are(variable: Variable, compared: Sequence[str], row: pd.Series[Any], interval: str) -> str:
    name = name_of(variable.name)
    if len(compared) == 1:
        return f"are multiplied by {_factor(row, interval)} for {_step(name, compared[0])}"
    if np.isfinite(row["odds_ratio"]) and row["odds_ratio"] > 0:
        return f"are {_ratio(row, interval)} where {name} = {compared[0]} as where {name} = {compared[1]}"
    return f"{_against(variable, compared)} are {_ratio(row, interval)}"


def _ratio(row: pd.Series[Any], interval: str) -> str:
    ratio = row["odds_ratio"]
    if math.isnan(ratio):
        return "not determined by the data"
    if math.isinf(ratio) or ratio == 0.0:
        finite = row["conf_low"] if ratio else row["conf_high"]
        way = "from" if ratio else "up to"
        limit = "" if math.isnan(finite) else f"; {interval} {way} {formatting.ratio_row([finite])[0]}"
        return f"{'infinitely many' if ratio else 'zero'} times as high by maximum likelihood (separation{limit})"
    text, limits = _with_limits(row, interval)
    return f"{text} times as high{limits}"


def _factor(row: pd.Series[Any], interval: str) -> str:
    ratio = row["odds_ratio"]
    if math.isnan(ratio):
        return "a factor that the data do not determine"
    wald = row.get("test") != "lr" and math.isfinite(row.get("statistic", math.nan))
    if (math.isinf(ratio) or ratio == 0.0) and wald:
        return f"{'more than 1e308' if ratio else 'less than 1e-308'} (beyond the range of numbers: take another unit)"
    if math.isinf(ratio) or ratio == 0.0:
        return f"{'infinity' if ratio else '0'} by maximum likelihood (separation)"
    return "".join(_with_limits(row, interval))


def _with_limits(row: pd.Series[Any], interval: str) -> tuple[str, str]:
    """The ratio, and its limits in brackets where it has any."""
    if math.isnan(row["conf_low"]):
        return formatting.ratio_row([row["odds_ratio"]])[0], ""
    ratio, low, high = formatting.ratio_row([row["odds_ratio"], row["conf_low"], row["conf_high"]])
    return ratio, f" ({interval} {_range(low, high)})"


def _range(low: str, high: str) -> str:
    """Limits in a sentence: ``1.06 to 3.75``, or with the dash of the style."""
    between = between_limits(low, high).strip()
    return f"{low}{between}{high}" if between in ("-", "–") else f"{low} to {high}"


def _stratum(row: pd.Series[Any], partners: Sequence[str]) -> str:
    shown = (level_of(name, row[label_of(name)], write=words.short) for name in partners)
    return " and ".join(f"{name_of(name)} = {text}" for name, text in zip(partners, shown, strict=True))


def _points(risk: pd.Series[Any], interval: str) -> str:
    """The difference of risks in percentage points, the two risks, and its limits."""
    difference = 100.0 * float(risk["estimate"])
    if math.isnan(difference):
        return ""
    least = active().percent_digits
    ends = [100.0 * float(risk[name]) for name in ("estimate", "conf_low", "conf_high")]
    decimals = formatting.decimals(ends, 0.0, least, formatting.MOST_DECIMALS)

    def shown(p: float, decimals: int = decimals) -> str:
        text = formatting.fixed(100.0 * p, decimals)
        return text if any(digit in text for digit in "123456789") else text.removeprefix("-")

    way = "higher" if difference > 0 else "lower"
    size = formatting.fixed(abs(difference), decimals)
    phrase = f"{size} percentage {words.noun(size, 'point')} {way} " if difference else "the same "
    phrase += f"({shown(risk['risk_exposed'], least)} % against {shown(risk['risk_reference'], least)} %"
    if not math.isnan(risk["conf_low"]):
        phrase += f"; {interval} of the difference {_range(shown(risk['conf_low']), shown(risk['conf_high']))}"
    return f"{phrase})"
