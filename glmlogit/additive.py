"""Interaction on the additive scale: what two exposures do together beyond the sum of what each does alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from glmlogit import formula as formulas
from glmlogit._tails import normal_pvalue, normal_quantile
from glmlogit.errors import DataError, UnsupportedError
from glmlogit.intake import Note, check_choice
from glmlogit.intervals import check_level
from glmlogit.prediction import breaks_alias, limits_of
from glmlogit.reporting import Summary, table_from_frame

if TYPE_CHECKING:
    from glmlogit.fit import Fit

Array = npt.NDArray[np.float64]
Method = Literal["delta", "mover"]
Levels = dict[str, tuple[Any, Any]]  # exposed, reference

MEASURES = ("RERI", "AP", "S")
GROUPS = ("OR00", "OR10", "OR01", "OR11")
_BELOW = -1e-12  # an odds ratio that is 1 up to rounding is not below 1


# --- functions of the log odds ratios of the groups 10, 01 and 11 ----------------------------------
def measures(log_or: Array) -> Array:
    """RERI, AP and S of the log odds ratios of three groups against the fourth.

    Parameters
    ----------
    log_or : ndarray (..., 3)
        Logarithms of OR10, OR01 and OR11; ±inf are legal.

    Returns
    -------
    ndarray (..., 3)
        ``RERI = OR11 − OR10 − OR01 + 1``, ``AP = RERI/OR11``, ``S = (OR11 − 1)/(OR10 + OR01 − 2)``; NaN where
        infinities cancel.

    Notes
    -----
    Rothman (1986), *Modern Epidemiology*, ch. 15. Written in the excesses OR − 1, so that small effects keep
    their digits. *Matches* R's ``epiR::epi.interaction``. *Differs*: any number of triples at once.
    """
    with np.errstate(all="ignore"):
        excess = np.expm1(log_or)
        alone, both = excess[..., 0] + excess[..., 1], excess[..., 2]
        share = -np.expm1(-log_or[..., 2]) - alone * np.exp(-log_or[..., 2])
        return np.stack([both - alone, share, both / alone], axis=-1)


def gradients(log_or: Array) -> Array:
    """Gradients of RERI, AP and ln S by the log odds ratios, a row each (Hosmer & Lemeshow 1992)."""
    with np.errstate(all="ignore"):
        ratio, excess = np.exp(log_or), np.expm1(log_or)
        alone = excess[0] + excess[1]
        return np.array(
            [
                ratio * [-1.0, -1.0, 1.0],
                np.append(-ratio[:2], alone + 1.0) * np.exp(-log_or[2]),
                np.append(-ratio[:2] / alone, ratio[2] / excess[2]),
            ]
        )


def standard_errors(log_or: Array, cov: Array) -> Array:
    """Delta-method standard errors of RERI, AP and ln S; NaN where undefined, as for ln S of an S below 0."""
    along = gradients(log_or)
    with np.errstate(all="ignore"):
        errors = np.sqrt(np.einsum("ij,jk,ik->i", along, cov, along))
    defined = np.isfinite(errors) & [True, True, measures(log_or)[2] > 0]
    return np.where(defined, errors, np.nan)


def delta_limits(log_or: Array, cov: Array, z: float) -> Array:
    """Limits of RERI and AP on their own scale, of S on that of ln S; shape (3, 2)."""
    half = z * standard_errors(log_or, cov)[:, None] * [-1.0, 1.0]
    found = measures(log_or)[:, None] + half
    found[2] = measures(log_or)[2] * np.exp(half[2])
    return found


# Rows that make of the log odds ratios those terms whose exponentials add up to RERI − 1 and to AP − 1.
_SIGNS = np.array([-1.0, -1.0, 1.0])
_TERMS = np.array([np.eye(3), [[1.0, 0.0, -1.0], [0.0, 1.0, -1.0], [0.0, 0.0, -1.0]]])


def mover_limits(log_or: Array, cov: Array, z: float) -> Array:
    """Limits of RERI and AP recovered from those of the odds ratios; shape (3, 2).

    Zou (2008): each ratio has the limits exp(θ ± z·SE), and a sum of ratios is as far from its limits as these
    are from them, combined by the correlations of the θ. ``ln S = ln(OR11 − 1) − ln(OR10 + OR01 − 2)`` is a
    difference of two terms with symmetric limits, for which the method is the delta method.
    """
    found = delta_limits(log_or, cov, z)
    found[:2] = [_recovered(row, log_or, cov, z) for row in range(2)]
    return found


def _recovered(row: int, log_or: Array, cov: Array, z: float) -> Array:
    """Limits of RERI (row 0) or AP (row 1): one and a sum of ±exp(logs)."""
    logs, cov = _TERMS[row] @ log_or, _TERMS[row] @ cov @ _TERMS[row].T
    with np.errstate(all="ignore"):
        ratio, error = np.exp(logs), np.sqrt(np.diagonal(cov))
        correlation = cov / np.outer(error, error)
        down, up = -ratio * np.expm1(-z * error), ratio * np.expm1(z * error)
        below, above = np.where(_SIGNS > 0, down, -up), np.where(_SIGNS > 0, up, -down)
        lengths = [np.sqrt(np.maximum(side @ correlation @ side, 0.0)) for side in (below, above)]
    return np.asarray(1.0 + _SIGNS @ ratio + np.array([-lengths[0], lengths[1]]))


def delta_pvalues(log_or: Array, cov: Array) -> Array:
    """Two-sided Wald p-values of RERI = 0, AP = 0 and ln S = 0."""
    found = measures(log_or)
    with np.errstate(all="ignore"):
        return normal_pvalue(np.append(found[:2], np.log(found[2])) / standard_errors(log_or, cov))


def mover_pvalues(log_or: Array, cov: Array) -> Array:
    """P-values that agree with :func:`mover_limits`: one minus the level at which a limit reaches the null."""
    found = delta_pvalues(log_or, cov)
    found[:2] = [_reaching_zero(partial(_recovered, row, log_or, cov)) for row in range(2)]
    return found


def _reaching_zero(limits: Callable[[float], Array]) -> float:
    """P-value of the quantile z at which one of two limits is 0; itself 0 where that would underflow."""
    from scipy.optimize import brentq

    estimate = limits(0.0)[0]
    side = int(estimate <= 0)
    z = 1.0
    while z < 40.0 and limits(z)[side] * estimate > 0:
        z *= 2.0
    if not np.isfinite(limits(z)[side]):
        return np.nan
    beyond = limits(z)[side] * estimate > 0
    return float(normal_pvalue(z if beyond else brentq(lambda z: limits(z)[side], 0.0, z, xtol=1e-14)))


# --- from a fit -----------------------------------------------------------------------------------
@dataclass(frozen=True, eq=False, repr=False)
class AdditiveInteraction:
    """Additive interaction of two exposures; prints as a page, ``summary()`` writes it in other formats.

    Attributes
    ----------
    table : DataFrame
        ``estimate std_error conf_low conf_high p_value`` of ``RERI``, ``AP`` and ``S``. The standard error is
        the delta method's, of S that of ln S; the p-value is that of RERI = 0, AP = 0 and S = 1.
    odds_ratios : DataFrame
        The four joint groups ``OR00 OR10 OR01 OR11``: their levels, ``odds_ratio conf_low conf_high``.
    levels : dict of str to (exposed, reference)
    method : {"delta", "mover"}
    level : float
    notes : tuple of Note
        What the reader must know: no product term, preventive factors, reasons for NaN.
    """

    table: pd.DataFrame
    odds_ratios: pd.DataFrame
    levels: Levels
    method: Method
    level: float
    notes: tuple[Note, ...]

    def summary(self) -> Summary:
        """Return the page, which can ``to_markdown``, ``to_latex`` and ``to_html``."""
        how = "delta method" if self.method == "delta" else "MOVER, variances recovered from the limits of the ORs"
        return Summary(
            title=f"Additive interaction of {' and '.join(self.levels)}",
            header=(("Limits", f"{100 * self.level:g}%, {how}"), ("p-values", "RERI = 0, AP = 0, S = 1")),
            tables=(
                table_from_frame(self.odds_ratios, title="Odds ratios of the joint groups"),
                table_from_frame(
                    self.table, title="Departure from additivity; the standard error of S is that of ln S"
                ),
            ),
            notes=tuple(note.text for note in self.notes),
        )

    def __str__(self) -> str:
        return str(self.summary())

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return self.summary().to_html()


def interaction(
    fit: Fit,
    a: str,
    b: str,
    *,
    method: Method = "delta",
    levels: Mapping[str, tuple[Any, Any]] | None = None,
    recode: bool = False,
    level: float | None = None,
) -> AdditiveInteraction:
    """Interaction of two exposures as departure from additivity: RERI, AP and the synergy index.

    Parameters
    ----------
    fit : Fit
        From a formula that holds both, as a rule with their product: ``"y ~ a*b + age"``.
    a, b : str
        Variables of the formula: 0/1, bool, or a factor with two levels.
    method : {"delta", "mover"}
        Symmetric limits, or limits that inherit the asymmetry of those of the odds ratios.
    levels : mapping of str to (exposed, reference), optional
        ``{"race": ("black", "white")}``: which two levels of a variable are compared.
    recode : bool
        Take the joint group with the lowest odds as the reference, whatever the levels say.
    level : float, optional
        Coverage; default that of the fit (0.95).

    Returns
    -------
    AdditiveInteraction
        Its ``table`` has the rows ``RERI AP S``. NaN where undefined, with the reason in ``notes``.

    Raises
    ------
    DataError
        For variables not in the model, levels that cannot be told, or an effect that depends on a third variable.
    UnsupportedError
        For a fit from arrays, or an exposure in the offset.

    Notes
    -----
    Hosmer & Lemeshow (1992), *Epidemiology* 3:452; Zou (2008), *Am J Epidemiol* 168:212; recoding by Knol et al.
    (2011), *Eur J Epidemiol* 26:433. *Matches* R's ``epiR::epi.interaction`` (delta) and the limits Zou prints
    (MOVER). *Differs*: uses the fit's covariance; MOVER has p-values, by inversion. Odds ratios stand for risk
    ratios only where the outcome is rare.
    """
    check_choice("method", method, ("delta", "mover"))
    level = check_level(level, fit.level)
    chosen = _levels(fit, (a, b), levels or {})
    groups = _groups(fit, chosen)
    log_or, cov = _log_odds_ratios(fit, groups)
    notes = [] if _has_product(fit, a, b) else [Note("no_product", _NO_PRODUCT.format(a=a, b=b))]
    lowest = int(np.argmin(np.append(_BELOW, log_or)))
    if lowest and not np.isnan(log_or).any():
        other = _flipped(chosen, lowest)
        if recode:
            chosen, groups = other, groups[[group ^ lowest for group in range(4)]]
            log_or, cov = _log_odds_ratios(fit, groups)
            notes.append(Note("recoded", _RECODED.format(_named(chosen, 0))))
        else:
            notes.append(Note("preventive", _preventive(chosen, other, log_or, lowest)))
    z = normal_quantile(level)
    table = _table(log_or, cov, z, method)
    notes += _reasons(fit, log_or)
    return AdditiveInteraction(table, _group_table(chosen, log_or, cov, z), chosen, method, level, tuple(notes))


# --- variables and their levels -------------------------------------------------------------------
def _levels(fit: Fit, names: tuple[str, str], given: Mapping[str, Any]) -> Levels:
    """Exposed and reference level of both variables, once the model is known to allow the question."""
    spec = fit.design.columns
    if not isinstance(spec, formulas.Spec) or fit.design.frame is None:
        raise UnsupportedError(
            "the fit is from arrays, where nothing says which columns hold the exposures and their product; "
            'fit it from a formula: gl.logit("y ~ a*b + age", data)'
        )
    _require_variables(fit, names)
    unknown = [name for name in given if name not in names]
    if unknown:
        raise DataError(f"levels names {unknown[0]!r}, which is neither {names[0]!r} nor {names[1]!r}")
    _require_alone(fit, names)
    if fit.design.offset_name in names or _in_offset(spec, names):
        raise UnsupportedError(
            f"{' or '.join(names)} is part of the offset, a fixed effect outside the coefficients; fit without it"
        )
    return {name: _pair(fit, name, given[name]) if name in given else _told(fit, name) for name in names}


def _require_variables(fit: Fit, names: tuple[str, str]) -> None:
    known = list(dict.fromkeys(v for term in fit.design.terms for v in term.variables))
    absent = [name for name in names if name not in known]
    if absent:
        raise DataError(f"{absent[0]!r} is no variable of the model; its variables are {', '.join(known)}")
    if names[0] == names[1]:
        raise DataError(f"an interaction needs two variables, and both are {names[0]!r}")


def _require_alone(fit: Fit, names: tuple[str, str]) -> None:
    """Refuse terms that tie the exposures to a third variable."""
    for term in fit.design.terms:
        third = [v for v in term.variables if v not in names]
        tied = [v for v in term.variables if v in names]
        if third and tied:
            raise DataError(
                f"by the term {term.name} the effect of {' and '.join(tied)} depends on {', '.join(third)}, so RERI, "
                f"AP and S have another value at each {third[0]}. Fit without that term, or within levels of "
                f"{third[0]}: gl.logit(formula, data[data[{third[0]!r}] == ...])"
            )


def _in_offset(spec: formulas.Spec, names: tuple[str, str]) -> bool:
    formula = spec.formula
    return any(name in formula.expressions[offset].variables for offset in formula.offsets for name in names)


def _seen(fit: Fit, name: str) -> list[Any]:
    assert fit.design.frame is not None
    return list(fit.design.frame[name].drop_duplicates().tolist())


def _told(fit: Fit, name: str) -> tuple[Any, Any]:
    """Levels that need no telling: a factor's second against its reference, 1 against 0, True against False."""
    seen = _seen(fit, name)
    factor = next((f for f in fit.design.columns.factors if f.variable == name), None)
    if factor is not None and len(factor.levels) == 2:
        reference = factor.levels[0] if factor.reference is None else factor.reference
        return next(level for level in factor.levels if level != reference), reference
    if factor is None and sorted(seen) == [0, 1]:
        return max(seen), min(seen)
    shown = list(seen if factor is None else factor.levels)
    listed = f"{', '.join(map(repr, shown[:5]))}{', …' if len(shown) > 5 else ''}"
    raise DataError(
        f"{name!r} has the values {listed}, and which two are to be compared cannot be told; name the exposed and "
        f"the reference one, such as levels={{{name!r}: ({shown[-1]!r}, {shown[0]!r})}}"
    )


