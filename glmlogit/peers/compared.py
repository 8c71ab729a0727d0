"""A fit and a result of another program, quantity by quantity and term by term."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import pandas as pd

from glmlogit.errors import GlmlogitError
from glmlogit.inference.confint import confint
from glmlogit.inference.with_cov import with_cov
from glmlogit.messages.words import Name, sentence
from glmlogit.peers.claim import Claim
from glmlogit.peers.matching import Matching, matched, plain

if TYPE_CHECKING:
    from glmlogit.estimate.estimate import Estimate

AnyFit = TypeVar("AnyFit", bound="Estimate")

COLUMNS = ["quantity", "term", "glmlogit", "peer", "difference", "ok", "reason"]
BY_TERM = ("params", "bse", "conf_low", "conf_high")
SINGLE = ("llf", "deviance", "nobs")
_KINDS = ("model", "HC0", "HC0:stata", "HC1", "HC2", "HC3", "cluster", "cluster:none", "cluster:statsmodels")


@dataclass(frozen=True)
class Comparison:
    """The rows of a comparison, what is to be known of it, and to how many digits the numbers agree."""

    table: pd.DataFrame
    remarks: tuple[str, ...]
    digits: float


def compare(fit: Estimate, claim: Claim, rtol: float, names: Mapping[str, str] | None = None) -> Comparison:
    """Compare with what another program says."""
    labels = [*fit.params.index]
    pairing = matched(labels, [*claim.values.get("params", claim.values.get("bse", {}))], names)
    own = _with_errors(fit, claim.errors)
    rows: list[dict[str, Any]] = []
    remarks = [*claim.remarks, *_of_the_fit(fit), *_of_rows(fit, claim), *_of_terms(fit, pairing, claim)]
    mine = _numbers(own, claim.level)
    for quantity in BY_TERM:
        if quantity in claim.refused:
            rows.append(row(quantity, "", math.nan, math.nan, math.nan, None, claim.refused[quantity]))
        elif quantity in claim.values:
            rows += _rows(quantity, own, mine, claim, pairing, rtol)
    if not _wrong(rows, "params"):
        remarks += _named_otherwise(rows, own, claim, pairing, rtol)
    rows += [_single(q, own, claim, rtol) for q in SINGLE if q in claim.values or q in claim.refused]
    rows += [
        row("params", _text(n), math.nan, claim.values["params"][n], math.nan, False, "not a term of the fit")
        for n in pairing.theirs
        if "params" in claim.values
    ]
    rows += [
        row("params", _text(n), fit.params[n], math.nan, math.nan, False, "not in the other result")
        for n in pairing.ours
        if not math.isnan(fit.params[n])
    ]
    table = table_of(rows)
    return Comparison(table, tuple(dict.fromkeys(remarks)), digits(table[table["ok"].fillna(False).astype(bool)]))


def table_of(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Rows as a table, whose reasons stay sentences."""
    reasons = pd.Series([line["reason"] for line in rows], dtype=object)
    return pd.DataFrame(rows, columns=COLUMNS).astype({"ok": "boolean"}).assign(reason=reasons)


def row(*cells: Any) -> dict[str, Any]:
    """A row of the table of a comparison."""
    return dict(zip(COLUMNS, cells, strict=True))


def _text(name: Any) -> str:
    return "[{}]{}".format(*name) if isinstance(name, tuple) else str(name)


def digits(table: pd.DataFrame) -> float:
    """Decimal digits to which all numbers of rows agree: the fewest, at most 15; 0 of no rows.

    Those of the number itself, or of its standard error where that is larger: a limit may be near 0.
    """
    if table.empty:
        return 0.0
    mine, theirs = (table[side].astype(float) for side in ("glmlogit", "peer"))
    relative = (mine - theirs).abs() / theirs.abs().clip(lower=np.finfo(float).tiny)
    apart = relative.clip(upper=table["difference"].astype(float))
    largest = float(apart.where(mine != theirs, 0.0).max())
    return float(max(0.0, min(15.0, math.floor(-math.log10(max(largest, 1e-15)))))) if largest < math.inf else 0.0


