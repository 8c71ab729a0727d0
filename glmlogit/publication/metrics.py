"""How well the adjusted model of a table fits: the line of numbers below it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import pandas as pd

from glmlogit.diagnostics.goodness_of_fit import goodness_of_fit
from glmlogit.diagnostics.pseudo_r2 import pseudo_r2
from glmlogit.documents import formatting
from glmlogit.documents.style import active, interval_head, joined_limits, say
from glmlogit.errors import DataError, GlmlogitError, UnsupportedError
from glmlogit.estimate.estimate import Estimate
from glmlogit.evaluation.roc import roc
from glmlogit.messages.notes import Note
from glmlogit.messages.options import names_given
from glmlogit.messages.words import sentence

# What metrics=True stands for; the names are those of glance and pseudo_r2, where these have them.
USUAL = ("n", "events", "aic", "bic", "llf", "mcfadden", "nagelkerke", "auc", "hosmer_lemeshow")
_R2 = {
    "mcfadden": "McFadden",
    "cox_snell": "Cox-Snell",
    "nagelkerke": "Nagelkerke",
    "tjur": "Tjur",
    "efron": "Efron",
    "mckelvey_zavoina": "McKelvey-Zavoina",
}
_SEVERAL = "the outcome has several levels, of which none is the event"


class Metric(NamedTuple):
    """Numbers of the fit by their columns; ``reason`` says why there are none, ``notes`` what to know of them."""

    numbers: Mapping[str, float]
    reason: str = ""
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True)
class Metrics:
    """Numbers of a fit as a whole, by their names in the order asked for; limits are of ``level``."""

    of_fit: Mapping[str, Metric]
    level: float
    pseudo: bool = False

    @property
    def frame(self) -> pd.DataFrame:
        """The numbers in one row."""
        return pd.DataFrame([{key: x for metric in self.of_fit.values() for key, x in metric.numbers.items()}])

    def notes(self) -> Iterator[Note]:
        """Why numbers are missing, and what to know of the others."""
        reasons = dict.fromkeys(metric.reason for metric in self.of_fit.values() if metric.reason)
        for reason in reasons:
            names = ", ".join(name for name, metric in self.of_fit.items() if metric.reason == reason)
            yield Note(
                "no_metric", sentence("metrics has no {names}: {reason}.", names=names, reason=reason.rstrip("."))
            )
        yield from (note for metric in self.of_fit.values() for note in metric.notes)

    def line(self) -> str:
        """The numbers in the words and marks of the style: ``AIC = 228.44; C statistic [95% CI] = …``."""
        shown = ((name, metric.numbers) for name, metric in self.of_fit.items() if not metric.reason)
        return "; ".join(self._text(name, numbers) for name, numbers in shown)

    def _text(self, name: str, numbers: Mapping[str, float]) -> str:
        x = numbers.get(name, math.nan)
        if name in _R2:
            return f"R2 ({_R2[name]}) = {formatting.fixed(x, 3)}"
        if name == "auc":
            return self._area(*numbers.values())
        if name == "hosmer_lemeshow":
            return _hosmer_lemeshow(*numbers.values())
        if name in _COUNTS:
            return f"{say(_COUNTS[name])} = {formatting.count(x)}"
        llf = "Log pseudolikelihood" if self.pseudo else "Log-likelihood"
        return f"{say(llf if name == 'llf' else name.upper())} = {formatting.fixed(x, 2)}"

    def _area(self, area: float, low: float, high: float) -> str:
        texts = formatting.probabilities([area, low, high])
        if math.isnan(low):
            return f"{say('C statistic')} = {texts[0]}"
        return f"{say('C statistic')} {interval_head(self.level)} = {texts[0]} {joined_limits(*texts[1:])}"


_COUNTS = {"n": "Observations", "events": "Events"}


def _hosmer_lemeshow(statistic: float, df: float, p: float) -> str:
    text = formatting.pvalue(p, "publication")
    sign = "" if text.startswith(("<", ">")) else "= "
    return (
        f"{say('Hosmer-Lemeshow test')}: chi2({formatting.count(df)}) = {formatting.fixed(statistic, 2)}, "
        f"{active().p_name} {sign}{text}"
    )


def names_of(metrics: Any) -> tuple[str, ...]:
    """The names asked for; none for False."""
    if isinstance(metrics, bool) or metrics is None:
        return USUAL if metrics else ()
    names = tuple(dict.fromkeys(names_given("metrics", metrics)))
    for name in names:
        if name not in _METRICS:
            raise DataError(f"metrics names {name!r}, which is not known; give some of {', '.join(_METRICS)}")
    return names


def metrics_of(fit: Estimate, metrics: Any, level: float) -> Metrics | None:
    """Numbers of a fit; one that it cannot have is an error where it is named, and left out of all of them."""
    names = names_of(metrics)
    of_fit = {name: _metric(fit, name, level) for name in names}
    for name, metric in of_fit.items():
        if metric.reason and metrics is not True:
            raise UnsupportedError(f"metrics={name!r}: {metric.reason}; leave it out, or give metrics=True")
    return Metrics(of_fit, level, fit.sample.pseudo) if names else None


def _metric(fit: Estimate, name: str, level: float) -> Metric:
    try:
        return _METRICS[name](fit, name, level)
    except GlmlogitError as error:
        return Metric(dict.fromkeys(_COLUMNS.get(name, (name,)), math.nan), str(error))


def _counted(fit: Estimate, name: str, level: float) -> Metric:
    if name == "n":
        return Metric({name: fit.sample.n_trials})
    several = len(fit.sample.outcome.levels) > 2
    return Metric({name: math.nan if several else fit.sample.n_events}, _SEVERAL if several else "")


def _criterion(fit: Estimate, name: str, level: float) -> Metric:
    x = float(getattr(fit.likelihood, name))
    why = fit.capabilities.unreached if name == "llf" else fit.capabilities.why_no_aic
    return Metric({name: x}, (why or "it is not defined") if math.isnan(x) else "")


def _pseudo_r2(fit: Estimate, name: str, level: float) -> Metric:
    x = float(pseudo_r2(fit)[name])
    why = fit.capabilities.why_no_likelihood or fit.capabilities.why_no_residual or "all outcomes are one"
    return Metric({name: x}, why if math.isnan(x) else "")


def _area(fit: Estimate, name: str, level: float) -> Metric:
    curve = roc(fit, level=level)
    numbers = dict(zip(_COLUMNS[name], (curve.auc, curve.conf_low, curve.conf_high), strict=True))
    if math.isnan(curve.auc):
        return Metric(numbers, curve.reason)
    apparent = (
        "The C statistic is of the rows that the model was fitted to, where it is too high on average; "
        "gl.internal_validation(fit) corrects it."
    )
    limits = (
        (Note("no_limits", sentence("The C statistic has no limits: {reason}.", reason=curve.reason)),)
        if curve.reason
        else ()
    )
    return Metric(numbers, notes=(Note("apparent", apparent), *limits))


def _groups(fit: Estimate, name: str, level: float) -> Metric:
    test = goodness_of_fit(fit, "hosmer_lemeshow")
    numbers = dict(zip(_COLUMNS[name], (test.statistic, test.df, test.p_value), strict=True))
    return Metric(numbers, test.reason, test.notes if not test.reason else ())


_COLUMNS = {
    "auc": ("auc", "auc_conf_low", "auc_conf_high"),
    "hosmer_lemeshow": ("hosmer_lemeshow_statistic", "hosmer_lemeshow_df", "hosmer_lemeshow_p_value"),
}
_METRICS: dict[str, Callable[[Estimate, str, float], Metric]] = {
    **dict.fromkeys(_COUNTS, _counted),
    **dict.fromkeys(("aic", "bic", "llf"), _criterion),
    **dict.fromkeys(_R2, _pseudo_r2),
    "auc": _area,
    "hosmer_lemeshow": _groups,
}
