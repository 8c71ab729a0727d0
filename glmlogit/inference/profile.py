"""Profile likelihood of chosen coefficients as tables: exact limits, signed roots, tests beside Wald's."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from glmlogit.documents import formatting
from glmlogit.documents.from_frame import table_from_frame
from glmlogit.documents.paged import Paged
from glmlogit.documents.pages import Summary
from glmlogit.documents.style import say
from glmlogit.drawing import axes
from glmlogit.drawing.sizes import Width
from glmlogit.errors import DataError
from glmlogit.inference.profile_limits import profile_limits, root_at
from glmlogit.inference.profile_path import Path, require_profile
from glmlogit.messages.notes import Note
from glmlogit.messages.options import names_given
from glmlogit.messages.words import Name, Number, sentence
from glmlogit.numerics.lazy import cached_property
from glmlogit.numerics.tails import normal_pvalue, normal_quantile

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from glmlogit.estimate.estimate import Estimate


# Terms up to which the page is what a prompt shows: each has limits to compute.
MOST_PRINTED = 30

# p-values of Wald and likelihood-ratio tests this far apart (as a ratio) deserve a note.
HAUCK_DONNER = 10.0

# ... and so do their statistics, as a ratio: where both p-values are tiny a factor of 10 between them is nothing.
APART = 1.5


@dataclass(frozen=True, eq=False, repr=False)
class Profile(Paged):
    """Profile likelihood of some coefficients of a fit; made by :func:`profile`.

    Attributes
    ----------
    fit : Fit
    terms : tuple of str
    """

    fit: Estimate = field(repr=False)
    terms: tuple[str, ...]

    def __repr__(self) -> str:
        if len(self.terms) > MOST_PRINTED:
            return f"<Profile likelihood of {len(self.terms):,} coefficients: confint, curves, tests>"
        return str(self)

    @property
    def _page(self) -> Summary:
        frame = self.confint().join(self.tests)
        return Summary(
            sentence("Profile likelihood, {level} limits", level=Number(f"{self.fit.level:.4g}")),
            header=((say("Formula"), self.fit.formula),) if self.fit.formula else (),
            tables=(table_from_frame(frame),),
            notes=tuple(note.text for note in self.notes),
            coefficients=frame.reset_index(),
        )

    def confint(self, level: float | None = None) -> pd.DataFrame:
        """Exact profile limits at any level: ``conf_low conf_high`` by term."""
        from glmlogit.messages.options import check_level

        level = check_level(level, self.fit.level)
        rows = {term: profile_limits(self.fit, self.fit.coefs.labels.index(term), level) for term in self.terms}
        return pd.DataFrame.from_dict(rows, orient="index", columns=["conf_low", "conf_high"]).rename_axis("term")

    @cached_property
    def curves(self) -> pd.DataFrame:
        """``term value signed_root llf`` on a grid that covers ±3 standard normal deviates where they exist."""
        drawn = [curve for curve in map(self._curve, self.terms) if curve is not None]
        empty = pd.DataFrame({"term": [], "value": [], "signed_root": [], "llf": []}, dtype=float)
        return pd.concat(drawn, ignore_index=True) if drawn else empty.astype({"term": object})

    def _curve(self, term: str) -> pd.DataFrame | None:
        column = self.fit.coefs.labels.index(term)
        low, high = profile_limits(self.fit, column, _LEVEL_OF_3)
        if math.isnan(low) or (math.isinf(low) and math.isinf(high)):
            return None
        path = Path(self.fit, column)
        first, last = path.to_the_flat(low, high)
        values = np.linspace(first, last, 25).tolist()
        rows = [(term, v, path.signed_root(v), path.point(v).value) for v in values]
        return pd.DataFrame(rows, columns=["term", "value", "signed_root", "llf"])

    @cached_property
    def tests(self) -> pd.DataFrame:
        """``statistic p_value`` of the likelihood-ratio test of zero, and ``wald_p_value``, by term."""
        rows = {term: self._test(term) for term in self.terms}
        return pd.DataFrame.from_dict(
            rows, orient="index", columns=["statistic", "p_value", "wald_p_value"]
        ).rename_axis("term")

    def _test(self, term: str) -> tuple[float, float, float]:
        column = self.fit.coefs.labels.index(term)
        wald = float(self.fit.pvalues.iloc[column])
        if self.fit.coefs.states[column].aliased:
            return math.nan, math.nan, wald
        path = Path(self.fit, column)
        root = root_at(0.0, path, path.signed_root)
        return root**2, float(normal_pvalue(root)), wald

    @property
    def notes(self) -> tuple[Note, ...]:
        """Terms whose Wald and likelihood-ratio tests disagree (Hauck & Donner 1977)."""
        table = self.tests.dropna()
        ratio = table["wald_p_value"] / table["p_value"]
        wald = self.fit.zvalues.reindex(table.index) ** 2
        apart = table.index[(ratio > HAUCK_DONNER) & (table["statistic"] > APART * wald)]
        if not len(apart):
            return ()
        ranges = [sentence("{name} ({p})", name=Name(str(term)), p=_both(table.loc[term])) for term in apart]
        return (
            Note(
                "hauck_donner",
                sentence(
                    "Wald tests understate the evidence for {ranges}, as they do where estimates are large "
                    "(Hauck-Donner): report likelihood-ratio tests and profile limits, which method='profile' gives.",
                    ranges=ranges,
                ),
            ),
        )

    def plot(self, ax: Axes | None = None, *, width: Width | None = None) -> Axes:
        """Plot signed roots against values, one line a term, with the limits of the fit's level; return the Axes."""
        terms = list(self.curves.groupby("term", sort=False))
        styles = axes.styles(len(terms), "terms")
        ax = axes.axes(ax, 5.2, 3.8, width)
        for (term, curve), style in zip(terms, styles, strict=True):
            look: dict[str, Any] = {"color": style.color, "linestyle": style.line, "linewidth": 1.6}
            ax.plot(curve["value"], curve["signed_root"], label=axes.shown(str(term)), **look)
        for bound in (-normal_quantile(self.fit.level), normal_quantile(self.fit.level)):
            axes.guide(ax, y=bound, line="--")
        axes.guide(ax, y=0.0)
        axes.label(ax, say("Coefficient (log-odds)"), say("Signed root of the likelihood-ratio statistic"))
        axes.legend(ax)
        return ax