def _with_errors(fit: AnyFit, kind: str) -> AnyFit:
    """The fit with the errors that the other result names, with the normal distribution; as it is where it cannot."""
    if not kind or kind == fit.cov_kind:
        return fit if not fit.covariance.kind.clustered else with_cov(fit, reference="normal")
    try:
        return with_cov(fit, kind, reference="normal")
    except GlmlogitError:
        return fit


def _numbers(fit: Estimate, level: float) -> dict[str, pd.Series[float]]:
    numbers = {"params": fit.params, "bse": fit.bse}
    try:
        limits = confint(fit, level=level, method="wald")
    except GlmlogitError:
        return numbers
    return {**numbers, "conf_low": limits["conf_low"], "conf_high": limits["conf_high"]}


def _rows(
    quantity: str, fit: Estimate, mine: Mapping[str, Any], claim: Claim, pairing: Matching, rtol: float
) -> list[dict[str, Any]]:
    rows = []
    for there, here in pairing.pairs.items():
        theirs = claim.values[quantity].get(there, math.nan)
        value = mine[quantity][here] if quantity in mine else math.nan
        half = claim.rounded.get(quantity, {}).get(there, 0.0)
        rows.append(_row(quantity, here, value, theirs, abs(fit.bse[here]), half, rtol))
    return rows


def _row(quantity: str, here: Any, value: float, theirs: float, error: float, half: float, rtol: float) -> Any:
    term = _text(here)
    if math.isnan(theirs):
        return row(quantity, term, value, theirs, math.nan, None, "the other result has no number")
    if math.isnan(value):
        return row(quantity, term, value, theirs, math.nan, None, "no number here: aliased or not estimable")
    if math.isinf(value):
        same = value == theirs
        reason = "" if same else "infinite: the data are separated, and the other program stopped on its way"
        return row(quantity, term, value, theirs, 0.0 if same else math.inf, same, reason)
    unit = abs(value) if quantity == "bse" or not error > 0 else error
    gap = abs(value - theirs)
    difference = gap / unit if unit > 0 else (0.0 if gap == 0 else math.inf)
    ok = difference <= rtol or gap <= half * (1 + 1e-9) + 1e-15 * abs(theirs)
    return row(quantity, term, value, theirs, difference, bool(ok), "")


def _single(quantity: str, fit: Estimate, claim: Claim, rtol: float) -> dict[str, Any]:
    if quantity in claim.refused:
        return row(quantity, "", math.nan, math.nan, math.nan, None, claim.refused[quantity])
    value, theirs = float(getattr(fit, quantity)), float(claim.values[quantity][""])
    difference = abs(value - theirs) / max(1.0, abs(theirs))
    half = claim.rounded.get(quantity, {}).get("", 0.0)
    return row(quantity, "", value, theirs, difference, bool(difference <= rtol or abs(value - theirs) <= half), "")


# --- errors of another kind than the result says, or than the fit has --------------------------------
def _named_otherwise(
    rows: list[dict[str, Any]], fit: Estimate, claim: Claim, pairing: Matching, rtol: float
) -> list[str]:
    """Whose standard errors and limits these are, where they are not those of the kind compared."""
    said: list[str] = []
    if _few_digits(rows):
        return [
            sentence(
                "standard errors and limits agree to {n} digits: glm of R takes them from its last iterate but one "
                "(control = glm.control(epsilon = 1e-12) gives the rest); other programs stop early too",
                n=_few_digits(rows),
            )
        ]
    if _wrong(rows, "bse"):
        kind = _kind_of(fit, claim, pairing, rtol)
        stated = "says {stated}" if claim.errors else "is compared with {stated}"
        whose = "those of {kind} ({call} has them)" if kind else "of no kind that is known here"
        said.append(
            sentence(
                f"standard errors: {{title}} {stated}; its numbers are {whose}",
                title=claim.title,
                stated=claim.errors or fit.cov_kind,
                kind=kind,
                call=f"fit.with_cov({kind!r})",
            )
        )
    elif _wrong(rows, "conf_low") or _wrong(rows, "conf_high"):
        said += _of_limits(rows, fit, claim, pairing, rtol)
    return said