def _pair(fit: Fit, name: str, given: Any) -> tuple[Any, Any]:
    """Two levels given, both of which the data know."""
    if not isinstance(given, (tuple, list)) or len(given) != 2 or given[0] == given[1]:
        raise DataError(f"levels={{{name!r}: {given!r}}}: give two different levels, (exposed, reference)")
    seen = _seen(fit, name)
    number = not any(isinstance(value, str) for value in (*seen, *given))
    for value in given:
        if not (value in seen or (number and min(seen) <= value <= max(seen))):
            shown = f"between {min(seen)!r} and {max(seen)!r}" if number else f"one of {', '.join(map(repr, seen[:8]))}"
            raise DataError(f"levels={{{name!r}: ...}}: {value!r} is not in the data of the fit; give a value {shown}")
    return given[0], given[1]


def _has_product(fit: Fit, a: str, b: str) -> bool:
    return any({a, b} <= set(term.variables) for term in fit.design.terms)


# --- the four groups --------------------------------------------------------------------------------
def _level_of(pair: tuple[Any, Any], group: int, place: int) -> Any:
    """Level of the first (place 0) or second variable in group 0, 1, 2, 3 = 00, 10, 01, 11."""
    return pair[0] if group >> place & 1 else pair[1]


def _groups(fit: Fit, chosen: Levels) -> Array:
    """Model columns of the groups 00, 10, 01, 11, alike in everything else; shape (4, p)."""
    assert fit.design.frame is not None
    frame = fit.design.frame.iloc[[0] * 4].reset_index(drop=True)
    for place, (name, pair) in enumerate(chosen.items()):
        values = pd.Series([_level_of(pair, group, place) for group in range(4)])
        categories = isinstance(frame[name].dtype, pd.CategoricalDtype)
        frame[name] = values.astype(frame[name].dtype) if categories else values
    return fit.design.columns.matrix(frame)[0]


