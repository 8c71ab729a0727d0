"""Whether odds ratios are the same at every cut between ordered levels: Brant's test, score and likelihood ratio."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from glmlogit.documents.from_frame import table_from_frame
from glmlogit.documents.paged import Paged
from glmlogit.documents.pages import Summary
from glmlogit.documents.style import say
from glmlogit.drawing import forest
from glmlogit.drawing.sizes import Width
from glmlogit.errors import UnsupportedError
from glmlogit.fitting.maximise import maximise
from glmlogit.fitting.maximum import Maximum
from glmlogit.likelihood.cumulative import CumulativeLogit, cumulative_logit
from glmlogit.messages.options import check_choice
from glmlogit.messages.words import sentence
from glmlogit.numerics import kernels
from glmlogit.numerics.linalg import Information
from glmlogit.numerics.tails import chi2_pvalue

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from glmlogit.estimate.estimate import Estimate

Array = npt.NDArray[np.float64]
Index = npt.NDArray[np.intp]
ParallelTest = Literal["wald", "score", "lr"]

_METHODS = {
    "wald": "Brant's Wald test of separate binary fits, a cut each",
    "score": "score test of a coefficient for each cut, by the expected information",
    "lr": "likelihood ratio against a coefficient for each cut",
}


@dataclass(frozen=True, eq=False, repr=False)
class Brant(Paged):
    """Tests that odds ratios are the same at every cut.

    Attributes
    ----------
    table : DataFrame
        Indexed by term, first ``(all)``: ``statistic df p_value``.
    odds_ratios : DataFrame
        Indexed by column of the model: the odds ratio of being above each cut by a binary fit of its own, and under
        ``proportional`` that of the model.
    method : str
    notes : tuple of str
        Why a test is not available.
    """

    table: pd.DataFrame
    odds_ratios: pd.DataFrame
    method: str
    notes: tuple[str, ...] = ()

    def plot(self, ax: Axes | None = None, *, width: Width | None = None) -> Axes:
        """Draw the odds ratios at each cut side by side, those of the model among them.

        ``width`` of a new figure: ``"column"``, ``"page"`` or millimetres.
        """
        names = tuple(map(str, self.odds_ratios.columns))
        lines = [
            forest.DrawnLine(
                str(term), {cut: forest.Mark(float(ratio)) for cut, ratio in zip(names, row.tolist(), strict=True)}
            )
            for term, row in self.odds_ratios.iterrows()
        ]
        return forest.draw(forest.Forest(lines, names, say("Odds ratio (log scale)")), ax, 5.2, width)

    @property
    def _page(self) -> Summary:
        return Summary(
            title="Are odds ratios the same at every cut?",
            header=(("Test", self.method),),
            tables=(
                table_from_frame(self.table.rename(index={"(all)": say("(all)")})),
                table_from_frame(self.odds_ratios, title="Odds ratios of being above each cut, one fit a cut"),
            ),
            notes=(*self.notes, _ADVICE),
            coefficients=self.table.reset_index(),
        )


_ADVICE = (
    "In large samples every small difference is found: compare the odds ratios side by side, and where they differ in "
    "what they say, fit the term with nonparallel=."
)


def brant(fit: Estimate, test: ParallelTest = "wald") -> Brant:
    """Test whether the odds ratios of a proportional-odds fit are the same at every cut, over all and by term.

    Parameters
    ----------
    fit : Fit
        Of :func:`~glmlogit.ordinal`, of three levels or more.
    test : {"wald", "score", "lr"}
        Brant's, of binary fits of being above each cut; Rao's score in the model with a coefficient for each cut at the
        proportional-odds estimate, as SAS prints it; or the likelihood ratio of these models.

    Returns
    -------
    Brant
        ``.table``: ``statistic df p_value`` by term; ``.odds_ratios``: one column a cut. A separated binary fit makes
        Brant's test NaN, and a note names the cut.

    Raises
    ------
    UnsupportedError
        For fits of other models, of two levels, with nonparallel terms, sampling weights or clusters.

    Notes
    -----
    Brant (1990), whose covariances of the binary fits use their own probabilities. *Matches* R's ``brant`` and Stata's
    ``brant`` after ``ologit``; ``score`` SAS's test of the proportional odds assumption; ``lr`` term by term
    ``ordinal::nominal_test``.

    Examples
    --------
    >>> births = gl.datasets.birthwt()
    >>> births["visits"] = births["ftv"].clip(upper=2)
    >>> gl.brant(gl.ordinal("visits ~ age + smoke", births)).table.round(3)
           statistic  df  p_value
    term
    (all)      6.234   2    0.044
    age        1.826   1    0.177
    smoke      4.169   1    0.041
    """
    check_choice("test", test, tuple(_METHODS))
    likelihood = _proportional(fit)
    terms = {term.name: list(term.columns) for term in fit.columns.terms if term.order > 0}
    groups = {"(all)": [j for columns in terms.values() for j in columns], **terms}
    cuts = _separate_fits(fit, likelihood)
    if test == "wald":
        results, notes = _brant(fit, likelihood, cuts, list(groups.values()))
    else:
        compare = _score if test == "score" else _likelihood_ratio
        results, notes = [compare(fit, likelihood, columns) for columns in groups.values()], ()
    table = pd.DataFrame(results, columns=["statistic", "df"], index=pd.Index(list(groups), name="term"))
    table["p_value"] = np.array([chi2_pvalue(x, df) if df else math.nan for x, df in results], dtype=np.float64)
    return Brant(table, _odds_ratios(fit, likelihood, cuts), _METHODS[test], notes)


def _proportional(fit: Estimate) -> CumulativeLogit:
    likelihood = fit.surface.likelihood
    if not isinstance(likelihood, CumulativeLogit):
        raise UnsupportedError("the test compares cuts between ordered levels: it is about fits of gl.ordinal")
    if likelihood.n_cuts < 2:
        raise UnsupportedError("an outcome of two levels has one cut, and nothing to compare")
    if likelihood.apart:
        raise UnsupportedError(
            "terms with a coefficient for each cut are in the model: test a fit without nonparallel=, or compare two "
            "fits by gl.lr_test"
        )
    if fit.sample.pseudo or fit.sample.cluster is not None:
        raise UnsupportedError(
            "the test assumes independent observations, each counted once: it is not known for sampling weights or "
            "clusters. Compare the odds ratios of separate gl.logit fits"
        )
    return likelihood


# --- separate binary fits -------------------------------------------------------------------------
class CutFit(NamedTuple):
    """The binary logit of being above a cut: its maximum, probabilities (n,) and their complements."""

    result: Maximum
    p: Array
    q: Array

    def inverse(self, columns: Index) -> Array | None:
        """Inverse information of the columns; None where some are not estimated."""
        if self.result.separated or not np.array_equal(self.result.estimated, columns):
            return None
        root, factor = self.result.root, self.result.at.info.factor
        if root is None and factor is not None:
            root = factor.inverse_root
        return None if root is None else np.asarray(root @ root.T)


def _separate_fits(fit: Estimate, likelihood: CumulativeLogit) -> list[CutFit]:
    fits = []
    for cut in range(likelihood.n_cuts):
        binary = likelihood.above_cut(cut)
        maximum = maximise(binary, None, fit.control)
        offset = 0.0 if binary.rows.offset is None else binary.rows.offset
        fits.append(CutFit(maximum, *kernels.tails(binary.rows.times(maximum.beta) + offset)))
    return fits


def _brant(
    fit: Estimate, likelihood: CumulativeLogit, cuts: list[CutFit], groups: list[list[int]]
) -> tuple[list[tuple[float, int]], tuple[str, ...]]:
    """Statistics and degrees of freedom of groups of columns (Brant 1990, §3)."""
    aliased = [fit.coefs.column_of[alias.column] for alias in fit.coefs.aliases]
    estimated = np.setdiff1d(np.arange(len(fit.columns.names)), aliased)
    inverses = [cut.inverse(estimated) for cut in cuts]
    n = len(cuts)
    bad = [f"> {fit.response.levels[k]}" for k, inverse in enumerate(inverses) if inverse is None]
    dfs = [(n - 1) * int(np.isin(columns, estimated).sum()) for columns in groups]
    if bad:
        return [(math.nan, df) for df in dfs], (
            sentence(
                "The binary fits of {cuts} are separated by the covariates, or do not determine all coefficients: "
                "Brant's test is not defined. test='lr' and test='score' are.",
                cuts=bad,
            ),
        )
    covariance = _joint_covariance(likelihood, cuts, [x for x in inverses if x is not None], estimated)
    beta = np.array([cut.result.beta[estimated] for cut in cuts])
    results = []
    for columns, df in zip(groups, dfs, strict=True):
        spots = np.flatnonzero(np.isin(estimated, columns))
        apart = (beta[0, spots] - beta[1:, spots]).ravel()
        contrast = np.zeros((df, n * len(estimated)))
        for k in range(1, n):
            for i, spot in enumerate(spots):
                row = (k - 1) * len(spots) + i
                contrast[row, spot], contrast[row, k * len(estimated) + spot] = 1.0, -1.0
        results.append((_quadratic(contrast @ covariance @ contrast.T, apart), df))
    return results, ()


def _joint_covariance(likelihood: CumulativeLogit, cuts: list[CutFit], inverses: list[Array], columns: Index) -> Array:
    """Covariance of the coefficients of all cuts: of two cuts ``I_j⁻¹ X'diag(N π_l(1 − π_j))X I_l⁻¹``, l above j."""
    m, n = len(columns), len(cuts)
    amount = likelihood.rows_block(slice(None)).events
    X = likelihood.rows.at(slice(None))[:, columns]
    covariance = np.zeros((n * m, n * m))
    for j, low in enumerate(cuts):
        for k in range(j, n):
            middle = (X * (amount * cuts[k].p * low.q)[:, None]).T @ X
            block = inverses[j] if j == k else inverses[j] @ middle @ inverses[k]
            covariance[j * m : (j + 1) * m, k * m : (k + 1) * m] = block
            covariance[k * m : (k + 1) * m, j * m : (j + 1) * m] = block.T
    return covariance