def _both(tests: pd.Series[float]) -> str:
    """The p-values of a term by both tests."""
    wald, ratio = (formatting.pvalue(tests[name]) for name in ("wald_p_value", "p_value"))
    return sentence("Wald p {wald}, likelihood ratio p {ratio}", wald=wald, ratio=ratio)


# Level at which a normal interval reaches 3 standard deviations.
_LEVEL_OF_3 = 0.9973002039367398


def profile(fit: Estimate, terms: str | Iterable[str] | None = None) -> Profile:
    """Profile the likelihood of a fit.

    Parameters
    ----------
    fit : Fit
        The fit, of any estimator of this package.
    terms : str or iterable of str, optional
        Terms whose likelihood is profiled. Default: all.

    Returns
    -------
    Profile
        ``confint`` at any level, ``curves`` of signed roots, ``tests`` of zero, ``plot``, ``notes``.

    Raises
    ------
    DataError
        For a term the model does not have.
    UnsupportedError
        For a fit without a likelihood (sampling weights, clusters, median bias reduction).

    Notes
    -----
    Exact roots of ``2(l(β̂) − l_p(b)) = χ²`` (Venzon & Moolgavkar 1988, by their steps in all coefficients,
    else by Brent's method on the signed root). *Matches* Stata's ``pllf``, SAS's ``CLPARM=PL``. *Differs*
    from R's ``confint(glm)``, which interpolates a spline through a grid. For a penalised fit the penalty
    stays in the profile, which need not be concave then, as with separated outcomes: there the highest of
    several restricted maxima is looked for, and limits are the outermost values not rejected that a search
    from several starts finds.

    Examples
    --------
    >>> fit = gl.logit("low ~ age + smoke", gl.datasets.birthwt())
    >>> gl.profile(fit, "age").tests.round(3)
          statistic  p_value  wald_p_value
    term
    age       2.528    0.112         0.119
    """
    require_profile(fit)
    chosen = tuple(fit.coefs.labels) if terms is None else tuple(names_given("terms", terms))
    for term in chosen:
        if term not in fit.coefs.labels:
            raise DataError(f"the model has no term {term!r}; its terms are {', '.join(fit.coefs.labels)}")
    return Profile(fit, chosen)