def _log_odds_ratios(fit: Fit, groups: Array) -> tuple[Array, Array]:
    """Log odds ratios of three groups against the first, and their covariance ``R V R'``."""
    rows = groups[1:] - groups[0]
    log_or = fit.linear_predictor(rows) + limits_of(fit, rows)
    log_or[breaks_alias(fit, rows)] = np.nan
    if _no_errors(fit):
        return log_or, np.full((3, 3), np.nan)
    part, known = rows[:, fit.maximum.estimated], np.isfinite(log_or)
    return log_or, np.where(known[:, None] & known, part @ fit.covariance_matrix @ part.T, np.nan)


def _no_errors(fit: Fit) -> str:
    """Why the fit has no standard errors; empty where it has."""
    return fit.capabilities.wald or ("" if fit.maximum.reached else fit.status.value)


# --- the answer -------------------------------------------------------------------------------------
def _table(log_or: Array, cov: Array, z: float, method: Method) -> pd.DataFrame:
    limits, pvalues = (delta_limits, delta_pvalues) if method == "delta" else (mover_limits, mover_pvalues)
    low, high = limits(log_or, cov, z).T
    columns = {
        "estimate": measures(log_or),
        "std_error": standard_errors(log_or, cov),
        "conf_low": low,
        "conf_high": high,
        "p_value": pvalues(log_or, cov),
    }
    return pd.DataFrame(columns, index=list(MEASURES))


