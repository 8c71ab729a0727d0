"""The summary of a fit written to a file, in the format that the suffix names."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Unpack

from glmlogit.documents.pages import Summary, write
from glmlogit.documents.style import Printing, using
from glmlogit.reports.summary import summary

if TYPE_CHECKING:
    from glmlogit.estimate.estimate import Estimate


def report(
    fit: Estimate,
    path: str | Path | None = None,
    *,
    level: float | None = None,
    method: str | None = None,
    **printing: Unpack[Printing],
) -> Summary:
    """Write the summary of a fit to a file in the format of its suffix.

    Parameters
    ----------
    fit : Fit
        The fit, of any estimator of this package.
    path : str or Path, optional
        ``.md .html .tex .txt .csv .json .docx .xlsx``; without it nothing is written.
    level : float, optional
        Confidence level of the limits, such as 0.9; default that of the fit (0.95).
    method : {"wald", "profile", "score"}, optional
        Limits and tests by Wald's method, the profile likelihood or the score; default ``"profile"`` for penalised fits
        with the model's covariance, unless that takes long, else ``"wald"``.
    **printing
        ``style, digits, p_digits, language, labels``, as :func:`~glmlogit.style` takes them, for this page.

    Returns
    -------
    Summary

    Raises
    ------
    DataError
        For an unknown suffix or method, or a folder that does not exist.
    UnsupportedError
        As in :func:`summary`.
    ImportError
        For ``.docx`` and ``.xlsx`` without the library that writes them.

    Notes
    -----
    *Matches* the page of :func:`summary`, and in CSV and JSON the numbers of ``fit.tidy()``,
    ``fit.odds_ratios()`` and ``fit.glance()`` to the last digit, in Excel to 16 digits. *Differs* from R's
    ``write.csv``: text that a spreadsheet would run as a formula is defused.

    Examples
    --------
    >>> fit = gl.logit("low ~ age + smoke", gl.datasets.birthwt())
    >>> page = fit.report("births.html")
    >>> page.title
    'Logistic regression: Maximum likelihood'
    """
    with using(**printing):
        shown = summary(fit, level=level, method=method, labels=printing.get("labels"))
        if path is not None:
            write(shown, path)
    return shown
