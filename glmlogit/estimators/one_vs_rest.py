"""One-vs-rest: for each level of an outcome a binary logit of that level against all others."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Unpack

import numpy as np
import pandas as pd

from glmlogit.designs.container import Design
from glmlogit.designs.level_design import level_design
from glmlogit.designs.outcome import Outcome
from glmlogit.documents.from_frame import table_from_frame
from glmlogit.documents.paged import Paged
from glmlogit.documents.pages import Summary
from glmlogit.drawing.sizes import Width
from glmlogit.estimators.fit import Fit
from glmlogit.estimators.logit import logit
from glmlogit.estimators.multinomial import LevelOptions
from glmlogit.fitting.control import Control
from glmlogit.inference.odds_ratios import odds_ratios
from glmlogit.plots.forest_plot import forest_plot
from glmlogit.prediction.predict import predict

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_WHAT = (
    "Odds ratios compare a level with all others together: they are no ratios against a base, as those of "
    "gl.multinomial, and no ratios of risks.",
    "Each level has a model of its own. Their probabilities do not add up to 1 and are divided by their sum, which no "
    "likelihood stands behind.",
)


@dataclass(frozen=True, eq=False, repr=False)
class OneVsRest(Paged):
    """Binary logits of each level of an outcome against all others.

    Attributes
    ----------
    fits : mapping
        The :class:`Fit` of each level.
    """

    fits: Mapping[Hashable, Fit]

    def odds_ratios(self, level: float | None = None) -> pd.DataFrame:
        """Odds ratios by ``outcome`` and ``term``: of a level against all others, with limits."""
        frames = {name: odds_ratios(fit, level) for name, fit in self.fits.items()}
        return pd.concat(frames, names=["outcome"])

    def predict(self, data: Any = None) -> pd.DataFrame:
        """Probabilities of the levels, a column each: those of the separate fits, divided by their sum.

        NaN in rows where all are 0.
        """
        columns = {name: np.asarray(predict(fit, data)) for name, fit in self.fits.items()}
        probabilities = pd.DataFrame(columns)
        total = probabilities.sum(axis=1, skipna=False)
        return probabilities.div(total.where(total > 0), axis=0)

    def plot(self, ax: Axes | None = None, *, width: Width | None = None) -> Axes:
        """Forest plot of the odds ratios, levels side by side.

        ``width`` of a new figure: ``"column"``, ``"page"`` or millimetres.
        """
        return forest_plot(self, ax=ax, width=width)

    def __getattr__(self, name: str) -> Any:
        """Say where what a fit has is found: in that of each level."""
        if name.startswith("_") or not hasattr(Fit, name):
            return object.__getattribute__(self, name)
        level = next(iter(self.fits))
        raise AttributeError(f"a fit of each level has {name}, all together have none: .fits[{level!r}].{name}")

    @property
    def _page(self) -> Summary:
        first = next(iter(self.fits.values()))
        table = self.odds_ratios().reset_index()
        return Summary(
            title="One-vs-rest logistic regression",
            header=(("Formula", str(first.design.formula)), ("Levels", ", ".join(map(str, self.fits)))),
            tables=(table_from_frame(table, title="Odds ratios of each level against all others"),),
            notes=_WHAT,
            coefficients=table,
        )


def one_vs_rest(
    formula: str,
    data: Any,
    *,
    level: float = 0.95,
    control: Control | None = None,
    **options: Unpack[LevelOptions],
) -> OneVsRest:
    """Fit a binary logit of each level of an outcome against all others.

    Parameters
    ----------
    formula, data, level, control, **options
        As in :func:`~glmlogit.multinomial`, without a base; an offset by level is each level's own.

    Returns
    -------
    OneVsRest
        ``.fits`` by level, ``.odds_ratios()`` indexed by ``outcome`` and ``term``, ``.predict()`` one column a level.

    Raises
    ------
    DataError, FormulaError
        For data or formulas that cannot be used.

    Notes
    -----
    K fits by maximum likelihood, each of ``y = level`` (Rifkin & Klautau 2004). *Matches*
    ``sklearn.multiclass.OneVsRestClassifier(LogisticRegression(C=inf))``, probabilities included. *Differs* from
    :func:`~glmlogit.multinomial`, whose odds ratios are against a base and whose probabilities add up to 1 by
    themselves; and from fits of a level against the base alone (Begg & Gray 1984).

    Examples
    --------
    >>> fits = gl.one_vs_rest("race ~ age", gl.datasets.birthwt())
    >>> fits.odds_ratios()["odds_ratio"].round(3).to_dict()
    {('white', 'age'): 1.084, ('black', 'age'): 0.923, ('other', 'age'): 0.952}
    """
    rows = level_design(formula, data, **options)
    fits = {name: logit(_against_others(rows, k), level=level, control=control) for k, name in _levels(rows)}
    return OneVsRest(MappingProxyType(fits))


def _levels(rows: Design) -> list[tuple[int, Hashable]]:
    return list(enumerate(rows.outcome.levels))


def _against_others(rows: Design, k: int) -> Design:
    """The rows with level k as the event."""
    assert rows.levels is not None
    levels = rows.outcome.levels
    others = tuple(level for level in levels if level != levels[k])
    outcome = Outcome(rows.outcome.name, levels[k], others, grouped=rows.outcome.grouped, counts=rows.outcome.name)
    y, offset, name = np.ascontiguousarray(rows.levels.table()[:, k]), rows.offset, rows.offset_name
    if offset is not None and isinstance(name, tuple):
        offset, name = np.ascontiguousarray(offset[:, k]), name[k]
        offset = offset if name else None
    return replace(rows, y=y, levels=None, outcome=outcome, offset=offset, offset_name=name)
