"""Cross-checks: the same model refitted by another system, quantity by quantity."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from glmlogit.documents.formatting import number
from glmlogit.documents.from_frame import table_from_frame
from glmlogit.documents.naming import named_page
from glmlogit.documents.paged import Paged
from glmlogit.documents.pages import Summary, Table
from glmlogit.documents.style import say, using
from glmlogit.errors import ArgumentError, DataError
from glmlogit.estimate.estimate import Estimate
from glmlogit.inference.confint import confint
from glmlogit.messages.calls import described
from glmlogit.messages.labels import beneath
from glmlogit.messages.lines import columns, filled
from glmlogit.messages.words import Name, joined, sentence
from glmlogit.numerics.linalg import lengths
from glmlogit.peers.claim import Claim, reader_of
from glmlogit.peers.compared import Comparison, compare, digits, row, table_of
from glmlogit.peers.peer import PEERS, QUANTITIES, Answer

Array = npt.NDArray[np.float64]

_HEADS = {"ok": "Agrees", "difference": "Difference"}


def _eight_digits(values: Iterable[float]) -> list[str]:
    return [f"{x:#.8g}" if math.isfinite(x) else number(x) for x in values]


def _magnitudes(values: Iterable[float]) -> list[str]:
    return [f"{x:.0e}" if math.isfinite(x) else number(x) for x in values]


@dataclass(frozen=True, eq=False, repr=False)
class Validation(Paged):
    """Comparison of a fit with another system.

    Attributes
    ----------
    table : DataFrame
        A row a quantity and term: ``quantity term glmlogit peer difference ok reason``. ``difference``
        is in standard errors for coefficients and limits, relative for the rest; ``ok`` is missing and
        ``reason`` given where nothing was compared.
    against, version : str
        The other system.
    rtol : float
        Largest difference that passes.
    remarks : tuple of str
        Of a result that was handed in: what is doubtful of it, and whose standard errors it has.
    digits : float
        Of such a result: to how many digits the numbers agree that do.
    printed : bool
        Whether these are numbers that were printed with a few digits.
    """

    table: pd.DataFrame = field(repr=False)
    against: str
    version: str
    rtol: float
    remarks: tuple[str, ...] = ()
    digits: float | None = None
    printed: bool = False

    @property
    def passed(self) -> bool:
        """Whether something was compared and everything compared agrees."""
        compared = self.table["ok"].dropna()
        return bool(len(compared)) and bool(compared.all())

    def __str__(self) -> str:
        with using(self._styled), beneath((self,)):
            page = named_page(self._page)
            verdict, *below = (filled(text, columns(), "  ") for text in (page.title, *page.notes))
            return "\n".join([verdict, *(table.to_text() for table in page.tables), *below])

    __repr__ = __str__

    @property
    def _page(self) -> Summary:
        return Summary(
            self._verdict(),
            tables=self._tables(),
            notes=self._sentences(),
            coefficients=self.table,
            holds="comparison",
        )

    def _tables(self) -> tuple[Table, ...]:
        """What was compared, if anything was."""
        done = self.table["ok"].notna()
        shown = (
            self.table[done].drop(columns="reason").set_index("quantity").rename_axis("Quantity").rename(columns=_HEADS)
        )
        shown["Agrees"] = shown["Agrees"].map({True: say("yes"), False: say("NO")})
        shown = shown.rename(index=say)
        formats = {"glmlogit": _eight_digits, self.against: _eight_digits, "Difference": _magnitudes}
        table = table_from_frame(shown.rename(columns={"peer": self.against}), formats=formats)
        return (table,) if done.any() else ()

    def _sentences(self) -> tuple[str, ...]:
        """Why the rest was not compared, and what is doubtful."""
        skipped: dict[str, list[str]] = {}
        for quantity, reason in self.table.loc[self.table["ok"].isna(), ["quantity", "reason"]].to_numpy():
            skipped.setdefault(reason, []).append(quantity)
        reasons = (
            sentence("not compared: {names}: {reason}", names=list(dict.fromkeys(names)), reason=reason)
            for reason, names in skipped.items()
        )
        return (*reasons, *(sentence("note: {remark}", remark=remark) for remark in self.remarks))

    def _verdict(self) -> str:
        done = self.table["ok"].dropna()
        what: str = "agrees" if self.passed else "DIFFERS" if len(done) else "nothing compared"
        if self.digits is not None and len(done):
            what = self._agreement()
        peer = joined([part for part in (self.against, self.version) if part])
        return sentence("Against {peer}: {what} (tolerance {rtol})", peer=peer, what=what, rtol=f"{self.rtol:g}")

    def _agreement(self) -> str:
        wrong = self.table[self.table["ok"].fillna(True).astype(bool).eq(False)]
        agrees = sentence("agrees to {n} digits", n=f"{self.digits:.0f}")
        if self.printed:
            agrees = sentence("agrees to the last digit printed")
        if wrong.empty:
            return agrees
        if not self.table["ok"].fillna(False).astype(bool).any():
            near = digits(wrong)
            return (
                sentence("agrees to {n} digits ONLY", n=f"{near:.0f}")
                if near >= 2 and not self.printed
                else "DIFFERS in everything compared"
            )
        exceptions = [_exception(self.table, q, rows) for q, rows in wrong.groupby("quantity", sort=False)]
        return sentence("{agrees}, EXCEPT {quantities}", agrees=agrees, quantities=exceptions)


def _exception(table: pd.DataFrame, quantity: Any, wrong: pd.DataFrame) -> str:
    """A quantity that differs, and where it does so in some terms only: which."""
    compared = table[(table["quantity"] == quantity) & table["ok"].notna()]
    if len(wrong) == len(compared):
        return str(quantity)
    terms = [*wrong["term"].iloc[:3], *(["…"] if len(wrong) > 3 else [])]
    return sentence("{quantity} of {terms}", quantity=str(quantity), terms=terms)


def validate(
    fit: Any,
    against: Any = "statsmodels",
    rtol: float = 1e-6,
    *,
    data: Any = None,
    names: Mapping[str, str] | None = None,
) -> Validation:
    """Refit the model with another system and compare, or compare with a result that another program gave.

    Parameters
    ----------
    fit : Fit, or a result of another program
        A fit of any estimator of this package. A result of statsmodels or a fitted estimator of scikit-learn or glum is
        fitted here again, from the rows that it holds or ``data``.
    against : {"statsmodels", "r"}, or a result of another program
        R needs ``Rscript`` on the path. A result of statsmodels, a fitted estimator of scikit-learn or glum, or the
        text of a table of coefficients that R, Stata, SAS or statsmodels printed, also in Markdown, HTML, LaTeX or
        CSV, or the path of a file with one.
    rtol : float
        Tolerance: standard errors for coefficients and limits, relative for the other quantities. A printed number
        may differ by half a unit of its last digit as well.
    data : tuple (X, y) or (X, y, sample_weight), optional
        The rows of an estimator that keeps none.
    names : mapping of their term to a term of the fit, optional
        Where names are too different: ``{"factor(race)2": "race[T.black]"}``.

    Returns
    -------
    Validation
        Rows for params, bse, llf, deviance and Wald limits. Where the peer is known to be wrong or
        undefined, the row says why it is not compared. ``remarks`` say what is doubtful of a result: not converged,
        separated, penalised, rows dropped, another base, errors of another kind than it says.

    Raises
    ------
    DataError
        For another peer, a text without a table, or a tolerance outside (0, 1).
    UnsupportedError
        Where R is asked for and not installed, and for results of other models.

    Notes
    -----
    Both peers get the model columns of this fit, so factor coding plays no part. Of several outcomes R's are
    ``nnet::multinom`` and ``ordinal::clm`` (``MASS::polr`` without that package), statsmodels' ``MNLogit`` and
    ``OrderedModel``. *Matches* R's ``glm`` and statsmodels' ``Logit`` and ``GLM``, to the tolerance, wherever
    ``passed`` is true. *Differs* from R's and
    statsmodels' defaults in asking both for tight convergence; their default stopping rules leave 4 to
    8 digits.

    Examples
    --------
    >>> fit = gl.logit("low ~ age + smoke", gl.datasets.birthwt())
    >>> fit.validate().passed
    True
    >>> table = "term,estimate\\n(Intercept),0.0609\\nage,-0.0498\\nsmoke,0.6918"
    >>> fit.validate(table).passed
    True
    """
    if not 0 < rtol < 1:
        raise DataError(f"rtol={rtol!r}: give a tolerance between 0 and 1, such as 1e-6")
    own = isinstance(fit, Estimate)
    claim = _claim(against, data) if own else _foreign(fit, data)
    if not own:
        _require_no_other(against)
        assert claim is not None
        fit = claim.refit() if claim.refit else fit
    if claim is not None:
        return _of_claim(compare(fit, claim, rtol, names), claim, rtol)
    peer = PEERS[against]
    answer = peer.refit(fit)
    return Validation(_compare(fit, answer, rtol), answer.title or peer.title, answer.version, rtol)


def _claim(against: Any, data: Any) -> Claim | None:
    """What a result says that a fit is compared with; None for the name of a system that refits."""
    if isinstance(against, str) and against in PEERS:
        return None
    if getattr(against, "ndim", None):
        raise ArgumentError(
            f"validate() takes one value as against, not {described(against)}; give a result, or a table as text"
        )
    reader = reader_of(against)
    if reader is None:
        shown = against if isinstance(against, str) else described(against)
        raise DataError(
            f"against={shown!r} is not known; give {' or '.join(map(repr, PEERS))}, a result of statsmodels, a fitted "
            f"estimator of scikit-learn or glum, the text of a printed table or the path of a file with one"
        )
    return reader.read(against, data)


def _foreign(value: Any, data: Any) -> Claim:
    """What a result says that stands in place of a fit."""
    reader = None if isinstance(value, str) else reader_of(value)
    if reader is None:
        raise ArgumentError(
            f"validate() takes a fit, or a result of statsmodels, scikit-learn or glum, not {described(value)}. A "
            f"printed table needs a fit: fit.validate(against=table); fit first: fit = gl.logit(formula, data)"
        )
    claim = reader.read(value, data)
    if claim.refit is None:
        raise ArgumentError(f"validate() takes a fit, not {described(value)}, which holds no rows to fit")
    return claim


def _require_no_other(against: Any) -> None:
    if against != "statsmodels":
        raise ArgumentError(
            "validate() takes one result of another program, which is fitted here again; to compare two with each "
            "other compare each with a fit: fit.validate(against=result)"
        )


def _of_claim(comparison: Comparison, claim: Claim, rtol: float) -> Validation:
    extra = (comparison.remarks, comparison.digits, bool(claim.rounded))
    return Validation(comparison.table, claim.title, claim.version, rtol, *extra)


def _compare(fit: Estimate, answer: Answer, rtol: float) -> pd.DataFrame:
    limits = confint(fit)
    by_term = {"params": fit.params, "bse": fit.bse, "conf_low": limits["conf_low"], "conf_high": limits["conf_high"]}
    rows: list[dict[str, Any]] = []
    for quantity in QUANTITIES:
        if quantity in answer.refused:
            rows.append(row(quantity, "", math.nan, math.nan, math.nan, None, answer.refused[quantity]))
        elif quantity in by_term:
            rows += _term_rows(fit, quantity, by_term[quantity], answer.values[quantity], rtol)
        else:
            rows.append(_scalar_row(quantity, getattr(fit, quantity), float(answer.values[quantity]), rtol))
    return table_of(rows)


def _term_rows(fit: Estimate, quantity: str, mine: Any, theirs: Any, rtol: float) -> list[dict[str, Any]]:
    units = mine.abs() if quantity == "bse" else fit.bse.fillna(_model_errors(fit))
    reasons = [
        sentence(
            "{term} is aliased here" if math.isnan(estimate) else "{kind} gives no standard error for {term}",
            term=Name(str(term)),
            kind=fit.cov_kind,
        )
        for term, estimate in fit.params.items()
    ]
    values = zip(fit.coefs.labels, mine, theirs, units, reasons, strict=True)
    return [_term_row(quantity, *cells, rtol) for cells in values]


def _model_errors(fit: Estimate) -> pd.Series[float]:
    """Standard errors from the information, defined also where a robust covariance is not."""
    return fit.solution.labelled(lengths(fit.surface.inverse_root), "std_error")


def _scalar_row(quantity: str, value: float, theirs: float, rtol: float) -> dict[str, Any]:
    difference = abs(value - theirs) / max(1.0, abs(theirs))
    return row(quantity, "", value, theirs, difference, bool(difference <= rtol), "")


def _term_row(
    quantity: str, term: str, value: float, theirs: float, unit: float, reason: str, rtol: float
) -> dict[str, Any]:
    if math.isnan(value):
        return row(quantity, term, value, theirs, math.nan, None, reason)
    difference = abs(value - theirs) / unit if unit > 0 else (0.0 if value == theirs else math.inf)
    return row(quantity, term, value, theirs, difference, bool(difference <= rtol), "")