def _group_table(chosen: Levels, log_or: Array, cov: Array, z: float) -> pd.DataFrame:
    half = z * np.sqrt(np.diagonal(cov))
    with np.errstate(over="ignore"):
        ratios = np.exp([log_or, log_or - half, log_or + half])
    columns = {
        name: [_level_of(pair, group, place) for group in range(4)] for place, (name, pair) in enumerate(chosen.items())
    }
    reference = [1.0, np.nan, np.nan]
    numbers = pd.DataFrame(np.vstack([reference, ratios.T]), columns=["odds_ratio", "conf_low", "conf_high"])
    return pd.concat([pd.DataFrame(columns), numbers], axis=1).set_index(pd.Index(GROUPS))


def _flipped(chosen: Levels, lowest: int) -> Levels:
    """Levels that make a group the reference."""
    return {
        name: (pair[1], pair[0]) if lowest >> place & 1 else pair for place, (name, pair) in enumerate(chosen.items())
    }


def _named(chosen: Levels, group: int) -> str:
    return ", ".join(f"{name} = {_level_of(pair, group, place)}" for place, (name, pair) in enumerate(chosen.items()))


_NO_PRODUCT = (
    "The model has no term of {a} and {b} together: OR11 = OR10 × OR01 is imposed, not estimated, and so is what RERI, "
    "AP and S say. Add the product to the formula: {a}*{b}."
)
_RECODED = (
    "Recoded: the reference is the joint group with the lowest odds, {} (Knol et al. 2011). The data chose it, which "
    "standard errors and limits do not know."
)


