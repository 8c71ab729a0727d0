"""Marginal effects: derivatives and changes of the probability, averaged or at points, with standard errors."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from glmlogit.columns.columns import Variable
from glmlogit.effects import average
from glmlogit.effects.at import scenarios_of
from glmlogit.effects.average import Kind, averaged
from glmlogit.effects.compared import default_contrasts
from glmlogit.effects.delta import delta_method
from glmlogit.effects.effects_table import Effects, effects_of
from glmlogit.effects.estimates import Target
from glmlogit.effects.labels import crossed, with_outcome
from glmlogit.effects.request import Request
from glmlogit.errors import DataError, NotEstimableError
from glmlogit.likelihood.response import shown_levels
from glmlogit.messages.notes import Note
from glmlogit.messages.options import check_choice
from glmlogit.messages.words import Name, sentence
from glmlogit.prediction.population import Population, population_of
from glmlogit.prediction.population import variables as variables_of
from glmlogit.prediction.reference_grid import is_binary, names_in, variable_of

if TYPE_CHECKING:
    from glmlogit.estimate.estimate import Estimate


KINDS = ("dydx", "eyex", "eydx", "dyex")


def margins(
    fit: Estimate,
    variables: str | Sequence[str] | None = None,
    at: Any = "overall",
    kind: Kind = "dydx",
    discrete: Literal["binary"] | str | Sequence[str] | None = None,
    *,
    by: Any = None,
    level: float | None = None,
    cov: str | None = None,
    unconditional: bool = False,
) -> Effects:
    """Marginal effects: what a change of a variable does to the probability.

    Parameters
    ----------
    fit : Fit
        The fit, of any estimator of this package.
    variables : str or list of str, optional
        Variables of the data; by default all of the model, but for those that are an offset only.
    at : {"overall", "mean", "median", "typical"}, mapping or DataFrame
        Averaged over the rows; at the means (factors at their proportions); at medians, or at means (typical), and the
        most frequent levels; averaged with variables set to values, ``{"age": [20, 30]}``, every combination; or at
        each row of a table.
    kind : {"dydx", "eyex", "eydx", "dyex"}
        Derivative of the probability p, elasticity, or the semi-elasticities ∂log p/∂x and ∂p/∂log x.
    discrete : "binary", str or list of str, optional
        Numeric variables whose change is wanted in place of a derivative: from 0 to 1, or by 1.
    by : column of the model, or array of shape (n,), optional
        Averages in subgroups; a Series must have the index of the data.
    level : float, optional
        Confidence level, such as 0.9; default that of the fit (0.95).
    cov : str, optional
        Kind of covariance, such as ``"HC3"`` or ``"cluster"``, of those that :func:`~glmlogit.cov_params` lists.
        Default: the fit's.
    unconditional : bool
        Standard errors that count the rows as a sample from a population (Stata's ``vce(unconditional)``).

    Returns
    -------
    Effects
        A DataFrame, a row a variable (and level, point, subgroup; and level of the outcome, in a column ``outcome``
        before, where it has several): ``variable contrast estimate std_error statistic
        p_value conf_low conf_high``; with ``.covariance``, ``.test("age = lwt")`` and ``.notes``.

    Raises
    ------
    DataError
        For an unknown variable, level or option.
    NotEstimableError
        For a variable named that has no derivative, or whose coefficient is infinite.

    Notes
    -----
    ∂p/∂x = p(1 − p)·∂η/∂x through every column that holds x; a factor's rows are changes against its reference;
    delta method with the analytic Jacobian. Averages use the weights. *Matches* Stata's ``margins, dydx()``
    (``atmeans`` is ``at="mean"``), R's ``marginaleffects::avg_slopes``. *Differs* from statsmodels' ``get_margeff``,
    which takes each column for a variable of its own; a numeric 0/1 variable has a derivative unless ``discrete``
    names it.

    Examples
    --------
    >>> fit = gl.logit("low ~ age + smoke", gl.datasets.birthwt())
    >>> print(fit.margins("age")[["variable", "estimate", "std_error", "p_value"]].round(4))
      variable  estimate  std_error  p_value
    0      age   -0.0103     0.0065   0.1118
    """
    request = Request(at, by, level, cov, unconditional)
    fit = request.prepared(fit)
    check_choice("kind", kind, KINDS)
    population, by_name = population_of(fit), variables_of(fit)
    chosen, changed = _chosen(by_name, variables, at), discrete_names(population, by_name, discrete)
    levels = shown_levels(fit.response)
    parts = [targets_of(population, chosen, kind, changed, k) for k in levels]
    targets, notes = [target for same in zip(*(part for part, _ in parts), strict=True) for target in same], parts[0][1]
    scenarios = scenarios_of(fit, population, request)
    averages, more = averaged(fit, scenarios, targets)
    if variables is not None and averages.reasons and all(averages.reasons):
        raise NotEstimableError(averages.reasons[0])
    estimates, matrix = delta_method(fit, averages)
    labels = pd.DataFrame([(t.variable, t.contrast) for t in targets], columns=["variable", "contrast"])
    labels = crossed(with_outcome(labels, fit.response), scenarios.points)
    quantity = "Change in log probability" if kind in ("eydx", "eyex") else "Change in probability"
    return effects_of(fit, labels, estimates, matrix, level, [*notes, *more], quantity=quantity)


def _chosen(by_name: Mapping[str, Variable], names: str | Sequence[str] | None, at: Any) -> list[Variable]:
    """The variables whose effects are wanted: all but those that an offset fixes, and factors that ``at`` sets."""
    if not by_name:
        raise DataError("the model has no variables, only a constant: there is no effect to compute")
    if names is not None:
        return [variable_of(by_name, name, effect=True) for name in dict.fromkeys(names_in(names, "variables"))]
    free = [variable_of(by_name, name, effect=True) for name, variable in by_name.items() if not variable.fixed]
    values = at if isinstance(at, Mapping) else {}  # the change of a factor is the same whatever its level
    return [variable for variable in free if variable.use != "levels" or variable.name not in values]


def discrete_names(population: Population, by_name: Mapping[str, Variable], discrete: Any) -> Collection[str]:
    """Names of the numeric variables whose change is wanted in place of a derivative."""
    if discrete is None:
        return ()
    if isinstance(discrete, str) and discrete == "binary":
        return [v.name for v in by_name.values() if v.use != "levels" and is_binary(population.column(v.name))]
    return [variable_of(by_name, name).name for name in names_in(discrete, "discrete")]


def targets_of(
    population: Population,
    chosen: Sequence[Variable],
    kind: Kind,
    discrete: Collection[str],
    level: int | None = None,
) -> tuple[list[Target], list[Note]]:
    """What is averaged for each variable: derivatives, and changes of factors and of discrete numbers.

    ``level`` is that of the outcome whose probability it is, the event of two where none is named.
    """
    targets: list[Target] = []
    notes: list[Note] = []
    binary = []
    for variable in chosen:
        if variable.use == "levels" or variable.name in discrete:
            for contrast in default_contrasts(variable, population):
                look = average.change(contrast.high, contrast.low, kind, level)
                targets.append(Target(variable.name, contrast.text, look))
                notes += contrast.beyond(population, population)
            continue
        if is_binary(population.column(variable.name)):
            binary.append(variable.name)
        targets.append(Target(variable.name, kind, average.slope(variable.name, kind, level)))
    if binary:
        notes.append(
            Note(
                "binary",
                sentence(_BINARY, names=list(map(Name, binary))),
            )
        )
    if kind != "dydx" and any(t.contrast != kind for t in targets):
        what = "differences of log p" if kind in ("eydx", "eyex") else "differences of p"
        notes.append(Note("discrete_elasticity", sentence(f"Changes between levels are {what}.")))
    return targets, notes


_BINARY = "{names}: values 0 and 1 only, and the row is a derivative; discrete='binary' gives the change from 0 to 1."
