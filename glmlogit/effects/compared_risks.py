"""What is compared: contrasts of a variable, the rows whose risks are averaged under each, and labels of the result."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from glmlogit.columns.columns import Change, Variable
from glmlogit.effects.at import Scenarios, outside
from glmlogit.effects.average import averaged
from glmlogit.effects.compared import ROLES, Contrast, Role, contrasts_of
from glmlogit.effects.delta import require_sample
from glmlogit.effects.estimands import Measure, roles_of
from glmlogit.effects.estimates import Estimates, RowFunction, Target, concatenated, take
from glmlogit.effects.groups import Groups, grouping
from glmlogit.effects.labels import crossed, with_outcome
from glmlogit.effects.request import Request
from glmlogit.effects.resampled_risks import average_risks, changed_alike
from glmlogit.errors import DataError
from glmlogit.inference.multiplicity import Family, rank_of
from glmlogit.likelihood.response import shown_levels
from glmlogit.messages.notes import Note
from glmlogit.messages.words import written
from glmlogit.numerics.lazy import cached_property
from glmlogit.numerics.reference import Reference
from glmlogit.prediction.population import Population, new_population, population_of, variables
from glmlogit.prediction.reference_grid import variable_of

if TYPE_CHECKING:
    from glmlogit.estimate.estimate import Estimate


Array = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Plan:
    """Contrasts, the rows they are averaged over, and labels of the rows of the result."""

    contrasts: tuple[Contrast, ...]
    population: Population
    groups: tuple[Groups, ...]  # one a contrast; one and the same where all are about the same rows
    labels: pd.DataFrame  # variable, contrast, by: a row a contrast and group
    notes: tuple[Note, ...]
    measures: Mapping[str, Measure]  # estimands by name, in the order asked for
    levels: int  # of a factor all of whose pairs are compared
    outcomes: tuple[int | None, ...]  # levels of the outcome whose risks they are

    @cached_property
    def roles(self) -> int:
        """How many of ``ROLES`` the estimands are made of."""
        return roles_of(list(self.measures.values()))

    @cached_property
    def labelled(self) -> pd.DataFrame:
        """Labels of the rows of the result: those of the contrasts for each estimand."""
        parts = [self.labels.copy() for _ in self.measures]
        for part, name in zip(parts, self.measures, strict=True):
            part.insert(list(part).index("contrast") + 1, "estimand", name)
        return pd.concat(parts, ignore_index=True)

    def looks(self, contrasts: Sequence[Contrast]) -> list[RowFunction]:
        """For each contrast and level of the outcome the functions that give the first ``roles`` risks of ``ROLES``."""
        pairs = itertools.product(contrasts, self.outcomes)
        return [look for contrast, k in pairs for look in contrast.looks(k)[: self.roles]]

    @cached_property
    def changes(self) -> tuple[Change, ...]:
        """What the exposed and the reference value of each contrast make of the columns, the same in all rows.

        Empty where rows differ, or not all of the same rows of the fit are averaged over.
        """
        pairs = [part.values for part in self.contrasts]
        together = all(groups is self.groups[0] for groups in self.groups)
        if not (self.population.fitted and together and self.roles == 2) or None in pairs:
            return ()
        name = self.contrasts[0].name
        if not self.population.columns.alone([name]):
            return ()
        row = self.population.first_row
        changes = tuple(row.changed({name: value}).change for pair in pairs if pair for value in pair)
        return changes if changed_alike(changes) else ()

    def resampled(self, fit: Estimate, weights: Array) -> Array:
        """The values of the risks where the fitted rows have the weights of a resample."""
        risks = average_risks(fit, self.population, weights, self.groups[0], self.changes) if self.changes else None
        if risks is not None:
            shape = (len(self.contrasts), self.roles, self.groups[0].count)
            return risks.reshape(shape).swapaxes(1, 2).ravel()
        population = replace(self.population, weights=weights, fitted=False)
        return self._folded(fit, population if self.population.fitted else self.population, gradients=False).values

    def risks(self, fit: Estimate, *, sampled: bool = False) -> Estimates:
        """For each contrast, then each group, the risks of the first ``roles`` of ``ROLES``."""
        if sampled:
            require_sample(fit)
            if not self.population.fitted:
                raise DataError("unconditional=True is about the rows of the fit, not another population; leave it out")
        return self._folded(fit, self.population, sampled=sampled)

    def _folded(
        self, fit: Estimate, population: Population, *, sampled: bool = False, gradients: bool = True
    ) -> Estimates:
        together = all(groups is self.groups[0] for groups in self.groups)
        batches = [self.contrasts] if together else [(contrast,) for contrast in self.contrasts]
        parts = []
        for contrasts, groups in zip(batches, self.groups, strict=False):
            looks = self.looks(contrasts)
            scenarios = Scenarios(population, ({},), groups, self.labels, sampled)
            estimates, _ = averaged(fit, scenarios, [Target("", "", look) for look in looks], gradients=gradients)
            order = np.arange(len(looks) * groups.count).reshape(-1, self.roles, groups.count).swapaxes(1, 2).ravel()
            parts.append(take(estimates, order))
        return concatenated(parts)

    def shown(self, risks: Estimates, measure: Measure) -> dict[str, Array]:
        """The two risks an estimand is made of, as columns."""
        by_role = risks.values.reshape(-1, self.roles).T
        return {_RISKS[ROLES[place]]: by_role[place] for place in sorted(measure.places)}

    def family(self, adjust: str, jacobian: Array, reference: Reference) -> Family:
        """The rows of an estimand as comparisons; for Tukey's method all pairs in each subgroup."""
        groups = self.groups[0].count
        if adjust == "tukey" and not self.levels:
            raise DataError("adjust='tukey' is for all pairs of levels: contrast='pairwise'")
        groups *= len(self.outcomes)
        codes = np.tile(np.arange(groups), len(self.contrasts)) * (adjust == "tukey")
        return Family(adjust, codes, self.levels, rank_of(jacobian), reference)


