"""Proportional odds: an outcome whose levels have an order, and odds ratios that hold at every cut between them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, TypedDict, Unpack, cast

from glmlogit.designs.container import Design, WeightType
from glmlogit.designs.ordered_design import ordered_design
from glmlogit.errors import DataError
from glmlogit.estimators.finish import finish
from glmlogit.estimators.fit import Fit
from glmlogit.estimators.options import require_enough_rows
from glmlogit.fitting.control import Control
from glmlogit.fitting.maximise import maximise
from glmlogit.fitting.maximum import Maximum
from glmlogit.likelihood.cumulative import CumulativeLogit, cumulative_logit
from glmlogit.messages.options import check_choice, check_level
from glmlogit.messages.values import show
from glmlogit.numerics.linalg import Information


class OrderOptions(TypedDict, total=False):
    """Options of the rows of an ordered outcome."""

    weights: Any
    weight_type: WeightType
    offset: Any
    cluster: Any
    missing: Literal["drop", "raise"]
    functions: Mapping[str, Callable[..., Any]] | None


def ordinal(
    formula: str | Design,
    data: Any = None,
    *,
    order: Sequence[Any] | None = None,
    nonparallel: str | Sequence[str] = (),
    se: Literal["observed", "expected"] = "observed",
    level: float = 0.95,
    control: Control | None = None,
    **options: Unpack[OrderOptions],
) -> Fit:
    """Fit a proportional-odds logit by maximum likelihood: an outcome whose levels have an order.

    Parameters
    ----------
    formula : str or Design
        ``"sat ~ infl + cont"`` with an outcome of two or more levels: an ordered Categorical, numbers, or text with
        ``order=``. ``cbind(low, mid, high) ~ x`` for a table of counts, from lowest to highest. A Design of arrays is
        ``gl.design_arrays(y, X, order=…)``.
    data : table
        Rows with the columns that the formula names.
    order : list, optional
        The levels from lowest to highest; those that there are, where a Categorical declares more.
    nonparallel : str or list of str
        Terms with a coefficient for each cut (partial proportional odds, Peterson & Harrell 1990).
    se : {"observed", "expected"}
        The information behind the model's standard errors; they differ in the second or third digit.
    level : float
        Confidence level of the fit's tables.
    control : Control, optional
        Tolerance and limits of the iteration.
    **options
        ``weights weight_type offset cluster missing functions``, as :func:`~glmlogit.design` takes them.

    Returns
    -------
    Fit
        ``params`` begin with the cut points ``low|mid``; the exponential of any other coefficient is the odds ratio of
        being above a cut, whichever.

    Raises
    ------
    DataError, FormulaError
        For an outcome without a known order, a level without rows between two others (as ``rms::lrm`` refuses it; clm
        and ologit leave it out), and data or formulas that cannot be used.

    Notes
    -----
    ``logit P(Y ≤ j) = θ_j − x'β`` (McCullagh 1980): a positive β pushes to higher levels. *Matches* ``MASS::polr`` and
    ``ordinal::clm`` in R, Stata's ``ologit`` (its /cut1, …) and statsmodels' ``OrderedModel``. *Differs*: SAS and
    ``VGAM::cumulative`` turn the sign of β round and take the expected information (``se="expected"``); ``rms::lrm``'s
    intercepts are −θ.

    Examples
    --------
    >>> births = gl.datasets.birthwt()
    >>> births["visits"] = births["ftv"].clip(upper=2)
    >>> fit = gl.ordinal("visits ~ age + smoke", births)
    >>> fit.params.round(4)
    term
    0|1      1.9646
    1|2      3.1617
    age      0.0842
    smoke   -0.3345
    Name: estimate, dtype: float64
    """
    check_choice("se", se, ("observed", "expected"))
    control, level = control or Control(), check_level(level, 0.95)
    rows = _rows(formula, data, order, options)
    require_enough_rows(rows)
    likelihood = cumulative_logit(rows, rows.outcome.levels, _apart(rows, nonparallel))
    maximum = maximise(likelihood, None, control)
    info = None if se == "observed" else _expected_information(maximum)
    return finish(rows, maximum, "Maximum likelihood", level, control, model_info=info)


def _expected_information(maximum: Maximum) -> Information:
    likelihood = cast("CumulativeLogit", maximum.limiting)
    return likelihood.expecting(maximum.beta).evaluate_some(maximum.beta, maximum.estimated).info


def _rows(formula: str | Design, data: Any, order: Sequence[Any] | None, options: OrderOptions) -> Design:
    if isinstance(formula, str):
        return ordered_design(formula, data, order=order, **options)
    if not isinstance(formula, Design):
        raise DataError(
            f"the first argument is a {type(formula).__name__}; give a formula and data: "
            f"gl.ordinal('outcome ~ x', data)"
        )
    if not formula.outcome.ordered or data is not None or options or order is not None:
        raise DataError(
            "a Design is complete: give it alone, and of an ordered outcome, which an ordinal fit has as fit.design; "
            "otherwise give a formula and data"
        )
    return formula


def _apart(rows: Design, nonparallel: str | Sequence[str]) -> frozenset[str]:
    """Columns of the terms whose coefficients differ between cuts."""
    names = [nonparallel] if isinstance(nonparallel, str) else list(nonparallel)
    terms = {term.name: term.columns for term in rows.terms if term.order > 0}
    for name in names:
        if name not in terms:
            raise DataError(f"nonparallel={show(name)} is no term of the model, whose terms are {', '.join(terms)}")
    return frozenset(rows.names[j] for name in names for j in terms[name])
