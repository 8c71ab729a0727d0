"""Odds ratios in subgroups: the object, its page and its forest plot."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from glmlogit.documents import formatting
from glmlogit.documents.naming import Labelled, level_of, name_of, said
from glmlogit.documents.paged import Paged
from glmlogit.documents.pages import Column, Summary, Table
from glmlogit.documents.style import interval_head, joined_limits, p_head, say, says_unit, unit_text
from glmlogit.drawing import axes
from glmlogit.drawing.sizes import Width
from glmlogit.estimate.estimate import Estimate
from glmlogit.inference.evidence import Method
from glmlogit.messages.notes import Note
from glmlogit.messages.units import unit_of_row
from glmlogit.plots import forest
from glmlogit.publication.answers import tests_text
from glmlogit.reports import summary
from glmlogit.reports.summary import interval_header

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, eq=False, repr=False)
class SubgroupTable(Paged):
    """The odds ratio of an exposure in subgroups, as :func:`subgroups` returns it.

    Attributes
    ----------
    frame : DataFrame, by term
        ``variable level n events odds_ratio conf_low conf_high p_value p_interaction``, first the row of all. Of an
        exposure of two values also ``n_unexposed events_unexposed n_exposed events_exposed``, of one of more levels
        ``exposure_level``. ``p_interaction`` stands in the first row of a variable.
    exposure : str
    level : float
    methods : tuple of str
        By which limits and tests of each variable are.
    fits : dict of str to Fit
        The model of each variable, with an odds ratio a level; ``"all"`` is the model of the formula.
    notes : tuple of Note
        What the reader must know.
    """

    frame: pd.DataFrame
    exposure: str
    level: float
    methods: tuple[Method, ...]
    fits: Mapping[str, Estimate]
    notes: tuple[Note, ...] = ()
    reference: str = ""

    @property
    def _page(self) -> Summary:
        fit = self.fits["all"]
        return Summary(
            title=Labelled(f"{say('Odds ratio of {what} in subgroups', what=self._exposure)}: {say(fit.estimator)}"),
            header=(
                *summary.header(fit),
                (say("Models"), say("one a variable, with an odds ratio in each of its levels")),
                (say("p-values"), say("{tests} of interaction", tests=tests_text([*self.fits.values()], self.methods))),
                (say("Limits"), summary.limits_text(fit, self.methods[0])),
            ),
            tables=(self._table,),
            footer=((say("Standard errors"), said(fit.covariance.text)),),
            notes=tuple(note.text for note in self.notes),
            alert=summary.alert(fit),
            coefficients=self.frame.reset_index(),
        )

    @property
    def labels(self) -> Mapping[str, str]:
        """What variables are called on the page."""
        return self._labels.names

    def _name(self, name: str) -> str:
        return Labelled(say("All")) if name == "all" else name_of(name)

    def _level(self, variable: str, level: Any) -> str:
        return level_of(variable, level)

    @property
    def _exposure(self) -> str:
        """The exposure with the difference, or the reference level, that the odds ratios are for."""
        name = self._name(self.exposure)
        if "unit" in self.frame:
            unit = unit_of_row(self.frame.iloc[0].to_dict())
            text = say("per {unit}", unit=unit_text(*unit))
            return Labelled(f"{name} ({text})" if unit.spread or not says_unit(name) else name)
        if "exposure_level" not in self.frame:
            return name
        return Labelled(f"{name} ({say('against {what}', what=self._level(self.exposure, self.reference))})")

    @property
    def _sides(self) -> tuple[str, ...]:
        """The ends of the names of columns of counts."""
        return ("_exposed", "_unexposed") if "n_exposed" in self.frame else ("",)

    @property
    def _table(self) -> Table:
        heads = {"": "Events/n", "_exposed": "Exposed", "_unexposed": "Unexposed"}
        columns = [Column("subgroup", say("Subgroup"), "left")]
        if "exposure_level" in self.frame:
            columns.append(Column("exposure_level", self._name(self.exposure), "left"))
        columns += [
            Column(f"events{side}", f"{say(heads[side])}{say(', events/n') if side else ''}") for side in self._sides
        ]
        columns += [Column("odds_ratio", f"{say('Odds ratio')} {interval_header(self.level)}", rule=True)]
        columns += [Column("p_interaction", say("{p} for interaction", p=p_head()))]
        return Table(None, tuple(columns), tuple(self._lines()))

    def _lines(self) -> Iterator[tuple[str, ...]]:
        """A line for all, and a block for each variable, headed by its name and the test."""
        blank = len(self._sides) + 1 + ("exposure_level" in self.frame)
        for variable, block in self.frame.groupby("variable", sort=False):
            rows = self._cells(block)
            if variable == "all":
                yield from ((self._name("all"), *cells, "") for cells in rows)
                continue
            yield (self._name(str(variable)), *[""] * blank, formatting.pvalue(_first(block), "publication"))
            for level, cells in zip(block["level"], rows, strict=True):
                yield (Labelled(f"{2 * formatting.FIGURE_SPACE}{self._level(str(variable), level)}"), *cells, "")

    def _cells(self, block: pd.DataFrame) -> Iterator[tuple[str, ...]]:
        """Level of the exposure, counts, and odds ratio with limits of each row."""
        values = block[["odds_ratio", "conf_low", "conf_high"]].to_numpy(float)
        texts = [text for row in values.reshape(-1, 3).tolist() for text in formatting.ratio_row(row)]
        limits = map(joined_limits, texts[1::3], texts[2::3])
        for (_, row), ratio, limit in zip(block.iterrows(), texts[::3], limits, strict=True):
            counts = [_share(row[f"events{side}"], row[f"n{side}"]) for side in self._sides]
            start = [self._level(self.exposure, row["exposure_level"])] if "exposure_level" in block else []
            yield (*start, *counts, ratio if ratio == "NA" else f"{ratio} {limit}")

    def plot(self, ax: Axes | None = None, *, width: Width | None = None) -> Axes:
        """Draw the odds ratios as a forest plot, with counts and tests of interaction beside them.

        Levels of an exposure stand side by side, as models do in :func:`forest_plot`.
        """
        parts = {"": self.frame}
        if "exposure_level" in self.frame:
            groups = self.frame.groupby("exposure_level", sort=False)
            parts = {self._level(self.exposure, name): part for name, part in groups}
        lines = forest.lines_of({name: self._to_draw(part) for name, part in parts.items()}, None)
        kinds = {method for method in self.methods if method != "wald"}
        kind = f"{kinds.pop()} " if len(kinds) == 1 and "wald" not in self.methods else ""
        head = f"{say('Odds ratio')} {interval_head(self.level, kind.strip())}"
        tests = {self._name(str(v)): _first(block) for v, block in self.frame.groupby("variable", sort=False)}
        ax = forest.draw(ax, lines, list(parts), head, p_values=False, tests=tests, width=width)
        axes.label(ax, Labelled(say("Odds ratio of {what} (log scale)", what=self._exposure)))
        return ax

    def _to_draw(self, part: pd.DataFrame) -> pd.DataFrame:
        """Rows as a table of odds ratios, the row of all under its own name."""
        of_all, everyone = part["variable"] == "all", str(self._name("all"))
        table = part.drop(columns=["unit", "unit_label"], errors="ignore").assign(
            level=part["level"].astype(object).where(~of_all, None), reference=False
        )
        named = [everyone if alone else term for alone, term in zip(of_all, part.index, strict=True)]
        return table.set_axis(named).assign(variable=part["variable"].where(~of_all, everyone).to_numpy())


def _first(block: pd.DataFrame) -> float:
    return float(block["p_interaction"].iloc[0])


def _share(events: float, n: float) -> str:
    return "" if math.isnan(n) else f"{formatting.count(events)}/{formatting.count(n)}"
