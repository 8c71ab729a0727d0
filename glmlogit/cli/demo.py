"""The worked example that ``glmlogit demo`` shows: risk factors of low birth weight."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from glmlogit import datasets
from glmlogit.documents import formatting
from glmlogit.documents.from_frame import table_from_frame
from glmlogit.documents.pages import Column, Summary, Table
from glmlogit.documents.style import interval_head, say
from glmlogit.estimators.logit import logit
from glmlogit.messages.calls import to_install
from glmlogit.messages.lines import columns, filled
from glmlogit.reports.effects_page import comparisons_page, forest_picture, margins_page, words_page
from glmlogit.terms.drop1 import drop1

if TYPE_CHECKING:
    import pandas as pd

    from glmlogit.estimators.fit import Fit


FORMULA = "low ~ age + lwt + C(race) + smoke + ptl + ht + ui"
_WHO = (
    "The data are 189 births at Baystate Medical Center in Springfield, Massachusetts, in 1986 (Hosmer and "
    "Lemeshow, 1989), 59 of them with a birth weight below 2500 g (low = 1)."
)
_WHAT = (
    "The question is how low birth weight goes with the mother's age (years), her weight at the last menstrual "
    "period (lwt, pounds), her race, smoking, earlier premature labours (ptl, count), hypertension (ht) and "
    "uterine irritability (ui)."
)
_SHELL_WORDS = ("glmlogit fit", f'"{FORMULA}"', "dataset:birthwt")
_SHELL = " ".join(_SHELL_WORDS)
_PYTHON = (
    "import glmlogit as gl",
    "births = gl.datasets.birthwt()",
    f'model = "{FORMULA}"',
    "fit = gl.logit(model, births)",
    "print(fit.summary())",
    "print(fit.odds_ratios(reference_rows=True))",
    "print(gl.drop1(fit))",
    'print(fit.margins(discrete="binary"))',
    'which = ["risk_difference", "risk_ratio", "odds_ratio", "nnt"]',
    'print(fit.comparisons("smoke", which))',
    'print(fit.interpret(units={"age": 5, "lwt": 20}))',
)
_UNITS = {"age": 5.0, "lwt": 20.0}


def pages(pictures: bool = True) -> list[Summary]:
    """The summary of the fit, its odds ratios, a test of each term, effects on the risk, and all of it in words."""
    fit = logit(FORMULA, datasets.birthwt())
    effects = [_without_header(page) for page in (_margins(fit), _smoking(fit))]
    return [fit.summary(), _odds_ratio_page(fit, pictures), _terms_page(fit), *effects, words_page(fit, _UNITS)]


def _margins(fit: Fit) -> Summary:
    return margins_page(fit, discrete="binary")


def _smoking(fit: Fit) -> Summary:
    return comparisons_page(fit, "smoke", ["risk_difference", "risk_ratio", "odds_ratio", "nnt"])


def _without_header(page: Summary) -> Summary:
    """A page about the model that the first page describes."""
    return replace(page, header=())


def title_page() -> Summary:
    """The introduction, for formats that are not plain text."""
    how = (("On the command line", _SHELL), ("In Python", "; ".join(_PYTHON)))
    return Summary("Low birth weight", (("Data", _WHO), ("Question", _WHAT), *how))


def text() -> str:
    """The whole example as text, with commands to copy."""
    return "\n\n".join([_introduction(), *map(str, pages(pictures=False))]) + "\n"


def _introduction() -> str:
    room = columns() - 4
    shell = _SHELL if len(_SHELL) <= room else " \\\n      ".join(_SHELL_WORDS)
    python = [line if len(line) <= room else line.replace(" = ", " = (\n      ") + "\n    )" for line in _PYTHON]
    lines = ["On the command line:", f"    {shell}", "", "In Python:", *(f"    {line}" for line in python)]
    about = filled(f"{_WHO} {_WHAT}", columns())
    return "\n".join(["Low birth weight: a worked example", "", about, "", *lines])


def _odds_ratio_page(fit: Fit, pictures: bool) -> Summary:
    table = fit.odds_ratios(reference_rows=True)
    smoke = table.loc["smoke"]
    notes = (
        "An odds ratio is the exponential of the estimate in the summary; race is compared with its first level, "
        "white.",
        f"How to read it: the odds of low birth weight were {smoke['odds_ratio']:.2f} times as high for mothers who "
        f"smoked as for those who did not, the other variables being equal; the data are compatible with ratios "
        f"from {smoke['conf_low']:.2f} to {smoke['conf_high']:.2f}.",
        "age and lwt: for a difference of one year and one pound; ptl: for one premature labour more.",
        "With low birth weight as frequent as here (31 %), an odds ratio lies further from 1 than the ratio of "
        "the probabilities.",
    )
    title = "Odds ratios, with the reference level of each factor"
    if not pictures:
        return Summary(title, tables=(_ratio_table(table),), notes=notes)
    drawn = forest_picture(fit, units=_UNITS)
    missing = () if drawn else (f"A forest plot needs matplotlib. {to_install('matplotlib', 'plot')}",)
    return Summary(title, tables=(_ratio_table(table),), notes=(*notes, *missing), pictures=drawn)


def _ratio_table(ratios: pd.DataFrame) -> Table:
    texts = formatting.ratio_rows({key: ratios[key].tolist() for key in ("odds_ratio", "conf_low", "conf_high")})
    limits = formatting.intervals(texts["conf_low"], texts["conf_high"])
    columns = zip(texts["odds_ratio"], limits, formatting.pvalues(ratios["p_value"]), strict=True)
    rows = [
        (*_labels(str(term), row), *(("1", say("reference"), "") if row["reference"] else cells))
        for (term, row), cells in zip(ratios.iterrows(), columns, strict=True)
    ]
    heads = [Column("variable", say("Variable"), "left"), Column("level", say("Level"), "left")]
    heads += [Column("odds_ratio", say("Odds ratio")), Column("interval", interval_head(0.95))]
    heads.append(Column("p_value", say("p-value")))
    return Table(None, tuple(heads), tuple(rows))


def _labels(term: str, row: pd.Series[Any]) -> tuple[str, str]:
    """Variable and level of a factor's row; the term alone for a number."""
    level = row["level"]
    return (term, "") if level is None or level != level else (str(row["variable"]), str(level))


def _two_decimals(values: Iterable[float]) -> list[str]:
    """Enough to tell two models apart: a difference of 0.1 in AIC is none."""
    return [f"{x:.2f}" for x in values]


def _terms_page(fit: Fit) -> Summary:
    frame = drop1(fit).drop(index="<none>")
    names = {"deviance": "Deviance without", "aic": "AIC without", "statistic": "LR chi-squared"}
    formats = dict.fromkeys(("Deviance without", "AIC without"), _two_decimals)
    table = table_from_frame(frame.rename(columns=names), formats=formats)
    notes = (
        "How to read it: each row compares the model with and without one term. C(race) has two coefficients, "
        "which are tested together.",
    )
    return Summary("Likelihood-ratio test of each term", tables=(table,), notes=notes)
