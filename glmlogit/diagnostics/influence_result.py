"""What influence prints: the cases to look at, by rules of thumb, and what to do about them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from glmlogit.diagnostics.cases import Cases
from glmlogit.diagnostics.deleted import Deleted
from glmlogit.diagnostics.pictures import Against, draw_influence
from glmlogit.documents.formatting import number, numeral
from glmlogit.documents.from_frame import table_from_frame
from glmlogit.documents.paged import Paged
from glmlogit.documents.pages import Summary
from glmlogit.documents.style import say
from glmlogit.drawing.sizes import Width
from glmlogit.messages.notes import Note
from glmlogit.messages.options import check_choice
from glmlogit.messages.words import Sentence, plural, sentence, written
from glmlogit.numerics.lazy import cached_property
from glmlogit.numerics.tails import normal_pvalue

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from glmlogit.estimate.estimate import Estimate

Array = npt.NDArray[np.float64]

# Rules of thumb of Hosmer, Lemeshow & Sturdivant (2013, §5.3): labels, no tests.
LARGE_DELTA_BETA, LARGE_DELTA_CHI2, LARGE_HAT = 1.0, 4.0, 2.0
# Cases that the page lists.
MOST_LISTED = 10


class Changes(NamedTuple):
    """How each case changes the coefficients: ``exact`` (n, p), or after one step, to be worked out when asked for.

    One step is ``L z`` times a factor of each of the ``cases``, its residual, or by R's formula its deviance residual
    (``of`` says which), over what is left of its variance; with rows of L (k, k) for the coefficients at ``positions``
    that are finite. ``scale`` (p,), times ``sigma`` (n,) where there is one, makes changes of coefficients comparable.
    """

    exact: Array | None
    scale: Array
    root: Array
    positions: npt.NDArray[np.intp]
    cases: Cases | None = None
    of: str = ""
    sigma: Array | None = None

    @property
    def values(self) -> Array:
        """β̂ less the estimate without each case (n, p)."""
        if self.exact is not None:
            return self.exact
        assert self.cases is not None
        values = np.asarray((self.cases.whitened * self._factor(self.cases)[:, None]) @ self.root.T)
        if len(self.positions) == len(self.scale):
            return values
        full = np.full((len(values), len(self.scale)), np.nan)
        full[:, self.positions] = values
        return full

    def _factor(self, cases: Cases) -> Array:
        if not self.of:
            return np.full(len(cases.eta), np.nan)
        residual = cases.residual if self.of == "residual" else np.sqrt(cases.weight) * cases.deviance
        return np.asarray(residual / cases.left)

    @property
    def unit(self) -> Array:
        """What changes are divided by to be compared (p,) or (n, p)."""
        return self.scale if self.sigma is None else self.scale * self.sigma[:, None]


@dataclass(frozen=True, eq=False, repr=False)
class Influence(Paged):
    """Influence of each row or covariate pattern on a fit; it prints as a page that names the cases to look at.

    Attributes
    ----------
    table : DataFrame
        A row a case: counts, fitted probability, ``hat``, residuals, and the measures of :func:`glmlogit.influence`.
    by : str
        ``"row"`` or ``"pattern"``.
    exact : bool
        Whether the model was fitted again without each case.
    rows : str
        Which rows these are.
    notes : tuple of Note
        What the reader must know.
    mean_weight : float, optional
        Of sampling and class weights, whose unit says nothing: rules of thumb are of weights that average 1, and the
        outlier has no p-value.
    """

    table: pd.DataFrame
    by: str
    exact: bool
    convention: str
    rank: int
    notes: tuple[Note, ...]
    changes: Changes
    labels: tuple[str, ...]
    rows: str = "apparent (training rows)"
    mean_weight: float | None = None

    def plot(self, ax: Axes | None = None, *, against: Against = "leverage", width: Width | None = None) -> Axes:
        """Draw residuals against leverages, or ΔX² against probabilities; areas are influence.

        ``width`` of a new figure: ``"column"``, ``"page"`` or millimetres.
        """
        check_choice("against", against, ("leverage", "probability"))
        return draw_influence(self, against, ax, width)

    @cached_property
    def dfbeta(self) -> pd.DataFrame:
        """β̂ less the estimate without the case, a column a coefficient."""
        return self._labelled(self.changes.values)

    @cached_property
    def dfbetas(self) -> pd.DataFrame:
        """The same in standard errors."""
        return self._labelled(self.dfbeta.to_numpy() / self.changes.unit)

    def _labelled(self, values: Array) -> pd.DataFrame:
        return pd.DataFrame(values, index=self.table.index, columns=pd.Index(self.labels, dtype=object), copy=False)

    @property
    def outlier(self) -> pd.Series[float]:
        """The largest studentised residual as a test: ``case studentised p_value p_bonferroni``.

        Two-sided normal, and times the number of cases, 1 at most (R's ``car::outlierTest``, which prints NA above 1).
        """
        size = self.table["studentised"].abs().to_numpy()
        if not np.isfinite(size).any():
            values = [np.nan] * 4
        else:
            place = int(np.nanargmax(size))
            p = float(normal_pvalue(size[place])) if self.mean_weight is None else np.nan
            case = self.table.index[place]
            values = [case, float(self.table["studentised"].iloc[place]), p, min(p * np.isfinite(size).sum(), 1.0)]
        return pd.Series(values, index=["case", "studentised", "p_value", "p_bonferroni"], dtype=object, name="outlier")

    @property
    def flags(self) -> pd.DataFrame:
        """Which cases pass which rule of thumb: ``hat`` over 2k/n, ``delta_chi2`` over 4, ``delta_beta`` over 1."""
        table = self.table
        return pd.DataFrame(
            {
                "hat": table["hat"] > LARGE_HAT * self.rank / max(len(table), 1),
                "delta_chi2": table["delta_chi2"] > LARGE_DELTA_CHI2 * (self.mean_weight or 1.0),
                "delta_beta": self.delta_beta > LARGE_DELTA_BETA,
            }
        )

    @property
    def delta_beta(self) -> pd.Series[float]:
        """Δβ of each case, as if weights averaged 1."""
        return self.table["delta_beta"] / (self.mean_weight or 1.0)

    @property
    def _what(self) -> str:
        return "covariate pattern" if self.by == "pattern" else "row"

    @property
    def _page(self) -> Summary:
        listed = self.listed
        shown = self.table.loc[listed, [c for c in _SHOWN if c in self.table]]
        shown = pd.concat([shown, self._most_moved(listed)], axis=1)
        shown.index.name = self._what
        page = table_from_frame(
            shown, title=self._title, formats={str(c): _three for c in shown if shown[c].dtype == float}
        )
        return Summary(
            title=f"Influence of each {self._what} on the fit, {'fitted without it' if self.exact else 'by one step'}",
            header=(("Rows", self.rows), ("Cases", plural(len(self.table), self._what))),
            tables=(page,),
            notes=(*self.sentences, *(note.text for note in self.notes)),
            coefficients=pd.concat([self.table, self.dfbeta.add_prefix("dfbeta_")], axis=1).reset_index(),
        )

    @property
    def _title(self) -> str:
        return f"The {self._what}s that change the estimates most" if len(self.table) > MOST_LISTED else "All of them"

    @property
    def listed(self) -> pd.Index:
        """Labels of the cases that the page lists, the most influential first."""
        candidates = (self.table["delta_beta"], self.dfbetas.abs().max(axis=1), self.table["hat"])
        size = next(values for values in candidates if values.notna().any() or values is candidates[-1])
        places = np.argsort(-size.fillna(-1.0).to_numpy(), kind="stable")[:MOST_LISTED]
        return self.table.index[places]

    def _most_moved(self, listed: pd.Index) -> pd.DataFrame:
        """The coefficient that each case moves most, and by how many standard errors."""
        moved = self.dfbetas.loc[listed]
        if not moved.notna().any(axis=None):
            return pd.DataFrame(index=listed)
        size = moved.abs().fillna(-1.0).to_numpy()
        place = size.argmax(axis=1)
        return pd.DataFrame(
            {
                "moves most": [_term_word(str(moved.columns[k])) for k in place],
                "dfbetas": [float(moved.to_numpy()[i, k]) for i, k in enumerate(place)],
            },
            index=listed,
        )

    @property
    def sentences(self) -> tuple[str, ...]:
        """Which cases to look at, and what to do."""
        flags, table = self.flags, self.table
        decisive = table.index[flags["delta_beta"].to_numpy()]
        surprising = table.index[flags["delta_chi2"].to_numpy()]
        first = self._first_sentence(decisive)
        result = [first] if first else []
        if len(surprising):
            text = (
                f"{{cases}} {'fits' if len(surprising) == 1 else 'fit'} badly (ΔX² over {{large}}): the outcome was "
                f"improbable there. Some such cases are expected; look whether they were recorded rightly, and what "
                f"they have in common."
            )
            result.append(sentence(text, cases=_named(surprising, self._what), large=LARGE_DELTA_CHI2))
        test = self.outlier
        if test.notna().all():
            result.append(
                sentence(
                    "Largest studentised residual: {size}, {case} (p = {p}, Bonferroni-corrected {corrected}).",
                    size=numeral(test["studentised"], 3),
                    case=sentence(f"{self._what} {{case}}", case=written(test["case"])),
                    p=numeral(test["p_value"], 3),
                    corrected=numeral(test["p_bonferroni"], 3),
                )
            )
        return tuple(result)

    def _first_sentence(self, decisive: pd.Index) -> str:
        table = self.table
        if not table["delta_beta"].notna().any():
            return ""
        if len(decisive):
            change, it = ("changes", "it") if len(decisive) == 1 else ("change", "them")
            text = (
                f"{{cases}} {change} the estimates together by more than Δβ = {{large}}: check what was recorded "
                f"there, fit once without {it}, and report both fits if conclusions differ. Influence alone is no "
                f"reason to leave a case out."
            )
            return sentence(text, cases=_named(decisive, self._what), large=LARGE_DELTA_BETA)
        return sentence(
            f"No {self._what} passes Δβ = {{large}}; the largest, {{size}}, is that of {self._what} {{case}}.",
            large=LARGE_DELTA_BETA,
            size=numeral(self.delta_beta.max(), 3),
            case=written(table["delta_beta"].idxmax()),
        )


_SHOWN = ("n", "events", "fitted", "hat", "delta_chi2", "delta_deviance", "delta_beta", "likelihood_displacement")


def _term_word(name: str) -> str:
    return say(name) if name == "Intercept" else name


def _three(values: object) -> list[str]:
    return [number(float(x), 3) for x in values]  # type: ignore[attr-defined]


def _named(cases: pd.Index, what: str) -> Sentence:
    names = [written(case) for case in cases[:MOST_LISTED]]
    if len(cases) == 1:
        return sentence(f"{what.capitalize()} {{case}}", case=names)
    more = ": {cases}" if len(cases) == len(names) else ": {cases} and {n} more"
    return sentence(f"{{all}}{more}", all=plural(len(cases), what), cases=names, n=len(cases) - len(names))


def influence_notes(fit: Estimate, by: str, exact: bool, convention: str, refits: Deleted | None) -> tuple[Note, ...]:
    """What the reader of a table of influence must know."""
    notes = []
    if not fit.capabilities.plain and not exact:
        notes.append(
            Note(
                "one_step",
                sentence(
                    "What a case does to the estimates is not known without refits: one-step formulas rest on the "
                    "score equations of maximum likelihood, and {estimator} solves others. Use exact=True.",
                    estimator=fit.estimator,
                ),
            )
        )
    if convention == "r":
        notes.append(
            Note(
                "convention",
                "DFBETA, DFBETAS, DFFITS and cov_ratio are R's, from deviance residuals and a residual variance: no "
                "case was left out.",
            )
        )
    if fit.sample.sampled or fit.weighting is not None:
        notes.append(
            Note(
                "weights",
                sentence(
                    f"{fit.sample.uncounted.capitalize()} multiply residuals, Δβ, ΔX² and ΔD by their unit; rules of "
                    f"thumb are of weights that average 1, and no residual has a p-value."
                ),
            )
        )
    if fit.sample.cluster is not None:
        notes.append(Note("clusters", "Rows of a cluster depend on each other, and single rows are left out here."))
    if fit.coefs.separated:
        notes.append(
            Note(
                "separation",
                "Rows that are predicted perfectly have residual and leverage 0, and no influence by one step; other "
                "numbers are those of the limiting model.",
            )
        )
    if refits is not None and len(refits.infinite):
        labels = fit.rows.index if by == "row" else pd.RangeIndex(1, fit.sample.n_rows + 1)
        cases = _named(labels[refits.infinite], "row" if by == "row" else "covariate pattern")
        single = len(refits.infinite) == 1
        text = (
            f"{{cases}}: without {'it' if single else 'any of them'} a coefficient has no finite estimate, since the "
            f"other rows separate the outcome or do not determine it. The estimate rests on "
            f"{'this case' if single else 'each of these cases'} alone."
        )
        notes.append(Note("separating", sentence(text, cases=cases)))
    return tuple(notes)