def _preventive(chosen: Levels, other: Levels, log_or: Array, lowest: int) -> str:
    below = [f"{GROUPS[k + 1]} = {np.exp(x):.3g}" for k, x in enumerate(log_or) if x < _BELOW]
    return (
        f"{' and '.join(below)}, below 1: RERI, AP and S mislead where a factor is preventive (Knol et al. 2011). The "
        f"lowest odds are those of {_named(chosen, lowest)}; make it the reference: levels={other!r}, or recode=True."
    )


def _reasons(fit: Fit, log_or: Array) -> list[Note]:
    """Why numbers are missing or infinite."""
    lost = [name for name, x in zip(GROUPS[1:], log_or, strict=True) if np.isnan(x)]
    endless = [name for name, x in zip(GROUPS[1:], log_or, strict=True) if np.isinf(x)]
    notes = []
    if lost:
        why = "its coefficients are aliased, or the data separate and do not say which way"
        notes.append(Note("not_estimable", f"{', '.join(lost)} cannot be estimated: {why}."))
    if endless:
        why = "the data separate (see fit.separation.explain()); gl.firth gives finite estimates"
        notes.append(Note("infinite", f"{', '.join(endless)} has no finite, positive estimate: {why}."))
    if _no_errors(fit):
        notes.append(Note("no_errors", f"No standard errors and limits: {_no_errors(fit).rstrip('.')}."))
    both, alone = np.expm1(log_or[2]), np.expm1(log_or[:2]).sum()
    if not (lost or endless) and not both * alone > 0:
        why = f"OR11 − 1 = {both:.3g} and OR10 + OR01 − 2 = {alone:.3g} have not the same sign"
        notes.append(Note("synergy", f"ln S, and with it the limits of S, does not exist: {why}. Use RERI."))
    return notes
