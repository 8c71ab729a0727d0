"""Discrimination among several classes: Hand and Till's measure, and each class against the rest."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from glmlogit.diagnostics.level_rows import level_rows
from glmlogit.documents.formatting import fixed
from glmlogit.documents.from_frame import table_from_frame
from glmlogit.documents.paged import Paged
from glmlogit.documents.pages import Column, Summary, Table
from glmlogit.documents.style import say
from glmlogit.evaluation.areas import area_of, delong, wald_limits
from glmlogit.evaluation.judged_rows import GIVEN
from glmlogit.evaluation.ranking import ranked
from glmlogit.messages.options import check_level
from glmlogit.messages.values import show
from glmlogit.messages.words import sentence
from glmlogit.numerics.arrays import vector
from glmlogit.numerics.tails import normal_quantile

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, repr=False, eq=False)
class MulticlassAuc(Paged):
    """Areas under ROC curves of several classes; returned by :func:`multiclass_auc`.

    Attributes
    ----------
    hand_till : float
        Mean over pairs of classes (Hand & Till 2001).
    macro, weighted : float
        Mean over classes against the rest, each the same or by its number of rows.
    pairs : DataFrame
        ``first second auc``, the mean of the areas by either probability.
    one_vs_rest : DataFrame
        ``level n auc std_error conf_low conf_high``.
    """

    hand_till: float
    macro: float
    weighted: float
    pairs: pd.DataFrame = field(repr=False)
    one_vs_rest: pd.DataFrame = field(repr=False)
    level: float = 0.95
    reason: str = ""
    rows: str = GIVEN

    @property
    def _page(self) -> Summary:
        means = [("Hand and Till", self.hand_till), ("one against the rest, mean", self.macro)]
        means.append(("one against the rest, by size", self.weighted))
        columns = (Column("measure", "", "left"), Column("auc", say("AUC")))
        why = (sentence("{reason}.", reason=self.reason),) if self.reason else ()
        return Summary(
            title=sentence("Areas under ROC curves of {n} classes", n=len(self.one_vs_rest)),
            header=(("Rows", self.rows),),
            tables=(
                Table(None, columns, tuple((say(name), "NA" if math.isnan(v) else fixed(v, 4)) for name, v in means)),
                table_from_frame(self.one_vs_rest, title=say("Each class against the rest")),
                table_from_frame(self.pairs, title=say("Pairs of classes")),
            ),
            notes=why,
            coefficients=self.one_vs_rest,
        )


def multiclass_auc(
    y: Any, p: Any, *, levels: Sequence[Any] | None = None, weights: Any = None, level: float = 0.95
) -> MulticlassAuc:
    """How well the probabilities of several classes tell them apart.

    Parameters
    ----------
    y : array of shape (n,)
        The class of each row.
    p : DataFrame or array of shape (n, K)
        Probabilities of the K classes; a DataFrame has the classes as its columns.
    levels : sequence of length K, optional
        The classes in the order of the columns of an array. Default: those of a categorical, or of ``y`` as sorted.
    weights : array of shape (n,), optional
        Frequency weights.
    level : float
        Confidence level of each class against the rest.

    Returns
    -------
    MulticlassAuc
        ``.hand_till .macro .weighted .pairs .one_vs_rest``.

    Raises
    ------
    DataError
        Where classes and columns do not pair up, or probabilities are missing, outside 0 to 1 or do not add up to 1.

    Notes
    -----
    Hand & Till 2001: the mean over pairs of classes i, j of (A(i|j) + A(j|i))/2, A(i|j) the area in the rows of both by
    the probability of i. *Matches* ``pROC::multiclass.roc`` of a matrix and scikit-learn's ``multi_class="ovo"``;
    macro and weighted its ``"ovr"``. *Differs* from ``multiclass.roc`` of a single score, which is another quantity.
    Limits are those of DeLong.

    Examples
    --------
    >>> import numpy as np
    >>> p = np.array([[0.7, 0.2, 0.1], [0.3, 0.4, 0.3], [0.2, 0.5, 0.3], [0.1, 0.3, 0.6], [0.3, 0.5, 0.2]])
    >>> areas = gl.multiclass_auc(["a", "b", "b", "c", "a"], p)
    >>> round(areas.hand_till, 4), round(areas.macro, 4)
    (0.9167, 0.8889)
    """
    check_level(level, level)
    codes, probabilities, classes = level_rows(y, p, levels)
    counts = np.ones(len(codes)) if weights is None else vector(weights, "weights", len(codes))
    members = [np.where(codes == k, counts, 0.0) for k in range(len(classes))]
    pairs = [(i, j, _pair(probabilities, members, i, j)) for i, j in combinations(range(len(classes)), 2)]
    rest = [_against_rest(probabilities[:, k], members[k], counts, level) for k in range(len(classes))]
    sizes = np.array([member.sum() for member in members])
    areas = np.array([row[0] for row in rest])
    empty = [show(value) for value, size in zip(classes, sizes, strict=True) if size == 0]
    return MulticlassAuc(
        float(np.mean([auc for _, _, auc in pairs])),
        float(areas.mean()),
        float(areas @ sizes / sizes.sum()) if not empty else math.nan,
        pd.DataFrame([(classes[i], classes[j], auc) for i, j, auc in pairs], columns=["first", "second", "auc"]),
        pd.DataFrame(
            [(value, size, *row) for value, size, row in zip(classes, sizes, rest, strict=True)],
            columns=["level", "n", "auc", "std_error", "conf_low", "conf_high"],
        ),
        level,
        sentence("no row has the class {names}, so that there are no pairs with it", names=empty) if empty else "",
    )


def _pair(p: Array, members: list[Array], i: int, j: int) -> float:
    """Mean of the areas of two classes by the probability of either."""
    rows = (members[i] + members[j]) > 0
    if not (members[i].any() and members[j].any()):
        return math.nan
    a, b = members[i][rows], members[j][rows]
    return (area_of(ranked(p[rows, i], a, b)) + area_of(ranked(p[rows, j], b, a))) / 2.0


def _against_rest(p: Array, members: Array, counts: Array, level: float) -> tuple[float, float, float, float]:
    area = delong(ranked(p, members, counts - members))
    if not area.std_error > 0.0:
        return area.auc, area.std_error, math.nan, math.nan
    return area.auc, area.std_error, *wald_limits(area.auc, area.std_error, normal_quantile(level))