def _few_digits(rows: list[dict[str, Any]]) -> int:
    """How many digits, from 4 on, errors and limits have that differ; 0 where none do, or by more."""
    table = pd.DataFrame(rows, columns=COLUMNS)
    table = table[table["quantity"].isin(BY_TERM[1:]) & table["difference"].notna()]
    apart = float(table["difference"].max()) if len(table) else 0.0
    return int(-math.log10(apart)) if table["ok"].eq(False).any() and apart < 1e-4 else 0


def _wrong(rows: list[dict[str, Any]], quantity: str) -> bool:
    return any(r["quantity"] == quantity and r["ok"] is False for r in rows)


def _kind_of(fit: Estimate, claim: Claim, pairing: Matching, rtol: float) -> str:
    """The first kind of covariance that gives their standard errors; empty where none does."""
    for kind in _KINDS:
        try:
            changed = with_cov(fit, kind)
        except GlmlogitError:
            continue
        rows = _rows("bse", changed, {"bse": changed.bse}, claim, pairing, rtol)
        if any(r["ok"] for r in rows) and not _wrong(rows, "bse"):
            return kind
    return ""


def _of_limits(rows: list[dict[str, Any]], fit: Estimate, claim: Claim, pairing: Matching, rtol: float) -> list[str]:
    """Put profile limits in the rows where theirs are such."""
    try:
        limits = confint(fit, level=claim.level, method="profile")
    except GlmlogitError:
        return []
    mine = {"conf_low": limits["conf_low"], "conf_high": limits["conf_high"]}
    profiled = [r for q in mine if q in claim.values for r in _rows(q, fit, mine, claim, pairing, max(rtol, 1e-4))]
    if any(r["ok"] is False for r in profiled):
        return []
    for old in [r for r in rows if r["quantity"] in mine]:
        rows.remove(old)
    rows += profiled
    return ["limits: theirs are of the profile likelihood, and are compared with profile limits"]


# --- what is to be known ------------------------------------------------------------------------------
def _of_the_fit(fit: Estimate) -> list[str]:
    remarks: list[str] = []
    if not fit.converged:
        remarks.append(sentence("the fit here: {how}", how=fit.status.value))
    if fit.coefs.separated:
        infinite = [_text(name) for name, value in fit.params.items() if math.isinf(value)]
        remarks.append(
            sentence(
                "the data are separated: {names} without a finite maximum; a finite number of another program is where "
                "its iteration stopped",
                names=list(map(Name, infinite)) or "combinations of coefficients",
            )
        )
    if fit.coefs.aliases:
        aliased = [_text(name) for name, value in fit.params.items() if math.isnan(value)]
        text = "aliased here (a linear combination of earlier columns): {names}"
        remarks.append(sentence(text, names=list(map(Name, aliased))))
    return remarks


def _of_rows(fit: Estimate, claim: Claim) -> list[str]:
    theirs = claim.values.get("nobs", {}).get("", fit.sample.nobs)
    if theirs == fit.sample.nobs:
        return []
    return [
        sentence(
            "other rows: {there} there, {here} here (missing values, a selection, or weights); numbers of other rows "
            "differ",
            there=round(theirs),
            here=round(fit.sample.nobs),
        )
    ]


def _of_terms(fit: Estimate, pairing: Matching, claim: Claim) -> list[str]:
    """Another base of a factor, and names that may be the same."""
    remarks: list[str] = []
    params = claim.values.get("params", {})
    references = {
        plain(f"{factor.variable}{factor.reference}"): factor
        for factor in fit.columns.factors
        if factor.reference is not None
    }
    for name in pairing.theirs:
        factor = references.get(plain(name))
        near = [n for n in pairing.ours if math.isclose(fit.params[n], params.get(name, math.nan), rel_tol=1e-3)]
        if factor is not None:
            remarks.append(
                sentence(
                    "another base: {name} has {reference} as reference here, and {title} gives it a coefficient; "
                    "{call} sets the reference",
                    name=Name(factor.variable),
                    reference=repr(factor.reference),
                    title=claim.title,
                    call=f"C({factor.variable}, Treatment('…'))",
                )
            )
        elif len(near) == 1:
            option = f"names={{{name!r}: {near[0]!r}}}"
            text = "{theirs} has the estimate of {ours}: {option} compares them"
            remarks.append(sentence(text, theirs=repr(name), ours=repr(near[0]), option=option))
    return remarks
