"""The multinomial logit: an outcome of several levels, each compared with a base."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal, TypedDict, Unpack, cast

from glmlogit.designs.container import Design, WeightType
from glmlogit.designs.level_design import has_levels, level_design
from glmlogit.designs.levels import rare_base
from glmlogit.errors import DataError, UnsupportedError
from glmlogit.estimators.finish import finish
from glmlogit.estimators.fit import Fit
from glmlogit.estimators.options import DesignOptions, require_enough_rows
from glmlogit.fitting.control import Control
from glmlogit.fitting.maximise import maximise
from glmlogit.likelihood.multinomial import MultinomialLogit, multinomial_logit
from glmlogit.messages.notes import Note
from glmlogit.messages.options import check_level
from glmlogit.messages.words import sentence

# Coefficients beyond which the information matrix is 2 GB, and from which it is said to be large.
MOST_COEFFICIENTS, MANY_COEFFICIENTS = 16_000, 2_000


class LevelOptions(TypedDict, total=False):
    """Options of the rows of an outcome of several levels."""

    weights: Any
    weight_type: WeightType
    offset: Any
    cluster: Any
    missing: Literal["drop", "raise"]
    functions: Mapping[str, Callable[..., Any]] | None
    labels: Mapping[str, Any] | None


def multinomial(
    formula: str | Design,
    data: Any = None,
    *,
    base: Any = None,
    level: float = 0.95,
    control: Control | None = None,
    **options: Unpack[LevelOptions],
) -> Fit:
    """Fit a multinomial logit by maximum likelihood: an outcome of several levels, each compared with a base.

    Parameters
    ----------
    formula : str or Design
        ``"partic ~ hincome + children"`` with an outcome of two or more levels, in the order of a Categorical, else
        sorted; numbers are taken as labels. ``cbind(a, b, c) ~ x`` for a table of counts, a column a level.
    data : table
        Rows with the columns that the formula names, of pandas, polars, pyarrow or DuckDB, or a dict of arrays.
    base : level, optional
        The level that all others are compared with; the first by default. ``gl.with_base(fit, level)`` changes it.
    level : float
        Confidence level of the fit's tables.
    control : Control, optional
        Tolerance and limits of the iteration.
    **options
        ``weights weight_type offset cluster missing functions``, as :func:`~glmlogit.design` takes them. An offset is
        added to the log-odds of every level against the base; ``offset={"black": "o1", "other": "o2"}`` has a column
        or array for each level (0 for those not named), which an array (n, K) has in the order of the levels.

    Returns
    -------
    Fit
        Its tables are indexed by ``outcome`` and ``term``; a hypothesis calls a coefficient ``[parttime]hincome``.

    Raises
    ------
    DataError, FormulaError
        For data or formulas that cannot be used.
    UnsupportedError
        For more coefficients than the memory of a matrix of them allows.

    Notes
    -----
    ``log(p_k/p_base) = x'β_k``; Newton's method on all K − 1 times p coefficients at once (McFadden 1974; Agresti 2013,
    §8.1). The exponential of a coefficient is an odds ratio *against the base*, which Stata calls a relative-risk
    ratio; it is no ratio of risks. Two levels give the numbers of :func:`~glmlogit.logit`. *Matches* Stata's
    ``mlogit``, ``nnet::multinom`` and ``VGAM`` in R, statsmodels' ``MNLogit``. *Differs*: the base is the first level
    as in ``nnet`` and ``MNLogit``, where Stata's is the most frequent and SAS's the last; ``nnet`` stops after 3 to 4
    digits; infinite estimates are infinite, by level and term.

    Examples
    --------
    >>> fit = gl.multinomial("race ~ age + smoke", gl.datasets.birthwt(), base="white")
    >>> fit.params.round(4)
    outcome  term
    black    Intercept    1.7308
             age         -0.1174
             smoke       -0.7675
    other    Intercept    2.2963
             age         -0.0873
             smoke       -1.7930
    Name: estimate, dtype: float64
    """
    control, level = control or Control(), check_level(level, 0.95)
    rows = level_rows(formula, data, base, options)
    require_enough_rows(rows)
    likelihood, notes = likelihood_of(rows, control)
    return finish(rows, maximise(likelihood, None, control), "Maximum likelihood", level, control, notes=notes)


def of_levels(formula_or_design: str | Design, data: Any, base: Any, options: DesignOptions) -> bool:
    """Whether the outcome is one of several levels."""
    if isinstance(formula_or_design, Design):
        return formula_or_design.levels is not None
    if base is not None:
        return True
    alone = options.get("event") is None and options.get("trials") is None and isinstance(formula_or_design, str)
    return alone and data is not None and has_levels(formula_or_design, data, options.get("functions"))


def level_options(options: DesignOptions) -> LevelOptions:
    """Options of rows of several levels; DataError for those of rows with one event."""
    single = ("event", "trials", "class_weight")
    if options.get("class_weight") is not None:
        raise UnsupportedError(_NO_CLASS_WEIGHTS)
    unknown = [name for name in single if options.get(name) is not None]
    if unknown:
        raise DataError(f"{unknown[0]}= is of an outcome with one event; of several levels leave it out")
    return cast("LevelOptions", {name: value for name, value in options.items() if name not in single})


_NO_CLASS_WEIGHTS = (
    "class weights of an outcome of several levels make a penalised fit for predictions, gl.elastic_net(..., "
    "class_weight='balanced'): standard errors and bias corrections count observations, and class weights are none. "
    "Leave class_weight= out here"
)


def likelihood_of(rows: Design, control: Control) -> tuple[MultinomialLogit, tuple[Note, ...]]:
    """The likelihood of rows whose outcome has levels, with what is to be known of its size and base."""
    outcome = rows.outcome
    if rows.class_weighted:
        raise UnsupportedError(_NO_CLASS_WEIGHTS)
    _refuse_size(rows)
    likelihood = multinomial_logit(rows, outcome.levels, outcome.levels.index(outcome.base), control.threads)
    return likelihood, (*rare_base(outcome, likelihood.levels.totals(rows.weights)), *_size_note(rows))


def level_rows(formula: str | Design, data: Any, base: Any, options: LevelOptions) -> Design:
    """The design given, or that of a formula whose outcome has levels."""
    if isinstance(formula, str):
        return level_design(formula, data, base=base, **options)
    if not isinstance(formula, Design):
        raise DataError(
            f"the first argument is a {type(formula).__name__}; give a formula and data: "
            f"gl.multinomial('outcome ~ x', data)"
        )
    if formula.outcome.ordered:
        raise DataError(
            "the rows are those of ordered levels, with cut points for a constant: give them to gl.ordinal, or a "
            "formula and data"
        )
    if formula.levels is None or data is not None or options or base is not None:
        raise DataError(
            "a Design is complete: give it alone, and of an outcome with levels, which a multinomial fit has as "
            "fit.design; otherwise give a formula and data"
        )
    return formula


def _coefficients(rows: Design) -> int:
    return (len(rows.outcome.levels) - 1) * rows.n_columns


def _megabytes(rows: Design) -> float:
    return 8e-6 * _coefficients(rows) ** 2


def _refuse_size(rows: Design) -> None:
    q = _coefficients(rows)
    if q > MOST_COEFFICIENTS:
        raise UnsupportedError(
            f"{len(rows.outcome.levels):,} levels and {rows.n_columns:,} columns make {q:,} coefficients, and one "
            f"matrix of them is {_megabytes(rows) / 1000:.1f} GB. Merge rare levels of the outcome or leave out terms"
        )


def _size_note(rows: Design) -> tuple[Note, ...]:
    q = _coefficients(rows)
    if q < MANY_COEFFICIENTS:
        return ()
    return (
        Note("size", sentence("{n} coefficients: one matrix of them is {size} MB.", n=q, size=round(_megabytes(rows)))),
    )
