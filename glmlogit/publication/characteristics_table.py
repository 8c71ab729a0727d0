"""Table 1 as numbers and as the page to read."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
import pandas as pd

from glmlogit.documents import formatting
from glmlogit.documents.naming import Labelled
from glmlogit.documents.paged import Paged
from glmlogit.documents.pages import Column, Summary, Table
from glmlogit.documents.style import marked, p_head, say
from glmlogit.drawing import axes, sizes
from glmlogit.drawing.sizes import Width
from glmlogit.errors import UnsupportedError
from glmlogit.messages.labels import Labels, in_force
from glmlogit.messages.notes import Note
from glmlogit.messages.words import Name, sentence, short
from glmlogit.publication.group_summaries import ValueSummary
from glmlogit.publication.value_cells import value_cells

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MissingShown = Literal["row", "level", "note"]

_INDENT = 2 * formatting.FIGURE_SPACE


class CharacteristicsWords(NamedTuple):
    """Labels of variables, and of ``variable[level]``; labels of values by variable, as data carry them."""

    labels: Mapping[str, str]
    levels: Mapping[str, Mapping[Any, str]]

    def variable(self, name: str) -> str:
        """What a variable is called."""
        return Labelled(in_force().names.get(name) or self.labels.get(name, name))

    def level(self, name: str, level: Hashable) -> str:
        """What a level is called."""
        own = self.labels.get(f"{name}[{short(level)}]") or in_force().of_level(name, level)
        return Labelled(own or Labels({}, self.levels).of_level(name, level) or short(level))

    def named(self, name: str, level: Hashable) -> bool:
        """Whether a level has a label."""
        labels = in_force().over(Labels({}, self.levels))
        return f"{name}[{short(level)}]" in self.labels or labels.of_level(name, level) is not None


@dataclass(frozen=True, repr=False)
class Characteristics(Paged):
    """Table 1 of a paper, as :func:`characteristics` returns it. It prints as a page; ``write`` puts it into a file.

    Attributes
    ----------
    frame : DataFrame
        A row a variable, level and group: ``variable kind level group n percent mean sd median q1 q3 minimum maximum``.
        ``kind`` is ``values`` (of a number), ``level`` or ``missing``; ``group`` is a value of ``by``, or ``overall``.
        With frequency weights ``n`` adds them up; with sampling weights it counts rows, and all else is weighted.
    differences : DataFrame
        A row a variable and pair of groups: ``variable group reference smd reason``, the group less the reference.
    tests : DataFrame
        A row a variable that was tested: ``variable method statistic df df_denom p_value reason``.
    notes : tuple of Note
        Rows left out, numbers that may be codes.
    by : str
        Column of the groups; empty without.
    overall : bool
        Whether the first column is of all.
    groups, sizes : tuple
        Columns of the table, and how many people each has.
    medians : tuple of str
        Numbers that the page shows by median and quartiles.
    words, missing, sampled
        Labels; how missing values are shown; whether weights are those of a sample.
    """

    frame: pd.DataFrame
    differences: pd.DataFrame
    tests: pd.DataFrame
    notes: tuple[Note, ...]
    by: str
    overall: bool
    groups: tuple[Hashable, ...]
    sizes: tuple[float, ...]
    medians: tuple[str, ...]
    words: CharacteristicsWords
    missing: MissingShown
    sampled: bool

    def summary(self) -> Summary:
        """Return the page as an object with ``to_markdown``, ``to_latex`` and ``to_html``."""
        return self._shown

    def plot(self, ax: Axes | None = None, *, width: Width | None = None) -> Axes:
        """Draw standardised differences of the groups by variable (a love plot), with a guide at 0.1.

        ``width`` of a new figure: ``"column"``, ``"page"`` or millimetres.
        """
        if not len(self.differences):
            raise UnsupportedError("differences are between groups: gl.characteristics(data, by='treated')")
        pairs = {_less(self, *pair): None for pair in _pairs_of(self)}
        styles = axes.styles(len(pairs), "pairs of groups")
        names = list(dict.fromkeys(self.differences["variable"]))
        ax = axes.axes(ax, 4.8, 0.28 * len(names) + 1.2, width)
        heights = np.arange(len(names))[::-1]
        for (pair, name), style in zip(zip(_pairs_of(self), pairs, strict=True), styles, strict=True):
            rows = self.differences[(self.differences["group"] == pair[0]) & (self.differences["reference"] == pair[1])]
            x = rows.set_index("variable")["smd"].reindex(names).abs()
            ax.plot(x, heights, ls="", marker=style.marker, ms=axes.mark_size(ax), color=style.color, label=name)
        axes.guide(ax, x=0.0)
        axes.guide(ax, x=0.1, line="--")
        size = axes.font(ax)
        room = 0.4 * sizes.room_of(ax)[0]
        labels = [sizes.wrapped(axes.shown(self.words.variable(str(name))), room, size, hard=True) for name in names]
        ax.set_yticks(heights, labels)
        ax.set_ylim(-0.6, len(names) - 0.4)
        axes.label(ax, say("Absolute standardised difference"))
        if len(pairs) > 1:
            axes.legend_above(ax)
        axes.caption(ax, say("Dashed: {limit}, below which groups are taken for balanced.", limit=marked("0.1")))
        return ax

    @property
    def _page(self) -> Summary:
        """The page, as strings."""
        return page_of(self)


def page_of(t: Characteristics) -> Summary:
    """The page to read."""
    return Summary(
        title=Labelled(
            say("Characteristics by {group}", group=t.words.variable(t.by)) if t.by else say("Characteristics")
        ),
        header=tuple(_header(t)),
        tables=(Table(None, tuple(_columns(t)), tuple(_rows(t))),),
        notes=(*(note.text for note in t.notes), *_reasons(t)),
        coefficients=t.frame,
        facts=t.differences if len(t.differences) else None,
    )


def _header(t: Characteristics) -> Iterator[tuple[str, str]]:
    absent = (t.frame["kind"].eq("missing") & t.frame["n"].gt(0)).any()
    if absent and t.missing != "note":
        yield say("Percentages"), say("of all" if t.missing == "level" else "of those known; of Missing, of all")
    if t.sampled:
        yield say("Weights"), say("sampling; n counts rows, all else is weighted")
    if len(t.differences):
        pairs = len(t.differences) // t.differences["variable"].nunique()
        text = say("largest absolute one of all pairs of groups") if pairs > 1 else _pair(t)
        levels = t.frame[t.frame["kind"] == "level"].groupby("variable")["level"].nunique()
        signless = say("; of several levels a distance without sign") if (levels > 2).any() and pairs == 1 else ""
        yield say("SMD"), f"{say('standardised mean difference')}, {text}{signless}"
    if len(t.tests):
        yield say("p-values"), "; ".join(map(say, dict.fromkeys(t.tests["method"])))


def _pairs_of(t: Characteristics) -> list[tuple[Hashable, Hashable]]:
    """The pairs of groups that are compared: a group and its reference."""
    return list(dict.fromkeys(zip(t.differences["group"], t.differences["reference"], strict=True)))


def _pair(t: Characteristics) -> str:
    reference, group = t.groups[t.overall :]
    return _less(t, group, reference)


def _less(t: Characteristics, group: Hashable, reference: Hashable) -> str:
    return Labelled(say("{a} less {b}", a=_group(t, group), b=_group(t, reference)))


def _group(t: Characteristics, group: Hashable) -> str:
    """What a group is called: its label or text, or a number with the variable it is of."""
    named = t.words.named(t.by, group) or not isinstance(group, (bool, int, float))
    return t.words.level(t.by, group) if named else f"{t.words.variable(t.by)} = {short(group)}"


def _columns(t: Characteristics) -> Iterator[Column]:
    yield Column("variable", say("Variable"), "left")
    for k, (group, size) in enumerate(zip(t.groups, t.sizes, strict=True)):
        text = say("Overall") if t.overall and k == 0 else _group(t, group)
        yield Column(f"group_{k}", Labelled(f"{text} (n = {formatting.count(size)})"))
    if len(t.differences):
        yield Column("smd", say("SMD"))
    if len(t.tests):
        yield Column("p_value", p_head())


def _rows(t: Characteristics) -> Iterator[tuple[str, ...]]:
    for name, rows in t.frame.groupby("variable", sort=False):
        yield from _block(t, str(name), rows)


def _block(t: Characteristics, name: str, rows: pd.DataFrame) -> Iterator[tuple[str, ...]]:
    """The lines of one variable: of 0/1 the share of 1 alone."""
    label, last = t.words.variable(name), _last_cells(t, name)
    blank = ("",) * len(t.groups)
    share = say("weighted %") if t.sampled else "%"
    values, levels = rows[rows["kind"] == "values"], rows[rows["kind"] == "level"]
    if len(values):
        centre = say("median (quartiles)" if name in t.medians else "mean (SD)")
        yield Labelled(f"{label}, {centre}"), *_value_cells(values, name in t.medians), *last
    else:
        lines = list(dict.fromkeys(levels["level"]))
        if _is_flag(lines) and not any(t.words.named(name, level) for level in lines):
            yield Labelled(f"{label}, n ({share})"), *_counts(levels[levels["level"] == lines[-1]]), *last
        else:
            yield Labelled(f"{label}, n ({share})"), *blank, *last
            for level in lines:
                yield (
                    Labelled(f"{_INDENT}{t.words.level(name, level)}"),
                    *_counts(levels[levels["level"] == level]),
                    *_none(last),
                )
    absent = rows[rows["kind"] == "missing"]
    if t.missing != "note" and absent["n"].gt(0).any():
        yield Labelled(f"{_INDENT}{say('Missing')}"), *_counts(absent), *_none(last)


def _is_flag(levels: Sequence[Any]) -> bool:
    return len(levels) == 2 and set(levels) <= {0, 1}


def _none(cells: Sequence[str]) -> tuple[str, ...]:
    return ("",) * len(cells)


def _counts(rows: pd.DataFrame) -> list[str]:
    pairs = zip(rows["n"], rows["percent"], strict=True)
    return [
        formatting.count(n) + ("" if math.isnan(percent) else f" ({formatting.fixed(percent, 1)})")
        for n, percent in pairs
    ]


def _value_cells(rows: pd.DataFrame, by_median: bool) -> list[str]:
    return value_cells([ValueSummary(*row) for row in rows[[*ValueSummary._fields]].to_numpy(dtype=float)], by_median)


def _last_cells(t: Characteristics, name: str) -> tuple[str, ...]:
    """The standardised difference and the p-value of a variable."""
    cells = []
    if len(t.differences):
        sizes = t.differences.loc[t.differences["variable"] == name, "smd"]
        size = float(sizes.iloc[0]) if len(sizes) == 1 else float(sizes.abs().max())
        cells.append(
            "NA" if math.isnan(size) else formatting.fixed(size, 3) if math.isfinite(size) else formatting.number(size)
        )
    if len(t.tests):
        p = t.tests.loc[t.tests["variable"] == name, "p_value"]
        cells.append("" if not len(p) else formatting.pvalue(float(p.iloc[0]), "publication"))
    return tuple(cells)


def _reasons(t: Characteristics) -> list[str]:
    """Why numbers are missing: a sentence for each reason, with the variables it concerns."""
    reasons = pd.concat([part[["variable", "reason"]] for part in (t.differences, t.tests)])
    stated = reasons[reasons["reason"] != ""].drop_duplicates()
    return [
        sentence("{names}: {reason}.", names=list(map(Name, rows["variable"])), reason=str(reason))
        for reason, rows in stated.groupby("reason", sort=False)
    ]