# Columns of risks by their role: of an attributable fraction the reference is those of the exposed value set to it.
_RISKS: Mapping[Role, str] = {
    "exposed": "risk_exposed",
    "reference": "risk_reference",
    "observed": "risk_observed",
    "removed": "risk_reference",
}


def plan_of(
    fit: Estimate,
    variable: str,
    contrast: Any,
    population: Any,
    request: Request,
    measures: Mapping[str, Measure],
) -> Plan:
    """What :func:`~glmlogit.comparisons` was asked for, checked: contrasts, rows, their groups and labels."""
    exposure = variable_of(variables(fit), variable, effect=True)
    everybody = population_of(fit)
    contrasts = tuple(contrasts_of(exposure, everybody, contrast))
    table = not isinstance(population, str)
    rows = new_population(fit, population, "population") if table else everybody
    for refuse in filter(None, (measure.refuse for measure in measures.values())):
        for part in contrasts:
            refuse(exposure, rows, part, population)
    shared, names = grouping(fit, rows, request.by)
    groups = tuple(shared if table else only(shared, exposure, everybody, part, population) for part in contrasts)
    outcomes = shown_levels(fit.response)
    texts = [part.text for part in contrasts for _ in outcomes]
    head = with_outcome(pd.DataFrame({"variable": variable, "contrast": texts}), fit.response)
    values = [{variable: value} for part in contrasts for value in part.values or () if isinstance(value, float)]
    pairs = len(exposure.levels) if isinstance(contrast, str) and contrast == "pairwise" else 0
    notes = [*outside(everybody, values), *(note for part in contrasts for note in part.beyond(everybody, rows))]
    return Plan(contrasts, rows, groups, crossed(head, names), tuple(notes), measures, pairs, outcomes)


def only(groups: Groups, variable: Variable, rows: Population, contrast: Contrast, population: str) -> Groups:
    """The groups, without the rows that a contrast is not averaged over."""
    if population == "all":
        return groups
    if population not in ("exposed", "unexposed"):
        raise DataError(f"population={population!r} is not known; give 'all', 'exposed', 'unexposed' or a table")
    if contrast.values is None:
        raise DataError(
            f"population={population!r} needs to know who is exposed: give two values, contrast=(exposed, reference), "
            f"in place of a step"
        )
    value = contrast.values[population == "unexposed"]
    included = (rows.column(variable.name) == value).to_numpy(dtype=bool)
    if not (rows.weights[included] > 0).any():
        raise DataError(
            f"no row has {variable.name} = {written(value)}, so there is nobody {population} to average over; use "
            f"population='all', or a contrast of values that occur"
        )
    return Groups(np.where(included, groups.codes, -1), groups.count)


def risks_of_all(fit: Estimate, plans: Sequence[Plan]) -> list[Estimates]:
    """The risks of several plans, over all rows of the fit as one group."""
    looks = [plan.looks(plan.contrasts) for plan in plans]
    if not plans:
        return []
    scenarios = Scenarios(plans[0].population, ({},), plans[0].groups[0], plans[0].labels)
    risks, _ = averaged(fit, scenarios, [Target("", "", look) for part in looks for look in part])
    ends = np.cumsum([0, *map(len, looks)])
    return [take(risks, np.arange(start, stop)) for start, stop in itertools.pairwise(ends)]