def _quadratic(covariance: Array, x: Array) -> float:
    factor = Information(np.ones(len(x)), covariance).factor
    return math.nan if factor is None else float(x @ factor.solve(x))


# --- models with a coefficient for each cut -------------------------------------------------------
def _wider(likelihood: CumulativeLogit, columns: Sequence[int]) -> CumulativeLogit:
    names = frozenset(likelihood.rows.names[j] for j in columns)
    return cumulative_logit(likelihood.rows, likelihood.names, names)


def _df(fit: Estimate, columns: Sequence[int]) -> int:
    aliased = {fit.coefs.column_of[alias.column] for alias in fit.coefs.aliases}
    return (len(fit.response.levels) - 2) * len(set(columns) - aliased)


def _score(fit: Estimate, likelihood: CumulativeLogit, columns: Sequence[int]) -> tuple[float, int]:
    """Rao's score at the proportional-odds estimate, by the information expected there."""
    wider, df = _wider(likelihood, columns), _df(fit, columns)
    if fit.coefs.separated:
        return math.nan, df
    beta = np.zeros(wider.size)
    for own, shared in zip(wider.cuts, likelihood.cuts, strict=True):
        beta[own] = fit.coefs.beta[shared]
    aliases = wider.aliases(exact=False)
    free = np.setdiff1d(np.arange(wider.size), [alias.column for alias in aliases])
    score = wider.evaluate(beta).score[free]
    factor = wider.expecting(beta).evaluate(beta).info.keep(free).factor
    return (math.nan if factor is None else float(score @ factor.solve(score))), df


def _likelihood_ratio(fit: Estimate, likelihood: CumulativeLogit, columns: Sequence[int]) -> tuple[float, int]:
    df = _df(fit, columns)
    maximum = maximise(_wider(likelihood, columns), None, fit.control)
    return (2.0 * max(maximum.at.value - fit.surface.top, 0.0) if maximum.reached else math.nan), df


def _odds_ratios(fit: Estimate, likelihood: CumulativeLogit, cuts: list[CutFit]) -> pd.DataFrame:
    names = [name for j, name in enumerate(likelihood.rows.names) if j not in likelihood.rows.constants]
    columns = [j for j in range(likelihood.rows.n_columns) if j not in likelihood.rows.constants]
    frame = {}
    for level, cut in zip(fit.response.levels, cuts, strict=False):
        log_odds = np.full(likelihood.rows.n_columns, np.nan)
        if not cut.result.separated:
            log_odds[cut.result.estimated] = cut.result.beta[cut.result.estimated]
        frame[f"> {level}"] = np.exp(log_odds[columns])
    frame["proportional"] = np.exp(np.asarray(fit.params)[likelihood.cuts[0, columns]])
    return pd.DataFrame(frame, index=pd.Index(names, name="term"))
